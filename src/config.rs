//! `weighbridge.yaml`: read, checked, and never guessed at: an unknown or repeated key is an error that shows its line.

use crate::limits::Limits;
use crate::place;
use crate::verdict::{AllowEntry, Level};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Where the configuration is looked for when none is named.
pub const FILE: &str = "weighbridge.yaml";

/// Bytes that a configuration may have: a person writes it.
const CEILING: u64 = 1 << 20;

/// Deepest [`Limits::depth`]: members that nest deeper would not fit the stack of the thread that reads them.
const DEEPEST: u32 = 64;

/// The configuration of a repository. Every key may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Directories of Rego policies that are added to the embedded set, relative to the file that names them.
    pub policy: Vec<PathBuf>,
    /// Globals that pickles may use besides the embedded list.
    pub allow: Vec<AllowEntry>,
    /// The lowest level that fails an artifact: `deny` or `warn`.
    pub fail_on: Level,
    /// Ceilings for what is read of one artifact.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self { policy: Vec::new(), allow: Vec::new(), fail_on: Level::Deny, limits: Limits::default() }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({error}); check the path given to --config, or use --no-config")]
    Unreadable {
        /// The file, escaped.
        path: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// The file is far too large to be a configuration.
    #[error("{path}: larger than {CEILING} bytes; this is no configuration")]
    TooLarge {
        /// The file, escaped.
        path: String,
    },
    /// It is no YAML, or not of the configuration's shape. The text shows the line.
    #[error("{path}: not a valid configuration\n{text}{hint}\nsee `weighbridge schema config` for every key")]
    Invalid {
        /// The file, escaped.
        path: String,
        /// The error with the line it is on.
        text: String,
        /// The key or value that was probably meant; empty when there is none.
        hint: String,
    },
    /// A limit that cannot be held.
    #[error("{path}: `limits.depth` is {depth}, and at most {DEEPEST} can be read; lower it")]
    TooDeep {
        /// The file, escaped.
        path: String,
        /// What it says.
        depth: u32,
    },
}

impl Config {
    /// Reads a configuration; the directories it names are made relative to the file's own folder.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, is no YAML, or has a key or value that is not known.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = place::escape(path.as_os_str().as_encoded_bytes());
        let mut text = String::new();
        // A FIFO would block for ever, so what it is comes first.
        let read = std::fs::metadata(path)
            .and_then(|metadata| if metadata.is_file() { Ok(()) } else { Err(io::Error::other("not a file")) })
            .and_then(|()| std::fs::File::open(path))
            .and_then(|file| file.take(CEILING.saturating_add(1)).read_to_string(&mut text))
            .map_err(|error| ConfigError::Unreadable { path: shown.clone(), error })?;
        if u64::try_from(read).unwrap_or(u64::MAX) > CEILING {
            return Err(ConfigError::TooLarge { path: shown });
        }
        let mut config = Self::parse(&text, &shown)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for directory in &mut config.policy {
            *directory = folder.join(&*directory);
        }
        Ok(config)
    }

    fn parse(text: &str, shown: &str) -> Result<Self, ConfigError> {
        let blank = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if blank {
            return Ok(Self::default());
        }
        let config: Self = serde_saphyr::from_str(text).map_err(|error| {
            let options = serde_saphyr::render_options! { source_name: Some(shown) };
            ConfigError::Invalid {
                path: shown.to_owned(),
                text: error.render_with_options(options),
                hint: hint(&error),
            }
        })?;
        match config.limits.depth {
            depth if depth > DEEPEST => Err(ConfigError::TooDeep { path: shown.to_owned(), depth }),
            _ => Ok(config),
        }
    }
}

/// The known word that an unknown key or value is nearest to.
fn hint(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error::{SerdeUnknownField, SerdeUnknownVariant};
    let (found, expected) = match error.without_snippet() {
        SerdeUnknownField { field, expected, .. } => (field, expected),
        SerdeUnknownVariant { variant, expected, .. } => (variant, expected),
        _ => return String::new(),
    };
    let distance = |word: &&&str| strsim::damerau_levenshtein(found, word);
    expected
        .iter()
        .min_by_key(distance)
        .filter(|word| distance(word) <= 3)
        .map(|word| format!("\ndid you mean `{word}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text, "weighbridge.yaml").unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Config::parse("# nothing yet\n", "x").unwrap(), Config::default());
    }

    #[test]
    fn every_key_is_read() {
        let text = "policy: [policies]\nfail-on: warn\nlimits: {depth: 3}\nallow:\n  - global: a.b\n    as: [call]\n    reason: ours\n";
        let config = Config::parse(text, "x").unwrap();
        assert_eq!(config.policy, [PathBuf::from("policies")]);
        assert_eq!(config.fail_on, Level::Warn);
        assert_eq!(config.limits, Limits { depth: 3, ..Limits::default() });
        assert_eq!(config.allow[0].global, "a.b");
    }

    #[test]
    fn an_unknown_key_shows_its_line_and_the_nearest_word() {
        let text = refused("policy: []\nfail_on: warn\n");
        assert!(text.contains("weighbridge.yaml:2"), "{text}");
        assert!(text.contains("fail_on: warn"), "{text}");
        assert!(text.contains("did you mean `fail-on`?"), "{text}");
        assert!(refused("fail-on: deni\n").contains("did you mean `deny`?"));
        assert!(refused("limits:\n  dept: 3\n").contains("did you mean `depth`?"));
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        let text = refused("fail-on: deny\nfail-on: warn\n");
        assert!(text.contains("fail-on: warn"), "{text}");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        assert!(refused("- a\n- b\n").contains("weighbridge.yaml"));
        assert!(refused("limits: {depth: 65}\n").contains("at most 64"));
        assert!(refused("policy: [\n").contains("weighbridge.yaml"));
        assert!(refused("allow:\n  - global: a.b\n    as: [call]\n").contains("reason"));
    }
}
