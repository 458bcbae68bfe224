//! RAR 4 and 5: recognised by the marker at the start, never read. No free reader of its newer methods exists.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// RAR.
pub(super) struct Rar;

impl Format for Rar {
    fn id(&self) -> FormatId {
        FormatId::Rar
    }

    fn about(&self) -> &'static str {
        "RAR 4 and 5: no free reader of its newer methods exists"
    }

    fn is_read(&self) -> bool {
        false
    }

    fn claims(&self, window: &Window) -> Claim {
        // RAR 4 technote, "Marker block", and RAR 5.0 archive format, "RAR 5.0 signature"; both begin alike.
        let marked = window.starts_with(b"Rar!\x1a\x07\x00") || window.starts_with(b"Rar!\x1a\x07\x01\x00");
        if marked { Claim::Certain } else { Claim::No }
    }

    fn read(&self, _source: &Source, _member: MemberId, _walk: &mut Walk<'_>) -> Result<(), ReadError> {
        Err(ReadError::recognised("a RAR archive", None))
    }
}
