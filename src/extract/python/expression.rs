//! What an expression can be, and what it calls on the way. Each part is asked once.

use crate::extract::python::encoded;
use crate::extract::python::fold;
use crate::extract::python::follow::{Body, Follow};
use crate::extract::python::notes::Within;
use crate::extract::python::tree::{
    self, Comprehension, Expr, ExprAttribute, ExprCall, ExprSubscript, FStringPart, InterpolatedStringElement,
    Operator, UnaryOp,
};
use crate::extract::python::value::{Kind, Value, below, path};
use std::rc::Rc;

/// Longest text that is made of the parts of an f-string.
const LARGEST: usize = 1 << 20;

/// Arguments of a call, with their keywords.
pub(super) type Given<'a> = Vec<(Option<&'a str>, Value)>;

impl<'a> Follow<'a> {
    /// What an expression can be.
    pub(super) fn value(&mut self, expression: &'a Expr) -> Value {
        if !self.pay(1) {
            return Value::unknown();
        }
        match expression {
            Expr::Name(name) => self.look(name.id.as_str()),
            Expr::Attribute(attribute) => self.member(attribute).1,
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::StringLiteral(text) => {
                self.constant(text.value.to_str().as_bytes(), tree::start(text));
                Value::constant(Kind::Text(Rc::from(text.value.to_str())))
            }
            Expr::BytesLiteral(bytes) => {
                let octets: Rc<[u8]> = bytes.value.bytes().collect();
                self.constant(&octets, tree::start(bytes));
                Value::constant(Kind::Bytes(octets))
            }
            Expr::NumberLiteral(number) => {
                Value::constant(tree::whole(&number.value).map_or(Kind::Unknown, Kind::Number))
            }
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => {
                Value { literal: true, ..Value::unknown() }
            }
            Expr::List(list) => self.list(&list.elts),
            Expr::Tuple(tuple) => self.list(&tuple.elts),
            Expr::Set(set) => self.list(&set.elts),
            Expr::Dict(dict) => {
                let (mut pairs, mut joined) = (Vec::new(), Value { literal: true, ..Value::unknown() });
                for item in &dict.items {
                    let key = item.key.as_ref().map(|key| self.value(key)).unwrap_or_default();
                    let value = self.value(&item.value);
                    joined.literal &= key.literal && value.literal;
                    joined.draw(&value);
                    joined.draw(&key);
                    let mut kinds = value.kinds.into_iter();
                    pairs.push((
                        key.kinds.into_iter().next().unwrap_or(Kind::Unknown),
                        kinds.next().unwrap_or(Kind::Unknown),
                    ));
                    kinds.for_each(|kind| pairs.push((Kind::Unknown, kind)));
                }
                joined.push(Kind::Map(pairs.into()));
                joined
            }
            Expr::BinOp(one) => {
                let (left, right) = (self.value(&one.left), self.value(&one.right));
                self.operate(&left, one.op, &right)
            }
            Expr::UnaryOp(one) => {
                let operand = self.value(&one.operand);
                match (one.op, operand.kinds.as_slice()) {
                    (UnaryOp::USub, [Kind::Number(number)]) => {
                        Value { kinds: number.checked_neg().map(Kind::Number).into_iter().collect(), ..operand }
                    }
                    _ => Value { kinds: Vec::new(), ..operand },
                }
            }
            Expr::BoolOp(one) => self.any(one.values.iter()),
            Expr::If(one) => {
                self.value(&one.test);
                self.any([&*one.body, &*one.orelse].into_iter())
            }
            Expr::Named(one) => {
                let value = self.value(&one.value);
                self.assign(&one.target, &value);
                value
            }
            Expr::Compare(one) => {
                self.value(&one.left);
                one.comparators.iter().for_each(|one| drop(self.value(one)));
                Value::unknown()
            }
            Expr::FString(one) => self.parts(one.value.iter()),
            Expr::TString(one) => {
                let mut made = Value::unknown();
                for element in one.value.elements() {
                    self.element(element, &mut made);
                }
                made
            }
            Expr::Lambda(one) => {
                let at = tree::start(one);
                let index = self.unit_at(at, "<lambda>", false, Body::Expression(&one.body), one.parameters.as_deref());
                if let Some(parameters) = one.parameters.as_deref() {
                    self.parameters(parameters, index);
                }
                self.later(index);
                self.note_lambda(index, at);
                Value::one(Kind::Definition(index))
            }
            Expr::ListComp(one) => self.comprehension(&one.generators, &[&*one.elt]),
            Expr::SetComp(one) => self.comprehension(&one.generators, &[&*one.elt]),
            Expr::Generator(one) => self.comprehension(&one.generators, &[&*one.elt]),
            Expr::DictComp(one) => {
                let parts: Vec<&'a Expr> = one.key.as_deref().into_iter().chain([&*one.value]).collect();
                self.comprehension(&one.generators, &parts)
            }
            Expr::Await(one) => self.value(&one.value),
            Expr::Yield(one) => {
                let value = one.value.as_deref().map(|value| self.value(value)).unwrap_or_default();
                self.give(&Value::list(vec![value]));
                Value::unknown()
            }
            Expr::YieldFrom(one) => {
                let value = self.value(&one.value);
                self.give(&value);
                value
            }
            Expr::Starred(one) => self.value(&one.value).item(&Value::unknown()),
            Expr::Slice(one) => {
                for part in [&one.lower, &one.upper, &one.step].into_iter().flatten() {
                    self.value(part);
                }
                Value::unknown()
            }
            Expr::IpyEscapeCommand(one) => {
                self.command(one.kind, &one.value, tree::start(one));
                Value::unknown()
            }
        }
    }

    /// An object and its attribute.
    fn member(&mut self, one: &'a ExprAttribute) -> (Value, Value) {
        let object = self.value(&one.value);
        let name = one.attr.as_str();
        if self.notes_now() && name.starts_with("__") && name.ends_with("__") {
            let place = self.at().place;
            self.notes.name(name, place);
        }
        let value = self.attribute(&object, name, false);
        (object, value)
    }

    /// Keeps a large constant that holds something encoded, or may be something itself.
    fn constant(&mut self, octets: &[u8], at: usize) {
        if self.notes_now() && octets.len() >= encoded::SHORTEST {
            let line = self.line(at);
            self.encoded.add(octets, line);
        }
    }

    fn give(&mut self, value: &Value) {
        if let Some(unit) = self.units.get_mut(self.unit) {
            unit.gives.join(value);
        }
    }

    fn list(&mut self, elements: &'a [Expr]) -> Value {
        let values = elements.iter().map(|element| self.value(element)).collect();
        Value::list(values)
    }

    fn any(&mut self, parts: impl Iterator<Item = &'a Expr>) -> Value {
        let mut any = Value { literal: true, ..Value::unknown() };
        for part in parts {
            let value = self.value(part);
            any.literal &= value.literal;
            any.join(&value);
        }
        any
    }

    fn parts(&mut self, parts: impl Iterator<Item = &'a FStringPart>) -> Value {
        let (mut made, mut text) = (Value::unknown(), Some(String::new()));
        for part in parts {
            match part {
                FStringPart::Literal(literal) => append(&mut text, &literal.value),
                FStringPart::FString(string) => {
                    for element in &string.elements {
                        match self.element(element, &mut made) {
                            Some(known) => append(&mut text, &known),
                            None => text = None,
                        }
                    }
                }
            }
        }
        if let Some(text) = text {
            made.push(Kind::Text(Rc::from(text)));
        }
        made
    }

    /// Follows an element of an f-string; the text that it comes to, if that is known.
    fn element(&mut self, element: &'a InterpolatedStringElement, made: &mut Value) -> Option<Rc<str>> {
        match element {
            InterpolatedStringElement::Literal(literal) => Some(Rc::from(&*literal.value)),
            InterpolatedStringElement::Interpolation(one) => {
                let value = self.value(&one.expression);
                made.draw(&value);
                if let Some(spec) = one.format_spec.as_deref() {
                    spec.elements.iter().for_each(|element| drop(self.element(element, made)));
                    return None;
                }
                value.text().cloned()
            }
        }
    }

    fn comprehension(&mut self, generators: &'a [Comprehension], parts: &[&'a Expr]) -> Value {
        let mut made = Value::unknown();
        for generator in generators {
            let over = self.value(&generator.iter);
            made.draw(&over);
            let item = over.item(&Value::unknown());
            self.assign(&generator.target, &item);
            for test in &generator.ifs {
                self.value(test);
            }
        }
        for part in parts {
            let value = self.value(part);
            made.draw(&value);
            value
                .kinds
                .iter()
                .filter(|kind| matches!(kind, Kind::Path { .. } | Kind::Definition(_)))
                .for_each(|kind| made.push(kind.clone()));
        }
        made
    }

    /// What an operator makes of two values.
    pub(super) fn operate(&mut self, left: &Value, operator: Operator, right: &Value) -> Value {
        let mut made = Value { from: left.from.clone(), cut: left.cut, ..Value::unknown() };
        made.draw(right);
        if let Some(kind) = fold::operate(left, operator, right) {
            self.pay(weight(&kind));
            made.push(kind);
        } else {
            // `a | b` and `a or b` of what can be called.
            left.kinds
                .iter()
                .chain(&right.kinds)
                .filter(|kind| matches!(kind, Kind::Path { .. } | Kind::List(_) | Kind::Map(_)))
                .for_each(|kind| made.push(kind.clone()));
        }
        made
    }

    /// What a name stands for.
    fn look(&mut self, name: &str) -> Value {
        let looked = self.scopes.look(self.scope, name);
        let known = looked.value.is_some();
        let mut value = looked.value.unwrap_or_default();
        value.literal = false;
        if let Some(patched) = self.patches.get(name) {
            value.join(patched);
        }
        if name == "__builtins__" && !known {
            value.push(path("builtins", false));
        } else if !(known || (name.starts_with("__") && name.ends_with("__") && name != "__import__")) {
            self.outer(name, &mut value);
        } else if looked.builtin && BUILTINS.binary_search(&name).is_ok() {
            value.push(path(&below("builtins", name), false));
        }
        value
    }

    /// A name that the source does not bind: Python's own, or one of a module whose names are all imported.
    fn outer(&self, name: &str, value: &mut Value) {
        let whole = below("builtins", name);
        if let Some(patched) = self.patches.get(&whole) {
            value.join(patched);
        }
        value.push(path(&whole, false));
        for star in &self.stars {
            value.push(path(&below(star, name), false));
        }
    }

    /// An attribute of what an object can be.
    fn attribute(&self, object: &Value, name: &str, built: bool) -> Value {
        let mut value = Value { from: object.from.clone(), cut: object.cut, ..Value::unknown() };
        let mut outside = false;
        for kind in &object.kinds {
            match kind {
                Kind::Path { name: outer, built: before } => {
                    outside = true;
                    let whole = below(outer, name);
                    if let Some(patched) = self.patches.get(&whole) {
                        value.join(patched);
                    }
                    value.push(path(&whole, built || *before));
                }
                Kind::Text(_) => value.push(path(&below("builtins.str", name), false)),
                Kind::Bytes(_) => value.push(path(&below("builtins.bytes", name), false)),
                Kind::List(_) => value.push(path(&below("builtins.list", name), false)),
                Kind::Map(_) => value.push(path(&below("builtins.dict", name), false)),
                _ => {}
            }
        }
        if !outside && let Some(held) = self.attributes.get(name) {
            value.join(held);
        }
        value
    }

    fn subscript(&mut self, one: &'a ExprSubscript) -> Value {
        let object = self.value(&one.value);
        if let Expr::Slice(slice) = &*one.slice {
            self.value(&one.slice);
            let step = slice.step.as_deref().map(|step| self.value(step));
            let backwards = step.is_some_and(|step| step.kinds == [Kind::Number(-1)]);
            let whole = slice.lower.is_none() && slice.upper.is_none();
            let mut made = Value { from: object.from.clone(), cut: object.cut, ..Value::unknown() };
            for kind in &object.kinds {
                let kept = match kind {
                    Kind::Text(_) | Kind::Bytes(_) if backwards && whole => fold::reverse(kind),
                    Kind::List(_) | Kind::Path { .. } => Some(kind.clone()),
                    _ => None,
                };
                kept.into_iter().for_each(|kind| made.push(kind));
            }
            return made;
        }
        let key = self.value(&one.slice);
        self.item(&object, &key)
    }

    /// An item of what an object can be: of a namespace, the name that it holds.
    fn item(&mut self, object: &Value, key: &Value) -> Value {
        let mut item = Value { from: object.from.clone(), cut: object.cut, ..Value::unknown() };
        item.draw(key);
        for kind in &object.kinds {
            let Kind::Path { name, built } = kind else { continue };
            let key = key.text().map_or("*", |key| key);
            let of = match name.as_ref() {
                "sys.modules" => Some(Value::path(key, true)),
                "builtins.globals()" | "builtins.locals()" | "builtins.vars()" => {
                    let mut found = if key == "*" { Value::unknown() } else { self.look(key) };
                    found.kinds.iter_mut().for_each(|kind| {
                        if let Kind::Path { built, .. } = kind {
                            *built = true;
                        }
                    });
                    Some(std::mem::take(&mut found))
                }
                "builtins" => Some(Value::path(&below("builtins", key), true)),
                _ => name.strip_suffix(".__dict__").map(|module| Value::path(&below(module, key), true)),
            };
            match of {
                Some(of) => item.join(&of),
                None => {
                    if let Some(patched) = self.patches.get(&format!("{name}[{key}]")) {
                        item.join(patched);
                    }
                    // An item of a library's own container, or a type with parameters.
                    item.push(path(name, *built));
                }
            }
        }
        let held = Value {
            kinds: object.kinds.iter().filter(|kind| !matches!(kind, Kind::Path { .. })).cloned().collect(),
            ..Value::unknown()
        };
        item.join(&held.item(key));
        item
    }

    fn call(&mut self, one: &'a ExprCall) -> Value {
        let (object, callee, method) = match &*one.func {
            Expr::Attribute(attribute) => {
                let (object, callee) = self.member(attribute);
                (Some(object), callee, attribute.attr.as_str())
            }
            other => (None, self.value(other), ""),
        };
        let mut given: Given<'a> = Vec::with_capacity(one.arguments.args.len());
        for argument in &one.arguments.args {
            given.push((None, self.value(argument)));
        }
        for keyword in &one.arguments.keywords {
            given.push((keyword.arg.as_ref().map(|name| name.as_str()), self.value(&keyword.value)));
        }
        if let Some([constant]) = object.as_ref().map(|object| object.kinds.as_slice()) {
            let values: Vec<Value> = given.iter().map(|(_, value)| value.clone()).collect();
            if let Some(kind) = fold::method(constant, method, &values) {
                self.pay(weight(&kind));
                let mut made = Value::one(kind);
                object.iter().chain(&values).for_each(|value| made.draw(value));
                callee.paths().for_each(|(name, _)| made.made_by(name));
                return made;
            }
        }
        self.apply(&callee, given, tree::start(one), object.is_some())
    }

    /// What a call gives.
    fn apply(&mut self, callee: &Value, given: Given<'a>, at: usize, object: bool) -> Value {
        given.iter().for_each(|(_, value)| self.hands_on(value));
        self.hands_on(callee);
        let values: Vec<Value> = given.iter().map(|(_, value)| value.clone()).collect();
        let mut result = Value { from: callee.from.clone(), cut: callee.cut, ..Value::unknown() };
        values.iter().for_each(|value| result.draw(value));
        for kind in &callee.kinds {
            match kind {
                Kind::Definition(index) => {
                    self.bind_arguments(*index, &given, object);
                    let gives = self.units.get(*index).map(|unit| unit.gives.clone()).unwrap_or_default();
                    result.join(&gives);
                }
                Kind::Path { name, built } => {
                    let made = self.outside(name, *built, &given, &values, at);
                    result.join(&made);
                    result.made_by(name);
                }
                _ => {}
            }
        }
        result
    }

    /// What a call of something outside of the source gives; it is noted.
    pub(super) fn outside(
        &mut self,
        name: &Rc<str>,
        built: bool,
        given: &Given<'a>,
        values: &[Value],
        at: usize,
    ) -> Value {
        // Methods of constants are told by what is made of them.
        let plain = ["builtins.str.", "builtins.bytes.", "builtins.list.", "builtins.dict."]
            .iter()
            .any(|of| name.starts_with(of));
        if self.notes_now() && !plain {
            let (line, place) = (self.line(at), self.at());
            let named =
                |index: usize| self.units.get(index).map(|unit| unit.name.as_str()).filter(|name| !name.is_empty());
            let within = Within { unit: named(self.unit), function: named(self.top(self.unit)) };
            self.notes.call(name, built, place, within, line, values);
            self.note_text(name, values, line);
        }
        let first = values.first();
        let text = |at: usize| values.get(at).and_then(Value::text).cloned();
        if let Some(kind) = fold::function(name, values) {
            self.pay(weight(&kind));
            return Value::one(kind);
        }
        match name.as_ref() {
            "builtins.__import__" | "importlib.import_module" | "importlib.__import__" => {
                let module = text(0).unwrap_or_else(|| Rc::from("*"));
                // `__import__("a.b")` gives `a`, unless names are asked of it.
                let whole = name.ends_with("import_module")
                    || values.len() > 3
                    || given.iter().any(|(key, _)| *key == Some("fromlist"));
                let module = if whole { &*module } else { module.split('.').next().unwrap_or(&module) };
                Value::path(module, true)
            }
            "builtins.getattr" => {
                let object = first.cloned().unwrap_or_default();
                let attribute = text(1).unwrap_or_else(|| Rc::from("*"));
                let mut value = self.attribute(&object, &attribute, true);
                if let Some(default) = values.get(2) {
                    value.join(default);
                }
                value
            }
            "builtins.setattr" => {
                if let (Some(object), Some(attribute), Some(value)) = (first, text(1), values.get(2)) {
                    for (outer, _) in object.paths() {
                        self.patches.entry(below(outer, &attribute)).or_default().join(value);
                    }
                }
                Value::unknown()
            }
            "builtins.vars" if !values.is_empty() => {
                let object = first.cloned().unwrap_or_default();
                self.attribute(&object, "__dict__", false)
            }
            // What is made of a function is still that function.
            "functools.partial" | "functools.wraps" | "functools.partialmethod" => {
                let kinds = first.map(|first| first.kinds.clone()).unwrap_or_default();
                let mut made = Value { kinds, ..Value::unknown() };
                made.push(path(&format!("{name}()"), built));
                made
            }
            "builtins.iter" | "builtins.reversed" | "builtins.list" | "builtins.tuple" | "builtins.sorted"
            | "builtins.set" => first.cloned().unwrap_or_default(),
            _ => self.of_namespace(name, values).unwrap_or_else(|| Value::path(&format!("{name}()"), built)),
        }
    }

    /// What asking a namespace by one of a dictionary's methods gives: `os.__dict__.get("system")`.
    fn of_namespace(&mut self, name: &str, values: &[Value]) -> Option<Value> {
        let (object, method) = name.rsplit_once('.')?;
        let first = values.first()?;
        match method {
            "get" | "__getitem__" | "pop" | "setdefault"
                if object.ends_with(".__dict__")
                    || matches!(
                        object,
                        "sys.modules" | "builtins.globals()" | "builtins.locals()" | "builtins.vars()"
                    ) =>
            {
                Some(self.item(&Value::path(object, true), first))
            }
            "__getattribute__" | "__getattr__" => {
                let attribute = first.text().cloned().unwrap_or_else(|| Rc::from("*"));
                Some(self.attribute(&Value::path(object, true), &attribute, true))
            }
            "__call__" => {
                let given = values.iter().map(|value| (None, value.clone())).collect();
                let callee = Value::path(object, true);
                Some(self.apply(&callee, given, 0, false))
            }
            _ => None,
        }
    }

    /// Keeps a constant text that Python's own functions run as Python.
    fn note_text(&mut self, name: &str, values: &[Value], line: u64) {
        if !matches!(name, "builtins.exec" | "builtins.eval" | "builtins.compile") {
            return;
        }
        for kind in values.first().map(|value| value.kinds.as_slice()).unwrap_or_default() {
            let text = match kind {
                Kind::Text(text) => Rc::clone(text),
                Kind::Bytes(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => Rc::from(text),
                    Err(_) => continue,
                },
                _ => continue,
            };
            if self.texts.len() >= 256 {
                return self.notes.cut = true;
            }
            if !self.texts.iter().any(|(_, known)| *known == text) {
                self.texts.push((line, text));
            }
        }
    }
}

fn append(text: &mut Option<String>, part: &str) {
    match text {
        Some(whole) if whole.len().saturating_add(part.len()) <= LARGEST => whole.push_str(part),
        _ => *text = None,
    }
}

/// What making a constant costs, beside the step itself.
fn weight(kind: &Kind) -> usize {
    match kind {
        Kind::Text(text) => text.len() >> 5,
        Kind::Bytes(bytes) => bytes.len() >> 5,
        Kind::List(items) => items.len() >> 1,
        _ => 0,
    }
}

/// Python's own names that a source may give another meaning in one branch alone (Python 3.14, `dir(builtins)`: functions that take what
/// is run, opened or asked for by name), sorted.
pub(super) const BUILTINS: &[&str] = &[
    "__import__",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "getattr",
    "globals",
    "input",
    "locals",
    "open",
    "setattr",
    "vars",
];
