"""The command line's options, read into settings."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from pathlib import Path

from braze_sandbox.access import Key, Network
from braze_sandbox.cohorts import Partner
from braze_sandbox.config import Mode, Settings
from braze_sandbox.decisions import Decisions
from braze_sandbox.instances import INSTANCES
from braze_sandbox.limits import Account, Bucket, Contract, RateLimit

SetLimit = tuple[tuple[Bucket, ...], tuple[RateLimit, ...]]
"""Buckets, and the windows that hold for each of them."""


def read_settings(argv: Sequence[str] | None) -> Settings:
    """The settings that the command line asks for; exits with 2 on a usage error."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.state is not None and given.mode == Mode.SINK.value:
        parser.error("--state needs --mode full: the sink keeps nothing")
    if given.currents is not None and given.mode == Mode.SINK.value:
        parser.error("--currents needs --mode full: the sink applies nothing")
    return Settings(
        host=given.host,
        port=given.port,
        mode=Mode(given.mode),
        keys=_keys(tuple(given.key) or Settings().keys, given.allow_ip, parser),
        partners=dict(given.partner),
        instance=given.instance and INSTANCES[given.instance],
        active=not given.inactive,
        account=Account(
            contract=Contract(given.contract),
            requests_per_hour=given.requests_per_hour,
            burst=given.burst,
            onboarded=given.onboarded,
        ),
        set_limits={bucket: windows for buckets, windows in given.limit for bucket in buckets},
        decisions=_decisions(given.decide, parser),
        weather=given.weather,
        seed=given.seed,
        state=given.state,
        currents=given.currents,
        exports=given.exports,
        settle_ms=given.settle_ms,
        blocked_external_ids=frozenset(given.block_external_id),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="braze-sandbox",
        description="A Braze that runs on your machine, for tests and trials.",
        allow_abbrev=False,
    )
    _add_process(parser)
    _add_account(parser)
    _add_behaviour(parser)
    return parser


def _add_process(parser: argparse.ArgumentParser) -> None:
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
        "--state", type=Path, metavar="FILE", help="keep users and counts in this SQLite file"
    )
    parser.add_argument(
        "--currents",
        type=_folder,
        metavar="DIR",
        help="write what is applied as Currents does, as Avro files below this folder",
    )
    parser.add_argument(
        "--exports",
        type=_folder,
        metavar="DIR",
        help="put exports of segments below this folder, as into a bucket; default: they are to "
        "be downloaded",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=default.seed,
        metavar="N",
        help="makes delays and weather repeatable; default %(default)s",
    )


def _add_account(parser: argparse.ArgumentParser) -> None:
    default = Account()
    parser.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="KEY[:PERMISSION,…]",
        help="a REST key and what it may do; repeatable; default sandbox-key, everything",
    )
    parser.add_argument(
        "--partner",
        type=_partner,
        action="append",
        default=[],
        metavar="NAME=PARTNER_API_KEY:CLIENT_SECRET",
        help="a partner that may change cohorts, and its two keys; repeatable; default: any "
        "partner, with sandbox-partner-key and sandbox-client-secret",
    )
    parser.add_argument(
        "--allow-ip",
        type=_allowance,
        action="append",
        default=[],
        metavar="[KEY=]ADDRESS",
        help="a key (or every key) may be used from this address or network alone; repeatable",
    )
    parser.add_argument(
        "--instance",
        choices=list(INSTANCES),
        metavar="NAME",
        help="be this one of Braze's instances, as US-03, and know no key of another one's host",
    )
    parser.add_argument(
        "--inactive", action="store_true", help="the account is not in order: 403 Forbidden"
    )
    parser.add_argument(
        "--contract",
        choices=[contract.value for contract in Contract],
        default=default.contract.value,
        help="data_points: 75 objects together; legacy: 75 an array; mau: an hourly limit too",
    )
    parser.add_argument(
        "--requests-per-hour",
        type=_count,
        default=default.requests_per_hour,
        metavar="N",
        help="/users/track in a clock hour, of a mau contract; default %(default)s",
    )
    parser.add_argument(
        "--burst",
        type=_count,
        default=default.burst,
        metavar="N",
        help="/users/track in 3 seconds; default %(default)s",
    )
    parser.add_argument(
        "--onboarded",
        type=_date,
        metavar="YYYY-MM-DD",
        help="when the account began: before 2024-08-22 other rules hold for exports",
    )
    parser.add_argument(
        "--limit",
        type=_limit,
        action="append",
        default=[],
        metavar="[BUCKET=]REQUESTS/SECONDS[+…]",
        help="another limit of a bucket (or all), or none; repeatable; without a bucket: track",
    )


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--decide",
        type=_decision,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the documentation leaves open, see GET /_sandbox/decisions; repeatable",
    )
    parser.add_argument(
        "--weather",
        type=_percentage,
        default=0.0,
        metavar="PERCENT%",
        help="so many of the requests meet a fault that passes, as 1%%, by --seed",
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


def _key(text: str) -> Key:
    secret, colon, permissions = text.partition(":")
    if not secret:
        raise argparse.ArgumentTypeError("the key is empty")
    named = frozenset(filter(None, permissions.split(",")))
    return Key(secret=secret, permissions=named if colon else None)


def _partner(text: str) -> tuple[str, Partner]:
    name, _, keys = text.partition("=")
    partner_key, _, secret = keys.partition(":")
    if not (name and partner_key and secret):
        raise argparse.ArgumentTypeError(f"{name!r} is not like acme=PARTNER_API_KEY:CLIENT_SECRET")
    return name, Partner(partner_api_key=partner_key, client_secret=secret)


def _allowance(text: str) -> tuple[str | None, Network]:
    secret, equals, address = text.rpartition("=")
    try:
        return secret if equals else None, ip_network(address)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{address!r} is no address like 10.0.0.0/8") from None


def _keys(
    keys: tuple[Key, ...],
    allowances: Sequence[tuple[str | None, Network]],
    parser: argparse.ArgumentParser,
) -> tuple[Key, ...]:
    """The keys with the networks that they may be used from."""
    if unknown := {secret for secret, _ in allowances} - {None, *(key.secret for key in keys)}:
        parser.error(f"--allow-ip names no key of --key ({len(unknown)} of them)")
    return tuple(
        replace(key, networks=tuple(n for secret, n in allowances if secret in (None, key.secret)))
        for key in keys
    )


def _decision(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not like inc_text=zero")
    return name, value


def _decisions(given: Sequence[tuple[str, object]], parser: argparse.ArgumentParser) -> Decisions:
    try:
        return Decisions().with_changes(dict(given))
    except ValueError as error:
        parser.error(f"--decide: {error}")


def _limit(text: str) -> SetLimit:
    name, equals, windows = text.rpartition("=")
    buckets = {"all": tuple(Bucket)} | {bucket.id: (bucket,) for bucket in Bucket}
    wanted = buckets.get(name if equals else Bucket.TRACK.id)
    if wanted is None:
        raise argparse.ArgumentTypeError(f"no bucket {name!r}; there are {', '.join(buckets)}")
    if windows == "none":
        return wanted, ()
    return wanted, tuple(map(_rate_limit, windows.split("+")))


def _rate_limit(text: str) -> RateLimit:
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


def _percentage(text: str) -> float:
    try:
        part = float(text.removesuffix("%")) / 100
    except ValueError:
        part = -1
    if not text.endswith("%") or not 0 <= part <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1%")
    return part


def _folder(text: str) -> Path:
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no folder: {error.strerror}") from None
    return folder


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2024-08-22") from None
