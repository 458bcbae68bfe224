//! A repository's configuration under an organisation's: it may tighten, and what would loosen is refused, key by key.

use crate::config::Config;
use crate::limits::Limits;
use crate::verdict::{Level, Parameters};

/// A key of a repository's configuration that would loosen what the organisation's policy says.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: `{key}`: {why}\nthe organisation's policy decides this ({owner}); take the key out here, or ask its owner for a change"
)]
pub struct Loosened {
    /// The file, or the option of the command line, escaped.
    pub path: String,
    /// The key.
    pub key: String,
    /// Why it loosens.
    pub why: String,
    /// The organisation's configuration, or its policy where it has none.
    pub owner: String,
}

impl Config {
    /// This configuration of a repository as it holds under the organisation's: policies, waivers and what only tightens are its
    /// own, everything else is the organisation's. `path` and `owner` name the two files in errors.
    ///
    /// # Errors
    /// [`Loosened`] for the first key that would loosen.
    pub fn under(self, path: &str, organisation: &Self, owner: &str) -> Result<Self, Loosened> {
        let refuse = |key: &str, why: String| {
            Err(Loosened { path: path.to_owned(), key: key.to_owned(), why, owner: owner.to_owned() })
        };
        let only = |what: &str| format!("{what}, and a repository can only tighten");
        if let Some(entry) = self.allow.first() {
            return refuse("allow", only(&format!("it would allow `{}`", entry.global)));
        }
        if let Some(pattern) = self.exclude.iter().next() {
            return refuse("exclude", only(&format!("it would leave out `{pattern}`")));
        }
        if !self.artifacts.is_empty() {
            return refuse("artifacts", only("what no pattern matches would not be judged"));
        }
        if !self.signers.is_empty() {
            return refuse("signers", "who is trusted to sign is not for a repository to say".to_owned());
        }
        if self.waivable.is_some() {
            return refuse("waivable", "who may waive what is not for a repository to say".to_owned());
        }
        if self.given.fail_on && self.fail_on > organisation.fail_on {
            return refuse("fail-on", only(&lower(self.fail_on, organisation.fail_on)));
        }
        let limits = match self.limits(&organisation.limits) {
            Ok(limits) => limits,
            Err((key, why)) => return refuse(&key, only(&why)),
        };
        let parameters = match tightened(&self.parameters, &organisation.parameters) {
            Ok(parameters) => parameters,
            Err((key, why)) => return refuse(&key, only(&why)),
        };
        Ok(Self {
            policy: self.policy,
            parameters,
            allow: organisation.allow.clone(),
            refuse: organisation.refuse.iter().cloned().chain(self.refuse).collect(),
            levels: organisation.levels.iter().map(|(rule, level)| (rule.clone(), *level)).chain(self.levels).collect(),
            fail_on: if self.given.fail_on { self.fail_on } else { organisation.fail_on },
            limits,
            artifacts: organisation.artifacts.clone(),
            exclude: organisation.exclude.clone(),
            signers: organisation.signers.clone(),
            waivers: self.waivers,
            waivable: organisation.waivable.clone(),
            given: self.given,
        })
    }

    /// The organisation's limits with those that this file has; an error is the key and why it loosens.
    fn limits(&self, organisation: &Limits) -> Result<Limits, (String, String)> {
        let failed = |error: serde_json::Error| ("limits".to_owned(), error.to_string());
        let own = serde_json::to_value(&self.limits).map_err(failed)?;
        let mut limits = serde_json::to_value(organisation).map_err(failed)?;
        for key in &self.given.limits {
            let (Some(own), Some(held)) = (own.get(key), limits.get_mut(key)) else { continue };
            if own.as_u64() > held.as_u64() {
                return Err((format!("limits.{key}"), format!("{own} is more than {held}")));
            }
            // What is left of a cut text is still judged: a rule would not find the name that it looks for.
            if key == "text" && own != held {
                return Err((format!("limits.{key}"), format!("{own} cuts off what rules compare at {held} bytes")));
            }
            *held = own.clone();
        }
        serde_json::from_value(limits).map_err(failed)
    }
}

/// What failing at `own` instead of `held` would let pass.
pub(super) fn lower(own: Level, held: Level) -> String {
    format!("`{own}` lets findings pass that fail at `{held}`")
}

impl Loosened {
    /// An option of the command line that lets pass what the organisation's policy fails.
    #[must_use]
    pub fn fail_on(option: &str, own: Level, held: Level, owner: &str) -> Self {
        let why = format!("{}, and it can only be tightened", lower(own, held));
        Self { path: "the command line".to_owned(), key: option.to_owned(), why, owner: owner.to_owned() }
    }
}

/// The parameters of both; an error is the key and why it loosens.
fn tightened(own: &Parameters, organisation: &Parameters) -> Result<Parameters, (String, String)> {
    let key = |name: &str| format!("parameters.{name}");
    if let (Some(own), Some(held)) = (&own.formats, &organisation.formats)
        && let Some(format) = own.iter().find(|format| !held.contains(format))
    {
        return Err((key("formats"), format!("the organisation's list does not have `{format}`")));
    }
    if let (Some(own), Some(held)) = (own.largest, organisation.largest)
        && own > held
    {
        return Err((key("largest"), format!("{own} is more than {held}")));
    }
    let mut custom = organisation.custom.clone();
    for (name, value) in &own.custom {
        match custom.get(name) {
            Some(held) if held != value => {
                return Err((key(&format!("custom.{name}")), "it replaces the organisation's value".to_owned()));
            }
            _ => custom.insert(name.clone(), value.clone()),
        };
    }
    Ok(Parameters {
        formats: own.formats.clone().or_else(|| organisation.formats.clone()),
        largest: own.largest.or(organisation.largest),
        custom,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(repository: &str, organisation: &str) -> Result<Config, String> {
        let organisation = Config::parse(organisation, "org.yaml").unwrap();
        let repository = Config::parse(repository, "weighbridge.yaml").unwrap();
        repository.under("weighbridge.yaml", &organisation, "org.yaml").map_err(|error| error.to_string())
    }

    #[test]
    fn what_loosens_is_refused_with_its_key_and_its_owner() {
        let organisation = "fail-on: warn\nlimits: {depth: 5, ratio: 100}\nparameters: {formats: [safetensors], largest: 10, custom: {a: 1}}\n";
        for (text, key) in [
            ("allow: [{global: a.b, as: [call], reason: x}]", "`allow`"),
            ("exclude: [docs]", "`exclude`"),
            ("artifacts: ['*.pt']", "`artifacts`"),
            ("signers: [{by: [{key: a.pem}]}]", "`signers`"),
            ("waivable: {rules: [core]}", "`waivable`"),
            ("waivable: {}", "`waivable`"),
            ("fail-on: deny", "`fail-on`"),
            ("limits: {depth: 6}", "`limits.depth`"),
            ("limits: {text: 0}", "`limits.text`"),
            ("limits: {text: 511}", "`limits.text`"),
            // Not the organisation's own, but more than its default.
            ("limits: {members: 999999999}", "`limits.members`"),
            ("limits: {ratio-floor: 999999999999}", "`limits.ratio-floor`"),
            ("parameters: {formats: [safetensors, pickle]}", "`parameters.formats`"),
            ("parameters: {largest: 11}", "`parameters.largest`"),
            ("parameters: {custom: {a: 2}}", "`parameters.custom.a`"),
        ] {
            let error = under(text, organisation).unwrap_err();
            assert!(error.starts_with(&format!("weighbridge.yaml: {key}: ")), "{error}");
            assert!(error.contains("org.yaml"), "{error}");
        }
    }

    #[test]
    fn what_tightens_holds_beside_what_the_organisation_says() {
        let organisation = "limits: {depth: 5}\nparameters: {formats: [safetensors, npy], custom: {a: 1}}\nrefuse: [a.b]\nexclude: [docs]\nlevels: {core/irregular: deny}\n";
        let config = under(
            "fail-on: warn\nlimits: {depth: 3, ratio: 9}\nparameters: {formats: [npy], largest: 7, custom: {b: 2}}\nrefuse: [c.d]\nlevels: {core/incomplete: deny}\n",
            organisation,
        )
        .unwrap();
        assert_eq!(config.fail_on, Level::Warn);
        assert_eq!(config.limits, Limits { depth: 3, ratio: 9, ..Limits::default() });
        assert_eq!(config.parameters.formats.as_ref().map(Vec::len), Some(1));
        assert_eq!((config.parameters.largest, config.parameters.custom.len()), (Some(7), 2));
        assert_eq!(config.refuse, ["a.b", "c.d"]);
        assert_eq!(config.exclude.iter().collect::<Vec<_>>(), ["docs"]);
        assert_eq!(config.levels.len(), 2);
        let silent = under("", "fail-on: warn\nlimits: {depth: 5}\n").unwrap();
        assert_eq!((silent.fail_on, silent.limits.depth), (Level::Warn, 5));
    }
}
