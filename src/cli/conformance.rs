//! `weighbridge verify-bundle`: the command line that the Sigstore project's conformance suite speaks (sigstore/sigstore-conformance,
//! docs/cli_protocol.md), over the same verification as `weighbridge verify`. Hidden: people have `verify`.

use crate::attest::{Bundle, Ignored, Keyless, PublicKey, Signer, Terms, Verification};
use crate::cli::arguments::{Conforming, Speech};
use crate::cli::exit::Exit;
use crate::cli::progress::Bar;
use crate::cli::{given, speech, trust};
use crate::digest::{Algorithm, Measure};
use crate::extract::{self, Wanted};
use crate::facts::{ArtifactKind, Inventory, Listed, ListedName};
use crate::limits::Limits;
use anyhow::{Context as _, bail};
use std::path::Path;

/// Verifies one bundle for one file or digest.
pub(super) fn verify_bundle(asked: &Conforming, speech: &Speech) -> anyhow::Result<Exit> {
    if asked.staging {
        bail!("the staging instance is not embedded; give its trusted_root.json with --trusted-root");
    }
    let bytes = given::bundle(&asked.bundle, "give a Sigstore bundle")?;
    let root = trust::root(&asked.trusting)?;
    let now = u64::try_from(jiff::Timestamp::now().as_second()).context("this machine's clock stands before 1970")?;
    let terms = Terms { now, ignored: &Ignored::new(&[]), legacy: false, predicates: None };
    let verification = match Bundle::read(&bytes) {
        Err(refusal) => Verification::refused(refusal),
        Ok(bundle) => {
            let inventory = inventory(&asked.artifact, &bundle)?;
            match (&asked.key, &asked.certificate_identity) {
                (Some(path), _) => {
                    let key = PublicKey::from_pem(&given::small(path, "give a public key in PEM")?)?;
                    // A key proves no time; the suite asks for the log that holds its signature too.
                    let logged = root.holds(&bundle, &key, &inventory);
                    let verification = bundle.verify(&Signer::Key(key), &inventory, &terms);
                    logged.map_or_else(Verification::refused, |()| verification)
                }
                (None, Some(identity)) => {
                    let issuer = asked.certificate_oidc_issuer.clone();
                    let keyless = Keyless { identity: Some(identity.clone()), issuer, root };
                    bundle.verify(&Signer::Keyless(Box::new(keyless)), &inventory, &terms)
                }
                (None, None) => bail!("nobody is named; give --certificate-identity or --key"),
            }
        }
    };
    for refusal in &verification.refusals {
        speech::error(speech.color, &refusal.message);
    }
    Ok(if verification.verified { Exit::Passed } else { Exit::Failed })
}

/// The file, or a file of which only the digest is known.
fn inventory(artifact: &str, bundle: &Bundle) -> anyhow::Result<Inventory> {
    let path = Path::new(artifact);
    if let Some(digest) = artifact.strip_prefix("sha256:").and_then(digest).filter(|_| !path.exists()) {
        let name = ListedName { exact: Some("artifact".to_owned()), shown: "artifact".to_owned(), member: 0 };
        let whole = Measure { algorithm: Algorithm::Sha256, shard: None };
        let file = Listed { name, size: 0, pointer: false, digests: vec![(whole, vec![digest])] };
        return Ok(Inventory { kind: ArtifactKind::File, files: vec![file], unread: Vec::new() });
    }
    let measures = |name: &str, size: u64| bundle.measures(name, size);
    let bar = Bar::new(&[path.to_owned()], true);
    let wanted = Wanted { measures: &measures, files: Limits::default().files, progress: &bar };
    Ok(extract::inventory(path, &wanted)?)
}

/// The bytes of a SHA-256 in hexadecimal.
fn digest(hex: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let plain = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| hex.as_bytes().chunks(2).map(pair).collect()).flatten()
}
