//! GGML, GGMF and GGJT: what llama.cpp read before GGUF (llama.cpp, convert-llama-ggml-to-gguf.py, which still does). The file does not say
//! what its numbers mean: LLaMA has seven of them, GPT-2 six, Whisper eleven and a filter bank. It is read by the layout of LLaMA, and counts
//! only when every tensor of that model is there and the last one ends with the file. Everything else is incomplete.

#[cfg(test)]
mod tests;

use crate::extract::embedded;
use crate::extract::format::cursor::Cursor;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// GGML before GGUF.
pub(super) struct Ggml;

/// The magics, numbers in little-endian order, and what each is called. `ggla` is an adapter, whose end nothing tells.
const MAGICS: &[(&[u8; 4], &str)] = &[(b"lmgg", "ggml"), (b"fmgg", "ggmf"), (b"tjgg", "ggjt"), (b"algg", "ggla")];
/// LLaMA's numbers in their order (`Hyperparameters`).
const NUMBERS: [&str; 7] = ["n_vocab", "n_embd", "n_mult", "n_head", "n_layer", "n_rot", "ftype"];
/// Tensors of each layer of LLaMA, and beside the layers.
const PER_LAYER: u64 = 9;
const BESIDE: u64 = 3;
/// Longest word and name (`Vocabulary.load`, `Tensor.load`).
const LONGEST: u64 = 4_096;
/// Where data begins in GGJT: at multiples of this.
const ALIGNMENT: u64 = 32;

impl Format for Ggml {
    fn id(&self) -> FormatId {
        FormatId::Ggml
    }

    fn about(&self) -> &'static str {
        "GGML, GGMF, GGJT of LLaMA: its numbers, vocabulary and tensors, when they come out even; of other models and GGLA nothing"
    }

    fn claims(&self, window: &Window) -> Claim {
        if MAGICS.iter().any(|(magic, _)| window.starts_with(*magic)) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut reading = Reading {
            cursor: Cursor::new(source),
            outline: Outline::new(member, FormatId::Ggml, walk),
            tensors: Vec::new(),
        };
        match reading.read(walk) {
            Ok(()) => {}
            Err(error @ (ReadError::Limit(_) | ReadError::Io(_))) => return Err(error),
            Err(error) => {
                let what = format!("not the layout of LLaMA, and the file does not say which it has ({error})");
                return Err(ReadError::unsupported(what, None));
            }
        }
        reading.outline.write(walk)?;
        for (name, at, size) in reading.tensors {
            embedded::tensor(member, &name, &source.range(at, size), walk);
        }
        Ok(())
    }
}

struct Reading {
    cursor: Cursor,
    outline: Outline,
    /// Name, place and bytes of each.
    tensors: Vec<(String, u64, u64)>,
}

impl Reading {
    fn read(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let magic = self.cursor.bytes(4, 4, "the magic")?;
        let kind = MAGICS.iter().find(|(known, _)| known.as_slice() == magic).map_or("", |(_, name)| name);
        let version = if kind == "ggml" { 0 } else { self.number("the version")? };
        let known = matches!((kind, version), ("ggml", 0) | ("ggmf", 1) | ("ggjt", 1..=3));
        if !known {
            return Err(ReadError::malformed(format!("{kind} of version {version}"), 4));
        }
        self.outline.version(kind, None, &version.to_string());
        let mut numbers = [0; NUMBERS.len()];
        for (name, number) in NUMBERS.iter().zip(&mut numbers) {
            *number = self.number("LLaMA's numbers")?;
            self.outline.pair(name, &number.to_string());
        }
        let [words, width, _, _, layers, _, _] = numbers;
        for _ in 0..words {
            walk.budget.opcodes(1)?;
            let length = self.number("a word")?;
            if length > LONGEST {
                return Err(ReadError::malformed("a word of more than 4,096 bytes", self.cursor.at));
            }
            self.cursor.skip(length, "a word")?;
            if kind != "ggml" {
                self.cursor.skip(4, "the score of a word")?;
            }
        }
        let mut count = 0u64;
        while self.cursor.left() > 0 {
            walk.budget.opcodes(1)?;
            self.tensor(kind == "ggjt", version, width, walk)?;
            count = count.saturating_add(1);
        }
        if Some(count) != layers.checked_mul(PER_LAYER).and_then(|count| count.checked_add(BESIDE)) {
            return Err(ReadError::malformed(format!("{count} tensors in {layers} layers"), None));
        }
        Ok(())
    }

    fn tensor(&mut self, aligned: bool, version: u64, width: u64, walk: &Walk<'_>) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let (dimensions, length, kind) = (self.number("a tensor")?, self.number("a tensor")?, self.number("a tensor")?);
        if !(1..=4).contains(&dimensions) || length == 0 || length > LONGEST {
            return Err(ReadError::malformed("no tensor where one must be", at));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.number("the shape of a tensor")?);
        }
        let name = self.cursor.bytes(length, length, "the name of a tensor")?;
        let name = String::from_utf8(name).ok().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
        let name = name.ok_or_else(|| ReadError::malformed("the name of a tensor is no name", at))?;
        if aligned {
            let over = self.cursor.at.checked_rem(ALIGNMENT).unwrap_or(0);
            self.cursor.skip(if over == 0 { 0 } else { ALIGNMENT.saturating_sub(over) }, "the data of a tensor")?;
        }
        let (block, bytes, word) = size_of(kind, version)
            .ok_or_else(|| ReadError::malformed(format!("a tensor of the unknown type {kind}"), at))?;
        let elements = shape.iter().try_fold(1u64, |all, one| all.checked_mul(*one)).filter(|all| *all > 0);
        let size = elements.filter(|all| all.is_multiple_of(block)).and_then(|all| all.checked_div(block));
        let size = size.and_then(|blocks| blocks.checked_mul(bytes));
        let size = size.ok_or_else(|| ReadError::malformed("the shape of a tensor does not fit its type", at))?;
        if name == "norm.weight" && shape != [width] {
            return Err(ReadError::malformed("`norm.weight` is not as wide as the model", at));
        }
        let begins = self.cursor.at;
        self.cursor.skip(size, "the data of a tensor")?;
        self.outline.tensor(Some(&name), word, &shape, Some(begins), Some(size));
        if u64::try_from(self.tensors.len()).is_ok_and(|count| count < walk.limits.records) {
            self.tensors.push((name, begins, size));
        }
        Ok(())
    }

    /// A number of 32 bits, the lowest byte first.
    fn number(&mut self, what: &str) -> Result<u64, ReadError> {
        self.cursor.le(4, what)
    }
}

/// Elements and bytes of one block of a type, and its name. GGJT 3 made the scales of four types half as wide (llama.cpp, llama.h,
/// `LLAMA_FILE_VERSION`; ggml.h of May 2023). Sizes that are wrong for a file do not come out even at its end.
fn size_of(kind: u64, version: u64) -> Option<(u64, u64, &'static str)> {
    let new = version >= 3;
    Some(match kind {
        0 => (1, 4, "F32"),
        1 => (1, 2, "F16"),
        2 => (32, if new { 18 } else { 20 }, "Q4_0"),
        3 => (32, if new { 20 } else { 24 }, "Q4_1"),
        6 => (32, 22, "Q5_0"),
        7 => (32, 24, "Q5_1"),
        8 => (32, if new { 34 } else { 36 }, "Q8_0"),
        10 if new => (256, 84, "Q2_K"),
        11 if new => (256, 110, "Q3_K"),
        12 if new => (256, 144, "Q4_K"),
        13 if new => (256, 176, "Q5_K"),
        14 if new => (256, 210, "Q6_K"),
        _ => return None,
    })
}
