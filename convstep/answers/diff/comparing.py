"""Walks two nets layer by layer, each layer on the same numbers, and finds where they first differ.

Layer by layer the one net's operation is computed on what arrives in the other, and compared with what comes out there.
So a difference of rounding never grows from layer to layer, and every layer is judged for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from convstep.answers.diff.matching import match
from convstep.answers.diff.results import Comparison
from convstep.answers.diff.saved import SavedValues
from convstep.answers.diff.sides import FIRST, Net, Saved, Side
from convstep.answers.diff.walking import Walk
from convstep.errors import ArgumentError, ShapeError
from convstep.layers import times


def diff(a: Side, b: Side, given: Mapping[str, str] | None = None, rounding: np.dtype[Any] | None = None) -> Comparison:
    """Return where two sides first differ beyond rounding, and why.

    Args:
        a: One side.
        b: The other.
        given: Layers of `b` by those of `a`, where names, order and shapes don't say.
        rounding: The dtype whose rounding is no difference; None for the coarser one of both.

    Raises:
        ArgumentError: No layers can be matched, or a layer that is named isn't there.
        ShapeError: The sides have different inputs, or numbers of examples.
    """
    if isinstance(a, Saved) and isinstance(b, Net):
        return turned(diff(b, a, {second: first for first, second in (given or {}).items()}, rounding))
    return walked(a, b, given or {}, rounding)[0]


def walked(
    a: Side, b: Side, given: Mapping[str, str], rounding: np.dtype[Any] | None = None
) -> tuple[Comparison, Walk | SavedValues]:
    """Return where two sides differ, of which the first is a net unless none is, and the walk that found it.

    Raises:
        ArgumentError: No layers can be matched, or a layer that is named isn't there.
        ShapeError: The sides have different inputs, or numbers of examples.
    """
    pairs = match(a, b, given)
    if not pairs:
        raise ArgumentError(
            f"no layer of {a.name} could be matched with one of {b.name}",
            hint=f"--map {a.layers[0] if a.layers else 'a'}=NAME says which is which; {b.name} has "
            f"{', '.join(b.layers[:8]) or 'no layers'}",
        )
    walk: Walk | SavedValues = Walk(a, b, pairs, given) if isinstance(a, Net) else SavedValues(a, b, pairs)
    walk.dtype = rounding or walk.dtype
    found = walk.comparison()
    if (
        found.first is not None
        and isinstance(walk, Walk)
        and isinstance(a, Net)
        and isinstance(b, Saved)
        and not walk.channels
    ):
        other = Walk(a, b, pairs, given)  # no shape tells where the channels lie
        other.dtype, other.channels = walk.dtype, FIRST
        again = other.comparison()
        found, walk = (again, other) if again.first is None else (found, walk)
    if found.first is None:
        _refuse_half(a, b, found)
    return found, walk


def _refuse_half(a: Side, b: Side, found: Comparison) -> None:
    """Check that sides that seem to agree could be compared to their end.

    Raises:
        ShapeError: One ends early, or a layer that both name has another shape.
    """
    faults = [side.values.network.fault if isinstance(side, Net) else None for side in (a, b)]
    if isinstance(b, Net) and (faults[0] is None) != (faults[1] is None):
        raise ShapeError(f"all layers before agree, but one net can't go on: {faults[0] or faults[1]}")
    if isinstance(b, Saved):
        for name in sorted(set(found.unmatched[0]) & set(found.unmatched[1])):
            shape = a.values.network.shape_of(name) if isinstance(a, Net) else a.arrays[name].shape
            raise ShapeError(
                f"is {times(b.arrays[name].shape)}, which does not fit {times(shape)} in {a.name}; all else agrees",
                where=f"{b.name}, {name}",
            )


def turned(found: Comparison) -> Comparison:
    """Return a comparison with its sides exchanged."""
    first = found.first
    if first is not None:
        first = replace(
            first,
            layers=first.layers[::-1],
            shapes=first.shapes[::-1],
            windows=first.windows[::-1],
        )
    return replace(
        found,
        names=found.names[::-1],
        pairs=tuple((b, a) for a, b in found.pairs),
        unmatched=found.unmatched[::-1],
        first=first,
    )
