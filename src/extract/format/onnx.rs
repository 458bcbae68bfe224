//! ONNX `ModelProto` (onnx.proto; messages and fields are cited by name): every operator in the graph, its subgraphs, functions and
//! training steps, and every file that a tensor or a prepared context names. Of tensor data the beginnings are looked at.

pub(in crate::extract::format) mod json;
mod tensor;

use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::outline::keep;
use crate::extract::format::{Claim, Format, Window, protobuf, stream};
use crate::extract::protobuf::{Field, Span, Value, Wire, is_name};
use crate::extract::prototxt;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::extract::{embedded, loader};
use crate::facts::{
    Deviation, DeviationKind, FormatId, Graph, GraphVersion, Leads, MemberId, Metadata, Reference, ReferenceKind,
    TensorTable,
};
use crate::limits::Exhausted;
use std::collections::HashSet;

/// ONNX.
pub(super) struct Onnx;

/// Values that are kept of a field that may stand once: parsers take the last, so one more than one is a deviation.
const TWICE: usize = 4;
/// Attributes of one node that are read; the widest standard operator, TreeEnsembleRegressor, has 18.
const ATTRIBUTES: usize = 256;
/// Texts that are kept of one node's attributes.
const TEXTS: usize = 64;

/// The identifier of ONNX Runtime's FlatBuffers (onnxruntime/core/flatbuffers/schema/ort.fbs, `file_identifier`).
const ORT: &[u8] = b"ORTM";

impl Format for Onnx {
    fn id(&self) -> FormatId {
        FormatId::Onnx
    }

    fn about(&self) -> &'static str {
        "ONNX: every operator of graphs, subgraphs, functions and training; external data and where it leads; tensors; \
         `.ort` and models as text are recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.has_at(4, ORT) {
            return Claim::Certain;
        }
        let text = || prototxt::begins(&window.head, window.size) || textual(&window.head);
        let begins = protobuf::onnx(&window.head, window.size) || text();
        if begins { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if source.bytes_at(4, 4)? == ORT {
            return Err(ReadError::recognised("ONNX Runtime's own format (.ort)", None));
        }
        // As `onnx.load` takes it by the names of files (onnx/serialization.py, `textproto` and `onnxtxt`).
        let node = || prototxt::has(source, &["node"], "op_type");
        let elsewhere = || prototxt::has(source, &["external_data"], "key");
        if textual(&source.bytes_at(0, Window::HEAD)?) || prototxt::is_text(source)? && (node() || elsewhere()) {
            walk.reached(Reached::Effect);
            return Err(ReadError::recognised("a model of ONNX as text", None));
        }
        let mut reading = Reading::new(source, member, walk);
        reading.model();
        let Reading { wire, operators, functions, meant, name, producer, versions, tensors, failed, .. } = reading;
        if !meant {
            return wire.end().and(Err(ReadError::malformed("no node with an operator, and no tensor", None)));
        }
        walk.reached(Reached::Effect);
        walk.tensors(tensors);
        let (nodes, complete) = (operators.nodes, operators.complete);
        let sets = versions.iter().any(|version| version.of == "opset_import");
        let operators = operators.finish_overloaded(|domain, name, overload| {
            let domain = own(domain.unwrap_or_default()).to_owned();
            functions.contains(&(domain, name.to_owned(), overload.to_owned()))
        });
        let producer = (!producer.is_empty()).then(|| producer.join(" "));
        walk.graph(Graph {
            member,
            format: FormatId::Onnx,
            name,
            producer,
            versions,
            nodes,
            operators,
            complete: complete && failed.is_none(),
        });
        wire.end()?;
        if !sets {
            // ONNX Runtime refuses it too ("Missing opset in the model"): the field stands behind the graph, where a cut takes it away.
            return Err(ReadError::truncated("`opset_import`", source.size()));
        }
        if !complete {
            return Err(Exhausted("records").into());
        }
        failed.map_or(Ok(()), |limit| Err(ReadError::Limit(limit)))
    }
}

/// Whether this begins as ONNX's own notation for models does (onnx/defs/parser.cc, `OnnxParser::Parse` of a `ModelProto`): versions in angle brackets,
/// behind comments.
fn textual(head: &[u8]) -> bool {
    let mut rest = head.trim_ascii_start();
    while rest.first() == Some(&b'#') {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    let Some(versions) = rest.strip_prefix(b"<") else { return false };
    let versions = versions.trim_ascii_start();
    let keys =
        [&b"ir_version"[..], b"opset_import", b"producer_name", b"producer_version", b"domain", b"model_version"];
    let more = [&b"doc_string"[..], b"metadata_props"];
    keys.iter()
        .chain(&more)
        .any(|key| versions.strip_prefix(*key).is_some_and(|behind| behind.trim_ascii_start().first() == Some(&b':')))
}

/// ONNX's own operator set has two names, `""` and `ai.onnx` (onnx.proto, `OperatorSetIdProto`).
fn own(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}

/// A model while it is read.
struct Reading<'a, 'w, 'l> {
    wire: Wire<'a>,
    walk: &'w mut Walk<'l>,
    member: MemberId,
    operators: Operators,
    /// Domain, name and overload of the functions that the file defines.
    functions: HashSet<(String, String, String)>,
    /// Graphs inside attributes that wait to be read, and where they are: depth costs no stack.
    waiting: Vec<(Span, &'static str)>,
    /// Whether anything was found that only a model has.
    meant: bool,
    name: Option<String>,
    producer: Vec<String>,
    versions: Vec<GraphVersion>,
    tensors: TensorTable,
    failed: Option<Exhausted>,
}

impl<'a, 'w, 'l> Reading<'a, 'w, 'l> {
    fn new(source: &'a Source, member: MemberId, walk: &'w mut Walk<'l>) -> Self {
        let records = walk.limits.records;
        Self {
            wire: Wire::new(source),
            walk,
            member,
            operators: Operators::new(records),
            functions: HashSet::new(),
            waiting: Vec::new(),
            meant: false,
            name: None,
            producer: Vec::new(),
            versions: Vec::new(),
            tensors: TensorTable::new(member, FormatId::Onnx),
            failed: None,
        }
    }

    /// `ModelProto`. Fields that are messages and stand once are merged when they stand twice, so all of them are read.
    fn model(&mut self) {
        let mut span = self.wire.whole();
        let mut graphs = 0u64;
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Number(version)) => self.version("ir_version", None, version.to_string()),
                (2 | 3, Value::Bytes(text)) if self.producer.len() < TWICE => {
                    let text = self.text(text);
                    self.producer.push(text);
                }
                (7, Value::Bytes(graph)) => {
                    graphs = graphs.saturating_add(1);
                    if graphs == 2 {
                        self.depart(DeviationKind::DuplicateKey, None, "graph", None, field.at);
                    }
                    self.all_graphs(graph, "graph");
                }
                (6, Value::Bytes(text)) => self.prose("doc_string", text),
                (8, Value::Bytes(set)) => self.opset(set),
                (14, Value::Bytes(entry)) => self.metadata(entry),
                (20, Value::Bytes(training)) => self.training(training),
                (25, Value::Bytes(function)) => self.function(function),
                _ => {}
            }
        }
    }

    fn all_graphs(&mut self, graph: Span, place: &'static str) {
        self.graph(graph, place, place == "graph");
        self.drain();
    }

    fn drain(&mut self) {
        while let Some((graph, place)) = self.waiting.pop() {
            self.graph(graph, place, false);
        }
    }

    fn wait(&mut self, graph: Span, place: &'static str) {
        // What a graph inside a function or a training step holds is of that function or step.
        let place = if place == "graph" { "subgraph" } else { place };
        if u64::try_from(self.waiting.len()).unwrap_or(u64::MAX) < self.walk.limits.values {
            self.waiting.push((graph, place));
        } else {
            self.failed.get_or_insert(Exhausted("values"));
        }
    }

    /// `TrainingInfoProto`: `initialization` and `algorithm` are graphs.
    fn training(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (1 | 2, Value::Bytes(graph)) = (field.number, field.value) {
                self.all_graphs(graph, "training");
            }
        }
    }

    /// `GraphProto`.
    fn graph(&mut self, mut span: Span, place: &'static str, main: bool) {
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node, field.at, place),
                (2, Value::Bytes(name)) if main => self.name = Some(self.text(name)),
                (5, Value::Bytes(tensor)) => self.tensor(tensor, "initializer", None),
                (10, Value::Bytes(text)) => self.prose("doc_string", text),
                (15, Value::Bytes(sparse)) => self.sparse(sparse, "sparse-initializer", None),
                _ => {}
            }
        }
    }

    /// `FunctionProto`: its nodes, and the tensors that its attributes have by default.
    fn function(&mut self, mut span: Span) {
        let (mut names, mut domains, mut overloads) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) => self.once(&mut names, name, "function name", field),
                (10, Value::Bytes(domain)) => self.once(&mut domains, domain, "function domain", field),
                (13, Value::Bytes(overload)) => self.once(&mut overloads, overload, "function overload", field),
                (7, Value::Bytes(node)) => self.node(node, field.at, "function"),
                (11, Value::Bytes(attribute)) => {
                    self.attribute(attribute, "function", None, &mut Attributes::default());
                }
                _ => {}
            }
        }
        let domain = domains.pop().unwrap_or_default();
        if let Some(name) = names.pop() {
            self.functions.insert((own(&domain).to_owned(), name, overloads.pop().unwrap_or_default()));
        }
        self.drain();
    }

    /// `NodeProto`. `op_type` and `domain` are texts of which parsers take the last; every one that stands there counts.
    fn node(&mut self, mut span: Span, at: u64, place: &'static str) {
        let (mut operators, mut domains, mut overloads, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut waiting = Vec::new();
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (3, Value::Bytes(name)) => self.once(&mut names, name, "name", field),
                (4, Value::Bytes(operator)) => {
                    self.meant |= is_name(&self.wire.take(operator, 64)) && operator.size() <= 64;
                    self.once(&mut operators, operator, "op_type", field);
                }
                (7, Value::Bytes(domain)) => self.once(&mut domains, domain, "domain", field),
                (8, Value::Bytes(overload)) => self.once(&mut overloads, overload, "overload", field),
                (5, Value::Bytes(attribute)) => waiting.push(attribute),
                _ => {}
            }
            if waiting.len() > ATTRIBUTES {
                self.failed.get_or_insert(Exhausted("records"));
                waiting.pop();
            }
        }
        let name = names.last().map(String::as_str);
        let mut attributes = Attributes::default();
        for attribute in waiting {
            self.attribute(attribute, place, name, &mut attributes);
        }
        self.context(name, &operators, attributes.embedded.as_slice(), std::mem::take(&mut attributes.contexts));
        for several in [&mut domains, &mut overloads] {
            if several.is_empty() {
                several.push(String::new());
            }
        }
        for operator in &operators {
            for domain in &domains {
                let node = Node {
                    domain: Some(domain),
                    operator,
                    place,
                    at,
                    name,
                    texts: &attributes.texts,
                    complete: !attributes.cut,
                };
                overloads.iter().for_each(|overload| self.operators.overloaded(&node, overload));
            }
        }
    }

    /// `AttributeProto`: texts, tensors, and graphs that wait for their turn. What holds a value counts, whatever `type` says.
    fn attribute(&mut self, mut span: Span, place: &'static str, node: Option<&str>, into: &mut Attributes) {
        let (mut name, mut texts, mut short) = (String::new(), Vec::new(), false);
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.text(text),
                (3, Value::Number(number)) => into.last = Some(number),
                (4 | 9, Value::Bytes(text)) => short |= !keep(&mut texts, text, TEXTS),
                (5 | 10, Value::Bytes(tensor)) => self.tensor(tensor, "attribute", node),
                (6 | 11, Value::Bytes(graph)) => self.wait(graph, place),
                (22 | 23, Value::Bytes(sparse)) => self.sparse(sparse, "attribute", node),
                _ => {}
            }
        }
        if name == "embed_mode" {
            into.embedded.extend(into.last);
        }
        into.last = None;
        into.cut |= short;
        for text in texts {
            // A node's texts may be thousands of classes: of those the first are told. No path may be missing.
            if name == "ep_cache_context" {
                let whole = keep(&mut into.contexts, text, TEXTS);
                if short || !whole {
                    self.failed.get_or_insert(Exhausted("records"));
                }
            }
            if into.texts.len() < TEXTS {
                self.prose(&name, text);
                into.texts.push((name.clone(), self.text(text)));
            } else {
                into.cut = true;
            }
        }
    }

    /// The prepared program of an `EPContext` node (ONNX Runtime, "EP Context Design"): a path beside the model, unless
    /// `embed_mode` is 1 and the program itself stands in the attribute.
    fn context(&mut self, node: Option<&str>, operators: &[String], embedded: &[u64], contexts: Vec<Span>) {
        if !operators.iter().any(|operator| operator == "EPContext") || embedded == [1] {
            return;
        }
        for path in contexts {
            let target = self.wire.take(path, PATH);
            let leads = if path.size() > PATH { Leads::Invalid } else { Leads::Unknown };
            self.refer(ReferenceKind::Plugin, leads, "attribute", node, &target, path.at);
        }
    }

    /// `OperatorSetIdProto`.
    fn opset(&mut self, mut span: Span) {
        let (mut domain, mut version) = (String::new(), 0);
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => domain = self.text(text),
                (2, Value::Number(number)) => version = number,
                _ => {}
            }
        }
        self.version("opset_import", Some(domain), version.cast_signed().to_string());
    }

    fn version(&mut self, of: &str, domain: Option<String>, version: String) {
        if self.versions.len() < self.operators.ceiling() {
            self.versions.push(GraphVersion { of: of.to_owned(), domain, version });
        }
    }

    /// `StringStringEntryProto` of `metadata_props`.
    fn metadata(&mut self, entry: Span) {
        let (keys, values) = self.entry(entry);
        self.tensors.metadata_count = self.tensors.metadata_count.saturating_add(1);
        let key = keys.last().map(|key| self.text(*key)).unwrap_or_default();
        for value in &values {
            self.prose(&key, *value);
            let text = self.wire.take(*value, embedded::TEXT);
            if let Some(by) = loader::evaluated(&key, &String::from_utf8_lossy(&text)) {
                self.refer(ReferenceKind::Global, Leads::Lookup, by, Some(&key), &text, value.at);
            }
        }
        if self.tensors.metadata.len() < self.operators.ceiling() {
            let size = values.last().map_or(0, |value| value.size());
            let value = values.last().map(|value| self.text(*value)).unwrap_or_default();
            self.tensors.metadata.push(Metadata { key, value, size });
        }
    }

    /// Looks at what a text says; `key` is escaped.
    fn prose(&mut self, key: &str, text: Span) {
        let text = self.wire.take(text, embedded::TEXT);
        embedded::text(self.member, key, &text, self.walk);
    }

    fn text(&mut self, span: Span) -> String {
        self.wire.text(span, self.walk.limits.text)
    }

    /// Adds a text of a field that may stand once; a second one is a deviation.
    fn once(&mut self, into: &mut Vec<String>, span: Span, field: &str, at: Field) {
        let text = self.text(span);
        if !into.is_empty() {
            self.depart(DeviationKind::DuplicateKey, into.first().cloned(), field, Some(text.clone()), at.at);
        }
        if !keep(into, text, TWICE) {
            self.failed.get_or_insert(Exhausted("records"));
        }
    }

    fn depart(&mut self, kind: DeviationKind, name: Option<String>, field: &str, found: Option<String>, at: u64) {
        self.walk.deviation(Deviation {
            name,
            field: Some(field.to_owned()),
            found,
            offset: Some(at),
            ..stream::deviation(self.member, FormatId::Onnx, kind)
        });
    }

    fn refer(&mut self, kind: ReferenceKind, leads: Leads, by: &str, name: Option<&str>, target: &[u8], at: u64) {
        let record = Reference {
            member: self.member,
            format: FormatId::Onnx,
            kind,
            by: by.to_owned(),
            name: name.map(str::to_owned),
            target: String::new(),
            leads,
            to: None,
            offset: Some(at),
            count: 1,
        };
        self.walk.reference(record, target);
    }
}

/// The longest path that is followed (PATH_MAX of Linux, limits.h).
const PATH: u64 = 4_096;

/// What the attributes of a node say.
#[derive(Default)]
struct Attributes {
    texts: Vec<(String, String)>,
    /// Whether there were more texts than are kept.
    cut: bool,
    /// `ep_cache_context`, and the numbers of `embed_mode`.
    contexts: Vec<Span>,
    embedded: Vec<u64>,
    last: Option<u64>,
}

#[cfg(test)]
mod tests;
