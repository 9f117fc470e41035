"""Exercises of notebooks/05_multi_label.ipynb."""

import torch

from helpers.data import LABELS
from helpers.exercises.exercise import Ban, Exercise, Wrong
from helpers.exercises.lesson_01 import NATS

EXERCISES = (
    Exercise(
        id="05.targets",
        title="Targets for a photo with two animals",
        asks="tensor",
        prompt="The labels are cat, dog, cow, zebra, in this order. A photo shows a cat and a zebra. Write its target for binary cross-entropy.",
        solution="answer = torch.tensor([1.0, 0.0, 0.0, 1.0])",
        because="Multi-hot, [1, 0, 0, 1]: one yes or no a label, as floats.",
        hints=(
            "Four labels are four questions. How is each of them answered?",
            "1 for yes, 0 for no.",
            "Is there a cat? Yes: 1. Is there a dog? And so on, in the order of the labels.",
        ),
        units=(),
        wrong=(
            Wrong(
                [0.5, 0, 0, 0.5],
                "targets that share one unit",
                "Each label is a question of its own, answered with 1; only softmax shares a unit.",
            ),
            Wrong([0, 3], "class indices", "Indices are for one label of many; here every label gets a yes or no."),
            Wrong([1, 4], "class indices, counted from 1", "Every label gets a yes or no, and Python counts from 0."),
            Wrong([0, 1, 1, 0], "yes and no swapped", "1 stands for a label that is there."),
            Wrong(
                [1, 0, 0, 0],
                "one-hot",
                "Only the cat is in your target; multi-hot has a 1 for every label that is there.",
            ),
        ),
    ),
    Exercise(
        id="05.chance",
        title="Predict the number: the first loss",
        asks="number",
        digits=2,
        prompt="A fresh multi-label network for 20 labels gives 20 logits that are all 0. What is the mean binary cross-entropy, whatever the targets?",
        solution="answer = math.log(2)",
        because="Each label is a yes-or-no question at probability one half, and −ln ½ = ln 2 = 0.6931, for 20 labels as for one.",
        hints=(
            "What is σ(0)?",
            "The loss of one label at probability one half is −ln ½, for yes and for no. And the mean of twenty equal numbers?",
            "It is the loss of one label, and lies between 0.6 and 0.7.",
        ),
        units=(*NATS[:1],),
        wrong=(
            Wrong(
                "math.log(20)",
                "the chance level of softmax",
                "ln K belongs to one class of K; here are 20 questions with two answers each.",
            ),
            Wrong("20 * math.log(2)", "the sum over the labels", "The default reduction is the mean over all labels."),
            Wrong(
                1.0,
                "one bit, or a guess",
                "In bits it is 1; with natural logarithms, of which torch makes its losses, it is ln 2.",
            ),
            Wrong(0.5, "the probability", "σ(0) is one half; the loss is −ln of it."),
            Wrong(0.0, "logits of 0 for a loss of 0", "A logit of 0 means undecided, and that has a price."),
        ),
    ),
    Exercise(
        id="05.prior",
        title="Predict the number: rare labels",
        asks="number",
        digits=2,
        prompt="""
            Each label is true for 1 photo in 10. The network says 0.1 for every label of every photo (bias −2.1972). What is the mean
            binary cross-entropy over many photos?
            """,
        solution="answer = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))",
        because="The entropy of a 1-in-10 event, 0.3251. A loss below ln 2 is thus no proof that the network has learned to see.",
        hints=(
            "One label in ten costs −ln 0.1. What do the other nine cost?",
            "They cost −ln 0.9 each. Take the mean with the weights 0.1 and 0.9.",
            "The true labels add 0.1 · 2.3026 = 0.2303 to the mean. What do the false ones add?",
        ),
        units=NATS[:1],
        wrong=(
            Wrong("-math.log(0.9)", "the false labels only", "One label in ten is true and costs −ln 0.1 = 2.30."),
            Wrong("-math.log(0.1)", "the true labels only", "Nine labels of ten are false and cost −ln 0.9 each."),
            Wrong(
                "math.log(2)",
                "the chance level of an undecided network",
                "ln 2 is the price of saying one half; this network knows the prior.",
            ),
            Wrong(
                "-(math.log(0.1) + math.log(0.9)) / 2",
                "true and false labels counted alike",
                "They are not equally frequent: weigh them with 0.1 and 0.9.",
            ),
        ),
    ),
    Exercise(
        id="05.decide",
        title="Which labels pass?",
        asks="labels",
        prompt="A multi-label network returns the logits cat 0.3, dog 0.6, cow 0.7, zebra −4. Which labels are more probable than not?",
        options=LABELS,
        solution='answer = ["cat", "dog", "cow"]',
        because="σ(x) > 0.5 is x > 0, and three logits are positive.",
        hints=(
            "More probable than not is σ(x) > 0.5. Which logit is that?",
            "σ(0) = 0.5.",
            "All with a positive logit.",
        ),
        wrong=(
            Wrong(
                ["dog", "cow"],
                "0.5 applied to logits",
                "The threshold 0.5 is a probability; as a logit it is 0, and cat is above it.",
            ),
            Wrong(["cow"], "the argmax", "Multi-label has no one winner: each label is decided on its own."),
            Wrong(
                [],
                "softmax above one half",
                "Three labels share softmax's unit, so none reaches one half; sigmoids do not share.",
            ),
        ),
    ),
    Exercise(
        id="05.extreme",
        title="Sure and wrong",
        asks="choice",
        prompt="A label is false (y = 0) and its logit is 17. What are the loss and its gradient by `F.binary_cross_entropy(torch.sigmoid(x), y)` in float32?",
        options=("17 and 1", "100 and 0", "inf and inf", "17 and 0"),
        solution='answer = "b"',
        because="σ(17) is 1, log(1 − 1) is clamped at −100, and a clamped number has no slope: the worst mistake of all teaches the network nothing.",
        hints=(
            "What is σ(17) in float32?",
            "It is exactly 1, so the loss would be −log 0; torch clamps that logarithm.",
            "The clamp is at −100, and behind a clamp (and a saturated sigmoid) the gradient is 0.",
        ),
        wrong=(
            Wrong(
                "a",
                "the true values",
                "So it should be, and so it is with binary_cross_entropy_with_logits; the sigmoid has lost these digits.",
            ),
            Wrong("c", "the article's formula", "Without torch's clamp at −100 it would be so."),
            Wrong(
                "d", "the right loss without a gradient", "Once σ(x) is 1, the 17 cannot be got back: torch puts 100."
            ),
        ),
    ),
    Exercise(
        id="05.broadcast",
        title="Predict the number: a shape that slips through",
        asks="number",
        digits=2,
        prompt="""
            `said = [[0.9], [0.1]]` has shape (2, 1), `truth = [1, 0]` has shape (2,). What does the article's formula
            `-(truth * said.log() + (1 - truth) * (1 - said).log()).mean()` return? (`F.binary_cross_entropy` refuses.)
            """,
        given="said, truth = torch.tensor([[0.9], [0.1]]), torch.tensor([1.0, 0.0])",
        solution="answer = -(truth * said.log() + (1 - truth) * (1 - said).log()).mean()",
        because="The two broadcast to 2 × 2: every probability meets every target, and half of the four are wrong: 1.2040. The right loss is 0.1054.",
        hints=(
            "Which shape has `truth * said`?",
            "(2,) against (2, 1) gives (2, 2): each probability with each target.",
            "Two of the four pairs are right and cost −ln 0.9 = 0.1054 each. And the other two?",
        ),
        units=NATS[:1],
        wrong=(
            Wrong(
                "-math.log(0.9)",
                "the loss that was meant",
                "So it would be if row met row; (2, 1) against (2,) is broadcast to (2, 2).",
            ),
            Wrong("-math.log(0.1)", "every target missed", "Two of the four pairs of the 2 × 2 square are right."),
            Wrong("-2 * (math.log(0.9) + math.log(0.1))", "the sum", "The mean is wanted: divide by four."),
        ),
    ),
    Exercise(
        id="05.pos_weight",
        title="Predict the number: pos_weight",
        asks="number",
        digits=2,
        prompt="One label, true (y = 1), logit 0. What is `F.binary_cross_entropy_with_logits` with `pos_weight=torch.tensor([3.0])`?",
        solution="""
answer = F.binary_cross_entropy_with_logits(torch.tensor([0.0]), torch.tensor([1.0]), pos_weight=torch.tensor([3.0]))
""",
        because="pos_weight multiplies the loss of true labels, 3 · ln 2 = 2.0794. Unlike the class weights of cross_entropy, nothing is divided by it.",
        hints=(
            "What is the loss without pos_weight?",
            "It is ln 2. What does pos_weight do to a true label, and is the mean divided by weights?",
            "With a pos_weight of 2 it would be 2 · ln 2 = 1.3863.",
        ),
        units=NATS[:1],
        wrong=(
            Wrong(
                "math.log(2)",
                "a weighted mean",
                "cross_entropy divides by the sum of its weights; binary_cross_entropy_with_logits does not.",
            ),
            Wrong(
                3.0,
                "the weight alone",
                "3 is the factor; it multiplies the loss of a logit of 0, which is not 1 but ln 2.",
            ),
            Wrong("math.log(2) / 3", "division for multiplication", "pos_weight above 1 makes true labels dearer."),
            Wrong(
                "4 * math.log(2)",
                "weight added to 1",
                "pos_weight replaces the factor 1 of the true label; it is not added to it.",
            ),
        ),
    ),
    Exercise(
        id="05.bce",
        title="Write it: BCE with logits",
        asks="function",
        prompt="""
            Write `my_bce_with_logits(logits, targets)`: the mean binary cross-entropy, from the logits, without a ready-made
            loss function (`F.softplus` and `F.logsigmoid` are allowed). Logits of 17 and of ±1000 must give the right loss.
            """,
        starter="def my_bce_with_logits(logits, targets):",
        solution="""
def my_bce_with_logits(logits, targets):
    return (F.softplus(logits) - logits * targets).mean()
""",
        because="y = 0 costs softplus(x), y = 1 costs softplus(x) − x = softplus(−x), and in between it is linear: no probability is needed.",
        hints=(
            "−log(1 − σ(x)) is a function of x that never needs σ. Which?",
            "It is softplus(x) = log(1 + eˣ); and −log σ(x) = softplus(−x) = softplus(x) − x.",
            "y = 0 costs softplus(x), y = 1 costs softplus(x) − x: one line with y in it does both. Then the mean.",
        ),
        inputs=(
            (torch.tensor([0.0, 1.0, -2.0, 3.0]), torch.tensor([1.0, 0.0, 0.0, 1.0])),
            (torch.tensor([[3.49, 4.43], [-2.25, 2.64]]), torch.tensor([[1.0, 1.0], [0.0, 0.0]])),
            (torch.tensor([17.0]), torch.tensor([0.0])),
            (torch.tensor([1000.0, -1000.0]), torch.tensor([0.0, 1.0])),
            (torch.tensor([1000.0, -1000.0]), torch.tensor([1.0, 0.0])),
        ),
        ban=Ban("a ready-made loss", "loss|entropy"),
        rtol=1e-4,
        units=(),
        wrong=(
            Wrong(
                "lambda x, y: F.binary_cross_entropy(torch.sigmoid(x), y)",
                "sigmoid before BCE",
                "σ(17) is 1 in float32, and the clamp of binary_cross_entropy turns the loss of 17 into 100.",
            ),
            Wrong(
                "lambda x, y: -(y * torch.sigmoid(x).log() + (1 - y) * (1 - torch.sigmoid(x)).log()).mean()",
                "the article's formula",
                "Log of 0 is −inf, and for a perfect prediction 0 · log 0 is NaN.",
            ),
            Wrong(
                "lambda x, y: (F.softplus(-x) + x * y).mean()",
                "yes and no swapped",
                "softplus(−x) is the price of x for y = 1; here it is charged for y = 0.",
            ),
            Wrong("lambda x, y: (F.softplus(x) - x * y).sum()", "the sum", "The mean over all labels is wanted."),
            Wrong(
                "lambda x, y: F.cross_entropy(x, y)",
                "cross_entropy",
                "That is a softmax over the labels: one label of K. Here each label is a question of its own.",
            ),
            Wrong(
                "lambda x, y: F.binary_cross_entropy_with_logits(torch.sigmoid(x), y)",
                "sigmoid twice",
                "A loss with logits takes the sigmoid itself.",
            ),
            Wrong(
                "lambda x, y: (x.exp().log1p() - x * y).mean()",
                "a softplus that overflows",
                "exp(1000) is infinite: write softplus as max(x, 0) + log1p(exp(−|x|)), or use F.softplus.",
            ),
        ),
    ),
)
