//! The stack machine: one `match` per opcode, on abstract values. Calls nothing, imports nothing.
//!
//! It follows CPython's C unpickler (`Modules/_pickle.c`, 3.11) or its Python one (`Lib/pickle.py`), as its [`Flavour`] says.
//! Where a real unpickler would raise only because of what an object is, and that cannot be seen here, it goes on: the effects
//! are then more than the real ones, never fewer.

use crate::extract::embedded;
use crate::extract::mention::Mentions;
use crate::extract::pickle::array::Record;
use crate::extract::pickle::beside::Beside;
use crate::extract::pickle::decode::{Decoder, Fault, Flavour, Operand, Span, Step};
use crate::extract::pickle::effect::Effects;
use crate::extract::pickle::literal;
use crate::extract::pickle::opcode::{self, op};
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Heap, Memo, Value, kind};
use crate::extract::python::Settings;
use crate::extract::source::Source;
use crate::facts::{Ended, EndedKind};
use crate::limits::{Budget, Limits};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

/// `0x1950a86a20f9469cfc6c` as LONG1 holds it (`torch/serialization.py` `MAGIC_NUMBER`).
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// Bytes of the shortest text that mentions something: a scheme, `://` and a host.
const MENTION: u64 = 8;
/// Opcodes between two payments to the budget.
const BATCH: u64 = 1 << 16;

/// How a pickle is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    /// Whose way of reading.
    pub flavour: Flavour,
    /// Whether joblib's arrays are skipped.
    pub joblib: bool,
    /// Whether every item of a list is kept.
    pub keep_all: bool,
}

/// A bytes value that was passed to a call or set as state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    /// It stands in the content.
    Span(Span),
    /// They are the numbers of an array of joblib's.
    Array(Span),
    /// It is the text at this offset, encoded as Latin-1.
    Encoded(u64),
}

/// What became of one stream.
#[derive(Debug)]
pub(super) struct Outcome {
    /// First byte.
    pub start: u64,
    /// Behind the last opcode that was read, or behind the frame that it stands in for those that read a frame at once.
    pub end: u64,
    /// Every argument of PROTO.
    pub protocols: Vec<u8>,
    /// How many opcodes were read.
    pub opcodes: u64,
    /// The effects.
    pub effects: Effects,
    /// Where and why it ended.
    pub ended: Ended,
    /// An error of the operating system.
    pub error: Option<io::Error>,
    /// The limit that was reached.
    pub limit: Option<&'static str>,
    /// Whether another unpickler may read something else.
    pub differs: bool,
    /// Whether a wrapper of joblib was made.
    pub wrappers: bool,
    /// Whether an older wrapper of joblib was made, whose array lies in another file.
    pub old_wrappers: bool,
    /// Files that its objects open by a name that is not plain, sorted so that facts are the same in every run.
    pub beside: BTreeSet<Beside>,
    /// Configurations of MMEngine that it holds, by the offsets of their texts.
    pub settings: BTreeMap<u64, Settings>,
    /// Pickles inside of it: joblib's arrays of objects.
    pub inner: Vec<Outcome>,
    /// Bytes values passed to calls or set as state.
    pub payloads: Vec<Payload>,
    /// Whether a call that a loader would make was seen.
    pub called: bool,
    /// Whether torch's magic number stands in it.
    pub magic: bool,
    /// Element size of torch's storages by key, from persistent ids.
    pub storages: HashMap<Vec<u8>, u64>,
    /// The list of texts that STOP returned, for torch's storage keys.
    pub texts: Option<Vec<Vec<u8>>>,
    /// What its texts mention.
    pub mentions: Mentions,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub(super) decoder: Decoder<'a>,
    pub(super) limits: &'a Limits,
    pub(super) mode: Mode,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo,
    pub(super) heap: Heap,
    pub(super) records: Vec<Record>,
    pub(super) seen: HashSet<Payload>,
    /// Lists whose items are parts of the names of files, and the attributes that have them.
    pub(super) lists: Vec<(&'static str, Value)>,
    pub(super) out: Outcome,
}

impl std::hash::Hash for Payload {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Span(span) | Self::Array(span) => span.start.hash(state),
            Self::Encoded(at) => at.hash(state),
        }
    }
}

pub(super) fn end(kind: EndedKind, what: &'static str) -> Fault {
    Fault::Ended(kind, what)
}

pub(super) const UNDERFLOW: Fault = Fault::Ended(EndedKind::StackUnderflow, "");

impl<'a> Machine<'a> {
    /// A machine at `start`.
    pub(super) fn new(source: &'a Source, start: u64, mode: Mode, limits: &'a Limits) -> Self {
        let mut heap = Heap::new(limits.values);
        heap.keep_all = mode.keep_all;
        Self {
            decoder: Decoder::new(source, start, mode.flavour),
            limits,
            mode,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::new(limits.memo),
            heap,
            records: Vec::new(),
            seen: HashSet::new(),
            lists: Vec::new(),
            out: Outcome {
                start,
                end: start,
                protocols: Vec::new(),
                opcodes: 0,
                effects: Effects::new(limits.text),
                ended: Ended { kind: EndedKind::Truncated, offset: start, opcode: None, what: None },
                error: None,
                limit: None,
                differs: false,
                wrappers: false,
                old_wrappers: false,
                beside: BTreeSet::new(),
                settings: BTreeMap::new(),
                inner: Vec::new(),
                payloads: Vec::new(),
                called: false,
                magic: false,
                storages: HashMap::new(),
                texts: None,
                mentions: Mentions::default(),
            },
        }
    }

    /// Runs to the end of the stream.
    pub(super) fn run(mut self, budget: &mut Budget) -> Outcome {
        let ceiling = usize::try_from(self.limits.stack).unwrap_or(usize::MAX);
        let mut unpaid = 0u64;
        let fault = loop {
            let at = self.decoder.position();
            self.decoder.jumped = false;
            let stopped = match self.decoder.step() {
                Ok(step) => {
                    self.out.opcodes = self.out.opcodes.saturating_add(1);
                    unpaid = unpaid.saturating_add(1);
                    self.perform(step, budget)
                }
                Err(fault) => Err(fault),
            };
            if unpaid >= BATCH || self.out.effects.work >= BATCH {
                let work = std::mem::take(&mut self.out.effects.work);
                if budget.opcodes(std::mem::take(&mut unpaid).saturating_add(work)).is_err() {
                    break (at, self.limit("opcodes"));
                }
            }
            if self.stack.len().max(self.marks.len()) > ceiling {
                break (at, self.limit("stack"));
            }
            if let Err(fault) = stopped {
                break (at, fault);
            }
        };
        // What is left of a batch; at the end of the budget the next stream cannot begin.
        let _ = budget.opcodes(unpaid.saturating_add(self.out.effects.work));
        self.finish(fault.0, fault.1)
    }

    pub(super) fn limit(&mut self, name: &'static str) -> Fault {
        self.out.limit = Some(name);
        end(EndedKind::Limit, name)
    }

    fn finish(mut self, at: u64, fault: Fault) -> Outcome {
        self.beside_lists();
        let byte = self.decoder.bytes_at(at, 1).first().copied();
        self.out.end = match fault {
            Fault::Ended(EndedKind::Stop, _) => self.decoder.behind(),
            _ => at,
        };
        self.out.ended = match fault {
            Fault::Ended(kind, what) => Ended {
                kind,
                offset: at,
                opcode: byte.map(opcode::name),
                what: (!what.is_empty()).then(|| what.to_owned()),
            },
            Fault::Io(error) => {
                let what = Some(error.to_string());
                self.out.error = Some(error);
                Ended { kind: EndedKind::Truncated, offset: at, opcode: None, what }
            }
        };
        self.out.differs |= self.decoder.differs;
        // What lies on the stack is the result, or what a reader of broken content may hold.
        for value in std::mem::take(&mut self.stack) {
            self.heap.pass(value);
        }
        self.out.effects.passed = std::mem::take(&mut self.heap.passed);
        self.out
    }

    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), Fault> {
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<Value, Fault> {
        if self.stack.len() <= self.floor() {
            return Err(UNDERFLOW);
        }
        self.stack.pop().ok_or(UNDERFLOW)
    }

    #[inline]
    pub(super) fn top(&self) -> Result<Value, Fault> {
        if self.stack.len() <= self.floor() {
            return Err(UNDERFLOW);
        }
        self.stack.last().copied().ok_or(UNDERFLOW)
    }

    /// Takes the last mark away and says where it was.
    pub(super) fn mark(&mut self) -> Result<usize, Fault> {
        self.marks.pop().ok_or(end(EndedKind::StackUnderflow, "no MARK"))
    }

    /// The items above the last mark, taken from the stack.
    fn marked(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self.mark()?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn tuple(&mut self, size: usize) -> Result<(), Fault> {
        let start = self.stack.len().checked_sub(size).filter(|start| *start >= self.floor()).ok_or(UNDERFLOW)?;
        if size == 2 {
            self.configurations(start);
        }
        let items = self.stack.get(start..).unwrap_or_default();
        let tuple = self.heap.tuple(items);
        self.stack.truncate(start);
        self.push(tuple)
    }

    /// Says that the unpicklers differ, and which way this one goes.
    pub(super) fn differ(&mut self) -> bool {
        self.out.differs = true;
        self.mode.flavour == Flavour::Python
    }

    pub(super) fn line(&self, span: Span) -> Option<&[u8]> {
        self.decoder.bytes(span)
    }

    fn perform(&mut self, step: Step, budget: &mut Budget) -> Result<(), Fault> {
        match (step.opcode, step.operand) {
            (op::BININT | op::BININT1 | op::BININT2, Operand::Number(number)) => self.push(Value::int(Some(number))),
            (op::BINFLOAT, _) => self.push(Value::FLOAT),
            (op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8, Operand::Bytes(span)) => {
                self.look(step, span);
                self.push_text(step.at)
            }
            (op::BINGET | op::LONG_BINGET, Operand::Number(slot)) => self.load(slot),
            (op::BINPUT | op::LONG_BINPUT, Operand::Number(slot)) => self.store(slot),
            (op::MEMOIZE, _) => {
                let slot = i64::try_from(self.memo.filled()).unwrap_or(i64::MAX);
                self.store(slot)
            }
            (op::MARK, _) => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            (op::NONE, _) => self.push(Value::NONE),
            (op::NEWTRUE | op::NEWFALSE, _) => self.push(Value::BOOL),
            (op::INT | op::LONG | op::FLOAT, Operand::Bytes(span)) => self.number(step.opcode, span),
            (op::LONG1 | op::LONG4, Operand::Bytes(span)) => {
                let bytes = (span.size <= 10).then(|| self.line(span)).flatten().unwrap_or_default();
                let magic = bytes == MAGIC;
                let value = if magic { None } else { literal::long(bytes, span.size) };
                self.out.magic |= magic;
                self.push(Value::int(value))
            }
            (op::STRING | op::BINSTRING | op::SHORT_BINSTRING | op::UNICODE, Operand::Bytes(span)) => {
                self.look(step, span);
                self.text(step, span)
            }
            (op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8, _) => {
                let offset = (!self.decoder.jumped).then_some(step.at);
                self.push(Value::bytes(offset))
            }
            (op::NEXT_BUFFER, _) => self.push(Value::bytes(None)),
            (op::READONLY_BUFFER, _) => self.top().map(|_| ()),
            (op::EMPTY_LIST, _) => self.container(kind::LIST),
            (op::EMPTY_DICT, _) => self.container(kind::DICT),
            (op::EMPTY_SET, _) => self.container(kind::SET),
            (op::LIST | op::FROZENSET, _) => {
                let items = self.marked()?;
                let kind = if step.opcode == op::LIST { kind::LIST } else { kind::SET };
                let container = self.heap.container(kind);
                self.heap.extend(container, &items);
                self.push(container)
            }
            (op::DICT, _) => {
                let start = self.marks.last().copied().unwrap_or(self.stack.len());
                self.configurations(start);
                let items = self.marked()?;
                if items.len() % 2 == 1 {
                    return Err(end(EndedKind::WrongKind, "odd number of items"));
                }
                let dict = self.heap.container(kind::DICT);
                self.heap.set_items(dict, &items);
                self.push(dict)
            }
            (op::EMPTY_TUPLE, _) => self.tuple(0),
            (op::TUPLE1, _) => self.tuple(1),
            (op::TUPLE2, _) => self.tuple(2),
            (op::TUPLE3, _) => self.tuple(3),
            (op::TUPLE, _) => {
                let mark = self.mark()?;
                self.tuple(self.stack.len().saturating_sub(mark))
            }
            (op::APPEND | op::APPENDS | op::ADDITEMS, _) => self.append(step),
            (op::SETITEM | op::SETITEMS, _) => self.set_items(step),
            (op::POP, _) => {
                // A mark on top is popped like a value.
                if self.marks.last().is_some_and(|mark| *mark == self.stack.len()) {
                    self.marks.pop();
                    return Ok(());
                }
                self.pop().map(|_| ())
            }
            (op::POP_MARK, _) => {
                let mark = self.mark()?;
                self.stack.truncate(mark);
                Ok(())
            }
            (op::DUP, _) => {
                let top = self.top()?;
                self.push(top)
            }
            (op::GET | op::PUT, Operand::Bytes(span)) => self.slot(step.opcode, span),
            (op::EXT1 | op::EXT2 | op::EXT4, Operand::Number(code)) => {
                // Code 0 and below: C refuses them at once, Python looks into its table first.
                if code <= 0 && !self.differ() {
                    return Err(end(EndedKind::BadOperand, "an extension code below 1"));
                }
                self.out.effects.extension(step.at, step.opcode, code);
                self.push(Value::extension(code))
            }
            (op::GLOBAL, Operand::Lines(module, name)) => {
                let global = self.global(step, module, name)?;
                self.push(global)
            }
            (op::INST, Operand::Lines(module, name)) => {
                // C wants the mark first, Python imports first.
                if self.marks.is_empty() && !self.differ() {
                    return Err(end(EndedKind::StackUnderflow, "no MARK"));
                }
                let class = self.global(step, module, name)?;
                let arguments = self.marked()?;
                self.call(step, class, &arguments)
            }
            (op::OBJ, _) => {
                let items = self.marked()?;
                let (class, arguments) = items.split_first().ok_or(UNDERFLOW)?;
                self.call(step, *class, arguments)
            }
            (op::STACK_GLOBAL, _) => {
                let name = self.pop()?;
                let module = self.pop()?;
                if !self.may_be_text(name) || !self.may_be_text(module) {
                    return Err(end(EndedKind::WrongKind, "an operand is no str"));
                }
                let global = self.out.effects.stack_import(&self.decoder, step.at, step.opcode, module, name);
                self.push(global)
            }
            (op::REDUCE, _) => {
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.reduce(step, callee, arguments)
            }
            (op::NEWOBJ, _) => {
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.new_object(step, class, arguments, None)
            }
            (op::NEWOBJ_EX, _) => {
                let keywords = self.pop()?;
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.new_object(step, class, arguments, Some(keywords))
            }
            (op::BUILD, _) => {
                let state = self.pop()?;
                let object = self.top()?;
                self.build(step, object, state, budget)
            }
            (op::PROTO, Operand::Number(protocol)) => {
                let protocol = u8::try_from(protocol).unwrap_or(u8::MAX);
                if !self.out.protocols.contains(&protocol) {
                    self.out.protocols.push(protocol);
                }
                if protocol > 5 { Err(end(EndedKind::UnknownProtocol, "")) } else { Ok(()) }
            }
            (op::FRAME, _) => Ok(()),
            (op::PERSID, Operand::Bytes(span)) => {
                if self.line(span).is_some_and(|line| !line.is_ascii()) {
                    return Err(end(EndedKind::BadOperand, "not ASCII"));
                }
                let id = if self.decoder.jumped { Value::UNKNOWN } else { Value::text(step.at) };
                self.persistent(step, id)
            }
            (op::BINPERSID, _) => {
                let id = self.pop()?;
                self.heap.pass(id);
                self.persistent(step, id)
            }
            (op::STOP, _) => {
                let value = self.pop()?;
                self.heap.pass(value);
                self.stop(value);
                Err(end(EndedKind::Stop, ""))
            }
            _ => Err(end(EndedKind::BadOperand, "")),
        }
    }

    /// Looks at what a text mentions. In a frame that was left it stands elsewhere than its opcode.
    fn look(&mut self, step: Step, span: Span) {
        if span.size < MENTION {
            return;
        }
        let line = matches!(step.opcode, op::STRING | op::UNICODE);
        let bytes = match self.decoder.bytes(span) {
            // What is written with escapes is read behind them.
            Some(bytes) if line && bytes.contains(&b'\\') => {
                text::text(&self.decoder, step.at, embedded::TEXT).map(|text| Cow::from(text.bytes))
            }
            Some(bytes) => Some(Cow::from(bytes)),
            None => Some(Cow::from(self.decoder.bytes_at(span.start, span.size.min(embedded::TEXT)))),
        };
        if let Some(bytes) = bytes {
            self.out.mentions.look(&String::from_utf8_lossy(&bytes), || format!("at {}", step.at));
        }
    }

    pub(super) fn push_text(&mut self, at: u64) -> Result<(), Fault> {
        self.push(if self.decoder.jumped { Value::UNKNOWN } else { Value::text(at) })
    }

    fn container(&mut self, kind: u8) -> Result<(), Fault> {
        let container = self.heap.container(kind);
        self.push(container)
    }

    pub(super) fn load(&mut self, slot: i64) -> Result<(), Fault> {
        let value = u64::try_from(slot).ok().and_then(|slot| self.memo.load(slot));
        let value = value.ok_or(end(EndedKind::EmptyMemo, ""))?;
        self.push(value)
    }

    pub(super) fn store(&mut self, slot: i64) -> Result<(), Fault> {
        let value = self.top()?;
        let slot = u64::try_from(slot).map_err(|_| end(EndedKind::BadOperand, "a negative memo slot"))?;
        match self.memo.store(slot, value) {
            Some(()) => Ok(()),
            None => Err(self.limit("memo")),
        }
    }
}
