//! OpenVINO's intermediate representation (docs, "OpenVINO IR format": `net`, `layers`, `layer`, `data`), and the custom layers of its GPU
//! plug-in (`CustomLayer`). Every layer by operator set and type, also in the bodies of loops and conditions; the file with the weights.

use crate::extract::document;
use crate::extract::format::note::Notes;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::extract::xml::{self, Element, Named, Reader};
use crate::facts::{DeviationKind, FormatId, MemberId, ReferenceKind};
use crate::place;

/// OpenVINO IR.
pub(super) struct Openvino;

impl Format for Openvino {
    fn id(&self) -> FormatId {
        FormatId::Openvino
    }

    fn about(&self) -> &'static str {
        "OpenVINO IR: every layer by operator set, weights and where each lies, custom GPU layers, external entities; \
         a file in UTF-16 is recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if xml::begins(window) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let name = walk.facts(member).map(|member| member.name.clone()).unwrap_or_default();
        // `Core::read_model` takes the file of the same name.
        let target =
            name.strip_suffix(".xml").and_then(place::unescape).map(|stem| [stem.as_slice(), b".bin"].concat());
        let outline = Outline::with(member, FormatId::Openvino, walk.limits);
        let mut reading = Reading { outline, root: None, layer: None, weights: None, target, outer: Vec::new() };
        let outcome = xml::read(source, &mut reading);
        let Reading { mut outline, weights, target, outer, .. } = reading;
        if outline.nodes() == 0 {
            return outcome.and(Err(ReadError::malformed("no layer with a type", None)));
        }
        walk.reached(Reached::Effect);
        if let (Some(at), Some(target)) = (weights, &target) {
            outline.refer(ReferenceKind::ExternalData, "weights", None, target, at);
        }
        declared(&mut outline, &outer, Notes { member, format: FormatId::Openvino }, walk);
        outline.write(walk)?;
        outcome
    }
}

/// What is no element, kept for its facts: its name, what it names, and where.
pub(super) type Outer = (&'static str, String, Option<String>, u64);

/// Keeps what is no element; where there are more than 64 the outline says so.
pub(super) fn keep(outline: &mut Outline, outer: &mut Vec<Outer>, named: &Named<'_>, at: u64) {
    let one = match named {
        Named::Doctype(text) => ("document type", text.chars().take(128).collect(), None, at),
        Named::External(name, target) => ("external entity", document::cut(name), Some(document::cut(target)), at),
        Named::Entity(name) => ("entity", document::cut(name), None, at),
        Named::Instruction(target, text) if target.starts_with("xml-stylesheet") => {
            let href = text.split_once("href=").map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
            let href = href.and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default();
            ("style sheet", document::cut(target), Some(document::cut(href)), at)
        }
        Named::Instruction(..) => return,
    };
    outline.keep(outer, one, 64);
}

/// Writes what is no element: what lies elsewhere as a reference, and each entity as a value that no model needs.
pub(super) fn declared(outline: &mut Outline, outer: &[Outer], notes: Notes, walk: &mut Walk<'_>) {
    for (what, name, target, at) in outer {
        if let Some(target) = target {
            let url = target.contains("://");
            let kind = if url { ReferenceKind::Url } else { ReferenceKind::File };
            outline.refer(kind, what, Some(name), target.as_bytes(), *at);
        }
        if *what != "style sheet" {
            let found = outline.shown(name);
            notes.of(DeviationKind::InvalidValue).field(what).found(found).at(*at).write(walk);
        }
    }
}

struct Reading {
    outline: Outline,
    root: Option<bool>,
    /// The layer that is open: its operator set, type, name and offset, its texts, and how deep it is.
    layer: Option<Layer>,
    /// Where the first constant names its place among the weights.
    weights: Option<u64>,
    /// The file with the weights.
    target: Option<Vec<u8>>,
    outer: Vec<Outer>,
}

struct Layer {
    depth: usize,
    set: Option<String>,
    kind: String,
    name: Option<String>,
    at: u64,
    place: &'static str,
    texts: Vec<(String, String)>,
}

impl Reading {
    fn flush(&mut self) {
        let Some(layer) = self.layer.take() else { return };
        self.outline.node(
            layer.set.as_deref(),
            &layer.kind,
            layer.place,
            layer.name.as_deref(),
            layer.at,
            &layer.texts,
        );
    }
}

impl Reader for Reading {
    fn open(&mut self, path: &[String], element: &Element) {
        let name = element.name.as_str();
        if path.is_empty() {
            self.root = Some(matches!(name, "net" | "Net" | "CustomLayer"));
            self.outline.name = element.attribute("name").map(|text| self.outline.shown(text));
            if let Some(version) = element.attribute("version") {
                self.outline.version("version", None, version);
            }
            if name == "CustomLayer" {
                // A kernel of the GPU plug-in: compiled and run in place of a layer of this type.
                let kind = element.attribute("type").unwrap_or_default();
                let texts = [
                    ("name".to_owned(), element.attribute("name").unwrap_or_default().to_owned()),
                    ("type".to_owned(), kind.to_owned()),
                ];
                self.outline.node(Some("gpu"), "CustomLayer", "graph", None, element.at, &texts);
            }
            return;
        }
        match name {
            "layer" if path.last().is_some_and(|outer| outer == "layers") => {
                // The layers of a body stand inside a layer: that one comes first.
                self.flush();
                let bodies = path.iter().filter(|outer| outer.as_str() == "layers").count();
                self.layer = Some(Layer {
                    depth: path.len(),
                    set: element.attribute("version").map(document::cut),
                    kind: document::cut(element.attribute("type").unwrap_or_default()),
                    name: element.attribute("name").map(document::cut),
                    at: element.at,
                    place: if bodies > 1 { "subgraph" } else { "graph" },
                    texts: Vec::new(),
                });
            }
            "data" => {
                let Some(layer) = self.layer.as_mut().filter(|layer| layer.depth.saturating_add(1) == path.len())
                else {
                    return;
                };
                if element.attribute("offset").is_some() {
                    let number = |key: &str| element.attribute(key).and_then(|text| text.trim().parse::<u64>().ok());
                    self.weights.get_or_insert(element.at);
                    // A place that is no number is read by no loader.
                    let shape = element.attribute("shape").unwrap_or_default().split(',');
                    let shape: Vec<u64> = shape.filter_map(|length| length.trim().parse().ok()).collect();
                    let kind = element.attribute("element_type").unwrap_or_default();
                    let (at, size) = (number("offset"), number("size"));
                    self.outline.tensor(layer.name.as_deref(), kind, &shape, at, size);
                    if let (Some(at), Some(size), Some(target)) = (at, size, &self.target) {
                        let name = layer.name.as_deref().unwrap_or_default();
                        self.outline.elsewhere(name, target, at, Some(size), false);
                    }
                }
                for (key, value) in &element.attributes {
                    let number = value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',' | b' ' | b'-'));
                    if !number {
                        self.outline.keep(&mut layer.texts, (document::cut(key), document::cut(value)), 32);
                    }
                }
            }
            // Weights of IR before version 10.
            "blobs" | "weights" | "biases" if self.layer.is_some() => {
                self.weights.get_or_insert(element.at);
            }
            "Source" => {
                if let Some(file) = element.attribute("filename") {
                    self.outline.refer(ReferenceKind::File, "kernel", None, file.as_bytes(), element.at);
                }
            }
            _ => {
                let information = path.get(1).map_or(name, String::as_str);
                if let Some(value) =
                    element.attribute("value").filter(|_| matches!(information, "rt_info" | "meta_data"))
                {
                    let key = path.iter().skip(1).map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
                    self.outline.pair(&key, value);
                }
            }
        }
    }

    fn close(&mut self, path: &[String]) {
        if self.layer.as_ref().is_some_and(|layer| layer.depth.saturating_add(1) >= path.len())
            && path.last().is_some_and(|name| name == "layer")
        {
            self.flush();
        }
    }

    fn look(&mut self, key: &str, text: &str) {
        self.outline.look(key, text);
    }

    fn named(&mut self, named: &Named<'_>, at: u64) {
        keep(&mut self.outline, &mut self.outer, named, at);
    }

    fn stranger(&self) -> bool {
        self.root != Some(true)
    }
}
