"""Breakpoints, and the search for the next window that matches one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from convstep.debugger.stops.conditions import Condition, InLayer, Or, decided_by_layer, parse, parts, reads_values
from convstep.debugger.stops.masks import Mask, Windows, blocks, holds, layer_count, mask
from convstep.errors import ShapeError
from convstep.layers import Layer
from convstep.network import Network, Values
from convstep.network.values import Progress

Masks = Callable[[Condition, Windows], Mask]

CACHED_BLOCKS = 256
"""The most masks that are cached, each for one condition and one block of windows."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A condition to stop at.

    Attributes:
        number: The breakpoint's number, from 1.
        text: The condition as it was written.
        condition: The condition, parsed.
        hits: How often a search ended at it.
    """

    number: int
    text: str
    condition: Condition
    hits: int = 0

    def __str__(self) -> str:
        return f"breakpoint {self.number} ({self.text})"

    @property
    def with_hits(self) -> str:
        """The breakpoint and its number of hits, in words."""
        return f"{self}, {f'{self.hits:,} hit' + 's' * (self.hits > 1) if self.hits else 'no hits yet'}"


Breakpoints = tuple[Breakpoint, ...]


def add_breakpoint(breakpoints: Breakpoints, text: str, network: Network) -> tuple[Breakpoints, str]:
    """Return breakpoints with one more, and a message.

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


def cached_masks() -> Masks:
    """Return `mask` with a cache."""
    return lru_cache(CACHED_BLOCKS)(mask)


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a search.

    Attributes:
        layer: Name of the layer.
        number: The layer's step, from 0.
    """

    layer: str
    number: int


@dataclass(frozen=True, slots=True)
class Miss:
    """The result of a search that found too few windows.

    Attributes:
        found: How many it found.
        fault: Why one of the layers can't work; None if all can.
    """

    found: int
    fault: ShapeError | None = None

    def message(self, *, forward: bool) -> str:
        """Return the result in words."""
        way = "further on" if forward else "further back"
        if self.found > 1:
            what = f"only {self.found:,} windows {way} match"
        else:
            what = f"{'only 1' if self.found else 'no'} window {way} matches"
        return f"{what}; {self.fault}" if self.fault else what


def search(
    values: Values, conditions: Sequence[Condition], start: Match, count: int, masks: Masks, *, forward: bool
) -> Generator[Progress, None, Match | Miss]:
    """Search for the `count`-th window after `start`, or before it, at which any condition holds.

    Layers are searched in order from that of `start`; each is computed when it is reached, and only if necessary.

    Args:
        values: The net's values.
        conditions: The conditions.
        start: Where the search starts; this window itself is skipped.
        count: Which match to return, from 1.
        masks: Evaluates a condition on a block of windows.
        forward: Whether to search forwards.

    Yields:
        The progress of computing a layer.

    Returns:
        The match, or a miss.
    """
    stages, at = values.network.stages, values.network.position(start.layer)
    left, fault = count, None
    for stage in stages[at:] if forward else stages[at::-1]:
        if stage.fault:
            fault = fault or stage.fault
            continue
        condition = _possible_in(conditions, stage.layer)
        if condition is None:
            continue
        if reads_values(condition):
            yield from values.compute(stage.name)
        allowed = range(layer_count(values, stage))
        if stage.name == start.layer:
            allowed = allowed[start.number + 1 :] if forward else allowed[: start.number]
        for block, numbers in _blocks_within(blocks(values, stage.name), allowed, forward=forward):
            first = block.numbers.start
            places = np.flatnonzero(masks(condition, block)[numbers.start - first : numbers.stop - first])
            if len(places) >= left:
                return Match(stage.name, numbers[places[left - 1 if forward else -left]])
            left -= len(places)
    return Miss(count - left, fault)


def _possible_in(conditions: Sequence[Condition], layer: Layer) -> Condition | None:
    """Return a condition that holds wherever one of these does in a layer; None if none ever can."""
    terms = tuple(condition for condition in conditions if decided_by_layer(condition, layer) is not False)
    return Or(terms) if len(terms) > 1 else terms[0] if terms else None


def _blocks_within(whole: list[Windows], allowed: range, *, forward: bool) -> Iterator[tuple[Windows, range]]:
    """Yield the blocks that contain allowed steps, with these, in the direction of the search."""
    for block in whole if forward else reversed(whole):
        numbers = block.numbers
        shared = range(max(numbers.start, allowed.start), min(numbers.stop, allowed.stop))
        if shared:
            yield block, shared


def count_hits(breakpoints: Sequence[Breakpoint], values: Values, match: Match) -> Breakpoints:
    """Return the breakpoints, with one hit more for each that holds at the match."""
    layer = values.network.stage(match.layer).layer

    def stops(condition: Condition) -> bool:
        return decided_by_layer(condition, layer) is not False and holds(condition, values, match.layer, match.number)

    return tuple(replace(each, hits=each.hits + 1) if stops(each.condition) else each for each in breakpoints)
