//! `NodeDef` and `AttrValue` (node_def.proto, attr_value.proto).

use super::paths::{self, Seen};
use super::{PATH, Reading};
use crate::extract::embedded;
use crate::extract::format::operators::Node;
use crate::extract::protobuf::{Span, Value, is_name};
use crate::facts::{Leads, ReferenceKind};
use crate::limits::Exhausted;

/// Texts that are kept of one node's attributes.
const TEXTS: usize = 64;
/// Operators of a node, and values of an attribute, that are read where one may stand.
const REPEATED: usize = 16;
/// Inputs of a node that are kept: a function has as many arguments as a model has weights.
const INPUTS: usize = 4_096;
/// Attributes that are paths, of operators that read the file (data_flow_ops.cc, candidate_sampling_ops.cc, decode_proto_ops.cc).
const FILES: &[&str] = &["memory_region_name", "vocab_file", "file_pattern", "filename", "descriptor_source"];

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
    /// What stands between texts that are joined.
    separator: Option<Span>,
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
                    if operators.len() < REPEATED {
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
            let seen = Seen {
                operator: &text,
                shown: &shown,
                name: &name,
                inputs: &inputs,
                cut: seen > INPUTS,
                texts: attributes.constants.iter().map(|text| self.wire.take(*text, PATH)).collect(),
                separator: attributes.separator.map(|text| self.wire.take(text, PATH)).unwrap_or_default(),
                functions: &attributes.calls,
                at,
            };
            self.see(seen);
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
            let by = format!("attribute {attribute}");
            if FILES.contains(&&*attribute) {
                // What messages are made of may stand in the process, or in the attribute itself.
                let own = [&b""[..], b"local://"].contains(&&*target) || target.starts_with(b"bytes://");
                if !own {
                    self.refer(ReferenceKind::File, Leads::Unknown, &by, Some(&shown), &target, text.at);
                }
            } else if target.windows(3).any(|three| three == b"://") {
                // Logging goes to the standard error output by default; only an address is a place.
                self.refer(ReferenceKind::Url, Leads::Unknown, &by, Some(&shown), &target, text.at);
            }
        }
    }

    /// An entry of `attr`: `key` 1, `value` 2, an `AttrValue`.
    fn attribute(&mut self, mut span: Span, into: &mut Attributes) {
        let (mut key, mut values) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = self.text(text),
                (2, Value::Bytes(value)) if values.len() < REPEATED => values.push(value),
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
        if matches!(key, "debug_urls" | "output_stream") || FILES.contains(&key) {
            into.places.push((key.to_owned(), text));
        } else if key == "separator" {
            into.separator = Some(text);
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
                    if into.constants.len() < paths::TEXTS {
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

/// Whether bytes may be the name of an operator or function (op_def.proto; function names are freer).
fn is_operator(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first.is_ascii_alphanumeric() || *first == b'_')
        && bytes.iter().all(u8::is_ascii_graphic)
}
