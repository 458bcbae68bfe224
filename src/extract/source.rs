//! Bounded positional reads over one open file, a stored range of it, decoded bytes in memory, or decoded bytes in a temporary
//! file. The only place in this room that touches the file system; never follows a link below a named path.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A named path that cannot be opened: about the gate, not about the model.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing is there.
    #[error("{path}: {}", missing(path))]
    Missing {
        /// The path as named, escaped.
        path: String,
    },
    /// It is there and cannot be opened.
    #[error("{path}: cannot be opened ({error}); check its permissions")]
    Unreadable {
        /// The path as named, escaped.
        path: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// A FIFO, socket or device.
    #[error("{path}: not a file or directory; only files and directories can be judged")]
    NotAFile {
        /// The path as named, escaped.
        path: String,
    },
}

/// A shell hands on a pattern that matches nothing as it stands.
fn missing(path: &str) -> &'static str {
    if path.contains(['*', '?', '[']) {
        "the pattern matches nothing here; check it, and quote it for the shell"
    } else {
        "no such file or directory; check the path"
    }
}

/// Content of a member: a range of bytes that can be read at any position.
#[derive(Clone, Debug)]
pub(super) struct Source {
    bytes: Bytes,
    start: u64,
    size: u64,
}

#[derive(Clone, Debug)]
enum Bytes {
    File(Arc<File>),
    Memory(Arc<[u8]>),
}

impl Source {
    /// The whole of an open file, as long as it is now.
    pub(super) fn file(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { bytes: Bytes::File(Arc::new(file)), start: 0, size })
    }

    /// Bytes in memory.
    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { bytes: Bytes::Memory(bytes.into()), start: 0, size }
    }

    /// Bytes that it holds.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Which bytes of an open file it is: the first, and how many. `None` for decoded ones.
    pub(super) fn place(&self) -> Option<(u64, u64)> {
        matches!(self.bytes, Bytes::File(_)).then_some((self.start, self.size))
    }

    /// Whether it is the same bytes of the same content.
    pub(super) fn is(&self, other: &Self) -> bool {
        let content = match (&self.bytes, &other.bytes) {
            (Bytes::File(one), Bytes::File(other)) => Arc::ptr_eq(one, other),
            (Bytes::Memory(one), Bytes::Memory(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        content && self.start == other.start && self.size == other.size
    }

    /// A part of it; cut at its end.
    pub(super) fn range(&self, start: u64, size: u64) -> Self {
        let start = start.min(self.size);
        let size = size.min(self.size.saturating_sub(start));
        Self { bytes: self.bytes.clone(), start: self.start.saturating_add(start), size }
    }

    /// Reads at `offset` into `into`; fewer bytes than asked only at the end.
    pub(super) fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..wanted).unwrap_or_default();
        let at = self.start.saturating_add(offset);
        match &self.bytes {
            Bytes::File(file) => read_file_at(file, at, into),
            Bytes::Memory(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                let from = bytes.get(at..).and_then(|rest| rest.get(..wanted)).unwrap_or_default();
                into.get_mut(..from.len()).unwrap_or_default().copy_from_slice(from);
                Ok(from.len())
            }
        }
    }

    /// Up to `size` bytes at `offset`: as many as are there. The caller bounds `size`; what is not there is not allocated.
    pub(super) fn bytes_at(&self, offset: u64, size: u64) -> io::Result<Vec<u8>> {
        let size = size.min(self.size.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        let read = self.read_at(offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// A sequential reader from its first byte, with a buffer of its own.
    pub(super) fn reader(&self) -> io::BufReader<SourceReader> {
        io::BufReader::with_capacity(64 << 10, SourceReader { source: self.clone(), at: 0 })
    }
}

/// A sequential reader over a [`Source`].
#[derive(Clone, Debug)]
pub(super) struct SourceReader {
    source: Source,
    at: u64,
}

impl Read for SourceReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, into)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, mut at: u64, mut into: &mut [u8]) -> io::Result<usize> {
    use std::os::unix::fs::FileExt as _;
    let wanted = into.len();
    while !into.is_empty() {
        match file.read_at(into, at) {
            Ok(0) => break,
            Ok(read) => {
                into = into.get_mut(read..).unwrap_or_default();
                at = at.saturating_add(u64::try_from(read).unwrap_or(0));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted.saturating_sub(into.len()))
}

#[cfg(windows)]
fn read_file_at(file: &File, mut at: u64, mut into: &mut [u8]) -> io::Result<usize> {
    use std::os::windows::fs::FileExt as _;
    let wanted = into.len();
    while !into.is_empty() {
        match file.seek_read(into, at)? {
            0 => break,
            read => {
                into = into.get_mut(read..).unwrap_or_default();
                at = at.saturating_add(u64::try_from(read).unwrap_or(0));
            }
        }
    }
    Ok(wanted.saturating_sub(into.len()))
}

/// Decoded bytes on their way to a [`Source`]: in memory first, in an unnamed temporary file when they are many.
pub(super) struct Spool {
    /// Bytes of the temporary file that the budget was charged for.
    pub paid: u64,
    memory: Vec<u8>,
    file: Option<File>,
    ceiling: usize,
    size: u64,
}

impl Spool {
    /// An empty spool that keeps `ceiling` bytes in memory.
    pub(super) fn new(ceiling: u64) -> Self {
        Self {
            paid: 0,
            memory: Vec::new(),
            file: None,
            ceiling: usize::try_from(ceiling).unwrap_or(usize::MAX),
            size: 0,
        }
    }

    /// Bytes taken so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether what was taken lies in a temporary file.
    pub(super) fn on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        if let Some(file) = &mut self.file {
            return file.write_all(bytes);
        }
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > self.ceiling {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        Ok(())
    }

    /// All that was taken, to be read.
    pub(super) fn finish(self) -> io::Result<Source> {
        match self.file {
            Some(file) => Source::file(file),
            None => Ok(Source::memory(self.memory)),
        }
    }
}

/// An open file and what it was when it was opened, so that a change can be seen afterwards.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its content.
    pub source: Source,
    /// Whether the operating system marks it as a program.
    pub executable: bool,
    path: PathBuf,
    before: Stamp,
}

/// A file that was open before, without its descriptor.
#[derive(Debug, Clone)]
pub(super) struct Known {
    path: PathBuf,
    before: Stamp,
}

impl Known {
    /// Its content, if it is the same file as before; `None` if it changed.
    pub(super) fn open(&self) -> io::Result<Option<Source>> {
        let opened = open(&self.path, false)?;
        Ok((opened.before == self.before).then_some(opened.source))
    }
}

/// What tells a file from a changed one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<std::time::SystemTime>,
    identity: (u64, u64),
    changed: (i64, i64),
}

impl Opened {
    /// What is needed to open it again.
    pub(super) fn known(&self) -> Known {
        Known { path: self.path.clone(), before: self.before.clone() }
    }

    /// Whether the file's size, times or inode differ from what they were, or another file lies at its path now.
    pub(super) fn changed(&self) -> bool {
        let held = match &self.source.bytes {
            Bytes::File(file) => file.metadata().map(|metadata| stamp(&metadata)).ok(),
            Bytes::Memory(_) => return false,
        };
        let named = std::fs::metadata(&self.path).map(|metadata| stamp(&metadata)).ok();
        held.as_ref() != Some(&self.before) || named.as_ref() != Some(&self.before)
    }
}

#[cfg(unix)]
fn stamp(metadata: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;
    Stamp {
        size: metadata.len(),
        modified: metadata.modified().ok(),
        identity: (metadata.dev(), metadata.ino()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn stamp(metadata: &Metadata) -> Stamp {
    Stamp { size: metadata.len(), modified: metadata.modified().ok(), identity: (0, 0), changed: (0, 0) }
}

/// Opens a regular file without waiting (a FIFO would block for ever) and without following a last link unless `follow`.
pub(super) fn open(path: &Path, follow: bool) -> io::Result<Opened> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        if !follow {
            flags |= OFlags::NOFOLLOW;
        }
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = follow;
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let before = stamp(&metadata);
    let executable = marked_executable(&metadata);
    Ok(Opened { source: Source::file(file)?, executable, path: path.to_owned(), before })
}

#[cfg(unix)]
fn marked_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn marked_executable(_: &Metadata) -> bool {
    false
}

/// What lies at a path, without following a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, socket or device.
    Other,
}

fn kind_of(kind: FileType) -> Kind {
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

/// What lies at a named path; a link that was named is followed, because the user named it.
pub(super) fn kind(path: &Path) -> io::Result<Kind> {
    std::fs::metadata(path).map(|metadata| kind_of(metadata.file_type()))
}

/// The names in a directory and what they are, in the order of their bytes.
pub(super) fn list(path: &Path) -> io::Result<Vec<(std::ffi::OsString, Kind)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        entries.push((entry.file_name(), kind_of(entry.file_type()?)));
    }
    entries.sort_by(|one, other| one.0.as_encoded_bytes().cmp(other.0.as_encoded_bytes()));
    Ok(entries)
}

/// Where a link leads, as it is written.
pub(super) fn link_target(path: &Path) -> io::Result<PathBuf> {
    std::fs::read_link(path)
}
