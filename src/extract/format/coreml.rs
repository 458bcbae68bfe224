//! CoreML models: the protobuf `Model` (Model.proto and the files that it imports, fields cited by name), also as a part of a package, and
//! the package's Manifest.json through [`Package`]. Every layer and operation, custom ones, linked models; of weights the beginnings are looked at.

mod layer;

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window, protobuf};
use crate::extract::protobuf::{Span, Value, Wire, narrow};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::extract::{embedded, loader};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::{Exhausted, Limits};

/// The protobuf.
pub(super) struct Coreml;

impl Format for Coreml {
    fn id(&self) -> FormatId {
        FormatId::Coreml
    }

    fn about(&self) -> &'static str {
        "CoreML model and package: layers, operations, custom classes, linked models, weight files"
    }

    fn claims(&self, window: &Window) -> Claim {
        if protobuf::coreml(&window.head, layer::MODELS) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut reading = Reading {
            wire: Wire::new(source),
            outline: Outline::new(member, FormatId::Coreml, walk).over(source),
            waiting: Vec::new(),
            most: walk.limits.values,
            opaque: None,
            failed: None,
            versioned: false,
        };
        reading.read();
        let Reading { wire, outline, opaque, failed, versioned, .. } = reading;
        // Core ML refuses a model without a version (mlmodel/src/Validators.cpp); few numbers of a tensor would be one.
        if outline.nodes() == 0 || !versioned {
            return wire.end().and(Err(ReadError::malformed("no model that CoreML knows", None)));
        }
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        wire.end()?;
        if let Some(at) = opaque {
            return Err(ReadError::unsupported("a model serialized for one framework of Apple's", at));
        }
        failed.map_or(Ok(()), |limit| Err(ReadError::Limit(limit)))
    }
}

/// Fields of one layer's parameters that are looked at; an LSTM in both directions has some 60.
const FIELDS: u32 = 1_024;
/// Values that are kept of a field that stands once: parsers take the last.
const TWICE: usize = 4;
/// Texts that are kept of one field.
const TEXTS: usize = 64;
/// Messages that are kept of one field; an operation may have hundreds of inputs.
const MESSAGES: usize = 4_096;
/// Bytes of the smallest numbers that are looked at: no program, archive or acting pickle is shorter.
const SMALLEST: u64 = 16;

/// A message that waits to be read: depth costs no stack.
enum Waiting {
    Model(Span),
    Network(Span, &'static str),
    Block(Span, &'static str),
}

struct Reading<'a> {
    wire: Wire<'a>,
    outline: Outline,
    waiting: Vec<Waiting>,
    most: u64,
    opaque: Option<u64>,
    failed: Option<Exhausted>,
    /// Whether it says a version.
    versioned: bool,
}

impl Reading<'_> {
    fn read(&mut self) {
        self.waiting.push(Waiting::Model(self.wire.whole()));
        while let Some(next) = self.waiting.pop() {
            let Some(most) = self.most.checked_sub(1) else {
                self.failed = Some(Exhausted("values"));
                return;
            };
            self.most = most;
            match next {
                Waiting::Model(span) => self.model(span),
                Waiting::Network(span, place) => self.network(span, place),
                Waiting::Block(span, place) => self.block(span, place),
            }
        }
    }

    fn wait(&mut self, message: Waiting) {
        if u64::try_from(self.waiting.len()).unwrap_or(u64::MAX) < self.most {
            self.waiting.push(message);
        } else {
            self.failed = Some(Exhausted("values"));
        }
    }

    fn text(&mut self, span: Span) -> String {
        String::from_utf8_lossy(&self.wire.take(span, 4_096)).into_owned()
    }

    /// A pair that a user wrote. Of several values the last counts; each is looked at.
    fn users(&mut self, key: &str, mut pair: Span) {
        let mut last = String::new();
        while let Some(field) = self.wire.next(&mut pair) {
            if let (2, Value::Bytes(text)) = (field.number, field.value) {
                let whole = String::from_utf8_lossy(&self.wire.take(text, embedded::TEXT)).into_owned();
                if let Some(by) = loader::evaluated(key, &whole) {
                    self.outline.refer(ReferenceKind::Global, by, Some(key), whole.as_bytes(), text.at);
                }
                last = self.text(text);
            }
        }
        self.outline.pair(key, &last);
    }

    /// The texts of one field of a message.
    fn texts(&mut self, mut span: Span, number: u64) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        while let Some(field) = self.wire.next(&mut span) {
            if let (true, Value::Bytes(text)) = (field.number == number, field.value) {
                let text = self.text(text);
                self.outline.keep(&mut found, (text, field.at), TEXTS);
            }
        }
        found
    }

    /// `Model`.
    fn model(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Number(version)) => {
                    let version = narrow(version);
                    self.versioned |= version > 0;
                    self.outline.version("specificationVersion", None, &version.to_string());
                }
                (2, Value::Bytes(description)) => self.description(description),
                (number, Value::Bytes(body)) => {
                    let Some(name) = layer::model(number) else { continue };
                    self.outline.operator(Some("model"), name, None, field.at);
                    self.body(number, body, field.at);
                }
                _ => {}
            }
        }
    }

    fn body(&mut self, number: u64, mut body: Span, at: u64) {
        match number {
            303 | 403 | 500 => self.wait(Waiting::Network(body, "graph")),
            // A pipeline, and the two whose only field is one.
            202 => self.pipeline(body),
            200 | 201 => {
                while let Some(field) = self.wire.next(&mut body) {
                    if let (1, Value::Bytes(pipeline)) = (field.number, field.value) {
                        self.pipeline(pipeline);
                    }
                }
            }
            502 => self.program(body),
            555 => {
                for (class, at) in self.texts(body, 10) {
                    self.outline.refer(ReferenceKind::Module, "custom-model", None, class.as_bytes(), at);
                }
            }
            556 => self.linked(body),
            3000 => self.opaque = Some(at),
            _ => {}
        }
    }

    fn pipeline(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (1, Value::Bytes(model)) = (field.number, field.value) {
                self.wait(Waiting::Model(model));
            }
        }
    }

    /// `ModelDescription`: `Metadata`, and the pairs that a user wrote into it.
    fn description(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (100, Value::Bytes(mut metadata)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut metadata) {
                let key = match field.number {
                    1 => "shortDescription",
                    2 => "versionString",
                    3 => "author",
                    4 => "license",
                    100 => "",
                    _ => continue,
                };
                let Value::Bytes(value) = field.value else { continue };
                if key.is_empty() {
                    let key = self.texts(value, 1).into_iter().next_back().map(|(key, _)| key).unwrap_or_default();
                    self.users(&key, value);
                } else {
                    let value = self.text(value);
                    self.outline.pair(key, &value);
                }
            }
        }
    }

    /// `LinkedModel`: a file's name and the path that is searched for it, both as a default of `StringParameter`.
    fn linked(&mut self, mut span: Span) {
        // Messages that stand twice are merged, so what is not said again stays.
        let (mut name, mut path) = (String::new(), String::new());
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut file)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut file) {
                let Value::Bytes(parameter) = field.value else { continue };
                let Some((value, _)) = self.texts(parameter, 1).pop() else { continue };
                match field.number {
                    1 => name = value,
                    2 => path = value,
                    _ => {}
                }
            }
            let target = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            self.outline.refer(ReferenceKind::File, "linked-model", None, target.as_bytes(), field.at);
        }
    }

    /// `NeuralNetwork` and its two kin: layers.
    fn network(&mut self, mut span: Span, place: &'static str) {
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut body)) = (field.number, field.value) else { continue };
            let (mut name, mut kinds) = (String::new(), Vec::new());
            while let Some(field) = self.wire.next(&mut body) {
                match (field.number, field.value) {
                    (1, Value::Bytes(text)) => name = self.text(text),
                    // The one of a layer's fields that says what it is; parsers take the last of several.
                    (100.., Value::Bytes(span)) => self.outline.keep(&mut kinds, (field.number, span), TWICE),
                    _ => {}
                }
            }
            for (number, body) in kinds {
                self.weights(body, &name);
                self.layer(number, body, &name, place, field.at);
            }
        }
    }

    /// Looks at the beginnings of what may be numbers: `WeightParams` of a layer's parameters, which lie up to three messages deep, and
    /// `TensorValue` of an operation. What is no message is no error here.
    fn weights(&mut self, span: Span, name: &str) {
        let mut wire = self.wire.fork();
        let mut waiting = vec![(span, 0u32)];
        let mut left = FIELDS;
        while let Some((mut span, depth)) = waiting.pop() {
            while let Some(field) = wire.next(&mut span) {
                let Some(rest) = left.checked_sub(1) else { return };
                left = rest;
                let Value::Bytes(part) = field.value else { continue };
                if part.size() >= SMALLEST {
                    self.outline.look_at(name, part.at, part.size());
                    if depth < 3 {
                        waiting.push((part, depth.saturating_add(1)));
                    }
                }
            }
        }
    }

    fn layer(&mut self, number: u64, mut body: Span, name: &str, place: &'static str, at: u64) {
        let mut texts = Vec::new();
        match number {
            500 => {
                for (class, at) in self.texts(body, 10) {
                    self.outline.refer(ReferenceKind::Module, "custom-layer", Some(name), class.as_bytes(), at);
                    texts.push(("className".to_owned(), class));
                }
            }
            // Branches and loops hold networks.
            605 | 615 => {
                while let Some(field) = self.wire.next(&mut body) {
                    if let (1..=4, Value::Bytes(network)) = (field.number, field.value) {
                        self.wait(Waiting::Network(network, "subgraph"));
                    }
                }
            }
            _ => {}
        }
        let unknown = number.to_string();
        let kind = layer::layer(number).unwrap_or(&unknown);
        self.outline.node(Some("layer"), kind, place, Some(name), at, &texts);
    }

    /// `Program` (MIL.proto): functions by name, each with blocks by operator set.
    fn program(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (2, Value::Bytes(mut entry)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut entry) {
                let (2, Value::Bytes(mut function)) = (field.number, field.value) else { continue };
                while let Some(field) = self.wire.next(&mut function) {
                    match (field.number, field.value) {
                        (2, Value::Bytes(set)) => {
                            let set = self.text(set);
                            self.outline.version("opset", None, &set);
                        }
                        (3, Value::Bytes(mut entry)) => {
                            while let Some(field) = self.wire.next(&mut entry) {
                                if let (2, Value::Bytes(block)) = (field.number, field.value) {
                                    self.wait(Waiting::Block(block, "graph"));
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// `Block`: operations.
    fn block(&mut self, mut span: Span, place: &'static str) {
        while let Some(field) = self.wire.next(&mut span) {
            let (3, Value::Bytes(mut operation)) = (field.number, field.value) else { continue };
            let (at, mut kinds, mut texts) = (field.at, Vec::new(), Vec::new());
            while let Some(field) = self.wire.next(&mut operation) {
                match (field.number, field.value) {
                    (1, Value::Bytes(kind)) => {
                        let kind = self.text(kind);
                        self.outline.keep(&mut kinds, kind, TWICE);
                    }
                    (4, Value::Bytes(block)) => self.wait(Waiting::Block(block, "subgraph")),
                    (5, Value::Bytes(entry)) => self.attribute(entry, false, &mut texts),
                    (2, Value::Bytes(entry)) => self.attribute(entry, true, &mut texts),
                    _ => {}
                }
            }
            for kind in kinds {
                // A class of the program that loads it.
                for (_, class) in texts.iter().filter(|(key, _)| kind == "custom_layer" && key == "class_name") {
                    self.outline.refer(ReferenceKind::Module, "custom-layer", None, class.as_bytes(), at);
                }
                self.outline.node(Some("mil"), &kind, place, None, at, &texts);
            }
        }
    }

    /// An attribute by name, which is a `Value`, or an input, whose `Argument` binds names and values.
    fn attribute(&mut self, entry: Span, input: bool, texts: &mut Vec<(String, String)>) {
        let name = self.texts(entry, 1).pop().map(|(text, _)| text).unwrap_or_default();
        for value in self.messages(entry, 2) {
            if !input {
                self.value(&name, value, texts);
                continue;
            }
            for binding in self.messages(value, 1) {
                for value in self.messages(binding, 2) {
                    self.value(&name, value, texts);
                }
            }
        }
    }

    /// The messages of one field of a message.
    fn messages(&mut self, mut span: Span, number: u64) -> Vec<Span> {
        let mut found = Vec::new();
        while let Some(field) = self.wire.next(&mut span) {
            match field.value {
                Value::Bytes(message) if field.number == number => self.outline.keep(&mut found, message, MESSAGES),
                _ => {}
            }
        }
        found
    }

    /// `Value`: one that lies in a file, or a class name.
    fn value(&mut self, name: &str, mut value: Span, texts: &mut Vec<(String, String)>) {
        while let Some(field) = self.wire.next(&mut value) {
            match (field.number, field.value) {
                (5, Value::Bytes(blob)) => {
                    for (file, at) in self.texts(blob, 1) {
                        // The folder of the model.
                        let file = file.strip_prefix("@model_path/").unwrap_or(&file);
                        self.outline.refer(ReferenceKind::ExternalData, "weights", None, file.as_bytes(), at);
                        let offset = self.number(blob, 2);
                        self.outline.elsewhere(name, file.as_bytes(), offset, None, true);
                    }
                }
                (3, Value::Bytes(value)) => {
                    self.weights(value, name);
                    if name == "class_name" {
                        for text in self.strings(value) {
                            self.outline.keep(texts, (name.to_owned(), text), TEXTS);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The last number of one field of a message, or 0.
    fn number(&mut self, mut span: Span, number: u64) -> u64 {
        let mut found = 0;
        while let Some(field) = self.wire.next(&mut span) {
            if let (true, Value::Number(value)) = (field.number == number, field.value) {
                found = value;
            }
        }
        found
    }

    /// The texts of an `ImmediateValue`: its `tensor` (1), a `TensorValue`, `strings` (4), `values` (1). Messages that stand twice are merged.
    fn strings(&mut self, value: Span) -> Vec<String> {
        let mut found = Vec::new();
        for tensor in self.messages(value, 1) {
            for strings in self.messages(tensor, 4) {
                found.extend(self.texts(strings, 1).into_iter().map(|(text, _)| text));
            }
        }
        found
    }
}

/// A package's Manifest.json (modelpackage/src/ModelPackage.cpp): items by identifier, with paths below `Data`.
pub(super) struct Package {
    outline: Outline,
    version: bool,
    items: bool,
}

impl Package {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Coreml, limits), version: false, items: false }
    }
}

impl Taker for Package {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        match path {
            [one] if one.is("fileFormatVersion") => {
                self.version = true;
                self.outline.version("fileFormatVersion", None, text);
            }
            [one, Part::Key(item), key] if one.is("itemInfoEntries") && key.is("path") => {
                self.items = true;
                // A path from the root replaces what it is put behind (std::filesystem, `operator/`).
                let target = if text.starts_with('/') { text.to_owned() } else { format!("Data/{text}") };
                self.outline.refer(ReferenceKind::File, "item", Some(item), target.as_bytes(), at);
            }
            _ => {}
        }
    }

    fn number(&mut self, _: &[Part], _: i128) {}

    fn close(&mut self, path: &[Part], _: u64) {
        self.items |= document::is(path, &["itemInfoEntries"]);
    }
}

impl Shape for Package {
    fn format(&self) -> Option<FormatId> {
        (self.version && self.items).then_some(FormatId::Coreml)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.outline.write(walk)
    }
}
