//! Standard output, standard error and files: the only place that writes to them.

use crate::cli::arguments::{Arguments, Color, Speech};
use crate::cli::exit::Exit;
use crate::report::{self, Look, Shown};
use anstream::{AutoStream, ColorChoice, StripStream};
use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

/// Columns where no terminal says how many.
const WIDTH: usize = 100;

const RED: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// A file or standard output, without styles where they are not wanted.
type Sink<'a> = Box<dyn Write + 'a>;

/// Writes to `file`, or to standard output without one. Whoever closes standard output early has seen enough.
pub(super) fn write(
    speech: &Speech,
    file: Option<&Path>,
    body: impl FnOnce(&mut Sink<'_>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = file else {
        let stdout = io::stdout().lock();
        let mut sink: Sink<'_> = Box::new(BufWriter::new(AutoStream::new(stdout, choice(speech, &io::stdout()))));
        return match body(&mut sink).and_then(|()| sink.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome.context("standard output: cannot be written"),
        };
    };
    let shown = crate::place::shown(path);
    let write = || {
        let mut sink: Sink<'_> = Box::new(BufWriter::new(StripStream::new(std::fs::File::create(path)?)));
        body(&mut sink)?;
        sink.flush()
    };
    write().with_context(|| format!("{shown}: cannot be written; check the path that it was given"))
}

/// How a report is to look where it will be written.
pub(super) fn look(speech: &Speech, file: Option<&Path>) -> Look {
    let terminal = file.is_none() && io::stdout().is_terminal();
    let columns = terminal_size::terminal_size().filter(|_| terminal).map(|(columns, _)| usize::from(columns.0));
    let shown = match (speech.quiet, speech.verbose) {
        (true, _) => Shown::Quiet,
        (_, true) => Shown::Verbose,
        _ => Shown::Normal,
    };
    Look { width: columns.unwrap_or(WIDTH), unicode: unicode(), shown }
}

/// Whether the locale takes more than ASCII. Where none is set, as in many containers, readers take UTF-8.
fn unicode() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    set.is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_uppercase();
        locale.ends_with("UTF-8") || locale.ends_with("UTF8")
    })
}

/// Tells standard error what somebody who reads the report should know of how it was made.
pub(super) fn note(speech: &Speech, message: &str) {
    if !speech.quiet {
        let mut stderr = AutoStream::new(io::stderr().lock(), choice(speech, &io::stderr()));
        let _ = writeln!(stderr, "{BOLD}note:{BOLD:#} {}", report::plain(message));
    }
}

/// Tells standard error what went wrong.
pub(super) fn error(color: Color, message: &str) {
    let speech = Speech { color, quiet: false, verbose: false };
    let mut stderr = AutoStream::new(io::stderr().lock(), choice(&speech, &io::stderr()));
    let mut lines = message.lines().map(report::plain);
    // Standard error may be closed; the exit code says it all then.
    let _ = writeln!(stderr, "{RED}error:{RED:#} {}", lines.next().unwrap_or_default());
    for line in lines {
        let _ = if line.is_empty() { writeln!(stderr) } else { writeln!(stderr, "  {line}") };
    }
}

/// Writes an error where a program that asked for JSON looks: in place of the output it asked for.
pub(super) fn error_as_json(file: Option<&Path>, exit: Exit, message: &str) {
    let value = serde_json::json!({"error": {"exit": exit.code(), "message": message}});
    let speech = Speech { color: Color::Never, quiet: false, verbose: false };
    // When that cannot be written either, standard error has the message.
    let _ = write(&speech, file, |out| report::json(&value, out));
}

fn choice(speech: &Speech, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match speech.color {
        Color::Auto => AutoStream::choice(stream),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// Whether arguments that may not even parse ask for JSON.
pub(super) fn wants_json(arguments: &[OsString]) -> bool {
    let json = |text: &str| matches!(text, "json" | "jsonl");
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    texts.iter().any(|text| text.strip_prefix("--format=").is_some_and(json))
        || texts.windows(2).any(|pair| matches!(pair, ["--format", value] if json(value)))
}

/// Where arguments send their output.
pub(super) fn output(arguments: &Arguments) -> Option<&Path> {
    use crate::cli::arguments::Command::{Check, Eval, Facts, Policy, Sign, Verify};
    use crate::cli::arguments::PolicyCommand;
    match &arguments.command {
        Check { output, .. } | Eval { output, .. } | Sign { output, .. } => output.output.output.as_deref(),
        Facts { output, .. }
        | Verify { output, .. }
        | Policy(PolicyCommand::Test { output, .. } | PolicyCommand::Verify { output, .. }) => output.output.as_deref(),
        _ => None,
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: impl std::fmt::Display, word: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {word}{plural}")
}
