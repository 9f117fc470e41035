"""An explorer: controls, the facts they lead to, the picture of these facts and the sentence about them."""

import contextlib

import ipywidgets

from helpers.figures.picture import look, picture_bundle
from helpers.live.figure import Figure


class Explorer:
    """One interactive view, made of parts that can be tested apart.

    Parameters
    ----------
    name : str
        What the view is called, as error messages and screen readers say it.
    controls : dict of str to ipywidgets control
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

    def __init__(self, name, *, controls, facts, picture, describe, couple=None):
        self.name = name
        self.controls = controls
        with look():
            self.picture = picture()
            self.picture.freeze()
        self._facts, self._describe, self._couple = facts, describe, couple
        self._defaults = self.values
        self._held = False
        self._figure = Figure(self.picture, label=name)
        self._show()
        for control in controls.values():
            control.observe(self._moved, "value")
        reset = ipywidgets.Button(description="Reset", tooltip=f"Put {name} back to where it began")
        reset.on_click(lambda _: self.reset())
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center", grid_gap="0 1rem")
        self.widget = ipywidgets.VBox([ipywidgets.Box([*controls.values(), reset], layout=row), self._figure])

    @property
    def values(self):
        """The present control values, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values):
        """Set several controls in one move.

        Raises
        ------
        KeyError
            For a name that is no control.
        """
        for name in values:
            if name not in self.controls:
                raise KeyError(f"{name}: {self.name} has no such control, want one of {list(self.controls)}")
        with self._hold():
            for name, value in values.items():
                self.controls[name].value = value
        self._show()

    def reset(self):
        """Put every control back to its default."""
        self.set(**self._defaults)

    def describe(self):
        """Return the sentence about the picture as it is now."""
        return self._figure.description

    @contextlib.contextmanager
    def _hold(self):
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _moved(self, change):
        if not self._held:
            self._show(moved=next(name for name, control in self.controls.items() if control is change["owner"]))

    def _show(self, moved=None):
        try:
            if moved and self._couple:
                with self._hold():
                    for name, value in self._couple(moved, self.values).items():
                        self.controls[name].value = value
            self.facts = self._facts(**self.values)
            self.picture.update(self.facts)
            self._figure.move(self._describe(self.facts))
        except Exception as error:
            settings = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
            self._figure.fail(f"{self.name} at {settings}: {type(error).__name__}: {error}")
            raise

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = picture_bundle(self.picture.panels, self.describe())
        return {**self.widget._repr_mimebundle_(), **data}, metadata
