//! `weighbridge policy new`: a rule and its test to begin with.

use crate::cli::arguments::Speech;
use crate::cli::exit::Exit;
use crate::cli::speech;
use crate::place::shown;
use crate::policy::{self, PolicySet};
use anyhow::{Context as _, anyhow, bail};
use std::io::Write as _;
use std::path::Path;

/// Writes both files, or neither when one is there.
pub(super) fn new(id: &str, folder: &Path, speech: &Speech) -> anyhow::Result<Exit> {
    let files = policy::scaffold(id, &PolicySet::embedded()?).map_err(|what| anyhow!(what))?;
    for (name, _) in &files {
        if std::fs::symlink_metadata(folder.join(name)).is_ok() {
            bail!("{}: already there, nothing was written; choose another id or folder", shown(&folder.join(name)));
        }
    }
    for (name, text) in &files {
        let path = folder.join(name);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            // A file that came in the meantime is not replaced either.
            std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(text.as_bytes())
        };
        write().with_context(|| format!("{}: cannot be written; check the folder's permissions", shown(&path)))?;
    }
    let dir = shown(folder);
    speech::write(speech, None, |out| {
        for (name, _) in &files {
            writeln!(out, "wrote {}", shown(&folder.join(name)))?;
        }
        writeln!(out, "next: change the words and the condition, then run `weighbridge policy check {dir}` and")?;
        writeln!(out, "      `weighbridge policy test {dir}`; `weighbridge check PATH --policy {dir}` judges with it")
    })?;
    Ok(Exit::Passed)
}
