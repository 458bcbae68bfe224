//! A named path to the facts of one artifact: a file, or a directory with all files below it on all cores.

use crate::digest::{self, Digest, Measure, Measurer};
use crate::extract::collect::{self, Tables};
use crate::extract::format::lfs;
use crate::extract::source::{self, Kind, Known, OpenError, Opened};
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::extract::{elsewhere, imports, inventory, mention, references, shards, signatures};
use crate::facts::{
    Artifact, ArtifactKind, Facts, Incomplete, IncompleteKind, Inventory, Link, Listed, ListedName, Member, MemberId,
    Origin, Pointer, SCHEMA, Tool, Unread, UnreadKind,
};
use crate::limits::{Budget, Exhausted, Limits};
use crate::place;
use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use crate::extract::walk::Progress;

/// Stack of a thread that reads: members nest up to [`Limits::depth`] deep, and a container's reader keeps buffers on its stack.
const STACK: usize = 16 << 20;

/// How an artifact is read.
pub struct Extraction<'a> {
    /// The ceilings.
    pub limits: &'a Limits,
    /// The time that policies see, RFC 3339 in UTC.
    pub evaluated_at: &'a str,
    /// Told of the bytes that are done.
    pub progress: &'a dyn Progress,
    /// Where the object of a Git LFS pointer lies, if it is here: asked with the pointer's own path and the object's SHA-256.
    pub pointers: &'a (dyn Fn(&Path, &str) -> Option<PathBuf> + Sync),
}

/// The measures of a file, by its name below the named path and its size. Asked from several threads.
pub type Measures<'a> = dyn Fn(&str, u64) -> Vec<Measure> + Sync + 'a;

/// Reads a named path into facts.
///
/// # Errors
/// [`OpenError`] when the named path itself cannot be opened; everything below it becomes an incomplete fact.
pub fn extract(path: &Path, extraction: &Extraction<'_>) -> Result<Facts, OpenError> {
    extract_measured(path, extraction, None).map(|(facts, _)| facts)
}

/// Reads a named path into facts, and digests its files as signatures ask, in the one pass that makes their digests. Where nothing asks, the
/// files of a directory are not listed a second time.
///
/// # Errors
/// As [`extract`].
pub fn extract_measured(
    path: &Path,
    extraction: &Extraction<'_>,
    measures: Option<&Measures<'_>>,
) -> Result<(Facts, Inventory), OpenError> {
    let shown = shown(path);
    let kind = source::kind(path).map_err(|error| open_error(&shown, error))?;
    let (artifact_kind, mut tables, digest, inventory) = match kind {
        Kind::File => {
            let name = inventory::name(path.parent().unwrap_or(path), path);
            let exact = name.exact.clone();
            let measures =
                |size| exact.as_deref().zip(measures).map(|(name, wanted)| wanted(name, size)).unwrap_or_default();
            let mut read = on_large_stack(|| extraction.file(path, &shown, true, &measures))
                .map_err(|error| open_error(&shown, error))?;
            references::resolve(&mut read.tables);
            let mut inventory = Inventory { kind: ArtifactKind::File, files: Vec::new(), unread: Vec::new() };
            let digest = read.tables.members.first().and_then(|member| member.digest.clone());
            list(&mut inventory, name, &read);
            (ArtifactKind::File, read.tables, digest, inventory)
        }
        Kind::Directory => {
            let (tables, digest, inventory) =
                extraction.directory(path, &shown, measures).map_err(|error| open_error(&shown, error))?;
            (ArtifactKind::Directory, tables, digest, inventory)
        }
        Kind::Link | Kind::Other => return Err(OpenError::NotAFile { path: shown }),
    };
    imports::resolve(&mut tables);
    tables.bound(usize::try_from(extraction.limits.records).unwrap_or(usize::MAX));
    let size = tables.members.first().map_or(0, |member| member.size);
    let facts = Facts {
        schema: SCHEMA.to_owned(),
        evaluated_at: extraction.evaluated_at.to_owned(),
        tool: Tool { version: env!("CARGO_PKG_VERSION").to_owned() },
        artifact: Artifact { path: shown, kind: artifact_kind, digest, size },
        members: tables.members,
        incomplete: tables.incomplete,
        deviations: tables.deviations,
        archives: tables.archives,
        declarations: tables.declarations,
        pickles: tables.pickles,
        tensors: tables.tensors,
        graphs: tables.graphs,
        references: tables.references,
        layers: tables.layers,
        mentions: tables.mentions,
        objects: tables.objects,
        templates: tables.templates,
        code: tables.code,
        executables: tables.executables,
        signatures: Vec::new(),
    };
    Ok((mention::mask(facts), inventory))
}

/// A top-level file that was read.
struct Read {
    tables: Tables,
    /// What it was to be digested with, and the digests.
    measured: Vec<(Measure, Vec<Vec<u8>>)>,
    /// Whether it changed meanwhile.
    changed: bool,
    /// The file whose content was read.
    known: Known,
    /// The price of its members and of what is unread, and of all else.
    bare: u64,
    rest: u64,
}

impl Extraction<'_> {
    fn file(&self, path: &Path, shown: &str, named: bool, measures: &dyn Fn(u64) -> Vec<Measure>) -> io::Result<Read> {
        let opened = source::open(path, named)?;
        if let Some(read) = self.object(path, shown, named, &opened, measures)? {
            return Ok(read);
        }
        let mut read = self.walk(path, shown, named, &opened, None, measures);
        read.take_change(opened.changed());
        Ok(read)
    }

    /// The facts of the object that a Git LFS pointer names, when the file is one and the object is here, of that size and
    /// digest; the digest is the one that was computed while the object was read.
    fn object(
        &self,
        path: &Path,
        shown: &str,
        named: bool,
        opened: &Opened,
        measures: &dyn Fn(u64) -> Vec<Measure>,
    ) -> io::Result<Option<Read>> {
        let Some(mut pointer) = lfs::parse(&opened.source.bytes_at(0, 1_024)?, opened.source.size()) else {
            return Ok(None);
        };
        let found = (self.pointers)(path, &pointer.oid).and_then(|object| source::open(&object, false).ok());
        let Some(object) = found.filter(|object| object.source.size() == pointer.size) else { return Ok(None) };
        pointer.resolved = true;
        let oid = pointer.oid.clone();
        let mut read = self.walk(path, shown, named, &object, Some(pointer), measures);
        let digest = read.tables.members.first().and_then(|member| member.digest.as_ref());
        if digest.is_none_or(|digest| digest.sha256 != oid) {
            return Ok(None);
        }
        // Whether it is a program is said of the file in the working tree, not of the object in git's folder.
        if let Some(member) = read.tables.members.first_mut() {
            member.executable = opened.executable;
        }
        read.take_change(opened.changed() || object.changed());
        Ok(Some(read))
    }

    fn walk(
        &self,
        path: &Path,
        shown: &str,
        named: bool,
        opened: &Opened,
        pointer: Option<Pointer>,
        measures: &dyn Fn(u64) -> Vec<Measure>,
    ) -> Read {
        let mut budget = Budget::new(self.limits, opened.source.size());
        let mut walk = Walk::new(self.limits, &mut budget, self.progress);
        let wanted = measures(opened.source.size());
        let more: Vec<Measure> = wanted.iter().copied().filter(|measure| *measure != Measure::SHA256).collect();
        walk.measurer = Measurer::new(&more);
        let origin = if named { Origin::Named } else { Origin::File };
        let entry = Entry { executable: opened.executable, pointer, ..Entry::default() };
        let id = walk.member(None, path.as_os_str().as_encoded_bytes(), origin, &opened.source, Hash::Wanted, entry);
        if let Some(member) = id.and_then(|id| walk.facts_mut(id)) {
            shown.clone_into(&mut member.path);
        }
        let sha256 = walk.tables.members.first().and_then(|member| member.digest.as_ref()).map(Digest::bytes);
        let mut measured: Vec<_> = more.into_iter().zip(walk.measurer.finish()).collect();
        if let Some(digest) = sha256.filter(|_| wanted.contains(&Measure::SHA256)) {
            measured.push((Measure::SHA256, vec![digest]));
        }
        let mut tables = walk.tables;
        let bare = tables.bare();
        let rest = self.limits.facts.saturating_sub(budget.facts_left()).saturating_sub(bare);
        // A member is paid for before its formats are known: that nothing else was paid for is no sign that there is nothing else.
        if tables.is_bare() {
            tables.forget();
        }
        Read { tables, measured, changed: false, known: opened.known(), bare, rest }
    }

    fn directory(
        &self,
        path: &Path,
        shown: &str,
        measures: Option<&Measures<'_>>,
    ) -> io::Result<(Tables, Option<Digest>, Inventory)> {
        let mut tables = Tables::default();
        tables.members.push(directory_member(shown));
        let mut found = Found::default();
        found.search(path, self.limits.files, Git::LeftOut)?;
        // Each file has a budget of its own, and all of them have one ceiling for what is kept at one time.
        let kept = Kept { ceiling: self.limits.facts, read: Mutex::default() };
        let read = on_all_cores(&found.files, |index, file| {
            let name = inventory::name(path, file).exact;
            let measures =
                |size| name.as_deref().zip(measures).map(|(name, wanted)| wanted(name, size)).unwrap_or_default();
            let mut read = Box::new(self.file(file, &self::shown(file), false, &measures)?);
            if !kept.keeps(index, read.rest) {
                read.tables.forget();
            }
            Ok(read)
        });
        let mut inventory = Inventory { kind: ArtifactKind::Directory, files: Vec::new(), unread: Vec::new() };
        let mut digests = Vec::new();
        let mut whole = found.failed.is_empty() && found.links.is_empty();
        let mut size = 0u64;
        let mut known: HashMap<MemberId, Known> = HashMap::new();
        let bare = read.iter().map(|outcome| outcome.as_ref().map_or(0, |read| read.bare));
        let mut room = Room::new(self.limits.facts, bare);
        for (file, outcome) in found.files.iter().zip(read) {
            let relative = relative(path, file);
            match outcome {
                Ok(mut one) => {
                    let listed = room.lists(one.bare);
                    let id = if listed { next(&tables) } else { 0 };
                    if !room.keeps(one.rest) && listed {
                        one.tables.forget();
                        if room.tells() {
                            one.tables.incomplete.push(collect::beyond(0, 1));
                        }
                    }
                    if measures.is_some() {
                        list(&mut inventory, ListedName { member: id, ..inventory::name(path, file) }, &one);
                    }
                    if let Some(member) = one.tables.members.first() {
                        size = size.saturating_add(member.size);
                        match &member.digest {
                            Some(digest) if !signatures::named(&relative) => {
                                digests.push((relative.clone(), digest.clone()))
                            }
                            Some(_) => {}
                            None => whole = false,
                        }
                    }
                    if listed {
                        known.insert(id, one.known);
                        tables.append(one.tables, 0);
                    }
                }
                Err(error) => {
                    whole = false;
                    found.failed.push((file.clone(), IncompleteKind::Unreadable, error.to_string()));
                }
            }
        }
        for (link, target) in &found.links {
            let escapes = leads_out(path, link, target);
            let target = place::shown(target);
            let member = below(shown, &relative(path, link), Some(Link { target, escapes }));
            let what = "a symbolic link; links are not followed";
            let id = room.unread(&mut tables, member, IncompleteKind::NotAFile, what);
            let name = ListedName { member: id, ..inventory::name(path, link) };
            inventory.unread.push(Unread { name, kind: UnreadKind::Link, what: "a symbolic link".to_owned() });
        }
        for (file, kind, what) in &found.failed {
            let id = room.unread(&mut tables, below(shown, &relative(path, file), None), *kind, what);
            let name = ListedName { member: id, ..inventory::name(path, file) };
            inventory.unread.push(Unread { name, kind: UnreadKind::Unreadable, what: what.clone() });
        }
        shards::check(&mut tables);
        references::resolve(&mut tables);
        if room.left_out > 0 {
            tables.incomplete.push(collect::beyond(0, room.left_out));
        }
        let limits = Limits { facts: room.left(), ..self.limits.clone() };
        elsewhere::look(&mut tables, &limits, |member| match known.get(&member).map(Known::open) {
            Some(Ok(Some(source))) => Ok(Some(source)),
            // What lies in a container was decoded, and is gone.
            None => Ok(None),
            Some(Ok(None)) => {
                Err(ReadError::unsupported("the tensors in it: the file changed while the artifact was read", None))
            }
            Some(Err(error)) => Err(error.into()),
        });
        if let Some(member) = tables.members.first_mut() {
            member.size = size;
            member.digest = whole.then(|| digest::directory(digests));
        }
        let digest = tables.members.first().and_then(|member| member.digest.clone());
        Ok((tables, digest, inventory))
    }
}

/// What the facts of a directory's files may cost, in the files' order.
struct Room {
    /// What is left for members and for what is unread, and for all else.
    bare: u64,
    rest: u64,
    /// Files of which it is still told one by one that something of them is left out; a finding costs more than a member.
    told: u64,
    /// Of how many others something, or all, is left out.
    left_out: u64,
}

impl Room {
    /// Members have three quarters at most, so that there is always something to be said of what is in some of them; what they leave
    /// is for all else. `bare` is the price of each file's.
    fn new(ceiling: u64, bare: impl Iterator<Item = u64>) -> Self {
        let most = ceiling.saturating_sub(ceiling / 4);
        let members = bare.fold(0, u64::saturating_add).min(most);
        Self { bare: most, rest: ceiling.saturating_sub(members), told: 1_000, left_out: 0 }
    }

    /// Whether the next file is listed. Behind the first that is not no other is.
    fn lists(&mut self, bare: u64) -> bool {
        let left = self.bare.checked_sub(bare);
        self.bare = left.unwrap_or(0);
        self.left_out = self.left_out.saturating_add(u64::from(left.is_none()));
        left.is_some()
    }

    /// Whether the rest of its facts is kept. Behind the first of which it is not no other is.
    fn keeps(&mut self, rest: u64) -> bool {
        let left = self.rest.checked_sub(rest);
        self.rest = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether it is told of the file itself that something is left out; if not, it is counted.
    fn tells(&mut self) -> bool {
        let left = self.told.checked_sub(1);
        self.told = left.unwrap_or(0);
        self.left_out = self.left_out.saturating_add(u64::from(left.is_none()));
        left.is_some()
    }

    /// Adds a member that was not read, and says why. Its id; the artifact's when there is no room for it.
    fn unread(&mut self, tables: &mut Tables, member: Member, kind: IncompleteKind, what: &str) -> MemberId {
        let id = next(tables);
        let record = incomplete(id, kind, what);
        if !self.lists(collect::price(&member).saturating_add(collect::told_price(&record))) {
            return 0;
        }
        tables.members.push(Member { id, ..member });
        tables.incomplete.push(record);
        id
    }

    /// What is left for what is found at the end.
    fn left(&self) -> u64 {
        self.rest
    }
}

/// What of a directory's files is kept while others are still read.
struct Kept {
    /// What facts may cost.
    ceiling: u64,
    /// The price of each file that was read, by its index, and their sum.
    read: Mutex<(Vec<u64>, u64)>,
}

impl Kept {
    /// Whether the facts of a file may still be within the ceiling, by the files before it that were read. The order in which threads
    /// come to an end decides nothing: what is said no to here is beyond the ceiling in the files' order too.
    fn keeps(&self, index: usize, bytes: u64) -> bool {
        let Ok(mut read) = self.read.lock() else { return false };
        let (sizes, sum) = &mut *read;
        if sizes.len() <= index {
            sizes.resize(index.saturating_add(1), 0);
        }
        if let Some(size) = sizes.get_mut(index) {
            *size = bytes;
        }
        *sum = sum.saturating_add(bytes);
        *sum <= self.ceiling || sizes.iter().take(index.saturating_add(1)).sum::<u64>() <= self.ceiling
    }
}

impl Read {
    /// Says that the file changed while it was read, if it did.
    fn take_change(&mut self, changed: bool) {
        self.changed = changed;
        if changed {
            self.tables.incomplete(incomplete(0, IncompleteKind::Changed, "the file changed while it was read"));
        }
    }
}

/// Lists a file that was read, with its digests: with none when it has no digest or changed.
fn list(inventory: &mut Inventory, name: ListedName, read: &Read) {
    let first = read.tables.members.first();
    match first.filter(|member| member.digest.is_some() && !read.changed) {
        Some(member) => {
            inventory.files.push(Listed {
                name,
                size: member.size,
                pointer: member.pointer.as_ref().is_some_and(|pointer| !pointer.resolved),
                digests: read.measured.clone(),
            });
        }
        None => {
            let kind = if read.changed { UnreadKind::Changed } else { UnreadKind::Unreadable };
            inventory.unread.push(Unread { name, kind, what: "not read whole".to_owned() });
        }
    }
}

/// The id of the next member.
fn next(tables: &Tables) -> MemberId {
    MemberId::try_from(tables.members.len()).unwrap_or(MemberId::MAX)
}

/// Does `work` for each file and its index, on all cores; the results come in the files' order.
pub(super) fn on_all_cores<T: Send>(
    files: &[PathBuf],
    work: impl Fn(usize, &Path) -> io::Result<T> + Sync,
) -> Vec<io::Result<T>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<io::Result<T>>>> = files.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(files.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let work = || {
                while let Some((index, file, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    files.get(index).zip(results.get(index)).map(|(file, slot)| (index, file, slot))
                } {
                    let outcome = work(index, file);
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(outcome);
                    }
                }
            };
            // When no thread can be had the others do the work; with none at all the slots stay empty and fail closed.
            let _ = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
    });
    results
        .into_iter()
        .map(|slot| {
            slot.into_inner().ok().flatten().unwrap_or_else(|| Err(io::Error::other("no thread could read it")))
        })
        .collect()
}

/// Runs `work` on a thread with a large stack.
fn on_large_stack<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)?
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the reader stopped")))
    })
}

/// Whether a directory's own `.git` is a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Git {
    /// It is not: an artifact's digest leaves it out.
    LeftOut,
    /// It is: a signature must say so when it leaves it out.
    Kept,
}

/// What lies below a directory.
#[derive(Default)]
pub(super) struct Found {
    /// Files, in the order of their paths.
    pub files: Vec<PathBuf>,
    /// Symbolic links, and where each leads.
    pub links: Vec<(PathBuf, PathBuf)>,
    /// What is neither, or could not be listed, and why.
    pub failed: Vec<(PathBuf, IncompleteKind, String)>,
}

impl Found {
    /// Finds everything below `top`, in the order of the names; folders wait in a list, so depth costs no stack.
    pub(super) fn search(&mut self, top: &Path, limit: u64, git: Git) -> io::Result<()> {
        let mut waiting = vec![top.to_owned()];
        while let Some(folder) = waiting.pop() {
            let entries = match source::list(&folder) {
                Ok(entries) => entries,
                Err(error) if folder == top => return Err(error),
                Err(error) => {
                    self.failed.push((folder, IncompleteKind::Unreadable, error.to_string()));
                    continue;
                }
            };
            for (name, kind) in entries {
                let path = folder.join(&name);
                if git == Git::LeftOut && folder == top && name == ".git" {
                    continue;
                }
                // Links and what cannot be read take as much room as files.
                let found = self.files.len().saturating_add(self.links.len()).saturating_add(self.failed.len());
                if u64::try_from(found).unwrap_or(u64::MAX) >= limit {
                    self.failed.push((path, IncompleteKind::Limit, Exhausted("files").to_string()));
                    return Ok(());
                }
                match kind {
                    Kind::File => self.files.push(path),
                    Kind::Directory => waiting.push(path),
                    Kind::Link => match source::link_target(&path) {
                        Ok(target) => self.links.push((path, target)),
                        Err(error) => self.failed.push((path, IncompleteKind::Unreadable, error.to_string())),
                    },
                    Kind::Other => {
                        self.failed.push((path, IncompleteKind::NotAFile, "a FIFO, socket or device".to_owned()))
                    }
                }
            }
        }
        self.files.sort();
        Ok(())
    }
}

fn directory_member(shown: &str) -> Member {
    Member {
        id: 0,
        parent: None,
        path: shown.to_owned(),
        name: shown.rsplit('/').next().unwrap_or_default().to_owned(),
        origin: Origin::Named,
        size: 0,
        digest: None,
        formats: Vec::new(),
        extension: None,
        promised: Vec::new(),
        executable: false,
        pointer: None,
        link: None,
    }
}

/// A member of the directory that was not read.
fn below(shown: &str, relative: &str, link: Option<Link>) -> Member {
    let path = format!("{shown}/{relative}");
    let name = relative.rsplit('/').next().unwrap_or_default().to_owned();
    Member { parent: Some(0), name, path, origin: Origin::File, link, ..directory_member(shown) }
}

fn incomplete(member: MemberId, kind: IncompleteKind, what: &str) -> Incomplete {
    Incomplete { member, kind, format: None, what: what.to_owned(), offset: None, count: 1 }
}

/// A path as it is shown: escaped, with `/` between its parts.
pub(super) fn shown(path: &Path) -> String {
    let text = place::shown(path);
    if cfg!(windows) { text.replace("\\\\", "/") } else { text }
}

fn relative(top: &Path, path: &Path) -> String {
    shown(path.strip_prefix(top).unwrap_or(path))
}

/// Whether a link's target, taken as text, leads out of the artifact.
fn leads_out(top: &Path, link: &Path, target: &Path) -> bool {
    let folder = link.parent().and_then(|folder| folder.strip_prefix(top).ok());
    let Some(folder) = folder else { return true };
    let mut depth = folder.components().count();
    for component in target.components() {
        match component {
            Component::Normal(_) => depth = depth.saturating_add(1),
            Component::CurDir => {}
            Component::ParentDir => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return true,
            },
            Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

pub(super) fn open_error(shown: &str, error: io::Error) -> OpenError {
    let path = shown.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { path },
        io::ErrorKind::InvalidInput => OpenError::NotAFile { path },
        _ => OpenError::Unreadable { path, error },
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]
mod tests {
    use super::*;
    use crate::extract::collect::price;

    #[test]
    fn a_pickle_among_members_of_long_formats_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut tar = tar::Builder::new(std::fs::File::create(folder.path().join("a.tar")).unwrap());
        let mut add = |name: &str, content: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(content.len()).unwrap());
            tar.append_data(&mut header, name, content).unwrap();
        };
        add("a.pkl", b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R.");
        for number in 0..600 {
            add(&format!("{number}/.zgroup"), b"{\"zarr_format\": 2}");
        }
        tar.finish().unwrap();
        let limits = Limits::default();
        let pointers = |_: &Path, _: &str| None;
        let extraction = Extraction { limits: &limits, evaluated_at: "", progress: &(), pointers: &pointers };
        for path in [folder.path(), &folder.path().join("a.tar")] {
            let facts = extract(path, &extraction).unwrap();
            assert_eq!((facts.pickles.len(), facts.archives.len()), (1, 1), "{path:?}");
        }
    }

    #[test]
    fn facts_beyond_the_ceiling_are_left_out_in_the_files_order_and_said_to_be_incomplete() {
        let folder = tempfile::TempDir::new().unwrap();
        for name in ["a.py", "b.py", "c.py"] {
            std::fs::write(folder.path().join(name), "import os\nos.getcwd()\n").unwrap();
        }
        let read = |path: &Path, facts| {
            let limits = Limits { facts, ..Limits::default() };
            let pointers = |_: &Path, _: &str| None;
            let extraction = Extraction { limits: &limits, evaluated_at: "", progress: &(), pointers: &pointers };
            extract(path, &extraction).unwrap()
        };
        let whole = read(folder.path(), Limits::default().facts);
        assert!(whole.code.len() == 3 && whole.incomplete.is_empty());
        let one = price(&whole.code[0]);
        // Room for two files, and not for a third; members have theirs in any case.
        let member = price(&whole.members[1]);
        let cut = read(folder.path(), one * 23 / 10 + member * 3);
        assert_eq!(cut.code.iter().map(|source| source.member).collect::<Vec<_>>(), [1, 2]);
        let left_out: Vec<_> = cut.incomplete.iter().map(|one| (one.member, one.kind, one.what.as_str())).collect();
        assert_eq!(left_out, [(3, IncompleteKind::Limit, "facts")]);
        assert!(cut.artifact.digest == whole.artifact.digest && cut.members.len() == 4);
        // Within one file a record that does not fit is left out.
        let file = folder.path().join("a.py");
        let cut = read(&file, one / 2);
        assert!(cut.code.is_empty() && cut.incomplete.len() == 1 && cut.incomplete[0].what == "facts");
        // Where there is no room for all members, the artifact says how many files are not told of, and has its digest all the same.
        let cut = read(folder.path(), member * 2);
        assert!(cut.artifact.digest == whole.artifact.digest && cut.members.len() == 2);
        let of: Vec<_> = cut.incomplete.iter().filter(|one| one.member == 0).map(|one| one.count).collect();
        assert_eq!(of, [2]);
    }

    #[test]
    fn what_is_kept_does_not_depend_on_which_file_comes_first() {
        let kept = Kept { ceiling: 10, read: Mutex::default() };
        // The third is beyond the ceiling by itself; the second is not, whatever came later was read before.
        assert!(!kept.keeps(2, 11) && kept.keeps(1, 6) && kept.keeps(0, 4) && !kept.keeps(3, 1));
    }
}
