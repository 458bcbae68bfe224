//! The operators of a graph while its nodes are read: grouped by domain, name and place, counted, and bounded.

use crate::facts::{Attribute, Operator};
use std::collections::HashMap;

/// Distinct texts that are kept of one attribute, and attributes of one operator.
const VALUES: usize = 16;
const ATTRIBUTES: usize = 32;
/// Bytes of attributes' texts that are kept of one graph.
const TEXTS: usize = 256 << 10;

/// One node, as it goes into the table.
pub(super) struct Node<'a> {
    /// The operator's domain, where the format has domains.
    pub domain: Option<&'a str>,
    /// The operator's name.
    pub operator: &'a str,
    /// Where the node is: `graph`, `subgraph`, `function`, `training`.
    pub place: &'static str,
    /// Its first byte.
    pub at: u64,
    /// Its own name.
    pub name: Option<&'a str>,
    /// Names and texts of its attributes, escaped and cut.
    pub texts: &'a [(String, String)],
    /// Whether these are all of them.
    pub complete: bool,
}

/// The table.
pub(super) struct Operators {
    /// How many nodes were seen.
    pub nodes: u64,
    /// Whether every operator is in the table.
    pub complete: bool,
    records: usize,
    left: usize,
    index: HashMap<(Option<String>, String, &'static str, String), usize>,
    /// Each with its overload.
    list: Vec<(Operator, String)>,
}

impl Operators {
    /// An empty table of at most so many records.
    pub(super) fn new(records: u64) -> Self {
        Self {
            nodes: 0,
            complete: true,
            records: usize::try_from(records).unwrap_or(usize::MAX),
            left: TEXTS,
            index: HashMap::new(),
            list: Vec::new(),
        }
    }

    /// How many records a table keeps.
    pub(super) fn ceiling(&self) -> usize {
        self.records
    }

    /// Adds a node.
    pub(super) fn add(&mut self, node: &Node<'_>) {
        self.overloaded(node, "");
    }

    /// Adds a node of an operator that may have several functions, told apart by this.
    pub(super) fn overloaded(&mut self, node: &Node<'_>, overload: &str) {
        self.nodes = self.nodes.saturating_add(1);
        let key = (node.domain.map(str::to_owned), node.operator.to_owned(), node.place, overload.to_owned());
        let next = self.list.len();
        let at = match self.index.get(&key) {
            Some(at) => *at,
            None if next >= self.records => {
                self.complete = false;
                return;
            }
            None => {
                let operator = Operator {
                    domain: key.0.clone(),
                    name: key.1.clone(),
                    place: node.place.to_owned(),
                    defined: false,
                    count: 0,
                    offset: Some(node.at),
                    node: node.name.map(str::to_owned),
                    attributes: Vec::new(),
                    complete: true,
                };
                self.list.push((operator, key.3.clone()));
                self.index.insert(key, next);
                next
            }
        };
        let Some((operator, _)) = self.list.get_mut(at) else { return };
        operator.count = operator.count.saturating_add(1);
        operator.complete &= node.complete;
        for (name, text) in node.texts {
            note(operator, name, text, &mut self.left);
        }
    }

    /// The table; `defined` says which operators the file defines as functions, by domain and name.
    pub(super) fn finish(self, defined: impl Fn(Option<&str>, &str) -> bool) -> Vec<Operator> {
        self.finish_overloaded(|domain, name, _| defined(domain, name))
    }

    /// The same, by domain, name and overload.
    pub(super) fn finish_overloaded(self, defined: impl Fn(Option<&str>, &str, &str) -> bool) -> Vec<Operator> {
        let each = |(mut operator, overload): (Operator, String)| {
            operator.defined = defined(operator.domain.as_deref(), &operator.name, &overload);
            operator
        };
        self.list.into_iter().map(each).collect()
    }
}

fn note(operator: &mut Operator, name: &str, text: &str, left: &mut usize) {
    let at = match operator.attributes.iter().position(|attribute| attribute.name == name) {
        Some(at) => at,
        None if operator.attributes.len() >= ATTRIBUTES => {
            operator.complete = false;
            return;
        }
        None => {
            let attribute = Attribute { name: name.to_owned(), values: Vec::new(), complete: true };
            operator.attributes.push(attribute);
            operator.attributes.len().saturating_sub(1)
        }
    };
    let Some(attribute) = operator.attributes.get_mut(at) else { return };
    if attribute.values.iter().any(|value| value == text) {
        return;
    }
    match left.checked_sub(text.len()) {
        Some(rest) if attribute.values.len() < VALUES => {
            *left = rest;
            attribute.values.push(text.to_owned());
        }
        _ => attribute.complete = false,
    }
}
