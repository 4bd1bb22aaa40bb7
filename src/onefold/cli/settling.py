"""`onefold ledger settle`: asks before it records, and tells what was recorded."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from collections.abc import Collection, Mapping

import typer

from onefold.app import House, settle, unsettled_occurrences
from onefold.cli.output import echo_json, out
from onefold.errors import Refused, UsageError

__all__ = ["settle_by_hand"]

NEXT = {
    True: "they are never sent again",
    False: "the next run sends them; if they did arrive, they stand there twice",
}


def settle_by_hand(
    house: House,
    workspace: str,
    *,
    arrived: bool | None,
    ids: Collection[str],
    yes: bool,
    json: bool,
) -> int:
    """Settle unsettled events and purchases, all or those named, as somebody says.

    Raises:
        UsageError: it is not said what became of them.
        Refused: nobody confirmed it.
    """
    if arrived is None:
        raise UsageError(
            "say what became of them", hint="look in Braze, then: --arrived, or --not-arrived"
        )
    listed = unsettled_occurrences(house, workspace)
    counts = Counter(one.object for one in listed if not ids or one.id in ids)
    chosen = ids or [one.id for one in listed]
    if chosen and not yes:
        _confirm(workspace, counts, arrived=arrived)
    found = settle(house, workspace, arrived=arrived, ids=chosen, who=getpass.getuser())
    if json:
        echo_json(found)
    else:
        out.print(f"settled: {_told(found.settled)} {_said(arrived)}; {NEXT[arrived]}")
    return 0


def _confirm(workspace: str, counts: Counter[str], *, arrived: bool) -> None:
    question = f"{_told(counts)} of {workspace} {_said(arrived)}: {NEXT[arrived]}. Right?"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(question, hint="nobody can be asked here: add --yes")
    if not typer.confirm(question, err=True):
        raise Refused("nothing was settled", hint="look first: onefold ledger show --unsettled")


def _told(counts: Mapping[str, int]) -> str:
    return " and ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"


def _said(arrived: bool) -> str:
    return "arrived" if arrived else "did not arrive"
