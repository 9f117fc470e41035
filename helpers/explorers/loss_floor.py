"""The loss-floor detective of lesson 08: which mistakes leave a loss at the number typed, and their floors."""

import math
import textwrap
from dataclasses import dataclass
from itertools import zip_longest

import torch

from helpers.clinic.floors import Setting, cross_entropy_of_gap
from helpers.clinic.suspects import FLOORS, RECORDS, Clues, Verdict, clues, look_next, suspects, verdict
from helpers.functions import logsigmoid
from helpers.live import Dropdown, Explorer, LivePicture, checked, write
from helpers.live.controls import Text
from helpers.style import BLUE, FAINT, INK, ORANGE, PAPER, PURPLE
from helpers.text import minus, number, short

STEEPEST = 12.0  # the largest logit drawn
SIZES = torch.linspace(0, STEEPEST, 97, dtype=torch.float64)
LOWEST, HIGHEST = -1.25, 6.4  # the losses drawn
SHOWN = 4  # how many suspects fit into the picture
FIRST = "the first suspect"


@dataclass(frozen=True)
class Facts:
    """What was typed, and whom it makes a suspect, in their order.

    The verdict is on the first `together` of them; where no mistake fits, there is what to look at next. Of the mistake
    that is shown: the losses over the size of the logits (97,), float64, with and without it; its floor.
    reads: the places of the lessons that explain the first suspects, of which a page makes links.
    """

    typed: str
    clues: Clues
    suspects: tuple
    verdict: Verdict
    together: int
    next: str
    mistake: str
    setting: Setting
    losses: torch.Tensor
    right: torch.Tensor
    floor: float
    reads: tuple[str, ...]


def facts(loss, num_classes, accuracy, smoothing, share, mistake):
    """Return who is suspected by the clues, all of them texts, and the loss with `mistake`, by name or the first's."""
    known = clues(loss, num_classes, accuracy, smoothing, share)
    found = suspects(known)
    kind, alike = verdict(known, found)
    found = (*alike, *(each for each in found if each not in alike))
    shown = found[:SHOWN]
    if healthy := [each for each in found[SHOWN:] if not each.name]:
        shown = (*shown[:-1], *healthy)  # a list of mistakes alone would say that there must be one
    fitting = next((each for each in found if each.name in FLOORS and mistake in (FIRST, each.name)), None)
    if fitting:
        name, guess = fitting.name, fitting.guess
    else:
        name, guess = "stuck_at_chance" if mistake == FIRST else mistake, None
    setting, drawn = setting_of(known, guess, name), FLOORS[name]
    floor = guess.value if guess and name == "stuck_at_chance" else drawn.least(setting)
    return Facts(
        typed=minus(loss.strip()),
        clues=known,
        suspects=shown,
        verdict=kind,
        together=sum(each in alike for each in shown),
        next="" if any(each.name for each in found) else look_next(known),
        mistake=name,
        setting=setting,
        losses=drawn.curve(setting, SIZES) if drawn.curve else torch.full_like(SIZES, floor),
        right=-logsigmoid(SIZES) if drawn.labels else cross_entropy_of_gap(2 * SIZES, setting.num_classes),
        floor=floor,
        reads=tuple(dict.fromkeys(place for each in shown if each in alike for place in each.lesson.split("; "))),
    )


def setting_of(known, guess, name):
    """Return the `Setting` at which the mistake of this name is drawn: as typed, as guessed, or else a likely one.

    `known` are the clues; `guess` is None where the mistake does not fit them.
    """
    true_labels = guess.true_labels if guess else 1
    num_classes = known.num_classes or (guess.num_classes if guess else None) or max(10, true_labels + 1)
    num_classes = max(2, num_classes)
    share = 0.5
    if known.share is not None:
        share = known.share
    elif guess and guess.share is not None:
        share = guess.share
    smoothing = guess.smoothing if guess else known.smoothing
    if not smoothing:
        smoothing = 0.1 if name == "label_smoothing_unsaid" else 0.0
    if true_labels == 1:  # then a row has as many as the share makes
        true_labels = max(1, min(round(share * num_classes), num_classes - 1))
    return Setting(num_classes, smoothing, share, true_labels)


def title_of(name):
    """Return the title of the mistake of this name."""
    return RECORDS[name].title


HEADINGS = {  # of the picture
    Verdict.LIKELY: "what fits, the likeliest first",
    Verdict.MAYBE: "what may be, nothing is sure",
    Verdict.ORDINARY: "no mistake fits better",
    Verdict.UNKNOWN: "nothing fits",
}
SAID = {  # by the sentence
    Verdict.LIKELY: "most likely means",
    Verdict.MAYBE: "may mean",
    Verdict.ORDINARY: "most likely means",
    Verdict.UNKNOWN: "fits no mistake of the list",
}
NEXT = "\n· "  # between two lines on a narrow screen, two parts of one on a wide one


def value_of(guess):
    """Return the setting, and the loss that it gives where that is one of its own."""
    return guess.setting if guess.width and guess.share is None else f"{guess.setting}: {number(guess.value)}"


def floor_of(facts):
    """Return the floor in words; an arrow where it lies outside the picture."""
    if math.isinf(facts.floor):
        return "no floor"
    return f"floor {number(facts.floor)}{' ↑' if facts.floor > HIGHEST else ''}"


def typed_of(facts):
    """Return the loss as it was typed; an arrow where it lies outside the picture."""
    if facts.clues.loss < LOWEST:
        return f"typed {facts.typed} ↓"
    return f"typed {facts.typed}{' ↑' if facts.clues.loss > HIGHEST else ''}"


def within(losses):
    """Return the losses that lie inside the picture, and NaN for the others."""
    return torch.where((losses >= LOWEST) & (losses <= HIGHEST), losses, math.nan)


class LossFloor(LivePicture):
    """Left the losses of one mistake over the size of the logits, right the suspects or what to look at."""

    def __init__(self):
        super().__init__()
        self._draw_losses(self.panel(height=2.55))
        self._draw_suspects(self.panel(height=2.55))

    def _draw_losses(self, axes):
        axes.set(
            xlim=(0, STEEPEST),
            ylim=(LOWEST, HIGHEST),
            xlabel="logits: +x for what is true, −x for the rest",
            ylabel="loss (nats)",
        )
        axes.axhline(color=FAINT, lw=0.6)
        self.losses = self.line("losses", axes, SIZES, SIZES, color=ORANGE, lw=2.5, label="with the mistake")
        self.right = self.line("right", axes, SIZES, SIZES, color=BLUE, ls="--", label="as it should be")
        self.floor = self.moving("floor", axes.axhline(color=INK, lw=1.2, ls=":", label="floor"))
        diamond = dict(color=PAPER, mec=PURPLE, mew=2, ms=8, label="the loss typed")
        self.stuck = self.line("stuck", axes, [STEEPEST - 0.25], [0], "D", **diamond)
        # The text that changes stands in the last column, with the legend held at its left: so all else stays in place.
        legend = axes.legend(
            handles=[self.right, self.floor, self.losses, self.stuck],
            loc="lower left",
            bbox_to_anchor=(0.06, 1.0),
            ncols=2,
            columnspacing=1.2,
        )
        legend.get_texts()[2].set_text("")  # until there are facts
        self.drawn = self.moving("drawn", legend.get_texts()[2])
        self.floor_text = self.text("floor-text", axes, 0.92, 0.95, ha="right", transform=axes.transAxes)
        self.stuck_text = self.text("stuck-text", axes, 0.92, 0.8, ha="right", transform=axes.transAxes)

    def _draw_suspects(self, axes):
        axes.set_axis_off()
        self.heading = self.text("heading", axes, 0, 0.96, weight="bold")
        tops = [0.855 - 0.235 * i for i in range(SHOWN)]  # a suspect has three lines
        self.names = self.texts("name", axes, [(0, y) for y in tops], size=10, weight="bold")
        self.values = self.texts("value", axes, [(0.04, y - 0.072) for y in tops], size=10)
        self.tells = self.texts("tell", axes, [(0.04, y - 0.144) for y in tops], size=10, color="#555555")
        self.advice = self.texts("advice", axes, [(0, 0.6 - 0.085 * i) for i in range(5)], size=10)

    def update(self, facts):
        typed, floor = facts.clues.loss, facts.floor
        inside = LOWEST <= floor <= HIGHEST
        self.losses.set_ydata(within(facts.losses))
        self.drawn.set_text("with the mistake" if facts.mistake else "an ordinary loss")
        self.right.set_ydata(within(facts.right))
        self.floor.set_ydata([floor if inside else math.nan] * 2)
        self.floor_text.set_text(floor_of(facts))
        self.stuck.set_ydata([min(max(typed, LOWEST + 0.3), HIGHEST - 0.3)])
        self.stuck_text.set_text(typed_of(facts))
        self.heading.set_text(f"{facts.typed}: {HEADINGS[facts.verdict]}")
        lines = [
            (f"{i}. {short(each.title, 52)}", value_of(each.guess), each.tell)
            for i, each in enumerate(facts.suspects, start=1)
        ]
        for texts, words in zip_longest(zip(self.names, self.values, self.tells), lines, fillvalue=("", "", "")):
            write(texts, words)
        advice = textwrap.wrap(facts.next, 54, max_lines=len(self.advice), placeholder=" …")
        for text, line in zip_longest(self.advice, advice, fillvalue=""):
            text.set_text(line)


def describe(facts):
    """Say who is suspected and how surely, what mends it or tells more, and what is drawn if that is somebody else.

    A picture beside it says each suspect's setting, loss and second clue. For who does not see it, the sentence names
    all suspects, and says of the first what the picture says. One thing a line, as a phone has a dozen lines of it.
    """
    first, others = facts.suspects[: facts.together], facts.suspects[facts.together :]
    lines = [f"{facts.typed} {SAID[facts.verdict]} {named_together(first)}".rstrip()]
    if facts.verdict is Verdict.LIKELY:
        fixes = dict.fromkeys(each.fix.split("  #")[0] for each in first)  # without comments, two may be one
        lines.append("Write: " + f"{NEXT}or: ".join(fixes))
    elif facts.verdict is Verdict.MAYBE:
        lines.append(f"To be surer: {missing(facts.clues)}")
    if facts.next:
        lines.append(facts.next)
    if others:
        lines.append(f"Else: {'; '.join(f'{each.title} ({each.guess.setting})' for each in others)}")
    drawn_first = first and facts.mistake == first[0].name
    # Its floor stands beside its name, if it is the loss that it gives; an ordinary loss has no other than 0.
    if not drawn_first or facts.mistake and number(facts.floor) != number(first[0].guess.value):
        classes = f"K = {facts.setting.num_classes:,}"
        lines.append(f"Drawn: {title_of(facts.mistake)}, {classes}, {floor_of(facts)}")
    if first:  # a place for each, which is where its lesson explains it; the page of a site links them all instead
        lines.append(f"Read: {'; '.join(dict.fromkeys(each.lesson.split('; ')[0] for each in first))}")
    return NEXT.join(lines)


def named_together(suspects):
    """Return the suspects with their settings and second clues, several with a line and a number each.

    A title is a label, which no sentence runs into: it stands behind a colon, or a number. The loss that one suspect
    gives is told. That of several is not: it differs by less than the digits typed.
    """
    if len(suspects) < 2:
        return "".join(f"this: {each.title} ({value_of(each.guess)}; {each.tell})" for each in suspects)
    lines = [f"{i}. {each.title} ({each.guess.setting}; {each.tell})" for i, each in enumerate(suspects, start=1)]
    return "\n".join(("one of these:", *lines))


def missing(known):
    """Return what else would tell more."""
    boxes = {"K": known.num_classes is None, "the accuracy": known.accuracy is None, "more digits": known.unit > 6e-4}
    wanted = [name for name, empty in boxes.items() if empty and math.isfinite(known.loss)]
    return f"type {', '.join(wanted)}" if wanted else "look at the second clues"


SHARE = r"((100([.,]0*)?|\d{1,2}([.,]\d*)?|[.,]\d+)\s*%?)?"
TYPED = {  # name: (description, what may be typed, in words, what an empty box says)
    "loss": (
        "loss",
        r"[-+−]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+[.,]?\d*|[.,]\d+)(e[-+−]?\d{1,2})?|nan|[-+−]?inf",
        'a number as the log prints it, such as "2.30"',
        "",
    ),
    "num_classes": (
        "classes K",
        r"([1-9]\d{0,2}(,\d{3}){1,2}|[1-9]\d{0,8})?",
        "a whole number, 1 for a single output, or nothing",
        "?",
    ),
    "accuracy": ("accuracy", SHARE, 'a share such as "0.98" or "98 %", or nothing', "?"),
    "smoothing": ("smoothing ε", r"(0|0?[.,][0-4]\d*)?", 'a share below 0.5, such as "0.1", or nothing', "?"),
    "share": ("true labels (%)", SHARE, 'a percentage such as "30" or "0.5", or nothing', "?"),
}


def loss_floor(loss="0.74", num_classes="", accuracy="", smoothing="", share="", mistake=FIRST):
    """Return the loss-floor detective.

    Parameters
    ----------
    loss : text, a number as the log prints it: "2.30" is 2.295 to 2.305
    num_classes, accuracy, smoothing, share : text
        What is known of the number of classes or labels K (1 for a single output), of the accuracy, of the label
        smoothing ε, and of the share of labels that are true, in per cent; "" is unknown
    mistake : the name of the mistake whose losses are drawn, one of `FLOORS` in helpers/clinic/suspects.py

    Derived in notebooks/08_bug_museum.ipynb.
    """
    controls = {
        name: Text(description=text, pattern=pattern, wanted=wanted, placeholder=empty)
        for name, (text, pattern, wanted, empty) in TYPED.items()
    }
    drawn = [(FIRST, FIRST), *((title_of(name), name) for name in FLOORS)]
    controls["mistake"] = Dropdown(description="drawn", options=drawn)
    given = {"loss": loss, "num_classes": num_classes, "accuracy": accuracy, "smoothing": smoothing, "share": share}
    return Explorer(
        "loss-floor detective",
        controls=controls,
        facts=facts,
        picture=LossFloor,
        describe=describe,
        values=checked(controls, {**given, "mistake": mistake}),
    )
