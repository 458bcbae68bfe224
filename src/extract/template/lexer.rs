//! Jinja2's lexer (its lexer.py), which decides where a template's tags begin and end and what their texts say. Writes the same
//! template in one plain spelling for the parser, which belongs to another implementation and reads some spellings otherwise.
//! Never parses, and bounds what makes a parser recurse.

use crate::extract::template::TemplateError;

/// Tokens of one tag: the parser and the tree go as deep as one tag is long (`not not not ...`). Real tags have some hundred.
const TOKENS: usize = 4_096;
/// `elif` branches of a template, which nest in the tree. Real templates have some dozen.
const BRANCHES: usize = 1_024;

/// The template in plain spelling: no comments, no whitespace control, texts without escapes but `\\` and `\"`, statements of
/// extensions as plain ones. Lines stay where they were.
pub(super) fn spell(template: &str) -> Result<String, TemplateError> {
    let mut lexer = Lexer { rest: template, out: String::with_capacity(template.len()), branches: 0, before: '\n' };
    while let Some(at) = begin(lexer.rest) {
        let data = lexer.advance(at);
        lexer.out.push_str(data);
        let kind = lexer.advance(2);
        match kind {
            "{#" => lexer.comment()?,
            "{{" => lexer.tag(true)?,
            _ => match raw(lexer.rest, "raw") {
                Some(length) => lexer.raw(length)?,
                None => lexer.tag(false)?,
            },
        }
    }
    let data = lexer.rest;
    lexer.out.push_str(data);
    Ok(lexer.out)
}

/// Where the next tag or comment begins.
fn begin(text: &str) -> Option<usize> {
    text.as_bytes().windows(2).position(|pair| matches!(pair, b"{{" | b"{%" | b"{#"))
}

/// Length of a `raw` or `endraw` tag behind its `{%`, with any white space that Python knows.
fn raw(text: &str, word: &str) -> Option<usize> {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text).trim_start().strip_prefix(word)?.trim_start();
    let rest = match word {
        "raw" => rest.strip_prefix('-').unwrap_or(rest),
        _ => rest.strip_prefix(['-', '+']).unwrap_or(rest),
    };
    text.len().checked_sub(rest.strip_prefix("%}")?.len())
}

struct Lexer<'a> {
    rest: &'a str,
    out: String,
    branches: usize,
    /// The character before `rest`, within a tag.
    before: char,
}

impl<'a> Lexer<'a> {
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.before = passed.chars().next_back().unwrap_or(self.before);
        self.rest = rest;
        passed
    }

    /// Keeps the lines of what is left out.
    fn lines(&mut self, left_out: &str) {
        self.out.extend(left_out.chars().filter(|character| *character == '\n'));
    }

    fn comment(&mut self) -> Result<(), TemplateError> {
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        self.advance(sign);
        let Some(end) = self.rest.find("#}") else { return Err(TemplateError::Truncated("the end of a comment")) };
        let comment = self.advance(end.saturating_add(2));
        self.lines(comment);
        Ok(())
    }

    fn raw(&mut self, length: usize) -> Result<(), TemplateError> {
        self.advance(length);
        let ends = self.rest.match_indices("{%").find_map(|(at, _)| {
            let behind = self.rest.get(at.saturating_add(2)..)?;
            raw(behind, "endraw").map(|length| (at, length.saturating_add(2)))
        });
        let Some((at, length)) = ends else { return Err(TemplateError::Truncated("the end of a raw block")) };
        let data = self.advance(at);
        self.advance(length);
        self.out.push_str("{% raw %}");
        self.out.push_str(data);
        self.out.push_str("{% endraw %}");
        Ok(())
    }

    /// A tag: `{{ expression }}` or `{% statement %}`.
    fn tag(&mut self, expression: bool) -> Result<(), TemplateError> {
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        self.advance(sign);
        let mut tokens: Vec<Token<'a>> = Vec::new();
        let mut open: Vec<char> = Vec::new();
        let mut newlines = 0usize;
        loop {
            if tokens.len() > TOKENS {
                return Err(TemplateError::Limit("the tokens of one tag"));
            }
            let space = self.rest.len().saturating_sub(self.rest.trim_start().len());
            if space > 0 {
                let space = self.advance(space);
                newlines = newlines.saturating_add(space.matches('\n').count());
            }
            let closes = if expression { &["-}}", "}}"][..] } else { &["-%}", "+%}", "%}"][..] };
            if open.is_empty()
                && let Some(close) = closes.iter().find(|close| self.rest.starts_with(**close))
            {
                self.advance(close.len());
                break;
            }
            let before = self.rest;
            let token = self.token()?;
            let passed = before.len().saturating_sub(self.rest.len());
            newlines = newlines.saturating_add(before.get(..passed).unwrap_or_default().matches('\n').count());
            if let Token::Operator(operator) = token {
                let mate = |close| match close {
                    ")" => Some('('),
                    "]" => Some('['),
                    "}" => Some('{'),
                    _ => None,
                };
                match operator {
                    "(" | "[" | "{" => open.extend(operator.chars()),
                    _ if mate(operator).is_some_and(|mate| open.pop() != Some(mate)) => {
                        return Err(TemplateError::Malformed(format!("`{operator}` closes nothing")));
                    }
                    _ => {}
                }
                if operator == "," && open.is_empty() {
                    tokens.push(Token::TopComma);
                    continue;
                }
            }
            tokens.push(token);
        }
        self.write(&tokens, expression)?;
        self.out.extend(std::iter::repeat_n('\n', newlines));
        Ok(())
    }

    fn write(&mut self, tokens: &[Token<'a>], expression: bool) -> Result<(), TemplateError> {
        let (first, behind) = match tokens.split_first() {
            Some((Token::Name(name), behind)) if !expression => (*name, behind),
            _ => ("", tokens),
        };
        // What transformers' AssistantTracker, the `do` extension and Jinja2 itself have beside the parser's statements.
        let (opens, body, closes) = match first {
            "generation" if behind.is_empty() => ("{% if true", behind, "%}"),
            "endgeneration" if behind.is_empty() => ("{% endif", behind, "%}"),
            "do" | "print" => ("{{", behind, "}}"),
            _ if expression => ("{{", tokens, "}}"),
            _ => ("{%", tokens, "%}"),
        };
        if first == "elif" {
            self.branches = self.branches.saturating_add(1);
            if self.branches > BRANCHES {
                return Err(TemplateError::Limit("the branches of a template"));
            }
        }
        // Only Jinja2 takes `a, b` for a tuple here.
        let tuple = opens == "{{" && body.iter().any(|token| matches!(token, Token::TopComma));
        self.out.push_str(opens);
        self.out.push_str(if tuple { " (" } else { " " });
        for token in body {
            match token {
                Token::Name(text) | Token::Number(text) | Token::Operator(text) => self.out.push_str(text),
                Token::TopComma => self.out.push(','),
                Token::Text(text) => {
                    self.out.push('"');
                    for character in text.chars() {
                        match character {
                            '\n' => self.out.push_str("\\n"),
                            '"' | '\\' => self.out.extend(['\\', character]),
                            _ => self.out.push(character),
                        }
                    }
                    self.out.push('"');
                }
            }
            self.out.push(' ');
        }
        self.out.push_str(if tuple { ") " } else { " " });
        self.out.push_str(closes);
        Ok(())
    }

    fn token(&mut self) -> Result<Token<'a>, TemplateError> {
        let Some(first) = self.rest.chars().next() else { return Err(TemplateError::Truncated("the end of a tag")) };
        let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if first.is_ascii_digit() {
            let after_dot = self.before == '.';
            let length = number(self.rest, after_dot);
            return Ok(Token::Number(self.advance(length)));
        }
        if word(first) {
            let length = self.rest.find(|character| !word(character)).unwrap_or(self.rest.len());
            if self.rest.get(length..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric) {
                return Err(TemplateError::Unsupported("a name with letters that are not ASCII"));
            }
            return Ok(Token::Name(self.advance(length)));
        }
        if matches!(first, '"' | '\'') {
            return self.text(first).map(Token::Text);
        }
        let two = self.rest.get(..2).filter(|two| matches!(*two, "//" | "**" | "==" | "!=" | ">=" | "<="));
        let length = two.map_or(1, str::len);
        if two.is_none() && !"+-/*%~[](){}><=.:|,;".contains(first) {
            return Err(TemplateError::Malformed(format!("the character {first:?} in a tag")));
        }
        Ok(Token::Operator(self.advance(length)))
    }

    fn text(&mut self, quote: char) -> Result<String, TemplateError> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, character)| {
            let ends = !escaped && *character == quote;
            escaped = !escaped && *character == '\\';
            ends
        });
        let Some((end, _)) = end else { return Err(TemplateError::Truncated("the end of a text")) };
        let text = self.advance(end.saturating_add(1));
        unescape(text.get(1..end).unwrap_or_default())
    }
}

enum Token<'a> {
    Name(&'a str),
    Number(&'a str),
    Operator(&'a str),
    /// A comma outside of all brackets.
    TopComma,
    Text(String),
}

/// Length of a number: `integer_re` and `float_re`. Behind a dot it is an index and has no fraction.
fn number(text: &str, after_dot: bool) -> usize {
    let digits = |text: &str| text.find(|one: char| !one.is_ascii_digit() && one != '_').unwrap_or(text.len());
    if matches!(text.get(..2), Some("0x" | "0X" | "0b" | "0B" | "0o" | "0O")) {
        let hex = |one: char| !one.is_ascii_hexdigit() && one != '_';
        return text.get(2..).and_then(|rest| rest.find(hex)).map_or(text.len(), |length| length.saturating_add(2));
    }
    let behind = |at: usize| text.get(at..).unwrap_or_default();
    let mut length = digits(text);
    if !after_dot
        && let Some(rest) = behind(length).strip_prefix('.')
        && rest.starts_with(|one: char| one.is_ascii_digit())
    {
        length = length.saturating_add(1).saturating_add(digits(rest));
    }
    if !after_dot && let Some(rest) = behind(length).strip_prefix(['e', 'E']) {
        let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if unsigned.starts_with(|one: char| one.is_ascii_digit()) {
            length = text.len().saturating_sub(unsigned.len()).saturating_add(digits(unsigned));
        }
    }
    length
}

/// What a text says: Jinja2 has Python's `unicode-escape` decode it after writing all that is not ASCII as escapes.
fn unescape(text: &str) -> Result<String, TemplateError> {
    let malformed = || TemplateError::Malformed("an escape in a text that is not whole".to_owned());
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let Some(escape) = rest.next() else { return Err(malformed()) };
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        match escape {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(escape),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            '0'..='7' => {
                let ahead = rest.as_str().chars().take(2).take_while(|digit| digit.is_digit(8)).count();
                let octal: String = std::iter::once(escape).chain(rest.by_ref().take(ahead)).collect();
                let code = u32::from_str_radix(&octal, 8).map_err(|_| malformed())?;
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            'x' | 'u' | 'U' => {
                let hex: String = rest.by_ref().take(digits).collect();
                let whole = hex.len() == digits && hex.chars().all(|digit| digit.is_ascii_hexdigit());
                let code = u32::from_str_radix(&hex, 16).ok().filter(|_| whole).ok_or_else(malformed)?;
                // Half a surrogate pair, which Python keeps: no name holds one.
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            'N' => return Err(TemplateError::Unsupported("a character by its name (`\\N{...}`)")),
            // The backslash stands before the backslash of an escape, and both stay.
            other if !other.is_ascii() => {
                let code = u32::from(other);
                out.push('\\');
                out.push_str(&match code {
                    0..=0xff => format!("x{code:02x}"),
                    0x100..=0xffff => format!("u{code:04x}"),
                    _ => format!("U{code:08x}"),
                });
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(template: &str) -> String {
        spell(template).unwrap_or_else(|error| format!("{error:?}"))
    }

    #[test]
    fn tags_end_where_jinja2_ends_them() {
        assert_eq!(spelt("a{{- b -}} c"), "a{{ b  }} c");
        assert_eq!(spelt("{{ {'a': {}}}}"), "{{ { \"a\" : { } }  }}");
        assert_eq!(spelt("{# {{ a }} #}b{#-#}{{c}}"), "b{{ c  }}");
        assert_eq!(spelt("{% raw %}{%\u{a0}endraw %}{{ a }}"), "{% raw %}{% endraw %}{{ a  }}");
        assert_eq!(spelt("{%- generation -%}a{% endgeneration %}"), "{% if true  %}a{% endif  %}");
        assert_eq!(spelt("{{ a, 'b' }}{% do a.b %}"), "{{ (a , \"b\" )  }}{{ a . b  }}");
        assert_eq!(spelt("{{ a.1.0e }}{{ 1.5e3 }}"), "{{ a . 1 . 0 e  }}{{ 1.5e3  }}");
        assert!(spell("{{ a").is_err() && spell("{{ ) }}").is_err() && spell("{# a").is_err());
    }

    #[test]
    fn texts_say_what_python_says() {
        let said = |text: &str| unescape(text).unwrap_or_else(|error| format!("{error:?}"));
        assert_eq!(said(r"\x5f\u005f\U0000005f\137class"), "____class");
        assert_eq!(said("a\\\nb\\/\\q"), "ab\\/\\q");
        assert_eq!(said("\\\u{e9}"), "\\xe9");
        assert!(unescape(r"\N{LOW LINE}").is_err() && unescape(r"\x5").is_err() && unescape(r"\u00").is_err());
    }

    #[test]
    fn what_would_nest_without_end_is_refused() {
        assert!(spell(&format!("{{{{ {} a }}}}", "not ".repeat(5_000))).is_err());
        assert!(spell(&"{% elif a %}".repeat(2_000)).is_err());
    }
}
