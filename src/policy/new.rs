//! A new rule and its test, to begin with.

use crate::policy::PolicySet;

const RULE: &str = include_str!("new/rule.rego");
const TEST: &str = include_str!("new/rule_test.rego");

/// Words that Rego keeps for itself: none can be a part of a package's path.
const KEPT: [&str; 16] = [
    "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null",
    "package", "some", "true",
];

/// The two files of a new rule, each by its path below the policy's folder.
///
/// # Errors
/// In words, when `id` cannot be a rule's or is that of a shipped rule.
pub fn scaffold(id: &str, shipped: &PolicySet) -> Result<[(String, String); 2], String> {
    let Some((group, name)) = id.split_once('/') else {
        return Err(format!("`{id}` is no rule's id; write GROUP/RULE, as in `own/no-large-files`"));
    };
    let begins = |text: &str| text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !begins(group) || !group.bytes().all(plain) {
        return Err(format!("`{group}` is no group; a group has small letters and digits, and begins with a letter"));
    }
    if !begins(name) || !name.split('-').all(|word| !word.is_empty() && word.bytes().all(plain)) {
        return Err(format!(
            "`{name}` is no rule's name; a name has small letters and digits, and single dashes between words"
        ));
    }
    if group == "lib" {
        return Err("the group `lib` is for helpers; choose another group".to_owned());
    }
    if name == "test" || name.ends_with("-test") {
        return Err(format!("`{name}`: what ends in `test` is taken for tests; choose another name"));
    }
    if let Some(word) = [group, name].into_iter().find(|word| KEPT.contains(word)) {
        return Err(format!("`{word}` is a word of Rego itself; choose another"));
    }
    if shipped.rules().iter().any(|rule| rule.id == id) {
        return Err(format!(
            "the rule `{id}` is already there; `weighbridge rules explain {id}` shows it; choose another id"
        ));
    }
    let file = name.replace('-', "_");
    let fill = |text: &str| text.replace("GROUP", group).replace("RULE_ID", name).replace("RULE", &file);
    Ok([(format!("{group}/{file}/{file}.rego"), fill(RULE)), (format!("{group}/{file}/{file}_test.rego"), fill(TEST))])
}
