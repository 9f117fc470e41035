"""A call of a learner's function: on copies, for some seconds at most, watched where the question rules something out."""

import copy
import ctypes
import io
import re
import sys
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch.overrides import TorchFunctionMode

SECONDS = 5.0  # what one call may take
PRINTED = 4000  # characters of its printing that are kept


@dataclass(frozen=True)
class Call:
    """What a call came to: its result or its exception; whether it ended, and which arguments it changed, by position."""

    result: object = None
    error: BaseException | None = None
    ended: bool = True
    changed: frozenset = frozenset()


class Stopped(SystemExit):
    """Ends a function that takes too long; the end of a thread by this exception prints nothing."""


def call(function, arguments, watch=None):
    """Return the `Call` of a function.

    It runs in a thread of its own, which is left after SECONDS, or when the kernel is interrupted; this works on Linux, macOS
    and Windows alike. Python code is broken off at its next step. What runs in C (one long call of torch, a sleep) can't be
    broken off: the reply comes all the same, and the thread ends once that call returns.
    """
    given, box = copy.deepcopy(arguments), {}

    def work():
        try:
            with watch or nullcontext():
                box["result"] = function(*given)
        except BaseException as error:
            box["error"] = error

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    end = time.monotonic() + SECONDS
    try:
        while worker.is_alive() and time.monotonic() < end:
            worker.join(0.05)  # in short waits, as Windows interrupts no long one
    except KeyboardInterrupt:
        end = 0
    if worker.is_alive() or not end:
        stop(worker)
        return Call(ended=False)
    changed = frozenset(n for n, (x, y) in enumerate(zip(given, arguments)) if not unchanged(x, y))
    return Call(box.get("result"), box.get("error"), changed=changed)


def stop(thread, tries=20):
    """Raise `Stopped` in a thread until it ends, for a second at most."""
    for _ in range(tries):
        if not thread.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped))
        thread.join(0.05)


def unchanged(x, y):
    if not isinstance(y, torch.Tensor):
        return x == y
    return x.shape == y.shape and torch.allclose(x.double(), y.double(), rtol=0, atol=0, equal_nan=True)


class Printed(io.StringIO):
    """Keeps the beginning of what is printed."""

    def write(self, text):
        return super().write(text[: PRINTED - self.tell()])


class Watch(TorchFunctionMode):
    """Sees whether a banned function is called, or a banned value computed: a tensor with the numbers of `value`."""

    def __init__(self, ban, value):
        super().__init__()
        self.ban, self.value, self.seen = ban, value, False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        names = [getattr(function, "__name__", ""), *library_names(sys._getframe(1))]
        self.seen |= any(re.search(self.ban.calls, name) for name in names)
        if self.value is not None and isinstance(result, torch.Tensor) and result.shape == self.value.shape:
            self.seen |= torch.allclose(result.double(), self.value, rtol=1e-5, atol=1e-7)
        return result


def library_names(frame):
    """Yield the names of the functions of torch and of these helpers that are running, from a frame outwards."""
    while frame:
        if re.match(r"torch\b|helpers\.(?!exercises)", frame.f_globals.get("__name__") or ""):
            yield frame.f_code.co_name
        frame = frame.f_back
