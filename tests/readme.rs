//! The README's sample is what the real binary prints, and the quickstart's models are what this file says they are.
//! `WEIGHBRIDGE_WRITE=1 cargo test` writes both anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- sample: weighbridge check examples/quickstart -->\n```text\n";
const END: &str = "```\n<!-- end of sample -->";

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with what it should hold, or writes it when that is asked for.
fn fresh(name: &str, expected: &[u8]) {
    let mut found = std::fs::read(project(name)).unwrap_or_default();
    // Only what is stale: the tests of this file run side by side.
    if found != expected && std::env::var_os("WEIGHBRIDGE_WRITE").is_some() {
        std::fs::write(project(name), expected).unwrap();
        found = expected.to_vec();
    }
    assert!(found == expected, "{name} is stale; write it anew with WEIGHBRIDGE_WRITE=1 cargo test");
}

/// A checkpoint with two tensors of zeros, as the safetensors format has it: the header's length, the header, the data.
fn safetensors() -> Vec<u8> {
    let header = concat!(
        r#"{"__metadata__":{"format":"pt"},"#,
        r#""layer.weight":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]},"#,
        r#""layer.bias":{"dtype":"F32","shape":[4],"data_offsets":[64,80]}}"#
    );
    let padded = format!("{header:<width$}", width = header.len().next_multiple_of(8));
    let mut bytes = u64::try_from(padded.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(padded.as_bytes());
    bytes.extend([0; 80]);
    bytes
}

/// A pickle that looks like a checkpoint and runs a command when it is loaded; the command only prints.
fn pickle() -> Vec<u8> {
    let text = |text: &str| [&b"X"[..], &u32::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat();
    [
        b"\x80\x02".to_vec(),           // PROTO 2
        b"}(".to_vec(),                 // EMPTY_DICT, MARK
        text("layer.weight"),           // BINUNICODE
        b"](K\x01K\x02K\x03e".to_vec(), // a list of three numbers
        text("optimizer"),              // BINUNICODE
        b"cposix\nsystem\n".to_vec(),   // GLOBAL
        text("echo this command ran when the model was loaded"),
        b"\x85R".to_vec(), // TUPLE1, REDUCE: the call
        b"u.".to_vec(),    // SETITEMS, STOP
    ]
    .concat()
}

#[test]
fn the_quickstart_is_fresh() {
    fresh("examples/quickstart/weights.safetensors", &safetensors());
    fresh("examples/quickstart/checkpoint.pkl", &pickle());
}

#[test]
fn the_sample_is_what_the_binary_prints() {
    // The models come first: the sample shows their digest.
    the_quickstart_is_fresh();
    let output = Command::new(env!("CARGO_BIN_EXE_weighbridge"))
        .args(["check", "examples/quickstart", "--no-config", "--color", "never"])
        .current_dir(project(""))
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let sample = String::from_utf8(output.stdout).unwrap();
    assert!(sample.contains("posix.system"), "the call is not told: {sample}");
    let readme = std::fs::read_to_string(project("README.md")).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    fresh("README.md", format!("{before}{BEGIN}{sample}{END}{after}").as_bytes());
}
