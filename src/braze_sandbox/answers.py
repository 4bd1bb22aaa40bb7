"""The answers of the gates before an endpoint, in the forms decided."""

from braze_sandbox.decisions import Decisions, RefusalForm
from braze_sandbox.limits import Account, Contract, Standing, refusal_headers
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
    mau = account.contract is Contract.MAU
    form = form or ("retry_after" if mau else decisions.rate_limit_headers)
    answer = refusal(429, decisions.rate_limit_message, decisions)
    headers = refusal_headers(standing, account.contract, form)
    return Answer(status=answer.status, content=answer.content, headers=headers)
