//! ExecuTorch (schema/program.fbs, extension/flat_tensor/serialize/flat_tensor.fbs, devtools/bundled_program; tables and fields are cited
//! by name): the operators of every method, the backends that a program delegates to and their prepared programs, data segments,
//! tensors beside a program (`.ptd`), and the program inside one that brings its tests. Of tensor data the beginnings are looked at.

#[cfg(test)]
mod tests;

use crate::extract::embedded;
use crate::extract::flatbuffer::{Flat, Table, Vector};
use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, Graph, GraphVersion, MemberId, Origin, Tensor, TensorTable};
use crate::limits::Exhausted;

/// ExecuTorch.
pub(super) struct Executorch;

impl Format for Executorch {
    fn id(&self) -> FormatId {
        FormatId::Executorch
    }

    fn about(&self) -> &'static str {
        "ExecuTorch: operators of every method, delegates and their prepared programs, data segments; .ptd and bundled programs"
    }

    fn claims(&self, window: &Window) -> Claim {
        // The runtime takes any version of its own identifier (runtime/executor/program.cpp, `check_header`).
        if layout(&window.head).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 64)?;
        let Some(layout) = layout(&head) else { return Err(ReadError::malformed("no identifier of ExecuTorch", 4)) };
        let records = walk.limits.records;
        let mut reading = Reading {
            flat: Flat::new(source, walk.limits),
            source,
            operators: Operators::new(records),
            records: usize::try_from(records).unwrap_or(usize::MAX),
            segments: Vec::new(),
            walk,
            member,
        };
        let Some(root) = reading.flat.root() else { return reading.flat.end() };
        match layout {
            Layout::Program => reading.program(root, extended(&head, *b"eh", 16)),
            Layout::Tensors => reading.tensors(root, extended(&head, *b"FH", 24)),
            Layout::Bundled => reading.bundled(root),
        }
        reading.flat.end()
    }
}

/// Which of the three files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `Program`.
    Program,
    /// `FlatTensor`.
    Tensors,
    /// `BundledProgram`.
    Bundled,
}

fn layout(head: &[u8]) -> Option<Layout> {
    match head.get(4..8)? {
        [b'E', b'T', b'0'..=b'9', b'0'..=b'9'] => Some(Layout::Program),
        [b'F', b'T', b'0'..=b'9', b'0'..=b'9'] => Some(Layout::Tensors),
        [b'B', b'P', b'0'..=b'9', b'0'..=b'9'] => Some(Layout::Bundled),
        _ => None,
    }
}

/// Where the segments begin, by the extended header (schema/extended_header.h: magic `eh00` at byte 8, a length, the program's size and
/// this; flat_tensor/flat_tensor_header.h puts an offset before them). `None` without one: then there are no segments.
fn extended(head: &[u8], magic: [u8; 2], at: usize) -> Option<u64> {
    let header = head.get(8..)?;
    header.starts_with(&magic).then_some(())?;
    Reader::new(header.get(at..)?).le_u64().ok()
}

/// A file while it is read.
struct Reading<'a, 'w, 'l> {
    flat: Flat<'a>,
    source: &'a Source,
    operators: Operators,
    records: usize,
    /// The bytes of each segment.
    segments: Vec<Vector>,
    walk: &'w mut Walk<'l>,
    member: MemberId,
}

impl Reading<'_, '_, '_> {
    /// `Program`: `version` 0, `execution_plan` 1, `backend_delegate_data` 3, `segments` 4.
    fn program(&mut self, program: Table, base: Option<u64>) {
        let version = self.flat.number(program, 0, 4, 0);
        let segments = self.flat.tables(program, 4);
        self.segments(segments, base);
        // `constant_buffer` 2, of programs without segments: `Buffer` with `storage` 0.
        let buffers = self.flat.tables(program, 2);
        for index in 0..buffers.count {
            let Some(data) = self.flat.item(buffers, index).and_then(|buffer| self.flat.vector(buffer, 0, 1)) else {
                continue;
            };
            embedded::tensor(self.member, &format!("buffer {index}"), &self.flat.part(data), self.walk);
        }
        let inline = self.flat.tables(program, 3);
        let plans = self.flat.tables(program, 1);
        let mut name = None;
        for index in 0..plans.count {
            let Some(plan) = self.flat.item(plans, index) else { break };
            self.plan(plan, inline, &mut name);
        }
        let operators = std::mem::replace(&mut self.operators, Operators::new(0));
        let (nodes, complete) = (operators.nodes, operators.complete);
        if !complete {
            self.flat.fail(Exhausted("records").into());
        }
        self.walk.graph(Graph {
            member: self.member,
            format: FormatId::Executorch,
            name,
            producer: None,
            versions: vec![GraphVersion { of: "schema".to_owned(), domain: None, version: version.to_string() }],
            nodes,
            operators: operators.finish(|_, _| false),
            complete: complete && self.flat.sound(),
        });
    }

    /// `ExecutionPlan`: `name` 0, `operators` 6, `delegates` 7. A method lists each operator once, however often it is called.
    fn plan(&mut self, plan: Table, inline: Vector, name: &mut Option<String>) {
        let method = self.flat.text(plan, 0, self.walk.limits.text);
        let operators = self.flat.tables(plan, 6);
        for index in 0..operators.count {
            let Some(operator) = self.flat.item(operators, index) else { break };
            // `Operator`: `name` 0, `overload` 1; the kernel is found by both, and the name holds the namespace.
            let text = self.flat.text(operator, 0, self.walk.limits.text).unwrap_or_default();
            let (domain, operator_name) = text.split_once("::").unwrap_or(("", &text));
            let node = method.as_deref();
            self.node(domain, operator_name, "graph", operator.at, node);
        }
        let delegates = self.flat.tables(plan, 7);
        for index in 0..delegates.count {
            let Some(delegate) = self.flat.item(delegates, index) else { break };
            self.delegate(delegate, inline, method.as_deref());
        }
        if name.is_none() {
            *name = method;
        }
    }

    /// `BackendDelegate`: `id` 0, `processed` 1 (`location` 0, `index` 1). Its bytes are the backend's, and a member.
    fn delegate(&mut self, delegate: Table, inline: Vector, method: Option<&str>) {
        let id = self.flat.text(delegate, 0, self.walk.limits.text).unwrap_or_default();
        self.node("delegate", &id, "delegate", delegate.at, method);
        let Some(processed) = self.flat.table(delegate, 1) else { return };
        let location = self.flat.number(processed, 0, 1, 0);
        let index = self.flat.number(processed, 1, 4, 0);
        let bytes = if location == 0 {
            self.flat.item(inline, index).and_then(|data| self.flat.vector(data, 0, 1))
        } else {
            usize::try_from(index).ok().and_then(|index| self.segments.get(index)).copied()
        };
        let Some(bytes) = bytes else {
            self.flat.fail(ReadError::malformed("a delegate whose program is not there", delegate.at));
            return;
        };
        let part = self.flat.part(bytes);
        let entry = Entry { payload: true, ..Entry::default() };
        let name = crate::place::unescape(&id).unwrap_or_default();
        self.walk.member(Some(self.member), &name, Origin::Value, &part, Hash::Payload, entry);
    }

    /// `FlatTensor`: `segments` 1, `named_data` 2, each with `key` 0, `segment_index` 1, `tensor_layout` 2 (`scalar_type` 0, `sizes` 1).
    fn tensors(&mut self, root: Table, base: Option<u64>) {
        let segments = self.flat.tables(root, 1);
        self.segments(segments, base);
        let named = self.flat.tables(root, 2);
        let mut entries = Vec::new();
        for index in 0..named.count {
            let Some(data) = self.flat.item(named, index) else { break };
            if entries.len() >= self.records {
                break;
            }
            let segment = self.flat.number(data, 1, 4, 0);
            let bytes = usize::try_from(segment).ok().and_then(|index| self.segments.get(index)).copied();
            if bytes.is_none() {
                self.depart("segment_index", segment.to_string(), data.at);
            }
            let layout = self.flat.table(data, 2);
            let kind = layout.map(|layout| self.flat.number(layout, 0, 1, 0));
            let sizes = layout.and_then(|layout| self.flat.vector(layout, 1, 4));
            let sizes =
                sizes.map(|sizes| self.flat.take(Vector { count: sizes.count.saturating_mul(4), ..sizes }, 128));
            entries.push(Tensor {
                name: self.flat.text(data, 0, self.walk.limits.text),
                dtype: kind.map_or_else(String::new, |kind| format!("scalar type {kind}")),
                shape: sizes.unwrap_or_default().chunks_exact(4).map(dimension).collect(),
                offset: bytes.map(|bytes| bytes.at),
                size: bytes.map(|bytes| bytes.count),
                file: None,
            });
        }
        self.walk.tensors(TensorTable {
            member: self.member,
            format: FormatId::Executorch,
            count: named.count,
            entries,
            metadata: Vec::new(),
            metadata_count: 0,
        });
    }

    /// `BundledProgram`: `program` 2.
    fn bundled(&mut self, root: Table) {
        match self.flat.vector(root, 2, 1) {
            Some(program) => {
                let part = self.flat.part(program);
                let entry = Entry::default();
                self.walk.member(Some(self.member), b"program", Origin::Value, &part, Hash::Wanted, entry);
            }
            None => self.flat.fail(ReadError::malformed("a bundled program without its program", root.at)),
        }
    }

    /// `DataSegment`: `offset` 0 from the end of the program, `size` 1.
    fn segments(&mut self, segments: Vector, base: Option<u64>) {
        for index in 0..segments.count {
            let Some(segment) = self.flat.item(segments, index) else { break };
            let (offset, size) = (self.flat.number(segment, 0, 8, 0), self.flat.number(segment, 1, 8, 0));
            let at = base.and_then(|base| base.checked_add(offset));
            let whole = at.and_then(|at| at.checked_add(size)).is_some_and(|end| end <= self.source.size());
            if !whole {
                // Without a beginning of the segments there is no place in the file to name.
                let place = at.map_or_else(|| format!("{offset} of the segments"), |at| at.to_string());
                self.walk.deviation(Deviation {
                    name: Some(format!("data segment {index}")),
                    field: Some("offset and size".to_owned()),
                    expected: Some(format!("within {} bytes", self.source.size())),
                    found: Some(format!("{size} bytes at {place}")),
                    offset: Some(segment.at),
                    ..stream::deviation(self.member, FormatId::Executorch, DeviationKind::OutOfRange)
                });
            }
            if let Some(at) = at.filter(|_| whole) {
                let data = self.source.range(at, size);
                embedded::tensor(self.member, &format!("segment {index}"), &data, self.walk);
            }
            // A segment keeps its place, because others name it by its number.
            self.segments.push(Vector { at: at.unwrap_or(u64::MAX), count: if whole { size } else { 0 } });
        }
    }

    fn node(&mut self, domain: &str, operator: &str, place: &'static str, at: u64, name: Option<&str>) {
        self.operators.add(&Node { domain: Some(domain), operator, place, at, name, texts: &[], complete: true });
    }

    fn depart(&mut self, field: &str, found: String, at: u64) {
        self.walk.deviation(Deviation {
            field: Some(field.to_owned()),
            found: Some(found),
            offset: Some(at),
            ..stream::deviation(self.member, FormatId::Executorch, DeviationKind::OutOfRange)
        });
    }
}

fn dimension(bytes: &[u8]) -> u64 {
    let number = <[u8; 4]>::try_from(bytes).map(i32::from_le_bytes).unwrap_or(0);
    u64::try_from(number).unwrap_or(0)
}
