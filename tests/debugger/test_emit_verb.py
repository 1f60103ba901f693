"""The verb `emit`: the current layer's call, as the message."""

from __future__ import annotations

import pytest
from replaying import replay

from convstep.debugger import VERBS
from convstep.debugger.verbs.emitting import FRAMEWORKS
from convstep.errors import VerbError
from convstep.opening import open_session


def test_it_says_the_call_of_the_current_layer() -> None:
    session = open_session("photo")
    assert session.do("emit keras") == 'x = layers.Conv2D(8, 4, padding="same")(x)'
    session.do("layer pool1")
    assert session.do("emit tf") == 'x = tf.nn.max_pool2d(x, 8, 8, "VALID")'
    before = session.frame.cursor
    session.do("emit numpy")
    assert session.frame.cursor == before


def test_it_offers_the_frameworks() -> None:
    from convstep.answers.emit import FRAMEWORKS as KNOWN

    assert VERBS["emit"].choices(open_session("tiny")) == FRAMEWORKS == KNOWN


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("emit", "can't read the words after 'emit'"),
        ("emit torch now", "can't read the words after 'emit'"),
        ("emit trch", "there is no framework 'trch'. Did you mean 'torch'?"),
    ],
)
def test_what_it_cannot_read_is_refused(line: str, said: str) -> None:
    with pytest.raises(VerbError) as caught:
        open_session("tiny").do(line)
    assert said in str(caught.value)


def test_a_script_prints_it_line_by_line() -> None:
    lines = list(replay(open_session("photo"), "emit torch\nstep", "lesson"))
    assert [line[34:] for line in lines[:4]] == [
        "conv1 = nn.Conv2d(3, 8, kernel_size=4)",
        "# SAME: the odd row and column of padding go to the bottom and to the right",
        "x = F.pad(x, (1, 2, 1, 2))",
        "x = conv1(x)",
    ]
    assert [line[:34].strip() for line in lines] == ["emit torch", "", "", "", "step"]
