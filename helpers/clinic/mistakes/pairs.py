"""Mistakes: A batch of N pairs, whose outputs are N × N and whose matches stand on the diagonal."""

from helpers.clinic.evidence import doubt
from helpers.clinic.record import mistake

FEWEST = 16  # pairs, from which on chance does not look like a mistake


def has_pairs(case):
    """Whether there are pairs enough, and few enough to be looked at as a whole."""
    return case.diagonal and case.n >= FEWEST and case.finite and not case.batch.large


@mistake(
    title="All pairs look the same",
    why="""No row can tell its own column from the others, so the loss is ln N of the batch. The encoders give every
    input the same vector, or the inputs never reach them.""",
    fix="print(F.normalize(photos, dim=1).std(dim=0), F.normalize(captions, dim=1).std(dim=0))",
    read=("13 Where it starts", "13 Find a photo"),
)
def pairs_all_alike(case):
    if not has_pairs(case) or case.index is None:
        return None
    spread = (case.x.amax(-1) - case.x.amin(-1)).max().item()
    if spread < 0.05:
        text = f"the {case.n} outputs of a row differ by {spread:.2g} at most, so each of its columns has a"
        return doubt(f"{text} probability of about 1/{case.n}; right after the start that is in order")


@mistake(
    title="Photos and captions in different orders",
    why="Each row is sure of a column of its own, and not of that with its number: the pairs were shuffled apart.",
    fix="photos, captions = photos[order], captions[order]  # one order for both",
    read=("13 Find a photo", "13 Where it starts"),
)
def pairs_shuffled(case):
    if not has_pairs(case) or case.index is None:
        return None
    prob, winners = case.x.softmax(-1).max(-1)
    kinds, right = winners.unique().numel(), round(case.row_accuracy * case.n)
    # An untrained model is not sure, or one column wins many rows: nearly all columns win here, and surely.
    if kinds >= 0.9 * case.n and right <= 0.1 * case.n and prob.mean().item() > 0.5:
        return doubt(
            f"{kinds} of {case.n} columns win a row, with a mean probability of {prob.mean().item():.2f}, "
            f"and {right} of them the row of their own number"
        )


@mistake(
    title="Sigmoids of pairs without a bias",
    why="""One pair in N matches, so a sigmoid that knows nothing should say 1/N. Where it says one half, N − 1
    strangers push while one match pulls, and the loss starts near N · ln 2.""",
    fix="nn.init.constant_(model.logit_bias, -10.0)  # or -math.log(N - 1); added to every logit",
    read=("13 Ask each pair", "05 Where should a loss start"),
)
def pairs_without_bias(case):
    if not has_pairs(case) or case.share is None or not case.labels:
        return None
    expected = case.x.sigmoid().sum(-1).mean().item()
    if expected > case.n / 4:
        return doubt(
            f"the {case.n} sigmoids of a row add up to {expected:.3g} on average, and one pair of them matches"
        )
