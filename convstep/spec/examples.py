"""Examples for a net from arrays, tables, IDX files and pictures, all of which may be gzipped."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from contextlib import suppress
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape, times
from convstep.network import Network
from convstep.network.memory import shortage
from convstep.spec.arrays import Wanted, read_array, shape_of
from convstep.spec.content import HEAD, MAGIC_GZIP, MAGIC_NPY, MAGIC_ZIP, is_idx, is_picture, refuse_models
from convstep.spec.files import LARGEST, STANDARD_INPUT, open_bytes
from convstep.spec.idx import read_idx
from convstep.spec.images import read_image
from convstep.spec.layouts import ANY
from convstep.spec.preparation import AS_IT_IS, Preparation
from convstep.spec.tables import is_number, read_table
from convstep.spec.weights import cast, matches

Notify = Callable[[str], None]
"""Called with a note for the user."""

TEXTS = (".csv", ".tsv", ".txt", ".dat")
PIECE = 1 << 20
_EXAMPLE = re.compile(r"\d{1,9}")


class Place(NamedTuple):
    """A place of examples.

    Attributes:
        file: The file.
        key: The array of an .npz file; None if it has only one.
        example: The number of the example, from 0; None for all.
    """

    file: str
    key: str | None = None
    example: int | None = None


def place_of(text: str, there: Callable[[str], bool] = os.path.lexists) -> Place:
    """Return the place that FILE, FILE:KEY, FILE:EXAMPLE or FILE:KEY:EXAMPLE names; FILE is as long as possible."""
    file, words = text, list[str]()
    while not there(file) and ":" in file and len(words) < 2:
        file, _, word = file.rpartition(":")
        words.insert(0, word)
    if not words or not there(file):
        return Place(text)
    example = int(words.pop()) if _EXAMPLE.fullmatch(words[-1]) else None
    return Place(file, words[0] if words else None, example) if len(words) < 2 else Place(text)


class Examples(NamedTuple):
    """The examples to read.

    Attributes:
        shape: Shape of one example.
        dtype: The dtype to return.
        memory_problem: Returns why there is not enough memory for a number of examples, or "".
        notify: Called with notes for the user.
        preparation: What is done to them.
    """

    shape: Shape
    dtype: np.dtype[Any]
    memory_problem: Callable[[int], str]
    notify: Notify = lambda note: None
    preparation: Preparation = AS_IT_IS

    @property
    def allowed_shapes(self) -> list[Shape]:
        """The shapes that an array of them may have: the axes of a single example or channel may be left out."""
        whole: list[Shape] = [self.shape, (ANY, *self.shape)]
        own = self.preparation.own_shape(self.shape) if self.preparation.axes else self.shape
        more: list[Shape] = [own, (ANY, *own)] if own != self.shape else []
        return whole + [each[:-1] for each in whole if self.shape[-1] == 1] + more

    def read(self, place: Place, path: str | os.PathLike[str], name: str) -> Array:
        """Return examples, `(m, *shape)`.

        Args:
            place: The examples' place.
            path: The file; "-" or "/dev/stdin" is standard input.
            name: The file's name in messages.

        Raises:
            SpecError: They can't be read, or have a wrong shape.
        """
        with open_bytes(path, name) as file:
            found = self._read(file, name, place)
        if place.example is None:
            return found
        if place.example >= len(found):
            raise SpecError(f"{name}: has examples 0 to {len(found) - 1}, there is no {place.example}")
        return found[place.example : place.example + 1]

    def _read(self, file: IO[bytes], name: str, place: Place) -> Array:
        refuse_models(file, name)
        head = file.read(HEAD)
        file.seek(0)
        if head.startswith(MAGIC_GZIP):
            return self._read(_unzipped(file, name), name.removesuffix(".gz"), place)
        if head.startswith((MAGIC_NPY, MAGIC_ZIP)):
            return self._prepared(read_array, file, name, place.key, wanted=self._wanted(name, place))
        if place.key is not None:
            raise SpecError(f"{name}: has no keys, only an .npz file has")
        if is_idx(head):
            return self._prepared(read_idx, file, name, wanted=self._wanted(name, place))
        if not name.lower().endswith(TEXTS) and (is_picture(head) or not _is_text(head)):
            pixels = self.preparation.pixels(read_image(file, name, self.shape))
            if self.preparation.axes or self.preparation != AS_IT_IS:
                self.notify(f"{name}: {self.preparation.words}; --scale, --mean and --std change that")
            return pixels.reshape(-1, *self.shape)
        fits = self._wanted(name, place).fits
        table = read_table(file, name, self.shape, lambda stored: fits((stored[0], *self.shape)), self.notify)
        return self.preparation.numbers(table.reshape(-1, *self.shape), table.dtype)

    def _prepared(self, read: Callable[..., Array], *place: Any, wanted: Wanted) -> Array:
        """Return the examples of an array, prepared."""
        stored: list[np.dtype[Any]] = []
        array = read(*place, wanted._replace(notice=stored.append))
        return self.preparation.numbers(self.preparation.turned(array, self.shape), stored[0])

    def _wanted(self, name: str, place: Place) -> Wanted:
        def fits(stored: Shape) -> bool:
            if not matches(stored, self.allowed_shapes):
                return False
            m = 1 if place.example is not None else prod(stored) // prod(self.shape)
            if problem := self.memory_problem(m):
                hint = f"Take one of them: {name}:0" if m > 1 else ""
                raise SpecError(f"{name}: {m:,} examples: {problem}" if m > 1 else f"{name}: {problem}", hint=hint)
            return True

        return Wanted(fits, times(self.shape), self.dtype, self._advice)

    def _advice(self, stored: Shape) -> str:
        """Return a hint for an array of labels, or with its channels first; else ""."""
        if len(stored) == 1 and len(self.shape) == 3:
            return "These are labels, it seems: give the file of images"
        first = (self.shape[-1], *self.shape[:-1])
        if len(self.shape) == 3 and not self.preparation.axes and stored in (first, (*stored[:1], *first)):
            axes = "1, 2, 0" if len(stored) == 3 else "0, 2, 3, 1"
            return f"Its channels come first: numpy.save it transposed, x.transpose({axes})"
        return ""


def _is_text(head: bytes) -> bool:
    """Return whether a file that begins with `head` may be a table: numbers, or words with commas or tabs between."""
    first = head.decode("utf-8-sig", errors="replace").partition("\n")[0]
    if "\0" in first or "\ufffd" in first[:-4]:
        return False
    return bool(re.search("[,;\t]", first)) or is_number(first.split(maxsplit=1)[0] if first.strip() else "")


def _unzipped(file: IO[bytes], name: str) -> IO[bytes]:
    """Return the content of a gzip file.

    Raises:
        SpecError: It is damaged, or too large.
    """
    import gzip

    content = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            while piece := stream.read(PIECE):
                content.write(piece)
                if content.tell() > LARGEST:
                    raise SpecError(f"{name}: holds more than {LARGEST // 10**6} MB", hint="Unzip it first")
                if problem := shortage(2 * content.tell()):
                    raise SpecError(f"{name}: {problem}")
    except SpecError:
        raise
    except Exception as error:  # a broken file may make gzip and zlib raise several kinds
        raise SpecError(f"{name}: is damaged or truncated ({str(error)[:100]})") from None
    content.seek(0)
    return content


def examples_for(network: Network, notify: Notify, preparation: Preparation = AS_IT_IS) -> Examples:
    """Return the reader of examples for a net."""
    return Examples(network.input_shape, network.dtype, lambda m: _memory_problem(network, m), notify, preparation)


def _memory_problem(network: Network, m: int) -> str:
    problem = shortage(network.bytes_needed(m))
    return f"the net {problem}" if problem else ""


def shape_in(path: str) -> Shape:
    """Return the shape of the array that an input is, its examples first; () for a picture and all else."""
    place = place_of(path)
    if path in STANDARD_INPUT or place.example is not None:
        return ()
    with suppress(SpecError), open_bytes(place.file, place.file) as file:
        head = file.read(HEAD)
        file.seek(0)
        if head.startswith((MAGIC_NPY, MAGIC_ZIP)):
            return shape_of(file, place.file, place.key)
    return ()


def read_input(
    path: str | os.PathLike[str],
    network: Network,
    notify: Notify = lambda note: None,
    preparation: Preparation = AS_IT_IS,
) -> Array:
    """Return an input for `network` from a picture, an array, a table of numbers or an IDX file, maybe gzipped.

    Args:
        path: The file; "-" or "/dev/stdin" is standard input. FILE.npz:KEY is one of its arrays, FILE:N its example N.
        network: The net.
        notify: Called with notes for the user, such as that a column of labels was left out.
        preparation: What is done to the numbers.

    Returns:
        `(m, *network.input_shape)` in the net's dtype, read-only.

    Raises:
        SpecError: It can't be read, or has a wrong shape.
    """
    text = os.fspath(path)
    place = Place(text) if text in STANDARD_INPUT else place_of(text)
    return cast(examples_for(network, notify, preparation).read(place, place.file, place.file), network.dtype)
