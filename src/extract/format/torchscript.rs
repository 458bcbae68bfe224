//! The code of a TorchScript archive (torch/csrc/jit/serialization/import_source.cpp): which operators it calls. It is Python's syntax with
//! a meaning of its own: `torch.NAME` is the operator `aten::NAME`, `ops.SPACE.NAME` is `SPACE::NAME`, and `__torch__.torch.classes`
//! are classes of native libraries. Reads words, no grammar: a name counts wherever it stands outside of texts and comments, called or
//! not, because it may be called by another name.

#[cfg(test)]
mod tests;
mod word;

use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Graph, MemberId};
use crate::limits::Exhausted;
use word::{Word, Words};

/// Code of TorchScript.
pub(super) struct Torchscript;

impl Format for Torchscript {
    fn id(&self) -> FormatId {
        FormatId::TorchscriptCode
    }

    fn about(&self) -> &'static str {
        "code of a TorchScript archive: every operator and native class that it names"
    }

    fn claims(&self, window: &Window) -> Claim {
        // Only an archive tells that an entry is code; to be asked it needs no more than to be no binary.
        if window.head.is_empty() || window.head.contains(&0) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).map(|member| member.promised.clone()).unwrap_or_default();
        if !promised.contains(&FormatId::TorchscriptCode) {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        let mut code = Code {
            words: Words::new(source),
            operators: Operators::new(walk.limits.records),
            text: usize::try_from(walk.limits.text).unwrap_or(usize::MAX),
            failed: None,
        };
        code.read();
        let Code { words, operators, failed, .. } = code;
        let failed = failed.or(words.failed);
        let (nodes, complete) = (operators.nodes, operators.complete);
        walk.graph(Graph {
            member,
            format: FormatId::TorchscriptCode,
            name: None,
            producer: None,
            versions: Vec::new(),
            nodes,
            operators: operators.finish(|_, _| false),
            complete: complete && failed.is_none(),
        });
        match failed {
            Some(error) => Err(error),
            None if complete => Ok(()),
            None => Err(Exhausted("records").into()),
        }
    }
}

/// Code while it is read.
struct Code {
    words: Words,
    operators: Operators,
    text: usize,
    failed: Option<ReadError>,
}

impl Code {
    fn read(&mut self) {
        let mut place: &'static str = "code";
        let (mut before, mut ahead) = (Word::Line, None);
        while let Some((at, word)) = ahead.take().or_else(|| self.words.next()) {
            let name = match (&before, &word) {
                // `def __setstate__` runs while the archive is loaded.
                (Word::Name(def), Word::Name(name)) if def == b"def" => {
                    place = if name == b"__setstate__" { "loading" } else { "code" };
                    None
                }
                // An attribute, whatever it is of: `x.NAME` may call an operator on `x`.
                (Word::Sign(b'.'), Word::Name(name)) => {
                    self.add(None, &[name.as_slice()], "method", at);
                    None
                }
                (_, Word::Name(name)) => Some(name.clone()),
                _ => None,
            };
            if let Some(name) = name {
                ahead = self.dotted(&name, at, place, &before);
            }
            before = word;
        }
    }

    /// A name that begins an expression, and what follows it behind dots. Gives the word behind, which
    /// was looked at and not taken.
    fn dotted(&mut self, first: &[u8], at: u64, place: &'static str, before: &Word) -> Option<(u64, Word)> {
        if !matches!(first, b"torch" | b"ops" | b"__torch__") {
            return None;
        }
        let mut parts = Vec::new();
        let behind = loop {
            match self.words.next() {
                Some((_, Word::Sign(b'.'))) if parts.len() < 64 => {}
                word => break word,
            }
            match self.words.next() {
                Some((_, Word::Name(name))) => parts.push(name),
                word => break word,
            }
        };
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        match (first, parts.as_slice()) {
            // `torch.autograd` is `torch` once more (ir_emitter's `BuiltinModule::attr`).
            (b"torch", [path @ .., name]) if path.iter().all(|part| *part == b"autograd") && *name != b"autograd" => {
                self.add(Some(b"aten"), &[name], place, at);
            }
            (b"torch", [_, ..]) => self.add(Some(b"aten"), &parts, place, at),
            (b"ops", [space, rest @ ..]) if !rest.is_empty() => self.add(Some(space), rest, place, at),
            (b"__torch__", [b"torch", b"classes", space, rest @ ..]) if !rest.is_empty() => {
                let domain = [b"__torch__.torch.classes.".as_slice(), space].concat();
                self.add(Some(&domain), rest, "class", at);
            }
            (b"__torch__", _) => {}
            // An attribute of a class may be called so: `ops : __torch__...` at the beginning of a line.
            (_, []) if matches!((before, &behind), (Word::Line, Some((_, Word::Sign(b':'))))) => {}
            (name, _) => {
                let name = String::from_utf8_lossy(name);
                let what = format!("`{name}` is given another name: which operators are called cannot be told");
                self.failed.get_or_insert(ReadError::unsupported(what, at));
            }
        }
        behind
    }

    fn add(&mut self, domain: Option<&[u8]>, names: &[&[u8]], place: &'static str, at: u64) {
        let domain = domain.map(|domain| crate::place::escape_cut(domain, self.text));
        let operator = crate::place::escape_cut(&names.join(&b'.'), self.text);
        let node =
            Node { domain: domain.as_deref(), operator: &operator, place, at, name: None, texts: &[], complete: true };
        self.operators.add(&node);
    }
}
