"""The usual ways to move a picture, for any explorer: its first control as an ipywidgets slider, and the same artists.

`plotly` and `bqplot` do not draw with matplotlib, so their pictures are made by hand, for the logit table alone.
"""

import io

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display

from helpers import explorers
from helpers.data import LABELS
from helpers.explorers.logit_table import logit_table
from helpers.live import picture as drawing
from helpers.style import look

START = {"dim_view": {"source": "randn"}}  # where the first slider moves something


class Plain:
    """One explorer without its engine: a slider, and `facts_of(what the slider says)`."""

    def __init__(self, name):
        self.explorer = getattr(explorers, name)(**START.get(name, {}))
        # As in the page, it is the first of the explorer's sliders, not a drop-down or a check box; and one that moves
        # nothing else.
        self.control, each = next(
            (name, each) for name, each in self.explorer.controls.items() if "Slider" in type(each).__name__
        )
        kept = [name for name in ("options", "min", "max", "step", "value", "description") if each.has_trait(name)]
        self.slider = type(each)(**{name: getattr(each, name) for name in kept})

    def facts_of(self, value):
        values = {**self.explorer.values, self.control: value}
        return self.explorer.facts_of(self.explorer.follow(self.control, values))

    def picture(self):
        """Return the explorer's picture, drawn anew in figures of pyplot, without the slow layout engine."""
        with look():
            drawing.new_panel = lambda width=4.8, height=3.6: plt.subplots(figsize=(width, height))
            return type(self.explorer.picture)()

    def show(self, widget, update):
        """Display the slider over a widget that follows it."""
        self.slider.observe(lambda change: update(self.facts_of(change["new"])), "value")
        update(self.facts_of(self.slider.value))
        display(ipywidgets.VBox([self.slider, widget]))


def floor(name):
    slider, line = Plain(name).slider, ipywidgets.HTML()
    slider.observe(lambda change: setattr(line, "value", f"The value is {change['new']}."), "value")
    display(ipywidgets.VBox([slider, line]))


def interact(name):
    plain = Plain(name)

    def draw(value):
        plain.picture().update(plain.facts_of(value))
        plt.show()

    ipywidgets.interact(draw, value=plain.slider)


def ipympl(name):
    plain = Plain(name)
    with plt.ioff():
        picture = plain.picture()

    def update(facts):
        picture.update(facts)
        for panel in picture.panels:
            panel.canvas.draw_idle()

    plain.show(ipywidgets.HBox([panel.canvas for panel in picture.panels]), update)


def png(name):
    plain = Plain(name)
    with plt.ioff():
        picture = plain.picture()
    images = [ipywidgets.Image() for _ in picture.panels]

    def update(facts):
        picture.update(facts)
        for panel, image in zip(picture.panels, images):
            buffer = io.BytesIO()
            panel.savefig(buffer, format="png")
            image.value = buffer.getvalue()

    plain.show(ipywidgets.HBox(images), update)


def columns(facts):
    return [
        value for each in (facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids) for value in each.tolist()
    ]


PLACES = [(j, 4 - i) for j in range(5) for i in range(4)]


def plotly():
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = go.FigureWidget(make_subplots(1, 2))
    x, y = zip(*PLACES)
    figure.add_scatter(x=x, y=y, mode="text", row=1, col=1)
    figure.add_bar(x=LABELS, row=1, col=2)
    figure.add_scatter(x=LABELS, mode="markers", row=1, col=2)
    figure.update_layout(width=920, height=350, yaxis2_range=[0, 1.1])
    cells, bars, markers = figure.data

    def update(facts):
        with figure.batch_update():
            cells.text = [f"{value:.4f}" for value in columns(facts)]
            bars.y, markers.y = facts.probs.tolist(), facts.sigmoids.tolist()

    Plain(logit_table.__name__).show(figure, update)


def bqplot():
    import bqplot as bq
    import numpy as np

    x, y = np.array(PLACES, dtype=float).T
    wide, high = bq.LinearScale(min=-1, max=5), bq.LinearScale(min=0, max=5)
    cells = bq.Label(x=x, y=y, text=["0"] * 20, scales={"x": wide, "y": high}, colors=["black"])
    labels, unit = bq.OrdinalScale(), bq.LinearScale(min=0, max=1.1)
    bars = bq.Bars(x=LABELS, y=[0.1] * 4, scales={"x": labels, "y": unit})
    markers = bq.Scatter(x=LABELS, y=[0.1] * 4, scales={"x": labels, "y": unit})
    axes = [bq.Axis(scale=labels), bq.Axis(scale=unit, orientation="vertical")]
    size = ipywidgets.Layout(width="460px", height="350px")
    figures = [bq.Figure(marks=[cells], layout=size), bq.Figure(marks=[bars, markers], axes=axes, layout=size)]

    def update(facts):
        bars.y, markers.y = facts.probs.numpy(), facts.sigmoids.numpy()
        cells.text = [f"{value:.4f}" for value in columns(facts)]

    Plain(logit_table.__name__).show(ipywidgets.HBox(figures), update)
