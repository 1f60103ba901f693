"""Opens nets: specs, and the model files of other programs, each with an input."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import ArgumentError, MismatchError, SpecError, nearest
from convstep.layers import Shape, Windowed, times
from convstep.network import Network
from convstep.network.memory import shortage
from convstep.spec import LocatedError
from convstep.spec import load as load_spec
from convstep.spec.content import model_in
from convstep.spec.files import STANDARD_INPUT, open_bytes
from convstep.spec.preparation import Preparation
from convstep.spec.samples import bundled, folder

if TYPE_CHECKING:
    from convstep.models import Model

Notify = Callable[[str], None]

SUFFIXES = {
    ".onnx": "onnx",
    ".pt": "torch",
    ".pth": "torch",
    ".safetensors": "safetensors",
    ".npz": "npz",
    ".keras": "keras",
    ".h5": "keras",
}
"""The format that a file claims by its name: one that is damaged is then reported as such."""

CHANGEABLE = ("padding", "stride", "dilation")
"""What can be changed for one run of the windows of a model file."""

SMALL = 40
"""The greatest height and width of an input that gets the bundled digit instead of the photograph."""


class Given(NamedTuple):
    """What is given beside a net's file.

    Attributes:
        input: The file of its input; "" for the spec's own, or for a bundled picture.
        preparation: What is done to the input.
        layout: How a model has its input, such as "NCHW"; "" to find out.
        output: The output of a model to show; "" for its first.
    """

    input: str = ""
    preparation: Preparation = Preparation()  # a tuple
    layout: str = ""
    output: str = ""


NOTHING = Given()


def load(
    spec: str | os.PathLike[str] = "photo",
    *,
    changes: Sequence[str] = (),
    padding: str | None = None,
    notify: Notify = lambda note: None,
    given: Given = NOTHING,
) -> tuple[Network, Array]:
    """Return the net in a spec or a model file, and its input.

    Args:
        spec: A bundled spec's name, or a file; "-" is a spec from standard input.
        changes: Fields to change for this run, as 'conv1.padding=valid' or 'input.image=cat.png'.
        padding: Padding for every convolution and pool.
        notify: Called with notes for the user.
        given: What is given beside the file.

    Returns:
        The net, and `(m, *network.input_shape)` in its dtype, read-only.

    Raises:
        SpecError: The file can't be read; the message says where and what.
    """
    name = os.fspath(spec)
    if form := model_format(name):
        return _load_model(name, form, changes, padding, notify, given)
    for option, value in (("--layout", given.layout), ("--output", given.output)):
        if value:
            raise SpecError("is for model files, and this is a spec", where=option)
    network, x = load_spec(spec, changes=changes, padding=padding, notify=notify)
    if not given.input:
        if given.preparation != Preparation():
            raise SpecError("there is no --input that it could be for", where="--scale, --mean, --std")
        return network, x
    given.preparation.check(network.input_shape[-1])
    x = _read_input(given.input, network, notify, given.preparation)
    return replace(network, picture=network.picture and given.preparation.keeps_pixels, examples=()), x


def _read_input(path: str | os.PathLike[str], network: Network, notify: Notify, preparation: Preparation) -> Array:
    from convstep.spec.examples import read_input

    return read_input(path, network, notify, preparation)


def model_format(name: str) -> str:
    """Return the format of a model file; "" for everything else."""
    if name in bundled() or name in STANDARD_INPUT or not os.path.isfile(name):
        return ""
    try:
        with open_bytes(name, name) as file:
            model = model_in(file)
    except SpecError:
        return ""
    if model is None:
        return SUFFIXES.get(os.path.splitext(name)[1].lower(), "")
    return model.form


def _load_model(
    name: str, form: str, changes: Sequence[str], padding: str | None, notify: Notify, given: Given
) -> tuple[Network, Array]:
    shape, file, others = _of_input(changes)
    chosen = given.input or file
    try:
        model = read_model(name, form, given._replace(input=chosen), shape)
    except LocatedError:
        raise
    except SpecError as error:
        raise LocatedError(error.what, where=error.where or name, hint=error.hint) from None
    network = _changed(model.network, others, padding)
    for note in model.notes:
        notify(f"{os.path.basename(name)}: {note}")
    preparation = given.preparation._replace(axes=model.input_axes, bytes_are_pixels=True, usual=model.pixels)
    preparation.check(network.input_shape[-1])
    if not chosen:
        return _with_bundled_input(network, preparation, notify)
    return _shown(_read_input(chosen, network, notify, preparation), network, chosen, preparation)


def _shown(x: Array, network: Network, chosen: str, preparation: Preparation) -> tuple[Network, Array]:
    """Return a net and its input; one that a picture may be is shown as a picture."""
    whole = preparation.keeps_pixels and network.input_shape[-1] in (1, 3) and len(network.input_shape) == 3
    pixels = whole and x.size > 0 and bool(x.min() >= 0 and x.max() <= 1)
    return replace(network, picture=pixels), x


def _with_bundled_input(network: Network, preparation: Preparation, notify: Notify) -> tuple[Network, Array]:
    """Return a net with one of the bundled pictures, or with random numbers where none fits."""
    shape = network.input_shape
    if len(shape) == 3 and shape[-1] in (1, 3):
        small = shape[-1] == 1 and max(shape) <= SMALL
        picture = "digit.png" if small else "photo.png"
        x = _read_input(folder() / picture, network, lambda note: None, preparation)
        notify(f"no --input is given: the bundled {picture}, {preparation.words}")
        return _shown(x, network, picture, preparation)
    from convstep.layers.weights import draw_array

    random = np.random.RandomState(1)
    x = draw_array(random.standard_normal, (1, *shape), network.dtype)
    notify(f"no --input is given: {times(shape)} random numbers")
    return network, x


def read_model(name: str, form: str, given: Given = NOTHING, shape: Sequence[int] = ()) -> Model:
    """Return the net in a model file.

    Args:
        name: The file.
        form: Its format.
        given: The layout and the output that are asked for, and the input, whose shape counts where the file leaves it
            open.
        shape: Shape of one example, where the file leaves it open.

    Raises:
        SpecError: It can't be read.
    """
    from convstep.models import Source, read

    try:
        with open_bytes(name, name) as file:
            size = file.seek(0, os.SEEK_END)
            if problem := shortage(2 * size):
                raise SpecError(f"it {problem}")
            file.seek(0)
            data = memoryview(file.read())
        likely = _likely(given.input) if given.input and not shape else ()
        return read(data, form, Source(name, _Beside(name).part, tuple(shape), likely, given.output, given.layout))
    except MemoryError:
        raise SpecError("there is not enough memory to read it") from None


def _likely(chosen: str) -> tuple[Shape, ...]:
    """Return which shapes one example of an array may have: channels first or last, with examples or without."""
    from convstep.spec.examples import shape_in

    shape = shape_in(chosen)
    found = [each for own in (shape[1:], shape) if 2 <= len(own) <= 3 for each in ((*own[1:], own[0]), own)]
    if len(shape) == 2:
        found.append((*shape, 1))
    return tuple(found)


class _Beside:
    """Reads the files that a model keeps beside it, and none elsewhere.

    Args:
        model: The model's file.
    """

    def __init__(self, model: str) -> None:
        self._folder = os.path.realpath(os.path.dirname(model))
        self._known: dict[str, memoryview] = {}

    def part(self, name: str, first: int, size: int | None) -> memoryview:
        """Return part of a file in the model's folder.

        Args:
            name: The file, relative to the folder.
            first: The first byte.
            size: How many bytes; None for all.

        Raises:
            SpecError: It is elsewhere, can't be read, or is too short.
        """
        data = self._whole(name)
        end = len(data) if size is None else first + size
        if end > len(data) or first > len(data):
            raise SpecError(f"keeps weights in {_quoted(name)}, which is too short: {len(data):,} bytes, not {end:,}")
        return data[first:end]

    def _whole(self, name: str) -> memoryview:
        if name in self._known:
            return self._known[name]
        path = os.path.realpath(os.path.join(self._folder, name)) if "\0" not in name else ""
        if not name or os.path.isabs(name) or not path.startswith(self._folder.rstrip(os.sep) + os.sep):
            raise SpecError(
                f"keeps weights in {_quoted(name)}, outside the model's folder, where nothing is read",
                hint="Save the model with its weights in one file",
            )
        if not os.path.isfile(path):
            raise SpecError(
                f"keeps weights in {_quoted(name)}, and there is no such file beside it",
                hint="Copy it there, or save the model with its weights in one file",
            )
        with open_bytes(path, name) as file:
            if problem := shortage(2 * file.seek(0, os.SEEK_END)):
                raise SpecError(f"keeps weights in {_quoted(name)}, which {problem}")
            file.seek(0)
            self._known[name] = memoryview(file.read())
        return self._known[name]


def _quoted(name: str) -> str:
    from convstep.printable import printable

    return f"'{printable(name)[:60]}'"


# Changes for one run


def _of_input(changes: Sequence[str]) -> tuple[tuple[int, ...], str, list[str]]:
    """Return the input's shape and file that changes set, "" or () if they don't, and the other changes."""
    shape: tuple[int, ...] = ()
    file, others = "", []
    for text in changes:
        target, _, value = (each.strip() for each in text.partition("="))
        match target:
            case "input.shape":
                numbers = value.strip("[]() ").replace(",", " ").split()
                if not numbers or not all(each.isascii() and each.isdecimal() and len(each) < 8 for each in numbers):
                    raise LocatedError("expected [height, width, channels]", where=f"--set {text}")
                shape = tuple(map(int, numbers))
            case "input.image" | "input.array":
                file = value
            case _:
                others.append(text)
    return shape, file, others


def _changed(network: Network, changes: Sequence[str], padding: str | None) -> Network:
    """Return a model's net with windows changed.

    What makes a dense layer's weights unfit is shown, as in a spec.

    Raises:
        LocatedError: A change can't be made.
    """
    if padding is not None:
        for layer in network.layers:
            if isinstance(layer, Windowed):
                network = _with_window(network, layer.name, "padding", padding, f"--padding {padding}")
    for text in changes:
        target, _, value = (each.strip() for each in text.partition("="))
        name, _, field = target.rpartition(".")
        if field not in CHANGEABLE:
            raise LocatedError(
                "of a model file only padding, stride and dilation can be changed, and input.shape",
                where=f"--set {text}",
                hint="'convstep convert MODEL net.yaml' writes a spec, of which all can",
            )
        network = _with_window(network, name, field, value, f"--set {text}")
    if network.fault and not isinstance(network.fault, MismatchError) and (changes or padding):
        raise LocatedError(str(network.fault), where=f"--set {changes[-1]}" if changes else f"--padding {padding}")
    return network


def _with_window(network: Network, name: str, field: str, value: str, where: str) -> Network:
    from convstep.engine import geometry
    from convstep.spec import yaml

    try:
        parsed: Any = yaml.parse(value)
        along_length = isinstance(parsed, int) and len(network.input_shape) == 2
        if field == "padding":
            parsed = geometry.pad([[parsed, parsed], [0, 0]] if along_length else parsed)
        else:
            parsed = (parsed, 1) if along_length else geometry.pair(parsed, field)
        return network.with_window(name, **{field: parsed})
    except (ArgumentError, yaml.YamlError) as error:
        hint = error.hint or (nearest(name, network.names) if name not in network.names else "")
        raise LocatedError(error.what, where=where, hint=hint) from None
