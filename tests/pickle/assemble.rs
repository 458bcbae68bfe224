//! Text to pickle: reads what `weighbridge::extract::disassemble` writes, and a little more for broken pickles. One opcode a line:
//!
//! ```text
//!    12: c    GLOBAL 'posix' 'system'    # offset and sign are optional
//! BINUNICODE 99 'short'                  # a length that is not the payload's
//! BINBYTES 'A' *100000                   # a payload repeated
//! REPEAT 1000 NONE                       # a line repeated
//! RAW '\xff\x00'                         # bytes as they are
//! ```

/// CPython's name, byte, and form of the operand (`Lib/pickletools.py`).
const OPCODES: &[(&str, u8, Form)] = &[
    ("INT", b'I', Form::Line),
    ("BININT", b'J', Form::Number(4)),
    ("BININT1", b'K', Form::Number(1)),
    ("BININT2", b'M', Form::Number(2)),
    ("LONG", b'L', Form::Line),
    ("LONG1", 0x8a, Form::Counted(1)),
    ("LONG4", 0x8b, Form::Counted(4)),
    ("STRING", b'S', Form::Line),
    ("BINSTRING", b'T', Form::Counted(4)),
    ("SHORT_BINSTRING", b'U', Form::Counted(1)),
    ("BINBYTES", b'B', Form::Counted(4)),
    ("SHORT_BINBYTES", b'C', Form::Counted(1)),
    ("BINBYTES8", 0x8e, Form::Counted(8)),
    ("BYTEARRAY8", 0x96, Form::Counted(8)),
    ("NEXT_BUFFER", 0x97, Form::Empty),
    ("READONLY_BUFFER", 0x98, Form::Empty),
    ("NONE", b'N', Form::Empty),
    ("NEWTRUE", 0x88, Form::Empty),
    ("NEWFALSE", 0x89, Form::Empty),
    ("UNICODE", b'V', Form::Line),
    ("SHORT_BINUNICODE", 0x8c, Form::Counted(1)),
    ("BINUNICODE", b'X', Form::Counted(4)),
    ("BINUNICODE8", 0x8d, Form::Counted(8)),
    ("FLOAT", b'F', Form::Line),
    ("BINFLOAT", b'G', Form::Float),
    ("EMPTY_LIST", b']', Form::Empty),
    ("APPEND", b'a', Form::Empty),
    ("APPENDS", b'e', Form::Empty),
    ("LIST", b'l', Form::Empty),
    ("EMPTY_TUPLE", b')', Form::Empty),
    ("TUPLE", b't', Form::Empty),
    ("TUPLE1", 0x85, Form::Empty),
    ("TUPLE2", 0x86, Form::Empty),
    ("TUPLE3", 0x87, Form::Empty),
    ("EMPTY_DICT", b'}', Form::Empty),
    ("DICT", b'd', Form::Empty),
    ("SETITEM", b's', Form::Empty),
    ("SETITEMS", b'u', Form::Empty),
    ("EMPTY_SET", 0x8f, Form::Empty),
    ("ADDITEMS", 0x90, Form::Empty),
    ("FROZENSET", 0x91, Form::Empty),
    ("POP", b'0', Form::Empty),
    ("DUP", b'2', Form::Empty),
    ("MARK", b'(', Form::Empty),
    ("POP_MARK", b'1', Form::Empty),
    ("GET", b'g', Form::Line),
    ("BINGET", b'h', Form::Number(1)),
    ("LONG_BINGET", b'j', Form::Number(4)),
    ("PUT", b'p', Form::Line),
    ("BINPUT", b'q', Form::Number(1)),
    ("LONG_BINPUT", b'r', Form::Number(4)),
    ("MEMOIZE", 0x94, Form::Empty),
    ("EXT1", 0x82, Form::Number(1)),
    ("EXT2", 0x83, Form::Number(2)),
    ("EXT4", 0x84, Form::Number(4)),
    ("GLOBAL", b'c', Form::Lines),
    ("STACK_GLOBAL", 0x93, Form::Empty),
    ("REDUCE", b'R', Form::Empty),
    ("BUILD", b'b', Form::Empty),
    ("INST", b'i', Form::Lines),
    ("OBJ", b'o', Form::Empty),
    ("NEWOBJ", 0x81, Form::Empty),
    ("NEWOBJ_EX", 0x92, Form::Empty),
    ("PROTO", 0x80, Form::Number(1)),
    ("STOP", b'.', Form::Empty),
    ("FRAME", 0x95, Form::Number(8)),
    ("PERSID", b'P', Form::Line),
    ("BINPERSID", b'Q', Form::Empty),
];

#[derive(Clone, Copy)]
enum Form {
    Empty,
    Number(usize),
    Float,
    Counted(usize),
    Line,
    Lines,
}

#[derive(Debug)]
enum Token {
    Word(String),
    Text(Vec<u8>),
}

/// Assembles a text.
pub fn assemble(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        assemble_line(line, &mut out).map_err(|error| format!("line {}: {error}: {line}", index + 1))?;
    }
    Ok(out)
}

fn assemble_line(line: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let tokens = tokens(line)?;
    let mut tokens = tokens.as_slice();
    if let [Token::Word(offset), rest @ ..] = tokens
        && offset.strip_suffix(':').is_some_and(|offset| offset.parse::<u64>().is_ok())
    {
        // Offset and sign, as the disassembly writes them.
        tokens = rest.get(1..).unwrap_or_default();
    }
    match tokens {
        [] => Ok(()),
        [Token::Word(word), Token::Word(count), Token::Word(name), operands @ ..] if word == "REPEAT" => {
            let count: usize = count.parse().map_err(|_| "a count is wanted")?;
            let mut once = Vec::new();
            assemble_opcode(name, operands, &mut once)?;
            out.extend(once.repeat(count));
            Ok(())
        }
        [Token::Word(name), operands @ ..] => assemble_opcode(name, operands, out),
        [Token::Text(_), ..] => Err("an opcode is wanted".to_owned()),
    }
}

fn assemble_opcode(name: &str, operands: &[Token], out: &mut Vec<u8>) -> Result<(), String> {
    if name == "RAW" {
        let [Token::Text(bytes)] = operands else { return Err("one text is wanted".to_owned()) };
        out.extend_from_slice(bytes);
        return Ok(());
    }
    let (_, byte, form) = OPCODES.iter().find(|(one, ..)| *one == name).ok_or("no such opcode")?;
    out.push(*byte);
    match (form, operands) {
        (Form::Empty, []) => {}
        (Form::Number(size), [Token::Word(number)]) => {
            let number: i128 = number.parse().map_err(|_| "a number is wanted")?;
            out.extend_from_slice(&number.to_le_bytes()[..*size]);
        }
        (Form::Float, [Token::Word(float)]) => {
            let float: f64 = float.parse().map_err(|_| "a float is wanted")?;
            out.extend_from_slice(&float.to_be_bytes());
        }
        (Form::Counted(size), [Token::Text(bytes)]) => {
            out.extend_from_slice(&bytes.len().to_le_bytes()[..*size]);
            out.extend_from_slice(bytes);
        }
        (Form::Counted(size), [Token::Word(length), Token::Text(bytes)]) => {
            let length: i128 = length.parse().map_err(|_| "a length is wanted")?;
            out.extend_from_slice(&length.to_le_bytes()[..*size]);
            out.extend_from_slice(bytes);
        }
        (Form::Line, [Token::Text(line)]) => {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        (Form::Lines, [Token::Text(first), Token::Text(second)]) => {
            for line in [first, second] {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
        }
        _ => return Err("the operands do not fit".to_owned()),
    }
    Ok(())
}

fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            break;
        }
        if first == '\'' {
            let (mut text, behind) = quoted(&rest[1..])?;
            rest = behind;
            let after = rest.trim_start();
            if let Some(times) = after.strip_prefix('*') {
                let end = times.find(|character: char| !character.is_ascii_digit()).unwrap_or(times.len());
                text = text.repeat(times[..end].parse().map_err(|_| "a count is wanted")?);
                rest = &times[end..];
            }
            tokens.push(Token::Text(text));
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str) -> Result<(Vec<u8>, &str), String> {
    let mut out = Vec::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\'' => return Ok((out, &text[index + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => out.push(b'\n'),
                Some((_, 'r')) => out.push(b'\r'),
                Some((_, 't')) => out.push(b'\t'),
                Some((_, same @ ('\\' | '\'' | '"'))) => out.push(same as u8),
                Some((at, 'x')) => {
                    let digits = text.get(at + 1..at + 3).ok_or("two hexadecimal digits are wanted")?;
                    out.push(u8::from_str_radix(digits, 16).map_err(|_| "two hexadecimal digits are wanted")?);
                    characters.nth(1);
                }
                _ => return Err("no such escape".to_owned()),
            },
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err("a closing quote is wanted".to_owned())
}
