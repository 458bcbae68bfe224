//! What an expression of a template can be, as far as its text tells: constants folded, all else by where it comes from. Never
//! runs a template; what is not followed is said to be built.

/// Alternatives that are kept of one value.
const ALTERNATIVES: usize = 16;
/// Longest text that is folded, in characters.
const LONGEST: usize = 4_096;
/// Items of a list that are kept, with all that they hold.
const ITEMS: usize = 256;

/// What one alternative of a value is known to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// A text. `built` says that it does not stand in the template in one piece.
    Text { text: String, built: bool },
    /// A whole number.
    Number(i64),
    /// A list or tuple.
    List(Vec<Value>),
    /// A list with these items, at places that are not followed.
    Parts(Vec<Value>),
    /// A map or namespace: what its keys and its values can be.
    Map(Box<(Value, Value)>),
    /// Lists and maps that grow with every round: what stands in them at any depth.
    Bag(Box<Value>),
}

/// What an expression can be. Nothing at all stands for what names nothing: a number, a bool, none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// Alternatives that are known.
    pub known: Vec<Known>,
    /// Variables of the context that it may be a part of, unchanged.
    pub roots: Vec<String>,
    /// Whether the template may have made it in a way that is not followed.
    pub built: bool,
    /// The last names by which it was asked for.
    pub names: Vec<String>,
    /// How many items a range or repetition has that it may be, where that is a number; else 0.
    pub range: u64,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { known: vec![Known::Text { text: text.into(), built: false }], ..Self::default() }
    }

    pub(super) fn number(number: i64) -> Self {
        Self { known: vec![Known::Number(number)], ..Self::default() }
    }

    pub(super) fn list(mut items: Vec<Self>) -> Self {
        let built = items.len() > ITEMS;
        items.truncate(ITEMS);
        // Lists of lists of lists would double with every line.
        if items.iter().map(Self::nodes).fold(0, usize::saturating_add) > ITEMS {
            return items.iter().fold(Self::built(), |all, item| all.made(item));
        }
        Self { known: vec![Known::List(items)], built, ..Self::default() }
    }

    /// What has these parts, somewhere.
    pub(super) fn parts(items: Vec<Self>) -> Self {
        let mut value = Self::list(items);
        for known in &mut value.known {
            if let Known::List(items) = known {
                *known = Known::Parts(std::mem::take(items));
            }
        }
        value
    }

    /// A map or namespace.
    pub(super) fn map_of(keys: Vec<Self>, values: Vec<Self>) -> Self {
        let either = |values: Vec<Self>| values.into_iter().fold(Self::default(), Self::or);
        let (keys, values) = (either(keys), either(values));
        if keys.nodes().saturating_add(values.nodes()) > ITEMS {
            return keys.made(&values);
        }
        Self { known: vec![Known::Map(Box::new((keys, values)))], ..Self::default() }
    }

    /// All that stands in it, at any depth: the alternatives that are no lists or maps, and what those hold.
    pub(super) fn leaves(&self) -> Self {
        let plain = Self { known: Vec::new(), ..self.clone() };
        self.known.iter().fold(plain, |all, known| match known {
            Known::Text { .. } | Known::Number(_) => all.or(Self { known: vec![known.clone()], ..Self::default() }),
            Known::List(items) | Known::Parts(items) => items.iter().map(Self::leaves).fold(all, Self::or),
            Known::Map(map) => all.or(map.0.leaves()).or(map.1.leaves()),
            Known::Bag(leaves) => all.or((**leaves).clone()),
        })
    }

    /// What it can be once it has grown from `old` again and again: a counter names nothing, lists and maps are looked at without
    /// their shape, and all else is built.
    pub(super) fn widened(self, old: &Self) -> Self {
        let numbers = |value: &Self| {
            let known = value.known.iter().filter(|known| !matches!(known, Known::Number(_))).cloned();
            Self { known: known.collect(), ..value.clone() }
        };
        let (new, old) = (numbers(&self), numbers(old));
        if new.known == old.known {
            return new;
        }
        let text = |known: &Known| matches!(known, Known::Text { .. });
        let (mut known, shaped): (Vec<Known>, Vec<Known>) = new.known.iter().cloned().partition(text);
        let grown = known.iter().any(|known| !old.known.contains(known));
        known.retain(|known| old.known.contains(known));
        if !shaped.is_empty() {
            // What it holds has a ceiling too, beyond which it is built.
            known.push(Known::Bag(Box::new(numbers(&Self { known: shaped, ..Self::default() }.leaves()))));
        }
        Self { known, built: new.built || grown, ..new }
    }

    /// The pairs of a map.
    pub(super) fn pairs(&self) -> Self {
        let pair = |pair: &(Self, Self)| Self::list(vec![pair.0.clone(), pair.1.clone()]);
        let plain = Self { known: Vec::new(), ..self.clone() };
        self.known.iter().fold(plain, |all, known| match known {
            Known::Map(map) => all.or(Self::parts(vec![pair(map)])),
            _ => all.or(Self::parts(vec![self.items()])),
        })
    }

    /// What stands at any key or place of it.
    pub(super) fn values(&self) -> Self {
        let plain = Self { known: Vec::new(), ..self.clone() };
        self.known.iter().fold(plain, |all, known| match known {
            Known::Map(map) => all.or(map.1.clone()),
            _ => all.or(Self::one(known).items()),
        })
    }

    /// Whether it may be a list, map or the like that stands in the template.
    pub(super) fn listed(&self) -> bool {
        self.known.iter().any(|known| matches!(known, Known::List(_) | Known::Parts(_) | Known::Map(_) | Known::Bag(_)))
    }

    /// Whether no text that it is known to be is long enough to hold a special name.
    pub(super) fn nameless(&self) -> bool {
        self.known.iter().all(|known| match known {
            Known::Text { text, .. } => text.len() <= 2,
            Known::Number(_) => true,
            _ => false,
        })
    }

    pub(super) fn root(name: &str) -> Self {
        Self { roots: vec![name.to_owned()], names: vec![name.to_owned()], ..Self::default() }
    }

    fn one(known: &Known) -> Self {
        Self { known: vec![known.clone()], ..Self::default() }
    }

    pub(super) fn built() -> Self {
        Self { built: true, ..Self::default() }
    }

    /// How much it is: characters, and one for each part.
    pub(super) fn weight(&self) -> usize {
        let of = |known: &Known| match known {
            Known::Text { text, .. } => text.len(),
            Known::Number(_) => 1,
            Known::Map(map) => map.0.weight().saturating_add(map.1.weight()),
            Known::Bag(leaves) => leaves.weight(),
            Known::List(items) | Known::Parts(items) => items.iter().map(Self::weight).fold(0, usize::saturating_add),
        };
        self.known.iter().map(of).fold(1, usize::saturating_add)
    }

    /// How many alternatives it has, at any depth.
    pub(super) fn nodes(&self) -> usize {
        let of = |known: &Known| match known {
            Known::Text { .. } | Known::Number(_) => 1,
            Known::Map(map) => map.0.nodes().saturating_add(map.1.nodes()).saturating_add(1),
            Known::Bag(leaves) => leaves.nodes().saturating_add(1),
            Known::List(items) | Known::Parts(items) => items.iter().map(Self::nodes).fold(1, usize::saturating_add),
        };
        self.known.iter().map(of).fold(1, usize::saturating_add)
    }

    /// How many rounds a loop over it makes at least, as far as its text tells: 1 where it does not.
    pub(super) fn rounds(&self) -> u64 {
        let of = |known: &Known| match known {
            Known::Text { text, .. } => text.chars().count(),
            Known::List(items) => items.len(),
            _ => 0,
        };
        let most = self.known.iter().map(of).max().unwrap_or(0);
        self.range.max(u64::try_from(most).unwrap_or(u64::MAX)).max(1)
    }

    /// Whether the conversation may have given it, or a part of it.
    pub(super) fn given(&self) -> bool {
        self.built || !self.roots.is_empty()
    }

    /// Whether all of it is known, as constants.
    pub(super) fn constant(&self) -> bool {
        !self.built && self.roots.is_empty() && !self.known.is_empty()
    }

    /// Either this or the other.
    pub(super) fn or(mut self, other: Self) -> Self {
        for known in other.known {
            if self.known.contains(&known) {
                continue;
            }
            if self.known.len() >= ALTERNATIVES {
                self.built = true;
                break;
            }
            self.known.push(known);
        }
        for root in other.roots {
            if self.roots.len() < ALTERNATIVES && !self.roots.contains(&root) {
                self.roots.push(root);
            }
        }
        for name in other.names {
            if self.names.len() < ALTERNATIVES && !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        self.built |= other.built;
        self.range = self.range.max(other.range);
        self
    }

    /// Something that is made of this, and of the other, in a way that is not followed.
    pub(super) fn made(&self, other: &Self) -> Self {
        let plain = |value: &Self| Self { known: Vec::new(), ..value.clone() };
        let mut made = plain(self).or(plain(other));
        made.built = true;
        made
    }

    /// What a loop over it comes by: items of a list, keys of a map.
    pub(super) fn items(&self) -> Self {
        let plain = Self { known: Vec::new(), ..self.clone() };
        self.known.iter().fold(plain, |all, known| match known {
            Known::List(items) | Known::Parts(items) => items.iter().cloned().fold(all, Self::or),
            Known::Map(map) => all.or(map.0.clone()),
            Known::Bag(leaves) => all.or((**leaves).clone()).or(Self::one(known)),
            // One character is no name, and what is made of several is built.
            Known::Text { .. } | Known::Number(_) => all,
        })
    }

    /// What stands at a place of it, when it is a list of that many.
    pub(super) fn position(&self, index: usize) -> Self {
        let plain = Self { known: Vec::new(), ..self.clone() };
        self.known.iter().fold(plain, |all, known| match known {
            Known::List(items) => all.or(items.get(index).cloned().unwrap_or_else(Self::built)),
            Known::Parts(items) => items.iter().cloned().fold(all, Self::or),
            Known::Map(map) => all.or(map.0.clone()),
            Known::Bag(leaves) => all.or((**leaves).clone()).or(Self::one(known)),
            // One character is no name, and what is made of several is built.
            Known::Text { .. } | Known::Number(_) => all,
        })
    }

    /// The texts that it is known to be, and whether each was built.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, bool)> {
        self.known.iter().filter_map(|known| match known {
            Known::Text { text, built } => Some((text.as_str(), *built)),
            _ => None,
        })
    }

    /// The numbers that it is known to be.
    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> {
        self.known.iter().filter_map(|known| match known {
            Known::Number(number) => Some(*number),
            _ => None,
        })
    }

    /// What a function makes of each pair of alternatives; what it cannot tell, or what is not known, is built.
    pub(super) fn fold(&self, other: &Self, with: impl Fn(&Known, &Known) -> Option<Known>) -> Self {
        let whole = self.constant() && other.constant();
        let mut made = if whole { Self::default() } else { self.made(other) };
        for one in &self.known {
            for two in &other.known {
                made = match with(one, two) {
                    Some(known) => made.or(Self { known: vec![known], ..Self::default() }),
                    None => made.or(Self::one(one).remains()).or(Self::one(two).remains()),
                };
            }
        }
        made.names = self.names.clone();
        made
    }

    /// Something made of it in a way that is not followed, with all that stands in it.
    fn remains(&self) -> Self {
        Self { known: Vec::new(), built: true, ..self.leaves() }
    }

    /// What a function makes of each alternative.
    pub(super) fn map(&self, with: impl Fn(&Known) -> Option<Known>) -> Self {
        self.fold(&Self::number(0), |known, _| with(known))
    }
}

impl Known {
    /// A text that the template puts together.
    pub(super) fn folded(text: String) -> Option<Self> {
        (text.chars().count() <= LONGEST).then_some(Self::Text { text, built: true })
    }

    /// What `str()` makes of it.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::Text { text, .. } => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::List(_) | Self::Parts(_) | Self::Map(_) | Self::Bag(_) => None,
        }
    }
}

/// `a ~ b`, and `a + b` of texts.
pub(super) fn concatenate(one: &Known, two: &Known) -> Option<Known> {
    Known::folded(one.shown()? + &two.shown()?)
}

/// `a + b`.
pub(super) fn add(one: &Known, two: &Known) -> Option<Known> {
    match (one, two) {
        (Known::Number(one), Known::Number(two)) => one.checked_add(*two).map(Known::Number),
        (Known::Text { .. }, Known::Text { .. }) => concatenate(one, two),
        _ => None,
    }
}

/// `a * b`: a text so many times.
pub(super) fn repeat(one: &Known, two: &Known) -> Option<Known> {
    match (one, two) {
        (Known::Number(one), Known::Number(two)) => one.checked_mul(*two).map(Known::Number),
        (Known::Text { text, .. }, Known::Number(times)) | (Known::Number(times), Known::Text { text, .. }) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (text.len().checked_mul(times)? <= LONGEST).then(|| text.repeat(times)).and_then(Known::folded)
        }
        _ => None,
    }
}

/// `format % arguments`, for texts and numbers without widths.
pub(super) fn percent(format: &Known, arguments: &Known) -> Option<Known> {
    let Known::Text { text, .. } = format else { return None };
    let one = [arguments.clone()];
    let listed: Option<Vec<Known>> = match arguments {
        Known::List(items) => items.iter().map(only).collect(),
        _ => Some(one.to_vec()),
    };
    let mut arguments = listed?.into_iter();
    let (mut out, mut rest) = (String::new(), text.chars());
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        match (rest.next()?, &mut arguments) {
            ('%', _) => out.push('%'),
            ('s' | 'd', arguments) => out.push_str(&arguments.next()?.shown()?),
            ('c', arguments) => match arguments.next()? {
                Known::Number(code) => out.push(char::from_u32(u32::try_from(code).ok()?)?),
                other => out.push_str(&other.shown()?),
            },
            _ => return None,
        }
    }
    Known::folded(out)
}

/// `format.format(...)`, for plain `{}` and `{n}`.
pub(super) fn braces(format: &str, arguments: &[Value]) -> Option<Known> {
    let (mut out, mut rest, mut next) = (String::new(), format, 0usize);
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(rest.get(..at)?);
        let tail = rest.get(at..)?;
        if let Some(behind) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
            out.push_str(tail.get(..1)?);
            rest = behind;
            continue;
        }
        let (field, behind) = tail.strip_prefix('{')?.split_once('}')?;
        let index = if field.is_empty() { next } else { field.parse().ok()? };
        next = next.checked_add(1)?;
        out.push_str(&only(arguments.get(index)?)?.shown()?);
        rest = behind;
    }
    out.push_str(rest);
    Known::folded(out)
}

/// `separator.join(list)`.
pub(super) fn join(separator: &Known, list: &Known) -> Option<Known> {
    let separator = separator.shown()?;
    let parts: Option<Vec<String>> = match list {
        Known::List(items) => items.iter().map(|item| only(item)?.shown()).collect(),
        Known::Text { text, .. } => Some(text.chars().map(String::from).collect()),
        Known::Number(_) | Known::Parts(_) | Known::Map(_) | Known::Bag(_) => None,
    };
    Known::folded(parts?.join(&separator))
}

/// The one thing that a value is.
pub(super) fn only(value: &Value) -> Option<Known> {
    match value.known.as_slice() {
        [known] if value.constant() => Some(known.clone()),
        _ => None,
    }
}

/// A method or filter of a text that takes nothing.
pub(super) fn change(known: &Known, name: &str) -> Option<Known> {
    if let (Known::List(items), "reverse") = (known, name) {
        return Some(Known::List(items.iter().rev().cloned().collect()));
    }
    if let (Known::List(items), "first" | "last") = (known, name) {
        return only(if name == "first" { items.first()? } else { items.last()? });
    }
    if let (Known::List(items), "list" | "sort" | "unique") = (known, name) {
        return Some(if name == "list" { Known::List(items.clone()) } else { Known::Parts(items.clone()) });
    }
    let Known::Text { text, .. } = known else { return None };
    Known::folded(match name {
        "lower" | "casefold" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "reverse" => text.chars().rev().collect(),
        "trim" | "strip" => text.trim().to_owned(),
        "lstrip" => text.trim_start().to_owned(),
        "rstrip" => text.trim_end().to_owned(),
        "first" => text.chars().next()?.to_string(),
        "last" => text.chars().next_back()?.to_string(),
        "string" | "safe" | "e" | "escape" => text.clone(),
        "list" => return Some(Known::List(text.chars().map(|one| Value::text(one.to_string())).collect())),
        _ => return None,
    })
}

/// `text.replace(from, to)`.
pub(super) fn replace(text: &Known, from: &Known, to: &Known) -> Option<Known> {
    let (text, from, to) = (text.shown()?, from.shown()?, to.shown()?);
    // Every character may become a long text; what is that long is no name.
    let most = text.len().saturating_add(1).saturating_mul(to.len().saturating_add(1));
    (most <= LONGEST << 4).then(|| text.replace(&from, &to)).and_then(Known::folded)
}

/// `text[index]` and `list[index]`; `None` where there is nothing.
pub(super) fn item(of: &Known, index: i64) -> Option<Value> {
    let at = |length: usize| match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    };
    match of {
        Known::List(items) => Some(items.get(at(items.len())?).cloned().unwrap_or_default()),
        Known::Parts(items) => Some(items.iter().cloned().fold(Value::default(), Value::or)),
        Known::Map(map) => Some(map.1.clone()),
        Known::Bag(leaves) => Some((**leaves).clone().or(Value::one(of))),
        Known::Text { text, .. } => {
            let character = text.chars().nth(at(text.chars().count())?)?.to_string();
            Some(Value { known: vec![Known::folded(character)?], ..Value::default() })
        }
        Known::Number(_) => None,
    }
}

/// `text[start:stop:step]`, as Python takes it.
pub(super) fn slice(of: &Known, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Option<Known> {
    let Known::Text { text, .. } = of else { return None };
    let characters: Vec<char> = text.chars().collect();
    let length = i64::try_from(characters.len()).ok()?;
    let step = step.unwrap_or(1);
    let (low, high) = if step < 0 { (-1, length.checked_sub(1)?) } else { (0, length) };
    let clamp = |bound: Option<i64>, default: i64| match bound {
        None => Some(default),
        Some(bound) if bound < 0 => bound.checked_add(length).map(|bound| bound.clamp(low, high)),
        Some(bound) => Some(bound.clamp(low, high)),
    };
    let (mut at, stop) =
        if step < 0 { (clamp(start, high)?, clamp(stop, low)?) } else { (clamp(start, low)?, clamp(stop, high)?) };
    let mut out = String::new();
    while step != 0 && (step > 0 && at < stop || step < 0 && at > stop) {
        out.push(*characters.get(usize::try_from(at).ok()?)?);
        at = at.checked_add(step)?;
    }
    (step != 0).then_some(out).and_then(Known::folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Known {
        Known::Text { text: text.to_owned(), built: true }
    }

    #[test]
    fn texts_are_put_together_as_python_does() {
        assert_eq!(concatenate(&text("__cla"), &text("ss__")), Some(text("__class__")));
        assert_eq!(slice(&text("__ssalc__"), None, None, Some(-1)), Some(text("__class__")));
        assert_eq!(slice(&text("abcdef"), Some(-3), Some(-1), None), Some(text("de")));
        assert_eq!(slice(&text("abc"), Some(9), None, None), Some(text("")));
        assert_eq!(slice(&text("abc"), None, None, Some(0)), None);
        assert_eq!(
            percent(&text("%s%c%%"), &Known::List(vec![Value::text("a"), Value::number(95)])),
            Some(text("a_%"))
        );
        assert_eq!(percent(&text("%5s"), &text("a")), None);
        assert_eq!(braces("{}_{0}{{", &[Value::text("a")]), Some(text("a_a{")));
        assert_eq!(join(&text("_"), &Known::List(vec![Value::text("a"), Value::text("b")])), Some(text("a_b")));
        assert_eq!(repeat(&text("_"), &Known::Number(2)), Some(text("__")));
        assert_eq!(repeat(&text("_"), &Known::Number(1 << 40)), None);
        assert_eq!(change(&text("__SSALC__"), "reverse"), Some(text("__CLASS__")));
        assert_eq!(replace(&text("aclassa"), &text("a"), &text("_")), Some(text("_cl_ss_")));
    }
}
