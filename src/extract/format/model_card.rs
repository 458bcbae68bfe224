//! Model cards: Markdown with YAML between two lines of `---` in front, which says what the model is, what it was made from, and under
//! which licence (huggingface_hub, repocard.py, `REGEX_YAML_BLOCK`). What the text behind holds is `text`'s to say.

use crate::extract::format::{Claim, Format, Window, yaml};
use crate::extract::loader::Pass;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// A model card.
pub(super) struct ModelCard;

impl Format for ModelCard {
    fn id(&self) -> FormatId {
        FormatId::ModelCard
    }

    fn about(&self) -> &'static str {
        "model card: the licence and base model that its first lines declare"
    }

    fn claims(&self, window: &Window) -> Claim {
        let start = window.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&window.head).trim_ascii_start();
        if start.starts_with(b"---") { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let named = walk.facts(member).filter(|member| member.extension.as_deref() == Some("md"));
        let Some(name) = named.map(|member| member.name.clone()) else { return Ok(()) };
        let Some(text) = yaml::text(source, walk)? else { return Ok(()) };
        let Some(front) = front(&text) else { return Ok(()) };
        walk.reached(Reached::Data);
        let mut pass = Pass::new(&name, walk.limits);
        // What is no YAML declares nothing, to any reader of cards.
        let _ = yaml::read(front, &mut pass);
        pass.record(member, FormatId::ModelCard, walk);
        Ok(())
    }
}

/// What stands between the first line, `---`, and the next such line.
fn front(text: &str) -> Option<&str> {
    parts(text).map(|(front, _)| front)
}

/// What stands behind that, or all of a text that has no such lines.
pub(super) fn body(text: &str) -> &str {
    parts(text).map_or(text, |(_, body)| body)
}

fn parts(text: &str) -> Option<(&str, &str)> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let rest = start.strip_prefix("---")?.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
    let mut at = 0usize;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return rest.split_at_checked(at);
        }
        at = at.saturating_add(line.len());
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::FormatId;

    fn declared(card: &str) -> Vec<(String, String)> {
        let tables = facts("README.md", card.as_bytes());
        assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
        tables.declarations.into_iter().map(|one| (one.key, one.value)).collect()
    }

    #[test]
    fn a_card_declares_licence_and_base_model() {
        let card =
            "---\nlicense: apache-2.0\nbase_model:\n- a/b\n- c/d\ntags: [x]\n---\n# Model\nlicense: other\n---\n";
        let wanted = [("license", "apache-2.0"), ("base_model", "a/b"), ("base_model", "c/d")];
        assert_eq!(declared(card), wanted.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(facts("README.md", card.as_bytes()).formats(), [FormatId::ModelCard, FormatId::Text]);
    }

    #[test]
    fn other_markdown_declares_nothing() {
        for text in
            ["# Model\nlicense: mit\n", "---\nlicense: mit\n", "----\na\n---\n", "---\n\tlicense: {{ x }}\n---\n"]
        {
            assert!(declared(text).is_empty(), "{text}");
        }
    }
}
