//! Code scanning alerts: the report as SARIF, packed as GitHub wants it. The same analysis twice is one to GitHub.

use crate::github::{Client, Done, GithubError, Outcome, Submission};
use crate::report::{self, Findings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;

/// Bytes of a packed report that GitHub takes ("Uploading a SARIF file": 10 MB).
const LARGEST: usize = 10 << 20;

pub(super) fn publish(client: &mut Client, submission: &Submission<'_>) -> Result<Outcome, GithubError> {
    let context = &submission.context;
    // Alerts close where a report has none, so that an unverified one could close those that are right.
    if let Some(doubt) = submission.doubt() {
        return Ok(Outcome::skipped(&format!("{doubt}, so it opens and closes no alerts")));
    }
    let Some(reference) = &context.reference else {
        return Ok(Outcome::skipped("nothing says which branch or pull request the commit belongs to; set GITHUB_REF"));
    };
    let sarif =
        sarif(submission).and_then(|text| packed(&text)).map_err(|error| GithubError::TooLarge(error.to_string()))?;
    if sarif.len() > LARGEST {
        return Err(GithubError::TooLarge(format!(
            "the report is {} bytes as packed SARIF, and GitHub takes {LARGEST}; judge fewer artifacts at a time",
            sarif.len()
        )));
    }
    let body = json!({"commit_sha": context.head, "ref": reference, "sarif": STANDARD.encode(sarif), "tool_name": "weighbridge"});
    let path = format!("/repos/{}/code-scanning/sarifs", context.repository);
    match client.post(&path, &body, None) {
        // Whoever asked for alerts is told where to switch them on; a missing permission has other words.
        Err(GithubError::Denied { route, status, said }) if !said.contains("not accessible") => {
            let hint = "switch code scanning on in the repository's settings, under Advanced Security, or publish without `sarif`";
            Err(GithubError::Status { route, status, said, hint })
        }
        Err(error) => Err(error),
        Ok(_) => Ok(Outcome::new(Done::Created, None)),
    }
}

fn packed(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text)?;
    encoder.finish()
}

/// The report as SARIF. What a waiver accepts is left out, so that its alert is closed: GitHub heeds a suppression only where it meets a
/// result for the first time.
fn sarif(submission: &Submission<'_>) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    report::sarif(submission.report, Findings::Open, &mut text)?;
    Ok(text)
}
