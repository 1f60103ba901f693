"""Examples from files as people have them: tables, IDX, gzip, arrays of many; and models of other programs."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convstep import load
from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.network import Network
from convstep.spec.examples import Place, place_of, read_input

PIXELS = list(range(0, 120, 10))
"""A picture of 3 rows and 4 columns."""

ROW = ",".join(map(str, PIXELS))
HEADER = ",".join(f"pixel{n}" for n in range(12))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def net() -> Network:
    Path("net.yaml").write_text("input: {shape: [3, 4, 1]}\nlayers: [relu]\n")
    return load("net.yaml")[0]


def read(name: str, content: str | bytes, net: Network) -> tuple[list[list[float]], list[str]]:
    """Return the examples in a file, flat, and what was said of it."""
    notes: list[str] = []
    if content:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    examples = read_input(name, net, notes.append)
    assert examples.shape[1:] == (3, 4, 1)
    return examples.reshape(len(examples), -1).tolist(), notes


def refusal(name: str, content: str | bytes, net: Network) -> str:
    with pytest.raises(SpecError) as caught:
        read(name, content, net)
    return str(caught.value)


def idx(array: Array, code: int = 0x08) -> bytes:
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


class TestTables:
    @pytest.mark.parametrize(
        "text",
        [
            ROW,
            ROW.replace(",", " "),
            ROW.replace(",", ";\t"),
            f"{HEADER}\n{ROW}\n",
            f"\ufeff{HEADER}\r\n\r\n{ROW}\r\n",
            "0,10,20,30\n40,50,60,70\n80,90,100,110\n",
            "\n".join(map(str, PIXELS)),
            f"# a comment\n{ROW}  # another\n",
            ",".join(f'"{pixel}"' for pixel in PIXELS),
        ],
        ids=["commas", "blanks", "mixed", "header", "windows", "rows", "numbers", "comments", "quotes"],
    )
    def test_one_example(self, text: str, net: Network) -> None:
        assert read("x.csv", text, net) == ([PIXELS], [])

    def test_rows_are_examples(self, net: Network) -> None:
        assert read("x.csv", f"{HEADER}\n{ROW}\n{ROW[::-1]}\n".replace(ROW[::-1], "1," * 11 + "1"), net)[0] == [
            PIXELS,
            [1.0] * 12,
        ]

    @pytest.mark.parametrize(
        ("text", "where"),
        [
            (f"7,{ROW}\n3,{ROW}\n", "first"),
            (f"label,{HEADER}\n7,{ROW}\n3,{ROW}\n", "first"),
            (f"{HEADER},label\n{ROW},7\n{ROW},3\n", "last"),
            (f"{HEADER},class\n{ROW},7\n{ROW},3\n", "last"),
            (f"0.5,{ROW[2:]},7\n0.5,{ROW[2:]},3\n".replace("0.5,", "0.5,"), "last"),
        ],
    )
    def test_a_column_of_labels_is_left_out_and_said(self, text: str, where: str, net: Network) -> None:
        examples, notes = read("x.csv", text, net)
        assert [example[1:] for example in examples] == [PIXELS[1:]] * 2
        assert notes == [f"x.csv: the {where} of 13 columns is taken for the label (7, 3), and left out"]

    def test_rows_that_are_each_one_number_too_long_are_never_shifted_pictures(self, net: Network) -> None:
        """Twelve labelled rows of 13 numbers are 156, which 12 divides: counted through they would be 13 pictures."""
        text = "".join(f"{label},{ROW}\n" for label in range(12))
        assert read("x.csv", text, net)[0] == [PIXELS] * 12
        wrong = "".join(f"{ROW},0.5\n".replace("0,", "0.5,", 1) for _ in range(12))
        assert refusal("x.csv", wrong, net).startswith("x.csv: has 13 numbers in a row, but 12 are needed. Neither")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (f"{ROW}\n{ROW},1\n", "x.csv:2: has 13 numbers, but the rows before it 12"),
            (f"{HEADER}\n\n{ROW}\n1,2\n", "x.csv:4: has 2 numbers, but the rows before it 12"),
            ("1,2,3\n4,x,6\n", "x.csv:2: expected a number, got 'x'"),
            ("1,2,3,4,5\n", "x.csv:1: has 5 numbers in a row, but 3×4×1 = 12 are needed"),
            (f"{ROW},1,2\n", "x.csv:1: has 14 numbers in a row, but 3×4×1 = 12 are needed"),
            ("1,2,3,4\n5,6,7,8\n", "x.csv:1: has 4 numbers in a row, but 3×4×1 = 12 are needed"),
            ("a,b\n1,2,3\n", "x.csv:2: has 3 numbers, but the header 2 names"),
            ("label,pixels\n", "x.csv: has a header, and no numbers"),
            (" \n\n", "x.csv: is empty"),
        ],
    )
    def test_what_can_t_be_read_is_said_with_its_line(self, text: str, said: str, net: Network) -> None:
        assert refusal("x.csv", text, net) == said


class TestIdx:
    IMAGES = np.array([PIXELS, PIXELS[::-1]], np.uint8).reshape(2, 3, 4)

    def test_images_of_bytes(self, net: Network) -> None:
        assert read("t10k-images-idx3-ubyte", idx(self.IMAGES), net)[0] == [PIXELS, PIXELS[::-1]]
        assert read("x", idx(self.IMAGES[0]), net)[0] == [PIXELS]

    @pytest.mark.parametrize(
        ("code", "dtype"), [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
    )
    def test_other_numbers_come_big_end_first(self, code: int, dtype: str, net: Network) -> None:
        array = self.IMAGES.astype(dtype)
        assert read("x.idx", idx(array, code), net)[0] == [PIXELS, PIXELS[::-1]]

    def test_one_of_its_examples(self, net: Network) -> None:
        Path("x.idx").write_bytes(idx(self.IMAGES))
        assert read("x.idx:1", "", net)[0] == [PIXELS[::-1]]
        assert refusal("x.idx:2", "", net) == "x.idx: has examples 0 to 1, there is no 2"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (idx(IMAGES)[:-1], "x.idx: is truncated, 23 bytes for an array of 24"),
            (idx(IMAGES)[:9], "x.idx: is truncated, an IDX file has the sizes of its 3 axes at the start"),
            (idx(IMAGES) + b"1", "x.idx: is longer than it says, 25 bytes for an array of 24"),
            (idx(IMAGES.reshape(24)), "x.idx: expected 3×4×1 numbers, got 24 numbers. These are labels"),
            (idx(IMAGES.reshape(2, 4, 3)), "x.idx: expected 3×4×1 numbers, got 2×4×3 numbers"),
            (b"\0\0\x08\x03" + struct.pack(">3I", 2**31, 3, 4), "x.idx: 2,147,483,648 examples: the net needs"),
            (b"\0\0\x07\x03" + bytes(40), "x.idx: is no picture that can be read"),
            (b"\0\1\x08\x03" + bytes(40), "x.idx: is no picture that can be read"),
        ],
    )
    def test_a_damaged_file_is_said(self, content: bytes, said: str, net: Network) -> None:
        assert refusal("x.idx", content, net).startswith(said)


class TestGzip:
    def test_tables_arrays_and_idx(self, net: Network) -> None:
        array = io.BytesIO()
        np.save(array, np.reshape(PIXELS, (3, 4)))
        for name, content in (
            ("x.csv.gz", ROW.encode()),
            ("x.npy.gz", array.getvalue()),
            ("train-images-idx3-ubyte.gz", idx(np.array(PIXELS, np.uint8).reshape(1, 3, 4))),
        ):
            assert read(name, gzip.compress(content), net) == ([PIXELS], [])

    def test_a_bomb_is_refused_at_the_size_it_reaches(self, net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("convstep.spec.examples.LARGEST", 5_000_000)
        assert refusal("x.csv.gz", gzip.compress(bytes(6_000_000)), net) == (
            "x.csv.gz: holds more than 5 MB. Unzip it first"
        )

    def test_one_that_is_damaged(self, net: Network) -> None:
        whole = gzip.compress(ROW.encode())
        for content in (whole[:-9], whole[:12] + b"rubbish", whole[:4]):
            assert refusal("x.csv.gz", content, net).startswith("x.csv.gz: is damaged or truncated (")


class TestArrays:
    def test_a_key_on_the_command_line(self, net: Network) -> None:
        x = np.arange(24).reshape(2, 3, 4)
        np.savez("mnist.npz", x_test=x, y_test=np.arange(2))
        said = refusal("mnist.npz", "", net)
        assert said == (
            "mnist.npz: which of its arrays? Give a key. On the command line that is mnist.npz:KEY, in a spec "
            "{file: mnist.npz, key: KEY}. The keys are x_test, y_test"
        )
        assert read("mnist.npz:x_test", "", net)[0] == x.reshape(2, 12).tolist()
        assert read("mnist.npz:x_test:1", "", net)[0] == [x[1].ravel().tolist()]
        assert "has no key 'x_tets'" in refusal("mnist.npz:x_tets", "", net)

    def test_a_batch_for_the_shape_of_one_example(self) -> None:
        np.save("x.npy", np.arange(24).reshape(2, 3, 4))
        notes: list[str] = []
        for source in ("x.npy", "{file: x.npy}"):
            Path("net.yaml").write_text(f"input: {{shape: [3, 4, 1], array: {source}}}\nlayers: [relu]\n")
            _, x = load("net.yaml", notify=notes.append)
            assert x.shape == (2, 3, 4, 1)
        assert notes == ["net.yaml: the file has 2 examples, which make a batch"] * 2
        for source in ("x.npy:1", "{file: x.npy, example: 1}"):
            Path("net.yaml").write_text(f"input: {{shape: [3, 4, 1], array: {source}}}\nlayers: [relu]\n")
            assert load("net.yaml")[1].ravel().tolist() == list(range(12, 24))
        Path("net.yaml").write_text("input: {shape: [3, 3, 4, 1], array: x.npy}\nlayers: [relu]\n")
        with pytest.raises(SpecError, match="a batch of 3 is asked for, but there are 2 examples"):
            load("net.yaml")

    def test_channels_that_come_first_are_answered_with_the_transposition(self) -> None:
        Path("net.yaml").write_text("input: {shape: [3, 4, 2]}\nlayers: [relu]\n")
        net, _ = load("net.yaml")
        np.save("x.npy", np.zeros((2, 3, 4)))
        with pytest.raises(SpecError, match=r"x.transpose\(1, 2, 0\)"):
            read_input("x.npy", net)
        np.save("x.npy", np.zeros((5, 2, 3, 4)))
        with pytest.raises(SpecError, match=r"x.transpose\(0, 2, 3, 1\)"):
            read_input("x.npy", net)

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("x.npz", Place("x.npz")),
            ("x.npz:key", Place("x.npz", "key")),
            ("x.npz:7", Place("x.npz", None, 7)),
            ("x.npz:key:7", Place("x.npz", "key", 7)),
            ("a:b.npz", Place("a:b.npz")),
            ("a:b.npz:7", Place("a:b.npz", None, 7)),
            ("none.npz:7", Place("none.npz:7")),
            ("x.npz:a:b:c", Place("x.npz:a:b:c")),
        ],
    )
    def test_places(self, text: str, place: Place) -> None:
        assert place_of(text, lambda name: name in ("x.npz", "a:b.npz")) == place


def torch(names: tuple[str, ...] = ("net/data.pkl", "net/version", "net/data/0")) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"1")
    return content.getvalue()


MODELS: dict[str, tuple[bytes, str]] = {
    "net.pt": (torch(), "is a PyTorch checkpoint"),
    "old.pth": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(40), "is a PyTorch checkpoint"),
    "net.keras": (torch(("metadata.json", "config.json", "model.weights.h5")), "is a Keras model"),
    "net.h5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "is an HDF5 file, as Keras writes weights"),
    "net.onnx": (b"\x08\x08\x12\x07pytorch:" + bytes(40), "is an ONNX model"),
    "net.tflite": (b"\x1c\0\0\0TFL3" + bytes(40), "is a TensorFlow Lite model"),
    "net.safetensors": (struct.pack("<Q", 20) + b'{"a": {"dtype": "F32"}}' + bytes(9), "is a safetensors file"),
    "net.pkl": (b"\x80\x04\x95" + bytes(40), "is a pickle, which is never loaded"),
}


OPENED = {
    "net.onnx": {"as a spec": "is damaged or truncated"},
    **{
        name: dict.fromkeys(("as a spec", "as weights"), "is damaged")
        for name in ("net.pt", "old.pth", "net.safetensors")
    },
    "net.keras": {"as a spec": "is damaged: its configuration is no JSON"},
    "net.h5": {"as a spec": "is damaged|takes h5py"},
}
"""Where a model is read, and what is wrong with these."""


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("called", ["as it is", "net.bin", "x.csv"])
def test_a_model_of_another_program_is_known_by_its_content(name: str, called: str, net: Network) -> None:
    """Wherever it is given, and whatever its name, the error says what it is and what to do about it."""
    content, what = MODELS[name]
    file = name if called == "as it is" else called
    Path(file).write_bytes(content)
    places: dict[str, Any] = {
        "as a spec": lambda: load(file),
        "as an input": lambda: read_input(file, net),
        "as weights": lambda: write_and_load(f"weights: {{file: {file}}}"),
        "as an image": lambda: write_and_load("", f", image: {file}"),
        "as an array": lambda: write_and_load("", f", array: {file}"),
    }
    for place, refused in OPENED.get(name, {}).items():  # which is read there, and damaged
        with pytest.raises(SpecError, match=refused):
            places.pop(place)()
    for given in places.values():
        with pytest.raises(SpecError, match=what) as caught:
            given()
        assert "numpy.savez" in str(caught.value)


def write_and_load(field: str, source: str = "") -> None:
    Path("s.yaml").write_text(
        f"input: {{shape: [3, 4, 1]{source}}}\nlayers:\n  - conv: {{filters: 1, kernel: 2, {field}}}\n"
    )
    load("s.yaml")


def test_every_example_has_a_name_or_none(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("input: {shape: [2, 4, 4, 1], names: [one], random: {seed: 1}}\nlayers: [relu]\n")
    with pytest.raises(SpecError, match="there are 1 names, and 2 examples"):
        load(spec)
