"""Two sides that were compared, to be stepped through together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convstep.answers.diff.comparing import turned, walked
from convstep.answers.diff.results import Comparison, Seen, seen_by, tap_apart
from convstep.answers.diff.rounding import exceeds, largest
from convstep.answers.diff.sides import Net, Saved, Side
from convstep.answers.diff.walking import Walk, common, values_apart
from convstep.engine.geometry import Index, index_of, number_of
from convstep.engine.steps import Array
from convstep.errors import ArgumentError
from convstep.layers import Identity, Shape
from convstep.network import Network, Stage, Values
from convstep.network.network import INPUT

Mask = NDArray[np.bool_]

State = Literal["same", "differs", "follows", "alone", "unknown"]
"""How a layer compares: it gives the same; it differs; it gives the same from the same, but behind a layer that differs
something else arrives; the other side has no such layer; or it can't be told, as what arrives there does not fit it."""


class Lockstep:
    """Two sides that were compared, to be stepped through together.

    Args:
        walk: The walk that compared them.
        found: What it found, with the sides in the user's order.
        leading: Which of the user's sides is the walk's net: 0 or 1.

    Attributes:
        found: What the comparison found.
        leading: Which side leads, 0 or 1: the first that is a net.
        net: The leading side.
        other: The other side.
        pairs: The layers of the other side by those of the leading one.
    """

    def __init__(self, walk: Walk, found: Comparison, leading: int) -> None:
        self.found, self.leading = found, leading
        self.net, self.other = walk.a, walk.b
        self._walk = walk
        self.pairs = dict(walk.pairs)
        if found.first is not None and found.first.kind != INPUT:  # the last layers of both may be no pair
            own, second = self._own(found.first.layers)
            self.pairs.setdefault(own, second)
            walk.pairs = self.pairs
        self._masks: dict[str, Mask] = {}
        self._tainted: dict[str, bool] = {}
        self._saved: dict[str, Values] = {}

    def _own(self, names: tuple[str, str]) -> tuple[str, str]:
        return names if self.leading == 0 else (names[1], names[0])

    @property
    def network(self) -> Network:
        """The leading net."""
        return self.net.values.network

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of the leading net that the other side has, too, in order."""
        return tuple(name for name in self.network.names if name in self.pairs)

    @cached_property
    def culprits(self) -> tuple[str, ...]:
        """The layers of the leading net that differ for reasons of their own, and "input" if the inputs do."""
        first = self.found.first
        return () if first is None else (self._own(first.layers)[0], *first.others)

    @cached_property
    def start(self) -> tuple[str, Index]:
        """The layer and the neuron to open: the first that differs, or that sees an input that does."""
        first = self.found.first
        if first is None:
            return self.layers[0], (0, 0, 0, 0)
        if first.kind != INPUT:
            return self._own(first.layers)[0], first.index
        layer = next((name for name in self.layers if INPUT in self.network.stage(name).sources), self.layers[0])
        found = np.argwhere(self.differs(layer))
        return layer, _index(found[0]) if len(found) else (0, 0, 0, 0)

    # The layers

    def state(self, layer: str) -> State:
        """Return how a layer of the leading net compares."""
        if layer not in self.pairs:
            return "alone"
        if layer in self._walk.left:
            return "unknown"
        if layer in self.culprits:
            return "differs"
        return "follows" if self._is_tainted(layer) else "same"

    def differs(self, layer: str) -> Mask:
        """Return which neurons of a layer differ beyond rounding, or of the net's input, `(m, n_H, n_W, n_C)`.

        Where the same arrives, it is what the layer makes of that. Behind a layer that differs, each net has its own
        values. Neurons that the other side does not have are not compared.

        Args:
            layer: A layer of the leading net, or "input".
        """
        if layer not in self._masks:
            self._masks[layer] = self._input_mask() if layer == INPUT else self._mask(layer)
        return self._masks[layer]

    def differs_there(self, layer: str) -> Mask:
        """Return the same for the other side's neurons.

        Args:
            layer: A layer of the leading net that the other side has, too, or "input".
        """
        mask = self.differs(layer)
        if layer == INPUT:
            return mask
        values, second = self._other_values(layer), self.pairs[layer]
        shape = values.operation(second).geometry.shape
        if mask.size == np.prod(shape):
            return mask.reshape(shape)
        there = np.zeros(shape, np.bool_)
        both = tuple(slice(0, min(sizes)) for sizes in zip(shape, mask.shape, strict=True))
        there[both] = mask[both]
        return there

    def _input_mask(self) -> Mask:
        ours, theirs = self.net.values.source(INPUT), self._walk.x()
        return (
            values_apart(ours, theirs, self._walk.dtype) if INPUT in self.culprits else np.zeros(ours.shape, np.bool_)
        )

    def _mask(self, layer: str) -> Mask:
        values = self.net.values
        mask = np.zeros(values.operation(layer).geometry.shape, np.bool_)
        if layer not in self.pairs:
            return mask
        if not self._is_tainted(layer) and layer in self._walk.apart:
            found = self._walk.apart[layer]
        else:  # to add up the magnitudes of what each value is made of would take as long as the layer
            Z = values.output(layer)
            n = sum(stage.layer.taps(stage.input) for stage in self._before(layer) if stage.input)
            found = exceeds(*common(Z, self._theirs(layer)), n, self._walk.dtype, lambda: largest(Z))
        mask[tuple(slice(0, size) for size in found.shape)] = found
        return mask

    def _before(self, layer: str) -> list[Stage]:
        return [self.network.stage(name) for name in self.network.needed_for(layer)]

    def _is_tainted(self, layer: str) -> bool:
        """Return whether something differs that arrives at a layer."""
        if layer not in self._tainted:
            self._tainted[layer] = any(
                source in self.culprits or (source != INPUT and self._is_tainted(source))
                for source in self.network.stage(layer).sources
            )
        return self._tainted[layer]

    def _theirs(self, layer: str) -> Array:
        shape, theirs = self.net.values.operation(layer).geometry.shape, self._walk.theirs(layer)
        return theirs.reshape(shape) if theirs.size == np.prod(shape) and shape[1:3] == (1, 1) else theirs

    # The neurons

    def values_at(self, layer: str, index: Index) -> tuple[Values, str, Index] | None:
        """Return the other side's values, its layer and neuron; None if it has no such neuron.

        Of saved outputs the values are those of a net that only hands them on.

        Args:
            layer: A layer of the leading net.
            index: Its neuron, `(i, h, w, c)`.
        """
        if layer not in self.pairs:
            return None
        values, second = self._other_values(layer), self.pairs[layer]
        shape = values.operation(second).geometry.shape
        own = self.net.values.operation(layer).geometry.shape
        if shape != own and np.prod(shape) == np.prod(own):  # a map, and the same flattened
            index = index_of(number_of(index, own), shape)
        return (values, second, index) if all(at < size for at, size in zip(index, shape, strict=True)) else None

    def other_shape(self, layer: str) -> Shape:
        """Return the shape of one example of what the other side gives for a layer of the leading net."""
        return self._other_values(layer).network.shape_of(self.pairs[layer])

    def _other_values(self, layer: str) -> Values:
        """Return the other side's values; of a saved output, those of a net that only hands it on."""
        if isinstance(self.other, Net):
            return self.other.values
        if layer not in self._saved:
            name, theirs = self.pairs[layer], self._theirs(layer)
            own = self.network.stage(layer).output or ()
            shape = theirs.shape[1:] if len(own) == 3 else (theirs.shape[1], theirs.shape[3]) if len(own) == 2 else own
            if not np.issubdtype(theirs.dtype, np.floating):
                theirs = theirs.astype(np.float64)
            network = Network(self.other.name, shape, (Identity(name),), theirs.dtype)
            self._saved[layer] = Values(network, theirs.reshape(len(theirs), *shape))
        return self._saved[layer]

    def tap(self, layer: str, index: Index) -> tuple[int, int, int] | None:
        """Return the tap at which both windows differ most, (row, column, channel); None if none is known.

        Args:
            layer: A layer of the leading net.
            index: Its neuron, `(i, h, w, c)`.
        """
        found = self.values_at(layer, index)
        if found is None or not isinstance(self.other, Net) or not self.differs(layer)[index]:
            return None
        values, second, there = found
        operation = self.net.values.operation(layer) if self._is_tainted(layer) else self._walk.operation(layer)
        sides: list[Seen] = []
        for network, name, operation_, Z, at in (
            (self.network, layer, operation, self.net.values.output(layer), index),
            (values.network, second, values.operation(second), values.output(second), there),
        ):
            sides.append(seen_by("", name, network.stage(name).layer, operation_, Z, at))
        return tap_apart(sides[0], sides[1])


def _index(place: Any) -> Index:
    i, h, w, c = (int(each) for each in place)
    return i, h, w, c


def lockstep(
    a: Side, b: Side, given: Mapping[str, str] | None = None, rounding: np.dtype[Any] | None = None
) -> Lockstep:
    """Return two sides, compared, to be stepped through together.

    Args:
        a: One side.
        b: The other.
        given: Layers of `b` by those of `a`, where names, order and shapes don't say.
        rounding: The dtype whose rounding is no difference; None for the coarser one of both.

    Raises:
        ArgumentError: No layers can be matched, a layer that is named isn't there, or neither side is a net.
        ShapeError: The sides have different inputs, or numbers of examples.
    """
    given, is_turned = given or {}, isinstance(a, Saved)
    if is_turned:
        a, b, given = b, a, {second: first for first, second in given.items()}
    found, walk = walked(a, b, given, rounding)
    if not isinstance(walk, Walk):
        raise ArgumentError("both sides are saved outputs: there is no net to step through")
    return Lockstep(walk, turned(found) if is_turned else found, int(is_turned))
