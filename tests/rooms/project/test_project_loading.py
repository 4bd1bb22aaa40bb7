"""A project as Python sees it: environments, variables, places, the hash."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pydantic
import pytest

from onefold.access import credential
from onefold.errors import NotBuiltYet, Place, ProjectError, UnknownKey, UnknownReference
from onefold.examples.shop.definitions import write_project
from onefold.model import FeedField, FieldType, TypeKind
from onefold.project import (
    Project,
    ProjectErrors,
    find_project,
    load_project,
    project_environ,
)
from onefold.segments import AnyRowOf, Condition

BASE = Path(__file__).parents[2] / "golden" / "project" / "base"
SECRET = "hunter2-of-the-database"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the base project."""
    return Path(shutil.copytree(BASE, tmp_path / "shop"))


@pytest.fixture
def edit(root: Path) -> Edit:
    """Replace a text in a file of the copy."""

    def replace(file: str, old: str, new: str) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), encoding="utf-8")

    return replace


def _load(root: Path, environment: str | None = None, **environ: str) -> Project:
    return load_project(root, environment=environment, environ=environ)


def _errors(root: Path, environment: str | None = None, **environ: str) -> ProjectErrors:
    with pytest.raises(ProjectErrors) as caught:
        _load(root, environment, **environ)
    return caught.value


def _place_in(root: Path, file: str, text: str) -> Place:
    before, _, _ = (root / file).read_text(encoding="utf-8").partition(text)
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_a_project_is_found_from_any_folder_in_it(root: Path) -> None:
    assert find_project(root / "sources") == root


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        find_project(tmp_path)
    assert "onefold init" in caught.value.hint


def test_the_first_environment_is_the_default(root: Path) -> None:
    environment = _load(root).environment
    assert (environment.name, environment.live) == ("dev", False)
    assert environment.store == root / ".onefold"


@pytest.mark.parametrize("how", ["argument", "variable", "dot_env"])
def test_another_environment_is_chosen(root: Path, how: str) -> None:
    if how == "dot_env":
        (root / ".env").write_text("ONEFOLD_ENV=prod\nONEFOLD_CONTROL=\n")
        project = _load(root)
    elif how == "variable":
        project = _load(root, ONEFOLD_ENV="prod", ONEFOLD_CONTROL="")
    else:
        project = _load(root, "prod", ONEFOLD_ENV="dev", ONEFOLD_CONTROL="")
    assert (project.environment.name, project.environment.live) == ("prod", True)
    assert project.environment.store == Path("/srv/onefold")


def test_an_unknown_environment_names_the_nearest(root: Path) -> None:
    (error,) = _errors(root, "prd").errors
    assert isinstance(error, UnknownReference)
    assert error.hint == "nearest: prod"


def test_only_the_chosen_environment_needs_its_variables(root: Path) -> None:
    _load(root, "dev")
    (error,) = _errors(root, "prod").errors
    assert error.message == "the environment variable ONEFOLD_CONTROL is not set"
    assert error.where == _place_in(root, "onefold.yaml", "${ONEFOLD_CONTROL}")


def test_an_offline_check_needs_no_variables(root: Path, edit: Edit) -> None:
    edit("destinations/braze.yaml", "http://127.0.0.1:8765", "${BRAZE_ENDPOINT}")
    project = load_project(root, environment="prod", environ={}, require_environment=False)
    assert project.destinations["braze"].rest_endpoint == "${BRAZE_ENDPOINT}"


@pytest.mark.parametrize(
    ("file", "written", "variable"),
    [
        ("destinations/braze.yaml", "workspace: shop", "workspace: ${X}"),
        ("destinations/braze.yaml", "credential: braze_key", "credential: ${X}"),
        ("onefold.yaml", "timezone: Europe/Paris", "timezone: ${X}"),
        ("onefold.yaml", "store: .onefold", "store: ${X}"),
        ("sources/pos_customers.yaml", '"data/pos/customers-*.csv"', '"${X}"'),
    ],
)
def test_texts_may_wait_for_their_variable(
    root: Path, edit: Edit, file: str, written: str, variable: str
) -> None:
    edit(file, written, variable)
    load_project(root, environ={}, require_environment=False)
    (error,) = _errors(root).errors
    assert error.message == "the environment variable X is not set"


def test_a_choice_cannot_be_checked_without_its_variable(root: Path, edit: Edit) -> None:
    edit("sources/pos_customers.yaml", "load: upsert", "load: ${LOAD}")
    with pytest.raises(ProjectErrors) as caught:
        load_project(root, environ={}, require_environment=False)
    assert "`load` cannot be checked without the value of ${LOAD}" in str(caught.value)
    (error,) = _errors(root).errors
    assert error.message == "the environment variable LOAD is not set"


@pytest.mark.parametrize(
    ("file", "written", "variable"),
    [
        ("destinations/braze.yaml", "workspace: shop", "workspace: ${X}"),
        ("destinations/braze.yaml", "credential: braze_key", "credential: ${X}"),
        ("destinations/braze.yaml", "http://127.0.0.1:8765", "${X}"),
        ("sources/pos_customers.yaml", "load: upsert", "load: ${X}"),
        ("sources/pos_customers.yaml", "customer_no: string", "customer_no: ${X}"),
        ("sources/pos_customers.yaml", "max_rejected: 1%", "max_rejected: ${X}"),
        ("workflows/daily.yaml", '"0 4 * * *"', '"${X}"'),
        ("campaigns/vip_spring.yaml", "offer_a: 90%", "offer_a: '${X}'"),
    ],
)
def test_the_value_of_a_variable_is_not_repeated(
    root: Path, edit: Edit, file: str, written: str, variable: str
) -> None:
    edit(file, written, variable)
    errors = _errors(root, X=SECRET)
    assert "${X}" in str(errors)
    assert "hunter2" not in str(errors)


def test_a_key_in_place_of_a_credentials_name_is_not_repeated(root: Path, edit: Edit) -> None:
    edit("destinations/braze.yaml", "credential: braze_key", f"credential: {SECRET}")
    errors = _errors(root)
    assert "never the key itself" in str(errors)
    assert "hunter2" not in str(errors)


def test_variables_are_replaced_inside_a_text(root: Path, edit: Edit) -> None:
    edit("destinations/braze.yaml", "127.0.0.1:8765", "${HOST}:${PORT:-8765}")
    destination = _load(root, HOST="localhost").destinations["braze"]
    assert destination.rest_endpoint == "http://localhost:8765"


def test_a_default_stands_in_for_an_empty_variable(root: Path, edit: Edit) -> None:
    edit("onefold.yaml", "store: .onefold", "store: ${STORE:-here}")
    assert _load(root, STORE="").environment.store == root / "here"
    assert _load(root, STORE="there").environment.store == root / "there"


def test_the_environment_wins_over_dot_env(root: Path, edit: Edit) -> None:
    edit("onefold.yaml", "store: .onefold", "store: ${STORE}")
    (root / ".env").write_text("STORE=from_file\n")
    assert _load(root).environment.store == root / "from_file"
    assert _load(root, STORE="from_shell").environment.store == root / "from_shell"


def test_a_dot_env_that_is_not_utf8_is_an_error(root: Path) -> None:
    (root / ".env").write_bytes(b"A=1\nSTORE=\xff\n")
    with pytest.raises(ProjectError, match=r"\.env:2:7: the file is not UTF-8"):
        _load(root)


def test_credentials_may_stand_in_dot_env(root: Path) -> None:
    (root / ".env").write_text("ONEFOLD_CREDENTIAL_BRAZE_KEY=abc\n")
    assert credential("braze_key", project_environ(root, {})).reveal() == "abc"


def test_a_secret_shows_nowhere(root: Path) -> None:
    address = f"postgresql://onefold:{SECRET}@db.example/onefold"
    errors = _errors(root, "prod", ONEFOLD_CONTROL=address)
    assert isinstance(errors.errors[0], NotBuiltYet)
    assert SECRET not in f"{errors} {errors!r} {errors.errors[0].hint}"


def test_the_hash_knows_every_definition_and_no_secret(root: Path, edit: Edit) -> None:
    plain = _load(root).definitions_hash
    assert _load(root).definitions_hash == plain
    assert _load(root, UNUSED="1").definitions_hash == plain
    assert _load(root, "prod", ONEFOLD_CONTROL="").definitions_hash != plain
    for file in sorted(path for path in BASE.rglob("*") if path.is_file()):
        copy = root / file.relative_to(BASE)
        before = copy.read_bytes()
        comment = b"\n-- more\n" if file.suffix == ".sql" else b"\n# more\n"
        copy.write_bytes(before + comment)
        assert _load(root).definitions_hash != plain, file
        copy.write_bytes(before)
    assert _load(root).definitions_hash == plain


def test_the_hash_knows_the_values_of_variables(root: Path, edit: Edit) -> None:
    edit("destinations/braze.yaml", "127.0.0.1:8765", "${HOST}")
    first, second = (_load(root, HOST=host).definitions_hash for host in ("one", "two"))
    assert first != second


def test_definitions_are_reached_by_name(root: Path) -> None:
    project = _load(root)
    source = project.sources["pos_customers"]
    assert source.primary_key == ("customer_no",)
    assert source.max_rejected.share == Decimal("0.01")
    assert source.label == "Customers of the tills"
    assert project.settings.vars["vip_revenue"] == 500
    destination = project.destinations["braze"]
    assert dataclasses.astuple(destination.source_of("home_city")) == (
        "braze_customer_attributes",
        "city",
    )
    assert dataclasses.astuple(destination.source_of("newcomer")) == ("newcomers", "is_new")
    group = project.campaigns["vip_spring"].groups[0]
    assert {name: part.share for name, part in group.treatments.items()} == {
        "offer_a": Decimal("0.9"),
        "control": Decimal("0.1"),
    }
    assert project.campaigns["vip_spring"].audience.value_for("g", "t") == "g_t"
    assert project.orchestrations["daily_profiles"].tests.clears.holds(Decimal("0.05"))
    assert not project.orchestrations["daily_profiles"].tests.clears.holds(Decimal("0.0501"))
    assert set(project.sql_segments) == {"recent_complainers"}


def test_definitions_are_frozen(root: Path) -> None:
    project = _load(root)
    with pytest.raises(pydantic.ValidationError):
        project.sources["pos_customers"].load = "replace"
    with pytest.raises(TypeError):
        project.sources["pos_customers"].fields["x"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        project.sources["x"] = project.sources["pos_customers"]  # type: ignore[index]


def test_a_source_gives_its_shape(root: Path) -> None:
    shape = _load(root).sources["pos_customers"].shape()
    assert (shape.source, shape.stitch) == ("pos_customers", "profile")
    assert shape.last_updated == "modified_at"
    assert shape.tagged("birthdate") == FeedField(
        name="born",
        type=FieldType(TypeKind.DATE),
        path="born",
        tag="birthdate",
        format="%d/%m/%Y",
        timezone="Europe/Paris",
    )


@pytest.mark.parametrize(
    ("feed", "own", "zone"),
    [(None, None, "Europe/Paris"), ("UTC", None, "UTC"), ("UTC", "Asia/Tokyo", "Asia/Tokyo")],
)
def test_a_zone_is_the_fields_then_the_feeds_then_the_projects(
    root: Path, edit: Edit, feed: str | None, own: str | None, zone: str
) -> None:
    file = "sources/pos_customers.yaml"
    if feed:
        edit(file, "load: upsert", f"load: upsert\ntimezone: {feed}")
    if own:
        edit(file, "modified_at: datetime", f"modified_at: {{type: datetime, timezone: {own}}}")
    last = _load(root).sources["pos_customers"].shape().fields[-1]
    assert (last.name, last.timezone) == ("modified_at", zone)


@pytest.mark.parametrize(
    ("stitch", "person_id", "role"),
    [
        ("stitch: true", "", "profile"),
        ("stitch: attach", "", "attach"),
        ("stitch: false", "", "none"),
        ("", "", "none"),
        ("", "person_id: customer_no", "profile"),
        ("stitch: false", "person_id: customer_no", "none"),
    ],
)
def test_the_role_in_stitching(
    root: Path, edit: Edit, stitch: str, person_id: str, role: str
) -> None:
    edit("sources/pos_customers.yaml", "stitch: true", f"{stitch}\n{person_id}")
    assert _load(root).sources["pos_customers"].shape().stitch == role


def test_places_lead_into_the_file(root: Path) -> None:
    project = _load(root)
    where = ("groups", 0, "where", "value")
    place = project.place_of("campaign", "vip_spring", where)
    assert place == _place_in(root, "campaigns/vip_spring.yaml", "1000")
    assert project.place_of("source", "pos_customers", ("fields",)).line == 8
    assert project.place_of("query", "newcomers") == Place("queries/newcomers.sql")
    with pytest.raises(KeyError):
        project.place_of("source", "nothing")


def test_rules_are_trees_whose_paths_lead_into_the_file(root: Path) -> None:
    project = _load(root)
    segment, campaign = project.segments["test_accounts"], project.campaigns["vip_spring"]
    assert isinstance(segment.rule_tree, Condition)
    first, rest = campaign.rule_trees
    assert isinstance(first, Condition)
    assert first.path == ("groups", 0, "where")
    assert rest is None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("segments/lapsing_vips.yaml", "before", "befor"),
        ("campaigns/vip_spring.yaml", "field: transaction_", "feeld: transaction_"),
    ],
)
def test_a_wrong_rule_names_its_line(root: Path, edit: Edit, file: str, old: str, new: str) -> None:
    edit(file, old, new)
    error = _errors(root).errors[0]
    assert error.where == _place_in(root, file, new)


def test_errors_keep_their_types_and_come_in_order(root: Path, edit: Edit) -> None:
    edit("onefold.yaml", "dialect:", "dialekt:")
    edit("workflows/daily.yaml", "run:", "notify: {}\nrum:")
    edit("campaigns/vip_spring.yaml", "to: braze", "to: brase")
    errors = _errors(root)
    assert [type(error) for error in errors.errors] == [
        UnknownKey,
        UnknownReference,
        NotBuiltYet,
        UnknownKey,
    ]
    assert errors.exit_code == 1


def test_an_unreadable_file_is_an_error(root: Path) -> None:
    (root / "stitch.yaml").unlink()
    (root / "stitch.yaml").symlink_to(root / "nowhere")
    (root / "segments" / "gone.yaml").symlink_to(root / "nowhere")
    _load(root)  # a link to nothing is no file


def test_hidden_files_are_no_definitions(root: Path) -> None:
    (root / "sources" / ".pos_customers.yaml").write_text("- half written")
    _load(root)


def test_definitions_may_lie_in_folders_of_folders(root: Path) -> None:
    (root / "tables" / "marts").mkdir()
    (root / "tables" / "marts" / "loyalty.sql").write_text("SELECT 1 AS person_id")
    assert _load(root).tables["loyalty"].file == "tables/marts/loyalty.sql"


def test_without_stitch_yaml_the_defaults_hold(root: Path) -> None:
    (root / "stitch.yaml").unlink()
    stitch = _load(root).stitch
    assert (stitch.default_country, stitch.when_keys_disagree) == (None, "separate")
    assert stitch.bad_values.auto is True


def test_the_smallest_project_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "onefold.yaml").write_text("name: tiny\n")
    project = _load(tmp_path)
    assert (project.environment.name, project.timezone) == ("dev", "UTC")
    assert project.environment.store == tmp_path / ".onefold"


def test_the_shop_has_no_errors(tmp_path: Path) -> None:
    write_project(tmp_path)
    project = _load(tmp_path)
    assert [str(notice) for notice in project.notices if "schedules" not in str(notice)] == []
    rules = project.segments["vip_customers"].rule_tree
    assert any(isinstance(rule, AnyRowOf) for rule in getattr(rules, "rules", ()))
