//! TFRecord (tensorflow/core/lib/io/record_reader.cc): records of whatever their writer made, as data sets and TensorBoard's events have them.
//! Each record's length has a checksum; of the data only the beginning is looked at.

use crate::extract::embedded::Looked;
use crate::extract::format::cursor::Cursor;
use crate::extract::format::ocdbt::crc32c;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// TFRecord.
pub(super) struct Tfrecord;

/// Bytes of a length, and of its checksum and the data's.
const LENGTH: u64 = 8;
const SUM: u64 = 4;

impl Format for Tfrecord {
    fn id(&self) -> FormatId {
        FormatId::Tfrecord
    }

    fn about(&self) -> &'static str {
        "TFRecord (data sets, TensorBoard's events): every record's length and checksum, and what its data begins with"
    }

    /// The first length, and 32 bits that are its checksum.
    fn claims(&self, window: &Window) -> Claim {
        if length(&window.head).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let (mut cursor, mut looked) = (Cursor::new(source), Looked::default());
        let (mut outcome, mut number) = (Ok(()), 0u64);
        while outcome.is_ok() && cursor.left() > 0 {
            outcome = walk.budget.opcodes(1).map_err(ReadError::from);
            outcome = outcome.and_then(|()| record(&mut cursor, number, &mut looked));
            number = number.saturating_add(1);
        }
        looked.write(member, walk);
        outcome
    }
}

fn record(cursor: &mut Cursor, number: u64, looked: &mut Looked) -> Result<(), ReadError> {
    let at = cursor.at;
    let header = cursor.bytes(LENGTH.saturating_add(SUM), LENGTH.saturating_add(SUM), "a record's length")?;
    let length =
        length(&header).ok_or_else(|| ReadError::malformed("the checksum of a record's length is another", at))?;
    looked.tensor(&format!("record {number}"), &cursor.range(length, "a record")?);
    cursor.skip(SUM, "the checksum of a record")
}

/// The length that begins here, when the checksum behind it fits (record_writer.cc, `PopulateHeader`).
fn length(header: &[u8]) -> Option<u64> {
    let length = header.first_chunk::<8>()?;
    let sum = header.get(8..)?.first_chunk::<4>()?;
    (masked(length) == u32::from_le_bytes(*sum)).then_some(u64::from_le_bytes(*length))
}

/// The checksum as it is stored (tensorflow/core/lib/hash/crc32c.h, `Mask`).
fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

    use super::*;
    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::IncompleteKind;

    fn record(data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u64).to_le_bytes();
        [&length[..], &masked(&length).to_le_bytes(), data, &masked(data).to_le_bytes()].concat()
    }

    fn fixture(name: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/beside").join(name);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn events_and_examples_are_ordinary() {
        for name in ["events.out.tfevents.1", "train.tfrecord"] {
            let tables = facts(name, &fixture(name));
            assert_eq!(tables.formats(), [FormatId::Tfrecord], "{name}");
            tables.assert_ordinary(name);
            assert!(tables.members_below().is_empty(), "{name}");
        }
    }

    #[test]
    fn damage_is_seen() {
        damage_of("a.tfrecord", &record(b"a record of some length"));
    }

    #[test]
    fn what_is_cut_or_changed_is_unread() {
        let whole = [record(b"one"), record(b"two")].concat();
        for size in [whole.len() - 1, whole.len() - 5, 21] {
            assert!(facts("a.tfrecord", &whole[..size]).lacks(IncompleteKind::Truncated), "{size}");
        }
        let mut changed = whole;
        changed[19] ^= 1;
        assert!(facts("a.tfrecord", &changed).lacks(IncompleteKind::Malformed));
        assert!(facts("a.tfrecord", &[0; 64]).lacks(IncompleteKind::UnknownFormat));
    }

    #[test]
    fn a_pickle_in_a_record_is_a_member() {
        let tables = facts("a.tfrecord", &record(b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."));
        assert_eq!(tables.members[1].formats, [FormatId::Pickle]);
        assert_eq!(tables.pickles[0].imports.len(), 1);
    }
}
