"""Scripts that were carried out without a screen, as text, JSON and suites of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from convstep.debugger import Session
from convstep.debugger.lesson import Include, Played, play
from convstep.debugger.script import About, about
from convstep.errors import ConvstepError, ExpectationError
from convstep.layers.words import count
from convstep.report.captions import plain
from convstep.report.junit import Case, Suite
from convstep.report.text import position

WIDTH = 32
SILENT = ("language", "wait")
"""Verbs that a text has no line for."""
SPOKEN = ("say", "ask", "title", "about")
"""Verbs of which a text has the message alone."""


@dataclass
class Replay:
    """A script that is being carried out.

    Attributes:
        name: Its name in messages.
        script: Its text; "" before it is carried out.
        about: What it says about itself.
        expected: How many expectations there were.
        failures: Those that failed.
        error: Why it could not be carried out to its end; None if it could.
        lines: What was carried out, as plain data.
        seconds: How long it took.
    """

    name: str
    script: str = ""
    about: About = field(default_factory=About)
    expected: int = 0
    failures: list[ExpectationError] = field(default_factory=list)
    error: ConvstepError | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether all that it expects holds."""
        return self.error is None and not self.failures

    def run(self, session: Session, script: str, include: Include | None = None) -> Iterator[Played]:
        """Carry out the script; yield each line when it is done. An error ends it, and is kept."""
        start = monotonic()
        self.script, self.about = script, about(script)
        try:
            for played in play(session, script, self.name, include):
                self.expected += played.outcome in ("right", "failed")
                if played.error is not None:
                    self.failures.append(played.error)
                self.lines.append(_as_data(played, session))
                yield played
        except ConvstepError as error:
            self.error = error
        self.seconds = monotonic() - start

    def text(
        self,
        session: Session,
        script: str,
        include: Include | None = None,
        tell: Callable[[Played], None] = lambda played: None,
    ) -> Iterator[str]:
        """Carry out the script; yield lines of text for each line, and at the end the score of what was predicted.

        Args:
            session: The session.
            script: The script's text.
            include: Reads the scripts that it includes; None if it can't include any.
            tell: Called with each line when it is done.
        """
        for played in self.run(session, script, include):
            tell(played)
            yield from text_lines(played, session)
        if session.score is not None:
            yield str(session.score)


def text_lines(played: Played, session: Session) -> Iterator[str]:
    """Yield what was carried out, as lines of text."""
    if played.verb in SILENT:
        return
    if played.verb in SPOKEN:
        yield from plain(played.said).split("\n")
        return
    said = played.said or position(session.frame)
    if played.outcome == "failed":
        said = f"FAILED: {said}"
    first, *others = said.split("\n")
    yield f"{played.statement.text:<{WIDTH}}  {first}"
    yield from (f"{'':<{WIDTH}}  {line}" for line in others)


def summary(replays: Sequence[Replay]) -> str:
    """Return how many scripts passed, in a line."""
    failed = [each for each in replays if not each.passed]
    expected, wrong = sum(each.expected for each in replays), sum(len(each.failures) for each in replays)
    verdict = f"{len(failed)} failed" if failed else "all passed"
    held = f"{wrong} failed" if wrong else "all hold"
    return f"{count(len(replays), 'script')}, {verdict}; {count(expected, 'expectation')}, {held}"


def _as_data(played: Played, session: Session) -> dict[str, Any]:
    cursor = session.cursor
    statement = played.statement
    line: dict[str, Any] = {
        "script": statement.script,
        "line": statement.number,
        "text": statement.text,
        "verb": played.verb,
        "said": played.said,
        "outcome": played.outcome,
        "layer": cursor.layer,
        "step": cursor.number,
        "tap": cursor.tap,
    }
    if played.error is not None:
        line |= {"expected": played.error.expected, "actual": played.error.actual}
    return line


def as_data(replayed: Replay) -> dict[str, Any]:
    """Return a replay as plain data."""
    return {
        "script": replayed.name,
        **replayed.about._asdict(),
        "passed": replayed.passed,
        "expected": replayed.expected,
        "failed": len(replayed.failures),
        "error": None if replayed.error is None else str(replayed.error),
        "lines": replayed.lines,
    }


def suite(replayed: Replay) -> Suite:
    """Return a replay as a suite of tests: one for each expectation, and one for the whole."""
    cases = [
        Case(line["script"], f"{line['line']}: {line['text']}", line["said"] if line["outcome"] == "failed" else "")
        for line in replayed.lines
        if line["outcome"] in ("right", "failed")
    ]
    error = "" if replayed.error is None else str(replayed.error)
    return Suite(replayed.name, [*cases, Case(replayed.name, "replays to the end", error=error)], replayed.seconds)
