"""The files of a day: which there are, where they lie, how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from onefold.examples.shop.writers import Writer, gzipped_lines, lines, parquet

__all__ = ["FILES", "DayFile"]

POS_HEADER = (
    "\ufeffN° client;Civilité;Nom;Prénom;Date de naissance;Téléphone;E-mail;Adresse;Code postal;"
    "Ville;Pays;Carte de fidélité;Nombre de passages;Magasin;Date de création;Modifié le\r\n"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DayFile:
    """A file of a day.

    Attributes:
        name: the source's id in the project, and the name of the query under `sql/files/`.
        path: where it lies under `data/`; `{day}` stands for the date, as 2026-11-02.
        writer: how it is written.
    """

    name: str
    path: str
    writer: Writer


FILES = (
    DayFile(name="ecommerce_accounts", path="ecommerce/accounts-{day}.ndjson", writer=lines()),
    DayFile(name="pos_customers", path="pos/customers-{day}.csv", writer=lines(POS_HEADER)),
    DayFile(name="loyalty_members", path="loyalty/members-{day}.parquet", writer=parquet),
    DayFile(name="order_items", path="orders/items-{day}.parquet", writer=parquet),
    DayFile(
        name="email_optins",
        path="optins/email-optins-{day}.csv.gz",
        writer=gzipped_lines("email,brand,opted_in,changed_at\n"),
    ),
    DayFile(name="truth", path="truth-{day}.parquet", writer=parquet),
)
