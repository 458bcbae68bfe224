"""Makes large models of the other formats for measure.py: ordinary ones, and hostile ones of the same kind. Loads nothing.

ONNX, TensorFlow and GGUF are written by hand, in bytes; HDF5 needs h5py and Parquet pyarrow, and without them those cases are left out and named.
"""

import io
import json
import struct
import zipfile
from pathlib import Path

MEBIBYTE = 1 << 20


# Protobuf: a varint, and fields of the wire types that are needed (protobuf.dev/programming-guides/encoding).
def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


# onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto, AttributeProto.
def onnx_model(graph_parts, graph_size):
    """The parts of a model whose graph is `graph_parts`, `graph_size` bytes in all."""
    yield field(1, 8) + field(8, field(2, 17))
    yield varint(7 << 3 | 2) + varint(graph_size)
    yield from graph_parts


def onnx_node(inputs, outputs, kind, name, domain="", attributes=b""):
    texts = b"".join(field(1, one) for one in inputs) + b"".join(field(2, one) for one in outputs)
    return texts + field(3, name) + field(4, kind) + attributes + (field(7, domain) if domain else b"")


def onnx_value(name):
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, field(1, field(1, 4)))))


ENDS = field(2, "main") + field(11, onnx_value("x")) + field(12, onnx_value("y"))


def onnx_inside(path, size, noise):
    """Initializers of 64 MiB inside the model, as near the 2 GiB of protobuf as they go."""
    part = min(64 * MEBIBYTE, size)
    head = field(1, onnx_node(["x"], ["y"], "Identity", "n")) + ENDS
    tensors = [field(1, part // 4) + field(2, 1) + field(8, f"w{number}") + varint(9 << 3 | 2) + varint(part) for number in range((size - MEBIBYTE) // part)]
    total = len(head) + sum(len(varint(len(one) + part)) + 1 + len(one) + part for one in tensors)
    with open(path, "wb") as file:
        for one in onnx_model([head], total):
            file.write(one)
        for one in tensors:
            file.write(varint(5 << 3 | 2) + varint(len(one) + part) + one)
            for block in noise(part):
                file.write(block)


def onnx_external(path, size, noise):
    """A folder: a model, and one file with all of its tensors."""
    path.mkdir()
    part = min(64 * MEBIBYTE, size)
    graph = field(1, onnx_node(["x"], ["y"], "Identity", "n")) + ENDS
    for number in range(size // part):
        entries = {"location": "weights.data", "offset": str(number * part), "length": str(part)}
        listed = b"".join(field(13, field(1, key) + field(2, text)) for key, text in entries.items())
        graph += field(5, field(1, part // 4) + field(2, 1) + field(8, f"w{number}") + listed + field(14, 1))
    (path / "model.onnx").write_bytes(b"".join(onnx_model([graph], len(graph))))
    with open(path / "weights.data", "wb") as file:
        for _ in range(size // part):
            for block in noise(part):
                file.write(block)


def onnx_nodes(path, count, node):
    graph = b"".join(field(1, node(number)) for number in range(count)) + ENDS
    path.write_bytes(b"".join(onnx_model([graph], len(graph))))


KINDS = ["Conv", "Relu", "Add", "MatMul", "Mul", "Reshape", "Transpose", "Concat", "Gather", "Softmax"]


def plain_node(number):
    attribute = field(5, field(1, "axis") + field(3, 1) + field(20, 2))
    return onnx_node([f"t{number}", f"w{number}"], [f"t{number + 1}"], KINDS[number % 10], f"/layers.{number}/{KINDS[number % 10]}", attributes=attribute)


def strange_node(number):
    attribute = field(5, field(1, "code") + field(4, f"value {number}" * 4) + field(20, 3))
    return onnx_node([f"t{number}"], [f"t{number + 1}"], f"Kind{number}", f"n{number}", f"domain{number}", attribute)


def onnx_deep(path, depth):
    """An If whose branch is a graph with an If ..."""
    graph = ENDS
    for number in range(depth):
        graph = field(1, onnx_node(["c"], ["y"], "If", "n", attributes=field(5, field(1, "then_branch") + field(6, graph) + field(20, 5)))) + field(2, "g")
    path.write_bytes(b"".join(onnx_model([graph], len(graph))))


def onnx_outside(path, count):
    """Initializers that each name a file of their own, outside of the folder."""
    tensors = (field(1, 1) + field(2, 1) + field(8, f"w{n}") + field(13, field(1, "location") + field(2, f"../../outside/{n}")) + field(14, 1) for n in range(count))
    graph = b"".join(field(5, one) for one in tensors) + ENDS
    path.write_bytes(b"".join(onnx_model([graph], len(graph))))


# tensorflow/core/protobuf: SavedModel, MetaGraphDef, GraphDef, NodeDef, FunctionDef.
def saved_model(path, count, node, functions=0):
    path.mkdir()
    graph = b"".join(field(1, node(number)) for number in range(count))
    library = b"".join(field(1, field(1, field(1, f"__inference_{n}")) + field(3, node(n))) for n in range(functions))
    graph += field(2, library) if library else b""
    tags = field(1, field(4, "serve") + field(5, "2.15.0"))
    (path / "saved_model.pb").write_bytes(field(1, 1) + field(2, tags + field(2, graph)))
    (path / "variables").mkdir()


def plain_op(number):
    kind = ["MatMul", "Const", "VarHandleOp", "ReadVariableOp", "AddV2", "Relu", "Identity", "Reshape"][number % 8]
    attribute = field(5, field(1, "dtype") + field(2, field(6, 1)))
    return field(1, f"model/layer_{number}/{kind}") + field(2, kind) + field(3, f"model/layer_{max(0, number - 1)}/x") + attribute


def strange_op(number):
    attribute = field(5, field(1, "token") + field(2, field(2, f"pyfunc_{number}")))
    return field(1, f"n{number}") + field(2, f"Custom{number}>Op") + attribute


# GGUF 3 (ggml-org/ggml docs/gguf.md): value types 4 is uint32, 6 float32, 8 string, 9 array.
def gguf_text(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_pair(key, kind, value):
    return gguf_text(key) + struct.pack("<I", kind) + value


def gguf_array(key, kind, count, values):
    return gguf_text(key) + struct.pack("<IIQ", 9, kind, count) + values


def gguf_head(tensors, pairs):
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs)


NAME = gguf_pair("general.architecture", 8, gguf_text("llama"))


def gguf_weights(path, size, noise):
    part = min(64 * MEBIBYTE, size)
    count = size // part
    # A tensor info: name, dimensions, type (0 is F32), offset.
    infos = b"".join(gguf_text(f"blk.{n}.ffn_up.weight") + struct.pack("<IQQIQ", 2, 4096, part // 16384, 0, n * part) for n in range(count))
    head = gguf_head(count, 1) + NAME + infos
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for _ in range(count):
            for block in noise(part):
                file.write(block)


def gguf_vocabulary(path, count):
    words = b"".join(gguf_text(f"word{n}") for n in range(count))
    merges = b"".join(gguf_text(f"wo rd{n}") for n in range(count))
    pairs = [NAME, gguf_array("tokenizer.ggml.tokens", 8, count, words), gguf_array("tokenizer.ggml.merges", 8, count, merges),
             gguf_array("tokenizer.ggml.scores", 6, count, bytes(4 * count)), gguf_array("tokenizer.ggml.token_type", 5, count, struct.pack("<i", 1) * count)]
    path.write_bytes(gguf_head(0, len(pairs)) + b"".join(pairs) + bytes(64))


def gguf_metadata(path, size):
    """Metadata of `size` bytes in arrays of long words, and no chat template."""
    word = gguf_text("a word that is longer than most, for it is a description of what it stands for")
    count = size // 10 // len(word)
    path.write_bytes(gguf_head(0, 11) + NAME + b"".join(gguf_array(f"more.list{n}", 8, count, word * count) for n in range(10)) + bytes(64))


def gguf_keys(path, count):
    path.write_bytes(gguf_head(0, count + 1) + NAME + b"".join(gguf_pair(f"key.{n}", 4, bytes(4)) for n in range(count)) + bytes(64))


def gguf_templates(path, count, text):
    pairs = [gguf_pair(f"tokenizer.chat_template.t{n}", 8, gguf_text(text)) for n in range(count)]
    path.write_bytes(gguf_head(0, count + 1) + NAME + b"".join(pairs) + bytes(64))


# HDF5, by h5py.
def hdf5_weights(path, size, noise):
    import h5py
    import numpy

    part = min(64 * MEBIBYTE, size)
    with h5py.File(path, "w") as file:
        for number in range(size // part):
            made = file.create_dataset(f"layers/dense_{number}/vars/0", (part // 4,), "f4")
            for at, block in enumerate(noise(part)):
                made[at * MEBIBYTE // 4:(at + 1) * MEBIBYTE // 4] = numpy.frombuffer(block, "f4")


def hdf5_many(path, count, libver="earliest", attributes=1, chunks=None):
    import h5py
    import numpy

    with h5py.File(path, "w", libver=libver) as file:
        for number in range(count):
            made = file.create_dataset(f"layers/layer_{number // 10}/vars/{number % 10}", data=numpy.ones((4, 4), "f4"), chunks=chunks)
            for at in range(attributes):
                made.attrs[f"note{at}"] = f"words of {number}"


def hdf5_shared(path, count):
    """Every group has a hard link to every group: paths without end, objects few."""
    import h5py

    with h5py.File(path, "w") as file:
        groups = [file.create_group(f"g{number}") for number in range(count)]
        for one in groups:
            for number, other in enumerate(groups):
                one[f"l{number}"] = other


def hdf5_chunks(path, count):
    """One dataset in `count` chunks of one element."""
    import h5py
    import numpy

    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=numpy.arange(count, dtype="i1"), chunks=(1,))


# Keras 3: a zip with the configuration and the weights.
def keras_layer(number, kind="Dense", module="keras.layers"):
    def named(name):
        return {"module": "keras.initializers", "class_name": name, "config": {"seed": None}, "registered_name": None}

    config = {"name": f"dense_{number}", "trainable": True, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None},
              "units": 8, "activation": "relu", "use_bias": True, "kernel_initializer": named("GlorotUniform"), "bias_initializer": named("Zeros")}
    return {"module": module, "class_name": kind, "config": config, "registered_name": None, "build_config": {"input_shape": [None, 8]}}


def keras_archive(path, config, weights=0):
    out = io.BytesIO()
    if weights:
        hdf5_many(out, weights)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0", "date_saved": "2024-01-01@00:00:00"}))
        archive.writestr("config.json", config)
        if weights:
            archive.writestr("model.weights.h5", out.getvalue())


def keras_model(layers):
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": {"name": "m", "trainable": True, "layers": layers}, "registered_name": "Sequential"})


def keras_deep(path, depth):
    opened = '{"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": ['
    keras_archive(path, opened * depth + "]}}" * depth)


# JSON of 100 MB as tokenizers write it, and others.
def json_tokenizer(path, size):
    count = size // 40
    vocabulary = {f"token{number}": number for number in range(count)}
    merges = [f"tok en{number}" for number in range(count)]
    path.write_text(json.dumps({"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": vocabulary, "merges": merges}}))


def json_names(path, count):
    """Places where loaders look for names, each with a name of its own."""
    path.write_text(json.dumps({"layers": [{"_target_": f"package{n}.module.Class{n}", "auto_map": {"AutoModel": f"code{n}.Model"}} for n in range(count)]}))


# Parquet, by pyarrow; its footer by hand (Thrift's compact protocol) where it is hostile.
def parquet_wide(path, columns):
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({f"feature_{number}": pyarrow.array([1.0, 2.0]) for number in range(columns)})
    pyarrow.parquet.write_table(table.replace_schema_metadata({f"note{n}": "words" * 10 for n in range(columns)}), path)


def parquet_footer(path, size):
    """FileMetaData: field 2, a list of `size` schema elements that are empty structs."""
    footer = bytes([0x15, 2, 0x19, 0xFC]) + varint(size) + bytes(size) + b"\0"
    path.write_bytes(b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1")


def beside(noise):
    """Cases that are measured beside `openssl dgst`: `(path, scale)` makes 2 GiB divided by `scale`."""
    whole = 2_048 * MEBIBYTE
    return {
        "onnx-2g.onnx": lambda path, scale: onnx_inside(path, whole // scale, noise),
        "onnx-external-2g": lambda path, scale: onnx_external(path, whole // scale, noise),
        "gguf-2g.gguf": lambda path, scale: gguf_weights(path, whole // scale, noise),
        "hdf5-2g.h5": lambda path, scale: hdf5_weights(path, whole // scale, noise),
    }


LARGE = {
    "onnx-nodes-100k.onnx": lambda path, scale: onnx_nodes(path, 100_000 // scale, plain_node),
    "saved-model-ops-50k": lambda path, scale: saved_model(path, 50_000 // scale, plain_op, 2_000 // scale),
    "gguf-vocabulary-256k.gguf": lambda path, scale: gguf_vocabulary(path, 256_000 // scale),
    "gguf-metadata-200m.gguf": lambda path, scale: gguf_metadata(path, 200 * 1_000_000 // scale),
    "hdf5-datasets-20k.h5": lambda path, scale: hdf5_many(path, 20_000 // scale),
    "hdf5-datasets-20k-latest.h5": lambda path, scale: hdf5_many(path, 20_000 // scale, libver="latest"),
    "keras-layers-2k.keras": lambda path, scale: keras_archive(path, keras_model([keras_layer(n) for n in range(2_000 // scale)]), 4_000 // scale),
    "json-100m.json": lambda path, scale: json_tokenizer(path, 100 * 1_000_000 // scale),
    "parquet-columns-20k.parquet": lambda path, scale: parquet_wide(path, 20_000 // scale),
}
HOSTILE = {
    "bomb-kinds-100k.onnx": lambda path, scale: onnx_nodes(path, 100_000 // scale, strange_node),
    "bomb-deep-5k.onnx": lambda path, scale: onnx_deep(path, 5_000 // scale),
    "bomb-outside-200k.onnx": lambda path, scale: onnx_outside(path, 200_000 // scale),
    "bomb-kinds-saved-model": lambda path, scale: saved_model(path, 50_000 // scale, strange_op, 50_000 // scale),
    "bomb-keys-5m.gguf": lambda path, scale: gguf_keys(path, 5_000_000 // scale),
    "bomb-text-200m.gguf": lambda path, scale: gguf_templates(path, 1, "{{ x }}" * (28_000_000 // scale)),
    "bomb-templates-20k.gguf": lambda path, scale: gguf_templates(path, 20_000 // scale, "{% for m in messages %}{{ m.content | trim }}{% endfor %}"),
    "bomb-template-deep.gguf": lambda path, scale: gguf_templates(path, 1, "{% if x %}" * (200_000 // scale)),
    "bomb-attributes.h5": lambda path, scale: hdf5_many(path, 20_000 // scale, attributes=5),
    "bomb-shared-groups.h5": lambda path, scale: hdf5_shared(path, 800 // scale),
    "bomb-chunks-500k.h5": lambda path, scale: hdf5_chunks(path, 500_000 // scale),
    "bomb-classes-50k.keras": lambda path, scale: keras_archive(path, keras_model([keras_layer(n, f"Mine{n}", f"package{n}.layers") for n in range(50_000 // scale)])),
    "bomb-deep-100k.keras": lambda path, scale: keras_deep(path, 100_000 // scale),
    "bomb-names-1m.json": lambda path, scale: json_names(path, 1_000_000 // scale),
    "bomb-text-100m.json": lambda path, scale: path.write_text(json.dumps({"a": "é\\" * (10_000_000 // scale)})),
    "bomb-keys-100m.json": lambda path, scale: path.write_text(json.dumps({f"key{n}": None for n in range(5_000_000 // scale)})),
    "bomb-footer-50m.parquet": lambda path, scale: parquet_footer(path, 50_000_000 // scale),
}
