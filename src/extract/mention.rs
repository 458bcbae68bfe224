//! What a text mentions: addresses by their own grammar, credentials by the shape that their issuer gives them, of which no more than the
//! first letters are told. Never says what an address is worth.

use crate::extract::walk::Walk;
use crate::facts::{Facts, MemberId, Mention, MentionKind};
use crate::place;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Mentions of one kind that are kept of one member; the next are counted in the last.
const KEPT: usize = 64;
/// Bytes of the longest user and password that are taken for one.
const LONGEST: usize = 512;
/// The shortest token of an issuer: AWS's, with 20 letters.
const SHORTEST: usize = 20;

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

/// What the texts of one member mention, while they are read.
#[derive(Debug, Default)]
pub(super) struct Mentions(Vec<Mention>);

impl Mentions {
    /// Looks at a text; `key` says, escaped, where it stands, and is asked only when something is found.
    pub(super) fn look(&mut self, text: &str, key: impl Fn() -> String) {
        let marks = marks(text);
        if !marks.is_empty() {
            find(text, &marks, &mut |kind, value| {
                note(&mut self.0, Mention { member: 0, key: key(), kind, value, count: 1 });
            });
        }
    }

    /// Looks for credentials alone in a text that people wrote for people: it is full of addresses, and shows how a token looks like. `key` is
    /// given the number of the line.
    pub(super) fn credentials(&mut self, text: &str, key: impl Fn(usize) -> String) {
        let (mut line, mut counted) = (1usize, 0usize);
        for at in marks(text) {
            let Some((before, rest)) = text.split_at_checked(at) else { continue };
            let mut found = Vec::new();
            if let Some(rest) = rest.strip_prefix("://") {
                if secret(rest).and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !sample(password)) {
                    address(before, rest, &mut |kind, value| {
                        found.extend((kind == MentionKind::Credential).then_some(value))
                    });
                }
            } else if let Some((begin, size)) = token(before, rest) {
                let behind = rest.get(begin.len()..).unwrap_or_default();
                let letters = if begin.starts_with('-') {
                    key_letters(behind)
                } else {
                    behind.get(..size).unwrap_or_default().to_owned()
                };
                found.extend((!sample(&letters)).then(|| format!("{begin}***")));
            }
            for value in found {
                let lines = text.get(counted..at).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count();
                (line, counted) = (line.saturating_add(lines), at);
                note(
                    &mut self.0,
                    Mention { member: 0, key: key(line), kind: MentionKind::Credential, value, count: 1 },
                );
            }
        }
    }

    /// Adds what another look found.
    pub(super) fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|one| note(&mut self.0, one));
    }

    /// Writes them into the facts.
    pub(super) fn write(self, member: MemberId, walk: &mut Walk<'_>) {
        for one in self.0 {
            walk.mention(Mention { member, ..one });
        }
    }
}

/// Letters of a key that are looked at: a line of RFC 7468, section 2.
const KEY_LETTERS: usize = 64;

/// The first letters of a key, behind the line that begins it.
fn key_letters(text: &str) -> String {
    let letters = text.chars().filter(|one| !one.is_whitespace()).take(KEY_LETTERS);
    letters.take_while(|one| one.is_ascii_alphanumeric() || "+/=".contains(*one)).collect()
}

/// Whether what stands in the place of a secret only shows how one looks: a letter again and again, or a word that says so
/// (`AKIAIOSFODNN7EXAMPLE` of AWS's documentation).
fn sample(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    let letters: std::collections::BTreeSet<char> = lower.chars().collect();
    let words = ["example", "password", "passwd", "token", "secret", "your", "xxxx", "1234"];
    letters.len() < 6 || words.iter().any(|word| lower.contains(word))
}

/// Adds a mention to those of the same member, which stand last: an equal one is counted, and so are those beyond the first of a kind.
pub(super) fn note(all: &mut Vec<Mention>, one: Mention) {
    let mut alike = all
        .iter_mut()
        .rev()
        .take_while(|known| known.member == one.member)
        .take(KEPT.saturating_mul(3))
        .filter(|known| known.kind == one.kind);
    let mut last = None;
    let mut count = 0usize;
    for known in alike.by_ref() {
        if known.value == one.value && known.key == one.key {
            known.count = known.count.saturating_add(one.count);
            return;
        }
        count = count.saturating_add(1);
        last.get_or_insert(known);
    }
    match last {
        Some(last) if count >= KEPT => last.count = last.count.saturating_add(one.count),
        _ => all.push(one),
    }
}

/// Keeps at most so many mentions: beyond them, those that are addresses only are counted in the last that is kept. Model cards and
/// configurations are full of addresses, and a repository with many of them is no less read.
pub(super) fn fold(all: &mut Vec<Mention>, records: usize) {
    let others = all.iter().filter(|one| one.kind != MentionKind::Url).count();
    let mut room = records.saturating_sub(others).max(1);
    let mut left = 0u64;
    if all.len() <= records {
        return;
    }
    all.retain(|one| {
        let kept = one.kind != MentionKind::Url || room > 0;
        if one.kind == MentionKind::Url {
            room = room.saturating_sub(1);
            left = left.saturating_add(if kept { 0 } else { one.count });
        }
        kept
    });
    if let Some(last) = all.iter_mut().rev().find(|one| one.kind == MentionKind::Url) {
        last.count = last.count.saturating_add(left);
    }
}

/// Where something may be mentioned: the offsets of `://`, and of the beginnings of tokens. One pass, because most texts mention nothing.
fn marks(text: &str) -> Vec<usize> {
    let long = text.len() >= SHORTEST;
    let mark = |(at, three): (usize, &[u8])| match three {
        b"://" => Some(at),
        b"ghp" | b"gho" | b"ghu" | b"ghs" | b"ghr" | b"git" | b"hf_" | b"AKI" | b"ASI" | b"AIz" | b"glp" | b"xox"
        | b"sk-" | b"pyp" | b"npm" | b"---"
            if long =>
        {
            Some(at)
        }
        _ => None,
    };
    text.as_bytes().windows(3).enumerate().filter_map(mark).collect()
}

/// Shows `note` what a text mentions at these marks.
fn find(text: &str, marks: &[usize], note: &mut impl FnMut(MentionKind, String)) {
    for at in marks {
        let Some((before, rest)) = text.split_at_checked(*at) else { continue };
        if let Some(rest) = rest.strip_prefix("://") {
            address(before, rest, note);
        } else if let Some((begin, _)) = token(before, rest) {
            note(MentionKind::Credential, format!("{begin}***"));
        }
    }
}

/// How a token begins, and the bytes of it behind that, if one begins here.
fn token(before: &str, rest: &str) -> Option<(&'static str, usize)> {
    let (begin, least, others) = TOKENS.iter().find(|(begin, ..)| rest.starts_with(begin))?;
    let rest = rest.get(begin.len()..)?;
    let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && !others.contains(one)).unwrap_or(rest.len());
    let alone = !before.ends_with(|one: char| one.is_ascii_alphanumeric());
    (alone && end >= *least).then_some((*begin, end))
}

/// The user and password of an address, behind its `://` (RFC 3986, 3.2.1); a password of asterisks is none.
fn secret(rest: &str) -> Option<&str> {
    let end = rest.find(|one: char| one.is_whitespace() || one.is_control() || "\"<>`{}|\\^[/?#".contains(one));
    let (user, _) = rest.get(..end.unwrap_or(rest.len()))?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    (!password.trim_matches('*').is_empty() && user.len() <= LONGEST).then_some(user)
}

/// An address: what stands before and behind its `://`.
fn address(before: &str, rest: &str, note: &mut impl FnMut(MentionKind, String)) {
    let other = |one: &char| !one.is_ascii_alphanumeric() && !"+-.".contains(*one);
    let length = before.chars().rev().take_while(|one| !other(one)).count();
    let scheme = before.get(before.len().saturating_sub(length)..).unwrap_or_default();
    let user = secret(rest);
    let rest = user.and_then(|user| rest.get(user.len().saturating_add(1)..)).unwrap_or(rest);
    // An IPv6 number stands in brackets (RFC 3986, 3.2.2).
    let number = if rest.starts_with('[') { rest.find(']').map_or(0, |at| at.saturating_add(1)) } else { 0 };
    let (number, rest) = rest.split_at(number);
    let end = rest.find(|one: char| one.is_whitespace() || one.is_control() || "\"'<>`{}|\\^)],;".contains(one));
    let whole = format!("{number}{}", rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
    if scheme.is_empty() || !scheme.starts_with(|one: char| one.is_ascii_alphabetic()) || whole.is_empty() {
        return;
    }
    // RFC 3986, 3.2: `userinfo@host:port`, up to a slash, a question mark or a number sign.
    let authority = whole.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = whole.get(authority.len()..).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    if user.is_some() {
        note(MentionKind::Credential, format!("{scheme}://***@{}", shown(host, 100)));
    }
    note(MentionKind::Url, format!("{scheme}://{}", shown(&format!("{host}{path}"), 200)));
    let name = host.strip_prefix('[').and_then(|host| host.split_once(']')).map(|(number, _)| number);
    let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    let number = name.parse::<Ipv4Addr>().map(IpAddr::from).or_else(|_| name.parse::<Ipv6Addr>().map(IpAddr::from));
    if let Ok(number) = number
        && !number.is_loopback()
        && !number.is_unspecified()
    {
        note(MentionKind::IpAddress, number.to_string());
    }
}

/// Where the secret parts of credentials stand, in order.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in marks(text) {
        let Some((before, rest)) = text.split_at_checked(at) else { continue };
        let (from, size) = if let Some(rest) = rest.strip_prefix("://") {
            (3, secret(rest).map_or(0, str::len))
        } else if let Some((begin, size)) = token(before, rest) {
            let rest = rest.get(begin.len()..).unwrap_or_default();
            // A key goes on to the line that ends it, or to the end of its text in JSON.
            let text = rest.split('"').next().unwrap_or_default().trim_end_matches('\\');
            let key = || text.find("-----END").unwrap_or(text.len());
            (begin.len(), if begin.starts_with('-') { key() } else { size })
        } else {
            continue;
        };
        let from = at.saturating_add(from);
        if size > 0 && found.last().is_none_or(|last| last.end <= from) {
            found.push(from..from.saturating_add(size));
        }
    }
    found
}

/// The facts with asterisks in the place of every credential, wherever it stands: names, arguments, operators, references, evidence. A
/// credential holds no character that JSON escapes, so the text of the facts is the one place where all of them are seen.
pub(super) fn mask(facts: Facts) -> Facts {
    let mut seen = Seen::default();
    if serde_json::to_writer(&mut seen, &facts).is_ok() && !seen.any() {
        return facts;
    }
    // Record by record: the text of all of them, and then all of them twice, would be as large again.
    let Facts {
        schema,
        evaluated_at,
        tool,
        artifact,
        members,
        incomplete,
        deviations,
        archives,
        pickles,
        tensors,
        graphs,
        references,
        declarations,
        layers,
        mentions,
        objects,
        templates,
        code,
        executables,
        signatures,
    } = facts;
    Facts {
        schema,
        evaluated_at,
        tool,
        artifact: masked(artifact),
        members: all(members),
        incomplete: all(incomplete),
        deviations: all(deviations),
        archives: all(archives),
        pickles: all(pickles),
        tensors: all(tensors),
        graphs: all(graphs),
        references: all(references),
        declarations: all(declarations),
        layers: all(layers),
        mentions: all(mentions),
        objects: all(objects),
        templates: all(templates),
        code: all(code),
        executables: all(executables),
        signatures: all(signatures),
    }
}

fn all<T: Serialize + DeserializeOwned>(records: Vec<T>) -> Vec<T> {
    records.into_iter().map(masked).collect()
}

fn masked<T: Serialize + DeserializeOwned>(record: T) -> T {
    let Ok(text) = serde_json::to_string(&record) else { return record };
    let secrets = secrets(&text);
    if secrets.is_empty() {
        return record;
    }
    let mut masked = String::with_capacity(text.len());
    let mut at = 0usize;
    for span in secrets {
        masked.push_str(text.get(at..span.start).unwrap_or_default());
        masked.push_str("***");
        at = span.end;
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    serde_json::from_str(&masked).unwrap_or(record)
}

/// Looks for credentials in a long text piece by piece.
#[derive(Default)]
struct Seen {
    piece: Vec<u8>,
    any: bool,
}

impl Seen {
    const PIECE: usize = 64 << 10;

    fn any(mut self) -> bool {
        self.look();
        self.any
    }

    fn look(&mut self) {
        self.any = self.any || !secrets(&String::from_utf8_lossy(&self.piece)).is_empty();
    }
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() > Self::PIECE {
            self.look();
            // What begins in one piece may end in the next.
            self.piece.drain(..self.piece.len().saturating_sub(LONGEST.saturating_mul(2)));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(text: &str, most: usize) -> String {
    place::escape_cut(text.as_bytes(), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> Vec<Mention> {
        let mut mentions = Mentions::default();
        mentions.look(text, String::new);
        mentions.0
    }

    fn said(text: &str) -> Vec<(MentionKind, String)> {
        mentions(text).into_iter().map(|one| (one.kind, one.value)).collect()
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
        assert_eq!(said("\u{201c}https://a.b/c"), [(Url, "https://a.b/c".to_owned())]);
        assert_eq!(said("1.2.3.4 and :// and 3://x"), []);
        assert_eq!(mentions("https://a.b https://a.b")[0].count, 2);
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let masked = |text: &str| {
            let mut text = text.to_owned();
            for span in secrets(&text).into_iter().rev() {
                text.replace_range(span, "***");
            }
            text
        };
        let token = format!("ghp_{}", "a1".repeat(18));
        for (text, wanted) in [
            (format!("{{\"a\":\"see {token}, {token}\"}}"), "{\"a\":\"see ghp_***, ghp_***\"}"),
            ("https://me:p(a)s,s@host/x".to_owned(), "https://***@host/x"),
            ("https://***@host/x, mail me:you@host".to_owned(), "https://***@host/x, mail me:you@host"),
            ("\"https://{user}:{token}@host\"".to_owned(), "\"https://{user}:{token}@host\""),
            (
                "\"-----BEGIN PRIVATE KEY-----\\\\nMIIE\\\\n-----END PRIVATE KEY-----\"".to_owned(),
                "\"-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\"",
            ),
            ("\"-----BEGIN PRIVATE KEY-----\\\\nMIIE\",\"b\"".to_owned(), "\"-----BEGIN PRIVATE KEY-----***\",\"b\""),
        ] {
            assert_eq!(masked(&text), wanted);
            assert_eq!(masked(wanted), wanted);
        }
    }

    #[test]
    fn tokens_have_the_shape_of_their_issuer() {
        let token = |begin: &str, letters: usize| format!("key={begin}{} end", "a1".repeat(letters / 2));
        assert_eq!(said(&token("ghp_", 36)), [(MentionKind::Credential, "ghp_***".to_owned())]);
        assert_eq!(said(&token("hf_", 34)), [(MentionKind::Credential, "hf_***".to_owned())]);
        assert_eq!(said(&token("hf_", 20)), []);
        assert_eq!(said(&token("xghp_", 36)), []);
        assert_eq!(said("-----BEGIN PRIVATE KEY-----\nMIIE").len(), 1);
        // Every beginning is one of the marks.
        for (begin, least, _) in TOKENS {
            let text = format!("{begin}{}", "a".repeat(least.next_multiple_of(2).max(20)));
            assert_eq!(said(&text).len(), 1, "{text}");
        }
    }

    #[test]
    fn in_prose_only_credentials_count_and_samples_are_none() {
        let told = |text: &str| {
            let mut mentions = Mentions::default();
            mentions.credentials(text, |line| format!("line {line}"));
            mentions.0.into_iter().map(|one| (one.key, one.value)).collect::<Vec<_>>()
        };
        let token = "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH";
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7");
        assert_eq!(
            told(&format!(
                "# Model\n\nexport HF_TOKEN={token}\nsee https://me:h8Dk2pQz@host/x and http://203.0.113.7/x\n{key}"
            )),
            [
                ("line 3".to_owned(), "hf_***".to_owned()),
                ("line 4".to_owned(), "https://***@host".to_owned()),
                ("line 5".to_owned(), "-----BEGIN PRIVATE KEY-----***".to_owned()),
            ]
        );
        for text in [
            format!("HF_TOKEN=hf_{}", "x".repeat(34)),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            "http://user:password@proxy:8080 https://user:YOUR_TOKEN@host".to_owned(),
            "-----BEGIN PRIVATE KEY-----\n...\n".to_owned(),
            "https://example.org/a http://203.0.113.7/x".to_owned(),
        ] {
            assert_eq!(told(&text), [], "{text}");
        }
    }

    #[test]
    fn what_is_beyond_the_kept_is_counted() {
        let text: String = (0..1_000).map(|number| format!("https://host/{number} ")).collect();
        let found = mentions(&format!("{text} http://203.0.113.7/"));
        assert_eq!(found.len(), KEPT + 1);
        assert_eq!(found.iter().map(|one| one.count).sum::<u64>(), 1_002);
        let mut all: Vec<Mention> =
            (0..300).flat_map(|member| found.iter().map(move |one| Mention { member, ..one.clone() })).collect();
        fold(&mut all, 4_096);
        assert_eq!(all.len(), 4_096);
        assert_eq!(all.iter().map(|one| one.count).sum::<u64>(), 300 * 1_002);
        assert_eq!(all.iter().filter(|one| one.kind == MentionKind::IpAddress).count(), 300);
    }
}
