"""What is wrong with (outputs, targets, loss)? `from helpers.clinic import diagnose`.

The strongest sign is the loss itself: it is computed again under every mistake, and the one that gives the number that
came is named. Then come the values and the shapes. `MISTAKES` is the table of what is known; how often a healthy run is
accused and a mistake missed is measured by bench/clinic.py and bench/trainings.py: helpers/clinic/measured.py.
"""

import torch

from helpers.clinic.case import Case
from helpers.clinic.evidence import judged
from helpers.clinic.measured import stored_table
from helpers.clinic.mistakes import MISTAKES
from helpers.clinic.reading import read
from helpers.clinic.report import Finding, Report, in_order, unknown
from helpers.clinic.watching import DiagnosisWarning, Watch

__all__ = ["MISTAKES", "DiagnosisWarning", "Finding", "Report", "diagnose", "stored_table"]


def diagnose(outputs, targets=None, loss=None, *, loss_fn=None, **given):
    """Return a `Report` of the mistakes that outputs, targets and the loss that came of them show.

    Nothing that is given is changed, and no gradient is needed.

    Parameters
    ----------
    outputs : as they go into the loss: (N, K), (N, K, d1, …), (N, 1) or (N,) of a binary loss
        Of any type and device, a numpy array or a list
    targets : class indices, or of the outputs' shape
        Batches of several sizes may be given as two lists of tensors, of outputs and of targets
    loss : the number, as text if its digits count ("2.30" is 2.295 to 2.305); or the loss function, or its name
    loss_fn : the function or its name, beside the number: of torch.nn.functional, a module of torch.nn, or your own
    weight, pos_weight, ignore_index, label_smoothing, reduction : as the loss was given them
    sample_weight, temperature : the factor of each row, and a distillation's T
    history : the losses from the first step on; without `loss` its last is taken, to about 1 %
    accuracy, auc : the metrics that were computed
    predictions : the decisions
    labels : the names of the classes
    batch_sizes : how many rows each batch has, where `loss` is a mean over batches
    grad : the loss's slope by outputs

    Raises
    ------
    TypeError, ValueError : they name the argument, what came and what is wanted

    >>> logits = torch.tensor([[9.0, -9.0, -9.0, -9.0]])
    >>> report = diagnose(logits, torch.tensor([0]), loss=0.7437)
    >>> [finding.name for finding in report.findings]
    ['softmax_before_cross_entropy']

    Exhibits: notebooks/08_bug_museum.ipynb.
    """
    with torch.no_grad():
        case = Case(**vars(read(outputs, targets, loss=loss, loss_fn=loss_fn, **given)))
        found, unsure, by_number, told = [], [], None, False
        for mistake in MISTAKES:
            convicted = by_number is not None or case.spoiled and bool(found)
            evidence = judged(case, mistake.look(case), convicted)
            if not evidence:
                continue
            text, sure, told = evidence.text, evidence.sure, told or evidence.by_loss
            if sure and evidence.by_loss:
                # One number convicts one mistake, the most frequent: it stands first in MISTAKES.
                if by_number:
                    text, sure = f"{text}; “{by_number}” gives this number, too, and is more frequent", False
                else:
                    by_number = mistake.title
            fix = evidence.fix or mistake.fix
            entry = Finding(mistake.name, mistake.title, text, mistake.why, fix, mistake.lesson)
            (found if sure else unsure).append(entry)
        report = Report(tuple(found), tuple(unsure), tuple(in_order(case)), tuple(unknown(case, found, told)))
        # What a case holds refers to it: with this, the outputs' memory is free before garbage is collected.
        vars(case).clear()
        return report


def watch(loss_fn, speak=None, share=0.002, **given):
    """Return a function that computes `loss_fn(outputs, targets, …)` and speaks once, at the first mistake it sees.

    It looks at the first call, and again whenever looking has taken less than `share` of the time since it was made: in
    the long run it costs that share, a fifth of a per cent, and in the first seconds more. On CPU the first look took 2
    to 5 ms for outputs of shape (64, 10), between steps of 0.3 ms, and 40 ms or more for (128, 1000), between steps of
    28 ms.
    Looking never raises: what can't be read is said once, in a warning, and the training goes on. The report stays in
    `.report`. As a context manager it stops looking at the end of the block.

    Parameters
    ----------
    loss_fn : a function of (outputs, targets, …)
    speak : called with the `Report`; by default a `DiagnosisWarning` is issued
    share : of the time since it was made that looking may take; with 1, it looks at (nearly) every call
    **given : what `diagnose` takes besides

    >>> loss_fn = diagnose.watch(torch.nn.functional.cross_entropy, speak=lambda report: print(report.heading))
    >>> _ = loss_fn(torch.softmax(torch.tensor([[2.0, 1.0, 0.0]]), dim=1), torch.tensor([0]))
    Found: Softmax before cross_entropy
    """
    if not callable(loss_fn):
        raise TypeError(f"loss_fn: got {type(loss_fn).__name__}, want a function of (outputs, targets)")
    return Watch(loss_fn, diagnose, speak, share, **given)


diagnose.watch = watch
