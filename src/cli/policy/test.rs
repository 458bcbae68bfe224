//! `weighbridge policy test`: the outcome of the tests of a policy, for people, programs and CI servers.

use crate::cli::arguments::{Output, Speech, TestFormat};
use crate::cli::exit::Exit;
use crate::cli::judging::program;
use crate::cli::speech::{self, counted};
use crate::files::Disk;
use crate::policy::{self, Outcome, PolicySet, TestCase, TestRun};
use crate::report::{self, Case, Suite, plain};
use anstyle::{AnsiColor, Style};
use anyhow::bail;
use regex::Regex;
use std::io::{self, Write};
use std::path::Path;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Runs the tests of a directory or an archive; those whose `package.name` matches `run`, or all.
pub(super) fn test(
    path: &Path,
    coverage: bool,
    run: Option<&Regex>,
    format: TestFormat,
    output: &Output,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let set = PolicySet::to_test(path, &Disk)?;
    let ran = policy::test(&set, run.map(Regex::as_str), &program()?)?;
    if let (Some(pattern), true) = (run, ran.tests.is_empty()) {
        bail!(
            "no test is called `{pattern}`; --run is held against names such as `weighbridge.own.rule_test.test_fires`, \
             and there are {}",
            ran.summary.left_out
        );
    }
    speech::write(speech, output.output.as_deref(), |out| match format {
        TestFormat::Text => text(&ran, coverage, speech, out),
        TestFormat::Json => report::json(&ran, out),
        TestFormat::Junit => report::junit(&suites(&ran), out),
    })?;
    Ok(if ran.passed { Exit::Passed } else { Exit::Failed })
}

fn text(ran: &TestRun, coverage: bool, speech: &Speech, out: &mut impl Write) -> io::Result<()> {
    for case in &ran.tests {
        let (style, word) = match case.outcome {
            Outcome::Passed if speech.verbose => (GREEN, "passed"),
            Outcome::Todo if speech.verbose => (YELLOW, "todo"),
            Outcome::Passed | Outcome::Todo => continue,
            Outcome::Failed => (RED, "failed"),
            Outcome::Error => (RED, "error"),
        };
        let (place, name) = (format!("{}:{}", plain(&case.file), case.line), plain(&case.name));
        let mut lines = case.came_to.as_deref().unwrap_or_default().lines();
        let came_to = lines.next().map(|line| format!(": {}", plain(&came_to(case, line)))).unwrap_or_default();
        writeln!(out, "{style}{word}{style:#}  {place}  {name}{came_to}")?;
        for line in lines.map(str::trim_end).filter(|line| !line.is_empty()) {
            writeln!(out, "        {}", plain(line))?;
        }
        for line in &case.prints {
            writeln!(out, "        {DIM}print{DIM:#} {}", plain(line))?;
        }
    }
    for rule in ran.rules.iter().filter(|rule| !rule.seen) {
        let (file, id) = (plain(&rule.file), plain(&rule.id));
        writeln!(out, "{RED}silent{RED:#}  {file}  {id}: no test makes it fire; write one that does")?;
    }
    if coverage {
        for file in ran.files.iter().filter(|file| !file.not_covered.is_empty()) {
            for line in &file.not_covered {
                writeln!(out, "{YELLOW}missed{YELLOW:#}  {}:{line}: no test comes to this line", plain(&file.file))?;
            }
        }
    }
    if speech.quiet && ran.passed {
        return Ok(());
    }
    let style = if ran.passed { GREEN } else { RED };
    writeln!(out, "{style}{}{style:#}", sentence(ran))
}

fn came_to(case: &TestCase, line: &str) -> String {
    if case.outcome == Outcome::Failed { format!("it came to {line}, not to true") } else { line.to_owned() }
}

/// `412 tests, 412 passed, 66 rules, 66 seen firing, 100 % of lines`.
fn sentence(ran: &TestRun) -> String {
    let summary = &ran.summary;
    let mut parts = vec![counted(summary.tests, "test"), format!("{} passed", summary.passed)];
    for (number, word) in [(summary.failed, "failed"), (summary.todo, "todo")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    match summary.percent {
        Some(percent) => parts.extend([
            counted(summary.rules, "rule"),
            format!("{} seen firing", summary.seen),
            format!("{percent} % of lines"),
        ]),
        None => parts.push(format!("{} not chosen; rules and lines are judged when all tests run", summary.left_out)),
    }
    parts.join(", ")
}

/// One suite a module of tests, and one for the rules.
fn suites(ran: &TestRun) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    for test in &ran.tests {
        let told = [test.came_to.iter().map(|line| came_to(test, line)).collect(), test.prints.clone()].concat();
        let case = Case {
            class: test.package.clone(),
            name: test.name.clone(),
            file: test.file.clone(),
            line: Some(test.line),
            said: String::new(),
            seconds: test.seconds,
            outcome: match test.outcome {
                Outcome::Passed => report::CaseOutcome::Passed,
                Outcome::Failed => report::CaseOutcome::Failed(told.join("\n")),
                Outcome::Error => report::CaseOutcome::Error(told.join("\n")),
                Outcome::Todo => report::CaseOutcome::Skipped,
            },
        };
        match suites.last_mut().filter(|suite| suite.name == test.package) {
            Some(suite) => suite.cases.push(case),
            None => suites.push(Suite { name: test.package.clone(), cases: vec![case] }),
        }
    }
    let seen = ran.rules.iter().map(|rule| Case {
        class: "rules".to_owned(),
        name: format!("{} is seen firing", rule.id),
        file: rule.file.clone(),
        line: Some(1),
        said: String::new(),
        seconds: 0.0,
        outcome: if rule.seen {
            report::CaseOutcome::Passed
        } else {
            report::CaseOutcome::Failed("no test makes it fire; write one that does".to_owned())
        },
    });
    suites.push(Suite { name: "rules".to_owned(), cases: seen.collect() });
    suites.retain(|suite| !suite.cases.is_empty());
    suites
}
