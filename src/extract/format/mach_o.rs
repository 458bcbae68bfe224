//! Mach-O programs and libraries, thin and fat (Apple's mach-o/loader.h and fat.h). Never disassembled.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// Mach-O.
pub(super) struct MachO;

impl Format for MachO {
    fn id(&self) -> FormatId {
        FormatId::MachO
    }

    fn about(&self) -> &'static str {
        "Mach-O program or library, thin or fat: its headers"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.head.as_slice() {
            [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => Claim::Certain,
            head if fat(head).is_some() => Claim::Certain,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 32 << 4)?;
        let starts = match fat(&head) {
            Some((count, wide)) => slices(&head, count, wide)?,
            None => vec![0],
        };
        for start in starts {
            let head = source.bytes_at(start, 16)?;
            let (Some(cpu), Some(kind)) = (word(&head, 4), word(&head, 12)) else {
                return Err(ReadError::truncated("the Mach-O header", start));
            };
            let machine = match cpu {
                7 => "x86".to_owned(),
                0x0100_0007 => "x86-64".to_owned(),
                12 => "arm".to_owned(),
                0x0100_000c => "aarch64".to_owned(),
                18 => "powerpc".to_owned(),
                0x0100_0012 => "powerpc64".to_owned(),
                other => format!("{other:#x}"),
            };
            let kind = match kind {
                1 => "object",
                2 => "executable",
                4 => "core",
                6 | 8 => "shared-library",
                _ => "unknown",
            };
            walk.executable(Executable {
                member,
                format: FormatId::MachO,
                machine: Some(machine),
                kind: kind.to_owned(),
            });
        }
        Ok(())
    }
}

/// How many programs a fat file holds, and whether its offsets are 64-bit. Java's class files begin with the same magic: their
/// next four bytes are a version, 45 or more, where no fat file has so many programs (fat.h, and the JVM specification, 4.1).
fn fat(head: &[u8]) -> Option<(usize, bool)> {
    let wide = match head {
        [0xca, 0xfe, 0xba, 0xbe, ..] => false,
        [0xca, 0xfe, 0xba, 0xbf, ..] => true,
        _ => return None,
    };
    match head.get(4..8)? {
        [0, 0, 0, count @ 1..=44] => Some((usize::from(*count), wide)),
        _ => None,
    }
}

fn slices(head: &[u8], count: usize, wide: bool) -> Result<Vec<u64>, ReadError> {
    let (step, width) = if wide { (32, 8) } else { (20, 4) };
    head.get(8..)
        .unwrap_or_default()
        .chunks_exact(step)
        .take(count.min(15))
        .map(|arch| {
            let field = arch.get(8..).and_then(|rest| rest.get(..width));
            let field = field.ok_or_else(|| ReadError::truncated("the fat header", None))?;
            Ok(field.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte)))
        })
        .collect()
}

/// A number of the header, in the byte order that its magic has.
fn word(head: &[u8], at: usize) -> Option<u32> {
    let bytes: [u8; 4] = head.get(at..at.saturating_add(4))?.try_into().ok()?;
    Some(if head.first() == Some(&0xfe) { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_java_class_is_no_fat_file() {
        assert_eq!(fat(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]), None);
        assert_eq!(fat(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), Some((2, false)));
    }
}
