//! What was seen of a template while it was followed, bounded. Never judges a name.

use crate::extract::template::TemplateError;
use crate::extract::template::value::Value;
use crate::facts::{
    Access, AccessKind, Condition, Doubling, DoublingKind, LiteralText, Load, Template, TemplateCall, TemplateCallKind,
};
use crate::place;

/// Records of each kind that are kept of a template. Real ones have some dozen; one with more is not read.
const RECORDS: usize = 1_024;
/// Bytes kept of a name.
const NAME: usize = 128;
/// Conditions kept for a text, the innermost of them.
const CONDITIONS: usize = 16;

/// What was seen.
#[derive(Default)]
pub(in crate::extract::template) struct Notes {
    accesses: Vec<Access>,
    calls: Vec<TemplateCall>,
    loads: Vec<Load>,
    underscored: Vec<String>,
    largest_range: Option<u64>,
    largest_work: Option<u64>,
    doublings: Vec<Doubling>,
    texts: Vec<LiteralText>,
    conditions: Vec<Condition>,
    overflow: bool,
}

impl Notes {
    /// These notes, if nothing was left out of them.
    pub(super) fn whole(self) -> Result<Self, TemplateError> {
        if self.overflow { Err(TemplateError::Limit("the names and texts of a template")) } else { Ok(self) }
    }

    /// Writes them to the facts; `cut` is the length of a text that is kept.
    pub(in crate::extract::template) fn write(&mut self, cut: usize, template: &mut Template) {
        template.accesses = std::mem::take(&mut self.accesses);
        template.calls = std::mem::take(&mut self.calls);
        template.loads = std::mem::take(&mut self.loads);
        template.underscored = std::mem::take(&mut self.underscored);
        template.largest_range = self.largest_range;
        template.largest_work = self.largest_work;
        template.doublings = std::mem::take(&mut self.doublings);
        template.texts = std::mem::take(&mut self.texts);
        for text in &mut template.texts {
            text.text = place::escape_cut(text.text.as_bytes(), cut);
        }
    }

    /// An attribute by a name that stands there.
    pub(super) fn access_known(&mut self, name: &str, line: u16) {
        self.access(Some(name), AccessKind::Attribute, [&[], &[]], false, line);
    }

    /// An attribute or item by the name that a value is, of an object that is a part of these variables; `false` for a number, which names nothing.
    pub(super) fn access_by(&mut self, value: &Value, of: &[String], via: AccessKind, line: u16) {
        for (name, built) in value.texts() {
            self.access(Some(name), via, [&[], &[]], built, line);
        }
        if value.given() {
            self.access(None, via, [&value.roots, of], value.built, line);
        }
    }

    fn access(&mut self, name: Option<&str>, via: AccessKind, [roots, of]: [&[String]; 2], built: bool, line: u16) {
        let name = name.map(shown);
        let [roots, of] = [roots, of].map(|names| names.iter().map(|name| shown(name)).collect::<Vec<_>>());
        let alike = |one: &&mut Access| {
            one.name == name && one.via == via && one.built == built && one.roots == roots && one.of == of
        };
        if let Some(one) = self.accesses.iter_mut().find(alike) {
            one.count = one.count.saturating_add(1);
        } else if self.accesses.len() < RECORDS {
            self.accesses.push(Access { name, via, roots, of, built, line: u64::from(line), count: 1 });
        } else {
            self.overflow = true;
        }
    }

    /// A call.
    pub(super) fn call(&mut self, name: Option<&str>, kind: TemplateCallKind, defined: bool) {
        let name = name.map(shown);
        if let Some(one) = self.calls.iter_mut().find(|one| one.name == name && one.kind == kind) {
            one.count = one.count.saturating_add(1);
            one.defined |= defined;
        } else if self.calls.len() < RECORDS {
            self.calls.push(TemplateCall { name, kind, defined, count: 1 });
        } else {
            self.overflow = true;
        }
    }

    /// Another template that is loaded.
    pub(super) fn load(&mut self, statement: &str, name: Option<&str>, line: u16) {
        if self.loads.len() >= RECORDS {
            self.overflow = true;
            return;
        }
        let (statement, name) = (statement.to_owned(), name.map(shown));
        self.loads.push(Load { statement, name, line: u64::from(line) });
    }

    /// A text in an expression, kept when it could be a special name or hold one.
    pub(super) fn underscored(&mut self, text: &str) {
        let Some(at) = text.find("__").or_else(|| text.starts_with('_').then_some(0)) else { return };
        // The end of a longer text is kept from its first underscores on, which is what a rule looks at.
        let text = if text.len() > NAME { text.get(at..).unwrap_or(text) } else { text };
        let text = shown(text);
        if self.underscored.contains(&text) {
            return;
        }
        if self.underscored.len() < RECORDS { self.underscored.push(text) } else { self.overflow = true }
    }

    /// How far a range or a repetition goes.
    pub(super) fn range(&mut self, length: u64) {
        self.largest_range = self.largest_range.max(Some(length));
    }

    /// How many rounds loops inside each other make, or how wide something is padded.
    pub(super) fn work(&mut self, steps: u64) {
        self.largest_work = self.largest_work.max((steps > 1).then_some(steps));
    }

    /// Something that makes itself anew more than once.
    pub(super) fn doubling(&mut self, kind: DoublingKind, name: Option<&str>, line: u16) {
        let one = Doubling { kind, name: name.map(shown), line: u64::from(line) };
        if self.doublings.len() >= RECORDS {
            self.overflow = true;
        } else if !self.doublings.contains(&one) {
            self.doublings.push(one);
        }
    }

    /// A text that is said.
    pub(super) fn text(&mut self, text: &str, line: u16) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if self.texts.len() >= RECORDS {
            self.overflow = true;
            return;
        }
        let from = self.conditions.len().saturating_sub(CONDITIONS);
        let conditions = self.conditions.get(from..).unwrap_or_default().to_vec();
        self.texts.push(LiteralText { text: text.to_owned(), line: u64::from(line), conditions });
    }

    /// Comparisons under which what follows is said; returns what [`Self::pop_conditions`] wants.
    pub(super) fn push_conditions(&mut self, compared: Vec<Condition>) -> usize {
        let kept = self.conditions.len();
        self.conditions.extend(compared);
        kept
    }

    /// Those comparisons no longer count.
    pub(super) fn pop_conditions(&mut self, kept: usize) {
        self.conditions.truncate(kept);
    }
}

/// A comparison of a value that was asked for by these names with a text.
pub(super) fn condition(names: &[String], text: &str) -> Vec<Condition> {
    let one = |on: Option<&String>| Condition { on: on.map(|on| shown(on)), text: shown(text) };
    if names.is_empty() { vec![one(None)] } else { names.iter().map(|name| one(Some(name))).collect() }
}

fn shown(text: &str) -> String {
    place::escape_cut(text.as_bytes(), NAME)
}
