"""What explorers make of the reader's own numbers: what cannot be is refused by name."""

import pytest
import torch

from helpers import explorers

Z = torch.tensor([[3.0, -1.0, 0.5], [-2.0, 1.5, 0.25], [0.0, 4.0, -8.0]])
PROBS, TRUE = Z.softmax(1), [0, 1, 1]
ROW, BATCH = ("logit_table", "row_loss", "label_loss", "threshold_units"), ("calibration", "threshold_sweep")


def call(name, logits, **others):
    return getattr(explorers, name)(logits, **({"targets": TRUE} if name in BATCH else {}) | others)


def test_four_classes_of_your_own_are_not_the_running_example(unlaid):
    own = [9.0, 1.0, 2.0, 3.0]
    assert explorers.row_loss(own).describe().startswith("Truth: class 0. The loss is 0.0037")
    assert explorers.row_loss(labels=["Katze", "Hund", "Kuh", "Zebra"]).describe().startswith("Truth: Hund.")
    assert not any(value is True for value in explorers.label_loss(own).values.values())
    for name in ROW:
        said = call(name, own).describe()
        assert "class " in said and "cat" not in said, name


@pytest.mark.parametrize(
    "name, logits, others, said",
    [
        *((name, PROBS[0], {}, f"logits: got .* sum to 1, .* want .* logits: .*{name}.probs.log") for name in ROW),
        *((name, PROBS, {}, f"logits: got .* sum to 1, .* want .* logits: .*{name}.probs.log") for name in BATCH),
        *(
            (name, Z.repeat(3, 1).sigmoid(), {}, f"logits: .* from 0 to 1 .* {name}.torch.logit.probs")
            for name in BATCH
        ),
        ("dim_view", PROBS.T, {}, "tensor: got .* sums over dim 0 are 1, .* dim_view.probs.log"),
        ("dim_view", Z[0], {}, "tensor: got .* want .* 2 to 6 dims.*tensor.None."),
        ("dim_view", Z, dict(shape=(4, 4)), r"shape: got \(4, 4\), want none beside a tensor"),
        ("dim_view", Z, dict(dim=2), r"dim: got 2, want one of \[-2, -1, 0, 1\]"),
        ("row_loss", Z, {}, r"logits: got .* want .* shape \(K,\).* row_loss.logits.0."),
        ("label_loss", torch.arange(13.0), {}, "want .* from 2 to 12; logit_table.logits. takes any number"),
        ("calibration", Z[:, 0], {}, r"logits: got .* one margin m a row, .* calibration.torch.stack..0 . m, m., -1"),
        ("calibration", torch.stack([1 - 3 * Z.ravel(), 3 * Z.ravel()], 1), dict(targets=[0] * 9), "1 − m and m"),
        ("calibration", Z, dict(targets=[[0], [1], [1]]), r"targets: got .* of a column .* targets.ravel"),
        ("calibration", Z, dict(targets=[0.0, 1.0, 1.0]), r"targets: got .* as floats these are targets.long"),
        ("threshold_units", [1.0], {}, r"logits: got \[1.0\] of shape .* threshold_units.torch.cat"),
        ("logit_table", Z * float("nan"), {}, r"logits: got .* with nan at \[0, 0\], want"),
        ("logit_table", "cat", {}, "logits: got 'cat', want a tensor of finite logits"),
        ("logit_table", Z[0], dict(targets=[0, 1, 1]), "targets: got .* one margin m a row: logit_table.torch.stack"),
        ("logit_table", Z, dict(labels="abc"), "labels: got 'abc', want a sequence of 3 different names"),
        ("logit_table", Z, dict(labels=("a", "a", "b")), r"labels: got .* \(3 of them\), want .* different names"),
        ("logit_table", Z, dict(targets=[0, 1, 3]), r"targets: got \[0, 1, 3\], want .* from 0 to 2"),
        ("logit_table", Z, dict(targets=torch.eye(3)), r"targets: got .* of one-hot rows these are targets.argmax"),
        ("label_loss", Z[0], dict(targets=[1, 0.5, 0]), r"targets: got .*0.5.* want .* zeros and ones of shape \(3,\)"),
        ("row_loss", Z[0], dict(target=3), "target: got 3, want a class: a whole number from 0 to 2"),
        (
            "calibration",
            torch.zeros(100_001, 2),
            {},
            r"logits: got .* at most 100,000 rows .* calibration.logits.:1000",
        ),
        ("calibration", None, {}, "targets: got .* want a tensor of logits with them: calibration"),
        ("threshold_units", None, dict(labels=("a", "b")), "labels: got .* want a tensor of logits with them"),
    ],
)
def test_what_cannot_be_is_refused_by_name_with_what_to_call_instead(name, logits, others, said):
    with pytest.raises(ValueError, match="(?s)" + said):
        call(name, logits, **others)
