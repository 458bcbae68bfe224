//! `--changed-since` and `--changed-only`: which of the named artifacts something changed in. What is not known to be unchanged is judged.

use crate::cli::arguments::Changing;
use crate::cli::event::{self, Span};
use crate::cli::paths;
use crate::place;
use crate::repository::{Change, Changes, Commit, CommitError, Counted, Folder};
use crate::verdict::Changed;
use anyhow::bail;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Paths that did not have to be on disk and are shown, before the rest are counted.
const SHOWN: usize = 5;

/// Which artifacts are judged.
pub(super) struct Choice {
    /// Their paths.
    pub paths: Vec<PathBuf>,
    /// What was asked for and what that left out; `None`: everything is judged.
    pub changed: Option<Changed>,
    /// Why everything is judged although changes were asked for.
    pub note: Option<String>,
}

/// Chooses among `paths`, the artifacts that the `named` paths and patterns stand for.
pub(super) fn choose(changing: &Changing, named: &[PathBuf], paths: Vec<PathBuf>) -> anyhow::Result<Choice> {
    let all = |paths, note: Option<&str>| Choice { paths, changed: None, note: note.map(str::to_owned) };
    let here = Path::new(".");
    let (since, commit, counted) = match (&changing.changed_since, changing.changed_only) {
        (Some(since), _) => (since.clone(), Commit::find(here, since)?, Counted::FromShared),
        (None, false) => return Ok(all(paths, None)),
        (None, true) => {
            let Some(Span { revision, shown, counted, newest, may_be_lost }) = event::span()? else {
                return Ok(all(paths, Some("this branch is new and nothing says what changed; everything is judged")));
            };
            let head = Commit::find(here, "HEAD")?;
            if head.is_submodule()? {
                bail!("this folder is a submodule, and the event is one of the repository around it; run there");
            }
            if !head.holds(&newest)? {
                bail!(
                    "HEAD ({}) does not hold the commit {newest} that the event is about, so it says nothing of what changed: check out \
                     the event's own commit, with `fetch-depth: 0` at actions/checkout",
                    head.id()
                );
            }
            match Commit::find(here, &revision) {
                Err(CommitError::NoCommit { .. }) if may_be_lost => {
                    return Ok(all(paths, Some("the commit before this push is not here; everything is judged")));
                }
                commit => (shown, commit?, counted),
            }
        }
    };
    let Some(mut changes) = Changes::since(&commit, counted)? else {
        return Ok(all(paths, Some("the repository has more files than can be compared; everything is judged")));
    };
    demand(&changes, named)?;
    let (mut found, mut removed) = (Vec::new(), Vec::new());
    for path in paths {
        match is_removed(&changes, &path) {
            true => removed.push(place::shown(&path)),
            false => found.push(path),
        }
    }
    let artifacts: Vec<Option<Artifact>> = found.iter().map(|path| Artifact::of(&changes, path)).collect();
    // Content is read only where the trees did not decide.
    let known = touched(&artifacts, &changes);
    let unsure = artifacts.iter().zip(&known).filter(|(_, touched)| !**touched).filter_map(|(one, _)| one.as_ref());
    let folders: BTreeSet<Folder> = unsure.map(Artifact::folder).collect();
    let unknown = changes.look(&folders)?;
    let known = touched(&artifacts, &changes);
    let judged = artifacts.iter().zip(&known).map(|(artifact, touched)| {
        *touched || artifact.as_ref().is_none_or(|artifact| unknown.contains(&artifact.folder()))
    });
    let judged: Vec<bool> = judged.collect();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let changed = Changed {
        since: place::escape(since.as_bytes()),
        base: changes.base().to_owned(),
        files: count(changes.paths().len()),
        unchanged: count(judged.iter().filter(|judged| !**judged).count()),
        removed,
    };
    let paths = found.into_iter().zip(judged).filter_map(|(path, judged)| judged.then_some(path)).collect();
    Ok(Choice { paths, changed: Some(changed), note: None })
}

/// That every changed file below a named path, or of a named pattern, is on disk: what HEAD has and a sparse checkout left out cannot be
/// judged.
fn demand(changes: &Changes, named: &[PathBuf]) -> anyhow::Result<()> {
    let literal: BTreeSet<Vec<u8>> = named.iter().filter_map(|path| changes.place(path)).collect();
    let patterns: Vec<glob::Pattern> = named.iter().filter_map(|path| pattern(changes, path)).collect();
    let asked = |path: &[u8]| {
        above(path).any(|part| literal.contains(part)) || patterns.iter().any(|pattern| paths::reaches(pattern, path))
    };
    let altered = changes.paths().iter().filter(|(_, change)| **change == Change::Altered);
    let absent: Vec<&Vec<u8>> =
        altered.map(|(path, _)| path).filter(|path| asked(path) && !changes.is_here(path)).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = absent.iter().take(SHOWN).map(|path| place::escape(path)).collect();
    let more = match absent.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = shown.join(", ");
    bail!(
        "{shown}{more}: changed and not in the work tree, so it cannot be judged; check it out whole (sparse checkout, submodules) and put \
         back what was deleted without a commit"
    )
}

/// Whether nothing is left of what a path or pattern stood for, in HEAD and on disk, because it was removed since.
fn is_removed(changes: &Changes, path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let gone = std::fs::symlink_metadata(path).is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory));
    let Some(place) = changes.place(path).filter(|_| gone) else { return false };
    let pattern = pattern(changes, path);
    let meant =
        |one: &[u8]| covers(&place, one) || pattern.as_ref().is_some_and(|pattern| paths::reaches(pattern, one));
    let removed = changes.paths().iter().any(|(path, change)| *change == Change::Removed && meant(path));
    removed && !changes.files().any(meant)
}

/// A path that is a pattern, as a pattern from the top of the repository.
fn pattern(changes: &Changes, path: &Path) -> Option<glob::Pattern> {
    if !paths::is_pattern(path) {
        return None;
    }
    let (here, place) = (changes.place(Path::new("."))?, changes.place(path)?);
    let (here, place) = (String::from_utf8(here).ok()?, String::from_utf8(place).ok()?);
    // The way to this folder is no pattern, whatever is in its name.
    let text = match place.strip_prefix(&format!("{here}/")) {
        Some(rest) if !here.is_empty() => format!("{}/{rest}", glob::Pattern::escape(&here)),
        _ => place,
    };
    glob::Pattern::new(&text).ok()
}

/// A named artifact inside the repository, with no link on the way to it.
#[derive(Debug)]
struct Artifact {
    /// From the top.
    path: Vec<u8>,
    directory: bool,
}

impl Artifact {
    /// `None` for a path of which it cannot be known what changed, and for one that leads to nothing: that has to be told.
    fn of(changes: &Changes, path: &Path) -> Option<Self> {
        let directory = std::fs::symlink_metadata(path).ok()?.is_dir();
        Some(Self { path: changes.place(path)?, directory })
    }

    /// Where its files lie, and those beside a file that decide what loading it does.
    fn folder(&self) -> Folder {
        let path = if self.directory { &self.path } else { parent(&self.path) };
        Folder { path: path.to_vec(), deep: self.directory }
    }
}

fn touched(artifacts: &[Option<Artifact>], changes: &Changes) -> Vec<bool> {
    let changed = Touched::new(artifacts, changes.paths().keys(), changes.submodules());
    artifacts.iter().map(|artifact| artifact.as_ref().is_none_or(|artifact| changed.holds(artifact))).collect()
}

/// Changed paths, in the ways that artifacts ask for them.
struct Touched<'a> {
    paths: BTreeSet<&'a [u8]>,
    submodules: &'a BTreeSet<Vec<u8>>,
    /// Of each folder, the sets of which a shard changed.
    shards: BTreeMap<&'a [u8], BTreeSet<Vec<u8>>>,
    /// Folders in which a file changed that decides over the others: an index, or any file that is not named itself.
    beside: BTreeSet<&'a [u8]>,
}

impl<'a> Touched<'a> {
    fn new(
        artifacts: &[Option<Artifact>],
        changed: impl Iterator<Item = &'a Vec<u8>>,
        submodules: &'a BTreeSet<Vec<u8>>,
    ) -> Self {
        let named: BTreeSet<&[u8]> = artifacts.iter().flatten().map(|artifact| artifact.path.as_slice()).collect();
        let mut touched = Self { paths: BTreeSet::new(), submodules, shards: BTreeMap::new(), beside: BTreeSet::new() };
        for path in changed {
            let (folder, name) = (parent(path), name(path));
            touched.paths.insert(path);
            if let Some(set) = shard_set(name) {
                touched.shards.entry(folder).or_default().insert(set);
            }
            if !named.contains(path.as_slice()) || is_index(name) {
                touched.beside.insert(folder);
            }
        }
        touched
    }

    /// Whether something changed that belongs to an artifact.
    fn holds(&self, artifact: &Artifact) -> bool {
        let path = artifact.path.as_slice();
        let folder = parent(path);
        let attributes = above(path).any(|folder| self.paths.contains(joined(folder, b".gitattributes").as_slice()));
        // What a submodule has is known to the submodule alone.
        let inside = if path.is_empty() { Vec::new() } else { joined(path, b"") };
        let foreign = above(path).any(|folder| self.submodules.contains(folder))
            || self.submodules.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside));
        if attributes || foreign || self.paths.contains(path) {
            return true;
        }
        if artifact.directory {
            return self.paths.range(inside.as_slice()..).next().is_some_and(|first| first.starts_with(&inside));
        }
        let sets = self.shards.get(folder);
        let same = shard_set(name(path)).is_some_and(|set| sets.is_some_and(|sets| sets.contains(&set)));
        self.beside.contains(folder) || same || (is_index(name(path)) && sets.is_some())
    }
}

/// What the shards of one set have in common: `model-00001-of-00003.safetensors` and `consolidated.00.pth`, with each number as `#`.
fn shard_set(name: &[u8]) -> Option<Vec<u8>> {
    let mut set = Vec::new();
    for byte in name {
        match byte {
            b'0'..=b'9' if set.last() == Some(&b'#') => {}
            b'0'..=b'9' => set.push(b'#'),
            byte => set.push(byte.to_ascii_lowercase()),
        }
    }
    let holds = |part: &[u8]| set.windows(part.len()).any(|window| window == part);
    (holds(b"#-of-#") || set.starts_with(b"consolidated.#")).then_some(set)
}

/// Whether a name is that of an index of shards: `model.safetensors.index.json`, `model.safetensors.index.fp16.json`.
fn is_index(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(b".json") && name.windows(7).any(|part| part == b".index.")
}

/// The folders above a path, and the path itself; the top is empty.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let own = Some(path).filter(|path| !path.is_empty());
    std::iter::successors(own, |path| Some(parent(path)).filter(|folder| !folder.is_empty())).chain([&b""[..]])
}

/// Whether a path is the other one or lies above it.
fn covers(folder: &[u8], path: &[u8]) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_owned() } else { [folder, b"/", name].concat() }
}

/// The folder of a path; empty at the top.
fn parent(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..end).unwrap_or_default()
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the named artifacts are judged; a directory ends with `/`.
    fn judged<'a>(named: &[&'a str], changed: &[&str], submodules: &[&str]) -> Vec<&'a str> {
        let artifact = |name: &&str| {
            let directory = name.is_empty() || name.ends_with('/');
            Some(Artifact { path: name.trim_end_matches('/').as_bytes().to_vec(), directory })
        };
        let artifacts: Vec<Option<Artifact>> = named.iter().map(artifact).collect();
        let owned = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect::<BTreeSet<_>>();
        let (changed, submodules) = (owned(changed), owned(submodules));
        let touched = Touched::new(&artifacts, changed.iter(), &submodules);
        let holds = |artifact: &Option<Artifact>| touched.holds(artifact.as_ref().unwrap());
        named.iter().zip(&artifacts).filter(|(_, artifact)| holds(artifact)).map(|(name, _)| *name).collect()
    }

    #[test]
    fn a_directory_is_touched_by_everything_below_it_and_nothing_else() {
        for inside in ["a/b/x", "a/b/c/d/x", "a/b", "a/.gitattributes", ".gitattributes", "a/b/.gitattributes"] {
            assert_eq!(judged(&["a/b/"], &[inside], &[]), ["a/b/"], "{inside}");
            assert_eq!(judged(&[""], &[inside], &[]), [""], "{inside}");
        }
        for outside in ["a/x", "x", "a/b.x", "a/b-x/y", "a/bc/x", "a/a", "b/.gitattributes", "a/c/.gitattributes"] {
            assert_eq!(judged(&["a/b/"], &[outside], &[]), [""; 0], "{outside}");
        }
        assert_eq!(judged(&[""], &[], &[]), [""; 0]);
    }

    #[test]
    fn a_file_is_touched_by_itself_and_by_what_lies_beside_it_unnamed() {
        let named = ["a/x.pt", "a/y.pt", "b/z.pt"];
        assert_eq!(judged(&named, &["a/x.pt"], &[]), ["a/x.pt"]);
        assert_eq!(judged(&named, &["a/config.json"], &[]), ["a/x.pt", "a/y.pt"]);
        assert_eq!(judged(&named, &["a/deep/config.json", "README.md", "c/x.pt"], &[]), [""; 0]);
        assert_eq!(judged(&named, &["b/.gitattributes"], &[]), ["b/z.pt"]);
        assert_eq!(judged(&["x.pt"], &["README.md"], &[]), ["x.pt"]);
        assert_eq!(judged(&["x.pt"], &["a/README.md"], &[]), [""; 0]);
    }

    #[test]
    fn shards_and_their_index_are_judged_together() {
        let set = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "m.safetensors.index.json", "o.pt"];
        assert_eq!(judged(&set, &[set[0]], &[]), &set[..3]);
        assert_eq!(judged(&set, &[set[2]], &[]), set);
        assert_eq!(judged(&set, &["o.pt"], &[]), ["o.pt"]);
        let other = ["consolidated.00.pth", "consolidated.01.pth", "v1.pt", "v2.pt"];
        assert_eq!(judged(&other, &[other[1]], &[]), &other[..2]);
        assert_eq!(judged(&other, &["v1.pt"], &[]), ["v1.pt"]);
        // The same names in another folder are another set.
        assert_eq!(judged(&["a/m-1-of-2.bin", "b/m-2-of-2.bin"], &["a/m-1-of-2.bin"], &[]), ["a/m-1-of-2.bin"]);
        // A set that had another number of shards.
        assert_eq!(judged(&["m-1-of-3.bin"], &["m-2-of-2.bin"], &[]), ["m-1-of-3.bin"]);
    }

    #[test]
    fn a_submodule_at_above_or_below_is_judged() {
        let named = ["a/", "a/b/", "a/b/c/x.pt", "d/", "ab/"];
        assert_eq!(judged(&named, &[], &["a/b"]), ["a/", "a/b/", "a/b/c/x.pt"]);
    }
}
