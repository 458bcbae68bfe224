//! The facts' JSON schema and the data documents as types.

use crate::facts::Facts;
use crate::policy::check::types::{Field, Origin, Type};
use regorus::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Fields of one object of data that are held by name; a larger one is a table.
const FIELDS: usize = 64;

/// Fields from which on values that are all of one kind make a table: its names are values too.
const TABLE: usize = 16;

/// Levels of data that are looked at.
const LEVELS: usize = 12;

/// The facts as a type.
#[derive(Debug)]
pub(super) struct Schema {
    /// The whole.
    pub facts: Type,
    parts: Vec<Type>,
    names: Vec<String>,
}

impl Schema {
    /// Of [`Facts`], as `weighbridge schema facts` prints it.
    pub fn of_facts() -> Self {
        let schema = serde_json::to_value(schemars::schema_for!(Facts)).unwrap_or_default();
        let parts = schema.get("$defs").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        let names: Vec<String> = parts.keys().cloned().collect();
        let parts: Vec<Type> = parts.values().map(|part| read(part, &names)).collect();
        Self { facts: read(&schema, &names), parts, names }
    }

    /// A type whose outermost level is all there.
    pub fn open(&self, of: &Type) -> Type {
        let mut open = of.clone();
        // A part can be a name again; a circle of names alone has no value, and ends here.
        for _ in 0..=self.parts.len() {
            let named = std::mem::take(&mut open.named);
            if named.is_empty() {
                break;
            }
            for part in named.iter().filter_map(|index| self.parts.get(*index)) {
                open.join(part);
            }
        }
        open
    }

    /// What a type is called in the schema, when it is one part of it: `pickle`, `tensor table`.
    pub fn name(&self, of: &Type) -> Option<String> {
        let mut names = of.named.iter();
        let (Some(index), None) = (names.next(), names.next()) else { return None };
        let name = self.names.get(*index)?;
        let mut words = String::new();
        for character in name.chars() {
            if character.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.push(character.to_ascii_lowercase());
        }
        Some(words)
    }
}

fn read(schema: &serde_json::Value, names: &[String]) -> Type {
    let Some(schema) = schema.as_object() else { return Type::any() };
    if let Some(target) = schema.get("$ref").and_then(serde_json::Value::as_str) {
        let index = target.strip_prefix("#/$defs/").and_then(|name| names.iter().position(|known| known == name));
        return index.map_or_else(Type::any, Type::named);
    }
    if let Some(constant) = schema.get("const") {
        return constant.as_str().map_or_else(Type::any, |word| Type::word(word, 0));
    }
    let several = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array());
    if let Some(several) = several {
        return several.iter().fold(Type::default(), |sum, part| sum.or(&read(part, names)));
    }
    if let Some(words) = schema.get("enum").and_then(serde_json::Value::as_array) {
        let word = |word: &serde_json::Value| word.as_str().map_or_else(Type::any, |word| Type::word(word, 0));
        return words.iter().fold(Type::default(), |sum, value| sum.or(&word(value)));
    }
    let one = |kind: &str| match kind {
        "null" => Type::null(),
        "boolean" => Type::boolean(),
        "integer" | "number" => Type::number(),
        "string" => Type::text(),
        "array" => Type::list(schema.get("items").map_or_else(Type::any, |items| read(items, names))),
        "object" => object(schema, names),
        _ => Type::any(),
    };
    match schema.get("type") {
        Some(serde_json::Value::String(kind)) => one(kind),
        Some(serde_json::Value::Array(kinds)) => {
            kinds.iter().filter_map(serde_json::Value::as_str).fold(Type::default(), |sum, kind| sum.or(&one(kind)))
        }
        _ => Type::any(),
    }
}

fn object(schema: &serde_json::Map<String, serde_json::Value>, names: &[String]) -> Type {
    let fields = schema.get("properties").and_then(serde_json::Value::as_object);
    let fields = fields.into_iter().flatten().map(|(name, value)| {
        let field = Field { value: read(value, names), origin: 0 };
        (Rc::from(name.as_str()), field)
    });
    let rest = match schema.get("additionalProperties") {
        Some(serde_json::Value::Bool(false)) => None,
        Some(rest) => Some(read(rest, names)),
        None => Some(Type::any()),
    };
    Type::object(fields.collect(), rest)
}

/// A data document as a type. Its texts can be any text: lists are there to be changed. What is empty or null can become anything.
pub(super) fn of_data(value: &Value) -> Type {
    data(value, LEVELS)
}

fn data(value: &Value, levels: usize) -> Type {
    let Some(levels) = levels.checked_sub(1) else { return Type::any() };
    match value {
        Value::Bool(_) => Type::boolean(),
        Value::Number(_) => Type::number(),
        Value::String(_) => Type::text(),
        Value::Array(items) if !items.is_empty() => {
            Type::list(items.iter().fold(Type::default(), |sum, item| sum.or(&data(item, levels))))
        }
        Value::Object(fields) if !fields.is_empty() => {
            let mut known: BTreeMap<Rc<str>, Field> = BTreeMap::new();
            let mut rest: Option<Type> = None;
            let kind = |value: &Value| std::mem::discriminant(value);
            let mut kinds = fields.values().map(kind);
            let first = kinds.next();
            let named = fields.len() < TABLE || (fields.len() <= FIELDS && kinds.any(|kind| Some(kind) != first));
            for (key, value) in fields.iter() {
                let value = data(value, levels);
                match key {
                    Value::String(name) if named => {
                        known.insert(Rc::from(name.as_ref()), Field { value, origin: Origin::MAX });
                    }
                    _ => rest = Some(rest.unwrap_or_default().or(&value)),
                }
            }
            Type::object(known, rest)
        }
        _ => Type::any(),
    }
}
