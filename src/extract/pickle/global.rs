//! The globals of a pickle, numbered, and what a few of them mean to the interpreter.

use crate::extract::pickle::value::Value;
use crate::facts::Global;
use std::collections::HashMap;

/// Globals that are told apart in one pickle; later ones are unknown globals.
pub(super) const GLOBALS: usize = 65_536;

/// What a global means to the interpreter itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    Plain,
    /// `copyreg.__newobj__`.
    NewObj,
    /// `copyreg.__newobj_ex__`.
    NewObjEx,
    /// `copyreg._reconstructor`.
    Reconstructor,
    /// A built-in class whose `__new__` and `__init__` run no other code.
    Builtin,
    /// joblib's stand-in for an array whose bytes follow.
    Wrapper,
    /// joblib's older stand-in for an array in a file of its own.
    OldWrapper,
    /// `numpy.dtype`.
    Dtype,
    /// `_codecs.encode`.
    Encode,
}

fn role(global: &Global) -> Role {
    let (Some(module), Some(name)) = (&global.module, &global.name) else { return Role::Plain };
    // A name may be dotted from protocol 4 on, so that one object has several spellings.
    let joined = format!("{module}.{name}");
    match joined.as_str() {
        "copyreg.__newobj__" | "copy_reg.__newobj__" => Role::NewObj,
        "copyreg.__newobj_ex__" | "copy_reg.__newobj_ex__" => Role::NewObjEx,
        "copyreg._reconstructor" | "copy_reg._reconstructor" => Role::Reconstructor,
        "_codecs.encode" | "codecs.encode" => Role::Encode,
        joined if joined.ends_with(".NumpyArrayWrapper") => Role::Wrapper,
        joined if joined.ends_with(".NDArrayWrapper") || joined.ends_with(".ZNDArrayWrapper") => Role::OldWrapper,
        joined if joined == "numpy.dtype" || (joined.starts_with("numpy.") && joined.ends_with(".dtype")) => {
            Role::Dtype
        }
        _ => {
            let builtin = matches!(module.as_str(), "builtins" | "__builtin__");
            let class = [
                "object",
                "list",
                "dict",
                "set",
                "frozenset",
                "tuple",
                "int",
                "float",
                "complex",
                "str",
                "bytes",
                "bytearray",
                "unicode",
                "long",
                "bool",
            ];
            if builtin && class.contains(&name.as_str()) { Role::Builtin } else { Role::Plain }
        }
    }
}

/// The globals of a pickle; number 0 is the unknown one.
#[derive(Debug)]
pub(super) struct Globals {
    known: Vec<(Global, Role)>,
    index: HashMap<(Option<String>, Option<String>), u32>,
    /// The numbers by the two operands of STACK_GLOBAL, so that texts are not read again.
    pub operands: HashMap<(Value, Value), u32>,
}

impl Globals {
    pub(super) fn new() -> Self {
        let unknown = Global { module: None, name: None, global: None };
        let index = HashMap::from([((None, None), 0)]);
        Self { known: vec![(unknown, Role::Plain)], index, operands: HashMap::new() }
    }

    /// The number of a global.
    pub(super) fn number(&mut self, module: Option<String>, name: Option<String>) -> u32 {
        let key = (module, name);
        if let Some(number) = self.index.get(&key) {
            return *number;
        }
        if self.known.len() >= GLOBALS {
            return 0;
        }
        let number = u32::try_from(self.known.len()).unwrap_or(0);
        let (module, name) = key.clone();
        let global = module.as_ref().zip(name.as_ref()).map(|(module, name)| join(module, name));
        let global = Global { module, name, global };
        let role = role(&global);
        self.known.push((global, role));
        self.index.insert(key, number);
        number
    }

    /// The global of a number.
    pub(super) fn global(&self, number: u32) -> Option<&Global> {
        usize::try_from(number).ok().and_then(|number| self.known.get(number)).map(|(global, _)| global)
    }

    /// What it means to the interpreter.
    pub(super) fn role(&self, number: u32) -> Role {
        usize::try_from(number).ok().and_then(|number| self.known.get(number)).map_or(Role::Plain, |(_, role)| *role)
    }
}

/// Both as one text, so that no two globals share one. A colon inside a part is written `\:`; the parts are escaped, so that no
/// other backslash stands alone.
fn join(module: &str, name: &str) -> String {
    if name.contains(['.', ':']) || module.contains(':') {
        format!("{}:{}", module.replace(':', "\\:"), name.replace(':', "\\:"))
    } else {
        format!("{module}.{name}")
    }
}
