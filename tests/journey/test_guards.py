"""Guards: what stops a run before the first byte leaves, what it says, and what lifts it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.journey.braze import Sandbox, running
from tests.journey.network import watched
from tests.journey.project import Project

from onefold.app import ledger_state
from onefold.errors import (
    CheckFailed,
    ClearsRefused,
    FirstSyncRefused,
    Interrupted,
    LiveEndpointRefused,
    OnefoldError,
)

CUSTOMERS = 400
REAL_BRAZE = "https://rest.iad-03.braze.com"
GOLDEN = Path(__file__).parents[1] / "golden" / "journey" / "guards"


@dataclass(frozen=True)
class Base:
    """A shop that was sent once; every test works on a copy of it."""

    project: Project
    sandbox: Sandbox
    people: int
    vips: int


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    folder = tmp_path_factory.mktemp("guards") / "shop"
    with running() as sandbox:
        project = Project.shop(folder, sandbox.url, customers=CUSTOMERS)
        project.run()
        profiles = sandbox.profiles()
        vips = sum("vip_spring" in cells for cells in profiles.values())
        yield Base(project, sandbox, len(profiles), vips)


@pytest.fixture
def shop(base: Base, tmp_path: Path) -> Iterator[Project]:
    """A copy of the shop, with which nothing may reach the sandbox."""
    shutil.copytree(base.project.folder, tmp_path / "shop")
    before = base.sandbox.summary()
    yield replace(base.project, folder=tmp_path / "shop")
    assert base.sandbox.summary() == before


@dataclass
class Stopping:
    """Hears of the steps of a run, and asks it to stop once it would begin to send."""

    sending: bool = False

    def started(self, stage: str, name: str, total: int | None) -> None:
        self.sending |= stage == "destinations" and name.startswith("send")

    def advanced(self, stage: str, name: str, rows: int) -> None: ...

    def finished(self, stage: str, name: str) -> None: ...


def passes_the_guards(project: Project, *names: str, **options: Any) -> bool:
    """Tell whether a run comes to the point of sending; nothing is sent."""
    hears = Stopping()
    try:
        project.run(*names, progress=hears, stopping=lambda: hears.sending, **options)
    except Interrupted:
        return True
    return False


def golden(case: str, **values: object) -> str:
    """A message as people see it, numbers filled in."""
    return (GOLDEN / f"{case}.txt").read_text(encoding="utf-8").format(**values).rstrip("\n")


# -- guards on what is sent --------------------------------------------------------------------


def _everybody_loses_the_city(shop: Project) -> None:
    shop.edit("tables/braze_customer_attributes.sql", "  mc.city,", "  nullif('a', 'a') AS city,")


def _nobody_is_vip(shop: Project) -> None:
    old = 'l12m_order_revenue, op: ">=", value: 500}'
    shop.edit("segments/vip_customers.yaml", old, old.replace("500", "50000000"))


def _too_few_rows(shop: Project) -> None:
    shop.edit("orchestrations/daily_profiles.yaml", '{rows: ">= 1"}', '{rows: ">= 100000"}')


def _too_many_changes(shop: Project) -> None:
    shop.edit("orchestrations/daily_profiles.yaml", '{rows: ">= 1"}', '{change: "<= 10%"}')
    old = "  coalesce(ta.l12m_order_revenue, 0) >= :vip_revenue AS is_vip"
    shop.edit("tables/braze_customer_attributes.sql", old, f"  NOT {old.strip()}")


@dataclass(frozen=True)
class Case:
    """A change to the project, and the guard that strikes."""

    change: Callable[[Project], None]
    error: type[OnefoldError]
    where: str | None = None


CASES = {
    "clears": Case(_everybody_loses_the_city, ClearsRefused),
    "empty_segment": Case(_nobody_is_vip, ClearsRefused),
    "rows": Case(_too_few_rows, CheckFailed, "orchestrations/daily_profiles.yaml"),
    "change": Case(_too_many_changes, CheckFailed, "orchestrations/daily_profiles.yaml"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_guard_strikes_with_its_message_and_plan_foretells_it(
    name: str, base: Base, shop: Project
) -> None:
    case = CASES[name]
    with_city = sum("home_city" in cells for cells in base.sandbox.profiles().values())
    case.change(shop)
    with pytest.raises(case.error) as struck:
        shop.run()
    told = golden(name, people=base.people, vips=base.vips, with_city=with_city)
    assert str(struck.value) == told
    if case.where:
        assert struck.value.where is not None
        assert struck.value.where.file == case.where
    assert shop.plan().refused_by == told


@pytest.mark.parametrize("name", ["clears", "empty_segment"])
def test_clears_are_let_through_when_asked_for(name: str, shop: Project) -> None:
    CASES[name].change(shop)
    assert passes_the_guards(shop, allow_clears=True)


def test_an_orchestration_may_allow_more_clears(shop: Project) -> None:
    _everybody_loses_the_city(shop)
    shop.edit("orchestrations/daily_profiles.yaml", '{rows: ">= 1"}', '{clears: "<= 100%"}')
    assert passes_the_guards(shop)


# -- guards on where to ------------------------------------------------------------------------


def _prod(shop: Project, endpoint: str) -> Project:
    """The shop in a live environment with a store of its own, at another address."""
    shop.edit("onefold.yaml", "store: /srv/onefold", "store: .onefold-prod")
    return replace(shop, environ={"BRAZE_ENDPOINT": endpoint})


def test_an_environment_that_is_not_live_sends_to_this_machine_alone(shop: Project) -> None:
    elsewhere = replace(shop, environ={"BRAZE_ENDPOINT": REAL_BRAZE})
    with watched() as heard, pytest.raises(LiveEndpointRefused) as struck:
        elsewhere.run("daily_profiles")
    assert str(struck.value) == golden("live_endpoint")
    assert heard == []


def test_the_command_says_so_too_and_ends_with_1(shop: Project) -> None:
    ended = shop.onefold("run", "daily_profiles", environ={"BRAZE_ENDPOINT": REAL_BRAZE})
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"error: {golden('live_endpoint')}\n"


def test_an_instance_is_no_way_around(shop: Project) -> None:
    shop.edit(
        "destinations/braze.yaml",
        "rest_endpoint: ${BRAZE_ENDPOINT:-http://127.0.0.1:8765}",
        "instance: US-03",
    )
    with watched() as heard, pytest.raises(LiveEndpointRefused, match=REAL_BRAZE):
        shop.run("daily_profiles")
    assert heard == []


def test_the_first_sync_to_a_real_braze_is_priced_and_stopped(shop: Project) -> None:
    prod = _prod(shop, REAL_BRAZE)
    with watched() as heard, pytest.raises(FirstSyncRefused) as struck:
        prod.run(environment="prod")
    assert heard == []
    with prod.house("prod") as house:
        assert house.snapshot().tables, "the tables are there to look at"
        with pytest.raises(OnefoldError, match="no ledger"):
            ledger_state(house, "shop")
    assert struck.value.where is not None
    assert str(struck.value.where) == "destinations/braze.yaml:5:12"
    with watched() as heard:
        assert passes_the_guards(prod, environment="prod", first_sync=True)
    assert heard == []


def test_the_watch_hears_a_connection(base: Base) -> None:
    """The tests above would pass if nothing were ever heard."""
    with watched() as heard:
        base.sandbox.summary()
    assert any("127.0.0.1" in one for one in heard)


def test_a_ledger_is_not_taken_to_another_endpoint(shop: Project) -> None:
    elsewhere = replace(shop, environ={"BRAZE_ENDPOINT": "http://127.0.0.1:9"})
    with watched() as heard, pytest.raises(OnefoldError) as struck:
        elsewhere.run("daily_profiles")
    assert str(struck.value) == golden("other_endpoint", before=shop.environ["BRAZE_ENDPOINT"])
    assert heard == []
