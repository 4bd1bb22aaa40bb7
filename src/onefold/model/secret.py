"""A text that must not be seen."""

from __future__ import annotations

import hmac

__all__ = ["Secret"]

HIDDEN = "***"


class Secret:
    """A secret text. Every way of showing it gives `***`; `reveal()` gives the text itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text, for the one place that uses it, such as a request header."""
        return self._text

    def redact(self, text: str) -> str:
        """Take the secret out of a text that came from outside: Braze echoes the key in a 401."""
        return text.replace(self._text, HIDDEN) if self._text else text

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        """Refuse to be pickled or copied into a file."""
        raise TypeError("a secret is never written down")
