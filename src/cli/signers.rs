//! Who is to have signed, as a configuration names them: made ready to be verified with, for models, policy sets and files of waivers
//! alike.

use crate::attest::{Content, Instance, Known, Purpose, Signatories, Signer as Expected, Verification};
use crate::cli::{places, trust};
use crate::config::{Approval, Config, Waivable};
use crate::files::{Files, Kind};
use crate::place::shown;
use crate::time;
use crate::verdict::{Signer, Signers};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of a signature on what judges; one has some thousand, and several approvers may have signed.
pub(super) const LARGEST: u64 = 1 << 20;

/// What signatures are verified with, and the signers as the policies see them: texts of keys and roots by the names that the facts have
/// for them.
pub(super) fn of_models(config: &Config) -> anyhow::Result<(Known, Vec<Signers>)> {
    let (mut known, mut all) = (Known::default().with_public(trust::public), config.signers.clone());
    for entry in &mut all {
        for signer in &mut entry.by {
            resolve(signer, &mut known).context("`signers`")?;
        }
    }
    Ok((known, all))
}

fn resolve(signer: &mut Signer, known: &mut Known) -> anyhow::Result<()> {
    if let Some(pem) = signer.key.take() {
        let fingerprint = known.add_key(&pem)?;
        if signer.fingerprint.as_ref().is_some_and(|named| *named != fingerprint) {
            bail!("`fingerprint` is not that of `key`, which is {fingerprint}");
        }
        signer.fingerprint = Some(fingerprint);
    }
    if let Some(pem) = &signer.authority {
        signer.authority = Some(known.add_authority(pem)?);
    }
    if signer.issuer.is_some() {
        signer.root = Some(match signer.root.as_deref() {
            None | Some("public") => "public".to_owned(),
            Some("github") => known.add_github(trust::kept(Instance::GitHub)?),
            Some(json) => known.add_root(json)?,
        });
    }
    if let Some(pattern) = &signer.pattern {
        // `^a|b$` begins with one and ends with the other, and holds neither for all of it.
        let inner = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$')).unwrap_or(pattern);
        let whole = format!("^(?:{inner})$");
        for text in [inner, whole.as_str()] {
            regex::Regex::new(text).with_context(|| format!("`{pattern}` is no regular expression"))?;
        }
        signer.pattern = Some(whole);
    }
    for moment in [&mut signer.from, &mut signer.until].into_iter().flatten() {
        if let Some(instant) = time::instant(moment) {
            // In one spelling, so that their order is that of their texts.
            *moment = instant.to_string();
        }
    }
    Ok(())
}

/// Those of whom any must have signed something that judges.
pub(super) fn signatories(signers: &Signers) -> anyhow::Result<Signatories> {
    let (mut known, mut by) = (Known::default().with_public(trust::public), signers.by.clone());
    for signer in &mut by {
        resolve(signer, &mut known)?;
    }
    Ok(Signatories::new(known, by, signers.timed))
}

/// The seconds since 1970 of a time in RFC 3339.
pub(super) fn seconds(at: &str) -> anyhow::Result<u64> {
    let second = time::instant(at).and_then(|moment| u64::try_from(moment.as_second()).ok());
    second.with_context(|| format!("{at}: no time since 1970"))
}

/// The signature at a path; `None` when there is none.
pub(super) fn signature(path: &Path, files: &dyn Files) -> anyhow::Result<Option<Vec<u8>>> {
    let read = || match files.kind(path)? {
        Kind::Missing => Ok(None),
        Kind::File | Kind::Folder => files.read(path, LARGEST).map(Some),
    };
    read().map_err(|error: std::io::Error| anyhow::anyhow!("{}: the signature cannot be read ({error})", shown(path)))
}

/// What a signature on a file of waivers says of each approver for whom somebody is named to sign. `text` is what was read of the file.
pub(super) fn approvals(
    file: &Path,
    text: &str,
    waivable: Option<&Waivable>,
    files: &dyn Files,
    at: &str,
) -> anyhow::Result<BTreeMap<String, Approval>> {
    let mut approvals = BTreeMap::new();
    let Some(waivable) = waivable.filter(|waivable| !waivable.signers.is_empty()) else { return Ok(approvals) };
    let place = places::file_signature(file)?;
    let bundles = signature(&place, files)?;
    let content = waivers(file, text.as_bytes());
    for (approver, by) in &waivable.signers {
        let signers = Signers { by: by.clone(), ..Signers::default() };
        let signatories = signatories(&signers).with_context(|| format!("`waivable.signers`, {approver}"))?;
        let expected = Expected::Any(Box::new(signatories));
        let verification = content.verify(bundles.as_deref(), &shown(&place), &expected, seconds(at)?);
        approvals.insert(approver.clone(), approval(&verification));
    }
    Ok(approvals)
}

/// A file of waivers as it is signed.
pub(super) fn waivers(file: &Path, bytes: &[u8]) -> Content {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    Content::file(Purpose::Waivers, &name, bytes)
}

fn approval(verification: &Verification) -> Approval {
    match (&verification.signed_by, verification.verified) {
        (Some(signed_by), true) => Ok(signed_by.who()),
        _ => Err(why(verification)),
    }
}

/// Why a signature is refused, in a line.
pub(super) fn why(verification: &Verification) -> String {
    let messages: Vec<&str> = verification.refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    messages.join("; ")
}
