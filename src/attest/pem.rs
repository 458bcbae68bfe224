//! What lies in a file where a key or a certificate in PEM was looked for and not found, in words, with what to do about it. Shows
//! nothing of the file.

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::AlgorithmIdentifierRef;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    PublicKey,
    PrivateKey,
    Certificate,
}

/// What is there instead, and what to do.
pub(super) fn instead(bytes: &[u8], sought: Sought) -> &'static str {
    use Sought::{Certificate, PrivateKey, PublicKey};
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let Some(text) = text else {
        // Each is a sequence, whose tag is this.
        let der = bytes.first() == Some(&0x30);
        return match sought {
            _ if !der => "this file is not text; check that it is the right one",
            PublicKey => {
                "this looks like DER: write it as PEM with `openssl pkey -pubin -inform DER -in FILE -out NEW`"
            }
            PrivateKey => {
                "this looks like DER: write it as PEM with `openssl pkcs8 -topk8 -inform DER -in FILE -out NEW`"
            }
            Certificate => "this looks like DER: write it as PEM with `openssl x509 -inform DER -in FILE -out NEW`",
        };
    };
    let has = |label: &str| text.contains(&format!("{label}-----"));
    let ssh = ["ssh-", "ecdsa-sha2-", "sk-"].iter().any(|start| text.starts_with(start));
    match sought {
        _ if text.trim().is_empty() => "the file is empty",
        PublicKey if has("BEGIN OPENSSH PRIVATE KEY") => {
            "this is OpenSSH's private key: write its public half with `ssh-keygen -e -m PKCS8 -f FILE`"
        }
        PublicKey if has("PRIVATE KEY") => {
            "this is a private key: write its public half with `openssl pkey -in FILE -pubout`"
        }
        PublicKey if has("BEGIN CERTIFICATE") => "this is a certificate: give an authority's with --ca",
        PublicKey if has("BEGIN RSA PUBLIC KEY") => "this is an RSA key: keys are on P-256, P-384 or P-521",
        PublicKey if ssh => "this is OpenSSH's own format: write the key as PEM with `ssh-keygen -e -m PKCS8 -f FILE`",
        PublicKey => "give the signer's public key",
        PrivateKey if has("BEGIN PUBLIC KEY") => "this is a public key: signing takes the private one",
        PrivateKey if has("BEGIN CERTIFICATE") => {
            "this is a certificate: give it with --certificate, and its private key with --key"
        }
        PrivateKey => "give the signer's private key",
        Certificate if has("PRIVATE KEY") => "this is a private key: give the certificate",
        Certificate if has("PUBLIC KEY") => {
            "this is a public key: give a signer's with --key, or the authority's certificate"
        }
        Certificate => "give the certificate of the authority",
    }
}

/// id-ecPublicKey (RFC 5480).
pub(super) const ELLIPTIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// What a key is, by its algorithm: RFC 8017, RFC 8410, and SEC 2 by its commonest other curve.
pub(super) fn kind(algorithm: &AlgorithmIdentifierRef<'_>) -> String {
    const KNOWN: [(&str, &str); 5] = [
        ("1.2.840.113549.1.1.1", "an RSA key"),
        ("1.3.101.112", "an Ed25519 key"),
        ("1.3.101.113", "an Ed448 key"),
        ("1.3.101.110", "an X25519 key"),
        ("1.3.132.0.10", "a key on secp256k1"),
    ];
    let curve = algorithm.parameters_oid().ok().filter(|_| algorithm.oid == ELLIPTIC);
    let kind = curve.unwrap_or(algorithm.oid).to_string();
    let known = KNOWN.iter().find(|(oid, _)| *oid == kind).map(|(_, name)| (*name).to_owned());
    known.unwrap_or_else(|| format!("a key of kind {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_instead_is_told_with_what_to_do() {
        let told = |bytes: &[u8], sought, words: &str| {
            let found = instead(bytes, sought);
            assert!(found.contains(words), "{sought:?}: {found}");
        };
        use Sought::{Certificate, PrivateKey, PublicKey};
        for (sought, command) in [
            (PublicKey, "pkey -pubin -inform DER"),
            (PrivateKey, "pkcs8 -topk8 -inform DER"),
            (Certificate, "x509 -inform DER"),
        ] {
            told(b"\x30\x82\x01\x00\xff", sought, command);
            told(b"\x30\x82\x01\x00\x00", sought, command);
            told(b"\x89PNG\0", sought, "right one");
            told(b" \n", sought, "empty");
        }
        told(b"-----BEGIN OPENSSH PRIVATE KEY-----\n", PublicKey, "ssh-keygen -e -m PKCS8");
        told(b"ecdsa-sha2-nistp256 AAAA me@example.org\n", PublicKey, "ssh-keygen -e -m PKCS8");
        told(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", PublicKey, "-pubout");
        told(b"-----BEGIN RSA PUBLIC KEY-----\n", PublicKey, "P-256");
        told(b"-----BEGIN PUBLIC KEY-----\n", Certificate, "--key");
        told(b"-----BEGIN PUBLIC KEY-----\n", PrivateKey, "private one");
    }
}
