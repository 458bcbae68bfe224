//! `weighbridge policy build`: packs a policy into one file.

use crate::cli::arguments::Speech;
use crate::cli::exit::Exit;
use crate::cli::judging::program;
use crate::cli::policy::write;
use crate::cli::speech::{self, counted};
use crate::config::{self, Config};
use crate::files::Disk;
use crate::place::shown;
use crate::policy::{self, Judge, PolicySet};
use anyhow::{Context as _, bail};
use std::path::Path;

/// Writes the archive of a policy that can judge, and says by what it is known.
pub(super) fn build(policy: &Path, output: &Path, revision: Option<&str>, speech: &Speech) -> anyhow::Result<Exit> {
    if !policy.is_dir() {
        bail!("{}: not a directory; name the folder that holds the policy", shown(policy));
    }
    Judge::new(&PolicySet::to_test(policy, &Disk)?, &program()?)?;
    let configuration = configuration(policy)?;
    let packed = policy::pack(&PolicySet::only(policy, &Disk)?, revision, configuration.as_deref())?;
    write(output, &packed.bytes)?;
    speech::write(speech, None, |out| {
        if speech.quiet {
            return writeln!(out, "{}", packed.file_digest);
        }
        let (modules, data) = (counted(packed.modules, "module"), counted(packed.data, "data document"));
        writeln!(out, "wrote {}: {modules}, {data}", shown(output))?;
        if configuration.is_some() {
            writeln!(out, "with weighbridge.yaml, which holds where the archive is an --organisation")?;
        }
        if packed.tests > 0 {
            writeln!(out, "left out {}: tests judge nothing", counted(packed.tests, "module"))?;
        }
        writeln!(out, "file      {}", packed.file_digest)?;
        writeln!(out, "policy    {}", packed.digest)?;
        writeln!(out, "revision  {}", crate::report::plain(&packed.revision))
    })?;
    Ok(Exit::Passed)
}

/// The text of the configuration in a policy's folder, when it is one that an archive can carry.
fn configuration(policy: &Path) -> anyhow::Result<Option<String>> {
    let file = policy.join(config::FILE);
    if std::fs::symlink_metadata(&file).is_err() {
        return Ok(None);
    }
    Config::read(&file, &Disk)?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", shown(&file)))?;
    Config::parse_packed(&text, &shown(&file))?;
    Ok(Some(text))
}
