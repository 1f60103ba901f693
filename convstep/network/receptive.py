"""Receptive fields: which part of the input a neuron sees through all layers before it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from convstep.engine.geometry import Pair
from convstep.layers import Reach, grid
from convstep.network.network import INPUT, Network

LONGEST = 1 << 12
"""The longest period that is computed exactly; in a longer one, which no sensible net has, the pattern repeats."""


class Seen(NamedTuple):
    """The pixels of the net's input that a layer's neurons see along one axis.

    After an upsampling, some neurons see more pixels than others; this repeats with a period.

    Attributes:
        firsts: The first pixel that each neuron of one period sees.
        lasts: The last pixel that each neuron of one period sees.
        jump: The average distance from one neuron's pixels to the next neuron's.
    """

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]
    jump: Fraction

    def first(self, position: int) -> int:
        """Return the first pixel that the neuron at `position` sees."""
        return self._of(self.firsts, position)

    def last(self, position: int) -> int:
        """Return the last pixel that the neuron at `position` sees."""
        return self._of(self.lasts, position)

    def _of(self, pixels: tuple[int, ...], position: int) -> int:
        periods, place = divmod(position, len(pixels))
        return pixels[place] + floor(periods * len(pixels) * self.jump)


Span = tuple[Seen, Seen]
"""What a layer's neurons see along rows and columns."""


@dataclass(frozen=True)
class Field:
    """The receptive field of one layer's neurons.

    Attributes:
        size: The largest height and width in pixels of the input, padding of all layers included.
        jump: Input rows and columns between the fields of neighbouring neurons; a fraction after an upsampling.
    """

    size: Pair
    jump: tuple[Fraction, Fraction]


def fields(network: Network) -> dict[str, Field]:
    """Return the receptive field of every layer that can work, by its name."""
    pixel = Seen((0,), (0,), Fraction(1))
    seen: dict[str, Span] = {INPUT: (pixel, pixel)}
    spread: dict[str, Pair] = {INPUT: (1, 1)}  # the map's height and width, before any flatten
    for stage in network.stages:
        if stage.input is None or stage.output is None:
            continue
        arriving = _union([seen[source] for source in stage.sources])
        own, flat = stage.layer.reach(stage.input), len(stage.input) == 1
        places = spread[stage.sources[0]] if flat else grid(stage.input)[:2]
        spread[stage.name] = (1, 1) if own is None else places
        if own is None:
            alike = len(stage.output) > 1 and max(grid(stage.output)[:2]) > 1
            rows, cols = (_seen_by_all(before, size, alike) for before, size in zip(arriving, places, strict=True))
        else:
            rows, cols = (_through(before, after) for before, after in zip(arriving, own, strict=True))
        seen[stage.name] = (rows, cols)
    return {name: _field(*span) for name, span in seen.items() if name != INPUT}


def _seen_by_all(before: Seen, size: int, alike: bool) -> Seen:
    """Return what the neurons of a layer see if each sees all of the map before it, `size` long.

    Args:
        before: What the neurons of the map before see.
        size: Its length.
        alike: Whether there are several neurons along the axis, which all see the same.
    """
    if alike:
        return Seen((before.first(0),), (before.last(size - 1),), Fraction(0))
    beyond = before.last(size - 1) - before.first(0)
    return Seen(before.firsts, tuple(first + beyond for first in before.firsts), before.jump)


def _through(before: Seen, own: Reach) -> Seen:
    """Return what neurons see of the net's input, given what they see of the map before, and what its neurons see."""
    period = len(before.firsts)
    period = min(own.jump.denominator * period // gcd(own.jump.numerator, period), LONGEST)
    starts = [own.first + position * own.jump for position in range(period)]
    firsts = tuple(before.first(ceil(start)) for start in starts)
    lasts = tuple(before.last(floor(start + own.span)) for start in starts)
    return Seen(firsts, lasts, own.jump * before.jump)


def _union(spans: list[Span]) -> Span:
    """Return the smallest intervals that contain what several inputs of one layer see."""
    rows, cols = (_hull([span[axis] for span in spans]) for axis in (0, 1))
    return rows, cols


def _hull(seen: list[Seen]) -> Seen:
    positions = range(min(lcm(*(len(each.firsts) for each in seen)), LONGEST))
    firsts = tuple(min(each.first(position) for each in seen) for position in positions)
    lasts = tuple(max(each.last(position) for each in seen) for position in positions)
    return Seen(firsts, lasts, max(each.jump for each in seen))


def _field(rows: Seen, cols: Seen) -> Field:
    height, width = (max(last - first for first, last in zip(*axis[:2], strict=True)) + 1 for axis in (rows, cols))
    return Field((height, width), (rows.jump, cols.jump))
