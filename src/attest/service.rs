//! Requests to the services of a Sigstore instance: one answer each, bounded in time and size. Follows no redirect, tries nothing twice.

use crate::place;
use crate::web;
use std::time::Duration;

/// Time for one request with its body. A log answers when its next checkpoint has the entry, within seconds.
const TIME: Duration = Duration::from_secs(60);

/// Bytes of an answer of Fulcio, Rekor, a timestamp authority or GitHub's token service; they have a few KiB.
pub(super) const LARGEST: u64 = 1 << 20;

/// Why a service gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// An address that no token may be sent to.
    #[error("{0}: not an https:// address; plain http is for 127.0.0.1 alone")]
    Insecure(String),
    /// The service cannot be reached, or broke off.
    #[error("{url}: cannot be reached ({what}); check the network and the proxy (HTTPS_PROXY), and try again")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What happened.
        what: String,
    },
    /// The service answered with more than it may.
    #[error("{url}: the answer has more than {largest} bytes; do not use this service")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The ceiling.
        largest: u64,
    },
    /// The service refused.
    #[error("{url}: the service answered {status}{said}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it said, escaped, with `: ` before it, or nothing.
        said: String,
    },
}

/// An answer.
pub(super) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, when the service did what it was asked.
    pub fn accepted(self, url: &str) -> Result<Vec<u8>, ServiceError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let said = place::escape_cut(&self.body, 300);
        let said = if said.is_empty() { said } else { format!(": {said}") };
        Err(ServiceError::Status { url: place::escape_cut(url.as_bytes(), 200), status: self.status, said })
    }
}

/// Asks for what lies at an address.
pub(super) fn get(url: &str, authorization: Option<&str>, largest: u64) -> Result<Answer, ServiceError> {
    let mut request = agent(url)?.get(url);
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    answer(url, request.config().timeout_global(Some(TIME)).build().call(), largest)
}

/// Sends a body of that kind.
pub(super) fn post(url: &str, kind: &str, body: &[u8]) -> Result<Answer, ServiceError> {
    let request = agent(url)?.post(url).header("Content-Type", kind).header("Accept", "*/*");
    answer(url, request.config().timeout_global(Some(TIME)).build().send(body), LARGEST)
}

fn agent(url: &str) -> Result<ureq::Agent, ServiceError> {
    let secure = url.starts_with("https://");
    let here = ["http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://[::1]/"];
    if !secure && !here.iter().any(|start| url.starts_with(start)) {
        return Err(ServiceError::Insecure(place::escape_cut(url.as_bytes(), 200)));
    }
    Ok(web::agent(secure, 0))
}

fn answer(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    largest: u64,
) -> Result<Answer, ServiceError> {
    let shown = || place::escape_cut(url.as_bytes(), 200);
    let failed = |error: ureq::Error| match error {
        ureq::Error::BodyExceedsLimit(_) => ServiceError::TooLarge { url: shown(), largest },
        error => ServiceError::Unreachable { url: shown(), what: place::escape_cut(error.to_string().as_bytes(), 200) },
    };
    let mut response = response.map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(largest).read_to_vec().map_err(failed)?;
    Ok(Answer { status, body })
}
