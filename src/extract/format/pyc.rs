//! Python byte code (`.pyc`; CPython, Lib/importlib/_bootstrap_external.py and Python/marshal.c): a number that says which Python wrote
//! it, and a code object in its marshal stream.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::python::{Found, bytecode, refuse};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{CodeForm, FormatId, MemberId};

/// Python byte code.
pub(super) struct Pyc;

impl Format for Pyc {
    fn id(&self) -> FormatId {
        FormatId::Pyc
    }

    fn about(&self) -> &'static str {
        "Python byte code of the releases 2.7 and 3.6 to 3.14: imports, every name that is loaded, definitions and when they run are listed"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.head.as_slice() {
            [low, high, b'\r', b'\n', rest @ ..] if rest.len() >= 12 => {
                // 3000 is Python 3.0; 50000 and more were Python 2 from 1.5 on (CPython, Lib/importlib/_bootstrap_external.py).
                let number = u16::from_le_bytes([*low, *high]);
                if matches!(number, 3000..=3999 | 20121 | 50428..=62299) { Claim::Certain } else { Claim::No }
            }
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let found = Found { member, format: FormatId::Pyc, form: CodeForm::Bytecode, interpreter: None };
        let limit = walk.limits.source;
        if source.size() > limit {
            refuse(&found, walk);
            return Ok(());
        }
        let bytes = source.bytes_at(0, limit)?;
        bytecode::read(&found, &bytes, walk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_firm() {
        let window = |head: &[u8]| {
            let size = u64::try_from(head.len()).unwrap();
            Window::of_head(head, size)
        };
        let pyc = [0xa7, 0x0d, b'\r', b'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Pyc.claims(&window(&pyc)), Claim::Certain);
        assert_eq!(Pyc.claims(&window(b"ab\r\n a text with a short first line")), Claim::No);
    }
}
