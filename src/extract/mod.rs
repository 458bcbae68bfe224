//! Bytes to facts: the only room that opens artifacts. Never judges, never runs or resolves anything of a model.

mod base64;
mod collect;
mod directory;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
mod inventory;
mod pickle;
mod protobuf;
mod python;
mod reader;
mod references;
mod shards;
mod source;
mod template;
mod walk;

pub use directory::{Extraction, Progress, extract};
pub use format::{FormatInfo, formats};
pub use inventory::{Wanted, inventory};
pub use pickle::disassemble;
pub use source::OpenError;
