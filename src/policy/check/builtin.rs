//! The engine's own functions: which a policy may not use and why, and what they return.

use crate::policy::check::recursion::path;
use crate::policy::check::types::{Text, Type};
use regorus::unstable::{BUILTINS, Expr, Ref};
use std::rc::Rc;

/// Functions whose answer is not in the facts, so that a verdict could not be replayed; each with what to use in its place. A name that
/// ends with a dot stands for all that begin with it. Most of them are not even built into the engine here.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("time.now_ns", "asks the clock", "compare `input.evaluated_at`, the time of the judgement, as text"),
    ("http.", "asks the network", "put what it would fetch into `data/`"),
    ("net.lookup_ip_addr", "asks the network", "put what it would look up into `data/`"),
    ("rand.", "is chance", "let the facts decide: a rule gives the same answer for the same facts"),
    ("uuid.rfc4122", "is chance", "take a digest or an id of the facts"),
    ("opa.runtime", "reads the environment", "put settings into `data/`"),
    ("rego.metadata.", "is not known to the engine", "repeat the words of METADATA in `with`"),
    ("rego.parse_module", "is not known to the engine", "judge `input` only"),
    ("test.sleep", "waits", "leave it out"),
    ("azure.policy.", "is not of Rego's own functions", "use Rego's own functions"),
    ("io.jwt.", "is not known to the engine", "signatures are verified outside of policies"),
    ("crypto.", "is not known to the engine", "digests stand in the facts: `member.digest.sha256`"),
    ("providers.", "asks the network", "put what it would ask for into `data/`"),
];

/// Why a function may not be used, and what to use in its place.
pub(super) fn forbidden(name: &str) -> Option<(&'static str, &'static str)> {
    FORBIDDEN
        .iter()
        .find(|(known, ..)| name == *known || (known.ends_with('.') && name.starts_with(known)))
        .map(|(_, why, instead)| (*why, *instead))
}

/// How many arguments a function takes: at least, and at most.
pub(super) fn arity(name: &str) -> Option<(usize, usize)> {
    match name {
        "print" => Some((0, usize::MAX)),
        _ => BUILTINS.get(name).map(|(_, count)| (usize::from(*count), usize::from(*count))),
    }
}

/// Whether the last of so many arguments takes the result, as in `walk(x, [path, value])`.
pub(super) fn takes_result(called: &Expr, given: &[Ref<Expr>]) -> bool {
    let pattern =
        |last: &Ref<Expr>| matches!(last.as_ref(), Expr::Var { .. } | Expr::Array { .. } | Expr::Object { .. });
    let count = BUILTINS.get(path(called).join(".").as_str()).map(|(_, count)| usize::from(*count).saturating_add(1));
    count == Some(given.len()) && given.last().is_some_and(pattern)
}

/// The names of all functions that may be used.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.keys().copied().filter(|name| forbidden(name).is_none() && !name.starts_with("__"))
}

/// What a function takes, a letter an argument: text, number, list, set, object, any of the last three (`c`), those or text (`i`).
fn kinds(name: &str) -> &'static str {
    match name {
        "startswith" | "endswith" | "contains" | "split" | "indexof" | "indexof_n" | "trim" | "trim_left"
        | "trim_right" | "trim_prefix" | "trim_suffix" | "regex.match" | "regex.split" | "strings.count" => "tt",
        "lower" | "upper" | "trim_space" | "strings.reverse" | "json.unmarshal" | "base64.decode" | "hex.decode" => "t",
        "replace" | "regex.replace" => "ttt",
        "substring" => "tnn",
        "regex.find_n" => "ttn",
        "glob.match" => "t.t",
        "concat" => "tc",
        "sprintf" => "tl",
        "format_int" | "numbers.range" => "nn",
        "abs" | "ceil" | "floor" | "round" => "n",
        "count" => "i",
        "sum" | "product" | "max" | "min" | "sort" => "c",
        "array.concat" => "ll",
        "array.slice" => "lnn",
        "array.reverse" => "l",
        "union" | "intersection" => "s",
        "object.get" | "object.remove" | "object.filter" | "object.keys" => "o",
        "object.union" => "oo",
        _ => "",
    }
}

/// The first argument that a function cannot take: its place, and what it takes there. Arguments are open.
pub(super) fn refused(name: &str, arguments: &[Type]) -> Option<(usize, &'static str)> {
    let fits = |(kind, of): (char, &Type)| {
        let (list, set, object) = (of.list.is_some(), of.set.is_some(), of.object.is_some());
        let text = of.text != Text::None;
        match kind {
            't' => (text, "a text"),
            'n' => (of.number, "a number"),
            'l' => (list, "a list"),
            's' => (set, "a set"),
            'o' => (object, "an object"),
            'c' => (list || set || object, "a list or set"),
            'i' => (list || set || object || text, "a list, set, object or text"),
            _ => (true, ""),
        }
    };
    let pairs = kinds(name).chars().zip(arguments).enumerate();
    pairs
        .filter(|(_, (_, of))| !of.any && !of.is_never())
        .map(|(place, pair)| (place, fits(pair)))
        .find(|(_, (fits, _))| !fits)
        .map(|(place, (_, wanted))| (place, wanted))
}

/// What a function returns. Arguments are open: see [`super::schema::Schema::open`].
pub(super) fn result(name: &str, arguments: &[Type]) -> Type {
    let first = arguments.first().cloned().unwrap_or_else(Type::any);
    let second = arguments.get(1).cloned().unwrap_or_else(Type::any);
    match name {
        "concat"
        | "format_int"
        | "lower"
        | "upper"
        | "replace"
        | "sprintf"
        | "substring"
        | "trim"
        | "trim_left"
        | "trim_prefix"
        | "trim_right"
        | "trim_space"
        | "trim_suffix"
        | "strings.reverse"
        | "strings.replace_n"
        | "type_name"
        | "json.marshal"
        | "json.marshal_with_options"
        | "base64.encode"
        | "base64.decode"
        | "base64url.encode"
        | "base64url.decode"
        | "base64url.encode_no_pad"
        | "hex.encode"
        | "hex.decode"
        | "regex.replace"
        | "glob.quote_meta" => Type::text(),
        "count"
        | "sum"
        | "product"
        | "abs"
        | "ceil"
        | "floor"
        | "round"
        | "to_number"
        | "indexof"
        | "strings.count"
        | "semver.compare"
        | "units.parse"
        | "units.parse_bytes"
        | "bits.and"
        | "bits.or"
        | "bits.xor"
        | "bits.negate"
        | "bits.lsh"
        | "bits.rsh"
        | "time.parse_rfc3339_ns"
        | "time.parse_ns" => Type::number(),
        "startswith"
        | "endswith"
        | "contains"
        | "is_array"
        | "is_boolean"
        | "is_null"
        | "is_number"
        | "is_object"
        | "is_set"
        | "is_string"
        | "regex.match"
        | "regex.is_valid"
        | "glob.match"
        | "json.is_valid"
        | "semver.is_valid"
        | "object.subset"
        | "strings.any_prefix_match"
        | "strings.any_suffix_match"
        | "base64.is_valid" => Type::boolean(),
        "numbers.range" | "numbers.range_step" | "indexof_n" => Type::list(Type::number()),
        "split" | "regex.split" | "regex.find_n" => Type::list(Type::text()),
        "sort" => Type::list(within(&first)),
        "max" | "min" => within(&first),
        "array.concat" => Type::list(within(&first).or(&within(&second))),
        "array.reverse" | "array.slice" => Type::list(within(&first)),
        "union" | "intersection" => Type::set(within(&within(&first))),
        "object.union" => merged(&[first, second]),
        "object.union_n" => merged(&[within(&first)]),
        "object.keys" => Type::set(Type::any()),
        "object.filter" | "object.remove" => remaining(&first),
        "walk" => Type::list(Type::items(vec![Type::list(Type::any()), Type::any()])),
        _ => Type::any(),
    }
}

/// What stands in a list, set or object. An item of something else is never.
fn within(of: &Type) -> Type {
    if of.any || !of.named.is_empty() {
        return Type::any();
    }
    let mut inside = Type::default();
    of.list.iter().for_each(|list| inside.join(&list.each));
    of.set.iter().for_each(|set| inside.join(set));
    if let Some(object) = &of.object {
        object.fields.values().for_each(|field| inside.join(&field.value));
        object.rest.iter().for_each(|rest| inside.join(rest));
    }
    inside
}

/// An object with the fields of several.
fn merged(of: &[Type]) -> Type {
    let mut whole = Type::default();
    for part in of {
        match part.as_object() {
            Some(object) => whole.join(&object),
            None => return Type::any(),
        }
    }
    whole
}

/// An object of which some fields may be gone.
fn remaining(of: &Type) -> Type {
    of.as_object().unwrap_or_else(Type::any)
}

/// The single words that a text can be.
pub(super) fn words(of: &Type) -> Vec<(Rc<str>, u32)> {
    match &of.text {
        Text::Words(words) if of.is_text() => words.iter().cloned().collect(),
        _ => Vec::new(),
    }
}
