//! A rule as its METADATA says: the only source of words about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a finding of a rule does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Told, and passed unless `--fail-on warn`.
    Warn,
    /// The artifact fails.
    Deny,
}

impl std::fmt::Display for Level {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

/// The level that a rule's warnings are raised to; there is one, because a level is never lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Raised {
    /// The artifact fails.
    Deny,
}

/// One thing that a policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `group/rule-name`; the package is `weighbridge.group.rule_name`.
    pub id: String,
    /// A few words, as in a headline.
    pub title: String,
    /// What happens, why it is bad; Markdown.
    pub description: String,
    /// What a finding does.
    pub level: Level,
    /// The finding's sentence, with `{placeholders}` filled from the finding's `with`.
    pub message: String,
    /// What to do, with `{placeholders}`.
    pub remedy: String,
    /// The version that brought the rule.
    pub since: String,
    /// The day (RFC 3339) from which `level` holds; before it, a finding only warns. `null`: from the start.
    pub effective_on: Option<String>,
    /// The formats that it speaks of, or families of them (`data.families`); `[]`: any.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Pages to read on.
    pub related_resources: Vec<String>,
}
