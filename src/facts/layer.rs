//! What a model's configuration asks its library to make: layers, and everything else that is named by module and class.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a configuration names by class: a layer, a model, an optimizer, a loss, a function. Records that differ only in
/// name and place are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The member that is the configuration.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// Where in the configuration the first of them stands, escaped and cut: `config.layers[3].config.layer`.
    pub place: String,
    /// Its own name, escaped; `null` when it has none.
    pub name: Option<String>,
    /// The class, escaped: `Dense`; `function` for a function that is looked up, `__lambda__` for code.
    pub class_name: String,
    /// The module that the class or function is looked up in, escaped; `null` when none is named.
    pub module: Option<String>,
    /// The name that it was registered under, escaped: `package>Name`; `null` when none is named.
    pub registered_name: Option<String>,
    /// The function that is looked up, escaped; `null` when it is a class.
    pub function: Option<String>,
    /// Module and name of what is looked up, with a dot between them; the name alone when no module is named.
    pub global: String,
    /// Members that are the code in its configuration: marshalled bytecode, or a pickled module.
    pub code: Vec<MemberId>,
    /// Byte at which the first of them begins.
    pub offset: Option<u64>,
    /// How many there are.
    pub count: u64,
}
