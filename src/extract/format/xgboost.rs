//! XGBoost models (doc/tutorials/saving_model.rst, doc/model.schema): JSON through [`Learner`], UBJSON, and the older binary (src/learner.cc
//! and src/gbm of release 1.0: `LearnerModelParam`, `GBTreeModelParam`, `TreeParam`). Booster, objective, attributes; trees are passed over.

use crate::extract::document::{self, Part, Taker};
use crate::extract::format::json::shapes::Shape;
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::ubjson;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::{Exhausted, Limits};

/// XGBoost's own formats.
pub(super) struct Xgboost;

/// The binary one, and the text that wraps it in base64 (src/c_api/c_api.cc of release 1.0).
const BINARY: &[u8] = b"binf";
const WRAPPED: &[u8] = b"bs64\t";

impl Format for Xgboost {
    fn id(&self) -> FormatId {
        FormatId::Xgboost
    }

    fn about(&self) -> &'static str {
        "XGBoost in JSON, UBJSON and the older binary: booster, objective, attributes; the older binary in base64 \
         is recognised, not read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(BINARY) || window.starts_with(WRAPPED) {
            return Claim::Certain;
        }
        // An object of UBJSON: a key's length comes next, or the container's type or count.
        match window.head.as_slice() {
            [b'{', b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#', ..] => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 5)?;
        if head.starts_with(BINARY) {
            return binary(source, member, walk);
        }
        if head.starts_with(WRAPPED) {
            return Err(ReadError::recognised("XGBoost's binary in base64", 0));
        }
        let mut learner = Learner::new(member, walk.limits);
        learner.outline = learner.outline.looking();
        let outcome = ubjson::read(source, walk.limits.values, &mut learner);
        if learner.format().is_none() {
            return outcome.map(drop);
        }
        walk.reached(Reached::Effect);
        Box::new(learner).write(walk)?;
        let end = outcome?;
        if end < source.size() {
            return Err(ReadError::malformed("bytes stand behind the end of the UBJSON", end));
        }
        Ok(())
    }
}

/// A model in JSON or UBJSON; also in a booster's snapshot, which holds it as `Model` beside its `Config`.
pub(super) struct Learner {
    outline: Outline,
    version: Vec<String>,
    booster: bool,
    objective: bool,
}

impl Learner {
    /// Nothing yet.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        let outline = Outline::with(member, FormatId::Xgboost, limits);
        Self { outline, version: Vec::new(), booster: false, objective: false }
    }
}

/// The path within the model.
fn within(path: &[Part]) -> &[Part] {
    match path.split_first() {
        Some((first, rest)) if first.is("Model") => rest,
        _ => path,
    }
}

impl Taker for Learner {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        let path = within(path);
        if !document::begins(path, &["learner"]) {
            return;
        }
        // DART holds the trees' own booster below its own.
        if document::is(path, &["learner", "gradient_booster", "name"])
            || document::is(path, &["learner", "gradient_booster", "gbtree", "name"])
        {
            self.booster = true;
            self.outline.operator(Some("booster"), text, None, at);
        } else if document::is(path, &["learner", "objective", "name"]) {
            self.objective = true;
            self.outline.operator(Some("objective"), text, None, at);
        } else if let [_, second, Part::Key(key)] = path
            && second.is("attributes")
        {
            self.outline.pair(key, text);
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        if document::is(within(path), &["version", "*"]) && self.version.len() < 3 {
            self.version.push(number.to_string());
        }
    }

    fn close(&mut self, _: &[Part], _: u64) {}
}

impl Shape for Learner {
    fn format(&self) -> Option<FormatId> {
        (self.booster || self.objective).then_some(FormatId::Xgboost)
    }

    fn write(mut self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if !self.version.is_empty() {
            self.outline.version("version", None, &self.version.join("."));
        }
        self.outline.write(walk)
    }
}

/// A cursor over the binary: numbers are little-endian, lengths have 64 bits (dmlc `Stream`).
struct Cursor<'a> {
    source: &'a Source,
    at: u64,
}

impl Cursor<'_> {
    fn skip(&mut self, bytes: u64) -> Result<(), ReadError> {
        if bytes > self.source.size().saturating_sub(self.at) {
            return Err(ReadError::truncated("the end of the model", self.at));
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

    fn count(&mut self) -> Result<u64, ReadError> {
        let at = self.at;
        u64::try_from(i32::from_le_bytes(self.array()?)).map_err(|_| ReadError::malformed("a count below 0", at))
    }

    fn length(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String, ReadError> {
        let length = self.length()?;
        let bytes = self.source.bytes_at(self.at, length.min(64 << 10))?;
        self.skip(length)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn binary(source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let mut outline = Outline::new(member, FormatId::Xgboost, walk);
    let outcome = learner(source, &mut outline, walk.limits.values);
    outline.write(walk)?;
    let end = outcome?;
    if end < source.size() {
        return Err(ReadError::malformed("bytes stand behind the end of the model", end));
    }
    Ok(())
}

fn learner(source: &Source, outline: &mut Outline, values: u64) -> Result<u64, ReadError> {
    let mut cursor = Cursor { source, at: 4 };
    // LearnerModelParam: score, features, classes, both flags, version, and 27 reserved numbers: 136 bytes.
    cursor.skip(12)?;
    let (attributes, metrics) = (cursor.u32()? != 0, cursor.u32()? != 0);
    let version = format!("{}.{}", cursor.u32()?, cursor.u32()?);
    outline.version("version", None, &version);
    cursor.skip(108)?;
    let at = cursor.at;
    let objective = cursor.text()?;
    outline.operator(Some("objective"), &objective, None, at);
    let at = cursor.at;
    let booster = cursor.text()?;
    outline.operator(Some("booster"), &booster, None, at);
    match booster.as_str() {
        "gbtree" | "dart" => {
            let trees = trees(&mut cursor, values)?;
            if booster == "dart" && trees > 0 {
                let weights = cursor.length()?;
                cursor.skip(weights.saturating_mul(4))?;
            }
        }
        "gblinear" => {
            // LinearModelParam with 32 reserved numbers.
            cursor.skip(136)?;
            let weights = cursor.length()?;
            cursor.skip(weights.saturating_mul(4))?;
        }
        _ => return Err(ReadError::unsupported("a booster that is not one of XGBoost's", at)),
    }
    if attributes {
        let pairs = cursor.length()?;
        if pairs > values {
            return Err(Exhausted("values").into());
        }
        for _ in 0..pairs {
            let key = cursor.text()?;
            let value = cursor.text()?;
            outline.pair(&key, &value);
        }
    }
    // src/learner.cc: what these objectives keep beside the trees.
    if objective == "count:poisson" {
        outline.pair("max_delta_step", &cursor.text()?);
    }
    if metrics {
        let names = cursor.length()?;
        if names > values {
            return Err(Exhausted("values").into());
        }
        for _ in 0..names {
            outline.pair("metric", &cursor.text()?);
        }
    }
    Ok(cursor.at)
}

/// `GBTreeModelParam` (160 bytes) and its trees, each with `TreeParam` (148), nodes of 20 and statistics of 16 bytes.
fn trees(cursor: &mut Cursor<'_>, values: u64) -> Result<u64, ReadError> {
    let trees = cursor.count()?;
    cursor.skip(156)?;
    if trees > values {
        return Err(Exhausted("values").into());
    }
    for _ in 0..trees {
        cursor.skip(4)?;
        let nodes = cursor.count()?;
        cursor.skip(140)?;
        cursor.skip(nodes.saturating_mul(36))?;
    }
    cursor.skip(trees.saturating_mul(4))?;
    Ok(trees)
}
