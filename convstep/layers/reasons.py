"""Why a window has the output and the padding that it has, and what it leaves out, along one axis and along both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from convstep.engine.geometry import Axis, Padding
from convstep.layers.words import LISTED, count, listed, ordinal

Told = tuple[str, str]
"""What there is to say in a few words, and what there is to say with its reason; the same, where there is no more."""

Lost = tuple[str, list[int]]
"""What the places along an axis are called, and which of them are never reached."""

SAME = ("same", "same_lower")
WORDS = (("row", "above", "below"), ("column", "left", "right"))
"""What places along rows and along columns are called, and padding at either end."""
LENGTH = (("place", "before", "after"),)
"""The same along a length."""

_unreached = lru_cache(64)(Axis.unreached)


def words_for(along_length: bool) -> tuple[tuple[str, str, str], ...]:
    """Return what the axes of a map are called; the one axis of a length."""
    return LENGTH if along_length else WORDS


def size_sum(axis: Axis, padding: object) -> str:
    """Return how many windows fit along an axis: ⌈64 / 2⌉ = 32 with SAME; else ⌊(28 − 2) / 2⌋ + 1 = 14."""
    same = padding in SAME and axis.output == -(-axis.size // axis.stride)
    return f"{f'⌈{axis.size} / {axis.stride}⌉' if same else axis} = {axis.output}"


def sides(four: Padding, along_length: bool) -> str:
    """Return padding by its sides: 1 above, 2 below, 1 left, 2 right; 1 on every side; nothing for none."""
    named = [name for _, *ends in words_for(along_length) for name in ends]
    if len(set(four[: len(named)])) == 1 and four[0]:
        return f"{four[0]} {'on every side' if not along_length else 'at both ends'}"
    return ", ".join(f"{number} {name}" for number, name in zip(four, named, strict=False) if number)


def same_needs(axes: Sequence[Axis], along_length: bool) -> str:
    """Return why SAME pads both axes as it does; of the second only the padding, where all else is the same."""
    rows, *others = zip(axes, words_for(along_length), strict=False)
    said = _need(*rows)
    for axis, words in others:
        same, ends = axis == rows[0], _ends(axis, words)
        said += f"; columns likewise{f': {ends}' if ends else ''}" if same else f"; {_need(axis, words)}"
    return said


def _need(axis: Axis, words: tuple[str, str, str]) -> str:
    windows, word, ends = -(-axis.size // axis.stride), words[0], _ends(axis, words)
    apart = f", {axis.stride} apart," if axis.stride > 1 and windows > 1 else ""
    said = f"⌈{axis.size} / {axis.stride}⌉ = {count(windows, 'window')} of {count(axis.extent, word)}{apart}"
    if not ends:
        return f"{said} fit{'s' * (windows == 1)} into {count(axis.size, word)}"
    return f"{said} need{'s' * (windows == 1)} {axis.size} + {axis.before + axis.after} {word}s: {ends}"


def _ends(axis: Axis, words: tuple[str, str, str]) -> str:
    return ", ".join(
        f"{number} {name}" for number, name in zip((axis.before, axis.after), words[1:], strict=True) if number
    )


def skipped(axes: Sequence[Axis], along_length: bool) -> list[Told]:
    """Return what the stride and the dilation of a window skip."""
    words = [word for word, *_ in words_for(along_length)]
    own = list(zip(axes, words, strict=False))
    told = []
    if any(axis.stride > 1 for axis, _ in own):
        moves = _joined([(f"{axis.stride}", f"{word}s" if axis.stride > 1 else word) for axis, word in own])
        short = f"stride {_each([axis.stride for axis, _ in own])}"
        told.append((short, f"{short}: the next window lies {moves} further"))
    if any(axis.dilation > 1 for axis, _ in own):
        gaps = _joined(
            [
                ("every other", word) if axis.dilation == 2 else (f"{axis.dilation - 1} of {axis.dilation}", f"{word}s")
                for axis, word in own
                if axis.dilation > 1
            ]
        )
        short = f"dilation {_each([axis.dilation for axis, _ in own])} skips {gaps}"
        spread = listed([f"{count(axis.kernel, 'tap')} over {count(axis.extent, word)}" for axis, word in own])
        told.append((short, f"{short}: {spread}"))
    return told


def _each(numbers: list[int]) -> str:
    """Return the numbers of both axes; once, where they are the same: 2; 2×1."""
    return str(numbers[0]) if len(set(numbers)) == 1 else "×".join(map(str, numbers))


def _joined(said: list[tuple[str, str]]) -> str:
    """Return amounts of rows and columns: 2 rows and columns; 2 rows and 3 columns."""
    if len({amount for amount, _ in said}) == 1:
        return f"{said[0][0]} {' and '.join(word for _, word in said)}"
    return " and ".join(map(" ".join, said))


def never_reached(axes: Sequence[Axis], along_length: bool) -> list[Told]:
    """Return which places of the input, and how much of its padding, no window has a tap on, and why."""
    tails, gaps, padding = list[Lost](), list[Lost](), list[Told]()
    for axis, (word, before, after) in zip(axes, words_for(along_length), strict=False):
        lost, last = _unreached(axis), axis.window(axis.output - 1)[-1]
        tails.append((word, [place for place in lost if place > last]))
        gaps.append((word, [place for place in lost if place <= last]))
        outside = _unreached(axis.pre_padded())
        padding += _padding(sum(place < axis.before for place in outside), word, before)
        padding += _padding(sum(place >= axis.before + axis.size for place in outside), word, after)
    return [*_lost(tails, "no window fits there"), *_lost(gaps, "no window has a tap there"), *padding]


def _lost(found: list[Lost], why: str) -> list[Told]:
    found = [(word, places) for word, places in found if places]
    if not found:
        return []
    are = "is" if sum(len(places) for _, places in found) == 1 else "are"
    short = f"{' and '.join(_listed(places, word) for word, places in found)} {are} never reached"
    return [(short, f"{short}: {why}")]


def _padding(lost: int, word: str, end: str) -> list[Told]:
    where = f"on the {end}" if end in ("left", "right") else end
    short = f"{count(lost, word)} of padding {where} {'is' if lost == 1 else 'are'} never reached"
    return [(short, short)] if lost else []


def _listed(places: Sequence[int], word: str) -> str:
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
