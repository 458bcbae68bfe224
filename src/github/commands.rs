//! Workflow commands: lines of the runner's log that GitHub shows as annotations. They need no permission.

use crate::github::Submission;
use crate::github::words::{self, Item};
use crate::report::plain;

/// Errors, and warnings, that GitHub shows of one step.
const MOST: usize = 10;

/// Bytes of a message.
const LONGEST: usize = 4_000;

/// The lines, at most ten errors and ten warnings; worst first.
pub(super) fn lines(submission: &Submission<'_>) -> Vec<String> {
    let all = Item::all(submission.report);
    let of = |fails: bool| all.iter().filter(move |item| item.fails() == fails).take(MOST);
    let errors = of(true).map(|item| line("error", submission, item));
    errors.chain(of(false).map(|item| line("warning", submission, item))).collect()
}

fn line(command: &str, submission: &Submission<'_>, item: &Item<'_>) -> String {
    let location = words::location(submission, item.file());
    let file = location.map(|location| format!("file={},", property(&words::path(&location))));
    let message = format!("{}\n{}", plain(&item.place()), plain(item.message()));
    format!(
        "::{command} {}title={}::{}",
        file.unwrap_or_default(),
        property(&words::line(&item.title(), 255)),
        data(&words::cut(&message, LONGEST))
    )
}

/// Text behind the second `::` (actions/toolkit, `command.ts`: `escapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property (`escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place_in_a_line() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,title=b::c\nd"), "a%2Ctitle=b%3A%3Ac%0Ad");
    }
}
