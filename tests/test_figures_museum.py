import pytest
import torch

from helpers import museum
from helpers.figures.museum import reliability_diagrams, training


def test_training_draws_each_run_and_its_last_loss():
    runs = {"stuck": [1.4, 0.9, 0.7437], "healthy": [1.4, 0.2, 0.0123]}
    picture = training(runs, floor=0.74)
    axes = picture.panels[0].axes[0]
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert drawn == {**runs, "floor 0.7400": [0.74, 0.74]}
    assert [list(line.get_xdata()) for line in axes.lines[:2]] == [[1, 2, 3]] * 2
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 3
    assert [text.get_text() for text in axes.texts] == ["0.7437", "0.0123"]
    assert picture.alt == (
        "The loss over 3 steps of training: stuck from 1.4000 to 0.7437; healthy from 1.4000 to 0.0123; the floor is 0.7400."
    )


def test_reliability_draws_what_came_true():
    log_probs, targets = museum.known_truth()
    cases = {"too sure": torch.softmax(2.5 * log_probs, 1), "honest": log_probs.exp()}
    picture = reliability_diagrams(cases, targets)
    for panel, (name, probs) in zip(picture.panels, cases.items()):
        count, said, came_true = museum.reliability(probs, targets)
        kept = [i for i in range(10) if count[i] >= 20]
        axes = panel.axes[0]
        assert [bar.get_height() for bar in axes.patches] == pytest.approx(came_true[kept].tolist())
        assert [bar.get_x() + bar.get_width() / 2 for bar in axes.patches] == pytest.approx(
            [(i + 0.5) / 10 for i in kept]
        )
        assert list(axes.lines[1].get_xdata()) == list(axes.lines[1].get_ydata()) == pytest.approx(said[kept].tolist())
        assert (
            f"{name}: in the surest bin {100 * said[kept[-1]]:.1f} % was said and {100 * came_true[kept[-1]]:.1f} % came true"
            in picture.alt
        )
        assert f"the mean gap is {100 * museum.calibration_error(probs, targets):.1f} %" in picture.alt
    assert "Reliability diagrams of 4000 photos." in picture.alt
