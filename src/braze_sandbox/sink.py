"""`--mode sink`: parse, count, answer 201; no keys, nothing kept. For load tests of clients."""

from braze_sandbox.api import Asked, parse, rate_limited, refusal
from braze_sandbox.clock import Clock
from braze_sandbox.limits import RateLimit, Window
from braze_sandbox.request_log import ARRAYS, Entry
from braze_sandbox.rules import Broken
from braze_sandbox.web import Answer


class Sink:
    """Takes everything that is JSON."""

    def __init__(self, limit: RateLimit | None, clock: Clock) -> None:
        self._window = None if limit is None else Window(limit, clock)

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """201 and how many objects there were."""
        headers: dict[str, str] = {}
        if self._window is not None:
            standing = self._window.take()
            headers = standing.limit_headers()
            if not standing.allowed:
                return rate_limited(headers | standing.retry_headers())
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
