//! The tree of a template: the one door to minijinja's parser, whose tree is no stable interface. Never follows it.

use crate::extract::template::TemplateError;
use minijinja::machinery::{self, ast};

pub(super) use minijinja::machinery::ast::{BinOpKind, Call, CallArg, Expr, IfCond, Macro, Slice, Stmt, UnaryOpKind};
pub(super) use minijinja::value::ValueKind;

/// Parses a plainly spelt template and hands its statements over.
pub(super) fn parse(
    spelt: &str,
    with: impl FnOnce(&[Stmt<'_>]) -> Result<(), TemplateError>,
) -> Result<(), TemplateError> {
    let syntax = minijinja::syntax::SyntaxConfig::default();
    match machinery::parse(spelt, "template", syntax) {
        Ok(Stmt::Template(template)) => with(&template.children),
        Ok(_) => Err(TemplateError::Malformed("the parser gave no template".to_owned())),
        Err(error) => {
            let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
            let detail = error.detail().unwrap_or("it breaks the syntax");
            Err(TemplateError::Malformed(format!("{detail}{line}")))
        }
    }
}

/// What a constant says.
pub(super) enum Constant<'a> {
    Text(&'a str),
    Number(i64),
    Other,
}

/// What a constant of the tree says.
pub(super) fn constant<'a>(constant: &'a ast::Const) -> Constant<'a> {
    let value = &constant.value;
    if let Some(text) = value.as_str() {
        return Constant::Text(text);
    }
    match value.kind() {
        ValueKind::Number if !value.is_integer() => Constant::Other,
        ValueKind::Number => value.as_i64().map_or(Constant::Other, Constant::Number),
        _ => Constant::Other,
    }
}
