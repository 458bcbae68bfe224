//! Windows programs and libraries (PE Format, "File Headers"): what they are and for which processor. Never disassembled.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// PE, and plain DOS programs.
pub(super) struct Pe;

impl Format for Pe {
    fn id(&self) -> FormatId {
        FormatId::Pe
    }

    fn about(&self) -> &'static str {
        "Windows program or library: its header"
    }

    fn claims(&self, window: &Window) -> Claim {
        if !window.starts_with(b"MZ") {
            return Claim::No;
        }
        let offset = usize::try_from(header(&window.head)).unwrap_or(usize::MAX);
        if window.has_at(offset, b"PE\0\0") { Claim::Certain } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = header(&source.bytes_at(0, 64)?);
        let head = source.bytes_at(at, 24)?;
        if !head.starts_with(b"PE\0\0") {
            // Two letters are no magic; the loader would take it for a DOS program, if for anything.
            return Err(ReadError::malformed("no PE header where the DOS header points", at));
        }
        walk.reached(Reached::Effect);
        let half = |at: usize| Some(u16::from_le_bytes([*head.get(at)?, *head.get(at.saturating_add(1))?]));
        let machine = half(4).map(|machine| match machine {
            0x014c => "x86".to_owned(),
            0x8664 => "x86-64".to_owned(),
            0x01c0 | 0x01c4 => "arm".to_owned(),
            0xaa64 => "aarch64".to_owned(),
            other => format!("{other:#06x}"),
        });
        // IMAGE_FILE_DLL and IMAGE_FILE_EXECUTABLE_IMAGE of the characteristics.
        let kind = match half(22) {
            Some(flags) if flags & 0x2000 != 0 => "shared-library",
            Some(flags) if flags & 0x0002 != 0 => "executable",
            Some(_) => "object",
            None => "unknown",
        };
        walk.executable(Executable { member, format: FormatId::Pe, machine, kind: kind.to_owned() });
        if head.len() < 24 { Err(ReadError::truncated("the PE header", source.size())) } else { Ok(()) }
    }
}

/// Where the DOS header says that the PE header is (`e_lfanew`).
fn header(head: &[u8]) -> u64 {
    head.get(60..64)
        .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
        .map_or(u64::MAX, |bytes| u32::from_le_bytes(bytes).into())
}
