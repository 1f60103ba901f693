"""Learners' files, read: what is taken from them, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learners import A_PREV, BIAS, FILTERS, QUICK, called, conv, conv_call

from convstep.check.contracts import Call
from convstep.check.reading import read, submission
from convstep.check.running import Runner
from convstep.check.submission import SubmissionError


def kept(text: str) -> list[str]:
    """Return the first lines of the statements that are run."""
    import ast

    source = submission(text, "my.py")
    body = ast.parse(source.text).body
    return [ast.unparse(body[number]).split("\n")[0] for number in source.main.keep]


def refused(path: Path, data: str | bytes) -> list[str]:
    """Return the lines of the message that a file gets."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(SubmissionError) as error:
        read(path)
    return error.value.lines


def notebook(*cells: str, **more: Any) -> str:
    """Return a notebook with code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells], **more})


def test_only_what_a_function_needs_is_run() -> None:
    text = """
import numpy as np, os
import h5py
from public_tests import *
SIZE = int("3")
other = input()
table = {}
table["a"] = SIZE
plt.rcParams["a"] = 5
def helper(x): return x * SIZE + table["a"]
def f(x):
    other = 5
    return helper(np.abs(x)) + other
f(3)
print(SIZE)
while True: pass
if __name__ == "__main__":
    SIZE = 9
"""
    assert kept(text) == [
        "import numpy as np, os",
        "SIZE = int('3')",
        "table = {}",
        "table['a'] = SIZE",
        "def helper(x):",
        "def f(x):",
    ]
    assert called(submission(text, "my.py"), Call("f", (np.array(-2.0),))).value == 2 * 3 + 3 + 5


def test_the_last_definition_counts_and_what_earlier_ones_need_is_not_run() -> None:
    text = "def f(x): return boom(x)\nboom = 1 / 0\ndef f(x): return x\n"
    assert kept(text) == ["def f(x):"]
    (function,) = submission(text, "my.py").functions
    assert (function.line, function.earlier) == (3, (1,))


def test_a_name_bound_from_itself_keeps_what_came_before() -> None:
    text = "def f(x): return x\ndef double(g): return lambda x: 2 * g(x)\nf = double(f)\n"
    text += "n = 1\nn += 2\ndef g(x): return f(x) + n\n"
    assert called(submission(text, "my.py"), Call("g", (5,))).value == 13


def test_definitions_in_try_and_if_count() -> None:
    text = "try:\n    from nowhere import g\nexcept ImportError:\n    def g(x): return x + 1\ndef f(x): return g(x)\n"
    assert called(submission(text, "my.py"), Call("f", (1,))).value == 2


def test_a_lambda_is_a_function() -> None:
    source = submission("zero_pad = lambda X, pad=1: (\n    X\n)\n", "my.py")
    (found,) = source.functions
    assert (found.name, found.parameters, found.required, found.line, found.end) == ("zero_pad", ("X", "pad"), 1, 1, 3)
    with Runner(source, QUICK) as runner:
        assert runner.run([Call("zero_pad", (7,))])[0].value == 7


def test_parameters_and_methods() -> None:
    source = submission(
        "class Layer:\n    def forward(self, A_prev, W, b, pad=0): return A_prev + pad\n"
        "    @staticmethod\n    def twice(x): return 2 * x\n"
        "def f(a, b, *, stride, pad=1): return a\n",
        "my.py",
    )
    found = {each.name: (each.parameters, each.required) for each in source.functions}
    assert found == {
        "Layer.forward": (("A_prev", "W", "b", "pad"), 3),
        "Layer.twice": (("x",), 1),
        "f": (("a", "b", "stride", "pad"), 3),
    }
    assert called(source, Call("Layer.forward", (1, 2, 3), {"pad": 4})).value == 5
    assert called(source, Call("Layer.twice", (4,))).value == 8


def test_names_that_are_nowhere_are_listed() -> None:
    (function,) = submission(
        "def f(x):\n    y = [z for z in range(3)]\n    return zero_pad(x) + np.sum(x) + len(y)\n", "a"
    ).functions
    assert function.missing == ("np", "zero_pad")


def test_functions_of_the_same_file_that_one_uses() -> None:
    text = "def c(x): return x\ndef b(x): return c(x)\ndef a(x): return b(x)\ndef z(x): return x\n"
    source = submission(text, "my.py")
    assert {each.name: set(each.uses) for each in source.functions} == {
        "a": {"b", "c"},
        "b": {"c"},
        "c": set(),
        "z": set(),
    }


def test_a_missing_module_only_matters_where_it_is_used() -> None:
    text = "import nowhere as n\nfrom nowhere.deep import thing\n"
    text += "def f(x): return x\ndef g(x): return n.relu(x)\ndef h(x): return thing(x)\n"
    source = submission(text, "my.py")
    assert called(source, Call("f", (1,))).value == 1
    for name, line in (("g", 4), ("h", 5)):
        error = called(source, Call(name, (1,))).error
        assert error is not None
        assert (error.line, "needs nowhere" in error.says) == (line, True)


def test_a_decorator_that_is_not_there_is_left_out() -> None:
    source = submission("from numba_nowhere import jit\n@jit(nopython=True)\ndef f(x):\n    return x\n", "my.py")
    assert called(source, Call("f", (1,))).value == 1


@pytest.mark.parametrize(
    ("before", "body", "hint"),
    [
        ("", "return np.sum(x)", "the import is missing: import numpy as np"),
        ("from nowhere import *", "return zero_pad(x)", "it may come from my.py:1, whose module is not here"),
        ("SIZE = open('size.txt').read()", "return SIZE", "my.py:1 should define it, and could not be run here"),
        ("", "for i in xrange(3): pass", "that is Python 2; today it is range"),
        ("", "return y\n    y = 1", "y is used before it gets a value"),
        ("", "return {'stride␣': 1}['stride'] + {}['stride␣']", "there is no 'stride'"),
        ("", "return {}['stride␣']", "␣ (U+2423) is no plain character"),
        ("", "return range(3.0)", "/ gives a fraction, // a whole number"),
        ("", "return None.shape", ""),
    ],
)
def test_errors_say_what_they_usually_mean(before: str, body: str, hint: str) -> None:
    error = called(submission(f"{before}\ndef f(x):\n    {body}\n", "my.py"), Call("f", (1,))).error
    assert error is not None
    assert hint in error.says
    assert error.place == "my.py:3"


def test_an_error_has_the_variables_of_its_line() -> None:
    text = "import numpy as np\ndef g(part, n):\n    return part[n]\ndef f(A):\n    h = 7\n    return g(A[0], h)\n"
    error = called(submission(text, "my.py"), Call("f", (np.arange(6).reshape(2, 3),))).error
    assert error is not None
    assert (error.type, error.line, error.function) == ("IndexError", 3, "g")
    assert error.locals == {"part": "[0, 1, 2]", "n": "7"}


def test_files_beside_it_are_read_and_only_their_definitions_run(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(
        "import nowhere\nprint(nowhere.x)\nexit()\nK = 3\ndef by_k(x):\n    return x * K\n"
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "more.py").write_text("from helper import by_k\ndef again(x): return by_k(by_k(x))\n")
    (tmp_path / "my.py").write_text(
        "from helper import *\nfrom .helper import by_k as k\nfrom deep.more import again\nimport helper\n"
        "def f(x): return by_k(x), k(x), again(x), helper.K\n"
    )
    assert called(read(tmp_path / "my.py"), Call("f", (2,))).value == (6, 6, 18, 3)


def test_an_error_in_a_file_beside_it_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("\n\ndef g(x):\n    return x[5]\n")
    (tmp_path / "my.py").write_text("from helper import g\ndef f(x):\n    return g(x)\n")
    error = called(read(tmp_path / "my.py"), Call("f", ((1,),))).error
    assert error is not None
    assert (error.place, error.line) == ("helper.py:4", 3)


def test_a_right_helper_takes_the_place_of_theirs() -> None:
    text = "def zero_pad(x): return 'wrong'\ndef f(x): return zero_pad(x), missing(x)\n"
    right = {
        "zero_pad": "def zero_pad(x):\n    return _own(x)\ndef _own(x):\n    return x + np.ones(2)\n",
        "missing": "def missing(x): return 7",
    }
    value = called(submission(text, "my.py"), Call("f", (1,)), replaced=right).value
    assert (value[0].tolist(), value[1]) == ([2, 2], 7)


# Notebooks


def test_a_notebook_is_its_code_cells_and_places_are_named_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "my.ipynb"
    path.write_text(
        notebook(
            "%matplotlib inline\nimport numpy as np\n!pip install x\nfiles = !ls\nnp.pad?",
            "%%bash\nls -l | wc",
            "this is no python",
            "%%time\ndef g(x):\n    return x[9]",
            "def f(x):\n    %timeit 5\n    return g(x)",
        )
    )
    source = read(path)
    assert [each.number for each in source.cells] == [1, 2, 3, 4, 5]
    function = source.function("f")
    assert function is not None
    assert source.place(function.line) == "cell 5, line 1"
    error = called(source, Call("f", (np.ones(3),))).error
    assert error is not None
    assert error.place == "cell 4, line 3"


def test_a_syntax_error_in_a_cell_that_defines_something_is_said(tmp_path: Path) -> None:
    lines = refused(tmp_path / "my.ipynb", notebook("import numpy as np", "def f(x)\n    return x"))
    assert lines == ["cell 2, line 1, column 9: a syntax error: expected ':'", "    def f(x)", "            ^"]


def test_old_and_odd_notebooks(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["def f(x):\n", "    return x"]}]}]})
    )
    assert [each.name for each in read(path).functions] == ["f"]
    for text in ("[]", "{}", '{"cells": 5}', "null", '{"cells": [], "metadata": ', "[" * 100000):
        assert "not a notebook" in refused(path, text)[0]
    path.write_text(json.dumps({"cells": [5, {"cell_type": "code"}, {"cell_type": "code", "source": None}]}))
    assert read(path).functions == ()


# Bad files


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", ["my.py: there is nothing to check in an empty file"]),
        (b"\xef\xbb\xbf \n", ["my.py: there is nothing to check in an empty file"]),
        (b"x = '\xe4'\n", ["my.py: this is not text: byte 0xe4 at 5 is not UTF-8"]),
        (b"x\0y", ["my.py: this is not text: byte 0x00 at 1"]),
        (
            "def f(x):\n\u00a0\u00a0return x\n",
            ["my.py:2:1: this line has no-break spaces (U+00A0), pasted from a web page or a PDF"],
        ),
        ("x = \u201ca\u201d\n", ["my.py:1:5: this line has \u201c (U+201C), pasted from a text or a PDF"]),
        ("def f(x):\n    if x:\n\treturn x\n", ["my.py:3:1: tabs and spaces are mixed in the indentation"]),
        ("def f(x):\nreturn x\n", ["my.py:2:1: the indentation is wrong: expected an indented block"]),
        ("def f(x):\n    print x\n", ["my.py:2:5: this is Python 2 (print without brackets)"]),
        (
            "def f(x):\n    return )\n",
            ["my.py:2:12: a syntax error: unmatched ')'", "        return )", "               ^"],
        ),
        ("f(" * 500, ["my.py:1:"]),
        ("def f():\n    return\n  x = 1\n", ["my.py:3:"]),
        ("return 5\nx = [\n", ["my.py:2:"]),
        ("def f(a, a): pass\n", ["my.py:1:"]),
    ],
)
def test_files_that_are_no_code_say_why(tmp_path: Path, data: str | bytes, lines: list[str]) -> None:
    found = refused(tmp_path / "my.py", data)
    assert all(line in text for line, text in zip(lines, found, strict=False)), found


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "-" * 5000 + "1\n",
        "def f(a):\n    return a" + ".b" * 20000 + "\n",
        "def f(x):\n    return " + "+".join(["1"] * 30000) + "\n",
        "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * 5000,
        "f = " + "lambda: " * 5000 + "1\n",
        "x = '\ud800'\n",
    ],
)
def test_code_that_no_compiler_takes_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SubmissionError, match="a syntax error"):
        submission(text, "my.py")


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path, what in ((tmp_path / "none.py", "there is no such file"), (tmp_path, "this is a folder")):
        with pytest.raises(SubmissionError, match=what):
            read(path)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "my.py"
    text = "def f(x):\r\n    return 'höhe'\r\n"
    mark = "" if encoding.startswith("utf") else f"# -*- coding: {encoding} -*-\r\n"
    path.write_bytes((mark + text).encode(encoding))
    assert called(read(path), Call("f", (1,))).value == "höhe"


def test_magics_keep_the_lines_and_code_that_looks_like_them_stays() -> None:
    source = submission("%matplotlib inline\n!ls\nx = 5\ndef f(a):\n    !ls\n    return a[9]\n", "my.py")
    error = called(source, Call("f", ((1,),))).error
    assert error is not None
    assert error.line == 6
    assert called(submission("def f(a):\n    return (a\n% 5)\n", "my.py"), Call("f", (7,))).value == 2


# Not written yet


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("pass", (3,)),
        ('"""Docs."""\n    ...', (4,)),
        ("raise NotImplementedError", (3,)),
        ("raise NotImplementedError('todo')", (3,)),
        ("X = None\n    return X", (3,)),
        ("(m, n) = None\n    f = x.shape\n    return m", (3,)),
        ("for i in range(None):\n        pass\n    return x", (3,)),
        ("Z = np.zeros(3)\n    Z[0] = None\n    return Z", (4,)),
        ("# START CODE HERE\n    \n    # END CODE HERE\n    return Z", (3,)),
        ("### START CODE HERE ### (1 line)\n    ### END CODE HERE ###\n    return Z", (3,)),
        ("# YOUR CODE STARTS HERE\n    pass\n    # YOUR CODE ENDS HERE\n    return Z", (3,)),
        ("a = None\n    b = a * 2\n    return b", (3,)),
    ],
)
def test_a_template_that_is_not_filled_in_is_not_written_yet(body: str, lines: tuple[int, ...]) -> None:
    source = submission(f"import numpy as np\ndef f(x):\n    {body}\n", "my.py")
    assert source.functions[0].unwritten == lines
    found = called(source, Call("f", (np.ones(3),)))
    assert found.kind == "not_written"
    assert found.error is not None
    assert found.error.says.startswith("f is not written yet: ")


@pytest.mark.parametrize(
    "body",
    [
        "out = None\n    out = x + 1\n    return out, None",
        "cache = None\n    return x + 1, cache",
        "# START CODE HERE\n    out = x + 1\n    # END CODE HERE\n    return out",
        "# START CODE HERE\n    # END CODE HERE\n    return x + 1",
        "def g(): pass\n    return x + 1",
    ],
)
def test_a_none_that_does_no_harm_is_no_template(body: str) -> None:
    assert called(submission(f"def f(x):\n    {body}\n", "my.py"), Call("f", (1,))).kind == "value"


def test_another_error_in_a_template_is_an_error() -> None:
    found = called(submission("def f(x):\n    cache = None\n    return x[5], cache\n", "my.py"), Call("f", ((1,),)))
    assert found.kind == "error"


def test_a_right_one_is_right() -> None:
    source = submission(
        "import numpy as np\ndef conv_forward(A, W, b, hp):\n"
        "    s, p, f = hp['stride'], hp['pad'], W.shape[0]\n"
        "    X = np.pad(A, ((0, 0), (p, p), (p, p), (0, 0)))\n"
        "    windows = np.lib.stride_tricks.sliding_window_view(X, (f, f), axis=(1, 2))[:, ::s, ::s]\n"
        "    return np.einsum('mhwkpq,pqkc->mhwc', windows, W) + b.reshape(-1)\n",
        "a.py",
    )
    assert np.array_equal(called(source, conv_call()).value, conv(A_PREV, FILTERS, BIAS, 2, 1))
