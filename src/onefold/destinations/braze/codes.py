"""Lists that Braze's standard fields are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["LANGUAGES", "countries", "country_names", "time_zones"]

_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia
id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo
lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl
ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_ISO_639_1.split())


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, upper case."""
    return frozenset(code for code, _ in _table())


@cache
def country_names() -> Mapping[str, str]:
    """English names of countries, upper case, to their codes: those that mean one country."""
    names = {name.upper(): code for code, name in _table()}
    typed = {name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"): names[name] for name in names}
    return names | typed | _OTHER_NAMES


def _table() -> list[tuple[str, str]]:
    """Give code and name of each country."""
    table = resources.files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [(code, name) for code, name in rows]


_OTHER_NAMES = {
    "CZECHIA": "CZ",
    "GREAT BRITAIN": "GB",
    "HOLLAND": "NL",
    "IVORY COAST": "CI",
    "NORTH KOREA": "KP",
    "RUSSIAN FEDERATION": "RU",
    "SOUTH KOREA": "KR",
    "TÜRKIYE": "TR",
    "UK": "GB",
    "UNITED KINGDOM": "GB",
    "UNITED STATES OF AMERICA": "US",
    "USA": "US",
    "VIET NAM": "VN",
}


@cache
def time_zones() -> frozenset[str]:
    """IANA names, such as `Europe/Paris`."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
