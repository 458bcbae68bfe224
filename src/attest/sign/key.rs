//! A private key from a file of PEM: SEC 1, PKCS#8, and PKCS#8 under a password. Its text is overwritten when it is dropped, and is
//! never a part of a message.

use crate::attest::bundle::Bundle;
use crate::attest::key::PublicKey;
use crate::attest::pem::{self, ELLIPTIC, Sought};
use crate::attest::sign::{Sign, SignError, bundle};
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkcs8::der::{Decode as _, Reader as _, SliceReader};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Kdf, Pbkdf2Prf};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo};
use serde_json::json;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Rounds that a password's key may take (PBKDF2): OpenSSL writes 2,048 and Python's cryptography 20,000 or more; what asks for more
/// than this would keep a machine busy for a minute.
const ROUNDS: u32 = 50_000_000;

/// A private key as it lies in a file, perhaps under a password.
pub struct PrivateKeyFile {
    der: Zeroizing<Vec<u8>>,
    encrypted: bool,
}

impl PrivateKeyFile {
    /// The first private key in PEM; what stands around it, such as the parameters that `openssl ecparam` writes, is passed over.
    ///
    /// # Errors
    /// When there is none, or one that is encrypted in a way that is not read.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, SignError> {
        let nothing = || SignError::NoKey(pem::instead(bytes, Sought::PrivateKey));
        let text = std::str::from_utf8(bytes).map_err(|_| nothing())?;
        let mut blocks = text.split("-----BEGIN ").skip(1).filter_map(|block| block.split_once("-----"));
        let Some((label, rest)) = blocks.find(|(label, _)| label.ends_with("PRIVATE KEY")) else {
            return Err(nothing());
        };
        match label {
            "PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {}
            "RSA PRIVATE KEY" => return Err(SignError::KeyKind("an RSA key".to_owned())),
            "DSA PRIVATE KEY" => return Err(SignError::KeyKind("a DSA key".to_owned())),
            "OPENSSH PRIVATE KEY" => return Err(SignError::KeyKind("OpenSSH's own format of a key".to_owned())),
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                return Err(SignError::KeyKind("cosign's own format of a key".to_owned()));
            }
            _ => return Err(SignError::NoKey("its block is of a kind that is not known")),
        }
        let body = rest.split_once("-----END ").map(|(body, _)| body).ok_or(SignError::KeyMalformed)?;
        // RFC 1421: headers, which only the old way of encrypting has.
        if body.contains("Proc-Type:") || body.contains("DEK-Info:") {
            return Err(SignError::Encryption("OpenSSL's old way for PEM"));
        }
        let base64: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        let der = STANDARD.decode(base64.as_slice()).map_err(|_| SignError::KeyMalformed)?;
        Ok(Self { der: Zeroizing::new(der), encrypted: label.starts_with("ENCRYPTED") })
    }

    /// Whether a password is needed.
    #[must_use]
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// The key. A password that is not needed is passed over.
    ///
    /// # Errors
    /// When the password is missing or wrong, or the key is none that is supported.
    pub fn open(self, password: Option<&str>) -> Result<SigningKey, SignError> {
        if !self.encrypted {
            return SigningKey::from_der(&self.der);
        }
        let password = password.ok_or(SignError::NoPassword)?;
        let info = EncryptedPrivateKeyInfo::try_from(self.der.as_slice()).map_err(|_| unread(&self.der))?;
        let EncryptionScheme::Pbes2(scheme) = &info.encryption_algorithm else {
            return Err(SignError::Encryption(OLD));
        };
        SigningKey::from_der(&decrypt(scheme, info.encrypted_data, password.as_bytes())?)
    }
}

/// PKCS #5 version 1 and PKCS #12: MD5, SHA-1, DES, RC2, RC4.
const OLD: &str = "PBES1 or another old scheme";

/// By what a key is encrypted that the parser does not take.
fn unread(der: &[u8]) -> SignError {
    const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
    // RFC 5958: a sequence of the algorithm and what it encrypted.
    let algorithm = SliceReader::new(der).and_then(|mut reader| {
        reader.sequence(|inner| {
            let algorithm = AlgorithmIdentifierRef::decode(inner)?;
            inner.read_slice(inner.remaining_len())?;
            Ok(algorithm.oid)
        })
    });
    match algorithm {
        Ok(PBES2) => SignError::Encryption("a cipher other than AES-CBC"),
        Ok(_) => SignError::Encryption(OLD),
        Err(_) => SignError::KeyMalformed,
    }
}

/// Decrypts by PBES2 (RFC 8018, section 6.2) with PBKDF2 and AES-CBC, as OpenSSL and Python's cryptography write.
fn decrypt(scheme: &pbes2::Parameters<'_>, encrypted: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, SignError> {
    let (cipher, length, iv) = match &scheme.encryption {
        pbes2::EncryptionScheme::Aes128Cbc { iv } => (&AES_128, 16, **iv),
        pbes2::EncryptionScheme::Aes192Cbc { iv } => (&AES_192, 24, **iv),
        pbes2::EncryptionScheme::Aes256Cbc { iv } => (&AES_256, 32, **iv),
        _ => return Err(SignError::Encryption("a cipher other than AES-CBC")),
    };
    let Kdf::Pbkdf2(derivation) = &scheme.kdf else { return Err(SignError::Encryption("scrypt")) };
    let function = match derivation.prf {
        Pbkdf2Prf::HmacWithSha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Pbkdf2Prf::HmacWithSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Pbkdf2Prf::HmacWithSha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Pbkdf2Prf::HmacWithSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(SignError::Encryption("PBKDF2 with HMAC-SHA-224")),
    };
    let rounds = NonZeroU32::new(derivation.iteration_count).filter(|rounds| rounds.get() <= ROUNDS);
    let rounds = rounds.ok_or(SignError::KeyMalformed)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(function, rounds, derivation.salt, password, &mut key);
    let mut content = Zeroizing::new(encrypted.to_vec());
    let opened = UnboundCipherKey::new(cipher, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).and_then(|key| {
        key.decrypt(&mut content, DecryptionContext::Iv128(FixedLength::from(iv))).map(|plain| plain.len())
    });
    let length = opened.map_err(|_| SignError::WrongPassword)?;
    content.truncate(length);
    // A wrong password leaves padding that looks right once in 256 times; what is no key then was not opened.
    if PrivateKeyInfo::try_from(content.as_slice()).is_err() {
        return Err(SignError::WrongPassword);
    }
    Ok(content)
}

/// A private key on a curve that signatures of models use, ready to sign.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// From PKCS#8 or SEC 1 in DER; what it is for is found by trying, as SEC 1 may leave its curve out.
    fn from_der(der: &[u8]) -> Result<Self, SignError> {
        let all = [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING];
        let pair = all.into_iter().find_map(|algorithm| EcdsaKeyPair::from_private_key_der(algorithm, der).ok());
        let pair = pair.ok_or_else(|| unsupported(der))?;
        let spki = pair.public_key().as_der().map_err(|_| SignError::KeyMalformed)?;
        let public = PublicKey::from_spki(spki.as_ref()).ok_or(SignError::KeyMalformed)?;
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A signature over the payload's encoding, with the hash function of the key's curve.
    pub(super) fn signature(&self, payload_type: &str, payload: &[u8]) -> Result<Vec<u8>, SignError> {
        let encoded = Bundle::encoding(payload_type, payload);
        let signature = self.pair.sign(&SystemRandom::new(), &encoded);
        let signature = signature.map_err(|_| SignError::Failed("the key could not be used".to_owned()))?;
        Ok(signature.as_ref().to_vec())
    }
}

impl Sign for SigningKey {
    fn sign(&self, payload_type: &str, payload: &[u8]) -> Result<String, SignError> {
        let signature = self.signature(payload_type, payload)?;
        Ok(bundle(json!({"publicKey": {"hint": self.public.hint()}}), payload_type, payload, &signature))
    }
}

/// What a key is that is not supported.
fn unsupported(der: &[u8]) -> SignError {
    const CURVES: [ObjectIdentifier; 3] = [
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    ];
    let Ok(info) = PrivateKeyInfo::try_from(der) else {
        // SEC 1 on another curve, or nothing that is a key: RFC 5915 begins with a sequence and version 1.
        return if der.get(2..5) == Some(&[2, 1, 1]) || der.get(3..6) == Some(&[2, 1, 1]) {
            SignError::KeyKind("a key on another curve, or a damaged one,".to_owned())
        } else {
            SignError::KeyMalformed
        };
    };
    let curve = info.algorithm.parameters_oid().ok().filter(|_| info.algorithm.oid == ELLIPTIC);
    if curve.is_some_and(|curve| CURVES.contains(&curve)) {
        return SignError::KeyMalformed;
    }
    SignError::KeyKind(pem::kind(&info.algorithm))
}
