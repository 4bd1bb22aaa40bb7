"""Every rule of Braze's contract, from both sides: what Braze does, and what onefold does about it.

`rules/*.yaml` holds a case a rule, written from Braze's public documentation. Each is sent to the
sandbox as anybody could send it, and given to onefold as a value of a brand's table. The page
docs/reference/braze-rules.md shows them; `python tests/contracts/test_rules.py` writes it again.

A case: `rule`, `section` of the contract, `known` (documented, observed, open), then
`braze`: `before` (an object sent before), `sent` (the object; or `raw`, a whole body, with its
`status`), and what follows: `refused` (the sentence), `stored` (fields of the profile; null: none),
`others` (of further profiles) or `absent` (no profile). Events, purchases and other addresses give
a whole `request` (to `path`, by `method`, with other `headers`, under a `contract`; `before` is a
body, too, and `first` are requests before it, to the sandbox's own switches as well) and say in
words what is `told`, which `status`, `message`, `errors` (of the first object), `listed` (where one
is), `answer` and `answer_headers`, `holds` (of the profile of ada) and `seen` (of users, the newest
first, cohorts and catalogs) show: of each the keys written here alone. What takes a sandbox of its
own is `shown_by` a test. And
`onefold`: `field`, `type` and `value` (the text of a column's value) with `sent` (the JSON value)
or `refused` (why the field is left out); `identifier` with `row_refused`; what it `does` and the
test that it is `shown_by`; or the address that is `unused`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.destinations import Attribute, BrazeSettings, open_destination
from onefold.destinations.braze.limits import Contract
from onefold.model import ATTRIBUTES, parse_type
from onefold.warehouse import Engine

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "braze-rules.md"
GENERATED = re.compile(r"(?<=<!-- generated: rules -->\n).*?(?=<!-- end -->)", re.DOTALL)
SHOWN_CHARACTERS = 60
HEADERS = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
SOURCES = sorted((ROOT / "src" / "onefold").rglob("*.py"))
ENDPOINTS = ROOT / "src" / "onefold" / "destinations" / "braze" / "endpoints.py"

Case = dict[str, Any]


class Sandbox(Protocol):
    url: str

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any: ...


class Sandboxes(Protocol):
    def fresh(self, contract: Contract) -> Sandbox: ...


class Answered(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str]


def _spelt_out(value: Any) -> Any:
    """Write `{$text: 256}` as 256 letters, `{$list: 76, of: …}` as 76 of these, # numbered.

    They are numbered from 0, or from what `from` says.
    """
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            return "x" * value["$text"]
        if "$list" in value:
            text, first = json.dumps(_spelt_out(value["of"])), value.get("from", 0)
            numbers = range(first, first + value["$list"])
            return [json.loads(text.replace("#", str(n))) for n in numbers]
        return {key: _spelt_out(one) for key, one in value.items()}
    return [_spelt_out(one) for one in value] if isinstance(value, list) else value


def _cases() -> list[Case]:
    """Read the cases of all files, by section."""
    yaml = YAML(typ="safe")
    files = sorted((Path(__file__).parent / "rules").glob("*.yaml"))
    cases = [case for file in files for case in yaml.load(file)]
    return sorted(cases, key=lambda case: str(case["section"]))


CASES = _cases()
OBJECTS = [case for case in CASES if not case["braze"].keys() & {"request", "shown_by"}]
REQUESTS = [case for case in CASES if "request" in case["braze"]]
SENT = [case for case in CASES if not case["onefold"].keys() & {"does", "unused"}]
UNUSED = [case for case in CASES if "unused" in case["onefold"]]


def _name(case: Case) -> str:
    return f"{case['section']} {case['rule']}"


def _ask(
    sandbox: Sandbox,
    body: bytes,
    path: str = "/users/track",
    method: str = "POST",
    headers: Mapping[str, str] = {},
) -> Answered:
    request = Request(sandbox.url + path, data=body, headers={**HEADERS, **headers}, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return Answered(answer.status, json.load(answer), dict(answer.headers.items()))
    except HTTPError as error:
        return Answered(error.code, json.load(error), dict(error.headers.items()))


def _ask_as_written(sandbox: Sandbox, given: Case) -> Answered:
    parts = {name: given[name] for name in ("path", "method", "headers") if name in given}
    return _ask(sandbox, json.dumps(given["request"]).encode(), **parts)


def _profiles(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    users = sandbox.call("/_sandbox/state")["users"]
    return {user["external_id"]: user["attributes"] | user["custom_attributes"] for user in users}


@pytest.mark.parametrize("case", REQUESTS, ids=_name)
def test_requests(case: Case, sandboxes: Sandboxes) -> None:
    given = _spelt_out(case["braze"])
    sandbox = sandboxes.fresh(Contract(given.get("contract", "data_points")))
    if "before" in given:
        assert _ask(sandbox, json.dumps(given["before"]).encode()).status == 201
    for one in given.get("first", []):
        assert _ask_as_written(sandbox, one).status < 300
    answered = _ask_as_written(sandbox, given)
    _check_answer(answered, given)
    if "holds" in given:
        users = sandbox.call("/_sandbox/state")["users"]
        (ada,) = [user for user in users if user["external_id"] == "ada"]
        assert _only(ada, given["holds"]) == given["holds"]
    for what, expected in given.get("seen", {}).items():
        assert _only(sandbox.call(f"/_sandbox/{what}")[what], expected) == expected


def _check_answer(answered: Answered, given: Case) -> None:
    usual = 201 if given.get("path", "/users/track") == "/users/track" else 200
    assert answered.status == given.get("status", usual)
    assert answered.body["message"] == given.get("message", "success")
    for what, found in (("answer", answered.body), ("answer_headers", answered.headers)):
        assert _only(found, given.get(what, {})) == given.get(what, {})
    if "listed" in given:
        assert [error["index"] for error in answered.body[given["listed"]]] == [0]
    if "message" not in given:
        errors = answered.body.get("errors", [])
        first = [error["type"] for error in errors if error["index"] == 0]
        assert first == given.get("errors", [])


def _only(found: Any, expected: Any) -> Any:
    """Keep the keys that are expected."""
    if isinstance(expected, dict):
        return {key: _only(found.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [_only(one, wanted) for one, wanted in zip(found, expected, strict=True)]
    return found


@pytest.mark.parametrize("case", OBJECTS, ids=_name)
def test_braze(case: Case, sandbox: Sandbox) -> None:
    given = _spelt_out(case["braze"])
    if "raw" in given:
        assert _ask(sandbox, given["raw"].encode()).status == given["status"]
        return
    if "before" in given:
        _ask(sandbox, json.dumps({"attributes": [given["before"]]}).encode())
    filler = {"external_id": "somebody else", "x": 1}  # so that a refusal is not the whole request
    body = {"attributes": [given["sent"], filler]}
    status, answer, _ = _ask(sandbox, json.dumps(body).encode())
    assert status == 201
    sentences = [error["type"] for error in answer.get("errors", []) if error["index"] == 0]
    assert sentences == ([given["refused"]] if "refused" in given else [])
    profiles = _profiles(sandbox)
    who = given["sent"].get("external_id")
    if "refused" in given or given.get("absent"):
        assert who not in profiles
        return
    for name, expected in {who: given["stored"], **given.get("others", {})}.items():
        found = {field: profiles[name].get(field) for field in expected}
        assert found == expected
        assert {f: type(v) for f, v in found.items()} == {f: type(v) for f, v in expected.items()}


@pytest.mark.parametrize("case", SENT, ids=_name)
def test_onefold(case: Case, engine: Engine) -> None:
    given = _spelt_out(case["onefold"])
    field, type_ = given.get("field", "tier"), parse_type(given.get("type", "string"))
    settings = BrazeSettings(endpoint="http://127.0.0.1:9", workspace="rules")
    fields = [Attribute(name=field, type=type_)]
    braze = open_destination("braze", settings, "no key").channel(ATTRIBUTES, fields)
    texts = {"who": [given.get("identifier", "ada")], "value": [str(given.get("value", "gold"))]}
    engine.register("given", pa.table(texts))
    engine.table(
        "desired",
        f"SELECT who AS _identifier, 'p' AS _person_id, "
        f'CAST(value AS {type_.engine_type}) AS "{field}" FROM given',
    )
    prepared = braze.prepare(engine, "desired")
    reasons = engine.rows(f"SELECT field, reason FROM {prepared.refusals}")
    if "row_refused" in given:
        assert reasons == [(None, given["row_refused"])]
        return
    if "refused" in given:
        assert reasons == [(field, given["refused"])]
        return
    assert reasons == []
    engine.table("changes", f"SELECT *, ['{field}'] AS _changed FROM {prepared.relation}")
    cut = braze.cut(engine, "changes")
    (written,) = engine.row(f"SELECT _object FROM {cut.relation}")
    assert json.loads(written)[field] == given["sent"]
    assert type(json.loads(written)[field]) is type(given["sent"])


def test_what_is_not_sent_here_is_shown_by_a_test_that_is_there() -> None:
    for case in CASES:
        for side, words in (("braze", "told"), ("onefold", "does")):
            path, _, name = case[side].get("shown_by", "").partition("::")
            if path:
                tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
                tests = {one.name for one in ast.walk(tree) if hasattr(one, "name")}
                assert words in case[side], case["rule"]
                assert not name or name in tests, case["rule"]
            else:
                assert "does" not in case[side], f"{case['rule']}: shown by which test?"


@pytest.mark.parametrize("case", UNUSED, ids=_name)
def test_what_onefold_does_not_use_is_nowhere_in_it(case: Case) -> None:
    path = case["onefold"]["unused"]
    assert case["braze"].get("path", path).startswith(path)
    naming = {file for file in SOURCES if f'"{path}' in file.read_text(encoding="utf-8")}
    assert naming <= {ENDPOINTS}  # that knows limits of addresses that nobody asks


# -- the page --------------------------------------------------------------------------------------


def generated() -> str:
    """Write the cases as a table."""
    lines = [
        "| Rule | Section | Known | What Braze does | What onefold does |",
        "|---|---|---|---|---|",
    ]
    for case in CASES:
        cells = (
            case["rule"],
            case["section"],
            case["known"],
            _told_of_braze(case["braze"]),
            _told_of_onefold(case["onefold"]),
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _told_of_braze(given: Case) -> str:
    if "told" in given:
        return str(given["told"])
    if "raw" in given:
        return f"refuses the request: {given['status']}"
    if "refused" in given:
        return f"refuses the object: “{given['refused']}”"
    if given.get("absent"):
        return "makes no profile; no error"
    return f"stores {_shown(given['stored'])}"


def _told_of_onefold(given: Case) -> str:
    if "does" in given:
        return str(given["does"])
    if "unused" in given:
        return f"does not use `{given['unused']}`"
    if "row_refused" in given:
        return f"refuses the row: `{given['row_refused']}`"
    value = _short(given["value"])
    if "refused" in given:
        return f"refuses {value} ({given['type']}): {given['refused']}"
    return f"sends {value} ({given['type']}) as {_short(given['sent'])}"


def _shown(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"no {name}" if value is None else f"{name} {_short(value)}"
        for name, value in fields.items()
    )


def _short(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"$text"}:
        return f"a text of {value['$text']} characters"
    if isinstance(value, dict) and "$list" in value:
        return f"{value['$list']} elements{' but the first' if 'from' in value else ''}"
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + '…'}`"


def test_the_page_shows_every_rule() -> None:
    found = GENERATED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == generated(), "run: python tests/contracts/test_rules.py"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(GENERATED.sub(lambda _: generated(), page), encoding="utf-8")
