"""Pictures made before they are asked for: while a reader looks at one, the page gets those that may come next."""

import asyncio
import contextlib

from helpers.live import cells

START = 0.01  # s: first comes what else the page has asked for, such as the move of a linked explorer
PAUSE = 0.001  # s between two pictures, in which the kernel takes what came in: a move waits for one picture at most
REST = 0.3  # s without a move, after which a hand may well be done
# Bytes a second, of all explorers together. Jupyter's server drops messages beyond a million a second, those of a
# running cell with them.
RATE = 600_000


class Ahead:
    """Makes pictures one a turn of the kernel's loop, until all are made, a cell runs or `stop` is called.

    Parameters
    ----------
    make : callable
        Setting in, the number of bytes out that were sent for it; 0 if nothing had to be.
    """

    _free = 0.0  # when the next picture may be sent, whichever explorer's it is, on the loop's clock

    def __init__(self, make):
        self._make = make
        self._turn = None  # the next turn of the loop, where one is to come

    def start(self, settings, later=()):
        """Make the pictures of these settings, an iterable, in this order, instead of those under way.

        Those that are for `later`, a list, follow after a rest.
        """
        self.stop()
        left = iter(settings)

        def make_next():
            """Make pictures until one had to be sent, and return its bytes; 0 if none is left."""
            for setting in left:
                if sent := self._make(setting):
                    return sent
            return 0

        def turn():
            self._turn = None
            if cells.is_running():
                return
            if loop.time() < Ahead._free:
                self._turn = loop.call_at(Ahead._free, turn)
            elif sent := make_next():
                Ahead._free = loop.time() + sent / RATE
                self._turn = loop.call_at(max(Ahead._free, loop.time() + PAUSE), turn)
            elif later:
                self._turn = loop.call_later(REST, self.start, later)

        with contextlib.suppress(RuntimeError):  # outside a kernel there is no loop, and no page to serve
            loop = asyncio.get_running_loop()
            self._turn = loop.call_later(START, turn)

    def stop(self):
        """Make no more."""
        if self._turn:
            self._turn.cancel()
        self._turn = None
