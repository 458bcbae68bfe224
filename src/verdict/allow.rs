//! An allow entry: closed data, the same in `weighbridge.yaml` and in `policies/data/allow`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One function or class that a model may use, and how. The conditions' names are listed in `policies/data/README.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// `module.name`, or `module:Outer.Inner`.
    pub global: String,
    /// What may be done with it.
    #[serde(rename = "as")]
    pub uses: Vec<AllowedUse>,
    /// Conditions on the arguments of a call, by position; `null`: any arguments.
    #[serde(default)]
    pub arguments: Option<Vec<String>>,
    /// Conditions on the state that BUILD sets; `null`: the default ones.
    #[serde(default)]
    pub state: Option<Vec<String>>,
    /// Why it is safe.
    pub reason: String,
    /// Where that can be seen; `null` when the reason says it all.
    #[serde(default)]
    pub source: Option<String>,
}

/// What may be done with a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedUse {
    /// Called with arguments.
    Call,
    /// An instance made of it without calling `__init__`.
    New,
    /// State set on an object made of it.
    Build,
    /// Imported and put somewhere, never called.
    Reference,
}
