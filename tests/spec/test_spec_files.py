"""Weights, arrays and pictures: whatever is in the file, an array of the right shape or one clear message."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memory import taken
from PIL import Image

from convstep.errors import SpecError
from convstep.layers import Conv
from convstep.layers.weights import Given
from convstep.spec import load
from convstep.spec.examples import read_input

CONV = """\
input: {{shape: [8, 8, 3]}}
layers:
  - conv: {{filters: 2, kernel: 3, weights: {{file: {file}, key: {key}}}}}
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def weights_from(file: str, key: str = "w") -> Any:
    Path("net.yaml").write_text(CONV.format(file=file, key=key))
    layer = load("net.yaml")[0].layers[0]
    assert isinstance(layer, Conv)
    assert isinstance(layer.weights, Given)
    return layer.weights.array


def refusal(file: str, key: str = "w") -> str:
    with pytest.raises(SpecError) as caught:
        weights_from(file, key)
    said = str(caught.value)
    prefix = "net.yaml:3:51: layers[0].weights.file: "
    assert said.startswith(prefix)
    return said.removeprefix(prefix).partition("\n")[0]


def test_weights_come_back_as_they_were() -> None:
    W = np.arange(54.0).reshape(3, 3, 3, 2)
    W[0, 0, 0] = np.nan, np.inf
    np.savez("w.npz", w=np.asfortranarray(W.astype(">f8")), other=1)
    np.savez_compressed("c.npz", w=W)
    np.save("w.npy", W)
    for array in (weights_from("w.npz"), weights_from("c.npz"), weights_from("w.npy")):
        np.testing.assert_array_equal(array, W)
        assert array.dtype == np.float32
        assert not array.flags.writeable


def test_a_missing_key_names_those_there_are() -> None:
    np.savez("w.npz", weights=1, bias=2)
    Path("net.yaml").write_text(CONV.format(file="w.npz", key="weight"))
    with pytest.raises(SpecError) as caught:
        load("net.yaml")
    assert str(caught.value).splitlines()[0].endswith("layers[0].weights.file: w.npz: has no key 'weight'")
    assert str(caught.value).splitlines()[-1] == "Did you mean 'weights'? The keys are weights, bias"


def test_weights_of_another_shape() -> None:
    np.savez("w.npz", w=np.zeros((3, 3, 2, 3)))
    assert refusal("w.npz") == "w.npz, key 'w': expected 3×3×3×2 numbers, got 3×3×2×3 numbers"


def test_a_header_that_promises_the_moon_is_refused_unread() -> None:
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
    with open("w.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    assert refusal("w.npy") == "w.npy: expected 3×3×3×2 numbers, got 1000000000×1000000000 numbers"


def npz(compression: int = zipfile.ZIP_DEFLATED, /, **members: bytes) -> None:
    with zipfile.ZipFile("w.npz", "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def test_a_long_header_is_not_read() -> None:
    content = np.lib.format.magic(2, 0) + struct.pack("<I", 2**26) + b" " * 2**26
    Path("w.npy").write_bytes(content)
    npz(w=content)
    del content
    said: list[str] = []
    assert taken(lambda: said.extend([refusal("w.npy"), refusal("w.npz")])) < 10_000_000
    assert said[0].startswith("w.npy: is damaged")
    assert said[1].startswith("w.npz, key 'w': is damaged")


def test_a_length_below_zero_is_none() -> None:
    """It would make NumPy read the rest of the file, however long that is."""
    network, _ = load("tiny")
    start = io.BytesIO()
    np.lib.format.write_array_header_1_0(start, {"descr": "<f4", "fortran_order": False, "shape": (-3, 5, 5, 1)})
    npz(w=start.getvalue() + bytes(2**26))

    def read() -> None:
        with pytest.raises(SpecError, match=r"^w.npz, key 'w': is damaged"):
            read_input("w.npz", network)

    assert taken(read) < 10_000_000


def test_a_batch_that_the_net_has_no_memory_for_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    network, _ = load("tiny")
    np.savez_compressed("w.npz", np.zeros((300_000, 5, 5, 1), np.float32))
    monkeypatch.setattr("convstep.network.memory.available", lambda: 40_000_000)

    def read() -> None:
        with pytest.raises(SpecError, match=r"^w.npz: 300,000 examples: the net needs .* Take one of them: w.npz:0$"):
            read_input("w.npz", network)

    assert taken(read) < 10_000_000


def test_a_compression_that_numpy_does_not_write() -> None:
    """Python decompresses bzip2 and LZMA at once: a kilobyte may become a gigabyte."""
    npz(zipfile.ZIP_BZIP2, w=bytes(2**26))
    said: list[str] = []
    assert taken(lambda: said.append(refusal("w.npz"))) < 10_000_000
    assert said == ["w.npz, key 'w': is compressed as NumPy never does"]


def test_a_list_of_arrays_without_end() -> None:
    npz(**{f"w{n}": b"" for n in range(20_000)})
    assert refusal("w.npz") == "w.npz: is damaged or truncated (its list of arrays is too long)"


def test_a_header_that_warns(recwarn: pytest.WarningsRecorder) -> None:
    header = b"{'descr': '<f8' if 1is 2 else 0, 'fortran_order': False, 'shape': (1,)}"
    Path("w.npy").write_bytes(np.lib.format.magic(1, 0) + struct.pack("<H", len(header)) + header)
    assert refusal("w.npy").startswith("w.npy: is damaged")
    assert not recwarn.list


def test_a_text_of_numbers_takes_little_more_than_the_numbers() -> None:
    network, _ = load("tiny")
    Path("x.csv").write_text(("1," * 25 + "\n") * 40_000)
    assert taken(lambda: read_input("x.csv", network)) < 40_000_000


def test_pickles_are_not_opened() -> None:
    np.save("w.npy", np.array([print], dtype=object), allow_pickle=True)
    assert refusal("w.npy") == "w.npy: is pickled"
    np.savez("w.npz", w=np.array([print], dtype=object))
    assert refusal("w.npz") == "w.npz, key 'w': is pickled"
    Path("w.pkl").write_bytes(pickle.dumps([1]))
    assert refusal("w.pkl") == "w.pkl: is a pickle, which is never loaded: it may run anything"


def test_truncated_files() -> None:
    np.save("w.npy", np.zeros((3, 3, 3, 2)))
    Path("t.npy").write_bytes(Path("w.npy").read_bytes()[:-1])
    assert refusal("t.npy").startswith("t.npy: is truncated, ")
    np.savez("w.npz", w=np.zeros((3, 3, 3, 2)))
    whole = Path("w.npz").read_bytes()
    for length in range(1, len(whole), 37):
        Path("t.npz").write_bytes(whole[:length])
        assert refusal("t.npz").startswith("t.npz: is ")
    for length in range(len(np.lib.format.magic(1, 0)), 200, 7):
        Path("t.npy").write_bytes(Path("w.npy").read_bytes()[:length])
        assert refusal("t.npy").startswith("t.npy: is ")


def test_other_things_that_are_no_weights() -> None:
    np.save("text.npy", np.full((3, 3, 3, 2), "x"))
    assert refusal("text.npy") == "text.npy: expected real numbers, got dtype <U1"
    with zipfile.ZipFile("bad.npz", "w") as archive:
        archive.writestr("w.npy", "no array")
    assert refusal("bad.npz").startswith("bad.npz, key 'w': is damaged")
    Path("folder").mkdir()
    assert refusal("folder") == "folder: is a folder, not a file"
    assert refusal("/dev/zero") == "/dev/zero: is a device, neither a file nor a pipe"


def test_an_npz_with_one_array_needs_no_key() -> None:
    np.savez("one.npz", anything=np.ones((2, 2, 1)))
    np.savez("two.npz", a=1, b=2)
    spec = "input: {{shape: [2, 2, 1], array: {}}}\nlayers: [relu]\n"
    Path("net.yaml").write_text(spec.format("one.npz"))
    assert load("net.yaml")[1].tolist() == np.ones((1, 2, 2, 1)).tolist()
    Path("net.yaml").write_text(spec.format("two.npz"))
    with pytest.raises(SpecError, match=r"two.npz: which of its arrays\? Give a key[^$]*The keys are a, b"):
        load("net.yaml")


def picture_from(file: str, *shape: int) -> Any:
    Path("net.yaml").write_text(f"input: {{shape: {list(shape)}, image: {file}}}\nlayers: [relu]\n")
    return load("net.yaml")[1]


def png(width: int, height: int, rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A grey PNG with a header and compressed rows of any kind."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), *extra, (b"IDAT", rows), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_picture_is_cut_and_scaled() -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, 10:30] = 255, 0, 51
    Image.fromarray(pixels).save("p.png")
    x = picture_from("p.png", 10, 10, 3)
    np.testing.assert_allclose(x[0, 5, 5], [1, 0, 0.2], atol=1e-6)
    np.testing.assert_allclose(x[0, 5, 1], [1, 0, 0.2], atol=0.005)
    assert picture_from("p.png", 20, 40, 1).shape == (1, 20, 40, 1)


def test_other_kinds_of_picture() -> None:
    Image.new("P", (4, 4), 0).save("p.gif")
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save("see_through.png")
    Image.new("CMYK", (4, 4)).save("p.jpg")
    assert picture_from("p.gif", 4, 4, 3).shape == (1, 4, 4, 3)
    assert picture_from("see_through.png", 4, 4, 1).min() == 1
    assert picture_from("p.jpg", 4, 4, 1).min() == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WebP", "PPM"])
def test_the_kinds_of_picture_that_are_named(kind: str) -> None:
    Image.new("RGB", (4, 4), "white").save("p", kind)
    assert picture_from("p", 4, 4, 3).min() > 0.99


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.mark.parametrize("kind", ["EPS", "ICO", "TGA", "PCX", "SGI", "JPEG2000"])
def test_other_kinds_are_not_even_tried(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: started.append(kind))
    if kind == "EPS":
        Path("p.png").write_bytes(EPS)
    else:
        Image.new("RGB", (16, 16), "white").save("p.png", kind)
    with pytest.raises(SpecError, match="is no picture that can be read"):
        picture_from("p.png", 8, 8, 1)
    assert not started


def test_a_picture_whose_file_is_too_large() -> None:
    with open("p.webp", "wb") as file:
        file.write(b"RIFF\0\0\0\0WEBPVP8 ")
        file.truncate(2_000_000_000)

    def read() -> None:
        with pytest.raises(SpecError, match=r"p.webp: is too large: a picture's file may have 400 MB at most"):
            picture_from("p.webp", 8, 8, 1)

    assert taken(read) < 10_000_000


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"no picture", "p.png: is no picture that can be read"),
        (b"", "p.png: is no picture that can be read"),
        (png(8001, 8000, b""), "p.png: is too large: a picture may have 64,000,000 pixels at most"),
        (png(2**31 - 1, 2**31 - 1, b""), "p.png: is too large: a picture may have 64,000,000 pixels at most"),
        (png(100, 100, b"rubbish"), "p.png: is damaged or truncated, no picture that can be read"),
        (png(8, 8, zlib.compress(bytes(72)))[:45], "p.png: is damaged or truncated, no picture that can be read"),
    ],
)
def test_what_is_no_picture(content: bytes, expected: str) -> None:
    Path("p.png").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        picture_from("p.png", 8, 8, 1)
    assert str(caught.value).splitlines()[0] == f"net.yaml:1:34: input.image: {expected}"


def test_a_text_in_a_picture_that_is_very_long() -> None:
    text = b"k\0\0" + zlib.compress(bytes(10**8))
    test_what_is_no_picture(
        png(8, 8, zlib.compress(bytes(72)), (b"zTXt", text)),
        "p.png: is damaged or truncated, no picture that can be read",
    )


def test_inputs_for_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    network, _ = load("tiny")
    values = np.arange(25.0).reshape(5, 5)
    np.save("x.npy", values)
    np.save("batch.npy", np.stack([values] * 3))
    np.savez("x.npz", values)
    np.savetxt("x.csv", values, delimiter=",")
    Image.fromarray(values.astype(np.uint8)).save("x.png")
    for name, m in (("x.npy", 1), ("batch.npy", 3), ("x.npz", 1), ("x.csv", 1)):
        x = read_input(name, network)
        assert x.shape == (m, 5, 5, 1)
        assert x.dtype == np.float32
        assert not x.flags.writeable
        np.testing.assert_array_equal(x[-1, :, :, 0], values)
    np.testing.assert_allclose(read_input("x.png", network)[0, :, :, 0] * 255, values, rtol=1e-6)
    for name in ("x.npy", "x.png"):
        with open(name) as stdin, monkeypatch.context() as patched:
            patched.setattr("sys.stdin", stdin)
            np.testing.assert_array_equal(read_input("-", network), read_input(name, network))


def test_inputs_that_do_not_fit() -> None:
    network, _ = load("tiny")

    def said(name: str) -> str:
        with pytest.raises(SpecError) as caught:
            read_input(name, network)
        return str(caught.value)

    np.save("x.npy", np.zeros((5, 6)))
    assert said("x.npy") == "x.npy: expected 5×5×1 numbers, got 5×6 numbers"
    Path("x.csv").write_text("1,2\n3,x\n")
    assert said("x.csv") == "x.csv:2: expected a number, got 'x'"
    Path("x.csv").write_text("1,2,nan")
    assert said("x.csv") == "x.csv:1: has 3 numbers in a row, but 5×5×1 = 25 are needed"
    Path("x.bin").write_bytes(b"rubbish")
    assert said("x.bin") == "x.bin: is no picture that can be read. PNG, JPEG, GIF, BMP, TIFF, WebP and PNM can"
    assert said("none.png") == "none.png: no such file"
