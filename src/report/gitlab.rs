//! A report as GitLab's code quality report: the fields that its page "Code Quality" asks of a custom tool, and no more, for it
//! ignores others.

use crate::report::told::{self, Told, Weight};
use crate::report::{Location, json};
use crate::verdict::Report;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Characters of a description; GitLab shows it in one line.
const DESCRIPTION: usize = 2_000;

/// Writes a report.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let all: Vec<Value> = told::all(report).iter().map(|told| degradation(told, report.prefix.as_deref())).collect();
    json(&all, out)
}

fn degradation(told: &Told<'_>, prefix: Option<&str>) -> Value {
    let location = Location::new(told.file, prefix, None);
    let path = location.and_then(|location| location.name().map(str::to_owned));
    json!({
        "description": description(told),
        "check_name": told.rule,
        "fingerprint": told.fingerprint(),
        "severity": match told.weight {
            Weight::Error => "blocker",
            Weight::Warning => "minor",
            Weight::Note => "info",
        },
        // A model has no lines, and GitLab requires one.
        "location": {"path": path.unwrap_or_else(|| told.file.to_owned()), "lines": {"begin": 1}},
    })
}

/// What was found and where in the file, in one line.
fn description(told: &Told<'_>) -> String {
    let waived = told.waived().map(|waived| format!(" Waived: {} (by {})", waived.reason, waived.approver));
    let text = format!("{} At {}.{}", told.message, told.at(), waived.unwrap_or_default());
    let text = super::plain(&text);
    match text.char_indices().nth(DESCRIPTION) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
