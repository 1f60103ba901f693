"""Breakpoints, and the search for the next window that one of them matches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from convstep.debugger.stops.conditions import Condition, InLayer, Or, parse, parts, reads_values, settled
from convstep.debugger.stops.masks import Mask, Windows, blocks, holds, layer_count, mask
from convstep.errors import ShapeError
from convstep.layers import Layer
from convstep.network import Network, Values
from convstep.network.values import Progress

Masks = Callable[[Condition, Windows], Mask]

REMEMBERED = 256
"""Blocks of windows for which it is kept where a condition holds."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A condition to stop at.

    Attributes:
        number: Which one, from 1.
        text: The condition as it was written.
        condition: What it says.
        hits: How often the search for it ended there.
    """

    number: int
    text: str
    condition: Condition
    hits: int = 0

    def __str__(self) -> str:
        return f"breakpoint {self.number} ({self.text})"

    @property
    def with_hits(self) -> str:
        """The same, and how often it was hit."""
        return f"{self}, {f'{self.hits:,} hit' + 's' * (self.hits > 1) if self.hits else 'no hits yet'}"


def added(breakpoints: tuple[Breakpoint, ...], text: str, network: Network) -> tuple[tuple[Breakpoint, ...], str]:
    """Return breakpoints with one more, on a condition, and what there is to say about it.

    Raises:
        VerbError: The condition can't be read.
        ArgumentError: It names a layer that the net does not have.
    """
    condition = parse(text)
    for part in parts(condition):
        if isinstance(part, InLayer):
            network.position(part.name)
    same = next((each for each in breakpoints if each.condition == condition), None)
    if same:
        return breakpoints, f"{same} is set already"
    number = max((each.number for each in breakpoints), default=0) + 1
    new = Breakpoint(number, " ".join(text.split()), condition)
    return (*breakpoints, new), f"{new} is set"


def remembering() -> Masks:
    """Return what evaluates conditions, and keeps where they hold."""
    return lru_cache(REMEMBERED)(mask)


@dataclass(frozen=True, slots=True)
class Match:
    """Where a search ended.

    Attributes:
        layer: Name of the layer.
        number: The step in it, from 0.
    """

    layer: str
    number: int


@dataclass(frozen=True, slots=True)
class Miss:
    """A search that found too few windows.

    Attributes:
        found: How many.
        fault: Why a layer on the way could not be looked at; None if all could.
    """

    found: int
    fault: ShapeError | None = None

    def said(self, *, forward: bool) -> str:
        """Return it in words."""
        way = "further on" if forward else "further back"
        if self.found > 1:
            what = f"only {self.found:,} windows {way} match"
        else:
            what = f"{'only 1' if self.found else 'no'} window {way} matches"
        return f"{what}; {self.fault}" if self.fault else what


def search(
    values: Values, conditions: Sequence[Condition], start: Match, count: int, masks: Masks, *, forward: bool
) -> Generator[Progress, None, Match | Miss]:
    """Look for the `count`-th window after `start`, or before it, that any condition holds at.

    First in its layer, then in those that follow, each computed when it is reached, and only if it has to be.

    Args:
        values: The net's values.
        conditions: What to look for.
        start: Where from; this window itself does not count.
        count: Which match to go to, from 1.
        masks: What evaluates a condition on a block of windows.
        forward: Whether to look at what comes after `start`.

    Yields:
        What is computed.

    Returns:
        Where it is, or how far the search got.
    """
    stages, at = values.network.stages, values.network.position(start.layer)
    left, fault = count, None
    for stage in stages[at:] if forward else stages[at::-1]:
        if stage.fault:
            fault = fault or stage.fault
            continue
        condition = _possible(conditions, stage.layer)
        if condition is None:
            continue
        if reads_values(condition):
            yield from values.compute(stage.name)
        allowed = range(layer_count(values, stage))
        if stage.name == start.layer:
            allowed = allowed[start.number + 1 :] if forward else allowed[: start.number]
        for block, numbers in _within(blocks(values, stage.name), allowed, forward=forward):
            first = block.numbers.start
            places = np.flatnonzero(masks(condition, block)[numbers.start - first : numbers.stop - first])
            if len(places) >= left:
                return Match(stage.name, numbers[places[left - 1 if forward else -left]])
            left -= len(places)
    return Miss(count - left, fault)


def _possible(conditions: Sequence[Condition], layer: Layer) -> Condition | None:
    """Return what holds in a layer where any of the conditions does; None if none ever can."""
    terms = tuple(condition for condition in conditions if settled(condition, layer) is not False)
    return Or(terms) if len(terms) > 1 else terms[0] if terms else None


def _within(whole: list[Windows], allowed: range, *, forward: bool) -> Iterator[tuple[Windows, range]]:
    """Yield the blocks that have any of the allowed steps, and which, in the direction of the search."""
    for block in whole if forward else reversed(whole):
        numbers = block.numbers
        shared = range(max(numbers.start, allowed.start), min(numbers.stop, allowed.stop))
        if shared:
            yield block, shared


def hit(breakpoints: Sequence[Breakpoint], values: Values, match: Match) -> tuple[Breakpoint, ...]:
    """Return the breakpoints with one hit more for each that holds at a match."""
    layer = values.network.stage(match.layer).layer

    def stops(condition: Condition) -> bool:
        return settled(condition, layer) is not False and holds(condition, values, match.layer, match.number)

    return tuple(replace(each, hits=each.hits + 1) if stops(each.condition) else each for each in breakpoints)
