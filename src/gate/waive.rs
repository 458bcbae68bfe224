//! Findings that somebody accepted, by digest and for a time. Applied after judging and never in a policy; what a waiver does not
//! name exactly stays as it is.

use crate::config::{Listed, Waivable, Waivers};
use crate::digest::Digest;
use crate::facts::{Incomplete, IncompleteKind};
use crate::time;
use crate::verdict::{Finding, Proof, UNREAD, Waived, Waiver, WaiverReport, WaiverState};

/// Days before its end in which a waiver is told to be expiring.
const SOON: i64 = 14;

/// The rule that speaks of a file which changed while it was read. No digest is that of such a file, so nothing accepts it.
const CHANGED: &str = "core/changed-while-read";

/// The waivers of a run, and what became of each so far.
pub(super) struct Ledger {
    entries: Vec<Entry>,
}

struct Entry {
    file: String,
    listed: Listed,
    /// Whether its time is over.
    expired: bool,
    /// Whether its time is over soon.
    soon: bool,
    /// Why it is not accepted.
    refused: Option<String>,
    /// Who signed for its approver.
    signed_by: Option<String>,
    /// Whether a finding is the one that it names.
    met: bool,
}

impl Ledger {
    /// Opens the files of waivers at the time of the judgement. Those of the repository have to be accepted by `waivable`.
    pub(super) fn new(files: &[(Waivers, Option<&Waivable>)], now: &str) -> Self {
        let entries = files.iter().flat_map(|(waivers, waivable)| {
            waivers.list.iter().map(|listed| Entry::new(waivers, listed, *waivable, now))
        });
        Self { entries: entries.collect() }
    }

    /// Marks the finding as waived when a waiver names its rule, its member's digest and its place and is in force; says why not when
    /// one names it and is not.
    pub(super) fn apply(&mut self, finding: &mut Finding) {
        let Some(digest) = &finding.member_digest else { return };
        for entry in &mut self.entries {
            let waiver = &entry.listed.waiver;
            if waiver.rule != finding.rule || waiver.digest != digest.sha256 || waiver.path != finding.place {
                continue;
            }
            entry.met = true;
            match entry.why_not() {
                Some(why) => finding.not_waived = Some(why),
                None => {
                    finding.waived = Some(Waived {
                        reason: waiver.reason.clone(),
                        approver: waiver.approver.clone(),
                        approver_proof: entry.proof(),
                        signed_by: entry.signed_by.clone(),
                        expires: waiver.expires.clone(),
                    });
                    finding.not_waived = None;
                    return;
                }
            }
        }
    }

    /// What became of every waiver.
    pub(super) fn report(self) -> Vec<WaiverReport> {
        self.entries.into_iter().map(Entry::report).collect()
    }
}

impl Entry {
    fn new(waivers: &Waivers, listed: &Listed, waivable: Option<&Waivable>, now: &str) -> Self {
        let waiver = &listed.waiver;
        let approval = waivers.approvals.get(&waiver.approver);
        let (created, expires) = (time::instant(&waiver.created), time::instant(&waiver.expires));
        let now = time::instant(now);
        let days = created.zip(expires).map_or(i64::MAX, |(created, expires)| time::days(created, expires));
        let left = now.zip(expires).map_or(i64::MIN, |(now, expires)| time::days(now, expires));
        let changed = (waiver.rule == CHANGED)
            .then(|| "a file that changes while it is read has no digest that a waiver could stand on".to_owned());
        Self {
            file: waivers.file.clone(),
            // What begins on a day has ended when that day begins.
            expired: left <= 0,
            soon: left <= SOON,
            refused: changed.or_else(|| waivable?.refuses(waiver, days, approval)),
            signed_by: approval.and_then(|approval| approval.clone().ok()),
            listed: listed.clone(),
            met: false,
        }
    }

    fn proof(&self) -> Proof {
        if self.signed_by.is_some() { Proof::Signed } else { Proof::Declared }
    }

    /// Why it covers nothing.
    fn why_not(&self) -> Option<String> {
        let Waiver { approver, expires, .. } = &self.listed.waiver;
        let place = format!("{}:{}", self.file, self.listed.line);
        if let Some(why) = &self.refused {
            return Some(format!("a waiver by {approver} ({place}) is refused: {why}"));
        }
        self.expired.then(|| format!("a waiver by {approver} ({place}) expired on {expires}"))
    }

    fn report(self) -> WaiverReport {
        let expires = &self.listed.waiver.expires;
        let (state, why) = match (&self.refused, self.expired, self.met, self.soon) {
            (Some(why), ..) => (WaiverState::Refused, Some(why.clone())),
            (None, true, ..) => (WaiverState::Expired, Some(format!("it expired on {expires}; it covers nothing"))),
            (None, false, false, _) => {
                let why = "no finding of this run has its rule, digest and path; take it out when that stays so";
                (WaiverState::Unused, Some(why.to_owned()))
            }
            (None, false, true, true) => (WaiverState::Expiring, Some(format!("it expires on {expires}"))),
            (None, false, true, false) => (WaiverState::Used, None),
        };
        let (approver_proof, waiver) = (self.proof(), self.listed.waiver);
        WaiverReport {
            rule: waiver.rule,
            digest: Digest { sha256: waiver.digest },
            path: waiver.path,
            reason: waiver.reason,
            approver: waiver.approver,
            approver_proof,
            signed_by: self.signed_by,
            created: waiver.created,
            expires: waiver.expires,
            file: self.file,
            line: self.listed.line,
            state,
            why,
        }
    }
}

/// Whether waivers cover what could not be read of a member at `place` with `digest`: the finding that speaks of this record is
/// waived, and so is every other one about unread content at that place, whichever member it is about.
pub(super) fn covers(record: &Incomplete, place: &str, digest: Option<&Digest>, findings: &[Finding]) -> bool {
    let Some(digest) = digest else { return false };
    let speaker = speaker(record);
    let here = || findings.iter().filter(|finding| finding.place == place);
    let open = |finding: &&Finding| finding.waived.is_none();
    let told = here().any(|finding| {
        // The stream's own rule tells where the stream ended, which may be elsewhere than its reader stopped.
        let told = finding.rule == speaker && finding.offset == record.offset || broken(record, finding);
        told && finding.member_digest.as_ref() == Some(digest) && finding.waived.is_some()
    });
    told && record.kind != IncompleteKind::Changed
        && !here().filter(open).any(|finding| UNREAD.contains(&finding.rule.as_str()))
}

fn broken(record: &Incomplete, finding: &Finding) -> bool {
    matches!(record.kind, IncompleteKind::Truncated | IncompleteKind::Malformed)
        && finding.rule == "pickle/broken-stream"
}

/// The rule whose finding speaks of a record (`policies/core/incomplete`, `told_elsewhere`).
fn speaker(record: &Incomplete) -> &'static str {
    match (record.kind, record.what.as_str()) {
        (IncompleteKind::UnknownFormat, _) => "core/unknown-format",
        (IncompleteKind::Pointer, _) => "core/not-scanned",
        (IncompleteKind::Changed, _) => CHANGED,
        (IncompleteKind::Encrypted, _) => "container/encrypted",
        (IncompleteKind::Limit, "ratio" | "decoded") => "container/ratio",
        (IncompleteKind::Limit, "depth") => "container/deep-nesting",
        _ => "core/incomplete",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Level;

    const PLACE: &str = "model.zip!blob";

    fn digest() -> Digest {
        crate::digest::of(b"content")
    }

    fn finding(rule: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            level: Level::Deny,
            title: "A title".to_owned(),
            message: "A sentence.".to_owned(),
            place: PLACE.to_owned(),
            file: "model.zip".to_owned(),
            member_digest: Some(digest()),
            offset: None,
            evidence: None,
            remedy: String::new(),
            allow: None,
            denies_from: None,
            waived: None,
            not_waived: None,
        }
    }

    fn waiver(rule: &str) -> Waiver {
        Waiver {
            rule: rule.to_owned(),
            digest: digest().sha256,
            path: PLACE.to_owned(),
            reason: "looked at".to_owned(),
            approver: "a@example.org".to_owned(),
            created: "2026-01-01".to_owned(),
            expires: "2026-03-01".to_owned(),
        }
    }

    fn ledger(waivers: &[Waiver], waivable: Option<&Waivable>, now: &str) -> Ledger {
        let list = waivers.iter().map(|waiver| Listed { waiver: waiver.clone(), line: 2 }).collect();
        Ledger::new(&[(Waivers { file: "w.yaml".to_owned(), list, ..Waivers::default() }, waivable)], now)
    }

    fn waived(finding: &Finding, waiver: &Waiver, now: &str) -> bool {
        let mut finding = finding.clone();
        ledger(std::slice::from_ref(waiver), None, now).apply(&mut finding);
        finding.waived.is_some()
    }

    #[test]
    fn rule_digest_place_and_time_all_have_to_be_right() {
        let (named, right) = (finding("core/polyglot"), waiver("core/polyglot"));
        assert!(waived(&named, &right, "2026-02-28T23:59:59Z"));
        assert!(!waived(&named, &right, "2026-03-01T00:00:00Z"));
        assert!(!waived(&finding("core/irregular"), &right, "2026-02-01T00:00:00Z"));
        assert!(!waived(&named, &Waiver { path: "model.zip".to_owned(), ..right.clone() }, "2026-02-01T00:00:00Z"));
        assert!(!waived(&named, &Waiver { digest: "0".repeat(64), ..right.clone() }, "2026-02-01T00:00:00Z"));
        assert!(!waived(&Finding { member_digest: None, ..named }, &right, "2026-02-01T00:00:00Z"));
    }

    #[test]
    fn each_waiver_is_told_by_its_state() {
        let state = |now: &str, waivable: Option<&Waivable>, meets: bool| {
            let mut ledger = ledger(&[waiver("core/polyglot")], waivable, now);
            let mut finding = finding(if meets { "core/polyglot" } else { "core/irregular" });
            ledger.apply(&mut finding);
            (ledger.report().remove(0).state, finding.not_waived)
        };
        assert_eq!(state("2026-02-01T00:00:00Z", None, true), (WaiverState::Used, None));
        assert_eq!(state("2026-02-15T00:00:00Z", None, true), (WaiverState::Expiring, None));
        assert_eq!(state("2026-02-01T00:00:00Z", None, false), (WaiverState::Unused, None));
        let (expired, why) = state("2026-04-01T00:00:00Z", None, true);
        assert_eq!(expired, WaiverState::Expired);
        assert_eq!(why.as_deref(), Some("a waiver by a@example.org (w.yaml:2) expired on 2026-03-01"));
        let (refused, why) = state("2026-02-01T00:00:00Z", Some(&Waivable::default()), true);
        assert!(refused == WaiverState::Refused && why.is_some_and(|why| why.contains("cannot be waived")));
        assert_eq!(ledger(&[waiver(CHANGED)], None, "2026-02-01T00:00:00Z").report()[0].state, WaiverState::Refused);
    }

    fn record(kind: IncompleteKind, what: &str) -> Incomplete {
        Incomplete { member: 1, kind, format: None, what: what.to_owned(), offset: None, count: 1 }
    }

    fn accepted(rule: &str) -> Finding {
        let mut finding = finding(rule);
        ledger(&[waiver(rule)], None, "2026-02-01T00:00:00Z").apply(&mut finding);
        finding
    }

    #[test]
    fn what_was_not_read_is_covered_by_the_finding_that_speaks_of_it() {
        use IncompleteKind::*;
        let digest = digest();
        for (kind, what, rule) in [
            (UnknownFormat, "x", "core/unknown-format"),
            (Pointer, "x", "core/not-scanned"),
            (Encrypted, "x", "container/encrypted"),
            (Limit, "ratio", "container/ratio"),
            (Limit, "decoded", "container/ratio"),
            (Limit, "depth", "container/deep-nesting"),
            (Limit, "members", "core/incomplete"),
            (Truncated, "x", "core/incomplete"),
            (Malformed, "x", "pickle/broken-stream"),
            (Unsupported, "x", "core/incomplete"),
        ] {
            let record = record(kind, what);
            assert!(covers(&record, PLACE, Some(&digest), &[accepted(rule)]), "{kind:?} {what}");
            assert!(!covers(&record, PLACE, Some(&digest), &[finding(rule)]), "{kind:?} {what}");
            assert!(!covers(&record, PLACE, Some(&digest), &[accepted("core/polyglot")]), "{kind:?} {what}");
            assert!(!covers(&record, PLACE, Some(&digest), &[]), "{kind:?} {what}");
            assert!(!covers(&record, "model.zip!other", Some(&digest), &[accepted(rule)]), "{kind:?} {what}");
            assert!(!covers(&record, PLACE, Some(&crate::digest::of(b"other")), &[accepted(rule)]), "{kind:?} {what}");
            assert!(!covers(&record, PLACE, None, &[accepted(rule)]), "{kind:?} {what}");
        }
        let changed = Finding { waived: accepted("core/irregular").waived, ..finding(CHANGED) };
        assert!(!covers(&record(Changed, "x"), PLACE, Some(&digest), &[changed]));
    }

    #[test]
    fn another_open_finding_about_unread_content_keeps_it_uncovered() {
        let record = record(IncompleteKind::UnknownFormat, "x");
        let digest = digest();
        let told = accepted("core/unknown-format");
        assert!(!covers(&record, PLACE, Some(&digest), &[told.clone(), finding("container/encrypted")]));
        let twin = Finding { member_digest: Some(crate::digest::of(b"twin")), ..finding("core/unknown-format") };
        assert!(!covers(&record, PLACE, Some(&digest), &[told.clone(), twin]));
        assert!(covers(&record, PLACE, Some(&digest), &[told.clone(), finding("core/polyglot")]));
        let elsewhere = Incomplete { offset: Some(9), ..record };
        assert!(!covers(&elsewhere, PLACE, Some(&digest), &[told]));
    }
}
