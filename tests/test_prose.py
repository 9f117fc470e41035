import nbformat
import pytest

from tools import prose


def book(*cells):
    make = {"md": nbformat.v4.new_markdown_cell, "py": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[make[kind](source) for kind, source in cells])


def test_a_true_number_stands():
    (binding,) = prose.bindings(book(("md", "It is 0.64<!--= p -->."), ("py", "p = 0.6415")))
    assert not binding.drifted and binding.expression == "p"


@pytest.mark.parametrize("shown, fresh", [("0.65", "0.64"), ("-0.64", "0.64"), ("0.6416", "0.6415"), ("1", "1")])
def test_a_wrong_number_drifts_and_is_refreshed(shown, fresh):
    notebook = book(("py", "p = 0.6415"), ("md", f"It is {shown}<!--= p -->, and 0.6415<!--= p --> again."))
    drifted = prose.refresh(notebook)
    assert [binding.fresh for binding in drifted] == [fresh] * (shown != fresh)
    assert notebook.cells[1].source == f"It is {fresh}<!--= p -->, and 0.6415<!--= p --> again."


def test_words_minus_signs_and_thousands():
    notebook = book(
        ("py", "n, x, big = 2, -2.25, 389_999"),
        ("md", "Two<!--= n --> labels, −2.25<!--= x -->, 389,999<!--= big --> points, three<!--= n + 1 -->."),
    )
    assert [binding.drifted for binding in prose.bindings(notebook)] == [False] * 4
    notebook.cells[0].source = "n, x, big = 3, 2.25, 400_000"
    prose.refresh(notebook)
    assert prose.BOUND.sub(r"\1", notebook.cells[1].source) == "Three labels, 2.25, 400,000 points, four."


def test_an_expression_that_fails_names_itself():
    with pytest.raises(ValueError, match="the binding 'q': NameError"):
        prose.bindings(book(("md", "1<!--= q -->")))


def test_code_that_fails_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        prose.run(book(("py", "1 / 0")))


def test_measured_numbers_without_a_binding_are_listed():
    text = (
        "In lesson 04 and 2019, 3 labels of float32 have `0.5` and $0.25$. See [1](http://a/1.5).\n"
        "It is 0.64, 0.65<!--= p -->, 97 %, 400,000 or 1e-4.\n\n## References\n\n- pp. 123"
    )
    assert prose.unbound(book(("md", text))) == [(0, "0.64"), (0, "97"), (0, "400,000"), (0, "1e-4")]
