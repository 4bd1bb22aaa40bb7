"""The headers that tell where a client stands, in the forms of the contracts."""

from braze_sandbox.decisions import RefusalForm
from braze_sandbox.limits.contracts import Contract
from braze_sandbox.limits.windows import Standing


def limit_headers(
    standing: Standing, contract: Contract, *, approximate: bool = False
) -> dict[str, str]:
    """The headers of every answer within the limits.

    `reset` is an instant in seconds since the epoch, but on MAU contracts the seconds left, and
    there `remaining` may be a second old.
    """
    mau = contract is Contract.MAU
    reset = standing.resets_in_s if mau else standing.resets_at
    remaining = standing.remaining_lately if mau and approximate else standing.remaining
    return {
        "x-ratelimit-limit": str(standing.limit),
        "x-ratelimit-remaining": str(remaining),
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
