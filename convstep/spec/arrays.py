"""Arrays in .npy and .npz files, checked before they are loaded; pickles are never loaded."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from math import prod
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.lib import format as npy

from convstep.engine.steps import Array
from convstep.errors import SpecError, nearest
from convstep.layers import Shape
from convstep.network.memory import shortage
from convstep.spec.content import MAGIC_NPY, MAGIC_ZIP, BoundedReads, model_in, refusal
from convstep.spec.numbers import amount

if TYPE_CHECKING:
    import zipfile

LONGEST_HEADER = 10_000
"""The most bytes in the header of a .npy file."""

MOST_AXES = 64
"""The most axes of an array, as in NumPy."""

BLOCK = 1 << 18
"""How many numbers are read at once."""


class Wanted(NamedTuple):
    """The array that is expected in a file.

    Attributes:
        fits: Returns whether a shape is right; called before the numbers are read.
        words: The expected shape, in words.
        dtype: The dtype to return; numbers too large for it become infinite.
        advice: Returns a hint for a wrong shape, or "".
        notice: Called with the dtype in the file.
    """

    fits: Callable[[Shape], bool]
    words: str
    dtype: np.dtype[Any]
    advice: Callable[[Shape], str] = lambda shape: ""
    notice: Callable[[np.dtype[Any]], None] = lambda dtype: None

    def check(self, shape: Shape, label: str) -> None:
        """Check an array's shape.

        Raises:
            SpecError: It is wrong.
        """
        if not self.fits(shape):
            hint = self.advice(shape)
            raise SpecError(f"{label}: expected {self.words} numbers, got {amount(shape)}", hint=hint)


def read_array(file: IO[bytes], name: str, key: str | None, wanted: Wanted) -> Array:
    """Return an array from a .npy or .npz file, read-only.

    Args:
        file: The file, open.
        name: Its name in messages.
        key: The array of an .npz file; None if it has only one.
        wanted: The expected array.

    Raises:
        SpecError: The file can't be read, or has no such array, or the array has a wrong shape or no numbers.
    """
    with _reading(name):
        magic = file.read(len(MAGIC_NPY))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if model := model_in(file):
            from convstep.tensors import FORMS

            if model.form in FORMS:
                return _tensor(file, name, size, model.form, key, wanted)
            raise refusal(model, name)
        if magic == MAGIC_NPY:
            return _load(file, name, size, wanted)
        if not magic.startswith(MAGIC_ZIP):
            raise SpecError(f"{name}: is no .npy or .npz file")
        import zipfile

        with zipfile.ZipFile(cast(IO[bytes], BoundedReads(file))) as archive:
            member = _member(archive, name, key)
            label = f"{name}, key '{member.filename.removesuffix('.npy')}'"
            if member.compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):  # others may take any memory
                raise SpecError(f"{label}: is compressed as NumPy never does", hint="Write it with numpy.savez")
            with _reading(label), archive.open(member) as stream:
                return _load(stream, label, member.file_size, wanted)


def shape_of(file: IO[bytes], name: str, key: str | None) -> Shape:
    """Return the shape of an array in a .npy or .npz file, without its numbers; () if there is none."""
    shapes: list[Shape] = []

    def noted(shape: Shape) -> bool:
        shapes.append(shape)
        return False

    with suppress(SpecError):
        read_array(file, name, key, Wanted(noted, "", np.dtype(np.float32)))
    return shapes[0] if shapes else ()


def is_pytorch(file: IO[bytes]) -> bool:
    """Return whether a file's arrays have PyTorch's layouts: a state dict, or a safetensors file. Rewinds the file."""
    model = model_in(file)
    return model is not None and model.form in ("torch", "safetensors")


def _tensor(file: IO[bytes], name: str, size: int, form: str, key: str | None, wanted: Wanted) -> Array:
    """Return an array of a PyTorch state dict or a safetensors file."""
    from convstep.tensors import BFLOAT16, read

    if problem := shortage(2 * size):
        raise SpecError(f"{name}: {problem}")
    try:
        tensor = read(memoryview(file.read()), form).tensor(key)
    except SpecError as error:
        raise SpecError(f"{name}: {error.what}", hint=error.hint) from None
    label = f"{name}, key '{key}'" if key else name
    wanted.check(tensor.shape, label)
    wanted.notice(np.dtype(tensor.dtype if tensor.dtype != BFLOAT16 else np.float32))
    with np.errstate(all="ignore"):
        array = np.ascontiguousarray(tensor.read(), wanted.dtype)
    array.flags.writeable = False
    return array


MOST_ARRAYS = 10_000
"""The most arrays in an .npz file that is read whole."""


def read_arrays(file: IO[bytes], name: str) -> dict[str, Array]:
    """Return all arrays of an .npz file by key, in the file's order, as floats; integers become float64.

    Args:
        file: The file, open.
        name: Its name in messages.

    Raises:
        SpecError: The file can't be read, or an array has no numbers.
    """
    import zipfile

    found = {}
    with _reading(name), zipfile.ZipFile(cast(IO[bytes], BoundedReads(file))) as archive:
        members = archive.infolist()
        if not members or len(members) > MOST_ARRAYS:
            raise SpecError(f"{name}: has {len(members):,} arrays, expected 1 to {MOST_ARRAYS:,}")
        for member in members:
            key = member.filename.removesuffix(".npy")
            label = f"{name}, key '{key}'"
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SpecError(f"{label}: is compressed as NumPy never does", hint="Write it with numpy.savez")
            with _reading(label), archive.open(member) as stream:
                stored = _header(stream, label)[2]
            dtype = stored.newbyteorder("=") if stored.kind == "f" and stored.itemsize <= 8 else np.dtype(np.float64)
            wanted = Wanted(lambda shape: prod(shape) > 0, "some", dtype)
            with _reading(label), archive.open(member) as stream:
                found[key] = _load(stream, label, member.file_size, wanted)
    return found


def _member(archive: zipfile.ZipFile, name: str, key: str | None) -> zipfile.ZipInfo:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    more = ", ..." if len(members) > 12 else ""
    keys = f"The keys are {', '.join(islice(members, 12))}{more}" if members else "It has no arrays at all"
    if key is None:
        if len(members) == 1:
            return next(iter(members.values()))
        hint = f"On the command line that is {name}:KEY, in a spec {{file: {name}, key: KEY}}. {keys}"
        raise SpecError(f"{name}: which of its arrays? Give a key", hint=hint)
    if key not in members:
        raise SpecError(f"{name}: has no key '{key}'", hint=f"{nearest(key, members)} {keys}".strip())
    return members[key]


def _load(file: IO[bytes], label: str, size: int, wanted: Wanted) -> Array:
    """Return the array in an open .npy file of `size` bytes."""
    shape, fortran, stored = _header(file, label)
    if stored.hasobject:
        raise SpecError(f"{label}: is pickled", hint="Only plain arrays of numbers are read, as numpy.save writes them")
    if stored.kind not in "fiub":
        raise SpecError(f"{label}: expected real numbers, got dtype {stored}")
    wanted.check(shape, label)
    wanted.notice(stored)
    needed = prod(shape) * stored.itemsize
    if needed > size:
        raise SpecError(f"{label}: is truncated, {size:,} bytes for an array of {needed:,}")
    array = read_numbers(file, label, shape, stored, wanted.dtype, twice=fortran).reshape(-1)
    return array.reshape(shape, order="F" if fortran else "C")


def read_numbers(
    file: IO[bytes], label: str, shape: Shape, stored: np.dtype[Any], dtype: np.dtype[Any], *, twice: bool = False
) -> Array:
    """Return the next numbers in a file as an array, read-only.

    Args:
        file: The file, at the first number.
        label: Its name in messages.
        shape: The array's shape.
        stored: The dtype in the file.
        dtype: The dtype to return; numbers too large for it become infinite.
        twice: Whether the caller will need a second copy.

    Raises:
        SpecError: There are too few numbers, or not enough memory.
    """
    wanted = prod(shape) * stored.itemsize
    if problem := shortage(prod(shape) * dtype.itemsize * (1 + twice)):
        raise SpecError(f"{label}: {problem}")
    array = np.empty(prod(shape), dtype)
    for start in range(0, array.size, BLOCK):
        part = array[start : start + BLOCK]
        content = file.read(part.size * stored.itemsize)
        if len(content) < part.size * stored.itemsize:
            read = start * stored.itemsize + len(content)
            raise SpecError(f"{label}: is truncated, {read:,} bytes for an array of {wanted:,}")
        with np.errstate(all="ignore"):
            part[:] = np.frombuffer(content, stored)
    array.flags.writeable = False
    return array.reshape(shape)


def _header(file: IO[bytes], label: str) -> tuple[Shape, bool, np.dtype[Any]]:
    """Return shape, whether the order is Fortran's, and dtype from the header of an open .npy file."""
    first = npy.read_magic(file) == (1, 0)
    length = file.read(2 if first else 4)
    if int.from_bytes(length, "little") > LONGEST_HEADER:
        raise SpecError(f"{label}: is damaged, its header has over {LONGEST_HEADER:,} bytes")
    header = io.BytesIO(length + file.read(int.from_bytes(length, "little")))
    shape, fortran, dtype = npy.read_array_header_1_0(header) if first else npy.read_array_header_2_0(header)
    if len(shape) > MOST_AXES or any(not 0 <= size < 2**63 for size in shape):
        raise SpecError(f"{label}: is damaged, no array has such a shape")
    return shape, fortran, dtype


@contextmanager
def _reading(label: str) -> Iterator[None]:
    """Turn exceptions into errors that name the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SpecError:
        raise
    except MemoryError:
        raise SpecError(f"{label}: there is not enough memory to read it") from None
    except Exception as error:  # a broken file may make zipfile and NumPy raise anything
        raise SpecError(f"{label}: is damaged or truncated ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    lines: list[Any] = str(error).splitlines()
    return str(lines[0])[:100] if lines else type(error).__name__
