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

impl Rule {
    /// What to do, where there is no finding: a remedy that is one placeholder is all the finding's.
    #[must_use]
    pub fn advice(&self) -> &str {
        let inner = self.remedy.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner {
            Some(name) if !name.contains(['{', '}']) => "It depends on what was found, and the finding says it.",
            _ => &self.remedy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_that_is_one_placeholder_is_the_findings() {
        let rule = |remedy: &str| Rule {
            id: "a/b".to_owned(),
            title: String::new(),
            description: String::new(),
            level: Level::Deny,
            message: String::new(),
            remedy: remedy.to_owned(),
            since: String::new(),
            effective_on: None,
            formats: Vec::new(),
            related_resources: Vec::new(),
        };
        assert!(rule("{remedy}").advice().contains("the finding says it"));
        for whole in ["Remove it.", "{a} and {b}", "Raise it in `{owner}`."] {
            assert_eq!(rule(whole).advice(), whole);
        }
    }
}
