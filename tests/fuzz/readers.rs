//! The room `extract` and what it may import, built without the rest of the program: policies, signatures and the command line are as
//! much to build with the fuzzer's flags again, and read no artifact.

#![allow(dead_code, unused_imports, reason = "the rest of the program uses it")]

// In a block, so that its own parts are found beside it.
#[path = "../../src"]
mod source {
    pub mod digest;
}
#[path = "../../src/extract/mod.rs"]
pub mod extract;
#[path = "../../src/facts/mod.rs"]
pub mod facts;
#[path = "../../src/limits.rs"]
pub mod limits;
#[path = "../../src/place.rs"]
pub mod place;

pub use source::digest;
