//! What a text beside the weights mentions: addresses, and what looks like a secret.

use crate::facts::MemberId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a metadata text mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// The member whose metadata it is.
    pub member: MemberId,
    /// The key that the text stands at, escaped.
    pub key: String,
    /// What is mentioned.
    pub kind: MentionKind,
    /// What it is, escaped; of a credential no more than its first letters, and of an address neither user nor query.
    pub value: String,
    /// How many there are at this key.
    pub count: u64,
}

/// What a text mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MentionKind {
    /// An address with a scheme (`https://host/path`).
    Url,
    /// The number of a machine (IPv4 or IPv6) in the place of an address's host.
    IpAddress,
    /// A token, key or password by the shape that its issuer gives it.
    Credential,
}
