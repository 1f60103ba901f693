"""Receptive fields: how much of the input a neuron sees through all the layers before it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convstep.engine.geometry import Pair
from convstep.layers import Reach, grid
from convstep.network.network import INPUT, Network

Span = tuple[Reach, Reach]
"""What neurons see of the net's input, along rows and columns."""


@dataclass(frozen=True)
class Field:
    """The receptive field of one layer's neurons.

    Attributes:
        size: Its height and width in pixels of the input, padding on the way included.
        jump: Rows and columns of the input between the fields of neighbouring neurons; a fraction after an upsampling.
    """

    size: Pair
    jump: tuple[Fraction, Fraction]


def fields(network: Network) -> dict[str, Field]:
    """Return the receptive field of every layer that works, by its name."""
    pixel = Reach(Fraction(0), Fraction(0), Fraction(1))
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
            own = _all_of(*places)
        rows, cols = (_through(before, after) for before, after in zip(arriving, own, strict=True))
        seen[stage.name] = (rows, cols)
    return {name: _field(*span) for name, span in seen.items() if name != INPUT}


def _all_of(height: int, width: int) -> Span:
    rows, cols = (Reach(Fraction(0), Fraction(size - 1), Fraction(1)) for size in (height, width))
    return rows, cols


def _through(before: Reach, after: Reach) -> Reach:
    """Return what is seen through two layers."""
    first = before.first + after.first * before.jump
    return Reach(first, before.span + after.span * before.jump, after.jump * before.jump)


def _union(spans: list[Span]) -> Span:
    """Return the smallest intervals that hold what several inputs of one layer see."""
    rows, cols = (_hull([span[axis] for span in spans]) for axis in (0, 1))
    return rows, cols


def _hull(seen: list[Reach]) -> Reach:
    first = min(each.first for each in seen)
    return Reach(first, max(each.first + each.span for each in seen) - first, max(each.jump for each in seen))


def _field(rows: Reach, cols: Reach) -> Field:
    return Field((int(rows.span) + 1, int(cols.span) + 1), (rows.jump, cols.jump))
