//! What a model file says of itself while it is read: its operators, what it names outside of itself, versions and metadata. One record
//! of each table is written at the end, so that a reader holds no table of its own.

use crate::extract::elsewhere::Range;
use crate::extract::embedded::Looked;
use crate::extract::format::note::Notes;
use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::remainder;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{
    FormatId, Graph, GraphVersion, Leads, MemberId, Metadata, Reference, ReferenceKind, Tensor, TensorTable,
};
use crate::limits::Exhausted;
use crate::place;
use std::collections::HashSet;
use std::sync::Arc;

/// A model while it is read.
pub(super) struct Outline {
    member: MemberId,
    format: FormatId,
    /// Bytes kept of one text, and records of one table.
    text: usize,
    records: usize,
    operators: Operators,
    /// Operators that the file defines as functions: their domain, unless any will do, name and overload.
    defined: HashSet<(Option<String>, String, String)>,
    /// Its name.
    pub name: Option<String>,
    /// What wrote it.
    pub producer: Option<String>,
    versions: Vec<GraphVersion>,
    references: Vec<(Reference, Vec<u8>)>,
    ranges: Vec<(Range, Arc<[u8]>)>,
    /// The targets of these, each once.
    targets: HashSet<Arc<[u8]>>,
    /// What they may cost yet.
    left: u64,
    tensors: TensorTable,
    /// What its texts and tensors hold.
    looked: Looked,
    /// Whether its texts are looked at here.
    looks: bool,
    /// The content, of whose tensors the place is told.
    data: Option<Source>,
    /// Whether something was left out.
    cut: bool,
    /// Whether texts of the node that comes next were left out.
    short: bool,
    /// The overload of the node that comes next.
    overload: String,
}

/// Puts one more into a list of at most so many. Where the list is full the newcomer takes the place of the last, for that is the one that parsers
/// of protobuf take of a field that stands repeatedly. False: one was left out, which the record must say ([`Outline::whole`]).
pub(super) fn keep<T>(list: &mut Vec<T>, one: T, most: usize) -> bool {
    let room = list.len() < most;
    if !room {
        list.pop();
    }
    list.push(one);
    room
}

impl Outline {
    /// Nothing yet. Every text that is handed over is looked at.
    pub(super) fn new(member: MemberId, format: FormatId, walk: &Walk<'_>) -> Self {
        Self { looks: true, ..Self::with(member, format, walk.limits) }
    }

    /// The same of a document whose parser shows all its texts to one that looks at them.
    pub(super) fn with(member: MemberId, format: FormatId, limits: &crate::limits::Limits) -> Self {
        Self {
            member,
            format,
            text: usize::try_from(limits.text).unwrap_or(usize::MAX),
            records: usize::try_from(limits.records).unwrap_or(usize::MAX),
            operators: Operators::new(limits.records),
            defined: HashSet::new(),
            name: None,
            producer: None,
            versions: Vec::new(),
            references: Vec::new(),
            ranges: Vec::new(),
            targets: HashSet::new(),
            left: limits.facts,
            tensors: TensorTable::new(member, format),
            looked: Looked::default(),
            looks: false,
            data: None,
            cut: false,
            short: false,
            overload: String::new(),
        }
    }

    /// Looks at the texts, because the parser shows them to nobody else.
    pub(super) fn looking(self) -> Self {
        Self { looks: true, ..self }
    }

    /// Looks at the data of the tensors of this content.
    pub(super) fn over(self, source: &Source) -> Self {
        Self { data: Some(source.clone()), ..self }
    }

    /// Puts one more into a list of at most so many ([`keep`]), and says so where one was left out.
    pub(super) fn keep<T>(&mut self, list: &mut Vec<T>, one: T, most: usize) {
        let whole = keep(list, one, most);
        self.whole(whole);
    }

    /// Says whether something was left out that a rule would need: then the record is not whole.
    pub(super) fn whole(&mut self, whole: bool) {
        self.cut |= !whole;
    }

    /// Says that texts of the node that comes next were left out, of which no rule needs more than the first.
    pub(super) fn shorten(&mut self) {
        self.short = true;
    }

    /// Looks at a text that is no fact of its own.
    pub(super) fn look(&mut self, key: &str, text: &str) {
        self.looked.text(text, || key.to_owned());
    }

    /// Looks at data that is no tensor of the table, at an offset of the content.
    pub(super) fn look_at(&mut self, name: &str, at: u64, bytes: u64) {
        let Some(data) = self.data.as_ref().map(|data| data.range(at, bytes)) else { return };
        if name.is_empty() {
            self.looked.tensor(&format!("at {at}"), &data);
        } else {
            self.looked.tensor(name, &data);
        }
    }

    /// A text of the file as a fact: escaped and cut.
    pub(super) fn shown(&self, text: &str) -> String {
        place::escape_cut(text.as_bytes(), self.text)
    }

    /// How many operators were seen.
    pub(super) fn nodes(&self) -> u64 {
        self.operators.nodes
    }

    /// Adds an operator of the main graph without texts.
    pub(super) fn operator(&mut self, domain: Option<&str>, operator: &str, name: Option<&str>, at: u64) {
        self.node(domain, operator, "graph", name, at, &[]);
    }

    /// Adds a node. All texts are as they are written.
    pub(super) fn node(
        &mut self,
        domain: Option<&str>,
        operator: &str,
        place: &'static str,
        name: Option<&str>,
        at: u64,
        texts: &[(String, String)],
    ) {
        let (domain, operator, name) =
            (domain.map(|text| self.shown(text)), self.shown(operator), name.map(|text| self.shown(text)));
        if self.looks {
            texts.iter().for_each(|(key, text)| self.looked.text(text, || key.clone()));
        }
        let texts: Vec<_> = texts.iter().map(|(key, text)| (self.shown(key), self.shown(text))).collect();
        let overload = std::mem::take(&mut self.overload);
        let node = Node {
            domain: domain.as_deref(),
            operator: &operator,
            place,
            at,
            name: name.as_deref(),
            texts: &texts,
            complete: !std::mem::take(&mut self.short),
        };
        self.operators.overloaded(&node, &overload);
    }

    /// Says which of an operator's functions the node that comes next is.
    pub(super) fn overload(&mut self, overload: &str) {
        self.overload = self.shown(overload);
    }

    /// Says that the file defines an operator of this name, in this domain or in any, and which of its functions.
    pub(super) fn define(&mut self, domain: Option<&str>, operator: &str, overload: &str) {
        if self.defined.len() < self.records {
            let domain = domain.map(|domain| self.shown(domain));
            self.defined.insert((domain, self.shown(operator), self.shown(overload)));
        } else {
            self.cut = true;
        }
    }

    /// Adds a version.
    pub(super) fn version(&mut self, of: &str, domain: Option<&str>, version: &str) {
        if self.versions.len() < self.records {
            let (domain, version) = (domain.map(|text| self.shown(text)), self.shown(version));
            self.versions.push(GraphVersion { of: of.to_owned(), domain, version });
        } else {
            self.cut = true;
        }
    }

    /// Adds what the file names outside of itself; where a path leads is asked later.
    pub(super) fn refer(&mut self, kind: ReferenceKind, by: &str, name: Option<&str>, target: &[u8], at: u64) {
        let looked_up = matches!(kind, ReferenceKind::Module | ReferenceKind::Global);
        let leads = if looked_up { Leads::Lookup } else { Leads::Unknown };
        if self.references.len() >= self.records {
            self.cut = true;
            return;
        }
        let record = Reference {
            member: self.member,
            format: self.format,
            kind,
            by: self.shown(by),
            name: name.map(|text| self.shown(text)),
            target: String::new(),
            leads,
            to: None,
            offset: Some(at),
            count: 1,
        };
        // PATH_MAX of Linux (limits.h): a longer path opens nothing.
        let target = target.get(..target.len().min(4_096)).unwrap_or_default();
        self.references.push((record, target.to_vec()));
    }

    /// Says where what was added last leads, when its letters do not tell.
    pub(super) fn lead(&mut self, leads: Leads) {
        if let Some((record, _)) = self.references.last_mut() {
            record.leads = leads;
        }
    }

    /// Adds a tensor whose bytes lie in a file that is referred to by these letters; `record` when there stands a record of where they are.
    pub(super) fn elsewhere(&mut self, name: &str, target: &[u8], at: u64, size: Option<u64>, record: bool) {
        // PATH_MAX, as above.
        let target = target.get(..target.len().min(4_096)).unwrap_or_default();
        let range = Range { member: self.member, target: Arc::default(), name: self.shown(name), at, size, record };
        let known = self.targets.get(target).cloned();
        let price = known.as_ref().map_or_else(|| Range::target_price(target), |_| 0);
        let Some(left) = self.left.checked_sub(range.price().saturating_add(price)) else {
            self.cut = true;
            return;
        };
        self.left = left;
        let target = known.unwrap_or_else(|| target.into());
        self.targets.insert(target.clone());
        self.ranges.push((range, target));
    }

    /// Adds a pair of metadata.
    pub(super) fn pair(&mut self, key: &str, value: &str) {
        self.tensors.metadata_count = self.tensors.metadata_count.saturating_add(1);
        if self.looks {
            self.looked.text(value, || key.to_owned());
        }
        if self.tensors.metadata.len() < self.records {
            let size = u64::try_from(value.len()).unwrap_or(u64::MAX);
            let pair = Metadata { key: self.shown(key), value: self.shown(value), size };
            self.tensors.metadata.push(pair);
        }
    }

    /// Adds a tensor; `bytes` of data at `at`.
    pub(super) fn tensor(
        &mut self,
        name: Option<&str>,
        dtype: &str,
        shape: &[u64],
        at: Option<u64>,
        bytes: Option<u64>,
    ) {
        if let Some((data, at)) = self.data.as_ref().zip(at) {
            let number = usize::try_from(self.tensors.count).unwrap_or(usize::MAX);
            self.looked.numbered(number, &data.range(at, bytes.unwrap_or(0)));
        }
        self.tensors.count = self.tensors.count.saturating_add(1);
        if self.tensors.entries.len() < self.records {
            let shape = shape.iter().copied().take(64).collect();
            let (name, dtype) = (name.map(|name| self.shown(name)), self.shown(dtype));
            self.tensors.entries.push(Tensor { name, dtype, shape, offset: at, size: bytes, file: None });
        }
    }

    /// Names the tensor of that number, where names stand behind the data.
    pub(super) fn name_tensor(&mut self, number: usize, name: &str) {
        self.looked.name(number, name);
        let name = self.shown(name);
        if let Some(tensor) = self.tensors.entries.get_mut(number) {
            tensor.name = Some(name);
        }
    }

    /// Whether nothing at all was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.operators.nodes == 0
            && self.references.is_empty()
            && self.tensors.count == 0
            && self.tensors.metadata_count == 0
    }

    /// Writes the records, whatever came of the reading, and hands over what stands behind `end` of a content that was read up to there.
    pub(super) fn write_to(
        self,
        end: u64,
        source: &Source,
        outcome: Result<(), ReadError>,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let notes = Notes { member: self.member, format: self.format };
        let written = self.write(walk);
        outcome?;
        written?;
        Ok(remainder::read(source, end, source.size(), notes, walk)?)
    }

    /// Writes the records.
    pub(super) fn write(self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let whole = self.operators.complete && !self.cut;
        self.looked.write(self.member, walk);
        let nodes = self.operators.nodes;
        let defined = self.defined;
        if nodes > 0 || !self.versions.is_empty() {
            walk.graph(Graph {
                member: self.member,
                format: self.format,
                name: self.name,
                producer: self.producer,
                versions: self.versions,
                nodes,
                operators: self.operators.finish_overloaded(|domain, name, overload| {
                    let of = |domain: Option<&str>| (domain.map(str::to_owned), name.to_owned(), overload.to_owned());
                    defined.contains(&of(None)) || defined.contains(&of(domain))
                }),
                complete: whole,
            });
        }
        if self.tensors.count > 0 || self.tensors.metadata_count > 0 {
            walk.tensors(self.tensors);
        }
        for (record, target) in self.references {
            walk.reference(record, &target);
        }
        for (range, target) in self.ranges {
            walk.elsewhere(&target, range);
        }
        if whole { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

#[cfg(test)]
mod tests;
