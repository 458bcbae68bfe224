//! Arguments of equal calls, merged: each keeps its distinct texts and globals, bounded, and says whether that is all.

use crate::extract::pickle::decode::Decoder;
use crate::extract::pickle::global::Globals;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Heap, Value, kind, kind_name};
use crate::facts::Argument;
use std::collections::HashSet;

/// Distinct texts or globals that are kept of one argument.
pub(super) const VALUES: usize = 64;
/// Distinct keys that are kept of a dict: as many as [`Heap`] keeps, so that a condition on a state's keys can hold.
const KEYS: usize = 1024;
/// How deep the items of containers are followed.
const DEPTH: u8 = 3;

/// One argument while it is merged.
#[derive(Debug)]
pub(super) struct Merged {
    pub kind: u8,
    most: usize,
    values: Vec<String>,
    seen: HashSet<Value>,
    distinct: u64,
    pub complete: bool,
    items: Vec<Merged>,
    keys: Vec<Merged>,
}

impl Merged {
    fn new(kind: u8) -> Self {
        Self {
            kind,
            most: VALUES,
            values: Vec::new(),
            seen: HashSet::new(),
            distinct: 0,
            complete: true,
            items: Vec::new(),
            keys: Vec::new(),
        }
    }

    pub(super) fn record(self) -> Argument {
        let records = |mut merged: Vec<Self>| -> Vec<Argument> {
            merged.sort_by_key(|one| one.kind);
            merged.into_iter().map(Self::record).collect()
        };
        let (items, keys) = (records(self.items), records(self.keys));
        Argument {
            kind: kind_name(self.kind),
            values: self.values,
            distinct: self.distinct,
            // A state's keys decide what it sets: a condition that looks at the dict's record only must not be fooled.
            complete: self.complete && keys.iter().all(|one| one.complete),
            items,
            keys,
        }
    }
}

/// What may still be kept.
pub(super) struct Budget<'a> {
    /// Bytes of one text.
    pub limit: u64,
    /// Bytes of all texts.
    pub text: &'a mut usize,
    /// Records.
    pub records: &'a mut usize,
}

impl Budget<'_> {
    pub(super) fn record(&mut self, kind: u8) -> Merged {
        let mut merged = Merged::new(kind);
        match self.records.checked_sub(1) {
            Some(left) => *self.records = left,
            None => merged.complete = false,
        }
        merged
    }
}

/// Merges values into records.
pub(super) struct Merger<'a> {
    pub decoder: &'a Decoder<'a>,
    pub heap: &'a Heap,
    pub globals: &'a Globals,
    pub budget: Budget<'a>,
    /// Units of work that were done.
    pub work: &'a mut u64,
    /// Whether a text of digits is kept as `<digits>`.
    pub reduce_digits: bool,
}

impl Merger<'_> {
    /// Merges a value into the record of its kind, if there is room for one.
    pub(super) fn merge_into(&mut self, records: &mut Vec<Merged>, value: Value, depth: u8) -> bool {
        *self.work = self.work.saturating_add(1);
        if let Some(merged) = records.iter_mut().find(|one| one.kind == value.kind()) {
            self.merge(merged, value, depth);
            return true;
        }
        if *self.budget.records == 0 {
            return false;
        }
        let mut merged = self.budget.record(value.kind());
        self.merge(&mut merged, value, depth);
        records.push(merged);
        true
    }

    /// Merges a dict's key; more of them are kept than of other values.
    fn merge_key(&mut self, records: &mut Vec<Merged>, key: Value, depth: u8) -> bool {
        if key.kind() == kind::TEXT && !records.iter().any(|one| one.kind == kind::TEXT) && *self.budget.records > 0 {
            let mut merged = self.budget.record(kind::TEXT);
            merged.most = KEYS;
            records.push(merged);
        }
        self.merge_into(records, key, depth)
    }

    /// Merges a value into a record of its kind.
    pub(super) fn merge(&mut self, merged: &mut Merged, value: Value, depth: u8) {
        match value.kind() {
            kind::TEXT | kind::GLOBAL | kind::INSTANCE | kind::RESULT | kind::EXTENSION => {
                self.merge_value(merged, value);
            }
            kind::TUPLE | kind::LIST | kind::SET | kind::DICT => self.merge_container(merged, value, depth),
            kind::UNKNOWN => merged.complete = false,
            _ => {}
        }
    }

    fn merge_value(&mut self, merged: &mut Merged, value: Value) {
        if merged.distinct > u64::try_from(merged.most).unwrap_or(0) || merged.seen.contains(&value) {
            return;
        }
        let text = match value.kind() {
            kind::TEXT => {
                *self.work = self.work.saturating_add(8);
                value.offset().and_then(|offset| text::text(self.decoder, offset, self.budget.limit)).map(|text| {
                    // Keys that are digits say nothing: torch numbers its storages.
                    let digits = !text.bytes.is_empty() && text.bytes.iter().all(u8::is_ascii_digit);
                    if digits && self.reduce_digits { "<digits>".to_owned() } else { text.shown() }
                })
            }
            kind::EXTENSION => Some(value.code().to_string()),
            _ => self.globals.global(value.maker()).and_then(|global| global.global.clone()),
        };
        if merged.seen.len() < merged.most.saturating_mul(4) {
            merged.seen.insert(value);
        }
        let Some(text) = text else {
            merged.complete = false;
            return;
        };
        if merged.values.contains(&text) {
            return;
        }
        merged.distinct = merged.distinct.saturating_add(1);
        match self.budget.text.checked_sub(text.len()) {
            Some(left) if merged.values.len() < merged.most => {
                *self.budget.text = left;
                merged.values.push(text);
            }
            _ => merged.complete = false,
        }
    }

    fn merge_container(&mut self, merged: &mut Merged, value: Value, depth: u8) {
        let Some(summary) = self.heap.summary(value) else {
            merged.complete = false;
            return;
        };
        if depth >= DEPTH {
            merged.complete &= summary.size == 0;
            return;
        }
        merged.complete &= summary.complete;
        let below = depth.saturating_add(1);
        let mut whole = true;
        if value.kind() == kind::DICT {
            let mut cells = self.heap.cells(value);
            while let (Some(key), Some(item)) = (cells.next(), cells.next()) {
                whole &= self.merge_key(&mut merged.keys, key, below);
                whole &= self.merge_into(&mut merged.items, item, below);
            }
            whole &= self.merge_kinds(&mut merged.keys, summary.keys);
        } else if let Some(elements) = self.heap.elements(value) {
            for element in elements {
                whole &= self.merge_into(&mut merged.items, *element, below);
            }
        } else {
            for item in self.heap.cells(value) {
                whole &= self.merge_into(&mut merged.items, item, below);
            }
        }
        whole &= self.merge_kinds(&mut merged.items, summary.kinds);
        merged.complete &= whole;
    }

    /// Makes a record for every kind that was seen; the plain kinds have no other trace.
    fn merge_kinds(&mut self, records: &mut Vec<Merged>, kinds: u16) -> bool {
        let mut whole = true;
        for kind in kind::NONE..=kind::UNKNOWN {
            let seen = kinds.checked_shr(kind.into()).unwrap_or(0) & 1 == 1;
            if seen && !records.iter().any(|one| one.kind == kind) {
                if *self.budget.records == 0 {
                    whole = false;
                    continue;
                }
                let mut merged = self.budget.record(kind);
                // Only plain kinds say all by their kind; of another the values were not kept.
                merged.complete &= kind <= kind::FLOAT;
                records.push(merged);
            }
        }
        whole
    }
}
