//! What an unpickler calls, and what comes of it: calls, instances, states, items, persistent ids.

use crate::extract::pickle::array::{Dtype, Follows, Record, Wrapper};
use crate::extract::pickle::decode::{Decoder, Fault, Span, Step};
use crate::extract::pickle::effect::Called;
use crate::extract::pickle::global::Role;
use crate::extract::pickle::machine::{Machine, Mode, Payload, UNDERFLOW, end};
use crate::extract::pickle::opcode::{self, op};
use crate::extract::pickle::text;
use crate::extract::pickle::torch;
use crate::extract::pickle::value::{Value, kind};
use crate::facts::{CallKind, EndedKind};
use crate::limits::Budget;

/// Bytes values passed to calls that are remembered.
const PAYLOADS: usize = 500_000;
/// Objects that are followed (dtypes, wrappers, encoded texts), and torch's storages.
const RECORDS: usize = 1_000_000;
/// Bytes of a payload that no format could be told by.
const TINY: u64 = 8;

impl Machine<'_> {
    /// APPEND, APPENDS and ADDITEMS.
    pub(super) fn append(&mut self, step: Step) -> Result<(), Fault> {
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
    pub(super) fn set_items(&mut self, step: Step) -> Result<(), Fault> {
        let start = match step.opcode {
            op::SETITEM => self.stack.len().checked_sub(2).ok_or(UNDERFLOW)?,
            _ => self.mark()?,
        };
        if start <= self.floor() {
            return Err(UNDERFLOW);
        }
        self.configurations(start);
        let container = start.checked_sub(1).and_then(|index| self.stack.get(index)).copied().ok_or(UNDERFLOW)?;
        let odd = self.stack.len().saturating_sub(start) % 2 == 1;
        // Of an odd number C sets nothing, and Python all but the last.
        if odd && !self.differ() {
            return Err(end(EndedKind::WrongKind, "odd number of items"));
        }
        let items = self.stack.get(start..).unwrap_or_default();
        let unhashable = |key: &Value| matches!(key.kind(), kind::LIST | kind::DICT);
        if container.kind() == kind::DICT && items.iter().step_by(2).any(unhashable) {
            return Err(end(EndedKind::WrongKind, "a key that cannot be hashed"));
        }
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

    pub(super) fn items(&mut self, step: Step, container: Value, items: &[Value]) {
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

    pub(super) fn record(&mut self, called: &Called<'_>) {
        self.out.called |= !called.callee.is_literal();
        called.arguments.unwrap_or_default().iter().for_each(|argument| self.heap.pass(*argument));
        self.out.effects.call(&self.decoder, &self.heap, called);
        self.payloads(called.arguments.unwrap_or_default(), 2);
    }

    /// Remembers the bytes among these values, also inside of tuples and dicts.
    pub(super) fn payloads(&mut self, values: &[Value], depth: u8) {
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

    pub(super) fn payload(&mut self, payload: Payload) {
        if self.seen.len() >= PAYLOADS {
            self.out.effects.cut = true;
        } else if self.seen.insert(payload) {
            self.out.payloads.push(payload);
        }
    }

    pub(super) fn followed(&mut self, value: Value) -> Option<&mut Record> {
        let index = usize::try_from(value.record()).ok()?.checked_sub(1)?;
        self.records.get_mut(index)
    }

    /// A value with a record, if there is room for one.
    pub(super) fn follow(&mut self, kind: u8, maker: u32, record: Record) -> Value {
        if self.records.len() >= RECORDS {
            return Value::made(kind, maker, 0);
        }
        self.records.push(record);
        Value::made(kind, maker, u32::try_from(self.records.len()).unwrap_or(0))
    }

    /// INST and OBJ, and REDUCE with a known tuple.
    pub(super) fn call(&mut self, step: Step, callee: Value, arguments: &[Value]) -> Result<(), Fault> {
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
    pub(super) fn result(&mut self, callee: Value, arguments: &[Value]) -> Value {
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
    pub(super) fn instance(&mut self, class: Value) -> Value {
        let maker = if matches!(class.kind(), kind::GLOBAL | kind::PERSISTENT) { class.maker() } else { 0 };
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
    pub(super) fn known(&self, tuple: Value) -> (Option<Vec<Value>>, Option<u64>) {
        let arity = self.heap.summary(tuple).filter(|_| tuple.kind() == kind::TUPLE).map(|summary| summary.size);
        (self.heap.elements(tuple).map(<[Value]>::to_vec), arity)
    }

    pub(super) fn reduce(&mut self, step: Step, callee: Value, arguments: Value) -> Result<(), Fault> {
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

    pub(super) fn made(
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
    pub(super) fn new_object(
        &mut self,
        step: Step,
        class: Value,
        arguments: Value,
        keywords: Option<Value>,
    ) -> Result<(), Fault> {
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

    pub(super) fn build(&mut self, step: Step, object: Value, state: Value, budget: &mut Budget) -> Result<(), Fault> {
        self.record(&Called {
            kind: CallKind::Build,
            at: step.at,
            opcode: step.opcode,
            callee: object,
            arguments: Some(&[state]),
            arity: Some(1),
            keywords: None,
        });
        self.beside(object, state);
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
    pub(super) fn array(&mut self, follows: Follows, budget: &mut Budget) -> Result<(), Fault> {
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
                self.payload(Payload::Array(Span { start: self.decoder.position(), size }));
                self.decoder.skip(size)?;
            }
            Follows::Pickle => {
                let mode = Mode { joblib: false, keep_all: false, ..self.mode };
                let inner = Machine::new(self.decoder.source(), self.decoder.position(), mode, self.limits).run(budget);
                let stopped = inner.ended.kind == EndedKind::Stop;
                let size = inner.end.saturating_sub(inner.start);
                self.out.called |= inner.called;
                self.out.beside.extend(inner.beside.iter().cloned());
                self.out.settings.extend(inner.settings.iter().map(|(at, one)| (*at, one.clone())));
                self.out.inner.push(inner);
                if !stopped {
                    return Err(end(EndedKind::Truncated, "the pickle of an array ends early"));
                }
                self.decoder.skip(size)?;
            }
        }
        // The array, which has no more to say than that joblib's wrapper made it.
        let wrapper = self.pop()?;
        self.push(Value::made(kind::INSTANCE, wrapper.maker(), 0))
    }

    pub(super) fn persistent(&mut self, step: Step, id: Value) -> Result<(), Fault> {
        self.out.effects.persistent(&self.decoder, &self.heap, step.at, step.opcode, id);
        let maker = self.torch_id(id).unwrap_or(0);
        self.push(Value::made(kind::PERSISTENT, maker, 0))
    }

    /// What torch makes of its ids: `('storage', class, key, ...)` names a storage, `('module', class, ...)` is the class
    /// (`torch/serialization.py` `_legacy_load`, `persistent_load`). Gives the number of that class.
    fn torch_id(&mut self, id: Value) -> Option<u32> {
        let [kind, class, rest @ ..] = self.heap.elements(id)? else { return None };
        let (class, rest) = (*class, rest.first().copied());
        match text::text(&self.decoder, kind.offset()?, 16)?.bytes.as_slice() {
            b"storage" => {
                let key = text::text(&self.decoder, rest?.offset()?, 64)?;
                let name = self.out.effects.globals.global(class.maker())?.name.clone()?;
                if self.out.storages.len() < RECORDS {
                    // The first mention decides: torch keeps the storage that it made first.
                    self.out.storages.entry(key.bytes).or_insert(torch::element_size(&name)?);
                }
                None
            }
            b"module" => Some(class.maker()),
            _ => None,
        }
    }

    pub(super) fn stop(&mut self, value: Value) {
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
