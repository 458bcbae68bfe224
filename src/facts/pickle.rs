//! What a pickle would do: its imports, calls, object constructions and state sets, as far as they are known.
//!
//! Equal effects are grouped: a checkpoint of 100,000 tensors is a handful of records. Two effects are equal when they agree
//! in kind, opcode, callee and the kinds of their arguments; each argument keeps its distinct values up to a limit.

use crate::facts::MemberId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One pickle stream, from its first opcode to where it ended, by one reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pickle {
    /// The member that holds it.
    pub member: MemberId,
    /// Whose reading this is.
    pub reading: Reading,
    /// 0 for the first stream of the member, 1 for the next.
    pub stream: u64,
    /// First byte of the stream in the member.
    pub offset: u64,
    /// Bytes from the first opcode to the end of the last one read.
    pub size: u64,
    /// Every argument of a PROTO opcode, in order, without repeats; `[]` when there is none (protocol 0 or 1).
    pub protocols: Vec<u8>,
    /// How many opcodes were read.
    pub opcodes: u64,
    /// Every global that it imports.
    pub imports: Vec<Import>,
    /// Every call, object construction and state set.
    pub calls: Vec<Call>,
    /// Persistent ids (objects that the loader must supply).
    pub persistent: Vec<PersistentId>,
    /// Extension codes (imports by number from copyreg's table).
    pub extensions: Vec<Extension>,
    /// Where and why it ended.
    pub ended: Ended,
}

/// Whose reading of the bytes it is. Where C and Python unpickler agree there is one record, `cpython`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// CPython, C and Python unpickler alike.
    Cpython,
    /// CPython's C unpickler (`_pickle`), where it differs.
    CpythonC,
    /// CPython's Python unpickler (`pickle._Unpickler`), where it differs.
    CpythonPython,
    /// CPython's C unpickler on a file object without `peek` (`io.BytesIO`, which torch uses), where it differs: an operand that
    /// crosses the end of a frame is read from behind the frame.
    CpythonFile,
    /// joblib's unpickler, which skips array bytes between opcodes.
    Joblib,
}

/// A module and a name that a pickle imports (CPython's word), as they are written in the pickle.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Global {
    /// Module, escaped; `null` when it is not known before the pickle runs.
    pub module: Option<String>,
    /// Name, escaped; `null` when it is not known before the pickle runs.
    pub name: Option<String>,
    /// Both as one text: `collections.OrderedDict`; `module:Outer.Inner` when the name holds a dot or a colon or the module a
    /// colon (then written `\:`), so that no two globals share a text; `null` when either is not known.
    pub global: Option<String>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// What is imported.
    #[serde(flatten)]
    pub global: Global,
    /// The opcode by CPython's name: GLOBAL, STACK_GLOBAL, INST.
    pub opcode: String,
    /// Offset of the first such opcode in the member.
    pub offset: u64,
    /// How many times.
    pub count: u64,
    /// Whether it is ever more than a callee: an argument, an item, a state, or the result. What holds it then may call it with
    /// arguments that nobody saw.
    pub passed: bool,
    /// What stands there, in the notation of `pickletools`: `12: GLOBAL 'posix system'`; escaped.
    pub evidence: String,
}

/// Something that an unpickler calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// How it is called.
    #[serde(rename = "as")]
    pub kind: CallKind,
    /// What is called; for `build` and `items`, what made the object whose method is called.
    pub callee: Callee,
    /// The opcode by CPython's name: REDUCE, INST, OBJ, NEWOBJ, NEWOBJ_EX, BUILD, APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS.
    pub opcode: String,
    /// Offset of the first such opcode in the member.
    pub offset: u64,
    /// How many equal calls this record stands for.
    pub count: u64,
    /// How many arguments; `null` when that is not known.
    pub arity: Option<u64>,
    /// The arguments by position, the first 16 of them; for `build` the one state; for `items` one record a kind of item, which for
    /// SETITEM(S) is one `dict`. `[]` when they are not known.
    pub arguments: Vec<Argument>,
    /// Keyword arguments of NEWOBJ_EX and of `copyreg.__newobj_ex__`, as one `dict` argument; `null` without them.
    pub keywords: Option<Argument>,
    /// What stands there, in words near `pickletools`: `26: REDUCE posix.system('id')`; escaped and cut.
    pub evidence: String,
    /// Whether a STOP stands before it in the same member (a second stream, or bytes after the end); the five pickles of a torch
    /// legacy file with its magic number are one in this, because their loader reads them all.
    pub after_stop: bool,
}

/// How something is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// Called with arguments: REDUCE; INST and OBJ (which build an instance only when the callee is a class and has no arguments).
    Call,
    /// Instance made by `cls.__new__(cls, *args)`: NEWOBJ, NEWOBJ_EX, and a REDUCE of `copyreg.__newobj__`, `copyreg.__newobj_ex__`
    /// or `copyreg._reconstructor`, which do the same; the callee is then the class. `_reconstructor(cls, base, state)` keeps
    /// `base` and `state` as arguments, and is a `call` of `base` too unless that is a built-in class: it runs `base.__init__`.
    New,
    /// State set on an object: BUILD, which calls `__setstate__` or sets attributes.
    Build,
    /// Items added to an object that is no plain list, dict or set: APPEND(S), SETITEM(S), ADDITEMS, which call its methods.
    Items,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Callee {
    /// What kind of value is called, or has its method called.
    pub kind: CalleeKind,
    /// The global itself, or the global that made the value; for a persistent id `('module', CLASS, ...)` the class that torch's
    /// loader gives for it. Its fields are `null` when that is not known.
    #[serde(flatten)]
    pub global: Global,
}

/// What kind of value is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalleeKind {
    /// A global.
    Global,
    /// An instance made from the global (see [`CallKind::New`]).
    Instance,
    /// What a call of the global returned.
    Result,
    /// What the loader supplied for a persistent id.
    Persistent,
    /// What an extension code stands for.
    Extension,
    /// A plain value: text, number, tuple, list ...
    Literal,
    /// Not known.
    Unknown,
}

/// What is known of one argument over all calls of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Kind of the value.
    pub kind: ValueKind,
    /// Distinct texts (`text`), or globals as one text (`global`; `instance` and `result`: what made it), escaped, up to 64, or
    /// up to 1,024 for a dict's keys.
    pub values: Vec<String>,
    /// How many distinct values there were, as far as they were counted.
    pub distinct: u64,
    /// Whether `values` and `keys` hold everything, and `items` a record for every kind that is there; what the values inside of an
    /// item's record lack, that record says itself. A condition never holds where this is `false`.
    pub complete: bool,
    /// What a tuple, list, set, frozenset or dict (its values) holds: one record a kind, merged; nested at most 3 deep.
    pub items: Vec<Argument>,
    /// What keys a dict has: one record a kind, merged.
    pub keys: Vec<Argument>,
}

/// Kind of a value on the pickle's stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// None.
    None,
    /// True or False.
    Bool,
    /// An int of any size.
    Int,
    /// A float.
    Float,
    /// str.
    Text,
    /// bytes, bytearray, or an out-of-band buffer.
    Bytes,
    /// tuple.
    Tuple,
    /// list.
    List,
    /// dict.
    Dict,
    /// set or frozenset.
    Set,
    /// A global.
    Global,
    /// An instance made from a global.
    Instance,
    /// What a call of a global returned.
    Result,
    /// What the loader supplies for a persistent id.
    Persistent,
    /// What an extension code stands for.
    Extension,
    /// Not known.
    Unknown,
}

/// Persistent ids of one shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersistentId {
    /// The opcode by CPython's name: PERSID or BINPERSID.
    pub opcode: String,
    /// Offset of the first.
    pub offset: u64,
    /// How many.
    pub count: u64,
    /// The id; a tuple's parts by position in `parts`.
    pub kind: ValueKind,
    /// Parts of a tuple id by position (torch: `'storage'`, class, key, location, count); keys that are digits are reduced to
    /// `<digits>`. For any other kind, the id itself as the only part.
    pub parts: Vec<Argument>,
}

/// An extension code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The opcode by CPython's name: EXT1, EXT2, EXT4.
    pub opcode: String,
    /// The code.
    pub code: i64,
    /// Offset of the first.
    pub offset: u64,
    /// How many.
    pub count: u64,
}

/// Where and why a stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Why.
    pub kind: EndedKind,
    /// Offset in the member of the opcode that ended it.
    pub offset: u64,
    /// That opcode by CPython's name, or the byte (`0xff`) when it is none; `null` at the end of the content.
    pub opcode: Option<String>,
    /// More in plain words; `null` when the kind says it all.
    pub what: Option<String>,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndedKind {
    /// STOP.
    Stop,
    /// The content ended.
    Truncated,
    /// A byte that is no opcode.
    UnknownOpcode,
    /// An operand that breaks its form.
    BadOperand,
    /// The stack held too little, or a MARK was missing.
    StackUnderflow,
    /// A memo slot that was never filled.
    EmptyMemo,
    /// A value of a kind that the opcode refuses.
    WrongKind,
    /// A protocol that is not known.
    UnknownProtocol,
    /// A limit was reached.
    Limit,
}
