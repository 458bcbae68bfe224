//! bzip2 (bzip2 1.0.8, decompress.c): several streams, as Python's `bz2` and pbzip2 read and write them.

use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Pump, Push, Stream};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use bzip2::{Decompress, Status};

/// bzip2.
pub(super) struct Bzip2;

/// First bytes of a block, and of the end of a stream without blocks (bzip2 1.0.8, decompress.c).
const BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

impl Format for Bzip2 {
    fn id(&self) -> FormatId {
        FormatId::Bzip2
    }

    fn about(&self) -> &'static str {
        "bzip2: all streams; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if begins(&window.head) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        stream::read(&mut Streams, (FormatId::Bzip2, "bzip2", None), source, member, walk).1
    }
}

/// Whether a stream begins: `BZh`, the block size 1 to 9, and a block or the end.
fn begins(bytes: &[u8]) -> bool {
    match bytes {
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            // A file cut within its first block's magic is still bzip2.
            let rest = rest.get(..6).unwrap_or(rest);
            BLOCK.starts_with(rest) || END.starts_with(rest)
        }
        _ => false,
    }
}

struct Streams;

impl Codec for Streams {
    fn begin(&mut self, source: &Source, at: u64, _first: bool) -> Result<Begin, ReadError> {
        if !begins(&source.bytes_at(at, 10)?) {
            return Ok(Begin::Nothing);
        }
        let pump = Pump::new(Input::new(source, at), Blocks(Decompress::new(false)));
        Ok(Begin::Stream(Box::new(One(pump))))
    }
}

struct Blocks(Decompress);

impl Push for Blocks {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> (usize, usize, Result<bool, String>) {
        let before = (self.0.total_in(), self.0.total_out());
        let outcome = self.0.decompress(input, output);
        let since = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or(0);
        let taken = since(self.0.total_in(), before.0);
        let given = since(self.0.total_out(), before.1);
        let outcome = match outcome {
            Ok(Status::MemNeeded) => Err("bzip2: no memory".to_owned()),
            Ok(status) => Ok(status == Status::StreamEnd),
            Err(error) => Err(format!("bzip2: {error}, or a wrong checksum")),
        };
        (taken, given, outcome)
    }
}

struct One(Pump<Blocks>);

impl Stream for One {
    fn read(&mut self, into: &mut [u8], _notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        self.0.read(into)
    }

    fn end(&self) -> u64 {
        self.0.input.at()
    }
}
