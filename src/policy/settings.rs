//! What a configuration gives the policies: allow entries, parameters, refused globals, signers and raised levels, as data that only the tool
//! writes.

use crate::policy::allow::{self, OWNER};
use crate::policy::set::{Data, digest};
use crate::policy::{PolicyError, PolicySet};
use crate::verdict::{AllowEntry, Layer, Parameters, PolicySource, Raised, Signers};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Roots under `data` that are the tool's own: a policy's file that stands there would pass itself off as the configuration, or as a
/// rule's result.
const RESERVED: [&str; 3] = ["parameters", "refused", "signers"];

/// The settings of one layer.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Entries that this layer adds, `data.allow.LAYER`.
    pub allow: &'a [AllowEntry],
    /// What the policies are told, `data.parameters`; together with what an earlier layer says.
    pub parameters: &'a Parameters,
    /// Globals that are not to be used, `data.refused`; together with an earlier layer's.
    pub refuse: &'a [String],
    /// Who is to have signed, `data.signers`; in place of an earlier layer's.
    pub signers: &'a [Signers],
    /// Rules whose warnings deny.
    pub levels: &'a BTreeMap<String, Raised>,
    /// What else an organisation decides, as text: it counts for the digest. `None` for a repository.
    pub decides: Option<&'a str>,
}

impl PolicySet {
    /// Settles the embedded layer: its settings are that nothing is set, so that rules and their checks always find them.
    pub(super) fn with_nothing_set(mut self) -> Result<Self, PolicyError> {
        for source in &mut self.sources {
            source.layer = Layer::Embedded;
        }
        let nothing = Settings {
            allow: &[],
            parameters: &Parameters::default(),
            refuse: &[],
            signers: &[],
            levels: &BTreeMap::new(),
            decides: None,
        };
        for (path, value) in documents(Layer::Embedded, OWNER, &nothing)? {
            self.data.push(Data { file: OWNER.to_owned(), path, json: value.to_string().into() });
        }
        self.settled = self.data.len();
        Ok(self)
    }

    /// Settles a layer: what was added since the last one is its policies, and `settings` are its own. `file` owns them: remedies name
    /// the organisation's, or the repository's where there is no organisation.
    ///
    /// # Errors
    /// A [`PolicyError`] when data stands where only the tool or an earlier layer writes, when an allow entry is wrong, or a level is
    /// raised of a rule that is not there.
    pub fn with_settings(mut self, layer: Layer, file: &str, settings: &Settings<'_>) -> Result<Self, PolicyError> {
        for source in self.sources.iter_mut().filter(|source| source.layer == Layer::Repository) {
            source.layer = layer;
        }
        let below = self.sources.iter().any(|source| source.layer == Layer::Organisation);
        self.stand_apart(layer == Layer::Repository && below)?;
        if layer == Layer::Organisation || !below {
            self.owner = file.to_owned();
        }
        if let Some((id, _)) = settings.levels.iter().find(|(id, _)| !self.rules().iter().any(|rule| rule.id == **id)) {
            return Err(PolicyError::Level { owner: file.to_owned(), id: id.clone(), hint: self.hint(id) });
        }
        let mut said: Vec<(String, Arc<str>)> = Vec::new();
        for (path, value) in documents(layer, file, settings)? {
            let json: Arc<str> = value.to_string().into();
            let before = self.data.iter().position(|data| data.path == path).map(|at| self.data.remove(at));
            if before.is_none_or(|before| before.json != json) {
                said.push((format!("data/{}", path.join("/")), json.clone()));
            }
            self.data.push(Data { file: file.to_owned(), path, json });
        }
        let raised: Vec<&String> = settings.levels.keys().filter(|id| !self.levels.contains(*id)).collect();
        if !raised.is_empty() {
            said.push(("levels".to_owned(), serde_json::json!(raised).to_string().into()));
        }
        self.levels.extend(settings.levels.keys().cloned());
        said.extend(settings.decides.map(|text| ("configuration".to_owned(), text.into())));
        if !said.is_empty() {
            let digest = digest(said);
            self.sources.push(PolicySource { name: file.to_owned(), layer, digest, signed_by: None, rules: 0 });
        }
        self.settled = self.data.len();
        Ok(self)
    }

    /// Refuses data that was added since the last layer and stands where it may not: at the tool's own names, at those of packages,
    /// and, when `closed`, beside any data that is already there.
    fn stand_apart(&self, closed: bool) -> Result<(), PolicyError> {
        let (before, added) = self.data.split_at_checked(self.settled).unwrap_or((&self.data, &[]));
        let taken: BTreeSet<String> = before.iter().flat_map(roots).collect();
        for data in added {
            let refuse = |what: String| Err(PolicyError::Data { file: data.file.clone(), what });
            for root in roots(data) {
                if root.starts_with("weighbridge") {
                    return refuse(format!("`data.{root}` is for packages of rules; put the data under another name"));
                }
                if RESERVED.contains(&root.as_str()) {
                    return refuse(format!(
                        "`data.{root}` is what the configuration says; set it there, or put the data under another name"
                    ));
                }
                if closed && taken.contains(&root) {
                    return refuse(format!(
                        "`data.{root}` belongs to the policies that came before, and a repository cannot add to it ({} owns it); put the data under another name",
                        self.owner
                    ));
                }
            }
        }
        Ok(())
    }

    fn hint(&self, id: &str) -> String {
        let near = self.rules().iter().map(|rule| (strsim::jaro_winkler(id, &rule.id), &rule.id));
        let near = near.filter(|(likeness, _)| *likeness > 0.7).max_by(|one, other| one.0.total_cmp(&other.0));
        near.map(|(_, id)| format!("did you mean `{id}`? ")).unwrap_or_default()
    }
}

/// The data that settings are, each below its path.
fn documents(
    layer: Layer,
    file: &str,
    settings: &Settings<'_>,
) -> Result<Vec<(Vec<String>, serde_json::Value)>, PolicyError> {
    let wrong = |error: serde_json::Error| PolicyError::Data { file: file.to_owned(), what: error.to_string() };
    let mut documents = vec![
        (vec!["parameters".to_owned()], serde_json::to_value(settings.parameters).map_err(wrong)?),
        (vec!["refused".to_owned()], serde_json::to_value(settings.refuse).map_err(wrong)?),
        (vec!["signers".to_owned()], serde_json::to_value(settings.signers).map_err(wrong)?),
    ];
    if !settings.allow.is_empty() {
        let name = if layer == Layer::Organisation { "organisation" } else { "repository" };
        documents.push((vec!["allow".to_owned(), name.to_owned()], allow::document(settings.allow, file)?));
    }
    Ok(documents)
}

/// The names directly under `data` that a document fills.
fn roots(data: &Data) -> Vec<String> {
    match data.path.first() {
        Some(root) => vec![root.clone()],
        None => serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&data.json)
            .map(|fields| fields.into_iter().map(|(name, _)| name).collect())
            .unwrap_or_default(),
    }
}
