//! Parameters: what a configuration tells the policies, as `data.parameters`.

use crate::facts::FormatId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the policies are told. All of it is there for every rule as `data.parameters`; absent is `null` or `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parameters {
    /// The formats that may be there, by their names in `weighbridge formats`; `null`: all. Held by `core/unlisted-format`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub formats: Option<Vec<FormatId>>,
    /// Bytes that an artifact may have; `null`: any. Held by `core/too-large`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub largest: Option<u64>,
    /// Anything that your own rules ask for, as `data.parameters.custom`.
    #[schemars(extend("x-weighbridge-layer" = "tighten"))]
    pub custom: serde_json::Map<String, serde_json::Value>,
}
