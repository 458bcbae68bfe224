//! Fuzz target: any content read by the one format that `WEIGHBRIDGE_FORMAT` names, whether or not it claims the content.

#![no_main]

mod limits;
mod memory;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use weighbridge::extract::fuzzing;

static FORMAT: LazyLock<String> = LazyLock::new(|| {
    std::env::var("WEIGHBRIDGE_FORMAT").expect("WEIGHBRIDGE_FORMAT names a format, see `weighbridge formats`")
});

fuzz_target!(|content: &[u8]| memory::held(|| fuzzing::format(&FORMAT, content, &limits::tiny())));
