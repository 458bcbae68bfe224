//! Fuzz target: any content under any name in the whole walk, under tiny limits. The first byte chooses the name.

#![no_main]

mod limits;

use libfuzzer_sys::fuzz_target;
use weighbridge::extract::fuzzing;

const NAMES: [&[u8]; 9] =
    [b"m", b"m.pt", b"m.pkl", b"m.joblib", b"m.npz", b"m.safetensors", b"m.json", b"m.tar.gz", b"m.jinja"];

fuzz_target!(|content: &[u8]| {
    let Some((first, content)) = content.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    if let Err(broken) = fuzzing::walk(name, content, &limits::tiny()) {
        panic!("{broken}");
    }
});
