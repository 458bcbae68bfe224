//! `weighbridge.yaml`: read, checked, and never guessed at: an unknown or repeated key is an error that shows its line.

mod layer;
mod patterns;
mod signers;
mod source;
mod waivable;
mod waivers;

pub use layer::Loosened;
pub use patterns::{Matcher, Patterns};
pub use signers::demand;
pub use source::Source;
pub use waivable::{Approval, Waivable};
pub use waivers::{Listed, Waivers, WaiversError, append};

use crate::files::{self, Files, Kind};
use crate::limits::Limits;
use crate::place;
use crate::verdict::{AllowEntry, Level, Parameters, Raised, Signer, Signers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Where the configuration is looked for when none is named.
pub const FILE: &str = "weighbridge.yaml";

/// Where waivers are looked for, beside the configuration, when it names no file.
pub const WAIVERS: &str = "weighbridge-waivers.yaml";

/// Bytes that a configuration may have: a person writes it.
const CEILING: u64 = 1 << 20;

/// Deepest [`Limits::depth`]: members that nest deeper would not fit the stack of the thread that reads them.
const DEEPEST: u32 = 64;

/// The configuration of a repository, or of an organisation. Every key may be left out. Where an organisation's policy judges too, the
/// repository's file can only tighten: its schema marks each key `tighten` or `organisation-only` (`x-weighbridge-layer`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// What is added to the embedded set: directories of Rego policies and policy set archives, relative to this file, or
    /// `https://HOST/PATH@sha256:DIGEST` and `oci://REGISTRY/REPOSITORY@sha256:DIGEST`. An entry may be an object with `source` and `by`,
    /// those who must have signed it (`weighbridge policy sign`), in the shape of `signers`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub policy: Vec<Source>,
    /// What the policies are told.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub parameters: Parameters,
    /// Functions and classes that models may use besides the embedded lists: in pickles, and with `as: [call]` in Keras, skops, Java, Ruby
    /// and configurations.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub allow: Vec<AllowEntry>,
    /// Globals that pickles may not use, although a list has them; held by `pickle/refused-global`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub refuse: Vec<String>,
    /// Rules whose warnings deny here, by their ids.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub levels: BTreeMap<String, Raised>,
    /// The lowest level that fails an artifact: `deny` or `warn`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub fail_on: Level,
    /// Ceilings for what is read of one artifact.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub limits: Limits,
    /// Patterns that split a named directory: each path below it that one matches is an artifact, and other files are not judged.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub artifacts: Patterns,
    /// Patterns of files below a named directory that are not judged. They are read, counted and told, and such an artifact is never
    /// approved for a signature.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub exclude: Patterns,
    /// What is to be signed, and by whom. Without an entry nobody has to sign.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub signers: Vec<Signers>,
    /// The file of waivers, relative to this one; `null`: `weighbridge-waivers.yaml` beside this one, if it is there.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub waivers: Option<PathBuf>,
    /// What may be waived; `null`: everything, and nothing once an organisation's policy judges.
    #[schemars(extend("x-weighbridge-layer" = "organisation-only"))]
    pub waivable: Option<Waivable>,
    /// The keys that the file has, of those whose default is no value of its own.
    #[serde(skip)]
    given: Given,
}

/// Which keys stand in the file, where a default cannot be told from a choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Given {
    fail_on: bool,
    limits: BTreeSet<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            policy: Vec::new(),
            parameters: Parameters::default(),
            allow: Vec::new(),
            refuse: Vec::new(),
            levels: BTreeMap::new(),
            fail_on: Level::Deny,
            limits: Limits::default(),
            artifacts: Patterns::default(),
            exclude: Patterns::default(),
            signers: Vec::new(),
            waivers: None,
            waivable: None,
            given: Given::default(),
        }
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
        /// Why.
        error: io::Error,
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
    /// A value that means nothing.
    #[error("{path}: `{key}`: {what}")]
    Value {
        /// The file, escaped.
        path: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl Config {
    /// Reads a configuration; the paths it names are made relative to the file's own folder, addresses stay as they are.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, is no YAML, or has a key or value that is not known.
    pub fn read(path: &Path, files: &dyn Files) -> Result<Self, ConfigError> {
        let shown = place::shown(path);
        let text = files.text(path, CEILING);
        let text = text.map_err(|error| ConfigError::Unreadable { path: shown.clone(), error })?;
        let mut config = Self::parse(&text, &shown)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let policies = config.policy.iter_mut().map(|named| &mut named.source);
        for named in policies.filter(|named| !files::is_address(named)).chain(&mut config.waivers) {
            *named = folder.join(&*named);
        }
        for (key, all) in config.all_signers_mut() {
            signers::read(all, folder, key, &shown, files)?;
        }
        if config.waivers.is_none() {
            config.waivers = waivers_beside(folder, files)?;
        }
        Ok(config)
    }

    /// What holds where a folder has no configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be told whether there is a file of waivers.
    pub fn without_file(folder: &Path, files: &dyn Files) -> Result<Self, ConfigError> {
        Ok(Self { waivers: waivers_beside(folder, files)?, ..Self::default() })
    }

    /// Takes a configuration from text; `shown` names it in errors. The paths in it stay as they are written.
    ///
    /// # Errors
    /// [`ConfigError`] when it is no YAML, or has a key or value that is not known.
    pub fn parse(text: &str, shown: &str) -> Result<Self, ConfigError> {
        if blank(text) {
            return Ok(Self::default());
        }
        let invalid = |error: serde_saphyr::Error| ConfigError::Invalid {
            path: shown.to_owned(),
            text: rendered(&error, shown),
            hint: hint(&error),
        };
        let mut config: Self = serde_saphyr::from_str(text).map_err(invalid)?;
        config.given = given(text).map_err(invalid)?;
        config.check(shown)?;
        Ok(config)
    }

    /// Takes the configuration of a policy set archive, which has no files beside it.
    ///
    /// # Errors
    /// As [`Self::parse`], and for a key that names a file.
    pub fn parse_packed(text: &str, shown: &str) -> Result<Self, ConfigError> {
        let mut config = Self::parse(text, shown)?;
        let wrong = |key, what: &str| ConfigError::Value { path: shown.to_owned(), key, what: what.to_owned() };
        let path = config.policy.iter().any(|named| !files::is_address(&named.source));
        for (key, named) in [("policy", path), ("waivers", config.waivers.is_some())] {
            if named {
                let what = "an archive has no files beside it; put the policies into it, and leave the key out";
                return Err(wrong(key, what));
            }
        }
        let named = config.all_signers_mut().into_iter().find_map(|(key, all)| signers::name_files(all).then_some(key));
        if let Some(key) = named {
            return Err(wrong(key, "an archive has no files beside it; write the PEM itself in place of its path"));
        }
        Ok(config)
    }

    fn check(&self, shown: &str) -> Result<(), ConfigError> {
        let path = shown.to_owned();
        if self.limits.depth > DEEPEST {
            return Err(ConfigError::TooDeep { path, depth: self.limits.depth });
        }
        for (key, patterns) in [("artifacts", &self.artifacts), ("exclude", &self.exclude)] {
            if let Some((pattern, why)) = patterns.wrong() {
                return Err(ConfigError::Value { path, key, what: format!("`{pattern}` is no pattern: {why}") });
            }
        }
        if let Some(global) = self.refuse.iter().find(|global| !global.contains(['.', ':']) || global.contains('*')) {
            let what = format!("`{global}` is no global; write `module.name`, or `module:Outer.Inner`");
            return Err(ConfigError::Value { path, key: "refuse", what });
        }
        if let Some(what) = signers::wrong(&self.signers) {
            return Err(ConfigError::Value { path, key: "signers", what });
        }
        if let Some(what) = self.policy.iter().find_map(Source::wrong) {
            return Err(ConfigError::Value { path, key: "policy", what });
        }
        if let Some(rule) = self.waivable.as_ref().and_then(Waivable::wrong) {
            let what = format!("`{rule}` is no rule and no group; write `core/unknown-format`, or `core`");
            return Err(ConfigError::Value { path, key: "waivable.rules", what });
        }
        if let Some(what) = self.waivable.as_ref().and_then(Waivable::wrong_signers) {
            return Err(ConfigError::Value { path, key: "waivable.signers", what });
        }
        Ok(())
    }

    /// All that says who is to have signed something, by the key that has it.
    fn all_signers_mut(&mut self) -> Vec<(&'static str, Vec<&mut Signer>)> {
        let models = self.signers.iter_mut().flat_map(|entry| &mut entry.by);
        let policies = self.policy.iter_mut().filter_map(|named| named.signers.as_mut());
        let waivers = self.waivable.iter_mut().flat_map(|waivable| waivable.signers.values_mut());
        vec![
            ("signers", models.collect()),
            ("policy", policies.flat_map(|entry| &mut entry.by).collect()),
            ("waivable.signers", waivers.flatten().collect()),
        ]
    }
}

/// Whether a file says nothing at all.
fn blank(text: &str) -> bool {
    // A lone carriage return ends a line too (YAML 1.2.2, section 5.4), and a comment with it.
    text.split(['\n', '\r']).all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// The file of waivers in a folder, if there is one. What cannot be read there is an error, not a missing file.
fn waivers_beside(folder: &Path, files: &dyn Files) -> Result<Option<PathBuf>, ConfigError> {
    let path = folder.join(WAIVERS);
    match files.kind(&path) {
        Ok(Kind::Missing) => Ok(None),
        Ok(_) => Ok(Some(path)),
        Err(error) => Err(ConfigError::Unreadable { path: place::shown(&path), error }),
    }
}

/// Which keys a text has that is a configuration.
fn given(text: &str) -> Result<Given, serde_saphyr::Error> {
    #[derive(Deserialize)]
    struct Keys {
        #[serde(rename = "fail-on")]
        fail_on: Option<Level>,
        limits: Option<BTreeMap<String, u64>>,
    }
    let keys: Keys = serde_saphyr::from_str(text)?;
    Ok(Given { fail_on: keys.fail_on.is_some(), limits: keys.limits.unwrap_or_default().into_keys().collect() })
}

/// An error of YAML that shows its line in the file `shown`, with its words once: the library says them above the line and again below
/// it.
fn rendered(error: &serde_saphyr::Error, shown: &str) -> String {
    let rendered = error.render_with_options(serde_saphyr::render_options! { source_name: Some(shown) });
    let mut lines: Vec<&str> = rendered.lines().collect();
    let words =
        lines.first().and_then(|first| first.strip_prefix("error: line ")?.split_once(": ")).map(|(_, words)| words);
    let Some(words) = words.filter(|_| lines.len() > 1) else { return rendered };
    for line in &mut lines {
        *line = line.strip_suffix(words).filter(|start| start.trim_end().ends_with('^')).unwrap_or(line).trim_end();
    }
    if let Some(first) = lines.first_mut() {
        // What follows is for programmers of the library.
        *first = words.split(", set DuplicateKeyPolicy").next().unwrap_or(words);
    }
    lines.join("\n")
}

/// The known word that an unknown key or value is nearest to.
fn hint(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error::{SerdeUnknownField, SerdeUnknownVariant};
    let (found, expected) = match error.without_snippet() {
        SerdeUnknownField { field, expected, .. } => (field, expected),
        SerdeUnknownVariant { expected, .. } if *expected == ["deny"] => {
            return "\na level is only raised: write `deny`, or leave the rule out".to_owned();
        }
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
        assert_eq!(Config::parse("# ours\rfail-on: warn\r", "x").unwrap().fail_on, Level::Warn);
    }

    #[test]
    fn every_key_is_read() {
        let text = "policy: [policies]\nfail-on: warn\nlimits: {depth: 3}\nallow:\n  - global: a.b\n    as: [call]\n    reason: ours\n";
        let config = Config::parse(text, "x").unwrap();
        assert_eq!(config.policy, [Source { source: PathBuf::from("policies"), signers: None }]);
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
        assert_eq!(text.matches("unknown field").count(), 1, "{text}");
        assert!(refused("levels: {a/b: warn}\n").contains("a level is only raised"));
        assert!(refused("fail-on: deni\n").contains("did you mean `deny`?"));
        assert!(refused("limits:\n  dept: 3\n").contains("did you mean `depth`?"));
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        let text = refused("fail-on: deny\nfail-on: warn\n");
        assert!(text.contains("duplicate mapping key: fail-on\n"), "{text}");
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
