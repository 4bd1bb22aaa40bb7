"""`onefold explain X`: one person's story, in the order of the walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from onefold.app.asking import is_called
from onefold.app.house import House
from onefold.errors import OnefoldError
from onefold.model import IdentifierKind, ObjectKind, TableName
from onefold.run import Walk, bind_models, bind_people, bind_segments
from onefold.segments import explain_person, parse_rules
from onefold.store import LedgerRecord
from onefold.warehouse import any_of, column, literal, relation, scan

__all__ = ["Story", "explain", "find_person", "find_person_ever", "former_ids", "tell"]

HAPPENING = frozenset(str(kind) for kind in ObjectKind if kind.happens_once)
RECORD_COLUMNS = ("datasource", "pk", "given_name", "surname", "email", "phone", "birthdate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What onefold knows of one person, and why.

    Attributes:
        person_id: who it is.
        found_by: how the question led here.
        former_ids: person ids that became this one.
        records: the records that were folded into this person, with the file and line of each.
        links: why they are one person: each link with its rule and the value that was equal.
        profile: the merged customer, each value with the source that it came from.
        segments: each segment, whether the person is in it, and every condition.
        treatments: the group and treatment in each campaign.
        sends: what was sent, newest first, with the chunk's state and the destination's answer.
    """

    person_id: str
    found_by: str
    former_ids: tuple[str, ...]
    records: tuple[Mapping[str, Any], ...]
    links: tuple[Mapping[str, Any], ...]
    profile: Mapping[str, Any]
    segments: tuple[Mapping[str, Any], ...]
    treatments: tuple[Mapping[str, Any], ...]
    sends: tuple[Mapping[str, Any], ...]


def explain(house: House, asked: str) -> Story:
    """Tell a person's story.

    Args:
        house: the project.
        asked: a person id, a former one, an identifier of a destination, an e-mail or a phone.

    Raises:
        OnefoldError: nobody is known by that.
    """
    with house.reading() as walk:
        bind_people(walk)
        bind_models(walk)
        bind_segments(walk)
        return tell(walk, *find_person(walk, asked))


def tell(walk: Walk, person_id: str, found_by: str) -> Story:
    """Tell the story of a person who was found; models and segments are bound."""
    return Story(
        person_id=person_id,
        found_by=found_by,
        former_ids=former_ids(walk, person_id),
        records=_records(walk, person_id),
        links=_links(walk, person_id),
        profile=_profile(walk, person_id),
        segments=tuple(_segments(walk, person_id)),
        treatments=tuple(_treatments(walk, person_id)),
        sends=_sends(walk, person_id),
    )


def find_person(walk: Walk, asked: str) -> tuple[str, str]:
    """Find whom people mean, as a person id and how it was found.

    Raises:
        OnefoldError: nobody is known by that, or several are.
    """
    text = asked.strip()
    for how, people in _answers(walk, text):
        if len(people) == 1:
            return people[0], how
        if people:
            raise OnefoldError(
                f"{len(people)} persons have this {how}",
                hint=f"ask for one of them: {', '.join(people[:5])}",
            )
    raise OnefoldError(
        f"nobody is known by {asked!r}",
        hint="give a person_id, an identifier of a destination, an e-mail or a phone (+33…)",
    )


def _answers(walk: Walk, text: str) -> Iterator[tuple[str, list[str]]]:
    """Give who is known by a text, in one way after the other."""
    questions = (
        ("person_id", "stitch.unified_coalesced", "person_id", text),
        ("a former person_id", "stitch.aliases", "old_person_id", text),
        ("e-mail", "stitch.unified_coalesced", "email", text.lower()),
        ("phone", "stitch.unified_coalesced", "phone", text.replace(" ", "")),
        ("key", "stitch.key_persons", "value", text.lower()),
        ("key", "stitch.key_persons", "value", text),
    )
    for how, table, name, value in questions:
        yield how, _people(walk, table, name, value)
    yield "identifier", _people_sent(walk, text)


def _people(walk: Walk, table: str, name: str, value: str) -> list[str]:
    query = exp.select("person_id").distinct().from_(relation(table)).order_by("person_id")
    rows = walk.engine.rows(query.where(column(name).eq(literal(value))))
    return [row[0] for row in rows]


def _people_sent(walk: Walk, identifier: str) -> list[str]:
    """Give who was sent under an identifier, as they are called now."""
    rows = _changes(walk, lambda whose, kind: is_called(kind, identifier, whose))
    found = [row["_person_id"] for row in rows if row["_person_id"]]  # '' stands for nobody
    former = exp.select("old_person_id", "person_id").from_(relation("stitch.aliases"))
    now = dict(walk.engine.rows(former.where(column("old_person_id").isin(*map(literal, found)))))
    return list(dict.fromkeys(now.get(one, one) for one in found))


def find_person_ever(walk: Walk, asked: str) -> tuple[str, str]:
    """Find a person as `find_person` does; else among those whom older versions knew.

    Raises:
        OnefoldError: nobody was ever known by that, or several were.
    """
    try:
        return find_person(walk, asked)
    except OnefoldError:
        earlier = _find_earlier(walk, asked.strip())
        if earlier is None:
            raise
        return earlier


def _find_earlier(walk: Walk, text: str) -> tuple[str, str] | None:
    if any(_currently(walk, name, value) for name, value in _ways(text)):
        return None  # known today, and refused for a reason
    people: dict[str, None] = {}
    for version in walk.store.catalogue.versions("stitch"):
        if version.table.name != "unified_coalesced":
            continue
        rows = scan(walk.tables.folder, version.files, version.columns).subquery("u")
        same = any_of(column(name, "u").eq(literal(value)) for name, value in _ways(text))
        query = exp.select("person_id").distinct().from_(rows).where(same).order_by("person_id")
        people |= {row[0]: None for row in walk.engine.rows(query)}
    if len(people) > 1:
        raise OnefoldError(
            f"{len(people)} persons had this in older tables",
            hint=f"ask for one of them: {', '.join(list(people)[:5])}",
        )
    return next(((one, "older tables") for one in people), None)


def _ways(text: str) -> tuple[tuple[str, str], ...]:
    return (("person_id", text), ("email", text.lower()), ("phone", text.replace(" ", "")))


def _currently(walk: Walk, name: str, value: str) -> bool:
    query = exp.select("count(*)").from_(relation("stitch.unified_coalesced"))
    return bool(walk.engine.scalar(query.where(column(name).eq(literal(value)))))


def _rows(walk: Walk, query: exp.Expr) -> tuple[dict[str, Any], ...]:
    return tuple(walk.engine.arrow(query).read_all().to_pylist())


def former_ids(walk: Walk, person_id: str) -> tuple[str, ...]:
    """Give the ids that became this one."""
    query = exp.select("old_person_id").from_(relation("stitch.aliases")).order_by("old_person_id")
    same = column("person_id").eq(literal(person_id))
    return tuple(row[0] for row in walk.engine.rows(query.where(same)))


def _records(walk: Walk, person_id: str) -> tuple[Mapping[str, Any], ...]:
    found = _rows(
        walk,
        exp.select(*RECORD_COLUMNS)
        .from_(relation("stitch.unified_coalesced"))
        .where(column("person_id").eq(literal(person_id)))
        .order_by("datasource", "pk"),
    )
    return tuple({**row, **_origin(walk, row["datasource"], row["pk"])} for row in found)


def _origin(walk: Walk, source: str, key: str) -> Mapping[str, Any]:
    landed = TableName("landed", source)
    if walk.tables.get(landed) is None:
        return {}
    query = exp.select(column("_file").as_("file"), column("_line").as_("line"))
    rows = _rows(walk, query.from_(relation(str(landed))).where(column("_key").eq(literal(key))))
    return rows[0] if rows else {}


def _links(walk: Walk, person_id: str) -> tuple[Mapping[str, Any], ...]:
    """Give the links between the person's records; both ends are of the same person."""
    own = (
        exp.select("1")
        .from_(relation("stitch.unified_coalesced", "u"))
        .where(
            column("person_id", "u").eq(literal(person_id)),
            column("datasource", "u").eq(column("datasource_a", "k")),
            column("pk", "u").eq(column("pk_a", "k")),
        )
    )
    query = exp.select("k.*").from_(relation("stitch.links", "k")).where(exp.Exists(this=own))
    return _rows(walk, query.order_by("rule", "value", "datasource_a", "pk_a"))


def _profile(walk: Walk, person_id: str) -> Mapping[str, Any]:
    query = exp.select("*").from_(relation("main.merged_customers"))
    rows = _rows(walk, query.where(column("person_id").eq(literal(person_id))))
    return {name: value for name, value in (rows[0] if rows else {}).items() if value is not None}


def _segments(walk: Walk, person_id: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for name in (*walk.project.segments, *walk.project.sql_segments):
        inside = exp.select("count(*)").from_(relation(f"segments.{name}"))
        same = column("person_id").eq(literal(person_id))
        found.append(
            {
                "segment": name,
                "in_it": bool(walk.engine.scalar(inside.where(same))),
                "conditions": _conditions(walk, name, person_id),
            }
        )
    return found


def _conditions(walk: Walk, name: str, person_id: str) -> list[Mapping[str, Any]]:
    if name not in walk.project.segments:
        return []
    checks = explain_person(
        parse_rules(walk.project.segments[name].rule),
        walk.catalogue,
        person_id=person_id,
        as_of=walk.as_of,
        timezone=walk.project.timezone,
    )
    told: list[Mapping[str, Any]] = []
    for check in checks:
        rows = walk.engine.rows(check.query)
        holds, *seen = rows[0] if rows else (False,)
        told.append(
            {
                "condition": check.text,
                "true": bool(holds),
                "seen": None if not seen or seen[0] is None else str(seen[0]),
            }
        )
    return told


def _treatments(walk: Walk, person_id: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for name, campaign in walk.project.campaigns.items():
        version_id = walk.store.outbox.assignments(name)
        if version_id is None and campaign.formerly is not None:
            version_id = walk.store.outbox.assignments(campaign.formerly)
        if version_id is None:
            continue
        version = walk.store.catalogue.version(version_id)
        rows = scan(walk.tables.folder, version.files, version.columns).subquery("a")
        query = exp.select("group_name", "treatment").from_(rows)
        same = column("person_id", "a").eq(literal(person_id))
        found += [{"campaign": name, **row} for row in _rows(walk, query.where(same))]
    return found


def _sends(walk: Walk, person_id: str) -> tuple[Mapping[str, Any], ...]:
    ids = [literal(one) for one in (person_id, *former_ids(walk, person_id))]
    rows = _changes(walk, lambda *_: column("_person_id").isin(*ids))
    identifiers = sorted({row["_identifier"] for row in rows})
    # A person who left has no row of its own any more: its clears are found by its identifier.
    known = [literal(one) for one in identifiers]
    return tuple(_changes(walk, lambda whose, _: column(whose).isin(*known))) if known else ()


def _changes(
    walk: Walk, which: Callable[[str, IdentifierKind], exp.Expr]
) -> list[Mapping[str, Any]]:
    """Give what was sent, in any ledger of people: an item may bear the id of a person.

    Args:
        walk: the walk.
        which: the condition, given the column that holds the identifier, and its kind.
    """
    found: list[Mapping[str, Any]] = []
    for ledger in walk.store.outbox.ledgers():
        if ledger.identifier == IdentifierKind.ITEM_ID:
            continue
        # The key of an event is its own id; whose it is stands beside it.
        whose = "user" if ledger.object in HAPPENING else "_identifier"
        condition = which(whose, IdentifierKind(ledger.identifier))
        found += _ledger_changes(walk, ledger, condition)
    return found


def _ledger_changes(
    walk: Walk, ledger: LedgerRecord, condition: exp.Expr
) -> Sequence[Mapping[str, Any]]:
    found, happened = [], ledger.object in HAPPENING
    for change_set in reversed(walk.store.outbox.change_sets(ledger.id)):
        version = walk.store.catalogue.version(change_set.version_id)
        rows = scan(walk.tables.folder, version.files, version.columns).subquery("c")
        for row in _rows(walk, exp.select("*").from_(rows).where(condition.copy())):
            receipt = walk.store.outbox.receipt(change_set.id, row["_chunk"], row["_position"])
            reason = walk.store.outbox.refusal(change_set.id, row["_chunk"], row["_position"])
            found.append(
                {
                    "workspace": ledger.workspace,
                    "run": change_set.run_id,
                    "change_set": change_set.id,
                    "request": row["_chunk"],
                    "_identifier": row["user" if happened else "_identifier"],
                    "_person_id": row["_person_id"],
                    "fields": {ledger.object: row["_object"]}
                    if happened
                    else {name: row[name] for name in row["_changed"]},
                    "sent_at": receipt.sent_at.isoformat() if receipt else None,
                    "state": _state(receipt is not None and str(receipt.state), reason),
                    "answer": reason or (receipt.status if receipt else None),
                }
            )
    return found


def _state(state: str | bool, reason: str | None) -> str:
    if reason is not None:
        return "refused"
    return state if isinstance(state, str) else "never sent"
