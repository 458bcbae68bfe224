//! `weighbridge init`: a configuration and a workflow to start from. Never replaces a file that it was not told to.

use crate::cli::arguments::Speech;
use crate::cli::exit::Exit;
use crate::cli::speech;
use crate::place;
use anyhow::{Context as _, bail};
use std::io::Write as _;
use std::path::Path;

/// What is written, and where.
const FILES: [(&str, &str); 2] = [
    ("weighbridge.yaml", include_str!("init/weighbridge.yaml")),
    (".github/workflows/weighbridge.yml", include_str!("init/workflow.yml")),
];

/// Writes the files below `folder`: all of them, or none when one exists and `force` is not given.
pub(super) fn init(folder: &Path, force: bool, speech: &Speech) -> anyhow::Result<Exit> {
    let shown = |name: &str| place::shown(&folder.join(name));
    if !folder.is_dir() {
        bail!("{}: not a directory; name the folder of a repository", place::shown(folder));
    }
    let there: Vec<String> = FILES
        .iter()
        .filter(|(name, _)| std::fs::symlink_metadata(folder.join(name)).is_ok())
        .map(|(name, _)| shown(name))
        .collect();
    if !force && !there.is_empty() {
        bail!("{}: already there, nothing was written; use --force to replace", there.join(", "));
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            let mut options = std::fs::OpenOptions::new();
            // Without --force a file that came in the meantime is not replaced either.
            options.write(true).create_new(!force).create(force).truncate(force);
            options.open(&path)?.write_all(text.as_bytes())
        };
        write().with_context(|| format!("{}: cannot be written; check the folder's permissions", shown(name)))?;
    }
    speech::write(speech, None, |out| {
        for (name, _) in FILES {
            writeln!(out, "wrote {}", shown(name))?;
        }
        writeln!(
            out,
            "next: set the commit of weighbridge and the path of your models in the workflow, then try `weighbridge check PATH` here"
        )
    })?;
    Ok(Exit::Passed)
}
