//! Facts to findings: the only room that knows Rego. Never reads bytes of an artifact, never decides a verdict.
//!
//! A [`PolicySet`] is modules and data as text, with the rules that their METADATA declares; a [`Judge`] is one prepared engine
//! over a set. Everything that is wrong with a policy is a [`PolicyError`], and a policy error is never a pass.

mod allow;
mod check;
mod docs;
mod engine;
mod metadata;
mod set;
mod test;
mod text;

pub use check::{CHECK_SCHEMA, CheckSummary, Flaw, FlawKind, PolicyCheck, check};
pub use docs::index;
pub use engine::Judge;
pub use set::PolicySet;
pub use test::{Outcome, TestCase, test};

use std::path::PathBuf;

/// What is wrong with a policy. The message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A policy file or directory cannot be read.
    #[error("the policy `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory without a policy in it.
    #[error("the policy directory `{}` holds no .rego file and no data; name the directory that does", .0.display())]
    Empty(PathBuf),
    /// The METADATA block of a module.
    #[error("{file}:{line}: METADATA: {what}")]
    Metadata {
        /// The module.
        file: String,
        /// Line in the module, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A module that does not parse.
    #[error("{file}:{line}: {what}")]
    Module {
        /// The module.
        file: String,
        /// Line in the module, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// What the checks before evaluation refuse, in the order of file and line; at least one.
    #[error("{}", check::shown(.0))]
    Flaws(Vec<Flaw>),
    /// A data file.
    #[error("{file}: {what}")]
    Data {
        /// The data file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// An entry of the allow list.
    #[error("{owner}: allow: {global}: {what}")]
    Allow {
        /// The file that owns the list.
        owner: String,
        /// The entry's global.
        global: String,
        /// What is wrong.
        what: String,
    },
    /// A rule whose result is not what a rule may return.
    #[error("the rule {rule} returned {what}; a rule returns a set of {{\"at\", \"offset\", \"with\"}} objects")]
    Result {
        /// The rule's id.
        rule: String,
        /// What it returned.
        what: String,
    },
    /// The engine refused the policy or failed while it evaluated.
    #[error("the policy could not be evaluated: {what}")]
    Engine {
        /// The engine's words, with file and line where it has them.
        what: String,
    },
    /// Facts that break their own form, so that rules would look at another member than they name.
    #[error(
        "the facts cannot be judged: the id of `members[{index}]` is not {index}; write them anew with `weighbridge facts`"
    )]
    Facts {
        /// Place of the member in the table.
        index: u64,
    },
    /// The policy did not end in time.
    #[error("the policy did not end within {seconds} s; a rule that runs this long is wrong")]
    Deadline {
        /// The time it had.
        seconds: u64,
    },
    /// The thread of the engine ended without a result.
    #[error("the policy engine stopped without a result; this is a defect to report")]
    Stopped,
}
