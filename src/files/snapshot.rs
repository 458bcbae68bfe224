//! Files that were read once and stand for themselves from then on: what is held against a signature is what judges, byte for byte.

use crate::files::{Files, Kind, fits};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A file, or all files of a folder but those whose names have a part that begins with a dot. Nothing else can be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    root: PathBuf,
    kind: Kind,
    /// By their names below the root, with `/`; of a file alone by an empty one.
    files: BTreeMap<String, Vec<u8>>,
}

impl Snapshot {
    /// Reads what lies at a path: a file of at most `largest` bytes, or a folder.
    ///
    /// # Errors
    /// When a part cannot be read, and beyond the ceilings of [`Files::below`].
    pub fn take(root: &Path, largest: u64, files: &dyn Files) -> io::Result<Self> {
        let kind = files.kind(root)?;
        let content = match kind {
            Kind::Folder => files.below(root, &|_| true)?.into_iter().collect(),
            // What is missing is told by reading it.
            Kind::File | Kind::Missing => BTreeMap::from([(String::new(), files.read(root, largest)?)]),
        };
        Ok(Self { root: root.to_owned(), kind, files: content })
    }

    /// Whether it is of a file or of a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// The files by their names below the folder; of a file alone its bytes, without a name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Takes a file out: it can no longer be read.
    pub fn remove(&mut self, name: &str) -> Option<Vec<u8>> {
        self.files.remove(name)
    }

    /// The name of a path below the root.
    fn name(&self, path: &Path) -> io::Result<String> {
        let inside = path.strip_prefix(&self.root).ok().and_then(|inside| {
            let parts = inside.components().map(|part| match part {
                Component::Normal(part) => part.to_str(),
                _ => None,
            });
            parts.collect::<Option<Vec<&str>>>()
        });
        inside.map(|parts| parts.join("/")).ok_or_else(|| {
            let root = crate::place::shown(&self.root);
            io::Error::other(format!("it lies outside of {root}, and the signature is over that alone; put it there"))
        })
    }
}

impl Files for Snapshot {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let name = self.name(path)?;
        if self.files.contains_key(&name) {
            return Ok(Kind::File);
        }
        let folder = format!("{name}/");
        let is_folder =
            self.is_folder() && (name.is_empty() || self.files.keys().any(|file| file.starts_with(&folder)));
        Ok(if is_folder { Kind::Folder } else { Kind::Missing })
    }

    fn read(&self, path: &Path, largest: u64) -> io::Result<Vec<u8>> {
        let name = self.name(path)?;
        let missing = || io::Error::new(io::ErrorKind::NotFound, "not among the files that were signed");
        let bytes = self.files.get(&name).ok_or_else(missing)?;
        fits(bytes.len(), largest)?;
        Ok(bytes.clone())
    }

    fn below(&self, folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<Vec<(String, Vec<u8>)>> {
        let name = self.name(folder)?;
        let prefix = if name.is_empty() { name } else { format!("{name}/") };
        let files = self.files.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(&prefix)?, bytes)));
        Ok(files.filter(|(name, _)| wanted(name)).map(|(name, bytes)| (name.to_owned(), bytes.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;
    use std::fs;

    #[test]
    fn a_folder_is_what_it_was_and_nothing_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("set").join(name);
        for (name, text) in [("a.rego", "a"), ("b/c.yaml", "c"), (".hidden", "h"), ("../outside", "o")] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), text).unwrap();
        }
        let root = folder.path().join("set");
        let mut snapshot = Snapshot::take(&root, 9, &Disk).unwrap();
        fs::write(at("a.rego"), "changed").unwrap();
        fs::write(at("d.rego"), "added").unwrap();
        assert!(snapshot.is_folder());
        assert_eq!(snapshot.files().map(|(name, _)| name).collect::<Vec<_>>(), ["a.rego", "b/c.yaml"]);
        assert_eq!(snapshot.read(&at("a.rego"), 9).unwrap(), b"a");
        assert_eq!(snapshot.text(&at("./b/c.yaml"), 9).unwrap(), "c");
        assert!(snapshot.read(&at("a.rego"), 0).is_err());
        let kind = |name: &str| snapshot.kind(&at(name));
        assert_eq!(kind("a.rego").unwrap(), Kind::File);
        assert_eq!((kind("b").unwrap(), kind("").unwrap()), (Kind::Folder, Kind::Folder));
        assert_eq!((kind("d.rego").unwrap(), kind(".hidden").unwrap()), (Kind::Missing, Kind::Missing));
        assert!(snapshot.read(&at("d.rego"), 9).unwrap_err().to_string().contains("not among the files"));
        for outside in ["../outside", "b/../../outside", "b/../a.rego"] {
            assert!(snapshot.read(&at(outside), 9).unwrap_err().to_string().contains("outside of"), "{outside}");
            assert!(snapshot.kind(&at(outside)).is_err());
        }
        assert_eq!(snapshot.below(&at("b"), &|_| true).unwrap(), [("c.yaml".to_owned(), b"c".to_vec())]);
        assert_eq!(snapshot.below(&root, &|name| name.ends_with(".rego")).unwrap().len(), 1);
        assert_eq!(snapshot.remove("a.rego").as_deref(), Some(&b"a"[..]));
        assert_eq!(snapshot.kind(&at("a.rego")).unwrap(), Kind::Missing);
    }

    #[test]
    fn a_file_is_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("set.tar.gz");
        assert!(Snapshot::take(&file, 9, &Disk).is_err());
        fs::write(&file, "bytes").unwrap();
        assert!(Snapshot::take(&file, 4, &Disk).is_err());
        let snapshot = Snapshot::take(&file, 9, &Disk).unwrap();
        fs::write(&file, "other").unwrap();
        assert!(!snapshot.is_folder());
        assert_eq!(snapshot.kind(&file).unwrap(), Kind::File);
        assert_eq!(snapshot.read(&file, 9).unwrap(), b"bytes");
        assert!(snapshot.kind(&folder.path().join("set.tar.gz.sigstore.json")).is_err());
    }
}
