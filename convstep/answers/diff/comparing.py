"""Walks two nets layer by layer, each layer on the same numbers, and finds where they first differ.

Layer by layer the one net's operation is computed on what arrives in the other, and compared with what comes out there.
So a difference of rounding never grows from layer to layer, and every layer is judged for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from convstep.answers.diff.causes import Change, Situation, changes, pairs_of_changes, preparations
from convstep.answers.diff.matching import Pairs, match
from convstep.answers.diff.rounding import exceeds, magnitudes, share
from convstep.answers.diff.sides import Net, Saved, Side, as_grid, channels_of, lies, resized
from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Operation, Step, evaluate
from convstep.errors import ArgumentError, ConvstepError, ShapeError
from convstep.layers import Layer, Shape, place_in, times
from convstep.network import Stage
from convstep.network.network import INPUT

ONE_OF_A_KIND = ("weights", "bias", "padding")
"""Kinds of causes of which the first that explains a difference is enough: the others say the same in other words."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What one side computes a neuron from.

    Attributes:
        side: Whose it is: the side's name.
        layer: The layer's name there.
        value: The neuron's value.
        rows: Rows of the input that the window covers; None if only the value is known, as are all below.
        cols: Its columns.
        input_slice: The window's part of the padded input, `(f_h, f_w, channels)`.
        filter: The weights; None for a layer without.
        bias: The bias; None for a layer without.
        products: Input times weight.
        assumed: Whether it is computed with the cause that was found, for the side itself saved only values.
    """

    side: str
    layer: str
    value: float
    rows: range | None = None
    cols: range | None = None
    input_slice: Array | None = None
    filter: Array | None = None
    bias: float | None = None
    products: Array | None = None
    assumed: bool = False

    @property
    def sum(self) -> float | None:
        """The sum of the products, without the bias; None without products."""
        return None if self.products is None else float(self.products.astype(np.float64).sum())


@dataclass(frozen=True, eq=False)
class Cause:
    """A change that makes one side give the other's numbers.

    Attributes:
        kind: Its kind in one word.
        words: The change, in words that follow "with".
        side: The side that is changed.
        like: The side whose numbers come out then.
    """

    kind: str
    words: str
    side: str
    like: str


@dataclass(frozen=True, eq=False)
class Difference:
    """Where two nets first differ.

    Attributes:
        layers: The layer's name on both sides.
        kind: Its kind; "" if neither side is a net.
        shapes: The shape of one example of its output on both sides.
        index: The first neuron that differs, in the order of the loops: example, row, column, channel.
        place: The same without the example, as the output has its axes.
        differing: How many neurons of the layer differ.
        compared: How many were compared.
        largest: The largest difference among them.
        allowed: How much rounding may make at that neuron.
        n: How many numbers are added up there.
        windows: Both windows.
        tap: (row, column, channel) of the window where the products, or the values, differ most; None if none do.
        causes: The changes that explain it, each by itself.
        others: The later layers that differ for reasons of their own.
    """

    layers: tuple[str, str]
    kind: str
    shapes: tuple[Shape, Shape]
    index: Index
    place: tuple[int, ...]
    differing: int
    compared: int
    largest: float
    allowed: float
    n: int
    windows: tuple[Seen, Seen]
    tap: tuple[int, int, int] | None
    causes: tuple[Cause, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two sides, compared.

    Attributes:
        names: What they are called.
        pairs: The layers that were compared, in order.
        unmatched: The layers of either side that the other does not have.
        dtype: The coarser dtype, to which differences are judged.
        first: The first difference; None if there is none.
        notes: What else is to be said.
    """

    names: tuple[str, str]
    pairs: tuple[tuple[str, str], ...]
    unmatched: tuple[tuple[str, ...], tuple[str, ...]]
    dtype: np.dtype[Any]
    first: Difference | None
    notes: tuple[str, ...] = ()


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
        turned = diff(b, a, {second: first for first, second in (given or {}).items()}, rounding)
        return _turned(turned)
    pairs = match(a, b, given or {})
    if not pairs:
        raise ArgumentError(
            f"no layer of {a.name} could be matched with one of {b.name}",
            hint=f"--map {a.layers[0] if a.layers else 'a'}=NAME says which is which; {b.name} has "
            f"{', '.join(b.layers[:8]) or 'no layers'}",
        )
    walk = _Walk(a, b, pairs, given or {}) if isinstance(a, Net) else _Values(a, b, pairs)
    walk.dtype = rounding or walk.dtype
    return walk.comparison()


def _turned(found: Comparison) -> Comparison:
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


def _examples(array: Array, shape: Shape, name: str) -> int:
    if resized(array, shape) and not lies(array, shape):
        return len(array)
    if not lies(array, shape):
        raise ShapeError(f"is {times(array.shape)}, which is not of {times(shape)} for each example", where=name)
    return array.size // prod(shape)


class _Values:
    """Two sides of which only values are known: they are compared as they are."""

    def __init__(self, a: Side, b: Side, pairs: Pairs) -> None:
        assert isinstance(a, Saved)
        assert isinstance(b, Saved)
        self.a, self.b, self.pairs = a, b, pairs
        self._map: tuple[Shape, int, int] | None = None
        dtypes = [array.dtype for side in (a, b) for array in side.arrays.values()]
        self.dtype: np.dtype[Any] = max(dtypes, key=lambda each: float(np.finfo(each).eps))

    def _turned(self, theirs: Array, shape: Shape) -> Array:
        """Return an output of the other side with its channels where ours are."""
        for start, end in ((1, -1), (-1, 1)):
            if theirs.shape != shape and theirs.ndim > 2 and np.moveaxis(theirs, start, end).shape == shape:
                self._map = theirs.shape, start, end
                return np.moveaxis(theirs, start, end)
        if self._map and theirs.ndim == 2 and prod(self._map[0]) == theirs.size:  # that map, flattened
            before, start, end = self._map
            return np.moveaxis(theirs.reshape(before), start, end).reshape(shape)
        return theirs.reshape(shape)

    def comparison(self) -> Comparison:
        """Return the comparison."""
        first: Difference | None = None
        dtype = self.dtype
        for one, other in self.pairs.items():
            Z, theirs = self.a.arrays[one], self.b.arrays[other]
            shape = Z.shape[1:] or Z.shape
            theirs = self._turned(theirs, Z.shape)
            largest = float(np.abs(Z[np.isfinite(Z)]).max(initial=0.0))
            apart = exceeds(Z, theirs, 1000, dtype, lambda largest=largest: largest)
            if apart.any():
                at = tuple(int(k) for k in np.argwhere(apart)[0])
                values = Seen(self.a.name, one, float(Z[at])), Seen(self.b.name, other, float(theirs[at]))
                i, *place = at if Z.ndim > 1 else (0, *at)
                index = (i, 0, 0, 0)
                size = float(np.abs(Z.astype(np.float64) - theirs)[apart].max())
                first = Difference(
                    (one, other),
                    "",
                    (shape, shape),
                    index,
                    tuple(place),
                    int(apart.sum()),
                    apart.size,
                    size,
                    share(1000, dtype) * largest,
                    1000,
                    values,
                    None,
                    (),
                )
                break
        return Comparison(
            (self.a.name, self.b.name),
            tuple(self.pairs.items()),
            _unmatched(self.a, self.b, self.pairs),
            dtype,
            first,
            ("both are saved values: nothing can be computed to say why",),
        )


def _unmatched(a: Side, b: Side, pairs: Pairs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    seconds = set(pairs.values())
    return tuple(n for n in a.layers if n not in pairs), tuple(n for n in b.layers if n not in seconds and n != INPUT)


class _Walk:
    """The net of one side, each layer on what arrives on the other side."""

    def __init__(self, a: Net, b: Side, pairs: Pairs, certain: Mapping[str, str]) -> None:
        self.a, self.b, self.pairs, self.certain = a, b, pairs, certain
        self.network = a.values.network
        self.notes: list[str] = []
        self._kept: dict[str, Array] = {}
        self.channels = ""
        if isinstance(b, Saved):
            shapes = [(b.arrays[second], self.network.shape_of(first)) for first, second in pairs.items()]
            if INPUT in b.arrays:
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
        if left:
            self.notes.append(f"Not compared, for what arrives in {self.b.name} does not fit: {', '.join(left)}")
        for side in (self.a, self.b):
            fault = side.values.network.fault if isinstance(side, Net) else None
            if fault:
                self.notes.append(f"{side.name} ends before its last layer: {fault}")
        if first is not None:
            first = replace(first, others=tuple(others))
        names = self.a.name, self.b.name
        unmatched = _unmatched(self.a, self.b, self.pairs)
        return Comparison(names, tuple(self.pairs.items()), unmatched, self.dtype, first, tuple(self.notes))

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

    def _given(self, second: str, shape: Shape, origin: Shape = ()) -> Array:
        """Return the other side's output, `(m, height, width, channels)`."""
        if isinstance(self.b, Net):
            return self.b.values.output(second)
        return as_grid(self.b.arrays[second], shape, self.channels, origin)

    def _x(self) -> Array:
        values = self.b.values if isinstance(self.b, Net) else self.a.values
        if isinstance(self.b, Saved) and INPUT in self.b.arrays:
            return as_grid(self.b.arrays[INPUT], self.network.input_shape, self.channels).astype(self.network.dtype)
        return values.source(INPUT).astype(self.network.dtype, copy=False)

    def _arriving(self, name: str) -> Array:
        """Return what the other side has for an output of this net, computed here if it has none of its own."""
        if name == INPUT:
            return self._x()
        stage = self.network.stage(name)
        if name in self.pairs:
            origin = self.network.origin(name)[1] if stage.layer.keeps_values else ()
            return self._given(self.pairs[name], stage.output or (), origin).astype(self.network.dtype, copy=False)
        if name not in self._kept:
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

    def _of_input(self) -> Difference | None:
        """Return the difference of both inputs; None if they are the same, or if only one is known."""
        if isinstance(self.b, Saved) and INPUT not in self.b.arrays:
            return None
        ours, theirs = self.a.values.source(INPUT), self._x()
        if ours.shape != theirs.shape:
            raise ShapeError(
                f"{self.a.name} gets {times(ours.shape)}, {self.b.name} gets {times(theirs.shape)}: "
                "the inputs have not as many examples",
                where="input",
            )
        apart = _apart(ours, theirs, self.dtype)
        if not apart.any():
            return None
        causes = tuple(
            Cause("preprocessing", words, self.a.name, self.b.name)
            for words, prepared in preparations(ours)
            if not _apart(prepared, theirs, self.dtype).any()
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
        try:
            inputs = [self._arriving(each) for each in stage.sources]
            operation = stage.layer.operation(inputs)
            Z = evaluate(operation)
        except ConvstepError:
            return None  # other sizes arrive, after a layer that differs
        origin = self.network.origin(stage.name)[1] if stage.layer.keeps_values else ()
        shape = stage.output or ()
        theirs = self._given(second, shape, origin)
        if theirs.size == Z.size and theirs.shape[0] == Z.shape[0] and Z.shape[1:3] == (1, 1):
            theirs = theirs.reshape(Z.shape)
        arrives = self._shape_arriving(stage, inputs)
        judge = _Judge(self.dtype, stage.layer.taps(arrives) + sum(map(self._taps_before, stage.sources)))
        same_size = theirs.shape == Z.shape
        ours, given = (Z, theirs) if same_size else _common(Z, theirs)
        sizes = _Once(lambda: _cut(self._magnitudes(stage, operation, arrives, Z), ours))
        apart = exceeds(ours, given, judge.n, judge.dtype, sizes)
        if same_size and not apart.any():
            return False
        if not explain:
            return True
        theirs_shape = theirs.shape[1:] if len(shape) == 3 else shape
        causes, solved = self._causes(stage, second, inputs, arrives, theirs, theirs_shape)
        at = tuple(int(k) for k in np.argwhere(apart)[0]) if apart.any() else (0, 0, 0, 0)
        i, h, w, c = at
        index = (i, h, w, c)
        windows = self._windows(stage, second, operation, Z, theirs, index, solved)
        allowed = judge.share * float(np.broadcast_to(sizes(), ours.shape)[index])
        return Difference(
            (stage.name, second), stage.layer.kind, (shape, theirs_shape), index, place_in(shape, (h, w, c)),
            int(apart.sum()), apart.size, _size(ours, given, apart), allowed, judge.n, windows, _tap(*windows), causes,
        )  # fmt: skip

    def _shape_arriving(self, stage: Stage, inputs: list[Array]) -> Shape:
        """Return the shape of one example of what arrives, which after a difference may not be the net's own."""
        own = stage.input or ()
        if len(inputs) > 1 or len(own) != 3:
            return own
        return inputs[0].shape[1:]

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
        one = _seen(self.a.name, stage.name, stage.layer, operation, Z, index)
        if isinstance(self.b, Net):
            layer = self.b.values.network.stage(second).layer
            return one, _seen(self.b.name, second, layer, self.b.values.operation(second), theirs, index)
        value = float(theirs[index])
        if solved is None:
            return one, Seen(self.b.name, second, value)
        other = _seen(self.b.name, second, stage.layer, solved, theirs, index)
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
        causes, solved = self._explaining(about, theirs, self.a.name, self.b.name)
        if not causes and isinstance(self.b, Net):
            back = _Walk(self.b, self.a, {other: own for own, other in self.pairs.items()}, {})
            stage_b = self.b.values.network.stage(second)
            try:
                taken = [back._arriving(each) for each in stage_b.sources]
                theirs = back._arriving(second)
            except ConvstepError:
                return (), None
            shape = back._shape_arriving(stage_b, taken)
            origin = self.b.values.network.origin(stage_b.sources[0])[1]
            about = Situation(
                stage_b.layer, taken, shape, stage.output or (), origin, stage_b.sources == (INPUT,),
                stage.layer, arrives, *back._skipped(stage_b),
            )  # fmt: skip
            causes, _ = self._explaining(about, theirs, self.b.name, self.a.name)
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

    def _explaining(
        self, about: Situation, theirs: Array, side: str, like: str
    ) -> tuple[tuple[Cause, ...], Operation | None]:
        causes, solved = list[Cause](), None
        for source in (changes, pairs_of_changes):
            for change in source(about):
                operation = self._explains(change, about, theirs)
                if operation is None:
                    continue
                if change.kind in ONE_OF_A_KIND and any(cause.kind == change.kind for cause in causes):
                    continue
                causes.append(Cause(change.kind, change.words, side, like))
                solved = solved or operation
            if causes:
                break
        known = {cause.kind for cause in causes}
        if known & {"layout", "flatten order"}:
            causes = [cause for cause in causes if cause.kind != "weights"]
        if len(known) > 1:
            causes = [cause for cause in causes if cause.kind not in ("float16",)]
        return tuple(causes), solved

    def _explains(self, change: Change, about: Situation, theirs: Array) -> Operation | None:
        """Return a layer's operation with a change if it gives the other's numbers then; None if it does not."""
        inputs = change.inputs or about.inputs
        dtype = self.dtype
        if change.after == "float16":
            inputs, dtype = [each.astype(np.float16) for each in inputs], np.dtype(np.float16)
            with np.errstate(all="ignore"):
                if not np.array_equal(theirs.astype(np.float16).astype(theirs.dtype), theirs, equal_nan=True):
                    return None
        try:
            operation = change.layer.operation(inputs)
            Z = evaluate(operation)
        except (ConvstepError, ValueError):
            return None
        if Z.shape != theirs.shape:
            return None
        if change.after == "relu":
            Z = np.maximum(Z, 0)
        with np.errstate(all="ignore"):
            if change.after == "constant":
                added = theirs.astype(np.float64) - Z
                Z = Z + added.mean((0, 1, 2), keepdims=True)
                if Z.size == Z.shape[-1]:
                    return None  # one value a channel: any numbers would do

        def sizes() -> Any:
            added = np.abs(Z) if change.after == "constant" else 0
            arriving = [np.abs(each.astype(np.float64)) for each in inputs]
            return added + magnitudes(change.layer, operation, arriving, about.shape, Z)

        return None if exceeds(Z, theirs, change.layer.taps(about.shape), dtype, sizes).any() else operation


@dataclass(frozen=True)
class _Judge:
    dtype: np.dtype[Any]
    n: int

    @property
    def share(self) -> float:
        return share(self.n, self.dtype)


class _Once:
    """Calls a function at most once."""

    def __init__(self, function: Any) -> None:
        self._function, self._found = function, None

    def __call__(self) -> Any:
        if self._found is None:
            self._found = self._function()
        return self._found


def _apart(ours: Array, theirs: Array, dtype: np.dtype[Any]) -> Any:
    largest = float(np.abs(ours[np.isfinite(ours)]).max(initial=0.0))
    return exceeds(ours, theirs, 1, dtype, lambda: largest)


def _size(ours: Array, theirs: Array, apart: Any) -> float:
    """Return the largest difference where two arrays differ; 0 if they don't."""
    with np.errstate(all="ignore"):
        found = np.abs(ours.astype(np.float64) - theirs)[apart]
    return float(found.max(initial=0.0))


def _common(Z: Array, theirs: Array) -> tuple[Array, Array]:
    """Return the parts of two outputs that both have."""
    both = tuple(slice(0, min(sizes)) for sizes in zip(Z.shape, theirs.shape, strict=True))
    return Z[both], theirs[both]


def _cut(sizes: Any, Z: Array) -> Any:
    return sizes[tuple(slice(0, n) for n in Z.shape)] if np.ndim(sizes) == Z.ndim else sizes


def _seen(side: str, name: str, layer: Layer, operation: Operation, Z: Array, index: Index) -> Seen:
    value = float(Z[index])
    step = Step(operation, Z.reshape(-1), operation.geometry.number(index))
    if layer.takes_several:
        return Seen(side, name, value)
    weights = step.filter
    bias = float(step.bias) if layer.is_biased else None
    return Seen(side, name, value, step.rows, step.cols, step.input_slice, weights, bias, step.products)


def _tap(one: Seen, other: Seen) -> tuple[int, int, int] | None:
    """Return the place of both windows where they differ most; None if they can't be compared, or don't differ."""
    ours, theirs = (each.input_slice if each.products is None else each.products for each in (one, other))
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return None
    with np.errstate(all="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs)
    apart = np.where(np.isnan(apart), np.inf, apart)
    if not apart.any():
        return None
    row, col, channel = (int(k) for k in np.unravel_index(int(apart.argmax()), apart.shape))
    return row, col, channel
