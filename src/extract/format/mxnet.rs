//! MXNet models: the graph in JSON (`-symbol.json`; nnvm, src/pass/saveload_json.cc) through [`Symbol`], and the arrays (`.params`;
//! src/ndarray/ndarray.cc, `NDArray::Load`). Every operator with its texts; of the arrays' data the beginnings are looked at.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::{Outline, keep};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::{Exhausted, Limits};

/// The arrays.
pub(super) struct Mxnet;

/// `kMXAPINDArrayListMagic`, and 64 reserved bits.
const LIST: &[u8] = &[0x12, 0x01, 0, 0, 0, 0, 0, 0];

/// `NDARRAY_V1_MAGIC`, `V2` and `V3`: the later two name a storage type, the third counts dimensions from -1 on.
const V1: u32 = 0xF993_FAC8;
const V2: u32 = 0xF993_FAC9;
const V3: u32 = 0xF993_FACA;

impl Format for Mxnet {
    fn id(&self) -> FormatId {
        FormatId::Mxnet
    }

    fn about(&self) -> &'static str {
        "MXNet symbol JSON and .params: every operator with its texts, arrays by name; sparse arrays are recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(LIST) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut outline = Outline::new(member, FormatId::Mxnet, walk).over(source);
        let outcome = arrays(source, &mut outline, walk.limits.values);
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        outcome
    }
}

/// A cursor over little-endian numbers.
struct Cursor<'a> {
    source: &'a Source,
    at: u64,
}

impl Cursor<'_> {
    fn skip(&mut self, bytes: u64) -> Result<(), ReadError> {
        if bytes > self.source.size().saturating_sub(self.at) {
            return Err(ReadError::truncated("the end of an array", self.at));
        }
        self.at = self.at.saturating_add(bytes);
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let at = self.at;
        let mut bytes = [0; N];
        self.skip(u64::try_from(N).unwrap_or(0))?;
        self.source.read_at(at, &mut bytes)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, ReadError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from_le_bytes(self.array()?))
    }
}

fn arrays(source: &Source, outline: &mut Outline, values: u64) -> Result<(), ReadError> {
    let mut cursor = Cursor { source, at: 16 };
    let count = cursor.u64()?;
    for number in 0..count {
        if number >= values {
            return Err(Exhausted("values").into());
        }
        array(&mut cursor, outline)?;
    }
    let names = cursor.u64()?;
    for number in 0..names {
        if number >= values {
            return Err(Exhausted("values").into());
        }
        let length = cursor.u64()?;
        let bytes = source.bytes_at(cursor.at, length.min(4_096))?;
        cursor.skip(length)?;
        outline.name_tensor(usize::try_from(number).unwrap_or(usize::MAX), &String::from_utf8_lossy(&bytes));
    }
    if cursor.at < source.size() {
        return Err(ReadError::malformed("bytes stand behind the names of the arrays", cursor.at));
    }
    Ok(())
}

fn array(cursor: &mut Cursor<'_>, outline: &mut Outline) -> Result<(), ReadError> {
    let at = cursor.at;
    let version = cursor.u32()?;
    let wide = matches!(version, V1 | V2 | V3);
    if matches!(version, V2 | V3) && cursor.u32()? != 0 {
        return Err(ReadError::unsupported("a sparse array of MXNet", at));
    }
    // Before the versions had numbers, the first number was that of the dimensions, which had 32 bits.
    let dimensions = if wide { cursor.u32()? } else { version };
    if dimensions == u32::MAX && version == V3 {
        return Ok(());
    }
    if dimensions > 64 {
        return Err(ReadError::malformed("an array with more than 64 dimensions", at));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(if wide { cursor.u64()? } else { u64::from(cursor.u32()?) });
    }
    if dimensions == 0 && version != V3 {
        outline.tensor(None, "none", &[], None, Some(0));
        return Ok(());
    }
    // Context: kind and number of the device.
    cursor.skip(8)?;
    let (dtype, bytes) = match cursor.u32()? {
        0 => ("float32", 4),
        1 => ("float64", 8),
        2 => ("float16", 2),
        3 => ("uint8", 1),
        4 => ("int32", 4),
        5 => ("int8", 1),
        6 => ("int64", 8),
        7 => ("bool", 1),
        8 => ("int16", 2),
        9 => ("uint16", 2),
        10 => ("uint32", 4),
        11 => ("uint64", 8),
        12 => ("bfloat16", 2),
        _ => return Err(ReadError::malformed("an array of an unknown type", at)),
    };
    let size = shape.iter().try_fold(bytes, |product: u64, length| product.checked_mul(*length));
    let size = size.ok_or_else(|| ReadError::malformed("an array whose size overflows", at))?;
    outline.tensor(None, dtype, &shape, Some(cursor.at), Some(size));
    cursor.skip(size)
}

/// The graph. Its nodes, and those of the graphs in its nodes, are known by their path.
pub(super) struct Symbol {
    outline: Outline,
    /// Nodes that are open: how long the path of each is, and what is known of it.
    open: Vec<(usize, Node)>,
    /// Whether the document has what only a graph has.
    graph: bool,
}

#[derive(Default)]
struct Node {
    operator: Option<String>,
    name: Option<String>,
    texts: Vec<(String, String)>,
    /// Whether texts were left out.
    cut: bool,
    at: u64,
}

/// Texts that are kept of one node.
const TEXTS: usize = 64;

/// Attributes that name files, by operator (plugin/opencv/cv_api.cc, src/io/image_io.cc).
const FILES: &[(&str, &str)] = &[("_cvimread", "filename"), ("_npi_cvimread", "filename")];

impl Symbol {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Mxnet, limits), open: Vec::new(), graph: false }
    }

    /// Changes the node whose path has this length.
    fn change(&mut self, length: usize, at: u64, change: impl FnOnce(&mut Node)) {
        if self.open.last().is_none_or(|(depth, _)| *depth != length) {
            self.open.push((length, Node { at, ..Node::default() }));
        }
        if let Some((_, node)) = self.open.last_mut() {
            change(node);
        }
    }
}

/// The length of the path of the innermost node that a path goes through, and the rest of the path.
fn node(path: &[Part]) -> Option<(usize, &[Part])> {
    let at = path.windows(2).rposition(|two| matches!(two, [Part::Key(key), Part::Item(_)] if key == "nodes"))?;
    let length = at.saturating_add(2);
    Some((length, path.get(length..)?))
}

impl Taker for Symbol {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        let Some((length, rest)) = node(path) else { return };
        match rest {
            [one] if one.is("op") => self.change(length, at, |node| node.operator = Some(document::cut(text))),
            [one] if one.is("name") => self.change(length, at, |node| node.name = Some(document::cut(text))),
            // All three were written at some time (saveload_json.cc, `JSONNode::Load`).
            [one, Part::Key(key)] if one.is("attrs") || one.is("attr") || one.is("param") => {
                self.change(length, at, |node| {
                    node.cut |= !keep(&mut node.texts, (key.clone(), document::cut(text)), TEXTS);
                });
            }
            _ => {}
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        self.graph |= document::begins(path, &["heads"]) || document::begins(path, &["arg_nodes"]);
        if document::is(path, &["attrs", "mxnet_version", "*"]) {
            self.outline.version("mxnet_version", None, &number.to_string());
        }
    }

    fn close(&mut self, path: &[Part], _: u64) {
        while self.open.last().is_some_and(|(depth, _)| *depth >= path.len()) {
            let Some((_, node)) = self.open.pop() else { break };
            self.outline.whole(!node.cut);
            let Some(operator) = node.operator else { continue };
            // What feeds a graph, and no operator.
            if operator == "null" {
                continue;
            }
            for (_, target) in node.texts.iter().filter(|(key, _)| FILES.contains(&(operator.as_str(), key.as_str()))) {
                self.outline.refer(ReferenceKind::File, "attribute", node.name.as_deref(), target.as_bytes(), node.at);
            }
            self.outline.node(None, &operator, "graph", node.name.as_deref(), node.at, &node.texts);
        }
    }
}

impl Shape for Symbol {
    fn format(&self) -> Option<FormatId> {
        (self.graph && self.outline.nodes() > 0).then_some(FormatId::Mxnet)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.outline.write(walk)
    }
}
