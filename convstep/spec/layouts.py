"""The orders of weights' axes in files, named by letters: OIHW, HWIO, OI."""

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
"""A size in a needed shape that is not known beforehand."""

PYTORCH_LAYOUTS = {"HWIO": "OIHW", "HIO": "OIH", "HWOI": "IOHW", "HOI": "IOH", "HWIM": "OIHW", "IO": "OI"}
"""PyTorch's layouts, by ours."""


class Layout(NamedTuple):
    """The order of axes in a file.

    Attributes:
        own: Letters of the axes in our order.
        letters: Letters of the axes in the file's order.
    """

    own: str
    letters: str

    @property
    def in_words(self) -> str:
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
        """Return whether an array of shape `stored` in the file can be turned into weights of shape `needed`."""
        if len(stored) != len(self.letters) or 0 in stored:
            return False
        turned = tuple(stored[self.letters.index(letter)] for letter in self._ordered)
        if self._ordered == self.own:
            return all(want in (ANY, size) for want, size in zip(needed, turned, strict=True))
        if turned[:2] != needed[:2]:
            return False
        if self.own == "HWIM":  # from one filter for each output channel
            return turned[2] == 1 and needed[2] * needed[3] in (0, turned[3])
        return needed[2] == 1 and turned[2] * turned[3] == needed[3]  # from a depthwise layer, one group per channel

    def turned(self, array: Array, needed: Shape) -> Array:
        """Return an array of the file, which must fit, in our order of axes."""
        turned = np.transpose(array, [self.letters.index(letter) for letter in self._ordered])
        return turned if ANY in needed else turned.reshape(needed)


def layout_of(text: str, own: str) -> Layout | None:
    """Return the layout that a text names by letters or in words; None if it is no layout of the axes `own`."""
    words = re.findall(r"[A-Za-z]+", text)
    named = {**{word: letter for letter, word in WORDS.items()}, **SPELLINGS}
    letters = words[0].upper() if len(words) == 1 else "".join(named.get(word.lower(), "?") for word in words)
    known = [own, *(["HWIO"] if own == "HWIM" else ["HWIM"] if own == "HWIO" else [])]
    return Layout(own, letters) if any(sorted(letters) == sorted(each) for each in known) else None


def advice(stored: Shape, needed: Shape, own: str) -> str:
    """Return a hint which layout an array of shape `stored` may have; "" if no common one fits."""
    pytorch = Layout(own, PYTORCH_LAYOUTS.get(own, own))
    if pytorch.letters != own and pytorch.fits(stored, needed):
        return f"These look like PyTorch's {pytorch.in_words}: add layout: {pytorch.letters}"
    depthwise = Layout(own, "HWIM")
    if own == "HWIO" and depthwise.fits(stored, needed):
        return f"These look like a depthwise layer's {depthwise.in_words}: add layout: HWIM, or take depthwise_conv"
    return ""
