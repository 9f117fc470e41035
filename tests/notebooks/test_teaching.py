import pytest

from helpers.exercises import EXERCISES
from tools import notebooks, prose, teaching

PARTS = {"One": (["Why?"], []), "Two": ([], [("explorer", ["1. Drag."], "")])}
NOTES = {"One": {"minutes": 1, "usual": ["No."], "right": ["0.64."]}, "Two": {"minutes": 2, "drag": ["Slowly."]}}


@pytest.mark.parametrize("number", teaching.lessons())
def test_the_page_is_what_lesson_exercises_and_notes_make(number):
    page = teaching.page(number)
    saved = teaching.FOLDER / f"{teaching.notebook_of(number).stem}.md"
    assert saved.read_text(encoding="utf-8") == page, "run `make notebooks`"
    for exercise in EXERCISES.values():
        if exercise.id.startswith(number):
            assert exercise.because in page and all(each.why in page for each in exercise.wrong)


def test_there_is_a_page_for_each_lesson_and_no_other():
    assert sorted(path.stem for path in teaching.FOLDER.glob("*.md")) == notebooks.LESSONS


@pytest.mark.parametrize(
    "notes, message",
    [
        ({**NOTES, "Three": {"minutes": 1}}, "a note for 'Three', which is no section"),
        ({"One": NOTES["One"]}, "the section 'Two' has no note"),
        ({**NOTES, "One": {"minutes": 1}}, "'One': 1 questions .* and 0 entries of `usual`"),
        ({**NOTES, "One": {"minutes": 1, "usual": ["No."]}}, "'One': 1 questions .* and 0 entries of `right`"),
        ({**NOTES, "Two": {"minutes": 1, "drag": ["a", "b"]}}, "'Two': 1 explorers, and 2 entries of `drag`"),
    ],
)
def test_notes_that_drifted_are_refused(notes, message):
    with pytest.raises(ValueError, match=message):
        teaching.check_fit("lesson", PARTS, notes)


def test_an_answer_says_no_number_that_the_lesson_does_not_show(tmp_path):
    lesson = tmp_path / "lesson.ipynb"
    lesson.write_text("It is 0.6415<!--= 0.64 -->.", encoding="utf-8")
    with pytest.raises(ValueError, match="lesson, section 'One': the lesson shows no 0.64, as `right` has it"):
        teaching.check_numbers(lesson, NOTES)
    lesson.write_text("It is 0.64.", encoding="utf-8")
    teaching.check_numbers(lesson, NOTES)
    for key, note in {"drag": ["To 0.65."], "say": "0.65."}.items():
        with pytest.raises(ValueError, match=f"no 0.65, as `{key}` has it"):
            teaching.check_numbers(lesson, {"One": {key: note}})


def test_prose_is_read_without_its_bindings_and_predictions_in_lists_are_left_to_the_sliders():
    assert prose.seen("It is 0.64<!--= p --> here<!-- unseen -->.") == "It is 0.64 here."
    text = "## It\n\n**Predict.** What is\nit?\n\nThis.\n\n1. **Predict:** drag it.\n\n**Predict** means: guess."
    assert teaching.asked(text) == [("", "What is it?")]
    assert teaching.steps("Try:\n\n1. Drag **c**.\n2. Look.\n\nThen") == ["1. Drag **c**.", "2. Look."]
