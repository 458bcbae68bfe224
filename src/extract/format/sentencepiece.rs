//! SentencePiece models (sentencepiece_model.proto, `ModelProto`; fields cited by name): the tokenizers that lie beside many weights as
//! `tokenizer.model` and `spiece.model`. Nothing in one is run or opened by who loads it; so only that it is nothing else is read.

use crate::extract::format::{Claim, Format, Window, protobuf};
use crate::extract::protobuf::{Span, Value, Wire};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// SentencePiece model.
pub(super) struct Sentencepiece;

impl Format for Sentencepiece {
    fn id(&self) -> FormatId {
        FormatId::Sentencepiece
    }

    fn about(&self) -> &'static str {
        "SentencePiece tokenizer: its pieces and specifications, and that nothing else is in it"
    }

    fn claims(&self, window: &Window) -> Claim {
        if protobuf::sentencepiece(&window.head) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, _: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut wire = Wire::new(source);
        let mut span = wire.whole();
        let (mut known, mut pieces, mut specified) = (true, false, false);
        while known && let Some(field) = wire.next(&mut span) {
            walk.budget.opcodes(1)?;
            match (field.number, field.value) {
                (1, Value::Bytes(piece)) => {
                    known = is_piece(&mut wire, piece);
                    pieces = true;
                }
                // `trainer_spec` and `normalizer_spec`, `self_test_data`, `denormalizer_spec`.
                (2 | 3, Value::Bytes(_)) => specified = true,
                (4 | 5, Value::Bytes(_)) => {}
                _ => known = false,
            }
        }
        if !(known && pieces && specified) {
            return wire.end().and(Err(ReadError::malformed("no SentencePiece model", None)));
        }
        walk.reached(Reached::Effect);
        wire.end()
    }
}

/// Whether a message is a `SentencePiece`: `piece`, `score`, `type`, each once at most.
fn is_piece(wire: &mut Wire<'_>, mut span: Span) -> bool {
    let (mut text, mut fields) = (false, 0u8);
    while let Some(field) = wire.next(&mut span) {
        fields = fields.saturating_add(1);
        match (field.number, field.value) {
            (1, Value::Bytes(_)) => text = true,
            // `Type` ends with BYTE, 6.
            (2, Value::Fixed(_)) | (3, Value::Number(1..=6)) => {}
            _ => return false,
        }
        if fields > 3 {
            return false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::FormatId;
    use std::fs;

    fn small() -> Vec<u8> {
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tokenizers/small.model")).unwrap()
    }

    #[test]
    fn a_tokenizer_is_ordinary() {
        let tables = facts("tokenizer.model", &small());
        assert_eq!(tables.formats(), [FormatId::Sentencepiece]);
        assert!(tables.members.len() == 1 && tables.incomplete.is_empty() && tables.deviations.is_empty());
    }

    #[test]
    fn what_is_cut_or_holds_more_is_none() {
        let whole = small();
        for size in [whole.len() - 1, whole.len() / 2, 40] {
            let tables = facts("tokenizer.model", &whole[..size]);
            assert!(!tables.incomplete.is_empty(), "{size}");
        }
        // Field 6 of the model, and a piece with a field 4, which no schema has.
        for more in [&b"\x32\x01x"[..], b"\x0a\x05\x0a\x01a\x20\x01"] {
            let tables = facts("tokenizer.model", &[&whole[..], more].concat());
            assert!(!tables.formats().contains(&FormatId::Sentencepiece) && !tables.incomplete.is_empty());
        }
    }
}
