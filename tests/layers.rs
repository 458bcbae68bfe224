//! Configuration and layers with the real binary: a repository may tighten what an organisation says, and every way to loosen it is
//! tried here and refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{OLD_WEIGHTS as RULE, remove, run, write};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const TIME: &str = "2026-02-01T12:00:00Z";

/// An organisation's policy beside a repository; the binary runs in the repository.
struct Place(TempDir);

impl Place {
    fn new(organisation: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("repository/models/notes.txt", "plain text\n");
        place.write("repository/models/old.weights", "plain text\n");
        place.write("organisation/rules/old_weights.rego", RULE);
        place.write("organisation/weighbridge.yaml", organisation);
        place
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(self.0.path(), name, text);
    }

    fn remove(&self, name: &str) {
        remove(self.0.path(), name);
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run(&self.0.path().join("repository"), arguments)
    }

    fn check(&self, arguments: &[&str]) -> (i32, Value, String) {
        let all = [&["check", "models", "--evaluated-at", TIME, "--format", "json"], arguments].concat();
        let (code, stdout, stderr) = self.run(&all);
        (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")), stderr)
    }

    /// A check under the organisation's policy.
    fn under(&self, arguments: &[&str]) -> (i32, Value, String) {
        self.check(&[&["--organisation", "../organisation"], arguments].concat())
    }

    /// A check that is refused: the error.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, _, stderr) = self.under(arguments);
        assert_eq!(code, 2, "{stderr}");
        stderr
    }
}

/// Rule and level of every finding.
fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |artifact: &Value| artifact["findings"].as_array().unwrap().clone();
    let all = report["artifacts"].as_array().unwrap().iter().flat_map(of);
    all.map(|finding| (text(&finding["rule"]), text(&finding["level"]))).collect()
}

fn old_weights() -> Vec<(String, String)> {
    vec![("ours/old-weights".to_owned(), "deny".to_owned())]
}

fn rule(id: &str, level: &str, body: &str) -> String {
    let package = id.replace('/', ".").replace('-', "_");
    RULE.replace("id: ours/old-weights", &format!("id: {id}"))
        .replace("level: deny", &format!("level: {level}"))
        .replace("package weighbridge.ours.old_weights", &format!("package weighbridge.{package}"))
        .replace("\tendswith(member.name, \".weights\")", body)
        .replace("deny contains", &format!("{level} contains"))
}

#[test]
fn an_organisation_judges_whatever_the_repository_says() {
    let place = Place::new("");
    assert_eq!(place.check(&[]).0, 0);
    let (code, report, _) = place.under(&[]);
    assert_eq!((code, findings(&report)), (1, old_weights()));
    let layers: Vec<&str> =
        report["policy"]["sources"].as_array().unwrap().iter().map(|one| one["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["embedded", "organisation", "organisation"]);
    for arguments in [&["--no-config"][..], &["--fail-on", "deny"], &["--fail-on", "warn"]] {
        let (code, report, _) = place.under(arguments);
        assert_eq!((code, findings(&report)), (1, old_weights()), "{arguments:?}");
    }
    let (code, _, stderr) = place.check(&["--organisation", "nowhere"]);
    assert!(code == 2 && stderr.contains("nowhere: neither a directory nor"), "{stderr}");
    // The configuration of a repository has no key for it.
    place.write("repository/weighbridge.yaml", "organisation: ../other\n");
    assert!(place.refused(&[]).contains("weighbridge.yaml:1"));
}

#[test]
fn an_organisation_comes_as_an_archive_too() {
    let place = Place::new("fail-on: warn\nparameters: {formats: [pickle]}\nwaivable: {rules: [ours]}\n");
    let (code, stdout, stderr) = place.run(&["policy", "build", "../organisation", "-o", "../organisation.tar.gz"]);
    assert!(code == 0 && stdout.contains("with weighbridge.yaml"), "{stdout}{stderr}");
    let archive = ["--organisation", "../organisation.tar.gz"];
    let (code, packed, stderr) = place.check(&archive);
    let (_, folder, _) = place.under(&[]);
    assert_eq!((code, findings(&packed)), (1, old_weights()), "{stderr}");
    assert_eq!(packed["policy"]["digest"], folder["policy"]["digest"]);
    let error = place.check(&[&archive[..], &["--fail-on", "deny"]].concat()).2;
    assert!(error.contains("../organisation.tar.gz!weighbridge.yaml"), "{error}");
    place.write("repository/weighbridge.yaml", "parameters: {formats: [safetensors]}\n");
    assert_eq!(place.check(&archive).0, 2);
    // An archive has no files beside it.
    for key in ["policy: [more]", "waivers: more.yaml"] {
        place.write("organisation/weighbridge.yaml", key);
        place.write("organisation/more/data/x.json", "{}");
        let (code, _, stderr) = place.run(&["policy", "build", "../organisation", "-o", "../other.tar.gz"]);
        assert!(code == 2 && stderr.contains("an archive has no files beside it"), "{stderr}");
    }
}

#[test]
fn a_repository_adds_rules_and_raises_levels() {
    let place = Place::new("");
    let digest = place.under(&[]).1["policy"]["digest"].clone();
    place.write("repository/policies/text.rego", rule("own/text", "warn", "\t\"text\" in member.formats"));
    place.write("repository/weighbridge.yaml", "policy: [policies]\n");
    let (code, report, _) = place.under(&[]);
    let told = |level: &str| {
        vec![
            old_weights().remove(0),
            ("own/text".to_owned(), level.to_owned()),
            ("own/text".to_owned(), level.to_owned()),
        ]
    };
    assert_eq!((code, findings(&report)), (1, told("warn")));
    assert_ne!(report["policy"]["digest"], digest);
    assert_eq!(report["policy"]["sources"].as_array().unwrap().last().unwrap()["layer"], "repository");
    place.write("repository/weighbridge.yaml", "policy: [policies]\nlevels: {own/text: deny}\n");
    let mut all = findings(&place.under(&[]).1);
    all.sort();
    assert_eq!(all, told("deny"));
    // The same twice is the same.
    assert_eq!(
        place.run(&["check", "models", "--evaluated-at", TIME, "--organisation", "../organisation"]),
        place.run(&["check", "models", "--evaluated-at", TIME, "--organisation", "../organisation"])
    );
    let (_, list, _) = place.run(&["rules", "list", "--organisation", "../organisation"]);
    assert!(list.contains("ours/old-weights") && list.contains("own/text"), "{list}");
    let (_, verbose, _) = place.run(&["check", "models", "--organisation", "../organisation", "--verbose"]);
    for layer in ["organisation's policy ../organisation", "repository's policy policies"] {
        assert!(verbose.contains(layer), "{verbose}");
    }
}

#[test]
fn what_the_configuration_would_loosen_is_refused() {
    let place = Place::new("fail-on: warn\nlimits: {depth: 5}\nparameters: {formats: [text], largest: 100}\n");
    for (text, key) in [
        ("allow: [{global: os.system, as: [call], reason: x}]", "`allow`"),
        ("exclude: ['old.weights']", "`exclude`"),
        ("artifacts: ['*.txt']", "`artifacts`"),
        ("waivable: {rules: [ours]}", "`waivable`"),
        ("fail-on: deny", "`fail-on`"),
        ("limits: {depth: 6}", "`limits.depth`"),
        ("limits: {ratio: 1000}", "`limits.ratio`"),
        ("limits: {text: 4}", "`limits.text`"),
        ("parameters: {formats: [text, pickle]}", "`parameters.formats`"),
        ("parameters: {largest: 101}", "`parameters.largest`"),
    ] {
        place.write("repository/weighbridge.yaml", text);
        let error = place.refused(&[]);
        assert!(error.contains(&format!("weighbridge.yaml: {key}: ")), "{text}: {error}");
        assert!(error.contains("../organisation/weighbridge.yaml"), "{text}: {error}");
        // The same file under another name, and none at all.
        place.write("repository/other.yaml", text);
        assert_eq!(place.under(&["--config", "other.yaml", "--no-config"]).0, 2);
        place.refused(&["--config", "other.yaml"]);
    }
    place.remove("repository/weighbridge.yaml");
    assert!(place.refused(&["--fail-on", "deny"]).contains("--fail-on"));
    // A level is raised and never lowered, and a rule that is not there is not raised.
    place.write("repository/weighbridge.yaml", "levels: {ours/old-weights: warn}");
    assert!(place.refused(&[]).contains("did you mean `deny`?") || place.refused(&[]).contains("weighbridge.yaml:1"));
    place.write("repository/weighbridge.yaml", "levels: {ours/old-weight: deny}");
    assert!(place.refused(&[]).contains("did you mean `ours/old-weights`?"));
    // The lowest limit hides nothing: what is not read does not pass.
    for key in ["depth", "members", "files", "records"] {
        place.write("repository/weighbridge.yaml", format!("limits: {{{key}: 0}}"));
        assert_eq!(place.under(&[]).0, 1, "{key}");
        let file = ["check", "models/old.weights", "--organisation", "../organisation"];
        let (code, out, _) = place.run(&file);
        assert_eq!(code, 1, "{key}: {out}");
    }
    // What tightens is taken.
    place.write(
        "repository/weighbridge.yaml",
        "fail-on: warn\nlimits: {depth: 4}\nparameters: {largest: 99}\nrefuse: [os.system]\n",
    );
    assert_eq!(place.under(&[]).0, 1);
}

#[test]
fn a_configuration_of_another_ending_is_not_passed_over() {
    let place = Place::new("");
    place.write("repository/weighbridge.yml", "fail-on: warn\n");
    assert!(place.refused(&[]).contains("weighbridge.yml: is not read"));
    assert_eq!(place.under(&["--no-config"]).0, 1);
    place.remove("repository/weighbridge.yml");
    place.remove("organisation/weighbridge.yaml");
    place.write("organisation/weighbridge.yml", "fail-on: warn\n");
    assert!(place.refused(&[]).contains("organisation/weighbridge.yml: is not read"));
}

#[test]
fn a_long_way_to_a_file_does_not_hide_its_name() {
    let place = Place::new("");
    place.remove("repository/models");
    let way = "d".repeat(200);
    place.write(&format!("repository/models/{way}/{way}/{way}/a.weights"), "plain text\n");
    let (code, report, _) = place.under(&[]);
    assert_eq!((code, findings(&report)), (1, old_weights()));
}

#[test]
fn what_a_policy_would_loosen_is_refused() {
    let place = Place::new("");
    place.write("repository/weighbridge.yaml", "policy: [policies]\n");
    let nothing = "\tmember.name == \"nothing\"";
    let lib = "package weighbridge.lib.allow\n\npermits(_) := true\n";
    let renamed = rule("own/renamed", "deny", nothing).replace("id: own/renamed", "id: ours/old-weights");
    let late = rule("ours/old-weights", "deny", nothing)
        .replace("#   since: \"1\"", "#   since: \"1\"\n#   effective_on: \"2099-01-01\"");
    for (name, text, wanted) in [
        // Redefine: the rule itself, its package, a shipped one, a shipped library.
        (
            "a.rego",
            rule("ours/old-weights", "deny", nothing),
            "the package `weighbridge.ours.old_weights` is already there",
        ),
        ("a.rego", rule("ours/old-weights", "warn", nothing), "already there"),
        ("a.rego", late, "already there"),
        ("a.rego", rule("pickle/unlisted-call", "deny", nothing), "already there"),
        ("a.rego", lib.to_owned(), "already there"),
        // Rename, and take another rule's id.
        ("a.rego", renamed, "is not the package's"),
        // The module that gathers the results, and packages outside of the rules' own.
        ("a.rego", "package weighbridge_entry\n\nresults := set()\n".to_owned(), "weighbridge.GROUP.RULE"),
        ("a.rego", "package allow\n\ntorch := {}\n".to_owned(), "weighbridge.GROUP.RULE"),
        ("a.rego", "package parameters\n\nlargest := null\n".to_owned(), "weighbridge.GROUP.RULE"),
        // Data where rules, lists and the configuration are.
        ("data/weighbridge/lib/allow.json", "{\"permits\": true}".to_owned(), "`data.weighbridge` is for packages"),
        (
            "data/weighbridge/ours.json",
            "{\"old_weights\": {\"deny\": []}}".to_owned(),
            "`data.weighbridge` is for packages",
        ),
        ("data/weighbridge_entry.json", "{\"results\": []}".to_owned(), "is for packages"),
        (
            "data/allow/mine.json",
            "{\"library\": \"mine\", \"classes\": {\"os\": [\"system\"]}, \"entries\": []}".to_owned(),
            "`data.allow` belongs to the policies that came before",
        ),
        (
            "data/allow/repository.json",
            "{\"library\": \"mine\", \"classes\": {}, \"entries\": []}".to_owned(),
            "`data.allow` belongs",
        ),
        ("data/containers.yaml", "os.system: true\n".to_owned(), "`data.containers` belongs"),
        ("data/families/harmless.json", "[\"pickle\"]".to_owned(), "`data.families` belongs"),
        ("data/parameters.json", "{\"largest\": null}".to_owned(), "`data.parameters` is what the configuration says"),
        ("data/parameters/custom.json", "{\"mine\": 1}".to_owned(), "`data.parameters` is what the configuration says"),
        ("data/refused.json", "[]".to_owned(), "`data.refused` is what the configuration says"),
        ("x/data/parameters.yml", "largest: 5\n".to_owned(), "`data.parameters` is what the configuration says"),
    ] {
        place.remove("repository/policies");
        place.write(&format!("repository/policies/{name}"), &text);
        for arguments in [&[][..], &["--no-config", "--policy", "policies"]] {
            let error = place.refused(arguments);
            assert!(error.contains(wanted) && error.contains("policies/"), "{name}: {text}\n{error}");
        }
    }
}

/// What is no error must change nothing that the organisation finds.
#[test]
fn what_a_policy_may_bring_takes_no_finding_away() {
    let place = Place::new("");
    place.write("repository/weighbridge.yaml", "policy: [policies]\n");
    let nothing = "\tmember.name == \"nothing\"";
    for (name, text) in [
        ("helpers.rego", "package weighbridge.lib.ours\n\npermits(_) := true\n".to_owned()),
        (
            "late.rego",
            rule("own/late", "deny", nothing)
                .replace("#   since: \"1\"", "#   since: \"1\"\n#   effective_on: \"2099-01-01\""),
        ),
        // A module of tests is not judged, whatever package it takes.
        ("a_test.rego", "package weighbridge.ours.old_weights\n\ndeny := set()\n".to_owned()),
        ("data/own.json", "{\"allow\": {}, \"parameters\": {}}".to_owned()),
    ] {
        place.remove("repository/policies");
        place.write(&format!("repository/policies/{name}"), &text);
        place.write("repository/policies/data/more.json", "{}");
        let (code, report, stderr) = place.under(&[]);
        assert_eq!((code, findings(&report)), (1, old_weights()), "{name}: {stderr}");
    }
    // Packages inside those that are there: an error or no change, never a pass.
    for package in ["lib.allow.permits", "lib.allow.listed.x", "lib.ours.x"] {
        place.remove("repository/policies");
        place.write("repository/policies/x.rego", format!("package weighbridge.{package}\n\ny := true\n"));
        let (code, stdout, stderr) =
            place.run(&["check", "models", "--organisation", "../organisation", "--format", "json"]);
        assert!(
            code == 2 || findings(&serde_json::from_str(&stdout).unwrap()) == old_weights(),
            "{package}: {code} {stderr}"
        );
    }
}

#[test]
fn a_rule_warns_until_its_day_and_says_which() {
    let place = Place::new("");
    let late = RULE.replace("#   since: \"1\"", "#   since: \"1\"\n#   effective_on: \"2026-03-01\"");
    place.write("organisation/rules/old_weights.rego", late);
    let (code, report, _) = place.under(&[]);
    assert_eq!(code, 0);
    let finding = &report["artifacts"][0]["findings"][0];
    assert_eq!((&finding["level"], &finding["denies_from"]), (&json!("warn"), &json!("2026-03-01")));
    let at = |time: &str| place.run(&["check", "models", "--organisation", "../organisation", "--evaluated-at", time]);
    let (code, stdout, _) = at("2026-02-28T23:59:59Z");
    assert!(code == 0 && stdout.contains("2026-03-01 on this rule denies"), "{stdout}");
    let (code, stdout, _) = at("2026-03-01T00:00:00Z");
    assert!(code == 1 && !stdout.contains("this rule denies"), "{stdout}");
    // Whoever raises it does not wait.
    place.write("repository/weighbridge.yaml", "levels: {ours/old-weights: deny}\n");
    let (code, report, _) = place.under(&[]);
    assert_eq!((code, &report["artifacts"][0]["findings"][0]["denies_from"]), (1, &Value::Null));
}

#[test]
fn parameters_reach_the_rules() {
    let place = Place::new("");
    place.write("repository/models/model.pkl", b"\x80\x04N.");
    for (text, wanted) in [
        ("parameters: {formats: [safetensors]}", Some("core/unlisted-format")),
        ("parameters: {formats: [pickle]}", None),
        ("parameters: {largest: 10}", Some("core/too-large")),
        ("parameters: {largest: 10000}", None),
        ("policy: [policies]\nparameters: {custom: {ending: .pkl}}", Some("own/ending")),
        ("policy: [policies]\nparameters: {custom: {ending: .none}}", None),
    ] {
        place.write("repository/weighbridge.yaml", text);
        place.write(
            "repository/policies/ending.rego",
            rule("own/ending", "deny", "\tendswith(member.name, data.parameters.custom.ending)"),
        );
        let (code, report, stderr) = place.check(&[]);
        let rules: Vec<String> = findings(&report).into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules, wanted.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>(), "{text}: {stderr}");
        assert_eq!(code, i32::from(wanted.is_some()), "{text}");
    }
    for (text, wanted) in [
        ("parameters: {formats: [pickel]}", "did you mean `pickle`?"),
        ("parameters: {largst: 3}", "did you mean `largest`?"),
        ("refuse: [os]", "no global"),
        ("exclude: [../x]", "leads out"),
        ("artifacts: ['a[']", "no pattern"),
        ("waivable: {rules: [Core/X]}", "no rule and no group"),
    ] {
        place.write("repository/weighbridge.yaml", text);
        let (code, _, stderr) = place.run(&["check", "models"]);
        assert!(code == 2 && stderr.contains(wanted), "{text}: {stderr}");
    }
}

#[test]
fn a_refused_global_is_denied_though_it_is_listed() {
    let place = Place::new("");
    // collections.OrderedDict(): on the shipped list.
    place.write("repository/models/model.pkl", b"\x80\x02ccollections\nOrderedDict\n)R.");
    assert_eq!(place.check(&[]).0, 0);
    place.write("repository/weighbridge.yaml", "refuse: [collections.OrderedDict]\n");
    let (code, report, _) = place.check(&[]);
    assert_eq!((code, findings(&report)), (1, vec![("pickle/refused-global".to_owned(), "deny".to_owned())]));
    place.write("organisation/weighbridge.yaml", "refuse: [collections.OrderedDict]\n");
    place.write("repository/weighbridge.yaml", "refuse: [os.system]\n");
    let found = findings(&place.under(&[]).1);
    assert!(found.contains(&("pickle/refused-global".to_owned(), "deny".to_owned())) && found.len() == 2, "{found:?}");
}

#[test]
fn patterns_split_a_directory_and_exclude_files() {
    let place = Place::new("");
    place.write("repository/models/a/model.pkl", b"\x80\x04cos\nsystem\n(X\x01\x00\x00\x00xtR.");
    place.write("repository/models/b/fine.txt", "text\n");
    place.write("repository/weighbridge.yaml", "artifacts: ['*/', '*.txt']\n");
    let (code, report, _) = place.check(&[]);
    let paths: Vec<&str> =
        report["artifacts"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!((code, paths), (1, vec!["models/a", "models/b", "models/notes.txt"]));
    place.write("repository/weighbridge.yaml", "artifacts: ['*.none', '*.txt']\n");
    assert_eq!(place.check(&[]).0, 3);

    place.write("repository/weighbridge.yaml", "exclude: [a]\n");
    for path in ["models", "models/", "./models"] {
        let (code, report, _) = run(&place.0.path().join("repository"), &["check", path, "--format", "json"]).clone();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((code, &report["summary"]["excluded"]), (0, &json!(1)), "{path}");
        let excluded = report["artifacts"][0]["excluded"][0].as_str().unwrap();
        assert!(excluded.ends_with("a/model.pkl"), "{excluded}");
    }
    let (code, stdout, _) = place.run(&["check", "models"]);
    assert!(code == 0 && stdout.contains("1 excluded"), "{stdout}");
    // What is named itself is not below a directory.
    assert_eq!(place.run(&["check", "models/a/model.pkl"]).0, 1);
    place.write("repository/weighbridge.yaml", "exclude: ['*.pkl']\n");
    assert_eq!(place.check(&[]).0, 1);
}

/// The place of a member inside a container and that of a file beside it can be written alike.
#[cfg(unix)]
#[test]
fn an_excluded_name_hides_nothing_inside_another_file() {
    let place = Place::new("");
    place.write("repository/models/x.gz!x", "plain\n");
    place.write("repository/models/x.gz", gzip(b"\x80\x02cos\nsystem\n(X\x01\x00\x00\x00xtR."));
    let before = findings(&place.check(&[]).1);
    assert!(before.iter().any(|(rule, _)| rule == "pickle/dangerous-call"), "{before:?}");
    place.write("repository/weighbridge.yaml", "exclude: ['x.gz!x']\n");
    assert_eq!(findings(&place.check(&[]).1), before);
}

#[cfg(unix)]
fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_audit_lets_everything_through_and_says_so() {
    let place = Place::new("");
    let (code, report, _) = place.under(&["--audit"]);
    assert_eq!((code, &report["audit"], &report["verdict"]), (0, &json!(true), &json!("failed")));
    assert_eq!(findings(&report), old_weights());
    let (_, stdout, _) = place.run(&["check", "models", "--organisation", "../organisation", "--audit"]);
    assert!(stdout.starts_with("AUDIT: everything is let through") && stdout.matches("AUDIT").count() == 2, "{stdout}");
    let (_, quiet, _) = place.run(&["check", "models", "--organisation", "../organisation", "--audit", "--quiet"]);
    assert!(quiet.contains("AUDIT"), "{quiet}");
    assert_eq!(place.under(&[]).1["audit"], false);
    // What cannot be judged at all is no matter of audit.
    assert_eq!(place.run(&["check", "nowhere", "--audit"]).0, 3);
    assert_eq!(place.run(&["check", "models", "--audit", "--policy", "nowhere"]).0, 2);
    place.write("repository/weighbridge.yaml", "fail-on: dney\n");
    assert_eq!(place.run(&["check", "models", "--audit"]).0, 2);
}

#[test]
fn every_key_says_whose_it_is() {
    let (_, schema, _) = run(Path::new("."), &["schema", "config"]);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let of = |part: &Value| part["properties"].as_object().unwrap().clone();
    let mut marks = std::collections::BTreeMap::new();
    for (prefix, part) in
        [("", &schema), ("parameters.", &schema["$defs"]["Parameters"]), ("waivable.", &schema["$defs"]["Waivable"])]
    {
        for (key, value) in of(part) {
            let mark =
                value["x-weighbridge-layer"].as_str().unwrap_or_else(|| panic!("{prefix}{key} has no mark")).to_owned();
            marks.insert(format!("{prefix}{key}"), mark);
        }
    }
    let only: Vec<&str> =
        marks.iter().filter(|(_, mark)| *mark == "organisation-only").map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        only,
        [
            "allow",
            "artifacts",
            "exclude",
            "signers",
            "waivable",
            "waivable.approvers",
            "waivable.longest",
            "waivable.proof",
            "waivable.rules",
            "waivable.signers"
        ]
    );
    assert!(marks.values().all(|mark| mark == "tighten" || mark == "organisation-only"), "{marks:?}");
}

#[test]
fn the_example_of_an_organisation_holds() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for command in ["check", "test"] {
        let (code, stdout, stderr) = run(project, &["policy", command, "examples/org-policy/organisation"]);
        assert_eq!(code, 0, "{command}: {stdout}{stderr}");
    }
    let place = Place::new("");
    let example = project.join("examples/org-policy/organisation");
    let check = |path: &str| {
        let (code, stdout, stderr) =
            place.run(&["check", path, "--organisation", example.to_str().unwrap(), "--format", "json"]);
        (code, findings(&serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"))))
    };
    let told = |rule: &str, level: &str| vec![(rule.to_owned(), level.to_owned())];
    assert_eq!(check("models"), (1, told("release/missing-card", "warn")));
    place.write("repository/models/README.md", "# Our model\n");
    assert_eq!(check("models"), (0, Vec::new()));
    // The end record of an empty zip, which is not on the organisation's list.
    place.write("repository/models/model.zip", [&b"PK\x05\x06"[..], &[0; 18]].concat());
    assert_eq!(check("models"), (1, told("core/unlisted-format", "deny")));
    place.write("repository/weighbridge.yaml", "parameters: {formats: [safetensors, zip]}\n");
    let (code, _, stderr) = place.run(&["check", "models", "--organisation", example.to_str().unwrap()]);
    assert!(code == 2 && stderr.contains("`parameters.formats`"), "{stderr}");
}
