"""What screens with two sides share: lines of text, and maps in the same form on both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.strip import Strip

from convstep.debugger import Frame
from convstep.report.explain import scene_of
from convstep.tui.lines.canvas import Canvas, ViewOptions
from convstep.tui.lines.text import Part, line, shortened, width_of
from convstep.tui.maps.model import Layout
from convstep.tui.maps.of_frame import input_channel
from convstep.tui.maps.widgets import MapView
from convstep.tui.screens.header import Parts


class Lines(Canvas):
    """Some lines of text, each cut with an ellipsis where it is too long.

    Args:
        options: The palette.
        id: The widget's id.
        classes: Its style classes.
    """

    def __init__(
        self,
        options: ViewOptions,
        *,
        id: str | None = None,  # noqa: A002  # as Textual has it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._said: Sequence[Parts] = ()
        self.set_reactive(Lines.options, options)

    def show(self, said: Sequence[list[Part]]) -> None:
        """Show other lines."""
        self.show_sides([(parts, []) for parts in said])

    def show_sides(self, said: Sequence[Parts]) -> None:
        """Show other lines, each with parts at its left, and parts flush right."""
        self._said = said
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines."""
        palette = self.options.palette
        return [line(shortened(left, width - width_of(right)), width, right, palette) for left, right in self._said]


def options_of(frames: Sequence[Frame | None], options: ViewOptions) -> tuple[ViewOptions, ViewOptions, ViewOptions]:
    """Return how input, output and window are displayed on both sides: with the same channel, that of the first."""
    frame = next((frame for frame in frames if frame is not None), None)
    if frame is None or frame.step is None or options.channel is not None:
        return options, options, options
    channels = frame.step.channels
    leading = replace(options, channel=channels[min(scene_of(frame).leading, len(channels) - 1)])
    return replace(options, channel=input_channel(frame, None)), options, leading


def match_forms(kinds: Iterable[Sequence[MapView]]) -> None:
    """Show the maps of each kind alike on both sides: in pixels if the numbers of only one fit."""
    for maps in kinds:
        before = [each.in_pixels for each in maps]
        for each in maps:
            each.in_pixels = False
        layouts = [each.map_layout for each in maps if each.display]
        differ = len({each.numbers for each in layouts if isinstance(each, Layout)}) > 1
        for each, was in zip(maps, before, strict=True):
            each.in_pixels = differ
            if differ != was:
                each.update_lines()
