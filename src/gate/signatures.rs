//! One pass for facts and signatures: signatures are found first, what they need is digested while the content is read, and then each
//! is held against what was read.

use crate::attest::{Bundle, Ignored, Known, LARGEST, Reason, Refusal, Terms};
use crate::digest::Measure;
use crate::extract::{self, Extraction, OpenError, Scope, SignatureFile};
use crate::facts::{ArtifactKind, Facts, Inventory, Listed, ListedName, MemberId, Signature, Unread};
use crate::time;
use std::path::Path;

/// Ways to digest one file. Signatures of one model agree on one or two; beyond this a file counts as not what was signed.
const MEASURES: usize = 8;

/// Bundles of one artifact that are held against it.
const BUNDLES: usize = 1_000;

/// Files that all signatures of an artifact tell of together: the ceiling for what they add to the facts, 28 bytes of memory each.
const TOLD: usize = 500_000;

/// Files that are looked at for all signatures together.
const LOOKED_AT: usize = 20_000_000;

/// Reads a named path into facts, its signatures included.
pub(super) fn read(path: &Path, extraction: &Extraction<'_>, known: &Known) -> Result<Facts, OpenError> {
    let found = extract::signature_files(path, extraction.limits.files, LARGEST);
    let mut left = BUNDLES;
    let found: Vec<Found> = found.into_iter().map(|file| Found::read(file, &mut left)).collect();
    let measures = |name: &str, size: u64| {
        let mut measures: Vec<Measure> = found.iter().flat_map(|found| found.measures(name, size)).collect();
        measures.sort();
        measures.dedup();
        measures.truncate(MEASURES);
        measures
    };
    let (mut facts, inventory) = extract::extract_measured(path, extraction, (!found.is_empty()).then_some(&measures))?;
    let now = time::instant(extraction.evaluated_at).and_then(|now| u64::try_from(now.as_second()).ok());
    let signatures: Vec<String> =
        found.iter().filter(|found| found.bundles.is_ok()).filter_map(|found| found.file.name.clone()).collect();
    let observer = Observer { known, inventory: &inventory, now: now.unwrap_or_default(), signatures: &signatures };
    let (mut told, mut looked_at) = (0usize, 0usize);
    for found in &found {
        let bundles = found.bundles.as_ref().map_or(0, Vec::len);
        looked_at = looked_at.saturating_add(inventory.files.len().saturating_mul(bundles));
        let member = found.file.name.as_deref().map_or(0, |name| member(&inventory, name));
        let signatures = match looked_at > LOOKED_AT {
            false => observer.signatures(found),
            true => vec![too_many(&format!("more than {LOOKED_AT} files to look at")).observed()],
        };
        for (index, mut signature) in signatures.into_iter().enumerate() {
            told = told.saturating_add(signature.covered.len()).saturating_add(signature.uncovered.len());
            if told > TOLD {
                let refusal = too_many(&format!("the signatures tell of more than {TOLD} files"));
                signature = Signature { of: signature.of, ..refusal.observed() };
            }
            signature.member = member;
            signature.path.clone_from(&found.file.shown);
            signature.index = u64::try_from(index).unwrap_or(u64::MAX);
            signature.of = match signature.of.as_str() {
                "" => facts.artifact.path.clone(),
                below => format!("{}/{below}", facts.artifact.path.trim_end_matches('/')),
            };
            facts.signatures.push(signature);
        }
    }
    Ok(facts)
}

fn too_many(what: &str) -> Refusal {
    Refusal::new(Reason::BundleTooLarge, format!("{what}; this signature is not held against the model"))
}

/// A signature file, and the bundles in it.
struct Found {
    file: SignatureFile,
    bundles: Result<Vec<Bundle>, Refusal>,
}

impl Found {
    fn read(mut file: SignatureFile, left: &mut usize) -> Self {
        let bytes = std::mem::replace(&mut file.bytes, Ok(Vec::new()));
        let refused =
            |reason, error: &dyn std::fmt::Display| Refusal::new(reason, format!("it cannot be read: {error}"));
        let bundles = match bytes {
            Ok(bytes) => Bundle::read_all(&bytes),
            Err(error) if error.raw_os_error().is_some() => Err(refused(Reason::BundleMalformed, &error)),
            Err(error) => Err(refused(Reason::BundleTooLarge, &error)),
        };
        let bundles = bundles.and_then(|bundles| match left.checked_sub(bundles.len()) {
            Some(rest) => {
                *left = rest;
                Ok(bundles)
            }
            None => Err(too_many(&format!("more than {BUNDLES} bundles lie here"))),
        });
        Self { file, bundles }
    }

    /// What a bundle of it may be over: what it lies by, and the one file beside it that it names itself.
    fn scopes(&self, bundle: &Bundle) -> Vec<Scope> {
        let mut scopes = self.file.scopes.clone();
        if let (Some(name), Some(one)) = (&self.file.name, bundle.one_file()) {
            let beside = name.rsplit_once('/').map_or_else(|| one.to_owned(), |(folder, _)| format!("{folder}/{one}"));
            scopes.push(Scope::File(beside));
        }
        scopes
    }

    fn measures(&self, name: &str, size: u64) -> Vec<Measure> {
        let of = |bundle: &Bundle| {
            let names = self.scopes(bundle).into_iter().filter_map(|scope| within(&scope, name).map(str::to_owned));
            names.flat_map(|name| bundle.measures(&name, size)).collect::<Vec<_>>()
        };
        self.bundles.iter().flatten().flat_map(of).collect()
    }
}

/// A file's name as what lies in a scope is named; `None` when it does not lie there.
fn within<'a>(scope: &Scope, name: &'a str) -> Option<&'a str> {
    match scope {
        Scope::Whole | Scope::Perhaps => Some(name),
        Scope::File(file) => (file == name).then(|| name.rsplit('/').next().unwrap_or(name)),
        Scope::Folder(folder) => name.strip_prefix(folder.as_str())?.strip_prefix('/'),
    }
}

/// Holds signatures against what was read.
struct Observer<'a> {
    known: &'a Known,
    inventory: &'a Inventory,
    /// Seconds since 1970.
    now: u64,
    /// Names of the files that hold bundles: no signature is over another.
    signatures: &'a [String],
}

impl Observer<'_> {
    /// One record a bundle. A file that is only perhaps this artifact's signature, and is none of it, has no record.
    fn signatures(&self, found: &Found) -> Vec<Signature> {
        let perhaps = found.file.scopes.contains(&Scope::Perhaps);
        let bundles = match &found.bundles {
            Ok(bundles) => bundles,
            // Any list of JSON may have the name.
            Err(_) if found.file.shown.ends_with("claims.jsonl") || perhaps => return Vec::new(),
            Err(refusal) => {
                let of = found.file.scopes.first().map(of).unwrap_or_default();
                return vec![Signature { of, ..refusal.clone().observed() }];
            }
        };
        // It is this artifact's when it covers it, or names it and is not over what it holds.
        let file = self.inventory.files.iter().find_map(|file| file.name.exact.as_deref());
        let names = |bundle: &Bundle| file.is_some_and(|file| bundle.names(file));
        let observed = bundles.iter().map(|bundle| (bundle, self.observe(found, bundle)));
        observed
            .filter(|(bundle, signature)| !perhaps || !signature.covered.is_empty() || names(bundle))
            .map(|(_, signature)| signature)
            .collect()
    }

    /// Holds a bundle against what it is over most.
    fn observe(&self, found: &Found, bundle: &Bundle) -> Signature {
        let mut best: Option<Signature> = None;
        for scope in found.scopes(bundle) {
            let seen = self.observe_in(&scope, bundle);
            let speaks = |seen: &Signature| seen.covered.len().saturating_add(seen.changed.len());
            if best.as_ref().is_none_or(|best| speaks(&seen) > speaks(best)) {
                best = Some(seen);
            }
        }
        best.unwrap_or_else(|| Refusal::unsigned("nothing").observed())
    }

    fn observe_in(&self, scope: &Scope, bundle: &Bundle) -> Signature {
        let ignored = self.signatures.iter().filter_map(|name| within(scope, name)).map(str::to_owned);
        let ignored = Ignored::new(&ignored.collect::<Vec<_>>());
        let terms = Terms { now: self.now, ignored: &ignored, legacy: false, predicates: None };
        let mut seen = bundle.observe(self.known, &self.inventory_of(scope), &terms);
        seen.of = of(scope);
        if *scope == Scope::Perhaps && seen.covered.len().saturating_add(seen.changed.len()) > 0 {
            // A folder's signature lies beside each of its files.
            seen.refusals.retain(|refused| refused.reason != Reason::FileMissing);
            (seen.missing, seen.verified) = (0, seen.authentic && seen.refusals.is_empty());
        }
        seen
    }

    /// What lies in a scope, by its names there.
    fn inventory_of(&self, scope: &Scope) -> Inventory {
        let name = |name: &ListedName| -> Option<ListedName> {
            match (scope, &name.exact) {
                (Scope::Whole | Scope::Perhaps, _) => Some(name.clone()),
                (_, Some(exact)) => {
                    let inside = within(scope, exact)?.to_owned();
                    Some(ListedName { exact: Some(inside), ..name.clone() })
                }
                // A name that is not UTF-8 lies in no scope that has one, and in the folder's all the same.
                (Scope::Folder(folder), None) => name.shown.strip_prefix(folder).map(|_| name.clone()),
                (Scope::File(_), None) => None,
            }
        };
        let listed = |file: &Listed| Some(Listed { name: name(&file.name)?, ..file.clone() });
        let unread = |one: &Unread| Some(Unread { name: name(&one.name)?, ..one.clone() });
        Inventory {
            kind: if matches!(scope, Scope::File(_)) { ArtifactKind::File } else { self.inventory.kind },
            files: self.inventory.files.iter().filter_map(listed).collect(),
            unread: self.inventory.unread.iter().filter_map(unread).collect(),
        }
    }
}

/// What a scope is called below the artifact; empty for the artifact itself.
fn of(scope: &Scope) -> String {
    match scope {
        Scope::Whole | Scope::Perhaps => String::new(),
        Scope::File(name) | Scope::Folder(name) => crate::place::escape(name.as_bytes()),
    }
}

fn member(inventory: &Inventory, name: &str) -> MemberId {
    let exact = |listed: &&ListedName| listed.exact.as_deref() == Some(name);
    let names = inventory.files.iter().map(|file| &file.name).chain(inventory.unread.iter().map(|one| &one.name));
    names.into_iter().find(|listed| exact(listed)).map_or(0, |listed| listed.member)
}
