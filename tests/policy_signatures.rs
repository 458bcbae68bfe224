//! Policy sets and files of waivers with the real binary: signed, held to who must have signed them, and refused for each reason there is. What
//! is refused is not loaded (exit 2), and an approver whom no signature proves stays declared.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;
mod loopback;
mod sigstore;

use binary::{OLD_WEIGHTS as RULE, ended, remove, weighbridge, write};
use serde_json::{Value, json};
use sigstore::{IDENTITY, ISSUER, Wrong, token};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use weighbridge::digest;

/// A repository with a model that an organisation's rule denies, the organisation's folder and archive beside it, and the keys of `a` and `b`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("repository/models/old.weights", "plain text\n");
        place.write("organisation/rules/old_weights.rego", RULE);
        place.write("organisation/README.md", "# Ours\n");
        place.write("organisation/weighbridge.yaml", "fail-on: warn\nwaivable: {rules: [ours]}\n");
        for name in ["a", "b"] {
            place.openssl(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.pem"));
            place.openssl(&format!("pkey -in {name}.pem -pubout -out {name}.pub.pem"));
            place.write(&format!("{name}.yaml"), format!("by: [{{key: {name}.pub.pem}}]\n"));
        }
        place.done("policy build ../organisation -o ../set.tar.gz");
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(self.path(), name, text);
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn git(&self, arguments: &str) {
        let named = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", "-C"];
        let mut git = Command::new("git");
        let output = git.args(named).arg(self.path().join("repository")).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command =
            weighbridge(&self.path().join("repository"), &arguments.split_whitespace().collect::<Vec<_>>());
        // Nothing but what a test serves is there to be asked.
        command.env("HTTPS_PROXY", loopback::nobody()).env_remove("HTTP_PROXY").env_remove("http_proxy");
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    fn run(&self, arguments: &str) -> (i32, String, String) {
        ended(&mut self.command(arguments))
    }

    fn done(&self, arguments: &str) -> String {
        let (code, out, error) = self.run(arguments);
        assert_eq!(code, 0, "{arguments}: {out}{error}");
        out
    }

    /// `set.tar.gz` signed by a key.
    fn signed(&self, key: &str) {
        self.done(&format!("policy sign ../set.tar.gz --key ../{key}.pem --force"));
    }

    fn check(&self, arguments: &str) -> (i32, Value, String) {
        let (code, out, error) = self.run(&format!("check models --format json {arguments}"));
        (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments}: {out}{error}")), error)
    }

    /// A check that is judged by the organisation's rule: its sources.
    fn judged(&self, arguments: &str) -> Vec<Value> {
        let (code, report, error) = self.check(arguments);
        assert_eq!(code, 1, "{arguments}: {error}");
        let findings = report["artifacts"][0]["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["rule"] == "ours/old-weights"), "{report:#}");
        report["policy"]["sources"].as_array().unwrap().clone()
    }

    /// A check whose policy is not loaded: the error.
    fn refused(&self, arguments: &str) -> String {
        let (code, _, error) = self.check(arguments);
        assert_eq!(code, 2, "{arguments}: {error}");
        assert!(error.contains("not loaded"), "{arguments}: {error}");
        error
    }

    /// The reasons for which `policy verify` refuses a set, joined.
    fn reasons(&self, arguments: &str) -> String {
        let (code, out, error) = self.run(&format!("policy verify --format json {arguments}"));
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments}: {out}{error}"));
        let reasons: Vec<&str> =
            value["refusals"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
        assert_eq!(
            (code, value["verified"] == true),
            (i32::from(!reasons.is_empty()), reasons.is_empty()),
            "{value:#}"
        );
        assert!(!out.contains(" model"), "{out}");
        reasons.join(" ")
    }

    /// The fingerprint of a key, as reports show it.
    fn key(&self, name: &str) -> String {
        self.openssl(&format!("pkey -in {name}.pem -pubout -outform DER -out {name}.der"));
        format!("key sha256:{}", digest::of(&self.read(&format!("{name}.der"))).sha256)
    }
}

#[test]
fn a_set_is_loaded_when_who_must_have_signed_it_did() {
    let place = Place::new();
    place.signed("a");
    place.done("policy sign ../organisation --key ../a.pem");
    let who = json!(place.key("a"));
    for source in ["--organisation ../set.tar.gz", "--organisation ../organisation", "--policy ../set.tar.gz"] {
        let sources = place.judged(&format!("{source} --policy-signers ../a.yaml"));
        assert_eq!((&sources[0]["signed_by"], &sources[1]["signed_by"]), (&Value::Null, &who), "{source}");
        // What an organisation's configuration says is signed with its rules.
        assert!(sources[1..].iter().all(|one| one["signed_by"] == who), "{sources:#?}");
        let error = place.refused(&format!("{source} --policy-signers ../b.yaml"));
        assert!(error.contains("must have signed it") && error.contains("have that merged first"), "{error}");
        // Nobody asks for it.
        assert_eq!(place.judged(source)[1]["signed_by"], Value::Null);
    }
    // A repository's own configuration asks for it too, in the shape of `signers`; what names it besides does not take that back.
    place.write("repository/ours.yaml", "policy:\n  - source: ../set.tar.gz\n    by: [{key: ../a.pub.pem}]\n");
    assert_eq!(place.judged("--config ours.yaml --policy ../set.tar.gz")[1]["signed_by"], who);
    place.write("repository/ours.yaml", "policy:\n  - source: ../set.tar.gz\n    by: [{key: ../b.pub.pem}]\n");
    place.refused("--config ours.yaml");
    place.refused("--config ours.yaml --policy ../set.tar.gz --policy-signers ../a.yaml");
    // Any of several, while one replaces the other.
    place.write("both.yaml", "by: [{key: b.pub.pem}, {key: a.pub.pem}]\n");
    place.judged("--organisation ../set.tar.gz --policy-signers ../both.yaml");
    let (code, out, _) = place.run("rules list --organisation ../set.tar.gz --policy-signers ../a.yaml");
    assert!(code == 0 && out.contains("ours/old-weights"), "{out}");
    assert_eq!(place.run("rules list --organisation ../set.tar.gz --policy-signers ../b.yaml").0, 2);
    let (_, out, _) = place.run("check models --organisation ../set.tar.gz --policy-signers ../a.yaml --verbose");
    assert!(out.contains(", signed by key sha256:"), "{out}");
}

#[test]
fn each_reason_keeps_an_archive_out() {
    let place = Place::new();
    let source = "--organisation ../set.tar.gz --policy-signers ../a.yaml";
    let error = place.refused(source);
    assert!(error.contains("no signature was found; looked for ../set.tar.gz.sigstore.json"), "{error}");
    assert!(error.contains("weighbridge policy sign"), "{error}");
    assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "unsigned");
    place.signed("b");
    assert!(place.refused(source).contains("names another one"));
    assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "wrong-key");
    place.signed("a");
    assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "");
    place.judged(source);

    // One byte of the archive: one that does not matter to any unpacker, the gzip header's operating system.
    let right = place.read("set.tar.gz");
    let mut wrong = right.clone();
    wrong[9] ^= 1;
    place.write("set.tar.gz", &wrong);
    place.judged("--organisation ../set.tar.gz");
    assert!(place.refused(source).contains("not what was signed"));
    assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "file-changed");
    place.write("set.tar.gz", &right);

    // The signature of another archive, by the same signer.
    place.write("organisation/more.rego", RULE.replace("ours/old-weights", "ours/more").replace("old_weights", "more"));
    place.done("policy build ../organisation -o ../other.tar.gz");
    place.done("policy sign ../other.tar.gz --key ../a.pem");
    place.write("set.tar.gz.sigstore.json", place.read("other.tar.gz.sigstore.json"));
    assert!(place.refused(source).contains("over other content, called `other.tar.gz`"));
    assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "other-model");
    // An archive is known by its content, whatever it is called.
    place.write("renamed.tgz", place.read("other.tar.gz"));
    place.write("renamed.tgz.sigstore.json", place.read("other.tar.gz.sigstore.json"));
    place.judged("--organisation ../renamed.tgz --policy-signers ../a.yaml");

    // What else was signed over the very archive by the very signer: a model, a verdict, a file of waivers.
    place.done("sign ../set.tar.gz --key ../a.pem --bundle ../model.sig --attestations ../verdict.jsonl");
    for other in ["model.sig", "verdict.jsonl"] {
        place.write("set.tar.gz.sigstore.json", place.read(other));
        place.refused(source);
        assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), "other-statement", "{other}");
    }
    for (bundle, reason) in [("", "bundle-malformed"), ("{}", "bundle-malformed")] {
        place.write("set.tar.gz.sigstore.json", bundle);
        place.refused(source);
        assert_eq!(place.reasons("../set.tar.gz --key ../a.pub.pem"), reason, "{bundle}");
    }
    place.write("set.tar.gz.sigstore.json", vec![b' '; 2 << 20]);
    let (code, _, error) = place.check(source);
    assert!(code == 2 && error.contains("larger than 1 MiB"), "{error}");
}

#[test]
fn a_folder_is_all_of_what_was_signed_and_nothing_else() {
    let place = Place::new();
    let source = "--organisation ../organisation --policy-signers ../a.yaml";
    assert_eq!(place.reasons("../organisation --key ../a.pub.pem"), "unsigned");
    place.write("organisation/.cache", "not a part of it");
    place.done("policy sign ../organisation --key ../a.pem");
    let again = place.run("policy sign ../organisation --key ../a.pem");
    assert!(again.0 == 2 && again.2.contains("use --force"), "{again:?}");
    let signature = place.read("organisation/policy.sigstore.json");
    for (name, text, reason) in [
        ("organisation/weighbridge.yaml", Some("fail-on: deny\n"), "file-changed"),
        ("organisation/weighbridge.yaml", None, "file-missing"),
        ("organisation/rules/old_weights.rego", None, "file-missing"),
        ("organisation/README.md", Some("# Others\n"), "file-changed"),
        ("organisation/weighbridge-waivers.yaml", Some("waivers: []\n"), "file-uncovered"),
        ("organisation/data/list.json", Some("[]"), "file-uncovered"),
    ] {
        place.judged(source);
        let before = place.path().join(name).is_file().then(|| place.read(name));
        match text {
            Some(text) => place.write(name, text),
            None => remove(place.path(), name),
        }
        assert_eq!(place.reasons("../organisation --key ../a.pub.pem"), reason, "{name}");
        place.refused(source);
        match before {
            Some(before) => place.write(name, before),
            None => remove(place.path(), name),
        }
    }
    // A file of a signed folder is no policy set of its own.
    place.write("organisation/fixtures/evil.tar.gz", place.read("set.tar.gz"));
    place.done("policy sign ../organisation --key ../a.pem --force");
    place.write("evil.tar.gz", place.read("set.tar.gz"));
    place.write("evil.tar.gz.sigstore.json", place.read("organisation/policy.sigstore.json"));
    assert_eq!(place.reasons("../evil.tar.gz --key ../a.pub.pem"), "other-model");
    place.refused("--organisation ../evil.tar.gz --policy-signers ../a.yaml");
    remove(place.path(), "organisation/fixtures");
    place.write("organisation/policy.sigstore.json", &signature);
    place.judged(source);

    // What a signed configuration names outside of its folder is not signed.
    for (text, words) in [
        ("policy: [../more]\n", "outside of ../organisation"),
        ("waivers: ../more.yaml\n", "outside of ../organisation"),
        ("signers: [{by: [{key: ../a.pub.pem}]}]\n", "outside of ../organisation"),
        ("waivers: .hidden.yaml\n", "not among the files that were signed"),
    ] {
        place.write("more/data/more.json", "{}");
        place.write("more.yaml", "waivers: []\n");
        place.write("organisation/.hidden.yaml", "waivers: []\n");
        place.write("organisation/weighbridge.yaml", text);
        let (code, _, error) = place.run("policy sign ../organisation --key ../a.pem --force");
        if code == 2 {
            // Keys are read when the configuration is.
            assert!(error.contains(words), "{text}: {error}");
            continue;
        }
        let (code, _, error) = place.check(source);
        assert!(code == 2 && error.contains(words), "{text}: {error}");
        place.judged("--organisation ../organisation");
    }
}

#[test]
fn only_what_can_judge_is_signed() {
    let place = Place::new();
    place.write("broken/a.rego", RULE.replace("member.name,", "member.nmae,"));
    place.write("text.tar.gz", "text");
    for (set, words) in [("../broken", "nmae"), ("../text.tar.gz", "not a gzipped tar file"), ("../none", "not there")]
    {
        let (code, out, error) = place.run(&format!("policy sign {set} --key ../a.pem"));
        assert!(code >= 2 && (error.contains(words) || code == 3), "{set}: {out}{error}");
    }
    assert_eq!(place.run("policy sign ../none --key ../a.pem").0, 3);
    assert_eq!(place.run("policy verify ../none --key ../a.pub.pem").0, 3);
    assert_eq!(place.run("policy verify ../set.tar.gz").0, 2);
    assert_eq!(place.run("policy verify ../set.tar.gz --key ../a.pem").0, 2);
    assert_eq!(place.run("policy verify ../set.tar.gz --key ../a.pub.pem --bundle ../none").0, 2);
    let (code, _, error) = place.run("policy sign ../set.tar.gz --key ../a.pem --bundle ../set.tar.gz --force");
    assert!(code == 2 && error.contains("is no signature"), "{error}");
    assert!(!place.path().join("set.tar.gz.sigstore.json").exists());
    // A configuration alone is a policy too.
    place.write("alone/weighbridge.yaml", "fail-on: warn\n");
    place.done("policy sign ../alone --key ../a.pem");
    assert_eq!(place.check("--organisation ../alone --policy-signers ../a.yaml").0, 0);
}

#[test]
fn a_signer_counts_for_a_time_and_a_time_may_have_to_be_proven() {
    let place = Place::new();
    place.signed("a");
    let under = |text: &str, more: &str| {
        place.write("when.yaml", text);
        place.check(&format!("--organisation ../set.tar.gz --policy-signers ../when.yaml {more}"))
    };
    for (text, words) in [
        ("by: [{key: a.pub.pem, until: 2020-01-01}]\n", "do not count now"),
        ("by: [{key: a.pub.pem, from: 2999-01-01}]\n", "do not count now"),
        ("by: [{key: a.pub.pem}]\ntimed: true\n", "a time that nothing proves"),
    ] {
        let (code, _, error) = under(text, "");
        assert!(code == 2 && error.contains(words), "{text}: {error}");
    }
    // The time is that of the judgement.
    let window = "by: [{key: a.pub.pem, from: 2026-01-01, until: 2026-02-01}]\n";
    assert_eq!(under(window, "--evaluated-at 2026-01-31T23:59:59Z").0, 1);
    assert_eq!(under(window, "--evaluated-at 2026-02-01T00:00:00Z").0, 2);
    for (text, words) in [
        ("by: []\n", "names nobody"),
        ("key: a.pub.pem\n", "unknown field"),
        ("by: [{key: a.pub.pem}]\npaths: [x]\n", "unknown field"),
        ("by: [{identity: x}]\n", "name the `issuer`"),
        ("by: [{key: none.pem}]\n", "none.pem: cannot be read"),
        ("by: [{key: a.pem}]\n", "private key"),
    ] {
        let (code, _, error) = under(text, "");
        assert!(code == 2 && error.contains(words), "{text}: {error}");
    }
    let (code, _, error) = place.run("check models --policy-signers ../a.yaml");
    assert!(code == 2 && error.contains("--organisation"), "{error}");
    let (code, _, error) = place.check("--policy ../set.tar.gz --policy-signers ../none.yaml");
    assert!(code == 2 && error.contains("none.yaml"), "{error}");
}

/// Path to status and body.
fn serve(pages: BTreeMap<String, Vec<u8>>) -> String {
    loopback::serve(move |request| match pages.get(&request.path) {
        Some(body) => (200, body.clone()),
        None if request.path.starts_with("/broken") => (503, b"later".to_vec()),
        None => (404, b"none".to_vec()),
    })
}

#[test]
fn an_address_has_its_signature_beside_it() {
    let place = Place::new();
    place.signed("a");
    let (set, signature) = (place.read("set.tar.gz"), place.read("set.tar.gz.sigstore.json"));
    let url = serve(
        [
            ("/set.tar.gz", set.clone()),
            ("/set.tar.gz.sigstore.json", signature.clone()),
            ("/raw?x=1", set.clone()),
            ("/raw.sigstore.json?x=1", signature.clone()),
            ("/unsigned.tar.gz", set.clone()),
            ("/broken", set.clone()),
            ("/large", set.clone()),
            ("/large.sigstore.json", vec![b' '; 2 << 20]),
        ]
        .map(|(path, body)| (path.to_owned(), body))
        .into(),
    );
    let at = |path: &str| format!("--organisation {url}{path}@sha256:{}", digest::of(&set).sha256);
    let signed = |path: &str, by: &str| format!("{} --policy-signers ../{by}.yaml", at(path));
    let sources = place.judged(&signed("/set.tar.gz", "a"));
    assert_eq!(sources[1]["signed_by"], json!(place.key("a")));
    place.judged(&signed("/raw?x=1", "a"));
    place.refused(&signed("/set.tar.gz", "b"));
    let error = place.refused(&signed("/unsigned.tar.gz", "a"));
    assert!(error.contains(&format!("looked for {url}/unsigned.tar.gz.sigstore.json")), "{error}");
    place.judged(&at("/unsigned.tar.gz"));
    // That it cannot be known is no reason to go without.
    let (code, _, error) = place.check(&signed("/broken", "a"));
    assert!(code == 2 && error.contains("/broken.sigstore.json: the server answered 503"), "{error}");
    assert_eq!(place.check(&signed("/large", "a")).0, 2);
    let (code, _, error) = place.check(&format!(
        "--organisation {}/set.tar.gz@sha256:{} --policy-signers ../a.yaml",
        loopback::nobody(),
        digest::of(&set).sha256
    ));
    assert!(code == 2 && error.contains("cannot be fetched"), "{error}");
}

#[test]
fn a_registry_has_it_in_the_same_manifest() {
    let place = Place::new();
    place.signed("a");
    let (set, signature) = (place.read("set.tar.gz"), place.read("set.tar.gz.sigstore.json"));
    let layer = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "digest": format!("sha256:{}", digest::of(bytes).sha256), "size": bytes.len()});
    let archive = layer("application/vnd.oci.image.layer.v1.tar+gzip", &set);
    let bundle = layer("application/vnd.dev.sigstore.bundle.v0.3+json", &signature);
    let manifest = |layers: &[&Value]| json!({"schemaVersion": 2, "layers": layers}).to_string().into_bytes();
    let (both, alone, twice) =
        (manifest(&[&archive, &bundle]), manifest(&[&archive]), manifest(&[&archive, &bundle, &bundle]));
    let mut pages = BTreeMap::new();
    for bytes in [&set, &signature] {
        pages.insert(format!("/v2/org/policy/blobs/sha256:{}", digest::of(bytes).sha256), bytes.clone());
    }
    for bytes in [&both, &alone, &twice] {
        pages.insert(format!("/v2/org/policy/manifests/sha256:{}", digest::of(bytes).sha256), bytes.clone());
    }
    let host = serve(pages).trim_start_matches("http://").to_owned();
    let at = |manifest: &[u8], by: &str| {
        let sha256 = digest::of(manifest).sha256;
        format!("--organisation oci://{host}/org/policy@sha256:{sha256} --policy-signers ../{by}.yaml")
    };
    assert_eq!(place.judged(&at(&both, "a"))[1]["signed_by"], json!(place.key("a")));
    place.refused(&at(&both, "b"));
    let error = place.refused(&at(&alone, "a"));
    assert!(error.contains("a layer of type application/vnd.dev.sigstore.bundle.v0.3+json"), "{error}");
    assert!(place.check(&at(&twice, "a")).2.contains("more than one layer"));
}

#[test]
fn an_identity_signs_and_is_held_to_issuer_instance_and_pattern() {
    let place = Place::new();
    let instance = sigstore::serve(Wrong::Nothing);
    let elsewhere = sigstore::serve(Wrong::Nothing);
    place.write("root.json", instance.trusted_root.to_string());
    place.write("elsewhere.json", elsewhere.trusted_root.to_string());
    place.write("token", token("sigstore", 600));
    let url = &instance.url;
    let services = format!(
        "--keyless --identity-token ../token --fulcio-url {url} --rekor-url {url} --tsa-url {url}/api/v1/timestamp \
         --trusted-root ../root.json"
    );
    place.done(&format!("policy sign ../set.tar.gz {services}"));
    let verify = "../set.tar.gz --trusted-root ../root.json --issuer";
    assert_eq!(place.reasons(&format!("{verify} {ISSUER} --identity {IDENTITY}")), "");
    assert_eq!(place.reasons(&format!("{verify} {ISSUER} --identity else@example.org")), "wrong-identity");
    assert_eq!(place.reasons(&format!("{verify} https://else.example --identity {IDENTITY}")), "wrong-issuer");
    for (signer, loads) in [
        (json!({"identity": IDENTITY, "issuer": ISSUER, "root": "root.json"}), true),
        (json!({"pattern": format!("^{IDENTITY}$"), "issuer": ISSUER, "root": "root.json"}), true),
        (json!({"identity": IDENTITY, "issuer": ISSUER, "root": "root.json", "until": "2020-01-01"}), false),
        (json!({"identity": "else@example.org", "issuer": ISSUER, "root": "root.json"}), false),
        (json!({"identity": IDENTITY, "issuer": "https://else.example", "root": "root.json"}), false),
        (json!({"identity": IDENTITY, "issuer": ISSUER, "root": "elsewhere.json"}), false),
        (json!({"identity": IDENTITY, "issuer": ISSUER}), false),
        (json!({"key": "a.pub.pem"}), false),
    ] {
        place.write("who.yaml", json!({"by": [signer], "timed": true}).to_string());
        let arguments = "--organisation ../set.tar.gz --policy-signers ../who.yaml";
        match loads {
            true => assert_eq!(place.judged(arguments)[1]["signed_by"], IDENTITY),
            false => drop(place.refused(arguments)),
        }
    }
    // An approver proves it in the same way.
    place.write("repository/weighbridge-waivers.yaml", waivers(IDENTITY));
    place.done(&format!("waive --sign {services}"));
    let who = json!({"identity": IDENTITY, "issuer": ISSUER, "root": "../root.json"});
    place.write(
        "organisation/weighbridge.yaml",
        json!({"waivable": {"rules": ["ours"], "proof": "signed", "signers": {IDENTITY: [who]}}}).to_string(),
    );
    let (code, report, error) = place.check("--organisation ../organisation");
    assert_eq!((code, &report["waivers"][0]["signed_by"]), (0, &json!(IDENTITY)), "{report:#}{error}");
}

/// A file of waivers that accepts the finding about `old.weights`.
fn waivers(approver: &str) -> String {
    format!(
        "waivers:\n  - rule: ours/old-weights\n    digest: {}\n    path: models/old.weights\n    reason: ours\n    \
         approver: {approver}\n    created: 2026-01-01\n    expires: 2999-01-01\n",
        digest::of(b"plain text\n").sha256
    )
}

#[test]
fn an_approver_is_signed_for_when_who_is_named_signed_the_file() {
    let place = Place::new();
    let organisation = |proof: &str, signers: &str| {
        let text = format!("waivable: {{rules: [ours], proof: {proof}, signers: {{{signers}}}}}\n");
        place.write("organisation/weighbridge.yaml", text);
    };
    let by_a = "ann: [{key: ../a.pub.pem}], bob: [{key: ../b.pub.pem}]";
    // Exit code, proof, who signed, state and why.
    let told = || {
        let (code, report, _) = place.check("--organisation ../organisation");
        let waiver = &report["waivers"][0];
        let text = |key: &str| waiver[key].as_str().unwrap_or_default().to_owned();
        let waived = &report["artifacts"][0]["findings"][0]["waived"];
        if code == 0 {
            assert_eq!(
                (&waived["approver_proof"], &waived["signed_by"]),
                (&waiver["approver_proof"], &waiver["signed_by"])
            );
        }
        (code, text("approver_proof"), text("signed_by"), text("state"), text("why"))
    };
    let file = "repository/weighbridge-waivers.yaml";
    let signature = "repository/weighbridge-waivers.yaml.sigstore.json";
    place.write(file, waivers("ann"));
    let declared = |why: &str| {
        organisation("declared", by_a);
        let (code, proof, who, state, _) = told();
        assert_eq!((code, proof.as_str(), who.as_str(), state.as_str()), (0, "declared", "", "used"), "{why}");
        organisation("signed", by_a);
        let (code, proof, who, state, told) = told();
        assert_eq!((code, proof.as_str(), who.as_str(), state.as_str()), (1, "declared", "", "refused"), "{why}");
        assert!(told.contains(why) && told.contains("only declared"), "{why}: {told}");
    };
    declared("no signature was found; looked for weighbridge-waivers.yaml.sigstore.json");
    place.done("waive --sign --key ../b.pem");
    declared("names another one");
    let out = place.done("waive --sign --key ../a.pem");
    assert!(
        out.contains("signed weighbridge-waivers.yaml with 1 waiver") && out.contains("beside 1 signature"),
        "{out}"
    );
    let signed = (0, "signed".to_owned(), place.key("a"), "used".to_owned(), String::new());
    assert_eq!(told(), signed);
    organisation("declared", by_a);
    assert_eq!(told(), signed);
    let (_, out, _) = place.run("check models --organisation ../organisation");
    assert!(out.contains("by ann (signed by key sha256:"), "{out}");
    // Signed again by the same key, it is not there twice.
    place.done("waive --sign --key ../a.pem");
    assert_eq!(place.read(signature).iter().filter(|byte| **byte == b'\n').count(), 2);

    // The signer proves no other approver than the one they are named for.
    organisation("signed", "ann: [{key: ../b.pub.pem}]");
    assert_eq!(told().2, place.key("b"));
    place.write(file, waivers("eve"));
    organisation("signed", by_a);
    assert!(told().4.contains("names nobody who signs for eve"));
    place.write(file, waivers("ann"));
    assert_eq!(told(), signed);
    organisation("signed", "");
    assert!(told().4.contains("names nobody who signs for ann"));
    organisation("signed", "ann: [{key: ../a.pub.pem, until: 2020-01-01}]");
    assert!(told().4.contains("do not count now"), "{:?}", told());

    // One byte more, and nothing of it is signed.
    place.write(file, waivers("ann") + "\n");
    declared("not what was signed");
    // Signed again, signatures over what it was are gone.
    let out = place.done("waive --sign --key ../a.pem");
    assert!(!out.contains("beside"), "{out}");
    organisation("signed", by_a);
    assert_eq!(told(), signed);
    // The signature of another file of waivers, and what was signed as a policy set.
    place.write("repository/other.yaml", waivers("bob"));
    place.done("waive --sign --to other.yaml --key ../a.pem");
    place.write(signature, place.read("repository/other.yaml.sigstore.json"));
    declared("over other content, called `other.yaml`");
    place.signed("a");
    place.write(signature, place.read("set.tar.gz.sigstore.json"));
    declared("WEIGHBRIDGE_POLICY_RELEASED");
    place.write(signature, "no bundle");
    declared("not a Sigstore bundle");
    // No signature is replaced by what is none.
    let (code, _, error) = place.run("waive --sign --key ../a.pem");
    assert!(code == 2 && error.contains("is no signature"), "{error}");
}

#[test]
fn waivers_are_written_and_signed_in_one_go() {
    let place = Place::new();
    place.run("check models --organisation ../organisation --format json --output ../report.json");
    let written = "waive ../report.json --rule ours/old-weights --reason ours --approver ann --sign";
    let (code, _, error) = place.run(&format!("{written} --key ../none.pem"));
    assert!(code == 2 && !place.path().join("repository/weighbridge-waivers.yaml").exists(), "{error}");
    place.done(&format!("{written} --key ../a.pem"));
    place.write(
        "organisation/weighbridge.yaml",
        "waivable: {rules: [ours], proof: signed, signers: {ann: [{key: ../a.pub.pem}]}}\n",
    );
    assert_eq!(place.check("--organisation ../organisation").0, 0);
    for (wrong, words) in [
        ("waive", "<REPORT>"),
        ("waive --sign", "--key"),
        ("waive --key ../a.pem", "--sign"),
        ("waive --sign --key ../a.pem --rule x", "<REPORT>"),
        ("waive ../report.json --rule x", "--reason"),
        ("waive --sign --key ../a.pem --to none.yaml", "none.yaml"),
        ("waive --sign --key ../a.pem --to ../a.pem", "not a valid file of waivers"),
    ] {
        let (code, _, error) = place.run(wrong);
        assert!(code == 2 && error.contains(words), "{wrong}: {error}");
    }
    for (text, words) in [
        ("waivable: {signers: {ann: []}}", "nobody is named who signs for ann"),
        ("waivable: {signers: {ann: [{identity: x}]}}", "name the `issuer`"),
        ("waivable: {signers: {ann: [{key: none.pem}]}}", "none.pem: cannot be read"),
        ("waivable: {signers: {ann: [{key: ../a.pem}]}}", "`waivable.signers`, ann"),
    ] {
        place.write("organisation/weighbridge.yaml", text);
        let (code, _, error) = place.check("--organisation ../organisation");
        assert!(code == 2 && error.contains(words), "{text}: {error}");
    }
    // A repository does not say who proves whom.
    place.write("organisation/weighbridge.yaml", "fail-on: warn\n");
    place.write("repository/weighbridge.yaml", "waivable: {signers: {ann: [{key: ../a.pub.pem}]}}\n");
    let (code, _, error) = place.check("--organisation ../organisation");
    assert!(code == 2 && error.contains("`waivable`"), "{error}");
    // An archive has no files beside it: a key stands in it as PEM.
    place.write("organisation/weighbridge.yaml", "waivable: {rules: [ours], signers: {ann: [{key: ../a.pub.pem}]}}\n");
    let (code, _, error) = place.run("policy build ../organisation -o ../packed.tar.gz");
    assert!(code == 2 && error.contains("`waivable.signers`") && error.contains("write the PEM itself"), "{error}");
    let pem = String::from_utf8(place.read("a.pub.pem")).unwrap();
    let signers = json!({"rules": ["ours"], "proof": "signed", "signers": {"ann": [{"key": pem}]}});
    place.write("organisation/weighbridge.yaml", json!({"waivable": signers}).to_string());
    place.done("policy build ../organisation -o ../packed.tar.gz");
    remove(place.path(), "repository/weighbridge.yaml");
    assert_eq!(place.check("--organisation ../packed.tar.gz").0, 0);
}

#[test]
fn a_pull_request_says_nothing_of_who_must_have_signed() {
    let place = Place::new();
    place.signed("a");
    let (file, signature) =
        ("repository/weighbridge-waivers.yaml", "repository/weighbridge-waivers.yaml.sigstore.json");
    place.write("repository/a.pub.pem", place.read("a.pub.pem"));
    place.write("repository/signers.yaml", "by: [{key: a.pub.pem}]\n");
    place.write("repository/set.tar.gz", place.read("set.tar.gz"));
    place.write("repository/set.tar.gz.sigstore.json", place.read("set.tar.gz.sigstore.json"));
    place.write("repository/weighbridge.yaml", "policy:\n  - source: set.tar.gz\n    by: [{key: a.pub.pem}]\n");
    place.git("init -q");
    place.git("add -A");
    place.git("commit -q -m main");
    place.git("branch -q target");
    let pull = |arguments: &str| {
        place.git("add -A");
        place.git("commit -q --allow-empty -m head");
        let mut command = place.command(&format!("check models --format json --base target {arguments}"));
        let (code, out, error) = ended(&mut command);
        (code, serde_json::from_str::<Value>(&out).unwrap_or_else(|_| panic!("{out}{error}")), error)
    };
    let who = json!(place.key("a"));
    let ways = ["", "--no-config --policy set.tar.gz --policy-signers signers.yaml"];
    for way in ways {
        let (code, report, error) = pull(way);
        assert_eq!((code, &report["policy"]["sources"][1]["signed_by"]), (1, &who), "{way}: {error}");
    }
    // The branch puts a set of its own there, signs it, and names its own key everywhere.
    place.write("organisation/rules/old_weights.rego", RULE.replace(".weights", ".nothing"));
    place.done("policy build ../organisation -o set.tar.gz");
    place.done("policy sign set.tar.gz --key ../b.pem --force");
    place.write("repository/a.pub.pem", place.read("b.pub.pem"));
    assert_eq!(place.check("").0, 0);
    for way in ways {
        let (code, report, error) = pull(way);
        assert_eq!((code, &report["policy"]["sources"][1]["signed_by"]), (1, &who), "{way}: {error}");
    }
    // Its waivers, signed by whom the organisation names, count once they are merged.
    let organisation = "waivable: {rules: [ours], proof: signed, signers: {ann: [{key: ../b.pub.pem}]}}\n";
    place.write("organisation/weighbridge.yaml", organisation);
    place.write("organisation/rules/old_weights.rego", RULE);
    place.write("repository/weighbridge.yaml", "");
    place.write(file, waivers("ann"));
    place.done("waive --sign --key ../b.pem");
    place.git("add -A");
    place.git("commit -q -m waived");
    let under = "--organisation ../organisation --config weighbridge.yaml";
    assert_eq!(place.check("--organisation ../organisation").0, 0);
    place.git("branch -q -f target HEAD");
    // The signature is the target branch's too.
    remove(place.path(), signature);
    assert_eq!(place.check("--organisation ../organisation").0, 1);
    let (code, report, error) = pull(under);
    assert_eq!((code, &report["waivers"][0]["approver_proof"]), (0, &json!("signed")), "{report:#}{error}");
    place.git("branch -q -f target HEAD");
    assert_eq!(pull(under).0, 1);
}
