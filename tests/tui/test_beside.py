"""The check's screen: a learner's function stepped through beside the right one."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from terminal import Debugger
from textual.pilot import Pilot

from convstep.check.live import At, LiveLine
from convstep.check.opening import open_function
from convstep.check.variables import Variable
from convstep.tui import ConvstepApp
from convstep.tui.lines.canvas import Canvas
from convstep.tui.lines.text import cell_len, width_of
from convstep.tui.screens.bars import marked_timeline
from convstep.tui.screens.beside import Checking, CheckScreen, session_of
from convstep.tui.screens.beside_panels import ASKING, Theirs, header_lines, middle_cut, their_rows
from convstep.tui.screens.copying import text_of
from convstep.tui.screens.differences import next_difference
from convstep.watching import Edits

WRONG = Path(__file__).parents[1] / "check" / "files" / "wrong"
STRIDE = WRONG / "loops_stride_missing.py"
SIZES = [(80, 24), (120, 36), (200, 60)]


@asynccontextmanager
async def check(
    file: Path, size: tuple[int, int] = (120, 36), hint: int = 2, *, watch: bool = False
) -> AsyncIterator[tuple[Pilot[int], CheckScreen]]:
    _, opened = open_function(file)
    assert opened is not None
    checking = Checking(opened, hint, Edits([file]) if watch else None, lambda last: open_function(file, last=last))
    app = ConvstepApp(session_of(opened.beside), checking=checking)
    async with app.run_test(size=size) as pilot:
        screen = app.screen_stack[0]
        assert isinstance(screen, CheckScreen)
        await until(pilot, lambda: screen.theirs is not None and screen.theirs.at is not None)
        yield pilot, screen


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await pilot.pause()
            await asyncio.sleep(0.01)
    await pilot.pause()


def drawn(canvas: Canvas) -> str:
    return "\n".join(strip.text for strip in canvas.draw(*canvas.size))


def panel(screen: CheckScreen, name: str) -> str:
    return drawn(screen.query_one(f"#{name}", Canvas))


TWO_CHANNELS = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, f, C, K = W.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    out = np.zeros((m, (H - f + 2 * p) // s + 1, (V - f + 2 * p) // s + 1, K))
    for n, y, x, k in np.ndindex(*out.shape):
        part = X[n, y * s:y * s + f, max(x - 1, 0):max(x - 1, 0) + f]
        out[n, y, x, k] = np.sum(part * W[..., k]) + b[0, 0, 0, k]
    return out
"""


async def test_of_several_channels_their_slice_is_below_where_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TWO_CHANNELS)
    for size, shown in (((200, 60), True), ((120, 36), False)):
        async with check(path, size) as (_, screen):
            beside = screen.opened.beside
            i, h, w, _ = beside.first
            assert ("yours  rows " in panel(screen, "window")) == shown
            if not shown:
                continue
            lines = panel(screen, "window").splitlines()
            at = next(n for n, line in enumerate(lines) if line.startswith("yours  rows "))
            assert "rows 0–2, cols 0–2  channel" in lines[at]
            k = int(lines[at].split()[-1])
            values = [line.replace("•", " ").replace("−", "-").split() for line in lines[at + 1 : at + 4]]
            told = [list(map(float, each)) for each in values]
            assert told == beside.probe.problem.A[i, h : h + 3, max(w - 1, 0) : max(w - 1, 0) + 3, k].tolist()


POOL = """
import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    m, H, V, C = A_prev.shape
    f, s = hparameters["f"], hparameters["stride"]
    A = np.zeros((m, (H - f) // s + 1, (V - f) // s + 1, C))
    for i, h, w, c in np.ndindex(*A.shape):
        part = A_prev[i, h * s:h * s + f, w:w + f, c]
        A[i, h, w, c] = part.max() if mode == "max" else part.mean()
    return A
"""


async def test_of_a_pool_their_slice_is_of_the_window_s_channel(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(POOL)
    async with check(path, (200, 60)) as (_, screen):
        beside = screen.opened.beside
        i, h, w, c = beside.first
        assert c > 0
        found = beside.their_slice(beside.first, screen.theirs.at if screen.theirs else None)
        s, f = beside.probe.problem.stride[0], beside.probe.problem.f[0]
        assert found is not None
        assert np.array_equal(found[..., 0], beside.probe.problem.A[i, h * s : h * s + f, w : w + f, c])
        assert "yours" in panel(screen, "window")


@pytest.mark.parametrize("size", SIZES)
async def test_it_says_what_is_wrong(size: tuple[int, int]) -> None:
    async with check(STRIDE, size) as (_, screen):
        assert "✗ Line 31: the stride is missing where the window starts" in panel(screen, "header")
        assert "#3 of 12" in panel(screen, "header")
        assert "yours ✗ −70.375" in panel(screen, "sum")
        assert "right 0.5625" in panel(screen, "sum")
        assert "31 " in panel(screen, "code")
        assert "✗ 1, should be 2" in panel(screen, "code")
        assert "✗ cols 1–3, should be cols 2–4" in panel(screen, "code")
        assert "• 5 of 6 differ" in panel(screen, "output")
        assert panel(screen, "output").count("•") == 1 + 5 - 1  # the current one has its outline in place of the mark
        assert ("here yours is −70.375" in panel(screen, "output")) == (size[0] == 200)
        assert "║ yours" in panel(screen, "input")
        beside = [line.split() for line in panel(screen, "window").splitlines()][1:5]
        right, theirs = ["3.00", "6.50", "−8.25"], ["6.25", "3.00", "6.50"]
        if size[0] == 200:
            assert beside[0] == ["slice", "yours", "rows", "0–2,", "cols", "1–3"]
            assert beside[1] == [*right, *(part for value in theirs for part in ("•", value))]
        assert panel(screen, "input").count("╔") == 1
        assert panel(screen, "timeline").count("×") == 10


async def test_keys_go_through_windows_and_differences() -> None:
    async with check(STRIDE) as (pilot, screen):

        def number() -> int:
            return screen.session.number + 1

        differing = [int(n) + 1 for n in np.flatnonzero(screen.opened.beside.differs)]
        await pilot.press("space")
        assert number() == 4
        await pilot.press("c")
        assert number() == differing[2]
        assert "difference 3 of 10" in panel(screen, "status")
        await pilot.press("C", "C")
        assert number() == differing[0]
        await pilot.press("C")
        assert "no window further back differs" in panel(screen, "status")
        await pilot.press("u")
        assert number() == differing[1]
        await pilot.press("enter", "space")
        assert screen.session.tap == 1
        assert "tap 2 of 9" in panel(screen, "sum") or "so far" in panel(screen, "sum")
        await pilot.press("escape", "s")
        assert "can't be changed here" in panel(screen, "status")
        await pilot.press("home")
        await until(pilot, lambda: screen.theirs is not None and screen.theirs.at is not None)
        assert "✓ as it should be" in panel(screen, "sum")
        assert "should be" not in panel(screen, "code")
        probe = screen.opened.beside.probe.name
        await pilot.press("o")
        await until(pilot, lambda: screen.opened.beside.probe.name != probe)
        assert "yours differs at " in panel(screen, "status")
        assert screen.session.index == screen.opened.beside.first
        screen.action_do("break value > 20")
        screen.action_do("continue")
        await until(pilot, lambda: screen.session.number > 0)
        assert float(screen.opened.beside.ours.reshape(-1)[screen.session.number]) > 20


@pytest.mark.parametrize(("hint", "told"), [(0, (False, False)), (1, (True, False)), (2, (True, True))])
async def test_the_hint_is_respected(hint: int, told: tuple[bool, bool]) -> None:
    async with check(STRIDE, (80, 24), hint) as (_, screen):
        assert ("stride is missing" in panel(screen, "header"), "should be" in panel(screen, "code")) == told
        assert ("╔" in panel(screen, "input")) == told[0]
        assert "wrong values from #3 on" in panel(screen, "header").lower() or hint


async def test_a_right_one_steps_as_well(tmp_path: Path) -> None:
    text = STRIDE.read_text(encoding="utf-8").replace("= h\n", "= h * stride\n").replace("= w\n", "= w * stride\n")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    async with check(tmp_path / "mine.py", (80, 24)) as (pilot, screen):
        assert "✓ Right on 9 probes" in panel(screen, "header")
        assert "yours is the same" in panel(screen, "output")
        assert "×" not in panel(screen, "timeline")
        await pilot.press("c")
        assert screen.session.number == 0
        await pilot.press("space")
        assert screen.session.number == 1


async def test_what_other_verdicts_show(tmp_path: Path) -> None:
    for old, new, said in [
        ("vert_start = h\n", "vert_start = None\n", "not written yet"),
        ("vert_start = h\n", "vert_start = h + missing\n", "NameError"),
        ("/ stride) + 1", "/ stride)", "n_H is 0, and should be"),
    ]:
        file = tmp_path / "mine.py"
        file.write_text(STRIDE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        async with check(file, (120, 36)) as (pilot, screen):
            assert said in " ".join(panel(screen, "header").split()), said
            await pilot.press("c", "end")


async def test_the_file_is_checked_again_when_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convstep.watching.WATCH_SECONDS", 0.05)
    file = tmp_path / "mine.py"
    text = STRIDE.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    async with check(file, (120, 36), watch=True) as (pilot, screen):
        await pilot.press("space", "space", "space")
        other = tmp_path / "mine.py.tmp"  # as editors do that put another file in its place
        other.write_text(text.replace("= h\n", "= h * stride\n").replace("= w\n", "= w * stride\n"), encoding="utf-8")
        os.replace(other, file)
        await until(pilot, lambda: "conv_forward is right now on all 9 probes" in panel(screen, "status"))
        assert screen.session.number == 5
        assert "✓ Right on 9 probes" in panel(screen, "header")
        file.write_text("def conv_forward(A_prev, W, b, hparameters:\n", encoding="utf-8")
        await until(pilot, lambda: "syntax error" in screen.message.text)
        assert screen.session.number == 5
        file.write_text(text, encoding="utf-8")
        await until(pilot, lambda: "was right, and is wrong now" in panel(screen, "status"))


async def test_hostile_text_never_reaches_the_screen(tmp_path: Path) -> None:
    file = tmp_path / "mi\x1b[31mne.py"
    text = STRIDE.read_text(encoding="utf-8").replace("= h\n", "= h; 卷积 = '\x1b[31m\u202e'  # \x1b[2J 卷积\n")
    file.write_text(text, encoding="utf-8")
    for size in ((60, 18), (80, 24)):
        async with check(file, size) as (_, screen):
            for canvas in screen.query(Canvas):
                if canvas.display:
                    assert not set(drawn(canvas)) & {"\x1b", "\u202e"}


def test_in_a_terminal_files_that_are_imported_later_are_watched_too(tmp_path: Path) -> None:
    file, scale = tmp_path / "mine.py", tmp_path / "scale.py"
    text = STRIDE.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    scale.write_text("def by(n, stride):\n    return n\n", encoding="utf-8")
    shows = "stride is missing"
    with Debugger("check", str(file), "--tui", "--watch", shows=shows, size=(80, 24)) as debugger:
        debugger.wait_for("31 horiz_start = w ✗ 1, should be 2")
        debugger.press("c")
        debugger.wait_for("difference 2 of 10")
        text = text.replace("= h\n", "= by(h, stride)\n").replace("= w\n", "= by(w, stride)\n")
        file.write_text(f"from scale import by\n{text}", encoding="utf-8")
        debugger.wait_for("conv_forward: the same as before")
        scale.write_text("def by(n, stride):\n    return n * stride\n", encoding="utf-8")
        debugger.wait_for("conv_forward is right now on all 9 probes")
        debugger.press("ctrl+q")
        debugger.must_end()


def test_of_a_backward_pass_there_is_the_report_in_place_of_a_screen() -> None:
    file = str(WRONG / "cb_mean_over_batch.py")
    with Debugger("check", file, "--tui", shows="It has nothing to show of conv_backward.") as debugger:
        debugger.wait_for("dW is averaged over the examples")
        debugger.must_end(1)


# The panels without a screen


def theirs() -> Theirs:
    _, opened = open_function(STRIDE)
    assert opened is not None
    at = opened.at(opened.beside.first)
    opened.close()
    return Theirs(opened.beside, at)


def test_the_header_has_as_many_lines_as_there_are() -> None:
    seen = theirs()
    for width in (20, 60, 120):
        for height in range(1, 8):
            lines = header_lines(seen, width, height)
            assert 1 <= len(lines) <= height
            assert max(map(width_of, lines)) <= width
    last = header_lines(seen, 120, 4)[-1]
    assert "3x3 filter on 7x5x1, stride 2, pad 0" in "".join(text for text, _ in last)


def test_the_code_fits_whatever_the_width() -> None:
    seen = theirs()
    for width in (24, 40, 78, 160):
        for height in (0, 1, 5, 40):
            rows = their_rows(seen, width, height)
            assert len(rows) <= height
            assert max((width_of(left) + width_of(right) for left, right in rows), default=0) <= width
    wide = At(
        (0, 0, 0, 0), (LiveLine(7, "    卷积 = 卷积 + 1  # 卷", "f", (Variable("卷积" * 40, 1e300, 2e300, True),) * 2),)
    )
    (row,) = their_rows(seen._replace(at=wide), 40, 3)
    assert width_of(row[0]) + width_of(row[1]) <= 40
    assert their_rows(seen._replace(at=None), 40, 3) == [([(ASKING, "dim")], [])]


def seen_in(file: Path) -> Theirs:
    _, opened = open_function(file)
    assert opened is not None
    at = opened.at(opened.beside.first)
    opened.close()
    return Theirs(opened.beside, at)


def told(seen: Theirs, width: int = 80, height: int = 3) -> list[str]:
    return ["".join(text for text, _ in parts) for parts in header_lines(seen, width, height)]


@pytest.mark.parametrize(
    ("file", "marked", "current"),
    [
        ("cf2_no_stride_bias_per_element.py", 9, "▸"),
        ("old_and_stride.py", 29, "▸"),
        ("cf_im2col_row_index.py", 15, ""),
        ("cs231n_pad_one_axis.py", 8, ""),
        ("plain_stride_cols_missing_and_filter_flipped.py", 26, "▸"),
    ],
)
def test_the_line_that_a_mistake_is_on_is_marked(file: str, marked: int, current: str) -> None:
    seen = seen_in(WRONG / file)
    for width in (78, 116):
        rows = ["".join(text for text, _ in [*left, *right]) for left, right in their_rows(seen, width, 5)]
        crosses = {int(row[2:].split()[0]) for row in rows if row.startswith("✗")}
        assert crosses == ({11, 29} if file == "old_and_stride.py" else {marked})
        assert current in "".join(row[0] for row in rows)
        line = (WRONG / file).read_text(encoding="utf-8").split("\n")[marked - 1].partition("#")[0].strip()
        assert any(line in row for row in rows)
    assert f"Line {marked}: " in " ".join(told(seen))
    assert not [row for row in their_rows(seen._replace(hint=1), 78, 5) if row[0][0][0].startswith("✗")]


def test_mistakes_are_numbered_and_those_that_the_input_shows_come_first() -> None:
    both = told(seen_in(WRONG / "plain_stride_cols_missing_and_filter_flipped.py"))
    assert both[0] == "✗ 1. Line 26: the filter is flipped (true convolution)."
    assert both[1].startswith("2. Line 19: the window starts at column x, and should start at column x * s.")
    assert "Other inputs show it." in both[2]
    old = told(seen_in(WRONG / "old_and_stride.py"), 120)
    assert old[0].startswith("✗ 1. Line 29: the window starts at row h")
    assert old[1].startswith("2. Line 11: float() of an array")
    assert "Line" not in told(seen_in(STRIDE)._replace(hint=1))[0]


def test_what_is_no_mistake_of_its_own_has_no_number() -> None:
    unwritten = told(seen_in(WRONG / "cf_no_return.py"))
    assert unwritten[0] == "✗ not written yet."
    assert not [line for line in unwritten if line.startswith("2.")]
    shape = told(seen_in(WRONG / "cf_loops_step.py"), 160, 4)
    assert not [line for line in shape if line.startswith(("✗ 1.", "2."))]


def test_a_long_line_is_cut_in_its_middle() -> None:
    assert middle_cut("Z[i, h, w, c] = one(two) + b[c]", 40) == "Z[i, h, w, c] = one(two) + b[c]"
    assert middle_cut("Z[i, h, w, c] = one(two) + b[c]", 20) == "Z[i, h, w…wo) + b[c]"
    assert cell_len(middle_cut("卷" * 30, 11)) <= 11


def test_every_difference_is_marked_on_the_timeline() -> None:
    differs = np.zeros(1000, bool)
    differs[[3, 500, 999]] = True
    line = "".join(text for text, _ in marked_timeline([("━" * 40, "accent"), ("─" * 60, "rule")], differs, 100))
    assert [n for n, glyph in enumerate(line) if glyph == "×"] == [0, 50, 99]
    few = "".join(text for text, _ in marked_timeline([("─" * 100, "rule")], differs[:4], 100))
    assert [n for n, glyph in enumerate(few) if glyph == "×"] == [87]
    assert replace(theirs().beside, theirs=None).their_value((0, 0, 0, 0)) is None


async def test_the_readme_shows_the_real_screen(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = next(text for text in readme.split("```text\n") if text.startswith("my_conv.py: conv_forward "))
    shutil.copy(STRIDE, tmp_path / "my_conv.py")
    async with check(tmp_path / "my_conv.py", (80, 24)) as (_, screen):
        lines = text_of(screen.query(Canvas)).split("\n")
        assert [line.removeprefix(" ").rstrip() for line in lines[:21]] == block.partition("\n```")[0].split("\n")


async def test_other_inputs_of_other_sizes_come_in_turn() -> None:
    async with check(WRONG.parent / "right" / "r11_cs231n_naive.py", (80, 24)) as (pilot, screen):
        names = [screen.opened.beside.probe.name]
        for _ in range(4):
            before = screen.opened
            await pilot.press("end", "o")
            await until(pilot, lambda before=before: screen.opened is not before)  # type: ignore[misc]
            await until(pilot, lambda: screen.theirs is not None and screen.theirs.at is not None)
            assert screen.theirs is not None
            assert screen.theirs.beside is screen.opened.beside
            names.append(screen.opened.beside.probe.name)
            assert "yours is right" in panel(screen, "status")
        all_names = [probe.name for probe in screen.opened.probes]
        at = all_names.index(names[0])
        assert names == [*all_names[at:], *all_names[:at]][:5]


def test_the_next_difference() -> None:
    differs = np.array([False, True, True, False, True]).reshape(1, 1, 5, 1)
    assert [next_difference(differs, n) for n in range(5)] == [1, 2, 4, 4, None]
    assert [next_difference(differs, n, forward=False) for n in range(5)] == [None, None, 1, 2, 2]
    assert next_difference(differs, 0, 3) == 4
    assert next_difference(differs, 0, 4) is None
