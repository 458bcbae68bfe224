//! Files of a commit, read by git: what judges a pull request comes from the target branch and never from the branch under judgement.
//! Runs plumbing commands alone, which start no hook, no filter and no other program, and never fetches.

use crate::place;
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::process::{Child, Stdio};

/// Bytes of one file, and of all that are asked for at once: policies and configuration are written by people.
const LARGEST: u64 = 8 << 20;
const ALL: u64 = 64 << 20;

/// Files below one folder.
const FILES: usize = 20_000;

/// A commit of the repository around a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The top of the working tree.
    top: PathBuf,
    /// The object name.
    id: String,
}

/// Why a file of a commit cannot be had. The message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// git is not there.
    #[error(
        "git cannot be started ({0}); install git, or name the files by --config and --policy outside a repository"
    )]
    NoGit(io::Error),
    /// The folder is in no repository.
    #[error(
        "{0}: in no git repository that can be read here; check out the repository first, or mark the folder as safe (git's `safe.directory`)"
    )]
    NoRepository(String),
    /// The commit is not here.
    #[error(
        "the commit `{revision}` is not here, so the policy of the target branch is not known: in a workflow give actions/checkout `fetch-depth: 0`, \
         or run `{remedy}`"
    )]
    NoCommit {
        /// As it was named.
        revision: String,
        /// The command that fetches it.
        remedy: String,
    },
    /// A file of the commit.
    #[error("{path} in the commit {commit}: {what}")]
    File {
        /// The file from the top of the repository, escaped.
        path: String,
        /// The commit.
        commit: String,
        /// What is wrong with it.
        what: String,
    },
    /// A git command that failed where it never should.
    #[error("git {0} failed; run it by hand to see why")]
    Git(&'static str),
}

impl Commit {
    /// The commit that a revision names, in the repository around `folder`.
    ///
    /// # Errors
    /// [`CommitError`] when there is no git, no repository or no such commit: shallow clones have one commit alone.
    pub fn find(folder: &Path, revision: &str) -> Result<Self, CommitError> {
        let shown = || place::escape(folder.as_os_str().as_encoded_bytes());
        let top = run(folder, &["rev-parse", "--show-toplevel"])?.ok_or_else(|| CommitError::NoRepository(shown()))?;
        let top = PathBuf::from(line(&top).ok_or_else(|| CommitError::NoRepository(shown()))?);
        let named = format!("{revision}^{{commit}}");
        let id = run(&top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &named])?;
        let id = id.as_deref().and_then(line).ok_or_else(|| {
            let branch = revision.strip_prefix("refs/remotes/origin/").unwrap_or(revision);
            CommitError::NoCommit {
                revision: place::escape(revision.as_bytes()),
                remedy: place::escape(
                    format!("git fetch --depth=1 origin +{branch}:refs/remotes/origin/{branch}").as_bytes(),
                ),
            }
        })?;
        Ok(Self { top, id })
    }

    /// The object name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A path of the working tree from the top of the repository; `None` for one that lies outside of it. The path need not exist, but
    /// links on the way to it are followed as far as it does: a link out of the repository leads outside.
    #[must_use]
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(path).ok()?;
        let top = self.top.canonicalize().ok()?;
        let there = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
        let (part, real) = there?;
        let rest = path.strip_prefix(part).ok()?;
        let plain = rest.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        real.join(rest).strip_prefix(top).ok().filter(|_| plain).map(Path::to_owned)
    }

    /// A file's content by its path from the top; `None` when the commit has no file there.
    ///
    /// # Errors
    /// [`CommitError`] for one that is too large, or when git fails.
    pub fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, CommitError> {
        Ok(self.read(path)?.remove(path))
    }

    /// The files below a folder, by their paths from the top; none when the commit has no such folder. Links and submodules are left out.
    ///
    /// # Errors
    /// As [`Self::file`], and for too many files.
    pub fn files(&self, folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, CommitError> {
        let mut files = self.read(folder)?;
        files.remove(folder);
        Ok(files)
    }

    fn read(&self, path: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, CommitError> {
        let Some(name) = path.to_str() else {
            return Err(self.wrong(path, "the name is not UTF-8; rename it"));
        };
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", &self.id, "--"];
        if !name.is_empty() {
            arguments.push(name);
        }
        let listed = run(&self.top, &arguments)?.ok_or(CommitError::Git("ls-tree"))?;
        let mut wanted = Vec::new();
        for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let Some((head, name)) = split_once(entry, b'\t') else { return Err(CommitError::Git("ls-tree")) };
            let head = String::from_utf8_lossy(head);
            let [mode, "blob", id] = head.split(' ').collect::<Vec<_>>()[..] else { continue };
            // gitformat-index(5): a regular file is 100644 or 100755; 120000 is a link.
            if !mode.starts_with("100") {
                continue;
            }
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(self.wrong(path, "holds a name that is not UTF-8; rename it"));
            };
            wanted.push((PathBuf::from(name), id.to_owned()));
        }
        if wanted.len() > FILES {
            return Err(self.wrong(path, &format!("holds more than {FILES} files; name a smaller folder")));
        }
        self.contents(wanted)
    }

    /// Contents of objects, in one process (git-cat-file(1), "BATCH OUTPUT").
    fn contents(&self, wanted: Vec<(PathBuf, String)>) -> Result<BTreeMap<PathBuf, Vec<u8>>, CommitError> {
        let mut found = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        let broken = |_| CommitError::Git("cat-file");
        let mut child = start(&self.top, &["cat-file", "--batch"])?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (mut stdin, stdout) = pipes.ok_or(CommitError::Git("cat-file"))?;
        let mut stdout = io::BufReader::new(stdout);
        let mut all = 0u64;
        for (path, id) in wanted {
            writeln!(stdin, "{id}").and_then(|()| stdin.flush()).map_err(broken)?;
            let mut head = String::new();
            io::BufRead::read_line(&mut (&mut stdout).take(256), &mut head).map_err(broken)?;
            let size = head.split_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
            let size = size.ok_or(CommitError::Git("cat-file"))?;
            all = all.saturating_add(size);
            if size > LARGEST || all > ALL {
                end(&mut child);
                return Err(self.wrong(&path, "too large for a policy or a configuration"));
            }
            let mut content = Vec::new();
            (&mut stdout).take(size).read_to_end(&mut content).map_err(broken)?;
            let mut newline = [0];
            stdout.read_exact(&mut newline).map_err(broken)?;
            found.insert(path, content);
        }
        drop(stdin);
        end(&mut child);
        Ok(found)
    }

    fn wrong(&self, path: &Path, what: &str) -> CommitError {
        CommitError::File {
            path: place::escape(path.as_os_str().as_encoded_bytes()),
            commit: self.id.clone(),
            what: what.to_owned(),
        }
    }
}

/// git in a folder, with nothing that could start another program or reach a network.
fn start(folder: &Path, arguments: &[&str]) -> Result<Child, CommitError> {
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "--no-replace-objects",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.quotePath=false",
        ])
        .args(arguments)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(CommitError::NoGit)
}

/// What a command printed; `None` when it failed.
fn run(folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, CommitError> {
    let child = start(folder, arguments)?;
    let output = child.wait_with_output().map_err(CommitError::NoGit)?;
    Ok(output.status.success().then_some(output.stdout))
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn line(output: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(output).ok()?;
    text.strip_suffix('\n').map(str::to_owned).filter(|line| !line.is_empty())
}

fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((bytes.get(..place)?, bytes.get(place.saturating_add(1)..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn git(folder: &Path, arguments: &[&str]) {
        let named = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let done = Command::new("git").arg("-C").arg(folder).args(named).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        git(top, &["init", "-q"]);
        fs::create_dir_all(top.join("policy/data")).unwrap();
        fs::write(top.join("weighbridge.yaml"), "fail-on: deny\n").unwrap();
        fs::write(top.join("policy/own*.rego"), "package a\n").unwrap();
        fs::write(top.join("policy/data/list.json"), "{}\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", top.join("policy/link.rego")).unwrap();
        git(top, &["add", "-A"]);
        git(top, &["commit", "-q", "-m", "one"]);
        folder
    }

    #[test]
    fn files_are_those_of_the_commit_and_not_of_the_working_tree() {
        let folder = repository();
        let commit = Commit::find(folder.path(), "main").unwrap();
        fs::write(folder.path().join("weighbridge.yaml"), "fail-on: warn\n").unwrap();
        fs::write(folder.path().join("policy/new.rego"), "package b\n").unwrap();
        let text = commit.file(Path::new("weighbridge.yaml")).unwrap();
        assert_eq!(text.as_deref(), Some(&b"fail-on: deny\n"[..]));
        assert_eq!(commit.file(Path::new("nowhere.yaml")).unwrap(), None);
        assert_eq!(commit.file(Path::new("policy")).unwrap(), None);
        let names: Vec<PathBuf> = commit.files(Path::new("policy")).unwrap().into_keys().collect();
        assert_eq!(names, [Path::new("policy/data/list.json"), Path::new("policy/own*.rego")]);
        assert_eq!(commit.file(Path::new("policy/own*.rego")).unwrap().as_deref(), Some(&b"package a\n"[..]));
        assert!(commit.files(Path::new("nowhere")).unwrap().is_empty());
    }

    #[test]
    fn a_path_is_inside_or_outside() {
        let folder = repository();
        let commit = Commit::find(&folder.path().join("policy"), "HEAD").unwrap();
        assert_eq!(commit.inside(&folder.path().join("policy/x.rego")), Some("policy/x.rego".into()));
        assert_eq!(commit.inside(&folder.path().join("gone/away")), Some("gone/away".into()));
        assert_eq!(commit.inside(Path::new("/elsewhere")), None);
        #[cfg(unix)]
        assert_eq!(commit.inside(&folder.path().join("policy/link.rego")), None);
    }

    #[test]
    fn what_is_not_there_is_said_with_a_remedy() {
        let folder = repository();
        let error = Commit::find(folder.path(), "refs/remotes/origin/main").unwrap_err().to_string();
        assert!(error.contains("git fetch --depth=1 origin +main:refs/remotes/origin/main"), "{error}");
        assert!(Commit::find(folder.path(), "--all").unwrap_err().to_string().contains("is not here"));
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(matches!(Commit::find(elsewhere.path(), "main"), Err(CommitError::NoRepository(_))));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let folder = repository();
        fs::write(folder.path().join("large.yaml"), vec![b'#'; 9 << 20]).unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", "two"]);
        let commit = Commit::find(folder.path(), "main").unwrap();
        assert!(commit.file(Path::new("large.yaml")).unwrap_err().to_string().contains("too large"));
    }
}
