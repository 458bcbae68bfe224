//! Untrusted text as Markdown that is only text. Nothing is escaped by a list of what GitHub might read: a word is shown as it is only when
//! it has letters alone, and all else stands in inline code or a fence, where GitHub links, mentions and renders nothing.

use crate::report::plain;

/// Signs that may stand in front of a word as they are, and behind it.
const BEFORE: [char; 3] = ['(', '"', '\''];
const BEHIND: [char; 9] = ['.', ',', ';', ':', '!', '?', ')', '"', '\''];

/// Hexadecimal digits from which GitHub links a word as a commit.
const COMMIT: usize = 7;

/// One line that steers nothing and opens no HTML comment, by which a publisher finds its own comment again.
fn line(text: &str) -> String {
    plain(text).replace("<!--", "<\\u{21}--")
}

/// The first `limit` characters, and the length when there are more. No escape is cut in two.
fn cut(text: &str, limit: usize) -> String {
    let head: String = units(text).take(limit).collect();
    if head.len() == text.len() { head } else { format!("{head}... ({} bytes)", text.len()) }
}

/// Characters, and the escapes of [`crate::place::escape`] each as one: `\\`, `\n`, `\xNN`, `\u{NNNN}`.
fn units(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match rest.as_bytes() {
            [b'\\', b'u', b'{', ..] => {
                rest.bytes().take(10).position(|byte| byte == b'}').map(|at| at.saturating_add(1))
            }
            [b'\\', b'x', ..] => Some(4),
            [b'\\', ..] => Some(2),
            _ => None,
        };
        let (unit, after) = length
            .and_then(|length| rest.split_at_checked(length))
            .or_else(|| rest.split_at_checked(first.len_utf8()))?;
        rest = after;
        Some(unit)
    })
}

/// Inline code of at most about `limit` characters: a long name loses its middle, and both ends tell it from others.
#[must_use]
pub fn code(text: &str, limit: usize) -> String {
    span(&middle(&line(text), limit))
}

/// As [`code`], for a cell of a table: a `|` is written out.
pub(super) fn cell_code(text: &str, limit: usize) -> String {
    span(&middle(&line(text), limit).replace('|', "\\u{7c}"))
}

fn middle(text: &str, limit: usize) -> String {
    let units: Vec<&str> = units(text).collect();
    let half = limit.div_euclid(2);
    match (units.get(..half), units.get(units.len().saturating_sub(half)..)) {
        (Some(head), Some(tail)) if units.len() > limit => format!("{}...{}", head.concat(), tail.concat()),
        _ => text.to_owned(),
    }
}

/// A time, or the day alone when the day begins then.
pub(super) fn day(time: &str) -> String {
    prose(time.strip_suffix("T00:00:00Z").unwrap_or(time), 40)
}

/// Sentences, at most `limit` characters of them: words of letters stay, a span between backticks and every other word is inline code.
#[must_use]
pub fn prose(text: &str, limit: usize) -> String {
    let text = cut(&line(text), limit);
    if text.trim().is_empty() {
        return span("");
    }
    let mut shown: Vec<Word> = Vec::new();
    for word in words_of(&text) {
        let next = read(word, shown.is_empty());
        match (shown.last_mut(), next) {
            // Odd words in a row are one piece of code.
            (
                Some(Word { code: Some(code), after, marked: false, .. }),
                Word { before: "", code: Some(more), after: end, marked: false },
            ) if after.is_empty() => {
                *code = format!("{code} {more}");
                *after = end;
            }
            (_, next) => shown.push(next),
        }
    }
    let words: Vec<String> = shown
        .into_iter()
        .map(|word| format!("{}{}{}", word.before, word.code.map(|code| span(&code)).unwrap_or_default(), word.after))
        .collect();
    words.join(" ")
}

/// A word: what may stand as it is, and the code between.
struct Word<'a> {
    before: &'a str,
    code: Option<String>,
    after: String,
    /// Whether the text itself says that it is code.
    marked: bool,
}

/// Words between white space; white space between two backticks belongs to the word.
fn words_of(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut inside) = (Vec::new(), None, 0_usize);
    for (at, character) in text.char_indices() {
        if at < inside {
            continue;
        }
        if character == '`' {
            // The backtick that ends the span, or the end of the text once there is none.
            let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
            inside = rest.find('`').map_or(at, |length| at.saturating_add(length).saturating_add(2));
            if inside == at {
                // No backtick follows at all, so this search is the last one.
                inside = 0;
            }
        }
        match (character.is_whitespace(), start) {
            (true, Some(begin)) => {
                words.extend(text.get(begin..at));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.and_then(|begin| text.get(begin..)));
    words
}

/// What of a word may stand as it is.
fn read(word: &str, first: bool) -> Word<'_> {
    let plain = || Word { before: word, code: None, after: String::new(), marked: false };
    let odd = |before, code: &str, after: &str| Word {
        before,
        code: Some(code.to_owned()),
        after: after.to_owned(),
        marked: false,
    };
    // In front, a dash would begin a list.
    if matches!(word, "-" | "\u{2013}" | "\u{2014}") && !first {
        return plain();
    }
    let core = word.trim_start_matches(BEFORE).trim_end_matches(BEHIND);
    if core.is_empty() {
        return plain();
    }
    let Some((before, after)) = word.split_once(core) else { return odd("", word, "") };
    let (held, owner) = core.strip_suffix("'s").map_or((core, ""), |held| (held, "'s"));
    if let Some(inner) = held.strip_prefix('`').and_then(|held| held.strip_suffix('`')) {
        return if inner.trim().is_empty() || inner.contains('`') {
            odd("", word, "")
        } else {
            Word { marked: true, ..odd(before, inner, &format!("{owner}{after}")) }
        };
    }
    let counted = is_number(core) && !(first && after.starts_with(['.', ')']));
    if is_word(core) || counted { plain() } else { odd(before, core, after) }
}

/// Letters, with apostrophes and dashes between them, and no name of a commit.
fn is_word(text: &str) -> bool {
    text.split(['\'', '\u{2019}', '-']).all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic))
        && !(text.len() >= COMMIT && text.chars().all(|character| character.is_ascii_hexdigit()))
}

/// Digits, with dots, commas, dashes and colons between them: counts, versions, days, and times in UTC; too few in a row for a commit.
fn is_number(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let digits = |part: &str| {
        !part.is_empty() && part.len() < COMMIT && part.chars().all(|character| character.is_ascii_digit())
    };
    // Between colons a time has two digits; `100` and `1234` would be emoji there.
    text.split(':').skip(1).all(|part| part.len() == 2) && text.split(['.', ',', '-', ':', 'T']).all(digits)
}

/// One line between backticks, and between quotes when it is blank; more backticks than stand in a row inside.
fn span(text: &str) -> String {
    if text.trim().is_empty() {
        return format!("`\"{text}\"`");
    }
    let ticks = "`".repeat(longest_run(text).saturating_add(1));
    // One space on both sides is taken off again; a space of the text is not, unless both sides have one (CommonMark 0.31.2, 6.1).
    let pad = text.starts_with('`') || text.ends_with('`') || (text.starts_with(' ') && text.ends_with(' '));
    let pad = if pad { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Lines in a fence that none of them ends; at most `lines` of them, each of at most `width` characters.
pub(super) fn fence(text: &str, info: &str, lines: usize, width: usize) -> String {
    let count = text.lines().count();
    let mut kept: Vec<String> = text.lines().take(lines).map(|one| cut(&line(one), width)).collect();
    if count > lines {
        kept.push(format!("... and {} more lines", count.saturating_sub(lines)));
    }
    let body = kept.join("\n");
    let ticks = "`".repeat(longest_run(&body).saturating_add(1).max(3));
    format!("{ticks}{info}\n{body}\n{ticks}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// `https` addresses that hold nothing that could end a link; the host is what is shown.
pub(super) fn link(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://")?;
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?#=&%+,:;@!".contains(&byte);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (rest.bytes().all(safe) && named && host.contains('.')).then(|| format!("[`{host}`]({address})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_all_else_is_code() {
        let cases = [
            ("`posix.system` is called: starts programs.", "`posix.system` is called: starts programs."),
            ("a state_dict, or (e.g.) a `b`'s", "a `state_dict`, or (`e.g`.) a `b`'s"),
            (
                "at byte 42, on 2026-01-15T00:00:00Z - 1,234 of 0.1.0",
                "at byte 42, on 2026-01-15T00:00:00Z - 1,234 of 0.1.0",
            ),
            ("12:100:30", "`12:100:30`"),
            ("- item", "`-` item"),
            ("1. item", "`1`. item"),
            ("@a #1 b@c www.d.e :f:", "`@a #1 b@c www.d.e :f`:"),
            ("see 0123456 or defaced", "see `0123456` or `defaced`"),
            ("one `open", "one `` `open ``"),
            ("$`x`$", "``$`x`$``"),
            ("``", "``` `` ```"),
            (" \n ", "`\"\"`"),
            ("\u{202e}x", "`\\u{202e}x`"),
        ];
        for (text, shown) in cases {
            assert_eq!(prose(text, 100), shown, "{text}");
        }
    }

    #[test]
    fn no_escape_is_cut_in_two() {
        assert_eq!(cut("ab\\u{202e}cd", 3), "ab\\u{202e}... (12 bytes)");
        assert_eq!(cut("\\\\\\xffabc", 2), "\\\\\\xff... (9 bytes)");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(code("0123456789", 6), "`012...789`");
        assert_eq!(code("01234\\u{202e}6789", 6), "`012...789`");
        assert_eq!(cell_code("a|`b", 9), "``a\\u{7c}`b``");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("a\n````\nb", "text", 9, 9), "`````text\na\n````\nb\n`````\n");
        assert_eq!(fence("a\nb\nc", "", 1, 9), "```\na\n... and 2 more lines\n```\n");
    }

    #[test]
    fn only_an_address_that_ends_nothing_is_a_link() {
        assert_eq!(link("https://a.b/c#d").as_deref(), Some("[`a.b`](https://a.b/c#d)"));
        for address in [
            "http://a.b",
            "https://a.b/)",
            "https://a.b/ x",
            "https://a@b.c/",
            "https://a.b/<",
            "javascript:x",
            "https://",
        ] {
            assert_eq!(link(address), None, "{address}");
        }
    }
}
