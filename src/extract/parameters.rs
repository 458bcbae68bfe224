//! Whether the file of parameters beside a program of PaddlePaddle has as many tensors as the program names: the file says of itself neither how
//! many it holds nor where it ends, so one that is cut between two tensors looks whole. Reads no file itself.

use crate::extract::collect::Tables;
use crate::extract::references::{folders, listed};
use crate::facts::{FormatId, Incomplete, IncompleteKind, MemberId};
use std::collections::{BTreeMap, HashSet};

/// Adds what is incomplete for each file that has fewer tensors than the program beside it names. More are ordinary: those of layers that the
/// program does not use are saved too.
pub(super) fn check(tables: &mut Tables) {
    let graphs = tables.graphs.iter().filter(|graph| graph.format == FormatId::Paddle);
    let programs: HashSet<MemberId> = graphs.map(|graph| graph.member).collect();
    if programs.is_empty() {
        return;
    }
    let mut counts: BTreeMap<MemberId, u64> = BTreeMap::new();
    for table in tables.tensors.iter().filter(|table| table.format == FormatId::Paddle) {
        counts.insert(table.member, table.count);
    }
    let wanted: HashSet<MemberId> =
        programs.iter().filter_map(|id| listed(&tables.members, *id)).map(|(_, parent)| parent).collect();
    let folders = folders(&tables.members, &wanted);
    let mut cut = Vec::new();
    for (program, named) in counts.iter().filter(|(id, _)| programs.contains(id)) {
        let Some((path, parent)) = listed(&tables.members, *program) else { continue };
        let beside = beside(path).and_then(|path| folders.get(&parent)?.files.get(&path).copied());
        let Some(file) = beside.filter(|id| !programs.contains(id)) else { continue };
        let there = counts.get(&file).copied().unwrap_or(0);
        let member = usize::try_from(file).ok().and_then(|id| tables.members.get(id));
        // Of a pointer whose object is not here nothing is known.
        if there < *named && member.is_some_and(|member| member.pointer.as_ref().is_none_or(|one| one.resolved)) {
            cut.push((file, there, *named));
        }
    }
    for (member, there, named) in cut {
        tables.incomplete(Incomplete {
            member,
            kind: IncompleteKind::Truncated,
            format: Some(FormatId::Paddle),
            what: format!("{there} of the {named} tensors that the program beside this file names"),
            offset: None,
            count: 1,
        });
    }
}

/// Where the parameters of a program lie (paddle/static/io.py, `save_inference_model`, and its predecessor of Paddle 1).
fn beside(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let stem = name.strip_suffix(".pdmodel").or_else(|| name.strip_suffix(".json"));
    let file = match stem {
        Some(stem) => format!("{stem}.pdiparams"),
        None if name == "__model__" => "__params__".to_owned(),
        None => return None,
    };
    Some(if folder.is_empty() { file } else { format!("{folder}/{file}") })
}
