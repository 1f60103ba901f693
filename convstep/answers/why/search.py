"""Somebody's sums through a net: with slips in some layers, and the search for slips that give an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Literal, NamedTuple

from convstep.answers.why.slips import SLIPS, At, Slip, rank
from convstep.answers.why.sums import Count, SizeSum
from convstep.engine.geometry import Axis
from convstep.errors import ShapeError
from convstep.layers import Shape, Windowed
from convstep.layers.base import plane, sizes
from convstep.network import INPUT, Network, Stage

MOST_STEPS = 400_000
"""At most so many layers are worked out in a search: less than a second."""
MOST_FITS = 200
"""The search stops at so many explanations."""
LAYERS_IN_TRIPLES = ("padding", "layer", "stride", "rounding")
"""The parts that three slips at once may change, if fewer don't give the answer."""

What = Literal["shape", "sides", "size", "parameters", "total"]
"""What an answer is about: a layer's shape, its height and width, its number of values, its number of parameters, or
the whole net's."""

Slips = Mapping[str, tuple[Slip, ...]]


class Target(NamedTuple):
    """What an answer is compared with.

    Attributes:
        layer: The layer; empty for the whole net.
        what: What of it.
    """

    layer: str
    what: What


class Placed(NamedTuple):
    """A slip made in some layers.

    Attributes:
        slip: The slip.
        layers: The layers; () for a slip of the answer itself.
    """

    slip: Slip
    layers: tuple[str, ...] = ()

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The slip's name with each of its layers."""
        return frozenset((self.slip.name, layer) for layer in self.layers or ("",))


@dataclass(frozen=True)
class Fit:
    """Slips that give an answer.

    Attributes:
        target: What they are the answer for.
        placed: The slips.
        shapes: The output shapes, in these sums, of the layers that the target depends on.
        alike: Other places of the same slips that give the same sizes everywhere.
    """

    target: Target
    placed: tuple[Placed, ...]
    shapes: Mapping[str, Shape | None]
    alike: tuple[tuple[Placed, ...], ...] = ()

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The slips' names with their layers."""
        return _pairs(self.placed)

    @property
    def slips(self) -> Slips:
        """The slips of each layer."""
        return by_layer(self.placed)


def _pairs(placed: Sequence[Placed]) -> frozenset[tuple[str, str]]:
    return frozenset[tuple[str, str]]().union(*(each.pairs for each in placed))


def _rank(placed: Placed) -> int:
    return rank(placed.slip)


def by_layer(placed: Sequence[Placed]) -> Slips:
    """Return the slips of each layer, in the order of the table."""
    found: dict[str, tuple[Slip, ...]] = {}
    for each in sorted(placed, key=_rank) if len(placed) > 1 else placed:
        for layer in each.layers:
            found[layer] = (*found.get(layer, ()), each.slip)
    return found


class Sums:
    """The sums through a net, up to the first layer that can't work.

    Args:
        network: The net.

    Attributes:
        network: The net.
        stages: The layers whose input is known.
        right: The right shapes of the input and of these layers' outputs.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.stages = [stage for stage in network.stages if stage.input is not None]
        self.right: dict[str, Shape | None] = {INPUT: network.input_shape}
        self.right |= {stage.name: stage.output for stage in self.stages}
        self._names = [stage.name for stage in self.stages]
        self._weighted = {stage.name: stage for stage in self.stages if stage.layer.parameters(stage.input or ())}
        self._outputs: dict[tuple[int, tuple[Shape | None, ...], tuple[Slip, ...]], Shape | None] = {}
        self._counts: dict[tuple[str, tuple[Shape | None, ...], tuple[Slip, ...]], int] = {}

    def at(self, stage: Stage, shapes: Mapping[str, Shape | None]) -> At | None:
        """Return a layer with its input in somebody's sums; None if the sums don't get there."""
        arrivals = tuple(shape for source in stage.sources if (shape := shapes.get(source)) is not None)
        if len(arrivals) < len(stage.sources):
            return None
        try:
            joined = stage.layer.combined_shape(*arrivals)
            output = _right_output(stage, joined)
        except ShapeError:
            return None
        return None if output is None else At(stage.layer, arrivals, joined, output)

    def shapes(self, slips: Slips) -> dict[str, Shape | None]:
        """Return every layer's output shape with some slips; None for layers that the sums don't get to."""
        shapes = dict(self.right)
        begun = False
        for n, (name, stage) in enumerate(zip(self._names, self.stages, strict=True)):
            own = slips.get(name, ())
            begun = begun or bool(own)
            if not begun:
                continue
            key = (n, tuple([shapes[source] for source in stage.sources]), own)
            if key not in self._outputs:
                self._outputs[key] = self._output(stage, shapes, own)
            shapes[name] = self._outputs[key]
        return shapes

    def _output(self, stage: Stage, shapes: Mapping[str, Shape | None], slips: tuple[Slip, ...]) -> Shape | None:
        at = self.at(stage, shapes)
        if at is None:
            return None
        if any(slip.leaves_out for slip in slips):
            return at.shape
        output = at.output
        if any(slip.window or slip.size for slip in slips):
            sums = size_sums(at, slips)
            if not sums or any(value < 1 for value in map(windows, sums)):
                return None
            output = (*map(windows, sums), output[-1])
        for slip in slips:
            if slip.channels:
                output = (*output[:-1], slip.channels(at))
        return output if all(output) else None

    def parameters(self, stage: Stage, shapes: Mapping[str, Shape | None], slips: tuple[Slip, ...]) -> int:
        """Return a layer's number of parameters with some slips; −1 if the sums don't get there."""
        key = (stage.layer.name, tuple([shapes[source] for source in stage.sources]), slips)
        if key not in self._counts:
            sum_ = self.count(stage, shapes, slips)
            at = self.at(stage, shapes)
            own = -1 if at is None else at.layer.parameters(at.shape)
            self._counts[key] = own if sum_ is None else sum_.value
        return self._counts[key]

    def count(self, stage: Stage, shapes: Mapping[str, Shape | None], slips: tuple[Slip, ...]) -> Count | None:
        """Return the sum for a layer's number of parameters; None without weights, or if the sums don't get there."""
        at = self.at(stage, shapes)
        sum_ = None if at is None else at.parameter_sum
        for slip in slips:
            if at is not None and sum_ is not None and slip.count:
                sum_ = slip.count(at, sum_)
        return sum_

    def value(self, target: Target, shapes: Mapping[str, Shape | None], placed: Sequence[Placed]) -> Shape | None:
        """Return what a target comes to in somebody's sums; None if they don't get there."""
        return self.comes_to(target, shapes, by_layer(placed), [each.slip.result for each in placed])

    def comes_to(
        self,
        target: Target,
        shapes: Mapping[str, Shape | None],
        slips: Slips,
        results: Sequence[Callable[[Shape], Shape] | None],
    ) -> Shape | None:
        """Return the same, for slips by layer and those of the answer itself."""
        if target.what in ("parameters", "total"):
            stages = [self._weighted[target.layer]] if target.layer else self._weighted.values()
            counts = [self.parameters(stage, shapes, slips.get(stage.layer.name, ())) for stage in stages]
            return None if min(counts, default=-1) < 0 else (sum(counts),)
        shape = shapes.get(target.layer)
        if shape is None:
            return None
        for result in results:
            shape = result(shape) if result else shape
        if target.what == "shape":
            return shape
        return shape[:-1] if target.what == "sides" else (prod(shape),)


def _right_output(stage: Stage, shape: Shape) -> Shape | None:
    layer = stage.layer
    if shape == stage.input and stage.output is not None:
        return stage.output
    if isinstance(layer, Windowed):  # given weights may be for other channels
        try:
            found = sizes(shape, layer.axes(shape))
        except ShapeError:  # it doesn't fit, but may with a slip
            found = (0,) * (len(shape) - 1)
        return (*found, layer.channels(shape[-1]))
    try:
        return layer.output(shape)
    except ShapeError:
        if stage.input == stage.output:
            return shape
        return stage.output if layer.made_for is not None else None


def size_sums(at: At, slips: Sequence[Slip]) -> tuple[Axis | SizeSum, ...]:
    """Return the sums for a layer's sizes, one an axis; () if no window fits, or the layer has none."""
    if not isinstance(at.layer, Windowed):
        return ()
    window = at.layer.sliding
    for slip in slips:
        window = slip.window(window) if slip.window else window
    try:
        axes = window.over(*plane(at.shape, at.layer.term), at.layer.mode)[: len(at.shape) - 1]
    except ShapeError:
        return ()
    changes = [slip.size for slip in slips if slip.size]
    sums: list[Axis | SizeSum] = []
    for axis in axes:
        sum_ = SizeSum.of(axis, window.padding)
        for change in changes:
            sum_ = change(sum_)
        sums.append(sum_ if changes else axis)
    return tuple(sums)


def windows(sum_: Axis | SizeSum) -> int:
    """Return how many windows a sum gives."""
    return sum_.output if isinstance(sum_, Axis) else sum_.value


def places(sums: Sums, results: Sequence[Slip], *, counts: bool) -> list[Placed]:
    """Return all slips with their places: in all layers, all convolutions, all pools, or one; the likeliest first.

    Args:
        sums: The net.
        results: Slips of the answer itself.
        counts: Whether to include slips that only change numbers of parameters.
    """
    found: list[Placed] = []
    rights = {stage.name: at for stage in sums.stages if (at := sums.at(stage, sums.right)) is not None}
    for slip in SLIPS:
        if slip.count and not slip.channels and not counts:
            continue
        names = tuple(name for name, at in rights.items() if slip.applies(at))
        groups = [names, *(_of_kind(names, rights, weighted=weighted) for weighted in (True, False))]
        found += [Placed(slip, group) for group in dict.fromkeys(groups) if len(group) > 1]
        found += [Placed(slip, (name,)) for name in names]
    return found + [Placed(slip) for slip in results]


def _of_kind(names: Sequence[str], rights: Mapping[str, At], *, weighted: bool) -> tuple[str, ...]:
    """Return the convolutions among some layers, or those without weights, such as pools."""
    return tuple(
        name
        for name in names
        if ("H" in rights[name].layer.axis_letters if weighted else not rights[name].layer.axis_letters)
    )


def search(sums: Sums, wanted: Mapping[Target, Collection[Shape]], atoms: Sequence[Placed], most: int = 2) -> list[Fit]:
    """Return the fewest slips that give an answer, and all pairs that do, the likeliest first.

    A slip in all layers, convolutions or pools counts as one. Of slips that give the answer already, no more are added.

    Args:
        sums: The net.
        wanted: What the answer is compared with, and the values that would be it; the likeliest target first.
        atoms: Slips with their places.
        most: How many slips at once; three are tried if fewer don't give the answer.
    """
    fits: dict[Target, list[Fit]] = defaultdict(list)
    network, steps = sums.network, 0
    needed = {target: set(network.needed_for(target.layer) if target.layer else network.names) for target in wanted}
    for placed in _combinations(atoms, most, fits, len(sums.stages)):
        steps += len(sums.stages)
        if steps > MOST_STEPS or sum(map(len, fits.values())) >= MOST_FITS:
            break
        slips, results = by_layer(placed), [each.slip.result for each in placed]
        reached = [target for target in wanted if not slips or not needed[target].isdisjoint(slips)]
        if not reached:
            continue
        shapes = sums.shapes(slips)
        for target in reached:
            if sums.comes_to(target, shapes, slips, results) in wanted[target]:
                own = {INPUT: shapes[INPUT]} | {name: shapes[name] for name in needed[target]}
                if clipped := _clipped(placed, needed[target]):
                    _add(fits[target], Fit(target, clipped, own))
    order = list(wanted)
    found = [fit for each in fits.values() for fit in each]
    return sorted(found, key=lambda fit: (len(fit.placed), order.index(fit.target), _unlikeliness(fit)))


def _combinations(
    atoms: Sequence[Placed], most: int, fits: Mapping[Target, list[Fit]], layers: int
) -> Iterator[tuple[Placed, ...]]:
    for count in range(1, most + 1):
        yield from (each for each in combinations(atoms, count) if _agree(each))
    if any(fits.values()) or most < 2:
        return
    few = [atom for atom in atoms if atom.slip.part in LAYERS_IN_TRIPLES]
    while few and comb(len(few), 3) * layers > MOST_STEPS // 2:
        few.pop()
    yield from (each for each in combinations(few, 3) if _agree(each))


def _clipped(placed: Sequence[Placed], layers: Collection[str]) -> tuple[Placed, ...]:
    """Return slips in some layers only, those that a target depends on; () if one is in none of them."""
    found = tuple(Placed(each.slip, tuple(layer for layer in each.layers if layer in layers)) for each in placed)
    return () if any(one.layers and not each.layers for one, each in zip(placed, found, strict=True)) else found


def _agree(placed: Sequence[Placed]) -> bool:
    """Return whether slips can be made at once: no two change the same part of one layer."""
    for one, other in combinations(placed, 2):
        if not one.layers and not other.layers:
            return one.slip is not other.slip
        parts = {one.slip.part, other.slip.part}
        if (len(parts) == 1 or "layer" in parts) and not set(one.layers).isdisjoint(other.layers):
            return False
    return True


def _add(fits: list[Fit], fit: Fit) -> None:
    """Add a fit, unless fewer slips give the same; one that only differs in its places is noted with the other."""
    for n, known in enumerate(fits):
        members = (known.placed, *known.alike)
        if any(_pairs(each) <= fit.pairs and len(each) < len(fit.placed) for each in members):
            return
        if _names(known) == _names(fit) and known.shapes == fit.shapes:
            if any(_pairs(each) == fit.pairs for each in members):
                return
            first, *others = sorted((*members, fit.placed), key=_width)
            fits[n] = Fit(fit.target, first, fit.shapes, tuple(others))
            return
    fits.append(fit)


def _names(fit: Fit) -> list[str]:
    return sorted(each.slip.name for each in fit.placed)


def _width(placed: Sequence[Placed]) -> int:
    """Return how unlikely the places of slips are: one that spreads is made in many layers, another in few."""
    return sum(-len(each.layers) if each.slip.spreads else len(each.layers) for each in placed)


def _unlikeliness(fit: Fit) -> tuple[int, int]:
    return sum(rank(each.slip) for each in fit.placed), _width(fit.placed)
