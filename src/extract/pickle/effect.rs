//! Effects to facts: equal imports and calls are grouped, arguments merged, everything bounded with exact counts.

use crate::extract::pickle::decode::Decoder;
use crate::extract::pickle::opcode;
use crate::extract::pickle::text::{self, Text};
use crate::extract::pickle::value::{Heap, POSITIONS, Value, kind, kind_name};
use crate::facts::{Argument, Call, CallKind, Callee, CalleeKind, Extension, Global, Import, PersistentId};
use std::collections::{HashMap, HashSet};

/// Distinct imports, and distinct calls, that are kept of one pickle.
const GROUPS: usize = 4096;
/// Distinct texts or globals that are kept of one argument.
const VALUES: usize = 64;
/// Bytes of text, and records of arguments, that are kept of one pickle's arguments.
const TEXT: usize = 8 << 20;
const RECORDS: usize = 100_000;
/// How deep the items of containers are followed.
const DEPTH: u8 = 3;
/// Globals that are told apart in one pickle; later ones are unknown globals.
const GLOBALS: usize = 65_536;

/// What a global means to the interpreter itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    Plain,
    /// `copyreg.__newobj__`.
    NewObj,
    /// `copyreg.__newobj_ex__`.
    NewObjEx,
    /// `copyreg._reconstructor`.
    Reconstructor,
    /// A built-in class whose `__new__` and `__init__` run no other code.
    Builtin,
    /// joblib's stand-in for an array whose bytes follow.
    Wrapper,
    /// joblib's older stand-in for an array in a file of its own.
    OldWrapper,
    /// `numpy.dtype`.
    Dtype,
    /// `_codecs.encode`.
    Encode,
}

fn role(global: &Global) -> Role {
    let (Some(module), Some(name)) = (&global.module, &global.name) else { return Role::Plain };
    // A name may be dotted from protocol 4 on, so that one object has several spellings.
    let joined = format!("{module}.{name}");
    match joined.as_str() {
        "copyreg.__newobj__" | "copy_reg.__newobj__" => Role::NewObj,
        "copyreg.__newobj_ex__" | "copy_reg.__newobj_ex__" => Role::NewObjEx,
        "copyreg._reconstructor" | "copy_reg._reconstructor" => Role::Reconstructor,
        "_codecs.encode" | "codecs.encode" => Role::Encode,
        joined if joined.ends_with(".NumpyArrayWrapper") => Role::Wrapper,
        joined if joined.ends_with(".NDArrayWrapper") || joined.ends_with(".ZNDArrayWrapper") => Role::OldWrapper,
        joined if joined == "numpy.dtype" || (joined.starts_with("numpy.") && joined.ends_with(".dtype")) => {
            Role::Dtype
        }
        _ => {
            let builtin = matches!(module.as_str(), "builtins" | "__builtin__");
            let class = [
                "object",
                "list",
                "dict",
                "set",
                "frozenset",
                "tuple",
                "int",
                "float",
                "complex",
                "str",
                "bytes",
                "bytearray",
                "unicode",
                "long",
                "bool",
            ];
            if builtin && class.contains(&name.as_str()) { Role::Builtin } else { Role::Plain }
        }
    }
}

/// The globals of a pickle; number 0 is the unknown one.
#[derive(Debug)]
pub(super) struct Globals {
    known: Vec<(Global, Role)>,
    index: HashMap<(Option<String>, Option<String>), u32>,
    /// The numbers by the two operands of STACK_GLOBAL, so that texts are not read again.
    operands: HashMap<(Value, Value), u32>,
}

impl Globals {
    fn new() -> Self {
        let unknown = Global { module: None, name: None, global: None };
        let index = HashMap::from([((None, None), 0)]);
        Self { known: vec![(unknown, Role::Plain)], index, operands: HashMap::new() }
    }

    /// The number of a global.
    fn number(&mut self, module: Option<String>, name: Option<String>) -> u32 {
        let key = (module, name);
        if let Some(number) = self.index.get(&key) {
            return *number;
        }
        if self.known.len() >= GLOBALS {
            return 0;
        }
        let number = u32::try_from(self.known.len()).unwrap_or(0);
        let (module, name) = key.clone();
        let global = module.as_ref().zip(name.as_ref()).map(|(module, name)| join(module, name));
        let global = Global { module, name, global };
        let role = role(&global);
        self.known.push((global, role));
        self.index.insert(key, number);
        number
    }

    /// The global of a number.
    pub(super) fn global(&self, number: u32) -> Option<&Global> {
        usize::try_from(number).ok().and_then(|number| self.known.get(number)).map(|(global, _)| global)
    }

    /// What it means to the interpreter.
    pub(super) fn role(&self, number: u32) -> Role {
        usize::try_from(number).ok().and_then(|number| self.known.get(number)).map_or(Role::Plain, |(_, role)| *role)
    }
}

/// Both as one text, so that no two globals share one.
fn join(module: &str, name: &str) -> String {
    let separator = if name.contains(['.', ':']) || module.contains(':') { ':' } else { '.' };
    format!("{module}{separator}{name}")
}

/// One argument while it is merged.
#[derive(Debug)]
struct Merged {
    kind: u8,
    values: Vec<String>,
    seen: HashSet<Value>,
    distinct: u64,
    complete: bool,
    items: Vec<Merged>,
    keys: Vec<Merged>,
}

impl Merged {
    fn new(kind: u8) -> Self {
        Self {
            kind,
            values: Vec::new(),
            seen: HashSet::new(),
            distinct: 0,
            complete: true,
            items: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn record(self) -> Argument {
        let records = |merged: Vec<Self>| {
            let mut merged = merged;
            merged.sort_by_key(|one| one.kind);
            merged.into_iter().map(Self::record).collect()
        };
        Argument {
            kind: kind_name(self.kind),
            values: self.values,
            distinct: self.distinct,
            complete: self.complete,
            items: records(self.items),
            keys: records(self.keys),
        }
    }
}

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
                self.imports.push(Import { global, opcode: name, offset: at, count: 1, evidence });
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
        let same = |one: &&mut Persistent| {
            one.opcode == opcode
                && one.kind == id.kind()
                && one.parts.iter().map(|part| part.kind).eq(parts.iter().map(|part| part.kind()))
        };
        let mut budget = Budget { limit: self.limit, text: &mut self.text_left, records: &mut self.records_left };
        let index = match self.persistent.iter_mut().position(|mut one| same(&&mut one)) {
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
    pub(super) fn records(self, after_stop: bool) -> Records {
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

/// What may still be kept.
struct Budget<'a> {
    limit: u64,
    text: &'a mut usize,
    records: &'a mut usize,
}

impl Budget<'_> {
    fn record(&mut self, kind: u8) -> Merged {
        let mut merged = Merged::new(kind);
        match self.records.checked_sub(1) {
            Some(left) => *self.records = left,
            None => merged.complete = false,
        }
        merged
    }
}

struct Merger<'a> {
    decoder: &'a Decoder<'a>,
    heap: &'a Heap,
    globals: &'a Globals,
    budget: Budget<'a>,
    work: &'a mut u64,
    reduce_digits: bool,
}

impl Merger<'_> {
    /// Merges a value into the record of its kind, if there is room for one.
    fn merge_into(&mut self, records: &mut Vec<Merged>, value: Value, depth: u8) -> bool {
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

    fn merge(&mut self, merged: &mut Merged, value: Value, depth: u8) {
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
        if merged.distinct > u64::try_from(VALUES).unwrap_or(0) || merged.seen.contains(&value) {
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
        if merged.seen.len() < VALUES.saturating_mul(4) {
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
            Some(left) if merged.values.len() < VALUES => {
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
                whole &= self.merge_into(&mut merged.keys, key, below);
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

/// What stands there, in words near `pickletools`.
fn evidence(decoder: &Decoder<'_>, heap: &Heap, globals: &Globals, call: &Called<'_>, limit: u64) -> String {
    let writer = Writer { decoder, heap, globals };
    let mut out = format!("{}: {} {}", call.at, opcode::name(call.opcode), writer.callee(call.callee));
    match call.kind {
        CallKind::New => out.push_str(".__new__"),
        CallKind::Build => out.push_str(" <- "),
        CallKind::Items => out.push_str(" += "),
        CallKind::Call => {}
    }
    let brackets = matches!(call.kind, CallKind::Call | CallKind::New);
    out.push_str(if brackets { "(" } else { "" });
    match call.arguments {
        Some(arguments) => {
            let hidden = call.arity.is_some_and(|arity| arity > u64::try_from(arguments.len()).unwrap_or(0));
            out.push_str(&writer.list(arguments, 8, 2));
            out.push_str(if hidden { ", ..." } else { "" });
        }
        None => out.push('?'),
    }
    if let Some(keywords) = call.keywords {
        out.push_str(", **");
        out.push_str(&writer.value(keywords, 2));
    }
    out.push_str(if brackets { ")" } else { "" });
    match out.char_indices().nth(usize::try_from(limit).unwrap_or(usize::MAX)) {
        Some((end, _)) => format!("{}...", out.get(..end).unwrap_or_default()),
        None => out,
    }
}

struct Writer<'a> {
    decoder: &'a Decoder<'a>,
    heap: &'a Heap,
    globals: &'a Globals,
}

impl Writer<'_> {
    fn global(&self, value: Value) -> String {
        let global = self.globals.global(value.maker()).and_then(|global| global.global.clone());
        global.unwrap_or_else(|| "?".to_owned())
    }

    fn callee(&self, value: Value) -> String {
        match value.kind() {
            kind::GLOBAL => self.global(value),
            _ => self.value(value, 2),
        }
    }

    fn list(&self, values: &[Value], most: usize, depth: u8) -> String {
        let mut out = Vec::new();
        for value in values.iter().take(most) {
            out.push(self.value(*value, depth));
        }
        if values.len() > most {
            out.push("...".to_owned());
        }
        out.join(", ")
    }

    fn value(&self, value: Value, depth: u8) -> String {
        match value.kind() {
            kind::NONE => "None".to_owned(),
            kind::BOOL => "bool".to_owned(),
            kind::INT => value.as_int().map_or_else(|| "int".to_owned(), |int| int.to_string()),
            kind::FLOAT => "float".to_owned(),
            kind::TEXT => {
                let text = value.offset().and_then(|offset| text::text(self.decoder, offset, 120));
                text.map_or_else(|| "text".to_owned(), |text| format!("'{}'", text.shown()))
            }
            kind::BYTES => "bytes".to_owned(),
            kind::GLOBAL => self.global(value),
            kind::INSTANCE => format!("{}.__new__(...)", self.global(value)),
            kind::RESULT => format!("{}(...)", self.global(value)),
            kind::PERSISTENT => "persistent".to_owned(),
            kind::EXTENSION => format!("extension {}", value.code()),
            kind::UNKNOWN => "?".to_owned(),
            kind @ (kind::TUPLE | kind::LIST | kind::SET | kind::DICT) => self.container(value, kind, depth),
            _ => "?".to_owned(),
        }
    }

    fn container(&self, value: Value, kind: u8, depth: u8) -> String {
        let (open, close) = match kind {
            kind::TUPLE => ("(", ")"),
            kind::LIST => ("[", "]"),
            _ => ("{", "}"),
        };
        let Some(depth) = depth.checked_sub(1) else { return format!("{open}...{close}") };
        let inner = if kind == kind::DICT {
            let cells: Vec<Value> = self.heap.cells(value).take(16).collect();
            let pairs: Vec<String> = cells
                .chunks_exact(2)
                .map(|pair| pair.iter().map(|value| self.value(*value, depth)).collect::<Vec<_>>().join(": "))
                .collect();
            pairs.join(", ")
        } else {
            match self.heap.elements(value) {
                Some(elements) => self.list(elements, 8, depth),
                None => self.list(&self.heap.cells(value).take(9).collect::<Vec<_>>(), 8, depth),
            }
        };
        format!("{open}{inner}{close}")
    }
}
