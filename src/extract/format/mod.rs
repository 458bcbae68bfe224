//! The formats: what one is ([`Format`]), and the one list of them ([`FORMATS`]).
//!
//! To add a format: one file here, one line in [`FORMATS`], one line in [`crate::facts::FormatId`], one fixture folder.

mod arrow;
mod bytecode;
mod bzip2;
mod caffe;
mod catboost;
mod checkpoint;
mod coreml;
mod coreml_compiled;
mod ctranslate2;
mod cursor;
mod darknet;
mod deflate;
mod dictionary;
mod elf;
mod empty;
mod executorch;
mod exported_program;
mod faiss;
mod fasttext;
mod ggml;
mod gguf;
mod git_config;
mod gzip;
mod h2o;
mod hdf5;
mod image;
mod java;
mod java_class;
mod jinja;
mod json;
mod keras;
pub(in crate::extract) mod lfs;
mod lightgbm;
mod literal;
mod llamafile;
mod lz4;
mod mach_o;
mod media;
mod mlc;
mod mnn;
mod model_card;
mod msgpack;
mod mxnet;
mod name;
mod note;
mod npy;
mod objects;
mod ocdbt;
mod onnx;
mod openvino;
mod operators;
mod outline;
mod paddle;
mod parquet;
mod pe;
mod pickle;
mod pmml;
mod promise;
mod protobuf;
mod pyc;
mod python;
mod r;
mod rar;
mod recognised;
mod refined;
mod remainder;
mod ruby;
mod safetensors;
mod safetensors_index;
mod script;
mod sentencepiece;
mod sevenz;
mod skops;
mod stream;
mod tar;
mod tensorflow;
mod text;
mod tfjs;
mod tflite;
mod tfrecord;
mod torch7;
mod torchscript;
#[cfg(test)]
pub(super) mod trial;
mod triton;
mod wasm;
mod xgboost;
mod xz;
mod yaml;
mod zarr;
mod zip;
mod zlib;
mod zstd;

pub(super) use dictionary::Permit;
pub(super) use promise::PROMISES;

use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use std::io;

/// Every format, in the order in which they are asked and read. All are asked; several may answer.
/// Those without firm magic come last, and among them text before pickle, which many texts could begin.
pub(super) static FORMATS: &[&dyn Format] = &[
    &zip::Zip,
    &sevenz::SevenZip,
    &rar::Rar,
    &tar::Tar,
    &gzip::Gzip,
    &bzip2::Bzip2,
    &xz::Xz,
    &zstd::Zstd,
    &lz4::Lz4,
    &npy::Npy,
    &elf::Elf,
    &pe::Pe,
    &mach_o::MachO,
    &wasm::Wasm,
    &script::Script,
    &llamafile::Llamafile,
    &image::Image,
    &media::Media,
    &empty::Empty,
    &lfs::LfsPointer,
    &hdf5::Hdf5,
    &gguf::Gguf,
    &ggml::Ggml,
    &faiss::Faiss,
    &fasttext::Fasttext,
    &ctranslate2::Ctranslate2,
    &tfrecord::Tfrecord,
    &tflite::Tflite,
    &executorch::Executorch,
    &checkpoint::Checkpoint,
    &xgboost::Xgboost,
    &lightgbm::Lightgbm,
    &catboost::Catboost,
    &coreml::Coreml,
    &openvino::Openvino,
    &pmml::Pmml,
    &paddle::Paddle,
    &caffe::Caffe,
    &mxnet::Mxnet,
    &torch7::Torch7,
    &darknet::Darknet,
    &h2o::Mojo,
    &h2o::Pojo,
    &ocdbt::Ocdbt,
    &recognised::NCNN,
    &recognised::TVM,
    &coreml_compiled::CoremlCompiled,
    &mnn::Mnn,
    &recognised::TORCH_MOBILE,
    &recognised::FEATHER,
    &recognised::CNTK,
    &recognised::RKNN,
    &recognised::TENSORRT,
    &parquet::Parquet,
    &java::Java,
    &java_class::JavaClass,
    &r::R,
    &pyc::Pyc,
    &recognised::PDF,
    &recognised::SQLITE,
    &onnx::Onnx,
    &tensorflow::Tensorflow,
    &sentencepiece::Sentencepiece,
    &arrow::Arrow,
    &ruby::RubyMarshal,
    &msgpack::Msgpack,
    &zlib::Zlib,
    &xz::Lzma,
    &json::Json,
    &safetensors::Safetensors,
    &safetensors_index::SafetensorsIndex,
    &keras::KerasConfig,
    &exported_program::ExportedProgram,
    &tfjs::Tfjs,
    &torchscript::Torchscript,
    &yaml::Yaml,
    &model_card::ModelCard,
    &triton::TritonConfig,
    &git_config::GitConfig,
    &skops::Skops,
    &zarr::Zarr,
    &text::Text,
    &jinja::Jinja,
    &python::Python,
    &bytecode::Bytecode,
    &pickle::Pickle,
];

/// A kind of content that can be recognised by its bytes and read into facts.
pub(super) trait Format: Sync {
    /// Stable name used in facts, rules and documentation.
    fn id(&self) -> FormatId;

    /// What `weighbridge formats` says of it: one line, what is read or that it is only recognised.
    fn about(&self) -> &'static str;

    /// Whether it is read; what is only recognised is incomplete.
    fn is_read(&self) -> bool {
        true
    }

    /// Whether these bytes could be this format; content only, never the name.
    fn claims(&self, window: &Window) -> Claim;

    /// Reads facts. On an error it keeps what was read, and the error becomes an incomplete fact.
    ///
    /// A format that claims `Possible` calls [`Walk::reached`] as it finds meaning; without it, its reading is taken back.
    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError>;
}

/// Whether bytes are of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// They are not.
    No,
    /// They may be: the format has no firm magic. Counts only if reading reaches meaning or the name promises it.
    Possible,
    /// They are.
    Certain,
}

/// A bounded look at content: its first and last bytes.
#[derive(Debug)]
pub(super) struct Window {
    /// The first bytes, up to 8 KiB.
    pub head: Vec<u8>,
    /// The last bytes, up to [`Window::TAIL`]: a zip's end record, its longest comment, and its zip64 locator.
    pub tail: Vec<u8>,
    /// Bytes of the whole content.
    pub size: u64,
    /// Whether an HDF5 superblock stands in one of the places where the library looks for it, which go on to the end.
    pub hdf5: bool,
    /// The first byte behind a byte order mark and white space, however much of it there is: by it JSON and XML begin.
    pub letter: Option<u8>,
}

impl Window {
    pub(super) const HEAD: u64 = 8 << 10;
    /// Bytes in which loaders look for a zip's end record. miniz, and so torch, goes farthest: steps of 4,093 bytes back from the last 4,096, and one
    /// more than the longest comment needs, so 69,584 bytes (miniz_zip.c, `mz_zip_reader_locate_header_sig`).
    const TAIL: u64 = 70 << 10;

    /// The window on a content.
    pub(super) fn of(source: &Source) -> io::Result<Self> {
        let size = source.size();
        let head = source.bytes_at(0, Self::HEAD)?;
        let tail = if size <= Self::HEAD {
            head.clone()
        } else {
            source.bytes_at(size.saturating_sub(Self::TAIL), Self::TAIL)?
        };
        let letter = first_letter(source)?;
        Ok(Self { head, tail, size, hdf5: hdf5::locate(source)?.is_some(), letter })
    }

    /// The window on the first bytes of a content of so many, of which no more is looked at.
    #[cfg(test)]
    pub(super) fn of_head(head: &[u8], size: u64) -> Self {
        let hdf5 = head.starts_with(b"\x89HDF\r\n\x1a\n");
        Self { head: head.to_vec(), tail: Vec::new(), size, hdf5, letter: letter(head) }
    }

    /// Whether the content begins with `magic`.
    pub(super) fn starts_with(&self, magic: &[u8]) -> bool {
        self.head.starts_with(magic)
    }

    /// Whether `magic` stands at `offset`, within the first bytes.
    pub(super) fn has_at(&self, offset: usize, magic: &[u8]) -> bool {
        self.head.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    }

    /// Whether these words stand within the first bytes.
    pub(super) fn holds(&self, words: &[u8]) -> bool {
        self.head.windows(words.len()).any(|bytes| bytes == words)
    }

    /// The first bytes in hexadecimal, for a message.
    pub(super) fn hint(&self) -> String {
        self.head.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
    }
}

/// UTF-8's byte order mark, which `json.loads` of bytes passes over (CPython, json/__init__.py, `detect_encoding`).
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// The first byte behind a byte order mark and white space.
fn letter(head: &[u8]) -> Option<u8> {
    head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start().first().copied()
}

/// The first byte of a content behind a byte order mark and white space, however much of it there is.
pub(super) fn first_letter(source: &Source) -> io::Result<Option<u8>> {
    match letter(&source.bytes_at(0, Window::HEAD)?) {
        None if source.size() > Window::HEAD => later_letter(source, Window::HEAD),
        letter => Ok(letter),
    }
}

/// The first byte from an offset on that is no white space. It reads no more than the digest does.
fn later_letter(source: &Source, mut at: u64) -> io::Result<Option<u8>> {
    loop {
        let chunk = source.bytes_at(at, Window::TAIL)?;
        let first = chunk.trim_ascii_start().first().copied();
        if first.is_some() || chunk.is_empty() {
            return Ok(first);
        }
        at = at.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
    }
}

/// What `weighbridge formats` lists.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FormatInfo {
    /// Its name in facts.
    pub id: FormatId,
    /// Whether it is read; what is only recognised fails as incomplete.
    pub read: bool,
    /// The formats that it is told apart within, as a torch archive is within a zip; `[]`: it is recognised by itself.
    pub within: &'static [FormatId],
    /// One line about it.
    pub about: &'static str,
}

/// Every format by name.
#[must_use]
pub fn formats() -> Vec<FormatInfo> {
    let info = |format: &&dyn Format| FormatInfo {
        id: format.id(),
        read: format.is_read(),
        within: &[],
        about: format.about(),
    };
    FORMATS.iter().map(info).chain(refined::REFINED.iter().cloned()).collect()
}
