"""What only a notebook understands: `%magics`, `!commands` and questions, taken out of its code."""

from __future__ import annotations

import re

_MAGIC = re.compile(r"^(\s*)(?:[%!?]|(?:[\w.]+\?{1,2}\s*$))")
_ASSIGNED = re.compile(r"^(\s*[\w., ]+=\s*)[%!].*$")
_PYTHON_CELLS = ("time", "timeit", "capture", "prun")


def without_magics(text: str) -> str:
    """Return code in which magic lines do nothing; all lines stay where they are.

    A cell that starts with `%%` and another language than Python is taken out whole.
    """
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%") and lines[first][2:].split(" ")[0].strip() not in _PYTHON_CELLS:
        return "\n" * (len(lines) - 1)
    return "\n".join(map(_plain, lines))


def _plain(line: str) -> str:
    if match := _MAGIC.match(line):
        return f"{match[1]}pass" if match[1] else ""
    if match := _ASSIGNED.match(line):
        return f"{match[1]}None"
    return line
