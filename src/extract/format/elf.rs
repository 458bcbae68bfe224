//! ELF programs and libraries (System V ABI, "ELF Header"): what they are and for which processor. Never disassembled.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// ELF.
pub(super) struct Elf;

impl Format for Elf {
    fn id(&self) -> FormatId {
        FormatId::Elf
    }

    fn about(&self) -> &'static str {
        "ELF program or library: its header"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(b"\x7fELF") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 20)?;
        // EI_DATA says the byte order of e_type and e_machine.
        let half = |at: usize| -> Option<u16> {
            let bytes = [*head.get(at)?, *head.get(at.saturating_add(1))?];
            Some(if head.get(5) == Some(&2) { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
        };
        let kind = match half(16) {
            Some(1) => "object",
            Some(2) => "executable",
            Some(3) => "shared-library",
            Some(4) => "core",
            _ => "unknown",
        };
        let machine = half(18).map(|machine| match machine {
            3 => "x86".to_owned(),
            8 => "mips".to_owned(),
            20 => "powerpc".to_owned(),
            21 => "powerpc64".to_owned(),
            22 => "s390".to_owned(),
            40 => "arm".to_owned(),
            62 => "x86-64".to_owned(),
            183 => "aarch64".to_owned(),
            190 => "cuda".to_owned(),
            243 => "riscv".to_owned(),
            258 => "loongarch".to_owned(),
            other => format!("{other}"),
        });
        walk.executable(Executable { member, format: FormatId::Elf, machine, kind: kind.to_owned() });
        if head.len() < 20 { Err(ReadError::truncated("the ELF header", source.size())) } else { Ok(()) }
    }
}
