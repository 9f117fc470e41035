"""Exercises of notebooks/07_logit_sigmoid_roundtrip.ipynb."""

import torch

from helpers.exercises.exercise import Ban, Exercise, Wrong

EXERCISES = (
    Exercise(
        id="07.side",
        title="Which side breaks?",
        asks="choice",
        prompt="In float32, `torch.logit(torch.sigmoid(x))` should give x back. For which x between −20 and 20 does it fail badly?",
        options=(
            "for large positive x",
            "for large negative x",
            "for both",
            "for neither: the two are inverse functions",
        ),
        solution='answer = "a"',
        because="Floats are dense near 0 and coarse near 1, and σ(x) nears 1 for positive x only. There the digits of x are lost.",
        hints=(
            "Where are the floats dense: near 0 or near 1?",
            "σ(−20) is about 2e−9, which float32 holds well. What is σ(20)?",
            "σ(20) = 1 − 2e−9, and the float before 1 is 1 − 6e−8.",
        ),
        wrong=(
            Wrong(
                "b",
                "small numbers thought to be the inexact ones",
                "A float32 near 2e−9 has as many digits as any other; it is near 1 that they run out.",
            ),
            Wrong(
                "c",
                "a symmetry that floats do not have",
                "σ(x) is as near to 1 on the right as to 0 on the left, but floats are much denser near 0.",
            ),
            Wrong(
                "d",
                "mathematics for arithmetic",
                "They are inverse for real numbers; σ(20) is rounded to 1, and logit(1) is infinite.",
            ),
        ),
    ),
    Exercise(
        id="07.one",
        title="From which x on?",
        asks="number",
        digits=2,
        prompt="From which x on does `torch.sigmoid(x)` return exactly 1 in float32?",
        solution="answer = 24 * math.log(2)",
        because="1 + e⁻ˣ is rounded to 1 once e⁻ˣ is at most 2⁻²⁴, so x = 24 ln 2 = 16.6355. Rounding the true σ(x) would reach 1 only from 17.33 on.",
        hints=(
            "1/(1 + e⁻ˣ) is exactly 1 when 1 + e⁻ˣ is. How small must e⁻ˣ be to vanish beside 1?",
            "The float32 after 1 is 1 + 2⁻²³; half of that gap, 2⁻²⁴, is rounded away.",
            "e⁻ˣ = 2⁻²⁴. Take the natural logarithm of both sides.",
        ),
        units=(),
        wrong=(
            Wrong(
                "128 * math.log(2)",
                "the overflow of exp",
                "At 88.72 exp(x) overflows; σ(x) is rounded to 1 long before that.",
            ),
            Wrong(
                "25 * math.log(2)",
                "a correctly rounded sigmoid",
                "The true σ(x) is nearer to 1 than to the float before from here on; torch rounds 1 + e⁻ˣ first and gets there earlier.",
            ),
            Wrong(
                "math.inf",
                "the mathematical sigmoid",
                "For real numbers σ(x) < 1 always; in floats it is rounded to 1.",
            ),
            Wrong(
                "53 * math.log(2)", "float64", "This is where double precision gives up; float32 has 24 bits, not 53."
            ),
            Wrong(24.0, "powers of 2 for powers of e", "2⁻²⁴ is right; as a power of e it is exp(−24 ln 2)."),
        ),
    ),
    Exercise(
        id="07.hundred",
        title="A loss of exactly 100",
        asks="choice",
        prompt="""
            For one label of one photo a training log has a loss of exactly 100.0000, and the gradient there is 0. The code is

                loss = F.binary_cross_entropy(torch.sigmoid(x), y)

            What happened?
            """,
        options=(
            "the sigmoid was rounded to 0 or 1, and torch cut off the logarithm of 0",
            "the network is that wrong: its price for this label is 100",
            "the loss is in per cent",
            "the label has been learned, for its gradient is 0",
        ),
        solution='answer = "a"',
        because="The logarithm of 0 is −∞, and `F.binary_cross_entropy` takes −100 instead, which has the gradient 0. With logits the loss of a no-photo at 17 is 17, and the gradient is 1.",
        hints=(
            "Is 100 a number that a measurement would hit to four decimals?",
            "What is σ(17) in float32, and what is the logarithm of 1 minus that?",
            "log(0) is −∞. What does `F.binary_cross_entropy` put in its place?",
        ),
        wrong=(
            Wrong(
                "b",
                "a limit for a measurement",
                "A true price of 100 needs a logit of 100 on the wrong side, and then the gradient is 1 in size, not 0.",
            ),
            Wrong(
                "c",
                "a unit that losses do not have",
                "A loss is in nats, logarithms to the base e. 100 is where torch cuts off.",
            ),
            Wrong(
                "d",
                "a gradient of 0 for success",
                "Learned labels have a gradient near 0 and a loss near 0. Here the loss is as large as it can be.",
            ),
        ),
    ),
    Exercise(
        id="07.logsigmoid",
        title="Write it: log σ(x) without the round trip",
        asks="function",
        prompt="""
            Write `log_sigmoid(x)`, the logarithm of σ(x), from `exp`, `log1p`, `abs` and the like, without a ready-made one or softplus. It must be right at −1000 (where σ is 0),
            and at 20 (where the truth is −2.06e−9, not 0).
            """,
        starter="def log_sigmoid(x):",
        solution="""
def log_sigmoid(x):
    return torch.clamp(x, max=0) - torch.log1p((-x.abs()).exp())
""",
        because="The exponent −|x| is never positive, so nothing overflows, and log1p keeps the small addend that `1 + …` would round away.",
        hints=(
            "log σ(x) = −log(1 + e⁻ˣ). Two things go wrong with it: e⁻ˣ overflows for negative x, and 1 + e⁻ˣ is 1 for large x.",
            "For negative x: −log(1 + e⁻ˣ) = x − log(1 + eˣ). Now the exponent is −|x| on both sides. And log(1 + z) has a function of its own.",
            "`torch.log1p((-x.abs()).exp())` is the one part, for either sign of x. The other is x where x is negative, and 0 elsewhere.",
        ),
        inputs=(
            (torch.tensor([0.0, 1.0, -1.0, 3.5]),),
            (torch.tensor([20.0, 12.0]),),
            (torch.tensor([-50.0, -20.0]),),
            (torch.tensor([-1000.0, 1000.0]),),
        ),
        atol=1e-20,
        rtol=1e-4,
        ban=Ban("a ready-made logsigmoid or softplus", "log_?sigmoid|softplus"),
        units=(),
        wrong=(
            Wrong(
                "lambda x: torch.sigmoid(x).log()",
                "the round trip",
                "σ(20) is rounded to 1 and σ(−1000) to 0 before the logarithm sees them, in the formula as in torch.sigmoid.",
            ),
            Wrong(
                "lambda x: -torch.log1p((-x).exp())",
                "only half of the cure",
                "log1p is right; for x = −1000 the exponential overflows still.",
            ),
            Wrong(
                "lambda x: torch.clamp(x, max=0) - (1 + (-x.abs()).exp()).log()",
                "the other half of the cure",
                "Nothing overflows any more; but 1 + e⁻²⁰ is 1 in float32: log1p.",
            ),
            Wrong(
                "lambda x: F.softplus(x)", "softplus", "softplus(x) = log(1 + eˣ) is −log σ(−x): two signs are missing."
            ),
        ),
    ),
    Exercise(
        id="07.complement",
        title="Write it: the probability of no",
        asks="function",
        prompt="Write `no(x)`, the probability 1 − σ(x), so that it keeps its digits for x = 17 and x = 50 too.",
        starter="def no(x):",
        solution="""
def no(x):
    return torch.sigmoid(-x)
""",
        because="1 − σ(x) = σ(−x). The subtraction loses all digits at 17; the sigmoid of −x never makes the 1 that they are lost beside.",
        hints=(
            "Which symmetry does the sigmoid have?",
            "1 − 1/(1 + e⁻ˣ) = e⁻ˣ/(1 + e⁻ˣ). Write this as a sigmoid.",
            "1 − σ(2) is 0.1192, and so is σ(−2).",
        ),
        inputs=(
            (torch.tensor([0.0, 1.0, -1.0, 5.0]),),
            (torch.tensor([10.0, 16.0]),),
            (torch.tensor([17.0, 50.0]),),
            (torch.tensor([-50.0, -100.0, 80.0]),),
        ),
        atol=0.0,
        rtol=1e-4,
        units=(),
        wrong=(
            Wrong(
                "lambda x: 1 - torch.sigmoid(x)",
                "the subtraction",
                "σ(17) is 1 in float32, so 1 − σ(17) is 0; the truth is 4.1e−8.",
            ),
            Wrong(
                "lambda x: torch.sigmoid(x)",
                "the probability of yes",
                "The sign of x is missing: at 0 the two agree, at 1 they do not.",
            ),
            Wrong(
                "lambda x: (-x).exp() / (1 + (-x).exp())",
                "a formula that overflows",
                "For −100 it is inf/inf; and already e⁻ˣ at −89 is too large for a float32.",
            ),
        ),
    ),
)
