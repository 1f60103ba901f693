"""Breakpoints: what conditions say, that arrays say the same, and where the search for them ends."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from time import thread_time
from typing import Any
from unittest.mock import patch

import nets
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nets import conv1d, max_pool
from replaying import replay

from convstep.debugger import Session
from convstep.debugger.stops import masks
from convstep.debugger.stops.conditions import DEPTH, LENGTH, flags, parse
from convstep.debugger.verbs.stopping import BREAK, search_of
from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Array, Step, walk
from convstep.errors import VerbError
from convstep.layers import Relu
from convstep.network import Network, Values

Place = tuple[str, int]


def odd_input(*shape: int) -> Array:
    """Few different values, so that some tie, and NaN and an infinity."""
    x = np.round(nets.x(*shape) * 2) / 2
    x.flat[::17], x.flat[5] = np.nan, np.inf
    return x


def pooled_first() -> Network:
    """7x6x2 through a dilated max-pool, more padded than it is large, and a relu: ties, blocked values and NaN."""
    layers = (max_pool("pool", Sliding((3, 2), (1, 2), (2, 1), Padding(3, 3, 2, 1))), Relu("relu"))
    return Network("pooled", (7, 6, 2), layers, nets.F32)


def along_a_length() -> Network:
    layers = (conv1d("conv", Sliding((3, 1), (1, 1), padding=Padding(2, 1, 0, 0)), 3), Relu("relu"))
    return Network("1-D", (9, 2), layers, nets.F32)


NETS: dict[str, Values] = {
    "every kind": Values(nets.every_kind(), nets.x(2, 9, 7, 2)),
    "averaged": Values(nets.averaged(), nets.x(3, 6, 4, 3)),
    "branching": Values(nets.branching(), nets.x(2, 5, 4, 2)),
    "pooled": Values(pooled_first(), odd_input(3, 7, 6, 2)),
    "1-D": Values(along_a_length(), nets.x(2, 9, 2)),
}


def seen(kind: str, layer: str, step: Step) -> dict[str, Any]:
    """What a condition's words mean at one step, looked up tap by tap."""
    _, height, width, _ = step.operation.A_prev.shape
    taps = step.taps()
    inside = [tap for tap in taps if 0 <= tap.source[1] < height and 0 <= tap.source[2] < width]
    i, h, w, c = step.index
    largest = [tap for tap in inside if tap.input == step.value]
    return {
        "layer": layer,
        "pad": len(inside) < len(taps),
        "clips": kind == "relu" and bool(taps[0].input < 0),
        "tie": kind == "max_pool" and len(largest) > 1,
        "nan": bool(step.value != step.value),
        "value": float(step.value),
        "number": step.number + 1,
        "i": i,
        "h": h,
        "w": w,
        "c": c,
    }


@cache
def story(name: str) -> dict[Place, dict[str, Any]]:
    """Every step of a net, in order."""
    values = NETS[name]
    return {
        (stage.name, step.number): seen(stage.layer.kind, stage.name, step)
        for stage in values.network.stages
        for step in walk(values.operation(stage.name), 0, values.output(stage.name))
    }


def matching(name: str, condition: str) -> list[Place]:
    """The steps at which a condition holds, found by Python's own reading of it, one step after the other."""
    code = compile(condition, "condition", "eval")
    names = {layer: layer for layer in NETS[name].network.names}
    return [place for place, words in story(name).items() if eval(code, names, words)]


NUMBERS = st.one_of(
    st.integers(-2, 40).map(str),
    st.sampled_from(["0.5", "-0.25", "1e-3", ".1", "1e300", "-1e300", "1e-300", "3."]),
)
QUANTITIES = st.sampled_from(["value", "value", "number", "i", "h", "w", "c"])
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
PLAIN = st.one_of(
    st.sampled_from(["pad", "clips", "tie", "nan"]),
    st.tuples(QUANTITIES, SIGNS, st.one_of(NUMBERS, QUANTITIES)).map(" ".join),
    st.tuples(NUMBERS, SIGNS, QUANTITIES, SIGNS, NUMBERS).map("".join),
)


def conditions(name: str) -> st.SearchStrategy[str]:
    layers = st.tuples(st.just("layer"), st.sampled_from(["==", "!="]), st.sampled_from(NETS[name].network.names)).map(
        " ".join
    )
    return st.recursive(
        st.one_of(PLAIN, PLAIN, layers),
        lambda inner: st.one_of(
            inner.map("not {}".format),
            inner.map("({})".format),
            st.lists(inner, min_size=2, max_size=3).map(" and ".join),
            st.lists(inner, min_size=2, max_size=3).map(" or ".join),
        ),
        max_leaves=6,
    ).filter(lambda text: len(text) <= LENGTH)


BLOCKS = st.sampled_from([1, 20, 70, 400, masks.BLOCK])


@settings(deadline=None, max_examples=150)
@given(st.data(), st.sampled_from(list(NETS)), BLOCKS)
def test_arrays_say_the_same_as_steps(data: st.DataObject, name: str, block: int) -> None:
    text = data.draw(conditions(name))
    condition, values = parse(text), NETS[name]
    with patch.object(masks, "BLOCK", block):
        found = []
        for layer in values.network.names:
            numbers = [number for each in masks.blocks(values, layer) for number in each.numbers]
            assert numbers == list(range(values.output(layer).size))
            flags = np.concatenate([masks.mask(condition, each) for each in masks.blocks(values, layer)])
            found += [(layer, int(number)) for number in np.flatnonzero(flags)]
    assert found == matching(name, text)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("word", ["pad", "clips", "tie", "nan"])
def test_each_word_holds_where_it_should(name: str, word: str) -> None:
    values = NETS[name]
    for layer in values.network.names:
        flags = np.concatenate([masks.mask(parse(word), block) for block in masks.blocks(values, layer)])
        assert [bool(flag) for flag in flags] == [
            words[word] for place, words in story(name).items() if place[0] == layer
        ]


@settings(deadline=None, max_examples=100)
@given(st.data(), st.sampled_from(list(NETS)), BLOCKS, st.integers(1, 4))
def test_continue_and_reverse_visit_what_matches_in_order(
    data: st.DataObject, name: str, block: int, count: int
) -> None:
    texts = data.draw(st.lists(conditions(name), min_size=1, max_size=2))
    places = list(story(name))
    at = data.draw(st.integers(0, len(places) - 1))
    matches = sorted({places.index(place) for text in texts for place in matching(name, text)})
    on, back = [place for place in matches if place > at], [place for place in matches if place < at][::-1]
    with patch.object(masks, "BLOCK", block):
        for verb, expected in (("continue", on), ("reverse", back)):
            session = Session(NETS[name].network, NETS[name].x)
            layer, number = places[at]
            session.jump(number, layer)
            for text in texts:
                session.do(f"break {text}")
            for target in expected[count - 1 :: count][:12]:
                assert "hit" in session.do(f"{verb} {count}")
                assert (session.layer, session.number) == places[target]
            if len(expected) < 12 * count:
                before = session.cursor
                assert "further" in session.do(f"{verb} {len(expected) + 1}")
                assert session.cursor == before


@pytest.fixture
def session() -> Session:
    return Session(nets.every_kind(), nets.x(2, 9, 7, 2))


MADE_OF = "It is made of pad, clips, tie, nan, and comparisons such as value > 1"
COMPARABLE = "Only numbers can be compared: value, number, i, h, w, c"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("valeu > 1", "break: expected a condition, got 'valeu'. Did you mean 'value'?"),
        ("H > 1", "break: expected a condition, got 'H'. Did you mean 'h'?"),
        ("pda and tie", "break: expected a condition, got 'pda'. Did you mean 'pad'?"),
        ("> 1", f"break: expected a condition, got '>'. {MADE_OF}"),
        ("value", "break: expected <, <=, >, >=, == or != after 'value', got the end"),
        ("value and pad", "break: expected <, <=, >, >=, == or != after 'value', got 'and'"),
        ("value = 1", "break: expected <, <=, >, >=, == or != after 'value', got '='. Did you mean '=='?"),
        ("1 !", "break: expected <, <=, >, >=, == or != after '1', got '!'"),
        ("value >", "break: expected a number after '>', got the end. Or one of value, number, i, h, w, c"),
        ("value > two", "break: expected a number after '>', got 'two'. Or one of value, number, i, h, w, c"),
        ("value > nmber", "break: expected a number after '>', got 'nmber'. Did you mean 'number'?"),
        ("value == nan", "break: expected a number after '==', got 'nan'. 'nan' stands by itself"),
        ("pad > 1", f"break: expected 'and', 'or' or the end, got '>'. {COMPARABLE}"),
        ("pad tie", "break: expected 'and', 'or' or the end, got 'tie'"),
        ("pad adn tie", "break: expected 'and', 'or' or the end, got 'adn'. Did you mean 'and'?"),
        ("pad)", "break: expected 'and', 'or' or the end, got ')'"),
        ("value > 1,5", "break: expected 'and', 'or' or the end, got ','"),
        ("(pad", "break: expected 'and', 'or' or ')', got the end"),
        ("(pad tie)", "break: expected 'and', 'or' or ')', got 'tie'"),
        ("layer conv1", "break: expected == or != after 'layer', got 'conv1'"),
        ("layer ==", "break: expected the name of a layer after '==', got the end"),
        ("layer == cnv1", "there is no layer 'cnv1'. Did you mean 'conv1'?"),
        ("(" * 30 + "pad" + ")" * 30, f"break: expected parentheses and 'not' nested at most {DEPTH} deep"),
        ("not " * 60 + "pad", f"break: expected parentheses and 'not' nested at most {DEPTH} deep"),
        ("pad or " * 1000 + "pad", f"break: expected at most {LENGTH} characters, got 7,003"),
    ],
)
def test_what_cant_be_read_is_said_and_changes_nothing(session: Session, condition: str, said: str) -> None:
    with pytest.raises(VerbError) as caught:
        session.do(f"break {condition}")
    assert str(caught.value) == said
    assert session.breakpoints == ()


@given(st.text(max_size=LENGTH + 5) | st.text("()<>=!−+-.,#e∞0123 hwcinotadpr", max_size=60))
@example("(" * LENGTH)
@example("9" * LENGTH + " < value")
@example("value < " + "-" * 20)
@example("value < 1e" + "9" * 300)
def test_any_text_is_a_condition_or_says_why_not(text: str) -> None:
    try:
        condition = parse(text)
    except VerbError as error:
        said = error.what
    else:
        said = f"expected {masks.mask(condition, masks.blocks(NETS['averaged'], 'conv1')[0]).dtype}"
    assert said.startswith("expected")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("value>-1.5", "value > −1.5"),
        ("number == #1,482", "number == 1482"),
        ("h ≥ 2 and h ≠ 3", "(h>=2) and (h!=3)"),
        ("1 < h < 3", "1 < h and h < 3"),
        ("value < ∞", "value < inf"),
        ("not pad or tie", "(not pad) or tie"),
        ("pad or tie and nan", "pad or (tie and nan)"),
        ("layer == 'conv1' and pad", 'layer == "conv1" and pad'),
        ("layer == conv1 and pad", "layer == 'conv1' and pad"),
    ],
)
def test_spellings(one: str, other: str) -> None:
    assert parse(one) == parse(other)


def test_numbers_are_compared_as_the_layer_has_them() -> None:
    x = np.array([0.1, 0.2, np.inf, 1e-45], np.float32).reshape(1, 2, 2, 1)
    values = Values(Network("four values", (2, 2, 1), (Relu("relu"),), nets.F32), x)

    def flags(condition: str) -> list[int]:
        return [int(flag) for flag in masks.mask(parse(condition), masks.blocks(values, "relu")[0])]

    assert flags("value == 0.1") == [1, 0, 0, 0]
    assert flags("0.1 < value <= 0.2") == [0, 1, 0, 0]
    assert flags("value >= 1e300") == [0, 0, 1, 0]
    assert flags("value == 1e300") == [0, 0, 0, 0]
    assert flags("value == inf") == [0, 0, 1, 0]
    assert flags("value <= 1e-300") == [0, 0, 0, 0]


def test_the_help_lists_all_flags() -> None:
    assert BREAK.summary.startswith(f"Set a breakpoint: {', '.join(flags())}, value > 1")


def test_hits_are_counted_for_each_breakpoint(session: Session) -> None:
    assert session.do("break") == "no breakpoints are set; break value > 1, for example"
    assert session.do("break  pad  and value > 0") == "breakpoint 1 (pad and value > 0) is set"
    assert session.do("break h == 1 and c == 1") == "breakpoint 2 (h == 1 and c == 1) is set"
    assert session.do("break pad and value>0") == "breakpoint 1 (pad and value > 0) is set already"
    places = [place for place in matching("every kind", "pad and value > 0") if place > ("conv1", 0)]
    assert session.do("continue") == "breakpoint 1 (pad and value > 0), hit 1"
    assert (session.layer, session.number) == places[0]
    assert session.do("continue 2") == "breakpoint 1 (pad and value > 0), hit 2"
    assert (session.layer, session.number) == places[2]
    session.do("jump 1 0 0")
    assert "breakpoint 2 (h == 1 and c == 1), hit 1" in session.do("continue")
    assert session.index == (0, 1, 0, 1)
    assert "breakpoint 1 (pad and value > 0), " in session.do("break")
    assert "breakpoint 2 (h == 1 and c == 1), 1 hit" in session.do("break")


def test_one_step_can_hit_two(session: Session) -> None:
    session.do("break number == 5")
    session.do("break w == 1 and c == 0")
    assert session.do("continue") == ("breakpoint 1 (number == 5), hit 1; breakpoint 2 (w == 1 and c == 0), hit 1")


def test_clearing(session: Session) -> None:
    for condition in ("pad", "tie", "nan"):
        session.do(f"break {condition}")
    assert session.do("clear 2") == "breakpoint 2 (tie) removed"
    with pytest.raises(VerbError, match=r"there is no breakpoint 2\. There are: 1, 3"):
        session.do("clear 2")
    assert session.do("break clips") == "breakpoint 4 (clips) is set"
    assert session.do("clear all") == "breakpoint 1 (pad), breakpoint 3 (nan), breakpoint 4 (clips) removed"
    assert session.do("clear") == "no breakpoints are set"
    with pytest.raises(VerbError, match=r"can't read the words after 'clear'\. Usage: clear"):
        session.do("clear tie")


@pytest.mark.parametrize("verb", ["continue", "reverse"])
def test_there_is_nowhere_to_go_without_breakpoints(session: Session, verb: str) -> None:
    with pytest.raises(VerbError, match="no breakpoints are set; break value > 1, for example"):
        session.do(verb)
    session.do("break pad")
    for words in ("0", "-1", "x", "1 2"):
        with pytest.raises(VerbError, match=f"Usage: {verb}"):
            session.do(f"{verb} {words}")


def test_the_cursor_stays_where_nothing_matches(session: Session) -> None:
    session.do("jump 2 3 1")
    session.do("break value > 1e6")
    before = session.cursor
    assert session.do("continue") == "no window further on matches"
    assert session.do("reverse") == "no window further back matches"
    session.do("break layer == conv1 and number == 72")
    assert session.do("continue 2") == "only 1 window further on matches"
    session.do("break layer == conv1 and number > 278")
    assert session.do("continue 9") == "only 3 windows further on match"
    assert session.cursor == before
    assert all(each.hits == 0 for each in session.breakpoints)


def test_a_stop_is_at_the_first_tap_where_taps_are_open(session: Session) -> None:
    session.do("taps open")
    session.do("step 3 mac")
    session.do("break number == 7")
    session.do("continue")
    assert (session.number, session.cursor.tap) == (6, 0)
    assert session.do("continue") == "breakpoint 1 (number == 7), hit 2"
    assert (session.layer, session.number, session.cursor.tap) == ("relu1", 6, 0)


def test_a_layer_that_cant_work_ends_the_search() -> None:
    session = Session(nets.mnist(), nets.x(1, 28, 28, 1))
    session.do("padding valid all")
    session.do("layer flatten")
    session.do("break number == 1")
    fault = session.network.stage("dense1").fault
    assert session.do("continue") == f"no window further on matches; {fault}"
    assert session.layer == "flatten"
    session.do("layer dense2")
    with pytest.raises(VerbError, match="dense2 can't run: waits for dense1"):
        session.do("reverse")


def test_breakpoints_stay_when_the_net_changes(session: Session) -> None:
    session.do("break pad and h == 0 and c == 2")
    session.do("continue")
    session.do("padding valid conv1")
    session.do("jump start")
    session.do("continue")
    assert session.layer == "pool1"
    session.do("padding same conv1")
    session.do("jump conv1 start")
    assert session.do("continue") == "breakpoint 1 (pad and h == 0 and c == 2), hit 3"
    assert session.layer == "conv1"


def test_breakpoints_stay_when_another_net_is_opened() -> None:
    averaged = nets.averaged(), nets.x(1, 6, 4, 3)
    session = Session(nets.every_kind(), nets.x(1, 9, 7, 2), opener=lambda spec: averaged)
    session.do("break layer == pool2 and c == 1")
    session.do("break c == 4 and layer != fc")
    session.do("open averaged")
    assert session.do("continue") == "breakpoint 2 (c == 4 and layer != fc), hit 1"
    session.do("clear 2")
    assert session.do("continue") == "no window further on matches"


def test_no_more_is_computed_than_the_search_needs() -> None:
    def known(session: Session) -> list[str]:
        return [name for name in session.network.names if session.values.is_known(name)]

    def searched(*lines: str) -> list[str]:
        session = Session(nets.course(), nets.x(1, 64, 64, 3))
        for line in lines:
            session.do(line)
        return known(session)

    assert searched("break value > 0", "continue") == ["conv1"]
    assert searched("break clips", "continue") == ["conv1", "relu1"]
    assert searched("break layer == conv1 and value > 1e9", "continue") == ["conv1"]
    assert searched("break value > 1e9 and not layer != relu1", "continue")[-1] == "relu1"
    assert searched("break tie and value > 1e9", "continue")[-1] == "pool2"
    assert searched("break pad and h > 99", "break layer == fc and c == 5", "continue") == []
    assert searched("break layer == fc and c == 5", "break clips and value > 9", "jump fc 0", "continue") == []


def test_the_search_can_be_left() -> None:
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    session.do("break layer == relu2 and value > 0")
    before = session.cursor
    search = search_of(session, [], forward=True)
    assert next(search)[0] == "conv1"
    search.close()
    assert session.cursor == before
    assert session.breakpoints[0].hits == 0


def test_a_name_with_spaces_can_be_quoted() -> None:
    network = nets.averaged()
    layers = (replace(network.layers[0], name="it's first"), *network.layers[1:])
    session = Session(replace(network, layers=layers), nets.x(1, 6, 4, 3))
    session.do('break layer == "it\'s first" and number == 3')
    assert session.do("continue").endswith("hit 1")
    assert session.number == 2


def test_a_script_stops_at_breakpoints(session: Session) -> None:
    script = "break pad and value > 0   # at the border\ncontinue\ncontinue 3\nreverse\nexpect layer conv1\nbreak\n"
    said = [line[34:] for line in replay(session, script, "lesson")]
    assert said == [
        "breakpoint 1 (pad and value > 0) is set",
        "breakpoint 1 (pad and value > 0), hit 1",
        "breakpoint 1 (pad and value > 0), hit 2",
        "breakpoint 1 (pad and value > 0), hit 3",
        "layer conv1",
        "breakpoint 1 (pad and value > 0), 3 hits",
    ]
    places = matching("every kind", "pad and value > 0")
    assert places[0] == ("conv1", 0)  # where it starts: the next one is the first to stop at
    assert (session.layer, session.number) == places[3]


def test_three_million_windows_take_no_time() -> None:
    """The last window of all, where no other matches: 15 to 25 ms on the machine that this was written on.

    In the time of this thread, so that what else runs there does not count.
    """
    layers = (Relu("relu"), max_pool("pool", Sliding((3, 3), padding="same")))
    session = Session(Network("large", (224, 224, 64), layers, nets.F32), nets.x(1, 224, 224, 64))
    session.values.output("pool")
    last = 224 * 224 * 64
    for layer in ("relu", "pool"):
        seconds = []
        for attempt in range(5):
            session.do(f"jump {layer} start")
            session.do("clear")
            session.do(f"break layer == {layer} and (number == {last} or clips and tie or value > {9 + attempt})")
            start = thread_time()
            session.do("continue")
            seconds.append(thread_time() - start)
            assert (session.layer, session.number) == (layer, last - 1)
        assert min(seconds) < 0.1
