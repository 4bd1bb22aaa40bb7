"""`--mode sink`: parse, count, answer 201; no keys, nothing kept. For load tests of clients."""

from collections.abc import Mapping

from braze_sandbox.api import Asked, parse, rate_limited, refusal
from braze_sandbox.clock import Clock
from braze_sandbox.limits import Account, Bucket, RateLimit, Windows, limit_headers
from braze_sandbox.request_log import ARRAYS, Entry
from braze_sandbox.rules import Broken
from braze_sandbox.web import Answer


class Sink:
    """Takes everything that is JSON."""

    def __init__(
        self, limits: Mapping[Bucket, tuple[RateLimit, ...]], account: Account, clock: Clock
    ) -> None:
        self._windows = Windows({Bucket.TRACK: limits.get(Bucket.TRACK, ())}, clock)
        self._account = account

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """201 and how many objects there were."""
        headers: dict[str, str] = {}
        standing = self._windows.take(Bucket.TRACK)
        if standing is not None:
            if not standing.allowed:
                return rate_limited(standing, self._account)
            headers = limit_headers(standing, self._account.contract)
        try:
            body = parse(asked)
        except Broken as broken:
            return refusal(400, broken.sentence)
        counts = {name: len(sent) for name in ARRAYS if isinstance(sent := body.get(name), list)}
        entry.objects.update(counts)
        entry.accepted.update(counts)
        processed = {f"{name}_processed": count for name, count in counts.items()}
        content = {"message": "success", **processed}
        return Answer(status=201, content=content, headers=headers)
