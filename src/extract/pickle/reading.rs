//! One stream under every reading: runs it as the C unpickler, and where that may differ from others, as they do. Equal outcomes are
//! one record.

use crate::extract::mention::Mentions;
use crate::extract::pickle::beside::Beside;
use crate::extract::pickle::decode::Flavour;
use crate::extract::pickle::effect::{Effects, Records};
use crate::extract::pickle::machine::{Machine, Mode, Outcome, Payload};
use crate::extract::python::{self, Settings};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{
    Argument, Call, Deviation, DeviationKind, EndedKind, Extension, FormatId, Import, Leads, Member, MemberId,
    PersistentId, Pickle, Reading, Reference, ReferenceKind,
};
use crate::limits::Exhausted;
use std::collections::HashSet;

/// Other ends of streams that are looked behind, where readings end at different places.
const OTHERS: usize = 64;
/// Bytes in which text is told from other content.
const HEAD: u64 = 64 << 10;

/// A stream by one reading.
pub(super) struct Read {
    /// Whose.
    pub reading: Reading,
    /// What became of it.
    pub outcome: Outcome,
    records: Records,
    plausible: bool,
    /// Whether another reading with the same effects ended otherwise: one unpickler refuses what another takes.
    uneven: bool,
    /// Where the next stream begins for other readings with the same effects.
    ends: Vec<u64>,
    /// The pickles inside: joblib's arrays of objects.
    inner: Vec<Read>,
}

impl Read {
    fn new(reading: Reading, mut outcome: Outcome, after_stop: bool) -> Self {
        let effects = std::mem::replace(&mut outcome.effects, Effects::new(0));
        outcome.effects.cut = effects.cut;
        let records = effects.records(after_stop);
        let plausible = records.imports.iter().any(plausible);
        let inner = std::mem::take(&mut outcome.inner);
        let inner = inner.into_iter().map(|outcome| Self::new(reading, outcome, after_stop)).collect();
        Self { reading, outcome, records, plausible, uneven: false, ends: Vec::new(), inner }
    }

    /// What its texts mention, and those of the pickles inside.
    fn mentions(&mut self) -> Mentions {
        let mut all = std::mem::take(&mut self.outcome.mentions);
        self.inner.iter_mut().for_each(|read| all.add(std::mem::take(&mut read.outcome.mentions)));
        all
    }

    /// Whether it ended by STOP.
    pub(super) fn stopped(&self) -> bool {
        self.outcome.ended.kind == EndedKind::Stop
    }

    /// Behind the byte at which it broke, when bytes may follow.
    pub(super) fn broken(&self) -> Option<u64> {
        let ended = &self.outcome.ended;
        let over = matches!(ended.kind, EndedKind::Stop | EndedKind::Truncated | EndedKind::Limit);
        (!over).then(|| ended.offset.saturating_add(1))
    }

    /// Whether a loader that reads here would do something, or get a value.
    pub(super) fn means_something(&self) -> bool {
        self.stopped() || self.acts() || self.leaves_a_trace()
    }

    /// Whether anything of it is in the facts beside where it ended.
    fn leaves_a_trace(&self) -> bool {
        let records = &self.records;
        !(records.imports.is_empty() && records.persistent.is_empty() && records.extensions.is_empty())
    }

    /// Whether a loader that reads here would do something.
    pub(super) fn acts(&self) -> bool {
        self.outcome.called || self.plausible || self.outcome.limit.is_some()
    }
}

/// An import of a module that may exist: identifiers with dots between them.
fn plausible(import: &Import) -> bool {
    import.global.module.as_deref().is_none_or(python::is_name)
}

/// The streams of one member.
pub(super) struct Streams<'a> {
    source: &'a Source,
    member: MemberId,
    /// The next stream's number.
    pub number: u64,
    /// Whether its loader has stopped before.
    pub after_stop: bool,
    others: Vec<u64>,
    visited: HashSet<u64>,
    text: Option<bool>,
}

impl<'a> Streams<'a> {
    /// No stream yet.
    pub(super) fn new(source: &'a Source, member: MemberId) -> Self {
        Self { source, member, number: 0, after_stop: false, others: Vec::new(), visited: HashSet::new(), text: None }
    }

    /// Runs the stream at `start` under every reading; the first one is that by which it goes on.
    pub(super) fn run(&self, start: u64, keep_all: bool, walk: &mut Walk<'_>) -> Vec<Read> {
        let run = |reading, flavour, joblib, walk: &mut Walk<'_>| {
            let mode = Mode { flavour, joblib, keep_all };
            let outcome = Machine::new(self.source, start, mode, walk.limits).run(walk.budget);
            // Here, as a reading that does no more than another one is left out, and its names may be others.
            outcome.beside.iter().for_each(|file| self.open(file, walk));
            outcome.settings.iter().for_each(|(at, settings)| self.configure(*at, settings, walk));
            Read::new(reading, outcome, self.after_stop)
        };
        let c = run(Reading::Cpython, Flavour::C, false, walk);
        let mut reads = Vec::new();
        let (differs, mut wrappers) = (c.outcome.differs, c.outcome.wrappers);
        reads.push(c);
        if differs {
            let python = run(Reading::CpythonPython, Flavour::Python, false, walk);
            let file = run(Reading::CpythonFile, Flavour::File, false, walk);
            for read in [python, file] {
                wrappers |= read.outcome.wrappers;
                let mut same = reads.iter_mut().find(|one| one.records == read.records);
                if let Some(same) = &mut same {
                    same.uneven |= same.stopped() != read.stopped();
                }
                match same {
                    // The effects are the same: the one that goes further stands for both.
                    Some(same) if same.outcome.end >= read.outcome.end || same.stopped() => {
                        same.ends.extend(read.stopped().then_some(read.outcome.end));
                    }
                    Some(same) => *same = Read { reading: same.reading, uneven: same.uneven, ..read },
                    None => reads.push(read),
                }
            }
            if reads.len() > 1
                && let Some(c) = reads.first_mut()
            {
                c.reading = Reading::CpythonC;
            }
        }
        if wrappers {
            let joblib = run(Reading::Joblib, Flavour::Python, true, walk);
            // Array bytes taken for opcodes end the other readings; they count where they would do more before.
            let more: Vec<Read> = reads.into_iter().filter(|read| !covers(&joblib, &read.records)).collect();
            reads = vec![joblib];
            reads.extend(more);
        }
        reads
    }

    /// Records a file that an object opens.
    fn open(&self, file: &Beside, walk: &mut Walk<'_>) {
        let Some(name) = &file.name else {
            let what = "an object opens a file, and its name is not known";
            walk.incomplete(self.member, Some(FormatId::Pickle), ReadError::unsupported(what, None));
            return;
        };
        // What gensim stores apart has the file's own name before the attribute's.
        let own = walk.facts(self.member).map(|member| member.name.clone()).unwrap_or_default();
        let target =
            if file.by == "filename" { name.clone() } else { [own.as_bytes(), b".", name.as_slice()].concat() };
        let record = self.reference(ReferenceKind::File, "array", file.by, Leads::Unknown, None);
        walk.reference(record, &target);
    }

    fn reference(&self, kind: ReferenceKind, by: &str, name: &str, leads: Leads, offset: Option<u64>) -> Reference {
        Reference {
            member: self.member,
            format: FormatId::Pickle,
            kind,
            by: by.to_owned(),
            name: Some(name.to_owned()),
            target: String::new(),
            leads,
            to: None,
            offset,
            count: 1,
        }
    }

    /// Records what a configuration runs, and what it names.
    fn configure(&self, at: u64, settings: &Settings, walk: &mut Walk<'_>) {
        let acts = settings.acts.iter().map(|statement| ("cfg", statement));
        for (by, target) in acts.chain(settings.names.iter().map(|name| ("cfg name", name))) {
            let record = self.reference(ReferenceKind::Global, by, "cfg", Leads::Lookup, Some(at));
            walk.reference(record, target.as_bytes());
        }
    }

    /// Records a stream. Gives the offset behind it, when it ended by STOP, and the error that it ended with.
    pub(super) fn record(
        &mut self,
        mut reads: Vec<Read>,
        payloads: &mut Vec<Payload>,
        walk: &mut Walk<'_>,
    ) -> (Option<u64>, Result<(), ReadError>) {
        let start = reads.first().map_or(0, |read| read.outcome.start);
        self.visited.insert(start);
        let mut end = None;
        let mut outcome = Ok(());
        let mut inner = 0u64;
        // The texts are the same in every reading.
        if let Some(read) = reads.first_mut() {
            read.mentions().write(self.member, walk);
        }
        for read in reads {
            self.reach(&read, walk);
            if read.uneven {
                walk.deviation(uneven(self.member, start));
            }
            if read.stopped() {
                let own = *end.get_or_insert(read.outcome.end);
                let others = read.ends.iter().chain([&read.outcome.end]).filter(|other| **other != own);
                self.others.extend(others);
                self.others.truncate(OTHERS);
            } else if outcome.is_ok() {
                outcome = Err(error(&read.outcome));
            } else {
                walk.incomplete(self.member, Some(FormatId::Pickle), error(&read.outcome));
            }
            if read.outcome.wrappers || read.outcome.old_wrappers {
                walk.claimed(self.member, FormatId::Joblib);
            }
            inner = inner.max(self.push(read, self.number, payloads, walk));
        }
        self.number = self.number.saturating_add(1).saturating_add(inner);
        self.after_stop |= end.is_some();
        if let Some(end) = end {
            self.visited.insert(end);
        }
        (end, outcome)
    }

    /// Records what stands where other readings ended.
    pub(super) fn record_others(&mut self, payloads: &mut Vec<Payload>, walk: &mut Walk<'_>) {
        while let Some(start) = self.others.pop() {
            if start >= self.source.size() || !self.visited.insert(start) {
                continue;
            }
            let reads = self.run(start, false, walk);
            if !reads.iter().any(|read| read.acts() || read.leaves_a_trace()) {
                continue;
            }
            let (end, outcome) = self.record(reads, payloads, walk);
            if let Err(error) = outcome {
                walk.incomplete(self.member, Some(FormatId::Pickle), error);
            }
            self.others.extend(end.filter(|_| self.others.len() < OTHERS));
        }
    }

    /// Pushes the record, and those of the pickles inside; gives the number of these.
    fn push(&self, read: Read, stream: u64, payloads: &mut Vec<Payload>, walk: &mut Walk<'_>) -> u64 {
        let Read { reading, mut outcome, records, inner, .. } = read;
        payloads.append(&mut outcome.payloads);
        if outcome.effects.cut {
            walk.incomplete(self.member, Some(FormatId::Pickle), Exhausted("records").into());
        }
        walk.pickle(Pickle {
            member: self.member,
            reading,
            stream,
            offset: outcome.start,
            size: outcome.end.saturating_sub(outcome.start),
            protocols: outcome.protocols,
            opcodes: outcome.opcodes,
            imports: records.imports,
            calls: records.calls,
            persistent: records.persistent,
            extensions: records.extensions,
            ended: outcome.ended,
        });
        let mut count = 0u64;
        for read in inner {
            count = count.saturating_add(1);
            self.push(read, stream.saturating_add(count), payloads, walk);
        }
        count
    }

    /// Says how far a reading came.
    fn reach(&mut self, read: &Read, walk: &mut Walk<'_>) {
        let outcome = &read.outcome;
        if outcome.called || outcome.limit.is_some() || outcome.error.is_some() {
            walk.reached(Reached::Effect);
        } else if read.plausible && (read.stopped() || !self.is_text()) {
            // An import alone is an effect. In plain text (a list of labels, a program) it is one when the stream goes on to its end.
            walk.reached(Reached::Effect);
        } else if read.leaves_a_trace() {
            // Less than that counts only under a name that promises a pickle: pictures and arrays begin like anything.
            let promises = |member: &Member| member.promised.contains(&FormatId::Pickle);
            if walk.facts(self.member).is_some_and(promises) {
                walk.reached(Reached::Data);
            }
        }
    }

    /// Whether the content is plain text.
    fn is_text(&mut self) -> bool {
        *self.text.get_or_insert_with(|| {
            let head = self.source.bytes_at(0, HEAD).unwrap_or_default();
            let text = match std::str::from_utf8(&head) {
                Ok(text) => text,
                Err(error) if error.error_len().is_none() => {
                    std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
                }
                Err(_) => return false,
            };
            text.chars().all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t' | '\u{c}'))
        })
    }
}

/// One unpickler comes to STOP, and another breaks.
fn uneven(member: MemberId, start: u64) -> Deviation {
    Deviation {
        member,
        format: FormatId::Pickle,
        kind: DeviationKind::SeveralEnds,
        name: None,
        field: None,
        expected: None,
        found: Some("one unpickler of Python comes to STOP, another breaks".to_owned()),
        offset: Some(start),
        count: 1,
    }
}

/// What a stream ended with, as an error.
fn error(outcome: &Outcome) -> ReadError {
    if let Some(limit) = outcome.limit {
        return Exhausted(limit).into();
    }
    let offset = Some(outcome.ended.offset);
    let opcode = outcome.ended.opcode.as_deref().unwrap_or("the end");
    let what = outcome.ended.what.as_deref().map(|what| format!(": {what}")).unwrap_or_default();
    let said = match outcome.ended.kind {
        EndedKind::Truncated => return ReadError::truncated(format!("a pickle's STOP (at {opcode}){what}"), offset),
        EndedKind::UnknownOpcode => "is no opcode",
        EndedKind::BadOperand => "has a bad operand",
        EndedKind::StackUnderflow => "finds too little on the stack",
        EndedKind::EmptyMemo => "reads a memo slot that was never filled",
        EndedKind::WrongKind => "refuses what is on the stack",
        EndedKind::UnknownProtocol => "names a protocol that is not known",
        EndedKind::Limit | EndedKind::Stop => "ends",
    };
    ReadError::malformed(format!("the pickle breaks: {opcode} {said}{what}"), offset)
}

/// Whether a reading, with the pickles inside, does all that the records say: the same imports, and calls with the same arguments.
fn covers(read: &Read, records: &Records) -> bool {
    let all: Vec<&Records> = std::iter::once(read).chain(&read.inner).map(|read| &read.records).collect();
    let import = |import: &Import| {
        all.iter().flat_map(|all| &all.imports).any(|one| one.global == import.global && one.opcode == import.opcode)
    };
    let call = |call: &Call| all.iter().flat_map(|all| &all.calls).any(|one| call_covers(one, call));
    let persistent = |id: &PersistentId| all.iter().flat_map(|all| &all.persistent).any(|one| one.opcode == id.opcode);
    let extension = |id: &Extension| all.iter().flat_map(|all| &all.extensions).any(|one| one.code == id.code);
    records.imports.iter().all(import)
        && records.calls.iter().all(call)
        && records.persistent.iter().all(persistent)
        && records.extensions.iter().all(extension)
}

fn call_covers(one: &Call, call: &Call) -> bool {
    let pairs = one.arguments.iter().chain(&one.keywords).zip(call.arguments.iter().chain(&call.keywords));
    one.kind == call.kind
        && one.callee == call.callee
        && one.opcode == call.opcode
        && one.arity == call.arity
        && one.arguments.len() >= call.arguments.len()
        && one.keywords.is_some() == call.keywords.is_some()
        && pairs.into_iter().all(|(one, argument)| argument_covers(one, argument))
}

fn argument_covers(one: &Argument, argument: &Argument) -> bool {
    let all = |ones: &[Argument], arguments: &[Argument]| {
        arguments.iter().all(|argument| ones.iter().any(|one| argument_covers(one, argument)))
    };
    one.kind == argument.kind && (one.complete || !argument.complete)
        || one.kind == argument.kind
            && argument.values.iter().all(|value| one.values.contains(value))
            && all(&one.items, &argument.items)
            && all(&one.keys, &argument.keys)
}
