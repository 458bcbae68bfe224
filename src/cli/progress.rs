//! A progress bar for long work, on a terminal and nowhere else.

use crate::extract::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Work of at least this many bytes shows a bar at once.
const LARGE: u64 = 256 << 20;

/// Other work shows one after this long.
const LONG: Duration = Duration::from_secs(1);

/// A bar over the bytes of the artifacts; it draws nothing until the work turns out to be long.
pub(super) struct Bar {
    bar: ProgressBar,
    started: Instant,
    drawn: AtomicBool,
    wanted: bool,
}

impl Bar {
    /// A bar for `paths`; silent when `quiet` or when standard error is no terminal.
    pub(super) fn new(paths: &[PathBuf], quiet: bool) -> Self {
        let wanted = !quiet && std::io::stderr().is_terminal();
        let files: Vec<_> = paths.iter().filter_map(|path| std::fs::metadata(path).ok()).collect();
        let known = files.iter().all(std::fs::Metadata::is_file);
        let total = files.iter().fold(0u64, |sum, file| sum.saturating_add(file.len()));
        let bar = ProgressBar::with_draw_target(known.then_some(total), ProgressDrawTarget::hidden());
        let template = if known { "{bar:30} {bytes} of {total_bytes} read" } else { "{spinner} {bytes} read" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let bar = Self { bar, started: Instant::now(), drawn: AtomicBool::new(false), wanted };
        if known && total >= LARGE {
            bar.draw();
        }
        bar
    }

    fn draw(&self) {
        if self.wanted && !self.drawn.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar off the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advance(&self, bytes: u64) {
        if !self.wanted {
            return;
        }
        self.bar.inc(bytes);
        if self.started.elapsed() >= LONG {
            self.draw();
        }
    }
}
