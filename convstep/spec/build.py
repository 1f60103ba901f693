"""Builds a net and its input from a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from pathlib import PurePath
from typing import Any

import numpy as np

from convstep.engine import geometry
from convstep.engine.geometry import Pad, Padding, Pair
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, MismatchError, nearest
from convstep.layers import KINDS, Layer, Shape, times
from convstep.layers.fields import BIAS, EXTENT, LENGTH, MARGINS, NAMES, PADDING, WEIGHTS, FieldType, fields_of
from convstep.network import Network, Stage
from convstep.network.memory import shortage
from convstep.network.network import Start
from convstep.spec import schema
from convstep.spec.changes import change, pad_all
from convstep.spec.document import Document
from convstep.spec.inputs import batch, check_source, read_source
from convstep.spec.outline import check_names, check_uses, names, outline, sources
from convstep.spec.weights import Needed, read_weights
from convstep.spec.yaml import Path


def build(document: Document, changes: Sequence[str] = (), padding: str | None = None) -> tuple[Network, Array]:
    """Return the net that a spec describes, and its input.

    Args:
        document: The spec.
        changes: Fields to change for this run, as 'conv1.stride=2'.
        padding: Padding for every layer that has a window.

    Returns:
        The net, and `(m, *network.input_shape)` in its dtype, read-only.

    Raises:
        LocatedError: The spec has a mistake, or the net would not fit in memory.
    """
    paths = outline(document)
    if padding is not None:
        pad_all(document, paths, padding)
    for text in changes:
        change(document, paths, text)
    spec = schema.read(schema.Spec, document, ())
    source = schema.read(schema.Input, document, ("input",))
    check_source(document, source)
    m, shape = batch(source.shape)
    kinds = [KINDS[str(path[-1])] for path in paths]
    fields = [schema.read_layer(kind, document, path) for kind, path in zip(kinds, paths, strict=True)]
    check_names(document, paths)
    known = names(document, paths)
    network = Network(
        title=spec.title or PurePath(document.name).stem,
        input_shape=shape,
        layers=tuple(
            _layer(kind, document, path, values, known, len(shape) == 2)
            for kind, path, values in zip(kinds, paths, fields, strict=True)
        ),
        dtype=np.dtype(spec.dtype),
        picture=source.image is not None,
        examples=tuple(source.names or ()),
    )
    check_uses(document, network)
    _check_faults(document, network)
    _check_memory(document, network, m)
    network = replace(
        network,
        layers=tuple(
            _with_weights(document, path, stage, network) for path, stage in zip(paths, network.stages, strict=True)
        ),
    )
    _check_faults(document, network)
    if spec.start:
        network = replace(network, start=_start(document, network, spec.start))
    return network, read_source(document, source, network)


def _start(document: Document, network: Network, text: str) -> Start:
    """Return where a session begins, from a text such as `conv1 9 9 0`, or `conv1 9 9` for channel 0.

    Changes for this run may make the output smaller; a session then begins at the nearest place.
    """
    name, *numbers = text.replace(",", " ").split()
    if name not in network.names:
        known = nearest(name, network.names) or f"The layers are {', '.join(network.names)}"
        raise document.mistake(("start",), f"there is no layer '{name}'", known)
    output = network.stage(name).output or (1,)
    if len(numbers) == len(output) - 1:
        numbers.append("0")
    if len(numbers) != len(output) or not all(number.isdecimal() for number in numbers):
        wanted = " ".join({3: ("H", "W", "C"), 2: ("H", "C")}.get(len(output), ("C",)))
        raise document.mistake(("start",), f"expected {name} {wanted}, got '{text}'")
    place = [int(number) for number in numbers]
    for at, size in zip(place, output, strict=True):
        if at >= size and not document.changes:
            raise document.mistake(("start",), f"{name}'s output is {times(output)}, there is no {tuple(place)}")
    h, w, c = (*place[:1], 0, *place[1:]) if len(place) == 2 else (0,) * (3 - len(place)) + tuple(place)
    return name, (h, w, c)


def _layer(
    kind: type[Layer],
    document: Document,
    path: Path,
    values: Mapping[str, Any],
    known: Sequence[str],
    along_length: bool,
) -> Layer:
    """Return a layer, without the weights that the spec gives."""
    types = {name: field.type for name, field in fields_of(kind).items()}
    attributes = {
        name: _attribute(document, (*path, name), types[name], value, along_length)
        for name, value in values.items()
        if name in types and (types[name] != WEIGHTS) and (types[name] != BIAS or value is False)
    }
    if along_length:  # defaults are (rows, columns)
        unset = {name for name, type_ in types.items() if type_ == EXTENT} - set(values)
        defaults = {name: getattr(kind, name, None) for name in unset}
        attributes |= {name: _pair(default[0], True) for name, default in defaults.items() if default}
    taken = values["inputs"] if kind.takes_several else [values["input"]] if "input" in values else []
    own = int(path[1])
    try:
        return kind(known[own], sources=sources(document, path, taken, known), **attributes)
    except ArgumentError as error:
        raise document.mistake((*path, error.where) if error.where else path, error.what, error.hint) from None


def _attribute(document: Document, path: Path, type_: FieldType, value: Any, along_length: bool) -> Any:
    """Return a field's value, converted to the layer's attribute."""
    if type_ == PADDING:
        return _padding(document, path, value, along_length)
    if type_ == EXTENT:
        return _pair(value, along_length)
    if type_ == MARGINS:
        return _pair(value, along_length, 0)
    if type_ == LENGTH:
        return (value, 1)
    if type_ == BIAS:
        return None
    return tuple(value) if type_ == NAMES else value


def _pair(value: int | list[int], along_length: bool, other: int = 1) -> Pair:
    if isinstance(value, int):
        return (value, other) if along_length else (value, value)
    return value[0], value[1]


PADDINGS = ("same", "valid", "same_lower", "causal", "full")
"""The padding words."""


def _padding(document: Document, path: Path, value: Any, along_length: bool) -> Pad:
    four = value
    if along_length and isinstance(value, int):
        four = [[value, value], [0, 0]]
    elif along_length and isinstance(value, list) and not any(isinstance(side, list) for side in value):
        four = [value, [0, 0]]
    try:
        padding = geometry.pad(four)
    except ArgumentError:
        raise schema.refused(document, path, schema.Padding, value, PADDINGS) from None
    if padding == "causal" and not along_length:
        raise document.mistake(path, "causal padding goes along a length, and the input has rows and columns")
    if isinstance(padding, Padding) and max(padding) > schema.LARGEST:
        raise schema.refused(document, path, schema.Padding, max(padding))
    return padding


def _with_weights(document: Document, path: Path, stage: Stage, network: Network) -> Layer:
    """Return the layer of a stage, with the weights and other parameters that the spec gives."""
    layer, fields = stage.layer, document.at(path)
    found: dict[str, Any] = {}
    for name, shape in layer.parameter_shapes(stage.input).items():
        if name in fields:
            wanted = _needed(layer, name, shape, len(stage.input or ()) == 2)
            found[name] = read_weights(document, (*path, name), wanted, network.dtype)
            if name == "weights":
                found |= layer.given_weights(found[name], network.origin(stage.sources[0])[1])
    try:
        return replace(layer, **found)
    except ArgumentError as error:
        raise document.mistake((*path, error.where), error.what, error.hint) from None


def _needed(layer: Layer, name: str, shape: Shape, along_length: bool) -> Needed:
    """Return the shapes and axes of a layer's weights or other parameters."""
    axes = layer.axis_letters if name == "weights" else ""
    return Needed(_allowed_shapes(shape, along_length), axes.replace("W", "") if along_length else axes)


def _allowed_shapes(shape: Shape, along_length: bool) -> list[Shape]:
    """Return the shapes in which numbers of `shape` may be given: axes of length 1 may be left out."""
    if len(shape) == 1:
        return [shape, (1, *shape), (1, 1, 1, *shape), ()]
    if len(shape) < 4:
        return [shape]
    written = [shape, (shape[0], *shape[2:])] if along_length and shape[1] == 1 else [shape]
    return written + [spelling[:-2] for spelling in written if shape[2:] == (1, 1)]


def _check_faults(document: Document, network: Network) -> None:
    """Check that the net can work; a mismatch that the spec declares, or that a change makes, is shown instead."""
    for n, stage in enumerate(network.stages):
        if stage.fault is None or stage.input is None:  # it only waits for another layer
            continue
        if not isinstance(stage.fault, MismatchError) or not (stage.layer.declares_inputs or document.changes):
            raise document.mistake(_likely_cause(document, n), stage.fault.what, stage.fault.hint)


def _likely_cause(document: Document, n: int) -> Path:
    """Return the path of the last change to a layer for this run; the layer's path, if there was none."""
    return next((path for path in reversed(document.changes) if path[:2] == ("layers", n)), ("layers", n))


def _check_memory(document: Document, network: Network, m: int) -> None:
    """Check that the net fits in memory; the error names the layer that needs most."""
    path: Path = ("input", "shape")
    largest = m * prod(network.input_shape)
    for n, stage in enumerate(network.stages):
        numbers = stage.stored_elements(m) + stage.workspace
        if numbers > largest:
            path, largest = _likely_cause(document, n), numbers
    if problem := shortage(network.bytes_needed(m)):
        raise document.mistake(path, f"the net {problem}", "Take a smaller input, or fewer neurons")
