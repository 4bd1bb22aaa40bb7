"""The headers that tell where a client stands, in the forms of the contracts."""

from typing import Literal, TypeAlias

from braze_sandbox.limits.contracts import Contract
from braze_sandbox.limits.windows import Standing

RefusalForm: TypeAlias = Literal["both", "limits", "retry_after", "standard", "none"]
"""The headers of a 429: x-ratelimit-limit/-remaining/-reset and x-ratelimit-retry-after, the
former or the latter alone, all of them with a standard retry-after, or none."""


def limit_headers(standing: Standing, contract: Contract) -> dict[str, str]:
    """The headers of every answer within the limits.

    `reset` is an instant in seconds since the epoch, but on MAU contracts the seconds left.
    """
    reset = standing.resets_in_s if contract is Contract.MAU else standing.resets_at
    return {
        "x-ratelimit-limit": str(standing.limit),
        "x-ratelimit-remaining": str(standing.remaining),
        "x-ratelimit-reset": str(reset),
    }


def refusal_headers(standing: Standing, contract: Contract, form: RefusalForm) -> dict[str, str]:
    """The headers of a 429, in the form asked for."""
    headers: dict[str, str] = {}
    if form in ("both", "limits", "standard"):
        headers |= limit_headers(standing, contract)
    if form in ("both", "retry_after", "standard"):
        headers["x-ratelimit-retry-after"] = str(standing.retry_after_s)
    if form == "standard":
        headers["retry-after"] = str(standing.retry_after_s)
    return headers
