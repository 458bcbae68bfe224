//! Java's object streams (Java Object Serialization Specification, chapter 6) by their grammar: every class and interface that reading
//! looks up. Objects are walked, never made.

mod stream;
#[cfg(test)]
mod tests;

use crate::extract::format::java::stream::Stream;
use crate::extract::format::note::Notes;
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// Java object streams.
pub(super) struct Java;

/// `STREAM_MAGIC` and `STREAM_VERSION` ("6.4.2 Terminal Symbols and Constants").
const MAGIC: &[u8] = &[0xac, 0xed, 0, 5];

impl Format for Java {
    fn id(&self) -> FormatId {
        FormatId::Java
    }

    fn about(&self) -> &'static str {
        "Java object streams: classes, proxies, and what makes their objects"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(MAGIC) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut stream = Stream::new(source, member, walk);
        let outcome = stream.read();
        let (at, objects) = stream.end();
        let named = objects.finish(walk);
        outcome?;
        remainder::read(source, at, source.size(), Notes { member, format: FormatId::Java }, walk)?;
        named
    }
}
