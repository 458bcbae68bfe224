//! weighbridge: reads model artifacts without loading them, writes down facts, and lets policies judge them.
//!
//! The rooms, from the bottom up (who may import whom is held by `tests/layering.rs`):
//!
//! - [`limits`], [`place`], [`digest`], [`time`]: ceilings, places, SHA-256, moments.
//! - [`files`]: the one way to read what judges, from the disk or from a commit.
//! - [`facts`]: what is. [`verdict`]: what we think of it. Plain data.
//! - [`extract`]: bytes to facts; the only room that opens artifacts. Never judges.
//! - [`policy`]: facts to findings; the only room that knows Rego. Never reads bytes.
//! - [`attest`]: signatures against files, and signing what was approved; the only room that knows Sigstore.
//! - [`report`]: a report to text. Never prints.
//! - [`config`]: `weighbridge.yaml`. [`repository`]: the only room that knows git.
//! - [`fetch`]: policy set archives from elsewhere. [`github`]: a report to a pull request. [`web`]: how these and
//!   `attest` speak HTTP.
//! - [`gate`]: the wiring, and signatures in a check. [`cli`]: the only room with arguments, output and exit codes.

pub mod attest;
pub mod cli;
pub mod config;
pub mod digest;
pub mod extract;
pub mod facts;
pub mod fetch;
pub mod files;
pub mod gate;
pub mod github;
pub mod limits;
pub mod place;
pub mod policy;
pub mod report;
pub mod repository;
pub mod time;
pub mod verdict;
pub mod web;
