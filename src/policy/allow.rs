//! Allow entries as YAML to offer, and as data to judge by.

use crate::policy::PolicyError;
use crate::verdict::{AllowEntry, AllowedUse};

/// The file that owns the repository's list when none is named.
pub(super) const OWNER: &str = "weighbridge.yaml";

/// The conditions that an entry may put on an argument; `policies/lib/condition.rego` carries them out.
const ARGUMENTS: &str = include_str!("../../policies/data/conditions.json");

/// Entries as the document `data.allow.repository`.
pub(super) fn document(entries: &[AllowEntry], owner: &str) -> Result<serde_json::Value, PolicyError> {
    for entry in entries {
        check(entry).map_err(|what| PolicyError::Allow {
            owner: owner.to_owned(),
            global: entry.global.clone(),
            what,
        })?;
    }
    let wrong = |error: serde_json::Error| PolicyError::Data { file: owner.to_owned(), what: error.to_string() };
    // Here no state condition means the default; in a shipped list it means that nothing is asked.
    let mut entries = entries.to_vec();
    for entry in entries.iter_mut().filter(|entry| entry.uses.contains(&AllowedUse::Build)) {
        entry.state.get_or_insert_with(|| vec!["no-methods".to_owned()]);
    }
    let entries = serde_json::to_value(entries).map_err(wrong)?;
    Ok(serde_json::json!({"library": "repository", "classes": {}, "entries": entries}))
}

fn check(entry: &AllowEntry) -> Result<(), String> {
    let conditions: serde_json::Value = serde_json::from_str(ARGUMENTS).map_err(|error| error.to_string())?;
    if !entry.global.contains(['.', ':']) || entry.global.contains('*') {
        return Err(
            "a global is `module.name`, or `module:Outer.Inner`; a module is never allowed as a whole".to_owned()
        );
    }
    if entry.uses.is_empty() {
        return Err("`as` is empty; say what may be done with it: call, new, build, reference".to_owned());
    }
    if entry.reason.trim().is_empty() {
        return Err("`reason` is empty; say why it is safe".to_owned());
    }
    if entry.arguments.is_some() && !entry.uses.iter().any(|kind| matches!(kind, AllowedUse::Call | AllowedUse::New)) {
        return Err("`arguments` are conditions on a call; `as` has no `call` and no `new`".to_owned());
    }
    for (key, names) in [("arguments", &entry.arguments), ("state", &entry.state)] {
        let list = conditions.get(key).and_then(serde_json::Value::as_object);
        let known = |one: &str| {
            list.is_some_and(|list| {
                list.contains_key(one)
                    || list.keys().any(|known| known.ends_with(':') && one.starts_with(known) && one != known)
            })
        };
        for name in names.iter().flatten() {
            let plain = if key == "arguments" { name.strip_suffix("...").unwrap_or(name) } else { name };
            if let Some(one) = plain.split('|').find(|one| !known(one)) {
                let known: Vec<&str> = list.iter().flat_map(|list| list.keys()).map(String::as_str).collect();
                return Err(format!("`{key}`: `{one}` is no condition; there are {}", known.join(", ")));
            }
        }
    }
    Ok(())
}

/// An entry as the YAML to put into the file that owns the list.
pub(super) fn yaml(entry: &AllowEntry, owner: &str) -> String {
    let uses: Vec<&str> = entry
        .uses
        .iter()
        .map(|kind| match kind {
            AllowedUse::Call => "call",
            AllowedUse::New => "new",
            AllowedUse::Build => "build",
            AllowedUse::Reference => "reference",
        })
        .collect();
    let mut out = format!("# {owner}\nallow:\n  - global: {}\n    as: [{}]\n", scalar(&entry.global), uses.join(", "));
    for (key, names) in [("arguments", &entry.arguments), ("state", &entry.state)] {
        if let Some(names) = names {
            let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
            out.push_str(&format!("    {key}: [{}]\n", names.join(", ")));
        }
    }
    out.push_str(&format!("    reason: {}\n", scalar(&entry.reason)));
    if let Some(source) = &entry.source {
        out.push_str(&format!("    source: {}\n", scalar(source)));
    }
    out
}

/// A YAML scalar: plain where nothing can be misread, else in double quotes, where YAML takes JSON's escapes.
fn scalar(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let word = text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && text.bytes().all(plain);
    let keyword =
        matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if word && !keyword { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
