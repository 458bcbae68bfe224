//! Workflow commands: lines of the runner's log that GitHub shows as annotations. They need no permission.

use crate::github::words::{self, Item, in_repository};
use crate::report::plain;
use crate::verdict::Report;

/// Errors, and warnings, that GitHub shows of one step.
const MOST: usize = 10;

/// Bytes of a message.
const LONGEST: usize = 4_000;

/// The lines, at most ten errors and ten warnings; worst first.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let all = Item::all(report);
    let of = |fails: bool| all.iter().filter(move |item| item.fails() == fails).take(MOST);
    let errors = of(true).map(|item| line("error", report, item));
    errors.chain(of(false).map(|item| line("warning", report, item))).collect()
}

fn line(command: &str, report: &Report, item: &Item<'_>) -> String {
    let file = in_repository(report, item.file()).map(|file| format!("file={},", property(&file)));
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
    data(&plain(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place_in_a_line() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,title=b::c\nd"), "a%2Ctitle=b%3A%3Ac d");
    }
}
