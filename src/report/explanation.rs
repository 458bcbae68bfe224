//! Explanations for a person at a terminal: each rule with its findings, the facts they stand on, and the lines that were reached.

use crate::report::plain;
use crate::verdict::{Explanation, Fired, Level};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Findings shown of one rule, and characters of a record; JSON has all.
const SHOWN: usize = 10;
const WIDTH: usize = 600;

/// Writes explanations.
///
/// # Errors
/// What `out` says.
pub fn write(explanations: &[Explanation], out: &mut impl Write) -> io::Result<()> {
    let mut artifact = None;
    for explanation in explanations {
        if artifact.replace(&explanation.artifact) != Some(&explanation.artifact) {
            writeln!(out, "\n{BOLD}Why: {}{BOLD:#}", plain(&explanation.artifact))?;
        }
        let (rule, file) = (plain(&explanation.rule), plain(&explanation.file));
        match explanation.fired.len() {
            0 => writeln!(out, "\n  {BOLD}{rule}{BOLD:#} did not fire  {DIM}{file}{DIM:#}")?,
            1 => writeln!(out, "\n  {BOLD}{rule}{BOLD:#} fired  {DIM}{file}{DIM:#}")?,
            times => writeln!(out, "\n  {BOLD}{rule}{BOLD:#} fired {times} times  {DIM}{file}{DIM:#}")?,
        }
        for fired in explanation.fired.iter().take(SHOWN) {
            finding(fired, out)?;
        }
        let left = explanation.fired.len().saturating_sub(SHOWN);
        if left > 0 {
            writeln!(out, "    {DIM}and {left} more; --format json has all{DIM:#}")?;
        }
        lines(explanation, out)?;
    }
    Ok(())
}

fn finding(fired: &Fired, out: &mut impl Write) -> io::Result<()> {
    let style = if fired.level == Level::Deny { RED } else { YELLOW };
    let at = fired.offset.map(|offset| format!(", byte {offset}")).unwrap_or_default();
    writeln!(out, "    {style}{}{style:#} {}{at}: {}", fired.level, plain(&fired.place), plain(&fired.message))?;
    for fact in &fired.facts {
        let note = if fact.decisive == Some(true) { "  without it the rule does not say this" } else { "" };
        writeln!(out, "      {CYAN}{}{CYAN:#}{DIM}{note}{DIM:#}", plain(&fact.pointer))?;
        let record = plain(&fact.record.to_string());
        let shown: String = record.chars().take(WIDTH).collect();
        let more = if shown.len() < record.len() { "..." } else { "" };
        writeln!(out, "        {shown}{more}")?;
    }
    Ok(())
}

fn lines(explanation: &Explanation, out: &mut impl Write) -> io::Result<()> {
    let count = explanation.lines.iter().filter(|line| line.reached).count();
    writeln!(out, "    lines: {count} of {} reached", explanation.lines.len())?;
    for line in &explanation.lines {
        let text = plain(&line.text.trim_end().replace('\t', "    "));
        let number = line.line;
        if line.reached {
            writeln!(out, "    {GREEN}+{GREEN:#} {number:4}  {text}")?;
        } else {
            writeln!(out, "    {DIM}- {number:4}  {text}{DIM:#}")?;
        }
    }
    Ok(())
}
