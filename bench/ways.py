"""The logit table by the usual ways, each a slider whose move changes the same picture. The benchmark's notebook shows one."""

import io

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display

from helpers.data import LABELS, LOGITS
from helpers.explorers.logit_table import LogitTable, describe, facts
from helpers.live import LivePicture


class Plain(LogitTable):
    """The picture of the logit table in axes that another way made."""

    def __init__(self, axes):
        LivePicture.__init__(self)
        self._draw_table(axes[0])
        self._draw_bars(axes[1])


def facts_of(cat):
    return facts(cat, *LOGITS[1:], temperature=1.0, add_c=False, c=0.0)


def slider():
    return ipywidgets.FloatSlider(value=LOGITS[0], min=-10, max=10, step=0.01, description="logit of cat")


def show(widget, update):
    """Display a slider over a widget that follows it."""
    moved = slider()
    moved.observe(lambda change: update(facts_of(change["new"])), "value")
    display(ipywidgets.VBox([moved, widget]))


def floor():
    line = ipywidgets.HTML(describe(facts_of(LOGITS[0])))
    show(line, lambda facts: setattr(line, "value", describe(facts)))


def interact():
    def draw(cat):
        figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6))
        Plain(axes).update(facts_of(cat))
        plt.show()

    ipywidgets.interact(draw, cat=slider())


def ipympl():
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6))
    picture = Plain(axes)

    def update(facts):
        picture.update(facts)
        figure.canvas.draw_idle()

    update(facts_of(LOGITS[0]))
    show(figure.canvas, update)


def png():
    with plt.ioff():
        figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6))
    picture, image = Plain(axes), ipywidgets.Image()

    def update(facts):
        picture.update(facts)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        image.value = buffer.getvalue()

    update(facts_of(LOGITS[0]))
    show(image, update)


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

    update(facts_of(LOGITS[0]))
    show(figure, update)


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

    update(facts_of(LOGITS[0]))
    show(ipywidgets.HBox(figures), update)
