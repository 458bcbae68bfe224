//! Models whose format is JSON or UBJSON: XGBoost, CatBoost, MXNet symbols, ONNX, Paddle's programs, CoreML packages, weights of
//! TensorFlow.js, TVM's tensor caches. Each shape looks at the values of one document in its order; which of them it is turns out at its end.

use crate::extract::document::{Part, Taker};
use crate::extract::format::catboost::Json as Catboost;
use crate::extract::format::coreml::Package;
use crate::extract::format::mlc::Cache;
use crate::extract::format::mxnet::Symbol;
use crate::extract::format::onnx::json::Document;
use crate::extract::format::paddle::Program;
use crate::extract::format::tfjs::Manifest;
use crate::extract::format::xgboost::Learner;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::Limits;

/// One kind of model while a document is read.
pub(in crate::extract::format) trait Shape: Taker {
    /// The format, when the document turned out to be of it.
    fn format(&self) -> Option<FormatId>;

    /// Writes the facts.
    fn write(self: Box<Self>, walk: &mut Walk<'_>) -> Result<(), ReadError>;
}

/// Every shape that a JSON document may have.
pub(super) struct Shapes(Vec<Box<dyn Shape>>);

impl Shapes {
    /// None has seen anything.
    pub(super) fn new(member: MemberId, limits: &Limits) -> Self {
        Self(vec![
            Box::new(Learner::new(member, limits)),
            Box::new(Catboost::new(member, limits)),
            Box::new(Symbol::new(member, limits)),
            Box::new(Document::new(member, limits)),
            Box::new(Program::new(member, limits)),
            Box::new(Package::new(member, limits)),
            Box::new(Manifest::new(member, limits)),
            Box::new(Cache::new(member, limits)),
        ])
    }

    /// Writes the facts of those that it is; whether there was one.
    pub(super) fn write(self, member: MemberId, walk: &mut Walk<'_>) -> Result<bool, ReadError> {
        let (mut found, mut outcome) = (false, Ok(()));
        for shape in self.0 {
            let Some(format) = shape.format() else { continue };
            found = true;
            walk.claimed(member, format);
            walk.reached(Reached::Effect);
            outcome = outcome.and(shape.write(walk));
        }
        outcome.map(|()| found)
    }
}

impl Taker for Shapes {
    fn text(&mut self, path: &[Part], text: &str, at: u64) {
        for shape in &mut self.0 {
            shape.text(path, text, at);
        }
    }

    fn number(&mut self, path: &[Part], number: i128) {
        for shape in &mut self.0 {
            shape.number(path, number);
        }
    }

    fn close(&mut self, path: &[Part], at: u64) {
        for shape in &mut self.0 {
            shape.close(path, at);
        }
    }
}
