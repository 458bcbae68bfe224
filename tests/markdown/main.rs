//! A report as a page of Markdown. `tests/validate/markdown.py` renders what is written here with GitHub's own parser.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod reports;

use std::path::Path;
use weighbridge::report::{MarkdownLook, markdown};

/// Where the pages are written for programs that render them.
const PAGES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/pages");

#[test]
fn pages_are_written_for_a_renderer() {
    std::fs::create_dir_all(PAGES).unwrap();
    for (name, report) in reports::all() {
        for links in [true, false] {
            let page = markdown(&report, &MarkdownLook { size: MarkdownLook::COMMENT, links });
            let folder = Path::new(PAGES).join(if links { "trusted" } else { "untrusted" });
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{name}.md")), page).unwrap();
        }
    }
}
