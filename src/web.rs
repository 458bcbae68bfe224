//! How this program speaks HTTP: TLS by the system's certificates, a name of its own. Asks nothing itself.

use ureq::config::RedirectAuthHeaders;
use ureq::tls::{RootCerts, TlsConfig};

/// An agent that follows at most `redirects`, none over anything but https when `secure`. It tries nothing twice, and every status is an
/// answer. Each request brings its own time.
#[must_use]
pub fn agent(secure: bool, redirects: u32) -> ureq::Agent {
    ureq::Agent::config_builder()
        .https_only(secure)
        .max_redirects(redirects)
        // Where none is followed, one is an answer like any other.
        .max_redirects_will_error(redirects > 0)
        // What is said to one server is not said to where it sends us.
        .redirect_auth_headers(RedirectAuthHeaders::Never)
        .http_status_as_error(false)
        .user_agent(concat!("weighbridge/", env!("CARGO_PKG_VERSION")))
        // Companies have certificate authorities of their own, which the system knows.
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into()
}
