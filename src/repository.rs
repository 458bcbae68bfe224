//! What git keeps beside the working files: the objects of Git LFS. Reads git's layout, never starts git, never opens an artifact.

use std::path::{Path, PathBuf};

/// Levels of folders that are searched for `.git` above a file.
const LEVELS: usize = 64;

/// Where the object of a Git LFS pointer lies, if the repository around `pointer` holds one: `.git/lfs/objects/ab/cd/abcd...`
/// (git-lfs specification, "The Pointer" and "Intercepting Git"). Whether its content has that digest is for the reader to see.
#[must_use]
pub fn lfs_object(pointer: &Path, oid: &str) -> Option<PathBuf> {
    let digits = oid.len() == 64 && oid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (first, second) = (oid.get(..2)?, oid.get(2..4)?);
    if !digits {
        return None;
    }
    let absolute = std::path::absolute(pointer).ok()?;
    let object = absolute
        .ancestors()
        .skip(1)
        .take(LEVELS)
        .find_map(|folder| git_folder(&folder.join(".git")))?
        .join("lfs/objects")
        .join(first)
        .join(second)
        .join(oid);
    object.is_file().then_some(object)
}

/// The repository's own folder: `.git` itself, or the main one where `.git` is a file of a linked worktree or a submodule
/// (gitrepository-layout(5)).
fn git_folder(dot_git: &Path) -> Option<PathBuf> {
    if dot_git.is_dir() {
        return Some(dot_git.to_owned());
    }
    let text = small_text(dot_git)?;
    let named = dot_git.parent()?.join(text.strip_prefix("gitdir:")?.trim());
    match small_text(&named.join("commondir")) {
        Some(common) => Some(named.join(common.trim())),
        None => Some(named),
    }
}

fn small_text(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= 4096);
    small.and_then(|_| std::fs::read_to_string(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_found_from_a_worktree_too() {
        let folder = tempfile::tempdir().unwrap();
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let object = folder.path().join("main/.git/lfs/objects/4d/7a").join(oid);
        std::fs::create_dir_all(object.parent().unwrap()).unwrap();
        std::fs::write(&object, "weights").unwrap();
        std::fs::create_dir_all(folder.path().join("main/.git/worktrees/side")).unwrap();
        std::fs::write(folder.path().join("main/.git/worktrees/side/commondir"), "../..\n").unwrap();
        std::fs::create_dir_all(folder.path().join("side/models")).unwrap();
        std::fs::write(folder.path().join("side/.git"), "gitdir: ../main/.git/worktrees/side\n").unwrap();

        for pointer in ["main/model.pt", "side/models/model.pt"] {
            let found = lfs_object(&folder.path().join(pointer), oid).unwrap();
            assert_eq!(std::fs::read(found).unwrap(), b"weights", "{pointer}");
        }
        assert_eq!(lfs_object(&folder.path().join("main/model.pt"), &oid.replace('4', "5")), None);
        assert_eq!(lfs_object(&folder.path().join("main/model.pt"), "../../../../etc/passwd"), None);
    }
}
