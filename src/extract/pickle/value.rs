//! Values on the pickle's stack: eight bytes each. A text is a position in the source, a container a bounded summary in the
//! [`Heap`]; nothing owns anything else, so that nesting and sharing cost nothing.

use crate::facts::ValueKind;
use std::collections::HashSet;

/// Kind of a value, as its lowest four bits.
pub(super) mod kind {
    pub(in crate::extract::pickle) const NONE: u8 = 0;
    pub(in crate::extract::pickle) const BOOL: u8 = 1;
    pub(in crate::extract::pickle) const INT: u8 = 2;
    pub(in crate::extract::pickle) const FLOAT: u8 = 3;
    pub(in crate::extract::pickle) const TEXT: u8 = 4;
    pub(in crate::extract::pickle) const BYTES: u8 = 5;
    pub(in crate::extract::pickle) const TUPLE: u8 = 6;
    pub(in crate::extract::pickle) const LIST: u8 = 7;
    pub(in crate::extract::pickle) const DICT: u8 = 8;
    pub(in crate::extract::pickle) const SET: u8 = 9;
    pub(in crate::extract::pickle) const GLOBAL: u8 = 10;
    pub(in crate::extract::pickle) const INSTANCE: u8 = 11;
    pub(in crate::extract::pickle) const RESULT: u8 = 12;
    pub(in crate::extract::pickle) const PERSISTENT: u8 = 13;
    pub(in crate::extract::pickle) const EXTENSION: u8 = 14;
    pub(in crate::extract::pickle) const UNKNOWN: u8 = 15;
}

/// The kind's name in facts.
pub(super) fn kind_name(kind: u8) -> ValueKind {
    match kind {
        kind::NONE => ValueKind::None,
        kind::BOOL => ValueKind::Bool,
        kind::INT => ValueKind::Int,
        kind::FLOAT => ValueKind::Float,
        kind::TEXT => ValueKind::Text,
        kind::BYTES => ValueKind::Bytes,
        kind::TUPLE => ValueKind::Tuple,
        kind::LIST => ValueKind::List,
        kind::DICT => ValueKind::Dict,
        kind::SET => ValueKind::Set,
        kind::GLOBAL => ValueKind::Global,
        kind::INSTANCE => ValueKind::Instance,
        kind::RESULT => ValueKind::Result,
        kind::PERSISTENT => ValueKind::Persistent,
        kind::EXTENSION => ValueKind::Extension,
        _ => ValueKind::Unknown,
    }
}

/// A value: four bits of kind, sixty of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Value(u64);

const NIL: u64 = u64::MAX >> 4;
const MAKER: u64 = (1 << 24) - 1;

impl Value {
    pub(super) const NONE: Self = Self::new(kind::NONE, 0);
    pub(super) const BOOL: Self = Self::new(kind::BOOL, 0);
    pub(super) const FLOAT: Self = Self::new(kind::FLOAT, 0);
    pub(super) const UNKNOWN: Self = Self::new(kind::UNKNOWN, 0);
    /// Marks a memo slot that was never filled.
    pub(super) const EMPTY: Self = Self::new(kind::UNKNOWN, NIL);

    #[inline]
    const fn new(kind: u8, payload: u64) -> Self {
        #[expect(clippy::as_conversions, reason = "u64::from is not const; a widening cast loses nothing")]
        let kind = kind as u64;
        Self((payload << 4) | kind)
    }

    /// Its kind.
    #[inline]
    pub(super) fn kind(self) -> u8 {
        self.0.to_le_bytes()[0] & 0xf
    }

    #[inline]
    fn payload(self) -> u64 {
        self.0 >> 4
    }

    /// An int; one that does not fit is known as an int only.
    #[inline]
    pub(super) fn int(value: Option<i64>) -> Self {
        let small = value.filter(|value| (-(1 << 57)..(1 << 57)).contains(value));
        let payload = small.map_or(0, |value| (value.cast_unsigned().wrapping_shl(1) | 1) & NIL);
        Self::new(kind::INT, payload)
    }

    /// The int's value, when it is known.
    pub(super) fn as_int(self) -> Option<i64> {
        let payload = self.payload();
        // Sign-extend the 59 bits above the flag.
        (self.kind() == kind::INT && payload & 1 == 1).then(|| payload.wrapping_shl(4).cast_signed() >> 5)
    }

    /// A text whose opcode stands at `offset`.
    #[inline]
    pub(super) fn text(offset: u64) -> Self {
        Self::new(kind::TEXT, offset & NIL)
    }

    /// A bytes value whose opcode stands at `offset`; `None` for one that is not in the content.
    pub(super) fn bytes(offset: Option<u64>) -> Self {
        Self::new(kind::BYTES, offset.unwrap_or(NIL))
    }

    /// Offset of the opcode of a text or bytes value.
    pub(super) fn offset(self) -> Option<u64> {
        let payload = self.payload();
        (matches!(self.kind(), kind::TEXT | kind::BYTES) && payload != NIL).then_some(payload)
    }

    /// A container without a record: its content is not known.
    pub(super) fn opaque(kind: u8) -> Self {
        Self::new(kind, NIL)
    }

    fn container(kind: u8, node: usize) -> Self {
        Self::new(kind, u64::try_from(node).unwrap_or(NIL))
    }

    fn node(self) -> Option<usize> {
        let payload = self.payload();
        let container = matches!(self.kind(), kind::TUPLE | kind::LIST | kind::DICT | kind::SET);
        (container && payload != NIL).then(|| usize::try_from(payload).ok()).flatten()
    }

    /// A global.
    pub(super) fn global(index: u32) -> Self {
        Self::made(kind::GLOBAL, index, 0)
    }

    /// An instance or a result of a global, or the class that a persistent id of torch names, with the number of a record about
    /// it (0: none).
    pub(super) fn made(kind: u8, maker: u32, record: u32) -> Self {
        Self::new(kind, (u64::from(record) << 24) | (u64::from(maker) & MAKER))
    }

    /// The global that it is, or that made it; 0 is the unknown one.
    pub(super) fn maker(self) -> u32 {
        let made = matches!(self.kind(), kind::GLOBAL | kind::INSTANCE | kind::RESULT | kind::PERSISTENT);
        if made { u32::try_from(self.payload() & MAKER).unwrap_or(0) } else { 0 }
    }

    /// The record about an instance or result; 0 without one.
    pub(super) fn record(self) -> u32 {
        let made = matches!(self.kind(), kind::INSTANCE | kind::RESULT);
        if made { u32::try_from(self.payload() >> 24).unwrap_or(0) } else { 0 }
    }

    /// An object of an extension code.
    pub(super) fn extension(code: i64) -> Self {
        Self::new(kind::EXTENSION, code.cast_unsigned() & NIL)
    }

    /// The extension code.
    pub(super) fn code(self) -> u64 {
        self.payload()
    }

    /// Whether it is a plain value, which no opcode can call.
    pub(super) fn is_literal(self) -> bool {
        self.kind() <= kind::SET
    }
}

/// Elements of a tuple that are kept by position.
pub(super) const POSITIONS: usize = 16;
/// Items of a list, set or dict that are kept.
const KEPT: u32 = 1024;
/// Tuple elements, and items of other containers, that are kept over the whole pickle (8 and 16 bytes each).
const ELEMENTS: usize = 3_000_000;

/// What is known of a container.
#[derive(Debug, Default, Clone, Copy)]
struct Node {
    /// How many items were put in (a dict's overwritten keys count too).
    size: u32,
    /// One bit a kind of item (of value, for a dict).
    kinds: u16,
    /// One bit a kind of a dict's keys.
    keys: u16,
    /// A tuple: first element. Others: first cell + 1, or 0.
    head: u32,
    /// Last cell + 1, or 0.
    tail: u32,
    /// How many elements or cells are kept.
    kept: u32,
    /// Whether something that matters was not kept.
    cut: bool,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    value: Value,
    next: u32,
}

/// The containers of one pickle.
#[derive(Debug)]
pub(super) struct Heap {
    nodes: Vec<Node>,
    elements: Vec<Value>,
    cells: Vec<Cell>,
    ceiling: usize,
    /// Keeps every item of every list: for the list of a torch legacy file's storage keys.
    pub keep_all: bool,
    /// Globals, by number, that were put into a container or passed on.
    pub passed: HashSet<u32>,
}

/// What is known of a container.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    /// How many items it was given.
    pub size: u64,
    /// One bit a kind of item (of value, for a dict).
    pub kinds: u16,
    /// One bit a kind of a dict's keys.
    pub keys: u16,
    /// Whether every item that is not just of a kind (None, bool, int, float) is kept.
    pub complete: bool,
}

fn bit(value: Value) -> u16 {
    1u16.checked_shl(value.kind().into()).unwrap_or(0)
}

/// Values of these kinds say all by their kind.
fn plain(value: Value) -> bool {
    value.kind() <= kind::FLOAT
}

impl Heap {
    /// An empty heap that keeps records of at most `ceiling` containers.
    pub(super) fn new(ceiling: u64) -> Self {
        let ceiling = usize::try_from(ceiling).unwrap_or(usize::MAX);
        Self {
            nodes: Vec::new(),
            elements: Vec::new(),
            cells: Vec::new(),
            ceiling,
            keep_all: false,
            passed: HashSet::new(),
        }
    }

    /// Notes that a value is used otherwise than as a callee.
    pub(super) fn pass(&mut self, value: Value) {
        if value.kind() == kind::GLOBAL {
            self.passed.insert(value.maker());
        }
    }

    fn push(&mut self, kind: u8, node: Node) -> Value {
        if self.nodes.len() >= self.ceiling {
            return Value::opaque(kind);
        }
        self.nodes.push(node);
        Value::container(kind, self.nodes.len().saturating_sub(1))
    }

    /// A tuple of these items.
    pub(super) fn tuple(&mut self, items: &[Value]) -> Value {
        items.iter().for_each(|item| self.pass(*item));
        let head = self.elements.len();
        let room = ELEMENTS.saturating_sub(head);
        let kept = items.get(..items.len().min(POSITIONS).min(room)).unwrap_or_default();
        let mut node = Node {
            size: u32::try_from(items.len()).unwrap_or(u32::MAX),
            head: u32::try_from(head).unwrap_or(0),
            kept: u32::try_from(kept.len()).unwrap_or(0),
            ..Node::default()
        };
        for (index, item) in items.iter().enumerate() {
            node.kinds |= bit(*item);
            node.cut |= index >= kept.len() && !plain(*item);
        }
        if self.nodes.len() < self.ceiling {
            self.elements.extend_from_slice(kept);
        }
        self.push(kind::TUPLE, node)
    }

    /// An empty list, dict or set.
    pub(super) fn container(&mut self, kind: u8) -> Value {
        self.push(kind, Node::default())
    }

    /// Puts items into a list or set.
    pub(super) fn extend(&mut self, container: Value, items: &[Value]) {
        items.iter().for_each(|item| self.pass(*item));
        let keep_all = self.keep_all;
        let Some(node) = container.node().and_then(|node| self.nodes.get_mut(node)) else { return };
        for item in items {
            node.size = node.size.saturating_add(1);
            node.kinds |= bit(*item);
            if !plain(*item) {
                if (node.kept < KEPT || keep_all) && self.cells.len() < ELEMENTS {
                    link(node, &mut self.cells, *item);
                } else {
                    node.cut = true;
                }
            }
        }
    }

    /// Puts pairs of keys and values into a dict.
    pub(super) fn set_items(&mut self, container: Value, pairs: &[Value]) {
        pairs.iter().for_each(|value| self.pass(*value));
        let Some(node) = container.node().and_then(|node| self.nodes.get_mut(node)) else { return };
        for pair in pairs.chunks_exact(2) {
            let [key, value] = pair else { continue };
            node.size = node.size.saturating_add(1);
            node.keys |= bit(*key);
            node.kinds |= bit(*value);
            if !plain(*key) || !plain(*value) {
                if node.kept < KEPT.saturating_mul(2) && self.cells.len() < ELEMENTS {
                    link(node, &mut self.cells, *key);
                    link(node, &mut self.cells, *value);
                } else {
                    node.cut = true;
                }
            }
        }
    }

    /// What is known of a container; `None` when nothing is.
    pub(super) fn summary(&self, container: Value) -> Option<Summary> {
        let node = self.nodes.get(container.node()?)?;
        Some(Summary { size: node.size.into(), kinds: node.kinds, keys: node.keys, complete: !node.cut })
    }

    /// The elements of a tuple that are kept, from its first one.
    pub(super) fn elements(&self, tuple: Value) -> Option<&[Value]> {
        if tuple.kind() != kind::TUPLE {
            return None;
        }
        let node = self.nodes.get(tuple.node()?)?;
        let start = usize::try_from(node.head).ok()?;
        self.elements.get(start..start.saturating_add(usize::try_from(node.kept).ok()?))
    }

    /// The kept items of a list or set, or the keys and values of a dict by turns.
    pub(super) fn cells(&self, container: Value) -> Cells<'_> {
        let head = match container.kind() {
            kind::TUPLE => 0,
            _ => container.node().and_then(|node| self.nodes.get(node)).map_or(0, |node| node.head),
        };
        Cells { heap: self, next: head }
    }
}

fn link(node: &mut Node, cells: &mut Vec<Cell>, value: Value) {
    cells.push(Cell { value, next: 0 });
    let number = u32::try_from(cells.len()).unwrap_or(0);
    let last = usize::try_from(node.tail).unwrap_or(0).checked_sub(1).and_then(|last| cells.get_mut(last));
    match last {
        Some(last) => last.next = number,
        None => node.head = number,
    }
    node.tail = number;
    node.kept = node.kept.saturating_add(1);
}

/// The kept items of a container.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    heap: &'a Heap,
    next: u32,
}

impl Iterator for Cells<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let cell = self.heap.cells.get(usize::try_from(self.next).ok()?.checked_sub(1)?)?;
        self.next = cell.next;
        Some(cell.value)
    }
}

/// The memo: dense from slot 0, with the few far slots aside.
#[derive(Debug)]
pub(super) struct Memo {
    dense: Vec<Value>,
    sparse: std::collections::HashMap<u64, Value>,
    filled: u64,
    ceiling: u64,
}

impl Memo {
    /// Far slots at most: their map costs several times a dense slot.
    const SPARSE: usize = 250_000;
    /// How far behind the last slot a new one may lie and still be kept densely.
    const GAP: u64 = 4096;

    /// An empty memo of at most `ceiling` slots.
    pub(super) fn new(ceiling: u64) -> Self {
        Self { dense: Vec::new(), sparse: std::collections::HashMap::new(), filled: 0, ceiling }
    }

    /// How many slots are filled: the slot that MEMOIZE fills next.
    pub(super) fn filled(&self) -> u64 {
        self.filled
    }

    /// What a slot holds.
    #[inline]
    pub(super) fn load(&self, slot: u64) -> Option<Value> {
        match usize::try_from(slot).ok().and_then(|slot| self.dense.get(slot)) {
            Some(value) if *value != Value::EMPTY => Some(*value),
            _ => self.sparse.get(&slot).copied(),
        }
    }

    /// Fills a slot; `None` when the memo is full.
    #[inline]
    pub(super) fn store(&mut self, slot: u64, value: Value) -> Option<()> {
        let size = u64::try_from(self.dense.len()).unwrap_or(u64::MAX);
        if slot == size && slot < self.ceiling && self.sparse.is_empty() {
            self.dense.push(value);
            self.filled = self.filled.saturating_add(1);
            return Some(());
        }
        if slot >= size && slot.saturating_sub(size) <= Self::GAP && slot < self.ceiling {
            self.dense.resize(usize::try_from(slot).ok()?.saturating_add(1), Value::EMPTY);
        }
        let held = self.sparse.remove(&slot).is_some();
        let fresh = match usize::try_from(slot).ok().and_then(|slot| self.dense.get_mut(slot)) {
            Some(place) => std::mem::replace(place, value) == Value::EMPTY && !held,
            None if self.sparse.len() >= Self::SPARSE => return None,
            None => {
                self.sparse.insert(slot, value);
                !held
            }
        };
        if fresh {
            self.filled = self.filled.saturating_add(1);
        }
        (self.filled <= self.ceiling).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_eight_bytes_and_keeps_its_payload() {
        assert_eq!(size_of::<Value>(), 8);
        for number in [0, 1, -1, 7, -8, 1 << 56, -(1 << 57), (1 << 57) - 1] {
            assert_eq!(Value::int(Some(number)).as_int(), Some(number), "{number}");
        }
        assert_eq!(Value::int(Some(i64::MAX)).as_int(), None);
        assert_eq!(Value::int(None).as_int(), None);
        assert_eq!(Value::text(1 << 40).offset(), Some(1 << 40));
        let made = Value::made(kind::RESULT, 77, 12);
        assert_eq!((made.kind(), made.maker(), made.record()), (kind::RESULT, 77, 12));
    }

    #[test]
    fn the_memo_counts_filled_slots_once() {
        let mut memo = Memo::new(100);
        for slot in [5, 0, 5, 1 << 40, 1 << 40] {
            memo.store(slot, Value::NONE).unwrap();
        }
        assert_eq!(memo.filled(), 3);
        assert_eq!(memo.load(1 << 40), Some(Value::NONE));
        assert_eq!(memo.load(1), None);
        let mut small = Memo::new(2);
        assert!(small.store(0, Value::NONE).is_some() && small.store(1, Value::NONE).is_some());
        assert!(small.store(2, Value::NONE).is_none() || small.store(3, Value::NONE).is_none());
    }

    #[test]
    fn containers_keep_what_matters() {
        let mut heap = Heap::new(10);
        let list = heap.container(kind::LIST);
        let items: Vec<Value> = (0..2000).map(Value::text).collect();
        heap.extend(list, &items);
        let summary = heap.summary(list).unwrap();
        assert_eq!((summary.size, summary.complete), (2000, false));
        assert_eq!(heap.cells(list).count(), 1024);
        let dict = heap.container(kind::DICT);
        heap.set_items(dict, &[Value::text(3), Value::int(Some(5)), Value::int(Some(1)), Value::FLOAT]);
        assert_eq!(heap.cells(dict).collect::<Vec<_>>(), [Value::text(3), Value::int(Some(5))]);
        let tuple = heap.tuple(&[Value::NONE, list]);
        assert_eq!(heap.elements(tuple).unwrap(), [Value::NONE, list]);
    }
}
