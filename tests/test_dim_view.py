import math
import re
from itertools import combinations, product

import pytest
import torch
from matplotlib.text import Text
from reading import layers, says, says_all

from helpers.data import F_SOFTMAX_INPUT, F_SOFTMAX_PRINTED, SIGMOID_INPUT, SOFTMAX_INPUT, SOFTMAX_PRINTED
from helpers.figures.dim import contrast, shade_of_logit, shade_of_prob
from helpers.figures.picture import FAINT, INK, look
from helpers.views.dim_view import (
    DIMS,
    LAYOUTS,
    NOISE,
    PRINTED,
    SHAPES,
    DimView,
    Layout,
    couple,
    describe,
    dim_view,
    facts,
    fit,
    give,
    say_sums,
    written,
)

INPUTS = {"nn.Softmax": SOFTMAX_INPUT, "F.softmax": F_SOFTMAX_INPUT, "sigmoid": SIGMOID_INPUT}
VALID = [(shape, dim) for shape in SHAPES for dim in DIMS if -len(shape) <= dim < len(shape)]
SPECIAL = [
    *(dict(source="randn", a=a, b=b, shape=shape, dim=dim) for shape, dim in VALID for a, b in [(5, -10), (0, 10)]),
    *(dict(source=name, shape=tuple(x.shape), dim=dim) for name, x in INPUTS.items() for dim in (0, 1, -1, -2)),
]


def indices(shape):
    return list(product(*map(range, shape)))


def by_loops(x, dim):
    """Softmax and its sums, one plain number at a time: the group of an index is all that differ from it in dim alone."""
    dim %= x.ndim
    groups = {}
    for index in indices(x.shape):
        groups.setdefault(index[:dim] + index[dim + 1 :], []).append(index)
    probs = {}
    for members in groups.values():
        total = math.fsum(math.exp(x[m].item()) for m in members)
        probs |= {m: math.exp(x[m].item()) / total for m in members}
    sums = []
    for along in range(x.ndim):
        sums.append({})
        for index, prob in probs.items():
            key = index[:along] + index[along + 1 :]
            sums[-1][key] = sums[-1].get(key, 0) + prob
    return probs, sums, list(groups.values())


def check_facts(values, facts):
    source, dim = values["source"], values["dim"]
    shape = tuple(INPUTS[source].shape) if source in INPUTS else values["shape"]
    dim = max(-len(shape), min(dim, len(shape) - 1))  # the shape wins over the dim, and a printed tensor over the shape
    size = math.prod(shape)
    made = (NOISE[:size] * values["a"] + values["b"]).reshape(shape)
    assert torch.equal(facts.x, INPUTS[source].double() if source in INPUTS else made)
    assert (facts.dim, facts.axis) == (dim, dim % len(shape))
    probs, sums, groups = by_loops(facts.x, dim)
    assert facts.probs.flatten().tolist() == pytest.approx([probs[i] for i in indices(shape)], abs=1e-12)
    for along in range(len(shape)):
        expected = [sums[along][key] for key in indices(facts.sums[along].shape)]
        assert facts.sums[along].flatten().tolist() == pytest.approx(expected, abs=1e-12)
    assert facts.total == pytest.approx(len(groups)) == pytest.approx(size / shape[dim])


def number(text):
    return float(text.get_text().replace("−", "-"))


def box(patch):
    return patch.get_x(), patch.get_y(), patch.get_x() + patch.get_width(), patch.get_y() + patch.get_height()


def inside(point, patch, slack=1e-9):
    left, top, right, bottom = box(patch)
    return left - slack < point[0] < right + slack and top - slack < point[1] < bottom + slack


def check_cells(picture, got):
    solid = got.x.ndim == 3
    for panel, tensor, digits, shade in (
        (picture.input, got.x, 2 if solid else 4, shade_of_logit),
        (picture.output, got.probs, 3 if solid else 4, shade_of_prob),
    ):
        for i, (cell, text) in enumerate(zip(panel.cells, panel.values)):
            assert cell.get_visible() == text.get_visible() == (i < tensor.numel())
        for cell, text, value in zip(panel.cells, panel.values, tensor.flatten().tolist()):
            assert says(text.get_text(), value) and len(text.get_text().split(".")[1]) == digits
            assert inside(text.get_position(), cell)
            assert cell.get_facecolor() == shade(value)
            assert contrast(text.get_color(), cell.get_facecolor()) >= 4.5
        places = {index: box(cell) for index, cell in zip(indices(tensor.shape), panel.cells)}
        for (one, here), (other, there) in combinations(places.items(), 2):
            if one[:-1] == other[:-1]:  # one row: same height, left to right
                assert here[1] == there[1] and here[0] < there[0]
            if one[:-2] == other[:-2] and one[-1] == other[-1]:  # one column, top to bottom
                assert here[0] == there[0] and here[1] < there[1]


def check_labels(picture, got):
    """Each index of each dim has its name, in the column or the row of the cells that it numbers."""
    shape, letters = got.x.shape, "ijk"[: got.x.ndim]
    for panel in (picture.input, picture.output):
        labels = [label for label in panel.labels if label.get_visible()]
        expected = {f"{letter}={i}" for letter, size in zip(letters, shape) for i in range(size)}
        expected |= {f"Σ {letter}" for letter in letters if panel is picture.output}
        assert {label.get_text() for label in labels} == expected
        places = {index: box(cell) for index, cell in zip(indices(shape), panel.cells)}
        for label in labels:
            if "=" in label.get_text():
                axis, number = letters.index(label.get_text()[0]), int(label.get_text()[2:])
                x, y = label.get_position()
                numbered = [place for index, place in places.items() if index[axis] == number]
                if axis == len(shape) - 1:
                    assert any(left < x < right for left, _, right, _ in numbered)
                elif axis == len(shape) - 2:
                    assert any(top < y < bottom for _, top, _, bottom in numbered)
                else:  # a slice has its name above it
                    assert min(place[0] for place in numbered) < x < max(place[2] for place in numbered)
                    assert y < min(place[1] for place in numbered)


def check_sums(picture, got):
    output = picture.output
    texts = [text for text in output.sums if text.get_visible()]
    cells = dict(zip(indices(got.probs.shape), map(box, output.cells)))
    for along, sums in enumerate(got.sums):
        for key, value in zip(indices(sums.shape), sums.flatten().tolist()):
            text = texts.pop(0)
            assert says(text.get_text(), value)
            assert (text.get_bbox_patch() is not None) == (abs(value - 1) < 1e-9)
            assert text.get_color() == (INK if abs(value - 1) < 1e-9 else FAINT)
            members = [cells[i] for i in cells if i[:along] + i[along + 1 :] == key]
            x, y = text.get_position()
            if along == got.probs.ndim - 1:
                assert members[0][1] < y < members[0][3] and x > max(m[2] for m in members)
            elif along == got.probs.ndim - 2:
                assert members[0][0] < x < members[0][2] and y > max(m[3] for m in members)
            else:
                assert x > max(m[2] for m in cells.values())
    assert not texts
    boxed = [text for text in output.sums if text.get_visible() and text.get_bbox_patch()]
    assert len(boxed) >= got.sums[got.axis].numel()
    assert picture.total.get_text() == (
        f"total {got.total:.4f} = {got.probs.numel()} cells / size {got.probs.size(got.dim)} of dim {got.axis}"
    )


def check_frame(picture, got):
    shape, dim = got.x.shape, got.dim
    members = [index for index in indices(shape) if all(i == 0 for k, i in enumerate(index) if k != got.axis)]
    for panel in (picture.input, picture.output):
        frames = [frame for frame in panel.frames if frame.get_visible()]
        framed = [
            index
            for index, text in zip(indices(shape), panel.values)
            if any(inside(text.get_position(), frame) for frame in frames)
        ]
        assert framed == members
    letter, where = "ijk"[got.axis], {2: ["rows", "columns"], 3: ["slices", "rows", "columns"]}[len(shape)]
    title = picture.title.get_text()
    assert title.startswith(f"softmax, dim={dim}:".replace("-", "−")) and f" {letter} runs " in title
    assert title.endswith(where[got.axis])


def check_picture(picture, facts, values):
    check_cells(picture, facts)
    check_labels(picture, facts)
    check_sums(picture, facts)
    check_frame(picture, facts)


def check_sentence(text, facts):
    shape, letter = tuple(facts.probs.shape), "ijk"[facts.axis]
    group = facts.probs.movedim(facts.axis, 0).flatten(1)[:, 0].tolist()
    own, others = facts.sums[facts.axis].numel(), [i for i in range(len(shape)) if i != facts.axis]
    assert text.startswith(f"dim={facts.dim} on shape {shape}: {letter} runs ")
    said = [*shape, *[own] * (own > 1), 1, *group, *[1] * (len(group) > 1)]
    for along in others:
        sums = facts.sums[along].flatten().tolist()
        said += [len(sums)] * (len(sums) > 1)
        alike = max(sums) - min(sums) < 1e-9
        said += sums[:1] if alike else sums if len(sums) <= 4 else [min(sums), max(sums)]
    says_all(
        text.split("=", 1)[1].split(" ", 1)[1], [*said, facts.total, math.prod(shape), shape[facts.axis], facts.axis]
    )
    subject = f"he {own} sums over {letter} are 1 each" if own > 1 else f"he sum over {letter} is 1"
    assert subject in text
    for along in others:
        assert re.search(rf"the (\d+ )?sums? over {'ijk'[along]} (is|are|go from) ", text)


@pytest.mark.parametrize("values", SPECIAL)
def test_facts_picture_and_sentence(explorer, values):
    explorer.set(**values)
    check_facts(explorer.values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, explorer.values)
    check_sentence(explorer.describe(), explorer.facts)


def test_the_article_s_numbers_come_out():
    for name, printed in (("nn.Softmax", SOFTMAX_PRINTED), ("F.softmax", F_SOFTMAX_PRINTED)):
        got = facts(name, 2, -1, (2, 3), 0)
        torch.testing.assert_close(got.probs, printed.double(), atol=1e-4, rtol=0)
        assert got.total == pytest.approx(3)
    cube = [facts("randn", 2, -1, (4, 3, 2), dim).total for dim in (0, 1, 2, -1, -2, -3)]
    assert cube == pytest.approx([6, 8, 12, 12, 8, 6])


def test_starts_at_the_article_s_example(explorer):
    assert explorer.values == dict(source="nn.Softmax", a=2.0, b=-1.0, shape=(2, 3), dim=0)
    assert explorer.describe() == (
        "dim=0 on shape (2, 3): i runs down the rows, j stands still. The 3 sums over i are 1 each (0.1977 + 0.8023 = "
        "1.0000 in the thick frame); the 2 sums over j are 1.2998, 1.7002. The total is 3.0000 = 6 / 2, the number of "
        "cells over the size of dim 0."
    )


def test_sentence_about_a_cube():
    assert describe(facts("randn", 2, -1, (4, 3, 2), -1)) == (
        "dim=-1 on shape (4, 3, 2): k runs across the columns, i and j stand still. The 12 sums over k are 1 each "
        "(0.3254 + 0.6746 = 1.0000 in the thick frame); the 6 sums over i go from 1.3444 to 2.6556; the 8 sums over j "
        "go from 0.5405 to 2.4595. The total is 12.0000 = 24 / 2, the number of cells over the size of dim 2."
    )
    title = {dim: f"{'ijk'[dim]} runs {where}" for dim, where in enumerate(("through the slices", "down the rows"))}
    for dim, words in title.items():
        assert f"shape (2, 3, 4): {words}, " in describe(facts("randn", 2, -1, (2, 3, 4), dim))


@pytest.mark.parametrize(
    "sums, words",
    [
        ([1.0], "the sum over j is 1"),
        ([1.0, 1.0], "the 2 sums over j are 1 each"),
        ([5.0], "the sum over j is 5.0000"),
        ([0.5, 0.5], "the 2 sums over j are 0.5000 each"),
        ([0.5, 0.5, 0.5], "the 3 sums over j are 0.5000 each"),
        ([1.25, 1.0, 0.5, 0.25], "the 4 sums over j are 1.2500, 1.0000, 0.5000, 0.2500"),
        ([1.25, 1.0, 0.5, 0.25, 2.0], "the 5 sums over j go from 0.2500 to 2.0000"),
    ],
)
def test_sums_in_words(sums, words):
    assert say_sums("j", torch.tensor(sums, dtype=torch.float64)) == words


def test_numbers_have_a_real_minus_and_nought_has_none():
    shown = [written(value, 3) for value in (-1.25, 1.25, 0.0, -0.0, -0.0004, 0.0004, -0.0006)]
    assert shown == ["−1.250", "1.250", "0.000", "0.000", "0.000", "0.000", "−0.001"]


def test_what_stays_as_it_is_is_not_drawn_again(explorer):
    explorer.picture.markup()
    title = explorer.picture.title
    give(title, text=title.get_text(), color=title.get_color())
    assert not title.stale
    give(title, text="another", color=title.get_color())
    assert title.stale and title.get_text() == "another"
    explorer.picture.update(explorer.facts)
    explorer.picture.markup()
    explorer.picture.update(explorer.facts)
    assert [name for name, artist in explorer.picture.artists.items() if artist.stale] == []


each_layout = pytest.mark.parametrize("shape, with_sums", LAYOUTS)


def slices_of(layout):
    """Return the left, top, right and bottom of the cells of each slice."""
    wide, high = layout.columns * layout.width, layout.rows * layout.height
    corners = (layout.cells[s, 0, 0] for s in range(layout.slices))
    return [(left, top, left + wide, top + high) for left, top in corners]


@each_layout
def test_cells_touch_and_slices_keep_a_distance(shape, with_sums):
    layout = Layout(shape, with_sums)
    assert list(layout.cells) == indices(shape if layout.solid else (1, *shape))
    slices = slices_of(layout)
    for (s, r, c), corner in layout.cells.items():
        left, top = slices[s][:2]
        assert corner == pytest.approx((left + c * layout.width, top + r * layout.height))
    across, down = sorted({left for left, *_ in slices}), sorted({top for _, top, *_ in slices})
    assert [(left, top) for left, top, *_ in slices] == [(left, top) for top in down for left in across]
    for steps, size in (
        (across, (layout.columns + with_sums) * layout.width + 0.16),
        (down, (layout.rows + 1) * layout.height + layout.head),  # with a row for sums in any case
    ):
        assert all(after - before == pytest.approx(size) for before, after in zip(steps, steps[1:]))


@each_layout
def test_labels_and_sums_stand_in_the_middle_of_theirs(shape, with_sums):
    layout = Layout(shape, with_sums)
    wide, high, slices = layout.width, layout.height, slices_of(layout)
    row_letter, column_letter = ("i", "j") if len(shape) == 2 else ("j", "k")
    labels, beside, below = [], [], []
    for s, (left, top, right, bottom) in enumerate(slices):
        columns = [left + (c + 0.5) * wide for c in range(layout.columns)]
        rows = [top + (r + 0.5) * high for r in range(layout.rows)]
        words = [(x, top - 0.12, "center", f"{column_letter}={c}") for c, x in enumerate(columns)]
        at_the_side = [(left - 0.06, y, "right", f"{row_letter}={r}") for r, y in enumerate(rows)]
        if layout.solid:
            words.append(((left + right) / 2, top - 0.33, "center", f"i={s}"))
        if with_sums:
            words.append((right + wide / 2, top - 0.12, "center", f"Σ {column_letter}"))
            at_the_side.append((left - 0.06, bottom + high / 2, "right", f"Σ {row_letter}"))
            beside += [(right + wide / 2, y) for y in rows]
            below += [(x, bottom + high / 2) for x in columns]
        labels += words + at_the_side * (left == slices[0][0])
    over_slices = layout.sums[0] if layout.solid else []
    if over_slices:
        middle = sum(x for x, _ in over_slices) / len(over_slices)
        labels.append((middle, over_slices[0][1] - high / 2 - 0.12, "center", "Σ i"))
    found, expected = (sorted(each, key=lambda label: (label[3], *label[:2])) for each in (layout.labels, labels))
    assert found == [(pytest.approx(x), pytest.approx(y), side, text) for x, y, side, text in expected]
    if with_sums:
        assert layout.sums[-1] == [pytest.approx(place) for place in beside]
        assert layout.sums[-2] == [pytest.approx(place) for place in below]
    else:
        assert not any(layout.sums)


@each_layout
def test_the_layout_fills_the_panel(shape, with_sums):
    layout = Layout(shape, with_sums)
    slices = slices_of(layout)
    left, top, right, bottom = (pick(ends) for pick, ends in zip((min, min, max, max), zip(*slices)))
    right += with_sums * layout.width
    if layout.solid and with_sums:
        (x, y), (last_x, last_y) = layout.sums[0][0], layout.sums[0][-1]
        places = [(x + c * layout.width, y + r * layout.height) for r, c in indices((layout.rows, layout.columns))]
        assert layout.sums[0] == [pytest.approx(place) for place in places]
        assert x - layout.width / 2 == pytest.approx(right + 0.16)
        assert (y + last_y) / 2 == pytest.approx((top + 3.4) / 2), "half way down"
        right = last_x + layout.width / 2
    assert left - 0.48 == pytest.approx(4.72 - right, abs=1e-9), "as much room at the left as at the right"
    for size, most, room_left in ((layout.width, 1.1, left - 0.48), (layout.height, 0.9, 3.4 - bottom - layout.height)):
        assert size <= most and room_left > -1e-9, "as large as there is room for, but for a matrix of few cells"
        assert size == most or room_left == pytest.approx(0)
    assert top == pytest.approx(0.42 + layout.head)
    assert (layout.size, layout.head) == ((9.5, 0.44) if layout.solid else (10.5, 0.25))


def test_cells_stay_inside_the_panel_and_the_axes_never_change(explorer):
    limits = {(panel.axes[0].get_xlim(), panel.axes[0].get_ylim()) for panel in explorer.picture.panels}
    assert limits == {((0, 4.8), (4.0, 0))}
    for shape, dim in VALID:
        explorer.picture.update(facts("randn", 2, -1, shape, dim))
        for panel in (explorer.picture.input, explorer.picture.output):
            for cell in panel.cells:
                left, top, right, bottom = box(cell)
                assert not cell.get_visible() or (0 < left < right < 4.8 and 0.4 < top < bottom < 3.5)
    assert {(p.axes[0].get_xlim(), p.axes[0].get_ylim()) for p in explorer.picture.panels} == limits


def test_a_shift_moves_the_input_only(explorer):
    explorer.set(source="randn", a=2, b=-1, shape=(4, 4), dim=0)
    before = [text.get_text() for text in explorer.picture.output.values]
    inputs = [number(text) for text in explorer.picture.input.values[:16]]
    explorer.b = 3
    assert [text.get_text() for text in explorer.picture.output.values] == before
    assert [number(text) for text in explorer.picture.input.values[:16]] == pytest.approx(
        [x + 4 for x in inputs], abs=2e-4
    )


@pytest.mark.parametrize(
    "start, move, follow",
    [
        (dict(), dict(a=3.0), dict(source="randn", shape=(2, 3), dim=0)),
        (dict(source="sigmoid", shape=(1, 5)), dict(b=3.0), dict(source="randn", shape=(1, 5))),
        (dict(), dict(shape=(4, 4)), dict(source="randn", dim=0)),
        (dict(), dict(source="sigmoid"), dict(shape=(1, 5), dim=0)),
        (dict(source="sigmoid", shape=(1, 5), dim=1), dict(source="F.softmax"), dict(shape=(2, 3), dim=1)),
        (dict(), dict(dim=2), dict(source="randn", shape=(4, 3, 2))),
        (dict(), dict(dim=-3), dict(source="randn", shape=(4, 3, 2))),
        (dict(), dict(dim=-1), dict(source="nn.Softmax", shape=(2, 3))),
        (dict(source="randn", shape=(2, 3, 4), dim=2), dict(shape=(6, 4)), dict(dim=1)),
        (dict(source="randn", shape=(2, 3, 4), dim=-3), dict(shape=(6, 4)), dict(dim=-2)),
        (dict(source="randn", shape=(2, 3, 4), dim=2), dict(source="nn.Softmax"), dict(shape=(2, 3), dim=1)),
        (dict(source="randn", shape=(2, 3, 4), dim=1), dict(dim=2), dict(shape=(2, 3, 4))),
    ],
)
def test_what_contradicts_the_moved_control_follows_it(explorer, start, move, follow):
    explorer.reset()
    explorer.set(**start)
    ((name, value),) = move.items()
    setattr(explorer, name, value)
    assert explorer.values == explorer.values | move | follow
    got = explorer.facts
    assert tuple(got.x.shape) == explorer.values["shape"] and got.dim == explorer.values["dim"]


@pytest.mark.parametrize("source", ["randn", *PRINTED])
def test_choices_that_contradict_each_other_are_settled(explorer, source):
    """Set together, past the coupling, they may: the source wins over the shape, the shape over the dim."""
    for shape, dim in product(SHAPES, DIMS):
        got = facts(source, 2, -1, shape, dim)
        assert tuple(got.x.shape) == (shape if source == "randn" else tuple(PRINTED[source].shape))
        assert got.dim == max(-got.x.ndim, min(dim, got.x.ndim - 1))
        settled = couple("source", dict(source=source, a=2, b=-1, shape=shape, dim=dim))
        assert settled == dict(source=source, shape=tuple(got.x.shape), dim=got.dim)
    explorer.set(source=source, shape=(4, 3, 2), dim=-3)
    assert explorer.facts.dim == fit(source, (4, 3, 2), -3)[1]


@pytest.mark.parametrize("dim, shape", [(-3, (4, 3, 2)), (-2, (4, 4)), (1, (4, 4)), (2, (4, 3, 2))])
def test_a_dim_that_a_matrix_lacks_brings_a_tensor(dim, shape):
    moved = couple("dim", dict(source="randn", a=2, b=-1, shape=(4, 4), dim=dim))
    assert moved == dict(source="randn", shape=shape, dim=dim)


def test_reset_puts_everything_back():
    explorer = dim_view("randn", (4, 3, 2), -1, a=1.5, b=0.5)
    before, said = explorer.picture.svgs(), explorer.describe()
    explorer.source = "sigmoid"
    assert (explorer.values["shape"], explorer.values["dim"]) == ((1, 5), -1)
    explorer.dim = 0
    assert explorer.describe() != said
    explorer.reset()
    assert explorer.values == dict(source="randn", shape=(4, 3, 2), dim=-1, a=1.5, b=0.5)
    assert explorer.describe() == said and explorer.picture.svgs() == before


def test_what_the_page_gets():
    with look():
        texts = [each for each in DimView().artists.values() if isinstance(each, Text)]
    assert len(texts) > 100 and not any(text.get_text() for text in texts), "nothing is said before there are facts"
    explorer = dim_view(source="sigmoid", shape=[1, 5])
    assert explorer.values == dict(source="sigmoid", a=2.0, b=-1.0, shape=(1, 5), dim=0)
    page = explorer.state()
    assert page["label"] == "dim"
    left, right = map(layers, page["panels"])
    assert left == ["input-cells", "input-values", "input-labels", "input-frames"]
    words = ["values", "labels", "sums"]
    assert right == ["output-cells", *(f"output-{each}" for each in words), "title", "total", "output-frames"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(source="rand"), "source: got 'rand', want one of"),
        (dict(source="randn", shape=(3, 3)), r"shape: got \(3, 3\), want one of"),
        (dict(source="randn", shape=5), "shape: got 5, want one of"),
        (dict(source="sigmoid", shape=(2, 3)), r"shape: got \(2, 3\), want \(1, 5\)"),
        (dict(dim=2), r"dim: got 2, want one of \[-2, -1, 0, 1\] for the shape \(2, 3\)"),
        (dict(dim=-3), "dim: got -3, want one of"),
        (dict(dim=3), "dim: got 3, want one of"),
        (dict(a=-0.1), "a: got -0.1, want a finite number from 0 to 5"),
        (dict(a=math.nan), "a: got nan"),
        (dict(b=11), "b: got 11, want a finite number from -10 to 10"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        dim_view(**arguments)
