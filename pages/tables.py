"""What an explorer shows, drawn ahead: a table from which a page answers where no kernel runs.

A table holds the pictures of many settings. Each distinct fragment of a picture stands in it once, as a skeleton, which
fragments share, and the numbers and colours in it, which are columns of integers. `table.js` reads it.
"""

import ast
import contextlib
import gzip
import io
import itertools
import json
import math
import random
import re
from typing import NamedTuple

import numpy as np

from helpers.live import Explorer
from helpers.live.pen import pen_style


class Extent(NamedTuple):
    """How much of an explorer's settings is drawn."""

    whole: int = 4_000  # settings up to which all are
    sweep: int = 401  # values of a slider that moves alone, with the options that it starts with
    coarse: int = 41  # and with others
    paired: int = 20_000  # settings for pairs of sliders, on the finest grid that fits into them
    typed: int = 1_000_000  # texts that can be typed into a box: all, but for tests and where the table is too large


# The first that fits is taken. What has no place even in the last keeps its still picture.
EXTENTS = (
    Extent(),
    Extent(sweep=101, coarse=9, paired=5_000),
    Extent(whole=400, sweep=9, coarse=3, paired=300, typed=20),
)
BRIEF = (Extent(whole=60, sweep=3, coarse=2, paired=40, typed=3),)  # for tests
STATES, BYTES = 45_000, 1_500_000  # settings of a table, and its size as it is sent
# Values of a slider that moves while another stands elsewhere, and of that other.
GRIDS = (3, 2), (5, 3), (9, 9), (21, 9), (41, 9), (61, 9), (81, 9), (101, 9), (101, 15), (101, 21), (201, 41)
REMEMBERED = 1_000  # poses of each line: those of the finest slider, and then some
MARKED = re.compile(r"#[0-9a-f]{6}\b|(?<![\w.#])\d+(?:\.\d+)?")

# Where lessons send a reader beyond one control at a time: every slider moves alone from there as well.
PLACES = {
    "row_loss": [
        {"cat": 0.0},
        {"cat": 0.0, "cow": 0.0},
        {"cat": 0.0, "cow": 0.0, "zebra": 0.0},
        {"cat": 0.0, "cow": 0.0, "zebra": 0.0, "dog": 10.0},
        {"dog": 10.0},
    ],
    "loss_floor": [
        {"loss": "1.3863"},  # the front page: four classes at chance
        {"loss": "0.6931", "accuracy": "50 %"},
        {"loss": "0.6931", "accuracy": "95 %"},
        {"loss": "0.8133", "num_classes": "5"},
        {"num_classes": "4"},
    ],
    "float_microscope": [{"x": -16.0}, {"x": 15.94}, {"x": 17.0}, {"x": 15.5}],
    "label_loss": [{"zebra": 17.0}],
    "bayes": [{"prior": 0.1}, {"spread": 2.0}, {"spread": 2.0, "x": -4.0}],
    "contrast": [
        {"matching": 0.8},
        {"matching": 0.8, "one": 0.9},
        {"matching": 0.8, "one": 0.9, "loss": "sigmoid of each pair"},
    ],
    "there_and_back": [{"x": 6.25}, {"x": 6.5}],
    "sampler": [{"top_p": 1.0, "min_p": 0.1}],
}
# What is drawn of controls in which a reader can type any text: products of texts, the others as they start.
CLASSES = [2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 1_000]
FLOORS = sorted({floor(k) for k in CLASSES for floor in (math.log, lambda k: math.log(math.e + k - 1) - 1)})
LARGE = [9.2103, 10.3735, 10.8249, 11.7616, 11.9312, 27.631]  # of vocabularies, and of a clip at 1e-12
K = ["", "1", *map(str, CLASSES)]
ACCURACY = ["", "0.1", "0.25", "0.5", "50 %", "0.9", "95 %", "0.98", "99 %", "1", "100 %"]
LOSSES = [*(f"{k / 100:.2f}" for k in range(701)), *(f"{k / 10:.1f}" for k in range(-50, 130))]
LOSSES += [f"{x:.{digits}f}" for x in (*FLOORS, *LARGE) for digits in (1, 2, 3, 4)]
LOSSES += [*map(str, range(101)), "0.7437", "2.2053", "-0.5", "-1", "nan", "inf"]
KNOWN = list(dict.fromkeys(f"{x:.{digits}f}" for x in FLOORS for digits in (2, 4)))
TYPED = {
    "loss_floor": [
        {"loss": LOSSES, "num_classes": K},
        {"loss": LOSSES, "accuracy": ACCURACY},
        {"loss": KNOWN, "num_classes": K, "accuracy": ACCURACY},
        {"loss": KNOWN, "num_classes": K, "smoothing": ["0.05", "0.1", "0.2"]},
        {"loss": KNOWN, "num_classes": ["", "1"], "share": ["0", "1", "10", "25", "30", "50", "100"]},
        {"loss": KNOWN, "mistake": None},  # all that there are
    ]
}


# --- the engine, as far as a table knows it ---


def started(code):
    """Return what the last line of a notebook's code gives."""
    *before, last = ast.parse(code).body
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(ast.Module(before, []), "<cells>", "exec"), names)
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def settings_of(control):
    """Return every value that a reader can give a control other than one for texts."""
    spec = control.page()
    if spec["kind"] == "checkbox":
        return [False, True]
    if "texts" in spec:
        return list(control.options)
    step = spec["step"] or (spec["max"] - spec["min"]) / 400
    count = round((spec["max"] - spec["min"]) / step)
    return [control.check(control.at(round(spec["min"] + k * step, 9))) for k in range(count + 1)]


# --- which settings ---


def thinned(values, most, keep):
    """Return at most `most` of the values, evenly spread, the ends with them, and those to `keep`."""
    step = max(1, math.ceil((len(values) - 1) / (most - 1)))
    some = {*values[::step], values[-1], *(value for value in keep if values[0] <= value <= values[-1])}
    return sorted(some)


def space(explorer, extent, places=(), typed=()):
    """Return the settings to draw, dicts by name, as Python has each after the move to it; None if too many."""
    some = Space(explorer, extent, places)
    some.add(some.start)
    if not typed and math.prod(map(len, some.everything.values())) <= extent.whole:
        some.add_all()
        return list(some.found.values())
    some.add_typed(typed)
    bases = some.add_options()
    if bases is None:
        return None
    some.add_places()
    pairs = list(itertools.permutations(some.sliders, 2))
    if len(some.found) > STATES - (extent.paired if pairs else 0):
        return None
    some.add_pairs(bases, pairs)
    return list(some.found.values())


class Space:
    """Settings of an explorer, which are added to `found`.

    Parameters
    ----------
    explorer : Explorer
    extent : Extent
    places : settings that a lesson sends a reader to, as dicts of what is other than at the start
    """

    def __init__(self, explorer, extent, places):
        self.explorer, self.extent, self.places = explorer, extent, places
        self.start, self.found = explorer.values, {}
        kinds = {name: control.page()["kind"] for name, control in explorer.kinds.items()}
        self.everything = {
            name: [self.start[name]] if kinds[name] == "text" else settings_of(control)
            for name, control in explorer.kinds.items()
        }
        self.sliders = [name for name, kind in kinds.items() if kind in ("range", "number")]
        self.options = [name for name in kinds if name not in self.sliders]
        self.reached = {  # a slider can come to where another starts, or a place asks for it
            name: {self.start[name], *(each[name] for each in places if name in each)}
            | {each for each in self.everything[name] if each in self.start.values()}
            for name in self.sliders
        }

    def add(self, values, **moves):
        """Add and return the setting to which these moves, one after the other, lead from `values`."""
        for name, value in moves.items():
            values = self.explorer.follow(name, {**values, name: value})
        self.found[tuple(values.values())] = values
        return values

    def add_all(self):
        """Add every setting, come to by a move of each control, for others may follow it."""
        for each in itertools.product(*self.everything.values()):
            values = dict(zip(self.everything, each))
            for name, value in values.items():
                self.add(values, **{name: value})

    def add_typed(self, grids):
        """Add the products of texts that can be typed: each grid has the texts by name, or None for all."""

        def some(name, values):
            wanted = {values.index(each[name]) for each in (self.start, *self.places) if each.get(name) in values}
            return [values[k] for k in thinned(range(len(values)), self.extent.typed, wanted)]

        for grid in grids:
            columns = (some(name, values or self.everything[name]) for name, values in grid.items())
            for each in itertools.product(*columns):
                self.add(self.start, **dict(zip(grid, each)))

    def sweep(self, name, most):
        """Return at most `most` values of a slider, and those among them that are `reached`."""
        values, begins = self.everything[name], self.start[name]
        if not hasattr(self.explorer.kinds[name], "at"):  # a slider of options
            return [values[k] for k in thinned(range(len(values)), most, {values.index(begins)})]
        return thinned(values, most, self.reached[name] if most > self.extent.coarse else {begins})

    def add_options(self):
        """Add every choice of options with each slider moved alone.

        Return the settings with at most one option other than at the start; None if all these are too many.
        """
        bases = []
        for chosen in itertools.product(*(self.everything[name] for name in self.options)):
            changed = {name: value for name, value in zip(self.options, chosen) if value != self.start[name]}
            values = self.add(self.start, **changed)
            if len(changed) < 2:
                bases.append(values)
            if len(self.found) > STATES:
                return None
            for name in self.sliders:
                for each in self.sweep(name, self.extent.sweep if len(changed) < 2 else self.extent.coarse):
                    self.add(values, **{name: each})
        return bases

    def add_places(self):
        """Add what each control moved alone comes to from each place."""
        for place in self.places:
            for name in self.explorer.kinds:
                values = self.sweep(name, self.extent.sweep) if name in self.sliders else self.everything[name]
                for each in values:
                    self.add({**self.start, **place}, **{name: each})

    def add_pairs(self, bases, pairs):
        """Add the settings of two sliders that are moved, on the finest grid of which there are not too many."""
        alone = len(self.found)
        for fine, coarse in GRIDS:
            before = dict(self.found)
            for values, (moved, other) in itertools.product(bases, pairs):
                if not {moved, other} & {*self.explorer.idle(values)}:
                    for each, that in itertools.product(self.sweep(moved, fine), self.sweep(other, coarse)):
                        self.add(values, **{other: that, moved: each})
            if len(self.found) - alone > self.extent.paired:
                self.found = before
                return


def couplings(explorer, states):
    """Return {mover: (what its followers depend on, {their values: {follower: value}})}, in page values.

    What followers depend on is found by looking at some moves: the fewest controls that tell every outcome apart.
    A move begins where no control contradicts another, and ends elsewhere: what stays where it is moves nothing.
    """
    names, chance = list(explorer.controls), random.Random(0)
    domains = {name: list(dict.fromkeys(each[name] for each in states)) for name in names}
    result, some = {}, []
    for _ in range(4_000):
        each = {name: chance.choice(domain) for name, domain in domains.items()}
        for name in chance.sample(names, len(names)):
            each = explorer.follow(name, each)
        some += [each, chance.choice(states)]
    for at, name in enumerate(names):
        moved = [(was, {**was, name: chance.choice(domains[name])}) for was in some]
        rows = [(asked, explorer.follow(name, asked)) for was, asked in moved if asked[name] != was[name]]
        followers = [each for each in names if any(after[each] != asked[each] for asked, after in rows)]
        if followers:
            others = [each for each in names if each != name]
            sets = ([name, *more] for size in range(len(names)) for more in itertools.combinations(others, size))
            on = next(each for each in sets if not conflicts(rows, each, followers))
            table = outcomes(explorer, on, followers, moves_to_store(on, domains[name], states))
            result[at] = {"on": [names.index(each) for each in on], "table": table}
    return result


def moves_to_store(on, domain, states):
    """Return settings with all values of the controls `on`, of which the first is moved over its whole domain."""
    stored = {tuple(state[each] for each in on): state for state in states}
    if len(stored) * len(domain) >= 20_000:
        return stored.values()
    moved = {
        (value, *place[1:]): {**state, on[0]: value}
        for place, state in stored.items()
        for value in domain
        if value != place[0]  # or a setting that stays as it is would be taken for a move to it
    }
    return {**stored, **moved}.values()


def outcomes(explorer, on, followers, settings):
    """Return {the values of the controls `on`, as JSON: {follower: the value it goes to}}, once the first is moved."""
    names, controls, table = list(explorer.controls), explorer.kinds, {}
    for values in settings:
        after = explorer.follow(on[0], values)
        key = json.dumps([page(controls, each, values) for each in on], separators=(",", ":"))
        table[key] = {names.index(each): page(controls, each, after) for each in followers}
    return table


def conflicts(rows, on, followers):
    """Return whether two rows that agree in the controls `on` differ in what the followers do."""
    seen = {}
    return any(
        seen.setdefault(tuple(asked[each] for each in on), outcome) != outcome
        for asked, after in rows
        for outcome in [tuple(after[each] for each in followers)]
    )


def page(controls, name, values):
    """Return the value of a control as the page has it: 2 for 2.0, as JavaScript writes it."""
    value = controls[name].to_page(values[name])
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- how they are written ---


class Columns:
    """Columns of integers, one after the other in bytes, and what is needed to make text of them again."""

    def __init__(self):
        self.bytes, self.parts = bytearray(), []

    def add(self, texts):
        """Write a column of texts, as colours, as decimals or as places in a pool of texts, and return its number."""
        texts = [*texts]
        if all(each.startswith("#") for each in texts):
            return self.write([int(each[1:], 16) for each in texts], {"hex": 1})
        digits = max(len(each.partition(".")[2]) for each in texts)
        numbers = [whole(each, digits) for each in texts]
        if None not in numbers and max(map(abs, numbers)) < 2**31:
            spelled = [f"{each / 10**digits:.{digits}f}" for each in numbers]
            if spelled == texts:
                return self.write(numbers, {"digits": digits})
            if 1 <= digits <= 4 and [each.rstrip("0").rstrip(".") for each in spelled] == texts:
                return self.write(numbers, {"digits": digits, "trim": 1})
        pool = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        return self.write([pool[text] for text in texts], {"pool": list(pool)})

    def write(self, numbers, told):
        """Write the differences of a column of integers, the low bytes of all first, and return its number."""
        values = np.asarray(numbers, dtype=np.int64)
        steps = np.diff(values, prepend=0)
        steps = np.where(steps < 0, -2 * steps - 1, 2 * steps)  # small ones of either sign are small
        width = max(1, (int(steps.max()).bit_length() + 7) // 8)
        for k in range(width):
            self.bytes += ((steps >> (8 * k)) & 255).astype(np.uint8).tobytes()
        self.parts.append({"length": len(values), "width": width, **told})
        return len(self.parts) - 1


def whole(text, digits):
    """Return the number in a text, times ten for each of the digits; None where there is none."""
    before, _, behind = text.partition(".")
    return int(before + behind.ljust(digits, "0")) if before.lstrip("-").isdigit() else None


def write_artist(columns, fragments):
    """Write the fragments that one artist has from setting to setting, and return where they are."""
    ids, shapes, shape_of = {}, {}, []
    for fragment in fragments:
        if fragment not in ids:
            ids[fragment] = len(ids)
            skeleton = tuple(MARKED.split(fragment))
            shapes.setdefault(skeleton, []).append(MARKED.findall(fragment))
            shape_of.append(list(shapes).index(skeleton) if len(shapes) > 1 else 0)
    told = []
    for skeleton, rows in shapes.items():
        pieces, holes = [skeleton[0]], []
        for texts, after in zip(zip(*rows), skeleton[1:]):
            if len(set(texts)) == 1:
                pieces[-1] += texts[0] + after
            else:
                holes.append(columns.add(texts))
                pieces.append(after)
        told.append([pieces, holes])
    return {
        "shapes": told,
        "shape": columns.write(shape_of, {}),
        "at": columns.write([ids[fragment] for fragment in fragments], {}),
    }


def drawn(code, extents=EXTENTS):
    """Return the table of the explorer that a notebook's code ends in; b"" if that is none, or too much for a table."""
    explorer = started(code)
    if isinstance(explorer, Explorer):
        name = code.splitlines()[-1].partition("(")[0]
        for extent in extents:
            states = space(explorer, extent, PLACES.get(name, ()), TYPED.get(name, ()))
            if states and len(table := packed(explorer, states)) <= BYTES:
                return table
    return b""


def packed(explorer, states):
    """Return the bytes of the table of these settings."""
    first = {name: each for name, each in explorer.state().items() if name != "style"}  # which the pages share
    names, controls = list(explorer.controls), explorer.kinds
    pictures = []
    explorer.picture.remember(REMEMBERED)
    with pen_style():
        for values in states:
            made = explorer.made(values)
            moving = [each for name, each in made.fragments.items() if not name.startswith("defs-")]
            reads = getattr(made.facts, "reads", ())  # the places of the lessons that an explorer names
            description = made.description
            if reads:  # its last line names them, too: the page has links instead
                description = description.rsplit("\n", 1)[0]
            pictures.append([*moving, description, json.dumps(made.disabled), json.dumps(reads)])
    definitions = {name: each for name, each in made.fragments.items() if name.startswith("defs-")}
    columns = Columns()
    texts = {
        at: list(dict.fromkeys(values[name] for values in states))
        for at, name in enumerate(names)
        if controls[name].page()["kind"] == "text"
    }
    numbers = [
        [texts[at].index(values[name]) if at in texts else +page(controls, name, values) for values in states]
        for at, name in enumerate(names)
    ]
    header = {
        "state": {**first, "fragments": definitions},
        "names": [name for name in made.fragments if name not in definitions],
        "texts": texts,
        "controls": [columns.add([*map(str, each)]) for each in numbers],
        "artists": [write_artist(columns, column) for column in zip(*pictures)],
        "couplings": couplings(explorer, states),
        "columns": columns.parts,
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return gzip.compress(len(text).to_bytes(4, "little") + text + bytes(columns.bytes), 9, mtime=0)
