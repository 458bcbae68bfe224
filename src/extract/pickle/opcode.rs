//! The opcodes of pickle protocols 0 to 5: byte, CPython's name, and the form of the operand. The order is that of
//! `Lib/pickletools.py` (CPython 3.11). Knows nothing of what they do.

/// Form of the bytes behind an opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing.
    Empty,
    /// One byte, unsigned.
    U1,
    /// Two bytes, little-endian, unsigned.
    U2,
    /// Four bytes, little-endian, signed.
    I4,
    /// Four bytes, little-endian, unsigned.
    U4,
    /// Eight bytes, little-endian, unsigned.
    U8,
    /// Eight bytes, big-endian float.
    F8,
    /// A length of one byte and as many bytes.
    Counted1,
    /// A length of two's complement four bytes and as many bytes; a negative one is an error.
    Signed4,
    /// A length of four bytes and as many bytes.
    Counted4,
    /// A length of eight bytes and as many bytes.
    Counted8,
    /// A text up to a newline.
    Line,
    /// Two texts, each up to a newline.
    Lines,
}

/// One opcode.
#[derive(Debug)]
pub(super) struct Opcode {
    /// Its byte.
    pub byte: u8,
    /// CPython's name.
    pub name: &'static str,
}

macro_rules! opcodes {
    ($($name:ident $byte:literal $form:ident;)*) => {
        /// The bytes by CPython's names.
        pub(super) mod op {
            $(pub(in crate::extract::pickle) const $name: u8 = $byte;)*
        }

        /// All of them.
        pub(super) const OPCODES: &[Opcode] =
            &[$(Opcode { byte: $byte, name: stringify!($name) },)*];

        /// Form of the operand; `None` when the byte is no opcode.
        #[inline]
        pub(super) fn form(byte: u8) -> Option<Form> {
            match byte {
                $($byte => Some(Form::$form),)*
                _ => None,
            }
        }
    };
}

opcodes! {
    INT b'I' Line;
    BININT b'J' I4;
    BININT1 b'K' U1;
    BININT2 b'M' U2;
    LONG b'L' Line;
    LONG1 0x8a Counted1;
    LONG4 0x8b Signed4;
    STRING b'S' Line;
    BINSTRING b'T' Counted4;
    SHORT_BINSTRING b'U' Counted1;
    BINBYTES b'B' Counted4;
    SHORT_BINBYTES b'C' Counted1;
    BINBYTES8 0x8e Counted8;
    BYTEARRAY8 0x96 Counted8;
    NEXT_BUFFER 0x97 Empty;
    READONLY_BUFFER 0x98 Empty;
    NONE b'N' Empty;
    NEWTRUE 0x88 Empty;
    NEWFALSE 0x89 Empty;
    UNICODE b'V' Line;
    SHORT_BINUNICODE 0x8c Counted1;
    BINUNICODE b'X' Counted4;
    BINUNICODE8 0x8d Counted8;
    FLOAT b'F' Line;
    BINFLOAT b'G' F8;
    EMPTY_LIST b']' Empty;
    APPEND b'a' Empty;
    APPENDS b'e' Empty;
    LIST b'l' Empty;
    EMPTY_TUPLE b')' Empty;
    TUPLE b't' Empty;
    TUPLE1 0x85 Empty;
    TUPLE2 0x86 Empty;
    TUPLE3 0x87 Empty;
    EMPTY_DICT b'}' Empty;
    DICT b'd' Empty;
    SETITEM b's' Empty;
    SETITEMS b'u' Empty;
    EMPTY_SET 0x8f Empty;
    ADDITEMS 0x90 Empty;
    FROZENSET 0x91 Empty;
    POP b'0' Empty;
    DUP b'2' Empty;
    MARK b'(' Empty;
    POP_MARK b'1' Empty;
    GET b'g' Line;
    BINGET b'h' U1;
    LONG_BINGET b'j' U4;
    PUT b'p' Line;
    BINPUT b'q' U1;
    LONG_BINPUT b'r' U4;
    MEMOIZE 0x94 Empty;
    EXT1 0x82 U1;
    EXT2 0x83 U2;
    EXT4 0x84 I4;
    GLOBAL b'c' Lines;
    STACK_GLOBAL 0x93 Empty;
    REDUCE b'R' Empty;
    BUILD b'b' Empty;
    INST b'i' Lines;
    OBJ b'o' Empty;
    NEWOBJ 0x81 Empty;
    NEWOBJ_EX 0x92 Empty;
    PROTO 0x80 U1;
    STOP b'.' Empty;
    FRAME 0x95 U8;
    PERSID b'P' Line;
    BINPERSID b'Q' Empty;
}

/// CPython's name, or the byte as `0xff` when it is no opcode.
pub(super) fn name(byte: u8) -> String {
    OPCODES.iter().find(|opcode| opcode.byte == byte).map_or_else(|| format!("{byte:#04x}"), |one| one.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opcode_of_cpython_is_there_once() {
        // 68 opcodes in pickletools.opcodes of CPython 3.11.
        assert_eq!(OPCODES.len(), 68);
        let bytes: std::collections::BTreeSet<u8> = OPCODES.iter().map(|opcode| opcode.byte).collect();
        assert_eq!(bytes.len(), OPCODES.len());
        assert_eq!(name(b'c'), "GLOBAL");
        assert_eq!(name(0xff), "0xff");
    }
}
