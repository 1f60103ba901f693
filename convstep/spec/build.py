"""From a spec to a net and its input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import PurePath
from typing import Any

import msgspec
import numpy as np

from convstep.engine import geometry
from convstep.engine.geometry import Pad, Pair, Sliding
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, MismatchError
from convstep.network import Layer, Network, Shape, Stage, layers
from convstep.network.memory import shortage
from convstep.network.weights import ZEROS, Drawn
from convstep.spec import schema
from convstep.spec.changes import change, pad_all
from convstep.spec.document import Document
from convstep.spec.inputs import batch, check_source, read_source
from convstep.spec.outline import check_names, names, outline
from convstep.spec.weights import ANY, read_weights
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
        LocatedError: Something in the spec can't be, or the net would not fit in memory.
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
    fields = [schema.read(schema.KINDS[str(path[-1])], document, path) for path in paths]
    check_names(document, paths)
    network = Network(
        title=spec.title or PurePath(document.name).stem,
        input_shape=shape,
        layers=tuple(
            _layer(document, path, each, name, len(shape) == 2)
            for path, each, name in zip(paths, fields, names(document, paths), strict=True)
        ),
        dtype=np.dtype(spec.dtype),
        picture=source.image is not None,
    )
    _check_faults(document, network)
    _check_memory(document, network, m)
    network = replace(
        network,
        layers=tuple(
            _weighted(document, path, stage, network.dtype) for path, stage in zip(paths, network.stages, strict=True)
        ),
    )
    _check_faults(document, network)
    return network, read_source(document, source, network.dtype)


def _layer(document: Document, path: Path, fields: msgspec.Struct, name: str, along_length: bool) -> Layer:
    """Return a layer, its weights still to come."""
    match fields:
        case schema.Conv():
            if fields.filter_names and len(fields.filter_names) != fields.filters:
                what = f"expected {fields.filters} names, one for each filter, got {len(fields.filter_names)}"
                raise document.mistake((*path, "filter_names"), what)
            kind = layers.Conv1d if path[-1] == "conv1d" else layers.Conv2d
            sliding = _sliding(document, path, fields, 1, along_length or kind is layers.Conv1d)
            return kind(name, sliding, fields.filters, fields.groups, filter_names=tuple(fields.filter_names))
        case schema.MaxPool():
            pool = layers.AvgPool if path[-1] == "avg_pool" else layers.MaxPool
            return pool(name, _sliding(document, path, fields, fields.kernel, along_length))
        case schema.Dense():
            return layers.Dense(name, fields.units, fields.inputs)
    return _PLAIN[str(path[-1])](name)


_PLAIN: dict[str, type[Layer]] = {
    kind.kind: kind for kind in (layers.Relu, layers.Flatten, layers.Softmax, layers.GlobalAvgPool)
}


def _sliding(
    document: Document, path: Path, fields: schema.Conv | schema.MaxPool, default: int | list[int], along_length: bool
) -> Sliding:
    def pair(value: int | list[int]) -> Pair:
        if isinstance(value, int):
            return (value, 1) if along_length else (value, value)
        return value[0], value[1]

    return Sliding(
        kernel=pair(fields.kernel),
        stride=pair(default if fields.stride is None else fields.stride),
        dilation=pair(fields.dilation),
        padding=_padding(document, (*path, "padding"), fields.padding, along_length),
    )


def _padding(document: Document, path: Path, value: Any, along_length: bool) -> Pad:
    four = value
    if along_length and isinstance(value, int):
        four = [[value, value], [0, 0]]
    elif along_length and isinstance(value, list) and not any(isinstance(side, list) for side in value):
        four = [value, [0, 0]]
    try:
        padding = geometry.pad(four)
    except ArgumentError:
        raise schema.refused(document, path, schema.Padding, value, ("same", "valid")) from None
    if padding != "same" and max(padding) > schema.LARGEST:
        raise schema.refused(document, path, schema.Padding, max(padding))
    return padding


def _weighted(document: Document, path: Path, stage: Stage, dtype: np.dtype[Any]) -> Layer:
    """Return the layer of a stage with the weights and biases that the spec asks for."""
    layer = stage.layer
    if isinstance(layer, layers.Conv):
        shape = layer.weights_shape(stage.input) if stage.input else (*layer.sliding.kernel, ANY, layer.filters)
        wanted, units = _spellings(shape, isinstance(layer, layers.Conv1d)), layer.filters
    elif isinstance(layer, layers.Dense):
        wanted, units = [(layer.inputs or ANY, layer.units)], layer.units
    else:
        return layer
    weights = read_weights(document, (*path, "weights"), wanted, dtype, Drawn())
    bias = read_weights(document, (*path, "bias"), [(units,), (1, units), (1, 1, 1, units), ()], dtype, ZEROS)
    return replace(layer, weights=weights, bias=bias)


def _spellings(shape: Shape, along_length: bool) -> list[Shape]:
    """Return how weights of `shape` may be written: without axes that are 1 long."""
    written = [shape, (shape[0], *shape[2:])] if along_length else [shape]
    if shape[2:] == (1, 1):
        written += [spelling[:-2] for spelling in written]
    return written


def _check_faults(document: Document, network: Network) -> None:
    """Refuse a net that can't work, unless it is to be looked at for that."""
    for n, stage in enumerate(network.stages):
        if stage.fault is None:
            continue
        declared = isinstance(stage.layer, layers.Dense) and stage.layer.inputs is not None
        if not isinstance(stage.fault, MismatchError) or not (declared or document.changes):
            raise document.mistake(_blamed(document, n), stage.fault.what, stage.fault.hint)
        return


def _blamed(document: Document, n: int) -> Path:
    """Return what was last changed about a layer for this run; the layer, if nothing was."""
    return next((path for path in reversed(document.changes) if path[:2] == ("layers", n)), ("layers", n))


def _check_memory(document: Document, network: Network, m: int) -> None:
    """Refuse a net that does not fit in memory, and say where most of it goes."""
    path: Path = ("input", "shape")
    largest = m * prod(network.input_shape)
    for n, stage in enumerate(network.stages):
        numbers = stage.numbers_kept(m) + stage.numbers_worked_with
        if numbers > largest:
            path, largest = _blamed(document, n), numbers
    if lacking := shortage(network.bytes_needed(m)):
        raise document.mistake(path, f"the net {lacking}", "Take a smaller input, or fewer neurons")
