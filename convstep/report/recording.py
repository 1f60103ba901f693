"""Recordings on disk: after every line the file is a whole script, whatever happens next."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from shlex import quote

from convstep.debugger import Session
from convstep.debugger.recording import Recorder, reopened
from convstep.errors import ConvstepError
from convstep.printable import printable
from convstep.report.files import unwritable
from convstep.report.scripts import Folder
from convstep.spec.samples import bundled


class Recording:
    """Records a session to a new file, from now on.

    Args:
        path: The file; it must not exist.
        session: The session.

    Attributes:
        path: The file.
        error: Why not all could be written; None if it could.

    Raises:
        ConvstepError: The file exists or can't be written, or the net can't be opened again.
    """

    def __init__(self, path: str, session: Session) -> None:
        reopened(session)
        self.path = path
        self.error: ConvstepError | None = None
        self._session = session
        self._end = self._last = 0  # where the file ends, and where its last lines begin
        try:
            self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            raise ConvstepError("the file exists", where=path, hint="Give another name") from None
        except (OSError, ValueError) as error:
            raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error))) from None
        self._recorder = Recorder(session, self._write, partial(_opening, path))
        self._write([f"title {printable(session.network.title)}"], False)
        self._recorder.begin()
        session.observers.append(self._recorder.observe)
        session.recording = self

    def _write(self, lines: list[str], replacing: bool) -> None:
        """Write lines, in the place of the last ones or behind them, in one piece."""
        if self.error is not None or not lines:
            return
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        start = self._last if replacing else self._end
        try:
            if os.pwrite(self._file, text, start) != len(text):
                raise OSError(28, "No space left on device")
            os.ftruncate(self._file, start + len(text))
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._end)
            self.error = unwritable(self.path, error)
            self._session.notes.append(f"no longer recorded: {self.error}")
            return
        self._last, self._end = start, start + len(text)

    def stop(self) -> str:
        """End the recording; return a message.

        Raises:
            ConvstepError: Not all could be written.
        """
        self._recorder.finish()
        self._session.observers.remove(self._recorder.observe)
        self._session.recording = None
        os.close(self._file)
        if self.error is not None:
            raise self.error
        return f"recorded: convstep replay {quote(self.path)}"


def _opening(path: str, spec: str) -> list[str]:
    """Return the lines that open a spec, from the folder of the recording."""
    if spec in bundled():
        return [f"open {quote(spec)}"]
    folder = os.path.dirname(os.path.abspath(path))
    try:
        Folder(folder).inside(os.path.abspath(spec))
    except ConvstepError:
        return ["# The net is in another folder: replay --allow-outside", f"open {quote(os.path.abspath(spec))}"]
    return [f"open {quote(os.path.relpath(spec, folder))}"]
