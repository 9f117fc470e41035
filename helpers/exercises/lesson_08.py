"""Exercises of notebooks/08_bug_museum.ipynb: for each exhibit a prediction, a diagnosis or a repair; then the detective's own."""

import torch

from helpers import calibration
from helpers.exercises.exercise import Exercise, Wrong


def choice(id, title, prompt, options, right, because, hints, *wrong):
    """Return a choice: `options` by letter, of which `right` is right, and (letter, name, why) of each other one."""
    return Exercise(
        id=id, title=title, asks="choice", prompt=prompt, options=options, solution=f'answer = "{right}"', because=because, hints=hints,
        wrong=tuple(Wrong(*each) for each in wrong),
    )  # fmt: skip


def fix(
    id, faulty, solution, because, hints, inputs, *wrong, prompt="The function still has the fault. Mend it.", **more
):
    """Return a repair: the learner's cell starts with the `faulty` function."""
    return Exercise(
        id=id, title="Fix", asks="function", prompt=prompt, starter=faulty.strip(), solution=solution.strip(), because=because, hints=hints,
        inputs=inputs, wrong=tuple(Wrong(*each) for each in wrong), units=(), **more,
    )  # fmt: skip


def held_out(sharpness, seed):
    """Return logits that are `sharpness` times too large, and targets: what a temperature is fitted on."""
    log_probs, targets = calibration.known_truth(n=400, seed=seed)
    return (sharpness * log_probs).float(), targets


ROWS = torch.tensor([[2.0, -1.0, 0.5, 0.0], [0.0, 3.0, 1.0, -2.0], [-1.0, 0.0, 0.0, 1.0]])
CLASSES = torch.tensor([0, 2, 3])
SURE = torch.tensor([[30.0, 0.0, 0.0, 0.0], [0.0, 1000.0, 0.0, 0.0]])
MULTI_HOT = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
SINGLE = ((ROWS, CLASSES), (SURE, torch.tensor([0, 1])), (SURE, torch.tensor([1, 0])))

EXERCISES = (
    # 1 · softmax before cross_entropy
    choice(
        "08.1.predict",
        "Predict",
        """
        A linear layer learns four classes that do not overlap at all. The loss is

            def loss(logits, targets):
                return F.cross_entropy(torch.softmax(logits, dim=1), targets)

        After 1000 steps, where are loss and accuracy?
        """,
        (
            "The loss is nearly 0 and the accuracy 100 %.",
            "The loss stays at ln 4 = 1.386 and the accuracy at 25 %.",
            "The loss stops near 0.74 and the accuracy is 100 %.",
            "The loss is negative.",
        ),
        "c",
        "It learns the classes, and the loss can still not fall below log(1 + 3/e) = 0.7437.",
        (
            "What is the best that `torch.softmax` can hand on?",
            "At best it hands on [1, 0, 0, 0], and cross_entropy takes this for logits.",
            "−ln(e¹/(e¹ + 3e⁰)) = ln(1 + 3/e)",
        ),
        (
            "a",
            "the loss without the fault",
            "The second softmax gets logits between 0 and 1 and can never be sure of anything.",
        ),
        (
            "b",
            "a network that cannot learn",
            "The gradient is weak, not zero: the order of the logits is learned all the same.",
        ),
        (
            "d",
            "nll_loss on probabilities",
            "cross_entropy takes the logarithm itself, and a logarithm of a probability is never positive.",
        ),
    ),
    choice(
        "08.1.diagnose",
        "Diagnose",
        "What is the matter?",
        (
            "The step size is too small; it needs more steps.",
            "A softmax is taken twice.",
            "The network is too small for the classes.",
            "The targets are wrong.",
        ),
        "b",
        "cross_entropy takes logits: it is log-softmax and nll_loss in one.",
        (
            "Every point is classified correctly. Which explanations does that rule out?",
            "What does cross_entropy do with its first argument before anything else?",
            "It takes the log-softmax of it.",
        ),
        (
            "a",
            "impatience",
            "The floor is the same after a million steps: ln(1 + 3/e) is the smallest value that this function has.",
        ),
        (
            "c",
            "too small a network",
            "The accuracy is 100 %: the network can do it. It is the loss that cannot say so.",
        ),
        ("d", "faulty targets", "With faulty targets the accuracy could not be 100 %."),
    ),
    fix(
        "08.1.fix",
        "def fixed_loss(logits, targets):\n    return F.cross_entropy(torch.softmax(logits, dim=1), targets)",
        "def fixed_loss(logits, targets):\n    return F.cross_entropy(logits, targets)",
        "Logits go into cross_entropy as they are. (A log_softmax before it would be harmless; it changes nothing the second time.)",
        (
            "One of the two softmaxes has to go. Which of them can you reach?",
            "Hand the logits to cross_entropy as they come.",
            "In the call one function stands around `logits`. Without it the line is right.",
        ),
        SINGLE,
        (
            "lambda z, t: F.nll_loss(torch.softmax(z, 1), t)",
            "the logarithm thrown out with the softmax",
            "nll_loss wants log-probabilities; on probabilities it is negative.",
        ),
        (
            "lambda z, t: F.cross_entropy(torch.sigmoid(z), t)",
            "another squeeze",
            "Sigmoids lie between 0 and 1 as well, so the loss has the same floor.",
        ),
        (
            "lambda z, t: F.nll_loss(torch.softmax(z, 1).log(), t)",
            "a logarithm of rounded probabilities",
            "Right in the middle; but a probability of e⁻¹⁰⁰⁰ is rounded to 0, and log 0 is −inf.",
        ),
    ),
    # 2 · sigmoid before BCE with logits
    choice(
        "08.2.predict",
        "Predict",
        """
        Three yes-or-no labels, about half of them true, and each can be read off the input. The loss is

            def loss(logits, targets):
                return F.binary_cross_entropy_with_logits(torch.sigmoid(logits), targets)

        Where does it end?
        """,
        ("near 0", "near 0.50", "near 0.69, as if nothing had been learned", "near 0.74"),
        "b",
        "True labels can cost no less than −ln σ(1) = 0.3133, false ones no less than −ln(1 − σ(0)) = 0.6931; half and half that is 0.503.",
        (
            "What is the largest number that the second sigmoid gets to see, and what is the smallest?",
            "It sees numbers from 0 to 1. So its probabilities lie between 0.5 and 0.73.",
            "The mean of −ln σ(1) and −ln σ(0)",
        ),
        (
            "a",
            "the loss of one sigmoid",
            "After the first sigmoid nothing is below 0, so the second says at least 0.5 to every false label.",
        ),
        (
            "c",
            "the price of false labels only",
            "A false label costs at least 0.69, but a true one can get down to 0.31; the mean of half and half lies between.",
        ),
        ("d", "the softmax's floor", "0.74 belongs to softmax before cross_entropy with four classes."),
    ),
    choice(
        "08.2.diagnose",
        "Diagnose",
        "The model's probabilities, as the loss sees them, all lie between 0.5 and 0.731. Why?",
        (
            "The labels are noisy.",
            "The model is regularised too strongly.",
            "The sigmoid of a sigmoid lies there, whatever the logit.",
            "Half of the labels are true, so the mean is 0.5.",
        ),
        "c",
        "σ(σ(x)) runs from σ(0) = 0.5 to σ(1) = 0.731. The loss with logits has its own sigmoid.",
        (
            "Which function has exactly this range?",
            "The sigmoid of 0 is 0.5. The sigmoid of which number is 0.731?",
            "σ(1) = 0.731. So the argument runs from 0 to 1: what does?",
        ),
        ("a", "noise", "Noise would not draw a line at 0.731 = σ(1), and here every label can be read off the input."),
        (
            "b",
            "regularisation",
            "It would pull probabilities towards one half from both sides; here nothing is below one half.",
        ),
        ("d", "the mean for the range", "A mean of 0.5 keeps no single probability from being 0.01."),
    ),
    # 3 · 0.5 applied to logits
    choice(
        "08.3.predict",
        "Predict",
        """
        A well trained network returns one logit a label. The labels are decided by

            def decide(logits):
                return logits > 0.5

        Compared with the right decision, what suffers?
        """,
        (
            "precision: it says yes too often",
            "recall: it misses true labels",
            "nothing: 0.5 is the right threshold",
            "both, by chance",
        ),
        "b",
        "0.5 as a logit is the probability 0.62. Labels between 0.5 and 0.62 are missed; what is left is surer, so precision even rises.",
        (
            "Which logit is the probability 0.5?",
            "It is 0. So which labels does `logits > 0.5` leave out?",
            "Those with a logit between 0 and 0.5: more probable than not, and refused.",
        ),
        (
            "a",
            "the threshold on the wrong side",
            "0.5 is above the logit 0 that was meant, so it says yes more rarely.",
        ),
        (
            "c",
            "a logit taken for a probability",
            "0.5 is the right threshold for probabilities; these numbers are logits.",
        ),
        ("d", "chance", "The shift always goes one way: a threshold that is too high finds fewer."),
    ),
    choice(
        "08.3.diagnose",
        "Diagnose",
        "Which probability is the threshold that this code really uses?",
        ("0.5", "0.378", "0.622", "1.649"),
        "c",
        "σ(0.5) = 0.6225. The comparison itself is fine; its unit is not.",
        (
            "0.5 is compared with logits, so it is a logit. Turn it into a probability.",
            "The sigmoid does that.",
            "1/(1 + e^−0.5)",
        ),
        ("a", "the number without its unit", "As a logit 0.5 is not the probability 0.5: the logit of that is 0."),
        ("b", "the wrong sign", "This is σ(−0.5), below one half; a positive logit is above."),
        ("d", "the odds", "e^0.5 = 1.649 is the threshold as odds, and no probability is above 1."),
    ),
    fix(
        "08.3.fix",
        "def fixed_decide(logits):\n    return logits > 0.5",
        "def fixed_decide(logits):\n    return logits > 0",
        "The probability 0.5 is the logit 0. (`torch.sigmoid(logits) > 0.5` says the same.)",
        (
            "Either turn the logits into probabilities, or the threshold into a logit.",
            "The logit of a probability p is ln(p/(1 − p)).",
            "logit(0.5) = ln(0.5/0.5) = ln 1",
        ),
        (
            (torch.tensor([[0.3, -0.2, 0.7], [-3.0, 0.1, 4.0]]),),
            (torch.tensor([[0.45, 0.55, 0.01]]),),
            (torch.tensor([[-100.0, 100.0, -0.3]]),),
            (torch.tensor([[0.61, 0.63, -0.45], [-1.0, -9.0, -9.0], [2.0, 1.9, 1.8], [-0.55, 1.2, 3.5]]),),
        ),
        (
            "lambda z: torch.softmax(z, 1) > 0.5",
            "softmax's probabilities",
            "They share one unit a row, so at most one label can be above one half.",
        ),
        (
            "lambda z: torch.sigmoid(z) > 0",
            "a threshold of 0 on probabilities",
            "Every sigmoid is above 0; the logit 0 is the probability 0.5.",
        ),
        (
            "lambda z: z > 0.622",
            "the probability where its logit belongs",
            "0.622 is the probability that this threshold means, not the logit: one half is the logit 0.",
        ),
        (
            "lambda z: z > -0.5",
            "the threshold moved too far",
            "σ(−0.5) = 0.378: now it says yes to labels that are more likely false.",
        ),
    ),
    # 4 · the wrong or the implicit dim
    choice(
        "08.4.predict",
        "Predict",
        """
        Attention weights are a softmax over the keys. `scores` has shape (batch, queries, keys), here (1, 2, 3), and the code says

            def attention_weights(scores):
                return F.softmax(scores)      # no dim

        What comes out, besides a warning?
        """,
        (
            "Rows that sum to 1: softmax takes the last dim.",
            "An error: softmax needs a dim.",
            "All weights are 1.",
            "All six weights together sum to 1.",
        ),
        "c",
        "For 3-D input the implicit choice is dim 0, the batch. With one item in it each number competes with nobody.",
        (
            "Which dim does F.softmax choose for 3-D input? It is neither the last nor the middle one.",
            "It chooses dim 0. How many entries lie along dim 0 here?",
            "One. A softmax over one number is …",
        ),
        ("a", "the last dim", "So it should be; for 0-, 1- and 3-D input the implicit choice is dim 0."),
        (
            "b",
            "torch.softmax for F.softmax",
            "torch.softmax without dim raises a TypeError; F.softmax warns and guesses.",
        ),
        ("d", "one softmax over everything", "Softmax always runs along one dim; it flattens nothing."),
    ),
    choice(
        "08.4.diagnose",
        "Diagnose",
        "With a batch of 32 the weights are no longer 1, the code runs, and the model learns badly. What competes with what?",
        (
            "The keys of one query compete, as they should.",
            "The same query and key of different batch items compete.",
            "The queries of one item compete for each key.",
            "Nothing competes; each weight is a sigmoid.",
        ),
        "b",
        "Along dim 0 lie the items of the batch. The output for one sentence then depends on which others are in the batch.",
        (
            "Which index runs while the softmax is taken along dim 0?",
            "scores[b, q, k]: along dim 0 it is b that runs.",
            "b runs, q and k stand still.",
        ),
        ("a", "a symptom explained away", "Along the keys runs the last index; the implicit choice was the first."),
        ("c", "dim 1", "Queries are counted by dim 1; this is the result of dim=1."),
        ("d", "sigmoids", "A softmax over 32 numbers still shares one unit: among the 32."),
    ),
    fix(
        "08.4.fix",
        "def fixed_weights(scores):  # (batch, queries, keys)\n    return F.softmax(scores, dim=0)  # what F.softmax(scores) does with three dimensions",
        "def fixed_weights(scores):\n    return F.softmax(scores, dim=-1)",
        "The keys are the last dim. Saying `dim` always, and as −1 where the last is meant, survives an added batch dimension.",
        (
            "Which numbers shall sum to 1: the weights of one query.",
            "A query's weights lie along the keys, the third dimension.",
            "With three dimensions that is 2. Counted from the end it has a number that holds for any shape.",
        ),
        (
            (torch.tensor([[[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]]),),
            (torch.tensor([[[1.0, 2.0], [0.0, 3.0]], [[-1.0, 0.0], [500.0, 0.0]]]),),
            (torch.arange(12.0).reshape(2, 3, 2).cos(),),
        ),
        ("lambda s: F.softmax(s, dim=1)", "the queries", "Dim 1 counts the queries: now they compete for each key."),
        (
            "lambda s: F.softmax(s.flatten(), 0).view(s.shape)",
            "everything at once",
            "Each query has one unit of its own to give away.",
        ),
        (
            "lambda s: s.exp() / s.exp().sum(-1, keepdim=True)",
            "the naive softmax",
            "The dim is right, but exp(500) overflows and inf/inf is nan; F.softmax takes the maximum off first.",
        ),
        ("lambda s: torch.sigmoid(s)", "weights that do not compete", "A query's weights shall sum to 1."),
        shape=True,
    ),
    # 5 · target format and dtype
    choice(
        "08.5.predict",
        "Predict",
        """
        Three rows, four classes, and targets made by `F.one_hot`:

            targets = F.one_hot(torch.tensor([0, 2, 3]), num_classes=4)
            F.cross_entropy(logits, targets)

        What happens?
        """,
        (
            "It works: cross_entropy takes one-hot targets.",
            "It works, but takes the 0s and 1s for class indices.",
            "A RuntimeError about the dtype.",
            "A RuntimeError about the shape.",
        ),
        "c",
        "Targets of the logits' shape are class probabilities, and these must be floats; F.one_hot returns int64.",
        (
            "Which dtype does F.one_hot return?",
            "cross_entropy takes either class indices (int64, one a row) or class probabilities (floats, one a class).",
            "The shape says probabilities, the dtype says indices.",
        ),
        (
            "a",
            "float one-hot for integer one-hot",
            "One-hot targets work as floats only: they are class probabilities then.",
        ),
        (
            "b",
            "indices of any shape",
            "The shape (3, 4) says that these are probabilities; an integer dtype is refused then.",
        ),
        ("d", "one-hot refused altogether", "The shape is right for class probabilities; what is wrong is the dtype."),
    ),
    choice(
        "08.5.diagnose",
        "Diagnose",
        'The message is "Expected floating point type for target with class probabilities, got Long". How does cross_entropy know that these are class probabilities?',
        (
            "from the values, which are 0 and 1",
            "from the shape, which is that of the logits",
            "from the dtype",
            "It tries both and takes what works.",
        ),
        "b",
        "Same shape as the logits: probabilities. One number a row: indices. The dtype is checked afterwards.",
        (
            "Indices have one number a row.",
            "Compare `targets.shape` with `logits.shape`.",
            "They are equal, and that is the criterion.",
        ),
        ("a", "values", "A value of 0 or 1 may be a class index too; values are not looked at."),
        (
            "c",
            "the dtype first",
            "If the dtype decided, int64 would mean indices, and the message would be about the shape.",
        ),
        ("d", "good will", "torch does not guess here, and that is why you are told."),
    ),
    fix(
        "08.5.fix",
        "def fixed_loss(logits, one_hot):  # one_hot: int64, (N, K)\n    return F.cross_entropy(logits, one_hot)",
        "def fixed_loss(logits, one_hot):\n    return F.cross_entropy(logits, one_hot.to(logits.dtype))",
        "As floats they are class probabilities. (Class indices, `one_hot.argmax(dim=1)`, give the same and are the cheaper format.)",
        (
            "Two ways: make them floats, or make them class indices.",
            "Floats: `.to(logits.dtype)`. Indices: the position of the 1 in each row.",
            "The loss stays as it is; only its second argument is converted, by one method.",
        ),
        (
            (ROWS, torch.nn.functional.one_hot(CLASSES, 4)),
            (SURE, torch.nn.functional.one_hot(torch.tensor([0, 1]), 4)),
            (ROWS[:2, :2], torch.tensor([[0, 1], [0, 1]])),
        ),
        (
            "lambda z, y: F.cross_entropy(z, y.argmax(0)[: len(z)])",
            "the position in each column",
            "argmax(0) says for each class which row has it; the class of each row is argmax(1).",
        ),
        (
            "lambda z, y: F.cross_entropy(z, y.sum(1))",
            "the number of labels as the class",
            "Each row sums to 1, so this calls everything class 1.",
        ),
        (
            "lambda z, y: F.binary_cross_entropy_with_logits(z, y.to(z.dtype))",
            "yes-or-no questions",
            "BCE takes the format, but it asks four questions a row; one class of four is meant.",
        ),
        (
            "lambda z, y: F.mse_loss(torch.softmax(z, 1), y.to(z.dtype))",
            "the squared error",
            "It takes the format too; what is wanted is the cross-entropy.",
        ),
    ),
    # 6 · softmax for multi-label
    choice(
        "08.6.predict",
        "Predict",
        """
        A photo shows a cat, a dog and a cow. The logits are cat 6, dog 5, cow 4, zebra −3, and the labels found are

            def found(logits):
                return torch.softmax(logits, dim=-1) > 0.5

        Which labels are found?
        """,
        ("cat, dog and cow", "cat", "cat and dog", "none"),
        "b",
        "The three share one unit: 0.665, 0.245, 0.090. Two numbers above one half do not fit into it.",
        (
            "How many numbers above 0.5 can sum to 1?",
            "One at most. Is the largest above 0.5?",
            "1/(1 + e⁻¹ + e⁻²) = 0.665",
        ),
        ("a", "sigmoids", "So it would be with sigmoids: 0.998, 0.993, 0.982. Softmax makes the three compete."),
        (
            "c",
            "a second winner",
            "Dog has e⁻¹ of cat's probability, 0.245; two shares of one unit cannot both be above one half.",
        ),
        ("d", "equal shares", "With three equal logits nothing would be found; here cat is one logit ahead."),
    ),
    choice(
        "08.6.diagnose",
        "Diagnose",
        "Lowering the threshold to 0.05 finds all three in this photo. Why is that no cure?",
        (
            "The threshold then depends on how many labels are true.",
            "0.05 is too near to 0 for float32.",
            "It is a cure: thresholds may be tuned.",
            "The zebra passes as well.",
        ),
        "a",
        "With m true labels each gets about 1/m. And a photo that shows nothing still has its whole unit to give to something.",
        (
            "Think of a photo with one animal, one with ten, and one with none.",
            "What do the softmax numbers sum to in each of the three?",
            "To 1, always. So how large is each true label's share?",
        ),
        ("b", "precision", "0.05 is an ordinary float; what is wrong is the unit that is shared."),
        (
            "c",
            "tuning",
            "A threshold right for three labels lets false ones pass in a photo that shows nothing: the unit must go somewhere.",
        ),
        ("d", "the zebra", "Zebra has 0.00008 here; that is not the trouble."),
    ),
    fix(
        "08.6.fix",
        "def fixed_found(logits):\n    return torch.softmax(logits, dim=-1) > 0.5",
        "def fixed_found(logits):\n    return torch.sigmoid(logits) > 0.5",
        "One yes-or-no question a label. The training loss must follow: binary_cross_entropy_with_logits.",
        (
            "Each label is to be decided without regard to the others.",
            "Which function looks at one logit only?",
            "The threshold may stay. The function before it is the one that lesson 02 sets against softmax.",
        ),
        (
            (torch.tensor([6.0, 5.9, 4.0, -3.0]),),
            (torch.tensor([[-5.0, -4.0, -6.0, -5.0], [0.3, 0.1, -0.1, 8.0]]),),
            (torch.tensor([1000.0, 1000.0, -1000.0, 0.4]),),
            (torch.tensor([[0.0, -0.3, 0.2, -0.2], [2.0, 1.0, 0.0, -0.2], [0.48, 0.6, -0.5, 1.5]]) + 0.001,),
        ),
        (
            "lambda z: torch.softmax(z, -1) > 0.05",
            "a lower threshold",
            "The unit is still shared: in a photo of nothing, some label passes.",
        ),
        (
            "lambda z: torch.softmax(z, -1) > 1 / z.shape[-1]",
            "better than even shares",
            "An even share of 1/K is no probability of being there; the labels still compete.",
        ),
        (
            "lambda z: torch.sigmoid(z)",
            "the probabilities",
            "A decision is wanted, yes or no for each label: compare them with one half.",
        ),
        ("lambda z: z > 0.5", "a probability against logits", "0.5 is a probability; as a logit it is 0."),
        ("lambda z: z == z.max(-1, keepdim=True).values", "the winner", "Any number of labels may be true, none too."),
    ),
    # 7 · nll_loss on probabilities
    choice(
        "08.7.predict",
        "Predict",
        """
        The classes of exhibit 1, and the loss is

            def loss(logits, targets):
                return F.nll_loss(torch.softmax(logits, dim=1), targets)

        Where does it go?
        """,
        ("to 0", "towards minus infinity", "to −1", "to 0.7437"),
        "c",
        "It is the mean of −p of the true class, and p can become 1 at most.",
        (
            "What does nll_loss do with its input? It takes no logarithm.",
            "It picks the target's entry and changes its sign.",
            "The entry is a probability, so the loss is −p.",
        ),
        (
            "a",
            "nll_loss with a logarithm inside",
            "nll_loss only picks and negates; the logarithm must have been taken before.",
        ),
        ("b", "no limit", "A probability is at most 1, so its negative is at least −1."),
        (
            "d",
            "cross_entropy on probabilities",
            "That floor belongs to a softmax taken twice; here it is the logarithm that is missing.",
        ),
    ),
    fix(
        "08.7.fix",
        "def fixed_loss(logits, targets):\n    return F.nll_loss(torch.softmax(logits, dim=1), targets)",
        "def fixed_loss(logits, targets):\n    return F.nll_loss(torch.log_softmax(logits, dim=1), targets)",
        "log_softmax, or cross_entropy at once.",
        (
            "The name says it: negative *log*-likelihood.".replace("*", ""),
            "The logarithm must be taken before, and softmax and log are better taken in one.",
            "torch has the logarithm of the softmax as one function; nll_loss may stay.",
        ),
        SINGLE,
        (
            "lambda z, t: F.nll_loss(torch.softmax(z, 1).log(), t)",
            "log after softmax",
            "For a sure and wrong network the probability is rounded to 0 first, and the loss is infinite.",
        ),
        (
            "lambda z, t: -F.nll_loss(torch.softmax(z, 1), t)",
            "the sign turned",
            "Now it is p, and training would make the target's probability small.",
        ),
        (
            "lambda z, t: 1 + F.nll_loss(torch.softmax(z, 1), t)",
            "a loss lifted above 0",
            "1 − p has its minimum in the right place, but hardly any slope where the network is sure and wrong.",
        ),
        (
            "lambda z, t: F.cross_entropy(torch.softmax(z, 1), t)",
            "a second softmax",
            "cross_entropy takes its own softmax: this is exhibit 1.",
        ),
        (
            "lambda z, t: F.nll_loss(z, t)",
            "bare logits",
            "Logits are no log-probabilities: without the logsumexp the loss has no lower limit.",
        ),
    ),
    # 8 · softmax over one output
    choice(
        "08.8.predict",
        "Predict",
        """
        A network for a yes-or-no question has one output, and the code makes a probability of it by

            def prob(logits):                 # (N, 1)
                return torch.softmax(logits, dim=1)

        What does it say for the logits −5, 0 and 7?
        """,
        ("0.0067, 0.5, 0.9991", "1, 1, 1", "0, 0, 1", "0.5, 0.5, 0.5"),
        "b",
        "eˣ/eˣ = 1, whatever x. It is sure of everything, and the loss of a one-class cross_entropy is 0 from the first step on.",
        (
            "How many numbers share the unit?",
            "One: it gets all of it.",
            "eˣ divided by eˣ",
        ),
        ("a", "the sigmoid", "So it would be with a sigmoid; softmax over one number has nothing to compare with."),
        ("c", "a comparison of the rows", "dim=1 runs along the single output; the three rows do not meet."),
        ("d", "undecided", "One half each would need two outputs."),
    ),
    choice(
        "08.8.diagnose",
        "Diagnose",
        "The loss is `F.cross_entropy(logits, targets)` with one output and all targets 0. It is 0 at once and stays there. What does the gradient say?",
        (
            "It is 0: there is nothing to learn.",
            "It is large, for the network is untrained.",
            "It is NaN.",
            "It points towards the right answer.",
        ),
        "a",
        "p − y = 1 − 1 = 0, for every input. A loss of 0 on the first step is no triumph.",
        (
            "∂loss/∂x = p − y",
            "p is 1 for the only class there is, and y as well.",
            "So p − y is the difference of two equal numbers.",
        ),
        ("b", "an untrained network's gradient", "The gradient is p − y, and p is 1 before any training."),
        ("c", "NaN", "Nothing is divided by 0 here: e^x/e^x is 1."),
        ("d", "a gradient with a goal", "The loss does not depend on the logit at all, so it points nowhere."),
    ),
    # 9 · softmax read as calibrated confidence
    choice(
        "08.9.predict",
        "Predict",
        """
        A network is too sure: its logits are 2.5 times what the data call for. You take all cases in which it gives its
        winner between 0.9 and 1. On average it says 0.97 there. In how many of them is the winner right?
        """,
        ("97 %", "about 76 %", "about 50 %", "100 %: it is sure of them"),
        "b",
        "Right in 76 of 100 cases. The order of the classes is as good as ever; the numbers promise too much.",
        (
            "The order of the classes is not touched by the factor. But is 0.97 what the data call for?",
            "Divide the logits of a 97 % case by 2.5 and take the softmax again.",
            "With two classes: logit 3.5 becomes 1.4, and σ(1.4) = 0.8. Other classes take a little more.",
        ),
        ("a", "confidence taken at its word", "Softmax numbers sum to 1; nothing in softmax makes them come true."),
        ("c", "a coin", "The winner is still the best guess, and far better than a coin where the network is sure."),
        ("d", "certainty", "Sure and right are different things."),
    ),
    choice(
        "08.9.diagnose",
        "Diagnose",
        "Cross-entropy on held-out data would notice. Why does accuracy not?",
        (
            "Accuracy is computed from rounded numbers.",
            "Accuracy looks at the order of the logits only, and a factor keeps it.",
            "Accuracy is averaged over classes.",
            "It does: accuracy falls as confidence rises.",
        ),
        "b",
        "Any positive factor keeps the argmax. So you cannot see calibration in accuracy, and temperature cannot change accuracy.",
        (
            "What does accuracy need to know of the four numbers of a row?",
            "Only which is the largest.",
            "A positive factor does not change which one that is.",
        ),
        ("a", "rounding", "The argmax needs no rounding; it ignores all but the order."),
        ("c", "averaging", "Averaging is not the matter: each single decision is the same at any temperature."),
        (
            "d",
            "a link that is not there",
            "The two can move apart freely: here confidence rises and accuracy stands still.",
        ),
    ),
    fix(
        "08.9.fix",
        "def fixed_confidence(logits, temperature):\n    return torch.softmax(logits, dim=1).max(dim=1).values",
        "def fixed_confidence(logits, temperature):\n    return torch.softmax(logits / temperature, dim=1).max(dim=1).values",
        "The logits are divided by T before the softmax. The winner stays, its probability becomes honest if T is fitted on held-out data.",
        (
            "The argument `temperature` is not used yet.",
            "A temperature above 1 must make the network less sure. It acts on the logits.",
            "At T = 2 the logits [3, 0] become [1.5, 0], and the winner's 0.95 becomes 0.82.",
        ),
        ((ROWS, 2.5), (ROWS, 0.5), (SURE, 100.0), (ROWS, 1.0)),
        (
            "lambda z, T: torch.softmax(z, 1).max(1).values / T",
            "probabilities divided by T",
            "Then they no longer sum to 1; the temperature divides the logits.",
        ),
        (
            "lambda z, T: torch.softmax(z * T, 1).max(1).values",
            "multiplied for divided",
            "This makes an overconfident network surer still.",
        ),
        (
            "lambda z, T: torch.sigmoid(z / T).max(1).values",
            "the sigmoid",
            "One class of four is to be chosen: softmax, at temperature T.",
        ),
        prompt="Make `confidence` use the temperature: it returns the winner's probability of each row at that temperature.",
    ),
    # 10 · BCE on softmax outputs, and the accuracy that flatters
    choice(
        "08.10.predict",
        "Predict",
        """
        Ten classes, one-hot targets, an untrained network whose ten probabilities are all near 0.1. Its accuracy is computed by

            def accuracy(probs, one_hot):
                return ((probs > 0.5) == one_hot.bool()).float().mean()

        What does it say?
        """,
        ("about 10 %", "about 50 %", "about 90 %", "0 %"),
        "c",
        "Nothing is above 0.5, and nine of ten entries of a one-hot row are 0: nine right out of ten, for a network that knows nothing.",
        (
            "How many comparisons are made for each row?",
            "Ten, one a class. How many of the ten are right if the network says no ten times?",
            "In a one-hot row of ten all entries but one are 0.",
        ),
        (
            "a",
            "the accuracy that was meant",
            "One guess in ten is right, but this function compares all ten entries of each row.",
        ),
        ("b", "a coin", "The entries are not half ones and half zeros: one in ten is 1."),
        ("d", "no hit, no point", "Each 0 that is said to be 0 counts as a point here."),
    ),
    choice(
        "08.10.diagnose",
        "Diagnose",
        "The same network, trained to 50 % of right winners, would show 95 % or so. What does the function measure?",
        (
            "the share of right winners",
            "the share of right entries among all N · K yes-or-no answers",
            "the share of true labels that are found",
            "the mean probability of the true class",
        ),
        "b",
        "That is a sensible number for multi-label data with many true labels. For one class of K, saying no all the time scores (K − 1)/K.",
        (
            "Look at the shape of what is averaged.",
            "It is (N, K): an answer for each class.",
            "So it is a share of N · K answers.",
        ),
        ("a", "the name of the function", "For that it would compare one argmax a row."),
        ("c", "recall", "Recall looks at the true labels only, and would be 0 for the untrained network."),
        ("d", "a mean of probabilities", "The comparison with 0.5 has thrown the probabilities away."),
    ),
    fix(
        "08.10.fix",
        "def fixed_accuracy(probs, one_hot):  # (N, K), (N, K)\n    return ((probs > 0.5) == one_hot.bool()).float().mean()",
        "def fixed_accuracy(probs, one_hot):\n    return (probs.argmax(dim=1) == one_hot.argmax(dim=1)).float().mean()",
        "One comparison a row: the winner against the class that is true.",
        (
            "One row is one question: is the winner the true class?",
            "The winner is an argmax along the classes; so is the position of the 1.",
            "`==` between the two argmaxes says True or False for each row. The share of True is a mean of floats.",
        ),
        (
            (torch.softmax(ROWS, 1), torch.nn.functional.one_hot(torch.tensor([0, 2, 3]), 4)),
            (
                torch.full((3, 4), 0.2) + 0.1 * torch.eye(4)[[1, 1, 2]],
                torch.nn.functional.one_hot(torch.tensor([1, 0, 3]), 4),
            ),
            (
                torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.4, 0.4001], [0.45, 0.35, 0.2], [0.1, 0.8, 0.1]]),
                torch.eye(3)[[0, 2, 1, 1]],
            ),
        ),
        (
            "lambda p, y: ((p > 0.5) == y.bool()).all(1).float().mean()",
            "only sure winners",
            "A winner with 0.4 is a winner: no threshold is needed.",
        ),
        (
            "lambda p, y: (p.argmax(0) == y.argmax(0)).float().mean()",
            "the wrong dim",
            "argmax(0) compares rows; the classes lie along dim 1.",
        ),
        (
            "lambda p, y: 100 * (p.argmax(1) == y.argmax(1)).float().mean()",
            "per cent",
            "The share is right; it is wanted as a number from 0 to 1, as the faulty function had it.",
        ),
        (
            "lambda p, y: (p.argmax(1) == y.argmax(1)).float().sum()",
            "the number of right winners",
            "Divide it by the number of rows: `.mean()` for `.sum()`.",
        ),
        (
            "lambda p, y: (p * y).sum(1).mean()",
            "the mean probability of the true class",
            "That is a fine number, but no share of right winners.",
        ),
    ),
    # 11 · "the loss should start below 1"
    choice(
        "08.11.predict",
        "Predict",
        """
        A training script stops with "bad initialisation" if the first loss is not what it should be:

            def expected_start(num_classes):
                return 1.0

        A fresh network for 10 classes gives ten logits near 0. Its first cross-entropy is near …
        """,
        ("1.0", "2.30", "0.10", "0.69"),
        "b",
        "ln 10 = 2.3026: every class has probability 1/10. For 1000 classes it is 6.9.",
        (
            "What is the probability of the true class?",
            "1/10; the loss is −ln of it.",
            "It lies between ln 9 = 2.20 and ln 11 = 2.40.",
        ),
        (
            "a",
            "a loss thought to be a share",
            "Cross-entropy is no percentage: it starts at ln K and has no upper limit.",
        ),
        ("c", "the probability itself", "1/10 is the probability; the loss is −ln(1/10)."),
        ("d", "two classes", "ln 2 is the start of a yes-or-no question."),
    ),
    choice(
        "08.11.diagnose",
        "Diagnose",
        "Another network for 10 classes starts with a loss of 12. What do you look at first?",
        (
            "nothing: a first loss may be anything",
            "the last layer: its logits are too large for a network that knows nothing",
            "the learning rate",
            "the number of classes: ln K = 12",
        ),
        "b",
        "Random confident guesses are worse than even ones. Smaller weights in the last layer, and the loss starts at ln K.",
        (
            "Even guesses cost ln 10 = 2.3. How can it be worse than that?",
            "Only by being confident, and wrong.",
            "Confident means large differences of logits. Which layer makes them?",
        ),
        (
            "a",
            "no expectation at all",
            "A fresh network that knows nothing costs ln K; far above that it is sure without reason.",
        ),
        ("c", "the learning rate", "Before the first step it has not been used yet."),
        ("d", "ln K read backwards", "e¹² is 160,000 classes; there are 10."),
    ),
    fix(
        "08.11.fix",
        "def fixed_start(num_classes):\n    return 1.0",
        "def fixed_start(num_classes):\n    return math.log(num_classes)",
        "ln K. A first loss far from it tells of targets, logits or a loss that are not what you think.",
        (
            "Equal logits: which probability has each class?",
            "1/K, and the loss is −ln(1/K).",
            "For K = 4 it is −ln(1/4) = 1.3863.",
        ),
        ((2,), (4,), (10,), (1000,)),
        ("lambda k: 1 - 1 / k", "the missing probability", "Cross-entropy is −ln p, not 1 − p."),
        ("lambda k: math.log10(k)", "log base 10", "Losses are made of natural logarithms."),
        ("lambda k: math.log2(k)", "bits", "Losses are made of natural logarithms; this is the same in bits."),
        ("lambda k: 1 / k", "the probability", "This is what each class gets; the loss is −ln of it."),
        ("lambda k: math.log(2)", "two classes always", "The number of classes matters: ln K."),
        prompt="The function returns the loss of a network that gives every class the same logit, and it is wrong for nearly every number of classes. Mend it.",
    ),
    # 12 · label smoothing and a loss that cannot reach 0
    choice(
        "08.12.predict",
        "Predict",
        """
        Four classes, and all points of a class are the same point, so that nothing could be easier. The loss is
        `F.cross_entropy(logits, targets, label_smoothing=0.1)`, and the training loop stops once it is below 0.05. When does it stop?
        """,
        ("after a few steps, as without smoothing", "later, but it does", "never", "at once"),
        "c",
        "With smoothed targets the loss has a floor, the entropy of the targets themselves: 0.3488 for four classes.",
        (
            "Which target does a row have after smoothing?",
            "[0.925, 0.025, 0.025, 0.025]. Which probabilities would make the loss smallest, and how small is it then?",
            "The same probabilities; the loss is then the target's entropy.",
        ),
        ("a", "smoothing without a price", "The targets are no longer 0 and 1, so no prediction is free."),
        ("b", "patience", "More steps bring it nearer to the floor, not below it."),
        ("d", "a wrong start", "The first loss is ln 4 = 1.386, as ever."),
    ),
    choice(
        "08.12.diagnose",
        "Diagnose",
        "Training goes well, the loss stands at 0.3488 and the accuracy at 100 %. What should the loop have asked?",
        (
            "whether the loss is below 0.05 after more steps",
            "how far the loss is above its floor, or another number such as the accuracy",
            "whether the loss is negative",
            "whether the learning rate is too large",
        ),
        "b",
        "A threshold on a loss means something only if you know the floor: here 0.3488 is perfect.",
        (
            "Is the loss bad, or is the yardstick?",
            "The smallest possible value is not 0.",
            "So compare with the floor.",
        ),
        ("a", "more of the same", "The floor is the smallest value there is; steps do not lower it."),
        ("c", "a loss below 0", "A cross-entropy is never negative."),
        ("d", "the step size", "Every point is right and the loss stands still at its minimum: the step size is fine."),
    ),
    fix(
        "08.12.fix",
        "def fixed_floor(num_classes, smoothing):\n    return 0.0",
        """
def fixed_floor(num_classes, smoothing):
    rest = smoothing / num_classes
    true = 1 - smoothing + rest
    return -(true * math.log(true) + (num_classes - 1) * rest * math.log(rest))
""",
        "The entropy of the smoothed target. torch spreads ε over all K classes, the true one included, so the true class has 1 − ε + ε/K.",
        (
            "Write down the smoothed target of one row.",
            "The true class has 1 − ε + ε/K, each other ε/K. The smallest loss is the entropy of this.",
            "An entropy is −Σ q ln q, over all classes. One of them has the first q; how many have the second?",
        ),
        ((4, 0.1), (10, 0.1), (2, 0.1), (5, 0.3)),
        (
            "lambda k, e: -((1 - e) * math.log(1 - e) + e * math.log(e / (k - 1)))",
            "ε shared among the others only",
            "torch spreads ε over all K classes, so the true one keeps 1 − ε + ε/K.",
        ),
        (
            "lambda k, e: -math.log(1 - e)",
            "the true class only",
            "The other classes have a share of the target, and so of the loss.",
        ),
        (
            "lambda k, e: e * math.log(k)",
            "only the even part",
            "This is what even guesses would cost for the ε part; the rest of the target has its price too.",
        ),
        (
            "lambda k, e: -math.log(1 - e + e / k)",
            "the loss of the unsmoothed target",
            "The probability is right; the loss is averaged over the smoothed target, not looked up at the true class.",
        ),
        prompt="Write the floor: the smallest cross-entropy that is possible for this number of classes and this `label_smoothing`. At present it says 0.",
    ),
    # the detective's own
    Exercise(
        id="08.classes",
        title="How many classes?",
        asks="number",
        digits=0,
        prompt="""
            A training log ends with `loss 1.0436, accuracy 0.998`. The code says `CrossEntropyLoss`, and the model ends in a softmax.
            How many classes are there?
            """,
        solution="answer = 1 + math.e * (math.exp(1.0436) - 1)",
        because="log(1 + (K − 1)/e) = 1.0436 gives K = 6.",
        hints=(
            "The floor of this fault depends on K and nothing else. Use the explorer, or the formula.",
            "log(1 + (K − 1)/e) = 1.0436. Solve for K.",
            "1 + (K − 1)/e = exp(1.0436) = 2.8394",
        ),
        units=(),
        wrong=(
            Wrong(
                "math.exp(1.0436)",
                "ln K",
                "That would be a network that guesses evenly; with an accuracy of 0.998 it does not.",
            ),
            Wrong(
                1.0436,
                "the floor itself",
                "This is the loss of the log; the number of classes that has this floor is wanted.",
            ),
            Wrong(5, "K − 1", "In the formula stand the K − 1 other classes; one more is the true one."),
            Wrong(
                4, "the fingerprint of exhibit 1", "0.7437 is K = 4; this floor is higher, so there are more classes."
            ),
        ),
    ),
    choice(
        "08.culprit",
        "Which mistake?",
        """
        A multi-label model. The loss sinks from 0.97 to 0.6931 and stays there, and every probability that the loss sees ends at one half. You
        find that no label of the data is ever true: the label file was read with the wrong separator. You repair it. Now 30 % are true, and the
        loss goes down to 0.579 and no further, though training accuracy is 100 %. What else is wrong?
        """,
        (
            "Nothing: 0.579 is the entropy of labels of which 30 % are true.",
            "A sigmoid stands before binary_cross_entropy_with_logits.",
            "A softmax stands before cross_entropy.",
            "Label smoothing is on.",
        ),
        "b",
        "0.3 · 0.3133 + 0.7 · 0.6931 = 0.579: with two sigmoids true labels cost at least 0.3133 and false ones 0.6931.",
        (
            "Compute the floors that the candidates have for 30 % of true labels.",
            "The entropy of 30 % is 0.611. What do two sigmoids allow?",
            "0.3 · 0.3133 + 0.7 · 0.6931",
        ),
        (
            "a",
            "the price of the prior",
            "The entropy of 30 % is 0.611, and a model that is right in every case does not pay it.",
        ),
        ("c", "the other double", "The model is multi-label, and ln(1 + (K − 1)/e) = 0.579 would mean 3.1 classes."),
        ("d", "smoothing", "For yes-or-no questions 0.579 would need a smoothing of more than one half."),
    ),
    Exercise(
        id="08.temperature",
        title="Write it: fit the temperature",
        asks="function",
        prompt="""
            Write `fit(logits, targets)`, which returns the temperature T at which the mean cross-entropy of `logits / T` is smallest.
            Try a grid of a few thousand temperatures from 0.1 to 10, or anything better. One part in a hundred will do.
            """,
        starter="def fit(logits, targets):",
        solution="""
def fit(logits, targets):
    temperatures = torch.logspace(-1, 1, 1001, dtype=torch.float64).tolist()
    return min(temperatures, key=lambda T: F.cross_entropy(logits.double() / T, targets).item())
""",
        because="One number, fitted on held-out data by the loss itself. It cannot change a single decision, only how sure they sound.",
        hints=(
            "For each T compute one loss; keep the T with the smallest.",
            "The loss is `F.cross_entropy(logits / T, targets)`.",
            "`min` takes a `key`: a function that says of each temperature what shall be smallest.",
        ),
        inputs=(held_out(2.5, seed=5), held_out(0.6, seed=6), held_out(4.0, seed=7)),
        rtol=0.012,
        units=(),
        wrong=(
            Wrong(
                "lambda z, t: 1 / fit(z, t)",
                "the inverse temperature",
                "This is the factor for the logits; T divides them.",
            ),
            Wrong(
                "lambda z, t: max(torch.logspace(-1, 1, 201).tolist(), key=lambda T: (torch.softmax(z / T, 1).max(1).values).mean().item())",
                "the smallest temperature of the search",
                "It is the end of the range, whatever the data. Accuracy is the same at every T, confidence is largest here, and the largest loss is the worst fit: take the smallest loss.",
            ),
            Wrong(
                "lambda z, t: 10.0",
                "the largest temperature of the search",
                "It is the other end of the range, whatever the data. Accuracy is the same at every T, and the largest loss is the worst fit: take the smallest.",
            ),
            Wrong(
                "lambda z, t: 1.0",
                "no temperature",
                "T = 1 leaves the logits as they are; these are too sure, or not sure enough.",
            ),
        ),
    ),
)
