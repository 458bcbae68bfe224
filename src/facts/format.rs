//! The formats by name: one list, used in facts, rules and documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What content is. The name is stable: facts, rules and documentation use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatId {
    /// Python pickle, any protocol.
    Pickle,
    /// A pickle with NumPy array bytes between its opcodes, as joblib writes it.
    Joblib,
    /// A torch archive: a zip with `NAME/data.pkl`.
    Torch,
    /// A torch archive with TorchScript `code/` members.
    Torchscript,
    /// torch's older file: five pickles and raw storages.
    TorchLegacy,
    /// torch's oldest file: a tar with `pickle`, `storages`, `tensors`.
    TorchTar,
    /// ZIP.
    Zip,
    /// 7z.
    #[serde(rename = "7z")]
    SevenZip,
    /// RAR; recognised, not read.
    Rar,
    /// tar.
    Tar,
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// The older LZMA-alone file.
    Lzma,
    /// Zstandard.
    Zstd,
    /// LZ4 frame.
    Lz4,
    /// NumPy array.
    Npy,
    /// A zip of NumPy arrays.
    Npz,
    /// safetensors.
    Safetensors,
    /// A `*.index.json` that maps tensors to shards.
    SafetensorsIndex,
    /// Git LFS pointer.
    LfsPointer,
    /// ELF program or library.
    Elf,
    /// Windows PE program or library.
    Pe,
    /// Mach-O program or library.
    MachO,
    /// WebAssembly module.
    Wasm,
    /// Text that names its interpreter in the first line (`#!`), or a Windows batch or PowerShell file by its content.
    Script,
    /// A program with a model in it that runs on several systems (APE, as llamafile).
    Llamafile,
    /// A Jinja template by its name (`chat_template.jinja`).
    Jinja,
    /// Python source by its name, or a site file (`.pth`) with lines that run.
    Python,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A model card: Markdown with YAML in front.
    ModelCard,
    /// Triton's `config.pbtxt`: a protobuf message as text.
    TritonConfig,
    /// Configuration of git.
    GitConfig,
    /// Plain text: UTF-8 without control characters but white space.
    Text,
    /// PNG, JPEG, GIF, WebP, BMP or ICO.
    Image,
    /// Sound or film: WAVE, AVI, Ogg, MP3, FLAC, MP4, QuickTime, Matroska or WebM.
    Media,
    /// Nothing at all: zero bytes.
    Empty,
    /// HDF5 (Keras `.h5`).
    Hdf5,
    /// GGUF.
    Gguf,
    /// GGML and its successors before GGUF: read as far as it has the layout of LLaMA.
    Ggml,
    /// TFLite.
    Tflite,
    /// ExecuTorch program, tensors beside one, or program with its tests (`.pte`, `.ptd`, `.bpte`).
    Executorch,
    /// TensorFlow.js `model.json`.
    Tfjs,
    /// The tensor cache of TVM that MLC-LLM loads (`ndarray-cache.json`, `tensor-cache.json`).
    Mlc,
    /// SentencePiece tokenizer (`tokenizer.model`).
    Sentencepiece,
    /// TFRecord: data sets, and TensorBoard's events.
    Tfrecord,
    /// FAISS index (`.faiss`, `.index`).
    Faiss,
    /// fastText (`.bin`, `.ftz`).
    Fasttext,
    /// CTranslate2 (`model.bin` of faster-whisper).
    Ctranslate2,
    /// The index of a TensorFlow checkpoint (`.index`): a table of its tensors.
    TensorflowCheckpoint,
    /// A zip with a program of `torch.export`, or compiled by AOTInductor (`.pt2`).
    Pt2,
    /// A program of `torch.export` as JSON.
    ExportedProgram,
    /// Code of a TorchScript archive.
    TorchscriptCode,
    /// The byte code of a TorchScript archive for mobile devices (`bytecode.pkl`).
    TorchscriptBytecode,
    /// Keras 3 archive: a zip with `config.json`.
    Keras,
    /// What Keras makes a model of, as JSON or YAML: an architecture, or a configuration for training.
    KerasConfig,
    /// ONNX `ModelProto`.
    Onnx,
    /// TensorFlow `SavedModel`, `MetaGraphDef`, `GraphDef`, and the small messages beside them.
    Tensorflow,
    /// XGBoost model in JSON, UBJSON or the older binary.
    Xgboost,
    /// LightGBM text model.
    Lightgbm,
    /// CatBoost model in its own file or JSON.
    Catboost,
    /// CoreML model, or the manifest of a package.
    Coreml,
    /// OpenVINO intermediate representation.
    Openvino,
    /// PMML.
    Pmml,
    /// PaddlePaddle program or parameters.
    Paddle,
    /// Caffe network, as text or binary.
    Caffe,
    /// MXNet symbol or arrays.
    Mxnet,
    /// Torch7 serialized object.
    Torch7,
    /// CNTK model; recognised, not read.
    Cntk,
    /// Rockchip RKNN model; recognised, not read.
    Rknn,
    /// TensorRT engine; recognised, not read.
    Tensorrt,
    /// Parquet.
    Parquet,
    /// Apache Arrow IPC file or stream (Feather).
    Arrow,
    /// Java object stream.
    Java,
    /// Java class file.
    JavaClass,
    /// H2O's MOJO: a zip with `model.ini`, and that file.
    H2oMojo,
    /// H2O's POJO: a model as Java source.
    H2oPojo,
    /// Darknet network (`.cfg`), or its weights.
    Darknet,
    /// OCDBT, the key-value store of Orbax checkpoints: its manifest, and data files with nodes of its trees.
    Ocdbt,
    /// Feather 1; recognised, not read.
    Feather,
    /// ncnn network, as text or binary; recognised, not read.
    Ncnn,
    /// Parameters of a TVM module; recognised, not read.
    Tvm,
    /// MNN network; recognised, not read.
    Mnn,
    /// Compiled Core ML model; recognised, not read.
    CoremlCompiled,
    /// PyTorch model for mobile devices as FlatBuffers; recognised, not read.
    TorchMobile,
    /// R's serialization: `.rds`, `.rda`, `.RData`.
    R,
    /// Ruby's Marshal.
    RubyMarshal,
    /// MessagePack, as Flax and msgpack-numpy write models.
    Msgpack,
    /// The tree of a skops file, and the zip that holds it.
    Skops,
    /// Metadata of Zarr arrays.
    Zarr,
    /// Python byte code; recognised, not read yet.
    Pyc,
    /// PDF; recognised, not read.
    Pdf,
    /// SQLite database; recognised, not read.
    Sqlite,
}

impl FormatId {
    /// The name used in facts: `safetensors-index`, `7z`.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl std::fmt::Display for FormatId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.name())
    }
}
