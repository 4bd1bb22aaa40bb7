"""JSON Schemas of the YAML files, for editors: `python -m onefold.project.schemas FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from onefold.project.files import Kind
from onefold.project.kinds import Destination, Template
from onefold.project.models import MODELS

__all__ = ["json_schemas"]


def json_schemas() -> dict[str, str]:
    """Return the text of each schema file by its name, such as `source.json`."""
    schemas = {}
    for kind, model in MODELS.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": model.what,
            **_untitled(_template_too() if kind is Kind.DESTINATION else _schema(model)),
        }
        schemas[f"{kind}.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return schemas


def _schema(model: Any) -> dict[str, Any]:
    return TypeAdapter(model).json_schema(by_alias=True, mode="validation")


def _template_too() -> dict[str, Any]:
    """Describe destinations, and the templates that extend them: told apart by that key."""
    parts = _schema(Destination | Template)["$defs"]
    return {
        "if": {"type": "object", "required": ["extends"]},
        "then": {"$ref": "#/$defs/Template"},
        "else": {"$ref": "#/$defs/Destination"},
        "$defs": parts,
    }


def _untitled(schema: Any) -> Any:
    """Drop pydantic's titles: `Primary Key` says no more than `primary_key`."""
    if isinstance(schema, list):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _untitled(item)
        for key, item in schema.items()
        if key != "title" or not isinstance(item, str)
    }


def main(folder: Path) -> None:
    """Write the schema files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in json_schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
