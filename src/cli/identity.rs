//! `weighbridge sign --keyless`: finds who vouches for whoever signs, and which services prove it. Never shows a token.

use crate::attest::{DeviceCode, IdentityToken, KeylessError, KeylessSigner, Services, Sign};
use crate::cli::arguments::{KeylessSigning, Speech, Trusting};
use crate::cli::{given, speech, trust};
use crate::place;
use anyhow::Context as _;
use std::io::IsTerminal as _;
use std::path::Path;

/// The variable that may hold a token; cosign and sigstore-python know it too, and GitLab can set it.
const TOKEN: &str = "SIGSTORE_ID_TOKEN";

/// Who signs.
pub(super) fn signer(signing: &KeylessSigning, speech: &Speech) -> anyhow::Result<Box<dyn Sign>> {
    let services = services(signing)?;
    let root = trust::root(&Trusting { trusted_root: signing.trusted_root.clone(), github: false })?;
    trust::tell_age(&root, speech)?;
    let source = source(signing, &services)?;
    let spoken = Speech { color: speech.color, quiet: false, verbose: false };
    let signer = KeylessSigner::new(services, root, move || source.token(&spoken))?;
    Ok(Box::new(signer))
}

fn services(signing: &KeylessSigning) -> anyhow::Result<Services> {
    let mut services = match (&signing.fulcio_url, &signing.rekor_url, &signing.signing_config) {
        // Whoever names services of their own means them alone: nothing of it goes to the public instance.
        (Some(certificates), Some(log), _) => Services {
            certificates: certificates.clone(),
            log: log.clone(),
            log_version: signing.rekor_version,
            timestamps: None,
            login: None,
        },
        (_, _, Some(path)) => Services::configured(Some(&text(path, "give a signing_config.v0.2.json")?))
            .with_context(|| place::shown(path))?,
        _ => Services::configured(None)?,
    };
    if let Some(url) = &signing.tsa_url {
        services.timestamps = Some(url.clone());
    }
    Ok(services)
}

fn text(path: &Path, instead: &str) -> anyhow::Result<String> {
    let bytes = given::small(path, instead)?;
    String::from_utf8(bytes).with_context(|| format!("{}: not UTF-8; {instead}", place::shown(path)))
}

/// Where a token comes from. It is looked for before anything is judged, and asked for when it is needed.
enum Source {
    Given(String),
    GitHub { url: String, bearer: String },
    Login { issuer: String },
}

fn source(signing: &KeylessSigning, services: &Services) -> anyhow::Result<Source> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let given = match &signing.identity_token {
        Some(path) => Some((text(path, "give a file that holds the token and nothing else")?, place::shown(path))),
        None => variable(TOKEN).map(|token| (token, TOKEN.to_owned())),
    };
    if let Some((token, from)) = given {
        // What cannot be used is told before anything is judged.
        IdentityToken::read(&token, now()).with_context(|| from)?;
        return Ok(Source::Given(token));
    }
    let ambient = variable("ACTIONS_ID_TOKEN_REQUEST_URL").zip(variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
    if let Some((url, bearer)) = ambient {
        return Ok(Source::GitHub { url, bearer });
    }
    let watched = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    match &services.login {
        Some(issuer) if watched => Ok(Source::Login { issuer: issuer.clone() }),
        _ => Err(KeylessError::NoToken.into()),
    }
}

impl Source {
    fn token(&self, speech: &Speech) -> Result<IdentityToken, KeylessError> {
        match self {
            Self::Given(token) => IdentityToken::read(token, now()),
            Self::GitHub { url, bearer } => IdentityToken::of_github(url, bearer, now()),
            Self::Login { issuer } => {
                let login = DeviceCode::begin(issuer)?;
                let asked = format!(
                    "to sign with your identity, open {} in a browser and confirm the code {}; your address will stand in a public log for ever",
                    login.address, login.code
                );
                speech::note(speech, &asked);
                login.wait(&now)
            }
        }
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
