//! The file of waivers: read and checked, each with its line, and one more appended without touching what is there.

use crate::config::{Approval, CEILING, blank, rendered};
use crate::files::Files;
use crate::place;
use crate::time;
use crate::verdict::Waiver;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The waivers of one file.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    /// The file, escaped.
    pub file: String,
    /// In the order of the file.
    pub list: Vec<Listed>,
    /// What a signature on the file says of its approvers, of those that somebody is named for to sign.
    pub approvals: BTreeMap<String, Approval>,
}

/// A waiver, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The waiver.
    pub waiver: Waiver,
    /// Its line, from 1.
    pub line: u64,
}

/// A file of waivers that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WaiversError {
    /// The file cannot be read.
    #[error("{path}: the waivers cannot be read ({error}); check `waivers` in the configuration")]
    Unreadable {
        /// The file, escaped.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// It is no YAML, or not of the shape. The text shows the line.
    #[error("{path}: not a valid file of waivers\n{text}")]
    Invalid {
        /// The file, escaped.
        path: String,
        /// The error with the line it is on.
        text: String,
    },
    /// A waiver that means nothing, or too much.
    #[error("{path}:{line}: {what}")]
    Waiver {
        /// The file, escaped.
        path: String,
        /// The waiver's line, from 1.
        line: u64,
        /// What is wrong and what to do.
        what: String,
    },
    /// A waiver cannot be appended to what is there.
    #[error("{path}: {what}; nothing was written")]
    Closed {
        /// The file, escaped.
        path: String,
        /// Why.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    waivers: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    digest: Option<String>,
    path: String,
    reason: String,
    approver: String,
    created: String,
    expires: String,
}

impl Waivers {
    /// The text of a file of waivers.
    ///
    /// # Errors
    /// [`WaiversError`] when it cannot be read.
    pub fn text(path: &Path, files: &dyn Files) -> Result<String, WaiversError> {
        let unreadable = |error| WaiversError::Unreadable { path: place::shown(path), error };
        files.text(path, CEILING).map_err(unreadable)
    }

    /// Takes waivers from text; `shown` names the file. `now` is the time of the judgement, RFC 3339: a waiver that is made later does not
    /// exist yet. What a signature says of them is the caller's to fill in.
    ///
    /// # Errors
    /// [`WaiversError`] with the line of the first waiver that is wrong.
    pub fn parse(text: &str, shown: &str, now: &str) -> Result<Self, WaiversError> {
        if blank(text) {
            return Ok(Self { file: shown.to_owned(), ..Self::default() });
        }
        let file: File = serde_saphyr::from_str(text)
            .map_err(|error| WaiversError::Invalid { path: shown.to_owned(), text: rendered(&error, shown) })?;
        let mut list: Vec<Listed> = Vec::new();
        for entry in file.waivers {
            let line = entry.referenced.line();
            let wrong = |what: String| WaiversError::Waiver { path: shown.to_owned(), line, what };
            let waiver = checked(entry.value, now).map_err(wrong)?;
            if let Some(first) = list.iter().find(|first| same(&first.waiver, &waiver)) {
                return Err(wrong(format!(
                    "repeats the waiver of line {}; change the dates there instead",
                    first.line
                )));
            }
            list.push(Listed { waiver, line });
        }
        Ok(Self { file: shown.to_owned(), list, approvals: BTreeMap::new() })
    }
}

/// Whether two waivers accept the same finding.
fn same(one: &Waiver, other: &Waiver) -> bool {
    (&one.rule, &one.digest, &one.path) == (&other.rule, &other.digest, &other.path)
}

/// A waiver that says everything it must; an error says what is wrong.
fn checked(entry: Entry, now: &str) -> Result<Waiver, String> {
    let Some(digest) = entry.digest else {
        return Err("`digest` is missing; a path alone accepts whatever will lie there".to_owned());
    };
    if digest.len() != 64 || !digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("`digest` is no SHA-256 of 64 small hexadecimal digits, as `member_digest` in a report".to_owned());
    }
    for (key, text) in [("path", &entry.path), ("reason", &entry.reason), ("approver", &entry.approver)] {
        if text.trim().is_empty() {
            return Err(format!("`{key}` is empty"));
        }
    }
    if entry.rule.split('/').count() != 2 || entry.rule.split('/').any(str::is_empty) {
        return Err(format!("`rule`: `{}` is no id of one rule, such as core/unknown-format", entry.rule));
    }
    let moment = |key: &str, text: &str| {
        time::instant(text).ok_or_else(|| format!("`{key}`: `{text}` is no day or time of RFC 3339 (`2026-01-31`)"))
    };
    let (created, expires) = (moment("created", &entry.created)?, moment("expires", &entry.expires)?);
    if expires <= created {
        return Err(format!("`expires` ({}) is not after `created` ({})", entry.expires, entry.created));
    }
    if time::instant(now).is_none_or(|now| created > now) {
        return Err(format!("`created` ({}) is later than the time of this judgement ({now})", entry.created));
    }
    Ok(Waiver {
        rule: entry.rule,
        digest,
        path: entry.path,
        reason: entry.reason,
        approver: entry.approver,
        created: entry.created,
        expires: entry.expires,
    })
}

/// The text of a file of waivers with more of them at its end; what was there stays as it was, comments too. `shown` names the file,
/// `now` is the time at which they are made.
///
/// # Errors
/// [`WaiversError`] when the file is wrong as it is, when one of the waivers is there already, or when its layout takes no more.
pub fn append(text: &str, shown: &str, new: &[Waiver], now: &str) -> Result<String, WaiversError> {
    let closed = |what: String| WaiversError::Closed { path: shown.to_owned(), what };
    let before = Waivers::parse(text, shown, now)?;
    for waiver in new {
        if let Some(first) = before.list.iter().find(|first| same(&first.waiver, waiver)) {
            let what = format!(
                "line {} has a waiver of {} for {} already; change its dates and reason by hand",
                first.line, waiver.rule, waiver.path
            );
            return Err(closed(what));
        }
    }
    // Entries stand as far in as the first one does.
    let dash = text.lines().find(|line| line.trim_start().starts_with("- "));
    let indent: String = dash.map_or("  ", |line| line.split('-').next().unwrap_or_default()).to_owned();
    let mut out = text.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    if blank(text) {
        out.push_str("waivers:\n");
    } else if before.list.is_empty() {
        out = out.replacen("waivers: []", "waivers:", 1);
    }
    for waiver in new {
        out.push_str(&yaml(waiver, &indent).map_err(|error| closed(error.to_string()))?);
    }
    let wanted = before.list.iter().map(|listed| &listed.waiver).chain(new);
    let after = Waivers::parse(&out, shown, now);
    if after.is_ok_and(|after| after.list.iter().map(|listed| &listed.waiver).eq(wanted)) {
        Ok(out)
    } else {
        let layout = "its layout takes no more at the end; write the list as `waivers:` with one `- rule: ...` a line, last in the file";
        Err(closed(layout.to_owned()))
    }
}

/// A waiver as an entry of the list. Every text is in double quotes, where YAML takes JSON's escapes.
fn yaml(waiver: &Waiver, indent: &str) -> Result<String, serde_json::Error> {
    let fields = serde_json::to_value(waiver)?;
    let mut out = String::new();
    for (index, (key, value)) in fields.as_object().into_iter().flatten().enumerate() {
        let lead = if index == 0 { "- " } else { "  " };
        let text: String = value
            .to_string()
            .chars()
            .map(|character| match u32::from(character) {
                // What steers an editor or a terminal is written by its number; above these, the check of the result refuses.
                code if place::deceives(character) && code <= 0xffff => format!("\\u{code:04x}"),
                _ => character.to_string(),
            })
            .collect();
        out.push_str(&format!("{indent}{lead}{key}: {text}\n"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-02-01T12:00:00Z";

    fn waiver(rule: &str) -> Waiver {
        Waiver {
            rule: rule.to_owned(),
            digest: "0123456789abcdef".repeat(4),
            path: "model.pt!archive/data.pkl".to_owned(),
            reason: "looked at: \"fine\"".to_owned(),
            approver: "a@example.org".to_owned(),
            created: "2026-01-31".to_owned(),
            expires: "2026-03-01".to_owned(),
        }
    }

    fn text(differs: &[(&str, &str)]) -> String {
        let mut out = append("", "w.yaml", &[waiver("core/irregular")], NOW).unwrap();
        for (from, to) in differs {
            assert!(out.contains(from), "{out}");
            out = out.replace(from, to);
        }
        out
    }

    fn refused(differs: &[(&str, &str)]) -> String {
        Waivers::parse(&text(differs), "w.yaml", NOW).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let digest = format!("    digest: \"{}\"\n", "0123456789abcdef".repeat(4));
        for (differs, wanted) in [
            (&[(digest.as_str(), "")][..], "`digest` is missing"),
            (&[("0123456789abcdef", "0123456789ABCDEF")], "64 small hexadecimal digits"),
            (&[("model.pt!archive/data.pkl", " ")], "`path` is empty"),
            (&[("\"a@example.org\"", "\"\"")], "`approver` is empty"),
            (&[("core/irregular", "core")], "no id of one rule"),
            (&[("core/irregular", "core/*/x")], "no id of one rule"),
            (&[("2026-01-31", "soon")], "no day or time"),
            (&[("2026-03-01", "2026-01-31")], "is not after `created`"),
            (&[("2026-01-31", "2026-02-02")], "later than the time of this judgement"),
        ] {
            let error = refused(differs);
            assert!(error.starts_with("w.yaml:2: ") && error.contains(wanted), "{error}");
        }
        assert!(refused(&[("approver", "aprover")]).contains("w.yaml:6"));
        assert!(refused(&[("waivers", "waiver")]).contains("w.yaml:1"));
        let twice = format!("{}{}", text(&[]), text(&[]).replace("waivers:\n", ""));
        let error = Waivers::parse(&twice, "w.yaml", NOW).unwrap_err().to_string();
        assert!(error.starts_with("w.yaml:9: repeats the waiver of line 2"), "{error}");
    }

    #[test]
    fn more_are_appended_and_nothing_else_changes() {
        let list = |text: &str| Waivers::parse(text, "w.yaml", NOW).unwrap().list;
        for begin in ["", "# ours\n", "waivers: []\n", "# ours\nwaivers: []   # none yet\n"] {
            let one = append(begin, "w.yaml", &[waiver("core/irregular")], NOW).unwrap();
            assert!(begin.is_empty() || one.starts_with(begin.split("waivers").next().unwrap()), "{one}");
            assert_eq!(list(&one).len(), 1, "{one}");
            let commented = format!("{one}    # a word about the next\n");
            let two = append(&commented, "w.yaml", &[waiver("core/polyglot"), waiver("core/incomplete")], NOW).unwrap();
            assert!(two.starts_with(&commented), "{two}");
            assert_eq!(list(&two)[2].waiver, waiver("core/incomplete"));
        }
        let flush = text(&[]).replace("\n  ", "\n");
        assert_eq!(list(&append(&flush, "w.yaml", &[waiver("core/polyglot")], NOW).unwrap()).len(), 2);
    }

    #[test]
    fn what_cannot_be_appended_is_refused() {
        let one = text(&[]);
        let again = append(&one, "w.yaml", &[waiver("core/irregular")], NOW).unwrap_err().to_string();
        assert!(again.contains("line 2 has a waiver of core/irregular"), "{again}");
        for layout in ["waivers: [\n]\n", "{waivers: []}\n", "---\nwaivers: []\n...\n"] {
            let error = append(layout, "w.yaml", &[waiver("core/polyglot")], NOW).unwrap_err().to_string();
            assert!(error.contains("nothing was written"), "{layout}: {error}");
        }
        assert!(append("waivers: [1]\n", "w.yaml", &[waiver("core/polyglot")], NOW).is_err());
    }

    #[test]
    fn hostile_text_stays_text() {
        for path in ["a\": b\n- rule: x", "x\u{202e}y", "# {}", "it's: *a &b !c %d", "\u{0}\u{7f}\u{85}"] {
            let hostile = Waiver { path: path.to_owned(), ..waiver("core/irregular") };
            let out = append("", "w.yaml", std::slice::from_ref(&hostile), NOW).unwrap();
            assert!(!out.contains(|character| character != '\n' && place::deceives(character)), "{out:?}");
            assert_eq!(Waivers::parse(&out, "w.yaml", NOW).unwrap().list[0].waiver, hostile);
        }
        // No escape of four digits has it: refused rather than written as it is.
        let beyond = Waiver { path: "\u{e0041}".to_owned(), ..waiver("core/irregular") };
        let out = append("", "w.yaml", std::slice::from_ref(&beyond), NOW);
        assert!(out.is_err() || Waivers::parse(&out.unwrap(), "w.yaml", NOW).unwrap().list[0].waiver == beyond);
    }
}
