"""What lists take after the question mark."""

from braze_sandbox.call import Call
from braze_sandbox.rules import Broken, RequestRule

DIGITS = 9
"""More than any list is long."""


def number(call: Call, name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
    """A whole number within its bounds; raises `Broken`."""
    text = call.parameter(name)
    if text is None:
        return default
    fits = text.isascii() and text.isdecimal() and len(text) <= DIGITS
    if not fits or int(text) < least or (most is not None and int(text) > most):
        raise Broken(RequestRule.PARAMETER_INVALID, field=name)
    return int(text)
