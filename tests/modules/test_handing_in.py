"""What a class hands in is read again as it was written, and a room's table counts what people have in common."""

import json
import sys

import numpy as np
import pytest
import torch

from helpers import exercises
from helpers.exercises import EXERCISES, Kind, answers, check
from helpers.exercises.__main__ import main
from helpers.exercises.handing_in import check_again, read_answers, read_room


@pytest.fixture(autouse=True)
def kernel(monkeypatch):
    """A kernel in which nothing was answered yet."""
    monkeypatch.setattr(exercises, "_given", {})
    monkeypatch.setattr(exercises, "_right", set())


def doubled(logits, threshold_prob):
    return logits > 2 * torch.logit(torch.tensor(threshold_prob))


@pytest.mark.parametrize("id", [each.id for each in EXERCISES.values() if each.asks != "function"])
def test_every_answer_in_data_gets_the_same_reply_from_its_file(id, tmp_path):
    exercise = EXERCISES[id]
    for answer in (exercise.value, *exercise.wrong_values):
        reply = check(id, answer)
        answers("Ada", tmp_path)
        (given,) = read_answers(tmp_path / "answers-Ada.json").given.values()
        assert check_again(exercise, given) == reply == given.reply


def test_a_function_is_handed_in_as_code_and_runs_only_when_asked_for(tmp_path):
    reply = check("02.passing", doubled)
    answers("Ada", tmp_path)
    (given,) = read_answers(tmp_path / "answers-Ada.json").given.values()
    assert given.answer.startswith("def doubled(")
    # Under the name that the question asks for it gets the same reply when it runs, as any code that is handed in
    renamed = type(given)(given.answer.replace("doubled", "passing"), given.reply)
    assert check_again(EXERCISES["02.passing"], renamed, run=True) == reply
    spoiled = type(given)("raise SystemError", given.reply)
    assert check_again(EXERCISES["02.passing"], spoiled) == reply
    assert check_again(EXERCISES["02.passing"], spoiled, run=True).kind == Kind.NOT_YET


def test_what_was_handed_in_before_is_kept(tmp_path):
    check("01.half", np.float32(0))
    answers("Ada L.", tmp_path)
    exercises._given.clear()
    check("02.unit", "c")
    whole = answers("Ada L.", tmp_path)
    assert list(read_answers(whole.path).given) == ["01.half", "02.unit"]
    assert repr(whole).endswith("2 answers of Ada L., 1 right")


@pytest.mark.parametrize("name, folder, said", [
    ("", ".", "name: got ''"), (3, ".", "name: got 3"), ("Ada", "nowhere", "folder: got 'nowhere'"),
    ("Ada L", None, "name: got 'Ada L', but answers-Ada-L.json is of 'Ada L.'"),
])  # fmt: skip
def test_a_name_or_folder_that_can_not_be_says_so(name, folder, said, tmp_path):
    check("02.unit", "c")
    answers("Ada L.", tmp_path)
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        answers(name, tmp_path if folder is None else folder)


def test_nothing_to_hand_in_says_so(tmp_path):
    check("02.unit", None)
    with pytest.raises(ValueError, match="nothing to hand in"):
        answers("Ada", tmp_path)


@pytest.fixture
def room(tmp_path):
    """Three people's files, of whom two have the same mistake; one more that is none, one of another edition."""
    for who, unit in {"Ada": "c", "Ben": "a", "Chidi": "a"}.items():
        exercises._given.clear()
        check("02.unit", unit)
        check("02.two", EXERCISES["02.two"].value)
        answers(who, tmp_path)
    (tmp_path / "torn.json").write_text('{"name": "Dee"')
    edition = json.loads((tmp_path / "answers-Ada.json").read_text())
    edition["answers"]["02.gone"] = edition["answers"]["02.unit"]
    (tmp_path / "answers-Ada.json").write_text(json.dumps(edition))
    return tmp_path


def test_a_room_has_its_mistakes_in_common(room):
    table = read_room(room, EXERCISES)
    mistake = next(each.name for each in EXERCISES["02.unit"].wrong if each.answer == "a")
    assert table.mistakes() == [("02.unit", mistake, ["Ben", "Chidi"])]
    assert [row["right"] for row in table.rows()] == [True, True, True, False, True, False]
    assert f"2 of 3  {mistake} (02.unit, " in str(table)
    assert len(table.unread) == 2 and "torn.json" in str(table) and "02.gone" in str(table)


def test_a_reply_that_somebody_changed_by_hand_counts_for_nothing(room):
    path = room / "answers-Ben.json"
    path.write_text(path.read_text().replace("Known mistake", "Correct"))
    assert not [*read_room(room, EXERCISES).rows()][3]["right"]


def test_the_command_prints_the_table_and_writes_the_rows(room, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["exercises", str(room), "--csv", str(room / "rows.csv")])
    main()
    assert "In common:" in capsys.readouterr().out and len((room / "rows.csv").read_text().splitlines()) == 7
    monkeypatch.setattr(sys, "argv", ["exercises", str(room / "nowhere")])
    with pytest.raises(SystemExit, match="^folder: got "):
        main()
