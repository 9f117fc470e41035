"""A matplotlib picture that is drawn to SVG once and then moved, artist by artist.

Redrawing a whole figure takes a tenth of a second and more; redrawing the few artists that moved takes some
milliseconds. So the still part of each panel becomes an SVG background, every moving artist one named SVG group on
top of it, and a move sends the groups that changed and nothing else. `figure.js` swaps them in the page.
"""

import io
import pathlib

import anywidget
import matplotlib
import traitlets
from matplotlib.backends.backend_svg import RendererSVG

from helpers.figures.picture import STYLE, new_panel

# Of the look, what drawing one artist asks for: setting these few is ten times faster than setting all.
DRAWING = {name: value for name, value in STYLE[1].items() if name.startswith(("svg.", "font.", "hatch."))}


class LivePicture:
    """Base of every moving picture: panels, and the artists in them that move.

    A subclass draws everything in `__init__` with `panel` and `moving`, and gives the moving artists new data in
    `update(facts)`. What `update` must not touch: axes, ticks, legends and limits, which belong to the background.
    """

    def __init__(self):
        self.panels = []
        self.artists = {}

    def panel(self, width=4.8, height=3.6):
        """Add a panel (sizes in inches) and return its `Axes`. All panels of a picture have one height."""
        figure, axes = new_panel(width, height)
        self.panels.append(figure)
        return axes

    def moving(self, name, artist):
        """Register `artist` (or each of a list, as name-0, name-1, ...) as one that moves, and return it."""
        if isinstance(artist, (list, tuple)):
            return [self.moving(f"{name}-{i}", each) for i, each in enumerate(artist)]
        if name in self.artists:
            raise ValueError(f"name: got {name!r} a second time, want a name of its own for each moving artist")
        self.artists[name] = artist
        return artist

    def update(self, facts):
        """Give the moving artists the data of `facts`."""
        raise NotImplementedError

    def freeze(self):
        """Lay the panels out for good and keep their backgrounds: the SVG of all that never moves."""
        for panel in self.panels:
            panel.draw_without_rendering()
            panel.set_layout_engine("none")
        shown = {name: artist.get_visible() for name, artist in self.artists.items()}
        for artist in self.artists.values():
            artist.set_visible(False)
        self._backgrounds = [background(panel) for panel in self.panels]
        for name, artist in self.artists.items():
            artist.set_visible(shown[name])
        self._fragments = {f"defs-{i}": "" for i in range(len(self.panels))} | dict.fromkeys(self.artists, "")

    def fragments(self):
        """Return {name: SVG markup} of what changed since the last call.

        Besides the artists there is one group a panel, `defs-0` and so on, of the clip paths and hatches that its
        artists have used so far: they are long, and hardly ever new.
        """
        moved = {}
        with matplotlib.rc_context(DRAWING):
            for name, artist in self.artists.items():
                if artist.stale:
                    markup, definitions = fragment(artist)
                    if markup != self._fragments[name]:
                        moved[name] = self._fragments[name] = markup
                    shared = f"defs-{self.panels.index(artist.get_figure())}"
                    if definitions not in self._fragments[shared]:
                        self._fragments[shared] += definitions
                        moved[shared] = self._fragments[shared]
        return moved

    def svgs(self):
        """Return one SVG document a panel, as it looks now."""
        self.fragments()
        documents = []
        for i, (panel, still) in enumerate(zip(self.panels, self._backgrounds)):
            names = [name for name, artist in self.artists.items() if artist.get_figure() is panel]
            names.sort(key=lambda name: self.artists[name].get_zorder())
            groups = "".join(f'<g id="{name}">{self._fragments[name]}</g>' for name in [f"defs-{i}", *names])
            documents.append(still.removesuffix("</svg>") + groups + "</svg>")
        return documents


def background(figure):
    """Return the SVG document of `figure` as it stands, from `<svg` to `</svg>`."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()


def fragment(artist):
    """Return the SVG markup of one artist alone, and that of the clip paths and hatches it refers to."""
    if not artist.get_visible():
        artist.stale = False
        return "", ""
    width, height = artist.get_figure().get_size_inches() * 72
    buffer = io.StringIO()
    renderer = RendererSVG(width, height, buffer)
    renderer.writer.flush()
    start = buffer.tell()
    artist.draw(renderer)
    renderer.writer.flush()
    end = buffer.tell()
    renderer.finalize()
    text = buffer.getvalue()
    return text[start:end].strip(), text[end:].strip().removesuffix("</svg>").strip()


class Figure(anywidget.AnyWidget):
    """The picture in the page, with its sentence below: `figure.js` shows it, this side sends the moves."""

    _esm = pathlib.Path(__file__).with_name("figure.js")

    # Serialised when a page asks for it, so that a page that opens late shows the picture as it is by then.
    state = traitlets.Any().tag(sync=True, to_json=lambda _, figure: figure.snapshot())

    def __init__(self, picture, label):
        self.picture = picture
        self.label = label
        self.description = ""
        self.error = ""
        super().__init__()

    def snapshot(self):
        """Return all that a new page needs: the panels as they look now, and the texts."""
        return {"label": self.label, "panels": self.picture.svgs(), **self.texts()}

    def texts(self):
        return {"description": self.description, "error": self.error}

    def move(self, description):
        """Send what changed in the picture, and the sentence about it."""
        self.description, self.error = description, ""
        self.send({"fragments": self.picture.fragments(), **self.texts()})

    def fail(self, error):
        """Show `error` to the reader; picture and sentence stay as they are."""
        self.error = error
        self.send({"fragments": {}, **self.texts()})
