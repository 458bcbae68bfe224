//! Asking a timestamp authority when a signature was made (RFC 3161). What its answer proves is not asked here: whoever verifies asks it.

use crate::attest::oms::unhex;
use crate::attest::sign::keyless::{KeylessError, post};
use crate::digest;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

/// RFC 3161, section 2.4.1, as DER up to the digest: a sequence of 67 bytes with version 1 and the imprint, whose algorithm is SHA-256.
const BEFORE: [u8; 24] = [
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0x04, 0x20,
];

/// After the digest: an integer of 8 bytes, the nonce, follows.
const NONCE: [u8; 2] = [0x02, 0x08];

/// After the nonce: the certificates are to be in the answer.
const AFTER: [u8; 3] = [0x01, 0x01, 0xff];

/// The authority's answer, whole and in DER.
pub(super) fn stamp(url: &str, signature: &[u8]) -> Result<Vec<u8>, KeylessError> {
    let digest = unhex(&digest::of(signature).sha256).unwrap_or_default();
    let hint = "; check the address of the timestamp authority, which is whole with its path, and try again later";
    post("no timestamp", url, "application/timestamp-query", &query(&digest)?, hint)
}

fn query(digest: &[u8]) -> Result<Vec<u8>, KeylessError> {
    let mut nonce = [0; 8];
    SystemRandom::new().fill(&mut nonce).map_err(|_| KeylessError::Key)?;
    // A positive integer in its shortest form: the first byte is from 0x40 to 0x7f.
    if let Some(first) = nonce.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok([&BEFORE[..], digest, &NONCE, &nonce, &AFTER].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_as_long_as_it_says() {
        let query = query(&[7; 32]).unwrap();
        assert_eq!(query.len(), usize::from(query[1]) + 2);
        assert_eq!(query[24..56], [7; 32]);
        assert!((0x40..0x80).contains(&query[58]), "the nonce is positive");
        assert_ne!(query[58..66], super::query(&[7; 32]).unwrap()[58..66]);
    }
}
