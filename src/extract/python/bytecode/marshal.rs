//! Python's marshal stream (CPython, Python/marshal.c), as the byte code files of one version have it: constants and code objects, in one table. Keeps
//! a list of what is still to come in place of recursion, and copies no text. Makes nothing of what it reads.

use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;
use crate::limits::{Budget, Exhausted};
use std::ops::Range;

/// Deepest nesting that Python itself reads (marshal.c, `MAX_MARSHAL_STACK_DEPTH`).
const DEEPEST: usize = 2_000;
/// The bit that says that an object can be referred to (marshal.c, `FLAG_REF`).
const REFERRED: u8 = 0x80;

/// The place of an object in the table; 0 is whatever is no text, no container and no code.
pub(super) type Index = u32;

/// An object.
#[derive(Debug)]
pub(super) enum Item {
    /// A number, `None`, a boolean and the like.
    Plain,
    /// A text, by its place in the content.
    Text(Range<u32>),
    /// Bytes, by their place in the content.
    Bytes(Range<u32>),
    /// What a tuple, list, set, slice or dictionary holds.
    List(Box<[Index]>),
    /// A code object.
    Code(Box<Code>),
    /// A container that is not yet at its end.
    Open,
}

/// What is looked at of a code object; the rest is passed over.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub flags: u32,
    pub line: u32,
    pub code: Index,
    pub constants: Index,
    pub names: Index,
    /// Names of local variables; since 3.11 of all variables.
    pub locals: Index,
    pub free: Index,
    pub cells: Index,
    pub name: Index,
}

/// What stands at a place of a code object.
#[derive(Debug, Clone, Copy)]
enum Field {
    Number,
    Flags,
    Line,
    Code,
    Constants,
    Names,
    Locals,
    Free,
    Cells,
    Name,
    Other,
}

use Field::{Cells, Code as Octets, Constants, Flags, Free, Line, Locals, Name, Names, Number, Other};

/// marshal.c, `r_object`, `TYPE_CODE`, of each version.
const PYTHON_2: &[Field] =
    &[Number, Number, Number, Flags, Octets, Constants, Names, Locals, Free, Cells, Other, Name, Line, Other];
const PYTHON_3: &[Field] =
    &[Number, Number, Number, Number, Flags, Octets, Constants, Names, Locals, Free, Cells, Other, Name, Line, Other];
const PYTHON_3_8: &[Field] = &[
    Number, Number, Number, Number, Number, Flags, Octets, Constants, Names, Locals, Free, Cells, Other, Name, Line,
    Other,
];
const PYTHON_3_11: &[Field] = &[
    Number, Number, Number, Number, Flags, Octets, Constants, Names, Locals, Other, Other, Name, Other, Line, Other,
    Other,
];

fn layout(version: (u8, u8)) -> &'static [Field] {
    match version {
        (2, _) => PYTHON_2,
        (3, 0..=7) => PYTHON_3,
        (3, 8..=10) => PYTHON_3_8,
        _ => PYTHON_3_11,
    }
}

/// A container or code object that is being read.
enum Frame {
    /// So many more items, or all to the end mark.
    List { left: Option<u32>, items: Vec<Index>, to: Index },
    /// The rest of a code object's fields.
    Code { rest: &'static [Field], code: Box<Code>, to: Index },
}

/// The objects of a stream.
#[derive(Debug)]
pub(super) struct Stream {
    /// All that are no plain values.
    pub items: Vec<Item>,
    /// The object that the stream is.
    pub top: Index,
    /// Bytes that follow it.
    pub rest: usize,
}

struct Decoder<'a, 'b> {
    reader: Reader<'a>,
    budget: &'b mut Budget,
    version: (u8, u8),
    items: Vec<Item>,
    referred: Vec<Index>,
    interned: Vec<Index>,
    open: Vec<Frame>,
}

/// Reads the object that begins at `from`.
pub(super) fn read(bytes: &[u8], from: usize, version: (u8, u8), budget: &mut Budget) -> Result<Stream, ReadError> {
    let mut reader = Reader::new(bytes);
    reader.take(from)?;
    let (items, referred, interned, open) = (vec![Item::Plain], Vec::new(), Vec::new(), Vec::new());
    let mut decoder = Decoder { reader, budget, version, items, referred, interned, open };
    let top = decoder.object()?;
    Ok(Stream { items: decoder.items, top, rest: decoder.reader.rest().len() })
}

impl Decoder<'_, '_> {
    fn object(&mut self) -> Result<Index, ReadError> {
        loop {
            let mut done = self.begin()?;
            // A whole object is an item of what is open; that may be whole then too.
            while let Some(index) = done {
                done = match self.hand(index)? {
                    Handed::Whole(index) => Some(index),
                    Handed::Open => None,
                    Handed::Top => return Ok(index),
                };
            }
        }
    }

    fn malformed(&self, what: &str) -> ReadError {
        ReadError::malformed(what, u64::try_from(self.reader.at()).ok())
    }

    fn push(&mut self, item: Item) -> Result<Index, ReadError> {
        let index = Index::try_from(self.items.len()).map_err(|_| Exhausted("opcodes"))?;
        self.items.push(item);
        Ok(index)
    }

    fn here(&self) -> u32 {
        u32::try_from(self.reader.at()).unwrap_or(u32::MAX)
    }

    fn span(&mut self, count: u32) -> Result<Range<u32>, ReadError> {
        let from = self.here();
        self.reader.take(usize::try_from(count).unwrap_or(usize::MAX))?;
        Ok(from..self.here())
    }

    fn text(&mut self, count: u32) -> Result<Index, ReadError> {
        let span = self.span(count)?;
        self.push(Item::Text(span))
    }

    /// Reads what begins an object; `None` when it is a container whose items follow.
    fn begin(&mut self) -> Result<Option<Index>, ReadError> {
        self.budget.opcodes(1)?;
        let byte = self.reader.u8()?;
        let (kind, referred) = (byte & !REFERRED, byte & REFERRED != 0 && self.version >= (3, 4));
        let kind = if self.version >= (3, 4) { kind } else { byte };
        let slot = referred.then(|| {
            self.referred.push(0);
            self.referred.len().saturating_sub(1)
        });
        let index = match kind {
            b'N' | b'F' | b'T' | b'S' | b'.' => 0,
            b'i' => self.skip(4)?,
            b'I' | b'g' => self.skip(8)?,
            b'y' => self.skip(16)?,
            b'f' => self.short()?,
            b'x' => {
                self.short()?;
                self.short()?
            }
            b'l' => {
                let digits = self.reader.le_u32()?.cast_signed().unsigned_abs();
                self.skip(usize::try_from(digits).unwrap_or(usize::MAX).saturating_mul(2))?
            }
            b's' => {
                let count = self.reader.le_u32()?;
                let span = self.span(count)?;
                self.push(Item::Bytes(span))?
            }
            b't' | b'u' | b'a' | b'A' => {
                let count = self.reader.le_u32()?;
                let index = self.text(count)?;
                if kind == b't' && self.version < (3, 0) {
                    self.interned.push(index);
                }
                index
            }
            b'z' | b'Z' => {
                let count = self.reader.u8()?;
                self.text(u32::from(count))?
            }
            b'R' if self.version < (3, 0) => {
                let at = usize::try_from(self.reader.le_u32()?).unwrap_or(usize::MAX);
                self.interned.get(at).copied().ok_or_else(|| self.malformed("a reference to no text"))?
            }
            b'r' if self.version >= (3, 4) => {
                let at = usize::try_from(self.reader.le_u32()?).unwrap_or(usize::MAX);
                self.referred.get(at).copied().ok_or_else(|| self.malformed("a reference to no object"))?
            }
            b')' => {
                let count = self.reader.u8()?;
                return self.list(Some(u32::from(count)), slot);
            }
            b'(' | b'[' | b'<' | b'>' => {
                let count = self.reader.le_u32()?;
                return self.list(Some(count), slot);
            }
            b':' if self.version >= (3, 14) => return self.list(Some(3), slot),
            b'{' => return self.list(None, slot),
            b'0' => return self.end(),
            b'c' => {
                let to = self.opened(slot)?;
                self.open.push(Frame::Code { rest: layout(self.version), code: Box::default(), to });
                return self.numbers();
            }
            _ => return Err(self.malformed("an object of no known type")),
        };
        if let Some(place) = slot.and_then(|slot| self.referred.get_mut(slot)) {
            *place = index;
        }
        Ok(Some(index))
    }

    fn skip(&mut self, count: usize) -> Result<Index, ReadError> {
        self.reader.take(count)?;
        Ok(0)
    }

    fn short(&mut self) -> Result<Index, ReadError> {
        let count = self.reader.u8()?;
        self.skip(usize::from(count))
    }

    /// A place for a container, which can be referred to before it is whole.
    fn opened(&mut self, slot: Option<usize>) -> Result<Index, ReadError> {
        if self.open.len() >= DEEPEST {
            return Err(self.malformed("objects nest deeper than Python reads"));
        }
        let to = self.push(Item::Open)?;
        if let Some(place) = slot.and_then(|slot| self.referred.get_mut(slot)) {
            *place = to;
        }
        Ok(to)
    }

    fn list(&mut self, left: Option<u32>, slot: Option<usize>) -> Result<Option<Index>, ReadError> {
        let to = self.opened(slot)?;
        if left == Some(0) {
            self.set(to, Item::List(Box::default()));
            return Ok(Some(to));
        }
        self.open.push(Frame::List { left, items: Vec::new(), to });
        Ok(None)
    }

    fn set(&mut self, to: Index, item: Item) {
        if let Some(place) = usize::try_from(to).ok().and_then(|to| self.items.get_mut(to)) {
            *place = item;
        }
    }

    /// The end mark of a dictionary, which may stand in place of a key alone.
    fn end(&mut self) -> Result<Option<Index>, ReadError> {
        match self.open.pop() {
            Some(Frame::List { left: None, items, to }) if items.len().is_multiple_of(2) => {
                self.set(to, Item::List(items.into()));
                Ok(Some(to))
            }
            _ => Err(self.malformed("an end mark where nothing ends")),
        }
    }

    /// Hands a whole object to what it stands in.
    fn hand(&mut self, index: Index) -> Result<Handed, ReadError> {
        match self.open.last_mut() {
            None => return Ok(Handed::Top),
            Some(Frame::List { left, items, .. }) => {
                items.push(index);
                if let Some(left) = left {
                    *left = left.saturating_sub(1);
                    if *left > 0 {
                        return Ok(Handed::Open);
                    }
                } else {
                    return Ok(Handed::Open);
                }
            }
            Some(Frame::Code { rest, code, .. }) => {
                let Some((field, after)) = rest.split_first() else { return Ok(Handed::Open) };
                match field {
                    Octets => code.code = index,
                    Constants => code.constants = index,
                    Names => code.names = index,
                    Locals => code.locals = index,
                    Free => code.free = index,
                    Cells => code.cells = index,
                    Name => code.name = index,
                    _ => {}
                }
                *rest = after;
                return Ok(self.numbers()?.map_or(Handed::Open, Handed::Whole));
            }
        }
        Ok(self.close().map_or(Handed::Open, Handed::Whole))
    }

    /// Reads the numbers of a code object up to its next object; the code object when it is whole.
    fn numbers(&mut self) -> Result<Option<Index>, ReadError> {
        loop {
            let Some(Frame::Code { rest, code, .. }) = self.open.last_mut() else { return Ok(None) };
            match rest.split_first() {
                Some((field @ (Number | Flags | Line), after)) => {
                    let number = self.reader.le_u32()?;
                    match field {
                        Flags => code.flags = number,
                        Line => code.line = number,
                        _ => {}
                    }
                    *rest = after;
                }
                Some(_) => return Ok(None),
                None => return Ok(self.close()),
            }
        }
    }

    fn close(&mut self) -> Option<Index> {
        let (item, to) = match self.open.pop()? {
            Frame::List { items, to, .. } => (Item::List(items.into()), to),
            Frame::Code { code, to, .. } => (Item::Code(code), to),
        };
        self.set(to, item);
        Some(to)
    }
}

/// What became of an object that was handed on.
enum Handed {
    /// It was the last of what is now whole too.
    Whole(Index),
    /// More is to come.
    Open,
    /// It is the one that the stream is.
    Top,
}
