"""Error messages of PyTorch, Keras, TensorFlow, JAX and NumPy about shapes, in their older and newer wordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import Literal, NamedTuple

LONGEST = 20_000
"""Only so many characters of a message are looked at: its end, where a traceback says what is wrong."""

Order = Literal["first", "last"]
"""Whether a framework takes the channels first or last."""


class Product(NamedTuple):
    """A dense layer whose weights don't fit its input.

    Attributes:
        arrives: How many inputs arrive.
        made_for: How many inputs the weights were made for.
        units: The layer's neurons; 0 if that isn't said.
        rows: The rows of the input, the batch; 0 if that isn't said.
        shape: The shape of one example; () if that isn't said.
    """

    arrives: int
    made_for: int
    units: int = 0
    rows: int = 0
    shape: tuple[int, ...] = ()


class Channels(NamedTuple):
    """A convolution whose filters don't fit the channels of its input.

    Attributes:
        arrives: How many channels arrive.
        made_for: How many channels a filter sees.
        shape: The input's shape without the batch; () if that isn't said.
        order: Where the framework takes the channels.
        filters: How many filters there are; 0 if that isn't said.
        kernel: The kernel's size; () if that isn't said.
    """

    arrives: int
    made_for: int
    shape: tuple[int, ...]
    order: Order
    filters: int = 0
    kernel: tuple[int, ...] = ()


class TooLarge(NamedTuple):
    """A window that doesn't fit.

    Attributes:
        kernel: The window's size; one number if only one axis is said; () if none is.
        size: The map's size, padding included.
        shape: The map's shape without the batch; () if that isn't said.
    """

    kernel: tuple[int, ...]
    size: tuple[int, ...]
    shape: tuple[int, ...] = ()


class Border(NamedTuple):
    """Two arrays of NumPy that don't fit together.

    Attributes:
        one: The shape of the first, or of the one that is put into the other.
        other: The shape of the other.
        puts: Whether the first is put into the other.
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    puts: bool


class Differ(NamedTuple):
    """Maps that are added or joined, and have different sizes.

    Attributes:
        one: A size of the first.
        other: The size of the other.
    """

    one: int
    other: int


class Axes(NamedTuple):
    """An input with too few or too many axes.

    Attributes:
        expected: How many axes are expected, the batch's included.
        found: How many there are.
        shape: The shape; unknown sizes are 0.
    """

    expected: int
    found: int
    shape: tuple[int, ...]


class Reshape(NamedTuple):
    """A reshape, or a view, to a size that doesn't go into the number of values.

    Attributes:
        wanted: The size that was asked for.
        values: How many values there are, of all examples.
    """

    wanted: int
    values: int


Message = Product | Channels | TooLarge | Border | Differ | Axes | Reshape


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a shape; None and ? are 0."""
    return tuple(int(word) if word.isdecimal() else 0 for word in re.findall(r"\d{1,12}|None|\?|-1", text))


def _product(*groups: str) -> Product:
    arrives, made_for = numbers(groups[0]), numbers(groups[1])
    return Product(arrives[-1], made_for[0], made_for[1] if len(made_for) > 1 else 0, prod(arrives[:-1]))


def _axis(value: str, shape: str) -> Product | Channels:
    """Return what Keras means: a dense layer's input has one axis beside the batch, a convolution's has more."""
    found = numbers(shape)[1:]
    if len(found) > 1:
        return Channels(found[-1], int(value), found, "last")
    return Product(found[-1] if found else 0, int(value), shape=found)


def _torch_channels(weights: str, shape: str, made_for: str, arrives: str) -> Channels:
    sizes = numbers(weights)
    return Channels(int(arrives), int(made_for), numbers(shape)[1:], "first", sizes[0], sizes[2:])


def _subtracted(kernel: str, size: str, shape: str) -> TooLarge:
    return TooLarge((int(kernel),), (int(size),), numbers(shape or "")[1:])


def _pooled(size: str) -> TooLarge:
    return TooLarge((), numbers(size.replace("x", " "))[1:])


_SHAPE = r"[(\[]([^)\]]*)[)\]]"
_PATTERNS: tuple[tuple[str, Callable[..., Message]], ...] = (
    # PyTorch
    (r"mat1 and mat2 shapes cannot be multiplied \((\d+x\d+) and (\d+x\d+)\)", _product),
    (r"size mismatch, m1: \[([^\]]+)\], m2: \[([^\]]+)\]", _product),
    (r"size mismatch, got input \(\d+\), mat \((\d+x\d+)\), vec \((\d+)\)", _product),
    (
        r"Given groups=\d+, weight(?: of size)? ?\[?([\d, ]+?)\]?, (?:so )?expected input"
        rf"{_SHAPE} to have (\d+) channels, but got (\d+) channels",
        _torch_channels,
    ),
    (
        r"(?:Calculated padded input size per channel: \(([^)]*)\)\. ?)Kernel size: \(([^)]*)\)",
        lambda size, kernel: TooLarge(numbers(kernel), numbers(size)),
    ),
    (r"Given input size: \(([^)]*)\)\. Calculated output size:", _pooled),
    (r"Kernel size can't be greater than (?:the )?actual input size", lambda: TooLarge((), ())),
    (
        r"shape '?\[(?:-1|\d+), (\d+)\]'? is invalid for input of size (\d+)",
        lambda wanted, values: Reshape(int(wanted), int(values)),
    ),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)",
        lambda one, other: Differ(int(one), int(other)),
    ),
    (
        r"Sizes of tensors must match except in dimension \d+\. Expected size (\d+) but got size (\d+)",
        lambda one, other: Differ(int(one), int(other)),
    ),
    (
        rf"Expected (?:3D \(unbatched\) or )?4D \(?(?:batched)?\)? ?input to conv2d, but got input of size: {_SHAPE}",
        lambda shape: Axes(4, len(numbers(shape)), numbers(shape)),
    ),
    # Keras and TensorFlow
    (
        r"expected axis -1 of input shape to have value (\d+),? but "
        rf"(?:received input with shape|got (?:input with )?shape) {_SHAPE}",
        _axis,
    ),
    (
        rf"expected (?:min_)?ndim=(\d+), found ndim=(\d+)(?:\. Full shape received: {_SHAPE})?",
        lambda expected, found, shape: Axes(int(expected), int(found), numbers(shape or "")),
    ),
    (
        r"Negative dimension size caused by subtracting (\d+) from (\d+)(?: for .*?input shapes?: \[([^\]]*)\])?",
        _subtracted,
    ),
    (
        rf"output size would be negative.*?inputs shape={_SHAPE}`?,? `?kernel shape={_SHAPE}",
        lambda shape, kernel: TooLarge(numbers(kernel)[:-2], numbers(shape)[1:-1], numbers(shape)[1:]),
    ),
    (r"Matrix size-incompatible: In\[0\]: \[([^\]]*)\], In\[1\]: \[([^\]]*)\]", _product),
    (
        r"Dimensions must be equal, but are \d+ and \d+ for .*MatMul.* input shapes: \[([^\]]*)\], \[([^\]]*)\]",
        _product,
    ),
    (
        r"(?:depth of (?:the )?input|input depth) must be (?:a multiple of|evenly divisible by) "
        r"(?:the )?(?:depth of the )?filter(?: depth)?: (\d+) vs\.? (\d+)",
        lambda arrives, made_for: Channels(int(arrives), int(made_for), (), "last"),
    ),
    # JAX
    (
        r"contracting dimensions to have the same shape, got \((\d+),?\) and \((\d+),?\)",
        lambda arrives, made_for: Product(int(arrives), int(made_for)),
    ),
    (
        r"lhs feature dimension size divided by feature_group_count must equal the rhs input feature dimension size, "
        r"but (\d+) // \d+ != (\d+)",
        lambda arrives, made_for: Channels(int(arrives), int(made_for), (), "last"),
    ),
    # NumPy
    (
        rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}",
        lambda one, other: Border(numbers(one), numbers(other), True),
    ),
    (
        rf"operands could not be broadcast together with shapes {_SHAPE} {_SHAPE}",
        lambda one, other: Border(numbers(one), numbers(other), False),
    ),
    (rf"shapes {_SHAPE} and {_SHAPE} not aligned", _product),
    (
        r"mismatch in its core dimension 0.*\(size (\d+) is different from (\d+)\)",
        lambda made_for, arrives: Product(int(arrives), int(made_for)),
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in _PATTERNS)


def parse(text: str) -> Message | None:
    """Return what a framework's error message says; None if it is none that is known here."""
    line = re.sub(r"\s+", " ", text[-LONGEST:])
    for pattern, read in _COMPILED:
        if found := pattern.search(line):
            try:
                return read(*found.groups())
            except (IndexError, ValueError):  # a shape with fewer numbers than the message has elsewhere
                continue
    return None
