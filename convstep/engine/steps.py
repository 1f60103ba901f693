"""`Operation`, `Step` and `walk`: the interface by which every layer is stepped through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import MEANING, Axis, Geometry, Index, Sliding, as_integer, pad, pair
from convstep.errors import ArgumentError, ShapeError, nearest

Array = NDArray[Any]
"""An array of real floating-point numbers."""


class Operation(ABC):
    """A layer applied to an input: what each neuron computes, and from which part of the input.

    Attributes:
        A_prev: The input, `(m, n_H_prev, n_W_prev, n_C_prev)`, read-only; the first one, where there are several.
        geometry: Where its windows lie.
        fill: The value of zero padding: 0, or minus infinity in a max-pool.
    """

    fill: ClassVar[float] = 0.0
    A_prev: Array
    geometry: Geometry

    @abstractmethod
    def ends(self) -> Iterable[int]:
        """Return where each block ends, in the order of the loops, as the number of windows up to there.

        The blocks depend on the shapes alone, so that a value has the same bits wherever a walk starts.
        """

    @abstractmethod
    def computer(self, Z: Array) -> Callable[[int, int], None]:
        """Return a function that computes a block into `Z`, given its first window and the one past its last.

        Args:
            Z: The array to fill; C-contiguous, of shape `geometry.shape`.
        """

    def blocks(self, Z: Array) -> Iterator[int]:
        """Compute the output into `Z`, block by block in the order of the loops.

        Args:
            Z: The array to fill; C-contiguous, of shape `geometry.shape`.

        Yields:
            How many windows are computed so far.
        """
        compute = self.computer(Z)
        for first, end in pairwise((0, *self.ends())):
            compute(first, end)
            yield end

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        """Return which values the windows from number `first` to before `end` are computed from.

        Returns:
            For each input, ranges of its values, numbered in the order of the loops; whole rows, where windows slide.
        """
        _, n_H, n_W, n_C = self.geometry.shape
        _, n_H_prev, n_W_prev, n_C_prev = self.A_prev.shape
        start, stop = first // (n_W * n_C), (end - 1) // (n_W * n_C) + 1  # rows, counted through all examples
        seen = []
        for i in range(start // n_H, (stop - 1) // n_H + 1):
            windows = map(self.geometry.rows.window, range(max(start - i * n_H, 0), min(stop - i * n_H, n_H)))
            places = {origin(self.geometry.rows, place) for window in windows for place in window}
            if inside := places.intersection(range(n_H_prev)):
                rows = i * n_H_prev + min(inside), i * n_H_prev + max(inside) + 1
                seen.append(range(rows[0] * n_W_prev * n_C_prev, rows[1] * n_W_prev * n_C_prev))
        return (seen,) * len(self.inputs)

    @property
    def inputs(self) -> tuple[Array, ...]:
        """All inputs, `A_prev` first."""
        return (self.A_prev,)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of input, weights and output."""
        return self.A_prev.dtype

    def window(self, index: Index) -> tuple[range, range, range]:
        """Return the rows, columns and channels of the input that the neuron at `index` is computed from."""
        _, h, w, c = index
        return self.geometry.rows.window(h), self.geometry.cols.window(w), range(c, c + 1)

    def filter(self, index: Index) -> Array | None:
        """Return the weights of the neuron at `index`, or None if this layer has none."""
        return None

    def bias(self, index: Index) -> Any:
        """Return the bias of the neuron at `index`, or None if this layer has none."""
        return None

    def argmax(self, index: Index) -> Index | None:
        """Return the place in the input that a max-pool neuron takes its value from; None in other layers."""
        return None

    def winners(self, example: int) -> tuple[Array, Array] | None:
        """Return the input row and column that each neuron of an example takes its value from; None without a winner.

        Returns:
            Rows and columns, each `(n_H, n_W, n_C)`; -1 where a window lies in padding only.
        """
        return None

    def terms(self, index: Index) -> Array:
        """Return what each tap contributes to the neuron at `index`, `(f_h, f_w, channels)`, in float64."""
        patch, weights = self.input_slice(index).astype(np.float64), self.filter(index)
        with np.errstate(all="ignore"):
            return patch if weights is None else np.asarray(patch * weights)

    def running(self, index: Index) -> Array:
        """Return the running result after each tap, flat, in float64: the sum, or the largest value, so far."""
        with np.errstate(all="ignore"):
            return np.cumsum(self.terms(index).ravel())

    def input_slice(self, index: Index) -> Array:
        """Return the window's part of the padded input, `(f_h, f_w, channels)`."""
        rows, cols, channels = self.window(index)
        axes = self.geometry.rows, self.geometry.cols
        if axes[0].mode != "zero":
            from_rows, from_cols = [origin(axes[0], row) for row in rows], [origin(axes[1], col) for col in cols]
            return read_only(self.A_prev[index[0]][np.ix_(from_rows, from_cols, list(channels))])
        inside_rows, inside_cols = axes[0].inside(rows), axes[1].inside(cols)
        patch = np.full((len(rows), len(cols), len(channels)), self.fill, self.dtype)
        patch[inside_rows.start : inside_rows.stop, inside_cols.start : inside_cols.stop] = self.A_prev[
            index[0], as_slice(rows, inside_rows), as_slice(cols, inside_cols), as_slice(channels)
        ]
        return read_only(patch)

    def taps(self, index: Index, numbers: range | None = None) -> tuple[Tap, ...]:
        """Return the multiply-accumulates of one window, in the order (row, column, channel) of the filter.

        Args:
            index: The neuron.
            numbers: Which taps, from 0; None for all.
        """
        patch, weights = self.input_slice(index), self.filter(index)
        products = patch if weights is None else multiplied(patch, weights)
        totals = self.running(index)
        chosen = range(patch.size) if numbers is None else numbers
        _, n_cols, n_channels = patch.shape
        places = ((n // n_channels // n_cols, n // n_channels % n_cols, n % n_channels) for n in chosen)
        return tuple(
            Tap(
                place=place,
                source=self.source(index, place),
                input=patch[place],
                weight=None if weights is None else weights[place],
                product=products[place],
                total=totals[n],
            )
            for n, place in zip(chosen, places, strict=True)
        )

    def source(self, index: Index, place: tuple[int, int, int]) -> Index:
        """Return the place `(i, h, w, c)` of a tap's value in the input; in zero padding it lies outside."""
        rows, cols, channels = self.window(index)
        row, col, channel = place
        return (
            index[0],
            origin(self.geometry.rows, rows[row]),
            origin(self.geometry.cols, cols[col]),
            channels[channel],
        )

    def input_of(self, index: Index, tap: int = 0) -> int:
        """Return which of several inputs, from 0, a tap of the neuron at `index` reads."""
        return 0

    def stamp(self, row: int, col: int) -> tuple[range, range] | None:
        """Return the output rows and columns that an input value is stamped onto; None in layers without stamps."""
        return None

    def count(self, index: Index) -> int:
        """Return how many values of the input, without padding, the neuron at `index` sees."""
        rows, cols, channels = self.window(index)
        return len(self.geometry.rows.inside(rows)) * len(self.geometry.cols.inside(cols)) * len(channels)


class Tap(NamedTuple):
    """One multiply-accumulate.

    Attributes:
        place: `(row, column, channel)` of the filter.
        source: `(i, h, w, c)`, the value's place in the input; in zero padding it lies outside.
        input: The input's value there.
        weight: The filter's weight; None in a layer without weights.
        product: Input times weight; the input's value in a layer without weights.
        total: The running result after this tap, the sum or the largest value so far, in float64.
    """

    place: tuple[int, int, int]
    source: Index
    input: Any
    weight: Any
    product: Any
    total: Any


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """Which values of an array are computed so far.

    Attributes:
        shape: The array's shape, `(m, n_H, n_W, n_C)`.
        runs: The numbers of these values in the order of the loops, as ascending ranges that don't touch.
    """

    shape: Index
    runs: tuple[range, ...]

    def of(self, numbers: Any) -> NDArray[np.bool_]:
        """Return which of some values are known, given their numbers in the order of the loops."""
        edges = [edge for run in self.runs for edge in (run.start, run.stop)]
        return np.asarray(np.searchsorted(edges, numbers, "right") % 2 == 1)

    def of_map(self, i: int, c: int) -> NDArray[np.bool_]:
        """Return which values of one channel of one example are known, `(n_H, n_W)`."""
        _, n_H, n_W, n_C = self.shape
        return self.of((i * n_H * n_W + np.arange(n_H * n_W)) * n_C + c).reshape(n_H, n_W)


def known_parts(array: Array, known: Known | None) -> list[Array]:
    """Return the parts of an array, C-contiguous, that are known, as flat views; the array itself if all of it is."""
    return [array] if known is None else [array.reshape(-1)[run.start : run.stop] for run in known.runs]


class Parts(NamedTuple):
    """What is known of a layer whose values are not all computed; None where all of them are.

    Attributes:
        inputs: What is known of each input.
        output: What is known of the output.
    """

    inputs: tuple[Known | None, ...]
    output: Known | None


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """The work of one window. Immutable; slices, products and taps are computed when they are asked for.

    Attributes:
        operation: The layer and its input.
        values: The layer's output, flat; values after this step may not be computed yet.
        number: The step's number, from 0.
    """

    operation: Operation
    values: Array
    number: int

    @property
    def known(self) -> Parts | None:
        """What of the inputs and the output is computed; None for all inputs, and of the output all up to this step."""
        return None

    @property
    def index(self) -> Index:
        """The neuron, `(i, h, w, c)`."""
        return self.operation.geometry.index(self.number)

    def known_input(self, number: int) -> Known | None:
        """Return what is known of one of the inputs; None for all."""
        return None if self.known is None else self.known.inputs[number]

    @property
    def known_output(self) -> Known | None:
        """What is known of the output; None for all up to this step."""
        return None if self.known is None else self.known.output

    @property
    def rows(self) -> range:
        """Rows of the input that the window covers; in padding they are below 0 or past the end."""
        return self.operation.window(self.index)[0]

    @property
    def cols(self) -> range:
        """Columns of the input that the window covers; in padding they are below 0 or past the end."""
        return self.operation.window(self.index)[1]

    @property
    def channels(self) -> range:
        """Channels of the input that the window covers."""
        return self.operation.window(self.index)[2]

    @property
    def pad(self) -> bool:
        """Whether any part of the window lies in padding."""
        geometry, (rows, cols, _) = self.operation.geometry, self.operation.window(self.index)
        return len(geometry.rows.inside(rows)) < len(rows) or len(geometry.cols.inside(cols)) < len(cols)

    @property
    def count(self) -> int:
        """How many values an average pool divides by: those in the input, and padding where that counts."""
        return self.operation.count(self.index)

    @property
    def input_slice(self) -> Array:
        """The window's part of the padded input, `(f_h, f_w, channels)`."""
        return self.operation.input_slice(self.index)

    @property
    def filter(self) -> Array | None:
        """The filter's weights, `(f_h, f_w, channels)`; None in a layer without weights."""
        return self.operation.filter(self.index)

    @property
    def products(self) -> Array | None:
        """Input slice times filter, `(f_h, f_w, channels)`; None in a layer without weights.

        Products of float16 are float32, which is exact.
        """
        weights = self.filter
        return None if weights is None else read_only(multiplied(self.input_slice, weights))

    @property
    def bias(self) -> Any:
        """The filter's bias; None in a layer without weights."""
        return self.operation.bias(self.index)

    @property
    def value(self) -> Any:
        """The neuron's value, a scalar of the layer's dtype: exactly `Z[index]`."""
        return self.values[self.number]

    @property
    def argmax(self) -> Index | None:
        """The place `(i, h, w, c)` of a max-pool's largest value, the first on a tie; None in other layers."""
        return self.operation.argmax(self.index)

    @property
    def output(self) -> Array:
        """The running output, `(m, n_H, n_W, n_C)`: NaN where nothing is computed yet."""
        running = np.full(self.values.shape, np.nan, self.values.dtype)
        running[: self.number + 1] = self.values[: self.number + 1]
        if self.known_output is not None:
            running[~self.known_output.of(np.arange(running.size))] = np.nan
        return read_only(running.reshape(self.operation.geometry.shape))

    def running_map(self, i: int, c: int) -> Array:
        """Return one channel of one example of the running output, `(n_H, n_W)`, without building the rest."""
        m, n_H, n_W, n_C = self.operation.geometry.shape
        numbers = (i * n_H * n_W + np.arange(n_H * n_W)) * n_C + c
        channel, done = self.values.reshape(m, n_H, n_W, n_C)[i, :, :, c], numbers.reshape(n_H, n_W) <= self.number
        if self.known_output is not None:
            done &= self.known_output.of_map(i, c)
        return read_only(np.where(done, channel, channel.dtype.type(np.nan)))

    def taps(self) -> tuple[Tap, ...]:
        """Return the step's taps, `f_h * f_w * channels` of them."""
        return self.operation.taps(self.index)

    def tap(self, number: int) -> Tap:
        """Return one of the step's taps, numbered from 0."""
        return self.operation.taps(self.index, range(number, number + 1))[0]


@dataclass(frozen=True, eq=False, slots=True)
class PartStep(Step):
    """A step of which no more than its window has to be computed.

    Attributes:
        parts: What else is.
    """

    parts: Parts

    @property
    def known(self) -> Parts | None:
        """What of the inputs and the output is computed."""
        return self.parts


def walk(operation: Operation, start: int = 0, Z: Array | None = None) -> Generator[Step, None, Array]:
    """Yield every step from number `start` on, and return the whole output.

    Args:
        operation: The layer and its input.
        start: The first step's number.
        Z: The whole output, if it is computed already; otherwise each block is computed when the walk reaches it.

    Raises:
        ArgumentError: `start` is not between 0 and the number of windows.
    """
    total = operation.geometry.count
    start = as_integer(start, "start", least=0)
    if start > total:
        raise ArgumentError(f"there are only {total} windows, can't start at {start}", where="start")
    return _walk(operation, start, total, Z)


def _walk(operation: Operation, start: int, total: int, Z: Array | None) -> Generator[Step, None, Array]:
    known = total
    blocks: Iterator[int] = iter(())
    if Z is None:
        known = 0
        Z = empty_output(operation)
        blocks = compute_blocks(operation, Z)
    values = read_only(Z).reshape(-1)
    for number in range(start, total):
        while known <= number:
            known = next(blocks)
        yield Step(operation, values, number)
    for _ in blocks:
        pass
    return values.reshape(operation.geometry.shape)


def evaluate(operation: Operation) -> Array:
    """Return the layer's whole output, `(m, n_H, n_W, n_C)`: bit for bit the values of its steps."""
    Z = empty_output(operation)
    with np.errstate(all="ignore"):
        for _ in operation.blocks(Z):
            pass
    Z.flags.writeable = False
    return Z


def row_ends(shape: Index, height: int) -> Iterator[int]:
    """Return where blocks of `height` rows end, in an output of `shape`; no block goes beyond an example."""
    m, n_H, n_W, n_C = shape
    for i, top in product(range(m), range(0, n_H, height)):
        yield (i * n_H + min(top + height, n_H)) * n_W * n_C


def flat_ends(count: int, size: int) -> Iterator[int]:
    """Return where blocks of `size` of `count` windows end."""
    yield from range(size, count, size)
    yield count


def empty_output(operation: Operation) -> Array:
    """Return an uninitialised array for a layer's output.

    Raises:
        ShapeError: There is not enough memory for it.
    """
    shape = operation.geometry.shape
    try:
        return np.empty(shape, operation.dtype)
    except (MemoryError, ValueError):
        size = "x".join(map(str, shape))
        raise ShapeError(
            f"there is no memory for an output of {size}", where="pad", hint="Is the padding as large as it should be?"
        ) from None


def compute_blocks(operation: Operation, Z: Array) -> Iterator[int]:
    """Compute a layer's output into `Z`, block by block, without NumPy's warnings of overflow and NaN.

    Yields:
        How many windows are computed so far.
    """
    blocks = operation.blocks(Z)
    while True:
        with np.errstate(all="ignore"):
            done = next(blocks, None)
        if done is None:
            return
        yield done


def multiplied(patch: Array, weights: Array) -> Array:
    """Return patch times weights in their dtype; of float16 in float32, where no product is rounded or overflows."""
    with np.errstate(all="ignore"):
        if patch.dtype == np.float16:
            return np.asarray(patch.astype(np.float32) * weights)
        return np.asarray(patch * weights)


def sliding(hparameters: Mapping[str, Any], kernel: Any, stride: Any = 1, extra: tuple[str, ...] = ()) -> Sliding:
    """Return the window that a course-style `hparameters` dictionary describes.

    Args:
        hparameters: `stride`, `pad` and `dilation`, and `extra` keys such as `ceil_mode`.
        kernel: The window's size, an int or (h, w).
        stride: The default stride.
        extra: Further keys that are allowed.

    Raises:
        ArgumentError: An unknown key or an invalid value.
    """
    check_keys(hparameters, ("stride", "pad", "dilation", *extra))
    return Sliding(
        pair(kernel, "kernel"),
        pair(hparameters.get("stride", stride), "stride"),
        pair(hparameters.get("dilation", 1), "dilation"),
        pad(hparameters.get("pad", 0)),
        flag(hparameters.get("ceil_mode", False), "ceil_mode"),
    )


def check_keys(hparameters: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Check that all hyperparameters are known.

    Raises:
        ArgumentError: One is unknown.
    """
    for key in hparameters:
        if key not in known:
            raise ArgumentError(
                f"unknown hyperparameter {key!r}",
                where="hparameters",
                hint=nearest(str(key), known) or f"Known: {', '.join(known)}",
            )


def flag(value: object, name: str) -> bool:
    """Return `value` as a bool.

    Raises:
        ArgumentError: It is neither True nor False; the hint says what `name` means.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"expected True or False, got {value!r}", where=name, hint=MEANING.get(name, ""))
    return bool(value)


def origin(axis: Axis, place: int) -> int:
    """Return the input place whose value stands at `place` of the padded input; in zero padding, `place` itself."""
    source = axis.source(place)
    return place if source is None else source


def as_input(A_prev: Any, keep: bool = True) -> Array:
    """Return `A_prev` as a read-only array of floats.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`, any real dtype; integers become float64.
        keep: Whether to copy it if its owner may still write to it.

    Raises:
        ShapeError: It is not 4-dimensional, or empty.
        ArgumentError: It does not hold real numbers.
    """
    array = as_floats(A_prev, "A_prev", keep=keep)
    if array.ndim != 4 or not array.size:
        raise ShapeError(
            f"expected shape (m, height, width, channels), none of them 0, got {array.shape}",
            where="A_prev",
            hint="Add the missing axes with reshape: one 28x28 grey picture is (1, 28, 28, 1)",
        )
    return array


def as_floats(value: Any, name: str, dtype: np.dtype[Any] | None = None, *, keep: bool = True) -> Array:
    """Return `value` as a read-only array of `dtype`.

    Args:
        value: Anything NumPy can make an array of.
        name: What to call it in messages.
        dtype: The array's dtype; by default its own if that is a float, else float64.
        keep: Whether to copy it if its owner may still write to it.

    Raises:
        ArgumentError: It does not hold real numbers.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"expected real numbers, got dtype {array.dtype}", where=name)
    target = dtype or (array.dtype.newbyteorder("=") if array.dtype.kind == "f" else np.dtype(np.float64))
    if array.dtype != target or (keep and is_shared(array)):
        array = array.astype(target)
    return read_only(array)


def is_shared(array: Array) -> bool:
    """Return whether someone may still write to the array's memory."""
    view: Any = array
    while isinstance(view, np.ndarray):
        if view.flags.writeable:
            return True
        view = view.base
    return view is not None


def read_only(array: Array) -> Array:
    """Return a view of `array` that can't be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def as_slice(axis: range, part: range | None = None) -> slice:
    """Return the slice that selects the indices in `axis`, or those of its items that `part` numbers."""
    chosen = axis if part is None else axis[part.start : part.stop]
    return slice(max(0, chosen.start), max(0, chosen.stop), chosen.step)
