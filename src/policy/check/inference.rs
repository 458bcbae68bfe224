//! Follows what every expression of a policy can be, from the facts' schema on: through variables, rules, functions and their calls.
//!
//! A place is only a flaw when it can never come to a value, whatever reaches it: a function is followed once for each kind of
//! arguments that it is called with, and what one of them has is no flaw.

use crate::policy::check::Parsed;
use crate::policy::check::flaw::{At, FlawKind, Flaws};
use crate::policy::check::names::{Name, Names, Node};
use crate::policy::check::recursion::name_of;
use crate::policy::check::schema::{self, Schema};
use crate::policy::check::types::{Field, Origin, Type};
use regorus::Value;
use regorus::unstable::{Rule as Clause, RuleHead, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Expressions that one check looks at. The shipped policies take some ten thousand.
const WORK: u64 = 2_000_000;

/// Expressions, rules and functions inside each other.
const DEPTH: u32 = 1_000;

/// Kinds of arguments that one function is followed with. A text that is written out in a call is a kind of its own.
const CALLS: usize = 1_024;

/// A place, and what is looked at there.
pub(super) type Site = (At, FlawKind);

/// What came of a place, in all ways to it.
#[derive(Default)]
struct Seen {
    passed: bool,
    failed: Option<Failure>,
}

struct Failure {
    message: String,
    hint: Option<String>,
    /// The place inside a called function that has no value.
    because: Option<Site>,
}

/// What a function comes to with some kind of arguments.
#[derive(Clone)]
pub(super) struct Outcome {
    pub value: Type,
    /// The place that has no value, when no clause is without one.
    pub failed: Option<Site>,
    /// Whether any clause takes these arguments.
    pub taken: bool,
}

/// The variables of a clause or a query inside it.
#[derive(Clone)]
pub(super) struct Scope {
    pub module: usize,
    pub locals: BTreeMap<String, Type>,
    /// Names that are variables here, even when they have no value yet.
    pub own: BTreeSet<String>,
}

pub(super) struct Inference<'a> {
    pub names: &'a Names<'a>,
    pub schema: Schema,
    pub flaws: Flaws,
    trees: &'a [Parsed<'a>],
    asked: &'a [bool],
    data: &'a [(Vec<String>, Value)],
    documents: BTreeMap<usize, Type>,
    sites: BTreeMap<Site, Seen>,
    origins: Vec<At>,
    known: BTreeMap<At, Origin>,
    rules: BTreeMap<Name, Option<Type>>,
    calls: BTreeMap<(Name, Vec<Type>), Outcome>,
    called: BTreeMap<Name, usize>,
    pub failures: Vec<Site>,
    /// Above zero, `input` and `data` are not what they are in production: nothing is held against them.
    pub loose: u32,
    /// Above zero, a clause is only tried: nothing is noted of its places.
    pub quiet: u32,
    depth: u32,
    work: u64,
    /// Whether a bound was met, and told.
    limited: bool,
}

impl<'a> Inference<'a> {
    pub fn new(
        names: &'a Names<'a>,
        trees: &'a [Parsed<'a>],
        asked: &'a [bool],
        data: &'a [(Vec<String>, Value)],
    ) -> Self {
        Self {
            names,
            schema: Schema::of_facts(),
            flaws: Flaws::default(),
            trees,
            asked,
            data,
            documents: BTreeMap::new(),
            sites: BTreeMap::new(),
            origins: Vec::new(),
            known: BTreeMap::new(),
            rules: BTreeMap::new(),
            calls: BTreeMap::new(),
            called: BTreeMap::new(),
            failures: Vec::new(),
            loose: 0,
            quiet: 0,
            depth: 0,
            work: 0,
            limited: false,
        }
    }

    /// Looks at every clause of the asked modules. Rules first: functions that nothing calls are followed last, with anything.
    pub fn run(&mut self, used: &BTreeSet<Name>) {
        let (names, trees) = (self.names, self.trees);
        let mine = |name: &&Name, asked: &[bool]| {
            let definition = names.definitions.get(*name);
            definition.is_some_and(|known| known.clauses.iter().any(|(at, _)| asked.get(*at) == Some(&true)))
        };
        let asked = self.asked;
        for name in names.definitions.keys().filter(|name| mine(name, asked)) {
            if names.definitions.get(name).is_some_and(|known| known.arity.is_none()) {
                self.rule(name);
            }
        }
        for unused in [true, false] {
            for (name, definition) in names.definitions.iter().filter(|(name, _)| mine(name, asked)) {
                let Some(arity) = definition.arity else { continue };
                if used.contains(name) != unused && !self.called.contains_key(name) {
                    self.outcome(name, vec![Type::any(); arity]);
                }
            }
        }
        for (index, parsed) in trees.iter().enumerate() {
            if !parsed.module.tests || asked.get(index) != Some(&true) {
                continue;
            }
            self.loose = 1;
            for clause in &parsed.tree.policy {
                let arguments = match clause.as_ref() {
                    Clause::Spec { head: RuleHead::Func { args, .. }, .. } => vec![Type::any(); args.len()],
                    _ => Vec::new(),
                };
                self.clause(index, clause, &arguments);
            }
            self.loose = 0;
        }
    }

    /// What was found, in the words for people.
    pub fn finish(mut self) -> Flaws {
        let reported: Vec<Site> = self.sites.keys().filter(|site| self.reported(**site)).copied().collect();
        for site in reported {
            let Some(failure) = self.sites.get_mut(&site).and_then(|seen| seen.failed.take()) else { continue };
            self.flaws.add(site.0, site.1, failure.message, failure.hint);
        }
        self.flaws
    }

    /// Whether a place never passed and is ours to tell of.
    fn flawed(&self, site: Site) -> Option<&Failure> {
        let seen = self.sites.get(&site).filter(|seen| !seen.passed && self.asked.get(site.0.module) == Some(&true))?;
        seen.failed.as_ref()
    }

    /// A call that has no value is not told when what is wrong inside the function is.
    fn reported(&self, site: Site) -> bool {
        self.flawed(site).is_some_and(|failure| failure.because.is_none_or(|because| self.flawed(because).is_none()))
    }

    /// A step into an expression; `false` when the bound is met, and then it has said so.
    pub fn enter(&mut self, at: At) -> bool {
        self.work = self.work.saturating_add(1);
        self.depth = self.depth.saturating_add(1);
        if self.depth <= DEPTH && self.work <= WORK {
            return true;
        }
        if self.limited {
            return false;
        }
        if self.depth > DEPTH {
            self.limited = true;
            self.flaws.add(
                at,
                FlawKind::Limit,
                format!("more than {DEPTH} expressions and calls stand inside each other here"),
                Some("give parts of it names of their own, or put a long list into `data/`".to_owned()),
            );
        } else {
            self.limited = true;
            let message = "the policy is too much to be followed; nothing after this was looked at";
            self.flaws.add(at, FlawKind::Limit, message, Some("split functions that call each other".to_owned()));
        }
        false
    }

    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The place of a text that is written out.
    pub fn origin(&mut self, at: At) -> Origin {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        self.origins.push(at);
        let origin = Origin::try_from(self.origins.len()).unwrap_or(0);
        self.known.insert(at, origin);
        origin
    }

    /// The place behind a number; none for the schema's own words.
    pub fn place(&self, origin: Origin) -> Option<At> {
        self.origins.get(usize::try_from(origin).ok()?.checked_sub(1)?).copied()
    }

    pub fn pass(&mut self, site: Site) {
        if self.loose == 0 && self.quiet == 0 {
            self.sites.entry(site).or_default().passed = true;
        }
    }

    pub fn fail(&mut self, site: Site, message: String, hint: Option<String>, because: Option<Site>) {
        if self.loose == 0 && self.quiet == 0 {
            self.sites.entry(site).or_default().failed.get_or_insert(Failure { message, hint, because });
        }
        if self.loose == 0 {
            self.failures.push(site);
        }
    }

    /// What was said about the place that made a call fail, and where that is.
    pub fn said(&self, site: Site) -> Option<String> {
        let (mut site, mut failure) = (site, self.sites.get(&site)?.failed.as_ref()?);
        // From call to call, down to what fails by itself.
        for _ in 0..DEPTH {
            let Some((because, next)) =
                failure.because.and_then(|of| Some((of, self.sites.get(&of)?.failed.as_ref()?)))
            else {
                break;
            };
            (site, failure) = (because, next);
        }
        let file = self.trees.get(site.0.module)?.module.file.as_str();
        Some(format!("{} ({file}:{})", failure.message, site.0.line))
    }

    /// What a rule can be.
    pub fn rule(&mut self, name: &Name) -> Type {
        match self.rules.get(name) {
            Some(Some(known)) => return known.clone(),
            // It comes back to itself, which is told elsewhere.
            Some(None) => return Type::any(),
            None => {}
        }
        let names = self.names;
        let Some(definition) = names.definitions.get(name).filter(|known| known.arity.is_none()) else {
            return Type::any();
        };
        self.rules.insert(name.clone(), None);
        let (loose, quiet) = (std::mem::take(&mut self.loose), std::mem::take(&mut self.quiet));
        let failures = std::mem::take(&mut self.failures);
        let mut value = Type::default();
        for (module, clause) in &definition.clauses {
            let (found, _) = self.clause(*module, clause, &[]);
            value.join(&found);
        }
        (self.loose, self.quiet, self.failures) = (loose, quiet, failures);
        self.rules.insert(name.clone(), Some(value.clone()));
        value
    }

    /// What a function comes to.
    pub fn outcome(&mut self, name: &Name, arguments: Vec<Type>) -> Outcome {
        let key = (name.clone(), arguments.into_iter().map(Type::given).collect::<Vec<Type>>());
        if let Some(known) = self.calls.get(&key) {
            return known.clone();
        }
        let unknown = Outcome { value: Type::any(), failed: None, taken: true };
        if self.quiet > 0 {
            return unknown;
        }
        let names = self.names;
        // What is there for tests alone has no clauses here, which is told elsewhere.
        let Some(definition) = names.definitions.get(name).filter(|known| !known.clauses.is_empty()) else {
            return unknown;
        };
        let kinds = self.called.entry(name.clone()).or_default();
        *kinds = kinds.saturating_add(1);
        if *kinds > CALLS {
            if let (false, Some((module, clause))) = (self.limited, definition.clauses.first()) {
                let message = format!("`{}` is called with more than {CALLS} kinds of arguments", name.1);
                let hint = Some("put what differs between the calls into `data/`".to_owned());
                self.limited = true;
                self.flaws.add(At::of(*module, name_of(clause)), FlawKind::Limit, message, hint);
            }
            return unknown;
        }
        // A function that comes back to itself is told elsewhere, and finds this.
        self.calls.insert(key.clone(), unknown);
        let failures = std::mem::take(&mut self.failures);
        let (mut outcome, mut clean) = (Outcome { value: Type::default(), failed: None, taken: false }, false);
        for (module, clause) in &definition.clauses {
            self.failures.clear();
            let (value, taken) = self.clause(*module, clause, &key.1);
            outcome.value.join(&value);
            outcome.taken |= taken;
            match self.failures.first() {
                Some(failed) if taken => outcome.failed = outcome.failed.or(Some(*failed)),
                _ => clean |= taken,
            }
        }
        self.failures = failures;
        if clean {
            outcome.failed = None;
        }
        self.calls.insert(key, outcome.clone());
        outcome
    }

    /// One clause with its arguments: what it can be, and whether it takes them.
    fn clause(&mut self, module: usize, clause: &'a Clause, arguments: &[Type]) -> (Type, bool) {
        self.work = self.work.saturating_add(1);
        let mut scope = Scope { module, locals: BTreeMap::new(), own: BTreeSet::new() };
        let (head, bodies) = match clause {
            Clause::Default { value, .. } => return (self.expression(value, &mut scope), true),
            Clause::Spec { head, bodies, .. } => (head, bodies),
        };
        if let RuleHead::Func { args, .. } = head {
            let patterns = args.iter().map(AsRef::as_ref);
            patterns.clone().for_each(|pattern| super::order::variables(pattern, &mut scope.own));
            let mut taken = true;
            for (pattern, argument) in patterns.zip(arguments) {
                taken &= self.bind(pattern, argument, &mut scope);
            }
            if !taken {
                return (Type::default(), false);
            }
        }
        let mut value = Type::default();
        if bodies.is_empty() {
            value = self.head(head, None, &mut scope);
        }
        let written = arguments
            .iter()
            .any(|argument| argument.words().is_some_and(|words| words.iter().any(|(_, origin)| *origin > 0)));
        let mut taken = bodies.is_empty();
        for body in bodies {
            if written && self.is_elsewhere(&body.query, &scope) {
                continue;
            }
            taken = true;
            let mut scope = scope.clone();
            let live = self.query(&body.query, &mut scope);
            let found = self.head(head, body.assign.as_ref().map(|assign| assign.value.as_ref()), &mut scope);
            if live {
                value.join(&found);
            }
        }
        (value, taken)
    }

    /// Whether a body is meant for other arguments: it compares a text that it is given with others that are written out.
    fn is_elsewhere(&mut self, query: &'a regorus::unstable::Query, scope: &Scope) -> bool {
        let failures = self.failures.len();
        self.quiet = self.quiet.saturating_add(1);
        let (_, elsewhere) = self.statements(query, &mut scope.clone());
        self.quiet = self.quiet.saturating_sub(1);
        self.failures.truncate(failures);
        elsewhere
    }

    /// What a head gives under a body: `else` bodies bring a value of their own.
    fn head(&mut self, head: &'a RuleHead, own: Option<&'a regorus::unstable::Expr>, scope: &mut Scope) -> Type {
        let (reference, value) = match head {
            RuleHead::Compr { refr, assign, .. } => {
                let value = own.or(assign.as_ref().map(|assign| assign.value.as_ref()));
                (Some(refr.as_ref()), value.map_or_else(Type::boolean, |value| self.term(value, scope)))
            }
            RuleHead::Func { assign, .. } => {
                let value = own.or(assign.as_ref().map(|assign| assign.value.as_ref()));
                (None, value.map_or_else(Type::boolean, |value| self.term(value, scope)))
            }
            RuleHead::Set { refr, key, .. } => {
                let each = key.as_ref().map_or_else(Type::any, |key| self.term(key, scope));
                (Some(refr.as_ref()), if each.is_never() { each } else { Type::set(each) })
            }
        };
        reference.map_or(value.clone(), |reference| self.under(reference, value, scope))
    }

    /// The value of `p.q[x]` as the object `p`.
    fn under(&mut self, reference: &'a regorus::unstable::Expr, value: Type, scope: &mut Scope) -> Type {
        use regorus::unstable::Expr;
        let (mut at, mut value) = (reference, value);
        loop {
            match at {
                Expr::RefDot { refr, field, .. } => {
                    value = self.holding(field.0.text(), &field.0, value, scope);
                    at = refr;
                }
                Expr::RefBrack { refr, index, .. } => {
                    value = match index.as_ref() {
                        Expr::String { span, .. } => self.holding(span.text(), span, value, scope),
                        index => {
                            self.term(index, scope);
                            if value.is_never() { value } else { Type::table(value) }
                        }
                    };
                    at = refr;
                }
                _ => return value,
            }
        }
    }

    fn holding(&mut self, name: &str, span: &Span, value: Type, scope: &Scope) -> Type {
        if value.is_never() {
            return value;
        }
        let origin = self.origin(At::of(scope.module, span));
        Type::object(BTreeMap::from([(Rc::from(name), Field { value, origin })]), None)
    }

    /// What stands at a place below `data`.
    pub fn node(&mut self, node: &'a Node) -> Type {
        if let Some(name) = &node.rule {
            return if self.loose > 0 { Type::any() } else { self.rule(name) };
        }
        if node.package || node.unread || self.loose > 0 {
            return Type::any();
        }
        if node.parameters {
            let keys = serde_json::to_value(crate::verdict::Parameters::default()).unwrap_or_default();
            let keys = keys.as_object().into_iter().flat_map(|keys| keys.keys());
            let fields = keys.map(|key| (Rc::from(key.as_str()), Field { value: Type::any(), origin: 0 }));
            return Type::object(fields.collect(), None);
        }
        let mut value = Type::default();
        for index in &node.data {
            let known = match self.documents.get(index) {
                Some(known) => known.clone(),
                None => self.data.get(*index).map_or_else(Type::any, |(_, data)| schema::of_data(data)),
            };
            value.join(&known);
            self.documents.insert(*index, known);
        }
        let mut fields: BTreeMap<Rc<str>, Field> = BTreeMap::new();
        let mut each = Type::default();
        for (name, child) in &node.children {
            let value = self.node(child);
            each.join(&value);
            fields.insert(Rc::from(name.as_str()), Field { value, origin: 0 });
        }
        if !fields.is_empty() || node.open {
            let each = if each.is_never() { Type::any() } else { each };
            value.join(&Type::object(fields, node.open.then_some(each)));
        }
        value
    }
}
