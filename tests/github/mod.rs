//! A GitHub for tests, on this machine: keeps check runs, comments, files and statuses as GitHub does, notes every request, and answers
//! wrongly when it is told to.
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// The token that it knows.
pub const TOKEN: &str = "ghs_secretOfTheseTests";
pub const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const SELF: &str = "github-actions[bot]";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Without the base path, with the query.
    pub path: String,
    pub body: Value,
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }
}

/// What is answered to a request instead of what GitHub would.
#[derive(Debug, Clone)]
pub enum Instead {
    /// A status, header lines and a body. `arrived`: whether the request did its work all the same.
    Answer { status: u16, headers: String, body: String, arrived: bool },
    /// The connection is closed without an answer.
    Nothing { arrived: bool },
    /// The head of an answer, and then nothing for so long.
    Slow(Duration),
    /// A body of so many bytes.
    Huge(usize),
}

/// An answer that is no success and did nothing.
pub fn refusal(status: u16, headers: &str, message: &str) -> Instead {
    let body = json!({"message": message}).to_string();
    Instead::Answer { status, headers: headers.to_owned(), body, arrived: false }
}

/// A gateway's error, with or without what was asked for being done.
pub fn gateway(arrived: bool) -> Instead {
    Instead::Answer { status: 502, headers: String::new(), body: "<html>".to_owned(), arrived }
}

/// What GitHub keeps.
#[derive(Default)]
pub struct State {
    pub requests: Vec<Request>,
    pub check_runs: Vec<Value>,
    pub comments: Vec<Value>,
    pub review_comments: Vec<Value>,
    pub files: Vec<String>,
    pub statuses: Vec<Value>,
    pub sarifs: Vec<Value>,
    pub pulls: Vec<Value>,
    /// Whether GraphQL answers.
    pub graphql: bool,
    /// For requests whose `METHOD path` holds the text: what is answered, one after the other.
    instead: Vec<(String, VecDeque<Instead>)>,
    /// As `instead`, for every such request.
    always: Vec<(String, Instead)>,
    next: u64,
}

impl State {
    pub fn instead(&mut self, of: &str, answers: impl IntoIterator<Item = Instead>) {
        self.instead.push((of.to_owned(), answers.into_iter().collect()));
    }

    pub fn always(&mut self, of: &str, answer: Instead) {
        self.always.push((of.to_owned(), answer));
    }

    pub fn count(&self, method: &str, part: &str) -> usize {
        self.requests.iter().filter(|request| request.is(method, part)).count()
    }

    /// Requests that write.
    pub fn writes(&self) -> usize {
        self.requests.iter().filter(|request| request.method != "GET" && !request.path.contains("graphql")).count()
    }

    /// A comment that somebody else wrote.
    pub fn add_comment(&mut self, login: &str, kind: &str, body: &str) {
        let comment = self.comment(login, kind, body);
        self.comments.push(comment);
    }

    fn comment(&mut self, login: &str, kind: &str, body: &str) -> Value {
        self.next += 1;
        let id = self.next;
        json!({"id": id, "node_id": format!("C_{id}"), "html_url": format!("https://github.example/c/{id}"),
            "body": body, "user": {"login": login, "type": kind}, "minimized": false})
    }

    fn planned(&mut self, request: &Request) -> Option<Instead> {
        let line = format!("{} {}", request.method, request.path);
        let planned = self.instead.iter_mut().find(|(of, answers)| line.contains(of.as_str()) && !answers.is_empty());
        let once = planned.and_then(|(_, answers)| answers.pop_front());
        let always =
            || self.always.iter().find(|(of, _)| line.contains(of.as_str())).map(|(_, instead)| instead.clone());
        once.or_else(always)
    }

    /// What GitHub does and answers: status, header lines and body.
    fn answer(&mut self, request: &Request) -> (u16, String, Value) {
        let bearer = format!("Bearer {TOKEN}");
        if !request.headers.iter().any(|(name, value)| name == "authorization" && *value == bearer) {
            return (401, String::new(), json!({"message": "Bad credentials"}));
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix("/repos/acme/models").unwrap_or(path);
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let body = &request.body;
        let ok = |value: Value| (200, String::new(), value);
        let created = |value: Value| (201, String::new(), value);
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["graphql"]) => self.graphql(body),
            ("GET", ["commits", commit, "check-runs"]) => {
                let name = parameter(query, "check_name").unwrap();
                let here = self.check_runs.iter().filter(|run| run["head_sha"] == **commit && run["name"] == name);
                let runs: Vec<Value> = here.map(summed).collect();
                let (status, links, page) = paged(&runs, query);
                (status, links, json!({"total_count": runs.len(), "check_runs": page}))
            }
            ("POST", ["check-runs"]) => {
                self.next += 1;
                let mut run = body.clone();
                run["id"] = json!(self.next);
                run["html_url"] = json!(format!("https://github.example/runs/{}", self.next));
                self.check_runs.push(run.clone());
                created(summed(&run))
            }
            (method, ["check-runs", id]) => {
                let Some(run) = self.check_runs.iter_mut().find(|run| has_id(run, id)) else {
                    return missing();
                };
                if method == "PATCH" {
                    merge(run, body);
                }
                ok(summed(run))
            }
            ("GET", ["pulls"]) => {
                let head = parameter(query, "head").unwrap();
                let pulls: Vec<Value> = self.pulls.iter().filter(|pull| pull["label"] == head).cloned().collect();
                paged(&pulls, query)
            }
            ("GET", ["pulls", "7", "files"]) => {
                // GitHub lists no more than 3,000.
                let listed = self.files.iter().take(3_000);
                let files: Vec<Value> = listed.map(|name| json!({"filename": name, "status": "modified"})).collect();
                paged(&files, query)
            }
            ("GET", ["issues", "7", "comments"]) => paged(&self.comments, query),
            ("POST", ["issues", "7", "comments"]) => {
                let comment = self.comment(SELF, "Bot", body["body"].as_str().unwrap());
                self.comments.push(comment.clone());
                created(comment)
            }
            ("GET", ["pulls", "7", "comments"]) => paged(&self.review_comments, query),
            ("POST", ["pulls", "7", "comments"]) => {
                let path = body["path"].as_str().unwrap();
                let known = self.files.iter().any(|file| file == path);
                if body["subject_type"] != "file"
                    || body["commit_id"].as_str().is_none_or(|id| id.len() != 40)
                    || !known
                {
                    let error = json!({"message": "path could not be resolved"});
                    return (422, String::new(), json!({"message": "Validation Failed", "errors": [error]}));
                }
                let mut comment = self.comment(SELF, "Bot", body["body"].as_str().unwrap());
                comment["path"] = json!(path);
                self.review_comments.push(comment.clone());
                created(comment)
            }
            (method, [place @ ("issues" | "pulls"), "comments", id]) => {
                let comments = if *place == "issues" { &mut self.comments } else { &mut self.review_comments };
                let Some(comment) = comments.iter_mut().find(|comment| has_id(comment, id)) else {
                    return missing();
                };
                if method == "PATCH" && comment["user"]["login"] != SELF {
                    return (403, String::new(), json!({"message": "Resource not accessible by integration"}));
                }
                if method == "PATCH" {
                    comment["body"] = body["body"].clone();
                }
                ok(comment.clone())
            }
            ("POST", ["statuses", HEAD]) => {
                self.statuses.push(body.clone());
                created(json!({"id": self.statuses.len()}))
            }
            ("POST", ["code-scanning", "sarifs"]) => {
                self.sarifs.push(body.clone());
                (202, String::new(), json!({"id": "47177e22-5596-11eb-80a1-c1e54ef945c6"}))
            }
            _ => missing(),
        }
    }

    fn graphql(&mut self, body: &Value) -> (u16, String, Value) {
        if !self.graphql {
            return missing();
        }
        let (query, variables) = (body["query"].as_str().unwrap(), &body["variables"]);
        let all = self.comments.iter_mut().chain(self.review_comments.iter_mut());
        if query.starts_with("mutation") {
            let fold = query.contains(" minimizeComment(") && query.contains("classifier: RESOLVED");
            for comment in all.filter(|comment| comment["node_id"] == variables["id"]) {
                comment["minimized"] = json!(fold);
            }
            return (200, String::new(), json!({"data": {}}));
        }
        let ids = variables["ids"].as_array().unwrap();
        let of = |comment: &mut Value| {
            json!({"id": comment["node_id"], "viewerDidAuthor": comment["user"]["login"] == SELF,
                "isMinimized": comment["minimized"]})
        };
        let nodes: Vec<Value> = all.filter(|comment| ids.contains(&comment["node_id"])).map(of).collect();
        (200, String::new(), json!({"data": {"nodes": nodes}}))
    }
}

fn has_id(value: &Value, id: &str) -> bool {
    value["id"].as_u64() == id.parse().ok()
}

fn missing() -> (u16, String, Value) {
    (404, String::new(), json!({"message": "Not Found"}))
}

/// A check run as it is answered: annotations are counted, not listed.
fn summed(run: &Value) -> Value {
    let mut run = run.clone();
    let count = run["output"]["annotations"].as_array().map_or(0, Vec::len);
    run["output"] = json!({"title": run["output"]["title"], "annotations_count": count});
    run
}

/// Changes a check run: annotations are added to those that are there.
fn merge(run: &mut Value, body: &Value) {
    for (key, value) in body.as_object().unwrap() {
        let before = run["output"]["annotations"].as_array().cloned().unwrap_or_default();
        run[key] = value.clone();
        if key == "output" {
            let new = value["annotations"].as_array().cloned().unwrap_or_default();
            run["output"]["annotations"] = Value::Array([before, new].concat());
        }
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    Some(String::from_utf8(bytes).unwrap())
}

/// A page of a list. The link to the next one leads elsewhere, where a token must not go.
fn paged(all: &[Value], query: &str) -> (u16, String, Value) {
    let number = |name| parameter(query, name).and_then(|text| text.parse::<usize>().ok());
    let (size, page) = (number("per_page").unwrap_or(30).min(100), number("page").unwrap_or(1));
    let items: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
    let more = page * size < all.len();
    let links = if more { "Link: <https://elsewhere.example/steal>; rel=\"next\"\r\n" } else { "" };
    (200, links.to_owned(), Value::Array(items))
}

/// A server; it ends with the test's process.
pub struct Github {
    host: String,
    /// In front of every path: `/api/v3` of an Enterprise Server.
    base: String,
    state: Arc<Mutex<State>>,
}

impl Github {
    pub fn start() -> Self {
        Self::with_base("")
    }

    pub fn with_base(base: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State { graphql: true, ..State::default() }));
        let (shared, prefix) = (Arc::clone(&state), base.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, prefix) = (Arc::clone(&shared), prefix.clone());
                // A connection that is answered slowly must not hold up the next one.
                std::thread::spawn(move || serve(&stream, &shared, &prefix));
            }
        });
        Self { host, base: base.to_owned(), state }
    }

    pub fn api(&self) -> String {
        format!("http://{}{}", self.host, self.base)
    }

    pub fn graphql(&self) -> String {
        format!("{}/graphql", self.api())
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>, base: &str) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let (mut headers, mut line) = (Vec::new(), String::new());
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_lowercase(), value.trim().to_owned()));
        line.clear();
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap());
    let path = path.strip_prefix(base).unwrap_or("/outside").to_owned();
    let request = Request { method, path, body: serde_json::from_slice(&body).unwrap_or_default(), headers };
    let (planned, right) = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        let planned = state.planned(&request);
        let does =
            matches!(planned, None | Some(Instead::Answer { arrived: true, .. } | Instead::Nothing { arrived: true }));
        let right = if does { state.answer(&request) } else { missing() };
        (planned, right)
    };
    let (status, lines, body) = match planned {
        None => (right.0, right.1, right.2.to_string()),
        Some(Instead::Answer { status, headers, body, .. }) => (status, headers, body),
        Some(Instead::Nothing { .. }) => return,
        Some(Instead::Slow(time)) => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n[");
            std::thread::sleep(time);
            return;
        }
        Some(Instead::Huge(size)) => (200, String::new(), " ".repeat(size)),
    };
    let head = format!("HTTP/1.1 {status} X\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
