//! The grammar of an object stream ("6.4.1 Rules of the Grammar"), walked with a list of what is still to come in place of recursion.

use crate::extract::format::cursor::Cursor;
use crate::extract::format::objects::{Named, Objects, offer};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use crate::limits::Exhausted;

/// Classes and fields that are kept.
const ROOM: usize = 1 << 18;
/// Bytes of a name that are kept.
const NAME: u64 = 512;
/// Bits of a class's flags ("6.4.2").
const WRITE_METHOD: u8 = 1;
const SERIALIZABLE: u8 = 2;
const EXTERNALIZABLE: u8 = 4;
const BLOCK_DATA: u8 = 8;
const ENUM: u8 = 16;
/// How many classes one may derive from.
const ANCESTORS: usize = 1_024;

/// A class's description.
struct Class {
    flags: u8,
    /// The letters of its fields' types.
    fields: Vec<u8>,
    /// Its name, for arrays.
    name: Vec<u8>,
    /// The class that it derives from.
    above: Option<usize>,
}

/// What is still to be read.
#[derive(Clone, Copy)]
enum Task {
    /// One content.
    Content,
    /// Contents up to the mark that ends them.
    Annotation,
    /// A class, and then this.
    Class(Then),
    /// The class above this one.
    Above(usize),
    /// The next of a class's fields, from this one on.
    Fields(usize, usize),
    /// What a class stands in front of.
    Follow(usize, Then),
    /// So many objects of an array.
    Items(u64),
}

/// What a class stands in front of.
#[derive(Clone, Copy)]
enum Then {
    Object,
    Array,
    Enum,
    Type,
    Nothing,
}

/// The walk.
pub(super) struct Stream<'w, 'a> {
    cursor: Cursor,
    objects: Objects,
    member: MemberId,
    walk: &'w mut Walk<'a>,
    tasks: Vec<Task>,
    classes: Vec<Class>,
    /// What handles stand for: indices of classes from 1 on, and 0 for all else.
    handles: Vec<u32>,
    /// Classes and fields that may still be kept.
    room: usize,
}

impl<'w, 'a> Stream<'w, 'a> {
    pub(super) fn new(source: &Source, member: MemberId, walk: &'w mut Walk<'a>) -> Self {
        let objects = Objects::new(member, FormatId::Java, walk.limits);
        let (tasks, classes, handles) = (Vec::new(), Vec::new(), Vec::new());
        Self { cursor: Cursor::new(source), objects, member, walk, tasks, classes, handles, room: ROOM }
    }

    /// Where the walk ended, and what was named.
    pub(super) fn end(self) -> (u64, Objects) {
        (self.cursor.at, self.objects)
    }

    /// Walks every content of the stream: a reader may ask for each.
    pub(super) fn read(&mut self) -> Result<(), ReadError> {
        self.cursor.skip(4, "the version")?;
        if self.cursor.left() == 0 {
            return Err(ReadError::truncated("the first content", self.cursor.at));
        }
        while self.cursor.left() > 0 {
            self.tasks.push(Task::Content);
            while let Some(task) = self.tasks.pop() {
                self.walk.budget.opcodes(1)?;
                self.step(task)?;
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

    fn step(&mut self, task: Task) -> Result<(), ReadError> {
        match task {
            Task::Content => self.content(),
            Task::Annotation => {
                if self.cursor.peek()? == Some(END_BLOCK_DATA) {
                    return self.cursor.skip(1, "the end of a block");
                }
                self.push(Task::Annotation)?;
                self.push(Task::Content)
            }
            Task::Class(then) => self.class(then),
            Task::Above(below) => self.above(below),
            Task::Fields(class, from) => self.values(class, from),
            Task::Follow(class, then) => self.follow(class, then),
            Task::Items(0) => Ok(()),
            Task::Items(left) => {
                self.push(Task::Items(left.saturating_sub(1)))?;
                self.content()
            }
        }
    }

    fn content(&mut self) -> Result<(), ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8("the next content")? {
            NULL => Ok(()),
            REFERENCE => self.reference().map(drop),
            CLASS_DESC | PROXY_CLASS_DESC => {
                self.cursor.at = at;
                self.class(Then::Nothing)
            }
            OBJECT => self.push(Task::Class(Then::Object)),
            ARRAY => self.push(Task::Class(Then::Array)),
            ENUM_CONSTANT => self.push(Task::Class(Then::Enum)),
            CLASS => self.push(Task::Class(Then::Type)),
            STRING => {
                self.handle(0)?;
                let length = self.cursor.be(2, "the length of a text")?;
                let text = self.cursor.range(length, "the end of a text")?;
                self.objects.text(&text, at)
            }
            LONG_STRING => {
                self.handle(0)?;
                let length = self.cursor.be(8, "the length of a text")?;
                let text = self.cursor.range(length, "the end of a text")?;
                self.objects.text(&text, at)
            }
            BLOCK_DATA_SHORT => {
                let length = self.cursor.be(1, "the length of a block")?;
                self.cursor.skip(length, "the end of a block")
            }
            BLOCK_DATA_LONG => {
                let length = self.cursor.be(4, "the length of a block")?;
                let content = self.cursor.range(length, "the end of a block")?;
                offer(self.member, &format!("block-{at}"), &content, self.walk);
                Ok(())
            }
            RESET => {
                self.handles.clear();
                Ok(())
            }
            EXCEPTION => {
                self.handles.clear();
                self.push(Task::Content)
            }
            byte => Err(ReadError::malformed(format!("a content of the unknown kind {byte:02x}"), at)),
        }
    }

    /// A class's description, and what it stands in front of.
    fn class(&mut self, then: Then) -> Result<(), ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8("a class")? {
            NULL => match then {
                Then::Nothing => Ok(()),
                _ => Err(ReadError::malformed("an object without a class", at)),
            },
            REFERENCE => {
                let class = self.reference()?.checked_sub(1);
                let class = class.ok_or_else(|| ReadError::malformed("a reference that is to no class", at))?;
                self.follow(class, then)
            }
            CLASS_DESC => {
                let class = self.describe(at, then)?;
                self.behind(class, then)
            }
            PROXY_CLASS_DESC => {
                let class =
                    self.add(Class { flags: SERIALIZABLE, fields: Vec::new(), name: Vec::new(), above: None })?;
                for _ in 0..self.cursor.be(4, "the number of interfaces")? {
                    self.walk.budget.opcodes(1)?;
                    let name = self.text("an interface")?;
                    self.objects.take(Named::new(ObjectKind::Proxy, &name), at);
                }
                self.behind(class, then)
            }
            byte => Err(ReadError::malformed(format!("a class of the unknown kind {byte:02x}"), at)),
        }
    }

    /// Name, flags and fields of a class.
    fn describe(&mut self, at: u64, then: Then) -> Result<usize, ReadError> {
        let name = self.text("the name of a class")?;
        self.cursor.skip(8, "the version of a class")?;
        let class = self.add(Class { flags: 0, fields: Vec::new(), name: name.clone(), above: None })?;
        let flags = self.cursor.u8("the flags of a class")?;
        let loader = match flags {
            flags if flags & ENUM != 0 => "valueOf",
            flags if flags & EXTERNALIZABLE != 0 => "readExternal",
            flags if flags & WRITE_METHOD != 0 => "readObject",
            _ => "fields",
        };
        let kind = if matches!(then, Then::Type) { ObjectKind::Type } else { ObjectKind::Class };
        self.objects.take(Named::new(kind, &name).by(loader), at);
        let mut fields = Vec::new();
        for _ in 0..self.cursor.be(2, "the number of fields")? {
            self.walk.budget.opcodes(1)?;
            let at = self.cursor.at;
            let letter = self.cursor.u8("the type of a field")?;
            self.text("the name of a field")?;
            match letter {
                b'L' | b'[' => self.type_name()?,
                b'B' | b'C' | b'D' | b'F' | b'I' | b'J' | b'S' | b'Z' => {}
                _ => return Err(ReadError::malformed("a field of an unknown type", at)),
            }
            self.room = self.room.checked_sub(1).ok_or(Exhausted("values"))?;
            fields.push(letter);
        }
        if let Some(class) = self.classes.get_mut(class) {
            class.flags = flags;
            class.fields = fields;
        }
        Ok(class)
    }

    /// The text of a field's type: it has a handle, and may stand for an earlier one.
    fn type_name(&mut self) -> Result<(), ReadError> {
        let at = self.cursor.at;
        match self.cursor.u8("the class of a field")? {
            STRING => {
                self.handle(0)?;
                self.text("the class of a field").map(drop)
            }
            REFERENCE => self.reference().map(drop),
            _ => Err(ReadError::malformed("the class of a field is no text", at)),
        }
    }

    /// After a class's fields: its annotation, the class above, and then what it stands in front of.
    fn behind(&mut self, class: usize, then: Then) -> Result<(), ReadError> {
        self.push(Task::Follow(class, then))?;
        self.push(Task::Above(class))?;
        self.push(Task::Annotation)
    }

    /// The class above: a description, an earlier one, or none.
    fn above(&mut self, below: usize) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let above = match self.cursor.peek()? {
            Some(NULL) => return self.cursor.skip(1, "no class"),
            Some(REFERENCE) => {
                self.cursor.skip(1, "a reference")?;
                let class = self.reference()?.checked_sub(1);
                class.ok_or_else(|| ReadError::malformed("a reference that is to no class", at))?
            }
            _ => {
                let next = self.classes.len();
                self.class(Then::Nothing)?;
                next
            }
        };
        if let Some(class) = self.classes.get_mut(below) {
            class.above = Some(above);
        }
        Ok(())
    }

    /// What stands behind a class.
    fn follow(&mut self, class: usize, then: Then) -> Result<(), ReadError> {
        match then {
            Then::Nothing => Ok(()),
            Then::Type => self.handle(0),
            Then::Enum => {
                self.handle(0)?;
                self.push(Task::Content)
            }
            Then::Array => {
                self.handle(0)?;
                let at = self.cursor.at;
                let count = self.cursor.be(4, "the length of an array")?;
                let size = match self.classes.get(class).and_then(|class| class.name.get(1)) {
                    Some(b'B' | b'Z') => 1,
                    Some(b'C' | b'S') => 2,
                    Some(b'F' | b'I') => 4,
                    Some(b'D' | b'J') => 8,
                    Some(b'L' | b'[') => return self.push(Task::Items(count)),
                    _ => return Err(ReadError::malformed("an array whose class is none", at)),
                };
                let content = self.cursor.range(count.saturating_mul(size), "the end of an array")?;
                if size == 1 {
                    offer(self.member, &format!("array-{at}"), &content, self.walk);
                }
                Ok(())
            }
            Then::Object => {
                self.handle(0)?;
                // The uppermost class's data comes first, so it is pushed last.
                let mut next = Some(class);
                for _ in 0..ANCESTORS {
                    let Some(class) = next else { return Ok(()) };
                    self.walk.budget.opcodes(1)?;
                    self.push(Task::Fields(class, 0))?;
                    next = self.classes.get(class).and_then(|class| class.above);
                }
                Err(ReadError::malformed("a class that derives from too many", self.cursor.at))
            }
        }
    }

    /// A class's fields from one of them on, and what its own method wrote behind them.
    fn values(&mut self, class: usize, from: usize) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let Some(Class { flags, fields, .. }) = self.classes.get(class) else { return Ok(()) };
        let flags = *flags;
        if flags & EXTERNALIZABLE != 0 {
            if flags & BLOCK_DATA == 0 {
                // Protocol 1: only the class itself knows where its data ends.
                return Err(ReadError::unsupported("an external object without blocks, whose end is not told", at));
            }
            return self.push(Task::Annotation);
        }
        if flags & SERIALIZABLE == 0 {
            return Ok(());
        }
        for (index, letter) in fields.iter().enumerate().skip(from) {
            let size = match letter {
                b'B' | b'Z' => 1,
                b'C' | b'S' => 2,
                b'F' | b'I' => 4,
                b'D' | b'J' => 8,
                _ => {
                    self.push(Task::Fields(class, index.saturating_add(1)))?;
                    return self.push(Task::Content);
                }
            };
            self.cursor.skip(size, "the end of a field")?;
        }
        if flags & WRITE_METHOD != 0 { self.push(Task::Annotation) } else { Ok(()) }
    }

    fn add(&mut self, class: Class) -> Result<usize, ReadError> {
        self.room = self.room.checked_sub(1).ok_or(Exhausted("values"))?;
        let index = self.classes.len();
        self.classes.push(class);
        self.handle(u32::try_from(index.saturating_add(1)).unwrap_or(0))?;
        Ok(index)
    }

    fn handle(&mut self, stands: u32) -> Result<(), ReadError> {
        if u64::try_from(self.handles.len()).unwrap_or(u64::MAX) >= self.walk.limits.memo {
            return Err(Exhausted("memo").into());
        }
        self.handles.push(stands);
        Ok(())
    }

    /// What a handle stands for: a class's index and one more, or 0.
    fn reference(&mut self) -> Result<usize, ReadError> {
        let at = self.cursor.at;
        let handle = self.cursor.be(4, "a handle")?;
        let index = handle.checked_sub(BASE).and_then(|index| usize::try_from(index).ok());
        let stands = index.and_then(|index| self.handles.get(index));
        let stands = stands.ok_or_else(|| ReadError::malformed("a handle that stands for nothing", at))?;
        Ok(usize::try_from(*stands).unwrap_or(0))
    }

    fn text(&mut self, what: &str) -> Result<Vec<u8>, ReadError> {
        let length = self.cursor.be(2, what)?;
        self.cursor.bytes(length, NAME, what)
    }
}

/// The first handle (`baseWireHandle`).
const BASE: u64 = 0x7e_0000;

// Terminal symbols.
const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS_DESC: u8 = 0x72;
const OBJECT: u8 = 0x73;
const STRING: u8 = 0x74;
const ARRAY: u8 = 0x75;
const CLASS: u8 = 0x76;
const BLOCK_DATA_SHORT: u8 = 0x77;
const END_BLOCK_DATA: u8 = 0x78;
const RESET: u8 = 0x79;
const BLOCK_DATA_LONG: u8 = 0x7a;
const EXCEPTION: u8 = 0x7b;
const LONG_STRING: u8 = 0x7c;
const PROXY_CLASS_DESC: u8 = 0x7d;
const ENUM_CONSTANT: u8 = 0x7e;
