"""Write the teacher's pages from the lessons, the exercises and the teacher's notes: `make notebooks`.

Each is notebooks/teaching/NN_name.md. It takes its sections, its questions before each reveal, its sliders with their
instructions and what one sees from the lesson's notebook, the answers and the usual mistakes of the exercises from
helpers.exercises, and adds what stands in notebooks/teaching/notes: minutes, what people may answer to each question,
the right answer, what to drag when, what to skip. A note whose section is gone, a section or a question without a note,
a number in a note that the lesson does not show: each is an error, so the two cannot drift apart.
"""

import argparse
import json
import pathlib
import re
import sys
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from helpers.exercises import LESSONS
from helpers.exercises.exercise import Exercise
from helpers.explorers import EXPLORERS
from tools import prose

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
FOLDER = NOTEBOOKS / "teaching"
NOTES = FOLDER / "notes"
PREDICT = re.compile(r"\*\*Predict(?:[.:]\*\*|\*\*[.:])\s+(.+)", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(.)")  # as a lesson has it, one folder higher
STEP = re.compile(r"^\d+\. .*$", re.MULTILINE)
SEEN = re.compile(r"<details><summary>What you saw</summary>\s+(.+?)\s+</details>", re.DOTALL)
MEASURED = re.compile(r"\d+\.\d+(?:e[−-]?\d+)?|\d+e[−-]?\d+")
EXPLORER = re.compile(r"^(\w+)\(.*\)$")
APART = ("Summary", "Exercises", "References")


def lessons():
    """Return the numbers of the lessons that have notes."""
    return sorted(path.stem for path in NOTES.glob("*.toml"))


def notes(number):
    """Return the teacher's notes of a lesson: notebooks/teaching/notes/README.md says what they hold."""
    return tomllib.loads((NOTES / f"{number}.toml").read_text(encoding="utf-8"))


def notebook_of(number):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    return path


def sections(path):
    """Return a lesson's opening cell, and {heading: (questions, explorers)} of its sections.

    Of an explorer it is (its name, the numbered instructions before it, what the lesson says that one saw).
    """
    book = json.loads(path.read_text(encoding="utf-8"))
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in book["cells"]]
    found, here = {}, None
    for number, (kind, source) in enumerate(cells[1:], start=1):
        if kind == "code":
            match = EXPLORER.match(source.strip())
            if here and match and match[1] in EXPLORERS:
                saw = SEEN.match(prose.seen(cells[number + 1][1]))
                found[here][1].append((match[1], steps(cells[number - 1][1]), saw[1] if saw else ""))
            continue
        for part in re.split(r"^(?=## )", prose.seen(source), flags=re.MULTILINE):
            if part.startswith("## "):
                here = part.splitlines()[0][3:].strip()
                found[here] = ([], [])
            if here:
                found[here][0].extend(asked(part))
    return prose.seen(cells[0][1]), {heading: parts for heading, parts in found.items() if heading not in APART}


def asked(text):
    """Return [(the paragraph before, question)] of a text; a question such as "And then?" asks nothing alone.

    >>> asked("Add 1.\\n\\n**Predict.** And then?")
    [('Add 1.', 'And then?')]
    """
    paragraphs = [" ".join(each.split()) for each in STEP.sub("", text).split("\n\n")]
    return [
        (before if before[:1].isalpha() else "", match[1])  # no heading, list or formula
        for before, paragraph in zip(["", *paragraphs], paragraphs)
        if (match := PREDICT.match(paragraph))
    ]


def is_side_road(heading):
    return heading.startswith("Side road")


def steps(source):
    """Return the numbered instructions before an explorer."""
    return STEP.findall(prose.seen(source))


def page(number):
    """Return the teacher's page of a lesson as text; raises ValueError where lesson and notes do not fit."""
    path = notebook_of(number)
    opening, parts = sections(path)
    mine = notes(number)
    check_fit(path.stem, parts, mine["section"])
    check_numbers(path, mine["section"])
    title = opening.splitlines()[0].removeprefix("# ")
    own_time = re.search(r"\*\*Time\*\* (.+?)\. \*\*", opening) or re.search(r"\*\*Time\*\* (.+?)\.", opening)
    minutes = sum(each["minutes"] for heading, each in mine["section"].items() if not is_side_road(heading))
    lines = [
        f"# For the teacher: {title}",
        "",
        f"The lesson: [{path.name}]({path.name}). Alone a learner needs {own_time[1]}; with a room, the sections "
        + f"below take {minutes} minutes and the exercises {mine['exercises']} more. How a class hands in, and what "
        + "the room has in common: [with a class](../docs/class.md).",
        "",
        mine["plan"],
        "",
        "| section | minutes | when late |",
        "|---|---|---|",
        *(row(heading, mine) for heading in parts),
        "",
    ]
    for heading, (questions, explorers) in parts.items():
        note = mine["section"][heading]
        if not questions and not explorers and "say" not in note:
            continue
        lines += [f"## {heading}", ""]
        if "say" in note:
            lines += [note["say"], ""]
        for (before, question), usual, right in zip(questions, note.get("usual", []), note.get("right", [])):
            lines += [f"> {before}", ""] if before else []
            lines += [f"**Ask before the reveal.** {question}", ""]
            lines += [f"*People may answer:* {usual}", "", f"*The answer:* {right}", ""]
        for (name, instructions, saw), drag in zip(explorers, note.get("drag", [])):
            lines += [f"**Sliders: `{name}()`.** {drag}", ""]
            lines += [*instructions, ""] if instructions else []
            lines += ["*What one sees:*", "", saw, ""] if saw else []
    lines += ["## Exercises: the answers, and the mistakes to listen for", ""]
    for exercise in LESSONS.get(number, []):
        lines += told(exercise)
    return LINK.sub(lambda link: f"](../{path.name * (link[1] == '#')}{link[1]}", "\n".join(lines).rstrip()) + "\n"


def row(heading, mine):
    """Return the section's row of the table, with a link to it."""
    note = mine["section"][heading]
    late = note.get("late", "for those who are early" if is_side_road(heading) else "keep")
    return f"| [{heading}](#{heading.replace('`', '').replace(' ', '-')}) | {note['minutes']} | {late} |"


def told(exercise: Exercise):
    """Return what a teacher wants to know of an exercise."""
    right = f"{exercise.value}) {exercise.choices[exercise.value]}" if exercise.choices else ""
    right = right and f"**{right}{'' if right[-1] in '.?!' else '.'}** "
    return [
        f"**{exercise.title}** (`{exercise.id}`). {right}{exercise.because}",
        "",
        *(f"- *{each.name}*: {each.why}" for each in exercise.wrong),
        "",
    ]


def check_fit(name, parts, mine):
    """Raise ValueError where a lesson's sections, questions and explorers have no note, or a note has none of these."""
    for heading in [*parts, *mine]:
        if heading not in mine:
            raise ValueError(f"{name}: the section {heading!r} has no note in notes/")
        if heading not in parts:
            raise ValueError(f"{name}: notes/ has a note for {heading!r}, which is no section of the lesson")
        questions, explorers = parts[heading]
        kinds = [("questions (Predict)", key, questions) for key in ("usual", "right")]
        for what, key, shown in (*kinds, ("explorers", "drag", explorers)):
            if len(mine[heading].get(key, [])) != len(shown):
                entries = f"{len(mine[heading].get(key, []))} entries of `{key}` in notes/"
                raise ValueError(f"{name}, section {heading!r}: {len(shown)} {what}, and {entries}")


def check_numbers(path, mine):
    """Raise ValueError where a note has a measured number that neither the lesson's text nor its outputs show."""
    shown = prose.seen(path.read_text(encoding="utf-8")).replace("−", "-")
    for heading, note in mine.items():
        for key in ("right", "drag", "say"):  # what people may answer need not be true
            for number in MEASURED.findall(str(note.get(key, ""))):
                if not re.search(rf"(?<![\d.]){re.escape(number.replace('−', '-'))}(?!\d)", shown):
                    wrong = f"the lesson shows no {number}, as `{key}` has it"
                    raise ValueError(f"{path.stem}, section {heading!r}: {wrong}")


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    for number in lessons():
        path = FOLDER / f"{notebook_of(number).stem}.md"
        text = page(number)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.relative_to(NOTEBOOKS.parent)}")


if __name__ == "__main__":
    main()
