//! What `weighbridge publish` is told: where a report is shown, and under which name.

use clap::{Args, ValueEnum};

/// Where and how a report is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct Publishing {
    /// Where to show it
    #[arg(long, value_enum, value_name = "OUTLET", value_delimiter = ',',
        default_values_t = [Outlet::CheckRun, Outlet::Review, Outlet::Comment, Outlet::Summary])]
    pub to: Vec<Outlet>,
    /// The name of the check run, which tells several reports of one pull request apart
    #[arg(long, value_name = "NAME", default_value = "weighbridge", value_parser = run_name)]
    pub name: String,
    /// Publish for `pull_request_target` although the pull request comes from a fork
    #[arg(long)]
    pub allow_fork_head: bool,
    /// How long it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub time_limit: u64,
}

/// A place where a report can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Outlet {
    /// A check run on the commit, with a note on each finding
    CheckRun,
    /// A comment on each denied file of the pull request
    Review,
    /// One comment in the pull request, kept up to date
    Comment,
    /// The summary of the job
    Summary,
    /// A commit status
    Status,
    /// Code scanning alerts
    Sarif,
}

/// A name that can stand in a hidden comment of Markdown.
fn run_name(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || " ._/()-".contains(character);
    let fits = (1..=60).contains(&text.len()) && text.trim() == text && !text.contains("--") && text.chars().all(plain);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("not 1 to 60 letters, digits, spaces or any of `._/()-`, without `--`".to_owned())
    }
}
