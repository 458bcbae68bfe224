//! A waiver: a finding that somebody accepted, by digest, for a time.

use crate::digest::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A waiver as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// The rule whose finding is accepted.
    pub rule: String,
    /// SHA-256 of the member, 64 hexadecimal digits.
    pub digest: String,
    /// The finding's place: `model.pt!archive/data.pkl`.
    pub path: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub approver: String,
    /// The day or time it was written, RFC 3339.
    pub created: String,
    /// The day or time from which it covers nothing, RFC 3339.
    pub expires: String,
}

/// How an approver is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The waiver says so.
    #[default]
    Declared,
    /// A signature on the waivers file says so.
    Signed,
}

/// What became of a waiver in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers a finding of this run.
    Used,
    /// No finding of this run is the one that it names.
    Unused,
    /// Its time is over; it covers nothing.
    Expired,
    /// As `used`, and its time is over within 14 days.
    Expiring,
    /// The organisation's policy does not accept it; it covers nothing.
    Refused,
}

/// A waiver in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverReport {
    /// The rule whose finding it accepts.
    pub rule: String,
    /// The member's digest.
    pub digest: Digest,
    /// The finding's place.
    pub path: String,
    /// Why it was accepted.
    pub reason: String,
    /// Who accepted it.
    pub approver: String,
    /// How the approver is known.
    pub approver_proof: Proof,
    /// Who signed the file for the approver: an identity, a certificate's subject, or `key sha256:...`; `null` where nobody did.
    #[serde(default)]
    pub signed_by: Option<String>,
    /// The day or time it was written, RFC 3339.
    pub created: String,
    /// The day or time from which it covers nothing, RFC 3339.
    pub expires: String,
    /// The file that has it.
    pub file: String,
    /// The line in that file, from 1.
    pub line: u64,
    /// What became of it.
    pub state: WaiverState,
    /// Why it is in that state; `null` when that says it all.
    pub why: Option<String>,
}
