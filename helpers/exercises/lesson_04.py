"""Exercises of notebooks/04_single_label.ipynb."""

import torch

from helpers.exercises.exercise import Ban, Exercise, Wrong
from helpers.exercises.lesson_01 import NATS

SQUARE = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, -1.0], [1.0, 1.0, 4.0]])

EXERCISES = (
    Exercise(
        id="04.start",
        title="Predict the number: the first loss",
        asks="number",
        digits=2,
        prompt="A fresh network for 10 classes gives ten logits that are all 0. What is its cross-entropy, whatever the target?",
        solution="answer = math.log(10)",
        because="Every class has probability 1/10, and −ln(1/10) = ln 10 = 2.3026. A loss that starts near ln K is a network that knows nothing yet, as it should.",
        hints=(
            "What probability does each class get?",
            "The loss is the negative logarithm of the probability of the true class.",
            "For two classes it would be −ln(1/2) = 0.6931.",
        ),
        units=NATS[:1],
        wrong=(
            Wrong(
                1.0,
                "a loss that starts at 1",
                "This is log base 10 of 10, or a guess; with natural logarithms it is ln 10. Cross-entropy has no upper limit.",
            ),
            Wrong(0.1, "the probability", "The loss is −ln of it."),
            Wrong(0.9, "the missing probability", "1 − p is not the loss; −ln p is."),
            Wrong(
                "math.log(2)",
                "two classes for ten",
                "ln 2 is the chance level of one yes-or-no question; here it is one of ten.",
            ),
            Wrong(
                0.0,
                "logits of 0 for a loss of 0",
                "Equal logits mean equal probabilities, so 1/10 each; a loss of 0 would need probability 1.",
            ),
        ),
    ),
    Exercise(
        id="04.dim",
        title="Where are the classes?",
        asks="choice",
        prompt="""
            `logits` has shape `(2, 3, 4)` and `targets` shape `(2, 4)`, with entries 0, 1 and 2. Which line gives the same as
            `F.cross_entropy(logits, targets)`?
            """,
        options=(
            "`F.nll_loss(F.log_softmax(logits, dim=-1), targets)`",
            "`F.nll_loss(F.log_softmax(logits, dim=1), targets)`",
            "`F.nll_loss(F.softmax(logits, dim=1), targets)`",
            "`F.nll_loss(F.log_softmax(logits, dim=0), targets)`",
        ),
        solution='answer = "b"',
        because="The class dimension of cross_entropy is dim 1. Only for a 2-D batch is that the last one as well.",
        hints=(
            "The targets are 0, 1, 2. Which dimension has three entries?",
            "cross_entropy is *log*-softmax and nll_loss, both along the class dimension.".replace("*", ""),
            "The shape is (rows, classes, places). Dimensions are counted from 0.",
        ),
        wrong=(
            Wrong(
                "a",
                "the last dim",
                "dim=−1 is right for (N, K) only; here the last dimension counts four places, and nothing raises.",
            ),
            Wrong(
                "c",
                "probabilities for log-probabilities",
                "nll_loss takes no logarithm itself; on probabilities it returns a negative number.",
            ),
            Wrong("d", "the batch dim", "dim=0 makes the two rows of the batch compete with each other."),
        ),
    ),
    Exercise(
        id="04.gradient",
        title="The gradient by hand",
        asks="tensor",
        digits=2,
        prompt="One row of logits, `[0, 0, ln 2]`, and the target is class 2. What is the gradient of the cross-entropy with respect to the three logits?",
        given="toy_row, toy_target = torch.tensor([[0.0, 0.0, math.log(2)]]), torch.tensor([2])",
        solution="""
p = torch.softmax(toy_row, dim=1)
y = F.one_hot(toy_target, 3)
answer = (p - y)[0]
""",
        because="p − y: each wrong class is pushed down by its probability, the true one up by what it lacks. The three sum to 0: 0.25, 0.25, −0.5.",
        hints=(
            "The formula has two letters and a minus.",
            "The probabilities are 1/4, 1/4, 1/2.",
            "The first class: 1/4 − 0. For the true class it is a 1 that is taken off.",
        ),
        units=(),
        wrong=(
            Wrong("p", "the probabilities", "The one-hot target is still to be taken off: p − y."),
            Wrong(
                "1 - p",
                "what each class lacks",
                "Only the true class should rise; for the others the gradient is their probability.",
            ),
            Wrong(
                "torch.log_softmax(toy_row, dim=1)",
                "the log-probabilities",
                "This is the loss's ingredient, not its slope.",
            ),
            Wrong(
                "(p - y) * p * (1 - p)",
                "one factor too many",
                "p(1 − p) belongs to the squared error of a sigmoid; for cross-entropy it cancels.",
            ),
        ),
    ),
    Exercise(
        id="04.floor",
        title="Predict the number: softmax before cross_entropy",
        asks="number",
        digits=2,
        prompt="Someone feeds `softmax(logits)` to `F.cross_entropy`, which takes a softmax itself. With K = 3 classes, how far down can the loss go at best?",
        solution="answer = math.log(1 + 2 / math.e)",
        because='The best "logits" are 1 for the true class and 0 for the others: −ln(e/(e + 2)) = ln(1 + 2/e) = 0.5514. A loss stuck at such a number is a fingerprint.',
        hints=(
            "What does cross_entropy get at best, and what does it do with that?",
            "It gets the probabilities [1, 0, 0] and treats them as logits.",
            "With two classes it would be −ln(e¹/(e¹ + e⁰)) = 0.3133.",
        ),
        units=NATS[:1],
        wrong=(
            Wrong(
                0.0,
                "the loss without the mistake",
                "A probability is at most 1, so as a logit it cannot be far above the others: the second softmax keeps it from winning by much.",
            ),
            Wrong("math.log(3)", "the chance level", "ln 3 is where it starts; it does go down from there, a little."),
            Wrong(
                "math.log(1 + 3 / math.e)",
                "K for K − 1",
                "The true class is the 1; the others are K − 1 = 2 in number.",
            ),
            Wrong(
                "math.log(2 / math.e + 1) + 1",
                "the row's logsumexp",
                "The true class's own logit, 1, is still to be taken off.",
            ),
        ),
    ),
    Exercise(
        id="04.weights",
        title="Predict the number: class weights",
        asks="number",
        digits=3,
        prompt="""
            Two rows: one of class 0 with loss 0.5, one of class 1 with loss 1.0. `F.cross_entropy` gets `weight=torch.tensor([1.0, 3.0])`.
            What does it return with `reduction="mean"`?
            """,
        solution="answer = (1 * 0.5 + 3 * 1.0) / (1 + 3)",
        because="A weighted mean: the sum of the weighted losses, divided by the sum of the weights of the rows' targets: 3.5 / 4 = 0.875.",
        hints=(
            "Each loss is multiplied by its class's weight. What is the sum divided by?",
            "Not by the number of rows.",
            "With the weights 1 and 2 it would be (1 · 0.5 + 2 · 1.0) / (1 + 2) = 0.833.",
        ),
        units=(),
        wrong=(
            Wrong(
                "(1 * 0.5 + 3 * 1.0) / 2",
                "division by the number of rows",
                "The weighted sum is divided by the weights of the rows that are there, 1 + 3, not by 2.",
            ),
            Wrong("(0.5 + 1.0) / 2", "no weights", "This is the plain mean; the second row counts three times."),
            Wrong("1 * 0.5 + 3 * 1.0", "the sum", "This is reduction='sum'; the mean divides by the weights."),
        ),
    ),
    Exercise(
        id="04.log_softmax",
        title="Write it: a stable log_softmax",
        asks="function",
        prompt="""
            Write `my_log_softmax(x)` for a batch of shape (N, K), along the classes, without a ready-made one. It must survive logits
            of 1000 and of −1000.
            """,
        starter="def my_log_softmax(x):  # x: (N, K)",
        solution="""
def my_log_softmax(x):
    shifted = x - x.amax(dim=-1, keepdim=True)
    return shifted - shifted.exp().sum(dim=-1, keepdim=True).log()
""",
        because="What makes it safe is the largest logit, taken off: every exponent is then at most 0 and the sum at least 1, so nothing overflows, and no logarithm sees a 0.",
        hints=(
            "Adding a constant to a row changes nothing. Which constant makes exp safe?",
            "Take the row's maximum off first, then the formula: x − log Σ exp x.",
            "`shifted = x - x.amax(dim=-1, keepdim=True)`, then the same line as before with `shifted` for `x`",
        ),
        inputs=(
            (SQUARE,),
            (torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]),),
            (torch.tensor([[1000.0, 0.0]]),),
            (torch.tensor([[-1000.0, -1001.0]]),),
            (torch.tensor([[0.0, 200.0], [1000.0, 999.0]]),),
        ),
        ban=Ban("a ready-made log_softmax", "log_softmax|cross_entropy|nll_loss"),
        shape=True,
        rtol=1e-4,
        atol=1e-5,
        units=NATS,
        wrong=(
            Wrong(
                "lambda x: x - x.exp().sum(-1, keepdim=True).log()",
                "no shift",
                "This is the article's line: exp(1000) is infinite, and exp(−1000) is 0, whose logarithm is −inf.",
            ),
            Wrong(
                "lambda x: torch.softmax(x, -1).log()",
                "the logarithm of a softmax",
                "The small probabilities are rounded to 0 before the logarithm sees them, and log 0 is −inf.",
            ),
            Wrong(
                "lambda x: x - x.amax(-1, keepdim=True) - (x - x.amax(-1, keepdim=True)).exp().sum(-1).log()",
                "no keepdim",
                "Without keepdim the row's number is taken off the columns; a square batch hides it.",
            ),
            Wrong(
                "lambda x: torch.log_softmax(x, 0)",
                "the batch dim",
                "Each row is one example: the softmax runs along the classes, the last dim.",
            ),
            Wrong(
                "lambda x: (x - x.max()) - (x - x.max()).exp().sum(-1, keepdim=True).log()",
                "one maximum for all rows",
                "Each row needs its own: a row far below the batch's largest logit underflows to log 0.",
            ),
            Wrong(
                "lambda x: x - x.amax(-1, keepdim=True)",
                "the shift alone",
                "The logsumexp of the shifted row is still to be taken off.",
            ),
            Wrong("lambda x: torch.softmax(x, -1)", "probabilities", "The logarithm is missing."),
        ),
    ),
    Exercise(
        id="04.nll",
        title="Write it: nll_loss",
        asks="function",
        prompt="""
            Write `my_nll_loss(log_probs, targets)`: the mean over the batch of the negative log-probability of each row's target. A target
            outside 0 … K − 1 must raise an IndexError, −1 and −100 too.
            """,
        starter="def my_nll_loss(log_probs, targets):  # (N, K), (N,)",
        solution="""
def my_nll_loss(log_probs, targets):
    if targets.min() < 0 or targets.max() >= log_probs.shape[1]:
        raise IndexError("targets: want class indices from 0 to K - 1")
    return -log_probs[torch.arange(len(targets)), targets].mean()
""",
        because="One number is picked from each row. Without the check a target of −1 would silently mean the last class.",
        hints=(
            "Pick one entry a row: row 0 at targets[0], row 1 at targets[1], …",
            "`log_probs[torch.arange(N), targets]` picks them; `gather` can do it too. And what does Python make of the index −1?",
            "`if targets.min() < 0 or …: raise IndexError(…)`, and then the negative mean of what was picked. Which other targets are outside?",
        ),
        inputs=(
            (torch.log_softmax(SQUARE, 1), torch.tensor([0, 1, 0])),
            (torch.log_softmax(torch.tensor([[1.0, 2.0, 0.0, 4.0]]), 1), torch.tensor([2])),
            (torch.log_softmax(torch.tensor([[1000.0, 0.0], [0.0, 3.0]]), 1), torch.tensor([1, 1])),
            (torch.log_softmax(torch.tensor([[1.0, 3.0], [2.0, 0.0]]), 1), torch.tensor([-1, 0])),
            (torch.log_softmax(torch.tensor([[1.0, 3.0], [2.0, 0.0]]), 1), torch.tensor([0, 2])),
            (torch.log_softmax(torch.tensor([[1.0, 3.0], [2.0, 0.0]]), 1), torch.tensor([-100, 0])),
        ),
        units=(),
        wrong=(
            Wrong(
                "lambda lp, t: -lp[torch.arange(len(t)), t].mean()",
                "−1 as the last class",
                "Python counts −1 from the end, so a missing label is taken for the last class: check the targets.",
            ),
            Wrong(
                "lambda log_probs, targets: 0 * my_nll_loss(log_probs, targets) - log_probs[:, targets].mean()",
                "every row at every target",
                "`log_probs[:, targets]` is a square of N × N numbers; pair each row with its own target.",
            ),
            Wrong(
                "lambda log_probs, targets: my_nll_loss(log_probs, targets) * len(targets)",
                "the sum",
                "Divide by the number of rows: the mean is wanted.",
            ),
            Wrong(
                "lambda log_probs, targets: 0 * my_nll_loss(log_probs, targets) - log_probs.mean()",
                "the mean over all classes",
                "Only the targets' entries count.",
            ),
            Wrong(
                "lambda log_probs, targets: my_nll_loss(log_probs.log_softmax(1).exp(), targets)",
                "probabilities",
                "The entries are log-probabilities already: no exp, no log, only the sign.",
            ),
        ),
    ),
)
