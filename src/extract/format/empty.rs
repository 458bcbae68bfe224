//! Nothing at all: a file of zero bytes is a fact, not an unknown format.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// Zero bytes.
pub(super) struct Empty;

impl Format for Empty {
    fn id(&self) -> FormatId {
        FormatId::Empty
    }

    fn about(&self) -> &'static str {
        "zero bytes"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.size == 0 { Claim::Certain } else { Claim::No }
    }

    fn read(&self, _source: &Source, _member: MemberId, _walk: &mut Walk<'_>) -> Result<(), ReadError> {
        Ok(())
    }
}
