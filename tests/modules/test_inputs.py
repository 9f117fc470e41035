"""What people hand over: numbers as they are typed, and whatever holds tensors."""

import functools
import inspect
import itertools
import json
import math
import pathlib
import re
import subprocess
import sys
import types

import numpy as np
import pandas as pd
import pytest
import torch

from helpers import calibration, data, explorers, inputs, photos, training
from helpers.inputs import own_numbers, read_count, read_number, read_share, read_tensor
from helpers.live import checked
from helpers.tables import Table
from tests.anything import ANYTHING


@pytest.mark.parametrize(
    "given, value, half_digit",
    [
        ("1,000", 1000, 0.5),
        ("50,257", 50257, 0.5),
        ("1,234,567.8", 1234567.8, 0.05),
        ("1.234.567,8", 1234567.8, 0.05),
        ("50 257", 50257, 0.5),
        ("2,30", 2.3, 0.005),
        ("2.30", 2.3, 0.005),
        ("0,125", 0.125, 0.0005),
        ("1.000", 1, 0.0005),
        (" −0.5 ", -0.5, 0.05),
        ("-.5", -0.5, 0.05),
        ("50%", 0.5, 0.005),
        ("98,5 %", 0.985, 0.0005),
        ("2.06e−09", 2.06e-9, 0.005e-9),
        ("∞", math.inf, 0),
        ("-INF", -math.inf, 0),
        ("3.", 3, 0.5),
        (0.74, 0.74, 0.005),
        (3, 3, 0.5),
        (np.float32(0.74), 0.74, 0.005),
        (torch.tensor(0.74), 0.74, 0.005),
        (torch.tensor([2], dtype=torch.int8), 2, 0.5),
    ],
)
def test_a_number_is_read_by_one_rule_with_half_a_unit_of_its_last_digit(given, value, half_digit):
    number = read_number(given, "loss")
    assert number[:2] == pytest.approx((value, half_digit), rel=1e-12)


@pytest.mark.parametrize(
    "given", ["", "x", "1,00,000", "1.2.3", "1e", "--1", "%", True, None, [1, 2], torch.zeros(2), 1j, "nan1", "1_000"]
)
def test_what_is_no_number_is_named(given):
    with pytest.raises(ValueError, match="^loss: got .*, want a number"):
        read_number(given, "loss")


def test_a_box_on_the_page_reads_by_the_same_rule():
    """Run the page's own functions, without the page. A separator that is left out is spoken of."""
    script = pathlib.Path(inputs.__file__).parents[1] / "live" / "explorer.js"
    grouped = ["1,000", "50,257", "1,234,567.8", "1.234.567,8", "−1,386"]
    others = "50 257|2,30|0,125|1.000| −0.5 |-.5|50%|98,5 %|2.06e−09|3.|1_0|1,0,0|x|".split("|")
    program = f"""import {{ grouped, read }} from "{script.as_uri()}";
        console.log(JSON.stringify({json.dumps(grouped + others)}.map((typed) => [read(typed), grouped(typed)])))"""
    deno = str(pathlib.Path(sys.executable).with_name("deno"))
    done = subprocess.run([deno, "eval", program], capture_output=True, text=True, check=True)
    for text, (found, said) in zip(grouped + others, json.loads(done.stdout), strict=True):
        try:
            value = read_number(text, "box").value
        except ValueError:
            value = None
        assert found == value, text
        assert said == (f"{text} was read as {value:.9g}" if text in grouped else "")


def test_shares_and_counts():
    assert read_share("98", "accuracy")[:2] == (0.98, 0.005) and read_share("1", "accuracy").value == 1
    assert read_share(math.fsum([0.1] * 10) + 2**-52, "accuracy").value == 1  # not 1 %
    for given in ("-1", "101", "x", "nan"):
        with pytest.raises(ValueError, match="^accuracy: got .*, want "):
            read_share(given, "accuracy")
    for given in (0, "2.5", "3%", math.inf, None, "11"):
        with pytest.raises(ValueError, match="^n: got .*, want a whole number from 1 to 10"):
            read_count(given, "n", 1, 10)


Z = torch.tensor([[3.0, -1.0], [-2.0, 1.5]])


@pytest.mark.parametrize(
    "holder",
    [
        Z.bfloat16(),
        Z.clone().requires_grad_(),
        Z.to_sparse(),
        Z.numpy()[::-1][::-1],
        np.flip(Z.numpy(), 0)[::-1],
        Z.tolist(),
        tuple(Z),
        list(Z.numpy()),
        pd.DataFrame(Z.numpy()),
        pd.DataFrame(Z.numpy()).astype(object),
    ],
)
def test_any_holder_of_numbers_becomes_a_dense_tensor(holder):
    found = read_tensor(holder, "logits")
    assert found.layout == torch.strided and not found.requires_grad and found.tolist() == Z.tolist()


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # deprecated, and still met
def test_what_holds_no_numbers_is_refused_with_the_line_that_mends_it():
    boxed = np.zeros(2, dtype="V2")
    quantised = torch.quantize_per_tensor(Z, 0.1, 3, torch.qint8)
    for given, said in [
        (boxed, r'if these are bfloat16: array.view\(ml_dtypes.bfloat16\).astype\("float32"\)'),
        (quantised, r"quantised tensor .*, want .*: logits.dequantize\(\)"),
        (Z + 0j, "torch.complex64, want"),
        (list(torch.zeros(2, 3)) + [torch.zeros(2)], r"tensors of the shapes \[\(2,\), \(3,\)\], want"),
        *((each, re.escape(f"got {each!r}, want ")) for each in ("1.5", None, {1: 2}, [[1], [2, 3]], ["a"], [None])),
    ]:
        with pytest.raises(ValueError, match=f"^logits: got .*{said}|^logits: {said}"):
            read_tensor(given, "logits")


def test_tab_completion_shows_what_there_is():
    assert {"LABELS", "LOGITS"} <= set(dir(data)) and {"PRIORS", "photos"} <= set(dir(photos))
    assert "logit_table" in dir(explorers) and not any(each.startswith("_") for each in dir(explorers))


OF_NUMBERS = [
    name
    for name in explorers.EXPLORERS
    if {"logits", "tensor"} & set(inspect.signature(getattr(explorers, name)).parameters)
]
CALLS = {
    **{name: (getattr(explorers, name), {}) for name in OF_NUMBERS},
    "own_numbers": (own_numbers, {}),
    "Table": (Table, {}),
    **{name: (getattr(calibration, name), {}) for name in ("known_truth", "reliability", "nll", "fit_temperature")},
    "calibration_error": (calibration.calibration_error, {}),
    "train": (functools.partial(training.train, torch.nn.functional.cross_entropy), {"steps": 2}),
    **{name: (getattr(training, name), {}) for name in ("blobs", "accuracy")},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", ["logits", "probs", "targets", "labels"])
def test_whatever_a_part_of_the_reader_s_own_numbers_is(part):
    for value in ANYTHING:
        for source in ({"logits": data.F_SOFTMAX_INPUT, part: value}, (data.F_SOFTMAX_INPUT, value), [value, [1, 0]]):
            try:
                assert repr(own_numbers(source)).startswith("logits (")
            except ValueError as error:
                assert re.match(r"(?s)source: .*got .*want ", str(error)), (value, error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_whatever_is_handed_over_the_error_names_the_argument(name, monkeypatch):
    """Each argument gets everything, alone and beside fitting others; only a named error may come out."""
    function, fixed = CALLS[name]
    if name in OF_NUMBERS:  # Drawing would take nearly all of the time; that the controls check is kept.

        def only_checked(*given, controls, values, **others):
            return types.SimpleNamespace(values=checked(controls, values))

        monkeypatch.setattr(inspect.getmodule(function), "Explorer", only_checked)
    parameters = [each for each in inspect.signature(function).parameters.values() if each.kind != each.VAR_KEYWORD]
    first = [each.name for each in parameters[:2] if each.name not in fixed]
    fitting = {"logits": data.F_SOFTMAX_INPUT, "probs": data.F_SOFTMAX_PRINTED, "targets": [1, 0], "x": torch.eye(2)}
    fitting |= {"columns": {"x": [1.5]}, "source": {"logits": data.F_SOFTMAX_INPUT}}
    needed = {each.name for each in parameters if each.default is each.empty}
    for parameter, value in itertools.product(parameters, ANYTHING):
        for others in ({}, {each: fitting[each] for each in first if each in fitting}):
            others = {each: fitting[each] for each in needed if each in fitting} | others
            try:
                function(**{**others, **fixed, parameter.name: value})
            except (ValueError, TypeError, FileNotFoundError) as error:
                names = "|".join(each.name for each in parameters)
                assert re.match(rf"({names})[^:]*: (\w+: )?got ", str(error)), (parameter.name, error)
