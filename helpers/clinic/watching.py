"""A loss function that is looked at while it trains."""

import math
import warnings
from time import perf_counter

from helpers.clinic.reading import GIVEN


class DiagnosisWarning(UserWarning):
    """What `diagnose.watch` speaks with."""


class Watch:
    """A loss function that is looked at while it is used; see `watch`. Looking never raises."""

    def __init__(self, loss_fn, diagnose, speak=None, share=0.002, **given):
        self.loss_fn, self.diagnose, self.speak, self.share, self.given = loss_fn, diagnose, speak, share, given
        self.report = None
        self.history = []
        self.spent, self.since, self.due = 0.0, perf_counter(), 0.0

    def __call__(self, outputs, targets, *args, **keywords):
        loss = self.loss_fn(outputs, targets, *args, **keywords)
        if perf_counter() >= self.due:
            start = perf_counter()
            try:
                text = self._look(outputs, targets, loss, keywords)
            except Exception as error:  # whatever it is, a training goes on: the watch says it once and stops looking
                text = f"the watch can't read this loss: {error}"
            self.spent += perf_counter() - start
            # Once it has spoken it is silent: a warning at every step would be read by nobody.
            self.due = math.inf if text or self.report else self.since + self.spent / self.share
            if text:
                warnings.warn(text, DiagnosisWarning, stacklevel=2)
        return loss

    def _look(self, outputs, targets, loss, keywords):
        """Return what is to be said, if no one else says it."""
        self.history.append(loss.detach().mean().item())
        options = {key: value for key, value in keywords.items() if key in GIVEN}
        known = {**self.given, **options, "history": self.history}
        report = self.diagnose(outputs, targets, loss.detach(), loss_fn=self.loss_fn, **known)
        if not report:
            return None
        self.report = report
        if self.speak is None:
            return f"\n{report}"
        self.speak(report)
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.due = math.inf
