//! `NodeDef` and `AttrValue` (node_def.proto, attr_value.proto), and which paths reach the operators that read and write files.

use super::{PATH, Reading};
use crate::extract::embedded;
use crate::extract::format::operators::Node;
use crate::extract::protobuf::{Span, Value, is_name};
use crate::facts::{Leads, ReferenceKind};
use crate::limits::Exhausted;
use std::collections::{HashMap, HashSet};

/// Texts that are kept of one node's attributes.
const TEXTS: usize = 64;
/// Inputs of a node that are followed, and nodes that are followed from one operator.
const INPUTS: usize = 16;
const STEPS: usize = 256;

/// Operators that take a path, at which input, and whether they write (the op definitions in tensorflow/core/ops/io_ops.cc).
const FILES: &[(&str, usize, bool)] = &[
    ("ReadFile", 0, false),
    ("MatchingFiles", 0, false),
    ("Restore", 0, false),
    ("RestoreSlice", 0, false),
    ("RestoreV2", 0, false),
    ("WriteFile", 0, true),
    ("Save", 0, true),
    ("SaveSlices", 0, true),
    ("SaveV2", 0, true),
    ("MergeV2Checkpoints", 1, true),
];

/// Operators that hand a text on, whole or as a part.
const PASSING: &[&str] = &[
    "Identity",
    "IdentityN",
    "PlaceholderWithDefault",
    "PlaceholderV2",
    "StringJoin",
    "Pack",
    "Concat",
    "ConcatV2",
    "ExpandDims",
    "Reshape",
    "Squeeze",
    "ShardedFilename",
    "ShardedFilespec",
    "Select",
    "SelectV2",
    "Fill",
    "Tile",
    "AsString",
    "StringStrip",
    "StringLower",
    "StringUpper",
    "RegexReplace",
    "StaticRegexReplace",
    "ReduceJoin",
    "Substr",
    "Slice",
    "StridedSlice",
    "Gather",
    "GatherV2",
    "Add",
    "AddV2",
    "Merge",
    "Switch",
    "RefSwitch",
    "DecodeBase64",
    "StopGradient",
];

/// The texts that a node holds, and the names of the nodes that it takes.
type TextsAndInputs = (Vec<Span>, Vec<Vec<u8>>);

/// What may be a path in the graph or function at hand.
#[derive(Default)]
pub(super) struct Paths {
    /// By the name of a node.
    nodes: HashMap<Vec<u8>, TextsAndInputs>,
    /// Name, first input's name, whether it writes, offset.
    files: Vec<(String, Vec<u8>, bool, u64)>,
}

/// What the attributes of a node say.
#[derive(Default)]
struct Attributes {
    /// The node's name, escaped.
    node: String,
    texts: Vec<(String, String)>,
    cut: bool,
    /// Functions, or operators, that it is told to call.
    calls: Vec<String>,
    /// Texts of its constant.
    constants: Vec<Span>,
    /// Addresses and files: attribute's name and text.
    places: Vec<(String, Span)>,
}

impl Reading<'_, '_, '_> {
    /// `NodeDef`: `name` 1, `op` 2, `input` 3, `attr` 5. Of a text that stands twice parsers take the last; each counts.
    pub(super) fn node(&mut self, mut span: Span, at: u64, place: &'static str) {
        let (mut name, mut operators, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        let mut attributes = Attributes::default();
        let mut seen = 0usize;
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => {
                    name = self.wire.take(text, self.walk.limits.text);
                    attributes.node = crate::place::escape(&name);
                }
                (2, Value::Bytes(text)) => {
                    if operators.len() < INPUTS {
                        operators.push(text);
                    } else {
                        self.failed.get_or_insert(Exhausted("records"));
                    }
                }
                (3, Value::Bytes(text)) => {
                    if seen < INPUTS {
                        inputs.push(self.wire.take(text, self.walk.limits.text));
                    }
                    seen = seen.saturating_add(1);
                }
                (5, Value::Bytes(entry)) => self.attribute(entry, &mut attributes),
                _ => {}
            }
        }
        let shown = crate::place::escape(&name);
        let named = is_name(&name);
        for operator in operators {
            let raw = self.wire.take(operator, 128);
            self.meant |= named && operator.size() < 128 && is_operator(&raw);
            let text = self.text(operator);
            let node = Node {
                domain: None,
                operator: &text,
                place,
                at,
                name: Some(&shown),
                texts: &attributes.texts,
                complete: !attributes.cut,
            };
            self.operators.add(&node);
            self.path(&text, &shown, &name, &inputs, &attributes, at);
        }
        let ceiling = self.operators.ceiling().saturating_mul(16);
        for call in attributes.calls {
            if self.calls.len() < ceiling {
                self.calls.entry(call).or_insert_with(|| (shown.clone(), at));
            } else {
                self.failed.get_or_insert(Exhausted("records"));
            }
        }
        for (attribute, text) in attributes.places {
            let target = self.wire.take(text, PATH);
            // Logging goes to the standard error output by default; only an address is a place.
            if target.windows(3).any(|three| three == b"://") {
                let by = format!("attribute {attribute}");
                self.refer(ReferenceKind::Url, Leads::Unknown, &by, Some(&shown), &target, text.at);
            }
        }
    }

    fn path(&mut self, operator: &str, shown: &str, name: &[u8], inputs: &[Vec<u8>], attributes: &Attributes, at: u64) {
        if let Some((_, input, writes)) = FILES.iter().find(|(file, ..)| *file == operator) {
            let input = inputs.get(*input).map(|input| source_of(input)).unwrap_or_default();
            if self.paths.files.len() < self.operators.ceiling() {
                self.paths.files.push((shown.to_owned(), input, *writes, at));
            } else {
                self.failed.get_or_insert(Exhausted("records"));
            }
        }
        let constant = operator == "Const" && !attributes.constants.is_empty();
        if constant || PASSING.contains(&operator) {
            if self.paths.nodes.len() < self.operators.ceiling().saturating_mul(16) {
                let inputs = inputs.iter().map(|input| source_of(input)).collect();
                self.paths.nodes.insert(name.to_vec(), (attributes.constants.clone(), inputs));
            } else {
                self.failed.get_or_insert(Exhausted("records"));
            }
        }
    }

    /// Follows each file operator of the graph or function that was read back to the constants that reach its path.
    pub(super) fn follow(&mut self) {
        let paths = std::mem::take(&mut self.paths);
        for (node, input, writes, at) in paths.files {
            let mut waiting = vec![input];
            let mut seen: HashSet<Vec<u8>> = HashSet::new();
            while let Some(name) = waiting.pop() {
                let Some((texts, inputs)) = paths.nodes.get(&name) else { continue };
                if seen.len() >= STEPS || !seen.insert(name) {
                    continue;
                }
                for text in texts {
                    let target = self.wire.take(*text, PATH);
                    let kind = if writes { ReferenceKind::Output } else { ReferenceKind::File };
                    // A part of a path that is joined may be empty.
                    if !target.is_empty() {
                        self.refer(kind, Leads::Unknown, "node", Some(&node), &target, at);
                    }
                }
                waiting.extend(inputs.iter().cloned());
            }
        }
    }

    /// An entry of `attr`: `key` 1, `value` 2, an `AttrValue`.
    fn attribute(&mut self, mut span: Span, into: &mut Attributes) {
        let (mut key, mut values) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = self.text(text),
                (2, Value::Bytes(value)) if values.len() < INPUTS => values.push(value),
                (2, Value::Bytes(_)) => drop(self.failed.get_or_insert(Exhausted("records"))),
                _ => {}
            }
        }
        for value in values {
            self.value(value, &key, into);
        }
    }

    /// `AttrValue`: `list` 1 (with `s` 2, `tensor` 8, `func` 9), `s` 2, `tensor` 8, `func` 10.
    fn value(&mut self, mut span: Span, key: &str, into: &mut Attributes) {
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (2, Value::Bytes(text)) => self.keep(text, key, into),
                (8, Value::Bytes(tensor)) => self.tensor(tensor, into),
                (10, Value::Bytes(function)) => self.function(function, into),
                (1, Value::Bytes(mut list)) => {
                    while let Some(field) = self.wire.next(&mut list) {
                        match (field.number, field.value) {
                            (2, Value::Bytes(text)) => self.keep(text, key, into),
                            (8, Value::Bytes(tensor)) => self.tensor(tensor, into),
                            (9, Value::Bytes(function)) => self.function(function, into),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, text: Span, key: &str, into: &mut Attributes) {
        if matches!(key, "debug_urls" | "output_stream") {
            into.places.push((key.to_owned(), text));
        }
        if into.texts.len() < TEXTS {
            let bytes = self.wire.take(text, embedded::TEXT);
            embedded::text(self.member, key, &bytes, self.walk);
            let shown = self.text(text);
            into.texts.push((key.to_owned(), shown));
        } else {
            into.cut = true;
        }
    }

    /// `NameAttrList`: `name` 1, a function's name or an operator's.
    fn function(&mut self, mut span: Span, into: &mut Attributes) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (1, Value::Bytes(name)) = (field.number, field.value) {
                let name = self.text(name);
                if into.calls.len() < self.operators.ceiling() {
                    into.calls.push(name);
                } else {
                    self.failed.get_or_insert(Exhausted("records"));
                }
            }
        }
    }

    /// `TensorProto`: `string_val` 8, and numbers, of which the beginnings are looked at.
    fn tensor(&mut self, mut span: Span, into: &mut Attributes) {
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (8, Value::Bytes(text)) => {
                    if into.constants.len() < TEXTS {
                        into.constants.push(text);
                    }
                    let bytes = self.wire.take(text, embedded::TEXT);
                    embedded::text(self.member, &into.node, &bytes, self.walk);
                }
                // tensor_content, and the packed numbers of one of the typed fields.
                (4..=7 | 9..=13 | 16 | 17, Value::Bytes(data)) => {
                    embedded::tensor(self.member, &into.node, &self.wire.part(data), self.walk);
                }
                _ => {}
            }
        }
    }
}

/// The node that an input names: `^` stands before a control input, a colon before the number of an output.
fn source_of(input: &[u8]) -> Vec<u8> {
    let input = input.strip_prefix(b"^").unwrap_or(input);
    input.split(|byte| *byte == b':').next().unwrap_or_default().to_vec()
}

/// Whether bytes may be the name of an operator or function (op_def.proto; function names are freer).
fn is_operator(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first.is_ascii_alphanumeric() || *first == b'_')
        && bytes.iter().all(u8::is_ascii_graphic)
}
