//! The comments that this program wrote before: marked by their first line, and written by whoever the token belongs to. Anybody can write
//! the mark, so the mark alone makes no comment ours.

use crate::digest::{self, Digest};
use crate::github::{Client, GithubError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Pages of comments that are looked through: 3,000 comments; GitHub takes 2,500 in one pull request.
const PAGES: usize = 30;

/// Comments that GraphQL is asked about at once; it takes 100.
const ASKED: usize = 100;

/// Who wrote a comment, and whether it is folded away. `viewer` is whoever the token belongs to.
const AUTHORS: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { id viewerDidAuthor } ... on Minimizable { isMinimized } } }";

/// A comment of ours.
#[derive(Debug)]
pub(super) struct Ours {
    /// Its number.
    pub id: u64,
    /// Its name for GraphQL.
    pub node: String,
    /// Its page.
    pub url: Option<String>,
    /// The digest of its text; a text may be long and of no use.
    pub digest: Digest,
    /// The file that it is about.
    pub path: Option<String>,
    /// Whether it is folded away; `None` when that is not known.
    pub folded: Option<bool>,
}

/// A comment as GitHub answers it, of an issue or of a review.
#[derive(Deserialize)]
struct Comment {
    id: u64,
    #[serde(default)]
    node_id: String,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default, rename = "type")]
    kind: String,
}

/// The digest of a comment's text, whatever its line ends.
pub(super) fn fingerprint(body: &str) -> Digest {
    digest::of(body.replace("\r\n", "\n").trim_end().as_bytes())
}

/// Our comments of a list, oldest first, and whether the list was read to its end.
pub(super) fn find(client: &mut Client, path: &str, mark: &str) -> Result<(Vec<Ours>, bool), GithubError> {
    let keep = |comment: Comment| {
        let Comment { id, node_id: node, html_url: url, body, path, user } = comment;
        let body = body.unwrap_or_default();
        let marked = body.lines().next().is_some_and(|first| first.trim_end() == mark);
        let bot = user.is_some_and(|user| user.kind == "Bot");
        marked.then(|| (Ours { id, node, url, digest: fingerprint(&body), path, folded: None }, bot))
    };
    let (marked, whole) = client.list(path, None, PAGES, keep)?;
    let nodes: Vec<&str> =
        marked.iter().map(|(comment, _)| comment.node.as_str()).filter(|node| !node.is_empty()).collect();
    let authors = authors(client, &nodes);
    let mut ours: Vec<Ours> = Vec::new();
    for (mut comment, bot) in marked {
        let is_ours = match &authors {
            Some(authors) => {
                let known = authors.get(&comment.node);
                comment.folded = known.and_then(|known| known.1);
                known.is_some_and(|known| known.0)
            }
            // Without GraphQL nobody says whose token this is. People cannot write as a bot, and a token of another bot cannot change it.
            None => bot,
        };
        if is_ours {
            ours.push(comment);
        }
    }
    ours.sort_by_key(|comment| comment.id);
    Ok((ours, whole))
}

/// Of each comment whether the token's owner wrote it, and whether it is folded away; `None` when GraphQL does not say.
fn authors(client: &mut Client, nodes: &[&str]) -> Option<HashMap<String, (bool, Option<bool>)>> {
    let mut authors = HashMap::new();
    for nodes in nodes.chunks(ASKED) {
        let data = client.graphql(AUTHORS, &json!({"ids": nodes})).ok()?;
        for node in data.get("nodes")?.as_array()? {
            let Some(id) = node.get("id").and_then(Value::as_str) else { continue };
            let own = node.get("viewerDidAuthor").and_then(Value::as_bool).unwrap_or(false);
            authors.insert(id.to_owned(), (own, node.get("isMinimized").and_then(Value::as_bool)));
        }
    }
    Some(authors)
}
