"""Lists that Braze's standard fields are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["LANGUAGES", "countries", "country_names", "time_zone_names", "time_zones"]

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
def time_zone_names() -> Mapping[str, str]:
    """Names of time zones, upper case, to IANA's: IANA's own, and those that Ruby on Rails has.

    A name of Rails that is no city of IANA's stands below; where both have a name, as with
    `UTC`, it is IANA's.
    """
    iana = {name.upper(): name for name in time_zones()}
    cities = {_city(zone).upper(): zone for zone in _RAILS_CITIES.split()}
    return {name.upper(): zone for name, zone in _RAILS_NAMES.items()} | cities | iana


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


# Left out: what Rails came to read in another way: International Date Line West, Mid-Atlantic,
# Astana.
_RAILS_CITIES = """
Africa/Cairo Africa/Casablanca Africa/Harare Africa/Monrovia Africa/Nairobi
America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chihuahua America/La_Paz
America/Lima America/Mazatlan America/Mexico_City America/Monterrey America/Montevideo
America/Puerto_Rico America/Santiago America/Tijuana
Asia/Almaty Asia/Baghdad Asia/Baku Asia/Bangkok Asia/Chongqing Asia/Dhaka Asia/Hong_Kong
Asia/Irkutsk Asia/Jakarta Asia/Jerusalem Asia/Kabul Asia/Kamchatka Asia/Karachi Asia/Kathmandu
Asia/Kolkata Asia/Krasnoyarsk Asia/Kuala_Lumpur Asia/Kuwait Asia/Magadan Asia/Muscat
Asia/Novosibirsk Asia/Rangoon Asia/Riyadh Asia/Seoul Asia/Singapore Asia/Srednekolymsk Asia/Taipei
Asia/Tashkent Asia/Tbilisi Asia/Tehran Asia/Tokyo Asia/Ulaanbaatar Asia/Urumqi Asia/Vladivostok
Asia/Yakutsk Asia/Yerevan Atlantic/Azores
Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Hobart Australia/Melbourne
Australia/Perth Australia/Sydney
Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Bratislava Europe/Brussels
Europe/Bucharest Europe/Budapest Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul
Europe/Kaliningrad Europe/Lisbon Europe/Ljubljana Europe/London Europe/Madrid Europe/Minsk
Europe/Moscow Europe/Paris Europe/Prague Europe/Riga Europe/Rome Europe/Samara Europe/Sarajevo
Europe/Skopje Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna Europe/Vilnius
Europe/Volgograd Europe/Warsaw Europe/Zagreb Europe/Zurich
Pacific/Auckland Pacific/Fiji Pacific/Guam Pacific/Port_Moresby
"""
_RAILS_NAMES = {
    "Abu Dhabi": "Asia/Muscat",
    "Alaska": "America/Juneau",
    "American Samoa": "Pacific/Pago_Pago",
    "Arizona": "America/Phoenix",
    "Atlantic Time (Canada)": "America/Halifax",
    "Beijing": "Asia/Shanghai",
    "Bern": "Europe/Zurich",
    "Brasilia": "America/Sao_Paulo",
    "Canberra": "Australia/Melbourne",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Central America": "America/Guatemala",
    "Central Time (US & Canada)": "America/Chicago",
    "Chatham Is.": "Pacific/Chatham",
    "Chennai": "Asia/Kolkata",
    "Eastern Time (US & Canada)": "America/New_York",
    "Edinburgh": "Europe/London",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Georgetown": "America/Guyana",
    "Greenland": "America/Godthab",
    "Guadalajara": "America/Mexico_City",
    "Hanoi": "Asia/Bangkok",
    "Hawaii": "Pacific/Honolulu",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Islamabad": "Asia/Karachi",
    "Kyiv": "Europe/Kiev",
    "Marshall Is.": "Pacific/Majuro",
    "Midway Island": "Pacific/Midway",
    "Mountain Time (US & Canada)": "America/Denver",
    "Mumbai": "Asia/Kolkata",
    "New Caledonia": "Pacific/Noumea",
    "New Delhi": "Asia/Kolkata",
    "Newfoundland": "America/St_Johns",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Osaka": "Asia/Tokyo",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Pretoria": "Africa/Johannesburg",
    "Quito": "America/Lima",
    "Samoa": "Pacific/Apia",
    "Sapporo": "Asia/Tokyo",
    "Saskatchewan": "America/Regina",
    "Solomon Is.": "Pacific/Guadalcanal",
    "Sri Jayawardenepura": "Asia/Colombo",
    "St. Petersburg": "Europe/Moscow",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Wellington": "Pacific/Auckland",
    "West Central Africa": "Africa/Algiers",
}


@cache
def time_zones() -> frozenset[str]:
    """IANA names, such as `Europe/Paris`."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
