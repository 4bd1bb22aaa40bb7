"""The project's files: copied whole, never over others, and in step with the data."""

from __future__ import annotations

from dataclasses import fields
from importlib import resources
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.examples.conftest import Shop

from onefold.errors import ProjectError
from onefold.examples.shop import RATES, write_project
from onefold.project import Project, load_project
from onefold.sources import FileFormat, SourceConfig, inspect, list_objects


def test_files_are_copied_as_they_are(tmp_path: Path) -> None:
    write_project(tmp_path / "shop")
    shipped = resources.files("onefold.examples.shop") / "project"
    copied = tmp_path / "shop"
    for path in ("onefold.yaml", ".gitignore", "tables/braze_customer_attributes.sql"):
        assert (copied / path).read_text() == shipped.joinpath(path).read_text(encoding="utf-8")
    assert {entry.name for entry in shipped.iterdir()} == {path.name for path in copied.iterdir()}


def test_the_readme_says_which_shop_it_is(tmp_path: Path) -> None:
    write_project(tmp_path, customers=1234, seed=99)
    assert "1234 customers and the seed 99" in (tmp_path / "README.md").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "stitch.yaml").write_text("mine")
    with pytest.raises(ProjectError, match=r"already holds stitch\.yaml") as refusal:
        write_project(tmp_path)
    assert "empty folder" in refusal.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["stitch.yaml"]


def test_other_files_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_project(tmp_path)
    assert (tmp_path / "onefold.yaml").exists()


@pytest.fixture(scope="module")
def project(shop: Shop) -> Project:
    write_project(shop.directory)
    return load_project(shop.directory, environ={})


def test_the_project_loads(project: Project) -> None:
    assert set(project.sources) == {
        "ecommerce_accounts",
        "pos_customers",
        "loyalty_members",
        "order_items",
        "email_optins",
    }
    assert project.environment.name == "dev"
    assert not project.environment.live


def test_the_sources_declare_every_column_of_their_files(project: Project) -> None:
    for source in project.sources.values():
        config = SourceConfig(
            id=source.id,
            root=project.root,
            pattern=source.location.files,
            format=FileFormat(source.format),
        )
        objects = list_objects(config)
        assert len(objects) == 2
        for found in objects:
            shape = inspect(config, found, source.shape().fields)
            assert (shape.missing, shape.extra) == ((), ())


def test_no_yaml_is_read_another_way_by_yaml_1_1(tmp_path: Path) -> None:
    write_project(tmp_path)
    for path in tmp_path.rglob("*.yaml"):
        old, new = YAML(typ="safe"), YAML(typ="safe")
        old.version, new.version = (1, 1), (1, 2)
        assert old.load(path.read_text()) == new.load(path.read_text())


def test_the_page_states_every_rate() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/shop.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    profiles = (RATES.accounts, RATES.pos, RATES.loyalty)
    for rate in fields(RATES.accounts):
        shares = " | ".join(percent(getattr(source, rate.name)) for source in profiles)
        assert any(line.startswith(f"| `{rate.name}` | {shares} |") for line in lines), rate.name
    for part in (RATES.people, RATES.orders, RATES.optins):
        for rate in fields(part):
            start = f"| `{rate.name}` | {percent(getattr(part, rate.name))} |"
            assert any(line.startswith(start) for line in lines), rate.name


def percent(share: float) -> str:
    return f"{share * 100:.10g} %"
