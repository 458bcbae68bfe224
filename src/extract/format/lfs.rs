//! Git LFS pointers (git-lfs, docs/spec.md, "The Pointer"), read strictly. What looks like a pointer and is none is incomplete,
//! and every other format is still asked. The object itself is found by the walk.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, Pointer};

/// Git LFS pointer.
pub(super) struct LfsPointer;

/// Pointers are shorter than this ("must be less than 1024 bytes").
const LONGEST: u64 = 1_024;
/// The version line, and those that stood there before the project had its name; git-lfs still takes them (lfs/pointer.go).
const VERSIONS: &[&str] =
    &["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1", "http://git-media.io/v/2"];
/// Bytes of a file in which git-lfs looks for a pointer; whatever stands behind them is cut off (lfs/pointer.go, `blobSizeCutoff`).
const LOOKED_AT: usize = 1_024;

impl Format for LfsPointer {
    fn id(&self) -> FormatId {
        FormatId::LfsPointer
    }

    fn about(&self) -> &'static str {
        "Git LFS pointer, strictly; its object is read in its place when it is here"
    }

    fn claims(&self, window: &Window) -> Claim {
        let alike = looks_alike(window.head.get(..LOOKED_AT).unwrap_or(&window.head));
        if parse(&window.head, window.size).is_some() || alike { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Some(pointer) = parse(&source.bytes_at(0, LONGEST)?, source.size()) else {
            return Err(ReadError::malformed("looks like a Git LFS pointer and breaks its format", 0));
        };
        walk.reached(Reached::Effect);
        if let Some(record) = walk.facts_mut(member) {
            record.pointer = Some(pointer);
        }
        Err(ReadError::Pointer)
    }
}

/// Whether a text may be taken for a pointer: its first line is a version of one, in any case and behind any white space, which git-lfs
/// cuts off; or it has a pointer's parts near its start.
fn looks_alike(start: &[u8]) -> bool {
    let start = String::from_utf8_lossy(start).to_lowercase();
    let text = start.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let version =
        first.starts_with("version") && ["git-lfs", "hawser", "git-media"].iter().any(|name| first.contains(name));
    let near = start.get(..start.floor_char_boundary(256)).unwrap_or(&start);
    let named = near.contains("git-lfs.github.com/spec/") || near.contains("hawser.github.com/spec/");
    version || (named && near.contains("oid sha"))
}

/// Reads a pointer; `None` for anything that the specification does not allow.
pub(in crate::extract) fn parse(bytes: &[u8], size: u64) -> Option<Pointer> {
    if size >= LONGEST || u64::try_from(bytes.len()).ok()? != size {
        return None;
    }
    // Each line, the last too, ends with one line feed.
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let mut lines = text.split('\n').map(|line| line.split_once(' '));
    let (key, version) = lines.next()??;
    if key != "version" || !VERSIONS.contains(&version) {
        return None;
    }
    let (mut last, mut oid, mut object) = (String::new(), None, None);
    for line in lines {
        let (key, value) = line?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        // Keys after the version are sorted, and none stands twice.
        if key.is_empty() || !key.bytes().all(allowed) || key <= last.as_str() {
            return None;
        }
        key.clone_into(&mut last);
        match key {
            "oid" => oid = Some(digest(value)?),
            "size" => object = Some(number(value)?),
            // Extensions: `ext-{order}-{name} sha256:{oid}` (docs/extensions.md).
            _ => {
                let (order, name) = key.strip_prefix("ext-")?.split_once('-')?;
                let ordered = order.len() == 1 && order.bytes().all(|byte| byte.is_ascii_digit());
                (ordered && !name.is_empty()).then(|| digest(value))??;
            }
        }
    }
    Some(Pointer { oid: oid?, size: object?, resolved: false })
}

fn digest(value: &str) -> Option<String> {
    let hex = value.strip_prefix("sha256:")?;
    let plain = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| hex.to_owned())
}

fn number(value: &str) -> Option<u64> {
    let plain = value == "0" || (!value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| value.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    fn of(text: &str) -> Option<Pointer> {
        parse(text.as_bytes(), u64::try_from(text.len()).unwrap())
    }

    #[test]
    fn a_pointer_is_read_and_near_misses_are_not() {
        let version = "version https://git-lfs.github.com/spec/v1\n";
        let good = format!("{version}oid sha256:{OID}\nsize 12345\n");
        assert_eq!(of(&good), Some(Pointer { oid: OID.into(), size: 12_345, resolved: false }));
        let extended = format!("{version}ext-0-foo sha256:{OID}\noid sha256:{OID}\nsize 0\n");
        assert_eq!(of(&extended).map(|pointer| pointer.size), Some(0));
        for wrong in [
            good.trim_end().to_owned(),
            format!("{good}\n"),
            good.replace('\n', "\r\n"),
            good.replace("sha256", "sha1"),
            good.replace("4d7a", "4D7A"),
            good.replace("12345", "012345"),
            good.replace("12345", "-1"),
            good.replace("12345", "99999999999999999999"),
            good.replace("size", "siz"),
            format!("{version}size 1\noid sha256:{OID}\n"),
            format!("{good}size 1\n"),
            format!("{version}oid sha256:{OID}\n"),
            format!("oid sha256:{OID}\nsize 1\n{version}"),
            good.replace("oid ", "oid  "),
            format!("{good}z {}\n", "x".repeat(1_024)),
            format!("{good}\u{80}\u{4}."),
        ] {
            assert_eq!(of(&wrong), None, "{wrong}");
            assert!(looks_alike(wrong.as_bytes()));
        }
        for early in ["https://hawser.github.com/spec/v1", "http://git-media.io/v/2"] {
            assert!(of(&good.replace("https://git-lfs.github.com/spec/v1", early)).is_some());
        }
        // What git-lfs 3.3 takes for this pointer all the same.
        for space in ["\n", " ", "\u{a0}", "\u{2003}", "\r\n\t"] {
            let behind = format!("{}{good}", space.repeat(100));
            assert!(of(&behind).is_none() && looks_alike(behind.as_bytes()), "{behind:?}");
        }
        assert!(!looks_alike(b"see git-lfs for more"));
        assert!(!looks_alike(b"version 2 of our notes\ngit-lfs is needed\n"));
    }
}
