"""The slider engine, with a picture of its own: moves, errors, what the page is told, and that nothing is left behind."""

import asyncio
import gc
import threading
import weakref
from dataclasses import dataclass

import IPython
import pytest

from helpers.figures.picture import look
from helpers.live import Explorer, LivePicture, choice, numbers, slider, steps, switch
from helpers.live import view as view_module


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

    def test_a_bad_value_is_refused_later_too(self):
        control = slider("cat", 1, -10, 10)
        with pytest.raises(ValueError, match="cat: got 10.5"):
            control.value = 10.5
        assert control.value == 1

    def test_the_page_has_an_option_by_its_place(self):
        for make in (choice, steps):
            control = make("odds", 2, [("1 : 1", 1), ("2 : 1", 2)])
            assert control.to_page(2) == 1 and control.from_page(0) == 1
            assert control.page()["texts"] == ["1 : 1", "2 : 1"]

    def test_steps_stay_inside_the_limits(self):
        assert slider("cat", 9.98, -10, 10).steps(1) == [9.99, 10, 9.97, 9.96]
        assert numbers("row", 0, 0, 9).steps(-1) == [1, 2]
        assert switch("true").steps(1) == [True]
        assert steps("odds", 1, [("one", 1), ("two", 2)]).steps(1) == [2]
        assert choice("dtype", "a", "abc").steps(1) == ["b", "c"]


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
    """A kernel's shell, as far as a view asks it which cell runs."""

    def __init__(self):
        self.cell, self.run = "one", 0

    def get_parent(self):
        return {"metadata": {"cellId": self.cell}, "header": {"msg_id": self.run}}


class TestViewsOfACell:
    def test_two_explorers_of_one_cell_stay_and_other_cells_too(self, monkeypatch):
        shell = Shell()
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
        monkeypatch.setattr(view_module, "_shown", {})
        one, other, third = explorer(), explorer(), explorer()
        one._repr_mimebundle_(), other._repr_mimebundle_()
        shell.cell, shell.run = "two", 1
        third._repr_mimebundle_()
        assert len(one._views) == len(other._views) == len(third._views) == 1
        shell.cell, shell.run = "one", 2
        third._repr_mimebundle_()
        assert not one._views and not other._views and len(third._views) == 2

    def test_an_explorer_that_nobody_shows_is_collected(self):
        gone = weakref.ref(explorer())
        gc.collect()
        assert gone() is None


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
