//! Follows the tree of a template: what it asks objects for, calls, loads and says. Values of variables are joined over all
//! assignments, in rounds until nothing changes, so that the order in which a template runs does not matter.

mod circles;
mod expression;
mod growth;
mod notes;
mod work;

use crate::extract::template::TemplateError;
use crate::extract::template::tree::{Expr, IfCond, Macro, Stmt};
use crate::extract::template::value::Value;
use notes::Notes;
use std::collections::{HashMap, HashSet};

/// Rounds until the values of variables no longer change. From [`WIDEN`] on what still grows is built, so that few are enough.
const ROUNDS: usize = 60;
const WIDEN: usize = 10;
/// Steps in which a template is followed: expressions, each time one is looked at, and characters of texts. Real templates stay
/// below ten million.
const WORK: usize = 30_000_000;
/// Steps that looking at an expression counts for, and at one of the values that it is compared with.
const STEP: usize = 32;

/// Follows a template's statements.
pub(super) fn follow(statements: &[Stmt<'_>]) -> Result<Notes, TemplateError> {
    let mut visitor = Visitor::default();
    for round in 0..ROUNDS {
        visitor.notes = Notes::default();
        visitor.definite.clear();
        visitor.changed = false;
        visitor.widen = round >= WIDEN;
        visitor.begin_work();
        visitor.statements(statements);
        visitor.end_work();
        if visitor.work > WORK {
            return Err(TemplateError::Limit("the texts that it builds"));
        }
        if !visitor.changed {
            return visitor.notes.whole();
        }
    }
    Err(TemplateError::Limit("the assignments of a template"))
}

#[derive(Default)]
struct Visitor {
    notes: Notes,
    /// Variables, and attributes (`.name`) of whatever object, since two variables may be one object; with all that they are ever
    /// set to.
    variables: HashMap<String, Value>,
    /// Names that are set wherever the walk is, whichever way the template took.
    definite: HashSet<String>,
    /// Parameters of macros.
    macros: HashMap<String, Vec<String>>,
    /// A method that changes lists is called somewhere.
    mutates: bool,
    changed: bool,
    widen: bool,
    work: usize,
    /// Expressions are looked at a second time: nothing is noted.
    silent: bool,
    /// What it makes of nothing that the conversation gives.
    steps: work::Work,
}

impl Visitor {
    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            if self.work > WORK {
                return;
            }
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(raw) => self.notes.text(raw.raw, raw.span().start_line),
            Stmt::EmitExpr(emit) => {
                self.say(&emit.expr);
                let size = self.size(&emit.expr);
                self.spend(size);
            }
            Stmt::ForLoop(each) => {
                let over = self.expression(&each.iter);
                let mut items = over.items();
                // `loop(list)` runs the body over whatever it is given.
                items.built |= each.recursive;
                let before = self.definite.clone();
                self.is_set(&each.target);
                self.unpack(&each.target, &items);
                let around = self.enter_loop(&over, each.recursive);
                let size = self.size(&each.iter);
                self.grow(&each.target, size);
                if let Some(filter) = &each.filter_expr {
                    self.expression(filter);
                }
                self.statements(&each.body);
                self.leave_loop(&around);
                self.definite.clone_from(&before);
                self.statements(&each.else_body);
                self.definite = before;
            }
            Stmt::IfCond(condition) => self.condition(condition),
            Stmt::WithBlock(with) => {
                for (target, expression) in &with.assignments {
                    let value = self.expression(expression);
                    self.is_set(target);
                    self.unpack(target, &value);
                    let size = self.size(expression);
                    self.grow(target, size);
                }
                self.statements(&with.body);
            }
            Stmt::Set(set) => {
                let value = self.expression(&set.expr);
                self.notes_of_parts(&set.expr, &value);
                self.is_set(&set.target);
                self.doubles(&set.target, &set.expr, &value);
                self.unpack(&set.target, &value);
                let size = self.size(&set.expr);
                self.grow(&set.target, size);
            }
            Stmt::SetBlock(set) => {
                let before = self.said();
                self.statements(&set.body);
                let size = self.said().saturating_sub(before);
                self.grow(&set.target, size);
                if let Some(filter) = &set.filter {
                    self.expression(filter);
                }
                self.unpack(&set.target, &Value::built());
            }
            Stmt::AutoEscape(escape) => {
                self.expression(&escape.enabled);
                self.statements(&escape.body);
            }
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.statements(&block.body);
            }
            Stmt::Block(block) => self.statements(&block.body),
            Stmt::Import(import) => {
                self.load("import", &import.expr);
                self.unpack(&import.name, &Value::built());
            }
            Stmt::FromImport(import) => {
                self.load("from", &import.expr);
                for (name, alias) in &import.names {
                    self.unpack(alias.as_ref().unwrap_or(name), &Value::built());
                }
            }
            Stmt::Extends(extends) => self.load("extends", &extends.name),
            Stmt::Include(include) => self.load("include", &include.name),
            Stmt::Macro(declared) => {
                let parameters = declared.args.iter().filter_map(name_of).map(str::to_owned).collect();
                if self.macros.insert(declared.name.to_owned(), parameters).is_none() {
                    self.changed = true;
                }
                let around = self.enter_macro(declared.name);
                self.body(declared, None);
                self.leave_macro(around);
            }
            Stmt::CallBlock(block) => {
                self.call(&block.call, block.call.span().start_line);
                // Its body is said where the macro says so, in each round of the macro's loops.
                let body = format!("caller {}", block.call.span().start_offset);
                let around = self.enter_macro(&body);
                self.body(&block.macro_decl, Some(&Value::built()));
                self.leave_macro(around);
                self.calls(&body, self.steps_of(&block.call.expr));
            }
            Stmt::Continue(_) | Stmt::Break(_) => {}
            Stmt::Do(call) => {
                self.call(&call.call, call.span().start_line);
            }
        }
    }

    /// The body of a macro. What its parameters are comes from its calls, or is given.
    fn body(&mut self, declared: &Macro<'_>, given: Option<&Value>) {
        let before = self.definite.clone();
        let first = declared.args.len().saturating_sub(declared.defaults.len());
        for (index, parameter) in declared.args.iter().enumerate() {
            let default = index.checked_sub(first).and_then(|index| declared.defaults.get(index));
            let default = default.map(|default| self.expression(default)).unwrap_or_default();
            self.unpack(parameter, &given.cloned().unwrap_or_default().or(default));
        }
        self.statements(&declared.body);
        self.definite = before;
    }

    fn condition(&mut self, condition: &IfCond<'_>) {
        self.expression(&condition.expr);
        let compared = self.comparisons(&condition.expr);
        let kept = self.notes.push_conditions(compared);
        let before = self.definite.clone();
        self.statements(&condition.true_body);
        let one = std::mem::replace(&mut self.definite, before);
        self.statements(&condition.false_body);
        self.definite.retain(|name| one.contains(name));
        self.notes.pop_conditions(kept);
    }

    fn load(&mut self, statement: &'static str, name: &Expr<'_>) {
        let line = name.span().start_line;
        let value = self.expression(name);
        let known: Vec<String> = value.texts().map(|(text, _)| text.to_owned()).collect();
        if !value.constant() || known.is_empty() {
            self.notes.load(statement, None, line);
        }
        for name in known {
            self.notes.load(statement, Some(&name), line);
        }
    }

    /// Sets a variable, the attribute of one, or several of them.
    fn unpack(&mut self, target: &Expr<'_>, value: &Value) {
        match target {
            Expr::Var(name) => self.assign(name.id, value),
            Expr::GetAttr(attribute) => {
                self.assign(&format!(".{}", attribute.name), value);
                self.notes.access_known(attribute.name, target.span().start_line);
            }
            Expr::List(list) => {
                for (index, target) in list.items.iter().enumerate() {
                    self.unpack(target, &value.position(index));
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, name: &str, value: &Value) {
        self.definite.insert(name.to_owned());
        let old = self.variables.get(name).cloned().unwrap_or_default();
        let mut new = old.clone().or(value.clone());
        // Every alternative is held against all others.
        self.work = self.work.saturating_add(new.nodes().saturating_mul(STEP)).saturating_add(new.weight());
        if new == old {
            self.variables.entry(name.to_owned()).or_default();
            return;
        }
        if self.widen {
            new = new.widened(&old);
            new.range = old.range;
        }
        self.changed |= new != old;
        self.variables.insert(name.to_owned(), new);
    }

    fn pay(&mut self, value: &Value) {
        self.work = self.work.saturating_add(value.weight()).saturating_add(STEP);
    }
}

/// The name, when an expression is a variable.
fn name_of<'a>(expression: &Expr<'a>) -> Option<&'a str> {
    match expression {
        Expr::Var(name) => Some(name.id),
        _ => None,
    }
}
