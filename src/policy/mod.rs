//! Temporary: stands for the policy room until it is merged.
#![allow(missing_docs, reason = "temporary")]
use crate::facts::Facts;
use crate::verdict::{AllowEntry, Finding, Level, PolicySource, Rule};
use std::path::Path;

#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("{0}: cannot be read as a policy directory")]
    Unreadable(String),
}

pub struct PolicySet {
    sources: Vec<PolicySource>,
    rules: Vec<Rule>,
}

impl PolicySet {
    pub fn embedded() -> Result<Self, PolicyError> {
        let rule = Rule {
            id: "core/incomplete".into(),
            title: "Not read whole".into(),
            description: "A part of the artifact could not be read.".into(),
            level: Level::Deny,
            message: "{what}".into(),
            remedy: "Have it repaired.".into(),
            since: "0.1.0".into(),
            effective_on: None,
            related_resources: Vec::new(),
        };
        let source = PolicySource { name: "embedded".into(), digest: "sha256:00".into(), rules: 1 };
        Ok(Self { sources: vec![source], rules: vec![rule] })
    }
    pub fn with_directory(self, path: &Path) -> Result<Self, PolicyError> {
        if path.is_dir() { Ok(self) } else { Err(PolicyError::Unreadable(path.display().to_string())) }
    }
    pub fn with_allow(self, _: &[AllowEntry], _: &str) -> Result<Self, PolicyError> {
        Ok(self)
    }
    pub fn digest(&self) -> String {
        "sha256:00".into()
    }
    pub fn sources(&self) -> &[PolicySource] {
        &self.sources
    }
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

pub struct Judge;
impl Judge {
    pub fn new(_: &PolicySet) -> Result<Self, PolicyError> {
        Ok(Self)
    }
    pub fn judge(&self, facts: &Facts) -> Result<Vec<Finding>, PolicyError> {
        Ok(facts
            .incomplete
            .iter()
            .map(|one| Finding {
                rule: "core/incomplete".into(),
                level: Level::Deny,
                title: "Not read whole".into(),
                message: one.what.clone(),
                place: facts.members.iter().find(|m| m.id == one.member).map(|m| m.path.clone()).unwrap_or_default(),
                member_digest: None,
                offset: one.offset,
                evidence: None,
                remedy: "Have it repaired.".into(),
                allow: None,
                waived: None,
            })
            .collect())
    }
}
