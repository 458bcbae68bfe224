//! What a Flex operator of TFLite runs: its options are a FlexBuffers vector (flatbuffers.dev, "FlexBuffers") of the operator's name and a
//! serialized `NodeDef` of TensorFlow, whose `op` is a name too. Reads these two names, nothing else.

use crate::extract::protobuf::{Value, Wire};
use crate::extract::source::Source;

/// `FBT_VECTOR` and the types whose items are bytes with a size before them: `FBT_KEY` has none and is not written here.
const VECTOR: u8 = 10;
const TEXTS: [u8; 2] = [5, 25];

/// The names: of the operator, and of the node. `None` when the bytes are not such a vector.
pub(super) fn names(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (rest, [root, width]) = bytes.split_last_chunk::<2>()?;
    let width = usize::from(*width);
    let at = rest.len().checked_sub(width)?;
    (root >> 2 == VECTOR).then_some(())?;
    let vector = back(rest, at, width)?;
    let width = width_of(*root)?;
    let count = number(rest, vector.checked_sub(width)?, width)?;
    let types = vector.checked_add(count.checked_mul(width)?)?;
    let name = text(rest, vector, width, *rest.get(types)?)?;
    let node = text(rest, vector.checked_add(width)?, width, *rest.get(types.checked_add(1)?)?)?;
    let mut found = vec![name.to_vec()];
    let source = Source::memory(node.to_vec());
    let mut wire = Wire::new(&source);
    let mut span = wire.whole();
    while let Some(field) = wire.next(&mut span) {
        // `NodeDef.op`; parsers take the last, every one counts.
        if let (2, Value::Bytes(operator)) = (field.number, field.value)
            && found.len() < 16
        {
            found.push(wire.take(operator, 512));
        }
    }
    (wire.sound() && found.len() < 16).then_some(found)
}

/// The bytes of an item that is a text or blob.
fn text(bytes: &[u8], at: usize, width: usize, kind: u8) -> Option<&[u8]> {
    TEXTS.contains(&(kind >> 2)).then_some(())?;
    let start = back(bytes, at, width)?;
    let width = width_of(kind)?;
    let size = number(bytes, start.checked_sub(width)?, width)?;
    bytes.get(start..start.checked_add(size)?)
}

/// Bytes of a number, from the two low bits of a type.
fn width_of(kind: u8) -> Option<usize> {
    1usize.checked_shl(u32::from(kind & 3))
}

/// Where an offset leads: backwards.
fn back(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    at.checked_sub(number(bytes, at, width)?)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    matches!(width, 1 | 2 | 4 | 8).then_some(())?;
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    let number = bytes.iter().rev().fold(0u64, |number, byte| number.wrapping_shl(8) | u64::from(*byte));
    usize::try_from(number).ok()
}
