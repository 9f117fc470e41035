"""An explorer: controls, the facts they lead to, their picture and the sentence about them, as one widget."""

import contextlib
import inspect
import weakref
from functools import partial
from typing import Any, NamedTuple

import ipywidgets
import traitlets

from helpers.live import cells
from helpers.live.controls import control, kind_of
from helpers.live.page_side import PageSide
from helpers.style import alone, look, picture_bundle

# What of a control the page shows besides its value.
LOOKS = {"description", "disabled", "options", "min", "max", "step", "base", "readout_format"}


class Value(traitlets.TraitType):
    """The value of one control. To assign it is to move the explorer: others may follow, or the value be refused."""

    def __set__(self, explorer, value):
        explorer._move({self.name: value}, [self.name])


def value_to_page(name, value, explorer):
    """Return the value of the control of this name as the page has it."""
    return explorer.kinds[name].to_page(value)


class Made(NamedTuple):
    """All that an explorer shows at some values of its controls."""

    facts: Any
    description: str
    disabled: list  # of bool, one a control
    fragments: dict  # {name: SVG markup} of the moving artists


class Explorer(PageSide):
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

    call = "explorer"
    facts = traitlets.Any()

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
        self.error, self.picture = "", None
        for each, given in controls.items():
            if hasattr(self, each):
                raise ValueError(f"controls: got {each!r}, want another name: it is an attribute of every Explorer")
            argument = signature.parameters.get(each)
            start = None if argument is None or argument.default is argument.empty else argument.default
            self.controls[each] = control(each, given, start)
        self.kinds = {each: kind_of(each, widget) for each, widget in self.controls.items()}
        self.add_traits(
            **{each: Value(None).tag(sync=True, to_json=partial(value_to_page, each)) for each in self.kinds}
        )
        self._defaults = self._checked({each: widget.value for each, widget in self.controls.items()} | (values or {}))
        with look():  # only now, because to draw takes longer than to refuse a value
            self.picture = picture()
            self.picture.freeze()
        self._show(self._defaults)
        self._follow_controls()
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
        return self._made.description

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
                self._made = self.made(values)
                self.error, self.facts = "", self._made.facts
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
