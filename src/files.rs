//! The one way to what judges: configuration, policies and waivers are read through [`Files`], from the disk here, or from a commit in
//! the room that knows git. So nothing can be read from the wrong one by mistake.

mod snapshot;

pub use snapshot::Snapshot;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Bytes of one policy file; the largest shipped list has 140 kB.
pub const LARGEST: u64 = 8 << 20;

/// Bytes of all files of one folder of policies.
pub const ALL: u64 = 64 << 20;

/// Files of one folder of policies.
pub const MOST: usize = 20_000;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Missing,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// Where what judges is read from.
pub trait Files {
    /// What lies at a path.
    ///
    /// # Errors
    /// When that cannot be known, and for what is neither a file nor a folder; so a broken link is never taken for nothing.
    fn kind(&self, path: &Path) -> io::Result<Kind>;

    /// The content of a file of at most `largest` bytes.
    ///
    /// # Errors
    /// When it cannot be read, is larger, or is no file.
    fn read(&self, path: &Path, largest: u64) -> io::Result<Vec<u8>>;

    /// The files below a folder whose names are wanted, sorted by name: the path from the folder, with `/`. Names with a part that
    /// begins with a dot are left out.
    ///
    /// # Errors
    /// When a part cannot be read, and beyond [`LARGEST`], [`ALL`] and [`MOST`].
    fn below(&self, folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<Vec<(String, Vec<u8>)>>;

    /// The content of a file of at most `largest` bytes, which a person wrote.
    ///
    /// # Errors
    /// As [`Self::read`], and for what is not UTF-8.
    fn text(&self, path: &Path, largest: u64) -> io::Result<String> {
        String::from_utf8(self.read(path, largest)?).map_err(|_| io::Error::other("not UTF-8"))
    }
}

/// The files as they lie on disk. Links are followed, but for links to folders below a folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kind::Missing),
            there => there?,
        };
        let there = fs::metadata(path)?;
        match (there.is_file(), there.is_dir()) {
            (true, _) => Ok(Kind::File),
            (_, true) => Ok(Kind::Folder),
            _ => Err(io::Error::other("neither a file nor a folder")),
        }
    }

    fn read(&self, path: &Path, largest: u64) -> io::Result<Vec<u8>> {
        // A FIFO would block for ever, so what it is comes first.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut content = Vec::new();
        fs::File::open(path)?.take(largest.saturating_add(1)).read_to_end(&mut content)?;
        fits(content.len(), largest)?;
        Ok(content)
    }

    fn below(&self, folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut sum = Sum::default();
        let mut found = Vec::new();
        let mut folders: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| at(&folder, &error))? {
                let entry = entry.map_err(|error| at(&folder, &error))?;
                let path = entry.path();
                let own = entry.file_name();
                let name = format!("{prefix}{}", own.to_string_lossy());
                if own.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                if entry.file_type().map_err(|error| at(&path, &error))?.is_dir() {
                    folders.push((path, format!("{name}/")));
                } else if wanted(&name) {
                    // A link to a folder is not followed; one that leads nowhere is a policy that is lost.
                    if self.kind(&path).map_err(|error| at(&path, &error))? == Kind::Folder {
                        continue;
                    }
                    if own.to_str().is_none() {
                        return Err(at(&path, &io::Error::other("the name is not UTF-8; rename it")));
                    }
                    let content = self.read(&path, LARGEST).map_err(|error| at(&path, &error))?;
                    sum.add(content.len()).map_err(|error| at(&path, &error))?;
                    found.push((name, content));
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// The files of one folder so far.
#[derive(Debug, Default)]
pub struct Sum {
    bytes: u64,
    files: usize,
}

impl Sum {
    /// One file more.
    ///
    /// # Errors
    /// When it is one too many, or when they are too large together.
    pub fn add(&mut self, bytes: usize) -> io::Result<()> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.files = self.files.saturating_add(1);
        let too = |what: String| Err(io::Error::other(format!("{what}; a policy is far smaller, name its own folder")));
        if self.files > MOST {
            too(format!("one of more than {MOST} files"))
        } else if self.bytes > ALL {
            too(format!("one of files with more than {} MiB", ALL >> 20))
        } else {
            Ok(())
        }
    }
}

/// Whether a size is within a ceiling, in bytes.
///
/// # Errors
/// When it is not, with the ceiling.
pub fn fits(size: usize, largest: u64) -> io::Result<()> {
    if u64::try_from(size).is_ok_and(|size| size <= largest) {
        return Ok(());
    }
    let (count, unit) = if largest < 1 << 20 { (largest, "bytes") } else { (largest >> 20, "MiB") };
    Err(io::Error::other(format!("larger than {count} {unit}; what judges is far smaller, so name another file")))
}

/// An error with the path that it is about.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", crate::place::shown(path)))
}

/// Whether what stands where a path may stand is an address on a network, right or wrong.
#[must_use]
pub fn is_address(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_are_held_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rego");
        fs::write(&file, vec![b'#'; 9 << 20]).unwrap();
        let error = Disk.below(folder.path(), &|_| true).unwrap_err().to_string();
        assert!(error.contains("a.rego: larger than 8 MiB"), "{error}");
        assert_eq!(Disk.below(folder.path(), &|name| name != "a.rego").unwrap(), []);
        assert!(Disk.read(&file, 9 << 20).is_ok());
        for name in 0..9 {
            fs::write(folder.path().join(format!("{name}.rego")), vec![b'#'; 8 << 20]).unwrap();
        }
        let error = Disk.below(folder.path(), &|name| name != "a.rego").unwrap_err().to_string();
        assert!(error.contains("more than 64 MiB"), "{error}");
        let mut sum = Sum::default();
        assert!((0..MOST).all(|_| sum.add(1).is_ok()));
        assert!(sum.add(1).unwrap_err().to_string().contains("more than 20000 files"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("a.rego")).unwrap();
        assert!(Disk.below(folder.path(), &|_| true).unwrap_err().to_string().contains("a.rego"));
        assert_eq!(Disk.below(folder.path(), &|_| false).unwrap(), []);
    }

    #[test]
    fn what_is_hidden_is_left_out_and_names_are_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/c.txt", "a.txt", ".git/x.txt", "b/.d.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let found = Disk.below(folder.path(), &|_| true).unwrap();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.txt", "b/c.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_broken_link_is_not_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(Disk.kind(&link).is_err());
        assert_eq!(Disk.kind(&folder.path().join("none")).unwrap(), Kind::Missing);
        assert_eq!(Disk.kind(folder.path()).unwrap(), Kind::Folder);
    }
}
