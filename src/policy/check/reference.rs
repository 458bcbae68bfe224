//! Paths: what `input.members[i].path` and `data.families.tensors` come to, and what a comparison can never be.

use crate::policy::check::flaw::{At, FlawKind, listed, nearest, quoted, repeated};
use crate::policy::check::inference::{Inference, Scope};
use crate::policy::check::names::Node;
use crate::policy::check::types::{Text, Type};
use crate::policy::check::{builtin, order};
use regorus::unstable::{Expr, Span};
use std::collections::BTreeSet;

/// Fields that a message lists.
const LISTED: usize = 12;

/// Lists inside lists that a comparison looks into.
const LEVELS: u32 = 4;

/// One step of a path, with the expression before it.
enum Step<'a> {
    Field(&'a Span, &'a Expr),
    Index(&'a Expr, &'a Expr),
}

/// Where a path has come to.
enum Place<'a> {
    Node(&'a Node, String),
    Value(Type),
}

impl<'a> Inference<'a> {
    pub fn reference(&mut self, expression: &'a Expr, scope: &mut Scope) -> Type {
        let (mut steps, mut at) = (Vec::new(), expression);
        loop {
            match at {
                Expr::RefDot { refr, field, .. } => {
                    steps.push(Step::Field(&field.0, refr));
                    at = refr;
                }
                Expr::RefBrack { refr, index, .. } => {
                    steps.push(match index.as_ref() {
                        Expr::String { span, .. } => Step::Field(span, refr),
                        index => Step::Index(index, refr),
                    });
                    at = refr;
                }
                _ => break,
            }
        }
        let mut place = match at {
            Expr::Var { span, .. } => self.begin(span.text(), scope),
            other => Place::Value(self.expression(other, scope)),
        };
        for step in steps.into_iter().rev() {
            place = match place {
                Place::Node(node, path) => self.below(node, path, &step, scope),
                Place::Value(value) => Place::Value(self.step(&value, &step, scope)),
            };
        }
        match place {
            Place::Node(node, _) => self.node(node),
            Place::Value(value) => value,
        }
    }

    /// What a name stands for.
    fn begin(&mut self, name: &str, scope: &Scope) -> Place<'a> {
        if let Some(value) = scope.locals.get(name) {
            return Place::Value(value.clone());
        }
        let names = self.names;
        if scope.own.contains(name) {
            return Place::Value(Type::any());
        }
        let full = names.full(scope.module, vec![name.to_owned()]);
        match full.split_first() {
            Some((root, rest)) if root == "data" => {
                let mut node = &names.root;
                for part in rest {
                    let Some(child) = node.children.get(part) else { return Place::Value(Type::any()) };
                    node = child;
                }
                Place::Node(node, full.join("."))
            }
            Some((root, rest)) if root == "input" && self.loose == 0 => {
                let mut value = self.schema.facts.clone();
                for part in rest {
                    let open = self.schema.open(&value);
                    let field = open.object.as_ref().and_then(|object| object.fields.get(part.as_str()).cloned());
                    value = field.map_or_else(Type::any, |field| field.value);
                }
                Place::Value(value)
            }
            _ => Place::Value(Type::any()),
        }
    }

    fn below(&mut self, node: &'a Node, path: String, step: &Step<'a>, scope: &mut Scope) -> Place<'a> {
        if node.unread {
            return Place::Value(Type::any());
        }
        if node.rule.is_some() {
            let value = self.node(node);
            return Place::Value(self.step(&value, step, scope));
        }
        let span = match step {
            Step::Index(..) => {
                let value = self.node(node);
                return Place::Value(self.step(&value, step, scope));
            }
            Step::Field(span, _) => *span,
        };
        if let Some(child) = node.children.get(span.text()) {
            return Place::Node(child, format!("{path}.{}", span.text()));
        }
        if !node.package {
            let value = self.node(node);
            return Place::Value(self.step(&value, step, scope));
        }
        // `with` can put data anywhere, but no package.
        if self.loose == 0 || path != "data" {
            let hint = match nearest(span.text(), node.children.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{path}.{near}`?"),
                None => format!("there are {}", listed(node.children.keys().map(String::as_str), LISTED)),
            };
            let message = format!("`{path}.{}`: there are no such data, and no such package or rule", span.text());
            self.flaws.add(At::of(scope.module, span), FlawKind::UnknownPath, message, Some(hint));
        }
        Place::Value(if self.loose == 0 { Type::default() } else { Type::any() })
    }

    fn step(&mut self, value: &Type, step: &Step<'a>, scope: &mut Scope) -> Type {
        match step {
            Step::Field(span, of) => self.field(value, span, &repeated(of.span()), scope),
            Step::Index(index, of) => {
                let mut names = BTreeSet::new();
                order::variables(index, &mut names);
                let free = names.iter().any(|name| {
                    !scope.locals.contains_key(name)
                        && (scope.own.contains(name) || !self.names.is_known(scope.module, name))
                });
                let any = matches!(index, Expr::Var { span, .. } if span.text() == "_");
                if free || any || matches!(index, Expr::Array { .. } | Expr::Object { .. }) {
                    let (name, item) = self.each(value, of.span(), scope);
                    self.bind(index, &name, scope);
                    return item;
                }
                let index_type = self.expression(index, scope);
                self.indexed(value, &index_type, index.span(), of.span(), scope)
            }
        }
    }

    /// A field by its name.
    pub fn field(&mut self, value: &Type, name: &Span, of: &str, scope: &Scope) -> Type {
        let open = self.schema.open(value);
        if open.any || open.is_never() {
            if open.any {
                self.pass((At::of(scope.module, name), FlawKind::UnknownPath));
            }
            return open;
        }
        let site = (At::of(scope.module, name), FlawKind::UnknownPath);
        let found = self.named(&open, name.text());
        if let Some(found) = found {
            self.pass(site);
            return found;
        }
        let (message, hint) = self.missing(value, &open, name.text(), of);
        self.fail(site, message, hint, None);
        Type::default()
    }

    fn named(&self, open: &Type, name: &str) -> Option<Type> {
        let mut found: Option<Type> = None;
        if let Some(object) = &open.object {
            let field = object.fields.get(name).map(|field| &field.value).or(object.rest.as_ref());
            found = field.cloned();
        }
        if let Some(set) = &open.set {
            let each = self.schema.open(set);
            let word = each.any
                || matches!(&each.text, Text::Any)
                || each.words().is_some_and(|words| words.iter().any(|(word, _)| word.as_ref() == name));
            if word {
                found = Some(found.unwrap_or_default().or(&Type::text()));
            }
        }
        found
    }

    fn missing(&self, value: &Type, open: &Type, name: &str, of: &str) -> (String, Option<String>) {
        let called = self.schema.name(value).filter(|name| of != name && !of.ends_with(&format!(".{name}")));
        let called = called.map(|name| format!(", a record of kind `{name}`,")).unwrap_or_default();
        if let Some(object) = &open.object {
            let names: Vec<&str> = object.fields.keys().map(AsRef::as_ref).collect();
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) if of == "this" => Some(format!("did you mean `{near}`?")),
                Some(near) => Some(format!("did you mean `{of}.{near}`?")),
                None if names.is_empty() => None,
                None => Some(format!("it has {}", listed(names, LISTED))),
            };
            return (format!("`{of}`{called} has no field `{name}`"), hint);
        }
        let message = format!("`{of}` is {} and has no field `{name}`", open.kind());
        let hint =
            (open.list.is_some() || open.set.is_some()).then(|| format!("`some item in {of}` takes each of its items"));
        (message, hint)
    }

    /// An item by a name or place that is known elsewhere.
    fn indexed(&mut self, value: &Type, index: &Type, at: &Span, of: &Span, scope: &Scope) -> Type {
        let (open, index) = (self.schema.open(value), self.schema.open(index));
        if open.any || open.is_never() || index.is_never() {
            return open;
        }
        let site = (At::of(scope.module, at), FlawKind::UnknownPath);
        let words = builtin::words(&index);
        let mut found = Type::default();
        if let Some(object) = &open.object {
            if words.is_empty() || object.rest.is_some() {
                if index.any || index.text != Text::None || object.rest.is_some() {
                    object.fields.values().for_each(|field| found.join(&field.value));
                    object.rest.iter().for_each(|rest| found.join(rest));
                }
            } else {
                // The names that are written out in the object are held against what the index can be, and the other way round.
                let (mut names, mut any) = (Type::default(), false);
                for (name, field) in &object.fields {
                    names.join(&Type::word(name, field.origin));
                    if words.iter().any(|(word, _)| word == name) {
                        found.join(&field.value);
                        any = true;
                    }
                }
                self.words(&names, &index, Some(&quoted(at)));
                if !any {
                    let listed = listed(object.fields.keys().map(AsRef::as_ref), LISTED);
                    let given = words.first().map(|(word, _)| word.as_ref()).unwrap_or_default();
                    let near = nearest(given, object.fields.keys().map(AsRef::as_ref));
                    let hint = near
                        .filter(|_| words.len() == 1)
                        .map_or_else(|| format!("it has {listed}"), |near| format!("did you mean `{near}`?"));
                    let message = format!("`{}` has no field that `{}` can name", repeated(of), repeated(at));
                    self.fail(site, message, Some(hint), None);
                    return Type::default();
                }
            }
        }
        if let (Some(list), true) = (&open.list, index.any || index.number) {
            found.join(&list.each);
        }
        if let Some(set) = &open.set {
            let items = self.schema.open(set);
            self.words(&index, &items, Some(&format!("an item of {}", quoted(of))));
            found.join(set);
        }
        let empty = open.list.as_ref().is_some_and(|list| list.each.is_never())
            || open.set.as_ref().is_some_and(|set| set.is_never())
            || open
                .object
                .as_ref()
                .is_some_and(|object| object.fields.is_empty() && object.rest.as_ref().is_none_or(Type::is_never));
        if found.is_never() && !empty && !self.is_dead(&open) {
            let scalar = open.list.is_none() && open.set.is_none() && open.object.is_none();
            let why =
                if scalar { "and has no items".to_owned() } else { format!("and {} is no place in it", index.kind()) };
            let message = format!("`{}` is {}, {why}", repeated(of), open.kind());
            self.fail(site, message, None, None);
        } else {
            self.pass(site);
        }
        found
    }

    /// Whether all that stands in something never has a value: what made it so was told.
    fn is_dead(&self, open: &Type) -> bool {
        open.object.as_ref().is_some_and(|object| {
            object.fields.values().all(|field| field.value.is_never())
                && object.rest.as_ref().is_none_or(Type::is_never)
        })
    }

    /// Name or place, and value, of each item.
    pub fn each(&mut self, value: &Type, of: &Span, scope: &Scope) -> (Type, Type) {
        let open = self.schema.open(value);
        if open.any || open.is_never() {
            return (open.clone(), open);
        }
        let site = (At::of(scope.module, of), FlawKind::UnknownPath);
        if open.list.is_none() && open.set.is_none() && open.object.is_none() {
            self.fail(site, format!("`{}` is {}, which has no items", repeated(of), open.kind()), None, None);
            return (Type::default(), Type::default());
        }
        self.pass(site);
        let (mut names, mut items) = (Type::default(), Type::default());
        if let Some(list) = &open.list {
            names.join(&Type::number());
            items.join(&list.each);
        }
        if let Some(set) = &open.set {
            names.join(set);
            items.join(set);
        }
        if let Some(object) = &open.object {
            for (name, field) in &object.fields {
                names.join(&Type::word(name, field.origin));
                items.join(&field.value);
            }
            if let Some(rest) = &object.rest {
                names = Type::any();
                items.join(rest);
            }
        }
        (names, items)
    }

    /// Holds two values against each other: whether they can be equal. Messages call them by the names, as far as they have one.
    pub fn meet(
        &mut self,
        one: (&Type, Option<String>),
        two: (&Type, Option<String>),
        at: &Span,
        scope: &Scope,
    ) -> bool {
        let names = (one.1.as_deref(), two.1.as_deref());
        self.overlap(one.0, two.0, (At::of(scope.module, at), FlawKind::Mismatch), names, LEVELS)
    }

    fn overlap(
        &mut self,
        one: &Type,
        two: &Type,
        site: (At, FlawKind),
        names: (Option<&str>, Option<&str>),
        levels: u32,
    ) -> bool {
        let (one, two) = (self.schema.open(one), self.schema.open(two));
        if one.is_never() || two.is_never() {
            return true;
        }
        self.words(&one, &two, names.1);
        self.words(&two, &one, names.0);
        let (left, right) = (one.clone().present(), two.clone().present());
        // Asking for `null` does no harm where there never is one.
        if left.is_never() || right.is_never() {
            return true;
        }
        if !left.shares_kind(&right) {
            let message = match names {
                (Some(name), _) => format!("{name} is {}, and never {}", left.kind(), right.kind()),
                (None, Some(name)) => format!("{name} is {}, and never {}", right.kind(), left.kind()),
                (None, None) => format!("{} is never {}", left.kind(), right.kind()),
            };
            self.fail(site, message, None, None);
            return false;
        }
        self.pass(site);
        if let (Some(first), Some(second)) = (&left.list, &right.list)
            && first.items.len() == second.items.len()
            && let Some(levels) = levels.checked_sub(1)
        {
            let pairs: Vec<(Type, Type)> = first.items.iter().cloned().zip(second.items.iter().cloned()).collect();
            let inside = (None, None);
            // Two lists, item by item.
            return pairs.iter().fold(true, |live, (one, two)| self.overlap(one, two, site, inside, levels) & live);
        }
        let lists = left.list.as_ref().map(|list| &list.each).zip(right.list.as_ref().map(|list| &list.each));
        let sets = left.set.as_deref().zip(right.set.as_deref());
        for (one, two) in lists.into_iter().chain(sets) {
            if let Some(levels) = levels.checked_sub(1) {
                let inside = names;
                self.overlap(one, two, site, inside, levels);
            }
        }
        let (first, second) = (builtin::words(&left), builtin::words(&right));
        let common = first.iter().any(|(word, _)| second.iter().any(|(other, _)| word == other));
        first.is_empty() || second.is_empty() || common
    }

    /// Texts that are written out are held against what the schema says the other value can be.
    fn words(&mut self, written: &Type, other: &Type, name: Option<&str>) {
        let Some(words) = written.words().cloned() else { return };
        let schema: Option<BTreeSet<String>> = match &other.text {
            _ if other.any => None,
            Text::Any => None,
            Text::None => return,
            Text::Words(words) => {
                let known: BTreeSet<String> =
                    words.iter().filter(|(_, origin)| *origin == 0).map(|(word, _)| word.to_string()).collect();
                // Texts of policies on both sides say nothing about the facts.
                if known.is_empty() {
                    return;
                }
                Some(words.iter().map(|(word, _)| word.to_string()).collect())
            }
        };
        // One of several that never fits does not make the whole impossible.
        let failures = self.failures.len();
        let fits = schema.as_ref().is_none_or(|known| words.iter().any(|(word, _)| known.contains(word.as_ref())));
        for (word, origin) in words {
            let Some(at) = self.place(origin) else { continue };
            let site = (at, FlawKind::NeverTrue);
            match &schema {
                Some(known) if !known.contains(word.as_ref()) => {
                    let hint = match nearest(&word, known.iter().map(String::as_str)) {
                        Some(near) => format!("did you mean \"{near}\"?"),
                        None => format!("it is one of {}", listed(known.iter().map(String::as_str), LISTED)),
                    };
                    self.fail(
                        site,
                        format!("{} is never \"{word}\"", name.unwrap_or("what it is compared with")),
                        Some(hint),
                        None,
                    );
                }
                _ => self.pass(site),
            }
        }
        if fits {
            self.failures.truncate(failures);
        }
    }
}
