import math

import pytest

from helpers.data import LABELS, LOGITS
from helpers.figures.threshold import shift_sweep, three_on_two_axes

SIGMA_3 = 1 / (1 + math.exp(-3))


def lines(axes, length):
    return [line for line in axes.lines if len(line.get_xdata()) == length]


def texts(axes):
    return [text.get_text() for text in axes.texts]


class TestThreeOnTwoAxes:
    picture = three_on_two_axes()
    left, right = (panel.axes[0] for panel in picture.panels)

    def test_classes_stand_on_the_curve(self):
        for axes in (self.left, self.right):
            (curve,) = lines(axes, 121)
            for x, y in curve.get_xydata():
                assert y == pytest.approx(1 / (1 + math.exp(-x)))
            for label, x in zip(LABELS, LOGITS.tolist()):
                (point,) = [line for line in axes.lines if line.get_label() == label]
                assert point.get_xydata().tolist() == [pytest.approx([x, 1 / (1 + math.exp(-x))])]

    def test_the_threshold_is_3_in_either_unit(self):
        assert [3, 3] in [list(line.get_xdata()) for line in self.left.lines]
        assert [pytest.approx(SIGMA_3)] * 2 in [list(line.get_ydata()) for line in self.left.lines]
        assert [3, 3] in [list(line.get_ydata()) for line in self.right.lines]
        assert [3, 3] not in [list(line.get_xdata()) for line in self.right.lines]
        assert texts(self.left) == [f"σ(3) = {SIGMA_3:.4f}"] and texts(self.right) == ["no probability is ever here"]
        assert self.right.get_ylim()[1] > 3
        band = self.right.collections[0].get_datalim(self.right.transData)
        assert band.y0 == 1 and band.y1 == pytest.approx(3.4)

    def test_alt_counts(self):
        assert "the probability 0.9526 and leaves 2 classes on its right, cat and dog." in self.picture.alt
        assert self.picture.alt.endswith("so 0 classes are above it.")


class TestShiftSweep:
    picture = shift_sweep()
    sigmoids, softmaxes = (panel.axes[0] for panel in picture.panels)

    def test_sigmoids_climb_and_softmax_stays(self):
        weights = [math.exp(x) for x in LOGITS.tolist()]
        for k, x in enumerate(LOGITS.tolist()):
            climbing, level = lines(self.sigmoids, 121)[k], lines(self.softmaxes, 121)[k]
            assert climbing.get_label() == level.get_label() == LABELS[k]
            for c, y in climbing.get_xydata():
                assert y == pytest.approx(1 / (1 + math.exp(-(x + c))))
            assert level.get_ydata().tolist() == pytest.approx([weights[k] / sum(weights)] * 121)
            assert climbing.get_linestyle() == level.get_linestyle()
        assert len({line.get_linestyle() for line in lines(self.softmaxes, 121)}) == 4

    def test_counts_stand_over_their_shifts(self):
        counts = {text.get_position()[0]: text.get_text() for text in self.sigmoids.texts if text.get_text().isdigit()}
        assert counts == {-4: "0", -1: "1", 0: "2", 1: "3", 6: "4"}
        assert "0 at c = −4, 1 at c = −1, 2 at c = 0, 3 at c = 1, 4 at c = 6." in self.picture.alt

    def test_shifts_count(self):
        assert "1 at c = −0.5, 4 at c = 5.5" in shift_sweep(shifts=(-0.5, 5.5)).alt
