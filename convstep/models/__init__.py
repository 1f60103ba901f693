"""Reads other programs' model files: a net out of each, and what there is to say about it.

One package or module a format; none is imported before such a file is opened. A format is recognised by content, and
its reader has one function, `read(data, source) -> Model`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from convstep.engine.steps import Array
from convstep.errors import ConvstepError, SpecError
from convstep.layers import Shape
from convstep.network import Network
from convstep.network.memory import shortage


class Source(NamedTuple):
    """A model file, and what was asked for.

    Attributes:
        name: The file's name in messages.
        beside: Returns part of a file in the model's folder: its name, the first byte, how many bytes, or None for all.
        input_shape: Shape of one example, (height, width, channels), where the file leaves it open; () for the file's.
        likely: Shapes that the input may have where the file leaves sizes open, as that of the array that is given.
        output: The output to show, if there are several; "" for the first.
        layout: How the model has its input, such as "NCHW" or "NHWC"; "" to find out.
        form: The file's format.
    """

    name: str
    beside: Callable[[str, int, int | None], memoryview]
    input_shape: Shape = ()
    likely: tuple[Shape, ...] = ()
    output: str = ""
    layout: str = ""
    form: str = ""


class Model(NamedTuple):
    """A net from a model file.

    Attributes:
        network: The net, channels last as all of ours.
        notes: What there is to say: what was assumed, what can't be stepped through, where the net ends.
        input_axes: Which axis of the model's own input each of our axes is, the batch first: (0, 2, 3, 1) for NCHW.
        layout: The letters of the model's own axes, such as "NCHW".
        pixels: The values that a picture's black and white have for it, if it says so, as by taking bytes.
    """

    network: Network
    notes: Sequence[str]
    input_axes: tuple[int, ...]
    layout: str
    pixels: tuple[float, float] = (0.0, 1.0)

    def from_own(self, x: Array) -> Array:
        """Return examples in the model's own layout, with the batch first, in ours."""
        return x.transpose(self.input_axes)


class Reader(Protocol):
    """The contents of a format's module."""

    def read(self, data: memoryview, source: Source, /) -> Model:
        """Return the net in a file.

        Raises:
            SpecError: It is damaged, or can't be shown; without a place, which the caller adds.
        """


def shape_of_given(source: Source, sizes: Sequence[Any]) -> Shape:
    """Return the shape of the input that is given, where the file leaves sizes open; () if it does not fit.

    Args:
        source: The file, and what was asked for.
        sizes: Height, width and channels as the file has them; those that are no positive integers are open.
    """
    known = [size if type(size) is int and size > 0 else None for size in sizes]
    if None not in known:
        return ()
    for shape in source.likely:
        if len(shape) == len(known) and all(own in (None, size) for own, size in zip(known, shape, strict=True)):
            return shape
    return ()


def check_memory(network: Network) -> None:
    """Check that a net and its values fit in memory.

    Raises:
        SpecError: They don't, or the net can't work.
    """
    try:
        needed = network.bytes_needed(1)
    except ConvstepError as error:
        raise SpecError(f"can't work: {error}") from None
    if problem := shortage(needed):
        raise SpecError(f"the net {problem}")


FORMATS = {
    "onnx": "convstep.models.onnx",
    "keras": "convstep.models.keras",
    **dict.fromkeys(("torch", "safetensors", "npz"), "convstep.models.state"),
}
"""The module that reads a format, by the format's name."""


def read(data: memoryview, form: str, source: Source) -> Model:
    """Return the net in a model file.

    Args:
        data: The file's content.
        form: Its format, one of `FORMATS`.
        source: The file, and what was asked for.

    Raises:
        SpecError: The file is damaged, or its net can't be shown.
    """
    reader: Reader = import_module(FORMATS[form])
    return reader.read(data, source._replace(form=form))
