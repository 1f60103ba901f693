"""Which lessons were done, kept from one run to the next."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from convstep.errors import ConvstepError
from convstep.folders import state_folder
from convstep.report.files import writing
from convstep.report.scripts import ENGLISH, Lesson
from convstep.report.text import table

LARGEST = 1_000_000
"""The most bytes of the file that are read."""
MOST = 1000
"""The most lessons that are kept."""
DONE, OPEN = "✓", " "


def done() -> set[str]:
    """Return the names of the lessons that were done; none if the file can't be read."""
    try:
        if not os.path.isfile(_file()):  # reading a pipe might block
            return set()
        import json

        with open(_file(), "rb") as file:
            data: Any = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return set()
    return {name for name in data if isinstance(name, str)} if isinstance(data, list) else set()


def finish(name: str) -> None:
    """Keep that a lesson was done, if the file can be written."""
    import json

    file, names = _file(), done()
    if name in names or not os.path.isabs(file) or (os.path.exists(file) and not os.path.isfile(file)):
        return
    with suppress(ConvstepError, OSError):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        with writing(file) as out:
            out.write(json.dumps(sorted({*names, name})[-MOST:], indent=1).encode())


def lesson_lines(lessons: Sequence[Lesson], finished: Collection[str]) -> list[str]:
    """Return the list of lessons, with a mark at those that were done, and what to type for the next one.

    Args:
        lessons: The lessons, in order.
        finished: The names of those that were done.
    """
    rows = []
    for lesson in lessons:
        if lesson.about.language == ENGLISH:
            others = [
                each.about.language
                for each in lessons
                if each.about.language != ENGLISH and each.name.startswith(f"{lesson.name}.")
            ]
            also = f"also {', '.join(others)}" if others else ""
            rows.append([DONE if is_done(lesson.name, finished) else OPEN, lesson.name, lesson.about.title, also])
    following = next((row[1] for row in rows if row[0] == OPEN), rows[0][1])
    return [*table(rows), "", f"convstep learn {following}"]


def titled_lessons(lessons: Sequence[Lesson], finished: Collection[str]) -> list[tuple[str, str]]:
    """Return the names of the lessons in all languages, and a line for each, with a mark at those that were done."""
    return [
        (lesson.name, f"{DONE if lesson.name in finished else OPEN} lesson: {lesson.about.title}") for lesson in lessons
    ]


def is_done(name: str, finished: Collection[str]) -> bool:
    """Return whether a lesson was done, in any language."""
    return any(each == name or each.startswith(f"{name}.") for each in finished)


def _file() -> str:
    return os.path.join(state_folder(), "lessons.json")
