//! `weighbridge policy docs`: pages about rules.

use crate::cli::arguments::Speech;
use crate::cli::exit::Exit;
use crate::cli::judging::program;
use crate::cli::policy::write;
use crate::cli::speech::{self, counted};
use crate::files::Disk;
use crate::place::shown;
use crate::policy::{self, PolicySet};
use anyhow::{Context as _, bail};
use std::path::{Component, Path, PathBuf};

/// Writes the pages of a directory's rules, and never over what a person wrote.
pub(super) fn docs(policy: &Path, folder: Option<&Path>, speech: &Speech) -> anyhow::Result<Exit> {
    if !policy.is_dir() {
        bail!("{}: not a directory; name the folder that holds the policy", shown(policy));
    }
    let source = folder.map(|folder| between(folder, policy)).transpose()?;
    let pages = policy::docs(&PolicySet::to_test(policy, &Disk)?, source.as_deref(), &program()?)?;
    let folder = folder.unwrap_or(policy);
    for page in &pages {
        let path = folder.join(&page.path);
        let there = std::fs::symlink_metadata(&path).is_ok();
        if there && !std::fs::read_to_string(&path).is_ok_and(|text| text.starts_with(policy::GENERATED)) {
            bail!(
                "{}: already there and not written by this command, nothing was written; move it, or give -o another folder",
                shown(&path)
            );
        }
    }
    for page in &pages {
        write(&folder.join(&page.path), page.text.as_bytes())?;
    }
    let rules = pages.len().saturating_sub(1);
    speech::write(speech, None, |out| {
        if speech.quiet {
            return Ok(());
        }
        writeln!(out, "wrote {} and the index {}", counted(rules, "page"), shown(&folder.join("README.md")))
    })?;
    Ok(Exit::Passed)
}

/// The way from one folder to another, for links. The first need not exist yet.
fn between(from: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(from)
        .with_context(|| format!("{}: cannot be made a folder; check the path", shown(from)))?;
    let whole = |path: &Path| path.canonicalize().with_context(|| format!("{}: cannot be opened", shown(path)));
    let (from, to) = (whole(from)?, whole(to)?);
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    Ok(up.chain(to.components().skip(shared)).collect())
}
