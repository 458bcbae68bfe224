//! The one comment in the pull request, kept up to date. There is none while there is nothing to tell; it is folded away when all passed.

use crate::github::ours::{self, Ours};
use crate::github::{Client, Done, GithubError, Outcome, Submission, words};
use crate::report::{MarkdownLook, plain};
use serde_json::{Value, json};

const FOLD: &str =
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) { clientMutationId } }";
const UNFOLD: &str = "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { clientMutationId } }";

pub(super) fn publish(client: &mut Client, submission: &Submission<'_>, number: u64) -> Result<Outcome, GithubError> {
    let repository = &submission.context.repository;
    let list = format!("/repos/{repository}/issues/{number}/comments");
    let mark = format!("<!-- weighbridge:{} -->", submission.name);
    let page = words::page(submission, MarkdownLook::COMMENT.saturating_sub(mark.len()).saturating_sub(1));
    let body = format!("{mark}\n{page}");
    let (found, whole) = ours::find(client, &list, &mark)?;
    // Where nothing else may say that all passed, the comment does; and what nobody vouches for folds no earlier one away.
    let judged = !submission.report.artifacts.is_empty();
    let loud = submission.loud() || submission.doubt().is_some() && (judged || !found.is_empty());
    for comment in &found {
        let done = if comment.digest == ours::fingerprint(&body) {
            Done::Unchanged
        } else {
            let path = format!("/repos/{repository}/issues/comments/{}", comment.id);
            match client.patch(&path, &json!({"body": body}), None) {
                Ok(_) => Done::Updated,
                // Somebody else's bot, or removed in the meantime.
                Err(GithubError::Denied { .. }) if found.len() > 1 => continue,
                Err(error) => return Err(error),
            }
        };
        fold(client, comment, !loud);
        return Ok(Outcome::new(done, comment.url.as_deref().map(plain)));
    }
    if !loud {
        return Ok(Outcome::skipped("there is nothing to tell, and no earlier comment to bring up to date"));
    }
    if !whole {
        return Ok(Outcome::skipped(
            "there are too many comments to find an earlier one, and a second one is not written",
        ));
    }
    let mut look = |client: &mut Client| {
        let (found, _) = ours::find(client, &list, &mark)?;
        Ok(found.first().map(|comment| json!({"html_url": comment.url})))
    };
    let answer = client.post(&list, &json!({"body": body}), Some(&mut look))?;
    Ok(Outcome::new(Done::Created, answer.get("html_url").and_then(Value::as_str).map(plain)))
}

/// Folds a comment away or opens it. Where GraphQL does not do it the comment still says the right thing.
fn fold(client: &mut Client, comment: &Ours, fold: bool) {
    if comment.folded.is_some_and(|folded| folded != fold) {
        let _ = client.graphql(if fold { FOLD } else { UNFOLD }, &json!({"id": comment.node}));
    }
}
