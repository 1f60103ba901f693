"""The panels below the maps: the sum with its sentence, and the code."""

from __future__ import annotations

from typing import ClassVar

from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.report.explain import caption, code_lines, sentence, sum_parts
from convstep.tui.colours import DARK, Palette
from convstep.tui.lines import Part, blank, line, width_of, wrap


class Panel(Widget):
    """Lines of text about a frame."""

    DEFAULT_CSS = "Panel { width: 1fr; height: 1fr; padding: 0 1; }"
    ALLOW_SELECT: ClassVar[bool] = False
    frame: reactive[Frame | None] = reactive(None)
    palette: reactive[Palette] = reactive(DARK)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id)
        self._lines: list[tuple[list[Part], list[Part]]] = []

    def lines(self, frame: Frame, width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
        """Return the lines: what stands at their left, and at their right."""
        raise NotImplementedError

    def watch_frame(self) -> None:
        """Show another frame."""
        self._break()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._break()

    def _break(self) -> None:
        width, height = self.size
        self._lines = self.lines(self.frame, width, height) if self.frame is not None and width else []
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        if y >= len(self._lines):
            return blank(self.size.width, self.palette)
        left, right = self._lines[y]
        return line(left, self.size.width, right, self.palette)


class SumPanel(Panel):
    """How the value comes about, and what that means."""

    def lines(self, frame: Frame, width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
        """Return the sum, and the sentence below it, with a line between them if there is room."""
        total = wrap(((part.text, part.role) for part in sum_parts(frame)), width)
        if frame.step is None:
            total = []
        said = wrap([(sentence(frame) if height > 3 else caption(frame), "plain")], width)
        gap: list[list[Part]] = [[]] if total and len(total) + len(said) < height else []
        return [(parts, []) for parts in [*total, *gap, *said][:height]]


class CodePanel(Panel):
    """The layer's loop with today's values in it."""

    def lines(self, frame: Frame, width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
        """Return the loop; if it is longer than the panel, the end of it, where the current line is."""
        lines = code_lines(frame)
        at = next((n for n, each in enumerate(lines) if each.current), len(lines) - 1)
        first = min(max(0, at + 1 - height), max(0, len(lines) - height))
        shown: list[tuple[list[Part], list[Part]]] = []
        for each in lines[first : first + height]:
            mark, role = ("▸ ", "window") if each.current else ("  ", "plain")
            value: list[Part] = [(f"  {each.value}", "output" if each.current else "dim")] if each.value else []
            if not each.current and width_of(value) + 2 + len(each.code) > width:
                value = []
            shown.append(([(mark, role), (each.code, role)], value))
        return shown
