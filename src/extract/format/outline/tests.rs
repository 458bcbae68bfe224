#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads};

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../engines/{name}")))
}

/// Domain, name, place and count of every operator of the first graph.
fn operators(tables: &Tables) -> Vec<(&str, &str, &str, u64)> {
    tables.graphs.first().map_or_else(Vec::new, |graph| {
        graph
            .operators
            .iter()
            .map(|one| (one.domain.as_deref().unwrap_or("-"), one.name.as_str(), one.place.as_str(), one.count))
            .collect()
    })
}

fn references(tables: &Tables) -> Vec<(&str, &str, Leads)> {
    tables.references.iter().map(|one| (one.by.as_str(), one.target.as_str(), one.leads)).collect()
}

#[test]
fn what_the_libraries_write_is_read_whole() {
    use FormatId::*;
    for (name, formats, wanted) in [
        (
            "xgboost-classifier.json",
            &[Json, Xgboost][..],
            &[("booster", "gbtree", "graph", 1), ("objective", "binary:logistic", "graph", 1)][..],
        ),
        (
            "xgboost-dart.ubj",
            &[Xgboost],
            &[
                ("booster", "gbtree", "graph", 1),
                ("booster", "dart", "graph", 1),
                ("objective", "reg:squarederror", "graph", 1),
            ],
        ),
        (
            "xgboost-dart.binary",
            &[Xgboost],
            &[("objective", "reg:squarederror", "graph", 1), ("booster", "dart", "graph", 1)],
        ),
        (
            "xgboost-linear.binary",
            &[Xgboost],
            &[("objective", "reg:squarederror", "graph", 1), ("booster", "gblinear", "graph", 1)],
        ),
        (
            "lightgbm-ranker.txt",
            &[Lightgbm],
            &[("objective", "lambdarank", "graph", 1), ("boosting", "gbdt", "graph", 1)],
        ),
        (
            "catboost-classifier.cbm",
            &[Catboost],
            &[("model", "oblivious-trees", "graph", 1), ("loss", "Logloss", "graph", 1)],
        ),
        ("catboost-classifier.json", &[Json, Catboost], &[("loss", "Logloss", "graph", 1)]),
        ("catboost-regressor.mlmodel", &[Coreml], &[("model", "treeEnsembleRegressor", "graph", 1)]),
        (
            "catboost-regressor.pmml",
            &[Pmml],
            &[("model", "MiningModel", "graph", 1), ("model", "TreeModel", "graph", 2)],
        ),
        ("caffe.prototxt", &[Caffe, Text], &[("-", "InnerProduct", "graph", 1), ("-", "ReLU", "graph", 1)]),
        ("caffe.caffemodel", &[Caffe], &[("-", "InnerProduct", "graph", 1)]),
        ("mxnet-symbol.json", &[Json, Mxnet], &[("-", "FullyConnected", "graph", 1)]),
        (
            "torch7.t7",
            &[Torch7],
            &[
                ("class", "nn.Linear", "graph", 1),
                ("class", "torch.FloatTensor", "graph", 1),
                ("class", "torch.FloatStorage", "graph", 1),
            ],
        ),
    ] {
        let tables = read(&format!("ordinary/{name}"));
        assert_eq!(tables.formats(), formats, "{name}");
        assert_eq!(operators(&tables), wanted, "{name}");
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
        assert!(tables.references.is_empty(), "{name}");
    }
}

#[test]
fn graphs_inside_graphs_and_arrays_are_read() {
    let tables = read("ordinary/openvino/small.xml");
    let inner: Vec<_> = operators(&tables).into_iter().filter(|one| one.2 == "subgraph").map(|one| one.1).collect();
    assert!(inner.contains(&"Tanh") && inner.contains(&"Sigmoid"), "{inner:?}");
    assert_eq!(references(&tables), [("weights", "small.bin", Leads::Beside)]);
    let tables = read("ordinary/program.mlpackage/Data/com.apple.CoreML/model.mlmodel");
    let inner: Vec<_> = operators(&tables).into_iter().filter(|one| one.2 == "subgraph").map(|one| one.1).collect();
    assert!(inner.contains(&"tanh") && inner.contains(&"relu"), "{inner:?}");
    assert_eq!(references(&tables), [("weights", "weights/weight.bin", Leads::Beside)]);
    let tables = read("ordinary/mxnet-0000.params");
    let names: Vec<_> = tables.tensors[0].entries.iter().map(|one| (one.name.as_deref(), one.size)).collect();
    assert_eq!(names, [(Some("arg:fc_weight"), Some(8)), (Some("arg:fc_bias"), Some(4))]);
    let tables = read("ordinary/paddle.pdiparams");
    let shapes: Vec<_> = tables.tensors[0].entries.iter().map(|one| one.shape.as_slice()).collect();
    assert_eq!(shapes, [&[2][..], &[3, 2]]);
}

#[test]
fn what_acts_or_leads_away_is_found_wherever_it_stands() {
    for (name, operator) in [
        ("custom-in-branch.mlmodel", ("layer", "custom", "subgraph", 1)),
        ("custom-model.mlmodel", ("model", "customModel", "graph", 1)),
        ("extension-in-body.xml", ("custom", "Hidden", "subgraph", 1)),
        ("function.pmml", ("function", "com.example.Run", "graph", 1)),
        ("script.pmml", ("extension", "script", "graph", 1)),
        ("py-func.pdmodel", ("-", "py_func", "graph", 1)),
        ("load.pdmodel", ("-", "load", "subgraph", 1)),
        ("load-pir.json", ("pd_op", "load_combine", "graph", 1)),
        ("python.prototxt", ("-", "Python", "graph", 1)),
        ("python-escaped.prototxt", ("-", "Python", "graph", 1)),
        ("python.caffemodel", ("-", "Python", "graph", 1)),
        ("custom-symbol.json", ("-", "Custom", "graph", 1)),
        ("escaped-symbol.json", ("-", "Custom", "graph", 1)),
        ("nested-symbol.json", ("-", "Custom", "graph", 1)),
        ("native-symbol.json", ("-", "_Native", "graph", 1)),
        ("function.t7", ("lua", "function", "graph", 1)),
        ("function-alone.t7", ("lua", "function", "graph", 1)),
        ("function-ascii.t7", ("lua", "function", "graph", 1)),
    ] {
        let tables = read(&format!("hostile/{name}"));
        assert!(operators(&tables).contains(&operator), "{name}: {:?}", tables.graphs);
    }
    for (name, wanted) in [
        ("entity.pmml", ("external entity", "file:///etc/passwd", Leads::Url)),
        ("entity.xml", ("external entity", "https://host.invalid/x.dtd", Leads::Url)),
        ("include.pmml", ("attribute", "file:///etc/passwd", Leads::Url)),
        ("kernel.xml", ("kernel", "../../run.cl", Leads::Outside)),
        ("linked.mlmodel", ("linked-model", "../../models/other", Leads::Outside)),
        ("blob.mlmodel", ("weights", "/etc/passwd", Leads::Absolute)),
        ("package/Manifest.json", ("item", "Data/../../../etc/passwd", Leads::Outside)),
        ("save.pdmodel", ("attribute", "/root/.bashrc", Leads::Absolute)),
        ("source.prototxt", ("layer", "/etc/passwd", Leads::Absolute)),
        ("parameters.lightgbm", ("parameter", "/etc/passwd", Leads::Absolute)),
        ("old-output.caffemodel", ("layer", "/root/x.h5", Leads::Absolute)),
    ] {
        let tables = read(&format!("hostile/{name}"));
        assert!(references(&tables).contains(&wanted), "{name}: {:?}", tables.references);
    }
    for name in ["laughs.pmml", "entity-relative.pmml", "dtd.pmml"] {
        assert!(!read(&format!("hostile/{name}")).of(DeviationKind::InvalidValue).is_empty(), "{name}");
    }
}

#[test]
fn what_is_not_read_is_said() {
    for name in ["wide.pmml", "utf7.pmml", "serialized.mlmodel", "engine.plan", "model.rknn"] {
        assert!(read(&format!("hostile/{name}")).lacks(IncompleteKind::Unsupported), "{name}");
    }
    for name in ["trailing.ubj", "trailing.cbm"] {
        assert!(read(&format!("hostile/{name}")).lacks(IncompleteKind::Malformed), "{name}");
    }
}

#[test]
fn cut_and_changed_models_never_look_whole() {
    for name in ["xgboost-dart.ubj", "xgboost-classifier.binary", "catboost-regressor.cbm", "mxnet-0000.params"] {
        damage(&format!("../engines/ordinary/{name}"));
    }
}

#[test]
fn changed_models_stop_no_reader() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/engines");
    let mut files: Vec<_> = ["ordinary", "ordinary/openvino", "hostile"]
        .iter()
        .flat_map(|name| std::fs::read_dir(folder.join(name)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(files.len() > 60);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for round in 0..40 {
            let mut content = whole.clone();
            for _ in 0..=round % 4 {
                let at = usize::try_from(next()).unwrap() % content.len();
                content[at] = next().to_be_bytes()[0];
            }
            if round % 5 == 0 {
                content.truncate(usize::try_from(next()).unwrap() % content.len());
            }
            let tables = facts(&name, &content);
            assert!(!tables.lacks(IncompleteKind::Internal), "{name}: {:?}", tables.incomplete);
        }
    }
}

/// A field of protobuf that holds bytes.
fn field(number: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut number in [number << 3 | 2, u64::try_from(content.len()).unwrap()] {
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
    }
    [bytes, content.to_vec()].concat()
}

/// So many fields of one number and content, and one with another.
fn last(number: u64, many: usize, content: &[u8], last: &[u8]) -> Vec<u8> {
    [field(number, content).repeat(many), field(number, last)].concat()
}

/// What was left out is said, and what parsers take, the last, is there.
fn says(name: &str, content: &[u8], operator: &str, target: Option<&str>) {
    let tables = facts(name, content);
    assert!(operators(&tables).iter().any(|one| one.1 == operator), "{name} {operator}: {:?}", tables.graphs);
    assert!(tables.lacks(IncompleteKind::Limit), "{name} {operator}: {:?}", tables.incomplete);
    assert!(!tables.graphs[0].complete, "{name} {operator}");
    if let Some(target) = target {
        let found = references(&tables);
        assert!(found.iter().any(|one| one.1 == target), "{name} {operator}: {found:?}");
    }
}

#[test]
fn of_what_stands_repeatedly_the_last_is_told_and_that_others_were_left_out() {
    // Paddle: `OpDesc.type`, the attributes of one operator, and the values of one attribute.
    let program = |operator: Vec<u8>| field(1, &[b"\x08\0\x10\0".to_vec(), field(4, &operator)].concat());
    says("a.pdmodel", &program(last(3, 8, b"relu", b"py_func")), "py_func", None);
    let attribute = |name: &[u8], values: Vec<u8>| field(4, &[field(1, name), values].concat());
    let path = attribute(b"file_path", field(5, b"/root/x"));
    let many = [field(3, b"save"), attribute(b"a", field(5, b"b")).repeat(300), path].concat();
    says("a.pdmodel", &program(many), "save", Some("/root/x"));
    let values = [field(3, b"save"), attribute(b"file_path", last(5, 300, b"x", b"/root/x"))].concat();
    says("a.pdmodel", &program(values), "save", Some("/root/x"));

    // Paddle's programs in JSON.
    let text = |key: &str, value: &str| format!(r##"{{"N": "{key}", "AT": {{"#": "0.a_str", "D": "{value}"}}}}"##);
    let program = format!(
        r##"{{"base_code": {{"magic": "pir", "version": 1}}, "program": {{"regions": [{{"blocks": [{{"ops": [{{"#": "1.save", "A": [{}{}]}}]}}]}}]}}}}"##,
        format!("{}, ", text("a", "b")).repeat(300),
        text("file_path", "/root/x"),
    );
    says("a.json", program.as_bytes(), "save", Some("/root/x"));

    // CoreML: what a layer is, an operation of a program, and a linked model's file.
    let model = |kind: u64, body: &[u8]| [b"\x08\x04".to_vec(), field(kind, body)].concat();
    let layer = [field(1, b"l"), field(130, b"").repeat(6), field(500, &field(10, b"Evil"))].concat();
    says("a.mlmodel", &model(500, &field(1, &layer)), "custom", Some("Evil"));
    let operation = field(3, &last(1, 6, b"add", b"custom_layer"));
    let program = field(2, &field(2, &field(3, &field(2, &operation))));
    says("a.mlmodel", &model(502, &program), "custom_layer", None);
    for (number, target) in [(1, "../evil"), (2, "../evil/")] {
        let link = model(556, &field(1, &field(number, &last(1, 70, b"x", b"../evil"))));
        says("a.mlmodel", &link, "linkedModel", Some(target));
    }

    // MXNet: the attributes of a node.
    let attributes = (0..70).map(|number| format!(r#""a{number}": "b", "#)).collect::<String>();
    let symbol = format!(
        r#"{{"nodes": [{{"op": "_cvimread", "name": "n", "attrs": {{{attributes}"filename": "/etc/passwd"}}, "inputs": []}}], "arg_nodes": [0], "heads": [[0, 0, 0]]}}"#
    );
    says("a-symbol.json", symbol.as_bytes(), "_cvimread", Some("/etc/passwd"));

    // Caffe: the parameters of a layer.
    let source = |path: &str| format!("image_data_param {{ source: \"{path}\" }} ");
    let many =
        format!("layer {{ name: \"l\" type: \"ImageData\" {}{}}}", source("a").repeat(40), source("/etc/passwd"));
    says("a.prototxt", many.as_bytes(), "ImageData", Some("/etc/passwd"));
    let many = [field(2, b"ImageData"), field(115, &last(1, 40, b"a", b"/etc/passwd"))].concat();
    says("a.caffemodel", &field(100, &many), "ImageData", Some("/etc/passwd"));

    // OpenVINO: what is no element.
    let sheet = |path: &str| format!("<?xml-stylesheet href=\"{path}\"?>");
    let sheets = format!(
        "<?xml version=\"1.0\"?>{}{}<net name=\"n\" version=\"11\"><layers><layer id=\"0\" type=\"Parameter\" version=\"opset1\"/></layers></net>",
        sheet("a.xsl").repeat(70),
        sheet("/etc/x.xsl")
    );
    says("a.xml", sheets.as_bytes(), "Parameter", Some("/etc/x.xsl"));
}

#[test]
fn layers_of_caffe_of_the_oldest_kind_are_read() {
    let text = "layer { name: \"x\" type: \"Input\" }\n\
        layers { layer { name: \"a\" type: \"hdf5_output\" hdf5_output_param { file_name: \"/root/x.h5\" } } }\n\
        layers { layer { name: \"b\" type: \"data\" source: \"/etc/passwd\" meanfile: \"/etc/mean\" } bottom: \"a\" }\n";
    let inner = |fields: Vec<Vec<u8>>| field(2, &field(1, &fields.concat()));
    let output = inner(vec![field(2, b"hdf5_output"), field(1001, &field(1, b"/root/x.h5"))]);
    let data = inner(vec![field(2, b"data"), field(16, b"/etc/passwd"), field(18, b"/etc/mean")]);
    let binary = [field(100, &field(2, b"Input")), output, data].concat();
    for (name, content) in [("a.prototxt", text.as_bytes()), ("a.caffemodel", &binary)] {
        let tables = facts(name, content);
        assert_eq!(operators(&tables).iter().map(|one| one.1).collect::<Vec<_>>(), ["Input", "HDF5Output", "Data"]);
        let targets: Vec<_> = tables.references.iter().map(|one| (one.kind, one.target.as_str())).collect();
        let file = crate::facts::ReferenceKind::File;
        let output = (crate::facts::ReferenceKind::Output, "/root/x.h5");
        assert_eq!(targets, [output, (file, "/etc/passwd"), (file, "/etc/mean")], "{name}");
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn a_layer_of_caffe_without_a_type_is_not_whole() {
    for text in
        ["layer { name: \"a\" }", "layers { name: \"a\" }", "layers { layer { name: \"a\" } }", "layers { layer { } }"]
    {
        let text = format!("layer {{ name: \"x\" type: \"Input\" }}\n{text}\n");
        assert!(facts("a.prototxt", text.as_bytes()).lacks(IncompleteKind::Malformed), "{text}");
    }
    for layer in [field(100, &field(1, b"a")), field(2, &field(4, b"a")), field(2, &field(1, &field(1, b"a")))] {
        let model = [field(100, &field(2, b"Input")), layer].concat();
        assert!(facts("a.caffemodel", &model).lacks(IncompleteKind::Malformed));
    }
}

#[test]
fn the_type_of_a_layer_of_caffe_is_the_number_that_parsers_read() {
    // 10, and more bits than an enum has; 10, and then one that the enum does not have.
    for kind in [&b"\x28\x8a\x80\x80\x80\x10"[..], b"\x28\x0a\x28\xe7\x07"] {
        let tables = facts("a.caffemodel", &field(2, &[kind, &field(14, &field(1, b"/root/x.h5"))].concat()));
        assert!(operators(&tables).iter().any(|one| one.1 == "10"), "{:?}", tables.graphs);
        assert_eq!(references(&tables)[0], ("layer", "/root/x.h5", Leads::Absolute));
    }
    for kind in ["10", "0xA", "012"] {
        let tables = facts("a.prototxt", format!("layers {{ type: {kind} }}\n").as_bytes());
        assert_eq!(operators(&tables)[0].1, "10", "{kind}");
    }
}
