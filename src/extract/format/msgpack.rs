//! MessagePack (spec.md), as Flax (flax/serialization.py) and msgpack-numpy write models: walked, never made. Extension types are named,
//! and a pickle that stands for an array of objects becomes a member.

#[cfg(test)]
mod tests;

use crate::extract::embedded::{self, Looked};
use crate::extract::format::cursor::Cursor;
use crate::extract::format::note::Notes;
use crate::extract::format::objects::{Named, Objects, offer};
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use crate::limits::Exhausted;

/// MessagePack.
pub(super) struct Msgpack;

/// How deep values may nest; msgpack-python refuses more than 1,024 (`_unpacker.pyx`, the stack of unpack_template.h).
const DEPTH: usize = 1_024;
/// Longest text that is looked at: the keys of msgpack-numpy and its letter for a kind.
const SHORT: u64 = 16;

impl Format for Msgpack {
    fn id(&self) -> FormatId {
        FormatId::Msgpack
    }

    fn about(&self) -> &'static str {
        "MessagePack (Flax, msgpack-numpy): extension types, pickled arrays of objects; of data the beginnings are looked at"
    }

    /// There is no magic: a map whose first key is a text, bytes or a number, or a list.
    fn claims(&self, window: &Window) -> Claim {
        let Some(key) = first_key(&window.head) else {
            // An empty map, and nothing else: tables of words without words (spacy/lookups.py, `to_disk`).
            let possible = matches!(window.head.as_slice(), [0x91..=0x9f | 0xdc | 0xdd, ..] | [0x80]);
            return if possible { Claim::Possible } else { Claim::No };
        };
        if is_text(key) || is_number(key) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Msgpack));
        let head = source.bytes_at(0, 6)?;
        let key = first_key(&head);
        // Any bytes may be a map of numbers by chance: of these the name has to say that it is one.
        if !promised && key.is_some_and(is_number) {
            return Ok(());
        }
        let objects = Objects::new(member, FormatId::Msgpack, walk.limits);
        let (cursor, looked) = (Cursor::new(source), Looked::default());
        let mut values = Values { cursor, objects, member, open: Vec::new(), pickles: 0, looked, walk };
        let map = key.is_some() || head == [0x80];
        let outcome = values.read();
        let Values { cursor, objects, pickles, looked, .. } = values;
        looked.write(member, walk);
        let whole = outcome.is_ok() && cursor.left() == 0;
        // Nearly any bytes begin a value, so only the whole content is evidence, or a pickle where msgpack-numpy has one.
        if pickles > 0 || (whole && !objects.is_empty()) {
            walk.reached(Reached::Effect);
        } else if whole && map {
            walk.reached(Reached::Data);
        }
        let named = objects.finish(walk);
        outcome?;
        if promised || pickles > 0 {
            remainder::read(source, cursor.at, source.size(), Notes { member, format: FormatId::Msgpack }, walk)?;
        }
        named
    }
}

/// The first byte of the first key of a map.
fn first_key(head: &[u8]) -> Option<u8> {
    match head {
        [0x81..=0x8f, key, ..] | [0xde, _, _, key, ..] | [0xdf, _, _, _, _, key, ..] => Some(*key),
        _ => None,
    }
}

/// Whether a text begins with this byte, or short bytes.
fn is_text(first: u8) -> bool {
    matches!(first, 0xa1..=0xbf | 0xd9 | 0xc4)
}

fn is_number(first: u8) -> bool {
    matches!(first, 0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff)
}

/// The numbers of an array of Flax (flax/serialization.py, `_ndarray_to_bytes`): a list of the shape, the type's name and the bytes.
fn array(content: &Source) -> Result<Source, ReadError> {
    let mut cursor = Cursor::new(content);
    let number = |cursor: &mut Cursor| -> Result<(), ReadError> {
        let size = match cursor.u8("a length of a shape")? {
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 => 2,
            0xce | 0xd2 => 4,
            0xcf | 0xd3 => 8,
            _ => 0,
        };
        cursor.skip(size, "a length of a shape")
    };
    // What is written otherwise is no array: its bytes are looked at as they are.
    let (0x93, rank @ 0x90..=0x9f) = (cursor.u8("an array")?, cursor.u8("an array")?) else {
        return Ok(content.clone());
    };
    for _ in 0..(rank & 0x0f) {
        number(&mut cursor)?;
    }
    let name = cursor.u8("the name of a type")?;
    cursor.skip(u64::from(name & 0x1f), "the name of a type")?;
    let length = match cursor.u8("the bytes of an array")? {
        0xc4 => cursor.be(1, "the bytes of an array")?,
        0xc5 => cursor.be(2, "the bytes of an array")?,
        0xc6 => cursor.be(4, "the bytes of an array")?,
        _ => return Ok(content.clone()),
    };
    cursor.range(length, "the bytes of an array")
}

/// A map or list that is open, and what it says of an array.
#[derive(Clone, Copy)]
struct Open {
    left: u64,
    map: bool,
    /// The key that was read last.
    key: Key,
    /// It has a key `nd`.
    array: bool,
    /// Its `kind` is `O`.
    object: bool,
    /// Where its `data` is, and how long.
    data: Option<(u64, u64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Nd,
    Kind,
    Data,
    Other,
}

struct Values<'w, 'a> {
    cursor: Cursor,
    objects: Objects,
    member: MemberId,
    open: Vec<Open>,
    pickles: u64,
    looked: Looked,
    walk: &'w mut Walk<'a>,
}

impl Values<'_, '_> {
    /// Reads one value, with all that is in it.
    fn read(&mut self) -> Result<(), ReadError> {
        loop {
            self.walk.budget.opcodes(1)?;
            self.value()?;
            while let Some(open) = self.open.last_mut() {
                if open.left > 0 {
                    open.left = open.left.saturating_sub(1);
                    break;
                }
                let open = *open;
                self.open.pop();
                self.close(open)?;
            }
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn value(&mut self) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let byte = self.cursor.u8("the next value")?;
        match byte {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => self.other(),
            0x80..=0x8f => self.begin(u64::from(byte & 0x0f), true)?,
            0x90..=0x9f => self.begin(u64::from(byte & 0x0f), false)?,
            0xa0..=0xbf => self.text(u64::from(byte & 0x1f), false)?,
            0xc1 => return Err(ReadError::malformed("a value of the type C1, which is never used", at)),
            0xc4 | 0xd9 => self.sized(1, byte == 0xc4)?,
            0xc5 | 0xda => self.sized(2, byte == 0xc5)?,
            0xc6 | 0xdb => self.sized(4, byte == 0xc6)?,
            0xc7 => self.extension(1, at)?,
            0xc8 => self.extension(2, at)?,
            0xc9 => self.extension(4, at)?,
            0xcc | 0xd0 => self.number(1)?,
            0xcd | 0xd1 => self.number(2)?,
            0xca | 0xce | 0xd2 => self.number(4)?,
            0xcb | 0xcf | 0xd3 => self.number(8)?,
            0xd4 => self.extended(1, at)?,
            0xd5 => self.extended(2, at)?,
            0xd6 => self.extended(4, at)?,
            0xd7 => self.extended(8, at)?,
            0xd8 => self.extended(16, at)?,
            0xdc => self.begin_sized(2, false)?,
            0xdd => self.begin_sized(4, false)?,
            0xde => self.begin_sized(2, true)?,
            0xdf => self.begin_sized(4, true)?,
        }
        Ok(())
    }

    /// Whether the value that comes next, or came last, is a key: keys and values of a map take turns.
    fn is_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.map && open.left % 2 == 1)
    }

    fn other(&mut self) {
        if self.is_key()
            && let Some(open) = self.open.last_mut()
        {
            open.key = Key::Other;
        }
    }

    fn number(&mut self, size: u64) -> Result<(), ReadError> {
        self.other();
        self.cursor.skip(size, "the end of a number")
    }

    fn sized(&mut self, size: u8, data: bool) -> Result<(), ReadError> {
        let length = self.cursor.be(size, "a length")?;
        self.text(length, data)
    }

    /// A text or bytes.
    fn text(&mut self, length: u64, data: bool) -> Result<(), ReadError> {
        let at = self.cursor.at;
        if data {
            self.looked.tensor(&format!("at {at}"), &self.cursor.source().range(at, length));
        } else if length > SHORT {
            let text = self.cursor.source().bytes_at(at, length.min(embedded::TEXT))?;
            self.looked.text(&String::from_utf8_lossy(&text), || format!("at {at}"));
        }
        let bytes = self.cursor.bytes(length, if length <= SHORT { SHORT } else { 0 }, "the end of a text or bytes")?;
        let key = self.is_key();
        if let Some(open) = self.open.last_mut() {
            match (key, open.key) {
                (true, _) => {
                    open.key = match bytes.as_slice() {
                        b"nd" => Key::Nd,
                        b"kind" => Key::Kind,
                        b"data" => Key::Data,
                        _ => Key::Other,
                    };
                    open.array |= open.key == Key::Nd;
                }
                (false, Key::Kind) => open.object |= bytes == b"O",
                (false, Key::Data) => open.data = Some((at, length)),
                (false, _) => {}
            }
        }
        Ok(())
    }

    fn begin_sized(&mut self, size: u8, map: bool) -> Result<(), ReadError> {
        let count = self.cursor.be(size, "a number of items")?;
        self.begin(count, map)
    }

    fn begin(&mut self, count: u64, map: bool) -> Result<(), ReadError> {
        self.other();
        if self.open.len() >= DEPTH {
            return Err(Exhausted("depth").into());
        }
        let left = if map { count.saturating_mul(2) } else { count };
        self.open.push(Open { left, map, key: Key::Other, array: false, object: false, data: None });
        Ok(())
    }

    fn extension(&mut self, size: u8, at: u64) -> Result<(), ReadError> {
        let length = self.cursor.be(size, "the length of an extension")?;
        self.extended(length, at)
    }

    fn extended(&mut self, length: u64, at: u64) -> Result<(), ReadError> {
        self.other();
        let code = self.cursor.u8("the type of an extension")?.cast_signed();
        let content = self.cursor.range(length, "the end of an extension")?;
        self.objects.take(Named::new(ObjectKind::Extension, code.to_string().as_bytes()), at);
        if code == 1 {
            let data = array(&content)?;
            self.looked.tensor(&format!("at {at}"), &data);
        }
        // Flax's own hold numbers (1 to 3), and the specification's holds a time (-1).
        if !matches!(code, -1 | 1..=3) {
            offer(self.member, &format!("extension{code}-{at}"), &content, self.walk);
        }
        Ok(())
    }

    /// At the end of a map: `pickle.loads(obj[b'data'])` (msgpack_numpy.py, `decode`).
    fn close(&mut self, open: Open) -> Result<(), ReadError> {
        let Some((at, length)) = open.data.filter(|_| open.array && open.object) else { return Ok(()) };
        let here = std::mem::replace(&mut self.cursor.at, at);
        let content = self.cursor.range(length, "the end of an array")?;
        self.cursor.at = here;
        self.pickles = self.pickles.saturating_add(1);
        self.objects.take(Named::new(ObjectKind::Codec, b"pickle").by("msgpack-numpy"), at);
        if offer(self.member, &format!("objects-{at}"), &content, self.walk).is_some() {
            self.looked.forget(&content);
        }
        Ok(())
    }
}
