//! A report to text. Writes to what it is given; never prints, never decides.

mod explanation;
mod group;
mod json;
mod junit;
mod markdown;
mod plain;
mod terminal;
mod words;

pub use explanation::write as explanations;
pub use json::{write as json, write_line as json_line};
pub use junit::{Case, CaseOutcome, Suite, write as junit};
pub use markdown::{MarkdownLook, write as markdown};
pub use plain::plain;
pub use terminal::{Look, Shown, rule, write as terminal};
