"""scipy, boosters, statistics and the smaller libraries, saved the way their users save them."""

import pickle

from case import case

LIBRARIES = ["catboost", "gensim", "hdbscan", "imblearn", "lightgbm", "lightning", "networkx", "polars", "scipy", "scipy.interpolate", "scipy.sparse", "scipy.spatial", "scipy.stats", "sklearn.linear_model", "skorch", "statsmodels.api", "torch", "transformers", "umap", "xgboost", "numpy", "pandas",
             "hmmlearn.hmm", "lifelines", "category_encoders", "mlxtend.classifier", "ngboost", "tokenizers", "tslearn.clustering", "skopt", "optuna", "spacy", "sympy", "PIL.Image", "timm", "einops.layers.torch", "torchmetrics", "accelerate", "dill", "cloudpickle", "implicit.als", "pmdarima", "prophet"]


def evaluate(source: str):
    """The value of `source`, with the libraries it names imported, and X and y of twelve samples."""
    import importlib
    import warnings

    import numpy

    warnings.simplefilter("ignore")
    names = {"importlib": importlib}
    for library in LIBRARIES:
        if f"{library}." in source or f"{library}(" in source:
            importlib.import_module(library)
            names[library.split(".")[0]] = importlib.import_module(library.split(".")[0])
    random = numpy.random.RandomState(5)
    names.update(numpy=numpy, X=random.rand(24, 3), y=numpy.array([0, 1] * 12), t=random.rand(24))
    return eval(source, names)


VALUES = {
    "scipy/csr": "scipy.sparse.csr_matrix(numpy.eye(3))", "scipy/csc": "scipy.sparse.csc_matrix(numpy.eye(3))", "scipy/coo": "scipy.sparse.coo_matrix(numpy.eye(3))", "scipy/csr-array": "scipy.sparse.csr_array(numpy.eye(3))", "scipy/dok": "scipy.sparse.dok_matrix(numpy.eye(3))", "scipy/lil": "scipy.sparse.lil_matrix(numpy.eye(3))", "scipy/dia": "scipy.sparse.dia_matrix(numpy.eye(3))", "scipy/bsr": "scipy.sparse.bsr_matrix(numpy.eye(4))",
    "scipy/kd-tree": "scipy.spatial.KDTree(X)", "scipy/ckd-tree": "scipy.spatial.cKDTree(X)", "scipy/rotation": "scipy.spatial.transform.Rotation.identity()", "scipy/interp1d": "scipy.interpolate.interp1d([0, 1, 2], [1, 2, 3])", "scipy/spline": "scipy.interpolate.CubicSpline([0, 1, 2], [1, 2, 3])", "scipy/univariate": "scipy.interpolate.UnivariateSpline([0, 1, 2, 3, 4], [1, 2, 3, 2, 1])", "scipy/pchip": "scipy.interpolate.PchipInterpolator([0, 1, 2], [1, 2, 3])",
    "scipy/rbf": "scipy.interpolate.RBFInterpolator(X, t)", "scipy/grid": "scipy.interpolate.RegularGridInterpolator(([0, 1], [0, 1]), numpy.ones((2, 2)))", "scipy/b-spline": "scipy.interpolate.make_interp_spline([0, 1, 2, 3], [1, 2, 3, 4])", "scipy/frozen-norm": "scipy.stats.norm(0, 1)", "scipy/kde": "scipy.stats.gaussian_kde(t)", "scipy/histogram": "scipy.stats.rv_histogram(numpy.histogram(t))", "scipy/multivariate": "scipy.stats.multivariate_normal([0, 0])",
    "scipy/optimize-result": "importlib.import_module('scipy.optimize').minimize(sum, [1.0], method='Nelder-Mead', options={'maxiter': 3})",
    "xgboost/classifier": "xgboost.XGBClassifier(n_estimators=2).fit(X, y)", "xgboost/regressor": "xgboost.XGBRegressor(n_estimators=2).fit(X, t)", "xgboost/booster": "xgboost.train({}, xgboost.DMatrix(X, y), 2)", "xgboost/ranker": "xgboost.XGBRanker(n_estimators=2).fit(X, y, group=[24])", "xgboost/forest": "xgboost.XGBRFClassifier(n_estimators=2).fit(X, y)",
    "lightgbm/classifier": "lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, min_child_samples=1).fit(X, y)", "lightgbm/regressor": "lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, t)", "lightgbm/booster": "lightgbm.train({'verbose': -1}, lightgbm.Dataset(X, t), 2)", "catboost/classifier": "catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(X, y)", "catboost/regressor": "catboost.CatBoostRegressor(iterations=2, verbose=0, allow_writing_files=False).fit(X, t)",
    "statsmodels/ols": "statsmodels.api.OLS(t, X).fit()", "statsmodels/glm": "statsmodels.api.GLM(y, X, family=statsmodels.api.families.Binomial()).fit()", "statsmodels/logit": "statsmodels.api.Logit(y, X).fit(disp=0)", "statsmodels/arima": "importlib.import_module('statsmodels.tsa.arima.model').ARIMA(t, order=(1, 0, 0)).fit()", "statsmodels/smoothing": "importlib.import_module('statsmodels.tsa.holtwinters').ExponentialSmoothing(t).fit()",
    "imblearn/smote": "importlib.import_module('imblearn.over_sampling').SMOTE().fit(X, y)", "imblearn/pipeline": "importlib.import_module('imblearn.pipeline').make_pipeline(importlib.import_module('imblearn.under_sampling').RandomUnderSampler(), sklearn.linear_model.LogisticRegression()).fit(X, y)", "imblearn/forest": "importlib.import_module('imblearn.ensemble').BalancedRandomForestClassifier(2).fit(X, y)",
    "hdbscan/clusterer": "hdbscan.HDBSCAN(min_cluster_size=3).fit(X)", "umap/reducer": "umap.UMAP(n_neighbors=4, n_epochs=2, init='random').fit(X)", "networkx/graph": "networkx.karate_club_graph()", "networkx/digraph": "networkx.DiGraph([(1, 2), (2, 3)])", "networkx/multigraph": "networkx.MultiGraph([(1, 2), (1, 2)])", "polars/frame": "polars.DataFrame({'a': [1, 2], 'b': ['x', 'y']})", "polars/series": "polars.Series('a', [1.5, 2.5])",
    "gensim/word2vec": "gensim.models.Word2Vec([['a', 'b', 'c'], ['b', 'c']], vector_size=4, min_count=1)", "gensim/dictionary": "gensim.corpora.Dictionary([['a', 'b'], ['b']])", "gensim/lda": "gensim.models.LdaModel([[(0, 1), (1, 1)]], num_topics=2)", "gensim/tfidf": "gensim.models.TfidfModel([[(0, 1)], [(1, 2)]])", "gensim/vectors": "gensim.models.Word2Vec([['a', 'b']], vector_size=2, min_count=1).wv", "gensim/phrases": "gensim.models.Phrases([['a', 'b'], ['a', 'b']], min_count=1)",
    "hmmlearn/gaussian": "hmmlearn.hmm.GaussianHMM(2, n_iter=2).fit(X)", "lifelines/kaplan-meier": "lifelines.KaplanMeierFitter().fit(t)", "category-encoders/target": "category_encoders.TargetEncoder().fit([['a'], ['b'], ['a']], [0, 1, 1])", "mlxtend/softmax": "mlxtend.classifier.SoftmaxRegression(epochs=1).fit(X, y)", "ngboost/regressor": "ngboost.NGBRegressor(n_estimators=2, verbose=False).fit(X, t)", "tslearn/kmeans": "tslearn.clustering.TimeSeriesKMeans(2, max_iter=2).fit(X)",
    "optuna/study": "optuna.create_study()", "sympy/expression": "sympy.sympify('x**2 + 1')", "pillow/image": "PIL.Image.new('RGB', (2, 2))", "skopt/space": "skopt.Space([(0, 1), ('a', 'b')])", "prophet/unfitted": "prophet.Prophet()", "pmdarima/arima": "pmdarima.ARIMA((1, 0, 0)).fit(t)",
    "spacy/vocabulary": "spacy.blank('en').vocab.strings", "spacy/pipeline": "spacy.blank('en')", "spacy/doc": "spacy.blank('en')('some words')", "tokenizers/tokenizer": "tokenizers.Tokenizer(tokenizers.models.BPE())", "skorch/unfitted": "skorch.NeuralNetClassifier(torch.nn.Linear)",
    "transformers/config": "transformers.BertConfig(hidden_size=4)", "transformers/batch": "transformers.BatchEncoding({'input_ids': [[1, 2]]})", "transformers/arguments": "transformers.TrainingArguments('out', report_to=[])", "torchmetrics/accuracy": "torchmetrics.Accuracy(task='binary')",
}
for number, (name, source) in enumerate(VALUES.items()):
    case(name, "pickle")(lambda source=source, number=number: pickle.dumps(evaluate(source), (2, 4, 5)[number % 3]))
BY_JOBLIB = ["xgboost/classifier", "lightgbm/classifier", "catboost/classifier", "imblearn/pipeline", "scipy/csr", "hdbscan/clusterer", "hmmlearn/gaussian"]
for name in BY_JOBLIB:

    @case(f"{name}-joblib", "joblib")
    def _(path, name=name):
        import joblib

        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(evaluate(VALUES[name]), path, compress=3 if "boost" in name else 0)


@case("scipy/sparse-npz", "numpy", file="matrix.npz")
def _(path):
    import scipy.sparse

    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.sparse.save_npz(path, scipy.sparse.eye(3, format="csr"))


TORCH = {
    "transformers/training-arguments": "transformers.TrainingArguments('out', report_to=[], learning_rate=0.1)", "transformers/arguments-seq2seq": "transformers.Seq2SeqTrainingArguments('out', report_to=[], predict_with_generate=True)", "transformers/bert-state": "transformers.BertModel(transformers.BertConfig(vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, max_position_embeddings=4)).state_dict()",
    "transformers/gpt2-module": "transformers.GPT2Model(transformers.GPT2Config(vocab_size=8, n_embd=4, n_layer=1, n_head=1, n_positions=4))", "transformers/batch-encoding": "transformers.BatchEncoding({'input_ids': torch.ones(1, 2)})", "transformers/output": "transformers.modeling_outputs.BaseModelOutput(last_hidden_state=torch.ones(1, 2))", "transformers/scheduler": "transformers.get_linear_schedule_with_warmup(torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))]), 1, 5).state_dict()",
    "torchmetrics/state": "torchmetrics.MeanMetric().state_dict()", "torchmetrics/module": "torchmetrics.MetricCollection([torchmetrics.MeanSquaredError()])", "timm/state": "timm.create_model('test_vit', pretrained=False, num_classes=2).head.state_dict()", "einops/layer": "torch.nn.Sequential(einops.layers.torch.Rearrange('b c -> c b'), torch.nn.Linear(1, 1))", "accelerate/scheduler": "{'step': 1, 'optimizer': torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1).state_dict()}",
    "networkx/in-checkpoint": "{'graph': networkx.path_graph(3), 'w': torch.ones(1)}", "scipy/in-checkpoint": "{'adjacency': scipy.sparse.coo_matrix(numpy.eye(2)), 'w': torch.ones(1)}", "pandas/in-checkpoint": "{'frame': pandas.DataFrame({'a': [1]}), 'w': torch.ones(1)}", "sklearn/in-checkpoint": "{'scaler': importlib.import_module('sklearn.preprocessing').StandardScaler().fit(X), 'model': torch.nn.Linear(3, 1).state_dict()}",
}
for name, source in TORCH.items():

    @case(name, "torch", file="training_args.bin" if "arguments" in name else "model.pt")
    def _(path, source=source):
        import torch

        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(evaluate(source), path)


def lit(path, **options):
    """Trains Lightning's own demo model for a step and saves its checkpoint."""
    import logging

    import lightning
    import torch
    from lightning.pytorch.demos.boring_classes import BoringModel

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = lightning.Trainer(max_steps=1, accelerator="cpu", logger=False, enable_checkpointing=options.pop("checkpointing", False), enable_progress_bar=False, enable_model_summary=False, default_root_dir=str(path.parent), **options)
    trainer.fit(BoringModel(), torch.utils.data.DataLoader(torch.rand(4, 32)))
    trainer.save_checkpoint(path)


case("lightning/checkpoint", "torch", file="epoch=0-step=1.ckpt")(lambda path: lit(path))


@case("lightning/checkpoint-callbacks", "torch", file="last.ckpt")
def _(path):
    from lightning.pytorch.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint

    lit(path, checkpointing=True, callbacks=[ModelCheckpoint(dirpath=path.parent / "checkpoints", save_top_k=0)])
    import shutil

    shutil.rmtree(path.parent / "checkpoints", ignore_errors=True)


@case("lightning/hyper-parameters", "torch", file="model.ckpt")
def _(path):
    import lightning
    import torch

    class Attributes(dict):
        pass

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": 1, "global_step": 2, "pytorch-lightning_version": lightning.__version__, "state_dict": {"w": torch.ones(2)}, "loops": {}, "callbacks": {}, "optimizer_states": [], "lr_schedulers": [], "hparams_name": "kwargs",
                "hyper_parameters": importlib_attribute("lightning.fabric.utilities.data", "AttributeDict")({"lr": 0.1, "layers": [1, 2]})}, path)


def importlib_attribute(module, name):
    import importlib

    return getattr(importlib.import_module(module), name)


@case("skorch/parameters", "torch", file="params.pt")
def _(path):
    import numpy
    import skorch
    import torch

    net = skorch.NeuralNetRegressor(torch.nn.Linear, module__in_features=2, module__out_features=1, max_epochs=1, verbose=0).fit(numpy.ones((8, 2), dtype="f4"), numpy.ones((8, 1), dtype="f4"))
    path.parent.mkdir(parents=True, exist_ok=True)
    net.save_params(f_params=path)


@case("skorch/net", "pickle")
def _():
    import numpy
    import skorch
    import torch

    return pickle.dumps(skorch.NeuralNetRegressor(torch.nn.Linear, module__in_features=2, module__out_features=1, max_epochs=1, verbose=0).fit(numpy.ones((8, 2), dtype="f4"), numpy.ones((8, 1), dtype="f4")))
