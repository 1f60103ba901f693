"""Names of layers, from those that a model file gives its parts."""

from __future__ import annotations

import re

from convstep.layers import Layer

LONGEST = 40
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PARAMETER = re.compile(r"(.+?)[./_](weight|weights|kernel|gamma|w|W)(:0)?")


class Namer:
    """Gives each layer a name of its own: that of its part in the file, or its kind with a number."""

    def __init__(self) -> None:
        self._taken = {"input"}
        self._counts: dict[str, int] = {}

    def name(self, kind: type[Layer], *suggested: str) -> str:
        """Return a name for a layer of a kind; the first of the suggested ones that can be one, if any."""
        for text in (re.sub(r"[./\-]", "_", each) for each in suggested):
            if text and len(text) <= LONGEST and _NAME.fullmatch(text) and text not in self._taken:
                return self._free(text, text)
        stem = kind.stem or kind.kind
        number = self._counts[stem] = self._counts.get(stem, 0) + 1
        return self._free(stem if kind.unnumbered and number == 1 else f"{stem}{number}", stem)

    def _free(self, name: str, stem: str) -> str:
        number = 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name)
        return name


def of_parameter(name: str) -> str:
    """Return the name of the part that a parameter belongs to: features.0 for features.0.weight; "" for none."""
    found = _PARAMETER.fullmatch(name)
    return found.group(1).rpartition("/")[2] if found else ""


def of_node(name: str) -> str:
    """Return the name of the part that a node belongs to: relu1 for /relu1/Relu; "" for none."""
    return name.strip("/").rpartition("/")[0].rpartition("/")[2]
