//! For tests of formats: content through the whole walk, and short questions about the facts.
#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, IncompleteKind, ObjectKind, Origin};
use crate::limits::{Budget, Limits};

/// The facts of content under a name.
pub(super) fn facts(name: &str, content: &[u8]) -> Tables {
    facts_within(name, content, &Limits::default())
}

/// The facts of content under a name and other limits.
pub(super) fn facts_within(name: &str, content: &[u8], limits: &Limits) -> Tables {
    let source = Source::memory(content.to_vec());
    let mut budget = Budget::new(limits, source.size());
    let mut walk = Walk::new(limits, &mut budget, &());
    walk.member(None, name.as_bytes(), Origin::Named, &source, Hash::Wanted, Entry::default());
    walk.tables
}

impl Tables {
    /// Formats of the content itself.
    pub(super) fn formats(&self) -> &[FormatId] {
        &self.members[0].formats
    }

    /// Deviations of a kind.
    pub(super) fn of(&self, kind: DeviationKind) -> Vec<&Deviation> {
        self.deviations.iter().filter(|one| one.kind == kind).collect()
    }

    /// The only deviation of a kind about a field.
    pub(super) fn about(&self, kind: DeviationKind, field: &str) -> &Deviation {
        let found: Vec<_> = self.of(kind).into_iter().filter(|one| one.field.as_deref() == Some(field)).collect();
        assert_eq!(found.len(), 1, "{kind:?} {field}: {:?}", self.deviations);
        found[0]
    }

    /// Whether something is incomplete in this way.
    pub(super) fn lacks(&self, kind: IncompleteKind) -> bool {
        self.incomplete.iter().any(|one| one.kind == kind)
    }

    /// Last names and sizes of the members below the content, in order.
    pub(super) fn members_below(&self) -> Vec<(&str, u64, Origin)> {
        self.members.iter().skip(1).map(|member| (member.name.as_str(), member.size, member.origin)).collect()
    }

    /// Asserts that the container says nothing unusual; what its members' own formats say is theirs.
    pub(super) fn assert_ordinary(&self, what: &str) {
        let container = self.formats().first().copied();
        let odd: Vec<_> = self.deviations.iter().filter(|one| Some(one.format) == container).collect();
        assert!(odd.is_empty(), "{what}: {odd:?}");
        let odd: Vec<_> = self.incomplete.iter().filter(|one| one.member == 0 || one.format == container).collect();
        assert!(odd.is_empty(), "{what}: {odd:?}");
    }
}

/// A file of `tests/fixtures/containers`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/containers").join(name);
    std::fs::read(path).unwrap()
}

/// Cuts a fixture at many places and changes bytes of it in a fixed pseudo-random order. Cut content must never look whole;
/// changed content must only not stop the reader.
pub(super) fn damage(name: &str) {
    damage_of(name, &fixture(name));
}

/// A file of `tests/fixtures/serialization`.
pub(super) fn serialization(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/serialization").join(name);
    std::fs::read(path).unwrap()
}

/// The things that a serialization names: kind, name and loader, in order.
pub(super) fn named(tables: &Tables) -> Vec<(ObjectKind, &str, &str)> {
    let all = tables.objects.iter();
    all.map(|one| (one.kind, one.name.as_deref().unwrap_or("-"), one.loader.as_deref().unwrap_or("-"))).collect()
}

/// As [`damage`], for content under a name.
pub(super) fn damage_of(name: &str, whole: &[u8]) {
    let whole_end = whole.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    for size in (1..whole_end).step_by((whole_end / 120).max(1)) {
        let tables = facts(name, &whole[..size]);
        // The first letters of a signature are a text; that the name promised more is a fact too.
        if tables.formats() == [FormatId::Text] {
            continue;
        }
        assert!(!tables.incomplete.is_empty() || !tables.deviations.is_empty(), "{name} cut at {size} looks whole");
        assert!(!tables.lacks(IncompleteKind::Internal), "{name} cut at {size}: {:?}", tables.incomplete);
    }
    let mut state = 0x2545_f491_4f6c_dd1du64;
    for _ in 0..150 {
        let mut content = whole.to_vec();
        for _ in 0..3 {
            // xorshift64 (Marsaglia 2003)
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state).unwrap() % whole_end;
            content[at] = state.to_be_bytes()[0];
        }
        let tables = facts(name, &content);
        assert!(!tables.lacks(IncompleteKind::Internal), "{name}: {:?}", tables.incomplete);
    }
}
