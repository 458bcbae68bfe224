//! Waivers with the real binary: written from a report, held to rule, digest, place and time, and told by what became of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{run, write};
use serde_json::{Value, json};
use tempfile::TempDir;

const UNKNOWN: &[u8] = b"\x93\x00\xff\xfe\x01\x02";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("blob.pt", UNKNOWN);
        place
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(self.0.path(), name, text);
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run(self.0.path(), arguments)
    }

    fn check(&self, arguments: &[&str]) -> (i32, Value) {
        let (code, stdout, stderr) = self.run(&[&["check", "--format", "json"], arguments].concat());
        (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")))
    }

    /// Writes a report of the paths, and waivers from it.
    fn waive(&self, paths: &[&str], arguments: &[&str]) -> (i32, String, String) {
        self.run(&[&["check", "--format", "json", "--output", "report.json"], paths].concat());
        let who = ["--reason", "looked at: \"fine\"", "--approver", "a@example.org"];
        self.run(&[&["waive", "report.json"], arguments, &who].concat())
    }
}

/// The state of every waiver.
fn states(report: &Value) -> Vec<&str> {
    report["waivers"].as_array().unwrap().iter().map(|waiver| waiver["state"].as_str().unwrap()).collect()
}

#[test]
fn a_waiver_lets_exactly_one_content_pass() {
    let place = Place::new();
    assert_eq!(place.check(&["blob.pt"]).0, 1);
    let (code, stdout, stderr) = place.waive(&["blob.pt"], &["--rule", "core/unknown-format"]);
    assert_eq!(code, 1 - 1, "{stderr}");
    assert!(stdout.contains("wrote 1 waiver to weighbridge-waivers.yaml") && stdout.contains("next: "), "{stdout}");

    let (_, report) = place.check(&["blob.pt"]);
    let other_rules: Vec<&str> = report["artifacts"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["waived"].is_null())
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    for rule in other_rules {
        assert_eq!(place.waive(&["blob.pt"], &["--rule", rule]).0, 0);
    }
    let (code, report) = place.check(&["blob.pt"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["artifacts"][0]["incomplete"][0]["waived"], true);
    let waived = &report["artifacts"][0]["findings"][0]["waived"];
    assert_eq!((&waived["approver"], &waived["approver_proof"]), (&json!("a@example.org"), &json!("declared")));
    assert!(states(&report).iter().all(|state| *state == "used"), "{report}");
    assert!(report["summary"]["waived"].as_u64().unwrap() >= 1 && report["summary"]["denied"] == 0);
    let (_, stdout, _) = place.run(&["check", "blob.pt"]);
    assert!(stdout.contains("(waived)") && stdout.contains("by a@example.org (declared) until"), "{stdout}");

    // Another place, and other content at the same place.
    std::fs::copy(place.0.path().join("blob.pt"), place.0.path().join("other.pt")).unwrap();
    let (code, report) = place.check(&["other.pt"]);
    assert_eq!(code, 1);
    assert!(states(&report).iter().all(|state| *state == "unused"));
    place.write("blob.pt", [UNKNOWN, b"!"].concat());
    let (code, report) = place.check(&["blob.pt"]);
    assert_eq!(code, 1);
    assert!(states(&report).iter().all(|state| *state == "unused"));
    let (_, stdout, _) = place.run(&["check", "blob.pt"]);
    assert!(stdout.contains("waiver unused core/unknown-format at blob.pt"), "{stdout}");
    // Without a configuration there are no waivers.
    assert_eq!(place.check(&["blob.pt", "--no-config"]).1["waivers"], json!([]));
}

#[test]
fn a_waiver_ends() {
    let place = Place::new();
    place.write("models/blob", UNKNOWN);
    place.write("weighbridge.yaml", "fail-on: warn\nwaivers: accepted.yaml\n");
    place.write("accepted.yaml", "# ours\nwaivers: []\n");
    assert_eq!(place.waive(&["models"], &["--rule", "core/unknown-format", "--expires", "2999-01-31"]).0, 0);
    let text = place.read("accepted.yaml");
    assert!(text.starts_with("# ours\nwaivers:\n  - rule: \"core/unknown-format\"\n"), "{text}");
    assert_eq!(place.check(&["models"]).0, 0);
    let at = |time: &str| place.check(&["models", "--evaluated-at", time]);
    let (code, report) = at("2999-01-30T23:59:59Z");
    assert_eq!((code, states(&report)), (0, vec!["expiring"]));
    assert_eq!(states(&at("2999-01-16T00:00:00Z").1), ["used"]);
    let (code, report) = at("2999-01-31T00:00:00Z");
    assert_eq!((code, states(&report)), (1, vec!["expired"]));
    let finding = &report["artifacts"][0]["findings"][0];
    assert!(finding["waived"].is_null() && finding["not_waived"].as_str().unwrap().contains("expired on 2999-01-31"));
    let (_, stdout, _) = place.run(&["check", "models", "--evaluated-at", "2999-01-31T00:00:00Z"]);
    assert!(stdout.contains("waiver expired core/unknown-format") && stdout.contains("accepted.yaml:3"), "{stdout}");
    // Before it was made there was none.
    let (code, _, stderr) = place.run(&["check", "models", "--evaluated-at", "2001-01-01T00:00:00Z"]);
    assert!(code == 2 && stderr.contains("accepted.yaml:3: `created`"), "{stderr}");
}

#[test]
fn a_directory_is_waived_by_its_digest_and_its_files_are_not() {
    let place = Place::new();
    place.write("models/blob", UNKNOWN);
    place.write("weighbridge.yaml", "fail-on: warn\nparameters: {largest: 1}\n");
    assert_eq!(place.waive(&["models"], &["--rule", "core/too-large"]).0, 0);
    let (code, report) = place.check(&["models"]);
    assert_eq!((code, states(&report)), (1, vec!["used"]));
    assert_eq!(report["artifacts"][0]["findings"].as_array().unwrap().len(), 2);
    // The directory's digest with a file's rule and place accepts nothing.
    let text = place.read("weighbridge-waivers.yaml");
    place.write(
        "weighbridge-waivers.yaml",
        text.replace("core/too-large", "core/unknown-format").replace("\"models\"", "\"models/blob\""),
    );
    let (code, report) = place.check(&["models"]);
    assert_eq!((code, states(&report)), (1, vec!["unused"]));
    place.write("weighbridge-waivers.yaml", text.replace("core/too-large", "core/unknown-format"));
    assert_eq!(states(&place.check(&["models"]).1), ["unused"]);
}

#[test]
fn what_cannot_be_waived_is_refused() {
    let place = Place::new();
    place.write("notes.txt", "plain\n");
    for (arguments, wanted) in [
        (&["--rule", "core/polyglot"][..], "no finding that matches"),
        (&["--rule", "core/unknown-format", "--place", "elsewhere"], "it has these places: blob.pt"),
        (&["--rule", "core/unknown-format", "--expires", "soon"], "not a day"),
        (&["--rule", "core/unknown-format", "--expires", "2001-01-01"], "not in the future"),
        (&["--rule", "core/unknown-format", "--to", "report.json"], "report.json"),
        (&["--rule", "core/unknown-format", "--days", "0"], "--days"),
    ] {
        let (code, _, stderr) = place.waive(&["blob.pt"], arguments);
        assert!(code == 2 && stderr.contains(wanted), "{arguments:?}: {stderr}");
    }
    assert!(!place.0.path().join("weighbridge-waivers.yaml").exists());
    assert_eq!(place.waive(&["blob.pt"], &["--rule", "core/unknown-format", "--to", "w.yaml"]).0, 0);
    let again = place.waive(&["blob.pt"], &["--rule", "core/unknown-format", "--to", "w.yaml"]);
    assert!(again.0 == 2 && again.2.contains("has a waiver of core/unknown-format"), "{again:?}");
    let (code, _, stderr) = place.run(&["waive", "notes.txt", "--rule", "a/b", "--reason", "x", "--approver", "y"]);
    assert!(code == 2 && stderr.contains("not a report"), "{stderr}");
}

/// A link was not read and has no digest.
#[cfg(unix)]
#[test]
fn what_has_no_digest_cannot_be_waived() {
    let place = Place::new();
    place.write("models/notes.txt", "plain\n");
    std::os::unix::fs::symlink("/etc/passwd", place.0.path().join("models/link")).unwrap();
    let (code, _, stderr) = place.waive(&["models"], &["--rule", "core/not-scanned"]);
    assert!(code == 2 && stderr.contains("has no digest"), "{stderr}");
    let (_, report) = place.check(&["models"]);
    assert!(report["artifacts"][0]["findings"].as_array().unwrap().iter().all(|finding| finding["waived"].is_null()));
}

#[test]
fn a_wrong_file_of_waivers_is_told_with_its_line() {
    let place = Place::new();
    place.waive(&["blob.pt"], &["--rule", "core/unknown-format"]);
    let right = place.read("weighbridge-waivers.yaml");
    let digest = right.lines().find(|line| line.contains("digest")).unwrap().to_owned();
    for (text, wanted) in [
        (right.replace(&format!("{digest}\n"), ""), "weighbridge-waivers.yaml:2: `digest` is missing"),
        (right.replace("reason:", "reasons:"), "weighbridge-waivers.yaml:5"),
        (right.replace("expires: \"2", "expires: \"1"), "weighbridge-waivers.yaml:2: `expires`"),
        (
            right.replace("created: \"2", "created: \"3").replace("expires: \"2", "expires: \"4"),
            "weighbridge-waivers.yaml:2: `created`",
        ),
        (format!("{right}{}", right.replace("waivers:\n", "")), "weighbridge-waivers.yaml:9: repeats"),
        (right.replace("waivers:", "waiver:"), "weighbridge-waivers.yaml:1"),
    ] {
        place.write("weighbridge-waivers.yaml", &text);
        let (code, _, stderr) = place.run(&["check", "blob.pt"]);
        assert!(code == 2 && stderr.contains(wanted), "{text}\n{stderr}");
    }
    place.write("weighbridge.yaml", "waivers: nowhere.yaml\n");
    let (code, _, stderr) = place.run(&["check", "blob.pt"]);
    assert!(code == 2 && stderr.contains("nowhere.yaml: the waivers cannot be read"), "{stderr}");
}

#[test]
fn an_organisation_says_what_may_be_waived_how_long_and_by_whom() {
    let place = Place::new();
    place.write("models/blob", UNKNOWN);
    place.write("weighbridge.yaml", "fail-on: warn\n");
    place.waive(&["models"], &["--rule", "core/unknown-format", "--days", "30"]);
    let under = |text: &str| {
        place.write("organisation/weighbridge.yaml", text);
        let (code, report) = place.check(&["models", "--organisation", "organisation"]);
        let waiver = report["waivers"][0].clone();
        (code, waiver["state"].as_str().unwrap().to_owned(), waiver["why"].as_str().unwrap_or_default().to_owned())
    };
    for (text, wanted) in [
        ("fail-on: warn\n", "cannot be waived"),
        ("waivable: {}\n", "cannot be waived"),
        ("waivable: {rules: [pickle, core/polyglot]}\n", "cannot be waived"),
        ("waivable: {rules: [core], longest: 29}\n", "30 days, and 29 are the most"),
        ("waivable: {rules: [core], approvers: [b@example.org]}\n", "a@example.org may not approve"),
        ("waivable: {rules: [core], approvers: []}\n", "may not approve"),
        ("waivable: {rules: [core], proof: signed}\n", "proved by a signature"),
    ] {
        let (code, state, why) = under(text);
        assert!(code == 1 && state == "refused" && why.contains(wanted), "{text}: {code} {state} {why}");
    }
    for text in [
        "waivable: {rules: [core]}\n",
        "waivable: {rules: [core/unknown-format], longest: 30, approvers: [a@example.org], proof: declared}\n",
    ] {
        assert_eq!(under(text), (0, "used".to_owned(), String::new()), "{text}");
    }
    // The organisation's own waivers are its own affair.
    std::fs::rename(
        place.0.path().join("weighbridge-waivers.yaml"),
        place.0.path().join("organisation/weighbridge-waivers.yaml"),
    )
    .unwrap();
    assert_eq!(under("fail-on: warn\n").0, 0);
    // In another file of the repository they are the repository's.
    place.write("mine.yaml", place.read("organisation/weighbridge-waivers.yaml"));
    std::fs::remove_file(place.0.path().join("organisation/weighbridge-waivers.yaml")).unwrap();
    place.write("weighbridge.yaml", "fail-on: warn\nwaivers: mine.yaml\n");
    assert_eq!(under("fail-on: warn\n").0, 1);
}

#[test]
fn what_a_waiver_covers_passes_and_other_findings_stay() {
    let place = Place::new();
    // A dangerous pickle: waiving one of its rules leaves the others.
    place.write("model.pkl", b"\x80\x02cos\nsystem\n(X\x01\x00\x00\x00xtR.");
    place.write("weighbridge.yaml", "parameters: {largest: 1}\n");
    assert_eq!(place.waive(&["model.pkl"], &["--rule", "core/too-large"]).0, 0);
    let (code, report) = place.check(&["model.pkl"]);
    assert_eq!((code, states(&report)), (1, vec!["used"]));
    let (_, report) = place.check(&["model.pkl", "--audit"]);
    assert_eq!(states(&report), ["used"]);
    place.run(&["facts", "model.pkl", "--output", "facts.json"]);
    let (code, stdout, _) = place.run(&["eval", "facts.json"]);
    assert!(code == 1 && stdout.contains("(waived)"), "{stdout}");
}
