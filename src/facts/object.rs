//! What a serialization names that its loader makes, looks up or runs: classes, nodes, promises, extension types.

use crate::facts::{FormatId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a serialization names. Records that differ only in place are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// The member that names it.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
    /// What is named.
    pub kind: ObjectKind,
    /// Its full name, escaped and cut: `sklearn.svm._classes.SVC`, `java.net.URL`, `arrow.json`; for code, the variable that it is bound
    /// to. `null` when it has none.
    pub name: Option<String>,
    /// Module or package of the name, where the format has it apart; `null` where it has not.
    pub module: Option<String>,
    /// What makes it of the content, in the format's own word: `ObjectNode`, `readObject`, `marshal_load`, and `load` for a variable that R's
    /// `load` sets; `null` where the format has one way.
    pub loader: Option<String>,
    /// Where the first of them stands, in the member.
    pub offset: Option<u64>,
    /// How many there are.
    pub count: u64,
}

/// What a serialization names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// A class of which an instance is made.
    Class,
    /// A class, type or module that is looked up and is itself the value.
    Type,
    /// A module that an object is extended with.
    Module,
    /// A function or method that is looked up by its name.
    Function,
    /// An object that implements interfaces by what its handler does (Java).
    Proxy,
    /// An expression that gives its value when it is first used (R); its loader is what it is: a `call`, `bytecode`, a `symbol`, a `constant`, or
    /// the `value` that it gave.
    Promise,
    /// A variable that runs a function whenever it is read (R).
    ActiveBinding,
    /// A function with its code (R).
    Closure,
    /// Compiled code (R).
    Bytecode,
    /// A function that code in the content calls by this name, or a name that compiled code uses (R).
    Call,
    /// A package whose namespace is loaded (R).
    Namespace,
    /// A vector in another form, which a class of a package unpacks (R).
    Alternative,
    /// An object that only its own program can restore, by name (R).
    Persistent,
    /// An address in the memory of a program that is gone (R).
    Pointer,
    /// A type that is registered under a name or number of its own.
    Extension,
    /// What turns stored bytes into values, by its registered name.
    Codec,
}
