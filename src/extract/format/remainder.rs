//! Bytes that a container's entries do not account for, handed to the walk. Never reads meaning into them.

use crate::extract::format::note::Notes;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{DeviationKind, Origin};
use std::io;

/// The ranges of `0..size` that no range of `covered` holds, in order. Sorts `covered`.
pub(super) fn gaps(covered: &mut [(u64, u64)], size: u64) -> Vec<(u64, u64)> {
    covered.sort_unstable();
    let mut gaps = Vec::new();
    let mut reached = 0;
    for (from, to) in covered.iter().copied().chain([(size, size)]) {
        if from.min(size) > reached {
            gaps.push((reached, from.min(size)));
        }
        reached = reached.max(to);
    }
    gaps
}

/// Notes and hands over `from..to`, unless it is empty or holds nothing but zeros: padding.
pub(super) fn read(source: &Source, from: u64, to: u64, notes: Notes, walk: &mut Walk<'_>) -> io::Result<()> {
    let range = source.range(from, to.saturating_sub(from));
    if zeros(&range)? {
        return Ok(());
    }
    let (kind, name) = if from == 0 {
        (DeviationKind::PrefixBytes, "prefix".to_owned())
    } else if to >= source.size() {
        (DeviationKind::SuffixBytes, "suffix".to_owned())
    } else {
        (DeviationKind::Gap, format!("gap-{from}"))
    };
    notes.of(kind).found(format!("{} bytes", range.size())).at(from).write(walk);
    // A container in which nothing could be read would be its own remainder.
    if range.size() < source.size() {
        let (origin, entry) = (Origin::Remainder, Entry::default());
        walk.member(Some(notes.member), name.as_bytes(), origin, &range, Hash::Wanted, entry);
    }
    Ok(())
}

/// Whether a range holds nothing but zero bytes.
pub(super) fn zeros(range: &Source) -> io::Result<bool> {
    let mut chunk = vec![0; 64 << 10];
    let mut at = 0u64;
    loop {
        let read = range.read_at(at, &mut chunk)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(true) };
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at = at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}
