//! Chat templates in JSON: every text below a key that names one (`chat_template` of tokenizer_config.json, chat_template.json and
//! processor configurations), as a text, as a list of names and templates, or by name. Collects them; reading is another's.

use crate::extract::template::{self, Found};
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::{Exhausted, Limits};

/// Templates of a document, bounded.
pub(super) struct Templates {
    found: Vec<One>,
    /// How many more are kept.
    left: u64,
    /// The longest that is kept, and how much of all of them.
    longest: u64,
    bytes: u64,
    lost: bool,
}

struct One {
    key: String,
    name: Option<String>,
    /// `None` when it is too long.
    text: Option<String>,
    size: u64,
}

impl Templates {
    /// None yet.
    pub(super) fn new(limits: &Limits) -> Self {
        let bytes = limits.template.saturating_mul(16);
        Self { found: Vec::new(), left: limits.records, longest: limits.template, bytes, lost: false }
    }

    /// Whether what stands at a key is a template or holds some.
    pub(super) fn named(key: &str) -> bool {
        let word = "chat_template";
        key.len() >= word.len() && key.to_ascii_lowercase().contains(word)
    }

    /// Takes a text below a key.
    pub(super) fn take(&mut self, key: &str, text: &str) {
        let Some(left) = self.left.checked_sub(1) else {
            self.lost = true;
            return;
        };
        self.left = left;
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let kept = if size <= self.longest { self.bytes.checked_sub(size) } else { None };
        self.bytes = kept.unwrap_or(self.bytes);
        let text = kept.map(|_| text.to_owned());
        self.found.push(One { key: key.to_owned(), name: None, text, size });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Gives a name to those from `first` on that have none.
    pub(super) fn name(&mut self, first: usize, name: &str) {
        for one in self.found.iter_mut().skip(first).filter(|one| one.name.is_none()) {
            one.name = Some(name.to_owned());
        }
    }

    /// The text that was taken last for the value of `name`: the name of its neighbours, and no template unless it has a tag.
    pub(super) fn last_as_name(&mut self, first: usize) -> Option<String> {
        if self.found.len() != first.checked_add(1)? {
            return None;
        }
        let text = self.found.last()?.text.clone()?;
        if !text.contains('{') {
            self.found.pop();
        }
        Some(text)
    }

    /// Reads them into the facts.
    pub(super) fn read(self, member: MemberId, walk: &mut Walk<'_>) {
        if self.lost {
            walk.incomplete(member, Some(FormatId::Json), ReadError::Limit(Exhausted("records")));
        }
        for one in self.found {
            let (key, name) = (Some(one.key.as_bytes()), one.name.as_deref().map(str::as_bytes));
            let found = Found { member, format: FormatId::Json, key, name };
            match one.text {
                Some(text) => template::read(found, &text, walk),
                None => template::refuse(found, one.size, walk),
            }
        }
    }
}
