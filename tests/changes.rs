//! `--changed-since` and `--changed-only` with the real binary and real repositories: which artifacts are judged, and every way that a
//! change could hide one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{OLD_WEIGHTS, ended, remove, weighbridge, write};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A pickle that calls `posix.system`.
const HOSTILE: &[u8] = b"cposix\nsystem\n(S'id'\ntR.";

/// A repository whose branch `head` is checked out; `main` is where it began.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.at("")).unwrap();
        place.git(&["init", "-q"]);
        for name in ["models/a.txt", "models/b.txt", "models/one/x.txt", "models/two/y.txt", "other/z.txt", "notes.txt"]
        {
            place.write(name, format!("plain text of {name}\n"));
        }
        place.commit();
        place.git(&["checkout", "-q", "-b", "head"]);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join("repository").join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(&self.at(""), name, text);
    }

    fn remove(&self, name: &str) {
        remove(&self.at(""), name);
    }

    fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let named =
            ["user.name=t", "user.email=t@example.com", "init.defaultBranch=main", "protocol.file.allow=always"];
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for setting in named {
            command.args(["-c", setting]);
        }
        let done = command.args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.at(""), arguments)
    }

    /// Commits everything, and says which commit it is.
    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Exit code, report and standard error of a check in the repository.
    fn check_in(&self, folder: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, Value, String) {
        let all = [&["check", "--format", "json"], arguments].concat();
        let mut command = weighbridge(&self.at(folder), &all);
        command.envs(environment.iter().copied()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let (code, stdout, stderr) = ended(&mut command);
        (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")), stderr)
    }

    fn check(&self, arguments: &[&str]) -> (i32, Value, String) {
        self.check_in("", arguments, &[])
    }

    /// Exit code, and the artifacts that were judged, since `main`.
    fn judged(&self, named: &[&str]) -> (i32, Vec<String>) {
        let (code, report, stderr) = self.check(&[named, &["--changed-since", "main"]].concat());
        assert!(report["error"].is_null(), "{stderr}");
        (code, paths(&report))
    }

    /// A check since `main` that ends without a judgement: the error.
    fn refused(&self, named: &[&str]) -> String {
        let (code, _, stderr) = self.check(&[named, &["--changed-since", "main"]].concat());
        assert_eq!(code, 2, "{stderr}");
        stderr
    }

    /// A check with `--changed-only` after an event.
    fn event(&self, name: &str, branch: Option<&str>, payload: &Value) -> (i32, Value, String) {
        let file = self.0.path().join("event.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        let environment = [
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
            ("GITHUB_BASE_REF", branch.unwrap_or_default()),
        ];
        self.check_in("", &["models/a.txt", "models/one", "--changed-only"], &environment)
    }
}

/// The artifacts that were judged.
fn paths(report: &Value) -> Vec<String> {
    let artifacts = report["artifacts"].as_array().unwrap_or_else(|| panic!("{report}"));
    artifacts.iter().map(|artifact| artifact["path"].as_str().unwrap().to_owned()).collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn nothing_changed_is_a_pass_that_says_so() {
    let place = Place::new();
    let (code, report, stderr) = place.check(&["models/one", "models/a.txt", "--changed-since", "main"]);
    assert_eq!((code, paths(&report), &report["verdict"]), (0, none(), &json!("passed")), "{stderr}");
    let main = place.git(&["rev-parse", "main"]);
    let changed = json!({"since": "main", "base": main, "files": 0, "unchanged": 2, "removed": []});
    assert_eq!(report["changed"], changed);
    let mut command = weighbridge(&place.at(""), &["check", "models/one", "models/a.txt", "--changed-since", "main"]);
    let (code, stdout, _) = ended(&mut command);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("nothing changed since main, so nothing was judged; 2 artifacts are unchanged"),
        "{stdout}"
    );
    // Without the option everything is judged, and the report says nothing of changes.
    let (_, report, _) = place.check(&["models/one"]);
    assert_eq!((paths(&report), &report["changed"]), (vec!["models/one".to_owned()], &Value::Null));
}

#[test]
fn the_report_says_where_in_the_repository_the_run_was() {
    let place = Place::new();
    assert_eq!(place.check(&["notes.txt"]).1["prefix"], json!(""));
    assert_eq!(place.check_in("models/one", &["x.txt"], &[]).1["prefix"], json!("models/one/"));
    // Without git too.
    assert_eq!(place.check_in("models", &["a.txt"], &[("PATH", "")]).1["prefix"], json!("models/"));
    assert_eq!(place.check_in("..", &["repository/notes.txt"], &[]).1["prefix"], Value::Null);
    let (parent, head) = (place.git(&["rev-parse", "HEAD"]), place.commit());
    assert_eq!(place.check(&["notes.txt"]).1["commits"], json!([head, parent]));
    assert_eq!(place.check_in("..", &["repository/notes.txt"], &[]).1["commits"], json!([]));
}

#[test]
fn what_a_branch_changes_is_judged_and_nothing_else() {
    let place = Place::new();
    place.write("models/one/x.txt", HOSTILE);
    place.commit();
    let named = ["models/one", "models/two", "models/a.txt", "other/z.txt"];
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
    // From a folder below, by other spellings, and with everything named at once.
    let (code, report, _) =
        place.check_in("models", &["one/", "./two", "../other/z.txt", "--changed-since", "main"], &[]);
    assert_eq!((code, paths(&report)), (1, vec!["one/".to_owned()]));
    assert_eq!(place.judged(&["."]), (1, vec![".".to_owned()]));
    let absolute = place.at("models/one");
    assert_eq!(place.judged(&[absolute.to_str().unwrap()]).1, [absolute.to_str().unwrap()]);
    // What happens on the other side counts for nothing.
    place.git(&["checkout", "-q", "main"]);
    place.write("models/two/y.txt", "changed there\n");
    place.commit();
    place.git(&["checkout", "-q", "head"]);
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
    // Merged and undone is a change.
    place.git(&["merge", "-q", "-s", "ours", "-m", "a merge", "main"]);
    assert_eq!(place.judged(&named).1, ["models/one", "models/two"]);
}

#[test]
fn added_renamed_copied_and_removed_files_count() {
    let named = ["models/one", "models/two", "other"];
    let place = Place::new();
    std::fs::rename(place.at("models/one/x.txt"), place.at("models/two/x.txt")).unwrap();
    place.remove("models/one");
    place.commit();
    // The folder is gone, and that is said; the file is in another one now.
    let (code, report, _) = place.check(&[&named[..], &["--changed-since", "main"]].concat());
    assert_eq!((code, paths(&report)), (0, vec!["models/two".to_owned()]));
    assert_eq!(report["changed"]["removed"], json!(["models/one"]));
    assert_eq!(report["changed"]["unchanged"], json!(1));

    let place = Place::new();
    std::fs::copy(place.at("models/one/x.txt"), place.at("other/copy.txt")).unwrap();
    place.commit();
    assert_eq!(place.judged(&named), (0, vec!["other".to_owned()]));

    // Of two files one is removed: what is left is loaded in another way.
    let place = Place::new();
    place.git(&["checkout", "-q", "main"]);
    place.write("models/one/model.safetensors", "x");
    place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    place.remove("models/one/model.safetensors");
    place.commit();
    assert_eq!(place.judged(&named), (0, vec!["models/one".to_owned()]));
}

#[test]
fn files_are_judged_with_their_shards_and_with_what_lies_beside_them() {
    let place = Place::new();
    place.git(&["checkout", "-q", "main"]);
    let shards =
        ["s/m-00001-of-00002.txt", "s/m-00002-of-00002.txt", "s/m.txt.index.json", "s/alone.txt", "t/alone.txt"];
    for name in shards {
        place.write(name, format!("{{\"name\": \"{name}\"}}\n"));
    }
    place.write("t/config.json", "{}");
    place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    assert_eq!(place.judged(&shards), (0, none()));
    place.write(shards[1], "changed\n");
    assert_eq!(place.judged(&shards).1, shards[..3]);
    place.commit();
    assert_eq!(place.judged(&shards).1, shards[..3]);
    place.git(&["reset", "-q", "--hard", "main"]);
    place.write(shards[2], "{}");
    place.commit();
    assert_eq!(place.judged(&shards).1, shards[..4]);
    // A sidecar, changed or removed or new, decides what loading does.
    for change in [Some("{\"auto_map\": {}}"), None] {
        place.git(&["reset", "-q", "--hard", "main"]);
        match change {
            Some(text) => place.write("t/config.json", text),
            None => place.remove("t/config.json"),
        }
        assert_eq!(place.judged(&shards).1, ["t/alone.txt"]);
        place.commit();
        assert_eq!(place.judged(&shards).1, ["t/alone.txt"]);
    }
    place.git(&["reset", "-q", "--hard", "main"]);
    place.write("t/adapter_config.json", "{}");
    assert_eq!(place.judged(&shards).1, ["t/alone.txt"]);
}

#[test]
fn each_artifact_of_the_configuration_is_chosen_by_itself() {
    let place = Place::new();
    place.git(&["checkout", "-q", "main"]);
    place.write("weighbridge.yaml", "artifacts: ['models/*/', 'other/*']\n");
    place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    assert_eq!(place.judged(&["."]), (0, none()));
    place.write("models/two/y.txt", "changed\n");
    place.commit();
    assert_eq!(place.judged(&["."]), (0, vec!["models/two".to_owned()]));
    // What is new is found by the patterns.
    place.write("models/three/new.pkl", HOSTILE);
    place.commit();
    assert_eq!(place.judged(&["."]), (1, vec!["models/three".to_owned(), "models/two".to_owned()]));
    // When the last file of a pattern is removed nothing is missing, though it was named by nobody else.
    place.git(&["reset", "-q", "--hard", "main"]);
    place.remove("other");
    place.commit();
    let (code, report, _) = place.check(&[".", "--changed-since", "main"]);
    assert_eq!((code, paths(&report), &report["changed"]["removed"]), (0, none(), &json!(["./other/*"])));
    let (code, report, _) = place.check(&["models", "*/z.*", "--no-config", "--changed-since", "main"]);
    assert_eq!((code, paths(&report), &report["changed"]["removed"]), (0, none(), &json!(["*/z.*"])));
    // From a folder whose name would be a pattern itself.
    place.write("a[b]/x.pkl", HOSTILE);
    place.commit();
    place.git(&["branch", "-q", "-f", "main"]);
    place.remove("a[b]/x.pkl");
    place.write("a[b]/y.txt", "plain text\n");
    place.commit();
    let (code, report, _) = place.check_in("a[b]", &["*.pkl", "--no-config", "--changed-since", "main"], &[]);
    assert_eq!((code, paths(&report), &report["changed"]["removed"]), (0, none(), &json!(["*.pkl"])));
    assert_eq!(place.check_in("a[b]", &["*.pt", "--no-config", "--changed-since", "main"], &[]).0, 3);
}

#[test]
fn what_is_not_there_is_missing_unless_the_change_removed_it() {
    let place = Place::new();
    for name in ["models/nowhere.txt", "nowhere/x.txt", "models/*.none", "models/one/deep"] {
        let (code, report, stderr) = place.check(&[name, "models/a.txt", "--changed-since", "main"]);
        assert_eq!((code, paths(&report)), (3, none()), "{name}: {stderr}");
        assert_eq!(report["errors"][0]["kind"], json!("missing"));
    }
    // Deleted without a commit: it is still in HEAD.
    place.remove("models/one");
    assert_eq!(place.judged(&["models/one"]).0, 3);
    place.commit();
    let (code, report, _) = place.check(&["models/one", "models/one/x.txt", "models/one/*", "--changed-since", "main"]);
    assert_eq!((code, paths(&report)), (0, none()));
    assert_eq!(report["changed"]["removed"], json!(["models/one", "models/one/x.txt", "models/one/*"]));
    let mut command = weighbridge(&place.at(""), &["check", "models/one", "--changed-since", "main"]);
    let (_, stdout, _) = ended(&mut command);
    assert!(stdout.contains("models/one  removed since main, nothing to judge"), "{stdout}");
    assert!(stdout.contains("nothing is left of what changed since main"), "{stdout}");
    // A name that never was there stays missing beside it.
    assert_eq!(place.judged(&["models/one", "models/three"]).0, 3);
}

#[test]
fn the_work_tree_counts_as_it_lies_on_disk() {
    let place = Place::new();
    place.write(".gitignore", "*.bin\n");
    place.git(&["add", "-A"]);
    place.git(&["commit", "-q", "-m", "a change"]);
    let named = ["models/one", "models/two", "models/a.txt"];
    assert_eq!(place.judged(&named), (0, none()));
    // Modified, untracked, ignored, staged and put back, removed.
    place.write("models/one/x.txt", HOSTILE);
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
    place.git(&["add", "-A"]);
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
    place.git(&["reset", "-q", "--hard"]);
    place.write("models/two/deep/new.txt", HOSTILE);
    assert_eq!(place.judged(&named), (1, vec!["models/two".to_owned()]));
    place.remove("models/two/deep");
    place.write("models/two/new.bin", HOSTILE);
    assert_eq!(place.judged(&named), (1, vec!["models/two".to_owned()]));
    assert_eq!(place.judged(&["models/two/new.bin"]), (1, vec!["models/two/new.bin".to_owned()]));
    place.remove("models/two/new.bin");
    place.remove("models/two/y.txt");
    place.write("models/two/z.txt", "plain\n");
    assert_eq!(place.judged(&named), (0, vec!["models/two".to_owned()]));
    place.git(&["clean", "-q", "-f", "-d"]);
    place.git(&["reset", "-q", "--hard"]);
    // A repository inside, which git takes for none of its own.
    std::fs::create_dir(place.at("models/one/inner")).unwrap();
    place.git_in(&place.at("models/one/inner"), &["init", "-q"]);
    place.write("models/one/inner/x.pkl", HOSTILE);
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
    // What lies outside of the repository is judged always.
    std::fs::write(place.0.path().join("outside.txt"), "plain\n").unwrap();
    assert_eq!(place.judged(&["../outside.txt"]), (0, vec!["../outside.txt".to_owned()]));
}

#[test]
fn the_index_is_not_asked() {
    let named = ["models/one", "models/two"];
    for bit in ["--assume-unchanged", "--skip-worktree"] {
        let place = Place::new();
        place.git(&["update-index", bit, "models/one/x.txt"]);
        place.write("models/one/x.txt", HOSTILE);
        assert_eq!(place.git(&["status", "--porcelain"]), "", "git is expected to see nothing");
        assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]), "{bit}");
    }
    // Same size and same times: only the content tells.
    let place = Place::new();
    let file = place.at("models/one/x.txt");
    let before = std::fs::metadata(&file).unwrap();
    let mut content = std::fs::read(&file).unwrap();
    content[..HOSTILE.len()].copy_from_slice(HOSTILE);
    std::fs::write(&file, content).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(place.judged(&named), (1, vec!["models/one".to_owned()]));
}

#[test]
fn a_sparse_checkout_leaves_nothing_unsaid() {
    let place = Place::new();
    place.write("models/one/x.txt", HOSTILE);
    place.write("models/new.txt", HOSTILE);
    place.commit();
    place.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/models/one", "!/models/new.txt"]);
    assert!(!place.at("models/one/x.txt").exists());
    for named in ["models", ".", "models/one", "models/*/*.txt", "models/one/x.txt", "models/*"] {
        let error = place.refused(&[named]);
        assert!(error.contains("changed and not in the work tree"), "{named}: {error}");
    }
    assert_eq!(place.judged(&["models/two", "other/z.txt"]), (0, none()));
    // Not changed and not here: a directory is judged as it is.
    let place = Place::new();
    place.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/models/one"]);
    assert_eq!(place.judged(&["models"]), (0, vec!["models".to_owned()]));
    assert_eq!(place.judged(&["models/one"]).0, 3);
}

#[test]
fn attributes_hide_nothing_and_start_nothing() {
    for attributes in
        ["* -diff binary", "* eol=crlf text", "* ident", "* working-tree-encoding=UTF-16", "* filter=x -text"]
    {
        let place = Place::new();
        let ran = place.0.path().join("ran");
        for (key, command) in
            [("clean", "git cat-file blob main:models/one/x.txt"), ("smudge", "cat"), ("process", "false")]
        {
            place.git(&["config", &format!("filter.x.{key}"), &format!("touch {}; {command}", ran.display())]);
        }
        place.git(&["config", "diff.external", &format!("touch {}; true", ran.display())]);
        place.git(&["config", "core.fsmonitor", &format!("touch {}; true", ran.display())]);
        std::fs::create_dir_all(place.at(".git/info")).unwrap();
        std::fs::write(place.at(".git/info/attributes"), format!("{attributes}\n")).unwrap();
        place.write("models/one/x.txt", HOSTILE);
        assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"], "{attributes}");
        assert!(!ran.exists(), "{attributes}: a filter ran");
    }
    // Attributes that change above an artifact may change what a checkout makes of it.
    for (at, wanted) in [
        (".gitattributes", &["models/one", "models/two", "other"][..]),
        ("models/.gitattributes", &["models/one", "models/two"]),
        ("models/two/.gitattributes", &["models/two"]),
    ] {
        let place = Place::new();
        place.write(at, "*.txt -text\n");
        place.commit();
        assert_eq!(place.judged(&["models/one", "models/two", "other"]).1, wanted, "{at}");
    }
}

#[test]
fn a_submodule_is_always_judged() {
    let place = Place::new();
    let inner = place.0.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    place.git_in(&inner, &["init", "-q"]);
    let put = |content: &[u8]| {
        std::fs::write(inner.join("x.pkl"), content).unwrap();
        place.git_in(&inner, &["add", "-A"]);
        place.git_in(&inner, &["commit", "-q", "-m", "a change"]);
    };
    put(b"plain text\n");
    place.git(&["checkout", "-q", "main"]);
    place.git(&["submodule", "add", "-q", inner.to_str().unwrap(), "models/sub"]);
    place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    let named = ["models", "models/sub", "models/sub/x.pkl", "other"];
    assert_eq!(place.judged(&named).1, named[..3]);
    // Moved on, with everything that makes git look away.
    put(HOSTILE);
    place.write(".gitmodules", std::fs::read_to_string(place.at(".gitmodules")).unwrap() + "\tignore = all\n");
    place.git(&["config", "diff.ignoreSubmodules", "all"]);
    place.git_in(&place.at("models/sub"), &["pull", "-q", "origin", "main"]);
    place.git(&["add", "-A", "-f"]);
    place.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{},models/sub", place.git_in(&inner, &["rev-parse", "HEAD"])),
    ]);
    place.git(&["commit", "-q", "-m", "a change"]);
    let (code, judged) = place.judged(&named);
    assert_eq!((code, &judged[..]), (1, &named.map(str::to_owned)[..3]));
    // Only the link to it changes, and it is not checked out.
    place.git(&["submodule", "deinit", "-q", "-f", "models/sub"]);
    let error = place.refused(&["models"]);
    assert!(error.contains("models/sub: changed and not in the work tree"), "{error}");
    // Inside of it the event says nothing.
    place.git(&["submodule", "update", "-q", "--init"]);
    let environment = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", "../../../event.json")];
    let zero = "0".repeat(40);
    std::fs::write(
        place.0.path().join("event.json"),
        json!({"before": zero.replace('0', "1"), "after": zero}).to_string(),
    )
    .unwrap();
    let (code, _, stderr) = place.check_in("models/sub", &["x.pkl", "--changed-only"], &environment);
    assert!(code == 2 && stderr.contains("is a submodule"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_judged() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.git(&["checkout", "-q", "main"]);
    symlink("../other", place.at("models/linked")).unwrap();
    symlink("../other/z.txt", place.at("models/z.txt")).unwrap();
    place.write("real/x.txt", "plain text\n");
    place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    // Which content stands behind a link is not known from its own name.
    let named = ["models/linked", "models/linked/z.txt", "models/z.txt"];
    assert_eq!(place.judged(&named).1, named);
    assert_eq!(place.judged(&["models/*.txt"]).1, ["models/z.txt"]);
    assert_eq!(place.judged(&["models/linked/../models/a.txt"]).1.len(), 1);
    let door = place.0.path().join("door");
    symlink(place.at("models/linked"), &door).unwrap();
    assert_eq!(place.judged(&["../door/z.txt"]).1.len(), 1);
    // A link in a directory that is as HEAD has it changes nothing; another target does.
    place.git(&["rm", "-q", "models/linked", "models/z.txt"]);
    symlink("x.txt", place.at("real/link")).unwrap();
    place.commit();
    place.git(&["branch", "-q", "-f", "main"]);
    assert_eq!(place.judged(&["real"]).1, none());
    place.remove("real/link");
    symlink("y.txt", place.at("real/link")).unwrap();
    assert_eq!(place.judged(&["real"]).1, ["real"]);
    place.commit();
    assert_eq!(place.judged(&["real"]).1, ["real"]);
    // A folder above becomes a link to another one, with the same names in it.
    place.git(&["reset", "-q", "--hard", "main"]);
    place.write("hostile/x.txt", HOSTILE);
    place.remove("real");
    symlink("hostile", place.at("real")).unwrap();
    place.commit();
    assert_eq!(place.judged(&["real/x.txt"]), (1, vec!["real/x.txt".to_owned()]));
    assert_eq!(place.judged(&["real/*"]), (1, vec!["real/x.txt".to_owned()]));
    // A file becomes a link with the text of the file as its target.
    place.git(&["reset", "-q", "--hard", "main"]);
    place.write("models/t", "a.txt");
    place.commit();
    place.git(&["branch", "-q", "-f", "main"]);
    place.remove("models/t");
    symlink("a.txt", place.at("models/t")).unwrap();
    assert_eq!(place.judged(&["models/one", "models"]).1, ["models"]);
}

#[cfg(unix)]
#[test]
fn kinds_and_modes_and_hostile_names_are_changes() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    // A mark as a program, in a commit or on disk alone, though git is told not to look.
    let place = Place::new();
    place.git(&["config", "core.fileMode", "false"]);
    std::fs::set_permissions(place.at("models/one/x.txt"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"]);
    place.git(&["update-index", "--chmod=+x", "models/one/x.txt"]);
    place.git(&["commit", "-q", "-m", "a change"]);
    assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"]);
    // A file becomes a folder, and the other way round.
    let place = Place::new();
    place.remove("models/a.txt");
    place.write("models/a.txt/x.pkl", HOSTILE);
    place.remove("models/two");
    place.write("models/two", HOSTILE);
    assert_eq!(place.judged(&["models/a.txt", "models/two"]).0, 1);
    place.commit();
    assert_eq!(place.judged(&["models/a.txt", "models/two"]).1, ["models/a.txt", "models/two"]);
    // Another case of a name is another name.
    let place = Place::new();
    place.git(&["config", "core.ignoreCase", "true"]);
    std::fs::rename(place.at("models/one/x.txt"), place.at("models/one/X.TXT")).unwrap();
    assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"]);
    // Names that a list of lines would lose.
    for name in [&b"a\nb"[..], b"\"q\"", b"\xff\xfe", b"\\", b"tab\t", b"-x", b":(top)x", b" ", b"\xc3\xa9", b"*"] {
        let place = Place::new();
        let file = place.at("models/one").join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(&file, "plain text\n").unwrap();
        place.commit();
        assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"], "{name:?}");
        place.git(&["branch", "-q", "-f", "main"]);
        assert_eq!(place.judged(&["models/one", "models/two"]).1, none(), "{name:?}");
        std::fs::write(&file, "other text\n").unwrap();
        assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"], "{name:?}");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(place.judged(&["models/one", "models/two"]).1, ["models/one"], "{name:?}");
    }
    // A pattern means them as well.
    let place = Place::new();
    std::fs::write(place.at("models").join(std::ffi::OsStr::from_bytes(b"\xff.txt")), HOSTILE).unwrap();
    assert_eq!(place.check(&["models/*.txt"]).0, 1);
    place.commit();
    assert_eq!(place.judged(&["models/*.txt"]), (1, vec!["models/\\xff.txt".to_owned()]));
    // What is no file at all.
    let place = Place::new();
    place.remove("models/one/x.txt");
    assert!(Command::new("mkfifo").arg(place.at("models/one/x.txt")).status().unwrap().success());
    assert_eq!(place.judged(&["models/one", "models/two"]), (1, vec!["models/one".to_owned()]));
}

#[test]
fn history_that_is_bent_or_not_here_is_no_reason_to_pass() {
    let place = Place::new();
    let main = place.git(&["rev-parse", "HEAD"]);
    place.write("models/one/x.txt", HOSTILE);
    let head = place.commit();
    // Replaced objects and grafts.
    place.git(&["replace", &main, &head]);
    assert_eq!(place.judged(&["models/one"]).0, 1);
    place.git(&["replace", "-d", &main]);
    std::fs::create_dir_all(place.at(".git/info")).unwrap();
    std::fs::write(place.at(".git/info/grafts"), format!("{main} {head}\n")).unwrap();
    assert_eq!(place.judged(&["models/one"]).0, 1);
    std::fs::remove_file(place.at(".git/info/grafts")).unwrap();
    // A tag with the name of the branch.
    place.git(&["tag", "main", "head"]);
    let error = place.refused(&["models/one"]);
    assert!(error.contains("`main` is the name of more than one"), "{error}");
    assert_eq!(place.check(&["models/one", "--changed-since", "refs/heads/main"]).0, 1);
    assert_eq!(place.check(&["models/one", "--changed-since", "HEAD~1"]).0, 1);
    place.git(&["tag", "-d", "main"]);
    // Nothing in common, nothing there, and what looks like an option.
    place.git(&["checkout", "-q", "--orphan", "alone"]);
    place.commit();
    let error = place.refused(&["models/one"]);
    assert!(error.contains("no commit in common") && error.contains("fetch-depth: 0"), "{error}");
    for named in ["nowhere", "--all", "-h", &"1".repeat(40)] {
        let (code, _, stderr) = place.check(&["models/one", &format!("--changed-since={named}")]);
        assert!(code == 2 && stderr.contains("is not here") && stderr.contains("fetch-depth: 0"), "{named}: {stderr}");
    }
    let (code, _, stderr) = place.check_in("..", &["repository/models/one", "--changed-since", "main"], &[]);
    assert!(code == 2 && stderr.contains("in no git repository"), "{stderr}");
    let (code, _, stderr) = place.check_in("", &["models/one", "--changed-since", "main"], &[("PATH", "")]);
    assert!(code == 2 && stderr.contains("git cannot be started"), "{stderr}");
    let (code, _, stderr) = place.check(&["models/one", "--changed-since", "main", "--changed-only"]);
    assert!(code == 2 && stderr.contains("cannot be used with"), "{stderr}");
}

#[test]
fn every_commit_in_common_counts() {
    // Two branches that merged each other have two newest commits in common; the file differs from one of them.
    let place = Place::new();
    place.write("models/one/x.txt", HOSTILE);
    let ours = place.commit();
    place.git(&["checkout", "-q", "main"]);
    place.write("other/z.txt", "other\n");
    let theirs = place.commit();
    place.git(&["merge", "-q", "-m", "a merge", &ours]);
    place.write("models/one/x.txt", "mended\n");
    place.commit();
    place.git(&["checkout", "-q", "head"]);
    place.git(&["merge", "-q", "-m", "a merge", &theirs]);
    assert_eq!(place.git(&["merge-base", "--all", "main", "head"]).lines().count(), 2);
    assert_eq!(place.judged(&["models/one", "models/two"]), (1, vec!["models/one".to_owned()]));
}

#[test]
fn a_shallow_clone_is_asked_no_more_than_it_knows() {
    let place = Place::new();
    for _ in 0..3 {
        place.commit();
    }
    place.git(&["branch", "-q", "-f", "main"]);
    place.write("models/one/x.txt", HOSTILE);
    place.commit();
    let clone = |depth: &str| {
        let folder = place.0.path().join(format!("depth{depth}"));
        let origin = format!("file://{}", place.at("").display());
        place.git_in(place.0.path(), &["clone", "-q", "--no-single-branch", depth, &origin, folder.to_str().unwrap()]);
        format!("../depth{depth}")
    };
    let since = ["models/one", "models/two", "--changed-since", "origin/main"];
    let (code, _, stderr) = place.check_in(&clone("--depth=1"), &since, &[]);
    assert!(code == 2 && stderr.contains("fetch-depth: 0"), "{stderr}");
    // The other commit itself is where this one came from: no history can tell otherwise.
    let (code, report, stderr) = place.check_in(&clone("--depth=2"), &since, &[]);
    assert_eq!((code, paths(&report)), (1, vec!["models/one".to_owned()]), "{stderr}");
    // Once both went on, an older commit may be the newest that is left.
    place.git(&["checkout", "-q", "main"]);
    place.write("notes.txt", "changed\n");
    place.commit();
    place.git(&["checkout", "-q", "head"]);
    place.write("other/z.txt", "changed\n");
    place.commit();
    let three = clone("--depth=3");
    let common = place.git_in(&place.at(&three), &["merge-base", "origin/main", "HEAD"]);
    assert_eq!(common, place.git(&["merge-base", "main", "head"]), "git is expected to find a commit in common");
    let (code, _, stderr) = place.check_in(&three, &since, &[]);
    assert!(code == 2 && stderr.contains("fetch-depth: 0"), "{stderr}");
    place.git_in(&place.at(&three), &["fetch", "-q", "--unshallow"]);
    assert_eq!(place.check_in(&three, &since, &[]).0, 1);
}

#[test]
fn a_partial_clone_is_not_filled() {
    let place = Place::new();
    place.git(&["config", "uploadpack.allowFilter", "true"]);
    place.write("models/one/x.txt", HOSTILE);
    place.commit();
    let origin = format!("file://{}", place.at("").display());
    let partial = place.0.path().join("partial");
    let filter = ["clone", "-q", "--filter=tree:0", "--no-checkout", &origin, partial.to_str().unwrap()];
    place.git_in(place.0.path(), &filter);
    let (code, _, stderr) = place.check_in("../partial", &[".", "--changed-since", "origin/main"], &[]);
    assert!(code == 2 && stderr.contains("git diff-tree failed"), "{stderr}");
    let partial = place.0.path().join("blobless");
    place.git_in(place.0.path(), &["clone", "-q", "--filter=blob:none", &origin, partial.to_str().unwrap()]);
    let since = ["models/one", "models/two", "--changed-since", "origin/main"];
    let (code, report, stderr) = place.check_in("../blobless", &since, &[]);
    assert_eq!((code, paths(&report)), (1, vec!["models/one".to_owned()]), "{stderr}");
}

#[test]
fn a_pull_request_is_compared_with_its_target_branch() {
    let place = Place::new();
    place.write("models/one/x.txt", HOSTILE);
    let newest = place.commit();
    place.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let payload = json!({"pull_request": {"head": {"sha": newest}, "base": {"sha": newest}}});
    let (code, report, stderr) = place.event("pull_request", Some("main"), &payload);
    assert_eq!((code, paths(&report)), (1, vec!["models/one".to_owned()]), "{stderr}");
    assert_eq!((&report["changed"]["since"], &report["changed"]["unchanged"]), (&json!("main"), &json!(1)));
    // As `actions/checkout` has it: the merge of both.
    place.git(&["checkout", "-q", "--detach", "main"]);
    place.git(&["merge", "-q", "--no-ff", "-m", "a merge", "head"]);
    assert_eq!(place.event("pull_request", Some("main"), &payload).0, 1);
    // Another commit is checked out, so that nothing would seem changed: the way to a green check for `pull_request_target`.
    place.git(&["checkout", "-q", "--detach", "main"]);
    for name in ["pull_request", "pull_request_target"] {
        let (code, _, stderr) = place.event(name, Some("main"), &payload);
        assert!(code == 2 && stderr.contains("nothing of the change is here"), "{stderr}");
        // Nor does a check of everything tell the pull request what the target branch has.
        let environment = [("GITHUB_EVENT_NAME", name), ("GITHUB_BASE_REF", "main")];
        let (code, _, stderr) = place.check_in("", &["models"], &environment);
        assert!(code == 2 && stderr.contains("nothing of the change is here"), "{stderr}");
    }
    place.git(&["checkout", "-q", "--detach", "head"]);
    place.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "another"]);
    let (code, _, stderr) = place.event("pull_request", Some("main"), &payload);
    assert!(code == 2 && stderr.contains("does not hold the commit"), "{stderr}");
    for wrong in [
        json!({}),
        json!([]),
        json!({"pull_request": {"head": {}}}),
        json!({"pull_request": {"head": {"sha": "--all"}}}),
    ] {
        assert_eq!(place.event("pull_request", Some("main"), &wrong).0, 2, "{wrong}");
    }
    let (code, _, stderr) = place.event("pull_request", Some("nowhere"), &payload);
    assert!(code == 2 && stderr.contains("fetch-depth: 0"), "{stderr}");
}

#[test]
fn a_push_is_compared_with_what_was_there_before() {
    let place = Place::new();
    let before = place.git(&["rev-parse", "HEAD"]);
    place.write("models/one/x.txt", HOSTILE);
    let after = place.commit();
    let payload = json!({"before": before, "after": after});
    let (code, report, stderr) = place.event("push", None, &payload);
    assert_eq!((code, paths(&report)), (1, vec!["models/one".to_owned()]), "{stderr}");
    assert_eq!(report["changed"]["base"], json!(before));
    let named = vec!["models/a.txt".to_owned(), "models/one".to_owned()];
    // A new branch, and a forced push whose former commit is nobody's.
    for (before, note) in [("0", "this branch is new"), ("1", "the commit before this push is not here")] {
        let (code, report, stderr) = place.event("push", None, &json!({"before": before.repeat(40), "after": after}));
        assert_eq!((code, paths(&report), &report["changed"]), (1, named.clone(), &Value::Null));
        assert!(stderr.contains(note) && stderr.contains("everything is judged"), "{stderr}");
    }
    // A forced push back to what was before is a change, though it is no new commit.
    place.git(&["checkout", "-q", "--detach", &before]);
    let (code, report, _) = place.event("push", None, &json!({"before": after, "after": before}));
    assert_eq!((code, paths(&report)), (0, vec!["models/one".to_owned()]));
    let (code, _, stderr) = place.event("push", None, &payload);
    assert!(code == 2 && stderr.contains("does not hold the commit"), "{stderr}");
    // Only the policy is pushed: nothing changed, and that is said.
    place.write("weighbridge.yaml", "fail-on: warn\n");
    let policy = place.commit();
    let (code, report, _) = place.event("push", None, &json!({"before": before, "after": policy}));
    assert_eq!((code, paths(&report), &report["changed"]["unchanged"]), (0, none(), &json!(2)));
}

#[test]
fn a_merge_group_is_compared_with_its_base_and_judged_by_it() {
    let place = Place::new();
    place.git(&["checkout", "-q", "main"]);
    place.write("policies/old_weights.rego", OLD_WEIGHTS);
    place.write("weighbridge.yaml", "policy: [policies]\n");
    let base = place.commit();
    place.git(&["checkout", "-q", "-B", "head"]);
    place.write("models/one/x.weights", "plain text\n");
    place.remove("policies");
    place.write("weighbridge.yaml", "exclude: ['*']\n");
    let head = place.commit();
    let payload = json!({"merge_group": {"base_sha": base, "head_sha": head}});
    let (code, report, stderr) = place.event("merge_group", None, &payload);
    assert_eq!((code, paths(&report)), (1, vec!["models/one".to_owned()]), "{stderr}");
    assert_eq!(report["artifacts"][0]["findings"][0]["rule"], json!("ours/old-weights"));
    assert_eq!((&report["policy"]["base"], &report["changed"]["base"]), (&json!(base), &json!(base)));
    for wrong in [
        json!({}),
        json!({"merge_group": {"base_sha": "main", "head_sha": head}}),
        json!({"merge_group": {"base_sha": "1".repeat(40), "head_sha": head}}),
        json!({"merge_group": {"base_sha": base}}),
        json!({"merge_group": {"base_sha": base, "head_sha": "1".repeat(40)}}),
    ] {
        assert_eq!(place.event("merge_group", None, &wrong).0, 2, "{wrong}");
    }
    // The queue's base judges without --changed-only too.
    let file = place.0.path().join("event.json");
    std::fs::write(&file, payload.to_string()).unwrap();
    let queue = [("GITHUB_EVENT_NAME", "merge_group"), ("GITHUB_EVENT_PATH", file.to_str().unwrap())];
    let (code, report, _) = place.check_in("", &["models/one"], &queue);
    assert_eq!((code, &report["policy"]["base"]), (1, &json!(base)));
}

#[test]
fn other_events_do_not_say_what_changed() {
    let place = Place::new();
    for name in ["schedule", "workflow_dispatch", "pull_request_review", "\u{1b}[2J"] {
        let (code, _, stderr) = place.event(name, None, &json!({}));
        assert!(code == 2 && stderr.contains("--changed-since REF"), "{name}: {stderr}");
        assert!(!stderr.contains('\u{1b}'));
    }
    let (code, _, stderr) = place.check(&["models/one", "--changed-only"]);
    assert!(code == 2 && stderr.contains("--changed-since REF"), "{stderr}");
    let push = [("GITHUB_EVENT_NAME", "push")];
    let (code, _, stderr) = place.check_in("", &["models/one", "--changed-only"], &push);
    assert!(code == 2 && stderr.contains("GITHUB_EVENT_PATH"), "{stderr}");
    let file = place.0.path().join("large.json");
    std::fs::File::create(&file).unwrap().set_len(33 << 20).unwrap();
    for path in [file.to_str().unwrap(), "/dev/zero", "/nowhere", place.at("").to_str().unwrap()] {
        let push = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", path)];
        let (code, _, stderr) = place.check_in("", &["models/one", "--changed-only"], &push);
        assert!(code == 2 && stderr.contains("the event cannot be read"), "{path}: {stderr}");
    }
}

#[test]
fn no_name_of_a_branch_is_taken_for_the_pattern() {
    let place = Place::new();
    place.write("models/*.pkl", "plain text\n");
    place.write("models/x.pkl", HOSTILE);
    place.commit();
    let (code, judged) = place.judged(&["models/*.pkl"]);
    assert_eq!((code, judged.len()), (1, 2), "{judged:?}");
    let (code, report, _) = place.check(&["models/*.pkl"]);
    assert_eq!((code, paths(&report).len()), (1, 2));
    // What is directly below is meant too, and git's own folder never.
    let (code, report, _) = place.check(&["models/**"]);
    assert!(code == 1 && paths(&report).contains(&"models/x.pkl".to_owned()));
    place.write("weighbridge.yaml", "artifacts: ['*/']\n");
    let (_, report, _) = place.check(&["."]);
    assert!(paths(&report).iter().any(|path| path.ends_with("models")), "{report}");
    assert!(!paths(&report).iter().any(|path| path.ends_with(".git")), "{report}");
}

#[test]
fn a_folder_that_looks_like_a_repository_is_none() {
    let place = Place::new();
    // What the branch would have judge it: a repository in its own folder, with a target branch of its own.
    let inner = tempfile::tempdir().unwrap();
    place.git_in(inner.path(), &["init", "-q"]);
    std::fs::write(inner.path().join("weighbridge.yaml"), "artifacts: [good.txt]\n").unwrap();
    place.git_in(inner.path(), &["add", "-A"]);
    place.git_in(inner.path(), &["commit", "-q", "-m", "x"]);
    place.git_in(inner.path(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    place.git_in(inner.path(), &["config", "core.worktree", "."]);
    for name in ["HEAD", "config", "objects", "refs"] {
        std::fs::rename(inner.path().join(".git").join(name), place.at("models").join(name)).unwrap();
    }
    place.write("models/good.txt", "plain text\n");
    place.write("models/x.pkl", HOSTILE);
    let remote = ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_BASE_REF"];
    let event = place.0.path().join("event.json");
    std::fs::write(&event, json!({"pull_request": {"head": {"sha": place.git(&["rev-parse", "HEAD"])}}}).to_string())
        .unwrap();
    let values = ["pull_request", event.to_str().unwrap(), "main"];
    let environment: Vec<(&str, &str)> = remote.into_iter().zip(values).collect();
    for arguments in [&["."][..], &[".", "--changed-only"], &["x.pkl", "--base", "main"]] {
        let (code, _, stderr) = place.check_in("models", arguments, &environment);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains("in no git repository"), "{stderr}");
    }
}
