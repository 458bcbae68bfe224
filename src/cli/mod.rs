//! The command line: the only room with arguments, standard output and error, progress, the clock, and exit codes.

mod arguments;
mod exit;
mod given;
mod init;
mod judging;
mod paths;
mod progress;
mod rules;
mod schema;
mod speech;

pub use exit::Exit;

use arguments::{Arguments, Color, Command};
use clap::{CommandFactory as _, Parser as _};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// Where the last defect was met: the place in our sources, never text of an artifact.
static DEFECT: Mutex<Option<String>> = Mutex::new(None);

/// Runs one command to its end. Nothing escapes it: not an error, and not a panic.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut defect) = DEFECT.lock() {
            *defect = panic.location().map(ToString::to_string);
        }
    }));
    let arguments: Vec<OsString> = arguments.collect();
    let json = speech::wants_json(&arguments);
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error, json),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| dispatch(&parsed))).unwrap_or_else(|_| {
        let place =
            DEFECT.lock().ok().and_then(|defect| defect.clone()).unwrap_or_else(|| "an unknown place".to_owned());
        let version = env!("CARGO_PKG_VERSION");
        Err(anyhow::anyhow!(
            "weighbridge {version} stopped at {place}; this is a defect, and nothing was judged\n\
             please report it with this line and how to repeat it: {}/issues",
            env!("CARGO_PKG_REPOSITORY")
        ))
    });
    outcome.unwrap_or_else(|error| {
        let missing = matches!(
            error.downcast_ref::<crate::extract::OpenError>(),
            Some(crate::extract::OpenError::Missing { .. })
        );
        let exit = if missing { Exit::Missing } else { Exit::NoJudgement };
        let message = format!("{error:#}");
        speech::error(parsed.speech.color, &message);
        if json {
            speech::error_as_json(speech::output(&parsed), exit, &message);
        }
        exit
    })
}

/// Help and version are no errors; everything else that does not parse is.
fn usage(error: &clap::Error, json: bool) -> Exit {
    // A closed stream changes nothing about the exit code.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Passed;
    }
    if json {
        let message = error.to_string();
        let message = message.trim().strip_prefix("error: ").unwrap_or(message.trim());
        speech::error_as_json(None, Exit::NoJudgement, message);
    }
    Exit::NoJudgement
}

fn dispatch(arguments: &Arguments) -> anyhow::Result<Exit> {
    let speech = &arguments.speech;
    match &arguments.command {
        Command::Check { paths, judging, time, output } => judging::check(paths, judging, time, output, speech),
        Command::Facts { paths, format, configured, time, output } => {
            judging::facts(paths, *format, configured, time, output, speech)
        }
        Command::Eval { facts, judging, time, output } => judging::eval(facts, judging, time, output, speech),
        Command::Rules(rules) => rules::rules(rules, speech),
        Command::Formats { format } => rules::formats(*format, speech),
        Command::Init { folder, force } => init::init(folder, *force, speech),
        Command::Schema { of } => schema::print(*of, speech),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "weighbridge", &mut script);
            speech::write(speech, None, |out| out.write_all(&script))?;
            Ok(Exit::Passed)
        }
    }
}

/// Tells standard error of named paths that could not be judged.
fn tell(color: Color, errors: &[crate::verdict::NotJudged]) {
    for error in errors {
        speech::error(color, &error.message);
    }
}
