//! Patterns over the files of a directory: checked when the configuration is read, compiled once for a run.

use glob::{MatchOptions, Pattern};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A star stays inside one folder, and a hidden file is as good a hiding place as any.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Patterns as they are written: `*`, `?`, `[...]` inside one folder, `**` over folders; relative to the directory that is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Patterns(Vec<String>);

impl Patterns {
    /// Of these texts.
    pub(super) fn new(texts: &[String]) -> Self {
        Self(texts.to_vec())
    }

    /// The patterns as text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ready to match; a pattern that is wrong was refused before and matches nothing.
    #[must_use]
    pub fn matcher(&self) -> Matcher {
        Matcher(self.0.iter().filter_map(|text| Pattern::new(text.trim_end_matches('/')).ok()).collect())
    }

    /// The first pattern that cannot be used, and why.
    pub(super) fn wrong(&self) -> Option<(&str, String)> {
        self.iter().find_map(|text| {
            let why = if text.is_empty() {
                "it is empty".to_owned()
            } else if text.starts_with('/') || text.split(['/', '\\']).any(|part| part == "..") {
                "it leads out of the directory that is checked; patterns are relative to it".to_owned()
            } else {
                Pattern::new(text).err()?.to_string()
            };
            Some((text, why))
        })
    }
}

/// Compiled patterns.
#[derive(Debug, Clone, Default)]
pub struct Matcher(Vec<Pattern>);

impl Matcher {
    /// Whether a pattern matches the path, which is relative and has `/` between its parts, or a folder above it.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain(std::iter::once(path.len()));
        ends.filter_map(|end| path.get(..end))
            .any(|part| self.0.iter().any(|pattern| pattern.matches_with(part, OPTIONS)))
    }

    /// Whether there is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn a_pattern_matches_files_and_whole_folders() {
        let matcher = patterns(&["docs", "*.md", "data/**/*.csv", "old/"]).matcher();
        for path in ["docs/a/b.pkl", "README.md", "data/x.csv", "data/a/b/x.csv", "old/x"] {
            assert!(matcher.covers(path), "{path}");
        }
        for path in ["models/docs.pkl", "a/README.md", "data/x.pkl", "older/x", "doc"] {
            assert!(!matcher.covers(path), "{path}");
        }
        assert!(!Matcher::default().covers("x"));
    }

    #[test]
    fn what_leads_out_or_is_no_pattern_is_refused() {
        for text in ["", "/etc", "../x", "a/../b", "a[", "a\\..\\b"] {
            assert!(patterns(&[text]).wrong().is_some(), "{text}");
        }
        assert_eq!(patterns(&["a/*", "**/x..y"]).wrong(), None);
    }
}
