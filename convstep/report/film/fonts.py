"""Fonts for pictures: an embedded one, and for what it lacks, such as Chinese, one that the system has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from convstep.report.film.blocks import Coverage

NAMES = {False: "DejaVuSansMono.ttf", True: "DejaVuSansMono-Bold.ttf"}
"""The embedded fonts: regular and bold."""
ADVANCE, ASCENT, DESCENT = 0.602, 0.928, 0.236
"""How wide a character of theirs is, and how far it reaches above and below the line, in sizes of the font."""
WIDE = (
    *("NotoSansMonoCJK-VF.otf.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJK-VF.otf.ttc", "NotoSansCJKsc-Regular.otf"),
    *("NotoSansSC-Regular.otf", "NotoSansSC-VF.ttf", "SourceHanSans.ttc", "SourceHanSansSC-Regular.otf"),
    *("wqy-zenhei.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "Arial Unicode.ttf", "unifont.otf", "unifont.ttf"),
)
"""Fonts with Chinese characters, the better ones first."""
FOLDERS = (
    *("~/.local/share/fonts", "~/.fonts", "/usr/local/share/fonts", "/usr/share/fonts"),
    *("/usr/share/fonts-droid-fallback", "~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"),
)
ABSENT = "\uffff"
"""A character that no font has."""


@cache
def wide_font() -> str | None:
    """Return the file of a font with Chinese characters; None if the system has none that is known."""
    found = dict(reversed([(os.path.basename(path), path) for path in _files()]))
    return next((found[each] for each in WIDE if each in found), None)


def _files() -> Iterator[str]:
    for top in FOLDERS:
        for folder, below, names in os.walk(os.path.expanduser(top)):
            below.sort()
            yield from (os.path.join(folder, each) for each in sorted(names))


@cache
def _embedded(bold: bool, size: float) -> ImageFont.FreeTypeFont:
    data = (files("convstep.report.film") / "data" / NAMES[bold]).read_bytes()
    return ImageFont.truetype(BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _wide(size: float) -> ImageFont.FreeTypeFont | None:
    path = wide_font()
    return None if path is None else ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def letter(text: str, bold: bool, width: int, height: int) -> Coverage:
    """Return what a character covers of its cells, drawn by a font; an empty box if none has it.

    Args:
        text: The character, with the marks that combine with it.
        bold: Whether it is bold.
        width: The width of its cells in pixels.
        height: Their height in pixels.
    """
    cell = height / 2
    size = min(cell / ADVANCE, height / (ASCENT + DESCENT))
    fonts = (_embedded(bold, size), _wide(height * 0.86))
    font = next((each for each in fonts if each is not None and _has(each, text[0])), None)
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    if font is None:
        inset = height // 9
        draw.rectangle((inset, inset, width - 1 - inset, height - 1 - inset), outline=255)
    elif font is fonts[0]:
        base = round((height - (ASCENT + DESCENT) * size) / 2 + ASCENT * size)
        draw.text((0, base), text, 255, font, "ls")
    else:
        draw.text((width / 2, height / 2), text, 255, font, "mm")
        if bold:
            draw.text((width / 2 + height / 36, height / 2), text, 255, font, "mm")
    return np.asarray(image, np.float64) / 255


@cache
def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    return character.isspace() or bytes(font.getmask(character)) != bytes(font.getmask(ABSENT))


def lacks(text: str) -> bool:
    """Return whether no font is there for a character, so that a picture shows an empty box for it."""
    font = _embedded(False, 16)
    wide = _wide(16)
    return not _has(font, text[0]) and (wide is None or not _has(wide, text[0]))
