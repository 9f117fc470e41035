"""Exercises of notebooks/02_softmax_vs_sigmoid.ipynb."""

import torch

from helpers.data import LABELS
from helpers.exercises.exercise import Ban, Exercise, Wrong

EXERCISES = (
    Exercise(
        id="02.unit",
        title="Three what?",
        asks="choice",
        prompt="""A colleague writes "a label counts when it is above 3". The numbers come straight from the last linear layer. In which unit is the 3?""",
        options=("a probability", "odds", "a logit", "per cent"),
        solution='answer = "c"',
        because="What comes out of the last linear layer is a logit. As odds it is e³ = 20.1 to 1, as a probability 0.9526.",
        hints=(
            "What does a last linear layer return, with nothing after it?",
            "Rule out what cannot be 3, or cannot be negative.",
            "A probability lies between 0 and 1, odds and percentages are never negative. Raw outputs may have either sign.",
        ),
        wrong=(
            Wrong(
                "a",
                "a probability above 1",
                "No probability is above 3, so as a probability this threshold would never let a label pass.",
            ),
            Wrong("b", "odds", "Odds are exp of the logit and never negative; nothing here has taken an exp."),
            Wrong("d", "per cent", "A percentage is a probability times 100; raw outputs are no probability yet."),
        ),
    ),
    Exercise(
        id="02.logit",
        title="Which labels pass? As a logit",
        asks="labels",
        prompt="The running example: cat 3.49, dog 4.43, cow −2.25, zebra 2.64. Which labels pass the threshold `logit > 3`?",
        options=LABELS,
        solution='answer = ["cat", "dog"]',
        because="3.49 and 4.43 are above 3; zebra's 2.64 falls short.",
        hints=(
            "The numbers are logits, and so is the threshold. Do you have to convert anything?",
            "Compare the four numbers with 3 as they stand.",
            "Two of the four are above 3.",
        ),
        wrong=(
            Wrong(
                [],
                "a probability against a logit",
                "Sigmoids are at most 1, so compared with 3 none of them passes; but these four numbers are logits, and so is the 3.",
            ),
            Wrong(
                ["dog"],
                "the argmax",
                "That is softmax's one winner; a threshold lets every label pass that is above it.",
            ),
            Wrong(
                ["cat", "dog", "zebra"],
                "the threshold σ > 0.5",
                "Zebra is above 0 (probability one half), but not above 3.",
            ),
        ),
    ),
    Exercise(
        id="02.odds",
        title="Which labels pass? As odds",
        asks="labels",
        prompt="The same four logits: cat 3.49, dog 4.43, cow −2.25, zebra 2.64. Which labels pass `odds > 10`, each label taken on its own (odds of its sigmoid)?",
        options=LABELS,
        solution='answer = ["cat", "dog", "zebra"]',
        because="The odds are exp(logit): 32.8, 83.9, 0.1 and 14.0. Equally, 10 to 1 is the logit ln 10 = 2.30.",
        hints=(
            "Put both sides in one unit: either the threshold as a logit, or the logits as odds.",
            "The logit is the logarithm of the odds. What is ln 10?",
            "ln 10 = 2.30. Which logits are above that?",
        ),
        wrong=(
            Wrong(
                [],
                "a logit against odds",
                "No logit here is above 10, but odds are exp of the logit: 3.49 is 32.8 to 1.",
            ),
            Wrong(
                ["cat", "dog"],
                "the old threshold",
                "Odds of 10 are a logit of 2.30, lower than the 3 of the question before.",
            ),
            Wrong(
                ["dog"],
                "softmax's odds",
                "Taken on its own, a label's odds are σ/(1 − σ) = exp(logit); the other labels have no part in it.",
            ),
        ),
    ),
    Exercise(
        id="02.prob",
        title="Which labels pass? As a probability",
        asks="labels",
        prompt="The same four logits: cat 3.49, dog 4.43, cow −2.25, zebra 2.64. Which labels pass `sigmoid > 0.98`?",
        options=LABELS,
        solution='answer = ["dog"]',
        because="0.98 is the odds 49 to 1 and the logit 3.89; only dog's 4.43 is above. Cat's sigmoid is 0.9704.",
        hints=(
            "Put both sides in one unit. What is 0.98 as odds?",
            "0.98/0.02 = 49, and the logit is ln 49.",
            "ln 49 = 3.89. One logit is above that.",
        ),
        wrong=(
            Wrong(
                ["cat", "dog", "zebra"],
                "a logit against a probability",
                "These three logits are above 0.98; but 0.98 is a probability, and as a logit it is 3.89.",
            ),
            Wrong(
                ["cat", "dog"],
                "0.95 for 0.98",
                "The logit 3 is 0.9526; 0.98 is already 3.89. Near 1, a small step in probability is a long way in logits.",
            ),
            Wrong(
                [],
                "softmax for sigmoid",
                "No softmax probability here is above 0.98; the sigmoids are four questions of their own.",
            ),
        ),
    ),
    Exercise(
        id="02.convert",
        title="Predict the number: 0.9 as a logit",
        asks="number",
        digits=2,
        prompt="You want the threshold `sigmoid(x) > 0.9`, but only the logits are at hand. With which number do you compare them?",
        solution="answer = math.log(0.9 / (1 - 0.9))",
        because="0.9 is 9 to 1, and ln 9 = 2.1972. The sigmoid is increasing, so comparing logits with it gives the same labels.",
        hints=(
            "Two steps: probability to odds, odds to logit.",
            "The odds of 0.9 are 0.9 / 0.1.",
            "The odds are 9 to 1. For 3 to 1 the logit would be ln 3 = 1.0986.",
        ),
        units=(),
        wrong=(
            Wrong("0.9 / 0.1", "the odds", "9 to 1 is right as odds; the logit is the logarithm of that."),
            Wrong(
                "1 / (1 + math.exp(-0.9))",
                "the sigmoid of the threshold",
                "The way back from probability to logit is the inverse of the sigmoid.",
            ),
            Wrong(
                "math.log(0.9)",
                "the logarithm of the probability",
                "The logit is the logarithm of the odds, p/(1 − p), not of p.",
            ),
            Wrong("math.log10(9)", "log base 10", "Logits are natural logarithms of odds."),
            Wrong(0.9, "the probability as it is", "A logit of 0.9 is a probability of 0.71 only."),
        ),
    ),
    Exercise(
        id="02.two",
        title="Predict the number: two classes",
        asks="number",
        digits=2,
        prompt="What is the second entry of `softmax([1, 3])`? The sigmoid of one number will do.",
        solution="answer = torch.sigmoid(torch.tensor(3.0 - 1.0))",
        because="For two classes softmax is the sigmoid of the difference: σ(2) = 0.8808.",
        hints=(
            "Divide numerator and denominator of the softmax by its numerator.",
            "1/(1 + exp(…)): what stands in the place of the dots?",
            "σ(b − a) with b the logit that you ask for.",
        ),
        wrong=(
            Wrong(
                "torch.sigmoid(torch.tensor(3.0))",
                "the sigmoid of one logit",
                "Only the difference to the other class counts; add 100 to both and softmax stays.",
            ),
            Wrong(
                "torch.sigmoid(torch.tensor(-2.0))",
                "the other class",
                "This is the first entry: the difference was taken the wrong way round.",
            ),
            Wrong(0.75, "shares of the logits", "3 of 4 is the logit's share; softmax shares the exponentials."),
            Wrong(
                "math.exp(2)",
                "the odds",
                "exp(2) is how many times as probable the second is; odds of r to 1 are the probability r/(r + 1).",
            ),
        ),
    ),
    Exercise(
        id="02.passing",
        title="Write it: a threshold on logits, given as a probability",
        asks="function",
        prompt="""
            Write `passing(logits, threshold_prob)`, which returns for each label whether its sigmoid is above `threshold_prob`. Do not
            compute a single sigmoid of the logits: convert the threshold instead.
            """,
        starter="def passing(logits, threshold_prob):",
        solution="""
def passing(logits, threshold_prob):
    return logits > math.log(threshold_prob / (1 - threshold_prob))
""",
        because="To convert the threshold is one conversion instead of one for each logit, and nothing is rounded where the sigmoid is nearly 1.",
        hints=(
            "The sigmoid is increasing: comparing sigmoids is comparing logits with the right number.",
            "The right number is the logit of the threshold, log(p/(1 − p)).",
            "The threshold is one number, so `math.log` can take the logarithm of its odds. Then one comparison is left.",
        ),
        inputs=(
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 0.5),
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 0.95),
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 0.05),
            (torch.tensor([0.2, 0.4, 0.95, -1.5]), 0.3),
            (torch.tensor([-1000.0, 1000.0, 0.0, 20.0]), 0.999),
        ),
        ban=Ban("a sigmoid of the logits", "sigmoid|expit", "lambda logits, threshold_prob: torch.sigmoid(logits)"),
        units=(),
        wrong=(
            Wrong(
                "lambda logits, threshold_prob: logits > threshold_prob",
                "a logit against a probability",
                "The threshold must first be turned into a logit: log(p/(1 − p)).",
            ),
            Wrong(
                "lambda logits, threshold_prob: torch.softmax(logits, 0) > threshold_prob",
                "softmax for sigmoid",
                "Each label is a question of its own; softmax makes them compete.",
            ),
            Wrong(
                "lambda logits, threshold_prob: logits > 1 / (1 + math.exp(-threshold_prob))",
                "the sigmoid of the threshold",
                "The sigmoid leads from logit to probability; the other way leads its inverse.",
            ),
            Wrong(
                "lambda logits, threshold_prob: logits > threshold_prob / (1 - threshold_prob)",
                "odds for a logit",
                "p/(1 − p) are the odds; their logarithm is the logit.",
            ),
            Wrong(
                "lambda logits, threshold_prob: logits < math.log(threshold_prob / (1 - threshold_prob))",
                "the labels that fail",
                "These are the labels below the threshold: the comparison is the wrong way round.",
            ),
        ),
    ),
    Exercise(
        id="02.rest",
        title="Write it: one against the rest",
        asks="function",
        prompt="""
            Softmax for any number of classes is a sigmoid too. Write `one_against_rest(logits, k)`, which returns the softmax
            probability of class `k` as the sigmoid of a single number, without a softmax.
            """,
        starter="def one_against_rest(logits, k):",
        solution="""
def one_against_rest(logits, k):
    others = torch.cat([logits[:k], logits[k + 1 :]])
    return torch.sigmoid(logits[k] - torch.logsumexp(others, dim=0))
""",
        because="The other classes together act as one class, whose logit is the logsumexp of theirs.",
        hints=(
            "For two classes it is σ(own − other). With more, what is the logit of all the others together?",
            "The exponentials of the others add up; the logarithm of that sum is their common logit.",
            "`others = torch.cat([logits[:k], logits[k + 1 :]])`; the `torch.logsumexp` of these is the one rival's logit.",
        ),
        inputs=(
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 1),
            (torch.tensor([3.49, 4.43, -2.25, 2.64]), 3),
            (torch.tensor([1.0, 3.0]), 0),
            (torch.tensor([1000.0, 1001.0, 0.0]), 1),
        ),
        ban=Ban("a softmax of the logits", "softmax|softmin", "lambda logits, k: torch.softmax(logits, 0)"),
        wrong=(
            Wrong(
                "lambda logits, k: torch.sigmoid(logits[k])",
                "the sigmoid of one logit",
                "The other classes are missing: softmax compares.",
            ),
            Wrong(
                "lambda logits, k: torch.sigmoid(logits[k] - torch.logsumexp(logits, dim=0))",
                "the class against all, itself included",
                "Leave class k out of the logsumexp: here it is the others that stand against it.",
            ),
            Wrong(
                "lambda logits, k: torch.sigmoid(logits[k] - torch.cat([logits[:k], logits[k + 1:]]).max())",
                "the class against the strongest rival",
                "The weaker ones count too: their exponentials add up.",
            ),
            Wrong(
                "lambda logits, k: torch.sigmoid(logits[k] - torch.cat([logits[:k], logits[k + 1:]]).sum())",
                "the sum of the other logits",
                "It is the exponentials that add up, not the logits: logsumexp.",
            ),
        ),
    ),
)
