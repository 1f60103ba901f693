"""The text panels: the sum with its explanation, the code, and the layer's facts."""

from __future__ import annotations

from collections.abc import Iterable

from textual.strip import Strip

from convstep.debugger import Frame
from convstep.layers.words import CodeLine, upper
from convstep.report.explain import Part as SumPart
from convstep.report.explain import caption, code_lines, sentence, sum_parts
from convstep.report.facts import layer_facts
from convstep.tui.lines.canvas import FrameCanvas
from convstep.tui.lines.headings import heading
from convstep.tui.lines.text import Part, cell_len, line, width_of, wrap

VALUE_GAP = 4
"""Columns between the code and its values."""
TITLE_FROM = 3
"""The least height for a title, if all lines fit below it."""
NO_BREAK = "\u00a0"
LONGEST_NAME = 24
"""A term's name of up to so many characters is not separated from its number."""


class SumPanel(FrameCanvas):
    """The sum that gives the neuron's value, and an explanation."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the sum, and below it the longest explanation that fits; why a layer can't run, if it can't."""
        palette = self.options.palette
        total, said = sum_lines(frame, width, height)
        room = height - len(total) - len(said)
        head = [heading(("sum" if frame.step else "why", ()), width, palette)] if height >= TITLE_FROM and room else []
        gap: list[list[Part]] = [[]] if total and said and room > len(head) else []
        return [*head, *(line(parts, width, palette=palette) for parts in (*total, *gap, *said))]


class CodePanel(FrameCanvas):
    """The layer's loop as code, with the current values."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the loop, or the part of it that ends with the current line if it does not fit."""
        palette = self.options.palette
        head = heading(("code", (frame.culprit.layer.kind,)), width, palette)
        rows = code_rows(code_lines(frame), width, height - 1)
        return [head, *(line(code, width, value, palette) for code, value in rows)]


class FactsPanel(FrameCanvas):
    """The layer's facts, one below the other."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the facts that fit."""
        palette = self.options.palette
        head = heading(("layer", (frame.layer,)), width, palette)
        return [head, *(line(parts, width, palette=palette) for parts in fact_lines(frame, width, height - 1))]


def sum_lines(frame: Frame, width: int, height: int) -> tuple[list[list[Part]], list[list[Part]]]:
    """Return the lines of a frame's sum, and those of its explanation.

    The explanation is the longest that fits of sentence, caption, and the caption's first sentence.
    """
    total = _total(frame, width, height)
    short = caption(frame)
    for said in (sentence(frame), short, short.partition(". ")[0].rstrip(".") + "."):
        lines = wrap([(said, "plain")], width)
        if len(total) + len(lines) <= height:
            return total, lines
    return total, [] if total else _shortened(short, width, height)


def _total(frame: Frame, width: int, height: int) -> list[list[Part]]:
    """Return the lines of a sum; the places of its terms are left out if it is too long, then the last terms."""
    if frame.step is None:
        return []
    parts = unbroken(sum_parts(frame))
    lines = wrap(parts, width)
    if len(lines) > height:
        parts = unbroken(part for part in sum_parts(frame) if not _is_place(part))
        lines = wrap(parts, width)
    end = next((n for n, (_, role) in enumerate(parts) if role == "output"), len(parts))
    for count in range(end - 2, -1, -1):
        if len(lines) <= height:
            break
        lines = wrap([*parts[:count], (" …", "dim"), *parts[end - 1 :]], width)
    return lines[:height]


def _is_place(part: SumPart) -> bool:
    """Return whether a part of a sum is the place that the term before it comes from: relu3[2,0]."""
    return part.role == "plain" and part.text.startswith(" ") and part.text.endswith("]")


def _shortened(text: str, width: int, height: int) -> list[list[Part]]:
    """Return text wrapped and cut to `height` lines, with an ellipsis."""
    lines = wrap([(text, "plain")], width)
    if height < 1:
        return []
    last = "".join(text for text, _ in lines[height - 1])
    return [*lines[: height - 1], [(f"{last[: width - 1].rstrip()}…", "plain")]]


def code_rows(lines: list[CodeLine], width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
    """Return lines of code with their values, each as (left parts, parts flush right).

    The values form a column beside the code. If they do not fit, the code is indented less; if they still do not,
    they are flush right and the code is cut.

    Args:
        lines: The code.
        width: The width available.
        height: The rows available; the current line is always included.
    """
    at = next((n for n, each in enumerate(lines) if each.current), len(lines) - 1)
    first = min(max(0, at + 1 - height), max(0, len(lines) - height))
    shown = lines[first : first + max(0, height)]
    longest = max((cell_len(each.value) for each in lines), default=0)
    for indent in (2, 1):
        codes = [_indented(each.code, indent) for each in shown]
        column = 2 + max((cell_len(_indented(each.code, indent)) for each in lines), default=0) + VALUE_GAP
        if column + longest <= width:
            break
    rows = []
    for each, code in zip(shown, codes, strict=True):
        mark, role = ("▸ ", "window") if each.current else ("  ", "plain")
        value: list[Part] = [(each.value, "output" if each.current else "dim")] if each.value else []
        if column + longest <= width:
            rows.append(([(mark, role), (code.ljust(column - 2), role), *value], list[Part]()))
            continue
        value = [(clipped(text, width // 2), role) for text, role in value]
        rows.append(([(mark, role), (clipped(code, width - 3 - width_of(value)), role)], value))
    return rows


def _indented(code: str, indent: int) -> str:
    """Return a line of code with `indent` spaces a level in place of two."""
    bare = code.lstrip(" ")
    return " " * ((len(code) - len(bare)) // 2 * indent) + bare


def clipped(text: str, room: int) -> str:
    """Return a text, cut with an ellipsis if it is longer than `room`."""
    return text if cell_len(text) <= room else f"{text[: max(0, room - 1)]}…"


def fact_lines(frame: Frame, width: int, height: int) -> list[list[Part]]:
    """Return the lines of a layer's facts, as many as fit."""
    lines: list[list[Part]] = []
    for fact in layer_facts(frame):
        more = wrap([(upper(fact.whole), "plain")], width)
        if len(lines) + len(more) > height:
            more = wrap([(upper(fact.text), "plain")], width)
        if lines and len(lines) + len(more) > height:
            break
        lines += more
    return lines[: max(0, height)]


def unbroken(parts: Iterable[SumPart]) -> list[Part]:
    """Return the parts of a sum with no-break spaces in results, and between numbers and their names."""
    found: list[Part] = []
    for text, role in parts:
        if found and role == "plain" and text.startswith(" ") and len(text) <= LONGEST_NAME:
            number, its_role = found.pop()
            found.append((f"{number}{text.replace(' ', NO_BREAK)}", its_role))
        else:
            found.append((text.replace(" ", NO_BREAK) if role == "output" else text, role))
    return found
