//! Members: the artifact itself and every file found inside it.

use crate::digest::Digest;
use crate::facts::FormatId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Index of a member in `members`.
pub type MemberId = u32;

/// A file of the artifact, at any depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Index in `members`; other records refer to it.
    pub id: MemberId,
    /// The member that holds this one; `null` for the artifact itself.
    pub parent: Option<MemberId>,
    /// Where it is: `model.pt!archive/data.pkl`; text that is not UTF-8 and control characters are escaped.
    pub path: String,
    /// Last part of the name as its container or folder has it, escaped alike.
    pub name: String,
    /// How it came to be a member.
    pub origin: Origin,
    /// Bytes of its content.
    pub size: u64,
    /// Digest of its content. `null` when it was not read whole, and for a tensor payload that is stored as it is inside its
    /// container (the container's digest covers those bytes; hashing them twice would double the work of a check).
    pub digest: Option<Digest>,
    /// Every format that the content is, most specific last; more than one that exclude each other is a polyglot.
    pub formats: Vec<FormatId>,
    /// The last extension of the name, lower case, without the dot; `null` when it has none.
    pub extension: Option<String>,
    /// The formats that its name promises, by its extension or a well-known file name; `[]` when it promises none.
    pub promised: Vec<FormatId>,
    /// Whether the operating system or container marks it as a program to run.
    pub executable: bool,
    /// The Git LFS pointer that stood in its place; the facts then speak of the object it points to, if that was found.
    pub pointer: Option<Pointer>,
    /// Where it leads, if it is a link; a link is never followed.
    pub link: Option<Link>,
}

/// How a member came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Named on the command line.
    Named,
    /// A file below a named directory.
    File,
    /// Listed by a container.
    Entry,
    /// Present in a container's bytes but not in its list.
    Hidden,
    /// What a compressed stream holds.
    Decoded,
    /// Bytes in front of, between or behind what a format accounts for.
    Remainder,
    /// A bytes value that a pickle passes to a call or sets as state.
    Value,
}

/// A Git LFS pointer, read strictly (git-lfs specification, "The Pointer").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// SHA-256 of the object it points to, lower-case hexadecimal.
    pub oid: String,
    /// Bytes of the object it points to, as the pointer says.
    pub size: u64,
    /// Whether the object was found, had that size and digest, and was read in the pointer's place.
    pub resolved: bool,
}

/// A symbolic or hard link; never followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The target as written, escaped.
    pub target: String,
    /// Whether the target, taken as text, leads out of the artifact.
    pub escapes: bool,
}

/// A fact that could not be had, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incomplete {
    /// The member that was not read whole.
    pub member: MemberId,
    /// Why.
    pub kind: IncompleteKind,
    /// The reader that stopped, if one did.
    pub format: Option<FormatId>,
    /// What it was about, in plain words: the limit's name, the field, the method.
    pub what: String,
    /// Byte offset in the member, if there is one.
    pub offset: Option<u64>,
    /// How many equal records this one stands for.
    pub count: u64,
}

/// Why a fact could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IncompleteKind {
    /// A limit was reached; `what` is its name.
    Limit,
    /// The content ends before its format says it may.
    Truncated,
    /// The content breaks its format.
    Malformed,
    /// Encrypted; the content cannot be seen.
    Encrypted,
    /// A format, method or version that is recognised and not read.
    Unsupported,
    /// Nothing recognises the content.
    UnknownFormat,
    /// A Git LFS pointer whose object is not here or is not the one it names.
    Pointer,
    /// The file could not be opened or read.
    Unreadable,
    /// The file changed while it was read.
    Changed,
    /// Not a regular file: a FIFO, socket or device.
    NotAFile,
    /// A reader stopped for a reason of its own (a defect to report); fails closed like all others.
    Internal,
}
