//! What a run stands on: the configuration, the organisation's if there is one, the policies of both, and the files of waivers.

use crate::attest::Known;
use crate::cli::arguments::{Configured, Judging, Policies};
use crate::cli::sources::{Named, Sources};
use crate::cli::{event, paths, signers};
use crate::config::{self, Config, Loosened, Waivable, Waivers};
use crate::files::{self, Disk, Files, Kind, Snapshot};
use crate::place::shown;
use crate::policy::{Layers, PolicyError, PolicySet, Settings};
use crate::repository::Commit;
use crate::verdict::{Layer, Level, Signers};
use anyhow::{Context as _, bail};
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
    /// The organisation's files, where they had to be signed: nothing else of its folder counts.
    organisation_files: Option<Snapshot>,
    /// What the repository's waivers have to be accepted by.
    waivable: Option<Waivable>,
}

/// An organisation's layer.
struct Organisation {
    config: Config,
    owner: String,
    set: PolicySet,
    files: Option<Snapshot>,
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
    /// For a command that judges. `at` is the time of the judgement, RFC 3339.
    pub(super) fn for_judging(judging: &Judging, at: &str) -> anyhow::Result<Self> {
        Self::new(&judging.configured, &judging.policies, judging.fail_on.map(Level::from), at)
    }

    /// Reads the configurations and the policies. `fail_on` is the command line's.
    pub(super) fn new(
        configured: &Configured,
        policies: &Policies,
        fail_on: Option<Level>,
        at: &str,
    ) -> anyhow::Result<Self> {
        let named = policies.policy.iter().chain(&policies.organisation).chain(&policies.policy_signers);
        let base = Base::new(configured, named)?;
        let files = base.files();
        let sources = Sources { files, now: signers::seconds(at)? };
        let (own, owner) = configuration(configured, files)?;
        let demand = policies.policy_signers.as_ref().map(|path| config::demand(path, files)).transpose()?;
        let demand = demand.as_ref();
        let named = || policies.policy.iter().map(|source| (source.as_path(), demand));
        let set = PolicySet::embedded()?;
        let (known, signers) = signers::of_models(&own).with_context(|| owner.clone())?;
        let Some(source) = &policies.organisation else {
            let set = sources.add(set, added(&own).chain(named()))?;
            let set = set.with_settings(Layer::Repository, &owner, &settings(&own, &signers))?;
            return Ok(Self {
                known,
                fail_on: fail_on.unwrap_or(own.fail_on),
                waivable: own.waivable.clone(),
                config: own,
                layers: Layers::one(set),
                base,
                organisation_waivers: None,
                organisation_files: None,
            });
        };
        let organisation = organisation(set, (source, demand), sources)?;
        let config = own.under(&owner, &organisation.config, &organisation.owner)?;
        if let Some(own) = fail_on.filter(|own| *own > organisation.config.fail_on) {
            return Err(Loosened::fail_on("--fail-on", own, organisation.config.fail_on, &organisation.owner).into());
        }
        // What the organisation allows is in its set already.
        let (known, signers) = signers::of_models(&config).with_context(|| organisation.owner.clone())?;
        let settings = Settings { allow: &[], ..settings(&config, &signers) };
        let whole = sources.add(organisation.set.clone(), added(&config).chain(named()))?;
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
            organisation_files: organisation.files,
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
        let own = self.base.files();
        let organisation = self.organisation_files.as_ref().map_or(own, |files| files);
        let named =
            [(&self.organisation_waivers, organisation, None), (&self.config.waivers, own, self.waivable.as_ref())];
        let mut read = Vec::new();
        for (file, files, waivable) in named {
            let Some(file) = file else { continue };
            let text = Waivers::text(file, files)?;
            let mut waivers = Waivers::parse(&text, &shown(file), now)?;
            waivers.approvals = signers::approvals(file, &text, self.waivable.as_ref(), files, now)?;
            read.push((waivers, waivable));
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

/// The policy sets that a configuration adds.
fn added(config: &Config) -> impl Iterator<Item = Named<'_>> {
    config.policy.iter().map(|named| (named.source.as_path(), named.signers.as_ref()))
}

/// The organisation's layer over the embedded policies.
fn organisation(set: PolicySet, (source, demand): Named<'_>, sources: Sources<'_>) -> anyhow::Result<Organisation> {
    let kind = if files::is_address(source) { Ok(Kind::File) } else { sources.files.kind(source) };
    let demands: Vec<&Signers> = demand.into_iter().collect();
    let mut snapshot = None;
    let (owner, config, found, mut set) = match kind {
        Ok(Kind::File) => {
            let owner = format!("{}!{}", shown(source), config::FILE);
            let set = sources.add_one(set, source, &demands)?;
            let config = set.configuration().map(|text| Config::parse_packed(text, &owner)).transpose()?;
            (owner, config.clone().unwrap_or_default(), config.is_some(), set)
        }
        Ok(Kind::Folder) => {
            snapshot = sources.signed(source, &demands)?;
            let files = snapshot.as_ref().map_or(sources.files, |(snapshot, _)| snapshot);
            let file = source.join(config::FILE);
            let found = beside(&file, files)?;
            let config = if found { Config::read(&file, files)? } else { Config::without_file(source, files)? };
            let set = match set.clone().with_path(source, files) {
                // Its configuration alone is a policy too.
                Err(PolicyError::Empty(_)) if found => set,
                set => snapshot.iter().fold(set?, |set, (_, who)| set.signed_by(who)),
            };
            (file.to_string_lossy().into_owned(), config, found, set)
        }
        other => {
            let why = other.and_then(|_| sources.files.read(source, 0)).err();
            let why = why.map(|error| format!(" ({error})")).unwrap_or_default();
            bail!(
                "{}: neither a directory nor a policy set archive{why}; name the organisation's policy with --organisation",
                shown(source)
            );
        }
    };
    // Its configuration is signed with its rules.
    let last = set.sources().last().and_then(|one| one.signed_by.clone());
    let who = demand.and(snapshot.as_ref().map(|(_, who)| who.clone()).or(last));
    let files = snapshot.as_ref().map_or(sources.files, |(snapshot, _)| snapshot);
    set = Sources { files, ..sources }.add(set, added(&config))?;
    // The level that fails, limits, exclusions and waivable rules are its policy as much as its rules are.
    // Where its files lie is not.
    let mut placeless = config.clone();
    (placeless.policy, placeless.waivers) = (Vec::new(), None);
    let decides = serde_json::to_string(&placeless)?;
    let (_, signers) = signers::of_models(&config).with_context(|| owner.clone())?;
    let settings = Settings { decides: Some(decides.as_str()).filter(|_| found), ..settings(&config, &signers) };
    let before = set.sources().len();
    set = set.with_settings(Layer::Organisation, &owner, &settings)?;
    if let Some(who) = who.filter(|_| set.sources().len() > before) {
        set = set.signed_by(&who);
    }
    Ok(Organisation { config, owner, set, files: snapshot.map(|(snapshot, _)| snapshot) })
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
