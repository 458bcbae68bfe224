//! PaddlePaddle: programs as protobuf (`.pdmodel`, `__model__`; `ProgramDesc` of framework.proto, fields cited by name), as JSON
//! (paddle/fluid/pir/serialize_deserialize) through [`Program`], and parameters (`.pdiparams`; framework/lod_tensor.cc, `SerializeToStream`).
//! Every operator with its texts, and the files that it names; of the tensors' data the beginnings are looked at.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::{Outline, keep};
use crate::extract::format::{Claim, Format, Window, protobuf};
use crate::extract::protobuf::{Span, Value, Wire, narrow};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::{Exhausted, Limits};

/// Programs and parameters.
pub(super) struct Paddle;

/// Texts of attributes that are kept of one operator.
const TEXTS: usize = 256;
/// Values that are kept of a field that stands once: parsers take the last.
const TWICE: usize = 4;

impl Format for Paddle {
    fn id(&self) -> FormatId {
        FormatId::Paddle
    }

    fn about(&self) -> &'static str {
        "PaddlePaddle programs and parameters: every operator with its texts, files, tensors"
    }

    fn claims(&self, window: &Window) -> Claim {
        if parameters(&window.head) || protobuf::paddle(&window.head) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut outline = Outline::new(member, FormatId::Paddle, walk).over(source);
        let outcome = if parameters(&source.bytes_at(0, 32)?) {
            tensors(source, &mut outline, walk.limits.values)
        } else {
            let mut wire = Wire::new(source);
            program(&mut wire, &mut outline);
            wire.end()
        };
        if outline.is_empty() {
            return outcome.and(Err(ReadError::malformed("no block with an operator", None)));
        }
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        outcome
    }
}

/// `ProgramDesc`: blocks; the first is the program, the others are parts of its operators.
fn program(wire: &mut Wire<'_>, outline: &mut Outline) {
    let mut span = wire.whole();
    let mut blocks = 0u64;
    let mut kept = Vec::new();
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Bytes(mut block)) => {
                let place = if blocks == 0 { "graph" } else { "subgraph" };
                blocks = blocks.saturating_add(1);
                while let Some(field) = wire.next(&mut block) {
                    match (field.number, field.value) {
                        (3, Value::Bytes(variable)) => kept.extend(self::variable(wire, variable)),
                        (4, Value::Bytes(operator)) => self::operator(wire, outline, operator, place, field.at),
                        _ => {}
                    }
                }
            }
            (4, Value::Bytes(mut version)) => {
                while let Some(field) = wire.next(&mut version) {
                    if let (1, Value::Number(number)) = (field.number, field.value) {
                        outline.version("version", None, &number.cast_signed().to_string());
                    }
                }
            }
            _ => {}
        }
    }
    // Without an operator it is no program, and what look like variables are something else.
    if outline.nodes() > 0 {
        kept.iter().for_each(|name| outline.tensor(Some(name), "", &[], None, None));
    }
}

/// Variables that are not saved with a program: `FEED_MINIBATCH`, `FETCH_LIST`, `READER`, `RAW` of `VarType.Type` (paddle/static/io.py,
/// `is_persistable` and `save_vars`).
const UNSAVED: [i32; 4] = [9, 10, 15, 17];

/// `VarDesc`: the name of a variable whose value lies in the file of parameters.
fn variable(wire: &mut Wire<'_>, mut span: Span) -> Option<String> {
    let (mut name, mut kind, mut persistable) = (None, None, false);
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => name = Some(text),
            (2, Value::Bytes(mut of)) => {
                while let Some(field) = wire.next(&mut of) {
                    if let (1, Value::Number(number)) = (field.number, field.value) {
                        kind = Some(narrow(number));
                    }
                }
            }
            (3, Value::Number(number)) => persistable = number != 0,
            _ => {}
        }
    }
    let saved = persistable && kind.is_some_and(|kind| !UNSAVED.contains(&kind));
    name.filter(|_| saved).map(|name| text(wire, name))
}

fn text(wire: &mut Wire<'_>, span: Span) -> String {
    String::from_utf8_lossy(&wire.take(span, 4_096)).into_owned()
}

/// `OpDesc`: its type, and attributes with a text (`s`, `strings`).
fn operator(wire: &mut Wire<'_>, outline: &mut Outline, mut span: Span, place: &'static str, at: u64) {
    let (mut kinds, mut texts) = (Vec::new(), Vec::new());
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (3, Value::Bytes(kind)) => {
                let kind = text(wire, kind);
                outline.keep(&mut kinds, kind, TWICE);
            }
            (4, Value::Bytes(mut attribute)) => {
                let (mut name, mut values, mut whole) = (String::new(), Vec::new(), true);
                while let Some(field) = wire.next(&mut attribute) {
                    match (field.number, field.value) {
                        (1, Value::Bytes(span)) => name = text(wire, span),
                        (5 | 8, Value::Bytes(span)) if span.size() > 0 => {
                            let value = text(wire, span);
                            whole &= keep(&mut values, value, TEXTS);
                        }
                        _ => {}
                    }
                }
                // What Paddle writes about the Python line that made the operator.
                if name != "op_callstack" {
                    outline.whole(whole);
                    values.into_iter().for_each(|value| outline.keep(&mut texts, (name.clone(), value), TEXTS));
                }
            }
            _ => {}
        }
    }
    for kind in kinds {
        add(outline, None, &kind, place, at, &texts);
    }
}

/// Attributes that name a file, or an address, in Paddle's operators.
fn refers(operator: &str, attribute: &str) -> Option<ReferenceKind> {
    match attribute {
        "file_path" | "filename" | "file_names" | "model_path" | "cpu_library" | "lib_path" => Some(match operator {
            "save" | "save_combine" => ReferenceKind::Output,
            _ if attribute == "lib_path" => ReferenceKind::Library,
            _ => ReferenceKind::File,
        }),
        "endpoint" | "endpoints" | "epmap" => Some(ReferenceKind::Url),
        _ => None,
    }
}

fn add(
    outline: &mut Outline,
    domain: Option<&str>,
    operator: &str,
    place: &'static str,
    at: u64,
    texts: &[(String, String)],
) {
    for (name, value) in texts {
        if let Some(kind) = refers(operator, name) {
            outline.refer(kind, "attribute", Some(name), value.as_bytes(), at);
        }
    }
    outline.node(domain, operator, place, None, at, texts);
}

/// Whether parameters begin here: a version 0, no levels, a version 0, and a short `TensorDesc` whose first field is a type.
fn parameters(head: &[u8]) -> bool {
    let zero = head.get(..16).is_some_and(|start| start.iter().all(|byte| *byte == 0));
    zero && matches!(head.get(16..), Some([2..=100, 0, 0, 0, 8, ..]))
}

/// One tensor after the other; their names stand in the program.
fn tensors(source: &Source, outline: &mut Outline, values: u64) -> Result<(), ReadError> {
    let mut at = 0u64;
    for number in 0u64.. {
        if at >= source.size() {
            return Ok(());
        }
        if number >= values {
            return Err(Exhausted("values").into());
        }
        at = tensor(source, outline, at)?;
    }
    Ok(())
}

fn number(source: &Source, at: &mut u64, bytes: usize) -> Result<u64, ReadError> {
    let mut number = [0; 8];
    let into = number.get_mut(..bytes).unwrap_or_default();
    if source.read_at(*at, into)? < bytes {
        return Err(ReadError::truncated("the end of a tensor's header", *at));
    }
    *at = at.saturating_add(u64::try_from(bytes).unwrap_or(0));
    Ok(u64::from_le_bytes(number))
}

fn tensor(source: &Source, outline: &mut Outline, start: u64) -> Result<u64, ReadError> {
    let mut at = start;
    let version = number(source, &mut at, 4)?;
    let levels = number(source, &mut at, 8)?;
    if version != 0 || levels > 64 {
        return Err(ReadError::malformed("a tensor of another version, or with too many levels", start));
    }
    for _ in 0..levels {
        let bytes = number(source, &mut at, 8)?;
        at = at.saturating_add(bytes);
    }
    if number(source, &mut at, 4)? != 0 {
        return Err(ReadError::malformed("a tensor of another version", start));
    }
    let size = number(source, &mut at, 4)?;
    let end = at.saturating_add(size);
    if end > source.size() {
        return Err(ReadError::truncated("the description of a tensor", at));
    }
    let description = source.range(at, size);
    let mut wire = Wire::new(&description);
    let (mut span, mut kind, mut shape) = (wire.whole(), None, Vec::new());
    while let Some(field) = wire.next(&mut span) {
        match (field.number, field.value) {
            (1, Value::Number(number)) => kind = Some(narrow(number)),
            (2, Value::Number(length)) if shape.len() < 64 => shape.push(length),
            (2, Value::Bytes(mut packed)) => {
                while packed.at < packed.end && shape.len() < 64 {
                    shape.push(wire.varint(&mut packed)?);
                }
            }
            _ => {}
        }
    }
    wire.end()?;
    // `VarType.Type` of framework.proto.
    let (dtype, bytes) = match kind {
        Some(0) => ("BOOL", 1),
        Some(1) => ("INT16", 2),
        Some(2) => ("INT32", 4),
        Some(3) => ("INT64", 8),
        Some(4) => ("FP16", 2),
        Some(5) => ("FP32", 4),
        Some(6) => ("FP64", 8),
        Some(20) => ("UINT8", 1),
        Some(21) => ("INT8", 1),
        Some(22) => ("BF16", 2),
        Some(23) => ("COMPLEX64", 8),
        Some(24) => ("COMPLEX128", 16),
        Some(32) => ("FP8_E4M3FN", 1),
        Some(33) => ("FP8_E5M2", 1),
        _ => return Err(ReadError::unsupported("a tensor of a type that is not known", at)),
    };
    let size = shape.iter().try_fold(bytes, |product: u64, length| product.checked_mul(*length));
    let size = size.ok_or_else(|| ReadError::malformed("a tensor whose size overflows", at))?;
    if size > source.size().saturating_sub(end) {
        return Err(ReadError::truncated("the end of a tensor's data", end));
    }
    outline.tensor(None, dtype, &shape, Some(end), Some(size));
    Ok(end.saturating_add(size))
}

/// A program in JSON. Operators are objects in lists named `ops`, at any depth; names of dialects are numbers.
pub(super) struct Program {
    outline: Outline,
    pir: bool,
    /// Operators that are open: how long the path of each is, its texts, and the attribute that is read.
    open: Vec<(usize, Operator)>,
}

#[derive(Default)]
struct Operator {
    name: Option<String>,
    attribute: Option<String>,
    /// The name of a parameter.
    parameter: Option<String>,
    values: Vec<String>,
    texts: Vec<(String, String)>,
    /// Whether values or texts were left out.
    cut: bool,
    at: u64,
}

/// Names of dialects by number (serialize_deserialize/include/schema.h, `DialectIdMap`).
const DIALECTS: &[(&str, &str)] =
    &[("0", "builtin"), ("1", "pd_op"), ("2", "cf"), ("3", "custom_op"), ("4", "pd_dist")];

impl Program {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Paddle, limits), pir: false, open: Vec::new() }
    }

    fn change(&mut self, length: usize, at: u64, change: impl FnOnce(&mut Operator)) {
        if self.open.last().is_none_or(|(depth, _)| *depth != length) {
            self.open.push((length, Operator { at, ..Operator::default() }));
        }
        if let Some((_, operator)) = self.open.last_mut() {
            change(operator);
        }
    }
}

/// The length of the path of the innermost operator that a path goes through, and the rest of the path.
fn within(path: &[Part]) -> Option<(usize, &[Part])> {
    let at = path.windows(2).rposition(|two| matches!(two, [Part::Key(key), Part::Item(_)] if key == "ops"))?;
    let length = at.saturating_add(2);
    Some((length, path.get(length..)?))
}

impl Taker for Program {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        if document::is(path, &["base_code", "magic"]) {
            self.pir |= text == "pir";
            return;
        }
        let Some((length, rest)) = within(path) else { return };
        match rest {
            [one, Part::Item(_)] if one.is("A") => {
                self.change(length, at, |operator| operator.parameter = Some(document::cut(text)));
            }
            [one] if one.is("#") => self.change(length, at, |operator| operator.name = Some(document::cut(text))),
            // An attribute: its name (`N`) and its value (`AT`, `D`), which may be a list of the like.
            [one, Part::Item(_), name] if one.is("A") && name.is("N") => {
                self.change(length, at, |operator| operator.attribute = Some(document::cut(text)));
            }
            [one, Part::Item(_), kind, .., last] if one.is("A") && kind.is("AT") && last.is("D") => {
                self.change(length, at, |operator| {
                    operator.cut |= !keep(&mut operator.values, document::cut(text), TEXTS);
                });
            }
            _ => {}
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        if document::is(path, &["base_code", "version"]) {
            self.outline.version("version", None, &number.to_string());
        }
    }

    fn close(&mut self, path: &[Part], _: u64) {
        if let Some((length, [one, Part::Item(_)])) = within(path)
            && one.is("A")
        {
            self.change(length, 0, |operator| {
                let (name, values) = (operator.attribute.take(), std::mem::take(&mut operator.values));
                let name = name.unwrap_or_default();
                for value in values {
                    operator.cut |= !keep(&mut operator.texts, (name.clone(), value), TEXTS);
                }
            });
            return;
        }
        while self.open.last().is_some_and(|(depth, _)| *depth >= path.len()) {
            let Some((_, operator)) = self.open.pop() else { break };
            self.outline.whole(!operator.cut);
            let Some(name) = operator.name else { continue };
            // `builtin.parameter` (schema.h, `PARAMETEROP`): its value lies in the file of parameters.
            if name == "p" {
                self.outline.tensor(operator.parameter.as_deref(), "", &[], None, None);
            }
            let (domain, kind) = name.split_once('.').unwrap_or(("0", &name));
            let domain = DIALECTS.iter().find(|(number, _)| *number == domain).map_or(domain, |(_, name)| name);
            add(&mut self.outline, Some(domain), kind, "graph", operator.at, &operator.texts);
        }
    }
}

impl Shape for Program {
    fn format(&self) -> Option<FormatId> {
        (self.pir && self.outline.nodes() > 0).then_some(FormatId::Paddle)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.outline.write(walk)
    }
}
