"""A project of one file and six customers, for stories in which every single value counts."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.journey.project import Project

FILES = {
    "onefold.yaml": """\
name: bakery
timezone: Europe/Paris
environments:
  dev: {store: .onefold, live: false}
""",
    "sources/customers.yaml": """\
from: {files: "data/customers-*.csv"}
format: csv
load: upsert
primary_key: [customer_no]
last_updated: changed_on
max_rejected: 50%
person_id: customer_no
fields:
  customer_no: string
  first_name: {type: string, tag: given-name}
  mail: {type: string, tag: email}
  loaves: integer
  changed_on: date
""",
    "tables/braze_people.sql": """\
/* onefold
primary_key: person_id
*/
SELECT person_id, customer_no AS external_id, first_name, mail, loaves FROM customers
""",
    "destinations/braze.yaml": """\
type: braze
rest_endpoint: ${BRAZE_ENDPOINT}
credential: braze_key
workspace: bakery
from: braze_people
attributes:
  first_name:
  email: {from: mail}
  loaves:
""",
    "orchestrations/everybody.yaml": """\
status: active
from: braze_people
to: braze
on_null: clear
""",
    "workflows/daily.yaml": """\
run: [ingest, stitch, tables]
""",
}
COLUMNS = ("customer_no", "first_name", "mail", "loaves", "changed_on")


def bakery(folder: Path, endpoint: str) -> Project:
    """Write the project, without any customer."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    environ = {"BRAZE_ENDPOINT": endpoint, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
    return Project(folder, environ)


def deliver(project: Project, day: int, *customers: tuple[str, str, str, object]) -> None:
    """Write the file of a day of January 2026: number, first name, mail, loaves."""
    on = f"2026-01-{day:02}"
    path = project.folder / "data" / f"customers-{on}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((*customer, on) for customer in customers)
