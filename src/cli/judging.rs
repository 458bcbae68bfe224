//! The commands that read and judge: `check`, `facts`, `eval`.

use crate::cli::arguments::{Changing, Configured, FactsFormat, Judging, Output, ReportOutput, Speech, Time};
use crate::cli::changed::{self, Choice};
use crate::cli::exit::Exit;
use crate::cli::progress::Bar;
use crate::cli::setup::{self, Base, Setup};
use crate::cli::{given, outlet, paths, signers, speech};
use crate::config;
use crate::gate::{self, Options, Terms};
use crate::report;
use crate::repository;
use crate::verdict::Report;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// `weighbridge check`.
pub(super) fn check(
    named: &[PathBuf],
    changing: &Changing,
    judging: &Judging,
    time: &Time,
    output: &ReportOutput,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let now = evaluated_at(time);
    let setup = Setup::for_judging(judging, &now)?;
    let paths = setup.split(paths::expand(named));
    paths::keep(&inputs(&paths, judging, &setup), outlet::files(output))?;
    let Choice { paths, changed, note } = changed::choose(changing, named, paths)?;
    if let Some(note) = note {
        speech::note(speech, &note);
    }
    let bar = Bar::new(&paths, speech.quiet);
    let terms = Terms {
        evaluated_at: &now,
        fail_on: setup.fail_on,
        exclude: &setup.config.exclude.matcher(),
        waivers: &setup.waivers(&now)?,
        audit: judging.audit,
        replay: time.evaluated_at.is_some(),
        signing: false,
    };
    let options = Options { limits: &setup.config.limits, progress: &bar, known: &setup.known, terms };
    let mut checked = gate::check(&paths, &setup.layers, &program()?, &options)?;
    bar.finish();
    place(&mut checked.report, &setup);
    checked.report.changed = changed;
    outlet::write(&checked.report, output, speech)
}

/// Says of which commits and which folder of the repository a report is.
pub(super) fn place(report: &mut Report, setup: &Setup) {
    report.policy.base = setup.base();
    report.prefix = repository::prefix(Path::new("."));
    if report.prefix.is_some() {
        report.commits = repository::commits(Path::new("."));
    }
}

/// `weighbridge eval`.
pub(super) fn eval(
    files: &[PathBuf],
    judging: &Judging,
    time: &Time,
    explain: bool,
    output: &ReportOutput,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let setup = Setup::for_judging(judging, &evaluated_at(time))?;
    paths::keep(&inputs(files, judging, &setup), outlet::files(output))?;
    let mut facts = Vec::new();
    for file in files {
        facts.extend(given::facts(file)?);
    }
    if let Some(time) = &time.evaluated_at {
        facts.iter_mut().for_each(|facts| facts.evaluated_at.clone_from(time));
    }
    // RFC 3339 in UTC sorts as text; facts of one run carry one time.
    let newest = facts.iter().map(|facts| facts.evaluated_at.clone()).max().unwrap_or_default();
    let terms = Terms {
        evaluated_at: &newest,
        fail_on: setup.fail_on,
        exclude: &setup.config.exclude.matcher(),
        waivers: &setup.waivers(&newest)?,
        audit: judging.audit,
        replay: time.evaluated_at.is_some(),
        signing: false,
    };
    let mut report = gate::evaluate(&facts, &setup.layers, &program()?, &terms, explain)?;
    report.policy.base = setup.base();
    outlet::write(&report, output, speech)
}

/// `weighbridge facts`.
pub(super) fn facts(
    named: &[PathBuf],
    format: FactsFormat,
    configured: &Configured,
    time: &Time,
    output: &Output,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let (config, _) = setup::configuration(configured, Base::new(configured, std::iter::empty())?.files())?;
    let (known, _) = signers::of_models(&config)?;
    let paths = setup::split(&config, paths::expand(named));
    if format == FactsFormat::Json && paths.len() != 1 {
        bail!("{} artifacts are named and JSON holds the facts of one; use --format jsonl", paths.len());
    }
    paths::keep(&paths, output.output.as_deref())?;
    let bar = Bar::new(&paths, speech.quiet);
    let now = evaluated_at(time);
    let mut failed = None;
    speech::write(speech, output.output.as_deref(), |out| {
        for path in &paths {
            match (gate::read(path, &config.limits, &now, &bar, &known), format) {
                (Ok(facts), FactsFormat::Json) => report::json(&facts, out)?,
                (Ok(facts), FactsFormat::Jsonl) => report::json_line(&facts, out)?,
                (Err(error), _) => {
                    // The first that cannot be opened at all decides the exit code; the others are still told.
                    if let Some(before) = failed.replace(error) {
                        speech::error(speech.color, &before.to_string());
                    }
                }
            }
        }
        Ok(())
    })?;
    bar.finish();
    failed.map_or(Ok(Exit::Passed), |error| Err(error.into()))
}

/// What no output may be written over: what is judged, and the files that judge it.
pub(super) fn inputs(judged: &[PathBuf], judging: &Judging, setup: &Setup) -> Vec<PathBuf> {
    let configured = judging.configured.config.clone().unwrap_or_else(|| PathBuf::from(config::FILE));
    let named = &judging.policies;
    let policies = setup.config.policy.iter().map(|named| &named.source);
    let policies = policies.chain(&named.policy).chain(&named.organisation).chain(&named.policy_signers);
    judged.iter().chain([&configured]).chain(policies).chain(&setup.config.waivers).cloned().collect()
}

/// This program's own file.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("the program's own file cannot be found")
}

fn evaluated_at(time: &Time) -> String {
    time.evaluated_at.clone().unwrap_or_else(now)
}

/// The time, RFC 3339 in UTC.
pub(super) fn now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| jiff::Timestamp::now()).to_string()
}
