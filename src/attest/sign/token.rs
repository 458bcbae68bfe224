//! Identity tokens: who vouches for whoever signs. From a file, from GitHub Actions, or by a person who logs in elsewhere. A token is
//! never shown: only what it says of itself.

use crate::attest::service::{self, LARGEST};
use crate::attest::sign::keyless::{KeylessError, post};
use crate::place;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::time::Duration;

/// The audience that Sigstore's services ask for, and the name by which they know clients that people use.
const AUDIENCE: &str = "sigstore";

/// Bytes of a token; GitHub's have two KiB.
const LONGEST: usize = 64 << 10;

/// Longest time for which a person is waited for, in seconds.
const PATIENCE: u64 = 600;

/// A JSON Web Token of OpenID Connect, not yet expired. Whether it is genuine is asked by whoever gives a certificate for it.
pub struct IdentityToken {
    text: String,
    challenge: String,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    aud: Audience,
    exp: Option<i64>,
    sub: Option<String>,
    email: Option<String>,
    email_verified: Option<serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
    #[default]
    None,
}

impl IdentityToken {
    /// A token as somebody gave it. `now` in seconds since 1970.
    ///
    /// # Errors
    /// When it is no token, for somebody else, or expired.
    pub fn read(text: &str, now: i64) -> Result<Self, KeylessError> {
        let wrong = |what: &str| KeylessError::Token(what.to_owned());
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(wrong("it is longer than any token; give a file that holds the token and nothing else"));
        }
        let malformed = || wrong("not a JSON Web Token; give the token itself, as the issuer gave it");
        let mut parts = text.split('.');
        let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| malformed())?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| malformed())?;
        let audience = match &claims.aud {
            Audience::One(one) => one == AUDIENCE,
            Audience::Several(several) => several.iter().any(|one| one == AUDIENCE),
            Audience::None => false,
        };
        if !audience {
            return Err(wrong("it is for another audience; ask its issuer for one with the audience `sigstore`"));
        }
        if let Some(end) = claims.exp.filter(|end| *end <= now) {
            let end = crate::time::second(end).map_or_else(|| end.to_string(), |end| end.to_string());
            return Err(KeylessError::TokenExpired(end));
        }
        let unverified = claims
            .email_verified
            .as_ref()
            .is_some_and(|verified| verified != &serde_json::Value::Bool(true) && verified.as_str() != Some("true"));
        if claims.email.is_some() && unverified {
            return Err(wrong("its issuer has not verified the address; verify it there and log in again"));
        }
        let challenge = claims.email.filter(|email| !email.is_empty()).or(claims.sub);
        Ok(Self { text: text.to_owned(), challenge: challenge.ok_or_else(|| wrong("it names nobody"))? })
    }

    /// The token of a GitHub Actions job (docs.github.com, "OpenID Connect reference"): `url` and `bearer` are what the runner gives to
    /// a job with `id-token: write`.
    ///
    /// # Errors
    /// When GitHub gives none.
    pub fn of_github(url: &str, bearer: &str, now: i64) -> Result<Self, KeylessError> {
        #[derive(Deserialize)]
        struct Given {
            value: String,
        }
        const WHAT: &str = "no identity token from GitHub";
        let url = format!("{url}{}audience={AUDIENCE}", if url.contains('?') { '&' } else { '?' });
        let answer = service::get(&url, Some(&format!("Bearer {bearer}")), LARGEST);
        let body = answer.and_then(|answer| answer.accepted(&url)).map_err(|error| KeylessError::Service {
            what: WHAT,
            error,
            hint: "; see that the job has `permissions: id-token: write`",
        })?;
        let given: Given = serde_json::from_slice(&body).map_err(|_| answered(WHAT, &url))?;
        Self::read(&given.value, now)
    }

    /// The token itself.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What a signature over proves that the key is in the hands of whom the token speaks of (Fulcio, docs/fulcio.md): the address, or else
    /// the subject.
    pub(super) fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// A login that a person finishes in a browser, on any machine (RFC 8628).
pub struct DeviceCode {
    /// The address to open, escaped.
    pub address: String,
    /// What to compare or to enter there, escaped.
    pub code: String,
    token_url: String,
    device_code: String,
    verifier: String,
    interval: u64,
    expires: u64,
}

#[derive(Deserialize)]
struct Discovered {
    device_authorization_endpoint: Option<String>,
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Authorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct Granted {
    id_token: Option<String>,
    error: Option<String>,
}

impl DeviceCode {
    /// Begins a login at an issuer.
    ///
    /// # Errors
    /// When the issuer knows no such login.
    pub fn begin(issuer: &str) -> Result<Self, KeylessError> {
        const WHAT: &str = "no login";
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let found = service::get(&url, None, LARGEST).and_then(|answer| answer.accepted(&url));
        let found = found.map_err(|error| KeylessError::Service { what: WHAT, error, hint: "" })?;
        let found: Discovered = serde_json::from_slice(&found).map_err(|_| answered(WHAT, &url))?;
        let Some(device) = found.device_authorization_endpoint else {
            return Err(KeylessError::Token(format!(
                "{} has no login by device code; get a token there and give it with --identity-token",
                place::escape_cut(issuer.as_bytes(), 200)
            )));
        };
        // RFC 7636: who has seen the device code alone gets no token.
        let mut random = [0; 32];
        SystemRandom::new().fill(&mut random).map_err(|_| KeylessError::Key)?;
        let verifier = URL_SAFE_NO_PAD.encode(random);
        let challenge = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let form = form(&[
            ("client_id", AUDIENCE),
            ("scope", "openid email"),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(challenge)),
            ("code_challenge_method", "S256"),
        ]);
        let body = post(WHAT, &device, FORM, form.as_bytes(), "")?;
        let begun: Authorization = serde_json::from_slice(&body).map_err(|_| answered(WHAT, &device))?;
        let address = begun.verification_uri_complete.unwrap_or(begun.verification_uri);
        if !address.starts_with("https://") && !address.starts_with("http://127.0.0.1") {
            return Err(answered(WHAT, &device));
        }
        Ok(Self {
            address: place::escape_cut(address.as_bytes(), 400),
            code: place::escape_cut(begun.user_code.as_bytes(), 40),
            token_url: found.token_endpoint,
            device_code: begun.device_code,
            verifier,
            interval: begun.interval.unwrap_or(5).clamp(1, 30),
            expires: begun.expires_in.min(PATIENCE),
        })
    }

    /// Waits until the person is done. `now` in seconds since 1970.
    ///
    /// # Errors
    /// When the person declines, or takes longer than the issuer allows.
    pub fn wait(&self, now: &dyn Fn() -> i64) -> Result<IdentityToken, KeylessError> {
        let mut interval = self.interval;
        let mut waited = 0_u64;
        while waited < self.expires {
            std::thread::sleep(Duration::from_secs(interval));
            waited = waited.saturating_add(interval);
            let form = form(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", &self.device_code),
                ("client_id", AUDIENCE),
                ("code_verifier", &self.verifier),
            ]);
            let answer = service::post(&self.token_url, FORM, form.as_bytes())
                .map_err(|error| KeylessError::Service { what: "no login", error, hint: "" })?;
            let granted: Granted =
                serde_json::from_slice(&answer.body).map_err(|_| answered("no login", &self.token_url))?;
            match (granted.id_token, granted.error.as_deref()) {
                (Some(token), None) => return IdentityToken::read(&token, now()),
                (_, Some("authorization_pending")) => {}
                // RFC 8628, section 3.5.
                (_, Some("slow_down")) => interval = interval.saturating_add(5),
                (_, Some(error)) => {
                    return Err(KeylessError::NotLoggedIn(place::escape_cut(error.as_bytes(), 100)));
                }
                (None, None) => return Err(answered("no login", &self.token_url)),
            }
        }
        Err(KeylessError::NotLoggedIn("the time for it is over".to_owned()))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn answered(what: &'static str, url: &str) -> KeylessError {
    KeylessError::Answer { what, url: place::escape_cut(url.as_bytes(), 200), why: "not its JSON".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    fn refused(claims: &str) -> String {
        IdentityToken::read(&token(claims), 1_000).err().unwrap().to_string()
    }

    #[test]
    fn a_token_says_whom_it_speaks_of() {
        let read = |claims: &str| IdentityToken::read(&token(claims), 1_000).unwrap().challenge().to_owned();
        assert_eq!(read(r#"{"aud": "sigstore", "exp": 2000, "sub": "repo:a/b"}"#), "repo:a/b");
        assert_eq!(
            read(r#"{"aud": ["x", "sigstore"], "exp": 2000, "sub": "1", "email": "a@b", "email_verified": true}"#),
            "a@b"
        );
    }

    #[test]
    fn a_token_that_would_be_refused_is_not_sent() {
        assert!(refused(r#"{"aud": "other", "exp": 2000, "sub": "s"}"#).contains("audience `sigstore`"));
        assert!(refused(r#"{"exp": 2000, "sub": "s"}"#).contains("audience `sigstore`"));
        assert!(refused(r#"{"aud": "sigstore", "exp": 999, "sub": "s"}"#).contains("expired at 1970-01-01T00:16:39Z"));
        assert!(refused(r#"{"aud": "sigstore", "exp": 2000}"#).contains("names nobody"));
        let unverified = r#"{"aud": "sigstore", "exp": 2000, "email": "a@b", "email_verified": false}"#;
        assert!(refused(unverified).contains("verified the address"));
        for text in ["", "a.b", "a.b.c.d", "a.%%%.c", "a.e30.c", &"x".repeat(LONGEST + 1)] {
            assert!(IdentityToken::read(text, 0).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn a_form_escapes_what_steers_it() {
        assert_eq!(form(&[("a", "b&c=d e+f")]), "a=b%26c%3Dd%20e%2Bf");
    }
}
