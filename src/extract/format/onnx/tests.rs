#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, field, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads, ReferenceKind};

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../graphs/{name}")))
}

/// Domain, name and place of every operator.
fn operators(tables: &Tables) -> Vec<(&str, &str, &str)> {
    let graph = &tables.graphs[0];
    graph.operators.iter().map(|one| (one.domain.as_deref().unwrap(), one.name.as_str(), one.place.as_str())).collect()
}

/// What names something, what it names, and where that leads.
fn references(tables: &Tables) -> Vec<(&str, &str, Leads)> {
    tables.references.iter().map(|one| (one.by.as_str(), one.target.as_str(), one.leads)).collect()
}

#[test]
fn a_plain_model_is_read_whole() {
    let tables = read("good.onnx");
    assert_eq!(tables.formats(), [FormatId::Onnx]);
    tables.assert_ordinary("good.onnx");
    let graph = &tables.graphs[0];
    assert_eq!((graph.name.as_deref(), graph.producer.as_deref(), graph.nodes), (Some("main"), Some("fixture 1"), 3));
    assert!(graph.complete);
    let versions: Vec<_> = graph.versions.iter().map(|one| (one.of.as_str(), one.version.as_str())).collect();
    assert_eq!(versions, [("ir_version", "8"), ("opset_import", "17")]);
    assert_eq!(operators(&tables), [("", "If", "graph"), ("", "Identity", "subgraph")]);
    assert_eq!(graph.operators[1].count, 2);
    assert!(tables.references.is_empty());
    let weights = &tables.tensors[0];
    assert_eq!((weights.count, weights.entries[0].dtype.as_str()), (2, "FLOAT"));
    assert_eq!((weights.entries[0].shape.as_slice(), weights.entries[0].size), (&[1, 2][..], Some(8)));
}

#[test]
fn external_data_is_found_wherever_a_tensor_stands() {
    for (name, wanted) in [
        ("data.onnx", vec![("initializer", "model.data", Leads::Beside)]),
        ("outside.onnx", vec![("initializer", "../../../../etc/passwd", Leads::Outside)]),
        ("subgraph.onnx", vec![("initializer", "/etc/passwd", Leads::Absolute)]),
        ("constant.onnx", vec![("attribute", "..\\\\secret", Leads::Outside)]),
        ("function.onnx", vec![("attribute", "C:\\\\secret", Leads::Absolute)]),
        (
            "sparse.onnx",
            vec![("sparse-initializer", "../v", Leads::Outside), ("sparse-initializer", "../i", Leads::Outside)],
        ),
        ("memory.onnx", vec![("initializer", "*/_ORT_MEM_ADDR_/*", Leads::Memory)]),
    ] {
        let tables = read(name);
        assert_eq!(references(&tables), wanted, "{name}");
        assert!(tables.references.iter().all(|one| one.kind == ReferenceKind::ExternalData));
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
    assert_eq!(read("subgraph.onnx").references[0].count, 2);
}

#[test]
fn keys_that_stand_twice_and_keys_that_nobody_knows_are_told() {
    let tables = read("keys.onnx");
    let wanted = [("initializer", "model.data", Leads::Beside), ("initializer", "../second", Leads::Outside)];
    assert_eq!(references(&tables), wanted);
    assert_eq!(tables.of(DeviationKind::InvalidValue)[0].found.as_deref(), Some("__class__"));
    assert_eq!(tables.of(DeviationKind::DuplicateKey)[0].found.as_deref(), Some("location"));
    assert_eq!(tables.of(DeviationKind::OutOfRange)[0].found.as_deref(), Some("-1"));
}

#[test]
fn operators_of_other_domains_are_found_wherever_a_node_stands() {
    assert_eq!(operators(&read("training.onnx"))[1], ("com.example", "Evil", "training"));
    assert_eq!(operators(&read("nested.onnx"))[1], ("com.example", "Evil", "subgraph"));
    let tables = read("function.onnx");
    let block = tables.graphs[0].operators.iter().find(|one| one.name == "Block").unwrap();
    assert!(block.defined);
    assert!(operators(&tables).contains(&("", "Constant", "function")));
    let tables = read("python.onnx");
    let attributes: Vec<_> = tables.graphs[0].operators[0]
        .attributes
        .iter()
        .map(|one| (one.name.as_str(), one.values[0].as_str()))
        .collect();
    assert_eq!(attributes, [("class_name", "system"), ("module", "os")]);
}

#[test]
fn a_name_that_stands_twice_counts_twice() {
    let tables = read("twice.onnx");
    assert_eq!(operators(&tables), [("com.example", "Identity", "graph"), ("com.example", "Evil", "graph")]);
    assert_eq!(tables.of(DeviationKind::DuplicateKey).len(), 1);
}

#[test]
fn a_prepared_context_names_its_file() {
    let tables = read("context.onnx");
    assert_eq!(references(&tables), [("attribute", "../../context.bin", Leads::Outside)]);
    assert_eq!(tables.references[0].kind, ReferenceKind::Plugin);
    assert_eq!(tables.references[0].name.as_deref(), Some("context"));
}

#[test]
fn depth_costs_no_stack() {
    // 20,000 graphs, each in an attribute of a node of the one around it.
    let node = |attribute: &[u8]| field(1, &[field(4, b"If"), field(5, attribute)].concat());
    let mut graph = field(1, &field(4, b"Evil"));
    for _ in 0..20_000 {
        graph = node(&field(6, &graph));
    }
    let model = [b"\x08\x08".to_vec(), field(7, &graph), field(8, b"\x10\x11")].concat();
    let tables = facts("deep.onnx", &model);
    assert_eq!(tables.graphs[0].nodes, 20_001);
    assert!(operators(&tables).contains(&("", "Evil", "subgraph")));
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn many_operators_are_cut_and_told() {
    let nodes: Vec<u8> = (0..5_000).flat_map(|number| field(1, &field(4, format!("Op{number}").as_bytes()))).collect();
    let model = [b"\x08\x08".to_vec(), field(7, &nodes), field(8, b"\x10\x11")].concat();
    let tables = facts("many.onnx", &model);
    assert!(!tables.graphs[0].complete);
    assert_eq!(tables.graphs[0].nodes, 5_000);
    assert!(tables.lacks(IncompleteKind::Limit));
}

#[test]
fn fields_may_stand_in_any_order() {
    let graph = field(7, &[field(2, b"main"), field(1, &field(4, b"Evil"))].concat());
    let model = [field(8, b"\x10\x11"), graph, b"\x08\x08".to_vec()].concat();
    assert_eq!(operators(&facts("m", &model)), [("", "Evil", "graph")]);
}

#[test]
fn other_bytes_are_no_model() {
    for other in [&b":\x04ab: a text"[..], b"\x80\x04\x95", b"{\"a\": 1}", b":hello world, this is a text\n"] {
        assert!(!facts("m", other).formats().contains(&FormatId::Onnx), "{other:?}");
    }
}

#[test]
fn damage_is_never_whole() {
    for name in ["good.onnx", "sparse.onnx"] {
        damage(&format!("../graphs/{name}"));
    }
}

#[test]
fn the_format_of_the_runtime_is_recognised() {
    let head = b"\x18\0\0\0ORTM\0\0\0\0\x0c\0\x10\0";
    for name in ["model.ort", "model.bin", "model"] {
        let tables = facts(name, head);
        assert_eq!(tables.formats(), [FormatId::Onnx], "{name}");
        assert!(tables.lacks(IncompleteKind::Unsupported), "{name}");
    }
}

#[test]
fn a_model_as_text_is_recognised() {
    let text = b"ir_version: 9\ngraph { node { input: \"x\" output: \"y\" op_type: \"PythonOp\" domain: \"com.microsoft\" } }\n";
    for name in ["model.textproto", "model.onnx", "model"] {
        assert!(facts(name, text).lacks(IncompleteKind::Unsupported), "{name}");
    }
}

#[test]
fn metadata_that_is_evaluated_names_what_it_calls() {
    for (key, value, told) in [
        ("names", "{0: open('x')}", true),
        ("imgsz", "[1, 2 if open\n('x') else 3]", true),
        ("names", "{0: 'cell phone (old)', 1: \"it's (1)\"}", false),
        ("imgsz", "[(640), 640]", false),
        ("description", "open('x')", false),
    ] {
        let pair = [field(1, key.as_bytes()), field(2, value.as_bytes())].concat();
        // `ModelProto.metadata_props`.
        let tables = facts("m.onnx", &[fixture("../graphs/good.onnx"), field(14, &pair)].concat());
        let found: Vec<_> = tables.references.iter().map(|one| (one.by.as_str(), one.name.as_deref())).collect();
        let wanted: &[_] = if told { &[("metadata", Some(key))] } else { &[] };
        assert_eq!(found, wanted, "{key} {value}");
    }
}

#[test]
fn a_function_defines_the_operator_of_its_own_overload_only() {
    let node = |overload: &[u8]| field(1, &[field(4, b"MyOp"), field(7, b"evil"), field(8, overload)].concat());
    let function = |overload: &[u8]| {
        let function = [field(1, b"MyOp"), field(10, b"evil"), field(13, overload)].concat();
        // `ModelProto.functions` (25), whose key has two bytes.
        [vec![0xca, 1], field(1, &function)[1..].to_vec()].concat()
    };
    let json = |overload: &str, domain: &str| {
        format!(
            r#"{{"opsetImport": [{{"version": "13"}}], "graph": {{"node": [{{"opType": "MyOp", "domain": "evil", "overload": "{overload}"}}]}},
            "functions": [{{"name": "MyOp", "domain": "{domain}", "overload": "other"}}]}}"#
        )
    };
    for (overload, defined) in [("", false), ("another", false), ("other", true)] {
        let graph = field(7, &node(overload.as_bytes()));
        let model = [b"\x08\x08".to_vec(), graph, field(8, b"\x10\x11"), function(b"other")].concat();
        assert_eq!(facts("m.onnx", &model).graphs[0].operators[0].defined, defined, "{overload}");
        let json = json(overload, "evil");
        assert_eq!(facts("m.onnxjson", json.as_bytes()).graphs[0].operators[0].defined, defined, "{overload}");
    }
    let json = json("other", "good");
    assert!(!facts("m.onnxjson", json.as_bytes()).graphs[0].operators[0].defined);
    // One operator, two functions: only one of them is defined.
    let graph = field(7, &[node(b"other"), node(b"")].concat());
    let model = [b"\x08\x08".to_vec(), graph, field(8, b"\x10\x11"), function(b"other")].concat();
    let tables = facts("m.onnx", &model);
    assert_eq!(tables.graphs[0].operators.iter().map(|one| one.defined).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_prepared_program_is_told_behind_however_many_texts() {
    let text = |name: &[u8], text: &[u8]| field(5, &[field(1, name), field(4, text)].concat());
    let node = [field(4, b"EPContext"), text(b"a", b"b").repeat(70), text(b"ep_cache_context", b"../ctx")].concat();
    let model = [b"\x08\x08".to_vec(), field(7, &field(1, &node)), field(8, b"\x10\x11")].concat();
    let tables = facts("m.onnx", &model);
    assert_eq!(references(&tables), [("attribute", "../ctx", Leads::Outside)]);
    assert!(tables.incomplete.is_empty() && !tables.graphs[0].operators[0].complete, "{:?}", tables.incomplete);
    // Of the value itself the last counts.
    let paths = [field(1, b"ep_cache_context"), field(4, b"a").repeat(70), field(4, b"../ctx")].concat();
    let node = [field(4, b"EPContext"), field(5, &paths)].concat();
    let model = [b"\x08\x08".to_vec(), field(7, &field(1, &node)), field(8, b"\x10\x11")].concat();
    let tables = facts("m.onnx", &model);
    assert!(references(&tables).contains(&("attribute", "../ctx", Leads::Outside)));
    assert!(tables.lacks(IncompleteKind::Limit), "{:?}", tables.incomplete);
}

#[test]
fn evaluated_metadata_is_told_behind_however_many_pairs() {
    let pair = |key: &[u8], value: &[u8]| field(14, &[field(1, key), field(2, value)].concat());
    let pairs = [pair(b"a", b"b").repeat(5_000), pair(b"names", b"{0: open('x')}")].concat();
    let tables = facts("m.onnx", &[fixture("../graphs/good.onnx"), pairs].concat());
    assert_eq!(tables.references[0].name.as_deref(), Some("names"));
}

#[test]
fn numbers_of_32_bits_are_read_as_parsers_read_them() {
    // `data_type` is 1, and `data_location` EXTERNAL and then a number that the enum does not have.
    let tensor = [&b"\x10\x81\x80\x80\x80\x10"[..], &field(8, b"w"), b"\x70\x81\x80\x80\x80\x10\x70\x07"].concat();
    let graph = field(7, &[field(1, &field(4, b"Add")), field(5, &tensor)].concat());
    let tables = facts("m.onnx", &[b"\x08\x08".to_vec(), graph, field(8, b"\x10\x11")].concat());
    assert_eq!(tables.tensors[0].entries[0].dtype, "FLOAT");
    assert_eq!(references(&tables), [("initializer", "", Leads::Invalid)]);
}
