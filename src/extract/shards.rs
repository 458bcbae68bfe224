//! Whether the files that an index names are there: asked once all files of a directory were read. Reads no file itself.

use crate::extract::collect::Tables;
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, Origin};
use std::collections::{BTreeSet, HashSet};

/// Adds a deviation for each file that an index of the directory names and the directory does not have.
pub(super) fn check(tables: &mut Tables) {
    let there: HashSet<&str> = tables
        .members
        .iter()
        .filter(|member| member.origin == Origin::File)
        .map(|member| member.path.as_str())
        .collect();
    let mut missing: Vec<(MemberId, String)> = Vec::new();
    for table in tables.tensors.iter().filter(|table| table.format == FormatId::SafetensorsIndex) {
        let index = usize::try_from(table.member).ok().and_then(|id| tables.members.get(id));
        let Some(index) = index.filter(|member| member.origin == Origin::File) else { continue };
        let folder = index.path.strip_suffix(&index.name).unwrap_or_default();
        let files: BTreeSet<&str> = table.entries.iter().filter_map(|tensor| tensor.file.as_deref()).collect();
        let gone = files.into_iter().filter(|file| !there.contains(format!("{folder}{file}").as_str()));
        missing.extend(gone.map(|file| (table.member, file.to_owned())));
    }
    for (member, file) in missing {
        tables.deviation(Deviation {
            member,
            format: FormatId::SafetensorsIndex,
            kind: DeviationKind::MissingFile,
            name: None,
            field: Some("weight_map".to_owned()),
            expected: Some(file),
            found: None,
            offset: None,
            count: 1,
        });
    }
}
