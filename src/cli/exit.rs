//! Exit codes: a contract with whoever calls. The output format never changes them.

use crate::verdict::{NotJudgedKind, Report, Verdict};
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every artifact passed, or the command did what it was asked.
    Passed,
    /// At least one artifact failed.
    Failed,
    /// No judgement was possible: usage, configuration, policy, or a named path that cannot be opened.
    NoJudgement,
    /// A named path or pattern matched nothing.
    Missing,
}

impl Exit {
    /// Every exit, in the order of its code, and what it says.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Passed, "every artifact passed"),
        (Self::Failed, "at least one artifact failed"),
        (
            Self::NoJudgement,
            "no judgement possible: usage, configuration or policy error, or a path that cannot be opened",
        ),
        (Self::Missing, "a named path or pattern matched nothing"),
    ];

    /// The code that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::NoJudgement => 2,
            Self::Missing => 3,
        }
    }

    /// The exit of a report. With `--audit` a failed artifact is none; what could not be judged stays an error. 2 beats 1, because something could not be judged at all; 1 beats 3, so that who tolerates a missing
    /// path does not let a failed artifact through.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let missing = |kind: NotJudgedKind| kind == NotJudgedKind::Missing;
        if report.errors.iter().any(|error| !missing(error.kind)) {
            Self::NoJudgement
        } else if !report.audit && report.artifacts.iter().any(|artifact| artifact.verdict == Verdict::Failed) {
            Self::Failed
        } else if report.errors.is_empty() {
            Self::Passed
        } else {
            Self::Missing
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
