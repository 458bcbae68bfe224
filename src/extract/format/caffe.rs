//! Caffe networks (caffe.proto; messages and fields are cited by name): the text that describes one, and the binary with its weights. Every
//! layer with what its parameters name: Python modules, data sources, files that are written. Of weights the beginnings are looked at.

use crate::extract::document::{Part, Taker};
use crate::extract::format::outline::{Outline, keep};
use crate::extract::format::{Claim, Format, Window, protobuf};
use crate::extract::protobuf::{Span, Value, Wire, narrow};
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
            (network.outline, outcome.and(network.untyped.map_or(Ok(()), Err)))
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

/// What waits for the end of a network where a layer has no type: Caffe refuses it, so what it is is not known.
fn untyped(at: u64) -> ReadError {
    ReadError::malformed("a layer without a type", at)
}

/// Types that are kept of one layer.
const KINDS: usize = 4;

/// Layers of the oldest kind (V0) that name something outside, as they are called today (upgrade_proto.cpp, `UpgradeV0LayerType`).
const OLDEST: &[(&str, &str)] = &[
    ("data", "Data"),
    ("hdf5_data", "HDF5Data"),
    ("hdf5_output", "HDF5Output"),
    ("images", "ImageData"),
    ("window_data", "WindowData"),
    ("accuracy", "Accuracy"),
    ("bnll", "BNLL"),
    ("concat", "Concat"),
    ("conv", "Convolution"),
    ("dropout", "Dropout"),
    ("euclidean_loss", "EuclideanLoss"),
    ("flatten", "Flatten"),
    ("im2col", "Im2col"),
    ("infogain_loss", "InfogainLoss"),
    ("innerproduct", "InnerProduct"),
    ("lrn", "LRN"),
    ("multinomial_logistic_loss", "MultinomialLogisticLoss"),
    ("pool", "Pooling"),
    ("relu", "ReLU"),
    ("sigmoid", "Sigmoid"),
    ("softmax", "Softmax"),
    ("softmax_loss", "SoftmaxWithLoss"),
    ("split", "Split"),
    ("tanh", "TanH"),
];

/// The name of today of a layer of the oldest kind, or its own.
fn today(kind: &str) -> String {
    OLDEST.iter().find(|(old, _)| *old == kind).map_or(kind, |(_, name)| name).to_owned()
}

/// One layer while it is read.
#[derive(Default)]
struct Layer {
    /// Its type. Of an enum parsers pass over what they do not know, so of several each may be the one.
    kinds: Vec<String>,
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

    fn is(&mut self, kind: String) {
        self.cut |= !keep(&mut self.kinds, kind, KINDS);
    }

    /// Adds it; false where it has no type.
    fn add(self, outline: &mut Outline) -> bool {
        outline.whole(!self.cut);
        let name = self.name.as_deref();
        for kind in &self.kinds {
            for (key, value) in &self.texts {
                if let Some(kind) = refers(kind, key) {
                    outline.refer(kind, "layer", name, value.as_bytes(), self.at);
                }
            }
            outline.node(None, kind, "graph", name, self.at, &self.texts);
        }
        !self.kinds.is_empty()
    }
}

/// Parameters of layers that name something outside: PythonParameter, DataParameter, ImageDataParameter, WindowDataParameter,
/// HDF5DataParameter, HDF5OutputParameter, TransformationParameter.
const PARAMETERS: &[&str] = &["module", "layer", "param_str", "source", "root_folder", "mean_file", "file_name"];

fn refers(kind: &str, parameter: &str) -> Option<ReferenceKind> {
    Some(match parameter {
        "module" => ReferenceKind::Module,
        "file_name" if matches!(kind, "HDF5Output" | "HDF5_OUTPUT" | "10") => ReferenceKind::Output,
        "source" | "root_folder" | "mean_file" | "file_name" => ReferenceKind::File,
        _ => return None,
    })
}

/// The text form.
struct Network {
    outline: Outline,
    layer: Layer,
    /// The layer of the oldest kind that stands in it.
    inner: Option<Layer>,
    untyped: Option<ReadError>,
}

impl Network {
    fn new(member: MemberId, limits: &Limits) -> Self {
        let outline = Outline::with(member, FormatId::Caffe, limits);
        Self { outline, layer: Layer::default(), inner: None, untyped: None }
    }

    fn add(&mut self, layer: Layer, at: u64) {
        if !layer.add(&mut self.outline) {
            self.untyped.get_or_insert_with(|| untyped(at));
        }
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
                    [inner, rest @ ..] if inner.is("layer") => {
                        let inner = self.inner.get_or_insert_with(|| Layer { at, ..Layer::default() });
                        match rest {
                            [key] if key.is("type") => inner.is(today(text)),
                            [key] if key.is("name") => inner.name = Some(text.to_owned()),
                            [key] if key.is("source") => inner.keep("source", text.to_owned()),
                            [key] if key.is("meanfile") => inner.keep("mean_file", text.to_owned()),
                            [_, Part::Key(key)] if PARAMETERS.contains(&key.as_str()) => {
                                inner.keep(key, text.to_owned());
                            }
                            _ => {}
                        }
                    }
                    [key] if key.is("type") => self.layer.is(number(text).unwrap_or_else(|| text.to_owned())),
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

    fn close(&mut self, path: &[Part], at: u64) {
        match path {
            [one] if one.is("layer") || one.is("layers") => {
                let layer = std::mem::take(&mut self.layer);
                match self.inner.take() {
                    // What holds one of the oldest kind needs no type of its own.
                    Some(inner) => {
                        layer.add(&mut self.outline);
                        self.add(inner, at);
                    }
                    None => self.add(layer, at),
                }
            }
            // A second one is merged with the first.
            [one, inner] if one.is("layers") && inner.is("layer") => drop(self.inner.get_or_insert_default()),
            _ => {}
        }
    }
}

/// A number as parsers of the text form take it for an enum, in decimals: in hexadecimal and octal too.
fn number(text: &str) -> Option<String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i32::from_str_radix(digits, 16),
        None if text.starts_with('0') => i32::from_str_radix(text, 8),
        None => text.parse(),
    };
    number.ok().map(|number| number.to_string())
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

/// The same of `V0LayerParameter`, beside its `source` (16) and `meanfile` (18).
const OLDEST_FIELDS: &[(u64, u64, &str)] = &[(1001, 1, "file_name")];

/// `V0LayerParameter`: name 1, type 2, blobs 50.
fn oldest(wire: &mut Wire<'_>, outline: &mut Outline, mut span: Span, at: u64) {
    let mut layer = Layer { at, ..Layer::default() };
    while let Some(field) = wire.next(&mut span) {
        let Value::Bytes(content) = field.value else { continue };
        match field.number {
            1 => layer.name = Some(text_of(wire, content)),
            2 => {
                let kind = text_of(wire, content);
                layer.is(today(&kind));
            }
            16 | 18 => {
                let text = text_of(wire, content);
                layer.keep(if field.number == 16 { "source" } else { "mean_file" }, text);
            }
            50 => blob(wire, outline, &layer, content),
            number => parameters(wire, &mut layer, OLDEST_FIELDS, number, content),
        }
    }
    if !layer.add(outline) {
        wire.fail(untyped(at));
    }
}

/// `BlobProto`: `data` 5, `diff` 6, `double_data` 8 and `double_diff` 9.
fn blob(wire: &mut Wire<'_>, outline: &mut Outline, layer: &Layer, mut blob: Span) {
    while let Some(field) = wire.next(&mut blob) {
        if let (5 | 6 | 8 | 9, Value::Bytes(data)) = (field.number, field.value) {
            outline.look_at(layer.name.as_deref().unwrap_or_default(), data.at, data.size());
        }
    }
}

/// The texts of one message of parameters that name something.
fn parameters(wire: &mut Wire<'_>, layer: &mut Layer, fields: &[(u64, u64, &str)], number: u64, mut span: Span) {
    if !fields.iter().any(|(outer, ..)| *outer == number) {
        return;
    }
    while let Some(field) = wire.next(&mut span) {
        let known = fields.iter().find(|(outer, inner, _)| (*outer, *inner) == (number, field.number));
        if let (Some((_, _, name)), Value::Bytes(text)) = (known, field.value) {
            let text = text_of(wire, text);
            layer.keep(name, text);
        }
    }
}

/// `LayerParameter` names its type (2) by a text, `V1LayerParameter` (5) by a number, and may hold one of the oldest kind (1).
fn layer(wire: &mut Wire<'_>, outline: &mut Outline, mut span: Span, at: u64, old: bool) {
    let mut layer = Layer { at, ..Layer::default() };
    let fields = if old { OLD_FIELDS } else { FIELDS };
    let mut inner = false;
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Bytes(oldest)) if old => {
                inner = true;
                self::oldest(wire, outline, oldest, field.at);
            }
            (1, Value::Bytes(name)) => layer.name = Some(text_of(wire, name)),
            (4, Value::Bytes(name)) if old => layer.name = Some(text_of(wire, name)),
            (2, Value::Bytes(kind)) if !old => {
                let kind = text_of(wire, kind);
                layer.is(kind);
            }
            (5, Value::Number(kind)) if old => layer.is(narrow(kind).to_string()),
            // `blobs`
            (7, Value::Bytes(blob)) | (6, Value::Bytes(blob)) if (field.number == 6) == old => {
                self::blob(wire, outline, &layer, blob);
            }
            (number, Value::Bytes(parameter)) => parameters(wire, &mut layer, fields, number, parameter),
            _ => {}
        }
    }
    if !layer.add(outline) && !inner {
        wire.fail(untyped(at));
    }
}
