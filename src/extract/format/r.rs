//! R's serialization (R Internals, 1.8; src/main/serialize.c and saveload.c): `.rds` of `saveRDS` and `.rda`/`.RData` of `save`, versions
//! 2 and 3, in all three codings. Every item is walked and none is made; promises, functions, byte code and classes are named.

mod coding;
mod items;
#[cfg(test)]
mod tests;

use crate::extract::format::note::Notes;
use crate::extract::format::r::coding::{Coding, Words};
use crate::extract::format::r::items::Items;
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// R's serialization.
pub(super) struct R;

/// What `save` writes in front (saveload.c, `R_WriteMagic`): the letter of the coding and the version. `RD?1` is of R before 1.4.
const SAVED: &[&[u8]] = &[b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n"];
/// Longest name of an encoding that is taken (serialize.c, `R_CODESET_MAX`).
const ENCODING: i32 = 63;

impl Format for R {
    fn id(&self) -> FormatId {
        FormatId::R
    }

    fn about(&self) -> &'static str {
        "R .rds, .rda and .RData: promises, functions, byte code, environments, classes; data is passed over"
    }

    fn claims(&self, window: &Window) -> Claim {
        let saved = SAVED.iter().any(|magic| window.starts_with(magic));
        let (version, written) = (number(window, 2), number(window, 6));
        // The version, and the version of R that wrote it, as three bytes (serialize.c, `OutFormat`).
        let sane = |version: u32, written: u32| matches!(version, 2 | 3) && (0x1_0000..0x10_0000).contains(&written);
        let xdr = window.starts_with(b"X\n") && sane(version, written);
        let native =
            window.starts_with(b"B\n") && (sane(version, written) || sane(version.swap_bytes(), written.swap_bytes()));
        let ascii = window.starts_with(b"A\n2\n") || window.starts_with(b"A\n3\n");
        if saved || xdr || native || ascii { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut words = Words::new(source);
        let saved = SAVED.iter().any(|magic| source.bytes_at(0, 5).is_ok_and(|bytes| bytes == *magic));
        if saved {
            words.cursor.skip(5, "the format")?;
        }
        let at = words.cursor.at;
        words.coding = match &*words.cursor.bytes(2, 2, "the format")? {
            b"X\n" => Coding::Xdr,
            b"A\n" => Coding::Ascii,
            b"B\n" => Coding::Native,
            _ => return Err(ReadError::malformed("a format that is none of `X`, `A` and `B`", at)),
        };
        let version = words.version()?;
        words.int("the version of R")?;
        words.int("the oldest version of R")?;
        if !matches!(version, 2 | 3) {
            return Err(ReadError::unsupported(format!("version {version} of R's serialization"), at));
        }
        if version == 3 {
            let at = words.cursor.at;
            let length = words.int("the encoding")?;
            if !(0..=ENCODING).contains(&length) {
                return Err(ReadError::malformed("the name of the encoding has no possible length", at));
            }
            words.text(u64::try_from(length).unwrap_or(0), 64, "the encoding")?;
        }
        let mut items = Items::new(words, member, walk);
        let outcome = items.read(saved);
        let (at, objects) = items.end();
        let named = objects.finish(walk);
        outcome?;
        // `load` and `readRDS` stop at the end of the first object. In the coding of words a line ends it.
        let behind = source.range(at, u64::MAX);
        if behind.bytes_at(0, 2)? != b"\n" {
            remainder::read(source, at, source.size(), Notes { member, format: FormatId::R }, walk)?;
        }
        named
    }
}

fn number(window: &Window, at: usize) -> u32 {
    let bytes = window.head.get(at..at.saturating_add(4)).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    bytes.map_or(0, u32::from_be_bytes)
}
