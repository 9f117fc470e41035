"""A matplotlib picture that is drawn to SVG once and then moved, artist by artist.

Redrawing a whole figure takes a tenth of a second and more; redrawing the few artists that moved takes some
milliseconds. So the still part of each panel becomes an SVG background, every moving artist one named SVG group on
top of it, and a move sends the groups that changed and nothing else. `explorer.js` swaps them in the page.
"""

import contextlib
import hashlib
import io
import math
import re
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from helpers.style import STYLE, any_script, new_panel, show_powers

# Of the look, what drawing one artist asks for: to set these few is ten times faster than to set all.
PEN_STYLE = {name: value for name, value in STYLE[1].items() if name.startswith(("svg.", "font.", "hatch."))}
with matplotlib.rc_context(PEN_STYLE):
    PEN_STYLE = {name: matplotlib.rcParams[name] for name in PEN_STYLE}  # as matplotlib has them, to compare

COUNTED = re.compile(r'(?<=<g) id="\w+_\d+"')  # a group whose name only counts what this renderer drew before
# What artists refer to: in the markup of one of them the shape that its points repeat, at the renderer's end the rest.
SHAPE = re.compile(r'<defs>\s*(?P<all><path id="(?P<id>\w+)".*?/>)\s*</defs>\s*', re.DOTALL)
CLIP_OR_HATCH = re.compile(r'(?P<all><(clipPath|pattern) id="(?P<id>\w+)".*?</\2>)', re.DOTALL)
USED = re.compile(r"url\(#(\w+)\)")
TAG, LONG = re.compile(r"<[^>]*>"), re.compile(r"\d+\.\d{3,}")
# What matplotlib says in every text: the font, which the document says once, and that it is not turned.
FONT = "font-family: " + ", ".join(f"'{name}'" for name in STYLE[1]["font.sans-serif"]) + ", sans-serif"
UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*"')


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

        Besides the artists there is one group a panel, `defs-0` and so on, of the clip paths, hatches and marker shapes
        that its artists have used so far: they are long, shared, and hardly ever new.
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
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()


class Pen:
    """Draws artists of one panel, each to a markup of its own."""

    kept = 8  # poses of each artist

    def __init__(self, panel):
        self.size = panel.get_size_inches() * 72
        self._defined = {}  # id -> clip path, hatch or marker shape
        self._poses = {}  # name -> {pose: what `fill_in` makes markup of}
        self._matrices = {}  # by id, a transform and its matrix, None if it is not affine: the axes never move

    @property
    def definitions(self):
        return f"<defs>{''.join(self._defined.values())}</defs>"

    def draw(self, artists):
        """Return {name: SVG markup}, and add what the artists refer to to `definitions`."""
        markup, left = {}, {}
        for name, artist in artists.items():
            if not artist.get_visible():
                markup[name] = ""
                continue
            pose = self._pose_of(artist)
            frame = pose and self._poses.get(name, {}).get(pose)
            if frame:
                markup[name] = self._fill_in(frame, artist)
            else:
                left[name] = pose
        if left:
            with pen_style(), any_script():
                self._draw_whole(left, artists, markup)
        for artist in artists.values():
            artist.stale = False
        return markup

    def _draw_whole(self, left, artists, markup):
        """Have matplotlib draw the artists `left`, {name: pose}, into `markup`."""
        buffer = io.StringIO()
        renderer = RendererSVG(*self.size, buffer)
        renderer.writer.flush()
        for name, pose in left.items():
            artist, start = artists[name], buffer.tell()
            with spelling(artist, WORD) if pose and isinstance(artist, Text) else contextlib.nullcontext():
                artist.draw(renderer)
            renderer.writer.flush()
            drawn = COUNTED.sub("", buffer.getvalue()[start:]).strip()
            self._define(SHAPE, drawn)
            drawn = SHAPE.sub("", drawn)
            if not pose:
                markup[name] = slim(drawn)
                continue
            frame = self._frame_of(artist, drawn)
            markup[name] = self._fill_in(frame, artist)
            poses = self._poses.setdefault(name, {})
            poses[pose] = frame
            if len(poses) > self.kept:
                del poses[next(iter(poses))]
        # Writing the hatches out takes as long as all else, so it is done when one is new.
        if any(used not in self._defined for name in left for used in USED.findall(markup[name])):
            renderer.finalize()
            self._define(CLIP_OR_HATCH, buffer.getvalue())

    def _define(self, kind, markup):
        self._defined |= {found["id"]: found["all"] for found in kind.finditer(markup)}

    # Most artists that move are texts, bars and lines. A text changes its words and its place, a bar its corners and
    # its colour, and laying them out takes matplotlib longer than all else. So that is done once a pose, for a text
    # with one word with an ascender and a descender, and what is new is put into the markup. It also keeps a row of
    # numbers on one baseline, whatever stands in them. A line is drawn anew, unless it lay like that a while ago.

    def _pose_of(self, artist):
        """Return all that the markup of an artist depends on besides what is filled in; None if it has to be drawn."""
        if isinstance(artist, Text):
            words = artist.get_text()
            if not words.strip() or "\n" in words or artist.get_bbox_patch() or artist.get_rotation():
                return None
            if "$" in words and artist.get_parse_math():
                return None
            place = () if type(artist) is Text else tuple(self._place_of(artist))
            font, color = artist.get_fontproperties().copy(), str(artist.get_color())
            return *place, font, color, artist.get_alpha(), artist.get_ha(), artist.get_va(), artist.get_clip_on()
        if type(artist) is Rectangle:
            (*color, alpha), hatch = artist.get_facecolor(), artist.get_hatch()
            plain = alpha and any(color) and not artist.get_angle()
            if not plain or self._matrix(artist.get_data_transform()) is None:
                return None
            corners = *artist.get_xy(), artist.get_width(), artist.get_height()
            if not all(map(math.isfinite, corners)):
                return None
            edge = artist.get_edgecolor(), artist.get_linewidth(), artist.get_linestyle()
            inside = hatch and (*color,), artist.get_alpha(), artist.get_fill(), artist.get_clip_on()
            return alpha, hatch, *inside, *edge
        if type(artist) is Line2D:
            if (spots := self._spots_of(artist)) and artist.get_linestyle() == "None":
                points = len(spots)
            else:
                points = hashlib.blake2b(artist.get_xydata().tobytes(), digest_size=16).digest()
            marker = artist.get_marker(), artist.get_markersize(), artist.get_markeredgewidth(), artist.get_markevery()
            colors = artist.get_color(), artist.get_markerfacecolor(), artist.get_markeredgecolor(), artist.get_alpha()
            line = artist.get_linestyle(), artist.get_linewidth(), artist.get_drawstyle(), artist.get_fillstyle()
            return points, str((marker, colors, line, artist.get_clip_on()))
        return None

    def _frame_of(self, artist, drawn):
        """Return the markup of an artist in a pose, split where something new is filled in."""
        short = slim(drawn)
        if isinstance(artist, Text):
            (x, y), place = self._place_of(artist), PLACE.search(drawn)
            beside = float(place["x"]) - x, float(place["y"]) - (self.size[1] - y)
            return *TEXT.fullmatch(short).groups(), beside
        if isinstance(artist, Rectangle):
            return BAR.fullmatch(short).groups()
        spots = self._spots_of(artist) if artist.get_linestyle() == "None" else None
        return SPOTS.fullmatch(short).groups() if spots else short

    def _fill_in(self, frame, artist):
        height = self.size[1]
        if isinstance(artist, Line2D):
            if isinstance(frame, str):
                return frame
            before, use, style, after = frame
            spots = (f'{use} x="{point(x)}" y="{point(height - y)}"{style}' for x, y in self._spots_of(artist))
            return f"{before}{''.join(spots)}{after}"
        if isinstance(artist, Text):
            before, after, (dx, dy) = frame
            x, y = self._place_of(artist)
            return f'{before} x="{point(x + dx)}" y="{point(height - y + dy)}">{escape(artist.get_text())}{after}'
        before, middle, fill, after = frame
        (a, _, c), (_, b, d), _ = self._matrix(artist.get_data_transform())
        x, y = artist.get_xy()
        left, low = a * x + c, b * y + d
        right, high = point(a * artist.get_width() + left), point(height - (b * artist.get_height() + low))
        left, low = point(left), point(height - low)
        color = fill if fill.startswith("url") else rgb2hex(artist.get_facecolor())
        corners = f"M {left} {low} L {right} {low} L {right} {high} L {left} {high} z"
        return f"{before}{corners}{middle}{color}{after}"

    def _spots_of(self, line):
        """Return the places of a few markers that are all inside of the panel; None for other lines."""
        points, matrix = line.get_xydata(), self._matrix(line.get_transform())
        if matrix is None or not 0 < len(points) <= 20 or line.get_markevery() is not None:
            return None
        (a, b, c), (d, e, f), _ = matrix
        spots = [(a * x + b * y + c, d * x + e * y + f) for x, y in points.tolist()]
        return spots if all(0 <= x <= self.size[0] and 0 <= y <= self.size[1] for x, y in spots) else None

    def _place_of(self, text):
        transform, (x, y) = text.get_transform(), text.get_unitless_position()
        matrix = self._matrix(transform)
        if matrix is None:
            return transform.transform((x, y))
        (a, b, c), (d, e, f), _ = matrix
        return a * x + b * y + c, d * x + e * y + f

    def _matrix(self, transform):
        if id(transform) not in self._matrices:
            self._matrices[id(transform)] = transform, transform.get_matrix().tolist() if transform.is_affine else None
        return self._matrices[id(transform)][1]


WORD = "lp"
PLACE = re.compile(r' x="(?P<x>[^"]*)" y="(?P<y>[^"]*)" transform')
TEXT = re.compile(rf'((?:<g[^>]*>)+<text [^>]*?) x="[^"]*" y="[^"]*">{WORD}(</text>[</g>]*)')
SPOTS = re.compile(r'(<g><g[^>]*>)(<use xlink:href="[^"]*") x="[^"]*" y="[^"]*"([^>]*>)(?:<use[^>]*>)*(</g></g>)')
BAR = re.compile(r'(<g><path d=")[^"]*("[^>]*style="fill: )([^;"]*)([^>]*></g>)')


def slim(drawn):
    """Return matplotlib's markup in half the bytes: two decimals of a point, which no eye tells from six, no white
    space between tags, and nothing that the document says once; words stay as they are.

    >>> style = f"font-size: 9px; {FONT}; fill: red"
    >>> slim(f'<g>\\n <text style="{style}" x="1.234567" transform="rotate(-0 1.234567 0)">0.1234</text></g>')
    '<g><text style="font-size: 9px; fill: red" x="1.23">0.1234</text></g>'
    """
    drawn = re.sub(r">\n\s*<", "><", drawn).replace(f" {FONT};", "")

    def shorter(tag):
        tag = UNTURNED.sub("", tag[0]).replace(" \n", " ").replace("\n", "")
        return LONG.sub(lambda number: point(float(number[0])), tag)

    return TAG.sub(shorter, drawn)


def point(coordinate):
    """Return a coordinate in points with two decimals at most.

    >>> point(187.1571820), point(72.0)
    ('187.16', '72')
    """
    return f"{coordinate:.2f}".rstrip("0").rstrip(".")


def pen_style():
    """Return the context in which artists are drawn; whoever draws many enters it once, as it takes half a draw."""
    there = all(matplotlib.rcParams[name] == value for name, value in PEN_STYLE.items())
    return contextlib.nullcontext() if there else matplotlib.rc_context(PEN_STYLE)


@contextlib.contextmanager
def spelling(text, word):
    words = text.get_text()
    text.set_text(word)
    try:
        yield
    finally:
        text.set_text(words)
