//! A `ModelProto` as protobuf's JSON, which `onnx.load` takes by the name of a file (onnx/serialization.py, `_JsonSerializer`): operators, and the
//! files that tensors and prepared contexts name. Keys are written as in the schema or in camel case, bytes in base64, whole numbers as texts too
//! (google/protobuf/json_format.py, `_Parser`).

use super::own;
use super::tensor::{data_type, is_address};
use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::{Outline, keep};
use crate::extract::radix64;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, Leads, MemberId, ReferenceKind};
use crate::limits::Limits;

/// Texts and dimensions that are kept of one object.
const TEXTS: usize = 64;

/// A model while its document is read.
pub(in crate::extract::format) struct Document {
    outline: Outline,
    /// Objects that are open: how long the path of each is, and what is known of it.
    open: Vec<(usize, Object)>,
    /// Whether the document has what only a model has.
    meant: bool,
}

/// A node, attribute, tensor, function, or a pair of texts.
#[derive(Default)]
struct Object {
    at: u64,
    name: Option<String>,
    /// `op_type`, or the key of a pair.
    operator: Option<String>,
    /// `domain`, or the value of a pair.
    domain: Option<String>,
    /// The texts of attributes, by their names.
    texts: Vec<(String, String)>,
    /// What a tensor names for its data, or a node for its prepared program.
    locations: Vec<String>,
    /// Whether texts were left out, and whether something was that is needed.
    short: bool,
    cut: bool,
    data_type: Option<String>,
    dimensions: Vec<u64>,
    number: Option<u64>,
    /// Which of an operator's functions it is.
    overload: Option<String>,
    /// `embed_mode` of a node.
    embedded: Option<u64>,
}

/// What an object is, by the key that it stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    /// Of the external data of a tensor.
    External,
    Metadata,
    Opset,
    Function,
    Other,
}

/// What the object at a path is.
fn is(path: &[Part]) -> Is {
    let key = match path {
        [] => return Is::Model,
        [.., Part::Key(key), Part::Item(_)] | [.., Part::Key(key)] => key.as_str(),
        _ => return Is::Other,
    };
    match key {
        "graph" | "g" | "graphs" | "initialization" | "algorithm" => Is::Graph,
        "node" => Is::Node,
        "attribute" | "attribute_proto" | "attributeProto" => Is::Attribute,
        "initializer" | "t" | "tensors" | "values" | "indices" => Is::Tensor,
        "external_data" | "externalData" => Is::External,
        "metadata_props" | "metadataProps" => Is::Metadata,
        "opset_import" | "opsetImport" => Is::Opset,
        "functions" => Is::Function,
        _ => Is::Other,
    }
}

/// The place of a node at a path, in the word of the facts.
fn place(path: &[Part]) -> &'static str {
    let key = |name: &str| path.first().is_some_and(|first| first.is(name));
    if key("functions") {
        "function"
    } else if key("training_info") || key("trainingInfo") {
        "training"
    } else if path.iter().filter(|part| part.is("node")).count() > 1 {
        "subgraph"
    } else {
        "graph"
    }
}

/// What names the data of a tensor at a path.
fn holder(path: &[Part]) -> &'static str {
    let nearest = path.iter().rev().find_map(|part| match part {
        Part::Key(key) if key == "initializer" => Some("initializer"),
        Part::Key(key) if key == "sparse_initializer" || key == "sparseInitializer" => Some("sparse-initializer"),
        Part::Key(key) if key.starts_with("attribute") => Some("attribute"),
        _ => None,
    });
    nearest.unwrap_or("attribute")
}

/// Whether a path leads into a graph or function of a model.
fn inside(path: &[Part]) -> bool {
    path.first()
        .is_some_and(|first| ["graph", "functions", "training_info", "trainingInfo"].iter().any(|key| first.is(key)))
}

impl Document {
    /// Nothing yet.
    pub(in crate::extract::format) fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Onnx, limits), open: Vec::new(), meant: false }
    }

    /// Changes the object whose path has this length.
    fn change(&mut self, length: usize, at: u64, change: impl FnOnce(&mut Object)) {
        if self.open.last().is_none_or(|(depth, _)| *depth != length) {
            self.open.push((length, Object { at, ..Object::default() }));
        }
        if let Some((_, object)) = self.open.last_mut() {
            change(object);
        }
    }

    /// A value, which may be a number in a text.
    fn value(&mut self, path: &[Part], text: &str, at: u64) {
        // An item of a list stands below its key.
        let (key, object) = match path {
            [object @ .., Part::Key(key)] => (key.as_str(), object),
            [object @ .., Part::Key(key), Part::Item(_)] => (key.as_str(), object),
            _ => return,
        };
        let kind = is(object);
        if kind == Is::Model {
            match key {
                "ir_version" | "irVersion" => self.outline.version("ir_version", None, text),
                "producer_name" | "producerName" => self.outline.producer = Some(self.outline.shown(text)),
                _ => {}
            }
            return;
        }
        let (length, cut) = (object.len(), document::cut(text));
        match (kind, key) {
            (Is::Graph, "name") if object.len() == 1 => self.outline.name = Some(self.outline.shown(text)),
            (Is::Node, "op_type" | "opType") => {
                self.meant |= inside(object);
                self.change(length, at, |node| node.operator = Some(cut));
            }
            (Is::Node | Is::Function | Is::Opset, "domain") => self.change(length, at, |one| one.domain = Some(cut)),
            (Is::Node | Is::Function, "overload") => self.change(length, at, |one| one.overload = Some(cut)),
            (Is::Node | Is::Attribute | Is::Tensor | Is::Function, "name") => {
                self.change(length, at, |one| one.name = Some(cut));
            }
            (Is::Attribute, "s" | "strings") => self.change(length, at, |one| {
                // json_format takes both alphabets.
                let plain = text.replace('-', "+").replace('_', "/");
                let bytes = radix64::decode(&plain).unwrap_or_default();
                let text = document::cut(&String::from_utf8_lossy(&bytes));
                one.short |= !keep(&mut one.texts, (String::new(), text), TEXTS);
            }),
            (Is::Attribute, "i") => self.change(length, at, |one| one.number = text.parse().ok()),
            (Is::Tensor, "dims") => self.change(length, at, |one| {
                if one.dimensions.len() < TEXTS {
                    one.dimensions.extend(text.parse::<u64>().ok());
                }
            }),
            (Is::Tensor, "data_type" | "dataType") => self.change(length, at, |one| one.data_type = Some(cut)),
            (Is::External | Is::Metadata, "key") => self.change(length, at, |one| one.operator = Some(cut)),
            (Is::External | Is::Metadata, "value") => self.change(length, at, |one| one.domain = Some(cut)),
            (Is::Opset, "version") => self.change(length, at, |one| one.name = Some(cut)),
            _ => {}
        }
    }

    /// An object that is whole.
    fn closed(&mut self, path: &[Part], object: Object) {
        let Object {
            at,
            name,
            operator,
            domain,
            texts,
            locations,
            short,
            cut,
            data_type: kind,
            dimensions,
            number,
            overload,
            embedded,
        } = object;
        self.outline.whole(!cut);
        match is(path) {
            Is::Node => {
                let Some(operator) = operator else { return };
                for target in locations.iter().filter(|_| operator == "EPContext" && embedded != Some(1)) {
                    self.outline.refer(ReferenceKind::Plugin, "attribute", name.as_deref(), target.as_bytes(), at);
                }
                let domain = domain.unwrap_or_default();
                if short {
                    self.outline.shorten();
                }
                self.outline.overload(&overload.unwrap_or_default());
                self.outline.node(Some(&domain), &operator, place(path), name.as_deref(), at, &texts);
            }
            Is::Attribute => {
                let key = name.unwrap_or_default();
                let Some((_, node)) = self.open.last_mut() else { return };
                if key == "embed_mode" {
                    node.embedded = number;
                }
                // A node's texts may be thousands of classes: of those the first are told. No path may be missing.
                let context = key == "ep_cache_context";
                node.short |= short;
                node.cut |= short && context;
                for (_, text) in texts {
                    if context {
                        node.cut |= !keep(&mut node.locations, text.clone(), TEXTS);
                    }
                    node.short |= !keep(&mut node.texts, (key.clone(), text), TEXTS);
                }
            }
            Is::External => {
                let location = operator.is_some_and(|key| key == "location" || key == "basepath");
                let Some(target) = domain.filter(|_| location) else { return };
                self.meant |= inside(path);
                let length = path.len().saturating_sub(2);
                self.change(length, at, |tensor| {
                    tensor.cut |= !keep(&mut tensor.locations, target, TEXTS);
                });
            }
            Is::Tensor => {
                let by = holder(path);
                for target in &locations {
                    let kind = ReferenceKind::ExternalData;
                    self.outline.refer(kind, by, name.as_deref(), target.as_bytes(), at);
                    if is_address(target.as_bytes()) {
                        self.outline.lead(Leads::Memory);
                    }
                }
                if by != "attribute" {
                    let kind = kind.map(|kind| kind.parse().map_or(kind, data_type)).unwrap_or_default();
                    self.outline.tensor(name.as_deref(), &kind, &dimensions, None, None);
                }
            }
            Is::Metadata => {
                self.outline.pair(&operator.unwrap_or_default(), &domain.unwrap_or_default());
            }
            Is::Opset => {
                let domain = domain.unwrap_or_default();
                self.outline.version("opset_import", Some(&domain), &name.unwrap_or_default());
            }
            Is::Function => {
                if let Some(name) = name {
                    // ONNX's own operator set has two names.
                    let overload = overload.unwrap_or_default();
                    match own(&domain.unwrap_or_default()) {
                        "" => ["", "ai.onnx"].iter().for_each(|own| self.outline.define(Some(own), &name, &overload)),
                        domain => self.outline.define(Some(domain), &name, &overload),
                    }
                }
            }
            Is::Model | Is::Graph | Is::Other => {}
        }
    }
}

impl Taker for Document {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        self.value(path, text, at);
    }

    fn number(&mut self, path: &[Part], number: i128) {
        self.value(path, &number.to_string(), 0);
    }

    fn close(&mut self, path: &[Part], _: u64) {
        while self.open.last().is_some_and(|(depth, _)| *depth >= path.len()) {
            let Some((_, object)) = self.open.pop() else { break };
            self.closed(path, object);
        }
    }
}

impl Shape for Document {
    fn format(&self) -> Option<FormatId> {
        self.meant.then_some(FormatId::Onnx)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.outline.write(walk)
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::{damage, facts, fixture};
    use crate::facts::{FormatId, IncompleteKind};

    const MODEL: &[u8] = br#"{"irVersion": "8", "producer_name": "x", "opsetImport": [{"domain": "", "version": "13"}], "graph": {"name": "g",
        "node": [{"opType": "Evil", "domain": "com.evil", "name": "n", "attribute": [{"name": "path", "s": "L2V0Yy9wYXNzd2Q=", "type": "STRING"}]},
            {"op_type": "If", "attribute": [{"name": "then_branch", "g": {"node": [{"opType": "Inner", "attribute": [{"name": "value",
                "t": {"dataType": 1, "external_data": [{"value": "../a", "key": "location"}], "dataLocation": "EXTERNAL"}}]}]}}]},
            {"opType": "EPContext", "domain": "com.microsoft", "attribute": [{"name": "embed_mode", "i": "0"}, {"name": "ep_cache_context", "s": "Li4vY3R4"}]}],
        "initializer": [{"dims": ["2"], "dataType": 1, "name": "w", "externalData": [{"key": "location", "value": "/etc/shadow"}, {"key": "offset", "value": "0"}],
            "dataLocation": "EXTERNAL"}]},
        "functions": [{"name": "Mine", "node": [{"opType": "Deep"}]}], "metadataProps": [{"key": "a", "value": "b"}]}"#;

    #[test]
    fn a_model_in_json_is_read_like_another() {
        for name in ["m.json", "m.onnxjson"] {
            let tables = facts(name, MODEL);
            assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
            assert!(tables.members[0].formats.contains(&FormatId::Onnx));
            let operators = tables.graphs[0].operators.iter();
            let operators: Vec<_> = operators
                .map(|one| (one.domain.as_deref().unwrap_or("-"), one.name.as_str(), one.place.as_str()))
                .collect();
            assert_eq!(
                operators,
                [
                    ("com.evil", "Evil", "graph"),
                    ("", "Inner", "subgraph"),
                    ("", "If", "graph"),
                    ("com.microsoft", "EPContext", "graph"),
                    ("", "Deep", "function"),
                ]
            );
            assert_eq!(tables.graphs[0].operators[0].attributes[0].values, ["/etc/passwd"]);
            let targets: Vec<_> = tables.references.iter().map(|one| (one.by.as_str(), one.target.as_str())).collect();
            assert_eq!(targets, [("attribute", "../a"), ("attribute", "../ctx"), ("initializer", "/etc/shadow")]);
            assert_eq!(tables.tensors[0].entries[0].dtype, "FLOAT");
        }
    }

    /// What is told of a model, without the places where it stands.
    fn told(name: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let tables = facts(name, &fixture(&format!("../graphs/{name}")));
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        let operators = tables.graphs.iter().flat_map(|graph| &graph.operators);
        let operators = operators.map(|one| {
            format!("{:?} {} {} {} {} {:?}", one.domain, one.name, one.place, one.defined, one.count, one.attributes)
        });
        let references = tables.references.iter();
        let references =
            references.map(|one| format!("{:?} {} {:?} {} {:?}", one.kind, one.by, one.name, one.target, one.leads));
        let tensors = tables.tensors.iter().flat_map(|table| &table.entries);
        let tensors = tensors.map(|one| format!("{:?} {} {:?}", one.name, one.dtype, one.shape));
        (sorted(operators.collect()), sorted(references.collect()), sorted(tensors.collect()))
    }

    #[test]
    fn the_same_model_is_told_alike_in_both_notations() {
        for name in ["context", "function", "memory", "nested", "outside", "sparse", "training"] {
            assert_eq!(told(&format!("{name}.json")), told(&format!("{name}.onnx")), "{name}");
        }
    }

    #[test]
    fn what_is_cut_is_not_whole() {
        damage("../graphs/outside.json");
        damage("../graphs/nested.json");
    }

    #[test]
    fn tensors_alone_are_a_model_when_they_lie_elsewhere() {
        let text =
            br#"{"graph": {"initializer": [{"name": "w", "externalData": [{"key": "location", "value": "../x"}]}]}}"#;
        assert_eq!(facts("m.json", text).references[0].target, "../x");
    }

    #[test]
    fn other_documents_are_none() {
        for text in [
            &br#"{"graph": {"node": [{"op": "Const", "name": "x"}]}}"#[..],
            br#"{"node": [{"opType": "x"}]}"#,
            br#"{"graph": {"nodes": [{"type": "x"}]}, "name": "y"}"#,
        ] {
            assert!(!facts("m.json", text).members[0].formats.contains(&FormatId::Onnx));
        }
    }

    #[test]
    fn a_path_is_told_behind_however_many_texts() {
        let many = |one: &str, last: &str| format!("{}{last}", format!("{one}, ").repeat(70));
        let place = |path: &str| format!(r#"{{"key": "location", "value": "{path}"}}"#);
        let model = |node: &str, tensor: &str| {
            format!(
                r#"{{"irVersion": "8", "opsetImport": [{{"version": "13"}}], "graph": {{"node": [{node}], "initializer": [{tensor}]}}}}"#
            )
        };
        let tensor = format!(r#"{{"name": "w", "externalData": [{}]}}"#, many(&place("w.bin"), &place("/etc/passwd")));
        let tables = facts("m.onnxjson", model(r#"{"opType": "Add"}"#, &tensor).as_bytes());
        assert!(tables.references.iter().any(|one| one.target == "/etc/passwd"), "{:?}", tables.references);
        assert!(tables.lacks(IncompleteKind::Limit), "{:?}", tables.incomplete);

        // The same of a prepared program, whose other texts may be many.
        let context = r#"{"name": "ep_cache_context", "s": "Li4vY3R4"}"#;
        let node =
            format!(r#"{{"opType": "EPContext", "attribute": [{}]}}"#, many(r#"{"name": "a", "s": "YQ=="}"#, context));
        let tables = facts("m.onnxjson", model(&node, "").as_bytes());
        assert_eq!(tables.references[0].target, "../ctx");
        assert!(tables.incomplete.is_empty() && !tables.graphs[0].operators[0].complete, "{:?}", tables.incomplete);
    }
}
