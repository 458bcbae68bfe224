//! `weighbridge schema`: the shapes of facts, report, configuration, and of what `publish`, `policy check`, `policy test`, `verify` and `trust` say, generated from the types.

use crate::attest;
use crate::cli::arguments::{SchemaOf, Speech};
use crate::cli::exit::Exit;
use crate::cli::speech;
use crate::config;
use crate::facts;
use crate::github;
use crate::policy;
use crate::report;
use crate::verdict;
use schemars::schema_for;

/// Prints one schema.
pub(super) fn print(of: SchemaOf, speech: &Speech) -> anyhow::Result<Exit> {
    let schema = match of {
        SchemaOf::Facts => schema_for!(facts::Facts),
        SchemaOf::Report => schema_for!(verdict::Report),
        SchemaOf::Publication => schema_for!(github::Publication),
        SchemaOf::PolicyTest => schema_for!(policy::TestRun),
        SchemaOf::Config => schema_for!(config::Config),
        SchemaOf::PolicyCheck => schema_for!(policy::PolicyCheck),
        SchemaOf::Verification => schema_for!(attest::Verification),
        SchemaOf::TrustRoot => schema_for!(attest::TrustRootShown),
    };
    speech::write(speech, None, |out| report::json(&schema, out))?;
    Ok(Exit::Passed)
}
