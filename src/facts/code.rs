//! Source code: what it imports, defines and calls, and when that runs. Never what it means.

use crate::facts::MemberId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Code that lies in the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The member that is the code.
    pub member: MemberId,
    /// `python`, `torchscript`, `shell`, `batch`, `powershell`, ... or `unknown`.
    pub language: String,
    /// As what it lies there.
    pub form: CodeForm,
    /// The interpreter that its first line names, escaped; `null` without one.
    pub interpreter: Option<String>,
    /// Whether it was read to its end without an error. If not, `problem` says why, and the lists hold what was understood before and
    /// behind; code of a language that is not read is not parsed and has no problem.
    pub parsed: bool,
    /// Why it was not read to its end, escaped; `null` when it was.
    pub problem: Option<String>,
    /// Whether every record is there; `false` when a limit was reached.
    pub complete: bool,
    /// What is imported, each module, name, place and time once.
    pub imports: Vec<CodeImport>,
    /// What is called of what the code does not define itself, each name, place and time once.
    pub calls: Vec<CodeCall>,
    /// The functions and classes that it defines at its top, and the methods of these classes.
    pub definitions: Vec<Definition>,
    /// Names with two underscores at both ends that it asks objects for.
    pub names: Vec<CodeName>,
    /// Lines that are no Python: what a notebook hands to a shell (`!pip install`), and its magics (`%run`).
    pub commands: Vec<Command>,
}

impl Source {
    /// Code that is named and not read.
    #[must_use]
    pub fn unread(member: MemberId, language: &str, interpreter: Option<String>) -> Self {
        Self {
            member,
            language: language.to_owned(),
            form: CodeForm::Text,
            interpreter,
            parsed: false,
            problem: None,
            complete: true,
            imports: Vec::new(),
            calls: Vec::new(),
            definitions: Vec::new(),
            names: Vec::new(),
            commands: Vec::new(),
        }
    }
}

/// As what code lies in the artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodeForm {
    /// Text.
    Text,
    /// The code cells of a Jupyter notebook; lines count through them as if they stood in one file.
    Notebook,
    /// Byte code: whatever name it loads counts as called, in the line in which its function begins; a call of `*` lists the attributes that are
    /// taken of what is not known.
    Bytecode,
    /// A site file (`.pth`): Python runs its lines that begin with `import` at every start, and adds the others to its path.
    Site,
}

/// When code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// When the code is imported or run: it stands at the top, in a class body, a decorator, or the value of an argument.
    Import,
    /// As that, by a function or class of this code which such code calls or hands on.
    Reached,
    /// When the code is run as a program: below `if __name__ == "__main__"`.
    Program,
    /// When somebody calls it.
    Called,
    /// Never: below `if TYPE_CHECKING`.
    Never,
}

/// Where in the code something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodePlace {
    /// A statement outside of functions and classes.
    Module,
    /// The body of a class.
    Class,
    /// A decorator.
    Decorator,
    /// The value that an argument has when it is not given, or an annotation.
    Default,
    /// The body of a function or lambda.
    Function,
}

/// A module or name that code imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeImport {
    /// The module, escaped; a relative one with its dots (`.modeling`).
    pub module: String,
    /// The name that is taken from it, escaped, `*` for all; `null` for the module itself.
    pub name: Option<String>,
    /// The name that the code gives to what it imports, escaped; `null` when that is no other name.
    pub bound: Option<String>,
    /// The members that Python runs for it when the folders of the artifact are where it looks: packages on the way, the module, and a
    /// module of the name that is taken.
    pub to: Vec<MemberId>,
    /// Where.
    pub place: CodePlace,
    /// When.
    pub runs: Runs,
    /// Line of the first of them, from 1 on.
    pub line: u64,
    /// How many there are.
    pub count: u64,
}

/// A call of something that the code does not define itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeCall {
    /// What is called, by the names of its modules through all imports and other names (`os.system`, `builtins.exec`,
    /// `subprocess.Popen().wait`), escaped; `*` stands for a part that is not known before the code runs (`os.*`).
    pub name: String,
    /// Whether the code makes the name: `getattr`, `__import__`, `globals()`, a joined text.
    pub built: bool,
    /// Where.
    pub place: CodePlace,
    /// When.
    pub runs: Runs,
    /// The function or method of this code in which the first of them stands, escaped; `null` outside of functions.
    pub within: Option<String>,
    /// All functions and methods at the top of this code in which they stand, as `definitions` has them; what stands in a function of a function
    /// stands in the outer one.
    pub functions: Vec<String>,
    /// Line of the first of them, from 1 on.
    pub line: u64,
    /// How many there are.
    pub count: u64,
    /// Whether all arguments of all of them are literal: texts, numbers, and lists of them.
    pub literal: bool,
    /// Distinct texts among the arguments, as written or joined, escaped and cut.
    pub texts: Vec<String>,
    /// What is called to make the arguments, by name, at any depth and through variables.
    pub from: Vec<String>,
    /// What is handed over without being called, by name: `os.system` in `map(os.system, lines)`.
    pub passes: Vec<String>,
    /// Whether all texts and names of the four lists are there.
    pub complete: bool,
}

/// A function or class that code defines, or another name that it gives to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name, escaped: `Model`, `Model.forward`.
    pub name: String,
    /// Whether it is a class.
    pub class: bool,
    /// The names of a class's bases and other arguments, as calls have them, and those of this code's own classes as they are defined; `null` for
    /// one that is not known.
    pub bases: Vec<Option<String>>,
    /// The names of what decorates it.
    pub decorators: Vec<Option<String>>,
    /// Whether code that runs on import calls it or hands it on.
    pub reached: bool,
    /// The functions and classes of this code that it calls or hands on, or that it is another name of.
    pub uses: Vec<String>,
    /// Line, from 1 on.
    pub line: u64,
}

/// A name that code uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeName {
    /// The name, escaped.
    pub name: String,
    /// Where.
    pub place: CodePlace,
    /// How many there are.
    pub count: u64,
}

/// A line of a notebook that is no Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What it begins with: `!`, `!!`, `%`, `%%`, `?`.
    pub kind: String,
    /// The rest, escaped and cut.
    pub text: String,
    /// Line, from 1 on, counted through all cells.
    pub line: u64,
}
