//! What may be waived, for how long, by whom: an organisation's word on waivers.

use crate::config::signers;
use crate::verdict::{Proof, Signer, Waiver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Who signs the file of waivers for each approver (`weighbridge waive --sign`), in the shape of `by` under `signers`. A waiver whose
    /// approver's signature holds is `signed`; every other is `declared`.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub signers: BTreeMap<String, Vec<Signer>>,
}

/// What a signature says of an approver: who signed, or why it proves nothing.
pub type Approval = Result<String, String>;

impl Waivable {
    /// Why a waiver is not accepted; `None` when it is. `days` are those from its `created` to its `expires`; `approval` is there where
    /// [`Self::signers`] has the approver.
    #[must_use]
    pub fn refuses(&self, waiver: &Waiver, days: i64, approval: Option<&Approval>) -> Option<String> {
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
        let why = match (self.proof, approval) {
            (Proof::Declared, _) | (Proof::Signed, Some(Ok(_))) => return None,
            (Proof::Signed, Some(Err(why))) => why.clone(),
            (Proof::Signed, None) => format!("`waivable.signers` names nobody who signs for {}", waiver.approver),
        };
        Some(format!("the approver must be proved by a signature, and is only declared: {why}"))
    }

    /// What is wrong with those who sign.
    pub(super) fn wrong_signers(&self) -> Option<String> {
        self.signers.iter().find_map(|(approver, by)| match by.as_slice() {
            [] => Some(format!("nobody is named who signs for {approver}")),
            by => by.iter().find_map(signers::wrong_signer),
        })
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
            ..Waivable::default()
        };
        assert_eq!(waivable.refuses(&waiver, 30, None), None);
        assert_eq!(
            Waivable::default().refuses(&waiver, 1, None).map(|why| why.contains("cannot be waived")),
            Some(true)
        );
        let exact = Waivable { rules: vec!["core/unknown-format".to_owned()], ..Waivable::default() };
        assert_eq!(exact.refuses(&waiver, 9_999, None), None);
        let other = Waiver { rule: "core/polyglot".to_owned(), ..waiver.clone() };
        assert!(exact.refuses(&other, 1, None).unwrap().contains("core/polyglot"));
        assert!(waivable.refuses(&waiver, 31, None).unwrap().contains("31 days"));
        let someone = Waiver { approver: "b".to_owned(), ..waiver.clone() };
        assert!(waivable.refuses(&someone, 1, None).unwrap().contains("may not approve"));
        let signed = Waivable { proof: Proof::Signed, ..waivable };
        assert!(signed.refuses(&waiver, 1, None).unwrap().contains("names nobody who signs for a@example.org"));
        assert!(signed.refuses(&waiver, 1, Some(&Err("it changed".to_owned()))).unwrap().contains("it changed"));
        assert_eq!(signed.refuses(&waiver, 1, Some(&Ok("key".to_owned()))), None);
    }
}
