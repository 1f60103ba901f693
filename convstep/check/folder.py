"""Checking all files of a folder, several at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from convstep.check.checking import Report, check_file
from convstep.errors import ConvstepError


@dataclass(frozen=True)
class Handed:
    """A file of a folder.

    Attributes:
        file: Its path in the folder.
        report: What is to be said about it; None if it can't be checked.
        refused: Why it can't be checked; "" if it can.
    """

    file: str
    report: Report | None
    refused: str = ""


def check_folder(folder: Path, function: str = "", jobs: int = 1) -> Iterator[Handed]:
    """Yield what is to be said about each `.py` file and notebook of a folder, in the order of their names.

    Args:
        folder: The folder; folders in it are searched, too.
        function: The only function to check; "" for every one that is known.
        jobs: How many files are checked at a time.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".py", ".ipynb") and path.is_file())
    one = partial(_handed, folder, function)
    if jobs == 1:
        yield from map(one, paths)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, paths, chunksize=4)


def _handed(folder: Path, function: str, path: Path) -> Handed:
    name = str(path.relative_to(folder))
    try:
        return Handed(name, check_file(path, function))
    except ConvstepError as error:
        return Handed(name, None, error.what)
