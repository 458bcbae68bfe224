//! `weighbridge policy build`: packs a policy into one file.

use crate::cli::arguments::Speech;
use crate::cli::exit::Exit;
use crate::cli::judging::program;
use crate::cli::policy::{counted, shown, write};
use crate::cli::speech;
use crate::policy::{self, Judge, PolicySet};
use anyhow::bail;
use std::path::Path;

/// Writes the archive of a policy that can judge, and says by what it is known.
pub(super) fn build(policy: &Path, output: &Path, revision: Option<&str>, speech: &Speech) -> anyhow::Result<Exit> {
    if !policy.is_dir() {
        bail!("{}: not a directory; name the folder that holds the policy", shown(policy));
    }
    Judge::new(&PolicySet::to_test(policy)?, &program()?)?;
    let packed = policy::pack(&PolicySet::only(policy)?, revision)?;
    write(output, &packed.bytes)?;
    speech::write(speech, None, |out| {
        if speech.quiet {
            return writeln!(out, "{}", packed.file_digest);
        }
        let (modules, data) = (counted(packed.modules, "module"), counted(packed.data, "data document"));
        writeln!(out, "wrote {}: {modules}, {data}", shown(output))?;
        if packed.tests > 0 {
            writeln!(out, "left out {}: tests judge nothing", counted(packed.tests, "module"))?;
        }
        writeln!(out, "file      {}", packed.file_digest)?;
        writeln!(out, "policy    {}", packed.digest)?;
        writeln!(out, "revision  {}", crate::report::plain(&packed.revision))
    })?;
    Ok(Exit::Passed)
}
