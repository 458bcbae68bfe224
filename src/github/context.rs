//! What is published where, by the environment and the event alone: never by the report. Reads nothing itself.

use crate::github::GithubError;
use crate::place;
use serde_json::Value;

/// Bytes of an event that are read: GitHub caps payloads at 25 MB ("Webhook events and payloads").
pub const EVENT_CEILING: u64 = 32 << 20;

/// What the environment says.
pub struct Environment<'a> {
    /// A variable, if it is set and not empty.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The content of the file that `GITHUB_EVENT_PATH` names, if it is set.
    pub event: Option<&'a [u8]>,
    /// Whether a head from a fork is accepted for `pull_request_target`.
    pub allow_fork_head: bool,
}

/// What is published where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The address of the REST API, without a slash behind.
    pub api: String,
    /// The address of the GraphQL API, on the same host.
    pub graphql: Option<String>,
    /// `owner/name`, whose characters need no escape in an address.
    pub repository: String,
    /// The commit that is judged, 40 or 64 hexadecimal digits.
    pub head: String,
    /// The git reference of that commit, for code scanning.
    pub reference: Option<String>,
    /// What the report is about.
    pub subject: Subject,
    /// The folder of the checkout, as absolute paths of a report begin.
    pub root: Option<String>,
    /// The run that publishes, and its page.
    pub run: Option<Run>,
    /// Whether this workflow made the report. A report from another workflow's run (`workflow_run`) is whatever that run says.
    pub own: bool,
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A pull request.
    Pull(Pull),
    /// A commit: of a branch, or of a merge queue.
    Commit,
    /// The head of another workflow's run, whose pull request is still to be found.
    Branch {
        /// Who owns the repository that the branch is in.
        owner: String,
        /// The branch.
        branch: String,
    },
}

/// A pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// How many files it changes, if the event says so.
    pub changed_files: Option<u64>,
}

/// The run that publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// Its page.
    pub url: String,
}

impl Context {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`GithubError::Context`] where it does not say enough, contradicts itself, or is not to be trusted.
    pub fn read(environment: &Environment<'_>) -> Result<Self, GithubError> {
        let variable = environment.variable;
        let api = address(
            &variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            "GITHUB_API_URL",
        )?;
        let graphql = variable("GITHUB_GRAPHQL_URL").map(|url| address(&url, "GITHUB_GRAPHQL_URL")).transpose()?;
        // The token goes to one host alone.
        let graphql = graphql.filter(|graphql| authority(graphql) == authority(&api));
        let Some(repository) = variable("GITHUB_REPOSITORY") else {
            return wrong(
                "GITHUB_REPOSITORY is not set; run `weighbridge publish` in GitHub Actions, or set it to OWNER/NAME",
            );
        };
        if !is_repository(&repository) {
            return wrong("GITHUB_REPOSITORY is no OWNER/NAME; set it so");
        }
        let event = match environment.event {
            Some(bytes) => Some(Event::parse(bytes)?),
            None => None,
        };
        if let Some(named) = event.as_ref().and_then(|event| event.text("/repository/full_name"))
            && !named.eq_ignore_ascii_case(&repository)
        {
            return wrong("the event is about another repository than GITHUB_REPOSITORY; use the event of this run");
        }
        let run = variable("GITHUB_RUN_ID").and_then(|id| id.parse().ok()).map(|id: u64| {
            let server = variable("GITHUB_SERVER_URL").and_then(|url| address(&url, "").ok());
            let server = server.unwrap_or_else(|| "https://github.com".to_owned());
            Run { id, url: format!("{server}/{repository}/actions/runs/{id}") }
        });
        let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
        let place = match (name.as_str(), &event) {
            ("pull_request", Some(event)) => Place::pull(event)?,
            ("pull_request_target", Some(event)) => {
                let head = event.text("/pull_request/head/repo/full_name");
                let fork = !head.is_some_and(|head| head.eq_ignore_ascii_case(&repository));
                if fork && !environment.allow_fork_head {
                    return wrong(
                        "the event is `pull_request_target` and the pull request comes from a fork: a workflow with secrets must not check out \
                         its files\ncheck in a workflow for `pull_request` and publish in one for `workflow_run`, or give --allow-fork-head \
                         if nothing of the fork is run here",
                    );
                }
                Place::pull(event)?
            }
            ("merge_group", Some(event)) => Place {
                head: event.commit("/merge_group/head_sha")?,
                reference: event.reference("/merge_group/head_ref"),
                subject: Subject::Commit,
                own: true,
            },
            ("push", Some(event)) => Place {
                head: event.commit("/after")?,
                reference: event.reference("/ref"),
                subject: Subject::Commit,
                own: true,
            },
            ("workflow_run", Some(event)) => Place::of_run(event)?,
            ("pull_request" | "pull_request_target" | "merge_group" | "push" | "workflow_run", None) => {
                return wrong(
                    "GITHUB_EVENT_PATH is not set, so nothing says which commit this is about; set it to the event's file",
                );
            }
            ("", _) => {
                return wrong(
                    "GITHUB_EVENT_NAME is not set; run `weighbridge publish` in GitHub Actions, or set it as there",
                );
            }
            // A run by hand, by time, or for something that has no commit of its own: GitHub says which commit was checked out.
            _ => {
                let Some(head) = variable("GITHUB_SHA").filter(|head| is_commit(head)) else {
                    return wrong("GITHUB_SHA is not set to a commit, so nothing says which commit this is about");
                };
                let reference = variable("GITHUB_REF").filter(|name| is_reference(name));
                Place { head, reference, subject: Subject::Commit, own: true }
            }
        };
        let Place { head, reference, subject, own } = place;
        let root = variable("GITHUB_WORKSPACE");
        Ok(Self { api, graphql, repository, head, reference, subject, root, run, own })
    }

    /// The number of the pull request, if there is one.
    #[must_use]
    pub fn pull(&self) -> Option<u64> {
        match &self.subject {
            Subject::Pull(pull) => Some(pull.number),
            _ => None,
        }
    }
}

/// What an event is about.
struct Place {
    head: String,
    reference: Option<String>,
    subject: Subject,
    own: bool,
}

impl Place {
    fn pull(event: &Event) -> Result<Self, GithubError> {
        let number = event.number("/pull_request/number").or_else(|| event.number("/number"));
        let Some(number) = number.filter(|number| *number > 0) else {
            return wrong("the event has no `pull_request.number`; use the event of this run");
        };
        Ok(Self {
            head: event.commit("/pull_request/head/sha")?,
            reference: Some(format!("refs/pull/{number}/head")),
            subject: Subject::Pull(Pull { number, changed_files: event.number("/pull_request/changed_files") }),
            own: true,
        })
    }

    /// `pull_requests` of the event is empty for a fork, so the pull request is looked for later, by the head's branch.
    fn of_run(event: &Event) -> Result<Self, GithubError> {
        let of_pull = event.text("/workflow_run/event").is_some_and(|name| name.starts_with("pull_request"));
        let owner = event.text("/workflow_run/head_repository/owner/login").filter(|owner| is_owner(owner));
        let branch = event.text("/workflow_run/head_branch").filter(|branch| !branch.is_empty());
        let subject = match (owner, branch) {
            (Some(owner), Some(branch)) if of_pull => {
                Subject::Branch { owner: owner.to_owned(), branch: branch.to_owned() }
            }
            _ => Subject::Commit,
        };
        Ok(Self { head: event.commit("/workflow_run/head_sha")?, reference: None, subject, own: false })
    }
}

/// An event's payload.
struct Event(Value);

impl Event {
    fn parse(bytes: &[u8]) -> Result<Self, GithubError> {
        match serde_json::from_slice(bytes) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            _ => wrong("GITHUB_EVENT_PATH: no JSON object; use the event's file as GitHub writes it"),
        }
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }

    fn number(&self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer)?.as_u64()
    }

    fn commit(&self, pointer: &str) -> Result<String, GithubError> {
        match self.text(pointer).filter(|text| is_commit(text)) {
            Some(text) => Ok(text.to_owned()),
            None => {
                let key = pointer.trim_start_matches('/').replace('/', ".");
                wrong(&format!("the event has no commit as `{key}`; use the event of this run"))
            }
        }
    }

    fn reference(&self, pointer: &str) -> Option<String> {
        self.text(pointer).filter(|name| is_reference(name)).map(str::to_owned)
    }
}

fn wrong<T>(what: &str) -> Result<T, GithubError> {
    Err(GithubError::Context(what.to_owned()))
}

/// An address of GitHub: https, or http to this machine for tests; no user, no query. Without the slash behind.
fn address(text: &str, name: &str) -> Result<String, GithubError> {
    let refused = |what: &str| {
        let shown = place::escape_cut(text.as_bytes(), 100);
        wrong(&format!("{name}: `{shown}` {what}; set it as GitHub does: https://HOST/PATH"))
    };
    let Ok(uri) = text.parse::<ureq::http::Uri>() else { return refused("is no address") };
    let (Some(scheme), Some(host), Some(authority)) = (uri.scheme_str(), uri.host(), uri.authority()) else {
        return refused("is no address");
    };
    if authority.as_str().contains('@') || uri.query().is_some() {
        return wrong(&format!(
            "{name}: holds a user, a password or a query; set it as GitHub does: https://HOST/PATH"
        ));
    }
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if !(scheme == "https" || scheme == "http" && here) {
        return refused("is not https");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn authority(url: &str) -> Option<String> {
    Some(url.parse::<ureq::http::Uri>().ok()?.authority()?.as_str().to_ascii_lowercase())
}

fn is_owner(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_repository(text: &str) -> bool {
    let Some((owner, name)) = text.split_once('/') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    is_owner(owner) && !matches!(name, "" | "." | "..") && name.len() <= 100 && name.bytes().all(plain)
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.bytes().any(|byte| byte != b'0')
}

fn is_reference(text: &str) -> bool {
    text.starts_with("refs/")
        && text.len() <= 1_000
        && !text.chars().any(|character| character.is_control() || character == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn read(variables: &[(&str, &str)], event: &Value, allow_fork_head: bool) -> Result<Context, String> {
        let variables: BTreeMap<&str, &str> =
            [("GITHUB_REPOSITORY", "acme/models")].into_iter().chain(variables.iter().copied()).collect();
        let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
        let event = event.to_string();
        let event = Some(event.as_bytes()).filter(|event| *event != b"null");
        Context::read(&Environment { variable: &variable, event, allow_fork_head }).map_err(|error| error.to_string())
    }

    fn pull(head_repository: &str) -> Value {
        json!({"repository": {"full_name": "acme/models"}, "pull_request": {
            "number": 7, "changed_files": 3, "head": {"sha": HEAD, "repo": {"full_name": head_repository}}}})
    }

    #[test]
    fn every_event_has_its_commit() {
        let named = |name| [("GITHUB_EVENT_NAME", name)];
        let context = read(&named("pull_request"), &pull("fork/models"), false).unwrap();
        assert_eq!((context.head.as_str(), context.pull(), context.own), (HEAD, Some(7), true));
        assert_eq!(context.reference.as_deref(), Some("refs/pull/7/head"));
        assert_eq!(context.api, "https://api.github.com");
        let context = read(
            &named("merge_group"),
            &json!({"merge_group": {"head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7"}}),
            false,
        )
        .unwrap();
        assert_eq!((context.head.as_str(), context.pull()), (HEAD, None));
        let context = read(&named("push"), &json!({"after": HEAD, "ref": "refs/heads/main"}), false).unwrap();
        assert_eq!(context.reference.as_deref(), Some("refs/heads/main"));
        let context = read(&[("GITHUB_EVENT_NAME", "schedule"), ("GITHUB_SHA", HEAD)], &Value::Null, false).unwrap();
        assert_eq!(context.subject, Subject::Commit);
        let run = json!({"workflow_run": {"event": "pull_request", "head_sha": HEAD, "head_branch": "fix/ä&b",
            "head_repository": {"owner": {"login": "fork"}}}});
        let context = read(&named("workflow_run"), &run, false).unwrap();
        assert!(!context.own);
        assert_eq!(context.subject, Subject::Branch { owner: "fork".to_owned(), branch: "fix/ä&b".to_owned() });
    }

    #[test]
    fn a_fork_gets_no_secrets() {
        let target = [("GITHUB_EVENT_NAME", "pull_request_target")];
        let error = read(&target, &pull("fork/models"), false).unwrap_err();
        assert!(error.contains("--allow-fork-head"), "{error}");
        assert!(
            read(&target, &json!({"pull_request": {"number": 7, "head": {"sha": HEAD, "repo": null}}}), false).is_err()
        );
        assert!(read(&target, &pull("fork/models"), true).is_ok());
        assert!(read(&target, &pull("Acme/Models"), false).is_ok());
    }

    #[test]
    fn what_is_no_repository_commit_or_address_is_refused() {
        for (name, value) in [
            ("GITHUB_REPOSITORY", "acme"),
            ("GITHUB_REPOSITORY", "acme/../x"),
            ("GITHUB_REPOSITORY", "acme/mo dels"),
            ("GITHUB_REPOSITORY", "other/models"),
            ("GITHUB_API_URL", "http://github.example.com/api/v3"),
            ("GITHUB_API_URL", "http://localhost.example.com"),
            ("GITHUB_API_URL", "https://user:secret@github.example.com"),
            ("GITHUB_API_URL", "ftp://github.example.com"),
        ] {
            let error =
                read(&[("GITHUB_EVENT_NAME", "pull_request"), (name, value)], &pull("acme/models"), false).unwrap_err();
            assert!(error.contains(name) && !error.contains("secret"), "{error}");
        }
        for sha in ["", "main", &HEAD.to_uppercase(), &"0".repeat(40), &HEAD[1..]] {
            let event = json!({"pull_request": {"number": 7, "head": {"sha": sha}}});
            assert!(read(&[("GITHUB_EVENT_NAME", "pull_request")], &event, false).is_err(), "{sha}");
        }
    }

    #[test]
    fn an_enterprise_server_has_its_addresses_and_one_host() {
        let variables = [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_API_URL", "https://git.example.com/api/v3/"),
            ("GITHUB_GRAPHQL_URL", "https://git.example.com/api/graphql"),
            ("GITHUB_SERVER_URL", "https://git.example.com"),
            ("GITHUB_RUN_ID", "9"),
        ];
        let context = read(&variables, &pull("acme/models"), false).unwrap();
        assert_eq!(context.api, "https://git.example.com/api/v3");
        assert_eq!(context.graphql.as_deref(), Some("https://git.example.com/api/graphql"));
        assert_eq!(context.run.unwrap().url, "https://git.example.com/acme/models/actions/runs/9");
        let mut elsewhere = variables;
        elsewhere[2].1 = "https://other.example.com/graphql";
        assert_eq!(read(&elsewhere, &pull("acme/models"), false).unwrap().graphql, None);
    }
}
