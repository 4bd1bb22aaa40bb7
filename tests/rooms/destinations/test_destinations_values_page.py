"""The page of values says what the rules have: examples are prepared, reasons read from the rules.

`python tests/rooms/destinations/test_destinations_values_page.py` writes the generated part again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from onefold.destinations import Attribute, BrazeSettings, open_destination
from onefold.destinations.braze.standard_fields import STANDARD_FIELDS, attribute_rule
from onefold.model import ATTRIBUTES, FieldType, TypeKind, parse_type
from onefold.warehouse import Engine, EngineSettings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "braze-values.md"
GENERATED = re.compile(r"(?<=<!-- generated: values -->\n).*?(?=<!-- end -->)", re.DOTALL)

TYPES: Mapping[str, Sequence[str]] = {
    "boolean": ["true"],
    "integer": ["-12", "9007199254740992"],
    "decimal(18,3)": ["12.500", "12.000"],
    "float": ["0.1", "1e-7", "-0.0"],
    "date": ["2026-01-05"],
    "datetime": ["2026-01-05 10:30:00.25+01:00", "2026-01-05 10:30:00"],
    "string": [
        "gold ",
        "2026-01-05",
        "2026-01-05 10:30:00",
        "2026-01-05T10:30:00+0100",
        "2026-01-05T10:30:00:500Z",
        "01/05/2026",
        "Mon 01 05 10:30:00.+01:00 2026",
        "3001-01-05",
    ],
    "json": [
        '["rye","oat","rye"]',
        '{"loaves":3.0,"since":{"$time":"2026-01-05"},"gift":null}',
        '[{"sku":"S2","n":1}]',
    ],
}
FIELDS: Mapping[str, Sequence[str]] = {
    "first_name": ["Ada "],
    "last_name": [],
    "email": [" Ada@Example.org"],
    "phone": ["0033 6 12-34-56-78"],
    "dob": ["1980-05-01"],
    "gender": ["female", "f", "prefer not to say"],
    "home_city": [],
    "country": ["fr", "France", "UK"],
    "language": ["FR", "fr-FR", "zh_Hant_TW"],
    "time_zone": ["europe/paris", "Eastern Time (US & Canada)", "Hawaii"],
    "email_subscribe": ["Opted_In"],
    "push_subscribe": ["subscribed"],
    "email_open_tracking_disabled": ["true"],
    "email_click_tracking_disabled": [],
    "date_of_first_session": ["2026-01-05 10:30:00+01:00"],
    "date_of_last_session": [],
    "marked_email_as_spam_at": [],
    "current_location": ['{"longitude":2.35,"latitude":48.85}'],
    "subscription_groups": [],
    "push_tokens": [],
    "facebook": ['{"likes":["tea"],"id":"77"}'],
    "twitter": [],
}


def _sent(engine: Engine, name: str, type_: FieldType, values: Sequence[str]) -> Iterable[str]:
    """Give what is sent of each example, as JSON."""
    braze = open_destination(
        "braze", BrazeSettings(endpoint="http://127.0.0.1:9", workspace="page"), "no key"
    ).channel(ATTRIBUTES, [Attribute(name=name, type=type_)])
    for value in values:
        literal = value.replace("'", "''")
        engine.table(
            "desired",
            f"SELECT 'ada' AS _identifier, 'p' AS _person_id, "
            f"CAST('{literal}' AS {type_.engine_type}) AS \"{name}\"",
        )
        prepared = braze.prepare(engine, "desired").relation
        engine.table("changes", f"SELECT *, ['{name}'] AS _changed FROM {prepared}")
        (written,) = engine.row(f"SELECT _object FROM {braze.cut(engine, 'changes').relation}")
        yield json.dumps(json.loads(written)[name], ensure_ascii=False, separators=(",", ":"))


def _examples(engine: Engine, name: str, type_: FieldType, values: Sequence[str]) -> str:
    sent = _sent(engine, name, type_, values)
    pairs = [f"`{one}` → `{told}`" for one, told in zip(values, sent, strict=True)]
    return "<br>".join(pairs)


def _reasons(name: str, type_: FieldType, but: Iterable[str] = ()) -> str:
    return "<br>".join(one for one in _all_reasons(name, type_) if one not in but)


def _all_reasons(name: str, type_: FieldType) -> list[str]:
    rule = attribute_rule(Attribute(name=name, type=type_), type_)
    return list(dict.fromkeys(problem.reason for problem in rule.problems))


def _type_of(kinds: Iterable[TypeKind]) -> FieldType:
    found = set(kinds) - {TypeKind.VARCHAR}
    (kind,) = found
    return FieldType(kind)


def generated() -> str:
    """Write both tables."""
    lines = ["| Type | Of a value, what is sent | Refused, because |", "|---|---|---|"]
    with TemporaryDirectory() as folder:
        spill = Path(folder)
        engine = Engine(EngineSettings(spill_folder=spill, threads=1, timezone="Europe/Paris"))
        for text, values in TYPES.items():
            held = parse_type(text)
            told = _examples(engine, "it", held, values)
            lines.append(f"| {text} | {told} | {_reasons('it', held)} |")
        lines += [
            "",
            "| Field | Takes | Of a value, what is sent | Refused, because | Data point |",
        ]
        lines.append("|---|---|---|---|---|")
        for name, field in STANDARD_FIELDS.items():
            held = _type_of(field.kinds)
            told = _examples(engine, name, held, FIELDS[name])
            costs = "yes" if field.billable else "free"
            reasons = _reasons(name, held, but=_all_reasons("it", held))
            lines.append(f"| `{name}` | {held} | {told} | {reasons} | {costs} |")
        engine.close()
    return "\n".join(lines) + "\n"


def test_the_page_says_what_is_sent() -> None:
    found = GENERATED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == generated(), (
        "run: python tests/rooms/destinations/test_destinations_values_page.py"
    )


def test_every_standard_field_is_on_the_page() -> None:
    assert FIELDS.keys() == STANDARD_FIELDS.keys()


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(GENERATED.sub(lambda _: generated(), page), encoding="utf-8")
