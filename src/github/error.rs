//! Why something could not be published.

/// Why something could not be published, or not as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// The environment or the event does not say what is published where, or must not be trusted.
    #[error("{0}")]
    Context(String),
    /// The token may not do it: a pull request from a fork has one that only reads.
    #[error("{route}: GitHub answers {status}: {said}")]
    Denied {
        /// Method and path.
        route: String,
        /// The HTTP status: 403 or 404.
        status: u16,
        /// GitHub's own words.
        said: String,
    },
    /// GitHub refused for another reason.
    #[error("{route}: GitHub answers {status}: {said}; {hint}")]
    Status {
        /// Method and path.
        route: String,
        /// The HTTP status.
        status: u16,
        /// GitHub's own words.
        said: String,
        /// What to do.
        hint: &'static str,
    },
    /// No answer, or none to its end.
    #[error("{route}: {what}; check the network and GITHUB_API_URL, and publish the same report again")]
    Unreachable {
        /// Method and path.
        route: String,
        /// What happened.
        what: String,
    },
    /// GitHub wants fewer requests than fit into the time.
    #[error(
        "{route}: GitHub wants no request for {seconds} seconds, which is longer than is left; publish the same report again then"
    )]
    Later {
        /// Method and path.
        route: String,
        /// How long it is to wait.
        seconds: u64,
    },
    /// The time for publishing is over.
    #[error("{route}: the time for publishing is over; publish the same report again, or give more with --time-limit")]
    Time {
        /// Method and path.
        route: String,
    },
    /// An answer of a shape or size that GitHub's documentation does not have.
    #[error("{route}: {what}; check GITHUB_API_URL")]
    Answer {
        /// Method and path.
        route: String,
        /// What is wrong with it.
        what: String,
    },
    /// What is to be published is beyond what GitHub takes.
    #[error("{0}")]
    TooLarge(String),
    /// The file of the job's summary cannot be written.
    #[error("GITHUB_STEP_SUMMARY: {0}; check that the file can be written")]
    Summary(String),
}
