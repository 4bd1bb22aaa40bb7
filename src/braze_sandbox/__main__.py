"""The command line: `braze-sandbox`, or `python -m braze_sandbox`."""

import argparse
import sys
import time
from collections.abc import Sequence

from braze_sandbox.app import App
from braze_sandbox.config import Key, Limits, Mode, Settings
from braze_sandbox.limits import RateLimit
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.server import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sandbox until it is told to stop; returns the exit code."""
    settings = read_settings(argv)
    sandbox = Sandbox(settings, time.time)
    try:
        serve(App(sandbox), settings.host, settings.port)
    except OSError as error:
        print(  # noqa: T201 - a command line talks
            f"braze sandbox: can't listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Is another sandbox running? Take another --port, or 0 to have one chosen.",
            file=sys.stderr,
        )
        return 1
    return 0


def read_settings(argv: Sequence[str] | None) -> Settings:
    """The settings that the command line asks for; exits with 2 on a usage error."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.state is not None:
        parser.error("--state is not built yet: profiles are kept in memory, and end with it")
    mode = Mode(given.mode)
    track = given.limit if "limit" in given else Limits().track if mode is Mode.FULL else None
    return Settings(
        host=given.host,
        port=given.port,
        mode=mode,
        keys=tuple(given.key) or Settings().keys,
        limits=Limits(track=track),
        settle_ms=given.settle_ms,
        blocked_external_ids=frozenset(given.block_external_id),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="braze-sandbox",
        description="A Braze that runs on your machine, for tests and trials.",
        allow_abbrev=False,
    )
    default = Settings()
    parser.add_argument("--host", default=default.host)
    parser.add_argument("--port", type=int, default=default.port, help="0: have one chosen")
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in Mode],
        default=default.mode.value,
        help="full: behave as Braze. sink: parse, count, answer 201 (for load tests)",
    )
    parser.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="KEY[:PERMISSION,…]",
        help="a REST key and what it may do; repeatable; default sandbox-key, everything",
    )
    parser.add_argument(
        "--limit",
        type=_limit,
        default=argparse.SUPPRESS,
        metavar="REQUESTS/SECONDS",
        help="limit of /users/track, or none; default 3000/3, in sink mode none",
    )
    parser.add_argument(
        "--settle-ms",
        type=_range,
        metavar="MIN,MAX",
        help="apply accepted requests so much later, in order; default at once",
    )
    parser.add_argument(
        "--block-external-id",
        action="append",
        default=[],
        metavar="ID",
        help="refuse this external_id as Braze refuses dummy users; repeatable",
    )
    parser.add_argument("--state", metavar="FILE", help="not built yet, and refused")
    return parser


def _key(text: str) -> Key:
    secret, colon, permissions = text.partition(":")
    if not secret:
        raise argparse.ArgumentTypeError("the key is empty")
    return Key(secret=secret, permissions=frozenset(permissions.split(",")) if colon else None)


def _limit(text: str) -> RateLimit | None:
    if text == "none":
        return None
    requests, _, seconds = text.partition("/")
    try:
        limit = RateLimit(requests=int(requests), seconds=float(seconds))
    except ValueError:
        limit = RateLimit(requests=0, seconds=0)
    if limit.requests < 1 or limit.seconds <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 3000/3, nor none")
    return limit


def _range(text: str) -> tuple[int, int]:
    try:
        least, most = map(int, text.split(","))
    except ValueError:
        least, most = 1, 0
    if not 0 <= least <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 10,100 (least,most)")
    return least, most


if __name__ == "__main__":
    sys.exit(main())
