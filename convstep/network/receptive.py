"""Receptive fields: how much of the input a neuron sees through all the layers before it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from convstep.engine.geometry import Pair
from convstep.layers import Reach, grid
from convstep.network.network import INPUT, Network

LONGEST = 1 << 12
"""Neurons of a period that are told apart: of a longer one, which no sensible net has, the rest counts as these do."""


class Seen(NamedTuple):
    """What the neurons of a layer see of the net's input along one axis; after an upsampling, some see more.

    Attributes:
        firsts: The first pixel that each neuron of one period sees; the next period's lie further on, as far apart.
        lasts: The last one.
        jump: How far the next neuron's pixels lie from a neuron's, on average.
    """

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]
    jump: Fraction

    def first(self, position: int) -> int:
        """Return the first pixel that the neuron at `position` sees."""
        return self._of(self.firsts, position)

    def last(self, position: int) -> int:
        """Return the last one."""
        return self._of(self.lasts, position)

    def _of(self, pixels: tuple[int, ...], position: int) -> int:
        periods, place = divmod(position, len(pixels))
        return pixels[place] + floor(periods * len(pixels) * self.jump)


Span = tuple[Seen, Seen]
"""What neurons see along rows and columns."""


@dataclass(frozen=True)
class Field:
    """The receptive field of one layer's neurons.

    Attributes:
        size: Its height and width in pixels of the input, padding on the way included; of unequal ones the largest.
        jump: Rows and columns of the input between the fields of neighbouring neurons; a fraction after an upsampling.
    """

    size: Pair
    jump: tuple[Fraction, Fraction]


def fields(network: Network) -> dict[str, Field]:
    """Return the receptive field of every layer that works, by its name."""
    pixel = Seen((0,), (0,), Fraction(1))
    seen: dict[str, Span] = {INPUT: (pixel, pixel)}
    spread: dict[str, Pair] = {INPUT: (1, 1)}  # over how many rows and columns of a map a row of values was
    for stage in network.stages:
        if stage.input is None or stage.output is None:
            continue
        arriving = _union([seen[source] for source in stage.sources])
        own, flat = stage.layer.reach(stage.input), len(stage.input) == 1
        places = spread[stage.sources[0]] if flat else grid(stage.input)[:2]
        spread[stage.name] = (1, 1) if own is None else places
        if own is None:
            rows, cols = (_of_all(before, size) for before, size in zip(arriving, places, strict=True))
        else:
            rows, cols = (_through(before, after) for before, after in zip(arriving, own, strict=True))
        seen[stage.name] = (rows, cols)
    return {name: _field(*span) for name, span in seen.items() if name != INPUT}


def _of_all(before: Seen, size: int) -> Seen:
    """Return what is seen by a layer whose neurons see all of a map."""
    beyond = before.last(size - 1) - before.first(0)
    return Seen(before.firsts, tuple(first + beyond for first in before.firsts), before.jump)


def _through(before: Seen, own: Reach) -> Seen:
    """Return what is seen through two layers: of the map between them, only whole places are."""
    period = len(before.firsts)
    period = min(own.jump.denominator * period // gcd(own.jump.numerator, period), LONGEST)
    starts = [own.first + position * own.jump for position in range(period)]
    firsts = tuple(before.first(ceil(start)) for start in starts)
    lasts = tuple(before.last(floor(start + own.span)) for start in starts)
    return Seen(firsts, lasts, own.jump * before.jump)


def _union(spans: list[Span]) -> Span:
    """Return the smallest intervals that hold what several inputs of one layer see."""
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
