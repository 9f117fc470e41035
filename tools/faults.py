"""The faults that `make mutants` puts in, one at a time."""

from tools.mutants import Mutant, code, saved, source, swap

LESSON_01 = "notebooks/01_logit_table.ipynb"
LESSON_02 = "notebooks/02_softmax_vs_sigmoid.ipynb"
LESSON_03 = "notebooks/03_softmax_dim.ipynb"
LESSON_05 = "notebooks/05_single_label.ipynb"
LESSON_06 = "notebooks/06_multi_label.ipynb"
NOTEBOOK_TESTS = "tests/test_notebooks.py"
EXPLORERS = "helpers/explorers"


def digit(book):
    """Change one digit of the first saved text output that has one."""
    for cell in code(book):
        for output in cell["outputs"]:
            text = "".join(output.get("data", {}).get("text/plain", output.get("text", "")))
            if "0.6415" in text:
                target = output["data"] if "data" in output else output
                key = "text/plain" if "data" in output else "text"
                target[key] = text.replace("0.6415", "0.6416", 1)
                return


def drop_output(book):
    next(cell for cell in code(book) if cell["outputs"])["outputs"] = []


def strip(book):
    for cell in code(book):
        cell["outputs"], cell["execution_count"] = [], None


def swap_counts(book):
    first, second = code(book)[1:3]
    first["execution_count"], second["execution_count"] = second["execution_count"], first["execution_count"]


def drop_picture(book):
    for cell in code(book):
        for output in cell["outputs"]:
            output.get("data", {}).pop("image/png", None)


MUTANTS = [
    Mutant("softmax over the wrong dim", LESSON_01, source("dim=1)  # (6, 4)", "dim=0)  # (6, 4)"), (LESSON_01,)),
    Mutant("a lost minus sign in the sigmoid", LESSON_01, source("1 + (-x).exp()", "1 + x.exp()"), (LESSON_01,)),
    Mutant("odds with the class left in", LESSON_01, source("exps.sum() - exps)", "exps.sum())"), (LESSON_01,)),
    Mutant("a saved digit changed", LESSON_01, saved(digit), (LESSON_01,)),
    Mutant("a saved output dropped", LESSON_01, saved(drop_output), (LESSON_01,)),
    Mutant("a stripped notebook", LESSON_01, saved(strip), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("cells executed out of order", LESSON_01, saved(swap_counts), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("a saved picture dropped", LESSON_01, saved(drop_picture), (LESSON_01,)),
    Mutant("a number in prose", LESSON_01, source("64.15<!--", "64.51<!--"), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("an expression in prose", LESSON_01, source("exps[1] / exps[0]", "exps[0] / exps[1]"), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("a logit of the running example", "helpers/data.py", swap("4.43,", "4.34,"), (LESSON_01,)),
    Mutant(
        "cat's slider starts elsewhere",
        "helpers/explorers/logit_table.py",
        swap("zip(LABELS, logits)}", "zip(LABELS, [3.5, *logits[1:]])}"),
        (LESSON_01,),
    ),
    Mutant(
        "temperature multiplies",
        "helpers/explorers/logit_table.py",
        swap("(x + c * add_c) / temperature", "(x + c * add_c) * temperature"),
        ("tests/test_logit_table.py",),
    ),
    Mutant(
        "bars of half the height",
        "helpers/explorers/logit_table.py",
        swap("bar.set_height(prob)", "bar.set_height(prob / 2)"),
        ("tests/test_logit_table.py",),
    ),
    Mutant(
        "cat's and dog's colours swapped",
        "helpers/figures/picture.py",
        swap('"cat": "#0072B2", "dog": "#BF5300"', '"cat": "#BF5300", "dog": "#0072B2"'),
        (LESSON_01,),
    ),
    Mutant(
        "an axis label",
        "helpers/explorers/logit_table.py",
        swap("value in [0, 1]", "value in percent"),
        (LESSON_01,),
    ),
    Mutant("threshold 2 for 3", LESSON_02, source('picked(x > 3))', 'picked(x > 2))'), (LESSON_02,)),
    Mutant("another seed", LESSON_03, source("torch.Generator().manual_seed(0)", "torch.Generator().manual_seed(7)"), (LESSON_03,)),
    Mutant("dim=1 for dim=0", LESSON_03, source("nn.Softmax(dim=0)(x)", "nn.Softmax(dim=1)(x)"), (LESSON_03,)),
    Mutant("a lost minus sign in the loss", LESSON_05, source("-log_probs", "log_probs"), (LESSON_05,)),
    Mutant("inverted BCE", LESSON_06, source("y * log_yes + (1 - y) * log_no", "y * log_no + (1 - y) * log_yes"), (LESSON_06,)),
    Mutant("the wrong labels true", LESSON_06, source('{"cat", "dog"}', '{"cat", "cow"}'), (LESSON_06,)),
    Mutant("p − y turned round", LESSON_06, source("(p - y) / 4", "(y - p) / 4"), (LESSON_06,)),
    Mutant("the threshold of the article", "helpers/data.py", swap("THRESHOLD_LOGIT = 3.0", "THRESHOLD_LOGIT = 2.0"), (LESSON_02,)),
    Mutant("a printed tensor", "helpers/data.py", swap("0.6532, 0.4489", "0.6523, 0.4489"), (LESSON_03,)),
    Mutant(
        "softmax without the shift",
        "helpers/functions.py",
        swap("_two_sum(logits, -top.detach())", "_two_sum(logits, 0 * top.detach())"),
        ("tests/test_functions.py",),
    ),
    Mutant("a stable log lost", "helpers/functions.py", swap("torch.log1p(rest)", "torch.log(1 + rest)"), ("tests/test_functions.py", "tests/test_accuracy.py")),
    Mutant("a tie counts as above the threshold", f"{EXPLORERS}/threshold.py", swap("x > t, softmax", "x >= t, softmax"), ("tests/test_threshold.py",)),
    Mutant("c taken away instead of added", f"{EXPLORERS}/threshold.py", swap("LOGITS.double() + c", "LOGITS.double() - c"), ("tests/test_threshold.py",)),
    Mutant("the odds follow nothing", f"{EXPLORERS}/threshold.py", swap('"threshold_odds": odds_stop(t), ', ""), ("tests/test_threshold.py",)),
    Mutant("false positives that hold the animal", f"{EXPLORERS}/sweep.py", swap("(picked & ~present)", "(picked & present)"), ("tests/test_sweep.py",)),
    Mutant("recall as precision", f"{EXPLORERS}/sweep.py", swap("tp / (tp + fn), exact_precision", "tp / (tp + fp + 1e-9), exact_precision"), ("tests/test_sweep.py",)),
    Mutant("softmax over the other dim", f"{EXPLORERS}/dim_view.py", swap("probs = softmax(x, dim)", "probs = softmax(x, dim - 1)"), ("tests/test_dim_view.py",)),
    Mutant("dim's default", f"{EXPLORERS}/dim_view.py", swap("dim=0, a=2.0, b=-1.0", "dim=1, a=2.0, b=-1.0"), (LESSON_03,)),
    Mutant("the bound without its 2", "helpers/floats.py", swap("2 * ", "1 * "), ("tests/test_floats.py", "tests/test_microscope.py")),
    Mutant("the round trip's error turned round", f"{EXPLORERS}/microscope.py", swap(
        "error=in_bulk(torch.logit, sigma[None]).item() - here.item()", "error=here.item() - in_bulk(torch.logit, sigma[None]).item()"
    ), ("tests/test_microscope.py",)),
    Mutant("a shift that is divided away", f"{EXPLORERS}/row_loss.py", swap("((x + c) / temperature)", "(x / temperature + c)"), ("tests/test_row_loss.py",)),
    Mutant("a gradient without its temperature", f"{EXPLORERS}/row_loss.py", swap("(probs - targets) / temperature", "(probs - targets)"), ("tests/test_row_loss.py",)),
    Mutant("smoothing shared by three", f"{EXPLORERS}/row_loss.py", swap("smoothing / 4", "smoothing / 3"), ("tests/test_row_loss.py",)),
    Mutant("two sliders on each other's argument", f"{EXPLORERS}/label_loss.py", swap(
        "torch.tensor([cat, dog, cow, zebra])", "torch.tensor([dog, cat, cow, zebra])"
    ), ("tests/test_label_loss.py",)),
    Mutant("sum for mean", f"{EXPLORERS}/label_loss.py", swap("losses.mean(dim=1)", "losses.sum(dim=1)"), ("tests/test_label_loss.py",)),
    Mutant("a callback that raises", f"{EXPLORERS}/logit_table.py", swap("columns = (", "assert facts.probs[2] < 0.5\n        columns = ("), ("tests/test_explorers.py", "-k", "logit_table")),
    Mutant("errors in a move are swallowed", "helpers/live/explorer.py", swap("            raise\n", "            pass\n"), ("tests/test_live.py",)),
    Mutant("an unbound number in prose", LESSON_05, source("## Targets", "It is 0.4439.\n\n## Targets"), (NOTEBOOK_TESTS, "-k", "05")),
    Mutant("a link that leads nowhere", LESSON_06, source("(01_logit_table.ipynb)", "(01_logit_tables.ipynb)"), (NOTEBOOK_TESTS, "-k", "06")),
    Mutant("an output hidden from the comparison", LESSON_06, source("p = 1 / (1 + (-x).exp())", "# NBVAL_IGNORE_OUTPUT\np = 1 / (1 + (-x).exp())"), (NOTEBOOK_TESTS, "-k", "06")),
    Mutant("a notebook missing from the list", "tests/test_notebooks.py", swap('    "07_bug_museum",\n', ""), (NOTEBOOK_TESTS, "-k", "unknown")),
    Mutant("a pin in requirements.txt only", "requirements.txt", swap("matplotlib==3.11.2", "matplotlib==3.11.1"), ("tests/test_setup.py",)),
    Mutant("conda with a list of its own", "environment.yml", swap("      - -r requirements.txt", "      - torch"), ("tests/test_setup.py",)),
    Mutant("a pin in one file only", "pyproject.toml", swap("torch==2.13.0", "torch==2.12.0"), ("tests/test_setup.py",)),
]
