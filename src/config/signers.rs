//! Who is to have signed, checked as it is written, and the files that it names read.

use crate::config::patterns::Patterns;
use crate::config::{ConfigError, hint, rendered};
use crate::files::Files;
use crate::place;
use crate::time;
use crate::verdict::{Signer, Signers};
use serde::Deserialize;
use std::path::Path;

/// Bytes of a key, an authority or a trust root.
const CEILING: u64 = 1 << 20;

/// The roots that have a name.
const NAMED: [&str; 2] = ["public", "github"];

/// What is wrong with the entries: key and words.
pub(super) fn wrong(all: &[Signers]) -> Option<String> {
    all.iter().find_map(|entry| {
        for patterns in [&entry.paths, &entry.uncovered] {
            if let Some((pattern, why)) = Patterns::new(patterns).wrong() {
                return Some(format!("`{pattern}` is no pattern: {why}"));
            }
            // Rego's patterns have more signs than the other keys'; a pattern is to mean one thing wherever it stands.
            if let Some(pattern) = patterns.iter().find(|pattern| pattern.contains(['{', '}', '\\'])) {
                return Some(format!("`{pattern}` is no pattern: write several in place of braces, and no backslash"));
            }
        }
        if entry.by.is_empty() {
            return Some("`by` names nobody; name who is to sign".to_owned());
        }
        entry.by.iter().find_map(wrong_signer)
    })
}

/// What is wrong with a signer.
pub(super) fn wrong_signer(signer: &Signer) -> Option<String> {
    let has = |fields: &[&Option<String>]| fields.iter().any(|field| field.is_some());
    let ways = [
        has(&[&signer.key, &signer.fingerprint]),
        has(&[&signer.identity, &signer.pattern]),
        has(&[&signer.authority]),
    ];
    if ways.iter().filter(|way| **way).count() != 1 {
        return Some("a signer is one of `key` (or `fingerprint`), `identity` (or `pattern`), `authority`".to_owned());
    }
    if has(&[&signer.identity, &signer.pattern]) {
        if signer.issuer.is_none() {
            return Some("an identity is only as good as who vouches for it; name the `issuer`".to_owned());
        }
        if signer.identity.is_some() && signer.pattern.is_some() {
            return Some("`identity` and `pattern` say the same thing twice; keep one".to_owned());
        }
    } else if has(&[&signer.issuer, &signer.root]) {
        return Some("`issuer` and `root` go with an `identity`".to_owned());
    }
    if signer.subject.is_some() && signer.authority.is_none() {
        return Some("`subject` goes with an `authority`".to_owned());
    }
    if let Some(pattern) = &signer.pattern
        && !(pattern.starts_with('^') && pattern.ends_with('$') && !pattern.ends_with("\\$"))
    {
        return Some(format!(
            "the pattern `{pattern}` would match a part of another identity; begin it with `^` and end it with `$`"
        ));
    }
    if let Some(fingerprint) = &signer.fingerprint
        && !(fingerprint.len() == 64 && fingerprint.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    {
        return Some(format!("`{fingerprint}` is no SHA-256 of 64 small hexadecimal digits"));
    }
    let moment = |text: &Option<String>| text.as_deref().map(|text| (text.to_owned(), time::instant(text)));
    let (from, until) = (moment(&signer.from), moment(&signer.until));
    if let Some((text, _)) = [&from, &until].into_iter().flatten().find(|(_, moment)| moment.is_none()) {
        return Some(format!("`{text}` is no day or time of RFC 3339 (`2026-01-31`)"));
    }
    match (from, until) {
        (Some((from, Some(start))), Some((until, Some(end)))) if end <= start => {
            Some(format!("`until` ({until}) is not after `from` ({from})"))
        }
        _ => None,
    }
}

/// Puts the content of the files that are named in their place; they are relative to `folder`. `shown` names the configuration, `key` what of
/// it names the signers.
pub(super) fn read(
    all: Vec<&mut Signer>,
    folder: &Path,
    key: &'static str,
    shown: &str,
    files: &dyn Files,
) -> Result<(), ConfigError> {
    for field in files_of(all) {
        let path = folder.join(&*field);
        let text = files.text(&path, CEILING).map_err(|error| ConfigError::Value {
            path: shown.to_owned(),
            key,
            what: format!("{}: cannot be read ({error}); the path is relative to this file", place::shown(&path)),
        })?;
        *field = text;
    }
    Ok(())
}

/// Whether any names a file.
pub(super) fn name_files(all: Vec<&mut Signer>) -> bool {
    files_of(all).next().is_some()
}

/// The fields that name a file: everything but PEM itself and the roots that have a name.
fn files_of(all: Vec<&mut Signer>) -> impl Iterator<Item = &mut String> {
    all.into_iter().flat_map(|signer| {
        let pem = [&mut signer.key, &mut signer.authority].into_iter().flatten();
        let pem = pem.filter(|text| !text.trim_start().starts_with("-----BEGIN"));
        let root = signer.root.iter_mut();
        pem.chain(root.filter(|root| !NAMED.contains(&root.as_str()) && !root.trim_start().starts_with('{')))
    })
}

/// Those who must have signed something that is named elsewhere: a file with `by` and perhaps `timed`, as an entry of `signers` has them.
///
/// # Errors
/// [`ConfigError`] when it cannot be read, is no YAML of that shape, or names nobody.
pub fn demand(path: &Path, files: &dyn Files) -> Result<Signers, ConfigError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Demand {
        by: Vec<Signer>,
        #[serde(default)]
        timed: bool,
    }
    let shown = place::shown(path);
    let what = |what: String| ConfigError::Value { path: shown.clone(), key: "by", what };
    let text = files.text(path, CEILING).map_err(|error| what(format!("cannot be read ({error}); check the path")))?;
    let Demand { by, timed } = serde_saphyr::from_str(&text).map_err(|error| ConfigError::Invalid {
        path: shown.clone(),
        text: rendered(&error, &shown),
        hint: hint(&error),
    })?;
    let mut signers = Signers { by, timed, ..Signers::default() };
    if let Some(wrong) = wrong(std::slice::from_ref(&signers)) {
        return Err(what(wrong));
    }
    read(signers.by.iter_mut().collect(), path.parent().unwrap_or(Path::new("")), "by", &shown, files)?;
    Ok(signers)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn refused(text: &str) -> String {
        Config::parse(&format!("signers: [{{by: [{text}]}}]"), "weighbridge.yaml").unwrap_err().to_string()
    }

    #[test]
    fn what_names_nobody_or_too_many_is_refused() {
        for (text, wanted) in [
            ("", "names nobody"),
            ("{}", "one of `key`"),
            ("{key: a.pem, identity: x, issuer: y}", "one of `key`"),
            ("{identity: x}", "name the `issuer`"),
            ("{key: a.pem, issuer: y}", "go with an `identity`"),
            ("{pattern: 'x$', issuer: y}", "begin it with `^`"),
            ("{pattern: '^x', issuer: y}", "end it with `$`"),
            ("{pattern: '^x\\$', issuer: y}", "end it with `$`"),
            ("{fingerprint: ABC}", "64 small"),
            ("{key: a.pem, from: soon}", "no day or time"),
            ("{key: a.pem, from: 2026-01-02, until: 2026-01-02}", "is not after"),
            ("{key: a.pem, subject: x}", "goes with an `authority`"),
        ] {
            let error = refused(text);
            assert!(error.contains("signers") && error.contains(wanted), "{text}: {error}");
        }
        let path = Config::parse("signers: [{paths: [../x], by: [{key: a.pem}]}]", "x").unwrap_err().to_string();
        assert!(path.contains("no pattern"), "{path}");
        for pattern in ["a{", "{a,b}", "a\\\\b"] {
            let text = format!("signers: [{{paths: [\"{pattern}\"], by: [{{key: a.pem}}]}}]");
            let error = Config::parse(&text, "x").unwrap_err().to_string();
            assert!(error.contains("no pattern"), "{pattern}: {error}");
        }
    }
}
