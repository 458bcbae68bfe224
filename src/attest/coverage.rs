//! What of a model a verified signature is over: every file that was found is covered, ignored by the verifier's own list, or refused.

use crate::attest::oms::{Manifest, ONE_FILE};
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::{Claim, Statement, Subject};
use crate::attest::verification::{Coverage, Named};
use crate::digest::Measure;
use crate::facts::{ArtifactKind, Inventory, Listed, ListedName, UnreadKind};
use crate::place;
use std::collections::HashSet;

/// Names in one message.
const SHOWN: usize = 5;

/// Paths that need not be covered, from the verifier: a name and everything below it.
#[derive(Debug, Clone, Default)]
pub struct Ignored(Vec<String>);

impl Ignored {
    /// Paths inside the model, with `/` between parts; a `/` at the end is dropped.
    #[must_use]
    pub fn new(paths: &[String]) -> Self {
        Self(paths.iter().map(|path| path.trim_end_matches('/').to_owned()).collect())
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|path| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

/// Holds what was found against what is claimed.
pub(super) fn compare(claim: &Claim, inventory: &Inventory, ignored: &Ignored) -> (Coverage, Vec<Refusal>) {
    let content = || content(inventory.kind);
    compare_each(claim, inventory, ignored, &content, &mut |_, _| {})
}

/// The same, with the state of the one content that a signature without a statement is over, and told of each file.
pub(super) fn compare_each(
    claim: &Claim,
    inventory: &Inventory,
    ignored: &Ignored,
    content: &dyn Fn() -> State,
    told: &mut dyn FnMut(State, &ListedName),
) -> (Coverage, Vec<Refusal>) {
    let mut coverage = Coverage::default();
    let mut seen = HashSet::new();
    let state: Box<dyn Fn(&Listed) -> State + '_> = match claim {
        Claim::Model(manifest) => Box::new(|file| manifest.state(file, inventory.kind)),
        Claim::Statement(statement) => {
            let subjects = Subjects::of(statement);
            Box::new(move |file| subjects.state(file))
        }
        Claim::Content(_) => Box::new(|_| content()),
    };
    for file in &inventory.files {
        let exact = file.name.exact.as_deref();
        if let Some(name) = exact {
            seen.insert(name);
        }
        let state = match state(file) {
            State::Uncovered if exact.is_some_and(|name| ignored.holds(name)) => State::Ignored,
            state => state,
        };
        told(state, &file.name);
        match state {
            State::Covered => coverage.covered = coverage.covered.saturating_add(1),
            State::Changed if file.pointer => coverage.pointers.push(&file.name.shown),
            State::Changed => coverage.changed.push(&file.name.shown),
            // A covered file is compared even when the verifier ignores it: ignoring can only take what is not covered.
            State::Ignored => coverage.ignored.push(&file.name.shown),
            State::Uncovered => coverage.uncovered.push(&file.name.shown),
            State::Empty => coverage.empty.push(&file.name.shown),
            State::Unread => coverage.unreadable.push(&file.name.shown),
        }
    }
    for unread in &inventory.unread {
        let exact = unread.name.exact.as_deref();
        let listed =
            exact.is_some_and(|name| matches!(claim, Claim::Model(manifest) if manifest.files.contains_key(name)));
        if let Some(name) = exact {
            seen.insert(name);
            if ignored.holds(name) && !listed {
                coverage.ignored.push(&unread.name.shown);
                continue;
            }
        }
        told(State::Unread, &unread.name);
        match unread.kind {
            UnreadKind::Link => coverage.links.push(&unread.name.shown),
            UnreadKind::NotAFile | UnreadKind::Unreadable | UnreadKind::Changed => {
                coverage.unreadable.push(&unread.name.shown)
            }
        }
    }
    if let Claim::Model(manifest) = claim {
        let alone = inventory.kind == ArtifactKind::File && manifest.files.contains_key(ONE_FILE);
        for listed in manifest.files.keys().filter(|listed| !alone && !seen.contains(listed.as_str())) {
            coverage.missing.push(&place::escape(listed.as_bytes()));
        }
    }
    let refusals = refusals(&coverage);
    (coverage, refusals)
}

/// How a file stands to what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Covered,
    Changed,
    Uncovered,
    /// Empty, and the manifest lists shards, of which an empty file has none.
    Empty,
    /// Not covered, and the verifier ignores it.
    Ignored,
    /// A link, or not read whole.
    Unread,
}

impl Manifest {
    fn state(&self, file: &Listed, kind: ArtifactKind) -> State {
        let by_name = file.name.exact.as_deref().and_then(|name| self.files.get(name));
        let one = || self.files.get(ONE_FILE).filter(|_| kind == ArtifactKind::File);
        match by_name.or_else(one) {
            Some(signed)
                if file.digests.iter().any(|(measure, found)| *measure == self.measure && *found == signed.digests) =>
            {
                State::Covered
            }
            Some(_) => State::Changed,
            None if file.size == 0 && self.measure.shard.is_some() => State::Empty,
            None => State::Uncovered,
        }
    }
}

/// The subjects of a statement, to be asked for each file.
struct Subjects<'a> {
    digests: HashSet<(Measure, Vec<u8>)>,
    names: HashSet<&'a str>,
}

impl<'a> Subjects<'a> {
    fn of(statement: &'a Statement) -> Self {
        let subjects = || statement.subjects.iter();
        Self {
            digests: subjects()
                .filter_map(Subject::digest)
                .map(|(algorithm, digest)| (Measure { algorithm, shard: None }, digest))
                .collect(),
            names: subjects().filter_map(|subject| subject.name.as_deref()).collect(),
        }
    }

    /// A statement is about content by its digest; a subject's name need not be a file's.
    fn state(&self, file: &Listed) -> State {
        let known = |(measure, digests): &(Measure, Vec<Vec<u8>>)| {
            digests.first().is_some_and(|digest| self.digests.contains(&(*measure, digest.clone())))
        };
        if file.digests.iter().any(known) {
            State::Covered
        } else if file.name.exact.as_deref().is_some_and(|name| self.names.contains(name)) {
            State::Changed
        } else {
            State::Uncovered
        }
    }
}

/// A signature over content itself was already held against the one file's digest.
fn content(kind: ArtifactKind) -> State {
    match kind {
        ArtifactKind::File => State::Covered,
        ArtifactKind::Directory => State::Uncovered,
    }
}

pub(super) fn refusals(coverage: &Coverage) -> Vec<Refusal> {
    let nothing = coverage.covered == 0;
    let mut refusals = Vec::new();
    if nothing && coverage.changed.count == 0 && coverage.pointers.count == 0 {
        refusals.push(Refusal::new(Reason::OtherModel, "the signature is over none of the files here"));
    }
    let all = [
        (Reason::FileChanged, &coverage.changed, "not what was signed"),
        (Reason::FilePointer, &coverage.pointers, "a Git LFS pointer in the place of what was signed"),
        (Reason::FileMissing, &coverage.missing, "signed and not here"),
        (Reason::FileUncovered, &coverage.uncovered, "here and not signed"),
        (Reason::Link, &coverage.links, "a symbolic link"),
        (Reason::FileUnreadable, &coverage.unreadable, "not read whole"),
    ];
    for (reason, named, what) in all.into_iter().filter(|(_, named, _)| named.count > 0) {
        refusals.push(Refusal::new(reason, format!("{what}: {}", listing(named))));
    }
    refusals
}

fn listing(named: &Named) -> String {
    let shown: Vec<&str> = named.names.iter().take(SHOWN).map(String::as_str).collect();
    let more = named.count.saturating_sub(u64::try_from(shown.len()).unwrap_or(0));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
