//! The last defence before text reaches a person: what an artifact or given facts say cannot steer a terminal or a workflow.

use crate::place::deceives;

/// One line of text made safe to show. Facts are escaped already ([`crate::place::escape`]); this holds for paths, policies' words
/// and facts that were given from outside too. Line ends become spaces, other control and deceiving characters `\u{NNNN}`.
///
/// GitHub's runner takes a line that begins with `::` (after white space), and `##[` anywhere, as a command, so neither is left
/// whole (actions/runner, `ActionCommand.cs`: `TryParseV2`, `TryParse`).
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            ':' if out.ends_with(':') && begins_word(&out) => out.push_str("\\u{3a}"),
            '[' if out.ends_with("##") => out.push_str("\\u{5b}"),
            _ if deceives(character) => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}

/// Whether the colon at the end of `out` begins a word: a line may be wrapped there.
fn begins_word(out: &str) -> bool {
    out.chars().rev().nth(1).is_none_or(|before| !before.is_alphanumeric() && before != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal_or_a_workflow() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\u{9b}"), "a\\u{1b}[2Jb\\u{202e}c\\u{9b}");
        assert_eq!(plain("one\n::add-mask::x"), "one :\\u{3a}add-mask::x");
        assert_eq!(plain("##[command]x"), "##\\u{5b}command]x");
        assert_eq!(plain("std::io, größe, 重み\\n"), "std::io, größe, 重み\\n");
    }
}
