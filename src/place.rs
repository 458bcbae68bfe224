//! Where something is, as text that is safe to show: `model.pt!archive/data.pkl`.

use std::path::Path;

/// Bytes of a hostile name or text made safe to show and to keep: printable characters stay, a backslash is doubled, and all
/// others (control, format and bidirectional characters, bytes that are not UTF-8) become `\xNN` or `\u{NNNN}`. Nothing is lost.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push(&mut out, character);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// The bytes that [`escape`] made a text of; `None` when it makes no such text.
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (kind, behind) = behind.split_at_checked(1)?;
        rest = behind;
        match kind {
            "\\" => bytes.push(b'\\'),
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "x" => {
                let (digits, behind) = rest.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = behind;
            }
            "u" => {
                let (digits, behind) = rest.strip_prefix('{')?.split_once('}')?;
                let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = behind;
            }
            _ => return None,
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    // One name has one text: `\x2f` would be a separator that nobody sees.
    (escape(&bytes) == text).then_some(bytes)
}

/// A path made safe to show, as [`escape`] does.
#[must_use]
pub fn shown(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}

/// As [`escape`], cut after `limit` bytes of input with `...` and the full length behind.
#[must_use]
pub fn escape_cut(bytes: &[u8], limit: usize) -> String {
    match bytes.get(..limit) {
        Some(head) if bytes.len() > limit => format!("{}... ({} bytes)", escape(head), bytes.len()),
        _ => escape(bytes),
    }
}

fn push(out: &mut String, character: char) {
    match character {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if deceives(character) => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
        _ => out.push(character),
    }
}

/// Whether a character changes how other text is shown: control and format characters (Unicode general categories Cc, Cf, Zl,
/// Zp, private use and variation selectors), which include the bidirectional overrides of the "Trojan Source" attacks.
#[must_use]
pub fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{0600}'..='\u{0605}' | '\u{061c}' | '\u{06dd}' | '\u{070f}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// The place of a member inside another: `outer!inner`.
#[must_use]
pub fn inside(outer: &str, name: &str) -> String {
    format!("{outer}!{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_deceptive_survives() {
        assert_eq!(escape(b"a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape("gpj.\u{202e}exe".as_bytes()), "gpj.\\u{202e}exe");
        assert_eq!(escape(b"\xff\\n"), "\\xff\\\\n");
        assert_eq!(escape("größe 重み".as_bytes()), "größe 重み");
    }

    #[test]
    fn what_was_escaped_is_read_back_and_nothing_else_is() {
        let names: [&[u8]; 7] = [
            b"model.pt",
            b"a\\b\n\r\t\x1b\x7f",
            b"\xff\xfe\xc3",
            "gpj.\u{202e}exe \u{e0041}".as_bytes(),
            "größe 重み".as_bytes(),
            b"\\x2f\\u{2e}",
            b"",
        ];
        for name in names {
            assert_eq!(unescape(&escape(name)).as_deref(), Some(name), "{name:?}");
        }
        let broken = [
            "\\",
            "\\q",
            "\\x",
            "\\xf",
            "\\xgg",
            "\\x+f",
            "\\x2f",
            "\\u",
            "\\u{",
            "\\u{}",
            "\\u{d800}",
            "\\u{2f}",
            "\\u{110000}",
            "a\nb",
            "\u{202e}",
            "\\xé",
            "\\u{0001b}",
            "\\xFF",
        ];
        for text in broken {
            assert_eq!(unescape(text), None, "{text}");
        }
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(escape_cut(b"abcdef", 3), "abc... (6 bytes)");
        assert_eq!(escape_cut(b"abc", 3), "abc");
    }
}
