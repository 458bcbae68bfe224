//! The configuration that MMEngine keeps in a checkpoint, as Python under the key `cfg`, and runs when it is given the checkpoint alone
//! (mmengine 0.10.7, infer/infer.py, `BaseInferencer._init_model`; config/config.py, `Config.fromstring`).

use crate::extract::embedded;
use crate::extract::pickle::machine::Machine;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Value, kind};
use crate::extract::python::{self, Settings};

/// The key.
const KEY: &[u8] = b"cfg";
/// Configurations that are kept of one pickle: a checkpoint has one, under two keys.
const KEPT: usize = 16;

impl Machine<'_> {
    /// Looks at the keys and values that stand on the stack by turns from there on, which is where those of a dict or a pair begin.
    pub(super) fn configurations(&mut self, start: usize) {
        let mut at = start;
        while let Some([key, value]) = self.stack.get(at..at.saturating_add(2)) {
            let (key, value) = (*key, *value);
            if key.kind() == kind::TEXT && value.kind() == kind::TEXT {
                self.configuration(key, value);
            }
            at = at.saturating_add(2);
        }
    }

    fn configuration(&mut self, key: Value, value: Value) {
        let (Some(key), Some(at)) = (key.offset(), value.offset()) else { return };
        self.out.effects.work = self.out.effects.work.saturating_add(1);
        let longer = u64::try_from(KEY.len()).unwrap_or(0).saturating_add(1);
        if text::text(&self.decoder, key, longer).is_none_or(|key| key.bytes != KEY) {
            return;
        }
        if self.out.settings.contains_key(&at) {
            return;
        }
        if self.out.settings.len() >= KEPT {
            self.out.effects.cut = true;
            return;
        }
        let settings = match text::text(&self.decoder, at, embedded::TEXT) {
            Some(text) if text.whole() => python::settings(&String::from_utf8_lossy(&text.bytes)),
            // What is not known may be anything.
            Some(text) => Settings { acts: Some(text.shown()), ..Settings::default() },
            None => return,
        };
        self.out.effects.cut |= settings.cut;
        self.out.settings.insert(at, settings);
    }
}
