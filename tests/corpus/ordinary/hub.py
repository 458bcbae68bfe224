"""safetensors, archives of weights, and model folders as hubs hold them."""

import io
import json

from case import case


def weights():
    import torch

    return {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.bias": torch.zeros(2)}


def safe(tensors, **options) -> bytes:
    from safetensors.torch import save

    return save(tensors, **options)


def one(kind):
    import torch

    return {"a": torch.zeros(4, dtype=getattr(torch, kind))}


for kind in ("float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "float8_e4m3fn", "float8_e5m2"):
    case(f"safetensors/{kind}", "safetensors", file="model.safetensors")(lambda kind=kind: safe(one(kind)))
case("safetensors/metadata", "safetensors", file="model.safetensors")(lambda: safe(weights(), metadata={"format": "pt", "note": "größe"}))
case("safetensors/empty-tensor", "safetensors", file="model.safetensors")(lambda: safe({"a": __import__("torch").zeros(0, 3)}))
case("safetensors/scalar", "safetensors", file="model.safetensors")(lambda: safe({"a": __import__("torch").tensor(1.5)}))
case("safetensors/many", "safetensors", file="model.safetensors")(lambda: safe({f"layers.{number}.w": __import__("torch").zeros(2) for number in range(200)}))
case("safetensors/no-tensors", "safetensors", file="model.safetensors")(lambda: safe({}))


@case("safetensors/numpy", "safetensors", file="model.safetensors")
def _():
    import numpy
    from safetensors.numpy import save

    return save({"a": numpy.ones((2, 2), dtype="f4")})


CONFIG = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 4, "num_attention_heads": 1, "vocab_size": 8, "torch_dtype": "float32"}
CARD = "---\nlicense: apache-2.0\nlanguage: en\n---\n\n# A small model\n\nTrained on nothing.\n"
ATTRIBUTES = "*.bin filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


def image() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), (10, 20, 30)).save(buffer, "PNG")
    return buffer.getvalue()


def tokenizer() -> str:
    """A word tokenizer trained on two sentences."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(["a small text", "another text"], trainers.WordLevelTrainer(special_tokens=["[UNK]"]))
    return made.to_str(pretty=True)


def torch_bytes(value, **options) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def repository(path, more: dict):
    files = {"config.json": json.dumps(CONFIG, indent=2), "README.md": CARD, ".gitattributes": ATTRIBUTES, "LICENSE": "Apache License, Version 2.0\n", **more}
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)


@case("hub/safetensors", "folder")
def _(path):
    repository(path, {"model.safetensors": safe(weights(), metadata={"format": "pt"}), "tokenizer.json": tokenizer(), "tokenizer_config.json": json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"}), "special_tokens_map.json": json.dumps({"unk_token": "[UNK]"}), "generation_config.json": json.dumps({"max_length": 5}), "picture.png": image()})


@case("hub/sharded", "folder")
def _(path):
    import torch

    index = {"metadata": {"total_size": 16}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    repository(path, {"model-00001-of-00002.safetensors": safe({"a": torch.ones(2)}, metadata={"format": "pt"}), "model-00002-of-00002.safetensors": safe({"b": torch.ones(2)}, metadata={"format": "pt"}), "model.safetensors.index.json": json.dumps(index)})


@case("hub/sharded-bin", "folder")
def _(path):
    import torch

    index = {"metadata": {"total_size": 16}, "weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}
    repository(path, {"pytorch_model-00001-of-00002.bin": torch_bytes({"a": torch.ones(2)}), "pytorch_model-00002-of-00002.bin": torch_bytes({"b": torch.ones(2)}), "pytorch_model.bin.index.json": json.dumps(index)})


@case("hub/bin", "folder")
def _(path):
    repository(path, {"pytorch_model.bin": torch_bytes(weights()), "vocab.txt": "[UNK]\na\nsmall\n"})


@case("hub/vocabulary", "folder")
def _(path):
    repository(path, {"model.safetensors": safe(weights()), "vocab.json": json.dumps({"a": 0, "b": 1}), "merges.txt": "#version: 0.2\na b\n", "added_tokens.json": "{}"})


@case("hub/training", "folder")
def _(path):
    import torch
    import transformers

    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
    repository(path, {"checkpoint-5/model.safetensors": safe(weights(), metadata={"format": "pt"}), "checkpoint-5/optimizer.pt": torch_bytes(optimizer.state_dict()), "checkpoint-5/scheduler.pt": torch_bytes(torch.optim.lr_scheduler.StepLR(optimizer, 1).state_dict()),
                      "checkpoint-5/rng_state.pth": torch_bytes({"python": __import__("random").getstate(), "numpy": __import__("numpy").random.get_state(), "cpu": torch.get_rng_state()}), "checkpoint-5/trainer_state.json": json.dumps({"epoch": 1.0, "global_step": 5}), "training_args.bin": torch_bytes(transformers.TrainingArguments("out", report_to=[]))})


@case("hub/saved-by-transformers", "folder")
def _(path):
    import transformers

    transformers.BertModel(transformers.BertConfig(vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, max_position_embeddings=4)).save_pretrained(path)


@case("hub/adapter", "folder")
def _(path):
    repository(path, {"adapter_model.safetensors": safe({"base_model.model.q.lora_A.weight": __import__("torch").ones(2, 2)}, metadata={"format": "pt"}), "adapter_config.json": json.dumps({"peft_type": "LORA", "r": 2, "target_modules": ["q"]})})


@case("hub/sklearn", "folder")
def _(path):
    import joblib
    from sklearn.linear_model import LogisticRegression

    path.mkdir(parents=True, exist_ok=True)
    joblib.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), path / "model.joblib")
    (path / "README.md").write_text(CARD)
    (path / "requirements.txt").write_text("scikit-learn==1.9.1\n")


@case("hub/sentence-transformer", "folder")
def _(path):
    repository(path, {"modules.json": json.dumps([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]), "1_Pooling/config.json": json.dumps({"word_embedding_dimension": 4}), "config_sentence_transformers.json": "{}", "sentence_bert_config.json": '{"max_seq_length": 8}', "model.safetensors": safe(weights())})


@case("archives/zip", "unpack", file="weights.zip")
def _(path):
    import zipfile

    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/model.safetensors", safe(weights()))
        archive.writestr("model/README.md", CARD)


for mode, end in (("w:", ".tar"), ("w:gz", ".tar.gz"), ("w:bz2", ".tar.bz2"), ("w:xz", ".tar.xz")):

    @case(f"archives/weights{end}", "unpack", file=f"weights{end}")
    def _(path, mode=mode):
        import tarfile

        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, mode) as archive:
            for name, data in (("model/model.safetensors", safe(weights())), ("model/pytorch_model.bin", torch_bytes(weights())), ("model/config.json", json.dumps(CONFIG).encode())):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))


@case("archives/7z", "unpack", file="weights.7z")
def _(path):
    import py7zr

    path.parent.mkdir(parents=True, exist_ok=True)
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.writestr(safe(weights()), "model/model.safetensors")
        archive.writestr(torch_bytes(weights()), "model/model.pt")


for end, name in ((".gz", "gzip"), (".zst", "zstandard"), (".xz", "lzma"), (".lz4", "lz4.frame")):

    @case(f"archives/safetensors{end}", "stream", file=f"model.safetensors{end}")
    def _(name=name):
        import importlib

        module = importlib.import_module(name)
        return module.ZstdCompressor().compress(safe(weights())) if name == "zstandard" else module.compress(safe(weights()))
