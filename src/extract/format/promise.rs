//! Which formats a name promises: by its extension or by a well-known file name. Content decides; a broken promise is a fact.

use crate::facts::FormatId::{self, *};

/// The promises.
pub(in crate::extract) const PROMISES: Promises = Promises(&[
    // torch.load refuses a plain pickle; people save one as `.ckpt` and `.bin` all the same.
    (&["pt", "th"], &[Torch, Torchscript, TorchLegacy, TorchTar]),
    // Also a site file, which Python reads at every start.
    (&["pth"], &[Torch, Torchscript, TorchLegacy, TorchTar, Python]),
    (&["ckpt", "mdl"], &[Torch, Torchscript, TorchLegacy, TorchTar, Pickle]),
    // XGBoost's older binary is saved as `.bin` too, fastText's and CTranslate2's models and FAISS's indexes are, and llama.cpp's files before GGUF were.
    (&["bin"], &[Torch, Torchscript, TorchLegacy, TorchTar, Pickle, Xgboost, Ggml, Faiss, Fasttext, Ctranslate2]),
    (&["ftz"], &[Fasttext]),
    (&["faiss"], &[Faiss]),
    (&["pkl", "pickle", "p", "pck", "pcl", "dill", "cpkl"], &[Pickle, Joblib]),
    (&["joblib", "jbl"], &[Joblib, Pickle]),
    (&["npy"], &[Npy]),
    (&["npz"], &[Npz]),
    (&["safetensors"], &[Safetensors]),
    (&["zip"], &[Zip]),
    (&["7z"], &[SevenZip]),
    (&["rar"], &[Rar]),
    (&["tar"], &[Tar]),
    (&["tgz", "gz", "gzip"], &[Gzip]),
    (&["zlib", "z"], &[Zlib]),
    (&["bz2", "tbz2", "tbz"], &[Bzip2]),
    (&["xz", "txz"], &[Xz]),
    (&["lzma"], &[Lzma]),
    (&["zst", "zstd"], &[Zstd]),
    (&["lz4"], &[Lz4]),
    (&["json", "ipynb"], &[Json]),
    (
        &["txt", "md", "rst", "csv", "tsv", "yaml", "yml", "toml", "cfg", "ini", "log", "html", "xml", "css", "svg"],
        &[Text],
    ),
    (&["jinja", "jinja2", "j2"], &[Jinja, Text]),
    (&["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico"], &[Image]),
    (&["wav", "avi", "ogg", "oga", "opus", "mp3", "flac", "mp4", "m4a", "mov", "mkv", "webm"], &[Media]),
    (&["py", "pyw", "pyi"], &[Python, Script, Text]),
    (&["sh", "bash", "bat", "cmd", "ps1", "rb", "pl", "js"], &[Script, Text]),
    (&["exe", "dll", "pyd"], &[Pe]),
    (&["so", "elf"], &[Elf]),
    (&["dylib"], &[MachO]),
    (&["llamafile"], &[Llamafile]),
    (&["wasm"], &[Wasm]),
    (&["h5", "hdf5"], &[Hdf5]),
    (&["keras"], &[Keras]),
    (&["gguf"], &[Gguf]),
    (&["ggml"], &[Ggml]),
    (&["tflite"], &[Tflite]),
    (&["pte", "ptd", "bpte"], &[Executorch]),
    (&["ptl"], &[Torchscript, TorchMobile]),
    (&["pt2"], &[Pt2]),
    (&["onnx", "ort", "onnxtxt", "onnxtext"], &[Onnx]),
    (&["onnxjson"], &[Onnx, Json]),
    // `cpb` is a SavedModel in chunks (tensorflow/cc/saved_model/constants.h, `kSavedModelFilenameCpb`).
    (&["pb", "cpb"], &[Tensorflow]),
    (&["ubj", "xgb"], &[Xgboost]),
    (&["cbm"], &[Catboost]),
    (&["mlmodel"], &[Coreml]),
    (&["pmml"], &[Pmml]),
    (&["pdmodel", "pdiparams", "pdopt"], &[Paddle]),
    (&["caffemodel"], &[Caffe]),
    (&["prototxt"], &[Caffe, Text]),
    // Graphs of TensorFlow, lists of labels and Triton's configurations alike.
    (&["pbtxt", "textproto", "txtpb"], &[Text]),
    (&["params"], &[Mxnet, Tvm]),
    (&["t7"], &[Torch7]),
    (&["mnn"], &[Mnn]),
    (&["rknn"], &[Rknn]),
    (&["engine", "plan", "trt"], &[Tensorrt]),
    (&["parquet"], &[Parquet]),
    (&["arrow", "feather"], &[Arrow, Feather]),
    (&["rds", "rda", "rdata"], &[R]),
    (&["ser"], &[Java]),
    (&["class"], &[JavaClass]),
    (&["jar"], &[Zip]),
    // Other programs' weights too, and notes about them.
    (&["weights"], &[Darknet, Text]),
    (&["ocdbt"], &[Ocdbt]),
    (&["tfrecord", "tfrecords"], &[Tfrecord]),
    (&["msgpack"], &[Msgpack]),
    (&["skops"], &[Skops]),
    (&["zarray", "zgroup", "zattrs", "zmetadata"], &[Zarr, Json]),
    (&["pyc"], &[Pyc]),
    (&["pdf"], &[Pdf]),
    (&["sqlite", "db"], &[Sqlite]),
]);

/// Extensions, lower case, and what each promises.
pub(in crate::extract) struct Promises(&'static [(&'static [&'static str], &'static [FormatId])]);

impl Promises {
    /// What a file name promises; nothing when its extension is not known.
    pub(in crate::extract) fn of(&self, name: &str) -> Vec<FormatId> {
        if name.ends_with(".safetensors.index.json") {
            return vec![SafetensorsIndex];
        }
        let name = name.to_lowercase();
        // spaCy's tables of words, rows of vectors, and rules (spacy/vocab.py, vectors.pyx, pipeline/attributeruler.py).
        match name.as_str() {
            "lookups.bin" | "key2row" => return vec![Msgpack],
            "patterns" => return vec![Msgpack, Text],
            _ => {}
        }
        // The extension is Caffe's too.
        if name == "config.pbtxt" {
            return vec![TritonConfig, Text];
        }
        // A part of a compiled Core ML model, whose content has no magic that is documented.
        if name == "coremldata.bin" {
            return vec![CoremlCompiled];
        }
        // The old habit of torch's examples (`checkpoint.pth.tar`): written by torch.save, and no tar.
        let name =
            name.strip_suffix(".tar").filter(|rest| rest.ends_with(".pth") || rest.ends_with(".pt")).unwrap_or(&name);
        let Some((_, extension)) = name.rsplit_once('.') else { return Vec::new() };
        self.0
            .iter()
            .find(|(extensions, _)| extensions.contains(&extension))
            .map(|(_, formats)| formats.to_vec())
            .unwrap_or_default()
    }
}
