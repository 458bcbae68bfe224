//! The text of a module before a parser sees it: its package line, and the shapes that a parser must not be given.

use crate::policy::PolicyError;

/// Brackets that may stand open at one place. The engine's parser takes time exponential in the nesting of literals; shipped
/// policies and their tests nest at most 9 deep.
const NESTING: usize = 12;

/// Bytes of one rule. The engine recurses over chains of operators, so a rule's length bounds its depth; a long list belongs in
/// `data/`.
const RULE: usize = 32 << 10;

/// Line (from 1) and path of the package that a module declares: `["weighbridge", "pickle", "unlisted_call"]`.
pub(super) fn package(file: &str, text: &str) -> Result<(usize, Vec<String>), PolicyError> {
    let found = text.lines().enumerate().find_map(|(index, line)| {
        line.strip_prefix("package ").map(|rest| (index.saturating_add(1), rest.split('#').next().unwrap_or_default()))
    });
    let Some((line, path)) = found else {
        let what = "no line begins with `package `; a module starts with `package weighbridge.GROUP.RULE`".to_owned();
        return Err(PolicyError::Module { file: file.to_owned(), line: 1, what });
    };
    let path: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
    let plain = |part: &String| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if path.iter().all(|part| !part.is_empty() && plain(part)) {
        Ok((line, path))
    } else {
        let what = "a package's path has only letters, digits and `_` between its dots".to_owned();
        Err(PolicyError::Module { file: file.to_owned(), line, what })
    }
}

/// Refuses what the engine's parser cannot be trusted with: literals nested too deep, and rules too long.
pub(super) fn screen(file: &str, text: &str) -> Result<(), PolicyError> {
    let refuse = |line: usize, what: String| Err(PolicyError::Module { file: file.to_owned(), line, what });
    let (mut line, mut open, mut begin) = (1usize, 0usize, 0usize);
    let mut state = State::Code;
    let mut last = b'\n';
    for (at, byte) in text.bytes().enumerate() {
        state = match (state, byte) {
            (State::Code, b'#') => State::Comment,
            (State::Code, b'"') => State::Text,
            (State::Code, b'`') => State::Raw,
            (State::Code, b'{' | b'[' | b'(') => {
                open = open.saturating_add(1);
                if open > NESTING {
                    return refuse(line, format!("brackets nest more than {NESTING} deep; name the inner parts"));
                }
                State::Code
            }
            (State::Code, b'}' | b']' | b')') => {
                open = open.saturating_sub(1);
                State::Code
            }
            (State::Comment, b'\n') | (State::Text, b'"' | b'\n') | (State::Raw, b'`') | (State::Escape, b'\n') => {
                State::Code
            }
            (State::Text, b'\\') => State::Escape,
            (State::Escape, _) => State::Text,
            (state, _) => state,
        };
        if last == b'\n' && open == 0 && (byte.is_ascii_alphabetic() || byte == b'_') {
            begin = at;
        }
        if at.saturating_sub(begin) > RULE {
            return refuse(line, format!("a rule is longer than {} KiB; put long lists into `data/`", RULE >> 10));
        }
        if byte == b'\n' {
            line = line.saturating_add(1);
        }
        last = byte;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum State {
    Code,
    Comment,
    Text,
    Escape,
    Raw,
}
