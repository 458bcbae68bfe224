//! JSON that is safe to look at: characters that steer a terminal are written as `\uNNNN`, which every JSON reader reads back.

use crate::place::deceives;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Writes a value as indented JSON with a line end.
///
/// # Errors
/// What `out` says.
pub fn write(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Plain(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Writes a value as one line of JSON.
///
/// # Errors
/// What `out` says.
pub fn write_line(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Plain(CompactFormatter)))?;
    out.write_all(b"\n")
}

/// A formatter that escapes what [`deceives`].
struct Plain<F>(F);

impl<F: Formatter> Formatter for Plain<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        let mut hashes = 0u8;
        // `##[` anywhere in a line is a command to GitHub's runner: see `plain`.
        let mut steers = |character: char| {
            let command = character == '[' && hashes >= 2;
            hashes = if character == '#' { hashes.saturating_add(1) } else { 0 };
            command || deceives(character)
        };
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| steers(*character)) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = from.get(character.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_escaped_and_read_back() {
        let text = "a\x1b[2J\u{9b}\u{202e}b\u{e0041}重み\"\\";
        let mut out = Vec::new();
        write_line(&text, &mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert_eq!(json, "\"a\\u001b[2J\\u009b\\u202eb\\udb40\\udc41重み\\\"\\\\\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);

        let mut out = Vec::new();
        write_line(&"a##[command]b [#[", &mut out).unwrap();
        assert_eq!(out, b"\"a##\\u005bcommand]b [#[\"\n");
    }
}
