"""A repainted line shows what its segments contain; and text wraps at spaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len as true_length
from rich.console import Console
from rich.text import Text
from textual.strip import Strip

from convstep.engine.geometry import Padding
from convstep.opening import open_session
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import DARK
from convstep.tui.lines.headings import heading
from convstep.tui.lines.strips import _colour, strip_of
from convstep.tui.lines.strips import style as style_of
from convstep.tui.lines.text import cell_len, line, wrap
from convstep.tui.maps.model import MapModel, layout
from convstep.tui.maps.strips import render_rows, row_strip
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


def looks(texts: list[tuple[str, int | None, int]]) -> list[tuple[str, int | None, int]]:
    """What is seen of each character: a space has no foreground."""
    return [(character, None if character == " " else ink, ground) for text, ink, ground in texts for character in text]


def looks_of(strip: Strip) -> list[tuple[str, int | None, int]]:
    texts = []
    for text, look, _ in strip:
        assert look is not None
        assert look.bgcolor is not None
        ink, ground = (
            colour and int(colour.get_truecolor().hex.lstrip("#"), 16) for colour in (look.color, look.bgcolor)
        )
        assert ground is not None
        texts.append((text, ink, ground))
    return looks(texts)


def test_equal_styles_need_not_be_the_same_object() -> None:
    """How many are cached must not be seen."""
    first = [style_of(0x102030, 0x405060), style_of(0x0F0F0F, 0x405060)]
    style_of.cache_clear()
    _colour.cache_clear()
    second = [style_of(0x102030, 0x405060), style_of(0x0F0F0F, 0x405060)]
    assert first[0] is not second[0]
    assert first[0].bgcolor is not second[0].bgcolor
    strip = strip_of([("a", first[0]), ("b", second[0]), ("  ", first[1]), ("c", second[1])], 5)
    assert [text for text, _, _ in strip] == ["ab  ", "c"]


INKS, TEXTS = st.sampled_from([0x000000, 0x102030]), st.sampled_from(["a", "bc", " ", "   ", " d", "e "])


@given(st.lists(st.tuples(TEXTS, INKS, INKS), min_size=1, max_size=12))
def test_spaces_join_their_neighbours_and_nothing_else_changes(runs: list[tuple[str, int | None, int]]) -> None:
    width = sum(len(text) for text, _, _ in runs)
    strip = strip_of([(text, style_of(ink, ground)) for text, ink, ground in runs], width)
    assert looks_of(strip) == looks(runs)
    spaces = [(at, look) for at, (text, look, _) in enumerate(strip) if text.isspace()]
    looks_around = [look for _, look, _ in strip]
    for at, look in spaces:
        assert look is not None
        for other in looks_around[max(0, at - 1) : at] + looks_around[at + 1 : at + 2]:
            assert other is not None
            assert other.bgcolor != look.bgcolor


@given(st.lists(st.tuples(st.sampled_from("▀ ·"), INKS, INKS), min_size=1, max_size=12))
def test_blanks_of_a_map_join_their_neighbours_and_nothing_else_changes(
    cells: list[tuple[str, int | None, int]],
) -> None:
    row = np.array([(ord(glyph), ink, ground) for glyph, ink, ground in cells], np.uint32)
    strip = row_strip(np.ascontiguousarray(row.T).tobytes())
    assert looks_of(strip) == looks(cells)
    fewest = 1
    ink, ground = cells[0][1] if cells[0][0] != " " else None, cells[0][2]
    for glyph, next_ink, next_ground in cells[1:]:
        if next_ground != ground or (glyph != " " and ink not in (None, next_ink)):
            fewest += 1
            ink = None
        ink, ground = ink if glyph == " " else next_ink, next_ground
    assert len(list(strip)) == fewest


def test_blanks_need_no_foreground() -> None:
    strip = row_strip(np.array([[ord(" ")] * 4, [0x102030] * 4, [0x405060] * 4], np.uint32).tobytes())
    assert strip.render(CONSOLE) == "\x1b[48;2;64;80;96m    \x1b[0m"


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
