"""Reads PyTorch's state dicts, zip and legacy format, without PyTorch and without unpickling.

A pickle is a program for a small stack machine. Here a machine of its own runs it, which knows lists, dicts, numbers,
texts and tensors, and no functions: what a pickle would call is compared with the few names that tensors need, and
every other name is refused. So nothing of a file is ever run or imported.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from typing import Any, Literal, NamedTuple

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape
from convstep.printable import printable
from convstep.tensors import BFLOAT16, MOST_AXES, File, Tensor, item_size, numbers
from convstep.tensors.archive import Archive, opened

Order = Literal["<", ">"]
"""Which byte of a number comes first: the lowest, or the highest."""

STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "UntypedStorage": "uint8",
}
"""The dtypes of PyTorch's storages."""

DTYPES = {"half": "float16", "float": "float32", "double": "float64", "long": "int64", "int": "int32"}
DTYPES |= {name: name for name in (*STORAGES.values(), "float32")}

MAGIC = 0x1950A86A20F9469CFC6C
"""The number that a file in the legacy format begins with."""

LARGEST_PICKLE = 64 << 20
"""The most bytes of a pickle that names tensors."""

MOST_COPIED = 1_000_000
"""The most items of lists that are made into dicts, which a small pickle could ask for again and again."""

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "module", "weights", "params")
"""Under which keys checkpoints keep the state dict, the likeliest first."""

_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_FRESH: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
_VALUES = (
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "BINFLOAT", "FLOAT", "BINUNICODE", "UNICODE"),
    *("SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "STRING", "BINBYTES", "SHORT_BINBYTES"),
)
_SIZED = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Name(NamedTuple):
    """A name that a pickle would import."""

    module: str
    name: str

    @property
    def words(self) -> str:
        return printable(f"{self.module}.{self.name}")[:80]


class _Storage(NamedTuple):
    """A run of numbers in a file, by its key."""

    dtype: str
    key: str
    size: int


class _Placed(NamedTuple):
    """A tensor: its place in a storage."""

    storage: _Storage
    first: int
    shape: Shape
    strides: Shape


class _Mark:
    """The start of a run of items on the stack."""


def read(data: memoryview) -> File:
    """Return the arrays in a state dict.

    Raises:
        SpecError: It is damaged, no state dict, or would run code.
    """
    if bytes(data[:2]) == b"PK":
        with opened(data) as archive:
            return _from_zip(archive)
    return _from_legacy(data)


def _from_zip(archive: Archive) -> File:
    pickles = [name for name in archive.names if name.rpartition("/")[2] == "data.pkl"]
    if not pickles:
        raise SpecError("is a zip file without a data.pkl, so no PyTorch state dict")
    folder = pickles[0].removesuffix("data.pkl")
    if any(name.startswith((f"{folder}code/", f"{folder}constants.pkl")) for name in archive.names):
        raise SpecError(
            "is a TorchScript archive, whose net is a program",
            hint="Save the state dict: torch.save(model.state_dict(), 'weights.pt'); or the net: torch.onnx.export",
        )
    content = archive.read(pickles[0], LARGEST_PICKLE)
    order: Order = "<"
    if f"{folder}byteorder" in archive.names and bytes(archive.read(f"{folder}byteorder", 64)) == b"big":
        order = ">"
    found = _run(io.BytesIO(content))
    cache: dict[str, memoryview] = {}

    def storage(wanted: _Storage) -> memoryview:
        if wanted.key not in cache:
            cache[wanted.key] = archive.read(f"{folder}data/{wanted.key}")
        return cache[wanted.key]

    return _file(found, storage, order)


def _from_legacy(data: memoryview) -> File:
    file = io.BytesIO(data)
    if _run(file) != MAGIC:
        raise SpecError(
            "is a pickle that PyTorch did not write, or one of before version 0.1.10",
            hint="Save the state dict: torch.save(model.state_dict(), 'weights.pt')",
        )
    _run(file)  # the format's version
    system = _run(file)
    order: Order = "<" if not isinstance(system, dict) or system.get("little_endian", True) else ">"
    found = _run(file)
    keys = _run(file)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise SpecError("is damaged: it does not say where its numbers are")
    sizes = _dtypes(found)
    places, position = {}, file.tell()
    for key in keys:
        count = int.from_bytes(data[position : position + 8], "little" if order == "<" else "big")
        end = position + 8 + count * item_size(sizes.get(key, "uint8"))
        if end > len(data) or position + 8 > len(data):
            raise SpecError("is damaged or cut short: its numbers end too early", hint="Save or download it again")
        places[key] = data[position + 8 : end]
        position = end

    def storage(wanted: _Storage) -> memoryview:
        if wanted.key not in places:
            raise SpecError("is damaged: the numbers of a tensor are missing")
        return places[wanted.key]

    return _file(found, storage, order)


def _dtypes(found: Any) -> dict[str, str]:
    """Return the dtype of each storage that is used."""
    sizes: dict[str, str] = {}
    seen: set[int] = set()  # what is shared is looked at once
    waiting = [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Placed):
            sizes[item.storage.key] = item.storage.dtype
        elif isinstance(item, (dict, list, tuple)) and id(item) not in seen:
            seen.add(id(item))
            waiting += item.values() if isinstance(item, dict) else item
    return sizes


# The tensors


def _file(found: Any, storage: Callable[[_Storage], memoryview], order: Order) -> File:
    wrapper, state = _state(found)
    tensors = {}
    for name, placed in state.items():
        data = storage(placed.storage)
        _check(placed, len(data), printable(name)[:80])
        tensors[name] = Tensor(placed.shape, placed.storage.dtype, partial(_numbers, data, placed, order))
    notes = (f"the state dict is its '{printable(wrapper)[:40]}'",) if wrapper else ()
    return File(tensors, True, "pytorch", notes)


def _state(found: Any) -> tuple[str, dict[str, _Placed]]:
    """Return the state dict in what was saved, and the key that it is kept under."""
    if isinstance(found, dict):
        if own := _tensors(found):
            return "", own
        for key in (*WRAPPERS, *found):
            if isinstance(key, str) and isinstance(found.get(key), dict) and (own := _tensors(found[key])):
                return key, own
    if isinstance(found, _Placed):
        return "", {"tensor": found}
    raise SpecError(
        "holds no state dict: no dict of names and tensors",
        hint="Save one: torch.save(model.state_dict(), 'weights.pt')",
    )


def _tensors(state: dict[Any, Any]) -> dict[str, _Placed]:
    return {name: value for name, value in state.items() if isinstance(name, str) and isinstance(value, _Placed)}


def _check(placed: _Placed, size: int, name: str) -> None:
    """Check that a tensor lies in its storage, and that no more comes out than is in it."""
    count = size // item_size(placed.storage.dtype)
    last = placed.first + sum((n - 1) * step for n, step in zip(placed.shape, placed.strides, strict=True))
    if 0 not in placed.shape and (last >= count or prod(placed.shape) > count):
        raise SpecError(f"is damaged: '{name}' has {count:,} numbers, too few for its shape")


def _numbers(data: memoryview, placed: _Placed, order: Order) -> Array:
    from numpy.lib.stride_tricks import as_strided

    size = item_size(placed.storage.dtype)
    array = numbers(data[: len(data) // size * size], placed.storage.dtype, order)
    if 0 in placed.shape:
        return array[:0].reshape(placed.shape)
    steps = [step * array.itemsize for step in placed.strides]
    return as_strided(array[placed.first :], placed.shape, steps, writeable=False)


# The machine


def _run(file: io.BytesIO) -> Any:
    """Return what the next pickle in a file builds."""
    try:
        return _Machine().run(file)
    except (SpecError, MemoryError):
        raise
    except Exception as error:  # hostile bytes may make pickletools raise anything, and leave the stack short
        said = printable(str(error))[:60] or type(error).__name__
        raise SpecError(f"is damaged: its pickle can't be read ({said})", hint="Save or download it again") from None


class _Machine:
    """Builds what a pickle describes."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._start = 0
        self._copied = 0

    def run(self, file: io.BytesIO) -> Any:
        """Return what the pickle at the file's position builds."""
        self._start = file.tell()
        for opcode, argument, _ in pickletools.genops(file):
            if opcode.name == "STOP":
                return self._stack.pop()
            self._step(opcode.name, argument, file)
        raise SpecError("is cut short: its pickle does not end")

    def _step(self, name: str, argument: Any, file: io.BytesIO) -> None:
        stack = self._stack
        match name:
            case "PROTO" | "FRAME":
                pass
            case _ if name in _VALUES:
                stack.append(argument)
            case _ if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case _ if name in _FRESH:
                stack.append(_FRESH[name]())
            case "MARK":
                stack.append(_Mark())
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self._memo[argument] = stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                stack.append(self._memo[argument])
            case "POP":
                stack.pop()
            case "POP_MARK":
                self._marked()
            case "TUPLE":
                stack.append(tuple(self._marked()))
            case "LIST":
                stack.append(self._marked())
            case "DICT":
                items = self._marked()
                stack.append(dict(zip(items[::2], items[1::2], strict=True)))
            case _ if name in _SIZED:
                stack[-_SIZED[name] :] = [tuple(stack[-_SIZED[name] :])]
            case "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            case "APPENDS":
                items = self._marked()
                stack[-1].extend(items)
            case "ADDITEMS":
                items = self._marked()
                stack[-1].update(items)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                stack[-1][key] = value
            case "SETITEMS":
                items = self._marked()
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "GLOBAL":
                module, _, own = argument.partition(" ")
                stack.append(self._allowed(_Name(module, own), file))
            case "STACK_GLOBAL":
                own, module = stack.pop(), stack.pop()
                stack.append(self._allowed(_Name(str(module), str(own)), file))
            case "REDUCE":
                arguments, called = stack.pop(), stack.pop()
                stack.append(self._called(called, arguments))
            case "BUILD":  # what a state dict says of its versions
                stack.pop()
            case "BINPERSID":
                stack.append(_storage(stack.pop()))
            case _:
                raise SpecError(f"would run code ({name} in its pickle), so it is refused", hint=SAVE)

    def _marked(self) -> list[Any]:
        """Remove and return the items above the last mark."""
        items = []
        while not isinstance(item := self._stack.pop(), _Mark):
            items.append(item)
        return items[::-1]

    def _allowed(self, name: _Name, file: io.BytesIO) -> _Name:
        """Return a name that a pickle imports, if tensors need it.

        Raises:
            SpecError: They don't.
        """
        if name in _CALLS or (name.module in ("torch", "torch.storage") and name.name in {*STORAGES, *DTYPES}):
            return name
        others = _names(file, self._start)
        if any(each.startswith(("torch.nn.", "__torch__.")) for each in others):
            raise SpecError(
                f"is a whole module saved with its code (it would import {name.words}), so it is refused", hint=SAVE
            )
        raise SpecError(f"would run code when it is loaded: it wants to call {name.words}, so it is refused", hint=SAVE)

    def _called(self, called: Any, arguments: Any) -> Any:
        if not isinstance(called, _Name) or called not in _CALLS or not isinstance(arguments, tuple):
            raise SpecError("would run code when it is loaded, so it is refused", hint=SAVE)
        self._copied += sum(len(each) for each in arguments if isinstance(each, (list, tuple, dict)))
        if self._copied > MOST_COPIED:
            raise SpecError("is damaged: its pickle copies the same lists again and again")
        return _CALLS[called](*arguments)


SAVE = "Save the state dict in PyTorch: torch.save(model.state_dict(), 'weights.pt')"


def _names(file: io.BytesIO, start: int) -> list[str]:
    """Return the modules that a pickle names."""
    position = file.tell()
    file.seek(start)
    found: list[str] = []
    try:
        for _, argument, _ in pickletools.genops(file):
            if isinstance(argument, str):
                found.append(argument)
    except Exception:  # a broken pickle; that something was refused is said anyway
        pass
    file.seek(position)
    return found


def _storage(description: Any) -> _Storage:
    """Return the storage that a pickle refers to."""
    match description:
        case ("storage", _Name(_, kind), str(key), _, int(count), *_) if kind in STORAGES and count >= 0:
            return _Storage(STORAGES[kind], key, count)
    raise SpecError("is damaged, or holds tensors of a kind that is not read")


def _tensor(storage: Any, first: Any, shape: Any, strides: Any, *rest: Any) -> _Placed:
    """Return the tensor that `torch._utils._rebuild_tensor_v2` would build."""
    sizes = (first, *shape, *strides)
    if not isinstance(storage, _Storage) or len(shape) != len(strides) or len(shape) > MOST_AXES:
        raise SpecError("is damaged: a tensor has no storage or no shape")
    if not all(type(size) is int and 0 <= size < 2**62 for size in sizes):
        raise SpecError("is damaged: no tensor has such a shape")
    return _Placed(storage, first, tuple(shape), tuple(strides))


def _tensor_of_dtype(
    storage: Any, first: Any, shape: Any, strides: Any, gradient: Any, hooks: Any, dtype: Any, *rest: Any
) -> _Placed:
    """Return the tensor that `torch._utils._rebuild_tensor_v3` would build."""
    placed = _tensor(storage, first, shape, strides)
    if not isinstance(dtype, _Name) or dtype.name not in DTYPES:
        raise SpecError("holds tensors of a dtype that is not read")
    return placed._replace(storage=placed.storage._replace(dtype=DTYPES[dtype.name]))


def _first_of(data: Any = None, *rest: Any) -> Any:
    return data


def _items(pairs: Any = (), *rest: Any) -> dict[Any, Any]:
    return dict(pairs)


_CALLS: Mapping[_Name, Callable[..., Any]] = {
    _Name("collections", "OrderedDict"): _items,
    _Name("torch._utils", "_rebuild_tensor"): _tensor,
    _Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    _Name("torch._utils", "_rebuild_tensor_v3"): _tensor_of_dtype,
    _Name("torch._utils", "_rebuild_parameter"): _first_of,
    _Name("torch", "Size"): _first_of,
}
"""What a state dict's pickle calls, and what is done instead."""
