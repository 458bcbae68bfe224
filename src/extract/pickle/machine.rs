//! The stack machine: one `match` per opcode, on abstract values. Calls nothing, imports nothing.
//!
//! It follows CPython's C unpickler (`Modules/_pickle.c`, 3.11) or its Python one (`Lib/pickle.py`), as its [`Flavour`] says.
//! Where a real unpickler would raise only because of what an object is, and that cannot be seen here, it goes on: the effects
//! are then more than the real ones, never fewer.

use crate::extract::pickle::array::{Dtype, Follows, Record, Wrapper};
use crate::extract::pickle::decode::{Decoder, Fault, Flavour, Operand, Span, Step};
use crate::extract::pickle::effect::{Called, Effects, Role};
use crate::extract::pickle::number;
use crate::extract::pickle::opcode::{self, op};
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Heap, Memo, Value, kind};
use crate::extract::source::Source;
use crate::facts::{CallKind, CalleeKind, Ended, EndedKind};
use crate::limits::{Budget, Limits};
use std::collections::{HashMap, HashSet};
use std::io;

/// `0x1950a86a20f9469cfc6c` as LONG1 holds it (`torch/serialization.py` `MAGIC_NUMBER`).
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// Opcodes between two payments to the budget.
const BATCH: u64 = 1 << 16;
/// Bytes values passed to calls that are remembered.
const PAYLOADS: usize = 500_000;
/// Objects that are followed (dtypes, wrappers, encoded texts).
const RECORDS: usize = 1_000_000;
/// Bytes of a payload that no format could be told by.
const TINY: u64 = 8;

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
    /// It is the text at this offset, encoded as Latin-1.
    Encoded(u64),
}

/// What became of one stream.
#[derive(Debug)]
pub(super) struct Outcome {
    /// First byte.
    pub start: u64,
    /// Behind the last opcode that was read.
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
}

/// The machine.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    decoder: Decoder<'a>,
    limits: &'a Limits,
    mode: Mode,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: Memo,
    heap: Heap,
    records: Vec<Record>,
    seen: HashSet<Payload>,
    out: Outcome,
}

impl std::hash::Hash for Payload {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Span(span) => span.start.hash(state),
            Self::Encoded(at) => at.hash(state),
        }
    }
}

fn end(kind: EndedKind, what: &'static str) -> Fault {
    Fault::Ended(kind, what)
}

const UNDERFLOW: Fault = Fault::Ended(EndedKind::StackUnderflow, "");

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
                inner: Vec::new(),
                payloads: Vec::new(),
                called: false,
                magic: false,
                storages: HashMap::new(),
                texts: None,
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

    fn limit(&mut self, name: &'static str) -> Fault {
        self.out.limit = Some(name);
        end(EndedKind::Limit, name)
    }

    fn finish(mut self, at: u64, fault: Fault) -> Outcome {
        let byte = self.decoder.bytes_at(at, 1).first().copied();
        self.out.end = match fault {
            Fault::Ended(EndedKind::Stop, _) => self.decoder.position(),
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
        self.out
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[inline]
    fn push(&mut self, value: Value) -> Result<(), Fault> {
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    fn pop(&mut self) -> Result<Value, Fault> {
        if self.stack.len() <= self.floor() {
            return Err(UNDERFLOW);
        }
        self.stack.pop().ok_or(UNDERFLOW)
    }

    #[inline]
    fn top(&self) -> Result<Value, Fault> {
        if self.stack.len() <= self.floor() {
            return Err(UNDERFLOW);
        }
        self.stack.last().copied().ok_or(UNDERFLOW)
    }

    /// Takes the last mark away and says where it was.
    fn mark(&mut self) -> Result<usize, Fault> {
        self.marks.pop().ok_or(end(EndedKind::StackUnderflow, "no MARK"))
    }

    /// The items above the last mark, taken from the stack.
    fn marked(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self.mark()?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn tuple(&mut self, size: usize) -> Result<(), Fault> {
        let start = self.stack.len().checked_sub(size).filter(|start| *start >= self.floor()).ok_or(UNDERFLOW)?;
        let items = self.stack.get(start..).unwrap_or_default();
        let tuple = self.heap.tuple(items);
        self.stack.truncate(start);
        self.push(tuple)
    }

    /// Says that the unpicklers differ, and which way this one goes.
    fn differ(&mut self) -> bool {
        self.out.differs = true;
        self.mode.flavour == Flavour::Python
    }

    fn line(&self, span: Span) -> Option<&[u8]> {
        self.decoder.bytes(span)
    }

    fn perform(&mut self, step: Step, budget: &mut Budget) -> Result<(), Fault> {
        match (step.opcode, step.operand) {
            (op::BININT | op::BININT1 | op::BININT2, Operand::Number(number)) => self.push(Value::int(Some(number))),
            (op::BINFLOAT, _) => self.push(Value::FLOAT),
            (op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8, _) => self.push_text(step.at),
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
                let value = if magic { None } else { long(bytes, span.size) };
                self.out.magic |= magic;
                self.push(Value::int(value))
            }
            (op::STRING | op::BINSTRING | op::SHORT_BINSTRING | op::UNICODE, Operand::Bytes(span)) => {
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
                self.persistent(step, id)
            }
            (op::STOP, _) => {
                let value = self.pop()?;
                self.stop(value);
                Err(end(EndedKind::Stop, ""))
            }
            _ => Err(end(EndedKind::BadOperand, "")),
        }
    }

    fn push_text(&mut self, at: u64) -> Result<(), Fault> {
        self.push(if self.decoder.jumped { Value::UNKNOWN } else { Value::text(at) })
    }

    fn container(&mut self, kind: u8) -> Result<(), Fault> {
        let container = self.heap.container(kind);
        self.push(container)
    }

    fn load(&mut self, slot: i64) -> Result<(), Fault> {
        let value = u64::try_from(slot).ok().and_then(|slot| self.memo.load(slot));
        let value = value.ok_or(end(EndedKind::EmptyMemo, ""))?;
        self.push(value)
    }

    fn store(&mut self, slot: i64) -> Result<(), Fault> {
        let value = self.top()?;
        let slot = u64::try_from(slot).map_err(|_| end(EndedKind::BadOperand, "a negative memo slot"))?;
        match self.memo.store(slot, value) {
            Some(()) => Ok(()),
            None => Err(self.limit("memo")),
        }
    }

    /// GET and PUT.
    fn slot(&mut self, opcode: u8, span: Span) -> Result<(), Fault> {
        let Some(line) = self.line(span) else {
            return Err(end(EndedKind::BadOperand, "a memo slot's text is too long"));
        };
        let (c, python) = (number::slot_c(line), number::slot_python(line));
        let differs = c != python;
        let slot = if self.mode.flavour == Flavour::Python { python } else { c };
        self.out.differs |= differs;
        let slot = slot.ok_or(end(EndedKind::BadOperand, "a memo slot that is no number"))?;
        // Slots over 63 bits: C refuses them, Python takes them.
        let Some(slot) = slot else {
            return if self.differ() {
                Err(self.limit("memo"))
            } else {
                Err(end(EndedKind::BadOperand, "over 63 bits"))
            };
        };
        if opcode == op::GET { self.load(slot) } else { self.store(slot) }
    }

    /// INT, LONG and FLOAT.
    fn number(&mut self, opcode: u8, span: Span) -> Result<(), Fault> {
        let (c, python, value) = match self.line(span) {
            // Longer than the window: not looked into, taken as a number.
            None => (true, true, None),
            Some(line) => match opcode {
                op::INT => {
                    let (c, python) = (number::int_c(line), number::int_python(line));
                    let value = if self.mode.flavour == Flavour::Python { python } else { c };
                    if let Some(value) = value.filter(|value| number::is_bool(line, *value)) {
                        self.out.differs |= c != python;
                        let _ = value;
                        return self.push(Value::BOOL);
                    }
                    (c.is_some(), python.is_some(), value.flatten())
                }
                op::LONG => {
                    let (c, python) = (number::long_c(line), number::long_python(line));
                    let value = if self.mode.flavour == Flavour::Python { python } else { c };
                    (c.is_some(), python.is_some(), value.flatten())
                }
                _ => (number::float_c(line), number::float_python(line), None),
            },
        };
        self.out.differs |= c != python;
        let taken = if self.mode.flavour == Flavour::Python { python } else { c };
        if !taken {
            return Err(end(EndedKind::BadOperand, "not a number"));
        }
        self.push(if opcode == op::FLOAT { Value::FLOAT } else { Value::int(value) })
    }

    /// STRING, BINSTRING, SHORT_BINSTRING and UNICODE. Bytes that are not ASCII end a stream under the default encoding, and not under
    /// others that loaders use (`latin1`, `bytes`): the stream goes on with a bytes value.
    fn text(&mut self, step: Step, span: Span) -> Result<(), Fault> {
        let ascii = match (step.opcode, self.line(span)) {
            (op::STRING, Some(line)) => {
                let inner = text::quoted(line).ok_or(end(EndedKind::BadOperand, "not in quotes"))?;
                if inner.contains(&b'\\') {
                    text::string_escape(inner).ok_or(end(EndedKind::BadOperand, "a bad escape"))?.is_ascii()
                } else {
                    inner.is_ascii()
                }
            }
            (op::UNICODE, Some(line)) => {
                if line.contains(&b'\\') && text::raw_unicode(line).is_none() {
                    return Err(end(EndedKind::BadOperand, "a bad escape"));
                }
                true
            }
            (op::UNICODE, None) => true,
            (_, Some(bytes)) => bytes.is_ascii(),
            (_, None) => false,
        };
        if ascii {
            self.push_text(step.at)
        } else {
            let offset = (!self.decoder.jumped).then_some(step.at);
            self.push(Value::bytes(offset))
        }
    }

    /// Whether a value may be a str: also what the opcodes of Python 2's strings left, which some encodings make a str of.
    fn may_be_text(&self, value: Value) -> bool {
        match value.kind() {
            kind::TEXT => true,
            kind::BYTES => value.offset().is_none_or(|offset| {
                let opcode = self.decoder.bytes_at(offset, 1);
                matches!(opcode.first(), Some(&(op::STRING | op::BINSTRING | op::SHORT_BINSTRING)))
            }),
            _ => !value.is_literal(),
        }
    }

    /// The global of GLOBAL or INST.
    fn global(&mut self, step: Step, module: Span, name: Span) -> Result<Value, Fault> {
        if (module.size == 0 || name.size == 0) && !self.differ() {
            return Err(end(EndedKind::BadOperand, "an empty name"));
        }
        for span in [module, name] {
            let bad = |line: &[u8]| match step.opcode {
                op::INST => !line.is_ascii(),
                _ => std::str::from_utf8(line).is_err(),
            };
            if self.line(span).is_some_and(bad) {
                return Err(end(EndedKind::BadOperand, "a name that cannot be decoded"));
            }
        }
        let module = text::span_text(&self.decoder, module, self.limits.text);
        let name = text::span_text(&self.decoder, name, self.limits.text);
        Ok(self.out.effects.import(step.at, step.opcode, &module, &name))
    }

    /// APPEND, APPENDS and ADDITEMS.
    fn append(&mut self, step: Step) -> Result<(), Fault> {
        let start = match step.opcode {
            op::APPEND => {
                self.top()?;
                self.stack.len().saturating_sub(1)
            }
            _ => self.mark()?,
        };
        if start <= self.floor() {
            return Err(UNDERFLOW);
        }
        let container = start.checked_sub(1).and_then(|index| self.stack.get(index)).copied().ok_or(UNDERFLOW)?;
        let items = self.stack.get(start..).unwrap_or_default();
        let own = if step.opcode == op::ADDITEMS { kind::SET } else { kind::LIST };
        if container.kind() == own {
            self.heap.extend(container, items);
        } else if !container.is_literal() {
            // Without items C calls nothing, and Python calls `extend` all the same.
            let nothing = items.is_empty();
            if !nothing || (step.opcode == op::APPENDS && self.differ()) {
                let items = self.stack.split_off(start);
                self.items(step, container, &items);
            }
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// SETITEM and SETITEMS.
    fn set_items(&mut self, step: Step) -> Result<(), Fault> {
        let start = match step.opcode {
            op::SETITEM => self.stack.len().checked_sub(2).ok_or(UNDERFLOW)?,
            _ => self.mark()?,
        };
        if start <= self.floor() {
            return Err(UNDERFLOW);
        }
        let container = start.checked_sub(1).and_then(|index| self.stack.get(index)).copied().ok_or(UNDERFLOW)?;
        let odd = self.stack.len().saturating_sub(start) % 2 == 1;
        // Of an odd number C sets nothing, and Python all but the last.
        if odd && !self.differ() {
            return Err(end(EndedKind::WrongKind, "odd number of items"));
        }
        let items = self.stack.get(start..).unwrap_or_default();
        match container.kind() {
            kind::DICT => self.heap.set_items(container, items),
            kind::LIST => {
                let values: Vec<Value> = items.iter().skip(1).step_by(2).copied().collect();
                self.heap.extend(container, &values);
            }
            _ if container.is_literal() || items.is_empty() => {}
            _ => {
                let items = self.stack.split_off(start);
                let dict = self.heap.container(kind::DICT);
                self.heap.set_items(dict, &items);
                self.items(step, container, &[dict]);
            }
        }
        self.stack.truncate(start);
        if odd { Err(end(EndedKind::WrongKind, "odd number of items")) } else { Ok(()) }
    }

    fn items(&mut self, step: Step, container: Value, items: &[Value]) {
        self.record(&Called {
            kind: CallKind::Items,
            at: step.at,
            opcode: step.opcode,
            callee: container,
            arguments: Some(items),
            arity: None,
            keywords: None,
        });
    }

    fn record(&mut self, called: &Called<'_>) {
        self.out.called |= !called.callee.is_literal();
        self.out.effects.call(&self.decoder, &self.heap, called);
        self.payloads(called.arguments.unwrap_or_default(), 2);
    }

    /// Remembers the bytes among these values, also inside of tuples and dicts.
    fn payloads(&mut self, values: &[Value], depth: u8) {
        for value in values {
            self.out.effects.work = self.out.effects.work.saturating_add(1);
            match value.kind() {
                kind::BYTES => {
                    let Some(span) = value.offset().and_then(|offset| payload_span(&self.decoder, offset)) else {
                        continue;
                    };
                    if span.size > TINY {
                        self.payload(Payload::Span(span));
                    }
                }
                kind::RESULT => {
                    if let Some(Record::Encoded(at)) = self.followed(*value).copied() {
                        self.payload(Payload::Encoded(at));
                    }
                }
                kind::TUPLE if depth > 0 => {
                    let inner = self.heap.elements(*value).unwrap_or_default().to_vec();
                    self.payloads(&inner, depth.saturating_sub(1));
                }
                kind::DICT | kind::LIST if depth > 0 => {
                    let bytes = |value: &Value| matches!(value.kind(), kind::BYTES | kind::RESULT | kind::TUPLE);
                    let inner: Vec<Value> = self.heap.cells(*value).filter(bytes).collect();
                    self.payloads(&inner, depth.saturating_sub(1));
                }
                _ => {}
            }
        }
    }

    fn payload(&mut self, payload: Payload) {
        if self.seen.len() >= PAYLOADS {
            self.out.effects.cut = true;
        } else if self.seen.insert(payload) {
            self.out.payloads.push(payload);
        }
    }

    fn followed(&mut self, value: Value) -> Option<&mut Record> {
        let index = usize::try_from(value.record()).ok()?.checked_sub(1)?;
        self.records.get_mut(index)
    }

    /// A value with a record, if there is room for one.
    fn follow(&mut self, kind: u8, maker: u32, record: Record) -> Value {
        if self.records.len() >= RECORDS {
            return Value::made(kind, maker, 0);
        }
        self.records.push(record);
        Value::made(kind, maker, u32::try_from(self.records.len()).unwrap_or(0))
    }

    /// INST and OBJ, and REDUCE with a known tuple.
    fn call(&mut self, step: Step, callee: Value, arguments: &[Value]) -> Result<(), Fault> {
        self.record(&Called {
            kind: CallKind::Call,
            at: step.at,
            opcode: step.opcode,
            callee,
            arguments: Some(arguments),
            arity: u64::try_from(arguments.len()).ok(),
            keywords: None,
        });
        let result = self.result(callee, arguments);
        self.push(result)
    }

    /// What a call returns.
    fn result(&mut self, callee: Value, arguments: &[Value]) -> Value {
        // The result of a result's call has no global that made it.
        let maker = if callee.kind() == kind::GLOBAL { callee.maker() } else { 0 };
        match self.out.effects.globals.role(maker) {
            Role::Dtype => {
                let dtype = Dtype::new(&self.decoder, arguments);
                self.follow(kind::RESULT, maker, Record::Dtype(dtype))
            }
            Role::Wrapper => {
                self.out.wrappers = true;
                let wrapper = Wrapper::new(&self.heap, arguments);
                self.follow(kind::RESULT, maker, Record::Wrapper(wrapper))
            }
            Role::Encode => match arguments.first().and_then(|value| value.offset()) {
                Some(at) => self.follow(kind::RESULT, maker, Record::Encoded(at)),
                None => Value::made(kind::RESULT, maker, 0),
            },
            role => {
                self.out.old_wrappers |= role == Role::OldWrapper;
                Value::made(kind::RESULT, maker, 0)
            }
        }
    }

    /// An instance of a class.
    fn instance(&mut self, class: Value) -> Value {
        let maker = if class.kind() == kind::GLOBAL { class.maker() } else { 0 };
        match self.out.effects.globals.role(maker) {
            Role::Wrapper => {
                self.out.wrappers = true;
                self.follow(kind::INSTANCE, maker, Record::Wrapper(Wrapper::default()))
            }
            role => {
                self.out.old_wrappers |= role == Role::OldWrapper;
                Value::made(kind::INSTANCE, maker, 0)
            }
        }
    }

    /// The elements of a tuple and how many there are; `None` when they are not known.
    fn known(&self, tuple: Value) -> (Option<Vec<Value>>, Option<u64>) {
        let arity = self.heap.summary(tuple).filter(|_| tuple.kind() == kind::TUPLE).map(|summary| summary.size);
        (self.heap.elements(tuple).map(<[Value]>::to_vec), arity)
    }

    fn reduce(&mut self, step: Step, callee: Value, arguments: Value) -> Result<(), Fault> {
        // C wants a tuple, Python takes what can be iterated.
        let tuple = arguments.kind() == kind::TUPLE || !arguments.is_literal();
        if !tuple && !self.differ() {
            return Err(end(EndedKind::WrongKind, "the arguments are no tuple"));
        }
        let (elements, arity) = self.known(arguments);
        let role =
            if callee.kind() == kind::GLOBAL { self.out.effects.globals.role(callee.maker()) } else { Role::Plain };
        let (class, arguments, arity, keywords) = match (role, elements.as_deref()) {
            (Role::NewObj, Some([class, rest @ ..])) => {
                (*class, Some(rest.to_vec()), arity.map(|arity| arity.saturating_sub(1)), None)
            }
            (Role::NewObjEx, Some([class, inner, keywords])) => {
                let (inner, arity) = self.known(*inner);
                (*class, inner, arity, Some(*keywords))
            }
            (Role::Reconstructor, Some([class, base, state])) => {
                let (class, base, state) = (*class, *base, *state);
                if base.kind() != kind::GLOBAL || self.out.effects.globals.role(base.maker()) != Role::Builtin {
                    // It calls `base.__new__(cls, state)` and then `base.__init__(obj, state)`.
                    self.record(&Called {
                        kind: CallKind::Call,
                        at: step.at,
                        opcode: step.opcode,
                        callee: base,
                        arguments: Some(&[state]),
                        arity: Some(1),
                        keywords: None,
                    });
                }
                (class, Some(vec![base, state]), Some(2), None)
            }
            _ => {
                self.record(&Called {
                    kind: CallKind::Call,
                    at: step.at,
                    opcode: step.opcode,
                    callee,
                    arguments: elements.as_deref(),
                    arity,
                    keywords: None,
                });
                let result = self.result(callee, elements.as_deref().unwrap_or_default());
                return self.push(result);
            }
        };
        self.made(step, class, arguments.as_deref(), arity, keywords);
        let instance = self.instance(class);
        self.push(instance)
    }

    fn made(
        &mut self,
        step: Step,
        class: Value,
        arguments: Option<&[Value]>,
        arity: Option<u64>,
        keywords: Option<Value>,
    ) {
        self.record(&Called {
            kind: CallKind::New,
            at: step.at,
            opcode: step.opcode,
            callee: class,
            arguments,
            arity,
            keywords,
        });
    }

    /// NEWOBJ and NEWOBJ_EX.
    fn new_object(&mut self, step: Step, class: Value, arguments: Value, keywords: Option<Value>) -> Result<(), Fault> {
        let refused = class.is_literal()
            || (arguments.is_literal() && arguments.kind() != kind::TUPLE)
            || keywords.is_some_and(|keywords| keywords.is_literal() && keywords.kind() != kind::DICT);
        // C checks the kinds, Python calls `cls.__new__(cls, *args, **kwargs)` with whatever there is.
        if refused && !self.differ() {
            return Err(end(EndedKind::WrongKind, "NEWOBJ of a wrong kind"));
        }
        let (elements, arity) = self.known(arguments);
        self.made(step, class, elements.as_deref(), arity, keywords);
        let instance = self.instance(class);
        self.push(instance)
    }

    fn build(&mut self, step: Step, object: Value, state: Value, budget: &mut Budget) -> Result<(), Fault> {
        self.record(&Called {
            kind: CallKind::Build,
            at: step.at,
            opcode: step.opcode,
            callee: object,
            arguments: Some(&[state]),
            arity: Some(1),
            keywords: None,
        });
        let index = usize::try_from(object.record()).ok().and_then(|record| record.checked_sub(1));
        match index.and_then(|index| self.records.get_mut(index)) {
            Some(Record::Dtype(dtype)) => {
                dtype.set_state(&self.heap, state);
                Ok(())
            }
            Some(Record::Wrapper(wrapper)) => {
                wrapper.set_state(&self.decoder, &self.heap, state);
                let wrapper = *wrapper;
                if self.mode.joblib { self.array(wrapper.follows(&self.records), budget) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// joblib reads the array here, and puts it in the wrapper's place.
    fn array(&mut self, follows: Follows, budget: &mut Budget) -> Result<(), Fault> {
        match follows {
            Follows::Unknown => {
                return Err(end(EndedKind::BadOperand, "an array whose size in the content is not known"));
            }
            Follows::Bytes { aligned, size } => {
                if aligned {
                    let padding = self.decoder.bytes_at(self.decoder.position(), 1);
                    let padding = padding.first().copied().ok_or(end(EndedKind::Truncated, "an array's padding"))?;
                    self.decoder.skip(u64::from(padding).saturating_add(1))?;
                }
                self.decoder.skip(size)?;
            }
            Follows::Pickle => {
                let mode = Mode { joblib: false, keep_all: false, ..self.mode };
                let inner = Machine::new(self.decoder.source(), self.decoder.position(), mode, self.limits).run(budget);
                let stopped = inner.ended.kind == EndedKind::Stop;
                let size = inner.end.saturating_sub(inner.start);
                self.out.called |= inner.called;
                self.out.inner.push(inner);
                if !stopped {
                    return Err(end(EndedKind::Truncated, "the pickle of an array ends early"));
                }
                self.decoder.skip(size)?;
            }
        }
        self.stack.pop();
        self.push(Value::UNKNOWN)
    }

    fn persistent(&mut self, step: Step, id: Value) -> Result<(), Fault> {
        self.out.effects.persistent(&self.decoder, &self.heap, step.at, step.opcode, id);
        if let Some([kind, class, key, ..]) = self.heap.elements(id)
            && let (Some(kind), Some(key)) = (kind.offset(), key.offset())
            && text::text(&self.decoder, kind, 16).is_some_and(|text| text.bytes == b"storage")
            && let Some(key) = text::text(&self.decoder, key, 64)
            && let Some(global) = self.out.effects.globals.global(class.maker())
            && let Some(size) = global.name.as_deref().and_then(element_size)
            && self.out.storages.len() < RECORDS
        {
            // The first mention decides, as `_legacy_load` keeps the storage that it made first.
            self.out.storages.entry(key.bytes).or_insert(size);
        }
        self.push(Value::PERSISTENT)
    }

    fn stop(&mut self, value: Value) {
        if !self.mode.keep_all || value.kind() != kind::LIST {
            return;
        }
        let size = self.heap.summary(value).map_or(0, |summary| summary.size);
        let texts: Option<Vec<Vec<u8>>> = self
            .heap
            .cells(value)
            .map(|item| text::text(&self.decoder, item.offset()?, 64).map(|text| text.bytes))
            .collect();
        self.out.texts = texts.filter(|texts| u64::try_from(texts.len()).is_ok_and(|count| count == size));
    }
}

/// An int of up to eight bytes, little-endian two's complement.
fn long(bytes: &[u8], size: u64) -> Option<i64> {
    if size == 0 {
        return Some(0);
    }
    let negative = bytes.last()? & 0x80 != 0;
    let mut all = [if negative { 0xff } else { 0 }; 8];
    all.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(all))
}

/// Where the bytes of a bytes value stand.
fn payload_span(decoder: &Decoder<'_>, offset: u64) -> Option<Span> {
    let head = decoder.bytes_at(offset, 9);
    let (opcode, rest) = head.split_first()?;
    let header = match opcode::form(*opcode)? {
        opcode::Form::Counted1 => 1,
        opcode::Form::Counted4 => 4,
        opcode::Form::Counted8 => 8,
        _ => return None,
    };
    let mut length = [0u8; 8];
    length.get_mut(..header)?.copy_from_slice(rest.get(..header)?);
    let start = offset.saturating_add(1).saturating_add(u64::try_from(header).ok()?);
    Some(Span { start, size: u64::from_le_bytes(length) })
}

/// Bytes of one element of a torch storage class (`torch/storage.py` `_storage_type_to_dtype_map`).
fn element_size(class: &str) -> Option<u64> {
    Some(match class {
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "FloatStorage" | "IntStorage" | "QInt32Storage" => 4,
        "HalfStorage" | "ShortStorage" | "BFloat16Storage" => 2,
        "CharStorage" | "ByteStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage"
        | "QUInt2x4Storage" | "UntypedStorage" | "_UntypedStorage" => 1,
        "ComplexDoubleStorage" => 16,
        _ => return None,
    })
}

/// Whether a callee of this kind is one that a loader could really call.
pub(super) fn callable(kind: CalleeKind) -> bool {
    kind != CalleeKind::Literal
}
