//! `weighbridge policy sign`: signs a policy that can judge, over the bytes that were held to be one.

use crate::attest::IN_TOTO;
use crate::cli::arguments::{PolicySigning, Speech};
use crate::cli::exit::Exit;
use crate::cli::judging::{now, program};
use crate::cli::{places, sign, sources, speech};
use crate::config::{self, Config};
use crate::extract::OpenError;
use crate::files::{Disk, Files as _, Kind};
use crate::place::shown;
use crate::policy::{Judge, PolicyError, PolicySet};
use std::path::Path;

/// Writes the signature of an archive or a folder.
pub(super) fn sign(policy: &Path, signing: &PolicySigning, speech: &Speech) -> anyhow::Result<Exit> {
    if std::fs::symlink_metadata(policy).is_err() {
        return Err(OpenError::Missing { path: shown(policy) }.into());
    }
    let signer = sign::signer(&signing.signatory, speech)?;
    let (content, snapshot, _) = sources::take(policy, &Disk)?;
    let place = match &signing.bundle {
        Some(named) => named.clone(),
        None => places::policy_signature(policy, snapshot.is_folder())?,
    };
    sign::replaceable(&place, signing.force)?;
    // What is read from here on is what will be signed.
    let set = PolicySet::to_test(policy, &snapshot);
    let file = policy.join(config::FILE);
    let configured = snapshot.is_folder() && snapshot.kind(&file)? == Kind::File;
    if configured {
        Config::read(&file, &snapshot)?;
    }
    let digest = match set {
        Ok(set) => {
            if let Some(text) = set.configuration() {
                Config::parse_packed(text, &format!("{}!{}", shown(policy), config::FILE))?;
            }
            Judge::new(&set, &program()?)?;
            set.sources().first().map(|source| source.digest.clone())
        }
        // An organisation's configuration alone is a policy too.
        Err(PolicyError::Empty(_)) if configured => None,
        Err(error) => return Err(error.into()),
    };
    let bundle = signer.sign(IN_TOTO, &content.statement(digest.as_deref(), &now()))?;
    sign::write(&[(&place, format!("{bundle}\n"))], signing.force)?;
    speech::write(speech, None, |out| {
        if speech.quiet {
            return Ok(());
        }
        writeln!(out, "signed {} in {}", shown(policy), shown(&place))?;
        match &digest {
            Some(digest) => writeln!(out, "policy    {digest}"),
            None => Ok(()),
        }
    })?;
    Ok(Exit::Passed)
}
