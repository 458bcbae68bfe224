//! Python pickle of any protocol (CPython, Lib/pickletools.py and Modules/_pickle.c), with joblib's arrays and torch's older file: they begin alike. Has no firm magic.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::pickle;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// Pickle.
pub(super) struct Pickle;

impl Format for Pickle {
    fn id(&self) -> FormatId {
        FormatId::Pickle
    }

    fn about(&self) -> &'static str {
        "every stream of protocols 0 to 5: imports, calls with arguments, state sets; as pickle, \
         cloudpickle, dill, joblib and torch save them"
    }

    fn claims(&self, window: &Window) -> Claim {
        if pickle::may_begin(&window.head) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        pickle::read(source, member, walk)
    }
}
