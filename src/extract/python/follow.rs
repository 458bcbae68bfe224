//! Follows the statements of a source without running them: binds names to what they can be, and notes what is imported, defined and called.
//! Everything is joined over all branches and assignments, so the order in which a source runs does not matter.

use crate::extract::python::definitions::Defined;
use crate::extract::python::encoded::Encoded;
use crate::extract::python::names::Scopes;
use crate::extract::python::notes::{At, Notes};
use crate::extract::python::tree::{
    self, Arguments, Decorator, ExceptHandler, Expr, IpyEscapeKind, Parameters, Stmt, StmtClassDef, StmtFunctionDef,
    StmtIf,
};
use crate::extract::python::value::{Kind, Value, below};
use crate::facts::{CodePlace, Runs};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

/// Statements and expressions that are followed, over all rounds. Ordinary sources have a few for each of their bytes.
const STEPS: u64 = 40_000_000;
/// Rounds: two that bind names, and one that notes what they come to.
const ROUNDS: usize = 3;
/// Methods that Python calls when a class is made from theirs.
const AT_DEFINITION: &[&str] = &["__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__"];
/// Functions of a module that Python calls when it is asked for a name (PEP 562).
const OF_MODULE: &[&str] = &["__getattr__", "__dir__"];

/// What runs together: the module, or one function or lambda.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub name: String,
    pub body: Body<'a>,
    pub parameters: Option<&'a Parameters>,
    pub scope: usize,
    /// The unit in which it is defined.
    pub outer: usize,
    /// Whether it is a class, which itself runs where it stands.
    pub class: bool,
    /// Whether it is a method, whose first parameter is the object.
    pub method: bool,
    /// Methods of a class.
    pub methods: Vec<usize>,
    /// What it calls or hands on.
    pub uses: BTreeSet<usize>,
    /// What it calls or hands on when it is run as a program.
    program: BTreeSet<usize>,
    /// What it gives back.
    pub gives: Value,
    /// Whether code that runs on import comes to it.
    pub reached: bool,
    /// Whether code that runs as a program comes to it.
    started: bool,
    /// The round in which it was queued last.
    round: usize,
}

/// What a unit runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Statements(&'a [Stmt]),
    Expression(&'a Expr),
    Nothing,
}

/// The state of following one source.
pub(super) struct Follow<'a> {
    pub scopes: Scopes<'a>,
    pub units: Vec<Unit<'a>>,
    /// Functions and classes by the byte at which they begin.
    begun: HashMap<usize, usize>,
    /// What is assigned to attributes of objects that are not known, by the attribute's name.
    pub attributes: HashMap<&'a str, Value>,
    /// What is assigned to attributes of modules and other names, by the whole name.
    pub patches: HashMap<String, Value>,
    /// Modules of which all names are imported.
    pub stars: Vec<Rc<str>>,
    queue: VecDeque<usize>,
    round: usize,
    pub unit: usize,
    pub scope: usize,
    pub place: CodePlace,
    when: Runs,
    /// How many conditions, loops and the like are around a statement.
    pub conditions: usize,
    /// The definition around a method, for its name.
    pub class: Option<usize>,
    /// What each of the noted definitions stands for, in their order.
    pub defined: Vec<Defined>,
    /// Lambdas by name, among the noted definitions.
    pub lambdas: HashMap<String, usize>,
    pub steps: u64,
    pub notes: Notes,
    /// Constant texts that are run as Python, with their lines.
    pub texts: Vec<(u64, Rc<str>)>,
    /// Constants that hold something encoded.
    pub encoded: Encoded,
    lines: Vec<usize>,
}

impl<'a> Follow<'a> {
    /// Follows the statements of a module; `text` is what they were parsed from.
    pub(super) fn module(text: &str, statements: &'a [Stmt], notes: Notes) -> Self {
        let module = Unit {
            name: String::new(),
            body: Body::Statements(statements),
            parameters: None,
            scope: 0,
            outer: 0,
            class: false,
            method: false,
            methods: Vec::new(),
            uses: BTreeSet::new(),
            program: BTreeSet::new(),
            gives: Value::unknown(),
            reached: true,
            started: false,
            round: 0,
        };
        let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        let mut follow = Self {
            scopes: Scopes::new(),
            units: vec![module],
            begun: HashMap::new(),
            attributes: HashMap::new(),
            patches: HashMap::new(),
            stars: Vec::new(),
            queue: VecDeque::new(),
            round: 0,
            unit: 0,
            scope: 0,
            place: CodePlace::Module,
            when: Runs::Import,
            conditions: 0,
            class: None,
            defined: Vec::new(),
            lambdas: HashMap::new(),
            steps: STEPS,
            notes,
            texts: Vec::new(),
            encoded: Encoded::default(),
            lines,
        };
        for round in 1..=ROUNDS {
            follow.round = round;
            follow.reach();
            follow.queue.push_back(0);
            while let Some(unit) = follow.queue.pop_front() {
                follow.enter(unit);
            }
        }
        follow.define();
        follow
    }

    /// Whether what is met is noted, and not only bound.
    pub(super) fn notes_now(&self) -> bool {
        self.round == ROUNDS
    }

    /// Whether there is work left to spend; pays for one step.
    pub(super) fn pay(&mut self, steps: usize) -> bool {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_sub(steps);
        if self.steps == 0 {
            self.notes.cut = true;
        }
        self.steps > 0
    }

    /// Line of a byte, from 1 on.
    pub(super) fn line(&self, at: usize) -> u64 {
        u64::try_from(self.lines.partition_point(|end| *end < at)).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Where and when the code that is followed now runs.
    pub(super) fn at(&self) -> At {
        let unit = self.units.get(self.unit);
        let runs = match self.when {
            Runs::Import if self.unit == 0 => Runs::Import,
            Runs::Import if unit.is_some_and(|unit| unit.reached) => Runs::Reached,
            Runs::Import if unit.is_some_and(|unit| unit.started) => Runs::Program,
            Runs::Import => Runs::Called,
            other => other,
        };
        let inside = self.unit != 0 && matches!(self.place, CodePlace::Module);
        At { place: if inside { CodePlace::Function } else { self.place }, runs }
    }

    /// Says that the code that is followed now calls a definition of the source or hands it on.
    pub(super) fn uses(&mut self, definition: usize) {
        let Some(unit) = self.units.get_mut(self.unit) else { return };
        match self.when {
            Runs::Never => {}
            Runs::Program if self.unit == 0 => drop(unit.program.insert(definition)),
            _ => drop(unit.uses.insert(definition)),
        }
    }

    /// Marks what code that runs on import comes to, and what code that runs as a program comes to.
    fn reach(&mut self) {
        let import = self.closure(vec![0]);
        let program =
            self.closure(self.units.first().map(|module| module.program.iter().copied().collect()).unwrap_or_default());
        for (index, unit) in self.units.iter_mut().enumerate() {
            unit.reached = import.contains(&index);
            unit.started = program.contains(&index);
        }
    }

    /// All units that those use, at any distance, and these themselves.
    fn closure(&self, mut open: Vec<usize>) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        while let Some(index) = open.pop() {
            if let Some(unit) = self.units.get(index).filter(|_| seen.insert(index)) {
                open.extend(unit.uses.iter().copied());
                open.extend(unit.methods.iter().copied());
            }
        }
        seen
    }

    fn enter(&mut self, index: usize) {
        let Some(unit) = self.units.get(index) else { return };
        let (body, scope) = (unit.body, unit.scope);
        (self.unit, self.scope, self.place, self.when) = (index, scope, CodePlace::Module, Runs::Import);
        (self.conditions, self.class) = (0, None);
        match body {
            Body::Statements(statements) => self.body(statements),
            Body::Expression(expression) => {
                let value = self.value(expression);
                if let Some(unit) = self.units.get_mut(index) {
                    unit.gives.join(&value);
                }
            }
            Body::Nothing => {}
        }
    }

    pub(super) fn body(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            if self.pay(1) {
                self.statement(statement);
            }
        }
    }

    /// Follows statements that may not run.
    fn maybe(&mut self, statements: &'a [Stmt]) {
        self.conditions = self.conditions.saturating_add(1);
        self.body(statements);
        self.conditions = self.conditions.saturating_sub(1);
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(one) => {
                let value = one.value.as_deref().map(|value| self.value(value)).unwrap_or_default();
                if let Some(unit) = self.units.get_mut(self.unit) {
                    unit.gives.join(&value);
                }
            }
            Stmt::Delete(one) => {
                for target in &one.targets {
                    match target {
                        Expr::Name(name) => self.scopes.delete(self.scope, name.id.as_str()),
                        other => drop(self.value(other)),
                    }
                }
            }
            Stmt::TypeAlias(one) => drop(self.value(&one.value)),
            Stmt::Assign(one) => {
                let value = self.value(&one.value);
                one.targets.iter().for_each(|target| self.assign(target, &value));
            }
            Stmt::AugAssign(one) => {
                let (before, with) = (self.value(&one.target), self.value(&one.value));
                let value = self.operate(&before, one.op, &with);
                self.assign(&one.target, &value);
            }
            Stmt::AnnAssign(one) => {
                self.aside(&one.annotation);
                if let Some(value) = &one.value {
                    let value = self.value(value);
                    self.assign(&one.target, &value);
                }
            }
            Stmt::For(one) => {
                let item = self.value(&one.iter).item(&Value::unknown());
                self.assign(&one.target, &item);
                self.maybe(&one.body);
                self.maybe(&one.orelse);
            }
            Stmt::While(one) => {
                self.value(&one.test);
                self.maybe(&one.body);
                self.maybe(&one.orelse);
            }
            Stmt::If(one) => self.condition(one),
            Stmt::With(one) => {
                for item in &one.items {
                    let value = self.value(&item.context_expr);
                    self.hands_on(&value);
                    if let Some(target) = item.optional_vars.as_deref() {
                        self.assign(target, &value);
                    }
                }
                self.body(&one.body);
            }
            Stmt::Match(one) => {
                let subject = self.value(&one.subject);
                for case in &one.cases {
                    self.pattern(&case.pattern, &subject);
                    if let Some(guard) = case.guard.as_deref() {
                        self.value(guard);
                    }
                    self.maybe(&case.body);
                }
            }
            Stmt::Raise(one) => {
                for value in [one.exc.as_deref(), one.cause.as_deref()].into_iter().flatten() {
                    self.value(value);
                }
            }
            Stmt::Try(one) => {
                self.maybe(&one.body);
                for ExceptHandler::ExceptHandler(handler) in &one.handlers {
                    if let Some(kind) = handler.type_.as_deref() {
                        self.value(kind);
                    }
                    self.maybe(&handler.body);
                }
                self.maybe(&one.orelse);
                self.maybe(&one.finalbody);
            }
            Stmt::Assert(one) => {
                self.value(&one.test);
                if let Some(message) = one.msg.as_deref() {
                    self.value(message);
                }
            }
            Stmt::Import(one) => self.import(one),
            Stmt::ImportFrom(one) => self.import_from(one),
            Stmt::Global(one) => one.names.iter().for_each(|name| self.scopes.global(self.scope, name.as_str())),
            Stmt::Expr(one) => drop(self.value(&one.value)),
            Stmt::IpyEscapeCommand(one) => self.command(one.kind, &one.value, tree::start(one)),
            Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) => {}
        }
    }

    /// Notes a line of IPython's own.
    pub(super) fn command(&mut self, kind: IpyEscapeKind, text: &str, at: usize) {
        if self.notes_now() {
            let line = self.line(at);
            self.notes.command(kind.as_str(), text, line);
        }
    }

    fn condition(&mut self, one: &'a StmtIf) {
        self.value(&one.test);
        let outer = self.when;
        self.when = if outer == Runs::Import { self.runs_below(&one.test).unwrap_or(outer) } else { outer };
        self.maybe(&one.body);
        self.when = outer;
        for clause in &one.elif_else_clauses {
            let below = clause.test.as_ref().and_then(|test| self.runs_below(test));
            if let Some(test) = &clause.test {
                self.value(test);
            }
            self.when = if outer == Runs::Import { below.unwrap_or(outer) } else { outer };
            self.maybe(&clause.body);
            self.when = outer;
        }
    }

    fn decorators(&mut self, decorators: &'a [Decorator], index: usize) -> Vec<Option<String>> {
        let outer = std::mem::replace(&mut self.place, CodePlace::Decorator);
        let mut names = Vec::new();
        for decorator in decorators {
            let value = self.value(&decorator.expression);
            let name = value.name();
            self.hands_on(&value);
            // One that is not of the source is called with what it decorates; calls that make one are noted by themselves.
            let called: Vec<_> = value.paths().map(|(name, built)| (Rc::clone(name), built)).collect();
            for (name, built) in called {
                self.outside(&name, built, &Vec::new(), &[], tree::start(&decorator.expression));
            }
            // A decorator of the source itself is called with what it decorates.
            let own: Vec<usize> = value.definitions().collect();
            if !own.is_empty() {
                own.iter()
                    .for_each(|own| self.bind_arguments(*own, &[(None, Value::one(Kind::Definition(index)))], false));
                self.uses(index);
            }
            names.push(name);
        }
        self.place = outer;
        names
    }

    /// Says that whatever of the source the value can be is called or handed on.
    pub(super) fn hands_on(&mut self, value: &Value) {
        let mut open: Vec<Kind> = value.kinds.clone();
        while let Some(kind) = open.pop() {
            match kind {
                Kind::Definition(index) => self.uses(index),
                Kind::List(items) if items.len() <= 1_024 => open.extend(items.iter().cloned()),
                Kind::Map(pairs) if pairs.len() <= 1_024 => open.extend(pairs.iter().map(|(_, kind)| kind.clone())),
                _ => {}
            }
            if !self.pay(1) {
                return;
            }
        }
    }

    /// The unit of a function, class or lambda that begins at a byte.
    pub(super) fn unit_at(
        &mut self,
        at: usize,
        name: &str,
        class: bool,
        body: Body<'a>,
        parameters: Option<&'a Parameters>,
    ) -> usize {
        if let Some(index) = self.begun.get(&at) {
            return *index;
        }
        let method = self.place == CodePlace::Class;
        let outer =
            self.class.or(Some(self.unit)).and_then(|outer| self.units.get(outer)).map(|unit| unit.name.clone());
        let name = match outer.filter(|outer| !outer.is_empty()) {
            Some(outer) => below(&outer, name),
            None => name.to_owned(),
        };
        let scope = self.scopes.open(self.scope, class);
        let index = self.units.len();
        self.units.push(Unit {
            name,
            body,
            parameters,
            scope,
            outer: self.unit,
            class,
            method,
            methods: Vec::new(),
            uses: BTreeSet::new(),
            program: BTreeSet::new(),
            gives: Value::unknown(),
            reached: false,
            started: false,
            round: 0,
        });
        self.begun.insert(at, index);
        index
    }

    /// Has the body of a unit followed in this round.
    pub(super) fn later(&mut self, index: usize) {
        if let Some(unit) = self.units.get_mut(index)
            && unit.round < self.round
        {
            unit.round = self.round;
            self.queue.push_back(index);
        }
    }

    fn function(&mut self, one: &'a StmtFunctionDef) {
        let name = one.name.as_str();
        let at = tree::start(one);
        let index = self.unit_at(at, name, false, Body::Statements(&one.body), Some(&one.parameters));
        let decorators = self.decorators(&one.decorator_list, index);
        self.parameters(&one.parameters, index);
        if let Some(annotation) = one.returns.as_deref() {
            self.aside(annotation);
        }
        self.bind(name, &Value::one(Kind::Definition(index)));
        if let Some(class) = self.class {
            if let Some(class) = self.units.get_mut(class)
                && !class.methods.contains(&index)
            {
                class.methods.push(index);
            }
            if AT_DEFINITION.contains(&name) {
                self.uses(index);
            }
        } else if self.unit == 0 && OF_MODULE.contains(&name) {
            self.uses(index);
        }
        self.later(index);
        let top = self.unit == 0;
        if self.notes_now() && top {
            self.note_unit(index, Vec::new(), decorators, at);
        }
    }

    fn class(&mut self, one: &'a StmtClassDef) {
        let name = one.name.as_str();
        let at = tree::start(one);
        let index = self.unit_at(at, name, true, Body::Nothing, None);
        let decorators = self.decorators(&one.decorator_list, index);
        let mut bases = Vec::new();
        if let Some(arguments) = one.arguments.as_deref() {
            let Arguments { args, keywords, .. } = arguments;
            for base in args {
                let value = self.value(base);
                bases.extend(self.base(&value));
            }
            for keyword in keywords {
                let value = self.value(&keyword.value);
                self.hands_on(&value);
                bases.extend(self.base(&value));
            }
        }
        if self.notes_now() && self.unit == 0 {
            self.note_unit(index, bases, decorators, at);
        }
        let scope = self.units.get(index).map_or(0, |unit| unit.scope);
        let outer = (self.scope, self.place, self.class);
        (self.scope, self.place, self.class) = (scope, CodePlace::Class, Some(index));
        self.body(&one.body);
        (self.scope, self.place, self.class) = outer;
        self.bind(name, &Value::one(Kind::Definition(index)));
    }

    /// Follows what stands with parameters: values that are taken when none is given, and annotations.
    pub(super) fn parameters(&mut self, parameters: &'a Parameters, index: usize) {
        let scope = self.units.get(index).map_or(0, |unit| unit.scope);
        let outer = std::mem::replace(&mut self.place, CodePlace::Default);
        for one in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            let value = one.default.as_deref().map(|value| self.value(value)).unwrap_or_default();
            self.scopes.bind(scope, one.parameter.name.as_str(), &Value { literal: false, ..value }, true);
            if let Some(annotation) = one.parameter.annotation.as_deref() {
                self.aside(annotation);
            }
        }
        for one in [parameters.vararg.as_deref(), parameters.kwarg.as_deref()].into_iter().flatten() {
            self.scopes.bind(scope, one.name.as_str(), &Value::unknown(), true);
            if let Some(annotation) = one.annotation.as_deref() {
                self.aside(annotation);
            }
        }
        self.place = outer;
    }

    /// Follows an annotation, which runs where it stands.
    fn aside(&mut self, annotation: &'a Expr) {
        let outer = std::mem::replace(&mut self.place, CodePlace::Default);
        self.value(annotation);
        self.place = outer;
    }

    /// Hands arguments to the parameters of a function of the source.
    pub(super) fn bind_arguments(&mut self, index: usize, arguments: &[(Option<&str>, Value)], bound: bool) {
        let Some(unit) = self.units.get(index) else { return };
        if unit.class {
            // The constructor gets them.
            let methods = unit.methods.clone();
            let made = |unit: &Unit<'_>| unit.name.ends_with(".__init__") || unit.name.ends_with(".__new__");
            for method in methods {
                if self.units.get(method).is_some_and(made) {
                    self.bind_arguments(method, arguments, true);
                }
            }
            return;
        }
        let (Some(parameters), scope, method) = (unit.parameters, unit.scope, unit.method) else { return };
        let mut places = parameters.posonlyargs.iter().chain(&parameters.args);
        if method && bound {
            places.next();
        }
        for (keyword, value) in arguments {
            let value = Value { literal: false, ..value.clone() };
            let name = match keyword {
                None => places.next().map(|one| one.parameter.name.as_str()),
                Some(keyword) => {
                    let all = parameters.args.iter().chain(&parameters.kwonlyargs);
                    all.map(|one| one.parameter.name.as_str()).find(|name| name == keyword)
                }
            };
            let rest = || parameters.vararg.as_deref().or(parameters.kwarg.as_deref()).map(|one| one.name.as_str());
            match name {
                Some(name) => self.scopes.bind(scope, name, &value, true),
                None => {
                    if let Some(rest) = rest() {
                        self.scopes.bind(scope, rest, &Value::list(vec![value]), true);
                    }
                }
            }
        }
    }

    /// When what stands below a condition runs, if the condition is one of the two that everybody writes. A source that gives their
    /// names another meaning is not believed.
    fn runs_below(&mut self, test: &'a Expr) -> Option<Runs> {
        match test {
            Expr::Compare(compare) => {
                let equal = matches!(&*compare.ops, [one] if one.as_str() == "==");
                let sides = [&*compare.left, compare.comparators.first()?];
                let name = sides.iter().any(|side| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__"));
                let main = sides
                    .iter()
                    .any(|side| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__"));
                let own = self.scopes.of_module("__name__").is_some() || self.patches.contains_key("__name__");
                (equal && name && main && !own).then_some(Runs::Program)
            }
            Expr::Name(_) | Expr::Attribute(_) => {
                let name = self.value(test).name()?;
                let own = self.patches.contains_key(&name);
                let known = matches!(name.as_str(), "typing.TYPE_CHECKING" | "typing_extensions.TYPE_CHECKING");
                (known && !own).then_some(Runs::Never)
            }
            _ => None,
        }
    }
}
