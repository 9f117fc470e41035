"""Exercises of notebooks/03_softmax_dim.ipynb."""

import torch

from helpers.exercises.exercise import Ban, Exercise, Wrong

SQUARE = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, -1.0], [1.0, 1.0, 4.0]])

EXERCISES = (
    Exercise(
        id="03.batch",
        title="Which dim? A batch",
        asks="choice",
        prompt="`logits` has shape `(32, 4)`: 32 photos, four classes. You want, for each photo, the probabilities of its classes. Which call?",
        options=(
            "`softmax(logits, dim=0)`",
            "`softmax(logits, dim=1)`",
            "`softmax(logits.flatten(), dim=0).view(32, 4)`",
            "`sigmoid(logits)`",
        ),
        solution='answer = "b"',
        because="The softmax runs along the dim that you name: along dim 1 the four classes of one photo share one unit.",
        hints=(
            "Which numbers shall sum to 1: those of one photo, or those of one class?",
            "`dim` names the dimension that is summed over, the one that runs while the softmax is taken.",
            "The shape is (photos, classes). Dimensions are counted from 0.",
        ),
        wrong=(
            Wrong(
                "a",
                "dim 0 for the rows",
                "dim=0 runs down the rows: the 32 photos compete for each class, and no photo's numbers sum to 1.",
            ),
            Wrong(
                "c",
                "one softmax over everything",
                "All 128 numbers would share a single unit, so a photo gets 1/32 on average.",
            ),
            Wrong("d", "sigmoids for shares", "Sigmoids answer four separate questions a photo; they do not sum to 1."),
        ),
    ),
    Exercise(
        id="03.printed",
        title="Which dim? A printed result",
        asks="choice",
        prompt="""
            Somebody prints a softmax of a (2, 3) tensor:

                [[0.1977, 0.6532, 0.4489],
                 [0.8023, 0.3468, 0.5511]]

            Which dim was it?
            """,
        options=("dim 0", "dim 1", "It cannot be told from the output.", "None: it is a sigmoid."),
        solution='answer = "a"',
        because="Each column sums to 1: the softmax ran down the rows, and that is dim 0.",
        hints=(
            "Add some numbers up, in both directions.",
            "0.1977 + 0.8023 = 1. In which direction did you add?",
            "You added down a column, from row to row: the index that moved is the first one.",
        ),
        wrong=(
            Wrong(
                "b",
                "columns for dim 1",
                "What sums to 1 is what the dim runs along. Down a column the first index moves: that is dim 0.",
            ),
            Wrong(
                "c",
                "an output without a trace",
                "It can be told: along the right dim, and along no other, every sum is 1.",
            ),
            Wrong("d", "sigmoids", "With sigmoids, that each of three pairs sums to 1 would be a rare accident."),
        ),
    ),
    Exercise(
        id="03.total",
        title="Predict the number: the sum of everything",
        asks="number",
        digits=0,
        prompt="`x` has shape `(5, 7)`. What is the sum of all entries of `softmax(x, dim=1)`?",
        solution="answer = torch.softmax(torch.zeros(5, 7), dim=1).sum()",
        because="Each of the 5 rows sums to 1. In general the total is numel / size(dim).",
        hints=(
            "How many softmaxes were taken, and what does each of them sum to?",
            "Along dim 1 lie the seven entries of one row. How many rows are there?",
            "35 entries in groups of 7.",
        ),
        units=(),
        wrong=(
            Wrong(
                7.0, "the size of the dim", "Seven numbers share each unit; the number of units is the number of rows."
            ),
            Wrong(
                1.0,
                "one unit for all",
                "Only the entries along the dim share a unit, and there is a unit for each row.",
            ),
            Wrong(35.0, "the number of entries", "An entry is a share of 1, not 1."),
        ),
    ),
    Exercise(
        id="03.volume",
        title="Which dim? Three dimensions",
        asks="choice",
        prompt="`x` has shape `(4, 3, 2)`, and the sum of all entries of its softmax is 8. Which dim was it?",
        options=("dim 0", "dim 1", "dim 2"),
        solution='answer = "b"',
        because="24 entries in groups of size(dim): 24 / 3 = 8, and 3 is the size of dim 1. The other two give 6 and 12.",
        hints=(
            "The total is the number of units, so 8 units are shared among 24 entries.",
            "How many entries share one unit?",
            "Three entries a unit: which dim has size 3?",
        ),
        wrong=(
            Wrong("a", "4 × 2 read as dim 0", "Dim 0 has size 4, so there would be 24 / 4 = 6 units."),
            Wrong("c", "4 · 2 read as dim 2", "Dim 2 has size 2, so there would be 24 / 2 = 12 units."),
        ),
    ),
    Exercise(
        id="03.hand",
        title="By hand",
        asks="tensor",
        digits=2,
        prompt="Compute `softmax(x, dim=0)` for `x = [[0, 0], [ln 3, 0]]` in your head, and type the 2 × 2 result as a list of lists.",
        solution="""
x = torch.tensor([[1.0, 1.0], [3.0, 1.0]]).log()
answer = torch.softmax(x, dim=0)
""",
        because="Down the first column 1 and 3 become shares of 4, 0.25 and 0.75; down the second 1 and 1 become 0.5 each.",
        hints=(
            "Take exp of each entry first.",
            "The exponentials are [[1, 1], [3, 1]]. Divide each by the sum of its column.",
            "First column: 1/4 and 3/4.",
        ),
        wrong=(
            Wrong(
                "torch.softmax(x, dim=1)",
                "the other dim",
                "Here the rows sum to 1: that is dim 1. dim=0 runs down the rows, so columns sum to 1.",
            ),
            Wrong(
                "torch.softmax(x, dim=0).T",
                "the result on its side",
                "The numbers are right and transposed: columns shall sum to 1, not rows.",
            ),
            Wrong(
                "x.exp() / x.exp().sum()",
                "one softmax over everything",
                "Here all four share one unit; each column has a unit of its own.",
            ),
            Wrong("x.exp()", "the exponentials alone", "They are still to be divided by their column's sum."),
        ),
        shape=True,
    ),
    Exercise(
        id="03.randn",
        title="Predict the number: randn·2 − 1",
        asks="number",
        digits=2,
        prompt="The article says that `torch.randn(n) * 2 - 1` lies in [0, 1]. Which part of it really does, as a fraction? Draw a million.",
        solution="""
cdf = torch.special.ndtr(torch.tensor([0.5, 1.0], dtype=torch.float64))  # of the standard normal distribution
answer = cdf[1] - cdf[0]  # 0 and 1 lie 0.5 and 1 standard deviations above the mean, -1
""",
        because="It is normal with mean −1 and standard deviation 2, so [0, 1] reaches from 0.5 to 1 standard deviations above the mean: 0.1499, or 15 %.",
        hints=(
            "What are mean and standard deviation of `randn * 2 - 1`?",
            "Draw `x = torch.randn(1_000_000) * 2 - 1` and count those with 0 ≤ x ≤ 1.",
            "Two comparisons joined by `&` say True or False for each number, and their mean as floats is a share: less than a fifth.",
        ),
        atol=0.002,
        wrong=(
            Wrong(
                1.0,
                "rand for randn",
                "Even rand·2 − 1 would fill [−1, 1]; randn has no bounds at all, and no rescaling gives it any.",
            ),
            Wrong(
                "cdf[1] - 0.5",
                "the standard normal",
                "This is the part of randn itself in [0, 1]; the ·2 − 1 has moved and stretched it.",
            ),
            Wrong("1 - cdf[0]", "everything above 0", "What lies above 1 must not be counted."),
            Wrong(
                0.5,
                "rand·2 − 1 in [0, 1]",
                "One half would be right for the uniform rand; randn is the normal distribution.",
            ),
        ),
    ),
    Exercise(
        id="03.pixels",
        title="Predict the number: Softmax2d",
        asks="number",
        digits=0,
        prompt="`nn.Softmax2d()` gets an input of shape `(1, 3, 2, 2)`: one picture, three channels, 2 × 2 pixels. What do all the entries of its output sum to?",
        solution="answer = torch.nn.Softmax2d()(torch.zeros(1, 3, 2, 2)).sum()",
        because="It is softmax over the channels, dim 1 here: one unit a pixel, 4 pixels.",
        hints=(
            "Which entries share one unit: those of one pixel, or those of one channel?",
            "It makes each pixel a choice among the channels.",
            "One unit for each of 2 × 2 pixels.",
        ),
        units=(),
        wrong=(
            Wrong(
                3.0,
                "one unit a channel",
                '"2d" sounds like a softmax over the picture; it runs over the channels, at each pixel.',
            ),
            Wrong(1.0, "one unit a picture", "It runs over the channels only, once at each pixel."),
            Wrong(2.0, "one unit a row", "Neither rows nor columns of the picture are summed over; the channels are."),
        ),
    ),
    Exercise(
        id="03.write",
        title="Write it: softmax along any dim",
        asks="function",
        prompt="Write `softmax_along(x, dim)` from `exp`, `sum` and a division, without a ready-made softmax. It must work for any dim, and for logits as large as 1000.",
        starter="def softmax_along(x, dim):",
        solution="""
def softmax_along(x, dim):
    exps = (x - x.amax(dim, keepdim=True)).exp()
    return exps / exps.sum(dim, keepdim=True)
""",
        because="`keepdim=True` keeps the sums where they belong, and the largest logit, taken off, keeps exp from overflowing.",
        hints=(
            "Three steps: take off the largest, exp, divide by the sum. All along `dim`.",
            "The maximum and the sum must keep their place to be broadcast right: `keepdim=True`.",
            "`x.amax(dim, keepdim=True)` and `exps.sum(dim, keepdim=True)`",
        ),
        inputs=(
            (SQUARE, 1),
            (SQUARE, 0),
            (torch.tensor([[1.0, 2.0, 3.0], [1.0, 1.0, 0.0]]), 0),
            (torch.arange(24.0).reshape(4, 3, 2).sin(), 1),
            (torch.tensor([1.0, 1.0, 3.0]), -1),
            (torch.tensor([[1000.0, 0.0], [-1000.0, -1000.0]]), 1),
        ),
        ban=Ban("a ready-made softmax", "softmax|softmin"),
        shape=True,
        wrong=(
            Wrong(
                "lambda x, dim: x.exp() / x.exp().sum(dim, keepdim=True)",
                "no shift",
                "exp(1000) is inf, and inf/inf is NaN: take off the largest logit first.",
            ),
            Wrong(
                "lambda x, dim: (x - x.amax(dim, keepdim=True)).exp() / (x - x.amax(dim, keepdim=True)).exp().sum(dim)",
                "no keepdim",
                "Without keepdim the sums line up with the last dim; a square tensor hides it, and the rows are wrong.",
            ),
            Wrong(
                "lambda x, dim: (x - x.max()).exp() / (x - x.max()).exp().sum(dim, keepdim=True)",
                "the largest of everything",
                "Take off the largest along the dim: a row that is far below the others turns into 0/0.",
            ),
            Wrong(
                "lambda x, dim: torch.softmax(x, -1)",
                "always the last dim",
                "This is the softmax along the last dim, whatever `dim` says.",
            ),
            Wrong(
                "lambda x, dim: torch.softmax(x, 0)",
                "always the first dim",
                "This is the softmax along dim 0, whatever `dim` says.",
            ),
            Wrong(
                "lambda x, dim: torch.softmax(x.flatten(), 0).view(x.shape)",
                "one softmax over everything",
                "The maximum and the sum shall be taken along `dim` only.",
            ),
        ),
    ),
)
