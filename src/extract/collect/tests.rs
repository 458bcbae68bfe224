//! What facts cost, and what is said when there is no room for them.

use super::*;
use crate::extract::elsewhere::Range;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::Origin;
use crate::limits::{Budget, Limits};
use std::sync::Arc;

#[test]
fn an_object_costs_as_many_nodes_as_its_keys_need() {
    assert_eq!(price(&"{:[\"}"), 8, "what stands in a text is no object");
    assert_eq!(price(&serde_json::json!({"a": 1})), 7 + NODE);
    assert_eq!(price(&serde_json::json!([{}, {"a": {}}, []])), 16 + 3 * NODE);
    let object = |keys: usize| -> serde_json::Value {
        (0..keys).map(|key| (key.to_string(), serde_json::Value::from(1))).collect()
    };
    let nodes =
        |keys| price(&object(keys)).saturating_sub(u64::try_from(object(keys).to_string().len()).unwrap()) / NODE;
    assert_eq!([nodes(0), nodes(11), nodes(12), nodes(13), nodes(24)], [1, 1, 3, 3, 5]);
}

fn with<T>(facts: u64, work: impl FnOnce(&mut Walk<'_>) -> T) -> (T, Tables) {
    let limits = Limits { facts, ..Limits::default() };
    let mut budget = Budget::new(&limits, 0);
    let mut walk = Walk::new(&limits, &mut budget, &());
    let source = Source::memory(b"a text".to_vec());
    walk.member(None, b"a.txt", Origin::Named, &source, Hash::Wanted, Entry::default());
    let done = work(&mut walk);
    (done, walk.tables)
}

#[test]
fn what_is_unread_is_paid_for_and_what_is_beyond_is_said_once() {
    let unread = |walk: &mut Walk<'_>| {
        for number in 0..1_000 {
            walk.incomplete(0, None, ReadError::malformed(format!("thing {number}"), None));
        }
    };
    let ((), tables) = with(Limits::default().facts, unread);
    assert_eq!(tables.incomplete.len(), 1_000);
    let ((), tables) = with(100_000, unread);
    let kept = tables.incomplete.len();
    assert!((10..100).contains(&kept), "{kept}");
    let beyond: Vec<_> = tables.incomplete.iter().filter(|one| is_beyond(one)).collect();
    assert_eq!(beyond.iter().map(|one| (one.member, one.count)).collect::<Vec<_>>(), [(0, 1_001 - kept as u64)]);
    let price = tables.bare();
    assert!(price <= 100_000, "{price}");
}

#[test]
fn what_is_taken_back_is_paid_back() {
    let ((), tables) = with(40_000, |walk| {
        for _ in 0..1_000 {
            let before = walk.before();
            walk.incomplete(0, None, ReadError::malformed("x".repeat(500), None));
            walk.take_back(before);
        }
        let before = walk.before();
        for number in 0..1_000 {
            walk.incomplete(0, None, ReadError::malformed(number.to_string(), None));
        }
        walk.take_back(before);
    });
    assert!(tables.incomplete.is_empty(), "what is left out of a mistaken reading is no loss");
}

#[test]
fn tensors_in_one_file_share_its_name() {
    let places = |walk: &mut Walk<'_>| {
        for at in 0..1_000u64 {
            let range =
                Range { member: 0, target: Arc::default(), name: "w".to_owned(), at, size: None, record: false };
            walk.elsewhere(if at % 2 == 0 { b"even.bin" } else { b"odd.bin" }, range);
        }
    };
    let ((), tables) = with(Limits::default().facts, places);
    assert_eq!(tables.ranges.len(), 1_000);
    let (first, third) = (&tables.ranges[0].target, &tables.ranges[2].target);
    assert!(Arc::ptr_eq(first, third) && **first == *"even.bin");
    let ((), tables) = with(40_000, places);
    assert!(tables.ranges.len() < 600 && tables.incomplete.iter().any(is_beyond));
}
