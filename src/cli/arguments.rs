//! What may stand on the command line: the one table from which help, errors and completions come.

mod policy;
mod publishing;
mod signing;
mod trusting;
mod verifying;
mod waiving;

pub(super) use policy::{PolicyCommand, PolicySigning, PolicyVerifying};
pub(super) use publishing::{Outlet, Publishing};
pub(super) use signing::{Signatory, Signing};
pub(super) use trusting::{Conforming, KeylessSigning, TrustCommand, Trusting};
pub(super) use verifying::{Expected, Verifying};
pub(super) use waiving::Waiving;

use crate::policy::JUDGE_APART;
use crate::verdict::Level;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};
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
  2  no judgement possible: usage, configuration or policy error, or a path
     that cannot be opened
  3  a named path or pattern matched nothing

Start with:  weighbridge check PATH";

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge model files and directories
    #[command(after_help = "\
Examples:
  weighbridge check model.pt
  weighbridge check models/ 'weights/*.safetensors' \\
      --format json --output report.json
  weighbridge check model.pkl --policy our-policies --fail-on warn
  weighbridge check models \\
      --report json=report.json --report sarif=weighbridge.sarif
  weighbridge check models/ --changed-since origin/main

A path is one artifact; a directory is one artifact with all files below it. A path that holds *, ? or [ is a \
pattern as well; models/** is everything below.

With --changed-since or --changed-only, an artifact is judged when something in it changed; a file, too, when \
another file of its shard set or a file beside it that is not named did. What does not lie on disk as HEAD has \
it counts as changed. Nothing changed is a pass that says so.")]
    Check {
        /// Files, directories or patterns
        #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        changing: Changing,
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
  weighbridge eval facts.json --policy our-policies --explain

Facts are trusted as they are given: this says what a policy makes of them, and nothing about files on disk. The \
policies see the time that stands in the facts, unless --evaluated-at is given.

--explain speaks of every rule that fired, and of those given by --policy in any case. In JSON it is the \
report's key `explanations`.")]
    Eval {
        /// Files of facts, JSON or JSON lines; - reads standard input
        #[arg(required = true, value_name = "FACTS", value_hint = ValueHint::FilePath)]
        facts: Vec<PathBuf>,
        #[command(flatten)]
        judging: Judging,
        #[command(flatten)]
        time: Time,
        /// Say which facts each rule fired on, and which of its lines were reached
        #[arg(long)]
        explain: bool,
        #[command(flatten)]
        output: ReportOutput,
    },
    /// Verify who signed a model, and that all of it is what was signed
    #[command(after_help = "\
Examples:
  weighbridge verify model/ --key signer.pub.pem
  weighbridge verify model.safetensors \\
      --bundle model.sigstore.json --ca authority.pem
  weighbridge verify model/ \\
    --issuer https://token.actions.githubusercontent.com \\
    --identity https://github.com/acme/m/.github/workflows/ci.yml@refs/tags/v1

Every file must be covered by the signature, hidden ones and .git included, whatever the signature itself says \
of files to ignore; --ignore names what may be there unsigned. Nothing is fetched; `weighbridge trust update` fetches \
newer keys of logs and authorities.

Exit codes:
  0  verified
  1  unsigned, or refused for a reason that is told
  2  a key, certificate, trust root or named bundle cannot be used
  3  the model is not there")]
    Verify {
        /// A file or a directory
        #[arg(value_name = "MODEL", value_hint = ValueHint::AnyPath)]
        model: PathBuf,
        #[command(flatten)]
        verifying: Verifying,
        /// How to write what came of it
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
        #[command(flatten)]
        output: Output,
    },
    /// Judge a model as `check` does, and sign it when it passed
    // What is let through without passing cannot be signed, so the option is refused there with that word.
    #[command(mut_arg("audit", |audit| audit.hide(true)), after_help = "\
Examples:
  weighbridge sign model/ --key signer.pem
  weighbridge sign model.safetensors --key signer.pem \\
      --certificate signer.crt --chain middle.crt
  weighbridge sign model/ --key signer.pem --policy our-policies --hash blake3
  weighbridge sign model/ --keyless

Two files are written: the signature over every file (OpenSSF Model Signing), and attestations of the verdict, \
which say by what policy the model passed. `weighbridge verify` reads the one, and with --require-verdict the \
other. What could not be read, or is excluded, is not signed, and neither is what changed meanwhile.

With --keyless the signature says who signed: on GitHub Actions the workflow (permissions: `id-token: write`), \
elsewhere whom the token names. It is verified before it is written.

Exit codes:
  0  passed and signed
  1  failed, or passed without having been read whole; nothing is signed
  2  no judgement possible, or a key, certificate, password or identity cannot
     be used
  3  the model is not there")]
    Sign {
        /// A file or a directory
        #[arg(value_name = "MODEL", value_hint = ValueHint::AnyPath)]
        model: PathBuf,
        #[command(flatten)]
        judging: Judging,
        #[command(flatten)]
        signing: Box<Signing>,
        #[command(flatten)]
        output: ReportOutput,
    },
    /// Show a report in a pull request on GitHub
    #[command(after_help = "\
Examples:
  weighbridge check models/ --format json --output report.json
  weighbridge publish report.json
  weighbridge publish report.json --to check-run,summary,sarif

Which repository, commit and pull request: as GitHub Actions says (GITHUB_REPOSITORY, GITHUB_EVENT_NAME, \
GITHUB_EVENT_PATH), never as the report does. The token: GITHUB_TOKEN, or GH_TOKEN. Without one, or where it may \
not write, the job's summary and the runner's log take what the others could not.

Permissions: check-run `checks: write`; review and comment `pull-requests: write`; status `statuses: write`; \
sarif `security-events: write`.

Exit codes: 0 published, whatever the verdict; 2 not published.")]
    Publish {
        /// A report, as `check --format json` writes it
        #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
        report: PathBuf,
        #[command(flatten)]
        publishing: Publishing,
        /// How to write what was done
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
    /// Accept a finding of a report, for a time
    #[command(after_help = "\
Examples:
  weighbridge check model.pt --format json --output report.json
  weighbridge waive report.json --rule core/unknown-format \\
      --reason 'our tokenizer' --approver alice@example.org
  weighbridge waive report.json --rule pickle/unlisted-call \\
      --place 'model.pt!archive/data.pkl' --days 14 \\
      --reason 'replaced by v2 next week' --approver alice@example.org
  weighbridge waive --sign --key alice.pem

A waiver names a rule, a member's digest and its place: other content at that place is not accepted. It is \
appended to the file of waivers, which otherwise stays as it is. Have that file merged: under an organisation's \
policy it counts only as far as `waivable` there says, which `check` tells.

With --sign the file of waivers is signed as it then is, in a Sigstore bundle with .sigstore.json behind its name: \
every approver signs all of it, and again after each change. `waivable.signers` says whose signature proves which \
approver.")]
    Waive(Box<Waiving>),
    /// List and explain the rules
    #[command(subcommand)]
    Rules(Rules),
    /// Work on policies of your own
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// List the formats that are known; with --verbose, the rules that speak of each
    Formats {
        /// How to write them
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
    /// Show and update whose logs and authorities keyless signatures are verified with
    #[command(subcommand)]
    Trust(TrustCommand),
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
        /// Of facts, of the report of `check` and `eval`, of what `publish` did, of weighbridge.yaml, of what `policy check` finds, of
        /// the outcome of `policy test`, of what `verify` says, or of what `trust` shows
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Judge facts from standard input with the policies that come before them: the guarded process of `check` and `eval`
    #[command(name = JUDGE_APART, hide = true)]
    JudgeApart,
    /// Verify one bundle as the conformance suite of Sigstore asks
    #[command(hide = true)]
    VerifyBundle(Conforming),
    /// Print a shell's completion script
    #[command(after_help = "\
Example:
  weighbridge completions bash \\
      > ~/.local/share/bash-completion/completions/weighbridge")]
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

/// Where the configuration comes from.
#[derive(Debug, Args)]
pub(super) struct Configured {
    /// Configuration [default: weighbridge.yaml in this folder, if there is one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Take weighbridge.yaml, policies and waivers from this commit [default: in a pull request on GitHub, the tip of its target
    /// branch; in a merge queue, the commit before the group; elsewhere the work tree]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
}

/// Whether all that is named is judged.
#[derive(Debug, Args)]
pub(super) struct Changing {
    /// Judge only what changed since the newest commit that HEAD and REF share
    #[arg(long, value_name = "REF", conflicts_with = "changed_only")]
    pub changed_since: Option<String>,
    /// Judge only what the pull request, merge group or push changed that started this GitHub workflow
    #[arg(long)]
    pub changed_only: bool,
}

/// Which policies judge.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("sources").multiple(true).args(["policy", "organisation"]))]
pub(super) struct Policies {
    /// Policies to add to the embedded ones: a directory, a policy set archive, https://HOST/PATH@sha256:DIGEST or
    /// oci://REGISTRY/REPOSITORY@sha256:DIGEST; may be given again
    #[arg(long, value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub policy: Vec<PathBuf>,
    /// The organisation's policy, from the same kinds of sources, with its own weighbridge.yaml at its root. The repository's
    /// configuration and --policy can then only tighten
    #[arg(long, value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub organisation: Option<PathBuf>,
    /// Who must have signed every source of --policy and --organisation: a YAML file with `by`, as an entry of `signers` in
    /// weighbridge.yaml has it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "sources")]
    pub policy_signers: Option<PathBuf>,
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
    /// Judge and tell everything, and let it all through: exit code 0 for failed artifacts too
    #[arg(long)]
    pub audit: bool,
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
    #[arg(long, value_enum, default_value_t = ReportFormat::Terminal)]
    pub format: ReportFormat,
    #[command(flatten)]
    pub output: Output,
    /// Write the report to a file as well, as in sarif=weighbridge.sarif; may be given again
    #[arg(long = "report", value_name = "FORMAT=FILE", value_hint = ValueHint::FilePath, value_parser = report_file)]
    pub reports: Vec<(ReportFormat, PathBuf)>,
}

/// Where output goes.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// How much is said, and how. Global options have an order of their own, or they stand among those of every command.
#[derive(Debug, Args)]
pub(super) struct Speech {
    /// Colours; auto heeds NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, display_order = 990)]
    pub color: Color,
    /// Say what failed, and nothing else
    #[arg(long, short, global = true, conflicts_with = "verbose", display_order = 991)]
    pub quiet: bool,
    /// Say more: every finding and the policy that judged; of `formats` the rules
    #[arg(long, short, global = true, display_order = 992)]
    pub verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// How to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Terminal,
    /// Everything; `weighbridge schema report` has its shape
    Json,
    /// SARIF 2.1.0, for GitHub code scanning
    Sarif,
    /// JUnit, for test reports of CI servers
    Junit,
    /// A page for a pull request or a wiki
    Markdown,
    /// GitLab code quality
    Gitlab,
    /// CycloneDX 1.6 ML-BOM of what was judged
    Cyclonedx,
}

/// How to write a list.
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

/// How to write the outcome of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    Text,
    Json,
    Junit,
}

/// What a schema can be had of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    Facts,
    Report,
    Publication,
    Config,
    PolicyTest,
    PolicyCheck,
    Verification,
    TrustRoot,
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

/// A format and a file, as `FORMAT=FILE`.
fn report_file(text: &str) -> Result<(ReportFormat, PathBuf), String> {
    let formats = || {
        let names = ReportFormat::value_variants().iter().filter_map(ReportFormat::to_possible_value);
        names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let Some((format, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) else {
        return Err("not FORMAT=FILE, as in sarif=weighbridge.sarif".to_owned());
    };
    let format =
        ReportFormat::from_str(format, false).map_err(|_| format!("its format is not one of {}", formats()))?;
    Ok((format, PathBuf::from(file)))
}

/// An RFC 3339 time, written in UTC.
pub(super) fn timestamp(text: &str) -> Result<String, String> {
    text.parse::<jiff::Timestamp>()
        .map(|time| time.to_string())
        .map_err(|_| "not a time such as 2026-01-31T12:00:00Z (RFC 3339)".to_owned())
}
