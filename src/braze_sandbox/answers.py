"""The answers of the gates before an endpoint, in the forms decided."""

from braze_sandbox.decisions import Decisions, RefusalForm
from braze_sandbox.limits import (
    Account,
    Bucket,
    Contract,
    Standing,
    limit_headers,
    refusal_headers,
)
from braze_sandbox.web import Answer


def refusal(status: int, message: str, decisions: Decisions) -> Answer:
    """An error answer."""
    errors: dict[str, list[object]] = (
        {"errors": []} if decisions.refusal_body == "message_and_errors" else {}
    )
    return Answer(status=status, content={"message": message, **errors})


def key_refused(presented: str, decisions: Decisions) -> Answer:
    """401, as much for a wrong key as for the right one of another instance."""
    echo = decisions.key_refused == "echo"
    message = f"Invalid API key: {presented}" if echo else "Invalid API Key"
    return refusal(401, message, decisions)


def rate_limited(
    standing: Standing, account: Account, decisions: Decisions, form: RefusalForm | None = None
) -> Answer:
    """429, with the headers of the contract unless another form is asked for."""
    contract = _told_as(standing, account, decisions)
    mau = contract is Contract.MAU
    form = form or ("retry_after" if mau else decisions.rate_limit_headers)
    answer = refusal(429, decisions.rate_limit_message, decisions)
    headers = refusal_headers(standing, contract, form)
    return Answer(status=answer.status, content=answer.content, headers=headers)


def within_limits(standing: Standing, account: Account, decisions: Decisions) -> dict[str, str]:
    """The headers of an answer that no limit forbids."""
    approximate = decisions.rate_limit_remaining == "approximate"
    contract = _told_as(standing, account, decisions)
    return limit_headers(standing, contract, approximate=approximate)


def _told_as(standing: Standing, account: Account, decisions: Decisions) -> Contract:
    """The contract whose form of the headers holds for the bucket."""
    everywhere = decisions.rate_limit_mau == "everywhere"
    if account.contract is Contract.MAU and not everywhere and standing.bucket is not Bucket.TRACK:
        return Contract.DATA_POINTS
    return account.contract
