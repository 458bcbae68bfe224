//! The encoding of a source: as Python tells it (PEP 263), for encodings that write ASCII as ASCII. Never guesses.

use std::borrow::Cow;

/// Encodings in which each byte below 128 is the ASCII character, and nothing else: what a byte above is does not matter to the syntax
/// (`encodings/aliases.py` of CPython; compared without `-` and `_`).
const ALIKE: &[&str] = &[
    "ascii",
    "usascii",
    "latin1",
    "l1",
    "iso8859",
    "windows125",
    "cp125",
    "cp437",
    "cp85",
    "cp86",
    "koi8",
    "mac",
    "tis620",
];

/// The text of a source; an error says why Python reads none, or why it is not read here.
pub(in crate::extract) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let named = named(rest);
    let plain = named.as_deref().map(|name| name.replace(['_', '-'], ""));
    match plain.as_deref() {
        None | Some("utf8" | "u8" | "utf" | "utf8sig") => match std::str::from_utf8(rest) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => Err("it is not UTF-8 and names no other encoding".to_owned()),
        },
        Some(name) if ALIKE.iter().any(|known| name.starts_with(known)) => {
            Ok(Cow::Owned(rest.iter().map(|byte| char::from(*byte)).collect()))
        }
        Some(_) => Err(format!("the encoding {} is not read", named.unwrap_or_default())),
    }
}

/// The encoding that a comment in the first two lines names (PEP 263: `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`).
fn named(bytes: &[u8]) -> Option<String> {
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).take(3);
    for line in lines.take(2) {
        let line = line.trim_ascii_start();
        let Some(comment) = line.strip_prefix(b"#") else { if line.is_empty() { continue } else { return None } };
        let at = (0..comment.len()).find(|at| {
            comment.get(*at..).is_some_and(|rest| rest.starts_with(b"coding:") || rest.starts_with(b"coding="))
        });
        if let Some(rest) = at.and_then(|at| comment.get(at.saturating_add(7)..)) {
            let rest = rest.trim_ascii_start();
            let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(byte)));
            let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if !name.is_empty() {
                return Some(String::from_utf8_lossy(name).to_lowercase());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_as_python_tells_them() {
        assert_eq!(decode(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n").unwrap(), "# -*- coding: latin-1 -*-\nx = 'é'\n");
        assert_eq!(decode(b"\n# vim: set fileencoding=utf-8\nx").unwrap(), "\n# vim: set fileencoding=utf-8\nx");
        assert!(decode(b"x = '\xe9'\n").is_err());
        for hostile in ["utf-7", "unicode_escape", "rot13", "utf-16", "mbcs", "raw-unicode-escape"] {
            assert!(decode(format!("# coding: {hostile}\n").as_bytes()).is_err(), "{hostile}");
        }
        assert_eq!(decode(b"x = 1\n# coding: utf-7\n").unwrap(), "x = 1\n# coding: utf-7\n");
    }
}
