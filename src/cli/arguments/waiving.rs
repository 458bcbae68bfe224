//! What `weighbridge waive` is told: what is accepted, why, by whom and for how long, and who signs that.

use crate::cli::arguments::Signatory;
use clap::{ArgGroup, Args, ValueHint};
use std::path::PathBuf;

/// What is accepted, and who signs for it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("by").args(["key", "keyless"]).requires("sign"))]
pub(in crate::cli) struct Waiving {
    /// A report, as `check --format json` writes it; with --sign alone, nothing is added
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present = "sign", requires_all = ["rule", "reason", "approver"])]
    pub report: Option<PathBuf>,
    /// The rule whose findings are accepted
    #[arg(long, value_name = "ID", requires = "report")]
    pub rule: Option<String>,
    /// Only the findings at this place
    #[arg(long, value_name = "PLACE", requires = "report")]
    pub place: Option<String>,
    /// Why that is right
    #[arg(long, value_name = "TEXT", requires = "report")]
    pub reason: Option<String>,
    /// Who accepts it
    #[arg(long, value_name = "WHO", requires = "report")]
    pub approver: Option<String>,
    /// The day from which it is no longer accepted, as 2026-01-31
    #[arg(long, value_name = "DAY", conflicts_with = "days", requires = "report")]
    pub expires: Option<String>,
    /// For how many days it is accepted
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// The file of waivers [default: the one that weighbridge.yaml names, or weighbridge-waivers.yaml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub to: Option<PathBuf>,
    /// Sign the file of waivers, as one who approves what it says
    #[arg(long, requires = "by")]
    pub sign: bool,
    #[command(flatten)]
    pub signatory: Signatory,
}
