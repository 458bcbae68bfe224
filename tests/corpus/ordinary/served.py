"""Models as servers and registries keep them: MLflow, BentoML, Triton, KServe, spaCy's packages, skops with its card, NeMo, CTranslate2."""

import io
import json
import tarfile

from case import case
from ordinary.hub import safe, torch_bytes
from ordinary.sklearn import fitted


def samples():
    import pandas

    return pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0]}), [0, 1, 0, 1]


def trained(kind: str):
    """A model of a library that MLflow has a flavour for."""
    import sklearn.linear_model
    import sklearn.pipeline
    import sklearn.preprocessing

    frame, target = samples()
    if kind == "sklearn":
        return sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), sklearn.linear_model.LogisticRegression()).fit(frame, target)
    if kind == "xgboost":
        import xgboost

        return xgboost.XGBClassifier(n_estimators=2).fit(frame, target)
    if kind == "lightgbm":
        import lightgbm

        return lightgbm.LGBMClassifier(n_estimators=2, min_child_samples=1, verbose=-1).fit(frame, target)
    if kind == "catboost":
        import catboost

        return catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(frame, target)
    if kind == "statsmodels":
        import statsmodels.api

        return statsmodels.api.OLS(target, frame).fit()
    if kind == "pytorch":
        import torch

        return torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    raise KeyError(kind)


for flavour in ("sklearn", "xgboost", "lightgbm", "catboost", "statsmodels", "pytorch"):

    @case(f"mlflow/{flavour}", "mlflow", file="model")
    def _(path, flavour=flavour):
        import importlib

        import mlflow.models
        import numpy

        model = trained(flavour)
        frame, _ = samples()
        more = {"signature": mlflow.models.infer_signature(frame), "input_example": frame} if flavour in ("sklearn", "xgboost", "lightgbm") else {"input_example": numpy.zeros((1, 2), "f4")} if flavour == "pytorch" else {}
        importlib.import_module(f"mlflow.{flavour}").save_model(model, str(path), pip_requirements=["mlflow"], **more)


@case("mlflow/skops", "none", file="model")
def _(path):
    import mlflow.sklearn

    mlflow.sklearn.save_model(trained("sklearn"), str(path), pip_requirements=["mlflow"], serialization_format="skops")


@case("mlflow/cloudpickle", "mlflow", file="model")
def _(path):
    import mlflow.sklearn

    mlflow.sklearn.save_model(trained("sklearn"), str(path), pip_requirements=["mlflow"], serialization_format="cloudpickle")


@case("mlflow/spacy", "none", file="model")
def _(path):
    import mlflow.spacy

    mlflow.spacy.save_model(words(), str(path), pip_requirements=["mlflow"])


BENTO = """name: small
version: abcdef0123456789
module: bentoml.{library}
labels: {{}}
options: {{}}
metadata:
  accuracy: 0.5
context:
  framework_name: {library}
  framework_versions:
    {library}: 1.0.0
  bentoml_version: 1.4.40
  python_version: 3.11.7
signatures:
  predict:
    batchable: true
    batch_dim:
    - 0
    - 0
api_version: v1
creation_time: '2024-05-06T07:08:09.000000+00:00'
"""
for library, name in {"sklearn": "saved_model.pkl", "xgboost": "saved_model.ubj", "lightgbm": "saved_model.txt", "catboost": "saved_model.cbm"}.items():

    @case(f"bentoml/{library}", "none", file="model")
    def _(path, library=library, name=name):
        """The layout of BentoML's store of models (bentoml/_internal/models/model.py, ModelInfo; bentoml/_internal/frameworks)."""
        import joblib

        path.mkdir(parents=True)
        (path / "model.yaml").write_text(BENTO.format(library=library))
        model = trained(library)
        if library == "sklearn":
            joblib.dump(model, path / name)
        else:
            (model.booster_ if library == "lightgbm" else model).save_model(str(path / name))


@case("triton/repository", "none", file="models")
def _(path):
    """A repository of models for Triton: a graph, a network of torch, trees for its FIL backend, and the ensemble over them."""
    import torch
    import xgboost
    from ordinary.onnx import plain

    value = '[ { name: "%s" data_type: TYPE_FP32 dims: [ 4 ] } ]'
    files = {"graph/config.pbtxt": f'name: "graph"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 0\ninput {value % "x"}\noutput {value % "y"}\ninstance_group [ {{ kind: KIND_CPU count: 1 }} ]\n', "graph/1/model.onnx": plain().SerializeToString(),
             "network/config.pbtxt": f'backend: "pytorch"\nmax_batch_size: 8\ninput {value % "INPUT__0"}\noutput {value % "OUTPUT__0"}\ndynamic_batching {{ max_queue_delay_microseconds: 100 }}\n',
             "trees/config.pbtxt": f'backend: "fil"\nmax_batch_size: 8\ninput {value % "input__0"}\noutput [ {{ name: "output__0" data_type: TYPE_FP32 dims: [ 1 ] }} ]\nparameters [ {{ key: "model_type" value: {{ string_value: "xgboost_json" }} }} ]\n',
             "both/config.pbtxt": 'platform: "ensemble"\nensemble_scheduling { step [ { model_name: "graph" model_version: -1 input_map { key: "x" value: "a" } output_map { key: "y" value: "b" } } ] }\n', "labels.txt": "cat\ndog\n"}
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (path / "both/1").mkdir()
    for name in ("network/1", "trees/1"):
        (path / name).mkdir()
    torch.jit.script(torch.nn.Linear(4, 4)).save(str(path / "network/1/model.pt"))
    frame, target = samples()
    xgboost.XGBClassifier(n_estimators=2).fit(frame, target).save_model(path / "trees/1/xgboost.json")


@case("kserve/sklearn", "folder", file="model")
def _(path):
    """What MLServer looks for (docs/reference/model-settings.md), below a storage address of KServe."""
    import joblib

    path.mkdir(parents=True)
    joblib.dump(fitted("forest"), path / "model.joblib")
    settings = {"name": "small", "implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": "./model.joblib", "version": "v0.1.0"}}
    (path / "model-settings.json").write_text(json.dumps(settings))
    (path / "settings.json").write_text(json.dumps({"debug": False, "http_port": 8080}))


@case("kserve/xgboost", "none", file="model")
def _(path):
    path.mkdir(parents=True)
    trained("xgboost").save_model(path / "model.bst.json")
    trained("xgboost").get_booster().save_model(path / "model.ubj")
    (path / "model-settings.json").write_text(json.dumps({"name": "small", "implementation": "mlserver_xgboost.XGBoostModel", "parameters": {"uri": "./model.ubj"}}))


def words():
    """A pipeline of spaCy with what its releases have: vectors, a tagger, a recogniser of names, categories, tables of words."""
    import numpy
    import spacy
    from spacy.training import Example

    made = spacy.blank("en")
    for word in ("a", "small", "text", "Rome"):
        made.vocab.set_vector(word, numpy.random.rand(4).astype("f4"))
    for pipe in ("tagger", "ner", "textcat"):
        made.add_pipe(pipe)
    made.get_pipe("tagger").add_label("NN")
    made.get_pipe("ner").add_label("PLACE")
    for label in ("yes", "no"):
        made.get_pipe("textcat").add_label(label)
    rows = [Example.from_dict(made.make_doc("a small text in Rome"), {"tags": ["NN"] * 5, "entities": [(16, 20, "PLACE")], "cats": {"yes": 1.0, "no": 0.0}})]
    # Before the parts that only look words up, whose tables it would ask for.
    made.initialize(lambda: rows)
    made.add_pipe("attribute_ruler").add([[{"LOWER": "a"}]], {"POS": "DET"})
    made.add_pipe("lemmatizer", config={"mode": "lookup"}).initialize(lookups=tables())
    made.add_pipe("entity_ruler").add_patterns([{"label": "CITY", "pattern": "Rome"}])
    return made


def tables():
    from spacy.lookups import Lookups

    made = Lookups()
    made.add_table("lemma_lookup", {"texts": "text", "smaller": "small"})
    return made


@case("spacy/trained", "spacy", file="model")
def _(path):
    words().to_disk(path)


@case("spacy/package", "none", file="package")
def _(path):
    """As `spacy package --build none` lays it out."""
    import importlib

    inner = path.parent / "inner"
    words().to_disk(inner)
    path.mkdir(parents=True)
    # Its package exports a function of the same name.
    importlib.import_module("spacy.cli.package").package(inner, path, name="small", version="0.0.1", create_wheel=False, create_sdist=False, silent=True)


@case("spacy/documents", "none", file="train.spacy")
def _(path):
    import spacy
    from spacy.tokens import DocBin

    made = spacy.blank("en")
    DocBin(docs=[made("a small text"), made("another text")], store_user_data=False).to_disk(path)


@case("skops/card", "folder", file="model")
def _(path):
    import skops.card
    import skops.io

    path.mkdir(parents=True)
    model = fitted("pipeline")
    skops.io.dump(model, path / "model.skops")
    card = skops.card.Card(model)
    card.save(path / "README.md")
    config = {"sklearn": {"columns": ["a", "b", "c"], "environment": ["scikit-learn=1.9.1"], "example_input": {"a": [0.1], "b": [0.2], "c": [0.3]}, "model": {"file": "model.skops"}, "model_format": "skops", "task": "tabular-classification", "use_intelex": False}}
    (path / "config.json").write_text(json.dumps(config, indent=2))


@case("coremltools/package", "coreml", file="model.mlpackage")
def _(path):
    """A program converted from TorchScript, with its weights beside it."""
    import coremltools
    import torch

    network = torch.jit.trace(torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)).eval(), torch.rand(1, 64))
    coremltools.convert(network, inputs=[coremltools.TensorType(shape=(1, 64))], convert_to="mlprogram").save(str(path))


NEMO = """sample_rate: 16000
train_ds:
  manifest_filepath: null
  batch_size: 32
tokenizer:
  dir: tokenizers/en
  type: bpe
  model_path: nemo:tokenizer.model
  vocab_path: nemo:vocab.txt
preprocessor:
  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor
  normalize: per_feature
  window: hann
spec_augment:
  _target_: nemo.collections.asr.modules.SpectrogramAugmentation
  freq_masks: 2
encoder:
  _target_: nemo.collections.asr.modules.ConformerEncoder
  n_layers: 2
decoder:
  _target_: nemo.collections.asr.modules.ConvASRDecoder
  num_classes: 32
  vocabulary: [a, b]
optim:
  name: adamw
  lr: 5.0
target: nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE
nemo_version: 1.23.0
"""


def archived(path, files, mode="w"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


for mode in ("w", "w:gz"):

    @case(f"nemo/speech-{'plain' if mode == 'w' else 'gz'}", "none", file="small.nemo")
    def _(path, mode=mode):
        """The layout that NeMo's save_to writes (nemo/core/connectors/save_restore_connector.py): a configuration, a state, and named files."""
        import torch
        from ordinary.transformers import sentencepiece

        words = sentencepiece()
        archived(path, {"./model_config.yaml": NEMO.encode(), "./model_weights.ckpt": torch_bytes({"encoder.w": torch.ones(2)}), "./0a1b2c_tokenizer.model": words, "./0a1b2c_vocab.txt": b"a\nb\n", "./0a1b2c_tokenizer.vocab": b"<unk>\t0\na\t-1\n"}, mode)


@case("ctranslate2/translator", "ctranslate2", file="model")
def _(path):
    """Converted from a small Marian model by the library's own converter."""
    import ctranslate2
    import transformers

    inner = path.parent / "inner"
    from ordinary.transformers import tokenizer

    tokenizer(inner, None)
    words = transformers.AutoTokenizer.from_pretrained(inner)
    words.pad_token = "<unk>"
    words.save_pretrained(inner)
    config = transformers.T5Config(vocab_size=len(words), d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, feed_forward_proj="relu", decoder_start_token_id=0, bos_token_id=0, eos_token_id=1, pad_token_id=0)
    transformers.T5ForConditionalGeneration(config).save_pretrained(inner)
    ctranslate2.converters.TransformersConverter(str(inner)).convert(str(path))


@case("fasttext/supervised", "fasttext", file="model.bin")
def _(path):
    fast(path, True)


@case("fasttext/quantised", "fasttext", file="model.ftz")
def _(path):
    fast(path, True, quantised=True)


@case("fasttext/vectors", "fasttext", file="cc.en.bin")
def _(path):
    fast(path, False)


def fast(path, supervised, quantised=False):
    import fasttext

    rows = path.parent / "rows.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_text("".join(f"__label__{'yes' if number % 2 else 'no'} a small text number {number % 7} words\n" for number in range(300)))
    made = fasttext.train_supervised(str(rows), dim=4, epoch=1, thread=1, bucket=300, minn=2, maxn=3) if supervised else fasttext.train_unsupervised(str(rows), dim=4, epoch=1, thread=1, bucket=100, minCount=1)
    if quantised:
        made.quantize(input=str(rows), retrain=False, dsub=2)
    made.save_model(str(path))
    rows.unlink()


INDEXES = {"flat": "Flat", "hnsw": "HNSW8", "ivf": "IVF2,Flat", "quantised": "IVF2,PQ2x4", "pca": "PCA2,Flat"}
for name, factory in INDEXES.items():

    @case(f"faiss/{name}", "faiss", file="index.faiss")
    def _(path, factory=factory):
        import faiss
        import numpy

        rows = numpy.random.rand(64, 4).astype("f4")
        index = faiss.index_factory(4, factory)
        index.train(rows)
        index.add(rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        faiss.write_index(index, str(path))


@case("faiss/store", "none", file="store")
def _(path):
    """A store of vectors with its texts as JSON beside it."""
    import faiss
    import numpy

    path.mkdir(parents=True)
    index = faiss.IndexFlatIP(4)
    index.add(numpy.random.rand(8, 4).astype("f4"))
    faiss.write_index(index, str(path / "my_index.faiss"))
    (path / "my_index.json").write_text(json.dumps({"embedding_dim": 4, "similarity": "dot_product"}))


@case("annoy/index", "none", file="index.ann")
def _(path):
    import annoy

    index = annoy.AnnoyIndex(4, "angular")
    for number in range(20):
        index.add_item(number, [number, 1, 2, 3])
    index.build(2)
    path.parent.mkdir(parents=True, exist_ok=True)
    index.save(str(path))


@case("hnswlib/index", "none", file="index.bin")
def _(path):
    import hnswlib
    import numpy

    index = hnswlib.Index("cosine", 4)
    index.init_index(32, M=4)
    index.add_items(numpy.random.rand(20, 4))
    path.parent.mkdir(parents=True, exist_ok=True)
    index.save_index(str(path))


@case("bertopic/model", "none", file="model")
def _(path):
    """The layout of BERTopic's safetensors serialization (bertopic/_save_utils.py)."""
    import torch

    path.mkdir(parents=True)
    (path / "topic_embeddings.safetensors").write_bytes(safe({"topic_embeddings": torch.rand(2, 4)}))
    (path / "ctfidf.safetensors").write_bytes(safe({"indices": torch.arange(3), "indptr": torch.arange(3), "data": torch.rand(3), "shape": torch.tensor([2, 3]), "diag": torch.rand(3)}))
    (path / "ctfidf_config.json").write_text(json.dumps({"ctfidf_model": {"bm25_weighting": False}, "vectorizer_model": {"params": {"ngram_range": [1, 1], "token_pattern": r"(?u)\b\w\w+\b"}, "vocab": {"a": 0}}}))
    (path / "topics.json").write_text(json.dumps({"topic_representations": {"0": [["a", 0.5]]}, "topics": [0, 0], "topic_sizes": {"0": 2}}))
    (path / "config.json").write_text(json.dumps({"embedding_model": "sentence-transformers/all-MiniLM-L6-v2", "language": None, "top_n_words": 10}))


@case("tfjs/layers", "none", file="model")
def _(path):
    """Keras' layers for TensorFlow.js: a topology, and the numbers of its manifest in shards (tfjs-converter/python/tensorflowjs/write_weights.py)."""
    import random

    path.mkdir(parents=True)
    config = {"class_name": "Sequential", "config": {"name": "small", "layers": [{"class_name": "Dense", "config": {"name": "dense", "units": 3, "activation": "relu", "batch_input_shape": [None, 4], "dtype": "float32", "use_bias": True}}]}}
    manifest = [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": [{"name": "dense/kernel", "shape": [4, 3], "dtype": "float32"}, {"name": "dense/bias", "shape": [3], "dtype": "float32"}]}]
    (path / "model.json").write_text(json.dumps({"format": "layers-model", "generatedBy": "keras v2.15.0", "convertedBy": "TensorFlow.js Converter v4.22.0", "modelTopology": {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": config}, "weightsManifest": manifest}))
    values = random.Random(3).randbytes(60)
    (path / "group1-shard1of2.bin").write_bytes(values[:40])
    (path / "group1-shard2of2.bin").write_bytes(values[40:])


@case("mlc/chat", "none", file="model")
def _(path):
    """Shards of numbers and the cache that names them, as MLC and WebLLM lay them out (mlc_llm/interface/convert_weight.py)."""
    import hashlib
    import random

    path.mkdir(parents=True)
    values = random.Random(4).randbytes(256)
    record = {"dataPath": "params_shard_0.bin", "format": "raw-shard", "nbytes": 256, "records": [{"name": "model.embed_tokens.q_weight", "shape": [8, 8], "dtype": "uint32", "format": "raw", "nbytes": 256, "byteOffset": 0}], "md5sum": hashlib.md5(values).hexdigest()}
    (path / "ndarray-cache.json").write_text(json.dumps({"metadata": {"ParamSize": 1, "ParamBytes": 256.0, "BitsPerParam": 4.5}, "records": [record]}))
    (path / "mlc-chat-config.json").write_text(json.dumps({"version": "0.1.0", "model_type": "llama", "quantization": "q4f16_1", "model_config": {"hidden_size": 8}, "vocab_size": 64, "conv_template": {"name": "llama-3", "system_template": "{system_message}", "roles": {"user": "user"}}, "tokenizer_files": ["tokenizer.json"]}))
    (path / "params_shard_0.bin").write_bytes(values)
