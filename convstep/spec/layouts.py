"""How files order the axes of weights: OIHW, HWIO, (out, in), each named by its letters."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.layers import Shape

WORDS = {"H": "h", "W": "w", "I": "in", "O": "out", "M": "multiplier"}
"""What the letters stand for."""

SPELLINGS = {"height": "H", "width": "W", "filters": "O", "units": "O", "channels": "I", "inputs": "I", "outputs": "O"}

ANY = 0
"""Stands in a needed shape for a length that is not known beforehand."""

PYTORCHS = {"HWIO": "OIHW", "HIO": "OIH", "HWOI": "IOHW", "HOI": "IOH", "HWIM": "OIHW", "IO": "OI"}
"""The layout that PyTorch has, by ours."""


class Layout(NamedTuple):
    """How a file orders axes.

    Attributes:
        own: Our letters for the axes, in our order.
        letters: The file's.
    """

    own: str
    letters: str

    @property
    def spelled(self) -> str:
        """The layout in words: (out, in, h, w)."""
        return f"({', '.join(WORDS[letter] for letter in self.letters)})"

    @property
    def _ordered(self) -> str:
        """The file's letters in our order."""
        order = "HWIM" if "M" in self.letters else self.own if set(self.letters) == set(self.own) else "HWIO"
        return "".join(letter for letter in order if letter in self.letters)

    def shape(self, needed: Shape) -> Shape:
        """Return the shape that weights of shape `needed` have in the file."""
        sizes = dict(zip(self.own, needed, strict=True))
        if "M" in sizes and "M" not in self.letters:
            sizes |= {"O": sizes["I"] * sizes["M"], "I": 1}
        return tuple(sizes.get(letter, ANY) for letter in self.letters)

    def fits(self, stored: Shape, needed: Shape) -> bool:
        """Return whether an array of shape `stored` in the file has the weights of shape `needed`."""
        if len(stored) != len(self.letters) or 0 in stored:
            return False
        turned = tuple(stored[self.letters.index(letter)] for letter in self._ordered)
        if self._ordered == self.own:
            return all(want in (ANY, size) for want, size in zip(needed, turned, strict=True))
        if turned[:2] != needed[:2]:
            return False
        if self.own == "HWIM":  # one filter for each channel that comes out
            return turned[2] == 1 and needed[2] * needed[3] in (0, turned[3])
        return needed[2] == 1 and turned[2] * turned[3] == needed[3]  # a depthwise layer's, for one group a channel

    def turned(self, array: Array, needed: Shape) -> Array:
        """Return an array of the file, which fits, in our order."""
        turned = np.transpose(array, [self.letters.index(letter) for letter in self._ordered])
        return turned if ANY in needed else turned.reshape(needed)


def layout_of(text: str, own: str) -> Layout | None:
    """Return the layout that a text names, as letters or in words; None if it is none of weights with axes `own`."""
    words = re.findall(r"[A-Za-z]+", text)
    named = {**{word: letter for letter, word in WORDS.items()}, **SPELLINGS}
    letters = words[0].upper() if len(words) == 1 else "".join(named.get(word.lower(), "?") for word in words)
    known = [own, *(["HWIO"] if own == "HWIM" else ["HWIM"] if own == "HWIO" else [])]
    return Layout(own, letters) if any(sorted(letters) == sorted(each) for each in known) else None


def advice(stored: Shape, needed: Shape, own: str) -> str:
    """Return which layout would make an array of shape `stored` fit; "" if none that people have does."""
    pytorchs = Layout(own, PYTORCHS.get(own, own))
    if pytorchs.letters != own and pytorchs.fits(stored, needed):
        return f"These look like PyTorch's {pytorchs.spelled}: add layout: {pytorchs.letters}"
    depthwise = Layout(own, "HWIM")
    if own == "HWIO" and depthwise.fits(stored, needed):
        return f"These look like a depthwise layer's {depthwise.spelled}: add layout: HWIM, or take depthwise_conv"
    return ""
