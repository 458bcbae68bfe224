//! Ruby's Marshal, version 4.8 (doc/marshal.rdoc, marshal.c): classes and modules that loading looks up, and those whose own methods it
//! calls. Walked, never made.

#[cfg(test)]
mod tests;

use crate::extract::format::cursor::Cursor;
use crate::extract::format::note::Notes;
use crate::extract::format::objects::{Named, Objects, offer};
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use crate::limits::Exhausted;

/// Ruby's Marshal.
pub(super) struct RubyMarshal;

/// Bytes of symbols that are kept to follow links to them.
const SYMBOLS: usize = 8 << 20;
const NAME: u64 = 512;

impl Format for RubyMarshal {
    fn id(&self) -> FormatId {
        FormatId::RubyMarshal
    }

    fn about(&self) -> &'static str {
        "Ruby Marshal 4.8: classes, modules, and objects that `_load` or `marshal_load` makes"
    }

    /// Two bytes are no firm magic: the byte of a type must stand behind them.
    fn claims(&self, window: &Window) -> Claim {
        match window.head.as_slice() {
            [4, 8, kind, ..] if b"0TFi:;@IecmMlf\"/[{}SouUdC".contains(kind) => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let objects = Objects::new(member, FormatId::RubyMarshal, walk.limits);
        let cursor = Cursor::new(source);
        let mut values =
            Values { cursor, objects, member, tasks: vec![Task::Value], symbols: Vec::new(), room: SYMBOLS, walk };
        let outcome = values.cursor.skip(2, "the version").and_then(|()| values.read());
        let Values { cursor, objects, .. } = values;
        if !objects.is_empty() {
            walk.reached(Reached::Effect);
        } else if outcome.is_ok() && cursor.left() == 0 {
            walk.reached(Reached::Data);
        }
        let named = objects.finish(walk);
        outcome?;
        remainder::read(source, cursor.at, source.size(), Notes { member, format: FormatId::RubyMarshal }, walk)?;
        named
    }
}

/// What is still to be read.
#[derive(Clone, Copy)]
enum Task {
    Value,
    /// So many values.
    Values(u64),
    /// So many pairs of a symbol and a value, their number first.
    Variables,
    /// The same, whose number is known.
    Pairs(u64),
}

struct Values<'w, 'a> {
    cursor: Cursor,
    objects: Objects,
    member: MemberId,
    tasks: Vec<Task>,
    symbols: Vec<Vec<u8>>,
    room: usize,
    walk: &'w mut Walk<'a>,
}

impl Values<'_, '_> {
    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(task) = self.tasks.pop() {
            self.walk.budget.opcodes(1)?;
            match task {
                Task::Value => self.value()?,
                Task::Values(0) | Task::Pairs(0) => {}
                Task::Values(left) => {
                    self.push(Task::Values(left.saturating_sub(1)))?;
                    self.value()?;
                }
                Task::Variables => {
                    let count = self.count("the number of variables")?;
                    self.push(Task::Pairs(count))?;
                }
                Task::Pairs(left) => {
                    self.push(Task::Pairs(left.saturating_sub(1)))?;
                    self.symbol("a variable's name")?;
                    self.push(Task::Value)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, task: Task) -> Result<(), ReadError> {
        if u64::try_from(self.tasks.len()).unwrap_or(u64::MAX) >= self.walk.limits.stack {
            return Err(Exhausted("stack").into());
        }
        self.tasks.push(task);
        Ok(())
    }

    fn value(&mut self) -> Result<(), ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8("the next value")? {
            b'0' | b'T' | b'F' => {}
            b'i' | b'@' => drop(self.fixnum("a number")?),
            b':' => drop(self.new_symbol()?),
            b';' => drop(self.linked_symbol()?),
            // A value with variables: those of a text are its encoding.
            b'I' => {
                self.push(Task::Variables)?;
                self.push(Task::Value)?;
            }
            b'e' => self.named(ObjectKind::Module, "extend", at, Some(Task::Value))?,
            b'C' => self.named(ObjectKind::Class, "subclass", at, Some(Task::Value))?,
            b'o' => self.named(ObjectKind::Class, "allocate", at, Some(Task::Variables))?,
            b'S' => self.named(ObjectKind::Class, "Struct", at, Some(Task::Variables))?,
            b'U' => self.named(ObjectKind::Class, "marshal_load", at, Some(Task::Value))?,
            b'd' => self.named(ObjectKind::Class, "_load_data", at, Some(Task::Value))?,
            b'u' => {
                self.named(ObjectKind::Class, "_load", at, None)?;
                let length = self.count("the length of bytes")?;
                let content = self.cursor.range(length, "the end of bytes")?;
                offer(self.member, &format!("_load-{at}"), &content, self.walk);
            }
            b'c' | b'm' | b'M' => {
                let length = self.count("the length of a name")?;
                let name = self.cursor.bytes(length, NAME, "the end of a name")?;
                self.take(ObjectKind::Type, &name, "const_get", at)?;
            }
            b'l' => {
                self.cursor.skip(1, "a sign")?;
                let shorts = self.count("the length of a number")?;
                self.cursor.skip(shorts.saturating_mul(2), "the end of a number")?;
            }
            b'f' => self.bytes()?,
            b'"' => {
                let length = self.count("the length of a text")?;
                let content = self.cursor.range(length, "the end of a text")?;
                self.objects.text(&content, at)?;
                offer(self.member, &format!("text-{at}"), &content, self.walk);
            }
            b'/' => {
                self.bytes()?;
                self.cursor.skip(1, "the options of an expression")?;
            }
            b'[' => {
                let count = self.count("the number of items")?;
                self.push(Task::Values(count))?;
            }
            b'{' => {
                let count = self.count("the number of pairs")?;
                self.push(Task::Values(count.saturating_mul(2)))?;
            }
            b'}' => {
                let count = self.count("the number of pairs")?;
                // The default stands behind the pairs.
                self.push(Task::Value)?;
                self.push(Task::Values(count.saturating_mul(2)))?;
            }
            kind => return Err(ReadError::malformed(format!("a value of the unknown type {kind:02x}"), at)),
        }
        Ok(())
    }

    fn bytes(&mut self) -> Result<(), ReadError> {
        let length = self.count("a length")?;
        self.cursor.skip(length, "the end of a text")
    }

    /// A name, and what follows it.
    fn named(&mut self, kind: ObjectKind, loader: &str, at: u64, next: Option<Task>) -> Result<(), ReadError> {
        let name = self.symbol("the name of a class")?;
        self.take(kind, &name, loader, at)?;
        next.map_or(Ok(()), |next| self.push(next))
    }

    fn take(&mut self, kind: ObjectKind, name: &[u8], loader: &str, at: u64) -> Result<(), ReadError> {
        // A constant begins with a capital letter, which may be one of any script; what is none is looked up in vain.
        if !name.first().is_some_and(|byte| byte.is_ascii_uppercase() || *byte >= 0x80) {
            return Err(ReadError::malformed("the name of a class is no constant", at));
        }
        self.objects.take(Named::new(kind, name).by(loader), at);
        Ok(())
    }

    /// A symbol: new, linked, or with its encoding (marshal.c, `r_symbol`).
    fn symbol(&mut self, what: &str) -> Result<Vec<u8>, ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8(what)? {
            b':' => self.new_symbol(),
            b';' => self.linked_symbol(),
            b'I' => {
                if self.cursor.u8(what)? != b':' {
                    return Err(ReadError::malformed(format!("{what} is no symbol"), at));
                }
                let name = self.new_symbol()?;
                // The encoding: pairs of a symbol and a short value.
                for _ in 0..self.count("the number of variables")? {
                    self.plain_symbol(what)?;
                    match self.cursor.u8("an encoding")? {
                        b'T' | b'F' => {}
                        b'"' => self.bytes()?,
                        _ => return Err(ReadError::malformed("an encoding that is none", self.cursor.at)),
                    }
                }
                Ok(name)
            }
            _ => Err(ReadError::malformed(format!("{what} is no symbol"), at)),
        }
    }

    fn plain_symbol(&mut self, what: &str) -> Result<(), ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8(what)? {
            b':' => self.new_symbol().map(drop),
            b';' => self.linked_symbol().map(drop),
            _ => Err(ReadError::malformed(format!("{what} is no symbol"), at)),
        }
    }

    fn new_symbol(&mut self) -> Result<Vec<u8>, ReadError> {
        let length = self.count("the length of a symbol")?;
        let name = self.cursor.bytes(length, NAME, "the end of a symbol")?;
        let room = self.room.checked_sub(name.len().saturating_add(32)).ok_or(Exhausted("memo"))?;
        self.room = room;
        self.symbols.push(name.clone());
        Ok(name)
    }

    fn linked_symbol(&mut self) -> Result<Vec<u8>, ReadError> {
        let at = self.cursor.at;
        let number = self.count("a link to a symbol")?;
        let name = usize::try_from(number).ok().and_then(|number| self.symbols.get(number));
        name.cloned().ok_or_else(|| ReadError::malformed("a link to a symbol that is not there", at))
    }

    fn count(&mut self, what: &str) -> Result<u64, ReadError> {
        let at = self.cursor.at;
        u64::try_from(self.fixnum(what)?).map_err(|_| ReadError::malformed(format!("{what} is negative"), at))
    }

    /// A whole number (marshal.rdoc, "Fixnum and long").
    fn fixnum(&mut self, what: &str) -> Result<i64, ReadError> {
        let first = self.cursor.u8(what)?.cast_signed();
        let size = first.unsigned_abs();
        Ok(match first {
            0 => 0,
            5..=127 => i64::from(first).saturating_sub(5),
            -128..=-5 => i64::from(first).saturating_add(5),
            _ => {
                let mut number = 0i64;
                for byte in 0..size {
                    let next = i64::from(self.cursor.u8(what)?);
                    number |= next.checked_shl(u32::from(byte).saturating_mul(8)).unwrap_or(0);
                }
                let whole = 1i64.checked_shl(u32::from(size).saturating_mul(8)).unwrap_or(i64::MAX);
                if first < 0 { number.saturating_sub(whole) } else { number }
            }
        })
    }
}
