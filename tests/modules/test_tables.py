import re

import pandas as pd
import pytest
import torch

from helpers.tables import Table


def bundle(*args, **kwargs):
    return Table(*args, **kwargs)._repr_mimebundle_()


def cells(value, digits=4):
    """Return what a cell with this value shows, as text."""
    return bundle({"column": [value]}, digits=digits)["text/plain"].splitlines()[-1].strip()


@pytest.mark.parametrize(
    "value, shown",
    [
        (0.64148, "0.6415"),
        (-2.25, "−2.2500"),
        (0.0, "0.0000"),
        (0.00005, "0.0001"),  # just not rounded to 0
        (0.0000499, "4.99e−05"),
        (-0.00001, "−1.00e−05"),
        (9999999.0, "9999999.0000"),
        (10000000.0, "1.00e+07"),
        (-12345678.0, "−1.23e+07"),
        (float("inf"), "inf"),
        (float("nan"), "NaN"),
        (-3, "−3"),
        ("dim=-1", "dim=-1"),
        ("5 %", "5 %"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_cells(value, shown):
    assert cells(value) == shown


def test_digits():
    assert cells(0.64148, digits=2) == "0.64"
    assert cells(0.004, digits=2) == "4.00e−03" and cells(0.005, digits=2) == "0.01"


def test_text_is_caption_and_aligned_columns():
    text = bundle({"x": torch.tensor([3.5, -2.25]), "label": ("cat", "dog")}, rows=["a", "b"], caption="Two rows")[
        "text/plain"
    ]
    assert text == "Two rows\n         x label\na   3.5000   cat\nb  −2.2500   dog"


def test_without_rows_there_is_no_index_and_without_a_caption_no_line():
    shown = bundle({"n": range(2)})
    assert shown["text/plain"] == "n\n0\n1"
    assert "row_heading" not in shown["text/html"].split("</style>")[1] and shown["text/html"].startswith("<style")


def test_html_has_the_same_cells_and_is_the_same_every_time():
    table = Table({"x": torch.tensor([3.5, -2.25])}, rows=["a", "b"], caption="a < b")
    html = table._repr_mimebundle_()["text/html"]
    assert html == table._repr_mimebundle_()["text/html"]
    shown = html.split("</style>")[1]
    assert html.startswith("a &lt; b\n<style") and 'id="T_t"' in shown
    assert re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", shown) == ["&nbsp;", "x", "a", "3.5000", "b", "−2.2500"]
    assert re.findall(r'id="(\w+)"', shown) == ["T_t"], "ids for every cell are of no use"
    style = html.split("</style>")[0]
    assert "border-collapse: collapse" in style and "text-align: left" in style


def test_a_frame_will_do():
    assert bundle(pd.DataFrame({"x": [1.5]}, index=["a"]), rows=["a"])["text/plain"].split() == ["x", "a", "1.5000"]


def test_a_frame_keeps_its_index_and_names_are_no_tags():
    frame = pd.DataFrame({"<unk>": [1.5, 2.5]}, index=["<pad>", "a & b"])
    shown = bundle(frame)
    assert shown["text/plain"].split() == ["<unk>", "<pad>", "1.5000", "a", "&", "b", "2.5000"]
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", shown["text/html"].split("</style>")[1])
    assert cells == ["&nbsp;", "&lt;unk&gt;", "&lt;pad&gt;", "1.5000", "a &amp; b", "2.5000"]
    assert "<td>&lt;s&gt;</td>" in re.sub(" class=.*?>", ">", bundle({"token": ["<s>"]})["text/html"])


def test_bad_arguments_are_named():
    for columns, said in [
        (5, "columns: got 5, want a dict"),
        ({"x": 5}, r"columns\['x'\]: got 5, want"),
        ({"x": [1], "y": [1, 2]}, "columns: got {'x': 1, 'y': 2}, want as many"),
    ]:
        with pytest.raises(ValueError, match=f"^{said}"):
            Table(columns)
    with pytest.raises(ValueError, match="digits: got -1, want"):
        Table({"x": [1.5]}, digits=-1)
    with pytest.raises(ValueError, match="rows: got 2, want"):
        Table({"x": [1.5]}, rows=["a", "b"])
