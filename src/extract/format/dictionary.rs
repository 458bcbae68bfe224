//! Permits for the memory of decoders' dictionaries and of the trees of Python source: one pool for the whole process, so that files
//! read side by side stay under the memory ceiling together. Allocates nothing itself.

use crate::limits::Exhausted;
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes of all of them at one time. The rest of 256 MiB is for everything else.
const POOL: u64 = 192 << 20;

static LEFT: Mutex<u64> = Mutex::new(POOL);
static RETURNED: Condvar = Condvar::new();

/// Memory that a decoder or parser may use; given back when it is dropped.
///
/// A holder never waits for a second permit: a stream is decoded to its end before its content is read, so permits cannot
/// lock each other out.
#[derive(Debug)]
pub(in crate::extract) struct Permit(u64);

impl Permit {
    /// Waits until `bytes` are free.
    ///
    /// # Errors
    /// [`Exhausted`] when `bytes` is more than the `ceiling` for one decoder.
    pub(in crate::extract) fn take(bytes: u64, ceiling: u64) -> Result<Self, Exhausted> {
        if bytes > ceiling {
            return Err(Exhausted("dictionary"));
        }
        let wanted = bytes.min(POOL);
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = RETURNED.wait_while(left, |left| *left < wanted).unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(wanted);
        Ok(Self(wanted))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(self.0);
        RETURNED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_come_back_and_wait_for_each_other() {
        assert_eq!(Permit::take(2, 1).err(), Some(Exhausted("dictionary")));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let permit = Permit::take(POOL, u64::MAX);
                    assert!(permit.is_ok());
                });
            }
        });
        assert!(Permit::take(u64::MAX, u64::MAX).is_ok());
    }
}
