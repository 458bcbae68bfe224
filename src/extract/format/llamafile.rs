//! Programs that run on several systems with a model inside (Actually Portable Executable, as llamafile makes them): a program
//! for DOS, shell and Unix at once, often with a zip behind it. The zip is read by its own format.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// Actually Portable Executable.
pub(super) struct Llamafile;

/// First bytes (Cosmopolitan, ape/specification.md, "Magic"): with DOS's `MZ`, for Unix alone, and for debugging.
const MAGICS: &[&[u8]] = &[b"MZqFpD='", b"jartsr='", b"APEDBG='"];

impl Format for Llamafile {
    fn id(&self) -> FormatId {
        FormatId::Llamafile
    }

    fn about(&self) -> &'static str {
        "program for several systems with a model inside (APE); a zip in it is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if MAGICS.iter().any(|magic| window.starts_with(magic)) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, _source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        walk.executable(Executable {
            member,
            format: FormatId::Llamafile,
            machine: None,
            kind: "executable".to_owned(),
        });
        Ok(())
    }
}
