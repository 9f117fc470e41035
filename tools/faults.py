"""The faults that `make mutants` puts in, one at a time."""

import re

from tools.mutants import Mutant, code, saved, source, swap

START = "notebooks/00_start_here.ipynb"
LESSON_01 = "notebooks/01_logit_table.ipynb"
LESSON_02 = "notebooks/02_softmax_vs_sigmoid.ipynb"
LESSON_03 = "notebooks/03_softmax_dim.ipynb"
LESSON_04 = "notebooks/04_logit_sigmoid_roundtrip.ipynb"
LESSON_05 = "notebooks/05_single_label.ipynb"
LESSON_06 = "notebooks/06_multi_label.ipynb"
LESSON_07 = "notebooks/07_bug_museum.ipynb"
LESSON_90 = "notebooks/90_accuracy.ipynb"
NOTEBOOK_TESTS = "tests/test_notebooks.py"
BROWSER_TESTS = "tests/test_browser.py"
EXERCISE_TESTS = "tests/test_exercises.py"
PICTURES = "tests/test_pictures.py"
VIEWS = "helpers/views"
FIGURES = "helpers/figures"


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


def first_output(book, kind):
    """Return the first saved output that holds `kind`, one of the keys of its data."""
    return next(output for cell in code(book) for output in cell["outputs"] if kind in output.get("data", {}))


def drop_alt_text(book):
    first_output(book, "image/png")["metadata"] = {}


def another_picture(book):
    """Show the picture of one cell in another cell too."""
    shown = [o["data"] for cell in code(book) for o in cell["outputs"] if "image/png" in o.get("data", {})]
    shown[1]["image/png"] = shown[0]["image/png"]


def save_a_warning(book):
    code(book)[2]["outputs"].append({"output_type": "stream", "name": "stderr", "text": "a warning\n"})


def save_a_widget(book):
    first_output(book, "image/png")["data"]["application/vnd.jupyter.widget-view+json"] = {"model_id": "0" * 32}


def tag_as_skipped(book):
    code(book)[1]["metadata"]["tags"] = ["nbval-skip"]


def empty_a_cell(book):
    code(book)[3]["source"] = ""


def change_a_bound_number(book):
    """Change the last digit of the first number in prose that has an expression behind it."""
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and re.search(r"\d<!--=", text):
            cell["source"] = re.sub(r"\d(?=<!--=)", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)
            return


def drop_last_line(text):
    return text.rstrip("\n").rpartition("\n")[0] + "\n"


MUTANTS = [
    Mutant("softmax over the wrong dim", LESSON_01, source("dim=1)  # (6, 4)", "dim=0)  # (6, 4)"), (LESSON_01,)),
    Mutant("a lost minus sign in the sigmoid", LESSON_01, source("1 + (-x).exp()", "1 + x.exp()"), (LESSON_01,)),
    Mutant("odds with the class left in", LESSON_01, source("exps.sum() - exps)", "exps.sum())"), (LESSON_01,)),
    Mutant("a saved digit changed", LESSON_01, saved(digit), (LESSON_01,)),
    Mutant("a saved output dropped", LESSON_01, saved(drop_output), (LESSON_01,)),
    Mutant("a stripped notebook", LESSON_01, saved(strip), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("cells executed out of order", LESSON_01, saved(swap_counts), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant("a saved picture dropped", LESSON_01, saved(drop_picture), (LESSON_01,)),
    Mutant("a number in prose", LESSON_01, saved(change_a_bound_number), (NOTEBOOK_TESTS, "-k", "01")),
    Mutant(
        "an expression in prose",
        LESSON_01,
        source("exps[1] / exps[0]", "exps[0] / exps[1]"),
        (NOTEBOOK_TESTS, "-k", "01"),
    ),
    Mutant("a logit of the running example", "helpers/data.py", swap("4.43,", "4.34,"), (LESSON_01,)),
    Mutant(
        "cat's slider starts elsewhere",
        "helpers/logit_sliders.py",
        swap("zip(LABELS, values)", "zip(LABELS, [3.5, *values[1:]])"),
        (LESSON_01,),
    ),
    Mutant(
        "temperature multiplies",
        "helpers/views/logit_table.py",
        swap("(x + c * add_c) / temperature", "(x + c * add_c) * temperature"),
        ("tests/test_logit_table.py",),
    ),
    Mutant(
        "bars of half the height",
        "helpers/views/logit_table.py",
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
        "helpers/views/logit_table.py",
        swap("value in [0, 1]", "value in percent"),
        (LESSON_01,),
    ),
    Mutant("threshold 2 for 3", LESSON_02, source("picked(x > 3))", "picked(x > 2))"), (LESSON_02,)),
    Mutant("another seed", LESSON_07, source("manual_seed(3)", "manual_seed(4)"), (LESSON_07,)),
    Mutant("dim=1 for dim=0", LESSON_03, source("nn.Softmax(dim=0)(x)", "nn.Softmax(dim=1)(x)"), (LESSON_03,)),
    Mutant("a lost minus sign in the loss", LESSON_05, source("-log_probs", "log_probs"), (LESSON_05,)),
    Mutant(
        "inverted BCE",
        LESSON_06,
        source("y * log_yes + (1 - y) * log_no", "y * log_no + (1 - y) * log_yes"),
        (LESSON_06,),
    ),
    Mutant("the wrong labels true", LESSON_06, source('{"cat", "dog"}', '{"cat", "cow"}'), (LESSON_06,)),
    Mutant("p − y turned round", LESSON_06, source("(p - y) / 4", "(y - p) / 4"), (LESSON_06,)),
    Mutant(
        "the threshold of the article",
        "helpers/data.py",
        swap("THRESHOLD_LOGIT = 3.0", "THRESHOLD_LOGIT = 2.0"),
        (LESSON_02,),
    ),
    Mutant("a printed tensor", "helpers/data.py", swap("0.6532, 0.4489", "0.6523, 0.4489"), (LESSON_03,)),
    Mutant(
        "softmax without the shift",
        "helpers/functions.py",
        swap("_two_sum(logits, -top.detach())", "_two_sum(logits, 0 * top.detach())"),
        ("tests/test_functions.py",),
    ),
    Mutant(
        "a stable log lost",
        "helpers/functions.py",
        swap("torch.log1p(rest)", "torch.log(1 + rest)"),
        ("tests/test_functions.py", "tests/test_accuracy.py"),
    ),
    Mutant(
        "a tie counts as above the threshold",
        f"{VIEWS}/threshold_units.py",
        swap("x > t, softmax", "x >= t, softmax"),
        ("tests/test_threshold_units.py",),
    ),
    Mutant(
        "c taken away instead of added",
        f"{VIEWS}/threshold_units.py",
        swap("LOGITS.double() + c", "LOGITS.double() - c"),
        ("tests/test_threshold_units.py",),
    ),
    Mutant(
        "the odds follow nothing",
        f"{VIEWS}/threshold_units.py",
        swap('"threshold_odds": odds_stop(t), ', ""),
        ("tests/test_threshold_units.py",),
    ),
    Mutant(
        "false positives that hold the animal",
        f"{VIEWS}/threshold_sweep.py",
        swap("(picked & ~present)", "(picked & present)"),
        ("tests/test_threshold_sweep.py",),
    ),
    Mutant(
        "recall as precision",
        f"{VIEWS}/threshold_sweep.py",
        swap("tp / (tp + fn), exact_precision", "tp / (tp + fp + 1e-9), exact_precision"),
        ("tests/test_threshold_sweep.py",),
    ),
    Mutant(
        "softmax over the other dim",
        f"{VIEWS}/dim_view.py",
        swap("probs = softmax(x, dim)", "probs = softmax(x, dim - 1)"),
        ("tests/test_dim_view.py",),
    ),
    Mutant("dim's default", f"{VIEWS}/dim_view.py", swap("dim=0, a=2.0, b=-1.0", "dim=1, a=2.0, b=-1.0"), (LESSON_03,)),
    Mutant(
        "the bound without its 2",
        "helpers/floats.py",
        swap("2 * ", "1 * "),
        ("tests/test_floats.py", "tests/test_float_microscope.py"),
    ),
    Mutant(
        "the round trip's error turned round",
        f"{VIEWS}/float_microscope.py",
        swap(
            "error=in_bulk(torch.logit, sigma[None]).item() - here.item()",
            "error=here.item() - in_bulk(torch.logit, sigma[None]).item()",
        ),
        ("tests/test_float_microscope.py",),
    ),
    Mutant(
        "a shift that is divided away",
        f"{VIEWS}/row_loss.py",
        swap("((x + c) / temperature)", "(x / temperature + c)"),
        ("tests/test_row_loss.py",),
    ),
    Mutant(
        "a gradient without its temperature",
        f"{VIEWS}/row_loss.py",
        swap("(probs - targets) / temperature", "(probs - targets)"),
        ("tests/test_row_loss.py",),
    ),
    Mutant(
        "smoothing shared by three",
        f"{VIEWS}/row_loss.py",
        swap("smoothing / 4", "smoothing / 3"),
        ("tests/test_row_loss.py",),
    ),
    Mutant(
        "two sliders on each other's argument",
        f"{VIEWS}/label_loss.py",
        swap("torch.tensor([cat, dog, cow, zebra])", "torch.tensor([dog, cat, cow, zebra])"),
        ("tests/test_label_loss.py",),
    ),
    Mutant(
        "sum for mean",
        f"{VIEWS}/label_loss.py",
        swap("losses.mean(dim=1)", "losses.sum(dim=1)"),
        ("tests/test_label_loss.py",),
    ),
    Mutant(
        "a callback that raises",
        f"{VIEWS}/logit_table.py",
        swap("columns = (", "assert facts.probs[2] < 0.5\n        columns = ("),
        ("tests/test_explorers.py", "-k", "logit_table"),
    ),
    Mutant(
        "errors in a move are swallowed",
        "helpers/live/explorer.py",
        swap("            raise\n", "            pass\n"),
        ("tests/test_live.py",),
    ),
    Mutant(
        "an unbound number in prose",
        LESSON_05,
        source("## Targets", "It is 0.4439.\n\n## Targets"),
        (NOTEBOOK_TESTS, "-k", "05"),
    ),
    Mutant(
        "a link that leads nowhere",
        LESSON_06,
        source("(01_logit_table.ipynb)", "(01_logit_tables.ipynb)"),
        (NOTEBOOK_TESTS, "-k", "06"),
    ),
    Mutant(
        "an output hidden from the comparison",
        LESSON_06,
        source("p = 1 / (1 + (-x).exp())", "# NBVAL_IGNORE_OUTPUT\np = 1 / (1 + (-x).exp())"),
        (NOTEBOOK_TESTS, "-k", "06"),
    ),
    Mutant(
        "a notebook missing from the list",
        "tests/test_notebooks.py",
        swap('    "07_bug_museum",\n', ""),
        (NOTEBOOK_TESTS, "-k", "unknown"),
    ),
    Mutant(
        "a pin in requirements.txt only",
        "requirements.txt",
        swap("matplotlib==3.11.2", "matplotlib==3.11.1"),
        ("tests/test_setup.py",),
    ),
    Mutant(
        "conda with a list of its own",
        "environment.yml",
        swap("      - -r requirements.txt", "      - torch"),
        ("tests/test_setup.py",),
    ),
    Mutant(
        "a pin in one file only", "pyproject.toml", swap("torch==2.13.0", "torch==2.12.0"), ("tests/test_setup.py",)
    ),
    # notebooks
    Mutant(
        "the explorer of the start notebook on other logits",
        START,
        source("logit_table(LOGITS)", "logit_table(-LOGITS)"),
        (START,),
    ),
    Mutant("a dropped max-shift", LESSON_05, source("x - x.amax(dim, keepdim=True)", "x"), (LESSON_05,)),
    Mutant(
        "classes of the wrong dim",
        LESSON_05,
        source("F.log_softmax(volume, dim=1)", "F.log_softmax(volume, dim=-1)"),
        (LESSON_05,),
    ),
    Mutant("another seed of the batch", LESSON_05, source("manual_seed(18)", "manual_seed(19)"), (LESSON_05,)),
    Mutant(
        "smoothing shared by all but one class",
        LESSON_05,
        source("one_hot + epsilon / 5", "one_hot + epsilon / 4"),
        (LESSON_05,),
    ),
    Mutant(
        "float64 for float32",
        LESSON_04,
        source("torch.arange(-20, 20, 1e-4)", "torch.arange(-20, 20, 1e-4).double()"),
        (LESSON_04,),
    ),
    Mutant("half of the bits", LESSON_04, source("24 * math.log(2)", "23 * math.log(2)"), (LESSON_04,)),
    Mutant(
        "softmax first, left out",
        LESSON_07,
        source("F.cross_entropy(torch.softmax(logits, dim=1), targets)", "F.cross_entropy(logits, targets)"),
        (LESSON_07,),
    ),
    Mutant(
        "fitted on the photos it is tested on", LESSON_07, source("known_truth(seed=2)", "known_truth()"), (LESSON_07,)
    ),
    Mutant(
        "another bar for the surest photos",
        LESSON_07,
        source("max(dim=1).values >= 0.9", "max(dim=1).values > 0.91"),
        (LESSON_07,),
    ),
    Mutant(
        "precision over what is there",
        LESSON_02,
        source("precision {tp}/{tp + fp} = {tp / (tp + fp):.3f}", "precision {tp}/{tp + fn} = {tp / (tp + fn):.3f}"),
        (LESSON_02,),
    ),
    Mutant(
        "log for log1p",
        LESSON_90,
        source("log1p(z) {torch.log1p(z):.4g}", "log1p(z) {torch.log(1 + z):.4g}"),
        (LESSON_90,),
    ),
    Mutant(
        "sum for mean in the lesson", LESSON_06, source("mean = picked.mean()", "mean = picked.sum()"), (LESSON_06,)
    ),
    Mutant("an empty code cell", LESSON_06, saved(empty_a_cell), (NOTEBOOK_TESTS, "-k", "06")),
    # saved outputs
    Mutant("a stripped start notebook", START, saved(strip), (NOTEBOOK_TESTS, "-k", "00")),
    Mutant("an alt text dropped", LESSON_04, saved(drop_alt_text), (NOTEBOOK_TESTS, "-k", "04")),
    Mutant("the picture of another cell", LESSON_03, saved(another_picture), (LESSON_03,)),
    Mutant("a saved warning", LESSON_02, saved(save_a_warning), (NOTEBOOK_TESTS, "-k", "02")),
    Mutant("a saved widget view", LESSON_05, saved(save_a_widget), (NOTEBOOK_TESTS, "-k", "05")),
    Mutant("a tag that skips a cell", LESSON_07, saved(tag_as_skipped), (NOTEBOOK_TESTS, "-k", "07")),
    Mutant(
        "a number in the prose of the museum", LESSON_07, saved(change_a_bound_number), (NOTEBOOK_TESTS, "-k", "07")
    ),
    Mutant("a number in the prose of lesson 90", LESSON_90, saved(change_a_bound_number), (NOTEBOOK_TESTS, "-k", "90")),
    # explorers
    Mutant(
        "a temperature that sharpens",
        f"{VIEWS}/calibration.py",
        swap("(sharpness / temperature)", "(sharpness * temperature)"),
        ("tests/test_calibration.py",),
    ),
    Mutant(
        "sharpness starts elsewhere",
        f"{VIEWS}/calibration.py",
        swap('"sharpness", sharpness, 0.5', '"sharpness", 2.0, 0.5'),
        (LESSON_07,),
    ),
    Mutant(
        "a share taken for per cent",
        f"{VIEWS}/loss_floor.py",
        swap("share / 100\n    labels", "share / 1000\n    labels"),
        ("tests/test_explorer_details.py",),
    ),
    Mutant(
        "a stuck value that does not follow",
        f"{VIEWS}/loss_floor.py",
        swap(", couple=follow)", ")"),
        ("tests/test_loss_floor.py",),
    ),
    Mutant(
        "torch's error shown as ours",
        f"{VIEWS}/two_errors.py",
        swap(
            '"helpers": case.ours(point), "torch": case.torch(point)',
            '"helpers": case.torch(point), "torch": case.ours(point)',
        ),
        ("tests/test_two_errors.py",),
    ),
    Mutant(
        "hops the other way",
        f"{VIEWS}/float_microscope.py",
        swap("hops)", "-hops)"),
        ("tests/test_float_microscope.py",),
    ),
    Mutant(
        "a callback that raises at the end of a slider",
        f"{VIEWS}/threshold_sweep.py",
        swap("t = facts.threshold_logit\n", "t = facts.threshold_logit\n        assert t < 9\n"),
        ("tests/test_explorers.py", "-k", "threshold_sweep and every_position"),
    ),
    Mutant(
        "the smoothing slider bound to the temperature",
        f"{VIEWS}/row_loss.py",
        swap('slider("smoothing ε", smoothing', 'slider("smoothing ε", temperature / 10'),
        (LESSON_05,),
    ),
    # figures
    Mutant(
        "an axis label of a figure",
        f"{FIGURES}/threshold.py",
        swap('xlabel="logit x"', 'xlabel="logits x"'),
        (PICTURES, "-k", "three_on_two_axes"),
    ),
    Mutant(
        "a figure's colours swapped",
        f"{FIGURES}/multi_label.py",
        swap(
            '1: dict(color=BLUE, ls="-"), 0: dict(color=ORANGE, ls="--")',
            '1: dict(color=ORANGE, ls="-"), 0: dict(color=BLUE, ls="--")',
        ),
        (PICTURES, "-k", "two_curves"),
    ),
    Mutant(
        "bars of probabilities by the other dim",
        f"{FIGURES}/dim.py",
        swap("others]).double(), dim)", "others]).double(), 1 - dim)"),
        ("tests/test_figures_dim.py",),
    ),
    Mutant(
        "a number of an alt text",
        f"{FIGURES}/multi_label.py",
        swap("probability {prob:.4f}", "probability {1 - prob:.4f}"),
        (PICTURES, "-k", "numbers_of"),
    ),
    Mutant("a hatch lost", f"{FIGURES}/picture.py", swap('"dog": "//"', '"dog": ""'), (PICTURES, "-k", "logit_table")),
    # the page
    Mutant(
        "two controls change places in the page",
        "helpers/live/figure.js",
        swap("values.with(i, value)", "values.with((i + 1) % values.length, value)"),
        (BROWSER_TESTS, "-k", "an_error_in_a_move"),
    ),
    Mutant(
        "a page that never shows an answer",
        "helpers/live/figure.js",
        swap("if (shown[id] !== markup)", "if (shown[id] === undefined)"),
        (BROWSER_TESTS, "-k", "an_error_in_a_move"),
    ),
    Mutant(
        "an error that the page keeps to itself",
        "helpers/live/figure.js",
        swap("error.textContent = picture.error;", ""),
        (BROWSER_TESTS, "-k", "an_error_in_a_move"),
    ),
    # exercises
    Mutant(
        "a solution that is wrong",
        "helpers/exercises/lesson_01.py",
        swap("answer = -log_probs[0]", "answer = -log_probs[1]"),
        (EXERCISE_TESTS,),
    ),
    Mutant(
        "a known mistake that is the solution",
        "helpers/exercises/lesson_03.py",
        swap('"c",\n                "one softmax', '"b",\n                "one softmax'),
        (EXERCISE_TESTS,),
    ),
    Mutant(
        "an exercise with two hints",
        "helpers/exercises/lesson_03.py",
        swap('            "The shape is (photos, classes). Dimensions are counted from 0.",\n', ""),
        (EXERCISE_TESTS,),
    ),
    Mutant(
        "a banned function that nobody watches",
        "helpers/exercises/running.py",
        swap("names = [getattr(function, ", "names = [getattr(types, "),
        (EXERCISE_TESTS, "-k", "rules_out"),
    ),
    Mutant(
        "the running example handed out itself",
        "helpers/data.py",
        swap("return tensors[name]()", "return globals().setdefault(name, tensors[name]())"),
        (EXERCISE_TESTS, "-k", "spoils"),
    ),
    Mutant(
        "an answer cell that was filled in",
        LESSON_04,
        source(
            "answer = None  # your answer: one letter in quotes", 'answer = "a"  # your answer: one letter in quotes'
        ),
        (NOTEBOOK_TESTS, "-k", "04"),
    ),
    # data behind the lessons
    Mutant("other photos", "helpers/synthetic.py", swap("seed=8", "seed=9"), ("tests/test_synthetic.py",)),
    Mutant(
        "a row of the stored table dropped",
        "helpers/accuracy.csv",
        drop_last_line,
        ("tests/test_accuracy.py", "-k", "stored"),
    ),
    Mutant("a digit of a table", "helpers/tables.py", swap("digits=4", "digits=3"), (LESSON_01,)),
    # teacher's pages
    Mutant(
        "a teacher's page edited by hand",
        "notebooks/teaching/03_softmax_dim.md",
        swap("The room usually says", "The room says"),
        ("tests/test_teaching.py",),
    ),
    Mutant(
        "notes that no page has yet",
        "notebooks/teaching/notes.toml",
        swap("minutes = 5", "minutes = 6"),
        ("tests/test_teaching.py",),
    ),
    # the gate
    Mutant(
        "notebooks that nobody compares",
        "pyproject.toml",
        swap("--nbval --nbval-current", "--nbval-current"),
        (NOTEBOOK_TESTS, "-k", "compares_them_all"),
    ),
    Mutant(
        "notebooks left out of the tests",
        "pyproject.toml",
        swap(', "notebooks"]', "]"),
        (NOTEBOOK_TESTS, "-k", "compares_them_all"),
    ),
    Mutant(
        "a comparison that forgives",
        "pyproject.toml",
        swap("--nbval --nbval-current", "--nbval-lax --nbval-current"),
        (NOTEBOOK_TESTS, "-k", "compares_them_all"),
    ),
    Mutant("pictures that nobody compares", "pyproject.toml", swap(" --mpl ", " "), (PICTURES, "-k", "are_compared")),
    Mutant(
        "a picture that may differ", PICTURES, swap("TOLERANCE = 0.1", "TOLERANCE = 5"), (PICTURES, "-k", "changed")
    ),
    Mutant("a baseline that is missing", "tests/pictures/test_figure_two_ways.png", None, (PICTURES, "-k", "two_ways")),
    Mutant(
        "a saved picture that may differ",
        "tools/pictures.py",
        swap("LEVELS, RMS = 24, 0.5", "LEVELS, RMS = 255, 50"),
        ("tests/test_picture_comparison.py",),
    ),
    Mutant(
        "prose in which any number is bound",
        "tools/prose.py",
        swap("def unbound(", "def unbound(notebook):\n    return []\n\n\ndef unbound_("),
        ("tests/test_prose.py",),
    ),
    Mutant(
        "bindings that never drift",
        "tools/prose.py",
        swap("def drifted(self):\n", "def drifted(self):\n        return False\n"),
        ("tests/test_prose.py",),
    ),
    Mutant("a target without a word of help", "Makefile", swap("  ## list the targets", ""), ("tests/test_setup.py",)),
]
