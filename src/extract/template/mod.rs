//! Templates of chats, in Jinja's language, to facts: spelt plainly by Jinja2's own rules, parsed into a tree, and followed there.
//! Never runs one, and never looks for what it loads.

mod lexer;
mod tree;
mod value;
mod visit;

use crate::digest;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, Template};
use crate::limits::Exhausted;
use crate::place;
use std::thread;

/// Stack of the thread that parses and follows a template. The lexer's bounds keep the deepest tree within a fraction of it,
/// whatever the frames of this build are; a page that is never touched costs nothing.
const STACK: usize = 256 << 20;

/// Why a template was not read.
#[derive(Debug, thiserror::Error)]
enum TemplateError {
    #[error("it ends before {0}")]
    Truncated(&'static str),
    #[error("{0}")]
    Malformed(String),
    #[error("{0} is not read")]
    Unsupported(&'static str),
    #[error("{0} are more than are followed")]
    Limit(&'static str),
}

/// Where a template was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// The member that holds it.
    pub member: MemberId,
    /// The format in which it stands.
    pub format: FormatId,
    /// The key it stands at.
    pub key: Option<&'a [u8]>,
    /// The name that a list gives it.
    pub name: Option<&'a [u8]>,
}

/// Reads a template into the facts. One that cannot be read is incomplete.
pub(super) fn read(found: Found<'_>, text: &str, walk: &mut Walk<'_>) {
    let mut template = unread(found, u64::try_from(text.len()).unwrap_or(u64::MAX), walk);
    template.digest = Some(digest::of(text.as_bytes()));
    let limit = walk.limits.template;
    if template.size > limit {
        walk.incomplete(found.member, Some(found.format), ReadError::Limit(Exhausted("template")));
        return walk.template(template);
    }
    let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
    let outcome = thread::scope(|scope| {
        let follow = || follow(text, cut, &mut template);
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, follow).map_err(ReadError::Io)?;
        // A defect of the parser is told like any other template that it cannot read.
        let outcome = thread.join().unwrap_or_else(|_| Err(TemplateError::Malformed("the parser stopped".to_owned())));
        Ok(outcome)
    });
    let place = place_of(&template);
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let what = format!("{place}: {error}");
            let error = match error {
                TemplateError::Truncated(_) => ReadError::truncated(what, None),
                TemplateError::Malformed(_) => ReadError::malformed(what, None),
                TemplateError::Unsupported(_) | TemplateError::Limit(_) => ReadError::unsupported(what, None),
            };
            walk.incomplete(found.member, Some(found.format), error);
        }
        Err(error) => walk.incomplete(found.member, Some(found.format), error),
    }
    walk.template(template);
}

/// Notes a template of so many bytes that is too long to be read.
pub(super) fn refuse(found: Found<'_>, size: u64, walk: &mut Walk<'_>) {
    let template = unread(found, size, walk);
    walk.incomplete(found.member, Some(found.format), ReadError::Limit(Exhausted("template")));
    walk.template(template);
}

fn unread(found: Found<'_>, size: u64, walk: &Walk<'_>) -> Template {
    let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
    let shown = |text: &[u8]| place::escape_cut(text, cut);
    Template {
        member: found.member,
        key: found.key.map(shown),
        name: found.name.map(shown),
        size,
        digest: None,
        parsed: false,
        accesses: Vec::new(),
        calls: Vec::new(),
        loads: Vec::new(),
        underscored: Vec::new(),
        largest_range: None,
        largest_work: None,
        doublings: Vec::new(),
        texts: Vec::new(),
    }
}

fn place_of(template: &Template) -> String {
    match (&template.key, &template.name) {
        (Some(key), Some(name)) => format!("the template `{name}` at `{key}`"),
        (Some(key), None) => format!("the template at `{key}`"),
        _ => "the template".to_owned(),
    }
}

fn follow(text: &str, cut: usize, template: &mut Template) -> Result<(), TemplateError> {
    let spelt = lexer::spell(text)?;
    tree::parse(&spelt, |statements| {
        let mut notes = visit::follow(statements)?;
        notes.write(cut, template);
        template.parsed = true;
        Ok(())
    })
}
