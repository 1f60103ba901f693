"""A headless Chromium for tests, told what to do through a pipe by the DevTools protocol."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run")
SECONDS = 30


class Page:
    """A page in a browser.

    Attributes:
        requests: The URLs that it has asked for.
        errors: The exceptions that its scripts have raised.
    """

    def __init__(self, sent: int, received: int) -> None:
        self._sent, self._received = sent, received
        self._number, self._rest, self._session = 0, b"", ""
        self.requests: list[str] = []
        self.errors: list[str] = []

    def open(self, path: Path) -> None:
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=path.as_uri())

    def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def value(self, expression: str) -> Any:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str, expected: Any) -> None:
        end = monotonic() + SECONDS
        while (found := self.value(expression)) != expected:
            assert monotonic() < end, f"{expression} is {found!r}, and not {expected!r}; {self.errors}"
            select.select([], [], [], 0.02)

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._sent, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> Any:
        while b"\0" not in self._rest:
            assert select.select([self._received], [], [], SECONDS)[0], "the browser does not answer"
            data = os.read(self._received, 1 << 16)
            assert data, "the browser has ended"
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(first)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(message["params"]["exceptionDetails"])[:500])
        return message


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """Start a browser; skip the test where there is none.

    Args:
        folder: Where it keeps its files.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium")
    their_in, sent = os.pipe()
    received, their_out = os.pipe()
    redirected = f'exec "$@" 3<&{their_in} 4>&{their_out}'
    command = ["bash", "-c", redirected, "bash", program, *OPTIONS, f"--user-data-dir={folder}"]
    browser = subprocess.Popen(
        command,
        pass_fds=(their_in, their_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    try:
        yield Page(sent, received)
    finally:
        browser.kill()
        browser.wait()
        os.close(sent)
        os.close(received)
