//! CatBoost models: the `.cbm` file (catboost/libs/model/model.cpp: `CBM1`, a length, a flatbuffer `TModelCore` of flatbuffers/model.fbs,
//! model parts) and the JSON export. Information about the training; trees and tables of numbers are passed over.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::Limits;

/// The `.cbm` file.
pub(super) struct Catboost;

impl Format for Catboost {
    fn id(&self) -> FormatId {
        FormatId::Catboost
    }

    fn about(&self) -> &'static str {
        "CatBoost .cbm and JSON: loss, information about the training, names of model parts"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(b"CBM1") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut outline = Outline::new(member, FormatId::Catboost, walk);
        let outcome = file(source, &mut outline, walk.limits);
        walk.reached(Reached::Effect);
        outline.write(walk)?;
        outcome
    }
}

fn file(source: &Source, outline: &mut Outline, limits: &Limits) -> Result<(), ReadError> {
    let size = u64::from(u32_at(source, 4)?);
    let core = source.range(8, size);
    if core.size() < size {
        return Err(ReadError::truncated("the end of the model's core", source.size()));
    }
    let root = Table::of(&core, u64::from(u32_at(&core, 0)?))?;
    let version = root.text(0)?.unwrap_or_default();
    outline.version("FormatVersion", None, &version);
    // The only one that CatBoost reads (TFullModel::Load).
    if version != "FlabuffersModel_v1" {
        return Err(ReadError::unsupported("a version of CatBoost's core other than FlabuffersModel_v1", 8));
    }
    outline.operator(Some("model"), "oblivious-trees", None, 8);
    let mut first = true;
    for at in root.vector(2, limits.records)? {
        let pair = Table::of(&core, at)?;
        let key = pair.text(0)?.unwrap_or_default();
        let value = pair.text(1)?.unwrap_or_default();
        if key == "params"
            && first
            && let Some(loss) = loss(&value)
        {
            first = false;
            outline.operator(Some("loss"), &loss, None, at.saturating_add(8));
        }
        outline.pair(&key, &value);
    }
    let mut parts = 0u64;
    for at in root.vector(3, limits.records)? {
        outline.operator(Some("part"), &string(&core, at)?, None, at.saturating_add(8));
        parts = parts.saturating_add(1);
    }
    let end = size.saturating_add(8);
    if parts == 0 && end < source.size() {
        return Err(ReadError::malformed("bytes stand behind the model, which names no parts", end));
    }
    if parts > 0 && end == source.size() {
        return Err(ReadError::truncated("the parts that the model names", end));
    }
    Ok(())
}

/// The loss in the JSON of the training's parameters: `{"loss_function": {"type": ...`.
fn loss(params: &str) -> Option<String> {
    let params: serde_json::Value = serde_json::from_str(params).ok()?;
    params.get("loss_function")?.get("type")?.as_str().map(str::to_owned)
}

/// Bytes kept of one text.
const TEXT: u64 = 64 << 10;

fn u32_at(source: &Source, at: u64) -> Result<u32, ReadError> {
    let mut bytes = [0; 4];
    match source.read_at(at, &mut bytes)? {
        4 => Ok(u32::from_le_bytes(bytes)),
        _ => Err(ReadError::truncated("a number", at)),
    }
}

/// A text of a flatbuffer: its length, and its bytes.
fn string(core: &Source, at: u64) -> Result<String, ReadError> {
    let length = u64::from(u32_at(core, at)?);
    let bytes = core.bytes_at(at.saturating_add(4), length.min(TEXT))?;
    if u64::try_from(bytes.len()).unwrap_or(0) < length.min(TEXT) {
        return Err(ReadError::truncated("the end of a text", at.saturating_add(8)));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A table of a flatbuffer (flatbuffers.dev, "Internals"): an offset back to the list of its fields.
struct Table<'a> {
    core: &'a Source,
    at: u64,
    fields: u64,
    /// Bytes of the list.
    size: u64,
}

impl<'a> Table<'a> {
    fn of(core: &'a Source, at: u64) -> Result<Self, ReadError> {
        let back = i64::from(u32_at(core, at)?.cast_signed());
        let fields = i64::try_from(at).ok().and_then(|at| at.checked_sub(back)).and_then(|at| u64::try_from(at).ok());
        let fields = fields.ok_or_else(|| ReadError::malformed("a table without a list of fields", at))?;
        let size = u64::from(u32_at(core, fields)? & 0xffff);
        Ok(Self { core, at, fields, size })
    }

    /// Where a field's text, table or vector is.
    fn field(&self, number: u64) -> Result<Option<u64>, ReadError> {
        let entry = number.saturating_mul(2).saturating_add(4);
        if entry.saturating_add(2) > self.size {
            return Ok(None);
        }
        let mut bytes = [0; 2];
        let at = self.fields.saturating_add(entry);
        if self.core.read_at(at, &mut bytes)? < 2 {
            return Err(ReadError::truncated("a list of fields", at));
        }
        match u16::from_le_bytes(bytes) {
            0 => Ok(None),
            offset => {
                let at = self.at.saturating_add(u64::from(offset));
                Ok(Some(at.saturating_add(u64::from(u32_at(self.core, at)?))))
            }
        }
    }

    fn text(&self, number: u64) -> Result<Option<String>, ReadError> {
        self.field(number)?.map(|at| string(self.core, at)).transpose()
    }

    /// Where the items of a vector are; at most `most` are followed.
    fn vector(&self, number: u64, most: u64) -> Result<Vec<u64>, ReadError> {
        let Some(at) = self.field(number)? else { return Ok(Vec::new()) };
        let count = u64::from(u32_at(self.core, at)?);
        if count > most {
            return Err(crate::limits::Exhausted("records").into());
        }
        (0..count)
            .map(|number| {
                let at = at.saturating_add(4).saturating_add(number.saturating_mul(4));
                Ok(at.saturating_add(u64::from(u32_at(self.core, at)?)))
            })
            .collect()
    }
}

/// The JSON export (catboost/libs/model/model_export/json_model_helpers.cpp).
pub(super) struct Json {
    outline: Outline,
    info: bool,
    trees: bool,
}

impl Json {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self { outline: Outline::with(member, FormatId::Catboost, limits), info: false, trees: false }
    }
}

impl Taker for Json {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        if !document::begins(path, &["model_info"]) {
            return;
        }
        self.info = true;
        if document::is(path, &["model_info", "params", "loss_function", "type"]) {
            self.outline.operator(Some("loss"), text, None, at);
        }
        self.outline.pair(&document::written(path.get(1..).unwrap_or_default()), text);
    }

    fn number(&mut self, path: &[Part], _: i128) {
        self.trees |= document::begins(path, &["oblivious_trees", "*", "splits"])
            || document::begins(path, &["oblivious_trees", "*", "leaf_weights"])
            || document::begins(path, &["trees", "*"]);
    }

    fn close(&mut self, path: &[Part], _: u64) {
        self.trees |= document::is(path, &["oblivious_trees", "*"]) || document::is(path, &["features_info"]);
    }
}

impl Shape for Json {
    fn format(&self) -> Option<FormatId> {
        (self.info && self.trees).then_some(FormatId::Catboost)
    }

    fn write(mut self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if self.outline.nodes() == 0 {
            self.outline.operator(Some("model"), "oblivious-trees", None, 0);
        }
        self.outline.write(walk)
    }
}
