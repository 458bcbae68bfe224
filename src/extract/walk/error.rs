//! Why reading stopped before its end: what becomes an incomplete fact.

use crate::extract::reader::End;
use crate::facts::IncompleteKind;
use crate::limits::Exhausted;
use std::io;

/// Why a format stopped before the end of its content. What it had read stays; this becomes an incomplete fact.
#[derive(Debug, thiserror::Error)]
pub(in crate::extract) enum ReadError {
    /// The content ends too early.
    #[error("the content ends before {what}")]
    Truncated {
        /// What was to come.
        what: String,
        /// Where.
        offset: Option<u64>,
    },
    /// The content breaks its format.
    #[error("{what}")]
    Malformed {
        /// What is wrong.
        what: String,
        /// Where.
        offset: Option<u64>,
    },
    /// A part of the format that is not read.
    #[error("{what}")]
    Unsupported {
        /// Which part.
        what: String,
        /// Where.
        offset: Option<u64>,
    },
    /// Encrypted.
    #[error("{what}")]
    Encrypted {
        /// What is encrypted.
        what: String,
        /// Where.
        offset: Option<u64>,
    },
    /// A Git LFS pointer whose object is not here.
    #[error("not scanned: the Git LFS object is not here or is not the one that the pointer names; run `git lfs pull`")]
    Pointer,
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] Exhausted),
    /// The operating system, or a decoder.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ReadError {
    /// The content breaks its format at `offset`.
    pub(in crate::extract) fn malformed(what: impl Into<String>, offset: impl Into<Option<u64>>) -> Self {
        Self::Malformed { what: what.into(), offset: offset.into() }
    }

    /// The content ends before `what`.
    pub(in crate::extract) fn truncated(what: impl Into<String>, offset: impl Into<Option<u64>>) -> Self {
        Self::Truncated { what: what.into(), offset: offset.into() }
    }

    /// A part of the format that is not read.
    pub(in crate::extract) fn unsupported(what: impl Into<String>, offset: impl Into<Option<u64>>) -> Self {
        Self::Unsupported { what: what.into(), offset: offset.into() }
    }

    /// Content that is known by its beginning alone: no reader is written for it. Rules know these words.
    pub(in crate::extract) fn recognised(what: &str, offset: impl Into<Option<u64>>) -> Self {
        Self::unsupported(format!("recognised and not read: {what}"), offset)
    }

    /// Kind, words and offset for an incomplete fact.
    pub(super) fn parts(self) -> (IncompleteKind, String, Option<u64>) {
        match self {
            Self::Truncated { what, offset } => (IncompleteKind::Truncated, what, offset),
            Self::Malformed { what, offset } => (IncompleteKind::Malformed, what, offset),
            Self::Unsupported { what, offset } => (IncompleteKind::Unsupported, what, offset),
            Self::Encrypted { what, offset } => (IncompleteKind::Encrypted, what, offset),
            Self::Pointer => (IncompleteKind::Pointer, Self::Pointer.to_string(), None),
            Self::Limit(Exhausted(name)) => (IncompleteKind::Limit, name.to_owned(), None),
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                (IncompleteKind::Truncated, "the content ends too early".to_owned(), None)
            }
            // The operating system's errors carry a code; a decoder's do not: they are about the content.
            Self::Io(error) if error.raw_os_error().is_some() => (IncompleteKind::Unreadable, error.to_string(), None),
            Self::Io(error) => (IncompleteKind::Malformed, error.to_string(), None),
        }
    }
}

impl From<End> for ReadError {
    fn from(end: End) -> Self {
        Self::truncated(end.to_string(), u64::try_from(end.at).ok())
    }
}
