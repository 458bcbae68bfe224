//! `weighbridge publish`: shows a report on GitHub. Reads the environment, the event's file and the report; never changes the verdict.

use crate::cli::arguments::{Format, Outlet, Publishing, Speech};
use crate::cli::exit::Exit;
use crate::cli::{event, given, speech};
use crate::digest;
use crate::github::{
    self, Client, Context, Done, EVENT_CEILING, Environment, Pace, Publication, SUMMARY_CEILING, StepSummary,
    Submission,
};
use crate::place;
use crate::report::{self, plain};
use crate::repository::{Change, Changes, Commit};
use crate::verdict::{Report, SCHEMA, contradiction};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Publishes a report.
pub(super) fn publish(report: &Path, publishing: &Publishing, format: Format, speech: &Speech) -> anyhow::Result<Exit> {
    let (report, digest) = read(report)?;
    let payload = match variable("GITHUB_EVENT_PATH") {
        Some(path) => Some(payload(Path::new(&path))?),
        None => None,
    };
    let context = Context::read(&Environment {
        variable: &variable,
        event: payload.as_deref(),
        allow_fork_head: publishing.allow_fork_head,
    })?;
    let in_actions = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let token = variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN"));
    if token.is_none() && !in_actions {
        bail!(
            "GITHUB_TOKEN is not set, so nothing can be published; set it to a token that may write to the repository"
        );
    }
    let pace = Pace { total: Duration::from_secs(publishing.time_limit), ..Pace::default() };
    let client = token.map(|token| Client::new(&context.api, context.graphql.as_deref(), &token, pace)).transpose()?;
    let submission = Submission { report: &report, digest: &digest, context, name: &publishing.name, files: &by_git };
    let outlets: Vec<github::Outlet> = publishing.to.iter().map(|outlet| (*outlet).into()).collect();
    let summary = variable("GITHUB_STEP_SUMMARY").map(PathBuf::from);
    let publication = match &summary {
        Some(file) => {
            let there = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
            let room = SUMMARY_CEILING.saturating_sub(usize::try_from(there).unwrap_or(usize::MAX));
            let mut append = |text: &str| {
                std::fs::OpenOptions::new().append(true).create(true).open(file)?.write_all(text.as_bytes())
            };
            github::publish(submission, client, &outlets, Some(StepSummary { room, append: &mut append }))
        }
        None => github::publish(submission, client, &outlets, None),
    };
    tell(&publication, format, in_actions, speech)
}

/// The report, which is somebody's word: of this version, and without a contradiction. Also gives the digest of its bytes.
fn read(path: &Path) -> anyhow::Result<(Report, String)> {
    /// The one field that says whether the others can be understood.
    #[derive(Deserialize)]
    struct Header {
        schema: String,
    }
    let shown = place::shown(path);
    let bytes = given::bytes(path, "give a report that `weighbridge check --format json` wrote")?;
    let Header { schema } = serde_json::from_slice(&bytes)
        .with_context(|| format!("{shown}: not a report; give what `weighbridge check --format json` writes"))?;
    if schema != SCHEMA {
        let schema = place::escape_cut(schema.as_bytes(), 80);
        bail!("{shown}: of schema `{schema}`; this version reads `{SCHEMA}`; check again with it");
    }
    let report: Report = serde_json::from_slice(&bytes).with_context(|| {
        format!("{shown}: not of the shape that `weighbridge schema report` prints; check again with this version")
    })?;
    if let Some(what) = contradiction(&report) {
        bail!(
            "{shown}: contradicts itself: {what}\nnothing was published; check again, and publish what `check` wrote, unchanged"
        );
    }
    Ok((report, digest::of(&bytes).sha256))
}

/// The event's file, bounded.
fn payload(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = place::shown(path);
    let file = std::fs::File::open(path)
        .with_context(|| format!("GITHUB_EVENT_PATH: {shown} cannot be opened; set it to the event's file"))?;
    let mut bytes = Vec::new();
    file.take(EVENT_CEILING.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("GITHUB_EVENT_PATH: {shown} cannot be read; set it to the event's file"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > EVENT_CEILING {
        bail!("GITHUB_EVENT_PATH: {shown} has more than {EVENT_CEILING} bytes, which no event of GitHub has");
    }
    Ok(bytes)
}

/// The files that the pull request adds or modifies, by the checkout; `None` without its commits. A checkout of something else knows nothing
/// of the pull request.
fn by_git() -> Option<Vec<String>> {
    let span = event::span().ok()??;
    let here = Path::new(".");
    let head = Commit::find(here, "HEAD").ok()?;
    if !head.holds(&span.newest).ok()? {
        return None;
    }
    let changes = Changes::since(&Commit::find(here, &span.revision).ok()?, span.counted).ok()??;
    let altered = changes.paths().iter().filter(|(_, change)| **change == Change::Altered);
    // GitHub has no other names than those of UTF-8.
    Some(altered.filter_map(|(path, _)| String::from_utf8(path.clone()).ok()).collect())
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn tell(publication: &Publication, format: Format, in_actions: bool, speech: &Speech) -> anyhow::Result<Exit> {
    let failed = publication.outlets.iter().filter(|told| told.done == Done::Failed);
    for told in failed {
        let (outlet, detail) = (word(&told.outlet), told.detail.as_deref().unwrap_or_default());
        speech::error(speech.color, &format!("{outlet}: not published: {detail}"));
    }
    let shown = in_actions
        || publication.outlets.iter().any(|told| told.outlet == github::Outlet::Summary && told.done == Done::Created);
    let denied = publication.outlets.iter().find(|told| told.done == Done::Denied).filter(|_| !shown);
    if let Some(told) = denied {
        let (outlet, detail) = (word(&told.outlet), told.detail.as_deref().unwrap_or_default());
        speech::error(
            speech.color,
            &format!("{outlet}: not published, and there is no job's summary to show it in: {detail}"),
        );
    }
    // The runner reads commands from both streams; a program reads standard output.
    if in_actions {
        let mut stderr = std::io::stderr().lock();
        for line in &publication.commands {
            // Standard error may be closed; the exit code of `check` says it all then.
            let _ = writeln!(stderr, "{line}");
        }
    }
    match format {
        Format::Json => speech::write(speech, None, |out| report::json(publication, out))?,
        Format::Terminal if speech.quiet => {}
        Format::Terminal => speech::write(speech, None, |out| {
            for told in &publication.outlets {
                let url = told.url.as_deref().unwrap_or_default();
                let detail = told.detail.as_deref().unwrap_or_default();
                let line = format!("{:10} {:9} {detail} {url}", word(&told.outlet), word(&told.done));
                writeln!(out, "{}", plain(line.trim_end()))?;
            }
            publication.notes.iter().try_for_each(|note| writeln!(out, "{}", plain(note)))
        })?,
    }
    Ok(if publication.failed() || denied.is_some() { Exit::NoJudgement } else { Exit::Passed })
}

/// A word as JSON has it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl From<Outlet> for github::Outlet {
    fn from(outlet: Outlet) -> Self {
        match outlet {
            Outlet::CheckRun => Self::CheckRun,
            Outlet::Review => Self::Review,
            Outlet::Comment => Self::Comment,
            Outlet::Summary => Self::Summary,
            Outlet::Status => Self::Status,
            Outlet::Sarif => Self::Sarif,
        }
    }
}
