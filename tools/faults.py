"""The faults that `make mutants` puts in, one at a time."""

from tools.mutants import Mutant, code, saved, source, swap

LESSON_01 = "notebooks/01_logit_table.ipynb"
NOTEBOOK_TESTS = "tests/test_notebooks.py"


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
    Mutant("a pin in one file only", "pyproject.toml", swap("torch==2.13.0", "torch==2.12.0"), ("tests/test_setup.py",)),
]
