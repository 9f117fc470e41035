import ast
import bdb
import decimal
import fractions
import functools
import html.parser
import math
import pathlib
import re
import sys
import threading
import time

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch

from helpers import calibration, data, explorers, photos, training
from helpers.exercises import (
    EXERCISES,
    LESSONS,
    Exercise,
    Reply,
    Wrong,
    ask,
    check,
    checking,
    hint,
    loading,
    reading,
    running,
    saying,
    solution,
)
from helpers.exercises.checking import known_outcomes, reply_to
from helpers.exercises.exercise import BOX, Kind, plain
from helpers.text import short
from tests.anything import ANYTHING

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
ALL = list(EXERCISES.values())
NUMBERS = [each for each in ALL if each.asks == "number"]
TENSORS = [each for each in ALL if each.asks == "tensor"]
FUNCTIONS = [each for each in ALL if each.asks == "function"]
NOT_YET, CORRECT, ALMOST, KNOWN, NOT_THIS = Kind


def compare(*cases):
    """Fail with every (exercise, kind, words, *answers) of which a reply is of another kind, or lacks the words."""
    faults = []
    for exercise, kind, words, *answers in cases:
        for answer in answers:
            reply = reply_to(exercise, answer)
            if reply.kind != kind or not all(word in str(reply) for word in words.split(" … ")):
                faults.append(f"{exercise.id}, {short(ascii(answer), 60)}: {reply}\n    want {kind}: {words}")
    assert not faults, "\n" + "\n".join(faults)


# --- what every exercise promises ---


def test_a_right_answer_is_correct_in_any_form():
    compare(*((each, CORRECT, each.because, *forms(each)) for each in ALL))


def forms(exercise):
    """Yield the right answer in every form in which it may come."""
    value = exercise.value
    yield value
    if exercise.asks == "function":
        yield lambda *args: np.asarray(exercise.value(*args))
        yield lambda *args: torch.as_tensor(exercise.value(*args)).double()
        yield lambda *args: torch.as_tensor(exercise.value(*args)).tolist()
    if exercise.asks == "choice":
        words = exercise.choices[value]
        yield from (f" {value.upper()}) ", f"({value})", [value], words, words.rstrip(".") + "…", f"{value}) {words}")
    if exercise.asks == "labels":
        flags = [float(each in value) for each in exercise.options]
        yield from (tuple(value), set(value), frozenset(value), np.array(value), pd.Series(value), ", ".join(value))
        yield from (flags, [*map(bool, flags)], torch.tensor(flags), torch.tensor([flags]) > 0, pd.Series(flags) > 0)
    if exercise.asks in ("number", "tensor"):
        value = torch.as_tensor(value).float()
        yield from (value.double(), value.numpy(), value.tolist(), value.clone().requires_grad_(), value.to_sparse())
        if exercise.rtol >= 1e-3:
            yield from (value.half(), value.bfloat16())
    if exercise.asks == "tensor":
        yield from (tuple(value.tolist()), pd.DataFrame(value.numpy()), list(value), [each.numpy() for each in value])
        if not exercise.shape:
            yield from (value[None], value[:, None], [value.tolist()])
    if exercise.asks == "number":
        x = value.item()
        yield from (np.float64(x), np.float32(x), np.array([[x]]), (x,), [[x]], decimal.Decimal(x), pd.Series([x]))
        yield type("Float", (), {"__float__": lambda self: x})()  # as sympy has it
        yield from (x * (1 + exercise.rtol / 10), *(round(x, digits) for digits in range(exercise.digits, 7)))
        if x == int(x):
            yield from (int(x), np.int64(x), torch.tensor(int(x)), fractions.Fraction(int(x)))


def test_the_reply_to_a_right_answer_states_its_numbers():
    """They are typed beside the solution that computes them: neither can be wrong alone."""
    for exercise in NUMBERS + TENSORS:
        stated = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", exercise.because.replace("−", "-"))]
        for value in torch.as_tensor(exercise.value).flatten().tolist():
            near = [each for each in stated if math.isclose(each, value, rel_tol=2e-4, abs_tol=1e-6)]
            assert near, (exercise.id, value, exercise.because)


def test_a_known_mistake_is_told_its_own_name():
    replies = set()
    for exercise in ALL:
        for mistake, answer in zip(exercise.wrong, exercise.wrong_values, strict=True):
            reply = check(exercise.id, answer)
            assert reply == Reply(KNOWN, mistake.why, mistake.name), (exercise.id, mistake.name, str(reply))
            assert mistake.why.endswith((".", ")", "?")) and not mistake.name.endswith("."), mistake
            replies.add(str(reply))
    assert len(replies) == sum(len(each.wrong) for each in ALL)  # no two share a reply


def test_every_lesson_has_a_function_to_write_and_tries_it_on_three_inputs_or_more():
    assert not [number for number, lesson in LESSONS.items() if not any(each.asks == "function" for each in lesson)]
    assert not [each.id for each in FUNCTIONS if len(each.inputs) < 3]


def examples():
    """Return the examples of the page about the format, which are a file."""
    page = (loading.FOLDER / "README.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))


def test_the_examples_of_the_format_are_exercises():
    found = loading.read_lesson("05", examples())
    assert [each.id for each in found] == ["05.half", "05.which", "05.yes", "05.write"]
    compare(*((each, CORRECT, "", each.value) for each in found))
    compare(*((each, KNOWN, "", *each.wrong_values) for each in found))


@pytest.mark.parametrize(
    "change, message",
    [
        (("because = ", "becuase = "), "'half': because is missing; becuase is no key here, want some of asks"),
        (('answer = "a"', 'answer = "a"\ndigits = 2'), "'which': digits is no key here, want some of answer, asks"),
        (('"By what?", ', ""), r"hints: got \['One of the two divides.', 'By the sum.'\], want three"),
        (('asks = "choice"', 'asks = "pick"'), "asks: got 'pick', want one of number, tensor"),
        (("choices.b", "choices.c"), r"choices: got \['a', 'c'\], want a, b, c, … in this order"),
        (('answer = "b"', 'answer = "a"'), r"answer, and that of each wrong: got \['a', 'a'\], want each letter once"),
        (("why = ", "reason = "), "exercise 'half', wrong \"the other one's\": why is missing"),
        (("digits = 2", 'digits = 2\nunits = ["nats"]'), "units: got 'nats', want some of per cent, bits"),
        (("starter = ", 'ban.waht = "x"\nstarter = '), "exercise 'write', ban: what is missing"),
        (('id = "which"', 'id = "half"'), r"05.toml: id: got \['05.half', '05.half', .*\], want each once"),
        (("[[exercise]]", "stup = 1\n[[exercise]]"), "05.toml: stup is no key here, want some of exercise, setup"),
        (('title = "Half of the whole"', "title = Half"), "05.toml: Invalid value"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        loading.read_lesson("05", examples().replace(*change, 1))


def test_no_hint_is_the_answer():
    for exercise in ALL:
        hints = " ".join(exercise.hints)
        if exercise.asks == "choice":
            assert plain(exercise.choices[exercise.value]).rstrip(".") not in plain(exercise.hints[2]), exercise.id
        elif exercise.asks == "labels":
            assert not all(label in exercise.hints[2] for label in exercise.value), exercise.id
        else:
            *_, last = exercise.solution.strip().splitlines()
            code = re.sub(r"^\s*(return|answer =)", "", last).replace(" ", "")
            assert code.isidentifier() or code not in hints.replace(" ", "").replace("`", ""), (exercise.id, code)


def test_an_empty_answer_is_not_yet():
    compare(*((each, NOT_YET, "", None, ..., "", "  ") for each in ALL))
    compare(*((each, NOT_YET, "", each.begun) for each in FUNCTIONS))


def test_near_misses_of_a_number():
    for exercise in NUMBERS:
        value = float(exercise.value)
        mistakes = [float(each) for each in exercise.wrong_values]

        def kind_of(answer, exercise=exercise, mistakes=mistakes):
            if any(abs(answer - each) <= 0.011 * abs(each) + 1e-6 for each in mistakes):
                return None
            return check(exercise.id, answer).name or check(exercise.id, answer).kind

        if abs(0.015 * value) > exercise.atol:
            assert kind_of(value * 1.015) in ("the rounding", None), exercise.id
        assert kind_of(-value) in ("the sign", None), exercise.id
        for name, factor in exercise.units:
            assert kind_of(value * factor * 1.0003) in ("the unit", None), (exercise.id, name)
        assert kind_of(value * 1.37 + 1) in (NOT_THIS, None), exercise.id
        assert check(exercise.id, value * (1 + 2 * exercise.rtol) + 0.7 * 10.0**-exercise.digits).kind != CORRECT


def test_each_hidden_input_counts():
    """A function that is wrong for one input only is not correct."""
    for exercise in FUNCTIONS:
        for which in range(len(exercise.inputs)):
            calls = []

            def spoilt(*args, exercise=exercise, which=which, calls=calls):
                calls.append(1)
                return 1e6 if len(calls) - 1 == which else exercise.value(*args)

            assert check(exercise.id, spoilt).kind in (ALMOST, NOT_THIS, KNOWN), (exercise.id, which)


# --- nothing spoils anything ---


def vandalise(things):
    """Do to every tensor within what a learner may do to one."""
    if isinstance(things, torch.Tensor):
        numbers = things.detach()
        numbers[...] = 7
        numbers.numpy()[...] = 7
        things.data.fill_(7)
        if things.is_floating_point() and things.is_leaf:
            things.requires_grad_()
    elif isinstance(things, (list, tuple)):
        for each in things:
            vandalise(each)


def test_nothing_that_a_learner_reaches_spoils_anything(unlaid):
    def all_that_is_said(shown):
        said = [each.describe() for each in shown]
        said += [str(check(each.id, answer)) for each in ALL for answer in (each.value, *each.wrong_values)]
        numbers = [getattr(data, name) for name in data.__all__]
        return repr((said, numbers, photos.photos(), photos.PRIORS, photos.SEPARATIONS))

    def made():
        return [getattr(explorers, name)() for name in explorers.EXPLORERS]

    before = all_that_is_said(spoilt := made())
    vandalise([value for each in spoilt for value in vars(each.facts).values()])
    vandalise([getattr(data, name) for name in data.__all__])
    vandalise([photos.PRIORS, photos.SEPARATIONS, *photos.photos(), *calibration.known_truth(), *training.blobs()])
    for exercise in FUNCTIONS:
        reply_to(exercise, lambda *args: vandalise(args))
    assert all_that_is_said(made()) == before
    assert check("01.half", 4.87314).kind == CORRECT


def test_an_unknown_name_of_data_is_an_error():
    with pytest.raises(AttributeError, match="LOGIT"):
        data.LOGIT  # noqa: B018


# --- a function is run with care ---


def endless(x):
    while True:
        pass


def deaf(x):
    while True:
        try:
            x = x + 0
        except BaseException:
            pass


def test_a_function_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.1)
    before = set(threading.enumerate())  # a thread of an earlier test may end meanwhile
    sleeping = threading.Event()
    for function in (endless, deaf, lambda x: sleeping.wait(60), lambda x: endless(x) if x.numel() == 2 else x):
        reply = check("04.logsumexp", function)
        assert reply.kind == NOT_THIS and checking.ENDLESS in reply.text and reply.text.startswith("with x = [[")
    sleeping.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()  # or something goes on behind, and this test never ends


def test_a_function_with_a_breakpoint_is_debugged_in_the_foreground_and_without_haste(monkeypatch, capsys):
    def debug():
        print("(Pdb)")
        assert threading.current_thread() is threading.main_thread()
        time.sleep(0.02)

    def quit():
        raise bdb.BdbQuit

    def outer(x):
        def inner(x):
            breakpoint()
            return torch.logsumexp(x, -1)

        return inner(x)

    monkeypatch.setattr(running, "SECONDS", 0.01)
    monkeypatch.setattr(sys, "breakpointhook", debug)
    assert check("04.logsumexp", outer).name == "the way"
    assert capsys.readouterr().out == "(Pdb)\n" * 5
    monkeypatch.setattr(sys, "breakpointhook", quit)
    assert check("04.logsumexp", outer) == Reply(NOT_YET, checking.LEFT)


def test_an_interrupt_by_hand_gives_the_same_reply(monkeypatch):
    def interrupted(thread, seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    monkeypatch.setattr(running, "stop", lambda thread: done.set())
    done = threading.Event()
    reply = check("04.logsumexp", lambda x: done.wait(60))
    assert reply.kind == NOT_THIS and reply.text.endswith(checking.ENDLESS)

    class Slow(list):
        def __len__(self):
            raise KeyboardInterrupt

    assert check("05.targets", Slow([1])) == Reply(NOT_THIS, checking.ENDLESS)


def test_what_a_function_prints_is_shown_up_to_a_length(capsys):
    assert check("04.logsumexp", lambda x: print("here", len(x)) or torch.logsumexp(x, -1).clone()).kind == ALMOST
    assert capsys.readouterr().out == "here 3\nhere 2\nhere 1\nhere 1\nhere 2\n"
    check("04.logsumexp", lambda x: print("x" * 3000))
    assert len(capsys.readouterr().out) == running.PRINTED


def test_a_function_that_changes_its_argument_is_told_so():
    def careless(x, wrong=0):
        largest = x.amax(-1)
        x -= largest[:, None]
        return largest + x.exp().sum(-1).log() + wrong

    for _ in range(2):  # nor are the hidden inputs spoilt
        reply = check("04.logsumexp", careless)
        assert (reply.kind, reply.name) == (ALMOST, "the argument") and "`x`" in reply.text
    assert check("04.logsumexp", lambda x: careless(x, 3)).text.endswith("changes its argument `x`.")
    assert not running.is_unchanged(torch.zeros(2, 1), torch.zeros(1, 2))
    assert running.is_unchanged(torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf]))


def banned_ways():
    """Yield (id, function) pairs that do what the question rules out, with the right values.

    A sigmoid is called in all ways that there are; of the others by some, and their values come about.
    """
    from torch.nn import functional as F

    from helpers import functions, losses

    sigmoids = (torch.sigmoid, torch.Tensor.sigmoid, torch.special.expit, F.sigmoid, torch.nn.Sigmoid())
    sigmoids += (
        functions.sigmoid,
        torch.ops.aten.sigmoid,
        lambda x: x.clone().sigmoid_(),
        lambda x: (1 + (x / 2).tanh()) / 2,
    )
    for sigmoid in sigmoids:
        yield "02.passing", lambda logits, p, sigmoid=sigmoid: sigmoid(logits) > p
    for softmax in (torch.softmax, lambda x, d: F.softmin(-x, d), lambda x, d: F.log_softmax(x, d).exp()):
        yield "02.rest", lambda logits, k, softmax=softmax: softmax(logits, 0)[k]
        yield "03.write", softmax
    yield "02.rest", lambda logits, k: (logits[k] - logits.logsumexp(0)).exp()
    yield "02.rest", lambda logits, k: (logits - logits.max()).exp()[k] / (logits - logits.max()).exp().sum()
    for logsigmoid in (F.logsigmoid, lambda x: -F.softplus(-x)):
        yield "07.logsigmoid", logsigmoid
    for where in (F, torch, losses):
        yield "05.bce", lambda x, y, where=where: where.binary_cross_entropy_with_logits(x, y).mean()
    yield "04.logsumexp", lambda x: x.logsumexp(-1)

    def checked(loss, log_probs, targets):
        if targets.min() < 0 or targets.max() >= log_probs.shape[1]:
            raise IndexError
        return loss(log_probs, targets)

    for loss in (F.nll_loss, F.cross_entropy):
        yield "04.nll", functools.partial(checked, loss)


def test_what_a_question_rules_out_is_noticed():
    ways = list(banned_ways())
    compare(*((EXERCISES[id], ALMOST, f"the way.  … {EXERCISES[id].ban.what}", function) for id, function in ways))
    assert {id for id, _ in ways} == {each.id for each in ALL if each.ban}


def test_a_sigmoid_of_one_number_may_be_written_in_any_form():
    def rest(logits, k):
        return torch.cat([logits[:k], logits[k + 1 :]])

    def in_python(logits, k):
        largest = rest(logits, k).max().item()
        others = sum(math.exp(each - largest) for each in rest(logits, k).tolist())
        return 1 / (1 + math.exp(largest + math.log(others) - logits[k].item()))

    def by_numpy(logits, k):
        return 1 / (1 + np.exp(np.logaddexp.reduce(rest(logits, k).numpy()) - logits[k].numpy()))

    compare(
        (
            EXERCISES["02.rest"],
            CORRECT,
            "",
            in_python,
            by_numpy,
            lambda logits, k: 1 / (1 + (rest(logits, k).logsumexp(0) - logits[k]).exp()),
            lambda logits, k: 1 / (1 + (rest(logits, k) - logits[k]).exp().sum()),
            lambda logits, k: (1 + ((logits[k] - rest(logits, k).logsumexp(0)) / 2).tanh()) / 2,
            lambda logits, k: torch.sigmoid(logits[k : k + 1] - rest(logits, k).logsumexp(0, keepdim=True)),
        )
    )


# --- replies, with exercises of our own ---


def toy(asks, solution, prompt="?", hints=("", "", ""), **more):
    """Return an exercise of our own, about which everything can be asked."""
    more = {"wrong": ()} | more
    return Exercise("00.toy", "Toy", asks, prompt, solution=solution, because="Because.", hints=hints, **more)


class Nasty:
    def __getattr__(self, name):
        raise RuntimeError("no")

    __array__ = __float__ = __eq__ = __repr__ = lambda self, *args, **kwargs: self.no
    __hash__ = None


class Evil(list):
    def __len__(self):
        raise RuntimeError


def raises(error):
    def raising(*args):
        raise error

    return raising


def toy_function(solution, *inputs, begun="", **more):
    return toy("function", solution, starter=begun or solution.splitlines()[0], inputs=inputs, **more)


BITS = ("bits", 1 / math.log(2))
PI = toy(
    "number",
    "answer = 3.14159265",
    digits=2,
    units=(("tenths", 10.0), BITS),
    wrong=(Wrong(2.71828183, "e", "Not that one."), Wrong(0.0123456, "a small one", "Too small.")),
)
VAGUE = toy("number", "answer = 3.14159265", units=())
FINE = toy("number", "answer = 3.14159265", rtol=1e-6)
SMALL = toy("number", "answer = 1.2345e-6", digits=2, atol=0.0)
RARE = toy("number", "answer = 0.0931", units=(BITS,))
ONE_BIT = toy("number", "answer = math.log(2)", digits=2, units=(BITS,))
ONE_DIGIT = toy("number", "answer = 31.4159265", digits=1, units=())
SCHOOL = toy("number", "answer = math.pi", digits=2, wrong=(Wrong(3.14, "a school's pi", "There are more digits."),))
SEVEN = toy("number", "answer = 3.14", digits=2, units=(), wrong=(Wrong(7.0, "seven", "Too many."),))
SIGNED = toy("number", "answer = 3.0", digits=0, units=(), wrong=(Wrong(-3.0, "the loss", "It is its negative."),))


def test_replies_to_numbers():
    two = "the rounding … two decimals are wanted"
    compare(
        (PI, CORRECT, "", 3.14, [[[[[[[[3.14]]]]]]]], [torch.tensor([[3.14]])]),
        (PI, ALMOST, two, 3.1, torch.tensor(3)),
        (PI, NOT_THIS, "too large", 3.25, 4.5),
        (PI, NOT_THIS, "is 1e+05,", 100000.0),
        (PI, NOT_THIS, "which is not a number", math.nan),
        (PI, KNOWN, "e. Not that one.", 2.6955, 2.72, 2.7),
        (PI, KNOWN, "a small one", 0.01),
        (PI, ALMOST, "the unit … 10 times … tenths", 31),
        (PI, ALMOST, "1.443 times … bits", 4.53),
        (PI, ALMOST, "0.1 times … as if", 0.314159265),
        (PI, ALMOST, "0.6931 times … as if", 2.1775860903),
        (PI, NOT_THIS, "you gave 2 numbers … Wanted: a number.", [3.14, 2.0]),
        (PI, NOT_THIS, "no numbers", []),
        (PI, NOT_THIS, "a truth value (bool)", [True], np.array([False])),
        (PI, NOT_THIS, "you gave 2 numbers; a decimal has a point", (3, 14)),
        (PI, CORRECT, "", "3.14", "3,14", ["3.14"], "314 %", "22 / 7.003"),
        (PI, KNOWN, "e. Not that one.", "2.72"),
        (PI, NOT_THIS, "the text '3.14 m'; numbers go without quotes, as in 0.667", "3.14 m"),
        (PI, NOT_THIS, "the text '1/0'; numbers go", "1/0"),
        (PI, NOT_THIS, "the text '3.14 m' in your list; numbers go", ["3.14 m"]),
        (PI, NOT_THIS, "a letter o where a zero belongs", "o.5", "1o"),
        (PI, NOT_THIS, "a dict; `list(….values())`", {"cat": 3.14}),
        (PI, NOT_THIS, "the text 'pi', which is no number", "pi"),
        (PI, NOT_THIS, "a function; is a call missing", lambda: 3),
        (PI, NOT_THIS, "a class; is a call missing", float),
        (PI, NOT_THIS, "a list_iterator; `list(...)`", iter([3])),
        (PI, NOT_THIS, "a set, which has no order", {3.14}),
        (PI, NOT_THIS, "there is a None", [None]),
        (PI, NOT_THIS, "too large for a float", 10**400),
        (PI, NOT_THIS, "too deeply", [[[[[[[[[3.14]]]]]]]]]),
        (PI, NOT_THIS, "different lengths", [[1], [2, 3]], [[1], 2]),
        (PI, NOT_THIS, "complex numbers", torch.tensor(3j)),
        (PI, NOT_THIS, "device meta", torch.zeros(1, device="meta")),
        (PI, NOT_THIS, "no real numbers", np.array([3], dtype="datetime64[s]")),
        (PI, NOT_THIS, "(an Evil) raises RuntimeError", Evil([1])),
        (VAGUE, ALMOST, "more digits are wanted", 3.146, 3.0),
        (VAGUE, CORRECT, "", torch.tensor(3.15).bfloat16()),
        (FINE, CORRECT, "", np.float16(3.14159265)),
        (SMALL, CORRECT, "", 1.234e-06),
        (SMALL, NOT_THIS, "too large", 1.3e-06),
        (RARE, ALMOST, "bits", 0.13),
        (ONE_BIT, NOT_THIS, "too large", 1, 1.0),
        (ONE_DIGIT, ALMOST, "one decimal is wanted", 31),
        (ONE_DIGIT, NOT_THIS, "too large", 314),
        (SCHOOL, CORRECT, "", 3.14),
        (SIGNED, KNOWN, "the loss", -3),
        (SEVEN, NOT_THIS, "6.93, too large", 6.93),
        (SIGNED, ALMOST, "the sign", -3.02, -2.95),
        (SIGNED, ALMOST, "a whole number is wanted", 3.05),
    )


CENTS = toy("tensor", "answer = torch.tensor([0.02, 0.03])", digits=2)
EIGHTH = toy(
    "tensor", "answer = [0.125, 0.375]", digits=2, units=(), wrong=(Wrong([0.04, 0.08], "small", "Divide once."),)
)
ROW = toy("tensor", "answer = torch.tensor([0.26, 0.54])", digits=2, wrong=(Wrong([1.0, 2.0], "counts", "Divide."),))
SQUARE = toy("tensor", "answer = torch.tensor([[0.26, 0.54]])", digits=2, shape=True)
GAP = toy("tensor", "answer = [math.nan, 1.0]")
TABLE = toy("tensor", "answer = torch.tensor([[1.0, 2.0], [3.0, math.nan]])", shape=True, atol=0.01)
ZERO = toy("tensor", "answer = [0.0, 1.0]", atol=0.01)
LONG = toy("tensor", "answer = [1, 2, 3]")
FLAGS = toy("tensor", "answer = torch.tensor([True, False])")


def test_replies_to_tensors():
    shape = "the shape is (4,) and should be (2, 2)."
    compare(
        (CENTS, ALMOST, "the sign", [-0.02, -0.03]),
        (CENTS, ALMOST, "as if", [0.0002, 0.0003]),
        (CENTS, NOT_THIS, "position [0] is 0.03, too large", [0.03, 0.03]),
        (EIGHTH, CORRECT, "", [0.13, 0.38], [0.12, 0.38]),
        (EIGHTH, NOT_THIS, "too large", [0.15, 0.38]),
        (EIGHTH, KNOWN, "small", [0.0, 0.1]),
        (EIGHTH, NOT_THIS, "too small", [0.03, 0.12]),
        (ROW, ALMOST, "the rounding", [[0.3], [0.5]]),
        (ROW, NOT_THIS, "position [0] is 0, too small", [0, 1]),
        (ROW, NOT_THIS, "position [1, 0] is 0.6, too large", [[0.26], [0.6]]),
        (ROW, ALMOST, "100 times … per cent", [26, 54]),
        (ROW, ALMOST, "0.01 times … as if", [0.0026, 0.0054]),
        (ROW, KNOWN, "counts", [1, 2]),
        (ROW, CORRECT, "", ["0.26", "54 %"]),
        (ROW, NOT_THIS, "you gave 1 number, and 2 are wanted", [0.26]),
        (ROW, NOT_THIS, "you gave 4 numbers, and 2", [[0.26, 0.54], [1, 2]]),
        (ROW, NOT_THIS, "the text 'cat' in your list, which is no number", ["cat", "dog"]),
        (ROW, NOT_THIS, "is True, which is wrong", [True, False]),
        (SQUARE, ALMOST, "the rounding", [[0.3, 0.5]]),
        (SQUARE, NOT_THIS, "the shape is (2,) and should be (1, 2)", [0.3, 0.5]),
        (GAP, NOT_THIS, "position [1] is 2, too large", [math.nan, 2.0]),
        (FLAGS, NOT_THIS, "position [1] is True, which is wrong", [1, 1]),
        (TABLE, NOT_THIS, f"{shape} … The values are right.", [1.0, 2.0, 3.0, math.nan]),
        (TABLE, NOT_THIS, f"{shape} … The values are right.", torch.tensor([1.0, 2.0, 3.0156, math.nan]).bfloat16()),
        (TABLE, NOT_THIS, shape, [1.0, 2.02, 3.0, math.nan]),
        (TABLE, ALMOST, "the sign", [[-1.0, -2.0], [-3.0, math.nan]]),
        (TABLE, NOT_THIS, "(1, 2)", [[1.0, 2.0]]),
        (ZERO, ALMOST, "100 times", [0.9, 100]),
        (LONG, NOT_THIS, "[2] is 4", torch.tensor([1.0078, 2, 4]).bfloat16()),
        (LONG, NOT_THIS, "4 numbers, and 3", [torch.tensor([1, 2]), [3, 4]]),
    )
    assert "The values are right" not in str(reply_to(TABLE, [1.0, 2.02, 3.0, math.nan]))


def test_too_many_numbers_are_not_read(monkeypatch):
    monkeypatch.setattr(reading, "MANY", 3)
    for make in (torch.zeros, np.zeros, range):
        compare((LONG, NOT_THIS, "position [0] is 0", make(3)), (LONG, NOT_THIS, "you gave 4 numbers.", make(4)))


LETTER = toy(
    "choice",
    'answer = "b"',
    options=("Both `fall`.", "The first falls, the second stays.", "The second falls: to −1"),
    wrong=(Wrong("a", "both", "Only one does."), Wrong("c", "the second", "No.")),
)
PETS = toy(
    "labels", 'answer = ["Cat", "dog"]', options=("Cat", "dog", "cow"), wrong=(Wrong(["cow"], "the rest", "Out."),)
)


def test_replies_to_choices_and_labels():
    none = "is none of the options a, b, c. Wanted: one letter in quotes."
    compare(
        (LETTER, CORRECT, "", "(b). ", {"b"}),
        (LETTER, KNOWN, "both", "Both fall…", "both"),
        (LETTER, NOT_THIS, none, "b. Both fall", "d", "Xb", 2),
        *((LETTER, NOT_THIS, f"{answer!r} … {none}", answer) for answer in ("x) Both fall", "b) The XX falls")),
        (LETTER, NOT_THIS, "'" + "x" * 39 + "…'", "x" * 41),
        (LETTER, NOT_THIS, "a class", list),
        (LETTER, NOT_THIS, "a dict", {}),
        (LETTER, NOT_THIS, "a bool", True),
        (EXERCISES["01.third"], NOT_THIS, "more than one of the options b, d", "Softmax"),
        (EXERCISES["08.7.predict"], CORRECT, "", -1),
        (EXERCISES["08.6.predict"], CORRECT, "", 0.24),
        (PETS, CORRECT, "", [1, 1, 0], np.array([True, True, False])),
        (PETS, NOT_THIS, "Cat is the first that differs: yours has it out", "none of them", [0, 1, 0]),
        (PETS, NOT_THIS, "cow is the first that differs: yours has it in", "all", "all three"),
        (PETS, NOT_THIS, "'all' is none of the labels", "all but cow"),
        (PETS, NOT_THIS, "'1' is none of the labels", ["cat", 1]),
        (PETS, NOT_THIS, "'None' is none", ["dog", None]),
        (PETS, NOT_THIS, "not one yes or no", [1, 1], [2, 1, 0], 3, np.array([2, 0, 0])),
        (PETS, NOT_THIS, "a dict", {"cat": 1}),
        (PETS, NOT_THIS, "…", ["y" * 41]),
    )


SUM = Wrong("lambda x: x + 2", "a sum", "Take the product.")
DOUBLE = toy_function(
    "def double(x):\n    return 2 * x", "3.0", "torch.tensor([1.0, -2.0])", "torch.arange(13.0)", wrong=(SUM,)
)
PICK = "def pick(x, at):\n    if at > 1:\n        raise IndexError(f'at: got {at}')\n    return x[at]"
PICKED_FROM = ("torch.tensor([[True, False]]).T, 0", "[5.0, 7.0], 1", "[5.0, 7.0], 2")
PICKED = toy_function(PICK, *PICKED_FROM, begun="def pick(x, at):\n    return x[0]")
POSITIVE = toy_function("def positive(x):\n    return x > 0", "torch.tensor([1.0, -1.0])")
FILL = "def fill(x):\n    return x.nan_to_num()"
FILLED = toy_function(FILL, "torch.tensor([math.nan, 1.0])", begun="def fill(x):\n    return x")


def of_one(one, several):
    """A function with another result for one number than for a tensor."""
    return lambda x: one if isinstance(x, float) else several(x)


def test_replies_to_functions():
    begun, missing = "still makes its mistake", "Is a `return` missing?"
    compare(
        (DOUBLE, CORRECT, "", lambda x: [2 * x]),
        (DOUBLE, ALMOST, "the precision. With x = 3, the result is 6.06 and should be 6.", lambda x: 2.02 * x),
        (DOUBLE, ALMOST, "[1, -2], the value at position [0] is 2.02", of_one(6, lambda x: 2.02 * x)),
        (DOUBLE, ALMOST, "the sign", lambda x: -2 * x),
        (DOUBLE, NOT_THIS, "-6.06", lambda x: -2.02 * x),
        (DOUBLE, NOT_THIS, "with x = [1, -2], yours returns 1 number, and 2 are wanted", lambda x: 6),
        (DOUBLE, NOT_THIS, missing, print),
        (DOUBLE, NOT_THIS, f"with x = [1, -2], yours returns None … {missing}", of_one(6, lambda x: None)),
        (DOUBLE, NOT_THIS, "with x = 3,  … what yours returns: the text 'six'", lambda x: "six"),
        (DOUBLE, NOT_THIS, "returns: a complex", lambda x: 1j),
        (DOUBLE, NOT_THIS, "(a Nasty) raises RuntimeError", lambda x: Nasty()),
        (DOUBLE, NOT_THIS, "(an Evil) raises RuntimeError", lambda x: Evil([x])),
        (DOUBLE, NOT_THIS, "cannot be called with (x): its arguments are ()", lambda: 6),
        (DOUBLE, NOT_THIS, "a float. Wanted: a function", 6.0),
        (PICKED, NOT_THIS, "with (x, at): its arguments are (x)", lambda x: x),
        (DOUBLE, NOT_THIS, "y" * 159 + "….", raises(ValueError("y" * 161))),
        (DOUBLE, NOT_THIS, "raises KeyboardInterrupt.", raises(KeyboardInterrupt())),
        (PICKED, NOT_YET, begun, PICKED.begun),
        (PICKED, NOT_THIS, "at = 2, yours returns 7, but it should raise IndexError.", lambda x, at: x[min(at, 1)]),
        (PICKED, NOT_THIS, "raises KeyError: 2, but should raise IndexError.", lambda x, k: x[k] if k < 2 else {}[k]),
        (PICKED, CORRECT, "", lambda x, at: x[at] if at < 2 else raises(type("Mine", (IndexError,), {})())()),
        (PICKED, NOT_THIS, "returns None, but should raise", lambda x, at: x[at] if at < 2 else None),
        (PICKED, NOT_THIS, "at = 0, the result is False", lambda x, at: x[1 - at] if at < 2 else {}[1]),
        (POSITIVE, NOT_THIS, "position [1] is True and should be False", lambda x: (x > -2).float()),
        (POSITIVE, NOT_THIS, "raises ValueError … take torch's: `x.exp()`", lambda x: math.exp(x)),
        (POSITIVE, NOT_THIS, "raises TypeError … take Python's: `math.log`", lambda x: x > torch.log(0.5)),
        (POSITIVE, NOT_THIS, "raises RuntimeError … by `.float()`", lambda x: (x > 0).mean()),
        (POSITIVE, NOT_THIS, "raises RuntimeError … `keepdim=True` missing?", lambda x: x + torch.zeros(len(x) + 1)),
        (POSITIVE, NOT_THIS, "raises TypeError … take `.values`", lambda x: x - x.max(-1)),
        (POSITIVE, NOT_THIS, "raises RuntimeError … `torch.where`, `&`", lambda x: x if x > 0 else 0),
        (FILLED, NOT_YET, begun, lambda x: x.clone()),
        (FILLED, CORRECT, "", lambda x: x.nan_to_num()),
        (FILLED, NOT_THIS, "with x = [nan, 1], yours returns 1 number", lambda x: x.nan_to_num()[:1]),
        (EXERCISES["04.logsumexp"], NOT_THIS, "(3, 1) and should be (3,).", lambda x: x.logsumexp(1, True)),
    )


def junk():
    loop = []
    loop.append(loop)
    odd = (torch.zeros(2, dtype=torch.complex64), torch.zeros(1).expand(10**9), np.zeros((0, 3)), "banana", sys)
    odd += (math.nan, math.inf, 10**400, 1j, True)  # of the numbers and short lists of ANYTHING some are right answers
    odd += (pd.DataFrame({"a": ["x"]}), pd.Timestamp(0), torch.nn.Linear(2, 2), OSError("x"), ["cat", 3, None])
    functions = (lambda: 1, print, lambda *a: sys.exit(), lambda *a: 1 / 0, lambda *a: "hello", lambda *a: a)
    nasty = (loop, Nasty(), [Nasty()], lambda *a: Nasty(), (n for n in range(3)), iter([1, 2]))
    return [*(each for each in ANYTHING[16:] if getattr(each, "ndim", 1)), *odd, *functions, *nasty]


@pytest.mark.filterwarnings("ignore")
def test_junk_gets_a_clear_sentence(capsys):
    for exercise in ALL:
        for number, answer in enumerate(junk()):
            reply = check(exercise.id, answer)
            text = str(reply)
            assert reply.kind != CORRECT, (exercise.id, number, text)
            assert text.rstrip(")").endswith((".", "?", "`")) and len(text) < 600, (exercise.id, number, text)
            assert " at 0x" not in text and "Traceback" not in text, (exercise.id, number, text)
            check_html(reply._repr_mimebundle_()["text/html"])


# --- how a question and a reply are shown ---


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
    assert not parser.open and not re.search(r"color|background|#[0-9a-f]{3}\b|rgb|<script|http", markup), markup


def test_every_question_reads_well_as_text_and_as_html(capsys):
    for exercise in ALL:
        text, markup = ask(exercise.id)._repr_mimebundle_().values()
        check_html(markup)
        assert markup.count("<details>") == 4 and "</details></details></details>" in markup, exercise.id
        assert max(map(len, text.splitlines())) <= 100 and "<" not in re.sub(r"<[ =\d]|[a-z] <", "", text), exercise.id
        assert all(plain(option) in text for option in exercise.choices.values()), exercise.id
        solution(exercise.id)
        assert plain(exercise.because) in capsys.readouterr().out


SHOWN = toy(
    "choice",
    'answer = "b"\n',
    prompt='Which is `a < b`?\n\n    a < "b"\n\nA & B?',
    options=("`x < y`", "It's both."),
    hints=("Try `a`.", "Try `b`.", "As in\n\n    x < 1"),
)


def test_a_question_as_text_and_as_html():
    """How the questions of the lessons look, their saved outputs say; here is what these do not have."""
    text, markup = SHOWN._repr_mimebundle_().values()
    assert text.startswith(
        'Which is a < b?\n\n    a < "b"\n\nA & B?\n\n  a) x < y\n  b) It\'s both.\n\nStuck? hint("00'
    )
    for part in ("Which is <code>a &lt; b</code>?</p><pre", "<code>a &lt; &quot;b&quot;</code></pre><p>A &amp; B?</p>"):
        assert part in markup
    assert PI.text().startswith("? (Two decimals will do.)\n\nStuck?")
    assert "<p>? (Two decimals will do.)</p><details>" in PI.html()
    for text in ("    x = 1\n    y = 2\n\nWhat is X", "\n    x = 1\n    y = 2\n\nWhat is X\n"):
        assert plain(text) == "    x = 1\n    y = 2\n\nWhat is X"
    assert max(map(len, plain("`word` " * 50).splitlines())) == 99  # 20 words, 19 spaces


def test_a_reply_as_text_and_as_html():
    for kind, mark, edge in zip(Kind, "..:::", ("dotted", "solid", "dashed", "double", "double"), strict=True):
        assert Reply(kind, "take `a < b`.", "it")._repr_mimebundle_() == {
            "text/plain": f"{kind}{mark} it. take a < b.",
            "text/html": f'<div role="status" style="{BOX.format(edge=edge)}">'
            f"<strong>{kind}{mark}</strong> it. take <code>a &lt; b</code>.</div>",
        }


def test_an_argument_is_quoted_briefly():
    quoted = {0.5: "0.5", 2 / 3: "0.6667", 1e5: "1e+05", 0.0123456: "0.0123", 0.00123456: "0.001235"}
    quoted |= {torch.tensor(2.5): "2.5", torch.tensor([[True], [False]]): "[[True], [False]]"}
    quoted |= {torch.arange(12): f"{list(range(12))}", torch.zeros(1, 13): "a tensor of shape (1, 13)"}
    quoted |= {"x" * 58: repr("x" * 58), "x" * 59: "'" + "x" * 58 + "…"}
    assert [saying.quote(value) for value in quoted] == list(quoted.values())


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
    found = known_outcomes(EXERCISES["09.temperature"]).wanted
    assert [each.values.item() for each in found] == pytest.approx([2.5, 0.6, 4.0], rel=0.15)


def test_the_stated_floor_of_label_smoothing_is_the_entropy_of_the_smoothed_target():
    smoothed = torch.full((4,), 0.1 / 4, dtype=torch.float64)
    smoothed[0] += 0.9
    floor = -(smoothed * smoothed.log()).sum().item()
    for id in ("08.12.predict", "08.12.diagnose"):
        stated = re.findall(r"0\.3\d{3}|0\.4\d{3}", EXERCISES[id].prompt + EXERCISES[id].because)
        assert stated and set(stated) == {f"{floor:.4f}"}
    assert EXERCISES["08.12.fix"].value(4, 0.1) == pytest.approx(floor)
    targets, loss = torch.arange(4).repeat(50), torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    _, losses = training.train(loss, torch.eye(4).repeat(50, 1), targets, lr=5)
    assert losses[-1] == pytest.approx(floor, abs=2e-5)


def test_the_culprits_first_act_can_happen():
    """Two sigmoids, and labels that are never true: the loss sinks from 0.97 to ln 2, the probabilities to one half."""
    x, _ = training.blobs()
    loss = torch.nn.BCEWithLogitsLoss()
    logits, losses = training.train(lambda z, y: loss(z.sigmoid(), y), x, torch.zeros(len(x), 3), lr=100, steps=1000)
    assert f"{losses[0]:.2f}" == "0.97" and losses[-1] == pytest.approx(0.6931, abs=2e-4)
    assert torch.sigmoid(torch.sigmoid(logits)).max() < 0.501


def museum_sections():
    """Return the museum's import cell, and {heading: code cells} of its sections."""
    cells = nbformat.read(NOTEBOOKS / "08_bug_museum.ipynb", as_version=4).cells
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
    nodes = [*ast.walk(ast.parse(source))]
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


ASKING = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if '"ask(' in path.read_text(encoding="utf-8")]


def test_each_lesson_that_asks_has_a_file_of_exercises_and_each_file_a_lesson():
    asking = {path.stem[:2] for path in ASKING}
    assert not asking - set(LESSONS), "notebooks that ask, without a file in helpers/exercises/lessons"
    assert not set(LESSONS) - asking, "files in helpers/exercises/lessons, without a notebook that asks"


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
class TestNotebook:
    def test_asks_each_question_of_its_lesson_in_two_cells(self, path):
        cells = nbformat.read(path, as_version=4).cells
        asks = ((n, re.fullmatch(r'ask\("(.+)"\)', cell.source)) for n, cell in enumerate(cells))
        asked = [(n, match) for n, match in asks if match]
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
        both = lesson & set().union(*(assigned(cell) for cell in cells if cell in answers))
        assert not both, f"the lesson and an exercise's `given` or `starter` assign {sorted(both)}: rename them there"

    def test_solutions_run_with_the_names_that_the_lesson_imports(self, path):
        cells = nbformat.read(path, as_version=4).cells
        names = {}
        exec(next(cell.source for cell in cells if cell.cell_type == "code"), names)
        for exercise in ALL:
            if exercise.id[:2] == path.name[:2]:
                exec(f"{exercise.given}\n{exercise.solution}", dict(names))
