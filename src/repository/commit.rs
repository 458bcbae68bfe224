//! Files of a commit, read by git: what judges a pull request comes from the target branch and never from the branch under judgement.

use crate::files::{self, Disk, Files, Kind, Sum};
use crate::place;
use crate::repository::git::{end, line, run, split_once, start};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

/// A commit of the repository around a folder. As [`Files`] it stands in for the working tree: what lies inside that is read from the
/// commit, and everything else from the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The top of the working tree, with no links in it.
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
        "{0}: in no git repository that can be read here; check out the repository first, mark the folder as safe (git's `safe.directory`), or \
         remove what makes a folder of it look like a repository (HEAD, objects and refs)"
    )]
    NoRepository(String),
    /// The commit is not here.
    #[error(
        "the commit `{revision}` is not here, so neither its policy nor what changed since is known: in a workflow give actions/checkout `fetch-depth: 0`, \
         or run `{remedy}`"
    )]
    NoCommit {
        /// As it was named.
        revision: String,
        /// The command that fetches it.
        remedy: String,
    },
    /// A name that is a branch and a tag, or is so twice.
    #[error("`{0}` is the name of more than one branch or tag; write it in full, as refs/heads/{0} or refs/tags/{0}")]
    Ambiguous(String),
    /// Two commits without a common one, or in a clone that does not have it.
    #[error(
        "{0} and HEAD have no commit in common that is here, so what changed is not known: in a workflow give actions/checkout \
         `fetch-depth: 0`, or run `git fetch --unshallow`"
    )]
    Apart(String),
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
        let shown = || place::shown(folder);
        let top = run(folder, &["rev-parse", "--show-toplevel"])?.ok_or_else(|| CommitError::NoRepository(shown()))?;
        let top = line(&top).ok_or_else(|| CommitError::NoRepository(shown()))?;
        let top = PathBuf::from(top).canonicalize().map_err(|_| CommitError::NoRepository(shown()))?;
        // git before 2.38 takes a folder of the branch for a repository, if it has the files of one. No branch can hold a `.git`.
        if top.join(".git").symlink_metadata().is_err() {
            return Err(CommitError::NoRepository(shown()));
        }
        // A full name is that reference and no other: git would also try `refs/tags/refs/remotes/...`.
        let full = revision.starts_with("refs/");
        // A short one must not be a tag that somebody gave the name of a branch: git would take the tag.
        if !full && ambiguous(&top, revision)? {
            return Err(CommitError::Ambiguous(place::escape(revision.as_bytes())));
        }
        let there = !full || run(&top, &["show-ref", "--verify", "--quiet", "--", revision])?.is_some();
        let named = format!("{revision}^{{commit}}");
        let id = run(&top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &named])?;
        let id = id.as_deref().and_then(line).filter(|_| there).ok_or_else(|| {
            let branch = revision.strip_prefix("refs/remotes/origin/").or(revision.strip_prefix("origin/"));
            let branch = branch.unwrap_or(revision);
            let remedy = match is_id(revision) {
                true => format!("git fetch --depth=1 origin {revision}"),
                false => format!("git fetch --depth=1 origin +{branch}:refs/remotes/origin/{branch}"),
            };
            CommitError::NoCommit {
                revision: place::escape(revision.as_bytes()),
                remedy: place::escape(remedy.as_bytes()),
            }
        })?;
        Ok(Self { top, id })
    }

    /// The object name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the repository is a submodule, whose branches say nothing about the repository around it.
    ///
    /// # Errors
    /// [`CommitError`] when git fails.
    pub fn is_submodule(&self) -> Result<bool, CommitError> {
        let around = run(&self.top, &["rev-parse", "--show-superproject-working-tree"])?;
        Ok(!around.ok_or(CommitError::Git("rev-parse"))?.is_empty())
    }

    /// The top of the working tree, with no links in it.
    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// Whether a commit is this one or one that it came from; false for one that is not here.
    ///
    /// # Errors
    /// [`CommitError`] when git cannot be started.
    pub fn holds(&self, id: &str) -> Result<bool, CommitError> {
        Ok(is_id(id) && run(&self.top, &["merge-base", "--is-ancestor", id, &self.id])?.is_some())
    }

    /// Where a path leads. Outside of the working tree links are followed, one part after the other; inside of it none is, because the
    /// links there are those of the branch under judgement.
    fn place(&self, path: &Path) -> io::Result<Place> {
        let mut real = PathBuf::new();
        for part in here()?.join(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    real.pop();
                }
                Component::Normal(name) => {
                    real.push(name);
                    if !real.starts_with(&self.top) {
                        real = real.canonicalize().unwrap_or(real);
                    }
                }
                Component::Prefix(_) | Component::RootDir => real.push(part),
            }
        }
        let Ok(inside) = real.strip_prefix(&self.top) else { return Ok(Place::Outside(real)) };
        let name = inside.to_str().ok_or_else(|| io::Error::other("the name is not UTF-8; rename it"))?;
        // Git writes `/` on every system.
        Ok(Place::Inside(name.replace(std::path::MAIN_SEPARATOR, "/")))
    }

    /// The entry of a path inside, or with `below` everything below it.
    fn entries(&self, name: &str, below: bool) -> Result<Vec<Entry>, CommitError> {
        let deep: &[&str] = if below { &["-r"] } else { &[] };
        let path: &[&str] = if name.is_empty() { &[] } else { &[name] };
        let arguments = [&["ls-tree"], deep, &["-z", "--full-tree", &self.id, "--"], path].concat();
        let listed = run(&self.top, &arguments)?.ok_or(CommitError::Git("ls-tree"))?;
        let entries = listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
        entries.map(|entry| Entry::parse(entry).ok_or(CommitError::Git("ls-tree"))).collect()
    }

    /// The entry of a path inside itself.
    fn entry(&self, name: &str) -> Result<Option<Entry>, CommitError> {
        Ok(self.entries(name, false)?.into_iter().find(|entry| entry.name == name.as_bytes()))
    }

    /// Contents of objects, in one process (git-cat-file(1), "BATCH OUTPUT"), each with at most `largest` bytes.
    pub(super) fn contents(&self, wanted: &[(&str, &Entry)], largest: u64) -> io::Result<Vec<Vec<u8>>> {
        let broken = |_| io::Error::other(CommitError::Git("cat-file"));
        let mut child = start(&self.top, &["cat-file", "--batch"]).map_err(io::Error::other)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let read = || -> io::Result<Vec<Vec<u8>>> {
            let (mut stdin, stdout) = pipes.ok_or_else(|| broken(io::ErrorKind::BrokenPipe.into()))?;
            let mut stdout = io::BufReader::new(stdout);
            let (mut sum, mut found) = (Sum::default(), Vec::new());
            for (name, entry) in wanted {
                let at = |error: io::Error| io::Error::other(format!("{}: {error}", place::escape(name.as_bytes())));
                writeln!(stdin, "{}", entry.id).and_then(|()| stdin.flush()).map_err(broken)?;
                let mut head = String::new();
                io::BufRead::read_line(&mut (&mut stdout).take(256), &mut head).map_err(broken)?;
                let size = head.split_whitespace().nth(2).and_then(|size| size.parse::<usize>().ok());
                let size = size.ok_or_else(|| broken(io::ErrorKind::InvalidData.into()))?;
                files::fits(size, largest).and_then(|()| sum.add(size)).map_err(at)?;
                let mut content = vec![0; size];
                stdout.read_exact(&mut content).map_err(broken)?;
                stdout.read_exact(&mut [0]).map_err(broken)?;
                found.push(content);
            }
            Ok(found)
        };
        let found = read();
        end(&mut child);
        found
    }

    /// Why a path inside is not read.
    fn refuse(&self, what: &str) -> io::Error {
        io::Error::other(format!("in the commit {} it is {what}; put the file itself there", self.id))
    }

    /// That the commit does not have a path.
    fn missing(&self) -> io::Error {
        let what = format!("it is not in the target branch yet (commit {}): have it merged first", self.id);
        io::Error::new(io::ErrorKind::NotFound, what)
    }
}

/// The current folder as the shell came to it. The system's own answer has followed links already, and `cd` into a folder that the branch
/// under judgement made a link would lead to where another configuration lies, or none.
fn here() -> io::Result<PathBuf> {
    let real = std::env::current_dir()?.canonicalize()?;
    let named = std::env::var_os("PWD").map(PathBuf::from).filter(|named| named.is_absolute());
    let same = named.filter(|named| named.canonicalize().is_ok_and(|named| named == real));
    Ok(same.unwrap_or(real))
}

/// Where a path leads: to the commit, by its name from the top, or to the disk.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Inside(String),
    Outside(PathBuf),
}

/// One line of `git ls-tree`.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub sort: Sort,
    /// Whether git marks it as a program.
    pub executable: bool,
    pub id: String,
    /// From the top, as git has it.
    pub name: Vec<u8>,
}

/// What an entry is: gitformat-index(5) has the modes, 100644 and 100755 for files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    File,
    Folder,
    Link,
    Submodule,
}

impl Sort {
    /// What it is called where it cannot be read.
    const fn word(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a link",
            Self::Submodule => "a submodule",
        }
    }
}

impl Entry {
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let (head, name) = split_once(line, b'\t')?;
        let [mode, _, id] = std::str::from_utf8(head).ok()?.split(' ').collect::<Vec<_>>()[..] else { return None };
        let sort = match mode {
            "040000" => Sort::Folder,
            "120000" => Sort::Link,
            "160000" => Sort::Submodule,
            _ if mode.starts_with("100") => Sort::File,
            _ => return None,
        };
        Some(Self { sort, executable: mode == "100755", id: id.to_owned(), name: name.to_owned() })
    }
}

impl Files for Commit {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let name = match self.place(path)? {
            Place::Outside(path) => return Disk.kind(&path),
            Place::Inside(name) if name.is_empty() => return Ok(Kind::Folder),
            Place::Inside(name) => name,
        };
        match self.entry(&name).map_err(io::Error::other)?.map(|entry| entry.sort) {
            None => Ok(Kind::Missing),
            Some(Sort::File) => Ok(Kind::File),
            Some(Sort::Folder) => Ok(Kind::Folder),
            Some(sort) => Err(self.refuse(sort.word())),
        }
    }

    fn read(&self, path: &Path, largest: u64) -> io::Result<Vec<u8>> {
        let name = match self.place(path)? {
            Place::Outside(path) => return Disk.read(&path, largest),
            Place::Inside(name) => name,
        };
        let entry = self.entry(&name).map_err(io::Error::other)?.ok_or_else(|| self.missing())?;
        if entry.sort != Sort::File {
            return Err(self.refuse(entry.sort.word()));
        }
        self.contents(&[(&name, &entry)], largest)?.pop().ok_or_else(|| self.missing())
    }

    fn below(&self, folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<Vec<(String, Vec<u8>)>> {
        let top = match self.place(folder)? {
            Place::Outside(folder) => return Disk.below(&folder, wanted),
            Place::Inside(name) => name,
        };
        let prefix = if top.is_empty() { String::new() } else { format!("{top}/") };
        let entries = self.entries(&top, true).map_err(io::Error::other)?;
        let mut chosen: Vec<(&str, &Entry)> = Vec::new();
        for entry in &entries {
            let Some(name) = entry.name.strip_prefix(prefix.as_bytes()) else { continue };
            let shown = String::from_utf8_lossy(name);
            if shown.split('/').any(|part| part.starts_with('.')) {
                continue;
            }
            // Nothing says what is in a submodule, so it may not lie among policies.
            if entry.sort == Sort::Submodule || (entry.sort == Sort::Link && wanted(&shown)) {
                let what = format!("`{}`, {}", place::escape(name), entry.sort.word());
                return Err(io::Error::other(format!("in the commit {} it holds {what}; put files there", self.id)));
            }
            if wanted(&shown) {
                let name = std::str::from_utf8(name).map_err(|_| self.refuse("a name that is not UTF-8"))?;
                chosen.push((name, entry));
            }
        }
        if entries.is_empty() {
            return Err(self.missing());
        }
        let contents = self.contents(&chosen, files::LARGEST)?;
        let mut found: Vec<(String, Vec<u8>)> =
            chosen.into_iter().map(|(name, _)| name.to_owned()).zip(contents).collect();
        found.sort();
        Ok(found)
    }
}

/// Whether a text is a whole object name: SHA-1 or SHA-256 in lower-case hexadecimal digits.
#[must_use]
pub fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a short name is that of more than one reference (gitrevisions(7) has where git looks for it).
fn ambiguous(top: &Path, name: &str) -> Result<bool, CommitError> {
    let named = ["refs/tags/", "refs/heads/", "refs/remotes/"].map(|folder| format!("{folder}{name}"));
    let mut found = 0u8;
    for reference in &named {
        let there = run(top, &["show-ref", "--verify", "--quiet", "--", reference])?.is_some();
        found = found.saturating_add(u8::from(there));
    }
    Ok(found > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

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

    fn names(found: Vec<(String, Vec<u8>)>) -> Vec<String> {
        found.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn files_are_those_of_the_commit_and_not_of_the_working_tree() {
        let folder = repository();
        let at = |name: &str| folder.path().join(name);
        let commit = Commit::find(folder.path(), "main").unwrap();
        fs::write(at("weighbridge.yaml"), "fail-on: warn\n").unwrap();
        fs::write(at("policy/new.rego"), "package b\n").unwrap();
        fs::remove_file(at("policy/own*.rego")).unwrap();
        assert_eq!(commit.text(&at("weighbridge.yaml"), 20).unwrap(), "fail-on: deny\n");
        assert!(commit.text(&at("weighbridge.yaml"), 10).unwrap_err().to_string().contains("larger than 10 bytes"));
        assert_eq!(commit.kind(&at("nowhere.yaml")).unwrap(), Kind::Missing);
        assert_eq!(commit.kind(&at("policy")).unwrap(), Kind::Folder);
        assert_eq!(commit.kind(folder.path()).unwrap(), Kind::Folder);
        assert!(commit.read(&at("policy"), 10).unwrap_err().to_string().contains("a folder"));
        assert!(commit.read(&at("policy/new.rego"), 10).unwrap_err().to_string().contains("have it merged first"));
        let rego = |name: &str| !name.contains("link");
        assert_eq!(names(commit.below(&at("policy"), &rego).unwrap()), ["data/list.json", "own*.rego"]);
        assert_eq!(names(commit.below(folder.path(), &|name| name == "policy/data/list.json").unwrap()).len(), 1);
        assert_eq!(commit.read(&at("policy/own*.rego"), 100).unwrap(), b"package a\n");
        assert!(commit.below(&at("nowhere"), &rego).is_err());
        // What lies elsewhere is read as it is.
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("x"), "x").unwrap();
        assert_eq!(commit.text(&elsewhere.path().join("x"), 10).unwrap(), "x");
        assert_eq!(names(commit.below(elsewhere.path(), &rego).unwrap()), ["x"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_of_the_commit_are_refused_and_links_of_the_working_tree_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let folder = repository();
        let at = |name: &str| folder.path().join(name);
        let commit = Commit::find(folder.path(), "main").unwrap();
        assert!(commit.below(&at("policy"), &|_| true).unwrap_err().to_string().contains("`link.rego`, a link"));
        assert!(commit.kind(&at("policy/link.rego")).unwrap_err().to_string().contains("a link"));
        assert!(commit.read(&at("policy/link.rego"), 10).is_err());
        // The branch under judgement turns the configuration, and the folder, into links to what it has itself.
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("weighbridge.yaml"), "fail-on: warn\n").unwrap();
        fs::remove_file(at("weighbridge.yaml")).unwrap();
        symlink(elsewhere.path().join("weighbridge.yaml"), at("weighbridge.yaml")).unwrap();
        fs::remove_dir_all(at("policy")).unwrap();
        symlink(elsewhere.path(), at("policy")).unwrap();
        assert_eq!(commit.text(&at("weighbridge.yaml"), 20).unwrap(), "fail-on: deny\n");
        assert_eq!(commit.text(&at("policy/../weighbridge.yaml"), 20).unwrap(), "fail-on: deny\n");
        assert_eq!(commit.text(&at("policy/own*.rego"), 20).unwrap(), "package a\n");
        // A link from outside leads in, and the way out of the repository is the plain one.
        let door = elsewhere.path().join("door");
        symlink(folder.path(), &door).unwrap();
        assert_eq!(commit.text(&door.join("policy/own*.rego"), 20).unwrap(), "package a\n");
        let out = at("policy/../..").join(elsewhere.path().file_name().unwrap()).join("weighbridge.yaml");
        assert_eq!(commit.text(&out, 20).unwrap(), "fail-on: warn\n");
    }

    #[test]
    fn a_full_reference_is_that_and_no_other() {
        let folder = repository();
        git(folder.path(), &["tag", "refs/remotes/origin/main"]);
        assert!(matches!(Commit::find(folder.path(), "refs/remotes/origin/main"), Err(CommitError::NoCommit { .. })));
        assert!(Commit::find(folder.path(), "refs/heads/main").is_ok());
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
        fs::write(folder.path().join("large.rego"), vec![b'#'; 9 << 20]).unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", "two"]);
        let commit = Commit::find(folder.path(), "main").unwrap();
        let error = commit.below(folder.path(), &|name| name == "large.rego").unwrap_err().to_string();
        assert!(error.contains("large.rego: larger than 8 MiB"), "{error}");
    }
}
