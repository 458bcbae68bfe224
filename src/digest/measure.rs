//! What signatures of models digest content with: whole or in shards, by the hash functions that they name. Several in one pass.

use sha2::Digest as _;
use std::num::NonZeroU64;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// BLAKE2b with its full 64 bytes (RFC 7693).
    Blake2b,
    /// BLAKE3 with its default 32 bytes.
    Blake3,
}

impl Algorithm {
    /// Its name, as signatures write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 | Self::Blake2b => 64,
        }
    }

    /// Digest of bytes in memory.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let mut engine = Engine::new(self);
        engine.update(bytes);
        engine.finish()
    }
}

/// How content is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Measure {
    /// By what.
    pub algorithm: Algorithm,
    /// In shards of so many bytes, each with a digest of its own; the last may be shorter, and empty content has none. `None`: whole.
    pub shard: Option<NonZeroU64>,
}

impl Measure {
    /// What every file is digested with anyway.
    pub const SHA256: Self = Self { algorithm: Algorithm::Sha256, shard: None };
}

/// Several measures of one content under way.
pub struct Measurer(Vec<State>);

struct State {
    measure: Measure,
    engine: Engine,
    /// Bytes of the shard under way.
    taken: u64,
    done: Vec<Vec<u8>>,
}

impl Measurer {
    /// Nothing taken yet.
    #[must_use]
    pub fn new(measures: &[Measure]) -> Self {
        let state = |measure: &Measure| State {
            measure: *measure,
            engine: Engine::new(measure.algorithm),
            taken: 0,
            done: vec![],
        };
        Self(measures.iter().map(state).collect())
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.iter_mut().for_each(|state| state.update(bytes));
    }

    /// For each measure, in the order that they were given, its digests: one of whole content, one for each shard.
    #[must_use]
    pub fn finish(self) -> Vec<Vec<Vec<u8>>> {
        self.0.into_iter().map(State::finish).collect()
    }
}

impl State {
    fn update(&mut self, mut bytes: &[u8]) {
        let Some(shard) = self.measure.shard else { return self.engine.update(bytes) };
        while !bytes.is_empty() {
            let left = usize::try_from(shard.get().saturating_sub(self.taken)).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at_checked(left).unwrap_or((bytes, &[]));
            self.engine.update(now);
            self.taken = self.taken.saturating_add(u64::try_from(now.len()).unwrap_or(u64::MAX));
            if self.taken >= shard.get() {
                self.next();
            }
            bytes = rest;
        }
    }

    /// Ends the shard under way.
    fn next(&mut self) {
        let full = std::mem::replace(&mut self.engine, Engine::new(self.measure.algorithm));
        self.done.push(full.finish());
        self.taken = 0;
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        if self.measure.shard.is_none() || self.taken > 0 {
            self.next();
        }
        self.done
    }
}

enum Engine {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake2b(Box<blake2::Blake2b512>),
    Blake3(Box<blake3::Hasher>),
}

impl Engine {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(sha2::Sha512::new()),
            Algorithm::Blake2b => Self::Blake2b(Box::default()),
            Algorithm::Blake3 => Self::Blake3(Box::default()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
            Self::Blake2b(hasher) => hasher.update(bytes),
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
            Self::Blake2b(hasher) => hasher.finalize().to_vec(),
            Self::Blake3(hasher) => hasher.finalize().as_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;

    fn measured(measures: &[Measure], parts: &[&[u8]]) -> Vec<Vec<Vec<u8>>> {
        let mut measurer = Measurer::new(measures);
        parts.iter().for_each(|part| measurer.update(part));
        measurer.finish()
    }

    #[test]
    fn known_answers() {
        // RFC 7693 appendix A, FIPS 180-2 appendices B and C, and the first case of BLAKE3's test vectors.
        let known = [
            (Algorithm::Sha256, &b"abc"[..], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algorithm::Sha384, b"abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"),
            (Algorithm::Sha512, b"abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"),
            (Algorithm::Blake2b, b"abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b7"),
            (Algorithm::Blake3, b"", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7"),
        ];
        for (algorithm, content, digest) in known {
            let found = algorithm.of(content);
            assert_eq!(found.len(), algorithm.size());
            assert!(hex(&found).starts_with(digest), "{algorithm:?}: {}", hex(&found));
        }
    }

    #[test]
    fn shards_do_not_depend_on_how_the_bytes_come() {
        let whole = Measure { algorithm: Algorithm::Sha256, shard: None };
        let shards = Measure { algorithm: Algorithm::Sha256, shard: NonZeroU64::new(4) };
        let expected: Vec<Vec<u8>> = [&b"abcd"[..], b"efgh", b"ij"].map(|part| Algorithm::Sha256.of(part)).into();
        for parts in [vec![&b"abcdefghij"[..]], vec![b"a", b"bcde", b"", b"fghij"]] {
            let found = measured(&[whole, shards], &parts);
            assert_eq!(found, [vec![Algorithm::Sha256.of(b"abcdefghij")], expected.clone()]);
        }
        assert_eq!(
            measured(&[shards], &[b"abcd"]),
            [[Algorithm::Sha256.of(b"abcd")]],
            "no empty shard behind a full one"
        );
        assert_eq!(measured(&[whole, shards], &[]), [vec![Algorithm::Sha256.of(b"")], vec![]]);
    }
}
