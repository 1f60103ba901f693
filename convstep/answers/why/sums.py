"""The sums that people write down: for the size along an axis, and for a number of parameters."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convstep.engine.geometry import Axis
from convstep.layers import factors
from convstep.layers.reasons import SAME


class SizeSum(NamedTuple):
    """The sum for the number of windows along one axis, which a slip may change.

    Attributes:
        size: Length of the input.
        extent: Length of the window.
        stride: Distance from one window to the next.
        before: Padding at the low end.
        after: Padding at the high end.
        up: Whether the division is rounded up.
        one: Whether the first window is added: + 1.
        short: Whether it is SAME's sum ⌈size / stride⌉.
    """

    size: int
    extent: int
    stride: int
    before: int
    after: int
    up: bool = False
    one: bool = True
    short: bool = False

    @classmethod
    def of(cls, axis: Axis, padding: object) -> SizeSum:
        """Return the right sum of an axis."""
        short = padding in SAME
        return cls(
            axis.size,
            axis.extent,
            axis.stride,
            axis.before,
            axis.after,
            up=short or axis.ceil_mode,
            short=short,
        )

    @property
    def value(self) -> int:
        """The number of windows; at most 0 if none fits."""
        room = self.size if self.short else self.size + self.before + self.after - self.extent
        quotient = -(-room // self.stride) if self.up else room // self.stride
        return quotient + (self.one and not self.short)

    def __str__(self) -> str:
        low, high = "⌈⌉" if self.up else "⌊⌋"
        if self.short:
            return f"{low}{self.size} / {self.stride}{high} = {self.value}"
        padding = "".join(f" + {side}" for side in (self.before, self.after) if side)
        room = f"{self.size}{padding} − {self.extent}"
        quotient = room if self.stride == 1 else f"{low}({room}) / {self.stride}{high}"
        return f"{quotient}{' + 1' * self.one} = {self.value}"


class Count(NamedTuple):
    """The sum for a layer's number of parameters, which a slip may change.

    Attributes:
        letters: The axes of the weights, such as HWIO.
        weights: The sizes of these axes.
        bias: The sizes whose product is the number of biases; () for none.
        places: The rows and columns of the output, if every place is given weights of its own; else ().
    """

    letters: str
    weights: tuple[int, ...]
    bias: tuple[int, ...] = ()
    places: tuple[int, ...] = ()

    @property
    def value(self) -> int:
        """The number of parameters."""
        return prod(self.places) * (prod(self.weights) + (prod(self.bias) if self.bias else 0))

    def without(self, letter: str) -> Count:
        """Return the same without an axis of the weights."""
        at = self.letters.index(letter)
        return self._replace(
            letters=self.letters.replace(letter, ""), weights=self.weights[:at] + self.weights[at + 1 :]
        )

    def __str__(self) -> str:
        one_row = dict(zip(self.letters, self.weights, strict=True)).get("W") == 1
        kept = [n for letter, n in zip(self.letters, self.weights, strict=True) if not (one_row and letter == "W")]
        text = factors(tuple(kept))
        if self.bias:
            text += f" + {factors(self.bias)}"
        if self.places:
            text = f"{factors(self.places)}·({text})"
        written = f"{self.value:,}"
        return text if text == written else f"{text} = {written}"
