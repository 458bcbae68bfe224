//! What `weighbridge trust` is told, and whose keys a keyless signature is verified with.

use crate::cli::arguments::Format;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Whose logs and authorities are trusted.
#[derive(Debug, Args)]
pub(in crate::cli) struct Trusting {
    /// A trusted_root.json in place of the one of Sigstore's public instance
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trusted_root: Option<PathBuf>,
    /// Trust GitHub's own instance, which signs attestations of private repositories without a public log
    #[arg(long)]
    pub github: bool,
}

/// What can be asked about the trust root.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TrustCommand {
    /// Show whose logs and authorities are trusted, and since when
    Show {
        #[command(flatten)]
        trusting: Trusting,
        /// How to write it
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
    /// Fetch what is trusted today, proven by TUF, and use it from now on
    #[command(after_help = "\
Examples:
  weighbridge trust update
  weighbridge trust update --github
  weighbridge trust update --mirror https://tuf.example.org --root root.json --folder trust

It is kept in $XDG_DATA_HOME/weighbridge/trust (by default below ~/.local/share) and verified anew whenever it is \
used. With --root it belongs to another instance: hand FOLDER/targets/trusted_root.json to --trusted-root.")]
    Update {
        /// GitHub's own instance in place of Sigstore's public one
        #[arg(long, conflicts_with = "root")]
        github: bool,
        /// A TUF repository to ask in place of the instance's own
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
        /// The TUF root metadata that another instance begins with
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires_all = ["mirror", "folder"])]
        root: Option<PathBuf>,
        /// The folder to keep it in
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
        /// How to write it
        #[arg(long, value_enum, default_value_t = Format::Terminal)]
        format: Format,
    },
}
