//! The tree of Python source: the one door to ruff's parser, whose crates are no stable interface. Never follows it.

use crate::extract::python::SourceError;
use ruff_python_parser::{Mode, ParseOptions, lexer};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::ops::Range;

pub(super) use ruff_python_ast::token::TokenKind;
pub(super) use ruff_python_ast::{
    Arguments, Comprehension, Decorator, ExceptHandler, Expr, ExprAttribute, ExprCall, ExprSubscript, FStringPart,
    InterpolatedStringElement, IpyEscapeKind, Number, Operator, Parameters, Pattern, Stmt, StmtClassDef,
    StmtFunctionDef, StmtIf, StmtImport, StmtImportFrom, UnaryOp,
};

/// What a text is parsed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A module.
    Module,
    /// Cells of a notebook, with IPython's own lines.
    Notebook,
}

impl Dialect {
    fn mode(self) -> Mode {
        match self {
            Self::Module => Mode::Module,
            Self::Notebook => Mode::Ipython,
        }
    }
}

/// The kinds of a text's tokens, in order.
pub(super) fn tokens(text: &str, dialect: Dialect) -> impl Iterator<Item = TokenKind> {
    let mut lexer = lexer::lex(text, dialect.mode());
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let token = lexer.next_token();
        ended = token == TokenKind::EndOfFile;
        Some(token)
    })
}

/// Whether something is called anywhere in an expression: a parenthesis behind what can be called. Comments and line ends may stand between.
pub(super) fn calls(text: &str) -> bool {
    let passed =
        |kind: &TokenKind| matches!(kind, TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Newline);
    let mut before = TokenKind::Comma;
    for kind in tokens(text, Dialect::Module).filter(|kind| !passed(kind)) {
        let plain = matches!(
            before,
            TokenKind::Comma
                | TokenKind::Colon
                | TokenKind::Lpar
                | TokenKind::Lsqb
                | TokenKind::Lbrace
                | TokenKind::Indent
        );
        if kind == TokenKind::Lpar && !plain {
            return true;
        }
        before = kind;
    }
    false
}

/// Parses a text, each of its parts by itself, and hands the statements over, with the first error of the parser: it goes on behind one.
/// Parts are apart by one byte.
pub(super) fn parse(
    text: &str,
    parts: &[Range<usize>],
    dialect: Dialect,
    with: impl FnOnce(&[Stmt], Option<String>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
    let ranges = parts.iter().map(|part| TextRange::new(size(part.start), size(part.end)));
    let parsed = ruff_python_parser::parse_cells_unchecked(text, ranges, &ParseOptions::from(dialect.mode()));
    let problem = parsed.errors().first().map(|error| {
        let before = text.get(..usize::from(error.location.start())).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
        format!("line {line}: {}", error.error)
    });
    with(parsed.suite(), problem)
}

/// The byte at which a node begins.
pub(super) fn start(node: &impl Ranged) -> usize {
    usize::from(node.range().start())
}

/// What a number is, when it is a small whole one.
pub(super) fn whole(number: &Number) -> Option<i64> {
    match number {
        Number::Int(int) => int.as_i64(),
        _ => None,
    }
}
