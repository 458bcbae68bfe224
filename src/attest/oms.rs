//! The manifest of the OpenSSF Model Signing format (OMS, specification v1.0): which files a signature is over, with their digests.
//!
//! Stricter than its reference implementation: a manifest must list something, each name once, and only names that stay inside the
//! model; each digest must be of the one hash function that the serialization names; and the shards of a file must cover it without
//! gap or overlap. The signature's own list of ignored paths is never heeded, and neither is its leave to follow links.

use crate::attest::bundle::shape;
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::{Subject, malformed};
use crate::digest::{Algorithm, Measure};
use crate::place;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// The predicate type of version 1.
pub(super) const PREDICATE: &str = "https://model_signing/signature/v1.0";

/// The predicate type of model-signing 0.2, where the subjects are the files.
pub(super) const LEGACY: &str = "https://model_signing/Digests/v0.1";

/// The name that the reference implementation gives to a model that is one file; the specification says its base name.
pub(super) const ONE_FILE: &str = ".";

/// What is kept of a name to be shown.
const SHOWN: usize = 200;

/// Which files a signature is over.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The model's name and root digest.
    pub subject: Subject,
    /// Whether it has the layout of model-signing 0.2.
    pub legacy: bool,
    /// Whether files are listed in shards, which leaves empty ones out.
    pub measure: Measure,
    /// The files by name, with `/` between parts.
    pub files: BTreeMap<String, Signed>,
}

/// A file as it was signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// Its bytes, where shards say so.
    pub size: Option<u64>,
    /// One digest, or one for each shard.
    pub digests: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct RawStatement {
    predicate: RawPredicate,
}

#[derive(Deserialize)]
struct RawPredicate {
    serialization: RawSerialization,
    resources: Vec<RawResource>,
}

#[derive(Deserialize)]
struct RawSerialization {
    method: String,
    hash_type: String,
    shard_size: Option<serde_json::Number>,
}

#[derive(Deserialize)]
struct RawResource {
    name: String,
    algorithm: String,
    digest: String,
}

impl Manifest {
    /// Reads the payload of a statement with these subjects.
    pub(super) fn read(payload: &[u8], subjects: &[Subject]) -> Result<Self, Refusal> {
        let raw: RawStatement = serde_json::from_slice(payload).map_err(|error| malformed(&shape(&error)))?;
        let [subject] = subjects else { return Err(malformed("a model's statement has one subject")) };
        let measure = raw.predicate.serialization.measure()?;
        let resources = raw.predicate.resources;
        let expected = match measure.shard {
            None => measure.algorithm.name().to_owned(),
            Some(size) => format!("{}-sharded-{size}", measure.algorithm.name()),
        };
        if let Some(other) = resources.iter().find(|resource| resource.algorithm != expected) {
            let found = place::escape_cut(other.algorithm.as_bytes(), 60);
            let what =
                format!("`{}` is digested by `{found}` and the serialization says `{expected}`", name(&other.name));
            return Err(Refusal::new(Reason::SerializationUnknown, what));
        }
        let mut root = Vec::new();
        let mut digested = Vec::new();
        for resource in &resources {
            let digest = digest(&resource.digest, measure.algorithm, &resource.name)?;
            root.extend_from_slice(&digest);
            digested.push((resource.name.as_str(), digest));
        }
        let files = match measure.shard {
            None => whole(digested)?,
            Some(size) => sharded(digested, size)?,
        };
        let manifest = Self { subject: subject.clone(), legacy: false, measure, files }.checked()?;
        // In the listed order: the specification sorts names by code point, the reference implementation by part.
        let listed = subject.sha256.as_deref().and_then(unhex);
        if listed != Some(Algorithm::Sha256.of(&root)) {
            return Err(Refusal::new(Reason::RootMismatch, "the subject's digest is not that of the listed files"));
        }
        Ok(manifest)
    }

    /// The layout of model-signing 0.2: each file is a subject, and there is no root.
    pub(super) fn legacy(subjects: &[Subject]) -> Result<Self, Refusal> {
        let measure = Measure { algorithm: Algorithm::Sha256, shard: None };
        let mut digested = Vec::new();
        for subject in subjects {
            let (Some(name), Some(sha256)) = (&subject.name, &subject.sha256) else {
                return Err(malformed("a subject has no name or no SHA-256"));
            };
            digested.push((name.as_str(), digest(sha256, measure.algorithm, name)?));
        }
        let files = whole(digested)?;
        Self { subject: Subject::default(), legacy: true, measure, files }.checked()
    }

    fn checked(self) -> Result<Self, Refusal> {
        if self.files.is_empty() {
            return Err(Refusal::new(Reason::ManifestEmpty, "the manifest lists no file"));
        }
        let alone = self.files.len() == 1;
        let unsafe_name = |listed: &&String| !(alone && listed.as_str() == ONE_FILE) && leads_out(listed);
        match self.files.keys().find(unsafe_name) {
            Some(listed) => Err(Refusal::new(Reason::NameUnsafe, format!("the manifest lists `{}`", name(listed)))),
            None => Ok(self),
        }
    }

    /// How a file of that name and size is digested, when it can be what was signed.
    pub(super) fn measure(&self, name: &str, size: u64) -> Option<Measure> {
        let signed = self.files.get(name).or_else(|| self.files.get(ONE_FILE))?;
        // So never more shards are digested than the manifest lists, however small it says they are.
        signed.size.is_none_or(|signed| signed == size).then_some(self.measure)
    }
}

impl RawSerialization {
    fn measure(&self) -> Result<Measure, Refusal> {
        let unknown = |what: String| Refusal::new(Reason::SerializationUnknown, what);
        let algorithm = match self.hash_type.as_str() {
            "sha256" => Algorithm::Sha256,
            "blake2b" => Algorithm::Blake2b,
            "blake3" => Algorithm::Blake3,
            other => return Err(unknown(format!("the hash function `{}`", name(other)))),
        };
        match self.method.as_str() {
            "files" => Ok(Measure { algorithm, shard: None }),
            "shards" => {
                let size = self.shard_size.as_ref().and_then(positive);
                let size =
                    size.ok_or_else(|| unknown("shards without a size that is a positive whole number".into()))?;
                Ok(Measure { algorithm, shard: Some(size) })
            }
            other => Err(unknown(format!("the serialization method `{}`", name(other)))),
        }
    }
}

/// A shard's size, which the reference implementation writes as a float (`8.0`).
fn positive(number: &serde_json::Number) -> Option<NonZeroU64> {
    let whole = number.as_u64().or_else(|| {
        // Up to 2^53 a float holds every whole number.
        let float =
            number.as_f64().filter(|float| float.fract() == 0.0 && (1.0..=9_007_199_254_740_992.0).contains(float));
        float.and_then(|float| format!("{float:.0}").parse().ok())
    });
    whole.and_then(NonZeroU64::new)
}

fn whole(digested: Vec<(&str, Vec<u8>)>) -> Result<BTreeMap<String, Signed>, Refusal> {
    let mut files = BTreeMap::new();
    for (listed, digest) in digested {
        if files.insert(listed.to_owned(), Signed { size: None, digests: vec![digest] }).is_some() {
            return Err(repeated(listed));
        }
    }
    Ok(files)
}

/// Shards are named `path:start:end`, and may stand in any order.
fn sharded(digested: Vec<(&str, Vec<u8>)>, size: NonZeroU64) -> Result<BTreeMap<String, Signed>, Refusal> {
    let mut shards: BTreeMap<&str, BTreeMap<u64, (u64, Vec<u8>)>> = BTreeMap::new();
    let broken = |listed: &str, what: &str| {
        Refusal::new(Reason::ShardsBroken, format!("the manifest lists `{}`, {what}", name(listed)))
    };
    for (listed, digest) in digested {
        let mut parts = listed.rsplitn(3, ':');
        let (end, start, path) = (parts.next().and_then(decimal), parts.next().and_then(decimal), parts.next());
        let (Some(path), Some(start), Some(end)) = (path, start, end) else {
            return Err(broken(listed, "which is not `path:start:end`"));
        };
        if shards.entry(path).or_default().insert(start, (end, digest)).is_some() {
            return Err(repeated(listed));
        }
    }
    let mut files = BTreeMap::new();
    for (path, parts) in shards {
        let (mut expected, mut digests) = (0u64, Vec::new());
        let last = parts.len().saturating_sub(1);
        for (index, (start, (end, digest))) in parts.into_iter().enumerate() {
            let length = end.saturating_sub(start);
            let full = length == size.get() || (index == last && (1..size.get()).contains(&length));
            if start != expected || !full {
                return Err(broken(path, "whose shards do not follow each other in the size that the manifest names"));
            }
            expected = end;
            digests.push(digest);
        }
        files.insert(path.to_owned(), Signed { size: Some(expected), digests });
    }
    Ok(files)
}

/// A number as it is written in one way only.
fn decimal(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

fn repeated(listed: &str) -> Refusal {
    Refusal::new(Reason::NameRepeated, format!("the manifest lists `{}` twice", name(listed)))
}

fn digest(text: &str, algorithm: Algorithm, listed: &str) -> Result<Vec<u8>, Refusal> {
    unhex(text).filter(|digest| digest.len() == algorithm.size()).ok_or_else(|| {
        let what = format!("the digest of `{}` is not one of {}", name(listed), algorithm.name());
        Refusal::new(Reason::DigestMalformed, what)
    })
}

/// Whether a name leads out of the model, by the separators of any machine.
pub(super) fn leads_out(name: &str) -> bool {
    name.contains('\0') || name.split(['/', '\\']).any(|part| matches!(part, "" | "." | ".."))
}

/// Hexadecimal digits to bytes.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0u8, |byte, digit| (byte << 4) | digit)).collect())
}

fn name(listed: &str) -> String {
    place::escape_cut(listed.as_bytes(), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;

    fn manifest(serialization: &str, resources: &[(&str, &str)]) -> Result<Manifest, Reason> {
        let digest = vec![7; 32];
        let listed: Vec<String> = resources
            .iter()
            .map(|(name, algorithm)| {
                format!(r#"{{"name":"{name}","algorithm":"{algorithm}","digest":"{}"}}"#, hex(&digest))
            })
            .collect();
        let payload =
            format!(r#"{{"predicate":{{"serialization":{{{serialization}}},"resources":[{}]}}}}"#, listed.join(","));
        let root = Algorithm::Sha256.of(&digest.repeat(resources.len()));
        let subject = Subject { sha256: Some(hex(&root)), ..Subject::default() };
        Manifest::read(payload.as_bytes(), &[subject]).map_err(|refusal| refusal.reason)
    }

    const FILES: &str = r#""method":"files","hash_type":"sha256","allow_symlinks":false"#;

    fn files(names: &[&str]) -> Result<Manifest, Reason> {
        manifest(FILES, &names.iter().map(|name| (*name, "sha256")).collect::<Vec<_>>())
    }

    fn shards(size: &str, names: &[&str]) -> Result<Manifest, Reason> {
        let serialization = format!(r#""method":"shards","hash_type":"sha256","shard_size":{size}"#);
        manifest(&serialization, &names.iter().map(|name| (*name, "sha256-sharded-8")).collect::<Vec<_>>())
    }

    #[test]
    fn names_stay_inside_and_stand_once() {
        assert_eq!(files(&["a", "b/c", ".hidden", "x:y", "..."]).unwrap().files.len(), 5);
        assert!(files(&["."]).is_ok(), "one file as the reference names it");
        // What a backslash separates on Windows stays inside everywhere.
        assert!(files(&["a\\\\b"]).is_ok());
        for name in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "..", "..\\\\a", "a/..\\\\b", "\\\\a", "a\\\\"] {
            assert_eq!(files(&["x", name]).unwrap_err(), Reason::NameUnsafe, "{name}");
        }
        assert_eq!(files(&[".", "a"]).unwrap_err(), Reason::NameUnsafe);
        assert_eq!(files(&["a", "a"]).unwrap_err(), Reason::NameRepeated);
        assert_eq!(files(&[]).unwrap_err(), Reason::ManifestEmpty);
    }

    #[test]
    fn shards_cover_a_file_whole() {
        let read = shards("8.0", &["a:b:8:16", "a:b:0:8", "c:0:3", "a:b:16:20"]).unwrap();
        assert_eq!(read.files["a:b"].size, Some(20), "{:?}", read.files);
        assert_eq!(read.files["c"].digests.len(), 1);
        assert!(read.measure("c", 3).is_some());
        assert_eq!(read.measure("c", 1 << 60), None, "a file of another size is not digested in shards");
        for broken in [
            vec!["a"],
            vec!["a:0"],
            vec!["a:0:x"],
            vec!["a:00:8"],
            vec!["a:+0:8"],
            vec!["a:8:16"],
            vec!["a:0:8", "a:12:16"],
            vec!["a:0:4", "a:4:12"],
            vec!["a:0:0"],
            vec!["a:0:9"],
            vec!["a:8:0"],
        ] {
            assert_eq!(shards("8", &broken).unwrap_err(), Reason::ShardsBroken, "{broken:?}");
        }
        assert_eq!(shards("8", &["a:0:8", "a:0:8"]).unwrap_err(), Reason::NameRepeated);
        for size in ["0", "-8", "8.5", "1e300", "null"] {
            assert_eq!(shards(size, &["a:0:8"]).unwrap_err(), Reason::SerializationUnknown, "{size}");
        }
    }

    #[test]
    fn every_digest_is_of_the_one_hash_function() {
        assert_eq!(manifest(FILES, &[("a", "blake3")]).unwrap_err(), Reason::SerializationUnknown);
        assert_eq!(
            manifest(&FILES.replace("sha256", "md5"), &[("a", "md5")]).unwrap_err(),
            Reason::SerializationUnknown
        );
        let blake2b = FILES.replace("sha256", "blake2b");
        assert_eq!(
            manifest(&blake2b, &[("a", "blake2b")]).unwrap_err(),
            Reason::DigestMalformed,
            "32 bytes are too few"
        );
        assert!(manifest(&FILES.replace("sha256", "blake3"), &[("a", "blake3")]).is_ok());
    }
}
