"""The language of breakpoint conditions: `pad and value > 0`, `layer == conv2 and not (h < 3 or w == h)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from convstep.errors import VerbError, nearest
from convstep.layers import KINDS, Layer

COMMON_FLAGS = ("pad", "nan")
"""Flags of all layers: the window touches padding; the value is not a number."""


def flags() -> tuple[str, ...]:
    """Return all flags: those of all layers, and those of single kinds of layer."""
    kind_flags = (flag.word for kind in KINDS.values() for flag in kind.flags)
    return (COMMON_FLAGS[0], *dict.fromkeys(kind_flags), COMMON_FLAGS[1])


QUANTITIES = ("value", "number", "i", "h", "w", "c")
"""Quantities that can be compared with numbers; `number` counts from 1, as on screen."""

SIGNS = ("<", "<=", ">", ">=", "==", "!=")


def vocabulary() -> tuple[str, ...]:
    """Return all words of the language."""
    return (*flags(), *QUANTITIES, "layer", "and", "or", "not")


LENGTH = 400
"""The most characters of a condition."""

DEPTH = 20
"""The deepest nesting of parentheses and `not`."""

_SPELLINGS = {"≤": "<=", "≥": ">=", "≠": "!="}
_SIGNS = (*SIGNS, *_SPELLINGS, "=")
_COMPARABLE = f"Only numbers can be compared: {', '.join(QUANTITIES)}"
_NUMBER = r"#?[-+−]?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)(?:[eE][-+−]?\d+)?|[-+−]?(?:inf\b|∞)"
_TOKEN = rf"{_NUMBER}|[^\W\d]\w*|[<>=!]=|\S|$"
_NAME = r"""(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|[^\s()<>=!"']+"""


@dataclass(frozen=True, slots=True)
class Flag:
    """One of `flags`."""

    name: str


@dataclass(frozen=True, slots=True)
class InLayer:
    """Holds in the layer called `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two operands, each a number or one of `QUANTITIES`."""

    left: str | float
    sign: str
    right: str | float


@dataclass(frozen=True, slots=True)
class Not:
    """Holds if `term` does not."""

    term: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Holds if all terms do."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds if any term does."""

    terms: tuple[Condition, ...]


Condition = Flag | InLayer | Comparison | Not | And | Or


def parts(condition: Condition) -> Iterator[Flag | InLayer | Comparison]:
    """Yield the flags, layers and comparisons of a condition."""
    match condition:
        case Not(term):
            yield from parts(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from parts(term)
        case _:
            yield condition


def reads_values(condition: Condition) -> bool:
    """Return whether a condition depends on values, so that the layer has to be computed."""
    return any(
        "value" in (part.left, part.right)
        if isinstance(part, Comparison)
        else isinstance(part, Flag) and part.name != "pad"
        for part in parts(condition)
    )


def decided_by_layer(condition: Condition, layer: Layer) -> bool | None:
    """Return whether a condition holds at all windows of a layer, or at none; None if that depends on the window."""
    match condition:
        case InLayer(name):
            return name == layer.name
        case Flag(name):
            return None if name in COMMON_FLAGS or any(name == flag.word for flag in layer.flags) else False
        case Not(term):
            known = decided_by_layer(term, layer)
            return None if known is None else not known
        case And(terms) | Or(terms):
            decisive = isinstance(condition, Or)
            found = {decided_by_layer(term, layer) for term in terms}
            return decisive if decisive in found else None if None in found else not decisive
        case Comparison():
            return None


def parse(text: str) -> Condition:
    """Return the condition that `text` describes.

    Raises:
        VerbError: It can't be read; the message says what was expected, and what was found.
    """
    if len(text) > LENGTH:
        raise VerbError(f"expected at most {LENGTH} characters, got {len(text):,}", where="break")
    return _Parser(text).parse()


class _Parser:
    """A recursive-descent parser of one condition: or, and, not, comparison."""

    def __init__(self, text: str) -> None:
        self.rest = text.strip()
        self.depth = 0

    def parse(self) -> Condition:
        condition = self.disjunction()
        if self.rest:
            self.refuse_end("the end")
        return condition

    def disjunction(self) -> Condition:
        terms = [self.conjunction()]
        while self.accept("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def conjunction(self) -> Condition:
        terms = [self.factor()]
        while self.accept("and"):
            terms.append(self.factor())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def factor(self) -> Condition:
        if self.peek() not in ("not", "("):
            return self.atom()
        self.depth += 1
        if self.depth > DEPTH:
            raise VerbError(f"expected parentheses and 'not' nested at most {DEPTH} deep", where="break")
        condition = Not(self.factor()) if self.accept("not") else self.parenthesised()
        self.depth -= 1
        return condition

    def parenthesised(self) -> Condition:
        self.accept("(")
        condition = self.disjunction()
        if not self.accept(")"):
            self.refuse_end("')'")
        return condition

    def atom(self) -> Condition:
        if flag := self.accept(*flags()):
            return Flag(flag)
        if self.accept("layer"):
            return self.in_layer()
        return self.comparison()

    def in_layer(self) -> Condition:
        sign = self.sign("layer", "==", "!=")
        match = re.match(_NAME, self.rest)
        if match is None:
            self.refuse(f"the name of a layer after '{sign}'")
        self.rest = self.rest[match.end() :].lstrip()
        named = InLayer(match["quoted"] if match["quote"] else match[0])
        return named if sign == "==" else Not(named)

    def comparison(self) -> Condition:
        word = self.peek()
        left = self.operand(
            "a condition",
            f"It is made of {', '.join(flags())}, and comparisons such as value > 1",
            (*flags(), *QUANTITIES, "layer", "not"),
        )
        chain: list[Condition] = []
        while not chain or self.peek() in _SIGNS:
            sign = self.sign(word, *SIGNS)
            word = self.peek()
            right = self.operand(f"a number after '{sign}'", f"Or one of {', '.join(QUANTITIES)}", QUANTITIES)
            chain.append(Comparison(left, sign, right))
            left = right
        return chain[0] if len(chain) == 1 else And(tuple(chain))

    def operand(self, expected: str, hint: str, fitting: tuple[str, ...]) -> str | float:
        if quantity := self.accept(*QUANTITIES):
            return quantity
        token = self.peek()
        if not re.fullmatch(_NUMBER, token):
            self.refuse(expected, f"'{token}' stands by itself" if token in flags() else hint, fitting)
        return _number(self.take())

    def sign(self, after: str, *signs: str) -> str:
        found = _SPELLINGS.get(self.peek(), self.peek())
        if found not in signs:
            listed = f"{', '.join(signs[:-1])} or {signs[-1]}"
            self.refuse(f"{listed} after '{after}'", "Did you mean '=='?" if found == "=" else "")
        self.take()
        return found

    def peek(self) -> str:
        """Return the next token; empty at the end."""
        match = re.match(_TOKEN, self.rest)
        return match[0] if match else ""

    def take(self) -> str:
        token = self.peek()
        self.rest = self.rest[len(token) :].lstrip()
        return token

    def accept(self, *tokens: str) -> str:
        """Consume and return the next token if it is one of `tokens`; else return ""."""
        return self.take() if self.peek() in tokens else ""

    def refuse_end(self, end: str) -> NoReturn:
        self.refuse(f"'and', 'or' or {end}", _COMPARABLE if self.peek() in _SIGNS else "", ("and", "or"))

    def refuse(self, expected: str, hint: str = "", fitting: tuple[str, ...] = ()) -> NoReturn:
        token = self.peek()
        known = "" if token in vocabulary() else nearest(token.lower(), fitting)
        got = f"'{token}'" if token else "the end"
        raise VerbError(f"expected {expected}, got {got}", where="break", hint=known or hint)


def _number(token: str) -> float:
    return float(token.replace("−", "-").replace(",", "").replace("∞", "inf").removeprefix("#"))
