//! `TensorProto` and `SparseTensorProto`: names, types, shapes and where the data lies. Of the data the beginnings are looked at.

use super::{PATH, Reading};
use crate::extract::elsewhere::Range;
use crate::extract::embedded;
use crate::extract::protobuf::{Field, Span, Value, narrow};
use crate::facts::{DeviationKind, Leads, ReferenceKind, Tensor};
use std::sync::Arc;

/// Dimensions that are kept.
const DIMENSIONS: usize = 64;
/// Keys of `TensorProto.external_data` (onnx.proto; ONNX's ExternalData.md; `basepath` is written by onnx's
/// external_data_helper.py, `prepacked_` and a number by ONNX Runtime's `ExternalDataInfo::SetExternalLocationToProto`).
const KEYS: &[&[u8]] = &[b"location", b"offset", b"length", b"checksum", b"basepath"];
/// A location that makes ONNX Runtime take `offset` for an address in memory (`kTensorProtoMemoryAddressTag` of its
/// tensorprotoutils.h, and the tag of little-endian data that came later).
const ADDRESS: &[u8] = b"_ORT_MEM_ADDR_";

impl Reading<'_, '_, '_> {
    /// `SparseTensorProto`: `values` and `indices` are tensors.
    pub(super) fn sparse(&mut self, mut span: Span, by: &str, node: Option<&str>) {
        while let Some(field) = self.wire.next(&mut span) {
            if let (1 | 2, Value::Bytes(tensor)) = (field.number, field.value) {
                self.tensor(tensor, by, node);
            }
        }
    }

    /// `TensorProto`.
    pub(super) fn tensor(&mut self, mut span: Span, by: &str, node: Option<&str>) {
        let mut tensor =
            Tensor { name: None, dtype: String::new(), shape: Vec::new(), offset: None, size: None, file: None };
        let mut entries = 0u64;
        let mut external = External::default();
        let whole = span;
        while let Some(field) = self.wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Number(length)) => tensor.shape.push(length),
                (1, Value::Bytes(packed)) => self.packed(packed, &mut tensor.shape),
                (2, Value::Number(number)) => tensor.dtype = data_type(narrow(number)),
                (8, Value::Bytes(name)) => tensor.name = Some(self.text(name)),
                // raw_data, or the packed numbers of one of the typed fields.
                (4 | 5 | 7 | 9..=11, Value::Bytes(data)) => {
                    let name = tensor.name.as_deref().or(node).unwrap_or_default();
                    embedded::tensor(self.member, name, &self.wire.part(data), self.walk);
                    tensor.offset = Some(data.at);
                    tensor.size = Some(data.size());
                }
                // string_data
                (6, Value::Bytes(text)) => {
                    let name = tensor.name.clone().or(node.map(str::to_owned)).unwrap_or_default();
                    self.prose(&name, text);
                }
                (13, Value::Bytes(_)) => entries = entries.saturating_add(1),
                // Of an enum's numbers parsers take those that they know.
                (14, Value::Number(location)) if matches!(narrow(location), 0 | 1) => {
                    external.located = narrow(location) == 1;
                }
                _ => {}
            }
            tensor.shape.truncate(DIMENSIONS);
        }
        if entries > 0 || external.located {
            self.external(whole, by, tensor.name.as_deref().or(node), &mut external);
            tensor.file = external.file;
        }
        self.meant |= tensor.name.is_some() && !tensor.dtype.is_empty() && self.wire.sound();
        // The tensors that nodes carry are constants; the table is of the weights.
        if by != "attribute" {
            self.tensors.count = self.tensors.count.saturating_add(1);
            if self.tensors.entries.len() < self.operators.ceiling() {
                self.tensors.entries.push(tensor);
            }
        }
    }

    fn packed(&mut self, mut span: Span, shape: &mut Vec<u64>) {
        while span.at < span.end && shape.len() < DIMENSIONS {
            match self.wire.varint(&mut span) {
                Ok(length) => shape.push(length),
                Err(error) => return self.wire.fail(error),
            }
        }
    }

    /// `external_data`: keys and values. Of a key that stands twice loaders take the last; all are told.
    fn external(&mut self, mut span: Span, by: &str, name: Option<&str>, external: &mut External) {
        let (mut seen, mut located) = (Vec::new(), false);
        while let Some(field) = self.wire.next(&mut span) {
            let (13, Value::Bytes(entry)) = (field.number, field.value) else { continue };
            let (keys, values) = self.entry(entry);
            for key in keys {
                let key = self.wire.take(key, 64);
                if seen.contains(&key) {
                    let found = Some(crate::place::escape(&key));
                    self.depart(DeviationKind::DuplicateKey, name.map(str::to_owned), "external_data", found, field.at);
                } else if seen.len() < KEYS.len() {
                    seen.push(key.clone());
                }
                if !KEYS.contains(&key.as_slice()) && !key.starts_with(b"prepacked_") {
                    let found = Some(crate::place::escape(&key));
                    self.depart(DeviationKind::InvalidValue, name.map(str::to_owned), "external_data", found, field.at);
                }
                for value in &values {
                    match key.as_slice() {
                        b"location" | b"basepath" => {
                            located |= key == b"location";
                            external.file = Some(self.text(*value));
                            if key == b"location" {
                                external.target = self.wire.take(*value, PATH);
                            }
                            self.location(*value, by, name);
                        }
                        b"offset" => external.at = self.number(*value, &key, name, field),
                        b"length" => external.size = self.number(*value, &key, name, field),
                        _ => {}
                    }
                }
            }
        }
        if located {
            let name = name.unwrap_or_default().to_owned();
            let (at, size) = (external.at.unwrap_or(0), external.size);
            let range = Range { member: self.member, target: Arc::default(), name, at, size, record: false };
            self.walk.elsewhere(&external.target, range);
        }
        if external.located && !located {
            self.refer(ReferenceKind::ExternalData, Leads::Invalid, by, name, b"", span.end);
        }
    }

    fn location(&mut self, value: Span, by: &str, name: Option<&str>) {
        let target = self.wire.take(value, PATH);
        let leads = if is_address(&target) {
            Leads::Memory
        } else if value.size() > PATH {
            Leads::Invalid
        } else {
            Leads::Unknown
        };
        self.refer(ReferenceKind::ExternalData, leads, by, name, &target, value.at);
    }

    /// `offset` and `length` are decimal numbers of 64 bits without a sign.
    fn number(&mut self, value: Span, key: &[u8], name: Option<&str>, field: Field) -> Option<u64> {
        let digits = self.wire.take(value, 32);
        let number = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse::<i64>().ok());
        let number = number.and_then(|number| u64::try_from(number).ok());
        if number.is_none() {
            let found = Some(crate::place::escape(&digits));
            let key = format!("external_data {}", crate::place::escape(key));
            self.depart(DeviationKind::OutOfRange, name.map(str::to_owned), &key, found, field.at);
        }
        number
    }

    /// `StringStringEntryProto`: every key and every value that stands there.
    pub(super) fn entry(&mut self, mut span: Span) -> (Vec<Span>, Vec<Span>) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut span) {
            let (number, Value::Bytes(text)) = (field.number, field.value) else { continue };
            let into = match number {
                1 => &mut keys,
                2 => &mut values,
                _ => continue,
            };
            if !super::keep(into, text, super::TWICE) {
                self.failed.get_or_insert(crate::limits::Exhausted("records"));
            }
        }
        (keys, values)
    }
}

/// Whether a location makes ONNX Runtime read its own memory.
pub(super) fn is_address(target: &[u8]) -> bool {
    target.windows(ADDRESS.len()).any(|part| part == ADDRESS)
}

/// What a tensor says of its data in another file.
#[derive(Default)]
struct External {
    /// `data_location` is `EXTERNAL`.
    located: bool,
    file: Option<String>,
    /// The file as it is written, and where in it.
    target: Vec<u8>,
    at: Option<u64>,
    size: Option<u64>,
}

/// `TensorProto.DataType` by its name, or the number where it has none.
pub(super) fn data_type(number: i32) -> String {
    const NAMES: &[&str] = &[
        "UNDEFINED",
        "FLOAT",
        "UINT8",
        "INT8",
        "UINT16",
        "INT16",
        "INT32",
        "INT64",
        "STRING",
        "BOOL",
        "FLOAT16",
        "DOUBLE",
        "UINT32",
        "UINT64",
        "COMPLEX64",
        "COMPLEX128",
        "BFLOAT16",
        "FLOAT8E4M3FN",
        "FLOAT8E4M3FNUZ",
        "FLOAT8E5M2",
        "FLOAT8E5M2FNUZ",
        "UINT4",
        "INT4",
        "FLOAT4E2M1",
        "FLOAT8E8M0",
        "UINT2",
        "INT2",
        "FLOAT6E2M3",
        "FLOAT6E3M2",
    ];
    let name = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
    name.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}
