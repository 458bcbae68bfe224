//! A policy set: modules and data of all sources as text, their digests, and the rules that they declare.

use crate::digest::{self, Hasher};
use crate::files::{Files, Kind};
use crate::policy::{PolicyError, allow, archive, metadata, text};
use crate::verdict::{Layer, PolicySource, Rule};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The shipped policies: name below `policies/`, and text.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// The name of that source.
const EMBEDDED_NAME: &str = "embedded";

/// The content of a file.
pub(super) type Text = Arc<str>;

/// Modules and data, with their digests and rules. Text only: what the engine thinks of it comes out in
/// [`crate::policy::Judge::new`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicySet {
    pub(super) modules: Vec<Module>,
    pub(super) data: Vec<Data>,
    pub(super) owner: String,
    /// Rules whose warnings deny.
    pub(super) levels: BTreeSet<String>,
    /// The configuration that the last archive brought; an organisation's, where it is one.
    configuration: Option<String>,
    /// How many of `data` belong to a layer that is settled.
    pub(super) settled: usize,
    pub(super) sources: Vec<PolicySource>,
    rules: Vec<Rule>,
}

/// A module.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Module {
    /// Where it came from, for messages.
    pub file: String,
    /// Its name below its source.
    pub name: String,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
        Self::empty().with_files(EMBEDDED_NAME, shipped())?.with_nothing_set()
    }

    /// One directory or archive alone, without the shipped policies.
    ///
    /// # Errors
    /// As [`Self::with_path`].
    pub fn only(path: &Path, files: &dyn Files) -> Result<Self, PolicyError> {
        Self::empty().with_path(path, files)
    }

    /// One directory or archive to be tested, with what it may use: the shipped modules and data, but for each package and each
    /// document that it brings itself. So the shipped set's own directory is tested alone. Of shipped tests only the fixtures are there.
    ///
    /// # Errors
    /// As [`Self::with_path`].
    pub fn to_test(path: &Path, files: &dyn Files) -> Result<Self, PolicyError> {
        let own = Self::only(path, files)?;
        let packages: BTreeSet<&Vec<String>> = own.modules.iter().map(|module| &module.package).collect();
        let mut files = Vec::new();
        for (name, content) in shipped() {
            let brought = if name.ends_with(".rego") {
                let tests = name.ends_with("_test.rego") && !name.starts_with("lib/fixture");
                tests || packages.contains(&text::package(&name, &content)?.1)
            } else {
                let path = self::path(&name);
                own.data.iter().any(|document| document.path.starts_with(&path) || path.starts_with(&document.path))
            };
            if !brought {
                files.push((name, content));
            }
        }
        own.with_files(EMBEDDED_NAME, files)?.with_nothing_set()
    }

    fn empty() -> Self {
        Self {
            modules: Vec::new(),
            data: Vec::new(),
            owner: allow::OWNER.to_owned(),
            levels: BTreeSet::new(),
            configuration: None,
            settled: 0,
            sources: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a directory or a policy set archive ([`Self::with_archive`]). Of a directory that is every `.rego` in it, and `.json` and
    /// `.yaml` below its `data/`, each at its path there (`data/allow/torch.json` is `data.allow.torch`). Links to directories, names
    /// that begin with a dot, and `data/build`, where what lists are made from may lie, are left out.
    ///
    /// # Errors
    /// A [`PolicyError`] when something in it cannot be read, says METADATA wrongly, or repeats a rule, a package or data that is
    /// already there: a later source adds to an earlier one and never replaces a part of it.
    pub fn with_path(self, path: &Path, files: &dyn Files) -> Result<Self, PolicyError> {
        let unreadable = |source| PolicyError::Unreadable { path: path.to_owned(), source };
        let name = path.to_string_lossy();
        match files.kind(path).map_err(unreadable)? {
            Kind::Folder => self.with_files(&name, self::files(path, files)?),
            Kind::File | Kind::Missing => {
                self.with_archive(&name, &files.read(path, archive::PACKED).map_err(unreadable)?)
            }
        }
    }

    /// Adds a policy set archive: a gzipped tar file in the layout of OPA's bundles, as `weighbridge policy build` and `opa build`
    /// write it. A signature in it is not looked at. `source` is what it is known by.
    ///
    /// # Errors
    /// A [`PolicyError`] for what is no such archive, goes beyond its bounds or would be judged differently here, and as
    /// [`Self::with_path`].
    pub fn with_archive(self, source: &str, bytes: &[u8]) -> Result<Self, PolicyError> {
        let wrong = |what| PolicyError::Archive { source_name: source.to_owned(), what };
        let contents = archive::unpack(bytes).map_err(wrong)?;
        let shown = |name: &str| format!("{source}!{name}");
        let data = contents.data.into_iter().map(|one| Data { file: shown(&one.file), ..one }).collect();
        let set = self.with(source, shown, contents.modules, data)?;
        Ok(Self { configuration: contents.configuration, ..set })
    }

    /// Says who signed the last source.
    #[must_use]
    pub fn signed_by(mut self, who: &str) -> Self {
        if let Some(source) = self.sources.last_mut() {
            source.signed_by = Some(who.to_owned());
        }
        self
    }

    /// The `weighbridge.yaml` that the last archive brought.
    #[must_use]
    pub fn configuration(&self) -> Option<&str> {
        self.configuration.as_deref()
    }

    /// `sha256:...` over every source's digest, in order. The place that a source was read from does not count.
    #[must_use]
    pub fn digest(&self) -> String {
        let digests: Vec<&str> = self.sources.iter().map(|source| source.digest.as_str()).collect();
        format!("sha256:{}", digest::of(digests.join("\n").as_bytes()).sha256)
    }

    /// Whether every module is part of the program.
    pub(super) fn shipped(&self) -> bool {
        self.modules.iter().all(|module| module.shipped)
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

    /// The formats that a rule speaks of by name, families taken apart; empty: any. Where a rule fires in more or fewer formats than the
    /// family that its METADATA names, `data.families.rules` has them.
    #[must_use]
    pub fn formats_of(&self, rule: &Rule) -> BTreeSet<String> {
        let families = self.data.iter().find(|data| data.path == ["families"]);
        let families: serde_json::Value =
            families.and_then(|data| serde_json::from_str(&data.json).ok()).unwrap_or_default();
        let members = |name: &String| -> Vec<String> {
            let family = families.get(name).and_then(|family| serde_json::from_value(family.clone()).ok());
            family.unwrap_or_else(|| vec![name.clone()])
        };
        let own = families.get("rules").and_then(|rules| rules.get(&rule.id));
        let own: Option<Vec<String>> = own.and_then(|own| serde_json::from_value(own.clone()).ok());
        own.as_ref().unwrap_or(&rule.formats).iter().flat_map(members).collect()
    }

    /// Adds files of a directory: modules, and data below `data/`.
    fn with_files(self, source: &str, files: Vec<(String, Arc<str>)>) -> Result<Self, PolicyError> {
        let (modules, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(name, _)| name.ends_with(".rego"));
        let mut data = Vec::new();
        for (name, text) in others {
            data.extend(documents(shown(source, &name), self::path(&name), &name, text)?);
        }
        self.with(source, |name| shown(source, name), modules, data)
    }

    fn with(
        mut self,
        source: &str,
        shown: impl Fn(&str) -> String,
        modules: Vec<(String, Arc<str>)>,
        data: Vec<Data>,
    ) -> Result<Self, PolicyError> {
        let before: BTreeSet<Vec<String>> = self.modules.iter().map(|module| module.package.clone()).collect();
        let mut known: BTreeMap<String, String> =
            self.modules.iter().filter_map(|module| Some((module.rule.clone()?, module.file.clone()))).collect();
        let digest = content(&modules, &data);
        self.data.extend(data);
        let mut added = 0u64;
        for (name, content) in modules {
            let file = shown(&name);
            // What is shipped was parsed by the project's own tests.
            if source != EMBEDDED_NAME {
                text::screen(&file, &content)?;
            }
            let (line, package) = text::package(&file, &content)?;
            let tests = name.ends_with("_test.rego");
            if !tests && before.contains(&package) {
                let what = format!("the package `{}` is already there; choose another name", package.join("."));
                return Err(PolicyError::Module { file, line, what });
            }
            let rule = if tests { metadata::none(&file, &content)? } else { metadata::rule(&file, &content)? };
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
                name,
                text: content,
                package,
                rule: id,
                tests,
                shipped: source == EMBEDDED_NAME,
            });
        }
        self.rules.sort_by(|one, other| one.id.cmp(&other.id));
        let (name, layer) = (source.to_owned(), Layer::Repository);
        self.sources.push(PolicySource { name, layer, digest, signed_by: None, rules: added });
        Ok(self)
    }
}

/// The shipped files: name below `policies/`, and text.
fn shipped() -> Vec<(String, Arc<str>)> {
    EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect()
}

/// The policies and data of a directory, by their names in it.
pub(super) fn files(path: &Path, from: &dyn Files) -> Result<Vec<(String, Text)>, PolicyError> {
    let unreadable = |source| PolicyError::Unreadable { path: path.to_owned(), source };
    let mut files = Vec::new();
    for (name, content) in from.below(path, &judges).map_err(unreadable)? {
        if !name.ends_with(".rego") && name.to_ascii_lowercase().ends_with(".rego") {
            let what = "a policy's name ends in `.rego` with small letters; rename it".to_owned();
            return Err(PolicyError::Module { file: path.join(name).to_string_lossy().into_owned(), line: 1, what });
        }
        let Ok(text) = String::from_utf8(content) else {
            return Err(PolicyError::Unreadable { path: path.join(name), source: std::io::Error::other("not UTF-8") });
        };
        files.push((name, text.into()));
    }
    if files.is_empty() {
        return Err(PolicyError::Empty(path.to_owned()));
    }
    Ok(files)
}

/// Whether a file of a directory is part of its policy.
fn judges(name: &str) -> bool {
    let (folder, file) = name.rsplit_once('/').unwrap_or_default();
    let file = if folder.is_empty() { name } else { file };
    let mut folders = folder.split('/').peekable();
    let (mut data, mut build) = (false, false);
    while let Some(folder) = folders.next() {
        data |= folder == "data";
        build |= folder == "data" && folders.peek() == Some(&"build");
    }
    match file.rsplit_once('.') {
        Some((stem, _)) if build || stem.is_empty() => false,
        // What is nearly a policy is no less meant to judge: `files` refuses it.
        Some((_, extension)) if extension.eq_ignore_ascii_case("rego") => true,
        Some((_, "json" | "yaml" | "yml")) => data,
        _ => false,
    }
}

/// A file of a directory, for messages.
fn shown(source: &str, name: &str) -> String {
    if source == EMBEDDED_NAME {
        format!("policies/{name}")
    } else {
        Path::new(source).join(name).to_string_lossy().into_owned()
    }
}

/// The path of a directory's data file: what follows the last `data/`.
pub(super) fn path(name: &str) -> Vec<String> {
    let mut parts: Vec<&str> = name.split('/').collect();
    let begin = parts.iter().rposition(|part| *part == "data").map_or(0, |at| at.saturating_add(1));
    let stem = parts.pop().map(|file| file.rsplit_once('.').map_or(file, |(stem, _)| stem));
    parts.into_iter().chain(stem).skip(begin).map(str::to_owned).collect()
}

/// A data file as documents; YAML becomes JSON. What stands above the allow lists is taken apart, for the engine looks for each list
/// as a document of its own.
pub(super) fn documents(file: String, path: Vec<String>, name: &str, text: Arc<str>) -> Result<Vec<Data>, PolicyError> {
    const LISTS: &str = "allow";
    let wrong = |what: String| PolicyError::Data { file: file.clone(), what };
    let above = path.is_empty() || path == [LISTS];
    if name.ends_with(".json") && !above {
        return Ok(vec![Data { file, path, json: text }]);
    }
    let value: serde_json::Value = if name.ends_with(".json") {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?
    } else {
        serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?
    };
    if !above {
        return Ok(vec![Data { file, path, json: value.to_string().into() }]);
    }
    let serde_json::Value::Object(object) = value else {
        return Err(wrong("no object; data at this place has names".to_owned()));
    };
    let mut found = Vec::new();
    for (key, value) in object {
        match value {
            serde_json::Value::Object(lists) if path.is_empty() && key == LISTS => {
                found.extend(lists.into_iter().map(|(list, value)| (vec![key.clone(), list], value)));
            }
            value => found.push((path.iter().cloned().chain([key]).collect(), value)),
        }
    }
    Ok(found
        .into_iter()
        .map(|(path, value)| Data { file: file.clone(), path, json: value.to_string().into() })
        .collect())
}

/// The digest of what judges: the names and texts of modules that are no tests, and the paths and texts of data. A directory and the
/// archive that is built from it have the same.
fn content(modules: &[(String, Text)], data: &[Data]) -> String {
    let modules = modules.iter().filter(|(name, _)| !name.ends_with("_test.rego"));
    let modules = modules.map(|(name, text)| (name.clone(), text.clone()));
    let data = data.iter().map(|one| (format!("data {}", serde_json::json!(one.path)), one.json.clone()));
    digest(modules.chain(data).collect())
}

/// `sha256:...` over names and texts, each with its length before it, in the order of names.
pub(super) fn digest(mut parts: Vec<(String, Text)>) -> String {
    parts.sort_unstable();
    let mut hasher = Hasher::default();
    for part in parts.iter().flat_map(|(name, text)| [name.as_str(), text]) {
        hasher.update(format!("{} ", part.len()).as_bytes());
        hasher.update(part.as_bytes());
    }
    format!("sha256:{}", hasher.finish().sha256)
}
