"""Keras: whole models and weights in each of its files, with the torch backend."""

from case import case

MODELS = {
    "dense": "keras.Sequential([keras.Input((4,)), layers.Dense(3, 'relu'), layers.Dropout(0.1), layers.Dense(1, 'sigmoid')])",
    "convnet": "keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Conv2D(2, 3, activation='relu'), layers.BatchNormalization(), layers.MaxPooling2D(), layers.GlobalAveragePooling2D(), layers.Dense(2)])",
    "lstm": "keras.Sequential([keras.Input((5,)), layers.Embedding(20, 4), layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.GRU(2), layers.Dense(1)])",
    "attention": "(lambda x: keras.Model(x, layers.Dense(1)(layers.LayerNormalization()(layers.MultiHeadAttention(2, 2)(x, x)))))(keras.Input((5, 4)))",
    "functional": "(lambda a, b: keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([layers.Dense(2)(a), layers.Flatten()(b)]))))(keras.Input((3,), name='a'), keras.Input((2, 2), name='b'))",
    "operations": "(lambda x: keras.Model(x, keras.ops.mean(keras.ops.relu(layers.Dense(3)(x)) * 2.0, axis=-1)))(keras.Input((4,)))",
    "augmentation": "keras.Sequential([keras.Input((8, 8, 3)), layers.RandomFlip(), layers.RandomRotation(0.1), layers.Normalization(mean=0.0, variance=1.0), layers.Conv2D(1, 1)])",
    "nested": "keras.Sequential([keras.Input((4,)), keras.Sequential([layers.Dense(3, kernel_regularizer='l2', kernel_initializer='he_normal')], name='inner'), layers.Dense(1)])",
    "mobile": "keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None, classes=2)",
}


def made(name, compiled=True):
    import keras

    model = eval(MODELS[name], {"keras": keras, "layers": keras.layers})
    if compiled:
        model.compile(keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(1e-3, 10)), loss=keras.losses.Huber(), metrics=["mae"])
    return model


for name in MODELS:
    for end, save in (("keras", "save"), ("h5", "save"), ("weights.h5", "save_weights")):
        if name != "mobile" or end == "keras":

            @case(f"keras/{name}.{end}", "keras", file=f"model.{end}")
            def _(path, name=name, save=save):
                getattr(made(name), save)(path)

    @case(f"keras/{name}.json", "keras", file="model.json")
    def _(name=name):
        return made(name).to_json().encode()


for name in ("ResNet50", "EfficientNetB0", "ConvNeXtTiny", "DenseNet121", "InceptionV3", "VGG16", "Xception", "MobileNetV3Small"):

    @case(f"keras/application-{name.lower()}.json", "keras", file="model.json")
    def _(name=name):
        import keras

        return getattr(keras.applications, name)(weights=None).to_json().encode()


@case("keras/fitted.keras", "keras", file="model.keras")
def _(path):
    import numpy

    model = made("dense")
    model.fit(numpy.random.rand(8, 4), numpy.random.rand(8, 1), epochs=1, verbose=0)
    model.save(path)


@case("code/keras-pickled", "keras-pickle", file="model.pkl")
def _():
    import pickle

    return pickle.dumps(made("dense"))


@case("keras/sharded", "none", file="model")
def _(path):
    path.mkdir()
    made("dense", compiled=False).save_weights(path / "model.weights.json", max_shard_size=1e-6)


@case("h5py/plain.h5", "hdf5", file="data.h5")
def _(path):
    import h5py
    import numpy

    with h5py.File(path, "w") as file:
        file.attrs["note"] = "plain words"
        group = file.create_group("weights")
        group["w"] = numpy.random.rand(3, 2)
        group.create_dataset("packed", data=numpy.zeros((8, 8)), chunks=(4, 4), compression="gzip", shuffle=True, fletcher32=True)
        group.create_dataset("text", data=["one", "two"], dtype=h5py.string_dtype())
        group["again"] = h5py.SoftLink("/weights/w")


@case("pandas/table.h5", "hdf5", file="table.h5")
def _(path):
    """The layout that pandas and PyTables write, but by h5py: attributes that name classes, arrays below a group."""
    import h5py
    import numpy

    with h5py.File(path, "w", libver="latest") as file:
        for number in range(30):
            made = file.create_dataset(f"frame/block{number}_values", data=numpy.zeros((4, 2)), maxshape=(None, 2))
            made.attrs["CLASS"], made.attrs["VERSION"], made.attrs["TITLE"] = numpy.bytes_("ARRAY"), numpy.bytes_("2.4"), numpy.bytes_("")
