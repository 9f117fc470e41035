"""What the detective and the clinic say of trainings that were run: healthy ones, and ones with a mistake.

    python -m bench.trainings                     the trainings of the table; writes helpers/trainings.csv
    python -m bench.trainings --seed 1 --runs 40  other and fewer trainings; prints, writes nothing

Small networks learn scikit-learn's bundled data, or drawn points, labels and sequences of 1 to 1,000 classes. Up to
five times each writes two lines to its log: of its last batches, and of rows kept back. The detective is told the loss
with one to four decimals, and what else a line may say; `diagnose` gets the tensors and the same digits.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import pandas
import sklearn.datasets
import torch
import torch.nn.functional as F
from torch import nn

from bench.clinic import BCE_LOGITS, Draw, dice, divergence, focal, keep, options
from helpers.clinic import MISTAKES as KNOWN
from helpers.clinic import diagnose
from helpers.clinic.measured import TRAINED, rates_of_healthy, rates_of_mistakes
from helpers.clinic.suspects import Verdict, clues, suspects, verdict

SEED = 2031
DIGITS = (1, 2, 3, 4)
CLUES = {"K, accuracy, share": ("num_classes", "accuracy", "share", "smoothing"), "K": ("num_classes",)}
CLUES |= {"accuracy": ("accuracy",), "": ()}
IGNORED = -100


@dataclass(frozen=True)
class Task:
    """Inputs and targets of all rows, and what is asked: "classes", "labels", "yes or no", "tokens" or "pairs"."""

    inputs: torch.Tensor
    targets: torch.Tensor
    kind: str
    num_classes: int


@dataclass(frozen=True)
class Objective:
    """How a training computes its loss."""

    loss: Callable  # a function of what comes out of `before` and the targets
    before: Callable = nn.Identity()
    told: dict = field(default_factory=dict)  # the options that its caller hands to the clinic
    penalty: float = 0.0  # the factor of the weights' squares in the loss
    dropout: float = 0.0
    mixed: bool = False  # whether rows are mixed in pairs
    soft: torch.Tensor | None = None  # a teacher's answers to all rows, which are the targets
    mistake: str = ""  # its name in the clinic
    rate: float | None = None  # the step's size, of a training with a mistake
    steps: int = 800


class Line(NamedTuple):
    """A line of a log, with the tensors of the same step. chance: whether the network knows nothing so far."""

    recipe: str
    mistake: str
    loss: float
    num_classes: int
    accuracy: float | None
    share: float | None
    smoothing: float
    chance: bool
    settled: bool
    batch: dict


# --- the data


@cache
def bundled(name):
    data = getattr(sklearn.datasets, f"load_{name}")()
    inputs = torch.tensor(data.data, dtype=torch.float32)
    return (inputs - inputs.mean(0)) / (inputs.std(0) + 1e-6), torch.tensor(data.target)


class Trainings(Draw):
    """A seeded source of tasks and networks, of which each training takes new ones."""

    def points(self, num_classes=None):
        """Return a task with one class a row: bundled data, or clouds of points that overlap more or less."""
        name = self.pick("digits", "digits", "wine", "iris", "breast_cancer", *["drawn"] * 6)
        if name != "drawn" and not num_classes:
            inputs, targets = bundled(name)
            flip = self.uniform(len(targets)) < self.noise * self.pick(0.0, 0.0, 0.1, 0.25)
            targets = torch.where(flip, targets[torch.randperm(len(targets), generator=self.generator)], targets)
            return Task(inputs, targets, "classes", int(targets.max()) + 1)
        K = num_classes or self.pick(2, 3, 4, 5, 7, 10, 20, 37, 50, 100, 200, 365, 1000)
        n, wide = max(600, min(6 * K, 4000)), self.pick(8, 20, 40)
        centres = (self.real(0.5, 3) if self.noise else 3) * self.normal(K, wide)
        prior = (self.noise * self.pick(0.0, 0.0, 1.0) * self.normal(K)).softmax(0)
        targets = torch.multinomial(prior, n, replacement=True, generator=self.generator)
        return Task(centres[targets] + self.normal(n, wide), targets, "classes", K)

    def labels(self):
        """Return a task of labels that are true together, in a share of 2 to 50 per cent."""
        K, n, wide = self.size(3, 80 if self.noise else 8), 800, self.pick(10, 30)
        inputs, teacher = self.normal(n, wide), self.normal(wide, K)
        scores = inputs @ teacher / math.sqrt(wide) + self.noise * self.pick(0, 0.3, 1) * self.normal(n, K)
        rates = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02) if self.noise else (0.5, 0.3, 0.2)
        cut = scores.quantile(1 - self.pick(*rates))
        return Task(inputs, (scores > cut).float(), "labels", K)

    def yes_or_no(self):
        """Return a task of one output."""
        if self.chance(0.3):
            inputs, targets = bundled("breast_cancer")
            return Task(inputs, targets.float()[:, None], "yes or no", 1)
        inputs = self.normal(800, 12)
        scores = inputs @ self.normal(12) / 3 + self.noise * self.pick(0, 0.5, 1.5) * self.normal(800)
        cut = scores.quantile(1 - self.pick(0.5, 0.3, 0.1, 0.03))
        return Task(inputs, (scores > cut).float()[:, None], "yes or no", 1)

    def tokens(self):
        """Return a task of sequences: the next token, which follows from the one before, and padding at the end."""
        K, n, length = self.size(20, 500), 150, self.size(8, 30)
        follow = ((self.real(1, 5) if self.noise else 5) * self.normal(K, K)).softmax(1)
        tokens = torch.randint(K, (n, 1), generator=self.generator)
        for _ in range(length):
            following = torch.multinomial(follow[tokens[:, -1]], 1, generator=self.generator)
            tokens = torch.cat([tokens, following], 1)
        ends = (self.uniform(n) * length).long().clamp(min=3)
        targets = tokens[:, 1:].masked_fill(torch.arange(length) >= ends[:, None], IGNORED)
        return Task(tokens[:, :-1], targets, "tokens", K)

    def pairs(self):
        """Return a task of pairs that find each other in a batch, whose size is the number of classes."""
        size = self.pick(32, 64, 128, 256)
        inputs = self.normal(max(600, 4 * size), 16)
        other = inputs + self.real(0.1, 1.5) * self.normal(*inputs.shape)
        return Task(torch.stack([inputs, other], 1), torch.arange(len(inputs)), "pairs", size)

    # --- the network

    def network(self, task, dropout):
        """Return a network of one or two layers, and its optimizer's step."""
        K, wide = task.num_classes, task.inputs.shape[-1]
        if task.kind == "tokens":
            return nn.Sequential(nn.Embedding(K, 24), nn.Dropout(dropout), nn.Linear(24, K))
        out = 16 if task.kind == "pairs" else K
        if self.chance(0.3) and not dropout:
            return nn.Sequential(nn.Linear(wide, out))
        hidden = self.pick(16, 64, 128)
        return nn.Sequential(nn.Linear(wide, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, out))

    # --- healthy losses, by what is asked

    def healthy_classes(self, task):
        """Return (name of the recipe, objective)."""
        K = task.num_classes
        way = self.pick("plain", "smoothing", "weights", "mixup", "dropout", "focal", "l2", "distilled", "cosines")
        if way == "smoothing":
            told = {"label_smoothing": self.pick(0.1, 0.1, 0.05, 0.2)}
            return way, Objective(lambda z, t: F.cross_entropy(z, t, **told), told=told)
        if way == "weights":
            told = {"weight": 1 / torch.bincount(task.targets, minlength=K).clamp(min=1)}
            told["weight"] = told["weight"] / told["weight"].mean()
            return way, Objective(lambda z, t: F.cross_entropy(z, t, **told), told=told)
        if way == "focal":
            return way, Objective(lambda z, t: focal(F.cross_entropy(z, t, reduction="none")))
        if way == "cosines":
            scale = self.pick(10.0, 16.0, 30.0)
            return way, Objective(F.cross_entropy, before=lambda z: scale * F.normalize(z, dim=1))
        if way == "distilled":
            T, share = self.pick(1.0, 2.0, 4.0), self.pick(0.5, 0.9, 1.0)
            teacher = F.one_hot(task.targets, K) * self.real(2, 8) + self.normal(len(task.targets), K)
            return way, Objective(
                lambda z, s: distilled(z, s, T, share), soft=(teacher / T).softmax(1), told={"temperature": T}
            )
        return way, Objective(
            F.cross_entropy,
            dropout=self.real(0.2, 0.6) if way == "dropout" else 0.0,
            penalty=self.pick(1e-4, 1e-3, 1e-2) if way == "l2" else 0.0,
            mixed=way == "mixup",
        )

    def healthy_labels(self, task):
        way = self.pick("plain", "pos_weight", "dropout", "focal", "l2", "summed")
        if way == "pos_weight":
            told = {"pos_weight": torch.tensor([self.real(1, 10)])}
            return way, Objective(lambda z, t: BCE_LOGITS(z, t, **told), told=told)
        if way == "focal":
            return way, Objective(lambda z, t: focal(BCE_LOGITS(z, t, reduction="none")))
        if way == "summed":
            return way, Objective(lambda z, t: BCE_LOGITS(z, t, reduction="sum") / len(z))
        dropout, penalty = self.real(0.2, 0.6), self.pick(1e-4, 1e-3, 1e-2)
        if way == "dropout":
            return way, Objective(BCE_LOGITS, dropout=dropout)
        return way, Objective(BCE_LOGITS, penalty=penalty if way == "l2" else 0.0)

    def healthy_yes_or_no(self, task):
        if self.chance(0.3):
            losses = {
                "1 − dice": lambda z, t: 1 - dice(z.sigmoid(), t),
                "−dice": lambda z, t: -dice(z.sigmoid(), t),
                "bce + 1 − dice": lambda z, t: BCE_LOGITS(z, t) + 1 - dice(z.sigmoid(), t),
            }
            way = self.pick(*losses)
            return way, Objective(losses[way])
        return self.healthy_labels(task)

    def healthy_tokens(self, task):
        if self.chance(0.3):
            told = {"label_smoothing": 0.1}
            return "smoothing", Objective(lambda z, t: token_loss(z, t, **told), told=told)
        return "plain", Objective(token_loss, dropout=self.pick(0.0, 0.0, 0.3))

    def healthy_pairs(self, task):
        return "contrastive", Objective(F.cross_entropy, before=lambda z: z / self.temperature)

    temperature = 0.2
    noise = 1.0  # 0 where a mistake is to be all that keeps the loss up

    def healthy(self):
        """Run a training without a mistake and yield its lines."""
        kind = self.pick(*["points"] * 5, "labels", "labels", "yes_or_no", "yes_or_no", "tokens", "pairs")
        self.temperature = self.pick(0.07, 0.1, 0.2, 0.5)
        task = getattr(self, kind)()
        recipe, objective = getattr(self, f"healthy_{task.kind.replace(' ', '_')}")(task)
        yield from self.run(task, objective, f"{task.kind}, {recipe}", steps=self.size(20, 500))

    def spoiled(self, name):
        """Run a training with the mistake of this name, on data that can be learned, and yield its lines."""
        self.noise = 0.0
        task, objective = getattr(self, name)()
        objective = replace(objective, mistake=name, rate=objective.rate or self.pick(0.01, 0.02))
        yield from self.run(task, objective, name, steps=objective.steps)

    # --- mistakes: each method returns a task and the objective with the mistake of its name

    def softmax_before_cross_entropy(self):
        return self.points(self.pick(3, 4, 5, 10, 20, 50)), Objective(F.cross_entropy, lambda z: z.softmax(1))

    def sigmoid_before_cross_entropy(self):
        return self.points(self.pick(3, 4, 5, 10)), Objective(F.cross_entropy, torch.sigmoid)

    def sigmoid_before_bce_with_logits(self):
        return self.pick(self.labels, self.yes_or_no)(), Objective(BCE_LOGITS, torch.sigmoid)

    def softmax_before_bce_with_logits(self):
        task = self.points(self.pick(3, 4, 5, 10))
        return one_hot(task), Objective(BCE_LOGITS, lambda z: z.softmax(1))

    def nll_loss_on_probabilities(self):
        return self.points(self.pick(3, 5, 10)), Objective(F.nll_loss, lambda z: z.softmax(1))

    def nll_loss_on_logits(self):
        return self.points(self.pick(3, 5, 10)), Objective(F.nll_loss)

    def shapes_broadcast(self):
        return self.yes_or_no(), Objective(lambda z, t: BCE_LOGITS(z.expand(-1, len(t)), t[:, 0].expand(len(t), -1)))

    def arguments_swapped(self):
        return self.pick(self.labels, self.yes_or_no)(), Objective(lambda z, t: BCE_LOGITS(t, z))

    def targets_outside_0_1(self):
        task = self.pick(self.labels, self.yes_or_no)()
        return replace(task, targets=255 * task.targets), Objective(BCE_LOGITS)

    def multi_hot_into_cross_entropy(self):
        return self.several(), Objective(F.cross_entropy, rate=0.01, steps=1500)

    def softmax_for_multi_label(self):
        return self.several(), Objective(F.binary_cross_entropy, lambda z: z.softmax(1), rate=0.01, steps=1500)

    def softmax_over_one_output(self):
        task = self.yes_or_no()
        zeros = torch.zeros(len(task.targets), dtype=torch.long)
        return task, Objective(lambda z, t: F.cross_entropy(z, zeros[: len(t)]))

    def one_class_only(self):
        task = self.points(self.pick(3, 10, 20))
        return replace(task, targets=torch.zeros_like(task.targets)), Objective(F.cross_entropy)

    def stuck_at_chance(self):
        """A network whose inputs are all the same."""
        task = self.points(self.pick(3, 5, 10, 20, 50, 100))
        return replace(task, inputs=torch.zeros_like(task.inputs)), Objective(F.cross_entropy)

    def label_smoothing_unsaid(self):
        rate = self.pick(0.1, 0.1, 0.05, 0.2)
        task = self.points(self.pick(3, 5, 10))
        return task, Objective(lambda z, t: F.cross_entropy(z, t, label_smoothing=rate), steps=1500)

    def labels_shifted(self):
        """A language model that was trained as it should be, and a log of its loss against the words that it reads."""
        return self.tokens(), Objective(token_loss)

    def clipped_tail(self):
        """A step so large that every row is sure after it, and a clip that then leaves no slope."""

        def clipped(probs, targets):
            return F.nll_loss(probs.clamp(1e-7, 1 - 1e-7).log(), targets)

        return self.points(self.pick(3, 5, 10, 20)), Objective(clipped, lambda z: z.softmax(1), rate=30.0)

    def several(self):
        """Return a task with exactly m true labels in each row, the same for all rows of a cloud."""
        K, m, wide, groups = self.pick(6, 10, 20), self.pick(2, 3), 40, 30
        group = torch.randint(groups, (800,), generator=self.generator)
        places = self.uniform(groups, K).topk(m, dim=1).indices[group]
        inputs = self.normal(groups, wide)[group] + 0.2 * self.normal(800, wide)
        return Task(inputs, torch.zeros(800, K).scatter_(1, places, 1.0), "labels", K)

    # --- a course of training

    def run(self, task, objective, recipe, steps):
        """Train a network; yield `Line`s at five points of it, of the last batches and of the rows kept back."""
        torch.manual_seed(int(torch.randint(2**31, (), generator=self.generator)))
        model = self.network(task, objective.dropout)
        rate = objective.rate or math.exp(self.real(math.log(0.001), math.log(0.03)))
        optimizer = torch.optim.Adam(model.parameters(), rate)
        if objective.mistake or self.chance(0.5):  # the step shrinks to 0, or stays
            scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, steps)
        else:
            scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0)
        n = len(task.inputs)
        order = torch.randperm(n, generator=self.generator)
        batch_size = task.num_classes if task.kind == "pairs" else 64
        kept, own = order[: max(n // 4, batch_size)][:400], order[max(n // 4, batch_size) :]
        last = {max(1, round(steps * part)): part for part in (0.0, 0.05, 0.2, 0.6, 1.0)}
        recent, late, history = deque(maxlen=20), None, []
        for step in range(1, steps + 1):
            rows = own[torch.randint(len(own), (batch_size,), generator=self.generator)]
            batch = self.batch(model, task, objective, rows, objective.mixed)
            optimizer.zero_grad()
            batch["total"].backward()
            optimizer.step()
            scheduler.step()
            recent.append((float(batch["total"].detach()), batch["accuracy"]))
            if step % max(1, steps // 30) == 0:
                history.append(recent[-1][0])
            if step in last:
                loss = sum(each for each, _ in recent) / len(recent)
                accuracy = None if recent[0][1] is None else sum(each for _, each in recent) / len(recent)
                settled = late is not None and abs(loss - late) <= 0.02 * abs(loss) + 0.002
                late = loss
                yield self.line(task, objective, recipe, batch, loss, accuracy, settled and step == steps, [*history])
                model.eval()
                with torch.no_grad():
                    held = kept[:batch_size] if task.kind == "pairs" else kept
                    batch = self.batch(model, task, objective, held, False)
                loss, accuracy = float(batch["total"]), batch["accuracy"]
                yield self.line(task, objective, recipe, batch, loss, accuracy, False, [*history])
                model.train()

    def batch(self, model, task, objective, rows, mixed):
        """Return outputs, targets, the loss with all its terms, and the accuracy of these rows."""
        x, targets = task.inputs[rows], task.targets[rows]
        asked = targets if objective.soft is None else objective.soft[rows]
        if mixed:
            share, other = 0.5 + 0.5 * self.real(0, 1), torch.randperm(len(rows), generator=self.generator)
            x = share * x + (1 - share) * x[other]
            hot = F.one_hot(targets, task.num_classes).float()
            asked = share * hot + (1 - share) * hot[other]
        if task.kind == "pairs":
            first, second = (F.normalize(model(x[:, side]), dim=1) for side in (0, 1))
            outputs, targets = first @ second.T, torch.arange(len(rows))
            asked = targets
        else:
            outputs = model(x)
        seen = objective.before(outputs)
        squares = sum(each.square().sum() for each in model.parameters())
        total = objective.loss(seen, asked) + objective.penalty * squares
        return {
            "outputs": outputs.detach(),
            "seen": seen.detach(),
            "targets": asked,
            "total": total,
            "accuracy": accuracy_of(outputs.detach(), targets),
        }

    def line(self, task, objective, recipe, batch, loss, accuracy, settled, history):
        """Return the `Line` of a step: what its log says, and what the clinic is given."""
        targets, outputs = batch["targets"], batch["seen"]
        if objective.mistake and self.chance(0.5):
            outputs = batch["outputs"]
        if task.kind == "tokens":
            outputs = outputs.movedim(-1, 1)
        if objective.mistake == "shapes_broadcast":
            targets = targets[:, 0]
        if objective.mistake == "labels_shifted":
            outputs, targets = outputs[..., 1:], targets[:, :-1]
            loss = batch["total"] = F.cross_entropy(outputs, targets, ignore_index=IGNORED)
        share = constant = None
        if task.kind in ("labels", "yes or no"):
            share = (task.targets > 0).float().mean().item()
            constant = max(share, 1 - share)
        elif targets.dim() == 1 or task.kind == "tokens":
            kinds = targets[targets != IGNORED]
            constant = torch.bincount(kinds).max().item() / len(kinds)
        else:
            constant = targets.sum(0).max().item() / len(targets)
        error = 2 * math.sqrt(constant * (1 - constant) / max(1, targets.shape[0])) + 0.01
        given = {"outputs": outputs, "targets": targets, "loss": float(batch["total"].detach()), **objective.told}
        if objective.mistake or self.chance(0.5):
            given["history"] = history
        smoothing = objective.told.get("label_smoothing", 0.0)
        chance = accuracy is not None and accuracy <= constant + error
        said = float(loss), task.num_classes, accuracy, share, smoothing
        return Line(recipe, objective.mistake, *said, chance, settled, given)


def one_hot(task):
    return replace(task, targets=F.one_hot(task.targets, task.num_classes).float(), kind="labels")


def distilled(z, soft, T, share):
    """Return the usual loss of a student: of the teacher's softened answers and, for the rest, of its winners."""
    return share * T**2 * divergence(z, soft, T) + (1 - share) * F.cross_entropy(z, soft.argmax(1))


def token_loss(z, t, **options):
    return F.cross_entropy(z.movedim(-1, 1), t, ignore_index=IGNORED, **options)


def accuracy_of(outputs, targets):
    """Return the share of right winners, or of right labels."""
    if targets.is_floating_point() and outputs.shape[1] > 1 and bool((targets.sum(1) == 1).all()):
        targets = targets.argmax(1)
    if targets.is_floating_point():
        return ((outputs > 0) == (targets > 0.5)).float().mean().item()
    kept = targets != IGNORED
    return (outputs.argmax(-1) == targets)[kept].float().mean().item()


# --- what is said of a line


def clues_of(line, names, decimals):
    """Return what is typed into the detective: the loss to so many decimals, and those of the other boxes."""
    known = {"loss": f"{line.loss:.{decimals}f}", "num_classes": str(line.num_classes)}
    if line.accuracy is not None:
        known["accuracy"] = f"{line.accuracy:.{max(2, decimals)}f}"
    if line.share is not None:
        known |= {"share": f"{100 * line.share:.3g}", "smoothing": ""}
    if line.smoothing:
        known["smoothing"] = str(line.smoothing)
    return {name: known[name] for name in ("loss", *names) if name in known}


MISTAKES = [name for name in vars(Trainings) if any(name == each.name for each in KNOWN)]
UNTOLD = ("one_class_only", "labels_shifted")  # a number alone can't tell these from a network that learns


def said_by_detective(line, names, decimals):
    """Return the verdict on the numbers of a line, and the names of the first suspects."""
    known = clues(**clues_of(line, names, decimals))
    kind, first = verdict(known, suspects(known))
    return kind, {each.name for each in first}


def said_by_clinic(line, decimals):
    """Return the names of what `diagnose` finds, and of its doubts."""
    report = diagnose(**{**line.batch, "loss": f"{line.batch['loss']:.{decimals}f}"})
    return [each.name for each in report.findings], [each.name for each in report.unsure]


def true_of(line):
    """Return the names that are no accusation of a healthy training: what it does not know, and what it smooths."""
    known = {"stuck_at_chance": line.chance, "label_smoothing_unsaid": line.smoothing}
    return {name for name, holds in known.items() if holds}


def measure(seed, healthy, each):
    """Return the table: of every reader, its clues and decimals, how many lines were accused, found first, doubted."""
    rows = []

    def note(line, reader, known, decimals, sure, first, doubted):
        table = "mistake" if line.mistake else "healthy"
        name = line.mistake or line.recipe
        rows.append((table, name, reader, known, decimals, 1, sure, first, doubted))

    for line in lines(seed, healthy, each):
        for decimals in DIGITS:
            for known, names in CLUES.items():
                kind, first = said_by_detective(line, names, decimals)
                named = line.mistake in first if line.mistake else not first & true_of(line)
                sure = kind is Verdict.LIKELY and named
                maybe = kind is Verdict.MAYBE
                note(line, "detective", known, decimals, sure, named and (sure or maybe), maybe)
            found, unsure = said_by_clinic(line, decimals)
            named = found[:1] == [line.mistake] if line.mistake else bool(set(found) - true_of(line))
            note(line, "diagnose", "tensors", decimals, named, named, bool(unsure))
    columns = ["table", "name", "reader", "known", "decimals", "lines", "sure", "first", "doubt"]
    return pandas.DataFrame(rows, columns=columns).groupby(columns[:5], sort=False, as_index=False).sum()


def lines(seed, healthy, each):
    """Yield every line of healthy trainings, and the last two of those with a mistake."""
    draw = Trainings(seed)
    for _ in range(healthy):
        yield from draw.healthy()
    for place, name in enumerate(MISTAKES, 1):
        draw = Trainings(seed + 7919 * place)
        for _ in range(each):
            yield from [*draw.spoiled(name)][-2:]


def main():
    asked = options(__doc__, SEED, healthy=250, runs=10)
    table = measure(asked.seed, asked.healthy, asked.runs)
    print(rates_of_healthy(table).to_string())
    print(rates_of_mistakes(table).to_string())
    if asked.seed == SEED:
        keep(table, TRAINED, SEED)


if __name__ == "__main__":
    main()
