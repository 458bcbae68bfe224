//! Python literals as a NumPy header holds them: dict, list, tuple, text, int, bool, None. Strict and bounded; what
//! `ast.literal_eval` takes beyond that is refused, and the caller then reads on as if the worst stood there.

/// Nesting that is followed; NumPy writes 3 a level of fields.
const DEPTH: u32 = 64;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// None.
    None,
    /// True or False.
    Bool(bool),
    /// An int; `None` when it does not fit.
    Int(Option<i64>),
    /// str.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A dict, with keys as often as they stand there.
    Dict(Vec<Item>),
}

/// A key, its value, and the value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The key.
    pub key: Literal,
    /// The value.
    pub value: Literal,
    /// The value's text.
    pub written: String,
}

/// A literal and whether one of its ints has Python 2's `L` behind it.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The literal.
    pub literal: Literal,
    /// `10L` stood somewhere.
    pub long: bool,
}

/// Reads a text that is one literal with white space around it; `None` when it is not, with the place of what is wrong.
pub(super) fn parse(text: &str) -> Result<Parsed, usize> {
    let mut parser = Parser { text, at: 0, long: false };
    let literal = parser.value(0).ok_or(parser.at)?;
    parser.space();
    if parser.rest().is_empty() { Ok(Parsed { literal, long: parser.long }) } else { Err(parser.at) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    long: bool,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
        self.at = self.at.saturating_add(rest.len().saturating_sub(trimmed.len()));
    }

    /// Takes `token` when it comes next, behind white space.
    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at = self.at.saturating_add(token.len());
        }
        found
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at = self.at.saturating_add(character.len_utf8());
        Some(character)
    }

    fn value(&mut self, depth: u32) -> Option<Literal> {
        if depth > DEPTH {
            return None;
        }
        let deeper = depth.saturating_add(1);
        self.space();
        match self.rest().chars().next()? {
            '{' => self.dict(deeper),
            '[' => {
                self.at = self.at.saturating_add(1);
                self.items(deeper, "]").map(|(items, _)| Literal::List(items))
            }
            '(' => {
                self.at = self.at.saturating_add(1);
                let (mut items, comma) = self.items(deeper, ")")?;
                // One value in parentheses without a comma is that value.
                if items.len() == 1 && !comma { items.pop() } else { Some(Literal::Tuple(items)) }
            }
            '\'' | '"' => self.string(),
            'u' | 'U' => {
                self.at = self.at.saturating_add(1);
                self.string()
            }
            '-' | '+' | '0'..='9' => self.int(),
            _ if self.take("True") => Some(Literal::Bool(true)),
            _ if self.take("False") => Some(Literal::Bool(false)),
            _ if self.take("None") => Some(Literal::None),
            _ => None,
        }
    }

    fn items(&mut self, depth: u32, end: &str) -> Option<(Vec<Literal>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.take(end) {
            if !items.is_empty() && !comma {
                return None;
            }
            items.push(self.value(depth)?);
            comma = self.take(",");
        }
        Some((items, comma))
    }

    fn dict(&mut self, depth: u32) -> Option<Literal> {
        self.at = self.at.saturating_add(1);
        let mut items = Vec::new();
        let mut comma = true;
        while !self.take("}") {
            if !comma {
                return None;
            }
            let key = self.value(depth)?;
            if !self.take(":") {
                return None;
            }
            self.space();
            let start = self.at;
            let value = self.value(depth)?;
            let written = self.text.get(start..self.at)?.to_owned();
            items.push(Item { key, value, written });
            comma = self.take(",");
        }
        Some(Literal::Dict(items))
    }

    fn string(&mut self) -> Option<Literal> {
        let quote = self.next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let mut text = String::new();
        loop {
            match self.next()? {
                character if character == quote => break,
                '\n' | '\r' => return None,
                '\\' => text.push(self.escape()?),
                character => text.push(character),
            }
        }
        // Two quotes in a row begin a triple-quoted text or join two texts: neither is written by NumPy.
        self.space();
        if self.rest().starts_with(['\'', '"']) { None } else { Some(Literal::Text(text)) }
    }

    fn escape(&mut self) -> Option<char> {
        match self.next()? {
            character @ ('\\' | '\'' | '"') => Some(character),
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'x' => self.code(2),
            'u' => self.code(4),
            'U' => self.code(8),
            _ => None,
        }
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let text = self.rest().get(..digits)?;
        self.at = self.at.saturating_add(digits);
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        char::from_u32(u32::from_str_radix(text, 16).ok()?)
    }

    fn int(&mut self) -> Option<Literal> {
        let start = self.at;
        if self.rest().starts_with(['-', '+']) {
            self.at = self.at.saturating_add(1);
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at = self.at.saturating_add(digits);
        let written = self.text.get(start..self.at)?;
        let leading = written.trim_start_matches(['-', '+']);
        if digits == 0 || (digits > 1 && leading.starts_with('0')) {
            return None;
        }
        if self.rest().starts_with('L') {
            self.at = self.at.saturating_add(1);
            self.long = true;
        }
        // What looks like a float, a complex or a hexadecimal number is not an int.
        if self.rest().starts_with(|next: char| next.is_alphanumeric() || matches!(next, '.' | '_' | '+' | '-')) {
            return None;
        }
        Some(Literal::Int(written.parse().ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_the_rest_is_refused() {
        let header = "{'descr': [('a', '<f4', (2,)), (('t', u'b'), '|O')], 'shape': (3L, 4), 'x': -1, }   \n";
        let Ok(Parsed { literal: Literal::Dict(items), long: true }) = parse(header) else { panic!("{header}") };
        assert_eq!(items.len(), 3);
        assert_eq!(items[0].written, "[('a', '<f4', (2,)), (('t', u'b'), '|O')]");
        assert_eq!(items[1].value, Literal::Tuple(vec![Literal::Int(Some(3)), Literal::Int(Some(4))]));
        assert_eq!(parse("'\\x7cO'").map(|parsed| parsed.literal), Ok(Literal::Text("|O".to_owned())));
        assert_eq!(parse("(1)").map(|parsed| parsed.literal), Ok(Literal::Int(Some(1))));
        assert_eq!(parse("99999999999999999999").map(|parsed| parsed.literal), Ok(Literal::Int(None)));
        for wrong in
            ["", "{", "'a' 'b'", "'''a'''", "1.5", "0x10", "010", "f()", "1+2", "[1 2]", "{'a' 1}", "b'O'", "(,)"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
