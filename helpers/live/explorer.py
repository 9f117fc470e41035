"""An explorer: controls, the facts they lead to, their picture and the sentence about them, as one widget."""

import contextlib
import functools
import inspect
import itertools
import pathlib
import weakref
from typing import Any, NamedTuple

import anywidget
import ipywidgets
import traitlets

from helpers.live import cells, page_memory
from helpers.live.ahead import Ahead
from helpers.live.controls import Quiet, control, kind_of
from helpers.style import DRAWING, look, picture_bundle

HERE = pathlib.Path(__file__)
CSS = HERE.with_suffix(".css").read_text(encoding="utf-8")
# What of a control the page shows besides its value.
LOOKS = {"description", "disabled", "options", "min", "max", "step", "base", "readout_format"}


def alone(method):
    """Return the method so that it runs in one thread at a time, for all explorers together.

    They share matplotlib's settings. The lock may be taken again by the thread that has it, because an observer of one
    explorer may move another, and `look` takes it too.
    """

    @functools.wraps(method)
    def one_at_a_time(*args, **kwargs):
        with DRAWING:
            return method(*args, **kwargs)

    return one_at_a_time


class Value(traitlets.TraitType):
    """The value of one control. To assign it is to move the explorer: others may follow, or the value be refused."""

    def __set__(self, explorer, value):
        explorer._move({self.name: value}, [self.name])


class Made(NamedTuple):
    """All that an explorer shows at some values of its controls."""

    facts: Any
    description: str
    disabled: list  # of bool, one a control
    fragments: dict  # {name: SVG markup} of the moving artists


class Explorer(Quiet, anywidget.AnyWidget):
    """One interactive view, made of parts that can be tested apart, and a widget like any other.

    Each control's value is a synced trait of the control's name: `explorer.temperature = 2` moves it, and `observe`,
    `link`, `dlink` and `jslink` do as ipywidgets documents. `facts` is a trait, too.

    Parameters
    ----------
    name : str
        What the view is called, as error messages and screen readers say it.
    controls : dict of str to control
        Their names are the arguments of `facts`. Each is what `ipywidgets.interact` takes, `(min, max, step)`, a list,
        a dict, a text or a bool, or an ipywidgets control, which stays linked: `explorer.controls["c"].max = 20`.
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

    Attributes
    ----------
    controls : dict of str to ipywidgets control
    kinds : dict of str to Number, Choice, Switch or Words
        What the control of each name takes, and how its value is written to the page.
    call : str
        The code that makes this explorer, as `code` has it.
    error : str
        What went wrong in the last move, with the setting, as the page shows it; "" if nothing did.

    Raises
    ------
    ValueError
        By name, for a value that its control does not take, whoever sets it: nothing has changed then.
    """

    # The text and not the path: anywidget watches a path, and holds on to every widget for which it does.
    _esm = HERE.with_suffix(".js").read_text(encoding="utf-8")
    call = "explorer"
    facts = traitlets.Any()
    # Here a count, so that each move is a change; to the page goes by this name what is new since it last heard.
    _page = traitlets.Int().tag(sync=True, to_json=lambda _, explorer: explorer._news())
    # What the page asks for, never set here: {values, by, page, number}; see `explorer.js`.
    _asked = traitlets.Any().tag(sync=True)

    @traitlets.default("layout")
    def _wide(self):
        return ipywidgets.Layout(width="100%")

    @alone
    def __init__(self, name, *, controls, facts, picture, describe, couple=None, idle=None, values=None):
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
        self._fragments, self._disabled = {}, []
        self._memory, self._ahead = page_memory.PageMemory(), Ahead(self._make_ahead)
        self._other_looks = False  # whether controls have changed since the page heard of them
        self._question, self._stated = None, {}  # what the page is being answered, and the values it has stated
        self.picture = None
        for each, given in controls.items():
            if hasattr(self, each):
                raise ValueError(f"controls: got {each!r}, want another name: it is an attribute of every Explorer")
            argument = signature.parameters.get(each)
            start = None if argument is None or argument.default is argument.empty else argument.default
            self.controls[each] = control(each, given, start)
        self.kinds = {each: kind_of(each, widget) for each, widget in self.controls.items()}
        self.add_traits(
            **{
                each: Value(None).tag(sync=True, to_json=lambda value, here, each=each: here.kinds[each].to_page(value))
                for each in self.kinds
            }
        )
        self._defaults = self._checked({each: widget.value for each, widget in self.controls.items()} | (values or {}))
        with look():  # only now, because to draw takes longer than to refuse a value
            self.picture = picture()
            self.picture.freeze()
        self._show(self._defaults)
        self._follow_controls()
        self.on_msg(self._hear)
        super().__init__()  # last, because some hosts read the whole state when a widget is constructed

    def __repr__(self):
        return f"<explorer {self.name!r} at {self._setting()}>"

    def _setting(self):
        return ", ".join(f"{name}={value!r}" for name, value in self.values.items())

    def _follow_controls(self):
        explorer = weakref.ref(self)  # a control that the reader keeps does not keep the explorer

        def follow(change):
            if (here := explorer()) is None:
                return
            (name,) = [name for name, widget in here.controls.items() if widget is change["owner"]]
            here.kinds[name] = kind_of(name, change["owner"])  # other options come with another value
            if change["name"] != "value":
                here._other_looks = True
                here._show(here.values)
            elif change["new"] != getattr(here, name):
                here._move({name: change["new"]}, [name])

        for widget in self.controls.values():
            widget.observe(follow, [each for each in ("value", *LOOKS) if widget.has_trait(each)])

    # What it shows at any values, which moves nothing in the page.

    def facts_of(self, values):
        """Return the facts at these values, a dict with all controls' names."""
        return self._facts(**values)

    def follow(self, moved, values):
        """Return `values` with what follows the control `moved`, once it has been set in them."""
        return {**values, **self._couple(moved, dict(values))}

    def idle(self, values):
        """Return the names of the controls that do nothing at these values."""
        return self._idle(values)

    @alone
    def made(self, values):
        """Return all that is shown at these values, as a `Made`; the picture stands there until the next move."""
        facts = self.facts_of(values)
        description, idle = self._describe(facts), self.idle(values)
        self.picture.move(facts)
        disabled = [widget.disabled or name in idle for name, widget in self.controls.items()]
        return Made(facts, description, disabled, self.picture.markup())

    # Moves.

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

    def at(self, **values):
        """Set several controls as `set` does, and return the explorer, so that a cell shows it there."""
        self.set(**values)
        return self

    def code(self):
        """Return the line of code that shows it as it stands; a `…` is for arguments that cannot be written down."""
        moved = {name: value for name, value in self.values.items() if value != self._defaults[name]}
        return self.call + (f".at({', '.join(f'{name}={value!r}' for name, value in moved.items())})" if moved else "")

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
        return {name: self.kinds[name].check(value) for name, value in values.items()}

    @alone
    def _move(self, values, moved=(), from_page=False):
        """Go to these values of some controls, and let others follow each of the `moved`, in this order."""
        try:
            with self._complaining():
                if from_page:
                    values = {name: self.kinds[name].from_page(value) for name, value in values.items()}
                values = {**self.values, **self._checked(values)}
                for name in moved:
                    values = self._checked(self.follow(name, values))
        except Exception:
            self.send_state([*self.controls, "_page"])  # the page may have to go back
            raise
        self._show(values)

    def _show(self, values):
        """Bring values, picture and sentence to `values`: one change for observers, one message to the page."""
        before = self.values
        try:
            with self.hold_sync(), self.hold_trait_notifications(), self._complaining():
                for name, value in values.items():
                    self.set_trait(name, value)  # and not setattr, which `Value` turns into a move
                self._page += 1
                made = self.made(values)
                self._fragments, self._description, self._disabled = made.fragments, made.description, made.disabled
                self.error, self.facts = "", made.facts
        finally:
            for name, widget in self.controls.items():
                if values[name] != before[name]:
                    widget.value = values[name]

    @contextlib.contextmanager
    def _complaining(self):
        """Show the reader an error: what it is, and at which setting; the last good picture stays."""
        try:
            yield
        except Exception as error:
            self.error = f"{self.name} at {self._setting()}: {type(error).__name__}: {error}"
            raise

    # What the page and this side say to each other; `explorer.js` has the other half. All goes by ipywidgets' own
    # messages: the control values by the controls' names, a choice's value as its place, and the rest as `_page`.

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
            **self._seen(self._fragments),
        }

    def _specified(self):
        places, values = {name: place for place, name in enumerate(self.kinds)}, self.values
        return [
            {
                "name": name,
                "description": self.controls[name].description,
                "followers": [places[each] for each in self._followers(name, values)],
                **kind.page(),
            }
            for name, kind in self.kinds.items()
        ]

    def _followers(self, moved, values):
        """Return the controls that follow `moved` wherever they stood, none if `couple` asks where that was."""
        with contextlib.suppress(Exception):  # a coupling that fails says so when the reader moves
            following = self._couple(moved, dict(values))
            if self._couple(moved, {name: each for name, each in values.items() if name not in following}) == following:
                return [*following]
        return []

    def _to_page(self, values):
        return [each.to_page(values[name]) for name, each in self.kinds.items()]

    def _seen(self, fragments):
        """Return the present picture as the page takes it, with these of its fragments."""
        return {
            "values": self._to_page(self.values),
            "fragments": fragments,
            "description": self._description,
            "disabled": self._disabled,
            "error": self.error,
        }

    def _news(self):
        """Return what the page has not heard yet; `move` makes each of them another value than the last."""
        looks = {"controls": self._specified()} if self._other_looks else {}
        answer = {"answer": self._question} if self._question else {}
        return {"move": self._page, **answer, **looks, **self._seen(self._memory.changed(self._fragments))}

    def get_state(self, key=None, drop_defaults=False):
        state = super().get_state(key, drop_defaults)
        return state if key is not None else {**state, "_page": self.state()}

    @traitlets.observe("comm")
    def _opened_or_closed(self, change):
        # Whoever opens a comm has just sent the whole state. One that is closed leaves nothing behind in the page.
        self._memory.forget()
        if change["new"] is not None:
            self._memory.sent(self._to_page(self.values), self._fragments)

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
            self._memory.sent(self._to_page(self.values), self._fragments)
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

        def settings():  # worked out when there is time for it, and not while the page waits for an answer
            for each in itertools.chain(kind.steps(value, -1 if backwards else 1), kind.sweep(value)):
                yield name, {**here, name: each}

        self._ahead.start(settings())

    @alone
    def _make_ahead(self, setting):
        """Send the page the picture of a setting, (name of the moved control, values), and return its size in bytes.

        In the values under which the page keeps it, None stands for those that follow: a slider that is dragged leaves
        them elsewhere with each move.
        """
        name, values = setting
        size = 1
        with contextlib.suppress(Exception):  # a setting that fails says so when the reader gets there
            followers = self._followers(name, values)
            asked = [None if each in followers else value for each, value in zip(self.kinds, self._to_page(values))]
            if self._memory.has(asked):
                return 0
            made = self.made(self._checked(self.follow(name, values)))
            fragments = self._memory.changed(made.fragments)
            seen = {"description": made.description, "disabled": made.disabled, "error": ""}
            self.send({"ahead": True, "values": asked, "fragments": fragments, **seen})
            self._memory.sent(asked)
            size = sum(map(len, fragments.values()))
        self.picture.update(self.facts)
        return size

    # Where it is shown.

    @property
    def model_id(self):
        cells.remember(self)
        return super().model_id

    @alone
    def _repr_mimebundle_(self, **kwargs):
        self.picture.markup()  # drawing it as PNG would make what has changed since the last markup pass for drawn
        data, metadata = picture_bundle(self.picture.panels, self.describe())
        return {**super()._repr_mimebundle_()[0], **data}, metadata

    def close(self):
        """Close it in every page. Shown again, it opens again."""
        if self.comm is not None:
            self._ahead.stop()
            self.layout.close()
            super().close()
            del self._repr_mimebundle_  # Widget.close hides the method
        cells.forget_explorer(self)
