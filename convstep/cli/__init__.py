"""The command line: arguments in, streams and exit codes out."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from convstep.cli.commands import COMMANDS, debug
from convstep.cli.parser import WRONG, build_parser, parse
from convstep.errors import ConvstepError, ExpectationError
from convstep.report import streams
from convstep.report.files import reason, remove_unfinished

__all__ = ["COMMANDS", "build_parser", "main"]

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 a check failed, 2 wrong input or use, 130 interrupted."""
    streams.prepare()
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # NumPy's idle threads sleep instead of spinning
    try:
        args = parse(list(sys.argv[1:] if argv is None else argv))
        if args.run is not debug.run:
            _exit_on_signals()
        code: int = args.run(args)
        return code
    except ExpectationError as error:
        return _complain(error, FAILED)
    except ConvstepError as error:
        return _complain(error, WRONG)
    except BrokenPipeError:
        return DONE
    except OSError as error:
        return _complain(ConvstepError(f"can't read or write: {reason(error)}", where=str(error.filename or "")), WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        return _complain(ConvstepError("there is not enough memory for this"), WRONG)
    finally:
        streams.flush()


def _complain(error: ConvstepError, code: int) -> int:
    first, *others = error.lines
    streams.complain([first if error.where else f"convstep: {first}", *others])
    return code


def _exit_on_signals() -> None:
    """Let signals end the process without an exception, which other code might catch."""

    def end(number: int, frame: object) -> NoReturn:
        remove_unfinished()
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # not if it is ignored
            signal.signal(number, end)
