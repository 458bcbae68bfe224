//! `weighbridge trust`: shows whose logs and authorities are trusted, and fetches what is trusted today. Knows where that is kept.

use crate::attest::{Instance, Repositories, TRUST_FILE, TrustRoot, TrustRootShown, Trusted};
use crate::cli::arguments::{Format, Speech, TrustCommand, Trusting};
use crate::cli::exit::Exit;
use crate::cli::{given, speech};
use crate::place;
use crate::report::{self, plain};
use anstyle::Style;
use anyhow::Context as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const BOLD: Style = Style::new().bold();

/// `weighbridge trust`.
pub(super) fn trust(command: &TrustCommand, speech: &Speech) -> anyhow::Result<Exit> {
    let (root, kept, format) = match command {
        TrustCommand::Show { trusting, format } => (root(trusting)?, None, *format),
        TrustCommand::Update { github, mirror, root, folder, format } => {
            let instance = if *github { Instance::GitHub } else { Instance::Public };
            let repositories = match (root, mirror) {
                (Some(root), Some(mirror)) => {
                    Repositories::other(given::small(root, "give the instance's root.json")?, mirror)
                }
                _ => Repositories::of(instance, mirror.as_deref()),
            };
            let folder = match folder {
                Some(folder) => folder.clone(),
                None => self::folder(instance).context(
                    "no folder to keep the trust root in: set XDG_DATA_HOME or HOME, or name one with --folder",
                )?,
            };
            let root = repositories.update(&folder, &jiff::Timestamp::now().to_string())?;
            (root, Some(folder.join(TRUST_FILE)), *format)
        }
    };
    let shown = root.show();
    speech::write(speech, None, |out| match format {
        Format::Terminal => terminal(&shown, kept.as_deref(), speech, out),
        Format::Json => report::json(&shown, out),
    })?;
    tell_age(&root, speech)?;
    Ok(Exit::Passed)
}

/// The trust root that is asked for: a given one, else what an update fetched, else the embedded one.
pub(super) fn root(trusting: &Trusting) -> anyhow::Result<TrustRoot> {
    if let Some(path) = &trusting.trusted_root {
        let shown = place::shown(path);
        let bytes = given::small(path, "give a trusted_root.json")?;
        let json = String::from_utf8(bytes).with_context(|| format!("{shown}: not UTF-8; give a trusted_root.json"))?;
        return TrustRoot::read(&json, &shown, trusting.github).context(shown);
    }
    kept(if trusting.github { Instance::GitHub } else { Instance::Public })
}

/// The trust root of the public instance, for signatures that are only looked at: the embedded one, where what an update left is broken.
pub(super) fn public() -> Option<TrustRoot> {
    kept(Instance::Public).ok().or_else(|| TrustRoot::embedded(Instance::Public).ok())
}

/// What an update fetched of an instance, else the embedded root.
pub(super) fn kept(instance: Instance) -> anyhow::Result<TrustRoot> {
    let embedded = TrustRoot::embedded(instance)?;
    let Some(folder) = folder(instance).filter(|folder| folder.is_dir()) else { return Ok(embedded) };
    let kept = Repositories::of(instance, None).kept(&folder).with_context(|| {
        let shown = place::shown(&folder);
        format!("{shown}: not as `weighbridge trust update` left it; remove that folder, or update it again")
    })?;
    // A newer weighbridge may have brought a newer one along.
    Ok(kept.filter(|kept| kept.newer_than(&embedded)).unwrap_or(embedded))
}

/// Says that a trust root is old, where that is so.
pub(super) fn tell_age(root: &TrustRoot, speech: &Speech) -> anyhow::Result<()> {
    let now = u64::try_from(jiff::Timestamp::now().as_second()).context("this machine's clock stands before 1970")?;
    if let Some(days) = root.old(now) {
        let age = format!(
            "the trust root is {days} days old; signatures by newer logs and authorities are refused until `weighbridge trust update`"
        );
        speech::note(speech, &age);
    }
    Ok(())
}

/// Where the trust root of an instance is kept: in the user's data, by the XDG base directory specification; on Windows where
/// programs keep what belongs to this machine alone.
fn folder(instance: Instance) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME")
        .or_else(|| if cfg!(windows) { absolute("LOCALAPPDATA") } else { None })
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("share")))?;
    Some(data.join("weighbridge").join("trust").join(instance.name()))
}

fn terminal(root: &TrustRootShown, kept: Option<&Path>, speech: &Speech, out: &mut dyn Write) -> io::Result<()> {
    if speech.quiet {
        return Ok(());
    }
    writeln!(out, "{BOLD}{}{BOLD:#}", plain(&root.age.source))?;
    let mut labelled = |label: &str, text: &str| writeln!(out, "  {label:<10}  {}", plain(text));
    if let Some(as_of) = &root.age.as_of {
        labelled("as of", as_of)?;
    }
    if let Some(newest) = &root.age.newest {
        labelled("newest key", &format!("from {newest}"))?;
    }
    if let Some(kept) = kept {
        labelled("kept in", &place::shown(kept))?;
    }
    let parts = [
        ("logs of signatures", &root.logs),
        ("logs of certificates", &root.certificate_logs),
        ("certificate authorities", &root.certificate_authorities),
        ("timestamp authorities", &root.timestamp_authorities),
    ];
    for (what, all) in parts {
        writeln!(out, "\n{BOLD}{what}{BOLD:#}")?;
        if all.is_empty() {
            writeln!(out, "  none")?;
        }
        for one in all {
            writeln!(out, "  {}", plain(&line(one)))?;
        }
    }
    Ok(())
}

fn line(one: &Trusted) -> String {
    let start = one.start.as_deref().unwrap_or("an unknown time");
    match &one.end {
        Some(end) => format!("{}  from {start} to {end}", one.name),
        None => format!("{}  from {start}", one.name),
    }
}
