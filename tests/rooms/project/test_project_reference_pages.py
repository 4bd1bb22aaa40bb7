"""The pages that users read say what the models do: every key, every default, both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from onefold.c360 import project_model
from onefold.errors import UnknownKey
from onefold.project import load_project
from onefold.project.files import Kind
from onefold.project.keys import walk_keys
from onefold.project.kinds import Definition, Part, Template
from onefold.project.kinds.segment import RULE_KEYS
from onefold.project.models import MODELS
from onefold.project.not_built import NOT_BUILT_YET
from onefold.project.schemas import json_schemas
from onefold.project.tags import KNOWN_TAGS
from onefold.segments import RULE_KEYS as STARTS_OF_RULES

DOCS = Path(__file__).parents[3] / "docs" / "reference"
PAGE = (DOCS / "project-files.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\|([^|]*)\|", re.MULTILINE)


def _sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _section(kind: Kind) -> str:
    heads = {Kind.ONEFOLD: "`onefold.yaml`", Kind.STITCH: "`stitch.yaml`"}
    return _sections()[heads.get(kind, f"`{kind}s/*.yaml`")]


def _documented(kind: Kind) -> dict[str, str]:
    """Return the keys of a kind with what the page calls their default."""
    return {key: default.strip() for key, _, default in _ROW.findall(_section(kind))}


def _keys(kind: Kind) -> dict[str, FieldInfo]:
    shared = set(Definition.model_fields)
    return {key: info for key, info in walk_keys(MODELS[kind]) if key not in shared}


def _default(info: FieldInfo) -> str:
    """Write a default as the page does; empty for `none` and for parts with keys of their own."""
    if info.is_required():
        return "required"
    value: Any = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, Part) or value is None or value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(value)}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("kind", MODELS)
def test_every_key_is_documented_and_every_documented_key_exists(kind: Kind) -> None:
    assert list(_documented(kind)) == list(_keys(kind))


@pytest.mark.parametrize("kind", MODELS)
def test_defaults_are_those_of_the_models(kind: Kind) -> None:
    documented = _documented(kind)
    for key, info in _keys(kind).items():
        if key != "environments":  # its default is a whole environment, told in words
            assert documented[key] == _default(info), key


def test_the_keys_of_templates_are_documented() -> None:
    told = _section(Kind.DESTINATION).partition("### Templates")[2]
    shared = set(Definition.model_fields)
    keys = [info.alias or key for key, info in Template.model_fields.items() if key not in shared]
    assert re.findall(r"^- `([^`]+)`:", told, flags=re.MULTILINE) == keys


def test_the_shared_keys_are_documented() -> None:
    shared = _sections()["Keys of every definition"]
    assert [row[0] for row in _ROW.findall(shared)] == list(Definition.model_fields)


@pytest.mark.parametrize("inside", [False, True])
def test_the_keys_of_a_sql_header_are_documented(inside: bool) -> None:
    """The reader of headers names all keys that it knows when it meets another."""
    rows = [key for key, _, _ in _ROW.findall(_sections()["SQL files"])]
    header = "tests: {nokey: 1}" if inside else "nokey: 1"
    with pytest.raises(UnknownKey) as caught:
        project_model(f"/* onefold\n{header}\n*/\nSELECT 1 AS a", file="tables/t.sql")
    known = caught.value.hint.removeprefix("keys here: ").split(", ")
    if inside:
        assert known == [key.removeprefix("tests.") for key in rows if key.startswith("tests.")]
    else:
        assert sorted(known) == sorted(
            [*Definition.model_fields, *(key for key in rows if "." not in key)]
        )


def test_what_is_not_built_yet_is_documented() -> None:
    table = _sections()["Not built yet"]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", table, flags=re.MULTILINE)
    assert rows == [(entry.kind, entry.key) for entry in NOT_BUILT_YET]


@pytest.mark.parametrize("entry", NOT_BUILT_YET, ids=lambda entry: f"{entry.kind}.{entry.key}")
def test_a_key_is_built_or_not(entry: Any) -> None:
    keys = dict(walk_keys(MODELS[Kind(entry.kind)]))
    assert (entry.when is None) == (entry.key not in keys)


def test_the_examples_of_the_page_are_a_project(tmp_path: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL):
        file = tmp_path / block.partition("\n")[0].removeprefix("# ")
        file.parent.mkdir(exist_ok=True)
        file.write_text(block, encoding="utf-8")
    (tmp_path / "segments" / "test_accounts.yaml").write_text(
        '{field: merged_customers.email, op: ends with, value: "@shop.example"}'
    )
    project = load_project(tmp_path, environ={})
    assert [*project.sources, *project.campaigns] == ["web_accounts", "spring_letter"]


def test_every_tag_is_documented() -> None:
    table = _sections()["Tags"]
    for tag in KNOWN_TAGS:
        space, _, name = tag.rpartition("/")
        assert re.search(rf"`{re.escape(name if space else tag)}`", table), tag
        assert not space or f"`{space}/…`" in table


def test_the_keys_of_rules_are_those_of_the_segments_room() -> None:
    assert set(STARTS_OF_RULES) <= set(RULE_KEYS)


def test_the_schemas_are_up_to_date() -> None:
    """Write them anew with `python -m onefold.project.schemas docs/reference/schemas`."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("schemas/*")}
    assert committed == json_schemas()


@pytest.mark.parametrize("name", sorted(json_schemas()))
def test_every_key_of_a_schema_is_described(name: str) -> None:
    schema = json.loads(json_schemas()[name])
    parts = [schema, *schema.get("$defs", {}).values()]
    for part in parts:
        for key, about in part.get("properties", {}).items():
            assert about.get("description"), f"{name}: {key}"
