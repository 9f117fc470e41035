"""Losses of rows, and the numbers that come of them: pure functions of a `Part`, which is some of the rows.

Nothing that is computed here changes a tensor or needs a gradient.
"""

import copy
import math
from functools import cached_property
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.clinic.reading import MANY


class Rows(NamedTuple):
    """Losses of rows (n,), their weights in a mean (n,) or None, and how many entries each loss is the mean of."""

    losses: Tensor
    weights: Tensor | None = None
    width: int = 1


def cuts_of(x):
    """Yield slices of the rows, each of which fits into a cache."""
    size = max(1, MANY // x.shape[1])
    for start in range(0, x.shape[0], size):
        yield slice(start, start + size)


def log_sum_exp(logits):
    """Return the largest logit of each row and what the log-sum-exp is above it, apart: together they lose digits."""
    top, sums = logits.new_empty(2, logits.shape[0])
    room = None
    for cut in cuts_of(logits):
        part, largest = logits[cut], top[cut]
        torch.amax(part, -1, out=largest)
        # All parts have one room: memory that each asks for and gives back can cost more than what is computed.
        room = part - largest[:, None] if room is None else torch.sub(part, largest[:, None], out=room[: part.shape[0]])
        torch.sum(room.exp_(), -1, out=sums[cut])
    return top, sums.log_()


class Sums:
    """Sums over the rows and the columns of all outputs. They are small, so they are kept as long as the batch."""

    def __init__(self, x):
        self.x = x

    @cached_property
    def lse(self):
        return log_sum_exp(self.x)

    @cached_property
    def mean(self):
        return self.x.mean(-1)

    @cached_property
    def column_mean(self):
        return self.x.mean(0)

    @cached_property
    def column_lse(self):
        """The log-sum-exp of each column."""
        top = self.x.amax(0)
        # In parts, and not by logsumexp(0), which takes five times as long.
        return top + sum(self.x[cut].sub(top).exp_().sum(0) for cut in cuts_of(self.x)).log()


class Part:
    """Some of the rows, with their softmax and the like, each computed once and kept as long as the part.

    A sum over the part is blown up by `scale` to all rows.
    """

    def __init__(self, inputs, sums, rows=slice(None)):
        self.K, self.smoothing, self.target_form = inputs.K, inputs.smoothing, inputs.target_form
        by_class = inputs.weight is not None and inputs.weight.shape == (inputs.K,)
        self.weight = inputs.weight if by_class else None
        self._sums, self.rows = sums, rows
        for name in ("x", "index", "share", "kept", "element_weight", "positive_weight", "sample_weight"):
            values = getattr(inputs, name)  # a weight (1, K) is that of all rows
            setattr(self, name, values if values is None or values.shape[0] == 1 else values[rows])
        self.n = self.x.shape[0]
        self.total = inputs.n

    @property
    def scale(self):
        return self.total / self.n

    @cached_property
    def lse(self):
        if isinstance(self.rows, slice):
            return tuple(each[self.rows] for each in self._sums.lse)
        return log_sum_exp(self.x)  # a sample, which may spare a look at all rows

    @cached_property
    def mean(self):
        return self._sums.mean[self.rows] if isinstance(self.rows, slice) else self.x.mean(-1)

    @cached_property
    def softmax(self):
        return self.x.softmax(-1)

    @cached_property
    def sigmoid(self):
        return self.x.sigmoid()

    @property
    def over_the_batch(self):
        """The log-softmax along the batch, which may be more rows than these."""
        return self.x - self._sums.column_lse

    @property
    def own_columns(self):
        """The log-sum-exp and the mean of the column of each row's number."""
        return self._sums.column_lse[self.rows], self._sums.column_mean[self.rows]

    @cached_property
    def one_hot(self):
        """The targets as shares (n, K)."""
        if self.share is not None:
            return self.share
        return F.one_hot(self.safe_index, self.K).to(self.x.dtype)

    @property
    def safe_index(self):
        """The class indices, with 0 where a row doesn't count: what can be gathered by."""
        return self.index if self.kept is None else torch.where(self.kept, self.index, 0)

    def relabelled(self, index, kept=None):
        """Return these rows with other class indices, given for all rows, and other rows that count, None for all."""
        part = copy.copy(self)  # shares what is computed of the outputs
        vars(part).pop("one_hot", None)  # which is computed of the targets
        part.index, part.kept = index[self.rows], None if kept is None else kept[self.rows]
        return part


class Batch:
    """All rows, samples of them, and all of them in parts that fit into a cache."""

    def __init__(self, inputs):
        self.inputs = inputs
        self.large = inputs.x.numel() > MANY and inputs.n >= 64
        self.sums = Sums(inputs.x)
        self.all = self._part(slice(None))

    def _part(self, rows):
        return Part(self.inputs, self.sums, rows)

    def _samples(self, entries, count):
        """Return parts of about so many entries, and eight rows at least.

        They are drawn: of sequences, rows at even steps would be the same few positions.
        """
        n, generator = self.inputs.n, torch.Generator().manual_seed(0)
        rows = torch.randint(n, (count, max(8, entries // self.inputs.K)), generator=generator)
        return [self._part(each) for each in rows.to(self.inputs.x.device)]

    @cached_property
    def samples(self):
        """Eight samples of the rows; a number that is far off on them needs no look at all rows."""
        return self._samples(MANY // 16, 8)

    @cached_property
    def sample(self):
        return self._samples(MANY // 2, 1)[0] if self.large else self.all

    @property
    def chunks(self):
        """Yield all rows in parts: large temporary tensors cost more than what is computed.

        Each is made anew: what is as large as the outputs goes with it, and only sums stay.
        """
        return map(self._part, cuts_of(self.inputs.x)) if self.large else [self.all]

    def compute(self, rows_of, reductions, near):
        """Return the numbers that rows_of(part) gives, one a reduction. It returns `Rows`, or a tensor with a number.

        On large tensors they are estimates on samples where near(estimate, its error) is true of none.
        """
        if not self.large:
            rows = rows_of(self.all)
            return [reduce(rows, each, self.all.scale) for each in reductions]
        rows = [rows_of(sample) for sample in self.samples]
        found = [[reduce(each, r, sample.scale) for r in reductions] for sample, each in zip(self.samples, rows)]
        found = torch.tensor(found)
        estimates, errors = found.mean(0), found.std(0) / math.sqrt(len(rows))
        if not any(near(*each) for each in zip(estimates.tolist(), errors.tolist())):
            return estimates.tolist()
        return [rows_of(self.all).item()] if isinstance(rows[0], Tensor) else self.exactly(rows_of, reductions)

    def exactly(self, rows_of, reductions):
        """Return the numbers of the `Rows` that rows_of(part) gives of all rows, one a reduction."""
        rows = [rows_of(part) for part in self.chunks]
        losses, weights = torch.cat([each.losses for each in rows]), None
        if rows[0].weights is not None:
            weights = torch.cat([each.weights for each in rows])
        return [reduce(Rows(losses, weights, rows[0].width), each) for each in reductions]


def reduce(rows, reduction, scale=1.0):
    """Return the number that a loss gives for rows; a number is returned as it is."""
    if isinstance(rows, Tensor):
        return rows.item()
    losses, weights, width = rows
    if reduction == "sum":
        return losses.sum().item() * width * scale
    if reduction == "rows":
        return losses.mean().item() * width
    if isinstance(reduction, int):  # the sum, divided by so many
        return losses.sum().item() * width * scale / reduction
    if reduction == "none" or weights is None:
        return losses.mean().item()
    return (losses.sum() / weights.sum()).item()


def divided(rows, divisor):
    return rows._replace(losses=rows.losses / divisor)


# --- the losses of rows


def class_rows(part, logits, log_softmax=True, smoothing=None, weighted=True):
    """Return the cross-entropy of logits, or of log-probabilities."""
    smoothing = part.smoothing if smoothing is None else smoothing
    weight = part.weight if weighted else None
    if part.index is None:
        log_probs = logits.log_softmax(-1) if log_softmax else logits
        probs = part.share if not smoothing else (1 - smoothing) * part.share + smoothing / part.K
        return Rows(-(probs * log_probs if weight is None else probs * log_probs * weight).sum(-1))
    own = logits is part.x  # whose sums are kept: many formulas need them
    if not log_softmax:
        top, lse = 0.0, 0.0
    else:
        top, lse = part.lse if own else log_sum_exp(logits)
    # The largest logit is taken off before the small log-sum-exp comes in: a small loss keeps its digits.
    losses, weights = lse - (logits.gather(1, part.safe_index[:, None])[:, 0] - top), None
    if weight is not None:
        weights = weight[part.safe_index]
        losses = losses * weights
    if smoothing:
        if weight is None:
            uniform = lse + top - (part.mean if own else logits.mean(-1))
        else:
            uniform = (lse + top) * weight.mean() - logits @ weight / part.K
        losses = (1 - smoothing) * losses + smoothing * uniform
    if part.kept is not None:
        losses = losses.where(part.kept, 0)
        weights = part.kept.to(losses.dtype) if weights is None else weights.where(part.kept, 0)
    return Rows(losses, weights)


def label_rows(part, logits):
    """Return the binary cross-entropy of logits."""
    share = part.one_hot
    if part.positive_weight is None and part.element_weight is None:
        # By a dot product, which takes no temporary tensor of the size of the outputs.
        return Rows((F.softplus(logits).sum(-1) - torch.linalg.vecdot(share, logits)) / part.K, None, part.K)
    if part.positive_weight is None:
        losses = F.softplus(logits) - share * logits
    else:
        losses = (1 - share) * logits + (1 + (part.positive_weight - 1) * share) * F.softplus(-logits)
    return label_means(part, losses)


def prob_rows(part, probs):
    """Return the binary cross-entropy of probabilities, each logarithm held at −100 as in torch."""
    share = part.one_hot.to(probs.dtype)
    if part.target_form in ("soft", "shares"):
        true, false = probs.log().clamp_min(-100), (1 - probs).log().clamp_min(-100)
        return label_means(part, -torch.lerp(false, true, share))
    return label_means(part, -(1 - share - probs).abs().log().clamp_min(-100))


def smoothed_label_rows(part, rate, probs):
    """Return the binary cross-entropy of logits, or of probabilities, with targets that a rate draws towards 1/2."""
    x = part.x.clamp(1e-7, 1 - 1e-7).logit() if probs else part.x
    return label_means(part, F.softplus(x) - ((1 - rate) * part.one_hot + rate / 2) * x)


def label_means(part, losses):
    """Return the rows of losses (n, K) of labels, weighted as the loss was."""
    if part.element_weight is not None:
        losses = losses * part.element_weight
    return Rows(losses.mean(-1), None, part.K)


def kl_rows(part, log_probs):
    """Return the Kullback-Leibler divergence of the targets from log-probabilities."""
    return Rows((torch.special.xlogy(part.one_hot, part.one_hot) - part.one_hot * log_probs).sum(-1))


def kept_mean(part, losses):
    """Return losses (n,) as `Rows` of which the ignored ones count for nothing."""
    return Rows(losses) if part.kept is None else Rows(losses.where(part.kept, 0), part.kept.to(losses.dtype))
