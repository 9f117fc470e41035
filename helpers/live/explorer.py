"""An explorer: controls, the facts they lead to, the picture of these facts and the sentence about them, as one widget."""

import asyncio
import contextlib
import functools
import inspect
import json
import pathlib
import weakref

import anywidget
import ipywidgets
import traitlets
from IPython.core.interactiveshell import InteractiveShell

from helpers.live.controls import Quiet, control, known
from helpers.style import DRAWING, look, picture_bundle

KEPT = 500  # pictures that a page keeps; `explorer.js` has the same number
LOOKS = {"description", "disabled", "options", "min", "max", "step", "base", "readout_format"}  # of a control
_shown = {}  # cell -> {explorer: the run of the cell that showed it}


def alone(method):
    """Return the method so that it runs in one thread at a time, for all explorers together."""

    @functools.wraps(method)
    def one_at_a_time(*args, **kwargs):
        with DRAWING:
            return method(*args, **kwargs)

    return one_at_a_time


class Value(traitlets.TraitType):
    """The value of one control. To assign it is to move the explorer: others may follow, or the value be refused."""

    def __set__(self, explorer, value):
        explorer._move({self.name: value}, [self.name])


class Explorer(Quiet, anywidget.AnyWidget):
    """One interactive view, made of parts that can be tested apart, and a widget like any other.

    Each control's value is a synced trait of the control's name: `explorer.temperature = 2` moves it, and `observe`,
    `link`, `dlink` and `jslink` do as ipywidgets documents. `facts` is a trait, too.

    Parameters
    ----------
    name : str
        What the view is called, as error messages and screen readers say it.
    controls : dict of str to control
        Their names are the arguments of `facts`. Each is what `ipywidgets.interact` takes, `(min, max, step)`, a list, a
        dict, a text or a bool, or an ipywidgets control itself, which stays linked: `explorer.controls["c"].max = 20`.
    facts : callable
        Control values in, a frozen dataclass of numbers out. No widget, no matplotlib, no side effect.
    picture : callable
        Makes the `LivePicture`, which is drawn once; its `update(facts)` moves it.
    describe : callable
        Facts in, one or two sentences with their numbers out.
    couple : callable, optional
        (name of the moved control, values) in, {name: value} of the other controls that must follow it out.
    idle : callable, optional
        Values in, the names of the controls that do nothing there out: the page shows them disabled.
    values : dict, optional
        Where to start, and what `reset` goes back to; else where the controls stand.

    Raises
    ------
    ValueError
        By name, for a value that its control does not take, whoever sets it: nothing has changed then.
    """

    # The text and not the path: anywidget watches a path, and holds on to every widget for which it does.
    _esm = pathlib.Path(__file__).with_name("explorer.js").read_text(encoding="utf-8")
    facts = traitlets.Any()
    # Counts the moves. A page that opens gets `state()` by this name, and after a move what is new in it.
    _page = traitlets.Int().tag(sync=True, to_json=lambda _, explorer: explorer._news())

    @traitlets.default("layout")
    def _wide(self):
        return ipywidgets.Layout(width="100%")

    @alone
    def __init__(self, name, *, controls, facts, picture, describe, couple=None, idle=None, values=None):
        super().__init__()
        signature = inspect.signature(facts)
        try:
            signature.bind(**controls)
        except TypeError as error:
            wanted = f"the arguments of facts{signature}"
            raise ValueError(f"controls: got {', '.join(controls)}, want {wanted}: {error}") from None
        self.name = name
        self._facts, self._describe = facts, describe
        self._couple, self._idle = couple or (lambda moved, values: {}), idle or (lambda values: ())
        self.controls = {}
        self._description = self.error = ""
        self._markup, self._told = {}, {}  # of the moving artists, as they are and as the page has them
        self._sent = {}  # the settings whose pictures the page has, the newest last
        self._disabled, self._looks, self._asked, self._making = [], False, False, None
        with look():
            self.picture = picture()
            self.picture.freeze()
        for each, given in controls.items():
            if hasattr(self, each):
                raise ValueError(f"controls: got {each!r}, want another name: it is an attribute of every Explorer")
            argument = signature.parameters.get(each)
            start = None if argument is None or argument.default is argument.empty else argument.default
            self.controls[each] = control(each, given, start)
        self._known = {each: known(each, widget) for each, widget in self.controls.items()}
        synced = {
            each: Value(None).tag(sync=True, to_json=lambda value, here, each=each: here._known[each].to_page(value))
            for each in self._known
        }
        self.add_traits(**synced)
        self._defaults = self._checked({each: widget.value for each, widget in self.controls.items()} | (values or {}))
        self._show(self._defaults)
        self._follow_controls()
        self.on_msg(self._prepare)

    def _follow_controls(self):
        explorer = weakref.ref(self)  # a control that the reader keeps does not keep the explorer

        def follow(change):
            if (here := explorer()) is None:
                return
            (name,) = [name for name, widget in here.controls.items() if widget is change["owner"]]
            here._known[name] = known(name, change["owner"])  # other options come with another value
            if change["name"] != "value":
                here._looks = True
                here._show(here.values)
            elif change["new"] != getattr(here, name):
                here._move({name: change["new"]}, [name])

        for widget in self.controls.values():
            widget.observe(follow, [each for each in ("value", *LOOKS) if widget.has_trait(each)])

    @property
    def values(self):
        """The present control values, by name."""
        return {name: getattr(self, name) for name in self.controls}

    def set(self, **values):
        """Set several controls in one move, all or none of them; no other follows.

        Raises
        ------
        KeyError
            For a name that is no control.
        ValueError
            For a value that the control's own limits exclude.
        """
        self._move(values)

    def reset(self):
        """Put every control back to its default."""
        self.set(**self._defaults)

    def describe(self):
        """Return the sentence about the picture as it is now."""
        return self._description

    def _checked(self, values):
        for name in values:
            if name not in self.controls:
                raise KeyError(f"{name}: {self.name} has no such control, want one of {list(self.controls)}")
        return {name: self._known[name].check(value) for name, value in values.items()}

    @alone
    def _move(self, values, moved=()):
        try:
            with self._complaining():
                values = {**self.values, **self._checked(values)}
                for name in moved:
                    values |= self._checked(self._couple(name, dict(values)))
        except Exception:
            self.send_state([*self.controls, "_page"])  # the page may have to go back
            raise
        self._show(values)

    def _show(self, values):
        """Bring values, picture and sentence to `values`, as one change for whoever observes and one message to the page."""
        before = self.values
        try:
            with self.hold_sync(), self.hold_trait_notifications(), self._complaining():
                for name, value in values.items():
                    self.set_trait(name, value)
                self._page += 1
                facts, description, disabled, markup = self._made(values)
                self._markup, self._description, self._disabled, self.error = markup, description, disabled, ""
                self.facts = facts
        finally:
            for name, widget in self.controls.items():
                if values[name] != before[name]:
                    widget.value = values[name]

    def _made(self, values):
        facts = self._facts(**values)
        description, idle = self._describe(facts), self._idle(values)
        self.picture.move(facts)
        disabled = [widget.disabled or name in idle for name, widget in self.controls.items()]
        return facts, description, disabled, self.picture.markup()

    @contextlib.contextmanager
    def _complaining(self):
        """Show the reader an error: what it is, and at which setting; the last good picture stays."""
        try:
            yield
        except Exception as error:
            settings = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
            self.error = f"{self.name} at {settings}: {type(error).__name__}: {error}"
            raise

    # What the page and this side say to each other: `explorer.js` has the other half. All goes by ipywidgets' own messages,
    # in which the control values have the control's names, a choice's value its place; and `_page` the rest.

    @alone
    def state(self):
        """Return all that a page needs to open this explorer as it is now."""
        self._sent.clear()
        self._told = self._markup
        return {
            "label": self.name,
            "controls": self._specified(),
            "defaults": self._to_page(self._defaults),
            "panels": self.picture.svgs(),
            **self._seen(self._markup),
        }

    def _specified(self):
        return [
            {"name": name, "description": self.controls[name].description, **each.page()}
            for name, each in self._known.items()
        ]

    def _to_page(self, values):
        return [each.to_page(values[name]) for name, each in self._known.items()]

    def _seen(self, fragments, values=None, description=None, disabled=None):
        """Return a picture as the page has it, which counts on its keeping that."""
        shown = self._to_page(values or self.values)
        self._sent.pop(key := json.dumps(shown), None)
        self._sent[key] = True
        if len(self._sent) > KEPT:
            del self._sent[next(iter(self._sent))]
        return {
            "values": shown,
            "fragments": fragments,
            "description": self._description if description is None else description,
            "disabled": self._disabled if disabled is None else disabled,
            "error": self.error if description is None else "",
        }

    def _changed(self, markup):
        return {name: each for name, each in markup.items() if each != self._told.get(name)}

    def _news(self):
        looks = {"controls": self._specified()} if self._looks else {}
        if looks:
            self._sent.clear()  # a place may now stand for another option
        return {"move": self._page, **looks, **self._seen(self._changed(self._markup))}

    def get_state(self, key=None, drop_defaults=False):
        state = super().get_state(key, drop_defaults)
        return state if key is not None else {**state, "_page": self.state()}

    def send_state(self, key=None):
        # In one message. To the page that has asked it is an echo, which does not undo what the reader has moved since.
        if self.comm is not None and (key is None or key):
            method = "echo_update" if self._asked else "update"
            self.comm.send({"method": method, "state": self.get_state(key), "buffer_paths": []}, buffers=[])
            self._told, self._looks = self._markup, False

    @alone
    def set_state(self, sync_data):
        asked = {name: value for name, value in sync_data.items() if name in self.controls}
        super().set_state({name: value for name, value in sync_data.items() if name not in asked})
        if not asked:
            return
        if self._making:
            self._making.cancel()
        before = self.values
        self._asked = True
        try:
            with self._complaining():
                asked = {name: self._known[name].from_page(value) for name, value in asked.items()}
            changed = [name for name in before if name in asked and asked[name] != before[name]]
            self._move(asked, [] if {**before, **asked} == self._defaults else changed)
        finally:
            self._asked = False
        if len(changed) == 1:
            self._make_ahead(changed[0], before[changed[0]])

    # While the reader looks at one picture, this side makes the ones next to it, so that the page has them when they
    # are asked for. One a turn of the kernel's loop: a real move waits for one of them at most.

    @alone
    def _prepare(self, _, content, buffers):
        if self._making:
            self._making.cancel()
        self._make_ahead(list(self.controls)[content["ahead"]])

    def _make_ahead(self, name, before=None):
        known, value = self._known[name], getattr(self, name)
        backwards = before is not None and known.to_page(before) > known.to_page(value)
        left = iter(known.steps(value, -1 if backwards else 1))

        def make():
            for value in left:
                values = {**self.values, name: value}
                if json.dumps(self._to_page(values)) not in self._sent:
                    self._send_ahead(name, values)
                    self._making = loop.call_later(0.001, make)
                    return

        with contextlib.suppress(RuntimeError):  # outside a kernel there is no loop, and no page to serve
            loop = asyncio.get_running_loop()
            self._making = loop.call_later(
                0.01, make
            )  # first what else the page has asked for, such as a linked explorer

    @alone
    def _send_ahead(self, name, values):
        with contextlib.suppress(Exception):  # a setting that fails says so when the reader gets there
            _, description, disabled, markup = self._made({**values, **self._couple(name, dict(values))})
            self.send({"ahead": True, **self._seen(self._changed(markup), values, description, disabled)})
        self.picture.update(self.facts)

    # Where it is shown.

    @property
    def model_id(self):
        remember(self)
        return super().model_id

    @alone
    def _repr_mimebundle_(self, **kwargs):
        self.picture.markup()  # drawing the picture as PNG would make what has changed since the last one pass for drawn
        data, metadata = picture_bundle(self.picture.panels, self.describe())
        return {**super()._repr_mimebundle_()[0], **data}, metadata

    def close(self):
        """Close it in every page. Shown again, it opens again."""
        if self.comm is not None:
            self.layout.close()
            super().close()
            del self._repr_mimebundle_  # Widget.close hides the method
        for explorers in _shown.values():
            explorers.pop(self, None)


def running():
    """Return IPython's shell, the id of the cell that runs, and of this run of it; None where there is none."""
    shell = InteractiveShell.instance() if InteractiveShell.initialized() else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return shell, parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")


def remember(explorer):
    """Note that the running cell shows the explorer: ipywidgets keeps every widget, so each run would leave one more."""
    shell, cell, run = running()
    if cell:
        if tidy not in shell.events.callbacks["post_run_cell"]:
            shell.events.register("post_run_cell", tidy)
        _shown.setdefault(cell, {})[explorer] = run


def tidy(result=None):
    """Close what the cell that has run showed in its last run, unless this one or another cell shows it."""
    shell, cell, run = running()
    explorers = _shown.get(cell, {})
    for explorer in [each for each, last in explorers.items() if last != run]:
        del explorers[explorer]
        if not any(explorer in others for others in _shown.values()):
            explorer.close()
            forget(shell, explorer)


def forget(shell, result):
    """Take `result` out of IPython's `Out`, which would keep what each run of a cell has shown until the kernel stops."""
    kept = shell.user_ns.get("Out", {})
    for number in [number for number, each in kept.items() if each is result]:
        del kept[number]
        shell.del_var(f"_{number}", by_name=True)
