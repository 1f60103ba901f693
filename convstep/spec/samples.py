"""The specs that come with convstep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from convstep.errors import SpecError, nearest
from convstep.spec.document import read

ORDER = (
    *("photo", "digits", "course", "tiny", "residual", "conv_forward"),
    *("lenet5", "lenet32", "mnist", "conv1d", "wide"),
)
"""The order in which they are listed, the best to start with first."""


def folder() -> Path:
    """Return the folder of the bundled specs: in an installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "sample_specs"
    return installed if installed.is_dir() else package.parent / "sample_specs"


def bundled() -> dict[str, Path]:
    """Return the files of all bundled specs by name, in order."""
    found = {path.stem: path for path in sorted(folder().glob("*.yaml"))}
    return {name: found[name] for name in (*ORDER, *found) if name in found}


def samples() -> list[tuple[str, str, Path]]:
    """Return (name, title, file) of every bundled spec, in order."""
    return [(name, str(read(path, name).data["title"]), path) for name, path in bundled().items()]


def copy_sample(name: str, target: str | os.PathLike[str]) -> list[Path]:
    """Copy a bundled spec, and every file that it names, to a folder.

    Args:
        name: The spec.
        target: The folder; it is created if it doesn't exist.

    Returns:
        The files written.

    Raises:
        SpecError: There is no such spec, or a file of that name exists; then nothing is written.
    """
    known = bundled()
    if name not in known:
        raise SpecError(
            f"there is no bundled spec '{name}'", hint=nearest(name, known) or f"There are {', '.join(known)}"
        )
    files = files_of(known[name])
    if Path(target).exists() and not Path(target).is_dir():
        raise SpecError("is no folder", where=os.fspath(target))
    written: list[Path] = []
    try:
        Path(target).mkdir(parents=True, exist_ok=True)
        for file in files:
            copy = Path(target) / file.name
            with copy.open("xb") as out:
                written.append(copy)
                out.write(file.read_bytes())
    except OSError as error:
        for copy in written:
            copy.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise SpecError("is there already", where=str(error.filename), hint="Nothing was written") from None
        raise SpecError(f"can't be written ({error.strerror})", where=str(error.filename or target)) from None
    return written


def files_of(spec: Path) -> list[Path]:
    """Return the file of a spec, and those that it names; for `x.npz:KEY`, the file x.npz.

    Raises:
        SpecError: The spec can't be read.
    """
    named = (spec.parent / file for file in _named(read(spec, str(spec)).data))
    return [spec, *dict.fromkeys(_without_part(file) for file in named)]


def _without_part(file: Path) -> Path:
    name, colon, _ = file.name.rpartition(":")
    return file.with_name(name) if colon and name and not file.exists() else file


def _named(data: Any) -> Iterator[str]:
    """Yield the names of all files in a spec's data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if key in ("file", "image", "array") and isinstance(value, str):
            yield value
        yield from _named(value)
