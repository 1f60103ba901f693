"""The parts of an ONNX file that a net is made from: nodes, attributes, tensors and the graph's inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.models.onnx import protobuf as pb
from convstep.models.onnx.protobuf import BYTES, FIXED32, FIXED64, VARINT, damaged
from convstep.printable import printable

MOST_AXES = 16
"""The most axes of a tensor."""

MOST_PARTS = 300_000
"""The most parts of a graph: operators, the values that they take and give, tensors, and numbers in attributes."""

DTYPES: dict[int, str] = {
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8",
    12: "<u4", 13: "<u8",
}  # fmt: skip
"""NumPy's dtypes, by ONNX's numbers."""

BFLOAT16 = 16
"""ONNX's number of bfloat16, the upper half of a float32, which NumPy has not."""

NAMES = {8: "texts", 14: "complex numbers", 15: "complex numbers", 17: "float8", 18: "float8", 19: "float8",
         20: "float8", 21: "4-bit integers", 22: "4-bit integers", 23: "4-bit floats"}  # fmt: skip
"""What tensors of other dtypes hold."""

MOST_OF_ONE = 10_000
"""The most inputs, outputs or attributes of an operator."""

External = Callable[[str, int, int | None], memoryview]
"""Returns part of a file beside the model: its name, the first byte, how many, or None for all."""


class Tensor(NamedTuple):
    """A tensor.

    Attributes:
        name: Its name.
        array: Its values, read-only.
    """

    name: str
    array: Array


class Attribute(NamedTuple):
    """A node's attribute: what is set of the values that ONNX has for one."""

    name: str
    number: float | None
    integer: int | None
    text: str | None
    tensor: memoryview | None
    numbers: list[float]
    integers: list[int]
    is_graph: bool


class Node(NamedTuple):
    """One operator of the graph.

    Attributes:
        op: The operator's name.
        domain: Its domain; "" for ONNX's own.
        name: The node's name; may be empty.
        inputs: The values that it takes; "" for one left out.
        outputs: The values that it gives; "" for one left out.
        attributes: Its attributes by name.
    """

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]

    @property
    def parts(self) -> int:
        """The number of its names, attributes and their numbers."""
        numbers = sum(len(each.numbers) + len(each.integers) for each in self.attributes.values())
        return len(self.inputs) + len(self.outputs) + len(self.attributes) + numbers

    def integer(self, name: str, default: int = 0) -> int:
        """Return an attribute that is an integer."""
        found = self.attributes.get(name)
        return default if found is None or found.integer is None else found.integer

    def number(self, name: str, default: float = 0.0) -> float:
        """Return an attribute that is a number."""
        found = self.attributes.get(name)
        return default if found is None or found.number is None else found.number

    def text(self, name: str, default: str = "") -> str:
        """Return an attribute that is a text."""
        found = self.attributes.get(name)
        return default if found is None or found.text is None else found.text

    def integers(self, name: str) -> list[int] | None:
        """Return an attribute that is a list of integers; None if it is not set."""
        found = self.attributes.get(name)
        return None if found is None else found.integers


class Info(NamedTuple):
    """An input or output of the graph.

    Attributes:
        name: Its name.
        dtype: ONNX's number of its dtype; 0 for what is no tensor.
        shape: Its sizes; a name, maybe empty, where one is left open; None if nothing is said.
    """

    name: str
    dtype: int
    shape: tuple[int | str, ...] | None


class Graph(NamedTuple):
    """A model's graph.

    Attributes:
        name: Its name.
        nodes: The operators.
        tensors: The initialisers by name.
        inputs: The inputs, without those that have an initialiser.
        outputs: The outputs.
        opset: The version of ONNX's own operators.
        size: How many bytes the graph has in the file.
    """

    name: str
    nodes: list[Node]
    tensors: dict[str, Array]
    inputs: list[Info]
    outputs: list[Info]
    opset: int
    size: int


def read_model(data: memoryview, external: External) -> Graph:
    """Return the graph of a model.

    Args:
        data: The file's content.
        external: Returns data that the model keeps in other files.

    Raises:
        SpecError: The file is damaged, no model, or has what can't be read.
    """
    body: memoryview | None = None
    opsets: dict[str, int] = {}
    training = False
    for field in pb.fields(data):
        match field.number:
            case 7:
                body = pb.expect(field, BYTES)
            case 8:
                domain, version = _opset(pb.expect(field, BYTES))
                opsets[domain] = version
                pb.bounded(opsets, "domains", MOST_OF_ONE)
            case 20:
                training = True
    if body is None:
        raise SpecError("is no ONNX model: it has no graph")
    if training:
        raise SpecError("holds a graph for training, with what it changes", hint="Export the model for inference")
    return _graph(body, opsets.get("", opsets.get("ai.onnx", 1)), external)


def _opset(data: memoryview) -> tuple[str, int]:
    domain, version = "", 1
    for field in pb.fields(data):
        if field.number == 1:
            domain = pb.text(field)
        elif field.number == 2:
            version = pb.signed(pb.expect(field, VARINT))
    return domain, version


def _graph(data: memoryview, opset: int, external: External) -> Graph:
    name = ""
    nodes: list[Node] = []
    tensors: dict[str, Array] = {}
    inputs: list[Info] = []
    outputs: list[Info] = []
    parts = 0
    for field in pb.fields(data):
        match field.number:
            case 1:
                nodes.append(_node(pb.expect(field, BYTES)))
                parts += nodes[-1].parts
            case 2:
                name = pb.text(field)
            case 5:
                tensor = read_tensor(pb.expect(field, BYTES), external)
                tensors[tensor.name] = tensor.array
            case 11:
                inputs.append(_info(pb.expect(field, BYTES)))
            case 12:
                outputs.append(_info(pb.expect(field, BYTES)))
            case 15:
                raise SpecError("keeps its weights in a sparse form", hint="Export it with plain weights")
        parts += 1
        if parts > MOST_PARTS:
            raise damaged(f"its graph has more than {MOST_PARTS:,} parts")
    inputs = [each for each in inputs if each.name not in tensors]
    return Graph(name, nodes, tensors, inputs, outputs, opset, len(data))


def _node(data: memoryview) -> Node:
    op = domain = name = ""
    inputs: list[str] = []
    outputs: list[str] = []
    attributes: dict[str, Attribute] = {}
    for field in pb.fields(data):
        for each in (inputs, outputs, attributes):
            pb.bounded(each, "values or attributes of one operator", MOST_OF_ONE)
        match field.number:
            case 1:
                inputs.append(pb.text(field))
            case 2:
                outputs.append(pb.text(field))
            case 3:
                name = pb.text(field)
            case 4:
                op = pb.text(field)
            case 5:
                attribute = _attribute(pb.expect(field, BYTES))
                attributes[attribute.name] = attribute
            case 7:
                domain = pb.text(field)
    return Node(op, "" if domain == "ai.onnx" else domain, name, tuple(inputs), tuple(outputs), attributes)


def _attribute(data: memoryview) -> Attribute:
    name, is_graph = "", False
    number: float | None = None
    integer: int | None = None
    text: str | None = None
    tensor: memoryview | None = None
    numbers: list[float] = []
    integers: list[int] = []
    for field in pb.fields(data):
        pb.bounded(numbers, "numbers in an attribute")
        pb.bounded(integers, "numbers in an attribute")
        match field.number:
            case 1:
                name = pb.text(field)
            case 2:
                number = float(str(np.frombuffer(pb.expect(field, FIXED32), "<f4")[0]))  # 0.1, not 0.10000000149
            case 3:
                integer = pb.signed(pb.expect(field, VARINT))
            case 4:
                text = pb.text(field)
            case 5:
                tensor = pb.expect(field, BYTES)
            case 6 | 11:
                is_graph = True
            case 7:
                numbers += _numbers(field.value if field.wire in (BYTES, FIXED32) else b"\0", "<f4").tolist()
            case 8:
                integers += pb.integers(field)
    return Attribute(name, number, integer, text, tensor, numbers, integers, is_graph)


def _numbers(data: Any, dtype: str) -> Array:
    """Return fixed-size numbers as an array."""
    if len(data) % np.dtype(dtype).itemsize:
        raise damaged("a list of numbers is cut short")
    return np.frombuffer(data, dtype)


def read_tensor(data: memoryview, external: External) -> Tensor:
    """Return a tensor; its values are checked against its shape before anything is made of them.

    Raises:
        SpecError: They don't fit, or are of a dtype that can't be read.
    """
    name, dtype, where = "", 0, 0
    dims: list[int] = []
    raw: memoryview | None = None
    typed: list[tuple[int, Any]] = []
    elsewhere: dict[str, str] = {}
    for field in pb.fields(data):
        match field.number:
            case 1:
                dims += pb.integers(field)
                pb.bounded(dims, "axes of a tensor", MOST_OF_ONE)
            case 2:
                dtype = pb.expect(field, VARINT)
            case 4 | 5 | 7 | 10 | 11:
                typed.append((field.number, field))
                pb.bounded(typed, "numbers, one by one, in a tensor", MOST_PARTS)
            case 8:
                name = pb.text(field)
            case 9:
                raw = pb.expect(field, BYTES)
            case 13:
                key, value = _entry(pb.expect(field, BYTES))
                elsewhere[key] = value
                pb.bounded(elsewhere, "places of a tensor", MOST_OF_ONE)
            case 14:
                where = pb.expect(field, VARINT)
    label = f"the tensor '{printable(name)[:60]}'"
    if dtype not in DTYPES and dtype != BFLOAT16:
        raise SpecError(
            f"{label} holds {NAMES.get(dtype, f'numbers of the unknown type {dtype}')}, which can't be read"
        )
    if len(dims) > MOST_AXES or any(not 0 <= size < 1 << 48 for size in dims):
        raise damaged(f"no array has the shape of {label}")
    stored = np.dtype("<u2" if dtype == BFLOAT16 else DTYPES[dtype])
    count = prod(dims)
    if where == 1:
        raw = _external(elsewhere, label, external)
    if raw is not None:
        if len(raw) != count * stored.itemsize:
            raise damaged(f"{label} has {len(raw):,} bytes, and its shape asks for {count * stored.itemsize:,}")
        values = np.frombuffer(raw, stored)
    else:
        values = _typed(typed, stored, dtype)
        if values.size != count:
            raise damaged(f"{label} has {values.size:,} values, and its shape asks for {count:,}")
    if dtype == BFLOAT16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    values = values.reshape(dims)
    values.flags.writeable = False
    return Tensor(name, values)


def _typed(fields: list[tuple[int, Any]], stored: np.dtype[Any], dtype: int) -> Array:
    """Return the values of a tensor from its lists of numbers; float16 stand in one of integers, bit by bit."""
    parts: list[Any] = []
    for number, field in fields:
        if number in (4, 10):
            single, form = (FIXED32, "<f4") if number == 4 else (FIXED64, "<f8")
            parts.append(_numbers(pb.expect(field, BYTES if field.wire == BYTES else single), form))
        elif field.wire == VARINT:
            parts.append(np.array([pb.signed(field.value)]))
        else:
            parts.append(pb.packed_integers(pb.expect(field, BYTES)))
    if not parts:
        return np.zeros(0, stored)
    found = np.concatenate(parts)
    if dtype in (10, BFLOAT16):
        bits = found.astype(np.uint16)
        return bits.view(np.float16) if dtype == 10 else bits
    return found.astype(stored)


def _entry(data: memoryview) -> tuple[str, str]:
    key = value = ""
    for field in pb.fields(data):
        if field.number == 1:
            key = pb.text(field)
        elif field.number == 2:
            value = pb.text(field)
    return key, value


def _external(entry: dict[str, str], label: str, external: External) -> memoryview:
    numbers: list[int | None] = []
    for key in ("offset", "length"):
        word = entry.get(key, "")
        if word and not (word.isascii() and word.isdecimal() and len(word) < 19):
            raise damaged(f"{label} lies at the {key} {printable(word)[:40]}")
        numbers.append(int(word) if word else None)
    return external(entry.get("location", ""), numbers[0] or 0, numbers[1])


def _info(data: memoryview) -> Info:
    name, dtype = "", 0
    shape: tuple[int | str, ...] | None = None
    for field in pb.fields(data):
        if field.number == 1:
            name = pb.text(field)
        elif field.number == 2:
            for kind in pb.fields(pb.expect(field, BYTES)):
                if kind.number == 1:  # a tensor; sequences, maps and the like have other numbers
                    dtype, shape = _tensor_type(pb.expect(kind, BYTES))
    return Info(name, dtype, shape)


def _tensor_type(data: memoryview) -> tuple[int, tuple[int | str, ...] | None]:
    dtype = 0
    shape: tuple[int | str, ...] | None = None
    for field in pb.fields(data):
        if field.number == 1:
            dtype = pb.expect(field, VARINT)
        elif field.number == 2:
            sizes = islice(pb.fields(pb.expect(field, BYTES)), MOST_AXES + 1)
            shape = tuple(_size(pb.expect(size, BYTES)) for size in sizes)
    return dtype, shape


def _size(data: memoryview) -> int | str:
    for field in pb.fields(data):
        if field.number == 1:
            return pb.signed(pb.expect(field, VARINT))
        if field.number == 2:
            return pb.text(field)
    return ""
