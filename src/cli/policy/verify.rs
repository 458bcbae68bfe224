//! `weighbridge policy verify`: who signed a policy, and whether it is what they signed.

use crate::cli::arguments::{Format, Output, PolicyVerifying, Speech};
use crate::cli::exit::Exit;
use crate::cli::{given, paths, places, signers, sources, verify};
use crate::extract::OpenError;
use crate::files::Disk;
use crate::place::shown;
use std::path::Path;

/// Tells what came of it.
pub(super) fn verify(
    policy: &Path,
    verifying: &PolicyVerifying,
    format: Format,
    output: &Output,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let file = output.output.as_deref();
    paths::keep(&[policy.to_owned()], file)?;
    let signer = verify::signer(&verifying.expected, speech)?;
    if std::fs::symlink_metadata(policy).is_err() {
        return Err(OpenError::Missing { path: shown(policy) }.into());
    }
    let (content, snapshot, inside) = sources::take(policy, &Disk)?;
    let place = match &verifying.bundle {
        Some(named) => named.clone(),
        None => places::policy_signature(policy, snapshot.is_folder())?,
    };
    let bundles = match &verifying.bundle {
        Some(named) => Some(given::bundle(named, "give the signature's file with --bundle")?),
        None if snapshot.is_folder() => inside,
        None => signers::signature(&place, &Disk)?,
    };
    let now = signers::seconds(&crate::cli::judging::now())?;
    let verification = content.verify(bundles.as_deref(), &shown(&place), &signer, now);
    let verification = verification.of(policy, bundles.is_some().then_some(place.as_path()));
    verify::tell(&verification, format, file, speech)
}
