//! What a TFLite model says beside its numbers: names, signatures, metadata, the options of its own operators. Looks at them for content and
//! for what they mention; which operator an option names is a fact.

use super::Reading;
use crate::extract::embedded;
use crate::extract::flatbuffer::{Table, Vector};
use crate::facts::{DeviationKind, Metadata};
use crate::place;

/// `BuiltinOptions2.StablehloCustomCallOptions` and `StableHLOCompositeOptions`, by their place in the union.
const CUSTOM_CALL: u64 = 5;
const COMPOSITE: u64 = 21;

impl Reading<'_, '_, '_> {
    /// Looks at a text of the model. A small file may name the same one again and again, so it is paid for.
    fn said(&mut self, text: Vector, key: &str) {
        match self.walk.budget.decoded(text.count.min(embedded::TEXT)) {
            Ok(()) => {
                let text = self.flat.take(text, embedded::TEXT);
                embedded::text(self.member, key, &text, self.walk);
            }
            Err(limit) => self.flat.fail(limit.into()),
        }
    }

    /// The same of a text or of bytes that a table has in a field.
    pub(super) fn named(&mut self, table: Table, field: u64, key: &str) {
        if let Some(text) = self.flat.vector(table, field, 1) {
            self.said(text, key);
        }
    }

    /// The options of an operator that the format does not define: numbers and texts in whatever form its kernel reads.
    pub(super) fn options(&mut self, options: Vector, operator: &str) {
        let key = format!("options of {operator}");
        let shown = place::escape_cut(key.as_bytes(), 512);
        if options.count > embedded::TEXT {
            // A text so long is none; what begins or ends in it is looked at wherever it does.
            embedded::tensor(self.member, &shown, &self.flat.part(options), self.walk);
        }
        self.said(options, &shown);
    }

    /// `Operator`: `builtin_options_2_type` 11 and `builtin_options_2` 12. A custom call (`call_target_name` 0, `backend_config` 2,
    /// `custom_attributes` 5) runs what a backend has by that name; a composite (`name` 0, `composite_attributes` 2) may be replaced by it.
    pub(super) fn second_options(&mut self, operator: Table, place: &'static str) {
        let kind = self.flat.number(operator, 11, 1, 0);
        let Some(options) = matches!(kind, CUSTOM_CALL | COMPOSITE).then(|| self.flat.table(operator, 12)).flatten()
        else {
            return;
        };
        let name = self.flat.text(options, 0, self.walk.limits.text).unwrap_or_default();
        if kind == CUSTOM_CALL {
            self.node(Some("custom"), &name, place, operator.at);
        }
        for field in if kind == CUSTOM_CALL { &[0, 2, 5][..] } else { &[0, 2] } {
            self.named(options, *field, &place::escape_cut(format!("options of {name}").as_bytes(), 512));
        }
    }

    /// `Model`: `signature_defs` 7. `SignatureDef`: `inputs` 0, `outputs` 1, `signature_key` 2, `subgraph_index` 4; `TensorMap`: `name` 0.
    pub(super) fn signatures(&mut self, model: Table, subgraphs: u64) {
        let list = self.flat.tables(model, 7);
        for index in 0..list.count {
            let Some(signature) = self.flat.item(list, index) else { break };
            self.named(signature, 2, "signature");
            for field in [0, 1] {
                let tensors = self.flat.tables(signature, field);
                for index in 0..tensors.count {
                    let Some(tensor) = self.flat.item(tensors, index) else { break };
                    self.named(tensor, 0, "signature");
                }
            }
            let graph = self.flat.number(signature, 4, 4, 0);
            if graph >= subgraphs {
                let key = self.flat.text(signature, 2, self.walk.limits.text).unwrap_or_default();
                self.depart(DeviationKind::OutOfRange, key, "subgraph_index", graph.to_string());
            }
            if !self.flat.sound() {
                break;
            }
        }
    }

    /// `Metadata`: `name` 0, `buffer` 1; the buffer's first bytes are its value.
    pub(super) fn metadata(&mut self, model: Table) {
        let list = self.flat.tables(model, 6);
        self.tensors.metadata_count = list.count;
        for index in 0..list.count.min(self.walk.limits.records) {
            let Some(entry) = self.flat.item(list, index) else { break };
            let key = self.flat.text(entry, 0, self.walk.limits.text).unwrap_or_default();
            self.named(entry, 0, "metadata");
            let buffer = self.flat.number(entry, 1, 4, 0);
            let buffer = self.flat.item(self.buffers, buffer).and_then(|buffer| self.data(buffer, None));
            let (at, size) = buffer.unwrap_or((0, 0));
            self.said(Vector { at, count: size }, &key);
            let value = self.flat.take(Vector { at, count: size }, 64);
            // Most values are flatbuffers of their own; only texts are kept.
            let text = std::str::from_utf8(&value).is_ok_and(|text| !text.chars().any(char::is_control));
            let value = if text { place::escape(&value) } else { String::new() };
            self.tensors.metadata.push(Metadata { key, value, size });
        }
    }
}
