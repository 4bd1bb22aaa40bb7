"""The reference page says what the sandbox does; run as a program, writes its tables anew."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from braze_sandbox.control import PREFIX, ROUTES
from braze_sandbox.decisions import Decisions
from braze_sandbox.endpoints import ENDPOINTS
from braze_sandbox.instances import INSTANCES
from braze_sandbox.limits import Account, Bucket, RateLimit, limits_of
from braze_sandbox.options import read_settings
from braze_sandbox.rules import RULES, Basis

FILE = Path(__file__).parents[2] / "docs/reference/braze-sandbox.md"
PAGE = FILE.read_text(encoding="utf-8")
BASIS = {Basis.DOCUMENTED: "documented", Basis.OBSERVED: "observed", Basis.OPEN: "open"}
SPANS = {1: "second", 60: "minute", 3_600: "hour"}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(line) + " |\n" for line in (head, *rows)]
    return lines[0] + "|" + "---|" * len(head) + "\n" + "".join(lines[1:])


def rules_table() -> str:
    rows = (
        (f"`{rule.id}`", rule.when, rule.verdict.value, BASIS[rule.basis])
        for rule in RULES.values()
    )
    return table(("Rule", "When", "What happens", "Known"), rows)


def buckets_table() -> str:
    limits = limits_of(Account())
    rows = (
        (f"`{bucket.id}`", bucket.what, " and ".join(map(in_words, limits[bucket])))
        for bucket in Bucket
    )
    return table(("Bucket", "What falls into it", "Limit"), rows)


def in_words(limit: RateLimit) -> str:
    span = SPANS.get(int(limit.seconds))
    return f"{limit.requests:,} a {span}" if span else f"{limit.requests:,} in {limit.seconds} s"


def decisions_table() -> str:
    rows = (
        (
            f"`{one['name']}`",
            str(one["decides"]),
            ", ".join(f"`{value}`" for value in get_args(field.annotation)),
            f"`{one['default']}`",
            str(one["basis"]),
        )
        for one, field in zip(Decisions().show(), Decisions.model_fields.values(), strict=True)
    )
    return table(("Decision", "What it decides", "Values", "Default", "Why it is open"), rows)


def instances_table() -> str:
    rows = ((one.name, f"`{one.dashboard}`", f"`{one.rest}`") for one in INSTANCES.values())
    return table(("Instance", "Dashboard", "REST"), rows)


TABLES = (rules_table, buckets_table, decisions_table, instances_table)


def with_tables(page: str) -> str:
    """The page, each generated table in the place of the one with the same head."""
    for make in TABLES:
        made = make()
        head = made.partition("\n")[0]
        page = re.sub(re.escape(head) + r"\n(\|.*\n)*", made.replace("\\", r"\\"), page)
    return page


def test_the_page_holds_the_tables_of_the_code() -> None:
    assert with_tables(PAGE) == PAGE, "run this file with python to write the tables anew"
    assert all(make().partition("\n")[0] in PAGE for make in TABLES)


def test_the_page_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert {option for option in options if option not in PAGE} == set()


def test_the_page_names_every_address() -> None:
    assert all(f"`{method} {path}`" in PAGE for method, path in ENDPOINTS)
    assert {route for route in ROUTES if not told(*route)} == set()


def told(method: str, what: str) -> bool:
    """Whether a line of the page has the call: the address, and the method among its methods."""
    lines = [line for line in PAGE.splitlines() if f" {PREFIX}{what}`" in line]
    return any(f"`{method}" in line for line in lines)


if __name__ == "__main__":
    FILE.write_text(with_tables(PAGE), encoding="utf-8")
