//! What is: the facts of one artifact as plain data. Never an opinion, never I/O.
//!
//! Facts are flat tables, so that a policy stays simple: every record names the `member` it was seen in. Every field
//! is always present in the JSON; absent is `null` or `[]`, because in Rego an undefined path is silently no finding.

mod code;
mod container;
mod declaration;
mod format;
mod graph;
mod inventory;
mod layer;
mod member;
mod mention;
mod object;
mod pickle;
mod reason;
mod signature;
mod template;
mod tensor;

pub use code::{CodeCall, CodeForm, CodeImport, CodeName, CodePlace, Command, Definition, Runs, Source};
pub use container::{Archive, Deviation, DeviationKind};
pub use declaration::Declaration;
pub use format::FormatId;
pub use graph::{Attribute, Graph, GraphVersion, Leads, Operator, Reference, ReferenceKind};
pub use inventory::{Inventory, Listed, ListedName, Unread, UnreadKind};
pub use layer::Layer;
pub use member::{Incomplete, IncompleteKind, Link, Member, MemberId, Origin, Pointer};
pub use mention::{Mention, MentionKind};
pub use object::{Object, ObjectKind};
pub use pickle::{
    Argument, Call, CallKind, Callee, CalleeKind, Ended, EndedKind, Extension, Global, Import, PersistentId, Pickle,
    Reading, ValueKind,
};
pub use reason::{Reason, Refusal};
pub use signature::{Claimed, Proof, Provenance, Refused, Signature, SignatureKind, SignedSubject, SigningTime};
pub use template::{
    Access, AccessKind, Condition, Doubling, DoublingKind, LiteralText, Load, Template, TemplateCall, TemplateCallKind,
};
pub use tensor::{Executable, Metadata, Tensor, TensorTable};

use crate::digest::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of the facts' JSON shape. A key may be added; none is renamed or removed without a new version.
pub const SCHEMA: &str = "weighbridge/facts/v1";

/// Everything that was observed of one artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The time that policies see, RFC 3339 in UTC; policies have no clock of their own.
    pub evaluated_at: String,
    /// What wrote the facts.
    pub tool: Tool,
    /// What was named for judgement.
    pub artifact: Artifact,
    /// The artifact and every file inside it, at any depth; `id` is the index.
    pub members: Vec<Member>,
    /// What could not be read, and why. Not empty: the artifact cannot pass.
    pub incomplete: Vec<Incomplete>,
    /// Where content departs from its specification, or where readers of it differ.
    pub deviations: Vec<Deviation>,
    /// One record a container that was opened.
    pub archives: Vec<Archive>,
    /// One record a pickle stream and reading.
    pub pickles: Vec<Pickle>,
    /// One record a file that lists tensors.
    pub tensors: Vec<TensorTable>,
    /// One record a member with an operator graph.
    pub graphs: Vec<Graph>,
    /// What members name outside of themselves: files, libraries, modules, addresses.
    pub references: Vec<Reference>,
    /// What model cards and configurations declare: licence, base model, trust in remote code.
    pub declarations: Vec<Declaration>,
    /// What configurations ask their library to make: layers and all else that is named by class.
    pub layers: Vec<Layer>,
    /// Addresses and credentials that metadata texts mention.
    pub mentions: Vec<Mention>,
    /// What serializations other than pickle name: classes, nodes, promises, extension types.
    pub objects: Vec<Object>,
    /// One record a chat template or other Jinja template.
    pub templates: Vec<Template>,
    /// Code that lies in the artifact: Python and its byte code, notebooks, scripts, TorchScript `code/` members.
    pub code: Vec<Source>,
    /// Programs for a processor or an operating system.
    pub executables: Vec<Executable>,
    /// Signatures beside the artifact or in it: one record a bundle.
    pub signatures: Vec<Signature>,
}

/// The program that wrote the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Version of weighbridge, as in `weighbridge --version`.
    pub version: String,
}

/// One file or directory named for judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// The path as it was named, with what is not UTF-8 escaped.
    pub path: String,
    /// Whether a file or a directory was named.
    pub kind: ArtifactKind,
    /// Digest of the file, or of the directory's files in order (see [`crate::digest::directory`]); `null` when it could not be read whole.
    pub digest: Option<Digest>,
    /// Bytes of the file, or of all files of the directory.
    pub size: u64,
}

impl Facts {
    /// The member of that id. Facts that were given from outside may break the rule that the id is the index.
    #[must_use]
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(usize::try_from(id).ok()?).filter(|member| member.id == id)
    }

    /// The file on disk that holds a member: the artifact itself, or a file below the named directory.
    #[must_use]
    pub fn file_of<'a>(&'a self, member: &'a Member) -> &'a Member {
        let mut file = member;
        // A member stands behind the one that holds it, so this comes to an end.
        while !matches!(file.origin, Origin::Named | Origin::File)
            && let Some(holder) = file.parent.filter(|parent| *parent < file.id).and_then(|id| self.member(id))
        {
            file = holder;
        }
        file
    }

    /// The files on disk: the artifact itself, or those below the named directory.
    pub fn files(&self) -> impl Iterator<Item = &Member> {
        let origin = match self.artifact.kind {
            ArtifactKind::File => Origin::Named,
            ArtifactKind::Directory => Origin::File,
        };
        self.members.iter().filter(move |member| member.origin == origin)
    }
}

/// What a named path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A regular file.
    File,
    /// A directory: one artifact whose files are members.
    Directory,
}
