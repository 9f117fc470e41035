"""A matplotlib picture that is drawn to SVG once and then moved, artist by artist.

Redrawing a whole figure takes a tenth of a second and more; redrawing the few artists that moved takes some
milliseconds. So the still part of each panel becomes an SVG background, every moving artist one named SVG group on
top of it, and a move sends the groups that changed and nothing else. `explorer.js` swaps them in the page.
"""

import io

from matplotlib.axis import Axis

from helpers.live.pen import FONT, Pen, Renderer
from helpers.style import new_panel, show_powers


class LivePicture:
    """Base of every moving picture: panels, and the artists in them that move.

    A subclass draws everything in `__init__` with `panel` and `moving`, and gives the moving artists new data in
    `update(facts)`. What `update` must not touch: axes, ticks, legends and limits, which belong to the background.
    """

    def __init__(self):
        self.panels = []
        self.artists = {}

    def panel(self, width=4.8, height=3.0, **properties):
        """Add a panel (inches) with these properties of `Axes.set`, and return its `Axes`; all have one height."""
        figure, axes = new_panel(width, height)
        axes.set(**properties)
        self.panels.append(figure)
        return axes

    def moving(self, name, artist):
        """Register `artist` (or each of a list, as name-0, name-1, ...) as one that moves, and return it."""
        if isinstance(artist, (list, tuple)):
            return [self.moving(f"{name}-{i}", each) for i, each in enumerate(artist)]
        if artist.get_figure() not in self.panels:
            raise ValueError(f"artist: got {artist}, want one on axes of self.panel()")
        if name in self.artists:
            raise ValueError(f"name: got {name!r} a second time, want a name of its own for each moving artist")
        self.artists[name] = artist
        return artist

    def line(self, name, axes, *data, **look):
        """Register the one line that `axes.plot(*data, **look)` draws, of `[]` an empty one, and return it."""
        return self.moving(name, *axes.plot(*data, **look))

    def text(self, name, axes, x, y, **look):
        """Register an empty text at (x, y), for `set_text` to fill, and return it."""
        return self.moving(name, axes.text(x, y, "", **look))

    def texts(self, name, axes, places, **look):
        """Register an empty text at each of these places, (x, y), and return them, for `write` to fill."""
        return self.moving(name, [axes.text(*place, "", **look) for place in places])

    def update(self, facts):
        """Give the moving artists the data of `facts`."""
        raise NotImplementedError

    def move(self, facts):
        """Update, and raise ValueError if that changed something that is drawn only once."""
        for artist in self._still:
            artist.stale = False
        self.update(facts)
        if self._axes() != self._frozen:
            raise ValueError(
                "update: touched the axes, want limits, scales and artists set in __init__, once and for all"
            )
        for artist in self._still:
            if artist.stale:
                raise ValueError(f"update: changed {artist}, want self.moving(name, artist) where it is made")

    def _axes(self):
        each = [axes for panel in self.panels for axes in panel.axes]
        return [(axes.viewLim.bounds, axes.get_xscale(), axes.get_yscale(), len(axes.get_children())) for axes in each]

    def freeze(self):
        """Lay the panels out for good and keep their backgrounds: the SVG of all that never moves."""
        for panel in self.panels:
            show_powers(panel)
            panel.draw_without_rendering()
            panel.set_layout_engine("none")
        shown = {name: artist.get_visible() for name, artist in self.artists.items()}
        for artist in self.artists.values():
            artist.set_visible(False)
        self._backgrounds = [background(panel) for panel in self.panels]
        for name, artist in self.artists.items():
            artist.set_visible(shown[name])
        self._pens = [Pen(panel) for panel in self.panels]
        self._markup = {}
        moving = {part for artist in self.artists.values() for part in artist.findobj()}
        drawn = {
            part
            for panel in self.panels
            for axes in panel.axes
            for child in axes.get_children()
            for part in child.findobj()
        }
        self._still = sorted(drawn - moving, key=lambda artist: isinstance(artist, Axis))  # which its parts make stale
        self._frozen = self._axes()

    def svgs(self):
        """Return one SVG document a panel: the background, and an empty named group for each moving artist."""
        documents = []
        for i, (panel, still) in enumerate(zip(self.panels, self._backgrounds)):
            names = [name for name, artist in self.artists.items() if artist.get_figure() is panel]
            names.sort(key=lambda name: self.artists[name].get_zorder())
            groups = "".join(f'<g id="{name}"></g>' for name in [f"defs-{i}", *names])
            still = still.removesuffix("</svg>").replace("<svg ", f'<svg style="{FONT}" ', 1)
            documents.append(f"{still}{groups}</svg>")
        return documents

    def markup(self):
        """Return {name: SVG markup} of all moving artists as they are now, drawing only those that changed.

        Besides the artists there is one group a panel, `defs-0` and so on, of the clip paths and hatches that its
        artists have used so far: they are long, shared, and hardly ever new.
        """
        for i, (panel, pen) in enumerate(zip(self.panels, self._pens)):
            stale = [name for name, each in self.artists.items() if each.stale and each.get_figure() is panel]
            self._markup |= pen.draw({name: self.artists[name] for name in stale})
            self._markup[f"defs-{i}"] = pen.definitions
        return dict(self._markup)

    def remember(self, count):
        """Keep the last `count` poses of each artist: many depend on few of the controls, and so have few."""
        for pen in self._pens:
            pen.kept = count


def write(texts, words):
    """Give each of the texts its words."""
    for text, said in zip(texts, words, strict=True):
        text.set_text(said)


def background(figure):
    """Return the SVG document of `figure` as it stands, from `<svg` to `</svg>`."""
    buffer = io.StringIO()
    renderer = Renderer(*figure.get_size_inches() * 72, buffer, metadata={"Date": None})
    figure.draw(renderer)
    renderer.finalize()
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()
