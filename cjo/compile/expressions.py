"""SQL text as one sqlglot expression. Which expressions a condition may be made of is cjo/compile/conditions.py."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Token, TokenType

from cjo.compile.scopes import Scope, UnknownName

_DIALECT = Dialect.get_or_raise(None)
_STEP_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
OUTCOME = "outcome"
_WORDS = {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE"}


@dataclass(frozen=True)
class Complaint:
    """A problem in a condition: a code's short name, where in the text (None: all of it), what, and what to do."""

    name: str
    offset: int | None
    message: str
    hint: str | None = None


def read_expression(text: str, scope: Scope) -> tuple[exp.Expr | None, Complaint | None]:
    """The one expression that the text is, or what is wrong with it."""
    try:
        statements = _DIALECT.parser().parse(_tokens(text, scope), text)
    except ParseError as error:
        first = error.errors[0]
        offset = max(0, int(first.get("col") or 1) - len(first.get("highlight") or " "))
        said = str(first["description"])
        said = "an operand is missing here" if said.startswith("Required keyword") else said
        return None, Complaint("condition-syntax", offset, f"not a SQL expression: {said}")
    except SqlglotError as error:
        return None, Complaint("condition-syntax", None, f"not a SQL expression: {' '.join(str(error).split())}")
    if len(statements) != 1 or statements[0] is None:
        return None, Complaint("condition-syntax", None, "expected one expression")
    return statements[0], None


def _tokens(text: str, scope: Scope) -> list[Token]:
    """The text's tokens, with known names as names, even where SQL has a keyword of that name (`order`, `date`)."""
    tokens = _whole_steps(_DIALECT.tokenize(text), text, scope)
    found = []
    for index, token in enumerate(tokens):
        after_dot = index > 0 and tokens[index - 1].token_type == TokenType.DOT
        called = index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.L_PAREN
        plain = text[token.start : token.end + 1] == token.text and token.text.isidentifier()
        if plain and not called and token.text.upper() not in _WORDS and (after_dot or _is_known(token.text, scope)):
            token = Token(
                TokenType.IDENTIFIER, token.text, token.line, token.col, token.start, token.end, token.comments
            )
        found.append(token)
    return found


def _whole_steps(tokens: list[Token], text: str, scope: Scope) -> list[Token]:
    """The tokens with each id of a step as one name: to SQL the `-` of `outcome.remind-again` is a minus."""
    found: list[Token] = []
    for index, token in enumerate(tokens):
        if found and token.start <= found[-1].end:
            continue  # within the id
        name = _STEP_ID.match(text, token.start)
        after = index > 1 and tokens[index - 1].token_type == TokenType.DOT and tokens[index - 2].text == OUTCOME
        if after and name and "-" in name.group() and _knows(scope, [OUTCOME, name.group()]):
            end = name.end() - 1
            token = Token(TokenType.IDENTIFIER, name.group(), token.line, token.col, token.start, end, token.comments)
        found.append(token)
    return found


def _is_known(name: str, scope: Scope) -> bool:
    return _knows(scope, [name])


def _knows(scope: Scope, parts: list[str]) -> bool:
    try:
        scope.resolve(parts)
    except UnknownName:
        return False
    return True


#: What each handler reads of its node. Whatever else the parser has put there (BETWEEN SYMMETRIC) means refusal.
_READ: dict[type[exp.Expr], set[str]] = {
    exp.Column: {"table", "db", "catalog"},
    exp.Literal: {"is_string"},
    exp.Between: {"low", "high"},
    exp.In: {"query", "unnest", "field"},
    exp.Like: {"negate"},
}


def unread(node: exp.Expr) -> set[str]:
    """What the parser has put into a node that no condition's handler looks at."""
    read = {"this", "expression", "expressions"} | _READ.get(type(node), set())
    return {key for key, value in node.args.items() if value and key not in read}
