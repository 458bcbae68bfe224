"""R's own serialization, by R itself: models of its recommended packages, in each encoding and compression."""

import subprocess

from case import case

# Of base R and the recommended packages (Debian's r-base-core, r-recommended), and randomForest, glmnet and e1071.
MODELS = {
    "lm": "lm(mpg ~ wt + factor(cyl), mtcars)", "glm": "glm(am ~ wt, binomial(), mtcars)", "poisson": "glm(count ~ spray, poisson(), InsectSprays)", "aov": "aov(weight ~ group, PlantGrowth)", "loess": "loess(dist ~ speed, cars)",
    "nls": "nls(mpg ~ a + b * wt, mtcars, start = list(a = 40, b = -5))", "prcomp": "prcomp(USArrests, scale. = TRUE)", "kmeans": "{ set.seed(1); kmeans(iris[1:4], 3) }", "hclust": "hclust(dist(USArrests[1:8, ]))",
    "arima": "arima(lh, order = c(1, 0, 0))", "holt-winters": "HoltWinters(co2)", "smooth-spline": "smooth.spline(cars$speed, cars$dist)", "ppr": "ppr(dist ~ speed, data = cars, nterms = 1)", "step": "step(lm(mpg ~ wt + hp, mtcars), trace = 0)",
    "rpart": "rpart::rpart(Species ~ ., iris)", "nnet": "{ set.seed(1); nnet::nnet(Species ~ ., iris, size = 2, trace = FALSE) }", "multinom": "nnet::multinom(Species ~ ., iris, trace = FALSE)", "lda": "MASS::lda(Species ~ ., iris)", "qda": "MASS::qda(Species ~ ., iris)",
    "coxph": "survival::coxph(survival::Surv(time, status) ~ age, survival::lung)", "gam": "mgcv::gam(mpg ~ s(wt), data = mtcars)", "lme": "nlme::lme(distance ~ age, nlme::Orthodont, random = ~ 1)",
    "forest": "{ set.seed(1); randomForest::randomForest(Species ~ ., iris, ntree = 5) }", "glmnet": "glmnet::glmnet(as.matrix(iris[1:3]), iris[[4]])", "svm": "e1071::svm(Species ~ ., iris)", "naive-bayes": "e1071::naiveBayes(Species ~ ., iris)",
    "data-frame": "data.frame(a = 1:3, b = letters[1:3], when = as.Date('2024-01-01') + 0:2, kind = factor(c('u', 'v', 'u')))", "list": "list(weights = matrix(runif(6), 2), names = c('a', 'b'), complex = 1i, raw = as.raw(1:3), none = NULL, missing = NA)",
    "large": "as.numeric(1:50000)", "sparse": "Matrix::sparseMatrix(1:3, 1:3, x = 1)", "environment": "{ e <- new.env(parent = emptyenv()); e$w <- 1:3; e }", "formula": "as.formula('y ~ x + log(z)', env = globalenv())",
}
# R keeps functions in these; loading makes them, and using the model calls them.
FUNCTIONS = {"closure": "local({ w <- 1:3; function(x) x * w })", "ecdf": "ecdf(cars$speed)", "spline-function": "splinefun(1:3, c(1, 4, 9))"}


def ran(script: str, *arguments):
    done = subprocess.run(["Rscript", "--vanilla", "-e", script, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-200:])


def saved(value: str, how: str):
    def build(path):
        ran(f"model <- {value}; path <- commandArgs(TRUE)[1]; {how}", path)

    return build


for name, value in MODELS.items():
    case(f"r/{name}.rds", "r", file="model.rds")(saved(value, "saveRDS(model, path)"))
for name, value in FUNCTIONS.items():
    case(f"code/r-{name}.rds", "r", file="model.rds")(saved(value, "saveRDS(model, path)"))
for name, how in {"ascii": "ascii = TRUE", "plain": "compress = FALSE", "bzip2": "compress = 'bzip2'", "xz": "compress = 'xz'", "version-2": "version = 2"}.items():
    case(f"r/lm-{name}.rds", "r", file="model.rds")(saved(MODELS["lm"], f"saveRDS(model, path, {how})"))
for name, how in {"save": "", "save-ascii": ", ascii = TRUE", "save-xz": ", compress = 'xz'", "save-version-2": ", version = 2"}.items():
    case(f"r/{name}.rda", "r", file="model.rda")(saved(MODELS["glm"], f"rows <- iris[1:3, ]; save(model, rows, file = path{how})"))
case("r/native.rds", "r", file="model.rds")(saved(MODELS["lm"], "con <- file(path, 'wb'); serialize(model, con, xdr = FALSE); close(con)"))
case("r/image.RData", "r", file="image.RData")(saved(MODELS["kmeans"], "save.image(path)"))
