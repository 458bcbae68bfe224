//! Where a name leads that a model gives to something outside of itself: by its letters, then among the members. Opens nothing.

use crate::extract::collect::Tables;
use crate::extract::{groups, parameters};
use crate::facts::{
    Deviation, DeviationKind, EndedKind, FormatId, Incomplete, IncompleteKind, Leads, Member, MemberId, Origin, Pickle,
    Reference, ReferenceKind,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Names that open a device in every folder on Windows, whatever extension follows (Win32, "Naming Files, Paths, and Namespaces").
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Where a path leads by its letters alone, on whichever system reads it strangest. [`Leads::Beside`] when it stays in the folder
/// of what names it: what lies there is asked when all members are known.
pub(super) fn leads(target: &[u8]) -> Leads {
    if target.is_empty() || target.iter().any(|byte| byte.is_ascii_control()) {
        return Leads::Invalid;
    }
    if scheme(target) {
        return Leads::Url;
    }
    let drive = matches!(target, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if drive || matches!(target.first(), Some(b'/' | b'\\' | b'~')) {
        return Leads::Absolute;
    }
    if target.split(separator).any(device) {
        return Leads::Absolute;
    }
    match depths(target) {
        None => Leads::Outside,
        Some(_) if target.contains(&b'\\') => Leads::Ambiguous,
        Some(0) => Leads::Invalid,
        Some(_) => Leads::Beside,
    }
}

fn separator(byte: &u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

/// Whether it begins with a URL's scheme (RFC 3986, 3.1) of two letters or more, as one letter is a drive.
fn scheme(target: &[u8]) -> bool {
    let Some(end) = target.windows(3).position(|three| three == b"://") else {
        return [&b"data:"[..], b"file:", b"mailto:", b"javascript:"]
            .iter()
            .any(|scheme| target.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    };
    let name = target.get(..end).unwrap_or_default();
    name.len() > 1 && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':'))
}

/// Whether a part of a path is a device on Windows, which cuts spaces and dots at the end and what follows the first dot or colon.
fn device(part: &[u8]) -> bool {
    let stem = part.split(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default().trim_ascii_end();
    let stem = stem.to_ascii_lowercase();
    let port = matches!(stem.as_slice(), [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']);
    port || DEVICES.iter().any(|device| device.as_bytes() == stem)
}

/// How deep below its folder a path ends; `None` when it leaves the folder on the way.
fn depths(target: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    for part in target.split(separator) {
        depth = match part {
            b"" | b"." => depth,
            // Windows cuts dots and spaces at the end of a part, so `.. ` and `...` may be `..` there.
            _ if part.starts_with(b"..") && part.iter().all(|byte| matches!(byte, b'.' | b' ')) => {
                depth.checked_sub(1)?
            }
            _ => depth.saturating_add(1),
        };
    }
    Some(depth)
}

/// Parts of a module's name, and folders, that are tried.
pub(super) const DEEPEST: usize = 16;

/// How the files end that Python may run for a module: its source, what makes it a package, and their byte code.
pub(super) const ENDINGS: [&str; 4] = [".py", "/__init__.py", ".pyc", "/__init__.pyc"];

/// What lies in one container or named directory.
#[derive(Default)]
pub(super) struct Folder<'a> {
    /// Every file by its path below the top, in order, so that a folder is known by the files in it: a set of all folders on the way to
    /// all files has no bound.
    pub files: BTreeMap<String, MemberId>,
    /// Every link.
    pub links: HashSet<&'a str>,
}

impl Folder<'_> {
    /// Whether files lie below this path.
    pub(super) fn holds(&self, path: &str) -> bool {
        let path = format!("{path}/");
        self.files.range(path.clone()..).next().is_some_and(|(file, _)| file.starts_with(&path))
    }
}

/// Follows every reference that its letters leave open among the members of the artifact.
pub(super) fn resolve(tables: &mut Tables) {
    follow(tables);
    describe(tables);
    measure(tables);
    groups::measure(tables);
    parameters::check(tables);
}

fn follow(tables: &mut Tables) {
    let open = |leads| matches!(leads, Leads::Beside | Leads::Outside);
    let code = |reference: &Reference| {
        matches!(reference.kind, ReferenceKind::Module | ReferenceKind::Global) && reference.leads == Leads::Lookup
    };
    if !tables.references.iter().any(|reference| open(reference.leads) || code(reference)) {
        return;
    }
    let members = &tables.members;
    let wanted: HashSet<MemberId> = tables
        .references
        .iter()
        .filter(|reference| open(reference.leads) || code(reference))
        .filter_map(|reference| listed(members, reference.member).map(|(_, parent)| parent))
        .collect();
    let folders = folders(members, &wanted);
    for reference in tables.references.iter_mut().filter(|reference| open(reference.leads)) {
        let Some((relative, parent)) = listed(members, reference.member) else { continue };
        let own = base(relative, reference.format);
        let folder = folders.get(&parent);
        let path = joined(own, &reference.target);
        reference.leads = path.as_ref().map_or(Leads::Outside, |path| within(folder, path, reference.leads));
        if matches!(reference.leads, Leads::Inside | Leads::Above) {
            reference.to = path.and_then(|path| folder?.files.get(&path).copied());
        }
    }
    for reference in tables.references.iter_mut().filter(|reference| code(reference)) {
        let Some((relative, parent)) = listed(members, reference.member) else { continue };
        let own = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(folder) = folders.get(&parent) else { continue };
        if let Some(to) = source(folder, own, reference) {
            reference.leads = Leads::Inside;
            reference.to = Some(to);
        }
    }
}

/// Holds the tensors of OpenVINO's graphs against the one file that has their bytes: the graph says where each is, and the size of the file is
/// known only now. A loader that does not look reads what lies behind it.
fn measure(tables: &mut Tables) {
    let mut outside = Vec::new();
    for one in tables.references.iter().filter(|one| one.format == FormatId::Openvino && one.by == "weights") {
        let file = one.to.and_then(|id| tables.members.get(usize::try_from(id).ok()?));
        let Some(file) = file else { continue };
        let graph = tables.tensors.iter().filter(|table| table.member == one.member && table.format == one.format);
        for tensor in graph.flat_map(|table| &table.entries) {
            let (Some(offset), Some(size)) = (tensor.offset, tensor.size) else { continue };
            if offset.checked_add(size).is_none_or(|end| end > file.size) {
                outside.push(Deviation {
                    member: one.member,
                    format: one.format,
                    kind: DeviationKind::OutOfRange,
                    name: tensor.name.clone(),
                    field: Some("offset and size".to_owned()),
                    expected: Some(format!("within {} bytes of {}", file.size, file.name)),
                    found: Some(format!("{size} bytes at {offset}")),
                    offset: None,
                    count: 1,
                });
            }
        }
    }
    outside.into_iter().for_each(|record| tables.deviation(record));
}

/// What lies in each of those containers and named directories.
pub(super) fn folders<'a>(members: &'a [Member], wanted: &HashSet<MemberId>) -> HashMap<MemberId, Folder<'a>> {
    let mut folders: HashMap<MemberId, Folder<'a>> = HashMap::new();
    for member in members {
        let Some((relative, parent)) = listed(members, member.id) else { continue };
        if !wanted.contains(&parent) {
            continue;
        }
        let folder = folders.entry(parent).or_default();
        if member.link.is_some() {
            folder.links.insert(relative);
        } else if let Some(path) = joined("", relative) {
            folder.files.insert(path, member.id);
        }
    }
    folders
}

/// The file of Python that a module or global names, if one is there: beside what names it, in the folder of the component
/// (diffusers), in MLflow's folder of code, or further up (TorchServe's manifest lies in a folder of its own).
fn source(folder: &Folder<'_>, own: &str, reference: &Reference) -> Option<MemberId> {
    // Of another repository (`organisation/name--module.Class`) nothing is here.
    let target = reference.target.as_str();
    if target.contains("--") {
        return None;
    }
    let target = target.split([':', ' ']).next().unwrap_or_default();
    let file = target.strip_suffix(".py").map(|path| vec![path.to_owned()]);
    let paths = file.unwrap_or_else(|| {
        // `a.b.C` may be the class `C` of `a/b.py`, or something in `a.py`.
        let parts: Vec<&str> = target.split('.').take(DEEPEST).collect();
        (1..=parts.len()).rev().filter_map(|length| Some(parts.get(..length)?.join("/"))).collect()
    });
    let component = reference.name.as_deref().unwrap_or_default().split(['.', '[']).next().unwrap_or_default();
    let mut places = vec![own.to_owned(), format!("{own}/{component}"), format!("{own}/code")];
    let above = own.match_indices('/').rev().filter_map(|(at, _)| own.get(..at)).chain([""]);
    places.extend(above.flat_map(|folder| [folder.to_owned(), format!("{folder}/code")]));
    for place in places.iter().take(DEEPEST) {
        for path in &paths {
            for ending in ENDINGS {
                let found = joined(place, &format!("{path}{ending}")).and_then(|path| folder.files.get(&path));
                if found.is_some() {
                    return found.copied();
                }
            }
        }
    }
    None
}

/// The folder that paths of a member begin in: its own. Data files of OCDBT lie in `d`, and name others from the folder around it, as
/// their manifest does (kvstore/ocdbt/index.rst, "Storage format").
fn base(relative: &str, format: FormatId) -> &str {
    let (own, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    let around = own.strip_suffix("d").filter(|rest| rest.is_empty() || rest.ends_with('/'));
    match around {
        Some(around) if format == FormatId::Ocdbt && name != "manifest.ocdbt" => around.trim_end_matches('/'),
        _ => own,
    }
}

/// The bytes of tensors have no format of their own: a file that a model names for them is no unknown one. Nodes of OCDBT have one, and a
/// file in which none was found where one is named was not read.
fn describe(tables: &mut Tables) {
    let node = |one: &Reference| one.format == FormatId::Ocdbt && one.by == "tree-node";
    let of = |id: MemberId| tables.members.get(usize::try_from(id).ok()?);
    // In order, so that the facts are the same in every run.
    let unread: BTreeSet<MemberId> = tables
        .references
        .iter()
        .filter(|one| node(one))
        .filter_map(|one| of(one.to?).filter(|member| !member.formats.contains(&FormatId::Ocdbt)))
        .map(|member| member.id)
        .collect();
    tables.incomplete.extend(unread.iter().map(|member| Incomplete {
        member: *member,
        kind: IncompleteKind::Malformed,
        format: Some(FormatId::Ocdbt),
        what: "a tree of OCDBT names this file for a node, and none was found in it".to_owned(),
        offset: None,
        count: 1,
    }));
    let data = |one: &&Reference| one.kind == ReferenceKind::ExternalData && one.leads == Leads::Inside;
    let described: HashSet<MemberId> = tables.references.iter().filter(data).filter_map(|one| one.to).collect();
    // A file of a store may hold packed chunks of arrays alone, one behind the other: what comes out of them is numbers.
    let store = |one: &&Reference| data(one) && one.format == FormatId::Ocdbt;
    let chunks: HashSet<MemberId> = tables.references.iter().filter(store).filter_map(|one| one.to).collect();
    let inner = |id: MemberId| {
        let part = |member: &&Member| matches!(member.origin, Origin::Decoded | Origin::Remainder);
        of(id).filter(part).and_then(|member| member.parent).is_some_and(|parent| chunks.contains(&parent))
    };
    let arrays: HashSet<&str> = tables.members.iter().filter_map(array).collect();
    let chunk = |id: MemberId| of(id).is_some_and(|member| is_chunk(&member.path, &arrays));
    let numbers: HashSet<MemberId> = tables
        .incomplete
        .iter()
        .map(|one| one.member)
        .filter(|id| described.contains(id) || inner(*id) || chunk(*id))
        .collect();
    // In a shard of Zarr one compressed chunk follows another, and an index stands behind them ("Sharding codec").
    let shards: HashSet<MemberId> = tables.deviations.iter().map(|one| one.member).filter(|id| chunk(*id)).collect();
    let unknown = |one: &Incomplete| one.kind == IncompleteKind::UnknownFormat && numbers.contains(&one.member);
    let behind = |one: &Deviation| match one.kind {
        DeviationKind::SuffixBytes => chunks.contains(&one.member) || shards.contains(&one.member),
        DeviationKind::SeveralStreams => shards.contains(&one.member),
        _ => false,
    };
    let idle = idle(tables, &described);
    let refused = |one: &Incomplete| one.format == Some(FormatId::Pickle) && idle.contains(&one.member);
    let taken = |one: &Incomplete| unknown(one) || refused(one);
    tables.deviations.retain(|one| !behind(one));
    tables.incomplete.retain(|one| !taken(one));
    tables.pickles.retain(|one| !idle.contains(&one.member));
    for member in tables.members.iter_mut().filter(|member| idle.contains(&member.id)) {
        member.formats.clear();
    }
}

/// Of these files the ones that are pickles by their names alone: numbers that break off as such before anything is imported or made, so that an
/// unpickler would refuse them having done nothing.
fn idle(tables: &Tables, described: &HashSet<MemberId>) -> HashSet<MemberId> {
    let acts = |one: &Pickle| {
        let ended = matches!(one.ended.kind, EndedKind::Stop | EndedKind::Limit);
        let does = !(one.imports.is_empty() && one.calls.is_empty());
        ended || does || !(one.persistent.is_empty() && one.extensions.is_empty())
    };
    let acting: HashSet<MemberId> = tables.pickles.iter().filter(|one| acts(one)).map(|one| one.member).collect();
    let numbers = |member: &&Member| {
        described.contains(&member.id) && member.formats == [FormatId::Pickle] && !acting.contains(&member.id)
    };
    tables.members.iter().filter(numbers).map(|member| member.id).collect()
}

/// The folder of the Zarr array whose metadata a member is.
fn array(member: &Member) -> Option<&str> {
    let metadata = member.formats.contains(&FormatId::Zarr) && matches!(member.name.as_str(), ".zarray" | "zarr.json");
    if metadata { member.path.strip_suffix(member.name.as_str())?.strip_suffix(SEPARATORS) } else { None }
}

/// What stands between the parts of a member's path: of a folder's, and of a container's.
const SEPARATORS: [char; 2] = ['/', '!'];

/// Whether a path is that of a chunk of an array, `0.0`, `0/0` or `c/0/0` (Zarr 2, "Chunks"; Zarr 3, "Chunk key encoding"), or of what was
/// packed in it. Chunks are numbers; the codecs that read them are in the metadata.
fn is_chunk(path: &str, arrays: &HashSet<&str>) -> bool {
    let outer = path.rsplit_once('!').filter(|(_, inner)| !inner.contains('/')).map(|(outer, _)| outer);
    outer.into_iter().chain([path]).any(|path| is_numbered(path, arrays))
}

fn is_numbered(path: &str, arrays: &HashSet<&str>) -> bool {
    let mut folder = path;
    while let Some((rest, last)) = folder.rsplit_once(SEPARATORS) {
        if last.is_empty() || !last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return false;
        }
        folder = rest;
        let keyed = folder.strip_suffix('c').and_then(|folder| folder.strip_suffix(SEPARATORS));
        if arrays.contains(folder) || keyed.is_some_and(|array| arrays.contains(array)) {
            return true;
        }
    }
    false
}

/// The path of a member in the named directory or container that lists it, and that one's id.
pub(super) fn listed(members: &[Member], id: MemberId) -> Option<(&str, MemberId)> {
    let at = |id: MemberId| members.get(usize::try_from(id).ok()?);
    let member = at(id).filter(|member| matches!(member.origin, Origin::File | Origin::Entry))?;
    let parent = at(member.parent?)?;
    let relative = member.path.strip_prefix(&parent.path)?;
    // A directory that was named with a slash at its end has it in the paths of its files already.
    let slash = parent.origin == Origin::Named && parent.path.ends_with('/');
    let relative = if slash { relative } else { relative.get(1..)? };
    Some((relative, parent.id))
}

/// A path below the top without `.`, `..` and double slashes; `None` when it leaves the top.
pub(super) fn joined(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn within(folder: Option<&Folder<'_>>, path: &str, letters: Leads) -> Leads {
    let Some(folder) = folder else { return Leads::Absent };
    let ends = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).chain([path]);
    if ends.into_iter().any(|end| folder.links.contains(end)) {
        return Leads::Link;
    }
    if !folder.files.contains_key(path) && !folder.holds(path) {
        // The state of git at the top is no part of the artifact, so nothing in it was read.
        if path.split('/').next().is_some_and(|top| top.eq_ignore_ascii_case(".git")) {
            return Leads::Outside;
        }
        return if letters == Leads::Outside { Leads::Outside } else { Leads::Absent };
    }
    if letters == Leads::Outside { Leads::Above } else { Leads::Inside }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{FormatId, Link};
    use crate::place;

    #[test]
    fn letters_tell_where_a_path_leads() {
        for (target, wanted) in [
            ("model.onnx.data", Leads::Beside),
            ("sub/weights.bin", Leads::Beside),
            ("./weights..bin", Leads::Beside),
            ("a/../b", Leads::Beside),
            ("../weights.bin", Leads::Outside),
            ("a/../../b", Leads::Outside),
            ("..\\weights.bin", Leads::Outside),
            (".. /x", Leads::Outside),
            ("/etc/passwd", Leads::Absolute),
            ("C:\\x", Leads::Absolute),
            ("c:x", Leads::Absolute),
            ("\\\\host\\share", Leads::Absolute),
            ("~/x", Leads::Absolute),
            ("sub/NUL.txt", Leads::Absolute),
            ("com1", Leads::Absolute),
            ("https://host/x", Leads::Url),
            ("FILE:/etc/passwd", Leads::Url),
            ("s3://bucket", Leads::Url),
            ("a\\b", Leads::Ambiguous),
            ("", Leads::Invalid),
            (".", Leads::Invalid),
            ("a\0b", Leads::Invalid),
            ("a/..", Leads::Invalid),
            ("console.bin", Leads::Beside),
        ] {
            assert_eq!(leads(target.as_bytes()), wanted, "{target:?}");
        }
    }

    fn member(id: MemberId, path: &str, link: bool) -> Member {
        Member {
            id,
            parent: (id > 0).then_some(0),
            path: path.to_owned(),
            name: String::new(),
            origin: if id == 0 { Origin::Named } else { Origin::File },
            size: 0,
            digest: None,
            formats: Vec::new(),
            extension: None,
            promised: Vec::new(),
            executable: false,
            pointer: None,
            link: link.then(|| Link { target: "x".to_owned(), escapes: false }),
        }
    }

    fn unknown(member: MemberId) -> Incomplete {
        Incomplete {
            member,
            kind: IncompleteKind::UnknownFormat,
            format: None,
            what: String::new(),
            offset: None,
            count: 1,
        }
    }

    fn led(members: &[Member], from: MemberId, target: &str) -> (Leads, Option<MemberId>) {
        let mut tables = Tables { members: members.to_vec(), ..Tables::default() };
        tables.references.push(Reference {
            member: from,
            format: FormatId::Onnx,
            kind: ReferenceKind::ExternalData,
            by: "initializer".to_owned(),
            name: None,
            target: place::escape_cut(target.as_bytes(), 64),
            leads: leads(target.as_bytes()),
            to: None,
            offset: None,
            count: 1,
        });
        resolve(&mut tables);
        (tables.references[0].leads, tables.references[0].to)
    }

    #[test]
    fn a_file_that_is_named_for_its_tensors_is_not_unknown() {
        let reference = |kind, target: &str| Reference {
            member: 1,
            format: FormatId::Tfjs,
            kind,
            by: "weights".to_owned(),
            name: None,
            target: target.to_owned(),
            leads: Leads::Beside,
            to: None,
            offset: None,
            count: 1,
        };
        let members = [
            member(0, "m", false),
            member(1, "m/model.json", false),
            member(2, "m/a.bin", false),
            member(3, "m/b.bin", false),
        ];
        let mut tables = Tables { members: members.to_vec(), ..Tables::default() };
        tables.incomplete = vec![unknown(2), unknown(3)];
        tables.references.push(reference(ReferenceKind::ExternalData, "a.bin"));
        tables.references.push(reference(ReferenceKind::File, "b.bin"));
        resolve(&mut tables);
        assert_eq!(tables.incomplete.iter().map(|one| one.member).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn chunks_of_an_array_are_numbers() {
        let arrays = HashSet::from(["m/w"]);
        for chunk in ["m/w/0", "m/w/0.12", "m/w/c/0/0", "m/w/0/1/2", "m/w/c/0/0!data", "m/w/0.0!data"] {
            assert!(is_chunk(chunk, &arrays), "{chunk}");
        }
        for other in ["m/v/c/0/0", "m/w/x0", "m/w/c/x/0", "m/w/c", "m/w/", "m/w", "m/w/0!a/b", "0", "", "!"] {
            assert!(!is_chunk(other, &arrays), "{other}");
        }
        let mut members = [member(0, "m", false), member(1, "m/zarr.json", false), member(2, "m/c/0", false)];
        members[1].formats = vec![FormatId::Zarr];
        members[1].name = "zarr.json".to_owned();
        let mut tables = Tables { members: members.to_vec(), ..Tables::default() };
        tables.incomplete = vec![unknown(0), unknown(2)];
        resolve(&mut tables);
        assert_eq!(tables.incomplete.iter().map(|one| one.member).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn files_of_a_store_are_named_from_the_folder_around_theirs() {
        let mut members = [
            member(0, "m", false),
            member(1, "m/manifest.ocdbt", false),
            member(2, "m/process_0/d/a", false),
            member(3, "m/process_0/d/b", false),
        ];
        members[2].formats = vec![FormatId::Ocdbt];
        let reference = |member, by: &str, target: &str| Reference {
            member,
            format: FormatId::Ocdbt,
            kind: ReferenceKind::ExternalData,
            by: by.to_owned(),
            name: None,
            target: target.to_owned(),
            leads: Leads::Beside,
            to: None,
            offset: None,
            count: 1,
        };
        let mut tables = Tables { members: members.to_vec(), ..Tables::default() };
        tables.references.push(reference(1, "tree-node", "process_0/d/a"));
        tables.references.push(reference(2, "stored-value", "d/b"));
        resolve(&mut tables);
        assert_eq!(tables.references.iter().map(|one| one.to).collect::<Vec<_>>(), [Some(2), Some(3)]);
        assert!(tables.incomplete.is_empty());
        // A file that is named for a node, and has none.
        tables.references.push(reference(1, "tree-node", "process_0/d/b"));
        resolve(&mut tables);
        assert_eq!(tables.incomplete.iter().map(|one| one.member).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn members_tell_what_lies_there() {
        let members = [
            member(0, "m", false),
            member(1, "m/onnx/model.onnx", false),
            member(2, "m/onnx/model.data", false),
            member(3, "m/shared.data", false),
            member(4, "m/onnx/away", true),
        ];
        for (target, wanted, to) in [
            ("model.data", Leads::Inside, Some(2)),
            ("./model.data", Leads::Inside, Some(2)),
            ("other.data", Leads::Absent, None),
            ("../shared.data", Leads::Above, Some(3)),
            ("../onnx", Leads::Above, None),
            ("../other.data", Leads::Outside, None),
            ("../../shared.data", Leads::Outside, None),
            ("away", Leads::Link, None),
            ("away/x", Leads::Link, None),
        ] {
            assert_eq!(led(&members, 1, target), (wanted, to), "{target}");
        }
        // A file that was named by itself: what lies beside it is not known.
        assert_eq!(led(&members[..1], 0, "model.data").0, Leads::Beside);
        assert_eq!(led(&members[..1], 0, "../model.data").0, Leads::Outside);
    }

    #[test]
    fn a_slash_behind_the_name_of_the_folder_changes_nothing() {
        for (top, files) in [("m/", ["m/model.onnx", "m/sub/model.data"]), ("./", ["./model.onnx", "./sub/model.data"])]
        {
            let members = [member(0, top, false), member(1, files[0], false), member(2, files[1], false)];
            assert_eq!(led(&members, 1, "sub/model.data"), (Leads::Inside, Some(2)), "{top}");
        }
    }

    #[test]
    fn names_of_code_lead_to_the_file_that_holds_it() {
        let members = [
            member(0, "m", false),
            member(1, "m/model_index.json", false),
            member(2, "m/unet/mine.py", false),
            member(3, "m/modeling_x.py", false),
            member(4, "m/MAR-INF/MANIFEST.json", false),
            member(5, "m/code/loader/__init__.py", false),
        ];
        for (from, name, target, to) in [
            (1, "unet[1]", "mine.UNet", Some(2)),
            (1, "auto_map.AutoModel", "modeling_x.XModel", Some(3)),
            (4, "model.handler", "modeling_x.py:run", Some(3)),
            (1, "flavors.python_function.loader_module", "loader.inner", Some(5)),
            (1, "auto_map.AutoModel", "other/repo--modeling_x.XModel", None),
            (1, "x", "../../m/modeling_x.py", None),
            (1, "x", "transformers.AutoModel", None),
        ] {
            let mut tables = Tables { members: members.to_vec(), ..Tables::default() };
            tables.references.push(Reference {
                member: from,
                format: FormatId::Json,
                kind: ReferenceKind::Global,
                by: "auto_map".to_owned(),
                name: Some(name.to_owned()),
                target: target.to_owned(),
                leads: Leads::Lookup,
                to: None,
                offset: None,
                count: 1,
            });
            resolve(&mut tables);
            assert_eq!(tables.references[0].to, to, "{target}");
        }
    }
}
