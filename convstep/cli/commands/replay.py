"""`convstep replay`: scripts, carried out and checked."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from convstep.cli.shots import SIZE
from convstep.errors import ConvstepError
from convstep.report import streams

if TYPE_CHECKING:
    from convstep.report.progress import Progress
    from convstep.report.replay import Replay

SUMMARY = "carry out scripts of verbs, and check what they expect"
EXAMPLE = """convstep replay lesson.steps
  convstep replay first-conv --out first-conv.html       a page that stops at each caption
  convstep replay first-conv --out first-conv.gif --size 80x24 --theme light
  convstep replay first-conv --out pictures/             a screen for each caption, as .png; as .svg: pictures.svg/"""

FAILED, WRONG = 1, 2


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "scripts",
        nargs="+",
        metavar="SCRIPT",
        help="one verb a line, as after ':' in the debugger; a folder of *.steps; a lesson; - reads standard input",
    )
    sub.add_argument("--tui", action="store_true", help="lead through one script on the screen, caption by caption")
    sub.add_argument("--auto", action="store_true", help="with --tui: go on by itself")
    sub.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="with --auto or --out: X times as fast (default: 1)"
    )
    sub.add_argument("--json", action="store_true", help="print what happened as JSON")
    sub.add_argument("--junit", metavar="FILE", help="write what holds and what doesn't as JUnit's XML")
    sub.add_argument(
        "--out",
        metavar="FILE",
        help="film one script on the debugger's screen, and write .gif, .webp, .cast (asciinema), .html, .md or, in "
        "words, .txt; the last screen as .svg or .png, or all of them if FILE ends in /",
    )
    sub.add_argument("--size", type=size, default=SIZE, metavar="WxH", help="the screen's size (default: 120x36)")
    sub.add_argument("--theme", choices=("dark", "light"), default="dark", help="its colours (default: dark)")
    sub.add_argument("--fps", type=fps, default=8.0, metavar="N", help="steps a second in a film (default: 8)")
    sub.add_argument("--force", action="store_true", help="with --out: write into a folder that exists")
    sub.add_argument(
        "--allow-outside", action="store_true", help="let scripts read and write outside their own folders"
    )


def speed(text: str) -> float:
    """Return a speed.

    Raises:
        ValueError: It is none.
    """
    value = float(text)
    if not 0.01 <= value <= 100:
        raise ValueError
    return value


def size(text: str) -> tuple[int, int]:
    """Return a size such as 120x36, in cells.

    Raises:
        ValueError: It is none.
    """
    width, height = map(int, text.lower().replace("×", "x").split("x"))
    return width, height


def fps(text: str) -> float:
    """Return a number of frames a second.

    Raises:
        ValueError: It is none, or too large.
    """
    value = float(text)
    if not 0.1 <= value <= 50:
        raise ValueError
    return value


def run(args: Namespace) -> int:
    """Carry out the scripts; return the exit code: 1 if an expectation failed, 2 if a script can't be carried out."""
    from convstep.report.files import writing
    from convstep.report.junit import junit
    from convstep.report.progress import Progress
    from convstep.report.replay import as_data, suite, summary
    from convstep.report.scripts import scripts
    from convstep.report.text import json_line

    paths = scripts(args.scripts)
    if args.tui:
        if len(paths) != 1:
            raise ConvstepError(f"one script at a time, got {len(paths)}", where="--tui")
        from convstep.cli.terminal import lead_through

        return lead_through(paths[0], anywhere=args.allow_outside, auto=args.auto, speed=args.speed)
    if args.out is not None and len(paths) != 1:
        raise ConvstepError(f"one script at a time, got {len(paths)}", where="--out")
    with ExitStack() as opened:
        film = opened.enter_context(_filming(args, paths[0])) if args.out is not None else None
        file = opened.enter_context(writing(args.junit)) if args.junit else None
        quiet = args.json or film is not None
        with Progress(wanted=quiet or not streams.is_seen()) as progress:
            replays = [_replay(path, args, progress, quiet=quiet) for path in paths]
            if film is not None and replays[0].error is None:
                film(replays[0], progress)
        if file is not None:
            file.write(junit(map(suite, replays)))
    if args.json:
        streams.write([json_line([as_data(each) for each in replays])])
    elif args.out is not None:
        streams.write([args.out] if replays[0].error is None else ())
    elif len(replays) > 1:
        streams.write([summary(replays)])
    return _code(replays)


@contextmanager
def _filming(args: Namespace, path: str) -> Iterator[Callable[[Replay, Progress], None]]:
    """Open what a film is written to, and yield what films the script.

    Raises:
        ConvstepError: It can't be written, or the screen can't have that size.
    """
    from convstep.report.film.formats import exporting, notes, target
    from convstep.report.scripts import Folder, folder_of

    where = target(args.out, force=args.force)
    from convstep.tui.recorder import check_size, film_of

    check_size(args.size)
    with exporting(where) as write:

        def film(replayed: Replay, progress: Progress) -> None:
            name = replayed.name
            made = film_of(
                replayed.script,
                name,
                Folder(folder_of(path), args.allow_outside),
                size=args.size,
                theme=args.theme,
                fps=args.fps,
                speed=args.speed,
                tell=lambda done, total: progress.tell(done, total, f"{name}: filmed"),
            )
            write(made, lambda done, total: progress.tell(done, total, f"{args.out}: painted"))
            streams.complain(notes(made, where))

        yield film


def go_through(path: str) -> int:
    """Carry out one script, and print what happens; return the exit code."""
    from convstep.report.progress import Progress

    return _code([_replay(path, Namespace(allow_outside=False, size=SIZE, theme="dark"), Progress(wanted=False))])


def _code(replays: list[Replay]) -> int:
    if any(each.error for each in replays):
        return WRONG
    return FAILED if any(each.failures for each in replays) else 0


def _replay(path: str, args: Namespace, progress: Progress, *, quiet: bool = False) -> Replay:
    """Carry out one script.

    Args:
        path: Its file.
        args: Whether it may read and write outside its folder, and the size and the colours of the screens it writes.
        progress: Tells how far it is.
        quiet: Whether to print nothing but errors.
    """
    from convstep.cli.nets import silence_numpy_warnings
    from convstep.cli.shots import Shooter
    from convstep.opening import open_script
    from convstep.report.replay import Replay
    from convstep.report.scripts import name_of

    silence_numpy_warnings()
    replayed = Replay(name_of(path))
    unwritten: Exception | None = None
    try:
        session, script, folder = open_script(path, anywhere=args.allow_outside)
    except ConvstepError as error:
        replayed.error = error
    else:
        session.shoot = Shooter(session, folder, args.size, args.theme)
        total = script.count("\n") + 1
        lines = replayed.text(
            session,
            script,
            folder.include,
            lambda played: progress.tell(played.statement.number, total, replayed.name),
        )
        try:
            streams.write(() if quiet else lines)
        except (BrokenPipeError, ConvstepError) as error:
            unwritten = error
        for _ in lines:  # what is expected is checked to the end, whether or not anybody reads
            pass
    for wrong in (*replayed.failures, *filter(None, [replayed.error])):
        streams.complain(wrong.lines)
    if unwritten is not None and replayed.passed:
        raise unwritten
    return replayed
