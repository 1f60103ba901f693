"""A net and its input as a spec to edit, with an .npz file of the numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.geometry import VALID, Padding
from convstep.engine.steps import Array
from convstep.errors import ConvstepError
from convstep.layers import Layer, Shape
from convstep.layers.block import foreign
from convstep.layers.fields import BIAS, EXTENT, LENGTH, MARGINS, NAMES, PADDING, WEIGHTS, FieldType, fields_of
from convstep.layers.weights import Drawn, Filled, Given
from convstep.network import Network

INPUT_KEY = "input"
"""The name of the input among the numbers."""


class Written(NamedTuple):
    """A spec.

    Attributes:
        text: The YAML.
        arrays: The numbers that it names, by key.
    """

    text: str
    arrays: dict[str, Array]


def as_spec(network: Network, x: Array, file: str) -> Written:
    """Return a net and its input as a spec.

    Args:
        network: The net.
        x: Its input.
        file: The .npz file's name, as the spec names it.

    Raises:
        ConvstepError: A layer is of no kind that a spec can describe.
    """
    if others := foreign(network.layers):
        raise ConvstepError(
            f"a spec has no kind of layer for {', '.join(map(str, others))}",
            where=network.title,
            hint="The model itself opens as it is; for a spec, replace them in the model, and save it again",
        )
    arrays: dict[str, Array] = {INPUT_KEY: x}
    flat = len(network.input_shape) == 1
    shape = (1, 1, *network.input_shape) if flat else network.input_shape
    if flat:
        arrays[INPUT_KEY] = x.reshape(len(x), *shape)
    sizes = [*([len(x)] if len(x) > 1 and len(shape) == 3 else []), *shape]
    lines = [f"title: {_text(network.title)}"]
    if network.dtype != np.float32:
        lines.append(f"dtype: {network.dtype.name}")
    stored = {"file": file, "key": INPUT_KEY}
    lines += ["input:", f"  shape: {_flow(sizes)}", f"  array: {_flow(stored)}", "layers:"]
    before = "input"
    if flat:
        before = next(name for name in ("flatten", "flatten_input", "flatten_0") if name not in network.names)
        lines.append(f"  - flatten: {_flow({'name': before})}")
    first = before
    for stage in network.stages:
        fields: dict[str, Any] = {"name": stage.name}
        sources = tuple(first if source == "input" else source for source in stage.sources)
        if stage.layer.takes_several:
            fields["inputs"] = list(sources)
        elif sources != (before,):
            fields["input"] = sources[0]
        fields |= _fields(stage.layer, stage.input or (), arrays, file)
        lines.append(f"  - {stage.layer.kind}: {_flow(fields)}")
        before = stage.name
    return Written("\n".join(lines) + "\n", arrays)


def _fields(layer: Layer, shape: Shape, arrays: dict[str, Array], file: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a layer that differ from their defaults, as a spec has them."""
    defaults = {field.name: field.default for field in dataclass_fields(layer)}
    for name, field in fields_of(type(layer)).items():
        value = getattr(layer, name)
        default = defaults[name]
        if value is default or (not isinstance(value, Given) and value == default):
            continue
        yield name, _value(layer, name, field.type, value, shape, arrays, file)


def _value(
    layer: Layer, name: str, type_: FieldType, value: Any, shape: Shape, arrays: dict[str, Array], file: str
) -> Any:
    along_length = len(shape) == 2
    if type_ in (WEIGHTS, BIAS):
        match value:
            case None:
                return False
            case Given():
                key = f"{layer.name}/{name}"
                arrays[key] = value.of(layer.array_shapes(shape)[name], value.array.dtype)
                return {"file": file, "key": key}
            case Filled(number):
                return number
            case Drawn(init, seed):
                return {"init": init} if init == "zeros" else {"init": init, "seed": seed}
    if type_ == PADDING and isinstance(value, Padding):
        top, bottom, left, right = value
        if value == VALID:
            return "valid"
        if along_length:
            return top if top == bottom else [top, bottom]
        return top if len({*value}) == 1 else [[top, bottom], [left, right]]
    if type_ in (EXTENT, LENGTH, MARGINS) and value is not None:
        height, width = value
        return height if along_length or height == width else [height, width]
    return list(value) if type_ == NAMES else value


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    match value:
        case dict():
            return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case str():
            return _text(value)
        case bool():
            return str(value).lower()
        case float() if not isfinite(value):
            return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
        case float():
            return repr(float(value))
    return str(value)


def _text(text: str) -> str:
    """Return a text as YAML, with quotes where it needs them."""
    plain = text.isascii() and re.sub("[_./]", "", text).isalnum() and text[0].isalpha()
    return text if plain and text.lower() not in ("null", "true", "false", "y", "n", "yes", "no") else json.dumps(text)
