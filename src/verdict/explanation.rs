//! Why a rule fired or did not: the facts it stands on, and the lines that were reached.

use crate::verdict::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one rule made of one artifact's facts. Rules that fired are explained, and those that are not shipped in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The artifact's path.
    pub artifact: String,
    /// The rule's id.
    pub rule: String,
    /// Its module.
    pub file: String,
    /// What it found, in the report's order; empty when it did not fire.
    pub fired: Vec<Fired>,
    /// The module's lines that hold something to evaluate.
    pub lines: Vec<Line>,
}

/// One finding and the facts that it stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fired {
    /// The finding's level.
    pub level: Level,
    /// The member: `model.pt!archive/data.pkl`.
    pub place: String,
    /// Byte offset in the member.
    pub offset: Option<u64>,
    /// What was found, in one sentence.
    pub message: String,
    /// The records of the facts.
    pub facts: Vec<FactAt>,
}

/// A record of the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactAt {
    /// Where it stands in the facts, as a JSON pointer (RFC 6901): `/pickles/0/calls/3`.
    pub pointer: String,
    /// Whether the rule was tried without the record and did not give the finding; `null` when it was not tried.
    pub decisive: Option<bool>,
    /// The record.
    pub record: serde_json::Value,
}

/// A line of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its number, from 1.
    pub line: u32,
    /// Whether the rule came to it for this artifact.
    pub reached: bool,
    /// Its text.
    pub text: String,
}
