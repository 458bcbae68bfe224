//! Bytes to facts: the only room that opens artifacts. Never judges, never runs or resolves anything of a model.

mod collect;
mod directory;
mod document;
mod elsewhere;
mod embedded;
mod flatbuffer;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
mod groups;
mod imports;
mod inventory;
mod loader;
mod mention;
mod parameters;
mod pickle;
mod protobuf;
mod prototxt;
mod python;
mod radix64;
mod reader;
mod references;
mod shards;
mod signatures;
mod source;
mod template;
mod ubjson;
mod walk;
mod xml;

pub use directory::{Extraction, Measures, Progress, extract, extract_measured};
pub use format::{FormatInfo, formats};
pub use inventory::{Wanted, inventory};
pub use pickle::disassemble;
pub use signatures::{
    ATTESTATIONS, ATTESTED, ENDINGS, SIGNATURE, Scope, SignatureFile, signature_files, signature_places,
};
pub use source::OpenError;
