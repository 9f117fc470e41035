"""What the caller's tensors are, by their values: the forms of outputs, and the losses that would be right for them."""

import math
from dataclasses import replace
from functools import cached_property

import torch
import torch.nn.functional as F

from helpers.clinic.evidence import Computed
from helpers.clinic.numbers import Batch, class_rows, label_rows
from helpers.clinic.reading import EPS, LABEL_LOSSES, Inputs, as_rows, sum_error, sums_to_one, zeros_and_ones
from helpers.clinic.right import SHIFTED, TINY, right_formulas

MASKED = -1e4  # logits from here down are what a mask has put there


class Case(Inputs):
    """The `Inputs`, and what can be said of them. Each property is computed when it is first asked for."""

    @cached_property
    def batch(self):
        """The rows in parts; its `all` is what formulas are computed of where the tensors are small."""
        return Batch(self)

    # --- the outputs

    @cached_property
    def bounds(self):
        """The smallest and the largest output that is a number, and whether all are."""
        low, high = (bound.item() for bound in self.x.aminmax())
        finite = math.isfinite(low) and math.isfinite(high)
        if not finite:
            rest = self.x[self.x.isfinite()]
            low, high = (bound.item() for bound in rest.aminmax()) if rest.numel() else (math.nan, math.nan)
        return low, high, finite

    @property
    def low(self):
        return self.bounds[0]

    @property
    def high(self):
        return self.bounds[1]

    @property
    def finite(self):
        return self.bounds[2]

    @cached_property
    def infinite(self):
        """Whether no output is finite, and +∞ stands beside −∞."""
        return math.isnan(self.low) and bool((self.x == math.inf).any()) and bool((self.x == -math.inf).any())

    @cached_property
    def unit_interval(self):
        return self.finite and self.low >= 0 and self.high <= 1

    @property
    def threshold(self):
        """Where an output is as much yes as no: 0.5 of what may be probabilities, 0 of logits."""
        return 0.5 if self.unit_interval else 0.0

    def score_is(self, name, number):
        """Whether the metric that came is this number, to its digits."""
        came, unit = self.scores[name]
        return abs(came - number) <= unit + 1e-6

    def accuracy_is(self, number):
        return self.score_is("accuracy", number)

    @cached_property
    def hard(self):
        """Whether every output is exactly 0 or 1."""
        return self.unit_interval and {self.low, self.high} <= {0.0, 1.0} and zeros_and_ones(self.x)

    @cached_property
    def rows_sum_to_one(self):
        return sums_to_one(self.x, -1, self.rough)

    @cached_property
    def form(self):
        """What the outputs are by their values: softmax, columns, log-softmax, sigmoid, unit or logits.

        `unit` lies in [0, 1], as probabilities would, but as logits might. What could be sigmoids is settled by the
        targets: as probabilities they must explain them much better than as logits.
        """
        if not self.finite:
            return "logits"
        if self.unit_interval:
            if self.K > 1 and self.rows_sum_to_one:
                return "softmax"
            if self.wrong_dims:
                return "columns"
            return "sigmoid" if self._like_sigmoids() else "unit"
        if self.K > 1 and self.high <= sum_error(self.rough):
            # A few rows tell: logits whose exponentials sum to 1 in each of them are no chance.
            error = 1e-3 + 2 * self.rough * (1 + math.log(self.K))
            if bool((self.x[:256].logsumexp(-1).abs() <= error).all()):
                return "log-softmax"
        return "logits"

    @cached_property
    def wrong_dims(self):
        """The dimensions along which the outputs sum to 1, where the classes' dimension is not one of them."""
        if not self.unit_interval or self.K == 1 or self.rows_sum_to_one:
            return ()
        if self.low < 1 and bool(((self.x < 1e-3) | (self.x > 0.999)).all()):
            return ()  # multi-hot rows do so by chance, and so do probabilities of labels that are as sure
        # Along a dimension of size 1 the sums are the outputs themselves: a softmax there leaves nothing but 1.
        own = len(self.shape) - 1 if self.dim is None else self.dim
        others = [dim for dim, size in enumerate(self.shape) if dim != own and (size > 1 or self.low == 1.0)]
        return tuple(dim for dim in others if sums_to_one(self.whole, dim, self.rough))

    def _like_sigmoids(self):
        """Whether outputs in [0, 1] explain the targets much better as probabilities than as logits."""
        # Few numbers prove nothing, and logits that reach from 0 to 1 but not quite are as likely as sigmoids.
        open_interval = 0 < self.low and self.high < 1
        if self.x.numel() < 16 or not self.sound_targets or not (open_interval or self.high - self.low > 0.98):
            return False
        spread = self.low < 0.1 and self.high > 0.9
        # An untrained network's sigmoids lie around 0.5; those of a few classes or rows may do so by chance.
        if not spread and (self.K < 4 or self.n < 4 or abs(self.x.mean().item() - 0.5) >= 0.1):
            return False
        some = self.batch.sample
        logits = torch.logit(some.x.double().clamp(1e-6, 1 - 1e-6)).to(some.x.dtype)
        rows = label_rows if self.labels else class_rows
        as_logits, as_probs = rows(some, some.x), rows(some, logits)
        gained = (as_logits.losses - as_probs.losses).sum() * as_logits.width
        return gained.item() > 7  # nats: e⁷, a thousand to one

    @cached_property
    def winners(self):
        return self.x.argmax(-1)

    # --- the targets

    @property
    def single_label(self):
        """Whether one of several classes is asked for."""
        return self.classes and self.K > 1

    @cached_property
    def kept(self):
        """Which rows count (n,), or None for all."""
        kept = None if self.index is None else self.index != self.ignore_index
        return None if kept is None or bool(kept.all()) else kept

    @property
    def counted(self):
        """What takes the rows that count out of a tensor (n, …)."""
        return slice(None) if self.kept is None else self.kept

    @cached_property
    def sound_targets(self):
        """Whether a loss can be computed: every index is a class, every share lies in [0, 1]."""
        if self.index is None:
            return self.share is not None and self.target_form != "stray"
        return not self.stray.numel() and bool((self.index != self.ignore_index).any())

    @cached_property
    def stray(self):
        """The class indices that are none."""
        return self.index[((self.index < 0) | (self.index >= self.K)) & (self.index != self.ignore_index)]

    @cached_property
    def diagonal(self):
        """Whether outputs are a square of pairs, of which row i's own is column i."""
        if self.n != self.K or self.n == 1:
            return False
        if self.index is not None:
            return torch.equal(self.index, torch.arange(self.n, device=self.index.device))
        return self.target_form == "one-hot" and bool((self.share.diagonal() == 1).all())

    @cached_property
    def row_accuracy(self):
        """The share of rows whose largest output is that of the target."""
        truth = self.index if self.index is not None else self.share.argmax(-1)
        return (self.winners == truth)[self.counted].float().mean().item()

    @cached_property
    def following(self):
        """Of sequences (N, T) the next position's targets (n,), and which rows have one that counts; or None."""
        if len(self.shape) != 3 or self.index is None or self.K < 3 or self.n == self.shape[0]:
            return None
        index = self.index.reshape(self.shape[0], -1)
        # The last position has no next one: its row does not count.
        index = torch.cat([index[:, 1:], torch.full_like(index[:, :1], self.ignore_index)], 1).reshape(-1)
        kept = index != self.ignore_index
        return (index, kept) if bool(kept.any()) else None

    @cached_property
    def means_the_last_dim(self):
        """Whether the loss that came is that of classes along the last dimension, where the sizes fit both places."""
        fits_both = self.dim == 1 and len(self.shape) > 2 and self.shape[:-1] == self.shape[:1] + self.shape[2:]
        if not fits_both or self.index is None or self.name or not self.has_loss:
            return False
        x = as_rows(self.whole, len(self.shape) - 1)
        kinds = [x.log_softmax(-1), x.clamp_min(TINY).log()] if self.unit_interval else [x.log_softmax(-1)]
        return any(self.fits(F.nll_loss(logs, self.index, ignore_index=self.ignore_index).item()) for logs in kinds)

    @property
    def shifts_itself(self):
        """Whether the loss that came is that of the next position's targets."""
        return self.explained is not None and self.explained.formula.text == SHIFTED

    # --- the loss that came

    @cached_property
    def has_loss(self):
        """Whether a number came with which losses of these tensors can be compared."""
        return self.value is not None and math.isfinite(self.value) and self.sound_targets

    @property
    def is_lowered(self):
        """Whether the number that came is surely what a training lowers, and no metric of it."""
        by_history = bool(self.history) and self.value is not None and self.fits(self.history[-1])
        return self.own_function or by_history

    @property
    def spoiled(self):
        """Whether NaN or infinity came for a loss."""
        return self.value is not None and not math.isfinite(self.value)

    @cached_property
    def reach(self):
        """The size of the largest output, but for what a mask has filled in, which adds nothing to a sum."""
        filled = self.low <= MASKED < self.high
        low = self.x[self.x > MASKED].min().item() if filled else self.low
        return max(abs(low), abs(self.high))

    def error_of(self, computed, reach=math.inf, exact=False):
        """Return how far the loss that came may be from a computed number, which it is, of logits up to `reach`.

        exact: of what was computed in float32 though the outputs are of a half type.
        """
        largest = min(reach, self.reach) if self.finite else 0.0
        # float32 rounds a log-sum-exp by steps of the largest logit, and a half type the outputs or the loss itself.
        rough = EPS if exact else max(self.rough, EPS)
        rounding = 4 * EPS * (4 + largest) + 4 * rough * max(1.0, abs(computed))
        loose = 0.01 * abs(self.value) if self.from_history else 0.0
        return self.unit + rounding + loose

    def has_digits(self, error):
        """Whether the loss came with digits enough for this relative error: with fewer, some formula fits by chance."""
        return self.unit <= error * abs(self.value) and not self.from_history

    def fits(self, computed):
        return abs(self.value - computed) <= self.error_of(computed)

    def compute(self, formula, reductions=None):
        """Return the numbers that a formula gives, one a reduction; estimates where those are all far from the loss."""

        def near(estimate, error):
            # Of eight samples the standard error is itself a rough guess, so twelve of them are granted.
            return abs(self.value - estimate) <= self.unit + 12 * error + 0.002 * abs(estimate)

        return self.batch.compute(formula.rows, reductions or [self.reduction], near)

    @cached_property
    def right(self):
        """The `Computed` losses that would be in order for these tensors; the first that fits comes first."""
        found = []
        if not self.has_loss:
            return found
        # A rare loss is believed by three digits of its own, not of a half type's rounding.
        enough_digits = self.has_digits(2e-3) and self.error_of(self.value) <= 0.01 * abs(self.value)
        for formula in right_formulas(self):
            if formula.rare and not enough_digits:
                continue
            texts = self._reductions_of(formula)
            numbers = self.compute(formula, list(texts))
            computed = [Computed(text, each, formula, how) for (how, text), each in zip(texts.items(), numbers)]
            found += computed
            fitting = next((each for each in computed if self.fits(each.value)), None)
            if fitting:
                return [fitting, *(each for each in found if each is not fitting)]
        if found and self.batch.large and not found[0].formula.rare:
            # It is shown beside the loss that came, and was an estimate.
            (value,) = self.batch.exactly(found[0].formula.rows, [found[0].reduction])
            found[0] = replace(found[0], value=value)
        return found

    def _reductions_of(self, formula):
        """Return {reduction: text} under which a loss may have come: the one that was told, or the usual ones."""
        texts = {self.reduction: formula.text}
        if self.reduction is None and (formula.loss or not formula.rare):
            texts["sum"] = f"sum of {formula.text}"
            if self.K > 1 and formula.loss in LABEL_LOSSES:
                texts["rows"] = f"{formula.text}, summed over the labels"
            elif len(self.shape) > 2 and self.n > self.shape[0]:
                texts[self.shape[0]] = f"{formula.text}, summed over the positions of each row"
        return texts

    @property
    def explained(self):
        """The right loss that gives the number that came, or None."""
        return self.right[0] if self.right and self.fits(self.right[0].value) else None

    def takes(self, name):
        """Whether the loss takes these outputs: by its name, unless it takes others by the number that came."""
        if self.name and not (self.explained and not self.explained.formula.loss):
            return self.name == name
        return self.explained is not None and self.explained.formula.loss == name
