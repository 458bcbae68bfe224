//! What `weighbridge policy` is told.

use crate::cli::arguments::{Expected, FlawFormat, Format, Output, Signatory, TestFormat};
use clap::{ArgGroup, Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// Write a new rule and its test
    #[command(after_help = "\
Examples:
  weighbridge policy new pickle/my-rule
  weighbridge policy new own/no-large-files --in our-policies

Nothing that exists is replaced. What is written passes `policy check` and `policy test`: it finds files over a \
size, until its words and its condition are changed.")]
    New {
        /// The rule's id; it reads as "allow NAME?"
        #[arg(value_name = "GROUP/RULE")]
        id: String,
        /// The folder that holds the policy
        #[arg(long = "in", value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Hold policies against the facts, before anything is judged by them
    #[command(after_help = "\
Examples:
  weighbridge policy check our-policies
  weighbridge policy check our-policies --format json

Every flaw of every file is shown. Exit codes: 0 nothing is wrong, 1 something is, 2 the directory cannot be read.")]
    Check {
        /// The directory of the policies
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        directory: PathBuf,
        /// How to write them
        #[arg(long, value_enum, default_value_t = FlawFormat::Text)]
        format: FlawFormat,
    },
    /// Run the tests of a policy
    #[command(after_help = "\
Examples:
  weighbridge policy test our-policies
  weighbridge policy test our-policies --coverage
  weighbridge policy test our-policies --run 'my_rule_test' --verbose
  weighbridge policy test our-policies --format junit --output tests.xml

A test is a rule that begins with `test_`; it passes when it is exactly true. One that begins with `todo_test_` \
is skipped and counted. Every rule has to be seen firing in some test. The embedded modules and lists can be \
used, but for packages and lists that DIR brings itself.

Exit codes:
  0  all passed
  1  a test failed, or no test made some rule fire
  2  the policy cannot be read or is wrong")]
    Test {
        /// A directory of policies, or a policy set archive
        #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
        policy: PathBuf,
        /// Show every line that no test comes to
        #[arg(long)]
        coverage: bool,
        /// Only tests whose `package.test_name` matches
        #[arg(long, value_name = "REGEX")]
        run: Option<regex::Regex>,
        /// How to write the outcome
        #[arg(long, value_enum, default_value_t = TestFormat::Text)]
        format: TestFormat,
        #[command(flatten)]
        output: Output,
    },
    /// Write a page a rule and an index
    #[command(after_help = "\
Examples:
  weighbridge policy docs our-policies
  weighbridge policy docs our-policies -o site/rules

The words come from the rules' METADATA. Without -o a page stands beside its rule, as README.md.")]
    Docs {
        /// A directory of policies
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        policy: PathBuf,
        /// The folder to write to [default: DIR]
        #[arg(long = "output", short = 'o', value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// Pack a policy into one file, the same byte for byte every time
    #[command(after_help = "\
Examples:
  weighbridge policy build our-policies -o our-policies.tar.gz
  weighbridge check model.pt --policy our-policies.tar.gz

The file has the layout of OPA's bundles; tests are left out of it. The digest `file` pins the file; the digest \
`policy` is the one that a report names. A bundle that `opa build` made of Rego and data can be given to \
--policy as well; a signature in it is not looked at.")]
    Build {
        /// A directory of policies
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        policy: PathBuf,
        /// The file to write
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: PathBuf,
        /// The revision in the manifest [default: the digest of the policy]
        #[arg(long, value_name = "TEXT")]
        revision: Option<String>,
    },
    /// Sign a policy that can judge
    #[command(after_help = "\
Examples:
  weighbridge policy sign our-policies.tar.gz --key signer.pem
  weighbridge policy sign our-policies --keyless

The signature is a Sigstore bundle: beside an archive with .sigstore.json behind its name, in a directory as \
policy.sigstore.json, over every file there whose name does not begin with a dot. It is over these bytes: build an \
archive, then sign it. Where a source is named with those who must have signed it, nothing else is loaded: \
`policy` in weighbridge.yaml, or --policy-signers.")]
    Sign {
        /// A policy set archive, or a directory of policies
        #[arg(value_name = "SET", value_hint = ValueHint::AnyPath)]
        policy: PathBuf,
        #[command(flatten)]
        signing: Box<PolicySigning>,
    },
    /// Verify who signed a policy, and that all of it is what was signed
    #[command(after_help = "\
Examples:
  weighbridge policy verify our-policies.tar.gz --key signer.pub.pem
  weighbridge policy verify our-policies \\
    --issuer https://token.actions.githubusercontent.com \\
    --identity https://github.com/acme/p/.github/workflows/ci.yml@refs/tags/v1

Nothing is fetched. An archive is known by its content, whatever it is called; of a directory every file has to be \
there under its name, and no other.

Exit codes:
  0  verified
  1  unsigned, or refused for a reason that is told
  2  a key, certificate, trust root or named bundle cannot be used
  3  the policy is not there")]
    Verify {
        /// A policy set archive, or a directory of policies
        #[arg(value_name = "SET", value_hint = ValueHint::AnyPath)]
        policy: PathBuf,
        #[command(flatten)]
        verifying: PolicyVerifying,
        /// How to write what came of it
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
        #[command(flatten)]
        output: Output,
    },
}

/// Who signs a policy.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("by").required(true).args(["key", "keyless"]))]
pub(in crate::cli) struct PolicySigning {
    #[command(flatten)]
    pub signatory: Signatory,
    /// The signature's file [default: the archive's name with .sigstore.json, or policy.sigstore.json in a directory]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub bundle: Option<PathBuf>,
    /// Replace a signature that is there
    #[arg(long)]
    pub force: bool,
}

/// Who is expected to have signed a policy.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("signer").required(true).args(["key", "ca", "identity"]))]
pub(in crate::cli) struct PolicyVerifying {
    #[command(flatten)]
    pub expected: Expected,
    /// The signature [default: the archive's name with .sigstore.json, or policy.sigstore.json in a directory]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub bundle: Option<PathBuf>,
}
