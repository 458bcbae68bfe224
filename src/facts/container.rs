//! Containers, and where content departs from its specification.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A container that was opened: an archive, or one compressed stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// The member that is the container.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// How many entries its own list holds; 1 for a compressed stream.
    pub entries: u64,
    /// Distinct compression methods, by their specification's names, in order of first use.
    pub methods: Vec<String>,
    /// How many entries are encrypted.
    pub encrypted: u64,
    /// Bytes that its entries decode to, as far as they were decoded.
    pub decoded: u64,
    /// Its comment, escaped and cut to a bounded length; `null` when it has none.
    pub comment: Option<String>,
}

/// One place where content departs from its specification, or where real readers of it differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// The member in which it was seen (the container, for an entry's deviation).
    pub member: MemberId,
    /// The format whose specification is meant.
    pub format: FormatId,
    /// What departs.
    pub kind: DeviationKind,
    /// The entry, tensor or key it is about, escaped; `null` when it is about the whole.
    pub name: Option<String>,
    /// The field, in the specification's name; `null` when the kind says it all.
    pub field: Option<String>,
    /// What the one place or the specification says.
    pub expected: Option<String>,
    /// What the other place or the content says.
    pub found: Option<String>,
    /// Byte offset in the member.
    pub offset: Option<u64>,
    /// How many like it this record stands for: the first 64 of a kind in a member are kept one by one.
    pub count: u64,
}

/// What departs from a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviationKind {
    /// Two places describe one entry differently (central directory and local header, for example).
    HeaderDisagreement,
    /// An entry lies in the bytes but not in the container's list.
    HiddenEntry,
    /// Two entries have one name.
    DuplicateName,
    /// Two entries have names that differ only in case.
    CaseCollision,
    /// Two entries or tensors share bytes.
    Overlap,
    /// Bytes that nothing accounts for lie between entries or tensors.
    Gap,
    /// Bytes stand in front of the content.
    PrefixBytes,
    /// Bytes stand behind the content.
    SuffixBytes,
    /// A count in a header differs from what is there.
    CountMismatch,
    /// A size in a header differs from what is there.
    SizeMismatch,
    /// A checksum differs from the content's.
    ChecksumMismatch,
    /// More than one end record, header or stream where readers take different ones.
    SeveralEnds,
    /// A name leads out of the folder: `..`, absolute, drive letter, or backslash.
    Traversal,
    /// An entry is a symbolic or hard link; `found` is its target.
    Link,
    /// An entry is a device, FIFO or other special file.
    SpecialFile,
    /// A name that people and programs read differently: control characters, right-to-left override, not UTF-8.
    DeceptiveName,
    /// An entry or stream is encrypted.
    Encrypted,
    /// A method that readers seldom support.
    UnusualMethod,
    /// More than one member in a stream where some readers stop after the first.
    SeveralStreams,
    /// A key stands twice in one object or header.
    DuplicateKey,
    /// A value outside the specification's range or set.
    InvalidValue,
    /// Offsets or shapes that do not fit the data.
    OutOfRange,
    /// A number that overflows.
    Overflow,
    /// A file that is named and not there.
    MissingFile,
    /// Not in the order or alignment that the specification wants.
    Misaligned,
    /// The format loads objects by pickle (an object dtype, for example).
    ObjectData,
}
