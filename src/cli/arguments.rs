//! What may stand on the command line: the one table from which help, errors and completions come.

use crate::verdict::Level;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

/// A gate for machine-learning models: reads them without loading them, judges them by policy.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true, subcommand_required = true)]
#[command(arg_required_else_help = true, after_help = EXITS)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub speech: Speech,
}

const EXITS: &str = "\
Exit codes:
  0  every artifact passed
  1  at least one artifact failed
  2  no judgement possible: usage, configuration or policy error, or a path that cannot be opened
  3  a named path or pattern matched nothing

Start with:  weighbridge check PATH";

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge model files and directories
    #[command(after_help = "\
Examples:
  weighbridge check model.pt
  weighbridge check models/ 'weights/*.safetensors' --format json --output report.json
  weighbridge check model.pkl --policy our-policies --fail-on warn

A path is one artifact; a directory is one artifact with all files below it.
A path that does not exist and holds *, ? or [ is taken as a pattern.")]
    Check {
        /// Files, directories or patterns
        #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        judging: Judging,
        #[command(flatten)]
        time: Time,
        #[command(flatten)]
        output: ReportOutput,
    },
    /// Write down what was observed, without an opinion
    #[command(after_help = "\
Examples:
  weighbridge facts model.pt > facts.json
  weighbridge facts models/*.pt --format jsonl --output facts.jsonl

`weighbridge schema facts` prints the shape; `weighbridge eval` judges facts again, without the model.")]
    Facts {
        /// Files, directories or patterns
        #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
        /// json: one artifact; jsonl: one line an artifact
        #[arg(long, value_enum, default_value_t = FactsFormat::Json)]
        format: FactsFormat,
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        time: Time,
        #[command(flatten)]
        output: Output,
    },
    /// Judge facts again, without the model
    #[command(after_help = "\
Examples:
  weighbridge eval facts.json
  weighbridge facts model.pt | weighbridge eval - --policy our-policies

Facts are trusted as they are given: this says what a policy makes of them, and nothing about
files on disk. The policies see the time that stands in the facts, unless --evaluated-at is given.")]
    Eval {
        /// Files of facts, JSON or JSON lines; - reads standard input
        #[arg(required = true, value_name = "FACTS", value_hint = ValueHint::FilePath)]
        facts: Vec<PathBuf>,
        #[command(flatten)]
        judging: Judging,
        #[command(flatten)]
        time: Time,
        #[command(flatten)]
        output: ReportOutput,
    },
    /// List and explain the rules
    #[command(subcommand)]
    Rules(Rules),
    /// Work on policies of your own
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// List the formats that are known
    Formats {
        /// How to write them
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
    /// Write a commented weighbridge.yaml and a GitHub workflow
    #[command(after_help = "\
Examples:
  weighbridge init
  weighbridge init ../other-repository --force")]
    Init {
        /// The repository's folder
        #[arg(default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Replace files that exist
        #[arg(long)]
        force: bool,
    },
    /// Print a JSON Schema
    Schema {
        /// Of facts, of the report of `check` and `eval`, of weighbridge.yaml, or of what `policy check` finds
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print a shell's completion script
    #[command(after_help = "\
Example:
  weighbridge completions bash > ~/.local/share/bash-completion/completions/weighbridge")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// What can be asked about rules.
#[derive(Debug, Subcommand)]
pub(super) enum Rules {
    /// List every rule with its level and title
    List {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        policies: Policies,
        /// How to write them
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
    /// Explain one rule: what it says, why, and what to do
    #[command(after_help = "Example:\n  weighbridge rules explain pickle/unlisted-call")]
    Explain {
        /// The rule's id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        policies: Policies,
        /// How to write it
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
}

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Hold policies against the facts, before anything is judged by them
    #[command(after_help = "\
Examples:
  weighbridge policy check our-policies
  weighbridge policy check our-policies --format json

Every flaw of every file is shown. Exit codes: 0 nothing is wrong, 1 something is, 2 the directory
cannot be read.")]
    Check {
        /// The directory of the policies
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        directory: PathBuf,
        /// How to write them
        #[arg(long, value_enum, default_value_t = FlawFormat::Text)]
        format: FlawFormat,
    },
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
pub(super) struct Configured {
    /// Configuration [default: weighbridge.yaml in this folder, if there is one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    pub no_config: bool,
}

/// Which policies judge.
#[derive(Debug, Args)]
pub(super) struct Policies {
    /// A directory of policies, added to the embedded ones; may be given again
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub policy: Vec<PathBuf>,
}

/// How facts are judged.
#[derive(Debug, Args)]
pub(super) struct Judging {
    #[command(flatten)]
    pub configured: Configured,
    #[command(flatten)]
    pub policies: Policies,
    /// The lowest level that fails an artifact [default: deny]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
}

/// The time that policies see.
#[derive(Debug, Args)]
pub(super) struct Time {
    /// The time that policies see, as in 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub evaluated_at: Option<String>,
}

/// Where a report goes.
#[derive(Debug, Args)]
pub(super) struct ReportOutput {
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    #[command(flatten)]
    pub output: Output,
}

/// Where output goes.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// How much is said, and how.
#[derive(Debug, Args)]
pub(super) struct Speech {
    /// Colours; auto heeds NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Say which artifacts failed, and nothing else
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show every finding and the policy that judged
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// How to write a report or a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Terminal,
    Json,
}

/// How to write flaws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FlawFormat {
    Text,
    Json,
}

/// How to write facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FactsFormat {
    Json,
    Jsonl,
}

/// What a schema can be had of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    Facts,
    Report,
    Config,
    PolicyCheck,
}

/// A level as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Deny,
    Warn,
}

impl From<FailOn> for Level {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Deny => Self::Deny,
            FailOn::Warn => Self::Warn,
        }
    }
}

/// An RFC 3339 time, written in UTC.
pub(super) fn timestamp(text: &str) -> Result<String, String> {
    text.parse::<jiff::Timestamp>()
        .map(|time| time.to_string())
        .map_err(|_| "not a time such as 2026-01-31T12:00:00Z (RFC 3339)".to_owned())
}
