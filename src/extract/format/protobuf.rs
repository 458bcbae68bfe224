//! A careful look at the first fields of a protobuf message (protobuf.dev, "Encoding"), to tell ONNX and TensorFlow from other
//! bytes. Reads no message: it only asks whether the fields are those that the schema has.

use crate::extract::protobuf::narrow;

/// What a field holds, as far as it matters here.
#[derive(Clone, Copy)]
enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Bytes, cut where the window ends; whether they are whole.
    Bytes(&'a [u8], bool),
    /// 32 or 64 bits.
    Fixed,
}

/// Whether the bytes may be an ONNX `ModelProto` (onnx.proto): known fields with their wire types, and among them `ir_version` (1), a
/// `graph` (7), functions (25) or training (20). Parsers take the fields in any order. `size` is of the whole content.
pub(super) fn onnx(head: &[u8], size: u64) -> bool {
    let (mut version, mut graph) = (false, false);
    let known = walk(head, |field, value| match (field, value) {
        (1, Value::Varint(number)) => {
            version = (1..=1_000).contains(&number);
            version
        }
        (2..=4 | 6, Value::Bytes(text, whole)) => is_text(text, whole),
        (5, Value::Varint(_)) => true,
        // opset_import: domain (1) text, version (2) number.
        (8, Value::Bytes(set, _)) => {
            walk(set, |field, value| matches!((field, value), (1, Value::Bytes(..)) | (2, Value::Varint(_))))
        }
        // GraphProto begins with a node or name, FunctionProto with its name: a field 1 or 2 of bytes.
        (7 | 20 | 25, Value::Bytes(message, _)) => {
            graph = true;
            message.is_empty() || message.first().is_some_and(|key| key & 7 == 2)
        }
        (14 | 26, Value::Bytes(..)) => true,
        _ => false,
    });
    let whole = u64::try_from(head.len()).is_ok_and(|read| read == size);
    known && (graph || (version && !whole))
}

/// Whether the bytes may be one of TensorFlow's messages: `SavedModel` (a version and meta graphs), `FingerprintDef` (numbers), or
/// one whose field 1 is a message: `GraphDef`, `MetaGraphDef`, Keras' `SavedMetadata`. Reading tells which, and whether.
pub(super) fn tensorflow(head: &[u8]) -> bool {
    let (mut graphs, mut numbers) = (false, 0u32);
    let known = walk(head, |field, value| match (field, value) {
        // `Number` of a version or fingerprint, or a node, or what is known of a meta graph.
        (1, Value::Varint(_)) => {
            numbers = numbers.saturating_add(1);
            true
        }
        // A fingerprint's `uuid`: digits, of which some are no key of a message.
        (7, Value::Bytes(text, whole)) if numbers >= 3 && !graphs => is_text(text, whole),
        (1 | 2 | 4 | 7, Value::Bytes(message, _)) => {
            graphs = true;
            message.first().is_none_or(|key| (1..=15).contains(&(key >> 3)) && matches!(key & 7, 0 | 2))
        }
        (3, Value::Bytes(..)) => true,
        (5 | 6, Value::Bytes(..)) => true,
        (2..=5, Value::Varint(_)) => {
            numbers = numbers.saturating_add(1);
            true
        }
        _ => false,
    });
    known && (graphs || numbers >= 3)
}

/// Whether the bytes may be a SentencePiece `ModelProto`: pieces (1), which are messages that begin with a text, and specifications.
pub(super) fn sentencepiece(head: &[u8]) -> bool {
    let mut pieces = false;
    let known = walk(head, |field, value| match (field, value) {
        (1, Value::Bytes(piece, _)) => {
            pieces = true;
            piece.first().is_none_or(|key| *key == 0x0a)
        }
        (2..=5, Value::Bytes(..)) => true,
        _ => false,
    });
    known && pieces
}

/// Whether the bytes may be a CoreML `Model` (Model.proto): a version (1), a description (2), whether it may be updated (10), or one of
/// the kinds of models.
pub(super) fn coreml(head: &[u8], kinds: &[(u64, &str)]) -> bool {
    let mut meant = false;
    let known = walk(head, |field, value| match (field, value) {
        // The newest is 9 (iOS 18).
        (1, Value::Varint(number)) => {
            meant |= (1..=100).contains(&narrow(number));
            true
        }
        (2, Value::Bytes(..)) | (10, Value::Varint(_)) => true,
        (number, Value::Bytes(..)) => {
            let kind = kinds.iter().any(|(kind, _)| *kind == number);
            meant |= kind;
            kind
        }
        _ => false,
    });
    known && meant
}

/// Whether the bytes may be Paddle's `ProgramDesc` (framework.proto): blocks (1), a version (4), a map of versions (5). A block begins with its
/// own number, which it must have.
pub(super) fn paddle(head: &[u8]) -> bool {
    let mut block = false;
    let known = walk(head, |field, value| match (field, value) {
        (1, Value::Bytes(message, _)) => {
            block = true;
            message.is_empty() || matches!(message.first(), Some(key) if matches!(key >> 3, 1..=5))
        }
        (4 | 5, Value::Bytes(..)) => true,
        // Fields 2 and 3 are reserved; older files may have them.
        (2 | 3, _) => true,
        _ => false,
    });
    known && block
}

/// Whether the bytes may be Caffe's `NetParameter` (caffe.proto): a name (1), old layers (2), inputs (3, 4, 8), flags (5, 7), a state (6), layers (100).
pub(super) fn caffe(head: &[u8]) -> bool {
    let mut layer = false;
    let known = walk(head, |field, value| match (field, value) {
        (1 | 3, Value::Bytes(text, whole)) => is_text(text, whole),
        (2 | 100, Value::Bytes(message, _)) => {
            layer = true;
            message.is_empty() || message.first().is_some_and(|key| key >> 3 > 0 && matches!(key & 7, 0 | 2 | 5))
        }
        (4 | 5 | 7, Value::Varint(_)) | (4 | 6 | 8, Value::Bytes(..)) => true,
        _ => false,
    });
    known && layer
}

fn is_text(bytes: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => !text.chars().any(|character| character.is_control() && !character.is_whitespace()),
        Err(error) => !whole && error.error_len().is_none(),
    }
}

/// Walks the fields of a message as far as the bytes go; `each` says whether a field is one of the schema's. False when a field
/// is not, or when the bytes are no fields at all.
fn walk(bytes: &[u8], mut each: impl FnMut(u64, Value<'_>) -> bool) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((key, behind)) = varint(rest) else { return rest.len() < 10 };
        let field = key >> 3;
        let (value, behind) = match key & 7 {
            0 => match varint(behind) {
                Some((number, behind)) => (Value::Varint(number), behind),
                None => return behind.len() < 10,
            },
            1 | 5 => (Value::Fixed, behind.get(if key & 7 == 1 { 8 } else { 4 }..).unwrap_or_default()),
            2 => match varint(behind) {
                Some((length, behind)) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    match behind.split_at_checked(length) {
                        Some((value, behind)) => (Value::Bytes(value, true), behind),
                        None => (Value::Bytes(behind, false), Default::default()),
                    }
                }
                None => return behind.len() < 10,
            },
            _ => return false,
        };
        if field == 0 || !each(field, value) {
            return false;
        }
        rest = behind;
    }
    true
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(index.saturating_add(1)..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_told_from_other_bytes() {
        let model = b"\x08\x07\x12\x07pytorch\x1a\x032.5\x3a\x7f\x0a\x04";
        assert!(onnx(model, 500));
        assert!(!onnx(b"\x08\x07\x12\x07pytorch", 11));
        assert!(tensorflow(b"\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x0a\x0a\x0a\x01y\x12\x05Const"));
        assert!(tensorflow(b"\x08\x01\x12\x20\x0a\x10"));
        for uuid in 0..10 {
            let fingerprint = format!("\x08\x01\x10\x02\x18\x03\x20\x04\x28\x05\x32\x02\x08\x04\x3a\x03{uuid}23");
            assert!(tensorflow(fingerprint.as_bytes()), "{uuid}");
        }
        for other in
            [&b"\x80\x04\x95"[..], b"hello world", b"\x0a\x01\x02", b"", b"\x08\x01", b"{\"a\": 1}", b"\x08\x96\x01"]
        {
            assert!(!onnx(other, u64::try_from(other.len()).unwrap()) && !tensorflow(other), "{other:?}");
        }
    }
}
