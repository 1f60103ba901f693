"""What a spec may say: every field with its type and, in words, what is expected there."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from convstep.engine.geometry import MEANING
from convstep.errors import nearest
from convstep.spec.document import Document
from convstep.spec.mistake import LocatedError, shown
from convstep.spec.yaml import Path

LARGEST = 1_000_000
"""The largest size, stride, padding or count that makes any sense here."""

_Count = Annotated[int, Meta(ge=1, le=LARGEST)]
_Margin = Annotated[int, Meta(ge=0, le=LARGEST)]
_Two = {"list": "two integers of at least 1, [height, width]"}

Count = Annotated[_Count, Meta(description="an integer of at least 1")]
Extent = Annotated[
    _Count | Annotated[list[_Count], Meta(min_length=2, max_length=2)],
    Meta(description="an integer of at least 1", extra=_Two),
]
Padding = Annotated[
    _Margin | str | list[Any],  # read by geometry.pad; a str with a pattern in a union makes msgspec 0.22 crash
    Meta(description="same, valid, an integer of at least 0, or [[top, bottom], [left, right]]"),
]
Line = Annotated[
    str,
    Meta(pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+$", description="a line of text"),
]
Lines = Annotated[list[Line], Meta(description="a list of names")]
FileName = Annotated[str, Meta(min_length=1, description="the name of a file")]
ArrayFile = Annotated[Any, Meta(description="the name of a file, or {file, key}")]
Key = Annotated[str, Meta(min_length=1, description="the name of an array in the file")]
Seed = Annotated[int, Meta(ge=0, le=2**32 - 1, description="an integer from 0 to 4,294,967,295")]
Mapping = Annotated[dict[str, Any], Meta(description="a mapping of fields")]
Numbers = Annotated[Any, Meta(description="numbers, {file, key} or {init, seed}")]
Init = Literal["xavier", "he", "normal", "zeros"]
Distribution = Literal["normal", "uniform"]
Precision = Literal["float32", "float64", "float16"]
Shape = Annotated[
    Annotated[list[_Count], Meta(min_length=2, max_length=4)],
    Meta(description="[height, width, channels] or [length, channels], each an integer of at least 1"),
]


class Spec(Struct):
    """A whole spec."""

    input: Mapping
    layers: Annotated[list[Any], Meta(min_length=1, max_length=1000, description="a list of 1 to 1000 layers")]
    title: Line | None = None
    dtype: Precision = "float32"


class Input(Struct):
    """The input; at most one of the last four."""

    shape: Shape
    image: FileName | None = None
    array: ArrayFile = None
    values: Annotated[Any, Meta(description="numbers in nested lists")] = None
    random: Mapping | None = None


class Random(Struct):
    """An input to draw."""

    distribution: Distribution = "normal"
    seed: Seed = 1


class Stored(Struct):
    """An array in a file."""

    file: FileName
    key: Key | None = None


class Drawn(Struct):
    """Weights to draw."""

    init: Init = "xavier"
    seed: Seed = 0


class Plain(Struct):
    """A layer without any numbers of its own."""

    name: Line | None = None


class MaxPool(Struct):
    """A max-pool."""

    kernel: Extent
    stride: Extent | None = None
    dilation: Extent = 1
    padding: Padding = "valid"
    name: Line | None = None


class AvgPool(MaxPool):
    """An average-pool."""


class Conv(Struct):
    """A convolution."""

    filters: Count
    kernel: Extent
    stride: Extent = 1
    dilation: Extent = 1
    padding: Padding = "valid"
    groups: Count = 1
    weights: Numbers = None
    bias: Numbers = None
    filter_names: Lines = []
    name: Line | None = None


class Conv1d(Conv):
    """A convolution along a length."""

    kernel: Count
    stride: Count = 1
    dilation: Count = 1


class Dense(Struct):
    """A dense layer."""

    units: Count
    inputs: Count | None = None
    weights: Numbers = None
    bias: Numbers = None
    name: Line | None = None


KINDS: dict[str, type[Struct]] = {
    "conv": Conv,
    "conv1d": Conv1d,
    "max_pool": MaxPool,
    "avg_pool": AvgPool,
    "global_avg_pool": Plain,
    "dense": Dense,
    "relu": Plain,
    "flatten": Plain,
    "softmax": Plain,
}

T = TypeVar("T", bound=Struct)


def read(kind: type[T], document: Document, path: Path) -> T:
    """Return the mapping at `path` as a `kind`.

    Raises:
        LocatedError: A field is unknown, missing, or not what is expected there.
    """
    data = document.at(path)
    if not isinstance(data, dict):
        raise document.mistake(path, f"expected a mapping of fields, got {shown(data)}")
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in data:
        if name not in fields:
            hint = nearest(name, fields) or f"The fields here are {', '.join(fields)}"
            raise document.mistake((*path, name), "there is no such field", hint, key=True)
    for name, field in fields.items():
        if name not in data and field.required:
            raise document.mistake((*path, name), f"is missing; expected {_expected(field.type, None)}")
    return kind(**{name: _value(fields[name].type, document, (*path, name), data[name]) for name in data})


def _value(kind: Any, document: Document, path: Path, value: Any) -> Any:
    try:
        if value is None:
            raise msgspec.ValidationError
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeError):
        raise refused(document, path, kind, value, _choices(kind)) from None


def refused(document: Document, path: Path, kind: Any, value: Any, choices: Sequence[str] = ()) -> LocatedError:
    """Return the error that says what a field of type `kind` must be, and isn't."""
    hint = nearest(value.lower(), choices) if isinstance(value, str) else ""
    meaning = "" if choices else MEANING.get(str(path[-1]), "")
    return document.mistake(path, f"expected {_expected(kind, value)}, got {shown(value)}", hint or meaning)


def _expected(kind: Any, value: Any) -> str:
    """Return in words what a field of type `kind` must be, given what was tried."""
    meta = _meta(kind)
    if meta is None:
        *words, last = _choices(kind)
        return f"{', '.join(words)} or {last}"
    expected = str(meta.description)
    if isinstance(value, list):
        expected = (meta.extra or {}).get("list", expected)
    if "of at least" in expected and _is_huge(value):
        return f"an integer of at most {LARGEST:,}"
    return expected


def _choices(kind: Any) -> tuple[str, ...]:
    return () if _meta(kind) else get_args(kind)


def _meta(kind: Any) -> Meta | None:
    """Return what says in words what an annotated type is, or a union of one with None."""
    for annotated in (kind, *get_args(kind)):
        for meta in getattr(annotated, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta
    return None


def _is_huge(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, int) and item > LARGEST for item in items)
