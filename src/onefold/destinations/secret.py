"""A key that cannot be shown by mistake."""

from __future__ import annotations

__all__ = ["Secret"]

REDACTED = "[REDACTED]"


class Secret:
    """A credential: `reveal` gives it, nothing else does (repr, str, format, pickle)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the key itself, for the one header it belongs in."""
        return self._value

    def redact(self, text: str) -> str:
        """Take the key out of a text that came from outside (Braze echoes it in a 401)."""
        return text.replace(self._value, REDACTED) if self._value else text

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
