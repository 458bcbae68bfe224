//! Scripts: a first line that names the interpreter (`#!`; Linux, fs/binfmt_script.c), and Windows batch files that begin with `@echo off`. Python is
//! read; code in other languages is listed.

use crate::extract::format::python;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::python::Found;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{self, CodeForm, FormatId, MemberId};
use crate::place;

/// Scripts.
pub(super) struct Script;

impl Format for Script {
    fn id(&self) -> FormatId {
        FormatId::Script
    }

    fn about(&self) -> &'static str {
        "script with its interpreter in the first line, or a batch file; listed as code"
    }

    fn claims(&self, window: &Window) -> Claim {
        if language(&window.head).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if let Some((language, interpreter)) = language(&source.bytes_at(0, 512)?) {
            let facts = walk.facts(member);
            // The zip reader lists the code of a TorchScript archive, which no interpreter runs.
            if facts.is_some_and(|member| member.promised.contains(&FormatId::TorchscriptCode)) {
                return Ok(());
            }
            if language == "python" {
                // Of a site file only some lines run, whatever its first line says.
                if facts.is_some_and(python::site) {
                    return Ok(());
                }
                let found = Found { member, format: FormatId::Script, form: CodeForm::Text, interpreter };
                return python::read(source, found, walk);
            }
            walk.code(facts::Source::unread(member, language, interpreter));
        }
        Ok(())
    }
}

/// The language and the interpreter, escaped; `None` when it is no script.
pub(super) fn language(head: &[u8]) -> Option<(&'static str, Option<String>)> {
    let head = head.get(..512).unwrap_or(head);
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if let Some(rest) = line.strip_prefix(b"#!") {
        // A kernel wants a path or a name here (Linux, fs/binfmt_script.c): not `#![`, as Rust's attributes begin.
        let named = rest.trim_ascii();
        let plausible = named.first().is_some_and(|byte| *byte == b'/' || byte.is_ascii_alphabetic());
        return plausible.then(|| (of_interpreter(named), Some(place::escape(named))));
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let batch = start.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"@echo off"));
    batch.then_some(("batch", None))
}

fn of_interpreter(line: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let mut name = words.next().map(base).unwrap_or_default();
    if name == "env" {
        name = words.next().map(base).unwrap_or_default();
    }
    match name.trim_end_matches(|last: char| last.is_ascii_digit() || last == '.') {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "fish" => "shell",
        "python" | "pypy" => "python",
        "perl" => "perl",
        "ruby" => "ruby",
        "node" | "nodejs" | "deno" => "javascript",
        "pwsh" | "powershell" => "powershell",
        "lua" => "lua",
        "php" => "php",
        "Rscript" => "r",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_named() {
        let of = |text: &str| language(text.as_bytes()).map(|(language, _)| language);
        assert_eq!(of("#!/bin/sh\necho"), Some("shell"));
        assert_eq!(of("#! /usr/bin/env -S FOO=1 python3.11 -u\n"), Some("python"));
        assert_eq!(of("@ECHO OFF\r\ndir"), Some("batch"));
        assert_eq!(of("#![allow(x)]"), None);
        assert_eq!(of("#!"), None);
        assert_eq!(of("echo"), None);
    }
}
