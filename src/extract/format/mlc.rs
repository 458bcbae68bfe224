//! The tensor cache of TVM, which MLC-LLM and WebLLM load (`ndarray-cache.json`, `tensor-cache.json`; tvm, src/runtime/vm/tensor_cache_support.cc,
//! `TensorCacheMetadata::FromJSON`): files of tensors, and where in them each lies. The files have no format of their own.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::Outline;
use crate::extract::format::stream;
use crate::extract::groups::{Bytes, Dimensions, Group, Weight};
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, ReferenceKind, Tensor, TensorTable};
use crate::limits::{Exhausted, Limits};
use crate::place;

/// A cache while its document is read.
pub(super) struct Cache {
    member: MemberId,
    text: usize,
    records: usize,
    /// Tensors and files that may still be kept.
    left: u64,
    cut: bool,
    /// The first thing that a loader needs and that is not said.
    lacks: Option<String>,
    outline: Outline,
    groups: Vec<Group>,
    file: File,
    tensor: Kept,
    tensors: TensorTable,
    deviations: Vec<Deviation>,
}

/// A file of tensors while it is read: what it holds may stand before its name.
#[derive(Default)]
struct File {
    target: Option<(String, u64)>,
    size: Option<u64>,
    tensors: Vec<Kept>,
}

/// A tensor while it is read.
#[derive(Default)]
struct Kept {
    name: String,
    dtype: String,
    format: String,
    shape: Dimensions,
    at: Option<u64>,
    size: Option<u64>,
}

impl Kept {
    fn new() -> Self {
        Self { shape: Dimensions::new(), ..Self::default() }
    }

    /// Bytes that its shape and type need. What is `float32` may be stored as `bfloat16` (`ParamRecord::Load`).
    fn needs(&self) -> Option<u64> {
        let width = match (self.dtype.as_str(), self.format.as_str()) {
            ("float32", "f32-to-bf16") => 2,
            (dtype, _) => width(dtype)?,
        };
        self.shape.elements?.checked_mul(width)
    }
}

/// Bytes of a number of this type, where it is made of whole bytes (dlpack's types, as tvm writes them).
fn width(dtype: &str) -> Option<u64> {
    match dtype {
        "bool" | "int8" | "uint8" => Some(1),
        "int16" | "uint16" | "float16" | "bfloat16" => Some(2),
        "int32" | "uint32" | "float32" => Some(4),
        "int64" | "uint64" | "float64" => Some(8),
        _ => None,
    }
}

impl Cache {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self {
            member,
            text: usize::try_from(limits.text).unwrap_or(usize::MAX),
            records: usize::try_from(limits.records).unwrap_or(usize::MAX),
            left: limits.members,
            cut: false,
            lacks: None,
            outline: Outline::with(member, FormatId::Mlc, limits),
            groups: Vec::new(),
            file: File::default(),
            tensor: Kept::new(),
            tensors: TensorTable::new(member, FormatId::Mlc),
            deviations: Vec::new(),
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

    fn lack(&mut self, what: impl Fn() -> String) {
        self.lacks.get_or_insert_with(what);
    }

    fn depart(&mut self, kind: DeviationKind, name: &str, field: &str, expected: String, found: String) {
        if self.deviations.len() >= self.records {
            self.cut = true;
            return;
        }
        self.deviations.push(Deviation {
            name: Some(name.to_owned()),
            field: Some(field.to_owned()),
            expected: Some(expected),
            found: Some(found),
            ..stream::deviation(self.member, FormatId::Mlc, kind)
        });
    }

    /// The end of a file's record. One that names no file and holds no tensors is of another document.
    fn file(&mut self) {
        let file = std::mem::take(&mut self.file);
        let Some((target, at)) = file.target else {
            if !file.tensors.is_empty() {
                self.lack(|| "a file of tensors without its name".to_owned());
            }
            return;
        };
        if file.size.is_none() && file.tensors.is_empty() {
            return;
        }
        self.outline.refer(ReferenceKind::ExternalData, "weights", None, target.as_bytes(), at);
        let shown = self.shown(&target);
        let mut group = Group::new(self.member, FormatId::Mlc);
        group.files.push(place::escape(target.as_bytes()));
        group.weights.push(Weight { name: shown.clone(), bytes: file.size.map(Bytes::Parts) });
        self.groups.push(group);
        if file.size.is_none() {
            self.lack(|| format!("the size of the file {shown}"));
        }
        for tensor in file.tensors {
            self.tensor(tensor, &target, &shown, file.size);
        }
    }

    fn tensor(&mut self, tensor: Kept, target: &str, file: &str, holds: Option<u64>) {
        self.tensors.count = self.tensors.count.saturating_add(1);
        let Some((at, size)) = tensor.at.zip(tensor.size) else {
            self.lack(|| format!("where the tensor {} lies", tensor.name));
            return;
        };
        if let Some(needed) = tensor.needs().filter(|needed| *needed != size) {
            self.depart(DeviationKind::SizeMismatch, &tensor.name, "nbytes", needed.to_string(), size.to_string());
        }
        if let Some(holds) = holds
            && at.checked_add(size).is_none_or(|end| end > holds)
        {
            let expected = format!("within {holds} bytes");
            let found = format!("{size} bytes at {at}");
            self.depart(DeviationKind::OutOfRange, &tensor.name, "byteOffset and nbytes", expected, found);
        }
        self.outline.elsewhere(&tensor.name, target.as_bytes(), at, Some(size), false);
        if self.tensors.entries.len() < self.records {
            self.tensors.entries.push(Tensor {
                name: Some(tensor.name),
                dtype: tensor.dtype,
                shape: tensor.shape.kept,
                offset: Some(at),
                size: Some(size),
                file: Some(file.to_owned()),
            });
        }
    }
}

/// Behind `records` and the number of a file.
fn within(path: &[Part]) -> Option<&[Part]> {
    match path {
        [top, Part::Item(_), rest @ ..] if top.is("records") => Some(rest),
        _ => None,
    }
}

/// Behind `records` and the number of a tensor in its file.
fn inside(rest: &[Part]) -> Option<&[Part]> {
    match rest {
        [key, Part::Item(_), rest @ ..] if key.is("records") => Some(rest),
        _ => None,
    }
}

impl Taker for Cache {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        let Some(rest) = within(path) else { return };
        if let [key] = rest
            && key.is("dataPath")
        {
            self.file.target = Some((document::cut(text), at));
        }
        match inside(rest) {
            Some([key]) if key.is("name") => self.tensor.name = self.shown(text),
            Some([key]) if key.is("dtype") => self.tensor.dtype = self.shown(text),
            Some([key]) if key.is("format") => self.tensor.format = self.shown(text),
            // A length that is written as a text is none.
            Some([key, ..]) if key.is("shape") => self.tensor.shape.elements = None,
            _ => {}
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        let Some(rest) = within(path) else { return };
        let number = u64::try_from(number).ok();
        if let [key] = rest
            && key.is("nbytes")
        {
            self.file.size = number;
        }
        match inside(rest) {
            Some([key]) if key.is("byteOffset") => self.tensor.at = number,
            Some([key]) if key.is("nbytes") => self.tensor.size = number,
            Some([key, Part::Item(at)]) if key.is("shape") => self.tensor.shape.length(*at, number),
            _ => {}
        }
    }

    fn close(&mut self, path: &[Part], _: u64) {
        let Some(rest) = within(path) else { return };
        if inside(rest).is_some_and(<[Part]>::is_empty) {
            let tensor = std::mem::replace(&mut self.tensor, Kept::new());
            // What names nothing and lies nowhere is of another document.
            if (tensor.at.is_some() || tensor.size.is_some()) && self.keeps() {
                self.file.tensors.push(tensor);
            }
        }
        if rest.is_empty() && self.keeps() {
            self.file();
        }
    }
}

impl Shape for Cache {
    fn format(&self) -> Option<FormatId> {
        (!self.groups.is_empty()).then_some(FormatId::Mlc)
    }

    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Self { cut, lacks, outline, groups, tensors, deviations, .. } = *self;
        walk.tensors(tensors);
        let outcome = outline.write(walk);
        walk.tables.groups.extend(groups);
        deviations.into_iter().for_each(|record| walk.deviation(record));
        outcome?;
        match lacks {
            _ if cut => Err(Exhausted("members").into()),
            Some(what) => Err(ReadError::malformed(format!("it does not say {what}"), None)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::{DeviationKind, FormatId, Leads};

    const CACHE: &str = r#"{"metadata": {"ParamSize": 2, "ParamBytes": 96.0, "BitsPerParam": 4.5}, "records": [
        {"dataPath": "params_shard_0.bin", "format": "raw-shard", "nbytes": 96, "records": [
        {"name": "a.q_weight", "shape": [4, 4], "dtype": "uint32", "format": "raw", "nbytes": 64, "byteOffset": 0},
        {"name": "a.scale", "shape": [16], "dtype": "float32", "format": "f32-to-bf16", "nbytes": 32, "byteOffset": 64}],
        "md5sum": "b12eea6efa61c0749c9cd33da65c7e6e"}]}"#;

    #[test]
    fn files_and_tensors_are_read() {
        let tables = facts("ndarray-cache.json", CACHE.as_bytes());
        assert!(tables.formats().contains(&FormatId::Mlc), "{:?}", tables.formats());
        let names: Vec<_> = tables.tensors[0].entries.iter().map(|one| (one.name.as_deref(), one.size)).collect();
        assert_eq!(names, [(Some("a.q_weight"), Some(64)), (Some("a.scale"), Some(32))]);
        let own: Vec<_> = tables.references.iter().filter(|one| one.format == FormatId::Mlc).collect();
        assert_eq!(own.iter().map(|one| one.leads).collect::<Vec<_>>(), [Leads::Beside]);
        assert!(tables.deviations.is_empty() && tables.incomplete.is_empty(), "{:?}", tables.incomplete);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let of = |from: &str, to: &str| facts("ndarray-cache.json", CACHE.replace(from, to).as_bytes());
        for (from, to, kind) in [
            ("[4, 4]", "[4, 5]", DeviationKind::SizeMismatch),
            ("\"f32-to-bf16\"", "\"raw\"", DeviationKind::SizeMismatch),
            ("\"byteOffset\": 64", "\"byteOffset\": 65", DeviationKind::OutOfRange),
            ("\"byteOffset\": 64", "\"byteOffset\": 18446744073709551615", DeviationKind::OutOfRange),
            ("\"nbytes\": 96", "\"nbytes\": 95", DeviationKind::OutOfRange),
        ] {
            let tables = of(from, to);
            assert_eq!(tables.of(kind).len(), 1, "{to}: {:?}", tables.deviations);
        }
        for (from, to) in [
            ("\"nbytes\": 96,", ""),
            ("\"nbytes\": 96", "\"nbytes\": -1"),
            ("\"byteOffset\": 64", "\"byteOffset\": \"64\""),
            ("\"dataPath\": \"params_shard_0.bin\"", "\"dataPath\": 1"),
        ] {
            let tables = of(from, to);
            let read = tables.formats().contains(&FormatId::Mlc);
            assert!(!read || !tables.incomplete.is_empty(), "{to}");
        }
        assert_eq!(of("params_shard_0.bin", "../../secret").references[0].leads, Leads::Outside);
    }

    #[test]
    fn damaged_caches_stop_nothing() {
        damage_of("ndarray-cache.json", CACHE.as_bytes());
    }

    #[test]
    fn other_json_is_no_cache() {
        for text in [r#"{"records": [{"dataPath": "../x"}]}"#, r#"{"records": [{"records": [{"name": "a"}]}]}"#, "{}"] {
            let tables = facts("a.json", text.as_bytes());
            assert!(!tables.formats().contains(&FormatId::Mlc) && tables.references.is_empty(), "{text}");
        }
    }
}
