//! Named paths and patterns to the paths of artifacts.

use crate::config::Patterns;
use crate::place;
use std::path::{Path, PathBuf};

/// The artifacts that were named, each once, in the order of their names. A pattern stands for what it matches, and for the file that has
/// its own name: who adds a file called `*.pt` must not make the others unnamed by it. One that matches nothing stays, and is then missing.
pub(super) fn expand(named: &[PathBuf]) -> Vec<PathBuf> {
    once(named.iter().flat_map(|path| matches(path)))
}

fn once(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = std::collections::HashSet::new();
    paths.filter(|path| seen.insert(path.clone())).collect()
}

/// What patterns match below the named directories: each path is one artifact. A pattern that matches nothing below a directory stays,
/// and is then missing; named files stay as they are.
pub(super) fn split(named: Vec<PathBuf>, patterns: &Patterns) -> Vec<PathBuf> {
    if patterns.is_empty() {
        return named;
    }
    let below = |path: PathBuf| -> Vec<PathBuf> {
        let Some(text) = path.to_str().filter(|_| path.is_dir()) else { return vec![path] };
        // A directory's own name is no pattern, whatever is in it.
        let top = PathBuf::from(glob::Pattern::escape(text));
        let found = patterns.iter().flat_map(|pattern| matches(&top.join(pattern)));
        // Git's own folder is no part of the directory when that is one artifact, and none by itself either.
        let plain = |path: &Path| path.strip_prefix(".").unwrap_or(path).to_owned();
        found.filter(|found| !plain(found).starts_with(plain(&path.join(".git")))).collect()
    };
    once(named.into_iter().flat_map(below))
}

/// Refuses to write output over what is to be read, and two outputs into one file.
pub(super) fn keep<'a>(inputs: &[PathBuf], outputs: impl IntoIterator<Item = &'a Path>) -> anyhow::Result<()> {
    let mut targets: Vec<PathBuf> = Vec::new();
    for output in outputs {
        let Some(target) = target(output) else { continue };
        if let Some(input) = inputs.iter().find(|input| input.canonicalize().is_ok_and(|input| input == target)) {
            let input = place::shown(input);
            anyhow::bail!("{input}: is read and cannot be written too; give the output another file")
        }
        if targets.contains(&target) {
            anyhow::bail!("{}: is to be written twice; give each output a file of its own", place::shown(output));
        }
        targets.push(target);
    }
    Ok(())
}

/// The file that a path leads to, whether it exists or is yet to be made; `None` where it cannot be made, which writing it will say.
/// What is no regular file, such as a terminal or a pipe, can be written more than once.
fn target(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(path) if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) => None,
        Ok(path) => Some(path),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(folder.canonicalize().ok()?.join(path.file_name()?))
        }
    }
}

/// A hidden file is as good a hiding place as any, so a star matches it too.
const OPTIONS: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Whether a path is a pattern too, whatever is there by that name.
pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// Whether a pattern matches a path, or a folder above it.
pub(super) fn reaches(pattern: &glob::Pattern, path: &[u8]) -> bool {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).chain([path.len()]);
    let parts = ends.filter_map(|end| path.get(..end));
    // A name that is not UTF-8 is matched as it would be shown: too much is judged rather than too little.
    parts.map(String::from_utf8_lossy).any(|part| pattern.matches_with(&part, OPTIONS))
}

fn matches(path: &Path) -> Vec<PathBuf> {
    let literal = vec![path.to_owned()];
    let Some(pattern) = path.to_str().filter(|_| is_pattern(path)) else { return literal };
    // For the `glob` crate `models/**` is the folders below, and for everybody else the files too.
    let files = if path.ends_with("**") && pattern.ends_with('*') { "/*" } else { "" };
    let pattern = &format!("{pattern}{files}");
    let Ok(found) = glob::glob_with(pattern, OPTIONS) else { return literal };
    // A folder that cannot be searched stays as a path: opening it says why.
    let found = found.map(|entry| entry.unwrap_or_else(|error| error.path().to_owned()));
    let own = literal.iter().filter(|path| std::fs::symlink_metadata(path).is_ok()).cloned();
    let found: Vec<PathBuf> = found.chain(passed_over(pattern)).chain(own).collect();
    if found.is_empty() { literal } else { found }
}

/// What a pattern means and the `glob` crate passes over without a word: names that are not UTF-8, and what lies in folders of such names.
/// A hostile name must not keep a file from being judged.
fn passed_over(text: &str) -> Vec<PathBuf> {
    let plain = text.trim_end_matches(std::path::is_separator);
    let Ok(pattern) = glob::Pattern::new(plain) else { return Vec::new() };
    let start = plain.find(['*', '?', '[']).and_then(|at| plain.get(..at)).unwrap_or_default();
    let base = start.rfind(std::path::is_separator).and_then(|at| start.get(..=at)).unwrap_or_default();
    let recursive = plain.contains("**");
    let parts = plain.get(base.len()..).unwrap_or_default().split(std::path::is_separator).count();
    let mut found = Vec::new();
    // A folder, its path as text, how deep its files lie, and whether some part of it is not UTF-8.
    let mut waiting = vec![(PathBuf::from(base), base.to_owned(), 1, false)];
    while let Some((folder, shown, depth, odd)) = waiting.pop() {
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        // A folder that cannot be listed is told of by `glob`, unless it has such a name itself, and then it is judged by its name.
        let Ok(entries) = std::fs::read_dir(listed) else {
            found.extend(odd.then_some(folder));
            continue;
        };
        for entry in entries.flatten() {
            let (path, name) = (folder.join(entry.file_name()), entry.file_name());
            let (shown, odd) = (format!("{shown}{}", name.to_string_lossy()), odd || name.to_str().is_none());
            // As `glob` does: `**` follows no link, so that it comes to an end.
            let directory = if recursive { entry.file_type().is_ok_and(|kind| kind.is_dir()) } else { path.is_dir() };
            if odd && (directory || plain == text) && pattern.matches_with(&shown, OPTIONS) {
                found.push(path.clone());
            }
            if directory && (recursive || depth < parts) {
                waiting.push((path, format!("{shown}/"), depth.saturating_add(1), odd));
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_and_names_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.pt", "a.pt", ".c.pt", "d[1].pt", "e.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        assert_eq!(expand(&[at("?.pt"), at("a.pt"), at("*.txt")]), [at("a.pt"), at("b.pt"), at("e.txt")]);
        assert_eq!(expand(&[at(".*.pt")]), [at(".c.pt")]);
        assert_eq!(expand(&[at("*c.pt")]), [at(".c.pt")]);
        assert_eq!(expand(&[at("d[1].pt")]), [at("d[1].pt")]);
        assert_eq!(expand(&[at("*.none")]), [at("*.none")]);
        std::fs::create_dir(at("f")).unwrap();
        std::fs::write(at("f/g.pt"), "").unwrap();
        assert_eq!(expand(&[at("f/**")]), [at("f/g.pt")]);
        assert_eq!(expand(&[at("**")]), expand(&[at("**/*")]));
        // A name that is a pattern hides nothing, in a folder or a configuration's pattern either.
        for name in ["*.pt", "d1.pt"] {
            std::fs::write(at(name), "").unwrap();
        }
        assert_eq!(expand(&[at("*.pt")]).len(), 6);
        assert_eq!(expand(&[at("d[1].pt")]), [at("d1.pt"), at("d[1].pt")]);
        let patterns: Patterns = serde_json::from_value(serde_json::json!(["*.pt"])).unwrap();
        assert_eq!(split(vec![folder.path().to_owned()], &patterns).len(), 6);
        assert_eq!(split(vec![at("d[1].pt")], &patterns), [at("d[1].pt")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_matched_too() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &[u8]| folder.path().join(OsStr::from_bytes(name));
        for name in [&b"m/a.pt"[..], b"m/\xff.pt", b"\xfe/b.pt", b"\xfe/deep/c.pt"] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), "").unwrap();
        }
        let found = |pattern: &str| expand(&[folder.path().join(pattern)]);
        assert_eq!(found("m/*.pt"), [at(b"m/a.pt"), at(b"m/\xff.pt")]);
        assert_eq!(found("m/?.pt"), [at(b"m/a.pt"), at(b"m/\xff.pt")]);
        assert_eq!(found("*/b.pt"), [at(b"\xfe/b.pt")]);
        assert_eq!(found("*/"), [at(b"m"), at(b"\xfe")]);
        // `**` comes into such folders by itself.
        let deep = [at(b"m/a.pt"), at(b"\xfe/b.pt"), at(b"\xfe/deep/c.pt"), at(b"m/\xff.pt")];
        assert_eq!(found("**/*.pt"), deep);
        assert_eq!(found("*/*/c.pt"), [at(b"\xfe/deep/c.pt")]);
        assert_eq!(found("m/*.none"), [at(b"m/*.none")]);
    }

    #[test]
    fn no_input_is_written_over_and_no_output_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["model.pt", "old.json"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::create_dir(at("below")).unwrap();
        let check = |outputs: &[&str]| {
            let outputs: Vec<PathBuf> = outputs.iter().map(|name| at(name)).collect();
            keep(&[at("model.pt")], outputs.iter().map(PathBuf::as_path)).map_err(|error| error.to_string())
        };
        assert_eq!(check(&["old.json", "new.json", "below/new.json"]), Ok(()));
        assert!(check(&["new.json", "below/../model.pt"]).unwrap_err().contains("is read"));
        for twice in [["old.json", "below/../old.json"], ["new.json", "below/../new.json"]] {
            assert!(check(&twice).unwrap_err().contains("written twice"), "{twice:?}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("model.pt"), at("link.json")).unwrap();
            assert!(check(&["link.json"]).unwrap_err().contains("is read"));
            let null = [Path::new("/dev/null"), Path::new("/dev/null")];
            assert!(keep(&[], null).is_ok());
        }
    }

    #[test]
    fn a_directory_is_split_but_for_git() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("a[b]");
        for name in [".git", "one", ".hidden"] {
            std::fs::create_dir_all(top.join(name)).unwrap();
            std::fs::write(top.join(name).join("x.pt"), "").unwrap();
        }
        let split = |patterns: &[&str]| {
            let patterns: Patterns = serde_json::from_value(serde_json::json!(patterns)).unwrap();
            split(vec![top.clone(), top.join("one/x.pt")], &patterns)
        };
        assert_eq!(split(&["*/"]), [top.join(".hidden"), top.join("one"), top.join("one/x.pt")]);
        assert_eq!(split(&["**/*.pt"]), [top.join(".hidden/x.pt"), top.join("one/x.pt")]);
        assert_eq!(split(&[]), [top.clone(), top.join("one/x.pt")]);
        let missing = split(&["*.none"]);
        assert!(missing.iter().any(|path| path.ends_with("*.none")), "{missing:?}");
    }
}
