//! Git LFS with the real binary: a pointer never passes for the file that it stands for, nor does what only looks like one. The near
//! misses are those that git-lfs 3.3 was seen to take for a pointer, and those that it was not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{ended, remove, weighbridge, write};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use weighbridge::digest;

/// A pickle that calls `posix.system`.
const HOSTILE: &[u8] = b"cposix\nsystem\n(S'id'\ntR.";
const PLAIN: &[u8] =
    b"plain text, and more of it than a pointer has; for the size is looked at before the content is. It has\n\
    many lines, so that it is longer than any pointer.\n";
const VERSION: &str = "version https://git-lfs.github.com/spec/v1\n";

/// A repository with `models/`; the binary runs at its top.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.git(&["init", "-q"]);
        place.write("models/readme.txt", "plain text\n");
        place
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(self.0.path(), name, text);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let named = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        command.arg("-C").arg(self.0.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").args(named).args(arguments);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
    }

    /// Where git-lfs keeps the object of a content.
    fn object(content: &[u8]) -> PathBuf {
        let oid = digest::of(content).sha256;
        PathBuf::from(format!(".git/lfs/objects/{}/{}/{oid}", &oid[..2], &oid[2..4]))
    }

    /// Keeps `bytes` as the object of `content`.
    fn keep(&self, content: &[u8], bytes: &[u8]) {
        self.write(Self::object(content).to_str().unwrap(), bytes);
    }

    fn check(&self, arguments: &[&str]) -> (i32, Value) {
        let mut command = weighbridge(self.0.path(), &[&["check", "--format", "json"], arguments].concat());
        let (code, stdout, stderr) = ended(&mut command);
        (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")))
    }

    /// That a file fails by itself and in its directory, and why; and that the terminal says it in words.
    fn fails(&self, name: &str, kind: &str) {
        for named in [name, "models"] {
            let (code, report) = self.check(&[named]);
            assert_eq!((code, kinds(&report)), (1, vec![kind]), "{named}");
            let (code, stdout, _) = ended(&mut weighbridge(self.0.path(), &["check", named]));
            assert!(code == 1 && stdout.contains(name) && stdout.contains("pointer"), "{stdout}");
        }
    }
}

fn pointer(content: &[u8]) -> String {
    format!("{VERSION}oid sha256:{}\nsize {}\n", digest::of(content).sha256, content.len())
}

/// Why something was not read.
fn kinds(report: &Value) -> Vec<&str> {
    let records = report["artifacts"][0]["incomplete"].as_array().unwrap();
    records.iter().map(|record| record["kind"].as_str().unwrap()).collect()
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["artifacts"][0]["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_pointer_is_judged_by_its_object_and_fails_without_it() {
    for name in ["models/weights.bin", "models/notes.txt"] {
        let place = Place::new();
        place.write(name, pointer(HOSTILE));
        place.fails(name, "pointer");
        // The object is what a user of the repository gets, so that is what is judged.
        place.keep(HOSTILE, HOSTILE);
        for named in [name, "models"] {
            let (code, report) = place.check(&[named]);
            assert_eq!((code, kinds(&report)), (1, vec![]), "{named}");
            assert!(rules(&report).contains(&"pickle/dangerous-call"), "{report}");
        }
        // An object of another content or length, a folder, nothing.
        let mut flipped = HOSTILE.to_vec();
        flipped[0] ^= 1;
        for wrong in [&flipped[..], &HOSTILE[1..], &[HOSTILE, b"x"].concat(), b""] {
            place.keep(HOSTILE, wrong);
            place.fails(name, "pointer");
        }
        remove(place.0.path(), Place::object(HOSTILE).to_str().unwrap());
        std::fs::create_dir(place.0.path().join(Place::object(HOSTILE))).unwrap();
        place.fails(name, "pointer");
    }
    let place = Place::new();
    place.write("models/notes.txt", pointer(PLAIN));
    place.keep(PLAIN, PLAIN);
    let (code, report) = place.check(&["models/notes.txt"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["artifacts"][0]["digest"]["sha256"], digest::of(PLAIN).sha256);
    assert_eq!(place.check(&["models"]).0, 0);
}

#[cfg(unix)]
#[test]
fn an_object_that_is_a_link_is_none() {
    let place = Place::new();
    place.write("models/notes.txt", pointer(PLAIN));
    place.write("elsewhere", PLAIN);
    let object = place.0.path().join(Place::object(PLAIN));
    std::fs::create_dir_all(object.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(place.0.path().join("elsewhere"), object).unwrap();
    place.fails("models/notes.txt", "pointer");
}

#[test]
fn what_looks_like_a_pointer_never_passes_though_its_object_is_here() {
    let (good, oid, size) = (pointer(PLAIN), digest::of(PLAIN).sha256, PLAIN.len());
    let near = [
        format!("{good}x 1\n"),
        good.replace('\n', "\r\n"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("\n{good}"),
        format!("{}{good}", "\n".repeat(400)),
        format!("{}{good}", " ".repeat(880)),
        format!("\u{a0}\u{2003}{good}"),
        format!("\u{feff}{good}"),
        format!("{good}{}", " ".repeat(3_000)),
        format!("{good}{}real text\n", " ".repeat(1_024 - good.len())),
        format!("{good}{}\u{80}\u{2}.", " ".repeat(1_024 - good.len())),
        good.replace("spec/v1", "spec/v2"),
        good.replace("https:", "http:"),
        good.replace("version", "Version"),
        good.replace("version ", "version  "),
        good.replace(&oid, &oid.to_uppercase()),
        good.replace(&oid, &oid[1..]),
        good.replace("sha256:", "sha512:"),
        good.replace(&oid, &format!("{oid} ")),
        good.replace(&format!("size {size}\n"), &format!("size {size} \n")),
        good.replace(&format!("size {size}"), &format!("size +{size}")),
        good.replace(&format!("size {size}"), &format!("size 0{size}")),
        good.replace(&format!("size {size}"), "size -1"),
        format!("{VERSION}{good}"),
        format!("{VERSION}size {size}\noid sha256:{oid}\n"),
        format!("{VERSION}\noid sha256:{oid}\n\nsize {size}\n"),
        format!("{VERSION}oid sha256:{oid}\n"),
        VERSION.to_owned(),
        format!("{}x\n", good.replace("v1", "v1\u{0}")),
    ];
    let place = Place::new();
    place.keep(PLAIN, PLAIN);
    let name = |at: usize| format!("models/{at}/{}", ["weights.bin", "notes.txt", "config.json"][at % 3]);
    let names: Vec<String> = (0..near.len() * 3).map(name).collect();
    for (at, name) in names.iter().enumerate() {
        place.write(name, &near[at / 3]);
    }
    // Each by itself, and each below a directory.
    let folders: Vec<String> = (0..names.len()).map(|at| format!("models/{at}")).collect();
    let named: Vec<&str> = names.iter().chain(&folders).map(String::as_str).collect();
    let (code, report) = place.check(&named);
    let artifacts = report["artifacts"].as_array().unwrap();
    assert_eq!((code, artifacts.len()), (1, named.len()));
    for (at, artifact) in artifacts.iter().enumerate() {
        let records = artifact["incomplete"].as_array().unwrap();
        let malformed = records.iter().any(|record| record["kind"] == "malformed");
        let text = &near[at % names.len() / 3];
        assert!(malformed && artifact["verdict"] == "failed", "{text:?}: {artifact}");
    }
    remove(place.0.path(), "models");
    // What git-lfs takes for a pointer of its early days is one.
    for early in ["https://hawser.github.com/spec/v1", "http://git-media.io/v/2"] {
        let text = pointer(HOSTILE).replace("https://git-lfs.github.com/spec/v1", early);
        place.write("models/notes.txt", text);
        place.fails("models/notes.txt", "pointer");
    }
    // And what only speaks of it is text.
    place.write(
        "models/notes.txt",
        "We keep weights with git-lfs; version 3 is needed, see https://git-lfs.github.com/.\n",
    );
    assert_eq!(place.check(&["models"]).0, 0);
}

#[test]
fn changes_of_pointers_are_changes_of_what_they_stand_for() {
    let place = Place::new();
    place.write("models/one.txt", pointer(PLAIN));
    place.write("models/two/x.txt", pointer(PLAIN));
    place.commit();
    place.git(&["checkout", "-q", "-b", "head"]);
    let judged = |named: &[&str]| {
        let (code, report) = place.check(&[named, &["--changed-since", "main"]].concat());
        let artifacts = report["artifacts"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
        (code, artifacts.map(|artifact| artifact["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let named = ["models/two", "models/one.txt"];
    let (none, two) = (Vec::<String>::new(), vec!["models/two".to_owned()]);
    // As git has it, as git-lfs checks it out, and with the object but not checked out.
    assert_eq!(judged(&named), (0, none.clone()));
    place.write("models/two/x.txt", PLAIN);
    assert_eq!(judged(&named), (0, none.clone()));
    place.keep(PLAIN, PLAIN);
    place.write("models/two/x.txt", pointer(PLAIN));
    assert_eq!(judged(&named), (0, none.clone()));
    // Not what the pointer says, of the same length or another.
    let mut other = PLAIN.to_vec();
    other[0] = b'P';
    for content in [&other[..], b"short\n"] {
        place.write("models/two/x.txt", content);
        assert_eq!(judged(&named), (0, two.clone()));
    }
    // Another pointer: without its object it fails, with it its content is judged.
    place.write("models/two/x.txt", pointer(HOSTILE));
    assert_eq!(judged(&named), (1, two.clone()));
    place.commit();
    assert_eq!(judged(&named), (1, two.clone()));
    place.write("models/two/x.txt", HOSTILE);
    assert_eq!(judged(&named), (1, two.clone()));
    place.keep(HOSTILE, HOSTILE);
    place.write("models/two/x.txt", pointer(HOSTILE));
    assert_eq!(judged(&named), (1, two.clone()));
    // A pointer instead of the file, and the file instead of its pointer, are changes of what git has.
    place.git(&["reset", "-q", "--hard", "main"]);
    place.write("models/two/x.txt", PLAIN);
    place.commit();
    assert_eq!(judged(&named), (0, two));
    // What git has is no pointer by its letters: then nothing stands for anything else.
    for text in [format!("{}\n", pointer(HOSTILE)), pointer(HOSTILE).replace('\n', "\r\n")] {
        place.git(&["reset", "-q", "--hard", "main"]);
        place.write("models/two/x.txt", text);
        place.commit();
        place.git(&["branch", "-q", "-f", "main"]);
        assert_eq!(judged(&named), (0, none.clone()));
        place.write("models/two/x.txt", HOSTILE);
        assert_eq!(judged(&named), (1, vec!["models/two".to_owned()]));
    }
}
