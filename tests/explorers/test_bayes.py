import math

import numpy as np
import pytest
import torch

from helpers.explorers.bayes import GRID, TALLEST
from tests.reading import numbers, says, says_all

SPECIAL = [
    dict(prior=prior, distance=distance, spread=spread, x=x)
    for prior, distance, spread, x in ((0.5, 0.0, 1.0, 3.0), (0.01, 4.0, 1.0, 8.0), (0.99, 4.0, 2.0, -4.0))
]
PICTURES = [dict(prior=0.1), dict(spread=2.0, x=-4.0), dict(distance=4.0, x=8.0, prior=0.99)]


def normal(x, mean, std):
    x, mean, std = (torch.as_tensor(each, dtype=torch.float64) for each in (x, mean, std))
    return torch.distributions.Normal(mean, std).log_prob(x).exp()


def check_facts(values, facts):
    prior, distance, spread, x = values.values()
    assert (facts.prior, facts.distance, facts.spread, facts.x) == (prior, distance, spread, x)
    no, yes = (1 - prior) * normal(x, 0.0, 1.0).item(), prior * normal(x, distance, spread).item()
    assert facts.densities == pytest.approx((no, yes), rel=1e-9)
    assert facts.prob == pytest.approx(yes / (no + yes), rel=1e-9)  # Bayes' rule, without a logarithm
    assert facts.prior_logit == pytest.approx(math.log(prior / (1 - prior)), abs=1e-12)
    assert facts.logit == pytest.approx(math.log(yes / no), abs=1e-9)


def check_picture(picture, facts, values):
    shares = (1 - facts.prior, facts.prior)
    shapes = ((0.0, 1.0), (facts.distance, facts.spread))
    for curve, dot, height, share, shape in zip(
        picture.curves, picture.dots, facts.densities, shares, shapes, strict=True
    ):
        np.testing.assert_allclose(np.asarray(curve.get_ydata()), (share * normal(GRID, *shape)).numpy(), rtol=1e-9)
        assert dot.get_xydata().tolist() == [[facts.x, height]] and height < 0.43
    top = min(max(facts.logit, -TALLEST), TALLEST)
    assert picture.evidence.get_xydata().tolist() == [[facts.x, facts.prior_logit], [facts.x, top]]
    assert picture.at.get_xydata().tolist() == [[facts.x, top]] and picture.here.get_xdata() == [facts.x] * 2
    assert picture.level.get_ydata() == [facts.prior_logit] * 2
    x, drawn = (np.asarray(each) for each in picture.logit.get_data())
    true = (facts.prior * normal(x, *shapes[1]) / ((1 - facts.prior) * normal(x, *shapes[0]))).log().numpy()
    kept = ~np.isnan(drawn)
    np.testing.assert_allclose(drawn[kept], true[kept], atol=1e-9)
    assert (np.abs(true[~kept]) > TALLEST - 1e-9).all() and (np.abs(drawn[kept]) <= TALLEST).all()
    first, sign, second, _, logit, _, _, prob = picture.sum.get_text().replace(",", "").split()
    assert says(first, facts.prior_logit) and says(logit, facts.logit) and says(prob, facts.prob)
    assert says(second if sign == "+" else f"−{second}", facts.evidence)


def check_sentence(text, facts):
    says_all(text, [facts.prior, facts.prior_logit, facts.x, facts.evidence, facts.logit, facts.prob])
    assert numbers(text)
