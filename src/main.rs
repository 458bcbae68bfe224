//! The binary: hands the arguments to the command line and turns its outcome into an exit code.

fn main() -> std::process::ExitCode {
    weighbridge::cli::run(std::env::args_os()).into()
}
