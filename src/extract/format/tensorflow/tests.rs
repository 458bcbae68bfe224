use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, fixture};
use crate::facts::{FormatId, IncompleteKind, Leads, Origin, ReferenceKind};

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../graphs/{name}")))
}

/// Name and place of every operator that the file does not define.
fn operators(tables: &Tables) -> Vec<(&str, &str)> {
    let all = tables.graphs.iter().flat_map(|graph| &graph.operators);
    all.filter(|one| !one.defined).map(|one| (one.name.as_str(), one.place.as_str())).collect()
}

fn references(tables: &Tables) -> Vec<(ReferenceKind, &str, Leads)> {
    tables.references.iter().map(|one| (one.kind, one.target.as_str(), one.leads)).collect()
}

#[test]
fn a_plain_saved_model_is_read_whole() {
    let tables = read("good_saved_model.pb");
    assert_eq!(tables.formats(), [FormatId::Tensorflow]);
    tables.assert_ordinary("good_saved_model.pb");
    assert_eq!(tables.graphs.len(), 1);
    let graph = &tables.graphs[0];
    assert_eq!((graph.producer.as_deref(), graph.nodes, graph.complete), (Some("tensorflow 2.21.0"), 6, true));
    let wanted = [
        ("Placeholder", "graph"),
        ("StatefulPartitionedCall", "graph"),
        ("Relu", "function"),
        ("Const", "function"),
        ("SaveV2", "function"),
    ];
    assert_eq!(operators(&tables), wanted);
    assert_eq!(
        references(&tables),
        [
            (ReferenceKind::Output, "_temp/part", Leads::Beside),
            (ReferenceKind::File, "assets/vocabulary.txt", Leads::Beside),
        ]
    );
}

#[test]
fn what_acts_is_found_in_functions_attributes_and_assets() {
    let tables = read("hostile_saved_model.pb");
    let found = operators(&tables);
    for one in [
        ("WriteFile", "function"),
        ("DebugIdentityV3", "function"),
        ("EagerPyFunc", "function"),
        ("ReadFile", "call"),
        ("OwnOperator", "graph"),
    ] {
        assert!(found.contains(&one), "{one:?} in {found:?}");
    }
    let found = references(&tables);
    for one in [
        (ReferenceKind::Output, "/root/.bashrc", Leads::Absolute),
        (ReferenceKind::Url, "grpc://192.0.2.1:7000", Leads::Url),
        (ReferenceKind::File, "../../../../etc/passwd", Leads::Outside),
    ] {
        assert!(found.contains(&one), "{one:?} in {found:?}");
    }
}

#[test]
fn graph_definitions_and_meta_graphs_are_told_apart() {
    let frozen = read("frozen.pb");
    assert_eq!(operators(&frozen), [("Const", "graph"), ("ReadFile", "graph")]);
    assert_eq!(references(&frozen), [(ReferenceKind::File, "../../start.sh", Leads::Outside)]);
    let meta = read("pickled.meta");
    assert_eq!(meta.graphs.len(), 1);
    assert_eq!(references(&meta), [(ReferenceKind::Output, "model", Leads::Beside)]);
    assert_eq!(meta.graphs[0].producer.as_deref(), Some("tensorflow 1.15.0"));
}

#[test]
fn pickles_in_a_collection_become_members() {
    let tables = read("pickled.meta");
    let pickles = tables.members.iter().filter(|member| member.formats.contains(&FormatId::Pickle));
    assert!(pickles.clone().all(|member| member.origin == Origin::Value));
    assert_eq!(pickles.count(), 2);
    assert!(tables.pickles.iter().all(|pickle| !pickle.calls.is_empty()));
}

#[test]
fn the_layers_of_keras_become_a_member() {
    let tables = read("keras_metadata.pb");
    assert_eq!(tables.formats(), [FormatId::Tensorflow]);
    assert_eq!(tables.members[1].name, "root.json");
    assert!(tables.members[1].formats.contains(&FormatId::Json));
    assert!(tables.graphs.is_empty() && tables.incomplete.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn the_layers_of_keras_may_stand_behind_white_space() {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }
    let with = |text: &str| {
        let node = [field(3, b"root"), field(4, b"_tf_keras_layer"), field(5, text.as_bytes())].concat();
        facts("keras_metadata.pb", &field(1, &node))
    };
    for text in ["{\"a\": 1}", " \n\t{\"a\": 1}", "\u{feff}{\"a\": 1}"] {
        let tables = with(text);
        assert_eq!(tables.members[1].name, "root.json", "{text:?}");
        assert!(tables.incomplete.is_empty(), "{text:?}: {:?}", tables.incomplete);
    }
    assert!(with("").incomplete.is_empty());
    for text in [" ", "\"{}\"", "[1]", "x"] {
        assert!(with(text).lacks(IncompleteKind::Malformed), "{text:?}");
    }
}

#[test]
fn a_fingerprint_is_ordinary() {
    let tables = read("fingerprint.pb");
    assert_eq!(tables.formats(), [FormatId::Tensorflow]);
    assert!(tables.graphs.is_empty() && tables.incomplete.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn other_bytes_are_no_graph() {
    for other in [&b"\n\x04ab: a text"[..], b"\n\n\n\n", b"{\"a\": 1}", b"\n\x05hello\n\x05world", b"\x80\x04\x95"] {
        assert!(!facts("m", other).formats().contains(&FormatId::Tensorflow), "{other:?}");
    }
}

#[test]
fn damage_is_never_whole() {
    for name in ["good_saved_model.pb", "hostile_saved_model.pb"] {
        damage(&format!("../graphs/{name}"));
    }
}

#[test]
fn a_graph_as_text_is_recognised_and_other_texts_of_its_notation_are_not() {
    let graph = "saved_model_schema_version: 1\nmeta_graphs {\n graph_def { node { name: \"a\" op: \"PyFunc\" } } }\n";
    let library = "node: { name: \"x\" }\nlibrary { function { node_def [ { op: \"ReadFile\" } ] } }";
    for (name, text) in [
        ("saved_model.pbtxt", graph),
        ("graph.txt", library),
        ("weights", &format!("# {}\n{graph}", "x".repeat(9_000))),
    ] {
        let tables = facts(name, text.as_bytes());
        assert!(tables.formats().contains(&FormatId::Tensorflow), "{name}");
        assert!(tables.lacks(IncompleteKind::Unsupported), "{name}");
    }
    let labels = facts("label_map.pbtxt", b"item {\n  id: 1\n  name: 'person'\n}\n");
    assert_eq!(labels.formats(), [FormatId::Text]);
    assert!(labels.incomplete.is_empty());
    let triton = b"name: \"m\"\nmax_batch_size: 8\ninput [ { name: \"x\" dims: [ 16 ] }, { name: \"y\" } ]\n";
    let tables = facts("config.pbtxt", triton);
    assert_eq!(tables.formats(), [FormatId::TritonConfig, FormatId::Text]);
    assert!(tables.incomplete.is_empty());
}
