"""The loss-floor detective of lesson 07: which mistake keeps a loss from falling, and which mistake fits a loss that is stuck."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers.figures.picture import BLUE, FAINT, INK, ORANGE, PAPER, PURPLE
from helpers.fmt import number
from helpers.functions import log_softmax, logsigmoid, sigmoid, softmax
from helpers.live import Dropdown, Explorer, FloatSlider, IntSlider, LivePicture, checked

SMOOTHING = 0.1
MOST_CLASSES = 100
STEEPEST = 12.0  # the largest logit drawn
SIZES = torch.linspace(0, STEEPEST, 97, dtype=torch.float64)
YES, NO = (
    -math.log(1 / (1 + math.exp(-1))),
    math.log(2),
)  # what two sigmoids charge a true label, a false label at least
SHOWN = 6  # how many candidates fit into the picture
NEAR = (-0.0006, 0.0031)  # how far a loss may stand from a floor to fit it: training comes from above


def entropy(share):
    """Return the entropy in nats of a yes-or-no question with the answer yes in this share.

    >>> round(entropy(0.1), 4), entropy(0.0)
    (0.3251, 0.0)
    """
    return sum(p * math.log(1 / p) for p in (share, 1 - share) if p > 0)


def smoothed(num_classes):
    """Return the smoothed target's entry of the true class and of each other class."""
    rest = SMOOTHING / num_classes
    return 1 - SMOOTHING + rest, rest


def smoothing_floor(num_classes, share):
    true, rest = smoothed(num_classes)
    return -(true * math.log(true) + (num_classes - 1) * rest * math.log(rest))


def true_labels(num_classes, share):
    """Return how many labels a photo has when this share of `num_classes` labels is true: at least one."""
    return max(1, round(share * num_classes))


# Each mistake's floor, for K classes or labels and the share of true labels in the batch (multi-label only).
FLOORS = {
    "no mistake, one class of K": lambda k, share: 0.0,
    "no mistake, yes-or-no labels": lambda k, share: 0.0,
    "softmax, then cross_entropy": lambda k, share: math.log(1 + (k - 1) / math.e),
    "sigmoid, then cross_entropy": lambda k, share: math.log(1 + (k - 1) / math.e),
    "sigmoid, then BCE with logits": lambda k, share: share * YES + (1 - share) * NO,
    "softmax, then BCE with logits": lambda k, share: (YES + (k - 1) * NO) / k,
    "nll_loss on probabilities": lambda k, share: -1.0,
    "softmax for several true labels": lambda k, share: math.log(true_labels(k, share)),
    "softmax over a single output": lambda k, share: 0.0,
    "label smoothing 0.1": smoothing_floor,
    "nothing learned, one class of K": lambda k, share: math.log(k),
    "nothing learned, yes-or-no labels": lambda k, share: math.log(2),
    "only the share learned, yes or no": lambda k, share: entropy(share),
}
MULTI = {
    name
    for name in FLOORS
    if "yes" in name or name in ("sigmoid, then BCE with logits", "softmax for several true labels")
}

TELLS = {
    "no mistake, one class of K": "accuracy 100 %, nothing is wrong",
    "no mistake, yes-or-no labels": "every label right, nothing is wrong",
    "softmax, then cross_entropy": "accuracy is good, what enters the loss sums to 1",
    "sigmoid, then cross_entropy": "accuracy is good, what enters lies in [0, 1], sum not 1",
    "sigmoid, then BCE with logits": "labels right, yet no probability is below 0.5",
    "softmax, then BCE with logits": "one label a row, the loss gets a softmax's output",
    "nll_loss on probabilities": "the loss is negative, and equals −p",
    "softmax for several true labels": "each true label gets one share of 1",
    "softmax over a single output": "0 from the first step on, the gradient is 0",
    "label smoothing 0.1": "accuracy is good, without smoothing it falls on",
    "nothing learned, one class of K": "accuracy 1/K, so it was at the first step",
    "nothing learned, yes-or-no labels": "every probability is 0.5",
    "only the share learned, yes or no": "every photo gets the same probability",
}


def curve(mistake, num_classes, share, logits=SIZES):
    """Return the loss by how large the logits are: +x for what is true, −x for what is not."""
    k, x = num_classes, logits
    row = torch.stack([x] + [-x] * (k - 1), dim=1)  # one class of K, the first is true
    if mistake == "no mistake, one class of K":
        return -log_softmax(row, 1)[:, 0]
    if mistake == "softmax, then cross_entropy":
        return -log_softmax(softmax(row, 1), 1)[:, 0]
    if mistake == "sigmoid, then cross_entropy":
        return -log_softmax(sigmoid(row), 1)[:, 0]
    if mistake == "softmax, then BCE with logits":
        probs = softmax(row, 1)
        return (-logsigmoid(probs[:, 0]) - logsigmoid(-probs[:, 1:]).sum(1)) / k
    if mistake == "nll_loss on probabilities":
        return -softmax(row, 1)[:, 0]
    if mistake == "label smoothing 0.1":
        true, rest = smoothed(k)
        log_probs = log_softmax(row, 1)
        return -true * log_probs[:, 0] - rest * log_probs[:, 1:].sum(1)
    if mistake == "softmax for several true labels":
        m = true_labels(k, share)
        row = torch.stack([x] * m + [-x] * (k - m), dim=1)
        return -log_softmax(row, 1)[:, 0]
    if mistake == "sigmoid, then BCE with logits":
        return -share * logsigmoid(sigmoid(x)) - (1 - share) * logsigmoid(-sigmoid(-x))
    if mistake == "no mistake, yes-or-no labels":
        return -logsigmoid(x)
    return torch.full_like(x, FLOORS[mistake](k, share))  # what does not depend on the logits at all


@dataclass(frozen=True)
class Candidate:
    """A mistake that fits a stuck loss: its name, the setting with which it does, and that floor."""

    mistake: str
    setting: str
    floor: float


@functools.cache
def by_classes():
    """Return {mistake: [(K, floor), ...]} for the mistakes whose floor depends on the number of classes alone."""
    counted = (
        "softmax, then cross_entropy",
        "sigmoid, then cross_entropy",
        "nothing learned, one class of K",
        "softmax, then BCE with logits",
        "label smoothing 0.1",
    )
    return {name: [(k, FLOORS[name](k, 0.0)) for k in range(2, MOST_CLASSES + 1)] for name in counted}


def share_of(entropy_value):
    """Return the share up to one half whose entropy this is, by bisection."""
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if entropy(middle) < entropy_value else (low, middle)
    return low


def candidates(stuck):
    """Return the mistakes that fit a loss stuck at this value, those without a free share first.

    >>> [(each.mistake, each.setting) for each in candidates(0.7437)][:2]
    [('softmax, then cross_entropy', 'K = 4'), ('sigmoid, then cross_entropy', 'K = 4')]
    """

    def fits(floor):
        return NEAR[0] <= stuck - floor <= NEAR[1]

    found = []
    for name, floors in by_classes().items():
        fitting = [(abs(stuck - floor), k, floor) for k, floor in floors if fits(floor)]
        if fitting:
            _, k, floor = min(fitting)
            found.append(Candidate(name, f"K = {k}", floor))
    found += [
        Candidate("softmax for several true labels", f"{m} true a photo", math.log(m))
        for m in range(2, MOST_CLASSES + 1)
        if fits(math.log(m))
    ]
    fixed = ("nothing learned, yes-or-no labels", "nll_loss on probabilities", "softmax over a single output")
    found += [Candidate(name, "", FLOORS[name](2, 0.0)) for name in fixed if fits(FLOORS[name](2, 0.0))]
    if fits(0.0):
        found.insert(0, Candidate("no mistake, one class of K", "any K", 0.0))
    found.sort(key=lambda each: round(abs(stuck - each.floor), 4))
    if YES - 1e-4 <= stuck <= NO + 1e-4:
        share = min(max((NO - stuck) / (NO - YES), 0.0), 1.0)
        found.append(
            Candidate("sigmoid, then BCE with logits", f"{100 * share:.0f} % true", share * YES + (1 - share) * NO)
        )
    if 0.005 < stuck <= NO + 1e-4:
        share = share_of(min(stuck, NO))
        found.append(Candidate("only the share learned, yes or no", f"{100 * share:.0f} % true", entropy(share)))
    return tuple(found[:SHOWN])


@dataclass(frozen=True)
class Facts:
    """The loss over the size of the logits (97,), float64, with and without the mistake; its floor; what fits a stuck loss."""

    mistake: str
    num_classes: int
    share: float
    losses: torch.Tensor
    right: torch.Tensor
    floor: float
    stuck: float
    candidates: tuple


def facts(mistake, num_classes, share, stuck):
    """Return what the mistake does to the loss, and which mistakes fit the loss `stuck`. share: in per cent."""
    num_classes, part = int(num_classes), share / 100
    labels = mistake in MULTI
    right = curve("no mistake, yes-or-no labels" if labels else "no mistake, one class of K", num_classes, part)
    losses = curve(mistake, num_classes, part)
    return Facts(
        mistake, num_classes, part, losses, right, FLOORS[mistake](num_classes, part), stuck, candidates(stuck)
    )


class LossFloor(LivePicture):
    def __init__(self):
        super().__init__()
        self._draw_losses(self.panel())
        self._draw_candidates(self.panel())

    def _draw_losses(self, axes):
        axes.set(
            xlim=(0, STEEPEST),
            ylim=(-1.25, 6.4),
            xlabel="logits: +x for what is true, −x for the rest",
            ylabel="loss (nats)",
        )
        axes.axhline(color=FAINT, lw=0.6)
        wrong = axes.plot(SIZES, SIZES, color=ORANGE, lw=2.5, label="with the mistake")[0]
        self.losses = self.moving("losses", wrong)
        right = axes.plot(SIZES, SIZES, color=BLUE, ls="--", label="as it should be")[0]
        self.right = self.moving("right", right)
        self.floor = self.moving("floor", axes.axhline(color=INK, lw=1.2, ls=":", label="floor"))
        diamond = axes.plot([STEEPEST - 0.25], [0], "D", color=PAPER, mec=PURPLE, mew=2, ms=8, label="stuck value")[0]
        self.stuck = self.moving("stuck", diamond)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2)
        self.floor_text = self.moving("floor-text", axes.text(0.98, 0.93, "", ha="right", transform=axes.transAxes))
        self.stuck_text = self.moving("stuck-text", axes.text(0.98, 0.85, "", ha="right", transform=axes.transAxes))

    def _draw_candidates(self, axes):
        axes.set_axis_off()
        self.heading = self.moving("heading", axes.text(0, 0.955, "", weight="bold"))
        rows = [0.86 - 0.155 * i for i in range(SHOWN)]
        self.names = self.moving("name", [axes.text(0, y, "", size=10, weight="bold") for y in rows])
        self.values = self.moving("value", [axes.text(1, y, "", ha="right", size=10) for y in rows])
        self.tells = self.moving("tell", [axes.text(0.02, y - 0.068, "", size=9.5, color="#555555") for y in rows])

    def update(self, facts):
        self.losses.set_ydata(facts.losses)
        self.right.set_ydata(facts.right)
        self.floor.set_ydata([facts.floor] * 2)
        self.floor_text.set_text(f"floor {number(facts.floor)}")
        self.stuck.set_ydata([facts.stuck])
        self.stuck_text.set_text(f"stuck at {number(facts.stuck)}")
        self.heading.set_text(
            f"Stuck at {number(facts.stuck)}: {'what fits' if facts.candidates else 'nothing in this list fits'}"
        )
        for i, (name, value, tell) in enumerate(zip(self.names, self.values, self.tells)):
            each = facts.candidates[i] if i < len(facts.candidates) else None
            name.set_text(each.mistake if each else "")
            value.set_text(f"{each.setting or 'any K'}: {number(each.floor)}" if each else "")
            tell.set_text(TELLS[each.mistake] if each else "")


def describe(facts):
    """Say where the mistake stops the loss, and which mistakes fit the stuck value."""
    setting = f"{facts.num_classes} {'labels' if facts.mistake in MULTI else 'classes'}"
    if facts.mistake in MULTI:
        setting += f", {100 * facts.share:.0f} % of them true"
    said = [
        f"{each.mistake}{f' ({each.setting})' if each.setting else ''}: {TELLS[each.mistake]}"
        for each in facts.candidates
    ]
    fits = "; ".join(said) if said else "nothing in this list"
    return f"{facts.mistake[0].upper()}{facts.mistake[1:]}, {setting}: the loss cannot fall below {number(facts.floor)}. A loss stuck at {number(facts.stuck)} fits: {fits}."


def stuck_at(mistake, num_classes, share):
    """Return the floor as the slider of the stuck loss has it, with four decimals. share: in per cent."""
    return round(FLOORS[mistake](num_classes, share / 100), 4)


def follow(moved, values):
    """Return the stuck value that belongs to the mistake just set."""
    if moved == "stuck":
        return {}
    return {"stuck": stuck_at(values["mistake"], values["num_classes"], values["share"])}


def loss_floor(mistake="softmax, then cross_entropy", num_classes=4, share=50):
    """Return the loss-floor detective.

    Parameters
    ----------
    mistake : one of the names in `FLOORS`
    num_classes : number of classes or labels K, from 2 to 100
    share : per cent of the labels in the batch that are true, from 0 to 100; it counts for multi-label losses only

    Derived in notebooks/07_bug_museum.ipynb.
    """
    controls = {
        "mistake": Dropdown(description="mistake", options=list(FLOORS)),
        "num_classes": IntSlider(description="classes K", min=2, max=MOST_CLASSES),
        "share": IntSlider(description="true labels (%)", min=0, max=100),
    }
    values = checked(controls, {"mistake": mistake, "num_classes": num_classes, "share": share})
    values["stuck"] = stuck_at(**values)
    controls["stuck"] = FloatSlider(description="stuck loss", min=-1.1, max=5, step=0.0001, readout_format=".4f")
    return Explorer(
        "loss-floor detective",
        controls=controls,
        facts=facts,
        picture=LossFloor,
        describe=describe,
        couple=follow,
        values=values,
    )
