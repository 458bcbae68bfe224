//! The items of R's serialization (serialize.c, `ReadItem`, `ReadBC`, `ReadBCLang`), walked with a list of what is still to come in place
//! of recursion. Names functions, promises and classes; makes nothing.

use crate::extract::embedded::{self, Looked};
use crate::extract::format::objects::{Named, Objects, offer};
use crate::extract::format::r::coding::Words;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use crate::limits::Exhausted;

/// Bytes of names that are kept to follow references to symbols; R's longest symbol has 10,000.
const NAMES: usize = 8 << 20;
const NAME: u64 = 512;
/// Bits of an item's flags behind its type (serialize.c, `PackFlags`).
const HAS_ATTRIBUTES: u32 = 1 << 9;
const HAS_TAG: u32 = 1 << 10;
const LEVELS: u32 = 12;
/// Bit of a binding's levels (Defn.h, `ACTIVE_BINDING_MASK`).
const ACTIVE: u32 = 1 << 15;

/// What an item is to the one that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A value.
    Value,
    /// Attributes: a list with tags.
    Attributes,
    /// The value of an attribute `class`.
    Class,
    /// What says of which class a vector in another form is.
    Form,
    /// The list of variables that `save` wrote.
    Saved,
    /// What a variable of that list is bound to.
    Variable(u32),
    /// What a variable or argument of this name is bound to.
    Bound(u32),
    /// The expression of a promise of this name that has no value yet.
    Promise(u32),
    /// The body of a function of this name.
    Body(u32),
    /// The function of a call, or a constant of byte code.
    Called,
    /// The arguments of `::`, the second of which is called.
    Qualified,
    Qualifying,
}

impl Use {
    /// The name of what a function or promise is bound to; 0 for none.
    fn name(self) -> u32 {
        match self {
            Self::Variable(name) | Self::Bound(name) | Self::Body(name) => name,
            _ => 0,
        }
    }
}

/// What is still to be read.
#[derive(Debug, Clone, Copy)]
enum Task {
    Item(Use),
    Items(u64),
    /// What follows the attributes of a list's cell, a function or a promise.
    Cell(u32, Use),
    /// The value of a promise of this name.
    Promised(u32),
    /// Byte code: the code, and how many constants.
    Code,
    Constants,
    /// So many constants, each behind its type.
    Constant(u64),
    /// A part of an expression among constants, behind its type.
    Language(Use),
    /// A cell of a call or a list, whose tag comes next; what its value and its rest are.
    LanguageCell(Use, Use),
}

/// The walk.
pub(super) struct Items<'w, 'a> {
    words: Words,
    walk: &'w mut Walk<'a>,
    member: MemberId,
    objects: Objects,
    tasks: Vec<Task>,
    /// What references count from 1 on: indices of names, and 0 for what has none.
    table: Vec<u32>,
    names: Vec<Vec<u8>>,
    room: usize,
    raws: u64,
    looked: Looked,
}

impl<'w, 'a> Items<'w, 'a> {
    pub(super) fn new(words: Words, member: MemberId, walk: &'w mut Walk<'a>) -> Self {
        let objects = Objects::new(member, FormatId::R, walk.limits);
        let (tasks, table) = (Vec::new(), Vec::new());
        Self {
            words,
            walk,
            member,
            objects,
            tasks,
            table,
            names: vec![Vec::new()],
            room: NAMES,
            raws: 0,
            looked: Looked::default(),
        }
    }

    /// Where the walk ended, and what was named. What its texts hold is written down.
    pub(super) fn end(self) -> (u64, Objects) {
        self.looked.write(self.member, self.walk);
        (self.words.cursor.at, self.objects)
    }

    /// Walks the one item of the content. What `save` wrote is a list of variables.
    pub(super) fn read(&mut self, saved: bool) -> Result<(), ReadError> {
        let at = self.words.cursor.at;
        let mut first = saved;
        self.tasks.push(Task::Item(if saved { Use::Saved } else { Use::Value }));
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Item(used) => {
                    let flags = self.flags()?;
                    if std::mem::take(&mut first) && !matches!(flags & 0xff, 2 | 254) {
                        return Err(ReadError::malformed("what `save` wrote begins with a list of variables", at));
                    }
                    self.item(flags, used)?;
                }
                Task::Items(0) | Task::Constant(0) => {}
                Task::Items(left) => {
                    self.push(Task::Items(left.saturating_sub(1)))?;
                    self.push(Task::Item(Use::Value))?;
                }
                Task::Cell(flags, used) => self.cell(flags, used)?,
                Task::Promised(name) => {
                    let at = self.words.cursor.at;
                    let flags = self.flags()?;
                    // Without a value the expression is still to run (eval.c, `forcePromise`): it comes next.
                    if flags & 0xff == UNBOUND {
                        if let Some(Task::Item(used)) = self.tasks.last_mut() {
                            *used = Use::Promise(name);
                        }
                    } else {
                        self.take(ObjectKind::Promise, name, Some("value"), at);
                    }
                    self.item(flags, Use::Value)?;
                }
                Task::Code => {
                    self.push(Task::Constants)?;
                    self.push(Task::Item(Use::Value))?;
                }
                Task::Constants => {
                    let count = self.count("the number of constants")?;
                    self.push(Task::Constant(count))?;
                }
                Task::Constant(left) => {
                    self.push(Task::Constant(left.saturating_sub(1)))?;
                    match self.words.int("the type of a constant")? {
                        BCODE => self.push(Task::Code)?,
                        kind @ (LANG | LIST | BCREPDEF | BCREPREF | ATTRLANG | ATTRLIST) => {
                            self.language(kind, Use::Value)?
                        }
                        _ => self.push(Task::Item(Use::Called))?,
                    }
                }
                Task::Language(used) => {
                    let kind = self.words.int("the type of an expression")?;
                    self.language(kind, used)?;
                }
                Task::LanguageCell(value, rest) => {
                    self.push(Task::Language(rest))?;
                    self.push(Task::Language(value))?;
                    self.push(Task::Item(Use::Value))?;
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

    fn flags(&mut self) -> Result<u32, ReadError> {
        self.walk.budget.opcodes(1)?;
        self.words.int("the next item").map(i32::cast_unsigned)
    }

    /// A count that is not negative.
    fn count(&mut self, what: &str) -> Result<u64, ReadError> {
        let at = self.words.cursor.at;
        let count = self.words.int(what)?;
        u64::try_from(count).map_err(|_| ReadError::malformed(format!("{what} is negative"), at))
    }

    /// The length of a vector (serialize.c, `ReadLENGTH`): -1 for one of 64 bits.
    fn length(&mut self) -> Result<u64, ReadError> {
        let at = self.words.cursor.at;
        match self.words.int("the length of a vector")? {
            -1 => {
                let high = self.count("the length of a vector")?;
                let low = self.words.int("the length of a vector")?.cast_unsigned();
                Ok(high.wrapping_shl(32) | u64::from(low))
            }
            length => u64::try_from(length).map_err(|_| ReadError::malformed("the length of a vector is negative", at)),
        }
    }

    fn item(&mut self, flags: u32, used: Use) -> Result<(), ReadError> {
        let at = self.words.cursor.at;
        let kind = flags & 0xff;
        let attributes = flags & HAS_ATTRIBUTES != 0;
        let bound = used.name();
        if let Use::Promise(name) = used {
            let what = match i32::try_from(kind).unwrap_or(0) {
                LANG => "call",
                BCODE => "bytecode",
                SYM | REF => "symbol",
                _ => "constant",
            };
            self.take(ObjectKind::Promise, name, Some(what), at);
        }
        match i32::try_from(kind).unwrap_or(0) {
            // NULL, the global, empty and base environments, the base namespace, and what marks a value that is not there.
            254 | 253 | 252 | 251 | 250 | 242 | 241 | 0 => {}
            REF => {
                let name = self.reference(flags)?;
                self.symbol_used(name, used, at);
            }
            SYM => {
                let name = self.symbol()?;
                self.symbol_used(name, used, at);
            }
            kind @ (247..=249) => {
                let kind = if kind == 247 { ObjectKind::Persistent } else { ObjectKind::Namespace };
                self.environment_name(kind, at)?;
                self.remember(0)?;
            }
            ENV => {
                self.words.int("whether an environment is locked")?;
                self.remember(0)?;
                self.push(Task::Items(4))?;
            }
            LIST | LANG | CLO | PROM | DOT => {
                if i32::try_from(kind).unwrap_or(0) == CLO {
                    self.take(ObjectKind::Closure, bound, matches!(used, Use::Variable(_)).then_some("load"), at);
                }
                if !attributes {
                    return self.cell(flags, used);
                }
                self.push(Task::Cell(flags, used))?;
                self.push(Task::Item(Use::Attributes))?;
            }
            EXTPTR => {
                self.named(ObjectKind::Pointer, bound, at);
                self.remember(0)?;
                self.attributes(attributes)?;
                self.push(Task::Items(2))?;
            }
            WEAKREF => {
                self.remember(0)?;
                self.attributes(attributes)?;
            }
            7 | 8 => {
                let length = self.count("the length of a name")?;
                let name = self.words.text(length, NAME, "the name of a function")?;
                self.objects.take(Named::new(ObjectKind::Function, &name), at);
                self.attributes(attributes)?;
            }
            CHAR => {
                self.characters(NAME)?;
                self.attributes(attributes)?;
            }
            // Logical and integer, real, complex, raw numbers.
            kind @ (10 | 13 | 14 | 15 | 24) => {
                let count = self.length()?;
                let size = match kind {
                    10 | 13 => 4,
                    14 => 8,
                    15 => 16,
                    _ => 1,
                };
                let bytes = self.words.numbers(count, size, "the end of a vector")?;
                if let Some(bytes) = bytes.filter(|_| kind == 24) {
                    self.raws = self.raws.saturating_add(1);
                    offer(self.member, &format!("raw-{}", self.raws), &bytes, self.walk);
                }
                self.attributes(attributes)?;
            }
            16 => {
                let count = self.length()?;
                self.attributes(attributes)?;
                self.strings(count, used)?;
            }
            19 | 20 => {
                let count = self.length()?;
                self.attributes(attributes)?;
                self.push(Task::Items(count))?;
            }
            BCODE => {
                self.count("the number of repeated expressions")?;
                self.named(ObjectKind::Bytecode, bound, at);
                self.attributes(attributes)?;
                self.push(Task::Code)?;
            }
            25 => self.attributes(attributes)?,
            ALTREP => {
                self.push(Task::Items(2))?;
                self.push(Task::Item(Use::Form))?;
            }
            kind => return Err(ReadError::malformed(format!("an item of the unknown type {kind}"), at)),
        }
        Ok(())
    }

    fn attributes(&mut self, there: bool) -> Result<(), ReadError> {
        if there { self.push(Task::Item(Use::Attributes)) } else { Ok(()) }
    }

    fn named(&mut self, kind: ObjectKind, name: u32, at: u64) {
        self.take(kind, name, None, at);
    }

    fn take(&mut self, kind: ObjectKind, name: u32, loader: Option<&str>, at: u64) {
        let name = usize::try_from(name).ok().filter(|name| *name > 0).and_then(|name| self.names.get(name));
        self.objects.take(Named { kind, module: None, name: name.map(Vec::as_slice), loader }, at);
    }

    /// A symbol in a place where it says what is made or called.
    fn symbol_used(&mut self, name: u32, used: Use, at: u64) {
        match used {
            Use::Form => self.named(ObjectKind::Alternative, name, at),
            Use::Called => {
                self.named(ObjectKind::Call, name, at);
                let text = usize::try_from(name).ok().and_then(|name| self.names.get(name)).map(Vec::as_slice);
                // `package::name(...)` is a call whose function is the call `::`(package, name).
                if matches!(text, Some(b"::" | b":::"))
                    && let Some(Task::Item(rest @ Use::Value) | Task::Language(rest @ Use::Value)) =
                        self.tasks.last_mut()
                {
                    *rest = Use::Qualified;
                }
            }
            _ => {}
        }
    }

    /// Tag, value and rest of a cell; environment, arguments and body of a function; environment, value and expression of a promise.
    fn cell(&mut self, flags: u32, used: Use) -> Result<(), ReadError> {
        let kind = i32::try_from(flags & 0xff).unwrap_or(0);
        let tagged = flags & HAS_TAG != 0;
        if matches!(kind, CLO | PROM) {
            let bound = used.name();
            // The byte code of a function is its body.
            self.push(Task::Item(if kind == CLO { Use::Body(bound) } else { Use::Value }))?;
            self.push(if kind == CLO { Task::Item(Use::Value) } else { Task::Promised(bound) })?;
            return if tagged { self.push(Task::Item(Use::Value)) } else { Ok(()) };
        }
        let rest = match used {
            Use::Attributes | Use::Saved => used,
            Use::Qualified => Use::Qualifying,
            _ => Use::Value,
        };
        self.push(Task::Item(rest))?;
        if !tagged {
            return self.push(Task::Item(match used {
                _ if kind == LANG => Use::Called,
                Use::Form => Use::Form,
                Use::Qualifying => Use::Called,
                _ => Use::Value,
            }));
        }
        let at = self.words.cursor.at;
        let tag = self.flags()?;
        let name = match i32::try_from(tag & 0xff).unwrap_or(0) {
            SYM => self.symbol()?,
            REF => self.reference(tag)?,
            // No symbol: R takes it, and it names nothing.
            _ => {
                self.push(Task::Item(Use::Value))?;
                return self.item(tag, Use::Value);
            }
        };
        if (flags >> LEVELS) & ACTIVE != 0 {
            self.named(ObjectKind::ActiveBinding, name, at);
        }
        let class = used == Use::Attributes
            && usize::try_from(name).ok().and_then(|name| self.names.get(name)).is_some_and(|name| name == b"class");
        self.push(Task::Item(match used {
            _ if class => Use::Class,
            Use::Saved => Use::Variable(name),
            _ => Use::Bound(name),
        }))
    }

    /// A cell of an expression among a function's constants (serialize.c, `ReadBCLang`).
    fn language(&mut self, mut kind: i32, used: Use) -> Result<(), ReadError> {
        self.walk.budget.opcodes(1)?;
        if kind == BCREPREF {
            self.words.int("a repeated expression")?;
            return Ok(());
        }
        if kind == BCREPDEF {
            self.words.int("a repeated expression")?;
            kind = self.words.int("the type of an expression")?;
        }
        let cell = match used {
            _ if matches!(kind, LANG | ATTRLANG) => Task::LanguageCell(Use::Called, Use::Value),
            Use::Qualified => Task::LanguageCell(Use::Value, Use::Qualifying),
            Use::Qualifying => Task::LanguageCell(Use::Called, Use::Value),
            _ => Task::LanguageCell(Use::Value, Use::Value),
        };
        match kind {
            ATTRLANG | ATTRLIST => {
                self.push(cell)?;
                self.push(Task::Item(Use::Attributes))
            }
            LANG | LIST => self.push(cell),
            _ => self.push(Task::Item(used)),
        }
    }

    /// The texts of a vector of them. Each is an item, and nearly always a plain one.
    fn strings(&mut self, count: u64, used: Use) -> Result<(), ReadError> {
        for number in 0..count {
            let at = self.words.cursor.at;
            let flags = self.flags()?;
            if i32::try_from(flags & 0xff).unwrap_or(0) != CHAR || flags & HAS_ATTRIBUTES != 0 {
                self.push(Task::Items(count.saturating_sub(number).saturating_sub(1)))?;
                return self.item(flags, Use::Value);
            }
            let text = self.characters(embedded::TEXT)?;
            self.looked.text(&String::from_utf8_lossy(&text), || format!("at {at}"));
            if used == Use::Class {
                let text = text.get(..usize::try_from(NAME).unwrap_or(usize::MAX)).unwrap_or(&text);
                self.objects.take(Named::new(ObjectKind::Class, text), at);
            }
        }
        Ok(())
    }

    /// The letters of a text, up to `most`; none for `NA`.
    fn characters(&mut self, most: u64) -> Result<Vec<u8>, ReadError> {
        let at = self.words.cursor.at;
        match self.words.int("the length of a text")? {
            -1 => Ok(Vec::new()),
            length => {
                let length = u64::try_from(length);
                let length = length.map_err(|_| ReadError::malformed("the length of a text is negative", at))?;
                self.words.text(length, most, "the end of a text")
            }
        }
    }

    /// A symbol's name, which is remembered.
    fn symbol(&mut self) -> Result<u32, ReadError> {
        let at = self.words.cursor.at;
        let flags = self.flags()?;
        if i32::try_from(flags & 0xff).unwrap_or(0) != CHAR || flags & HAS_ATTRIBUTES != 0 {
            return Err(ReadError::malformed("a symbol without a name", at));
        }
        let name = self.characters(NAME)?;
        let index = match self.room.checked_sub(name.len().saturating_add(32)) {
            Some(room) => {
                self.room = room;
                let index = u32::try_from(self.names.len()).unwrap_or(0);
                self.names.push(name);
                index
            }
            None => return Err(Exhausted("memo").into()),
        };
        self.remember(index)?;
        Ok(index)
    }

    /// What stands at a reference's place in the table.
    fn reference(&mut self, flags: u32) -> Result<u32, ReadError> {
        let at = self.words.cursor.at;
        let number = match flags >> 8 {
            0 => self.words.int("a reference")?.cast_unsigned(),
            number => number,
        };
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let name = index.and_then(|index| self.table.get(index)).copied();
        name.ok_or_else(|| ReadError::malformed("a reference to nothing", at))
    }

    fn remember(&mut self, name: u32) -> Result<(), ReadError> {
        if u64::try_from(self.table.len()).unwrap_or(u64::MAX) >= self.walk.limits.memo {
            return Err(Exhausted("memo").into());
        }
        self.table.push(name);
        Ok(())
    }

    /// The texts that name an environment or what only its own program restores (serialize.c, `InStringVec`).
    fn environment_name(&mut self, kind: ObjectKind, at: u64) -> Result<(), ReadError> {
        if self.words.int("a zero")? != 0 {
            return Err(ReadError::malformed("names in the names of an environment", at));
        }
        let count = self.count("the number of names")?;
        for number in 0..count {
            let flags = self.flags()?;
            if i32::try_from(flags & 0xff).unwrap_or(0) != CHAR || flags & HAS_ATTRIBUTES != 0 {
                return Err(ReadError::malformed("an environment's name is no text", self.words.cursor.at));
            }
            let text = self.characters(NAME)?;
            // Behind the name of a package stands its version.
            if number == 0 {
                self.objects.take(Named::new(kind, &text), at);
            }
        }
        Ok(())
    }
}

// Types of items (Rinternals.h), and what serialize.c adds to them.
const SYM: i32 = 1;
const LIST: i32 = 2;
const CLO: i32 = 3;
const ENV: i32 = 4;
const PROM: i32 = 5;
const LANG: i32 = 6;
const CHAR: i32 = 9;
const DOT: i32 = 17;
const BCODE: i32 = 21;
const EXTPTR: i32 = 22;
const WEAKREF: i32 = 23;
const ALTREP: i32 = 238;
const ATTRLIST: i32 = 239;
const ATTRLANG: i32 = 240;
const BCREPREF: i32 = 243;
const BCREPDEF: i32 = 244;
const REF: i32 = 255;
const UNBOUND: u32 = 252;
