"""Fitted scikit-learn estimators on tiny data, as pickle and as joblib with every compressor."""

import io
import pickle

from case import case

ESTIMATORS = {
    "linear-regression": "linear_model.LinearRegression()", "ridge": "linear_model.Ridge()", "lasso": "linear_model.Lasso()", "elastic-net": "linear_model.ElasticNet()", "logistic": "linear_model.LogisticRegression()", "logistic-cv": "linear_model.LogisticRegressionCV(cv=2)", "sgd": "linear_model.SGDClassifier()", "perceptron": "linear_model.Perceptron()",
    "bayesian-ridge": "linear_model.BayesianRidge()", "huber": "linear_model.HuberRegressor()", "poisson": "linear_model.PoissonRegressor()", "ransac": "linear_model.RANSACRegressor()", "forest": "ensemble.RandomForestClassifier(3)", "forest-regressor": "ensemble.RandomForestRegressor(3)", "extra-trees": "ensemble.ExtraTreesClassifier(3)",
    "gradient-boosting": "ensemble.GradientBoostingClassifier(n_estimators=3)", "gradient-regressor": "ensemble.GradientBoostingRegressor(n_estimators=3)", "hist-boosting": "ensemble.HistGradientBoostingClassifier(max_iter=3)", "ada-boost": "ensemble.AdaBoostClassifier(n_estimators=3)", "bagging": "ensemble.BaggingClassifier(n_estimators=2)", "isolation-forest": "ensemble.IsolationForest(n_estimators=3)",
    "voting": "ensemble.VotingClassifier([('a', linear_model.LogisticRegression()), ('b', tree.DecisionTreeClassifier())])", "stacking": "ensemble.StackingClassifier([('a', tree.DecisionTreeClassifier())], cv=2)", "tree": "tree.DecisionTreeClassifier()", "tree-regressor": "tree.DecisionTreeRegressor()", "svc": "svm.SVC(probability=False)", "svr": "svm.SVR()",
    "linear-svc": "svm.LinearSVC()", "one-class-svm": "svm.OneClassSVM()", "knn": "neighbors.KNeighborsClassifier(2)", "knn-kd-tree": "neighbors.KNeighborsClassifier(2, algorithm='kd_tree')", "knn-ball-tree": "neighbors.KNeighborsRegressor(2, algorithm='ball_tree')", "nearest": "neighbors.NearestNeighbors()", "local-outlier": "neighbors.LocalOutlierFactor(2)", "centroid": "neighbors.NearestCentroid()", "kernel-density": "neighbors.KernelDensity()",
    "gaussian-nb": "naive_bayes.GaussianNB()", "multinomial-nb": "naive_bayes.MultinomialNB()", "bernoulli-nb": "naive_bayes.BernoulliNB()", "mlp": "neural_network.MLPClassifier((3,), max_iter=3)", "mlp-regressor": "neural_network.MLPRegressor(hidden_layer_sizes=(3,), max_iter=3)", "gaussian-process": "gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel())",
    "gaussian-process-classifier": "gaussian_process.GaussianProcessClassifier()", "lda": "discriminant_analysis.LinearDiscriminantAnalysis()", "qda": "discriminant_analysis.QuadraticDiscriminantAnalysis(reg_param=0.5)", "pca": "decomposition.PCA(2)", "nmf": "decomposition.NMF(2)", "truncated-svd": "decomposition.TruncatedSVD(2)", "ica": "decomposition.FastICA(2)", "topic": "decomposition.LatentDirichletAllocation(2)",
    "kernel-pca": "decomposition.KernelPCA(2)", "kmeans": "cluster.KMeans(2, n_init=1)", "mini-kmeans": "cluster.MiniBatchKMeans(2, n_init=1)", "dbscan": "cluster.DBSCAN()", "agglomerative": "cluster.AgglomerativeClustering(2)", "birch": "cluster.Birch(n_clusters=2)", "mean-shift": "cluster.MeanShift()", "spectral": "cluster.SpectralClustering(2)", "gaussian-mixture": "mixture.GaussianMixture(2)", "bayesian-mixture": "mixture.BayesianGaussianMixture(n_components=2)",
    "standard-scaler": "preprocessing.StandardScaler()", "min-max": "preprocessing.MinMaxScaler()", "robust": "preprocessing.RobustScaler()", "quantile": "preprocessing.QuantileTransformer(n_quantiles=5)", "power": "preprocessing.PowerTransformer()", "polynomial": "preprocessing.PolynomialFeatures()", "one-hot": "preprocessing.OneHotEncoder()", "ordinal": "preprocessing.OrdinalEncoder()", "bins": "preprocessing.KBinsDiscretizer(2)", "spline": "preprocessing.SplineTransformer(3)",
    "log-transformer": "preprocessing.FunctionTransformer(numpy.log1p)", "imputer": "impute.SimpleImputer()", "knn-imputer": "impute.KNNImputer()", "select-k-best": "feature_selection.SelectKBest(k=2)", "variance": "feature_selection.VarianceThreshold()", "rfe": "feature_selection.RFE(linear_model.LogisticRegression())", "select-from": "feature_selection.SelectFromModel(tree.DecisionTreeClassifier())", "random-projection": "random_projection.GaussianRandomProjection(2)", "isomap": "manifold.Isomap(n_neighbors=3)", "tsne": "manifold.TSNE(perplexity=2, max_iter=250)",
    "calibrated": "calibration.CalibratedClassifierCV(linear_model.LogisticRegression(), cv=2)", "calibrated-isotonic": "calibration.CalibratedClassifierCV(tree.DecisionTreeClassifier(), method='isotonic', cv=2)", "grid-search": "model_selection.GridSearchCV(svm.SVC(), {'C': [1, 2]}, cv=2)", "random-search": "model_selection.RandomizedSearchCV(svm.SVC(), {'C': scipy.stats.uniform(1, 2)}, n_iter=2, cv=2)", "one-vs-rest": "multiclass.OneVsRestClassifier(svm.LinearSVC())", "isotonic": "isotonic.IsotonicRegression()",
    "pipeline": "pipeline.make_pipeline(preprocessing.StandardScaler(), decomposition.PCA(2), linear_model.LogisticRegression())", "union": "pipeline.make_union(decomposition.PCA(1), feature_selection.SelectKBest(k=1))", "column-transformer": "compose.ColumnTransformer([('a', preprocessing.StandardScaler(), [0]), ('b', preprocessing.OneHotEncoder(handle_unknown='ignore'), [1])], remainder='passthrough')", "target-transformed": "compose.TransformedTargetRegressor(linear_model.Ridge(), func=numpy.log1p, inverse_func=numpy.expm1)", "multi-output": "multioutput.MultiOutputClassifier(tree.DecisionTreeClassifier())",
    "dummy": "dummy.DummyClassifier()", "kernel-ridge": "kernel_ridge.KernelRidge()", "nystroem": "kernel_approximation.Nystroem(n_components=3)", "pls": "cross_decomposition.PLSRegression(1)", "empirical-covariance": "covariance.EmpiricalCovariance()", "elliptic": "covariance.EllipticEnvelope()", "label-propagation": "semi_supervised.LabelPropagation()", "self-training": "semi_supervised.SelfTrainingClassifier(linear_model.LogisticRegression())",
}
TEXT = {"count-vectorizer": "feature_extraction.text.CountVectorizer()", "tfidf": "feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2))", "hashing": "feature_extraction.text.HashingVectorizer(n_features=8)", "text-pipeline": "pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.SGDClassifier())",
        "text-bayes": "pipeline.Pipeline([('v', feature_extraction.text.CountVectorizer()), ('t', feature_extraction.text.TfidfTransformer()), ('c', naive_bayes.MultinomialNB())])"}
LABELS = {"label-encoder": "preprocessing.LabelEncoder()", "label-binarizer": "preprocessing.LabelBinarizer()"}


def world():
    import importlib

    names = ["linear_model", "ensemble", "tree", "svm", "neighbors", "naive_bayes", "neural_network", "gaussian_process", "discriminant_analysis", "decomposition", "cluster", "mixture", "preprocessing", "impute", "feature_selection", "random_projection", "manifold", "calibration", "model_selection", "multiclass", "isotonic", "pipeline",
             "compose", "multioutput", "dummy", "kernel_ridge", "kernel_approximation", "cross_decomposition", "covariance", "semi_supervised", "feature_extraction.text"]
    modules = {name: importlib.import_module(f"sklearn.{name}") for name in names}
    import numpy
    import scipy.stats
    import sklearn

    return {**modules, "feature_extraction": sklearn.feature_extraction, "numpy": numpy, "scipy": scipy}


def fitted(name):
    """The estimator called `name`, fitted on twelve samples from a fixed seed."""
    import warnings

    import numpy

    warnings.simplefilter("ignore")
    source = {**ESTIMATORS, **TEXT, **LABELS}[name]
    model = eval(source, world())
    random = numpy.random.RandomState(7)
    if name in TEXT:
        return model.fit(["a small text", "another text", "more words here", "words again"], [0, 1, 0, 1])
    if name in LABELS:
        return model.fit(["red", "green", "blue"])
    features = random.rand(12, 1 if name == "isotonic" else 3)
    target = numpy.array([0, 1] * 6)
    if name == "multi-output":
        target = numpy.stack([target, 1 - target], axis=1)
    return model.fit(features, target)


def dumped(value, **options) -> bytes:
    import joblib

    buffer = io.BytesIO()
    joblib.dump(value, buffer, **options)
    return buffer.getvalue()


for number, name in enumerate([*ESTIMATORS, *TEXT, *LABELS]):
    if number % 2:
        case(f"sklearn/{name}", "joblib")(lambda name=name: dumped(fitted(name)))
    else:
        case(f"sklearn/{name}", "pickle")(lambda name=name, number=number: pickle.dumps(fitted(name), 2 + number // 2 % 4))
for compressor in ("zlib", "gzip", "bz2", "lzma", "xz", "lz4"):
    case(f"joblib/forest-{compressor}", "joblib", file="model.joblib")(lambda compressor=compressor: dumped(fitted("forest"), compress=(compressor, 3)))
for level in (1, 3, 9):
    case(f"joblib/pipeline-compress-{level}", "joblib", file="model.pkl")(lambda level=level: dumped(fitted("pipeline"), compress=level))
for version in (2, 3, 4, 5):
    case(f"joblib/protocol-{version}", "joblib")(lambda version=version: dumped(fitted("standard-scaler"), protocol=version))


@case("joblib/arrays", "joblib")
def _():
    import numpy

    return dumped({"a": numpy.arange(6.0).reshape(2, 3), "b": [numpy.zeros(3, dtype=">i4"), numpy.asfortranarray(numpy.ones((2, 3)))], "c": numpy.array(["x", None], dtype=object), "d": numpy.zeros(2, dtype=[("a", "i4")]), "e": numpy.ma.array([1], mask=[1]), "f": numpy.matrix([[1]])})


@case("joblib/arrays-that-look-like-opcodes", "joblib")
def _():
    import numpy

    return dumped([numpy.frombuffer(b"N." * 40, dtype=numpy.uint8), {"after": numpy.full(5, 0x63)}])


@case("joblib/frame", "joblib")
def _():
    import pandas

    return dumped({"frame": pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}), "columns": ["a", "b"]})


@case("sklearn/frame-pipeline", "joblib")
def _():
    """Fitted on a DataFrame, as most are: feature names and dtypes stay in the estimator."""
    import pandas

    names = world()
    frame = pandas.DataFrame({"age": [1.0, 2, 3, 4], "city": ["a", "b", "a", "b"]})
    steps = names["compose"].ColumnTransformer([("n", names["preprocessing"].StandardScaler(), ["age"]), ("c", names["preprocessing"].OneHotEncoder(), ["city"])])
    return dumped(names["pipeline"].Pipeline([("prepare", steps), ("model", names["ensemble"].RandomForestClassifier(2))]).fit(frame, [0, 1, 0, 1]))
