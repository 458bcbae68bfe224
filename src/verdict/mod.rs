//! What we think of the facts: rules, findings, verdicts and the report as plain data. Never any I/O.

mod finding;
mod report;
mod rule;

pub use finding::Finding;
pub use report::{ArtifactReport, IncompletePlace, PolicySource, PolicySummary, Report, Summary, Verdict, Waived};
pub use rule::{Level, Rule};
