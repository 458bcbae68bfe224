//! One GET, bounded in time and size. Follows a few redirects, takes no credentials along, tries nothing twice.

use crate::fetch::FetchError;
use crate::web;
use std::time::Duration;
use ureq::{ResponseExt as _, http::Uri};

/// Time for one request with its body.
const TIME: Duration = Duration::from_secs(60);

/// Redirects that are followed: registries send to their storage, releases to theirs.
const REDIRECTS: u32 = 5;

/// The value of `Authorization` for a registry (host, and port if there is one), if there is one. It is sent to that registry, or to the
/// service that it names itself for its tokens, and nowhere else.
pub type Credentials<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A server's answer.
pub(super) struct Answer {
    /// The HTTP status: 200 or 401.
    pub status: u16,
    /// The header that says how to be allowed, with status 401.
    pub challenge: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks for an address. Every status but 200 and 401 is an error; 401 only when `authorization` was given or no challenge came.
pub(super) fn get(url: &str, accept: &[&str], authorization: Option<&str>, largest: u64) -> Result<Answer, FetchError> {
    let unreachable = |error: ureq::Error| FetchError::Unreachable { url: url.to_owned(), what: error.to_string() };
    let agent = web::agent(url.starts_with("https://"), REDIRECTS);
    let mut request = agent.get(url).config().timeout_global(Some(TIME)).build();
    for kind in accept {
        request = request.header("Accept", *kind);
    }
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    let mut response = request.call().map_err(unreachable)?;
    let status = response.status().as_u16();
    // Only the server that was asked may say where its credentials go.
    let own = url.parse::<Uri>().is_ok_and(|asked| asked.authority() == response.get_uri().authority());
    let challenge = response.headers().get("www-authenticate").filter(|_| own);
    let challenge = challenge.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = status == 401 && authorization.is_none() && challenge.is_some();
    if status != 200 && !asked {
        let hint = match status {
            401 | 403 => {
                "log in to the registry (`docker login`), or ask its owner for access; other addresses get no credentials"
            }
            404 => "check the address; a registry may also answer so to who may not read",
            429 => "it wants fewer requests; try again later",
            _ => "try again later",
        };
        return Err(FetchError::Status { url: url.to_owned(), status, hint });
    }
    let body = response.body_mut().with_config().limit(largest).read_to_vec().map_err(unreachable)?;
    Ok(Answer { status, challenge, body })
}
