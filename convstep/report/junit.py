"""JUnit's XML, which test runners and CI servers read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convstep.printable import printable


class Case(NamedTuple):
    """A test.

    Attributes:
        group: What it belongs to: a script, or a function.
        name: Its name.
        failure: Why it failed; "" if it did not.
        error: Why it could not be carried out; "" if it could.
        details: More about a failure.
    """

    group: str
    name: str
    failure: str = ""
    error: str = ""
    details: str = ""


class Suite(NamedTuple):
    """Tests that belong together.

    Attributes:
        name: Their name.
        cases: The tests.
        seconds: How long they took; None if that was not measured.
    """

    name: str
    cases: Sequence[Case]
    seconds: float | None = None


def junit(suites: Iterable[Suite]) -> bytes:
    """Return suites of tests as JUnit's XML."""
    from xml.etree.ElementTree import Element, SubElement, tostring  # most who import this write none

    root = Element("testsuites")
    for name, cases, seconds in suites:
        attributes = {
            "name": printable(name),
            "tests": str(len(cases)),
            "failures": str(sum(bool(case.failure) for case in cases)),
            "errors": str(sum(bool(case.error) for case in cases)),
        }
        if seconds is not None:
            attributes["time"] = f"{seconds:.3f}"
        suite = SubElement(root, "testsuite", attributes)
        for case in cases:
            element = SubElement(suite, "testcase", classname=printable(case.group), name=printable(case.name))
            for word, message in (("failure", case.failure), ("error", case.error)):
                if message:
                    SubElement(element, word, message=printable(message)).text = printable(case.details) or None
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
