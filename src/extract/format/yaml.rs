//! YAML (1.1, as PyYAML and libyaml follow it), event by event: names of code under the keys where loaders look for them, and tags that make objects. Expands no alias and
//! builds no document. Which texts are YAML only their name can tell, or a first line that no other text has.

#[cfg(test)]
mod tests;

use crate::extract::format::{Claim, Format, Window};
use crate::extract::loader::{Pass, Step};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;
use granit_parser::{Event, Options, Parser, ScanError, Tag};
use std::collections::HashMap;

/// YAML.
pub(super) struct Yaml;

/// Names without an extension that are opened as YAML (mlflow/models/model.py, `MLMODEL_FILE_NAME`).
const NAMES: &[&str] = &["MLmodel"];
/// Texts of anchors that are kept for their aliases.
const ANCHORS: usize = 65_536;
/// Where PyYAML's constructors of objects begin (yaml/constructor.py, `add_multi_constructor`), as granit writes `!!`.
const CORE: &str = "tag:yaml.org,2002:";
/// HyperPyYAML's tags, as SpeechBrain loads them (hyperpyyaml/core.py, `load_hyperpyyaml`).
const HYPER: &[&str] = &["new", "name", "apply", "module", "applyref"];
/// HyperPyYAML's tag of a file that is read in its place (hyperpyyaml/core.py, `_recursive_resolve` of `!include:`).
const INCLUDE: &str = "include";

impl Format for Yaml {
    fn id(&self) -> FormatId {
        FormatId::Yaml
    }

    fn about(&self) -> &'static str {
        "YAML by its name: tags that make objects, and names of code for MLflow, TorchServe, hydra and NeMo, \
         SpeechBrain, YOLO, Lightning, logging; conda's lists of packages"
    }

    fn claims(&self, window: &Window) -> Claim {
        let wide = window.starts_with(b"\xff\xfe") || window.starts_with(b"\xfe\xff");
        if window.head.is_empty() || (window.head.contains(&0) && !wide) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let facts = walk.facts(member);
        let name = facts.map(|member| member.name.clone()).unwrap_or_default();
        let extension = facts.and_then(|member| member.extension.clone()).unwrap_or_default();
        // An architecture of Keras is YAML under any name.
        let formats = facts.map(|member| member.formats.as_slice()).unwrap_or_default();
        let keras = formats.contains(&FormatId::KerasConfig) && !formats.contains(&FormatId::Json);
        let named = keras || is_named(&name, &extension);
        if !named && !matches!(source.bytes_at(0, 5)?.as_slice(), b"%YAML" | b"%TAG ") {
            return Ok(());
        }
        let Some(text) = text(source, walk)? else { return Ok(()) };
        walk.reached(Reached::Data);
        let mut pass = Pass::new(&name, walk.limits);
        let outcome = read(&text, &mut pass);
        if pass.any() {
            walk.reached(Reached::Effect);
        }
        pass.record(member, FormatId::Yaml, walk);
        outcome
    }
}

/// Whether a file of this name and extension is opened as YAML.
pub(super) fn is_named(name: &str, extension: &str) -> bool {
    matches!(extension, "yaml" | "yml") || NAMES.contains(&name)
}

/// The whole content as text; `None` when it is no UTF-8 or UTF-16, which another format may take.
pub(super) fn text(source: &Source, walk: &mut Walk<'_>) -> Result<Option<String>, ReadError> {
    let limit = walk.limits.header;
    if source.size() > limit {
        walk.reached(Reached::Data);
        return Err(Exhausted("header").into());
    }
    let bytes = source.bytes_at(0, limit)?;
    // PyYAML tells UTF-16 by its byte order mark (yaml/reader.py, `determine_encoding`).
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(unit);
        String::from_utf16(&units.collect::<Vec<u16>>()).ok()
    };
    Ok(match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    })
}

/// What a text holds, one after the other, for readers that follow its shape. An anchor is a number above 0; tags are not told.
pub(super) enum Node<'t> {
    /// A mapping begins.
    Mapping(usize),
    /// A list begins.
    List(usize),
    /// The mapping or list that began last ends.
    End,
    /// A scalar, and whether it is a text: not YAML's word for nothing.
    Scalar(&'t str, bool, usize),
    /// What has the anchor stands here again.
    Alias(usize),
    /// A document ends.
    Document,
}

/// Hands over all nodes of a text with the byte where each begins. What was handed over before an error stays.
pub(super) fn nodes(text: &str, mut take: impl FnMut(Node<'_>, u64) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut at = 0usize;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| malformed(&error, at))?;
        at = span.start.byte_offset().unwrap_or(at);
        let begins = u64::try_from(at).unwrap_or(u64::MAX);
        match event {
            Event::MappingStart(_, anchor, _) => take(Node::Mapping(anchor), begins)?,
            Event::SequenceStart(_, anchor, _) => take(Node::List(anchor), begins)?,
            Event::MappingEnd | Event::SequenceEnd => take(Node::End, begins)?,
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == granit_parser::ScalarStyle::Plain && tag.is_none();
                take(Node::Scalar(&text, !(plain && is_nothing(&text)), anchor), begins)?;
            }
            Event::Alias(anchor) => take(Node::Alias(anchor), begins)?,
            Event::DocumentEnd => take(Node::Document, begins)?,
            _ => {}
        }
    }
    Ok(())
}

/// YAML 1.1's words for nothing, as PyYAML takes them (yaml/resolver.py).
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// A container that is open, and what it waits for.
enum Frame {
    /// A mapping.
    Mapping(Awaited),
    /// A list, and the number of its next item.
    List(u64),
}

/// What a mapping waits for.
#[derive(Clone, Copy)]
enum Awaited {
    /// A key, or its end.
    Key,
    /// The end of a key that is a mapping or a list itself.
    KeyEnd,
    /// A value, or the end of one.
    Value,
}

/// What ends a line in YAML 1.1 (section 4.2), which PyYAML and libyaml follow, and is a letter in YAML 1.2 (section 5.4).
const BREAKS: &[char] = &['\u{85}', '\u{2028}', '\u{2029}'];

/// Reads all documents of a text, as both versions of YAML part its lines.
pub(super) fn read(text: &str, pass: &mut Pass) -> Result<(), ReadError> {
    let outcome = documents(text, pass);
    if !text.contains(BREAKS) {
        return outcome;
    }
    pass.restart();
    outcome.and(documents(&text.replace(BREAKS, "\n"), pass))
}

/// Reads all documents of a text. What was read before an error stays; the error counts only when what follows could name code.
fn documents(text: &str, pass: &mut Pass) -> Result<(), ReadError> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reading = Reading { pass, frames: Vec::new(), anchors: HashMap::new() };
    let mut at = 0usize;
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                at = span.start.byte_offset().unwrap_or(at);
                reading.event(event, u64::try_from(at).ok())?;
            }
            Err(error) => {
                let rest = text.get(at..).unwrap_or(text);
                return if harmless(rest) { Ok(()) } else { Err(malformed(&error, at)) };
            }
        }
    }
    Ok(())
}

/// Whether a text that is no YAML has neither a tag nor a key that names code, however it would be read on: a template for YAML, a
/// file with tabs.
fn harmless(rest: &str) -> bool {
    let tag = rest
        .split('!')
        .skip(1)
        .any(|behind| behind.starts_with(|next: char| next.is_alphabetic() || "!<".contains(next)));
    let words = ["target", "loader_module", "auto_map", "py/", "model_code_path", "%TAG", "\\x", "\\u", "\\U"];
    !tag && !words.iter().any(|word| rest.contains(word))
}

fn malformed(error: &ScanError, at: usize) -> ReadError {
    ReadError::malformed(format!("YAML: {error}"), u64::try_from(at).ok())
}

struct Reading<'a> {
    pass: &'a mut Pass,
    frames: Vec<Frame>,
    anchors: HashMap<usize, String>,
}

impl Reading<'_> {
    fn event(&mut self, event: Event<'_>, at: Option<u64>) -> Result<(), ReadError> {
        match event {
            Event::MappingStart(_, _, tag) => {
                self.begin(None);
                self.tag(tag.as_deref(), "", at);
                self.frames.push(Frame::Mapping(Awaited::Key));
            }
            Event::SequenceStart(_, _, tag) => {
                self.begin(None);
                self.tag(tag.as_deref(), "", at);
                self.frames.push(Frame::List(0));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.frames.pop();
                self.end();
            }
            Event::Scalar(text, style, anchor, tag) => {
                if anchor != 0 {
                    if self.anchors.len() >= ANCHORS {
                        return Err(Exhausted("values").into());
                    }
                    self.anchors.insert(anchor, text.clone().into_owned());
                }
                let plain = style == granit_parser::ScalarStyle::Plain;
                self.scalar(&text, plain, tag.as_deref(), at);
            }
            Event::Alias(anchor) => {
                let text = self.anchors.get(&anchor).cloned().unwrap_or_default();
                self.scalar(&text, true, None, at);
            }
            Event::DocumentEnd => {
                self.frames.clear();
                self.anchors.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, plain: bool, tag: Option<&Tag>, at: Option<u64>) {
        let key = self.begin(Some(text));
        self.tag(tag, text, at);
        if key {
            return;
        }
        if plain && tag.is_none() && is_nothing(text) {
            self.end();
            return;
        }
        // YAML 1.1's words for true, likewise.
        if plain && matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on") {
            self.pass.flag(true, at);
        } else {
            self.pass.text(text, at);
        }
        self.end();
    }

    /// A node begins: steps in, when it is a value. Whether it is a key, which has no value to it yet.
    fn begin(&mut self, text: Option<&str>) -> bool {
        match self.frames.last_mut() {
            Some(Frame::Mapping(awaited @ Awaited::Key)) => {
                // A key that is itself a mapping or a list has no name; its content is read below the value's place.
                *awaited = if text.is_some() { Awaited::Value } else { Awaited::KeyEnd };
                self.pass.enter(Step::Key(text.unwrap_or("?").to_owned()));
                text.is_some()
            }
            Some(Frame::List(number)) => {
                self.pass.enter(Step::Item(*number));
                *number = number.saturating_add(1);
                false
            }
            _ => false,
        }
    }

    /// A node ends: steps out, when it was a value.
    fn end(&mut self) {
        match self.frames.last_mut() {
            Some(Frame::Mapping(awaited @ Awaited::KeyEnd)) => *awaited = Awaited::Value,
            Some(Frame::Mapping(awaited)) => {
                *awaited = Awaited::Key;
                self.pass.leave();
            }
            Some(Frame::List(_)) => self.pass.leave(),
            None => {}
        }
    }

    /// A tag that makes an object: PyYAML's, another language's class under YAML's own prefix, HyperPyYAML's.
    fn tag(&mut self, tag: Option<&Tag>, text: &str, at: Option<u64>) {
        let Some(tag) = tag else { return };
        let whole = format!("{}{}", tag.handle(), tag.suffix());
        let local = whole.strip_prefix('!').unwrap_or_default();
        let (by, target) = if let Some(rest) = whole.strip_prefix(CORE) {
            match rest.strip_prefix("python/") {
                Some(rest) => {
                    // `!!python/tuple` and the like name nothing.
                    let Some((by, target)) = rest.split_once(':') else { return };
                    (format!("python/{by}"), target.to_owned())
                }
                None if rest.contains('.') => ("tag".to_owned(), rest.to_owned()),
                None => return,
            }
        } else if let Some((by, target)) = local.split_once(':').filter(|(by, _)| *by == INCLUDE || HYPER.contains(by))
        {
            (format!("!{by}"), target.to_owned())
        } else if let Some(rest) = local.strip_prefix("ruby/") {
            (format!("!ruby/{}", rest.split(':').next().unwrap_or_default()), rest.to_owned())
        } else {
            return;
        };
        if by == "!include" {
            let target = if target.is_empty() { text } else { &target };
            self.pass.names(ReferenceKind::File, &by, None, target, at);
            return;
        }
        let kind = if by.ends_with("module") { ReferenceKind::Module } else { ReferenceKind::Global };
        let target = if target.is_empty() { text } else { &target };
        self.pass.names(kind, &by, None, target, at);
    }
}
