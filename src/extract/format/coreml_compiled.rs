//! A compiled Core ML model (`.mlmodelc`): its program as text, which coremltools writes when it prints one, and the parts without a documented
//! format, by their name. Recognised, not read; the weights that the program names are data.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Leads, MemberId, Reference, ReferenceKind};
use std::collections::BTreeSet;

/// A compiled Core ML model.
pub(super) struct CoremlCompiled;

/// What Core ML's compiler calls its description of a model and of each of its parts.
const DATA: &str = "coremldata.bin";
/// What begins the path of a file of weights in a program (coremltools, mil/backend/mil/helper.py, `create_file_value`).
const PATH: &str = "@model_path/";
/// Bytes of a path.
const LONGEST: usize = 1_024;
/// Files of weights that one program names.
const FILES: usize = 64;

impl Format for CoremlCompiled {
    fn id(&self) -> FormatId {
        FormatId::CoremlCompiled
    }

    fn about(&self) -> &'static str {
        "compiled Core ML model (.mlmodelc): its parts are not documented; check the .mlpackage that it was made of"
    }

    fn is_read(&self) -> bool {
        false
    }

    fn claims(&self, window: &Window) -> Claim {
        if program(&window.head) {
            Claim::Certain
        } else if window.head.contains(&0) {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let is_program = program(&source.bytes_at(0, Window::HEAD)?);
        if !is_program && walk.facts(member).is_none_or(|facts| facts.name != DATA) {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        if is_program {
            weights(source, member, walk)?;
        }
        Err(ReadError::recognised(self.about(), None))
    }
}

fn program(head: &[u8]) -> bool {
    let names = b"[buildInfo";
    head.starts_with(b"program(1.") && head.windows(names.len()).any(|bytes| bytes == names)
}

/// Notes the files of weights that a program names, so that they are known to be data.
fn weights(source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    const CHUNK: u64 = 1 << 20;
    let overlap = u64::try_from(LONGEST).unwrap_or(0);
    let (mut at, mut files) = (0u64, BTreeSet::new());
    while at < source.size() {
        let bytes = source.bytes_at(at, CHUNK.saturating_add(overlap))?;
        let text = String::from_utf8_lossy(&bytes);
        for (found, _) in text.match_indices(PATH) {
            let rest = text.get(found.saturating_add(PATH.len())..).unwrap_or_default();
            let Some((path, _)) = rest.split_once('"') else { continue };
            if path.len() <= LONGEST && files.len() < FILES {
                files.insert(path.to_owned());
            }
        }
        at = at.saturating_add(CHUNK);
    }
    for path in files {
        let record = Reference {
            member,
            format: FormatId::CoremlCompiled,
            kind: ReferenceKind::ExternalData,
            by: "weights".to_owned(),
            name: None,
            target: String::new(),
            leads: Leads::Unknown,
            to: None,
            offset: None,
            count: 1,
        };
        walk.reference(record, path.as_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::{FormatId, IncompleteKind};

    #[test]
    fn its_parts_are_recognised() {
        let program = b"program(1.0)\n[buildInfo = dict<tensor<string, []>>()]\n{ BLOBFILE(path = tensor<string, []>(\"@model_path/weights/weight.bin\"), offset = 64) }";
        let tables = facts("model.mil", program);
        assert!(tables.formats().contains(&FormatId::CoremlCompiled) && tables.lacks(IncompleteKind::Unsupported));
        assert_eq!(tables.references[0].target, "weights/weight.bin");
        let tables = facts("coremldata.bin", b"\x01\0\0\0\0\0\0\0abc");
        assert_eq!(tables.formats(), [FormatId::CoremlCompiled]);
        assert!(tables.lacks(IncompleteKind::Unsupported));
        assert!(facts("other.bin", b"\x01\0\0\0\0\0\0\0abc").formats().is_empty());
    }
}
