//! Git: where the object of a Git LFS pointer lies, the files of a commit ([`Commit`]), and what changed since one ([`Changes`]). The only
//! room that starts git; follows no file's content but `.git`'s.

mod changes;
mod commit;
mod git;

pub use changes::{Change, Changes, Counted, Folder};
pub use commit::{Commit, CommitError, is_id};

use crate::place;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a `.git` or `commondir` file that are read; each is one path.
const LONGEST: usize = 4_096;

/// The file that holds the object `oid` of the repository around `path`, if it is there.
///
/// `oid` is a SHA-256 in 64 lower-case hexadecimal digits; anything else finds nothing, so that a hostile pointer leads nowhere.
/// The caller verifies the object.
#[must_use]
pub fn lfs_object(path: &Path, oid: &str) -> Option<PathBuf> {
    let plain = oid.len() == 64 && oid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !plain {
        return None;
    }
    let path = std::path::absolute(path).ok()?;
    // The nearest repository alone: git itself looks no further.
    let git = path.ancestors().skip(1).find_map(git_folder)?;
    let (first, second) = (oid.get(..2)?, oid.get(2..4)?);
    let object = git.join("lfs").join("objects").join(first).join(second).join(oid);
    fs::symlink_metadata(&object).is_ok_and(|metadata| metadata.is_file()).then_some(object)
}

/// The way from the top of the repository around a folder to it, escaped, with `/` between its parts and behind the last; empty at the
/// top, `None` outside of a repository. As `git rev-parse --show-prefix` has it, without git.
#[must_use]
pub fn prefix(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|above| git_folder(above).is_some())?;
    let parts = folder.strip_prefix(top).ok()?.components();
    Some(parts.map(|part| place::escape(part.as_os_str().as_encoded_bytes()) + "/").collect())
}

/// The commit that HEAD is at, then its parents as it names them, which a shallow clone need not have. None of them where there is no
/// commit or no git.
#[must_use]
pub fn commits(folder: &Path) -> Vec<String> {
    let asked = |arguments: &[&str]| git::run(folder, arguments).ok().flatten();
    let head = asked(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).and_then(|output| git::line(&output));
    let Some(head) = head.filter(|head| is_id(head)) else { return Vec::new() };
    let content = asked(&["cat-file", "commit", &head]).unwrap_or_default();
    // Headers end with an empty line (`git cat-file commit`: `tree`, each `parent`, `author`).
    let lines = content.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let parents = lines.filter_map(|line| std::str::from_utf8(line.strip_prefix(b"parent ")?).ok());
    let parents: Vec<String> = parents.filter(|parent| is_id(parent)).map(str::to_owned).collect();
    std::iter::once(head).chain(parents).collect()
}

/// The repository's common folder, when `folder` is the top of a working tree (gitrepository-layout(5)): `.git` itself; or what
/// `gitdir: PATH` in a file `.git` names, and from there what `commondir` names.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let kind = fs::symlink_metadata(&git).ok()?.file_type();
    if kind.is_dir() {
        return Some(git);
    }
    if !kind.is_file() {
        return None;
    }
    let named = read_line(&git)?;
    let private = folder.join(named.strip_prefix("gitdir:")?.trim());
    match read_line(&private.join("commondir")) {
        Some(common) => Some(private.join(common.trim())),
        None => private.is_dir().then_some(private),
    }
}

fn read_line(path: &Path) -> Option<String> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let short = usize::try_from(metadata.len()).is_ok_and(|length| length <= LONGEST);
    if !metadata.is_file() || !short {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    fn object(git: &Path) -> PathBuf {
        let folder = git.join("lfs/objects/4d/7a");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(OID), b"x").unwrap();
        folder.join(OID)
    }

    #[test]
    fn objects_are_found_in_the_repository_and_nowhere_else() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir_all(top.path().join("models/deep")).unwrap();
        let file = top.path().join("models/deep/model.bin");
        assert_eq!(lfs_object(&file, OID), None);
        let there = object(&top.path().join(".git"));
        assert_eq!(lfs_object(&file, OID), Some(there));
        assert_eq!(lfs_object(&file, "../../../../etc/passwd"), None);
        assert_eq!(lfs_object(&file, &OID.to_uppercase()), None);
        assert_eq!(lfs_object(&file, &OID.replace('4', "5")), None);
    }

    #[test]
    fn a_worktree_has_the_objects_of_its_repository() {
        let top = tempfile::tempdir().unwrap();
        let there = object(&top.path().join("main/.git"));
        let private = top.path().join("main/.git/worktrees/other");
        fs::create_dir_all(&private).unwrap();
        fs::write(private.join("commondir"), "../..\n").unwrap();
        let tree = top.path().join("other");
        fs::create_dir_all(&tree).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", private.display())).unwrap();
        let found = lfs_object(&tree.join("model.bin"), OID).unwrap();
        assert_eq!(fs::canonicalize(found).unwrap(), fs::canonicalize(there).unwrap());
    }
}
