"""Whatever learners' code does, convstep lives, and says in one sentence what happened."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from commands import convstep
from learners import A_PREV, QUICK, called, code, conv_call, outcome, says, together

from convstep.check.contracts import Call, Odd, Outcome
from convstep.check.process import Limits
from convstep.check.reading import submission
from convstep.check.running import Runner


@pytest.mark.parametrize(
    ("body", "kind", "sentence", "line"),
    [
        ("while True: pass", "timeout", "f did not end within 0.25 seconds: the loop in my.py:4 goes on", 4),
        ("while True:\n    try:\n        while True: pass\n    except:\n        pass", "timeout", "my.py:6 goes on", 6),
        ("import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass", "timeout", "my.py:6", 6),
        ("import time\ntime.sleep(60)", "timeout", "f did not end within 0.25 seconds", 5),
        ("while True: print('x' * 1000)", "timeout", "f did not end", 4),
        ("import os\nwhile True: os.write(1, b'x' * 100000)", "timeout", "f did not end", 5),
        ("exit()", "error", "f calls exit(), which ends the whole program", 4),
        ("import sys\nsys.exit(2)", "error", "f calls exit()", 5),
        ("import os\nos._exit(0)", "error", "f gave no answer: it ended the whole program, as os._exit() does", None),
        (
            "import ctypes\nctypes.string_at(0)",
            "error",
            "f gave no answer: the Python interpreter crashed (SIGSEGV)",
            5,
        ),
        ("import os\nos.abort()", "error", "f gave no answer: the Python interpreter crashed (SIGABRT)", 5),
        ("return f(A_prev, W, b, hparameters)", "error", "f calls itself without an end", 4),
        ("pad = int(input('pad? '))", "error", "f waits for input; it must take what it needs from its arguments", 4),
        ("return np.ones((200000, 200000))", "limit", "f needs more memory than it may use here", 4),
        ("x = []\nwhile True: x.append(np.empty(10000000))", "limit", "f needs more memory than it may use here", 5),
        ("return np.zeros((300, 300, 300))", "limit", "f gives back too much: an array of shape (300, 300, 300)", None),
        ("return np.broadcast_to(1.0, (10**7, 10**7))", "limit", "f gives back too much", None),
        ("import subprocess\nsubprocess.run(['ls'])", "error", "no other program may be started or stopped here", 5),
        ("import os\nos.kill(os.getppid(), 9)", "error", "no other program may be started or stopped here", 5),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9))", "error", "there is no network here", 5),
        ("open('../x.txt', 'w')", "error", "files may only be written in the working folder here", 4),
        ("class Mine(BaseException): pass\nraise Mine('x')", "error", "Mine: x", 5),
        ("raise KeyboardInterrupt", "error", "f interrupts itself", 4),
        ("raise NotImplementedError('later')\nx = 1", "not_written", "f is not written yet", 4),
    ],
)
def test_every_accident_gets_one_sentence_and_the_line(body: str, kind: str, sentence: str, line: int | None) -> None:
    started = time.monotonic()
    found = outcome(body, limits=Limits(call=0.25, total=1.0) if kind == "timeout" else None)
    assert time.monotonic() - started < 8
    assert (found.kind, found.value) == (kind, None)
    assert sentence in says(found)
    assert found.error is not None
    assert found.error.line == line


def test_after_an_accident_other_functions_are_called_in_a_new_child() -> None:
    source = submission(
        "import os\ndef ends(x):\n    os._exit(1)\ndef loops(x):\n    while True: pass\n"
        "def doubles(x):\n    return 2 * x\n",
        "my.py",
    )
    calls = [
        Call(name, (n,)) for n, name in enumerate(["doubles", "ends", "doubles", "loops", "ends", "loops", "doubles"])
    ]
    with Runner(source, QUICK) as runner:
        started = time.monotonic()
        found = runner.run(calls)
        assert [each.kind for each in found] == ["value", "error", "value", "timeout", "error", "timeout", "value"]
        assert [each.value for each in found if each.kind == "value"] == [0, 4, 12]
        runner.run(calls)
        assert time.monotonic() - started < 6  # a function that did not end isn't called again
        found = runner.run([Call("loops", (5,))], {"loops": "def loops(x): return 3 * x"})
        assert found[0].value == 15


def test_the_time_for_all_calls_is_limited() -> None:
    source = submission("import time\ndef slow(x):\n    time.sleep(0.2)\n    return x\n", "my.py")
    with Runner(source, Limits(call=0.9, total=1.0)) as runner:
        kinds = [each.kind for each in runner.run([Call("slow", (n,)) for n in range(10)])]
    assert kinds == sorted(kinds, reverse=True)  # values, then timeouts
    assert set(kinds) == {"value", "timeout"}


def test_threads_do_not_keep_it_from_ending() -> None:
    body = "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\nreturn 1.0"
    started = time.monotonic()
    found = outcome(body)
    assert found.value == 1.0 or "start new thread" in says(found)  # where the number of processes is limited
    assert time.monotonic() - started < 3


def test_what_is_printed_is_cut_and_made_safe() -> None:
    found = outcome("print('\\x1b[2Jhello')\nfor n in range(100000): print(A_prev)\nreturn 1.0")
    assert found.value == 1.0
    assert found.printed.startswith("\\x1b[2Jhello\n")
    assert len(found.printed) < 5000


def test_messages_of_theirs_are_made_safe() -> None:
    found = outcome("raise ValueError('\\x1b[2Jboo')")
    assert "\x1b" not in says(found)
    assert found.error is not None
    assert "\x1b" not in found.error.message


def test_settings_of_theirs_last_for_one_call() -> None:
    before = np.geterr()
    source = submission(
        "import numpy as np\nimport sys\n"
        "def strict(x):\n    np.seterr(all='raise')\n    sys.setrecursionlimit(50)\n    return x\n"
        "def divides(x):\n    return np.ones(2) / np.zeros(2)\n",
        "my.py",
    )
    with Runner(source) as runner:
        found = runner.run([Call("strict", (1.0,)), Call("divides", (1.0,))])
    assert [each.kind for each in found] == ["value", "value"]
    assert np.isinf(found[1].value).all()
    assert np.geterr() == before


def test_files_go_into_an_empty_folder_that_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Runner(code("import os\nopen('x.txt', 'w').write('x')\nreturn os.getcwd(), os.listdir('.')")) as runner:
        folder, listed = runner.run([conv_call("f")])[0].value
        assert listed == ["x.txt"]
        assert Path(folder).parent == tmp_path
    assert os.listdir(tmp_path) == []


def test_the_environment_does_not_reach_their_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "password")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    found = outcome("import os, sys\nreturn os.environ.get('A_SECRET'), '/somewhere' in sys.path")
    assert found.value == (None, False)


def test_it_says_what_it_protects_from() -> None:
    said = " ".join(convstep("check", "--help").stdout.split())
    assert "This protects from accidents, and not from code that means harm." in said


RETURNED = [
    ("(None, np.float64(2))[0]", None),
    ("[[1, 2], [3, 4.5]]", [[1.0, 2.0], [3.0, 4.5]]),
    ("[[1, 2], [3]]", [[1, 2], [3]]),
    ("3 + 2j", 3 + 2j),
    ("np.float32(0.25)", np.float32(0.25)),
    ("'text'", "text"),
    ("(x for x in [])", Odd("a generator")),
    ("np.array([None, 1], dtype=object)", Odd("an array of dtype object, 2")),
    ("np.array(['a'])", Odd("an array of dtype <U1, 1")),
    ("f0", Odd("a function")),
    ("10**40", Odd("an integer of more than 63 bits")),
    ("{'a': (1, True)}", {"a": (1, True)}),
    ("slice(1, 4)", slice(1, 4, None)),
]


def test_whatever_is_returned_comes_back_as_it_was_or_is_described() -> None:
    told = together([f"return {expression}" for expression, _ in RETURNED])
    for (expression, expected), (found, _) in zip(RETURNED, told, strict=True):
        assert found.kind == "value", expression
        assert found.value == expected
        assert type(found.value) is type(expected)


def test_arrays_come_back_with_their_dtype_shape_and_bits() -> None:
    source = submission("def same(*arrays):\n    return arrays\n", "my.py")
    rng = np.random.default_rng(0)
    arrays = [
        rng.normal(size=(2, 3, 4)).astype(np.float32),
        np.array([np.nan, np.inf, -0.0, 5e-324]),
        np.arange(6).reshape(2, 3).T,
        np.zeros((0, 3)),
        np.array(3.5),
        np.array([True, False]),
        rng.normal(size=4) * 1j,
        rng.normal(size=(4, 4))[::2, ::-1],
    ]
    found = called(source, Call("same", tuple(arrays)))
    for given, back in zip(arrays, found.value, strict=True):
        assert (given.dtype, given.shape) == (back.dtype, back.shape)
        assert given.tobytes() == back.tobytes()
        assert not back.flags.writeable


def test_arrays_of_other_classes_come_back_plain_with_a_note() -> None:
    found = outcome("return np.matrix([[1, 2]]), np.ma.masked_array([1, 2], [0, 1])")
    matrix, masked = found.value
    assert (type(matrix), type(masked)) == (np.ndarray, np.ndarray)
    assert matrix.tolist() == [[1, 2]]
    assert masked.tolist() == [1, 2]
    assert found.notes == (
        "it gives a numpy.matrix, no plain array",
        "it gives a numpy.MaskedArray, no plain array",
    )


def test_lists_in_themselves_come_back() -> None:
    assert outcome("x = []\nx.append(x)\nreturn x").kind == "value"


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("return A_prev + 1", ()),
        ("A_prev += 1\nreturn A_prev", (0,)),
        ("b.shape = (4,)\nreturn 1.0", (2,)),
        ("hparameters['pad'] = 0\nW[0, 0, 0, 0] = 0\nreturn 1.0", (1, 3)),
        ("A_prev[0, 0, 0, 0] = 0\nraise ValueError", (0,)),
    ],
)
def test_arguments_that_are_changed_in_place_are_named(body: str, changed: tuple[int, ...]) -> None:
    before = A_PREV.copy()
    assert outcome(body).changed == changed
    assert np.array_equal(A_PREV, before)


def test_a_second_call_with_another_answer_is_noticed() -> None:
    body = "count.append(1)\nreturn A_prev * len(count)"
    found = outcome(body, "count = []", twice=True)
    assert np.array_equal(found.value, A_PREV)
    assert isinstance(found.again, Outcome)
    assert np.array_equal(found.again.value, 2 * A_PREV)
    assert outcome("return A_prev * np.nan", twice=True).again is None
    fails = outcome(
        "count.append(1)\nif len(count) > 1: raise ValueError('twice')\nreturn 1.0", "count = []", twice=True
    )
    assert fails.again is not None
    assert fails.again.kind == "error"


def test_a_call_is_given_its_arguments_anew_each_time() -> None:
    found = outcome("A_prev += 1\nreturn A_prev", twice=True)
    assert found.again is None
    assert np.array_equal(found.value, A_PREV + 1)


def test_nothing_of_theirs_is_written_to(tmp_path: Path) -> None:
    from convstep.check.reading import read

    (tmp_path / "helper.py").write_text("def twice(x):\n    return 2 * x\n")
    (tmp_path / "my.py").write_text(
        "from helper import twice\ndef f(x):\n    open('my.py', 'w')\n    return twice(x)\n"
    )
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for path in tmp_path.iterdir():
        path.chmod(0o444)
    tmp_path.chmod(0o555)
    assert called(read(tmp_path / "my.py"), Call("f", (3,))).value == 6
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    tmp_path.chmod(0o755)
