//! The layers of a policy, each judged in an engine of its own, and their findings united: a later layer adds findings and raises
//! levels, and whatever else it does, the findings of the layers below stand.

use crate::digest;
use crate::facts::Facts;
use crate::policy::{Judge, PolicyError, PolicySet};
use crate::verdict::{Explanation, Finding, Level, PolicySource, Rule};
use std::collections::BTreeMap;
use std::path::Path;

/// The policy of one run. Every set is settled ([`PolicySet::with_settings`]).
#[derive(Debug, Clone)]
pub struct Layers {
    /// Embedded and organisation, when there is an organisation and the repository adds to it.
    floor: Option<PolicySet>,
    /// All there is.
    whole: PolicySet,
}

impl Layers {
    /// One layer alone.
    #[must_use]
    pub fn one(set: PolicySet) -> Self {
        Self { floor: None, whole: set }
    }

    /// An organisation's set, and the same with all that the repository adds.
    #[must_use]
    pub fn two(organisation: PolicySet, whole: PolicySet) -> Self {
        Self { floor: Some(organisation), whole }
    }

    /// `sha256:...` over all layers.
    #[must_use]
    pub fn digest(&self) -> String {
        match &self.floor {
            None => self.whole.digest(),
            Some(floor) => {
                let both = format!("{}\n{}", floor.digest(), self.whole.digest());
                format!("sha256:{}", digest::of(both.as_bytes()).sha256)
            }
        }
    }

    /// The sources of all layers, in the order they were added.
    #[must_use]
    pub fn sources(&self) -> &[PolicySource] {
        self.whole.sources()
    }

    /// The rules of all layers, sorted by id, with their levels as they are raised.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let raise = |rule: &Rule| {
            let raised = self.whole.levels.contains(&rule.id);
            Rule {
                level: if raised { Level::Deny } else { rule.level },
                effective_on: rule.effective_on.clone().filter(|_| !raised),
                ..rule.clone()
            }
        };
        self.whole.rules().iter().map(raise).collect()
    }
}

/// One judge a layer.
#[derive(Debug)]
pub struct Judges {
    judges: Vec<Judge>,
    layers: Layers,
}

impl Judges {
    /// Prepares every layer. `program` is this program's own file, see [`Judge::new`].
    ///
    /// # Errors
    /// As [`Judge::new`], for the first layer that is wrong.
    pub fn new(layers: &Layers, program: &Path) -> Result<Self, PolicyError> {
        let sets = layers.floor.iter().chain(std::iter::once(&layers.whole));
        Ok(Self { judges: sets.map(|set| Judge::new(set, program)).collect::<Result<_, _>>()?, layers: layers.clone() })
    }

    /// Judges the facts of one artifact by every layer. Findings are in no order.
    ///
    /// # Errors
    /// As [`Judge::judge`], for the first layer that fails.
    pub fn judge(&self, facts: &Facts) -> Result<Vec<Finding>, PolicyError> {
        let mut found = Vec::new();
        for judge in &self.judges {
            found.push(judge.judge(facts)?);
        }
        let mut united = unite(found.into_iter().flatten());
        for finding in united.iter_mut().filter(|finding| self.layers.whole.levels.contains(&finding.rule)) {
            finding.level = Level::Deny;
            finding.denies_from = None;
        }
        Ok(united)
    }

    /// Why each rule that fires on the facts does so, by the last layer's engine, which has the rules of all.
    ///
    /// # Errors
    /// As [`Judge::judge`].
    pub fn explain(&self, facts: &Facts) -> Result<Vec<Explanation>, PolicyError> {
        self.judges.last().map_or(Ok(Vec::new()), |judge| judge.explain(facts, &self.layers.whole))
    }
}

/// Findings of several layers, each once: of equal ones the higher level stays. Two members may have one place, so their digests are
/// part of what makes findings equal, and so is the evidence.
fn unite(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut united: BTreeMap<_, Finding> = BTreeMap::new();
    for finding in findings {
        let key = (
            finding.rule.clone(),
            finding.place.clone(),
            finding.member_digest.clone(),
            finding.offset,
            finding.message.clone(),
            finding.evidence.clone(),
        );
        match united.get_mut(&key) {
            Some(first) if first.level >= finding.level => {}
            Some(first) => *first = finding,
            None => {
                united.insert(key, finding);
            }
        }
    }
    united.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level, digest: &[u8], message: &str) -> Finding {
        Finding {
            rule: "own/rule".to_owned(),
            level,
            title: "A title".to_owned(),
            message: message.to_owned(),
            place: "model.zip!a".to_owned(),
            file: "model.zip".to_owned(),
            member_digest: Some(digest::of(digest)),
            offset: Some(3),
            evidence: None,
            remedy: String::new(),
            allow: None,
            denies_from: None,
            waived: None,
            not_waived: None,
        }
    }

    #[test]
    fn equal_findings_are_one_and_the_higher_level_wins() {
        let (warn, deny) = (finding(Level::Warn, b"1", "x"), finding(Level::Deny, b"1", "x"));
        for both in [[warn.clone(), deny.clone()], [deny.clone(), warn.clone()]] {
            assert_eq!(unite(both.into_iter()), std::slice::from_ref(&deny));
        }
        let others = [warn, finding(Level::Warn, b"2", "x"), finding(Level::Warn, b"1", "y")];
        assert_eq!(unite(others.into_iter()).len(), 3);
    }
}
