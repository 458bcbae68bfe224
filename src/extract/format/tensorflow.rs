//! TensorFlow's messages: `SavedModel`, `MetaGraphDef` (`.meta`), `GraphDef`, and the small ones that lie beside them (`SavedMetadata` of
//! Keras, `FingerprintDef`). Messages and fields are cited by name. None has a magic, so every layout is tried that the bytes may be.

mod node;
mod paths;

use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window, first_letter, protobuf};
use crate::extract::protobuf::{Span, Value, Wire};
use crate::extract::prototxt;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Reached, ReadError, Walk};
use crate::facts::{FormatId, Graph, GraphVersion, Leads, MemberId, Origin, Reference, ReferenceKind};
use crate::limits::Exhausted;
use std::collections::{BTreeMap, HashMap, HashSet};

/// TensorFlow.
pub(super) struct Tensorflow;

/// What the bytes may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `SavedModel` (saved_model.proto).
    SavedModel,
    /// `MetaGraphDef` (meta_graph.proto).
    MetaGraph,
    /// `GraphDef` (graph.proto).
    Graph,
    /// `SavedMetadata` (Keras, saved_metadata.proto).
    Metadata,
    /// `FingerprintDef` (fingerprint.proto).
    Fingerprint,
}

impl Format for Tensorflow {
    fn id(&self) -> FormatId {
        FormatId::Tensorflow
    }

    fn about(&self) -> &'static str {
        "TensorFlow SavedModel, MetaGraphDef, GraphDef: every operator of graphs and functions, files, assets; keras_metadata.pb; \
         graphs as text (.pbtxt) are recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        let begins = protobuf::tensorflow(&window.head) || prototxt::begins(&window.head, window.size);
        if begins { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        // `saved_model.pbtxt`, which is loaded where there is no `saved_model.pb` (python/saved_model/loader_impl.py, `parse_saved_model`),
        // and a GraphDef as text.
        if prototxt::is_text(source)? && prototxt::has(source, &["node", "node_def"], "op") {
            walk.reached(Reached::Effect);
            return Err(ReadError::recognised("a graph of TensorFlow as text", None));
        }
        let layouts = [Layout::SavedModel, Layout::MetaGraph, Layout::Graph, Layout::Metadata, Layout::Fingerprint];
        let mut outcome = Err(ReadError::malformed("no graph with a node", None));
        let mut meant = false;
        for layout in layouts {
            let mark = walk.before();
            let mut reading = Reading::new(source, member, walk);
            reading.read(layout);
            if !reading.meant {
                reading.walk.take_back(mark);
                continue;
            }
            let one = reading.finish(layout);
            // Of several layouts that mean something any that is whole is a reading; each that is not is told.
            outcome = if meant { outcome.and(one) } else { one };
            meant = true;
        }
        if meant {
            walk.reached(Reached::Effect);
        }
        outcome
    }
}

/// A message while it is read by one layout.
struct Reading<'a, 'w, 'l> {
    wire: Wire<'a>,
    walk: &'w mut Walk<'l>,
    member: MemberId,
    operators: Operators,
    /// Names of the functions that the file defines.
    functions: HashSet<String>,
    /// Functions, or operators, that attributes name: node and its first byte by name.
    calls: BTreeMap<String, (String, u64)>,
    /// Texts that file operators of the graph or function at hand may take, and which operators those are.
    paths: paths::Paths,
    meant: bool,
    producer: Option<String>,
    versions: Vec<GraphVersion>,
    failed: Option<Exhausted>,
}

impl<'a, 'w, 'l> Reading<'a, 'w, 'l> {
    fn new(source: &'a Source, member: MemberId, walk: &'w mut Walk<'l>) -> Self {
        let operators = Operators::new(walk.limits.records);
        Self {
            wire: Wire::new(source),
            walk,
            member,
            operators,
            functions: HashSet::new(),
            calls: BTreeMap::new(),
            paths: paths::Paths::default(),
            meant: false,
            producer: None,
            versions: Vec::new(),
            failed: None,
        }
    }

    fn read(&mut self, layout: Layout) {
        let mut span = self.wire.whole();
        match layout {
            Layout::MetaGraph => self.meta_graph(span),
            Layout::Graph => {
                self.graph(span);
                self.follow_calls(&HashMap::new());
            }
            Layout::Metadata => self.metadata(span),
            Layout::Fingerprint => self.fingerprint(span),
            Layout::SavedModel => {
                while let Some(field) = self.wire.next(&mut span) {
                    match (field.number, field.value) {
                        (1, Value::Number(version)) => self.version("saved_model_schema_version", version.to_string()),
                        (2, Value::Bytes(graph)) => self.meta_graph(graph),
                        _ => {}
                    }
                }
            }
        }
    }

    fn finish(self, layout: Layout) -> Result<(), ReadError> {
        let Self { wire, walk, member, mut operators, functions, calls, producer, versions, failed, .. } = self;
        // A model has thousands of functions; what is called and not defined here is an operator.
        for (call, (node, at)) in calls.iter().filter(|(call, _)| !functions.contains(*call)) {
            let (operator, name) = (call.as_str(), Some(node.as_str()));
            operators.add(&Node { domain: None, operator, place: "call", at: *at, name, texts: &[], complete: true });
        }
        let (nodes, complete) = (operators.nodes, operators.complete);
        if !matches!(layout, Layout::Metadata | Layout::Fingerprint) {
            let operators = operators.finish(|_, name| functions.contains(name));
            let complete = complete && failed.is_none();
            let format = FormatId::Tensorflow;
            walk.graph(Graph { member, format, name: None, producer, versions, nodes, operators, complete });
        }
        wire.end()?;
        if !complete {
            return Err(Exhausted("records").into());
        }
        failed.map_or(Ok(()), |limit| Err(limit.into()))
    }

    /// `MetaGraphDef`: `meta_info_def` 1, `graph_def` 2, `collection_def` 4, `asset_file_def` 6, `object_graph_def` 7.
    fn meta_graph(&mut self, mut span: Span) {
        let mut bound = HashMap::new();
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(info)) => self.info(info),
                (2, Value::Bytes(graph)) => self.graph(graph),
                (4, Value::Bytes(collection)) => self.collection(collection),
                (6, Value::Bytes(asset)) => self.asset(asset),
                (7, Value::Bytes(objects)) => {
                    self.objects(objects);
                    self.bound(objects, &mut bound);
                }
                _ => {}
            }
        }
        self.follow_calls(&bound);
    }

    /// `MetaInfoDef`: `tensorflow_version` 5.
    fn info(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (5, Value::Bytes(version)) = (field.number, field.value) {
                let version = self.text(version);
                self.producer = Some(format!("tensorflow {version}"));
            }
        }
    }

    /// `GraphDef`: `node` 1, `library` 2, `versions` 4.
    fn graph(&mut self, mut span: Span) {
        let mut libraries = Vec::new();
        let mut ahead = span;
        // What a node calls by its operator is a function only where a library has one of that name.
        while let Some(field) = self.wire.next(&mut ahead) {
            if let (2, Value::Bytes(library)) = (field.number, field.value) {
                if libraries.len() < LIBRARIES {
                    self.names(library);
                    libraries.push(library);
                } else {
                    self.failed.get_or_insert(Exhausted("records"));
                }
            }
        }
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node, field.at, "graph"),
                (4, Value::Bytes(versions)) => self.versions(versions),
                _ => {}
            }
        }
        self.follow();
        for library in libraries {
            self.library(library);
        }
    }

    /// `VersionDef`: `producer` 1.
    fn versions(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (1, Value::Number(version)) = (field.number, field.value) {
                self.version("producer", version.to_string());
            }
        }
    }

    /// The names of the functions in a library.
    fn names(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut function)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut function) {
                let (1, Value::Bytes(signature)) = (field.number, field.value) else { continue };
                let (name, _) = self.signature(signature);
                if self.functions.len() < self.operators.ceiling().saturating_mul(16) {
                    self.functions.insert(name);
                } else {
                    self.failed.get_or_insert(Exhausted("records"));
                }
            }
        }
    }

    /// `OpDef`: `name` 1, and `input_arg` 2 with `name` 1.
    fn signature(&mut self, mut span: Span) -> (String, Vec<Vec<u8>>) {
        let (mut name, mut arguments) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.text(text),
                (2, Value::Bytes(mut argument)) => {
                    let mut own = Vec::new();
                    while let Some(field) = self.wire.next(&mut argument) {
                        if let (1, Value::Bytes(text)) = (field.number, field.value) {
                            own = self.wire.take(text, self.walk.limits.text);
                        }
                    }
                    if arguments.len() < self.operators.ceiling() {
                        arguments.push(own);
                    } else {
                        self.failed.get_or_insert(Exhausted("records"));
                    }
                }
                _ => {}
            }
        }
        (name, arguments)
    }

    /// `FunctionDefLibrary`: `function` 1, a `FunctionDef` with `signature` 1 and `node_def` 3.
    fn library(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut function)) = (field.number, field.value) else { continue };
            let (mut ahead, mut signature) = (function, None);
            while let Some(field) = self.wire.next(&mut ahead) {
                if let (1, Value::Bytes(span)) = (field.number, field.value) {
                    signature = Some(span);
                }
            }
            let (name, arguments) = signature.map(|signature| self.signature(signature)).unwrap_or_default();
            self.begin(&name, arguments);
            while let Some(field) = self.wire.next(&mut function) {
                if let (3, Value::Bytes(node)) = (field.number, field.value) {
                    self.node(node, field.at, "function");
                }
            }
            self.follow();
        }
    }

    /// An entry of `collection_def`: `value` 2, a `CollectionDef` with `bytes_list` 2 of `value` 1. Python code registers what reads
    /// them (`ops.register_proto_function`), and some of it unpickles, so content of a known format becomes a member. In `any_list` 5 older
    /// files have their assets (saved_model/constants.py, `ASSETS_KEY`).
    fn collection(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (2, Value::Bytes(mut definition)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut definition) {
                let Value::Bytes(mut list) = field.value else { continue };
                let any = field.number == 5;
                if !any && field.number != 2 {
                    continue;
                }
                while let Some(field) = self.wire.next(&mut list) {
                    match (field.number, field.value) {
                        (1, Value::Bytes(message)) if any => self.any(message),
                        (1, Value::Bytes(bytes)) => {
                            let part = self.wire.part(bytes);
                            self.collected(&part);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// `Any` (google/protobuf/any.proto): `type_url` 1, `value` 2, which is an asset where its type says so.
    fn any(&mut self, mut span: Span) {
        let (mut asset, mut values) = (false, Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) => asset |= self.wire.take(name, 256).ends_with(b"tensorflow.AssetFileDef"),
                (2, Value::Bytes(value)) if values.len() < LIBRARIES => values.push(value),
                (2, Value::Bytes(_)) => drop(self.failed.get_or_insert(Exhausted("records"))),
                _ => {}
            }
        }
        for value in values.into_iter().filter(|_| asset) {
            self.asset(value);
        }
    }

    /// `AssetFileDef`: `filename` 2, below the model's folder `assets`.
    fn asset(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (2, Value::Bytes(name)) = (field.number, field.value) {
                let name_bytes = self.wire.take(name, PATH);
                let leads = crate::extract::references::leads(&name_bytes);
                let target = match leads {
                    Leads::Beside => [b"assets/", name_bytes.as_slice()].concat(),
                    _ => name_bytes,
                };
                self.refer(ReferenceKind::File, Leads::Unknown, "asset", None, &target, name.at);
            }
        }
    }

    /// `SavedObjectGraph`: `nodes` 1, `SavedObject` with `user_object` 4 with `metadata` 3, where older TensorFlow keeps Keras' JSON.
    fn objects(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut object)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut object) {
                let (4, Value::Bytes(mut user)) = (field.number, field.value) else { continue };
                while let Some(field) = self.wire.next(&mut user) {
                    if let (3, Value::Bytes(metadata)) = (field.number, field.value) {
                        self.json(b"object", metadata);
                    }
                }
            }
        }
    }

    /// `SavedMetadata`: `nodes` 1, each with `node_path` 3, `identifier` 4 and `metadata` 5, a JSON text.
    fn metadata(&mut self, mut span: Span) {
        while let Some(field) = self.wire.next(&mut span) {
            let (1, Value::Bytes(mut node)) = (field.number, field.value) else { continue };
            let (mut path, mut keras, mut texts) = (Vec::new(), false, Vec::new());
            while let Some(field) = self.wire.next(&mut node) {
                match (field.number, field.value) {
                    (3, Value::Bytes(text)) => path = self.wire.take(text, self.walk.limits.text),
                    (4, Value::Bytes(text)) => keras |= self.wire.take(text, 10) == b"_tf_keras_",
                    (5, Value::Bytes(text)) => texts.push(text),
                    _ => {}
                }
                if texts.len() > LIBRARIES {
                    texts.pop();
                    self.failed.get_or_insert(Exhausted("records"));
                }
            }
            for text in texts {
                self.meant |= keras;
                self.json(&path, text);
            }
        }
    }

    /// `FingerprintDef`: numbers 1 to 5, `version` 6, `uuid` 7, and nothing else.
    fn fingerprint(&mut self, mut span: Span) {
        let mut numbers = 0u32;
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1..=5, Value::Number(_)) => numbers = numbers.saturating_add(1),
                (6 | 7, Value::Bytes(_)) => {}
                _ => return,
            }
        }
        self.meant = numbers >= 3 && self.wire.sound();
    }

    /// Hands a JSON text on, for the reader of what it describes.
    fn json(&mut self, name: &[u8], text: Span) {
        if text.size() == 0 {
            return;
        }
        let part = self.wire.part(text);
        // Python's reader takes white space before it.
        if matches!(first_letter(&part), Ok(Some(b'{'))) {
            self.hand(&[name, b".json"].concat(), Origin::Entry, &part);
        } else {
            let error = ReadError::malformed("metadata of Keras that are no JSON", text.at);
            self.walk.incomplete(self.member, Some(FormatId::Tensorflow), error);
        }
    }

    /// Hands on a value of a collection, unless nothing that a loader acts on claims it: most are names and small messages.
    fn collected(&mut self, part: &Source) {
        let mark = self.walk.before();
        let id =
            self.walk.member(Some(self.member), b"collection", Origin::Value, part, Hash::Wanted, Entry::default());
        let formats = id.and_then(|id| self.walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
        if formats.iter().all(|format| matches!(format, FormatId::Text | FormatId::Empty | FormatId::Tensorflow)) {
            self.walk.take_back(mark);
        }
    }

    fn hand(&mut self, name: &[u8], origin: Origin, part: &Source) {
        self.walk.member(Some(self.member), name, origin, part, Hash::Wanted, Entry::default());
    }

    fn version(&mut self, of: &str, version: String) {
        if self.versions.len() < self.operators.ceiling() {
            self.versions.push(GraphVersion { of: of.to_owned(), domain: None, version });
        }
    }

    fn text(&mut self, span: Span) -> String {
        self.wire.text(span, self.walk.limits.text)
    }

    fn refer(&mut self, kind: ReferenceKind, leads: Leads, by: &str, name: Option<&str>, target: &[u8], at: u64) {
        let record = self.reference(kind, by, name, at);
        self.walk.reference(Reference { leads, ..record }, target);
    }

    fn reference(&self, kind: ReferenceKind, by: &str, name: Option<&str>, at: u64) -> Reference {
        Reference {
            member: self.member,
            format: FormatId::Tensorflow,
            kind,
            by: by.to_owned(),
            name: name.map(str::to_owned),
            target: String::new(),
            leads: Leads::Unknown,
            to: None,
            offset: Some(at),
            count: 1,
        }
    }
}

/// Libraries of one graph, and texts of one node of metadata, that are kept until they are read.
const LIBRARIES: usize = 64;
/// The longest path that is followed (PATH_MAX of Linux, limits.h).
const PATH: u64 = 4_096;

#[cfg(test)]
mod tests;
