//! What `weighbridge verify` is told: who is expected to have signed, and what counts as signed.

use crate::cli::arguments::Trusting;
use clap::{ArgGroup, Args, ValueHint};
use std::path::PathBuf;

/// Who is expected to have signed, and what counts as signed.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("signer").required(true).args(["key", "ca", "identity"]))]
pub(in crate::cli) struct Verifying {
    /// The signature [default: model.sig in a directory, or the model's name with .sig, .sigstore.json or .sigstore]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub bundle: Option<PathBuf>,
    /// The signer's public key in PEM: P-256, P-384 or P-521
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// Certificates in PEM of the authorities that say who may sign
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub ca: Option<PathBuf>,
    /// The identity that signed keyless, exactly: an address or a URI
    #[arg(long, value_name = "ID")]
    pub identity: Option<String>,
    /// The issuer that vouched for the identity, exactly; may be left out with --github alone
    #[arg(long, value_name = "URL", requires = "identity")]
    pub issuer: Option<String>,
    #[command(flatten)]
    pub trusting: Trusting,
    /// A path inside the model that need not be signed, with everything below it; may be given again
    #[arg(long, value_name = "PATH")]
    pub ignore: Vec<String>,
    /// Take signatures of model-signing 0.2 too
    #[arg(long)]
    pub legacy: bool,
    /// What an attestation is to say, by its URI, when it says something else than who built, released or signed the model; may be given
    /// again
    #[arg(long, value_name = "URI", conflicts_with = "require_verdict")]
    pub predicate_type: Vec<String>,
    /// Ask for the attestation that the model passed, in place of its signature [found as claims.jsonl in a directory, or as the
    /// model's name with .claims.jsonl]
    #[arg(long)]
    pub require_verdict: bool,
    /// The policy that the model is to have passed, as a report names it; may be given again, and any will do
    #[arg(long, value_name = "DIGEST", requires = "require_verdict", value_parser = policy_digest)]
    pub policy_digest: Vec<String>,
}

/// `sha256:` and 64 hexadecimal digits.
fn policy_digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let plain = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
    if digits.len() == 64 && digits.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("not sha256: and 64 lower-case hexadecimal digits, as a report's policy.digest is".to_owned())
    }
}
