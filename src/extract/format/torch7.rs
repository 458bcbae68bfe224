//! Torch7's serialized objects (torch7, doc/serialization.md and File.lua; binary, on 64 bits, and ASCII): classes by name, and Lua functions,
//! which are byte code. Of the numbers of tensors the beginnings are looked at. Iterative: what waits to be read stands in a list.

use crate::extract::embedded;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::Exhausted;
use std::collections::HashSet;

/// Torch7.
pub(super) struct Torch7;

impl Format for Torch7 {
    fn id(&self) -> FormatId {
        FormatId::Torch7
    }

    fn about(&self) -> &'static str {
        "Torch7 .t7, binary and ASCII: classes, Lua functions"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.head.as_slice() {
            // An object or table with its first index, a function: types 3, 4, 6, 7, 8; others hold nothing.
            [3 | 4 | 6..=8, 0, 0, 0, 1, 0, 0, 0, ..] => Claim::Possible,
            [6, 0, 0, 0, ..] => Claim::Possible,
            [b'3' | b'4' | b'6'..=b'8', b'\n', b'1', b'\n', ..] => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let ascii = source.bytes_at(1, 1)? == b"\n";
        let mut reading = Reading {
            source,
            at: 0,
            ascii,
            outline: Outline::new(member, FormatId::Torch7, walk).over(source),
            seen: HashSet::new(),
            waiting: Vec::new(),
            left: walk.limits.values,
        };
        let outcome = reading.read();
        if reading.outline.nodes() == 0 {
            return outcome.and(Err(ReadError::malformed("no object with a class, and no function", None)));
        }
        walk.reached(Reached::Effect);
        reading.outline.write(walk)?;
        outcome
    }
}

struct Reading<'a> {
    source: &'a Source,
    at: u64,
    ascii: bool,
    outline: Outline,
    /// Objects that were read, by index.
    seen: HashSet<u64>,
    /// How many objects are still to be read, by what they are part of.
    waiting: Vec<u64>,
    left: u64,
}

impl Reading<'_> {
    fn read(&mut self) -> Result<(), ReadError> {
        self.waiting.push(1);
        while let Some(count) = self.waiting.pop() {
            let Some(rest) = count.checked_sub(1) else { continue };
            self.waiting.push(rest);
            self.left = self.left.checked_sub(1).ok_or(Exhausted("values"))?;
            self.object()?;
        }
        if self.ascii || self.at == self.source.size() {
            Ok(())
        } else {
            Err(ReadError::malformed("bytes stand behind the object", self.at))
        }
    }

    /// One object (File.lua, `File:readObject`).
    fn object(&mut self) -> Result<(), ReadError> {
        let at = self.at;
        match self.int()? {
            0 => {}
            // A number.
            1 => self.numbers(1, 8)?,
            // A text.
            2 => {
                let size = self.size()?;
                let text = self.source.bytes_at(self.at, size.min(embedded::TEXT))?;
                self.outline.look(&format!("text at {at}"), &String::from_utf8_lossy(&text));
                self.chars(size)?;
            }
            // A boolean.
            5 => drop(self.int()?),
            // A function without an index: the first version of it.
            6 => {
                self.function(at)?;
                self.waiting.push(1);
            }
            kind @ (3 | 4 | 7 | 8) => {
                let index = self.size()?;
                if !self.seen.insert(index) {
                    return Ok(());
                }
                match kind {
                    3 => {
                        let pairs = self.size()?;
                        self.waiting.push(pairs.saturating_mul(2));
                    }
                    4 => self.class(at)?,
                    _ => {
                        self.function(at)?;
                        // The table of what the function holds.
                        self.waiting.push(1);
                    }
                }
            }
            kind => return Err(ReadError::malformed(format!("Torch7 has no type {kind}"), at)),
        }
        Ok(())
    }

    /// The dumped function, which `loadstring` takes.
    fn function(&mut self, at: u64) -> Result<(), ReadError> {
        let size = self.size()?;
        // Many bytes begin as a function would; byte code of Lua and LuaJIT begins with an escape.
        if self.outline.nodes() == 0 && self.source.bytes_at(self.at, 1)? != b"\x1b" {
            return Err(ReadError::malformed("a function that is no byte code", at));
        }
        self.outline.operator(Some("lua"), "function", None, at);
        self.chars(size)
    }

    fn class(&mut self, at: u64) -> Result<(), ReadError> {
        let mut name = self.text()?;
        let mut versioned = false;
        // Files before versions began with the class itself.
        if name.strip_prefix("V ").is_some_and(|number| number.trim().parse::<u32>().is_ok()) {
            name = self.text()?;
            versioned = true;
        }
        // Without a version, and first in the file, a class is known by its package.
        let known = versioned || name.contains('.') || self.outline.nodes() > 0;
        if !known || name.is_empty() || !name.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(ReadError::malformed("the name of a class is no name", at));
        }
        self.outline.operator(Some("class"), &name, None, at);
        let element = |name: &str| match name {
            "Double" | "Long" | "CudaDouble" | "CudaLong" => Some(8),
            "Float" | "Int" | "Cuda" | "CudaInt" => Some(4),
            "Half" | "Short" | "CudaHalf" | "CudaShort" => Some(2),
            "Byte" | "Char" | "CudaByte" | "CudaChar" => Some(1),
            _ => None,
        };
        let of = name.strip_prefix("torch.").unwrap_or_default();
        if let Some(kind) = of.strip_suffix("Tensor")
            && element(kind).is_some()
        {
            // Dimensions, sizes, strides, offset, and the storage as an object (generic/Tensor.c, `torch_Tensor_(write)`).
            let dimensions = self.size()?;
            if dimensions > 64 {
                return Err(ReadError::malformed("a tensor with more than 64 dimensions", at));
            }
            self.longs(dimensions.saturating_mul(2).saturating_add(1))?;
            self.waiting.push(1);
        } else if let Some(bytes) = of.strip_suffix("Storage").and_then(element) {
            let count = self.long()?;
            if !self.ascii || bytes == 1 {
                self.outline.look_at("", self.at, count.saturating_mul(bytes));
            }
            if of == "CharStorage" || of == "ByteStorage" {
                self.chars(count)?;
            } else {
                self.numbers(count, bytes)?;
            }
        } else if matches!(of, "Generator" | "Timer") || name.starts_with("tds.") || name.starts_with("threads.") {
            return Err(ReadError::unsupported("a class that reads its own bytes is not followed", at));
        } else {
            // Every other class is a table, unless a library gave it a `read` of its own; then the next object makes no sense.
            self.waiting.push(1);
        }
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), ReadError> {
        if bytes > self.source.size().saturating_sub(self.at) {
            return Err(ReadError::truncated("the end of an object", self.at));
        }
        self.at = self.at.saturating_add(bytes);
        Ok(())
    }

    /// A number of 32 bits, or one in letters.
    fn int(&mut self) -> Result<i64, ReadError> {
        if self.ascii {
            return self.letters();
        }
        let mut bytes = [0; 4];
        let at = self.at;
        self.skip(4)?;
        self.source.read_at(at, &mut bytes)?;
        Ok(i64::from(i32::from_le_bytes(bytes)))
    }

    fn long(&mut self) -> Result<u64, ReadError> {
        let at = self.at;
        let number = if self.ascii {
            self.letters()?
        } else {
            let mut bytes = [0; 8];
            self.skip(8)?;
            self.source.read_at(at, &mut bytes)?;
            i64::from_le_bytes(bytes)
        };
        u64::try_from(number).map_err(|_| ReadError::malformed("a size below 0", at))
    }

    fn longs(&mut self, count: u64) -> Result<(), ReadError> {
        self.numbers(count, 8)
    }

    fn size(&mut self) -> Result<u64, ReadError> {
        let at = self.at;
        u64::try_from(self.int()?).map_err(|_| ReadError::malformed("a size below 0", at))
    }

    /// Passes over numbers of so many bytes each; in ASCII they are words on one line, or on several.
    fn numbers(&mut self, count: u64, bytes: u64) -> Result<(), ReadError> {
        if !self.ascii {
            return self.skip(count.saturating_mul(bytes));
        }
        for _ in 0..count {
            self.left = self.left.checked_sub(1).ok_or(Exhausted("values"))?;
            self.word()?;
        }
        // An empty storage has an empty line.
        Ok(())
    }

    /// Passes over text; in ASCII a line's end stands behind it.
    fn chars(&mut self, count: u64) -> Result<(), ReadError> {
        self.skip(count)?;
        if self.ascii && self.source.bytes_at(self.at, 1)? == b"\n" {
            self.at = self.at.saturating_add(1);
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String, ReadError> {
        let size = self.size()?;
        let bytes = self.source.bytes_at(self.at, size.min(512))?;
        self.chars(size)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The next word, and the one byte of white space behind it.
    fn word(&mut self) -> Result<Vec<u8>, ReadError> {
        let bytes = self.source.bytes_at(self.at, 128)?;
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let word: Vec<u8> = bytes
            .get(blank..)
            .unwrap_or_default()
            .iter()
            .copied()
            .take_while(|byte| !byte.is_ascii_whitespace())
            .collect();
        if word.is_empty() || word.len() > 64 {
            return Err(ReadError::malformed("no number where one must be", self.at));
        }
        let used = u64::try_from(blank.saturating_add(word.len())).unwrap_or(0);
        self.at = self.at.saturating_add(used).saturating_add(1).min(self.source.size());
        Ok(word)
    }

    fn letters(&mut self) -> Result<i64, ReadError> {
        let at = self.at;
        let word = self.word()?;
        let number = std::str::from_utf8(&word).ok().and_then(|word| word.parse().ok());
        number.ok_or_else(|| ReadError::malformed("no number where one must be", at))
    }
}
