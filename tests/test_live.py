"""The slider engine, with a picture of its own: moves, errors, what the page is told, and that nothing is left behind."""

import asyncio
import gc
import io
import math
import re
import threading
import weakref
from dataclasses import dataclass
from xml.etree import ElementTree

import IPython
import numpy as np
import pytest
import torch

from helpers.figures.picture import look
from helpers.live import Explorer, LivePicture, choice, numbers, slider, steps, switch
from helpers.live import explorer as explorer_module
from helpers.live import view as view_module
from helpers.live.view import View


@dataclass(frozen=True)
class Facts:
    total: float


def facts(a, b, double):
    if a == 3:
        raise ArithmeticError("three is broken")
    return Facts((a + b) * (2 if double else 1))


class Bar(LivePicture):
    def __init__(self):
        super().__init__()
        axes = self.panel()
        axes.set(xlim=(0, 1), ylim=(-50, 50))
        self.bar = self.moving("bar", axes.bar(0.5, 0, hatch="//")[0])
        self.text = self.moving("text", axes.text(0.1, 40, ""))
        self.still = self.moving("still", axes.text(0.1, 20, "x < y"))

    def update(self, facts):
        self.bar.set_height(facts.total)
        self.text.set_text(f"{facts.total:.1f}")


def describe(facts):
    return f"The total is {facts.total:.2f}."


def explorer(couple=None):
    controls = {"a": slider("a in m", 1, -10, 10), "b": numbers("b", 2, 0, 9), "double": switch("twice")}
    return Explorer("adder", controls=controls, facts=facts, picture=Bar, describe=describe, couple=couple)


@pytest.fixture
def shown():
    """An explorer with one view, and the list of the messages that go to the page."""
    made = explorer()
    made._repr_mimebundle_()
    (view,) = made._views
    view.send = (sent := []).append
    yield made, sent
    view.close()


async def ask_ahead(made, name):
    made.receive({"ahead": list(made.controls).index(name)})
    await asyncio.sleep(0.3)


class TestControls:
    @pytest.mark.parametrize(
        "make, message",
        [
            (lambda: slider("cat", 11, -10, 10), "cat: got 11, want a finite number from -10 to 10"),
            (lambda: slider("cat", float("nan"), -10, 10), "cat: got nan, want a finite number"),
            (lambda: slider("cat", float("inf"), -10, 10), "cat: got inf, want a finite number"),
            (lambda: numbers("row", 1.5, 0, 9), "row: got 1.5, want a whole number from 0 to 9"),
            (lambda: numbers("row", 10, 0, 9), "row: got 10, want a whole number from 0 to 9"),
            (lambda: choice("dtype", "int8", ["float16", "float32"]), "dtype: got 'int8', want one of"),
            (lambda: steps("odds", 3, [("1 : 1", 1), ("2 : 1", 2)]), "odds: got 3, want one of"),
            (lambda: switch("true", 1), "true: got 1, want True or False"),
        ],
    )
    def test_a_bad_default_is_refused_by_name(self, make, message):
        with pytest.raises(ValueError, match=message.replace("[", r"\[")):
            make()

    @pytest.mark.parametrize(
        "make, refused",
        [
            (lambda value: slider("x", value, 0, 9, argument="wide"), [-0.01, 9.01, True, "1", None, torch.ones(1)]),
            (
                lambda value: numbers("x", value, 0, 9, argument="wide"),
                [-1, 10, 0.5, True, "1", math.nan, torch.ones(1)],
            ),
            (lambda value: choice("x", value, [0, 1], argument="wide"), [2, 0.5, True, None, [1], torch.tensor(True)]),
        ],
    )
    def test_what_is_no_such_value_is_refused_by_the_arguments_name(self, make, refused):
        control = make(1)
        for value in refused:
            with pytest.raises(ValueError, match=r"^wide: got .*, want "):
                control.value = value
            with pytest.raises(ValueError, match=r"^wide: got .*, want "):
                make(value)
        assert control.value == 1

    @pytest.mark.parametrize(
        "make",
        [
            lambda value: slider("x", value, 0, 9),
            lambda value: numbers("x", value, 0, 9),
            lambda value: choice("x", value, [0, 3, 9]),
            lambda value: steps("x", value, [("none", 0), ("three", 3), ("nine", 9)]),
        ],
    )
    def test_a_number_in_any_form_up_to_the_limits_becomes_a_plain_one(self, make):
        for value in (0, 9, 3.0, np.int64(3), np.float32(3), np.array(3), torch.tensor(3), torch.tensor(3.0)):
            control = make(value)
            assert control.value == int(value) and type(control.value) in (int, float)

    def test_a_refusal_lists_few_options_and_counts_many(self):
        with pytest.raises(ValueError, match=r"got -1, want one of \[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\]$"):
            choice("x", -1, range(14))
        with pytest.raises(ValueError, match="x: got -1, want one of the 15 from 0 on$"):
            choice("x", -1, range(15))

    def test_the_page_has_an_option_by_its_place(self):
        for make in (choice, steps):
            control = make("odds", 2, [("1 : 1", 1), ("2 : 1", 2)])
            assert control.to_page(2) == 1 and control.from_page(0) == 1

    @pytest.mark.parametrize(
        "make, page",
        [
            (lambda: slider("x", 0, -10, 9), dict(kind="range", min=-10, max=9, step=0.01, digits=2)),
            (lambda: slider("x", 0, -1, 1, 5e-4, ".4f"), dict(kind="range", min=-1, max=1, step=5e-4, digits=4)),
            (lambda: numbers("x", 0, 0, 9), dict(kind="range", min=0, max=9, step=1, digits=0)),
            (lambda: choice("x", 1, [1, ("two", 2)]), dict(kind="select", texts=["1", "two"])),
            (lambda: steps("x", 1, [1, ("two", 2)]), dict(kind="range", min=0, max=1, step=1, texts=["1", "two"])),
            (lambda: switch("x"), dict(kind="checkbox")),
        ],
    )
    def test_the_page_is_told_how_to_show_it(self, make, page):
        assert make().page() == page

    def test_a_switch_is_off_at_first(self):
        assert switch("x").value is False

    def test_steps_stay_inside_the_limits(self):
        assert slider("cat", 9.98, -10, 10).steps(1) == [9.99, 10, 9.97, 9.96]
        assert slider("cat", -9.98, -10, 10).steps(1) == [-9.97, -9.96, -9.95, -9.94, -9.93, -9.92, -9.99, -10]
        assert numbers("row", 0, 0, 9).steps(-1) == [1, 2]
        assert switch("true").steps(1) == [True]

    def test_steps_over_options_go_on_as_the_last_move_did(self):
        odds = steps("odds", 5, range(9))
        assert odds.steps(1) == [6, 7, 8, 4, 3] and odds.steps(-1) == [4, 3, 2, 1, 0, 6, 7]
        assert choice("dtype", "b", "abc").steps(1) == ["a", "c"]
        assert choice("dtype", 0, range(99)).steps(1) == [1, 2, 3, 4, 5, 6, 7, 8]  # no more than a slider makes


class TestMoves:
    def test_a_move_changes_facts_picture_and_sentence(self):
        made = explorer()
        made.controls["a"].value = 5
        assert made.facts.total == made.picture.bar.get_height() == 7
        assert made.describe() == "The total is 7.00." and made.picture.text.get_text() == "7.0"

    def test_set_is_one_move(self, shown):
        made, sent = shown
        made.set(a=4, b=3, double=True)
        assert made.describe() == "The total is 14.00."
        assert [message["values"] for message in sent] == [[4, 3, True]]

    def test_an_unknown_control_is_refused(self):
        with pytest.raises(KeyError, match="c: adder has no such control"):
            explorer().set(c=1)

    def test_reset(self):
        made = explorer()
        made.set(a=-7, b=9, double=True)
        made.reset()
        assert made.values == {"a": 1, "b": 2, "double": False} and made.describe() == "The total is 3.00."

    def test_coupled_controls_follow_the_moved_one_and_not_a_reset(self):
        made = explorer(couple=lambda moved, values: {"b": 9 - round(values["a"])} if moved == "a" else {})
        made.controls["a"].value = 5
        assert made.values["b"] == 4
        made.reset()
        assert made.values == {"a": 1, "b": 2, "double": False}

    def test_names_of_moving_artists_are_unique(self):
        picture = Bar()
        with pytest.raises(ValueError, match="name: got 'bar' a second time"):
            picture.moving("bar", picture.bar)


class TestPage:
    def test_only_what_changed_is_sent(self, shown):
        made, sent = shown
        made.controls["a"].value = 5
        assert set(sent[0]["fragments"]) == {"bar", "text"}
        assert sent[0]["description"] == "The total is 7.00." and sent[0]["error"] == ""

    def test_a_move_of_the_page(self, shown):
        made, sent = shown
        made._views[0]._handle_custom_msg({"values": [5, 2, True]}, [])
        assert made.values == {"a": 5, "b": 2, "double": True} and len(sent) == 1
        assert sent[0]["values"] == [5, 2, True] and ">14.0<" in sent[0]["fragments"]["text"]

    def test_the_state_opens_a_page_as_the_explorer_is_by_then(self, shown):
        made, _ = shown
        made.controls["a"].value = 6
        state = made._views[0].get_state()["state"]
        assert state["values"] == [6, 2, False] and state["defaults"] == [1, 2, False]
        assert state["description"] == "The total is 8.00." and ">8.0<" in state["fragments"]["text"]
        assert 'id="bar"' in state["panels"][0] and "x &lt; y" in state["fragments"]["still"]
        assert [each["kind"] for each in state["controls"]] == ["range", "range", "checkbox"]

    def test_pictures_made_ahead_are_those_of_the_moves(self, shown):
        made, sent = shown

        async def page():
            made.receive({"values": [5, 2, False]})
            await asyncio.sleep(0.3)

        asyncio.run(page())
        move, *ahead = sent
        assert [message["values"][0] for message in ahead] == [5.01, 5.02, 5.03, 5.04, 5.05, 5.06, 4.99, 4.98]
        assert all(message["ahead"] for message in ahead)
        assert (
            made.values["a"] == 5 and made.picture.text.get_text() == "7.0" and made.describe() == "The total is 7.00."
        )
        made.controls["a"].value = 5.06
        assert ahead[5]["fragments"] == {**ahead[5]["fragments"], **sent[-1]["fragments"]}
        assert ahead[5]["description"] == sent[-1]["description"]

    def test_pictures_made_ahead_follow_the_coupling(self, shown):
        made, sent = shown
        made._couple = lambda moved, values: {"b": 0 if values["double"] else 9} if moved == "double" else {}
        asyncio.run(ask_ahead(made, "double"))
        (ahead,) = sent
        assert ahead["values"] == [1, 2, True] and ahead["description"] == "The total is 2.00."
        assert made.values == {"a": 1, "b": 2, "double": False}

    @pytest.mark.parametrize(
        "kept, moves, again",
        [
            (2, [{"double": True}, {"double": False}], False),
            (1, [{"double": True}, {"double": False}], True),
            (2, [{"double": True}, {"b": 3}, {"b": 2}, {"double": False}], False),  # the oldest is dropped
        ],
    )
    def test_a_picture_is_made_again_only_if_the_page_has_dropped_it(self, shown, monkeypatch, kept, moves, again):
        monkeypatch.setattr(explorer_module, "KEPT", kept)
        made, sent = shown
        for move in moves:
            made.set(**move)
        del sent[:]
        asyncio.run(ask_ahead(made, "double"))
        assert [message["values"] for message in sent] == again * [[1, 2, True]]

    def test_both_sides_count_on_the_same_number_of_pictures(self):
        assert f"const KEPT = {explorer_module.KEPT};" in View._esm

    def test_a_move_stops_what_is_made_ahead(self, shown):
        made, sent = shown

        async def page():
            made.receive({"ahead": 0})
            made.receive({"values": [9, 2, False]})
            made.receive({"values": [-9, 2, False]})
            await asyncio.sleep(0.3)

        asyncio.run(page())
        assert [message["values"][0] for message in sent] == [
            9,
            -9,
            -9.01,
            -9.02,
            -9.03,
            -9.04,
            -9.05,
            -9.06,
            -8.99,
            -8.98,
        ]

    def test_what_is_shown_carries_widget_picture_and_words(self):
        made = explorer()
        data, metadata = made._repr_mimebundle_()
        assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
        assert data["text/plain"] == metadata["image/png"]["alt"] == "The total is 3.00."
        made._views[0].close()


class TestNeverSilent:
    def test_an_error_names_explorer_and_setting_and_leaves_the_last_picture(self, shown):
        made, sent = shown
        made.controls["a"].value = 5
        before = made.picture.markup()
        with pytest.raises(ArithmeticError):
            made.controls["a"].value = 3
        assert made.error == "adder at a=3.0, b=2, double=False: ArithmeticError: three is broken"
        assert sent[-1]["error"] == made.error and sent[-1]["fragments"] == {}
        assert made.picture.markup() == before and made.describe() == sent[-1]["description"] == "The total is 7.00."

    def test_the_next_good_value_recovers(self, shown):
        made, sent = shown
        with pytest.raises(ArithmeticError):
            made.controls["a"].value = 3
        made.controls["a"].value = 4
        assert made.error == sent[-1]["error"] == "" and made.describe() == "The total is 6.00."

    def test_an_error_in_a_move_of_the_page_is_shown_too(self, shown):
        made, sent = shown
        with pytest.raises(ArithmeticError):
            made.receive({"values": [3, 2, False]})
        assert sent[-1]["error"].startswith("adder at a=3.0")
        with pytest.raises(ValueError):
            made.receive({"values": [30, 2, False]})
        assert "a in m: got 30, want a finite number from -10 to 10" in sent[-1]["error"]

    @pytest.mark.parametrize("part", ["update", "describe", "couple"])
    def test_an_error_in_any_part_is_shown(self, shown, part):
        made, sent = shown

        def broken(*args):
            raise RuntimeError("injected")

        if part == "update":
            made.picture.update = broken
        else:
            setattr(made, f"_{part}", broken)
        with pytest.raises(RuntimeError):
            made.controls["a"].value = 5
        assert sent[-1]["error"] == "adder at a=5.0, b=2, double=False: RuntimeError: injected"

    def test_an_error_at_once_is_raised_in_the_cell(self):
        with pytest.raises(ArithmeticError):
            Explorer("adder", controls={"a": slider("a", 3, 0, 9), "b": numbers("b", 2, 0, 9), "double": switch("twice")},
                     facts=facts, picture=Bar, describe=describe)  # fmt: skip


class Shell:
    """A kernel's shell, as far as a view asks it which cell runs and what it keeps of the cells that ran."""

    def __init__(self):
        self.user_ns = {"Out": {}}
        self.runs = 0

    def run(self, cell, *results):
        """Show the results in the cell, as IPython does: the last is kept in `Out` and under a name."""
        self.cell, self.runs = cell, self.runs + 1
        for each in results:
            each._repr_mimebundle_()
        self.user_ns.get("Out", {})[self.runs] = self.user_ns[f"_{self.runs}"] = results[-1]

    def get_parent(self):
        return {"metadata": {"cellId": self.cell} if self.cell else {}, "header": {"msg_id": self.runs}}

    def del_var(self, name, by_name=False):
        assert by_name  # else IPython looks for all names of a value of this name
        del self.user_ns[name]


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: made)
    monkeypatch.setattr(view_module, "_shown", {})
    return made


class TestViewsOfACell:
    def test_two_explorers_of_one_cell_stay_and_other_cells_too(self, shell):
        one, other, third = explorer(), explorer(), explorer()
        shell.run("one", one, other)
        shell.run("two", third)
        assert len(one._views) == len(other._views) == len(third._views) == 1
        shell.run("one", third)
        assert not one._views and not other._views and len(third._views) == 2

    def test_without_a_cells_name_nothing_is_closed(self, shell):
        made = explorer()
        shell.run(None, made)
        shell.run(None, made)
        assert len(made._views) == 2

    def test_what_a_cell_showed_is_forgotten_when_it_runs_again_unless_it_is_shown_elsewhere(self, shell):
        gone, kept, again = explorer(), explorer(), explorer()
        shell.run("one", gone)
        shell.run("two", kept)
        shell.run("three", kept)
        shell.run("four", again)
        for cell in ("one", "two", "four"):
            shell.run(cell, again)
        assert shell.user_ns["Out"] == {2: kept, 3: kept, 4: again, 5: again, 6: again, 7: again}
        assert [name for name in shell.user_ns if name != "Out"] == ["_2", "_3", "_4", "_5", "_6", "_7"]

    def test_a_reader_may_have_deleted_out(self, shell):
        one, other = explorer(), explorer()
        shell.run("one", one)
        del shell.user_ns["Out"]
        shell.run("one", other)
        assert not one._views and len(other._views) == 1

    def test_an_explorer_that_nobody_shows_is_collected(self):
        gone = weakref.ref(explorer())
        gc.collect()
        assert gone() is None


SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


class Scene(LivePicture):
    """Two panels with everything that an artist's markup may hold or refer to."""

    def __init__(self):
        super().__init__()
        left, right = self.panel(), self.panel(3, 3.6)
        for axes in (left, right):
            axes.set(xlim=(0, 9), ylim=(0, 9))
        left.set_title("a < b")
        self.bar = self.moving("z-bar", left.bar(1, 5, hatch="//", color="tan", zorder=1)[0])
        self.texts = self.moving("text", [left.text(5, n, "lp", zorder=2) for n in range(7)])
        self.line = self.moving("line", left.plot([2, 4], [1, 8], marker="o", zorder=4)[0])
        self.hidden = self.moving("hidden", left.text(7, 8, "lp", visible=False, zorder=3))
        self.dots = self.moving("dots", right.plot([2, 4], [1, 8], "s")[0])
        self.freeze()


def composed(picture):
    """Return the panels' SVG documents with the artists' markup in its places, as the page puts them together."""
    markup, documents = picture.markup(), []
    for document in picture.svgs():
        for name, each in markup.items():
            document = document.replace(f'<g id="{name}"></g>', f'<g id="{name}">{each}</g>')
        documents.append(document)
    return documents


def saved(figure):
    """Return what matplotlib itself makes of the figure."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()


def painted(document):
    """Return what an SVG document paints, in any order, with what that refers to; group names and dates left out."""
    root = ElementTree.fromstring(document)
    defined = {each.get("id"): ElementTree.tostring(each).strip() for defs in root.iter(f"{SVG}defs") for each in defs}
    marks = []

    def collect(element, inherited):
        stray = f"{element.tail or ''}{len(element) and element.text or ''}"
        assert not stray.strip(), f"between the elements stands {stray!r}"
        attributes = {name: value for name, value in element.items() if name != "id"}
        used = re.findall(r"url\(#(\w+)\)", str(attributes)) + [attributes.get(XLINK, "#")[1:]]
        inherited += (*attributes.items(), *(defined[id] for id in used if id))
        if not len(element) and element.tag not in (f"{SVG}defs", f"{SVG}g", f"{SVG}style"):
            marks.append((element.tag, inherited, element.text))
        for child in element:
            if child.tag not in (f"{SVG}defs", f"{SVG}metadata"):
                collect(child, inherited)

    collect(root, ())
    return sorted(marks, key=str)


def assert_as_matplotlib_draws_it(picture):
    for ours, panel in zip(composed(picture), picture.panels, strict=True):
        assert painted(ours) == painted(saved(panel))


@pytest.fixture
def scene():
    with look():
        yield Scene()


class TestPicture:
    def test_a_panel_has_the_size_asked_for_and_its_own_artists_the_lowest_first(self, scene):
        left, right = (ElementTree.fromstring(each) for each in scene.svgs())
        assert (left.get("width"), left.get("height")) == ("345.6pt", "259.2pt")  # 4.8 by 3.6 inches
        assert (right.get("width"), right.get("height")) == ("216pt", "259.2pt")
        assert Bar().panel(3, 2).figure.get_size_inches().tolist() == [3, 2]
        texts = [f"text-{n}" for n in range(7)]
        assert [each.get("id") for each in left if not len(each)][-11:] == ["defs-0", "z-bar", *texts, "hidden", "line"]
        assert [each.get("id") for each in right if not len(each)][-2:] == ["defs-1", "dots"]

    def test_two_runs_make_the_same_document(self, scene):
        assert "date>" not in "".join(scene.svgs())

    def test_a_move_paints_what_matplotlib_would(self, scene):
        assert_as_matplotlib_draws_it(scene)
        scene.bar.set(hatch="..", height=3)
        scene.line.set_data([1, 2, 3], [3, 2, 1])
        scene.dots.set(marker="^", clip_on=False)
        changes = dict(x=3, fontsize=20, color="red", alpha=0.5, rotation=90, ha="right", va="top")
        for text, (name, value) in zip(scene.texts, changes.items(), strict=True):
            text.set(**{name: value})
        scene.hidden.set_visible(True)
        assert_as_matplotlib_draws_it(scene)
        scene.hidden.set_visible(False)
        for text, words in zip(scene.texts, ["x < y", "", " ", "two\nlines", "$x^2$", "price in $", "−1"], strict=True):
            text.set(text=words, va="baseline")
        assert_as_matplotlib_draws_it(scene)
        scene.texts[0].set(text="boxed", bbox={"facecolor": "white"})
        assert_as_matplotlib_draws_it(scene)

    def test_a_hidden_artist_paints_nothing_and_what_was_hidden_stays_so(self, scene):
        assert scene.markup()["hidden"] == "" and not scene.hidden.get_visible() and scene.bar.get_visible()

    def test_what_did_not_change_is_not_drawn_again_nor_a_text_for_other_words(self, scene, monkeypatch):
        before = scene.markup()
        for artist in scene.artists.values():
            monkeypatch.setattr(artist, "draw", lambda renderer: pytest.fail("drawn again"))
        assert scene.markup() == before
        scene.texts[3].set_text("1.25")
        assert scene.markup() == {**before, "text-3": before["text-3"].replace(">lp<", ">1.25<")}
        monkeypatch.undo()
        scene.line.set_ydata([8, 1])
        after = scene.markup()
        assert {name for name in after if after[name] != before[name]} == {"line", "text-3"}


def test_a_move_waits_while_another_thread_draws_a_figure():
    made, drawn = explorer(), threading.Event()

    def move():
        made.controls["a"].value = 5
        drawn.set()

    with look():
        thread = threading.Thread(target=move)
        thread.start()
        assert not drawn.wait(0.2) and made.describe() == "The total is 3.00."
    thread.join(10)
    assert drawn.is_set() and made.describe() == "The total is 7.00."
