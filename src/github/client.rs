//! Requests to one GitHub: bounded in attempts, time and size. Follows no redirect, sends its token to one host, and repeats a POST only
//! after looking whether the first one arrived.

use crate::github::GithubError;
use crate::place;
use crate::time;
use crate::web;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Bytes of an answer that are read; GitHub's largest, a page of 100 comments of 65,536 characters, stays below.
const LARGEST: u64 = 32 << 20;

/// What a list has on one page; GitHub's most ("Using pagination in the REST API").
const PAGE: usize = 100;

/// How often and how long it is tried.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Attempts of one request.
    pub attempts: u32,
    /// Time for everything that is published.
    pub total: Duration,
    /// Time for one request with its body.
    pub request: Duration,
    /// Wait before the second attempt; twice as long before each further one.
    pub backoff: Duration,
    /// Wait where GitHub wants fewer requests and does not say for how long: "wait for at least one minute" ("Best practices for using
    /// the REST API").
    pub unsaid: Duration,
    /// Requests that write without a wait between them.
    pub unpaced: u32,
    /// Wait between further ones: "at least one second between each" POST, PATCH, PUT or DELETE where there are many (the same page).
    pub between: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            attempts: 4,
            total: Duration::from_secs(120),
            request: Duration::from_secs(30),
            backoff: Duration::from_secs(1),
            unsaid: Duration::from_secs(60),
            unpaced: 10,
            between: Duration::from_secs(1),
        }
    }
}

/// A client with a token for one GitHub.
pub struct Client {
    agent: ureq::Agent,
    api: String,
    graphql: Option<String>,
    token: String,
    pace: Pace,
    began: Instant,
    writes: u32,
    /// What GitHub said when it wanted no further request within the time: then none is sent.
    closed: Option<u64>,
}

/// What looks whether a request that wrote has arrived.
pub(super) type Look<'a> = dyn FnMut(&mut Client) -> Result<Option<Value>, GithubError> + 'a;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Patch,
}

/// One request.
struct Call<'a> {
    method: Method,
    /// The whole address.
    url: String,
    /// Method and path, as an error shows them.
    route: String,
    body: Option<&'a Value>,
}

/// An answer, whatever its status.
struct Answer {
    status: u16,
    /// Seconds that GitHub wants to be left alone, if it says so.
    wait: Option<u64>,
    /// Whether the limit of requests is used up.
    spent: bool,
    /// Whether there is another page.
    more: bool,
    body: Vec<u8>,
}

/// Why an attempt did not succeed, where another one may.
struct Trouble {
    error: GithubError,
    wait: Duration,
    /// Whether what was written may have arrived.
    uncertain: bool,
}

impl Client {
    /// A client. `api` and `graphql` are addresses that [`crate::github::Context`] has looked at.
    ///
    /// # Errors
    /// [`GithubError::Context`] for a token that no header can hold; the token is not shown.
    pub fn new(api: &str, graphql: Option<&str>, token: &str, pace: Pace) -> Result<Self, GithubError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(GithubError::Context(
                "GITHUB_TOKEN: not a token; give it as GitHub made it, without spaces and line ends".to_owned(),
            ));
        }
        Ok(Self {
            agent: web::agent(api.starts_with("https://"), 0),
            api: api.to_owned(),
            graphql: graphql.map(str::to_owned),
            token: token.to_owned(),
            pace,
            began: Instant::now(),
            writes: 0,
            closed: None,
        })
    }

    /// One object.
    pub(super) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, GithubError> {
        let call = self.call(Method::Get, path, None);
        let answer = self.exchange(&call, None)?;
        shaped(&call, answer)
    }

    /// What `keep` makes of the objects of a list, page by page, and whether that is all of them or `pages` were too few. The list is the
    /// answer, or its key `key`. Page numbers are counted here, so that no answer says where the next request goes.
    pub(super) fn list<T: DeserializeOwned, K>(
        &mut self,
        path: &str,
        key: Option<&str>,
        pages: usize,
        mut keep: impl FnMut(T) -> Option<K>,
    ) -> Result<(Vec<K>, bool), GithubError> {
        let mut kept = Vec::new();
        let sign = if path.contains('?') { '&' } else { '?' };
        for page in 1..=pages {
            let call = self.call(Method::Get, &format!("{path}{sign}per_page={PAGE}&page={page}"), None);
            let answer = self.attempt(&call, None)?;
            let more = answer.as_ref().is_ok_and(|answer| answer.more);
            let value = value(&call, answer)?;
            let list = match key {
                Some(key) => value.get(key).cloned().unwrap_or_default(),
                None => value,
            };
            let items: Vec<T> = shaped(&call, list)?;
            let full = items.len() >= PAGE;
            let empty = items.is_empty();
            kept.extend(items.into_iter().filter_map(&mut keep));
            if empty || !(full || more) {
                return Ok((kept, true));
            }
        }
        Ok((kept, false))
    }

    /// Creates something. `look` finds it when it is not known whether an attempt arrived.
    pub(super) fn post(&mut self, path: &str, body: &Value, look: Option<&mut Look<'_>>) -> Result<Value, GithubError> {
        let call = self.call(Method::Post, path, Some(body));
        self.exchange(&call, look)
    }

    /// Changes something. `look` finds it as it is to be when repeating would do more than the first attempt did.
    pub(super) fn patch(
        &mut self,
        path: &str,
        body: &Value,
        look: Option<&mut Look<'_>>,
    ) -> Result<Value, GithubError> {
        let call = self.call(Method::Patch, path, Some(body));
        self.exchange(&call, look)
    }

    /// Asks by GraphQL, whose answers have errors of their own. Repeating what is asked here changes nothing further.
    pub(super) fn graphql(&mut self, query: &str, variables: &Value) -> Result<Value, GithubError> {
        let route = "POST /graphql".to_owned();
        let Some(url) = self.graphql.clone() else {
            return Err(GithubError::Answer { route, what: "GITHUB_GRAPHQL_URL is not known".to_owned() });
        };
        let body = json!({"query": query, "variables": variables});
        let call = Call { method: Method::Post, url, route, body: Some(&body) };
        let mut answer = self.exchange(&call, None)?;
        match answer.get("errors").and_then(Value::as_array).and_then(|errors| errors.first()) {
            Some(error) => Err(GithubError::Answer { route: call.route, what: said(error, &self.token) }),
            None => Ok(answer.get_mut("data").map(Value::take).unwrap_or_default()),
        }
    }

    fn call<'a>(&self, method: Method, path: &str, body: Option<&'a Value>) -> Call<'a> {
        let verb = match method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
        };
        Call { method, url: format!("{}{path}", self.api), route: format!("{verb} {path}"), body }
    }

    fn exchange(&mut self, call: &Call<'_>, look: Option<&mut Look<'_>>) -> Result<Value, GithubError> {
        let answer = self.attempt(call, look)?;
        value(call, answer)
    }

    /// Attempts a request until it has an answer of 2xx, or what `look` found instead.
    fn attempt(
        &mut self,
        call: &Call<'_>,
        mut look: Option<&mut Look<'_>>,
    ) -> Result<Result<Answer, Value>, GithubError> {
        let mut backoff = self.pace.backoff;
        let mut attempt = 1;
        loop {
            self.open(call)?;
            let trouble = match self.send(call) {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(Ok(answer)),
                Ok(answer) => self.weigh(call, &answer, backoff)?,
                Err(error @ GithubError::Unreachable { .. }) => Trouble { error, wait: backoff, uncertain: true },
                Err(error) => return Err(error),
            };
            if attempt >= self.pace.attempts {
                return Err(trouble.error);
            }
            self.pause(call, trouble.wait, trouble.error)?;
            if trouble.uncertain
                && let Some(look) = &mut look
                && let Some(found) = look(self)?
            {
                return Ok(Err(found));
            }
            attempt = attempt.saturating_add(1);
            backoff = backoff.saturating_mul(2);
        }
    }

    /// Whether there is time for another request, and GitHub has not closed.
    fn open(&self, call: &Call<'_>) -> Result<(), GithubError> {
        if let Some(seconds) = self.closed {
            return Err(GithubError::Later { route: call.route.clone(), seconds });
        }
        if self.left().is_zero() {
            return Err(GithubError::Time { route: call.route.clone() });
        }
        Ok(())
    }

    fn left(&self) -> Duration {
        self.pace.total.saturating_sub(self.began.elapsed())
    }

    fn pause(&mut self, call: &Call<'_>, wait: Duration, error: GithubError) -> Result<(), GithubError> {
        if wait < self.left() {
            std::thread::sleep(wait);
            return Ok(());
        }
        if let GithubError::Later { seconds, .. } = &error {
            self.closed = Some(*seconds);
            return Err(GithubError::Later { route: call.route.clone(), seconds: *seconds });
        }
        Err(error)
    }

    /// Sends a request once.
    fn send(&mut self, call: &Call<'_>) -> Result<Answer, GithubError> {
        if call.method != Method::Get {
            if self.writes >= self.pace.unpaced && self.pace.between < self.left() {
                std::thread::sleep(self.pace.between);
            }
            self.writes = self.writes.saturating_add(1);
        }
        let lost = |error: &ureq::Error| match error {
            ureq::Error::BodyExceedsLimit(_) => GithubError::Answer {
                route: call.route.clone(),
                what: format!("the answer is larger than {LARGEST} bytes"),
            },
            // The words of ureq hold addresses and what the system says, no header.
            _ => GithubError::Unreachable {
                route: call.route.clone(),
                what: place::escape_cut(error.to_string().as_bytes(), 300),
            },
        };
        let time = Some(self.pace.request.min(self.left()));
        let authorization = format!("Bearer {}", self.token);
        let headers = [
            ("Accept", "application/vnd.github+json"),
            ("X-GitHub-Api-Version", "2022-11-28"),
            ("Authorization", authorization.as_str()),
        ];
        let sent = match call.method {
            Method::Get => {
                let request = headers
                    .iter()
                    .fold(self.agent.get(&call.url), |request, (name, value)| request.header(*name, *value));
                request.config().timeout_global(time).build().call()
            }
            Method::Post | Method::Patch => {
                let request = match call.method {
                    Method::Patch => self.agent.patch(&call.url),
                    _ => self.agent.post(&call.url),
                };
                let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                let body = call.body.map(ToString::to_string).unwrap_or_default();
                request.content_type("application/json").config().timeout_global(time).build().send(body.as_bytes())
            }
        };
        let mut response = sent.map_err(|error| lost(&error))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let spent = number("x-ratelimit-remaining") == Some(0);
        // Their clock, not ours, says how long it is until then.
        let now = header("date").and_then(time::http_date).and_then(|now| u64::try_from(now.as_second()).ok());
        let reset =
            number("x-ratelimit-reset").zip(now).filter(|_| spent).map(|(reset, now)| reset.saturating_sub(now));
        let wait = number("retry-after").or(reset);
        let more = header("link").is_some_and(|link| link.contains("rel=\"next\""));
        let status = response.status().as_u16();
        let body = match response.body_mut().with_config().limit(LARGEST).read_to_vec() {
            Ok(body) => body,
            // What it says no longer matters then.
            Err(_) if status >= 400 => Vec::new(),
            Err(error) => return Err(lost(&error)),
        };
        Ok(Answer { status, wait, spent, more, body })
    }

    /// What a status other than 2xx means: an error, or trouble that may pass.
    fn weigh(&self, call: &Call<'_>, answer: &Answer, backoff: Duration) -> Result<Trouble, GithubError> {
        let (route, status) = (call.route.clone(), answer.status);
        let words: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let said = said(&words, &self.token);
        let lower = said.to_lowercase();
        let limited = match status {
            429 => true,
            403 => answer.wait.is_some() || answer.spent || lower.contains("rate limit") || lower.contains("abuse"),
            // The words for too many comments in a short time.
            422 => lower.contains("too quickly") || lower.contains("abuse") || lower.contains("spammed"),
            _ => false,
        };
        if limited {
            let wait = answer.wait.map_or(self.pace.unsaid, Duration::from_secs);
            let error = GithubError::Later { route, seconds: wait.as_secs() };
            return Ok(Trouble { error, wait, uncertain: false });
        }
        let hint = match status {
            403 | 404 => return Err(GithubError::Denied { route, status, said }),
            408 | 500 | 502 | 503 | 504 => {
                let hint = "publish the same report again";
                let wait = answer.wait.map_or(backoff, Duration::from_secs);
                return Ok(Trouble { error: GithubError::Status { route, status, said, hint }, wait, uncertain: true });
            }
            300..=399 => {
                "the repository was moved or renamed: set GITHUB_REPOSITORY and GITHUB_API_URL to where it is now"
            }
            401 => "give a token that is valid, as GITHUB_TOKEN",
            _ => "this may be a defect: report it with this line",
        };
        Err(GithubError::Status { route, status, said, hint })
    }
}

/// Text as a part of a query: everything but letters, digits and `-._~` as `%XX` (RFC 3986, section 2.1).
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The `message` of an answer, and the first of its `errors`, made safe to show; without the token, should the server repeat it.
fn said(words: &Value, token: &str) -> String {
    let message = words.get("message").and_then(Value::as_str).unwrap_or("no reason given");
    let first = words.get("errors").and_then(|errors| errors.get(0));
    let detail = first.and_then(|error| error.get("message").unwrap_or(error).as_str());
    let text = detail.map_or_else(|| message.to_owned(), |detail| format!("{message}: {detail}"));
    place::escape_cut(text.replace(token, "***").as_bytes(), 300)
}

fn value(call: &Call<'_>, answer: Result<Answer, Value>) -> Result<Value, GithubError> {
    match answer {
        Err(found) => Ok(found),
        Ok(answer) if answer.body.is_empty() => Ok(Value::Null),
        Ok(answer) => serde_json::from_slice(&answer.body)
            .map_err(|_| GithubError::Answer { route: call.route.clone(), what: "the answer is no JSON".to_owned() }),
    }
}

fn shaped<T: DeserializeOwned>(call: &Call<'_>, value: Value) -> Result<T, GithubError> {
    serde_json::from_value(value).map_err(|_| GithubError::Answer {
        route: call.route.clone(),
        what: "the answer has not the shape that GitHub documents".to_owned(),
    })
}
