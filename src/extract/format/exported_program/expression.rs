//! Texts of an exported program that PyTorch evaluates as Python, and what they call. Never evaluates them.

use serde_json::Value;
use std::collections::BTreeSet;

/// What a text calls, by domain and name: functions and methods of an expression, or the whole text where it is more than arithmetic.
pub(super) type Names = BTreeSet<(&'static str, String)>;

/// Functions and methods that an expression calls.
const CALLED: &str = "expression";
/// A text that does more than call them.
const CODE: &str = "code";
/// What the description of a tree imports.
const IMPORTED: &str = "import";

/// What an expression calls: `Max(s0, 2)`, `L['x'].size()[0] >= 2`. Anything but arithmetic, comparisons, calls of plain names and
/// items by plain keys is code, and then its name is the whole text.
pub(super) fn names(text: &str) -> Names {
    let mut found = Names::new();
    if scan(text, &mut found).is_none() {
        found.clear();
        found.insert((CODE, text.to_owned()));
    }
    found
}

/// What stood before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An operator, a comma, an opening bracket, or nothing.
    Open,
    /// A square bracket that opens.
    Square,
    /// A name; whether behind a dot.
    Name,
    /// A number, a text, or a bracket that closes.
    Value,
}

fn scan(text: &str, found: &mut Names) -> Option<()> {
    let mut rest = text;
    let mut before = Before::Open;
    while let Some(first) = rest.chars().next() {
        let behind = rest.get(first.len_utf8()..)?;
        let (next, now) = match first {
            ' ' => (behind, before),
            'a'..='z' | 'A'..='Z' | '_' => {
                let end =
                    rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
                let (name, next) = (rest.get(..end)?, rest.get(end..)?);
                if matches!(name, "and" | "or" | "not" | "in" | "is") {
                    (next, Before::Open)
                } else {
                    // Two names in a row: a keyword, `lambda x` or `x for x`.
                    if matches!(before, Before::Name | Before::Value) || name.contains("__") || name == "lambda" {
                        return None;
                    }
                    if next.trim_start_matches(' ').starts_with('(') {
                        found.insert((CALLED, name.to_owned()));
                    }
                    (next, Before::Name)
                }
            }
            '0'..='9' => {
                if matches!(before, Before::Name | Before::Value) {
                    return None;
                }
                let next = behind.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
                let exponent = next.strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
                let next =
                    exponent.map_or(next, |rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
                (next, Before::Value)
            }
            '.' => {
                // A method or attribute: its name counts, called or not.
                let end = behind
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(behind.len());
                let (name, next) = (behind.get(..end)?, behind.get(end..)?);
                let plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !name.contains("__");
                if !plain || !matches!(before, Before::Name | Before::Value) {
                    return None;
                }
                found.insert((CALLED, name.to_owned()));
                (next, Before::Name)
            }
            // A key: `L['x']`. A text anywhere else may be one that sympy evaluates.
            '\'' if before == Before::Square => {
                let (key, next) = behind.split_once('\'')?;
                let plain =
                    key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '/'));
                if !plain || !next.trim_start_matches(' ').starts_with(']') {
                    return None;
                }
                (next, Before::Value)
            }
            // A call of a result calls what nobody named.
            '(' if before == Before::Value => return None,
            '(' | ',' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '&' | '|' | '~' => (behind, Before::Open),
            '!' if behind.starts_with('=') => (behind, Before::Open),
            '[' => (behind, Before::Square),
            ')' | ']' => (behind, Before::Value),
            _ => return None,
        };
        (rest, before) = (next, now);
    }
    Some(())
}

/// What the description of a tree imports: the factory of a `defaultdict`, the class of a value of an `Enum`.
pub(super) fn imports(text: &str) -> Names {
    let mut found = Names::new();
    if !text.contains("default_factory_module") && !text.contains("fqn") && !text.contains('\\') {
        return found;
    }
    let Ok(tree) = serde_json::from_str::<Value>(text) else {
        found.insert((IMPORTED, text.to_owned()));
        return found;
    };
    let mut open = vec![&tree];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                let word = |key: &str| fields.get(key).and_then(Value::as_str);
                if let Some(module) = word("default_factory_module") {
                    let name = word("default_factory_name").unwrap_or_default();
                    found.insert((IMPORTED, format!("{module}:{name}")));
                }
                if let Some(name) = word("fqn") {
                    found.insert((IMPORTED, name.to_owned()));
                }
                open.extend(fields.values());
            }
            // The context of a node is itself a text of JSON in the first version of the notation.
            Value::String(text) if text.contains("default_factory_module") || text.contains("fqn") => {
                found.insert((IMPORTED, text.clone()));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(text: &str) -> Vec<(&'static str, String)> {
        names(text).into_iter().collect()
    }

    #[test]
    fn arithmetic_calls_what_it_calls() {
        assert_eq!(called("s0"), []);
        assert_eq!(called("2*s0 + 1.5e-3 - (s1//2)**2"), []);
        assert_eq!(called("Max(1, FloorDiv(s0, 2))"), [(CALLED, "FloorDiv".into()), (CALLED, "Max".into())]);
        assert_eq!(called("L['x']['k'].size()[0] >= 2 and not s0 != 3"), [(CALLED, "size".into())]);
        assert_eq!(called("system (s0)"), [(CALLED, "system".into())]);
    }

    #[test]
    fn all_else_is_code() {
        for text in [
            "__import__('os').system('id')",
            "s0.__class__",
            "Max('x')",
            "L['x']('y')",
            "f()()",
            "[x for x in y]",
            "lambda: 0",
            "(lambda x)",
            "x if y",
            "x; y",
            "x\ny",
            "{x}",
            "x := 1",
            "'x'",
            "L['a\\x41']",
            "s0!",
            "\u{ff4f}s",
        ] {
            assert_eq!(called(text), [(CODE, text.to_owned())], "{text}");
        }
    }

    #[test]
    fn factories_and_enums_are_imported() {
        let read = |text: &str| imports(text).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        let context = r#"{"default_factory_module": "evil", "default_factory_name": "X", "dict_context": []}"#;
        let tree = format!(r#"[1, {{"type": "collections.defaultdict", "context": {context}, "children_spec": []}}]"#);
        assert_eq!(read(&tree), ["evil:X"]);
        assert_eq!(read(r#"[1, {"context": {"__enum__": true, "fqn": "evil:X", "name": "A"}}]"#), ["evil:X"]);
        assert_eq!(read(r#"[1, {"type": "builtins.tuple", "context": "null", "children_spec": []}]"#), [""; 0]);
        assert_eq!(read(r#"[1, {"context": "{\"default_factory_module\": \"evil\"}"}]"#).len(), 1);
        assert_eq!(read("\\ broken").len(), 1);
    }
}
