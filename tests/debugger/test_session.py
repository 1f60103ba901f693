"""The session: moving, changing, and what stays the same."""

from __future__ import annotations

import nets
import numpy as np
import pytest

from convstep.debugger import Session
from convstep.debugger.verbs import perform
from convstep.engine.geometry import VALID, Padding
from convstep.errors import ConvstepError, ExpectationError, VerbError
from convstep.layers import Windowed
from convstep.opening import open_session


@pytest.fixture
def session() -> Session:
    return Session(nets.every_kind(), nets.x(2, 9, 7, 2))


@pytest.fixture
def course() -> Session:
    return Session(nets.course(), nets.x(1, 64, 64, 3))


def at(session: Session) -> tuple[str, tuple[int, int, int, int]]:
    return session.frame.layer, session.frame.index


def test_it_starts_with_the_first_window_done(session: Session) -> None:
    frame = session.frame
    assert at(session) == ("conv1", (0, 0, 0, 0))
    assert np.isfinite(frame.output).sum() == 1
    assert frame.output[frame.index] == frame.value
    assert frame.input.shape == (2, 9, 7, 2)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["step"], ("conv1", (0, 0, 0, 1))),
        (["step 5"], ("conv1", (0, 0, 1, 1))),
        (["step 5", "back 2"], ("conv1", (0, 0, 0, 3))),
        (["step 2 position"], ("conv1", (0, 0, 2, 0))),
        (["step 3 rows", "step 1"], ("conv1", (0, 3, 0, 1))),
        (["step 5 row"], ("conv1", (1, 0, 0, 0))),
        (["step layer"], ("relu1", (0, 0, 0, 0))),
        (["step 2 layer", "back layer"], ("relu1", (0, 0, 0, 0))),
        (["step 280"], ("relu1", (0, 0, 0, 0))),
        (["step 281", "back 2"], ("conv1", (1, 4, 6, 3))),
        (["step 9999999"], ("softmax", (1, 0, 0, 4))),
        (["step 9999999", "back 9999999"], ("conv1", (0, 0, 0, 0))),
        (["jump 4 6 3"], ("conv1", (0, 4, 6, 3))),
        (["jump 1 4 6 3"], ("conv1", (1, 4, 6, 3))),
        (["jump (4, 6, 3)"], ("conv1", (0, 4, 6, 3))),
        (["jump #280", "jump #2"], ("conv1", (0, 0, 0, 1))),
        (["jump 50%"], ("conv1", (1, 0, 0, 0))),
        (["jump end"], ("conv1", (1, 4, 6, 3))),
        (["jump end", "jump start"], ("conv1", (0, 0, 0, 0))),
        (["jump conv2 2 1 5"], ("conv2", (0, 2, 1, 5))),
        (["jump fc 3"], ("fc", (0, 0, 0, 3))),
        (["jump 2 3 1", "move down", "move right 2"], ("conv1", (0, 3, 5, 1))),
        (["jump 2 3 1", "move up 9", "move left 9"], ("conv1", (0, 0, 0, 1))),
        (["jump 2 3 1", "filter next"], ("conv1", (0, 2, 3, 2))),
        (["jump 2 3 0", "filter prev"], ("conv1", (0, 2, 3, 3))),
        (["jump 2 3 1", "filter 0"], ("conv1", (0, 2, 3, 0))),
        (["jump 2 3 1", "example next"], ("conv1", (1, 2, 3, 1))),
        (["jump 2 3 1", "layer fc", "layer conv1"], ("conv1", (0, 2, 3, 1))),
        (["layer next", "layer next", "layer prev"], ("relu1", (0, 0, 0, 0))),
    ],
)
def test_moving(session: Session, lines: list[str], place: object) -> None:
    for line in lines:
        session.do(line)
    assert at(session) == place


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stpe 3", "there is no verb 'stpe'. Did you mean 'step'?"),
        ("step three", "step: expected a number or a unit, got 'three'"),
        ("step 3 winow", "Did you mean 'window'?"),
        ("jump 5 0 0", "h goes from 0 to 4 in conv1, there is no h = 5"),
        ("jump 0 7 0", "w goes from 0 to 6 in conv1, there is no w = 7"),
        ("jump 0 -1 0", "there is no w = -1"),
        ("jump #0", "conv1 has windows #1 to #280, there is no #0"),
        ("jump #282", "there is no #282"),
        ("jump 1", "jump: can't read the place '1'"),
        ("jump here", "can't read the place 'here'"),
        ("jump 1 2 x", "can't read the place '1 2 x'"),
        ("move north", "Usage: move up|down|left|right [N]"),
        ("filter 4", "c goes from 0 to 3"),
        ("filter edge", "expected next, prev or a number, got 'edge'"),
        ("layer cnv1", "there is no layer 'cnv1'. Did you mean 'conv1'?"),
        ("padding sam", "padding: can't read 'sam'"),
        ("padding -1", "can't read '-1'"),
        ("padding valid relu1", "relu1 has no window that slides"),
        ("stride 0", "stride: expected one integer of at least 1, or two (rows, columns), got '0'"),
        ("stride 1.5", "got '1.5'"),
        ("stride", "got ''"),
        ("dilation 9 valid", "got '9 valid'"),
        ("open", "Usage: open SPEC"),
        ("open course", "this session can't open specs"),
        ("expect", "can't expect ''"),
        ("expect shap 1", "Did you mean 'shape'?"),
        ("expect shape", "expect shape: what is missing"),
        ("expect shape a b", "expected an integer, got 'a'"),
        ("expect value x", "expected a number, got 'x'"),
        ("expect value 1 with 2", "Usage: expect value V [within T]"),
        ("expect value 'a", "No closing quotation"),
        ("", "there is no verb ''"),
    ],
)
def test_what_cant_be_done_is_said_and_changes_nothing(session: Session, line: str, said: str) -> None:
    session.do("jump 2 3 1")
    before = session.cursor, session.network
    with pytest.raises(VerbError) as caught:
        session.do(line)
    assert said in str(caught.value)
    assert (session.cursor, session.network) == before


def test_one_axis_is_gone_along_with_all_arrows() -> None:
    signal = open_session("conv1d")
    signal.begin()
    for line, h in (
        ("move right 3", 3),
        ("move left", 2),
        ("move down 4", 6),
        ("move up", 5),
        ("move right 9999", 490),
    ):
        assert (signal.do(line), signal.frame.index) == ("", (0, h, 0, 0))
    assert signal.do("move down") == "place 490: this is the end of 491 places"
    vector = open_session("mnist")
    vector.do("layer dense2")
    for line, c in (("move right 3", 3), ("move left", 2), ("move down 4", 6), ("move up 9", 0)):
        assert (vector.do(line), vector.frame.index) == ("", (0, 0, 0, c))
    assert vector.do("move left") == "value 0: this is the end of 10 values"


def test_padding_keeps_the_neuron_and_comes_back_to_it(course: Session) -> None:
    course.do("jump 63 2 5")
    before = course.frame
    assert course.do("padding valid") == "conv1: VALID, 64×64×8 → 61×61×8"
    assert at(course) == ("conv1", (0, 60, 2, 5))
    course.do("padding same")
    assert at(course) == ("conv1", (0, 63, 2, 5))
    assert course.frame.output.tobytes() == before.output.tobytes()
    course.do("padding valid")
    course.do("move up")
    course.do("padding same")
    assert at(course) == ("conv1", (0, 59, 2, 5))


def test_a_window_that_cant_work_changes_nothing(course: Session) -> None:
    course.do("layer conv2")
    course.do("padding valid")
    before = course.network
    with pytest.raises(VerbError, match=r"conv2: that can't work: a window of 10x10 \(2x2 dilated\) does not fit"):
        course.do("dilation 9")
    assert course.network is before


def test_a_layer_that_waits_for_another_is_there_to_look_at(course: Session) -> None:
    course.do("layer fc")
    course.do("jump 4")
    value = course.frame.value
    said = course.do("padding valid all")
    assert "fc: its weights" not in said  # drawn weights follow what arrives
    assert course.frame.shape == (6,)
    assert course.frame.value != value
    session = Session(nets.mnist(), nets.x(1, 28, 28, 1))
    session.do("layer dense2")
    assert "dense1: its weights were made for 3136 inputs, but 1024 arrive" in session.do("padding valid all")
    assert session.frame.step is None
    assert str(session.frame.fault) == "dense2: waits for dense1"
    with pytest.raises(VerbError, match="dense2 can't run: waits for dense1"):
        session.do("step")
    session.do("layer flatten")
    session.do("jump end")
    assert session.do("step") == str(session.network.stage("dense1").fault)
    assert at(session) == ("flatten", (0, 0, 0, 1023))
    session.do("padding same all")
    assert session.network.fault is None


def test_only_the_layers_that_a_change_reaches_are_described() -> None:
    session = Session(nets.meeting(), nets.x(1, 7, 6, 3))
    session.do("padding same all")
    session.do("padding valid pool1")
    said = session.do("padding same all")
    assert [part.partition(":")[0] for part in said.split("  ")] == ["pool1", "right", "mix"]
    assert said.startswith("pool1: SAME is top 1, bottom 1, left 0, right 1, 5×5×4 → 7×6×4  right:")
    assert said.endswith("mix: SAME, can't work → 7×6×4")  # a window of 1x1 needs no padding


def test_padding_along_a_length_has_two_ends() -> None:
    session = open_session("conv1d")
    assert session.do("padding same") == "conv1d: SAME is 4 before, 5 after, 491×20 → 500×20"
    assert session.do("padding [[2, 0], [0, 0]]") == "conv1d: padding 2 before, 500×20 → 493×20"
    assert session.do("padding causal") == "conv1d: CAUSAL, 493×20 → 500×20"
    assert session.do("padding 3") == "conv1d: padding 3 at both ends, 500×20 → 497×20"


def test_changes_of_the_window(course: Session) -> None:
    assert course.do("stride 2") == "conv1: SAME is top 1, bottom 1, left 1, right 1, 64×64×8 → 32×32×8"
    assert course.do("stride 1 2") == "conv1: SAME is top 1, bottom 2, left 1, right 1, 32×32×8 → 64×32×8"
    assert course.do("padding 1") == "conv1: padding top 1, bottom 1, left 1, right 1, 64×32×8 → 63×32×8"
    assert course.do("padding [[1, 2], [0, 0]]") == (
        "conv1: padding top 1, bottom 2, left 0, right 0, 63×32×8 → 64×31×8"
    )
    assert course.do("dilation 3") == ("conv1: padding top 1, bottom 2, left 0, right 0, 64×31×8 → 58×28×8")
    assert course.do("padding next pool1 pool2") == (
        "pool2: a window of 4x4 does not fit in the 7x3 input. Take a smaller kernel, or padding 'same'. "
        "Sizes 64×64 → 58×28 → 7×3 → 7×3, before 64×64 → 58×28 → 8×4 → 8×4 → 2×1"
    )
    assert course.do("padding same pool1") == "pool1: SAME is top 3, bottom 3, left 2, right 2, 7×3×8 → 8×4×8"
    assert course.do("padding same pool1") == "nothing to change: it is like that already"


def test_the_sizes_of_the_whole_net_are_said_before_and_after() -> None:
    session = Session(nets.mnist(), nets.x(1, 28, 28, 1))
    said = session.do("padding next all")
    assert said == (f"{session.network.fault}. Sizes 28 → 24 → 12 → 8 → 4, before 28 → 28 → 14 → 14 → 7")
    assert "1024 arrive" in said


def test_the_padding_goes_through_same_valid_and_the_specs_own() -> None:
    network = nets.course().with_window("conv1", padding=Padding(0, 1, 2, 0))
    session = Session(network, nets.x(1, 64, 64, 3))

    def padding(name: str) -> object:
        layer = session.network.stage(name).layer
        return layer.padding if isinstance(layer, Windowed) else None

    found = []
    for _ in range(4):
        session.do("padding next")
        found.append(padding("conv1"))
    assert found == ["same", VALID, Padding(0, 1, 2, 0), "same"]
    session.do("padding next conv2")
    assert padding("conv2") == VALID
    session.do("padding next conv2")
    assert padding("conv2") == "same"


def test_another_kernel() -> None:
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    assert session.do("kernel 3 5") == "conv1: SAME is top 1, bottom 1, left 2, right 2, 64×64×8 → 64×64×8"
    drawn = nets.course().with_window("conv1", kernel=(3, 5))
    assert session.frame.step is not None
    assert session.frame.step.filter is not None
    assert session.frame.step.filter.shape == (3, 5, 3)
    assert session.frame.output.tobytes() == Session(drawn, nets.x(1, 64, 64, 3)).frame.output.tobytes()
    session.do("jump pool1 1 2 3")
    session.do("kernel 2")
    assert session.frame.step is not None
    assert session.frame.step.input_slice.shape == (2, 2, 1)


def test_given_weights_keep_their_kernel(session: Session) -> None:
    with pytest.raises(VerbError, match=r"^conv1: its weights are given for a 3×2 kernel\. Weights that are drawn"):
        Session(nets.branching(), nets.x(1, 5, 4, 2)).do("kernel 2")
    run = Session(nets.branching(), nets.x(1, 5, 4, 2))
    assert run.do("kernel 3 2") == "nothing to change: it is like that already"


def test_changes_are_listed_and_reset() -> None:
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    assert not session.frame.changes
    session.do("stride 2 1")
    session.do("padding valid")
    session.do("padding 1 pool1")
    assert list(session.frame.changes) == ["stride 2×1 (was 1)", "VALID (was SAME)"]
    session.do("layer pool1")
    assert list(session.frame.changes) == ["padding 1 1 1 1 (was SAME)"]
    session.do("reset pool1")
    assert not session.frame.changes
    session.do("layer conv1")
    assert len(session.frame.changes) == 2
    session.do("reset")
    assert not session.frame.changes
    assert session.network == nets.course()


def test_next_goes_by_what_is_looked_at(session: Session) -> None:
    session.do("next")
    assert session.index == (0, 0, 0, 1)
    session.do("next position")
    assert session.index == (0, 0, 1, 1)
    session.do("prev position")
    session.do("prev")
    assert session.index == (0, 0, 0, 0)
    session.do("taps open")
    session.do("next")
    assert (session.index, session.tap) == ((0, 0, 0, 0), 1)
    session.do("next position")
    assert (session.index, session.tap) == ((0, 0, 0, 0), 5)
    session.do("next")
    assert (session.index, session.tap) == ((0, 0, 0, 1), 0)
    session.do("prev")
    assert (session.index, session.tap) == ((0, 0, 0, 0), 5)
    session.do("prev position")
    assert (session.index, session.tap) == ((0, 0, 0, 0), 0)
    session.do("next position")
    session.do("next position")
    assert (session.index, session.tap) == ((0, 0, 0, 1), 0)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["n"], ("conv1", (0, 0, 0, 1))),
        (["NEXT"], ("conv1", (0, 0, 0, 1))),
        (["s 3"], ("conv1", (0, 0, 0, 3))),
        (["Step 2 Position"], ("conv1", (0, 0, 2, 0))),
        (["jump END"], ("conv1", (1, 4, 6, 3))),
        (["filter 2", "jump 3 4"], ("conv1", (0, 3, 4, 2))),
        (["example 1", "filter 2", "jump 3 4"], ("conv1", (1, 3, 4, 2))),
        (["jump 1 1 3", "jump conv2 1 1"], ("conv2", (0, 1, 1, 0))),
        (["b w > 1", "cont"], ("conv1", (0, 0, 2, 0))),
    ],
)
def test_what_people_type(session: Session, lines: list[str], place: tuple[str, tuple[int, ...]]) -> None:
    for line in lines:
        session.do(line)
    assert at(session) == place


def test_decimals(session: Session) -> None:
    session.do("decimals 4")
    assert session.frame.decimals == 4
    with pytest.raises(VerbError, match="expected a number from 0 to 8, got '9'"):
        session.do("decimals 9")
    assert session.frame.decimals == 4


def test_where_a_net_begins() -> None:
    from dataclasses import replace

    network = replace(nets.course(), start=("conv2", (3, 4, 5)))
    session = Session(network, nets.x(1, 64, 64, 3))
    assert at(session) == ("conv1", (0, 0, 0, 0))
    session.begin()
    assert at(session) == ("conv2", (0, 3, 4, 5))
    session.start(replace(network, start=("conv2", (30, 4, 50))), nets.x(1, 64, 64, 3))
    assert at(session) == ("conv2", (0, 7, 4, 15))
    session.start(nets.course(), nets.x(1, 64, 64, 3))
    assert at(session) == ("conv1", (0, 0, 0, 0))


def test_observers_hear_of_every_line_that_was_carried_out(session: Session) -> None:
    heard: list[str] = []
    session.observers.append(heard.append)
    session.do("step 2")
    with pytest.raises(VerbError):
        session.do("jump 99 99 99")
    session.do("say hello")
    assert heard == ["step 2", "say hello"]


def test_opening_a_window_into_its_taps(session: Session) -> None:
    session.do("jump 2 3 1")
    assert session.frame.tap is None
    session.do("taps open")
    tap = session.frame.tap
    assert tap is not None
    assert tap.place == (0, 0, 0)
    session.do("step 5 mac")
    assert session.cursor.tap == 5
    session.do("step mac")
    assert (session.frame.index, session.cursor.tap) == ((0, 2, 3, 2), 0)
    session.do("back mac")
    assert (session.frame.index, session.cursor.tap) == ((0, 2, 3, 1), 5)
    session.do("taps close")
    assert session.cursor.tap is None
    session.do("back mac")
    assert session.cursor.tap == 5


def test_taps_run_on_through_the_layers(session: Session) -> None:
    """280 windows of 6 taps, then 280 of one."""
    session.do(f"step {280 * 6 + 1} mac")
    assert (session.frame.layer, session.number, session.cursor.tap) == ("relu1", 0, 0)
    session.do("back mac")
    assert (session.frame.layer, session.number, session.cursor.tap) == ("conv1", 279, 5)


def test_filters_by_name() -> None:
    from dataclasses import replace

    network = nets.averaged()
    conv1 = replace(network.layers[0], filter_names=("a", "b edge", "c", "d", "e"))  # type: ignore[call-arg]  # a Conv
    session = Session(replace(network, layers=(conv1, *network.layers[1:])), nets.x(1, 6, 4, 3))
    session.do("filter b edge")
    assert at(session) == ("conv1", (0, 0, 0, 1))


@pytest.mark.parametrize(
    "line",
    [
        "expect shape 5 7 4",
        "expect shape 5x7x4",
        "expect shape 5×7×4",
        "expect index 2 3 1",
        "expect index 0 2 3 1",
        "expect layer conv1",
        "expect number #70",
        "expect rows 3 6",
        "expect cols 3 5",
        "expect value {value}",
        "expect value 9 within 10",
    ],
)
def test_expectations_that_hold(session: Session, line: str) -> None:
    session.do("jump 2 3 1")
    session.do(line.format(value=session.frame.value))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("expect shape 7 5 4", "conv1 (2, 3, 1): expected shape 7×5×4, got 5×7×4"),
        ("expect index 3 2 1", "expected index 3 2 1, got 2 3 1"),
        ("expect layer conv2", "expected layer conv2, got conv1"),
        ("expect number 69", "expected number 69, got 70"),
        ("expect rows 3 5", "expected rows 3 5, got 3 6"),
        ("expect value 9", "expected value 9, got "),
        ("expect value 9 within 1e-3", "expected value 9 within 1e-3, got "),
        ("expect value nan", "expected value nan, got "),
    ],
)
def test_expectations_that_dont(session: Session, line: str, said: str) -> None:
    session.do("jump 2 3 1")
    with pytest.raises(ExpectationError) as caught:
        session.do(line)
    assert said in str(caught.value)


def test_nothing_is_computed_before_it_is_looked_at(course: Session) -> None:
    course.do("jump conv2 3 3 3")
    course.do("padding valid all")
    assert not course.values.is_known("conv1")
    assert course.frame.value is not None
    assert course.values.is_known("conv2")
    assert not course.values.is_known("fc")


def test_a_step_with_one_tap_is_not_opened() -> None:
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    session.do("layer relu1")
    assert session.do("taps open") == "nothing to open: a neuron of relu1 looks at one value"
    assert not session.is_open
    session.do("next position")
    assert session.index == (0, 0, 1, 0)
    session.do("layer conv1")
    assert session.is_open
    session.do("layer relu1")
    assert not session.is_open


def test_the_same_frame_is_not_made_twice(course: Session) -> None:
    assert course.frame is course.frame
    step = course.frame.step
    course.do("taps open")
    assert course.frame.step is step


def test_slide_is_the_same_by_hand() -> None:
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    session.change_windows(("conv1",), padding=VALID)
    assert session.shape == (1, 61, 61, 8)


def test_a_look_ahead_stays_here(session: Session) -> None:
    session.do("jump 2 3 1")
    before = session.state
    ahead = session.peek(lambda: session.step(1))
    assert ahead is not None
    assert (ahead.index, session.state) == ((0, 2, 3, 2), before)
    session.do("step")
    assert session.frame is ahead


@pytest.mark.parametrize("line", ["follow", "step layer", "jump 99 99 99", "jump pool1 1 1 1"])
def test_a_look_ahead_into_another_layer_or_nowhere_is_none(session: Session, line: str) -> None:
    """Also after one that led somewhere."""
    assert session.peek(lambda: session.step(1)) is not None
    before = session.state
    assert session.peek(lambda: perform(session, line)) is None
    assert session.state == before


def test_padding_along_a_length_is_two_numbers() -> None:
    session = open_session("conv1d")
    for line in ("padding [2, 0]", "padding (2,0)", "padding 2 0"):
        assert session.do(line) == "conv1d: padding 2 before, 491×20 → 493×20"
        session.do("undo")
    with pytest.raises(ConvstepError, match=r"can't read '\[2, 0\]'"):
        Session(nets.mnist(), nets.x(1, 28, 28, 1)).do("padding [2, 0]")


def test_an_open_step_of_a_layer_that_can_work_no_more() -> None:
    session = open_session("mnist")
    session.do("layer softmax")
    session.do("taps open")
    session.do("padding valid all")
    assert session.network.stage("softmax").fault
    assert (session.tap, session.is_open) == (None, False)
