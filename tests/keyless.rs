//! `weighbridge sign --keyless` against a small Sigstore on this machine, and what is said where a token, a service or a proof is missing.
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

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use binary::{ended, run, weighbridge, write};
use serde_json::{Value, json};
use sigstore::{IDENTITY, ISSUER, Sigstore, Wrong, token};
use std::path::Path;

/// A folder with a model that passes, the trust root of an instance, and a token.
fn folder(of: &Sigstore) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let header = json!({"weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).to_string();
    let mut model = u64::try_from(header.len()).unwrap().to_le_bytes().to_vec();
    model.extend(header.into_bytes());
    model.extend([0; 8]);
    write(folder.path(), "model/model.safetensors", model);
    write(folder.path(), "model/config.json", r#"{"model_type": "bert"}"#);
    write(folder.path(), "root.json", of.trusted_root.to_string());
    write(folder.path(), "token", token("sigstore", 600));
    folder
}

/// Exit code, output and error of signing; no token but the named one is here.
fn sign(folder: &Path, arguments: &[&str], variables: &[(&str, String)]) -> (i32, String) {
    let mut command = weighbridge(folder, &[&["sign", "model", "--keyless", "--quiet"], arguments].concat());
    for name in ["SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
    command.stdin(std::process::Stdio::null());
    let (code, out, error) = ended(&mut command);
    (code, format!("{out}{error}"))
}

fn services(url: &str) -> Vec<String> {
    let stamp = format!("{url}/api/v1/timestamp");
    ["--fulcio-url", url, "--rekor-url", url, "--tsa-url", &stamp, "--trusted-root", "root.json"]
        .map(str::to_owned)
        .into()
}

fn with<'a>(services: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    services.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn what_an_identity_signed_is_verified_by_identity_log_and_time() {
    let instance = sigstore::serve(Wrong::Nothing);
    let folder = folder(&instance);
    let services = services(&instance.url);
    let verify = |more: &[&str]| {
        let given = ["verify", "model", "--identity", IDENTITY, "--issuer", ISSUER, "--trusted-root", "root.json"];
        let (code, out, error) = run(folder.path(), &[&given[..], &["--format", "json"], more].concat());
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
        (code, value)
    };
    assert_eq!(sign(folder.path(), &with(&services, &["--identity-token", "token"]), &[]), (0, String::new()));
    let (code, value) = verify(&[]);
    assert_eq!((code, &value["verified"]), (0, &Value::Bool(true)), "{value:#}");
    assert_eq!(value["signed_by"]["identity"], IDENTITY);
    assert_eq!(value["signed_by"]["times"][0]["proof"], "timestamp");
    assert_eq!(value["coverage"]["covered"], 2);
    // The verdict is signed by the same identity.
    let (code, value) = verify(&["--require-verdict"]);
    assert_eq!(code, 0, "{value:#}");
    // Tokens from the environment and from GitHub Actions; a signing configuration in place of addresses.
    let valid = json!({"start": "2020-01-01T00:00:00Z"});
    let service = |url: &str, version: u32| json!([{"url": url, "majorApiVersion": version, "validFor": valid}]);
    let config = json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(&instance.url, 1), "rekorTlogUrls": service(&instance.url, 2),
        "tsaUrls": service(&format!("{}/api/v1/timestamp", instance.url), 1),
        "rekorTlogConfig": {"selector": "ANY"}, "tsaConfig": {"selector": "EXACT", "count": 1},
    });
    write(folder.path(), "signing_config.json", config.to_string());
    let configured = ["--signing-config", "signing_config.json", "--trusted-root", "root.json", "--force"];
    let given = [("SIGSTORE_ID_TOKEN", token("sigstore", 600))];
    assert_eq!(sign(folder.path(), &configured, &given), (0, String::new()));
    let ambient = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/ambient?api-version=2.0", instance.url)),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner".to_owned()),
    ];
    assert_eq!(sign(folder.path(), &configured, &ambient), (0, String::new()));
    assert_eq!(verify(&[]).0, 0);
    // Each hash on the way to the log's root counts, and so does the entry's place.
    let signature = folder.path().join("model/model.sig");
    let honest: Value = serde_json::from_slice(&std::fs::read(&signature).unwrap()).unwrap();
    let entry = "/verificationMaterial/tlogEntries/0";
    let hash = honest.pointer(&format!("{entry}/inclusionProof/hashes/1")).unwrap().clone();
    let less = json!([hash.clone()]);
    for (field, value) in [
        ("inclusionProof/hashes/0", hash),
        ("inclusionProof/hashes", json!([])),
        ("inclusionProof/hashes", less),
        ("logIndex", json!("0")),
        ("logIndex", json!("3")),
    ] {
        let mut changed = honest.clone();
        *changed.pointer_mut(&format!("{entry}/{field}")).unwrap() = value;
        std::fs::write(&signature, changed.to_string()).unwrap();
        let (_, value) = verify(&[]);
        assert_eq!(value["refusals"][0]["reason"], "log-proof", "{field}: {value:#}");
    }
    std::fs::write(&signature, honest.to_string()).unwrap();
    // A file that came later is not covered.
    write(folder.path(), "model/more.json", "{}");
    let (_, value) = verify(&[]);
    assert_eq!(value["refusals"][0]["reason"], "file-uncovered", "{value:#}");
}

#[test]
fn an_envelope_that_the_first_log_keeps_by_its_digest_is_verified() {
    let instance = sigstore::serve(Wrong::FirstVersion);
    let folder = folder(&instance);
    let signed = sign(folder.path(), &with(&services(&instance.url), &["--identity-token", "token"]), &[]);
    assert_eq!(signed, (0, String::new()));
    let verify = |bundle: &Value| {
        write(folder.path(), "changed.sig", bundle.to_string());
        let given = ["verify", "model", "--identity", IDENTITY, "--issuer", ISSUER, "--trusted-root", "root.json"];
        let more = ["--bundle", "changed.sig", "--format", "json"];
        let (_, out, error) = run(folder.path(), &[&given[..], &more].concat());
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
        value["refusals"][0]["reason"].as_str().unwrap_or_default().to_owned()
    };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let honest: Value = serde_json::from_str(&read("model/model.sig")).unwrap();
    let entry = &honest["verificationMaterial"]["tlogEntries"][0];
    assert_eq!(entry["kindVersion"], json!({"kind": "hashedrekord", "version": "0.0.1"}));
    assert_eq!(verify(&honest), "");
    // The verdict is another envelope, signed by the same certificate and logged as well.
    let other: Value = serde_json::from_str(read("model/claims.jsonl").lines().next().unwrap()).unwrap();
    let swapped = |pointer: &str| {
        let mut bundle = honest.clone();
        *bundle.pointer_mut(pointer).unwrap() = other.pointer(pointer).unwrap().clone();
        verify(&bundle)
    };
    assert_eq!(swapped("/verificationMaterial/tlogEntries"), "log-mismatch");
    assert_eq!(swapped("/verificationMaterial/timestampVerificationData"), "time-invalid");
    assert_eq!(swapped("/dsseEnvelope/signatures"), "signature-invalid");
    assert_eq!(swapped("/dsseEnvelope/payload"), "signature-invalid");
    assert_eq!(swapped("/dsseEnvelope"), "time-invalid", "a good envelope, and proofs of another");
}

#[test]
fn what_nobody_would_accept_is_not_written() {
    for (wrong, words) in [
        (Wrong::Proof, "does not hold under root.json"),
        (Wrong::Stamp, "does not hold under root.json"),
        (Wrong::Certificate, "a certificate of another key"),
        (Wrong::Late, "had expired at the time that is proven"),
        (Wrong::Early, "was not valid yet at the time that is proven"),
        (Wrong::Use, "not for signing code"),
        (Wrong::Unpromised, "signed certificate timestamp"),
        (Wrong::Words, "not its JSON"),
        (Wrong::Status(401), "answered 401"),
        (Wrong::Status(503), "see that the token is fresh"),
    ] {
        let instance = sigstore::serve(wrong);
        let folder = folder(&instance);
        let (code, told) = sign(folder.path(), &with(&services(&instance.url), &["--identity-token", "token"]), &[]);
        assert!(code == 2 && told.contains(words), "{words}: {code} {told}");
        assert!(!told.contains('\x1b') && !told.contains(&token("sigstore", 0)[..20]), "{told}");
        assert!(!folder.path().join("model/model.sig").exists(), "{words}");
    }
    // Under another trust root.
    let instance = sigstore::serve(Wrong::Nothing);
    let folder = folder(&sigstore::serve(Wrong::Nothing));
    let (code, told) = sign(folder.path(), &with(&services(&instance.url), &["--identity-token", "token"]), &[]);
    assert!(code == 2 && told.contains("--trusted-root"), "{told}");
}

#[test]
fn without_token_or_network_it_is_said_what_to_do() {
    let instance = sigstore::serve(Wrong::Nothing);
    let folder = folder(&instance);
    let services = services(&instance.url);
    let told = |services: &[String], more: &[&str]| {
        let (code, told) = sign(folder.path(), &with(services, more), &[]);
        assert_eq!(code, 2, "{told}");
        told
    };
    let nobody = told(&services, &[]);
    for words in ["id-token: write", "--identity-token FILE", "SIGSTORE_ID_TOKEN", "--key"] {
        assert!(nobody.contains(words), "{nobody}");
    }
    write(folder.path(), "other", token("sts.example.org", 600));
    assert!(told(&services, &["--identity-token", "other"]).contains("audience `sigstore`"));
    write(folder.path(), "old", token("sigstore", -5));
    assert!(told(&services, &["--identity-token", "old"]).contains("expired at"));
    assert!(told(&services, &["--identity-token", "root.json"]).contains("not a JSON Web Token"));
    let token = ["--identity-token", "token"];
    let unreachable = told(&self::services(&loopback::nobody()), &token);
    assert!(unreachable.contains("cannot be reached") && unreachable.contains("HTTPS_PROXY"), "{unreachable}");
    assert!(told(&self::services("http://fulcio.example.org"), &token).contains("not an https:// address"));
    let unstamped = ["--fulcio-url", &instance.url, "--rekor-url", &instance.url, "--identity-token", "token"];
    assert!(told(&[], &unstamped).contains("--tsa-url"));
    assert!(
        told(&[], &["--fulcio-url", &instance.url]).contains("--rekor-url"),
        "nothing goes to the public log unasked"
    );
    assert!(!folder.path().join("model/model.sig").exists());
}

/// An issuer where a person logs in: not yet at the first question, and then as `outcome` says.
fn issuer(outcome: &'static str) -> String {
    let asked = std::sync::Mutex::new((0, String::new()));
    loopback::serve(move |request| {
        let form = String::from_utf8(request.body.clone()).unwrap();
        let field =
            |name: &str| form.split('&').find_map(|field| field.strip_prefix(name)).unwrap_or_default().to_owned();
        let at = |path: &str| format!("http://{}{path}", request.host);
        let mut asked = asked.lock().unwrap();
        match request.path.as_str() {
            "/.well-known/openid-configuration" => {
                let found = json!({"device_authorization_endpoint": at("/device"), "token_endpoint": at("/token")});
                (200, found.to_string().into_bytes())
            }
            "/device" => {
                assert!(form.starts_with("client_id=sigstore&scope=openid%20email&"), "{form}");
                asked.1 = field("code_challenge=");
                let begun = json!({"device_code": "d&e", "user_code": "AB-CD\u{1b}", "verification_uri": at("/login"),
                    "expires_in": 30, "interval": 1});
                (200, begun.to_string().into_bytes())
            }
            "/token" => {
                assert_eq!(field("device_code="), "d%26e");
                let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, field("code_verifier=").as_bytes());
                assert_eq!(URL_SAFE_NO_PAD.encode(digest), asked.1, "whoever asks is who began");
                asked.0 += 1;
                let answer = match (asked.0, outcome) {
                    (1, _) => json!({"error": "authorization_pending"}),
                    (_, "granted") => json!({"id_token": token("sigstore", 600), "access_token": "x"}),
                    _ => json!({"error": outcome}),
                };
                (if answer.get("error").is_some() { 400 } else { 200 }, answer.to_string().into_bytes())
            }
            _ => (404, Vec::new()),
        }
    })
}

#[test]
fn a_person_logs_in_elsewhere() {
    use weighbridge::attest::DeviceCode;
    let login = DeviceCode::begin(&issuer("granted")).unwrap();
    assert!(login.address.ends_with("/login") && login.code.starts_with("AB-CD") && !login.code.contains('\u{1b}'));
    assert!(login.wait(&|| 0).is_ok());
    let declined = DeviceCode::begin(&issuer("access_denied")).unwrap().wait(&|| 0).err().unwrap().to_string();
    assert!(declined.contains("nobody logged in (access_denied)"), "{declined}");
    let none = loopback::serve(|_| (200, br#"{"token_endpoint": "https://issuer.example.org"}"#.to_vec()));
    let none = DeviceCode::begin(&none).err().unwrap().to_string();
    assert!(none.contains("--identity-token"), "{none}");
}

#[test]
fn the_conformance_suite_is_answered() {
    let instance = sigstore::serve(Wrong::Nothing);
    let folder = folder(&instance);
    let given = ["--bundle", "one.sig", "--attestations", "one.jsonl", "--identity-token", "token"];
    assert_eq!(sign(folder.path(), &with(&services(&instance.url), &given), &[]).0, 0);
    let lines = std::fs::read_to_string(folder.path().join("one.jsonl")).unwrap();
    write(folder.path(), "bundle.json", lines.lines().next().unwrap());
    let asked = |issuer: &str, artifact: &str| {
        let given = ["verify-bundle", "--bundle", "bundle.json", "--certificate-identity", IDENTITY];
        let more = ["--certificate-oidc-issuer", issuer, "--trusted-root", "root.json", artifact];
        run(folder.path(), &[&given[..], &more].concat()).0
    };
    let file = "model/model.safetensors";
    let bytes = std::fs::read(folder.path().join(file)).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(asked(ISSUER, file), 0);
    assert_eq!(asked(ISSUER, &format!("sha256:{hex}")), 0);
    assert_eq!(asked("https://other.example.org", file), 1);
    assert_eq!(asked(ISSUER, "token"), 1);
    assert_eq!(asked(ISSUER, &format!("sha256:{}", hex.replace('a', "b"))), 1);
    assert_eq!(asked(ISSUER, &format!("sha256:{}", &hex[1..])), 3, "no digest, and no file");
    // A key and an identity are two answers to one question.
    let both =
        ["verify-bundle", "--bundle", "bundle.json", "--certificate-identity", IDENTITY, "--key", "key.pem", file];
    let (code, _, error) = run(folder.path(), &both);
    assert!(code == 2 && error.contains("cannot be used with"), "{code} {error}");
    // A root of logs alone is a root, under which nobody's identity is proven.
    let mut root = instance.trusted_root.clone();
    root["certificateAuthorities"] = json!([]);
    write(folder.path(), "root.json", root.to_string());
    assert_eq!(asked(ISSUER, file), 1);
    root["tlogs"] = json!([]);
    write(folder.path(), "root.json", root.to_string());
    assert_eq!(asked(ISSUER, file), 2, "nothing at all");
}
