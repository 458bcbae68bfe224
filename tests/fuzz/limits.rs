//! Ceilings so small that every one of them is met within seconds.

use weighbridge::limits::Limits;

pub fn tiny() -> Limits {
    Limits {
        depth: 5,
        members: 64,
        decoded: 4 << 20,
        ratio_floor: 1 << 20,
        opcodes: 20_000,
        stack: 4_000,
        memo: 4_000,
        values: 2_000,
        records: 64,
        facts: 256 << 10,
        text: 64,
        header: 64 << 10,
        template: 8 << 10,
        spool_memory: 16 << 10,
        spool_disk: 8 << 20,
        dictionary: 1 << 20,
        ..Limits::default()
    }
}
