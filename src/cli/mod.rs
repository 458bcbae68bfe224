//! The command line: the only room with arguments, standard output and error, progress, the clock, and exit codes.

mod arguments;
mod changed;
mod conformance;
mod credentials;
mod event;
mod exit;
mod given;
mod identity;
mod init;
mod judging;
mod outlet;
mod paths;
mod places;
mod policy;
mod progress;
mod publish;
mod rules;
mod schema;
mod setup;
mod sign;
mod signers;
mod sources;
mod speech;
mod trust;
mod verify;
mod waive;

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
    std::panic::set_hook(Box::new(note_defect));
    let arguments: Vec<OsString> = arguments.collect();
    let json = speech::wants_json(&arguments);
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error, json),
    };
    guarded(|| dispatch(&parsed)).unwrap_or_else(|error| {
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

/// Remembers where a panic began. Its message is not kept: it may hold text of an artifact.
fn note_defect(panic: &std::panic::PanicHookInfo<'_>) {
    if let Ok(mut defect) = DEFECT.lock() {
        *defect = panic.location().map(ToString::to_string);
    }
}

/// Turns a panic into an error that asks to report it.
fn guarded(work: impl FnOnce() -> anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let place = DEFECT.lock().ok().and_then(|mut defect| defect.take());
        Err(anyhow::anyhow!(
            "weighbridge {} stopped at {}; this is a defect, and nothing was judged\n\
             please report it with this line and how to repeat it: {}/issues",
            env!("CARGO_PKG_VERSION"),
            place.as_deref().unwrap_or("an unknown place"),
            env!("CARGO_PKG_REPOSITORY")
        ))
    })
}

/// Help and version are no errors; everything else that does not parse is.
fn usage(error: &clap::Error, json: bool) -> Exit {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    if matches!(error.kind(), DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand) {
        // A closed stream changes nothing about the exit code.
        let _ = error.print();
        return if error.use_stderr() { Exit::NoJudgement } else { Exit::Passed };
    }
    // Arguments may be names of artifacts (`check *`), so they are shown as carefully as those.
    let message = error.render().to_string();
    let message = message.trim().strip_prefix("error: ").unwrap_or(message.trim());
    speech::error(Color::Auto, message);
    if json {
        speech::error_as_json(None, Exit::NoJudgement, message);
    }
    Exit::NoJudgement
}

fn dispatch(arguments: &Arguments) -> anyhow::Result<Exit> {
    let speech = &arguments.speech;
    match &arguments.command {
        Command::Check { paths, changing, judging, time, output } => {
            judging::check(paths, changing, judging, time, output, speech)
        }
        Command::Facts { paths, format, configured, time, output } => {
            judging::facts(paths, *format, configured, time, output, speech)
        }
        Command::Eval { facts, judging, time, explain, output } => {
            judging::eval(facts, judging, time, *explain, output, speech)
        }
        Command::Verify { model, verifying, format, output } => {
            verify::verify(model, verifying, *format, output, speech)
        }
        Command::Sign { model, judging, signing, output } => sign::sign(model, judging, signing, output, speech),
        Command::Publish { report, publishing, format } => publish::publish(report, publishing, *format, speech),
        Command::Waive(waiving) => waive::waive(waiving, speech),
        Command::Rules(rules) => rules::rules(rules, speech),
        Command::Policy(command) => policy::policy(command, speech),
        Command::Formats { format } => rules::formats(*format, speech),
        Command::Trust(command) => trust::trust(command, speech),
        Command::Init { folder, force } => init::init(folder, *force, speech),
        Command::Schema { of } => schema::print(*of, speech),
        Command::JudgeApart => {
            crate::policy::serve(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(Exit::Passed)
        }
        Command::VerifyBundle(asked) => conformance::verify_bundle(asked, speech),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_asks_for_a_report_and_repeats_no_text() {
        let error = guarded(|| panic!("text of an artifact")).unwrap_err().to_string();
        assert!(error.contains("please report it"), "{error}");
        assert!(!error.contains("text of an artifact"), "{error}");
    }

    #[test]
    fn every_command_and_option_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_tells_every_exit_code() {
        let help = Arguments::command().render_long_help().to_string();
        let help = help.replace("\n     ", " ");
        for (exit, meaning) in Exit::ALL {
            assert!(help.contains(&format!("{}  {meaning}", exit.code())), "{help}");
        }
    }

    /// Examples and tables stand behind two spaces, and a wrapped one could not be copied: a terminal of 80 columns takes them.
    #[test]
    fn what_help_sets_out_fits_a_narrow_terminal() {
        let mut commands = vec![Arguments::command()];
        while let Some(command) = commands.pop() {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in text.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.chars().count() < 80, "{}: {line}", command.get_name());
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn global_options_stand_behind_those_of_a_command_and_sign_offers_no_audit() {
        let mut command = Arguments::command();
        command.build();
        let sign = command.find_subcommand_mut("sign").unwrap().render_long_help().to_string();
        let at = |option: &str| sign.find(&format!("\n      {option}")).or_else(|| sign.find(&format!(", {option}")));
        assert!(at("--rekor-url") < at("--color") && at("--output") < at("--color"), "{sign}");
        assert!(
            at("--color") < at("--quiet") && at("--quiet") < at("--verbose") && at("--verbose").is_some(),
            "{sign}"
        );
        assert_eq!(at("--audit"), None);
    }
}
