"""Snapshots of the screen. To update them after an intended change: pytest tests/tui --snapshot-update, then review."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from convstep.opening import open_session
from convstep.tui import ConvstepApp

MIDDLE = ["jump 18 37 0"]
SHOTS: dict[str, tuple[str, tuple[int, int], list[str]]] = {
    "main-80x24": ("photo", (80, 24), MIDDLE),
    "main-120x36": ("photo", (120, 36), MIDDLE),
    "main-200x60": ("photo", (200, 60), MIDDLE),
    "border-padding": ("photo", (120, 36), ["jump 0 63 1"]),
    "taps": ("tiny", (120, 36), ["taps open", "step 4 mac"]),
    "max-pool": ("photo", (120, 36), ["jump pool1 3 4 0"]),
    "dense": ("photo", (120, 36), ["jump fc 2"]),
    "changed": ("photo", (120, 36), ["jump 60 60 0", "padding valid"]),
    "mismatch": ("mnist", (120, 36), ["padding valid all", "layer dense1"]),
}


async def picture(sample: str, size: tuple[int, int], lines: list[str]) -> str:
    app = ConvstepApp(open_session(sample))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for line in lines:
            app.screen.action_do(line)  # type: ignore[attr-defined]  # a DebugScreen
            await app.workers.wait_for_complete()
            await pilot.pause()
        return app.export_screenshot(title="convstep", simplify=True)


@pytest.mark.parametrize("name", SHOTS)
async def test_the_screen(name: str, pictures: SnapshotAssertion) -> None:
    assert await picture(*SHOTS[name]) == pictures


async def test_without_colours(pictures: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    svg = await picture("photo", (120, 36), ["jump 0 63 1"])
    assert svg == pictures


async def test_on_a_light_ground(pictures: SnapshotAssertion) -> None:
    assert await picture("photo", (120, 36), ["theme light", *MIDDLE]) == pictures


@pytest.mark.parametrize("system", ["standard", "256"])
async def test_with_few_colours(system: str, pictures: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", system)
    assert await picture("photo", (120, 36), MIDDLE) == pictures
