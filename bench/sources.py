"""Where logits come from: what other libraries put out, and the line that brings it into `own_numbers`.

`make sources` installs bench/sources.txt into a folder of its own and runs this there. Each model is trained on drawn
data, and each line of the table is run: its result is opened in an explorer, and softmax of it compared with the
library's own probabilities. What a library puts out is found by comparing, not taken from its documentation. The table,
bench/sources.csv, becomes docs/sources.md.
"""

import argparse
import contextlib
import csv
import datetime
import importlib.metadata
import io
import logging
import os
import pathlib
import sys
import tempfile
import warnings
from dataclasses import asdict, dataclass, fields

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
FOLDER = pathlib.Path(__file__).parent
TABLE, PAGE = FOLDER / "sources.csv", FOLDER.parent / "docs" / "sources.md"
CLOSE = 2e-5  # more than float32 loses, and than the 1e-5 that fastText adds to each probability
SOURCES = []


@dataclass
class Row:
    """One model of one library with K classes.

    off : the largest difference between softmax of what the line gives and the library's probabilities
    """

    library: str
    version: str
    date: str
    model: str
    num_classes: int
    call: str
    shape: str
    what: str
    line: str
    off: str


@dataclass
class Given:
    """What a source hands back: names for its code, and three pieces of code in these names."""

    names: dict
    call: str  # what the library puts out
    probs: str = "model.predict_proba(x)"  # its probabilities; "" where it has none
    line: str = "own_numbers(({call}, y))"
    loss: str = ""  # where it has no probabilities: its own mean loss on (x, y)


def source(package, model, classes=(2, 4)):
    def register(make):
        SOURCES.append((package, model, classes, make))
        return make

    return register


def drawn(num_classes, seed=0):
    """Return points (600, 5), float32, and classes (600,): the largest of K noisy linear scores, some more frequent."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(600, 5)).astype("float32")
    scores = x @ draw.normal(size=(5, num_classes)) + draw.gumbel(size=(600, num_classes))
    return x, (scores + np.linspace(0.7, 0, num_classes)).argmax(1)


# --- the libraries ---


def fitted(model, x, y):
    return Given({"model": model.fit(x, y)}, "model.decision_function(x)")


@source("scikit-learn", "LogisticRegression")
def logistic_regression(x, y, k):
    from sklearn.linear_model import LogisticRegression

    return fitted(LogisticRegression(), x, y)


@source("scikit-learn", "HistGradientBoostingClassifier")
def hist_gradient_boosting(x, y, k):
    from sklearn.ensemble import HistGradientBoostingClassifier

    return fitted(HistGradientBoostingClassifier(max_iter=10), x, y)


@source("scikit-learn", "SGDClassifier(loss='log_loss')")
def sgd(x, y, k):
    from sklearn.linear_model import SGDClassifier

    given = fitted(SGDClassifier(loss="log_loss", random_state=0), x, y)
    return given if k == 2 else of_probs(given)


@source("scikit-learn", "AdaBoostClassifier")
def ada_boost(x, y, k):
    from sklearn.ensemble import AdaBoostClassifier

    given = fitted(AdaBoostClassifier(n_estimators=10, random_state=0), x, y)
    return given if k == 2 else of_probs(given)


@source("scikit-learn", "SVC")
def svc(x, y, k):
    from sklearn.svm import SVC

    given = fitted(SVC(), x, y)
    given.probs = ""
    return given


def of_probs(given):
    """Return the same where only the probabilities can be brought over: their logarithm is a set of logits."""
    given.line = f"own_numbers({{'probs': {given.probs}, 'targets': y}})"
    return given


@source("xgboost-cpu", "XGBClassifier")
def xgboost(x, y, k):
    from xgboost import XGBClassifier

    return Given({"model": XGBClassifier(n_estimators=10).fit(x, y)}, "model.predict(x, output_margin=True)")


@source("lightgbm", "LGBMClassifier")
def lightgbm(x, y, k):
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(n_estimators=10, verbose=-1).fit(x, y)
    return Given({"model": model}, "model.predict_proba(x, raw_score=True)")


@source("catboost", "CatBoostClassifier")
def catboost(x, y, k):
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=10, verbose=0, allow_writing_files=False).fit(x, y)
    return Given({"model": model}, "model.predict(x, prediction_type='RawFormulaVal')")


def onnx_session(x, y, **options):
    import onnxruntime
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(x, y)
    made = to_onnx(model, x[:1], options={id(model): options})
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return {"model": model, "session": session}


@source("skl2onnx", "LogisticRegression in ONNX Runtime")
def onnx(x, y, k):
    given = Given(onnx_session(x, y), "session.run(None, {'X': x})[1]")
    given.line = "own_numbers({'probs': session.run(None, {'X': x})[1], 'targets': y})"
    return given


@source("skl2onnx", "the same with raw_scores=True, zipmap=False")
def onnx_raw(x, y, k):
    given = Given(onnx_session(x, y, raw_scores=True, zipmap=False), "session.run(None, {'X': x})[1]")
    if k == 2:
        given.line = f"own_numbers(({given.call}[:, 1], y))"
    return given


@source("keras", "Sequential that ends in Dense(K)", classes=(4,))
def keras_logits(x, y, k):
    names = {"model": keras_model(x, y, k, None)}
    return Given(names, "model.predict(x, verbose=0)", "", loss="model.evaluate(x, y, verbose=0)")


@source("keras", "Sequential that ends in Dense(1, activation='sigmoid')", classes=(2,))
def keras_sigmoid(x, y, k):
    given = Given({"model": keras_model(x, y, 1, "sigmoid")}, "model.predict(x, verbose=0)")
    given.probs = given.call
    return of_probs(given)


def keras_model(x, y, outputs, activation):
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(outputs, activation=activation)])
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", "binary_crossentropy" if outputs == 1 else entropy)
    model.fit(x, y, epochs=3, verbose=0)
    return model


@source("skorch", "NeuralNetClassifier(criterion=CrossEntropyLoss)")
def skorch(x, y, k):
    import torch
    from skorch import NeuralNetClassifier

    torch.manual_seed(0)
    module = torch.nn.Linear(5, k)
    net = NeuralNetClassifier(module, criterion=torch.nn.CrossEntropyLoss, max_epochs=3, verbose=0)
    return Given({"model": net.fit(x, y.astype("int64"))}, "model.forward(x)")


def words(x):
    """Return a text for each point: the names of its coordinates, in capitals where they are positive."""
    return [" ".join(name.upper() if value > 0 else name for name, value in zip("abcde", row)) for row in x]


@source("fasttext-wheel", "train_supervised(loss='softmax')")
def fast_text(x, y, k):
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "train.txt")
        path.write_text("".join(f"__label__{label} {text}\n" for label, text in zip(y, words(x))))
        model = fasttext.train_supervised(str(path), epoch=5, thread=1, verbose=0)
    labels = [int(each.removeprefix("__label__")) for each in model.labels]

    def predicted():  # by the extension: the face of this version fails with numpy 2
        pairs = [model.f.predict(f"{text}\n", -1, 0.0, "strict") for text in words(x)]
        return [{int(name.removeprefix("__label__")): prob for prob, name in row} for row in pairs]

    names = {"model": model, "texts": words(x), "labels": labels, "np": np, "predicted": predicted}
    call = "np.stack([model.get_output_matrix() @ model.get_sentence_vector(text) for text in texts])"
    line = f"own_numbers({{'logits': {call}, 'targets': [f'__label__{{c}}' for c in y], 'labels': model.labels}})"
    return Given(names, call, "np.array([[row[label] for label in labels] for row in predicted()])", line)


@source("spacy", "textcat")
def spacy(x, y, k):
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    textcat = nlp.add_pipe("textcat")
    names = [f"class {j}" for j in range(k)]
    for name in names:
        textcat.add_label(name)
    texts = words(x)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {name: float(j == label) for j, name in enumerate(names)}})
        for text, label in zip(texts[:100], y)
    ]
    nlp.initialize(lambda: examples)
    nlp.update(examples)
    call = "[doc.cats for doc in nlp.pipe(texts)]"
    return of_probs(Given({"nlp": nlp, "texts": texts}, call, call))


@source("vowpalwabbit", "--oaa K --loss_function logistic --probabilities", classes=(4,))
def vowpal_wabbit(x, y, k):
    from vowpalwabbit import Workspace

    vw = Workspace(f"--oaa {k} --loss_function logistic --probabilities --quiet")
    rows = [" ".join(f"{name}:{value}" for name, value in zip("abcde", row)) for row in x]
    for row, label in zip(rows, y):
        vw.learn(f"{label + 1} | {row}")
    call = "[vw.predict(f'| {row}') for row in rows]"
    return of_probs(Given({"vw": vw, "rows": rows}, call, call))


@source("vowpalwabbit", "--loss_function logistic", classes=(2,))
def vowpal_wabbit_binary(x, y, k):
    from vowpalwabbit import Workspace

    vw, linked = (
        Workspace(f"--loss_function logistic --quiet --random_seed 1 {more}") for more in ("", "--link logistic")
    )
    rows = [" ".join(f"{name}:{value}" for name, value in zip("abcde", row)) for row in x]
    for row, label in zip(rows, y):
        for each in (vw, linked):
            each.learn(f"{2 * label - 1} | {row}")
    names = {"vw": vw, "linked": linked, "rows": rows, "np": np}
    call = "[vw.predict(f'| {row}') for row in rows]"
    return Given(
        names, call, "np.array([linked.predict(f'| {row}') for row in rows])", "own_numbers((np.array({call}), y))"
    )


@source("river", "linear_model.SoftmaxRegression")
def river(x, y, k):
    from river.linear_model import SoftmaxRegression

    model = SoftmaxRegression()
    rows = [dict(zip("abcde", map(float, row))) for row in x]
    for row, label in zip(rows, y):
        model.learn_one(row, int(label))
    call = "[model.predict_proba_one(row) for row in rows]"
    return of_probs(Given({"model": model, "rows": rows}, call, call))


@source("statsmodels", "MNLogit", classes=(4,))
def statsmodels(x, y, k):
    import statsmodels.api as sm

    fit = sm.MNLogit(y, sm.add_constant(x.astype(float))).fit(disp=0)
    return Given({"fit": fit}, "fit.predict(which='linear')", "fit.predict()")


@source("statsmodels", "Logit", classes=(2,))
def statsmodels_binary(x, y, k):
    import statsmodels.api as sm

    fit = sm.Logit(y, sm.add_constant(x.astype(float))).fit(disp=0)
    return Given({"fit": fit}, "fit.predict(which='linear')", "fit.predict()")


@source("transformers", "BertForSequenceClassification")
def transformers(x, y, k):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=10)
    model = BertForSequenceClassification(BertConfig(**sizes, num_labels=k)).eval()
    tokens, labels = torch.from_numpy((x > 0) + 2 * np.arange(5)), torch.from_numpy(y)
    names = {"model": model, "tokens": tokens, "labels": labels}
    line = "own_numbers({'logits': model(tokens).logits, 'targets': y, 'labels': model.config.id2label})"
    return Given(names, "model(tokens).logits", "", line, "model(tokens, labels=labels).loss.item()")


# --- what is found ---


def softmax(x):
    x = np.asarray(x, float)
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def as_array(output):
    if isinstance(output, list) and isinstance(output[0], dict):
        keys = sorted(output[0], key=str)
        return np.array([[row[key] for key in keys] for row in output], float)
    output = output.detach().numpy() if hasattr(output, "detach") else output
    return np.asarray(output, float)


def what_it_is(output, probs, y, loss):
    """Return in words what the output is, by which function of it gives the probabilities, or the loss."""
    if loss is not None:
        found = -np.log(softmax(output)[np.arange(len(y)), y]).mean()
        assert abs(found - loss) < CLOSE, f"cross-entropy {found}, the library's loss {loss}"
        return "logits: cross-entropy of them is the model's own loss"
    if probs is None:
        return "scores, and no probabilities beside them"

    def gives(found):
        return found.shape == probs.shape and abs(found - probs).max() < CLOSE

    sigmoids = 1 / (1 + np.exp(-output))
    one = sigmoids.reshape(-1)
    if gives(output):
        sums = output.ndim == 2 and output.shape[1] > 1 and abs(output.sum(1) - 1).max() < 1e-5
        return "probabilities" + (", each row sums to 1" if sums else "")
    if output.size == len(probs) and gives(np.stack([1 - one, one], 1) if probs.ndim == 2 else one):
        return "margins: their sigmoid is the probability of the second class"
    if output.ndim == 2 and gives(softmax(output)):
        centred = abs(output.sum(1)).max() < 1e-5 * max(1, abs(output).max())
        return "logits: softmax gives the probabilities" + (", each row sums to 0" if centred else "")
    if output.ndim == 2 and gives(sigmoids):
        return "−m and m of a margin m: sigmoid of each is its probability"
    if output.ndim == 2 and gives(sigmoids / sigmoids.sum(1, keepdims=True)):
        return "logits of one class against the rest: the probabilities are sigmoids, divided by their sum"
    return "scores: neither softmax nor sigmoid gives the probabilities"


def measure(package, model, num_classes, make):
    """Return the `Row` of one source: its line is run, opened in an explorer and compared."""
    from helpers.explorers import calibration, logit_table
    from helpers.inputs import own_numbers

    x, y = drawn(num_classes)
    given = make(x, y, num_classes)
    line = given.line.replace("{call}", given.call)
    names = {**given.names, "x": x, "y": y, "own_numbers": own_numbers}
    output = as_array(eval(given.call, names))
    probs = as_array(eval(given.probs, names)) if given.probs else None
    own = eval(line, names)
    logit_table(own.logits[:5], labels=own.labels, targets=own.targets[:5]).describe()
    calibration(own.logits, own.targets).describe()
    loss = eval(given.loss, names) if given.loss else None
    off = ""
    if probs is not None:
        found = softmax(own.logits.detach())
        found = found[:, 1].reshape(probs.shape) if probs.size == len(found) else found
        off = f"{abs(found - probs).max():.1e}"
    return Row(
        library=package.removesuffix("-cpu").removesuffix("-wheel"),
        version=importlib.metadata.version(package),
        date=datetime.date.today().isoformat(),
        model=model,
        num_classes=num_classes,
        call=given.call,
        shape=" × ".join(["N", *map(str, output.shape[1:])]),
        what=what_it_is(output, probs, y, loss),
        line=line,
        off=off,
    )


# --- the table and the page ---

HEAD = """# From your library

What other libraries put out for K classes, and the line that brings it here: `own_numbers` returns logits that every
explorer and the clinic take. Made by `make sources`: each model was trained on 600 drawn points, each line was run, its
result opened in `logit_table` and `calibration`, and softmax of it compared with the library's own probabilities; the
last column has the largest difference. In the lines, `x` are the points, `y` their classes, counted from 0.

```python
from helpers.inputs import own_numbers
```
"""


def page_of(rows):
    """Return docs/sources.md from the rows of the table, dicts of texts."""
    parts = [HEAD]
    for library in dict.fromkeys(row["library"] for row in rows):
        of_it = [row for row in rows if row["library"] == library]
        parts.append(f"## {library} {of_it[0]['version']}\n\nRun on {of_it[0]['date']}.\n")
        parts.append("| model | K | puts out | shape | the line | off by |\n|---|---|---|---|---|---|")
        for row in of_it:
            model, line = (row[name].replace("|", "\\|") for name in ("model", "line"))
            off = row["off"] or "–"
            cells = (f"`{model}`", row["num_classes"], row["what"], row["shape"], f"`{line}`", off)
            parts.append(f"| {' | '.join(cells)} |")
        parts.append("")
    return "\n".join(parts)


def read_table():
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def main(only):
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    rows = {(row["library"], row["model"], row["num_classes"]): row for row in (read_table() if TABLE.exists() else [])}
    for package, model, classes, make in SOURCES:
        if only and not any(word in f"{package} {model}" for word in only):
            continue
        for num_classes in classes:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                row = {name: str(value) for name, value in asdict(measure(package, model, num_classes, make)).items()}
            rows[row["library"], row["model"], row["num_classes"]] = row
            print(
                f"{row['library']} {row['version']} {model} K={num_classes}: {row['what']}; off by {row['off'] or '–'}"
            )
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, [each.name for each in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())
    PAGE.write_text(page_of(list(rows.values())), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="a word of the libraries and models to run; by default all")
    sys.exit(main(parser.parse_args().only))
