"""Scripts in tests: carried out, with what went wrong raised at the end."""

from __future__ import annotations

from collections.abc import Iterator

from convstep.debugger import Session
from convstep.report.replay import Replay


def replay(session: Session, script: str, name: str) -> Iterator[str]:
    """Yield a script's lines of text; raise the error that ended it, or the first expectation that failed."""
    replayed = Replay(name)
    yield from replayed.text(session, script)
    if (error := replayed.error or next(iter(replayed.failures), None)) is not None:
        raise error
