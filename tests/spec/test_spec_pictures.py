"""Pictures of every depth come back within one step of it; none is clipped without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convstep import load
from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.spec.examples import read_input

HEIGHT, WIDTH = 4, 5
RAMP = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) / (HEIGHT * WIDTH - 1)
"""Greys from 0 to 1."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(name: str, channels: int = 1, height: int = HEIGHT, width: int = WIDTH) -> Array:
    Path("net.yaml").write_text(f"input: {{shape: [{height}, {width}, {channels}]}}\nlayers: [relu]\n")
    pixels: Array = read_input(name, load("net.yaml")[0])[0]
    return pixels


def grey8() -> Image.Image:
    return Image.fromarray(np.round(RAMP * 255).astype(np.uint8))


PICTURES = {
    "ramp8.png": (grey8, 255),
    "ramp8.bmp": (grey8, 255),
    "ramp8.pgm": (grey8, 255),
    "ramp8.tif": (grey8, 255),
    "palette.png": (lambda: grey8().convert("P"), 255),
    "palette.gif": (lambda: grey8().convert("P"), 255),
    "rgb.png": (lambda: grey8().convert("RGB"), 255),
    "rgba.png": (lambda: grey8().convert("RGBA"), 255),
    "la.png": (lambda: grey8().convert("LA"), 255),
    "rgb.webp": (lambda: grey8().convert("RGB"), 255),
    "cmyk.tif": (lambda: grey8().convert("CMYK"), 255),
    "ramp16.png": (lambda: Image.fromarray(np.round(RAMP * 65535).astype(np.uint16)), 65535),
    "ramp16.tif": (lambda: Image.fromarray(np.round(RAMP * 65535).astype(np.uint16)), 65535),
    "ramp16.pgm": (lambda: Image.fromarray(np.round(RAMP * 65535).astype(np.uint16)), 65535),
    "integers.tif": (lambda: Image.fromarray(np.round(RAMP * 65535).astype(np.int32)), 65535),
    "float.tif": (lambda: Image.fromarray(RAMP.astype(np.float32)), 1 << 24),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_comes_back_within_one_step_of_its_depth(name: str, channels: int) -> None:
    make, steps = PICTURES[name]
    make().save(name, lossless=True) if name.endswith(".webp") else make().save(name)
    pixels = read(name, channels)
    assert pixels.shape == (HEIGHT, WIDTH, channels)
    for channel in range(channels):
        np.testing.assert_allclose(pixels[..., channel], RAMP, atol=1.01 / min(steps, 1 << 22))


def test_one_bit() -> None:
    black = RAMP < 0.5
    Image.fromarray(~black).save("one.png")
    Image.fromarray(~black).save("one.tif")
    for name in ("one.png", "one.tif"):
        assert (read(name)[..., 0] == ~black).all()


def test_a_jpeg_is_near() -> None:
    grey8().resize((40, 32)).save("ramp.jpg", quality=95)
    near = read("ramp.jpg", height=32, width=40)[..., 0]
    assert abs(near - np.asarray(grey8().resize((40, 32)), float) / 255).max() < 0.05


def test_deep_pictures_are_scaled_to_the_input_as_others_are() -> None:
    large = np.kron(RAMP, np.ones((6, 6)))
    Image.fromarray(np.round(large * 65535).astype(np.uint16)).save("large16.png")
    Image.fromarray(np.round(large * 255).astype(np.uint8)).save("large8.png")
    np.testing.assert_allclose(read("large16.png"), read("large8.png"), atol=2 / 255)
    sharp = np.zeros((24, 30), np.uint16)
    sharp[:, 15:] = 65535
    Image.fromarray(sharp).save("sharp.png")
    scaled = read("sharp.png")
    assert (scaled.min(), scaled.max()) == (0, 1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([[0.0, 2.5]], np.float32), "from 0 to 2.50, but those of a picture in real numbers go from 0 to 1. "),
        (
            np.array([[-1.0, 0.5]], np.float32),
            "from −1 to 0.50, but those of a picture in real numbers go from 0 to 1. ",
        ),
        (np.array([[np.nan, 0.5]], np.float32), "from NaN to NaN, but those of a picture in real numbers go"),
        (np.array([[0, 70000]], np.int32), "from 0 to 70000, but those of a picture in integers go from 0 to 65535. "),
        (np.array([[-5, 7]], np.int32), "from −5 to 7, but those of a picture in integers go from 0 to 65535. "),
    ],
)
def test_values_beyond_the_range_are_never_clipped_without_a_word(values: Array, said: str) -> None:
    Image.fromarray(values).save("odd.tif")
    with pytest.raises(SpecError) as caught:
        read("odd.tif", height=1, width=2)
    assert str(caught.value).startswith(f"odd.tif: its values go {said}")
    assert str(caught.value).endswith("Scale it, or save it as an array")


def test_ink_on_nothing_is_black_on_white() -> None:
    """Transparent places are white, in every mode that has them; a fifth of black on white is 0.8."""
    ink = np.zeros((4, 5, 4), np.uint8)
    ink[1:3, 1:3, 3] = 255
    ink[0, 0, 3] = 51
    Image.fromarray(ink).save("rgba.png")
    Image.fromarray(ink[..., [0, 3]], "LA").save("la.png")
    palette = Image.new("P", (5, 4), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    for place in ((1, 1), (1, 2), (2, 1), (2, 2)):
        palette.putpixel(place, 0)
    palette.save("p.png", transparency=1)
    expected = np.ones((4, 5))
    expected[1:3, 1:3] = 0
    for name in ("rgba.png", "la.png", "p.png"):
        expected[0, 0] = 1 if name == "p.png" else 0.8
        np.testing.assert_allclose(read(name)[..., 0], expected, atol=0.005)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_that_a_camera_turned_stands_upright(turn: int) -> None:
    """EXIF says how the rows and columns of the file lie; 6, for one, is a quarter turn."""
    upright = np.round(RAMP * 255).astype(np.uint8)
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.T, 6: np.rot90(upright), 7: upright[::-1, ::-1].T, 8: np.rot90(upright, -1),
    }[turn]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(np.ascontiguousarray(stored)).save("turned.png", exif=exif)
    np.testing.assert_allclose(read("turned.png")[..., 0], RAMP, atol=1 / 255)
