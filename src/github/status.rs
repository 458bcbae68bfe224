//! A commit status: one line on the head commit. The newest one of a name counts, so that a second one changes nothing.

use crate::github::{Client, Conclusion, Done, GithubError, Outcome, Submission, words};
use serde_json::json;

/// Characters of a description; GitHub takes 140.
const LONGEST: usize = 140;

pub(super) fn publish(client: &mut Client, submission: &Submission<'_>) -> Result<Outcome, GithubError> {
    let context = &submission.context;
    let state = match submission.conclusion() {
        // A status knows nothing between; the description says that the failure was let through.
        Ok(Conclusion::Success | Conclusion::Neutral) => "success",
        Ok(Conclusion::Failure) => "failure",
        Err(doubt) => return Ok(Outcome::skipped(&format!("{doubt}, so it does not become a success"))),
    };
    let description = words::line(&words::headline(submission.report), LONGEST);
    let mut body = json!({"state": state, "context": submission.name, "description": description});
    if let (Some(run), Some(body)) = (&context.run, body.as_object_mut()) {
        body.insert("target_url".to_owned(), json!(run.url));
    }
    client.post(&format!("/repos/{}/statuses/{}", context.repository, context.head), &body, None)?;
    Ok(Outcome { done: Done::Created, detail: Some(state.to_owned()), url: None })
}
