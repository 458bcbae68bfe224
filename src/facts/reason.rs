//! Why a signature is refused: the one list, and what to do about each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[doc = $meaning:literal])+ $name:ident => $remedy:literal,)+) => {
        /// Why a signature is refused. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// What to do about it.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Self::$name => $remedy,)+
                }
            }
        }
    };
}

reasons! {
    /// No signature was found beside the model or in it.
    Unsigned => "name the signature with --bundle, or have the model signed",
    /// The signature's file is not the JSON of a Sigstore bundle.
    BundleMalformed => "fetch the signature again from where the model comes from",
    /// The signature's file is larger than any that is read.
    BundleTooLarge => "have the model signed again with fewer or larger shards",
    /// A bundle of a version or with content that is not verified here.
    BundleUnsupported => "have the model signed again with a current tool",
    /// An envelope without a signature or with more than one: which counts is not said.
    SignatureCount => "have the model signed again; an envelope holds exactly one signature",
    /// The envelope holds something else than an in-toto statement.
    PayloadType => "verify this file with the tool that made it",
    /// The signed text is not an in-toto statement of version 1 with subjects, or its fields are not what its predicate type asks for.
    StatementMalformed => "have the model signed again with a current tool",
    /// A signature of model-signing 0.2, whose encoding was mistaken.
    LegacyFormat => "have the model signed again, or add --legacy while you still need it",
    /// The manifest lists no file at all, so it would hold for every model.
    ManifestEmpty => "have the model signed again; this signature says nothing",
    /// The manifest lists a name twice: which digest counts is not said.
    NameRepeated => "have the model signed again; do not use this signature",
    /// The manifest lists an absolute name, or one with `..`, `.` or an empty part.
    NameUnsafe => "have the model signed again; do not use this signature",
    /// The manifest names a serialization or a hash function that is not known.
    SerializationUnknown => "have the model signed again by files or shards with sha256, blake2b or blake3",
    /// A digest in the manifest is not one of the hash function that it names.
    DigestMalformed => "have the model signed again; do not use this signature",
    /// The shards of a file overlap, leave a gap or are not of the size that the manifest names.
    ShardsBroken => "have the model signed again; do not use this signature",
    /// The subject's digest is not that of the manifest's digests in their order.
    RootMismatch => "have the model signed again; do not use this signature",
    /// The bundle was made by another method than the one asked for.
    MethodMismatch => "give the option that fits: --key, --ca, or --identity with --issuer",
    /// No key, authority or trust root is known that the signature could be verified with, so nobody can say whether it holds.
    SignerUnknown => "name the signer under `signers` in weighbridge.yaml, or give the key or authority to `weighbridge verify`",
    /// The bundle names another key than the given one, and its signature is not by the given one.
    WrongKey => "ask the signer for the public key that belongs to this signature",
    /// The signature is not one over this content by that key.
    SignatureInvalid => "do not use the model; fetch model and signature again from where they come from",
    /// A certificate in the bundle cannot be read.
    CertificateMalformed => "fetch the signature again; do not use this one",
    /// The certificate does not lead to a given authority.
    CertificateUntrusted => "give the certificate of the signer's authority, or do not use the model",
    /// The certificate had expired; without a proven time of signing it is judged by the time of verification.
    CertificateExpired => "have the model signed again with a certificate that is valid",
    /// The certificate is not valid yet.
    CertificateNotYetValid => "have the model signed again with a certificate that is valid, and check this machine's clock",
    /// The certificate is not for signing code.
    CertificateUse => "have the model signed with a certificate whose extended key usage has codeSigning",
    /// The certificate that signed may itself issue certificates; such a key must not sign models.
    CertificateAuthority => "have the model signed with an end-entity certificate (CA:FALSE)",
    /// Somebody else signed it.
    WrongIdentity => "check --identity against who is meant to sign; do not use the model otherwise",
    /// Another issuer vouched for the identity.
    WrongIssuer => "check --issuer against who is meant to vouch; do not use the model otherwise",
    /// The bundle is newer than the trust root that was embedded or fetched, and by a log or authority that it does not know.
    TrustRootTooOld => "run `weighbridge trust update` (with --github for GitHub's own instance) and verify again",
    /// No transparency log holds the signature.
    LogMissing => "have the model signed again with a transparency log; add --github when GitHub's own instance signed it",
    /// A transparency log that the trust root does not know.
    LogUnknown => "give the trust root of the Sigstore instance that signed with --trusted-root",
    /// The proof that the log holds the signature does not hold.
    LogProof => "do not use the model; fetch the signature again from where the model comes from",
    /// The log's entry is about another signature.
    LogMismatch => "do not use the model; fetch the signature again from where the model comes from",
    /// Nothing proves when it was signed, and a certificate for minutes says nothing without that.
    TimeMissing => "have the model signed again with a transparency log or a timestamp authority",
    /// What is to prove the time does not hold.
    TimeInvalid => "do not use the model; fetch the signature again from where the model comes from",
    /// A file is not what was signed.
    FileChanged => "do not use the model; fetch it again from where it comes from",
    /// A file that was signed is not here.
    FileMissing => "fetch the model again; parts of it are not here",
    /// A file is here that nobody signed, hidden ones included.
    FileUncovered => "remove the files, have the model signed again with them, or accept them by name with --ignore",
    /// A symbolic link: what it leads to is not a part of what was signed.
    Link => "put the file itself in the link's place, and have the model signed again",
    /// A file could not be read, or changed while it was read.
    FileUnreadable => "check permissions and that nothing writes to the model, and verify again",
    /// No verdict was attested for the model.
    VerdictMissing => "name the attestation with --bundle, or have the model judged and signed with `weighbridge sign`",
    /// Another program attests the verdict.
    VerdictOfAnother => "have the model judged and signed with `weighbridge sign`",
    /// The verdict is not that the model passed.
    VerdictNotPassed => "do not use the model; have it judged and signed with `weighbridge sign`",
    /// The model was judged by another policy than the one that is asked for.
    WrongPolicy => "have the model judged by that policy and signed again, or name the policy that you accept with --policy-digest",
    /// An attestation that says something else than where the model comes from, such as the result of a test: it may say that the model is bad.
    OtherPredicate => "find the model's own signature; name what is to be attested with --predicate-type, or ask for a verdict with --require-verdict",
    /// The subjects of the statement have only digests by functions that are not computed here.
    DigestUnsupported => "have the statement made again with sha256 or sha512",
    /// A Git LFS pointer lies where a file was signed: the content itself is not here.
    FilePointer => "fetch the content with `git lfs pull`, and verify again",
    /// The signature is for another model, or for other content.
    OtherModel => "find the signature that belongs to this model; do not use the model otherwise",
}

/// One reason, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What was found, in words; text of the model or the bundle is escaped.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    /// A refusal with its reason's remedy.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), remedy: reason.remedy().to_owned() }
    }

    /// No signature: `looked` says where one was looked for.
    #[must_use]
    pub fn unsigned(looked: &str) -> Self {
        Self::new(Reason::Unsigned, format!("no signature was found; looked for {looked}"))
    }

    /// No attestation of a verdict, and what is there instead.
    #[must_use]
    pub fn no_verdict(instead: &str) -> Self {
        Self::new(Reason::VerdictMissing, format!("no verdict is attested: {instead}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_to_do() {
        for reason in Reason::ALL {
            assert!(reason.remedy().len() > 20, "{reason:?}");
            let name = serde_json::to_value(reason).unwrap();
            assert!(
                name.as_str().is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')),
                "{name}"
            );
        }
    }
}
