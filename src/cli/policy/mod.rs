//! `weighbridge policy`: what can be done with policies before they judge.

mod check;

use crate::cli::arguments::{PolicyCommand, Speech};
use crate::cli::exit::Exit;

/// Runs one of the commands.
pub(super) fn policy(command: &PolicyCommand, speech: &Speech) -> anyhow::Result<Exit> {
    match command {
        PolicyCommand::Check { directory, format } => check::check(directory, *format, speech),
    }
}
