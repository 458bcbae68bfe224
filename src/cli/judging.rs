//! The commands that read and judge: `check`, `facts`, `eval`.

use crate::cli::arguments::{Configured, FactsFormat, Format, Judging, Output, Policies, ReportOutput, Speech, Time};
use crate::cli::exit::Exit;
use crate::cli::progress::Bar;
use crate::cli::{given, paths, speech, tell};
use crate::config::{self, Config};
use crate::gate::{self, Options};
use crate::policy::PolicySet;
use crate::report;
use crate::verdict::{Level, Report};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// `weighbridge check`.
pub(super) fn check(
    named: &[PathBuf],
    judging: &Judging,
    time: &Time,
    output: &ReportOutput,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let (config, owner) = configuration(&judging.configured)?;
    let set = policies(&config, &owner, &judging.policies)?;
    let paths = paths::expand(named);
    paths::keep(&paths, output.output.output.as_deref())?;
    let bar = Bar::new(&paths, speech.quiet);
    let options = Options {
        limits: &config.limits,
        evaluated_at: &evaluated_at(time),
        fail_on: fail_on(&config, judging),
        progress: &bar,
    };
    let checked = gate::check(&paths, &set, &program()?, &options)?;
    bar.finish();
    write(&checked.report, output, speech)
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
    let (config, owner) = configuration(&judging.configured)?;
    let set = policies(&config, &owner, &judging.policies)?;
    paths::keep(files, output.output.output.as_deref())?;
    let mut facts = Vec::new();
    for file in files {
        facts.extend(given::facts(file)?);
    }
    if let Some(time) = &time.evaluated_at {
        facts.iter_mut().for_each(|facts| facts.evaluated_at.clone_from(time));
    }
    // RFC 3339 in UTC sorts as text; facts of one run carry one time.
    let newest = facts.iter().map(|facts| facts.evaluated_at.clone()).max().unwrap_or_default();
    let program = program()?;
    let mut report = gate::evaluate(&facts, &set, &program, &newest, fail_on(&config, judging))?;
    if explain {
        report.explanations = Some(gate::explain(&facts, &set, &program)?);
    }
    write(&report, output, speech)
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
    let (config, _) = configuration(configured)?;
    let paths = paths::expand(named);
    if format == FactsFormat::Json && paths.len() != 1 {
        bail!("{} artifacts are named and JSON holds the facts of one; use --format jsonl", paths.len());
    }
    paths::keep(&paths, output.output.as_deref())?;
    let bar = Bar::new(&paths, speech.quiet);
    let options =
        Options { limits: &config.limits, evaluated_at: &evaluated_at(time), fail_on: config.fail_on, progress: &bar };
    let mut failed = None;
    speech::write(speech, output.output.as_deref(), |out| {
        for path in &paths {
            match (gate::read(path, &options), format) {
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

/// This program's own file.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("the program's own file cannot be found")
}

/// The configuration and the file that owns its allow entries.
pub(super) fn configuration(configured: &Configured) -> anyhow::Result<(Config, String)> {
    let found = match (&configured.config, configured.no_config) {
        (Some(path), _) => Some(path.as_path()),
        (None, true) => None,
        // A broken link of that name is a configuration that cannot be read, not a missing one.
        (None, false) => Some(Path::new(config::FILE)).filter(|path| std::fs::symlink_metadata(path).is_ok()),
    };
    let config = found.map(Config::read).transpose()?.unwrap_or_default();
    let owner = found.unwrap_or(Path::new(config::FILE)).to_string_lossy().into_owned();
    Ok((config, owner))
}

/// The embedded policies, the configuration's, and those of the command line.
pub(super) fn policies(config: &Config, owner: &str, policies: &Policies) -> anyhow::Result<PolicySet> {
    let mut set = PolicySet::embedded()?;
    for path in config.policy.iter().chain(&policies.policy) {
        set = set.with_path(path)?;
    }
    // Without entries too: remedies name the file that would own them.
    Ok(set.with_allow(&config.allow, owner)?)
}

fn fail_on(config: &Config, judging: &Judging) -> Level {
    judging.fail_on.map_or(config.fail_on, Level::from)
}

fn evaluated_at(time: &Time) -> String {
    let now =
        || jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| jiff::Timestamp::now()).to_string();
    time.evaluated_at.clone().unwrap_or_else(now)
}

fn write(report: &Report, output: &ReportOutput, speech: &Speech) -> anyhow::Result<Exit> {
    let file = output.output.output.as_deref();
    let look = speech::look(speech, file);
    speech::write(speech, file, |out| match output.format {
        Format::Terminal => {
            report::terminal(report, look, out)?;
            report::explanations(report.explanations.as_deref().unwrap_or_default(), out)
        }
        Format::Json => report::json(report, out),
    })?;
    tell(speech.color, &report.errors);
    Ok(Exit::of(report))
}
