"""Pictures as arrays."""

from __future__ import annotations

import os
import warnings
from math import prod
from typing import IO, TYPE_CHECKING

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.figures import rounded
from convstep.layers import Shape, times
from convstep.network.memory import shortage

if TYPE_CHECKING:
    from PIL import Image, ImageFile

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""Pillow's names of the formats that are read; PPM is all of PNM. Others would run programs such as Ghostscript."""

MOST_PIXELS = 64_000_000
"""The most pixels of a picture."""

LARGEST = 400_000_000
"""The most bytes of a picture's file."""

MOST_PIXELS_SLOWLY = 4_000_000
"""The most pixels where Pillow decodes in Python."""

_TOO_LARGE = "is too large: a picture may have {:,} pixels at most"

DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes of grey pictures with more than 8 bits a pixel; F has real numbers."""

SLOW_DECODERS = ("bmp_rle", "ppm", "ppm_plain")
"""The decoders that Pillow has in Python."""

BYTES_A_PIXEL, BYTES_A_NUMBER = 24, 8
"""Memory to decode and convert a pixel, and to scale to a number of the input; measured in the tests."""


def read_image(file: IO[bytes], name: str, shape: Shape) -> Array:
    """Return a picture as an array of `shape`, values from 0 to 1.

    A picture of another size is cropped to the aspect ratio, then scaled.

    Args:
        file: The file, open.
        name: Its name in messages.
        shape: (height, width, channels); 1 channel is grey, 3 are red, green and blue.

    Raises:
        SpecError: It is no picture, or too large, or `shape` is not a picture's.
    """
    from PIL import Image, UnidentifiedImageError

    if len(shape) != 3 or shape[-1] not in (1, 3):
        what = f"{name}: a picture has height × width × 1 or 3 channels, but the input is {times(shape)}"
        raise SpecError(what, hint="Use random, or an array")
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST:
        raise SpecError(f"{name}: is too large: a picture's file may have {LARGEST // 10**6} MB at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _open(file) as picture:
                _check_size(picture, size, shape)
                return _pixels(picture, shape)
    except SpecError as error:
        raise SpecError(f"{name}: {error.what}", hint=error.hint) from None
    except UnidentifiedImageError:
        what = f"{name}: is no picture that can be read"
        raise SpecError(what, hint="PNG, JPEG, GIF, BMP, TIFF, WebP and PNM can") from None
    except Image.DecompressionBombError:
        raise SpecError(f"{name}: {_TOO_LARGE.format(MOST_PIXELS)}") from None
    except MemoryError:
        raise SpecError(f"{name}: there is not enough memory to read it") from None
    except Exception:  # a broken picture may make the decoders raise anything
        raise SpecError(f"{name}: is damaged or truncated, no picture that can be read") from None


def _open(file: IO[bytes]) -> ImageFile.ImageFile:
    from PIL import Image, PngImagePlugin

    file.seek(0)
    signature = file.read(8)
    file.seek(0)
    if signature == b"\x89PNG\r\n\x1a\n":
        return PngImagePlugin.PngImageFile(file)  # Image.open would import all other formats first
    return Image.open(file, formats=FORMATS)


def _check_size(picture: ImageFile.ImageFile, size: int, shape: Shape) -> None:
    """Check that decoding a picture in a file of `size` bytes takes neither too long nor too much memory.

    Raises:
        SpecError: It would.
    """
    pixels = picture.width * picture.height
    most = MOST_PIXELS_SLOWLY if any(tile[0] in SLOW_DECODERS for tile in picture.tile) else MOST_PIXELS
    if pixels > most:
        raise SpecError(_TOO_LARGE.format(most))
    if problem := shortage(size + pixels * BYTES_A_PIXEL + prod(shape) * BYTES_A_NUMBER):
        raise SpecError(problem)


def _pixels(picture: Image.Image, shape: Shape) -> Array:
    from PIL import Image, ImageOps

    height, width, channels = shape
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in DEEP:
        return _deep(upright, shape)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    converted = upright.convert("L" if channels == 1 else "RGB")
    if converted.size != (width, height):
        converted = ImageOps.fit(converted, (width, height))
    pixels = np.array(converted, np.float32)
    pixels /= np.float32(255)
    pixels.flags.writeable = False
    return pixels.reshape(shape)


def _deep(picture: Image.Image, shape: Shape) -> Array:
    """Return a grey picture with more than 8 bits a pixel, or with real numbers, scaled to 0 to 1.

    Raises:
        SpecError: Its values are outside its mode's range.
    """
    from PIL import Image, ImageOps

    height, width, channels = shape
    values = np.array(picture, np.float64)
    most = 1.0 if picture.mode == "F" else 65535.0
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= most):
        raise SpecError(
            f"its values go from {rounded(low)} to {rounded(high)}, but those of a picture in "
            f"{'real numbers' if most == 1 else 'integers'} go from 0 to {most:g}",
            hint="Scale it, or save it as an array",
        )
    scaled = Image.fromarray((values / most).astype(np.float32))
    if scaled.size != (width, height):
        scaled = ImageOps.fit(scaled, (width, height))
    pixels = np.clip(np.array(scaled, np.float32), 0, 1)  # scaling a picture may overshoot
    pixels = np.repeat(pixels[:, :, None], channels, axis=2)
    pixels.flags.writeable = False
    return pixels
