//! What a run stands on: the configuration, the organisation's if there is one, the policies of both, and the files of waivers.

use crate::cli::arguments::{Configured, Judging, Policies};
use crate::cli::paths;
use crate::config::{self, Config, Loosened, Waivable, Waivers};
use crate::policy::{Layers, PolicySet, Settings};
use crate::verdict::{Layer, Level};
use anyhow::bail;
use std::path::{Path, PathBuf};

/// Everything that is decided before the first artifact is opened.
pub(super) struct Setup {
    /// The repository's configuration as it holds, under the organisation's if there is one.
    pub config: Config,
    /// The policies.
    pub layers: Layers,
    /// The lowest level that fails an artifact.
    pub fail_on: Level,
    /// The organisation's own waivers; nobody has to accept them.
    organisation_waivers: Option<PathBuf>,
    /// What the repository's waivers have to be accepted by.
    waivable: Option<Waivable>,
}

/// An organisation's layer.
struct Organisation {
    config: Config,
    owner: String,
    set: PolicySet,
}

impl Setup {
    /// For a command that judges.
    pub(super) fn for_judging(judging: &Judging) -> anyhow::Result<Self> {
        Self::new(&judging.configured, &judging.policies, judging.fail_on.map(Level::from))
    }

    /// Reads the configurations and the policies. `fail_on` is the command line's.
    pub(super) fn new(configured: &Configured, policies: &Policies, fail_on: Option<Level>) -> anyhow::Result<Self> {
        let (own, owner) = configuration(configured)?;
        let set = PolicySet::embedded()?;
        let Some(source) = &policies.organisation else {
            let set = with_directories(set, own.policy.iter().chain(&policies.policy))?;
            let set = set.with_settings(Layer::Repository, &owner, &settings(&own))?;
            return Ok(Self {
                fail_on: fail_on.unwrap_or(own.fail_on),
                waivable: own.waivable.clone(),
                config: own,
                layers: Layers::one(set),
                organisation_waivers: None,
            });
        };
        let organisation = organisation(set, source)?;
        let config = own.under(&owner, &organisation.config, &organisation.owner)?;
        if let Some(own) = fail_on.filter(|own| *own > organisation.config.fail_on) {
            return Err(Loosened::fail_on("--fail-on", own, organisation.config.fail_on, &organisation.owner).into());
        }
        let added: Vec<&PathBuf> = config.policy.iter().chain(&policies.policy).collect();
        // What the organisation allows is in its set already.
        let settings = Settings { allow: &[], ..settings(&config) };
        let whole = with_directories(organisation.set.clone(), added.into_iter())?;
        let whole = whole.with_settings(Layer::Repository, &owner, &settings)?;
        let same = whole.sources() == organisation.set.sources();
        Ok(Self {
            fail_on: fail_on.unwrap_or(config.fail_on),
            // An organisation that says nothing of waivers accepts none.
            waivable: Some(config.waivable.clone().unwrap_or_default()),
            config,
            layers: if same { Layers::one(whole) } else { Layers::two(organisation.set, whole) },
            organisation_waivers: organisation.config.waivers,
        })
    }

    /// The paths of artifacts that named paths stand for, under the configuration's patterns.
    pub(super) fn split(&self, named: Vec<PathBuf>) -> Vec<PathBuf> {
        split(&self.config, named)
    }

    /// The waivers at the time of the judgement, each file with what it has to be accepted by.
    pub(super) fn waivers(&self, now: &str) -> anyhow::Result<Vec<(Waivers, Option<&Waivable>)>> {
        let files = [(&self.organisation_waivers, None), (&self.config.waivers, self.waivable.as_ref())];
        let mut read = Vec::new();
        for (file, waivable) in files {
            if let Some(file) = file {
                read.push((Waivers::read(file, now)?, waivable));
            }
        }
        Ok(read)
    }
}

/// The paths of artifacts that named paths stand for.
pub(super) fn split(config: &Config, named: Vec<PathBuf>) -> Vec<PathBuf> {
    paths::split(named, &config.artifacts)
}

/// The configuration, and the file that owns what it says.
pub(super) fn configuration(configured: &Configured) -> anyhow::Result<(Config, String)> {
    let found = match (&configured.config, configured.no_config) {
        (Some(path), _) => Some(path.as_path()),
        (None, true) => None,
        // A broken link of that name is a configuration that cannot be read, not a missing one.
        (None, false) => Some(Path::new(config::FILE)).filter(|path| std::fs::symlink_metadata(path).is_ok()),
    };
    let here = Some(Path::new("")).filter(|_| !configured.no_config);
    let config = match found {
        Some(path) => Config::read(path)?,
        None => Config::without_file(here),
    };
    Ok((config, found.unwrap_or(Path::new(config::FILE)).to_string_lossy().into_owned()))
}

/// The organisation's layer over the embedded policies.
fn organisation(set: PolicySet, source: &Path) -> anyhow::Result<Organisation> {
    let shown = crate::place::escape(source.as_os_str().as_encoded_bytes());
    let (owner, config, found, set) = if source.is_dir() {
        let file = source.join(config::FILE);
        let found = std::fs::symlink_metadata(&file).is_ok();
        let config = if found { Config::read(&file)? } else { Config::without_file(Some(source)) };
        let set = match set.clone().with_directory(source) {
            // Its configuration alone is a policy too.
            Err(crate::policy::PolicyError::Empty(_)) if found => set,
            set => set?,
        };
        (file.to_string_lossy().into_owned(), config, found, set)
    } else if source.is_file() {
        let owner = format!("{shown}!{}", config::FILE);
        let set = set.with_archive(source)?;
        let config = set.configuration().map(|text| Config::parse_packed(text, &owner)).transpose()?;
        (owner, config.clone().unwrap_or_default(), config.is_some(), set)
    } else {
        bail!(
            "{shown}: neither a directory nor a policy set archive; name the organisation's policy with --organisation"
        );
    };
    let set = with_directories(set, config.policy.iter())?;
    // The level that fails, limits, exclusions and waivable rules are its policy as much as its rules are.
    // Where its files lie is not.
    let mut placeless = config.clone();
    (placeless.policy, placeless.waivers) = (Vec::new(), None);
    let decides = serde_json::to_string(&placeless)?;
    let settings = Settings { decides: Some(&decides).filter(|_| found).map(String::as_str), ..settings(&config) };
    let set = set.with_settings(Layer::Organisation, &owner, &settings)?;
    Ok(Organisation { config, owner, set })
}

fn with_directories<'a>(set: PolicySet, directories: impl Iterator<Item = &'a PathBuf>) -> anyhow::Result<PolicySet> {
    let mut set = set;
    for directory in directories {
        set = set.with_path(directory)?;
    }
    Ok(set)
}

fn settings(config: &Config) -> Settings<'_> {
    Settings {
        allow: &config.allow,
        parameters: &config.parameters,
        refuse: &config.refuse,
        levels: &config.levels,
        decides: None,
    }
}
