"""The query's words: is it one SELECT, where does a word stand, which colons are parameters."""

from __future__ import annotations

import re
from itertools import pairwise

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from onefold.errors import SqlError
from onefold.warehouse.user_sql.places import SqlText

__all__ = ["ONE_SELECT", "only_one_select", "parameters_marked", "token_start"]

ONE_SELECT = "write one SELECT; WITH and UNION are fine"
_OPENINGS = {TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.L_PAREN}
# A colon behind one of these belongs to it: a struct's key, a slice, a lambda, a column alias.
_TAKES_A_COLON = {
    TokenType.IDENTIFIER,
    TokenType.L_BRACKET,
    TokenType.NUMBER,
    TokenType.R_BRACKET,
    TokenType.R_PAREN,
    TokenType.STRING,
    TokenType.VAR,
}


def only_one_select(source: SqlText, dialect: str) -> None:
    """Refuse what is empty, begins otherwise than a SELECT, or holds a second statement."""
    tokens = _tokens(source, dialect)
    if not tokens:
        raise SqlError("there is no SQL in it", hint=ONE_SELECT, where=source.place(None))
    if tokens[0].token_type not in _OPENINGS:
        word = tokens[0].text.upper()
        raise SqlError(
            f"only SELECT may stand here, and this begins with {word}",
            hint=ONE_SELECT,
            where=source.place(tokens[0].start),
        )
    templating = re.search(r"\{[{%]", source.text)
    if templating:
        raise SqlError(
            "there is no templating in SQL here",
            hint="values come in as :name (vars: in onefold.yaml), tables by their plain names",
            where=source.place(templating.start()),
        )
    ends = [at for at, token in enumerate(tokens) if token.token_type is TokenType.SEMICOLON]
    if ends and ends[0] < len(tokens) - 1:
        raise SqlError(
            "there is more than one statement",
            hint=ONE_SELECT,
            where=source.place(tokens[ends[0] + 1].start),
        )


def token_start(source: SqlText, dialect: str, words: set[str]) -> int | None:
    """Find the first token that is one of some words; keywords leave no mark in the tree."""
    tokens = _tokens(source, dialect)
    return next((token.start for token in tokens if token.text.lower() in words), None)


def parameters_marked(source: SqlText, dialect: str) -> str:
    """Give the text with `$name` for `:name`, as long as before: DuckDB's own way to write it.

    Our parser takes the colon of `SELECT :name` for that of an alias, `SELECT name: value`.
    """
    if dialect != "duckdb":
        return source.text
    marked = list(source.text)
    before: Token | None = None
    for token, name in pairwise(_tokens(source, dialect)):
        free = before is None or before.token_type not in _TAKES_A_COLON
        if token.token_type is TokenType.COLON and free and name.start == token.start + 1:
            marked[token.start] = "$"
        before = token
    return "".join(marked)


def _tokens(source: SqlText, dialect: str) -> list[Token]:
    try:
        return list(sqlglot.tokenize(source.text, dialect=dialect))
    except TokenError as error:
        raise SqlError(
            "a quote or a comment is opened and never closed",
            hint="look for a missing ' or \" or */",
            where=source.place(None),
        ) from error
