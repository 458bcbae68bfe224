"""Whole repositories as hubs hold them: what the library writes, and beside it the card, pictures, notebooks and scripts that people add."""

import io
import json
import struct
import zlib

from case import case
from ordinary.gguf import CHATML, TOOLS, written
from ordinary.hub import ATTRIBUTES, image, safe, torch_bytes
from ordinary.transformers import MORE, TINY, tokenizer

CARD = """---
license: apache-2.0
language: [en, de]
library_name: {library}
pipeline_tag: {task}
base_model: example/base
datasets:
- example/sentences
tags:
- {library}
- endpoints_compatible
model-index:
- name: small
  results:
  - task: {{type: {task}}}
    dataset: {{name: Sentences, type: example/sentences, split: test}}
    metrics:
    - {{type: accuracy, value: 0.5}}
widget:
- text: "A small text"
---

# Small

[![Licence](https://img.shields.io/badge/licence-Apache-blue)](https://www.apache.org/licenses/LICENSE-2.0) | <img src="picture.png" width="40"/>

## Use

```bash
pip install -U {library} torch
huggingface-cli download example/small --local-dir small
```

```python
import torch
from transformers import AutoModel, AutoTokenizer

device = "cuda" if torch.cuda.is_available() else "cpu"
tokenizer = AutoTokenizer.from_pretrained("example/small")
model = AutoModel.from_pretrained("example/small", torch_dtype="auto").to(device).eval()
print(model(**tokenizer("A small text", return_tensors="pt").to(device)).last_hidden_state.mean().item())
```

| metric | value |
|---|--:|
| accuracy | 0.5 |

$$ p(x) = \\prod_i p(x_i \\mid x_{{<i}}) $$

Questions: someone@example.org. `@misc{{small, title={{Small}}, url={{https://example.org/small}}}}`
"""
NOTEBOOK = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Try it"]}, {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [{"name": "stdout", "output_type": "stream", "text": ["0.5\n"]}], "source": ["!pip install transformers\n", "import transformers\n", "print(0.5)"]}],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
SCRIPT = "import argparse\n\nimport torch\nfrom transformers import AutoModel\n\n\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--model', default='.')\n    model = AutoModel.from_pretrained(parser.parse_args().model)\n    with torch.inference_mode():\n        print(sum(one.numel() for one in model.parameters()))\n\n\nif __name__ == '__main__':\n    main()\n"


def picture(kind: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.effect_noise((24, 24), 40).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def sound() -> bytes:
    """A tenth of a second of RIFF WAVE."""
    samples = bytes((number * 7) % 256 for number in range(1600))
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16000, 16000, 1, 8) + struct.pack("<4sI", b"data", len(samples))
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(samples)) + b"WAVE" + head + samples


def beside(path, library="transformers", task="feature-extraction", **more):
    """What people put beside a model."""
    files = {"README.md": CARD.format(library=library, task=task), ".gitattributes": ATTRIBUTES, "LICENSE": "Apache License, Version 2.0, January 2004\n", "picture.png": image(), "assets/figure.jpg": picture("JPEG"), "assets/figure.webp": picture("WEBP"), "assets/steps.gif": picture("GIF"),
             "assets/diagram.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>\n', "notebooks/try.ipynb": json.dumps(NOTEBOOK), "examples/count.py": SCRIPT, "requirements.txt": "torch>=2.1\ntransformers==4.57.6\nsafetensors\n", ".gitignore": "__pycache__/\n*.pyc\nruns/\n", **more}
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)


def small(kind="LlamaForCausalLM", **options):
    import transformers

    chosen = getattr(transformers, kind)
    return chosen(chosen.config_class(**{**TINY, **options}))


@case("repository/chat", "transformers", file="chat")
def _(path):
    import transformers

    model = small(vocab_size=400)
    model.generation_config = transformers.GenerationConfig(do_sample=True, temperature=0.6, top_p=0.9, bos_token_id=0, eos_token_id=[1, 2])
    model.save_pretrained(path)
    tokenizer(path, {"default": CHATML, "tool_use": TOOLS})
    beside(path, task="text-generation", **{"USE_POLICY.md": "# Use\n\nBe kind.\n", "original/params.json": json.dumps({"dim": 8, "n_layers": 1}), "original/consolidated.00.pth": torch_bytes(model.state_dict()), "original/checklist.chk": "d41d8cd98f00b204e9800998ecf8427e  consolidated.00.pth\n"})


@case("repository/sharded", "transformers", file="sharded")
def _(path):
    small(vocab_size=400).save_pretrained(path, max_shard_size="4KB")
    tokenizer(path)
    beside(path)


@case("repository/pickled", "folder", file="pickled")
def _(path):
    small("BertModel", vocab_size=400).save_pretrained(path, safe_serialization=False)
    tokenizer(path, None)
    beside(path)


@case("repository/frameworks", "none", file="frameworks")
def _(path):
    """One model for every framework, as the older repositories of well known models have it."""
    import flax.serialization
    import h5py
    from ordinary.onnx import plain

    model = small("BertModel")
    model.save_pretrained(path)
    model.save_pretrained(path, safe_serialization=False)
    with h5py.File(path / "tf_model.h5", "w") as file:
        file.attrs["layer_names"] = [b"bert"]
        group = file.create_group("bert")
        group.attrs["weight_names"] = [name.encode() for name in model.state_dict()]
        for name, value in model.state_dict().items():
            group.create_dataset(name.replace(".", "/"), data=value.numpy())
    beside(path, **{"flax_model.msgpack": flax.serialization.to_bytes({name: value.numpy() for name, value in model.state_dict().items()}), "onnx/model.onnx": plain().SerializeToString(), "onnx/model_quantized.onnx": plain().SerializeToString(),
                    "onnx/quantize_config.json": json.dumps({"per_channel": True, "reduce_range": True}), "vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nsmall\n", "tokenizer_config.json": json.dumps({"do_lower_case": True, "model_max_length": 16})})


@case("repository/speech", "none", file="speech")
def _(path):
    import transformers

    chosen = transformers.WhisperForConditionalGeneration
    chosen(transformers.WhisperConfig(**MORE["whisper"])).save_pretrained(path)
    transformers.WhisperFeatureExtractor().save_pretrained(path)
    tokenizer(path, None)
    beside(path, task="automatic-speech-recognition", **{"normalizer.json": json.dumps({"colour": "color"}), "sample.wav": sound(), "merges.txt": "#version: 0.2\na b\n"})


@case("repository/vision", "none", file="vision")
def _(path):
    import transformers

    transformers.ViTForImageClassification(transformers.ViTConfig(**MORE["vit"], id2label={0: "cat", 1: "dog"}, label2id={"cat": 0, "dog": 1})).save_pretrained(path)
    transformers.ViTImageProcessor().save_pretrained(path)
    beside(path, task="image-classification")


@case("repository/timm", "none", file="timm")
def _(path):
    import timm

    state = timm.create_model("test_vit", pretrained=False, num_classes=2).state_dict()
    config = {"architecture": "test_vit", "num_classes": 2, "num_features": 64, "pretrained_cfg": {"tag": "r160_in1k", "custom_load": False, "input_size": [3, 160, 160], "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.5] * 3, "classifier": "head", "license": "apache-2.0", "url": ""}}
    beside(path, library="timm", task="image-classification", **{"config.json": json.dumps(config), "model.safetensors": safe({name: value.contiguous() for name, value in state.items()}), "pytorch_model.bin": torch_bytes(state)})


@case("repository/gguf", "gguf-folder", file="gguf")
def _(path):
    path.mkdir()
    for name, template in (("small-Q8_0.gguf", CHATML), ("small-F16.gguf", [{"name": "default", "template": CHATML}, {"name": "tool_use", "template": TOOLS}, {"name": "rag", "template": CHATML}])):
        written(path / name, template=template)
    beside(path, library="gguf", task="text-generation", **{"config.json": json.dumps({"model_type": "llama"}), "Modelfile": "FROM ./small-Q8_0.gguf\nPARAMETER temperature 0.7\nSYSTEM You are kind.\n", "params": json.dumps({"stop": ["<|im_end|>"]}), "template": "{{ .System }}\n{{ .Prompt }}"})


@case("repository/sentence-transformer", "sentence-transformers", file="sentence-transformer")
def _(path):
    import sentence_transformers
    from sentence_transformers import models

    inner = path.parent / "inner"
    small("BertModel", vocab_size=400).save_pretrained(inner)
    tokenizer(inner, None)
    words = models.Transformer(str(inner))
    made = sentence_transformers.SentenceTransformer(modules=[words, models.Pooling(8), models.Dense(8, 4), models.Normalize()], device="cpu", prompts={"query": "query: ", "passage": "passage: "}, similarity_fn_name="dot")
    made.save(str(path))
    beside(path, library="sentence-transformers", task="sentence-similarity")


@case("repository/bag-of-words", "sentence-transformers", file="bag-of-words")
def _(path):
    import numpy
    import sentence_transformers
    from sentence_transformers import models

    words = models.tokenizer.WhitespaceTokenizer(["a", "small", "text"])
    made = sentence_transformers.SentenceTransformer(modules=[models.WordEmbeddings(words, numpy.ones((3, 4), "f4")), models.Pooling(4), models.WordWeights(["a"], {"a": 0.5})][:2], device="cpu")
    made.save(str(path))


@case("repository/static-embedding", "sentence-transformers", file="static")
def _(path):
    import sentence_transformers
    import tokenizers
    from ordinary.hub import tokenizer as words
    from sentence_transformers import models

    made = sentence_transformers.SentenceTransformer(modules=[models.StaticEmbedding(tokenizers.Tokenizer.from_str(words()), embedding_dim=4)], device="cpu")
    made.save(str(path))


@case("repository/cross-encoder", "none", file="cross-encoder")
def _(path):
    import sentence_transformers

    inner = path.parent / "inner"
    small("BertForSequenceClassification", vocab_size=400, num_labels=1).save_pretrained(inner)
    tokenizer(inner, None)
    sentence_transformers.CrossEncoder(str(inner), device="cpu").save(str(path))


@case("repository/sparse-encoder", "none", file="sparse-encoder")
def _(path):
    import sentence_transformers
    from sentence_transformers.sparse_encoder import models

    inner = path.parent / "inner"
    small("BertForMaskedLM", vocab_size=400).save_pretrained(inner)
    tokenizer(inner, None)
    sentence_transformers.SparseEncoder(modules=[models.MLMTransformer(str(inner)), models.SpladePooling()], device="cpu").save(str(path))


@case("repository/multi-vector", "none", file="multi-vector")
def _(path):
    """As PyLate writes its ColBERT models: sentence-transformers' layout with a layer of its own (pylate/models/colbert.py, Dense.py)."""
    small("BertModel", vocab_size=400).save_pretrained(path)
    tokenizer(path, None)
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"}]
    dense = {"in_features": 8, "out_features": 4, "bias": False, "activation_function": "torch.nn.modules.linear.Identity", "use_residual": False}
    beside(path, library="PyLate", task="sentence-similarity", **{"modules.json": json.dumps(modules), "1_Dense/config.json": json.dumps(dense), "1_Dense/model.safetensors": safe({"linear.weight": __import__("torch").ones(4, 8)}), "sentence_bert_config.json": json.dumps({"max_seq_length": 16, "do_lower_case": False}),
                    "config_sentence_transformers.json": json.dumps({"__version__": {"sentence_transformers": "5.1.2"}, "query_prefix": "[Q] ", "document_prefix": "[D] ", "similarity_fn_name": "MaxSim", "skiplist_words": ["!", "?"]})})


@case("repository/set-fit", "none", file="set-fit")
def _(path):
    """A sentence transformer with a head of scikit-learn, as SetFit writes it (setfit/modeling.py, `_save_pretrained`)."""
    import joblib
    import numpy
    import sentence_transformers
    from sentence_transformers import models
    from sklearn.linear_model import LogisticRegression

    inner = path.parent / "inner"
    small("BertModel", vocab_size=400).save_pretrained(inner)
    tokenizer(inner, None)
    sentence_transformers.SentenceTransformer(modules=[models.Transformer(str(inner)), models.Pooling(8)], device="cpu").save(str(path))
    joblib.dump(LogisticRegression().fit(numpy.eye(8), [0, 1] * 4), path / "model_head.pkl")
    (path / "config_setfit.json").write_text(json.dumps({"labels": ["no", "yes"], "normalize_embeddings": False}))


@case("repository/adapter", "none", file="adapter")
def _(path):
    """A fine-tuned adapter with the trainer's own files beside it."""
    import peft
    import torch
    import transformers

    base = small(vocab_size=400)
    made = peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules="all-linear", modules_to_save=["lm_head"], task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW(made.parameters())
    for folder in (path, path / "checkpoint-10"):
        made.save_pretrained(str(folder))
        tokenizer(folder)
        (folder / "training_args.bin").write_bytes(torch_bytes(transformers.TrainingArguments("out", report_to=[], logging_dir="out/runs")))
    state = {"best_metric": None, "epoch": 1.0, "global_step": 10, "log_history": [{"epoch": 0.5, "grad_norm": 0.1, "learning_rate": 2e-4, "loss": 1.5, "step": 5}], "stateful_callbacks": {"TrainerControl": {"args": {"should_save": True}, "attributes": {}}}}
    beside(path, library="peft", task="text-generation", **{"checkpoint-10/optimizer.pt": torch_bytes(optimizer.state_dict()), "checkpoint-10/scheduler.pt": torch_bytes({"base_lrs": [2e-4], "last_epoch": 10, "_step_count": 11}), "checkpoint-10/scaler.pt": torch_bytes({"scale": 65536.0, "growth_factor": 2.0}),
                    "checkpoint-10/rng_state.pth": torch_bytes({"python": __import__("random").getstate(), "numpy": __import__("numpy").random.get_state(), "cpu": torch.get_rng_state(), "cuda": []}), "checkpoint-10/trainer_state.json": json.dumps(state), "trainer_state.json": json.dumps(state),
                    "all_results.json": json.dumps({"train_loss": 1.5}), "checkpoint-10/global_step10/mp_rank_00_model_states.pt": torch_bytes({"module": {"w": torch.ones(2)}, "ds_version": "0.17.0"}), "checkpoint-10/latest": "global_step10"})


def pipeline(path):
    import diffusers
    import transformers

    unet = diffusers.UNet2DConditionModel(8, 4, 4, layers_per_block=1, block_out_channels=(8,), norm_num_groups=4, down_block_types=("CrossAttnDownBlock2D",), up_block_types=("CrossAttnUpBlock2D",), cross_attention_dim=8, attention_head_dim=2)
    vae = diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=4)
    text = transformers.CLIPTextModel(transformers.CLIPTextConfig(vocab_size=64, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16))
    (path.parent / "words").mkdir(parents=True, exist_ok=True)
    (path.parent / "words/vocab.json").write_text(json.dumps({"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2, "b</w>": 3, "a": 4, "b": 5}))
    (path.parent / "words/merges.txt").write_text("#version: 0.2\na b</w>\n")
    words = transformers.CLIPTokenizer.from_pretrained(path.parent / "words")
    vision = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, image_size=8, patch_size=4)
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker

    checker = StableDiffusionSafetyChecker(transformers.CLIPConfig(text_config=dict(vocab_size=64, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8), vision_config=vision, projection_dim=8))
    diffusers.StableDiffusionPipeline(vae, text, words, unet, diffusers.PNDMScheduler(skip_prk_steps=True), checker, transformers.CLIPImageProcessor()).save_pretrained(str(path))
    beside(path, library="diffusers", task="text-to-image", **{"small.safetensors": safe({"model.diffusion_model.w": __import__("torch").ones(2, 2)}, metadata={"modelspec.architecture": "stable-diffusion-v1", "modelspec.sai_model_spec": "1.0.0", "modelspec.date": "2024-05-06T07:08:09"}),
                    "v1-inference.yaml": "model:\n  base_learning_rate: 1.0e-04\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n    linear_start: 0.00085\n    unet_config:\n      target: ldm.modules.diffusionmodules.openaimodel.UNetModel\n      params:\n        image_size: 32\n"})


case("repository/stable-diffusion", "diffusers", file="stable-diffusion")(pipeline)

LORA = {"ss_sd_model_name": "small.safetensors", "ss_network_module": "networks.lora", "ss_network_dim": "8", "ss_network_args": '{"conv_dim": "4"}', "ss_tag_frequency": json.dumps({"5_cat": {"a cat": 12, "1girl": 3, "system of a down": 1, "https://example.org": 1}}), "ss_dataset_dirs": json.dumps({"5_cat": {"n_repeats": 5, "img_count": 12}}),
        "ss_training_comment": "None", "ss_optimizer": "bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)", "ss_output_name": "cat", "sshs_model_hash": "ab" * 32, "ss_session_id": "1234567890", "ss_bucket_info": '{"buckets": {"0": {"resolution": [512, 512], "count": 12}}}', "modelspec.title": "cat", "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models", "modelspec.thumbnail": "data:image/jpeg;base64,"}


@case("repository/style", "none", file="style")
def _(path):
    """A LoRA for pictures with the metadata of its trainer (kohya-ss/sd-scripts, train_network.py), a textual inversion and pictures."""
    import base64

    import torch

    metadata = {**LORA, "modelspec.thumbnail": "data:image/jpeg;base64," + base64.b64encode(picture("JPEG")).decode()}
    beside(path, library="diffusers", task="text-to-image", **{"cat.safetensors": safe({"lora_unet_down.lora_up.weight": torch.ones(2, 2)}, metadata=metadata), "cat-embedding.pt": torch_bytes({"string_to_token": {"*": 265}, "string_to_param": {"*": torch.ones(1, 8)}, "name": "cat", "step": 100, "sd_checkpoint": "small", "sd_checkpoint_name": "small"}),
                    "learned_embeds.bin": torch_bytes({"<cat>": torch.ones(8)}), "learned_embeds.safetensors": safe({"<cat>": torch.ones(8)}), "images/00001.png": picture("PNG"), "images/metadata.jsonl": '{"file_name": "00001.png", "text": "a cat"}\n'})


@case("repository/mel-whisper", "none", file="whisper")
def _(path):
    """OpenAI's own checkpoint: sizes and a state (whisper/__init__.py, load_model), with its filters and tiktoken's table."""
    import base64

    import numpy
    import torch

    ranks = "".join(f"{base64.b64encode(bytes([number])).decode()} {number}\n" for number in range(256))
    buffer = io.BytesIO()
    numpy.savez_compressed(buffer, mel_80=numpy.random.rand(80, 201).astype("f4"))
    beside(path, library="whisper", **{"tiny.pt": torch_bytes({"dims": {"n_mels": 80, "n_vocab": 64}, "model_state_dict": {"encoder.conv1.weight": torch.rand(2, 2, 3)}}), "mel_filters.npz": buffer.getvalue(), "multilingual.tiktoken": ranks, "tokenizer.model": ranks, "tekken.json": json.dumps({"config": {"pattern": r"\p{L}+"}, "vocab": [{"rank": 0, "token_bytes": "AA==", "token_str": None}]})})


@case("repository/quantised", "none", file="quantised")
def _(path):
    import torch

    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "quantization_config": {"bits": 4, "group_size": 128, "quant_method": "gptq", "desc_act": False, "checkpoint_format": "gptq", "meta": {"quantizer": ["gptqmodel:1.0"], "uri": "https://github.com/modelcloud/gptqmodel"}}}
    beside(path, task="text-generation", **{"config.json": json.dumps(config), "quantize_config.json": json.dumps(config["quantization_config"]), "model.safetensors": safe({"model.layers.0.qweight": torch.randint(-2**31, 2**31 - 1, (16, 16), dtype=torch.int32), "model.layers.0.scales": torch.rand(2, 16).half()}, metadata={"format": "pt"})})


@case("repository/spaces", "none", file="demo")
def _(path):
    """A demonstration beside its weights: code that nobody runs by loading the model."""
    import torch

    app = "import gradio as gr\nimport torch\nfrom safetensors.torch import load_file\n\nstate = load_file('model.safetensors')\n\n\ndef predict(text):\n    return len(text)\n\n\ngr.Interface(predict, 'text', 'number').launch()\n"
    beside(path, **{"app.py": app, "Dockerfile": "FROM python:3.11\nCOPY . /app\nRUN pip install -r /app/requirements.txt\nCMD [\"python\", \"/app/app.py\"]\n", "model.safetensors": safe({"w": torch.ones(2)}), "train.sh": "#!/bin/bash\nset -e\npython train.py --epochs 3\n", "train.py": SCRIPT, "configs/train.yaml": "lr: 0.001\nepochs: 3\ndata:\n  path: data/train.csv\n",
                    "data/train.csv": "text,label\na,0\nb,1\n", "docs/index.html": "<!doctype html>\n<html><head><title>Small</title></head><body><p>Small</p></body></html>\n", "paper.bib": "@misc{small, title={Small}}\n", ".github/workflows/check.yml": "on: push\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n    - uses: actions/checkout@v4\n", "pyproject.toml": "[project]\nname = \"small\"\nversion = \"0.1\"\n"})


@case("repository/voice", "none", file="voice")
def _(path):
    """Piper's voices: a graph and its settings beside it."""
    from ordinary.onnx import plain

    settings = {"audio": {"sample_rate": 22050, "quality": "medium"}, "espeak": {"voice": "en-us"}, "inference": {"noise_scale": 0.667, "length_scale": 1}, "phoneme_type": "espeak", "phoneme_id_map": {"_": [0], "a": [1]}, "num_symbols": 2, "num_speakers": 1, "speaker_id_map": {}, "language": {"code": "en_US", "family": "en"}}
    beside(path, library="piper", task="text-to-speech", **{"en_US-small-medium.onnx": plain().SerializeToString(), "en_US-small-medium.onnx.json": json.dumps(settings, indent=2), "MODEL_CARD": "# Voice\n\n* Language: en_US\n", "samples/speaker_0.wav": sound()})


@case("repository/agent", "none", file="agent")
def _(path):
    """What is found beside a trained agent: its results and a film; the agent's own archive is of the class `code`."""
    video = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp42") + struct.pack(">I4s", 16, b"mdat") + struct.pack(">II", zlib.crc32(b"x"), 0)
    beside(path, library="sample-factory", task="reinforcement-learning", **{"replay.mp4": video, "results.json": json.dumps({"mean_reward": 1.5, "std_reward": 0.1}), "cfg.json": json.dumps({"env": "CartPole-v1", "seed": None}), "env_kwargs.yml": "{}\n", "args.yml": "!!python/object/apply:collections.OrderedDict\n- - - algo\n    - ppo\n  - - env\n    - CartPole-v1\n"})


@case("repository/papers", "none", file="papers")
def _(path):
    """A paper, sound and film beside the weights."""
    import matplotlib.figure
    import torch

    buffer = io.BytesIO()
    matplotlib.figure.Figure().savefig(buffer, format="pdf")
    frame = bytes([0xFF, 0xFB, 0x90, 0]) + bytes(413)
    page = b"OggS" + bytes([0, 2]) + bytes(20) + bytes([1, 19]) + b"OpusHead" + bytes(11)
    beside(path, **{"model.safetensors": safe({"w": torch.ones(2)}), "paper.pdf": buffer.getvalue(), "samples/one.mp3": b"ID3\4\0\0\0\0\0\0" + frame * 6, "samples/two.ogg": page, "samples/three.wav": sound(), "samples/four.flac": b"fLaC" + bytes([0x80, 0, 0, 34]) + bytes(34) + b"\xff\xf8" + bytes(40)})
