//! Byte code as each version of Python writes it, and what hostile hands make of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on ends with a panic"
)]

use super::*;
use crate::extract::collect::Tables;
use crate::facts::{CodeCall, CodeForm, FormatId, Runs};
use crate::limits::{Budget, Limits};
use std::path::{Path, PathBuf};

const NAMES: [&str; 10] = ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

fn fixture(name: &str) -> Vec<u8> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pyc");
    std::fs::read(folder.join(name)).unwrap()
}

fn read_bytes(bytes: &[u8]) -> (Tables, Result<(), ReadError>) {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits, 1 << 20);
    let mut walk = Walk::new(&limits, &mut budget, &());
    let found = Found { member: 0, format: FormatId::Pyc, form: CodeForm::Bytecode, interpreter: None };
    let outcome = read(&found, bytes, &mut walk);
    (walk.tables, outcome)
}

fn source(name: &str) -> Source {
    let (mut tables, outcome) = read_bytes(&fixture(name));
    assert!(outcome.is_ok(), "{name}: {outcome:?}");
    tables.code.pop().unwrap()
}

fn call<'s>(source: &'s Source, name: &str, runs: Runs) -> Option<&'s CodeCall> {
    source.calls.iter().find(|call| call.name == name && call.runs == runs)
}

#[test]
fn every_version_tells_what_is_called_and_when() {
    for version in NAMES {
        let source = source(&format!("acting-{version}.pyc"));
        assert!(source.parsed && source.complete, "{version}: {:?}", source.problem);
        for (name, runs) in [
            ("os.system", Runs::Import),
            ("os.popen", Runs::Import),
            ("subprocess.Popen", Runs::Import),
            ("os.system", Runs::Reached),
            ("os.getcwd", Runs::Called),
        ] {
            assert!(call(&source, name, runs).is_some(), "{version}: {name} {runs:?} in {:#?}", source.calls);
        }
        // A function of Python 2 that runs a text has its names in a dictionary, as a class has.
        let runs = if version == "2.7" { Runs::Import } else { Runs::Called };
        for name in ["base64.b64decode", "builtins.exec"] {
            assert!(call(&source, name, runs).is_some(), "{version}: {name}");
        }
        let open = call(&source, "*", Runs::Called).unwrap();
        assert!(open.passes.iter().any(|name| name == "*.create_connection"), "{version}: {open:?}");
        let looked = call(&source, "*", Runs::Reached).unwrap();
        assert!(looked.passes.iter().any(|name| name == "*.posix_spawn"), "{version}: {looked:?}");
        let modules: Vec<&str> = source.imports.iter().map(|import| import.module.as_str()).collect();
        assert!(
            ["base64", "os", "subprocess", "importlib.util", "socket"].iter().all(|one| modules.contains(one)),
            "{version}: {modules:?}"
        );
        let named = |name: &str| source.definitions.iter().find(|one| one.name == name).unwrap();
        assert!(
            named("Model").class && !named("Model.forward").class && named("helper").reached && !named("never").reached
        );
    }
}

#[test]
fn every_version_reads_ordinary_code() {
    for version in NAMES {
        let source = source(&format!("ordinary-{version}.pyc"));
        let names: Vec<&str> = source.calls.iter().map(|call| call.name.as_str()).collect();
        for name in ["math.sqrt", "os.path.join", "collections.OrderedDict", "builtins.open"] {
            assert!(names.contains(&name), "{version}: {name} in {names:?}");
        }
    }
}

#[test]
fn what_hides_a_name_is_told() {
    let nop = source("hostile/nop.pyc");
    assert!(call(&nop, "*", Runs::Import).unwrap().passes.contains(&"*.system".to_owned()));
    let extended = source("hostile/extended.pyc");
    assert!(call(&extended, "*", Runs::Import).unwrap().passes.contains(&"*.system".to_owned()));
    let moved = source("hostile/moved.pyc");
    assert!(call(&moved, "*", Runs::Import).unwrap().passes.contains(&"*.system".to_owned()));
    assert!(call(&source("hostile/lookup.pyc"), "os.*", Runs::Import).is_some());
}

#[test]
fn what_python_refuses_or_nobody_writes_is_not_read() {
    for name in
        ["cache", "opcode", "cut", "name", "deep", "wide", "loop", "no-code", "reference", "flags", "behind", "number"]
    {
        let (tables, outcome) = read_bytes(&fixture(&format!("hostile/{name}.pyc")));
        assert!(outcome.is_err() && !tables.code[0].parsed, "{name}: {:?}", tables.code[0]);
    }
}

#[test]
fn what_is_cut_off_or_changed_is_no_panic() {
    for version in ["2.7", "3.7", "3.11", "3.14"] {
        let bytes = fixture(&format!("acting-{version}.pyc"));
        for end in 0..bytes.len() {
            assert!(read_bytes(&bytes[..end]).1.is_err(), "{version}: {end}");
        }
        for at in (0..bytes.len()).step_by(3) {
            for value in [0, 0x7f, 0xff, bytes[at] ^ 0x80] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = read_bytes(&changed);
            }
        }
    }
}

#[test]
fn shared_instructions_are_paid_for() {
    // 3.11: a tuple of code objects that all refer to the instructions of the first.
    let long = [9u8, 0].repeat(100_000);
    let head = |flag: u8| [vec![b'c' | flag], vec![0; 20]].concat();
    let tail = b")\x00)\x00)\x00s\x00\x00\x00\x00z\x00z\x01fz\x00\x00\x00\x00\x00s\x00\x00\x00\x00s\x00\x00\x00\x00";
    let length = u32::try_from(long.len()).unwrap().to_le_bytes();
    let first = [head(0), vec![b's' | 0x80], length.to_vec(), long, tail.to_vec()].concat();
    let other = [head(0), vec![b'r', 0, 0, 0, 0], tail.to_vec()].concat();
    let others = 2_000u32;
    let list = [vec![b'('], others.saturating_add(1).to_le_bytes().to_vec(), first, other.repeat(2_000)].concat();
    let module = [head(0), b"s\x00\x00\x00\x00".to_vec(), list, tail[2..].to_vec()].concat();
    let bytes = [&[0xa7, 0x0d, b'\r', b'\n'][..], &[0; 12], &module].concat();
    let (tables, outcome) = read_bytes(&bytes);
    let problem = tables.code[0].problem.clone().unwrap_or_default();
    assert!(outcome.is_err() && problem.contains("more instructions"), "{problem}");
}
