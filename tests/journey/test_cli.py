"""The command line: data on stdout, talk on stderr, honest exit codes, nothing ignored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.journey.braze import running
from tests.journey.project import DAY_1, Project, onefold
from typer.main import get_command

from onefold.cli.main import app, main

BUILT = (
    *("init", "demo", "check", "plan", "run", "runs"),
    *("list", "show", "query", "explain", "ledger", "sandbox", "privacy"),
)
NOT_BUILT = (  # a command or option of the documentation that this version does not have
    "test daily_profiles --to qa --limit 10",
    "lineage merged_customers.email",
    "stitch report",
    "stitch evaluate truth.parquet --truth cluster",
    "ingest replay pos_customers",
    "source add data/new.csv",
    "lists import evening guests.csv --match email",
    "pause",
    "resume",
    "backup",
    "gc",
    "doctor",
    "migrate",
    "serve",
    "users",
    "tokens",
    "credentials set braze_key",
    "run --select tables/customer_loyalty+",
    "run --exclude vip_spring",
    "run --since 2026-01-01",
    "run --until 2026-01-02",
    "run --resume 0198",
    "run resolve 0198",
    "plan --build",
    "plan --against main",
    "ledger import",
    "ledger forget --attribute last_visit",
    "ledger export shop",
)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A shop that was sent once. These tests only look at it."""
    folder = tmp_path_factory.mktemp("cli") / "shop"
    with running() as sandbox:
        project = Project.shop(folder, sandbox.url, customers=400)
        project.run(as_of=DAY_1)
        yield project


@pytest.fixture
def command(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Run a command in this process, in the shop's folder: quicker than a process each."""
    monkeypatch.chdir(shop.folder)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        written = capfd.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, written.out, written.err)

    return run


def test_every_documented_command_is_there() -> None:
    documented = {*BUILT, *(line.split()[0] for line in NOT_BUILT)}
    assert set(getattr(get_command(app), "commands", {})) == documented


@pytest.mark.parametrize("name", [name for name in BUILT if name != "sandbox"])
def test_help_has_an_example(name: str, command: Run) -> None:
    ended = command(name, "--help")
    assert ended.code == 0
    assert f"onefold {name}" in ended.out.split("Example", 1)[1]
    assert ended.err == ""


@pytest.mark.parametrize("line", NOT_BUILT)
def test_what_is_not_built_is_refused_plainly(line: str, command: Run) -> None:
    ended = command(*line.split())
    assert ended.code == 1
    assert ended.out == ""
    assert "is documented but not built yet in this version\n  hint: " in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "line",
    [
        "check --json",
        "plan --json",
        "plan daily_profiles --person C00000004 --json",
        "runs --json",
        "list --json",
        "list segments --json",
        "show vip_customers --json",
        "show vip_customers --sql --json",
        "show braze_customer_attributes --limit 3 --json",
        "explain C00000004 --json",
        "ledger show --json",
        "ledger show shop --json",
    ],
)
def test_json_is_all_there_is_on_stdout(line: str, command: Run) -> None:
    ended = command(*line.split())
    assert ended.code == 0
    assert ended.json
    assert ended.err == ""


def test_a_run_is_shown_by_the_beginning_of_its_id(command: Run) -> None:
    (run,) = command("runs", "--json").json
    shown = command("run", "show", run["id"][:20], "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.json["run"]["id"] == run["id"]
    assert shown.json["summary"]["requests"] == shown.json["run"]["summary"]["requests"] > 0
    assert command("run", "show", run["id"]).code == 0
    assert command("run", "show", "nothing").code == 1


def test_the_json_of_a_query_is_its_values(command: Run, shop: Project) -> None:
    sql = "SELECT * FROM braze_customer_attributes ORDER BY person_id"
    assert command("query", sql, "--json").json == [
        {name: _plain(value) for name, value in row.items()} for row in shop.rows(sql)
    ]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("query SELEC", 1, "error: query:1:1:"),
        ("show vip_custmers", 1, "nearest: vip_customers"),
        ("explain nobody", 1, "nobody is known by 'nobody'"),
        ("run dayly", 1, "nearest: daily"),
        ("ledger show shoop", 1, "there is no ledger called shoop"),
        ("run --as-of yesterday", 2, "--as-of yesterday is not a time"),
        ("run show", 2, "run show takes one run's id"),
        ("ledger shwo", 2, "ledger has no action shwo"),
        ("sandbox brass", 2, "there is no sandbox of brass"),
        ("init again --example shoop", 2, "nearest: shop"),
        ("init again --customers none", 2, "Invalid value"),
        ("plan --persn X", 2, "No such option"),
        ("dance", 2, "No such command"),
        ("check --env staging", 1, "staging"),
    ],
)
def test_errors_are_told_on_stderr_and_end_with_1_or_2(
    line: str, code: int, told: str, command: Run
) -> None:
    ended = command(*line.split())
    assert ended.code == code
    assert told in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_an_error_is_json_too_when_asked_for(command: Run) -> None:
    ended = command("query", "SELECT nothing FROM merged_customers", "--json")
    assert ended.code == 1
    assert ended.json["error"] == "SqlError"
    assert ended.json["where"] == "query:1:8"
    assert ended.json["message"] in ended.err
    assert ended.json["hint"] in ended.err


# -- by processes of their own -----------------------------------------------------------------


def test_a_run_talks_on_stderr_and_ends_with_its_counts(shop: Project) -> None:
    ended = shop.onefold("run", "daily", "--as-of", "2026-11-02T06:00")
    assert ended.returncode == 0
    stages = [line.split()[0] for line in ended.stderr.splitlines()]
    rooms = ["ingest", "stitch", "c360", "segments", "orchestrations", "delta", "ledger"]
    assert [stages.count(room) > 0 for room in rooms] == [True] * len(rooms)
    first, *_ = [line.split() for line in ended.stdout.splitlines() if line.strip()]
    assert first == ["room", "rows", "in", "rows", "out", "rejected", "seconds"]
    assert "segments vip_customers" not in " ".join(ended.stdout.split())


def test_a_query_is_read_from_stdin_in_a_folder_below(shop: Project) -> None:
    sql = "SELECT count(*) AS people FROM merged_customers"
    ended = onefold("query", "--json", cwd=shop.folder / "segments", stdin=sql)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == shop.rows(sql)


def test_the_help_of_the_sandbox_is_its_own(tmp_path: Path) -> None:
    ended = onefold("sandbox", "braze", "--help", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--block-external-id" in ended.stdout


def test_no_project_is_told_plainly(tmp_path: Path) -> None:
    ended = onefold("list", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert "onefold.yaml" in ended.stderr


def test_an_empty_project_begins_well(tmp_path: Path) -> None:
    first = onefold("init", "mine", cwd=tmp_path)
    assert (first.returncode, first.stdout) == (0, "")
    again = onefold("init", "mine", cwd=tmp_path)
    assert again.returncode == 2
    assert "holds a project already" in again.stderr
    checked = onefold("check", "--project", "mine", cwd=tmp_path)
    assert checked.returncode == 0
    assert checked.stdout.startswith("everything is right")


def test_the_smallest_demo_agrees_with_the_sandbox(tmp_path: Path) -> None:
    ended = onefold("demo", "--customers", "100", "--no-serve", "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    shown = json.loads(ended.stdout)
    assert [title for title, _ in shown["runs"]] == [
        "day 1",
        "day 1 again, nothing changed",
        "day 2",
    ]
    for row in shown["comparison"]:
        assert row["onefold"] == row["sandbox"], row["what"]
    sent = [summary["requests"] for _, summary in shown["runs"]]
    assert sent[1] == 0 < min(sent[0], sent[2])


def test_an_empty_project_says_what_comes_next(tmp_path: Path) -> None:
    text = "name: shop\nenvironments:\n  dev: {store: .onefold}\n"
    (tmp_path / "onefold.yaml").write_text(text, encoding="utf-8")
    checked = onefold("check", cwd=tmp_path)
    assert checked.stdout == (
        "everything is right: nothing is defined yet; begin with a file in sources/\n"
    )
    assert "campaigns can: none yet" in onefold("run", "nobody", cwd=tmp_path).stderr
