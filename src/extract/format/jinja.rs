//! Jinja templates as files of their own (`chat_template.jinja`): a text under a name that promises one. Any text is a template
//! by its content, so the name decides who would take it for one.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::template;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// A Jinja template.
pub(super) struct Jinja;

impl Format for Jinja {
    fn id(&self) -> FormatId {
        FormatId::Jinja
    }

    fn about(&self) -> &'static str {
        "Jinja template: parsed and followed; what it asks objects for, calls, loads and says is listed"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.head.is_empty() || window.head.contains(&0) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if !walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Jinja)) {
            return Ok(());
        }
        let found = template::Found { member, format: FormatId::Jinja, key: None, name: None };
        let limit = walk.limits.template;
        if source.size() > limit {
            walk.reached(Reached::Effect);
            template::refuse(found, source.size(), walk);
            return Ok(());
        }
        let bytes = source.bytes_at(0, limit)?;
        // Content of another kind under this name has its own reader.
        let Ok(text) = std::str::from_utf8(&bytes) else { return Err(ReadError::malformed("not UTF-8", None)) };
        walk.reached(Reached::Effect);
        template::read(found, text, walk);
        Ok(())
    }
}
