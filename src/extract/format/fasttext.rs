//! fastText models (facebookresearch/fastText, src/fasttext.cc, `FastText::loadModel`; parts cited by file): numbers, a dictionary and two
//! matrices. Nothing in one is run or opened; what stands behind them is seen.

use crate::extract::format::cursor::Cursor;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// fastText.
pub(super) struct Fasttext;

/// `FASTTEXT_FILEFORMAT_MAGIC_INT32`, and the newest `FASTTEXT_VERSION`.
const MAGIC: [u8; 4] = 793_712_314u32.to_le_bytes();
const VERSION: u64 = 12;
/// Numbers in their order (args.cc, `Args::load`); `t`, of 8 bytes, follows.
const NUMBERS: [&str; 12] =
    ["dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn", "lrUpdateRate"];
/// Centroids of one part of a vector (productquantizer.h, `ksub_`).
const CENTROIDS: u64 = 256;

impl Format for Fasttext {
    fn id(&self) -> FormatId {
        FormatId::Fasttext
    }

    fn about(&self) -> &'static str {
        "fastText model: its numbers, dictionary and matrices, quantised ones too"
    }

    fn claims(&self, window: &Window) -> Claim {
        let version = matches!(window.head.get(4..8), Some([1..=12, 0, 0, 0]));
        if window.starts_with(&MAGIC) && version { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let outline = Outline::new(member, FormatId::Fasttext, walk).over(source);
        let mut reading = Reading { cursor: Cursor::new(source), outline };
        let outcome = reading.read(walk);
        reading.outline.write_to(reading.cursor.at, source, outcome, walk)
    }
}

struct Reading {
    cursor: Cursor,
    outline: Outline,
}

impl Reading {
    fn read(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.cursor.skip(4, "the magic")?;
        let version = self.cursor.le(4, "the version")?;
        if version > VERSION {
            return Err(ReadError::malformed(format!("fastText of version {version}"), 4));
        }
        self.outline.version("fasttext", None, &version.to_string());
        for name in NUMBERS {
            let number = self.cursor.le(4, "the model's numbers")?;
            self.outline.pair(name, &number.to_string());
        }
        self.cursor.skip(8, "the model's numbers")?;
        self.dictionary(walk)?;
        let quantised = self.flag("whether the matrix is quantised")?;
        self.matrix("input", quantised)?;
        let output = self.flag("whether the output is quantised")?;
        self.matrix("output", quantised && output)
    }

    /// Words with how often they stood there, and what of them was pruned (dictionary.cc, `Dictionary::load`).
    fn dictionary(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let words = self.cursor.le(4, "the dictionary")?;
        self.cursor.skip(16, "the dictionary")?;
        let pruned = self.cursor.le(8, "the dictionary")?.cast_signed();
        for _ in 0..words {
            walk.budget.opcodes(1)?;
            while self.cursor.u8("a word")? != 0 {}
            self.cursor.skip(9, "a word")?;
        }
        // -1 where nothing was pruned.
        let pruned = u64::try_from(pruned).unwrap_or(0);
        self.cursor.skip(pruned.saturating_mul(8), "the pruned words")
    }

    fn matrix(&mut self, name: &str, quantised: bool) -> Result<(), ReadError> {
        if !quantised {
            let (rows, columns) = self.shape()?;
            return self.tensor(name, "F32", &[rows, columns], 4);
        }
        // quantmatrix.cc, `QuantMatrix::load`.
        let normed = self.flag("whether the norms are quantised")?;
        let (rows, _) = self.shape()?;
        let codes = self.cursor.le(4, "the size of the codes")?;
        self.tensor(&format!("{name}.codes"), "U8", &[codes], 1)?;
        self.quantizer(name)?;
        if normed {
            self.tensor(&format!("{name}.norms"), "U8", &[rows], 1)?;
            self.quantizer(name)?;
        }
        Ok(())
    }

    /// productquantizer.cc, `ProductQuantizer::load`.
    fn quantizer(&mut self, name: &str) -> Result<(), ReadError> {
        let width = self.cursor.le(4, "a quantizer")?;
        self.cursor.skip(12, "a quantizer")?;
        self.tensor(&format!("{name}.centroids"), "F32", &[width, CENTROIDS], 4)
    }

    fn shape(&mut self) -> Result<(u64, u64), ReadError> {
        Ok((self.cursor.le(8, "the size of a matrix")?, self.cursor.le(8, "the size of a matrix")?))
    }

    fn tensor(&mut self, name: &str, dtype: &str, shape: &[u64], bytes: u64) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let size = shape.iter().try_fold(bytes, |all, one| all.checked_mul(*one));
        let size = size.ok_or_else(|| ReadError::malformed("a matrix of more than all bytes", at))?;
        self.cursor.skip(size, "a matrix")?;
        self.outline.tensor(Some(name), dtype, shape, Some(at), Some(size));
        Ok(())
    }

    fn flag(&mut self, what: &str) -> Result<bool, ReadError> {
        match self.cursor.u8(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(ReadError::malformed(format!("{what} is neither yes nor no"), self.cursor.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::{DeviationKind, FormatId, IncompleteKind};

    fn fixture(name: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/beside").join(name);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn models_are_read_whole() {
        for (name, tensors) in [("fasttext.bin", 2), ("fasttext.ftz", 5)] {
            let tables = facts(name, &fixture(name));
            assert_eq!(tables.formats(), [FormatId::Fasttext], "{name}");
            tables.assert_ordinary(name);
            assert_eq!((tables.tensors[0].count, tables.tensors[0].metadata_count), (tensors, 12), "{name}");
            assert!(tables.members_below().is_empty(), "{name}");
        }
    }

    #[test]
    fn damage_is_seen() {
        damage_of("model.bin", &fixture("fasttext.bin"));
        damage_of("model.ftz", &fixture("fasttext.ftz"));
    }

    #[test]
    fn what_is_cut_or_holds_more_is_told() {
        let whole = fixture("fasttext.bin");
        for size in [whole.len() - 1, whole.len() / 2, 60, 20] {
            assert!(facts("model.bin", &whole[..size]).lacks(IncompleteKind::Truncated), "{size}");
        }
        let tables = facts("model.bin", &[&whole[..], b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."].concat());
        assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
        assert!(tables.members[1].formats.contains(&FormatId::Pickle));
        // The output matrix, of two rows of four numbers, says that it has 2^62 rows.
        let mut rows = whole.clone();
        let at = whole.len() - (8 + 8 + 2 * 4 * 4);
        rows[at..at + 8].copy_from_slice(&(1u64 << 62).to_le_bytes());
        assert!(!facts("model.bin", &rows).incomplete.is_empty());
    }
}
