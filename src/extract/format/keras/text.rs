//! Texts of a configuration: which are code in base64, and which name a file or an address. Looks at letters alone.

use crate::extract::radix64::decode as base64;
use crate::facts::ReferenceKind;

/// Code in a text.
pub(super) struct Code {
    /// Where it stands, escaped.
    pub place: String,
    /// What it decodes to.
    pub bytes: Vec<u8>,
    /// Whether its key says that Keras runs it; otherwise only its content can tell that it is something.
    pub certain: bool,
}

/// A text that names a file or an address.
pub(super) struct Name {
    /// What it names.
    pub kind: ReferenceKind,
    /// The key that it stands under, escaped.
    pub key: String,
    /// Where it stands, escaped.
    pub place: String,
    /// The text.
    pub text: String,
    /// The byte behind it.
    pub offset: u64,
}

/// Keys whose text Keras opens as a file (keras/src/layers/preprocessing/index_lookup.py, `set_vocabulary`).
const FILES: &[&str] = &["vocabulary", "vocabulary_path", "vocab_file", "vocabulary_file"];
/// Keys of functions: `code` of Keras 3, `function` and the others of a Lambda layer before (keras/src/layers/core/lambda_layer.py
/// and keras/src/utils/python_utils.py, `func_load`).
const CODE: &[&str] = &["code", "function", "output_shape", "mask"];
/// A shorter text is no marshalled function: its head alone has 24 bytes (CPython, Python/marshal.c, `w_complex_object`).
const SHORTEST: usize = 32;
/// A longer text is no path (PATH_MAX of Linux).
const LONGEST: usize = 4_096;

/// What a text names outside of the configuration.
pub(super) fn refers(key: &str, item: bool, text: &str) -> Option<ReferenceKind> {
    if text.is_empty() || (item && key.ends_with("vocabulary")) {
        return None; // the words of a vocabulary may be anything
    }
    if let Some((scheme, _)) = text.split_once("://")
        && scheme.len() > 1
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    {
        return Some(ReferenceKind::Url);
    }
    if FILES.contains(&key) {
        return Some(ReferenceKind::File);
    }
    let drive = matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let rooted = matches!(text.as_bytes(), [b'/', next, ..] if *next != b' ')
        || text.starts_with("\\\\")
        || text.starts_with("~/");
    let climbs = text.split(['/', '\\']).any(|part| part == "..") && text != "..";
    (text.len() <= LONGEST && (drive || rooted || climbs)).then_some(ReferenceKind::File)
}

/// The bytes of a text that is code, and whether its key says so.
pub(super) fn code(key: &str, text: &str) -> Option<(Vec<u8>, bool)> {
    if text.len() < SHORTEST {
        return None;
    }
    let certain = CODE.contains(&key);
    match base64(text) {
        Some(bytes) => Some((bytes, certain)),
        // What is no base64 is taken as it stands (`func_load`, `raw_unicode_escape`).
        None if certain => {
            Some((text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect(), true))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_are_told_from_names() {
        for (key, text) in [
            ("vocabulary", "words.txt"),
            ("x", "https://host/words"),
            ("x", "file:///etc/passwd"),
            ("x", "/etc/passwd"),
            ("x", "C:\\words"),
            ("name", "../../x"),
            ("x", "~/words"),
        ] {
            assert!(refers(key, false, text).is_some(), "{key} {text}");
        }
        for text in ["block/conv", "abc,cde->abde", "/", "conv..1", "mean squared"] {
            assert_eq!(refers("name", false, text), None, "{text}");
        }
        assert_eq!(refers("vocabulary", true, "/etc/passwd"), None);
    }
}
