"""Notebooks: their code cells as one text."""

from __future__ import annotations

import ast
import json
from typing import Any

from convstep.check.reading.magics import without_magics
from convstep.check.submission import Cell, SubmissionError


def code_of(text: str, name: str) -> tuple[str, tuple[Cell, ...]]:
    """Return a notebook's code, and where each code cell is in it.

    Magics do nothing, and cells that are no Python become empty lines, unless they define a function.

    Raises:
        SubmissionError: It is no notebook.
    """
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SubmissionError(
            f"not a notebook: its JSON is broken at {where} ({error.msg})",
            where=name,
            hint="Save it again, or export it as .py",
        ) from error
    except RecursionError:
        raise SubmissionError("not a notebook: nested too deep", where=name) from None
    lines: list[str] = []
    cells = []
    for number, source in enumerate(_sources(notebook, name), 1):
        code = source if _parses(source) else without_magics(source)
        if not _parses(code) and "def " not in code:
            code = "\n" * code.count("\n")
        start = len(lines) + 1
        lines += code.split("\n")
        cells.append(Cell(number, start, len(lines) + 1))
    return "\n".join(lines), tuple(cells)


def _sources(notebook: Any, name: str) -> list[str]:
    if not isinstance(notebook, dict):
        raise SubmissionError("not a notebook: it has no cells", where=name)
    found = notebook.get("cells")
    if found is None:  # the third version of the format
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        found = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]
    if not isinstance(found, list) or ("cells" not in notebook and "worksheets" not in notebook):
        raise SubmissionError("not a notebook: it has no cells", where=name)
    cells = [cell for cell in found if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [_joined(cell.get("source", cell.get("input", ""))) for cell in cells]


def _joined(source: Any) -> str:
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
