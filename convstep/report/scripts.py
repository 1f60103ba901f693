"""The files of scripts: found, read, and kept below their own folder."""

from __future__ import annotations

import os
from typing import NamedTuple

from convstep.debugger import Frame
from convstep.debugger.script import LARGEST, About, about, decode
from convstep.errors import ConvstepError, VerbError, nearest
from convstep.report.explain import code_lines, sentence, sum_text, window_title
from convstep.report.files import writing
from convstep.report.text import position
from convstep.spec.files import STANDARD_INPUT, read_bytes
from convstep.spec.samples import bundled, folder

ENDING = ".steps"
PICTURES = (".txt",)
"""The kinds of files that `shot` can write."""
ORDER = ("first-conv", "dense-rows", "max-pool", "same-stride", "what-a-filter-sees", "conv-forward")
"""The order of the bundled lessons."""
ENGLISH = "en"


class Lesson(NamedTuple):
    """A bundled lesson.

    Attributes:
        name: Its name: that of its file, without the ending.
        path: The file.
        about: What it says about itself.
    """

    name: str
    path: str
    about: About


class Folder(NamedTuple):
    """The folder that a script may read and write below.

    Attributes:
        path: The folder.
        open: Whether it may read and write anywhere.
    """

    path: str
    open: bool = False

    def inside(self, path: str, beside: str = "") -> str:
        """Return the path of a file.

        Args:
            path: The file, as a script names it.
            beside: The folder that it is relative to; by default the script's.

        Raises:
            VerbError: It is outside the folder, or no file.
        """
        found = os.path.normpath(os.path.join(beside or self.path, os.path.expanduser(path) if self.open else path))
        root, real = os.path.realpath(self.path), os.path.realpath(found)
        if not self.open and os.path.commonpath([root, real]) != root:
            raise VerbError(f"'{path}' is outside the script's folder", hint="--allow-outside permits it")
        if not self.open and os.path.exists(real) and not os.path.isfile(real):  # a pipe might block
            raise VerbError(f"'{path}' is no file")
        return found

    def spec(self, name: str) -> str:
        """Return a bundled spec's name as it is, or the path of a spec below the folder."""
        return name if name in bundled() else self.inside(name)

    def include(self, path: str, script: str) -> tuple[str, str]:
        """Return the name and the text of a script that another one includes.

        Args:
            path: It, as the other one names it.
            script: The other one's name.

        Raises:
            ConvstepError: It can't be read, or is outside the folder.
        """
        name = self.inside(path, os.path.dirname(script))
        return name, read_script(name)

    def shoot(self, frame: Frame, path: str) -> str:
        """Write a frame to a file, by its ending; return a message.

        Raises:
            ConvstepError: Files of that kind can't be written, or it is outside the folder.
        """
        ending = os.path.splitext(path)[1].lower()
        if ending not in PICTURES:
            raise VerbError(f"can't write '{path}'", where="shot", hint=f"Files can end in {', '.join(PICTURES)}")
        with writing(self.inside(path)) as file:
            file.write("".join(f"{line}\n" for line in frame_lines(frame)).encode())
        return f"written to {path}"


def frame_lines(frame: Frame) -> list[str]:
    """Return a frame as lines of text: the place, what the window covers, the sum, the sentences and the code."""
    lines = [frame.title, position(frame)]
    if title := window_title(frame):
        lines.append(title)
    lines += [sum_text(frame), sentence(frame), ""]
    for each in code_lines(frame):
        text = f"{'▸' if each.current else ' '} {each.code}"
        lines.append(f"{text}  # {each.value}" if each.value else text.rstrip())
    return lines


def read_script(path: str) -> str:
    """Return the text of a script; "-" is standard input.

    Raises:
        ConvstepError: It can't be read, is no text, or too large.
    """
    try:
        return decode(read_bytes(path, LARGEST + 1))
    except ConvstepError as error:
        error.where = name_of(path)
        raise


def name_of(path: str) -> str:
    """Return a script's name in messages."""
    return "standard input" if path in STANDARD_INPUT else os.path.normpath(path)


def folder_of(path: str) -> str:
    """Return the folder of a script; the current one for a script from standard input."""
    return os.path.dirname(path) or os.curdir if path not in STANDARD_INPUT else os.curdir


def lessons() -> list[Lesson]:
    """Return the bundled lessons in order, each in all its languages."""
    found = [
        Lesson(path.stem, str(path), about(path.read_text(encoding="utf-8")))
        for path in folder().joinpath("lessons").glob(f"*{ENDING}")
    ]

    def order(lesson: Lesson) -> tuple[int, str]:
        base = lesson.name.partition(".")[0]
        return ORDER.index(base) if base in ORDER else len(ORDER), lesson.name

    return sorted(found, key=order)


def scripts(names: list[str]) -> list[str]:
    """Return the paths of scripts: of files, of all below folders, and of bundled lessons by their names.

    Raises:
        ConvstepError: A folder has none.
    """
    found: list[str] = []
    known = {lesson.name: lesson.path for lesson in lessons()} if not all(map(os.path.lexists, names)) else {}
    for name in names:
        if os.path.isdir(name):
            below = sorted(
                os.path.join(folder, file)
                for folder, _, files in os.walk(name)
                for file in files
                if file.endswith(ENDING) and os.path.isfile(os.path.join(folder, file))
            )
            if not below:
                raise ConvstepError(f"the folder has no scripts, files that end in {ENDING}", where=name)
            found += below
        elif name in known and not os.path.lexists(name):
            found.append(known[name])
        elif not os.path.lexists(name) and name not in STANDARD_INPUT and (near := nearest(name, known)):
            raise ConvstepError("no such file, and no lesson of that name", where=name, hint=near)
        else:
            found.append(name)
    return found
