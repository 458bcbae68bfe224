//! Fuzz target: any content under any name in the whole walk, under tiny limits. The first byte chooses the name.

#![no_main]

mod limits;
mod memory;

use libfuzzer_sys::fuzz_target;
use weighbridge::extract::fuzzing;

// `run.py` reads this list, to begin each fixture with the place of a name like its own.
const NAMES: [&[u8]; 16] = [
    b"m", b"m.pt", b"m.pkl", b"m.joblib", b"m.npz", b"m.safetensors", b"m.json", b"m.tar.gz", b"m.jinja", b"m.py", b"m.yaml",
    b"m.pbtxt", b"m.md", b"m.ipynb", b"m.pth", b"m.skops",
];

fuzz_target!(|content: &[u8]| {
    let Some((first, content)) = content.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    memory::held(|| fuzzing::walk(name, content, &limits::tiny()));
});
