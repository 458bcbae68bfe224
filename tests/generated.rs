//! Generated files are what their generator writes now. `WEIGHBRIDGE_WRITE=1 cargo test --test generated` writes them anew.

use std::path::Path;
use weighbridge::policy::{PolicySet, index};

#[test]
fn the_index_of_rules_is_fresh() {
    fresh("policies/README.md", &index(PolicySet::embedded().unwrap().rules()));
}

fn fresh(name: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("WEIGHBRIDGE_WRITE").is_some() {
        std::fs::write(&path, content).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == content, "{name} is not fresh: run `WEIGHBRIDGE_WRITE=1 cargo test --test generated`");
}
