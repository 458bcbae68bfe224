//! Templates: what a chat template reads, calls, loads and says on its own.

use crate::digest::Digest;
use crate::facts::MemberId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One template, in Jinja's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The member that holds it.
    pub member: MemberId,
    /// The key that it stands at, escaped (`tokenizer.chat_template`); `null` when the member is the template.
    pub key: Option<String>,
    /// The name that a list of templates gives it, escaped; `null` without one.
    pub name: Option<String>,
    /// Bytes of its text.
    pub size: u64,
    /// Digest of its text; `null` when it was too long to be read.
    pub digest: Option<Digest>,
    /// Whether it was read to its end. If not, an incomplete record says why, and the lists below are empty.
    pub parsed: bool,
    /// Attributes and items that it asks objects for, each name and way once.
    pub accesses: Vec<Access>,
    /// Names of the functions, methods, filters and tests that it calls, each name and kind once.
    pub calls: Vec<TemplateCall>,
    /// Other templates that it loads.
    pub loads: Vec<Load>,
    /// Texts in its expressions that hold an underscore at their start or two in a row, escaped: as written or as they are built.
    pub underscored: Vec<String>,
    /// How far `range` and repetition go, where that is a number: the largest of them, `null` without one.
    pub largest_range: Option<u64>,
    /// How many steps it makes of nothing that the conversation gives: rounds of loops inside each other, macros that call macros, padding, and
    /// texts that are put together of themselves; `null` for a single one.
    pub largest_work: Option<u64>,
    /// What makes itself anew more than once, by nothing of the conversation: twice as much with every step.
    pub doublings: Vec<Doubling>,
    /// What it says on its own: its literal texts but white space, in order.
    pub texts: Vec<LiteralText>,
}

/// An attribute or item that a template asks an object for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The name, escaped; `null` when it is not known before the template runs.
    pub name: Option<String>,
    /// How.
    pub via: AccessKind,
    /// Variables of the context whose parts the unknown name is, unchanged; `[]` for a known name.
    pub roots: Vec<String>,
    /// Variables of the context that the object may be, or a part of; `macro` for what the template defines; `[]` for a known name.
    pub of: Vec<String>,
    /// Whether the template makes the name: of a known name, that it does not stand there in one piece; of an unknown one,
    /// that it is more than a part of the context.
    pub built: bool,
    /// Line of the first of them in the template, from 1 on.
    pub line: u64,
    /// How many there are.
    pub count: u64,
}

/// Something that makes itself anew more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Doubling {
    /// What it is.
    pub kind: DoublingKind,
    /// The macro or variable, escaped; `null` for a loop.
    pub name: Option<String>,
    /// Line in the template, from 1 on.
    pub line: u64,
}

/// What makes itself anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DoublingKind {
    /// A macro that calls itself, or macros that call each other.
    Macro,
    /// A recursive loop that is called with what it goes over anyway.
    Loop,
    /// A variable that a loop puts together from itself and itself.
    Variable,
}

/// How a template asks for an attribute or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessKind {
    /// `object.name`.
    Attribute,
    /// `object[name]`: an item, or the attribute of that name where there is no such item.
    Item,
    /// A filter that takes the name of an attribute: `object|attr(name)`, `list|map(attribute=name)`.
    Filter,
}

/// A function, method, filter or test that a template calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateCall {
    /// Its name, escaped; `null` when what is called has none (`object[0]()`).
    pub name: Option<String>,
    /// What it is.
    pub kind: TemplateCallKind,
    /// Whether the template defines it, as a macro.
    pub defined: bool,
    /// How many calls there are.
    pub count: u64,
}

/// What a template calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateCallKind {
    /// A function by its name.
    Function,
    /// A method of an object.
    Method,
    /// A filter.
    Filter,
    /// A test.
    Test,
}

/// Another template that a template loads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// `include`, `import`, `from` or `extends`.
    pub statement: String,
    /// Its name, escaped; `null` when it is not known before the template runs.
    pub name: Option<String>,
    /// Line in the template, from 1 on.
    pub line: u64,
}

/// A text that a template says on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiteralText {
    /// The text, escaped and cut to a bounded length.
    pub text: String,
    /// Line in the template, from 1 on.
    pub line: u64,
    /// Comparisons with literal texts that must hold, or must not, for it to be said.
    pub conditions: Vec<Condition>,
}

/// A comparison of a value with a literal text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The last name by which the value was asked for (`content`, `role`), escaped; `null` when it is not known.
    pub on: Option<String>,
    /// The literal text, escaped and cut to a bounded length.
    pub text: String,
}
