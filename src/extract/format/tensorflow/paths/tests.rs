#![allow(clippy::arithmetic_side_effects, reason = "tests number nodes")]

use super::UNTOLD;
use crate::extract::format::trial::{facts, facts_within, field};
use crate::facts::{IncompleteKind, Leads, ReferenceKind};
use crate::limits::Limits;

fn text(number: u8, content: &str) -> Vec<u8> {
    field(number, content.as_bytes())
}

/// An attribute: its name, and the fields of its value.
fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    field(5, &[text(1, name), field(2, value)].concat())
}

fn node(name: &str, operator: &str, inputs: &[&str], attributes: &[u8]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| text(3, input)).collect();
    [text(1, name), text(2, operator), inputs, attributes.to_vec()].concat()
}

fn constant(name: &str, value: &str) -> Vec<u8> {
    node(name, "Const", &[], &attribute("value", &field(8, &text(8, value))))
}

/// A call of a function by an attribute.
fn call(name: &str, operator: &str, function: &str, inputs: &[&str]) -> Vec<u8> {
    node(name, operator, inputs, &attribute("f", &field(10, &text(1, function))))
}

fn function(name: &str, arguments: &[&str], nodes: &[Vec<u8>]) -> Vec<u8> {
    let arguments: Vec<u8> = arguments.iter().flat_map(|argument| field(2, &text(1, argument))).collect();
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| field(3, node)).collect();
    [field(1, &[text(1, name), arguments].concat()), nodes].concat()
}

/// A SavedModel of a graph, functions, and the fields of its objects.
fn model(nodes: &[Vec<u8>], functions: &[Vec<u8>], objects: &[u8]) -> Vec<u8> {
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| field(1, node)).collect();
    let functions: Vec<u8> = functions.iter().flat_map(|function| field(1, function)).collect();
    let graph = [nodes, field(2, &functions)].concat();
    [vec![8, 1], field(2, &[field(2, &graph), field(7, objects)].concat())].concat()
}

fn paths(model: &[u8]) -> Vec<(ReferenceKind, String, Leads)> {
    let tables = facts("saved_model.pb", model);
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
    tables.references.iter().map(|one| (one.kind, one.target.clone(), one.leads)).collect()
}

fn written(target: &str, leads: Leads) -> Vec<(ReferenceKind, String, Leads)> {
    vec![(ReferenceKind::Output, target.to_owned(), leads)]
}

fn untold() -> Vec<(ReferenceKind, String, Leads)> {
    written(UNTOLD, Leads::Unknown)
}

/// What reaches `SaveV2` through these nodes, of which the last is its path.
fn saved(nodes: &[Vec<u8>], path: &str) -> Vec<(ReferenceKind, String, Leads)> {
    let save = node("save", "SaveV2", &[path, "names"], b"");
    paths(&model(&[nodes, &[save]].concat(), &[], b""))
}

#[test]
fn texts_are_joined_before_they_are_followed() {
    let (dot, rest) = (constant("a", "."), constant("b", "./evil"));
    let joined = saved(&[dot.clone(), rest, node("c", "StringJoin", &["a", "b"], b"")], "c:0");
    assert_eq!(joined, written("../evil", Leads::Outside));
    let separator = attribute("separator", &text(2, "/"));
    let empty = constant("e", "");
    let parts = [empty, constant("b", "etc"), node("c", "StringJoin", &["e", "b"], &separator)];
    assert_eq!(saved(&parts, "c"), written("/etc", Leads::Absolute));
    // The part behind what is given, which a saved model has too.
    let given = node("p", "Placeholder", &[], b"");
    let part = node("c", "StringJoin", &["p", "b"], b"");
    assert_eq!(saved(&[given, constant("b", "_temp/part"), part], "c"), written("_temp/part", Leads::Beside));
}

#[test]
fn a_path_that_only_a_run_can_tell_is_told_as_such() {
    assert_eq!(saved(&[node("u", "UnicodeEncode", &["x"], b"")], "u"), untold());
    assert_eq!(saved(&[], "nobody"), untold());
    let rewrite = attribute("rewrite", &text(2, "/etc/x"));
    assert_eq!(saved(&[constant("a", "b"), node("r", "StaticRegexReplace", &["a"], &rewrite)], "r"), untold());
    assert_eq!(saved(&[node("v", "ReadVariableOp", &["handle"], b"")], "v"), untold());
    // A circle, and what doubles at each step.
    assert_eq!(saved(&[node("a", "Identity", &["b"], b""), node("b", "Identity", &["a"], b"")], "a"), untold());
    let doubled: Vec<Vec<u8>> = (0..40)
        .map(|at| node(&format!("n{at}"), "StringJoin", &[&format!("n{}", at + 1), &format!("n{}", at + 1)], b""))
        .collect();
    assert_eq!(saved(&doubled, "n0"), untold());
    assert_eq!(saved(&[node("p", "Placeholder", &[], b"")], "p"), []);
    assert_eq!(
        saved(&[node("p", "Placeholder", &[], b""), node("s", "ShardedFilename", &["p", "i", "n"], b"")], "s"),
        []
    );
}

#[test]
fn what_a_function_is_given_is_followed() {
    let save = function("save", &["x", "path"], &[node("s", "SaveV2", &["path", "names"], b"")]);
    let through = function("through", &["p"], &[call("c", "PartitionedCall", "save", &["p", "p"])]);
    let functions = [save, through];
    let etc = constant("etc", "/etc/x");
    let of = |nodes: &[Vec<u8>]| paths(&model(&[nodes, std::slice::from_ref(&etc)].concat(), &functions, b""));
    let outside = written("/etc/x", Leads::Absolute);
    assert_eq!(of(&[call("c", "StatefulPartitionedCall", "save", &["w", "etc"])]), outside);
    assert_eq!(of(&[call("c", "StatefulPartitionedCall", "through", &["etc"])]), outside);
    assert_eq!(of(&[node("c", "save", &["w", "etc"], b"")]), outside);
    // The first input of a branch chooses it.
    assert_eq!(of(&[call("c", "If", "save", &["w", "w", "etc"])]), outside);
    assert_eq!(
        of(&[call("c", "StatefulPartitionedCall", "save", &["etc", "p"]), node("p", "Placeholder", &[], b"")]),
        []
    );
    assert_eq!(of(&[call("c", "While", "save", &["etc", "p"])]), untold());
    assert_eq!(of(&[]), []);
}

#[test]
fn what_a_function_keeps_is_followed() {
    let save = function("save", &["x", "path"], &[node("s", "SaveV2", &["path", "names"], b"")]);
    // The second object is kept as the last argument.
    let bound = |object: &[u8]| {
        let concrete = field(2, &[text(1, "save"), field(2, &field(2, &[1]))].concat());
        [field(1, b""), field(1, object), concrete].concat()
    };
    let of = |object: &[u8]| paths(&model(&[constant("etc", "/etc/x")], std::slice::from_ref(&save), &bound(object)));
    assert_eq!(of(&field(9, &text(1, "etc"))), written("/etc/x", Leads::Absolute));
    assert_eq!(of(&field(9, &text(1, "other"))), untold());
    assert_eq!(of(&field(7, b"")), untold());
    assert_eq!(of(&field(5, b"")), []);
    assert_eq!(of(&field(10, b"")), untold());
    // A table is read from where a variable says.
    let table = function("table", &["x"], &[node("s", "InitializeTableFromTextFileV2", &["t", "x"], b"")]);
    let concrete = field(2, &[text(1, "table"), field(2, &field(2, &[0]))].concat());
    let objects = [field(1, &field(7, b"")), concrete].concat();
    assert_eq!(paths(&model(&[constant("etc", "/etc/x")], &[table], &objects)), []);
}

#[test]
fn attributes_that_are_paths_and_assets_of_old_are_told() {
    let own = |text_: &str| node("d", "DecodeProtoV2", &[], &attribute("descriptor_source", &text(2, text_)));
    assert_eq!(paths(&model(&[own("local://")], &[], b"")), []);
    let read = |target: &str, leads| vec![(ReferenceKind::File, target.to_owned(), leads)];
    assert_eq!(paths(&model(&[own("/etc/x")], &[], b"")), read("/etc/x", Leads::Absolute));
    let any = [text(1, "type.googleapis.com/tensorflow.AssetFileDef"), field(2, &text(2, "../x"))].concat();
    let collection = field(4, &[text(1, "saved_model_assets"), field(2, &field(5, &field(1, &any)))].concat());
    let graph = field(2, &field(1, &constant("a", "b")));
    let whole = [vec![8, 1], field(2, &[graph, collection].concat())].concat();
    assert_eq!(paths(&whole), read("../x", Leads::Outside));
}

#[test]
fn what_is_kept_of_functions_is_bounded() {
    let limits = Limits { records: 4, ..Limits::default() };
    let lacks = |whole: &[u8]| facts_within("saved_model.pb", whole, &limits).lacks(IncompleteKind::Limit);
    let nodes = [constant("a", "b")];
    assert!(!lacks(&model(&nodes, &[function("f", &[], &[])], &field(2, b""))));
    assert!(lacks(&model(&nodes, &[], &field(2, b"").repeat(100))));
    let functions: Vec<Vec<u8>> = (0..100).map(|at| function(&format!("f{at}"), &[], &[])).collect();
    assert!(lacks(&model(&nodes, &functions, b"")));
}
