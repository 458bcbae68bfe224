//! A configuration that is written as Python (MMEngine): what of it does more than say what is what, and the dotted names that it holds.
//! Never follows it.

use crate::extract::python::tree::{self, Dialect, Expr, Stmt};
use crate::extract::python::{is_name, on_a_stack, parse};
use std::collections::BTreeSet;

/// Names that are kept of one configuration: the largest of MMDetection have some 50.
const NAMES: usize = 1_024;
/// Bytes that are shown of what acts.
const SHOWN: usize = 512;
/// What only puts values together when it is called.
const MAKERS: &[&str] = &["dict", "list", "tuple", "set", "float", "int"];
/// Under this name stands a file that is run before (mmengine/config/config.py, `BASE_KEY`).
const BASE: &str = "_base_";

/// What a configuration holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::extract) struct Settings {
    /// The first statement that does more than give a value a name, as far as it is shown.
    pub acts: Option<String>,
    /// Texts that are wholly a dotted name.
    pub names: BTreeSet<String>,
    /// Whether there are more names than are kept.
    pub cut: bool,
}

/// Reads a configuration. What breaks Python's syntax holds nothing, as nobody runs it; what is too long or too deep to be looked at acts.
pub(in crate::extract) fn settings(text: &str) -> Settings {
    let read = || {
        let mut found = Settings::default();
        parse(text, std::slice::from_ref(&(0..text.len())), Dialect::Module, |statements, problem| {
            if problem.is_none() {
                statements.iter().for_each(|statement| found.statement(text, statement));
            }
            Ok(())
        })?;
        Ok(found)
    };
    match on_a_stack(read) {
        Ok(Ok(found)) => found,
        _ => Settings { acts: Some(shown(text, 0)), ..Settings::default() },
    }
}

fn shown(text: &str, from: usize) -> String {
    let rest = text.get(from..).unwrap_or_default();
    rest.get(..rest.floor_char_boundary(SHOWN)).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

impl Settings {
    fn statement(&mut self, text: &str, statement: &Stmt) {
        let plain = match statement {
            Stmt::Assign(assign) => {
                let free = |name: &str| name != BASE && !MAKERS.contains(&name);
                let named =
                    assign.targets.iter().all(|target| matches!(target, Expr::Name(name) if free(name.id.as_str())));
                // All of it is looked at for names.
                self.value(&assign.value) & named
            }
            // A value by itself does nothing: `configs/yolox.yaml` is the name of a file, and no Python at all.
            Stmt::Expr(alone) => self.parts(&alone.value),
            Stmt::Pass(_) => true,
            _ => false,
        };
        if !plain && self.acts.is_none() {
            self.acts = Some(shown(text, tree::start(statement)));
        }
    }

    /// Whether an expression whose value is thrown away calls nothing.
    fn parts(&mut self, value: &Expr) -> bool {
        match value {
            Expr::BinOp(sum) => self.parts(&sum.left) & self.parts(&sum.right),
            value => self.value(value),
        }
    }

    /// Whether an expression only says what a value is.
    fn value(&mut self, value: &Expr) -> bool {
        match value {
            Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::Name(_) => true,
            Expr::StringLiteral(text) => {
                self.name(text.value.to_str());
                true
            }
            Expr::List(list) => self.values(&list.elts),
            Expr::Tuple(tuple) => self.values(&tuple.elts),
            Expr::Set(set) => self.values(&set.elts),
            Expr::Dict(dict) => dict.items.iter().fold(true, |plain, item| {
                let key = item.key.as_ref().is_none_or(|key| self.value(key));
                self.value(&item.value) & key & plain
            }),
            Expr::UnaryOp(sign) => self.value(&sign.operand),
            Expr::Attribute(attribute) => self.value(&attribute.value),
            // Numbers are added; texts that are put together could be any.
            Expr::BinOp(sum) => {
                let number = |side: &Expr| matches!(side, Expr::NumberLiteral(_) | Expr::BinOp(_) | Expr::UnaryOp(_));
                let numbers = number(&sum.left) && number(&sum.right);
                self.value(&sum.left) & self.value(&sum.right) & numbers
            }
            Expr::Call(call) => {
                let maker = matches!(&*call.func, Expr::Name(name) if MAKERS.contains(&name.id.as_str()));
                let given = call.arguments.keywords.iter().fold(true, |plain, word| self.value(&word.value) & plain);
                self.values(&call.arguments.args) & given & maker
            }
            _ => false,
        }
    }

    fn values(&mut self, values: &[Expr]) -> bool {
        values.iter().fold(true, |plain, value| self.value(value) & plain)
    }

    fn name(&mut self, text: &str) {
        if !text.contains('.') || text.len() > SHOWN || !is_name(text) {
            return;
        }
        if self.names.len() < NAMES {
            self.names.insert(text.to_owned());
        } else {
            self.cut = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dumped_configuration_says_what_is_what() {
        let text = "default_scope = 'mmdet'\nimg_scale = (\n    -640,\n    640,\n)\nlr = 0.1 * 4\nmodel = dict(\n    type='mmdet.YOLOX',\n    \
                    init_cfg=None,\n    neck=[dict(type='PAFPN', n=3)],\n    x={'a': float('inf')})\n";
        let found = settings(text);
        assert_eq!(found.acts, None);
        assert_eq!(found.names.into_iter().collect::<Vec<_>>(), ["mmdet.YOLOX"]);
    }

    #[test]
    fn what_does_more_is_told() {
        for text in [
            "x = __import__('os').system('id')",
            "import os",
            "_base_ = '../evil.py'",
            "model = dict(type='A', x=open('f'))",
            "x = 'os.' + y",
            "x = f'{y}'",
            "x = [y for y in z]",
            "@f\nclass A: pass",
            "if x: y = 1",
            "x.y = 1",
            "dict = exec",
            "x = ('a'\n 'b')[0]",
        ] {
            let first = text.lines().next().map(str::to_owned);
            assert_eq!(settings(text).acts, first, "{text}");
        }
        assert!(settings(&"(".repeat(10_000)).acts.is_some());
        assert!(settings("model = dict(type='o' 's.system', command='id')").names.contains("os.system"));
        assert!(settings("model = dict(type='os\\x2esystem')").names.contains("os.system"));
    }

    #[test]
    fn other_texts_hold_nothing() {
        for text in
            ["", "yolov8n.yaml", "configs/a/x.yaml", "configs/x-1.yaml: 3", "a b c", "/data/x.yaml", "C:\\x\\y.yaml"]
        {
            assert_eq!(settings(text), Settings::default(), "{text}");
        }
    }
}
