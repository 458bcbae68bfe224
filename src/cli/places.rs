//! Where the signatures of a model are looked for and written when nobody says so; the names are `extract`'s.

use crate::attest::{self, Bundle};
use crate::cli::given;
use crate::extract::{self, ATTESTATIONS, ATTESTED, ENDINGS, OpenError, SIGNATURE};
use crate::place;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// Where a model's signature lies when nobody says so: the places that are made from its own name, the first of which is where it is written,
/// and those that may be another's.
pub(super) fn signatures(model: &Path) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    is_directory(model)?;
    Ok(extract::signature_places(model))
}

/// Where attestations about a model lie when nobody says so; the first is where they are written.
pub(super) fn attestations(model: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut places = Vec::new();
    if is_directory(model)? {
        places.push(model.join(ATTESTATIONS));
    }
    places.extend(beside(model, ATTESTED));
    Ok(places)
}

/// Where attestations are written beside a signature that was given a place of its own.
pub(super) fn attestations_beside(bundle: &Path) -> Option<PathBuf> {
    let name = bundle.file_name()?.to_str()?;
    let plain = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    Some(bundle.with_file_name(format!("{plain}{ATTESTED}")))
}

/// The names inside the model of its own signature and attestations, where they are that: a signature cannot cover itself, and what is
/// added to it later neither. Whatever else has such a name has to be covered.
pub(super) fn own(model: &Path) -> Vec<String> {
    let named = [SIGNATURE, ATTESTATIONS].into_iter();
    let is_bundle = |name: &&str| {
        let path = model.join(name);
        let is_file =
            std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= attest::LARGEST);
        is_file && given::bundle(&path, "").is_ok_and(|bytes| Bundle::read_all(&bytes).is_ok())
    };
    named.filter(is_bundle).map(str::to_owned).collect()
}

/// A file's name inside the model, whether it exists or is yet to be made.
pub(super) fn inside(model: &Path, file: &Path) -> Option<String> {
    let model = model.canonicalize().ok()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = || Some(folder.canonicalize().ok()?.join(file.file_name()?));
    let file = file.canonicalize().ok().or_else(made)?;
    let relative = file.strip_prefix(model).ok()?;
    let parts: Option<Vec<&str>> = relative.iter().map(OsStr::to_str).collect();
    parts.map(|parts| parts.join("/")).filter(|name| !name.is_empty())
}

fn is_directory(model: &Path) -> anyhow::Result<bool> {
    let path = place::shown(model);
    match std::fs::metadata(model) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::Missing { path }.into()),
        Err(error) => Err(OpenError::Unreadable { path, error }.into()),
    }
}

/// `.` and `..` have a name too, but not beside which a signature would lie.
fn beside(model: &Path, ending: &str) -> Option<PathBuf> {
    let mut name = model.file_name()?.to_owned();
    name.push(ending);
    Some(model.with_file_name(name))
}
