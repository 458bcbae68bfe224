//! The instructions of a code object, as far as they handle names: what is loaded, stored and imported, in order. Never runs them.

use crate::extract::python::bytecode::marshal::{Code, Index, Item};
use crate::extract::python::bytecode::opcodes::Version;
use std::collections::BTreeSet;

/// What an instruction does with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Loads a name of the module or of Python itself.
    Name(&'a str),
    /// Loads a variable of a function.
    Variable(&'a str),
    /// Takes an attribute of what was loaded.
    Attribute(&'a str),
    /// Stores under a name.
    Store(&'a str),
    /// Imports a module.
    Import(&'a str),
    /// Takes a name from the module that was imported.
    From(&'a str),
    /// Takes all names from it.
    Star,
    /// Runs a text (Python 2).
    Exec,
    /// Loads a text.
    Text(&'a str),
    /// Anything else.
    Other,
}

/// The instructions of a code object.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    pub steps: Vec<Step<'a>>,
    /// Whether an instruction has a longer argument: whoever jumps behind the first half of it runs another instruction.
    pub extended: bool,
}

/// The objects of a stream, and the content in which their texts stand.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub bytes: &'a [u8],
    pub items: &'a [Item],
}

impl<'a> Table<'a> {
    pub(super) fn item(&self, index: Index) -> &'a Item {
        usize::try_from(index).ok().and_then(|index| self.items.get(index)).unwrap_or(&Item::Plain)
    }

    /// The bytes of a text or bytes object.
    pub(super) fn octets(&self, index: Index) -> Option<&'a [u8]> {
        let (Item::Text(span) | Item::Bytes(span)) = self.item(index) else { return None };
        self.bytes.get(usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?)
    }

    /// A text; one that is not UTF-8 is no name that anybody lists.
    pub(super) fn text(&self, index: Index) -> Option<&'a str> {
        self.octets(index).map(|octets| std::str::from_utf8(octets).unwrap_or("?"))
    }

    /// What a tuple holds.
    pub(super) fn list(&self, index: Index) -> &'a [Index] {
        match self.item(index) {
            Item::List(items) => items,
            _ => &[],
        }
    }

    fn named(&self, of: Index, at: usize) -> Option<&'a str> {
        self.list(of).get(at).and_then(|index| self.text(*index))
    }
}

/// Follows the instructions of a code object; an error says what is not understood.
pub(super) fn steps<'a>(code: &Code, table: Table<'a>, version: &Version) -> Result<Steps<'a>, &'static str> {
    let bytes = table.octets(code.code).ok_or("a code object without instructions")?;
    let mut all = Steps { steps: Vec::new(), extended: false };
    let wide = version.number < (3, 6);
    let (mut at, mut extended, mut caches) = (0usize, 0usize, 0u8);
    let (mut starts, mut targets) = (BTreeSet::new(), BTreeSet::new());
    while let Some(opcode) = bytes.get(at).copied() {
        let begin = at;
        // Python 2: 90 is the first opcode with an argument, of two bytes (Include/opcode.h, `HAVE_ARGUMENT`). Later all have one byte.
        let (argument, size) = match (wide, opcode >= 90) {
            (true, false) => (0, 1),
            (true, true) => match (bytes.get(at.saturating_add(1)), bytes.get(at.saturating_add(2))) {
                (Some(low), Some(high)) => (usize::from(u16::from_le_bytes([*low, *high])), 3),
                _ => return Err("an instruction that is cut off"),
            },
            (false, _) => match bytes.get(at.saturating_add(1)) {
                Some(argument) => (usize::from(*argument), 2),
                None => return Err("an instruction that is cut off"),
            },
        };
        at = at.saturating_add(size);
        if caches > 0 {
            if opcode != 0 || argument != 0 {
                return Err("instructions where the interpreter keeps its own words");
            }
            caches = caches.saturating_sub(1);
            continue;
        }
        let kind = kind(version, opcode);
        let whole = if wide { extended << 16 } else { extended << 8 } | argument;
        if kind == b'E' {
            // More than four of them Python does not write (Python/compile.c, `instrsize`).
            all.extended = true;
            extended = whole & 0xff_ffff;
            starts.insert(begin);
            continue;
        }
        extended = 0;
        starts.insert(begin);
        caches = version.caches.iter().find(|(of, _)| *of == opcode).map_or(0, |(_, count)| *count);
        match kind {
            b'r' => drop(targets.insert(at.saturating_add(whole))),
            b'j' => drop(targets.insert(whole)),
            b'.' | b'z' => return Err("an opcode that no file of this version has"),
            _ => {}
        }
        step(code, table, kind, whole, &mut all.steps)?;
    }
    if targets.iter().any(|target| !starts.contains(target)) {
        return Err("a jump into an instruction");
    }
    Ok(all)
}

fn kind(version: &Version, opcode: u8) -> u8 {
    let (row, column) = (usize::from(opcode >> 6), usize::from(opcode & 0x3f));
    version.kinds.get(row).and_then(|row| row.as_bytes().get(column)).copied().unwrap_or(b'.')
}

fn step<'a>(
    code: &Code,
    table: Table<'a>,
    kind: u8,
    argument: usize,
    steps: &mut Vec<Step<'a>>,
) -> Result<(), &'static str> {
    let name = |at: usize| table.named(code.names, at).ok_or("a name that is not in the table");
    let local = |at: usize| table.named(code.locals, at).ok_or("a variable that is not in the table");
    let cell = |at: usize| {
        let cells = table.list(code.cells).len();
        let free = || at.checked_sub(cells).and_then(|at| table.named(code.free, at));
        table.named(code.cells, at).or_else(free).ok_or("a variable that is not in the table")
    };
    let (first, second) = (argument >> 4, argument & 15);
    let one = match kind {
        b'n' => Step::Name(name(argument)?),
        b'g' => Step::Name(name(argument >> 1)?),
        b'a' => Step::Attribute(name(argument)?),
        b'A' => Step::Attribute(name(argument >> 1)?),
        b's' => Step::Attribute(name(argument >> 2)?),
        b'f' => Step::Variable(local(argument)?),
        b'd' => Step::Variable(cell(argument)?),
        b'N' => Step::Store(name(argument)?),
        b'V' => Step::Store(local(argument)?),
        b'D' => Step::Store(cell(argument)?),
        b'F' | b'W' | b'X' => {
            let (store, load) = (matches!(kind, b'W' | b'X'), matches!(kind, b'F' | b'W'));
            steps.push(if store { Step::Store(local(first)?) } else { Step::Variable(local(first)?) });
            if load { Step::Variable(local(second)?) } else { Step::Store(local(second)?) }
        }
        b'I' => Step::Import(name(argument)?),
        b'i' => Step::From(name(argument)?),
        // The second of these functions is `import *` (Include/internal/pycore_intrinsics.h).
        b'*' => Step::Star,
        b'1' if argument == 2 => Step::Star,
        b'x' => Step::Exec,
        b'c' => {
            let index = table.list(code.constants).get(argument).ok_or("a constant that is not in the table")?;
            table.text(*index).map_or(Step::Other, Step::Text)
        }
        _ => Step::Other,
    };
    steps.push(one);
    Ok(())
}
