//! What stands where weights or words should: content of another format at the start of a tensor or in a metadata text, addresses and
//! credentials in metadata. By structure: a format's own claim, an address's own grammar, the shape that an issuer gives its tokens.

use crate::extract::format::Claim;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{FormatId, IncompleteKind, MemberId, Mention, MentionKind, Origin};
use crate::place;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of a metadata text that are looked at; a chat template, the longest text that is ordinary, has some 20 KiB.
pub(super) const TEXT: u64 = 1 << 20;
/// Shortest text that is taken for an encoding of something: a digest in hexadecimal has 64 letters, the smallest ELF file is 84 bytes.
const ENCODED: usize = 96;
/// Mentions of one text.
const MENTIONS: usize = 64;
/// Letters of a credential that are shown.
const SHOWN: usize = 4;

/// Looks at the start of a tensor's data. What is another format from its first byte on, and reads as such, becomes a member.
pub(super) fn tensor(member: MemberId, name: &str, data: &Source, walk: &mut Walk<'_>) {
    if data.bytes_at(0, 64).is_ok_and(|head| is_content(&head, data.size(), walk)) {
        hold(member, &format!("tensor {name}"), data, walk);
    }
}

/// Whether these are the first bytes of a script, of a pickle since protocol 2, or of what a format claims for certain.
pub(super) fn is_content(head: &[u8], size: u64, walk: &Walk<'_>) -> bool {
    if head.starts_with(b"#!") {
        // Two letters are no sign among a hundred thousand tensors of random numbers.
        return head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    }
    matches!(head, [0x80, 2..=5, ..]) || walk.claims_by(head, size) == Claim::Certain
}

/// Looks at a metadata text: for what it encodes, and for what it mentions.
pub(super) fn text(member: MemberId, key: &str, text: &[u8], walk: &mut Walk<'_>) {
    let text = text.get(..usize::try_from(TEXT).unwrap_or(usize::MAX).min(text.len())).unwrap_or_default();
    let trimmed = text.trim_ascii();
    let content = decoded(trimmed).unwrap_or_else(|| trimmed.to_vec());
    let head = content.get(..64.min(content.len())).unwrap_or_default();
    if is_content(head, u64::try_from(content.len()).unwrap_or(u64::MAX), walk) {
        hold(member, &format!("value of {key}"), &Source::memory(content), walk);
    }
    for (kind, value, count) in mentions(&String::from_utf8_lossy(text)) {
        walk.mention(Mention { member, key: key.to_owned(), kind, value, count });
    }
}

/// Hands over content that a format claims for certain or in which reading reaches meaning; what turns out to be broken was weights.
pub(super) fn hold(member: MemberId, name: &str, content: &Source, walk: &mut Walk<'_>) {
    let mark = walk.tables.mark();
    let entry = Entry { payload: true, ..Entry::default() };
    let id = walk.member(Some(member), name.as_bytes(), Origin::Value, content, Hash::Wanted, entry);
    let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
    let words = |format: &FormatId| matches!(format, FormatId::Text | FormatId::Json | FormatId::Empty);
    let broken = walk.tables.incomplete.iter().any(|record| {
        Some(record.member) == id && matches!(record.kind, IncompleteKind::Malformed | IncompleteKind::Truncated)
    });
    let program = formats.iter().any(|format| matches!(format, FormatId::Pickle));
    if formats.iter().all(words) || (broken && !program) {
        walk.tables.take_back(mark);
    }
}

/// What a text encodes in Base64 or hexadecimal, when it is long enough and nothing else.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() < ENCODED {
        return None;
    }
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if bare.iter().all(u8::is_ascii_hexdigit) {
        let pairs = bare.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        return pairs.collect();
    }
    let end = bare.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at.saturating_add(1));
    let bare = bare.get(..end)?;
    STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
}

/// Tokens by their issuers' documents: what they begin with, how many letters follow at least, and which others than letters and digits.
const TOKENS: &[(&str, usize, &str)] = &[
    // GitHub, "Behind GitHub's new authentication token formats", and fine-grained personal access tokens.
    ("ghp_", 36, ""),
    ("gho_", 36, ""),
    ("ghu_", 36, ""),
    ("ghs_", 36, ""),
    ("ghr_", 36, ""),
    ("github_pat_", 50, "_"),
    // Hugging Face, "User access tokens".
    ("hf_", 34, ""),
    // AWS, "IAM identifiers": access keys of users and of sessions.
    ("AKIA", 16, ""),
    ("ASIA", 16, ""),
    // Google Cloud, "API keys".
    ("AIza", 35, "-_"),
    // GitLab, "Token overview".
    ("glpat-", 20, "-_"),
    // Slack, "Token types".
    ("xoxb-", 24, "-"),
    ("xoxp-", 24, "-"),
    // OpenAI and Anthropic.
    ("sk-proj-", 40, "-_"),
    ("sk-ant-", 40, "-_"),
    // PyPI, "API token".
    ("pypi-AgE", 50, "-_"),
    // npm, "About access tokens".
    ("npm_", 36, ""),
    // PEM, RFC 7468, section 10.
    ("-----BEGIN PRIVATE KEY-----", 0, ""),
    ("-----BEGIN RSA PRIVATE KEY-----", 0, ""),
    ("-----BEGIN EC PRIVATE KEY-----", 0, ""),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", 0, ""),
];

type Found = (MentionKind, String, u64);

/// What a text mentions, each once, with how often.
fn mentions(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut note = |kind: MentionKind, value: String| {
        if let Some((.., count)) = found.iter_mut().find(|(of, known, _)| *of == kind && *known == value) {
            *count = count.saturating_add(1);
        } else if found.len() < MENTIONS {
            found.push((kind, value, 1));
        }
    };
    for (at, _) in text.match_indices("://") {
        let (before, rest) = text.split_at(at);
        let scheme = before.rfind(|one: char| !one.is_ascii_alphanumeric() && !"+-.".contains(one));
        let scheme = before.get(scheme.map_or(0, |at| at.saturating_add(1))..).unwrap_or_default();
        let rest = rest.get(3..).unwrap_or_default();
        // An IPv6 number stands in brackets (RFC 3986, 3.2.2).
        let number = if rest.starts_with('[') { rest.find(']').map_or(0, |at| at.saturating_add(1)) } else { 0 };
        let (number, rest) = rest.split_at(number);
        let end = rest.find(|one: char| one.is_whitespace() || one.is_control() || "\"'<>`{}|\\^)],;".contains(one));
        let whole = format!("{number}{}", rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
        if scheme.is_empty() || !scheme.starts_with(|one: char| one.is_ascii_alphabetic()) || whole.is_empty() {
            continue;
        }
        // RFC 3986, 3.2: `userinfo@host:port`, up to a slash, a question mark or a number sign.
        let authority = whole.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let path = whole.get(authority.len()..).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
        if user.is_some_and(|user| user.split_once(':').is_some_and(|(_, password)| !password.is_empty())) {
            note(MentionKind::Credential, format!("{scheme}://***@{}", shown(host, 100)));
        }
        note(MentionKind::Url, format!("{scheme}://{}", shown(&format!("{host}{path}"), 200)));
        let name = host.strip_prefix('[').and_then(|host| host.split_once(']')).map(|(number, _)| number);
        let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
        let number =
            name.parse::<Ipv4Addr>().map(Into::into).or_else(|_| name.parse::<Ipv6Addr>().map(std::net::IpAddr::from));
        if let Ok(number) = number
            && !number.is_loopback()
            && !number.is_unspecified()
        {
            note(MentionKind::IpAddress, number.to_string());
        }
    }
    for (begin, least, others) in TOKENS {
        for (at, _) in text.match_indices(begin) {
            let alone = !text.get(..at).is_some_and(|before| before.ends_with(|one: char| one.is_ascii_alphanumeric()));
            let rest = text.get(at.saturating_add(begin.len())..).unwrap_or_default();
            let end =
                rest.find(|one: char| !one.is_ascii_alphanumeric() && !others.contains(one)).unwrap_or(rest.len());
            if alone && end >= *least {
                let letters: String = begin.chars().take(SHOWN.max(begin.len())).collect();
                note(MentionKind::Credential, format!("{letters}***"));
            }
        }
    }
    found
}

fn shown(text: &str, most: usize) -> String {
    place::escape_cut(text.as_bytes(), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(MentionKind, String)> {
        mentions(text).into_iter().map(|(kind, value, _)| (kind, value)).collect()
    }

    #[test]
    fn addresses_are_told_without_their_secrets() {
        use MentionKind::{Credential, IpAddress, Url};
        assert_eq!(
            said("see https://user:secret@203.0.113.7:8080/a/b?token=1#c."),
            [
                (Credential, "https://***@203.0.113.7:8080".to_owned()),
                (Url, "https://203.0.113.7:8080/a/b".to_owned()),
                (IpAddress, "203.0.113.7".to_owned())
            ]
        );
        assert_eq!(said("http://[2001:db8::1]/x")[1], (IpAddress, "2001:db8::1".to_owned()));
        assert_eq!(said("http://127.0.0.1/x"), [(Url, "http://127.0.0.1/x".to_owned())]);
        assert_eq!(said("1.2.3.4 and :// and 3://x"), []);
        assert_eq!(mentions("https://a.b https://a.b")[0].2, 2);
    }

    #[test]
    fn tokens_have_the_shape_of_their_issuer() {
        let token = |begin: &str, letters: usize| format!("key={begin}{} end", "a1".repeat(letters / 2));
        assert_eq!(said(&token("ghp_", 36)), [(MentionKind::Credential, "ghp_***".to_owned())]);
        assert_eq!(said(&token("hf_", 34)), [(MentionKind::Credential, "hf_***".to_owned())]);
        assert_eq!(said(&token("hf_", 20)), []);
        assert_eq!(said(&token("xghp_", 36)), []);
        assert_eq!(said("-----BEGIN PRIVATE KEY-----\nMIIE").len(), 1);
    }

    #[test]
    fn only_whole_encodings_are_decoded() {
        let content =
            b"\x7fELF\x02\x01\x01 and more of it, so that it is long enough to be taken for an encoding of something";
        assert_eq!(decoded(STANDARD_NO_PAD.encode(content).as_bytes()).as_deref(), Some(&content[..]));
        assert_eq!(
            decoded(format!("{}==\n", URL_SAFE_NO_PAD.encode(content)).trim().as_bytes()).as_deref(),
            Some(&content[..])
        );
        let hexadecimal: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(decoded(hexadecimal.as_bytes()).as_deref(), Some(&content[..]));
        assert_eq!(decoded(b"short"), None);
        assert_eq!(decoded("words with spaces ".repeat(10).as_bytes()), None);
    }
}
