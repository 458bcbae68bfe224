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
