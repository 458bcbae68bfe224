//! A report to GitHub: to the pull request or commit that the event names. Believes nothing of the report but what it says of itself,
//! opens no artifact, and never decides.

mod check_run;
mod client;
mod code_scanning;
mod commands;
mod comment;
mod context;
mod error;
mod files;
mod ours;
mod review;
mod status;
mod words;

pub use client::{Client, Pace};
pub use context::{Context, EVENT_CEILING, Environment, Pull, Run, Subject};
pub use error::GithubError;

use crate::verdict::{JudgedFrom, Report, Verdict};
use client::encoded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of the JSON shape of what was published.
pub const SCHEMA: &str = "weighbridge/publication/v1";

/// Bytes that GitHub takes as the summary of one step ("Workflow commands for GitHub Actions").
pub const SUMMARY_CEILING: usize = 1 << 20;

/// Where a report can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outlet {
    /// A check run on the head commit, with annotations.
    CheckRun,
    /// A comment on each denied file of the pull request.
    Review,
    /// One comment in the pull request.
    Comment,
    /// The summary of the workflow's job.
    Summary,
    /// A commit status on the head commit.
    Status,
    /// Code scanning alerts.
    Sarif,
}

impl Outlet {
    /// The permission that a workflow's token needs for it.
    #[must_use]
    pub fn permission(self) -> Option<&'static str> {
        match self {
            Self::CheckRun => Some("checks: write"),
            Self::Review | Self::Comment => Some("pull-requests: write"),
            Self::Summary => None,
            Self::Status => Some("statuses: write"),
            Self::Sarif => Some("security-events: write"),
        }
    }
}

/// What became of an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// It was written for the first time.
    Created,
    /// What was there was brought up to date.
    Updated,
    /// What was there is up to date.
    Unchanged,
    /// There was nothing to write, or it must not be written.
    Skipped,
    /// The token may not write it.
    Denied,
    /// It could not be written.
    Failed,
}

/// What became of one outlet, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Told {
    /// The outlet.
    pub outlet: Outlet,
    /// What became of it.
    pub done: Done,
    /// More in plain words, escaped.
    pub detail: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Publication {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// `owner/name`.
    pub repository: String,
    /// The commit.
    pub commit: String,
    /// The pull request, if there is one.
    pub pull_request: Option<u64>,
    /// Whether this workflow made the report, over content. What another one made is never shown as a success.
    pub vouched: bool,
    /// What became of each outlet, in the order of the outlets.
    pub outlets: Vec<Told>,
    /// Lines for the runner's log (workflow commands), where GitHub could not be told.
    pub commands: Vec<String>,
    /// What was not possible, and which permissions would allow it.
    pub notes: Vec<String>,
}

impl Publication {
    /// Whether something was to be published and could not be.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.outlets.iter().any(|told| told.done == Done::Failed)
    }
}

/// The file of the job's summary.
pub struct StepSummary<'a> {
    /// Bytes that still fit.
    pub room: usize,
    /// Appends to it.
    pub append: &'a mut dyn FnMut(&str) -> std::io::Result<()>,
}

/// A report on its way to GitHub.
pub struct Submission<'a> {
    /// The report, which does not contradict itself ([`crate::verdict::contradiction`]).
    pub report: &'a Report,
    /// SHA-256 of the report as it was given.
    pub digest: &'a str,
    /// Where it goes.
    pub context: Context,
    /// The name of the check run and status, which tells the comments of several runs apart.
    pub name: &'a str,
    /// The files of the pull request by git, asked when GitHub does not list them all.
    pub files: &'a dyn Fn() -> Option<Vec<String>>,
}

impl Submission<'_> {
    /// Why the report must not become a success; `None` when it may.
    fn doubt(&self) -> Option<&'static str> {
        if !self.context.own {
            Some("another workflow made this report, and the pull request may have changed that workflow")
        } else if self.report.judged_from == JudgedFrom::Facts {
            Some("the report stands on facts that were given, and no content was read")
        } else {
            None
        }
    }

    /// What the report comes to on GitHub, or why it must not be said.
    fn conclusion(&self) -> Result<Conclusion, &'static str> {
        match (Conclusion::of(self.report), self.doubt()) {
            (Conclusion::Failure, _) => Ok(Conclusion::Failure),
            (conclusion, None) => Ok(conclusion),
            (_, Some(doubt)) => Err(doubt),
        }
    }

    /// Whether there is something to tell.
    fn loud(&self) -> bool {
        self.report.verdict == Verdict::Failed || self.report.summary.warned > 0
    }
}

/// A check run's conclusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conclusion {
    Success,
    Failure,
    /// Denied, and let through by `--audit`.
    Neutral,
}

impl Conclusion {
    /// What was not read is a failure whatever was asked for, because `neutral` lets a merge through.
    fn of(report: &Report) -> Self {
        let unread = report.artifacts.iter().any(|artifact| {
            artifact.verdict == Verdict::Failed && artifact.incomplete.iter().any(|record| !record.waived)
        });
        match report.verdict {
            Verdict::Passed => Self::Success,
            Verdict::Failed if report.audit && !unread && report.errors.is_empty() => Self::Neutral,
            Verdict::Failed => Self::Failure,
        }
    }
}

/// What an outlet came to, before it is told which outlet it was.
struct Outcome {
    done: Done,
    detail: Option<String>,
    url: Option<String>,
}

impl Outcome {
    fn new(done: Done, url: Option<String>) -> Self {
        Self { done, detail: None, url }
    }

    fn skipped(detail: &str) -> Self {
        Self { done: Done::Skipped, detail: Some(detail.to_owned()), url: None }
    }
}

/// Publishes a report to the outlets. Without a client, or where its token may not write, the job's summary and workflow commands take
/// what the others could not.
pub fn publish(
    mut submission: Submission<'_>,
    mut client: Option<Client>,
    outlets: &[Outlet],
    mut summary: Option<StepSummary<'_>>,
) -> Publication {
    let mut outlets = outlets.to_vec();
    outlets.sort_unstable();
    outlets.dedup();
    let found = client.as_mut().map_or(Ok(()), |client| find_pull(client, &mut submission.context));
    let mut told: Vec<Told> = Vec::new();
    for outlet in outlets {
        let outcome = match (outlet, &mut client) {
            (Outlet::Summary, _) => append(&submission, &mut summary),
            (Outlet::Review | Outlet::Comment, _) if submission.context.own && submission.context.pull().is_none() => {
                Ok(Outcome::skipped("the event is about no pull request"))
            }
            (_, None) => Ok(Outcome { done: Done::Denied, detail: Some("there is no token".to_owned()), url: None }),
            (Outlet::CheckRun, Some(client)) => check_run::publish(client, &submission),
            (Outlet::Status, Some(client)) => status::publish(client, &submission),
            (Outlet::Sarif, Some(client)) => code_scanning::publish(client, &submission),
            (Outlet::Review | Outlet::Comment, Some(client)) => {
                found.clone().and_then(|()| match submission.context.pull() {
                    None => Ok(Outcome::skipped(
                        "no open pull request has this commit as its head: it has moved on, or is closed",
                    )),
                    Some(number) if outlet == Outlet::Review => review::publish(client, &submission, number),
                    Some(number) => comment::publish(client, &submission, number),
                })
            }
        };
        told.push(tell(outlet, outcome));
    }
    let mut publication = Publication {
        schema: SCHEMA.to_owned(),
        repository: submission.context.repository.clone(),
        commit: submission.context.head.clone(),
        pull_request: submission.context.pull(),
        vouched: submission.doubt().is_none(),
        outlets: told,
        commands: Vec::new(),
        notes: Vec::new(),
    };
    if publication.outlets.iter().any(|told| told.done == Done::Denied) {
        fall_back(&submission, &mut publication, &mut summary);
    }
    publication
}

fn tell(outlet: Outlet, outcome: Result<Outcome, GithubError>) -> Told {
    match outcome {
        Ok(Outcome { done, detail, url }) => Told { outlet, done, detail, url },
        Err(error) => {
            let done = if matches!(error, GithubError::Denied { .. }) { Done::Denied } else { Done::Failed };
            Told { outlet, done, detail: Some(error.to_string()), url: None }
        }
    }
}

/// Shows the report where no permission is needed, and says which one was missing.
fn fall_back(submission: &Submission<'_>, publication: &mut Publication, summary: &mut Option<StepSummary<'_>>) {
    if !publication.outlets.iter().any(|told| told.outlet == Outlet::Summary) && summary.is_some() {
        publication.outlets.push(tell(Outlet::Summary, append(submission, summary)));
    }
    publication.commands = commands::lines(submission);
    let denied = publication.outlets.iter().filter(|told| told.done == Done::Denied);
    let mut missing: Vec<&str> = denied.filter_map(|told| told.outlet.permission()).collect();
    missing.dedup();
    publication.notes.push(format!(
        "GitHub could not be told everything: the token is missing, or may not write. It would take `permissions:` with {} in the workflow. The \
         token of a pull request from a fork only reads: a second workflow, for `workflow_run`, can publish its report",
        missing.iter().map(|permission| format!("`{permission}`")).collect::<Vec<_>>().join(", ")
    ));
}

/// Appends to the job's summary.
fn append(submission: &Submission<'_>, summary: &mut Option<StepSummary<'_>>) -> Result<Outcome, GithubError> {
    let Some(summary) = summary else { return Ok(Outcome::skipped("GITHUB_STEP_SUMMARY is not set")) };
    // A line end before and behind, because something may stand there already.
    let room = summary.room.min(SUMMARY_CEILING).saturating_sub(2);
    let text = words::page(submission, room);
    if text.len() > room {
        return Ok(Outcome::skipped("the summary of this step is full"));
    }
    (summary.append)(&format!("\n{text}\n")).map_err(|error| GithubError::Summary(error.to_string()))?;
    Ok(Outcome::new(Done::Created, None))
}

/// A pull request of a list.
#[derive(Deserialize)]
struct Listed {
    number: u64,
    head: ListedHead,
}

#[derive(Deserialize)]
struct ListedHead {
    sha: String,
}

/// Finds the pull request that another workflow's run was for: open, from that branch, and still at that commit.
fn find_pull(client: &mut Client, context: &mut Context) -> Result<(), GithubError> {
    let Subject::Branch { owner, branch } = &context.subject else { return Ok(()) };
    let path = format!("/repos/{}/pulls?state=open&head={}:{}", context.repository, encoded(owner), encoded(branch));
    let (numbers, _) =
        client.list(&path, None, 3, |pull: Listed| (pull.head.sha == context.head).then_some(pull.number))?;
    context.subject = match numbers.into_iter().min() {
        Some(number) => Subject::Pull(Pull { number, changed_files: None }),
        None => Subject::Commit,
    };
    Ok(())
}
