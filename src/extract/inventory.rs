//! A named path to the digests of its files, for signatures: each file is read once, over one open descriptor, and of what is in it only
//! that it is a Git LFS pointer is told.

use crate::digest::{Measure, Measurer};
use crate::extract::directory::{Found, Git, on_all_cores, open_error, shown};
use crate::extract::format::lfs;
use crate::extract::source::{self, Kind, OpenError};
use crate::extract::walk::Progress;
use crate::facts::{ArtifactKind, IncompleteKind, Inventory, Listed, ListedName, Unread, UnreadKind};
use std::io::{self, Read as _};
use std::path::Path;

/// What is to be digested.
pub struct Wanted<'a> {
    /// The measures of a file of that name and size; a file with none is not read. Asked from several threads.
    pub measures: &'a (dyn Fn(&str, u64) -> Vec<Measure> + Sync),
    /// Files of a directory.
    pub files: u64,
    /// Told of the bytes that are done.
    pub progress: &'a dyn Progress,
}

/// Lists and digests what lies at a named path, on all cores.
///
/// # Errors
/// [`OpenError`] when the named path itself cannot be opened; what cannot be read below it is listed as that.
pub fn inventory(path: &Path, wanted: &Wanted<'_>) -> Result<Inventory, OpenError> {
    let named = |error| open_error(&shown(path), error);
    match source::kind(path).map_err(named)? {
        Kind::File => {
            let name = name(path.parent().unwrap_or(path), path);
            let mut inventory = Inventory { kind: ArtifactKind::File, files: Vec::new(), unread: Vec::new() };
            take(&mut inventory, name.clone(), Ok(wanted.read(path, name, true).map_err(named)?));
            Ok(inventory)
        }
        Kind::Directory => wanted.directory(path).map_err(named),
        Kind::Link | Kind::Other => Err(OpenError::NotAFile { path: shown(path) }),
    }
}

/// A file that was read, and whether it changed meanwhile.
type Outcome = (Listed, bool);

impl Wanted<'_> {
    fn directory(&self, top: &Path) -> io::Result<Inventory> {
        let mut found = Found::default();
        found.search(top, self.files, Git::Kept)?;
        let mut inventory = Inventory { kind: ArtifactKind::Directory, files: Vec::new(), unread: Vec::new() };
        let read = on_all_cores(&found.files, |_, file| self.read(file, name(top, file), false));
        for (file, outcome) in found.files.iter().zip(read) {
            take(&mut inventory, name(top, file), outcome);
        }
        for (link, target) in &found.links {
            let what = format!("a symbolic link to {}", shown(target));
            inventory.unread.push(Unread { name: name(top, link), kind: UnreadKind::Link, what });
        }
        for (path, kind, what) in found.failed {
            let kind = if kind == IncompleteKind::NotAFile { UnreadKind::NotAFile } else { UnreadKind::Unreadable };
            inventory.unread.push(Unread { name: name(top, &path), kind, what });
        }
        Ok(inventory)
    }

    fn read(&self, path: &Path, name: ListedName, follow: bool) -> io::Result<Outcome> {
        let opened = source::open(path, follow)?;
        let size = opened.source.size();
        let measures = name.exact.as_deref().map(|name| (self.measures)(name, size)).unwrap_or_default();
        if measures.is_empty() {
            return Ok((Listed { name, size, pointer: false, digests: Vec::new() }, false));
        }
        // A pointer is read like any other file, and told, since its digest alone would look like tampering.
        let pointer = size < 1_024 && lfs::parse(&opened.source.bytes_at(0, 1_024)?, size).is_some();
        let mut measurer = Measurer::new(&measures);
        let mut reader = opened.source.reader();
        let mut chunk = vec![0; 256 << 10];
        let mut taken = 0u64;
        loop {
            let read = reader.read(&mut chunk)?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            measurer.update(bytes);
            let read = u64::try_from(read).unwrap_or(0);
            taken = taken.saturating_add(read);
            self.progress.advance(read);
        }
        let changed = taken != size || opened.changed();
        Ok((Listed { name, size, pointer, digests: measures.into_iter().zip(measurer.finish()).collect() }, changed))
    }
}

/// Takes what came of reading a file.
fn take(inventory: &mut Inventory, name: ListedName, outcome: io::Result<Outcome>) {
    let mut unread = |name, kind, what: &str| inventory.unread.push(Unread { name, kind, what: what.to_owned() });
    match outcome {
        Ok((listed, false)) => inventory.files.push(listed),
        Ok((listed, true)) => unread(listed.name, UnreadKind::Changed, "changed while it was read"),
        Err(error) => unread(name, UnreadKind::Unreadable, &error.to_string()),
    }
}

pub(super) fn name(top: &Path, path: &Path) -> ListedName {
    let relative = path.strip_prefix(top).unwrap_or(path);
    let parts: Option<Vec<&str>> = relative.iter().map(std::ffi::OsStr::to_str).collect();
    ListedName { exact: parts.map(|parts| parts.join("/")), shown: shown(relative), member: 0 }
}
