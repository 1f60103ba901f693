"""The weights of a Keras model: HDF5, read by h5py from memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape, times
from convstep.layers.weights import Given
from convstep.network.memory import shortage
from convstep.printable import printable

DEEPEST = 12
"""How deep groups may be nested."""

HEAP = b"GCOL"
"""What a global heap begins with, where HDF5 keeps texts."""

MOST_GROUPS = 100_000
"""The most groups and arrays of a file."""


class Stored:
    """The arrays of an HDF5 file, by layer.

    Attributes:
        config: The model's configuration, if the file has it; else empty.
        version: The version of Keras that wrote it; "" if it does not say.

    Args:
        file: The file, open.
        size: How many bytes it has.
    """

    def __init__(self, file: Any, size: int) -> None:
        self._file, self._size = file, size
        config = file.attrs.get("model_config", b"")
        self.config: bytes = config.encode() if isinstance(config, str) else bytes(config)
        self._layers: dict[str, list[Any]] = {}
        self._places: dict[str, list[Any]] = {}
        self._ends: dict[str, list[str]] = {}
        self._seen = 0
        top = self._child(file, "model_weights") if "model_weights" in file else file
        self.version = _text(top.attrs.get("keras_version", ""))
        names = top.attrs.get("layer_names")
        if names is not None:
            for name in map(_text, names):
                self._collect_named(self._child(top, name), name)
        else:
            self._collect(file, 0, "", "")
        for name in self._layers:
            self._ends.setdefault(name.rpartition("/")[2], []).append(name)

    def arrays(self, layer: str, place: str) -> list[Any]:
        """Return a layer's arrays, in the order in which Keras makes them.

        Args:
            layer: Its name, after those of the models that it is in.
            place: What Keras 2 calls it instead.
        """
        if layer in self._layers:
            return self._layers[layer]
        if place in self._places:
            return self._places[place]
        first, _, rest = layer.partition("/")
        same = self._ends.get(rest.rpartition("/")[2], []) if rest else []  # .h5 files leave models' names out
        inside = [each for each in same if each.startswith(f"{first}/")] or same  # a shared layer is kept once
        return self._layers[inside[0]] if len(inside) == 1 else []

    def numbers(self, dataset: Any, what: str) -> Array:
        """Return an array's numbers.

        Raises:
            SpecError: It is none, or larger than the file can hold.
        """
        if dataset.dtype.kind not in "fiub":
            raise SpecError(f"{what} holds no numbers")
        if dataset.external or dataset.is_virtual:
            raise SpecError(f"{what} is kept in another file, and nothing else is read")
        needed = prod(dataset.shape) * dataset.dtype.itemsize
        if needed > self._size and dataset.compression is None:
            raise SpecError(f"is damaged: {what} would have {needed:,} bytes, and the file has {self._size:,}")
        if problem := shortage(2 * needed):
            raise SpecError(f"{what} {problem}")
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(dataset[()], np.float32)

    def _child(self, group: Any, name: str) -> Any:
        import h5py

        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise SpecError("is damaged, or refers to another file, and nothing else is read")
        return group[name]

    def _at(self, group: Any, path: str) -> Any:
        for name in [each for each in path.split("/") if each][:DEEPEST]:
            group = self._child(group, name)
        return group

    def _collect_named(self, group: Any, layer: str) -> None:
        """Find the arrays of a layer, or of the layers of a model, that a group names."""
        for path in map(_text, group.attrs.get("weight_names", ())):
            array = self._at(group, path)
            inner = [each for each in path.split("/")[:-1] if each != layer]
            for name in dict.fromkeys((layer, "/".join((layer, *inner)))):
                self._layers.setdefault(name, []).append(array)

    def _collect(self, group: Any, depth: int, before: str, place: str) -> None:
        """Find the arrays of layers in a group and all below it.

        Args:
            group: The group.
            depth: How deep it lies.
            before: The names of the models that it is in, each with a slash.
            place: What Keras 2 calls the layer whose group it is.
        """
        import h5py

        self._seen += 1
        if depth > DEEPEST or self._seen > MOST_GROUPS:
            raise SpecError("is damaged: its groups are nested too deeply")
        own = ""
        if depth and "vars" in group and isinstance(child := self._child(group, "vars"), h5py.Group):
            own = _text(child.attrs.get("name", ""))
            numbered = sorted((each for each in child if each.isdecimal()), key=int)
            arrays = [self._child(child, each) for each in numbered]
            if own:
                self._layers.setdefault(before + own, arrays)
            else:
                self._places.setdefault(place, arrays)
        for name in group:
            child = self._child(group, name)
            if name != "vars" and isinstance(child, h5py.Group):
                inner = place if name == "layers" else f"{place}/{name}" if place else name
                self._collect(child, depth + 1, f"{before}{own}/" if own else before, inner)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@contextmanager
def open_weights(content: memoryview) -> Iterator[Stored]:
    """Give the arrays of an HDF5 file.

    Raises:
        SpecError: It is damaged, or h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise SpecError(
            "is a Keras model, and reading its weights takes h5py", hint="Install it: pip install convstep[keras]"
        ) from None
    _check_heaps(bytes(content))
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            yield Stored(file, len(content))
    except (SpecError, MemoryError):
        raise
    except Exception as error:  # hostile bytes may make h5py raise anything
        said = printable(str(error)).split(" (")[0][:80] or type(error).__name__
        raise SpecError(f"is damaged or cut short ({said})", hint="Save or download it again") from None


def _check_heaps(content: bytes) -> None:
    """Check that the objects in a file's global heaps follow one another; HDF5's library may never end if not.

    Raises:
        SpecError: They don't.
    """
    start = content.find(HEAP)
    while start >= 0:
        end = start + int.from_bytes(content[start + 8 : start + 16], "little")
        place = start + 16
        while place + 16 <= min(end, len(content)):
            number = int.from_bytes(content[place : place + 2], "little")
            size = int.from_bytes(content[place + 8 : place + 16], "little")
            step = 16 + (size + 7) // 8 * 8 if number else size
            if step < 16 or place + step > end:
                raise SpecError("is damaged: a heap in it does not add up", hint="Save or download it again")
            place += step
        start = content.find(HEAP, start + 4)


class Weights:
    """Gives layers their weights.

    Args:
        stored: The arrays.
        file: The file's name.
    """

    def __init__(self, stored: Stored, file: str) -> None:
        self._stored, self._file = stored, file
        self._read: dict[tuple[str, tuple[Shape, ...]], list[Given]] = {}

    def of(self, layer: str, place: str, *shapes: Shape) -> list[Given]:
        """Return a layer's arrays, which must have these shapes.

        Raises:
            SpecError: There are fewer, or they have others.
        """
        if (layer, shapes) in self._read:  # it is used again
            return self._read[layer, shapes]
        arrays, shown = self._stored.arrays(layer, place), printable(layer)[:60]
        if len(arrays) < len(shapes):
            raise SpecError(
                f"is damaged: '{shown}' has {len(arrays)} arrays of weights, and needs {len(shapes)}",
                hint="Save the whole model: model.save('model.keras')",
            )
        given = []
        for dataset, shape in zip(arrays, shapes, strict=False):
            own = getattr(dataset, "shape", None)
            if own != shape:
                raise SpecError(f"is damaged: weights of '{shown}' are {times(own or ())}, and need {times(shape)}")
            array = self._stored.numbers(dataset, f"'{shown}'")
            array.flags.writeable = False
            given.append(Given(array, self._file))
        self._read[layer, shapes] = given
        return given

    def shapes(self, layer: str, place: str) -> list[Shape]:
        """Return the shapes of a layer's arrays."""
        return [tuple(getattr(dataset, "shape", ())) for dataset in self._stored.arrays(layer, place)]
