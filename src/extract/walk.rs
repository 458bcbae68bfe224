//! The walk through an artifact: the budget, the recursion, and the only way to hand back a member.
//!
//! A format reads its own structure and hands every member to [`Walk::member`] or [`Walk::decode`]; asking the formats,
//! digests, depth, ratio, counts and taking back mistaken readings happen here, once.

mod error;

pub(super) use error::ReadError;

use crate::digest::{Digest, Hasher, Measurer};
use crate::extract::collect::{DIGEST, Mark, Tables, price, told_price};
use crate::extract::elsewhere::{Range, Targets};
use crate::extract::embedded;
use crate::extract::format::{Claim, FORMATS, Format, PROMISES, Window};
use crate::extract::mention;
use crate::extract::references;
use crate::extract::source::{Source, Spool};
use crate::facts::{
    Archive, Declaration, Deviation, Executable, FormatId, Graph, Incomplete, IncompleteKind, Layer, Leads, Link,
    Member, MemberId, Mention, Object, Origin, Pickle, Pointer, Reference, Template, TensorTable,
};
use crate::limits::{Budget, Exhausted, Limits};
use crate::place;
use serde::Serialize;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How far a reader came whose format has no firm magic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// Nothing that means anything.
    Nothing,
    /// A whole, meaningful content without effects; counts when nothing else does, or when the name promises it.
    Data,
    /// Something that a loader would act on; always counts.
    Effect,
}

/// Whether a member's digest is known, wanted, or left out.
pub(super) enum Hash {
    /// Computed while it was decoded.
    Known(Digest),
    /// To be computed.
    Wanted,
    /// A tensor payload stored inside its container: hashed only when a format claims it (see [`Member::digest`]).
    Payload,
}

/// What a container knows of a member beside its content.
#[derive(Debug, Default, Clone)]
pub(super) struct Entry {
    /// The container marks it as a program.
    pub executable: bool,
    /// It is a link; its content is not read.
    pub link: Option<Link>,
    /// The pointer it stands for.
    pub pointer: Option<Pointer>,
    /// Content that nothing recognises is expected here (raw tensor data that the container describes).
    pub payload: bool,
    /// It is a tensor's numbers: what only begins like another format is none.
    pub tensor: bool,
    /// What the container says that it is, beside what its name promises.
    pub promised: Option<FormatId>,
}

/// What became of a stream that was decoded into a member.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The member; `None` when it could not be made.
    pub id: Option<MemberId>,
    /// Bytes that were decoded before the end or the error.
    pub size: u64,
    /// CRC-32 (IEEE) of them.
    pub crc32: u32,
    /// Why decoding stopped early. What was decoded before is the member's content.
    pub error: Option<ReadError>,
}

/// Told of the progress of long work; from several threads at once.
pub trait Progress: Sync {
    /// `bytes` more of the artifacts' bytes are done.
    fn advance(&self, bytes: u64);
}

/// Nobody is told.
impl Progress for () {
    fn advance(&self, _bytes: u64) {}
}

/// The walk through one top-level file.
pub(super) struct Walk<'a> {
    /// The ceilings.
    pub limits: &'a Limits,
    /// What is left of them.
    pub budget: &'a mut Budget,
    /// The facts so far.
    pub tables: Tables,
    /// Keys of the storages that the pickle read last asks its torch archive for; the archive takes them.
    pub storages: Vec<Vec<u8>>,
    /// Shown the bytes of the file itself in the pass that makes its digest.
    pub measurer: Measurer,
    progress: &'a dyn Progress,
    targets: Targets,
    depth: u32,
    reached: Reached,
}

/// What was there at one time, to take back what came later, and what of the budget is left then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    tables: Mark,
    facts: u64,
}

impl<'a> Walk<'a> {
    /// A walk that has seen nothing.
    pub(super) fn new(limits: &'a Limits, budget: &'a mut Budget, progress: &'a dyn Progress) -> Self {
        Self {
            limits,
            budget,
            tables: Tables::default(),
            storages: Vec::new(),
            measurer: Measurer::new(&[]),
            progress,
            targets: Targets::default(),
            depth: 0,
            reached: Reached::Nothing,
        }
    }

    /// Records a member that one format alone will read.
    #[cfg(fuzzing)]
    pub(super) fn only(&mut self, name: &[u8], source: &Source, format: FormatId) -> Option<MemberId> {
        // Of a link the content is not read, so nothing else was asked.
        let link = Some(Link { target: String::new(), escapes: false });
        let entry = Entry { link, promised: Some(format), ..Entry::default() };
        let id = self.member(None, name, Origin::Named, source, Hash::Wanted, entry)?;
        let member = self.facts_mut(id)?;
        member.link = None;
        member.formats.push(format);
        self.depth = 1;
        Some(id)
    }

    /// Takes a member: records it, asks every format, and reads it with those that claim it. `name` is as its container has it.
    pub(super) fn member(
        &mut self,
        parent: Option<MemberId>,
        name: &[u8],
        origin: Origin,
        source: &Source,
        hash: Hash,
        entry: Entry,
    ) -> Option<MemberId> {
        // The file itself is always a member: without one there is nobody to say of that it was not read.
        if let (Err(exhausted), Some(parent)) = (self.budget.member(), parent) {
            self.incomplete(parent, None, ReadError::Limit(exhausted));
            return None;
        }
        let id = MemberId::try_from(self.tables.members.len()).ok()?;
        // The end of a name is what it promises, so a long way to it must not cut it off.
        let cut = |name| place::escape_cut(name, usize::try_from(self.limits.text).unwrap_or(usize::MAX));
        let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let (name, base, promise) = (cut(name), cut(last), place::escape(last));
        let path = match parent.and_then(|parent| self.tables.members.get(usize::try_from(parent).ok()?)) {
            Some(parent) => place::inside(&parent.path, &name),
            None => name,
        };
        let link = entry.link.is_some();
        let record = Member {
            id,
            parent,
            path,
            extension: extension(&promise).filter(|extension| extension.len() <= base.len()),
            promised: PROMISES.of(&promise).into_iter().chain(entry.promised).collect(),
            name: base,
            origin,
            size: source.size(),
            digest: None,
            formats: Vec::new(),
            executable: entry.executable,
            pointer: entry.pointer.clone(),
            link: entry.link.clone(),
        };
        if self.budget.facts(price(&record).saturating_add(DIGEST)).is_err() && parent.is_some() {
            self.tables.leave_out();
            return None;
        }
        self.tables.members.push(record);
        if link {
            return Some(id);
        }
        if self.depth >= self.limits.depth {
            self.incomplete(id, None, ReadError::Limit(Exhausted("depth")));
            return Some(id);
        }
        self.depth = self.depth.saturating_add(1);
        let outer = std::mem::replace(&mut self.reached, Reached::Nothing);
        if let Err(error) = self.read(id, source, hash, &entry) {
            self.incomplete(id, None, error);
        }
        self.reached = outer;
        self.depth = self.depth.saturating_sub(1);
        Some(id)
    }

    /// Decodes a stream into a member, bounded by the budget and the ratio to its `encoded` size. What was decoded before an
    /// error is kept and read: a loader would have run it.
    pub(super) fn decode(
        &mut self,
        parent: MemberId,
        name: &[u8],
        origin: Origin,
        mut reader: impl Read,
        encoded: u64,
        entry: Entry,
    ) -> Decoded {
        let mut spool = Spool::new(self.limits.spool_memory);
        let mut hasher = Hasher::default();
        let mut crc = crc32fast::Hasher::new();
        let error = self.pump(&mut reader, &mut spool, encoded, |bytes| {
            hasher.update(bytes);
            crc.update(bytes);
        });
        drop(reader);
        let size = spool.size();
        let on_disk = spool.paid;
        let mut decoded = Decoded { id: None, size, crc32: crc.finalize(), error: error.err() };
        match spool.finish() {
            Ok(source) => {
                decoded.id = self.member(Some(parent), name, origin, &source, Hash::Known(hasher.finish()), entry)
            }
            Err(failed) => decoded.error = Some(ReadError::Io(failed)),
        }
        self.budget.unspooled(on_disk);
        decoded
    }

    /// Decodes a stream into a spool, bounded by the budget and by the ratio of all that the spool holds to `encoded`; `seen` is
    /// shown every chunk. For containers that decode several members in one go; all others call [`Walk::decode`].
    pub(super) fn pump(
        &mut self,
        reader: &mut impl Read,
        spool: &mut Spool,
        encoded: u64,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<(), ReadError> {
        let ceiling = self.limits.ratio_floor.max(encoded.saturating_mul(self.limits.ratio));
        let mut chunk = vec![0; 64 << 10];
        loop {
            // A decoder of a library may panic on hostile bytes: that is its defect, and here an incomplete fact.
            let read = catch_unwind(AssertUnwindSafe(|| reader.read(&mut chunk)))
                .map_err(|_| ReadError::malformed("the decoder gave up on this content", None))?;
            let bytes = match read {
                Ok(0) => return Ok(()),
                Ok(count) => chunk.get(..count).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.budget.decoded(count)?;
            if spool.on_disk() {
                self.budget.spooled(count)?;
                spool.paid = spool.paid.saturating_add(count);
            }
            if spool.size().saturating_add(count) > ceiling {
                return Err(Exhausted("ratio").into());
            }
            seen(bytes);
            spool.push(bytes)?;
        }
    }

    fn read(&mut self, id: MemberId, source: &Source, hash: Hash, entry: &Entry) -> Result<(), ReadError> {
        let before = self.before();
        let window = Window::of(source)?;
        let promised = self.facts(id).map(|member| member.promised.clone()).unwrap_or_default();
        let claims: Vec<(&dyn Format, Claim)> = FORMATS
            .iter()
            .map(|format| (*format, format.claims(&window)))
            .filter(|(_, claim)| *claim != Claim::No)
            .collect();
        let digest = match hash {
            Hash::Known(digest) => Some(digest),
            Hash::Payload if claims.iter().all(|(_, claim)| *claim == Claim::Possible) => None,
            Hash::Wanted | Hash::Payload => Some(self.hash(source)?),
        };
        if let Some(member) = self.facts_mut(id) {
            member.digest = digest;
        }
        let mut counted = 0usize;
        for (format, _) in claims.iter().filter(|(_, claim)| *claim == Claim::Certain) {
            self.claimed(id, format.id());
            if let Err(error) = self.read_format(*format, id, source) {
                self.incomplete(id, Some(format.id()), error);
            }
            counted = counted.saturating_add(1);
        }
        let certain = counted;
        for (format, _) in claims.iter().filter(|(_, claim)| *claim == Claim::Possible) {
            let mark = self.before();
            let formats = self.facts(id).map(|member| member.formats.clone()).unwrap_or_default();
            self.claimed(id, format.id());
            self.reached = Reached::Nothing;
            let outcome = self.read_format(*format, id, source);
            let promises = promised.contains(&format.id());
            let counts = match self.reached {
                Reached::Effect => true,
                // A zip begins as a pickle may (`P` is PERSID): data without effects is no second reading of what is certain.
                Reached::Data => counted == 0 || (promises && certain == 0),
                Reached::Nothing => promises && counted == 0,
            };
            if counts {
                counted = counted.saturating_add(1);
                if let Err(error) = outcome {
                    self.incomplete(id, Some(format.id()), error);
                }
            } else {
                self.take_back(mark);
                if let Some(member) = self.facts_mut(id) {
                    member.formats = formats;
                }
            }
        }
        if entry.tensor && counted > 0 && !embedded::stands(id, self) {
            counted = 0;
            self.take_back(before);
            if let Some(member) = self.facts_mut(id) {
                member.formats.clear();
            }
        }
        if counted > 0 && self.facts(id).is_some_and(|member| member.digest.is_none()) {
            let digest = self.hash(source)?;
            if let Some(member) = self.facts_mut(id) {
                member.digest = Some(digest);
            }
        }
        if counted == 0 && !entry.payload {
            self.unread(Incomplete {
                member: id,
                kind: IncompleteKind::UnknownFormat,
                format: None,
                what: format!("no format is known that begins with {}", window.hint()),
                offset: None,
                count: 1,
            });
        }
        Ok(())
    }

    fn read_format(&mut self, format: &dyn Format, id: MemberId, source: &Source) -> Result<(), ReadError> {
        let depth = self.depth;
        // Fails closed on a defect of ours or of a library: what was read stays, the rest is incomplete.
        let outcome = catch_unwind(AssertUnwindSafe(|| format.read(source, id, self)));
        self.depth = depth;
        outcome.unwrap_or_else(|_| {
            self.unread(Incomplete {
                member: id,
                kind: IncompleteKind::Internal,
                format: Some(format.id()),
                what: "the reader stopped; please report this file's shape".to_owned(),
                offset: None,
                count: 1,
            });
            self.reached = Reached::Effect;
            Ok(())
        })
    }

    fn hash(&mut self, source: &Source) -> Result<Digest, ReadError> {
        let mut hasher = Hasher::default();
        let mut reader = source.reader();
        let mut chunk = vec![0; 256 << 10];
        loop {
            let read = reader.read(&mut chunk)?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
            if self.depth == 1 {
                self.measurer.update(bytes);
                self.progress.advance(u64::try_from(read).unwrap_or(0));
            }
        }
        Ok(hasher.finish())
    }

    /// Says how far a reader without firm magic came; the furthest counts.
    pub(super) fn reached(&mut self, reached: Reached) {
        self.reached = self.reached.max(reached);
    }

    /// Says that a member is of a format too: a zip that turns out to be a torch archive.
    pub(super) fn claimed(&mut self, id: MemberId, format: FormatId) {
        if let Some(member) = self.facts_mut(id)
            && !member.formats.contains(&format)
        {
            member.formats.push(format);
        }
    }

    /// Whether any format claims these bytes for certain, or may: asked before a bytes value becomes a member.
    pub(super) fn claims(&self, source: &Source) -> Claim {
        let Ok(window) = Window::of(source) else { return Claim::Possible };
        FORMATS.iter().map(|format| format.claims(&window)).max().unwrap_or(Claim::No)
    }

    /// The member's record.
    pub(super) fn facts(&self, id: MemberId) -> Option<&Member> {
        self.tables.members.get(usize::try_from(id).ok()?)
    }

    /// The member's record, to be completed.
    pub(super) fn facts_mut(&mut self, id: MemberId) -> Option<&mut Member> {
        self.tables.members.get_mut(usize::try_from(id).ok()?)
    }

    /// What there is now.
    pub(super) fn before(&self) -> Before {
        Before { tables: self.tables.mark(), facts: self.budget.facts_left() }
    }

    /// Takes back every record written since then, and what was paid for them.
    pub(super) fn take_back(&mut self, before: Before) {
        self.tables.take_back(before.tables);
        self.budget.facts_back(before.facts);
    }

    /// Pays for a record. One that cannot be paid for is left out, which is said.
    fn pays(&mut self, record: &impl Serialize) -> bool {
        self.affords(price(record))
    }

    fn affords(&mut self, price: u64) -> bool {
        let paid = self.budget.facts(price).is_ok();
        if !paid {
            self.tables.leave_out();
        }
        paid
    }

    /// Records what was not read, or counts it where the same is said already.
    fn unread(&mut self, record: Incomplete) {
        if !self.tables.counts_incomplete(&record) && self.affords(told_price(&record)) {
            self.tables.incomplete.push(record);
        }
    }

    /// Records what could not be had. Text of the content in `error` is escaped here.
    pub(super) fn incomplete(&mut self, member: MemberId, format: Option<FormatId>, error: ReadError) {
        let (kind, what, offset) = error.parts();
        let what = place::escape_cut(what.as_bytes(), usize::try_from(self.limits.text).unwrap_or(usize::MAX));
        self.unread(Incomplete { member, kind, format, what, offset, count: 1 });
    }

    /// Records a deviation.
    pub(super) fn deviation(&mut self, record: Deviation) {
        if !self.tables.counts_deviation(&record) && self.affords(told_price(&record)) {
            self.tables.deviations.push(record);
        }
    }

    /// Records a container.
    pub(super) fn archive(&mut self, record: Archive) {
        if self.pays(&record) {
            self.tables.archives.push(record);
        }
    }

    /// Records a pickle stream.
    pub(super) fn pickle(&mut self, record: Pickle) {
        if self.pays(&record) {
            self.tables.pickles.push(record);
        }
    }

    /// Records a table of tensors.
    pub(super) fn tensors(&mut self, record: TensorTable) {
        if self.pays(&record) {
            self.tables.tensors.push(record);
        }
    }

    /// Records an operator graph.
    pub(super) fn graph(&mut self, record: Graph) {
        if self.pays(&record) {
            self.tables.graphs.push(record);
        }
    }

    /// Records what a member names outside of itself. `target` is as it is written; a path is followed by its letters here, and
    /// among the members once they are all known.
    pub(super) fn reference(&mut self, record: Reference, target: &[u8]) {
        let text = usize::try_from(self.limits.text).unwrap_or(usize::MAX);
        let leads = if record.leads == Leads::Unknown { references::leads(target) } else { record.leads };
        // What is cut cannot be followed among the members.
        let cut = target.len() > text && matches!(leads, Leads::Beside | Leads::Outside);
        let leads = if cut { Leads::Unknown } else { leads };
        self.take_reference(Reference { target: place::escape_cut(target, text), leads, ..record });
    }

    /// Records what a member names outside of itself when nobody can tell where that leads; `target` says so in words.
    pub(super) fn unfollowed(&mut self, record: Reference, target: &'static str) {
        self.take_reference(Reference { target: target.to_owned(), leads: Leads::Unknown, ..record });
    }

    fn take_reference(&mut self, record: Reference) {
        if !self.tables.counts_reference(&record) && self.pays(&record) {
            self.tables.references.push(record);
        }
    }

    /// Records what a model declares.
    pub(super) fn declaration(&mut self, record: Declaration) {
        if self.pays(&record) {
            self.tables.declarations.push(record);
        }
    }

    /// Records what a text mentions.
    pub(super) fn mention(&mut self, record: Mention) {
        let before = self.tables.mentions.len();
        mention::note(&mut self.tables.mentions, record);
        // One that is only counted takes no room.
        let added = self.tables.mentions.get(before).map_or(0, price);
        if !self.affords(added) {
            self.tables.mentions.truncate(before);
        }
    }

    /// Notes a tensor whose bytes lie in the file that a reference names by these letters.
    pub(super) fn elsewhere(&mut self, target: &[u8], range: Range) {
        // What a reference cuts leads to no member.
        if u64::try_from(target.len()).unwrap_or(u64::MAX) > self.limits.text {
            return;
        }
        let known = self.targets.known(target);
        let price = known.as_ref().map_or_else(|| Range::target_price(target), |_| 0);
        if self.affords(range.price().saturating_add(price)) {
            let target = known.unwrap_or_else(|| self.targets.add(target));
            self.tables.ranges.push(Range { target, ..range });
        }
    }

    /// Records what a configuration names by class.
    pub(super) fn layer(&mut self, record: Layer) {
        if self.pays(&record) {
            self.tables.layers.push(record);
        }
    }

    /// Records what a serialization names.
    pub(super) fn object(&mut self, record: Object) {
        if self.pays(&record) {
            self.tables.objects.push(record);
        }
    }

    /// Records a template.
    pub(super) fn template(&mut self, record: Template) {
        if self.pays(&record) {
            self.tables.templates.push(record);
        }
    }

    /// Records source code.
    pub(super) fn code(&mut self, record: crate::facts::Source) {
        if self.pays(&record) {
            self.tables.code.push(record);
        }
    }

    /// Records a program.
    pub(super) fn executable(&mut self, record: Executable) {
        if self.pays(&record) {
            self.tables.executables.push(record);
        }
    }
}

/// The last extension of an escaped name, lower case.
fn extension(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).filter(|extension| !extension.is_empty())
}
