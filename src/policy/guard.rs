//! The guarded process: policies that are not shipped are loaded and evaluated in a child of the same program, which has a deadline and
//! limits of memory and CPU time. However it ends, this side gets an answer or an error, and an error is never a pass.
//!
//! Both sides speak in frames: the length of the text in 8 bytes, little-endian, and the text, which is JSON. The first frame is the
//! set, each later one a [`Request`]; each is answered by one [`Answer`].

use crate::facts::Facts;
use crate::policy::engine::{DEADLINE, GRACE, Prepared};
use crate::policy::test::{self, Examples, TestRun};
use crate::policy::{PolicyError, PolicySet};
use crate::verdict::{Explanation, Finding};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Command;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The hidden command that makes a process of this program the guarded one.
pub const COMMAND: &str = "judge-apart";

/// Bytes of one frame. The largest facts and answers stay far below.
const FRAME: u64 = 512 << 20;

/// Bytes of address space that the guarded process has: its engine's stack of 256 MiB, and what policies and facts need, which was
/// below 200 MiB for the largest facts that were tried.
const MEMORY: u64 = 2 << 30;

/// Time that the process has to answer after its own deadline has passed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What can be asked once the set is there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Request<'a> {
    /// The findings about the facts of one artifact.
    Judge(Cow<'a, Facts>),
    /// Why they are found.
    Explain(Cow<'a, Facts>),
    /// What the set's tests come to; those that a pattern chooses, or all.
    Test(Option<String>),
}

/// What the guarded process says to each frame.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    /// The set is ready.
    Ready,
    /// The findings about the facts.
    Found(Vec<Finding>),
    /// Why they are found.
    Explained(Vec<Explanation>),
    /// What the tests came to, and what they made the rules find.
    Tested(Box<TestRun>, Examples),
    /// It was refused, or failed.
    Refused(String),
}

/// The guarded process, seen from outside.
#[derive(Debug)]
pub(super) struct Guard(Mutex<Process>);

#[derive(Debug)]
struct Process {
    child: Child,
    requests: Sender<Vec<u8>>,
    answers: Receiver<io::Result<Vec<u8>>>,
}

impl Guard {
    /// Starts the process and has it load the set.
    pub(super) fn start(set: &PolicySet, program: &Path) -> Result<Self, PolicyError> {
        let not_started = |error: io::Error| PolicyError::NotStarted { program: program.to_owned(), error };
        let mut command = Command::new(program);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if cfg!(unix) {
            // Policies have no way to read it, and the engine needs nothing of it.
            command.env_clear();
        }
        let mut child = command.spawn().map_err(not_started)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (mut stdin, mut stdout) = pipes.ok_or_else(|| not_started(io::ErrorKind::BrokenPipe.into()))?;
        let (requests, wanted) = mpsc::channel::<Vec<u8>>();
        let (said, answers) = mpsc::channel();
        // A process that does not read must not keep this side waiting: the thread waits for it.
        thread::Builder::new()
            .name("guard".to_owned())
            .spawn(move || {
                for request in wanted {
                    let answer = write(&mut stdin, &request).and_then(|()| read(&mut stdout));
                    let answer = answer.and_then(|answer| answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()));
                    if said.send(answer).is_err() {
                        return;
                    }
                }
            })
            .map_err(not_started)?;
        let guard = Self(Mutex::new(Process { child, requests, answers }));
        match guard.ask(set)? {
            Answer::Ready => Ok(guard),
            _ => Err(astray()),
        }
    }

    /// Judges the facts of one artifact.
    pub(super) fn judge(&self, facts: &Facts) -> Result<Vec<Finding>, PolicyError> {
        match self.ask(&Request::Judge(Cow::Borrowed(facts)))? {
            Answer::Found(findings) => Ok(findings),
            _ => Err(astray()),
        }
    }

    /// Explains what is found in the facts of one artifact.
    pub(super) fn explain(&self, facts: &Facts) -> Result<Vec<Explanation>, PolicyError> {
        match self.ask(&Request::Explain(Cow::Borrowed(facts)))? {
            Answer::Explained(explanations) => Ok(explanations),
            _ => Err(astray()),
        }
    }

    /// Runs the tests of the set.
    pub(super) fn test(&self, run: Option<&str>) -> Result<(TestRun, Examples), PolicyError> {
        match self.ask(&Request::Test(run.map(str::to_owned)))? {
            Answer::Tested(ran, examples) => Ok((*ran, examples)),
            _ => Err(astray()),
        }
    }

    fn ask(&self, request: &impl Serialize) -> Result<Answer, PolicyError> {
        let request = serde_json::to_vec(request).map_err(|error| PolicyError::Engine { what: error.to_string() })?;
        let mut process = self.process();
        // After an end there is nobody to ask; the answer is the way it ended.
        let _ = process.requests.send(request);
        let wait = DEADLINE.saturating_add(GRACE).saturating_add(PATIENCE);
        match process.answers.recv_timeout(wait) {
            Ok(Ok(answer)) => match serde_json::from_slice(&answer) {
                Ok(Answer::Refused(what)) => Err(PolicyError::Refused { what }),
                Ok(answer) => Ok(answer),
                Err(error) => Err(PolicyError::Engine { what: format!("an answer that is none: {error}") }),
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                process.end();
                Err(PolicyError::Deadline { seconds: DEADLINE.as_secs() })
            }
            Ok(Err(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                let how = process.end().map_or_else(|| "in an unknown way".to_owned(), |status| ended(&status));
                Err(PolicyError::Ended { how })
            }
        }
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// Ends it, and says how it had ended by itself.
    fn end(&mut self) -> Option<ExitStatus> {
        // It closed its end of the pipe, so it is at its own end; only one that hangs there is ended.
        for _ in 0..50 {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(2)),
                Ok(status) => return status,
                Err(_) => break,
            }
        }
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer to something else than what was asked.
fn astray() -> PolicyError {
    PolicyError::Engine { what: "the guarded process answered something else than what was asked".to_owned() }
}

/// What an end says about its cause.
fn ended(status: &ExitStatus) -> String {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(number) = status.signal() {
            return match Signal::from_named_raw(number) {
                Some(Signal::ABORT | Signal::SEGV | Signal::BUS) => "it ran out of memory or of stack".to_owned(),
                Some(Signal::XCPU) => "it used up its CPU time".to_owned(),
                Some(Signal::KILL) => "it was killed".to_owned(),
                _ => format!("signal {number}"),
            };
        }
    }
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "in an unknown way".to_owned(),
    }
}

/// The guarded process from inside: limits itself, then answers frames until there are no more.
///
/// # Errors
/// When a frame cannot be read or written; the process then ends, and the other side knows.
pub fn serve(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    limit()?;
    let mut seated: Option<(PolicySet, Prepared)> = None;
    while let Some(frame) = read(&mut from)? {
        allow_time()?;
        let answer = match &seated {
            None => parse::<PolicySet>(&frame).and_then(|set| {
                let prepared = Prepared::new(&set)?;
                seated = Some((set, prepared));
                Ok(Answer::Ready)
            }),
            Some((set, prepared)) => {
                let request = parse::<Request<'static>>(&frame);
                // The text of large facts would be as large again.
                drop(frame);
                request.and_then(|request| answer(set, prepared, request))
            }
        };
        let answer = answer.unwrap_or_else(|error| Answer::Refused(error.to_string()));
        write(&mut to, &serde_json::to_vec(&answer)?)?;
    }
    Ok(())
}

fn answer(set: &PolicySet, prepared: &Prepared, request: Request<'_>) -> Result<Answer, PolicyError> {
    Ok(match request {
        Request::Judge(facts) => Answer::Found(prepared.judge(&facts)?),
        Request::Explain(facts) => Answer::Explained(prepared.explain(&facts, set)?),
        Request::Test(run) => {
            let (ran, examples) = test::here(set, run.as_deref())?;
            Answer::Tested(Box::new(ran), examples)
        }
    })
}

fn parse<T: for<'de> Deserialize<'de>>(frame: &[u8]) -> Result<T, PolicyError> {
    serde_json::from_slice(frame).map_err(|error| PolicyError::Engine { what: error.to_string() })
}

/// Ceilings for this process: address space, no files, no core. Other systems than Linux may not hold all of them.
#[cfg(unix)]
pub(crate) fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    for (resource, most) in [(Resource::As, MEMORY), (Resource::Fsize, 0), (Resource::Core, 0)] {
        let set = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        if cfg!(target_os = "linux") {
            set?;
        }
    }
    Ok(())
}

/// This system has no such limits for a process itself; the deadline holds.
#[cfg(not(unix))]
pub(crate) fn limit() -> io::Result<()> {
    Ok(())
}

/// CPU time for one more frame.
#[cfg(unix)]
fn allow_time() -> io::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let mut limit = getrlimit(Resource::Cpu);
    // Two cores: lists and modules are parsed at the same time.
    limit.current = Some(used.saturating_add(DEADLINE.saturating_add(GRACE).as_secs().saturating_mul(2)));
    Ok(setrlimit(Resource::Cpu, limit)?)
}

#[cfg(not(unix))]
fn allow_time() -> io::Result<()> {
    Ok(())
}

fn write(to: &mut impl Write, text: &[u8]) -> io::Result<()> {
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    to.write_all(&size.to_le_bytes())?;
    to.write_all(text)?;
    to.flush()
}

/// The next frame; `None` at the end.
fn read(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut size = [0; 8];
    let first = from.read(&mut size)?;
    if first == 0 {
        return Ok(None);
    }
    from.read_exact(size.get_mut(first..).unwrap_or_default())?;
    let size = u64::from_le_bytes(size);
    if size > FRAME {
        return Err(io::Error::other("a frame that is too large"));
    }
    let mut text = Vec::new();
    from.take(size).read_to_end(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(text))
}
