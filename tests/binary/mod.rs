//! The real binary, run in a folder as a person would, and what tests put there. Nothing of the workflow that runs the tests reaches it.
#![allow(dead_code, reason = "each test uses a part")]

use std::path::Path;
use std::process::Command;

/// A rule that finds every member whose name ends in `.weights`.
pub const OLD_WEIGHTS: &str = r#"# METADATA
# title: Weights of our old format
# description: We do not ship these any more.
# custom:
#   id: ours/old-weights
#   level: deny
#   message: "`{name}` is of our old format."
#   remedy: Convert it.
#   since: "1"
package weighbridge.ours.old_weights

deny contains {"at": member.id, "offset": null, "with": {"name": member.name}} if {
	some member in input.members
	endswith(member.name, ".weights")
}
"#;

/// The binary with arguments, to be run in a folder.
pub fn weighbridge(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8");
    // A trust root that this machine's user fetched is none of the tests' business.
    command.env("XDG_DATA_HOME", folder.join("no-such-data"));
    for name in ["GITHUB_BASE_REF", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Exit code, standard output and standard error.
pub fn ended(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Both at once.
pub fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    ended(&mut weighbridge(folder, arguments))
}

/// Writes a file and the folders above it.
pub fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Removes a file or a folder, if it is there.
pub fn remove(folder: &Path, name: &str) {
    let _ = std::fs::remove_dir_all(folder.join(name));
    let _ = std::fs::remove_file(folder.join(name));
}
