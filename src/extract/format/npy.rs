//! NumPy arrays (numpy/lib/_format_impl.py, versions 1.0 to 3.0). Array data is measured, not read; a dtype with an object
//! anywhere makes the rest of the file a pickle, and so does, to be safe, a dtype or header that is not understood.

use crate::extract::embedded;
use crate::extract::format::literal::{self, Item, Literal};
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, Origin, Tensor, TensorTable};
use crate::limits::Exhausted;

/// NumPy array.
pub(super) struct Npy;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that NumPy reads when it is not told to trust the file (`_MAX_HEADER_SIZE`).
const TRUSTED: usize = 10_000;
/// Longest header that is read here; a dtype of 10,000 fields is near 300 kB.
const LONGEST: u64 = 1 << 20;
/// Nesting of a dtype that is measured.
const DEPTH: u32 = 32;

impl Format for Npy {
    fn id(&self) -> FormatId {
        FormatId::Npy
    }

    fn about(&self) -> &'static str {
        "NumPy array, all versions: header and size; object arrays are read as pickles"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(MAGIC) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let (data, text) = header(source)?;
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                objects(source, data, member, walk);
                return Err(error);
            }
        };
        if text.len() > TRUSTED {
            walk.deviation(Deviation {
                field: Some("header length".to_owned()),
                expected: Some(format!("at most {TRUSTED}")),
                found: Some(text.len().to_string()),
                ..stream::deviation(member, FormatId::Npy, DeviationKind::OutOfRange)
            });
        }
        embedded::words(member, "header", text.as_bytes(), walk);
        let array = Array::read(&text, member, walk);
        if array.as_ref().map_or(true, |array| array.object) {
            objects(source, data, member, walk);
        }
        let array = array?;
        array.record(data, member, walk);
        if array.object {
            walk.deviation(stream::deviation(member, FormatId::Npy, DeviationKind::ObjectData));
            return Ok(());
        }
        let Some(size) = array.size() else {
            walk.deviation(Deviation {
                field: Some("shape".to_owned()),
                found: Some(stream::shown(array.shape_text.as_bytes(), walk)),
                ..stream::deviation(member, FormatId::Npy, DeviationKind::Overflow)
            });
            return Err(ReadError::malformed("the array's size overflows", data));
        };
        let there = source.size().saturating_sub(data);
        if there < size {
            walk.deviation(Deviation {
                expected: Some(size.to_string()),
                found: Some(there.to_string()),
                offset: Some(data),
                ..stream::deviation(member, FormatId::Npy, DeviationKind::SizeMismatch)
            });
            return Err(ReadError::truncated("the end of the array's data", source.size()));
        }
        embedded::tensor(member, "data", &source.range(data, size), walk);
        stream::remainder(FormatId::Npy, source, data.saturating_add(size), member, walk)
    }
}

/// Where the data begins, and the header's text or why it cannot be had.
fn header(source: &Source) -> Result<(u64, Result<String, ReadError>), ReadError> {
    let fixed = source.bytes_at(0, 12)?;
    let (version, length, start) = match fixed.as_slice() {
        [_, _, _, _, _, _, version @ 1, 0, a, b, ..] => (*version, u64::from(u16::from_le_bytes([*a, *b])), 10u64),
        [_, _, _, _, _, _, version @ (2 | 3), 0, a, b, c, d] => {
            (*version, u64::from(u32::from_le_bytes([*a, *b, *c, *d])), 12)
        }
        [_, _, _, _, _, _, major, minor, _, _, ..] => {
            // NumPy refuses other versions before it reads on.
            return Err(ReadError::unsupported(format!("npy version {major}.{minor}"), 6));
        }
        _ => return Err(ReadError::truncated("the npy header's length", source.size())),
    };
    let data = start.saturating_add(length);
    if data > source.size() {
        return Err(ReadError::truncated("the end of the npy header", source.size()));
    }
    if length > LONGEST {
        return Ok((data, Err(ReadError::Limit(Exhausted("header")))));
    }
    let bytes = source.bytes_at(start, length)?;
    // Version 3.0 is UTF-8; the others are Latin-1 (`_header_size_info`).
    let text = if version == 3 {
        String::from_utf8(bytes).map_err(|_| ReadError::malformed("the npy header is not UTF-8", start))
    } else {
        Ok(bytes.into_iter().map(char::from).collect())
    };
    Ok((data, text))
}

/// Hands on what stands behind the header: `numpy.load(allow_pickle=True)` unpickles it.
fn objects(source: &Source, data: u64, member: MemberId, walk: &mut Walk<'_>) {
    let rest = source.range(data, u64::MAX);
    walk.member(Some(member), b"objects.pkl", Origin::Entry, &rest, Hash::Wanted, Entry::default());
}

/// What a header says.
struct Array {
    shape: Vec<u64>,
    shape_text: String,
    descr: String,
    /// Bytes of one item; `None` when it overflows.
    item: Option<u64>,
    object: bool,
}

impl Array {
    fn read(text: &str, member: MemberId, walk: &mut Walk<'_>) -> Result<Self, ReadError> {
        let parsed = literal::parse(text)
            .map_err(|at| ReadError::malformed("the npy header is no plain literal", u64::try_from(at).ok()))?;
        let Literal::Dict(items) = parsed.literal else {
            return Err(ReadError::malformed("the npy header is no dict", None));
        };
        if parsed.long {
            // Python 2 wrote longs like this; NumPy takes the `L` away (`_filter_header`).
            walk.deviation(Deviation {
                field: Some("shape".to_owned()),
                found: Some("an int with L behind it, as Python 2 wrote".to_owned()),
                ..stream::deviation(member, FormatId::Npy, DeviationKind::InvalidValue)
            });
        }
        let known = |key: &str| matches!(key, "descr" | "fortran_order" | "shape");
        for item in &items {
            let key = match &item.key {
                Literal::Text(key) => key.as_str(),
                _ => "not a text",
            };
            if !known(key) {
                deviate(member, walk, DeviationKind::InvalidValue, key, None);
            }
        }
        let descr = field(&items, "descr", member, walk)?;
        let order = field(&items, "fortran_order", member, walk)?;
        let shape = field(&items, "shape", member, walk)?;
        let Literal::Bool(_) = order.value else {
            return Err(ReadError::malformed("npy: `fortran_order` is no bool", None));
        };
        let size = measure(&descr.value, 0);
        let Some(measured) = size else {
            deviate(member, walk, DeviationKind::InvalidValue, "descr", Some(&descr.written));
            return Err(ReadError::malformed("npy: `descr` is not understood", None));
        };
        let Some(lengths) = lengths(&shape.value) else {
            deviate(member, walk, DeviationKind::InvalidValue, "shape", Some(&shape.written));
            return Err(ReadError::malformed("npy: `shape` is no tuple of lengths", None));
        };
        let descr = match &descr.value {
            Literal::Text(descr) => descr.clone(),
            _ => descr.written.clone(),
        };
        let shape_text = shape.written.clone();
        Ok(Self { shape: lengths, shape_text, descr, item: measured.bytes, object: measured.object })
    }

    /// Bytes of the data; `None` when the number overflows.
    fn size(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        self.shape.iter().try_fold(self.item?, |size, length| size.checked_mul(*length))
    }

    fn record(&self, data: u64, member: MemberId, walk: &mut Walk<'_>) {
        let tensor = Tensor {
            name: None,
            dtype: stream::shown(self.descr.as_bytes(), walk),
            shape: self.shape.iter().copied().take(64).collect(),
            offset: Some(data),
            size: if self.object { None } else { self.size() },
            file: None,
        };
        walk.tensors(TensorTable {
            member,
            format: FormatId::Npy,
            count: 1,
            entries: vec![tensor],
            metadata: Vec::new(),
            metadata_count: 0,
        });
    }
}

fn deviate(member: MemberId, walk: &mut Walk<'_>, kind: DeviationKind, key: &str, found: Option<&str>) {
    let key = stream::shown(key.as_bytes(), walk);
    let found = found.map(|found| stream::shown(found.as_bytes(), walk));
    walk.deviation(Deviation { field: Some(key), found, ..stream::deviation(member, FormatId::Npy, kind) });
}

/// The value of a key; of two the last, as in a Python dict.
fn field<'a>(items: &'a [Item], name: &str, member: MemberId, walk: &mut Walk<'_>) -> Result<&'a Item, ReadError> {
    let mut found = items.iter().filter(|item| matches!(&item.key, Literal::Text(key) if key == name));
    let last = found.next_back().ok_or_else(|| ReadError::malformed(format!("npy: `{name}` is missing"), None))?;
    if found.next().is_some() {
        deviate(member, walk, DeviationKind::DuplicateKey, name, None);
    }
    Ok(last)
}

/// The lengths of a shape; `None` when it is no tuple of numbers from 0 on.
fn lengths(shape: &Literal) -> Option<Vec<u64>> {
    let Literal::Tuple(items) = shape else { return None };
    items
        .iter()
        .map(|item| match item {
            Literal::Int(Some(length)) => u64::try_from(*length).ok(),
            _ => None,
        })
        .collect()
}

/// What a dtype comes to.
struct Measured {
    /// Bytes of one item; `None` when it overflows.
    bytes: Option<u64>,
    /// An object is somewhere in it.
    object: bool,
}

/// Measures a dtype as `descr_to_dtype` reads it; `None` when it is not understood.
fn measure(descr: &Literal, depth: u32) -> Option<Measured> {
    if depth > DEPTH {
        return None;
    }
    let deeper = depth.saturating_add(1);
    match descr {
        Literal::Text(text) => scalar(text),
        Literal::Tuple(items) => {
            let [base, shape] = items.as_slice() else { return None };
            repeat(measure(base, deeper)?, shape)
        }
        Literal::List(fields) => {
            let mut whole = Measured { bytes: Some(0), object: false };
            for field in fields {
                let Literal::Tuple(parts) = field else { return None };
                let one = match parts.as_slice() {
                    [name, descr] if named(name) => measure(descr, deeper)?,
                    [name, descr, shape] if named(name) => repeat(measure(descr, deeper)?, shape)?,
                    _ => return None,
                };
                whole.bytes = whole.bytes.zip(one.bytes).and_then(|(whole, one)| whole.checked_add(one));
                whole.object |= one.object;
            }
            Some(whole)
        }
        _ => None,
    }
}

/// A field's name, or its title and name.
fn named(name: &Literal) -> bool {
    match name {
        Literal::Text(_) => true,
        Literal::Tuple(parts) => matches!(parts.as_slice(), [Literal::Text(_) | Literal::None, Literal::Text(_)]),
        _ => false,
    }
}

fn repeat(one: Measured, shape: &Literal) -> Option<Measured> {
    let lengths = match shape {
        Literal::Int(Some(length)) => vec![u64::try_from(*length).ok()?],
        shape => lengths(shape)?,
    };
    let bytes = lengths.iter().try_fold(one.bytes?, |bytes, length| bytes.checked_mul(*length));
    Some(Measured { bytes, object: one.object })
}

/// A dtype as `dtype.str` writes it: byte order, kind, size, and a unit for times.
fn scalar(text: &str) -> Option<Measured> {
    let plain = text.strip_prefix(['<', '>', '|', '=']).unwrap_or(text);
    let mut characters = plain.chars();
    let kind = characters.next()?;
    let rest = characters.as_str();
    if kind == 'O' {
        // Written `|O`, and `|O4` or `|O8` by NumPy before 1.4.
        return matches!(rest, "" | "4" | "8").then_some(Measured { bytes: Some(8), object: true });
    }
    if kind == '?' {
        return rest.is_empty().then_some(Measured { bytes: Some(1), object: false });
    }
    let (digits, unit) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let size: u64 = digits.parse().ok()?;
    let known = match kind {
        'b' => size == 1,
        'i' | 'u' => matches!(size, 1 | 2 | 4 | 8),
        'f' => matches!(size, 2 | 4 | 8 | 12 | 16),
        'c' => matches!(size, 8 | 16 | 24 | 32),
        'm' | 'M' => size == 8,
        'S' | 'a' | 'U' | 'V' => true,
        _ => false,
    };
    let unit_known = unit.is_empty()
        || (matches!(kind, 'm' | 'M')
            && unit
                .strip_prefix('[')
                .and_then(|unit| unit.strip_suffix(']'))
                .is_some_and(|unit| unit.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/')));
    // A character of `U` is four bytes.
    let bytes = if kind == 'U' { size.checked_mul(4) } else { Some(size) };
    (known && unit_known).then_some(Measured { bytes, object: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(descr: &str) -> Option<(Option<u64>, bool)> {
        let parsed = literal::parse(descr).ok()?;
        measure(&parsed.literal, 0).map(|measured| (measured.bytes, measured.object))
    }

    #[test]
    fn dtypes_are_measured_as_numpy_does() {
        assert_eq!(measured("'<f8'"), Some((Some(8), false)));
        assert_eq!(measured("'<U3'"), Some((Some(12), false)));
        assert_eq!(measured("'<M8[ns]'"), Some((Some(8), false)));
        assert_eq!(measured("'|O'"), Some((Some(8), true)));
        assert_eq!(
            measured("[('a', '<f4', (2, 3)), ('', '|V4'), (('t', 'b'), [('c', '|O')])]"),
            Some((Some(36), true))
        );
        assert_eq!(measured("('<f4', (2,))"), Some((Some(8), false)));
        assert_eq!(measured("('|O', 2)"), Some((Some(16), true)));
        assert_eq!(measured(&format!("('<f8', ({0}, {0}))", u64::MAX / 4)), Some((None, false)));
        // NumPy reads these too; here they are not understood, and what follows is read as a pickle.
        for other in ["'object'", "'f4,O'", "'3O'", "'<f3'", "None", "[('a',)]", "'<f8[ns]'"] {
            assert_eq!(measured(other), None, "{other}");
        }
    }
}
