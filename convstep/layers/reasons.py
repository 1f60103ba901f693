"""Why a layer's output and padding have their sizes, and which parts of its input no window reaches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from convstep.engine.geometry import Axis, Padding
from convstep.layers.words import LISTED, count, listed, ordinal

Explanation = tuple[str, str]
"""A fact in a few words, and the same with its reason; both are equal if there is no reason to give."""

Unreached = tuple[str, list[int]]
"""The word for places along an axis, and those that no window reaches."""

SAME = ("same", "same_lower")
WORDS = (("row", "above", "below"), ("column", "left", "right"))
"""The words for a row, a column, and the padding at either end."""
LENGTH = (("place", "before", "after"),)
"""The same for a 1-D input."""

_unreached = lru_cache(64)(Axis.unreached)


def words_for(along_length: bool) -> tuple[tuple[str, str, str], ...]:
    """Return the words for the axes of a map, or for the one axis of a 1-D input."""
    return LENGTH if along_length else WORDS


def size_sum(axis: Axis, padding: object) -> str:
    """Return the arithmetic for the number of windows: ⌈64 / 2⌉ = 32 with SAME; else ⌊(28 − 2) / 2⌋ + 1 = 14."""
    same = padding in SAME and axis.output == -(-axis.size // axis.stride)
    return f"{f'⌈{axis.size} / {axis.stride}⌉' if same else axis} = {axis.output}"


def sides(padding: Padding, along_length: bool) -> str:
    """Return padding by its sides: 1 above, 2 below, 1 left, 2 right; 1 on every side; "" for none."""
    names = [name for _, *ends in words_for(along_length) for name in ends]
    if len(set(padding[: len(names)])) == 1 and padding[0]:
        return f"{padding[0]} {'on every side' if not along_length else 'at both ends'}"
    return ", ".join(f"{number} {name}" for number, name in zip(padding, names, strict=False) if number)


def same_needs(axes: Sequence[Axis], along_length: bool) -> str:
    """Return the amount of SAME padding of both axes, and the reason for it; of equal axes, the reason once."""
    rows, *others = zip(axes, words_for(along_length), strict=False)
    text = _need(*rows)
    for axis, words in others:
        same, padding = axis == rows[0], _axis_padding(axis, words)
        text += f"; columns likewise{f': {padding}' if padding else ''}" if same else f"; {_need(axis, words)}"
    return text


def _need(axis: Axis, words: tuple[str, str, str]) -> str:
    windows, word, padding = -(-axis.size // axis.stride), words[0], _axis_padding(axis, words)
    apart = f", {axis.stride} apart," if axis.stride > 1 and windows > 1 else ""
    text = f"⌈{axis.size} / {axis.stride}⌉ = {count(windows, 'window')} of {count(axis.extent, word)}{apart}"
    if not padding:
        return f"{text} fit{'s' * (windows == 1)} into {count(axis.size, word)}"
    return f"{text} need{'s' * (windows == 1)} {axis.size} + {axis.before + axis.after} {word}s: {padding}"


def _axis_padding(axis: Axis, words: tuple[str, str, str]) -> str:
    return ", ".join(
        f"{number} {name}" for number, name in zip((axis.before, axis.after), words[1:], strict=True) if number
    )


def skipped(axes: Sequence[Axis], along_length: bool) -> list[Explanation]:
    """Return what the stride and the dilation of a window skip."""
    words = [word for word, *_ in words_for(along_length)]
    own = list(zip(axes, words, strict=False))
    found = []
    if any(axis.stride > 1 for axis, _ in own):
        moves = _join_amounts([(f"{axis.stride}", f"{word}s" if axis.stride > 1 else word) for axis, word in own])
        short = f"stride {_per_axis([axis.stride for axis, _ in own])}"
        found.append((short, f"{short}: the next window lies {moves} further"))
    if any(axis.dilation > 1 for axis, _ in own):
        gaps = _join_amounts(
            [
                ("every other", word) if axis.dilation == 2 else (f"{axis.dilation - 1} of {axis.dilation}", f"{word}s")
                for axis, word in own
                if axis.dilation > 1
            ]
        )
        short = f"dilation {_per_axis([axis.dilation for axis, _ in own])} skips {gaps}"
        spread = listed([f"{count(axis.kernel, 'tap')} over {count(axis.extent, word)}" for axis, word in own])
        found.append((short, f"{short}: {spread}"))
    return found


def _per_axis(numbers: list[int]) -> str:
    """Return the numbers of both axes: 2×1; only one if they are equal: 2."""
    return str(numbers[0]) if len(set(numbers)) == 1 else "×".join(map(str, numbers))


def _join_amounts(amounts: list[tuple[str, str]]) -> str:
    """Return amounts of rows and columns: 2 rows and columns; 2 rows and 3 columns."""
    if len({amount for amount, _ in amounts}) == 1:
        return f"{amounts[0][0]} {' and '.join(word for _, word in amounts)}"
    return " and ".join(map(" ".join, amounts))


def never_reached(axes: Sequence[Axis], along_length: bool) -> list[Explanation]:
    """Return which places of the input, and how much of its padding, no window has a tap on, and why."""
    tails, gaps, padding = list[Unreached](), list[Unreached](), list[Explanation]()
    for axis, (word, before, after) in zip(axes, words_for(along_length), strict=False):
        unreached, last = _unreached(axis), axis.window(axis.output - 1)[-1]
        tails.append((word, [place for place in unreached if place > last]))
        gaps.append((word, [place for place in unreached if place <= last]))
        outside = _unreached(axis.pre_padded())
        padding += _unreached_padding(sum(place < axis.before for place in outside), word, before)
        padding += _unreached_padding(sum(place >= axis.before + axis.size for place in outside), word, after)
    return [*_explain(tails, "no window fits there"), *_explain(gaps, "no window has a tap there"), *padding]


def _explain(found: list[Unreached], why: str) -> list[Explanation]:
    found = [(word, places) for word, places in found if places]
    if not found:
        return []
    are = "is" if sum(len(places) for _, places in found) == 1 else "are"
    short = f"{' and '.join(_places_in_words(places, word) for word, places in found)} {are} never reached"
    return [(short, f"{short}: {why}")]


def _unreached_padding(number: int, word: str, end: str) -> list[Explanation]:
    where = f"on the {end}" if end in ("left", "right") else end
    short = f"{count(number, word)} of padding {where} {'is' if number == 1 else 'are'} never reached"
    return [(short, short)] if number else []


def _places_in_words(places: Sequence[int], word: str) -> str:
    """Return places in words: row 27; rows 25–27; rows 2, 5 and 8; 21 rows, every 3rd from 2 to 62."""
    if len(places) == 1:
        return f"{word} {places[0]}"
    if places[-1] - places[0] == len(places) - 1:
        return f"{word}s {places[0]}–{places[-1]}"
    if len(places) <= LISTED:
        return f"{word}s {listed([*map(str, places)])}"
    steps = {later - earlier for earlier, later in pairwise(places)}
    every = f", every {ordinal(steps.pop())}" if len(steps) == 1 else ""
    return f"{len(places):,} {word}s{every} from {places[0]} to {places[-1]}"
