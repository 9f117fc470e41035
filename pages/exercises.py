"""An exercise as a form of a page: its replies are those that `check` gives, tried out when the site is built."""

import html
import itertools
import json
import math

from helpers.exercises.checking import ROUGH, reply_to
from helpers.exercises.exercise import BOX, blocks, inline
from helpers.exercises.loading import read_lesson
from helpers.text import python_number

CLOSE = 1e-10  # how exactly the ends of an interval of numbers are known, as a share of their size
WIDE = 3e-5  # how far around a number its rule holds at least, likewise
TOLD = "your number is {}"  # in a reply, the one place where the answer itself stands
FORM = """<div class="exercise" style="{box}" data-id="{id}" data-asks="{asks}">{question}{given}
<form>{field} <button>Check</button></form><noscript>The reply needs JavaScript.</noscript>
<div class="reply" role="status"></div>
<script type="application/json">{rules}</script>
{rest}</div>"""
WRITTEN = """<div class="exercise" style="{box}">{question}<pre><code>{cell}</code></pre>
<p>You can answer it {kernel}.</p>{rest}</div>"""


def rules(number, text):
    """Return {id: rules} of what a page judges, as JSON, from a lesson's number and the text of its file."""
    judged = [each for each in read_lesson(number, text) if each.asks in FIELDS]
    return json.dumps({each.id: FIELDS[each.asks][1](each) for each in judged}).encode()


def form(exercise, rules, kernel):
    """Return the exercise as HTML; `kernel` says where its notebook runs."""
    rest = exercise.html()
    rest = rest[rest.index("<details>") : rest.rindex("</div>")]
    parts = {"box": BOX.format(edge="solid"), "question": blocks(exercise.question), "rest": rest}
    if exercise.asks not in FIELDS:
        return WRITTEN.format(**parts, cell=html.escape(exercise.cell), kernel=kernel)
    given = exercise.given.strip()
    return FORM.format(
        **parts,
        id=exercise.id,
        asks=exercise.asks,
        given=f"<pre><code>{html.escape(given)}</code></pre>" if given else "",
        field=FIELDS[exercise.asks][0](exercise),
        rules=json.dumps(rules[exercise.id], ensure_ascii=False).replace("</", "<\\/"),
    )


def shown(exercise, answer):
    """Return the reply to an answer as HTML."""
    return reply_to(exercise, answer)._repr_mimebundle_()["text/html"]


# --- choices and labels: every answer that can be given, with its reply ---


def choice_field(exercise):
    return "".join(
        f'<label><input type="radio" name="{exercise.id}" value="{letter}"> '
        f"<span><strong>{letter})</strong> {inline(option)}</span></label>"
        for letter, option in exercise.choices.items()
    )


def choice_rules(exercise):
    return {letter: shown(exercise, letter) for letter in exercise.choices}


def labels_field(exercise):
    return "".join(f'<label><input type="checkbox" value="{option}"> {option}</label>' for option in exercise.options)


def labels_rules(exercise):
    """Return {labels with commas: reply} for every subset of the labels."""
    sizes = range(len(exercise.options) + 1)
    subsets = (each for size in sizes for each in itertools.combinations(exercise.options, size))
    return {",".join(each): shown(exercise, list(each)) for each in subsets}


# --- numbers: intervals of one reply each ---


def number_field(exercise):
    return '<label>Your answer: <input type="text" inputmode="decimal" size="12" autocomplete="off"></label>'


def number_rules(exercise):
    """Return the replies, the intervals of numbers that each is for, [from, reply] in rising order, and those of ±∞.

    Where an interval begins is found by asking `reply_to` again and again. It is asked first at every number that a
    rule may be about: the answer with either sign and in every unit, the known mistakes, each of these rounded to any
    decimals, where they end to be near, and on both sides of them.
    """
    value, wrong = float(exercise.value), filter(math.isfinite, map(float, exercise.wrong_values))
    factors = [1.0, *(each for _, factor in exercise.units for each in (factor, 1 / factor))]
    exact = {sign * value * factor for factor in factors for sign in (1, -1)} | {*wrong}
    near = {each * (1 + share) for each in exact for share in (ROUGH, -ROUGH, ROUGH / 2, -ROUGH / 2)}
    # A half is rounded either way: 0.125 to 0.12 and to 0.13.
    exact |= {round(each * (1 + side), digits) for each in exact for digits in range(10) for side in (-1e-9, 1e-9)}
    exact |= near
    sizes = {sign * 10.0**k for k in range(-9, 13) for sign in (1, -1)}
    asked = {each + side * WIDE * max(1e-3, abs(each)) for each in exact for side in (-1, 0, 1)} | sizes | {0.0}
    replies, memory = {}, {}

    def reply(x):
        if x not in memory:
            text = shown(exercise, x).replace(TOLD.format(python_number(x)), TOLD)
            memory[x] = replies.setdefault(text, len(replies))
        return memory[x]

    def borders(low, high):
        """Yield the numbers between two at which the reply changes, with the reply from there on."""
        if reply(low) == reply(high):
            return
        middle = low + (high - low) / 2
        if high - low <= CLOSE * max(abs(low), abs(high), 0.01):
            yield high, reply(high)
        else:
            yield from borders(low, middle)
            yield from borders(middle, high)

    points = sorted(asked)
    starts = [(None, reply(points[0]))]
    for low, high in itertools.pairwise(points):
        starts += borders(low, high)
    special = {text: reply(float(text)) for text in ("inf", "-inf")}
    return {"replies": list(replies), "starts": starts, "special": special}


FIELDS = {
    "choice": (choice_field, choice_rules),
    "labels": (labels_field, labels_rules),
    "number": (number_field, number_rules),
}
