//! The index of rules for people: Markdown, generated from METADATA.

use crate::verdict::Rule;

/// `policies/README.md`: every rule with its level and title, by group.
#[must_use]
pub fn index(rules: &[Rule]) -> String {
    let mut out = String::from(
        "# Rules\n\n\
         Generated from the METADATA of the rules; `WEIGHBRIDGE_WRITE=1 cargo test` writes it anew.\n\
         `weighbridge rules explain ID` says more. A `deny` fails the artifact, a `warn` is told; a rule of level `deny` may\n\
         warn where its description says so.\n",
    );
    let mut group = "";
    for rule in rules {
        let (of, name) = rule.id.split_once('/').unwrap_or(("", &rule.id));
        if of != group {
            group = of;
            out.push_str(&format!("\n## {group}\n\n| rule | level | what it finds |\n|---|---|---|\n"));
        }
        let file = name.replace('-', "_");
        let title = rule.title.replace('|', "\\|");
        out.push_str(&format!("| [`{}`]({group}/{file}/{file}.rego) | {} | {title} |\n", rule.id, rule.level));
    }
    out
}
