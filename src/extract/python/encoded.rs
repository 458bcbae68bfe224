//! Large constants of a source that are written in base64 or hexadecimal, or are bytes: what they decode to may be something to read.
//! Decides by letters alone; what the bytes are, the formats say.

use crate::extract::python::fold;
use crate::extract::radix64;

/// A shorter constant is no payload worth a member: an ordinary text, a digest, a key.
pub(super) const SHORTEST: usize = 128;
/// Most constants of one source that are decoded, and their bytes.
const MOST: usize = 64;
const BYTES: usize = 16 << 20;

/// What large constants decode to, with their lines.
#[derive(Debug, Default)]
pub(super) struct Encoded {
    pub found: Vec<(u64, Vec<u8>)>,
    bytes: usize,
    /// Whether there were more.
    pub cut: bool,
}

impl Encoded {
    /// Decodes a constant, if it is written in an encoding from its first letter to its last.
    pub(super) fn add(&mut self, octets: &[u8], line: u64) {
        let Some(decoded) = decode(octets) else { return };
        self.bytes = self.bytes.saturating_add(decoded.len());
        if self.found.len() >= MOST || self.bytes > BYTES {
            self.cut = true;
            return;
        }
        if !self.found.iter().any(|(_, known)| *known == decoded) {
            self.found.push((line, decoded));
        }
    }
}

fn decode(octets: &[u8]) -> Option<Vec<u8>> {
    let letters = |plain: fn(u8) -> bool| octets.iter().all(|octet| plain(*octet) || octet.is_ascii_whitespace());
    if letters(|octet| octet.is_ascii_hexdigit()) {
        return fold::hexadecimal(octets);
    }
    if letters(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=' | b'-' | b'_')) {
        let text = std::str::from_utf8(octets).ok()?.replace('-', "+").replace('_', "/");
        return radix64::decode(&text);
    }
    // Bytes that no text has may be something as they are.
    let control = octets.iter().any(|octet| *octet == 0 || (0x80..0xc0).contains(octet));
    (control && std::str::from_utf8(octets).is_err()).then(|| octets.to_vec())
}
