"""A new kind of layer is one place: `cube` is declared here, and found everywhere without an edit elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
from numpy.typing import NDArray

from convstep import cli
from convstep.debugger import Session
from convstep.engine import Operation, RoundedOnce
from convstep.engine.steps import Array
from convstep.layers import KINDS, Block, Flag, register
from convstep.layers.fields import AMOUNT, field
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.words import Part
from convstep.network import Network, Values
from convstep.opening import open_session
from convstep.report.explain import caption, code_lines, sentence, sum_text, window_title
from convstep.spec import load
from convstep.spec.mistake import LocatedError
from convstep.tui import ConvstepApp
from convstep.tui.lines.canvas import Canvas
from convstep.tui.screens.bars import StatusBar
from convstep.tui.screens.header import Header
from convstep.tui.screens.panels import CodePanel
from convstep.tui.screens.prompt import Prompt
from convstep.tui.window.panel import WindowPanel


class Cubed(RoundedOnce):
    def __init__(self, A_prev: Any, times: float) -> None:
        super().__init__(A_prev)
        self.times = times

    def apply(self, x: Array) -> Array:
        return self.times * x**3


@dataclass(frozen=True)
class Cube(ValueByValue):
    """A multiple of x³.

    Attributes:
        times: How much of it.
    """

    times: float = field(AMOUNT, 1.0, aliases=("factor",))
    kind = "cube"
    aliases = ("cubic", "power3")
    flags = (Flag("big", "a cube further than 10 from 0"),)

    @property
    def keeps_integers(self) -> bool:
        return self.times == round(self.times)

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return Cubed(inputs[0], self.times)

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        big: NDArray[np.bool_] = np.abs(block.like(block.operation.A_prev) ** 3) > 10
        return big

    def expression(self, scene: Scene) -> list[Part]:
        return [Part(f"{self.times:g} × (", "dim"), scene.signed(scene.x), Part(")³", "dim")]

    def intro(self, scene: Scene) -> str:
        return "Every value is cubed."

    def brief(self, scene: Scene) -> str:
        return f"cubed, {self.times:g} times"

    def effect(self, scene: Scene) -> str:
        return f"{self.times:g} times its cube comes out: {scene.value}."

    def expression_code(self, value: str) -> str:
        return f"{self.times:g} * {value}**3"


X = (np.arange(24).reshape(2, 2, 3, 2) / 4 - 3).astype(np.float32)
"""Two examples, 2×3 with two channels, from −3 to 2.75: their cubes are exact."""

SPEC = """\
title: Cubes
input: {shape: [2, 2, 3, 2], array: x.npy}
layers:
  - cube
  - cube: {times: 0.5}
"""


@pytest.fixture(autouse=True)
def cube() -> Iterator[None]:
    register(Cube)
    yield
    del KINDS["cube"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_exit_on_signals", lambda: None)  # signals stay pytest's
    return tmp_path


def cubes(x: Any, times: float = 1.0) -> Any:
    return oracle.each(x, lambda value, channel: times * value * value * value)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = cli.main(arguments)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def message(folder: Path, layer: str) -> list[str]:
    (folder / "net.yaml").write_text(f"input: {{shape: [2, 3, 1]}}\nlayers:\n  - {layer}\n", encoding="utf-8")
    with pytest.raises(LocatedError) as caught:
        load("net.yaml")
    return caught.value.lines


def test_a_spec_has_it_by_its_kind_with_its_default(folder: Path) -> None:
    network, x = load("net.yaml")
    assert network.names == ("cube1", "cube2")
    outputs = network.forward(x)
    np.testing.assert_array_equal(outputs["cube1"], cubes(X))
    np.testing.assert_allclose(outputs["cube2"], cubes(cubes(X), 0.5), rtol=1e-6)


def test_a_field_that_it_has_not_is_shown_where_it_is_with_those_that_it_has(folder: Path) -> None:
    assert message(folder, "cube: {power: 2}") == [
        "net.yaml:3:12: layers[0].power: there is no such field",
        "  - cube: {power: 2}",
        "           ^^^^^",
        "The fields here are times, name, input",
    ]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("cube: {factor: 2}", "Here it is called 'times'"),
        ("cube: {time: 2}", "Did you mean 'times'?"),
        ("cube: {times: -1}", "expected a number of at least 0, got -1"),
        ("cubic", "Here it is called 'cube'"),
        ("Power-3", "Here it is called 'cube'"),
        ("cub", "Did you mean 'cube'?"),
        ("avalanche", ", cube"),
    ],
)
def test_what_others_call_it_is_answered_with_its_name(folder: Path, layer: str, said: str) -> None:
    assert said in "\n".join(message(folder, layer))


def test_shapes_lists_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "shapes", "net.yaml").splitlines()[3:5] == [
        "input  2×3×2",
        "cube1  2×3×2   2×3×2, as it comes  1×1   1",
    ]
    expected = {
        "layer": "cube2",
        "kind": "cube",
        "inputs": ["cube1"],
        "output": [2, 3, 2],
        "padding": [0, 0, 0, 0],
        "neurons": 12,
        "parameters": 0,
        "macs": 0,
        "receptive_field": [1, 1],
        "jump": [1, 1],
        "formula": "2×3×2, as it comes",
    }
    assert expected.items() <= json.loads(run(capsys, "shapes", "net.yaml", "--json"))[1].items()


def test_forward_writes_it_and_a_change_of_its_field_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "forward", "net.yaml", "--set", "cube1.times=2", "--out", "out.npz")
    with np.load("out.npz") as outputs:
        np.testing.assert_array_equal(outputs["cube1"], cubes(X, 2))


def test_trace_gives_its_steps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "trace", "net.yaml", "--layer", "cube1", "--from", "13", "--full").splitlines()
    assert len(lines) == 11
    assert json.loads(lines[2]) == {
        "step": 15,
        "layer": "cube1",
        "index": [1, 0, 1, 1],
        "rows": [0, 1],
        "cols": [1, 2],
        "pad": False,
        "value": 0.75**3,
        "input_slice": [[[0.75]]],
        "filter": None,
        "products": None,
        "bias": None,
    }


def test_a_script_goes_there_and_stops_at_its_own_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beyond 10 are the cubes of −3 to −2.25, steps 1 to 4, and of 2.25 to 2.75, steps 22 to 24."""
    script = """\
        open net.yaml
        expect value -27
        jump cube1 1 2 1
        expect value -0.015625
        break big and number > 4
        continue
        expect layer cube1
        expect number 22
        expect value 11.390625
        clear
        break big
        reverse
        expect number 4
        """
    (folder / "lesson.steps").write_text(script, encoding="utf-8")
    assert "breakpoint 1 (big and number > 4)" in run(capsys, "replay", "lesson.steps")


def at(*lines: str) -> Session:
    session = open_session("net.yaml")
    for line in lines:
        session.do(line)
    return session


def test_its_step_is_told(folder: Path) -> None:
    frame = at("jump cube2 0 1 1").frame
    assert sum_text(frame) == "0.5 × (−11.39)³ = A[0,0,1,1] = −738.9"
    assert sentence(frame) == (
        "This neuron looks at one value only, −11.39 at row 0, column 1, channel 1 of cube1. "
        "0.5 times its cube comes out: −738.9."
    )
    assert caption(frame) == "Row 0, column 1, channel 1 of cube1: −11.39 is cubed, 0.5 times."
    assert window_title(frame) == "row 0, col 1, ch 1"


@pytest.mark.parametrize("shape", [(2, 2, 3, 2), (2, 6, 2), (2, 12)])
def test_its_code_computes_it(shape: tuple[int, ...]) -> None:
    x = X.reshape(shape)
    network = Network("cubes", shape[1:], (Cube("cube1", times=3.0),), np.dtype(np.float32))
    lines, A = code_lines(Session(network, x).frame), np.full(shape, np.nan)
    exec("\n".join(line.code for line in lines), {"A": A, "Z": x})
    np.testing.assert_array_equal(A, Values(network, x).natural("cube1"))
    np.testing.assert_array_equal(A, np.reshape(cubes(X, 3.0), shape))
    assert [line.value for line in lines if line.current] == ["−81.00"]


def drawn(panel: Canvas) -> list[str]:
    return [strip.text.rstrip() for strip in panel.draw(*panel.content_size)]


async def test_the_screen_shows_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    async with ConvstepApp(at("jump cube1 0 1 1")).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen_stack[0]
        shown = drawn(screen.query_one(WindowPanel))
        assert shown[0].endswith("row 0, col 1, ch 1")
        assert "1 × (−2.25)³ = −11.39" in shown
        assert "cubed, 1 times" in shown
        assert [line.split("▇")[0].rstrip() for line in shown[5:7]] == [
            "  channel 0  −2.50  →  −15.62",
            "▸ channel 1  −2.25  →  −11.39",
        ]
        code = "\n".join(drawn(screen.query_one(CodePanel)))
        assert " cube\n" in code
        assert "A[i,h,w,c] = 1 * Z[i,h,w,c]**3" in code
        assert "#4 of 24" in drawn(screen.query_one(Header))[0]
        assert "cube1 2×3×2" in drawn(screen.query_one(Header))[1]
        assert drawn(screen.query_one(StatusBar))[-1].startswith("space step")
        await pilot.press("colon", *"break bi")
        await pilot.pause()
        await pilot.press("right")
        assert screen.query_one(Prompt).value == "break big"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("c")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "#22 of 24" in drawn(screen.query_one(Header))[0]
