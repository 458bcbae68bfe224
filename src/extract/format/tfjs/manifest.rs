//! `weightsManifest` of TensorFlow.js (tfjs-core/src/io/types.ts, `WeightsManifestConfig`): groups of weights, each of which lies in the files of
//! its group one behind the other, without regard to where a file ends. Where that is, is asked once all files are known.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::groups::{Bytes, Dimensions, Group, Weight};
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, Tensor, TensorTable};
use crate::limits::{Exhausted, Limits};
use crate::place;

/// A manifest while its document is read.
pub(in crate::extract::format) struct Manifest {
    member: MemberId,
    text: usize,
    records: usize,
    /// Weights and files that may still be kept.
    left: u64,
    cut: bool,
    unknown: Option<String>,
    group: Group,
    groups: Vec<Group>,
    weight: Kept,
    tensors: TensorTable,
}

/// A weight while it is read.
#[derive(Default)]
struct Kept {
    name: String,
    dtype: String,
    /// The type of the stored numbers, where they are not those of the weight.
    quantized: Option<String>,
    shape: Dimensions,
}

impl Kept {
    fn new() -> Self {
        Self { shape: Dimensions::new(), ..Self::default() }
    }
}

impl Manifest {
    /// Nothing yet.
    pub(in crate::extract::format) fn new(member: MemberId, limits: &Limits) -> Self {
        Self {
            member,
            text: usize::try_from(limits.text).unwrap_or(usize::MAX),
            records: usize::try_from(limits.records).unwrap_or(usize::MAX),
            left: limits.members,
            cut: false,
            unknown: None,
            group: Group::new(member, FormatId::Tfjs),
            groups: Vec::new(),
            weight: Kept::new(),
            tensors: TensorTable::new(member, FormatId::Tfjs),
        }
    }

    fn shown(&self, text: &str) -> String {
        place::escape_cut(document::cut(text).as_bytes(), self.text)
    }

    /// Whether one more may be kept.
    fn keeps(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => self.cut = true,
        }
        !self.cut
    }

    fn weight(&mut self) {
        let weight = std::mem::replace(&mut self.weight, Kept::new());
        let stored = weight.quantized.as_deref().unwrap_or(&weight.dtype);
        let bytes = match (stored, weight.shape.elements) {
            ("string", Some(elements)) => Some(Bytes::Texts(elements)),
            (_, elements) => {
                width(stored).zip(elements).and_then(|(width, all)| all.checked_mul(width)).map(Bytes::Numbers)
            }
        };
        if bytes.is_none() && self.unknown.is_none() {
            self.unknown = Some(weight.name.clone());
        }
        self.tensors.count = self.tensors.count.saturating_add(1);
        if self.tensors.entries.len() < self.records {
            self.tensors.entries.push(Tensor {
                name: Some(weight.name.clone()),
                dtype: stored.to_owned(),
                shape: weight.shape.kept,
                offset: None,
                size: bytes.and_then(|bytes| if let Bytes::Numbers(size) = bytes { Some(size) } else { None }),
                file: None,
            });
        }
        if self.keeps() {
            self.group.weights.push(Weight { name: weight.name, bytes });
        }
    }
}

/// Bytes of a stored number (tfjs-core/src/io/types.ts, `DTYPE_VALUE_SIZE_MAP`).
fn width(dtype: &str) -> Option<u64> {
    match dtype {
        "bool" | "uint8" | "int8" => Some(1),
        "float16" | "uint16" | "int16" => Some(2),
        "float32" | "int32" => Some(4),
        "complex64" => Some(8),
        _ => None,
    }
}

/// Behind `weightsManifest` and the number of a group.
fn within(path: &[Part]) -> Option<&[Part]> {
    match path {
        [top, Part::Item(_), rest @ ..] if top.is("weightsManifest") => Some(rest),
        _ => None,
    }
}

impl Taker for Manifest {
    fn text(&mut self, path: &[Part], text: &str, _: u64) {
        match within(path) {
            Some([key, Part::Item(_)]) if key.is("paths") && self.keeps() => {
                self.group.files.push(self.shown(text));
            }
            Some([key, Part::Item(_), rest @ ..]) if key.is("weights") => match rest {
                [last] if last.is("name") => self.weight.name = self.shown(text),
                [last] if last.is("dtype") => self.weight.dtype = self.shown(text),
                [first, last] if first.is("quantization") && last.is("dtype") => {
                    self.weight.quantized = Some(self.shown(text));
                }
                // A length that is written as a text is none.
                [key, ..] if key.is("shape") => self.weight.shape.elements = None,
                _ => {}
            },
            _ => {}
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        let Some([key, Part::Item(_), shape, Part::Item(at)]) = within(path) else { return };
        if !key.is("weights") || !shape.is("shape") {
            return;
        }
        self.weight.shape.length(*at, u64::try_from(number).ok());
    }

    fn close(&mut self, path: &[Part], _: u64) {
        match within(path) {
            Some([key, Part::Item(_)]) if key.is("weights") => self.weight(),
            Some([]) => {
                let group = std::mem::replace(&mut self.group, Group::new(self.member, FormatId::Tfjs));
                if !group.weights.is_empty() || !group.files.is_empty() {
                    self.groups.push(group);
                }
            }
            _ => {}
        }
    }
}

impl Shape for Manifest {
    fn format(&self) -> Option<FormatId> {
        (!self.groups.is_empty()).then_some(FormatId::Tfjs)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Self { cut, unknown, groups, tensors, .. } = *self;
        walk.tensors(tensors);
        walk.tables.groups.extend(groups);
        match unknown {
            _ if cut => Err(Exhausted("members").into()),
            Some(name) => Err(ReadError::malformed(format!("the size of the weight {name} is not known"), None)),
            None => Ok(()),
        }
    }
}
