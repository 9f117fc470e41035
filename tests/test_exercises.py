import ast
import decimal
import fractions
import html.parser
import math
import pathlib
import re
import sys

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch

from helpers import exercises, museum
from helpers.exercises import EXERCISES, Exercise, Reply, Wrong, ask, check, checking, hint, solution
from helpers.exercises.checking import outcomes, reply_to
from helpers.exercises.exercise import ASKS, BOX, plain

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
KINDS = {"Not yet", "Correct", "Almost", "Known mistake", "Not this"}
ALL = list(EXERCISES.values())
NUMBERS = [each for each in ALL if each.asks == "number"]
FUNCTIONS = [each for each in ALL if each.asks == "function"]
MISTAKES = [(each, which) for each in ALL for which in range(len(each.wrong))]


def ids(each):
    return each.id if isinstance(each, Exercise) else None


every = pytest.mark.parametrize("exercise", ALL, ids=ids)


# --- what every exercise promises ---


@every
def test_solution_is_correct(exercise):
    reply = check(exercise.id, exercise.value)
    assert reply.kind == "Correct" and exercise.because in reply.text


ANSWERS = {
    "01.ratio": 7.3891, "01.nll": 1.383944, "01.detective": 2.3026, "01.half": 4.87314, "02.convert": 2.1972, "02.two": 0.8808, "03.total": 5,
    "03.randn": 0.149882, "03.pixels": 4, "04.one": 16.6355, "04.half": 8.3178, "04.bound": 0.0026258, "05.start": 2.3026, "05.floor": 0.5514,
    "05.weights": 0.875, "06.chance": 0.6931, "06.prior": 0.3251, "06.broadcast": 1.2040, "06.pos_weight": 2.0794, "07.classes": 6,
    "01.softmax": [0.250588, 0.641501, 0.000806, 0.107105], "03.hand": [[0.25, 0.5], [0.75, 0.5]], "05.gradient": [[0.25, 0.25, -0.5]],
    "06.targets": [1, 0, 0, 1],
}  # fmt: skip


def test_answers_are_those_worked_out_by_hand():
    assert set(ANSWERS) == {each.id for each in ALL if each.asks in ("number", "tensor")}
    for id, answer in ANSWERS.items():
        value = torch.as_tensor(EXERCISES[id].value, dtype=torch.float64)
        torch.testing.assert_close(value, torch.tensor(answer, dtype=torch.float64), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("exercise, which", MISTAKES, ids=lambda each: ids(each) or str(each))
def test_known_mistake_is_told_its_own_name(exercise, which):
    reply = check(exercise.id, exercise.wrong_values[which])
    assert reply.kind == "Known mistake"
    assert reply.text == f"{exercise.wrong[which].name}. {exercise.wrong[which].why}"


def test_no_two_mistakes_share_a_reply():
    replies = [str(check(each.id, each.wrong_values[which])) for each, which in MISTAKES]
    assert len(set(replies)) == len(replies) > 100


@every
def test_an_empty_answer_is_not_yet(exercise):
    for answer in (None, ..., "", "  "):
        assert check(exercise.id, answer).kind == "Not yet"
    if exercise.asks == "function":
        assert check(exercise.id, exercise.begun).kind == "Not yet"
        assert check(exercise.id, lambda *a: None).kind in ("Not yet", "Not this")


@every
def test_is_complete(exercise):
    assert exercise.asks in ASKS and len(exercise.hints) == 3
    assert re.fullmatch(r"\d\d\.[\w.]+", exercise.id)
    letters = [each.answer for each in exercise.wrong]
    if exercise.asks == "choice":
        assert sorted([*letters, exercise.value]) == sorted(exercise.choices)
    for each in exercise.wrong:
        assert each.why.endswith((".", ")", "?")) and each.name[0] not in " ." and not each.name.endswith(".")
    if exercise.asks == "function":
        assert len(exercise.inputs) >= 3


@pytest.mark.parametrize("number", [f"{n:02}" for n, each in enumerate(exercises.LESSONS, start=1) if each.EXERCISES])
def test_each_lesson_has_five_or_more_and_ends_in_a_function(number):
    lesson = exercises.LESSONS[int(number) - 1].EXERCISES
    assert len(lesson) >= 5 and all(each.id.startswith(f"{number}.") for each in lesson)
    assert lesson[-1].asks == "function"


@every
def test_reads_well_as_text_and_as_html(exercise):
    bundle = ask(exercise.id)._repr_mimebundle_()
    check_html(bundle["text/html"])
    assert bundle["text/html"].count("<details>") == 4
    first, second, third = (f"<summary>Hint {n}" for n in (1, 2, 3))
    nested = bundle["text/html"]
    assert nested.index(first) < nested.index(second) < nested.index(third) < nested.index("<summary>Solution")
    assert "</details></details></details>" in nested  # each hint is inside the one before
    assert all(f"<strong>{letter})</strong>" in nested for letter in exercise.choices) and "<ol" not in nested
    text = bundle["text/plain"]
    assert max(map(len, text.splitlines())) <= 100 and "<" not in re.sub(r"<[ =\d]|[a-z] <", "", text)
    assert f'hint("{exercise.id}", 1)' in text
    assert all(option.replace("`", "") in text.replace("\n", " ") for option in exercise.choices.values())


class Balanced(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_html(markup):
    parser = Balanced()
    parser.feed(markup)
    assert not parser.open
    assert not re.search(r"color|background|#[0-9a-f]{3}\b|rgb|<script|http", markup)


@every
def test_hints_and_solution_print(exercise, capsys):
    for number in (1, 2, 3):
        hint(exercise.id, number)
    solution(exercise.id)
    assert len(capsys.readouterr().out.splitlines()) >= 5


# --- near misses ---


@pytest.mark.parametrize("exercise", NUMBERS, ids=ids)
def test_near_misses_of_a_number(exercise):
    value = float(exercise.value)
    mistakes = [float(each) for each in exercise.wrong_values]
    assert check(exercise.id, value * (1 + exercise.rtol / 10)).kind == "Correct"

    def is_a_mistake(answer):
        return any(abs(answer - each) <= 0.011 * abs(each) + 1e-6 for each in mistakes)

    rounded = check(exercise.id, value * 1.015)
    if abs(0.015 * value) > exercise.atol and not is_a_mistake(value * 1.015):
        assert rounded.kind == "Almost" and "the rounding" in rounded.text
    if not is_a_mistake(-value):
        assert check(exercise.id, -value).text.startswith("the sign")
    for unit, factor in exercise.units:
        if not is_a_mistake(value * factor):
            reply = check(exercise.id, value * factor)
            assert reply.kind == "Almost" and unit in reply.text
    far = check(exercise.id, value * 1.37 + 1)
    assert far.kind in ("Not this", "Known mistake")
    if far.kind == "Not this":
        assert far.text.endswith(", too large.")


@pytest.mark.parametrize("exercise", NUMBERS, ids=ids)
def test_a_number_in_any_form(exercise):
    value = exercise.value
    value = value.item() if isinstance(value, torch.Tensor) else float(value)
    forms = [
        value, np.float64(value), np.array(value), np.array([[value]]), [value], (value,), [[value]], torch.tensor(value),
        torch.tensor(value, dtype=torch.float64), torch.tensor([[value]]), torch.tensor(value, requires_grad=True),
        decimal.Decimal(value), pd.Series([value]), [torch.tensor(value)], torch.nn.Parameter(torch.tensor([value])),
    ]  # fmt: skip
    if value == int(value):
        forms += [int(value), np.int64(value), torch.tensor(int(value)), fractions.Fraction(int(value))]
    if abs(value) > 1e-4:
        forms += [
            np.float32(value),
            torch.tensor(value, dtype=torch.bfloat16),
            torch.tensor(value, dtype=torch.float16),
        ]
    for form in forms:
        if exercise.rtol < 1e-3 and getattr(form, "dtype", None) in (torch.bfloat16, torch.float16):
            continue
        assert check(exercise.id, form).kind == "Correct", repr(form)


@pytest.mark.parametrize("exercise", [each for each in ALL if each.asks == "tensor"], ids=ids)
def test_a_tensor_in_any_form(exercise):
    value = torch.as_tensor(exercise.value).float()
    forms = [
        value, value.double(), value.numpy(), value.double().numpy(), value.tolist(), tuple(value.tolist()), pd.DataFrame(value.numpy()),
        value.clone().requires_grad_(), value.to_sparse(), list(value), [each.numpy() for each in value], value.half(),
    ]  # fmt: skip
    if not exercise.shape:
        forms += [value[None], value[:, None], [value.flatten().tolist()], value.reshape(-1, 1).numpy()]
    for form in forms:
        assert check(exercise.id, form).kind == "Correct", repr(form)
    if exercise.shape:
        reply = check(exercise.id, value.flatten())
        assert reply.kind == "Not this" and "the shape" in reply.text and "The values are right" in reply.text


# --- digits ---


def test_every_number_says_how_many_digits_are_wanted():
    for exercise in NUMBERS:
        assert exercise.precision and exercise.precision in exercise.text().lower(), exercise.id
    assert (
        "(Two decimals will do.)" in EXERCISES["01.nll"].html()
        and "(A whole number.)" in EXERCISES["07.classes"].text()
    )


@pytest.mark.parametrize("exercise", NUMBERS, ids=ids)
def test_a_number_rounded_to_the_wanted_digits_is_right(exercise):
    value = float(exercise.value)
    for digits in range(exercise.digits, 7):
        assert check(exercise.id, round(value, digits)).kind == "Correct", digits
    assert check(exercise.id, value * (1 + 2 * exercise.rtol) + 0.7 * 10.0**-exercise.digits).kind != "Correct"
    reply = check(exercise.id, value * 1.015)
    if reply.kind == "Almost":
        assert exercise.precision in reply.text


@pytest.mark.parametrize(
    "id, answer, kind, said",
    [
        ("01.nll", 1.38, "Correct", ""),
        ("01.nll", 1.383, "Correct", ""),
        ("01.nll", 1.37, "Almost", "the rounding. You are near it; two decimals are wanted."),
        ("01.nll", 1.4, "Almost", "the rounding"),
        ("01.nll", -1.38, "Almost", "the sign"),
        ("01.nll", 0.2506, "Known mistake", "the probability itself"),
        ("01.nll", 0.25, "Known mistake", "the probability itself"),
        ("01.detective", 2.3, "Correct", ""),
        ("01.detective", 2.2964, "Known mistake", "the table's logits"),
        ("01.half", 4.87, "Almost", "four decimals are wanted"),
        ("01.half", 4.873, "Almost", "four decimals are wanted"),
        ("01.half", 4.8731, "Correct", ""),
        ("01.softmax", [0.251, 0.642, 0.001, 0.107], "Correct", ""),
        ("01.softmax", [0.25, 0.64, 0, 0.11], "Almost", "three decimals are wanted"),
        ("01.softmax", [25, 64, 0, 11], "Almost", "per cent"),
        ("01.softmax", [0, 1, 0, 0], "Not this", ""),
        ("03.randn", 0.15, "Correct", ""),
        ("07.classes", 6, "Correct", ""),
        ("07.classes", 6.1, "Almost", "a whole number is wanted"),
        ("07.classes", 1.0436, "Known mistake", "the floor itself"),
    ],
)
def test_digits(id, answer, kind, said):
    reply = check(id, answer)
    assert reply.kind == kind and said in reply.text, str(reply)


def test_a_pasted_option_is_a_choice():
    for answer in (
        "b) Softmax falls…",
        "b) Softmax falls from one half to one third, the sigmoid stays.",
        "(b) Softmax falls",
        "B. softmax  falls\nfrom one half",
    ):
        assert check("01.third", answer).kind == "Correct", answer
    assert check("01.third", "a) Softmax falls from one half").kind == "Not this"
    assert check("01.third", "c) Both fall to one third.").kind == "Known mistake"
    assert check("01.third", "Softmax").kind == "Not this"


def test_a_choice_and_labels_in_any_form():
    for answer in ("b", "B", " b) ", "(b)", ["b"], "Softmax falls from one half to one third, the sigmoid stays."):
        assert check("01.third", answer).kind == "Correct", answer
    forms = (
        ["cat", "dog"], ("dog", "cat"), {"cat", "dog"}, "cat, dog", "Cat and dog", "dog cat", [1, 1, 0, 0],
        [True, True, False, False], torch.tensor([1.0, 1.0, 0, 0]), torch.tensor([[True, True, False, False]]), np.array([1, 1, 0, 0]),
        pd.Series([True, True, False, False]), frozenset({"dog", "cat"}), np.array(["cat", "dog"]), pd.Series(["cat", "dog"]),
    )  # fmt: skip
    for answer in forms:
        assert check("02.logit", answer).kind == "Correct", answer
    assert "cow" in str(check("02.logit", ["cat", "dog", "cow"]))
    assert "'horse' is none of the labels" in str(check("02.logit", ["cat", "horse"]))
    for nothing in ([], (), set(), "none", [0, 0, 0, 0]):
        assert check("02.logit", nothing).kind == "Known mistake"


# --- junk ---


class Nasty:
    def __getattr__(self, name):
        raise RuntimeError("no")

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __float__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __hash__ = None


def junk():
    loop = []
    loop.append(loop)
    deep = 0.0
    for _ in range(2000):
        deep = [deep]
    return {
        "text": "banana", "bytes": b"0.5", "dict": {"cat": 1.0}, "set": {1.0, 2.0}, "nones": [None, None], "object": object(),
        "class": int, "module": sys, "lambda": lambda: 1, "generator": (n for n in range(3)), "nan": float("nan"), "inf": float("inf"),
        "complex": 1 + 2j, "huge": 10**400, "empty": [], "ragged": [[1.0, 2.0], [3.0]], "loop": loop, "deep": deep, "nasty": Nasty(),
        "nasty list": [Nasty()], "strings": np.array(["a", "b"]), "objects": np.array([object()], dtype=object), "meta": torch.zeros(4, device="meta"),
        "complex tensor": torch.zeros(2, dtype=torch.complex64), "many": torch.zeros(1).expand(10**9), "bool": True, "date": pd.Timestamp(0),
        "empty tensor": torch.zeros(0, 3), "frame": pd.DataFrame({"a": ["x"]}), "parameterless": torch.nn.Linear(2, 2), "range": range(5),
        "exception": ValueError("x"), "type of list": list, "builtin": print, "iterator": iter([1, 2]), "names": ["cat", 3, None],
        "exits": lambda *a: sys.exit(), "raises": lambda *a: 1 / 0, "returns text": lambda *a: "hello", "returns itself": lambda *a: a,
        "returns junk": lambda *a: Nasty(),
    }  # fmt: skip


JUNK = list(junk())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", JUNK)
def test_junk_gets_a_clear_sentence(kind, capsys):
    for exercise in ALL:
        reply = check(exercise.id, junk()[kind])
        text = str(reply)
        assert reply.kind in KINDS - {"Correct"} or (kind in ("bool", "huge", "inf", "empty")), (exercise.id, text)
        assert (
            text.rstrip(")").endswith((".", "?", "`"))
            and len(text) < 600
            and " at 0x" not in text
            and "Traceback" not in text
        )
        check_html(reply._repr_mimebundle_()["text/html"])


def test_wrong_kinds_are_named():
    assert (
        str(check("01.ratio", "7.389"))
        == "Not this: you gave a text (str); numbers go without quotes. Wanted: a number."
    )
    assert str(check("01.ratio", [1.0, 2.0])) == "Not this: you gave 2 numbers. Wanted: a number."
    assert "you gave a function; is a call missing" in str(check("01.ratio", torch.softmax))
    assert "you gave a float" in str(check("01.temper", 0.5))
    assert "you gave a dict" in str(check("01.third", {}))
    assert "'e' is none of the options a, b, c, d" in str(check("01.third", "e"))


# --- functions ---


def test_the_learners_exception_is_theirs():
    def broken(x):
        return x @ x.T @ x.T.T.T

    reply = check("05.log_softmax", lambda x: {}["gone"])
    assert str(reply) == (
        "Not this: with x = [[3, 1, 0], [0, 2, -1], [1, 1, 4]], your function raises KeyError: 'gone'."
    )
    assert "your function raises RuntimeError: " in str(check("05.log_softmax", lambda x: x @ torch.zeros(7)))
    assert "RecursionError" in str(check("05.log_softmax", lambda x: check("05.log_softmax", 1) and recurse(x)))


def recurse(x):
    return recurse(x)


def test_a_forgotten_return_is_named():
    def forgotten(x):
        torch.log_softmax(x, -1)

    assert str(check("05.log_softmax", forgotten)) == "Not this: your function returns None. Is a `return` missing?"
    assert check("05.log_softmax", EXERCISES["05.log_softmax"].begun).kind == "Not yet"
    assert "returns None" in str(check("07.1.fix", lambda logits, targets: print(logits)))


def test_what_a_function_prints_for_hidden_inputs_is_not_shown(capsys):
    def talkative(x):
        print("here")
        return torch.log_softmax(x, -1)

    assert check("05.log_softmax", talkative).kind == "Correct"
    assert capsys.readouterr().out == ""


def test_arguments_are_checked_before_the_call():
    assert "cannot be called with (logits, k): its arguments are (x)" in str(check("02.rest", lambda x: x))
    assert check("02.rest", lambda *args: torch.softmax(args[0], 0)[args[1]]).kind == "Correct"
    assert check("02.rest", lambda logits, k, extra=1: torch.softmax(logits, 0)[k]).kind == "Correct"


def test_hidden_inputs_cannot_be_spoilt():
    def careless(x):
        x -= x.amax(-1, keepdim=True)
        return x - x.exp().sum(-1, keepdim=True).log()

    assert check("05.log_softmax", careless).kind == "Correct"
    assert check("05.log_softmax", careless).kind == "Correct"


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids)
def test_a_function_may_return_any_form(exercise):
    def as_lists(*args):
        result = exercise.value(*args)
        return result.tolist() if isinstance(result, torch.Tensor) else result

    def as_numpy(*args):
        return np.asarray(exercise.value(*args))

    def as_double(*args):
        result = exercise.value(*args)
        return torch.as_tensor(result).double() if exercise.dtype is None else result

    for form in (as_lists, as_numpy, as_double):
        assert check(exercise.id, form).kind == "Correct", form.__name__


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids)
def test_each_hidden_input_counts(exercise):
    """A function that is wrong for one input only is not correct."""
    for which in range(len(exercise.inputs)):
        calls = []

        def spoilt(*args):
            calls.append(1)
            if len(calls) - 1 == which:
                return 1e6
            return exercise.value(*args)

        assert check(exercise.id, spoilt).kind in ("Almost", "Not this", "Known mistake")


def test_first_difference_is_shown():
    reply = check("05.log_softmax", lambda x: torch.where(x > 500, -1.0, torch.log_softmax(x, -1)))
    assert str(reply) == "Not this: with x = [[1000, 0]], the value at position [0, 0] is -1 and should be 0."
    reply = check("05.log_softmax", lambda x: torch.log_softmax(x, -1)[:1])
    assert "the shape is (1, 3) and should be (3, 3)." in str(reply)
    reply = check("03.hand", [[0.25, 0.5], [0.75, 0.4]])
    assert str(reply) == "Not this: the value at position [1, 1] is 0.4, too small."
    reply = check("05.nll", lambda lp, t: -lp.gather(1, t.clamp(min=0)[:, None]).mean())
    assert "yours returns 1.1269, but it should raise IndexError." in str(reply)


def test_sign_unit_and_rounding_of_a_function():
    assert check("06.bce", lambda x, y: (x * y - torch.nn.functional.softplus(x)).mean()).text.startswith("the sign")
    assert check("05.log_softmax", lambda x: torch.log_softmax(x, -1) / 0.6931472).text.startswith(
        "the unit. Yours is in bits"
    )
    assert check("06.bce", lambda x, y: 1.015 * (torch.nn.functional.softplus(x) - x * y).mean()).text.startswith(
        "the precision; with logits = [0, 1, -2, 3]"
    )


def test_dtype_counts_where_it_is_the_point():
    wanted = dict(title="", asks="tensor", prompt="", because="Yes.", hints=("", "", ""), wrong=(), dtype=torch.int64)
    exercise = Exercise(id="00.dtype", solution="answer = torch.tensor([1, 2])", **wanted)
    assert reply_to(exercise, torch.tensor([1, 2])).kind == "Correct"
    assert reply_to(exercise, [1, 2]).kind == "Correct"
    assert str(reply_to(exercise, torch.tensor([1.0, 2.0]))) == (
        "Not this: the dtype is float32 and should be int64. The values are right."
    )


def test_a_replys_words_come_first():
    reply = check("01.softmax", [0.3344, 1.7894, 0.0008, 0.1200])
    bundle = reply._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Known mistake: the odds.")
    assert (
        bundle["text/html"].startswith('<div role="status"')
        and "<strong>Known mistake:</strong> the odds." in bundle["text/html"]
    )


def test_a_mistake_is_data():
    assert Wrong(1, "a", "b") == Wrong(1, "a", "b")
    assert outcomes(EXERCISES["01.column"], lambda x: 2 * x)[1] == torch.float32


# --- replies to the letter, with exercises of our own ---


def raises(error):
    def raising(*args):
        raise error

    return raising


class Evil(list):
    def __len__(self):
        raise RuntimeError


def toy(asks, solution, prompt="?", hints=("", "", ""), **more):
    """Return an exercise of our own, about which everything can be asked."""
    more = {"wrong": ()} | more
    return Exercise("00.toy", "Toy", asks, prompt, solution=solution, because="Because.", hints=hints, **more)


PI = toy(
    "number",
    "answer = 3.14159265",
    digits=2,
    units=(("tenths", 10.0), ("bits", 1 / math.log(2))),
    wrong=(Wrong(2.71828183, "e", "Not that one."), Wrong(0.0123456, "a small one", "Too small.")),
)
VAGUE = toy("number", "answer = 3.14159265", units=())
RARE = toy("number", "answer = 0.0931", units=(("bits", 1 / math.log(2)),))
ONE_DIGIT = toy("number", "answer = 31.4159265", digits=1, units=())
SIGNED = toy("number", "answer = 3.0", digits=0, units=(), wrong=(Wrong(-3.0, "the loss", "It is its negative."),))
ROW = toy("tensor", "answer = torch.tensor([0.26, 0.54])", digits=2, wrong=(Wrong([1.0, 2.0], "counts", "Divide."),))
SQUARE = toy("tensor", "answer = torch.tensor([[0.26, 0.54]])", digits=2, shape=True)
GAP = toy("tensor", "answer = [math.nan, 1.0]")
TABLE = toy("tensor", "answer = torch.tensor([[1.0, 2.0], [3.0, math.nan]])", shape=True, atol=0.01)
ZERO = toy("tensor", "answer = [0.0, 1.0]", atol=0.01)
LONG = toy("tensor", "answer = [1, 2, 3]")
LETTER = toy(
    "choice",
    'answer = "b"',
    options=("Both `fall`.", "The first falls, the second stays."),
    wrong=(Wrong("a", "both", "Only one does."),),
)
PETS = toy(
    "labels",
    'answer = ["Cat", "dog"]',
    options=("Cat", "dog", "cow"),
    wrong=(Wrong(["cow"], "the rest", "These are out."),),
)
DOUBLE = toy(
    "function",
    "def double(x):\n    return 2 * x",
    starter="def double(x):",
    inputs=((3.0,), (torch.tensor([1.0, -2.0]),), (torch.arange(13.0),)),
    wrong=(Wrong("lambda x: x + 2", "a sum", "Take the product."),),
)
PICKED = toy(
    "function",
    "def pick(x, at):\n    if at > 1:\n        raise IndexError(f'at: got {at}, want 0 or 1')\n    return x[at]",
    starter="def pick(x, at):\n    return x[0]",
    inputs=((torch.tensor([[True, False]]).T, 0), ([5.0, 7.0], 1), ([5.0, 7.0], 2)),
)
FINE = toy("number", "answer = 3.14159265", rtol=1e-6)
SMALL = toy("number", "answer = 1.2345e-6", digits=2, atol=0.0)
QUIET = toy(
    "function",
    "def pick(x):\n    if x > 1:\n        raise IndexError\n    return x",
    starter="def pick(x):\n    return 1",
    inputs=((2,), (0,), (1,)),
)
FILLED = toy(
    "function",
    "def fill(x):\n    return x.nan_to_num()",
    starter="def fill(x):\n    return x",
    inputs=((torch.tensor([math.nan, 1.0]),),),
)
RIGHT = "Correct. Because."
MORE = "Almost: the rounding. You are near it; {} wanted."
WANTED = "Not this: you gave {}. Wanted: a number."
FLAGS = (
    "Not this: these numbers are not one yes or no (1 or 0) for each of Cat, dog, cow. "
    "Wanted: a list of labels, such as ['cat']."
)


@pytest.mark.parametrize(
    "exercise, answer, reply",
    [
        (PI, 3.14, RIGHT),
        (PI, 3.142, RIGHT),
        (PI, np.float32(3.1416), RIGHT),
        (PI, np.longdouble("3.14"), RIGHT),
        (PI, torch.tensor(3.14159, dtype=torch.bfloat16), RIGHT),
        (PI, 3.1, MORE.format("two decimals are")),
        (PI, 3, MORE.format("two decimals are")),
        (PI, 3.2, MORE.format("two decimals are")),
        (PI, 3.25, "Not this: your number is 3.25, too large."),
        (PI, 2.5, "Not this: your number is 2.5, too small."),
        (PI, math.nan, "Not this: your number is nan, which is not a number."),
        (PI, 0.0, "Not this: your number is 0, too small."),
        (PI, 0.01, "Known mistake: a small one. Too small."),
        (PI, 100000.0, "Not this: your number is 1e+05, too large."),
        (PI, 99999.5, "Not this: your number is 99999.5, too large."),
        (PI, -3.14159265, "Almost: the sign. Yours is the negative of what is asked for."),
        (PI, -3.1, "Almost: the sign. Yours is the negative of what is asked for."),
        (PI, -3.0, "Not this: your number is -3, too small."),
        (PI, -3.2, "Almost: the sign. Yours is the negative of what is asked for."),
        (PI, -3.25, "Not this: your number is -3.25, too small."),
        (PI, 31.4159265, "Almost: the unit. Yours is in tenths: 10 times what is asked for."),
        (PI, 31, "Almost: the unit. Yours is in tenths: 10 times what is asked for."),
        (PI, 4.53, "Almost: the unit. Yours is in bits: 1.443 times what is asked for."),
        (PI, 4.5, "Not this: your number is 4.5, too large."),
        (PI, 0.314159265, "Almost: the unit. Yours is 0.1 times what is asked for, as if that had been in tenths."),
        (PI, 0.31, "Not this: your number is 0.31, too small."),
        (PI, 2.1775860903, "Almost: the unit. Yours is 0.6931 times what is asked for, as if that had been in bits."),
        (PI, 2.71828, "Known mistake: e. Not that one."),
        (PI, 2.6955, "Known mistake: e. Not that one."),
        (PI, 2.66, "Not this: your number is 2.66, too small."),
        (PI, 2.72, "Known mistake: e. Not that one."),
        (PI, 2.7, "Known mistake: e. Not that one."),
        (PI, [3.14, 2.0], WANTED.format("2 numbers")),
        (PI, [], WANTED.format("no number at all")),
        (PI, True, WANTED.format("a truth value (bool)")),
        (PI, np.bool_(True), WANTED.format("a truth value (bool)")),
        (PI, "3.14", WANTED.format("a text (str); numbers go without quotes")),
        (PI, torch.tensor(3), MORE.format("two decimals are")),
        (PI, None, "Not yet. Put your answer in the place of `None` and run this cell again. Wanted: a number."),
        (PI, ..., "Not yet. Put your answer in the place of `None` and run this cell again. Wanted: a number."),
        (PI, "  ", "Not yet. Put your answer in the place of `None` and run this cell again. Wanted: a number."),
        (PI, [Nasty()], WANTED.format("a Nasty")),
        (PI, lambda: 3, "Not this: you gave a function; is a call missing, with its parentheses? Wanted: a number."),
        (PI, float, "Not this: you gave a class; is a call missing, with its parentheses? Wanted: a number."),
        (PI, iter([3]), WANTED.format("a list_iterator; `list(...)` makes a list of it")),
        (PI, (n for n in [3]), WANTED.format("a generator; `list(...)` makes a list of it")),
        (PI, {3.14}, WANTED.format("a set, which has no order")),
        (PI, [None], "Not this: there is a None in your answer. Wanted: a number."),
        (PI, 10**400, "Not this: your number is too large for a float. Wanted: a number."),
        (PI, 1j, WANTED.format("a complex")),
        (PI, OSError(), WANTED.format("an OSError")),
        (PI, np.array(["3"]), WANTED.format("an array of str32, which are no real numbers")),
        (PI, torch.tensor(3j), WANTED.format("a tensor of complex numbers")),
        (PI, torch.zeros(1, device="meta"), WANTED.format("a tensor of no values (device meta)")),
        (PI, [[[[[[[[[3.14]]]]]]]]], "Not this: your list is nested too deeply. Wanted: a number."),
        (PI, [[[[[[[[3.14]]]]]]]], RIGHT),
        (PI, [[1], [2, 3]], "Not this: the parts of your list have different lengths. Wanted: a number."),
        (PI, [[1], 2], "Not this: the parts of your list have different lengths. Wanted: a number."),
        (PI, torch.zeros(0), WANTED.format("no number at all")),
        (PI, decimal.Decimal("3.14"), RIGHT),
        (PI, fractions.Fraction(314, 100), RIGHT),
        (PI, torch.tensor([3.14]).to_sparse(), RIGHT),
        (PI, pd.DataFrame([[3.14]]), RIGHT),
        (PI, np.array(3.14), RIGHT),
        (PI, b"3", WANTED.format("a bytes")),
        (PI, [torch.tensor([[3.14]])], RIGHT),
        (
            PI,
            np.array([3], dtype="datetime64[s]"),
            WANTED.format("an array of datetime64[s], which are no real numbers"),
        ),
        (PI, [np.float16(3.14)], RIGHT),
        (VAGUE, 3.1440, RIGHT),
        (VAGUE, 3.146, MORE.format("more digits are")),
        (VAGUE, 3.0, MORE.format("more digits are")),
        (VAGUE, torch.tensor(3.15, dtype=torch.bfloat16), RIGHT),
        (VAGUE, torch.tensor(3.15, dtype=torch.float16), MORE.format("more digits are")),
        (FINE, 3.1416, MORE.format("more digits are")),
        (FINE, np.float16(3.14159265), RIGHT),
        (FINE, np.float16(3.15), MORE.format("more digits are")),
        (SMALL, 1.234e-6, RIGHT),
        (SMALL, 1.2e-6, RIGHT),
        (SMALL, 1.23e-6, RIGHT),
        (SMALL, 1.3e-6, "Not this: your number is 1.3e-06, too large."),
        (RARE, 0.13, "Almost: the unit. Yours is in bits: 1.443 times what is asked for."),
        (ONE_DIGIT, 31.4, RIGHT),
        (ONE_DIGIT, 31, MORE.format("one decimal is")),
        (ONE_DIGIT, 31.9, MORE.format("one decimal is")),
        (ONE_DIGIT, 314, "Not this: your number is 314, too large."),
        (SIGNED, -3, "Known mistake: the loss. It is its negative."),
        (SIGNED, -3.02, "Almost: the sign. Yours is the negative of what is asked for."),
        (SIGNED, 3.05, MORE.format("a whole number is")),
        (SIGNED, -2.95, "Almost: the sign. Yours is the negative of what is asked for."),
    ],
)
def test_replies_to_numbers(exercise, answer, reply):
    assert str(reply_to(exercise, answer)) == reply


@pytest.mark.parametrize(
    "exercise, answer, reply",
    [
        (ROW, [0.26, 0.54], RIGHT),
        (ROW, [[0.26], [0.54]], RIGHT),
        (ROW, [0.3, 0.5], MORE.format("two decimals are")),
        (ROW, [0, 1], "Not this: the value at position [0] is 0, too small."),
        (ROW, [-0.3, -0.5], "Almost: the sign. Yours is the negative of what is asked for."),
        (ROW, [0, -1], "Not this: the value at position [0] is 0, too small."),
        (ROW, [26, 54], "Almost: the unit. Yours is in per cent: 100 times what is asked for."),
        (
            ROW,
            [0.0026, 0.0054],
            "Almost: the unit. Yours is 0.01 times what is asked for, as if that had been in per cent.",
        ),
        (ROW, [1, 2], "Known mistake: counts. Divide."),
        (ROW, [1.005, 2], "Known mistake: counts. Divide."),
        (ROW, [0.26, 0.6], "Not this: the value at position [1] is 0.6, too large."),
        (ROW, [0.26], "Not this: the shape is (1,) and should be (2,)."),
        (ROW, [[0.26, 0.54], [1, 2]], "Not this: the shape is (2, 2) and should be (2,)."),
        (ROW, True, "Not this: the shape is () and should be (2,)."),
        (ROW, 0.26, "Not this: the shape is () and should be (2,)."),
        (ROW, [[0.3], [0.5]], MORE.format("two decimals are")),
        (SQUARE, [[0.3, 0.5]], MORE.format("two decimals are")),
        (SQUARE, [0.3, 0.5], "Not this: the shape is (2,) and should be (1, 2)."),
        (GAP, [math.nan, 2.0], "Not this: the value at position [1] is 2, too large."),
        (TABLE, [[1.0, 2.0], [3.0, math.nan]], RIGHT),
        (TABLE, [1.0, 2.0, 3.0, math.nan], "Not this: the shape is (4,) and should be (2, 2). The values are right."),
        (TABLE, [1.0, 2.02, 3.0, math.nan], "Not this: the shape is (4,) and should be (2, 2)."),
        (TABLE, [1.0, 2.011, 3.0, math.nan], "Not this: the shape is (4,) and should be (2, 2). The values are right."),
        (
            TABLE,
            torch.tensor([1.0, 2.0, 3.0156, math.nan]).bfloat16(),
            "Not this: the shape is (4,) and should be (2, 2). The values are right.",
        ),
        (TABLE, [[1.0, 2.0], [3.0, 4.0]], "Not this: the value at position [1, 1] is 4, too small."),
        (TABLE, [[1.0, 2.005], [4.0, math.nan]], "Not this: the value at position [1, 0] is 4, too large."),
        (TABLE, [[1.0, 2.0]], "Not this: the shape is (1, 2) and should be (2, 2)."),
        (TABLE, [[-1.0, -2.0], [-3.0, math.nan]], "Almost: the sign. Yours is the negative of what is asked for."),
        (TABLE, [-1.0, -2.0, -3.0, math.nan], "Not this: the shape is (4,) and should be (2, 2)."),
        (TABLE, [100.0, 200.0, 300.0, math.nan], "Not this: the shape is (4,) and should be (2, 2)."),
        (TABLE, [1.01, 2.02, 3.03, math.nan], "Not this: the shape is (4,) and should be (2, 2)."),
        (ZERO, [0.009, 1], RIGHT),
        (ZERO, [0.011, 1], "Not this: the value at position [0] is 0.011, too large."),
        (ZERO, [0.9, 100], "Almost: the unit. Yours is in per cent: 100 times what is asked for."),
        (ZERO, [1.1, 100], "Not this: the value at position [0] is 1.1, too large."),
        (
            ZERO,
            [0.0, 0.01],
            "Almost: the unit. Yours is 0.01 times what is asked for, as if that had been in per cent.",
        ),
        (LONG, [1.0005, 2, 4], "Not this: the value at position [2] is 4, too large."),
        (LONG, torch.tensor([1.0078, 2, 4]).bfloat16(), "Not this: the value at position [2] is 4, too large."),
        (LONG, range(1, 4), RIGHT),
        (LONG, (1.0, 2.0, 3.0), RIGHT),
        (LONG, [1, 2], "Not this: the shape is (2,) and should be (3,)."),
        (LONG, [], "Not this: the shape is (0,) and should be (3,)."),
        (LONG, np.array([1, 2, 3]), RIGHT),
        (
            LONG,
            Evil([1, 2]),
            "Not this: your answer (an Evil) raises RuntimeError when it is read. "
            "Wanted: a tensor, a list or an array of numbers.",
        ),
        (LONG, torch.zeros(3, 0), "Not this: the shape is (3, 0) and should be (3,)."),
        (LONG, [torch.tensor([1, 2]), [3, 4]], "Not this: the shape is (2, 2) and should be (3,)."),
    ],
)
def test_replies_to_tensors(exercise, answer, reply):
    assert str(reply_to(exercise, answer)) == reply


@pytest.mark.parametrize(
    "exercise, answer, reply",
    [
        (LETTER, "b", RIGHT),
        (LETTER, "B)", RIGHT),
        (LETTER, ("(b). ",), RIGHT),
        (LETTER, {"b"}, RIGHT),
        (LETTER, "a", "Known mistake: both. Only one does."),
        (LETTER, "the first falls,  THE second stays", RIGHT),
        (
            LETTER,
            "the first falls, the second staysX",
            "Not this: 'the first falls, the second staysX' is none of the options a, b. Wanted: one letter in quotes.",
        ),
        (LETTER, "Both fall…", "Known mistake: both. Only one does."),
        (LETTER, "b. Both fall", "Not this: 'b. Both fall' is none of the options a, b. Wanted: one letter in quotes."),
        (LETTER, "x) Both fall", "Not this: 'x) Both fall' is none of the options a, b. Wanted: one letter in quotes."),
        (LETTER, "c", "Not this: 'c' is none of the options a, b. Wanted: one letter in quotes."),
        (LETTER, ["a", "b"], "Not this: you gave a list. Wanted: one letter in quotes."),
        (LETTER, 2, "Not this: you gave an int. Wanted: one letter in quotes."),
        (LETTER, list, "Not this: you gave a class. Wanted: one letter in quotes."),
        (LETTER, "x" * 50, "Not this: '" + "x" * 39 + "…' is none of the options a, b. Wanted: one letter in quotes."),
        (LETTER, "x" * 40, "Not this: '" + "x" * 40 + "' is none of the options a, b. Wanted: one letter in quotes."),
        (
            LETTER,
            "b) The XX falls",
            "Not this: 'b) The XX falls' is none of the options a, b. Wanted: one letter in quotes.",
        ),
        (LETTER, "Xb", "Not this: 'Xb' is none of the options a, b. Wanted: one letter in quotes."),
        (LETTER, "(B) The\nfirst falls", RIGHT),
        (LETTER, "x" * 41, "Not this: '" + "x" * 39 + "…' is none of the options a, b. Wanted: one letter in quotes."),
        (PETS, ["Cat", "dog"], RIGHT),
        (PETS, "cat; dog", RIGHT),
        (PETS, "CAT and DOG", RIGHT),
        (PETS, ["cow"], "Known mistake: the rest. These are out."),
        (PETS, "cow", "Known mistake: the rest. These are out."),
        (PETS, "none", "Not this: Cat is the first that differs: yours has it out. Look at it again."),
        (PETS, " Nothing ", "Not this: Cat is the first that differs: yours has it out. Look at it again."),
        (PETS, "no label", "Not this: Cat is the first that differs: yours has it out. Look at it again."),
        (PETS, ["dog"], "Not this: Cat is the first that differs: yours has it out. Look at it again."),
        (PETS, ["Cat", "dog", "cow"], "Not this: cow is the first that differs: yours has it in. Look at it again."),
        (
            PETS,
            ["cat", "horse", "pig"],
            "Not this: 'horse' is none of the labels Cat, dog, cow. Wanted: a list of labels, such as ['cat'].",
        ),
        (PETS, [1, 1, 0], RIGHT),
        (PETS, [1, 1, 1], "Not this: cow is the first that differs: yours has it in. Look at it again."),
        (PETS, [0, 1, 0], "Not this: Cat is the first that differs: yours has it out. Look at it again."),
        (PETS, [1, 1], FLAGS),
        (PETS, [2, 1, 0], FLAGS),
        (PETS, {"cat": 1}, "Not this: you gave a dict. Wanted: a list of labels, such as ['cat']."),
        (PETS, np.array([True, True, False]), RIGHT),
        (PETS, {"dog", "cat"}, RIGHT),
        (
            PETS,
            ["cat", 1],
            "Not this: you gave a text (str); numbers go without quotes. Wanted: a list of labels, such as ['cat'].",
        ),
        (PETS, pd.Series(["dog", "cat"]), RIGHT),
        (PETS, 3, FLAGS),
        (
            PETS,
            ["y" * 41],
            f"Not this: '{'y' * 39}…' is none of the labels Cat, dog, cow. Wanted: a list of labels, such as ['cat'].",
        ),
        (
            PETS,
            ["dog", None],
            "Not this: you gave a text (str); numbers go without quotes. Wanted: a list of labels, such as ['cat'].",
        ),
        (PETS, " cat,  and dog ", RIGHT),
        (PETS, np.array([2, 0, 0]), FLAGS),
    ],
)
def test_replies_to_choices_and_labels(exercise, answer, reply):
    assert str(reply_to(exercise, answer)) == reply


@pytest.mark.parametrize(
    "exercise, answer, reply",
    [
        (DOUBLE, lambda x: x + x, RIGHT),
        (DOUBLE, lambda x: 2.02 * x, "Almost: the precision; with x = 3, the result is 6.06 and should be 6."),
        (
            DOUBLE,
            lambda x: 2.02 * x if isinstance(x, torch.Tensor) else 2 * x,
            "Almost: the precision; with x = [1, -2], the value at position [0] is 2.02 and should be 2.",
        ),
        (DOUBLE, lambda x: 2.2 * x, "Not this: with x = 3, the result is 6.6 and should be 6."),
        (DOUBLE, lambda x: -2 * x, "Almost: the sign. Yours is the negative of what is asked for."),
        (DOUBLE, lambda x: -2.02 * x, "Not this: with x = 3, the result is -6.06 and should be 6."),
        (DOUBLE, lambda x: 200 * x, "Almost: the unit. Yours is in per cent: 100 times what is asked for."),
        (
            DOUBLE,
            lambda x: 0.02 * x,
            "Almost: the unit. Yours is 0.01 times what is asked for, as if that had been in per cent.",
        ),
        (DOUBLE, lambda x: x + 2, "Known mistake: a sum. Take the product."),
        (DOUBLE, lambda x: 1.003 * (x + 2), "Known mistake: a sum. Take the product."),
        (DOUBLE, lambda x: 6, "Not this: with x = [1, -2], the shape is () and should be (2,)."),
        (DOUBLE, lambda x: None, "Not yet. Write your code into the function and run this cell again."),
        (DOUBLE, DOUBLE.begun, "Not yet. Write your code into the function and run this cell again."),
        (DOUBLE, lambda x: print(x), "Not this: your function returns None. Is a `return` missing?"),
        (
            DOUBLE,
            lambda x: "six",
            "Not this: with x = 3, this is what yours returns: a text (str); numbers go without quotes.",
        ),
        (DOUBLE, lambda x: 1j, "Not this: with x = 3, this is what yours returns: a complex."),
        (DOUBLE, lambda x: Nasty(), "Not this: with x = 3, this is what yours returns: a Nasty."),
        (DOUBLE, lambda: 6, "Not this: your function cannot be called with (x): its arguments are ()."),
        (DOUBLE, 6.0, "Not this: you gave a float. Wanted: a function, by its name without parentheses."),
        (DOUBLE, "double", "Not this: you gave a str. Wanted: a function, by its name without parentheses."),
        (DOUBLE, raises(ValueError()), "Not this: with x = 3, your function raises ValueError."),
        (DOUBLE, raises(ValueError("no.")), "Not this: with x = 3, your function raises ValueError: no."),
        (
            DOUBLE,
            raises(ValueError("one line\ntwo")),
            "Not this: with x = 3, your function raises ValueError: one line.",
        ),
        (
            DOUBLE,
            raises(ValueError("y" * 161)),
            "Not this: with x = 3, your function raises ValueError: " + "y" * 159 + "….",
        ),
        (
            DOUBLE,
            raises(ValueError("y" * 160)),
            "Not this: with x = 3, your function raises ValueError: " + "y" * 160 + ".",
        ),
        (DOUBLE, raises(SystemExit()), "Not this: with x = 3, your function raises SystemExit."),
        (
            DOUBLE,
            lambda x: 2 * x if x is not DOUBLE.inputs[2] and len(torch.as_tensor(x).reshape(-1)) < 13 else 0 * x,
            "Not this: with x = a tensor of shape (13,), the value at position [1] is 0 and should be 2.",
        ),
        (DOUBLE, "", "Not yet. Write the function and hand its name to `check`."),
        (DOUBLE, None, "Not yet. Write the function and hand its name to `check`."),
        (DOUBLE, max, "Not this: with x = 3, your function raises TypeError: 'float' object is not iterable."),
        (DOUBLE, lambda x: [x], "Not this: with x = 3, the result is 3 and should be 6."),
        (
            DOUBLE,
            lambda x: 2 * x if isinstance(x, float) else None,
            "Not this: with x = [1, -2], yours returns None; a `return` is missing.",
        ),
        (
            DOUBLE,
            lambda x: 2 * x if isinstance(x, float) else "no",
            "Not this: with x = [1, -2], this is what yours returns: a text (str); numbers go without quotes.",
        ),
        (DOUBLE, lambda x: sys.stdout.write("") or 2 * x, RIGHT),
        (DOUBLE, raises(ValueError("want X.")), "Not this: with x = 3, your function raises ValueError: want X."),
        (DOUBLE, print, "Not this: your function returns None. Is a `return` missing?"),
        (DOUBLE, lambda x: (2.01 * torch.as_tensor(x)).bfloat16(), RIGHT),
        (
            DOUBLE,
            lambda x: Evil([x]),
            "Not this: with x = 3, what yours returns (an Evil) raises RuntimeError when it is read.",
        ),
        (
            DOUBLE,
            lambda x: x.gone,
            "Not this: with x = 3, your function raises AttributeError: 'float' object has no attribute 'gone'.",
        ),
        (DOUBLE, lambda x: (2 * x).reshape(1, -1) if isinstance(x, torch.Tensor) else 2 * x, RIGHT),
        (
            PICKED,
            lambda x, at: x[0],
            "Not yet. The function still makes its mistake: change it and run this cell again.",
        ),
        (PICKED, lambda x, at: x[at], RIGHT),
        (
            PICKED,
            lambda x, at: x[min(at, 1)],
            "Not this: with x = [5.0, 7.0], at = 2, yours returns 7, but it should raise IndexError.",
        ),
        (PICKED, lambda x, at: x[-1], "Not this: with x = [[True], [False]], at = 0, the result is 0 and should be 1."),
        (PICKED, PICKED.begun, "Not yet. The function still makes its mistake: change it and run this cell again."),
        (
            PICKED,
            lambda x, k: x[k] if k < 2 else {}[k],
            "Not this: with x = [5.0, 7.0], at = 2, your function raises KeyError: 2.",
        ),
        (
            PICKED,
            lambda x, at: x[at] if at < 2 else None,
            "Not this: with x = [5.0, 7.0], at = 2, yours returns None; a `return` is missing.",
        ),
        (PICKED, lambda x: x, "Not this: your function cannot be called with (x, at): its arguments are (x)."),
        (
            PICKED,
            lambda x, at: -x[at] if at else x[at],
            "Not this: with x = [5.0, 7.0], at = 1, the result is -7 and should be 7.",
        ),
        (PICKED, lambda x, at: x[at] if at < 2 else raises(IndexError())(), RIGHT),
        (PICKED, lambda x, at: x[at] if at < 2 else raises(IndexError("a: b"))(), RIGHT),
        (PICKED, lambda x, at: x[at] if at < 2 else raises(IndexError("gone."))(), RIGHT),
        (
            PICKED,
            lambda x, at: x[1 - at] if at < 2 else {}[1],
            "Not this: with x = [[True], [False]], at = 0, the result is 0 and should be 1.",
        ),
        (QUIET, lambda x: [0, 1][x], RIGHT),
        (QUIET, lambda x: [0, 5][x], "Not this: with x = 1, the result is 5 and should be 1."),
        (QUIET, lambda x: x, "Not this: with x = 2, yours returns 2, but it should raise IndexError."),
        (QUIET, lambda x: 1, "Not yet. The function still makes its mistake: change it and run this cell again."),
        (
            FILLED,
            lambda x: x.clone(),
            "Not yet. The function still makes its mistake: change it and run this cell again.",
        ),
        (
            FILLED,
            lambda x: x.clamp(min=0),
            "Not yet. The function still makes its mistake: change it and run this cell again.",
        ),
        (FILLED, lambda x: x.nan_to_num(), RIGHT),
        (FILLED, lambda x: x.nan_to_num()[:1], "Not this: with x = [nan, 1], the shape is (1,) and should be (2,)."),
    ],
)
def test_replies_to_functions(exercise, answer, reply):
    assert str(reply_to(exercise, answer)) == reply


def test_too_many_numbers_are_not_read(monkeypatch):
    monkeypatch.setattr(checking, "MANY", 3)
    for make in (torch.zeros, np.zeros, range):
        assert "the value at position [0] is 0, too small" in str(reply_to(LONG, make(3)))
        assert str(reply_to(LONG, make(4))).startswith("Not this: you gave 4 numbers.")


@pytest.mark.parametrize(
    "value, shown",
    [
        (0.5, "0.5"),
        (2 / 3, "0.6667"),
        (1e5, "1e+05"),
        (0.0123456, "0.0123"),
        (0.00123456, "0.001235"),
        (torch.tensor(2.5), "2.5"),
        (torch.tensor([[True], [False]]), "[[True], [False]]"),
        (torch.arange(12), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"),
        (torch.zeros(1, 13), "a tensor of shape (1, 13)"),
        ("x" * 58, repr("x" * 58)),
        ("x" * 59, "'" + "x" * 58 + "…"),
    ],
)
def test_an_argument_is_quoted_briefly(value, shown):
    assert checking.show(value) == shown


SHOWN = toy(
    "choice",
    'answer = "b"\n',
    prompt="""
        Which is `a < b`?

            a < "b"

        A & B?
        """,
    options=("`x < y`", "It's both."),
    hints=("Try `a`.", "Try `b`.", "As in\n\n    x < 1"),
)


def test_a_question_as_text():
    assert SHOWN._repr_mimebundle_()["text/plain"] == (
        """
Which is a < b?

    a < "b"

A & B?

  a) x < y
  b) It's both.

Stuck? hint("00.toy", 1), then 2 and 3; solution("00.toy") is the last resort.
""".strip()
    )
    long = "`word` " * 50
    assert max(map(len, plain(long).splitlines())) == 99 and "`" not in plain(long)  # 20 words, 19 spaces


def test_code_keeps_its_lines_and_its_indentation():
    for text in ("    x = 1\n    y = 2\n\nWhat is X", "\n    x = 1\n    y = 2\n\nWhat is X\n"):
        assert plain(text) == "    x = 1\n    y = 2\n\nWhat is X"


def test_a_question_as_html():
    hints = (
        "<details><summary>Hint 1: a nudge</summary><p>Try <code>a</code>.</p>"
        "<details><summary>Hint 2: a push</summary><p>Try <code>b</code>.</p>"
        "<details><summary>Hint 3: almost the answer</summary><p>As in</p>"
        '<pre style="margin: 0.5em 0"><code>x &lt; 1</code></pre>'
        "</details></details></details>"
    )
    assert SHOWN._repr_mimebundle_()["text/html"] == (
        f'<div style="{BOX.format(edge="solid")}"><p>Which is <code>a &lt; b</code>?</p>'
        '<pre style="margin: 0.5em 0"><code>a &lt; &quot;b&quot;</code></pre><p>A &amp; B?</p>'
        '<div style="margin: 0.5em 0 0.9em"><div><strong>a)</strong> <code>x &lt; y</code></div>'
        f"<div><strong>b)</strong> It's both.</div></div>{hints}"
        "<details><summary>Solution</summary><pre><code>answer = &quot;b&quot;</code></pre>"
        "<p>Because.</p></details></div>"
    )


def test_a_question_without_options_has_no_place_for_them():
    assert PI.text().startswith("? (Two decimals will do.)\n\nStuck?")
    assert "<p>? (Two decimals will do.)</p><details>" in PI.html()


@pytest.mark.parametrize(
    "kind, mark, edge",
    [("Not yet", ".", "dotted"), ("Correct", ".", "solid"), ("Almost", ":", "dashed")]
    + [("Known mistake", ":", "double"), ("Not this", ":", "double")],
)
def test_a_reply_as_text_and_as_html(kind, mark, edge):
    assert Reply(kind, "take `a < b`.")._repr_mimebundle_() == {
        "text/plain": f"{kind}{mark} take a < b.",
        "text/html": f'<div role="status" style="{BOX.format(edge=edge)}">'
        f"<strong>{kind}{mark}</strong> take <code>a &lt; b</code>.</div>",
    }


def test_hints_come_one_at_a_time_and_the_first_unasked(monkeypatch, capsys):
    monkeypatch.setitem(EXERCISES, "00.toy", SHOWN)
    for arguments, said in [((), "Try a."), ((1,), "Try a."), ((2,), "Try b."), ((3,), "As in\n\n    x < 1")]:
        hint("00.toy", *arguments)
        assert capsys.readouterr().out == f"{said}\n"
    for number in (0, 4):
        with pytest.raises(ValueError, match=f"^number: got {number}, want 1, 2 or 3$"):
            hint("00.toy", number)
    solution("00.toy")
    assert capsys.readouterr().out == 'answer = "b"\n\nBecause.\n'


@pytest.mark.parametrize("id, near", [("02.odd", "02.odds"), ("02.logits", "02.logit"), (7, "0"), ("zzz", "")])
def test_an_unknown_id_is_told_the_nearest(id, near):
    for function in (ask, hint, solution, lambda id: check(id, 1)):
        with pytest.raises(ValueError, match=f"^id: got {id!r}, want that of an exercise, perhaps '{near}"):
            function(id)


# --- what the museum states ---


def test_the_temperatures_to_be_found_are_those_that_the_logits_were_made_with():
    found, _ = outcomes(EXERCISES["07.temperature"], EXERCISES["07.temperature"].value)
    assert [each.item() for each in found] == pytest.approx([2.5, 0.6, 4.0], rel=0.15)


def test_a_hundredfold_loss_is_no_matter_of_per_cent():
    mended = EXERCISES["07.1.fix"].value
    reply = check("07.1.fix", lambda logits, targets: 100 * mended(logits, targets))
    assert str(reply).startswith("Not this: with logits = ")


def test_attention_weights_keep_the_shape_of_the_scores():
    reply = check("07.4.fix", lambda scores: torch.softmax(scores, -1).flatten())
    assert "the shape is (" in reply.text and reply.text.endswith("The values are right.")


def test_the_stated_floor_of_label_smoothing_is_the_entropy_of_the_smoothed_target():
    smoothed = torch.full((4,), 0.1 / 4, dtype=torch.float64)
    smoothed[0] += 0.9
    floor = -(smoothed * smoothed.log()).sum().item()
    for id in ("07.12.predict", "07.12.diagnose"):
        stated = re.findall(r"0\.3\d{3}|0\.4\d{3}", EXERCISES[id].prompt + EXERCISES[id].because)
        assert stated and set(stated) == {f"{floor:.4f}"}
    assert EXERCISES["07.12.fix"].value(4, 0.1) == pytest.approx(floor)
    targets = torch.arange(4).repeat(50)
    _, losses = museum.train(
        lambda z, t: torch.nn.functional.cross_entropy(z, t, label_smoothing=0.1),
        torch.nn.functional.one_hot(targets, 4).float(),
        targets,
        lr=5,
    )
    assert losses[-1] == pytest.approx(floor, abs=2e-5)


def test_the_culprits_first_act_can_happen():
    """Two sigmoids and labels that are never true: the loss sinks from 0.97 to ln 2, and the probabilities to one half."""
    x, labels = museum.yes_or_no()
    logits, losses = museum.train(
        lambda z, y: torch.nn.functional.binary_cross_entropy_with_logits(torch.sigmoid(z), y),
        x,
        0 * labels,
        lr=100,
        steps=1000,
    )
    assert f"{losses[0]:.2f}" == "0.97" and losses[-1] == pytest.approx(0.6931, abs=2e-4)
    assert torch.sigmoid(torch.sigmoid(logits)).max() < 0.501


def test_accuracy_cannot_choose_a_temperature():
    def by_accuracy(logits, targets):
        return max(
            torch.logspace(-1, 1, 501).tolist(), key=lambda T: ((logits / T).argmax(1) == targets).float().mean().item()
        )

    assert "ccuracy cannot choose" in str(check("07.temperature", by_accuracy))


def museum_sections():
    """Return the museum's import cell, and {heading: code cells} of its sections."""
    cells = nbformat.read(NOTEBOOKS / "07_bug_museum.ipynb", as_version=4).cells
    sections, here = {}, "opening"
    for cell in cells:
        if cell.cell_type == "markdown":
            here = next(iter(re.findall(r"^## (.*)$", cell.source, re.MULTILINE)), here)
        else:
            sections.setdefault(here, []).append(cell.source)
    (start,) = sections.pop("opening")[:1]
    return start, sections


@pytest.mark.filterwarnings("ignore")
def test_the_museum_may_be_visited_in_parts():
    start, sections = museum_sections()
    assert len(sections) >= 14
    for heading, cells in sections.items():
        names = {}
        for source in (start, *cells):
            exec(compile(source, heading, "exec"), names)


# --- the notebooks ---


def assigned(source):
    """The names that a cell binds at its top level."""
    return {
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


ASKING = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if '"ask(' in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
class TestNotebook:
    def test_asks_each_question_of_its_lesson_in_two_cells(self, path):
        cells = nbformat.read(path, as_version=4).cells
        asked = [
            (n, re.fullmatch(r'ask\("(.+)"\)', cell.source))
            for n, cell in enumerate(cells)
            if cell.source.startswith("ask(")
        ]
        assert [match[1] for _, match in asked] == [each.id for each in ALL if each.id[:2] == path.name[:2]]
        for n, match in asked:
            exercise = EXERCISES[match[1]]
            assert cells[n - 1].cell_type == "markdown" and cells[n + 1].source == exercise.cell
            heading = cells[n - 1].source.splitlines()[-1]
            assert heading.replace("`", "").strip("#*. ").split(" · ")[-1] == exercise.title
            (output,) = cells[n + 1].outputs
            assert output.data["text/plain"].startswith("Not yet.")
            assert cells[n].outputs[0].data["text/html"] == exercise.html()

    def test_answers_overwrite_nothing_of_the_lesson(self, path):
        """The numbers in prose are evaluated where the notebook ends."""
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        answers = {each.cell for each in ALL}
        lesson = set().union(*(assigned(cell) for cell in cells if cell not in answers))
        assert not lesson & set().union(*(assigned(cell) for cell in cells if cell in answers))

    def test_solutions_run_with_the_names_that_the_lesson_imports(self, path):
        cells = nbformat.read(path, as_version=4).cells
        names = {}
        exec(next(cell.source for cell in cells if cell.cell_type == "code"), names)
        for exercise in ALL:
            if exercise.id[:2] == path.name[:2]:
                exec(f"{exercise.given}\n{exercise.solution}", dict(names))
