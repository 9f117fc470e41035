"""Binary cross-entropy computed in three ways, for the figures and the explorer that show where they part."""

import torch
import torch.nn.functional as F

from helpers import naive
from helpers.style import BLUE, ORANGE, PURPLE

# The three ways, each with its colour, line and marker; the markers nest, so that all three show where they agree.
FORMS = ("from logits", "from probabilities", "textbook formula")
SHORT = ("from logits", "from probs", "textbook")
LOOKS = (
    dict(color=BLUE, linestyle="-", linewidth=2.4, marker="o", ms=15),
    dict(color=ORANGE, linestyle="--", linewidth=2, marker="s", ms=10),
    dict(color=PURPLE, linestyle=":", linewidth=2.4, marker="D", ms=4.5),
)


# Each takes logits (K,) and targets (K,), and returns the K losses.


def from_logits(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def from_probs(logits, targets):
    return F.binary_cross_entropy(torch.sigmoid(logits), targets, reduction="none")


def by_textbook_formula(logits, targets):
    return naive.binary_cross_entropy_with_logits(logits, targets, reduction="none")


WAYS = (from_logits, from_probs, by_textbook_formula)  # in the order of FORMS


def losses_and_gradients(form, logits, targets):
    """Return one loss for each logit, and its derivative as autograd finds it; both of the shape of `logits`."""
    with torch.enable_grad():
        x = logits.clone().requires_grad_()
        losses = form(x, targets)
        (gradients,) = torch.autograd.grad(losses.sum(), x)
    return losses.detach(), gradients


def finite(x, values):
    """Return the points of a curve that can be drawn."""
    kept = values.isfinite()
    return x[kept].tolist(), values[kept].tolist()
