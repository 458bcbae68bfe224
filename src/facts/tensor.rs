//! Tensors and programs.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one file says of its tensors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TensorTable {
    /// The member that lists them.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// How many tensors it lists.
    pub count: u64,
    /// The first of them, in file order, up to a limit.
    pub entries: Vec<Tensor>,
    /// Key and value pairs beside the tensors, up to a limit.
    pub metadata: Vec<Metadata>,
    /// How many pairs there are.
    pub metadata_count: u64,
}

impl TensorTable {
    /// No tensors yet.
    pub(crate) fn new(member: MemberId, format: FormatId) -> Self {
        Self { member, format, count: 0, entries: Vec::new(), metadata: Vec::new(), metadata_count: 0 }
    }
}

/// One tensor or array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tensor {
    /// Its name, escaped; `null` where the format has none.
    pub name: Option<String>,
    /// Element type in the format's own words, escaped (`F32`, `<f8`, `|O`).
    pub dtype: String,
    /// Length of each dimension.
    pub shape: Vec<u64>,
    /// First byte of its data in the member.
    pub offset: Option<u64>,
    /// Bytes of its data.
    pub size: Option<u64>,
    /// The file that holds it, for an index of shards; escaped.
    pub file: Option<String>,
}

/// One metadata pair, both escaped and cut to a bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// Bytes of the value before it was cut.
    pub size: u64,
}

/// A program for a processor or an operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Executable {
    /// The member that is the program.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// Processor in the format's own name, if it says one (`x86-64`, `aarch64`).
    pub machine: Option<String>,
    /// What kind of program: `executable`, `shared-library`, `object`, `core`, `unknown`.
    pub kind: String,
}
