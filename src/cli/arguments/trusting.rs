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

/// Who vouches for an identity that signs, and which services prove it.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeylessSigning {
    /// Sign by identity instead: GitHub Actions' own, that of a token, or who logs in. A public log shows it for ever
    #[arg(long)]
    pub keyless: bool,
    /// A file with an identity token [default: SIGSTORE_ID_TOKEN, then GitHub Actions, then a login in a terminal]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "keyless")]
    pub identity_token: Option<PathBuf>,
    /// A signing_config.v0.2.json that names the services [default: Sigstore's public instance]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "keyless")]
    pub signing_config: Option<PathBuf>,
    /// Who gives the certificate (Fulcio), in place of the configured services
    #[arg(long, value_name = "URL", requires_all = ["keyless", "rekor_url"], conflicts_with = "signing_config")]
    pub fulcio_url: Option<String>,
    /// The transparency log (Rekor), in place of the configured services
    #[arg(long, value_name = "URL", requires_all = ["keyless", "fulcio_url"])]
    pub rekor_url: Option<String>,
    /// The version of that log
    #[arg(long, value_name = "VERSION", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=2))]
    pub rekor_version: u32,
    /// The timestamp authority, whole with its path, in place of the configured one
    #[arg(long, value_name = "URL", requires = "keyless")]
    pub tsa_url: Option<String>,
    /// The trusted_root.json of the instance that signs [default: that of Sigstore's public instance]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "keyless")]
    pub trusted_root: Option<PathBuf>,
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
  weighbridge trust update --mirror https://tuf.example.org \\
      --root root.json --folder trust

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

/// What the conformance suite of Sigstore asks.
#[derive(Debug, Args)]
pub(in crate::cli) struct Conforming {
    /// Sigstore's staging instance
    #[arg(long)]
    pub staging: bool,
    /// The bundle
    #[arg(long, value_name = "FILE")]
    pub bundle: PathBuf,
    /// Who signed
    #[arg(long, value_name = "ID")]
    pub certificate_identity: Option<String>,
    /// Who vouched
    #[arg(long, value_name = "URL")]
    pub certificate_oidc_issuer: Option<String>,
    /// The key that signed
    #[arg(long, value_name = "PEM", conflicts_with_all = ["certificate_identity", "certificate_oidc_issuer"])]
    pub key: Option<PathBuf>,
    #[command(flatten)]
    pub trusting: Trusting,
    /// The file, or `sha256:` and its digest
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub artifact: String,
}
