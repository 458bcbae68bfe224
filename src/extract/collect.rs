//! The tables of facts while they grow: bounded, with exact counts, and able to take back what a mistaken reader wrote.

use crate::extract::elsewhere::Range;
use crate::extract::groups::Group;
use crate::extract::mention;
use crate::facts::{
    Archive, Declaration, Deviation, Executable, Graph, Incomplete, IncompleteKind, Layer, Member, MemberId, Mention,
    Object, Pickle, Reference, Source, Template, TensorTable,
};
use serde::Serialize;
use std::io;

/// What an object of the facts costs beside its letters, and what 5 more keys do beyond the first 11. In the policies' engine an object is a
/// B-tree whose nodes have room for 11 keys and take 544 bytes; with its strings that is two bytes for each of the price (measured over
/// tables of tensors, members and Python code).
const NODE: u64 = 350;

/// How many deviations of one kind are kept one by one in a member; the next are counted in the last record.
const ONE_BY_ONE: usize = 64;

/// Facts of one top-level file while they are collected.
#[derive(Debug, Default)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Tables {
    pub members: Vec<Member>,
    pub incomplete: Vec<Incomplete>,
    pub deviations: Vec<Deviation>,
    pub archives: Vec<Archive>,
    pub declarations: Vec<Declaration>,
    pub pickles: Vec<Pickle>,
    pub tensors: Vec<TensorTable>,
    pub graphs: Vec<Graph>,
    pub references: Vec<Reference>,
    pub layers: Vec<Layer>,
    pub mentions: Vec<Mention>,
    pub objects: Vec<Object>,
    pub templates: Vec<Template>,
    pub code: Vec<Source>,
    pub executables: Vec<Executable>,
    /// No facts: tensors in other files, which are looked at when all are read.
    #[cfg_attr(fuzzing, serde(skip))]
    pub ranges: Vec<Range>,
    /// No fact: where in `incomplete` it is said that something was left out.
    #[cfg_attr(fuzzing, serde(skip))]
    pub left_out: Option<usize>,
    /// No facts: weights that lie one behind the other in several files.
    pub groups: Vec<Group>,
}

/// How long each table was, to take back what came later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    members: usize,
    incomplete: usize,
    deviations: usize,
    archives: usize,
    declarations: usize,
    pickles: usize,
    tensors: usize,
    graphs: usize,
    references: usize,
    layers: usize,
    mentions: usize,
    objects: usize,
    templates: usize,
    code: usize,
    executables: usize,
    ranges: usize,
    groups: usize,
}

impl Tables {
    /// Now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            members: self.members.len(),
            incomplete: self.incomplete.len(),
            deviations: self.deviations.len(),
            archives: self.archives.len(),
            declarations: self.declarations.len(),
            pickles: self.pickles.len(),
            tensors: self.tensors.len(),
            graphs: self.graphs.len(),
            references: self.references.len(),
            layers: self.layers.len(),
            mentions: self.mentions.len(),
            objects: self.objects.len(),
            templates: self.templates.len(),
            code: self.code.len(),
            executables: self.executables.len(),
            ranges: self.ranges.len(),
            groups: self.groups.len(),
        }
    }

    /// Takes back every record written since `mark`. A count that was added to an older record of the same kind stays.
    pub(super) fn take_back(&mut self, mark: Mark) {
        self.members.truncate(mark.members);
        self.incomplete.truncate(mark.incomplete);
        self.deviations.truncate(mark.deviations);
        self.archives.truncate(mark.archives);
        self.declarations.truncate(mark.declarations);
        self.pickles.truncate(mark.pickles);
        self.tensors.truncate(mark.tensors);
        self.graphs.truncate(mark.graphs);
        self.references.truncate(mark.references);
        self.layers.truncate(mark.layers);
        self.mentions.truncate(mark.mentions);
        self.objects.truncate(mark.objects);
        self.templates.truncate(mark.templates);
        self.code.truncate(mark.code);
        self.executables.truncate(mark.executables);
        self.ranges.truncate(mark.ranges);
        self.groups.truncate(mark.groups);
        self.left_out = self.left_out.filter(|at| *at < mark.incomplete);
    }

    /// Says of the file itself that something is left out, once for all that there was no room for: the record is not paid for.
    pub(super) fn leave_out(&mut self) {
        match self.left_out.and_then(|at| self.incomplete.get_mut(at)) {
            Some(one) => one.count = one.count.saturating_add(1),
            None => {
                self.left_out = Some(self.incomplete.len());
                self.incomplete.push(beyond(0, 1));
            }
        }
    }

    /// Adds what could not be had; an equal record is counted.
    pub(super) fn incomplete(&mut self, record: Incomplete) {
        if !self.counts_incomplete(&record) {
            self.incomplete.push(record);
        }
    }

    /// Counts it in an equal record, if there is one.
    pub(super) fn counts_incomplete(&mut self, record: &Incomplete) -> bool {
        let same = |one: &&mut Incomplete| {
            one.member == record.member
                && one.kind == record.kind
                && one.format == record.format
                && one.what == record.what
        };
        let one = self.incomplete.iter_mut().rev().take(ONE_BY_ONE).find(same);
        one.map(|one| one.count = one.count.saturating_add(record.count)).is_some()
    }

    /// Adds a deviation; after the first 64 of a kind in a member, the rest are counted in the last one.
    pub(super) fn deviation(&mut self, record: Deviation) {
        if !self.counts_deviation(&record) {
            self.deviations.push(record);
        }
    }

    /// Counts it in the last one of its kind, if there are so many.
    pub(super) fn counts_deviation(&mut self, record: &Deviation) -> bool {
        let alike =
            |one: &Deviation| one.member == record.member && one.kind == record.kind && one.format == record.format;
        let count = self.deviations.iter().rev().take(ONE_BY_ONE.saturating_mul(8)).filter(|one| alike(one)).count();
        let last = self.deviations.iter_mut().rev().find(|one| count >= ONE_BY_ONE && alike(one));
        last.map(|last| last.count = last.count.saturating_add(record.count)).is_some()
    }

    /// Counts a reference in one of the last 64 that is like it, if there is one.
    pub(super) fn counts_reference(&mut self, record: &Reference) -> bool {
        let same = |one: &&mut Reference| {
            one.member == record.member
                && one.format == record.format
                && one.kind == record.kind
                && one.leads == record.leads
                && one.by == record.by
                && one.target == record.target
        };
        let one = self.references.iter_mut().rev().take(ONE_BY_ONE).find(same);
        one.map(|one| one.count = one.count.saturating_add(record.count)).is_some()
    }

    /// Adds the records of another file behind these: its members get the next ids, and those without a parent get `parent`.
    pub(super) fn append(&mut self, other: Self, parent: MemberId) {
        let base = MemberId::try_from(self.members.len()).unwrap_or(MemberId::MAX);
        let shift = |id: &mut MemberId| *id = id.saturating_add(base);
        self.members.extend(other.members.into_iter().map(|mut member| {
            shift(&mut member.id);
            match &mut member.parent {
                Some(parent) => shift(parent),
                none => *none = Some(parent),
            }
            member
        }));
        append(&mut self.incomplete, other.incomplete, |record| shift(&mut record.member));
        append(&mut self.deviations, other.deviations, |record| shift(&mut record.member));
        append(&mut self.archives, other.archives, |record| shift(&mut record.member));
        append(&mut self.declarations, other.declarations, |record| shift(&mut record.member));
        append(&mut self.pickles, other.pickles, |record| shift(&mut record.member));
        append(&mut self.tensors, other.tensors, |record| shift(&mut record.member));
        append(&mut self.graphs, other.graphs, |record| shift(&mut record.member));
        append(&mut self.references, other.references, |record| shift(&mut record.member));
        append(&mut self.layers, other.layers, |record| {
            shift(&mut record.member);
            record.code.iter_mut().for_each(shift);
        });
        append(&mut self.mentions, other.mentions, |record| shift(&mut record.member));
        append(&mut self.objects, other.objects, |record| shift(&mut record.member));
        append(&mut self.templates, other.templates, |record| shift(&mut record.member));
        append(&mut self.code, other.code, |record| shift(&mut record.member));
        append(&mut self.executables, other.executables, |record| shift(&mut record.member));
        append(&mut self.ranges, other.ranges, |record| shift(&mut record.member));
        append(&mut self.groups, other.groups, |record| shift(&mut record.member));
    }

    /// Leaves out every record but the members and what is said to be incomplete.
    pub(super) fn forget(&mut self) {
        let (mut members, mut incomplete) = (std::mem::take(&mut self.members), std::mem::take(&mut self.incomplete));
        members.shrink_to_fit();
        incomplete.shrink_to_fit();
        *self = Self { members, incomplete, ..Self::default() };
    }

    /// Whether there is nothing that [`Self::forget`] leaves out.
    pub(super) fn is_bare(&self) -> bool {
        let Self {
            members: _,
            incomplete: _,
            left_out: _,
            deviations,
            archives,
            declarations,
            pickles,
            tensors,
            graphs,
            references,
            layers,
            mentions,
            objects,
            templates,
            code,
            executables,
            ranges,
            groups,
        } = self;
        let pickles_and_code = pickles.is_empty() && code.is_empty() && executables.is_empty() && objects.is_empty();
        let models = tensors.is_empty() && graphs.is_empty() && layers.is_empty() && templates.is_empty();
        let words = deviations.is_empty() && archives.is_empty() && declarations.is_empty() && mentions.is_empty();
        pickles_and_code && models && words && references.is_empty() && ranges.is_empty() && groups.is_empty()
    }

    /// The price of what [`Self::forget`] keeps.
    pub(super) fn bare(&self) -> u64 {
        let members = self.members.iter().map(price);
        let incomplete = self.incomplete.iter().filter(|one| !is_beyond(one)).map(told_price);
        members.chain(incomplete).fold(0, u64::saturating_add)
    }

    /// Keeps at most `records` of each table that grows with content, and says which were cut.
    pub(super) fn bound(&mut self, records: usize) {
        let mut cut: Vec<(MemberId, String)> = Vec::new();
        bound(&mut self.pickles, records, "pickles", |record| record.member, &mut cut);
        bound(&mut self.tensors, records, "tensors", |record| record.member, &mut cut);
        bound(&mut self.graphs, records, "graphs", |record| record.member, &mut cut);
        bound(&mut self.references, records, "references", |record| record.member, &mut cut);
        bound(&mut self.layers, records, "layers", |record| record.member, &mut cut);
        mention::fold(&mut self.mentions, records);
        bound(&mut self.mentions, records, "mentions", |record| record.member, &mut cut);
        bound(&mut self.objects, records, "objects", |record| record.member, &mut cut);
        bound(&mut self.templates, records, "templates", |record| record.member, &mut cut);
        bound(&mut self.deviations, records, "deviations", |record| record.member, &mut cut);
        bound(&mut self.archives, records, "archives", |record| record.member, &mut cut);
        bound(&mut self.declarations, records, "declarations", |record| record.member, &mut cut);
        bound(&mut self.code, records, "code", |record| record.member, &mut cut);
        bound(&mut self.executables, records, "executables", |record| record.member, &mut cut);
        bound(&mut self.incomplete, records, "incomplete", |record| record.member, &mut cut);
        for (member, what) in cut {
            self.incomplete.push(Incomplete {
                member,
                kind: IncompleteKind::Limit,
                format: None,
                what,
                offset: None,
                count: 1,
            });
        }
    }
}

/// That something about a member is left out for want of room.
pub(super) fn beyond(member: MemberId, count: u64) -> Incomplete {
    let what = "facts".to_owned();
    Incomplete { member, kind: IncompleteKind::Limit, format: None, what, offset: None, count }
}

fn is_beyond(record: &Incomplete) -> bool {
    record.kind == IncompleteKind::Limit && record.what == "facts"
}

/// What a record costs of [`crate::limits::Limits::facts`]: its bytes as JSON, and [`NODE`] for what makes an object of them. Two bytes of memory
/// for each, in the tables and the engine together.
pub(super) fn price(record: &impl Serialize) -> u64 {
    let mut counted = Counted::default();
    match serde_json::to_writer(&mut counted, record) {
        Ok(()) => counted.bytes.saturating_add(counted.nodes.saturating_mul(NODE)),
        // What has no size cannot be paid for; plain data always has one.
        Err(_) => u64::MAX,
    }
}

/// The price of a record of which rules tell one by one: the finding is an object in the engine, and one with its rule's words outside.
pub(super) fn told_price(record: &impl Serialize) -> u64 {
    price(record).saturating_add(NODE.saturating_mul(4))
}

/// The digest of a member, when it comes.
pub(super) const DIGEST: u64 = NODE + 80;

/// Counts bytes of JSON and the nodes of the B-trees that its objects are in the engine.
#[derive(Default)]
struct Counted {
    bytes: u64,
    nodes: u64,
    text: bool,
    escaped: bool,
    /// Keys of the objects and lists that are open.
    open: Vec<u64>,
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        for byte in bytes {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.text = !self.text,
                _ if self.text => {}
                b'{' | b'[' => self.open.push(0),
                b':' => self.open.last_mut().into_iter().for_each(|keys| *keys = keys.saturating_add(1)),
                b'}' => {
                    let keys = self.open.pop().unwrap_or(0);
                    let more = if keys > 11 { keys / 6 } else { 0 };
                    self.nodes = self.nodes.saturating_add(more).saturating_add(1);
                }
                b']' => drop(self.open.pop()),
                _ => {}
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append<T>(table: &mut Vec<T>, other: Vec<T>, shift: impl Fn(&mut T)) {
    table.extend(other.into_iter().map(|mut record| {
        shift(&mut record);
        record
    }));
}

fn bound<T>(
    table: &mut Vec<T>,
    records: usize,
    name: &str,
    member: impl Fn(&T) -> MemberId,
    cut: &mut Vec<(MemberId, String)>,
) {
    if let Some(first) = table.get(records) {
        cut.push((member(first), format!("records: {records} of {} records of `{name}` are kept", table.len())));
        table.truncate(records);
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that cannot go on ends with a panic"
)]
mod tests;
