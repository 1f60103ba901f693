"""`convstep check`: a learner's own functions, beside the right ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from convstep.cli.nets import changes_argument, note, silence_numpy_warnings

if TYPE_CHECKING:
    from convstep.check.beside import Beside
    from convstep.check.checking import Own, Report
    from convstep.check.opening import Opened

SUMMARY = "check a conv_forward of your own: where it first goes wrong, and which mistake it is"
EXAMPLE = "convstep check my_conv.py\n  convstep check my_conv.py --tui --watch"
NOTHING_TO_STEP = "The screen steps through convolutions and pools, forward. It has nothing to show of {}."


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "file",
        metavar="FILE",
        help="a .py file, a notebook, or a folder of them. It runs in a process of its own, with limits. "
        "This protects from accidents, and not from code that means harm.",
    )
    sub.add_argument("--function", metavar="NAME", default="", help="only this function, or Class.method")
    sub.add_argument("--case", metavar="FILE.npz", help="on these arrays alone: A_prev, W, b, stride, pad, f, mode, dZ")
    sub.add_argument(
        "--net",
        metavar="SPEC[:LAYER]",
        help="on the layers of a net, or on one of them: their sizes, weights and what arrives at them",
    )
    changes_argument(sub)
    sub.add_argument(
        "--hint",
        type=int,
        choices=range(4),
        default=2,
        help="tell where it goes wrong (0), which mistake it is (1), the line (2, the default), the repair (3)",
    )
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.add_argument("--jobs", metavar="N", type=int, default=1, help="of a folder, check N files at a time")
    sub.add_argument(
        "--tui",
        action="store_true",
        help="step through a function of yours beside the right one, on the screen",
    )
    sub.add_argument("--watch", action="store_true", help="check again when the file is saved, until you press ^C")
    sub.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML, too")


def run(args: Namespace) -> int:
    """Print what is to be said about the file; return the exit code: 1 if something is wrong."""
    from convstep.check.checking import check_file
    from convstep.report import check as report
    from convstep.report import streams

    path = Path(args.file)
    _refuse_together(path, args)
    if path.is_dir():
        return _folder(path, args)
    if args.tui:
        return _open(path, args)
    if args.watch:
        return _watch(path, args)
    checked = check_file(path, args.function, _own(args))
    streams.write(report.check_json(checked) if args.json else report.check_text(checked, args.hint))
    if args.junit is not None:
        _write_junit(args.junit, [checked])
    return 0 if report.passed(checked) else 1


def _own(args: Namespace) -> Own | None:
    """Return what makes the probes that are given with --case or --net; None if none are."""
    from convstep.errors import ArgumentError

    if args.case is not None and args.net is not None:
        raise ArgumentError("give a case or a net, not both", where="--net")
    if args.case is not None:
        from convstep.check.case import read_case

        return read_case(Path(args.case))
    if args.net is None and args.changes:
        raise ArgumentError("it changes a net, and there is none", where="--set", hint="Name one with --net SPEC")
    return None if args.net is None else _of_net(args.net, args.changes)


def _of_net(given: str, changes: list[str]) -> Own:
    """Return what makes probes of the layers of SPEC, or of the layer of SPEC:LAYER."""
    from convstep.check.net import net_probes
    from convstep.spec import load

    spec, colon, layer = given.rpartition(":")
    if not colon or "/" in layer or "\\" in layer or Path(given).exists():
        spec, layer = given, ""
    silence_numpy_warnings()
    network, x = load(spec, changes=changes, notify=note)
    return net_probes(network, x, Path(spec).name, layer)


def _refuse_together(path: Path, args: Namespace) -> None:
    """Refuse options that can't be used together."""
    from convstep.errors import ArgumentError

    for name in ("tui", "watch"):
        if not getattr(args, name):
            continue
        if path.is_dir():
            raise ArgumentError("it is for one file, and this is a folder", where=f"--{name}")
        for other in ("json", "junit"):
            if getattr(args, other):
                raise ArgumentError(f"it can't be used together with --{other}", where=f"--{name}")


def _watch(path: Path, args: Namespace) -> int:
    """Print what is to be said about a file, and again whenever it was saved; ends with ^C."""
    from time import sleep, strftime

    from convstep.check.checking import check_file
    from convstep.errors import ConvstepError
    from convstep.report import check as report
    from convstep.report import streams
    from convstep.watching import WATCH_SECONDS, Edits, files_beside

    own, edits, separator = _own(args), Edits([path]), list[str]()
    while True:
        edits.take(files_beside(path))  # before it is read: it may be saved again meanwhile
        streams.write(separator)
        try:
            streams.write(report.check_text(check_file(path, args.function, own), args.hint))
        except ConvstepError as error:
            if not path.exists():
                raise
            streams.complain(error.lines)
        if not separator:
            streams.complain(["It is checked again when it is saved; ^C ends."])
        while not (edits.edited() and path.exists()):
            sleep(WATCH_SECONDS)
        separator = ["", f"── saved at {strftime('%H:%M:%S')} {'─' * 60}"]


def _open(path: Path, args: Namespace) -> int:
    """Step through a function beside the right one, on the screen; return the exit code, 1 if something is wrong."""
    from convstep.cli.terminal import prepare, show

    prepare("Without one, leave out --tui")
    from convstep.check.opening import open_function
    from convstep.report import check as report
    from convstep.report import streams
    from convstep.settings import read_settings
    from convstep.watching import Edits, files_beside

    settings, own, edits = read_settings(), _own(args), None
    if args.watch:
        edits = Edits(files_beside(path))
    checked, opened = open_function(path, args.function, own)
    if opened is None:
        names = ", ".join(each.verdict.function for each in checked.functions)
        streams.write([*report.check_text(checked, args.hint), "", NOTHING_TO_STEP.format(names)])
        return 0 if report.passed(checked) else 1
    from convstep.tui.screens.beside import Checking, session_of

    def again(last: Beside) -> tuple[Report, Opened | None]:
        nonlocal checked
        if edits is not None:
            edits.take(files_beside(path))  # it may import other files now
        checked, found = open_function(path, args.function, own, last)
        return checked, found

    checking = Checking(opened, args.hint, edits, again)
    try:
        code = show(session_of(opened.beside), settings, checking=checking)
    finally:
        opened.close()
    return code or (0 if report.passed(checked) else 1)


def _folder(path: Path, args: Namespace) -> int:
    """Print what is to be said about the files of a folder, each as soon as it is checked; return the exit code."""
    from convstep.check.folder import check_folder
    from convstep.errors import ArgumentError
    from convstep.report import check as report
    from convstep.report import check_folder as folder
    from convstep.report import streams

    for option, given in (("--case", args.case), ("--net", args.net)):
        if given is not None:
            raise ArgumentError("it is for one file, and not for a folder", where=option)
    if args.jobs < 1:
        raise ArgumentError(f"expected at least 1, got {args.jobs}", where="--jobs")
    files = []
    for handed in check_folder(path, args.function, args.jobs):
        files.append(handed)
        if not args.json:
            streams.write([folder.line(handed)])
    if not files:
        raise ArgumentError("there is no .py file and no notebook in this folder", where=str(path))
    streams.write(folder.folder_json(files) if args.json else folder.summary(files))
    reports = [handed.report for handed in files if handed.report is not None]
    if args.junit is not None:
        _write_junit(args.junit, reports)
    return 0 if len(reports) == len(files) and all(map(report.passed, reports)) else 1


def _write_junit(path: str, reports: list[Report]) -> None:
    """Write the results as JUnit's XML."""
    from convstep.report.check import suites
    from convstep.report.files import writing
    from convstep.report.junit import junit

    with writing(path) as file:
        file.write(junit(suite for report in reports for suite in suites(report)))
