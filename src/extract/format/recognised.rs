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

/// Feather 1 (wesm/feather, cpp/src/feather/common.h): the magic at both ends. pandas and pyarrow read it; Feather 2 is Arrow's own file.
pub(super) static FEATHER: Recognised = Recognised {
    id: FormatId::Feather,
    about: "Feather 1: save it again as Feather 2, Parquet or safetensors",
    claims: |window| certain(window.starts_with(b"FEA1") && window.tail.ends_with(b"FEA1")),
};

/// ncnn's networks (ncnn, src/net.cpp, `load_param` and `load_param_bin`): the number 7767517, as text or of 32 bits.
pub(super) static NCNN: Recognised = Recognised {
    id: FormatId::Ncnn,
    about: "ncnn network: the weights beside it have no format of their own; convert it to ONNX",
    claims: |window| {
        certain(
            window.starts_with(b"7767517\n")
                || window.starts_with(b"7767517\r\n")
                || window.starts_with(&7_767_517u32.to_le_bytes()),
        )
    },
};

/// Parameters of TVM (tvm, src/runtime/file_utils.h, `kTVMNDArrayListMagic`).
pub(super) static TVM: Recognised = Recognised {
    id: FormatId::Tvm,
    about: "parameters of a TVM module, whose code is a native library beside them",
    claims: |window| certain(window.starts_with(&0xf7e5_8d4f_0504_9cb7u64.to_le_bytes())),
};

/// PyTorch's FlatBuffers for mobile devices (torch/csrc/jit/serialization/mobile_bytecode.fbs, `file_identifier`).
pub(super) static TORCH_MOBILE: Recognised = Recognised {
    id: FormatId::TorchMobile,
    about: "PyTorch mobile model as FlatBuffers (.ptl): save it without `_use_flatbuffer`, or export it for ExecuTorch",
    claims: |window| certain(window.has_at(4, b"PTMF")),
};

/// CNTK version 2 (CNTK.proto, `Dictionary`): a version, and pairs by name, among which every model has its type.
pub(super) static CNTK: Recognised = Recognised {
    id: FormatId::Cntk,
    about: "CNTK model",
    claims: |window| {
        let begins = matches!(window.head.as_slice(), [8, 1..=9, 0x12, ..]);
        certain(begins && window.holds(b"CompositeFunction"))
    },
};

/// Rockchip's RKNN: its toolkit's files begin with the name. It has no public specification.
pub(super) static RKNN: Recognised = Recognised {
    id: FormatId::Rknn,
    about: "RKNN model: what an accelerator runs is not documented",
    claims: |window| certain(window.starts_with(b"RKNN")),
};

/// TensorRT engines ("plans"): `ftrt` and `ptrt` begin what its versions write. They have no public specification.
pub(super) static TENSORRT: Recognised = Recognised {
    id: FormatId::Tensorrt,
    about: "TensorRT engine: a program for one graphics processor, which may hold plug-ins",
    claims: |window| certain(window.starts_with(b"ftrt") || window.starts_with(b"ptrt")),
};

/// PDF (ISO 32000-1, 7.5.2), whose header readers look for in the first 1,024 bytes; at the first byte only, for a firm claim.
pub(super) static PDF: Recognised = Recognised {
    id: FormatId::Pdf,
    about: "PDF, a document for people",
    claims: |window| certain(window.starts_with(b"%PDF-")),
};

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
        Err(ReadError::recognised(self.about, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(head: &[u8]) -> Window {
        Window { tail: head.to_vec(), ..Window::of_head(head, u64::try_from(head.len()).unwrap()) }
    }

    #[test]
    fn magics_are_firm() {
        assert_eq!(RKNN.claims(&window(b"RKNN\0\0\0\0")), Claim::Certain);
        assert_eq!(TENSORRT.claims(&window(b"ftrt\x18")), Claim::Certain);
        assert_eq!(
            CNTK.claims(&window(b"\x08\x01\x12\x1d\x0a\x04type\x12\x15\x3a\x11CompositeFunction")),
            Claim::Certain
        );
        assert_eq!(FEATHER.claims(&window(b"FEA1\0\0\0\0FEA1")), Claim::Certain);
        assert_eq!(FEATHER.claims(&window(b"FEA1 is Feather's magic")), Claim::No);
        assert_eq!(NCNN.claims(&window(b"7767517\n2 2\n")), Claim::Certain);
        assert_eq!(NCNN.claims(&window(&[0xdd, 0x85, 0x76, 0, 2, 0, 0, 0])), Claim::Certain);
        assert_eq!(NCNN.claims(&window(b"77675170\n")), Claim::No);
        assert_eq!(TVM.claims(&window(&[0xb7, 0x9c, 4, 5, 0x4f, 0x8d, 0xe5, 0xf7, 0])), Claim::Certain);
        assert_eq!(TORCH_MOBILE.claims(&window(b"\x20\0\0\0PTMF\0")), Claim::Certain);
    }
}
