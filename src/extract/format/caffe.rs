//! Caffe networks (caffe.proto; messages and fields are cited by name): the text that describes one, and the binary with its weights. Every
//! layer with what its parameters name: Python modules, data sources, files that are written. Of weights the beginnings are looked at.

use crate::extract::document::{Part, Taker};
use crate::extract::format::outline::{Outline, keep};
use crate::extract::format::{Claim, Format, Window, protobuf};
use crate::extract::protobuf::{Span, Value, Wire};
use crate::extract::prototxt;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Limits;

/// Caffe.
pub(super) struct Caffe;

/// Texts that are kept of one layer.
const TEXTS: usize = 32;

impl Format for Caffe {
    fn id(&self) -> FormatId {
        FormatId::Caffe
    }

    fn about(&self) -> &'static str {
        "Caffe networks as text and binary: layers, Python modules, sources of data"
    }

    fn claims(&self, window: &Window) -> Claim {
        if protobuf::caffe(&window.head) || prototxt::begins(&window.head, window.size) {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let (outline, outcome) = if prototxt::is_text(source)? {
            let mut network = Network::new(member, walk.limits);
            network.outline = network.outline.looking();
            let outcome = prototxt::read(source, &mut network).map(drop);
            (network.outline, outcome)
        } else {
            let mut outline = Outline::new(member, FormatId::Caffe, walk).over(source);
            let mut wire = Wire::new(source);
            network(&mut wire, &mut outline);
            (outline, wire.end())
        };
        if outline.nodes() == 0 {
            return outcome.and(Err(ReadError::malformed("no layer with a type", None)));
        }
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        outcome
    }
}

/// One layer while it is read.
#[derive(Default)]
struct Layer {
    kind: Option<String>,
    name: Option<String>,
    texts: Vec<(String, String)>,
    /// Whether texts were left out.
    cut: bool,
    at: u64,
}

impl Layer {
    fn keep(&mut self, key: &str, text: String) {
        self.cut |= !keep(&mut self.texts, (key.to_owned(), text), TEXTS);
    }

    fn add(self, outline: &mut Outline) {
        outline.whole(!self.cut);
        let Some(kind) = self.kind else { return };
        let name = self.name.as_deref();
        for (key, value) in &self.texts {
            if let Some(kind) = refers(&kind, key) {
                outline.refer(kind, "layer", name, value.as_bytes(), self.at);
            }
        }
        outline.node(None, &kind, "graph", name, self.at, &self.texts);
    }
}

/// Parameters of layers that name something outside: PythonParameter, DataParameter, ImageDataParameter, WindowDataParameter,
/// HDF5DataParameter, HDF5OutputParameter, TransformationParameter.
const PARAMETERS: &[&str] = &["module", "layer", "param_str", "source", "root_folder", "mean_file", "file_name"];

fn refers(kind: &str, parameter: &str) -> Option<ReferenceKind> {
    Some(match parameter {
        "module" => ReferenceKind::Module,
        "file_name" if kind == "HDF5Output" || kind == "HDF5_OUTPUT" || kind == "10" => ReferenceKind::Output,
        "source" | "root_folder" | "mean_file" | "file_name" => ReferenceKind::File,
        _ => return None,
    })
}

/// The text form.
struct Network {
    outline: Outline,
    layer: Layer,
}

impl Network {
    fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Caffe, limits), layer: Layer::default() }
    }
}

impl Taker for Network {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        match path {
            [one] if one.is("name") => self.outline.name = Some(self.outline.shown(text)),
            [one, rest @ ..] if one.is("layer") || one.is("layers") => {
                if self.layer.at == 0 {
                    self.layer.at = at;
                }
                match rest {
                    [key] if key.is("type") => self.layer.kind = Some(text.to_owned()),
                    [key] if key.is("name") => self.layer.name = Some(text.to_owned()),
                    [_, Part::Key(key)] if PARAMETERS.contains(&key.as_str()) => {
                        self.layer.keep(key, text.to_owned());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn number(&mut self, _: &[Part], _: i128) {}

    fn close(&mut self, path: &[Part], _: u64) {
        if let [one] = path
            && (one.is("layer") || one.is("layers"))
        {
            std::mem::take(&mut self.layer).add(&mut self.outline);
        }
    }
}

/// `NetParameter`: name (1), old layers (2), layers (100).
fn network(wire: &mut Wire<'_>, outline: &mut Outline) {
    let mut span = wire.whole();
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Bytes(name)) => {
                let name = text_of(wire, name);
                outline.name = Some(outline.shown(&name));
            }
            (2, Value::Bytes(layer)) => self::layer(wire, outline, layer, field.at, true),
            (100, Value::Bytes(layer)) => self::layer(wire, outline, layer, field.at, false),
            _ => {}
        }
    }
}

fn text_of(wire: &mut Wire<'_>, span: Span) -> String {
    String::from_utf8_lossy(&wire.take(span, 4_096)).into_owned()
}

/// Where the parameters that name something stand: the field of `LayerParameter`, the field in it, and its name.
const FIELDS: &[(u64, u64, &str)] = &[
    (130, 1, "module"),
    (130, 2, "layer"),
    (130, 3, "param_str"),
    (107, 1, "source"),
    (112, 1, "source"),
    (113, 1, "file_name"),
    (115, 1, "source"),
    (115, 12, "root_folder"),
    (115, 3, "mean_file"),
    (129, 1, "source"),
    (129, 3, "mean_file"),
    (129, 13, "root_folder"),
    (100, 4, "mean_file"),
];

/// The same of `V1LayerParameter`.
const OLD_FIELDS: &[(u64, u64, &str)] = &[
    (11, 1, "source"),
    (11, 3, "mean_file"),
    (13, 1, "source"),
    (14, 1, "file_name"),
    (15, 1, "source"),
    (15, 12, "root_folder"),
    (15, 3, "mean_file"),
    (20, 1, "source"),
    (20, 3, "mean_file"),
    (36, 4, "mean_file"),
];

/// `LayerParameter` names its type (2) by a text, `V1LayerParameter` (5) by a number.
fn layer(wire: &mut Wire<'_>, outline: &mut Outline, mut span: Span, at: u64, old: bool) {
    let mut layer = Layer { at, ..Layer::default() };
    let fields = if old { OLD_FIELDS } else { FIELDS };
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Bytes(name)) if !old => layer.name = Some(text_of(wire, name)),
            (4, Value::Bytes(name)) if old => layer.name = Some(text_of(wire, name)),
            (2, Value::Bytes(kind)) if !old => layer.kind = Some(text_of(wire, kind)),
            (5, Value::Number(kind)) if old => layer.kind = Some(kind.to_string()),
            // `blobs`, each a `BlobProto` with `data` 5, `diff` 6, `double_data` 8 and `double_diff` 9.
            (7, Value::Bytes(mut blob)) | (6, Value::Bytes(mut blob)) if (field.number == 6) == old => {
                while let Some(field) = wire.next(&mut blob) {
                    if let (5 | 6 | 8 | 9, Value::Bytes(data)) = (field.number, field.value) {
                        outline.look_at(layer.name.as_deref().unwrap_or_default(), data.at, data.size());
                    }
                }
            }
            (number, Value::Bytes(mut parameter)) if fields.iter().any(|(outer, ..)| *outer == number) => {
                while let Some(field) = wire.next(&mut parameter) {
                    let known = fields.iter().find(|(outer, inner, _)| (*outer, *inner) == (number, field.number));
                    if let (Some((_, _, name)), Value::Bytes(text)) = (known, field.value) {
                        let text = text_of(wire, text);
                        layer.keep(name, text);
                    }
                }
            }
            _ => {}
        }
    }
    layer.add(outline);
}
