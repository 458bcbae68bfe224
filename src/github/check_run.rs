//! A check run on the head commit: the verdict as its conclusion, findings as annotations. It is completed by the request that brings the
//! last annotations, so that what breaks off in the middle never is a success.

use crate::digest;
use crate::github::words::{self, Item};
use crate::github::{Client, Conclusion, Done, GithubError, Outcome, Submission, client::encoded};
use crate::report::{MarkdownLook, plain};
use serde::Deserialize;
use serde_json::{Value, json};

/// Annotations of one request ("Update a check run": "limited to 50 per API request").
const BATCH: usize = 50;

/// Annotations of one check run: 20 requests. Who has more to read has the report.
const MOST: usize = 1_000;

/// Bytes of a message and of raw details; GitHub takes 64 KB each.
const LONGEST: usize = 60_000;

/// Characters of a title; GitHub takes 255.
const TITLE: usize = 255;

/// Where an annotation stands that is about no file of the repository. It has to name one.
const NOWHERE: &str = ".github";

/// A check run as GitHub answers it.
#[derive(Debug, Deserialize)]
struct CheckRun {
    id: u64,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    output: Option<Output>,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(default)]
    annotations_count: usize,
}

impl CheckRun {
    fn of(value: Value) -> Result<Self, GithubError> {
        serde_json::from_value(value).map_err(|_| GithubError::Answer {
            route: "check run".to_owned(),
            what: "the answer has no `id`".to_owned(),
        })
    }

    /// Annotations that have arrived.
    fn annotations(&self) -> usize {
        self.output.as_ref().map_or(0, |output| output.annotations_count)
    }
}

pub(super) fn publish(client: &mut Client, submission: &Submission<'_>) -> Result<Outcome, GithubError> {
    let conclusion = match submission.conclusion() {
        Ok(conclusion) => conclusion,
        Err(doubt) => return Ok(Outcome::skipped(&format!("{doubt}, so it does not become a success"))),
    };
    let conclusion = match conclusion {
        Conclusion::Success => "success",
        Conclusion::Failure => "failure",
        Conclusion::Neutral => "neutral",
    };
    let context = &submission.context;
    // The same report of the same run finds its own check run again, whole or broken off.
    let run = context.run.as_ref().map_or(0, |run| run.id);
    let external_id = digest::of(format!("{run} {} {}", submission.name, submission.digest).as_bytes()).sha256;
    let all = Item::all(submission.report);
    let annotations: Vec<Value> = all.iter().take(MOST).map(|item| annotation(submission, item)).collect();
    let left = all.len().saturating_sub(MOST);
    let writer = Writer { submission, conclusion, external_id, annotations, left, page: page(submission, left) };
    let (run, done) = match writer.find(client)? {
        Some(found)
            if found.status.as_deref() == Some("completed") && found.conclusion.as_deref() == Some(conclusion) =>
        {
            (found, Done::Unchanged)
        }
        Some(found) => (found, Done::Updated),
        None => (writer.create(client)?, Done::Created),
    };
    let url = run.html_url.as_deref().map(plain);
    if done != Done::Unchanged {
        writer.complete(client, run)?;
    }
    let mut outcome = Outcome::new(done, url);
    outcome.detail = Some(match writer.left {
        0 => conclusion.to_owned(),
        left => format!("{conclusion}; {left} of {} findings have no annotation", all.len()),
    });
    Ok(outcome)
}

/// What is written.
struct Writer<'a> {
    submission: &'a Submission<'a>,
    conclusion: &'static str,
    external_id: String,
    annotations: Vec<Value>,
    /// Findings without an annotation.
    left: usize,
    /// The page that stands above the annotations.
    page: String,
}

impl Writer<'_> {
    fn path(&self) -> String {
        format!("/repos/{}/check-runs", self.submission.context.repository)
    }

    /// The check run of this report and run, if an earlier attempt made it.
    fn find(&self, client: &mut Client) -> Result<Option<CheckRun>, GithubError> {
        let context = &self.submission.context;
        let name = encoded(self.submission.name);
        let path =
            format!("/repos/{}/commits/{}/check-runs?filter=all&check_name={name}", context.repository, context.head);
        let ours = |run: CheckRun| (run.external_id.as_deref() == Some(&self.external_id)).then_some(run);
        let (mut runs, _) = client.list(&path, Some("check_runs"), 10, ours)?;
        runs.sort_by_key(|run| run.id);
        Ok(runs.into_iter().next())
    }

    fn create(&self, client: &mut Client) -> Result<CheckRun, GithubError> {
        let context = &self.submission.context;
        let first = self.annotations.get(..BATCH.min(self.annotations.len())).unwrap_or_default();
        let mut body = json!({
            "name": self.submission.name, "head_sha": context.head, "external_id": self.external_id, "output": self.output(first),
        });
        self.end(&mut body, first.len());
        if let Some(run) = &context.run {
            insert(&mut body, "details_url", json!(run.url));
        }
        let mut look = |client: &mut Client| Ok(self.find(client)?.map(|run| self.value(&run)));
        let mut run = CheckRun::of(client.post(&self.path(), &body, Some(&mut look))?)?;
        // Not every answer counts them, and those of this request are there.
        run.output = Some(Output { annotations_count: run.annotations().max(first.len()) });
        run.status = Some(if first.len() == self.annotations.len() { "completed" } else { "in_progress" }.to_owned());
        Ok(run)
    }

    /// Brings the annotations that have not arrived. They are added to those that are there, so none is sent twice.
    fn complete(&self, client: &mut Client, run: CheckRun) -> Result<(), GithubError> {
        let mut there = run.annotations();
        let mut completed = run.status.as_deref() == Some("completed")
            && run.conclusion.as_deref().is_none_or(|was| was == self.conclusion);
        let path = format!("{}/{}", self.path(), run.id);
        while !completed {
            let rest = self.annotations.get(there..).unwrap_or_default();
            let batch = rest.get(..BATCH.min(rest.len())).unwrap_or_default();
            let after = there.saturating_add(batch.len());
            let mut body = json!({"output": self.output(batch)});
            completed = self.end(&mut body, after);
            let mut look = |client: &mut Client| {
                let now: CheckRun = client.get(&path)?;
                Ok((!batch.is_empty() && now.annotations() >= after).then(|| self.value(&now)))
            };
            client.patch(&path, &body, Some(&mut look))?;
            there = after;
        }
        Ok(())
    }

    fn value(&self, run: &CheckRun) -> Value {
        json!({"id": run.id, "html_url": run.html_url, "status": run.status, "conclusion": run.conclusion,
            "output": {"annotations_count": run.annotations()}})
    }

    /// Says whether the check run is complete with so many annotations.
    fn end(&self, body: &mut Value, annotations: usize) -> bool {
        let all = annotations >= self.annotations.len();
        if all {
            insert(body, "status", json!("completed"));
            insert(body, "conclusion", json!(self.conclusion));
        } else {
            insert(body, "status", json!("in_progress"));
        }
        all
    }

    fn output(&self, annotations: &[Value]) -> Value {
        let title = words::line(&words::headline(self.submission.report), TITLE);
        json!({"title": title, "summary": self.page, "annotations": annotations})
    }
}

/// The report as a page, and how many findings have no annotation below it.
fn page(submission: &Submission<'_>, left: usize) -> String {
    let note = match left {
        0 => String::new(),
        left => {
            format!("\n\n{left} further findings have no annotation: {MOST} are shown here. The report has them all.\n")
        }
    };
    let page = words::page(submission, MarkdownLook::CHECK_RUN.saturating_sub(note.len()));
    format!("{page}{note}")
}

fn insert(body: &mut Value, key: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(key.to_owned(), value);
    }
}

fn annotation(submission: &Submission<'_>, item: &Item<'_>) -> Value {
    let location = words::location(submission, item.file());
    let message = format!("{}\n{}", plain(&item.place()), plain(item.message()));
    let mut annotation = json!({
        "path": location.map_or_else(|| NOWHERE.to_owned(), |location| words::path(&location)),
        "start_line": 1,
        "end_line": 1,
        "annotation_level": if item.fails() { "failure" } else { "warning" },
        "title": words::line(&item.title(), TITLE),
        "message": words::cut(&message, LONGEST),
    });
    if let Item::Finding(finding) = item {
        let lines = finding.evidence.iter().flat_map(|evidence| evidence.lines()).map(plain);
        let remedy = [String::new(), format!("remedy: {}", plain(&finding.remedy))];
        let details: Vec<String> = lines.chain(remedy).collect();
        insert(&mut annotation, "raw_details", json!(words::cut(details.join("\n").trim_start(), LONGEST)));
    }
    annotation
}
