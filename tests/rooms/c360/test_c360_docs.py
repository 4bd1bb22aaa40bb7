"""The reference page says what the tables really have.

`python tests/rooms/c360/test_c360_docs.py` writes the generated parts again.
"""

from __future__ import annotations

import re
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from onefold.c360 import Model, build, standard_models
from onefold.c360.merged_customers import GROUPS
from onefold.c360.transaction_attributes import WINDOWS
from onefold.model import Column
from onefold.warehouse import Engine, EngineSettings
from onefold.warehouse.user_sql.fence import allowed_functions

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "standard-tables.md"
BLOCK = re.compile(r"(?<=<!-- generated: )(\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
WORDS = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "VARCHAR": "string",
}
SCORES = {"recency", "frequency", "monetary", "rfm_score"}  # of the last 12 months only
STITCH = {
    **dict.fromkeys(("person_id", "datasource", "pk"), "VARCHAR"),
    **{
        name: "DATE" if name == "birthdate" else "VARCHAR"
        for group in GROUPS
        for name in group.columns
    },
    **dict.fromkeys(("create_dt", "update_dt"), "TIMESTAMPTZ"),
    "has_blv": "BOOLEAN",
    **dict.fromkeys(("blv_email", "blv_phone", "blv_given_name", "blv_surname"), "VARCHAR"),
}


def real_columns(folder: Path) -> dict[str, tuple[Column, ...]]:
    """Build every standard table, empty, and ask the engine for its columns."""
    engine = Engine(EngineSettings(spill_folder=folder))
    empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in STITCH.items())
    engine.view("c360_unified_coalesced", f"SELECT {empty} WHERE false")
    found = {"unified_coalesced": engine.relation_columns("c360_unified_coalesced")}
    for model in standard_models(()):
        if not model.passes_on:
            built = build(
                engine,
                model,
                as_of=datetime(2026, 1, 1, tzinfo=UTC),
                variables={},
                tables=lambda table: f"c360_{table.name}",
            )
            found[model.name] = engine.relation_columns(built)
    return found


def word(engine_type: str) -> str:
    return WORDS.get(engine_type, engine_type.lower())


def table_of(model: Model, columns: tuple[Column, ...]) -> Iterator[str]:
    notes = {note.name: note for note in model.columns}
    yield f"{model.grain}. Key: {', '.join(f'`{name}`' for name in model.primary_key)}."
    yield ""
    yield "| Column | Type | Meaning |"
    yield "|---|---|---|"
    for column in columns:
        window, _, measure = column.name.partition("_")
        description, name = notes[column.name].description, column.name
        if window in WINDOWS and measure not in SCORES:
            if window != next(iter(WINDOWS)):
                continue
            description = description.replace(f" {WINDOWS[window]}", " in the window")
            name = f"{{window}}_{measure}"
        personal = " *personal*" if notes[column.name].pii else ""
        yield f"| `{name}` | {word(column.engine_type)} | {description}{personal} |"


def blocks(folder: Path) -> dict[str, str]:
    columns = real_columns(folder)
    texts = {
        model.name: "\n".join(table_of(model, columns[model.name])) for model in standard_models(())
    }
    windows = [f"| `{name}` | {when} |" for name, when in WINDOWS.items()]
    texts["windows"] = "\n".join(["| Window | Orders |", "|---|---|", *windows])
    functions = textwrap.wrap(", ".join(sorted(allowed_functions())), 110)
    texts["functions"] = "\n".join(["```text", *functions, "```"])
    return texts


def with_generated_parts(page: str, folder: Path) -> str:
    texts = blocks(folder)
    return BLOCK.sub(lambda block: f"{block[1]}{block[2]}{texts[block[1]]}\n", page)


def test_the_page_is_what_the_code_says(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_generated_parts(page, tmp_path) == page
    assert {found[1] for found in BLOCK.finditer(page)} == set(blocks(tmp_path))


def test_every_column_has_a_sentence_and_every_sentence_a_column(tmp_path: Path) -> None:
    columns = real_columns(tmp_path)
    for model in standard_models(()):
        described = [note.name for note in model.columns if note.description]
        assert set(described) == {column.name for column in columns[model.name]}, model.name
        assert len(described) == len(set(described)), model.name


def test_every_window_has_the_same_measures(tmp_path: Path) -> None:
    names = [column.name for column in real_columns(tmp_path)["transaction_attributes_extended"]]
    measures = {
        window: [name.removeprefix(f"{window}_") for name in names if name.startswith(f"{window}_")]
        for window in WINDOWS
    }
    measures["l12m"] = [name for name in measures["l12m"] if name not in SCORES]
    assert len({tuple(of_window) for of_window in measures.values()}) == 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as spill:
        written = with_generated_parts(PAGE.read_text(encoding="utf-8"), Path(spill))
    PAGE.write_text(written, encoding="utf-8")
