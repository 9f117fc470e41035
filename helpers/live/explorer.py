"""An explorer: controls, the facts they lead to, the picture of these facts and the sentence about them."""

import asyncio
import contextlib
import functools
import json

from helpers.figures.picture import DRAWING, look, picture_bundle
from helpers.live.view import View

KEPT = 500  # pictures that a page keeps; `figure.js` has the same number


def alone(method):
    """Return the method so that it runs in one thread at a time, for all explorers together."""

    @functools.wraps(method)
    def one_at_a_time(*args, **kwargs):
        with DRAWING:
            return method(*args, **kwargs)

    return one_at_a_time


class Explorer:
    """One interactive view, made of parts that can be tested apart.

    Parameters
    ----------
    name : str
        What the view is called, as error messages and screen readers say it.
    controls : dict of str to control
        Their names are the keyword arguments of `facts`; their first values are the defaults of `reset`.
    facts : callable
        Control values in, a frozen dataclass of numbers out. No widget, no matplotlib, no side effect.
    picture : callable
        Makes the `LivePicture`, which is drawn once; its `update(facts)` moves it.
    describe : callable
        Facts in, one or two sentences with their numbers out.
    couple : callable, optional
        (name of the moved control, values) in, {name: value} of the other controls that must follow it out.
    """

    @alone
    def __init__(self, name, *, controls, facts, picture, describe, couple=None):
        self.name = name
        self.controls = controls
        with look():
            self.picture = picture()
            self.picture.freeze()
        self._facts, self._describe, self._couple = facts, describe, couple or (lambda moved, values: {})
        self._defaults = self._last = self.values
        self._held = False
        self._views = []
        self._markup = {}
        self._description = self.error = ""
        self._sent = {}  # the settings whose pictures the page has, the newest last
        self._making = None
        for control in controls.values():
            control.observe(self._moved, "value")
        self._show()

    @property
    def values(self):
        """The present control values, by name."""
        return {name: control.value for name, control in self.controls.items()}

    @alone
    def set(self, **values):
        """Set several controls in one move.

        Raises
        ------
        KeyError
            For a name that is no control.
        ValueError
            For a value that the control's own limits exclude.
        """
        for name in values:
            if name not in self.controls:
                raise KeyError(f"{name}: {self.name} has no such control, want one of {list(self.controls)}")
        with self._complaining():
            self._assign(values)
        self._show()

    def reset(self):
        """Put every control back to its default."""
        self.set(**self._defaults)

    def describe(self):
        """Return the sentence about the picture as it is now."""
        return self._description

    def _assign(self, values):
        self._held = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._held = False

    @alone
    def _moved(self, change):
        if not self._held:
            self._show(moved=[name for name, control in self.controls.items() if control is change["owner"]])

    def _show(self, moved=()):
        with self._complaining():
            for name in moved:
                self._assign(self._couple(name, self.values))
            facts = self._facts(**self.values)
            description = self._describe(facts)
            self.picture.update(facts)
            markup = self.picture.markup()
            changed = self._changed(markup)
            self.facts, self._markup, self._description, self.error = facts, markup, description, ""
            self._send({"fragments": changed, **self.texts()})

    def _changed(self, markup):
        return {name: each for name, each in markup.items() if each != self._markup.get(name)}

    @contextlib.contextmanager
    def _complaining(self):
        """Show the reader an error: what it is, and at which setting; the last good picture stays."""
        try:
            yield
        except Exception as error:
            settings = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
            self.error = f"{self.name} at {settings}: {type(error).__name__}: {error}"
            self._send({"fragments": {}, **self.texts()})
            raise

    # What the page and this side say to each other: `figure.js` has the other half.

    def _send(self, message, values=None):
        shown = self._to_page(values or self.values)
        self._sent.pop(key := json.dumps(shown), None)
        self._sent[key] = True
        if len(self._sent) > KEPT:
            del self._sent[next(iter(self._sent))]
        for view in self._views:
            view.send({"values": shown, **message})

    def _to_page(self, values):
        return [control.to_page(values[name]) for name, control in self.controls.items()]

    def texts(self):
        """Return what the page says in words."""
        return {"description": self._description, "error": self.error}

    @alone
    def state(self):
        """Return all that a page needs to open this explorer as it is now."""
        self._sent.clear()
        return {
            "label": self.name,
            "controls": [{"description": each.description, **each.page()} for each in self.controls.values()],
            "values": self._to_page(self.values),
            "defaults": self._to_page(self._defaults),
            "panels": self.picture.svgs(),
            "fragments": self._markup,
            **self.texts(),
        }

    @alone
    def receive(self, message):
        """Do what the page asks for: a move to its `values`, or pictures made `ahead` for the control in focus."""
        if self._making:
            self._making.cancel()
        names = list(self.controls)
        if "ahead" in message:
            self._make_ahead(names[message["ahead"]])
            return
        with self._complaining():
            asked = {
                name: control.from_page(value)
                for (name, control), value in zip(self.controls.items(), message["values"], strict=True)
            }
            before = self.values
            changed = [name for name in names if asked[name] != before[name]]
            self._assign(asked)
        self._show(moved=[] if asked == self._defaults else changed)
        if len(changed) == 1:
            self._make_ahead(changed[0], before[changed[0]])

    # While the reader looks at one picture, this side makes the ones next to it, so that the page has them when they
    # are asked for. One a turn of the kernel's loop: a real move waits for one of them at most.

    def _make_ahead(self, name, before=None):
        control = self.controls[name]
        backwards = before is not None and control.to_page(before) > control.to_page(control.value)
        left = iter(control.steps(-1 if backwards else 1))

        def make():
            for value in left:
                values = {**self.values, name: value}
                if json.dumps(self._to_page(values)) not in self._sent:
                    self._send_ahead(name, values)
                    self._making = loop.call_later(0.001, make)
                    return

        with contextlib.suppress(RuntimeError):  # outside a kernel there is no loop, and no page to serve
            loop = asyncio.get_running_loop()
            self._making = loop.call_later(0.001, make)

    @alone
    def _send_ahead(self, name, values):
        with contextlib.suppress(Exception):  # a setting that fails says so when the reader gets there
            facts = self._facts(**{**values, **self._couple(name, values)})
            self.picture.update(facts)
            changed = self._changed(self.picture.markup())
            self._send({"fragments": changed, "description": self._describe(facts), "error": "", "ahead": True}, values)
        self.picture.update(self.facts)

    @alone
    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = picture_bundle(self.picture.panels, self.describe())
        return {**View.shown_in_this_cell(self, self._views)._repr_mimebundle_()[0], **data}, metadata
