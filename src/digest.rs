//! Digests: of a file in the one sequential pass that reads it, and of a directory over its files. SHA-256 everywhere; others only
//! where a signature asks for them.

mod measure;

pub use measure::{Algorithm, Measure, Measurer};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// Lower-case hexadecimal, 64 digits.
    pub sha256: String,
}

impl Digest {
    /// Its 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        raw(&self.sha256)
    }
}

/// A digest under way.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest { sha256: hex(&self.0.finalize()) }
    }
}

/// Digest of bytes in memory.
#[must_use]
pub fn of(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// Digest of a directory, as the OpenSSF Model Signing format makes its subject's root (OMS specification v1.0, "Model
/// Serialization"): the SHA-256 over the raw SHA-256 digests of its files, in the order of their names.
///
/// `files` are relative paths with `/` between parts, and each file's digest; they may come in any order.
#[must_use]
pub fn directory(mut files: Vec<(String, Digest)>) -> Digest {
    files.sort();
    let mut hasher = Hasher::default();
    for (_, digest) in &files {
        hasher.update(&raw(&digest.sha256));
    }
    hasher.finish()
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn raw(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0u8, |byte, digit| (byte << 4) | digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(of(b"abc").sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let files = vec![("b".to_owned(), of(b"2")), ("a".to_owned(), of(b"1"))];
        let mut joined = raw(&of(b"1").sha256);
        joined.extend(raw(&of(b"2").sha256));
        assert_eq!(directory(files), of(&joined));
    }
}
