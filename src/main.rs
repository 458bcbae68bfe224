//! The binary: parses, calls the command line, turns an outcome into an exit code.
#![allow(clippy::print_stdout, reason = "until the command line speaks")]

use std::path::Path;

struct Silent;
impl weighbridge::extract::Progress for Silent {
    fn advance(&self, _: u64) {}
}

fn main() -> std::process::ExitCode {
    let limits = weighbridge::limits::Limits::default();
    for path in std::env::args_os().skip(1) {
        let extraction = weighbridge::extract::Extraction {
            limits: &limits,
            evaluated_at: "2026-01-01T00:00:00Z",
            progress: &Silent,
            pointers: &|_, _| None,
        };
        match weighbridge::extract::extract(Path::new(&path), &extraction) {
            Ok(facts) => println!("{}", serde_json::to_string_pretty(&facts).unwrap_or_default()),
            Err(error) => println!("{error}"),
        }
    }
    std::process::ExitCode::SUCCESS
}
