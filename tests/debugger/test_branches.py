"""Sessions on nets that branch, and through windows with differing numbers of taps."""

from __future__ import annotations

import random
from functools import cache
from gc import collect
from weakref import ref

import nets
import pytest
from nets import conv
from replaying import replay

from convstep.debugger import Session
from convstep.debugger.script import statements
from convstep.debugger.verbs import VERBS
from convstep.engine.geometry import Sliding
from convstep.errors import ExpectationError, VerbError
from convstep.layers import Add, ConvTranspose, Relu
from convstep.network import Network

Place = tuple[str, int, int | None]


@pytest.fixture
def session() -> Session:
    return Session(nets.branching(), nets.x(2, 5, 4, 2))


def at(session: Session) -> Place:
    return session.cursor


# The verb source


@pytest.mark.parametrize(
    ("layer", "line", "leads_to"),
    [
        ("add1", "source", "conv2"),
        ("add1", "source 1", "conv2"),
        ("add1", "source 2", "pool1"),
        ("add1", "source pool1", "pool1"),
        ("concat1", "source 2", "relu1"),
        ("conv2", "source", "relu1"),
        ("pool1", "source 1", "conv1"),
        ("fc", "source flatten", "flatten"),
    ],
)
def test_source_leads_to_what_a_layer_takes(session: Session, layer: str, line: str, leads_to: str) -> None:
    session.do(f"jump {leads_to} #7")
    session.do(f"layer {layer}")
    assert session.do(line) == ""
    assert at(session) == (leads_to, 6, None)


def test_keys_1_to_4_are_the_inputs_in_order() -> None:
    assert [(key.key, key.line) for key in VERBS["source"].keys] == [(str(n), f"source {n}") for n in range(1, 5)]


@pytest.mark.parametrize(
    ("layer", "line", "said"),
    [
        ("add1", "source 3", "add1 has no input 3. It takes that of conv2 and pool1"),
        ("add1", "source 0", "add1 has no input 0. It takes that of conv2 and pool1"),
        ("add1", "source relu1", "add1 takes no input from 'relu1'. It takes that of conv2 and pool1"),
        ("relu1", "source 2", "relu1 has no input 2. It takes that of conv1"),
        ("conv1", "source", "conv1 takes the net's own input: there is no layer before it"),
        ("conv1", "source 1", "conv1 takes the net's own input: there is no layer before it"),
        ("conv1", "source input", "conv1 takes the net's own input: there is no layer before it"),
    ],
)
def test_a_source_that_is_none_is_said_and_the_cursor_stays(session: Session, layer: str, line: str, said: str) -> None:
    session.do(f"jump {layer} #6")
    with pytest.raises(VerbError) as caught:
        session.do(line)
    assert str(caught.value) == said
    assert at(session) == (layer, 5, None)


def test_source_leads_out_of_a_layer_that_cant_work(session: Session) -> None:
    session.do("padding valid pool1")
    session.do("layer concat1")
    assert str(session.frame.fault) == "concat1: waits for add1"
    session.do("source")
    assert str(session.frame.fault).startswith("add1: add takes maps of one shape")
    session.do("source 2")
    assert session.frame.shape == (4, 2, 4)


# Taps, where windows have differing numbers of them


def gaps() -> Network:
    """Stamps of 1 row with a stride of 3: most neurons have no tap at all, the others different numbers of taps."""
    up = ConvTranspose("up", filters=2, kernel=(1, 3), stride=(3, 2))
    return Network("gaps", (2, 3, 2), (Relu("before"), up, conv("after", Sliding((2, 2), (3, 3)), 1)), nets.F32)


NETS = {"branching": (nets.branching, (2, 5, 4, 2)), "gaps": (gaps, (2, 2, 3, 2))}


@cache
def taps(name: str) -> list[Place]:
    """Every tap of every window in order; a window without taps counts as one place."""
    make, shape = NETS[name]
    session = Session(make(), nets.x(*shape))
    places: list[Place] = []
    for layer in session.network.names:
        session.do(f"jump {layer} start")
        for number in range(session.frame.output.size):
            session.jump(number)
            step = session.frame.step
            assert step is not None
            places += [(layer, number, tap) for tap, _ in enumerate(step.taps())] or [(layer, number, None)]
    return places


def test_there_are_windows_of_many_taps_of_few_and_of_none() -> None:
    for name, layer in (("branching", "up1"), ("gaps", "up")):
        counts = {number: 0 for each, number, _ in taps(name) if each == layer}
        for each, number, tap in taps(name):
            if each == layer:
                counts[number] = 0 if tap is None else tap + 1
        assert {0} < set(counts.values())
        assert len(set(counts.values())) > 2
        assert counts[0] != counts[max(counts)]


def opened(name: str, place: Place) -> Session:
    make, shape = NETS[name]
    session = Session(make(), nets.x(*shape))
    session.jump(place[1], place[0])
    session.taps(opened=True)
    if place[2]:
        session.step(place[2], "mac")
    assert at(session) == place
    return session


def test_step_mac_visits_every_tap_of_every_layer_and_back_mac_returns() -> None:
    places = taps("gaps")
    session = opened("gaps", places[0])
    for place in places[1:]:
        session.do("step mac")
        assert at(session) == place
    assert session.do("step mac") == "this is the end of the net"
    for place in places[-2::-1]:
        session.do("back mac")
        assert at(session) == place
    assert session.do("back mac") == "this is the start of the net"
    assert at(session) == places[0]


@pytest.mark.parametrize("name", NETS)
def test_many_taps_at_once_are_as_many_one_by_one(name: str) -> None:
    places = taps(name)
    draw = random.Random(1)
    stamped = [n for n, place in enumerate(places) if place[0].startswith("up")]
    here = stamped[len(stamped) // 2]
    session = opened(name, places[here])
    for _ in range(200):
        count = draw.choice([1, 2, 7, 40, len(stamped), len(places) // 2])
        there = here + count if draw.random() < 0.5 else here - count
        if 0 <= there < len(places):
            session.do(f"{'step' if there > here else 'back'} {count} mac")
            here = there
            assert at(session) == places[here]


def test_back_mac_enters_a_closed_window_at_its_last_tap(session: Session) -> None:
    session.do("jump up1 4 3 1")
    assert session.frame.step is not None
    count = len(session.frame.step.taps())
    session.do("back mac")
    assert session.cursor.tap == count - 1 > 0


def test_a_tap_stays_within_a_window_that_has_become_smaller() -> None:
    layers = (conv("a", Sliding((3, 3), padding="same"), 1), ConvTranspose("up", filters=1, kernel=(3, 3)))
    session = Session(Network("net", (5, 4, 1), layers, nets.F32), nets.x(5, 4, 1))
    for line in ("jump up 3 3 0", "taps open", "step 8 mac"):
        session.do(line)
    assert (session.frame.index, session.cursor.tap) == ((0, 3, 3, 0), 8)
    session.do("padding valid a")
    assert (session.frame.index, session.cursor.tap) == ((0, 3, 3, 0), 1)
    assert session.frame.tap is not None
    assert session.frame.tap.source == (0, 2, 1, 0)
    session.do("padding same a")
    assert session.cursor.tap == 8


def test_stepping_by_layers_starts_each_at_its_first_window(session: Session) -> None:
    session.do("jump relu1 2 3 1")
    session.do("jump conv1 4 3 3")
    session.do("step layer")
    assert at(session) == ("relu1", 0, None)
    session.do("jump conv1 4 3 3")
    session.do("layer relu1")
    assert at(session) == ("relu1", 0, None)
    session.do("jump relu1 2 3 1")
    session.do("step layer")
    session.do("back layer")
    assert at(session) == ("relu1", 0, None)


# Padding


def test_padding_of_all_is_switched_to_same_unless_all_are_same_already(session: Session) -> None:
    def words() -> list[str]:
        layers = [session.network.stage(name).layer for name in session.windowed()]
        return ["same" if layer.padding == "same" else "other" for layer in layers]  # type: ignore[attr-defined]

    assert session.windowed() == ("conv1", "pool1", "conv2", "pool2")
    assert words() == ["same", "same", "same", "other"]
    session.do("padding toggle all")
    assert words() == ["same"] * 4
    session.do("padding toggle all")
    assert words() == ["other"] * 4
    session.do("padding same conv2")
    session.do("padding toggle all")
    assert words() == ["same"] * 4


def test_padding_of_all_tells_of_each_and_of_the_fault_that_comes_of_it(session: Session) -> None:
    assert session.do("padding valid all") == (
        "add1: add takes maps of one shape, but 2×2×4 and 2×1×4 arrive: their widths differ. "
        "Name inputs of one shape, or change what is before them. "
        "conv1: VALID, 5×4×4 → 3×3×4  pool1: VALID, 5×4×4 → 2×1×4  conv2: VALID, 5×4×4 → 2×2×4  "
        "pool2: VALID, 5×4×3 → can't work"
    )
    session.do("layer conv2")
    assert session.frame.fault is None
    session.do("jump end")
    assert session.do("step") == str(session.network.stage("add1").fault)
    assert session.layer == "conv2"


def test_values_come_back_when_a_padding_does(session: Session) -> None:
    kept = {name: session.values.output(name) for name in session.network.names}
    session.do("padding valid pool1")
    session.do("layer conv2")
    assert session.frame.step is not None
    session.do("padding same pool1")
    assert all(session.values.output(name) is Z for name, Z in kept.items())


# Breakpoints


def test_a_search_goes_through_branches_in_order_of_the_layers(session: Session) -> None:
    session.do("break number == 3")
    session.do("break layer == pool1 and number == 9")
    found = []
    session.do("jump conv1 start")
    while "hit" in session.do("continue"):
        found.append(at(session)[:2])
    assert found == [
        *(("conv1", 2), ("relu1", 2), ("pool1", 2), ("pool1", 8), ("conv2", 2), ("add1", 2), ("concat1", 2)),
        *(("up1", 2), ("pool2", 2), ("flatten", 2), ("fc", 2)),
    ]
    session.do("jump fc end")
    back = []
    while "hit" in session.do("reverse"):
        back.append(at(session)[:2])
    assert back == found[::-1]


def test_a_search_passes_a_branch_that_cant_work_both_ways() -> None:
    layers = (
        Relu("a"),
        conv("big", Sliding((9, 9)), 1),
        Relu("waits"),
        Relu("b", sources=("a",)),
        Add("c", sources=("b", "input")),
    )
    session = Session(Network("net", (3, 4, 2), layers, nets.F32), nets.x(3, 4, 2))
    fault = session.network.stage("big").fault
    session.do("break number == 2")
    session.do("jump a #2")
    assert session.do("continue") == "breakpoint 1 (number == 2), hit 1"
    assert at(session)[:2] == ("b", 1)
    session.do("continue")
    assert at(session)[:2] == ("c", 1)
    assert session.do("continue") == "no window further on matches"
    session.do("reverse 2")
    assert at(session)[:2] == ("a", 1)
    assert session.do("continue 3") == f"only 2 windows further on match; {fault}"
    session.do("jump b start")
    assert session.do("reverse 2") == "only 1 window further back matches; waits: waits for big"


def test_only_the_layers_that_a_branch_is_made_of_are_computed_by_a_search(session: Session) -> None:
    session.do("break layer == pool1 and value > 0")
    session.do("continue")
    assert [name for name in session.network.names if session.values.is_known(name)] == ["conv1", "pool1"]


def test_where_a_condition_holds_is_looked_up_anew_when_the_net_changes(session: Session) -> None:
    session.do("break layer == conv2 and pad")
    session.do("continue")
    assert at(session)[:2] == ("conv2", 12)
    session.do("padding same_lower conv2")
    session.do("jump conv1 start")
    session.do("continue")
    assert at(session)[:2] == ("conv2", 0)


def test_a_search_keeps_no_net_that_is_gone(session: Session) -> None:
    session.do("break value > 0.5")
    session.do("continue")
    gone = ref(session.values)
    for padding in ("1", "2", "3", "4"):
        session.do(f"padding {padding} conv1")
    session.do("jump conv1 start")
    assert session.frame.step is not None
    collect()
    assert gone() is None


# Scripts


def test_a_script_on_a_net_that_branches(session: Session) -> None:
    script = "layer add1\nsource 2\nexpect layer pool1\njump up1 #2\nexpect cols 0 1\nsource\nexpect shape 5 4 8\n"
    said = [line.split("  ")[0] for line in replay(session, script, "script")]
    assert said == [each.text for each in statements(script)]
    with pytest.raises(VerbError, match=r"script:2:1: fc has no input 9\. It takes that of flatten"):
        list(replay(session, "layer fc\nsource 9\n", "script"))


def test_a_tolerance_is_still_kept_where_it_is_just_met() -> None:
    session = Session(Network("net", (1, 3, 1), (Relu("a"),), nets.F32), [[[0.5], [0.75], [-1.0]]])
    session.do("expect value 0.25 within 0.25")
    session.do("expect value 0.75 within 0.25")
    session.do("jump 0 1 0")
    session.do("expect value 0.5 within .25")
    for line in ("expect value 0.5 within 0.2499", "expect value 1.0001 within 0.25", "expect value 0.7500001"):
        with pytest.raises(ExpectationError, match=r"got 0\.75"):
            session.do(line)
