//! Policy set archives: a gzipped tar file in the layout of OPA's bundles. Builds them byte for byte the same from the same policy,
//! and unpacks them within bounds; what would be judged differently here than the archive means is refused.
//!
//! The layout (OPA's documentation, "Bundles", "Bundle File Format"): `/.manifest` with `revision` and `roots`, modules as `.rego`
//! files at any path, and data as `data.json` or `data.yaml` in the folder of its path. A signature (`/.signatures.json`) is let
//! through and says nothing here: it is not looked at.

use crate::digest;
use crate::policy::set::{self, Data};
use crate::policy::{PolicyError, PolicySet, text};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write as _};
use std::sync::Arc;

/// Bytes of an archive. The shipped set has 150 kB.
pub const PACKED: u64 = 64 << 20;

/// Bytes that it may decode to. The shipped set has 1.2 MB.
const DECODED: u64 = 256 << 20;

/// Files in it, and bytes of a name.
const FILES: usize = 10_000;
const NAME: usize = 512;

/// The manifest's name.
const MANIFEST: &str = ".manifest";

/// An archive and what it is known by.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// `sha256:...` of these bytes: what a source is pinned by.
    pub file_digest: String,
    /// `sha256:...` of what judges: what a report says.
    pub digest: String,
    /// The revision in the manifest.
    pub revision: String,
    /// Modules in it.
    pub modules: usize,
    /// Data documents in it.
    pub data: usize,
    /// Modules of tests that were left out.
    pub tests: usize,
}

/// Builds an archive from the one source of a set ([`PolicySet::only`]). Tests are left out: they judge nothing. Without `revision`
/// it is the digest of what judges. `configuration` is an organisation's `weighbridge.yaml`, which goes with its policy.
///
/// # Errors
/// [`PolicyError::Engine`] when what was built does not unpack to what was given.
pub fn pack(set: &PolicySet, revision: Option<&str>, configuration: Option<&str>) -> Result<Packed, PolicyError> {
    let wrong = |what: String| PolicyError::Engine { what: format!("the archive was not built: {what}") };
    let digest = set.sources().first().map(|source| source.digest.clone()).unwrap_or_default();
    let revision = revision.unwrap_or(&digest).to_owned();
    let (tests, modules): (Vec<_>, Vec<_>) = set.modules.iter().partition(|module| module.tests);
    let owned =
        modules.iter().map(|module| module.package.clone()).chain(set.data.iter().map(|data| data.path.clone()));
    let manifest = json!({"revision": revision, "roots": roots(owned), "rego_version": 1});

    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    files.insert(MANIFEST.to_owned(), format!("{manifest}\n").into_bytes());
    files.extend(configuration.map(|text| (CONFIGURATION.to_owned(), text.as_bytes().to_vec())));
    for module in &modules {
        files.insert(module.name.clone(), module.text.as_bytes().to_vec());
    }
    for data in &set.data {
        let folders = data.path.iter().map(|name| format!("{name}/")).collect::<String>();
        files.insert(format!("{folders}data.json"), data.json.as_bytes().to_vec());
    }
    let bytes = write(&files).map_err(|error| wrong(error.to_string()))?;

    let back = unpack(&bytes).map_err(wrong)?;
    let texts = modules.iter().map(|module| (&module.name, &module.text)).collect::<BTreeSet<_>>();
    let paths = |data: &[Data]| data.iter().map(|one| (one.path.clone(), one.json.clone())).collect::<BTreeSet<_>>();
    let whole = back.configuration.as_deref() == configuration
        && back.modules.len() == modules.len()
        && back.data.len() == set.data.len();
    if !whole
        || texts != back.modules.iter().map(|(name, text)| (name, text)).collect()
        || paths(&set.data) != paths(&back.data)
    {
        return Err(wrong(
            "names or keys of the set have no place in an archive; use letters, digits and `_`".to_owned(),
        ));
    }
    Ok(Packed {
        file_digest: format!("sha256:{}", digest::of(&bytes).sha256),
        bytes,
        digest,
        revision,
        modules: modules.len(),
        data: set.data.len(),
        tests: tests.len(),
    })
}

/// The paths below `data` that a set owns, without those that lie below another.
fn roots(owned: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let owned: BTreeSet<Vec<String>> = owned.collect();
    let mut roots: Vec<Vec<String>> = Vec::new();
    for path in owned {
        if roots.last().is_none_or(|last| !path.starts_with(last)) {
            roots.push(path);
        }
    }
    roots.into_iter().map(|path| path.join("/")).collect()
}

/// A tar file with nothing of the machine in it: no time, no owner, one mode, the names sorted.
fn write(files: &BTreeMap<String, Vec<u8>>) -> io::Result<Vec<u8>> {
    // The operating system byte says "unknown" (RFC 1952, 2.3.1); without it the archive would tell where it was built.
    let gzip = flate2::GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(gzip);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).map_err(io::Error::other)?);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    let mut gzip: GzEncoder<Vec<u8>> = archive.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

/// The name of an organisation's configuration, at the root.
const CONFIGURATION: &str = "weighbridge.yaml";

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Name and text of every module, sorted.
    pub modules: Vec<(String, Arc<str>)>,
    /// Every document; its file is its name here.
    pub data: Vec<Data>,
    /// An organisation's configuration.
    pub configuration: Option<String>,
}

/// Reads an archive that may be hostile. An error says what is wrong with it, and what to do.
pub(super) fn unpack(bytes: &[u8]) -> Result<Contents, String> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > PACKED {
        return Err(format!("more than {} MiB; a policy is far smaller", PACKED >> 20));
    }
    let files = files(bytes)?;
    let manifest = match files.get(MANIFEST) {
        Some(text) => manifest(text)?,
        None => vec![Vec::new()],
    };
    let mut contents = Contents::default();
    for (name, content) in files {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
        match file {
            _ if name == CONFIGURATION => contents.configuration = Some(content),
            _ if file.ends_with(".rego") => {
                let (line, package) = text::package(&name, &content).map_err(|error| error.to_string())?;
                if !manifest.iter().any(|root| package.starts_with(root)) {
                    return Err(format!(
                        "{name}:{line}: the package `{}` is outside of the manifest's `roots`",
                        package.join(".")
                    ));
                }
                contents.modules.push((name, content.into()));
            }
            "data.json" | "data.yaml" | "data.yml" => {
                let path: Vec<String> = folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
                let documents =
                    set::documents(name.clone(), path, &name, content.into()).map_err(|error| error.to_string())?;
                for document in &documents {
                    within(document, &manifest)?;
                }
                contents.data.extend(documents);
            }
            _ => other(&name, file)?,
        }
    }
    if contents.modules.is_empty() && contents.data.is_empty() && contents.configuration.is_none() {
        return Err(
            "no module and no data in it; build one with `weighbridge policy build DIR -o set.tar.gz`".to_owned()
        );
    }
    let mut paths: Vec<&Vec<String>> = contents.data.iter().map(|document| &document.path).collect();
    paths.sort();
    if let Some(path) = paths.windows(2).find_map(|pair| pair.first().filter(|one| Some(*one) == pair.last())) {
        return Err(format!("two documents for `data.{}`; keep one", path.join(".")));
    }
    Ok(contents)
}

/// A file that is neither module nor data: refused when leaving it out would change what the archive means.
fn other(name: &str, file: &str) -> Result<(), String> {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match (name, extension.to_ascii_lowercase().as_str()) {
        // OPA's own names, at the root.
        (MANIFEST | ".signatures.json", _) => Ok(()),
        ("plan.json", _) | (_, "wasm") => {
            Err(format!("{name}: compiled policies are not run here; build the bundle with the target `rego`"))
        }
        ("patch.json", _) => Err(format!("{name}: a delta bundle holds only changes; build a whole one")),
        (_, "rego") => Err(format!("{name}: a policy's name ends in `.rego` with small letters; rename it")),
        (_, "json" | "yaml" | "yml") => Err(format!(
            "{name}: data stands as data.json or data.yaml in the folder of its path; `weighbridge policy build` puts it there"
        )),
        // As OPA does: a licence, a page for people.
        _ => Ok(()),
    }
}

/// The files by name. Everything that two programs could unpack differently is refused.
fn files(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let not = |error: io::Error| format!("not a gzipped tar file, or damaged ({error}); fetch or build it again");
    let mut packed = bytes;
    let mut decoded = GzDecoder::new(&mut packed).take(DECODED);
    let mut archive = tar::Archive::new(&mut decoded);
    let mut files = BTreeMap::new();
    let mut count = 0usize;
    for entry in archive.entries().map_err(not)? {
        let mut entry = entry.map_err(not)?;
        count = count.saturating_add(1);
        if count > FILES {
            return Err(format!("more than {FILES} files; a policy has far fewer"));
        }
        let name = name(&entry.path_bytes())?;
        match entry.header().entry_type() {
            tar::EntryType::Regular | tar::EntryType::Continuous => {}
            tar::EntryType::Directory | tar::EntryType::XGlobalHeader => continue,
            tar::EntryType::Symlink | tar::EntryType::Link => {
                return Err(format!("{name}: a link; put the file itself there"));
            }
            _ => return Err(format!("{name}: neither a file nor a folder; leave it out")),
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => format!("{name}: not UTF-8"),
            _ => not(error),
        })?;
        if u64::try_from(text.len()).ok() != Some(entry.size()) {
            return Err(format!("{name}: cut off, or behind {} MiB of content", DECODED >> 20));
        }
        if files.insert(name.clone(), text).is_some() {
            return Err(format!("{name}: twice; programs differ in which they take"));
        }
    }
    let mut rest = [0; 4096];
    loop {
        match decoded.read(&mut rest).map_err(not)? {
            0 => break,
            read if rest.iter().take(read).any(|byte| *byte != 0) => {
                return Err("content behind the end of the tar file; build it again".to_owned());
            }
            _ => {}
        }
    }
    if decoded.limit() == 0 {
        return Err(format!("decodes to more than {} MiB; a policy is far smaller", DECODED >> 20));
    }
    if packed.is_empty() { Ok(files) } else { Err("bytes behind the gzip stream; build it again".to_owned()) }
}

/// A name as OPA takes it: one `/` or `./` in front is dropped (`opa build` writes `/data.json`, `tar` writes `./data.json`).
fn name(bytes: &[u8]) -> Result<String, String> {
    let shown = crate::place::escape_cut(bytes, 200);
    let refused = |what: &str| Err(format!("{shown}: {what}; names are relative paths of letters, digits and signs"));
    let Ok(name) = std::str::from_utf8(bytes) else { return refused("a name that is not UTF-8") };
    let inner = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.len() > NAME {
        return refused("a name that is too long");
    }
    if inner.contains('\\') || inner.chars().any(crate::place::deceives) {
        return refused("a name with characters that programs read differently");
    }
    let root = inner.is_empty() || inner == ".";
    if !root && inner.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refused("a name that leads elsewhere");
    }
    Ok(inner.to_owned())
}

/// The roots that a manifest names; the empty one is everything.
fn manifest(text: &str) -> Result<Vec<Vec<String>>, String> {
    let wrong = |what: &str| format!("{MANIFEST}: {what}");
    let manifest: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("not a JSON object ({error}); build the archive again")))?;
    if manifest.get("wasm").is_some_and(|wasm| wasm.as_array().is_none_or(|list| !list.is_empty())) {
        return Err(wrong("`wasm`: compiled policies are not run here; build the bundle with the target `rego`"));
    }
    let versions = manifest.get("file_rego_versions").and_then(Value::as_object).into_iter().flatten();
    for version in manifest.get("rego_version").into_iter().chain(versions.map(|(_, version)| version)) {
        if version.as_u64() != Some(1) {
            return Err(wrong("Rego of another version than v1 means other things; write the modules in v1"));
        }
    }
    let roots = match manifest.get("roots") {
        None | Some(Value::Null) => return Ok(vec![Vec::new()]),
        Some(Value::Array(roots)) => roots,
        Some(_) => return Err(wrong("`roots` is no list of paths")),
    };
    roots
        .iter()
        .map(|root| {
            let root = root.as_str().ok_or_else(|| wrong("`roots` is no list of paths"))?;
            Ok(root.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
        })
        .collect()
}

/// Data is below a root, or leads to one and to nothing else.
fn within(document: &Data, roots: &[Vec<String>]) -> Result<(), String> {
    if roots.iter().any(|root| document.path.starts_with(root)) {
        return Ok(());
    }
    let name = &document.file;
    let value: Value = serde_json::from_str(&document.json).map_err(|error| format!("{name}: {error}"))?;
    let mut pending = vec![(document.path.clone(), &value)];
    while let Some((path, value)) = pending.pop() {
        if roots.iter().any(|root| path.starts_with(root)) {
            continue;
        }
        match value {
            Value::Object(object) if roots.iter().any(|root| root.starts_with(&path)) => pending.extend(
                object.iter().map(|(key, value)| ([path.as_slice(), std::slice::from_ref(key)].concat(), value)),
            ),
            _ => return Err(format!("{name}: `data.{}` is outside of the manifest's `roots`", path.join("."))),
        }
    }
    Ok(())
}
