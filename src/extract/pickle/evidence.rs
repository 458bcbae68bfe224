//! What stands at a call, in one short line for people, near the notation of `pickletools`.

use crate::extract::pickle::decode::Decoder;
use crate::extract::pickle::effect::Called;
use crate::extract::pickle::global::Globals;
use crate::extract::pickle::opcode;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Heap, Value, kind};
use crate::facts::CallKind;

/// What stands there, in words near `pickletools`.
pub(super) fn evidence(decoder: &Decoder<'_>, heap: &Heap, globals: &Globals, call: &Called<'_>, limit: u64) -> String {
    let writer = Writer { decoder, heap, globals };
    let mut out = format!("{}: {} {}", call.at, opcode::name(call.opcode), writer.callee(call.callee));
    match call.kind {
        CallKind::New => out.push_str(".__new__"),
        CallKind::Build => out.push_str(" <- "),
        CallKind::Items => out.push_str(" += "),
        CallKind::Call => {}
    }
    let brackets = matches!(call.kind, CallKind::Call | CallKind::New);
    out.push_str(if brackets { "(" } else { "" });
    match call.arguments {
        Some(arguments) => {
            let hidden = call.arity.is_some_and(|arity| arity > u64::try_from(arguments.len()).unwrap_or(0));
            out.push_str(&writer.list(arguments, 8, 2));
            out.push_str(if hidden { ", ..." } else { "" });
        }
        None => out.push('?'),
    }
    if let Some(keywords) = call.keywords {
        out.push_str(", **");
        out.push_str(&writer.value(keywords, 2));
    }
    out.push_str(if brackets { ")" } else { "" });
    match out.char_indices().nth(usize::try_from(limit).unwrap_or(usize::MAX)) {
        Some((end, _)) => format!("{}...", out.get(..end).unwrap_or_default()),
        None => out,
    }
}

struct Writer<'a> {
    decoder: &'a Decoder<'a>,
    heap: &'a Heap,
    globals: &'a Globals,
}

impl Writer<'_> {
    fn global(&self, value: Value) -> String {
        let global = self.globals.global(value.maker()).and_then(|global| global.global.clone());
        global.unwrap_or_else(|| "?".to_owned())
    }

    fn callee(&self, value: Value) -> String {
        match value.kind() {
            kind::GLOBAL => self.global(value),
            _ => self.value(value, 2),
        }
    }

    fn list(&self, values: &[Value], most: usize, depth: u8) -> String {
        let mut out = Vec::new();
        for value in values.iter().take(most) {
            out.push(self.value(*value, depth));
        }
        if values.len() > most {
            out.push("...".to_owned());
        }
        out.join(", ")
    }

    fn value(&self, value: Value, depth: u8) -> String {
        match value.kind() {
            kind::NONE => "None".to_owned(),
            kind::BOOL => "bool".to_owned(),
            kind::INT => value.as_int().map_or_else(|| "int".to_owned(), |int| int.to_string()),
            kind::FLOAT => "float".to_owned(),
            kind::TEXT => {
                let text = value.offset().and_then(|offset| text::text(self.decoder, offset, 120));
                text.map_or_else(|| "text".to_owned(), |text| format!("'{}'", text.shown()))
            }
            kind::BYTES => "bytes".to_owned(),
            kind::GLOBAL => self.global(value),
            kind::INSTANCE => format!("{}.__new__(...)", self.global(value)),
            kind::RESULT => format!("{}(...)", self.global(value)),
            kind::PERSISTENT => "persistent".to_owned(),
            kind::EXTENSION => format!("extension {}", value.code()),
            kind::UNKNOWN => "?".to_owned(),
            kind @ (kind::TUPLE | kind::LIST | kind::SET | kind::DICT) => self.container(value, kind, depth),
            _ => "?".to_owned(),
        }
    }

    fn container(&self, value: Value, kind: u8, depth: u8) -> String {
        let (open, close) = match kind {
            kind::TUPLE => ("(", ")"),
            kind::LIST => ("[", "]"),
            _ => ("{", "}"),
        };
        let Some(depth) = depth.checked_sub(1) else { return format!("{open}...{close}") };
        let inner = if kind == kind::DICT {
            let cells: Vec<Value> = self.heap.cells(value).take(16).collect();
            let pairs: Vec<String> = cells
                .chunks_exact(2)
                .map(|pair| pair.iter().map(|value| self.value(*value, depth)).collect::<Vec<_>>().join(": "))
                .collect();
            pairs.join(", ")
        } else {
            match self.heap.elements(value) {
                Some([one]) => format!("{},", self.value(*one, depth)),
                Some(elements) => self.list(elements, 8, depth),
                None => self.list(&self.heap.cells(value).take(9).collect::<Vec<_>>(), 8, depth),
            }
        };
        format!("{open}{inner}{close}")
    }
}
