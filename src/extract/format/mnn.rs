//! MNN (schema/default/MNN.fbs; tables and fields are cited by name): recognised by the shape of its tables, because its files have no magic. Not read,
//! because its operators may be plug-ins and its weights may lie in another file.

use crate::extract::flatbuffer::Flat;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// MNN.
pub(super) struct Mnn;

/// Operators that are looked at.
const LOOKED: u64 = 8;
/// The highest numbers of `OpType` and of the kinds of `OpParameter` are some hundred (enum `OpType`: `GridSample` is 604).
const TYPES: u64 = 4_096;

impl Format for Mnn {
    fn id(&self) -> FormatId {
        FormatId::Mnn
    }

    fn about(&self) -> &'static str {
        "MNN network: its operators may be plug-ins and its weights may lie in another file; check the ONNX or TensorFlow model that it was made of"
    }

    fn is_read(&self) -> bool {
        false
    }

    fn claims(&self, window: &Window) -> Claim {
        // The builder of FlatBuffers writes the root last, in front: it lies near the start, behind its own vtable.
        match window.head.first_chunk() {
            Some(root) if (8..=256).contains(&u32::from_le_bytes(*root)) => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, _member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if !is_net(&mut Flat::new(source, walk.limits)) {
            return Err(ReadError::malformed("no network of MNN", 0));
        }
        walk.reached(Reached::Effect);
        Err(ReadError::recognised(self.about(), None))
    }
}

/// Whether the tables are those of a `Net`: `oplists` 3 of `Op`, and `tensorName` 7.
fn is_net(flat: &mut Flat<'_>) -> bool {
    let Some(net) = flat.root() else { return false };
    let (operators, names) = (flat.tables(net, 3), flat.tables(net, 7));
    if operators.count == 0 || names.count == 0 || !flat.sound() {
        return false;
    }
    (0..operators.count.min(LOOKED)).all(|index| {
        let Some(operator) = flat.item(operators, index) else { return false };
        // `Op`: `main` 2 of the kind `main_type` 1, `name` 3, `outputIndexes` 4, `type` 5.
        let (kind, main) = (flat.number(operator, 1, 1, 0), flat.table(operator, 2));
        let (outputs, number) = (flat.tables(operator, 4), flat.number(operator, 5, 4, 0));
        let named = flat.text(operator, 3, 64).is_some();
        flat.sound() && number < TYPES && (kind > 0) == main.is_some() && (named || outputs.count > 0)
    })
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::{FormatId, IncompleteKind};

    /// What MNN 3.6.1's converter made of a convolution and a Relu.
    const SMALL: &[u8] = include_bytes!("../../../tests/fixtures/flat/small.mnn");

    #[test]
    fn a_network_is_recognised_under_any_name() {
        for name in ["small.mnn", "weights"] {
            let tables = facts(name, SMALL);
            assert_eq!(tables.formats(), [FormatId::Mnn], "{name}");
            assert!(tables.lacks(IncompleteKind::Unsupported));
        }
    }

    #[test]
    fn what_is_damaged_does_not_stop_the_reader() {
        damage_of("small.mnn", SMALL);
    }

    #[test]
    fn what_is_cut_or_another_is_incomplete_under_its_name_and_nothing_under_another() {
        for end in [0x24, 0x40, 0xd0, 0x100] {
            let cut = &SMALL[..end];
            assert!(!facts("a.mnn", cut).incomplete.is_empty(), "{end}");
            assert!(!facts("a", cut).formats().contains(&FormatId::Mnn), "{end}");
        }
        assert_eq!(facts("a.mnn", b"no network at all").formats(), [FormatId::Text]);
    }
}
