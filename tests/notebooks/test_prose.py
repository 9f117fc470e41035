import nbformat
import pytest

from tools import prose


def book(*cells):
    make = {"md": nbformat.v4.new_markdown_cell, "py": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[make[kind](source) for kind, source in cells])


def fresh(*cells):
    return [binding.fresh for binding in prose.bindings(book(*cells))]


def test_a_true_number_stands():
    (binding,) = prose.bindings(book(("py", "p = 0.6415"), ("md", "It is 0.64<!--= p -->.")))
    assert not binding.drifted and binding.expression == "p"


@pytest.mark.parametrize("shown, fresh", [("0.65", "0.64"), ("-0.64", "0.64"), ("0.6416", "0.6415"), ("1", "1")])
def test_a_wrong_number_drifts_and_is_refreshed(shown, fresh):
    notebook = book(
        ("py", "p = 0.6415"), ("md", f"It is {shown}<!--= p -->, 0.6<!--= p -->, and 9<!--= 8 * p --> too.")
    )
    drifted = prose.refresh(notebook)
    assert [binding.fresh for binding in drifted] == [fresh] * (shown != fresh) + ["5"]
    assert notebook.cells[1].source == f"It is {fresh}<!--= p -->, 0.6<!--= p -->, and 5<!--= 8 * p --> too."


def test_a_number_is_computed_from_the_names_at_its_place():
    number = ("md", "1<!--= x -->")
    assert fresh(("py", "x = 1"), number, ("py", "x = 2"), number, ("py", "x = 3")) == ["1", "2"]


def test_an_announced_number_is_computed_after_the_first_cell_that_can():
    announced = ("md", "1<!--= x + y -->, 1<!--= x -->")
    assert fresh(announced, ("py", "x = 1"), ("py", "y = 1"), ("py", "x = 3")) == ["2", "1"]


@pytest.mark.parametrize(
    "prose_, message",
    [
        ("1<!--= q -->", "cell 1: the binding 'q' has a name that no cell defines"),
        ("1<!--= x / 0 -->", "the binding 'x / 0': ZeroDivisionError"),
        ("1<!--= x + -->", r"the binding 'x \+': SyntaxError"),
        ("1<!--= __import__('math').pi -->", "a dunder name"),
        ("1<!--= x.__class__(3) -->", "a dunder name"),
        ("one<!--= x -->", "cell 1: no number in figures before <!--= x -->"),
        *((f"2<!--= {literal} -->", "computes nothing") for literal in ("2", "-2.25", "(2)", "1e-7", "'2'", "[2][0]")),
    ],
)
def test_an_expression_that_is_not_one_names_itself(prose_, message):
    with pytest.raises(ValueError, match=message):
        prose.bindings(book(("py", "x = 1"), ("md", prose_)))


def test_code_that_fails_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        prose.run(book(("py", "1 / 0")))


@pytest.mark.parametrize(
    "shown, value, fresh",
    [
        ("400,000", 389_999, "389,999"),
        ("2²⁴", 2**24, "2²⁴"),
        ("2⁻²⁴", 2**-23, "2⁻²³"),
        ("10⁻⁶", 1e-12, "10⁻¹²"),
        ("2²⁴", 1000, "1000"),
        ("0", -1e-39, "0"),
        ("0.0", -0.04, "0.0"),
        ("−1", -0.99995, "−1"),
        ("-1", -2, "-2"),
        ("1e-4", 2e-4, "2e-4"),
        ("97.5", 97.46, "97.5"),
    ],
)
def test_a_value_is_written_as_the_prose_writes_it(shown, value, fresh):
    assert prose.like(shown, value) == fresh


@pytest.mark.parametrize(
    "text, found",
    [
        ("It is 0.64, or −2.25.\n", ["It is ⟦0.64⟧, or −2.25. ", "It is 0.64, or ⟦−2.25⟧. "]),
        ("97 % and 9% of 2⁻²⁴, 1e-4", ["⟦97 %⟧ and", "⟦9%⟧ of", "⟦2⁻²⁴⟧, 1", "⟦1e-4⟧"]),
        ("| cat | 0.33 |\n\n## The 0.5\n\n> 0.1 of", ["⟦0.33⟧", "⟦0.5⟧", "⟦0.1⟧"]),
        ("0.65<!--= p --> of 0.7", ["# of ⟦0.7⟧"]),
        ("[up to 0.7](a.ipynb#0.8)", ["⟦0.7⟧"]),
    ],
)
def test_a_measured_number_without_a_comment_is_found(text, found):
    excerpts = [excerpt for _, excerpt in prose.unbound(book(("md", text)))]
    assert len(excerpts) == len(found) and all(part in excerpt for part, excerpt in zip(found, excerpts))


@pytest.mark.parametrize(
    "text",
    [
        "One of two, half of 3 labels, 400,000 points, lesson 07, float32, (2017), K = 4.",
        "0.65<!--= p -->, 2.30<!-- as a log prints it -->, 90<!-- the aim --> %",
        "`x > 0.5`, ```python\nx = 0.5\n```, $p = 0.5$, $$0.5$$, [the paper](https://example.org/1706.04599)",
    ],
)
def test_words_whole_numbers_code_formulas_links_and_marked_numbers_need_no_binding(text):
    assert prose.unbound(book(("md", text))) == []
