//! What a model says of itself: its licence, the model it was made from, and whether its code is to be trusted.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that a model card or a configuration declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The member that declares it.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// The key that it stands at: `license`, `base_model`, `_name_or_path`, `trust_remote_code`.
    pub key: String,
    /// Where in the document it stands, escaped and cut: `text_config.trust_remote_code`.
    pub place: String,
    /// The value, escaped and cut; a key with a list of values has a record for each.
    pub value: String,
    /// Where the value begins, in the member; `null` when it is not known.
    pub offset: Option<u64>,
}
