//! What is signed: the files of an approved artifact, and the statement of the OpenSSF Model Signing format (OMS, specification v1.0)
//! over them.
//!
//! An [`Approved`] has the SHA-256 of each file, computed while it was judged. Other hash functions and shards are digested in a second
//! pass, and each pass computes the SHA-256 anew: only what has the judged one is signed, so no byte is that was not judged.

use crate::attest::coverage::Ignored;
use crate::attest::oms;
use crate::attest::sign::{SignError, listing};
use crate::digest::{self, Algorithm, Digest, Measure, hex};
use crate::facts::{ArtifactKind, Inventory, Listed};
use crate::verdict::Approved;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Git's own folder, which no artifact holds.
const GIT: &str = ".git";

/// SHA-256 of whole files, by which content is known again.
const JUDGED: Measure = Measure { algorithm: Algorithm::Sha256, shard: None };

/// The files of an approved artifact, each found again as it was judged.
pub struct Signable<'a> {
    pub(in crate::attest) approved: &'a Approved,
    pub(in crate::attest) kind: ArtifactKind,
    /// The model's own name.
    pub(in crate::attest) name: String,
    /// The files, in the order of their names' code points.
    files: Vec<&'a Listed>,
    measure: Measure,
    ignored: Vec<String>,
}

impl<'a> Signable<'a> {
    /// The measures that a file of that name is digested by for signing.
    #[must_use]
    pub fn measures(name: &str, measure: Measure) -> Vec<Measure> {
        match git(name) {
            true => Vec::new(),
            false if measure == JUDGED => vec![JUDGED],
            false => vec![JUDGED, measure],
        }
    }

    /// Holds what was found against what was judged. `name` is the model's; `ignored` are paths inside it that are left out, such as the
    /// signature's own, with everything below them.
    ///
    /// # Errors
    /// When anything is not what was judged, or cannot be named.
    pub fn new(
        approved: &'a Approved,
        inventory: &'a Inventory,
        name: &str,
        measure: Measure,
        ignored: &[String],
    ) -> Result<Self, SignError> {
        let left_out = Ignored::new(ignored);
        let left_out = |name: Option<&str>| name.is_some_and(|name| git(name) || left_out.holds(name));
        let mut judged = judged(approved, inventory.kind);
        let (mut files, mut changed, mut pointers) = (Vec::new(), Vec::new(), Vec::new());
        for file in &inventory.files {
            let before = judged.remove(file.name.shown.as_str());
            if left_out(file.name.exact.as_deref()) {
                continue;
            }
            if file.name.exact.is_none() {
                return Err(SignError::Name(file.name.shown.clone()));
            }
            if before.is_some_and(|before| whole(file).is_some_and(|now| *before == now)) {
                files.push(file);
            } else if file.pointer {
                // It was judged by its content, which lies in git's own folder and not here, where the signature would speak of it.
                pointers.push(file.name.shown.clone());
            } else {
                changed.push(file.name.shown.clone());
            }
        }
        for unread in &inventory.unread {
            judged.remove(unread.name.shown.as_str());
            if !left_out(unread.name.exact.as_deref()) {
                changed.push(unread.name.shown.clone());
            }
        }
        // What was judged and is not here any more. A name that had to be escaped is no name of a path that is left out.
        changed.extend(judged.into_keys().filter(|name| !left_out(Some(name))).map(str::to_owned));
        if !changed.is_empty() {
            return Err(SignError::Changed(listing(&changed)));
        }
        if !pointers.is_empty() {
            return Err(SignError::Pointer(listing(&pointers)));
        }
        let unsafe_name = |file: &&&Listed| file.name.exact.as_deref().is_some_and(oms::leads_out);
        if let Some(file) = files.iter().find(unsafe_name) {
            return Err(SignError::UnsafeName(file.name.shown.clone()));
        }
        files.sort_by(|one, other| one.name.exact.cmp(&other.name.exact));
        let signable =
            Self { approved, kind: inventory.kind, name: name.to_owned(), files, measure, ignored: ignored.to_vec() };
        if signable.resources().is_empty() { Err(SignError::Empty) } else { Ok(signable) }
    }

    /// The payload of the model's signature.
    #[must_use]
    pub fn manifest(&self) -> Vec<u8> {
        let resources = self.resources();
        let mut root = Vec::new();
        resources.iter().for_each(|(_, digest)| root.extend_from_slice(digest));
        let algorithm = self.measure.algorithm.name();
        let named = match self.measure.shard {
            None => algorithm.to_owned(),
            Some(size) => format!("{algorithm}-sharded-{size}"),
        };
        let resources: Vec<Value> = resources
            .into_iter()
            .map(|(name, digest)| json!({"name": name, "algorithm": named, "digest": hex(digest)}))
            .collect();
        let mut serialization = json!({
            "method": if self.measure.shard.is_some() { "shards" } else { "files" },
            "hash_type": algorithm,
            "allow_symlinks": false,
            // For the reference implementation, which looks at what it does not ignore; here nobody's own list is heeded.
            "ignore_paths": self.ignored,
        });
        if let (Some(size), Some(fields)) = (self.measure.shard, serialization.as_object_mut()) {
            fields.insert("shard_size".to_owned(), json!(size));
        }
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": self.name, "digest": {"sha256": hex(&Algorithm::Sha256.of(&root))}}],
            "predicateType": oms::PREDICATE,
            "predicate": {"serialization": serialization, "resources": resources},
        });
        statement.to_string().into_bytes()
    }

    /// Name and SHA-256 of every file, in the order of their names.
    pub(in crate::attest) fn files(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.files.iter().filter_map(|file| Some((file.name.exact.as_deref()?, whole(file)?)))
    }

    /// What the manifest lists: files, or their shards.
    fn resources(&self) -> Vec<(String, &[u8])> {
        let mut resources = Vec::new();
        for file in &self.files {
            let Some(name) = file.name.exact.as_deref() else { continue };
            // Where the specification says the base name, the reference implementation looks for `.` alone.
            let name = if self.kind == ArtifactKind::File { oms::ONE_FILE } else { name };
            let found = file.digests.iter().find(|(measure, _)| *measure == self.measure);
            let digests = found.map(|(_, digests)| digests.as_slice()).unwrap_or_default();
            let mut start = 0u64;
            for digest in digests {
                let listed = match self.measure.shard {
                    None => name.to_owned(),
                    Some(size) => {
                        let end = start.saturating_add(size.get()).min(file.size);
                        let listed = format!("{name}:{start}:{end}");
                        start = end;
                        listed
                    }
                };
                resources.push((listed, digest.as_slice()));
            }
        }
        resources
    }
}

/// The SHA-256 of each file as it was judged, by its name as it is shown.
fn judged(approved: &Approved, kind: ArtifactKind) -> BTreeMap<&str, &Digest> {
    let top = format!("{}/", approved.path().trim_end_matches('/'));
    approved.files().iter().filter_map(|(path, digest)| Some((relative(path, &top, kind)?, digest))).collect()
}

fn relative<'p>(path: &'p str, top: &str, kind: ArtifactKind) -> Option<&'p str> {
    match kind {
        ArtifactKind::Directory => path.strip_prefix(top),
        ArtifactKind::File => path.rsplit('/').next(),
    }
}

fn whole(file: &Listed) -> Option<Digest> {
    let (_, digests) = file.digests.iter().find(|(measure, _)| *measure == JUDGED)?;
    digests.first().map(|digest| Digest { sha256: digest::hex(digest) })
}

fn git(name: &str) -> bool {
    name.split('/').next() == Some(GIT)
}
