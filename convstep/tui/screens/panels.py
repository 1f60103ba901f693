"""Panels of words: the sum with its sentence, and the code."""

from __future__ import annotations

from textual.strip import Strip

from convstep.layers.words import upper
from convstep.report.explain import Part as SumPart
from convstep.report.explain import caption, code_lines, sentence, sum_parts
from convstep.report.facts import layer_facts
from convstep.tui.lines.canvas import Canvas
from convstep.tui.lines.headings import heading
from convstep.tui.lines.text import Part, blank, cell_len, line, width_of, wrap

GAP = 4
"""Columns between the code and its values."""
TITLED = 4
"""Lines from which on a panel has a title."""
NO_BREAK = "\u00a0"


class SumPanel(Canvas):
    """How the value comes about, and what that means."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the sum, and the sentence below it, with a line between them if there is room."""
        frame, palette = self.frame, self.options.palette
        if frame is None:
            return []
        head = [heading(("sum", ()), width, palette)] if height >= TITLED else []
        room = height - len(head)
        total = wrap(((unbroken(part), part.role) for part in sum_parts(frame)), width)
        if frame.step is None:
            total = []
        said = wrap([(sentence(frame), "plain")], width)
        if len(total) + len(said) > room:
            said = wrap([(caption(frame), "plain")], width)
        gap: list[list[Part]] = [[]] if total and len(total) + len(said) < room else []
        return [*head, *(line(parts, width, palette=palette) for parts in [*total, *gap, *said][:room])]


class CodePanel(Canvas):
    """The layer's loop with today's values in it."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the loop; if it is longer than the panel, the end of it, where the current line is."""
        frame, palette = self.frame, self.options.palette
        if frame is None:
            return []
        shown = [blank(width, palette), heading(("code", (frame.stage.layer.kind,)), width, palette)]
        room = height - len(shown)
        lines = code_lines(frame)
        at = next((n for n, each in enumerate(lines) if each.current), len(lines) - 1)
        first = min(max(0, at + 1 - room), max(0, len(lines) - room))
        values = 2 + max((cell_len(each.code) for each in lines), default=0) + GAP
        beside = values + max((cell_len(each.value) for each in lines), default=0) <= width
        for each in lines[first : first + room]:
            mark, role = ("▸ ", "window") if each.current else ("  ", "plain")
            code: list[Part] = [(mark, role), (each.code, role)]
            value: list[Part] = [(each.value, "output" if each.current else "dim")] if each.value else []
            if beside:
                code += [(" " * (values - width_of(code)), "plain"), *value]
                value = []
            elif value and not each.current and width_of([*code, *value]) + 2 > width:
                value = []
            shown.append(line(code, width, value, palette))
        return shown


class FactsPanel(Canvas):
    """The layer's facts, one below the other."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return as many as there is room for."""
        frame, palette = self.frame, self.options.palette
        if frame is None:
            return []
        lines = [parts for fact in layer_facts(frame) for parts in wrap([(upper(fact.whole), "plain")], width)]
        head = [blank(width, palette), heading(("layer", (frame.layer,)), width, palette)]
        return [*head, *(line(parts, width, palette=palette) for parts in lines[: height - len(head)])]


def unbroken(part: SumPart) -> str:
    """Return a part's text; a result stays on one line."""
    return part.text.replace(" ", NO_BREAK) if part.role == "output" else part.text
