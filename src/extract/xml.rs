//! XML, element by element into a [`Reader`]: bounded depth, bounded size of one tag, no entity expanded, nothing outside opened. What a
//! document type declares is told and never followed.

use crate::extract::format::Window;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Exhausted;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use std::cell::Cell;
use std::io::{self, BufRead, Read};

/// Elements that may nest; pugixml and Java's parsers follow more, real models nest about 40 deep.
const DEPTH: usize = 1_024;
/// Bytes of one tag, comment or text. PMML writes whole matrices into one text.
const ONE: u64 = 16 << 20;
/// Bytes of an element's name: those of all that are open are kept.
const NAME: usize = 4 << 10;
/// Attributes of one element.
const ATTRIBUTES: usize = 256;

/// An element: its name without a prefix, and its attributes as they are written, with the entities that XML itself has put in.
pub(super) struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Names without prefixes, and values.
    pub attributes: Vec<(String, String)>,
    /// Offset behind its tag.
    pub at: u64,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn show(&self, reader: &mut impl Reader) {
        self.attributes.iter().for_each(|(key, value)| reader.look(&format!("{}.{key}", self.name), value));
    }
}

/// What a document type or an instruction names.
pub(super) enum Named<'a> {
    /// A document type, whatever it declares; its text.
    Doctype(&'a str),
    /// An entity or the document type itself, whose content stands elsewhere: its name and address.
    External(&'a str, &'a str),
    /// An entity whose content stands in the document.
    Entity(&'a str),
    /// An instruction to a program other than the parser: its target and its text.
    Instruction(&'a str, &'a str),
}

/// Takes what a document holds, in its order.
pub(super) trait Reader {
    /// An element begins; `path` has the names of those around it.
    fn open(&mut self, path: &[String], element: &Element);

    /// An element ends; `path` has its name last.
    fn close(&mut self, _path: &[String]) {}

    /// A text of the document: the value of an attribute, or what stands between tags, by the name that it stands at.
    fn look(&mut self, key: &str, text: &str);

    /// Something that is no element.
    fn named(&mut self, named: &Named<'_>, at: u64);

    /// Whether the document is of no interest: asked at its first element.
    fn stranger(&self) -> bool {
        false
    }
}

/// Whether bytes may begin an XML document: a tag behind white space, or the same in UTF-16.
pub(super) fn begins(window: &Window) -> bool {
    window.letter == Some(b'<') || wide(&window.head)
}

/// Whether the text is in an encoding of two or four bytes a letter.
fn wide(head: &[u8]) -> bool {
    [&b"\xff\xfe"[..], b"\xfe\xff", b"<\0", b"\0<", b"\0\0\0<"].iter().any(|start| head.starts_with(start))
}

/// Reads a document.
///
/// # Errors
/// What breaks it. What stood before was handed over.
pub(super) fn read(source: &Source, reader: &mut impl Reader) -> Result<(), ReadError> {
    if wide(&source.bytes_at(0, 4)?) {
        return Err(ReadError::recognised("XML in UTF-16 or UTF-32", 0));
    }
    let used = Cell::new(0);
    let mut parser = quick_xml::Reader::from_reader(Bounded { inner: source.reader(), used: &used });
    let mut path: Vec<String> = Vec::new();
    let mut buffer = Vec::new();
    let mut begun = false;
    loop {
        buffer.clear();
        used.set(0);
        let event = parser.read_event_into(&mut buffer);
        let at = parser.buffer_position();
        let event = match event {
            Ok(event) => event,
            Err(_) if used.get() > ONE => return Err(Exhausted("header").into()),
            Err(quick_xml::Error::Io(error)) => return Err(ReadError::malformed(format!("XML: {error}"), at)),
            Err(error) => return Err(ReadError::malformed(format!("XML: {error}"), at)),
        };
        match event {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) if path.len() >= DEPTH => {
                drop(tag);
                return Err(Exhausted("depth").into());
            }
            Event::Start(tag) => {
                let element = element(&tag, at)?;
                element.show(reader);
                reader.open(&path, &element);
                path.push(element.name);
            }
            Event::Empty(tag) => {
                let element = element(&tag, at)?;
                element.show(reader);
                reader.open(&path, &element);
                path.push(element.name);
                reader.close(&path);
                path.pop();
            }
            Event::End(_) => {
                reader.close(&path);
                path.pop();
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().and_then(Result::ok);
                let encoding = encoding.unwrap_or_default().to_ascii_lowercase();
                // In others, UTF-7 for one, other letters make tags.
                if !matches!(&*encoding, "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "iso-8859-1" | "windows-1252") {
                    return Err(ReadError::unsupported("XML in an encoding other than UTF-8", at));
                }
            }
            Event::PI(instruction) => {
                reader.named(&Named::Instruction(instruction.target(), instruction.content()), at);
            }
            Event::DocType(text) => doctype(&text.into_inner(), at, reader),
            Event::Text(text) => reader.look(path.last().map_or("", String::as_str), &text.into_inner()),
            Event::CData(text) => reader.look(path.last().map_or("", String::as_str), &text.into_inner()),
            Event::Comment(text) => reader.look("comment", &text.into_inner()),
            Event::GeneralRef(_) => {}
        }
        if !begun && !path.is_empty() {
            begun = true;
            if reader.stranger() {
                return Ok(());
            }
        }
    }
    if path.is_empty() { Ok(()) } else { Err(ReadError::truncated("the end of the XML", source.size())) }
}

fn element(tag: &BytesStart<'_>, at: u64) -> Result<Element, ReadError> {
    let name = tag.local_name().as_ref().to_owned();
    if name.len() > NAME {
        return Err(ReadError::malformed("XML: a name that is too long", at));
    }
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| ReadError::malformed(format!("XML: {error}"), at))?;
        if attributes.len() >= ATTRIBUTES {
            return Err(Exhausted("records").into());
        }
        // What names an entity of the document's own stays as it is written.
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map(std::borrow::Cow::into_owned);
        let value = value.unwrap_or_else(|_| attribute.value.as_ref().to_owned());
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Element { name, attributes, at })
}

/// The words of a document type: what it declares, and what stands elsewhere (XML 1.0, 2.8 and 4.2).
fn doctype(text: &str, at: u64, reader: &mut impl Reader) {
    reader.named(&Named::Doctype(text), at);
    let mut rest = text;
    // The name of what is declared: the document type's own comes first.
    let mut name = String::new();
    let (mut entity, mut external, mut literals) = (false, None, 0u32);
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("<!--") {
            rest = behind.split_once("-->").map_or("", |(_, behind)| behind);
        } else if matches!(first, '"' | '\'') {
            let behind = rest.get(1..).unwrap_or_default();
            let (literal, behind) = behind.split_once(first).unwrap_or((behind, ""));
            literals = literals.saturating_add(1);
            match external {
                Some("SYSTEM") if literals == 1 => reader.named(&Named::External(&name, literal), at),
                Some("PUBLIC") if literals == 2 => reader.named(&Named::External(&name, literal), at),
                None if entity && literals == 1 => reader.named(&Named::Entity(&name), at),
                _ => {}
            }
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("<!ENTITY") {
            (entity, external, literals) = (true, None, 0);
            name.clear();
            rest = behind;
        } else if first.is_whitespace() || matches!(first, '%' | '>' | '[' | ']' | '<') {
            if first == '>' {
                entity = false;
            }
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            let end = rest
                .find(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '>' | '[' | ']' | '<'))
                .unwrap_or(rest.len());
            let (word, behind) = rest.split_at_checked(end.max(first.len_utf8())).unwrap_or((rest, ""));
            match word {
                "SYSTEM" => (external, literals) = (Some("SYSTEM"), 0),
                "PUBLIC" => (external, literals) = (Some("PUBLIC"), 0),
                _ if name.is_empty() => name = word.to_owned(),
                _ => {}
            }
            rest = behind;
        }
    }
}

/// Refuses to read on when one event has taken too much.
struct Bounded<'a, R> {
    inner: R,
    used: &'a Cell<u64>,
}

impl<R: BufRead> Read for Bounded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used.get() > ONE {
            return Err(io::Error::other("one tag or text is too long"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.used.set(self.used.get().saturating_add(u64::try_from(count).unwrap_or(u64::MAX)));
        self.inner.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Reader for Seen {
        fn open(&mut self, path: &[String], element: &Element) {
            self.0.push(format!("{}/{} {:?}", path.join("/"), element.name, element.attributes));
        }

        fn look(&mut self, _: &str, _: &str) {}

        fn named(&mut self, named: &Named<'_>, _: u64) {
            self.0.push(match named {
                Named::Doctype(_) => "doctype".to_owned(),
                Named::External(name, address) => format!("{name} at {address}"),
                Named::Entity(name) => format!("{name} here"),
                Named::Instruction(target, text) => format!("?{target} {text}"),
            });
        }
    }

    fn seen(text: &str) -> (Vec<String>, Option<ReadError>) {
        let mut seen = Seen::default();
        let error = read(&Source::memory(text.as_bytes().to_vec()), &mut seen).err();
        (seen.0, error)
    }

    #[test]
    fn elements_and_what_a_document_type_names_are_handed_over() {
        let text = "<?xml version=\"1.0\"?><!DOCTYPE p PUBLIC \"-//X\" 'http://h/x.dtd' [<!-- <!ENTITY no SYSTEM 'n'> -->\
            <!ENTITY % a SYSTEM \"file:///etc/passwd\"><!ENTITY b \"&a;&a;\"><!ENTITY c PUBLIC 'p' 'rel.txt'>]>\
            <?xml-stylesheet href=\"x.xsl\"?><n:p a=\"1 &lt; 2\"><q b='&b;'/></n:p>";
        let (seen, error) = seen(text);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            seen,
            [
                "doctype",
                "p at http://h/x.dtd",
                "a at file:///etc/passwd",
                "b here",
                "c at rel.txt",
                "?xml-stylesheet  href=\"x.xsl\"",
                "/p [(\"a\", \"1 < 2\")]",
                "p/q [(\"b\", \"&b;\")]",
            ]
        );
    }

    #[test]
    fn what_is_broken_or_deep_is_told() {
        for text in ["<a>", "<a></b>", "<a b=1 b=2/>", "<a", "<a b='/>", "<?xml version='1.0' encoding='utf-7'?><a/>"] {
            assert!(seen(text).1.is_some(), "{text}");
        }
        assert!(matches!(seen(&"<a>".repeat(100_000)).1, Some(ReadError::Limit(Exhausted("depth")))));
        let long = format!("<a b='{}'/>", "x".repeat(usize::try_from(ONE).unwrap() * 2));
        assert!(matches!(seen(&long).1, Some(ReadError::Limit(Exhausted("header")))));
    }
}
