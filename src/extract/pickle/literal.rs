//! Numbers, texts and names written out in the pickle: what both unpicklers make of them.

use crate::extract::pickle::decode::{Fault, Flavour, Span, Step};
use crate::extract::pickle::machine::{Machine, end};
use crate::extract::pickle::number;
use crate::extract::pickle::opcode::op;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Value, kind};
use crate::facts::EndedKind;

/// Bytes of a name that are looked at when it is longer than the decoder's window.
const NAME: u64 = 64 << 10;

impl Machine<'_> {
    /// GET and PUT.
    pub(super) fn slot(&mut self, opcode: u8, span: Span) -> Result<(), Fault> {
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
    pub(super) fn number(&mut self, opcode: u8, span: Span) -> Result<(), Fault> {
        let (c, python, value) = match self.line(span) {
            // Longer than the window: not looked into, taken as a number.
            None => (true, true, None),
            Some(line) => match opcode {
                op::INT => {
                    let (c, python) = (number::int_c(line), number::int_python(line));
                    let value = if self.mode.flavour == Flavour::Python { python } else { c };
                    if value.is_some_and(|value| number::is_bool(line, value)) {
                        self.out.differs |= c != python;
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
    pub(super) fn text(&mut self, step: Step, span: Span) -> Result<(), Fault> {
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
    pub(super) fn may_be_text(&self, value: Value) -> bool {
        match value.kind() {
            kind::TEXT => true,
            kind::BYTES => value.offset().is_none_or(|offset| {
                let opcode = self.decoder.bytes_at(offset, 1);
                matches!(opcode.first(), Some(&(op::STRING | op::BINSTRING | op::SHORT_BINSTRING)))
            }),
            // The opcode wants a str itself, no subclass: of the classes that NEWOBJ makes instances of only str will do.
            kind::INSTANCE => {
                let class = self.out.effects.globals.global(value.maker()).and_then(|global| global.name.as_deref());
                class.is_none_or(|class| matches!(class, "str" | "unicode"))
            }
            _ => !value.is_literal(),
        }
    }

    /// The global of GLOBAL or INST.
    pub(super) fn global(&mut self, step: Step, module: Span, name: Span) -> Result<Value, Fault> {
        if (module.size == 0 || name.size == 0) && !self.differ() {
            return Err(end(EndedKind::BadOperand, "an empty name"));
        }
        for span in [module, name] {
            let bad = |line: &[u8]| match step.opcode {
                op::INST => !line.is_ascii(),
                // A name that is cut here may end within a character.
                _ => std::str::from_utf8(line)
                    .is_err_and(|error| error.error_len().is_some() || u64::try_from(line.len()) == Ok(span.size)),
            };
            let refused = match self.line(span) {
                Some(line) => bad(line),
                None => bad(&self.decoder.bytes_at(span.start, span.size.min(NAME))),
            };
            if refused {
                return Err(end(EndedKind::BadOperand, "a name that cannot be decoded"));
            }
        }
        let module = text::span_text(&self.decoder, module, self.limits.text);
        let name = text::span_text(&self.decoder, name, self.limits.text);
        Ok(self.out.effects.import(step.at, step.opcode, &module, &name))
    }
}

/// An int of up to eight bytes, little-endian two's complement.
pub(super) fn long(bytes: &[u8], size: u64) -> Option<i64> {
    if size == 0 {
        return Some(0);
    }
    let negative = bytes.last()? & 0x80 != 0;
    let mut all = [if negative { 0xff } else { 0 }; 8];
    all.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(all))
}
