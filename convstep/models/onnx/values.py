"""What a model's values are while its graph is gone through: constants, outputs of our layers, or neither.

A model's array and ours hold the same numbers in another order. `Value` says in which: each axis of the model's is
written as letters of ours, N, H, W and C, of which an axis of size 1 has none: "N", "C", "H", "W" for a map with
channels first, "N", "CHW" for the same map flattened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from convstep.engine.steps import Array

LETTERS = "NHWC"
"""Our axes."""

MOST_HIDDEN = 30
"""The most operators that are computed in one block."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """The output of one of our layers, or the net's input, as the model has it.

    Attributes:
        source: The layer's name, or "input".
        sizes: Height, width and channels of the map that its numbers are from, before any flatten.
        axes: The letters of each of the model's axes, slowest first.
        shape: The model's shape, with the batch that it was exported with.
    """

    source: str
    sizes: tuple[int, int, int]
    axes: tuple[str, ...]
    shape: Shape

    @property
    def batch(self) -> int:
        """The number of examples in `shape`."""
        return prod(self.shape) // prod(self.sizes)

    def size(self, letter: str) -> int:
        """Return the size of one of our axes."""
        return self.batch if letter == "N" else self.sizes["HWC".index(letter)]

    @property
    def has_examples(self) -> bool:
        """Whether the model's first axis is the batch, and no other has any of it."""
        return bool(self.axes) and self.axes[0] == "N"

    def regrouped(self, shape: Sequence[int]) -> tuple[str, ...] | None:
        """Return the axes of the same numbers in another shape; None if one of our axes would be split."""
        letters = "".join(self.axes)
        if self.batch > 1:
            return self._grouped(letters, shape)
        if not shape or shape[0] != 1 or "N" not in letters:
            return None
        rest = self._grouped(letters.replace("N", ""), shape[1:])
        return None if rest is None else ("N", *rest)

    def _grouped(self, letters: str, shape: Sequence[int]) -> tuple[str, ...] | None:
        rest, axes = iter(letters), list[str]()
        for size in shape:
            group, product = "", 1
            while product < size:
                letter = next(rest, "")
                if not letter:
                    return None
                group, product = group + letter, product * self.size(letter)
            if product != size:
                return None
            axes.append(group)
        return None if next(rest, "") else tuple(axes)

    def _order(self) -> tuple[str, list[int]]:
        letters = "".join(self.axes)
        letters += "".join(letter for letter in LETTERS if letter not in letters)
        return letters, [LETTERS.index(letter) for letter in letters]

    def to_model(self, array: Array) -> Array:
        """Return our array, of any number of examples, in the model's order."""
        m = len(array)
        _, order = self._order()
        shape = [
            size // self.batch * m if "N" in axis else size for axis, size in zip(self.axes, self.shape, strict=True)
        ]
        return array.reshape(m, *self.sizes).transpose(order).reshape(shape)

    def from_model(self, array: Array) -> Array:
        """Return the model's array, of any number of examples, in our order, `(m, height, width, channels)`."""
        m = array.size // prod(self.sizes)
        letters, order = self._order()
        split = array.reshape([m if letter == "N" else self.size(letter) for letter in letters])
        return split.transpose([order.index(n) for n in range(len(LETTERS))])


def written(sizes: tuple[int, int, int], letters: Sequence[str], batch: int) -> tuple[tuple[str, ...], Shape]:
    """Return axes and shape of a map whose axes have one letter each; "" is an axis of size 1."""
    known = dict(zip("HWC", sizes, strict=True)) | {"N": batch, "": 1}
    shape = tuple(known[letter] for letter in letters)
    axes = tuple("" if size == 1 and letter != "N" else letter for letter, size in zip(letters, shape, strict=True))
    return axes, shape


@dataclass(frozen=True)
class Hidden:
    """A result that has no place among our layers yet: it is computed from values in one block.

    Attributes:
        inputs: The values that it is computed from.
        function: Computes it from their arrays in the model's order.
        shape: The model's shape.
        operators: The operators that are computed.
    """

    inputs: tuple[Value, ...]
    function: Callable[[Sequence[Array]], Array]
    shape: Shape
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """A result that can't be had.

    Attributes:
        operator: The operator that would give it; "" if none would.
        reason: Why not.
        before: The layers that its inputs come from.
    """

    operator: str
    reason: str
    before: tuple[str, ...]

    @property
    def says(self) -> str:
        """The operator and the reason."""
        return f"{self.operator}: {self.reason}" if self.operator else self.reason


Entry = Array | Value | Hidden | Missing
