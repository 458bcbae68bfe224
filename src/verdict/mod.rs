//! What we think of the facts: rules, findings, verdicts and the report as plain data. Never any I/O.

mod allow;
mod approved;
mod explanation;
mod finding;
mod report;
mod rule;

pub use allow::{AllowEntry, AllowedUse};
pub use approved::Approved;
pub use explanation::{Explanation, FactAt, Fired, Line};
pub use finding::Finding;
pub use report::{
    ArtifactReport, IncompletePlace, JudgedFrom, NotJudged, NotJudgedKind, PolicySource, PolicySummary, Report, SCHEMA,
    Summary, Verdict, Waived,
};
pub use rule::{Level, Rule};
