"""A call of a learner's function: on copies, some seconds long at most, watched where the question bans something."""

import bdb
import copy
import ctypes
import io
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from types import CodeType, FrameType

import torch
from torch.overrides import TorchFunctionMode

from helpers.exercises.exercise import Ban

SECONDS = 5.0  # what one call may take
PRINTED = 4000  # characters of its printing that are kept


@dataclass(frozen=True)
class Call:
    """What a call came to: its result or exception; whether it ended, and which arguments, by position, it changed."""

    result: object = None
    error: BaseException | None = None
    ended: bool = True
    changed: frozenset[int] = frozenset()


class Stopped(SystemExit):
    """Ends a function that takes too long; the end of a thread by this exception prints nothing."""


def call_apart(function: Callable, arguments: tuple, mode: "BanMode | None" = None) -> Call:
    """Return the `Call` of a function in a thread of its own.

    The thread is left after SECONDS, or when the kernel is interrupted; this works on Linux, macOS and Windows alike.
    Python code is broken off at its next step. What runs in C (one long call of torch, a sleep) can't be broken off:
    the reply comes all the same, and the thread ends once that call returns.
    """
    box = []
    worker = threading.Thread(target=lambda: box.append(call_here(function, arguments, mode)), daemon=True)
    worker.start()
    end = time.monotonic() + SECONDS
    try:
        while worker.is_alive() and time.monotonic() < end:
            worker.join(0.05)  # in short waits, as Windows interrupts no long one
    except KeyboardInterrupt:
        end = 0  # the reader has stopped the kernel: what still runs is stopped as after SECONDS
    if worker.is_alive() or not end:
        stop(worker)
        return Call(ended=False)
    return box[0]


def call_here(function: Callable, arguments: tuple, mode: "BanMode | None" = None) -> Call:
    """Return the `Call` of a function in this thread, however long it takes, as a debugger needs it."""
    given = copy.deepcopy(arguments)
    result = error = None
    try:
        with mode or nullcontext():
            result = function(*given)
    except BaseException as raised:
        error = raised
    changed = frozenset(n for n, (x, y) in enumerate(zip(given, arguments)) if not is_unchanged(x, y))
    return Call(result, error, changed=changed)


def opens_debugger(function: Callable) -> bool:
    """Return whether a function itself calls `breakpoint()`, or `set_trace()` as debuggers are also called."""
    return not {"breakpoint", "set_trace"}.isdisjoint(names_in(getattr(function, "__code__", None)))


def names_in(code: object) -> Iterator[str]:
    """Yield the names that the code of a function mentions, and of those defined in it."""
    if isinstance(code, CodeType):
        yield from code.co_names
        for each in code.co_consts:
            yield from names_in(each)


def left_debugger(call: Call) -> bool:
    """Return whether somebody has quit the debugger in the middle of a call."""
    return isinstance(call.error, bdb.BdbQuit)


def stop(thread: threading.Thread, tries: int = 20) -> None:
    """Raise `Stopped` in a thread until it ends, for a second at most."""
    for _ in range(tries):
        if not thread.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped))
        thread.join(0.05)


def is_unchanged(x: object, y: object) -> bool:
    if not isinstance(y, torch.Tensor):
        return x == y
    return x.shape == y.shape and torch.allclose(x.double(), y.double(), rtol=0, atol=0, equal_nan=True)


class Printed(io.StringIO):
    """Keeps the beginning of what is printed."""

    def write(self, text: str) -> int:
        return super().write(text[: PRINTED - self.tell()])


class BanMode(TorchFunctionMode):
    """Sees whether a banned function is called, or a banned value computed: a tensor with the numbers of `value`.

    Where `way` has two numbers, it sees too whether torch computes the second without the first: neither that, nor its
    negative, nor the exponential of one of them. Of what is not computed by torch it knows nothing.
    """

    def __init__(self, ban: Ban, value: torch.Tensor | None, way: torch.Tensor | None):
        super().__init__()
        self.ban, self.value, self.way = ban, value, way
        self.banned = self.passed = self.arrived = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        names = [getattr(function, "__name__", ""), *library_names(sys._getframe(1))]
        self.banned |= any(re.search(self.ban.calls, name) for name in names)
        if self.value is not None and isinstance(result, torch.Tensor) and result.shape == self.value.shape:
            self.banned |= torch.allclose(result.double(), self.value, rtol=1e-5, atol=1e-7)
        if self.way is not None and isinstance(result, torch.Tensor) and result.numel() == 1:
            number, (by, to) = result.detach().double().reshape(()), self.way
            self.arrived |= torch.isclose(number, to, rtol=1e-4).item()
            self.passed |= torch.isclose(number, torch.stack([by, -by, by.exp(), (-by).exp()]), rtol=1e-4).any().item()
        return result

    @property
    def seen(self) -> bool:
        """Whether the call went a way that the question rules out."""
        return self.banned or self.arrived and not self.passed


def library_names(frame: FrameType | None) -> Iterator[str]:
    """Yield the names of the functions of torch and of these helpers that are running, from a frame outwards."""
    while frame:
        if re.match(r"torch\b|helpers\.(?!exercises)", frame.f_globals.get("__name__") or ""):
            yield frame.f_code.co_name
        frame = frame.f_back
