//! A program of `torch.export` as JSON (torch/_export/serde/schema.py, `ExportedProgram`): every operator that its graph calls, subgraphs
//! too, and the native classes of its script objects. A `target` is looked up by its dots below `torch`, `operator` or `math`
//! (serialize.py, `deserialize_operator`), so it may name any function there. Expressions of sizes are Python that PyTorch evaluates, and the
//! shape of what goes in may name a factory, which is imported.

mod expression;

use crate::extract::format::json::texts::{ITEM, Texts, last};
use crate::extract::format::json::{self, Notes};
use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Graph, GraphVersion, MemberId};
use crate::limits::Exhausted;
use crate::place;
use serde::de::DeserializeSeed as _;
use std::cell::Cell;
use std::collections::BTreeSet;

/// A program of `torch.export`.
pub(super) struct ExportedProgram;

impl Format for ExportedProgram {
    fn id(&self) -> FormatId {
        FormatId::ExportedProgram
    }

    fn about(&self) -> &'static str {
        "program of torch.export in JSON: every operator that its graph calls, native classes of its script objects"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.letter == Some(b'{') { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::ExportedProgram));
        if !promised && !json::holds(source, &["graph_module"])? {
            return Ok(());
        }
        let notes = Notes::default();
        let offset = Cell::new(0);
        let limit = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
        let shown = |text: &str| place::escape_cut(text.as_bytes(), limit);
        let mut operators = Operators::new(walk.limits.records);
        let (mut graphs, mut producer, mut versions) = (false, None, Vec::new());
        let mut texts = Texts::new(&["graph_module", "torch_version", "guards_code"], |path: &[String], text: &str| {
            graphs |= path.first().is_some_and(|key| key == "graph_module");
            let names = match last(path) {
                // Handed to sympy's `sympify`, which evaluates it (serialize.py, `_parse_sym_expr`).
                Some([_, "expr_str"]) => expression::names(text),
                // Executed by `ExportedProgram.module()` (export/_unlift.py, `_convert_guards_code_to_fn`).
                Some(["guards_code", ITEM]) => expression::names(text),
                // Imported by the tree's reader (utils/_pytree.py, `_defaultdict_deserialize`, `enum_object_hook`).
                Some([_, "in_spec" | "out_spec"]) => expression::imports(text),
                _ => BTreeSet::new(),
            };
            for (domain, name) in &names {
                let (operator, at) = (shown(name), offset.get());
                let domain = Some(*domain);
                operators.add(&Node {
                    domain,
                    operator: &operator,
                    place: "expression",
                    at,
                    name: None,
                    texts: &[],
                    complete: true,
                });
            }
            let (domain, name, place) = match last(path) {
                Some(["nodes", ITEM, "target"]) => {
                    let (domain, name) = operator(text);
                    (domain, name, if path.len() <= 5 { "graph" } else { "subgraph" })
                }
                Some([_, _, "class_fqn"]) => {
                    let (domain, name) = text.rsplit_once('.').unwrap_or(("", text));
                    (domain, name, "class")
                }
                _ => {
                    if path.len() == 1 && path.first().is_some_and(|key| key == "torch_version") {
                        producer = Some(format!("torch {}", shown(text)));
                    }
                    return;
                }
            };
            let (domain, operator, at) = (shown(domain), shown(name), offset.get());
            let domain = Some(domain.as_str());
            operators.add(&Node { domain, operator: &operator, place, at, name: None, texts: &[], complete: true });
        });
        let outcome = texts.deserialize(&mut json::counted(source, &notes, &offset));
        let outcome = outcome.map_err(|error| json::json_error(error, false));
        if !promised && (!graphs || operators.nodes == 0) {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        if let Some(version) = &producer {
            versions.push(GraphVersion { of: "torch".to_owned(), domain: None, version: version.clone() });
        }
        let (nodes, complete) = (operators.nodes, operators.complete);
        walk.graph(Graph {
            member,
            format: FormatId::ExportedProgram,
            name: None,
            producer,
            versions,
            nodes,
            operators: operators.finish(|_, _| false),
            complete: complete && outcome.is_ok(),
        });
        outcome?;
        if complete { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

/// Namespace and name of a target: `torch.ops.aten.add.Tensor` is `add` of `aten`; any other is a function of a Python module.
fn operator(target: &str) -> (&str, &str) {
    // The name of an operator may be followed by that of its overload.
    let of = target.strip_prefix("torch.ops.").and_then(|rest| rest.split_once('.'));
    match of {
        Some((space, rest)) => {
            let mut parts = rest.splitn(3, '.');
            let (name, _overload, more) = (parts.next(), parts.next(), parts.next());
            match name.filter(|_| more.is_none()) {
                Some(name) => (space, name),
                None => (space, rest),
            }
        }
        None => target.rsplit_once('.').unwrap_or(("", target)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::format::trial::facts;

    #[test]
    fn targets_are_told_apart() {
        for (target, wanted) in [
            ("torch.ops.aten.add.Tensor", ("aten", "add")),
            ("torch.ops.higher_order.cond", ("higher_order", "cond")),
            ("torch.ops.mine.run.default.__globals__", ("mine", "run.default.__globals__")),
            ("torch.hub.load", ("torch.hub", "load")),
            ("_operator.add", ("_operator", "add")),
            ("eval", ("", "eval")),
        ] {
            assert_eq!(operator(target), wanted, "{target}");
        }
    }

    const PROGRAM: &str = r#"{"graph_module": {"graph": {"nodes": [
        {"target": "torch.ops.aten.linear.default", "inputs": [{"arg": {"as_graph": {"graph": {"nodes": [{"target": "torch.load"}]}}}}]},
        {"target": "torch.ops.aten.linear.default", "inputs": []}],
        "custom_obj_values": {"o": {"name": "o", "class_fqn": "__torch__.torch.classes.mine.Runner"}}}}, "torch_version": "2.5.1"}"#;

    #[test]
    fn operators_of_graphs_and_subgraphs_are_read() {
        let tables = facts("model.json", PROGRAM.as_bytes());
        assert_eq!(tables.formats(), [FormatId::Json, FormatId::ExportedProgram]);
        let graph = &tables.graphs[0];
        let names: Vec<_> = graph
            .operators
            .iter()
            .map(|one| (one.domain.as_deref().unwrap(), one.name.as_str(), one.place.as_str(), one.count))
            .collect();
        assert_eq!(
            names,
            [
                ("aten", "linear", "graph", 2),
                ("torch", "load", "subgraph", 1),
                ("__torch__.torch.classes.mine", "Runner", "class", 1)
            ]
        );
        assert!(graph.complete);
    }

    #[test]
    fn what_is_evaluated_is_read() {
        let text = PROGRAM.replace(
            r#""inputs": []"#,
            r#""inputs": [{"arg": {"as_expr": {"expr_str": "Max(s0, 2)"}}}, {"arg": {"as_sym_int": {"as_expr": {"expr_str": "__import__('os').system('id')"}}}}]"#,
        );
        let text = text.replace(
            r#"{"graph_module": {"#,
            r#"{"guards_code": ["L['x'].size()[0] >= 2", "exec('id')"], "graph_module": {"module_call_graph": [{"signature":
                {"in_spec": "[1, {\"context\": {\"default_factory_module\": \"evil\", \"default_factory_name\": \"X\"}}]"}}], "#,
        );
        let tables = facts("model.json", text.as_bytes());
        let found = tables.graphs[0].operators.iter().filter(|one| one.place == "expression");
        let found: Vec<_> = found.map(|one| (one.domain.as_deref().unwrap(), one.name.as_str())).collect();
        assert_eq!(
            found,
            [
                ("expression", "size"),
                ("code", "exec('id')"),
                ("import", "evil:X"),
                ("expression", "Max"),
                ("code", "__import__('os').system('id')"),
            ]
        );
    }

    #[test]
    fn a_cut_program_keeps_what_stood_before() {
        let tables = facts("model.json", &PROGRAM.as_bytes()[..300]);
        assert_eq!(tables.graphs[0].operators.len(), 2);
        assert!(!tables.graphs[0].complete && !tables.incomplete.is_empty());
    }

    #[test]
    fn other_json_is_no_program() {
        for text in [r#"{"nodes": [{"target": "a"}]}"#, r#"{"graph_module": {}}"#, "[1]"] {
            assert!(facts("a.json", text.as_bytes()).graphs.is_empty(), "{text}");
        }
    }
}
