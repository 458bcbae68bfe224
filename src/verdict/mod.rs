//! What we think of the facts: rules, findings, verdicts and the report as plain data. Never any I/O.

mod allow;
pub(crate) mod approved;
mod contradiction;
mod explanation;
mod finding;
mod parameters;
mod report;
mod rule;
mod signer;
mod waiver;

pub use allow::{AllowEntry, AllowedUse};
pub use approved::Approved;
pub use contradiction::contradiction;
pub use explanation::{Explanation, FactAt, Fired, Line};
pub use finding::Finding;
pub use parameters::Parameters;
pub use report::{
    ArtifactReport, Changed, FileReport, IncompletePlace, JudgedFrom, Layer, NotJudged, NotJudgedKind, PolicySource,
    PolicySummary, Report, SCHEMA, Summary, UNREAD, Verdict, Waived,
};
pub use rule::{Level, Raised, Rule};
pub use signer::{Signer, Signers};
pub use waiver::{Proof, Waiver, WaiverReport, WaiverState};
