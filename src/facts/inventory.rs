//! What lies at a path: every file with the digests that a signature asks for, and what could not be read. Not a part of the JSON.

use crate::digest::Measure;
use crate::facts::{ArtifactKind, MemberId};

/// Everything that lies at a named path, hidden files and `.git` included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Whether a file or a directory was named.
    pub kind: ArtifactKind,
    /// The files, in the order of their names.
    pub files: Vec<Listed>,
    /// What lies there and is no file that was read whole.
    pub unread: Vec<Unread>,
}

/// A file that was read whole over one open descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: ListedName,
    /// Bytes that it has.
    pub size: u64,
    /// Whether it is a Git LFS pointer, so that its content lies elsewhere; known only of what was read.
    pub pointer: bool,
    /// The digests that were asked for: for each measure one of the whole content, or one for each shard.
    pub digests: Vec<(Measure, Vec<Vec<u8>>)>,
}

/// The name of a file below the named directory, or of the named file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedName {
    /// With `/` between its parts; `None` when it is not UTF-8, and then no signature can mean it.
    pub exact: Option<String>,
    /// Escaped, to be shown.
    pub shown: String,
    /// Its member, when it was listed while facts were read; else 0.
    pub member: MemberId,
}

/// What was found and not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its name.
    pub name: ListedName,
    /// What it is.
    pub kind: UnreadKind,
    /// What there is to say, in words.
    pub what: String,
}

/// Why something that was found has no digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadKind {
    /// A symbolic link; none is followed.
    Link,
    /// A FIFO, socket or device.
    NotAFile,
    /// The operating system did not let it be read, or a ceiling was met.
    Unreadable,
    /// It changed while it was read.
    Changed,
}
