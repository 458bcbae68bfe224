//! What a run stands on: the configuration, the organisation's if there is one, the policies of both, and the files of waivers.

use crate::attest::{Instance, Known};
use crate::cli::arguments::{Configured, Judging, Policies};
use crate::cli::credentials::Credentials;
use crate::cli::trust;
use crate::cli::{event, paths};
use crate::config::{self, Config, Loosened, Waivable, Waivers};
use crate::fetch::{self, FetchError, Location};
use crate::files::{self, Disk, Files, Kind};
use crate::place::shown;
use crate::policy::{Layers, PolicyError, PolicySet, Settings};
use crate::repository::Commit;
use crate::time;
use crate::verdict::{Layer, Level, Signer, Signers};
use anyhow::{Context as _, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Everything that is decided before the first artifact is opened.
pub(super) struct Setup {
    /// The repository's configuration as it holds, under the organisation's if there is one.
    pub config: Config,
    /// The policies.
    pub layers: Layers,
    /// The lowest level that fails an artifact.
    pub fail_on: Level,
    /// What signatures are verified with.
    pub known: Known,
    /// Where the above was read from.
    base: Base,
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

/// Where configuration, policies and waivers are read from: a commit, or the disk.
pub(super) struct Base(Option<Commit>);

impl Base {
    /// The commit that was named; else, in a pull request, the tip of its target branch, and in a merge queue the commit that the group
    /// is added to: whoever asks for a change must not loosen by it what it is judged by. What was pushed judges itself, as it is merged.
    /// `sources` are the policies that are named beside the configuration.
    pub(super) fn new<'a>(
        configured: &Configured,
        mut sources: impl Iterator<Item = &'a PathBuf>,
    ) -> anyhow::Result<Self> {
        let here = Path::new(".");
        if let Some(named) = &configured.base {
            return Ok(Self(Some(Commit::find(here, named)?)));
        }
        let Some(revision) = event::base()? else { return Ok(Self(None)) };
        if configured.no_config && sources.all(|source| files::is_address(source)) {
            return Ok(Self(None));
        }
        let commit = Commit::find(here, &revision)?;
        // The branch under judgement decides what is a submodule.
        if commit.is_submodule()? {
            bail!("this folder is a submodule, and the event is one of the repository around it; run there");
        }
        // What `pull_request_target` checks out by itself: judged would be the target branch, and told would be the pull request.
        if commit.holds(Commit::find(here, "HEAD")?.id())? {
            bail!(
                "HEAD is a commit of the target branch ({}), so nothing of the change is here to be judged: check out the pull request's or \
                 merge group's own commit",
                commit.id()
            );
        }
        Ok(Self(Some(commit)))
    }

    /// The way to read.
    pub(super) fn files(&self) -> &dyn Files {
        match &self.0 {
            Some(commit) => commit,
            None => &Disk,
        }
    }

    /// The commit's name, if it is one.
    pub(super) fn id(&self) -> Option<&str> {
        self.0.as_ref().map(Commit::id)
    }
}

impl Setup {
    /// For a command that judges.
    pub(super) fn for_judging(judging: &Judging) -> anyhow::Result<Self> {
        Self::new(&judging.configured, &judging.policies, judging.fail_on.map(Level::from))
    }

    /// Reads the configurations and the policies. `fail_on` is the command line's.
    pub(super) fn new(configured: &Configured, policies: &Policies, fail_on: Option<Level>) -> anyhow::Result<Self> {
        let base = Base::new(configured, policies.policy.iter().chain(&policies.organisation))?;
        let files = base.files();
        let (own, owner) = configuration(configured, files)?;
        let set = PolicySet::embedded()?;
        let (known, signers) = signers(&own).with_context(|| owner.clone())?;
        let Some(source) = &policies.organisation else {
            let set = with_sources(set, own.policy.iter().chain(&policies.policy), files)?;
            let set = set.with_settings(Layer::Repository, &owner, &settings(&own, &signers))?;
            return Ok(Self {
                known,
                fail_on: fail_on.unwrap_or(own.fail_on),
                waivable: own.waivable.clone(),
                config: own,
                layers: Layers::one(set),
                base,
                organisation_waivers: None,
            });
        };
        let organisation = organisation(set, source, files)?;
        let config = own.under(&owner, &organisation.config, &organisation.owner)?;
        if let Some(own) = fail_on.filter(|own| *own > organisation.config.fail_on) {
            return Err(Loosened::fail_on("--fail-on", own, organisation.config.fail_on, &organisation.owner).into());
        }
        let added = config.policy.iter().chain(&policies.policy);
        // What the organisation allows is in its set already.
        let (known, signers) = self::signers(&config).with_context(|| organisation.owner.clone())?;
        let settings = Settings { allow: &[], ..settings(&config, &signers) };
        let whole = with_sources(organisation.set.clone(), added, files)?;
        let whole = whole.with_settings(Layer::Repository, &owner, &settings)?;
        let same = whole.sources() == organisation.set.sources();
        Ok(Self {
            known,
            fail_on: fail_on.unwrap_or(config.fail_on),
            // An organisation that says nothing of waivers accepts none.
            waivable: Some(config.waivable.clone().unwrap_or_default()),
            config,
            layers: if same { Layers::one(whole) } else { Layers::two(organisation.set, whole) },
            base,
            organisation_waivers: organisation.config.waivers,
        })
    }

    /// The commit that configuration, policies and waivers came from, if they came from one.
    pub(super) fn base(&self) -> Option<String> {
        self.base.id().map(str::to_owned)
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
                read.push((Waivers::read(file, now, self.base.files())?, waivable));
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
pub(super) fn configuration(configured: &Configured, files: &dyn Files) -> anyhow::Result<(Config, String)> {
    let default = Path::new(config::FILE);
    let found = match (&configured.config, configured.no_config) {
        (Some(path), _) => Some(path.as_path()),
        (None, true) => return Ok((Config::default(), config::FILE.to_owned())),
        (None, false) => beside(default, files)?.then_some(default),
    };
    let config = match found {
        Some(path) => Config::read(path, files)?,
        None => Config::without_file(Path::new(""), files)?,
    };
    Ok((config, found.unwrap_or(default).to_string_lossy().into_owned()))
}

/// Whether there is a configuration. What cannot be read, a broken link too, is an error and not a missing file.
fn beside(file: &Path, files: &dyn Files) -> anyhow::Result<bool> {
    match files.kind(file) {
        Ok(Kind::Missing) => {
            // The other usual ending: nobody writes it to have it passed over.
            let near = file.with_extension("yml");
            if !matches!(files.kind(&near), Ok(Kind::Missing)) {
                bail!("{}: is not read, for the configuration is called {}; rename it", shown(&near), config::FILE);
            }
            Ok(false)
        }
        Ok(_) => Ok(true),
        Err(error) => bail!("{}: cannot be read ({error}); mend it, or use --no-config", shown(file)),
    }
}

/// The organisation's layer over the embedded policies.
fn organisation(set: PolicySet, source: &Path, files: &dyn Files) -> anyhow::Result<Organisation> {
    let kind = if files::is_address(source) { Ok(Kind::File) } else { files.kind(source) };
    let (owner, config, found, set) = match kind {
        Ok(Kind::File) => {
            let owner = format!("{}!{}", shown(source), config::FILE);
            let set = with_source(set, source, files)?;
            let config = set.configuration().map(|text| Config::parse_packed(text, &owner)).transpose()?;
            (owner, config.clone().unwrap_or_default(), config.is_some(), set)
        }
        Ok(Kind::Folder) => {
            let file = source.join(config::FILE);
            let found = beside(&file, files)?;
            let config = if found { Config::read(&file, files)? } else { Config::without_file(source, files)? };
            let set = match set.clone().with_path(source, files) {
                // Its configuration alone is a policy too.
                Err(PolicyError::Empty(_)) if found => set,
                set => set?,
            };
            (file.to_string_lossy().into_owned(), config, found, set)
        }
        other => {
            let why = other.and_then(|_| files.read(source, 0)).err();
            let why = why.map(|error| format!(" ({error})")).unwrap_or_default();
            bail!(
                "{}: neither a directory nor a policy set archive{why}; name the organisation's policy with --organisation",
                shown(source)
            );
        }
    };
    let set = with_sources(set, config.policy.iter(), files)?;
    // The level that fails, limits, exclusions and waivable rules are its policy as much as its rules are.
    // Where its files lie is not.
    let mut placeless = config.clone();
    (placeless.policy, placeless.waivers) = (Vec::new(), None);
    let decides = serde_json::to_string(&placeless)?;
    let (_, signers) = signers(&config).with_context(|| owner.clone())?;
    let settings = Settings { decides: Some(decides.as_str()).filter(|_| found), ..settings(&config, &signers) };
    let set = set.with_settings(Layer::Organisation, &owner, &settings)?;
    Ok(Organisation { config, owner, set })
}

fn with_sources<'a>(
    set: PolicySet,
    sources: impl Iterator<Item = &'a PathBuf>,
    files: &dyn Files,
) -> anyhow::Result<PolicySet> {
    // The configuration and the command line may name the same one.
    let (mut set, mut seen) = (set, BTreeSet::new());
    for source in sources {
        let same = if files::is_address(source) { source.clone() } else { source.components().collect() };
        if seen.insert(same) {
            set = with_source(set, source, files)?;
        }
    }
    Ok(set)
}

/// Adds a directory, an archive, or the archive at an address.
fn with_source(set: PolicySet, source: &Path, files: &dyn Files) -> anyhow::Result<PolicySet> {
    if !files::is_address(source) {
        return Ok(set.with_path(source, files)?);
    }
    let location = Location::parse(&source.to_string_lossy())?;
    let bytes = fetch(&location)?;
    Ok(set.with_archive(&location.to_string(), &bytes)?)
}

/// The bytes at an address. Credentials are looked for where a registry may ask for them.
fn fetch(location: &Location) -> anyhow::Result<Vec<u8>> {
    let Location::Oci { registry, .. } = location else { return Ok(fetch::fetch(location, &|_| None)?) };
    let credentials = Credentials::read()?;
    let fetched = fetch::fetch(location, &|host| credentials.of(host));
    fetched.map_err(|error| match (&error, credentials.hint(registry)) {
        (FetchError::Status { status: 401 | 403, .. }, Some(hint)) => anyhow::anyhow!("{error}\n{hint}"),
        _ => error.into(),
    })
}

/// What signatures are verified with, and the signers as the policies see them: texts of keys and roots by the names that the facts have
/// for them.
pub(super) fn signers(config: &Config) -> anyhow::Result<(Known, Vec<Signers>)> {
    let (mut known, mut all) = (Known::default().with_public(trust::public), config.signers.clone());
    for entry in &mut all {
        for signer in &mut entry.by {
            resolve(signer, &mut known).context("`signers`")?;
        }
    }
    Ok((known, all))
}

fn resolve(signer: &mut Signer, known: &mut Known) -> anyhow::Result<()> {
    if let Some(pem) = signer.key.take() {
        let fingerprint = known.add_key(&pem)?;
        if signer.fingerprint.as_ref().is_some_and(|named| *named != fingerprint) {
            bail!("`fingerprint` is not that of `key`, which is {fingerprint}");
        }
        signer.fingerprint = Some(fingerprint);
    }
    if let Some(pem) = &signer.authority {
        signer.authority = Some(known.add_authority(pem)?);
    }
    if signer.issuer.is_some() {
        signer.root = Some(match signer.root.as_deref() {
            None | Some("public") => "public".to_owned(),
            Some("github") => known.add_github(trust::kept(Instance::GitHub)?),
            Some(json) => known.add_root(json)?,
        });
    }
    if let Some(pattern) = &signer.pattern {
        // `^a|b$` begins with one and ends with the other, and holds neither for all of it.
        let inner = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$')).unwrap_or(pattern);
        let whole = format!("^(?:{inner})$");
        for text in [inner, whole.as_str()] {
            regex::Regex::new(text).with_context(|| format!("`{pattern}` is no regular expression"))?;
        }
        signer.pattern = Some(whole);
    }
    for moment in [&mut signer.from, &mut signer.until].into_iter().flatten() {
        if let Some(instant) = time::instant(moment) {
            // In one spelling, so that their order is that of their texts.
            *moment = instant.to_string();
        }
    }
    Ok(())
}

fn settings<'a>(config: &'a Config, signers: &'a [Signers]) -> Settings<'a> {
    Settings {
        allow: &config.allow,
        parameters: &config.parameters,
        refuse: &config.refuse,
        signers,
        levels: &config.levels,
        decides: None,
    }
}
