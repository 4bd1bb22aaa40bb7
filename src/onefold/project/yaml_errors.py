"""What the YAML parser complains of, in words that do not need YAML's grammar."""

from __future__ import annotations

import re

from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from onefold.errors import Place, ProjectError

__all__ = ["syntax_error"]

# (the parser's words, our message, our hint); {0} is the first group of the match
_PLAINER = (
    (r"found character '\\t'", "a tab cannot be used here", "indent with spaces"),
    (
        r"mapping values are not allowed here",
        "a `:` stands where no key can be",
        "check the indentation, and put a text that holds `: ` in quotes",
    ),
    (
        r"found character '(.)' that cannot start any token",
        "a value cannot start with `{0}`",
        "put the value in quotes",
    ),
    (
        r"expected alphabetic or numeric character",
        "a value that starts with `*` or `&` would be an anchor",
        'put the value in quotes, such as "* 4 * * *"',
    ),
    (
        r"expected chomping or indentation indicators",
        "a value that starts with `>` or `|` would be a block of text",
        'put the value in quotes, such as ">= 1000"',
    ),
    (
        r"expected ',' or '([\]}])'",
        "a list or mapping in brackets is not closed",
        "close it with `{0}`, and put texts that hold brackets in quotes",
    ),
    (
        r"found unexpected end of stream",
        "a text in quotes is not closed",
        "add the closing quote",
    ),
    (
        r"found undefined alias '(.*)'",
        "a value that starts with `*` repeats an anchor, and there is no &{0}",
        "put the value in quotes, or define the anchor above it",
    ),
    (
        r"but found another document",
        "the line `---` starts a second document, and a file holds one",
        "make a second file of what follows it",
    ),
    (
        r"could not find expected ':'",
        "a line is neither `key: value` nor an item of a list",
        "check the line above this one for a missing `:` or quote",
    ),
)

_UNCLOSED = r"expected ',' or|found unexpected end of stream"


def syntax_error(error: MarkedYAMLError, file: str) -> ProjectError:
    """Say where a text stops being YAML, and what to change."""
    problem = str(error.problem or error.context)
    mark = error.problem_mark or error.context_mark
    if re.match(_UNCLOSED, problem):
        mark = error.context_mark or mark  # where it was opened
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    if isinstance(error, DuplicateKeyError):
        return _second_time(problem, where)
    for words, message, hint in _PLAINER:
        if match := re.match(words, problem):
            groups = match.groups()
            return ProjectError(message.format(*groups), hint=hint.format(*groups), where=where)
    return ProjectError(
        f"this is not YAML: {problem}", hint="check the indentation and the quotes", where=where
    )


def _second_time(problem: str, where: Place) -> ProjectError:
    """Name the key only: the parser's own words quote both values, which may be secret."""
    match = re.match(r'found duplicate key "(.*?)" with value', problem, re.DOTALL)
    key = match[1] if match else "?"
    return ProjectError(
        f"the key `{key}` stands here a second time", hint="keep one of them", where=where
    )
