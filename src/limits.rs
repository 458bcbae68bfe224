//! Ceilings for hostile input ([`Limits`]) and what is left of them ([`Budget`]). Reads nothing, judges nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ceilings, one field each. All count units of work, so that one file always gives one result on every machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// How deep members may nest. Real models nest at most 5 (tar.gz of a zip with an npz with npy inside).
    pub depth: u32,
    /// Members of one top-level file. The largest sharded checkpoints list some 20,000 storages.
    pub members: u64,
    /// Files of one directory artifact.
    pub files: u64,
    /// Bytes that compressed content may decode to, over one top-level file. The largest single shards on hubs are near 50 GB, uncompressed.
    pub decoded: u64,
    /// Decoded bytes for each compressed byte, once more than [`Self::ratio_floor`] was decoded; asked of each stream and of the
    /// whole file. Weights seldom reach 3; deflate's ceiling, for a file of zeros, is 1,032.
    pub ratio: u64,
    /// Decoded bytes below which no ratio is asked: small files of zeros compress well.
    pub ratio_floor: u64,
    /// Opcodes of all pickles, and items of other serializations, of one top-level file. 200 MB of dense opcodes are near 100 million.
    pub opcodes: u64,
    /// Values on a pickle's stack. CPython's pickler batches 1,000 items; a tuple of a million is still read.
    pub stack: u64,
    /// Memo slots of a pickle.
    pub memo: u64,
    /// Lists, tuples, dicts and sets of a pickle whose content is followed; later ones are known by their kind only, and an argument
    /// that holds one says that it is not complete.
    pub values: u64,
    /// Records kept in each table of the facts, per top-level file.
    pub records: u64,
    /// Facts kept of one top-level file, and of one directory: bytes of their JSON, and 350 for each object in it. Facts and the policies' engine
    /// together take two bytes of memory for each, beside some 40 MiB. A file costs some 1,700, a tensor 450, a Python module of 500 lines
    /// 100,000.
    pub facts: u64,
    /// Bytes kept of one text.
    pub text: u64,
    /// Bytes of a header that is read whole into memory (safetensors refuses more than 100,000,000).
    pub header: u64,
    /// Bytes of a template that is parsed. The longest chat templates of hubs are near 30 kB.
    pub template: u64,
    /// Bytes of Python source that is parsed. The longest modules of large libraries are near 1 MB.
    pub source: u64,
    /// Bytes of decoded content kept in memory before it goes to a temporary file.
    pub spool_memory: u64,
    /// Bytes of temporary files at one time.
    pub spool_disk: u64,
    /// Bytes of memory that a decoder may ask for its dictionary (xz -9 asks for 64 MiB).
    pub dictionary: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            members: 200_000,
            files: 100_000,
            decoded: 64 << 30,
            ratio: 250,
            ratio_floor: 256 << 20,
            opcodes: 400_000_000,
            stack: 4_000_000,
            memo: 10_000_000,
            values: 3_000_000,
            records: 4_096,
            facts: 56 << 20,
            text: 512,
            header: 100_000_000,
            template: 1 << 20,
            source: 4 << 20,
            spool_memory: 4 << 20,
            spool_disk: 64 << 30,
            dictionary: 80 << 20,
        }
    }
}

/// What is left of the ceilings for one top-level file. Neither `Clone` nor `Copy`: work that was done stays done.
#[derive(Debug)]
pub struct Budget {
    members: u64,
    decoded: u64,
    opcodes: u64,
    spooled: u64,
    facts: u64,
}

/// The ceiling that was reached, by its name in [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit `{0}` was reached")]
pub struct Exhausted(pub &'static str);

impl Budget {
    /// A full budget for one top-level file of `size` bytes.
    #[must_use]
    pub fn new(limits: &Limits, size: u64) -> Self {
        let decoded = limits.decoded.min(limits.ratio_floor.max(size.saturating_mul(limits.ratio)));
        Self {
            members: limits.members,
            decoded,
            opcodes: limits.opcodes,
            spooled: limits.spool_disk,
            facts: limits.facts,
        }
    }

    /// Pays for one member.
    ///
    /// # Errors
    /// [`Exhausted`] when nothing is left; so do all the others.
    pub fn member(&mut self) -> Result<(), Exhausted> {
        pay(&mut self.members, 1, "members")
    }

    /// Pays for `bytes` of decoded content.
    pub fn decoded(&mut self, bytes: u64) -> Result<(), Exhausted> {
        pay(&mut self.decoded, bytes, "decoded")
    }

    /// Pays for `count` pickle opcodes.
    pub fn opcodes(&mut self, count: u64) -> Result<(), Exhausted> {
        pay(&mut self.opcodes, count, "opcodes")
    }

    /// Pays for `bytes` of temporary files.
    pub fn spooled(&mut self, bytes: u64) -> Result<(), Exhausted> {
        pay(&mut self.spooled, bytes, "spool-disk")
    }

    /// Pays for `bytes` of facts.
    pub fn facts(&mut self, bytes: u64) -> Result<(), Exhausted> {
        pay(&mut self.facts, bytes, "facts")
    }

    /// Bytes of facts that can still be paid for.
    #[must_use]
    pub fn facts_left(&self) -> u64 {
        self.facts
    }

    /// Puts back what was left of the facts at an earlier time: what was written since is taken back.
    pub fn facts_back(&mut self, left: u64) {
        self.facts = self.facts.max(left);
    }

    /// Gives back `bytes` of temporary files that are gone.
    pub fn unspooled(&mut self, bytes: u64) {
        self.spooled = self.spooled.saturating_add(bytes);
    }
}

fn pay(left: &mut u64, amount: u64, name: &'static str) -> Result<(), Exhausted> {
    match left.checked_sub(amount) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => {
            *left = 0;
            Err(Exhausted(name))
        }
    }
}
