"""Normal forms of values as SQL expressions: what two spellings of one value have in common."""

from __future__ import annotations

from sqlglot import exp, parse_one

__all__ = ["clean_text", "fill", "folded", "normal_email", "normal_key"]

_CLEAN = parse_one("nullif(trim(CAST(:value AS VARCHAR)), '')", dialect="duckdb")

# Lower case without accents; apostrophes of every form vanish (O'Brien, OBrien), all else that is
# neither letter nor digit becomes one blank.
_FOLDED = parse_one(
    r"""
    nullif(trim(regexp_replace(
      replace(replace(replace(replace(replace(
        regexp_replace(
          strip_accents(lower(CAST(:value AS VARCHAR))),
          '[''`\x{2019}\x{2018}\x{B4}]', '', 'g'),
        'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'ø', 'o'), 'ł', 'l'),
      '[^\p{L}\p{M}\p{N}]+', ' ', 'g')), '')
    """,
    dialect="duckdb",
)

_MAILBOX = parse_one(
    r"regexp_replace(lower(trim(CAST(:value AS VARCHAR))), '\+[^@]*@', '@')", dialect="duckdb"
)

# Gmail ignores dots. NULL when it is no address.
_EMAIL = parse_one(
    r"""
    CASE WHEN regexp_full_match(:mailbox,
        '[^@\s,;:<>()\[\]"]+@([^@\s.,;:<>()\[\]"]+\.)+[^@\s.,;:<>()\[\]"0-9]{2,}')
      THEN CASE WHEN regexp_matches(:mailbox, '@(gmail|googlemail)[.]com$')
        THEN concat(replace(split_part(:mailbox, '@', 1), '.', ''), '@gmail.com')
        ELSE :mailbox END
    END
    """,
    dialect="duckdb",
)

_KEY = parse_one("nullif(trim(lower(CAST(:value AS VARCHAR))), '')", dialect="duckdb")


def fill(template: exp.Expr, **values: exp.Expr) -> exp.Expr:
    """Put expressions into a template's `:names`; names left over stay parameters to be bound."""
    return exp.replace_placeholders(template, **values)


def clean_text(value: exp.Expr) -> exp.Expr:
    """A text as delivered, trimmed; NULL when nothing is left."""
    return fill(_CLEAN, value=value)


def folded(value: exp.Expr) -> exp.Expr:
    """Words in lower case, without accents and punctuation, one blank between them."""
    return fill(_FOLDED, value=value)


def normal_email(value: exp.Expr) -> exp.Expr:
    """The mailbox behind an e-mail address; NULL when it is no address."""
    return fill(_EMAIL, mailbox=fill(_MAILBOX, value=value))


def normal_key(value: exp.Expr) -> exp.Expr:
    """A key's value (`fk-`, `sk-`): case and outer blanks do not count."""
    return fill(_KEY, value=value)
