//! Darknet (pjreddie/darknet and AlexeyAB/darknet, src/parser.c): networks as sections of text, layer by layer, and the files that layers name;
//! weights by their header, which has no magic, and as numbers.

#[cfg(test)]
mod tests;

use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;
use std::io::Read as _;

/// Darknet.
pub(super) struct Darknet;

/// Options whose value is a file that is opened when the network is made (`parse_softmax`, `parse_region`, `parse_yolo`).
const FILES: &[&str] = &["tree", "map"];
/// Options whose words are kept.
const WORDS: &[&str] = &["activation", "type", "iou_loss", "nms_kind"];
/// No weight is as large: what is larger is no number of a network.
const LARGEST: f32 = 1e15;

impl Format for Darknet {
    fn id(&self) -> FormatId {
        FormatId::Darknet
    }

    fn about(&self) -> &'static str {
        "Darknet network (.cfg): every layer, and the files that layers name; .weights by that name: header and numbers"
    }

    fn claims(&self, window: &Window) -> Claim {
        let first = window.head.split(|byte| *byte == b'\n').map(stripped).find(|line| !is_comment(line));
        if matches!(first.as_deref(), Some(b"[net]" | b"[network]")) {
            return Claim::Certain;
        }
        let numbers = header(&window.head).is_some() && window.size.is_multiple_of(4);
        if numbers { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 20)?;
        if let Some(weights) = header(&head) {
            // Many arrays of numbers begin so: only the name tells these from them.
            if !walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Darknet)) {
                return Ok(());
            }
            numbers(source, weights)?;
            walk.reached(Reached::Data);
            return Ok(());
        }
        if source.size() > walk.limits.header {
            return Err(Exhausted("header").into());
        }
        let bytes = source.bytes_at(0, walk.limits.header)?;
        let mut outline = Outline::new(member, FormatId::Darknet, walk);
        let outcome = sections(&bytes, &mut outline);
        walk.reached(Reached::Effect);
        let written = outline.write(walk);
        outcome.and(written)
    }
}

/// A line as Darknet takes it: without blanks anywhere (utils.c, `strip`).
fn stripped(line: &[u8]) -> Vec<u8> {
    line.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect()
}

/// `read_cfg` passes over these.
fn is_comment(line: &[u8]) -> bool {
    matches!(line.first(), None | Some(b'#' | b';' | 0))
}

/// A layer while its options are read.
struct Layer {
    kind: String,
    at: u64,
    texts: Vec<(String, String)>,
}

fn sections(bytes: &[u8], outline: &mut Outline) -> Result<(), ReadError> {
    let (mut at, mut layer): (u64, Option<Layer>) = (0, None);
    for whole in bytes.split_inclusive(|byte| *byte == b'\n') {
        let begins = at;
        at = at.saturating_add(u64::try_from(whole.len()).unwrap_or(u64::MAX));
        let line = stripped(whole);
        if is_comment(&line) {
            outline.look("comment", &String::from_utf8_lossy(whole));
            continue;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        if text.starts_with('[') {
            let Some(kind) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
                return Err(ReadError::malformed("a section whose name has no end", begins));
            };
            write(layer.take(), outline);
            layer = Some(Layer { kind: kind.to_owned(), at: begins, texts: Vec::new() });
            continue;
        }
        // What has no `=` is no option, and Darknet passes over it (option_list.c, `read_option`).
        let (Some((key, value)), Some(layer)) = (text.split_once('='), layer.as_mut()) else { continue };
        outline.look(key, value);
        if FILES.contains(&key) {
            outline.refer(ReferenceKind::File, "layer", Some(key), value.as_bytes(), begins);
        }
        if WORDS.contains(&key) && layer.texts.len() < WORDS.len() {
            layer.texts.push((key.to_owned(), value.to_owned()));
        }
    }
    write(layer, outline);
    if outline.nodes() == 0 { Err(ReadError::truncated("the first layer", at)) } else { Ok(()) }
}

fn write(layer: Option<Layer>, outline: &mut Outline) {
    match layer {
        // What belongs to the whole network is no layer.
        Some(layer) if !matches!(&*layer.kind, "net" | "network") => {
            outline.node(None, &layer.kind, "graph", None, layer.at, &layer.texts);
        }
        _ => {}
    }
}

/// Bytes of the header of weights (`load_weights_upto`): major, minor and revision, and how many images were seen, in 64 bits since 0.2.
/// `None` where these are no version that was ever written: 0.1.0, 0.2.0, and 0.2.5 of the fork.
fn header(head: &[u8]) -> Option<u64> {
    let mut reader = Reader::new(head);
    match (reader.le_u32().ok()?, reader.le_u32().ok()?, reader.le_u32().ok()?) {
        (0, 1, 0..=9) => Some(16),
        (0, 2, 0..=9) => Some(20),
        _ => None,
    }
}

/// Passes over the weights, which must be numbers.
fn numbers(source: &Source, from: u64) -> Result<(), ReadError> {
    let size = source.size();
    if size <= from || !size.is_multiple_of(4) {
        return Err(ReadError::truncated("the end of the weights", size));
    }
    let mut reader = source.range(from, size.saturating_sub(from)).reader();
    let mut chunk = [0; 4];
    let mut at = from;
    while at < size {
        reader.read_exact(&mut chunk)?;
        let number = f32::from_le_bytes(chunk);
        if !number.is_finite() || number.abs() > LARGEST {
            return Err(ReadError::malformed("no weight where one must be", at));
        }
        at = at.saturating_add(4);
    }
    Ok(())
}
