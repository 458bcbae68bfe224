//! The texts of numbers in INT, LONG, FLOAT, GET and PUT, as CPython's two unpicklers take them. They differ: C reads a text that
//! ends at a NUL, `strtol` takes old octals (`010`), Python's `float` takes blanks and underscores (`Modules/_pickle.c`
//! `load_int`, `load_long`, `load_float`, `load_get`; `Lib/pickle.py`, the same names; `Objects/longobject.c` `PyLong_FromString`).

/// Digits that CPython converts at most in a base that is no power of two (`sys.get_int_max_str_digits`).
const DIGITS: usize = 4300;

/// What a text is worth: `None` when it is refused, `Some(None)` when it is taken and too large for 64 bits.
pub(super) type Taken = Option<Option<i64>>;

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The text as C sees it: up to the first NUL.
fn to_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// `PyLong_FromString` over the whole text; `any_base` is base 0 (`0x`, `0o`, `0b`), else base 10.
fn python_integer(text: &[u8], any_base: bool) -> Taken {
    let text = text.trim_ascii_start_of(blank);
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let end = text.iter().rposition(|byte| !blank(*byte)).map_or(0, |last| last.saturating_add(1));
    let text = text.get(..end)?;
    let (base, digits, old_octal) = match text {
        [b'0', b'x' | b'X', rest @ ..] if any_base => (16, prefixed(rest), false),
        [b'0', b'o' | b'O', rest @ ..] if any_base => (8, prefixed(rest), false),
        [b'0', b'b' | b'B', rest @ ..] if any_base => (2, prefixed(rest), false),
        [b'0', ..] if any_base => (10, text, true),
        _ => (10, text, false),
    };
    let mut value = Some(0i64);
    let mut count = 0usize;
    let mut after_digit = false;
    for byte in digits {
        if *byte == b'_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
            continue;
        }
        let digit = char::from(*byte).to_digit(base)?;
        after_digit = true;
        count = count.saturating_add(1);
        value = value.and_then(|value| value.checked_mul(i64::from(base))?.checked_add(i64::from(digit)));
    }
    if !after_digit || (base == 10 && count > DIGITS) || (old_octal && value != Some(0)) {
        return None;
    }
    Some(value.map(|value| if negative { value.saturating_neg() } else { value }))
}

/// After a base prefix one underscore is allowed (`0x_10`).
fn prefixed(digits: &[u8]) -> &[u8] {
    digits.strip_prefix(b"_").unwrap_or(digits)
}

trait TrimStart {
    fn trim_ascii_start_of(&self, blank: fn(u8) -> bool) -> &Self;
}

impl TrimStart for [u8] {
    fn trim_ascii_start_of(&self, blank: fn(u8) -> bool) -> &Self {
        let start = self.iter().position(|byte| !blank(*byte)).unwrap_or(self.len());
        self.get(start..).unwrap_or_default()
    }
}

/// `strtol` with base 0: the value when the text up to a NUL or its end is a number and nothing else.
fn strtol(text: &[u8]) -> Option<i64> {
    let text = to_nul(text);
    if text.is_empty() {
        // No digits at all, and the first character is the end: taken as 0.
        return Some(0);
    }
    let rest = text.trim_ascii_start_of(blank);
    let (negative, rest) = match rest.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, rest),
    };
    let (base, digits) = match rest {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', ..] => (8, rest),
        _ => (10, rest),
    };
    let mut value = (!digits.is_empty()).then_some(0i64)?;
    for byte in digits {
        let digit = i64::from(char::from(*byte).to_digit(base)?);
        let step = value.checked_mul(i64::from(base))?;
        value = if negative { step.checked_sub(digit)? } else { step.checked_add(digit)? };
    }
    Some(value)
}

/// INT in the C unpickler. `line` is without its newline.
pub(super) fn int_c(line: &[u8]) -> Taken {
    if line.is_empty() {
        return None;
    }
    strtol(line).map(Some).or_else(|| python_integer(to_nul(line), true))
}

/// INT in the Python unpickler: `01` is True before it is looked at as a number.
pub(super) fn int_python(line: &[u8]) -> Taken {
    match line {
        b"00" => Some(Some(0)),
        b"01" => Some(Some(1)),
        _ => python_integer(line, true),
    }
}

/// Whether INT gives a bool: exactly two characters that are worth 0 or 1 in C, `00` or `01` in Python.
pub(super) fn is_bool(line: &[u8], value: Option<i64>) -> bool {
    line.len() == 2 && matches!(value, Some(0 | 1))
}

/// LONG in the C unpickler.
pub(super) fn long_c(line: &[u8]) -> Taken {
    if line.is_empty() {
        return None;
    }
    python_integer(to_nul(line.strip_suffix(b"L").unwrap_or(line)), true)
}

/// LONG in the Python unpickler.
pub(super) fn long_python(line: &[u8]) -> Taken {
    python_integer(line.strip_suffix(b"L").unwrap_or(line), true)
}

/// GET and PUT in the C unpickler.
pub(super) fn slot_c(line: &[u8]) -> Taken {
    if line.is_empty() { None } else { python_integer(to_nul(line), false) }
}

/// GET and PUT in the Python unpickler.
pub(super) fn slot_python(line: &[u8]) -> Taken {
    python_integer(line, false)
}

/// FLOAT in the C unpickler: no blanks, no underscores, up to a NUL, and no overflow (`PyOS_string_to_double`).
pub(super) fn float_c(line: &[u8]) -> bool {
    let text = to_nul(line);
    float_text(text).is_some_and(|value| value.is_finite() || named(text))
}

/// FLOAT in the Python unpickler: blanks around, underscores between digits.
pub(super) fn float_python(line: &[u8]) -> bool {
    let text = line.trim_ascii_start_of(blank);
    let end = text.iter().rposition(|byte| !blank(*byte)).map_or(0, |last| last.saturating_add(1));
    let text = text.get(..end).unwrap_or_default();
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let placed = text.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(index, _)| {
        digit(index.checked_sub(1).and_then(|before| text.get(before))) && digit(text.get(index.saturating_add(1)))
    });
    let bare: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
    placed && float_text(&bare).is_some()
}

/// Rust's and CPython's grammars agree: sign, digits with a point, exponent; `inf`, `infinity`, `nan` in any case.
fn float_text(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn named(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'n' | b'N'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_taken_as_each_unpickler_takes_them() {
        // Each line was tried with CPython 3.11.7: text, C unpickler, Python unpickler.
        let taken: &[(&[u8], Taken, Taken)] = &[
            (b"10", Some(Some(10)), Some(Some(10))),
            (b"0x10", Some(Some(16)), Some(Some(16))),
            (b"010", Some(Some(8)), None),
            (b"08", None, None),
            (b" 12", Some(Some(12)), Some(Some(12))),
            (b"12 ", Some(Some(12)), Some(Some(12))),
            (b"1_0", Some(Some(10)), Some(Some(10))),
            (b"1__0", None, None),
            (b"_1", None, None),
            (b"0x_1", Some(Some(1)), Some(Some(1))),
            (b"1\0junk", Some(Some(1)), None),
            (b"\0", Some(Some(0)), None),
            (b"0o17", Some(Some(15)), Some(Some(15))),
            (b"99999999999999999999", Some(None), Some(None)),
            (b"01", Some(Some(1)), Some(Some(1))),
            (b"", None, None),
            (b"-", None, None),
        ];
        for (text, c, python) in taken {
            assert_eq!(int_c(text), *c, "C {}", text.escape_ascii());
            assert_eq!(int_python(text), *python, "Python {}", text.escape_ascii());
        }
        assert_eq!(long_c(b"0x10L"), Some(Some(16)));
        assert_eq!(long_c(b"L"), None);
        assert_eq!(slot_c(b"007"), Some(Some(7)));
        assert_eq!(slot_c(b"+8"), Some(Some(8)));
        assert_eq!(slot_c(b"8\0x"), Some(Some(8)));
        assert_eq!(slot_python(b"8\0x"), None);
        assert_eq!(slot_c(b"0x8"), None);
        assert!(is_bool(b"01", Some(1)) && !is_bool(b"1", Some(1)));
    }

    #[test]
    fn floats_are_taken_as_each_unpickler_takes_them() {
        let taken: &[(&[u8], bool, bool)] = &[
            (b"1.5", true, true),
            (b" 1.5", false, true),
            (b"1_0.5", false, true),
            (b"1.5\0junk", true, false),
            (b"1e999", false, true),
            (b"inf", true, true),
            (b"NaN", true, true),
            (b"-Infinity", true, true),
            (b"1.", true, true),
            (b".5", true, true),
            (b"1e", false, false),
            (b"0x1p3", false, false),
            (b"", false, false),
        ];
        for (text, c, python) in taken {
            assert_eq!(float_c(text), *c, "C {}", text.escape_ascii());
            assert_eq!(float_python(text), *python, "Python {}", text.escape_ascii());
        }
    }
}
