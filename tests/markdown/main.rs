//! A report as a page of Markdown: its look, its size, and that hostile text stays text. `tests/validate/markdown.py` renders what is
//! written here with GitHub's own parser.
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
use weighbridge::verdict::{Report, Verdict};

/// Where the pages are written for programs that render them.
const PAGES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/pages");

/// Sizes of pages, the smallest among them.
const SIZES: [usize; 12] = [500, 501, 600, 777, 1_000, 1_500, 2_222, 3_000, 5_000, 10_000, 30_000, 60_000];

fn page(report: &Report, size: usize, links: bool) -> String {
    markdown(report, &MarkdownLook { size, links })
}

#[test]
fn pages_are_written_for_a_renderer() {
    // Another version's pages are not to be looked at.
    let _ = std::fs::remove_dir_all(PAGES);
    let write = |folder: &str, name: &str, text: &str| {
        let folder = Path::new(PAGES).join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.md")), text).unwrap();
    };
    for (name, report) in reports::all() {
        write("trusted", &name, &page(&report, MarkdownLook::COMMENT, true));
        write("untrusted", &name, &page(&report, MarkdownLook::COMMENT, false));
        for size in [500, 1_000, 3_000] {
            write("cut", &format!("{name}-{size}"), &page(&report, size, false));
        }
    }
}

/// What a reader of a page would see: whether its fences, folds and tables are whole.
fn hold_together(page: &str) {
    let (mut fence, mut folds, mut columns) = (None, 0_i32, None);
    for line in page.lines() {
        let ticks = line.chars().take_while(|character| *character == '`').count();
        match fence {
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(ticks),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => {}
            None => {
                folds += i32::from(line.starts_with("<details>")) - i32::from(line.starts_with("</details>"));
                assert!(folds >= 0, "{page}");
                let pipes = line.matches('|').count();
                if line.starts_with('|') {
                    assert_eq!(*columns.get_or_insert(pipes), pipes, "{line}\n{page}");
                    assert!(line.ends_with('|'), "{line}\n{page}");
                } else {
                    columns = None;
                }
            }
        }
    }
    assert_eq!((fence, folds), (None, 0), "{page}");
}

#[test]
fn no_page_is_longer_than_its_size_and_every_page_holds_together() {
    for (name, report) in reports::all() {
        for size in SIZES.into_iter().chain((500..4_000).step_by(173)) {
            let page = page(&report, size, true);
            assert!(page.len() <= size, "{name}: {} of {size}\n{page}", page.len());
            hold_together(&page);
            let verdict = if report.verdict == Verdict::Failed {
                "## ✗ weighbridge: failed"
            } else {
                "## ✓ weighbridge: passed"
            };
            assert!(page.starts_with(verdict), "{name}: {page}");
        }
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let told = |text: &str, noun: &str| -> u64 {
        let numbers = text.lines().filter(|line| line.contains(noun) && line.starts_with("And "));
        numbers.map(|line| line.split(' ').nth(1).unwrap().replace(',', "").parse::<u64>().unwrap()).sum()
    };
    for size in [2_000, 5_000, 20_000, 60_000] {
        let page = page(&reports::crowd(), size, false);
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        let failed = page.lines().filter(|line| line.starts_with("| `") && line.contains("failed")).count();
        assert_eq!(u64::try_from(failed).unwrap() + told(&page, "more failed artifact"), 385, "{page}");
        if page.contains("artifacts passed</summary>") {
            assert_eq!(u64::try_from(rows).unwrap() + told(&page, "artifact"), 5_000, "{page}");
        } else {
            assert!(page.contains("4,615 artifacts"), "{page}");
        }
        assert!(page.contains("**Not shown here:**"), "{page}");
    }
}

#[test]
fn findings_beyond_the_third_remedy_of_a_rule_are_counted() {
    let remedies = reports::all().into_iter().find(|(name, _)| name == "remedies-400").unwrap().1;
    let page = page(&remedies, MarkdownLook::COMMENT, false);
    assert!(page.contains("And 397 more findings.") && page.contains("- and 380 more places"), "{page}");
}

#[test]
fn failures_come_before_all_else() {
    let mixed = page(&reports::mixed(), 2_000, false);
    assert!(mixed.contains("A pickle calls something dangerous") && mixed.contains("**What to do:**"), "{mixed}");
    assert!(!mixed.contains("warn and fail nothing</summary>"), "{mixed}");
}

#[test]
fn a_report_of_somebody_else_has_no_links() {
    for (name, report) in reports::all() {
        let page = page(&report, MarkdownLook::COMMENT, false);
        // Hostile text has its own, inside of inline code.
        assert!(name.starts_with("hostile") || !page.contains("]("), "{name}: {page}");
    }
    let page = page(&reports::mixed(), MarkdownLook::COMMENT, true);
    assert!(page.contains("/blob/v0.1.0/policies/pickle/dangerous_call/README.md)"), "{page}");
    assert!(page.contains("(https://docs.python.org/"), "{page}");
}

/// An id of the shipped index is the shipped rule's: nobody else can define its package.
#[test]
fn only_rules_that_are_shipped_have_a_page() {
    let mut report = reports::waivers();
    let linked = page(&report, MarkdownLook::COMMENT, true);
    assert!(linked.contains("/policies/pickle/unlisted_call/README.md)"), "{linked}");
    for finding in &mut report.artifacts[0].findings {
        finding.rule = finding.rule.replace("pickle/", "ours/");
    }
    let foreign = page(&report, MarkdownLook::COMMENT, true);
    assert!(foreign.contains("ours/unlisted-call") && !foreign.contains("/blob/"), "{foreign}");
}

#[test]
fn a_verdict_that_the_findings_contradict_is_not_believed() {
    let mut report = reports::mixed();
    report.verdict = Verdict::Passed;
    for artifact in &mut report.artifacts {
        artifact.verdict = Verdict::Passed;
    }
    let page = page(&report, MarkdownLook::COMMENT, false);
    assert!(page.starts_with("## ✗ weighbridge: failed"), "{page}");
    assert!(page.contains("✗\u{a0}**failed**"), "{page}");
}

#[test]
fn nothing_hides_steers_or_is_taken_for_a_marker() {
    for text in reports::HOSTILE {
        let page = page(&reports::hostile(text), MarkdownLook::COMMENT, true);
        let steering = |character: char| character != '\n' && weighbridge::place::deceives(character);
        assert!(!page.contains(steering), "{text:?}: {page}");
        assert!(!page.contains("<!--") && !page.contains("##["), "{text:?}: {page}");
        assert!(!page.lines().any(|line| line.trim_start().starts_with("::")), "{text:?}: {page}");
        hold_together(&page);
    }
}

#[test]
fn the_look_of_pages() {
    for (name, report) in reports::all() {
        let shown = ["passed", "mixed", "findings-51", "shards-40", "unread", "not-judged", "audit", "waivers"];
        if shown.contains(&name.as_str()) || ["unchanged", "changed", "warnings", "facts"].contains(&name.as_str()) {
            insta::assert_snapshot!(name, page(&report, MarkdownLook::COMMENT, true));
        }
    }
    insta::assert_snapshot!(
        "hostile",
        page(&reports::hostile("a `b|c` @d/e #1 <!-- <i> $x$"), MarkdownLook::COMMENT, true)
    );
    insta::assert_snapshot!("cut", page(&reports::crowd(), 2_000, false));
}
