"""What an explorer and its pages say to each other; `explorer.js` has the other half.

All goes by ipywidgets' own messages: the control values by the controls' names, a choice's value as its place, what is
new as `_page`, a question as `_asked`, and a picture that was made ahead as a message of its own.
"""

import contextlib
import itertools
import pathlib

import anywidget
import traitlets

from helpers.live import page_memory
from helpers.live.ahead import Ahead
from helpers.live.controls import Quiet
from helpers.style import alone

HERE = pathlib.Path(__file__).with_name("explorer")
CSS = HERE.with_suffix(".css").read_text(encoding="utf-8")


class PageSide(Quiet, anywidget.AnyWidget):
    """The side of an explorer that its pages hear and ask: state, news and answers, and pictures made ahead.

    What is shown, and what a move does, is the explorer's: its `controls` and `kinds`, `values`, `follow` and `made`.
    """

    # The text and not the path: anywidget watches a path, and holds on to every widget for which it does.
    _esm = HERE.with_suffix(".js").read_text(encoding="utf-8")
    # Here a count, so that each move is a change; to the page goes by this name what is new since it last heard.
    _page = traitlets.Int().tag(sync=True, to_json=lambda _, explorer: explorer._news())
    # What the page asks for, never set here: {values, by, page, number}; see `explorer.js`.
    _asked = traitlets.Any().tag(sync=True)

    def __init__(self):
        self._memory, self._ahead = page_memory.PageMemory(), Ahead(self._make_ahead)
        self._other_looks = False  # whether controls have changed since the page heard of them
        self._question, self._stated = None, {}  # what the page is being answered, and the values it has stated
        self._followers = {name: self._find_followers(name) for name in self.kinds}
        self.on_msg(self._hear)
        super().__init__()

    @alone
    def state(self):
        """Return all that a page needs to open this explorer as it is now."""
        return {
            "label": self.name,
            "style": CSS,
            "kept": page_memory.KEPT,
            "controls": self._specified(),
            "defaults": self._to_page(self._defaults),
            "panels": self.picture.svgs(),
            **self._seen(self._made.fragments),
        }

    def _specified(self):
        places = {name: place for place, name in enumerate(self.kinds)}
        return [
            {
                "name": name,
                "description": self.controls[name].description,
                "followers": [places[each] for each in self._followers[name]],
                **kind.page(),
            }
            for name, kind in self.kinds.items()
        ]

    def _find_followers(self, moved):
        """Return the controls that follow `moved` wherever they stood, none if `couple` asks where that was."""
        with contextlib.suppress(Exception):  # a coupling that fails says so when the reader moves
            following = self._couple(moved, dict(self._defaults))
            others = {name: value for name, value in self._defaults.items() if name not in following}
            if self._couple(moved, others) == following:
                return [*following]
        return []

    def _to_page(self, values):
        return [each.to_page(values[name]) for name, each in self.kinds.items()]

    def _seen(self, fragments):
        """Return the present picture as the page takes it, with these of its fragments."""
        return {
            "values": self._to_page(self.values),
            "fragments": fragments,
            "description": self._made.description,
            "disabled": self._made.disabled,
            "error": self.error,
        }

    def _news(self):
        """Return what the page has not heard yet; `move` makes each of them another value than the last."""
        looks = {"controls": self._specified()} if self._other_looks else {}
        answer = {"answer": self._question} if self._question else {}
        return {"move": self._page, **answer, **looks, **self._seen(self._memory.changed(self._made.fragments))}

    def get_state(self, key=None, drop_defaults=False):
        state = super().get_state(key, drop_defaults)
        return state if key is not None else {**state, "_page": self.state()}

    @traitlets.observe("comm")
    def _opened_or_closed(self, change):
        # Whoever opens a comm has just sent the whole state. One that is closed leaves nothing behind in the page.
        self._memory.forget()
        if change["new"] is not None:
            self._memory.sent(self._to_page(self.values), self._made.fragments)

    def send_state(self, key=None):
        """Send the whole state or some of it, in one message."""
        if self.comm is None:
            return
        names = None
        if key is not None:
            names = [name for name in ([key] if isinstance(key, str) else key) if self._is_news(name)]
            names.sort(key=lambda name: name != "_page")  # first, for hosts that take the names one after the other
            if not names:
                return
        self.comm.send({"method": "update", "state": self.get_state(names), "buffer_paths": []}, buffers=[])
        if names is None:  # a page has just opened, and has no picture but this
            self._memory.forget()
        elif self._other_looks:  # a place may now stand for another option
            self._memory.forget_pictures()
        if names is None or "_page" in names:
            self._memory.sent(self._to_page(self.values), self._made.fragments)
            self._other_looks = False

    def _is_news(self, name):
        """Return whether the page, while it is being answered, has to be told the trait of this name.

        An answer to a question leaves the controls to `_page`: the page takes its values only if the reader has not
        moved on since. (`echo_update`, ipywidgets' own answer of that sort, is unknown to marimo and Shiny.) Another
        sender is not told what it has just said itself.
        """
        if name not in self.controls:
            return True
        return not self._question and self.kinds[name].to_page(getattr(self, name)) != self._stated.get(name, self)

    @alone
    def set_state(self, sync_data):
        """Take what a page says: a question of `explorer.js`, or control values that some other script has set."""
        question = sync_data.get("_asked")
        stated = {name: value for name, value in sync_data.items() if name in self.controls}
        others = {name: value for name, value in sync_data.items() if name != "_asked" and name not in stated}
        if others:
            super().set_state(others)
        if question:
            self._question = [question["page"], question["number"]]
            self._memory.meet(question["page"])
            stated, by = dict(zip(self.controls, question["values"])), question["by"]
            moved = [] if by == "reset" else by
        else:
            self._stated = stated
            moved = [name for name in stated if stated[name] != self.kinds[name].to_page(getattr(self, name))]
        if not stated:
            return
        self._ahead.stop()
        before = self.values
        try:
            self._move(stated, moved, from_page=True)
        finally:
            self._question, self._stated = None, {}
        if len(moved) == 1:
            self._start_ahead(moved[0], before[moved[0]])

    # While the reader looks at one picture, this side makes those that may come next.

    def _hear(self, _, content, buffers):
        """Take the page's word that the reader's focus or pointer is at a control, or wants to copy what it shows."""
        self._memory.meet(content["page"])
        if "copy" in content:
            return self.send({"leads": self.code()})
        self._start_ahead(list(self.controls)[content["ahead"]])

    def _start_ahead(self, name, before=None):
        kind, value, here = self.kinds[name], getattr(self, name), self.values
        backwards = before is not None and kind.to_page(before) > kind.to_page(value)
        steps = kind.steps(value, -1 if backwards else 1)
        # In a drag the next steps are of no use, and would push the ends of the slider out of the page's memory.
        far = before is not None and before not in steps
        first, later = ([], steps) if far else (steps, [])

        def settings():  # a sweep is worked out when there is time for it, and not while the page waits for an answer
            for each in itertools.chain(first, kind.sweep(value)):
                yield name, {**here, name: each}

        self._ahead.start(settings(), [(name, {**here, name: each}) for each in later])

    @alone
    def _make_ahead(self, setting):
        """Send the page the picture of a setting, (name of the moved control, values), and return its size in bytes.

        In the values under which the page keeps it, None stands for those that follow: a slider that is dragged leaves
        them elsewhere with each move. So the coupling is not told where they stood.
        """
        name, values = setting
        size = 1
        with contextlib.suppress(Exception):  # a setting that fails says so when the reader gets there
            followers = self._followers[name]
            asked = [None if each in followers else value for each, value in zip(self.kinds, self._to_page(values))]
            if self._memory.has(asked):
                return 0
            others = {each: value for each, value in values.items() if each not in followers}
            following = self.follow(name, others)
            # Raises KeyError where, at these values, a follower stays where it stood: the picture would not be its.
            made = self.made(self._checked({each: following[each] for each in self.kinds}))
            fragments = self._memory.changed(made.fragments)
            seen = {"description": made.description, "disabled": made.disabled, "error": ""}
            self.send({"ahead": True, "values": asked, "fragments": fragments, **seen})
            self._memory.sent(asked)
            size = sum(map(len, fragments.values()))
        self.picture.update(self.facts)
        return size
