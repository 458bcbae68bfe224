//! git, started so that it starts no hook, no filter and no other program, and fetches nothing: plumbing commands alone, whose output
//! does not depend on what a person or a branch configured.

use crate::repository::CommitError;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Bytes of one record that are read: a path has at most 4,096 on Linux, and what stands before it far fewer.
const LONGEST: u64 = 64 << 10;

/// git in a folder, with nothing that could start another program or reach a network.
pub(super) fn start(folder: &Path, arguments: &[&str]) -> Result<Child, CommitError> {
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "--no-replace-objects",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            // A folder of a branch may look like a repository of its own, whose settings and references the branch then writes (git-config(1)).
            "-c",
            "safe.bareRepository=explicit",
            "-c",
            "core.quotePath=false",
        ])
        .args(arguments)
        // Grafts bend the history as replaced objects do (gitglossary(7)); the file of this name holds none.
        .env("GIT_GRAFT_FILE", if cfg!(windows) { "NUL" } else { "/dev/null" })
        .env("GIT_NO_LAZY_FETCH", "1")
        // What git before 2.44 makes of a partial clone instead: it may use no protocol to fetch what it lacks.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(CommitError::NoGit)
}

/// What a command printed; `None` when it failed.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, CommitError> {
    let child = start(folder, arguments)?;
    let output = child.wait_with_output().map_err(CommitError::NoGit)?;
    Ok(output.status.success().then_some(output.stdout))
}

/// Ends a command that may still run.
pub(super) fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Hands on the records of a command's output, each ended by NUL, until `each` says that it wants no more. What a record is, git's
/// `-z` says.
///
/// # Errors
/// When git fails, or prints what is no such record.
pub(super) fn records(
    folder: &Path,
    command: &'static str,
    arguments: &[&str],
    mut each: impl FnMut(&[u8]) -> bool,
) -> Result<(), CommitError> {
    let broken = || CommitError::Git(command);
    let mut child = start(folder, &[&[command], arguments].concat())?;
    drop(child.stdin.take());
    let mut read = || -> Option<bool> {
        let mut stdout = BufReader::new(child.stdout.take()?);
        let mut record = Vec::new();
        loop {
            record.clear();
            (&mut stdout).take(LONGEST).read_until(0, &mut record).ok()?;
            let Some(content) = record.strip_suffix(&[0]) else { return record.is_empty().then_some(true) };
            if !each(content) {
                return Some(false);
            }
        }
    };
    match read() {
        Some(true) => child.wait().is_ok_and(|status| status.success()).then_some(()).ok_or_else(broken),
        Some(false) => {
            end(&mut child);
            Ok(())
        }
        None => {
            end(&mut child);
            Err(broken())
        }
    }
}

/// A command that answers each line with a line.
pub(super) struct Conversation {
    child: Child,
    pipes: Option<(ChildStdin, BufReader<ChildStdout>)>,
    command: &'static str,
}

impl Conversation {
    /// Starts it.
    pub(super) fn start(folder: &Path, command: &'static str, arguments: &[&str]) -> Result<Self, CommitError> {
        let mut child = start(folder, &[&[command], arguments].concat())?;
        let pipes = child.stdin.take().zip(child.stdout.take().map(BufReader::new));
        Ok(Self { child, pipes, command })
    }

    /// The answer to one line, which holds no line feed.
    pub(super) fn ask(&mut self, question: &[u8]) -> Result<String, CommitError> {
        let broken = |_| CommitError::Git(self.command);
        let (stdin, stdout) = self.pipes.as_mut().ok_or(CommitError::Git(self.command))?;
        stdin.write_all(&[question, b"\n"].concat()).and_then(|()| stdin.flush()).map_err(broken)?;
        let mut answer = Vec::new();
        stdout.take(LONGEST).read_until(b'\n', &mut answer).map_err(broken)?;
        line(&answer).ok_or(CommitError::Git(self.command))
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.pipes = None;
        end(&mut self.child);
    }
}

/// One line of text, without its end.
pub(super) fn line(output: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(output).ok()?;
    text.strip_suffix('\n').map(str::to_owned).filter(|line| !line.is_empty())
}

/// What stands before and after a byte.
pub(super) fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((bytes.get(..place)?, bytes.get(place.saturating_add(1)..)?))
}
