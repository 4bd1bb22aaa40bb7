"""The page of limits says what the tables have.

`python tests/rooms/destinations/test_destinations_limits_page.py` writes the generated part again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onefold.destinations import Contract, Limits, Window
from onefold.destinations.braze.endpoints import ENDPOINTS, Bucket
from onefold.model import ObjectKind

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "braze-limits.md"
GENERATED = re.compile(r"(?<=<!-- generated: limits -->\n).*?(?=<!-- end -->)", re.DOTALL)
LENGTHS = {1: "a second", 3: "3 seconds", 60: "a minute", 3_600: "an hour of the clock"}


def generated() -> str:
    """Write both tables."""
    lines = ["", "| Contract | `/users/track` | Objects in a request |", "|---|---|---|"]
    for contract in Contract:
        hourly = 1 if contract is Contract.MAU else None
        limits = Limits(contract=contract, requests_per_hour=hourly)
        windows = [
            "`requests_per_hour` in an hour of the clock" if window.on_the_clock else told(window)
            for window in limits.windows(Bucket.TRACK)
        ]
        counted = "all arrays together" if limits.objects.combined else "in each array"
        lines.append(
            f"| `{contract}` | {' and '.join(windows)} | {limits.objects.objects}, {counted} |"
        )
    lines += ["", "| Other addresses, which share a limit | Limit | Permission |", "|---|---|---|"]
    for bucket in Bucket:
        if bucket is Bucket.TRACK:
            continue
        known = [one for one in ENDPOINTS if one.bucket is bucket]
        addresses = ", ".join(f"`{one.method} {one.path}`" for one in known)
        permissions = ", ".join(
            dict.fromkeys(f"`{one.permission}`" for one in known if one.permission)
        )
        (window,) = Limits().windows(bucket)
        every_other = ", and every other address" if bucket is Bucket.DEFAULT else ""
        lines.append(
            f"| {addresses}{every_other} | {told(window)} | {permissions or 'keys in the body'} |"
        )
    return "\n".join([*lines, "", ""])


def told(window: Window) -> str:
    return f"{window.requests:,} in {LENGTHS[window.seconds]}"


def test_the_page_is_written_anew() -> None:
    found = GENERATED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == generated(), f"run: python {Path(__file__).name}"


@pytest.mark.parametrize(
    ("kind", "hourly", "share", "requests"),
    [
        (ObjectKind.ATTRIBUTES, None, 1.0, 60_000),  # 3,000 in 3 seconds
        (ObjectKind.EVENTS, 6_000, 1.0, 100),
        (ObjectKind.SUBSCRIPTION_GROUPS, 6_000, 1.0, 5_000),
        (ObjectKind.CATALOG, 6_000, 0.5, 8_000),
        (ObjectKind.COHORTS, None, 0.6, 2_500),  # 250,000 an hour
    ],
)
def test_each_kind_of_thing_has_the_pace_of_its_address(
    kind: ObjectKind, hourly: int | None, share: float, requests: float
) -> None:
    limits = Limits(requests_per_hour=hourly, use_at_most=share)
    assert limits.per_minute(kind) == pytest.approx(requests)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(GENERATED.sub(lambda _: generated(), text), encoding="utf-8")
