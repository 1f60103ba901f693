"""A spec's text and data, with the changes for one run, and errors that name a place in it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as File
from typing import Any

from convstep.errors import SpecError
from convstep.printable import excerpt
from convstep.spec import yaml
from convstep.spec.content import HEAD, MAGIC_GZIP, MAGIC_NPY, MAGIC_ZIP, is_idx, is_picture, model_in
from convstep.spec.files import STANDARD_INPUT, read_bytes
from convstep.spec.mistake import LocatedError, word
from convstep.spec.yaml import Path, Place, YamlError

LARGEST = 1_000_000
"""The most bytes of a spec."""

MOST_NAMED = 12
"""The most files of a folder that a message names."""


class Document:
    """A spec.

    Args:
        name: The file's name in messages.
        text: The file's text.
        folder: The folder of the files that it names.

    Attributes:
        data: The spec's data, with changes applied.
        bundled: Whether it came with convstep, so that mistakes come from changes.
        notify: Called with notes for the user.
        changes: The option and the target's name, for the path of every value changed for this run.

    Raises:
        LocatedError: The text is no YAML.
    """

    def __init__(self, name: str, text: str, folder: File) -> None:
        self.name = name
        self.text = text
        self.folder = folder
        self.changes: dict[Path, tuple[str, str]] = {}
        self.bundled = False
        self.notify: Callable[[str], None] = lambda note: None
        try:
            self.data = yaml.parse(text)
        except YamlError as error:
            raise self._mistake_at(error.place, "", error.what, error.hint) from None

    def at(self, path: Path) -> Any:
        """Return the value at `path`, which must be there."""
        value = self.data
        for step in path:
            value = value[step]
        return value

    def mistake(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> LocatedError:
        """Return the error that says what is wrong at `path`.

        Args:
            path: The place.
            what: What is wrong.
            hint: What to do about it.
            key: Whether the key is wrong, not its value.
        """
        change = self._change(path) or (self._last_change(path) if self.bundled else "")
        if change:
            return LocatedError(what, where=change, hint=hint)
        try:
            place = yaml.locate(self.text, path, key)
        except YamlError:  # JSON that is no YAML, such as one with very long keys
            place = None
        return self._mistake_at(place, path_text(path), what, hint)

    @contextmanager
    def adding_place(self, path: Path) -> Iterator[None]:
        """Add the place at `path` to errors from inside that have none."""
        try:
            yield
        except LocatedError:
            raise
        except SpecError as error:
            raise self.mistake(path, error.what, error.hint) from None

    def file(self, path: Path) -> File:
        """Return the file named at `path`: in the spec's folder, or, for a change, in the current folder."""
        return self.folder_of(path) / str(self.at(path))

    def folder_of(self, path: Path) -> File:
        """Return the folder of a file named at `path`."""
        return File() if self._change(path) else self.folder

    def _change(self, path: Path) -> str:
        for length in range(len(path), 0, -1):
            if path[:length] in self.changes:
                flag, target = self.changes[path[:length]]
                return f"{flag}: {target}{_joined(path[length:])}"
        return ""

    def _last_change(self, path: Path) -> str:
        """Return the place of the last change to the same layer, or else to another: it caused the mistake."""
        changed = sorted(self.changes, key=lambda each: each[:2] == path[:2])
        return f"{self.changes[changed[-1]][0]}: {self.name}: {path_text(path)}" if changed else ""

    def _mistake_at(self, place: Place | None, path: str, what: str, hint: str) -> LocatedError:
        if place is None:
            return LocatedError(what, where=f"{self.name}: {path}" if path else self.name, hint=hint)
        start = self.text.rfind("\n", 0, place.start) + 1
        column = place.start - start
        line = self.text[start:].partition("\n")[0]
        where = f"{self.name}:{self.text.count(chr(10), 0, start) + 1}:{column + 1}"
        shown = excerpt(line, column, place.width)
        return LocatedError(what, where=f"{where}: {path}" if path else where, hint=hint, excerpt=shown)


def read(path: str | os.PathLike[str], name: str) -> Document:
    """Return the spec in a file, or on standard input.

    Raises:
        LocatedError: It can't be read, is empty, too large, or no YAML.
    """
    if os.path.isdir(path):
        raise LocatedError("is a folder, not a spec", where=name, hint=_specs_in(File(path)))
    try:
        content = read_bytes(path, LARGEST + 1)
    except SpecError as error:
        raise LocatedError(error.what, where=name, hint=error.hint) from None
    if other := _non_spec(content, name):
        raise LocatedError(other[0], where=name, hint=other[1])
    if len(content) > LARGEST:
        raise LocatedError("is over 1 MB, too large for a spec", where=name, hint="Keep weights in an .npz file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise LocatedError("is no text in UTF-8", where=name, hint="A spec is a YAML file")
    if not text.strip():
        raise LocatedError("is empty", where=name, hint="'convstep samples' lists specs to start from")
    folder = File() if os.fspath(path) in STANDARD_INPUT else File(path).parent
    return Document(name, text.replace("\r\n", "\n").replace("\r", "\n"), folder)


def _specs_in(folder: File) -> str:
    """Return a hint that names the specs in a folder."""
    names = sorted(each.name for each in folder.iterdir() if each.suffix in (".yaml", ".yml", ".json"))
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"In it are {', '.join(names[:MOST_NAMED])}{more}" if names else "It has no .yaml files"


def _non_spec(content: bytes, name: str) -> tuple[str, str] | None:
    """Return what a file is that is no spec, and a hint what to do with it; None for what may be a spec."""
    head = content[:HEAD]
    if model := model_in(io.BytesIO(content)):
        return f"is {model.what}, not a spec", "Give it by its file's name" if model.form else model.hint
    if is_picture(head):
        return "is a picture, not a spec", f"Show it to a net: convstep photo --set input.image={name}"
    if head.startswith((MAGIC_NPY, MAGIC_ZIP, MAGIC_GZIP)) or is_idx(head):
        return "is an array, not a spec", f"Give it to a net as its input: convstep forward SPEC --input {name}"
    return None


def path_text(path: Path) -> str:
    """Return a path as messages show it: `layers[0].stride`; a layer's kind is left out."""
    if path[:1] == ("layers",) and len(path) > 2:
        path = (*path[:2], *path[3:])
    return _joined(path).removeprefix(".")


def _joined(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{word(step)}" for step in path)
