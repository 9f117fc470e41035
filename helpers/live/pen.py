"""Draws the moving artists of a panel to SVG, each to a markup of its own, and most of them without matplotlib.

Most artists that move are texts, bars and lines. A text changes its words and its place, a bar its corners and its
colour, and laying them out takes matplotlib longer than all else. So matplotlib draws an artist once in each pose, by
which is meant all that its markup depends on besides; a stencil cuts the markup where something new belongs, and fills
that in from then on.
"""

import contextlib
import hashlib
import io
import math
import re
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from helpers.style import STYLE, any_script

# Of the look, what drawing one artist asks for: to set these few is ten times faster than to set all.
PEN_STYLE = {name: value for name, value in STYLE[1].items() if name.startswith(("svg.", "font.", "hatch."))}
with matplotlib.rc_context(PEN_STYLE):
    PEN_STYLE = {name: matplotlib.rcParams[name] for name in PEN_STYLE}  # as matplotlib has them, to compare

COUNTED = re.compile(r'(?<=<g) id="\w+_\d+"')  # a group whose name only counts what this renderer drew before
# What artists refer to: in the markup of one of them the shape that its points repeat, at the renderer's end the rest.
CLIP_OR_HATCH = re.compile(r'(?P<all><(clipPath|pattern) id="(?P<id>\w+)".*?</\2>)', re.DOTALL)
USED = re.compile(r"url\(#(\w+)\)")
TAG, LONG = re.compile(r"<[^>]*>"), re.compile(r"\d+\.\d{3,}")
# What matplotlib says in every text: the font, which the document says once, and that it is not turned.
FONT = "font-family: " + ", ".join(f"'{name}'" for name in STYLE[1]["font.sans-serif"]) + ", sans-serif"
UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*"')
STROKES = {Path.MOVETO: "m", Path.LINETO: "l", Path.CURVE3: "q", Path.CURVE4: "c"}
MOST_SPOTS = 20  # markers of a line that are moved one by one


class Renderer(RendererSVG):
    """matplotlib's, but for a browser, which puts the layers of its page together anew where a `<use>` or a clip moves.

    All markers of a line are one path, so hollow ones that overlap show each other; and what lies inside of its axes is
    not clipped.
    """

    def draw_path(self, gc, path, transform, rgbFace=None):
        with clipped_if_cut(gc, path.get_extents(transform).extents, gc.get_linewidth()):
            super().draw_path(gc, path, transform, rgbFace)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        places = [vertices[-2:] for vertices, _ in path.iter_segments(trans, simplify=False)]
        if not places:
            return
        shape = marker_path.transformed(marker_trans + Affine2D().scale(1, -1))
        d = placed(pen_strokes(shape), ((x, self.height - y) for x, y in places))
        reach = abs(shape.get_extents().extents).max() + gc.get_linewidth()
        with clipped_if_cut(gc, reach_over(places), reach):
            self.writer.element("path", d=d, style=self._get_style(gc, rgbFace), **self._get_clip_attrs(gc))


@contextlib.contextmanager
def clipped_if_cut(gc, corners, margin):
    """Draw without a clip where what reaches over these corners, and a margin, lies inside of it."""
    clip = gc.get_clip_rectangle()
    if clip is not None and lies_inside(corners, margin, clip):
        gc.set_clip_rectangle(None)
    yield
    gc.set_clip_rectangle(clip)


def reach_of(line):
    """Return how far a line's markers reach from their places, with their edges."""
    style = MarkerStyle(line.get_marker(), line.get_fillstyle())
    shape = style.get_path().get_extents(style.get_transform())
    return abs(shape.extents).max() * line.get_markersize() + line.get_markeredgewidth()


def pen_strokes(path):
    """Return an SVG path's data, each place seen from the one before it, so that it can be drawn wherever the pen is.

    >>> pen_strokes(Path.unit_rectangle())
    'm 0 0 l 1 0 l 0 1 l -1 0 z'
    """
    strokes, start, here = [], (0, 0), (0, 0)
    for vertices, code in path.iter_segments(simplify=False):
        if code == Path.CLOSEPOLY:
            strokes.append("z")
            here = start
            continue
        points = vertices.reshape(-1, 2).round(2)
        strokes += [STROKES[code], *map(point, (points - here).flat)]
        here = points[-1]
        if code == Path.MOVETO:
            start = here
    return " ".join(strokes)


def placed(shape, places):
    """Return the data of a path that has this shape in each of the places, (x, y)."""
    return " ".join(f"M {point(x)} {point(y)} {shape}" for x, y in places)


def reach_over(places):
    """Return (left, low, right, high) of places (x, y)."""
    x, y = zip(*places)
    return min(x), min(y), max(x), max(y)


def lies_inside(corners, margin, clip):
    """Return whether what reaches over these corners (left, low, right, high), and a margin, lies in a clip."""
    left, low, right, high = corners
    x0, y0, x1, y1 = clip.extents
    margin -= 1e-6  # of a bar that starts on its axis
    return x0 <= left - margin and right + margin <= x1 and y0 <= low - margin and high + margin <= y1


class Space:
    """A panel's size in points, and where things stand in it; the axes never move, so neither do their transforms."""

    def __init__(self, panel):
        self.width, self.height = panel.get_size_inches() * 72
        self._matrices = {}  # by id, a transform and its matrix

    def matrix(self, transform):
        """Return the first two rows of an affine transform's matrix, as lists; None of another transform."""
        if id(transform) not in self._matrices:
            rows = transform.get_matrix()[:2].tolist() if transform.is_affine else None
            self._matrices[id(transform)] = transform, rows  # the transform is kept, or its id could be another's
        return self._matrices[id(transform)][1]

    def place_of(self, text):
        """Return where a text stands, (x, y) in points, y up."""
        transform, (x, y) = text.get_transform(), text.get_unitless_position()
        matrix = self.matrix(transform)
        if matrix is None:
            return transform.transform((x, y))
        (a, b, c), (d, e, f) = matrix
        return a * x + b * y + c, d * x + e * y + f


class Stencil:
    """Draws artists of one kind that stand in a known pose.

    `pose` returns all that an artist's markup depends on besides what is filled in, or None if it must be drawn anew;
    `cut` what is kept of the markup as matplotlib has drawn it, a frame; and `fill` the markup that this frame becomes.
    """

    def __init__(self, space):
        self.space = space

    def is_cut(self, artist, corners, margin):
        """Return whether its clip cuts off some of an artist: see Renderer."""
        clip = artist.get_clip_box() if artist.get_clip_on() else None
        return clip is not None and not lies_inside(corners, margin, clip)


class TextStencil(Stencil):
    """Texts of one line, with new words at a new place.

    They are drawn with one word for all, which has an ascender and a descender. That keeps a row of numbers on one
    baseline, whatever stands in them.
    """

    WORD = "lp"
    PLACE = re.compile(r' x="(?P<x>[^"]*)" y="(?P<y>[^"]*)" transform')
    PARTS = re.compile(rf'((?:<g[^>]*>)+<text [^>]*?) x="[^"]*" y="[^"]*">{WORD}(</text>[</g>]*)')

    def pose(self, text):
        words = text.get_text()
        if not words.strip() or "\n" in words or text.get_bbox_patch() or text.get_rotation():
            return None
        if "$" in words and text.get_parse_math():
            return None
        place = () if type(text) is Text else tuple(self.space.place_of(text))  # an annotation may have an arrow
        font, color = text.get_fontproperties().copy(), str(text.get_color())
        return *place, font, color, text.get_alpha(), text.get_ha(), text.get_va(), text.get_clip_on()

    def cut(self, text, drawn):
        (x, y), place = self.space.place_of(text), self.PLACE.search(drawn)
        beside = float(place["x"]) - x, float(place["y"]) - (self.space.height - y)  # from its place to its baseline
        return *self.PARTS.fullmatch(slim(drawn)).groups(), beside

    def fill(self, frame, text):
        before, after, (dx, dy) = frame
        x, y = self.space.place_of(text)
        left, low = point(x + dx), point(self.space.height - y + dy)
        return f'{before} x="{left}" y="{low}">{escape(text.get_text())}{after}'


class BarStencil(Stencil):
    """Upright rectangles, with new corners and another colour."""

    PARTS = re.compile(r'(<g><path d=")[^"]*("[^>]*style="fill: )([^;"]*)([^>]*></g>)')

    def pose(self, bar):
        (*color, alpha), hatch = bar.get_facecolor(), bar.get_hatch()
        # Of nothing and of black the markup names no colour, and a bar that is turned has other corners.
        has_color = alpha > 0 and any(color)
        plain = has_color and not bar.get_angle()
        if not plain or self.space.matrix(bar.get_data_transform()) is None:
            return None
        left, low, right, high = corners = self._corners_of(bar)
        if not all(map(math.isfinite, corners)):
            return None
        edge = bar.get_edgecolor(), bar.get_linewidth(), bar.get_linestyle()
        is_cut = self.is_cut(bar, reach_over([(left, low), (right, high)]), bar.get_linewidth() if edge[0][3] else 0)
        inside = hatch and (*color,), bar.get_alpha(), bar.get_fill(), bar.get_clip_on(), is_cut
        return alpha, hatch, *inside, *edge

    def _corners_of(self, bar):
        """Return two opposite corners of a bar, (x, y, x, y) in points, y up."""
        (a, _, c), (_, b, d) = self.space.matrix(bar.get_data_transform())
        x, y = bar.get_xy()
        left, low = a * x + c, b * y + d
        return left, low, a * bar.get_width() + left, b * bar.get_height() + low

    def cut(self, bar, drawn):
        return self.PARTS.fullmatch(slim(drawn)).groups()

    def fill(self, frame, bar):
        before, middle, fill, after = frame
        left, low, right, high = self._corners_of(bar)
        left, right = point(left), point(right)
        low, high = point(self.space.height - low), point(self.space.height - high)
        color = fill if fill.startswith("url") else rgb2hex(bar.get_facecolor())  # a hatch brings its colour with it
        corners = f"M {left} {low} L {right} {low} L {right} {high} L {left} {high} z"
        return f"{before}{corners}{middle}{color}{after}"


class LineStencil(Stencil):
    """Lines: a few markers at new places; of any other line the points belong to the pose, as it may lie so again."""

    PARTS = re.compile(r'(<g><path d=")M \S+ \S+ ([^"M]*[^"M ])[^"]*("[^>]*></g>)')

    def pose(self, line):
        spots = self._spots_of(line)
        points = len(spots) if spots else hashlib.blake2b(line.get_xydata().tobytes(), digest_size=16).digest()
        marker = line.get_marker(), line.get_markersize(), line.get_markeredgewidth(), line.get_markevery()
        colors = line.get_color(), line.get_markerfacecolor(), line.get_markeredgecolor(), line.get_alpha()
        look = line.get_linestyle(), line.get_linewidth(), line.get_drawstyle(), line.get_fillstyle()
        is_cut = spots and self.is_cut(line, reach_over(spots), reach_of(line))
        return points, str((marker, colors, look, line.get_clip_on(), is_cut))

    def cut(self, line, drawn):
        return self.PARTS.fullmatch(slim(drawn)).groups() if self._spots_of(line) else slim(drawn)

    def fill(self, frame, line):
        if isinstance(frame, str):
            return frame
        before, shape, after = frame
        places = ((x, self.space.height - y) for x, y in self._spots_of(line))
        return f"{before}{placed(shape, places)}{after}"

    def _spots_of(self, line):
        """Return the places of a few markers that all lie inside of the panel; None for other lines."""
        points, matrix = line.get_xydata(), self.space.matrix(line.get_transform())
        if line.get_linestyle() != "None" or matrix is None or line.get_markevery() is not None:
            return None
        if not 0 < len(points) <= MOST_SPOTS:
            return None
        (a, b, c), (d, e, f) = matrix
        spots = [(a * x + b * y + c, d * x + e * y + f) for x, y in points.tolist()]
        inside = all(0 <= x <= self.space.width and 0 <= y <= self.space.height for x, y in spots)
        return spots if inside else None


class Pen:
    """Draws artists of one panel, each to a markup of its own."""

    kept = 8  # poses of each artist

    def __init__(self, panel):
        self.space = Space(panel)
        self._texts = TextStencil(self.space)
        self._stencils = {Rectangle: BarStencil(self.space), Line2D: LineStencil(self.space)}
        self._defined = {}  # id -> clip path or hatch
        self._frames = {}  # name -> {pose: what a stencil has cut}

    @property
    def definitions(self):
        return f"<defs>{''.join(self._defined.values())}</defs>"

    def draw(self, artists):
        """Return {name: SVG markup}, and add what the artists refer to to `definitions`."""
        markup, undrawn = {}, {}
        for name, artist in artists.items():
            if not artist.get_visible():
                markup[name] = ""
                continue
            pose = self._pose_of(artist)
            frame = pose and self._frames.get(name, {}).get(pose)
            if frame:
                markup[name] = self._stencil_of(artist).fill(frame, artist)
            else:
                undrawn[name] = pose
        if undrawn:
            with pen_style(), any_script():
                self._draw_whole(undrawn, artists, markup)
        for artist in artists.values():
            artist.stale = False
        return markup

    def _stencil_of(self, artist):
        # A subclass of a bar or a line may draw itself in another way; an annotation is a text and an arrow.
        return self._texts if isinstance(artist, Text) else self._stencils.get(type(artist))

    def _pose_of(self, artist):
        stencil = self._stencil_of(artist)
        return stencil and stencil.pose(artist)

    def _draw_whole(self, poses, artists, markup):
        """Have matplotlib draw the artists of `poses`, {name: pose}, into `markup`."""
        buffer = io.StringIO()
        renderer = Renderer(self.space.width, self.space.height, buffer)
        renderer.writer.flush()
        for name, pose in poses.items():
            artist, start = artists[name], buffer.tell()
            with spelling(artist, TextStencil.WORD) if pose and isinstance(artist, Text) else contextlib.nullcontext():
                artist.draw(renderer)
            renderer.writer.flush()
            drawn = COUNTED.sub("", buffer.getvalue()[start:]).strip()
            if not pose:
                markup[name] = slim(drawn)
                continue
            stencil, frames = self._stencil_of(artist), self._frames.setdefault(name, {})
            frames[pose] = stencil.cut(artist, drawn)
            markup[name] = stencil.fill(frames[pose], artist)
            if len(frames) > self.kept:
                del frames[next(iter(frames))]
        # Writing the hatches out takes as long as all else, so it is done when one is new.
        if any(used not in self._defined for name in poses for used in USED.findall(markup[name])):
            renderer.finalize()
            self._defined |= {found["id"]: found["all"] for found in CLIP_OR_HATCH.finditer(buffer.getvalue())}


def slim(drawn):
    """Return matplotlib's markup in half the bytes, with its words as they are.

    It has two decimals of a point, which no eye tells from six, no white space between tags, and nothing that the
    document says once.

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
