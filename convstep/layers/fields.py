"""What a spec may say about a layer: its fields, each with its type, its default, and what others call it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple


class FieldType(NamedTuple):
    """What may stand in a field.

    Attributes:
        name: Which one: what a spec's value is checked against, and turned into, goes by it.
        choices: The words that there are, where it is one of some.
    """

    name: str
    choices: tuple[str, ...] = ()


COUNT = FieldType("count")
"""An integer of at least 1."""
LENGTH = FieldType("length")
"""The same, along a length: `Pair`, whose second is 1."""
EXTENT = FieldType("extent")
"""An integer of at least 1, or two, for rows and for columns: `Pair`."""
MARGINS = FieldType("margins")
"""The same from 0 on: `Pair`."""
PADDING = FieldType("padding")
"""Padding in any of its spellings: `Pad`."""
WEIGHTS = FieldType("weights")
"""Numbers, a file that has them, or how to draw them: `Weights`, in the shape that `Layer.arrays` names."""
BIAS = FieldType("bias")
"""The same, or false for none."""
NAMES = FieldType("names")
"""A list of names."""
FLAG = FieldType("flag")
"""True or false."""
REAL = FieldType("real")
"""Any number, infinities among them."""
AMOUNT = FieldType("amount")
"""A number of at least 0."""
SHARE = FieldType("share")
"""A number from 0 up to 1."""


def choice(*words: str) -> FieldType:
    """Return the type of a field that is one of some words."""
    return FieldType("choice", words)


PADDING_MODE = choice("zero", "reflect", "edge")
"""What padding holds."""


class Field(NamedTuple):
    """One field of a kind of layer.

    Attributes:
        type: What may stand there.
        required: Whether it must be there.
        also: What other frameworks call it.
    """

    type: FieldType
    required: bool
    also: tuple[str, ...] = ()


def field(type_: FieldType, default: Any = dataclasses.MISSING, also: tuple[str, ...] = ()) -> Any:
    """Declare an attribute of a layer that a spec may set.

    Args:
        type_: What may stand there.
        default: What the attribute is where a spec says nothing; without one the field must be there.
        also: What other frameworks call it.
    """
    return dataclasses.field(default=default, kw_only=True, metadata={"type": type_, "also": also})


def fields_of(kind: type) -> Mapping[str, Field]:
    """Return the fields that a spec may set for a kind of layer, by name."""
    return {
        each.name: Field(each.metadata["type"], each.default is dataclasses.MISSING, each.metadata["also"])
        for each in dataclasses.fields(kind)
        if "type" in each.metadata
    }
