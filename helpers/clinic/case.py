"""What the caller has, as the clinic looks at it: rows of outputs, their targets, and the numbers that came of them."""

import copy
import functools
import inspect
import math
import re
import warnings
from functools import cached_property
from typing import NamedTuple

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

# What each loss wants to be given, by torch's names.
WANTS = {
    "cross_entropy": "logits",
    "nll_loss": "log-probabilities",
    "binary_cross_entropy": "probabilities",
    "binary_cross_entropy_with_logits": "logits",
    "kl_div": "log-probabilities",
    "gumbel_softmax": "logits",
}
MODULES = {
    torch.nn.CrossEntropyLoss: "cross_entropy",
    torch.nn.NLLLoss: "nll_loss",
    torch.nn.BCELoss: "binary_cross_entropy",
    torch.nn.BCEWithLogitsLoss: "binary_cross_entropy_with_logits",
    torch.nn.KLDivLoss: "kl_div",
}
CLASS_LOSSES, LABEL_LOSSES = ("cross_entropy", "nll_loss", "kl_div"), tuple(n for n in WANTS if n.startswith("binary"))
OPTIONS = ("weight", "pos_weight", "ignore_index", "label_smoothing", "reduction")
ROUGH = {torch.float16: 2**-10, torch.bfloat16: 2**-7}
EPS = torch.finfo(torch.float32).eps  # a loss has no more digits than this, even where it is handed over in float64
MANY = 2**18  # from so many outputs on, a number is first estimated on some of the rows


def tensor(name, value):
    """Return the value as a detached tensor that shares the caller's memory where it can."""
    if isinstance(value, Tensor):
        found = value.detach()
    elif isinstance(value, list | tuple) and value and all(isinstance(each, Tensor) for each in value):
        shapes = {tuple(each.shape) for each in value}
        if len(shapes) > 1:
            raise ValueError(f"{name}: got tensors of shapes {sorted(shapes)}, want one shape")
        found = torch.stack([each.detach() for each in value])
    else:
        try:
            array = numpy.asarray(value)
            found = torch.as_tensor(array if array.flags.writeable else array.copy())
        except (TypeError, ValueError, RuntimeError) as error:
            kind = type(value).__name__
            raise TypeError(f"{name}: got {kind}, want a tensor, a numpy array or a list of numbers") from error
    if found.is_complex():
        raise TypeError(f"{name}: got {found.dtype}, want real numbers")
    return found.to_dense() if found.layout != torch.strided else found


def zeros_and_ones(values):
    """Whether all entries of a tensor (n, K) within [0, 1] are 0 or 1: only those are their own squares."""
    chunks = (chunk.reshape(-1) for chunk in values.split(max(1, MANY // values.shape[1])))
    return all(bool(torch.dot(chunk, chunk) == chunk.sum()) for chunk in chunks)


def number(name, value):
    """Return (value, half a unit of its last digit, the relative error of its type) of a number as it was given.

    >>> number("loss", 0.74), number("loss", "2.30")[1]
    ((0.74, 0.005, 0.0), 0.005)
    """
    rough = 0.0
    if isinstance(value, Tensor | numpy.ndarray | numpy.generic):
        value = tensor(name, value)
        rough = ROUGH.get(value.dtype, 0.0)
        value = value.float().mean() if value.numel() > 1 else value.reshape(())
        text = repr(value.item()) if value.dtype == torch.float64 else str(value.float().cpu().numpy())
    else:
        text = str(value).strip()
    try:
        given = float(text)
    except ValueError:
        raise TypeError(f"{name}: got {value!r}, want a number") from None
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(re.sub(r"[^0-9]", "", mantissa.partition(".")[2]))
    unit = 10.0 ** (int(exponent or 0) - decimals)
    if given == 0 and not isinstance(
        value, str
    ):  # a float's 0.0 was computed or rounded, nobody knows to how many digits
        return given, 5e-7 if isinstance(value, Tensor) else 5e-3, rough
    return given, 0.5 * unit, rough


def named(loss_fn):
    """Return torch's name of a loss, or None if it is a stranger's, and the options that it was made with."""
    if isinstance(loss_fn, str):
        by_class = {kind.__name__: name for kind, name in MODULES.items()}
        name = by_class.get(loss_fn, loss_fn.rpartition(".")[2])
        if name not in WANTS:
            raise ValueError(f"loss_fn: got {loss_fn!r}, want a function, or one of {', '.join([*WANTS, *by_class])}")
        return name, {}
    if isinstance(loss_fn, functools.partial):
        name, options = named(loss_fn.func)
        return name, {**options, **{key: value for key, value in loss_fn.keywords.items() if key in OPTIONS}}
    for kind, name in MODULES.items():
        if type(loss_fn) is kind:
            options = {key: getattr(loss_fn, key) for key in OPTIONS if getattr(loss_fn, key, None) is not None}
            return name, options
    module, name = getattr(loss_fn, "__module__", None) or "", getattr(loss_fn, "__name__", "")
    library = module.startswith(("torch.", "helpers.losses")) or inspect.isbuiltin(loss_fn)
    return (name if library and name in WANTS else None), {}


def log_sum_exp(logits):
    """Return the largest logit of each row and what the log-sum-exp is above it, apart: together they lose digits."""
    top = logits.amax(-1)
    return top, (logits - top[:, None]).exp_().sum(-1).log()


class Rows(NamedTuple):
    """Losses of rows (n,), their weights in a mean (n,) or None, and how many entries each loss is the mean of."""

    losses: Tensor
    weights: Tensor | None = None
    width: int = 1


class Case:
    """The caller's tensors as rows: `x` (n, K), and of the targets either `index` (n,) or `share` (n, K).

    n counts positions too: (N, K, d1) has N·d1 rows. `whole` are the outputs in their own shape. Nothing that is
    computed here changes a tensor or needs a gradient.
    """

    parent = None  # the case that this one is a part of

    def __init__(self, outputs, targets=None, *, loss=None, loss_fn=None, **given):
        if callable(loss) or (isinstance(loss, str) and not re.match(r"^\s*[-+]?(\d|\.\d|inf|nan)", loss.lower())):
            loss, loss_fn = None, loss_fn if loss_fn is not None else loss
        if loss_fn is not None and not (callable(loss_fn) or isinstance(loss_fn, str)):
            raise TypeError(f"loss_fn: got {type(loss_fn).__name__}, want a function, or the name of one")
        self.name, options = (None, {}) if loss_fn is None else named(loss_fn)
        self.given = {**options, **{key: value for key, value in given.items() if value is not None}}
        outputs, targets = self._batches(outputs, targets)
        self._read_outputs(outputs)
        self._read_targets(targets)
        self._read_options()
        self.error = self.named = None
        if loss is None and loss_fn is not None and targets is not None:
            loss = self._run(loss_fn, outputs, targets)
        self.history = self._numbers("history")
        self.from_history = loss is None and bool(self.history)
        if self.from_history:
            loss = list(self.given["history"])[-1]
        self.value, self.unit, rough = (None, 0.0, 0.0) if loss is None else number("loss", loss)
        if isinstance(loss, Tensor) and loss.numel() > 1:
            self.reduction = "none"
        self.rough = max(self.rough, rough)
        self.scores = {
            name: number(name, self.given[name])[:2] for name in ("accuracy", "auc") if self.given.get(name) is not None
        }

    # --- reading

    def _batches(self, outputs, targets):
        """Return outputs and targets as tensors; batches of several sizes are joined, and their sizes noted."""
        several = isinstance(outputs, list | tuple) and outputs and all(hasattr(each, "shape") for each in outputs)
        if several and isinstance(targets, list | tuple) and len({tuple(each.shape) for each in outputs}) > 1:
            parts = [tensor("outputs", each) for each in outputs]
            wanted = [tensor("targets", each) for each in targets]
            self.given.setdefault("batch_sizes", [len(part) for part in parts])
            return torch.cat(parts), torch.cat(wanted)
        return tensor("outputs", outputs), None if targets is None else tensor("targets", targets)

    def _read_outputs(self, outputs):
        self.raw = outputs
        self.shape = tuple(outputs.shape)
        if outputs.numel() == 0 or not self.shape:
            raise ValueError(f"outputs: got shape {self.shape}, want at least one row of outputs")
        self.rough = ROUGH.get(outputs.dtype, 0.0)
        self.whole = outputs if outputs.dtype in (torch.float32, torch.float64) else outputs.float()

    def _read_targets(self, targets):
        """Find out how the targets lie to the outputs, and what they are."""
        self.targets = targets = None if targets is None else targets.to(self.whole.device)
        self.index = self.share = None
        self.faults = {}  # what the losses of torch would refuse, or take for something else
        shape, own = self.shape, None if targets is None else tuple(targets.shape)
        self.dim = 0 if own == () or (len(shape) == 1 and own is None) else 1 if len(shape) > 1 else None
        if targets is None:
            self.dim = len(shape) - 1  # nothing says where the classes are: the last dimension is the usual place
        elif own == shape:
            if self.dim is None and self.name == "cross_entropy" and targets.is_floating_point():
                self.dim = 0
            self.share = targets.to(self.whole.dtype)
            if self.name == "kl_div" and targets.max() <= 1e-4 and targets.min() < 0:
                self.share = self.share.exp()  # log_target=True
        elif len(shape) == 1 and own == ():
            self.index = targets.reshape(1)
        elif len(shape) > 1 and own == shape[:1] + shape[2:]:
            self.index = targets
        elif len(shape) > 2 and own == shape[:-1]:
            self.dim, self.index = len(shape) - 1, targets
            self.faults["class_dim_last"] = (
                f"outputs {shape} with targets {own}: torch takes dimension 1 for the classes"
            )
        elif len(shape) == 2 and own == (shape[0], 1):
            self.index = targets[:, 0]
            self.faults["targets_in_a_column"] = f"targets {own} for outputs {shape}: want ({shape[0]},)"
        elif math.prod(shape) == math.prod(own) == max(shape) and len(own) == 1 != len(shape) or own[1:] == (1,):
            self.dim, self.share = None, targets.to(self.whole.dtype).reshape(shape)
            self.faults["shapes_broadcast"] = f"outputs {shape} against targets {own} broadcast to {own[:1] * 2}"
        else:
            wanted = " or ".join(str(each) for each in dict.fromkeys([shape, shape[:1] + shape[2:]]))
            raise ValueError(f"targets: got shape {own}, want {wanted} for outputs of shape {shape}")
        self.K = 1 if self.dim is None else shape[self.dim]
        if self.index is not None and self.K == 1 and self.name not in CLASS_LOSSES:
            # One output a row and one target a row: a yes-or-no question, which torch's losses want in one shape.
            if own != shape and self.dim == 1:
                self.faults["shapes_broadcast"] = f"outputs {shape} against targets {own} broadcast to {own[:1] * 2}"
            self.share, self.index = self.index.to(self.whole.dtype).reshape(shape), None
        self.x = self._rows(self.whole)
        self.n = len(self.x)
        self.share = None if self.share is None else self._rows(self.share)
        if self.index is not None:
            self._read_indices()

    def _read_indices(self):
        self.index = self.index.reshape(-1)
        if self.index.is_floating_point():
            if not bool((self.index == self.index.round()).all()):
                first = self.index[self.index != self.index.round()][0].item()
                raise ValueError(f"targets: got {first:.4g} among {tuple(self.targets.shape)}, want class indices")
            self.faults["float_class_indices"] = f"targets are {self.targets.dtype}: class indices are int64"
        self.index = self.index.long()

    def _read_options(self):
        self.ignore_index = self.given.get("ignore_index", -100)
        self.smoothing = self.given.get("label_smoothing", 0.0)
        self.reduction = self.given.get("reduction")
        for name, kind in (("ignore_index", int), ("label_smoothing", int | float)):
            if name in self.given and not isinstance(self.given[name], kind):
                raise TypeError(f"{name}: got {self.given[name]!r}, want a number")
        if self.reduction not in (None, "mean", "sum", "none", "batchmean"):
            raise ValueError(f"reduction: got {self.reduction!r}, want 'mean', 'sum', 'none' or 'batchmean'")
        labels = self.given.get("labels")
        if labels is not None and len(labels) != self.K:
            raise ValueError(f"labels: got {len(labels)} names, want {self.K}, one a class")
        self.kept = None if self.index is None else self.index != self.ignore_index
        if self.index is not None and bool(self.kept.all()):
            self.kept = None
        weight, pos_weight = self.given.get("weight"), self.given.get("pos_weight")
        device, dtype = self.whole.device, self.whole.dtype
        self.weight = None if weight is None else tensor("weight", weight).to(device, dtype)
        self.pos_weight = None if pos_weight is None else tensor("pos_weight", pos_weight).to(device, dtype)
        if self.weight is not None and self.classes and tuple(self.weight.shape) not in ((self.K,), self.shape):
            raise ValueError(f"weight: got shape {tuple(self.weight.shape)}, want ({self.K},), one factor a class")
        self.scale, self.element_weight, self.positive_weight = (
            1.0,
            self._spread(self.weight),
            self._spread(self.pos_weight),
        )

    def _spread(self, weight):
        """Return a weight as BCE broadcasts it, in rows (n, K) or (1, K), or None where it doesn't fit or doesn't exist."""
        if weight is None or self.share is None:
            return None
        if weight.dim() <= 1 and len(self.shape) <= 2 and self.dim == 1:
            return weight.reshape(1, -1) if weight.numel() in (1, self.K) else None
        try:
            return self._rows(weight.broadcast_to(self.shape))
        except RuntimeError:
            return None

    def _rows(self, values):
        """Return a tensor of the outputs' shape as rows (n, K)."""
        if self.dim is None:
            return values.reshape(-1, 1)
        return values.movedim(self.dim, -1).reshape(-1, self.K)

    def _numbers(self, name):
        values = self.given.get(name)
        if values is None:
            return []
        if isinstance(values, Tensor | numpy.ndarray):
            self.given[name] = values = tensor(name, values).reshape(-1).tolist()
        return [number(name, value)[0] for value in values]

    def _run(self, loss_fn, outputs, targets):
        """Return the loss that the caller's function gives, or note the error that it raises."""
        if self.name in (*CLASS_LOSSES, *LABEL_LOSSES):
            options = {key: value for key, value in self.given.items() if key in OPTIONS}
            for key in ("weight", "pos_weight"):
                if key in options:
                    options[key] = getattr(self, key).to(outputs.dtype)
            loss_fn = functools.partial(getattr(F, self.name), **options)
        elif isinstance(loss_fn, str):
            return None
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return loss_fn(outputs.clone(), targets.clone())
        except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError) as error:
            self.error = str(error).strip().split("\n")[0]
            return None

    # --- what they are

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
    def unit_interval(self):
        return self.finite and self.low >= 0 and self.high <= 1

    @cached_property
    def hard(self):
        """Whether every output is exactly 0 or 1."""
        return self.unit_interval and {self.low, self.high} <= {0.0, 1.0} and zeros_and_ones(self.x)

    @cached_property
    def sum_error(self):
        return max(1e-4, 4 * self.rough)

    def sums_to_one(self, values, dim):
        return bool(((values.sum(dim) - 1).abs() <= self.sum_error).all())

    @cached_property
    def form(self):
        """What the outputs are by their values: softmax, columns, log-softmax, sigmoid, unit or logits.

        `unit` lies in [0, 1], as probabilities would, but as logits might. What could be sigmoids is settled by the
        targets: as probabilities they must explain them much better than as logits.
        """
        if not self.finite:
            return "logits"
        if self.unit_interval:
            if self.K > 1 and self.sums_to_one(self.x, -1):
                return "softmax"
            if self.K > 1 and self.wrong_dims:
                return "columns"
            return "sigmoid" if self._like_sigmoids() else "unit"
        if self.K > 1 and self.high <= self.sum_error:
            sample = self.x[:256]
            error = 1e-3 + 2 * self.rough * (1 + math.log(self.K))
            if bool((sample.logsumexp(-1).abs() <= error).all()):
                return "log-softmax"
        return "logits"

    @cached_property
    def wrong_dims(self):
        """The dimensions along which the outputs sum to 1, where the classes' dimension is not one of them."""
        if not self.unit_interval or self.K == 1 or self.sums_to_one(self.x, -1):
            return ()
        place = len(self.shape) - 1 if self.dim is None else self.dim
        if self.low < 1 and self.hard:
            return ()  # multi-hot rows do so by chance
        many = [d for d, size in enumerate(self.shape) if d != place and (size > 1 or self.low == 1.0)]
        return tuple(d for d in many if self.sums_to_one(self.whole, d))

    def _like_sigmoids(self):
        if self.x.numel() < 16 or not (0 < self.low and self.high < 1 or self.high - self.low > 0.98):
            return False
        spread = self.low < 0.1 and self.high > 0.9
        middling = self.K >= 4 and self.n >= 4 and abs(self.x.mean().item() - 0.5) < 0.1
        if not (spread or middling) or (self.index is None and self.share is None) or not self.sound_targets:
            return False
        some = self.sample
        odds = torch.logit(some.x.double().clamp(1e-6, 1 - 1e-6)).to(some.x.dtype)
        cost = some.label_rows if some.labels else some.class_rows
        as_logits, as_probs = cost(some.x), cost(odds)
        return ((as_logits.losses - as_probs.losses).sum() * as_logits.width).item() > 7

    @cached_property
    def target_form(self):
        """What the targets are: indices, one-hot, multi-hot, soft (rows sum to 1), shares (in [0, 1]) or stray."""
        if self.index is not None:
            return "indices"
        if self.share is None:
            return None
        low, high = (bound.item() for bound in self.share.aminmax())
        if not (low >= 0 and high <= 1):
            return "stray"
        hard = zeros_and_ones(self.share)
        if self.K > 1 and self.sums_to_one(self.share, -1):
            return "one-hot" if hard else "soft"
        return "multi-hot" if hard else "shares"

    @property
    def classes(self):
        """Whether one of K classes is asked for, by the loss if it is known and by the targets if not."""
        if self.name in CLASS_LOSSES:
            return True
        return self.name not in LABEL_LOSSES and self.target_form in ("indices", "one-hot", "soft")

    @property
    def labels(self):
        """Whether K yes-or-no questions are asked: one-hot targets, and a loss unknown, fit both."""
        if self.name in LABEL_LOSSES:
            return True
        return self.name not in CLASS_LOSSES and self.target_form in ("one-hot", "multi-hot", "shares")

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

    # --- the numbers that come of them

    @property
    def large(self):
        return self.x.numel() > MANY and self.n >= 64

    def part(self, rows):
        """Return the same case with some of the rows; sums are blown up to all of them."""
        part = copy.copy(self)
        for name in [key for key in part.__dict__ if isinstance(getattr(type(self), key, None), cached_property)]:
            del part.__dict__[name]
        for name in ("x", "index", "share", "kept", "element_weight", "positive_weight"):
            values = getattr(self, name)
            setattr(part, name, values if values is None or len(values) == 1 else values[rows])
        part.parent, part.n = self, len(part.x)
        part.scale = self.n / part.n
        return part

    @cached_property
    def samples(self):
        """Eight samples of the rows, evenly spread; a number that is far off on them needs no look at all rows."""
        step = max(8, 16 * self.n * self.K // MANY)
        return [self.part(slice(start, None, step)) for start in range(8)]

    @cached_property
    def sample(self):
        return self.part(slice(0, None, max(1, 2 * self.n * self.K // MANY))) if self.large else self

    @cached_property
    def chunks(self):
        """All rows in parts that fit into a cache: large temporary tensors cost more than what is computed."""
        size = max(1, MANY // self.K)
        return [self.part(slice(start, start + size)) for start in range(0, self.n, size)]

    @cached_property
    def softmax(self):
        return self.x.softmax(-1)

    @cached_property
    def sigmoid(self):
        return self.x.sigmoid()

    @cached_property
    def column_lse(self):
        """The log-sum-exp of each column of all outputs (N, K), also where the case is a part of them."""
        if self.parent is not None:
            return self.parent.column_lse
        top = self.x.amax(0)
        # In parts, and not by logsumexp(0), which takes five times as long.
        sums = (chunk.x.sub(top).exp_().sum(0) for chunk in (self.chunks if self.large else [self]))
        return top + sum(sums).log()

    @cached_property
    def row_lse(self):
        """The log-sum-exp of each row of outputs (n,), as `log_sum_exp` gives it."""
        return log_sum_exp(self.x)

    @cached_property
    def row_mean(self):
        return self.x.mean(-1)

    @property
    def over_the_batch(self):
        return self.x - self.column_lse

    @cached_property
    def one_hot(self):
        """The targets as shares (n, K)."""
        if self.share is not None:
            return self.share
        return F.one_hot(self.safe_index, self.K).to(self.x.dtype)

    @property
    def safe_index(self):
        return self.index if self.kept is None else torch.where(self.kept, self.index, 0)

    def class_rows(self, logits, log_softmax=True, smoothing=None, weighted=True):
        """Return the cross-entropy of logits, or of log-probabilities."""
        smoothing = self.smoothing if smoothing is None else smoothing
        weight = self.weight if weighted else None
        if self.index is None:
            log_probs = logits.log_softmax(-1) if log_softmax else logits
            probs = self.share if not smoothing else (1 - smoothing) * self.share + smoothing / self.K
            return Rows(-(probs * log_probs if weight is None else probs * log_probs * weight).sum(-1))
        top, lse = (0.0, 0.0) if not log_softmax else self.row_lse if logits is self.x else log_sum_exp(logits)
        losses = lse - (logits.gather(1, self.safe_index[:, None])[:, 0] - top)
        weights = None if weight is None else weight[self.safe_index]
        losses = losses if weight is None else losses * weights
        if smoothing:
            if weight is None:
                uniform = lse + top - (self.row_mean if logits is self.x else logits.mean(-1))
            else:
                uniform = (lse + top) * weight.mean() - logits @ weight / self.K
            losses = (1 - smoothing) * losses + smoothing * uniform
        if self.kept is not None:
            losses = losses.where(self.kept, 0)
            weights = self.kept.to(losses.dtype) if weights is None else weights.where(self.kept, 0)
        return Rows(losses, weights)

    def label_rows(self, logits):
        """Return the binary cross-entropy of logits."""
        share = self.one_hot
        if self.positive_weight is None and self.element_weight is None:
            return Rows((F.softplus(logits).sum(-1) - torch.linalg.vecdot(share, logits)) / self.K, None, self.K)
        if self.positive_weight is None:
            losses = F.softplus(logits) - share * logits
        else:
            losses = (1 - share) * logits + (1 + (self.positive_weight - 1) * share) * F.softplus(-logits)
        return self._label_means(losses)

    def prob_rows(self, probs):
        """Return the binary cross-entropy of probabilities, each logarithm held at −100 as in torch."""
        share = self.one_hot.to(probs.dtype)
        if self.target_form in ("soft", "shares"):
            true, false = probs.log().clamp_min(-100), (1 - probs).log().clamp_min(-100)
            return self._label_means(-torch.lerp(false, true, share))
        return self._label_means(-(1 - share - probs).abs().log().clamp_min(-100))

    def _label_means(self, losses):
        return Rows((losses if self.element_weight is None else losses * self.element_weight).mean(-1), None, self.K)

    def kl_rows(self, log_probs):
        """Return the Kullback-Leibler divergence of the targets from log-probabilities."""
        return Rows((torch.special.xlogy(self.one_hot, self.one_hot) - self.one_hot * log_probs).sum(-1))

    def reduce(self, rows, reduction=None):
        """Return the number that a loss gives for rows; a number is returned as it is."""
        reduction = reduction or self.reduction
        if isinstance(rows, Tensor):
            return rows.item()
        losses, weights, width = rows
        if reduction == "sum":
            return losses.sum().item() * width * self.scale
        if reduction == "rows":
            return losses.mean().item() * width
        if reduction == "none" or weights is None:
            return losses.mean().item()
        return (losses.sum() / weights.sum()).item()

    def error_of(self, computed):
        """Return how far the loss that came may be from a computed number, which it is."""
        largest = max(abs(self.low), abs(self.high)) if self.finite else 0.0
        rounding = 4 * EPS * (4 + largest) + 4 * max(self.rough, EPS) * max(1.0, abs(computed))
        loose = 0.01 * abs(self.value) if self.from_history else 0.0
        return self.unit + rounding + loose

    def fits(self, computed):
        return abs(self.value - computed) <= self.error_of(computed)

    def compute(self, formula, reductions=(None,)):
        """Return the numbers that formula(case) gives, one a reduction. formula returns `Rows`, or a tensor with a number.

        On large tensors they are estimates on samples where those are all far from the loss that came.
        """
        if not self.large:
            rows = formula(self)
            return [self.reduce(rows, each) for each in reductions]
        rows = [formula(sample) for sample in self.samples]
        found = torch.tensor([[sample.reduce(each, r) for r in reductions] for sample, each in zip(self.samples, rows)])
        estimate, error = found.mean(0), found.std(0) / math.sqrt(len(rows))
        if not ((self.value - estimate).abs() <= self.unit + 12 * error + 0.002 * estimate.abs()).any():
            return estimate.tolist()
        if isinstance(rows[0], Tensor):
            return [formula(self).item()]
        rows = []
        for chunk in self.chunks:
            rows.append(formula(chunk))
            for name in ("softmax", "sigmoid", "one_hot"):  # as large as the outputs, together
                chunk.__dict__.pop(name, None)
        losses, weights = torch.cat([each.losses for each in rows]), None
        if rows[0].weights is not None:
            weights = torch.cat([each.weights for each in rows])
        return [self.reduce(Rows(losses, weights, rows[0].width), each) for each in reductions]

    @cached_property
    def right(self):
        """The losses that would be in order for these tensors, {formula: number}; the first that fits comes first."""
        found = {}
        if self.value is None or not self.sound_targets or not math.isfinite(self.value):
            return found
        for text, formula in self._sound_formulas():
            texts = {None: text}
            if self.reduction is None:
                texts["sum"] = f"sum of {text}"
                if self.K > 1 and "binary" in text:
                    texts["rows"] = f"{text}, summed over the labels"
            found.update(zip(texts.values(), self.compute(formula, list(texts))))
            for text in texts.values():
                if self.fits(found[text]):
                    return {text: found[text], **found}
        return found

    @property
    def explained(self):
        """The sound formula that gives the loss that came, or None."""
        first = next(iter(self.right.items()), None)
        return first[0] if first and self.fits(first[1]) else None

    def takes(self, name):
        """Whether the loss is this one: by its name, or by the number that came."""
        if self.name:
            return self.name == name
        return bool(self.explained) and name in re.findall(r"(\w+)\(", self.explained)

    def _sound_formulas(self):
        """Yield (text, formula) for every loss that such outputs and targets are meant for."""
        if self.classes and self.K > 1:
            if self.name is None and self.form in ("softmax", "unit", "sigmoid"):
                tiny = 1e-38
                yield "−log of the target's output", lambda c: c.class_rows(c.x.clamp_min(tiny).log(), False)
            if self.name == "kl_div" or (self.name is None and self.form == "log-softmax" and self.index is None):
                yield "kl_div(outputs, targets, reduction='batchmean')", lambda c: c.kl_rows(c.x)
            if self.name == "nll_loss":
                yield "nll_loss(outputs, targets)", lambda c: c.class_rows(c.x, False, smoothing=0.0)
            elif self.name != "kl_div":
                yield "cross_entropy(outputs, targets)", lambda c: c.class_rows(c.x)
        if self.labels:
            if self.unit_interval and self.name != "binary_cross_entropy_with_logits":
                yield "binary_cross_entropy(outputs, targets)", lambda c: c.prob_rows(c.x)
            if self.name != "binary_cross_entropy":
                yield "binary_cross_entropy_with_logits(outputs, targets)", lambda c: c.label_rows(c.x)

    # --- decisions

    @cached_property
    def winners(self):
        return self.x.argmax(-1)

    @cached_property
    def row_accuracy(self):
        """The share of rows whose largest output is that of the target."""
        truth = self.index if self.index is not None else self.share.argmax(-1)
        right = self.winners == truth
        return (right if self.kept is None else right[self.kept]).float().mean().item()
