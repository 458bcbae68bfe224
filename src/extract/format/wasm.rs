//! WebAssembly modules (WebAssembly core specification, 5.5.16): that it is one. Never disassembled.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// WebAssembly.
pub(super) struct Wasm;

impl Format for Wasm {
    fn id(&self) -> FormatId {
        FormatId::Wasm
    }

    fn about(&self) -> &'static str {
        "WebAssembly module: its header"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(b"\0asm") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, _source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let machine = Some("wasm".to_owned());
        walk.executable(Executable { member, format: FormatId::Wasm, machine, kind: "executable".to_owned() });
        Ok(())
    }
}
