"""The fields of a layer in a spec, each with its type, its default, and its names in other frameworks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple


class FieldType(NamedTuple):
    """The type of a field; the spec's schema says how its values are checked and converted.

    Attributes:
        name: The type's name.
        choices: The allowed words; empty if other values are allowed.
    """

    name: str
    choices: tuple[str, ...] = ()


COUNT = FieldType("count")
"""An integer of at least 1."""
LENGTH = FieldType("length")
"""An integer of at least 1, of a 1-D layer: becomes the `Pair` (n, 1)."""
EXTENT = FieldType("extent")
"""An integer of at least 1, or two, for rows and for columns: becomes a `Pair`."""
MARGINS = FieldType("margins")
"""An integer of at least 0, or two, for rows and for columns: becomes a `Pair`."""
PADDING = FieldType("padding")
"""Padding as a word or as numbers: becomes a `Pad`."""
WEIGHTS = FieldType("weights")
"""Numbers, a file, or how to draw them: becomes `Weights`, in the shape that `Layer.parameter_shapes` returns."""
BIAS = FieldType("bias")
"""As `WEIGHTS`, or false for none."""
NAMES = FieldType("names")
"""A list of names."""
FLAG = FieldType("flag")
"""True or false."""
REAL = FieldType("real")
"""Any number, also an infinite one."""
AMOUNT = FieldType("amount")
"""A number of at least 0."""
SHARE = FieldType("share")
"""A number of at least 0 and below 1."""


def choice(*words: str) -> FieldType:
    """Return the type of a field that takes one of these words."""
    return FieldType("choice", words)


PADDING_MODE = choice("zero", "reflect", "edge")
"""A padding mode."""


class Field(NamedTuple):
    """One field of a kind of layer.

    Attributes:
        type: The type of its value.
        required: Whether a spec must set it.
        aliases: Its names in other frameworks.
    """

    type: FieldType
    required: bool
    aliases: tuple[str, ...] = ()


def field(type_: FieldType, default: Any = dataclasses.MISSING, aliases: tuple[str, ...] = ()) -> Any:
    """Declare a dataclass field of a layer that a spec may set.

    Args:
        type_: The type of its value.
        default: The default; without one a spec must set the field.
        aliases: Its names in other frameworks.
    """
    return dataclasses.field(default=default, kw_only=True, metadata={"type": type_, "aliases": aliases})


def fields_of(kind: type) -> Mapping[str, Field]:
    """Return the fields that a spec may set for a kind of layer, by name."""
    return {
        each.name: Field(each.metadata["type"], each.default is dataclasses.MISSING, each.metadata["aliases"])
        for each in dataclasses.fields(kind)
        if "type" in each.metadata
    }
