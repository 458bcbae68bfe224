//! How much work a template makes of nothing that the conversation gives: rounds of loops inside each other, and what makes itself anew. Knows no
//! bound; which work is too much is data of the policies.

use super::expression::keyword;
use super::{STEP, Visitor, name_of};
use crate::extract::template::tree::{BinOpKind, CallArg, Expr};
use crate::extract::template::value::Value;
use crate::facts::DoublingKind;
use std::collections::{HashMap, HashSet};

/// Rounds of the walk in which the work of macros is joined: one for macros that are called before they are defined, and one more.
const JOINED: usize = 3;

/// Methods and filters that make a text so wide (Python's built-in types; jinja2, filters.py).
const PADS: &[&str] = &["center", "ljust", "rjust", "zfill", "expandtabs", "indent"];

/// What is known of the work so far.
#[derive(Default)]
pub(super) struct Work {
    /// Rounds that the loops around make.
    factor: u64,
    /// The most of them in what is followed: the template, or a macro.
    most: u64,
    /// The same of each macro.
    macros: HashMap<String, u64>,
    /// Macros around, the innermost last.
    inside: Vec<String>,
    /// Which macros call which with nothing of the conversation: how often, and the line of the first.
    calls: HashMap<(String, String), (u64, u16)>,
    /// Loops around, and whether one of them is recursive.
    loops: usize,
    recursive: bool,
    /// Variables that are set somewhere, and are no mere parameters.
    set: HashSet<String>,
    /// Rounds of the walk.
    walks: usize,
}

/// What a loop or macro began in.
pub(super) struct Around {
    factor: u64,
    most: u64,
    loops: usize,
    recursive: bool,
}

impl Visitor {
    /// A walk over the template begins.
    pub(super) fn begin_work(&mut self) {
        let work = &mut self.steps;
        (work.factor, work.most, work.walks) = (1, 1, work.walks.saturating_add(1));
        work.calls.clear();
    }

    /// A walk over the template ends.
    pub(super) fn end_work(&mut self) {
        self.notes.work(self.steps.most);
        self.circles();
    }

    /// So many steps are made here, in each round of the loops around.
    pub(super) fn spend(&mut self, steps: u64) {
        self.steps.most = self.steps.most.max(self.steps.factor.saturating_mul(steps));
    }

    /// A loop begins.
    pub(super) fn enter_loop(&mut self, over: &Value, recursive: bool) -> Around {
        let work = &mut self.steps;
        let around = Around { factor: work.factor, most: work.most, loops: work.loops, recursive: work.recursive };
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
        let around = Around { factor: work.factor, most: work.most, loops: work.loops, recursive: work.recursive };
        work.inside.push(name.to_owned());
        (work.factor, work.most, work.loops, work.recursive) = (1, 1, 0, false);
        around
    }

    /// It ends; gives the most rounds in it.
    pub(super) fn leave_macro(&mut self, around: &Around) -> u64 {
        let work = &mut self.steps;
        let most = work.most;
        (work.factor, work.most) = (around.factor, around.most);
        (work.loops, work.recursive) = (around.loops, around.recursive);
        if let Some(name) = work.inside.pop()
            && work.walks <= JOINED
        {
            work.macros.insert(name, most);
        }
        most
    }

    /// The most rounds in the macro that is called.
    pub(super) fn rounds_in(&self, called: &Expr<'_>) -> u64 {
        name_of(called).and_then(|name| self.steps.macros.get(name)).copied().unwrap_or(1)
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
        let Some(from) = self.steps.inside.last().cloned() else {
            let most = self.steps.macros.get(name).copied().unwrap_or(1);
            return self.spend(most);
        };
        if !self.steps.inside.iter().any(|around| around == name) {
            let most = self.steps.macros.get(name).copied().unwrap_or(1);
            self.spend(most);
        }
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
        let mut leads: HashMap<&str, Vec<&str>> = HashMap::new();
        for (from, to) in self.steps.calls.keys() {
            leads.entry(from).or_default().push(to);
        }
        let mut found = Vec::new();
        for (start, (_, line)) in &self.steps.calls {
            let name = start.0.as_str();
            let mut known = HashSet::new();
            let mut open = vec![name];
            while let Some(next) = open.pop() {
                for to in leads.get(next).into_iter().flatten() {
                    self.work = self.work.saturating_add(STEP);
                    if known.insert(*to) {
                        open.push(to);
                    }
                }
                if self.work > super::WORK {
                    return;
                }
            }
            // Calls of this macro to those that come back to it: more than one doubles.
            let back = |to: &str| to == name || known.contains(to) && known.contains(name);
            let calls = self.steps.calls.iter().filter(|((from, to), _)| from == name && back(to));
            let times = calls.map(|(_, (times, _))| *times).fold(0, u64::saturating_add);
            if known.contains(name) && times > 1 {
                found.push((*line, name.to_owned()));
            }
        }
        found.sort_unstable();
        for (line, name) in found {
            self.notes.doubling(DoublingKind::Macro, Some(&name), line);
        }
    }
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
fn variable(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Var(name) => Some(name.id.to_owned()),
        Expr::GetAttr(attribute) => Some(format!("{}.{}", name_of(&attribute.expr)?, attribute.name)),
        _ => None,
    }
}
