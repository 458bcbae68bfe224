//! Policy sets from where they are named: read or fetched once, held against their signature where those are named who must have signed
//! them, and only then added. What is refused is never looked at.

use crate::attest::{Content, Purpose, Reason, Signer as Expected, Verification};
use crate::cli::credentials::Credentials;
use crate::cli::places;
use crate::cli::signers::{self, why};
use crate::fetch::{self, FetchError, Location};
use crate::files::{self, Files, Snapshot};
use crate::place::shown;
use crate::policy::{PACKED, PolicyError, PolicySet};
use crate::verdict::Signers;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// Where sources are read from, and when.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// The way to read paths.
    pub files: &'a dyn Files,
    /// The time of the judgement, seconds since 1970.
    pub now: u64,
}

/// A source and those who must have signed it, if somebody must.
pub(super) type Named<'n> = (&'n Path, Option<&'n Signers>);

impl Sources<'_> {
    /// Adds the sources. The configuration and the command line may name the same one: it is added once, and must be signed as each asks.
    pub(super) fn add<'n>(
        self,
        mut set: PolicySet,
        named: impl Iterator<Item = Named<'n>>,
    ) -> anyhow::Result<PolicySet> {
        let mut sources: Vec<(PathBuf, &Path, Vec<&Signers>)> = Vec::new();
        for (source, signers) in named {
            let same = if files::is_address(source) { source.to_owned() } else { source.components().collect() };
            match sources.iter_mut().find(|(known, ..)| *known == same) {
                Some((.., demands)) => demands.extend(signers),
                None => sources.push((same, source, signers.into_iter().collect())),
            }
        }
        for (_, source, demands) in &sources {
            set = self.add_one(set, source, demands)?;
        }
        Ok(set)
    }

    /// Adds a directory, an archive, or the archive at an address.
    pub(super) fn add_one(self, set: PolicySet, source: &Path, demands: &[&Signers]) -> anyhow::Result<PolicySet> {
        if files::is_address(source) {
            let location = Location::parse(&source.to_string_lossy())?;
            let bytes = fetched(&location, fetch::fetch)?;
            let who = match demands {
                [] => None,
                demands => {
                    let content = Content::file(Purpose::PolicySet, &name(source), &bytes);
                    let looked = fetch::signature_place(&location);
                    let signature = fetched(&location, fetch::signature)?;
                    Some(self.signed_by(&shown(source), &content, signature.as_deref(), &looked, demands)?)
                }
            };
            let set = set.with_archive(&location.to_string(), &bytes)?;
            return Ok(who.into_iter().fold(set, |set, who| set.signed_by(&who)));
        }
        match self.signed(source, demands)? {
            None => Ok(set.with_path(source, self.files)?),
            Some((snapshot, who)) => Ok(set.with_path(source, &snapshot)?.signed_by(&who)),
        }
    }

    /// What lies at a path, as it was signed, and by whom; `None` when nobody must have signed it.
    pub(super) fn signed(self, source: &Path, demands: &[&Signers]) -> anyhow::Result<Option<(Snapshot, String)>> {
        if demands.is_empty() {
            return Ok(None);
        }
        let (content, snapshot, inside) = take(source, self.files)?;
        let place = places::policy_signature(source, snapshot.is_folder())?;
        let signature = match snapshot.is_folder() {
            true => inside,
            false => signers::signature(&place, self.files)?,
        };
        let who = self.signed_by(&shown(source), &content, signature.as_deref(), &shown(&place), demands)?;
        Ok(Some((snapshot, who)))
    }

    /// Who signed content: for each demand somebody whom it names.
    fn signed_by(
        self,
        source: &str,
        content: &Content,
        signature: Option<&[u8]>,
        looked: &str,
        demands: &[&Signers],
    ) -> anyhow::Result<String> {
        let mut all: Vec<String> = Vec::new();
        for demand in demands {
            let signatories =
                signers::signatories(demand).with_context(|| format!("{source}: who must have signed it"))?;
            let asked = signatories.expected();
            let expected = Expected::Any(Box::new(signatories));
            let verification = content.verify(signature, looked, &expected, self.now);
            match &verification.signed_by {
                Some(signed_by) if verification.verified => all.push(signed_by.who()),
                _ => bail!(refused(source, &asked, &verification)),
            }
        }
        all.dedup();
        Ok(all.join(", and "))
    }
}

/// What lies at a path, read once: as what is signed, as what is judged by, and the signature in it, where it is a folder.
pub(super) fn take(source: &Path, files: &dyn Files) -> anyhow::Result<(Content, Snapshot, Option<Vec<u8>>)> {
    let unreadable = |error| PolicyError::Unreadable { path: source.to_owned(), source: error };
    let mut snapshot = Snapshot::take(source, PACKED, files).map_err(unreadable)?;
    let inside = snapshot.remove(places::POLICY_SIGNATURE).filter(|_| snapshot.is_folder());
    let name = name(source);
    let content = match snapshot.is_folder() {
        true => Content::folder(Purpose::PolicySet, &name, snapshot.files()),
        false => {
            let bytes = snapshot.files().next().map(|(_, bytes)| bytes).unwrap_or_default();
            Content::file(Purpose::PolicySet, &name, bytes)
        }
    };
    Ok((content, snapshot, inside))
}

/// The own name of a path or an address.
fn name(source: &Path) -> String {
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned());
    name.and_then(|name| name.split(['@', '?', '#']).next().map(str::to_owned)).unwrap_or_else(|| "policy".to_owned())
}

fn refused(source: &str, asked: &str, verification: &Verification) -> String {
    let first = verification.refusals.first();
    let remedy = match first.map(|refusal| refusal.reason) {
        None | Some(Reason::Unsigned) => {
            "have it signed by one of them with `weighbridge policy sign`, and put the signature there"
        }
        // Whether that is the next signer or an intruder is not for a program to say.
        Some(Reason::WrongKey | Reason::SignerUnknown | Reason::SignerNotNamed | Reason::CertificateUntrusted) => {
            "do not use it before you know who signed it and why; if that is right, name them where this source is named, and have that merged first"
        }
        Some(_) => first.map_or("", |refusal| refusal.remedy.as_str()),
    };
    format!("{source}: not loaded, for {asked} must have signed it: {}\n{remedy}", why(verification))
}

/// What is fetched of a location. Credentials are looked for where a registry may ask for them.
fn fetched<T>(
    location: &Location,
    fetch: impl Fn(&Location, &fetch::Credentials<'_>) -> Result<T, FetchError>,
) -> anyhow::Result<T> {
    let Location::Oci { registry, .. } = location else { return Ok(fetch(location, &|_| None)?) };
    let credentials = Credentials::read()?;
    let fetched = fetch(location, &|host| credentials.of(host));
    fetched.map_err(|error| match (&error, credentials.hint(registry)) {
        (FetchError::Status { status: 401 | 403, .. }, Some(hint)) => anyhow::anyhow!("{error}\n{hint}"),
        _ => error.into(),
    })
}
