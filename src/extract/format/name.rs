//! Names of entries, as zip, 7z and tar have them: what leads out, what deceives, what stands twice. Never changes a name.

use crate::digest;
use crate::extract::format::note::Notes;
use crate::extract::walk::Walk;
use crate::facts::{DeviationKind, Link};
use crate::place;
use std::collections::HashSet;

/// Longest name that file systems take (PATH_MAX of Linux).
const LONGEST: usize = 4096;

/// The names of one container that were seen, to tell what stands twice. Keeps 32 bytes of digest a name, never the names.
#[derive(Debug, Default)]
pub(super) struct Names {
    exact: HashSet<String>,
    folded: HashSet<String>,
}

impl Names {
    /// Notes everything that is unusual in a name at `offset`, and whether it was seen before.
    pub(super) fn check(&mut self, walk: &mut Walk<'_>, notes: Notes, name: &[u8], offset: u64) {
        let note = |kind| notes.of(kind).entry(name).at(offset);
        if leads_out(name) {
            note(DeviationKind::Traversal).write(walk);
        }
        if deceives(name) {
            note(DeviationKind::DeceptiveName).write(walk);
        }
        if name.is_empty() {
            note(DeviationKind::InvalidValue).field("name").found("empty").write(walk);
        }
        if name.len() > LONGEST {
            note(DeviationKind::InvalidValue).field("name length").found(name.len()).write(walk);
        }
        let known = !self.exact.insert(key(name));
        let alike = !self.folded.insert(key(&fold(name)));
        if known {
            note(DeviationKind::DuplicateName).write(walk);
        } else if alike {
            note(DeviationKind::CaseCollision).write(walk);
        }
    }
}

/// Whether a name or link target taken as a path is absolute, has a drive letter or a backslash, or a `..` anywhere.
pub(super) fn leads_out(name: &[u8]) -> bool {
    rooted(name) || name.contains(&b'\\') || name.split(|byte| *byte == b'/').any(|part| part == b"..")
}

/// Whether a name is read differently by people and programs: control, format and bidirectional characters, not UTF-8.
pub(super) fn deceives(name: &[u8]) -> bool {
    match std::str::from_utf8(name) {
        Ok(text) => text.chars().any(place::deceives),
        Err(_) => true,
    }
}

/// A symbolic link at `name` that points to `target`.
pub(super) fn symbolic(name: &[u8], target: &[u8], limit: u64) -> Link {
    let depth = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").count();
    link(target, depth.saturating_sub(1), limit)
}

/// A hard link to `target`, which counts from the container's top.
pub(super) fn hard(target: &[u8], limit: u64) -> Link {
    link(target, 0, limit)
}

fn link(target: &[u8], mut depth: usize, limit: u64) -> Link {
    let mut escapes = rooted(target) || target.starts_with(b"\\");
    for part in target.split(|byte| matches!(byte, b'/' | b'\\')) {
        match part {
            b"" | b"." => {}
            b".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => escapes = true,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    Link { target: place::escape_cut(target, usize::try_from(limit).unwrap_or(usize::MAX)), escapes }
}

fn rooted(name: &[u8]) -> bool {
    matches!(name, [b'/', ..] | [b'a'..=b'z' | b'A'..=b'Z', b':', ..])
}

fn key(name: &[u8]) -> String {
    let mut digest = digest::of(name).sha256;
    digest.truncate(32);
    digest
}

fn fold(name: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out() {
        for name in ["../a", "a/../b", "/a", "C:a", "a\\b", "..", "c:\\a"] {
            assert!(leads_out(name.as_bytes()), "{name}");
        }
        for name in ["a/b", "a..b/c", "archive/data.pkl", "...", "größe/重み"] {
            assert!(!leads_out(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_that_deceive() {
        for name in ["a\0b".as_bytes(), "gpj.\u{202e}exe".as_bytes(), b"\xff", b"a\nb", b"a\x1b[2J"] {
            assert!(deceives(name), "{name:?}");
        }
        assert!(!deceives("größe 重み".as_bytes()));
    }

    #[test]
    fn links_that_escape() {
        assert!(symbolic(b"a/link", b"../../etc/passwd", 512).escapes);
        assert!(!symbolic(b"a/link", b"../b", 512).escapes);
        assert!(symbolic(b"link", b"/etc/passwd", 512).escapes);
        assert!(symbolic(b"link", b"C:\\x", 512).escapes);
        assert!(symbolic(b"link", b"a\\..\\..\\x", 512).escapes);
        assert!(hard(b"../a", 512).escapes);
        assert!(!hard(b"a/../b", 512).escapes);
    }
}
