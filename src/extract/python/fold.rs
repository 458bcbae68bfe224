//! What a source makes of its own constants before it runs: joined, reversed, decoded texts. Bounded, and never more than text and bytes.

use crate::extract::python::tree::Operator;
use crate::extract::python::value::{Kind, Value};
use crate::extract::radix64;
use std::io::Read as _;
use std::rc::Rc;

/// Longest text or bytes that are made.
const LARGEST: usize = 1 << 20;

/// What an operator makes of two constants.
pub(super) fn operate(left: &Value, operator: Operator, right: &Value) -> Option<Kind> {
    let ([left], [right]) = (left.kinds.as_slice(), right.kinds.as_slice()) else { return None };
    match (left, operator, right) {
        (Kind::Text(left), Operator::Add, Kind::Text(right)) => text(format!("{left}{right}")),
        (Kind::Bytes(left), Operator::Add, Kind::Bytes(right)) => bytes([&**left, &**right].concat()),
        (Kind::List(left), Operator::Add, Kind::List(right))
            if left.len().saturating_add(right.len()) <= LARGEST >> 4 =>
        {
            Some(Kind::List(left.iter().chain(right.iter()).cloned().collect()))
        }
        (Kind::Text(left), Operator::Mult, Kind::Number(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (left.len().saturating_mul(times) <= LARGEST).then(|| left.repeat(times)).and_then(text)
        }
        (Kind::Text(left), Operator::Mod, _) => text(format_percent(left, right)?),
        (Kind::Number(left), _, Kind::Number(right)) => {
            let result = match operator {
                Operator::Add => left.checked_add(*right),
                Operator::Sub => left.checked_sub(*right),
                Operator::Mult => left.checked_mul(*right),
                Operator::BitXor => Some(left ^ right),
                Operator::FloorDiv => left.checked_div_euclid(*right).filter(|_| *right > 0),
                Operator::Mod => left.checked_rem_euclid(*right).filter(|_| *right > 0),
                _ => None,
            };
            result.map(Kind::Number)
        }
        _ => None,
    }
}

/// What a method of a constant gives.
pub(super) fn method(of: &Kind, name: &str, arguments: &[Value]) -> Option<Kind> {
    let argument = |at: usize| arguments.get(at).and_then(|value| value.kinds.first());
    match (of, name) {
        (Kind::Text(separator), "join") => {
            let Some(Kind::List(items)) = argument(0) else { return None };
            let parts: Option<Vec<&str>> = items.iter().map(as_text).collect();
            let parts = parts?;
            let length: usize = parts.iter().map(|part| part.len().saturating_add(separator.len())).sum();
            (length <= LARGEST).then(|| parts.join(separator)).and_then(text)
        }
        (Kind::Bytes(separator), "join") if separator.is_empty() => {
            let Some(Kind::List(items)) = argument(0) else { return None };
            let mut joined = Vec::new();
            for item in items.iter() {
                let Kind::Bytes(part) = item else { return None };
                joined.extend_from_slice(part);
                if joined.len() > LARGEST {
                    return None;
                }
            }
            bytes(joined)
        }
        (Kind::Text(of), "replace") => {
            let (Some(Kind::Text(from)), Some(Kind::Text(to))) = (argument(0), argument(1)) else { return None };
            let longest = of.len().saturating_mul(to.len().saturating_add(1));
            (longest <= LARGEST && !from.is_empty()).then(|| of.replace(&**from, to)).and_then(text)
        }
        (Kind::Text(of), "encode") => bytes(of.as_bytes().to_vec()),
        (Kind::Text(of), "lower") => text(of.to_lowercase()),
        (Kind::Text(of), "upper") => text(of.to_uppercase()),
        (Kind::Text(of), "strip") if arguments.is_empty() => text(of.trim().to_owned()),
        (Kind::Text(of), "split") if of.len() <= LARGEST >> 4 => {
            let parts: Rc<[Kind]> = match argument(0) {
                None => of.split_whitespace().map(|part| Kind::Text(Rc::from(part))).collect(),
                Some(Kind::Text(at)) if !at.is_empty() => {
                    of.split(&**at).map(|part| Kind::Text(Rc::from(part))).collect()
                }
                Some(_) => return None,
            };
            Some(Kind::List(parts))
        }
        (Kind::Text(of), "format") => text(format_braces(of, arguments)?),
        (Kind::Bytes(of), "decode") => match argument(0) {
            Some(Kind::Text(encoding)) => decode(of, encoding),
            _ => decode(of, "utf-8"),
        },
        (Kind::Bytes(of), "hex") => text(of.iter().map(|byte| format!("{byte:02x}")).collect()),
        _ => None,
    }
}

/// What a function of Python or its library gives for constants: those that turn one text into another.
pub(super) fn function(name: &str, arguments: &[Value]) -> Option<Kind> {
    let first = arguments.first().and_then(|value| match value.kinds.as_slice() {
        [kind] => Some(kind),
        _ => None,
    })?;
    match (name, first) {
        ("builtins.chr", Kind::Number(code)) => {
            u32::try_from(*code).ok().and_then(char::from_u32).and_then(|letter| text(letter.to_string()))
        }
        ("builtins.ord", Kind::Text(one)) => {
            one.chars().next().map(|letter| Kind::Number(i64::from(u32::from(letter))))
        }
        ("builtins.str", Kind::Text(one)) => Some(Kind::Text(Rc::clone(one))),
        ("builtins.int", Kind::Text(one)) if arguments.len() == 1 => one.trim().parse().ok().map(Kind::Number),
        ("builtins.reversed", Kind::Text(one)) => text(one.chars().rev().collect()),
        ("builtins.list" | "builtins.tuple", Kind::List(items)) => Some(Kind::List(Rc::clone(items))),
        ("builtins.bytes" | "builtins.bytearray", Kind::List(items)) => {
            let octets: Option<Vec<u8>> = items
                .iter()
                .map(|item| match item {
                    Kind::Number(octet) => u8::try_from(*octet).ok(),
                    _ => None,
                })
                .collect();
            octets.and_then(bytes)
        }
        ("builtins.bytes" | "builtins.bytearray", Kind::Bytes(octets)) => Some(Kind::Bytes(Rc::clone(octets))),
        ("builtins.bytes" | "builtins.bytearray", Kind::Text(one)) => bytes(one.as_bytes().to_vec()),
        ("builtins.bytes.fromhex" | "builtins.bytearray.fromhex" | "binascii.unhexlify" | "binascii.a2b_hex", _) => {
            bytes(hexadecimal(octets(first)?)?)
        }
        (
            "base64.b64decode"
            | "base64.standard_b64decode"
            | "base64.decodebytes"
            | "base64.decodestring"
            | "binascii.a2b_base64",
            _,
        ) => bytes(radix64::decode(std::str::from_utf8(octets(first)?).ok()?)?),
        ("base64.urlsafe_b64decode", _) => {
            bytes(radix64::decode(&std::str::from_utf8(octets(first)?).ok()?.replace('-', "+").replace('_', "/"))?)
        }
        ("base64.b16decode", _) => bytes(hexadecimal(octets(first)?)?),
        ("zlib.decompress", Kind::Bytes(packed)) => bytes(inflate(flate2::read::ZlibDecoder::new(&**packed))?),
        ("gzip.decompress", Kind::Bytes(packed)) => bytes(inflate(flate2::read::MultiGzDecoder::new(&**packed))?),
        ("bz2.decompress", Kind::Bytes(packed)) => bytes(inflate(bzip2::read::MultiBzDecoder::new(&**packed))?),
        ("codecs.decode", _) => {
            let Some([Kind::Text(encoding)]) = arguments.get(1).map(|value| value.kinds.as_slice()) else {
                return None;
            };
            decode(octets(first)?, encoding)
        }
        _ => None,
    }
}

/// A text or bytes from the end to the beginning, as `[::-1]` gives them.
pub(super) fn reverse(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::Text(one) => text(one.chars().rev().collect()),
        Kind::Bytes(octets) => bytes(octets.iter().rev().copied().collect()),
        _ => None,
    }
}

/// The bytes that a text or bytes are.
fn octets(kind: &Kind) -> Option<&[u8]> {
    match kind {
        Kind::Text(one) => Some(one.as_bytes()),
        Kind::Bytes(octets) => Some(octets),
        _ => None,
    }
}

/// What an encoding of Python makes of bytes, by the names that its library knows it under (`encodings/aliases.py`).
fn decode(of: &[u8], encoding: &str) -> Option<Kind> {
    match encoding.to_lowercase().replace(['_', '-'], "").as_str() {
        "utf8" | "ascii" | "usascii" | "u8" => text(std::str::from_utf8(of).ok()?.to_owned()),
        "latin1" | "iso88591" | "l1" => text(of.iter().map(|octet| char::from(*octet)).collect()),
        "hex" | "hexcodec" => bytes(hexadecimal(of)?),
        "base64" | "base64codec" => bytes(radix64::decode(std::str::from_utf8(of).ok()?)?),
        "rot13" => text(of.iter().map(|octet| char::from(rotate(*octet))).collect()),
        "zlib" | "zip" | "zlibcodec" => bytes(inflate(flate2::read::ZlibDecoder::new(of))?),
        _ => None,
    }
}

fn rotate(octet: u8) -> u8 {
    let by = |base: u8| octet.wrapping_sub(base).wrapping_add(13).checked_rem(26).unwrap_or(0).wrapping_add(base);
    match octet {
        b'a'..=b'z' => by(b'a'),
        b'A'..=b'Z' => by(b'A'),
        _ => octet,
    }
}

/// Bytes of pairs of hexadecimal digits; white space between them is passed over.
pub(super) fn hexadecimal(of: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = of.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect()
}

/// What a stream decodes to, when that is not too much.
pub(super) fn inflate(reader: impl std::io::Read) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    reader.take(u64::try_from(LARGEST).unwrap_or(0).saturating_add(1)).read_to_end(&mut decoded).ok()?;
    (decoded.len() <= LARGEST).then_some(decoded)
}

fn as_text(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}

fn shown(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `%s` and `%d` alone; anything else is not known.
fn format_percent(pattern: &str, with: &Kind) -> Option<String> {
    let alone = [with.clone()];
    let mut values = match with {
        Kind::List(items) => items.iter(),
        _ => alone.iter(),
    };
    let mut parts = pattern.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let rest = part.strip_prefix(['s', 'd'])?;
        out.push_str(&shown(values.next()?)?);
        out.push_str(rest);
        if out.len() > LARGEST {
            return None;
        }
    }
    Some(out)
}

/// `{}` and `{0}` alone; anything else is not known.
fn format_braces(pattern: &str, arguments: &[Value]) -> Option<String> {
    let (mut out, mut rest, mut next) = (String::new(), pattern, 0usize);
    while let Some((before, behind)) = rest.split_once('{') {
        let (field, behind) = behind.split_once('}')?;
        if before.contains('}') {
            return None;
        }
        let at = if field.is_empty() { next } else { field.parse().ok()? };
        next = next.saturating_add(1);
        let [kind] = arguments.get(at)?.kinds.as_slice() else { return None };
        out.push_str(before);
        out.push_str(&shown(kind)?);
        if out.len() > LARGEST {
            return None;
        }
        rest = behind;
    }
    out.push_str(rest);
    (!rest.contains('}')).then_some(out)
}

fn text(text: String) -> Option<Kind> {
    (text.len() <= LARGEST).then(|| Kind::Text(Rc::from(text)))
}

fn bytes(bytes: Vec<u8>) -> Option<Kind> {
    (bytes.len() <= LARGEST).then(|| Kind::Bytes(Rc::from(bytes)))
}
