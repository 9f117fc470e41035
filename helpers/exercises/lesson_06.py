"""Exercises of notebooks/06_a_network_learns.ipynb."""

import torch

from helpers.exercises.exercise import Exercise, Wrong

RANKED = (
    (torch.tensor([2.0, 1.0, 0.0, -1.0]), torch.tensor([True, False, True, False])),
    (torch.tensor([0.3, 0.3, 0.3, -1.0, -2.0, 0.3]), torch.tensor([True, False, False, True, False, True])),
    (torch.tensor([-4.0, -3.0, -2.0]), torch.tensor([True, False, False])),
    (torch.tensor([0.1, 0.4, 0.35, 0.8, 0.9]), torch.tensor([False, False, True, True, False])),
)

EXERCISES = (
    Exercise(
        id="06.even",
        title="Ten classes, one question",
        asks="number",
        digits=3,
        prompt="""
            Five digits only, 0 to 4, and their logits stand below. How probable does softmax make it that the digit is even?
            """,
        given="five = torch.tensor([1.0, 3.0, 2.0, 0.5, -1.0])  # of 0, 1, 2, 3, 4",
        solution="answer = torch.softmax(five, dim=0)[[0, 2, 4]].sum().item()",
        because="Softmax's classes exclude one another, so the probability of any of several is the sum of theirs: 0.3252.",
        hints=(
            "The digit can't be two of them at once. What do probabilities of things that exclude one another do?",
            "They add up. Which classes are even, and what does softmax give each?",
            "`torch.softmax(five, dim=0)[[0, 2, 4]]`, summed.",
        ),
        wrong=(
            Wrong(
                "torch.softmax(five[[0, 2, 4]].sum().expand(2) * torch.tensor([1.0, 0.0]), 0)[0].item()",
                "a sigmoid of the summed logits",
                "Logits don't add up to the logit of 'any of them'; their exponentials do.",
            ),
            Wrong(
                "torch.softmax(five, 0)[[0, 2, 4]].max().item()",
                "only the largest",
                "This is the probability of a 2 alone; 0 and 4 are even too.",
            ),
            Wrong(
                "torch.softmax(five[[0, 2, 4]], 0).sum().item()",
                "a softmax of the even ones",
                "It divides by the even ones alone and so comes to 1: 1 and 3 must stay in the sum.",
            ),
            Wrong(
                "torch.sigmoid(five[[0, 2, 4]]).sum().item()",
                "sigmoids added up",
                "Sigmoids answer questions that don't exclude one another; their sum is no probability.",
            ),
            Wrong(
                "torch.softmax(five, 0)[[1, 3]].sum().item()",
                "the odd ones",
                "This is the rest, the probability of an odd digit.",
            ),
        ),
    ),
    Exercise(
        id="06.strange",
        title="Sure of what?",
        asks="choice",
        prompt="Your digit reader meets a picture of a cat and says '3' with a softmax of 0.98. What does the number mean?",
        options=(
            "The cat looks like a 3 in 98 of 100 cases.",
            "Among the ten, 3 leads by far. Whether it must be one of the ten, softmax does not ask.",
            "The network is not calibrated; at the right temperature it would have said 0.1 for each.",
            "There was a sigmoid instead of a softmax; softmax would have said 0 for all ten.",
        ),
        solution='answer = "b"',
        because="Softmax compares logits among the ten and always hands out one whole unit.",
        hints=(
            "What do softmax's ten outputs sum to, for any picture at all?",
            "To 1. So it can say which of the ten, and what can't it say?",
            "It can't say 'none'. The number compares the ten with each other.",
        ),
        wrong=(
            Wrong(
                "a", "a claim about the world", "No cat was in the training data; nothing was ever counted about cats."
            ),
            Wrong(
                "c",
                "temperature as a cure for all",
                "A temperature is fitted on digits and stays the same for all pictures: it does not know that this one is strange.",
            ),
            Wrong(
                "d", "softmax can say none", "Softmax sums to 1 whatever comes in; it is sigmoids that can all be low."
            ),
        ),
    ),
    Exercise(
        id="06.chosen",
        title="Which number do you report?",
        asks="choice",
        prompt="""
            You tried 50 thresholds. On the validation data the best has an F1 of 0.957, on the test data that same one has 0.936. On the test data
            another threshold would have reached 0.941. Which F1 do you report?
            """,
        options=("0.957", "0.941", "0.936", "the mean of the first two"),
        solution='answer = "c"',
        because="0.936: test data judge what was chosen elsewhere, once. What they are used to choose, they flatter.",
        hints=(
            "Which of these numbers would you expect again on pictures that nobody has seen?",
            "A number that is the best of many tries on some data is too good on these data. Which of them are such?",
            "0.957 is the best on validation, 0.941 the best on test.",
        ),
        wrong=(
            Wrong(
                "a",
                "the score of the choice",
                "The threshold was chosen because it is best there: the number is flattered.",
            ),
            Wrong("b", "chosen on the test data", "Now the test data have chosen, and are no test any more."),
            Wrong("d", "two flattered numbers", "A mean of two numbers that are too good is too good."),
        ),
    ),
    Exercise(
        id="06.unmoved",
        title="What a temperature leaves alone",
        asks="choice",
        prompt="""
            You fit T = 1.44 on the validation data and divide all test logits by it. Which of these stays exactly as it was?
            """,
        options=(
            "the mean confidence",
            "the loss",
            "the accuracy",
            "how many pictures have a winner above 0.9",
        ),
        solution='answer = "c"',
        because="Dividing by a positive number keeps the order of a row's logits, so every winner stays.",
        hints=(
            "What does dividing by 1.44 do to the order of ten logits?",
            "Nothing. Which of the four needs the order only?",
            "The winner is the largest.",
        ),
        wrong=(
            Wrong(
                "a",
                "probabilities don't follow",
                "T above 1 brings the logits closer together, and the winner's share falls.",
            ),
            Wrong(
                "b",
                "T changes nothing",
                "T is chosen to make the loss smaller; the probabilities change, and their logarithms.",
            ),
            Wrong("d", "a fixed limit", "0.9 is a probability, and all of those move."),
        ),
    ),
    Exercise(
        id="06.stuck",
        title="A stuck training",
        asks="choice",
        prompt="""
            Your digits have a training accuracy of 100 %, and the loss stands at 1.4612 for an hour. What is it?
            """,
        options=(
            "Label smoothing of 0.1: this is its floor.",
            "Too little data: more pictures would lower the loss.",
            "Nothing is learned: the loss is ln 10.",
            "A softmax before cross_entropy: this is its floor for ten classes.",
        ),
        solution='answer = "d"',
        because="log(1 + 9/e) = 1.4612, and the second softmax keeps every winner, so the accuracy is right.",
        hints=(
            "The accuracy is right and the loss has a floor. Which faults of lesson 08 do that?",
            "Two of them: smoothing, and a softmax too many. Compute both floors for ten classes.",
            "0.5003 and log(1 + 9/e).",
        ),
        wrong=(
            Wrong("a", "smoothing's floor", "For ten classes and 0.1 that is 0.5003."),
            Wrong(
                "b",
                "too little data",
                "All training pictures are right; a loss on these that stays is no lack of others.",
            ),
            Wrong("c", "the chance level", "ln 10 is 2.3026, and at chance the accuracy would be 10 %."),
        ),
    ),
    Exercise(
        id="06.area",
        title="Write it: the area under the ROC curve",
        asks="function",
        prompt="""
            Write `auc(scores, present)`: of all pairs of one row where `present` is True and one where it is False, the share in which the
            first has the larger score. A tie counts one half. Both arguments have shape (N,).
            """,
        starter="def auc(scores, present):",
        solution="""
def auc(scores, present):
    gaps = scores[present][:, None] - scores[~present]  # (yes, no)
    return ((gaps > 0).double() + 0.5 * (gaps == 0).double()).mean()
""",
        because="It knows only the order: logits, sigmoids and anything else that keeps the order have the same area.",
        hints=(
            "`scores[present]` are the ones, `scores[~present]` the others. How do you compare each with each?",
            "With `[:, None]` one becomes a column, and broadcasting makes all pairs.",
            "The mean of `gaps > 0`, and one half for `gaps == 0`.",
        ),
        inputs=RANKED,
        units=(),
        wrong=(
            Wrong(
                "lambda s, p: (s[p][:, None] > s[~p]).double().mean()",
                "ties lost",
                "A tie is half right: count 0.5 for it.",
            ),
            Wrong(
                "lambda s, p: (s[p][:, None] >= s[~p]).double().mean()",
                "ties won",
                "A tie is half right: count 0.5 for it, or a constant score would be perfect.",
            ),
            Wrong(
                "lambda s, p: 1 - auc(s, p)",
                "the wrong way round",
                "Count the pairs in which the row that is present has the larger score.",
            ),
            Wrong(
                "lambda s, p: auc((s > 0).double(), p)",
                "decisions instead of scores",
                "A threshold before the comparison makes ties of nearly all pairs: compare the scores.",
            ),
            Wrong(
                "lambda s, p: ((s > 0) == p).double().mean()",
                "the accuracy",
                "Accuracy has a threshold in it; the area compares pairs and needs none.",
            ),
        ),
    ),
)
