//! TFLite (schema.fbs; tables and fields are cited by name): every operator of every subgraph, built-in, custom and of TensorFlow
//! (`Flex`), tensors and where their data lies, and the files that external buffers name. Of tensor data the beginnings are looked at.

mod builtin;
mod flex;
#[cfg(test)]
mod tests;
mod texts;

use crate::extract::elsewhere::Range;
use crate::extract::embedded;
use crate::extract::flatbuffer::{Flat, Table, Vector};
use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{
    Deviation, DeviationKind, FormatId, Graph, GraphVersion, Leads, MemberId, Reference, ReferenceKind, Tensor,
    TensorTable,
};
use crate::limits::Exhausted;
use builtin::BUILTIN;
use std::sync::Arc;

/// TFLite.
pub(super) struct Tflite;

/// `BuiltinOperator.CUSTOM`: the operator is named by `custom_code`.
const CUSTOM: u64 = 32;
/// Bytes of one operator's options that are looked at; those of a Flex operator hold one node of TensorFlow, with its constant if it is one.
const OPTIONS: u64 = 1 << 20;
/// Dimensions that are kept of a shape.
const RANK: u64 = 32;
/// The longest path that is followed (PATH_MAX of Linux, limits.h).
const PATH: u64 = 4_096;

impl Format for Tflite {
    fn id(&self) -> FormatId {
        FormatId::Tflite
    }

    fn about(&self) -> &'static str {
        "TFLite: every operator of every subgraph, custom and Flex too; tensors, their data, external buffers; texts, options, metadata"
    }

    fn claims(&self, window: &Window) -> Claim {
        // The identifier is optional for some readers; without it nothing tells the file from other bytes.
        if window.has_at(4, b"TFL3") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let records = usize::try_from(walk.limits.records).unwrap_or(usize::MAX);
        let mut reading = Reading {
            flat: Flat::new(source, walk.limits),
            size: source.size(),
            operators: Operators::new(walk.limits.records),
            records,
            walk,
            member,
            codes: Vec::new(),
            buffers: Vector { at: 0, count: 0 },
            tensors: table(member),
        };
        if let Some(model) = reading.flat.root() {
            reading.model(model);
        }
        let Reading { flat, operators, tensors, walk, .. } = reading;
        let (complete, sound) = (operators.complete, flat.sound());
        if let Some(at) = walk.tables.graphs.iter().rposition(|graph| graph.member == member) {
            let graph = walk.tables.graphs.remove(at);
            let (nodes, operators) = (operators.nodes, operators.finish(|_, _| false));
            walk.graph(Graph { nodes, operators, complete: complete && sound, ..graph });
        }
        walk.tensors(tensors);
        flat.end()?;
        if complete { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

fn table(member: MemberId) -> TensorTable {
    TensorTable {
        member,
        format: FormatId::Tflite,
        count: 0,
        entries: Vec::new(),
        metadata: Vec::new(),
        metadata_count: 0,
    }
}

/// An entry of `operator_codes`: whether it is custom, and its name.
#[derive(Debug, Clone)]
struct Code {
    custom: bool,
    name: String,
}

/// A model while it is read.
struct Reading<'a, 'w, 'l> {
    flat: Flat<'a>,
    size: u64,
    operators: Operators,
    records: usize,
    walk: &'w mut Walk<'l>,
    member: MemberId,
    codes: Vec<Code>,
    buffers: Vector,
    tensors: TensorTable,
}

impl Reading<'_, '_, '_> {
    /// `Model`: `version` 0, `operator_codes` 1, `subgraphs` 2, `description` 3, `buffers` 4, `metadata` 6, `external_buffer_groups` 8.
    fn model(&mut self, model: Table) {
        let version = self.flat.number(model, 0, 4, 0);
        let producer = self.flat.text(model, 3, self.walk.limits.text).filter(|text| !text.is_empty());
        if let Some(description) = self.flat.vector(model, 3, 1) {
            let text = self.flat.take(description, embedded::TEXT);
            embedded::text(self.member, "description", &text, self.walk);
        }
        self.walk.graph(Graph {
            member: self.member,
            format: FormatId::Tflite,
            name: None,
            producer,
            versions: vec![GraphVersion { of: "schema".to_owned(), domain: None, version: version.to_string() }],
            nodes: 0,
            operators: Vec::new(),
            complete: false,
        });
        let codes = self.flat.tables(model, 1);
        for index in 0..codes.count {
            let code = self.flat.item(codes, index);
            // A code that cannot be read keeps its place, because operators name them by their number.
            let code =
                code.map_or_else(|| Code { custom: false, name: "unreadable".to_owned() }, |code| self.code(code));
            if self.codes.len() >= self.records {
                self.flat.fail(Exhausted("records").into());
                break;
            }
            self.codes.push(code);
        }
        self.buffers = self.flat.tables(model, 4);
        self.check_buffers();
        let subgraphs = self.flat.tables(model, 2);
        for index in 0..subgraphs.count {
            let Some(subgraph) = self.flat.item(subgraphs, index) else { continue };
            self.subgraph(subgraph, index);
            if !self.flat.sound() {
                break;
            }
        }
        self.signatures(model, subgraphs.count);
        self.metadata(model);
        self.external(model);
    }

    /// `OperatorCode`: `deprecated_builtin_code` 0 (8 bits), `custom_code` 1, `builtin_code` 3. The larger number counts
    /// (tensorflow/compiler/mlir/lite/schema/schema_utils.cc, `GetBuiltinCode`).
    fn code(&mut self, code: Table) -> Code {
        let number = self.flat.number(code, 0, 1, 0).max(self.flat.number(code, 3, 4, 0));
        if number == CUSTOM {
            let name = self.flat.text(code, 1, self.walk.limits.text).unwrap_or_default();
            self.named(code, 1, "custom_code");
            return Code { custom: true, name };
        }
        let known = usize::try_from(number).ok().and_then(|number| BUILTIN.get(number));
        Code { custom: false, name: known.map_or_else(|| format!("builtin {number}"), |name| (*name).to_owned()) }
    }

    /// `Buffer`: `data` 0, or `offset` 1 and `size` 2 for data behind the flatbuffer. A file has thousands.
    fn check_buffers(&mut self) {
        for index in 0..self.buffers.count {
            let Some(buffer) = self.flat.item(self.buffers, index) else { break };
            let Some((at, size)) = self.data(buffer, Some(index)) else { continue };
            embedded::tensor(
                self.member,
                &format!("buffer {index}"),
                &self.flat.part(Vector { at, count: size }),
                self.walk,
            );
        }
    }

    /// Where the data of a buffer lies. `note` is its number when a departure is to be told.
    fn data(&mut self, buffer: Table, note: Option<u64>) -> Option<(u64, u64)> {
        let (offset, size) = (self.flat.number(buffer, 1, 8, 0), self.flat.number(buffer, 2, 8, 0));
        // 0 and 1 mean that the data is inside (schema.fbs, `Buffer`).
        if offset > 1 {
            if offset.checked_add(size).is_none_or(|end| end > self.size)
                && let Some(index) = note
            {
                self.walk.deviation(Deviation {
                    name: Some(format!("buffer {index}")),
                    field: Some("offset and size".to_owned()),
                    expected: Some(format!("within {} bytes", self.size)),
                    found: Some(format!("{size} bytes at {offset}")),
                    ..stream::deviation(self.member, FormatId::Tflite, DeviationKind::OutOfRange)
                });
            }
            return Some((offset, size));
        }
        let data = self.flat.vector(buffer, 0, 1)?;
        Some((data.at, data.count))
    }

    /// `SubGraph`: `tensors` 0, `operators` 3, `name` 4.
    fn subgraph(&mut self, subgraph: Table, index: u64) {
        let place = if index == 0 { "graph" } else { "subgraph" };
        if index == 0 {
            let name = self.flat.text(subgraph, 4, self.walk.limits.text).filter(|name| !name.is_empty());
            let graphs = &mut self.walk.tables.graphs;
            if let Some(graph) = graphs.last_mut().filter(|graph| graph.member == self.member) {
                graph.name = name;
            }
        }
        self.named(subgraph, 4, "subgraph");
        let operators = self.flat.tables(subgraph, 3);
        for index in 0..operators.count {
            let Some(operator) = self.flat.item(operators, index) else { break };
            self.operator(operator, place);
        }
        let tensors = self.flat.tables(subgraph, 0);
        for index in 0..tensors.count {
            let Some(tensor) = self.flat.item(tensors, index) else { break };
            self.tensor(tensor);
        }
    }

    /// `Operator`: `opcode_index` 0, `custom_options` 5, and for those behind the flatbuffer `large_custom_options_offset` 9 and `_size` 10.
    fn operator(&mut self, operator: Table, place: &'static str) {
        let index = self.flat.number(operator, 0, 4, 0);
        let Some(code) = usize::try_from(index).ok().and_then(|index| self.codes.get(index)).cloned() else {
            self.flat.fail(ReadError::malformed("an operator without an operator code", operator.at));
            return;
        };
        let domain = code.custom.then_some("custom");
        self.node(domain, &code.name, place, operator.at);
        self.second_options(operator, place);
        if !code.custom {
            return;
        }
        let large = Vector { at: self.flat.number(operator, 9, 8, 0), count: self.flat.number(operator, 10, 8, 0) };
        let inside = large.at.checked_add(large.count).is_some_and(|end| end <= self.size);
        let options = if large.at > 1 { Some(large).filter(|_| inside) } else { self.flat.vector(operator, 5, 1) };
        if let Some(options) = options {
            self.options(options, &code.name);
        }
        if !code.name.starts_with("Flex") {
            return;
        }
        // TensorFlow's delegate runs what stands in the options, whatever the code says (lite/delegates/flex/kernel.cc).
        let bytes = options.filter(|options| options.count <= OPTIONS).and_then(|options| {
            // A small file may name the same options for each of its operators.
            self.walk.budget.decoded(options.count).map_err(|limit| self.flat.fail(limit.into())).ok()?;
            Some(self.flat.take(options, OPTIONS))
        });
        match bytes.and_then(|bytes| flex::names(&bytes)) {
            Some(names) => {
                for name in names {
                    let name = format!("Flex{}", crate::place::escape_cut(&name, 512));
                    if name != code.name {
                        self.node(domain, &name, place, operator.at);
                    }
                }
            }
            None => self.flat.fail(ReadError::malformed("a Flex operator whose node cannot be read", operator.at)),
        }
    }

    fn node(&mut self, domain: Option<&str>, operator: &str, place: &'static str, at: u64) {
        self.operators.add(&Node { domain, operator, place, at, name: None, texts: &[], complete: true });
    }

    /// `Tensor`: `shape` 0, `type` 1, `buffer` 2, `name` 3.
    fn tensor(&mut self, tensor: Table) {
        self.named(tensor, 3, "tensor");
        let buffer = self.flat.number(tensor, 2, 4, 0);
        if buffer >= self.buffers.count && buffer != 0 {
            self.depart(DeviationKind::OutOfRange, String::new(), "buffer", buffer.to_string());
            return;
        }
        // Buffer 0 is empty by definition: such tensors are computed.
        let Some(buffer) = (buffer > 0).then(|| self.flat.item(self.buffers, buffer)).flatten() else { return };
        let Some((offset, size)) = self.data(buffer, None).filter(|(_, size)| *size > 0) else { return };
        self.tensors.count = self.tensors.count.saturating_add(1);
        if self.tensors.entries.len() >= self.records {
            return;
        }
        let name = self.flat.text(tensor, 3, self.walk.limits.text);
        let number = self.flat.number(tensor, 1, 1, 0);
        let dtype = usize::try_from(number).ok().and_then(|number| TYPES.get(number));
        let shape = self.flat.vector(tensor, 0, 4).map(|shape| self.flat.take(shape4(shape), RANK.saturating_mul(4)));
        self.tensors.entries.push(Tensor {
            name,
            dtype: dtype.map_or_else(|| format!("type {number}"), |name| (*name).to_owned()),
            shape: shape.unwrap_or_default().chunks_exact(4).map(dimension).collect(),
            offset: Some(offset),
            size: Some(size),
            file: None,
        });
    }

    /// `ExternalBufferGroup`: `name` 0, the file in the model's folder that holds external buffers.
    fn external(&mut self, model: Table) {
        let groups = self.flat.tables(model, 8);
        let mut files = Vec::new();
        for index in 0..groups.count {
            let Some(group) = self.flat.item(groups, index) else { break };
            let name = self.flat.vector(group, 0, 1);
            let target = name.map(|name| self.flat.take(name, PATH)).unwrap_or_default();
            if files.len() < self.records {
                files.push(target.clone());
            }
            let Some(name) = name else { continue };
            let record = Reference {
                member: self.member,
                format: FormatId::Tflite,
                kind: ReferenceKind::ExternalData,
                by: "external-buffer".to_owned(),
                name: None,
                target: String::new(),
                leads: if name.count > PATH { Leads::Invalid } else { Leads::Unknown },
                to: None,
                offset: Some(name.at),
                count: 1,
            };
            self.walk.reference(record, &target);
        }
        self.external_buffers(model, &files);
    }

    /// `ExternalBuffer`: `group` 1, `offset` 2, `length` 3, in the files of the groups.
    fn external_buffers(&mut self, model: Table, files: &[Vec<u8>]) {
        let buffers = self.flat.tables(model, 9);
        for index in 0..buffers.count {
            let Some(buffer) = self.flat.item(buffers, index) else { break };
            let group = self.flat.number(buffer, 1, 4, 0);
            let (at, size) = (self.flat.number(buffer, 2, 8, 0), self.flat.number(buffer, 3, 8, 0));
            let Some(target) = usize::try_from(group).ok().and_then(|group| files.get(group)) else { continue };
            let name = format!("buffer {index}");
            let range =
                Range { member: self.member, target: Arc::default(), name, at, size: Some(size), record: false };
            self.walk.elsewhere(target, range);
        }
    }

    fn depart(&mut self, kind: DeviationKind, name: String, field: &str, found: String) {
        self.walk.deviation(Deviation {
            name: Some(name).filter(|name| !name.is_empty()),
            field: Some(field.to_owned()),
            found: Some(found),
            ..stream::deviation(self.member, FormatId::Tflite, kind)
        });
    }
}

/// A vector of 32-bit numbers as the bytes that they are.
fn shape4(vector: Vector) -> Vector {
    Vector { count: vector.count.saturating_mul(4), ..vector }
}

fn dimension(bytes: &[u8]) -> u64 {
    let number = <[u8; 4]>::try_from(bytes).map(i32::from_le_bytes).unwrap_or(0);
    u64::try_from(number).unwrap_or(0)
}

/// `TensorType`, in the order of its numbers.
const TYPES: &[&str] = &[
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
    "FLOAT64",
    "COMPLEX128",
    "UINT64",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT16",
    "INT4",
    "BFLOAT16",
    "INT2",
    "UINT4",
];
