"""Blocks, box drawings and braille, painted by geometry; and the colours of a film, reduced to a palette."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from numpy.typing import NDArray

from convstep.report.film.blocks import coverage
from convstep.report.film.pictures import COLOURS, reduced

W, H = 10, 20


def edge(found: NDArray[np.float64], direction: str) -> list[float]:
    """The pixels at one border of a cell."""
    row = {"UP": found[0], "DOWN": found[-1], "LEFT": found[:, 0], "RIGHT": found[:, -1]}[direction]
    return [float(each) for each in row]


@pytest.mark.parametrize(
    ("character", "rows", "columns"),
    [
        ("▀", range(10), range(10)),
        ("▄", range(10, 20), range(10)),
        ("█", range(20), range(10)),
        ("▌", range(20), range(5)),
        ("▐", range(20), range(5, 10)),
        ("▘", range(10), range(5)),
        ("▝", range(10), range(5, 10)),
        ("▖", range(10, 20), range(5)),
        ("▗", range(10, 20), range(5, 10)),
    ],
)
def test_halves_and_quarters(character: str, rows: range, columns: range) -> None:
    expected = np.zeros((H, W))
    for row in rows:
        for column in columns:
            expected[row, column] = 1
    found = coverage(character, W, H)
    assert found is not None
    assert np.array_equal(found, expected)


def test_eighths_and_shades_cover_their_share() -> None:
    for number in range(1, 8):
        for character in (chr(0x2580 + number), chr(0x2590 - number)):
            found = coverage(character, 9, 18)
            assert found is not None
            assert found.mean() == pytest.approx(number / 8)
    assert [float(np.unique(coverage(shade, 9, 18))[0]) for shade in "░▒▓"] == [0.25, 0.5, 0.75]  # type: ignore[arg-type]
    three_quarters = coverage("▛", W, H)
    assert three_quarters is not None
    assert (three_quarters.mean(), three_quarters[15, 7]) == (0.75, 0)


def test_lines_reach_the_borders_that_their_names_say_and_meet_there() -> None:
    across, down = coverage("─", 9, 18), coverage("│", 9, 18)
    assert across is not None
    assert down is not None
    for code in range(0x2500, 0x2580):
        name = unicodedata.name(chr(code))
        found = coverage(chr(code), 9, 18)
        if ("DOUBLE" in name and "DASH" not in name) or "SINGLE" in name:
            assert found is None
            continue
        assert found is not None
        assert found.min() >= 0
        assert found.max() <= 1
        if "DASH" in name or "DIAGONAL" in name:
            assert 0.02 < found.mean() < 0.4
            continue
        words = name.replace("HORIZONTAL", "LEFT RIGHT").replace("VERTICAL", "UP DOWN").split()
        for direction in ("UP", "DOWN", "LEFT", "RIGHT"):
            assert (max(edge(found, direction)) > 0.5) == (direction in words), name
            if direction in words and "HEAVY" not in words:
                line = across if direction in ("LEFT", "RIGHT") else down
                assert edge(found, direction) == edge(line, direction), name


def test_braille_has_a_dot_for_each_bit() -> None:
    one = coverage("\u2801", 8, 16)
    assert one is not None
    for bits in (0x00, 0x81, 0x0F, 0xFF):
        found = coverage(chr(0x2800 + bits), 8, 16)
        assert found is not None
        assert found.sum() == pytest.approx(one.sum() * bits.bit_count())
    upper, lowest = coverage("\u2808", 8, 16), coverage("\u2840", 8, 16)
    assert upper is not None
    assert lowest is not None
    assert (upper[:4, 4:].sum(), lowest[12:, :4].sum()) == (upper.sum(), lowest.sum())


def test_other_characters_are_left_to_a_font() -> None:
    assert [coverage(each, 9, 18) for each in ("a", "卷", "→", "é\u0301")] == [None] * 4


def test_few_colours_are_kept_and_many_are_reduced() -> None:
    generator = np.random.default_rng(3)
    for count in (20, 3000):
        found = np.unique(generator.integers(0, 1 << 24, count).astype(np.uint32))
        pixels = generator.integers(1, 1000, len(found))
        colours, index_of = reduced(found, pixels, 0x123456)
        assert len(colours) <= COLOURS
        shown = colours[index_of(found)]
        assert int(colours[index_of(np.array([0x123456], np.uint32))][0]) == 0x123456
        if count < COLOURS:
            assert np.array_equal(shown, found)
        most = np.argsort(pixels)[-10:]
        assert np.array_equal(shown[most], found[most])
        difference = [abs((shown >> shift & 255).astype(int) - (found >> shift & 255)) for shift in (16, 8, 0)]
        assert np.mean(difference) < 30
