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
    fn a_cut_text_says_so() {
        assert_eq!(escape_cut(b"abcdef", 3), "abc... (6 bytes)");
        assert_eq!(escape_cut(b"abc", 3), "abc");
    }
}
