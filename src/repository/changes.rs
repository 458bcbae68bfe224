//! What changed since a commit: between two trees, by their object names, and between HEAD's tree and the disk, by content. No index is
//! asked, no attribute and no filter, because those are what a change can hide behind. A file counts as unchanged only when its bytes
//! on disk are the ones that HEAD has.

use crate::digest::Hasher;
use crate::repository::commit::{Commit, CommitError, Entry, Sort};
use crate::repository::git::{Conversation, records, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// Names of one tree, or of one comparison, that are held: beyond it nothing is known of any of them. The Linux kernel has 90,000 files.
const MOST: usize = 1_000_000;

/// Git LFS pointers are shorter than this (git-lfs, docs/spec.md).
const POINTER: u64 = 1_023;

/// Bytes of a link's target that are compared; Linux's PATH_MAX.
const TARGET: u64 = 4_096;

/// Objects that are read at a time.
const CHUNK: usize = 4_096;

/// How the other commit is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// What happened on its side does not count: from the newest commits that it and HEAD share.
    FromShared,
    /// From that commit itself.
    FromItself,
}

/// What became of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Added or modified, in HEAD or on disk alone.
    Altered,
    /// HEAD does not have it any more.
    Removed,
}

/// A folder to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folder {
    /// From the top; empty for the top itself.
    pub path: Vec<u8>,
    /// Whether everything below it counts, or its own files alone.
    pub deep: bool,
}

/// What changed since a commit. Paths are bytes from the top of the repository, with `/` between their parts.
#[derive(Debug)]
pub struct Changes {
    head: Commit,
    base: String,
    /// What HEAD has, by path; the entries' own names are empty.
    entries: BTreeMap<Vec<u8>, Entry>,
    submodules: BTreeSet<Vec<u8>>,
    paths: BTreeMap<Vec<u8>, Change>,
}

impl Changes {
    /// What changed between a commit and HEAD. `None` when that is more than can be held.
    ///
    /// Renames and copies are not searched for: the new name is an addition and the old one a removal, which is all that matters here, and
    /// no content decides it.
    ///
    /// # Errors
    /// [`CommitError`] when a commit that this needs is not here.
    pub fn since(commit: &Commit, counted: Counted) -> Result<Option<Self>, CommitError> {
        let head = Commit::find(commit.top(), "HEAD")?;
        let bases = match counted {
            Counted::FromItself => vec![commit.id().to_owned()],
            Counted::FromShared => shared(commit, &head)?,
        };
        let Some(base) = bases.first().cloned() else { return Err(CommitError::Apart(commit.id().to_owned())) };
        let mut paths = BTreeMap::new();
        for base in &bases {
            if !compare(&head, base, &mut paths)? {
                return Ok(None);
            }
        }
        let (mut entries, mut submodules, mut parsed) = (BTreeMap::new(), BTreeSet::new(), true);
        records(head.top(), "ls-tree", &["-r", "-z", "--full-tree", head.id()], |record| {
            let Some(mut entry) = Entry::parse(record) else {
                parsed = false;
                return false;
            };
            let name = std::mem::take(&mut entry.name);
            if entry.sort == Sort::Submodule {
                submodules.insert(name.clone());
            }
            entries.insert(name, entry);
            entries.len() <= MOST
        })?;
        if !parsed {
            return Err(CommitError::Git("ls-tree"));
        }
        Ok((entries.len() <= MOST).then_some(Self { head, base, entries, submodules, paths }))
    }

    /// The commit that changes are counted from; of several, one.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Every path that is known to have changed.
    #[must_use]
    pub fn paths(&self) -> &BTreeMap<Vec<u8>, Change> {
        &self.paths
    }

    /// Where HEAD has another repository.
    #[must_use]
    pub fn submodules(&self) -> &BTreeSet<Vec<u8>> {
        &self.submodules
    }

    /// Every path of a file in HEAD.
    pub fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.keys().map(Vec::as_slice)
    }

    /// A path from the top, by its letters. `None` outside of the repository and where a link stands in the way: of such a path it is not
    /// known what changed. It may lead to nothing.
    #[must_use]
    pub fn place(&self, path: &Path) -> Option<Vec<u8>> {
        let top = self.head.top();
        let mut real = PathBuf::new();
        for part in std::env::current_dir().ok()?.canonicalize().ok()?.join(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    real.pop();
                }
                Component::Normal(name) => {
                    real.push(name);
                    if real.starts_with(top) {
                        let link = fs::symlink_metadata(&real).is_ok_and(|metadata| metadata.is_symlink());
                        if link {
                            return None;
                        }
                    } else if let Ok(led) = real.canonicalize() {
                        if led.starts_with(top) {
                            return None;
                        }
                        real = led;
                    }
                }
                Component::Prefix(_) | Component::RootDir => real.push(part),
            }
        }
        Some(bytes(real.strip_prefix(top).ok()?))
    }

    /// Whether a path that HEAD has is on disk. A submodule is, once something lies in its folder.
    #[must_use]
    pub fn is_here(&self, path: &[u8]) -> bool {
        let Some(real) = self.real(path) else { return false };
        match self.submodules.contains(path) {
            true => fs::read_dir(real).is_ok_and(|mut found| found.next().is_some()),
            false => fs::symlink_metadata(real).is_ok(),
        }
    }

    /// Holds what lies on disk against HEAD. Each file that differs, is not in HEAD or is gone is a change from then on. Returns the folders
    /// that could not be looked at, and those in which HEAD has nothing.
    ///
    /// # Errors
    /// [`CommitError`] when git fails.
    pub fn look(&mut self, folders: &BTreeSet<Folder>) -> Result<BTreeSet<Folder>, CommitError> {
        let (mut unknown, mut changed, mut found) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
        for folder in folders {
            let on_disk = self.real(&folder.path).map(|real| search(&real, folder));
            let Some(Ok(on_disk)) = on_disk else {
                unknown.insert(folder.clone());
                continue;
            };
            let kept = below(&self.entries, &folder.path).map(|(path, _)| path);
            let kept: Vec<&Vec<u8>> = kept.filter(|path| folder.deep || parent(path) == folder.path).collect();
            if kept.is_empty() {
                unknown.insert(folder.clone());
            }
            // A submodule is a folder on disk: what it has is nothing that HEAD knows.
            changed.extend(kept.into_iter().filter(|path| !on_disk.contains_key(*path)).cloned());
            found.extend(on_disk);
        }
        let mut alike: Vec<(&Vec<u8>, &OnDisk, &Entry)> = Vec::new();
        for (path, on_disk) in found.iter().filter(|(path, _)| !self.paths.contains_key(*path)) {
            match self.entries.get(path).filter(|entry| on_disk.may_be(entry)) {
                Some(entry) => alike.push((path, on_disk, entry)),
                None => changed.push(path.clone()),
            }
        }
        changed.extend(self.differ(&alike)?);
        for path in changed {
            self.paths.entry(path).or_insert(Change::Altered);
        }
        Ok(unknown)
    }

    /// Of files that look as HEAD has them, those with other content.
    fn differ(&self, files: &[(&Vec<u8>, &OnDisk, &Entry)]) -> Result<Vec<Vec<u8>>, CommitError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let top = self.head.top();
        let mut sizes = Conversation::start(top, "cat-file", &["--batch-check"])?;
        let mut names = Conversation::start(top, "hash-object", &["--no-filters", "--stdin-paths"])?;
        let mut changed = Vec::new();
        // What needs the object itself: links, and what a Git LFS pointer may stand for.
        let mut unsure: Vec<(&Vec<u8>, &OnDisk, &Entry)> = Vec::new();
        for (path, on_disk, entry) in files {
            let answer = sizes.ask(entry.id.as_bytes())?;
            let size = answer.split(' ').nth(2).and_then(|size| size.parse::<u64>().ok());
            let (length, target) = (on_disk.size, on_disk.target.is_some());
            let equal = match size {
                // It is not here, so nothing can be equal to it (a partial clone).
                None => false,
                Some(size) if target => {
                    if size == length && size <= TARGET {
                        unsure.push((path, on_disk, entry));
                        continue;
                    }
                    false
                }
                // The command stops at a file that it cannot open, so that is tried before.
                Some(size) => {
                    let same = size == length
                        && fs::File::open(&on_disk.path).is_ok()
                        && names.ask(&quoted(path))? == entry.id;
                    if !same && size <= POINTER {
                        unsure.push((path, on_disk, entry));
                        continue;
                    }
                    same
                }
            };
            if !equal {
                changed.push((*path).clone());
            }
        }
        for some in unsure.chunks(CHUNK) {
            let wanted: Vec<(&str, &Entry)> = some.iter().map(|(_, _, entry)| ("an object", *entry)).collect();
            let contents = self.head.contents(&wanted, TARGET).map_err(|_| CommitError::Git("cat-file"))?;
            for ((path, on_disk, _), content) in some.iter().zip(contents) {
                let equal = match &on_disk.target {
                    Some(target) => *target == content,
                    None => pointer(&content).is_some_and(|(oid, size)| {
                        size == on_disk.size && sha256(&on_disk.path).is_ok_and(|sha256| sha256 == oid)
                    }),
                };
                if !equal {
                    changed.push((*path).clone());
                }
            }
        }
        Ok(changed)
    }

    /// Where a path from the top lies on disk.
    fn real(&self, path: &[u8]) -> Option<PathBuf> {
        let top = self.head.top();
        if path.is_empty() {
            return Some(top.to_owned());
        }
        #[cfg(unix)]
        let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path);
        #[cfg(not(unix))]
        let name = std::str::from_utf8(path).ok()?;
        Some(top.join(name))
    }
}

/// The newest commits that two commits share; none of them came from another. In a clone that lacks history git may take an older one for
/// the newest, unless one of the two came from the other.
fn shared(commit: &Commit, head: &Commit) -> Result<Vec<String>, CommitError> {
    let top = head.top();
    let found = run(top, &["merge-base", "--all", commit.id(), head.id()])?.unwrap_or_default();
    let found: Vec<String> = String::from_utf8_lossy(&found).lines().map(str::to_owned).collect();
    let shallow = run(top, &["rev-parse", "--is-shallow-repository"])?.ok_or(CommitError::Git("rev-parse"))?;
    let sure = shallow == b"false\n" || found == [commit.id()] || found == [head.id()];
    Ok(if sure { found } else { Vec::new() })
}

/// Adds what differs between a commit's tree and HEAD's; false when that is too much.
fn compare(head: &Commit, base: &str, paths: &mut BTreeMap<Vec<u8>, Change>) -> Result<bool, CommitError> {
    // `.gitmodules` may ask to have submodules passed over, and it is part of what is compared.
    let options = ["-r", "-z", "--name-status", "--no-renames", "--ignore-submodules=none"];
    let options = [&options[..], &["--no-ext-diff", "--no-textconv", base, head.id()]].concat();
    let (mut status, mut parsed) = (None, true);
    records(head.top(), "diff-tree", &options, |record| {
        match status.take() {
            None => {
                status = match record {
                    b"D" => Some(Change::Removed),
                    b"A" | b"M" | b"T" => Some(Change::Altered),
                    _ => None,
                };
                parsed = status.is_some();
            }
            Some(change) => {
                paths.insert(record.to_owned(), change);
            }
        }
        parsed && paths.len() <= MOST
    })?;
    if !parsed || status.is_some() && paths.len() <= MOST {
        return Err(CommitError::Git("diff-tree"));
    }
    Ok(paths.len() <= MOST)
}

/// What lies on disk at a path.
#[derive(Debug)]
struct OnDisk {
    path: PathBuf,
    /// Bytes; of a link, those of its target.
    size: u64,
    executable: Option<bool>,
    /// Of a link.
    target: Option<Vec<u8>>,
    /// Whether it is neither a file nor a link.
    other: bool,
}

impl OnDisk {
    fn of(path: PathBuf) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(&path)?;
        let target = metadata.is_symlink().then(|| fs::read_link(&path)).transpose()?.map(|target| bytes(&target));
        let size = target.as_ref().map_or(metadata.len(), |target| u64::try_from(target.len()).unwrap_or(u64::MAX));
        let other = !metadata.is_file() && target.is_none();
        Ok(Self { executable: marked(&metadata), path, size, target, other })
    }

    /// Whether it may be what a commit has, before any content is read.
    fn may_be(&self, entry: &Entry) -> bool {
        match entry.sort {
            Sort::File => {
                let marked = self.executable.is_none_or(|executable| executable == entry.executable);
                !self.other && self.target.is_none() && marked
            }
            Sort::Link => self.target.is_some(),
            Sort::Folder | Sort::Submodule => false,
        }
    }
}

/// Whether a file is marked as a program, where a system has that mark.
#[cfg(unix)]
fn marked(metadata: &fs::Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn marked(_: &fs::Metadata) -> Option<bool> {
    None
}

/// Files and links in a folder, by their paths from the top, without its `.git`; folders wait in a list, so depth costs no stack.
fn search(real: &Path, folder: &Folder) -> io::Result<BTreeMap<Vec<u8>, OnDisk>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(real.to_owned(), folder.path.clone())];
    while let Some((real_folder, name)) = waiting.pop() {
        for entry in fs::read_dir(&real_folder)? {
            let entry = entry?;
            let own = entry.file_name();
            if own == ".git" && real_folder == real {
                continue;
            }
            let path = joined(&name, own.as_encoded_bytes());
            match entry.file_type()?.is_dir() {
                true if folder.deep => waiting.push((entry.path(), path)),
                true => {}
                false => {
                    found.insert(path, OnDisk::of(entry.path())?);
                }
            }
            if found.len().saturating_add(waiting.len()) > MOST {
                return Err(io::Error::other("too many files"));
            }
        }
    }
    Ok(found)
}

/// A path below a folder.
fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_owned() } else { [folder, b"/", name].concat() }
}

/// The folder of a path; empty at the top.
fn parent(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..end).unwrap_or_default()
}

/// What lies below a folder.
fn below<'a, T>(paths: &'a BTreeMap<Vec<u8>, T>, folder: &[u8]) -> impl Iterator<Item = (&'a Vec<u8>, &'a T)> {
    let prefix = if folder.is_empty() { Vec::new() } else { [folder, b"/"].concat() };
    paths.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
}

/// The bytes of a path as git has them.
fn bytes(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    match std::path::MAIN_SEPARATOR {
        '/' => bytes.to_owned(),
        _ => bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect(),
    }
}

/// A path as git reads it from a line: in quotes and with octal escapes, so that every byte may stand in it (git's quote.c).
fn quoted(path: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in path {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b' '..=b'~' => out.push(*byte),
            _ => out.extend(format!("\\{byte:03o}").into_bytes()),
        }
    }
    out.push(b'"');
    out
}

/// SHA-256 and size of the object that a Git LFS pointer names. Only the form that every pointer of today has: what is written otherwise
/// counts as changed, and is judged.
fn pointer(content: &[u8]) -> Option<(String, u64)> {
    let text = std::str::from_utf8(content).ok()?;
    let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\noid sha256:")?;
    let (oid, size) = rest.strip_suffix('\n')?.split_once("\nsize ")?;
    let plain = oid.len() == 64 && oid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let size = size.parse::<u64>().ok().filter(|parsed| parsed.to_string() == size)?;
    plain.then(|| (oid.to_owned(), size))
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish().sha256),
            Ok(read) => hasher.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
