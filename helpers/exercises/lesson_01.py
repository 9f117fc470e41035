"""Exercises of notebooks/01_logit_table.ipynb."""

import torch

from helpers.exercises.exercise import Exercise, Wrong

NATS = (("bits (log base 2)", 1.4426950408889634), ("log base 10", 0.4342944819032518))

EXERCISES = (
    Exercise(
        id="01.ratio",
        title="How many times as probable?",
        asks="number",
        digits=2,
        prompt="The logits of a photo are `[2, 1, 1, 0]`. How many times as probable is the first class as the last one?",
        given="logits = torch.tensor([2.0, 1.0, 1.0, 0.0])",
        solution="""
p = torch.softmax(logits, dim=0)
answer = p[0] / p[3]
""",
        because="The sum cancels in the ratio; what is left is exp of the difference of the two logits: exp(2) = 7.3891.",
        hints=(
            "You do not need the sum of the exponentials. What becomes of it when you divide one probability by another?",
            "A difference of logits becomes a ratio of probabilities. Which function does that?",
            "With the logits [1, 0] the ratio would be e¹ = 2.7183.",
        ),
        wrong=(
            Wrong(
                2.0,
                "the difference itself",
                "Softmax turns the difference of two logits into a ratio by exp: take exp of it.",
            ),
            Wrong(
                "math.exp(-2)",
                "the ratio upside down",
                "This is the last class over the first; the larger logit has the larger probability.",
            ),
            Wrong(
                "p[0]",
                "one probability alone",
                "This is the first class's share of the whole, not how it compares with the last one.",
            ),
            Wrong(
                "logits[0] / logits[3]",
                "the ratio of the logits",
                "Only differences of logits mean something; a ratio of them changes when you add the same number to all.",
            ),
        ),
    ),
    Exercise(
        id="01.third",
        title="A third of the same height",
        asks="choice",
        prompt="""
            Cat and dog have the same logit, 9, far above the other two at −9. Now cow's logit rises to 9 as well.
            What happens to dog's softmax probability, and to dog's sigmoid?
            """,
        options=(
            "Both stay as they are.",
            "Softmax falls from one half to one third, the sigmoid stays.",
            "Both fall to one third.",
            "Softmax stays, the sigmoid falls.",
        ),
        solution='answer = "b"',
        because="One unit of probability is now shared by three. The sigmoid of dog never looks at the other logits.",
        hints=(
            "Which of the two functions has the other classes in its formula?",
            "The softmax of equal logits, all others far below, is one share each. How many share now?",
            "Softmax: e⁹/(e⁹ + e⁹ + e⁹ + …). Sigmoid: 1/(1 + e⁻⁹), before and after.",
        ),
        wrong=(
            Wrong(
                "a",
                "softmax looked at one logit at a time",
                "Dog's logit stands still, but the sum that softmax divides by has grown.",
            ),
            Wrong("c", "sigmoids that compete", "A sigmoid is computed from its own logit only; nothing is shared."),
            Wrong(
                "d",
                "the two functions swapped",
                "It is softmax whose numbers share one unit, and sigmoid that looks at one logit only.",
            ),
        ),
    ),
    Exercise(
        id="01.softmax",
        title="Four shares",
        asks="tensor",
        digits=3,
        prompt="Compute the four softmax probabilities of the running example from `exp` and one division.",
        given="logits = LOGITS.clone()",
        solution="""
exps = logits.exp()
answer = exps / exps.sum()
""",
        because="Each exponential, divided by the sum of all of them, its own included. That is all that softmax is: 0.2506, 0.6415, 0.000806, 0.1071.",
        hints=(
            "Two steps: make the logits positive, then make them shares of one whole.",
            "The whole is the sum of all four exponentials, the class's own included.",
            "`exps = logits.exp()` are the four positive numbers, and `exps.sum()` is the whole. Which share of it has cat?",
        ),
        atol=1e-4,
        wrong=(
            Wrong(
                "exps / (exps.sum() - exps)",
                "the odds",
                "So it comes out when the class itself is left out of the sum; then two equal logits would get 1 each.",
            ),
            Wrong(
                "logits / logits.sum()", "shares of the logits", "Without exp, a negative logit gets a negative share."
            ),
            Wrong(
                "1 / (1 + (-logits).exp())",
                "the four sigmoids",
                "Each of these looks at one logit only, and they do not sum to 1.",
            ),
            Wrong("exps", "the exponentials alone", "They are positive, but they are not yet divided by their sum."),
            Wrong(
                "exps / exps.max()",
                "the exponentials over the largest one",
                "The winner gets 1 and the sum is more than 1; divide by the sum.",
            ),
            Wrong(
                "(exps / exps.sum()).log()",
                "the log-probabilities",
                "These are the logarithms; the probabilities are wanted.",
            ),
        ),
    ),
    Exercise(
        id="01.nll",
        title="The price of a cat",
        asks="number",
        digits=2,
        prompt="The network gives the four logits of the running example, and the photo shows a **cat**. What is the cross-entropy loss?".replace(
            "**", ""
        ),
        given="logits = LOGITS.clone()  # cat, dog, cow, zebra",
        solution="""
log_probs = torch.log_softmax(logits, dim=0)
answer = -log_probs[0]
""",
        because="The cross-entropy is the negative log-probability of the true class and nothing else, in natural logarithms: −ln 0.2506 = 1.3839.",
        hints=(
            "The loss is one number of the table: which column, which row?",
            "The column is the negative log-softmax; the row is that of the true class.",
            "Softmax gives the cat 0.2506. Its natural logarithm is negative, the loss is not.",
        ),
        units=NATS[:1],
        wrong=(
            Wrong(
                "-log_probs[1]",
                "the price of the winner",
                "This is what dog would cost; the loss looks at the true class, whichever class wins.",
            ),
            Wrong(
                "-log_probs[0] / math.log(10)",
                "log base 10",
                "Losses are made of natural logarithms; this is the spreadsheet's LOG.",
            ),
            Wrong(
                "-log_probs.mean()",
                "the mean over the classes",
                "Only the true class is looked up; the other three log-probabilities are not part of the loss.",
            ),
            Wrong(
                "1 - log_probs[0].exp()",
                "the missing probability",
                "This is 1 − p; the loss is −log p, which has no upper limit.",
            ),
            Wrong(
                "log_probs[0].exp()", "the probability itself", "The logarithm is missing: the loss is −log p, not p."
            ),
            Wrong(
                "torch.logsumexp(logits, 0)",
                "the logsumexp alone",
                "The true class's logit is still to be taken off: logsumexp − x.",
            ),
        ),
    ),
    Exercise(
        id="01.detective",
        title="Spreadsheet detective: the loss",
        asks="number",
        digits=2,
        prompt="""
            The article's spreadsheet starts from the unrounded logits in `SPREADSHEET_LOGITS`. Its column "NLL" shows
            `SPREADSHEET_DOG_NLL` = 0.1933 for dog. That is not the negative log-likelihood of dog.

            By which number must the whole column be multiplied to become right? (Find the number, then say to yourself what it is.)
            """,
        given="sheet, shown = SPREADSHEET_LOGITS.clone(), SPREADSHEET_DOG_NLL",
        solution="""
nll = -torch.log_softmax(sheet, dim=0)[1]
answer = nll / shown
""",
        because="It is ln 10 = 2.3026 (from the rounded 0.1933 it comes out as 2.3024): the sheet's LOG is the logarithm to base 10, torch's log is the natural one.",
        hints=(
            "Compute the right NLL of dog and put it beside the sheet's number.",
            "Divide the one by the other, and think of the ways in which two logarithms of the same number can differ.",
            "It is one of `math.log(2)`, `math.log(3)` and `math.log(10)`, but for the rounding of 0.1933.",
        ),
        units=(),
        wrong=(
            Wrong(
                10.0,
                "the base itself",
                "10 is the base of the sheet's logarithm; the factor between the two logarithms is ln 10.",
            ),
            Wrong(
                "shown / nll",
                "the factor upside down",
                "This takes the right column to the sheet's; the other way round is wanted.",
            ),
            Wrong(
                "nll",
                "the right loss itself",
                "This is what the cell should show; wanted is the factor from the sheet's number to this one.",
            ),
            Wrong(
                "-torch.log_softmax(LOGITS, dim=0)[1] / shown",
                "the table's logits for the sheet's",
                "`LOGITS` are rounded to two decimals; the sheet starts from those in `SPREADSHEET_LOGITS`.",
            ),
            Wrong(
                "nll - shown",
                "the difference",
                "The two columns differ by a factor, not by a constant: try it on cat as well.",
            ),
        ),
    ),
    Exercise(
        id="01.column",
        title="Spreadsheet detective: the sigmoid",
        asks="function",
        prompt="""
            For the logits 3.4918, 4.4293, −2.2518, 2.6439 the sheet's column "sigmoid" shows 6.98, 8.86, −4.50, 5.29.
            No probability is 8.86. Write the function that the column really holds, for any tensor of logits.
            """,
        given="sheet, shown = SPREADSHEET_LOGITS.clone(), SPREADSHEET_SIGMOID.clone()",
        starter="def column(x):",
        solution="""
def column(x):
    return 2 * x
""",
        because="Twice the logit. The sheet then highlights three cells above 3, where its own text says two labels: the logits above 3 are two.",
        hints=(
            "Print `shown / sheet`, and `shown - sheet`. Which of the two is the same in each row?",
            "Positive logits become larger, negative ones smaller, and always by the same factor.",
            "For the cat it is 6.98 / 3.4918. Work this out for the other three as well.",
        ),
        inputs=(
            (torch.tensor([3.4918, 4.4293, -2.2518, 2.6439]),),
            (torch.tensor([0.0, -1.0, 50.0]),),
            (torch.tensor([-1000.0, 1000.0]),),
        ),
        atol=0.01,
        wrong=(
            Wrong(
                "lambda x: torch.sigmoid(x)",
                "the true sigmoid",
                "That is what the column's name says; a sigmoid cannot be 8.86. Look at what it holds.",
            ),
            Wrong(
                "lambda x: x.exp()", "the exponentials", "They are all positive, and the column has a negative entry."
            ),
            Wrong(
                "lambda x: x + 3.49",
                "a shift",
                "The difference between column and logit is not the same in each row; the quotient is.",
            ),
        ),
    ),
    Exercise(
        id="01.half",
        title="Half of the whole",
        asks="number",
        digits=4,
        prompt="Which logit must cow have, the other three staying as they are, so that cow's softmax probability is exactly one half?",
        given="logits = LOGITS.clone()  # cat, dog, cow, zebra",
        solution="answer = torch.logsumexp(logits[[0, 1, 3]], dim=0)",
        because="One half means that cow's exponential equals the sum of the three others, so its logit is their logsumexp, 4.8731.",
        hints=(
            "What must cow's exponential be, compared with those of the other three?",
            "It must be as large as the other three together. Take the logarithm of both sides.",
            "log(exp(3.49) + exp(4.43) + …): one class is missing in this sum, and it is not cow.",
        ),
        units=(),
        rtol=2e-5,
        wrong=(
            Wrong(
                "logits[1]",
                "the same as dog",
                "Then cow and dog are equally probable, but cat and zebra have their shares too.",
            ),
            Wrong(
                "torch.logsumexp(logits, dim=0)",
                "the logsumexp of all four",
                "Cow's own old logit must not be in the sum: one half means as much as the others together.",
            ),
            Wrong(0.0, "the half of the sigmoid", "A sigmoid is one half at 0; softmax asks how the others stand."),
            Wrong(
                "logits[[0, 1, 3]].sum()",
                "the sum of the logits",
                "It is the exponentials that add up; take their sum, then the logarithm.",
            ),
        ),
    ),
    Exercise(
        id="01.temper",
        title="Write it: the temperature for a given confidence",
        asks="function",
        prompt="""
            Write `temper(logits, target_prob)`, which returns the temperature T at which the largest softmax probability of
            `logits / T` is `target_prob`. The winner's probability falls as T grows, so bisection will do; search from 0.001 to 1000.
            """,
        starter="def temper(logits, target_prob):",
        solution="""
def temper(logits, target_prob):
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = math.sqrt(low * high)
        if torch.softmax(logits.double() / middle, dim=0).max() > target_prob:
            low = middle  # still too sure: the temperature must rise
        else:
            high = middle
    return low
""",
        because="A temperature can make the winner's probability anything between 1/K and 1, and the winner stays the same: confidence by itself is cheap.",
        hints=(
            "Try T = 1 first and look: is the winner's probability too large or too small?",
            "Keep two temperatures, one too small and one too large, and replace one of them by the middle, sixty times.",
            "If the winner's probability at the middle is above the target, the temperature is too small: `low = middle`, else `high = middle`.",
        ),
        inputs=(
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 0.5),
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 0.99),
            (torch.tensor([0.0, 10.0]), 0.75),
            (torch.tensor([1.0, 2.0, 3.0]), 0.34),
        ),
        units=(),
        wrong=(
            Wrong(
                "lambda logits, target_prob: 1 / temper(logits, target_prob)",
                "the inverse temperature",
                "Logits are divided by T, not multiplied by it.",
            ),
            Wrong(
                "lambda logits, target_prob: 1e-3 if torch.softmax(logits, dim=0).max() > target_prob else 1e3",
                "the two branches exchanged",
                "So a search runs away to an end of its range. Where the winner is still too sure, T must rise: `low = middle`.",
            ),
            Wrong(
                "lambda logits, target_prob: 1e3",
                "the upper end of the range, always",
                "This is the upper end of the search, whatever is asked for. Where the winner is not sure enough, T is too large: `high = middle`.",
            ),
            Wrong(
                "lambda logits, target_prob: torch.softmax(logits, dim=0).max() / target_prob",
                "a temperature for probabilities",
                "The temperature divides the logits, and the probability does not fall in proportion to it.",
            ),
        ),
    ),
)
