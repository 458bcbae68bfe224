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

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::Leads;

    /// An object of a class with a state that is built of these opcodes.
    fn built(class: &str, state: &str) -> Vec<u8> {
        format!("c{class}\n)\u{81}{state}b.").chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect()
    }

    fn opened(content: &[u8]) -> (Vec<(String, Leads)>, usize) {
        let tables = facts("model.kv", content);
        let found = tables.references.iter().map(|one| (one.target.clone(), one.leads)).collect();
        (found, tables.incomplete.len())
    }

    #[test]
    fn the_array_of_an_old_wrapper_is_a_file() {
        for class in ["joblib.numpy_pickle_compat\nNDArrayWrapper", "joblib.numpy_pickle_compat\nZNDArrayWrapper"] {
            let named = |name: &str| opened(&built(class, &format!("}}S'filename'\nS'{name}'\ns")));
            assert_eq!(named("model.joblib_01.npy"), (vec![], 0));
            assert_eq!(named("/etc/x.npy"), (vec![("/etc/x.npy".to_owned(), Leads::Absolute)], 0));
            assert_eq!(named("../x"), (vec![("../x".to_owned(), Leads::Outside)], 0));
            // In the slots of a pair, and a name that nobody knows.
            let pair = opened(&built(class, "(N}S'filename'\nS'/etc/x'\nst"));
            assert_eq!(pair, (vec![("/etc/x".to_owned(), Leads::Absolute)], 0));
            assert_eq!(opened(&built(class, "}S'filename'\nccopy\ncopy\n(S'/etc/x'\ntRs")).1, 1);
            assert_eq!(opened(&built(class, "ccopy\ncopy\n(}tR")).1, 1);
        }
    }

    #[test]
    fn a_configuration_of_mmengine_is_read() {
        let named = |content: &str| -> Vec<(String, String)> {
            let tables = facts("model.pkl", content.as_bytes());
            tables.references.iter().map(|one| (one.by.clone(), one.target.clone())).collect()
        };
        let (acts, dotted) =
            (|text: &str| ("cfg".to_owned(), text.to_owned()), |name: &str| ("cfg name".to_owned(), name.to_owned()));
        // By each opcode that makes a dict, and in the pairs of one that a call makes.
        for shape in [
            "}S'cfg'\nTEXTs.",
            "}(S'cfg'\nTEXTu.",
            "(S'a'\nNS'cfg'\nTEXTd.",
            "}S'meta'\n}S'cfg'\nTEXTss.",
            "](S'cfg'\nTEXTta.",
        ] {
            let whole = |text: &str| shape.replace("TEXT", &format!("S\"{text}\"\n"));
            assert_eq!(named(&whole("model = dict(type='A')")), [], "{shape}");
            assert_eq!(named(&whole("import os")), [acts("import os")], "{shape}");
            assert_eq!(named(&whole("x = dict(type='os.system', command='id')")), [dotted("os.system")], "{shape}");
        }
        assert_eq!(named("}S'cfgs'\nS'import os'\ns."), []);
        assert_eq!(named("}S'cfg'\nS'yolov8n.yaml'\ns."), []);
        // One that is too long to be read.
        assert_eq!(named(&format!("}}S'cfg'\nS'{}'\ns.", "x".repeat(20_000))).len(), 1);
    }

    #[test]
    fn what_gensim_stores_apart_is_a_file() {
        let class = "gensim.models.keyedvectors\nKeyedVectors";
        let named = |key: &str, name: &str| opened(&built(class, &format!("}}S'{key}'\n](S'{name}'\nes")));
        assert_eq!(named("__numpys", "vectors"), (vec![], 0));
        assert_eq!(named("words", "/etc/x"), (vec![], 0));
        let outside = vec![("model.kv./../../x".to_owned(), Leads::Outside)];
        for key in ["__numpys", "__scipys", "__recursive_saveloads"] {
            assert_eq!(named(key, "/../../x"), (outside.clone(), 0));
        }
        // An item that the list is given later.
        let later = format!("c{class}\n)\u{81}}}S'__scipys'\n]p0\nsb0g0\nS'/../../x'\na.");
        let later: Vec<u8> = later.chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();
        assert_eq!(opened(&later), (outside, 0));
        assert_eq!(opened(&built(class, "}S'__scipys'\nccopy\ncopy\n(](S'x'\netRs")).1, 1);
    }
}
