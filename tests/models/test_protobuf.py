"""The reader of protobuf's wire format, and files that are damaged in every way."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import taken

from convstep.errors import ConvstepError, SpecError
from convstep.loading import load
from convstep.models import Source, read
from convstep.models.onnx import records
from convstep.models.onnx.functions import no_file
from convstep.models.onnx.protobuf import Field, fields, packed_integers, signed, varint

FILES = sorted((Path(__file__).parent / "files").glob("*.onnx"))


def encoded(value: int) -> bytes:
    """Return a varint, as protobuf's documentation has it."""
    value &= (1 << 64) - 1
    found = bytearray()
    while True:
        value, rest = value >> 7, value & 0x7F
        found.append(rest | 0x80 * bool(value))
        if not value:
            return bytes(found)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_varints(values: list[int]) -> None:
    content = b"".join(map(encoded, values))
    assert packed_integers(memoryview(content)).tolist() == values
    found, at = list[int](), 0
    while at < len(content):
        value, at = varint(memoryview(content), at)
        found.append(signed(value))
    assert found == values


def test_fields() -> None:
    content = b"\x08\x96\x01" + b"\x12\x03abc" + b"\x1d\0\0\x80\x3f" + b"\x21" + bytes(8)
    found = [(*field[:2], bytes(field.value) if field.wire else field.value) for field in fields(memoryview(content))]
    assert found == [(1, 0, 150), (2, 2, b"abc"), (3, 5, b"\0\0\x80\x3f"), (4, 1, bytes(8))]
    assert list(fields(memoryview(b""))) == []
    assert isinstance(next(fields(memoryview(b"\x08\x01"))), Field)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x08", "a number at byte 1 does not end"),
        (b"\x08" + b"\xff" * 11, "a number at byte 1 does not end"),
        (b"\x12\xff\xff\xff\xff\x0fab", "4,294,967,295 bytes are announced, and 2 are there"),
        (b"\x1d\0\0", "4 bytes are announced, and 2 are there"),
        (b"\x0b", "field 1 is of the unknown type 3"),
    ],
)
def test_what_is_cut_short_or_of_no_type_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        list(fields(memoryview(content)))


LONG = (b"\xff\xff\xff\xff\x07", b"\xff" * 9 + b"\x01", b"\x80\x80\x80\x08", b"\xe8\x07", b"\x00", b"\x7f")
"""Numbers and lengths that are larger than what follows, or 0."""


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Return a file with a few bits flipped, lengths grown, parts repeated, taken out, copied elsewhere, or cut off."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 4))):
        at, other = draw.randrange(len(data)), draw.randrange(len(data))
        end = at + draw.randrange(1, 40)
        match draw.randrange(6):
            case 0:
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                data[at : at + 1] = draw.choice(LONG)
            case 2:
                data[at:at] = data[at:end]
            case 3:
                data[at:end] = data[other : other + end - at]
            case 4 if len(data) > 100:
                del data[at:end]
            case _:
                data = data[: max(1, at)] if draw.random() < 0.2 else data
    return bytes(data)


def test_a_damaged_file_gives_one_clear_error_or_a_net(tmp_path: Path) -> None:
    """No other exception, no control characters, and no more memory than an opened net says."""
    draw, opened = random.Random(1), 0
    contents = [file.read_bytes() for file in FILES]
    name = str(tmp_path / "net.onnx")
    for _ in range(400):
        Path(name).write_bytes(mutated(draw.choice(contents), draw))
        try:
            network, _ = load(name)
            opened += 1
        except ConvstepError as error:
            message = str(error)
            assert message
            assert all(character.isprintable() or character == "\n" for character in message)
            continue
        assert network.names
    assert opened > 40


def test_lengths_that_are_not_there_take_no_memory() -> None:
    content = FILES[0].read_bytes()
    source = Source("net.onnx", no_file)
    huge = [content[:at] + LONG[0] + content[at + 1 :] for at in range(0, len(content), 3)]

    def read_all() -> None:
        for each in huge:
            with np.errstate(all="ignore"):
                try:
                    read(memoryview(each), "onnx", source)
                except ConvstepError:
                    continue

    assert taken(read_all) < 20_000_000


def message(number: int, content: bytes) -> bytes:
    return encoded(number << 3 | 2) + encoded(len(content)) + content


@pytest.mark.parametrize(
    ("graph", "what"),
    [
        (message(1, message(4, b"Relu")) * 5_001, "its graph has more than 5,000 parts"),
        (message(1, message(1, b"") * 10_002), "more than 10,000 values or attributes of one operator"),
        (message(5, message(1, b"\1" * 10_001)), "more than 10,000 axes of a tensor"),
        (message(1, message(5, message(8, b"\1" * (1 << 20 | 1)))), "is too long to be one of sizes"),
        (message(5, b"\x10\x06" + message(5, b"\xff" * 100_000 + b"\1")), "a number in a list is too long"),
    ],
)
def test_lists_that_would_take_much_more_memory_than_the_file_are_refused(
    graph: bytes, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_PARTS", 5_000)
    with pytest.raises(SpecError, match=what):
        read(memoryview(b"\x08\x08" + message(7, graph)), "onnx", Source("net.onnx", no_file))


def test_a_list_longer_than_a_piece() -> None:
    values = list(range(0, 200_000, 7)) + [-1] * 3_000
    content = b"".join(map(encoded, values))
    assert packed_integers(memoryview(content)).tolist() == values
