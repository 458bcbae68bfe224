//! Operator graphs, and what a model names outside of itself.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One graph-bearing member: what it would compute, operator by operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// The member that holds it.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// The main graph's name, escaped; `null` when it has none.
    pub name: Option<String>,
    /// What wrote it, in its own words, escaped; `null` when it does not say.
    pub producer: Option<String>,
    /// The versions that it was written for: operator sets by domain, and the format's own, in file order.
    pub versions: Vec<GraphVersion>,
    /// How many nodes there are, in all places.
    pub nodes: u64,
    /// The operators: one record for each domain, name and place.
    pub operators: Vec<Operator>,
    /// Whether every operator is there; `false` when a limit was reached.
    pub complete: bool,
}

/// A version that a graph names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphVersion {
    /// Of what: `ir_version`, `opset_import`, `producer`, `tensorflow`; the format's own word.
    pub of: String,
    /// The operator set's domain, escaped; `null` where the version is of something else.
    pub domain: Option<String>,
    /// The version, escaped.
    pub version: String,
}

/// All nodes of one domain, name and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The operator set that it is of, escaped, as it is written (`""` is ONNX's own); `null` where the format has none.
    pub domain: Option<String>,
    /// Its name, escaped.
    pub name: String,
    /// Where its nodes are: `graph`, `subgraph`, `function`, `training`.
    pub place: String,
    /// Whether the same file defines it as a function, so that its name stands for nodes that are read too.
    pub defined: bool,
    /// How many nodes.
    pub count: u64,
    /// First byte of the first node in the member.
    pub offset: Option<u64>,
    /// Name of the first node, escaped; `null` when it has none.
    pub node: Option<String>,
    /// The texts among the attributes of its nodes.
    pub attributes: Vec<Attribute>,
    /// Whether every attribute with a text is there.
    pub complete: bool,
}

/// The texts of one attribute, over all nodes of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name, escaped.
    pub name: String,
    /// Distinct texts, escaped and cut, in order of first use.
    pub values: Vec<String>,
    /// Whether every text is there.
    pub complete: bool,
}

/// Something that a model names outside of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The member that names it.
    pub member: MemberId,
    /// The format that the name is part of.
    pub format: FormatId,
    /// What is named.
    pub kind: ReferenceKind,
    /// What names it, in a word: `initializer`, `attribute`, `asset`, `layer`.
    pub by: String,
    /// The name of what names it, escaped; `null` when it has none.
    pub name: Option<String>,
    /// What is named, escaped and cut.
    pub target: String,
    /// Where that leads.
    pub leads: Leads,
    /// The member that it leads to; `null` when it leads to none, or to a folder of several.
    pub to: Option<MemberId>,
    /// Where the name stands, in the member.
    pub offset: Option<u64>,
    /// How many like it (kind, what names it, target) this record stands for.
    pub count: u64,
}

/// What a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// A file with the bytes of tensors.
    ExternalData,
    /// An object of another file, as an HDF5 external link or virtual dataset names it.
    Link,
    /// A native library that is loaded.
    Library,
    /// A plug-in or prepared program of an execution provider or backend.
    Plugin,
    /// A module or class that is looked up by its name.
    Module,
    /// A class or function that is looked up by its module and name, and called or handed on.
    Global,
    /// A command line that is run.
    Command,
    /// A file that is read.
    File,
    /// A file that is written.
    Output,
    /// An address that is fetched or written to.
    Url,
    /// A package that an installer fetches or builds, or where it looks for packages: an address, a path, or what runs while it is built.
    Package,
}

/// Where a reference leads: resolved by its letters against the folder of the member that names it, never by opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Leads {
    /// To a member beside it or below.
    Inside,
    /// To a member that lies above the folder of what names it.
    Above,
    /// Nowhere: it stays in the artifact, and nothing is there.
    Absent,
    /// To a file beside it or below, which is no part of the artifact: the file alone was named.
    Beside,
    /// Out of the artifact, by `..`.
    Outside,
    /// To a place on the machine: absolute, a drive letter, a network share, a home folder, a device.
    Absolute,
    /// Through a symbolic or hard link.
    Link,
    /// To an address with a scheme.
    Url,
    /// To different places on different systems: it holds a backslash.
    Ambiguous,
    /// To nothing that can be a file: empty, a control character, a NUL that cuts it.
    Invalid,
    /// To what the machine finds by that name: a module, a class, a library without a path.
    Lookup,
    /// Into the memory of the program that loads it.
    Memory,
    /// It cannot be told.
    Unknown,
}
