"""What the clinic found, as text and as HTML."""

import html
import textwrap
from dataclasses import dataclass

WIDTH = 100


@dataclass(frozen=True)
class Finding:
    """One mistake: its stable name, the evidence in numbers, why it matters, the line that mends it, and where to read on."""

    name: str
    title: str
    evidence: str
    why: str
    fix: str
    lesson: str


@dataclass(frozen=True)
class Report:
    """What `diagnose` returns: true if something was found.

    findings: what is wrong, the most frequent mistake first. unsure: what may be wrong, with the reason for the doubt.
    in_order: what was looked at and is right. unknown: what could not be told, and what would tell it.
    """

    findings: tuple[Finding, ...]
    unsure: tuple[Finding, ...]
    in_order: tuple[str, ...]
    unknown: tuple[str, ...]

    def __bool__(self):
        return bool(self.findings)

    @property
    def heading(self):
        if self.findings:
            return "Found: " + "; ".join(finding.title for finding in self.findings)
        return "Nothing found" + (", but not sure of everything" if self.unsure else "")

    def __str__(self):
        lines = [self.heading]
        for number, finding in enumerate(self.findings, 1):
            lines += ["", *_wrapped(f"{number}. {finding.title}", ""), *_details(finding)]
        for finding in self.unsure:
            lines += ["", *_wrapped(f"Unsure: {finding.title}", ""), *_details(finding)]
        for title, entries in (("In order", self.in_order), ("Could not be told", self.unknown)):
            if entries:
                lines += ["", f"{title}:", *(line for entry in entries for line in _wrapped(entry, "- "))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        """Return plain HTML in the notebook's own colours, so that it reads in a dark theme too."""
        parts = [f"<p><strong>{html.escape(self.heading)}</strong></p>"]
        if self.findings:
            parts.append("<ol>" + "".join(f"<li>{_html(finding)}</li>" for finding in self.findings) + "</ol>")
        if self.unsure:
            entries = "".join(f"<li>{_html(finding)}</li>" for finding in self.unsure)
            parts.append(f"<p><strong>Unsure</strong></p><ul>{entries}</ul>")
        for title, entries in (("In order", self.in_order), ("Could not be told", self.unknown)):
            if entries:
                items = "".join(f"<li>{html.escape(entry)}</li>" for entry in entries)
                parts.append(f"<p><strong>{title}</strong></p><ul>{items}</ul>")
        return f'<div class="diagnosis" style="max-width: 50em; text-align: left">{"".join(parts)}</div>'


ROWS = (("Evidence", "evidence"), ("Why it matters", "why"), ("Mend it", "fix"), ("Read on", "lesson"))


def _details(finding):
    return [line for word, field in ROWS for line in _wrapped(f"{word}: {getattr(finding, field)}", "   ")]


def _wrapped(text, indent):
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _html(finding):
    rows = []
    for word, field in ROWS:
        text = html.escape(getattr(finding, field))
        rows.append(f"{word}: " + (f"<code>{text}</code>" if field == "fix" else text))
    return f"<strong>{html.escape(finding.title)}</strong><br>" + "<br>".join(rows)
