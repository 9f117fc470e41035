import math
import re
from itertools import combinations, product

import pytest
import torch

from helpers.data import F_SOFTMAX_INPUT, SIGMOID_INPUT, SOFTMAX_INPUT
from helpers.explorers.dim_view import DIMS, NOISE, SHAPES
from helpers.figures.dim import contrast, shade_of_logit, shade_of_prob
from helpers.style import FAINT, INK
from tests.reading import says, says_all

INPUTS = {"nn.Softmax": SOFTMAX_INPUT, "F.softmax": F_SOFTMAX_INPUT, "sigmoid": SIGMOID_INPUT}
VALID = [(shape, dim) for shape in SHAPES for dim in DIMS if -len(shape) <= dim < len(shape)]
SPECIAL = [
    *(dict(source="randn", a=a, b=b, shape=shape, dim=dim) for shape, dim in VALID for a, b in [(5, -10), (0, 10)]),
    *(dict(source=name, shape=tuple(x.shape), dim=dim) for name, x in INPUTS.items() for dim in (0, 1, -1, -2)),
]
PICTURES = [
    dict(shape=(4, 4), dim=1),
    dict(shape=(2, 3, 4), dim=2, source="F.softmax"),
    dict(source="sigmoid", shape=(6, 4)),
    dict(source="randn", a=5.0, b=10.0),
]
DRAWN = 3 * torch.randn(2520, generator=torch.Generator().manual_seed(8))
OWN = [
    dict(tensor=DRAWN[:64].reshape(8, 8).half(), dim=-1),
    dict(tensor=(1000 * DRAWN[:64]).reshape(4, 4, 4).numpy(), dim=1),
    dict(tensor=[[[1e9, 2.0, 0.5]], [[-3.0, 0.001, -40.0]], [[0.0, 0.0, 0.0]]]),
    dict(tensor=DRAWN.reshape(4, 7, 9, 10), dim=1),
    dict(tensor=DRAWN.reshape(252, 10)),
    dict(tensor=torch.ones(1000, 50)),
]


def indices(shape):
    return list(product(*map(range, shape)))


def by_loops(x, dim):
    """Softmax and its sums, one plain number at a time: an index's group is all that differ from it in dim alone."""
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


def check_facts(values, facts, given=None):
    if given:
        x = torch.as_tensor(given["tensor"]).double()
        probs = torch.softmax(x, values["dim"])
        assert facts.dim == values["dim"] and facts.axis == facts.dim % x.ndim
        torch.testing.assert_close(list(facts.sums), [probs.sum(dim) for dim in range(x.ndim)])
        assert facts.total == pytest.approx(x.numel() / x.shape[facts.dim])
        return
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


def check_cells(picture, got, own):
    solid = got.x.ndim == 3
    for panel, tensor, digits, shade in (
        (picture.input, got.x, 2 if solid else 4, shade_of_logit),
        (picture.output, got.probs, 3 if solid else 4, shade_of_prob),
    ):
        for i, (cell, text) in enumerate(zip(panel.cells, panel.values)):
            assert cell.get_visible() == text.get_visible() == (i < tensor.numel())
        for cell, text, value in zip(panel.cells, panel.values, tensor.flatten().tolist()):
            assert says(text.get_text(), value)
            assert own or len(text.get_text().split(".")[1]) == digits
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


def check_spans(picture, got):
    """For each dim least and largest sum, in the table and as the ends of a line."""
    for span, texts, sums in zip(picture.spans, picture.ends, got.sums, strict=True):
        ends = [sums.min().item(), sums.max().item()]
        assert all(says(text.get_text(), end) for text, end in zip(texts, ends, strict=True))
        assert list(span.get_xdata()) == [max(end, 1e-4) for end in ends]
        assert list(span.get_ydata()) == [texts[0].get_position()[1]] * 2
    y = picture.ends[got.axis][0].get_position()[1]
    assert picture.marker.get_y() < y < picture.marker.get_y() + picture.marker.get_height()
    says_all(picture.title.get_text(), [got.dim])
    said = [got.total, math.prod(got.shape), got.shape[got.dim], got.axis]
    says_all(picture.total.get_text(), said)


def check_picture(picture, facts, values, given=None):
    if hasattr(facts, "shape"):
        check_spans(picture, facts)
        return
    check_cells(picture, facts, given is not None)
    check_labels(picture, facts)
    check_sums(picture, facts)
    check_frame(picture, facts)


def check_sentence(text, facts):
    large = hasattr(facts, "shape")
    shape = facts.shape if large else tuple(facts.probs.shape)
    letters = "ijklmn"
    letter = letters[facts.axis]
    group = [] if large else facts.probs.movedim(facts.axis, 0).flatten(1)[:, 0].tolist()
    own, others = facts.sums[facts.axis].numel(), [i for i in range(len(shape)) if i != facts.axis]
    assert text.replace("−", "-").startswith(f"dim={facts.dim} on shape {shape}: {letter} runs")
    said = [*shape, own if own > 1 else None, 1, *group, 1 if len(group) > 1 else None]
    for along in others:
        sums = facts.sums[along].flatten().tolist()
        said.append(len(sums) if len(sums) > 1 else None)
        alike = max(sums) - min(sums) < 1e-9
        said += sums[:1] if alike else sums if len(sums) <= 4 else [min(sums), max(sums)]
    says_all(
        text.split("=", 1)[1].split(" ", 1)[1], [*said, facts.total, math.prod(shape), shape[facts.axis], facts.axis]
    )
    subject = f"he {own:,} sums over {letter} are 1 each" if own > 1 else f"he sum over {letter} is 1"
    assert subject in text
    for along in others:
        assert re.search(rf"the ([\d,]+ )?sums? over {letters[along]} (is|are|go from) ", text)


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
    explorer.controls[name].value = value
    assert explorer.values == explorer.values | move | follow
    got = explorer.facts
    assert tuple(got.x.shape) == explorer.values["shape"] and got.dim == explorer.values["dim"]
