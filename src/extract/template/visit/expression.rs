//! Expressions of a template: each becomes the value that it can be, and what it asks for and calls is noted on the way.

use super::notes::condition;
use super::work::{length, width};
use super::{STEP, Visitor, WORK, name_of};
use crate::extract::template::tree::{BinOpKind, Call, CallArg, Constant, Expr, Slice, UnaryOpKind, constant};
use crate::extract::template::value::{self, Known, Value};
use crate::facts::{AccessKind, Condition, TemplateCallKind};

/// What a macro stands as among the variables that something may be.
const MACRO: &str = "macro";
/// Attributes of `loop` that are numbers or bools (jinja2, runtime.py, `LoopContext`).
const LOOP: &[&str] =
    &["index", "index0", "revindex", "revindex0", "length", "depth", "depth0", "first", "last", "changed"];
/// Methods that change the list, dictionary or set that they are called on (Python's built-in types).
const MUTATORS: &[&str] = &[
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "sort",
    "reverse",
    "update",
    "setdefault",
    "popitem",
    "add",
    "discard",
];
/// Methods of a dictionary, which hand back parts of it.
const PARTS: &[&str] = &["items", "keys", "values", "get", "copy", "pop", "popitem", "setdefault", "next"];
/// Filters that hand back parts of what they are given (jinja2, filters.py).
const PICKS: &[&str] = &[
    "first",
    "last",
    "list",
    "sort",
    "unique",
    "random",
    "min",
    "max",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "items",
    "dictsort",
    "reverse",
];
/// Methods and filters that cut a text or change its case: what they make of a part of the context stays a part of it.
const CUTS: &[&str] = &[
    "split",
    "rsplit",
    "splitlines",
    "strip",
    "lstrip",
    "rstrip",
    "trim",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "lower",
    "upper",
    "title",
    "capitalize",
    "safe",
];
/// Filters and methods whose result names nothing: a number or a bool.
const NUMBERS: &[&str] = &[
    "length",
    "count",
    "int",
    "float",
    "abs",
    "round",
    "wordcount",
    "find",
    "rfind",
    "index",
    "rindex",
    "startswith",
    "endswith",
    "isdigit",
    "isalpha",
    "isspace",
];

impl Visitor {
    /// Notes what an expression asks for, and says what it can be.
    pub(super) fn expression(&mut self, expression: &Expr<'_>) -> Value {
        if self.work > WORK {
            return Value::built();
        }
        let line = expression.span().start_line;
        let value = match expression {
            Expr::Var(name) => self.variable(name.id),
            Expr::Const(one) => match constant(one) {
                Constant::Text(text) => Value::text(text),
                Constant::Number(number) => Value::number(number),
                Constant::Other => Value::default(),
            },
            Expr::Slice(slice) => self.slice(slice),
            Expr::UnaryOp(operation) => {
                let value = self.expression(&operation.expr);
                match operation.op {
                    UnaryOpKind::Not => Value::default(),
                    UnaryOpKind::Neg => value.map(|known| match known {
                        Known::Number(number) => number.checked_neg().map(Known::Number),
                        _ => None,
                    }),
                }
            }
            Expr::BinOp(operation) => {
                let left = self.expression(&operation.left);
                let right = self.expression(&operation.right);
                self.operation(operation.op, left, right)
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                for operation in &compare.ops {
                    self.expression(&operation.expr);
                }
                Value::default()
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr);
                let one = self.expression(&choice.true_expr);
                match &choice.false_expr {
                    Some(other) => one.or(self.expression(other)),
                    None => one,
                }
            }
            Expr::Filter(filter) => {
                let input = filter.expr.as_ref().map_or_else(Value::built, |input| self.expression(input));
                self.filter(filter.name, input, &filter.args, line)
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
                self.note(|notes| notes.call(Some(test.name), TemplateCallKind::Test, false));
                Value::default()
            }
            Expr::GetAttr(attribute) => {
                let of = self.expression(&attribute.expr);
                self.mutated(&Value::text(attribute.name));
                self.note(|notes| notes.access_known(attribute.name, line));
                self.attribute(&attribute.expr, of, attribute.name)
            }
            Expr::GetItem(item) => {
                let of = self.expression(&item.expr);
                let by = self.expression(&item.subscript_expr);
                self.mutated(&by);
                self.note(|notes| notes.access_by(&by, &of.roots, AccessKind::Item, line));
                let mut item = item_of(&of, &by);
                // `object['name']` is the attribute where there is no such item.
                let every = by.built || !by.roots.is_empty();
                self.work = self.work.saturating_add(self.variables.len().saturating_mul(STEP));
                for (name, set) in &self.variables {
                    let Some(name) = name.strip_prefix('.') else { continue };
                    if every || by.texts().any(|(text, _)| text == name) {
                        item = item.or(set.clone());
                    }
                }
                item
            }
            Expr::Call(call) => self.call(call, line),
            Expr::List(list) => Value::list(list.items.iter().map(|item| self.expression(item)).collect()),
            Expr::Tuple(tuple) => Value::list(tuple.items.iter().map(|item| self.expression(item)).collect()),
            Expr::Map(map) => {
                let keys = map.keys.iter().map(|key| self.expression(key)).collect();
                Value::map_of(keys, map.values.iter().map(|value| self.expression(value)).collect())
            }
        };
        self.pay(&value);
        for (text, _) in value.texts() {
            self.note(|notes| notes.underscored(text));
        }
        value
    }

    pub(super) fn note(&mut self, with: impl FnOnce(&mut super::Notes)) {
        if !self.silent {
            with(&mut self.notes);
        }
    }

    /// Looks for names of methods that change what they are called on.
    fn mutated(&mut self, asked: &Value) {
        if !self.mutates && asked.texts().any(|(name, _)| MUTATORS.contains(&name)) {
            (self.mutates, self.changed) = (true, true);
        }
    }

    fn variable(&mut self, name: &str) -> Value {
        if let Some(parameters) = self.macros.get(name).cloned() {
            // A macro under another name: what it is called with is not followed.
            for parameter in parameters {
                self.assign(&parameter, &Value::built());
            }
        }
        // What the template defines is an object of the environment, like its own.
        let root = || Value::root(if self.macros.contains_key(name) { MACRO } else { name });
        let mut value = self.variables.get(name).cloned().unwrap_or_else(root);
        // What changes one list may change another, the messages too.
        if self.mutates && (value.listed() || !value.roots.is_empty()) {
            value.built = true;
        }
        if !self.definite.contains(name) {
            value = value.or(root());
        }
        value
    }

    fn attribute(&mut self, of: &Expr<'_>, value: Value, name: &str) -> Value {
        if name_of(of) == Some("loop") && !self.variables.contains_key("loop") {
            return if LOOP.contains(&name) { Value::default() } else { Value::built() };
        }
        let set = self.variables.get(&format!(".{name}")).cloned().unwrap_or_default();
        // What a list, a text or a number has beside items is a method, which names nothing; a map's items are attributes too.
        let part = Value { known: Vec::new(), ..value.clone() };
        let part = if value.listed() { part.or(value.values()) } else { part };
        Value { names: vec![name.to_owned()], ..part.or(set) }
    }

    fn slice(&mut self, slice: &Slice<'_>) -> Value {
        let of = self.expression(&slice.expr);
        let mut bounds = Vec::new();
        for bound in [&slice.start, &slice.stop, &slice.step] {
            bounds.push(bound.as_ref().map(|bound| match value::only(&self.expression(bound)) {
                Some(Known::Number(number)) => Some(number),
                _ => None,
            }));
        }
        let known: Option<Vec<Option<i64>>> =
            bounds.into_iter().map(|bound| bound.map_or(Some(None), |n| n.map(Some))).collect();
        match (known.as_deref(), of.known.is_empty()) {
            (Some([_, Some(stop), _]), true) if *stop >= 0 => Value { range: of.range.min(stop.unsigned_abs()), ..of },
            (_, true) => of,
            (Some([start, stop, step]), false) => of.map(|known| value::slice(known, *start, *stop, *step)),
            _ => of.made(&Value::default()).or(of.items()),
        }
    }

    fn operation(&mut self, operation: BinOpKind, left: Value, right: Value) -> Value {
        let number = |value: &Value| !value.built && value.roots.is_empty() && value.texts().next().is_none();
        let text = |value: &Value| value.texts().next().is_some();
        match operation {
            BinOpKind::ScAnd | BinOpKind::ScOr => left.or(right),
            BinOpKind::Concat => left.fold(&right, value::concatenate),
            BinOpKind::Add if left.listed() || right.listed() => {
                let items = left.items().or(right.items());
                Value { known: Value::parts(vec![items.clone()]).known, ..items }
            }
            BinOpKind::Add if left.constant() && right.constant() => left.fold(&right, value::add),
            BinOpKind::Add if number(&left) || number(&right) => Value::default(),
            BinOpKind::Add => left.fold(&right, value::add),
            BinOpKind::Mul if text(&left) || text(&right) || left.listed() || right.listed() => {
                let mut most = 0;
                for times in left.numbers().chain(right.numbers()) {
                    self.note(|notes| notes.range(times.unsigned_abs()));
                    most = most.max(times.unsigned_abs());
                }
                let items = if text(&left) || left.listed() { left.rounds() } else { right.rounds() };
                Value { range: items.saturating_mul(most), ..left.fold(&right, value::repeat) }
            }
            BinOpKind::Mul if !number(&left) || !number(&right) => left.made(&right),
            BinOpKind::Rem if !number(&left) || !number(&right) => {
                let wide = left.texts().map(|(format, _)| width(format)).max().unwrap_or(0);
                self.spend(wide);
                left.fold(&right, value::percent)
            }
            BinOpKind::Sub if left.constant() && right.constant() => left.fold(&right, |one, two| match (one, two) {
                (Known::Number(one), Known::Number(two)) => one.checked_sub(*two).map(Known::Number),
                _ => None,
            }),
            BinOpKind::Pow => {
                // A whole number has as many digits as the exponent says.
                if left.numbers().all(|base| base.unsigned_abs() > 1) {
                    self.spend(right.numbers().filter_map(|power| u64::try_from(power).ok()).max().unwrap_or(0));
                }
                left.fold(&right, |one, two| match (one, two) {
                    (Known::Number(one), Known::Number(two)) => {
                        let power = one.saturating_pow(u32::try_from(*two).ok()?);
                        Some(Known::Number(power))
                    }
                    _ => None,
                })
            }
            _ => Value::default(),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Vec<Value> {
        let mut values = Vec::new();
        for argument in arguments {
            match argument {
                CallArg::Pos(value) => values.push(self.expression(value)),
                CallArg::Kwarg(name, value) => {
                    // `dict(name=1)` makes a text of the name.
                    self.note(|notes| notes.underscored(name));
                    self.expression(value);
                }
                CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    let value = self.expression(value);
                    values.push(value.made(&Value::default()));
                }
            }
        }
        values
    }

    /// A call: of a function by its name, of a method, or of anything else.
    pub(super) fn call(&mut self, call: &Call<'_>, line: u16) -> Value {
        match &call.expr {
            Expr::Var(name) => {
                let values = self.arguments(&call.args);
                let defined = self.macros.contains_key(name.id);
                self.note(|notes| notes.call(Some(name.id), TemplateCallKind::Function, defined));
                self.called(name.id, &call.args, &values, line);
                if defined {
                    self.enter(name.id, &call.args, &values);
                    return Value::built();
                }
                match name.id {
                    "range" => {
                        for number in values.iter().flat_map(Value::numbers) {
                            self.note(|notes| notes.range(number.unsigned_abs()));
                        }
                        let range = length(&values);
                        self.spend(range);
                        Value { range, ..Value::default() }
                    }
                    // Objects of the environment.
                    "cycler" | "joiner" => Value::root(name.id).or(Value::built()),
                    "lipsum" => {
                        let words = self.keywords(&call.args, &["n", "max"]);
                        let plain = values.iter().flat_map(Value::numbers).filter_map(|one| u64::try_from(one).ok());
                        self.spend(plain.chain(words).fold(1, |product, one| product.saturating_mul(one.max(1))));
                        Value::built()
                    }
                    "namespace" | "dict" => {
                        let names = call.args.iter().filter_map(keyword).map(|(name, _)| Value::text(name));
                        let keys = names.chain(values.iter().map(Value::items)).collect();
                        let mut items: Vec<Value> =
                            values.iter().map(|value| value.values().or(value.items())).collect();
                        let silent = std::mem::replace(&mut self.silent, true);
                        for (key, value) in call.args.iter().filter_map(keyword) {
                            let value = self.expression(value);
                            // Attributes of namespaces are looked up by their names.
                            if name.id == "namespace" {
                                self.assign(&format!(".{key}"), &value);
                            } else {
                                items.push(value);
                            }
                        }
                        self.silent = silent;
                        Value::map_of(keys, items)
                    }
                    "raise_exception" => Value::default(),
                    _ => Value::built(),
                }
            }
            Expr::GetAttr(method) => {
                let of = self.expression(&method.expr);
                let values = self.arguments(&call.args);
                self.note(|notes| {
                    notes.access_known(method.name, line);
                    notes.call(Some(method.name), TemplateCallKind::Method, false);
                });
                self.mutated(&Value::text(method.name));
                self.padding(method.name, &of, &values, &call.args);
                method_of(&of, method.name, &values)
            }
            other => {
                self.expression(other);
                self.arguments(&call.args);
                self.note(|notes| notes.call(None, TemplateCallKind::Function, false));
                Value::built()
            }
        }
    }

    /// Gives a macro's parameters what it is called with.
    fn enter(&mut self, name: &str, arguments: &[CallArg<'_>], values: &[Value]) {
        let parameters = self.macros.get(name).cloned().unwrap_or_default();
        let before = self.definite.clone();
        let splat = arguments.iter().any(|one| matches!(one, CallArg::PosSplat(_) | CallArg::KwargSplat(_)));
        for (index, parameter) in parameters.iter().enumerate() {
            if let Some(value) = values.get(index) {
                self.assign(parameter, value);
            }
            if splat {
                self.assign(parameter, &Value::built());
            }
        }
        let silent = std::mem::replace(&mut self.silent, true);
        for (key, value) in arguments.iter().filter_map(keyword) {
            let value = self.expression(value);
            self.assign(key, &value);
        }
        self.silent = silent;
        self.definite = before;
    }

    fn filter(&mut self, name: &str, input: Value, arguments: &[CallArg<'_>], line: u16) -> Value {
        let values = self.arguments(arguments);
        self.note(|notes| notes.call(Some(name), TemplateCallKind::Filter, false));
        let silent = std::mem::replace(&mut self.silent, true);
        let named = arguments.iter().filter_map(keyword).find(|(key, _)| *key == "attribute" || *key == "name");
        let named = named.map(|(_, value)| self.expression(value));
        self.silent = silent;
        // Where each filter takes the name of an attribute (jinja2, filters.py).
        let at = match name {
            "attr" | "selectattr" | "rejectattr" | "groupby" | "sum" => Some(0),
            "unique" | "min" | "max" | "join" => Some(1),
            "sort" => Some(2),
            "map" if values.first().is_some_and(|filter| filter.texts().any(|(text, _)| text == "attr")) => Some(1),
            _ => None,
        };
        let positional = at.and_then(|at| values.get(at)).cloned();
        // `map(name)` with a name that is not known may be `map('attr', ...)`.
        let unknown = (name == "map").then(|| values.first().filter(|filter| !filter.constant())).flatten().cloned();
        for asked in [named.clone(), positional, unknown].into_iter().flatten() {
            let asked = dotted(&asked);
            self.mutated(&asked);
            self.note(|notes| notes.access_by(&asked, &input.roots, AccessKind::Filter, line));
        }
        self.padding(name, &input, &values, arguments);
        let plain = arguments.iter().all(|argument| matches!(argument, CallArg::Pos(_)));
        let kept = Value { known: Vec::new(), ..input.clone() };
        let first = values.first().cloned();
        match (name, first) {
            (_, _) if NUMBERS.contains(&name) => Value::default(),
            ("default" | "d", Some(other)) => input.or(other),
            _ if !plain && !["default", "d", "attr", "map"].contains(&name) && !PICKS.contains(&name) => {
                values.iter().fold(input.made(&Value::default()), |all, value| all.made(value))
            }
            ("replace", Some(from)) => match values.get(1).map(value::only) {
                Some(Some(to)) if values.len() == 2 => input.fold(&from, |text, from| value::replace(text, from, &to)),
                _ => input.made(&from),
            },
            ("join", Some(separator)) => separator.fold(&input, value::join),
            ("join", None) => Value::text("").fold(&input, value::join),
            ("format", _) => input.fold(&Value::list(values), value::percent),
            ("attr" | "map", _) => {
                let by = values.iter().chain(&named).flat_map(Value::texts).map(|(text, _)| text.to_owned()).collect();
                // `map` hands its other arguments on, among them what stands where there is no attribute.
                let more = values.len() > 1 || arguments.iter().filter_map(keyword).any(|(key, _)| key == "default");
                let built = input.built || !input.known.is_empty() || name == "map" && more;
                Value { names: by, built, ..kept }
            }
            ("items" | "dictsort", _) if input.listed() => input.pairs(),
            (_, None) if input.constant() => input.map(|known| value::change(known, name)),
            (_, _) if CUTS.contains(&name) && input.nameless() => kept,
            (_, _) if PICKS.contains(&name) => {
                let built = kept.built || !input.known.is_empty();
                Value { built, ..kept.or(input.items()) }
            }
            _ => input.made(&Value::default()),
        }
    }

    /// An expression whose value is said.
    pub(super) fn say(&mut self, expression: &Expr<'_>) {
        let value = self.expression(expression);
        self.notes_of_parts(expression, &value);
    }

    /// Notes the literal texts of an expression whose value is said or kept.
    pub(super) fn notes_of_parts(&mut self, expression: &Expr<'_>, value: &Value) {
        if value.constant() && !matches!(expression, Expr::IfExpr(_)) {
            for (text, _) in value.texts() {
                self.notes.text(text, expression.span().start_line);
            }
            return;
        }
        match expression {
            Expr::Const(one) => {
                if let Constant::Text(text) = constant(one) {
                    self.notes.text(text, expression.span().start_line);
                }
            }
            Expr::BinOp(operation) => {
                for part in [&operation.left, &operation.right] {
                    self.notes_of_parts(part, &Value::default());
                }
            }
            Expr::IfExpr(choice) => {
                let compared = self.comparisons(&choice.test_expr);
                let kept = self.notes.push_conditions(compared);
                for part in [Some(&choice.true_expr), choice.false_expr.as_ref()].into_iter().flatten() {
                    self.notes_of_parts(part, &Value::default());
                }
                self.notes.pop_conditions(kept);
            }
            Expr::Filter(filter) => {
                if let Some(input) = &filter.expr {
                    self.notes_of_parts(input, &Value::default());
                }
            }
            _ => {}
        }
    }

    /// The comparisons of values with literal texts that a condition makes.
    pub(super) fn comparisons(&mut self, expression: &Expr<'_>) -> Vec<Condition> {
        let silent = std::mem::replace(&mut self.silent, true);
        let mut found = Vec::new();
        self.compare(expression, &mut found);
        self.silent = silent;
        found
    }

    fn compare(&mut self, expression: &Expr<'_>, found: &mut Vec<Condition>) {
        match expression {
            Expr::UnaryOp(operation) => self.compare(&operation.expr, found),
            Expr::BinOp(operation) => match operation.op {
                BinOpKind::ScAnd | BinOpKind::ScOr => {
                    self.compare(&operation.left, found);
                    self.compare(&operation.right, found);
                }
                BinOpKind::Eq | BinOpKind::Ne | BinOpKind::In => {
                    let left = self.expression(&operation.left);
                    let right = self.expression(&operation.right);
                    for (texts, names) in [(&left, &right.names), (&right, &left.names)] {
                        for (text, _) in texts.texts().chain(texts.items().texts()) {
                            found.extend(condition(names, text));
                        }
                    }
                }
                _ => {}
            },
            Expr::Call(call) => {
                if let (Expr::GetAttr(method), Some(CallArg::Pos(first))) = (&call.expr, call.args.first()) {
                    let of = self.expression(&method.expr);
                    for (text, _) in self.expression(first).texts() {
                        found.extend(condition(&of.names, text));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Name and value of a keyword argument.
pub(super) fn keyword<'a, 'b>(argument: &'b CallArg<'a>) -> Option<(&'a str, &'b Expr<'a>)> {
    match argument {
        CallArg::Kwarg(name, value) => Some((name, value)),
        _ => None,
    }
}

/// What an item of a value can be.
fn item_of(of: &Value, by: &Value) -> Value {
    if let (Some(known), Some(Known::Number(index))) = (value::only(of), value::only(by)) {
        return value::item(&known, index).unwrap_or_default();
    }
    let names: Vec<String> = by.texts().map(|(text, _)| text.to_owned()).collect();
    let value = of.values();
    if names.is_empty() { value } else { Value { names, ..value } }
}

/// What a method makes of a value.
fn method_of(of: &Value, name: &str, values: &[Value]) -> Value {
    let first = values.first();
    if NUMBERS.contains(&name) {
        return Value::default();
    }
    match (name, first) {
        ("format", _) => of.map(|known| match known {
            Known::Text { text, .. } => value::braces(text, values),
            _ => None,
        }),
        ("join", Some(list)) => of.fold(list, value::join),
        ("replace", Some(from)) => match values.get(1).map(value::only) {
            Some(Some(to)) if values.len() == 2 => of.fold(from, |text, from| value::replace(text, from, &to)),
            _ => of.made(from),
        },
        ("items", _) if of.listed() => of.pairs(),
        ("keys", _) if of.listed() => Value::parts(vec![of.items()]),
        ("values", _) if of.listed() => Value::parts(vec![of.values()]),
        ("copy", _) if of.listed() => of.clone(),
        (_, None) if of.constant() && !of.listed() => of.map(|known| value::change(known, name)),
        _ if CUTS.contains(&name) && of.nameless() => Value { known: Vec::new(), ..of.clone() },
        _ if PARTS.contains(&name) => {
            // `get` has what to give where there is nothing, and `next` of a cycler has built its parts.
            values.iter().skip(1).cloned().fold(of.values(), Value::or)
        }
        _ => values.iter().fold(of.made(&Value::default()), |all, value| all.made(value)),
    }
}

/// A filter takes `a.b` for the attribute `b` of the attribute `a`: each part is a name.
fn dotted(value: &Value) -> Value {
    let mut parts = Value { known: Vec::new(), ..value.clone() };
    for (text, built) in value.texts() {
        for part in text.split('.') {
            let known = vec![Known::Text { text: part.to_owned(), built }];
            parts = parts.or(Value { known, ..Value::default() });
        }
    }
    parts
}
