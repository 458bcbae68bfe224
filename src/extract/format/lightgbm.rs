//! LightGBM's text model (src/boosting/gbdt_model_text.cpp): objective, the files that its parameters name, and the JSON of pandas'
//! categories. Numbers of trees are passed over, line by line.

use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use std::io::{BufRead as _, Read as _};

/// LightGBM's text model.
pub(super) struct Lightgbm;

/// Parameters that name files (docs/Parameters.rst), and whether they are written.
const FILES: &[(&str, ReferenceKind)] = &[
    ("convert_model", ReferenceKind::Output),
    ("data", ReferenceKind::File),
    ("forcedbins_filename", ReferenceKind::File),
    ("forcedsplits_filename", ReferenceKind::File),
    ("initscore_filename", ReferenceKind::File),
    ("input_model", ReferenceKind::File),
    ("machine_list_filename", ReferenceKind::File),
    ("output_model", ReferenceKind::Output),
    ("output_result", ReferenceKind::Output),
    ("parser_config_file", ReferenceKind::File),
    ("valid", ReferenceKind::File),
];

/// Bytes kept of a line: names and parameters are shorter, lists of numbers are not needed.
const LINE: u64 = 64 << 10;

impl Format for Lightgbm {
    fn id(&self) -> FormatId {
        FormatId::Lightgbm
    }

    fn about(&self) -> &'static str {
        "LightGBM text model: boosting, objective, files that its parameters name"
    }

    fn claims(&self, window: &Window) -> Claim {
        // The first line is the name of the boosting's model; the version follows (`GBDT::SaveModelToString`).
        let begins = window.starts_with(b"tree\nversion=v") || window.starts_with(b"tree\r\nversion=v");
        if begins { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut outline = Outline::new(member, FormatId::Lightgbm, walk);
        let outcome = lines(source, &mut outline);
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        outcome
    }
}

fn lines(source: &Source, outline: &mut Outline) -> Result<(), ReadError> {
    let mut reader = source.reader();
    let (mut at, mut trees, mut ended) = (0u64, false, false);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let mut size = u64::try_from(read).unwrap_or(0);
        if !line.ends_with(b"\n") && size == LINE {
            // The rest of a long line holds numbers.
            size = size.saturating_add(pass(&mut reader)?);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if let Some(parameter) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if let Some((key, value)) = parameter.split_once(": ") {
                self::parameter(outline, key, value.trim(), at);
            }
        } else if let Some((key, value)) = text.split_once('=') {
            trees |= key == "Tree";
            if !trees {
                outline.look(key, value);
            }
            match key {
                "version" => outline.version("version", None, value),
                // The name, and what its constructor takes: `binary sigmoid:1`.
                "objective" => {
                    let name = value.split_whitespace().next().unwrap_or_default();
                    outline.operator(Some("objective"), name, None, at);
                }
                _ => {}
            }
        } else if let Some(json) = text.strip_prefix("pandas_categorical:") {
            outline.pair("pandas_categorical", json);
        }
        ended |= text == "end of trees";
        at = at.saturating_add(size);
    }
    if ended { Ok(()) } else { Err(ReadError::truncated("`end of trees`", source.size())) }
}

/// Passes over the rest of a line; gives its length.
fn pass(reader: &mut impl std::io::BufRead) -> Result<u64, ReadError> {
    let mut size = 0u64;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(size);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(bytes.len(), |end| end.saturating_add(1));
        reader.consume(used);
        size = size.saturating_add(u64::try_from(used).unwrap_or(0));
        if end.is_some() {
            return Ok(size);
        }
    }
}

fn parameter(outline: &mut Outline, key: &str, value: &str, at: u64) {
    if value.is_empty() {
        return;
    }
    outline.look(key, value);
    if key == "boosting" {
        outline.operator(Some("boosting"), value, None, at);
    }
    if let Some((_, kind)) = FILES.iter().find(|(name, _)| *name == key) {
        // `valid` and `data` may list several, with commas between them.
        for path in value.split(',').filter(|path| !path.is_empty()) {
            outline.refer(*kind, "parameter", Some(key), path.as_bytes(), at);
        }
    }
    if key == "machines" {
        outline.refer(ReferenceKind::Url, "parameter", Some(key), value.as_bytes(), at);
    }
}
