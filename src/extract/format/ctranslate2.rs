//! CTranslate2 models (OpenNMT/CTranslate2, src/models/model.cc, `Model::load`; python/ctranslate2/specs/model_spec.py, `_serialize`): `model.bin`
//! of faster-whisper and of translators. Variables by name, and names for the same ones; nothing in it is run or opened.

use crate::extract::format::cursor::Cursor;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// CTranslate2.
pub(super) struct Ctranslate2;

/// The newest version of the file (`CURRENT_BINARY_VERSION`). Older ones than 4 are laid out otherwise.
const VERSION: u64 = 6;
const OLDEST: u64 = 4;
/// Types of variables in their order (specs/model_spec.py, `_dtype_to_type_id`), and the bytes of one number.
const TYPES: [(&str, u64); 6] = [("F32", 4), ("I8", 1), ("I16", 2), ("I32", 4), ("F16", 2), ("BF16", 2)];
/// Longest name that is read.
const LONGEST: u64 = 4_096;

impl Format for Ctranslate2 {
    fn id(&self) -> FormatId {
        FormatId::Ctranslate2
    }

    fn about(&self) -> &'static str {
        "CTranslate2 model (model.bin of faster-whisper and translators): every variable, and the names of the same ones"
    }

    /// A version, and the name of a specification with its length: `WhisperSpec`, `TransformerSpec`.
    fn claims(&self, window: &Window) -> Claim {
        let [1..=15, 0, 0, 0, length @ 6..=128, 0, rest @ ..] = window.head.as_slice() else { return Claim::No };
        let name = rest.get(..usize::from(*length)).and_then(|name| name.strip_suffix(b"Spec\0"));
        let letters = name.is_some_and(|name| name.iter().all(u8::is_ascii_alphanumeric));
        if letters { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let outline = Outline::new(member, FormatId::Ctranslate2, walk).over(source);
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
        let version = self.cursor.le(4, "the version")?;
        if !(OLDEST..=VERSION).contains(&version) {
            return Err(ReadError::unsupported(format!("CTranslate2's binary version {version}"), 0));
        }
        self.outline.version("ctranslate2", None, &version.to_string());
        let name = self.name()?;
        self.outline.pair("spec", &name);
        let revision = self.cursor.le(4, "the revision")?;
        self.outline.pair("revision", &revision.to_string());
        for _ in 0..self.cursor.le(4, "the count of variables")? {
            walk.budget.opcodes(1)?;
            self.variable()?;
        }
        for _ in 0..self.cursor.le(4, "the count of aliases")? {
            walk.budget.opcodes(1)?;
            self.name()?;
            self.name()?;
        }
        Ok(())
    }

    fn variable(&mut self) -> Result<(), ReadError> {
        let name = self.name()?;
        let mut shape = Vec::new();
        for _ in 0..self.cursor.u8("a variable's shape")? {
            shape.push(self.cursor.le(4, "a variable's shape")?);
        }
        let at = self.cursor.at;
        let kind = usize::from(self.cursor.u8("a variable's type")?);
        let (word, width) = TYPES
            .get(kind)
            .ok_or_else(|| ReadError::malformed(format!("a variable of the unknown type {kind}"), at))?;
        let size = self.cursor.le(4, "a variable's bytes")?;
        let says = shape.iter().try_fold(*width, |all, one| all.checked_mul(*one));
        if says != Some(size) {
            return Err(ReadError::malformed("a variable's shape does not fit its bytes", at));
        }
        let begins = self.cursor.at;
        self.cursor.skip(size, "a variable")?;
        self.outline.tensor(Some(&name), word, &shape, Some(begins), Some(size));
        Ok(())
    }

    /// A text with its length before it and a zero behind it.
    fn name(&mut self) -> Result<String, ReadError> {
        let at = self.cursor.at;
        let length = self.cursor.le(2, "a name")?;
        if length == 0 || length > LONGEST {
            return Err(ReadError::malformed("no name where one must be", at));
        }
        let mut name = self.cursor.bytes(length, length, "a name")?;
        match name.pop() {
            Some(0) => Ok(String::from_utf8_lossy(&name).into_owned()),
            _ => Err(ReadError::malformed("a name without its end", at)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::{DeviationKind, FormatId, IncompleteKind};

    fn fixture() -> Vec<u8> {
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/beside/ctranslate2.bin")).unwrap()
    }

    #[test]
    fn a_translator_is_read_whole() {
        let tables = facts("model.bin", &fixture());
        assert_eq!(tables.formats(), [FormatId::Ctranslate2]);
        tables.assert_ordinary("model.bin");
        assert!(tables.tensors[0].count > 10 && tables.members_below().is_empty());
        assert_eq!(tables.tensors[0].metadata[0].value, "TransformerSpec");
    }

    #[test]
    fn damage_is_seen() {
        damage_of("model.bin", &fixture());
    }

    #[test]
    fn what_is_cut_or_holds_more_is_told() {
        let whole = fixture();
        for size in [whole.len() - 1, whole.len() / 2, 40, 12] {
            assert!(!facts("model.bin", &whole[..size]).incomplete.is_empty(), "{size}");
        }
        let tables = facts("model.bin", &[&whole[..], b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."].concat());
        assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
        assert!(tables.members[1].formats.contains(&FormatId::Pickle));
        let mut newer = whole;
        newer[0] = 9;
        assert!(facts("model.bin", &newer).lacks(IncompleteKind::Unsupported));
    }
}
