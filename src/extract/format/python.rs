//! Python source under a name that promises it, site files (`.pth`; CPython, Lib/site.py), and Jupyter notebooks (nbformat 4, "The Notebook
//! file format"): parsed and followed. Nearly any text could
//! be a program, so the name decides who would run it as one; a notebook is one by its content too.

mod notebook;

use crate::extract::format::{Claim, Format, Window, script};
use crate::extract::python::{self, Found};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{CodeForm, FormatId, Member, MemberId};

/// Bytes in which a notebook under another name shows what it is: those who write one sort its keys, or begin with the cells.
const HEAD: u64 = 4096;

/// Python source.
pub(super) struct Python;

impl Format for Python {
    fn id(&self) -> FormatId {
        FormatId::Python
    }

    fn about(&self) -> &'static str {
        "Python source, site files (.pth) and Jupyter notebooks: parsed and followed; imports, definitions, calls and when they run are listed"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.head.is_empty() || window.head.contains(&0) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let named = walk.facts(member).is_some_and(|member| member.extension.as_deref() == Some("ipynb"));
        let head = source.bytes_at(0, HEAD)?;
        if head.trim_ascii_start().first() == Some(&b'{') {
            let holds = |key: &[u8]| head.windows(key.len()).any(|part| part == key);
            if named || holds(b"\"cells\"") || holds(b"\"nbformat\"") || holds(b"\"worksheets\"") {
                return notebook::read(source, member, named, walk);
            }
        }
        // A TorchScript archive's loader reads its code as a language of its own, which has its own reader.
        let promised = |member: &&Member| {
            member.promised.contains(&FormatId::Python) && !member.promised.contains(&FormatId::TorchscriptCode)
        };
        let Some(facts) = walk.facts(member).filter(promised) else {
            return Ok(());
        };
        let site = site(facts);
        // A script of Python is read as one. Whoever imports a source never looks at the interpreter that its first line names.
        if !site && script::language(&head).is_some_and(|(language, _)| language == "python") {
            return Ok(());
        }
        let form = if site { CodeForm::Site } else { CodeForm::Text };
        read(source, Found { member, format: FormatId::Python, form, interpreter: None }, walk)
    }
}

/// Whether a member is a site file by its name.
pub(super) fn site(member: &Member) -> bool {
    member.extension.as_deref() == Some("pth")
}

/// Reads source that somebody takes for Python.
pub(super) fn read(source: &Source, found: Found, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let limit = walk.limits.source;
    let text = source.bytes_at(0, limit)?;
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | b'\x0c');
    // Content of another kind under this name has its own reader.
    if text.iter().filter(|byte| control(byte)).count() > text.len() >> 6 || text.contains(&0) {
        return Err(ReadError::malformed("no text", None));
    }
    if source.size() > limit {
        walk.reached(Reached::Effect);
        python::refuse(&found, walk);
        return Ok(());
    }
    match python::decode(&text) {
        Ok(text) => {
            walk.reached(Reached::Effect);
            let text = if found.form == CodeForm::Site { lines_that_run(&text) } else { text.into_owned() };
            python::read(&found, &text, std::slice::from_ref(&(0..text.len())), walk);
            Ok(())
        }
        // Python refuses such a source; an encoding that hides what it says is not read here.
        Err(problem) => {
            walk.reached(Reached::Effect);
            walk.code(crate::facts::Source { problem: Some(problem.clone()), ..found.unread() });
            Err(ReadError::unsupported(problem, None))
        }
    }
}

/// The lines of a site file that Python runs (`Lib/site.py`, `addpackage`); the others are empty.
fn lines_that_run(text: &str) -> String {
    let runs = |line: &&str| line.starts_with("import ") || line.starts_with("import\t");
    let mut lines: Vec<&str> = text.lines().map(|line| if runs(&line) { line } else { "" }).collect();
    lines.push("");
    lines.join("\n")
}
