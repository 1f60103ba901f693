"""The schema of a spec: every field with its type, and a description of what is expected."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from convstep.engine.geometry import MEANING
from convstep.errors import nearest
from convstep.layers import Layer, fields
from convstep.layers.fields import FieldType
from convstep.spec.document import Document
from convstep.spec.mistake import LocatedError, shown
from convstep.spec.yaml import Path

LARGEST = 1_000_000
"""The largest size, stride, padding or count that is accepted."""

_Count = Annotated[int, Meta(ge=1, le=LARGEST)]
_Margin = Annotated[int, Meta(ge=0, le=LARGEST)]
_Two = {"list": "two integers of at least 1, [height, width]"}

Count = Annotated[_Count, Meta(description="an integer of at least 1")]
Extent = Annotated[
    _Count | Annotated[list[_Count], Meta(min_length=2, max_length=2)],
    Meta(description="an integer of at least 1", extra=_Two),
]
Margins = Annotated[
    _Margin | Annotated[list[_Margin], Meta(min_length=2, max_length=2)],
    Meta(description="an integer of at least 0", extra={"list": "two integers of at least 0, [height, width]"}),
]
Padding = Annotated[
    _Margin | str | list[Any],  # read by geometry.pad; a str with a pattern in a union makes msgspec 0.22 crash
    Meta(
        description="same, valid, same_lower, causal, full, an integer of at least 0, or [[top, bottom], [left, right]]"
    ),
]
Line = Annotated[
    str,
    Meta(pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+$", description="a line of text"),
]
Lines = Annotated[list[Line], Meta(description="a list of names")]
FileName = Annotated[str, Meta(min_length=1, description="the name of a file")]
ArrayFile = Annotated[Any, Meta(description="the name of a file, or {file, key, example}")]
Key = Annotated[str, Meta(min_length=1, description="the name of an array in the file")]
Seed = Annotated[int, Meta(ge=0, le=2**32 - 1, description="an integer from 0 to 4,294,967,295")]
Fields = Annotated[dict[str, Any], Meta(description="a mapping of fields")]
Numbers = Annotated[Any, Meta(description="numbers, {file, key} or {init, seed}")]
NumbersWithLayout = Annotated[Any, Meta(description="numbers, {file, key, layout} or {init, seed}")]
Init = Literal["xavier", "he", "normal", "zeros"]
Distribution = Literal["normal", "uniform"]
Precision = Literal["float32", "float64", "float16"]
Shape = Annotated[
    Annotated[list[_Count], Meta(min_length=2, max_length=4)],
    Meta(description="[height, width, channels] or [length, channels], each an integer of at least 1"),
]


class Spec(Struct):
    """A whole spec."""

    input: Fields
    layers: Annotated[list[Any], Meta(min_length=1, max_length=1000, description="a list of 1 to 1000 layers")]
    title: Line | None = None
    dtype: Precision = "float32"
    start: Line | None = None


class Input(Struct):
    """The input; at most one of the last four fields is set."""

    shape: Shape
    names: Lines | None = None
    image: FileName | None = None
    array: ArrayFile = None
    values: Annotated[Any, Meta(description="numbers in nested lists")] = None
    random: Fields | None = None


class Random(Struct):
    """An input of random numbers."""

    distribution: Distribution = "normal"
    seed: Seed = 1


class Stored(Struct):
    """An array in a file."""

    file: FileName
    key: Key | None = None


class StoredExamples(Stored):
    """Examples in a file."""

    example: Annotated[int, Meta(ge=0, le=10**9, description="the number of an example, from 0")] | None = None


class StoredWeights(Stored):
    """Weights in a file."""

    layout: Annotated[str, Meta(description="how the file has their axes, such as OIHW")] | None = None


class Drawn(Struct):
    """Weights to draw."""

    init: Init = "xavier"
    seed: Seed = 0


TYPES: dict[FieldType, Any] = {
    fields.COUNT: Count,
    fields.LENGTH: Count,
    fields.EXTENT: Extent,
    fields.MARGINS: Margins,
    fields.PADDING: Padding,
    fields.WEIGHTS: Numbers,
    fields.BIAS: Annotated[Any, Meta(description="numbers, {file, key}, {init, seed}, or false for none")],
    fields.NAMES: Lines,
    fields.FLAG: Annotated[bool, Meta(description="true or false")],
    fields.REAL: Annotated[float, Meta(description="a number")],
    fields.AMOUNT: Annotated[float, Meta(ge=0, description="a number of at least 0")],
    fields.SHARE: Annotated[float, Meta(ge=0, lt=1, description="a number from 0 up to 1")],
}
"""The type of a layer's field in a spec, by its `FieldType`."""

Source = Annotated[str, Meta(description="the name of a layer before this one, or input")]
Sources = Annotated[
    Annotated[list[Source], Meta(min_length=2)],
    Meta(description="a list of two or more names of layers before this one, or input"),
]

ELSEWHERE = {
    "activation": "An activation is a layer of its own, after this one: relu, for example",
    **dict.fromkeys(
        ("in_channels", "num_features", "num_parameters"), "How many channels arrive is known: leave it out"
    ),
    "input_shape": "The shape is that of the spec's input: leave it out",
    "data_format": "Arrays are height × width × channels: leave it out",
}
"""Hints for fields that other frameworks have, and convstep has not."""


class _Expected(NamedTuple):
    """A field: its type, whether it is required, and its names in other frameworks."""

    type: Any
    required: bool
    aliases: tuple[str, ...] = ()


WORDS = {
    "same_upper": "same",
    "none": "valid",
    "notset": "valid",
    "zeros": "zero",
    "constant": "zero",
    "replicate": "edge",
    "nearest": "edge",
    "symmetric": "reflect",
    "mirror": "reflect",
}
"""Other frameworks' words, and ours."""

T = TypeVar("T", bound=Struct)


def read(kind: type[T], document: Document, path: Path) -> T:
    """Return the mapping at `path` as a `kind`.

    Raises:
        LocatedError: A field is unknown, missing, or has a wrong value.
    """
    expected = {field.name: _Expected(field.type, field.required) for field in msgspec.structs.fields(kind)}
    return kind(**_read(expected, document, path))


def read_layer(kind: type[Layer], document: Document, path: Path) -> dict[str, Any]:
    """Return the fields of the layer at `path` that a spec sets, by name.

    Raises:
        LocatedError: A field is unknown, missing, or has a wrong value.
    """
    expected = {
        name: _Expected(
            Literal[field.type.choices] if field.type.choices else TYPES[field.type], field.required, field.aliases
        )
        for name, field in fields.fields_of(kind).items()
    }
    expected["name"] = _Expected(Line, False)
    expected |= {"inputs": _Expected(Sources, True)} if kind.takes_several else {"input": _Expected(Source, False)}
    return _read(expected, document, path)


def _read(expected: Mapping[str, _Expected], document: Document, path: Path) -> dict[str, Any]:
    data = document.at(path)
    if not isinstance(data, dict):
        raise document.mistake(path, f"expected a mapping of fields, got {shown(data)}")
    for name in data:
        if name not in expected:
            raise document.mistake((*path, name), "there is no such field", _name_here(str(name), expected), key=True)
    for name, field in expected.items():
        if name not in data and field.required:
            raise document.mistake((*path, name), f"is missing; expected {_expected(field.type, None)}")
    return {name: _value(expected[name].type, document, (*path, name), data[name]) for name in data}


def _name_here(name: str, expected: Mapping[str, _Expected]) -> str:
    """Return a hint with our name of a field that other frameworks call `name`, or that is misspelt."""
    for ours, field in expected.items():
        if name.lower() in map(str.lower, field.aliases):
            return f"Here it is called '{ours}'"
    return ELSEWHERE.get(name) or nearest(name, expected) or f"The fields here are {', '.join(expected)}"


def _value(kind: Any, document: Document, path: Path, value: Any) -> Any:
    try:
        if value is None:
            raise msgspec.ValidationError
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeError):
        raise refused(document, path, kind, value, _choices(kind)) from None


def refused(document: Document, path: Path, kind: Any, value: Any, choices: Sequence[str] = ()) -> LocatedError:
    """Return the error that says which value was expected in a field of type `kind`."""
    hint = _intended(value, choices) if isinstance(value, str) else ""
    meaning = "" if choices else MEANING.get(str(path[-1]), "")
    return document.mistake(path, f"expected {_expected(kind, value)}, got {shown(value)}", hint or meaning)


def _intended(word: str, choices: Sequence[str]) -> str:
    """Return a hint with our word for one that other frameworks use, or that is misspelt."""
    ours = WORDS.get(word.lower())
    return f"Did you mean '{ours}'?" if ours in choices else nearest(word.lower(), choices)


def _expected(kind: Any, value: Any) -> str:
    """Return in words what is expected in a field of type `kind` instead of `value`."""
    meta = _meta(kind)
    if meta is None:
        *words, last = _choices(kind)
        return f"{', '.join(words)} or {last}"
    expected = str(meta.description)
    if isinstance(value, list):
        expected = (meta.extra or {}).get("list", expected)
    if "integer" in expected and "of at least" in expected and _is_huge(value):
        return f"an integer of at most {LARGEST:,}"
    return expected


def _choices(kind: Any) -> tuple[str, ...]:
    return () if _meta(kind) else get_args(kind)


def _meta(kind: Any) -> Meta | None:
    """Return the description of an annotated type, or of its union with None."""
    for annotated in (kind, *get_args(kind)):
        for meta in getattr(annotated, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta
    return None


def _is_huge(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, int) and item > LARGEST for item in items)
