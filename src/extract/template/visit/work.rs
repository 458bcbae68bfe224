//! How much work a template makes of nothing that the conversation gives: rounds of loops inside each other, macros that call macros, texts that
//! are put together of themselves, and what makes itself anew. Knows no bound; which work is too much is data of the policies.

use super::circles::circles;
use super::expression::keyword;
use super::{STEP, Visitor, name_of};
use crate::extract::template::tree::{BinOpKind, CallArg, Expr};
use crate::extract::template::value::Value;
use crate::facts::DoublingKind;
use std::collections::{HashMap, HashSet};

/// Methods and filters that make a text so wide (Python's built-in types; jinja2, filters.py).
const PADS: &[&str] = &["center", "ljust", "rjust", "zfill", "expandtabs", "indent"];

/// What is known of the work so far.
#[derive(Default)]
pub(super) struct Work {
    /// Rounds that the loops around make.
    factor: u64,
    /// What is followed: the template, or the body of a macro.
    body: Body,
    /// The macros of this walk, and those of the walk before with all that they call.
    macros: HashMap<String, Body>,
    whole: HashMap<String, u64>,
    /// How often each variable holds what was there before.
    pub(super) sizes: HashMap<String, u64>,
    /// Macros around, the innermost last.
    inside: Vec<String>,
    /// Which macros call which with nothing of the conversation: how often, and the line of the first.
    calls: HashMap<(String, String), (u64, u16)>,
    /// Loops around, and whether one of them is recursive.
    loops: usize,
    recursive: bool,
    /// Variables that are set somewhere, and are no mere parameters.
    set: HashSet<String>,
}

/// The steps of a template or macro.
#[derive(Default)]
struct Body {
    /// Those that it makes itself.
    steps: u64,
    /// The macros that it calls, and how often.
    calls: HashMap<String, u64>,
}

/// What a loop or macro began in.
pub(super) struct Around {
    factor: u64,
    body: Body,
    loops: usize,
    recursive: bool,
}

impl Visitor {
    /// A walk over the template begins.
    pub(super) fn begin_work(&mut self) {
        let work = &mut self.steps;
        (work.factor, work.body) = (1, Body::default());
        work.macros.clear();
        work.sizes.clear();
        work.calls.clear();
    }

    /// A walk over the template ends.
    pub(super) fn end_work(&mut self) {
        let work = &mut self.steps;
        let whole = add_up(&work.macros);
        let calls = work.body.calls.iter().map(|(name, times)| times.saturating_mul(of_macro(name, &whole)));
        let steps = calls.fold(work.body.steps, u64::saturating_add);
        self.work = self.work.saturating_add(whole.len().saturating_mul(STEP));
        work.whole = whole;
        self.notes.work(steps);
        self.circles();
    }

    /// So many steps are made here, in each round of the loops around.
    pub(super) fn spend(&mut self, steps: u64) {
        if !self.silent {
            let work = &mut self.steps;
            work.body.steps = work.body.steps.saturating_add(work.factor.saturating_mul(steps));
        }
    }

    /// The steps of what is followed, so far.
    pub(super) fn said(&self) -> u64 {
        self.steps.body.steps
    }

    /// A loop begins.
    pub(super) fn enter_loop(&mut self, over: &Value, recursive: bool) -> Around {
        let work = &mut self.steps;
        let around =
            Around { factor: work.factor, body: Body::default(), loops: work.loops, recursive: work.recursive };
        work.factor = work.factor.saturating_mul(over.rounds());
        work.loops = work.loops.saturating_add(1);
        work.recursive |= recursive;
        self.spend(1);
        around
    }

    /// It ends.
    pub(super) fn leave_loop(&mut self, around: &Around) {
        let work = &mut self.steps;
        (work.factor, work.loops, work.recursive) = (around.factor, around.loops, around.recursive);
    }

    /// The body of a macro begins.
    pub(super) fn enter_macro(&mut self, name: &str) -> Around {
        let work = &mut self.steps;
        let body = std::mem::take(&mut work.body);
        let around = Around { factor: work.factor, body, loops: work.loops, recursive: work.recursive };
        work.inside.push(name.to_owned());
        (work.factor, work.loops, work.recursive) = (1, 0, false);
        around
    }

    /// It ends.
    pub(super) fn leave_macro(&mut self, around: Around) {
        let work = &mut self.steps;
        let body = std::mem::replace(&mut work.body, around.body);
        (work.factor, work.loops, work.recursive) = (around.factor, around.loops, around.recursive);
        let Some(name) = work.inside.pop() else { return };
        // Two of one name: whichever it is.
        let known = work.macros.entry(name).or_default();
        known.steps = known.steps.saturating_add(body.steps);
        for (called, times) in body.calls {
            let known = known.calls.entry(called).or_default();
            *known = known.saturating_add(times);
        }
    }

    /// A macro is called so often here, in each round of the loops around.
    pub(super) fn calls(&mut self, name: &str, times: u64) {
        if !self.silent {
            let work = &mut self.steps;
            let known = work.body.calls.entry(name.to_owned()).or_default();
            *known = known.saturating_add(work.factor.saturating_mul(times));
        }
    }

    /// The steps of a macro with all that it calls, as far as the walk before saw them; 1 for one that calls itself.
    pub(super) fn steps_of(&self, called: &Expr<'_>) -> u64 {
        name_of(called)
            .filter(|name| !self.steps.inside.iter().any(|around| around == name))
            .map_or(1, |name| of_macro(name, &self.steps.whole))
    }

    /// A call of a macro, or of the recursive loop around.
    pub(super) fn called(&mut self, name: &str, arguments: &[CallArg<'_>], values: &[Value], line: u16) {
        if name == "loop" {
            // The loop goes over each item of what it is given, and is called for each.
            let again = values.first().is_some_and(|over| over.rounds() > 1);
            let same = again || self.unchanged(arguments);
            if self.steps.recursive && same && !self.progress(arguments, values) {
                self.note(|notes| notes.doubling(DoublingKind::Loop, None, line));
            }
            return;
        }
        self.calls(name, 1);
        let Some(from) = self.steps.inside.last().cloned() else { return };
        if !self.silent && !self.progress(arguments, values) {
            let times = if self.steps.loops > 0 { 2 } else { 1 };
            let call = self.steps.calls.entry((from, name.to_owned())).or_insert((0, line));
            call.0 = call.0.saturating_add(times);
        }
    }

    /// The numbers that keyword arguments of these names can be.
    pub(super) fn keywords(&mut self, arguments: &[CallArg<'_>], names: &[&str]) -> Vec<u64> {
        let silent = std::mem::replace(&mut self.silent, true);
        let mut numbers = Vec::new();
        for (_, value) in arguments.iter().filter_map(keyword).filter(|(name, _)| names.contains(name)) {
            numbers.extend(self.expression(value).numbers().filter_map(|one| u64::try_from(one).ok()).max());
        }
        self.silent = silent;
        numbers
    }

    /// A method or filter that may make a text as wide as it is told.
    pub(super) fn padding(&mut self, name: &str, of: &Value, values: &[Value], arguments: &[CallArg<'_>]) {
        if name == "format" {
            let wide = of.texts().map(|(format, _)| width(format)).max().unwrap_or(0);
            self.spend(wide);
        } else if PADS.contains(&name) {
            let named = self.keywords(arguments, &["width"]);
            let plain = values.first().into_iter().flat_map(Value::numbers).filter_map(|one| u64::try_from(one).ok());
            self.spend(plain.chain(named).max().unwrap_or(0));
        }
    }

    /// The variables that a statement sets.
    pub(super) fn is_set(&mut self, target: &Expr<'_>) {
        let mut targets = vec![target];
        while let Some(target) = targets.pop() {
            match target {
                Expr::Var(name) => drop(self.steps.set.insert(name.id.to_owned())),
                Expr::List(list) => targets.extend(&list.items),
                _ => {}
            }
        }
    }

    /// A loop sets a variable: whether to itself and itself.
    pub(super) fn doubles(&mut self, target: &Expr<'_>, of: &Expr<'_>, value: &Value) {
        let Some(name) = variable(target).filter(|_| self.steps.loops > 0) else { return };
        // Numbers grow by a digit.
        if !value.given() && !value.listed() && value.texts().next().is_none() {
            return;
        }
        let (mut open, mut times) = (vec![of], 0usize);
        while let Some(part) = open.pop() {
            self.work = self.work.saturating_add(STEP);
            match part {
                Expr::BinOp(operation) if matches!(operation.op, BinOpKind::Add | BinOpKind::Concat) => {
                    open.extend([&operation.left, &operation.right]);
                }
                part => times = times.saturating_add(usize::from(variable(part).is_some_and(|part| part == name))),
            }
        }
        if times > 1 {
            let line = target.span().start_line;
            self.note(|notes| notes.doubling(DoublingKind::Variable, Some(&name), line));
        }
    }

    /// Whether a call hands on something of the conversation that is less than what the caller has: a part of it, or what is made of it.
    fn progress(&mut self, arguments: &[CallArg<'_>], values: &[Value]) -> bool {
        let positions = arguments.iter().filter(|argument| keyword(argument).is_none());
        let less = |(argument, value): (&CallArg<'_>, &Value)| {
            value.leaves().given() && !matches!(argument, CallArg::Pos(value) if self.same(value))
        };
        if positions.zip(values).any(less) {
            return true;
        }
        let silent = std::mem::replace(&mut self.silent, true);
        let mut named = arguments.iter().filter_map(keyword);
        let less = named.any(|(_, value)| !self.same(value) && self.expression(value).leaves().given());
        self.silent = silent;
        less
    }

    /// Whether a call hands on what is there anyway.
    fn unchanged(&self, arguments: &[CallArg<'_>]) -> bool {
        arguments.iter().any(|argument| matches!(argument, CallArg::Pos(value) if self.same(value)))
    }

    /// Whether an expression is a variable that nothing sets: one of the context, or a parameter.
    fn same(&self, expression: &Expr<'_>) -> bool {
        name_of(expression).is_some_and(|name| !self.steps.set.contains(name))
    }

    /// Macros that come back to themselves by calls that hand on nothing of the conversation, and call more than once on the way.
    fn circles(&mut self) {
        let calls = &self.steps.calls;
        let mut leads: HashMap<&str, Vec<&str>> = HashMap::new();
        for (from, to) in calls.keys() {
            leads.entry(from).or_default().push(to);
        }
        let circle = circles(&leads);
        let mut back: HashMap<&str, u64> = HashMap::new();
        for ((from, to), (times, _)) in calls {
            if circle.get(from.as_str()) == circle.get(to.as_str()) {
                let known = back.entry(from).or_default();
                *known = known.saturating_add(*times);
            }
        }
        let doubles = |name: &str| back.get(name).is_some_and(|times| *times > 1);
        let found =
            calls.iter().filter(|((from, _), _)| doubles(from)).map(|((from, _), (_, line))| (*line, from.clone()));
        let mut found: Vec<(u16, String)> = found.collect();
        found.sort_unstable();
        for (line, name) in found {
            self.notes.doubling(DoublingKind::Macro, Some(&name), line);
        }
    }
}

/// The steps of a macro with all that it calls; 1 for what is no macro, and for one that is not added up yet.
fn of_macro(name: &str, whole: &HashMap<String, u64>) -> u64 {
    whole.get(name).copied().unwrap_or(1).max(1)
}

/// The steps of each macro with all that it calls. A call that comes back is one step: what such macros make is bounded by the conversation, or
/// doubles, which is told by itself.
fn add_up(macros: &HashMap<String, Body>) -> HashMap<String, u64> {
    let leads: HashMap<&str, Vec<&str>> =
        macros.iter().map(|(name, body)| (name.as_str(), body.calls.keys().map(String::as_str).collect())).collect();
    let circle = circles(&leads);
    let of = |name: &str| circle.get(name).copied().unwrap_or(0);
    let mut all: Vec<(&String, &Body)> = macros.iter().collect();
    all.sort_unstable_by_key(|(name, _)| std::cmp::Reverse(of(name)));
    let mut whole = HashMap::new();
    for (name, body) in all {
        let steps = body.calls.iter().fold(body.steps, |steps, (called, times)| {
            let each = if of(called) == of(name) { 1 } else { of_macro(called, &whole) };
            steps.saturating_add(times.saturating_mul(each))
        });
        whole.insert(name.clone(), steps);
    }
    whole
}

/// How many items a range of these numbers has, at most.
pub(super) fn length(values: &[Value]) -> u64 {
    let most = |index: usize| values.get(index).into_iter().flat_map(Value::numbers).map(i64::unsigned_abs).max();
    let least = |index: usize| values.get(index).into_iter().flat_map(Value::numbers).min();
    match values.len() {
        1 => most(0).unwrap_or(0),
        // From a number to another, of which one may not be known.
        _ => {
            let between = most(1).zip(least(0)).map(|(to, from)| match u64::try_from(from) {
                Ok(from) => to.abs_diff(from),
                Err(_) => to.saturating_add(from.unsigned_abs()),
            });
            let step = least(2).map_or(1, i64::unsigned_abs).max(1);
            between.unwrap_or(0).checked_div(step).unwrap_or(0)
        }
    }
}

/// How wide a text says that something is padded: the longest number behind `%` and its flags, or behind the colon of a field in braces (Python,
/// Library Reference, "printf-style String Formatting" and "Format Specification Mini-Language").
pub(super) fn width(format: &str) -> u64 {
    let digit = |letter: char| letter.is_ascii_digit();
    let percent = format.split('%').skip(1).filter_map(|rest| {
        let rest = rest.trim_start_matches(['-', '+', ' ', '#', '0']);
        let behind = rest.trim_start_matches(digit);
        let behind = behind.strip_prefix('.').map_or(behind, |rest| rest.trim_start_matches(digit));
        let number = rest.get(..rest.len().checked_sub(behind.len())?)?;
        behind.starts_with(|letter: char| letter.is_ascii_alphabetic()).then_some(number)
    });
    let fields = format.split('{').skip(1).filter_map(|rest| rest.split('}').next()?.split_once(':'));
    let texts = percent.chain(fields.map(|(_, specification)| specification));
    let numbers = texts.flat_map(|text| text.split(|letter: char| !digit(letter))).filter(|digits| !digits.is_empty());
    numbers.map(|digits| digits.parse().unwrap_or(u64::MAX)).max().unwrap_or(0)
}

/// A variable, or an attribute of one, as it is written.
pub(super) fn variable(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Var(name) => Some(name.id.to_owned()),
        Expr::GetAttr(attribute) => Some(format!("{}.{}", name_of(&attribute.expr)?, attribute.name)),
        _ => None,
    }
}
