"""The keys that a request bears, each where its endpoint wants it, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from onefold.destinations.braze.endpoints import Bucket, endpoint
from onefold.destinations.port import Request
from onefold.model import Secret

__all__ = ["Keys", "PartnerKeys"]


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """What a partner's cohorts are sent with: both travel in the body.

    Attributes:
        api_key: `partner_api_key`, which Braze issues to the partner.
        client_secret: the data import key that the brand makes for the partner.
    """

    api_key: Secret
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a workspace.

    Attributes:
        rest: the REST key: a header of every request but a partner's.
        partner: a partner's keys.
    """

    rest: Secret
    partner: PartnerKeys | None = None

    def signed(self, request: Request) -> tuple[Mapping[str, str], bytes]:
        """Give the headers and the body of a request, keys added right before it leaves."""
        if endpoint(request.method, request.path).bucket is not Bucket.COHORTS:
            return {"Authorization": f"Bearer {self.rest.reveal()}"}, request.body
        if self.partner is None:  # a body without keys is refused, and says so
            return {}, request.body
        members = orjson.dumps(
            {
                "partner_api_key": self.partner.api_key.reveal(),
                "client_secret": self.partner.client_secret.reveal(),
            }
        )
        return {}, members[:-1] + b"," + request.body.removeprefix(b"{")

    def redact(self, text: str) -> str:
        """Take every key out of a text."""
        text = self.rest.redact(text)
        if self.partner is not None:
            text = self.partner.client_secret.redact(self.partner.api_key.redact(text))
        return text
