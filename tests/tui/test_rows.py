"""A repainted line shows what its segments contain; and text wraps at spaces."""

from __future__ import annotations

import numpy as np
import pytest
from rich.cells import cell_len as true_length
from rich.console import Console
from rich.text import Text
from textual.strip import Strip

from convstep.engine.geometry import Padding
from convstep.opening import open_session
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import DARK
from convstep.tui.lines.headings import heading
from convstep.tui.lines.text import cell_len, line, wrap
from convstep.tui.maps.model import MapModel, layout
from convstep.tui.maps.strips import render_rows
from convstep.tui.window.panel import window_rows

CONSOLE = Console(color_system="truecolor", force_terminal=True)


def check(strip: Strip) -> None:
    """Read the sequence that a terminal is sent, and compare every cell with the segments."""
    shown = Text.from_ansi(strip.render(CONSOLE))
    assert shown.plain == strip.text
    cells = [(character, style) for text, style, _ in strip for character in text]
    for at, (character, style) in enumerate(cells):
        seen = shown.get_style_at_offset(CONSOLE, at)
        assert style is not None
        assert seen.bgcolor == style.bgcolor
        if character != " ":
            assert seen.color == style.color
            assert bool(seen.bold) == bool(style.bold)


@pytest.mark.parametrize("zoom", ["pixel", "numbers"])
def test_rows_of_a_map(zoom: Zoom) -> None:
    values = np.linspace(-1, 1, 108).reshape(9, 12)
    model = MapModel(values, "signed", -1, 1, padding=Padding(1, 1, 1, 1), window=(range(-1, 2), range(4, 7)))
    for row in render_rows(model, layout(model, 90, 40, zoom)):
        check(row)


@pytest.mark.parametrize("place", ["layer conv1", "layer pool1", "layer fc", "taps open"])
def test_rows_of_text(place: str) -> None:
    session = open_session("photo")
    session.do(place)
    for row in window_rows(session.frame, 58, 37):
        check(row)
    check(line([("bold ", "strong"), ("and not ", "plain"), ("   ", "here"), ("x", "error")], 40, [("right", "here")]))


def test_a_line_is_as_wide_as_it_should_be() -> None:
    left, right = [("left side 层", "plain"), (" more", "dim")], [("flush right", "strong")]
    for width in range(1, 40):
        strip = line(left, width, right)
        assert sum(true_length(text) for text, _, _ in strip) == width == strip.cell_length


def test_narrow_characters_are_counted_as_rich_does() -> None:
    for code in range(0x20, 0x2700):
        assert cell_len(chr(code)) == true_length(chr(code))
    assert cell_len("层 x") == 4


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 20, ["one two three"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("onetwothree four", 5, ["onetwothree", "four"]),
        ("层层 层层", 5, ["层层", "层层"]),
        ("", 5, [""]),
        ("Output 6: ⌈18 / 3⌉ = 6", 15, ["Output 6:", "⌈18 / 3⌉ = 6"]),
        ("Output: ⌊(18 − 3) / 3⌋ + 1", 20, ["Output:", "⌊(18 − 3) / 3⌋ + 1"]),
        ("⌊(18 − 3) / 3⌋", 10, ["⌊(18 − 3)", "/ 3⌋"]),
    ],
)
def test_lines_break_at_spaces(text: str, width: int, lines: list[str]) -> None:
    assert ["".join(part for part, _ in each) for each in wrap([(text, "plain")], width)] == lines


def test_parts_flow_on() -> None:
    parts = [("0.25 ", "positive"), ("red ", "dim"), ("+ 0.10 ", "positive"), ("green", "dim")]
    first = [("0.25 ", "positive"), ("red ", "dim"), ("+", "positive")]
    assert wrap(parts, 12) == [first, [("0.10 ", "positive"), ("green", "dim")]]


def test_a_title_leaves_out_the_details_that_dont_fit() -> None:
    titles = ("output", ("filter 26 of 64", "", "1:2", "0 … 1"))
    assert heading(titles, 40, DARK).text == "output ─── filter 26 of 64 · 1:2 · 0 … 1"
    assert heading(titles, 24, DARK).text == "output ─ filter 26 of 64"
    assert heading(titles, 23, DARK).text == "output  filter 26 of 64"
    assert heading(titles, 22, DARK).text == "output filter 26 of 64"
    assert heading(titles, 21, DARK).text == "output ── 1:2 · 0 … 1"
    assert heading(titles, 7, DARK).text == "output "
