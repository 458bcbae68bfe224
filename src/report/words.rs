//! Words and numbers that every report says alike.

use crate::verdict::{IncompletePlace, Proof};

/// The embedded rules with their pages: the index that `policy docs` writes.
const PAGES: &str = include_str!("../../policies/README.md");

/// The page of an embedded rule, at the version that judged. `None` for a rule of anybody else, and for what is no version.
pub(super) fn page(rule: &str, version: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    let page = format!("{}/README.md", rule.replace('-', "_"));
    let known = !version.is_empty() && version.bytes().all(plain) && PAGES.contains(&format!("[`{rule}`]({page})"));
    known.then(|| format!("{}/blob/v{version}/policies/{page}", env!("CARGO_PKG_REPOSITORY")))
}

/// How an approver is known.
pub(super) fn proof(proof: Proof, signed_by: Option<&str>) -> String {
    match (proof, signed_by) {
        (Proof::Declared, _) => "declared".to_owned(),
        (Proof::Signed, None) => "signed".to_owned(),
        (Proof::Signed, Some(who)) => format!("signed by {}", signer(who)),
    }
}

/// Who signed, short: twelve digits tell a key from others.
pub(super) fn signer(who: &str) -> String {
    match who.strip_prefix("key sha256:").and_then(|digits| digits.get(..12)) {
        Some(digits) => format!("key sha256:{digits}…"),
        None => who.to_owned(),
    }
}

/// Why something was not read, as the JSON says it.
pub(super) fn kind(record: &IncompletePlace) -> String {
    serde_json::to_value(record.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A size for people: `75 bytes`, `1.2 MB` (powers of 1000).
pub(super) fn bytes(size: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in units {
        let (Some(whole), Some(rest)) = (size.checked_div(unit), size.checked_rem(unit)) else { continue };
        if whole > 0 {
            let tenth = rest.saturating_mul(10).checked_div(unit).unwrap_or(0);
            return format!("{whole}.{tenth} {name}");
        }
    }
    if size == 1 { "1 byte".to_owned() } else { format!("{size} bytes") }
}
