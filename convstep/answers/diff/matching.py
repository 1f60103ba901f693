"""Which layer of one net is which of another: by name, or by order, kind and shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from convstep.answers.diff.sides import FIRST, LAST, Net, Saved, Side, lies, resized
from convstep.errors import ArgumentError, nearest
from convstep.layers import BatchNorm, Shape
from convstep.layers.pool import Pool
from convstep.layers.values import ValueByValue
from convstep.network import Network
from convstep.network.network import INPUT

Pairs = dict[str, str]
"""The layers of one side by those of the other, in order."""

SHAPE, KIND, FAMILY, NAME = 3.0, 2.0, 1.0, 1.5
"""How much it counts that two layers have the same shape, kind, family of kinds, or name."""


def match(a: Side, b: Side, given: Mapping[str, str]) -> Pairs:
    """Return which layers of `b` are those of `a`.

    Layers of the same name and kind are one where both sides share most names; others are matched by order, kind and
    shape, and those that can't be matched are left out.

    Args:
        a: One side.
        b: The other side.
        given: Layers of `b` by those of `a`, as the user says.

    Raises:
        ArgumentError: A layer that the user names isn't there.
    """
    for side, names in ((a, given.keys()), (b, given.values())):
        for name in names:
            if name not in side.layers:
                known = nearest(name, side.layers) or f"There are {', '.join(side.layers[:12])}"
                raise ArgumentError(f"{side.name} has no layer '{name}'", where="--map", hint=known)
    likeness = _likeness(a, b)
    firsts = [name for name in a.layers if name not in given]
    seconds = [name for name in b.layers if name not in given.values() and name != INPUT]
    shared = [name for name in firsts if name in seconds and likeness(name, name)]
    if 2 * len(shared) >= min(len(firsts), len(seconds)) and _in_order(shared, seconds, b):
        pairs = {name: name for name in shared}
        for name in shared:
            firsts.remove(name)
            seconds.remove(name)
        if isinstance(a, Saved) == isinstance(b, Saved):
            pairs |= _between(a.layers, b.layers, pairs, likeness)
    else:
        pairs = _aligned(firsts, seconds, likeness)
    pairs |= given
    if isinstance(a, Net) and isinstance(b, Net):
        pairs = _folded(a.values.network, b.values.network, pairs)
    return {name: pairs[name] for name in a.layers if name in pairs}


def _in_order(shared: Sequence[str], names: Sequence[str], side: Side) -> bool:
    """Return whether shared names stand in the same order; saved outputs may come in any."""
    return isinstance(side, Saved) or [name for name in names if name in set(shared)] == list(shared)


def _between(
    firsts: Sequence[str], seconds: Sequence[str], known: Pairs, likeness: Callable[[str, str], float]
) -> Pairs:
    """Return matches of the layers between those that are known already."""
    found: Pairs = {}
    rest, before = list(seconds), list[str]()
    for name in [*firsts, ""]:
        if name in known or not name:
            end = rest.index(known[name]) if name else len(rest)
            found |= _aligned(before, rest[:end], likeness)
            rest, before = rest[end + 1 :], []
        else:
            before.append(name)
    return found


def _aligned(firsts: Sequence[str], seconds: Sequence[str], likeness: Callable[[str, str], float]) -> Pairs:
    """Return the matches in order whose likeness adds up to most."""
    width = len(seconds) + 1
    best = [[0.0] * width]
    for first in firsts:
        above, row = best[-1], [0.0]
        for k, second in enumerate(seconds):
            like = likeness(first, second)
            row.append(max(above[k + 1], row[k], above[k] + like if like else 0.0))
        best.append(row)
    pairs: Pairs = {}
    i, k = len(firsts), len(seconds)
    while i and k:
        if best[i][k] == best[i - 1][k]:
            i -= 1
        elif best[i][k] == best[i][k - 1]:
            k -= 1
        else:
            i, k = i - 1, k - 1
            pairs[firsts[i]] = seconds[k]
    return pairs


def _likeness(a: Side, b: Side) -> Callable[[str, str], float]:
    """Return a function that tells how alike two layers are: 0 if they can't be the same."""

    def nets(first: str, second: str) -> float:
        assert isinstance(a, Net)
        assert isinstance(b, Net)
        one, other = a.values.network.stage(first), b.values.network.stage(second)
        named, shaped = NAME * (first == second), SHAPE * (one.output == other.output)
        if one.layer.kind == other.layer.kind:
            return KIND + shaped + named
        for family in (Pool, ValueByValue):
            if isinstance(one.layer, family) and isinstance(other.layer, family):
                is_norm = isinstance(one.layer, BatchNorm) or isinstance(other.layer, BatchNorm)
                return 0.0 if is_norm or one.layer.keeps_values or other.layer.keeps_values else FAMILY + shaped + named
        return 0.0

    def saved(first: str, second: str) -> float:
        array = b.arrays[second] if isinstance(b, Saved) else np.zeros(())
        if isinstance(a, Saved):
            shape = a.arrays[first].shape[1:]
            likes = (FIRST, LAST) if array.shape[1:] == shape else lies(array, shape) or lies(array, turned(shape))
            return SHAPE + NAME * (first == second) if likes and shape else 0.0
        stage = a.values.network.stage(first)
        shape = a.values.network.shape_of(first)
        words = (stage.layer.kind, *stage.layer.aliases)
        called = KIND * any(word.replace("_", "") in second.lower().replace("_", "") for word in words)
        if lies(array, shape):
            return SHAPE + called + NAME * (first == second)
        return NAME if first == second and resized(array, shape) else 0.0

    return nets if isinstance(a, Net) and isinstance(b, Net) else saved


def _folded(one: Network, other: Network, pairs: Pairs) -> Pairs:
    """Return the matches with a convolution into which a batch norm was folded matched with that batch norm.

    Exporters do that: there the convolution gives what here the batch norm gives.
    """
    back = {second: first for first, second in pairs.items()}
    return {
        (_norm_after(one, first, pairs) if not _norm_after(other, second, back, any_=True) else "") or first: (
            _norm_after(other, second, back) if not _norm_after(one, first, pairs, any_=True) else ""
        )
        or second
        for first, second in pairs.items()
    }


def _norm_after(network: Network, name: str, matched: Mapping[str, str], *, any_: bool = False) -> str:
    """Return the batch norm that alone takes a layer's output and is not matched, or that `any_` way; "" for none."""
    readers = [stage for stage in network.stages if name in stage.sources]
    if len(readers) != 1 or not isinstance(readers[0].layer, BatchNorm):
        return ""
    return readers[0].name if any_ or readers[0].name not in matched else ""


def turned(shape: Shape) -> Shape:
    """Return a shape with its first axis last."""
    return (*shape[1:], *shape[:1])


def unmatched_layers(a: Side, b: Side, pairs: Pairs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the layers of either side that the other does not have."""
    seconds = set(pairs.values())
    return tuple(n for n in a.layers if n not in pairs), tuple(n for n in b.layers if n not in seconds and n != INPUT)
