//! `weighbridge policy`: to check, write, test, describe, pack, sign and verify policies.

mod build;
mod check;
mod docs;
mod new;
mod sign;
mod test;
mod verify;

use crate::cli::arguments::{PolicyCommand, Speech};
use crate::cli::exit::Exit;
use crate::place::shown;
use anyhow::Context as _;
use std::path::Path;

/// Carries out one of them.
pub(super) fn policy(command: &PolicyCommand, speech: &Speech) -> anyhow::Result<Exit> {
    match command {
        PolicyCommand::Check { directory, format } => check::check(directory, *format, speech),
        PolicyCommand::New { id, folder } => new::new(id, folder, speech),
        PolicyCommand::Test { policy, coverage, run, format, output } => {
            test::test(policy, *coverage, run.as_ref(), *format, output, speech)
        }
        PolicyCommand::Docs { policy, folder } => docs::docs(policy, folder.as_deref(), speech),
        PolicyCommand::Build { policy, output, revision } => build::build(policy, output, revision.as_deref(), speech),
        PolicyCommand::Sign { policy, signing } => sign::sign(policy, signing, speech),
        PolicyCommand::Verify { policy, verifying, format, output } => {
            verify::verify(policy, verifying, *format, output, speech)
        }
    }
}

/// Writes a file and the folders above it.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let write = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(path, content)
    };
    write().with_context(|| format!("{}: cannot be written; check the path and its permissions", shown(path)))
}
