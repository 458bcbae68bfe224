//! What `weighbridge sign` is told: who signs, how the files are digested, and where the signature goes.

use crate::cli::arguments::KeylessSigning;
use crate::digest::{Algorithm, Measure};
use clap::{ArgGroup, Args, ValueEnum, ValueHint};
use std::num::NonZeroU64;
use std::path::PathBuf;

/// Who signs.
#[derive(Debug, Args)]
pub(in crate::cli) struct Signatory {
    /// The signer's private key in PEM: P-256, P-384 or P-521, SEC 1 or PKCS#8, which may be encrypted
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// The certificate that was issued for the key, in PEM; without it the bare key signs
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath, requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The certificates between that one and the authority, the nearest first, in PEM
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath, requires = "certificate")]
    pub chain: Option<PathBuf>,
    /// A file that holds the key's password [default: the variable WEIGHBRIDGE_KEY_PASSWORD, or ask in a terminal]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "key")]
    pub password_file: Option<PathBuf>,
    #[command(flatten)]
    pub keyless: KeylessSigning,
}

/// Who signs, how, and where to.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("by").required(true).args(["key", "keyless"]))]
pub(in crate::cli) struct Signing {
    #[command(flatten)]
    pub signatory: Signatory,
    /// The signature's file [default: model.sig in a directory, or the model's name with .sig]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub bundle: Option<PathBuf>,
    /// The file for the attestations of the verdict [default: claims.jsonl in a directory, the model's name with .claims.jsonl, or
    /// the signature's when that was given]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub attestations: Option<PathBuf>,
    /// The hash function of the signature
    #[arg(long, value_enum, default_value_t = HashFunction::Sha256)]
    pub hash: HashFunction,
    /// Sign shards of so many bytes instead of whole files
    #[arg(long, value_name = "BYTES")]
    pub shard_size: Option<NonZeroU64>,
    /// A path inside the model that is not signed, with everything below it; may be given again
    #[arg(long, value_name = "PATH")]
    pub ignore: Vec<String>,
    /// Attest a SLSA verification summary as well, of the model at this URI
    #[arg(long, value_name = "URI")]
    pub vsa: Option<String>,
    /// Replace a signature that is there, and the whole file of attestations
    #[arg(long)]
    pub force: bool,
}

impl Signatory {
    /// The files that it names.
    pub(in crate::cli) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let Self { key, certificate, chain, password_file, keyless } = self;
        let KeylessSigning { identity_token, signing_config, trusted_root, .. } = keyless;
        [key, certificate, chain, password_file, identity_token, signing_config, trusted_root].into_iter().flatten()
    }
}

impl Signing {
    /// How files are digested.
    pub(in crate::cli) fn measure(&self) -> Measure {
        let algorithm = match self.hash {
            HashFunction::Sha256 => Algorithm::Sha256,
            HashFunction::Blake2b => Algorithm::Blake2b,
            HashFunction::Blake3 => Algorithm::Blake3,
        };
        Measure { algorithm, shard: self.shard_size }
    }
}

/// The hash functions of model signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum HashFunction {
    Sha256,
    Blake2b,
    Blake3,
}
