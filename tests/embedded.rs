//! What hides in weights and their metadata: content of other formats becomes members, addresses and credentials are facts, and ordinary
//! weights and words leave no trace.
#![allow(missing_docs, reason = "tests are read, not linked")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a test may fail by panic")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panic")]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use weighbridge::facts::{Facts, MentionKind};

/// A safetensors file with tensors of bytes.
fn safetensors(metadata: &Value, tensors: &[(&str, &[u8])]) -> Vec<u8> {
    let mut header = json!({"__metadata__": metadata});
    let mut data = Vec::new();
    for (name, bytes) in tensors {
        let begin = data.len();
        data.extend_from_slice(bytes);
        header[*name] = json!({"dtype": "U8", "shape": [bytes.len()], "data_offsets": [begin, data.len()]});
    }
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

fn run(command: &str, bytes: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    run_at(command, &path)
}

fn run_at(command: &str, path: &Path) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    let output = program
        .args([command, "--no-config", "--format", "json"])
        .arg(path)
        .env_remove("GITHUB_BASE_REF")
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn facts(bytes: &[u8]) -> Facts {
    let value = run("facts", bytes);
    serde_json::from_value(value).unwrap()
}

fn rules(bytes: &[u8]) -> Vec<(String, String)> {
    let report = run("check", bytes);
    let findings = report["artifacts"][0]["findings"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|finding| (text(&finding["level"]), text(&finding["rule"]))).collect()
}

fn held(bytes: &[u8]) -> Vec<String> {
    facts(bytes).members.iter().skip(1).map(|member| format!("{} {:?}", member.name, member.formats)).collect()
}

/// A pickle of protocol 2 that calls `os.system`.
const PICKLE: &[u8] = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.";

fn elf() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    elf.resize(256, 0);
    elf
}

fn denied(bytes: &[u8], rule: &str) -> bool {
    rules(bytes).contains(&("deny".to_owned(), rule.to_owned()))
}

#[test]
fn programs_and_pickles_in_tensors_are_judged() {
    let none = json!({});
    assert!(denied(&safetensors(&none, &[("a", &[0; 64]), ("b", &elf())]), "executable/native-program"));
    assert!(denied(&safetensors(&none, &[("a", PICKLE)]), "pickle/dangerous-call"));
    // gzip of `hello hello`, and a tensor behind it.
    let archive = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x00\x91\x00\x40\xa6\x2d\x01\x0b\x00\x00\x00";
    let found = rules(&safetensors(&none, &[("a", archive), ("b", &[1; 64])]));
    assert!(found.contains(&("warn".to_owned(), "tensor/embedded-content".to_owned())), "{found:?}");
    assert_eq!(held(&safetensors(&none, &[("a", b"#!/bin/sh\nid\n")]))[0], "tensor a [Script]");
}

/// The zip of `tests/fixtures/hidden`, with a script in it.
fn zip() -> Vec<u8> {
    let (name, text) = (b"run.sh", b"#!/bin/sh\nid\n");
    let number = |number: usize| (number as u32).to_le_bytes();
    let sizes = [crc32fast::hash(text).to_le_bytes(), number(text.len()), number(text.len())].concat();
    let local = [&b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0"[..], &sizes, &[6, 0, 0, 0], name, text].concat();
    let central = [&b"PK\x01\x02\x14\x03\x14\0\0\0\0\0\0\0\x21\0"[..], &sizes, &[6, 0], &[0; 16], name].concat();
    let sizes = [number(central.len()), number(local.len())].concat();
    [&local[..], &central, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &sizes, &[0, 0]].concat()
}

#[test]
fn a_zip_at_the_end_of_a_tensor_is_a_member() {
    let none = json!({});
    let numbers = [0x3f; 4_000];
    for filled in [0, 3] {
        let data = [&numbers[..], &zip(), &vec![0; filled]].concat();
        let bytes = safetensors(&none, &[("a", &[1; 64]), ("b", &data), ("c", &[1; 72_000])]);
        assert_eq!(held(&bytes), ["tensor b [Zip]", "run.sh [Script]"]);
        let found = rules(&bytes);
        assert!(found.contains(&("warn".to_owned(), "tensor/embedded-content".to_owned())), "{found:?}");
    }
    // Its end record alone, among numbers, is a number. The last bytes of a file are looked at by themselves, so more numbers stand behind.
    let zip = zip();
    let end = [&numbers[..], &zip[zip.len() - 22..]].concat();
    assert_eq!(held(&safetensors(&none, &[("a", &end), ("b", &[1; 72_000])])), Vec::<String>::new());
}

#[test]
fn what_metadata_encode_is_a_member() {
    let hexadecimal: String = elf().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(denied(&safetensors(&json!({"thumbnail": hexadecimal}), &[]), "executable/native-program"));
    // `python3 -c "print(base64...)"` of the pickle above, behind words that make it long enough.
    let script = "IyEvYmluL3NoCmVjaG8gYSBzY3JpcHQgdGhhdCBpcyBsb25nIGVub3VnaCB0byBiZSB0YWtlbiBmb3IgYW4gZW5jb2Rpbmcgb2Ygc29tZXRoaW5nIGVsc2UK";
    assert_eq!(held(&safetensors(&json!({"note": script}), &[]))[0], "value of note [Script]");
}

#[test]
fn addresses_and_credentials_are_told_and_masked() {
    let token = format!("ghp_{}", "a1".repeat(18));
    let bytes = safetensors(&json!({"training": format!("from http://203.0.113.7/x by {token}")}), &[]);
    let mentions = facts(&bytes).mentions;
    let kinds: Vec<MentionKind> = mentions.iter().map(|mention| mention.kind).collect();
    assert_eq!(kinds, [MentionKind::Url, MentionKind::IpAddress, MentionKind::Credential]);
    assert!(mentions.iter().all(|mention| !mention.value.contains("a1a1")));
    let found: Vec<String> = rules(&bytes).into_iter().map(|(level, rule)| format!("{level} {rule}")).collect();
    assert_eq!(found, ["warn text/credential", "warn text/numbered-address"]);
}

#[test]
fn ordinary_weights_and_words_leave_no_trace() {
    let mut state = 1u64;
    let mut noise = || {
        let numbers = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        });
        numbers.take(64).collect::<Vec<u8>>()
    };
    let tensors: Vec<(String, Vec<u8>)> = (0..2_000).map(|number| (format!("t{number}"), noise())).collect();
    let mut named: Vec<(&str, &[u8])> = tensors.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    named.push(("tokenizer", br#"{"model": {"type": "BPE"}, "version": "1.0"}"#));
    named.push(("zeros", &[0; 512]));
    let metadata =
        json!({"format": "pt", "modelspec.hash_sha256": "ab".repeat(32), "url": "https://example.org/model"});
    let bytes = safetensors(&metadata, &named);
    assert_eq!(held(&bytes), Vec::<String>::new());
    assert_eq!(rules(&bytes), []);
}

/// A fixture, what hides in it (path below the artifact and format), and the key at which an address with a password stands.
type Hidden = (&'static str, &'static [(&'static str, &'static str)], Option<&'static str>);

/// A program, an archive or a pickle in the weights of each family, and a credential in its metadata, where it has any.
const HIDDEN: &[Hidden] = &[
    ("storage.pt", &[("!storage/data/0", "elf")], None),
    ("legacy.pt", &[("!tensor 94388716158256", "pickle")], None),
    ("script.pt", &[("!script/data/0", "elf")], Some("source")),
    ("exported.pt2", &[("!serialized_state_dict.pt!archive/data/0", "elf")], None),
    ("frozen.pb", &[("!tensor weight", "elf")], Some("source")),
    ("checkpoint", &[("/variables.data-00000-of-00001!tensor b/.ATTRIBUTES/VARIABLE_VALUE", "elf")], None),
    ("weights.tflite", &[("!tensor buffer 2", "elf")], Some("description")),
    ("segments.pte", &[("!tensor segment 0", "elf")], None),
    (
        "weights.h5",
        &[("!tensor /layers/chunked", "pickle"), ("!tensor /layers/packed", "zip"), ("!tensor /layers/plain", "elf")],
        Some("@source"),
    ),
    (
        "latest.h5",
        &[("!tensor /layers/chunked", "pickle"), ("!tensor /layers/packed", "zip"), ("!tensor /layers/plain", "elf")],
        Some("@source"),
    ),
    ("layers.mlmodel", &[("!tensor dense", "elf")], Some("source")),
    ("program.mlpackage", &[("/Data/com.apple.CoreML/weights/weight.bin!tensor val", "elf")], None),
    ("weights.onnx", &[("!tensor w", "elf")], Some("doc_string")),
    ("external", &[("/weights.data!tensor w", "elf")], Some("doc_string")),
    ("openvino", &[("/small.bin!tensor weight", "elf")], Some("source.value")),
    ("weights.caffemodel", &[("!tensor ip", "elf")], Some("source")),
    ("weights.params", &[("!tensor arg:weight", "pickle")], None),
    ("weights.pdiparams", &[("!tensor 0", "elf")], None),
    ("program.pdmodel", &[], Some("source")),
    ("weights.t7", &[("!tensor at 163", "elf")], None),
    ("weights.msgpack", &[("!tensor at 57", "elf")], Some("at 10")),
    ("weights.joblib", &[("!tensor at 240", "elf")], None),
    ("attributes.ubj", &[], Some("source")),
    ("parameters.lightgbm", &[], Some("machines")),
    ("metadata.parquet", &[], Some("source")),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hidden").join(name)
}

#[test]
fn what_hides_in_each_family_has_its_place() {
    for (name, hidden, key) in HIDDEN {
        let facts: Facts = serde_json::from_value(run_at("facts", &fixture(name))).unwrap();
        for (place, format) in *hidden {
            let member = facts.members.iter().find(|member| member.path.ends_with(&format!("{name}{place}")));
            let formats = member.map(|member| format!("{:?}", member.formats).to_lowercase());
            let paths: Vec<&str> = facts.members.iter().map(|member| member.path.as_str()).collect();
            assert_eq!(formats, Some(format!("[{format}]")), "{name}{place}: {paths:?}");
        }
        let secrets: Vec<_> = facts.mentions.iter().filter(|mention| mention.kind == MentionKind::Credential).collect();
        assert_eq!(secrets.first().map(|mention| mention.key.as_str()), *key, "{name}: {secrets:?}");
        assert!(secrets.iter().all(|mention| mention.value == "https://***@models.example"), "{name}: {secrets:?}");
    }
}

#[test]
fn what_hides_in_each_family_is_found() {
    for (name, hidden, key) in HIDDEN {
        let report = run_at("check", &fixture(name));
        let text = report.to_string();
        assert!(!text.contains("secret@"), "{name}");
        let findings = report["artifacts"][0]["findings"].as_array().unwrap();
        let found = |rule: &str, place: &str| {
            findings.iter().any(|one| one["rule"] == rule && one["place"].as_str().unwrap().ends_with(place))
        };
        for (place, format) in *hidden {
            let rule = match *format {
                "elf" => "executable/native-program",
                "pickle" => "pickle/dangerous-call",
                _ => "tensor/embedded-content",
            };
            assert!(found(rule, place), "{name}{place}: {findings:#?}");
            assert!(found("tensor/embedded-content", place), "{name}{place}: {findings:#?}");
        }
        assert_eq!(found("text/credential", ""), key.is_some(), "{name}: {findings:#?}");
    }
}

/// A model of TensorFlow.js with these weights (name, shape, type, type of the stored numbers) in these files.
fn tfjs(folder: &Path, weights: &[(&str, u64, &str, Option<&str>)], files: &[(&str, &[u8])]) {
    let weights: Vec<Value> = weights
        .iter()
        .map(|(name, length, dtype, stored)| match stored {
            Some(stored) => {
                let quantization = json!({"dtype": stored, "scale": 0.1, "min": 0});
                json!({"name": name, "shape": [length, 1], "dtype": dtype, "quantization": quantization})
            }
            None => json!({"name": name, "shape": [length, 1], "dtype": dtype}),
        })
        .collect();
    let paths: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let model = json!({
        "format": "graph-model", "modelTopology": {"node": [{"name": "x", "op": "Placeholder"}]},
        "weightsManifest": [{"paths": paths, "weights": weights}],
    });
    std::fs::write(folder.join("model.json"), model.to_string()).unwrap();
    for (name, content) in files.iter().filter(|(_, content)| !content.is_empty()) {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

#[test]
fn weights_that_go_on_from_file_to_file_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    // A text and its length, 100 quantized numbers, a program that goes on in the second file, a zip at the end of a weight, and so many more
    // numbers that it is not at the end of the file.
    let text = [&4u32.to_le_bytes()[..], b"text"].concat();
    let all = [text, vec![1; 100], elf(), vec![0x3f; 64], zip()].concat();
    let (last, cut) = ((all.len() - 108 - 256) as u64, 300);
    let all = [all, vec![1; 72_000]].concat();
    let weights = [
        ("t", 1, "string", None),
        ("q", 100, "float32", Some("uint8")),
        ("e", 64, "float32", None),
        ("z", last, "bool", None),
        ("n", 72_000, "bool", None),
    ];
    tfjs(folder.path(), &weights, &[("a.bin", &all[..cut]), ("b.bin", &all[cut..])]);
    let facts: Facts = serde_json::from_value(run_at("facts", folder.path())).unwrap();
    let held: Vec<String> = facts
        .members
        .iter()
        .filter(|one| one.path.contains('!'))
        .map(|one| format!("{} {:?}", one.name, one.formats))
        .collect();
    assert_eq!(held, ["tensor e [Elf]", "tensor z [Zip]", "run.sh [Script]"]);
    let sizes: Vec<_> = facts.tensors.iter().flat_map(|table| &table.entries).map(|one| one.size).collect();
    assert_eq!(sizes, [None, Some(100), Some(256), Some(last), Some(72_000)]);
    let found = findings(folder.path());
    assert!(found.contains(&"warn tensor/embedded-content".to_owned()), "{found:?}");
    assert!(found.contains(&"deny executable/native-program".to_owned()), "{found:?}");
}

/// Level and rule of each finding.
fn findings(path: &Path) -> Vec<String> {
    let report = run_at("check", path);
    let findings = report["artifacts"][0]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|one| format!("{} {}", text(&one["level"]), text(&one["rule"]))).collect()
}

#[test]
fn files_of_weights_are_there_and_as_long_as_their_weights() {
    let weights = [("a", 100, "float32", None), ("b", 50, "int32", None)];
    let none: [&str; 0] = [];
    for (files, wanted) in [
        (vec![("a.bin", vec![1; 250]), ("b.bin", vec![2; 350])], &none[..]),
        (vec![("a.bin", vec![1; 250]), ("b.bin", vec![2; 349])], &["deny tensor/out-of-range"]),
        (vec![("a.bin", vec![1; 250]), ("b.bin", vec![2; 351])], &["deny tensor/size-mismatch"]),
        (vec![("a.bin", vec![1; 250]), ("b.bin", vec![])], &["deny graph/missing-reference"]),
        (
            vec![("a.bin", vec![1; 600]), ("../../b.bin", vec![])],
            &["deny graph/outside-reference", "deny keras/outside-file"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (*name, content.as_slice())).collect();
        tfjs(folder.path(), &weights, &files);
        assert_eq!(findings(folder.path()), wanted, "{:?}", files.iter().map(|one| one.0).collect::<Vec<_>>());
    }
    // A text that goes on behind the files, and one behind which there is no room for the next weight.
    for (size, more) in [(1, 90), (2, 4)] {
        let folder = tempfile::tempdir().unwrap();
        let text = [&[more, 0, 0, 0][..], &[b'a'; 4]].concat();
        tfjs(
            folder.path(),
            &[("t", 1, "string", None), ("b", 4 * size, "bool", None)],
            &[("a.bin", &text), ("b.bin", &[1; 4])],
        );
        assert_eq!(findings(folder.path()), ["deny core/incomplete"], "{more}");
    }
    // What has no known size hides where the next weights lie.
    let folder = tempfile::tempdir().unwrap();
    tfjs(folder.path(), &[("a", 8, "float31", None)], &[("a.bin", &[1; 32])]);
    assert!(!findings(folder.path()).is_empty());
}

/// Documents, a text of each that names an address with a password, and the key that it stands at.
#[test]
fn texts_of_documents_are_looked_at() {
    let secret = "https://user:secret@models.example/x";
    let pmml = format!(
        "<PMML version=\"4.4\"><Header><Annotation>from {secret}</Annotation></Header><DataDictionary/>\
         <RegressionModel functionName=\"regression\"><MiningSchema/><RegressionTable intercept=\"1\"/></RegressionModel></PMML>"
    );
    let symbol = format!(
        "{{\"nodes\": [{{\"op\": \"FullyConnected\", \"name\": \"a\", \"attrs\": {{\"source\": \"{secret}\"}}, \"inputs\": []}}], \
         \"arg_nodes\": [], \"heads\": [[0, 0, 0]]}}"
    );
    for (name, text, key) in [
        ("model.pmml", pmml, "Annotation"),
        ("model-symbol.json", symbol, "nodes[0].attrs.source"),
        ("config.json", format!("{{\"training\": [{{\"from\": \"{secret}\"}}]}}"), "training[0].from"),
        ("config.yaml", format!("training:\n- from: {secret}\n"), "training[0].from"),
        ("README.md", format!("---\nlicense_link: {secret}\n---\n# Model\n"), "license_link"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let facts: Facts = serde_json::from_value(run_at("facts", &path)).unwrap();
        let secrets = facts.mentions.iter().filter(|mention| mention.kind == MentionKind::Credential);
        let keys: Vec<(&str, u64)> = secrets.map(|mention| (mention.key.as_str(), mention.count)).collect();
        assert_eq!(keys, [(key, 1)], "{name}");
    }
}

#[test]
fn texts_among_values_are_looked_at() {
    let secret = "https://user:hunter-2-of-9@models.example/x";
    let number = |number: usize| (number as u32).to_be_bytes();
    let long = |number: usize| (number as u64).to_le_bytes();
    let word = |text: &str| [&long(text.len())[..], text.as_bytes()].concat();
    let pickle = [&b"\x80\x04]\x94(\x8c\x01a\x8c"[..], &[secret.len() as u8], secret.as_bytes(), b"e."].concat();
    let old = format!("(lp0\nV{}\np1\naS'{}'\np2\na.", secret.replace(':', "\\u003a"), secret.replace(':', "\\x3a"));
    let gguf = [
        &b"GGUF\x03\0\0\0"[..],
        &long(0),
        &long(1),
        &word("tokenizer.ggml.tokens"),
        &[9, 0, 0, 0, 8, 0, 0, 0],
        &long(2),
        &word("://"),
        &word(secret),
    ]
    .concat();
    let r = [
        &b"X\n"[..],
        &number(2),
        &number(0x4_0300),
        &number(0x2_0300),
        &number(16),
        &number(1),
        &number(0x4_0009),
        &number(secret.len()),
        secret.as_bytes(),
    ]
    .concat();
    for (name, content, keys) in [
        ("model.pkl", pickle, &["at 8"][..]),
        ("old.pkl", old.into_bytes(), &["at 5", "at 64"]),
        ("model.gguf", gguf, &["tokenizer.ggml.tokens[1]"]),
        ("model.rds", r, &["at 22"]),
        (
            "README.md",
            format!("---\nlicense: mit\n---\n# Model\nfrom {secret}, see https://a.example\n").into_bytes(),
            &["line 5"],
        ),
        ("NOTES.md", format!("# Model\n\nhttp://user:password@proxy:80\n{secret}\n").into_bytes(), &["line 4"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &content).unwrap();
        let facts: Facts = serde_json::from_value(run_at("facts", &path)).unwrap();
        let secrets = facts.mentions.iter().filter(|mention| mention.kind == MentionKind::Credential);
        let found: Vec<(&str, u64)> = secrets.map(|mention| (mention.key.as_str(), mention.count)).collect();
        assert_eq!(found, keys.iter().map(|key| (*key, 1)).collect::<Vec<_>>(), "{name}");
        let urls = facts.mentions.iter().filter(|mention| mention.kind == MentionKind::Url).count();
        assert_eq!(urls, if name.ends_with(".md") { 0 } else { keys.len() }, "{name}");
        assert!(!serde_json::to_string(&facts).unwrap().contains("hunter"), "{name}");
        assert!(facts.incomplete.is_empty(), "{name}: {:?}", facts.incomplete);
        assert!(findings(&path).contains(&"warn text/credential".to_owned()), "{name}");
    }
}

#[test]
fn parameters_of_paddle_are_as_many_as_their_program_names() {
    // `LoDTensor` of a version, without levels, and a `TensorDesc` of FP32 and one dimension.
    let tensor = |value: u8| [&[0; 16][..], &[4, 0, 0, 0, 8, 5, 16, 2], &[value; 8]].concat();
    let field = |number: u8, content: &[u8]| [&[number << 3 | 2, content.len() as u8], content].concat();
    // `VarDesc`: name, type, whether it is kept. `feed` is kept and never saved.
    let variable = |name: &str, kind: u8, kept: u8| {
        field(3, &[field(1, name.as_bytes()), field(2, &[8, kind]), vec![24, kept]].concat())
    };
    let operator = field(4, &field(3, b"relu"));
    let variables = [variable("feed", 9, 1), variable("w", 7, 1), variable("b", 7, 1), variable("x", 7, 0)].concat();
    let program = field(1, &[&[8, 0, 16, 0][..], &variables, &operator].concat());
    let parameter = |name: &str| json!({"#": "p", "A": [0, 1, 1, name], "DA": [], "O": {"%": 1}, "OA": [], "QA": []});
    let pir = json!({
        "base_code": {"magic": "pir", "trainable": true, "version": 1},
        "program": {"regions": [{"#": "region_0", "blocks": [{"#": "block_0", "args": [], "ops": [parameter("w"), parameter("b")]}]}]},
    });
    let (whole, pir) = ([tensor(1), tensor(2)].concat(), pir.to_string().into_bytes());
    for (program_name, program, name) in [
        ("model.pdmodel", &program, "model.pdiparams"),
        ("inference.json", &pir, "inference.pdiparams"),
        ("__model__", &program, "__params__"),
    ] {
        for (size, cut) in [(whole.len(), false), (32, true), (0, true)] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(program_name), program).unwrap();
            std::fs::write(folder.path().join(name), &whole[..size]).unwrap();
            let facts: Facts = serde_json::from_value(run_at("facts", folder.path())).unwrap();
            let table =
                facts.tensors.iter().find(|table| table.entries.iter().any(|one| one.name.as_deref() == Some("w")));
            assert_eq!(table.unwrap().count, 2, "{program_name}");
            let told = facts.incomplete.iter().any(|one| one.what.contains("of the 2 tensors that the program"));
            assert_eq!(told, cut, "{program_name} {size}: {:?}", facts.incomplete);
            let report = run_at("check", folder.path());
            assert!(!cut || report["verdict"] == "failed", "{program_name} {size}");
        }
    }
}

#[test]
fn a_configuration_that_encodes_a_pickle_holds_one() {
    use base64::Engine as _;
    let mut pickle = PICKLE.to_vec();
    pickle.resize(96, 0);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&pickle);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.json");
    std::fs::write(&path, json!({"policy_class": {":serialized:": encoded}}).to_string()).unwrap();
    let facts: Facts = serde_json::from_value(run_at("facts", &path)).unwrap();
    assert!(facts.members.iter().any(|member| member.path.ends_with("data.json!value of policy_class.:serialized:")));
    assert_eq!(facts.pickles[0].calls[0].callee.global.global.as_deref(), Some("os.system"));
}

#[test]
fn many_addresses_are_counted_and_leave_nothing_incomplete() {
    let links: Vec<String> = (0..20_000).map(|number| format!("https://host.example/{number}")).collect();
    let folder = tempfile::tempdir().unwrap();
    for number in 0..100 {
        std::fs::write(
            folder.path().join(format!("{number}.json")),
            json!({ "links": &links[number * 200..][..200] }).to_string(),
        )
        .unwrap();
    }
    let facts: Facts = serde_json::from_value(run_at("facts", folder.path())).unwrap();
    assert!(facts.incomplete.is_empty(), "{:?}", facts.incomplete);
    assert_eq!(facts.mentions.len(), 4_096);
    assert_eq!(facts.mentions.iter().map(|mention| mention.count).sum::<u64>(), 20_000);
}

#[test]
fn files_of_a_tensor_cache_are_held_against_it_and_looked_at() {
    let cache = |path: &str, size: usize| {
        let tensor = |name: &str, at: u64, size: u64| json!({"name": name, "shape": [size], "dtype": "uint8", "format": "raw", "nbytes": size, "byteOffset": at});
        json!({"metadata": {"ParamSize": 2}, "records": [{"dataPath": path, "format": "raw-shard", "nbytes": size,
            "records": [tensor("a", 0, 100), tensor("b", 100, 64)]}]})
    };
    let numbers = [1; 164];
    let none: [&str; 0] = [];
    for (path, size, content, wanted) in [
        ("params_shard_0.bin", 164, Some(&numbers[..]), &none[..]),
        ("params_shard_0.bin", 164, Some(&numbers[..163]), &["deny tensor/out-of-range"]),
        ("params_shard_0.bin", 170, Some(&numbers[..]), &["deny tensor/out-of-range"]),
        ("params_shard_0.bin", 164, Some(&[1; 165]), &["deny tensor/size-mismatch"]),
        ("params_shard_0.bin", 164, None, &["deny graph/missing-reference"]),
        ("../params_shard_0.bin", 164, None, &["deny graph/outside-reference"]),
        ("/etc/passwd", 164, None, &["deny graph/outside-reference"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ndarray-cache.json"), cache(path, size).to_string()).unwrap();
        if let Some(content) = content {
            std::fs::write(folder.path().join(path), content).unwrap();
        }
        assert_eq!(findings(folder.path()), wanted, "{path} {size}");
    }
    // A program at the beginning of the second tensor.
    let folder = tempfile::tempdir().unwrap();
    let content = [&numbers[..100], &elf()].concat();
    let size = content.len();
    std::fs::write(folder.path().join("tensor-cache.json"), cache("a.bin", size).to_string()).unwrap();
    std::fs::write(folder.path().join("a.bin"), content).unwrap();
    let found = findings(folder.path());
    assert!(found.contains(&"deny executable/native-program".to_owned()), "{found:?}");
}
