"""Limited colours: the nearest solid colour, and when ▀ is replaced by a mixed colour."""

from __future__ import annotations

import numpy as np
import pytest
from rich.color import Color, ColorSystem

from convstep.tui.lines.limited_colours import LimitedColours, Nearest, cube, sixteen
from convstep.tui.lines.rgb import contrast, grey, packed, unpack
from convstep.tui.maps.pixels import characters

FEW = {
    "sixteen": (sixteen(), ColorSystem.STANDARD),
    "greys": (sixteen(hues=False), ColorSystem.STANDARD),
    "cube": (cube(), ColorSystem.EIGHT_BIT),
}


def glyphs(upper: str, lower: str, few: LimitedColours) -> str:
    pixels = np.array([[packed(upper)], [packed(lower)]], np.uint32)
    return "".join(map(chr, characters(pixels, few, np.ones((2, 1), bool))[0, 0].tolist()))


@pytest.mark.parametrize("name", FEW)
def test_every_colour_is_one_of_the_terminals(name: str) -> None:
    few, system = FEW[name]
    numbers = set()
    for red, green, blue in unpack(few.solids).tolist():
        shown = Color.from_rgb(red, green, blue).downgrade(system)
        numbers.add(shown.number)
        if system is ColorSystem.EIGHT_BIT:
            assert max(abs(a - b) for a, b in zip(shown.get_truecolor(), (red, green, blue), strict=True)) <= 7
    assert len(numbers) == len(few.solids) > 3
    assert (few.nearest(few.solids) == few.solids).all()


def test_the_nearest_colour_is_found() -> None:
    nearest = Nearest(unpack([0x000000, 0xFF0000, 0xFFFFFF]))
    assert nearest(np.array([[0x100008, 0xC02010], [0xE0E8E0, 0xFF0000]], np.uint32)).tolist() == [[0, 1], [2, 1]]


def test_an_edge_stays_sharp_and_a_tone_becomes_a_shade() -> None:
    assert glyphs("#000000", "#ffffff", sixteen()) == "▀"
    assert glyphs("#555555", "#555555", sixteen()) == " "
    assert [glyphs(tone, tone, sixteen()) for tone in ("#151515", "#2a2a2a", "#404040")] == ["░", "▒", "▓"]
    assert glyphs("#6a4632", "#6e4a36", cube()) == "▒"
    assert glyphs("#870000", "#0087d7", cube()) == "▀"


def test_only_the_picture_is_changed() -> None:
    pixels = np.full((4, 3), 0x2A2A2A, np.uint32)
    picture = np.zeros((4, 3), bool)
    picture[:2] = picture[2] = True
    cells = characters(pixels, sixteen(), picture)
    assert (cells[0, 0] == ord("▒")).all()
    assert (cells[1, 2] == 0x2A2A2A).all()
    assert set(cells[1, 1].tolist()) <= {0x000000, 0x555555}
    assert (characters(pixels)[:, 2] == 0x2A2A2A).all()


def test_brightness_and_contrast() -> None:
    assert grey(unpack([0xFFFFFF, 0xFF0000, 0x000000])).tolist() == [[255] * 3, [76] * 3, [0] * 3]
    assert contrast(0x000000, 0xFFFFFF) == pytest.approx(21)
    assert contrast(0xFFFFFF, 0x777777) == pytest.approx(4.48, abs=0.01)
