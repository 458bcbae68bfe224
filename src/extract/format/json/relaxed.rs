//! JSON as Visual Studio Code and development containers read their own files: with comments, and commas before an end ("JSON with
//! Comments"). What is no JSON becomes white space, so that every byte stays where it is.

use crate::extract::format::{MARK, first_letter};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::MemberId;

/// Bytes of such a file.
const LONGEST: u64 = 1 << 20;
/// Folders whose files these editors read so.
const FOLDERS: &[&str] = &[".vscode", ".devcontainer"];

/// Whether an editor reads this member so, by its name and place.
fn is_relaxed(path: &str) -> bool {
    let parts: Vec<&str> = path.split(['/', '!']).collect();
    let Some((name, folders)) = parts.split_last() else { return false };
    let name = name.to_lowercase();
    let json = name.ends_with(".json");
    name.ends_with(".code-workspace")
        || matches!(name.as_str(), "devcontainer.json" | ".devcontainer.json")
        || json && folders.iter().any(|folder| FOLDERS.contains(&folder.to_lowercase().as_str()))
}

/// Whether it is such a file and begins with a comment.
pub(in crate::extract::format) fn commented(
    source: &Source,
    member: MemberId,
    walk: &Walk<'_>,
) -> Result<bool, ReadError> {
    let named = walk.facts(member).is_some_and(|member| is_relaxed(&member.path));
    Ok(named && first_letter(source)? == Some(b'/'))
}

/// The content of such a file as plain JSON; `None` for any other.
pub(super) fn plain(source: &Source, member: MemberId, walk: &Walk<'_>) -> Result<Option<Source>, ReadError> {
    if walk.facts(member).is_none_or(|member| !is_relaxed(&member.path)) {
        return Ok(None);
    }
    if source.size() > LONGEST {
        return Err(ReadError::unsupported("an editor's file of more than 1 MiB", None));
    }
    let mut bytes = source.bytes_at(0, LONGEST)?;
    strip(&mut bytes);
    Ok(Some(Source::memory(bytes)))
}

enum State {
    Outside,
    Text,
    Escape,
    /// Behind a slash, at this place.
    Slash(usize),
    Line,
    Block,
    /// Behind a star in a comment.
    Star,
}

/// Puts white space where comments are, and commas before an end.
fn strip(bytes: &mut [u8]) {
    let mut state = State::Outside;
    let mut comma = None;
    let mut blank = Vec::new();
    let start = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    for (at, byte) in bytes.iter_mut().enumerate().skip(start) {
        state = match (state, *byte) {
            (State::Outside, b'/') => State::Slash(at),
            (State::Slash(before), b'/' | b'*') => {
                let line = *byte == b'/';
                blank.push(before);
                *byte = b' ';
                if line { State::Line } else { State::Block }
            }
            (State::Line, b'\n' | b'\r') => State::Outside,
            (State::Line, _) => {
                *byte = b' ';
                State::Line
            }
            (State::Star, b'/') => {
                *byte = b' ';
                State::Outside
            }
            (State::Block | State::Star, is) => {
                *byte = if is == b'\n' { b'\n' } else { b' ' };
                if is == b'*' { State::Star } else { State::Block }
            }
            (State::Text, b'\\') => State::Escape,
            (State::Text, b'"') => State::Outside,
            (State::Text | State::Escape, _) => State::Text,
            (State::Outside | State::Slash(_), is) => {
                match is {
                    b',' => comma = Some(at),
                    b'}' | b']' => blank.extend(comma.take()),
                    _ if is.is_ascii_whitespace() => {}
                    _ => comma = None,
                }
                if is == b'"' { State::Text } else { State::Outside }
            }
        };
    }
    for at in blank {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_last_commas_are_white_space() {
        for (text, wanted) in [
            ("// x\n{\"a\": 1}", "{\"a\":1}"),
            ("{/* , \" */\"a\": [1, 2, /* } */ ], // ]\n}", "{\"a\":[1,2]}"),
            ("{\"a\": \"// no /* comment */ ,]\"}", "{\"a\":\"//no/*comment*/,]\"}"),
            ("{\"a\\\"//\": 1 /***/}", "{\"a\\\"//\":1}"),
        ] {
            let mut bytes = text.as_bytes().to_vec();
            strip(&mut bytes);
            assert_eq!(bytes.len(), text.len());
            let plain: String = String::from_utf8(bytes).unwrap().split_whitespace().collect();
            assert_eq!(plain, wanted, "{text}");
        }
    }

    #[test]
    fn only_editors_files_are_read_so() {
        for path in [
            "m/.vscode/tasks.json",
            "m/.VSCODE/tasks.json",
            "x.code-workspace",
            "m/.devcontainer/a/devcontainer.json",
            "m!.devcontainer.json",
        ] {
            assert!(is_relaxed(path), "{path}");
        }
        for path in ["m/config.json", "vscode/tasks.json", "m/.vscode/x.py"] {
            assert!(!is_relaxed(path), "{path}");
        }
    }
}
