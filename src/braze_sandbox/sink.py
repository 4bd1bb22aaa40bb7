"""`--mode sink`: parse, count, answer 201; no keys, nothing kept. For load tests of clients."""

from braze_sandbox.answers import rate_limited, refusal, within_limits
from braze_sandbox.api import Asked, parse
from braze_sandbox.decisions import Decisions
from braze_sandbox.limits import Account, Bucket, Windows
from braze_sandbox.request_log import ARRAYS, Entry
from braze_sandbox.rules import Broken
from braze_sandbox.web import Answer


class Sink:
    """Takes everything that is JSON."""

    def __init__(self, windows: Windows, account: Account, decisions: Decisions) -> None:
        self._windows = windows
        self._account = account
        self._decisions = decisions

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """201 and how many objects there were."""
        headers: dict[str, str] = {}
        standing = self._windows.take(Bucket.TRACK)
        if standing is not None:
            if not standing.allowed:
                return rate_limited(standing, self._account, self._decisions)
            headers = within_limits(standing, self._account, self._decisions)
        try:
            body = parse(asked)
        except Broken as broken:
            return refusal(400, broken.sentence, self._decisions)
        counts = {name: len(sent) for name in ARRAYS if isinstance(sent := body.get(name), list)}
        entry.objects.update(counts)
        entry.accepted.update(counts)
        processed = {f"{name}_processed": count for name, count in counts.items()}
        content = {"message": "success", **processed}
        return Answer(status=201, content=content, headers=headers)
