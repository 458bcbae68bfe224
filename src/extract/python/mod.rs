//! Python source to facts: parsed into a tree and followed there, with names joined over all branches. Never runs it, and never looks for
//! what it imports.

mod binding;
pub(super) mod bytecode;
mod definitions;
mod encoded;
mod encoding;
mod expression;
mod fold;
mod follow;
mod names;
mod nesting;
mod notes;
mod settings;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use crate::extract::format::{Claim, Permit};
use crate::extract::source::Source as Content;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{CodeForm, FormatId, MemberId, Origin, Source};
use crate::limits::Exhausted;
use crate::place;
use std::ops::Range;
use std::thread;
use tree::{Dialect, Stmt};

pub(super) use encoding::decode;
pub(super) use settings::{Settings, settings};

/// Stack of the thread that parses and follows a source. The bounds on its depth keep the deepest tree within a fraction of it,
/// whatever the frames of this build are; a page that is never touched costs nothing.
const STACK: usize = 256 << 20;

/// Bytes of memory for each token of a source, in its tree and what is noted of it: measured, a file of `lambda:0` takes 223.
const TOKEN: u64 = 256;

/// Why a source was not followed.
#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error("{0}")]
    Malformed(String),
    #[error("more {0} than are followed")]
    Limit(&'static str),
}

/// Where a source was found, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The member that is the code.
    pub member: MemberId,
    /// The format that reads it.
    pub format: FormatId,
    /// As what it lies there.
    pub form: CodeForm,
    /// The interpreter that it names, escaped.
    pub interpreter: Option<String>,
}

impl Found {
    /// A record of it without anything that was read.
    pub(super) fn unread(&self) -> Source {
        Source { form: self.form, ..Source::unread(self.member, "python", self.interpreter.clone()) }
    }
}

/// What following a source gave, besides its record.
#[derive(Debug, Default)]
struct Inside {
    /// Constant texts that are run as Python, with their lines.
    texts: Vec<(u64, String)>,
    /// What large constants decode to, with their lines.
    encoded: Vec<(u64, Vec<u8>)>,
    /// Whether work was left undone.
    cut: bool,
}

/// Whether a text is a name that code may be imported by: identifiers with dots between them.
pub(super) fn is_name(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first == '_' || first.is_alphabetic())
            && part.chars().all(|letter| letter == '_' || letter.is_alphanumeric())
    })
}

/// Whether an expression in Python calls something when it is evaluated.
pub(super) fn calls(text: &str) -> bool {
    tree::calls(text)
}

/// Reads a source into the facts. `parts` are parsed one by one and lie one byte apart; `[0..text.len()]` is all of it. What breaks
/// the syntax is a fact, since Python refuses to run it; what is too deep or too long to be followed is incomplete.
pub(super) fn read(found: &Found, text: &str, parts: &[Range<usize>], walk: &mut Walk<'_>) {
    let mut source = found.unread();
    let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
    let outcome = on_a_stack(|| follow(found.form, text, parts, cut, &mut source));
    let inside = match outcome {
        Ok(Ok(inside)) => inside,
        Ok(Err(error)) => {
            source.problem = Some(place::escape_cut(error.to_string().as_bytes(), cut));
            let error = match error {
                SourceError::Malformed(what) => ReadError::malformed(what, None),
                SourceError::Limit(_) => ReadError::unsupported(error.to_string(), None),
            };
            walk.incomplete(found.member, Some(found.format), error);
            Inside::default()
        }
        Err(error) => {
            walk.incomplete(found.member, Some(found.format), error);
            Inside::default()
        }
    };
    source.complete &= !inside.cut;
    // What was left out may be what matters.
    if !source.complete {
        walk.incomplete(found.member, Some(found.format), ReadError::Limit(Exhausted("records")));
    }
    walk.code(source);
    members(found, inside, walk);
}

/// Runs what parses in a thread with a stack that is large enough.
fn on_a_stack<T: Send>(
    parse: impl FnOnce() -> Result<T, SourceError> + Send,
) -> Result<Result<T, SourceError>, ReadError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, parse).map_err(ReadError::Io)?;
        // A defect of the parser is told like any other source that it cannot read.
        Ok(thread.join().unwrap_or_else(|_| Err(SourceError::Malformed("the parser stopped".to_owned()))))
    })
}

/// Notes a source that is too long to be followed.
pub(super) fn refuse(found: &Found, walk: &mut Walk<'_>) {
    let problem = Some("it is longer than sources that are followed".to_owned());
    walk.code(Source { problem, ..found.unread() });
    walk.incomplete(found.member, Some(found.format), ReadError::Limit(Exhausted("source")));
}

/// Makes members of what lies in the texts of a source.
fn members(found: &Found, inside: Inside, walk: &mut Walk<'_>) {
    for (line, text) in inside.texts {
        let content = Content::memory(text.into_bytes());
        let entry = Entry { payload: true, promised: Some(FormatId::Python), ..Entry::default() };
        walk.member(
            Some(found.member),
            format!("line {line}@exec").as_bytes(),
            Origin::Value,
            &content,
            Hash::Wanted,
            entry,
        );
    }
    for (line, bytes) in inside.encoded {
        let content = Content::memory(bytes);
        if walk.claims(&content) == Claim::No {
            continue;
        }
        let mark = walk.before();
        let entry = Entry { payload: true, ..Entry::default() };
        let id = walk.member(
            Some(found.member),
            format!("line {line}@text").as_bytes(),
            Origin::Value,
            &content,
            Hash::Wanted,
            entry,
        );
        // Of what is no more than text, or nothing at all, there is nothing to say.
        let told = id
            .and_then(|id| walk.facts(id))
            .is_some_and(|member| member.formats.iter().any(|format| *format != FormatId::Text));
        if !told {
            walk.take_back(mark);
        }
    }
}

fn follow(
    form: CodeForm,
    text: &str,
    parts: &[Range<usize>],
    cut: usize,
    source: &mut Source,
) -> Result<Inside, SourceError> {
    let dialect = if form == CodeForm::Notebook { Dialect::Notebook } else { Dialect::Module };
    let mut inside = Inside::default();
    parse(text, parts, dialect, |statements, problem| {
        let notes = notes::Notes::new(cut);
        let follow = follow::Follow::module(text, statements, notes);
        inside.texts = follow.texts.iter().map(|(line, text)| (*line, text.to_string())).collect();
        inside.encoded = follow.encoded.found;
        inside.cut = follow.encoded.cut;
        source.parsed = problem.is_none();
        source.problem = problem.map(|problem| place::escape_cut(problem.as_bytes(), cut));
        follow.notes.write(source);
        Ok(())
    })?;
    Ok(inside)
}

/// Parses a text whose tree is neither too deep nor too large, and has the memory for it.
fn parse(
    text: &str,
    parts: &[Range<usize>],
    dialect: Dialect,
    with: impl FnOnce(&[Stmt], Option<String>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut tokens = 0;
    for part in parts {
        tokens = nesting::check(text.get(part.clone()).unwrap_or_default(), dialect, tokens)?;
    }
    let bytes = TOKEN.saturating_mul(u64::try_from(tokens).unwrap_or(u64::MAX));
    let _permit = Permit::take(bytes, u64::MAX).map_err(|_| SourceError::Limit("words and signs"))?;
    tree::parse(text, parts, dialect, with)
}
