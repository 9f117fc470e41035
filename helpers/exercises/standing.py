"""How far one has come: which exercises have got "Correct", by the saved notebooks of a folder and in this kernel."""

import pathlib
import re
from dataclasses import dataclass

from helpers.exercises.exercise import Exercise, Kind
from helpers.text import plural

CHECKED = re.compile(r"""\bcheck\(\s*["']([^"']+)["']""")
WIDTH = 10  # of a bar, in characters


@dataclass(frozen=True)
class Progress:
    """The exercises of each lesson and the ids of those that are right; shown as a bar a lesson."""

    lessons: dict[str, list[Exercise]]  # by the notebook's name, or the lesson's number where there is no notebook
    right: frozenset[str]
    last: str = ""  # of these lessons the one with something right whose notebook was saved last

    def count(self, lesson: str) -> int:
        return sum(each.id in self.right for each in self.lessons[lesson])

    def next(self) -> Exercise | None:
        """The first exercise that is not right yet, from the last lesson on."""
        names = list(self.lessons)
        start = names.index(self.last) if self.last else 0
        left = (each for name in names[start:] + names[:start] for each in self.lessons[name])
        return next((each for each in left if each.id not in self.right), None)

    def __repr__(self) -> str:
        widest = max(map(len, self.lessons))
        lines = []
        for name, exercises in self.lessons.items():
            right, of = self.count(name), len(exercises)
            lines += [f"{name:{widest}}  {'█' * (WIDTH * right // of):░<{WIDTH}}  {right} of {of}"]
        done, of = sum(map(self.count, self.lessons)), sum(map(len, self.lessons.values()))
        follows = self.next()
        there = f'Next: "{follows.title}", {follows.id}.' if follows else "That is all of them."
        return "\n".join([*lines, f"{done} of {plural(of, 'exercise')} right. {there}"])


def right_in(path: pathlib.Path) -> set[str]:
    """Return the ids of the exercises whose saved reply in a notebook is "Correct"."""
    import nbformat

    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception as error:
        raise ValueError(f"folder: got {path.name}, want a notebook: {error}") from error
    right = set()
    for cell in cells:
        found = cell.cell_type == "code" and CHECKED.search(cell.source)
        texts = [output.get("data", {}).get("text/plain", "") for output in cell.outputs] if found else []
        if any(text.startswith(f"{Kind.CORRECT}.") for text in texts):
            right.add(found[1])
    return right


def read_progress(folder: str | pathlib.Path, lessons: dict[str, list[Exercise]], right: set[str]) -> Progress:
    """Return the progress that the notebooks of a folder tell, together with the ids that are `right` besides."""
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"folder: got {str(folder)!r}, want a folder with notebooks")
    named, known, saved = {}, set(right), {}
    for number, exercises in lessons.items():
        path = next(iter(sorted(folder.glob(f"{number}_*.ipynb"))), None)
        name = path.stem if path else number
        named[name] = exercises
        here = right_in(path) if path else set()
        if here or any(each.id in right for each in exercises):
            saved[name] = path.stat().st_mtime if path else 0.0
        known |= here
    return Progress(named, frozenset(known), max(saved, key=saved.get, default=""))
