//! `weighbridge policy check`: every flaw with its line, and a summary.

use crate::cli::arguments::{FlawFormat, Speech};
use crate::cli::exit::Exit;
use crate::cli::speech::{self, counted};
use crate::policy::{self, CheckSummary, Flaw, PolicyCheck};
use crate::report::{self, plain};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::path::Path;

/// Checks a directory.
pub(in crate::cli) fn check(directory: &Path, format: FlawFormat, speech: &Speech) -> anyhow::Result<Exit> {
    let found = policy::check(directory)?;
    let width = speech::look(speech, None).width;
    speech::write(speech, None, |out| match format {
        FlawFormat::Json => report::json(&found, out),
        FlawFormat::Text => out.write_all(text(&found, width).as_bytes()),
    })?;
    Ok(if found.flaws.is_empty() { Exit::Passed } else { Exit::Failed })
}

fn text(found: &PolicyCheck, width: usize) -> String {
    let mut text: String = found.flaws.iter().map(|flaw| format!("{}\n\n", shown(flaw, width))).collect();
    text.push_str(&summary(&found.summary));
    text.push('\n');
    text
}

/// One flaw: message, place, the line with what is wrong in it marked, and what was probably meant.
fn shown(flaw: &Flaw, width: usize) -> String {
    let characters = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let begin = characters(flaw.column).saturating_sub(1);
    let before: String = flaw.source.chars().take(begin).collect();
    let marked: String = flaw.source.chars().skip(begin).take(characters(flaw.length)).collect();
    // What is escaped is longer: the mark is placed in the text as it is shown.
    let source = plain(&flaw.source);
    let start = source.floor_char_boundary(plain(&before).len());
    let end = source.floor_char_boundary(start.saturating_add(plain(&marked).len().max(1)));
    let (file, message) = (plain(&flaw.file), plain(&flaw.message));
    let snippet = Snippet::source(source.as_str())
        .line_start(characters(flaw.line))
        .path(file.as_str())
        .annotation(AnnotationKind::Primary.span(start..end.max(start)));
    let hint = flaw.hint.as_deref().map(plain);
    let mut group = Level::ERROR.primary_title(message.as_str()).element(snippet);
    if let Some(hint) = &hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    Renderer::styled().term_width(width).render(&[group])
}

/// `12 modules, 4 rules, no flaw`.
fn summary(summary: &CheckSummary) -> String {
    let flaws = match summary.flaws {
        0 => "no flaw".to_owned(),
        count => counted(count, "flaw"),
    };
    format!("{}, {}, {flaws}", counted(summary.modules, "module"), counted(summary.rules, "rule"))
}
