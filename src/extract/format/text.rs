//! Plain text: UTF-8 without control characters but white space. Never reads meaning into it, but for files that are a name of code or a list of
//! packages, and for credentials.

mod packages;

use crate::extract::embedded;
use crate::extract::format::{Claim, Format, Window, json, model_card};
use crate::extract::mention::Mentions;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Leads, MemberId, Reference, ReferenceKind};
use std::io::Read as _;

/// Files in which MLflow keeps the module that it imports, and what names it: that of Keras (mlflow/tensorflow/__init__.py, `_load_pyfunc`), and
/// that which reads PyTorch's pickle (mlflow/pytorch/__init__.py, `_load_model`).
const MODULES: &[(&str, &str)] = &[("keras_module.txt", "keras_module"), ("pickle_module_info.txt", "pickle_module")];
/// Bytes of a module's name.
const NAME: u64 = 512;

/// Plain text.
pub(super) struct Text;

impl Format for Text {
    fn id(&self) -> FormatId {
        FormatId::Text
    }

    fn about(&self) -> &'static str {
        "UTF-8 text without control characters: credentials, the modules that MLflow keeps in a text, lists of packages (pip, \
         setuptools)"
    }

    fn claims(&self, window: &Window) -> Claim {
        let plain = !window.head.is_empty() && check(&window.head).is_some();
        if plain { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut reader = source.reader();
        let mut chunk = vec![0; 64 << 10];
        let mut kept = 0usize;
        loop {
            let room = chunk.get_mut(kept..).unwrap_or_default();
            let read = reader.read(room)?;
            let filled = kept.saturating_add(read);
            let Some(rest) = check(chunk.get(..filled).unwrap_or_default()) else {
                return Err(ReadError::malformed("not text to its end", None));
            };
            if read == 0 {
                break;
            }
            chunk.copy_within(filled.saturating_sub(rest)..filled, 0);
            kept = rest;
        }
        if kept == 0 {
            walk.reached(Reached::Data);
            let Some(facts) = walk.facts(member) else { return Ok(()) };
            let name = facts.name.clone();
            if let Some((_, by)) = MODULES.iter().find(|(file, _)| *file == name) {
                names(source, by, member, walk)?;
            }
            if let Some(kind) = packages::kind(&name) {
                packages::read(kind, source, member, walk)?;
            }
            credentials(source, member, walk)?;
            // An editor's JSON may begin with a comment.
            if json::relaxed::commented(source, member, walk)? {
                json::read(source, member, walk)?;
            }
        }
        Ok(())
    }
}

/// Looks for credentials in a text, which may be prose, a program, or settings: in front of it there may be a card, whose own reader looks at
/// that.
fn credentials(source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let bytes = source.bytes_at(0, embedded::TEXT)?;
    let text = String::from_utf8_lossy(&bytes);
    let body = model_card::body(&text);
    let front = text.len().saturating_sub(body.len());
    let before = text.get(..front).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count();
    let mut mentions = Mentions::default();
    mentions.credentials(body, |line| format!("line {}", line.saturating_add(before)));
    mentions.write(member, walk);
    Ok(())
}

/// Notes the module that a text names.
fn names(source: &Source, by: &str, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let target = source.bytes_at(0, NAME)?;
    let record = Reference {
        member,
        format: FormatId::Text,
        kind: ReferenceKind::Module,
        by: by.to_owned(),
        name: None,
        target: String::new(),
        leads: Leads::Lookup,
        to: None,
        offset: Some(0),
        count: 1,
    };
    walk.reference(record, target.trim_ascii());
    Ok(())
}

/// `None` when the bytes are no text; else how many bytes of an unfinished character stand at the end.
fn check(bytes: &[u8]) -> Option<usize> {
    let (text, rest) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, 0),
        Err(error) if error.error_len().is_none() => {
            let valid = bytes.get(..error.valid_up_to())?;
            (std::str::from_utf8(valid).ok()?, bytes.len().saturating_sub(valid.len()))
        }
        Err(_) => return None,
    };
    let plain =
        text.chars().all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t' | '\u{c}'));
    plain.then_some(rest)
}
