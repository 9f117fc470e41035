import re

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


@pytest.mark.parametrize(
    "shown, value, fresh",
    [
        ("two", 3, "three"),
        ("Twelve", 20, "Twenty"),
        ("forty", 40.0000001, "forty"),
        ("four hundred", 500, "five hundred"),
        ("a thousand", 1000, "a thousand"),
        ("ten thousand", 9_999, "9999"),
        ("none", 0, "none"),
        ("None", 2, "Two"),
        ("twice", 2, "twice"),
        ("twice", 2.1, "2.1"),
        ("half", 0.5, "half"),
        ("One half", 0.25, "Quarter"),
        ("a fifth", 0.35, "0.35"),
        ("two", 2.4, "2.4"),
        ("three", -1, "-1"),
        ("2²⁴", 2**24, "2²⁴"),
        ("2⁻²⁴", 2**-23, "2⁻²³"),
        ("10⁻⁶", 1e-12, "10⁻¹²"),
        ("2²⁴", 1000, "1000"),
        ("0", -1e-39, "0"),
        ("0.0", -0.04, "0.0"),
        ("−1", -0.99995, "−1"),
        ("1e-4", 2e-4, "2e-4"),
        ("97.5", 97.46, "97.5"),
    ],
)
def test_a_value_is_written_as_the_prose_writes_it(shown, value, fresh):
    assert prose.like(shown, value) == fresh


def test_number_words_powers_and_fractions_are_bound():
    notebook = book(
        ("py", "n, u = 400, 2**-24"),
        ("md", "Four hundred<!--= n --> steps, one half<!--= n / 800 -->, twice<!--= n / 200 -->, 2⁻²⁴<!--= u -->."),
    )
    assert [(binding.shown, binding.drifted) for binding in prose.bindings(notebook)] == [
        ("Four hundred", False),
        ("one half", False),
        ("twice", False),
        ("2⁻²⁴", False),
    ]
    assert prose.unbound(notebook) == []


@pytest.mark.parametrize("literal", ["2", "-2.25", "(2)", "1e-7", "'2'", "[2][0]"])
def test_an_expression_that_only_repeats_the_number_is_refused(literal):
    with pytest.raises(ValueError, match="computes nothing"):
        prose.bindings(book(("md", f"2<!--= {literal} -->")))


@pytest.mark.parametrize("expression", ["n", "len('ab')", "2**-24", "24 * 0.693"])
def test_names_calls_and_arithmetic_compute(expression):
    assert len(prose.bindings(book(("py", "n = 2"), ("md", f"2<!--= {expression} -->")))) == 1


def left(*sources):
    """The numbers that `unbound` finds in markdown cells, without their surroundings."""
    found = prose.unbound(book(*[("md", text) for text in sources]))
    return [re.search("⟦(.+)⟧", excerpt)[1] for _, excerpt in found]


@pytest.mark.parametrize(
    "text, found",
    [
        ("It picks two labels, Three of them, half the time.", ["two", "Three", "half"]),
        ("A hundred photos, four hundred steps, millions.", ["A hundred", "four hundred", "millions"]),
        ("exactly one, twice, a third, four fifths", ["one", "twice", "a third", "four fifths"]),
        ("3 classes, −2 and -3, 0.64, 97 %, 400,000, 1e-4, 2.06e−9.", "3 −2 -3 0.64 97 400,000 1e-4 2.06e−9".split()),
        ("2⁻²⁴ and 10⁶, ½ of it, e².", ["2⁻²⁴", "10⁶", "½", "²"]),
        ("σ(3) is 1/2, p=1", ["3", "1", "2", "1"]),
        ("Here $\\ln 4 = 1.38629$ and $2^{-24}$.", ["4", "1.38629", "-24"]),
        ("$$x = 16.6355$$", ["16.6355"]),
        ("`F.softmax(x, 0)` gives `[0.5, 0.25]`, or `tensor(7)`.", ["0.5", "0.25", "7"]),
        ("| label | wins |\n|---|---|\n| cat | 12 |\n| dog | two |", ["12", "two"]),
        ("## The 5 questions\n\n### Four shares", ["5", "Four"]),
        ("<details><summary>Solution</summary>\n\nIt is 0.33, one\nthird.\n\n</details>", ["0.33", "one third"]),
        ("> nine in ten", ["nine", "ten"]),
        ("```mermaid\nA --> B[two labels]\n```", ["two"]),
        ("```text\n0.7437\n```", ["0.7437"]),
        ("**Time** 50 minutes. **Builds on** 7 lessons.", ["7"]),
        ("[two labels](a.ipynb#Three-what?)", ["two"]),
        ("1. Drag it to 6.\n2. Drag it back.", ["6"]),
    ],
)
def test_every_number_without_a_binding_is_found(text, found):
    assert left(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "# 04 · The round trip",
        "### 3 · Which dim?",
        "**2. Find the point.**",
        "## Exhibit 12 · A loss",
        "Steps 4 and 5, exercise 3, task 1, exhibit 9.",
        "In lesson 04, in lessons 04 and 05, in [02](02_softmax_vs_sigmoid.ipynb), [01 · Table](01_logit_table.ipynb).",
        "Guo and others (2017, see the references), float32, bfloat16, F1, log1p, Softmax2d.",
        "**Time** 5 minutes here, 35 to 90 for each lesson.",
        "Photo 0, row 3, rows 8 and 9, class 4.",
        "`dim=-1`, `x[0, 1]`, `logits > 3`, `1e-6 * x`",
        "```python\nx = 3\n```",
        "$\\frac{1}{1 + e^{-x}}$ and $$2u(1 - p_0)$$",
        "[a thread](https://example.org/issues/12)",
        "The right one, each one, another one, a one-hot row.",
        "## References\n\n- pp. 123, two volumes",
        "The bone, someone, often, attention, weights, tenth, freight, phone.",
    ],
)
def test_mere_names_need_no_binding(text):
    assert left(text) == []


def test_a_binding_hides_its_own_number_only():
    assert left("two<!--= n --> of four, 0.65<!--= p --> of 0.7") == ["four", "0.7"]


def test_the_excerpt_shows_where_the_number_stands():
    (found,) = prose.unbound(book(("md", "It is 0.65<!--= p --> in two cases.")))
    assert found == (0, "It is # in ⟦two⟧ cases.")


def test_a_listed_phrase_covers_its_numbers_wherever_it_stands():
    notebook = book(("md", "Two labels, three cats; two\nlabels."), ("md", "[0, 1], two labels<!-- a note -->"))
    assert [excerpt for _, excerpt in prose.unbound(notebook, ["two labels", "[0, 1]"])] == [
        "Two labels, ⟦three⟧ cats; two labels."
    ]


@pytest.mark.parametrize("phrase", ["two label", "wo labels", "three labels", "labels"])
def test_a_phrase_covers_whole_words_that_hold_the_number(phrase):
    assert len(prose.unbound(book(("md", "Two labels.")), [phrase])) == 1
    assert prose.covering(book(("md", "Two labels.")), [phrase]) == set()


def test_a_phrase_with_a_bound_number_in_it_survives_a_drift_but_not_the_loss_of_the_binding():
    odds = "odds of 1.79<!--= o --> to 1"
    assert prose.unbound(book(("md", odds)), ["odds of # to 1"]) == []
    assert prose.unbound(book(("md", odds.replace("1.79", "1.81"))), ["odds of # to 1"]) == []
    assert len(prose.unbound(book(("md", "odds of 1.79 to 1")), ["odds of # to 1"])) == 2


def test_stale_phrases_cover_nothing():
    notebook = book(("md", "Two labels and 3<!--= n --> cats, in lesson 04."))
    listed = ["two labels", "3 cats", "four dogs", "lesson 04"]
    assert prose.covering(notebook, listed) == {"two labels"}
