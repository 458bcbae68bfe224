//! One rule at one place.

use crate::digest::Digest;
use crate::verdict::{Level, Waived};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// One rule at one place. All text that comes from an artifact is escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What it does to the verdict.
    pub level: Level,
    /// The rule's headline.
    pub title: String,
    /// What was found, in one sentence.
    pub message: String,
    /// The member: `model.pt!archive/data.pkl`.
    pub place: String,
    /// The file on disk that holds it: the artifact, or the file below a named directory; the directory's path when it is about that.
    pub file: String,
    /// The member's digest.
    pub member_digest: Option<Digest>,
    /// Byte offset in the member.
    pub offset: Option<u64>,
    /// What stands there: disassembled opcodes, a header's fields.
    pub evidence: Option<String>,
    /// What to do.
    pub remedy: String,
    /// The narrowest allow entry that lets it pass, as YAML, and the file that owns the list; `null` when none is offered.
    pub allow: Option<String>,
    /// The day or time (RFC 3339) from which its rule denies; until then it only warns. `null`: its level is what it stays.
    pub denies_from: Option<String>,
    /// The waiver that accepts it.
    pub waived: Option<Waived>,
    /// Why a waiver that names it does not accept it: expired, or refused by the organisation's policy. `null`: there is none.
    pub not_waived: Option<String>,
}

impl Finding {
    /// What findings are sorted by: worst first, then by place, offset, rule and message.
    #[must_use]
    pub fn order(&self) -> (Reverse<Level>, &str, Option<u64>, &str, &str) {
        (Reverse(self.level), &self.place, self.offset, &self.rule, &self.message)
    }
}
