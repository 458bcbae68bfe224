"""GGUF, by the project's own Python writer: models of several architectures, tokenizers, chat templates, quantised tensors."""

from case import case

CHATML = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
TOOLS = "{%- if tools %}{{- 'You have tools:' }}{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{%- endif %}{%- for m in messages %}{%- if m.role == 'system' and not loop.first %}{{- raise_exception('System message must be first') }}{%- endif %}{{- bos_token + m.content | trim + eos_token }}{%- endfor %}"


def written(path, arch="llama", template=None, words=32, tensors=(), more=()):
    import gguf
    import numpy

    writer = gguf.GGUFWriter(path, arch)
    writer.add_name("A small model")
    writer.add_license("apache-2.0")
    writer.add_source_url("https://example.org/model")
    writer.add_context_length(128)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(16)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"word{number}".encode() for number in range(words)])
    writer.add_token_scores([-float(number) for number in range(words)])
    writer.add_token_types([gguf.TokenType.NORMAL] * words)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if template is not None:
        writer.add_chat_template(template)
    for key, value in more:
        getattr(writer, key)(value)
    for name in ("token_embd.weight", "blk.0.attn_q.weight", "blk.0.ffn_up.weight", "output_norm.weight"):
        writer.add_tensor(name, numpy.random.rand(8, 32).astype("f4"))
    for name, kind in tensors:
        writer.add_tensor(name, gguf.quants.quantize(numpy.random.rand(4, 256).astype("f4"), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


for arch in ("llama", "gpt2", "qwen2", "gemma", "phi3", "bert", "mamba"):
    case(f"gguf/{arch}", "gguf", file="model.gguf")(lambda path, arch=arch: written(path, arch))
case("gguf/chat-template", "gguf", file="model.gguf")(lambda path: written(path, template=CHATML))
case("gguf/chat-templates", "gguf", file="model.gguf")(lambda path: written(path, template=[{"name": "default", "template": CHATML}, {"name": "tool_use", "template": TOOLS}]))
case("gguf/vocabulary", "gguf", file="model.gguf")(lambda path: written(path, words=4000))
case("gguf/alignment", "gguf", file="model.gguf")(lambda path: written(path, more=[("add_custom_alignment", 64)]))
case("gguf/words", "gguf", file="model.gguf")(lambda path: written(path, more=[("add_author", "nobody"), ("add_description", "größe, 数"), ("add_tags", ["text-generation"]), ("add_languages", ["en"])]))


@case("gguf/quantised", "gguf", file="model.gguf")
def _(path):
    import gguf

    kinds = gguf.GGMLQuantizationType
    written(path, tensors=[(f"blk.0.{kind.name.lower()}.weight", kind) for kind in (kinds.Q8_0, kinds.Q4_0, kinds.Q5_1, kinds.BF16, kinds.F16)])


@case("gguf/adapter", "gguf", file="lora.gguf")
def _(path):
    import gguf
    import numpy

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 16.0)
    writer.add_tensor("blk.0.attn_q.weight.lora_a", numpy.random.rand(4, 32).astype("f4"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@case("gguf/split", "gguf-folder", file="model")
def _(path):
    import gguf
    import numpy

    path.mkdir()
    writer = gguf.GGUFWriter(path / "model.gguf", "llama", split_max_tensors=2)
    writer.add_block_count(1)
    for number in range(4):
        writer.add_tensor(f"blk.0.tensor{number}.weight", numpy.random.rand(4, 32).astype("f4"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@case("hub/gguf", "gguf-folder", file="model")
def _(path):
    path.mkdir()
    written(path / "small-Q8_0.gguf", template=CHATML)
    (path / "README.md").write_text("---\nlicense: apache-2.0\nbase_model: someone/small\ntags: [gguf]\n---\n\n# small, quantised\n")
    (path / "params").write_text('{"stop": ["<|im_end|>"]}')
    (path / "Modelfile").write_text("FROM ./small-Q8_0.gguf\nPARAMETER temperature 0.7\n")
