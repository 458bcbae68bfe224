//! Base64 as Python decodes it, which passes over what is no letter of it. Never decides what the bytes are.

/// Decodes as CPython does (Modules/binascii.c, `a2b_base64` without `strict_mode`): other characters are passed over, and the first
/// full padding ends it. `None` when the last group is not whole.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut group, mut held, mut pads) = (0u32, 0u32, 0u32);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => letter.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            b'=' if held >= 2 => {
                pads = pads.saturating_add(1);
                if held.saturating_add(pads) >= 4 {
                    return Some(bytes);
                }
                continue;
            }
            _ => continue,
        };
        pads = 0;
        group = (group << 6) | u32::from(value);
        held = held.wrapping_add(1) % 4;
        let whole = match held {
            2 => group >> 4,
            3 => group >> 2,
            0 => group,
            _ => continue,
        };
        bytes.extend(whole.to_le_bytes().first());
        if held == 0 {
            group = 0;
        }
    }
    (held == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_python_reads_it() {
        assert_eq!(decode("AAECAwQF"), Some(vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(decode("AAE\nCAw!=QF\n"), Some(vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(decode("4w=="), Some(vec![0xe3]));
        assert_eq!(decode("4wA="), Some(vec![0xe3, 0]));
        assert_eq!(decode("4wA=AAAA"), Some(vec![0xe3, 0]));
        assert_eq!(decode("4wAAA"), None);
    }
}
