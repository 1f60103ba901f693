"""A real terminal for tests: a program in a pty, keys in as their bytes, and out the screen that a person would see.

A test reads like this:

    with Debugger("photo", colours="256") as debugger:
        debugger.press("space")
        debugger.wait_for("#2 of")

There are no pauses in it: what takes time is waited for, with `wait_for` or `wait_until`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pyte
from commands import ROOT, Forked
from forks import Request
from pyte.screens import Char

from convstep.debugger import VERBS

PROFILES: Mapping[str, Mapping[str, str]] = {
    "truecolor": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "256": {"TERM": "xterm-256color"},
    "16": {"TERM": "xterm"},
    "no colour": {"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"},
    "dumb": {"TERM": "dumb"},
}
"""What terminals say of themselves in the environment."""

FROM_OUTSIDE = re.compile("NO_COLOR|CLICOLOR|FORCE_COLOR|TERM|COLORTERM|COLUMNS|LINES|TEXTUAL|TTY|ESCDELAY|TMUX|STY$")
"""Variables whose names begin so tell of the terminal that the tests were started in."""

KEYS: Mapping[str, str] = {
    "space": " ",
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
}
"""What xterm sends for keys that type no character."""

ESCAPE_SECONDS = 0.25
"""How long after escape a person presses the next key: sooner, and the two would be one key with alt held."""

ALTERNATE_SCREEN, CURSOR, LINE_WRAP = 1049, 25, 7
MODES: Mapping[int, str] = {
    ALTERNATE_SCREEN: "alternate screen",
    CURSOR: "cursor",
    LINE_WRAP: "line wrap",
    1004: "focus reports",
    2004: "bracketed paste",
    2026: "synchronised output",
    2048: "resize reports",
    **dict.fromkeys((1000, 1002, 1003, 1006, 1015, 1016), "mouse"),
}
"""Private modes by their numbers."""

BECOME = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"
"""Takes the terminal as the controlling one, and becomes the command."""

QUERY = re.compile(
    rb"\x1b\[(?:\?(?P<mode>\d+)\$p|(?P<cursor>6n)|(?P<kind>0?c))|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][\d;]*[a-zA-Z]|\x1bP.*?\x1b\\", re.DOTALL)
"""What pyte would show as text: keyboard protocols, and device control strings."""
STYLE = re.compile(rb"\x1b\[([\d;]*)m")
FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
INCOMPLETE = re.compile(rb"\x1b(?:\[[^@-~]*|P(?:[^\x1b]|\x1b(?!\\))*)?$")
"""An escape sequence whose end is still to come."""


def bytes_of(key: str) -> bytes:
    """Return what a terminal sends for a key: a character, a name, or `ctrl+` and a letter."""
    if key.startswith("ctrl+"):
        return bytes([ord(key[-1]) & 0x1F])
    return (key if len(key) == 1 else KEYS[key]).encode()


def whole_frames(data: bytes) -> int:
    """Return how many bytes can be shown: not a synchronised frame, nor a sequence, whose end is still to come."""
    begun, incomplete = data.rfind(FRAME_BEGINS), INCOMPLETE.search(data)
    if begun > data.rfind(FRAME_ENDS):
        return begun
    return incomplete.start() if incomplete else len(data)


class Screen(pyte.Screen):
    """Pyte's screen; the alternate one is empty at first, and so is the primary one: nothing has run there before."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines)
        self._styles: dict[tuple[Char, tuple[int, ...]], Char] = {}

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        """Set colours; what they are after those before is worked out once."""
        change = self.cursor.attrs, attrs
        if change in self._styles:
            self.cursor.attrs = self._styles[change]
        else:
            super().select_graphic_rendition(*attrs, **kwargs)
            self._styles[change] = self.cursor.attrs

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        self._switched(modes)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        self._switched(modes)

    def _switched(self, modes: tuple[int, ...]) -> None:
        if ALTERNATE_SCREEN in modes:
            self.erase_in_display(2)
            self.cursor_position()


class Terminal:
    """A terminal with one program in it; leaving the `with` block kills the program if it still runs.

    Args:
        command: The program and its arguments.
        colours: What the terminal can show: a name in `PROFILES`.
        size: Columns and rows.
        environment: Variables besides.

    Attributes:
        output: All that the program has sent.
        patience: Seconds that a wait lasts at most, unless it says otherwise.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        colours: str = "truecolor",
        size: tuple[int, int] = (120, 36),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.output = bytearray()
        self.patience = 10.0
        self._answers = colours != "dumb"
        self._lines: dict[int, str] = {}
        self._to_show: list[bytes | tuple[int, int]] = []
        self._screen = Screen(*size)
        self._emulator = pyte.ByteStream(self._screen)
        self._may_send_at = 0.0
        self._side, self._programs_side = pty.openpty()
        os.set_blocking(self._side, False)
        self._open = True
        self._set_size(*size)
        self._settings = termios.tcgetattr(self._side)
        inherited = {name: value for name, value in os.environ.items() if not FROM_OUTSIDE.match(name)}
        self._program = self._start(command, {**inherited, **PROFILES[colours], **(environment or {})})

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes] | Forked:
        return subprocess.Popen(
            [sys.executable, "-ISc", BECOME, *command],
            stdin=self._programs_side,
            stdout=self._programs_side,
            stderr=self._programs_side,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.running:
            self._program.kill()
        self._program.wait()
        if self._open:
            self.hang_up()

    # What a person does

    def press(self, *keys: str) -> None:
        """Press keys one after the other: characters, or names as in `KEYS`."""
        for key in keys:
            self.send(bytes_of(key))
            if key == "escape":
                self.wait_until(lambda: not (self.running and self._unread()), "the program to read the key")
                self._may_send_at = monotonic() + ESCAPE_SECONDS

    def type(self, text: str) -> None:
        """Type a text, quickly."""
        self.send(text.encode())

    def paste(self, text: str) -> None:
        """Paste a text; the terminal marks it as pasted."""
        self.send(f"\x1b[200~{text}\x1b[201~".encode())

    def click(self, column: int, row: int, times: int = 1) -> None:
        """Click on a cell, counted from 0; several times so quickly that the program gets them at once."""
        place = f"0;{column + 1};{row + 1}"
        self.send(f"\x1b[<{place}M\x1b[<{place}m".encode() * times)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program is told by SIGWINCH."""
        self._set_size(columns, rows)
        self._to_show.append((columns, rows))

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self._program.send_signal(number)

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._side)
        os.close(self._programs_side)
        self._open = False

    def send(self, data: bytes) -> None:
        """Send bytes as they are, at once."""
        while (early := self._may_send_at - monotonic()) > 0:
            self.read(early)
        end = monotonic() + self.patience
        while data:
            if select.select([], [self._side], [], 0.02)[1]:
                data = data[self._write(data) :]
            self.read()
            assert monotonic() < end, f"nothing reads the keys:\n{self.text}"

    def _write(self, data: bytes) -> int:
        """Send what there is room for, and return how much that was."""
        try:
            return os.write(self._side, data)
        except BlockingIOError:
            return 0

    def _unread(self) -> int:
        """Return how many bytes the program has still to read."""
        count: int = struct.unpack("i", fcntl.ioctl(self._programs_side, termios.FIONREAD, bytes(4)))[0]
        return count

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # What a person sees

    @property
    def screen(self) -> Screen:
        """What is shown now."""
        parts, self._to_show = self._to_show, []
        rest = b""
        for part in parts:
            if isinstance(part, tuple):
                self._screen.resize(lines=part[1], columns=part[0])
                continue
            data = rest + part
            whole = whole_frames(data)
            rest = data[whole:]
            self._show(NOT_FOR_PYTE.sub(b"", data[:whole]))
        if rest:
            self._to_show.append(rest)
        return self._screen

    def _show(self, data: bytes) -> None:
        """Take colours and plain text, nearly all of it, to the screen without pyte's parser, which is slow."""
        for number, part in enumerate(STYLE.split(data)):
            if number % 2:
                self._screen.select_graphic_rendition(*(int(each or 0) for each in part.split(b";")))
                continue
            with suppress(UnicodeDecodeError):
                text = part.decode()
                if text.isprintable():
                    self._screen.draw(text)
                    continue
            self._emulator.feed(part)

    @property
    def lines(self) -> list[str]:
        """The lines on the screen."""
        screen = self.screen
        for row in screen.dirty:
            cells = screen.buffer[row]
            self._lines[row] = "".join(cells[column].data for column in range(screen.columns)).rstrip()
        screen.dirty.clear()
        return [self._lines[row] for row in range(screen.lines)]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def cell(self, column: int, row: int) -> Char:
        """Return the cell there, counted from 0: its character in `data`, its colours in `fg` and `bg`."""
        return self.screen.buffer[row][column]

    def shows(self, text: str) -> bool:
        """Return whether a text is on the screen, with however many blanks between its words."""
        return " ".join(text.split()) in " ".join(self.text.split())

    def wait_for(self, text: str, seconds: float | None = None) -> None:
        """Wait until a text is on the screen, with however many blanks between its words."""
        self.wait_until(lambda: self.shows(text), f"'{text}'", seconds)

    def wait_until_gone(self, text: str, seconds: float | None = None) -> None:
        """Wait until a text is not on the screen any more."""
        self.wait_until(lambda: not self.shows(text), f"'{text}' to go", seconds)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float | None = None) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: It did not hold in time, or before the program ended; with what is on the screen.
        """
        seconds = self.patience if seconds is None else seconds
        end = monotonic() + seconds
        while True:
            running, late = self.running, monotonic() > end
            if holds():
                return
            if not self.read(0.02 if running else 0.0) and (late or not running):
                why = f"{seconds} s went by" if running else f"the program ended with {self._program.poll()}"
                raise AssertionError(f"waited for {what}, but {why}:\n{self.text}")

    def read(self, seconds: float = 0.0) -> bool:
        """Take in what the program sends, for which it has some seconds; return whether there was any."""
        data, sides = b"", [self._side] if self._open else []
        while select.select(sides, [], [], 0.0 if data else seconds)[0]:
            data += os.read(self._side, 1 << 16)
        if data:
            self.output += data
            self._to_show.append(data)
            if self._answers:
                self._answer(data)
        return bool(data)

    def _answer(self, data: bytes) -> None:
        """Answer what is asked of the terminal, as xterm does."""
        for query in QUERY.finditer(data):
            if mode := query["mode"]:
                self._write(b"\x1b[?%s;%d$y" % (mode, 2 if mode == b"2026" else 0))
            elif query["cursor"]:
                self._write(b"\x1b[1;1R")
            elif query["kind"]:
                self._write(b"\x1b[?64;22c")
            else:
                self._write(b"\x1b]%s;rgb:0000/0000/0000\x1b\\" % query["colour"])

    # What becomes of the program

    @property
    def running(self) -> bool:
        """Whether the program has not ended."""
        return self._program.poll() is None

    def wait_for_exit(self, seconds: float | None = None) -> int:
        """Wait until the program ends; return its exit code as a shell has it: 128 + n if signal n killed it."""
        self.wait_until(lambda: not self.running, "the program's end", seconds)
        while self.read():
            pass
        code = self._program.wait()
        return code if code >= 0 else 128 - code

    def wait_until_stopped(self) -> None:
        """Wait until the program has stopped, as ctrl+z in a shell stops it."""
        flags = os.WSTOPPED | os.WNOHANG
        self.wait_until(lambda: os.waitid(os.P_PID, self._program.pid, flags) is not None, "the program to stop")

    def left_behind(self) -> list[str]:
        """Return what of the terminal is not as it was before the program: modes, and settings of the line."""
        modes = {LINE_WRAP: True, CURSOR: True}
        for numbers, letter in MODE.findall(self.output):
            modes.update((int(number), letter == b"h") for number in numbers.split(b";"))
        changed = {MODES.get(mode, f"mode {mode}") for mode, on in modes.items() if on != (mode in (LINE_WRAP, CURSOR))}
        if len(re.findall(rb"\x1b\[>\d+u", self.output)) > self.output.count(b"\x1b[<u"):
            changed.add("keyboard protocol")
        settings = termios.tcgetattr(self._side)
        if settings != self._settings:
            changed.add("echo" if (settings[3] ^ self._settings[3]) & termios.ECHO else "settings of the line")
        return sorted(changed)


HELP = VERBS["back"].summary
"""What is read in the help, and not on the screen below it."""


class Debugger(Terminal):
    """A terminal with convstep in it; the `with` block begins when the first window is shown.

    Args:
        *arguments: Those of `convstep`.
        command: What starts it, such as `PROGRAM`; if nothing, it is forked from a process that has loaded it, which
            is several times as quick, once the first is ready.
        shows: What there is to wait for at first.
        **terminal: What there is to say of the terminal, as `Terminal` takes it.
    """

    def __init__(self, *arguments: str, command: Sequence[str] = (), shows: str = "#", **terminal: Any) -> None:
        self._is_forked = not command
        environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "", **terminal.pop("environment", {})}
        super().__init__([*command, *arguments], environment=environment, **terminal)
        self._first = shows
        self._lines_done = 0

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes] | Forked:
        if self._is_forked:
            return Forked("screen", Request(command, Path.cwd(), environment), [self._programs_side])
        return super()._start(command, environment)

    def __enter__(self) -> Self:
        try:
            self.wait_for(self._first)
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def number(self) -> int:
        """The number of the window that is shown, from 1."""
        found = re.search(r"#([\d,]+) of", self.text)
        return int(found[1].replace(",", "")) if found else 0

    def must_end(self, code: int = 0, seconds: float = 5.0) -> None:
        """Check that it ends in time, with this exit code, the terminal as it was, and no traceback on it."""
        assert self.wait_for_exit(seconds) == code, self.text
        assert self.left_behind() == []
        self.must_be_well()

    def must_be_well(self) -> None:
        """Check that there was no exception."""
        crashed = b"Traceback" in self.output
        assert not crashed, self.text

    def do(self, *lines: str) -> None:
        """Type lines after `:`, and wait until they are done and painted.

        None of them may go on in the background: its message could take the place of what is waited for.
        """
        self._lines_done += 1
        done = f"done {self._lines_done}"
        for line in (*lines, f"say {done}"):
            self.type(f":{line}\r")
        self.wait_until(lambda: done in (line.strip() for line in self.lines), f"a line '{done}'")
        self.wait_until(lambda: not self.read(0.03), "the end of the painting")
