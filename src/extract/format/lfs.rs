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
/// The version line, and the one that stood there before the project had its name ("hawser").
const VERSIONS: &[&str] = &["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"];

impl Format for LfsPointer {
    fn id(&self) -> FormatId {
        FormatId::LfsPointer
    }

    fn about(&self) -> &'static str {
        "Git LFS pointer, strictly; its object is read in its place when it is here"
    }

    fn claims(&self, window: &Window) -> Claim {
        let start = window.head.get(..256).unwrap_or(&window.head);
        if parse(&window.head, window.size).is_some() || looks_alike(start) { Claim::Certain } else { Claim::No }
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

/// Whether a text begins as a pointer does or has its parts near its start, in any case.
fn looks_alike(start: &[u8]) -> bool {
    let start = start.to_ascii_lowercase();
    let holds = |what: &[u8]| start.windows(what.len()).any(|part| part == what);
    let named = holds(b"git-lfs.github.com/spec/") || holds(b"hawser.github.com/spec/");
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    named && (text.starts_with(b"version") || holds(b"oid sha"))
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
            assert!(looks_alike(wrong.get(..256.min(wrong.len())).unwrap().as_bytes()));
        }
        assert!(!looks_alike(b"see git-lfs for more"));
    }
}
