"""The steps of one layer as JSON lines, CSV and NumPy's arrays, in the memory that the layer's own output takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.debugger.stops.conditions import Condition
from convstep.debugger.stops.masks import blocks, mask
from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Operation, compute_blocks, empty_output, multiplied
from convstep.network import Values
from convstep.report.digits import texts
from convstep.report.text import json_line

Numbers = NDArray[np.int64]
"""Step numbers, from 0."""
CHUNK = 4096
"""So many steps are written at a time."""
REMEMBERED = 4_000_000
"""The most characters of slices and filters that are kept as text, for the neurons that share them."""
AT_ONCE = 16_384
"""So many products are turned into text at a time."""
COLUMNS = ("step", "index", "rows", "cols", "pad", "value")
HEADER = "step,layer,i,h,w,c,row_start,row_stop,col_start,col_stop,pad,value"


class Sources(NamedTuple):
    """Where the windows of one axis lie.

    Attributes:
        start: Where each window begins.
        stop: Where it ends.
        pad: Whether it touches padding.
    """

    start: Numbers
    stop: Numbers
    pad: NDArray[np.bool_]

    def at(self, places: Numbers) -> Sources:
        """Return where the windows at some places of the output lie."""
        return Sources(self.start[places], self.stop[places], self.pad[places])


class Trace:
    """The steps of one layer.

    Args:
        layer: The layer's name.
        operation: What it computes.
        chosen: The numbers of the steps, in order, piece by piece.
        count: How many these are.
        output: The layer's output, if the steps' values are computed already; else it is, as far as the steps reach.
        tell: Called with the number of steps that are written.
    """

    def __init__(
        self,
        layer: str,
        operation: Operation,
        chosen: Callable[[], Iterable[Numbers]],
        count: int,
        output: Array | None = None,
        tell: Callable[[int], None] = lambda done: None,
    ) -> None:
        self._layer = layer
        self._operation = operation
        self._chosen = chosen
        self._count = count
        self._tell = tell
        self._Z = empty_output(operation) if output is None else output
        self._known = 0 if output is None else self._Z.size
        self._blocks = compute_blocks(operation, self._Z) if output is None else iter(())
        self._axes = None if self._is_flat else self._along_axes()

    @property
    def _is_flat(self) -> bool:
        """Whether the output is a vector, whose windows may be anywhere for each of its values."""
        _, n_H, n_W, _ = self._operation.geometry.shape
        return n_H * n_W == 1

    def _along_axes(self) -> tuple[Sources, Sources]:
        """Return where the windows of each row, and of each column, of the output lie."""
        _, n_H, n_W, _ = self._operation.geometry.shape
        rows = [self._operation.window((0, h, 0, 0))[0] for h in range(n_H)]
        cols = [self._operation.window((0, 0, w, 0))[1] for w in range(n_W)]
        return self._sources(rows, 0), self._sources(cols, 1)

    def _sources(self, windows: list[range], axis: int) -> Sources:
        along = (self._operation.geometry.rows, self._operation.geometry.cols)[axis]
        pad = [len(along.inside(window)) < len(window) for window in windows]
        ends = [(window.start, window.stop) for window in windows]
        start, stop = np.array(ends, np.int64).reshape(-1, 2).T
        return Sources(start, stop, np.array(pad, np.bool_))

    def _pieces(self) -> Iterator[tuple[Numbers, tuple[Numbers, ...], Sources, Sources]]:
        """Yield the steps' numbers, a piece at a time, with their indices and where their windows lie."""
        done = 0
        for numbers in self._chosen():
            for start in range(0, len(numbers), CHUNK):
                piece = numbers[start : start + CHUNK]
                index = np.unravel_index(piece, self._operation.geometry.shape)
                if self._axes is not None:
                    rows, cols = (axis.at(places) for axis, places in zip(self._axes, index[1:3], strict=True))
                else:
                    windows = [self._operation.window((0, 0, 0, c)) for c in index[3].tolist()]
                    rows, cols = (self._sources([each[axis] for each in windows], axis) for axis in (0, 1))
                yield piece, index, rows, cols
                done += len(piece)
                self._tell(done)

    def _values(self, numbers: Numbers) -> Array:
        """Return the values of some steps; computes the layer as far as they reach."""
        while len(numbers) and self._known <= numbers[-1]:
            self._known = next(self._blocks)
        values: Array = self._Z.reshape(-1)[numbers]
        return values

    def _fields(self) -> Iterator[tuple[Any, ...]]:
        """Yield number, index, window, pad and value of each step; the value as text."""
        for numbers, index, rows, cols in self._pieces():
            ends = (each.tolist() for each in (*index, rows.start, rows.stop, cols.start, cols.stop))
            words = np.where(rows.pad | cols.pad, "true", "false").tolist()
            yield from zip(numbers.tolist(), *ends, words, texts(self._values(numbers)), strict=True)

    def json_lines(self, *, full: bool = False) -> Iterator[str]:
        """Yield one JSON object a step.

        Args:
            full: Whether to add the input slice, the filter, the products and the bias.
        """
        name = json_line(self._layer).replace("%", "%%")
        beginning = (
            f'{{"step":%d,"layer":{name},"index":[%d,%d,%d,%d],"rows":[%d,%d],"cols":[%d,%d],"pad":%s,"value":%s'
        )
        if not full:
            line = beginning + "}"
            yield from (line % each for each in self._fields())
            return
        more, fields = _Full(self._operation), self._fields()
        while group := list(islice(fields, more.at_once)):
            rests = more.texts([(i, h, w, c) for _, i, h, w, c, *_ in group])
            yield from (f"{beginning % each}{rest}}}" for each, rest in zip(group, rests, strict=True))

    def csv_lines(self) -> Iterator[str]:
        """Yield a header and one line a step; a layer's name is quoted if it needs that."""
        yield HEADER
        name = self._layer
        if any(each in name for each in ',"'):
            name = '"' + name.replace('"', '""') + '"'
        for step, *fields, pad, value in self._fields():
            yield f"{step},{name},{','.join(map(str, fields))},{pad},{value.strip(chr(34))}"

    def write_npz(self, file: BinaryIO) -> None:
        """Write the steps as arrays, each `(steps,)`, `(steps, 2)` for rows and cols, `(steps, 4)` for the index."""
        import zipfile

        from numpy.lib import format as npy

        shapes = {"index": (4,), "rows": (2,), "cols": (2,)}
        dtypes: dict[str, Any] = {"pad": np.dtype(np.bool_), "value": self._operation.dtype}
        with zipfile.ZipFile(file, "w") as archive:
            for name in COLUMNS:
                dtype = dtypes.get(name, np.dtype(np.int64))
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    npy.write_array_header_2_0(
                        member,
                        {
                            "descr": npy.dtype_to_descr(dtype),
                            "fortran_order": False,
                            "shape": (self._count, *shapes.get(name, ())),
                        },
                    )
                    for part in self._column(name):
                        member.write(np.ascontiguousarray(part, dtype).tobytes())

    def _column(self, name: str) -> Iterator[Array]:
        for numbers, index, rows, cols in self._pieces():
            match name:
                case "step":
                    yield numbers
                case "index":
                    yield np.stack(index, 1)
                case "rows":
                    yield np.stack((rows.start, rows.stop), 1)
                case "cols":
                    yield np.stack((cols.start, cols.stop), 1)
                case "pad":
                    yield rows.pad | cols.pad
                case _:
                    yield self._values(numbers)


class _Full:
    """The slices, filters, products and biases of an operation's steps as JSON.

    Slices, filters and biases are kept as text by their content, as many neurons share them.

    Args:
        operation: The operation.

    Attributes:
        at_once: How many steps are best turned into text at a time.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._kept: dict[bytes, str] = {}
        self._characters = 0
        self._templates: dict[tuple[int, ...], str] = {}
        taps = operation.input_slice((0, 0, 0, 0)).size if operation.geometry.count else 0
        self.at_once = max(1, AT_ONCE // max(1, taps))

    def texts(self, indices: list[Index]) -> list[str]:
        """Return the rests of the lines of some steps."""
        operation = self._operation
        if self._characters > REMEMBERED:
            self._kept.clear()
            self._characters = 0
        new: dict[bytes, Array] = {}  # what has no text yet

        def key(array: Array) -> bytes:
            found = array.tobytes() + repr(array.shape).encode()
            if found not in self._kept:
                new[found] = array
            return found

        window: object = None
        patch, key_of_patch, parts, products = np.empty(0), b"", [], []
        for index in indices:
            if (following := (index[0], operation.window(index))) != window:
                window, patch = following, operation.input_slice(index)
                key_of_patch = key(patch)
            weights, bias = operation.filter(index), operation.bias(index)
            if weights is not None:
                products.append(multiplied(patch, weights))
            parts.append(
                (
                    key_of_patch,
                    None if weights is None else key(weights),
                    None if bias is None else key(np.asarray(bias).reshape(())),
                )
            )
        written = self._nested(list(new.values()))
        self._characters += sum(map(len, written))
        self._kept.update(zip(new, written, strict=True))
        kept, of_products = self._kept, iter(self._nested(products))
        return [
            f',"input_slice":{kept[patch]},"filter":{"null" if weights is None else kept[weights]},'
            f'"products":{"null" if weights is None else next(of_products)},'
            f'"bias":{"null" if bias is None else kept[bias]}'
            for patch, weights, bias in parts
        ]

    def _nested(self, arrays: list[Array]) -> list[str]:
        """Return arrays as nested lists."""
        words = {
            dtype: iter(texts(np.concatenate([each.ravel() for each in arrays if each.dtype == dtype])))
            for dtype in {each.dtype for each in arrays}
        }
        return [self._template(each.shape) % tuple(islice(words[each.dtype], each.size)) for each in arrays]

    def _template(self, shape: tuple[int, ...]) -> str:
        template = self._templates.get(shape)
        if template is None:
            template = "%s"
            for size in reversed(shape):
                template = f"[{','.join([template] * size)}]"
            self._templates[shape] = template
        return template


def numbers_in(first: int, last: int) -> Iterator[Numbers]:
    """Yield the numbers from `first` to before `last`, piece by piece."""
    for start in range(first, last, CHUNK):
        yield np.arange(start, min(start + CHUNK, last), dtype=np.int64)


def numbers_where(values: Values, layer: str, condition: Condition, first: int, last: int) -> Iterator[Numbers]:
    """Yield those of the numbers from `first` to before `last` at which a condition holds, piece by piece."""
    for block in blocks(values, layer):
        numbers = block.numbers
        start, stop = max(first, numbers.start), min(last, numbers.stop)
        if start < stop:
            found = np.flatnonzero(mask(condition, block)[start - numbers.start : stop - numbers.start])
            yield (found + start).astype(np.int64)
