//! Files that are given: facts and reports instead of those made here, of a known schema and trusted for nothing else; keys, certificates,
//! trust roots and bundles. Each is read as far as its kind may be long.

use crate::attest;
use crate::cli::arguments::timestamp;
use crate::facts::{Facts, SCHEMA};
use crate::place;
use anyhow::{Context as _, bail};
use std::io::Read;
use std::path::Path;

/// Bytes of facts or of a report that are read. Facts are bounded by the limits; the largest directory's stay far below.
const CEILING: u64 = 256 << 20;

/// Bytes of a key, a certificate or a trust root that are read; the largest, a file of all authorities of the web, has half a MiB.
const SMALL: u64 = 8 << 20;

/// All facts of a file of JSON or JSON lines, or of standard input for `-`.
pub(super) fn facts(path: &Path) -> anyhow::Result<Vec<Facts>> {
    if path == Path::new("-") {
        return parse(&bounded(std::io::stdin().lock(), "standard input")?, "standard input");
    }
    let bytes = bytes(path, "give a file that `weighbridge facts` wrote, or - for standard input")?;
    parse(&bytes, &place::shown(path))
}

/// The content of a file that this program wrote, bounded. `instead` says what to give where this is no file.
pub(super) fn bytes(path: &Path, instead: &str) -> anyhow::Result<Vec<u8>> {
    bounded(open(path, instead)?, &place::shown(path))
}

/// The content of a small file: a key, a certificate, a trust root.
pub(super) fn small(path: &Path, instead: &str) -> anyhow::Result<Vec<u8>> {
    let bytes = start(path, SMALL.saturating_add(1), instead)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SMALL {
        bail!("{}: more than {SMALL} bytes; {instead}", place::shown(path));
    }
    Ok(bytes)
}

/// The first `most` bytes of a file.
pub(super) fn start(path: &Path, most: u64, instead: &str) -> anyhow::Result<Vec<u8>> {
    let shown = place::shown(path);
    let mut bytes = Vec::new();
    let opened = open(path, instead)?.take(most).read_to_end(&mut bytes);
    opened.with_context(|| format!("{shown}: cannot be read"))?;
    Ok(bytes)
}

/// A bundle's file, as far as one is read: whoever reads it refuses what is larger.
pub(super) fn bundle(path: &Path, instead: &str) -> anyhow::Result<Vec<u8>> {
    start(path, attest::LARGEST.saturating_add(1), instead)
}

fn open(path: &Path, instead: &str) -> anyhow::Result<std::fs::File> {
    let shown = place::shown(path);
    let metadata = std::fs::metadata(path).with_context(|| format!("{shown}: cannot be opened; check the path"))?;
    if !metadata.is_file() {
        bail!("{shown}: not a file; {instead}");
    }
    std::fs::File::open(path).with_context(|| format!("{shown}: cannot be opened; check its permissions"))
}

fn bounded(from: impl Read, shown: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(CEILING.saturating_add(1)).read_to_end(&mut bytes).with_context(|| format!("{shown}: cannot be read"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > CEILING {
        bail!("{shown}: more than {CEILING} bytes; judge fewer artifacts at a time");
    }
    Ok(bytes)
}

/// The one field that says whether the others can be understood.
#[derive(serde::Deserialize)]
struct Header {
    schema: String,
}

fn parse(bytes: &[u8], shown: &str) -> anyhow::Result<Vec<Facts>> {
    let documents = || serde_json::Deserializer::from_slice(bytes);
    for header in documents().into_iter::<Header>() {
        let Header { schema } =
            header.with_context(|| format!("{shown}: not facts; give what `weighbridge facts` wrote"))?;
        if schema != SCHEMA {
            let schema = place::escape_cut(schema.as_bytes(), 80);
            bail!("{shown}: of schema `{schema}`; this version reads `{SCHEMA}`; write the facts again with it");
        }
    }
    let facts = documents()
        .into_iter::<Facts>()
        .collect::<Result<Vec<Facts>, _>>()
        .with_context(|| format!("{shown}: not of the shape that `weighbridge schema facts` prints"))?;
    if facts.is_empty() {
        bail!("{shown}: holds no facts; give what `weighbridge facts` wrote");
    }
    for facts in &facts {
        if let Err(error) = timestamp(&facts.evaluated_at) {
            bail!("{shown}: `evaluated_at` is {error}; write the facts again");
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        format!("{:#}", parse(text.as_bytes(), "facts.json").unwrap_err())
    }

    #[test]
    fn what_is_not_facts_is_refused_in_words() {
        assert!(refused("").contains("holds no facts"));
        assert!(refused("[]").contains("not facts"));
        assert!(refused(&"[".repeat(10_000)).contains("not facts"));
        assert!(refused(r#"{"schema": "weighbridge/facts/v9"}"#).contains("`weighbridge/facts/v9`"));
        assert!(refused(r#"{"schema": "weighbridge/report/v1"}"#).contains("weighbridge/report/v1"));
        assert!(refused(r#"{"schema": "weighbridge/facts/v1"}"#).contains("weighbridge schema facts"));
    }
}
