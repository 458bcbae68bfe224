//! Which members the imports of a source lead to, when Python looks for them in the folders of the artifact: beside the source, in the
//! folders around it, and in MLflow's folders of code. Opens nothing.

use crate::extract::collect::Tables;
use crate::extract::references::{DEEPEST, ENDINGS, Folder, folders, joined, listed};
use crate::facts::{MemberId, Source};
use std::collections::HashSet;

/// Follows the imports of all sources.
pub(super) fn resolve(tables: &mut Tables) {
    let members = &tables.members;
    let imports = |source: &&Source| !source.imports.is_empty();
    let wanted: HashSet<MemberId> = tables
        .code
        .iter()
        .filter(imports)
        .filter_map(|source| listed(members, source.member).map(|(_, parent)| parent))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let folders = folders(members, &wanted);
    for source in &mut tables.code {
        let Some((relative, parent)) = listed(members, source.member) else { continue };
        let Some(folder) = folders.get(&parent) else { continue };
        let own = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        let member = source.member;
        for import in &mut source.imports {
            let mut to = led(folder, own, &import.module, import.name.as_deref());
            to.retain(|to| *to != member);
            to.sort_unstable();
            to.dedup();
            import.to = to;
        }
    }
}

/// The members that an import from a source in the folder `own` runs.
fn led(folder: &Folder<'_>, own: &str, module: &str, name: Option<&str>) -> Vec<MemberId> {
    let rest = module.trim_start_matches('.');
    let parts: Vec<&str> = rest.split('.').filter(|part| !part.is_empty()).take(DEEPEST).collect();
    let up = module.len().saturating_sub(rest.len());
    if up == 0 {
        let mut places = vec![own];
        places.extend(own.match_indices('/').rev().filter_map(|(at, _)| own.get(..at)));
        places.push("");
        let first = parts.first().copied().unwrap_or_default();
        let code = |place: &&str| joined(place, "code");
        let places = places.iter().take(DEEPEST).flat_map(|place| joined("", place).into_iter().chain(code(place)));
        // The first folder that has it hides those behind.
        let place = places.into_iter().find(|place| begins(folder, place, first));
        return place.map(|place| below(folder, &place, &parts, name)).unwrap_or_default();
    }
    let package = joined(own, &"../".repeat(up.saturating_sub(1).min(DEEPEST)));
    let Some(package) = package else { return Vec::new() };
    let mut to = module_at(folder, &package, "__init__");
    to.extend(below(folder, &package, &parts, name));
    to
}

/// Whether a folder has a module or package of that name.
fn begins(folder: &Folder<'_>, place: &str, name: &str) -> bool {
    !module_at(folder, place, name).is_empty() || joined(place, name).is_some_and(|path| folder.holds(&path))
}

/// The packages on the way, the module, and the module of the name that is taken.
fn below(folder: &Folder<'_>, place: &str, parts: &[&str], name: Option<&str>) -> Vec<MemberId> {
    let (mut to, mut place) = (Vec::new(), place.to_owned());
    for part in parts.iter().copied().chain(name.filter(|name| *name != "*")) {
        to.extend(module_at(folder, &place, part));
        let Some(inner) = joined(&place, part) else { break };
        place = inner;
    }
    to
}

/// The files that Python may run for a module: its source, its byte code, or what makes it a package.
fn module_at(folder: &Folder<'_>, place: &str, name: &str) -> Vec<MemberId> {
    let paths = ENDINGS.iter().filter_map(|ending| joined(place, &format!("{name}{ending}")));
    paths.filter_map(|path| folder.files.get(&path).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn imports_lead_where_python_looks() {
        let paths = [
            "modeling.py",
            "helper.py",
            "parts/__init__.py",
            "parts/inner.py",
            "parts/deep/more.py",
            "code/mine.py",
            "old.pyc",
            "torch.py",
        ];
        let files: BTreeMap<String, MemberId> =
            paths.iter().zip(1..).map(|(path, id): (&&str, MemberId)| ((*path).to_owned(), id)).collect();
        let folder = Folder { files, links: HashSet::new() };
        let named = |to: Vec<MemberId>| -> Vec<&str> {
            to.iter().filter_map(|id| paths.get(usize::try_from(*id).ok()?.checked_sub(1)?)).copied().collect()
        };
        for (own, module, name, wanted) in [
            ("", ".helper", Some("setup"), &["helper.py"][..]),
            ("", ".", Some("helper"), &["helper.py"]),
            ("", "helper", None, &["helper.py"]),
            ("", ".parts", Some("inner"), &["parts/__init__.py", "parts/inner.py"]),
            ("", "parts.inner", Some("f"), &["parts/__init__.py", "parts/inner.py"]),
            ("parts", "..helper", Some("f"), &["parts/__init__.py", "helper.py"][1..]),
            ("parts/deep", ".more", None, &["parts/deep/more.py"]),
            ("parts", ".inner", Some("*"), &["parts/__init__.py", "parts/inner.py"]),
            ("parts/deep", "helper", None, &["helper.py"]),
            ("", "mine", None, &["code/mine.py"]),
            ("", "old", None, &["old.pyc"]),
            ("", "torch.nn", None, &["torch.py"]),
            ("", "os", None, &[]),
            ("", "...helper", None, &[]),
        ] {
            assert_eq!(named(led(&folder, own, module, name)), wanted, "{own:?} {module:?}");
        }
    }
}
