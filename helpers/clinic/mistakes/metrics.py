"""Mistakes: Metrics."""

from dataclasses import replace

import torch

from helpers.clinic.evidence import Evidence
from helpers.clinic.metrics import auc, auc_of_outputs, right_scores, same, scored
from helpers.clinic.record import mistake


@mistake(
    title="An accuracy that counts the right zeros",
    why="Of K entries of a one-hot row K − 1 are 0: a network that knows nothing scores 1 − 1/K.",
    fix="accuracy = (logits.argmax(dim=1) == targets).float().mean()",
    read=("08 Exhibit 10", "09 Which letters go into the left bag"),
)
def accuracy_entry_by_entry(case):
    if case.K < 2 or case.target_form not in ("indices", "one-hot"):
        return None

    def entries(threshold, softmax=False):
        def share_of_right():
            values = case.batch.all.softmax if softmax else case.x
            right = (values > threshold) == (case.batch.all.one_hot > 0.5)
            return right[case.counted].float().mean()

        return share_of_right

    probs = case.form in ("softmax", "unit")
    formulas = {"(softmax > 0.5) against one-hot, entry by entry": entries(0.5, softmax=not probs)}
    if case.form == "logits":
        formulas["(sigmoid > 0.5) against one-hot, entry by entry"] = entries(0.0)
        formulas["(outputs > 0.5) against one-hot, entry by entry"] = entries(0.5)
    formulas["the winner's one-hot against one-hot, entry by entry"] = lambda: 1 - 2 * (1 - case.row_accuracy) / case.K
    return scored(case, formulas)


@mistake(
    title="An accuracy that compares each with each",
    why="""(N, 1) == (N,) is an (N, N) matrix: its mean is what guessing by the class frequencies scores, or its sum
    exceeds N.""",
    fix="accuracy = (predicted.squeeze(1) == targets).float().mean()",
    read=("05 Shapes: does it broadcast?", "08 Exhibit 10"),
)
def accuracy_by_broadcasting(case):
    if case.targets is None or not case.sound_targets or case.target_form not in ("indices", "multi-hot", "one-hot"):
        return None
    if (case.share if case.K == 1 else case.index) is None:
        return None

    def crossed():
        labels = (case.winners, case.batch.all.safe_index)
        if case.K == 1:
            labels = ((case.x > case.threshold)[:, 0], case.share[:, 0])
        shares = [torch.bincount(each.long(), minlength=max(case.K, 2)).double() / case.n for each in labels]
        return shares[0] @ shares[1]

    return scored(case, {"the mean of an (N, N) comparison": crossed})


@mistake(
    title="ROC-AUC of decisions instead of outputs",
    why="A decision keeps one point of the curve: what comes out is the balanced accuracy at that threshold.",
    fix="auc = roc_auc_score(targets, logits)  # the outputs themselves, not logits > 0",
    read=("09 All thresholds at once", "08 Exhibit 3"),
)
def auc_of_hard_labels(case):
    if "auc" not in case.scores or case.K > 1 or (whole := auc_of_outputs(case)) is None or case.score_is("auc", whole):
        return None
    for cut in (0.5, 0.0):
        if case.score_is("auc", auc((case.x[:, 0] > cut).float(), case.share[:, 0] > 0.5)):
            came = f"the AUC {case.scores['auc'][0]:.4g}"
            return f"{came} is that of outputs > {cut:g}; of the outputs it is {whole:.4g}"


@mistake(
    title="A score turned round: an error rate, or the AUC of the other class",
    why="""1 − accuracy is the share of wrong answers, and an AUC of the scores of “no”, or of distances, is 1 − that of
    “yes”: what looks bad is good.""",
    fix="auc = roc_auc_score(targets, logits)  # of two columns, logits[:, 1] - logits[:, 0]",
    read=("09 All thresholds at once",),
)
def score_turned(case):
    right = list(right_scores(case).values()) if "accuracy" in case.scores and case.sound_targets else []
    # Above one half somebody may have turned distances round on purpose.
    if right and right[0] > 0.5 and case.scores["accuracy"][1] < 0.006:
        found = scored(case, {"the share of wrong answers": lambda: 1 - right[0]})
        return found and replace(found, fix="accuracy = 1 - accuracy")
    if "auc" not in case.scores or (whole := auc_of_outputs(case)) is None or case.score_is("auc", whole):
        return None
    came, unit = case.scores["auc"]
    if case.score_is("auc", 1 - whole) and unit < 0.006:
        columns = "auc = roc_auc_score(targets, logits[:, 1] - logits[:, 0])" if case.K == 2 else None
        text = f"the AUC {came:.4g} is 1 − {whole:.4g}, which is that of the outputs"
        return Evidence(text, sure=came < 0.5, fix=columns)


@mistake(
    title="A top-k accuracy for the accuracy",
    why="""A row counts as right if its class is among the k largest: that is never less than the accuracy, and k/K for
    guesses.""",
    fix="accuracy = (logits.argmax(dim=1) == targets).float().mean()",
    read=("01 Second column: softmax",),
)
def top_k_accuracy(case):
    if "accuracy" not in case.scores or not case.single_label or case.index is None or not case.sound_targets:
        return None

    def among(k):
        own = case.x.gather(1, case.batch.all.safe_index[:, None])
        return lambda: ((case.x > own).sum(-1) < k)[case.counted].float().mean()

    found = scored(case, {f"the share of targets among the {k} largest": among(k) for k in (5, 3, 2, 10) if k < case.K})
    # Each count of right rows must be another number, and so many that none of four fits by chance.
    sure = len(case.index[case.counted]) >= 500 and case.scores["accuracy"][1] <= 5e-4
    return found and replace(found, sure=sure)


@mistake(
    title="A metric that guesses whether it got logits",
    why="""A sigmoid is applied only where some value leaves [0, 1]: the same output is decided one way in this
    batch and another way alone.""",
    fix="predicted = torch.sigmoid(logits) > 0.5  # and hand a metric probabilities, about which it need not guess",
    read=("02 One threshold, three units", "08 Exhibit 3"),
)
def metric_guesses_logits(case):
    decisions = case.decisions
    if decisions is None or case.unit_interval or same(decisions, case.x > 0) or same(decisions, case.x > 0.5):
        return None
    outside = (case.x < 0) | (case.x > 1)
    guess = torch.where(outside.any(-1, keepdim=True), case.x > 0, case.x > 0.5)
    if same(decisions, guess):
        wrong = int((guess != (case.x > 0)).sum())
        return f"the predictions take outputs in [0, 1] for probabilities, row by row: {wrong} are decided wrong"


@mistake(
    title="argmax, or the softmax before it, over the batch",
    why="""argmax(dim=0) names a row for each class; without dim it names one entry of the whole tensor. After a softmax
    over the batch, a row's largest depends on the other rows.""",
    fix="predicted = logits.argmax(dim=1)",
    read=("03 The everyday rule: a batch", "08 Exhibit 4"),
)
def argmax_over_the_batch(case):
    if case.predictions is None or case.K < 2 or len(case.shape) != 2:
        return None
    found = case.predictions.reshape(-1)
    if len(found) == case.K and not (case.n == case.K and torch.equal(found.long(), case.winners)):
        if torch.equal(found.long(), case.x.argmax(0)):
            return f"the {len(found)} predictions are argmax(dim=0) of outputs {case.shape}"
    wrong = int((found != case.winners).sum()) if len(found) == case.n else 0
    if wrong and torch.equal(found.long(), case.batch.all.over_the_batch.argmax(-1)):
        return f"the predictions are softmax(outputs, dim=0).argmax(dim=1): {wrong} of {case.n} are not a row's winner"


@mistake(
    title="An accuracy that counts ignored rows",
    why="No winner equals the index that marks a row without a class, so each such row counts as wrong.",
    fix="accuracy = (logits.argmax(dim=1) == targets)[targets != -100].float().mean()",
    read=("04 A target of −1",),
)
def accuracy_over_ignored(case):
    if case.kept is None or case.K < 2 or not case.sound_targets:
        return None
    found = scored(case, {"right winners, divided by all rows": lambda: case.row_accuracy * case.kept.float().mean()})
    rest = f"accuracy = (logits.argmax(dim=1) == targets)[targets != {case.ignore_index}].float().mean()"
    return found and replace(found, fix=rest)


@mistake(
    title="An accuracy of next to nothing, beside right winners",
    why="""torch.max(outputs, dim=1) returns values and their places: a value equals a class number next to never.
    right // total is 0 too, and so is a comparison of texts with numbers.""",
    fix="accuracy = (logits.argmax(dim=1) == targets).float().mean()",
    read=("01 Second column: softmax",),
)
def accuracy_of_values(case):
    if "accuracy" not in case.scores or case.n < 16 or case.index is None or case.K < 2 or not case.sound_targets:
        return None
    if case.hard or not case.finite:
        return None
    margins = case.value is not None and not case.takes("cross_entropy")  # an accuracy with the margin may be 0, too
    if case.row_accuracy > 0.1 and not margins:
        same_values = (case.x.amax(-1) == case.index).float().mean()
        return scored(case, {"the share of largest outputs that equal a target": lambda: same_values})
