"""From the files of lessons/ to exercises: prose is joined to paragraphs; what a file lacks or misspells is named."""

import json
import pathlib
import re
import textwrap
import tomllib

from helpers.exercises.exercise import ASKS, UNITS, Ban, Exercise, Wrong, is_code

FOLDER = pathlib.Path(__file__).with_name("lessons")
#: The text of each lesson's file by its number: what stands in the folder is all that makes a lesson known.
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("[0-9][0-9].toml"))}
COMMON = {"id", "title", "asks", "prompt", "because", "hints"}
# What must, and what may, stand beside the common keys in an exercise of each kind.
KEYS = {
    "number": ({"digits", "solution"}, {"given", "units", "rtol", "atol", "wrong"}),
    "tensor": ({"solution"}, {"given", "digits", "units", "rtol", "atol", "shape", "wrong"}),
    "choice": ({"choices", "answer", "wrong"}, set()),
    "labels": ({"labels", "answer"}, {"wrong"}),
    "function": ({"starter", "inputs", "solution"}, {"given", "ban", "units", "rtol", "atol", "shape", "wrong"}),
}


def read_lesson(number: str, text: str) -> list[Exercise]:
    """Return the exercises in the text of a lesson's file, in its order.

    Raises ValueError, naming file, exercise and key, where a key is missing, unknown, or has a value that cannot be.
    """
    where = f"{number}.toml"
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{where}: {error}") from error
    check_keys(where, table, {"exercise"}, {"setup"})
    exercises = [exercise_of(number, each, table.get("setup", "")) for each in table["exercise"]]
    ids = [each.id for each in exercises]
    want(len(set(ids)) == len(ids), where, "id", sorted(ids), "each once")
    return exercises


def exercise_of(number: str, table: dict, setup: str) -> Exercise:
    """Return the exercise of one [[exercise]] table; before its id stands the number of the lesson."""
    check_exercise(f"{number}.toml, exercise {table.get('id', '?')!r}", table)
    asks = table["asks"]
    parts = {"id": f"{number}.{table['id']}", "asks": asks, "setup": setup}
    parts |= {key: paragraphs_of(table[key]) for key in ("title", "prompt", "because")}
    parts |= {key: stripped(table[key]) for key in ("solution", "given", "starter") if key in table}
    parts |= {key: table[key] for key in ("digits", "rtol", "atol", "shape") if key in table}
    parts["hints"] = tuple(map(paragraphs_of, table["hints"]))
    parts["wrong"] = tuple(
        Wrong(stripped(each["answer"]), paragraphs_of(each["name"]), paragraphs_of(each["why"]))
        for each in table.get("wrong", [])
    )
    parts["inputs"] = tuple(table.get("inputs", []))
    if "ban" in table:
        parts["ban"] = Ban(**table["ban"])
    if "units" in table:
        parts["units"] = tuple((name, UNITS[name]) for name in table["units"])
    if "answer" in table:
        parts["solution"] = f"answer = {json.dumps(table['answer'])}"
        parts["options"] = tuple(map(paragraphs_of, table["choices"].values() if asks == "choice" else table["labels"]))
    return Exercise(**parts)


def check_exercise(where: str, table: dict) -> None:
    """Raise ValueError where a key of an [[exercise]] table is missing, unknown, or has a value that cannot be."""
    asks = table.get("asks")
    want(asks in KEYS, where, "asks", asks, f"one of {', '.join(ASKS)}")
    must, may = KEYS[asks]
    check_keys(where, table, COMMON | must, may)
    for wrong in table.get("wrong", []):
        check_keys(f"{where}, wrong {wrong.get('name', '?')!r}", wrong, {"answer", "name", "why"})
    check_keys(f"{where}, ban", table.get("ban", {"what": ""}), {"what"}, {"calls", "value", "way"})
    want(isinstance(table["hints"], list) and len(table["hints"]) == 3, where, "hints", table["hints"], "three")
    for name in table.get("units", []):
        want(name in UNITS, where, "units", name, f"some of {', '.join(UNITS)}")
    if asks == "choice":
        letters = "abcdefgh"[: len(table["choices"])]
        want("".join(table["choices"]) == letters, where, "choices", [*table["choices"]], "a, b, c, … in this order")
        told = [table["answer"], *(each["answer"] for each in table["wrong"])]
        want("".join(sorted(told)) == letters, where, "answer, and that of each wrong", told, "each letter once")


def stripped(value: object) -> object:
    """Return a text without the line ends around it; anything else as it is."""
    return value.strip("\n") if isinstance(value, str) else value


def paragraphs_of(text: str) -> str:
    """Return a text whose lines are joined to paragraphs: blank lines part them, and what is indented by four is code.

    >>> paragraphs_of("Which is\\nit?\\n\\n    x = 1\\n    y = 2\\n")
    'Which is it?\\n\\n    x = 1\\n    y = 2'
    """
    parts = re.split(r"\n\s*\n", textwrap.dedent(text).strip("\n").rstrip())
    return "\n\n".join(each if is_code(each) else " ".join(each.split()) for each in parts)


def check_keys(where: str, table: dict, must: set[str], may: set[str] = frozenset()) -> None:
    """Raise ValueError where a key of a table is missing or unknown."""
    faults = [f"{key} is missing" for key in sorted(must - set(table))]
    faults += [f"{key} is no key here, want some of {', '.join(sorted(must | may))}" for key in set(table) - must - may]
    if faults:
        raise ValueError(f"{where}: {'; '.join(faults)}")


def want(holds: bool, where: str, key: str, got: object, wanted: str) -> None:
    """Raise ValueError about the value of a key unless `holds`."""
    if not holds:
        raise ValueError(f"{where}: {key}: got {got!r}, want {wanted}")
