"""Tables and arrays that lie beside models: annotated matrices, Zarr in its versions, datasets, records of TensorFlow, archives of samples."""

import json

from case import case
from ordinary.hub import image


def annotated():
    import anndata
    import numpy
    import pandas
    import scipy.sparse

    # anndata writes no text of pandas' own kind without being asked.
    pandas.set_option("future.infer_string", False)
    rows = pandas.DataFrame({"batch": pandas.Categorical(["a", "b", "a", "b"]), "count": [1, 2, 3, 4]}, index=[f"cell{number}" for number in range(4)])
    made = anndata.AnnData(scipy.sparse.random(4, 3, 0.5, format="csr", dtype="f4"), obs=rows, var=pandas.DataFrame(index=["x", "y", "z"]))
    made.obsm["X_pca"] = numpy.random.rand(4, 2)
    made.uns["neighbors"] = {"params": {"n_neighbors": 3, "method": "umap"}}
    made.layers["counts"] = made.X.copy()
    return made


for end in ("h5ad", "zarr"):

    @case(f"anndata/{end}", "anndata", file=f"cells.{end}")
    def _(path, end=end):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = annotated()
        made.write_h5ad(path, compression="gzip") if end == "h5ad" else made.write_zarr(str(path))


for version in (2, 3):
    for codec in ("zstd", "blosc", "gzip", "none"):

        @case(f"zarr/array-{version}-{codec}", "zarr", file="array.zarr")
        def _(path, version=version, codec=codec):
            import numcodecs
            import numpy
            import zarr

            old = {"zstd": numcodecs.Zstd(), "blosc": numcodecs.Blosc(), "gzip": numcodecs.GZip(), "none": None}[codec]
            new = {"zstd": zarr.codecs.ZstdCodec(), "blosc": zarr.codecs.BloscCodec(), "gzip": zarr.codecs.GzipCodec(), "none": None}[codec]
            made = zarr.create_array(str(path), shape=(20, 6), chunks=(8, 3), dtype="f4", zarr_format=version, compressors=old if version == 2 else new)
            made[:] = numpy.random.rand(20, 6)


@case("zarr/sharded", "zarr", file="array.zarr")
def _(path):
    import numpy
    import zarr

    made = zarr.create_array(str(path), shape=(16, 16), chunks=(4, 4), shards=(8, 8), dtype="f4")
    made[:] = numpy.random.rand(16, 16)


@case("zarr/zip", "none", file="array.zarr.zip")
def _(path):
    import numpy
    import zarr

    path.parent.mkdir(parents=True, exist_ok=True)
    with zarr.storage.ZipStore(str(path), mode="w") as store:
        made = zarr.create_array(store, shape=(8, 8), chunks=(4, 4), dtype="i4")
        made[:] = numpy.arange(64).reshape(8, 8)


def rows():
    import datasets

    return datasets.Dataset.from_dict({"text": ["a small text", "another"], "label": [0, 1], "image": [image(), image()]})


@case("datasets/saved", "datasets", file="rows")
def _(path):
    rows().save_to_disk(str(path))


@case("datasets/splits", "none", file="rows")
def _(path):
    import datasets

    datasets.DatasetDict({"train": rows(), "test": rows()}).save_to_disk(str(path))


@case("datasets/repository", "none", file="rows")
def _(path):
    """A repository of a dataset: parquet in `data`, a card whose metadata names the splits, lines of JSON and of CSV, compressed too."""
    import gzip

    (path / "data").mkdir(parents=True)
    rows().to_parquet(path / "data/train-00000-of-00001.parquet")
    (path / "data/extra.jsonl").write_text('{"text": "a", "label": 0}\n{"text": "b", "label": 1}\n')
    (path / "data/extra.csv").write_text("text,label\na,0\n")
    (path / "data/extra.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n'))
    (path / "README.md").write_text("---\nlicense: cc-by-4.0\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n  splits:\n  - name: train\n    num_bytes: 100\n    num_examples: 2\nsize_categories:\n- n<1K\n---\n\n# Rows\n")


@case("webdataset/samples.tar", "none", file="samples-000000.tar")
def _(path):
    import webdataset

    path.parent.mkdir(parents=True, exist_ok=True)
    with webdataset.TarWriter(str(path)) as writer:
        for number in range(3):
            writer.write({"__key__": f"{number:06d}", "png": image(), "json": {"label": number}, "cls": number, "txt": "a small text"})


@case("tensorboardX/events", "none", file="runs")
def _(path):
    """What training leaves in `runs`: scalars, a histogram, a text, a picture, settings."""
    import numpy
    import tensorboardX

    writer = tensorboardX.SummaryWriter(str(path))
    for step in range(3):
        writer.add_scalar("train/loss", 1.0 / (step + 1), step)
    writer.add_histogram("weights", numpy.random.rand(20), 0)
    writer.add_text("args", json.dumps({"learning_rate": 2e-4}), 0)
    writer.add_image("sample", numpy.random.rand(3, 8, 8), 0)
    writer.add_hparams({"lr": 0.1}, {"accuracy": 0.5}, name="hparams")
    writer.close()


@case("tensorboardX/beside", "none", file="model")
def _(path):
    import tensorboardX
    from ordinary.repositories import beside, safe

    writer = tensorboardX.SummaryWriter(str(path / "runs/May06_07-08-09_host"))
    writer.add_scalar("train/loss", 0.5, 1)
    writer.close()
    beside(path, **{"model.safetensors": safe({"w": __import__("torch").ones(2)})})


@case("h5py/table", "hdf5", file="table.h5")
def _(path):
    import h5py
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_dataset("rows", data=numpy.array([(1, 2.5, b"a")], dtype=[("n", "i4"), ("x", "f8"), ("s", "S4")]), chunks=True, compression="gzip")
        file.create_dataset("words", data=["größe", "b"], dtype=h5py.string_dtype())
        file.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype("i4"))[0] = [1, 2]
        file["same"] = file["rows"]
        file["soft"] = h5py.SoftLink("/rows")


@case("numpy/image-stack", "numpy", file="stack.npz")
def _(path):
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez(path, pictures=numpy.random.randint(0, 255, (2, 8, 8, 3), dtype="u1"), names=numpy.array(["a", "b"]), when=numpy.array(["2024-05-06"], dtype="datetime64[D]"), record=numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))


def field(tag: int, data: bytes) -> bytes:
    """A field of protobuf with its length."""
    length, size = b"", len(data)
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([tag << 3 | 2]) + length + bytes([size]) + data


@case("tensorflow/records", "none", file="train-00000-of-00001.tfrecord")
def _(path):
    """Pictures as tf.train.Example (tensorflow/core/example/example.proto), in the framing that tensorboardX writes."""
    import tensorboardX.record_writer

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = tensorboardX.record_writer.RecordWriter(str(path))
    for number in range(3):
        picture = field(1, field(1, b"image") + field(2, field(1, field(1, image()))))
        label = field(1, field(1, b"label") + field(2, field(3, bytes([8, number]))))
        writer.write(field(1, picture + label))
    writer.close()
