//! FAISS indexes (facebookresearch/faiss, faiss/impl/index_read.cpp, `read_index_up`, `read_VectorTransform_up`, `read_InvertedLists_up`,
//! `read_index_binary_up`): numbers, and vectors with their count before them, index within index. Nothing in one is run; lists on disk name a file.

mod grammar;

use crate::extract::format::cursor::Cursor;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::groups::{Bytes, Group, Weight};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;
use crate::place;
use grammar::{Step, index, transform};

/// FAISS.
pub(super) struct Faiss;

/// Four letters that say what follows.
type Letters = [u8; 4];

/// Two numbers that every header has between the count and the rest (`write_index_header`, `dummy`).
const DUMMIES: [u8; 16] = [0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0];
/// Steps that wait: an index in an index takes one or two, and the library itself reads them by recursion.
const DEEPEST: usize = 128;
/// Vectors of a batch where the file does not say it (impl/Panorama.h, `kDefaultBatchSize`).
const BATCH: u64 = 128;
/// How an additive quantizer keeps norms (impl/AdditiveQuantizer.h, `Search_type_t`): with a quantizer of their own, and with tables.
const NORMS: std::ops::RangeInclusive<u64> = 6..=9;
const TABLES: std::ops::RangeInclusive<u64> = 8..=9;
/// A direct map that is a table of hashes (invlists/DirectMap.h, `Hashtable`).
const HASHES: u8 = 2;

impl Format for Faiss {
    fn id(&self) -> FormatId {
        FormatId::Faiss
    }

    fn about(&self) -> &'static str {
        "FAISS index: every index in it, its vectors and lists, and the file that lists on disk name"
    }

    fn claims(&self, window: &Window) -> Claim {
        let Some(letters) = window.head.first_chunk::<4>() else { return Claim::No };
        let number = |at: usize| {
            window
                .head
                .get(at..)
                .and_then(|rest| rest.first_chunk::<4>())
                .map_or(0, |number| u32::from_le_bytes(*number))
        };
        let named = letters[0] == b'I' && letters.iter().all(u8::is_ascii_alphanumeric);
        let stands = match letters {
            [b'I', b'B', ..] => {
                let wide = number(4);
                index(*letters).is_some() && wide > 0 && wide.is_multiple_of(8) && number(8) == wide / 8
            }
            b"IxLa" => window.has_at(32, &DUMMIES),
            b"IxFP" | b"IxFp" => (1..1 << 20).contains(&number(4)) && number(12) == 0 && number(20) == 0,
            _ => named && window.has_at(16, &DUMMIES),
        };
        if stands { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let outline = Outline::new(member, FormatId::Faiss, walk).over(source);
        let mut reading =
            Reading { cursor: Cursor::new(source), outline, work: Vec::new(), head: Head::default(), file: None };
        let outcome = reading.read(walk);
        let Reading { cursor, outline, file, .. } = reading;
        if let Some((name, size)) = file {
            let name = place::escape(&name);
            let mut group = Group::new(member, FormatId::Faiss);
            group.weights.push(Weight { name: name.clone(), bytes: Some(Bytes::Parts(size)) });
            group.files.push(name);
            walk.tables.groups.push(group);
        }
        outline.write_to(cursor.at, source, outcome, walk)
    }
}

/// What the last header said.
#[derive(Default, Clone, Copy)]
struct Head {
    width: u64,
    count: u64,
}

/// What is still to be read: depth costs no stack.
struct Work {
    /// Of what kind of index.
    of: Letters,
    head: Head,
    /// How often.
    times: u64,
    steps: &'static [Step],
}

struct Reading {
    cursor: Cursor,
    outline: Outline,
    work: Vec<Work>,
    head: Head,
    /// The file that the lists name, and its bytes.
    file: Option<(Vec<u8>, u64)>,
}

impl Reading {
    fn read(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.index()?;
        while let Some(Work { of, head, times, steps }) = self.work.pop() {
            walk.budget.opcodes(1)?;
            let Some((step, rest)) = steps.split_first() else { continue };
            self.head = head;
            if times > 1 {
                self.wait(of, times.saturating_sub(1), steps)?;
            }
            // A header counts for what stands behind it in the same index.
            let before = self.work.len();
            self.wait(of, 1, rest)?;
            let depth = self.work.len();
            self.step(of, step, walk)?;
            if matches!(step, Step::Header | Step::Binary)
                && depth > before
                && let Some(work) = self.work.get_mut(before)
            {
                work.head = self.head;
            }
        }
        Ok(())
    }

    fn wait(&mut self, of: Letters, times: u64, steps: &'static [Step]) -> Result<(), ReadError> {
        if times == 0 || steps.is_empty() {
            return Ok(());
        }
        if self.work.len() >= DEEPEST {
            return Err(Exhausted("depth").into());
        }
        self.work.push(Work { of, head: self.head, times, steps });
        Ok(())
    }

    fn letters(&mut self, what: &str) -> Result<Letters, ReadError> {
        Ok(u32::try_from(self.cursor.le(4, what)?).unwrap_or(0).to_le_bytes())
    }

    fn unknown(what: &str, letters: Letters, at: u64) -> ReadError {
        ReadError::unsupported(format!("FAISS's {what} `{}` is not known", place::escape(&letters)), at)
    }

    fn index(&mut self) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let letters = self.letters("an index")?;
        let steps = index(letters).ok_or_else(|| Self::unknown("index", letters, at))?;
        if &letters != b"null" {
            self.outline.pair("index", &String::from_utf8_lossy(&letters));
        }
        self.wait(letters, 1, steps)
    }

    fn step(&mut self, of: Letters, step: &Step, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        match step {
            Step::Header => {
                self.head = Head { width: self.cursor.le(4, "a header")?, count: self.cursor.le(8, "a header")? };
                self.cursor.skip(17, "a header")?;
                // Metrics behind the inner product and L2 have an argument.
                if self.cursor.le(4, "a header")? > 1 {
                    self.cursor.skip(4, "a header")?;
                }
            }
            Step::Binary => {
                self.cursor.skip(4, "a header")?;
                self.head = Head { width: self.cursor.le(4, "a header")?, count: self.cursor.le(8, "a header")? };
                self.cursor.skip(5, "a header")?;
            }
            Step::Skip(bytes) => self.cursor.skip(*bytes, "numbers of an index")?,
            Step::Vector(name, dtype, width) => drop(self.vector(of, name, dtype, *width)?),
            // `WRITEXBVECTOR`: the count is of four bytes each.
            Step::Flat => self.exactly(of, "codes", "F32", 4, self.head.width)?,
            Step::Codes => self.exactly(of, "codes", "U8", 1, self.head.width)?,
            Step::Ids => self.exactly(of, "ids", "I64", 8, 1)?,
            Step::Index => self.index()?,
            Step::Transform => {
                let at = self.cursor.at;
                let letters = self.letters("a transform")?;
                let steps = transform(letters).ok_or_else(|| Self::unknown("transform", letters, at))?;
                self.outline.pair("transform", &String::from_utf8_lossy(&letters));
                self.wait(letters, 1, steps)?;
            }
            Step::Part(steps) => self.wait(of, 1, steps)?,
            Step::Times(bytes, steps) => {
                let times = self.cursor.le(*bytes, "how many follow")?;
                self.wait(of, times, steps)?;
            }
            Step::If(steps) => match self.cursor.u8("whether more follows")? {
                0 => {}
                _ => self.wait(of, 1, steps)?,
            },
            Step::Norms => {
                let kind = self.cursor.le(4, "how norms are kept")?;
                self.cursor.skip(8, "the norms")?;
                if NORMS.contains(&kind) {
                    self.vector(of, "norms", "F32", 4)?;
                }
                if TABLES.contains(&kind) {
                    self.vector(of, "norm_tabs", "F32", 4)?;
                }
            }
            Step::DirectMap => {
                let kind = self.cursor.u8("a direct map")?;
                self.vector(of, "direct_map", "I64", 8)?;
                if kind == HASHES {
                    self.vector(of, "direct_map", "I64", 16)?;
                }
            }
            Step::Independent => {
                let letters = self.cursor.source().bytes_at(self.cursor.at, 4)?;
                if matches!(letters.as_slice(), b"IwPQ" | b"IwQR") {
                    self.wait(of, 1, &[Step::Skip(4)])?;
                }
                self.index()?;
            }
            Step::Hashes => {
                let count = self.cursor.le(8, "a table of hashes")?;
                self.cursor.skip(4, "a table of hashes")?;
                self.vector(of, "hashes", "U8", 1)?;
                self.wait(of, count, grammar::HASH)?;
            }
            Step::MultiHashes => {
                let count = self.cursor.le(4, "tables of hashes")?;
                self.cursor.skip(4, "tables of hashes")?;
                self.wait(of, count, grammar::MULTI_HASH)?;
            }
            Step::Graph => self.graph(walk)?,
            Step::Lists => self.lists(of, walk)?,
        }
        Ok(())
    }

    /// A vector with its count before it; how many there are.
    fn vector(&mut self, of: Letters, name: &str, dtype: &str, width: u64) -> Result<u64, ReadError> {
        let count = self.cursor.le(8, "the size of a vector")?;
        self.numbers(of, name, dtype, count, width)?;
        Ok(count)
    }

    /// A vector that has `each` numbers for every vector of the index: the library refuses any other.
    fn exactly(&mut self, of: Letters, name: &str, dtype: &str, width: u64, each: u64) -> Result<(), ReadError> {
        let (at, head) = (self.cursor.at, self.head);
        let count = self.vector(of, name, dtype, width)?;
        if head.count.checked_mul(each) == Some(count) {
            return Ok(());
        }
        Err(ReadError::malformed(format!("{count} numbers for {} vectors of {each}", head.count), at))
    }

    fn numbers(&mut self, of: Letters, name: &str, dtype: &str, count: u64, width: u64) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let bytes =
            count.checked_mul(width).ok_or_else(|| ReadError::malformed("a vector of more than all bytes", at))?;
        self.cursor.skip(bytes, "a vector")?;
        if bytes > 0 {
            let name = format!("{}.{name}", String::from_utf8_lossy(&of));
            self.outline.tensor(Some(&name), dtype, &[count], Some(at), Some(bytes));
        }
        Ok(())
    }

    /// The neighbours of every vector, each row with -1 behind it (`read_NSG`).
    fn graph(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let rows = self.cursor.le(4, "a graph")?;
        let most = self.cursor.le(4, "a graph")?;
        self.cursor.skip(16, "a graph")?;
        if self.cursor.u8("a graph")? == 0 {
            return Ok(());
        }
        let at = self.cursor.at;
        for _ in 0..rows {
            walk.budget.opcodes(1)?;
            let mut length = 0u64;
            while self.cursor.le(4, "a row of a graph")? != u64::from(u32::MAX) {
                length = length.saturating_add(1);
                if length > most {
                    return Err(ReadError::malformed("a row of a graph without its end", self.cursor.at));
                }
            }
        }
        self.outline.look_at("graph", at, self.cursor.at.saturating_sub(at));
        Ok(())
    }

    fn lists(&mut self, of: Letters, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let letters = self.letters("inverted lists")?;
        if &letters == b"il00" {
            return Ok(());
        }
        let count = self.cursor.le(8, "inverted lists")?;
        let code = self.cursor.le(8, "inverted lists")?;
        match &letters {
            b"ilar" => self.arrays(of, count, code, None, walk),
            b"ilpn" | b"ilp2" => {
                let levels = self.cursor.le(8, "inverted lists")?;
                let batch = if &letters == b"ilp2" { self.cursor.le(8, "inverted lists")? } else { BATCH };
                self.arrays(of, count, code, Some((levels, batch)), walk)
            }
            b"ilbl" => {
                self.cursor.skip(16, "inverted lists")?;
                self.wait(of, count, grammar::BLOCKS)
            }
            b"ilod" => self.on_disk(of, count, code, walk),
            _ => Err(Self::unknown("kind of inverted lists", letters, at)),
        }
    }

    /// Lists one behind the other, whose sizes stand before them: of all, or of those that are not empty with their numbers.
    fn arrays(
        &mut self,
        of: Letters,
        count: u64,
        code: u64,
        panorama: Option<(u64, u64)>,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let letters = self.letters("the sizes of lists")?;
        let many = self.cursor.le(8, "the sizes of lists")?;
        let sparse = match &letters {
            b"full" if many == count => false,
            b"sprs" if many.is_multiple_of(2) => true,
            b"full" | b"sprs" => return Err(ReadError::malformed("not as many sizes as lists", at)),
            _ => return Err(Self::unknown("kind of list sizes", letters, at)),
        };
        let mut sizes = Cursor::new(self.cursor.source());
        sizes.at = self.cursor.at;
        let bytes = many.checked_mul(8).ok_or_else(|| ReadError::malformed("sizes of more than all bytes", at))?;
        self.cursor.skip(bytes, "the sizes of lists")?;
        let (end, mut next, mut before) = (self.cursor.at, 0u64, None);
        while sizes.at < end {
            walk.budget.opcodes(1)?;
            let list = if sparse { sizes.le(8, "the sizes of lists")? } else { next };
            // The library writes them in order, and reads all others into lists that are not as long as it says.
            if list >= count || before.is_some_and(|before| list <= before) {
                return Err(ReadError::malformed("a list that is not in its order", sizes.at));
            }
            (before, next) = (Some(list), next.saturating_add(1));
            let size = sizes.le(8, "the sizes of lists")?;
            if size == 0 {
                continue;
            }
            let stored = match panorama {
                Some((_, batch)) => size.checked_next_multiple_of(batch.max(1)),
                None => Some(size),
            };
            let large = || ReadError::malformed("a list of more than all bytes", sizes.at);
            let stored = stored.ok_or_else(large)?;
            let codes = stored.checked_mul(code).ok_or_else(large)?;
            self.numbers(of, &format!("lists[{list}].codes"), "U8", codes, 1)?;
            self.numbers(of, &format!("lists[{list}].ids"), "I64", size, 8)?;
            if let Some((levels, _)) = panorama {
                let sums = levels.checked_add(1).and_then(|levels| stored.checked_mul(levels)).ok_or_else(large)?;
                self.numbers(of, &format!("lists[{list}].sums"), "F32", sums, 4)?;
            }
        }
        Ok(())
    }

    /// Lists in a file of their own (invlists/OnDiskInvertedLists.cpp, `OnDiskInvertedListsIOHook`): size, capacity and offset of each, the
    /// places that are free, the file's name and its size. The library maps that file into memory, for writing too.
    fn on_disk(&mut self, of: Letters, count: u64, code: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = self.cursor.at;
        let mut lists = Cursor::new(self.cursor.source());
        let many = self.vector(of, "lists", "I64", 24)?;
        lists.at = at.saturating_add(8);
        self.vector(of, "slots", "I64", 16)?;
        let named = self.cursor.at;
        let length = self.cursor.le(8, "the name of a file")?;
        let name = self.cursor.bytes(length, walk.limits.text, "the name of a file")?;
        let whole = self.cursor.le(8, "the size of a file")?;
        self.outline.refer(ReferenceKind::ExternalData, "weights", None, &name, named);
        if u64::try_from(name.len()).is_ok_and(|kept| kept < length) {
            return Err(Exhausted("text").into());
        }
        if many != count {
            return Err(ReadError::malformed("not as many places as lists", at));
        }
        for list in 0..many {
            walk.budget.opcodes(1)?;
            let [size, capacity, offset] =
                [lists.le(8, "a list on disk")?, lists.le(8, "a list on disk")?, lists.le(8, "a list on disk")?];
            if size == 0 {
                continue;
            }
            let each = code.checked_add(8);
            let end = each.and_then(|each| capacity.checked_mul(each)).and_then(|bytes| offset.checked_add(bytes));
            if size > capacity || end.is_none_or(|end| end > whole) {
                return Err(ReadError::malformed(format!("list {list} lies outside of its file"), lists.at));
            }
            let name_of = format!("{}.lists[{list}]", String::from_utf8_lossy(&of));
            self.outline.elsewhere(&name_of, &name, offset, size.checked_mul(code), false);
        }
        self.file = Some((name, whole));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
