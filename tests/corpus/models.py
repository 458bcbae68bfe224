"""Loaders of models that are more than a pickle: each hands one file or folder to the library of its format. Never runs in the parent."""

import os
import subprocess
from pathlib import Path


def onnx_file(path):
    """onnx's own checker, shapes too, with whatever external data it names."""
    import onnx

    onnx.checker.check_model(str(path), full_check=False)
    onnx.load(path)


def onnx_folder(path):
    for inner in Path(path).glob("*.onnx"):
        onnx_file(inner)


def tensorflow_model(path):
    import tensorflow

    tensorflow.saved_model.load(str(path))


def tensorflow_session(path):
    """The first version's loader, as TensorFlow Serving's: it makes no objects of Keras."""
    import tensorflow

    with tensorflow.Graph().as_default(), tensorflow.compat.v1.Session() as session:
        tensorflow.compat.v1.saved_model.load(session, ["serve"], str(path))


def tensorflow_checkpoint(path):
    import tensorflow

    latest = tensorflow.train.latest_checkpoint(str(path))
    reader = tensorflow.train.load_checkpoint(latest)
    for meta in Path(path).glob("*.meta"):
        with tensorflow.Graph().as_default():
            tensorflow.compat.v1.train.import_meta_graph(str(meta))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_dtype_map()}


def tensorflow_graph(path):
    import tensorflow

    found = tensorflow.compat.v1.GraphDef()
    found.ParseFromString(Path(path).read_bytes())
    with tensorflow.Graph().as_default():
        tensorflow.import_graph_def(found)


def tflite_file(path):
    from ai_edge_litert.interpreter import Interpreter

    Interpreter(str(path)).allocate_tensors()


def keras_file(path):
    """Of weights alone Keras says nothing without the model: their container is opened instead."""
    import keras

    if path.name.endswith(".weights.h5"):
        return hdf5_file(path)
    if path.name.endswith(".json"):
        return keras.models.model_from_json(path.read_text())
    return keras.saving.load_model(path, safe_mode=False)


def keras_pickle(path):
    import keras  # noqa: F401

    import pickle

    return pickle.loads(path.read_bytes())


def hdf5_file(path):
    import h5py

    with h5py.File(path) as file:
        file.visititems(lambda name, item: item[()] if isinstance(item, h5py.Dataset) else None)


def xgboost_file(path):
    import xgboost

    return xgboost.Booster(model_file=str(path))


def lightgbm_file(path):
    import lightgbm

    return lightgbm.Booster(model_file=str(path))


def catboost_file(path):
    import catboost

    return catboost.CatBoost().load_model(str(path), format="json" if path.suffix == ".json" else "cbm")


def coreml_file(path):
    import coremltools

    return coremltools.utils.load_spec(str(path))


def openvino_folder(path):
    import openvino

    return openvino.Core().read_model(str(path / "model.xml"))


def xml_file(path):
    import xml.etree.ElementTree

    return xml.etree.ElementTree.parse(path)


def json_file(path):
    import json

    return json.loads(path.read_text())


def gguf_file(path):
    import gguf

    return gguf.GGUFReader(path)


def gguf_folder(path):
    return [gguf_file(inner) for inner in path.glob("*.gguf")]


def skops_file(path):
    """With every type trusted that the file asks for, as its own message tells people to write."""
    import skops.io

    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def flax_file(path):
    import flax.serialization

    return flax.serialization.msgpack_restore(path.read_bytes())


def msgpack_file(path):
    import msgpack

    return msgpack.unpackb(path.read_bytes())


def arrow_file(path):
    import pyarrow.feather
    import pyarrow.parquet

    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    data = path.read_bytes()
    return (pyarrow.ipc.open_file if data.startswith(b"ARROW1") else pyarrow.ipc.open_stream)(data).read_all()


def r_file(path):
    """As base R loads it: `readRDS` for one object, `load` for a workspace."""
    call = "load(p, new.env())" if path.suffix.lower() in (".rda", ".rdata") else "readRDS(p)"
    done = subprocess.run(["Rscript", "--vanilla", "-e", f"p <- commandArgs(TRUE)[1]; invisible({call})", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-200:])


def torch_export(path):
    import torch

    return torch.export.load(path)


def torch_mobile(path):
    from torch.jit.mobile import _load_for_lite_interpreter

    return _load_for_lite_interpreter(str(path))


def transformers_folder(path):
    import transformers

    transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    return transformers.AutoModel.from_pretrained(path, local_files_only=True)


def tokenizer_folder(path):
    import transformers

    return transformers.AutoTokenizer.from_pretrained(path, local_files_only=True).apply_chat_template([{"role": "user", "content": "x"}], tokenize=False)


def sentencepiece_file(path):
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def gensim_file(path):
    import gensim

    return gensim.models.KeyedVectors.load(str(path))


def sentence_folder(path):
    import sentence_transformers

    return sentence_transformers.SentenceTransformer(str(path), device="cpu")


def diffusers_folder(path):
    import diffusers

    return diffusers.DiffusionPipeline.from_pretrained(str(path), local_files_only=True)


def mlflow_folder(path):
    """As a server loads it: by its `python_function` flavour where it has one. MLflow asks for a word before it opens pickles."""
    import mlflow.pyfunc

    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
    return mlflow.pyfunc.load_model(str(path))


def spacy_folder(path):
    import spacy

    return spacy.load(path)("a small text in Rome")


def datasets_folder(path):
    import datasets

    return datasets.load_from_disk(str(path))[0]


def anndata_file(path):
    import anndata

    return anndata.read_zarr(str(path)) if path.is_dir() else anndata.read_h5ad(path)


def zarr_folder(path):
    import zarr

    found = zarr.open(str(path), mode="r")
    return found[:] if isinstance(found, zarr.Array) else [array[...] for _, array in found.arrays()]


def fasttext_file(path):
    import fasttext

    return fasttext.load_model(str(path)).get_words()


def faiss_file(path):
    import faiss

    return faiss.read_index(str(path)).ntotal


def ctranslate2_folder(path):
    import ctranslate2

    return ctranslate2.Translator(str(path))


def nothing(path):
    """For what no library here reads back whole; the build that wrote it is the proof."""
    return os.stat(path)


LOADERS = {
    "onnx": onnx_file,
    "onnx-folder": onnx_folder,
    "tensorflow": tensorflow_model,
    "tensorflow-session": tensorflow_session,
    "tensorflow-checkpoint": tensorflow_checkpoint,
    "tensorflow-graph": tensorflow_graph,
    "tflite": tflite_file,
    "keras": keras_file,
    "keras-pickle": keras_pickle,
    "hdf5": hdf5_file,
    "xgboost": xgboost_file,
    "lightgbm": lightgbm_file,
    "catboost": catboost_file,
    "coreml": coreml_file,
    "openvino": openvino_folder,
    "xml": xml_file,
    "json": json_file,
    "gguf": gguf_file,
    "gguf-folder": gguf_folder,
    "skops": skops_file,
    "flax": flax_file,
    "msgpack": msgpack_file,
    "arrow": arrow_file,
    "r": r_file,
    "torch-export": torch_export,
    "torch-mobile": torch_mobile,
    "transformers": transformers_folder,
    "tokenizer": tokenizer_folder,
    "sentencepiece": sentencepiece_file,
    "gensim": gensim_file,
    "sentence-transformers": sentence_folder,
    "diffusers": diffusers_folder,
    "mlflow": mlflow_folder,
    "spacy": spacy_folder,
    "datasets": datasets_folder,
    "anndata": anndata_file,
    "zarr": zarr_folder,
    "fasttext": fasttext_file,
    "faiss": faiss_file,
    "ctranslate2": ctranslate2_folder,
    "none": nothing,
}
