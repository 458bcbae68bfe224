//! Where signatures lie: beside what is named and in it, by their names alone. Reads their bytes, bounded, and understands none of them.

use crate::extract::directory::{Found, Git, shown};
use crate::extract::source::{self, Kind};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// A directory's own signature, in it: the reference implementation's name.
pub const SIGNATURE: &str = "model.sig";

/// A directory's own attestations, in it: one bundle a line.
pub const ATTESTATIONS: &str = "claims.jsonl";

/// What is added to a model's name for a signature beside it; the first is written.
pub const ENDINGS: [&str; 3] = [".sig", ".sigstore.json", ".sigstore"];

/// What is added to a model's name for attestations beside it.
pub const ATTESTED: &str = ".claims.jsonl";

/// The names that signatures of a whole folder have.
const NAMES: [&str; 2] = [SIGNATURE, ATTESTATIONS];

/// Signature files of one artifact that are read; a model has a few, and a folder of signed files one each.
const MOST: usize = 1_000;

/// Bytes of all signature files of one artifact; a manifest spends some 150 bytes on a file.
const ALL: u64 = 64 << 20;

/// A file that is called as signatures are.
#[derive(Debug)]
pub struct SignatureFile {
    /// Escaped, to be shown.
    pub shown: String,
    /// Its name below the artifact, with `/` between parts; `None` when it lies beside it, or is not UTF-8.
    pub name: Option<String>,
    /// What it may lie by; the first is what its name says best.
    pub scopes: Vec<Scope>,
    /// Its bytes; an error where they cannot be read or are too many.
    pub bytes: io::Result<Vec<u8>>,
}

/// What a signature lies by, as its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The artifact.
    Whole,
    /// Perhaps the artifact, a file: the name is not made from its whole name, so another file's it may be too.
    Perhaps,
    /// A file of the artifact, by its name.
    File(String),
    /// A folder of the artifact, by its name.
    Folder(String),
}

/// Whether a file is called as signatures are; such a file is no part of a directory's digest.
pub(super) fn named(relative: &str) -> bool {
    let name = relative.rsplit('/').next().unwrap_or_default();
    NAMES.contains(&name) || ENDINGS.iter().chain([&ATTESTED]).any(|ending| name.ends_with(ending))
}

/// Where the signature of a named path is looked for, by how closely its name is that of the path: first those that are made from its
/// whole name or lie in the folder itself, then those that may be another's.
#[must_use]
pub fn signature_places(path: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let directory = source::kind(path).is_ok_and(|kind| kind == Kind::Directory);
    let inside = NAMES.iter().filter(|_| directory).map(|name| path.join(name));
    let (mut own, mut others): (Vec<PathBuf>, Vec<PathBuf>) = inside.partition(|place| place.ends_with(SIGNATURE));
    // `.` and `..` have a name too, but not beside which a signature would lie.
    let Some(name) = path.file_name() else { return (own, others) };
    let with = |name: &std::ffi::OsStr| {
        ENDINGS.map(|ending| {
            let mut name = name.to_owned();
            name.push(ending);
            path.with_file_name(name)
        })
    };
    own.extend(with(name));
    if !directory {
        others.extend(path.file_stem().filter(|stem| *stem != name).map(with).into_iter().flatten());
        others.extend(NAMES.map(|name| path.with_file_name(name)));
        let mut seen = std::collections::HashSet::new();
        others.retain(|place| seen.insert(place.clone()) && place != path && !own.contains(place));
    }
    (own, others)
}

/// The signature files beside a named path and in it, each of at most `largest` bytes; no link is followed. `files` bounds the search
/// in a directory. What cannot be listed is told by the extraction.
#[must_use]
pub fn signature_files(path: &Path, files: u64, largest: u64) -> Vec<SignatureFile> {
    let mut found = Vec::new();
    let mut left = ALL;
    let directory = source::kind(path).is_ok_and(|kind| kind == Kind::Directory);
    let (own, others) = signature_places(path);
    let beside = own.into_iter().map(|place| (place, Scope::Whole));
    let beside = beside.chain(others.into_iter().map(|place| (place, Scope::Perhaps)));
    let outside = |place: &Path| !directory || place.parent() != Some(path);
    for (place, scope) in beside.filter(|(place, _)| outside(place)) {
        match read(&place, largest, &mut left) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {}
            bytes => found.push(SignatureFile { shown: shown(&place), name: None, scopes: vec![scope], bytes }),
        }
    }
    if directory {
        let mut inside = Found::default();
        if inside.search(path, files, Git::LeftOut).is_ok() {
            let relative = |file: &Path| {
                let parts: Option<Vec<&str>> =
                    file.strip_prefix(path).ok()?.iter().map(std::ffi::OsStr::to_str).collect();
                parts.map(|parts| parts.join("/"))
            };
            let names: BTreeSet<String> = inside.files.iter().filter_map(|file| relative(file)).collect();
            for file in &inside.files {
                let Some(name) = relative(file).filter(|name| named(name)) else { continue };
                let scopes = scopes(&name, &names);
                let enough = found.len() >= MOST;
                let bytes = if enough { Err(too_many()) } else { read(file, largest, &mut left) };
                found.push(SignatureFile { shown: shown(file), name: Some(name), scopes, bytes });
                // The last one says that the others are not read.
                if enough {
                    break;
                }
            }
        }
    }
    found
}

/// What a signature inside a directory may lie by: the file that its name is made from, else the one file that has its name but for the
/// ending, its folder, and the whole directory.
fn scopes(name: &str, names: &BTreeSet<String>) -> Vec<Scope> {
    let signed = || ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending));
    if let Some(file) = signed().find(|file| names.contains(*file)) {
        return vec![Scope::File(file.to_owned())];
    }
    let mut scopes = Vec::new();
    for start in signed().map(|start| format!("{start}.")) {
        let beside = |file: &&String| file.starts_with(&start) && !file.trim_start_matches(&start).contains('/');
        let mut files = names.range(start.clone()..).take_while(|file| file.starts_with(&start));
        let mut files = files.by_ref().filter(|file| beside(file) && !named(file));
        if let (Some(file), None) = (files.next(), files.next()) {
            scopes.push(Scope::File(file.clone()));
        }
    }
    if let Some((folder, _)) = name.rsplit_once('/') {
        scopes.push(Scope::Folder(folder.to_owned()));
    }
    scopes.push(Scope::Whole);
    scopes
}

fn read(path: &Path, largest: u64, left: &mut u64) -> io::Result<Vec<u8>> {
    let opened = source::open(path, false)?;
    let size = opened.source.size();
    if size > largest {
        return Err(io::Error::other(format!("more than {largest} bytes")));
    }
    *left = left.checked_sub(size).ok_or_else(too_many)?;
    opened.source.bytes_at(0, largest)
}

fn too_many() -> io::Error {
    io::Error::other(format!("more than {MOST} signature files, or {ALL} bytes of them; this one is not read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_lies_by_the_file_that_its_name_is_made_from() {
        let names =
            ["a.pt", "a.pt.sig", "b.pt", "b.onnx", "b.sig", "sub/c.bin", "sub/c.sigstore.json", "sub/model.sig"]
                .map(str::to_owned)
                .into();
        let file = |name: &str| Scope::File(name.to_owned());
        let folder = Scope::Folder("sub".to_owned());
        assert_eq!(scopes("a.pt.sig", &names), [file("a.pt")]);
        assert_eq!(scopes("a.sig", &names), [file("a.pt"), Scope::Whole]);
        assert_eq!(scopes("b.sig", &names), [Scope::Whole], "one of two");
        assert_eq!(scopes("sub/c.sigstore.json", &names), [file("sub/c.bin"), folder.clone(), Scope::Whole]);
        assert_eq!(scopes("sub/model.sig", &names), [folder, Scope::Whole]);
    }

    #[test]
    fn places_are_made_from_the_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("model.pt"), "x").unwrap();
        let (own, others) = signature_places(&folder.path().join("model.pt"));
        let names = |places: &[PathBuf]| -> Vec<String> {
            places.iter().map(|place| place.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&own), ["model.pt.sig", "model.pt.sigstore.json", "model.pt.sigstore"]);
        assert_eq!(names(&others), ["model.sig", "model.sigstore.json", "model.sigstore", "claims.jsonl"]);
        let (own, others) = signature_places(folder.path());
        assert!(own.iter().any(|place| place.ends_with("model.sig")), "{own:?}");
        assert_eq!(names(&others), ["claims.jsonl"]);
    }
}
