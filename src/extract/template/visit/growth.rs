//! How often what an expression gives holds what was there before: a text that is put together of itself, again and again, is twice as long
//! with every statement. Whatever the conversation gives counts one, and so does a text of the template.

use super::work::variable;
use super::{STEP, Visitor};
use crate::extract::template::tree::{BinOpKind, Call, CallArg, Constant, Expr, constant};

/// Filters and methods that give a number, or one item.
const ONE: &[&str] = &["length", "count", "int", "float", "abs", "round", "wordcount", "find", "index"];
/// Filters and methods that put their arguments into what they are called on, as often as it asks for them.
const FILLED: &[&str] = &["replace", "join", "format"];

impl Visitor {
    /// How often an expression holds what was there before.
    pub(super) fn size(&mut self, of: &Expr<'_>) -> u64 {
        self.work = self.work.saturating_add(STEP);
        if self.work > super::WORK {
            return 1;
        }
        match of {
            Expr::Var(name) => self.steps.sizes.get(name.id).copied().unwrap_or(1),
            Expr::BinOp(operation) => {
                let (left, right) = (self.size(&operation.left), self.size(&operation.right));
                match operation.op {
                    BinOpKind::Add | BinOpKind::Concat => left.saturating_add(right),
                    BinOpKind::Rem => left.max(fields(&operation.left)).saturating_mul(right),
                    BinOpKind::ScAnd | BinOpKind::ScOr => left.max(right),
                    BinOpKind::Mul => {
                        let times = self.numbers(&operation.left).max(self.numbers(&operation.right));
                        left.max(right).saturating_mul(times.max(1))
                    }
                    _ => 1,
                }
            }
            Expr::IfExpr(choice) => {
                let one = self.size(&choice.true_expr);
                choice.false_expr.as_ref().map_or(1, |other| self.size(other)).max(one)
            }
            Expr::Filter(filter) => {
                let input = filter.expr.as_ref().map_or(1, |input| self.size(input).max(fields(input)));
                self.filled(filter.name, input, &filter.args)
            }
            Expr::GetAttr(attribute) => {
                let known = variable(of).and_then(|name| self.steps.sizes.get(&name).copied());
                known.unwrap_or_else(|| self.size(&attribute.expr))
            }
            Expr::GetItem(item) => self.size(&item.expr),
            Expr::Slice(slice) => self.size(&slice.expr),
            Expr::Call(call) => self.given(call),
            Expr::List(list) => self.together(list.items.iter()),
            Expr::Tuple(tuple) => self.together(tuple.items.iter()),
            Expr::Map(map) => self.together(map.values.iter()),
            Expr::Const(_) | Expr::UnaryOp(_) | Expr::Compare(_) | Expr::Test(_) => 1,
        }
    }

    /// Variables are set to what is of this size.
    pub(super) fn grow(&mut self, target: &Expr<'_>, size: u64) {
        if let Expr::List(list) = target {
            for target in &list.items {
                self.grow(target, size);
            }
        } else if let Some(name) = variable(target) {
            let known = self.steps.sizes.entry(name).or_insert(1);
            *known = size.max(*known);
            self.spend(size);
        }
    }

    /// What a macro, a function or a method gives.
    fn given(&mut self, call: &Call<'_>) -> u64 {
        match &call.expr {
            Expr::GetAttr(method) => {
                let input = self.size(&method.expr).max(fields(&method.expr));
                self.filled(method.name, input, &call.args)
            }
            Expr::Var(name) if matches!(name.id, "dict" | "namespace") => self.all_of(&call.args),
            // What a macro makes of what it is given is not followed: it says it once, and something more.
            _ => self.most_of(&call.args).saturating_add(1),
        }
    }

    /// What a filter or method gives.
    fn filled(&mut self, name: &str, input: u64, arguments: &[CallArg<'_>]) -> u64 {
        if ONE.contains(&name) {
            return 1;
        }
        let most = self.most_of(arguments);
        if FILLED.contains(&name) { input.saturating_mul(most) } else { input.max(most) }
    }

    fn most_of(&mut self, arguments: &[CallArg<'_>]) -> u64 {
        arguments.iter().map(|argument| self.size(value_of(argument))).max().unwrap_or(1)
    }

    fn all_of(&mut self, arguments: &[CallArg<'_>]) -> u64 {
        self.together(arguments.iter().map(value_of))
    }

    fn together<'a: 'b, 'b>(&mut self, parts: impl Iterator<Item = &'b Expr<'a>>) -> u64 {
        parts.map(|part| self.size(part)).fold(0, u64::saturating_add).max(1)
    }

    /// The largest number that an expression can be; 0 for none.
    fn numbers(&mut self, of: &Expr<'_>) -> u64 {
        let silent = std::mem::replace(&mut self.silent, true);
        let value = self.expression(of);
        self.silent = silent;
        value.numbers().map(i64::unsigned_abs).max().unwrap_or(0)
    }
}

/// How many fields a text has that a value may be put into.
fn fields(of: &Expr<'_>) -> u64 {
    let Expr::Const(one) = of else { return 1 };
    let Constant::Text(text) = constant(one) else { return 1 };
    let fields = text.matches(['%', '{']).count();
    u64::try_from(fields).unwrap_or(u64::MAX).max(1)
}

fn value_of<'b, 'a>(argument: &'b CallArg<'a>) -> &'b Expr<'a> {
    match argument {
        CallArg::Pos(value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value) | CallArg::Kwarg(_, value) => value,
    }
}
