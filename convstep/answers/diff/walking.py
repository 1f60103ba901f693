"""Compares a net with another, or with saved outputs, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.answers.diff.causes import Situation, preparations
from convstep.answers.diff.explaining import explain
from convstep.answers.diff.matching import Pairs, unmatched_layers
from convstep.answers.diff.results import Cause, Comparison, Difference, Seen, seen_by, tap_apart
from convstep.answers.diff.rounding import exceeds, magnitudes, share
from convstep.answers.diff.sides import Net, Saved, Side, as_grid, channels_of, lies, resized
from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Operation, evaluate
from convstep.errors import ConvstepError, ShapeError
from convstep.layers import Layer, Shape, place_in, times
from convstep.network import Stage
from convstep.network.network import INPUT


class _Judged(NamedTuple):
    """A layer computed on what arrives on the other side, and what the other side gives there.

    Attributes:
        inputs: What arrives, `(m, height, width, channels)` each.
        arrives: The shape of one example of it.
        operation: The layer's operation on it.
        Z: What it gives.
        theirs: What the other side gives.
        n: How many numbers are added up for a value.
        apart: Which values differ beyond rounding, of those that both have.
        sizes: Returns the magnitudes that these are added up from.
    """

    inputs: list[Array]
    arrives: Shape
    operation: Operation
    Z: Array
    theirs: Array
    n: int
    apart: Array
    sizes: Callable[[], Any]


class Walk:
    """The net of one side, each layer on what arrives on the other side.

    Attributes:
        a: The net's side.
        b: The other side.
        pairs: The layers of the other side by those of the net.
        dtype: The dtype whose rounding is no difference.
        left: The layers that could not be compared, as what arrives on the other side does not fit them.
        apart: By layer, which values differ beyond rounding, of those that both sides have.
    """

    def __init__(self, a: Net, b: Side, pairs: Pairs, certain: Mapping[str, str]) -> None:
        self.a, self.b, self.pairs, self.certain = a, b, pairs, certain
        self.network = a.values.network
        self.notes: list[str] = []
        self.left: tuple[str, ...] = ()
        self.apart: dict[str, Array] = {}
        self._kept: dict[str, Array] = {}
        self.channels = ""
        if isinstance(b, Saved):
            shapes = [(b.arrays[second], self.network.shape_of(first)) for first, second in pairs.items()]
            if INPUT in b.arrays:
                if not lies(b.arrays[INPUT], self.network.input_shape):
                    raise ShapeError(
                        f"is {times(b.arrays[INPUT].shape)}, but {a.name} takes {times(self.network.input_shape)}",
                        where=f"{b.name}, {INPUT}",
                    )
                shapes.append((b.arrays[INPUT], self.network.input_shape))
            self.channels = channels_of(shapes)
            for first, second in pairs.items():
                m = _examples(b.arrays[second], self.network.shape_of(first), f"{b.name}, {second}")
                if m != a.values.m:
                    raise ShapeError(
                        f"has {m} examples, but the input has {a.values.m}",
                        where=f"{b.name}, {second}",
                        hint="Give the input that it was computed from: --input",
                    )
            dtype = max((each.dtype for each in b.arrays.values()), key=lambda each: float(np.finfo(each).eps))
        else:
            if b.values.network.input_shape != self.network.input_shape:
                raise ShapeError(
                    f"{a.name} takes {times(self.network.input_shape)}, {b.name} takes "
                    f"{times(b.values.network.input_shape)}: there is no input for both",
                    where="input",
                )
            dtype = b.values.network.dtype
        self.dtype: np.dtype[Any] = max(dtype, self.network.dtype, key=lambda each: float(np.finfo(each).eps))

    def comparison(self) -> Comparison:
        """Return the comparison."""
        self._settle()
        first, others, left = self._of_input(), list[str](), list[str]()
        for name, second in self.pairs.items():
            stage = self.network.stage(name)
            found = self._compared(stage, second, explain=first is None)
            if isinstance(found, Difference):
                first = found
            elif found:
                others.append(name)
            elif found is None:
                left.append(name)
        if first is None and isinstance(self.b, Net):
            first = self._of_ends(self.b)
        self.left = tuple(left)
        if left:
            self.notes.append(f"Not compared, for what arrives in {self.b.name} does not fit: {', '.join(left)}")
        for side in (self.a, self.b):
            fault = side.values.network.fault if isinstance(side, Net) else None
            if fault:
                self.notes.append(f"{side.name} ends before its last layer: {fault}")
        if first is not None:
            first = replace(first, others=tuple(others))
        names = self.a.name, self.b.name
        unmatched = unmatched_layers(self.a, self.b, self.pairs)
        return Comparison(names, tuple(self.pairs.items()), unmatched, self.dtype, first, tuple(self.notes))

    def _of_ends(self, b: Net) -> Difference | None:
        """Return the difference of both last outputs, where one net has layers after the other's last."""
        one, other = self.a.layers[-1], b.layers[-1]
        if self.pairs.get(one) == other or self.network.shape_of(one) != b.values.network.shape_of(other):
            return None
        found = self._compared(self.network.stage(one), other, explain=True)
        return found if isinstance(found, Difference) else None

    def _settle(self) -> None:
        """Let saved outputs of other names be those layers, among all of their shape, that give them."""
        if isinstance(self.b, Net):
            return
        names, certain = list(self.network.names), self.certain
        before = -1
        items = list(self.pairs.items())
        self.pairs = {own: key for own, key in items if own == key or own in certain}
        for k, (name, second) in enumerate(items):
            if name == second or name in certain:
                before = max(before, names.index(name))
                continue
            after = next((names.index(own) for own, key in items[k + 1 :] if own == key or own in certain), len(names))
            fits = [
                each
                for each in names[before + 1 : after]
                if self.network.shape_of(each) and lies(self.b.arrays[second], self.network.shape_of(each))
            ]
            found = fits[:1] if len(fits) == 1 else [each for each in fits if self._gives(each, second)][:1]
            if not found and len(fits) > 1:
                found = fits[-1:] if second == self.b.layers[-1] else [name] if name in fits else fits[:1]
                self.notes.append(
                    f"{second} of {self.b.name} may be {' or '.join(fits)}, by its shape; "
                    f"it is compared with {found[0]}, unless --map says otherwise"
                )
            if found:
                self._take(found[0], second)
                before = names.index(found[0])

    def _gives(self, other: str, second: str) -> bool:
        """Return whether layer `other` gives a saved output."""
        pairs = self.pairs
        self._take(other, second)
        gives = self._compared(self.network.stage(other), second, explain=False) is False
        self.pairs = pairs
        self._kept.clear()
        return gives

    def _take(self, other: str, second: str) -> None:
        """Match a saved output with layer `other`; one that had it until now waits for its turn."""
        pairs = {own: key for own, key in self.pairs.items() if key != second}
        pairs[other] = second
        self.pairs = {own: pairs[own] for own in self.network.names if own in pairs}
        self._kept.clear()

    # What arrives

    def theirs(self, name: str) -> Array:
        """Return what the other side gives for a layer of the net that is matched, `(m, height, width, channels)`."""
        stage = self.network.stage(name)
        origin = self.network.origin(name)[1] if stage.layer.keeps_values else ()
        return self._given(self.pairs[name], stage.output or (), origin)

    def _given(self, second: str, shape: Shape, origin: Shape = ()) -> Array:
        if isinstance(self.b, Net):
            return self.b.values.output(second)
        return as_grid(self.b.arrays[second], shape, self.channels, origin)

    def x(self) -> Array:
        """Return the input that the other side gets, `(m, height, width, channels)`."""
        values = self.b.values if isinstance(self.b, Net) else self.a.values
        if isinstance(self.b, Saved) and INPUT in self.b.arrays:
            return as_grid(self.b.arrays[INPUT], self.network.input_shape, self.channels).astype(self.network.dtype)
        return values.source(INPUT).astype(self.network.dtype, copy=False)

    def _arriving(self, name: str) -> Array:
        """Return what the other side has for an output of this net, computed here if it has none of its own."""
        if name == INPUT:
            return self.x()
        if name in self.pairs:
            return self.theirs(name).astype(self.network.dtype, copy=False)
        if name not in self._kept:
            stage = self.network.stage(name)
            self._kept[name] = evaluate(stage.layer.operation([self._arriving(each) for each in stage.sources]))
        return self._kept[name]

    def _magnitudes(self, stage: Stage, operation: Operation, arrives: Shape, Z: Array) -> Any:
        sizes = [
            np.broadcast_to(self._sizes(each), x.shape) for each, x in zip(stage.sources, operation.inputs, strict=True)
        ]
        return magnitudes(stage.layer, operation, sizes, arrives, Z)

    def _sizes(self, name: str) -> Any:
        """Return the magnitudes of what arrives: of what it was added up from, if that was done here."""
        x = self._arriving(name)
        if name == INPUT or name in self.pairs:
            return np.abs(x.astype(np.float64))
        stage = self.network.stage(name)
        inputs = [self._arriving(each) for each in stage.sources]
        return self._magnitudes(stage, stage.layer.operation(inputs), self._shape_arriving(stage, inputs), x)

    def _taps_before(self, name: str) -> int:
        """Return how many numbers are added for a value since the other side's last output."""
        if name == INPUT or name in self.pairs:
            return 0
        stage = self.network.stage(name)
        return stage.layer.taps(stage.input or ()) + max(map(self._taps_before, stage.sources))

    # The comparison of a layer

    def operation(self, name: str) -> Operation:
        """Return the operation of a layer of the net on what arrives on the other side."""
        stage = self.network.stage(name)
        return stage.layer.operation([self._arriving(each) for each in stage.sources])

    def _judge(self, stage: Stage, second: str) -> _Judged | None:
        """Return a layer computed on what arrives on the other side, beside `second` there; None if it can't be."""
        try:
            inputs = [self._arriving(each) for each in stage.sources]
            operation = stage.layer.operation(inputs)
            Z = evaluate(operation)
        except (ConvstepError, ValueError):  # NumPy's, for weights of another size
            return None  # other sizes arrive, after a layer that differs
        origin = self.network.origin(stage.name)[1] if stage.layer.keeps_values else ()
        theirs = self._given(second, stage.output or (), origin)
        if theirs.size == Z.size and theirs.shape[0] == Z.shape[0] and Z.shape[1:3] == (1, 1):
            theirs = theirs.reshape(Z.shape)
        arrives = self._shape_arriving(stage, inputs)
        n = stage.layer.taps(arrives) + sum(map(self._taps_before, stage.sources))
        ours, given = common(Z, theirs)
        sizes = _Once(lambda: _cut(self._magnitudes(stage, operation, arrives, Z), ours))
        return _Judged(inputs, arrives, operation, Z, theirs, n, exceeds(ours, given, n, self.dtype, sizes), sizes)

    def _of_input(self) -> Difference | None:
        """Return the difference of both inputs; None if they are the same, or if only one is known."""
        if isinstance(self.b, Saved) and INPUT not in self.b.arrays:
            return None
        ours, theirs = self.a.values.source(INPUT), self.x()
        if ours.shape != theirs.shape:
            raise ShapeError(
                f"{self.a.name} gets {times(ours.shape)}, {self.b.name} gets {times(theirs.shape)}: "
                "the inputs have not as many examples",
                where="input",
            )
        apart = values_apart(ours, theirs, self.dtype)
        if not apart.any():
            return None
        causes = tuple(
            Cause("preprocessing", words, self.a.name, self.b.name)
            for words, prepared in preparations(ours)
            if not values_apart(prepared, theirs, self.dtype).any()
        )
        with np.errstate(all="ignore"):
            if np.array_equal(ours.astype(np.float16).astype(theirs.dtype), theirs, equal_nan=True):
                causes = (Cause("float16", "float16 for its numbers", self.a.name, self.b.name),)
        i, h, w, c = (int(k) for k in np.argwhere(apart)[0])
        shape = self.network.input_shape
        seen = (
            Seen(self.a.name, INPUT, float(ours[i, h, w, c])),
            Seen(self.b.name, INPUT, float(theirs[i, h, w, c])),
        )
        size = _size(ours, theirs, apart)
        return Difference(
            (INPUT, INPUT), INPUT, (shape, shape), (i, h, w, c), place_in(shape, (h, w, c)), int(apart.sum()),
            apart.size, size, share(1, self.dtype) * abs(seen[0].value), 1, seen, None, causes,
        )  # fmt: skip

    def _compared(self, stage: Stage, second: str, *, explain: bool) -> Difference | bool | None:
        """Return how a layer differs, or whether it does if no explanation is wanted; None if it can't be computed."""
        judged = self._judge(stage, second)
        if judged is None:
            return None
        inputs, arrives, operation, Z, theirs, n, apart, sizes = judged
        self.apart[stage.name] = apart
        shape, same_size = stage.output or (), theirs.shape == Z.shape
        if same_size and not apart.any():
            return False
        if not explain:
            return True
        ours, given = common(Z, theirs)
        theirs_shape = theirs.shape[1:] if len(shape) == 3 else shape
        causes, solved = self._causes(stage, second, inputs, arrives, theirs, theirs_shape)
        at = tuple(int(k) for k in np.argwhere(apart)[0]) if apart.any() else (0, 0, 0, 0)
        i, h, w, c = at
        index = (i, h, w, c)
        windows = self._windows(stage, second, operation, Z, theirs, index, solved)
        allowed = share(n, self.dtype) * float(np.broadcast_to(sizes(), ours.shape)[index])
        return Difference(
            (stage.name, second), stage.layer.kind, (shape, theirs_shape), index, place_in(shape, (h, w, c)),
            int(apart.sum()), apart.size, _size(ours, given, apart), allowed, n, windows, tap_apart(*windows), causes,
        )  # fmt: skip

    def _shape_arriving(self, stage: Stage, inputs: list[Array]) -> Shape:
        """Return the shape of one example of what arrives, which after a difference may not be the net's own."""
        own = stage.input or ()
        if len(inputs) > 1:
            return own
        _, n_H, n_W, n_C = inputs[0].shape
        return {3: (n_H, n_W, n_C), 2: (n_H, n_C)}.get(len(own), (n_H * n_W * n_C,))

    def _windows(
        self,
        stage: Stage,
        second: str,
        operation: Operation,
        Z: Array,
        theirs: Array,
        index: Index,
        solved: Operation | None,
    ) -> tuple[Seen, Seen]:
        one = seen_by(self.a.name, stage.name, stage.layer, operation, Z, index)
        if isinstance(self.b, Net):
            layer = self.b.values.network.stage(second).layer
            return one, seen_by(self.b.name, second, layer, self.b.values.operation(second), theirs, index)
        value = float(theirs[index])
        if solved is None:
            return one, Seen(self.b.name, second, value)
        other = seen_by(self.b.name, second, stage.layer, solved, theirs, index)
        return one, replace(other, assumed=True)

    # Why

    def _causes(
        self, stage: Stage, second: str, inputs: list[Array], arrives: Shape, theirs: Array, theirs_shape: Shape
    ) -> tuple[tuple[Cause, ...], Operation | None]:
        """Return the changes that explain a layer's difference, and the operation with the first of them."""
        origin = self.network.origin(stage.sources[0])[1] if stage.sources else arrives
        about = Situation(
            stage.layer, inputs, arrives, theirs_shape, origin, stage.sources == (INPUT,), *self._other_layer(second),
            *self._skipped(stage),
        )  # fmt: skip
        causes, solved = explain(about, theirs, (self.a.name, self.b.name), self.dtype)
        if not causes and isinstance(self.b, Net):
            back = Walk(self.b, self.a, {other: own for own, other in self.pairs.items()}, {})
            stage_b = self.b.values.network.stage(second)
            try:
                taken = [back._arriving(each) for each in stage_b.sources]
                theirs = back._given(stage.name, stage.output or ())
            except (ConvstepError, ValueError):
                return (), None
            shape = back._shape_arriving(stage_b, taken)
            origin = self.b.values.network.origin(stage_b.sources[0])[1]
            about = Situation(
                stage_b.layer, taken, shape, stage.output or (), origin, stage_b.sources == (INPUT,),
                stage.layer, arrives, *back._skipped(stage_b),
            )  # fmt: skip
            causes, _ = explain(about, theirs, (self.b.name, self.a.name), self.dtype)
        return causes, solved

    def _other_layer(self, second: str) -> tuple[Layer | None, Shape]:
        if isinstance(self.b, Saved):
            return None, ()
        stage = self.b.values.network.stage(second)
        return stage.layer, stage.input or ()

    def _skipped(self, stage: Stage) -> tuple[Array | None, tuple[str, ...]]:
        """Return what would arrive without the layers before this one that the other side lacks."""
        if len(stage.sources) != 1:
            return None, ()
        name, names = stage.sources[0], list[str]()
        while name != INPUT and name not in self.pairs:
            before = self.network.stage(name)
            if len(before.sources) != 1:
                return None, ()
            if before.output != before.input:
                break
            names.insert(0, name)
            name = before.sources[0]
        return (self._arriving(name), tuple(names)) if names else (None, ())


def _examples(array: Array, shape: Shape, name: str) -> int:
    if resized(array, shape) and not lies(array, shape):
        return len(array)
    if not lies(array, shape):
        raise ShapeError(f"is {times(array.shape)}, which is not of {times(shape)} for each example", where=name)
    return array.size // prod(shape)


class _Once:
    """Calls a function at most once."""

    def __init__(self, function: Any) -> None:
        self._function, self._found = function, None

    def __call__(self) -> Any:
        if self._found is None:
            self._found = self._function()
        return self._found


def values_apart(ours: Array, theirs: Array, dtype: np.dtype[Any]) -> Any:
    """Return which values of two arrays differ beyond rounding."""
    largest = float(np.abs(ours[np.isfinite(ours)]).max(initial=0.0))
    return exceeds(ours, theirs, 1, dtype, lambda: largest)


def _size(ours: Array, theirs: Array, apart: Any) -> float:
    """Return the largest difference where two arrays differ; 0 if they don't."""
    with np.errstate(all="ignore"):
        found = np.abs(ours.astype(np.float64) - theirs)[apart]
    return float(found.max(initial=0.0))


def common(Z: Array, theirs: Array) -> tuple[Array, Array]:
    """Return the parts of two outputs that both have."""
    both = tuple(slice(0, min(sizes)) for sizes in zip(Z.shape, theirs.shape, strict=True))
    return Z[both], theirs[both]


def _cut(sizes: Any, Z: Array) -> Any:
    return sizes[tuple(slice(0, n) for n in Z.shape)] if np.ndim(sizes) == Z.ndim else sizes
