//! Which weights and constants of an archive of `torch.export` its loader unpickles: the lists beside them say so (torch/export/pt2_archive/_package.py,
//! `_load_state_dict` and `_load_constants`).

use crate::extract::format::zip::directory::Central;
use crate::extract::format::zip::entry::{Opened, Placed};
use crate::extract::format::zip::method::Decoder;
use crate::extract::walk::Walk;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::io::Read as _;

/// Bytes of a list that are read: a model of ten thousand weights has some 3 MB.
const LIST: u64 = 32 << 20;
/// The folders, and how the names of their lists end.
const LISTS: &[(&[u8], &[u8])] =
    &[(b"data/weights/", b"_weights_config.json"), (b"data/constants/", b"_constants_config.json")];

/// What is unpickled.
#[derive(Debug, Default)]
pub(super) struct Unpickled {
    /// Names of entries, lower case.
    names: HashSet<Vec<u8>>,
    /// A list could not be read, so it may be any.
    any: bool,
}

impl Unpickled {
    /// Whether that entry, whose name is in lower case, is.
    pub(super) fn holds(&self, lower: &[u8]) -> bool {
        self.any || self.names.contains(lower)
    }

    /// Takes what a list says of a folder.
    fn take(&mut self, folder: &[u8], list: &[u8]) {
        match serde_json::from_slice::<List>(list) {
            Ok(list) => self.names.extend(list.config.into_values().filter(Payload::unpickled).map(|payload| {
                let path = payload.path_name.to_ascii_lowercase();
                [folder, path.as_bytes()].concat()
            })),
            Err(_) => self.any = true,
        }
    }
}

/// A list: `PayloadConfig` (torch/_export/serde/schema.py).
#[derive(Deserialize)]
struct List {
    #[serde(default)]
    config: HashMap<String, Payload>,
}

/// `PayloadMeta` of the same.
#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    path_name: String,
    #[serde(default)]
    use_pickle: Value,
}

impl Payload {
    /// Anything that Python may take for true.
    fn unpickled(&self) -> bool {
        !matches!(self.use_pickle, Value::Null | Value::Bool(false))
    }
}

impl Opened<'_> {
    /// Reads the lists of an archive of `torch.export`, before the entries that they speak of.
    pub(super) fn read_payloads(&mut self, entries: &[Central], placed: &[Placed], walk: &mut Walk<'_>) {
        let mut unpickled = Unpickled::default();
        for one in placed {
            let Some(central) = entries.get(one.central) else { continue };
            let lower = central.name.to_ascii_lowercase();
            let rest = self.layout.exported(&lower).unwrap_or_default();
            let Some((folder, _)) = LISTS.iter().find(|(folder, end)| rest.starts_with(folder) && rest.ends_with(end))
            else {
                continue;
            };
            let root = lower.len().saturating_sub(rest.len());
            let folder = [lower.get(..root).unwrap_or_default(), folder].concat();
            for reading in &one.compared.readings {
                let range = self.source.range(one.local.data, reading.packed);
                let mut list = Vec::new();
                let read = Decoder::new(reading.method, &range, central.flags, central.unpacked, walk.limits)
                    .is_ok_and(|decoder| decoder.take(LIST.saturating_add(1)).read_to_end(&mut list).is_ok());
                let size = u64::try_from(list.len()).unwrap_or(u64::MAX);
                if !read || size > LIST || walk.budget.decoded(size).is_err() {
                    unpickled.any = true;
                } else {
                    unpickled.take(&folder, &list);
                }
            }
        }
        self.layout.unpickled = unpickled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_is_unpickled() {
        let held = |list: &str, name: &str| {
            let mut unpickled = Unpickled::default();
            unpickled.take(b"m/data/weights/", list.as_bytes());
            unpickled.holds(name.as_bytes())
        };
        let list = |pickle: &str| {
            format!(r#" {{"config": {{"w": {{"path_name": "Weight_0", {pickle} "tensor_meta": {{}}}}}}}}"#)
        };
        for pickle in [r#""use_pickle": true,"#, r#""use_pickle": 1,"#] {
            assert!(held(&list(pickle), "m/data/weights/weight_0"), "{pickle}");
            assert!(!held(&list(pickle), "m/data/weights/weight_1"), "{pickle}");
        }
        for pickle in [r#""use_pickle": false,"#, r#""use_pickle": null,"#, ""] {
            assert!(!held(&list(pickle), "m/data/weights/weight_0"), "{pickle}");
        }
        assert!(held("{", "m/data/weights/weight_7"));
    }
}
