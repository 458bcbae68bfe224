//! Those whom a configuration names to sign what judges, and whether one of them did. For models the policies decide that
//! (`policies/lib/signature.rego`); what decides which policies there are cannot be left to one.

use crate::attest::bundle::Bundle;
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::Claim;
use crate::attest::verification::SignedBy;
use crate::attest::{Known, Terms};
use crate::facts::{Inventory, SignatureKind};
use crate::time;
use crate::verdict::Signer;

/// Any of several signers, with what their signatures are verified with.
pub struct Signatories {
    known: Known,
    /// With keys, authorities and roots by the names that `known` has for them.
    by: Vec<Signer>,
    timed: bool,
}

impl Signatories {
    /// `by` names keys, authorities and roots as `known` said when it was given them; `timed` asks for a proven time.
    #[must_use]
    pub fn new(known: Known, by: Vec<Signer>, timed: bool) -> Self {
        Self { known, by, timed }
    }

    /// Who is to have signed, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        let words: Vec<String> = self.by.iter().map(words).collect();
        words.join(", or ")
    }

    pub(super) fn authenticate(
        &self,
        bundle: &Bundle,
        claim: &Claim,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<SignedBy, Refusal> {
        let (by, root) = self.known.authenticate(bundle, claim, inventory, terms)?;
        let who = by.who();
        let is_named = |signer: &&Signer| is_named(signer, bundle.kind(), &by, root.as_deref());
        let named: Vec<&Signer> = self.by.iter().filter(is_named).collect();
        if named.is_empty() {
            let what = format!("signed by {who}, and {} is asked for", self.expected());
            return Err(Refusal::new(Reason::SignerNotNamed, what));
        }
        if !named.iter().any(|signer| in_force(signer, &by, terms.now)) {
            let when = if by.times.is_empty() { "now" } else { "at the time of signing" };
            let what = format!("signed by {who}, whose signatures do not count {when}");
            return Err(Refusal::new(Reason::SignerNotInForce, what));
        }
        if self.timed && by.times.is_empty() {
            let what = format!("signed by {who} at a time that nothing proves");
            return Err(Refusal::new(Reason::TimeMissing, what));
        }
        Ok(by)
    }
}

/// Whether a signer of the configuration is the one who signed.
fn is_named(signer: &Signer, kind: SignatureKind, by: &SignedBy, root: Option<&str>) -> bool {
    if let Some(fingerprint) = &signer.fingerprint {
        return *fingerprint == by.key;
    }
    if let Some(authority) = &signer.authority {
        let subject = signer.subject.is_none() || signer.subject == by.subject;
        return kind == SignatureKind::Certificate && root == Some(authority) && subject;
    }
    // An identity is proven by the instance that is named, whoever vouched for it there.
    let here = kind == SignatureKind::Keyless && root.is_some() && signer.root.as_deref() == root;
    let Some(identity) = by.identity.as_deref().filter(|_| here) else { return false };
    let exact = signer.identity.as_deref() == Some(identity);
    let like = || {
        let pattern = signer.pattern.as_deref().and_then(|pattern| regex::Regex::new(pattern).ok());
        pattern.is_some_and(|pattern| pattern.is_match(identity))
    };
    signer.issuer.is_some() && signer.issuer == by.issuer && (exact || like())
}

/// Whether a signer counts at every proven time, and where none is proven at `now`, in seconds since 1970.
fn in_force(signer: &Signer, by: &SignedBy, now: u64) -> bool {
    let bound = |text: &Option<String>| text.as_deref().map(time::instant);
    let (from, until) = (bound(&signer.from), bound(&signer.until));
    let mut moments: Vec<_> = by.times.iter().map(|proven| time::instant(&proven.at)).collect();
    if moments.is_empty() {
        moments.push(i64::try_from(now).ok().and_then(time::second));
    }
    moments.into_iter().all(|moment| {
        let begun = from.is_none_or(|from| from.zip(moment).is_some_and(|(from, moment)| from <= moment));
        let lasts = until.is_none_or(|until| until.zip(moment).is_some_and(|(until, moment)| moment < until));
        moment.is_some() && begun && lasts
    })
}

fn words(signer: &Signer) -> String {
    let Signer { fingerprint, identity, pattern, authority, subject, .. } = signer;
    match (fingerprint, identity, pattern, authority, subject) {
        (Some(fingerprint), ..) => format!("key sha256:{fingerprint}"),
        (_, Some(identity), ..) => identity.clone(),
        (_, _, Some(pattern), ..) => format!("an identity like {pattern}"),
        (_, _, _, _, Some(subject)) => subject.clone(),
        (_, _, _, Some(authority), None) => format!("a certificate of the authority {authority}"),
        _ => "nobody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Proof, SigningTime};
    use std::collections::BTreeMap;

    fn by(identity: Option<&str>, times: &[&str]) -> SignedBy {
        let time = |at: &&str| SigningTime { at: (*at).to_owned(), proof: Proof::Timestamp };
        SignedBy {
            key: "ab".repeat(32),
            subject: Some("CN=a".to_owned()).filter(|_| identity.is_none()),
            identity: identity.map(str::to_owned),
            issuer: Some("https://issuer.example".to_owned()),
            claims: BTreeMap::new(),
            times: times.iter().map(time).collect(),
        }
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn only_who_is_named_is_named() {
        use SignatureKind::{Certificate, Key, Keyless};
        let key = Signer { fingerprint: Some("ab".repeat(32)), ..Signer::default() };
        assert!(is_named(&key, Key, &by(None, &[]), None));
        assert!(!is_named(&Signer { fingerprint: Some("cd".repeat(32)), ..key }, Key, &by(None, &[]), None));

        let identity = Signer {
            identity: text("a@example.org"),
            issuer: text("https://issuer.example"),
            root: text("public"),
            ..Signer::default()
        };
        let a = by(Some("a@example.org"), &[]);
        assert!(is_named(&identity, Keyless, &a, Some("public")));
        for (kind, root) in [(Keyless, Some("github")), (Keyless, None), (Certificate, Some("public"))] {
            assert!(!is_named(&identity, kind, &a, root), "{kind:?} {root:?}");
        }
        assert!(!is_named(&identity, Keyless, &by(Some("b@example.org"), &[]), Some("public")));
        let other = Signer { issuer: text("https://other.example"), ..identity.clone() };
        assert!(!is_named(&other, Keyless, &a, Some("public")));
        let like = Signer { identity: None, pattern: text("^(?:[ab]@example\\.org)$"), ..identity };
        assert!(is_named(&like, Keyless, &a, Some("public")));
        assert!(!is_named(&like, Keyless, &by(Some("xa@example.org"), &[]), Some("public")));

        let authority = Signer { authority: text("sha256:1"), ..Signer::default() };
        assert!(is_named(&authority, Certificate, &by(None, &[]), Some("sha256:1")));
        assert!(!is_named(&authority, Certificate, &by(None, &[]), Some("sha256:2")));
        assert!(!is_named(&authority, Keyless, &by(None, &[]), Some("sha256:1")));
        let subject = |subject: &str| Signer { subject: text(subject), ..authority.clone() };
        assert!(is_named(&subject("CN=a"), Certificate, &by(None, &[]), Some("sha256:1")));
        assert!(!is_named(&subject("CN=b"), Certificate, &by(None, &[]), Some("sha256:1")));
        assert!(!is_named(&Signer::default(), Keyless, &a, None));
    }

    #[test]
    fn a_signer_counts_from_one_day_to_another() {
        let signer = Signer { from: text("2026-01-01"), until: text("2026-02-01"), ..Signer::default() };
        let now = u64::try_from(time::instant("2026-01-15").unwrap().as_second()).unwrap();
        let year = 366 * 86_400;
        assert!(in_force(&signer, &by(None, &[]), now));
        assert!(!in_force(&signer, &by(None, &[]), now + year) && !in_force(&signer, &by(None, &[]), now - year));
        // A proven time counts, whatever day it is.
        assert!(in_force(&signer, &by(None, &["2026-01-31T23:59:59Z"]), now + year));
        assert!(!in_force(&signer, &by(None, &["2026-02-01T00:00:00Z"]), now));
        assert!(!in_force(&signer, &by(None, &["2026-01-31T00:00:00Z", "2025-12-31T23:59:59Z"]), now));
        assert!(!in_force(&signer, &by(None, &["soon"]), now));
        assert!(in_force(&Signer::default(), &by(None, &[]), now + year));
    }
}
