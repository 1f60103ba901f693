"""Blocks, box drawings and braille by geometry: they meet at the borders of their cells."""

from __future__ import annotations

import re
from unicodedata import name

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Coverage = NDArray[np.float64]
"""`(height, width)`: how much of each pixel is covered, from 0 to 1."""
FINE = 8
"""What is no rectangle is drawn so many times as large, and made smaller."""
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
QUADRANTS = ("SW", "SE", "NW", "NW SW SE", "NW SE", "NW NE SW", "NW NE SE", "NE", "NE SW", "NE SW SE")
"""The quarters that ▖ to ▟ cover."""
DASHES = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
WEIGHTS = {"LIGHT": 1, "HEAVY": 2}
ARMS = {"UP": "U", "DOWN": "D", "LEFT": "L", "RIGHT": "R", "HORIZONTAL": "LR", "VERTICAL": "UD"}
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each of a braille character's dots, from its lowest bit on."""


def coverage(character: str, width: int, height: int) -> Coverage | None:
    """Return what a character covers of its cell; None if a font has to draw it.

    Args:
        character: The character.
        width: The cell's width in pixels.
        height: The cell's height in pixels.
    """
    if len(character) > 1:
        return None
    if "▀" <= character <= "▟":
        return _block(character, width, height)
    if "─" <= character <= "╿" and not "═" <= character <= "╬":
        return _lines(name(character).removeprefix("BOX DRAWINGS "), width, height)
    if "\u2800" <= character <= "\u28ff":
        return _braille(ord(character) - 0x2800, width, height)
    return None


def _block(character: str, width: int, height: int) -> Coverage:
    code = ord(character)

    def part(left: float, top: float, right: float, bottom: float) -> Coverage:
        return np.outer(_span(top * height, bottom * height, height), _span(left * width, right * width, width))

    if character in SHADES:
        return np.full((height, width), SHADES[character])
    if 0x2581 <= code <= 0x2588:
        return part(0, 1 - (code - 0x2580) / 8, 1, 1)
    if 0x2589 <= code <= 0x258F:
        return part(0, 0, (0x2590 - code) / 8, 1)
    if code >= 0x2596:
        corners = [(each[1] == "E", each[0] == "S") for each in QUADRANTS[code - 0x2596].split()]
        quarters = [part(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2) for x, y in corners]
        return np.asarray(np.sum(quarters, axis=0), np.float64)
    return part(*{"▀": (0, 0, 1, 0.5), "▐": (0.5, 0, 1, 1), "▔": (0, 0, 1, 1 / 8), "▕": (7 / 8, 0, 1, 1)}[character])


def _span(start: float, stop: float, length: int) -> Coverage:
    """Return how much of each of `length` pixels lies between two points."""
    pixels = np.arange(length)
    return np.asarray(np.clip(np.minimum(stop, pixels + 1) - np.maximum(start, pixels), 0, 1), np.float64)


def _lines(said: str, width: int, height: int) -> Coverage:
    """Return a box drawing by what its name says, such as "DOWN LIGHT AND RIGHT HEAVY"."""
    thin = max(1, round(width / 9))
    if "DIAGONAL" in said or "ARC" in said:
        return _curve(said, width, height, thin)
    dashes = 1
    if match := re.search(r"(\w+) DASH", said):
        dashes = DASHES[match[1]]
        said = said.replace(match[0], "")
    default = next(weight for word, weight in WEIGHTS.items() if word in said.split())
    arms: dict[str, int] = {}
    for part in said.split(" AND "):
        words = part.split()
        weight = next((WEIGHTS[word] for word in words if word in WEIGHTS), default)
        arms |= {arm: weight * thin for word in words for arm in ARMS.get(word, "")}
    result = np.zeros((height, width))
    for arm, thickness in arms.items():
        across, along = (width, height) if arm in "UD" else (height, width)
        first = (across - thickness) // 2
        middle = (along - max(arms.values())) // 2
        span = (0, middle + max(arms.values())) if arm in "UL" else (middle, along)
        bar = np.zeros((along, across))
        bar[span[0] : span[1], first : first + thickness] = 1
        result = np.maximum(result, bar if arm in "UD" else bar.T)
    if dashes > 1:
        along = width if "L" in arms else height
        gaps = np.arange(along) * dashes % along >= along * 0.65
        result[(slice(None), gaps) if "L" in arms else gaps] = 0
    return result


def _curve(said: str, width: int, height: int, thin: int) -> Coverage:
    image = Image.new("L", (width * FINE, height * FINE))
    draw = ImageDraw.Draw(image)
    w, h, pen = width * FINE, height * FINE, thin * FINE
    if "DIAGONAL" in said:
        if "UPPER RIGHT" in said or "CROSS" in said:
            draw.line((-w, 2 * h, 2 * w, -h), 255, pen)
        if "UPPER LEFT" in said or "CROSS" in said:
            draw.line((-w, -h, 2 * w, 2 * h), 255, pen)
    else:
        x, y = (((length - thin) // 2 + thin / 2) * FINE for length in (width, height))
        radius = min(x, w - x) - pen
        right, down = "RIGHT" in said, "DOWN" in said
        centre = x + radius * (1 if right else -1), y + radius * (1 if down else -1)
        reach = radius + pen / 2
        box = (centre[0] - reach, centre[1] - reach, centre[0] + reach - 1, centre[1] + reach - 1)
        start = {(True, True): 180, (False, True): 270, (False, False): 0, (True, False): 90}[right, down]
        draw.arc(box, start, start + 90, 255, pen)
        near, far = (x - pen / 2, y - pen / 2), (x + pen / 2 - 1, y + pen / 2 - 1)
        draw.rectangle((near[0], centre[1], far[0], h) if down else (near[0], 0, far[0], centre[1]), 255)
        draw.rectangle((centre[0], near[1], w, far[1]) if right else (0, near[1], centre[0], far[1]), 255)
    return _reduced(image)


def _braille(bits: int, width: int, height: int) -> Coverage:
    image = Image.new("L", (width * FINE, height * FINE))
    draw = ImageDraw.Draw(image)
    radius = width * FINE / 7
    for bit, (column, row) in enumerate(DOTS):
        if bits >> bit & 1:
            x, y = (column + 0.5) * width * FINE / 2, (row + 0.5) * height * FINE / 4
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return _reduced(image)


def _reduced(image: Image.Image) -> Coverage:
    return np.asarray(image.reduce(FINE), np.float64) / 255
