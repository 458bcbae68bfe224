//! tar: old (v7), ustar, GNU and pax headers (POSIX.1-2024 `pax`, GNU tar manual "Basic Tar Format"). Never follows a link.
//!
//! Our own reader: libraries resolve GNU and pax names in silence, stop at the first defect, and do not show what stands behind
//! the end blocks or that two headers of one entry disagree.

mod entry;
mod header;
#[cfg(test)]
mod tests;

use crate::extract::format::note::Notes;
use crate::extract::format::tar::entry::Opened;
use crate::extract::format::tar::header::{BLOCK, Header};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// tar, and torch's oldest files.
pub(super) struct Tar;

impl Format for Tar {
    fn id(&self) -> FormatId {
        FormatId::Tar
    }

    fn about(&self) -> &'static str {
        "old, ustar, GNU and pax entries; torch's oldest files are told apart"
    }

    fn claims(&self, window: &Window) -> Claim {
        let Some(header) = window.head.get(..BLOCK).and_then(Header::of) else {
            // A file that is cut in its first header has the magic already.
            return if window.has_at(257, b"ustar") { Claim::Certain } else { Claim::No };
        };
        if header.sums() || header.magic() {
            Claim::Certain
        } else if header.numeric() {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut opened = Opened::new(source, Notes { member, format: FormatId::Tar });
        let read = opened.read(walk);
        if opened.entries > 0 {
            walk.reached(Reached::Data);
        }
        opened.finish(walk);
        read
    }
}
