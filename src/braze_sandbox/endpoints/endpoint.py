"""What there is to say of one address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from braze_sandbox.call import Call
from braze_sandbox.endpoints import shapes
from braze_sandbox.endpoints.shapes import Schema
from braze_sandbox.limits import Account, Bucket
from braze_sandbox.web import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address: the permission it needs, the limit it falls under, and what it does.

    Without a permission the address is a partner's, whose keys stand in the body.

    Where the limit depends on what is asked, `limit` says which it is (the body counts as empty
    when it can't be read). `request` is the shape of the body that it takes, `success` that of
    what it answers then; `query` names what may stand after the question mark.
    """

    permission: str | None
    limit: Bucket | Callable[[Mapping[str, object], Account], Bucket]
    handle: Callable[[Call], Answer]
    request: Schema = field(default_factory=lambda: shapes.OBJECT)
    success: Schema = field(default_factory=lambda: shapes.OBJECT)
    query: tuple[str, ...] = ()
    max_bytes: int | None = None
    """Of a body, where more is refused with 400; None: as everywhere."""
