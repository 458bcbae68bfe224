//! Opcodes as text for people, one a line, in the columns of `pickletools.dis`: offset, opcode, name, operand. Operands are written as
//! they stand in the pickle, in quotes and escaped, so that the text can be assembled again. Runs nothing.

use crate::extract::pickle::decode::{Decoder, Fault, Flavour, Operand, Span};
use crate::extract::pickle::opcode::{self, Form, op};
use crate::extract::source::Source;
use std::fmt::{self, Write};

/// Bytes of an operand that are written.
const SHOWN: u64 = 256;

/// Writes the opcodes from `offset` to STOP, or to where the content breaks; gives the offset behind.
///
/// # Errors
/// What `out` says.
pub(super) fn disassemble(source: &Source, offset: u64, out: &mut impl Write) -> Result<u64, fmt::Error> {
    let mut decoder = Decoder::new(source, offset, Flavour::C);
    loop {
        let at = decoder.position();
        let step = match decoder.step() {
            Ok(step) => step,
            Err(Fault::Ended(kind, what)) => {
                let said = serde_json::to_value(kind).ok();
                let said = said.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
                writeln!(out, "{at:5}: # {said} {what}")?;
                return Ok(at);
            }
            Err(Fault::Io(error)) => {
                writeln!(out, "{at:5}: # {error}")?;
                return Ok(at);
            }
        };
        let sign = std::ascii::escape_default(step.opcode).to_string();
        write!(out, "{at:5}: {sign:<4} {}", opcode::name(step.opcode))?;
        match step.operand {
            Operand::Number(number) => write!(out, " {number}")?,
            Operand::Bytes(span) => quote(&decoder, span, out)?,
            Operand::Lines(first, second) => {
                quote(&decoder, first, out)?;
                quote(&decoder, second, out)?;
            }
            Operand::None if opcode::form(step.opcode) == Some(Form::F8) => {
                let bytes = decoder.bytes_at(at.saturating_add(1), 8);
                let float = <[u8; 8]>::try_from(bytes.as_slice()).map_or(0.0, f64::from_be_bytes);
                write!(out, " {float:?}")?;
            }
            Operand::None => {}
        }
        writeln!(out)?;
        if step.opcode == op::STOP {
            return Ok(decoder.position());
        }
    }
}

fn quote(decoder: &Decoder<'_>, span: Span, out: &mut impl Write) -> fmt::Result {
    let bytes = decoder.bytes_at(span.start, span.size.min(SHOWN));
    write!(out, " '{}'", bytes.escape_ascii())?;
    if span.size > SHOWN { write!(out, "... # {} bytes", span.size) } else { Ok(()) }
}
