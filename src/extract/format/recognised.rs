//! Formats that are recognised and not read, or not read yet: one table of magics, and a careful look where there is none.
//! Every one of them is incomplete, so none can pass.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// A format that is recognised only.
pub(super) struct Recognised {
    id: FormatId,
    about: &'static str,
    claims: fn(&Window) -> Claim,
}

/// GGML and its successors (llama.cpp before GGUF, llama-util.h): the magic is a number in little-endian order. What follows it has
/// another shape for each architecture (LLaMA has seven numbers, GPT-2 six, Whisper eleven and a filter bank), and the file does not
/// say which one it is of, so the tensors cannot be found without guessing.
pub(super) static GGML: Recognised = Recognised {
    id: FormatId::Ggml,
    about: "GGML, GGMF, GGJT, GGLA: the file does not say what its numbers mean",
    claims: |window| certain([b"lmgg", b"fmgg", b"tjgg", b"algg"].iter().any(|magic| window.starts_with(*magic))),
};

/// CNTK version 2 (CNTK.proto, `Dictionary`): a version, and pairs by name, among which every model has its type.
pub(super) static CNTK: Recognised = Recognised {
    id: FormatId::Cntk,
    about: "CNTK model",
    claims: |window| {
        let begins = matches!(window.head.as_slice(), [8, 1..=9, 0x12, ..]);
        let names = |name: &[u8]| window.head.windows(name.len()).any(|bytes| bytes == name);
        certain(begins && names(b"CompositeFunction"))
    },
};

/// Rockchip's RKNN: its toolkit's files begin with the name.
pub(super) static RKNN: Recognised = Recognised {
    id: FormatId::Rknn,
    about: "RKNN model: what an accelerator runs is not documented",
    claims: |window| certain(window.starts_with(b"RKNN")),
};

/// TensorRT engines ("plans"): `ftrt` and `ptrt` begin what its versions write.
pub(super) static TENSORRT: Recognised = Recognised {
    id: FormatId::Tensorrt,
    about: "TensorRT engine: a program for one graphics processor, which may hold plug-ins",
    claims: |window| certain(window.starts_with(b"ftrt") || window.starts_with(b"ptrt")),
};

/// Python byte code: a 16-bit number that grows by release, and CR LF (CPython, Lib/importlib/_bootstrap_external.py).
pub(super) static PYC: Recognised = Recognised {
    id: FormatId::Pyc,
    about: "Python byte code",
    claims: |window| match window.head.as_slice() {
        [low, high, b'\r', b'\n', rest @ ..] if rest.len() >= 12 => {
            // 3000 is Python 3.0; 50000 and more were Python 2 from 1.5 on.
            let number = u16::from_le_bytes([*low, *high]);
            certain(matches!(number, 3000..=3999 | 20121 | 50428..=62299))
        }
        _ => Claim::No,
    },
};

/// PDF, whose header readers look for in the first 1,024 bytes; at the first byte only, for a firm claim.
pub(super) static PDF: Recognised =
    Recognised { id: FormatId::Pdf, about: "PDF", claims: |window| certain(window.starts_with(b"%PDF-")) };

/// SQLite ("Database File Format", 1.3).
pub(super) static SQLITE: Recognised = Recognised {
    id: FormatId::Sqlite,
    about: "SQLite database",
    claims: |window| certain(window.starts_with(b"SQLite format 3\0")),
};

fn certain(is: bool) -> Claim {
    if is { Claim::Certain } else { Claim::No }
}

impl Format for Recognised {
    fn id(&self) -> FormatId {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn is_read(&self) -> bool {
        false
    }

    fn claims(&self, window: &Window) -> Claim {
        (self.claims)(window)
    }

    fn read(&self, _source: &Source, _member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        walk.reached(Reached::Effect);
        Err(ReadError::unsupported(format!("{} is recognised, not read", self.id), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(head: &[u8]) -> Window {
        Window::of_head(head, u64::try_from(head.len()).unwrap())
    }

    #[test]
    fn magics_are_firm() {
        let pyc = [0xa7, 0x0d, b'\r', b'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(PYC.claims(&window(&pyc)), Claim::Certain);
        assert_eq!(PYC.claims(&window(b"ab\r\n a text with a short first line")), Claim::No);
        assert_eq!(RKNN.claims(&window(b"RKNN\0\0\0\0")), Claim::Certain);
        assert_eq!(TENSORRT.claims(&window(b"ftrt\x18")), Claim::Certain);
        assert_eq!(
            CNTK.claims(&window(b"\x08\x01\x12\x1d\x0a\x04type\x12\x15\x3a\x11CompositeFunction")),
            Claim::Certain
        );
        assert_eq!(GGML.claims(&window(b"tjgg")), Claim::Certain);
    }
}
