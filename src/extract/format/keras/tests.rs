#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{facts, facts_within};
use crate::facts::{FormatId, IncompleteKind, Layer, ReferenceKind};
use crate::limits::Limits;

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keras").join(name);
    std::fs::read(path).unwrap()
}

fn read(name: &str) -> Tables {
    facts(name.rsplit('/').next().unwrap(), &fixture(name))
}

fn globals(tables: &Tables) -> Vec<&str> {
    tables.layers.iter().map(|layer| layer.global.as_str()).collect()
}

fn named<'a>(tables: &'a Tables, class: &str) -> &'a Layer {
    tables.layers.iter().find(|layer| layer.class_name == class).unwrap()
}

/// What Keras itself refers to. Names of classes are told of any JSON.
fn references(tables: &Tables) -> Vec<(ReferenceKind, &str)> {
    let own = tables.references.iter().filter(|one| one.format != FormatId::Json);
    own.map(|one| (one.kind, one.target.as_str())).collect()
}

#[test]
fn ordinary_models_are_read_whole() {
    for name in ["small.keras", "wide.keras", "small.h5", "small.json"] {
        let tables = read(&format!("ordinary/{name}"));
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
        assert!(tables.deviations.is_empty(), "{name}: {:?}", tables.deviations);
        assert!(references(&tables).is_empty(), "{name}: {:?}", tables.references);
        assert!(tables.layers.iter().all(|layer| layer.code.is_empty()), "{name}");
        assert!(tables.layers.iter().any(|layer| layer.class_name == "Dense"), "{name}");
    }
    let wide = read("ordinary/wide.keras");
    let dense = named(&wide, "Dense");
    assert_eq!(dense.place, "config.layers[1].config.layer.config.layers[1]");
    assert_eq!((dense.module.as_deref(), dense.count), (Some("keras.layers"), 1));
    assert!(globals(&wide).contains(&"keras.src.ops.numpy.Mean"));
    assert!(globals(&wide).contains(&"keras.losses.Huber"));
}

#[test]
fn code_is_a_member_of_its_layer() {
    for name in [
        "lambda.keras",
        "lambda-nested.keras",
        "lambda-output-shape.keras",
        "lambda-escaped.keras",
        "config-twice.keras",
        "lambda.h5",
        "lambda-latest.h5",
    ] {
        let tables = read(&format!("hostile/{name}"));
        let codes: Vec<_> = tables.layers.iter().flat_map(|layer| &layer.code).collect();
        assert_eq!(codes.len(), 1, "{name}: {:?}", tables.layers);
        let member = &tables.members[usize::try_from(*codes[0]).unwrap()];
        assert!(member.size > 100 && member.digest.is_some(), "{name}");
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn functions_and_classes_are_named_wherever_they_stand() {
    for (name, global) in [
        ("system.keras", "os.system"),
        ("bare-module.keras", "os.system"),
        ("training.keras", "os.system"),
        ("training.h5", "os.system"),
        ("module.keras", "subprocess.Popen"),
        ("get-file.keras", "keras.utils.get_file"),
        ("unsafe-switch.keras", "keras.config.enable_unsafe_deserialization"),
        ("class-twice.keras", "keras.layers.Lambda"),
        ("class-twice.keras", "keras.layers.Dense"),
    ] {
        let tables = read(&format!("hostile/{name}"));
        assert!(globals(&tables).contains(&global), "{name}: {:?}", globals(&tables));
    }
}

#[test]
fn a_pickle_in_a_text_is_followed() {
    let tables = read("hostile/torch-module.keras");
    let wrapper = named(&tables, "TorchModuleWrapper");
    assert_eq!(wrapper.code.len(), 1);
    assert_eq!(tables.pickles.len(), 1);
    assert_eq!(tables.pickles[0].member, wrapper.code[0]);
}

#[test]
fn files_and_addresses_are_references() {
    for (name, kind, target) in [
        ("vocabulary-url.keras", ReferenceKind::Url, "https://example.org/words.txt"),
        ("vocabulary-path.keras", ReferenceKind::File, "/etc/passwd"),
        ("vocabulary-relative.keras", ReferenceKind::File, "words.txt"),
        ("layer-name.keras", ReferenceKind::File, "../../outside"),
    ] {
        let tables = read(&format!("hostile/{name}"));
        assert_eq!(references(&tables), [(kind, target)], "{name}");
    }
}

#[test]
fn a_key_is_escaped() {
    let text = r#"{"class_name": "A", "config": {"a\u001b[31mb\n": "/etc/passwd"}}"#;
    let tables = facts("model.json", text.as_bytes());
    let keys: Vec<&str> = tables.references.iter().map(|reference| reference.by.as_str()).collect();
    assert_eq!(keys, ["a\\u{1b}[31mb\\n"]);
    let long = format!(r#"{{"class_name": "A", "config": {{"{}": "/etc/passwd"}}}}"#, "k".repeat(100_000));
    assert!(facts("model.json", long.as_bytes()).references.iter().all(|reference| reference.by.len() < 1_000));
}

#[test]
fn both_readings_of_a_key_are_kept() {
    let text = br#"{"class_name": "A", "class_name": "B", "module": "m", "module": "n", "config": "f", "config": {}}"#;
    assert_eq!(globals(&facts("model.json", text)), ["m.A", "n.B"]);
    let text = br#"{"class_name": "function", "module": "m", "config": "f", "config": "g"}"#;
    assert_eq!(globals(&facts("model.json", text)), ["m.f", "m.g"]);
}

#[test]
fn other_json_is_none_of_keras() {
    for text in [r#"{"a": {"class_name": "B"}}"#, r#"{"a": [{"class_name": "B", "config": {}}]}"#, "[1, 2]", "{}"] {
        let tables = facts("config.json", text.as_bytes());
        assert_eq!(tables.formats(), [FormatId::Json], "{text}");
        assert!(tables.layers.is_empty());
    }
}

#[test]
fn what_is_too_much_is_incomplete() {
    let deep = format!("{{\"class_name\": \"A\", \"config\": {}1{}}}", "[".repeat(200), "]".repeat(200));
    assert!(facts("model.json", deep.as_bytes()).lacks(IncompleteKind::Limit));
    let many: String = (0..200).map(|number| format!("{{\"class_name\": \"C{number}\", \"config\": {{}}}},")).collect();
    let wide = format!("{{\"class_name\": \"A\", \"config\": [{many} 1]}}");
    let limits = Limits { records: 100, ..Limits::default() };
    assert_eq!(facts_within("model.json", wide.as_bytes(), &limits).layers.len(), 101);
    let broken =
        br#"{"class_name": "A", "config": {}, "module": "m", "x": {"class_name": "B", "module": "n", "config": {}}, "#;
    let tables = facts("model.json", broken);
    assert!(tables.lacks(IncompleteKind::Truncated));
    assert_eq!(globals(&tables), ["n.B"]);
}

#[test]
fn a_configuration_that_keras_reads_first_is_read_whatever_it_looks_like() {
    let tables = read("hostile/bare-module.keras");
    assert!(tables.members.iter().any(|one| one.name == "config.json" && one.formats.contains(&FormatId::KerasConfig)));
}

#[test]
fn architectures_in_yaml_say_what_those_in_json_say() {
    for (name, classes) in [
        ("small.yaml", ["Dense", "Dropout", "L1L2", "Sequential"].as_slice()),
        ("wide.yaml", &["Bidirectional", "Embedding", "InputLayer", "LSTM", "Model"]),
    ] {
        let tables = read(&format!("yaml/{name}"));
        assert_eq!(tables.formats(), [FormatId::KerasConfig, FormatId::Text], "{name}");
        assert!(tables.incomplete.is_empty() && tables.references.is_empty(), "{name}: {:?}", tables.incomplete);
        classes.iter().for_each(|class| assert_eq!(named(&tables, class).class_name, *class, "{name}"));
    }
    let small = read("yaml/small.yaml");
    assert_eq!(named(&small, "Dropout").place, "config.layers[1]");
    assert_eq!(named(&small, "Dropout").name.as_deref(), Some("dropout_1"));
    for name in ["lambda.yaml", "lambda.txt"] {
        let tables = read(&format!("yaml/{name}"));
        assert_eq!(named(&tables, "Lambda").code.len(), 1, "{name}");
        assert!(tables.members[1].size > 100, "{name}");
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn yaml_is_followed_however_it_is_written() {
    let layers = |text: &str| {
        let tables = facts("arch.txt", text.as_bytes());
        assert!(!tables.lacks(IncompleteKind::Internal));
        tables.layers.iter().map(|layer| layer.global.clone()).collect::<Vec<_>>()
    };
    for text in [
        "class_name: Popen\nmodule: subprocess\nconfig: {}\n",
        "{class_name: Popen, module: subprocess, config: {}}",
        "{\"class\\x5fname\": Popen, ? module : subprocess, config: {}}",
        "a: &n Popen\nb: {class_name: *n, module: !!str subprocess, config: null}\n",
        "a: &k class_name\nb: {*k : Popen, module: subprocess, config: null}\n",
        "b: {<<: {class_name: Popen, module: subprocess}, config: null}\n",
        "b: {<<: [{class_name: Popen}, {module: subprocess}], config: null}\n",
        "? [a, {class_name: Popen, module: subprocess, config: 1}]\n: b\n",
        "--- 1\n--- {class_name: Popen, module: subprocess, config: {}}\n",
    ] {
        assert!(layers(text).contains(&"subprocess.Popen".to_owned()), "{text}: {:?}", layers(text));
    }
    let twice = layers("class_name: A\nclass_name: B\nmodule: m\nmodule: n\nconfig: f\n");
    assert_eq!(twice, ["m.A", "n.B"]);
    let wide: Vec<u8> =
        "\u{feff}class_name: A\nmodule: m\nconfig: {}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(globals(&facts("arch", &wide)), ["m.A"]);
}

#[test]
fn tags_of_an_architecture_are_read_under_any_name() {
    let text = "class_name: Sequential\nconfig: !!python/object/apply:os.system [id]\n";
    let tables = facts("arch.txt", text.as_bytes());
    assert_eq!(tables.formats(), [FormatId::KerasConfig, FormatId::Yaml, FormatId::Text]);
    assert_eq!(tables.references[0].target, "os.system");
    let paths =
        facts("arch.yml", b"class_name: S\nconfig: {layers: [{vocabulary: /etc/passwd}, {x: http://host/y}]}\n");
    let seen: Vec<_> = paths.references.iter().map(|one| (one.kind, one.target.as_str())).collect();
    assert_eq!(seen, [(ReferenceKind::File, "/etc/passwd"), (ReferenceKind::Url, "http://host/y")]);
}

#[test]
fn other_text_is_none_of_keras() {
    for text in [
        "class_name,config\nA,b\n",
        "def f():\n    class_name = 'A'  # config\n    return {class_name: 1}\n",
        "a: {class_name: B}\n",
        "a: [{class_name: B, config: {}}]\n",
    ] {
        let tables = facts("notes.txt", text.as_bytes());
        assert_eq!(tables.formats(), [FormatId::Text], "{text}");
        assert!(tables.layers.is_empty() && tables.incomplete.is_empty(), "{text}");
    }
}

#[test]
fn an_architecture_that_breaks_off_is_incomplete() {
    let whole = fixture("yaml/small.yaml");
    let text = String::from_utf8(whole).unwrap();
    let broken = text.replace("rate: 0.5", "rate: [0.5");
    assert!(facts("small.yaml", broken.as_bytes()).lacks(IncompleteKind::Malformed));
    for end in (0..text.len()).step_by(7) {
        for byte in ["", "\0", "[", "\"", "&x ", "*x"] {
            let tables = facts("small.yaml", format!("{}{byte}{}", &text[..end], &text[end + 1..]).as_bytes());
            assert!(!tables.lacks(IncompleteKind::Internal), "{end} {byte:?}");
        }
    }
    // An alias of much text costs what it stands for, up to a bound.
    let bomb = format!("class_name: S\na: &a {}\nconfig: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(64));
    assert!(facts("bomb.yaml", bomb.as_bytes()).lacks(IncompleteKind::Limit));
    let deep = format!("class_name: S\nmodule: m\nconfig: {}", "{a: ".repeat(100_000));
    assert!(!facts("deep.yaml", deep.as_bytes()).lacks(IncompleteKind::Internal));
}

/// A Lambda layer with that function, which is marshalled code of nothing where it says CODE.
fn lambda(function: &str) -> String {
    let code = "4wEAAAAAAAAAAAAAAAMAAAADAAAA8y4AAACXAGQBZABsAH0BAgB8AWoBAAAAAAAAAABkAqYBAACr";
    let function = function.replace("CODE", &format!("\"{code}\\n\""));
    format!(
        r#"{{"class_name": "Functional", "config": {{"layers": [{{"class_name": "Lambda", "config": {{"function": {function}, "function_type": "lambda"}}}}]}}, "module": "keras"}}"#
    )
}

#[test]
fn code_in_a_tuple_of_keras_2_is_that_of_its_layer() {
    for function in [
        r#"{"class_name": "__tuple__", "items": [CODE, null, null]}"#,
        r#"{"items": [CODE, null, null], "class_name": "__tuple__"}"#,
        r#"{"class_name": "X", "items": [CODE, null, null], "class_name": "__tuple__"}"#,
        "[CODE, null, null]",
    ] {
        // Flow style makes YAML of it too.
        for name in ["model.json", "model.yaml"] {
            let tables = facts(name, lambda(function).as_bytes());
            let layer = named(&tables, "Lambda");
            let codes: usize = tables.layers.iter().map(|layer| layer.code.len()).sum();
            assert_eq!(codes, 1, "{name} {function}: {:?}", tables.layers);
            assert!(layer.code.len() == 1 || function.contains("\"X\""), "{name} {function}");
            assert!(tables.incomplete.is_empty(), "{name} {function}: {:?}", tables.incomplete);
        }
    }
    // A tuple in a tuple has code too, which Keras does not take for the function.
    let inner =
        r#"{"class_name": "__tuple__", "items": [{"items": [CODE, 1], "class_name": "__tuple__"}, null, null]}"#;
    let tables = facts("model.json", lambda(inner).as_bytes());
    assert_eq!(named(&tables, "Lambda").code.len(), 1);
}

#[test]
fn a_function_of_a_lambda_that_is_none_is_incomplete() {
    let strange = |function: &str| {
        ["model.json", "model.yaml"].map(|name| {
            let tables = facts(name, lambda(function).as_bytes());
            tables.lacks(IncompleteKind::Unsupported)
        })
    };
    for function in [
        r#"{"class_name": "__tuple__", "items": [{"class_name": "__tuple__", "items": [CODE]}]}"#,
        r#"{"class_name": "TypeSpec", "items": [CODE, null, null]}"#,
        r#"{"class_name": "__tuple__", "parts": [CODE, null, null]}"#,
        r#"{"x": [CODE, null, null]}"#,
        "[[CODE], null, null]",
        r#"["short", null, null]"#,
    ] {
        assert_eq!(strange(function), [true, true], "{function}");
    }
    for function in [
        r#""my_function""#,
        "null",
        r#"{"class_name": "function", "config": "my_function", "module": "builtins", "registered_name": "function"}"#,
        r#"{"class_name": "__lambda__", "config": {"code": CODE}}"#,
        "[CODE, null, null]",
    ] {
        assert_eq!(strange(function), [false, false], "{function}");
    }
    // What an alias stands for was read elsewhere.
    let alias = lambda("*a").replacen('{', r#"{"x": &a [CODE, null, null], "#, 1);
    assert!(facts("model.yaml", alias.as_bytes()).lacks(IncompleteKind::Unsupported));
}

#[test]
fn a_vocabulary_in_a_tuple_has_words() {
    for (key, count) in [("vocabulary", 0), ("vocab_file", 1)] {
        let text = format!(
            r#"{{"class_name": "A", "config": {{"{key}": {{"class_name": "__tuple__", "items": ["words.txt"]}}}}}}"#
        );
        assert_eq!(references(&facts("model.json", text.as_bytes())).len(), count, "{key}");
    }
}
