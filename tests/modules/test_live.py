"""The slider engine with a picture of its own: moves, links, errors, what the page is told, that nothing is left."""

import asyncio
import gc
import io
import math
import re
import threading
import weakref
from dataclasses import dataclass
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets

from helpers.live import Explorer, IntSlider, LivePicture, cells, page_memory
from helpers.live.controls import Text, control, kind_of, places_ahead
from helpers.live.pen import FONT
from helpers.live.picture import background
from helpers.style import look, new_panel


@dataclass(frozen=True)
class Facts:
    total: float


def facts(a=1.0, b=2, double=False):
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
        self.unnamed = axes.text(0.1, 30, "never moves")

    def update(self, facts):
        self.bar.set_height(facts.total)
        self.text.set_text(f"{facts.total:.1f}")


def describe(facts):
    return f"The total is {facts.total:.2f}."


CONTROLS = {"a": (-10.0, 10.0, 0.01), "b": (0, 9), "double": False}


def explorer(picture=Bar, controls=CONTROLS, **more):
    return Explorer("adder", controls=controls, facts=facts, picture=picture, describe=describe, **more)


class Page:
    """What goes to the page of an explorer, and comes from it: ipywidgets' messages, without their comm."""

    def __init__(self, explorer):
        self.explorer, self.sent, self.asked = explorer, [], 0
        assert explorer.model_id  # which opens it
        explorer.comm.send = lambda data, **_: self.sent.append(data)

    def say(self, **values):
        """Set values as another script of the page does, which asks no question."""
        self.explorer.set_state(values)

    def ask(self, by, **values):
        """Ask for the picture of these values, as `explorer.js` does; those left out are as they were."""
        self.asked += 1
        present = {name: self.explorer.kinds[name].to_page(value) for name, value in self.explorer.values.items()}
        question = {"page": "p", "number": self.asked, "by": by, "values": [*(present | values).values()]}
        self.explorer.set_state({**values, "_asked": question})

    def move(self, **values):
        self.ask(list(values), **values)

    def focus(self, place):
        self.explorer._handle_custom_msg({"ahead": place, "page": "p"}, [])

    async def until_made(self, most=12):
        """Wait until all that is made ahead has come, or so many messages."""
        while self.explorer._ahead._turn and len(self.sent) < most:
            await asyncio.sleep(0.01)

    @property
    def news(self):
        """The messages' parts about the picture, those made ahead included."""
        return [each["content"] if each["method"] == "custom" else each["state"]["_page"] for each in self.sent]


@pytest.fixture
def made():
    return explorer()


@pytest.fixture
def page(made):
    yield Page(made)
    made.close()


async def ask_ahead(page, place):
    page.focus(place)
    await page.until_made()


def kind(given, start=None):
    return kind_of("wide", control("wide", given, start))


LOG = ipywidgets.FloatLogSlider(value=1, min=-2, max=2, step=0.5)
W = ipywidgets


class TestControls:
    """`interact`'s short forms and ipywidgets' own controls, and what each of them takes."""

    @pytest.mark.parametrize(
        "given",
        [*((0, 10), (0, 9, 3), (0.1, 10, 0.1), (0.5, 1.5)), ["a", "b"], range(3), {"x": 1}, "a text", True, 5, -2.5, 0],
    )
    def test_a_short_form_means_what_it_means_to_interact(self, given):
        ours, theirs = control("x", given), W.interactive.widget_from_abbrev(given)
        assert isinstance(ours, type(theirs)) and ours.description == "x"
        names = [each for each in ("value", "min", "max", "step", "options") if hasattr(theirs, each)]
        assert [getattr(ours, each) for each in names] == [getattr(theirs, each) for each in names]

    @pytest.mark.parametrize(
        "given, taken, refused, wanted",
        [
            ((0.0, 9.0), [0, 9, 2.5, np.float32(3), np.array(3), torch.tensor(3.0)],
             [-0.1, 9.1, math.nan, math.inf], "a finite"),
            ((0, 9), [0, 9, 3.0, np.int64(3), torch.tensor(3)], [-1, 10, 0.5, math.nan, math.inf], "a whole"),
            (LOG, [0.01, 100, 3.3], [0.0099, 101], "a finite"),
            (W.BoundedFloatText(min=0, max=1), [0, 0.5], [1.5], "a finite"),
            ({"none": 0, "three": 3}, [0, 3, 3.0, torch.tensor(3)],
             [2, False, [0], torch.tensor(False)], "one of [0, 3]"),
            (W.ToggleButtons(options=["a", "b"]), ["a", "b"], ["c", 0], "one of ['a', 'b']"),
            (W.SelectionSlider(options=range(15)), [0, 14], [15], "one of the 15 from 0 on"),
            (False, [True, False], [0, 1.0], "True or False"),
            (Text(pattern=r"\d+[.,]\d\d|nan", wanted="two decimals"), ["2.30", "0,74", "NaN"],
             ["2.3", "2.30 m", "", 2.5], "two decimals"),
            (W.Text(), ["", "any"], [0], "a text"),
        ],
    )  # fmt: skip
    def test_what_it_takes_becomes_plain_and_what_it_does_not_is_refused_by_name(self, given, taken, refused, wanted):
        each = kind(given)
        for value in taken:
            assert each.check(value) == value and type(each.check(value)) in (int, float, str, bool)
            assert each.from_page(each.to_page(each.check(value))) == value
        for value in [*refused, *((True, "1") if "number" in wanted else ()), None, torch.ones(1)]:
            with pytest.raises(ValueError, match=rf"^wide: got .*, want {re.escape(wanted)}"):
                each.check(value)

    def test_the_page_has_an_option_by_its_place_and_no_other(self):
        odds = kind({"1 : 1": 1, "2 : 1": 2})
        assert odds.to_page(2) == 1 and odds.from_page(0) == 1
        for place in (-1, 2, 0.5, "0"):
            with pytest.raises(ValueError, match="^wide: got "):
                odds.from_page(place)

    @pytest.mark.parametrize(
        "given, page",
        [
            ((-10.0, 9.0, 0.01),
             dict(kind="range", min=-10, max=9, step=0.01, stride=5, whole=False, base=None, format=".2f")),
            ((-1.0, 1.0, 5e-4),
             dict(kind="range", min=-1, max=1, step=5e-4, stride=10, whole=False, base=None, format=".4f")),
            ((0, 9), dict(kind="range", min=0, max=9, step=1, stride=1, whole=True, base=None, format="d")),
            (LOG, dict(kind="range", min=-2, max=2, step=0.5, stride=1, whole=False, base=10, format=".3g")),
            (W.BoundedIntText(min=0, max=5),
             dict(kind="number", min=0, max=5, step=1, whole=True, base=None, format="")),
            (W.SelectionSlider(options=[1, 2]), dict(kind="range", min=0, max=1, step=1, stride=1, texts=["1", "2"])),
            (Text(pattern="a*", wanted="an a", placeholder="b"),
             dict(kind="text", pattern="a*", wanted="an a", placeholder="b")),
        ],
    )  # fmt: skip
    def test_the_page_is_told_how_to_show_it(self, given, page):
        assert kind(given).page() == page

    def test_steps_go_on_as_the_last_move_did_and_stay_inside_the_limits(self):
        cat = kind((-10.0, 10.0, 0.01))
        assert cat.steps(9.98, 1) == [9.99, 10, 9.97, 9.96]
        assert cat.steps(-9.98, 1) == [-9.97, -9.96, -9.95, -9.94, -9.93, -9.92, -9.99, -10]
        assert kind((0, 9)).steps(0, -1) == [1, 2] and kind(True).steps(False, 1) == [True]
        assert kind(LOG).steps(1.0, 1) == [3.16227766017, 10, 31.6227766017, 100, 0.316227766017, 0.1]
        assert kind(W.BoundedFloatText()).steps(1.0, 1) == kind(W.Text()).steps("", 1) == []
        odds = kind(W.SelectionSlider(options=range(9)))
        assert odds.steps(5, 1) == [6, 7, 8, 4, 3] and odds.steps(5, -1) == [4, 3, 2, 1, 0, 6, 7]
        assert kind(list(range(99))).steps(0, 1) == [1, 2, 3, 4, 5, 6, 7, 8]  # no more than a slider makes

    def test_large_moves_lead_to_jumps_and_to_the_places_of_the_pointer_coarse_to_fine(self):
        cat = kind((-10.0, 10.0, 0.01)).sweep(3.49)
        jumps = [5.49, 1.49, 7.49, -0.51, 9.49, -2.51, -4.51, -6.51, -8.51]
        assert cat[:13] == [*jumps, -10, 10, 2.8, -3.6][:13] and len(cat) == len(set(cat)) == len(jumps) + 401
        assert {*jumps, *(round(-10 + 0.05 * n, 9) for n in range(401))} == set(cat)
        assert kind((0, 9)).sweep(4) == [5, 3, 6, 2, 7, 1, 8, 0, 9, 4]
        assert kind(W.SelectionSlider(options="abc")).sweep("b") == ["c", "a", "b"]
        assert kind(LOG).sweep(1.0)[:4] == [3.16227766017, 0.316227766017, 10, 0.1]
        assert kind(True).sweep(True) == kind(W.BoundedFloatText()).sweep(1.0) == kind(W.Text()).sweep("") == []
        assert max(places_ahead(0, 1003)) == 1003  # the end, too, where the pointer's steps do not meet it

    @pytest.mark.parametrize(
        "controls, message",
        [
            (
                {**CONTROLS, "a": range(0)},
                "a: got the control range(0, 0), want (min, max), (min, max, step), a number",
            ),
            (
                {**CONTROLS, "a": W.FloatSlider(readout_format=",.2f")},
                "a: got the readout_format ',.2f', want one such as",
            ),
            ({**CONTROLS, "c": True}, "controls: got a, b, double, c, want the arguments of facts"),
            ({"layout": (0, 1)}, "got an unexpected keyword argument 'layout'"),
        ],
    )
    def test_what_cannot_be_a_control_is_refused(self, controls, message):
        with pytest.raises(ValueError, match=re.escape(message)):
            explorer(controls=controls)

    @pytest.mark.parametrize("given", [(1, 0), (0, 1, 0), (0, 1, -1), (1,), [], {}, None, W.FloatText()])
    def test_what_spans_nothing_is_refused_too(self, given):
        with pytest.raises(ValueError, match=r"^a: got the control .*, want \(min, max\)"):
            control("a", given)

    def test_a_control_cannot_have_the_name_of_an_attribute(self):
        with pytest.raises(ValueError, match="controls: got 'layout', want another name"):
            Explorer("x", controls={"layout": (0, 1)}, facts=lambda layout: layout, picture=Bar, describe=describe)


class TestMoves:
    def test_it_starts_where_facts_does_or_the_control_or_the_values_say(self):
        assert explorer().values == {"a": 1, "b": 2, "double": False}
        made = explorer(controls={**CONTROLS, "b": IntSlider(value=5, max=9)}, values={"a": 4})
        assert made.values == {"a": 4, "b": 5, "double": False}
        made.set(a=0, b=0)
        made.reset()
        assert made.values == {"a": 4, "b": 5, "double": False}
        with pytest.raises(ValueError, match="a: got 11, want a finite number from -10 to 10"):
            explorer(values={"a": 11})

    def test_a_move_changes_facts_picture_and_sentence(self, made):
        made.a = 5
        assert made.facts.total == made.picture.bar.get_height() == 7
        assert made.describe() == "The total is 7.00." and made.picture.text.get_text() == "7.0"

    def test_values_set_together_are_one_message_and_one_change_of_facts(self, made, page):
        seen = []
        made.observe(lambda change: seen.append((change["new"].total, made.values)), "facts")
        made.set(a=4, b=3, double=True)
        assert [each["values"] for each in page.news] == [[4, 3, True]]
        assert {"a": 4, "b": 3, "double": True}.items() <= page.sent[0]["state"].items()
        assert seen == [(14, {"a": 4, "b": 3, "double": True})]
        made.reset()
        assert len(page.sent) == 2 and made.describe() == "The total is 3.00."

    @pytest.mark.parametrize(
        "refused",
        [
            lambda made, page: made.set(a=5, b=99),
            lambda made, page: setattr(made, "a", 99),
            lambda made, page: setattr(made, "b", True),
            lambda made, page: setattr(made, "a", 7),  # whose follower is refused
            lambda made, page: page.move(a=5, b=99),
            lambda made, page: page.move(a=7),
            lambda made, page: page.say(a=7),
            lambda made, page: made.set(a=5, c=1),
        ],
    )
    def test_a_refused_value_changes_nothing(self, refused):
        made = explorer(couple=lambda moved, values: {"b": 99} if values["a"] == 7 else {})
        page, seen = Page(made), []
        made.observe(seen.append, ["a", "b", "facts"])
        with pytest.raises((ValueError, KeyError), match="b: got 99|b: got True|a: got 99|c: adder has no such"):
            refused(made, page)
        assert made.values == {"a": 1, "b": 2, "double": False} and made.facts.total == 3 and not seen
        assert [made.controls[each].value for each in made.values] == [1, 2, False]
        assert page.news[-1]["values"] == [1, 2, False]  # the page goes back
        assert ": got " in page.news[-1]["error"] or "no such control" in page.news[-1]["error"]

    def test_coupled_controls_follow_the_moved_one_and_not_a_reset(self):
        made = explorer(couple=lambda moved, values: {"b": 9 - round(values["a"])} if moved == "a" else {})
        page = Page(made)
        made.a = 5
        assert made.b == 4 and len(page.sent) == 1
        page.ask("reset", a=1, b=2)
        assert made.values == {"a": 1, "b": 2, "double": False}
        page.move(a=2)
        assert made.b == 7
        page.ask(["b"], a=5, b=3)  # the page says which control was moved last, whatever else is new
        assert made.values == {"a": 5, "b": 3, "double": False}
        page.say(a=4)
        assert made.b == 5 and page.sent[-1]["state"]["b"] == 5


class TestLinks:
    """As ipywidgets documents them. What `jslink` does in the page, test_browser.py has."""

    def test_link_dlink_and_observe(self, made):
        other, slider, seen = explorer(), W.FloatSlider(min=-10, max=10), []
        made.observe(lambda change: seen.append(change["new"]), "a")
        traitlets.link((made, "a"), (other, "a"))
        W.dlink((slider, "value"), (made, "a"))
        slider.value = 4
        assert made.a == other.a == 4 and other.describe() == "The total is 6.00."
        other.a = 5
        assert made.a == 5 and slider.value == 4 and seen == [0, 4, 5]
        W.jslink((slider, "value"), (made, "a"))  # refuses what is no synced trait

    def test_a_control_stays_linked(self):
        slider, told = W.FloatSlider(value=1, max=10, description="a in m", disabled=True), []
        made = explorer(controls={**CONTROLS, "a": slider})
        slider.observe(lambda change: told.append(made.facts.total), "value")
        page = Page(made)
        assert made.state()["disabled"] == [True, False, False]
        assert made.state()["controls"][0]["description"] == "a in m"
        slider.value = 4
        assert made.a == 4 and told == [6] and len(page.sent) == 1
        made.a = 5
        page.move(a=6)
        assert slider.value == 6
        slider.max = 2
        assert made.a == 2 and page.news[-1]["controls"][0]["max"] == 2
        slider.disabled = False
        assert page.news[-1]["disabled"] == [False, False, False]

    def test_other_options_of_a_control_count(self):
        choice = W.Dropdown(options=["1", "2"], value="2")
        made = Explorer("x", controls={"a": choice}, facts=lambda a: Facts(float(a)), picture=Bar, describe=describe)
        page = Page(made)
        choice.options = ["3", "4"]
        assert made.a == "3" and made.get_state(["a"])["a"] == 0
        assert page.news[-1]["controls"][0]["texts"] == ["3", "4"]
        asyncio.run(ask_ahead(page, 0))
        assert page.news[-1]["values"] == [1]  # which was the picture of the old second option
        page.move(a=1)
        assert made.a == choice.value == "4" and made.facts.total == 4

    def test_a_control_that_does_nothing_is_disabled(self):
        made = explorer(idle=lambda values: () if values["double"] else ("b",))
        page = Page(made)
        assert made.state()["disabled"] == [False, True, False]
        made.double = True
        assert page.news[-1]["disabled"] == [False, False, False]

    def test_no_model_is_opened_before_it_is_shown(self, made):
        assert made.comm is None and made.controls["a"].comm is None
        W.HBox([made, made.controls["a"]])
        assert made.comm is not None and made.controls["a"].comm is not None and made.controls["b"].comm is None


class TestPage:
    def test_a_question_gets_one_answer_with_its_number_and_the_controls_are_left_to_the_page(self, made, page):
        page.move(a=5, double=True)
        assert made.values == {"a": 5, "b": 2, "double": True}
        (message,) = page.sent
        assert message["method"] == "update" and message["state"].keys() == {"_page"}  # or a fast hand would be undone
        assert page.news[0]["values"] == [5, 2, True] and ">14.0<" in page.news[0]["fragments"]["text"]
        page.move(a=5)
        assert [each["answer"] for each in page.news] == [["p", 1], ["p", 2]]

    def test_another_script_of_the_page_hears_what_it_has_not_said(self, made, page):
        page.say(a=5, double=True)
        (message,) = page.sent
        assert made.a == 5 and message["method"] == "update" and message["state"].keys() == {"_page"}
        made.observe(lambda change: made.set(b=4), "a")
        page.say(a=6)
        assert page.sent[-1]["state"].keys() == {"_page", "b"} and "answer" not in page.news[-1]

    def test_to_ask_for_the_state_changes_nothing(self, made, page):
        asyncio.run(ask_ahead(page, 1))
        for _ in range(2):
            made.get_state(), made.get_state("_page"), made.get_state(["_page", "a"]), made._repr_mimebundle_()
        assert made.get_state() == made.get_state()
        del page.sent[:]
        asyncio.run(ask_ahead(page, 1))
        assert page.sent == []  # the page keeps its pictures
        made.a = 5
        assert set(page.news[-1]["fragments"]) == {"bar", "text"}

    def test_whoever_reads_the_state_when_a_widget_is_constructed_finds_it_whole(self):
        seen = []
        ipywidgets.Widget.on_widget_constructed(lambda widget: seen.append(widget.get_state()))
        try:
            made = explorer()
        finally:
            ipywidgets.Widget.on_widget_constructed(None)
        assert seen[-1] == made.get_state() and seen[-1]["_page"]["values"] == [1, 2, False]

    def test_it_is_shown_in_words_by_a_short_repr(self, made):
        assert repr(made) == "<explorer 'adder' at a=1.0, b=2, double=False>"

    def test_a_page_that_opens_shows_the_explorer_as_it_is_by_then(self, made, page):
        made.a = 6
        state = made.get_state()["_page"]
        assert state["values"] == [6, 2, False] and state["defaults"] == [1, 2, False]
        assert state["description"] == "The total is 8.00." and ">8.0<" in state["fragments"]["text"]
        assert 'id="bar"' in state["panels"][0] and "x &lt; y" in state["fragments"]["still"]
        assert [each["kind"] for each in state["controls"]] == ["range", "range", "checkbox"]

    def test_a_move_that_an_observer_makes_loses_nothing_of_the_first(self, made, page):
        made.observe(lambda change: made.set(double=True), "a")
        made.a = 5
        (message,) = page.sent
        assert page.news[0]["values"] == [5, 2, True] and message["state"]["double"] is True
        assert page.news[0]["fragments"]["bar"] == made.picture.markup()["bar"]

    def test_pictures_made_ahead_are_those_of_the_moves(self, made, page):
        async def move():
            page.move(a=1.01)
            await page.until_made()

        asyncio.run(move())
        _, *ahead = page.news
        stops = [1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 0.99, 3.01, -0.99, 5.01, -2.99]  # 1 is there
        assert [each["values"][0] for each in ahead[:11]] == stops
        assert all(each["ahead"] for each in ahead)
        assert made.a == 1.01 and made.picture.text.get_text() == "3.0" and made.describe() == "The total is 3.01."
        made.a = 1.07
        assert ahead[5]["fragments"] == {**ahead[5]["fragments"], **page.news[-1]["fragments"]}
        assert ahead[5]["description"] == page.news[-1]["description"]

    @pytest.mark.parametrize("asks, b", [(False, None), (True, 2)])
    def test_pictures_made_ahead_follow_the_coupling(self, asks, b):
        """They are kept for wherever the follower stood, unless the coupling asks for that."""
        moves = []

        def couple(moved, values):
            moves.append(moved)
            return {"b": values["b"] - 2 if asks else 0} if moved == "double" else {}

        made = explorer(couple=couple)
        page = Page(made)
        assert [each["followers"] for each in made.state()["controls"]] == [[], [], [] if asks else [1]]
        del moves[:]
        asyncio.run(ask_ahead(page, 2))
        (ahead,) = page.news
        assert moves == ["double"], "a picture asks the coupling once"
        assert ahead["values"] == [1, b, True] and ahead["description"] == "The total is 2.00."
        assert made.values == {"a": 1, "b": 2, "double": False}

    def test_no_picture_is_kept_for_a_follower_that_stays(self):
        made = explorer(couple=lambda moved, values: {"b": 0} if moved == "double" and values["a"] < 5 else {})
        assert [each["followers"] for each in made.state()["controls"]] == [[], [], [1]]
        made.a = 6
        page = Page(made)
        asyncio.run(ask_ahead(page, 2))
        assert page.news == []

    @pytest.mark.parametrize(
        "kept, moves, again",
        [
            (2, [{"double": True}, {"double": False}], False),
            (1, [{"double": True}, {"double": False}], True),
            (2, [{"double": True}, {"b": 3}, {"b": 2}, {"double": False}], False),  # the oldest is dropped
        ],
    )
    def test_a_picture_is_made_again_only_if_the_page_has_dropped_it(self, made, page, monkeypatch, kept, moves, again):
        monkeypatch.setattr(page_memory, "KEPT", kept)
        for move in moves:
            made.set(**move)
        del page.sent[:]
        asyncio.run(ask_ahead(page, 2))
        assert [each["values"] for each in page.news] == again * [[1, 2, True]]

    def test_a_display_after_a_picture_made_ahead_spoils_none(self, made, page):
        asyncio.run(ask_ahead(page, 1))
        made._repr_mimebundle_()
        page.move(a=0.0, b=3)  # the total is as before
        assert made.picture.markup() == explorer().picture.markup()

    def test_a_move_stops_what_is_made_ahead(self, page):
        async def moves():
            page.focus(0)
            page.move(a=9)
            page.move(a=-9)
            await page.until_made()

        asyncio.run(moves())
        stops = [9, -9, -7, -5, -3, -1, 5, 7, -10, 10]  # 3 is broken, 1 is there
        assert [each["values"][0] for each in page.news[:10]] == stops

    def test_after_a_far_move_the_next_steps_are_made_once_the_hand_rests(self, page, monkeypatch):
        monkeypatch.setattr("helpers.live.controls.Number.sweep", lambda kind, value: [])

        async def moves():
            monkeypatch.setattr("helpers.live.ahead.REST", 1e6)
            page.move(a=5)
            await asyncio.sleep(0.1)
            monkeypatch.setattr("helpers.live.ahead.REST", 0)
            page.move(a=-5)
            await page.until_made()

        asyncio.run(moves())
        stops = [5, -5, -5.01, -5.02, -5.03, -5.04, -5.05, -5.06, -4.99, -4.98]
        assert [each["values"][0] for each in page.news] == stops

    def test_nothing_is_made_ahead_while_a_cell_runs(self, page, monkeypatch):
        monkeypatch.setattr(cells, "_runs", True)
        asyncio.run(ask_ahead(page, 0))
        assert page.sent == []

    def test_a_page_that_opens_anew_gets_its_pictures_anew(self, made, page):
        asyncio.run(ask_ahead(page, 2))
        page.explorer._handle_custom_msg({"ahead": 2, "page": "another"}, [])
        asyncio.run(ask_ahead(page, 2))
        del page.sent[:]
        made.send_state()
        asyncio.run(ask_ahead(page, 2))
        assert [each["values"] for each in page.news] == [[1, 2, False], [1, 2, True]]

    def test_what_is_shown_carries_widget_picture_and_words(self, made):
        data, metadata = made._repr_mimebundle_()
        assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
        assert data["text/plain"] == metadata["image/png"]["alt"] == "The total is 3.00."
        made.close()
        assert made.comm is None and made.layout.comm is None
        assert set(made._repr_mimebundle_()[0]) == set(data) and made.comm and made.layout.comm  # shown again


class TestNeverSilent:
    def test_an_error_names_explorer_and_setting_and_leaves_the_last_picture(self, made, page):
        made.a = 5
        before = made.picture.markup()
        with pytest.raises(ArithmeticError):
            made.a = 3
        assert made.error == "adder at a=3.0, b=2, double=False: ArithmeticError: three is broken"
        assert page.news[-1]["error"] == made.error and page.news[-1]["fragments"] == {} and len(page.sent) == 2
        assert (
            made.picture.markup() == before and made.describe() == page.news[-1]["description"] == "The total is 7.00."
        )
        made.a = 4
        assert made.error == page.news[-1]["error"] == "" and made.describe() == "The total is 6.00."

    @pytest.mark.parametrize("part", ["update", "describe", "couple", "idle"])
    def test_an_error_in_any_part_is_shown(self, made, page, part):
        def broken(*args):
            raise RuntimeError("injected")

        setattr(*((made.picture, part) if part == "update" else (made, f"_{part}")), broken)
        with pytest.raises(RuntimeError):
            made.a = 5
        assert re.match(r"adder at a=[15].0, b=2, double=False: RuntimeError: injected", page.news[-1]["error"])

    def test_an_error_at_once_is_raised_in_the_cell(self):
        with pytest.raises(ArithmeticError):
            explorer(values={"a": 3})

    @pytest.mark.parametrize(
        "touch, message",
        [
            (
                lambda bar, _: bar.unnamed.set_text("moves"),
                r"update: changed Text\(0.1, 30, 'moves'\), want self.moving",
            ),
            (lambda bar, total: bar.bar.axes.set_xlim(0, total), "update: touched the axes"),
            (lambda bar, total: bar.bar.axes.set_xlabel(str(total)), "update: changed Text"),
            (lambda bar, total: bar.bar.axes.plot([0, 1], [total, 0]), "update: touched the axes"),
        ],
    )
    def test_an_update_that_touches_what_is_drawn_once_is_told_so(self, touch, message):
        class Wrong(Bar):
            def update(self, facts):
                super().update(facts)
                touch(self, facts.total)

        with pytest.raises(ValueError, match=message):
            explorer(Wrong)

    def test_names_of_moving_artists_are_unique_and_on_a_panel_of_the_picture(self):
        picture = Bar()
        with pytest.raises(ValueError, match="name: got 'bar' a second time"):
            picture.moving("bar", picture.bar)
        with pytest.raises(ValueError, match="artist: got Rectangle.*want one on axes of self.panel"):
            LivePicture().moving("bar", picture.bar)


class Shell:
    """A kernel's shell, as far as an explorer asks it which cell runs and what it keeps of the cells that ran."""

    def __init__(self):
        self.user_ns = {"Out": {}}
        self.runs, self.deleted = 0, []

    def run(self, cell, *results):
        """Show the results in the cell, as IPython does: the last is kept in `Out` and under a name."""
        self.cell, self.runs = cell, self.runs + 1
        for each in results:
            each._repr_mimebundle_()
        self.user_ns.get("Out", {})[self.runs] = self.user_ns[f"_{self.runs}"] = results[-1]
        cells.tidy()

    def del_var(self, name, by_name=False):
        assert by_name  # else IPython looks for all names of a value of this name
        del self.user_ns[name]


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    made.events = type("Events", (), {"callbacks": {"post_run_cell": [cells.tidy]}})
    monkeypatch.setattr(
        cells, "current_run", lambda: (made, {"cellId": made.cell, "deletedCells": made.deleted}, made.runs)
    )
    monkeypatch.setattr(cells, "_shown", {})
    return made


def shown(*explorers):
    return [each.comm is not None for each in explorers]


class TestCells:
    """What a cell showed in its last run is closed when it runs again: ipywidgets keeps a widget until it is closed."""

    def test_all_that_a_cell_shows_now_and_what_other_cells_show_stays(self, shell):
        one, other, third = explorer(), explorer(), explorer()
        shell.run("one", one, other)
        models = one.model_id, other.model_id
        shell.run("two", third)
        shell.run("one", one, other)
        assert (one.model_id, other.model_id) == models and shown(third) == [True]
        shell.run("one", third)
        assert shown(one, other, third) == [False, False, True]
        shell.run("two", other)
        shell.run("one", one)
        assert shown(one, other, third) == [True, True, False]

    def test_without_a_cells_name_nothing_is_closed(self, shell):
        one, other = explorer(), explorer()
        shell.run(None, one)
        shell.run(None, other)
        assert shown(one, other) == [True, True]

    def test_what_a_cell_showed_is_forgotten_when_it_runs_again_unless_it_is_shown_elsewhere(self, shell):
        gone, kept, again = explorer(), explorer(), explorer()
        for cell, each in (("one", gone), ("two", kept), ("three", kept), ("four", again)):
            shell.run(cell, each)
        for cell in ("one", "two", "four"):
            shell.run(cell, again)
        assert shell.user_ns["Out"] == {2: kept, 3: kept, 4: again, 5: again, 6: again, 7: again}
        assert [name for name in shell.user_ns if name != "Out"] == ["_2", "_3", "_4", "_5", "_6", "_7"]

    def test_what_a_deleted_cell_showed_is_closed_in_the_next_run_unless_it_is_shown_elsewhere(self, shell):
        gone, kept, last = explorer(), explorer(), explorer()
        shell.run("one", gone, kept)
        shell.run("two", kept)
        shell.deleted = ["one"]
        shell.run("three", last)
        assert shown(gone, kept, last) == [False, True, True] and "one" not in cells._shown

    def test_a_reader_may_have_deleted_out(self, shell):
        one, other = explorer(), explorer()
        shell.run("one", one)
        del shell.user_ns["Out"]
        shell.run("one", other)
        assert shown(one, other) == [False, True]

    def test_an_explorer_that_nobody_shows_is_collected_whoever_keeps_its_controls(self):
        slider = W.FloatSlider()
        gone = weakref.ref(explorer(controls={**CONTROLS, "a": slider}))
        gc.collect()
        assert gone() is None
        slider.value = 5


SVG = "{http://www.w3.org/2000/svg}"


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


def painted(document):
    """Return what an SVG document paints, in any order, with what that refers to; group names and dates left out."""
    root = ElementTree.fromstring(document)
    defined = {each.get("id"): ElementTree.tostring(each).strip() for defs in root.iter(f"{SVG}defs") for each in defs}
    marks = []

    def collect(element, inherited):
        stray = f"{element.tail or ''}{len(element) and element.text or ''}"
        assert not stray.strip(), f"between the elements stands {stray!r}"
        silent = ("rotate(-0 ", FONT)
        attributes = {at: plain(each) for at, each in element.items() if at != "id" and not each.startswith(silent)}
        used = re.findall(r"url\(#(\w+)\)", str(attributes))
        inherited += (*attributes.items(), *(defined[id] for id in used))
        if not len(element) and element.tag not in (f"{SVG}defs", f"{SVG}g", f"{SVG}style"):
            marks.append((element.tag, inherited, element.text))
        for child in element:
            if child.tag not in (f"{SVG}defs", f"{SVG}metadata"):
                collect(child, inherited)

    collect(root, ())
    return sorted(marks, key=str)


def plain(attribute):
    """Return an attribute with places to two decimals of a point, without the font, which our documents name once."""
    shorter = re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), attribute)
    return " ".join(shorter.replace(f" {FONT};", "").split())


def assert_as_drawn_whole(picture):
    for ours, panel in zip(composed(picture), picture.panels, strict=True):
        assert f'<svg style="{FONT}"' in ours
        assert painted(ours) == painted(background(panel))


@pytest.fixture
def scene():
    with look():
        yield Scene()


def points_of(path):
    """Return all places that an SVG path names, (x, y), also where it tells them from the place before."""
    points, here, start = [], np.zeros(2), np.zeros(2)
    for command, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        named = np.array(numbers.split(), float).reshape(-1, 2) + (here if command.islower() else 0)
        points += named.tolist()
        here = start if command in "zZ" else named[-1]
        start = here if command in "mM" else start
    return points


class TestRenderer:
    @pytest.mark.parametrize("marker", ["o", "D", "s", "^", "|", "*", "."])
    def test_markers_lie_where_matplotlib_puts_them(self, marker):
        figure, axes = new_panel()
        axes.set_axis_off()
        axes.plot([1, 2, 3], [1, 4, 1], marker, ms=9)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
        (shape,) = re.findall(r'<path id="[^"]*" d="([^"]*)"', buffer.getvalue())
        places = np.array(re.findall(r'<use [^>]*x="([^"]*)" y="([^"]*)"', buffer.getvalue()), float)
        expected = [point for place in places for point in (place, *(place + points_of(shape)))]
        (drawn,) = re.findall(r'<path d="([^"]* m [^"]*)"', background(figure))
        assert points_of(drawn) == pytest.approx(np.array(expected), abs=0.011)

    @pytest.mark.parametrize("x, edge, cut", [(5, 1, False), (0, 1, True), (0, 0, False), (-1, 0, True)])
    def test_a_bar_is_clipped_where_the_axes_end_and_nowhere_else(self, scene, x, edge, cut):
        scene.bar.set(x=x, y=1, linewidth=edge, edgecolor="red" if edge else "none")
        for _ in "drawn", "known":
            assert ("clip-path" in scene.markup()["z-bar"]) == cut
            scene.bar.set_height(3)

    @pytest.mark.parametrize("marker", ["s", [(-1, -1), (1, -1), (1, 1), (-1, 1)]], ids=str)
    def test_markers_are_clipped_where_the_axes_end_and_nowhere_else(self, scene, marker):
        scene.dots.set_marker(marker)
        for x, cut in ((1, False), (0.1, True), (2, False), (0, True)):
            scene.dots.set_data([5, x], [4, 5])
            assert ("clip-path" in scene.markup()["dots"]) == cut


class TestPicture:
    def test_a_panel_has_the_size_asked_for_and_its_own_artists_the_lowest_first(self, scene):
        left, right = (ElementTree.fromstring(each) for each in scene.svgs())
        assert (left.get("width"), left.get("height")) == ("345.6pt", "216pt")  # 4.8 by 3 inches
        assert (right.get("width"), right.get("height")) == ("216pt", "259.2pt")
        assert Bar().panel(3, 2).figure.get_size_inches().tolist() == [3, 2]
        texts = [f"text-{n}" for n in range(7)]
        assert [each.get("id") for each in left if not len(each)][-11:] == ["defs-0", "z-bar", *texts, "hidden", "line"]
        assert [each.get("id") for each in right if not len(each)][-2:] == ["defs-1", "dots"]

    def test_two_runs_make_the_same_document(self, scene):
        assert "date>" not in "".join(scene.svgs())

    @pytest.mark.parametrize(
        "bar", [dict(color="teal"), dict(color="black"), dict(angle=10), dict(fill=False), {}], ids=str
    )
    def test_a_move_without_another_look_paints_it_too(self, scene, bar):
        """What is new in a known pose is put into the markup without matplotlib."""
        scene.bar.set(hatch=None)
        scene.markup()
        for x, y, height in ((3, 4, 2), (-1, 0.123456, -2.5), (1 / 3, 0, 0)):
            scene.bar.set(x=x, y=y, height=height, width=x / 7, **bar)
            scene.dots.set_data([x, 4], [1, y])
            scene.line.set_data([x, 4, 5], [1, y, y])
            for n, text in enumerate(scene.texts):
                text.set(x=x + n, y=y, clip_on=n % 2)
            assert_as_drawn_whole(scene)

    def test_a_move_paints_what_matplotlib_would(self, scene):
        assert_as_drawn_whole(scene)
        scene.bar.set(hatch="..", height=3)
        scene.line.set_data([1, 2, 3], [3, 2, 1])
        scene.dots.set(marker="^", clip_on=False)
        changes = dict(x=3, fontsize=20, color="red", alpha=0.5, rotation=90, ha="right", va="top")
        for text, (name, value) in zip(scene.texts, changes.items(), strict=True):
            text.set(**{name: value})
        scene.hidden.set_visible(True)
        assert_as_drawn_whole(scene)
        scene.hidden.set_visible(False)
        for text, words in zip(scene.texts, ["x < y", "", " ", "two\nlines", "$x^2$", "price in $", "−1"], strict=True):
            text.set(text=words, va="baseline")
        assert_as_drawn_whole(scene)
        scene.texts[0].set(text="boxed", bbox={"facecolor": "white"})
        assert_as_drawn_whole(scene)

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
        made.a = 5
        drawn.set()

    with look():
        thread = threading.Thread(target=move)
        thread.start()
        assert not drawn.wait(0.2) and made.describe() == "The total is 3.00."
    thread.join()
    assert drawn.is_set() and made.describe() == "The total is 7.00."
