//! A policy set: modules and data of all sources as text, their digests, and the rules that they declare.

use crate::digest::{self, Hasher};
use crate::policy::{PolicyError, allow, metadata, text};
use crate::verdict::{AllowEntry, PolicySource, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The shipped policies: name below `policies/`, and text.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// The name of that source.
const EMBEDDED_NAME: &str = "embedded";

/// The content of a file.
pub(super) type Text = Arc<str>;

/// Modules and data, with their digests and rules. Text only: what the engine thinks of it comes out in [`crate::policy::Judge::new`].
#[derive(Debug, Clone)]
pub struct PolicySet {
    pub(super) modules: Vec<Module>,
    pub(super) data: Vec<Data>,
    pub(super) owner: String,
    sources: Vec<PolicySource>,
    rules: Vec<Rule>,
}

/// A module.
#[derive(Debug, Clone)]
pub(super) struct Module {
    /// Where it came from, for messages.
    pub file: String,
    /// Its text.
    pub text: Arc<str>,
    /// Its package.
    pub package: Vec<String>,
    /// The id of the rule that it declares.
    pub rule: Option<String>,
    /// Whether it is tests; the judge does not load them.
    pub tests: bool,
    /// Whether it is part of the program. Shipped modules are checked by the project's own tests, not at every start.
    pub shipped: bool,
}

/// A data document.
#[derive(Debug, Clone)]
pub(super) struct Data {
    /// Where it came from, for messages.
    pub file: String,
    /// Where it stands below `data`: `["allow", "torch"]`.
    pub path: Vec<String>,
    /// JSON.
    pub json: Arc<str>,
}

impl PolicySet {
    /// The policies that are shipped inside the program.
    ///
    /// # Errors
    /// A [`PolicyError`] for a shipped policy that is wrong.
    pub fn embedded() -> Result<Self, PolicyError> {
        let empty = Self {
            modules: Vec::new(),
            data: Vec::new(),
            owner: allow::OWNER.to_owned(),
            sources: Vec::new(),
            rules: Vec::new(),
        };
        empty.with(EMBEDDED_NAME, EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect())
    }

    /// Adds a directory: every `.rego` in it, and `.json` and `.yaml` below its `data/`, each at its path there
    /// (`data/allow/torch.json` is `data.allow.torch`). Links to directories and names that begin with a dot are left out.
    ///
    /// # Errors
    /// A [`PolicyError`] when something in it cannot be read, says METADATA wrongly, or repeats a rule, a package or data that is
    /// already there: a later source adds to an earlier one and never replaces a part of it.
    pub fn with_directory(self, path: &Path) -> Result<Self, PolicyError> {
        self.with(&path.to_string_lossy(), files(path)?)
    }

    /// Adds allow entries as `data.allow.repository`. `owner` is the file that owns them: a remedy names it.
    ///
    /// # Errors
    /// [`PolicyError::Allow`] for an entry that says too little or names an unknown condition.
    pub fn with_allow(mut self, entries: &[AllowEntry], owner: &str) -> Result<Self, PolicyError> {
        self.owner = owner.to_owned();
        if entries.is_empty() {
            return Ok(self);
        }
        let json: Arc<str> = allow::document(entries, owner)?.to_string().into();
        let name = "data/allow/repository.json".to_owned();
        self.sources.push(PolicySource {
            name: owner.to_owned(),
            digest: digest(std::iter::once((name.as_str(), json.as_ref()))),
            rules: 0,
        });
        self.data.push(Data { file: owner.to_owned(), path: vec!["allow".to_owned(), "repository".to_owned()], json });
        Ok(self)
    }

    /// `sha256:...` over every source's digest, in order. The place that a source was read from does not count.
    #[must_use]
    pub fn digest(&self) -> String {
        let digests: Vec<&str> = self.sources.iter().map(|source| source.digest.as_str()).collect();
        format!("sha256:{}", digest::of(digests.join("\n").as_bytes()).sha256)
    }

    /// The sources, in the order they were added.
    #[must_use]
    pub fn sources(&self) -> &[PolicySource] {
        &self.sources
    }

    /// The rules, sorted by id.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn with(mut self, source: &str, files: Vec<(String, Arc<str>)>) -> Result<Self, PolicyError> {
        let before: BTreeSet<Vec<String>> = self.modules.iter().map(|module| module.package.clone()).collect();
        let mut known: BTreeMap<String, String> =
            self.modules.iter().filter_map(|module| Some((module.rule.clone()?, module.file.clone()))).collect();
        let digest = digest(files.iter().map(|(name, text)| (name.as_str(), text.as_ref())));
        let shown = |name: &str| {
            if source == EMBEDDED_NAME {
                format!("policies/{name}")
            } else {
                Path::new(source).join(name).to_string_lossy().into_owned()
            }
        };
        let mut added = 0u64;
        for (name, content) in files {
            let file = shown(&name);
            if !name.ends_with(".rego") {
                self.data.push(document(file, &name, content)?);
                continue;
            }
            text::screen(&file, &content)?;
            let (line, package) = text::package(&file, &content)?;
            let tests = name.ends_with("_test.rego");
            if !tests && before.contains(&package) {
                let what = format!("the package `{}` is already there; choose another name", package.join("."));
                return Err(PolicyError::Module { file, line, what });
            }
            let rule = if tests { None } else { metadata::rule(&file, &content)? };
            let id = rule.as_ref().map(|rule| rule.id.clone());
            if let Some(id) = &id
                && let Some(first) = known.insert(id.clone(), file.clone())
            {
                return Err(PolicyError::Metadata {
                    file,
                    line,
                    what: format!("the rule `{id}` is already in {first}"),
                });
            }
            if let Some(rule) = rule {
                added = added.saturating_add(1);
                self.rules.push(rule);
            }
            self.modules.push(Module {
                file,
                text: content,
                package,
                rule: id,
                tests,
                shipped: source == EMBEDDED_NAME,
            });
        }
        self.rules.sort_by(|one, other| one.id.cmp(&other.id));
        self.sources.push(PolicySource { name: source.to_owned(), digest, rules: added });
        Ok(self)
    }
}

/// The policies and data of a directory, by their names in it.
pub(super) fn files(path: &Path) -> Result<Vec<(String, Text)>, PolicyError> {
    let mut files = Vec::new();
    for file in below(path)? {
        let inside = file.strip_prefix(path).unwrap_or(&file);
        let name = inside.to_string_lossy().replace('\\', "/");
        let data = inside.parent().is_some_and(|folder| folder.components().any(|part| part.as_os_str() == "data"));
        let wanted = match file.extension().and_then(|extension| extension.to_str()) {
            Some("rego") => true,
            Some("json" | "yaml" | "yml") => data,
            _ => false,
        };
        if wanted {
            let text =
                fs::read_to_string(&file).map_err(|source| PolicyError::Unreadable { path: file.clone(), source })?;
            files.push((name, text.into()));
        }
    }
    if files.is_empty() {
        return Err(PolicyError::Empty(path.to_owned()));
    }
    Ok(files)
}

/// A data file as a document; YAML becomes JSON. Its path is what follows the last `data/`.
pub(super) fn document(file: String, name: &str, text: Arc<str>) -> Result<Data, PolicyError> {
    let (path, extension) = (path(name), name.rsplit_once('.').map_or("", |(_, extension)| extension));
    let json = if extension == "json" {
        text
    } else {
        let value: serde_json::Value = serde_saphyr::from_str(&text)
            .map_err(|error| PolicyError::Data { file: file.clone(), what: error.to_string() })?;
        value.to_string().into()
    };
    Ok(Data { file, path, json })
}

/// Where a data file stands below `data`.
pub(super) fn path(name: &str) -> Vec<String> {
    let inside = name.rsplit_once("data/").map_or(name, |(_, inside)| inside);
    let stem = inside.rsplit_once('.').map_or(inside, |(stem, _)| stem);
    stem.split('/').map(str::to_owned).collect()
}

/// `sha256:...` over names and texts, each with its length before it, in the order of names.
fn digest<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut files: Vec<(&str, &str)> = files.collect();
    files.sort_unstable();
    let mut hasher = Hasher::default();
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        hasher.update(format!("{} ", part.len()).as_bytes());
        hasher.update(part.as_bytes());
    }
    format!("sha256:{}", hasher.finish().sha256)
}

/// Every file below a directory, in the order of names.
fn below(root: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PolicyError::Unreadable { path, source }
    };
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let kind = entry.file_type().map_err(unreadable(&entry.path()))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if entry.path().is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}
