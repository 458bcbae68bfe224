//! Holds the map of the rooms against the sources: who may import whom, and one door for each heavy dependency.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use std::path::{Path, PathBuf};

/// Which room may import which. `verdict` knows `facts` for the kinds of what could not be read, which a report repeats.
const ROOMS: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("main", &[]),
    ("limits", &[]),
    ("place", &[]),
    ("digest", &[]),
    ("time", &[]),
    ("web", &[]),
    ("files", &["place"]),
    ("facts", &["place", "digest"]),
    ("verdict", &["facts", "place", "digest"]),
    ("extract", &["facts", "limits", "place", "digest"]),
    ("policy", &["facts", "verdict", "limits", "files", "place", "digest", "time"]),
    ("attest", &["facts", "verdict", "place", "digest", "time", "web"]),
    ("report", &["verdict", "facts", "place", "digest"]),
    ("config", &["limits", "verdict", "files", "place", "time"]),
    ("repository", &["files", "place", "digest"]),
    ("fetch", &["place", "digest", "web"]),
    ("github", &["report", "verdict", "place", "digest", "time", "web"]),
    (
        "gate",
        &[
            "limits",
            "place",
            "digest",
            "time",
            "facts",
            "verdict",
            "extract",
            "policy",
            "attest",
            "report",
            "config",
            "repository",
        ],
    ),
    (
        "cli",
        &[
            "limits",
            "place",
            "digest",
            "time",
            "files",
            "facts",
            "verdict",
            "extract",
            "policy",
            "attest",
            "report",
            "config",
            "repository",
            "fetch",
            "github",
            "gate",
        ],
    ),
];

/// A crate, or a part of the standard library, and the only places that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("regorus::", &["policy/"]),
    ("ureq::", &["web.rs", "attest/service.rs", "fetch/", "github/client.rs", "github/context.rs"]),
    ("base64::", &["attest/", "extract/embedded.rs", "github/code_scanning.rs"]),
    ("clap::", &["cli/"]),
    ("clap_complete::", &["cli/"]),
    // regorus speaks in anyhow's errors; the policy room turns them into its own.
    ("anyhow::", &["cli/", "policy/engine.rs"]),
    ("anstream::", &["cli/"]),
    ("annotate_snippets::", &["cli/policy/"]),
    ("indicatif::", &["cli/"]),
    ("terminal_size::", &["cli/"]),
    ("glob::", &["cli/", "config/patterns.rs"]),
    ("jiff::", &["cli/", "time.rs"]),
    ("textwrap::", &["report/"]),
    ("anstyle::", &["report/", "cli/"]),
    ("serde_saphyr::", &["config/", "policy/"]),
    ("granit_parser::", &["extract/format/yaml.rs"]),
    ("toml::", &["extract/format/text/packages.rs"]),
    ("sha2::", &["digest.rs", "digest/"]),
    ("blake2::", &["digest/"]),
    ("blake3::", &["digest/"]),
    ("sigstore_verify::", &["attest/"]),
    ("sigstore_trust_root::", &["attest/"]),
    ("sigstore_tuf::", &["attest/trust_update.rs"]),
    ("aws_lc_rs::", &["attest/"]),
    ("webpki::", &["attest/"]),
    ("x509_cert::", &["attest/"]),
    ("pkcs8::", &["attest/"]),
    ("zeroize::", &["attest/", "cli/"]),
    ("rpassword::", &["cli/"]),
    ("rustls_pki_types::", &["attest/"]),
    ("sevenz_rust::", &["extract/"]),
    ("bzip2::", &["extract/"]),
    ("flate2::", &["extract/", "policy/archive.rs", "github/code_scanning.rs"]),
    // `tar` is also a format of ours.
    ("tar::Archive", &["policy/archive.rs"]),
    ("tar::Builder", &["policy/archive.rs"]),
    ("quick_xml::", &["report/", "extract/xml.rs"]),
    ("regex::", &["attest/signatories.rs", "cli/", "policy/test.rs"]),
    ("lz4_flex::", &["extract/"]),
    // Its tree is no stable interface.
    ("minijinja::", &["extract/template/tree.rs"]),
    ("ruff_python_ast::", &["extract/python/tree.rs"]),
    ("ruff_python_parser::", &["extract/python/tree.rs"]),
    ("ruff_text_size::", &["extract/python/tree.rs"]),
    ("lzma_rust2::", &["extract/"]),
    ("memchr::", &["extract/"]),
    ("ruzstd::", &["extract/"]),
    ("crc32fast::", &["extract/"]),
    ("rustix::", &["extract/", "policy/guard.rs"]),
    (
        "std::fs",
        &["extract/source.rs", "files.rs", "policy/embed.rs", "repository.rs", "repository/changes.rs", "cli/"],
    ),
    ("std::net", &["extract/mention.rs"]),
    ("std::process::Command", &["policy/guard.rs", "repository/"]),
    ("std::process::exit", &[]),
    ("SystemTime::now", &[]),
    ("Timestamp::now", &["cli/"]),
    ("Approved::new", &["gate.rs", "verdict/approved.rs"]),
];

/// Files that are longer than one sitting, and how long they may be: the list shrinks, and no file on it grows.
const LONGER: &[(&str, usize)] = &[("extract/pickle/effect.rs", 760), ("extract/pickle/machine.rs", 1000)];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found): (Vec<PathBuf>, Vec<(String, String)>) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let tests: Vec<String> = found.iter().flat_map(|(file, text)| test_modules(file, text)).collect();
    found.retain(|(file, _)| !tests.contains(file));
    found.sort();
    assert!(found.len() > 30, "the sources were not found");
    found
}

/// The files of modules that exist in tests alone: `#[cfg(test)] mod NAME;`.
fn test_modules(file: &str, text: &str) -> Vec<String> {
    let folder =
        file.strip_suffix("mod.rs").map_or_else(|| format!("{}/", file.trim_end_matches(".rs")), str::to_owned);
    let lines: Vec<&str> = text.lines().collect();
    let declared = lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]");
    declared
        .filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'))
        .map(|name| format!("{folder}{name}.rs"))
        .collect()
}

/// The lines of a file before the tests that stand in it.
fn before_tests(text: &str) -> impl Iterator<Item = &str> {
    let tests = text.find("\nmod tests {").unwrap_or(text.len());
    text[..tests].lines()
}

/// The code of a file: no comments, and not the tests at its end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    before_tests(text).map(|line| line.split("//").next().unwrap_or_default())
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn rooms_import_only_what_the_map_allows() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room(&file)) else {
            wrong.push(format!("{file}: its room is not on the map"));
            continue;
        };
        for line in code(&text) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let named: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if named != room(&file) && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{file}: imports {named:?}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_heavy_dependency_has_one_door() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (name, places) in DOORS {
            let named = |line: &&str| {
                line.match_indices(name).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
            };
            if !places.iter().any(|place| file.starts_with(place))
                && let Some(line) = code(&text).find(named)
            {
                wrong.push(format!("{file}: names {name}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_can_be_read_in_one_sitting() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{file}: its first line does not say what it is"));
        }
        let lines = before_tests(&text).count();
        let ceiling = LONGER.iter().find(|(name, _)| *name == file).map_or(650, |(_, ceiling)| *ceiling);
        if lines > ceiling {
            wrong.push(format!("{file}: {lines} lines without its tests"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rooms that `tests/fuzz/readers.rs` builds again with the fuzzer's flags.
const FUZZED: &[&str] = &["extract", "facts", "limits", "place", "digest"];

/// The `[dependencies]` of a manifest, each with what it asks for.
fn dependencies(manifest: &str) -> toml::Table {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
    text.parse::<toml::Table>().unwrap().remove("dependencies").unwrap().try_into().unwrap()
}

#[test]
fn the_fuzzer_is_given_what_its_rooms_import() {
    let (project, mut fuzzer) = (dependencies("Cargo.toml"), dependencies("tests/fuzz/Cargo.toml"));
    assert!(fuzzer.remove("libfuzzer-sys").is_some(), "the fuzzer itself");
    let sources = sources();
    let mut wrong = Vec::new();
    let fuzzed = |place: &str| FUZZED.contains(&room(place));
    for (name, asked) in &project {
        let path = format!("{}::", name.replace('-', "_"));
        let elsewhere =
            DOORS.iter().any(|(door, places)| door.starts_with(&path) && !places.iter().any(|at| fuzzed(at)));
        let mut lines = sources.iter().filter(|(file, _)| fuzzed(file)).flat_map(|(_, text)| code(text));
        let imported = !elsewhere && lines.any(|line| line.contains(&path));
        if imported && fuzzer.remove(name).as_ref() != Some(asked) {
            wrong.push(format!("{name} = {asked:?}"));
        }
    }
    assert!(wrong.is_empty(), "tests/fuzz/Cargo.toml lacks, or has otherwise:\n{}", wrong.join("\n"));
    assert!(fuzzer.is_empty(), "tests/fuzz/Cargo.toml has what no room imports: {fuzzer:?}");
}
