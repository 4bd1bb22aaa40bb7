"""Credentials: who may speak to the outside, and with which secret.

In: a credential's name and the environment variables. Out: a `Secret`, or its parts by name.

Invariants: a secret never shows in a text form, a log, an error or a comparison's output; it is
read only where it is used, by `reveal()`. A missing one names the exact variable to set.
"""

from onefold.access.credentials import credential, credential_parts
from onefold.model import Secret

__all__ = ["Secret", "credential", "credential_parts"]
