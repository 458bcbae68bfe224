//! H2O's models (h2o-3, h2o-genmodel): `model.ini` of a MOJO by its lines (ModelMojoReader.java, `parseModelInfo`), whose trees and domains lie
//! beside it in a zip or folder; and POJOs, which are Java source and are recognised, not parsed.

use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;

/// `model.ini`.
pub(super) struct Mojo;

impl Format for Mojo {
    fn id(&self) -> FormatId {
        FormatId::H2oMojo
    }

    fn about(&self) -> &'static str {
        "H2O MOJO: algorithm, versions, and the domains and models that `model.ini` names; trees are numbers"
    }

    fn claims(&self, window: &Window) -> Claim {
        let begins = window.head.trim_ascii_start().starts_with(b"[info]");
        if begins && window.holds(b"mojo_version") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        // A network's weights stand in this file, as text.
        if source.size() > walk.limits.header {
            return Err(Exhausted("header").into());
        }
        let bytes = source.bytes_at(0, walk.limits.header)?;
        let mut outline = Outline::new(member, FormatId::H2oMojo, walk);
        let outcome = lines(&String::from_utf8_lossy(&bytes), &mut outline);
        walk.reached(Reached::Effect);
        let written = outline.write(walk);
        outcome.and(written)
    }
}

/// The sections of `model.ini`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Outside,
    Info,
    Columns,
    Domains,
}

fn lines(text: &str, outline: &mut Outline) -> Result<(), ReadError> {
    let (mut section, mut at, mut algorithm, mut domains) = (Section::Outside, 0u64, false, false);
    for whole in text.split_inclusive('\n') {
        let begins = at;
        at = at.saturating_add(u64::try_from(whole.len()).unwrap_or(u64::MAX));
        let line = whole.trim();
        match line {
            "" => continue,
            _ if line.starts_with('#') => outline.look("comment", line),
            "[info]" => section = Section::Info,
            "[columns]" => section = Section::Columns,
            "[domains]" => (section, domains) = (Section::Domains, true),
            _ if section == Section::Info => {
                let Some((key, value)) = line.split_once('=') else {
                    return Err(ReadError::malformed("a line of [info] without `=`", begins));
                };
                let (key, value) = (key.trim_end(), value.trim_start());
                outline.look(key, value);
                match key {
                    "h2o_version" | "mojo_version" => outline.version(key, None, value),
                    "algorithm" => {
                        algorithm = true;
                        outline.operator(None, value, None, begins);
                    }
                    // Models in the model (MultiModelMojoReader.java).
                    _ if key.starts_with("submodel_dir_") => {
                        outline.refer(ReferenceKind::File, "submodel", Some(key), value.as_bytes(), begins);
                    }
                    _ => {}
                }
            }
            _ if section == Section::Domains => {
                // `5: 13 d000.txt`: a column, how many levels it has, and the file with them (`parseModelDomains`).
                let file = line.split_once(':').and_then(|(_, rest)| rest.trim_start().split_once(' '));
                let Some((_, file)) = file else {
                    return Err(ReadError::malformed("a line of [domains] without a file", begins));
                };
                outline.refer(ReferenceKind::File, "domain", None, format!("domains/{file}").as_bytes(), begins);
            }
            _ => {}
        }
    }
    if !algorithm {
        return Err(ReadError::malformed("a MOJO without an algorithm", None));
    }
    if domains { Ok(()) } else { Err(ReadError::truncated("the section [domains]", at)) }
}

/// A model as Java source.
pub(super) struct Pojo;

impl Format for Pojo {
    fn id(&self) -> FormatId {
        FormatId::H2oPojo
    }

    fn about(&self) -> &'static str {
        "H2O POJO: a model as Java source, which H2O compiles and runs when it is imported"
    }

    fn claims(&self, window: &Window) -> Claim {
        let text = !window.head.contains(&0);
        if text && window.holds(b"hex.genmodel") && window.holds(b"extends GenModel") {
            Claim::Certain
        } else {
            Claim::No
        }
    }

    fn read(&self, _source: &Source, _member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        walk.reached(Reached::Effect);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::format::trial::facts;
    use crate::facts::{IncompleteKind, Leads};

    const INI: &str = "[info]\nh2o_version = 3.46.0.7\nmojo_version = 1.40\nalgorithm = Gradient Boosting Machine\nn_columns = 2\nn_domains = 1\nsubmodel_dir_0 = models/GBM/x/\n\n[columns]\nx\n[info]x\n\n[domains]\n1: 3 d000.txt\n";

    #[test]
    fn the_model_and_what_it_names_are_facts() {
        let tables = facts("model.ini", INI.as_bytes());
        assert_eq!(tables.formats(), [FormatId::H2oMojo]);
        assert_eq!(tables.graphs[0].operators[0].name, "Gradient Boosting Machine");
        let versions: Vec<_> = tables.graphs[0].versions.iter().map(|one| (&*one.of, &*one.version)).collect();
        assert_eq!(versions, [("h2o_version", "3.46.0.7"), ("mojo_version", "1.40")]);
        let named: Vec<_> = tables.references.iter().map(|one| (&*one.by, &*one.target)).collect();
        assert_eq!(named, [("submodel", "models/GBM/x/"), ("domain", "domains/d000.txt")]);
        assert!(tables.incomplete.is_empty());
    }

    #[test]
    fn a_path_out_of_the_model_is_told() {
        let tables = facts("model.ini", INI.replace("d000.txt", "../../../etc/passwd").as_bytes());
        assert_eq!(tables.references[1].leads, Leads::Outside);
    }

    #[test]
    fn what_is_broken_or_cut_is_incomplete() {
        for (from, to) in [("algorithm", "x"), ("3 d000.txt", "3"), ("n_columns =", "n_columns")] {
            let tables = facts("model.ini", INI.replace(from, to).as_bytes());
            assert!(tables.lacks(IncompleteKind::Malformed), "{from}");
        }
        let cut = INI.find("[domains]").unwrap();
        assert!(facts("model.ini", &INI.as_bytes()[..cut]).lacks(IncompleteKind::Truncated));
    }

    #[test]
    fn a_model_as_source_is_told_from_other_source() {
        let pojo = b"import hex.genmodel.GenModel;\npublic class A extends GenModel {\n}\n";
        assert_eq!(facts("A.java", pojo).formats()[0], FormatId::H2oPojo);
        assert_eq!(facts("A.java", b"import hex.genmodel.GenModel;\nclass A {}\n").formats(), [FormatId::Text]);
    }
}
