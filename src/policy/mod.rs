//! Facts to findings: the only room that knows Rego. Never reads bytes of an artifact, never decides a verdict.
//!
//! A [`PolicySet`] is modules and data as text, with the rules that their METADATA declares; a [`Judge`] is a set that is
//! ready. Everything that is wrong with a policy is a [`PolicyError`], and a policy error is never a pass.

mod allow;
mod archive;
mod check;
mod docs;
mod engine;
mod explain;
mod guard;
mod judge;
mod layers;
mod metadata;
mod needs;
mod new;
mod set;
mod settings;
mod test;
mod text;

pub use archive::{PACKED, Packed, pack};
pub use check::{CHECK_SCHEMA, CheckSummary, Flaw, FlawKind, PolicyCheck, check};
pub use docs::{GENERATED, Page, docs};
pub use guard::{COMMAND as JUDGE_APART, serve};
pub use judge::Judge;
pub use layers::{Judges, Layers};
pub use new::scaffold;
pub use set::PolicySet;
pub use settings::Settings;
pub use test::{Firing, Lines, Outcome, TestCase, TestRun, TestSummary, test};

use std::path::PathBuf;

/// What is wrong with a policy. The message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A policy file or directory cannot be read.
    #[error("the policy `{}` cannot be read; check the path", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory without a policy in it.
    #[error("the policy directory `{}` holds no .rego file and no data; name the directory that does", .0.display())]
    Empty(PathBuf),
    /// A policy set archive.
    #[error("the policy set archive `{source_name}`: {what}")]
    Archive {
        /// What it is known by.
        source_name: String,
        /// What is wrong.
        what: String,
    },
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
    /// A raised level of a rule that is not there.
    #[error("{owner}: levels: no rule is called `{id}`; {hint}`weighbridge rules list` shows all of them")]
    Level {
        /// The file that raises it.
        owner: String,
        /// The rule's id.
        id: String,
        /// The nearest id, as a question; empty when there is none.
        hint: String,
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
    /// What the guarded process said.
    #[error("{what}")]
    Refused {
        /// Its error, whole.
        what: String,
    },
    /// The guarded process cannot be started.
    #[error("policies that are not shipped are judged in a process of their own, and `{}` cannot be started: {error}", program.display())]
    NotStarted {
        /// This program's file.
        program: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The guarded process ended without an answer.
    #[error(
        "the policies ended the process that judged them ({how}), and nothing was judged; `weighbridge policy check DIR` may tell which rule"
    )]
    Ended {
        /// The way it ended.
        how: String,
    },
    /// The thread of the engine ended without a result.
    #[error("the policy engine stopped without a result; this is a defect to report")]
    Stopped,
}
