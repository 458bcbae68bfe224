//! The judge: the shipped policies are evaluated in this process, all others in a guarded one of the same program.

use crate::facts::Facts;
use crate::policy::engine::Prepared;
use crate::policy::guard::Guard;
use crate::policy::{PolicyError, PolicySet};
use crate::verdict::{Explanation, Finding};
use std::path::Path;

/// A policy set that is ready to judge.
#[derive(Debug)]
pub struct Judge(Seat);

#[derive(Debug)]
enum Seat {
    Here(Box<Prepared>),
    Apart(Guard),
}

impl Judge {
    /// Parses, checks and prepares every module of the set. One that is not shipped is hostile input: it ends no more than the process
    /// that `program`, this program's own file, is started as.
    ///
    /// # Errors
    /// A [`PolicyError`] with file and line for anything that is wrong with the set.
    pub fn new(set: &PolicySet, program: &Path) -> Result<Self, PolicyError> {
        if set.shipped() { Self::here(set) } else { Ok(Self(Seat::Apart(Guard::start(set, program)?))) }
    }

    /// The same in this process, whatever the set holds: for those who trust it, or who are the guarded process.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn here(set: &PolicySet) -> Result<Self, PolicyError> {
        Ok(Self(Seat::Here(Box::new(Prepared::new(set)?))))
    }

    /// Judges the facts of one artifact. Findings come worst first, then by place, offset, rule and message.
    ///
    /// # Errors
    /// [`PolicyError`] when a rule fails, returns what no rule may return, does not end in time, or ends its process. Never a pass.
    pub fn judge(&self, facts: &Facts) -> Result<Vec<Finding>, PolicyError> {
        match &self.0 {
            Seat::Here(prepared) => prepared.judge(facts),
            Seat::Apart(guard) => guard.judge(facts),
        }
    }

    /// Why each rule of `set` that fires on the facts does so, and what became of those that are not shipped. `set` is the one that
    /// the judge was made of.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn explain(&self, facts: &Facts, set: &PolicySet) -> Result<Vec<Explanation>, PolicyError> {
        match &self.0 {
            Seat::Here(prepared) => prepared.explain(facts, set),
            Seat::Apart(guard) => guard.explain(facts),
        }
    }
}
