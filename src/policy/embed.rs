//! Build script: writes the list of shipped policy files, so that a rule is added by adding its files and nothing else.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on stdout")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=policies");
    println!("cargo::rerun-if-changed=src/policy/embed.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?).join("policies");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("policies.rs");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", file.to_string_lossy()));
    }
    list.push_str("]\n");
    fs::write(out, list)
}

/// Modules (`.rego`) and data (`.json` under `data/`), at any depth; other files of the folder are for people.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let data = path.components().any(|part| part.as_os_str() == "data");
        if path.is_dir() {
            // What the lists are built from is not what policies judge by.
            if !path.ends_with("data/build") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rego" || (data && extension == "json")) {
            files.push(path);
        }
    }
    Ok(())
}
