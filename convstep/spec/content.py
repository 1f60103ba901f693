"""Recognises files by their content; those of other programs are refused, with a hint how to export their arrays."""

from __future__ import annotations

import io
import os
import re
from typing import IO, NamedTuple, cast

from convstep.errors import SpecError

HEAD = 64
"""Bytes at the start of a file from which its type is recognised."""

PIECE = 1 << 20
"""The most bytes that are read at a time, and the most bytes in an archive's list of files."""

MAGIC_NPY = b"\x93NUMPY"
MAGIC_ZIP = b"PK"
MAGIC_GZIP = b"\x1f\x8b"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_TFLITE = b"TFL3"
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_CONFIGURATION = re.compile(rb'\s*\{\s*"(module"\s*:\s*"keras|class_name"\s*:\s*"(Sequential|Functional|Model)")')
_PICTURES = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0|II\*\0|MM\0\*|RIFF.{4}WEBP|P[1-6]\s", re.DOTALL)

IDX_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The dtypes of IDX files, by their third byte."""

MOST_AXES = 4
"""The most axes of an IDX file."""


class Model(NamedTuple):
    """A type of model file.

    Attributes:
        what: The file type, with its article.
        hint: How to export its arrays.
        form: The name of its format, if its net can be opened; "" else.
    """

    what: str
    hint: str
    form: str = ""


TORCH = Model(
    "a PyTorch checkpoint",
    "Save its arrays in PyTorch: numpy.savez('w.npz', **{k: v.numpy() for k, v in model.state_dict().items()}), "
    "and name them as weights: {file: w.npz, key: ..., layout: OIHW}",
    "torch",
)
KERAS = Model(
    "a Keras model",
    "Save its arrays in Keras: numpy.savez('w.npz', **{w.path: w.numpy() for w in model.weights}), "
    "and name them as weights: {file: w.npz, key: ...}",
    "keras",
)
HDF5 = Model(
    "an HDF5 file, as Keras writes weights",
    "Save its arrays: numpy.savez('w.npz', **{k: h5py.File(FILE)[k][()] for k in ...}), "
    "and name them as weights: {file: w.npz, key: ...}",
    "keras",
)
ONNX = Model(
    "an ONNX model",
    "Save its arrays: numpy.savez('w.npz', **{t.name: onnx.numpy_helper.to_array(t) for t in "
    "onnx.load(FILE).graph.initializer}), and name them as weights: {file: w.npz, key: ..., layout: OIHW}",
    "onnx",
)
CONFIGURATION = Model(
    "a Keras model's configuration", "It holds no numbers: give the model, or weights saved by numpy.savez", "keras"
)
TFLITE = Model("a TensorFlow Lite model", "Take the weights of the model that it was made from, saved by numpy.savez")
SAFETENSORS = Model(
    "a safetensors file",
    "Save its arrays: numpy.savez('w.npz', **safetensors.numpy.load_file(FILE)), "
    "and name them as weights: {file: w.npz, key: ..., layout: OIHW}",
    "safetensors",
)
PICKLE = Model(
    "a pickle, which is never loaded: it may run anything",
    "Save its arrays in the program that wrote it: numpy.savez('w.npz', ...)",
)


def model_in(file: IO[bytes]) -> Model | None:
    """Return the type of a model file; None for other files. Rewinds the file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(_HDF5):
        return HDF5
    if _CONFIGURATION.match(head):
        return CONFIGURATION
    if head[4:8] == _TFLITE:
        return TFLITE
    if head.startswith(_TORCH_LEGACY):
        return TORCH
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return PICKLE
    if 2 <= int.from_bytes(head[:8], "little") < size and head[8:9] == b"{":
        return SAFETENSORS
    if head[:1] == b"\x08" and head[1:2] <= b"\x20" and head[2:3] in (b"\x12", b"\x1a", b'"', b"(", b"2", b":", b"B"):
        return ONNX
    if head.startswith(MAGIC_ZIP):
        return _archived(file)
    return None


def _archived(file: IO[bytes]) -> Model | None:
    import zipfile

    try:
        with zipfile.ZipFile(cast(IO[bytes], BoundedReads(file))) as archive:
            names = archive.namelist()
    except Exception:  # a broken archive may make zipfile raise anything; reading it will report that
        names = []
    file.seek(0)
    if any(name.endswith(("/data.pkl", "/constants.pkl")) for name in names):
        return TORCH
    return KERAS if "model.weights.h5" in names or "config.json" in names else None


def refuse_models(file: IO[bytes], name: str) -> None:
    """Check that a file is not a model of another program.

    Raises:
        SpecError: It is one; the hint says how to export its arrays.
    """
    if model := model_in(file):
        raise refusal(model, name)


def refusal(model: Model, name: str) -> SpecError:
    """Return the error that a file is a model of another program."""
    return SpecError(f"{name}: is {model.what}", hint=model.hint)


def is_picture(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a picture."""
    return _PICTURES.match(head) is not None


def is_idx(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an IDX file: two zeros, a dtype, and how many axes there are."""
    return head[:2] == b"\0\0" and len(head) >= 4 and head[2] in IDX_DTYPES and 1 <= head[3] <= MOST_AXES


class BoundedReads(io.RawIOBase):
    """A file that returns at most `PIECE` bytes per read, however many its content makes `zipfile` ask for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size if 0 <= size <= PIECE else PIECE + 1)
        if len(piece) > PIECE:
            raise ValueError("its list of arrays is too long")
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True
