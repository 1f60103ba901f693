"""What is to be said about a folder of learners' files: a line each, and which mistakes a class makes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from convstep.check.folder import Handed
from convstep.check.mutations.kinds import KINDS
from convstep.report.check import check_data, passed


def line(handed: Handed) -> str:
    """Return one line about a file."""
    if handed.report is None:
        return f"{handed.file}: {handed.refused}"
    said = []
    for checked in handed.report.functions:
        verdict = checked.verdict
        named = " or ".join(" + ".join(each.kind for each in one) for one in verdict.mistakes)
        if verdict.verdict in ("right", "outdated", "convention", "not_written"):
            named = ""
        said.append(f"{verdict.function} {verdict.verdict.replace('_', ' ')}{f' ({named})' if named else ''}")
    return f"{handed.file}: {', '.join(said)}"


def summary(files: Sequence[Handed]) -> Iterator[str]:
    """Yield how many files are right, and which mistakes are made how often, the most frequent first."""
    right = sum(handed.report is not None and passed(handed.report) for handed in files)
    yield ""
    yield f"{right} of {len(files)} files are right."
    made: Counter[str] = Counter()
    for handed in files:
        if handed.report is not None:
            made.update(kinds(handed))
    width = max((len(str(count)) for count in made.values()), default=1)
    yield from (f"{count:{width}}  {KINDS[kind].says}" for kind, count in made.most_common())


def kinds(handed: Handed) -> set[str]:
    """Return the kinds of mistakes in a file, of alternatives the likeliest."""
    functions = handed.report.functions if handed.report is not None else ()
    return {each.kind for checked in functions for one in checked.verdict.mistakes[:1] for each in one}


def folder_json(files: Sequence[Handed]) -> list[str]:
    """Return what is to be said about each file as lines of JSON."""
    data = [
        {**check_data(handed.report), "file": handed.file}
        if handed.report is not None
        else {"file": handed.file, "functions": [], "refused": handed.refused}
        for handed in files
    ]
    return json.dumps(data, ensure_ascii=False, indent=1).split("\n")
