//! Models judged and signed by the real binary with keys that openssl made here, verified by it, tampered with and refused; and every
//! way in which nothing is signed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use base64::Engine as _;
use binary::{ended, remove, run, weighbridge, write};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use weighbridge::attest::{IN_TOTO, Known, PrivateKeyFile, Sign as _, Signable};
use weighbridge::config::Matcher;
use weighbridge::digest::{Algorithm, Measure};
use weighbridge::extract::{self, Wanted};
use weighbridge::gate::{self, Options, Terms};
use weighbridge::limits::Limits;
use weighbridge::policy::{Layers, PolicySet};
use weighbridge::verdict::Level;

const PASSWORD: &str = "correct horse";

/// A folder with a model that passes, and keys.
struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "model/config.json", "{\"hidden_size\": 64}\n");
        write(folder.path(), "model/notes/a.txt", "twelve bytes\n");
        write(folder.path(), "model/notes/empty.txt", "");
        let workshop = Self(folder);
        workshop.key("signer", "P-256");
        workshop
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `NAME.pem` and `NAME.pub.pem`.
    fn key(&self, name: &str, curve: &str) {
        let (private, public) = (format!("{name}.pem"), format!("{name}.pub.pem"));
        let curve = format!("ec_paramgen_curve:{curve}");
        self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", &curve, "-out", &private]);
        self.openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]);
    }

    /// `NAME.crt` for the key `KEY.pem`, valid for `days` from now.
    fn certificate(&self, name: &str, key: &str, extensions: &[&str], by: Option<&str>) {
        let (key, out, request) = (format!("{key}.pem"), format!("{name}.crt"), format!("{name}.csr"));
        write(self.path(), "extensions", format!("[e]\n{}\n", extensions.join("\n")));
        self.openssl(&["req", "-new", "-key", &key, "-subj", &format!("/CN={name}"), "-out", &request]);
        let (ca, ca_key) = (by.map(|by| format!("{by}.crt")), by.map(|by| format!("{by}.pem")));
        let by = match (&ca, &ca_key) {
            (Some(ca), Some(ca_key)) => vec!["-CA", ca, "-CAkey", ca_key, "-CAcreateserial"],
            _ => vec!["-signkey", &key],
        };
        let first = ["x509", "-req", "-in", &request, "-days", "30", "-extfile", "extensions", "-extensions", "e"];
        self.openssl(&[&first[..], &["-out", &out], &by].concat());
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run(self.path(), arguments)
    }

    fn signed(&self, arguments: &[&str]) {
        let (code, out, error) = self.run(&[&["sign", "model", "--key", "signer.pem"], arguments].concat());
        assert_eq!(code, 0, "{arguments:?}: {out}{error}");
    }

    /// What `sign` says when it signs nothing.
    fn unsigned(&self, code: i32, arguments: &[&str]) -> String {
        let (found, out, error) = self.run(&[&["sign", "model"], arguments].concat());
        assert_eq!(found, code, "{arguments:?}: {out}{error}");
        assert!(!self.path().join("model/model.sig").exists() && !self.path().join("model/claims.jsonl").exists());
        assert!(
            !std::fs::read_dir(self.path().join("model"))
                .unwrap()
                .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with(".weighbridge") })
        );
        out + &error
    }

    fn verified(&self, arguments: &[&str]) -> Value {
        let (code, value) = self.verify(arguments);
        assert_eq!((code, &value["verified"]), (0, &Value::Bool(true)), "{arguments:?}: {value:#}");
        value
    }

    /// The reasons of a refusal, joined.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, value) = self.verify(arguments);
        assert_eq!((code, &value["verified"]), (1, &Value::Bool(false)), "{arguments:?}: {value:#}");
        let refusals = value["refusals"].as_array().unwrap();
        assert!(refusals.iter().all(|one| one["remedy"].as_str().unwrap().len() > 20), "{value:#}");
        refusals.iter().map(|one| one["reason"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    fn verify(&self, arguments: &[&str]) -> (i32, Value) {
        let by = if arguments.iter().any(|one| ["--key", "--ca"].contains(one)) { &[][..] } else { &KEY };
        let (code, out, error) = self.run(&[&["verify", "--format", "json"], arguments, by].concat());
        (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?}: {out}{error}")))
    }
}

const KEY: [&str; 2] = ["--key", "signer.pub.pem"];
const LEAF: [&str; 4] =
    ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=codeSigning", ""];

/// The statements of a file of bundles.
fn statements(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let payload = |line: &str| {
        let bundle: Value = serde_json::from_str(line).unwrap();
        let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
        serde_json::from_slice(&base64::engine::general_purpose::STANDARD.decode(payload).unwrap()).unwrap()
    };
    text.lines().map(payload).collect()
}

#[test]
fn what_passed_is_signed_and_verified_and_refused_when_it_changed() {
    let shop = Workshop::new();
    shop.signed(&[]);
    assert_eq!(shop.verified(&["model"])["coverage"]["covered"], 3);
    assert_eq!(shop.verified(&["model", "--require-verdict"])["coverage"]["covered"], 3);
    // Signed models are models: they are judged, and signed again.
    let (code, out, _) = shop.run(&["check", "model"]);
    assert!(code == 0 && out.contains("0 warned"), "{out}");
    assert!(shop.run(&["sign", "model", "--key", "signer.pem"]).2.contains("--force"));
    shop.signed(&["--force"]);

    write(shop.path(), "model/notes/a.txt", "twelve bytez\n");
    assert_eq!(shop.refused(&["model"]), "file-changed");
    assert_eq!(shop.refused(&["model", "--require-verdict"]), "file-changed");
    remove(shop.path(), "model/notes/a.txt");
    assert_eq!(shop.refused(&["model"]), "file-missing");
    assert_eq!(shop.refused(&["model", "--require-verdict"]), "file-missing");
    // The same content by another name may be loaded another way.
    write(shop.path(), "model/notes/a.py", "twelve bytes\n");
    assert_eq!(shop.refused(&["model"]), "file-missing file-uncovered");
    assert_eq!(shop.refused(&["model", "--require-verdict"]), "file-missing file-uncovered");
}

#[test]
fn a_file_is_signed_beside_it() {
    let shop = Workshop::new();
    let (code, _, error) = shop.run(&["sign", "model/config.json", "--key", "signer.pem"]);
    assert_eq!(code, 0, "{error}");
    let beside: Vec<bool> = ["model/config.json.sig", "model/config.json.claims.jsonl"]
        .iter()
        .map(|name| shop.path().join(name).is_file())
        .collect();
    assert_eq!(beside, [true, true]);
    shop.verified(&["model/config.json"]);
    shop.verified(&["model/config.json", "--require-verdict"]);
    write(shop.path(), "elsewhere/other.json", std::fs::read(shop.path().join("model/config.json")).unwrap());
    // A signature of one file is over its content, whatever its name; a verdict is about the name too.
    shop.verified(&["elsewhere/other.json", "--bundle", "model/config.json.sig"]);
    let verdict = ["elsewhere/other.json", "--require-verdict", "--bundle", "model/config.json.claims.jsonl"];
    assert_eq!(shop.refused(&verdict), "other-model file-missing file-uncovered");
}

#[test]
fn every_hash_function_and_shards_are_signed() {
    let shop = Workshop::new();
    for hash in ["sha256", "blake2b", "blake3"] {
        for shards in [&[][..], &["--shard-size", "5"]] {
            shop.signed(&[&["--force", "--hash", hash][..], shards].concat());
            let covered = shop.verified(&["model"])["coverage"]["covered"].clone();
            assert_eq!(covered, if shards.is_empty() { 3 } else { 2 }, "an empty file has no shard");
            shop.verified(&["model", "--require-verdict"]);
        }
    }
    remove(shop.path(), "model/config.json");
    remove(shop.path(), "model/notes/a.txt");
    remove(shop.path(), "model/model.sig");
    remove(shop.path(), "model/claims.jsonl");
    let told = shop.unsigned(2, &["--key", "signer.pem", "--shard-size", "5"]);
    assert!(told.contains("nothing to sign"), "{told}");
}

#[test]
fn keys_are_read_in_every_form_and_refused_in_words() {
    let shop = Workshop::new();
    for curve in ["P-256", "P-384", "P-521"] {
        shop.key("plain", curve);
        shop.openssl(&["ec", "-in", "plain.pem", "-out", "sec1.pem"]);
        shop.openssl(&[
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-256-cbc",
            "-in",
            "plain.pem",
            "-passout",
            "pass:correct horse",
            "-out",
            "locked.pem",
        ]);
        write(shop.path(), "password", format!("{PASSWORD}\n"));
        for key in ["plain.pem", "sec1.pem", "locked.pem"] {
            let (code, _, error) = shop.run(&["sign", "model", "--force", "--key", key, "--password-file", "password"]);
            assert_eq!(code, 0, "{curve} {key}: {error}");
            shop.verified(&["model", "--key", "plain.pub.pem"]);
            assert_eq!(shop.refused(&["model"]), "wrong-key");
        }
    }
    let mut by_variable = weighbridge(shop.path(), &["sign", "model", "--force", "--key", "locked.pem"]);
    assert_eq!(ended(by_variable.env("WEIGHBRIDGE_KEY_PASSWORD", PASSWORD)).0, 0);
    remove(shop.path(), "model/model.sig");
    remove(shop.path(), "model/claims.jsonl");

    // The parameters in front, as `openssl ecparam -genkey` writes them.
    shop.openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-out", "with-parameters.pem"]);
    assert!(std::fs::read_to_string(shop.path().join("with-parameters.pem")).unwrap().contains("EC PARAMETERS"));
    let (code, _, error) = shop.run(&["sign", "model/config.json", "--key", "with-parameters.pem"]);
    assert_eq!(code, 0, "{error}");
    remove(shop.path(), "model/config.json.sig");
    remove(shop.path(), "model/config.json.claims.jsonl");

    write(shop.path(), "password", "battery staple");
    let told = shop.unsigned(2, &["--key", "locked.pem", "--password-file", "password"]);
    assert!(told.contains("locked.pem: the password does not open") && !told.contains("staple"), "{told}");
    let told = shop.unsigned(2, &["--key", "locked.pem"]);
    assert!(told.contains("WEIGHBRIDGE_KEY_PASSWORD") && told.contains("--password-file"), "{told}");

    write(shop.path(), "password", "\n");
    let told = shop.unsigned(2, &["--key", "locked.pem", "--password-file", "password"]);
    assert!(told.contains("password: holds no password"), "{told}");

    shop.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1", "-out", "koblitz.pem"]);
    shop.openssl(&["ec", "-in", "koblitz.pem", "-out", "koblitz-sec1.pem"]);
    shop.openssl(&["genpkey", "-algorithm", "ed25519", "-out", "edwards.pem"]);
    shop.openssl(&["genpkey", "-algorithm", "RSA", "-out", "rsa.pem"]);
    shop.openssl(&["pkcs8", "-topk8", "-scrypt", "-in", "signer.pem", "-passout", "pass:x", "-out", "scrypt.pem"]);
    shop.openssl(&["ec", "-aes256", "-in", "signer.pem", "-passout", "pass:x", "-out", "old.pem"]);
    shop.openssl(&[
        "pkcs8",
        "-topk8",
        "-v1",
        "PBE-SHA1-3DES",
        "-in",
        "signer.pem",
        "-passout",
        "pass:x",
        "-out",
        "first.pem",
    ]);
    shop.openssl(&["pkcs8", "-topk8", "-v2", "des3", "-in", "signer.pem", "-passout", "pass:x", "-out", "triple.pem"]);
    shop.openssl(&["pkey", "-in", "signer.pem", "-outform", "DER", "-out", "signer.der"]);
    write(shop.path(), "nonsense.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    write(shop.path(), "damaged.pem", "-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----\n");
    write(shop.path(), "cut.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    write(shop.path(), "empty.pem", "");
    write(shop.path(), "x", "x");
    for (key, words) in [
        ("koblitz.pem", "secp256k1"),
        ("koblitz-sec1.pem", "another curve"),
        ("edwards.pem", "Ed25519"),
        ("rsa.pem", "RSA"),
        ("scrypt.pem", "scrypt"),
        ("old.pem", "openssl pkcs8 -topk8"),
        ("first.pem", "PBES1"),
        ("triple.pem", "a cipher other than AES-CBC"),
        ("signer.der", "pkcs8 -topk8 -inform DER"),
        ("model", "a directory"),
        ("nonsense.pem", "cannot be read"),
        ("damaged.pem", "cannot be read"),
        ("cut.pem", "cannot be read"),
        ("empty.pem", "no private key"),
        ("signer.pub.pem", "public key"),
        ("nowhere.pem", "check the path"),
    ] {
        let told = shop.unsigned(2, &["--key", key, "--password-file", "x"]);
        assert!(told.contains(words) && told.contains(key), "{key}: {told}");
    }
}

#[test]
fn a_certificate_signs_when_every_verifier_would_take_it() {
    let shop = Workshop::new();
    shop.key("root", "P-384");
    shop.key("middle", "P-384");
    let authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
    shop.certificate("root", "root", &authority, None);
    shop.certificate("middle", "middle", &authority, Some("root"));
    shop.certificate("signer", "signer", &LEAF, Some("middle"));
    shop.signed(&["--certificate", "signer.crt", "--chain", "middle.crt"]);
    let value = shop.verified(&["model", "--ca", "root.crt"]);
    assert_eq!(value["signed_by"]["subject"], "CN=signer");
    shop.verified(&["model", "--require-verdict", "--ca", "root.crt"]);
    assert_eq!(shop.refused(&["model", "--ca", "signer.crt"]), "certificate-untrusted");
    // Without those in between it is the verifier who has to know them.
    shop.signed(&["--force", "--certificate", "signer.crt"]);
    assert_eq!(shop.refused(&["model", "--ca", "root.crt"]), "certificate-untrusted");
    shop.verified(&["model", "--ca", "middle.crt"]);
    // One file may hold them all.
    let read = |name: &str| std::fs::read_to_string(shop.path().join(name)).unwrap();
    write(shop.path(), "all.crt", read("signer.crt") + &read("middle.crt"));
    shop.signed(&["--force", "--certificate", "all.crt"]);
    shop.verified(&["model", "--ca", "root.crt"]);
    remove(shop.path(), "model/model.sig");
    remove(shop.path(), "model/claims.jsonl");

    shop.certificate("tls", "signer", &[LEAF[0], LEAF[1], "extendedKeyUsage=serverAuth"], Some("middle"));
    shop.certificate("plain", "signer", &LEAF[..2], Some("middle"));
    shop.certificate("authority", "signer", &[authority[0], LEAF[1], LEAF[2]], Some("middle"));
    for (certificate, words) in [
        ("tls.crt", "codeSigning"),
        ("plain.crt", "codeSigning"),
        ("authority.crt", "CA:TRUE"),
        ("middle.crt", "not of this private key"),
        ("signer.pem", "no certificate"),
    ] {
        let told = shop.unsigned(2, &["--key", "signer.pem", "--certificate", certificate]);
        assert!(told.contains(words) && told.contains(certificate), "{certificate}: {told}");
    }
}

#[test]
fn what_is_not_approved_is_not_signed() {
    let shop = Workshop::new();
    let key = ["--key", "signer.pem"];
    // Denied: the findings are those of `check`.
    write(shop.path(), "model/weights.pkl", b"cposix\nsystem\n(X\x02\x00\x00\x00idtR.");
    let told = shop.unsigned(1, &key);
    let (_, checked, _) = shop.run(&["check", "model"]);
    assert_eq!(told, checked);
    assert!(told.contains("posix.system"), "{told}");
    let json = shop.unsigned(1, &[&key[..], &["--format", "json"]].concat());
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["verdict"], "failed");
    // An audit lets it through and is no reason to sign.
    assert!(shop.unsigned(2, &[&key[..], &["--audit"]].concat()).contains("--audit"));
    // Excluded: passed without having been judged.
    write(shop.path(), "weighbridge.yaml", "exclude: ['weights.pkl']\n");
    let told = shop.unsigned(1, &key);
    assert!(told.contains("nothing was signed") && told.contains("weights.pkl"), "{told}");
    remove(shop.path(), "weighbridge.yaml");
    remove(shop.path(), "model/weights.pkl");
    // Incomplete: a file beside others that nothing recognises passes, and was not read.
    write(shop.path(), "model/blob", b"\x93\x00\xff\xfe\x01\x02");
    let told = shop.unsigned(1, &key);
    assert!(told.contains("not read: model/blob"), "{told}");
    remove(shop.path(), "model/blob");
    // Missing.
    let (code, _, error) = shop.run(&["sign", "nowhere", "--key", "signer.pem"]);
    assert_eq!(code, 3, "{error}");
    shop.signed(&[]);
}

/// Judging and signing take a moment each; what comes in between is played here by hand.
#[test]
fn what_changed_since_it_was_judged_is_not_signed() {
    let shop = Workshop::new();
    let model = shop.path().join("model");
    let (no_patterns, limits) = (Matcher::default(), Limits::default());
    let terms = Terms {
        evaluated_at: "2026-01-31T12:00:00Z",
        fail_on: Level::Deny,
        exclude: &no_patterns,
        waivers: &[],
        audit: false,
        replay: false,
        signing: true,
    };
    let options = Options { limits: &limits, progress: &(), known: &Known::default(), terms };
    let layers = Layers::one(PolicySet::embedded().unwrap());
    let checked = gate::check(std::slice::from_ref(&model), &layers, Path::new("not needed"), &options).unwrap();
    let [approved] = checked.approved.as_slice() else { panic!("{:?}", checked.report) };
    let measure = Measure { algorithm: Algorithm::Blake3, shard: None };
    let signable = || {
        let measures = |name: &str, _: u64| Signable::measures(name, measure);
        let wanted = Wanted { measures: &measures, files: 100, progress: &() };
        let inventory = extract::inventory(&model, &wanted).unwrap();
        let ignored = ["model.sig".to_owned()];
        Signable::new(approved, &inventory, "model", measure, &ignored).map(|signable| signable.manifest())
    };
    let changed = || signable().unwrap_err().to_string();
    let manifest = signable().unwrap();
    write(&model, "model.sig", "{}");
    write(&model, ".git/HEAD", "ref");
    assert_eq!(signable().unwrap(), manifest, "its own signature and git's folder are no part of it");
    // Of the same size, and with the time that it had.
    let (file, text) = (model.join("notes/a.txt"), "twelve bytes\n");
    let time = std::fs::metadata(&file).unwrap().modified().unwrap();
    write(&model, "notes/a.txt", "twelve bytez\n");
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    assert!(changed().contains("notes/a.txt; see that nothing writes"), "{}", changed());
    write(&model, "notes/a.txt", text);
    assert_eq!(signable().unwrap(), manifest);
    write(&model, "notes/b.txt", text);
    assert!(changed().contains("changed since it was judged, nothing was signed: notes/b.txt;"), "{}", changed());
    std::fs::rename(model.join("notes/b.txt"), &file).unwrap();
    assert_eq!(signable().unwrap(), manifest);
    remove(&model, "config.json");
    assert!(changed().contains(": config.json;"), "{}", changed());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("notes/a.txt", model.join("config.json")).unwrap();
        assert!(changed().contains(": config.json;"), "{}", changed());
    }
}

#[test]
fn a_verdict_is_asked_for_by_signer_and_policy() {
    let shop = Workshop::new();
    assert_eq!(shop.refused(&["model", "--require-verdict"]), "verdict-missing");
    write(shop.path(), "policies/ours/old_weights/old_weights.rego", binary::OLD_WEIGHTS);
    let zeros = format!("sha256:{}", "0".repeat(64));
    shop.signed(&["--policy", "policies", "--vsa", "oci://registry.example.org/models/tagger:1"]);
    let (_, report, _) = shop.run(&["check", "model", "--policy", "policies", "--format", "json"]);
    let policy = serde_json::from_str::<Value>(&report).unwrap()["policy"]["digest"].as_str().unwrap().to_owned();
    let asked = ["model", "--require-verdict", "--policy-digest", &policy];
    let value = shop.verified(&asked);
    assert_eq!(value["verdict"]["policies"], serde_json::json!([policy]));
    assert_eq!(value["verdict"]["version"], env!("CARGO_PKG_VERSION"));
    shop.verified(&["model", "--require-verdict", "--policy-digest", &zeros, "--policy-digest", &policy]);
    assert_eq!(shop.refused(&["model", "--require-verdict", "--policy-digest", &zeros]), "wrong-policy");
    assert_eq!(
        shop.run(&["verify", "model", "--key", "signer.pub.pem", "--require-verdict", "--policy-digest", "x"]).0,
        2
    );
    // The embedded policy alone is another one.
    shop.signed(&["--force"]);
    assert_eq!(shop.refused(&asked), "wrong-policy");
    shop.signed(&["--force", "--policy", "policies", "--vsa", "oci://registry.example.org/models/tagger:1"]);

    // Another signer's word.
    shop.key("other", "P-256");
    let others: Vec<&str> = [&asked[..], &["--key", "other.pub.pem"]].concat();
    assert_eq!(shop.refused(&others), "wrong-key");
    // The model's signature is no verdict, and the other statements beside it are none either.
    assert_eq!(shop.refused(&[&asked[..], &["--bundle", "model/model.sig"]].concat()), "verdict-missing");
    let claims = shop.path().join("model/claims.jsonl");
    let text = std::fs::read_to_string(&claims).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    write(shop.path(), "others.jsonl", lines[1..].join("\n"));
    assert_eq!(shop.refused(&[&asked[..], &["--bundle", "others.jsonl"]].concat()), "verdict-missing");
    // A verdict of another model.
    write(shop.path(), "second/config.json", "{\"hidden_size\": 65}\n");
    let (code, _, error) = shop.run(&["sign", "second", "--key", "signer.pem"]);
    assert_eq!(code, 0, "{error}");
    let swapped = shop.refused(&["model", "--require-verdict", "--bundle", "second/claims.jsonl"]);
    assert_eq!(swapped, "file-changed file-uncovered");
    // A verdict that was altered.
    write(shop.path(), "model/claims.jsonl", text.replacen("\"payload\":\"ey", "\"payload\":\"eyI", 1));
    assert_ne!(shop.verify(&asked).0, 0);
    write(shop.path(), "model/claims.jsonl", &text);

    let statements = statements(&claims);
    let kinds: Vec<&str> = statements.iter().map(|one| one["predicateType"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "https://in-toto.io/attestation/svr/v0.2",
            "https://in-toto.io/attestation/test-result/v0.1",
            "https://slsa.dev/verification_summary/v1"
        ]
    );
    let summary = &statements[2]["predicate"];
    assert_eq!(summary["resourceUri"], "oci://registry.example.org/models/tagger:1");
    assert_eq!(summary["verificationResult"], "PASSED");
    assert_eq!(format!("sha256:{}", summary["policy"]["digest"]["sha256"].as_str().unwrap()), policy);
    assert_eq!(statements[1]["predicate"]["result"], "PASSED");
}

#[test]
fn each_flaw_of_a_verdict_is_refused_for_what_it_is() {
    let shop = Workshop::new();
    let (code, _, error) = shop.run(&["sign", "model", "--key", "signer.pem", "--attestations", "verdict.jsonl"]);
    assert_eq!(code, 0, "{error}");
    let honest = statements(&shop.path().join("verdict.jsonl")).remove(0);
    let pem = std::fs::read(shop.path().join("signer.pem")).unwrap();
    let key = PrivateKeyFile::from_pem(&pem).unwrap().open(None).unwrap();
    // The signer's own key signs a statement that `sign` would not make.
    let refused = |edit: &dyn Fn(&mut Value)| {
        let mut statement = honest.clone();
        edit(&mut statement);
        write(shop.path(), "forged.jsonl", key.sign(IN_TOTO, statement.to_string().as_bytes()).unwrap());
        shop.refused(&["model", "--require-verdict", "--bundle", "forged.jsonl"])
    };
    let policy = honest["predicate"]["verifier"]["policies"][0]["digest"]["sha256"].as_str().unwrap();
    let asked = format!("sha256:{policy}");
    shop.verified(&["model", "--require-verdict", "--bundle", "verdict.jsonl", "--policy-digest", &asked]);

    assert_eq!(refused(&|it| it["predicate"]["verifier"]["id"] = "https://example.org".into()), "verdict-of-another");
    assert_eq!(refused(&|it| it["predicate"]["properties"] = serde_json::json!([])), "verdict-not-passed");
    assert_eq!(refused(&|it| it["predicate"]["properties"][0] = "WEIGHBRIDGE_FAILED".into()), "verdict-not-passed");
    assert_eq!(refused(&|it| it["predicate"] = serde_json::json!({})), "statement-malformed");
    assert_eq!(refused(&|it| it["predicateType"] = "https://in-toto.io/attestation/svr/v9".into()), "verdict-missing");
    // A policy that stands nowhere is none that was asked for.
    let mut nowhere = honest.clone();
    nowhere["predicate"]["verifier"].as_object_mut().unwrap().remove("policies");
    write(shop.path(), "forged.jsonl", key.sign(IN_TOTO, nowhere.to_string().as_bytes()).unwrap());
    let asked = ["model", "--require-verdict", "--bundle", "forged.jsonl", "--policy-digest", &asked];
    assert_eq!(shop.refused(&asked), "wrong-policy");

    let subjects = |it: &mut Value, edit: &dyn Fn(&mut Vec<Value>)| edit(it["subject"].as_array_mut().unwrap());
    assert_eq!(refused(&|it| subjects(it, &|all| all.push(all[1].clone()))), "statement-malformed", "a name twice");
    assert_eq!(refused(&|it| subjects(it, &|all| all.push(all[0].clone()))), "statement-malformed", "two directories");
    assert_eq!(refused(&|it| subjects(it, &|all| drop(all.remove(0)))), "other-model", "no directory");
    assert_eq!(refused(&|it| subjects(it, &|all| drop(all.pop()))), "root-mismatch");
    assert_eq!(refused(&|it| it["subject"][1]["digest"]["sha256"] = "00".repeat(32).into()), "root-mismatch");
    assert_eq!(refused(&|it| it["subject"][1]["name"] = Value::Null), "statement-malformed");
    assert_eq!(refused(&|it| it["subject"][1]["name"] = "config.txt".into()), "file-missing file-uncovered");
    // A directory's verdict says nothing of one of its files.
    let one = shop.refused(&["model/config.json", "--require-verdict", "--bundle", "verdict.jsonl"]);
    assert_eq!(one, "other-model");
}

/// A statement over the workshop's model, by the digests that `digest` makes of each file.
fn statement(shop: &Workshop, kind: &str, predicate: Value, digest: impl Fn(&[u8]) -> Value) -> String {
    let names = ["config.json", "notes/a.txt", "notes/empty.txt"];
    let subject = |name: &str| {
        let bytes = std::fs::read(shop.path().join("model").join(name)).unwrap();
        serde_json::json!({"name": name, "digest": digest(&bytes)})
    };
    let subjects: Vec<Value> = names.into_iter().map(subject).collect();
    let statement = serde_json::json!({"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": kind,
        "predicate": predicate});
    let key =
        PrivateKeyFile::from_pem(&std::fs::read(shop.path().join("signer.pem")).unwrap()).unwrap().open(None).unwrap();
    key.sign(IN_TOTO, statement.to_string().as_bytes()).unwrap()
}

fn hex(algorithm: Algorithm, bytes: &[u8]) -> String {
    weighbridge::digest::hex(&algorithm.of(bytes))
}

#[test]
fn what_a_signer_says_against_a_model_is_no_signature_of_it() {
    let shop = Workshop::new();
    let sha256 = |bytes: &[u8]| serde_json::json!({"sha256": hex(Algorithm::Sha256, bytes)});
    let failed = serde_json::json!({"result": "FAILED", "configuration": [], "failedTests": ["malware"]});
    let tests = "https://in-toto.io/attestation/test-result/v0.1";
    write(shop.path(), "model/claims.jsonl", statement(&shop, tests, failed, sha256));
    write(shop.path(), "weighbridge.yaml", "signers: [{by: [{key: signer.pub.pem}]}]\n");
    assert_eq!(shop.refused(&["model"]), "other-predicate");
    let (code, out, _) = shop.run(&["check", "model"]);
    assert!(code == 1 && out.contains("provenance/unsigned"), "{out}");
    // Whoever asks for it by name gets it.
    assert_eq!(shop.verified(&["model", "--predicate-type", tests])["predicate_type"], tests);
    assert_eq!(shop.refused(&["model", "--predicate-type", "https://example.org/other"]), "other-predicate");
    // Who built it is a signature.
    let built = statement(&shop, "https://slsa.dev/provenance/v1", serde_json::json!({}), sha256);
    write(shop.path(), "model/claims.jsonl", built);
    shop.verified(&["model"]);
    assert_eq!(shop.run(&["check", "model"]).0, 0);
    // A summary stands for no verdict, and a verdict for no signature.
    shop.signed(&["--bundle", "x.sig", "--attestations", "x.jsonl", "--vsa", "https://example.org/model"]);
    let lines = std::fs::read_to_string(shop.path().join("x.jsonl")).unwrap();
    for line in lines.lines() {
        write(shop.path(), "one.jsonl", line);
        assert_eq!(shop.refused(&["model", "--bundle", "one.jsonl", "--ignore", "claims.jsonl"]), "other-predicate");
    }
}

#[test]
fn subjects_are_known_by_sha256_or_sha512() {
    let shop = Workshop::new();
    let kind = "https://slsa.dev/provenance/v1";
    let made = |digest: &dyn Fn(&[u8]) -> Value| {
        write(shop.path(), "made.sig", statement(&shop, kind, serde_json::json!({}), digest));
    };
    let by = ["model", "--bundle", "made.sig"];
    made(&|bytes| serde_json::json!({"sha512": hex(Algorithm::Sha512, bytes)}));
    assert_eq!(shop.verified(&by)["coverage"]["covered"], 3);
    write(shop.path(), "model/config.json", "{\"hidden_size\": 65}\n");
    assert_eq!(shop.refused(&by), "file-changed");
    made(
        &|bytes| serde_json::json!({"gitBlob": "00", "sha512": hex(Algorithm::Sha512, bytes), "sha256": hex(Algorithm::Sha256, bytes)}),
    );
    shop.verified(&by);
    made(&|_| serde_json::json!({"sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}));
    assert_eq!(shop.refused(&by), "digest-unsupported");
    made(&|bytes| serde_json::json!({"sha512": &hex(Algorithm::Sha512, bytes)[2..]}));
    assert_eq!(shop.refused(&by), "digest-unsupported", "too short to be one");
}

#[test]
fn a_pointer_is_told_and_neither_signed_nor_verified() {
    let shop = Workshop::new();
    let content = "sixteen bytes\n\n\n";
    write(shop.path(), "model/big.txt", content);
    shop.signed(&["--bundle", "x.sig", "--attestations", "x.jsonl"]);
    let oid = hex(Algorithm::Sha256, content.as_bytes());
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {}\n", content.len());
    write(shop.path(), "model/big.txt", pointer);
    let object = format!(".git/lfs/objects/{}/{}/{oid}", &oid[..2], &oid[2..4]);
    write(shop.path(), &object, content);
    // It is judged by its content, which is here, and was signed; what lies in the model is not that.
    assert_eq!(shop.run(&["check", "model"]).0, 0);
    let told = shop.unsigned(2, &["--key", "signer.pem"]);
    assert!(told.contains("Git LFS pointers lie in the place") && told.contains("big.txt"), "{told}");
    assert!(told.contains("git lfs pull"), "{told}");
    for more in [&["--bundle", "x.sig"][..], &["--bundle", "x.jsonl", "--require-verdict"]] {
        let (_, value) = shop.verify(&[&["model"], more].concat());
        assert_eq!(value["refusals"][0]["reason"], "file-pointer", "{value:#}");
        assert_eq!(value["refusals"].as_array().unwrap().len(), 1);
        assert_eq!(value["coverage"]["pointers"]["names"], serde_json::json!(["big.txt"]));
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_leads_out_elsewhere_is_not_signed() {
    let shop = Workshop::new();
    write(shop.path(), "model/a\\b.txt", "text\n");
    shop.signed(&[]);
    shop.verified(&["model"]);
    remove(shop.path(), "model/model.sig");
    remove(shop.path(), "model/claims.jsonl");
    write(shop.path(), "model/..\\b.txt", "text\n");
    let told = shop.unsigned(2, &["--key", "signer.pem"]);
    assert!(told.contains("on Windows the name leads out"), "{told}");
}

#[test]
fn warnings_and_waivers_are_attested() {
    let shop = Workshop::new();
    write(shop.path(), "model/layer.weights", "text\n");
    write(shop.path(), "policies/ours/old_weights/old_weights.rego", binary::OLD_WEIGHTS);
    let warns = binary::OLD_WEIGHTS.replace("old-weights", "odd-name").replace("old_weights", "odd_name");
    let warns = warns.replace("level: deny", "level: warn").replace("deny contains", "warn contains");
    write(shop.path(), "policies/ours/odd_name/odd_name.rego", warns);
    let judged = ["--policy", "policies"];
    shop.unsigned(1, &[&["--key", "signer.pem"], &judged[..]].concat());
    let (code, out, _) = shop.run(&["check", "model", "--policy", "policies", "--format", "json"]);
    assert_eq!(code, 1);
    write(shop.path(), "report.json", out);
    let waive = ["--rule", "ours/old-weights", "--reason", "until version 2", "--approver", "alice@example.org"];
    let (code, _, error) = shop.run(&[&["waive", "report.json", "--to", "waivers.yaml"], &waive[..]].concat());
    assert_eq!(code, 0, "{error}");
    write(shop.path(), "weighbridge.yaml", "waivers: waivers.yaml\n");
    shop.signed(&judged);
    let tests = &statements(&shop.path().join("model/claims.jsonl"))[1]["predicate"];
    assert_eq!(tests["result"], "WARNED");
    assert_eq!(tests["warnedTests"], serde_json::json!(["ours/odd-name"]));
    let waiver = tests["configuration"].as_array().unwrap().iter().find(|one| one["name"] == "waiver").unwrap();
    assert_eq!(waiver["annotations"]["rule"], "ours/old-weights");
    assert_eq!(waiver["annotations"]["reason"], "until version 2");
    assert_eq!(waiver["annotations"]["approver"], "alice@example.org");
    for one in tests["configuration"].as_array().unwrap() {
        // in-toto/attestation, spec/v1/resource_descriptor.md: one of these has to be there.
        let there = one["uri"].is_string() || one["digest"]["sha256"].is_string();
        assert!(there, "{one}");
    }
}

#[test]
fn nothing_but_signatures_is_replaced_and_nothing_that_is_read() {
    let shop = Workshop::new();
    let key = ["--key", "signer.pem", "--force"];
    let told = shop.unsigned(2, &[&key[..], &["--bundle", "model/config.json"]].concat());
    assert!(told.contains("is no signature"), "{told}");
    let told = shop.unsigned(2, &[&key[..], &["--bundle", "signer.pem"]].concat());
    assert!(told.contains("is no signature"), "{told}");
    let told = shop.unsigned(2, &[&key[..], &["--bundle", "x.sig", "--attestations", "x.sig"]].concat());
    assert!(told.contains("written twice"), "{told}");
    let told = shop.unsigned(2, &[&key[..], &["--bundle", "nowhere/x.sig"]].concat());
    assert!(told.contains("cannot be written"), "{told}");
    shop.signed(&["--ignore", "notes"]);
    assert_eq!(shop.refused(&["model"]), "file-uncovered");
    shop.verified(&["model", "--ignore", "notes"]);
    shop.signed(&["--force", "--bundle", "tagger.sigstore.json"]);
    assert!(shop.path().join("tagger.claims.jsonl").is_file(), "attestations lie beside a signature that was named");
}

#[test]
fn what_lies_under_the_name_of_a_signature_and_is_none_has_to_be_signed() {
    let shop = Workshop::new();
    shop.signed(&["--bundle", "model.sig"]);
    shop.verified(&["model"]);
    write(shop.path(), "model/claims.jsonl", "{\"a\": 1}\n");
    assert_eq!(shop.refused(&["model"]), "file-uncovered");
    assert_eq!(shop.refused(&["model", "--require-verdict", "--bundle", "model.claims.jsonl"]), "file-uncovered");
}
