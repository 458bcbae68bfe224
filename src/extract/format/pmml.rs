//! PMML (dmg.org, PMML 4.4; elements are cited by name): models, the functions that expressions apply, vendors' extensions, and what the
//! document names outside of itself. Expands no entity, runs no expression.

use crate::extract::format::note::Notes;
use crate::extract::format::openvino::{Outer, declared, keep};
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::extract::xml::{self, Element, Named, Reader};
use crate::facts::{FormatId, MemberId, ReferenceKind};

/// PMML.
pub(super) struct Pmml;

impl Format for Pmml {
    fn id(&self) -> FormatId {
        FormatId::Pmml
    }

    fn about(&self) -> &'static str {
        "PMML: models, functions, vendors' extensions, external entities; a file in UTF-16 is recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if xml::begins(window) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let outline = Outline::with(member, FormatId::Pmml, walk.limits);
        let mut reading = Reading { outline, root: None, extensions: 0, outer: Vec::new() };
        let outcome = xml::read(source, &mut reading);
        if reading.root != Some(true) {
            return outcome;
        }
        let Reading { mut outline, outer, .. } = reading;
        walk.reached(Reached::Effect);
        declared(&mut outline, &outer, Notes { member, format: FormatId::Pmml }, walk);
        outline.write(walk)?;
        outcome
    }
}

struct Reading {
    outline: Outline,
    root: Option<bool>,
    /// Extensions that are open.
    extensions: u64,
    outer: Vec<Outer>,
}

/// What stands at the top of a document beside its models ("General Structure").
const AROUND: &[&str] = &["DataDictionary", "Extension", "Header", "MiningBuildTask", "TransformationDictionary"];

impl Reader for Reading {
    fn open(&mut self, path: &[String], element: &Element) {
        let name = element.name.as_str();
        let Some(outer) = path.last().map(String::as_str) else {
            self.root = Some(name == "PMML");
            if let Some(version) = element.attribute("version").filter(|_| name == "PMML") {
                self.outline.version("version", None, version);
            }
            return;
        };
        let named = |key| element.attribute(key);
        // All of PMML's own elements begin with a large letter; `X-` begins a vendor's.
        let foreign = self.extensions > 0
            || name.starts_with("X-")
            || !name.starts_with(|first: char| first.is_ascii_uppercase());
        if name == "Extension" {
            self.extensions = self.extensions.saturating_add(1);
            let key = format!("Extension.{}", named("name").unwrap_or_default());
            self.outline.pair(&key, named("value").unwrap_or_default());
        } else if foreign {
            self.outline.operator(Some("extension"), name, None, element.at);
        } else if (outer == "PMML" && !AROUND.contains(&name)) || (outer == "Segment" && name.ends_with("Model")) {
            self.outline.operator(Some("model"), name, named("modelName"), element.at);
        }
        match name {
            "Apply" => {
                let function = named("function").unwrap_or_default();
                self.outline.operator(Some("function"), function, None, element.at);
            }
            "DefineFunction" => self.outline.define(None, named("name").unwrap_or_default(), ""),
            "Application" => {
                let version = named("version").unwrap_or_default();
                let producer = format!("{} {version}", named("name").unwrap_or_default());
                self.outline.producer = Some(self.outline.shown(producer.trim_end()));
            }
            _ => {}
        }
        for (key, value) in &element.attributes {
            // XInclude, XLink and HTML.
            if matches!(key.as_str(), "href" | "src") {
                self.outline.refer(ReferenceKind::Url, "attribute", Some(name), value.as_bytes(), element.at);
            }
        }
    }

    fn close(&mut self, path: &[String]) {
        // The document's own element is none.
        if path.len() > 1 && path.last().is_some_and(|name| name == "Extension") {
            self.extensions = self.extensions.saturating_sub(1);
        }
    }

    fn look(&mut self, key: &str, text: &str) {
        self.outline.look(key, text);
    }

    fn named(&mut self, named: &Named<'_>, at: u64) {
        keep(&mut self.outline, &mut self.outer, named, at);
    }

    fn stranger(&self) -> bool {
        self.root != Some(true)
    }
}
