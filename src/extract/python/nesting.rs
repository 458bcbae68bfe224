//! How deep and how large the tree of a source can be, told from its tokens alone, so that nothing deep or large is ever parsed or
//! followed.

use crate::extract::python::SourceError;
use crate::extract::python::tree::{Dialect, TokenKind, tokens};

/// Deepest tree that is followed. CPython's own parser stops at 6,000 levels (Parser/pegen.c, `MAXSTACK`) and at 200 brackets
/// (Parser/tokenizer.h, `MAXLEVEL`); ordinary source stays below 100.
const DEEPEST: usize = 3_000;
/// Most blocks inside each other (Parser/tokenizer.h, `MAXINDENT`).
const BLOCKS: usize = 100;
/// Most brackets inside each other.
const BRACKETS: usize = 200;
/// Most tokens of one source. The longest module of torch (`common_methods_invocations.py`, 1.2 MB) has 201,600.
const TOKENS: usize = 500_000;

/// Refuses a text whose tree could be too deep. Each token between two commas or lines can be a level of its own: an operator, a dot, a
/// call, an `if` of an expression; levels of open brackets add up. `before` tokens stood in other parts of the source; gives back how many
/// there are with this one.
pub(super) fn check(text: &str, dialect: Dialect, before: usize) -> Result<usize, SourceError> {
    let mut count = before;
    let (mut blocks, mut chain, mut below) = (0usize, 0usize, 0usize);
    let mut open: Vec<usize> = Vec::new();
    for token in tokens(text, dialect) {
        count = count.saturating_add(1);
        if count > TOKENS {
            return Err(SourceError::Limit("words and signs"));
        }
        match token {
            TokenKind::Indent => blocks = blocks.saturating_add(1),
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Newline => {
                open.clear();
                (chain, below) = (0, 0);
            }
            TokenKind::Comma | TokenKind::Semi => chain = 0,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                open.push(chain);
                below = below.saturating_add(chain).saturating_add(1);
                chain = 0;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                let outer = open.pop().unwrap_or_default();
                below = below.saturating_sub(outer.saturating_add(1));
                // What is called or asked for an item is a level below the call.
                chain = outer.saturating_add(1);
            }
            // Parts of a text, and texts and names themselves, make nothing deeper.
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => chain = chain.saturating_add(1),
        }
        if blocks > BLOCKS {
            return Err(SourceError::Limit("blocks inside each other"));
        }
        if open.len() > BRACKETS {
            return Err(SourceError::Limit("brackets inside each other"));
        }
        if below.saturating_add(chain) > DEEPEST {
            return Err(SourceError::Limit("operators in one expression"));
        }
    }
    Ok(count)
}
