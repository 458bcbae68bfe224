//! A report to text. Writes to what it is given; never prints, never decides.

mod cyclonedx;
mod explanation;
mod gitlab;
mod group;
mod json;
mod junit;
mod location;
mod markdown;
mod plain;
mod sarif;
mod suites;
mod terminal;
mod told;
mod words;

pub use cyclonedx::write as cyclonedx;
pub use explanation::write as explanations;
pub use gitlab::write as gitlab;
pub use json::{write as json, write_line as json_line};
pub use junit::{Case, CaseOutcome, Suite, write as junit};
pub use location::Location;
pub use markdown::{MarkdownLook, code as markdown_code, prose as markdown_prose, write as markdown};
pub use plain::plain;
pub use sarif::{Findings, write as sarif};
pub use suites::suites;
pub use terminal::{Look, Shown, rule, wrapped, write as terminal};
