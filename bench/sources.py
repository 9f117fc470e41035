"""Where logits come from: what other libraries put out, and the line that brings it into `own_numbers`.

`make sources` installs bench/sources.txt into a folder of its own and runs this there. Each model is trained on drawn
data, and each line of the table is run: its result is opened in two explorers, and softmax of it compared with the
library's own probabilities. What a library puts out is found by comparing, not taken from its documentation. The table,
bench/sources.csv, becomes the tables of docs/sources.md.
"""

import argparse
import contextlib
import datetime
import importlib
import importlib.metadata
import io
import logging
import os
import pathlib
import re
import sys
import tempfile
import warnings
from dataclasses import dataclass

import numpy as np
import pandas
from scipy import special

os.environ |= {"KERAS_BACKEND": "torch", "TF_CPP_MIN_LOG_LEVEL": "3"}
FOLDER = pathlib.Path(__file__).parent
TABLE, PAGE = FOLDER / "sources.csv", FOLDER.parent / "docs" / "sources.md"
CLOSE = 2e-5  # more than float32 loses, and than the 1e-5 that fastText adds to each probability
SOURCES = []


@dataclass
class Given:
    """What a source hands back: names for its code, and pieces of code in these names."""

    names: dict
    call: str  # what the library puts out
    probs: str = "model.predict_proba(x)"  # its probabilities; "" where it has none
    line: str = "own_numbers(({call}, y))"
    loss: str = ""  # where it has no probabilities: its own mean loss on (x, y)


def source(package, model, classes=(2, 4), many=False):
    """Register what makes a `Given` of points x, their targets y, the number of classes and the text `model`.

    `many`: y are zeros and ones (N, K), any number of them true.
    """

    def register(make):
        SOURCES.append((package, model, classes, many, make))
        return make

    return register


def of_probs(names, call, probs=""):
    """Return the `Given` where only probabilities can be brought over: their logarithm is a set of logits."""
    return Given(names, call, probs or call, "own_numbers({'probs': {call}, 'targets': y})")


# --- the data ---


def drawn(num_classes, many, seed=0):
    """Return points (600, 5), float32, and classes (600,): the largest of K noisy linear scores, some more frequent.

    Where there are many, zeros and ones (600, K): which scores are positive.
    """
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(600, 5)).astype("float32")
    scores = x @ draw.normal(size=(5, num_classes)) + draw.gumbel(size=(600, num_classes))
    return x, (scores > 0).astype(int) if many else (scores + np.linspace(0.7, 0, num_classes)).argmax(1)


def dicts(x):
    return [dict(zip("abcde", map(float, row))) for row in x]


def words(x):
    """Return a text for each point: the names of its coordinates, in capitals where they are positive."""
    return [" ".join(name.upper() if value > 0 else name for name, value in row.items()) for row in dicts(x)]


def photos(x):
    """Return a picture (3, 64, 64) of numbers from 0 to 1, float32, for each of 60 points."""
    draw = np.random.default_rng(0)
    return (draw.random((60, 3, 64, 64)) * (1 + x[:60, :1, None, None]) / 2).clip(0, 1).astype("float32")


def load_torchvision():
    """Import torchvision, also where its wheel was built for CUDA and torch was not: then its operators are missing."""
    import torch

    try:
        import torchvision
    except RuntimeError:
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")
        import torchvision  # noqa: F401


def linear(x, y, outputs):
    """Return a trained torch.nn.Linear, for the libraries that run a network of torch."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Linear(5, outputs)
    loss = torch.nn.CrossEntropyLoss() if y.ndim == 1 else torch.nn.BCEWithLogitsLoss()
    x, y = torch.from_numpy(x), torch.from_numpy(y if y.ndim == 1 else y.astype("float32"))
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    for _ in range(40):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return model.eval()


# --- scikit-learn, and what is used as it is ---

DECISION, PROBA = "model.decision_function(x)", "model.predict_proba(x)"
HOT = "np.eye(K)[y]"  # for models of one class against the rest, whose probabilities need not sum to 1
VOTES = "model.predict_proba(x).clip(1e-6, 1 - 1e-6)"
MODULES = {"xgboost-cpu": "xgboost", "interpret-core": "interpret.glassbox"}


def fitted(package, model, call, classes=(2, 4), probs=PROBA, many=False, targets="y"):
    """Register a classifier by the code that makes it. Without targets its `probs` are brought over, not its call's."""

    @source(package, model, classes, many)
    def make(x, y, k, model):
        if package == "scikit-learn":
            from sklearn.utils import all_estimators

            found = dict(all_estimators())
        else:
            found = dict(vars(importlib.import_module(MODULES.get(package, package))))
        names = {"model": eval(model, found).fit(x, y), "np": np}
        line = f"own_numbers(({{call}}, {targets}))" if targets else f"own_numbers({{'probs': {probs}, 'targets': y}})"
        return Given(names, call or probs, probs, line)


fitted("scikit-learn", "LogisticRegression()", DECISION)
fitted("scikit-learn", "LinearDiscriminantAnalysis()", DECISION)
fitted("scikit-learn", "HistGradientBoostingClassifier(max_iter=10)", DECISION)
fitted("scikit-learn", "GradientBoostingClassifier(n_estimators=10)", DECISION)
fitted("scikit-learn", "SGDClassifier(loss='log_loss')", DECISION, (2,))
fitted("scikit-learn", "SGDClassifier(loss='log_loss')", DECISION, (4,), targets="")
fitted("scikit-learn", "AdaBoostClassifier(n_estimators=10)", DECISION, (2,))
fitted("scikit-learn", "AdaBoostClassifier(n_estimators=10)", DECISION, (4,), targets="")
fitted("scikit-learn", "SVC()", DECISION, probs="")
fitted("scikit-learn", "CalibratedClassifierCV(SVC())", "", targets="")
fitted("scikit-learn", "GaussianNB()", "model.predict_joint_log_proba(x)")
fitted("scikit-learn", "MLPClassifier()", "", targets="")
fitted("scikit-learn", "RandomForestClassifier()", "", probs=VOTES, targets="")
fitted("scikit-learn", "KNeighborsClassifier()", "", probs=VOTES, targets="")
fitted("scikit-learn", "OneVsRestClassifier(LogisticRegression())", DECISION, (4,), targets="")
fitted("scikit-learn", "OneVsRestClassifier(LogisticRegression())", DECISION, (4,), many=True)
fitted("scikit-learn", "MLPClassifier()", "", (4,), VOTES, many=True, targets="")
COLUMNS = "np.stack([p[:, 1] for p in model.predict_proba(x)], 1)"
fitted("scikit-learn", "MultiOutputClassifier(LogisticRegression())", "", (4,), COLUMNS, many=True, targets="")
fitted("xgboost-cpu", "XGBClassifier(n_estimators=10)", "model.predict(x, output_margin=True)")
RAW = "model.predict_proba(x, raw_score=True)"
fitted("lightgbm", "LGBMClassifier(n_estimators=10)", RAW)
fitted("lightgbm", "LGBMClassifier(objective='multiclassova', n_estimators=10)", RAW, (4,), targets=HOT)
fitted("lightgbm", "LGBMClassifier(boosting_type='rf', bagging_freq=1, bagging_fraction=0.8)", "", targets="")
FORMULA = "model.predict(x, prediction_type='RawFormulaVal')"
fitted("catboost", "CatBoostClassifier(iterations=10)", FORMULA)
fitted("catboost", "CatBoostClassifier(loss_function='MultiClassOneVsAll', iterations=10)", FORMULA, (4,), targets=HOT)
fitted("catboost", "CatBoostClassifier(loss_function='MultiLogloss', iterations=10)", FORMULA, (4,), many=True)
fitted("interpret-core", "ExplainableBoostingClassifier(max_rounds=20, interactions=0)", DECISION)


@source("xgboost-cpu", "train({'objective': 'multi:softprob', …}), a Booster", (4,))
def xgboost_booster(x, y, k, model):
    import xgboost

    data = xgboost.DMatrix(x, y)
    model = xgboost.train({"objective": "multi:softprob", "num_class": k}, data, 10)
    return Given({"model": model, "data": data}, "model.predict(data, output_margin=True)", "model.predict(data)")


@source("ydf", "GradientBoostedTreesLearner(label='class')")
def ydf(x, y, k, model):
    import ydf

    data = {**dict(zip("abcde", x.T)), "class": y}
    model = eval(model, vars(ydf)).train(data)
    return of_probs({"model": model, "data": data}, "model.predict(data)")


@source("statsmodels", "GLM(y, x, family=sm.families.Binomial())", (2,))
@source("statsmodels", "Logit(y, x)", (2,))
@source("statsmodels", "MNLogit(y, x)", (4,))
def statsmodels(x, y, k, model):
    import statsmodels.api as sm

    fit = eval(f"sm.{model}", {"sm": sm, "y": y, "x": sm.add_constant(x.astype(float))}).fit(disp=0)
    return Given({"fit": fit}, "fit.predict(which='linear')", "fit.predict()")


# --- what learns row by row, and texts ---


@source("river", "LogisticRegression()", (2,))
@source("river", "SoftmaxRegression()")
def river(x, y, k, model):
    from river import linear_model

    model = eval(model, vars(linear_model))
    for row, label in zip(dicts(x), y):
        model.learn_one(row, int(label) if k > 2 else bool(label))
    return of_probs({"model": model, "rows": dicts(x)}, "[model.predict_proba_one(row) for row in rows]")


@source("vowpalwabbit", "--loss_function logistic", (2,))
@source("vowpalwabbit", "--loss_function logistic --oaa K --probabilities", (4,))
def vowpal_wabbit(x, y, k, model):
    from vowpalwabbit import Workspace

    options = f"{model.replace('K', str(k))} --quiet --random_seed 1"
    vw, linked = Workspace(options), Workspace(f"{options} --link logistic")
    rows = [" ".join(f"{name}:{value}" for name, value in row.items()) for row in dicts(x)]
    for row, label in zip(rows, y):
        for each in (vw, linked):
            each.learn(f"{label + 1 if k > 2 else 2 * label - 1} | {row}")
    names = {"vw": vw, "linked": linked, "rows": rows, "np": np}
    call = "np.array([vw.predict(f'| {row}') for row in rows])"
    return of_probs(names, call) if k > 2 else Given(names, call, call.replace("vw", "linked"))


@source("nltk", "MaxentClassifier")
def nltk(x, y, k, model):
    from nltk.classify import MaxentClassifier

    rows = [{name: value > 0 for name, value in row.items()} for row in dicts(x)]
    model = MaxentClassifier.train(list(zip(rows, map(int, y))), trace=0, max_iter=5)
    call = "[{c: p.prob(c) for c in p.samples()} for p in model.prob_classify_many(rows)]"
    return of_probs({"model": model, "rows": rows}, call)


@source("fasttext-wheel", "train_supervised(loss='softmax')")
def fast_text(x, y, k, model):
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "train.txt")
        path.write_text("".join(f"__label__{label} {text}\n" for label, text in zip(y, words(x))))
        model = fasttext.train_supervised(str(path), epoch=5, thread=1, verbose=0)

    def predicted():  # by the extension: the face of this version fails with numpy 2
        rows = [model.f.predict(f"{text}\n", -1, 0.0, "strict") for text in words(x)]
        return np.array([[dict(map(reversed, row))[label] for label in model.labels] for row in rows])

    names = {"model": model, "texts": words(x), "np": np, "predicted": predicted}
    call = "np.stack([model.get_output_matrix() @ model.get_sentence_vector(text) for text in texts])"
    line = "own_numbers({'logits': {call}, 'targets': [f'__label__{c}' for c in y], 'labels': model.labels})"
    return Given(names, call, "predicted()", line)


@source("spacy", "textcat_multilabel", (4,), many=True)
@source("spacy", "textcat")
def spacy(x, y, k, model):
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    textcat = nlp.add_pipe(model)
    labels = [f"class {j}" for j in range(k)]
    for label in labels:
        textcat.add_label(label)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": dict(zip(labels, map(float, row)))})
        for text, row in zip(words(x)[:100], np.eye(k)[y] if y.ndim == 1 else y)
    ]
    nlp.initialize(lambda: examples)
    nlp.update(examples)
    return of_probs({"nlp": nlp, "texts": words(x)}, "[doc.cats for doc in nlp.pipe(texts)]")


def bert(kind, k, x, y, **options):
    """Return names for a small Bert, hardly trained, the tokens of five words a row, and labels."""
    import torch
    import transformers

    torch.manual_seed(0)
    sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=16)
    model = getattr(transformers, kind)(transformers.BertConfig(**sizes, num_labels=k, **options)).eval()
    tokens = torch.from_numpy((x > 0) + 2 * np.arange(5) + 5)  # five other words of a Bert come first
    labels = torch.from_numpy(y.astype("float32") if options else y)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(20):
        optimizer.zero_grad()
        model(tokens, labels=labels).loss.backward()
        optimizer.step()
    return {"model": model, "tokens": tokens, "labels": labels}


LOSS = "model(tokens, labels=labels).loss.item()"


@source("transformers", "the same, problem_type='multi_label_classification'", (4,), many=True)
@source("transformers", "BertForSequenceClassification")
def transformers(x, y, k, model):
    kind = {"problem_type": "multi_label_classification"} if y.ndim == 2 else {}
    line = "own_numbers({'logits': model(tokens).logits, 'targets': y, 'labels': model.config.id2label})"
    return Given(bert("BertForSequenceClassification", k, x, y, **kind), "model(tokens).logits", "", line, LOSS)


@source("transformers", "BertForTokenClassification", (4,))
def transformers_tokens(x, y, k, model):
    names = bert(model, k, x, np.where(x > 1.5, -100, y[:, None]))
    return Given(names, "model(tokens).logits", "", "own_numbers((model(tokens).logits, labels))", LOSS)


@source("transformers", "Trainer")
def transformers_trainer(x, y, k, model):
    from transformers import Trainer, TrainingArguments

    names = bert("BertForSequenceClassification", k, x, y)
    dataset = [dict(input_ids=row, labels=label) for row, label in zip(names["tokens"], names["labels"])]
    arguments = TrainingArguments(tempfile.gettempdir(), use_cpu=True, report_to=[], disable_tqdm=True)
    names = {"trainer": Trainer(names["model"], arguments), "dataset": dataset}
    loss = "trainer.evaluate(dataset)['eval_loss']"
    return Given(names, "trainer.predict(dataset).predictions", "", "own_numbers(trainer.predict(dataset))", loss)


@source("transformers", "pipeline('text-classification')")
def transformers_pipeline(x, y, k, model):
    from transformers import BertTokenizerFast, pipeline

    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"aAbBcCdDeE"]
    tokenizer = BertTokenizerFast(vocab={word: place for place, word in enumerate(vocab)}, do_lower_case=False)
    names = {**bert("BertForSequenceClassification", k, x, y), "tokenizer": tokenizer, "texts": words(x)}
    names["pipe"] = pipeline("text-classification", names["model"], tokenizer=tokenizer)
    line = "own_numbers({'probs': {call}, 'targets': [model.config.id2label[c] for c in y]})"
    probs = "model(**tokenizer(texts, return_tensors='pt')).logits.softmax(-1)"
    return Given(names, "pipe(texts, top_k=None)", probs, line)


# --- networks ---


@source("keras", "last layer Dense(K, activation='sigmoid')", (4,), many=True)
@source("keras", "last layer Dense(1, activation='sigmoid')", (2,))
@source("keras", "last layer Dense(K, activation='softmax')", (4,))
@source("keras", "last layer Dense(K)", (4,))
def keras(x, y, k, model):
    import keras

    keras.utils.set_random_seed(0)
    last = eval(model.removeprefix("last layer "), {**vars(keras.layers), "K": k})
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=model.endswith("Dense(K)"))
    names = {"model": keras.Sequential([keras.Input((5,)), last])}
    names["model"].compile("adam", "binary_crossentropy" if "sigmoid" in model else entropy)
    names["model"].fit(x, y, epochs=3)
    if model.endswith("Dense(K)"):
        return Given(names, "model.predict(x)", "", loss="model.evaluate(x, y)")
    return of_probs(names, "model.predict(x)")


@source("skorch", "NeuralNetBinaryClassifier(net)", (2,))
@source("skorch", "NeuralNetClassifier(net, criterion=CrossEntropyLoss)")
def skorch(x, y, k, model):
    import skorch
    import torch

    is_binary = "Binary" in model
    names = {**vars(skorch), "net": torch.nn.Linear(5, 1 if is_binary else k), **vars(torch.nn)}
    model = eval(model, names).fit(x, y.astype("float32" if is_binary else "int64"))
    return Given({"model": model}, "model.forward(x)")


@source("lightning", "Trainer")
def lightning(x, y, k, model):
    import lightning
    import torch

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = linear(x, y, k)

        def predict_step(self, batch):
            return self.layer(batch[0])

        def test_step(self, batch):
            self.log("loss", torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1]))

    rows = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    without = dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary", "enable_checkpointing"), False)
    names = {"trainer": lightning.Trainer(accelerator="cpu", **without), "module": Module(), "torch": torch}
    names["loader"] = torch.utils.data.DataLoader(rows, 200)
    call = "torch.cat(trainer.predict(module, loader))"
    return Given(names, call, "", loss="trainer.test(module, loader, verbose=False)[0]['loss']")


@source("fastai", "Learner.get_preds()")
@source("fastai", "Learner.get_preds(act=torch.nn.Identity())")
def fastai(x, y, k, model):
    import torch
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat

    loader = DataLoader(list(zip(torch.from_numpy(x), torch.from_numpy(y))), bs=200)
    names = {"learn": Learner(DataLoaders(loader, loader), linear(x, y, k), CrossEntropyLossFlat()), "torch": torch}
    call, probs = model.replace("Learner", "learn"), "learn.get_preds()[0]"
    return of_probs(names, probs) if "act" not in call else Given(names, f"{call}[0]", probs, f"own_numbers({call})")


@source("timm", "create_model('resnet10t')")
def timm(x, y, k, model):
    import timm
    import torch
    from timm.loss import LabelSmoothingCrossEntropy

    torch.manual_seed(0)
    names = {"model": timm.create_model("resnet10t", num_classes=k).eval(), "images": torch.from_numpy(photos(x))}
    names |= {"entropy": LabelSmoothingCrossEntropy(0.0), "y": torch.from_numpy(y[:60])}
    return Given(names, "model(images)", "", loss="entropy(model(images), y).item()")


def yolo(name, k, x, y):
    """Return names for a YOLO, not trained, with K classes, its network, and pictures as each of them takes these."""
    import torch
    import ultralytics

    torch.manual_seed(0)
    model = ultralytics.YOLO(name)
    model.model = type(model.model)(name, nc=k, verbose=False).eval()
    model.model.names, model.overrides["imgsz"] = {j: f"class {j}" for j in range(k)}, 64
    files = [(255 * each.transpose(1, 2, 0)).astype("uint8") for each in photos(x)]
    names = {"model": model, "network": model.model, "files": files, "images": torch.from_numpy(photos(x))}
    return {**names, "torch": torch, "y": y[:60]}


@source("ultralytics", "YOLO('yolo11n-cls.yaml')")
def ultralytics(x, y, k, model):
    names = yolo("yolo11n-cls.yaml", k, x, y)
    return of_probs(names, "torch.stack([each.probs.data for each in model(files)])")


@source("ultralytics", "YOLO('yolo11n-cls.yaml').model, the network", (4,))
def ultralytics_network(x, y, k, model):
    return Given(yolo("yolo11n-cls.yaml", k, x, y), "network(images)[1]", "network(images)[0]")


@source("ultralytics", "YOLO('yolo11n.yaml').model, a detector's network", (4,), many=True)
def ultralytics_detector(x, y, k, model):
    raw = "network(images)[1]['scores'].amax(2).sigmoid()"
    return of_probs(yolo("yolo11n.yaml", k, x, y), "network(images)[0][:, 4:].amax(2)", raw)


@source("flax", "nnx.Linear(5, K)")
def flax(x, y, k, model):
    import jax
    from flax import nnx

    return Given({"model": nnx.Linear(5, k, rngs=nnx.Rngs(0)), "jax": jax}, "model(x)", "jax.nn.softmax(model(x))")


@source("mlx", "nn.Linear(5, K)")
def mlx(x, y, k, model):
    import mlx.core as mx
    from mlx import nn

    mx.random.seed(0)
    return Given({"model": nn.Linear(5, k), "mx": mx}, "model(mx.array(x))", "mx.softmax(model(mx.array(x)), -1)")


# --- the same models in other runtimes ---


def session_of(made):
    import onnxruntime

    return onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])


RUN = "session.run(None, {'X': x})"
TORCH = "network(torch.from_numpy(x))"  # the network of torch that was exported


@source("skl2onnx", "LogisticRegression(), raw_scores=True, zipmap=False")
@source("skl2onnx", "LogisticRegression()")
def onnx_of_sklearn(x, y, k, model):
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    is_raw = "raw" in model
    model = LogisticRegression().fit(x, y)
    made = to_onnx(model, x[:1], options={id(model): {"raw_scores": True, "zipmap": False} if is_raw else {}})
    names = {"model": model, "session": session_of(made.SerializeToString())}
    if is_raw:
        return Given(names, f"{RUN}[1]", line=f"own_numbers(({{call}}{'[:, 1]' if k == 2 else ''}, y))")
    return of_probs(names, f"{RUN}[1]", PROBA)


@source("onnxmltools", "LGBMClassifier(), zipmap=False")
@source("onnxmltools", "XGBClassifier()")
def onnx_of_boosters(x, y, k, model):
    import lightgbm
    import onnxmltools
    import xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("X", FloatTensorType([None, 5]))]
    if model.startswith("XGB"):
        model = xgboost.XGBClassifier(n_estimators=10).fit(x, y)
        made = onnxmltools.convert_xgboost(model, initial_types=inputs)
    else:
        model = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(x, y)
        made = onnxmltools.convert_lightgbm(model, initial_types=inputs, zipmap=False)
    return of_probs({"model": model, "session": session_of(made.SerializeToString())}, f"{RUN}[1]", PROBA)


@source("catboost", "save_model(path, format='onnx'), in ONNX Runtime")
def onnx_of_catboost(x, y, k, model):
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=10, verbose=0, allow_writing_files=False).fit(x, y)
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(f"{folder}/model.onnx", format="onnx")
        session = session_of(f"{folder}/model.onnx")
    return of_probs({"model": model, "session": session}, "session.run(None, {'features': x})[1]", PROBA)


@source("torch", "Sequential(Linear(5, K), Sigmoid())", (4,), many=True)
@source("torch", "Sequential(Linear(5, K), Softmax(1))")
@source("torch", "Sequential(Linear(5, K))")
def onnx_of_torch(x, y, k, model):
    import torch

    network, made = linear(x, y, k), io.BytesIO()
    last = [layer for layer in (torch.nn.Softmax(1), torch.nn.Sigmoid()) if type(layer).__name__ in model]
    whole = torch.nn.Sequential(network, *last)
    torch.onnx.export(whole, (torch.from_numpy(x),), made, input_names=["X"], dynamic_shapes=({0: "rows"},))
    names = {"session": session_of(made.getvalue()), "network": network, "torch": torch}
    probs = f"{TORCH}.{'softmax(1)' if y.ndim == 1 else 'sigmoid()'}"
    return of_probs(names, f"{RUN}[0]", probs) if last else Given(names, f"{RUN}[0]", probs)


@source("ai-edge-litert", "int8, the last layer softmax")
@source("ai-edge-litert", "int8, the last layer linear")
def litert(x, y, k, model):
    import tensorflow as tf
    import torch
    from ai_edge_litert.interpreter import Interpreter

    network, is_softmax = linear(x, y, k), "softmax" in model
    weight, bias = network.weight.detach().numpy().T, network.bias.detach().numpy()

    @tf.function(input_signature=[tf.TensorSpec((600, 5), tf.float32)])
    def call(rows):
        logits = tf.matmul(rows, weight) + bias
        return tf.nn.softmax(logits) if is_softmax else logits

    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: [[x]]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_output_type = tf.int8
    interpreter = Interpreter(model_content=converter.convert())
    output = interpreter.get_output_details()[0]
    scale, zero_point = output["quantization"]

    def run(rows):
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], rows)
        interpreter.invoke()
        return interpreter.get_tensor(output["index"])

    names = {"run": run, "scale": scale, "zero_point": zero_point, "network": network, "torch": torch}
    numbers = "(run(x).astype('float32') - zero_point) * scale"
    line = f"own_numbers(({numbers}, y))"
    if is_softmax:
        line = f"own_numbers({{'probs': (p := ({numbers}).clip(scale / 2)) / p.sum(1, keepdims=True), 'targets': y}})"
    return Given(names, "run(x)", f"{TORCH}.softmax(1)", line)


# --- what is found ---


def as_array(output):
    """Return the numbers that a library put out; of dicts in the order of their keys as texts."""
    if isinstance(output, list) and isinstance(output[0], list):  # a list of {label, score} a row
        output = [{each["label"]: each["score"] for each in row} for row in output]
    if isinstance(output, list) and isinstance(output[0], dict):
        keys = sorted(output[0], key=str)
        return np.array([[row[key] for key in keys] for row in output], float)
    return np.asarray(output.detach() if hasattr(output, "detach") else output, float)


def what_it_is(output, probs, own, loss, close):
    """Return in words what the output is, by which function of it gives the probabilities, or the loss."""
    if loss is not None:
        x, y, rows = np.asarray(own.logits.detach(), float), np.asarray(own.targets), range(len(own.logits))
        losses = np.logaddexp(0, x) - x * y if y.ndim == 2 else -special.log_softmax(x, 1)[rows, y]
        assert abs(losses.mean() - loss) < CLOSE, f"cross-entropy {losses.mean()}, the library's loss {loss}"
        return f"logits: {'binary ' if y.ndim == 2 else ''}cross-entropy of them is the model's own loss"
    if probs is None:
        return "scores, and no probabilities beside them"

    def gives(found):
        return found.shape == probs.shape and abs(found - probs).max() < close

    if gives(output):
        sums = output.ndim == 2 and output.shape[1] > 1 and abs(output.sum(1) - 1).max() < 1e-5
        return "probabilities" + (", each row sums to 1" if sums else "")
    one = special.expit(output).reshape(-1)
    if output.size == len(probs) and gives(np.stack([1 - one, one], 1) if probs.ndim == 2 else one):
        return "margins: their sigmoid is the probability of the second class"
    centred = output.ndim == 2 and abs(output.sum(1)).max() < 1e-5 * max(1, abs(output).max())
    if output.ndim == 2 and gives(special.softmax(output, 1)):
        return "logits: softmax gives the probabilities" + (", each row sums to 0" if centred else "")
    if output.ndim == 2 and gives(special.expit(output)):
        kind = "−m and m of a margin m" if centred else "logits of any number of labels"
        return f"{kind}: sigmoid of each is its probability"
    if output.ndim == 2 and gives(special.expit(output) / special.expit(output).sum(1, keepdims=True)):
        return "logits of one class against the rest: the probabilities are sigmoids, divided by their sum"
    return "scores: neither softmax nor sigmoid gives the probabilities"


def open_in_explorers(own):
    """Open what `own_numbers` gave in two explorers; of any number of labels, each label for itself."""
    from helpers.explorers import calibration, logit_table
    from helpers.inputs import own_numbers

    if own.targets.ndim == 2:
        return [open_in_explorers(own_numbers(pair)) for pair in zip(own.logits.T, own.targets.T)]
    logit_table(own.logits[:5], labels=own.labels, targets=own.targets[:5]).describe()
    calibration(own.logits, own.targets).describe()


def measure(package, model, num_classes, many, make):
    """Return one source's row of the table, texts by column: its line is run, opened in an explorer and compared."""
    from helpers.inputs import own_numbers

    np.random.seed(0)
    x, y = drawn(num_classes, many)
    given = make(x, y, num_classes, model)
    line = given.line.replace("{call}", given.call)
    names = {"x": x, "y": y, "K": num_classes, "own_numbers": own_numbers, **given.names}
    came = eval(given.call, names)
    output, what, close = as_array(came), "", CLOSE
    if getattr(came, "dtype", None) == np.int8:
        output = (output - names["zero_point"]) * names["scale"]
        what, close = "whole numbers q; (q − zero_point) · scale are ", 0.05  # of 256 steps
    probs = as_array(eval(given.probs, names)) if given.probs else None
    own = eval(line, names)
    open_in_explorers(own)
    loss = eval(given.loss, names) if given.loss else None
    off = ""
    if probs is not None:
        logits = np.asarray(own.logits.detach(), float)
        found = special.softmax(logits, 1) if own.targets.ndim == 1 else special.expit(logits)
        if isinstance(came, list) and own.labels:  # of dicts: the columns may stand in another order
            found = found[:, np.argsort(own.labels)]
        found = found[:, 1].reshape(probs.shape) if probs.size == len(found) else found
        off = f"{abs(found - probs).max():.1e}"
        assert float(off) < close, f"{package} {model}: off by {off}"
    return {
        "library": library_of(package),
        "version": importlib.metadata.version(package).partition("+")[0],
        "date": datetime.date.today().isoformat(),
        "model": model,
        "num_classes": size_of(num_classes, many),
        "call": given.call,
        "shape": " × ".join(["N", *("K" if size == num_classes else str(size) for size in output.shape[1:])]),
        "what": what + what_it_is(output, probs, own, loss, close),
        "line": line,
        "off": off,  # between softmax of what the line gives and the library's probabilities, the largest difference
    }


# --- the table and the page ---

TITLES = {  # what people call a package
    "ai-edge-litert": "TensorFlow Lite and LiteRT",
    "catboost": "CatBoost",
    "fasttext": "fastText",
    "flax": "JAX with Flax",
    "interpret": "InterpretML",
    "keras": "Keras",
    "lightgbm": "LightGBM",
    "lightning": "PyTorch Lightning",
    "mlx": "MLX",
    "nltk": "NLTK",
    "onnxmltools": "ONNX of XGBoost and LightGBM",
    "skl2onnx": "ONNX of scikit-learn",
    "spacy": "spaCy",
    "torch": "ONNX of PyTorch",
    "transformers": "Hugging Face transformers",
    "ultralytics": "Ultralytics YOLO",
    "vowpalwabbit": "Vowpal Wabbit",
    "xgboost": "XGBoost",
    "ydf": "TensorFlow Decision Forests and YDF",
}

MADE = re.compile(r"(?<=import own_numbers\n```\n\n).*(?=^## Your library is not here)", re.DOTALL | re.MULTILINE)
KEY = ("library", "model", "num_classes")


def library_of(package):
    return package.removesuffix("-cpu").removesuffix("-wheel").removesuffix("-core")


def size_of(num_classes, many):
    """Return how the table writes K, with "labels" where any number of them may be true."""
    return f"{num_classes} labels" if many else str(num_classes)


def title_of(row):
    return TITLES.get(row["library"], row["library"])


def with_rows(page, rows):
    """Return the page's text with the rows of the table, dicts of texts: a section a library, by the alphabet."""
    sections = {}
    for row in sorted(rows, key=lambda row: title_of(row).casefold()):
        sections.setdefault(title_of(row), []).append(row)
    links = [f"[{title}](#{title.replace(' ', '-')})" for title in sections]
    parts = [" ·\n".join(links) + "\n"]
    for title, of_it in sections.items():
        parts.append("## {}\n\n{library} {version}, run on {date}.\n".format(title, **of_it[0]))
        parts.append("| model | K | puts out | shape | the line | off by |\n|---|---|---|---|---|---|")
        same = {}  # numbers of classes, and largest differences, of what only differs in them
        for row in of_it:
            cells = tuple(row[name].replace("|", "\\|") for name in ("model", "what", "shape", "line"))
            same.setdefault(cells, []).append((row["num_classes"], row["off"]))
        for (model, what, shape, line), found in same.items():
            off = max((off for _, off in found if off), key=float, default="–")
            sizes = ", ".join(k for k, _ in found)
            parts.append(f"| `{model}` | {sizes} | {what} | {shape} | `{line}` | {off} |")
        parts.append("")
    return MADE.sub(lambda _: "\n".join([*parts, ""]), page)


def read_table():
    return pandas.read_csv(TABLE, dtype=str, keep_default_na=False).to_dict("records")


def main(only):
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    load_torchvision()
    before = {tuple(row[name] for name in KEY): row for row in read_table()}
    rows = []
    for package, model, classes, many, make in SOURCES:
        for num_classes in classes:
            row = before.get((library_of(package), model, size_of(num_classes, many)))
            if row is None or not only or any(word in f"{package} {model}" for word in only):
                folder = contextlib.chdir(tempfile.gettempdir())  # where some libraries leave their logs
                with folder, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    row = measure(package, model, num_classes, many, make)
                print(f"{row['library']} {row['version']} {model} K={num_classes}: {row['what']}; {row['off'] or '–'}")
            rows.append(row)
    pandas.DataFrame(rows).to_csv(TABLE, index=False, lineterminator="\n")
    PAGE.write_text(with_rows(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="a word of the libraries and models to run; by default all")
    sys.exit(main(parser.parse_args().only))
