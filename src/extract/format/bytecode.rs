//! The byte code of a TorchScript archive for mobile devices (`bytecode.pkl`; torch/csrc/jit/serialization/export_bytecode.cpp): a pickle
//! of plain tuples whose table of operators names each as `SPACE::NAME`. Every text of that shape counts, wherever it stands. The pickle
//! itself is read by the pickle interpreter.

use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::pickle;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Graph, MemberId};
use crate::limits::Exhausted;

/// Byte code of TorchScript.
pub(super) struct Bytecode;

impl Format for Bytecode {
    fn id(&self) -> FormatId {
        FormatId::TorchscriptBytecode
    }

    fn about(&self) -> &'static str {
        "byte code of a TorchScript archive for mobile devices: every operator that it names"
    }

    fn claims(&self, window: &Window) -> Claim {
        if pickle::may_begin(&window.head) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).map(|member| member.promised.clone()).unwrap_or_default();
        if !promised.contains(&FormatId::TorchscriptBytecode) {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        let mut operators = Operators::new(walk.limits.records);
        let text = walk.limits.text;
        let outcome = pickle::texts(source, text, walk.budget, |at, bytes| {
            let Some((domain, operator)) = name(bytes) else { return };
            let (domain, place, name) = (Some(domain), "bytecode", None);
            operators.add(&Node { domain, operator, place, at, name, texts: &[], complete: true });
        });
        let (nodes, complete) = (operators.nodes, operators.complete);
        walk.graph(Graph {
            member,
            format: FormatId::TorchscriptBytecode,
            name: None,
            producer: None,
            versions: Vec::new(),
            nodes,
            operators: operators.finish(|_, _| false),
            complete: complete && outcome.is_ok(),
        });
        outcome?;
        if complete { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

/// Namespace and name of an operator; `None` when the text is none. What is not text is no operator's name either.
fn name(bytes: &[u8]) -> Option<(&str, &str)> {
    let (space, name) = std::str::from_utf8(bytes).ok()?.split_once("::")?;
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '.'))
    };
    (word(space) && word(name)).then_some((space, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_from_other_texts() {
        assert_eq!(name(b"aten::save"), Some(("aten", "save")));
        assert_eq!(name(b"aten::add.Tensor"), Some(("aten", "add.Tensor")));
        for other in ["__torch__.M.forward", "::", "a::", "std::vector<int>", "a b::c"] {
            assert_eq!(name(other.as_bytes()), None, "{other}");
        }
    }
}
