//! What may be waived, for how long, by whom: an organisation's word on waivers.

use crate::verdict::{Proof, Waiver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may be waived. With an organisation's policy and without this, nothing may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waivable {
    /// Ids of rules, `core/unknown-format`, or of groups, `core`. What is not listed cannot be waived.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub rules: Vec<String>,
    /// Days from `created` to `expires` at most; `null`: any.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub longest: Option<u32>,
    /// Who may approve; `null`: anyone.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub approvers: Option<Vec<String>>,
    /// Whether it is enough that a waiver says who approved it, or a signature must prove it.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub proof: Proof,
}

impl Waivable {
    /// Why a waiver is not accepted; `None` when it is. `days` are those from its `created` to its `expires`.
    #[must_use]
    pub fn refuses(&self, waiver: &Waiver, days: i64) -> Option<String> {
        let group = waiver.rule.split('/').next().unwrap_or_default();
        if !self.rules.iter().any(|rule| *rule == waiver.rule || rule == group) {
            return Some(format!("the rule {} cannot be waived; `waivable` has the rules that can", waiver.rule));
        }
        if let Some(longest) = self.longest.filter(|longest| days > i64::from(*longest)) {
            return Some(format!("it lasts {days} days, and {longest} are the most"));
        }
        if self.approvers.as_ref().is_some_and(|approvers| !approvers.contains(&waiver.approver)) {
            return Some(format!("{} may not approve waivers", waiver.approver));
        }
        match self.proof {
            Proof::Declared => None,
            Proof::Signed => Some("the approver must be proved by a signature, and is only declared".to_owned()),
        }
    }

    /// The first rule that is written as none.
    pub(super) fn wrong(&self) -> Option<&str> {
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let parts = |rule: &str| rule.split('/').count() <= 2 && rule.split('/').all(word);
        self.rules.iter().map(String::as_str).find(|rule| !parts(rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_refuses() {
        let waiver = Waiver {
            rule: "core/unknown-format".to_owned(),
            approver: "a@example.org".to_owned(),
            ..Waiver::default()
        };
        let waivable = Waivable {
            rules: vec!["core".to_owned()],
            longest: Some(30),
            approvers: Some(vec!["a@example.org".to_owned()]),
            proof: Proof::Declared,
        };
        assert_eq!(waivable.refuses(&waiver, 30), None);
        assert_eq!(Waivable::default().refuses(&waiver, 1).map(|why| why.contains("cannot be waived")), Some(true));
        let exact = Waivable { rules: vec!["core/unknown-format".to_owned()], ..Waivable::default() };
        assert_eq!(exact.refuses(&waiver, 9_999), None);
        let other = Waiver { rule: "core/polyglot".to_owned(), ..waiver.clone() };
        assert!(exact.refuses(&other, 1).unwrap().contains("core/polyglot"));
        assert!(waivable.refuses(&waiver, 31).unwrap().contains("31 days"));
        let someone = Waiver { approver: "b".to_owned(), ..waiver.clone() };
        assert!(waivable.refuses(&someone, 1).unwrap().contains("may not approve"));
        let signed = Waivable { proof: Proof::Signed, ..waivable };
        assert!(signed.refuses(&waiver, 1).unwrap().contains("signature"));
    }
}
