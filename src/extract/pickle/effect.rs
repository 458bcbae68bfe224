//! Effects to facts: equal imports and calls are grouped, arguments merged, everything bounded with exact counts.

use crate::extract::pickle::argument::{Budget, Merged, Merger, VALUES};
use crate::extract::pickle::decode::Decoder;
use crate::extract::pickle::evidence::evidence;
use crate::extract::pickle::global::{GLOBALS, Globals};
use crate::extract::pickle::opcode;
use crate::extract::pickle::text::{self, Text};
use crate::extract::pickle::value::{Heap, POSITIONS, Value, kind, kind_name};
use crate::facts::{Call, CallKind, Callee, CalleeKind, Extension, Global, Import, PersistentId};
use std::collections::{HashMap, HashSet};

/// Distinct imports, and distinct calls, that are kept of one pickle.
const GROUPS: usize = 2048;
/// Bytes of text, and records of arguments, that are kept of one pickle's arguments.
const TEXT: usize = 8 << 20;
const RECORDS: usize = 100_000;

/// What tells calls apart.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
struct Key {
    kind: CallKind,
    opcode: u8,
    callee: CalleeKind,
    maker: u32,
    arity: Option<u64>,
    kinds: Vec<u8>,
    keywords: Option<u8>,
}

#[derive(Debug)]
struct Group {
    key: Key,
    offset: u64,
    count: u64,
    arguments: Vec<Merged>,
    keywords: Option<Merged>,
    evidence: String,
}

#[derive(Debug)]
struct Persistent {
    opcode: u8,
    offset: u64,
    count: u64,
    kind: u8,
    parts: Vec<Merged>,
}

/// A call as the machine sees it.
#[derive(Debug)]
pub(super) struct Called<'a> {
    /// How.
    pub kind: CallKind,
    /// Offset of the opcode.
    pub at: u64,
    /// Its byte.
    pub opcode: u8,
    /// What is called, or whose method is.
    pub callee: Value,
    /// The arguments; `None` when they are not known.
    pub arguments: Option<&'a [Value]>,
    /// How many; `None` when that is not known.
    pub arity: Option<u64>,
    /// Keyword arguments.
    pub keywords: Option<Value>,
}

/// The effects of one pickle.
#[derive(Debug)]
pub(super) struct Effects {
    /// Its globals.
    pub globals: Globals,
    imports: Vec<Import>,
    import_index: HashMap<(u8, u32), usize>,
    calls: Vec<Group>,
    call_index: HashMap<Key, usize>,
    persistent: Vec<Persistent>,
    extensions: Vec<Extension>,
    limit: u64,
    text_left: usize,
    records_left: usize,
    /// Globals, by number, that are more than callees.
    pub passed: HashSet<u32>,
    /// Whether a group was not kept.
    pub cut: bool,
    /// Units of work that were done, to be charged as opcodes.
    pub work: u64,
}

/// The facts of one pickle's effects.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Records {
    pub imports: Vec<Import>,
    pub calls: Vec<Call>,
    pub persistent: Vec<PersistentId>,
    pub extensions: Vec<Extension>,
}

impl Effects {
    /// No effects yet; texts are cut to `limit` bytes.
    pub(super) fn new(limit: u64) -> Self {
        Self {
            globals: Globals::new(),
            imports: Vec::new(),
            import_index: HashMap::new(),
            calls: Vec::new(),
            call_index: HashMap::new(),
            persistent: Vec::new(),
            extensions: Vec::new(),
            limit,
            text_left: TEXT,
            records_left: RECORDS,
            passed: HashSet::new(),
            cut: false,
            work: 0,
        }
    }

    /// An import by GLOBAL or INST.
    pub(super) fn import(&mut self, at: u64, opcode: u8, module: &Text, name: &Text) -> Value {
        let number = self.globals.number(Some(module.shown()), Some(name.shown()));
        self.imported(at, opcode, number)
    }

    /// An import by STACK_GLOBAL. An operand that is no text, or not known, gives an unknown part.
    pub(super) fn stack_import(
        &mut self,
        decoder: &Decoder<'_>,
        at: u64,
        opcode: u8,
        module: Value,
        name: Value,
    ) -> Value {
        let number = match self.globals.operands.get(&(module, name)) {
            Some(number) => *number,
            None => {
                self.work = self.work.saturating_add(16);
                let part = |value: Value| {
                    let offset = (value.kind() == kind::TEXT).then(|| value.offset()).flatten()?;
                    text::text(decoder, offset, self.limit).map(|text| text.shown())
                };
                let number = self.globals.number(part(module), part(name));
                if self.globals.operands.len() < GLOBALS {
                    self.globals.operands.insert((module, name), number);
                }
                number
            }
        };
        self.imported(at, opcode, number)
    }

    fn imported(&mut self, at: u64, opcode: u8, number: u32) -> Value {
        let full = self.imports.len() >= GROUPS;
        let held = self.import_index.get(&(opcode, number)).copied();
        match held.and_then(|index| self.imports.get_mut(index)) {
            Some(import) => import.count = import.count.saturating_add(1),
            None if full => self.cut = true,
            None => {
                let Some(global) = self.globals.global(number).cloned() else { return Value::UNKNOWN };
                let unknown = |part: &Option<String>| part.clone().unwrap_or_else(|| "?".to_owned());
                let name = opcode::name(opcode);
                let evidence = format!("{at}: {name} '{} {}'", unknown(&global.module), unknown(&global.name));
                self.import_index.insert((opcode, number), self.imports.len());
                self.imports.push(Import { global, opcode: name, offset: at, count: 1, passed: false, evidence });
            }
        }
        Value::global(number)
    }

    /// How many imports and calls there are so far.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.imports.len(), self.calls.len())
    }

    /// Records a call. Of more arguments than [`POSITIONS`] the first are kept.
    pub(super) fn call(&mut self, decoder: &Decoder<'_>, heap: &Heap, call: &Called<'_>) {
        let arguments = call.arguments.unwrap_or_default();
        let arguments = arguments.get(..arguments.len().min(POSITIONS)).unwrap_or_default();
        let items = call.kind == CallKind::Items;
        let key = Key {
            kind: call.kind,
            opcode: call.opcode,
            callee: callee_kind(call.callee),
            maker: call.callee.maker(),
            arity: call.arity,
            kinds: if items { Vec::new() } else { arguments.iter().map(|value| value.kind()).collect() },
            keywords: call.keywords.map(Value::kind),
        };
        self.work = self.work.saturating_add(4);
        let index = match self.call_index.get(&key) {
            Some(index) => *index,
            None if self.calls.len() >= GROUPS => {
                self.cut = true;
                return;
            }
            None => {
                let index = self.calls.len();
                let mut budget =
                    Budget { limit: self.limit, text: &mut self.text_left, records: &mut self.records_left };
                let merged = |budget: &mut Budget<'_>, value: &Value| budget.record(value.kind());
                let group = Group {
                    evidence: evidence(decoder, heap, &self.globals, call, self.limit),
                    offset: call.at,
                    count: 0,
                    arguments: if items {
                        Vec::new()
                    } else {
                        arguments.iter().map(|value| merged(&mut budget, value)).collect()
                    },
                    keywords: call.keywords.map(|value| merged(&mut budget, &value)),
                    key: key.clone(),
                };
                self.calls.push(group);
                self.call_index.insert(key, index);
                index
            }
        };
        let Some(group) = self.calls.get_mut(index) else { return };
        let mut merger = Merger {
            decoder,
            heap,
            globals: &self.globals,
            budget: Budget { limit: self.limit, text: &mut self.text_left, records: &mut self.records_left },
            work: &mut self.work,
            reduce_digits: false,
        };
        group.count = group.count.saturating_add(1);
        if items {
            for value in call.arguments.unwrap_or_default() {
                merger.merge_into(&mut group.arguments, *value, 0);
            }
        } else {
            for (merged, value) in group.arguments.iter_mut().zip(arguments) {
                merger.merge(merged, *value, 0);
            }
        }
        if let (Some(merged), Some(value)) = (&mut group.keywords, call.keywords) {
            merger.merge(merged, value, 0);
        }
    }

    /// Records a persistent id.
    pub(super) fn persistent(&mut self, decoder: &Decoder<'_>, heap: &Heap, at: u64, opcode: u8, id: Value) {
        let parts: &[Value] = match heap.elements(id) {
            Some(parts) => parts,
            None => &[id],
        };
        self.work = self.work.saturating_add(4);
        let same = |one: &Persistent| {
            one.opcode == opcode
                && one.kind == id.kind()
                && one.parts.iter().map(|part| part.kind).eq(parts.iter().map(|part| part.kind()))
        };
        let mut budget = Budget { limit: self.limit, text: &mut self.text_left, records: &mut self.records_left };
        let index = match self.persistent.iter().position(same) {
            Some(index) => index,
            None if self.persistent.len() >= VALUES => {
                self.cut = true;
                return;
            }
            None => {
                let parts = parts.iter().map(|part| budget.record(part.kind())).collect();
                self.persistent.push(Persistent { opcode, offset: at, count: 0, kind: id.kind(), parts });
                self.persistent.len().saturating_sub(1)
            }
        };
        let Some(group) = self.persistent.get_mut(index) else { return };
        group.count = group.count.saturating_add(1);
        let mut merger =
            Merger { decoder, heap, globals: &self.globals, budget, work: &mut self.work, reduce_digits: true };
        for (merged, part) in group.parts.iter_mut().zip(parts) {
            merger.merge(merged, *part, 0);
        }
        if let Some(summary) = heap.summary(id).filter(|_| id.kind() == kind::TUPLE)
            && let Some(last) = group.parts.last_mut()
        {
            // More parts than are kept by position.
            last.complete &= summary.size <= u64::try_from(POSITIONS).unwrap_or(0);
        }
    }

    /// Records an extension code.
    pub(super) fn extension(&mut self, at: u64, opcode: u8, code: i64) {
        let name = opcode::name(opcode);
        let full = self.extensions.len() >= VALUES;
        match self.extensions.iter_mut().find(|one| one.code == code && one.opcode == name) {
            Some(one) => one.count = one.count.saturating_add(1),
            None if full => self.cut = true,
            None => self.extensions.push(Extension { opcode: name, code, offset: at, count: 1 }),
        }
    }

    /// The facts. `after_stop` is the same for all calls of one stream.
    pub(super) fn records(mut self, after_stop: bool) -> Records {
        for ((_, number), index) in &self.import_index {
            if let Some(import) = self.imports.get_mut(*index) {
                import.passed = self.passed.contains(number);
            }
        }
        let globals = self.globals;
        let calls = self.calls.into_iter().map(|group| {
            let mut arguments: Vec<Merged> = group.arguments;
            if group.key.kind == CallKind::Items {
                arguments.sort_by_key(|one| one.kind);
            }
            Call {
                kind: group.key.kind,
                callee: Callee {
                    kind: group.key.callee,
                    global: globals.global(group.key.maker).cloned().unwrap_or(Global {
                        module: None,
                        name: None,
                        global: None,
                    }),
                },
                opcode: opcode::name(group.key.opcode),
                offset: group.offset,
                count: group.count,
                arity: group.key.arity,
                arguments: arguments.into_iter().map(Merged::record).collect(),
                keywords: group.keywords.map(Merged::record),
                evidence: group.evidence,
                after_stop,
            }
        });
        let persistent = self.persistent.into_iter().map(|one| PersistentId {
            opcode: opcode::name(one.opcode),
            offset: one.offset,
            count: one.count,
            kind: kind_name(one.kind),
            parts: one.parts.into_iter().map(Merged::record).collect(),
        });
        Records {
            calls: calls.collect(),
            persistent: persistent.collect(),
            imports: self.imports,
            extensions: self.extensions,
        }
    }
}

/// The kind of a callee in facts.
pub(super) fn callee_kind(value: Value) -> CalleeKind {
    match value.kind() {
        kind::GLOBAL => CalleeKind::Global,
        kind::INSTANCE => CalleeKind::Instance,
        kind::RESULT => CalleeKind::Result,
        kind::PERSISTENT => CalleeKind::Persistent,
        kind::EXTENSION => CalleeKind::Extension,
        kind::UNKNOWN => CalleeKind::Unknown,
        _ => CalleeKind::Literal,
    }
}
