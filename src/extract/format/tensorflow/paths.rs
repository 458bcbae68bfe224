//! Which paths reach the operators of TensorFlow that read and write files: followed back from each of them over what hands texts on, through
//! calls of functions, to constants, to what the caller gives, or to what only a run of the graph can tell.

use super::{PATH, Reading};
use crate::extract::protobuf::{Span, Value};
use crate::facts::{Leads, ReferenceKind};
use crate::limits::Exhausted;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Operators that take a path, at which input, and whether they write (the op definitions in tensorflow/core/ops/io_ops.cc and
/// lookup_ops.cc).
const FILES: &[(&str, usize, bool)] = &[
    ("ReadFile", 0, false),
    ("MatchingFiles", 0, false),
    ("Restore", 0, false),
    ("RestoreSlice", 0, false),
    ("RestoreV2", 0, false),
    ("DTensorRestoreV2", 0, false),
    ("InitializeTableFromTextFile", 1, false),
    ("InitializeTableFromTextFileV2", 1, false),
    ("GenerateVocabRemapping", 0, false),
    ("GenerateVocabRemapping", 1, false),
    ("LoadAndRemapMatrix", 0, false),
    ("WriteFile", 0, true),
    ("Save", 0, true),
    ("SaveSlices", 0, true),
    ("SaveV2", 0, true),
    ("MergeV2Checkpoints", 0, true),
    ("MergeV2Checkpoints", 1, true),
];

/// Operators that hand on the text of one input, or some texts of it. A shard's number is no part of a path that matters.
const SAME: &[(&str, usize)] = &[
    ("Identity", 0),
    ("RefIdentity", 0),
    ("StopGradient", 0),
    ("PreventGradient", 0),
    ("EnsureShape", 0),
    ("ExpandDims", 0),
    ("Reshape", 0),
    ("Squeeze", 0),
    ("Tile", 0),
    ("BroadcastTo", 0),
    ("Slice", 0),
    ("StridedSlice", 0),
    ("Gather", 0),
    ("GatherV2", 0),
    ("Switch", 0),
    ("RefSwitch", 0),
    ("Fill", 1),
    ("ShardedFilename", 0),
    ("ShardedFilespec", 0),
];
/// Operators that hand on the text of any input.
const ANY: &[&str] = &["IdentityN", "Pack", "Concat", "ConcatV2", "Merge", "RefMerge"];
/// Operators that hand on the text of any input but the first, which chooses.
const CHOICE: &[&str] = &["Select", "SelectV2"];
/// Operators that write texts behind each other; `StringJoin` with its `separator` between them.
const JOIN: &[&str] = &["StringJoin", "Add", "AddV2"];
/// Operators that call a function, and the first input that is an argument of it (functional_ops.cc). What others give a function is not
/// followed: a loop gives it what it gave back.
const CALLS: &[(&str, usize)] = &[
    ("PartitionedCall", 0),
    ("StatefulPartitionedCall", 0),
    ("TPUPartitionedCall", 0),
    ("If", 1),
    ("StatelessIf", 1),
    ("Case", 1),
    ("StatelessCase", 1),
];

/// Texts of a constant that are kept: a path has one, the names of a checkpoint's tensors are many.
pub(super) const TEXTS: usize = 64;
/// Ways in which a path may be put together that are followed; ordinary ones have two, for local and for remote places.
const WAYS: usize = 64;
/// Operators between a path and its beginnings.
const DEEPEST: usize = 32;
/// Operators that are looked at in one graph or function: what is handed on twice at each of them doubles.
const STEPS: usize = 1 << 20;
/// Stands for a path that nobody can tell before the graph runs.
const UNTOLD: &str = "<put together when the graph runs>";

/// A piece of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Text(Vec<u8>),
    /// What whoever runs the graph gives.
    Given,
    /// An argument of the function at hand.
    Argument(u32),
    /// The value of a variable: of an asset's path, mostly.
    Variable,
}

/// The ways in which a text may be put together.
type Texts = Vec<Vec<Piece>>;
/// The same; `None` when that cannot be told.
type Ways = Option<Texts>;

/// What a node gives.
#[derive(Debug)]
enum Gives {
    Texts(Vec<Vec<u8>>),
    /// Nothing that is a text.
    Nothing,
    Given,
    Variable,
    Any(Vec<Vec<u8>>),
    Join(Vec<Vec<u8>>, Vec<u8>),
}

/// An operator that takes a path.
#[derive(Debug, Clone)]
struct File {
    /// The node's name, escaped.
    node: String,
    writes: bool,
    at: u64,
}

/// The graph or function at hand.
#[derive(Debug, Default)]
struct Scope {
    function: Function,
    arguments: HashMap<Vec<u8>, u32>,
    nodes: HashMap<Vec<u8>, Gives>,
    files: Vec<(File, Vec<u8>)>,
    /// Function that is called, and what each of its arguments comes from; `None` where that is not known.
    calls: Vec<(Function, Option<Vec<Vec<u8>>>)>,
    /// What is kept in all of these.
    kept: usize,
    steps: Cell<usize>,
}

/// A function by the number that its name was given; the graph is 0.
type Function = u32;
/// An argument of a function, by its number.
type Argument = (Function, u32);

/// Paths of a graph and its functions. Large models have some hundred thousand arguments, so what is kept of each is small.
#[derive(Debug, Default)]
pub(super) struct Paths {
    scope: Scope,
    functions: HashMap<String, Function>,
    /// Paths that are an argument of a function.
    open: Vec<(Argument, File)>,
    /// Arguments that are given another function's argument as it is.
    through: Vec<(Argument, Argument)>,
    /// Arguments that are given what nobody can tell.
    lost: Vec<Argument>,
    /// Arguments that are given a text, or one that is put together, in which function.
    passed: HashMap<Argument, Vec<(Function, Texts)>>,
    /// Functions whose arguments come from nobody knows where.
    called: HashSet<Function>,
    /// How many arguments each function has.
    counts: HashMap<Function, usize>,
    /// Texts of the graph's own constants, which objects may be.
    constants: HashMap<Vec<u8>, Vec<Vec<u8>>>,
    /// What is kept in all of these but the scope.
    kept: usize,
}

/// A node, as far as it matters for paths.
pub(super) struct Seen<'a> {
    pub operator: &'a str,
    /// The node's name, escaped.
    pub shown: &'a str,
    pub name: &'a [u8],
    pub inputs: &'a [Vec<u8>],
    /// Texts of its constant.
    pub texts: Vec<Vec<u8>>,
    /// The text of `separator`.
    pub separator: Vec<u8>,
    /// Whether it has more inputs than are kept.
    pub cut: bool,
    /// Functions that its attributes name.
    pub functions: &'a [String],
    pub at: u64,
}

impl Reading<'_, '_, '_> {
    /// The number of a function.
    fn number(&mut self, function: &str) -> Function {
        if let Some(known) = self.paths.functions.get(function) {
            return *known;
        }
        if function.is_empty() || !self.keeps_on(1) {
            return 0;
        }
        let next = u32::try_from(self.paths.functions.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.paths.functions.insert(function.to_owned(), next);
        next
    }

    /// Begins a function with these arguments.
    pub(super) fn begin(&mut self, function: &str, arguments: Vec<Vec<u8>>) {
        let function = self.number(function);
        self.paths.counts.insert(function, arguments.len());
        let arguments = arguments.into_iter().zip(0..).collect();
        self.paths.scope = Scope { function, arguments, ..Scope::default() };
    }

    /// Notes what a node gives, which file it opens and which functions it calls.
    pub(super) fn see(&mut self, node: Seen<'_>) {
        let sources = || node.inputs.iter().filter(|input| !input.starts_with(b"^")).map(|input| source_of(input));
        for (_, input, writes) in FILES.iter().filter(|(file, ..)| *file == node.operator) {
            let source = sources().nth(*input).unwrap_or_default();
            let file = File { node: node.shown.to_owned(), writes: *writes, at: node.at };
            if self.keeps(1) {
                self.paths.scope.files.push((file, source));
            }
        }
        let first = CALLS.iter().find(|(call, _)| *call == node.operator).map(|(_, first)| *first);
        let direct = self.functions.contains(node.operator).then_some((node.operator, Some(0)));
        let told = node.functions.iter().map(|function| (function.as_str(), first)).chain(direct);
        for (function, first) in told {
            let inputs = first.filter(|_| !node.cut).map(|first| sources().skip(first).collect::<Vec<_>>());
            if self.keeps(inputs.as_ref().map_or(1, |inputs| inputs.len().saturating_add(1))) {
                let function = self.number(function);
                self.paths.scope.calls.push((function, inputs));
            }
        }
        let gives = match node.operator {
            "Const" if node.texts.is_empty() => Gives::Nothing,
            "Const" if node.texts.len() < TEXTS => {
                if self.paths.scope.function == 0 && self.keeps_on(1) {
                    self.paths.constants.insert(node.name.to_vec(), node.texts.clone());
                }
                Gives::Texts(node.texts)
            }
            // Digits.
            "AsString" => Gives::Nothing,
            "Placeholder" | "PlaceholderV2" => Gives::Given,
            "PlaceholderWithDefault" => Gives::Any(sources().take(1).collect()),
            "ReadVariableOp" | "VariableV2" | "Variable" => Gives::Variable,
            operator if JOIN.contains(&operator) => Gives::Join(sources().collect(), node.separator),
            operator if ANY.contains(&operator) && !node.cut => Gives::Any(sources().collect()),
            operator if CHOICE.contains(&operator) => Gives::Any(sources().skip(1).collect()),
            operator => match SAME.iter().find(|(same, _)| *same == operator) {
                Some((_, input)) => Gives::Any(sources().skip(*input).take(1).collect()),
                None => return,
            },
        };
        let size = match &gives {
            Gives::Any(sources) | Gives::Join(sources, _) => sources.len(),
            Gives::Texts(texts) => texts.len(),
            _ => 0,
        };
        if self.keeps(size.saturating_add(1)) {
            self.paths.scope.nodes.insert(node.name.to_vec(), gives);
        }
    }

    /// Whether so much more may be kept of the graph or function at hand.
    fn keeps(&mut self, more: usize) -> bool {
        let kept = self.paths.scope.kept.saturating_add(more);
        self.has_room(kept.saturating_add(self.paths.kept)) && {
            self.paths.scope.kept = kept;
            true
        }
    }

    /// Whether so much more may be kept to the end.
    fn keeps_on(&mut self, more: usize) -> bool {
        let kept = self.paths.kept.saturating_add(more);
        self.has_room(kept.saturating_add(self.paths.scope.kept)) && {
            self.paths.kept = kept;
            true
        }
    }

    fn has_room(&mut self, kept: usize) -> bool {
        let room = kept <= self.operators.ceiling().saturating_mul(16);
        if !room {
            self.failed.get_or_insert(Exhausted("records"));
        }
        room
    }

    /// Follows the paths of the graph or function that was read, as far as it reaches.
    pub(super) fn follow(&mut self) {
        let scope = std::mem::take(&mut self.paths.scope);
        for (file, source) in &scope.files {
            let ways = scope.ways(source, 0);
            self.judge(file, scope.function, ways);
        }
        for (function, inputs) in &scope.calls {
            let Some(inputs) = inputs else {
                self.paths.called.insert(*function);
                continue;
            };
            for (source, number) in inputs.iter().zip(0..) {
                let ways = scope.ways(source, 0);
                // What is given is no matter of the graph's.
                let given = |ways: &Vec<Vec<Piece>>| ways.iter().flatten().all(|piece| *piece == Piece::Given);
                if ways.as_ref().is_some_and(given) {
                    continue;
                }
                if !self.keeps_on(1) {
                    return;
                }
                let argument = (*function, number);
                match ways {
                    None => self.paths.lost.push(argument),
                    Some(ways) => {
                        if let [way] = ways.as_slice()
                            && let [Piece::Argument(own)] = way.as_slice()
                        {
                            self.paths.through.push((argument, (scope.function, *own)));
                            continue;
                        }
                        let passed = self.paths.passed.entry(argument).or_default();
                        let one = (scope.function, ways);
                        if !passed.contains(&one) {
                            passed.push(one);
                        }
                    }
                }
            }
        }
    }

    /// Follows what is an argument through all calls of its function. `bound` are the objects that functions keep (saved_object_graph.proto,
    /// `bound_inputs`), which are their last arguments.
    pub(super) fn follow_calls(&mut self, bound: &HashMap<String, Vec<Bound>>) {
        self.paths.lost.sort_unstable();
        self.paths.through.sort_unstable();
        let bound: HashMap<Function, &Vec<Bound>> =
            bound.iter().filter_map(|(name, objects)| Some((*self.paths.functions.get(name)?, objects))).collect();
        let mut seen = HashSet::new();
        while let Some((argument, file)) = self.paths.open.pop() {
            if !seen.insert((argument, file.at, file.writes)) {
                continue;
            }
            if seen.len() > self.operators.ceiling() {
                self.failed.get_or_insert(Exhausted("records"));
                break;
            }
            let (function, number) = argument;
            let mut given: Vec<(Function, Ways)> = Vec::new();
            if self.paths.called.contains(&function) || self.paths.lost.binary_search(&argument).is_ok() {
                given.push((function, None));
            }
            let from = self.paths.through.partition_point(|(to, _)| *to < argument);
            let through = self.paths.through.iter().skip(from).take_while(|(to, _)| *to == argument);
            given.extend(through.map(|(_, (caller, own))| (*caller, Some(vec![vec![Piece::Argument(*own)]]))));
            let passed = self.paths.passed.get(&argument).into_iter().flatten();
            given.extend(passed.map(|(caller, ways)| (*caller, Some(ways.clone()))));
            let objects = bound.get(&function).map_or(&[][..], |objects| objects.as_slice());
            let first = self.paths.counts.get(&function).copied().unwrap_or(0).saturating_sub(objects.len());
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(first));
            match place.and_then(|place| objects.get(place)) {
                None | Some(Bound::Asset) => {}
                Some(Bound::Variable) => given.push((function, Some(vec![vec![Piece::Variable]]))),
                Some(Bound::Constant(name)) => {
                    let texts = self.paths.constants.get(name);
                    let ways = texts.map(|texts| texts.iter().map(|text| vec![Piece::Text(text.clone())]).collect());
                    given.push((function, ways));
                }
                Some(Bound::Other) => given.push((function, None)),
            }
            for (caller, ways) in given {
                self.judge(&file, caller, ways);
            }
        }
        self.paths = Paths::default();
    }

    /// Refers to what a path is made of.
    fn judge(&mut self, file: &File, function: Function, ways: Ways) {
        let kind = if file.writes { ReferenceKind::Output } else { ReferenceKind::File };
        let Some(ways) = ways else {
            return self.untold(kind, file);
        };
        for way in ways {
            let mut text: Vec<u8> = Vec::new();
            // What stands at the end ends the last text.
            for piece in way.into_iter().map(Some).chain([None]) {
                if let Some(Piece::Text(more)) = &piece {
                    text.extend_from_slice(more);
                    continue;
                }
                // A part of a path that is joined may be empty.
                if !text.is_empty() {
                    let target = std::mem::take(&mut text);
                    self.refer(kind, Leads::Unknown, "node", Some(&file.node), &target, file.at);
                }
                match piece {
                    Some(Piece::Argument(number)) if self.keeps_on(1) => {
                        self.paths.open.push(((function, number), file.clone()));
                    }
                    // A table may be read from where a variable says, which is an asset's; no model says so where it is written to.
                    Some(Piece::Variable) if file.writes => self.untold(kind, file),
                    _ => {}
                }
            }
        }
    }

    fn untold(&mut self, kind: ReferenceKind, file: &File) {
        let record = self.reference(kind, "node", Some(&file.node), file.at);
        self.walk.unfollowed(record, UNTOLD);
    }

    /// The objects that functions keep. `SavedObjectGraph`: `nodes` 1, `concrete_functions` 2, a map to `SavedConcreteFunction` with
    /// `bound_inputs` 2.
    pub(super) fn bound(&mut self, mut span: Span, into: &mut HashMap<String, Vec<Bound>>) {
        let (mut objects, mut functions) = (Vec::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(object)) => {
                    let object = self.object(object);
                    if self.keeps_on(1) {
                        objects.push(object);
                    }
                }
                (2, Value::Bytes(entry)) => {
                    let function = self.concrete(entry);
                    if self.keeps_on(1) {
                        functions.push(function);
                    }
                }
                _ => {}
            }
        }
        for (name, numbers) in functions {
            let bound = numbers.into_iter().map(|number| {
                let object = usize::try_from(number).ok().and_then(|number| objects.get(number));
                object.cloned().unwrap_or(Bound::Other)
            });
            into.insert(name, bound.collect());
        }
    }

    /// An entry of `concrete_functions`: name 1, and a `SavedConcreteFunction` 2 with the numbers of its objects.
    fn concrete(&mut self, mut span: Span) -> (String, Vec<u64>) {
        let (mut name, mut numbers) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.text(text),
                (2, Value::Bytes(function)) => self.objects_of(function, &mut numbers),
                _ => {}
            }
        }
        (name, numbers)
    }

    /// `SavedConcreteFunction`: `bound_inputs` 2, packed or one by one.
    fn objects_of(&mut self, mut span: Span, numbers: &mut Vec<u64>) {
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (2, Value::Number(number)) if self.keeps_on(1) => numbers.push(number),
                (2, Value::Bytes(mut packed)) => {
                    while packed.size() > 0 && self.keeps_on(1) {
                        let Ok(number) = self.wire.varint(&mut packed) else { break };
                        numbers.push(number);
                    }
                }
                _ => {}
            }
        }
    }

    /// `SavedObject`: `asset` 5, `variable` 7, `constant` 9 with `operation` 1.
    fn object(&mut self, mut span: Span) -> Bound {
        let mut bound = Bound::Other;
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (5, _) => bound = Bound::Asset,
                (7, _) => bound = Bound::Variable,
                (9, Value::Bytes(mut constant)) => {
                    while let Some(field) = self.wire.next(&mut constant) {
                        if let (1, Value::Bytes(name)) = (field.number, field.value) {
                            bound = Bound::Constant(self.wire.take(name, PATH));
                        }
                    }
                }
                _ => {}
            }
        }
        bound
    }
}

/// What a function keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    Asset,
    Variable,
    /// The value of this node of the graph.
    Constant(Vec<u8>),
    Other,
}

impl Scope {
    /// How the text that a node gives is put together.
    fn ways(&self, source: &[u8], depth: usize) -> Ways {
        let depth = Some(depth.saturating_add(1)).filter(|depth| *depth < DEEPEST)?;
        self.steps.set(Some(self.steps.get().saturating_add(1)).filter(|steps| *steps < STEPS)?);
        let Some(gives) = self.nodes.get(source) else {
            return self.arguments.get(source).map(|number| vec![vec![Piece::Argument(*number)]]);
        };
        let one = |piece| Some(vec![vec![piece]]);
        match gives {
            Gives::Texts(texts) => Some(texts.iter().map(|text| vec![Piece::Text(text.clone())]).collect()),
            Gives::Nothing => Some(Vec::new()),
            Gives::Given => one(Piece::Given),
            Gives::Variable => one(Piece::Variable),
            Gives::Any(sources) => {
                let mut all: Vec<Vec<Piece>> = Vec::new();
                for source in sources {
                    for way in self.ways(source, depth)? {
                        if !all.contains(&way) {
                            all.push(way);
                        }
                    }
                    if all.len() > WAYS {
                        return None;
                    }
                }
                Some(all)
            }
            Gives::Join(sources, separator) => {
                let mut all: Vec<Vec<Piece>> = vec![Vec::new()];
                for (number, source) in sources.iter().enumerate() {
                    let mut ways = self.ways(source, depth)?;
                    if ways.is_empty() {
                        ways.push(Vec::new());
                    }
                    if all.len().saturating_mul(ways.len()) > WAYS {
                        return None;
                    }
                    let between = (number > 0 && !separator.is_empty()).then(|| Piece::Text(separator.clone()));
                    all = all
                        .iter()
                        .flat_map(|before| {
                            let between = &between;
                            ways.iter().map(move |way| before.iter().chain(between).chain(way).cloned().collect())
                        })
                        .collect();
                    // A path is no longer.
                    let longest = usize::try_from(PATH).unwrap_or(usize::MAX);
                    if all.iter().any(|way: &Vec<Piece>| way.iter().map(Piece::size).sum::<usize>() > longest) {
                        return None;
                    }
                }
                Some(all)
            }
        }
    }
}

impl Piece {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len().saturating_add(1),
            _ => 1,
        }
    }
}

/// The node that an input names: a colon stands before the number of an output.
fn source_of(input: &[u8]) -> Vec<u8> {
    input.split(|byte| *byte == b':').next().unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests;
