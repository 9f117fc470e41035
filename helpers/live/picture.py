"""A matplotlib picture that is drawn to SVG once and then moved, artist by artist.

Redrawing a whole figure takes a tenth of a second and more; redrawing the few artists that moved takes some
milliseconds. So the still part of each panel becomes an SVG background, every moving artist one named SVG group on
top of it, and a move sends the groups that changed and nothing else. `explorer.js` swaps them in the page.
"""

import contextlib
import io
import re
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.text import Text

from helpers.style import STYLE, any_script, new_panel, show_powers

# Of the look, what drawing one artist asks for: to set these few is ten times faster than to set all.
PEN_STYLE = {name: value for name, value in STYLE[1].items() if name.startswith(("svg.", "font.", "hatch."))}

COUNTED = re.compile(r'(?<=<g) id="\w+_\d+"')  # a group whose name only counts what this renderer drew before
# What artists refer to: in the markup of one of them the shape that its points repeat, at the renderer's end the rest.
SHAPE = re.compile(r'<defs>\s*(?P<all><path id="(?P<id>\w+)".*?/>)\s*</defs>\s*', re.DOTALL)
CLIP_OR_HATCH = re.compile(r'(?P<all><(clipPath|pattern) id="(?P<id>\w+)".*?</\2>)', re.DOTALL)
USED = re.compile(r"url\(#(\w+)\)")


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
            documents.append(still.removesuffix("</svg>") + groups + "</svg>")
        return documents

    def markup(self):
        """Return {name: SVG markup} of all moving artists as they are now, drawing only those that changed.

        Besides the artists there is one group a panel, `defs-0` and so on, of the clip paths, hatches and marker shapes
        that its artists have used so far: they are long, shared, and hardly ever new.
        """
        with matplotlib.rc_context(PEN_STYLE), any_script():
            for i, (panel, pen) in enumerate(zip(self.panels, self._pens)):
                stale = [name for name, each in self.artists.items() if each.stale and each.get_figure() is panel]
                self._markup |= pen.draw({name: self.artists[name] for name in stale})
                self._markup[f"defs-{i}"] = pen.definitions
        return dict(self._markup)


def background(figure):
    """Return the SVG document of `figure` as it stands, from `<svg` to `</svg>`."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()


class Pen:
    """Draws artists of one panel, each to a markup of its own."""

    def __init__(self, panel):
        self.size = panel.get_size_inches() * 72
        self._defined = {}  # id -> clip path, hatch or marker shape
        self._poses, self._frames = {}, {}  # of the texts: how they lie, and the markup around their words

    @property
    def definitions(self):
        return f"<defs>{''.join(self._defined.values())}</defs>"

    def draw(self, artists):
        """Return {name: SVG markup}, and add what the artists refer to to `definitions`."""
        markup, left = {}, {}
        for name, artist in artists.items():
            pose = pose_of(artist) if isinstance(artist, Text) else None
            if not artist.get_visible():
                markup[name] = ""
            elif pose and pose == self._poses.get(name):
                markup[name] = escape(artist.get_text()).join(self._frames[name])
            else:
                left[name] = pose
        if left:
            buffer = io.StringIO()
            renderer = RendererSVG(*self.size, buffer)
            renderer.writer.flush()
            for name, pose in left.items():
                start = buffer.tell()
                with spelling(artists[name], WORD) if pose else contextlib.nullcontext():
                    artists[name].draw(renderer)
                renderer.writer.flush()
                drawn = COUNTED.sub("", buffer.getvalue()[start:]).strip()
                self._define(SHAPE, drawn)
                markup[name] = drawn = SHAPE.sub("", drawn)
                if pose:
                    before, after = drawn.split(f">{WORD}<")
                    self._poses[name], self._frames[name] = pose, (f"{before}>", f"<{after}")
                    markup[name] = escape(artists[name].get_text()).join(self._frames[name])
            # Writing the hatches out takes as long as all else, so it is done when one is new.
            if any(used not in self._defined for name in left for used in USED.findall(markup[name])):
                renderer.finalize()
                self._define(CLIP_OR_HATCH, buffer.getvalue())
        for artist in artists.values():
            artist.stale = False
        return markup

    def _define(self, kind, markup):
        self._defined |= {found["id"]: found["all"] for found in kind.finditer(markup)}


# Most artists that move are texts, and most of these stay where they are and change their words. Laying one out takes
# matplotlib longer than all else. So it is done once a pose, for one word with an ascender and a descender, and the
# words are put into the markup. That also keeps a row of numbers on one baseline, whatever stands in them.
WORD = "lp"


@contextlib.contextmanager
def spelling(text, word):
    words = text.get_text()
    text.set_text(word)
    try:
        yield
    finally:
        text.set_text(words)


def pose_of(text):
    """Return all that the look of a one-line text depends on besides its words; None for a text with more to it."""
    words = text.get_text()
    if not words.strip() or "\n" in words or text.get_bbox_patch() or ("$" in words and text.get_parse_math()):
        return None
    place = text.get_transform().transform(text.get_unitless_position())
    font = text.get_fontproperties().copy()
    return (*place, font, text.get_color(), text.get_alpha(), text.get_rotation(), text.get_ha(), text.get_va())
