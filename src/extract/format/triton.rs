//! Triton's `config.pbtxt`: a protobuf message as text (model_config.proto, `ModelConfig`). Which backend runs the model, from which
//! files. Reads the letters of the text format (protobuf.dev, "Text Format Language Specification"), not the message's definition.

use crate::extract::format::{Claim, Format, Window, yaml};
use crate::extract::loader::{Pass, Step};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;

/// A model configuration of Triton.
pub(super) struct TritonConfig;

/// How deep messages may nest: protobuf's own parsers follow 100 (`CodedInputStream::SetRecursionLimit`).
const DEPTH: usize = 100;

impl Format for TritonConfig {
    fn id(&self) -> FormatId {
        FormatId::TritonConfig
    }

    fn about(&self) -> &'static str {
        "Triton model configuration (`config.pbtxt`): its backend, environment and libraries"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.head.is_empty() || window.head.contains(&0) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        // The server opens this name and no other, or one of a folder of configurations (docs, "Custom Model Configuration").
        let Some(facts) = walk.facts(member) else { return Ok(()) };
        let named = facts.name == "config.pbtxt"
            || (facts.extension.as_deref() == Some("pbtxt") && facts.path.contains("/configs/"));
        if !named {
            return Ok(());
        }
        let Some(text) = yaml::text(source, walk)? else { return Ok(()) };
        walk.reached(Reached::Data);
        let mut pass = Pass::new("config.pbtxt", walk.limits);
        let outcome = read(&text, &mut pass);
        if pass.any() {
            walk.reached(Reached::Effect);
        }
        pass.record(member, FormatId::TritonConfig, walk);
        outcome
    }
}

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A name, number, or anything else without quotes.
    Word(String),
    Text(String),
    Sign(char),
}

fn read(text: &str, pass: &mut Pass) -> Result<(), ReadError> {
    let mut tokens = Tokens { text, at: 0 };
    let mut fields: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut key = String::new();
    let mut value = false;
    while let Some((token, at)) = tokens.next()? {
        match token {
            Token::Sign('{' | '<') => {
                if fields.len() >= DEPTH {
                    return Err(Exhausted("depth").into());
                }
                pass.enter(Step::Key(field.clone()));
                fields.push(std::mem::take(&mut field));
                value = false;
            }
            Token::Sign('}' | '>') => {
                if fields.pop().is_some() {
                    pass.leave();
                }
                value = false;
            }
            Token::Sign(':') => value = true,
            Token::Sign(_) => {}
            Token::Word(word) if !value => field = word,
            Token::Word(word) => {
                value = false;
                take(&fields, &field, &mut key, &word, pass, at);
            }
            Token::Text(text) => {
                value = false;
                take(&fields, &field, &mut key, &text, pass, at);
            }
        }
    }
    Ok(())
}

/// Takes the value of a field. `key` is the name that a pair of the map `parameters` gave last.
fn take(fields: &[String], field: &str, key: &mut String, text: &str, pass: &mut Pass, at: usize) {
    let at = u64::try_from(at).ok();
    let above = fields.last().map_or("", String::as_str);
    if field == "key" {
        text.clone_into(key);
        return;
    }
    let (kind, by, name) = match (above, field) {
        ("", "backend" | "platform") => (ReferenceKind::Plugin, field, None),
        ("", "runtime") => (ReferenceKind::Library, field, None),
        ("", "default_model_filename") => (ReferenceKind::File, field, None),
        ("model_operations" | "op_library_filename", "op_library_filename") => {
            (ReferenceKind::Library, "op_library_filename", None)
        }
        ("step", "model_name") => (ReferenceKind::Plugin, "model_name", None),
        ("value", "string_value") if fields.iter().any(|field| field == "parameters") => {
            match key.as_str() {
                // The Python backend unpacks and activates this environment (python_backend, README, "Creating Custom
                // Execution Environments").
                "EXECUTION_ENV_PATH" => (ReferenceKind::File, "EXECUTION_ENV_PATH", Some(key.clone())),
                _ => return,
            }
        }
        _ => return,
    };
    if text.is_empty() {
        return;
    }
    // The Python backend's own word for the folder of the model.
    let text = text.strip_prefix("$$TRITON_MODEL_DIRECTORY/").unwrap_or(text);
    pass.names(kind, by, name, text, at);
}

/// The parts of a text, one after the other.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|next: char| next.is_ascii_whitespace() || matches!(next, ',' | ';'));
            let skipped = match trimmed.strip_prefix('#') {
                Some(comment) => comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => trimmed,
            };
            let step = rest.len().saturating_sub(skipped.len());
            self.at = self.at.saturating_add(step);
            if !trimmed.starts_with('#') {
                return;
            }
        }
    }

    fn next(&mut self) -> Result<Option<(Token, usize)>, ReadError> {
        self.skip();
        let at = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let token = match first {
            '"' | '\'' => {
                let mut text = String::new();
                // Texts in a row are one.
                while let Some(quote) = self.rest().chars().next().filter(|next| matches!(next, '"' | '\'')) {
                    self.text_part(quote, &mut text)?;
                    self.skip();
                }
                Token::Text(text)
            }
            '{' | '}' | '<' | '>' | '[' | ']' | ':' => {
                self.at = self.at.saturating_add(first.len_utf8());
                Token::Sign(first)
            }
            _ => {
                let ends = |next: char| next.is_ascii_whitespace() || "{}<>[]:,;#\"'".contains(next);
                let length = self.rest().find(ends).unwrap_or(self.rest().len());
                let word = self.rest().get(..length).unwrap_or_default().to_owned();
                self.at = self.at.saturating_add(length);
                Token::Word(word)
            }
        };
        Ok(Some((token, at)))
    }

    fn text_part(&mut self, quote: char, text: &mut String) -> Result<(), ReadError> {
        let start = self.at;
        let mut letters = self.rest().char_indices();
        letters.next();
        let mut bytes: Vec<u8> = Vec::new();
        let mut end = None;
        while let Some((index, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    end = Some(index.saturating_add(1));
                    break;
                }
                '\n' => break,
                '\\' => escape(&mut letters, &mut bytes),
                _ => bytes.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        text.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = end else {
            return Err(ReadError::malformed("a text without an end", u64::try_from(start).ok()));
        };
        self.at = self.at.saturating_add(end);
        Ok(())
    }
}

/// What stands behind a backslash.
fn escape(letters: &mut std::str::CharIndices<'_>, bytes: &mut Vec<u8>) {
    let Some((_, letter)) = letters.next() else { return };
    let digits = |letters: &mut std::str::CharIndices<'_>, first: &str, most: usize, radix: u32| {
        let mut digits = first.to_owned();
        while digits.len() < most
            && let Some((_, next)) = letters.clone().next()
            && next.is_digit(radix)
        {
            digits.push(next);
            letters.next();
        }
        u32::from_str_radix(&digits, radix).ok()
    };
    match letter {
        'x' | 'X' => bytes.extend(digits(letters, "", 2, 16).and_then(|code| u8::try_from(code).ok())),
        'u' | 'U' => {
            let most = if letter == 'u' { 4 } else { 8 };
            let code = digits(letters, "", most, 16).and_then(char::from_u32);
            bytes.extend(code.map(String::from).unwrap_or_default().as_bytes());
        }
        '0'..='7' => bytes.extend(digits(letters, &letter.to_string(), 3, 8).and_then(|code| u8::try_from(code).ok())),
        'n' => bytes.push(b'\n'),
        't' => bytes.push(b'\t'),
        'r' => bytes.push(b'\r'),
        other => bytes.extend(other.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::IncompleteKind;

    fn named(text: &str) -> Vec<(String, String)> {
        facts("config.pbtxt", text.as_bytes()).references.into_iter().map(|one| (one.by, one.target)).collect()
    }

    #[test]
    fn backends_environments_and_libraries_are_named() {
        let text = "name: \"m\" # backend: \"x\"\nbackend: 'py' \"th\\x6fn\"\nruntime: \"libevil.so\"\n\
            parameters: { key: \"EXECUTION_ENV_PATH\", value: { string_value: \"$$TRITON_MODEL_DIRECTORY/env.tar.gz\" } }\n\
            parameters < key: \"other\" value < string_value: \"x\" > >\n\
            input [ { name: \"in\" data_type: TYPE_FP32 dims: [ 1, -1 ] } ]\n\
            model_operations { op_library_filename: [\"libops.so\"] }\nbackend: \"onnxruntime\"";
        let wanted = [
            ("backend", "python"),
            ("runtime", "libevil.so"),
            ("EXECUTION_ENV_PATH", "env.tar.gz"),
            ("op_library_filename", "libops.so"),
            ("backend", "onnxruntime"),
        ];
        assert_eq!(named(text), wanted.map(|(by, target)| (by.to_owned(), target.to_owned())));
    }

    #[test]
    fn what_is_broken_is_incomplete_behind_what_was_read() {
        let tables = facts("config.pbtxt", b"backend: \"python\"\nname: \"m");
        assert_eq!(tables.references.len(), 1);
        assert!(tables.lacks(IncompleteKind::Malformed));
        assert!(facts("config.pbtxt", "a{".repeat(200).as_bytes()).lacks(IncompleteKind::Limit));
        assert!(facts("other.pbtxt", b"backend: \"python\"").references.is_empty());
    }
}
