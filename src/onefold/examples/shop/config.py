"""How the shop's people and records are: every rate of the mess, and the first day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "MOST_CUSTOMERS",
    "RATES",
    "OptinRates",
    "OrderRates",
    "PeopleRates",
    "Rates",
    "RecordRates",
]

FIRST_DAY = date(2026, 11, 2)
LAST_DAY = 63  # days are numbered from 1; a draw on a person and a day has the number i * 64 + day
MOST_CUSTOMERS = 5_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleRates:
    """What people are like. Shares from 0 to 1, of persons unless said.

    Attributes:
        household_begins: a person starts a new household (every fourth one does anyway).
        couple: of households of two or more, those whose second member is a partner.
        married: of couples, those who share a surname; a wife has a maiden name.
        twins: of families of four, those whose last two are twins, a son and a daughter.
        twin_names: of twins, those with names alike (Daniel, Danielle).
        namesake: of fathers whose eldest is a son, those who gave him their own given name.
        moved: of households, those with an earlier address that old records still hold.
        family_mailbox: of households of two or more, those who share one e-mail address.
        member: in the loyalty programme.
        account: with an e-commerce account.
        second_account: of those, with two.
        pos: known to the tills; everybody without an account is as well.
        second_pos: of those, twice, under two customer numbers.
        listed: on the e-mail opt-in list (of a shared mailbox, the head of the household only).
        changed: have something of theirs changed, on a day after the first.
        gone: are gone on a day after the first, from every file.
        new: joined on a day after the first, as a share of the first day's customers.
    """

    household_begins: float = 0.45
    couple: float = 0.85
    married: float = 0.70
    twins: float = 0.25
    twin_names: float = 0.50
    namesake: float = 0.08
    moved: float = 0.12
    family_mailbox: float = 0.12
    member: float = 0.42
    account: float = 0.70
    second_account: float = 0.05
    pos: float = 0.55
    second_pos: float = 0.10
    listed: float = 0.60
    changed: float = 0.01
    gone: float = 0.003
    new: float = 0.005


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordRates:
    """How a source writes people down. Shares from 0 to 1, of its records unless said.

    Attributes:
        typo: a typing error; for each of given name, surname, e-mail and street.
        nickname: the nickname in place of the given name (of those who have one).
        maiden_name: of wives, under their maiden name.
        swapped_names: given name and surname in each other's place.
        upper_case: names and address in capitals without accents.
        lower_case: of the rest, all in small letters.
        accents_dropped: of the rest, without accents.
        missing_given_name: no given name.
        missing_gender: no gender or title.
        missing_email: no e-mail address.
        missing_phone: no phone number.
        missing_birthdate: no birth date.
        missing_address: no address.
        junk_email: of the rest, an e-mail address typed to get past the form.
        junk_phone: of the rest, such a phone number.
        junk_birthdate: 01/01/1900.
        mail_tag: +maisonfolde in the e-mail address.
        mail_upper: the e-mail address in capitals.
        household_phone: of persons who do not live alone, the household's phone, not their own.
        old_address: the address before the last move, if there was one.
        short_street: av., bd, r. for avenue, boulevard, rue.
        duplicate: the key comes twice in a file, once in an older state.
        card: of loyalty members, the card is noted.
        household_card: of others than the head, the card of the head (if a member), not their own.
        missing_number: no customer number.
        wrong_number: of the rest, somebody else's customer number.
    """

    typo: float = 0.04
    nickname: float = 0.08
    maiden_name: float = 0.20
    swapped_names: float = 0.01
    upper_case: float = 0.05
    lower_case: float = 0.05
    accents_dropped: float = 0.20
    missing_given_name: float = 0.01
    missing_gender: float = 0.20
    missing_email: float = 0.30
    missing_phone: float = 0.35
    missing_birthdate: float = 0.50
    missing_address: float = 0.30
    junk_email: float = 0.01
    junk_phone: float = 0.012
    junk_birthdate: float = 0.01
    mail_tag: float = 0.01
    mail_upper: float = 0.02
    household_phone: float = 0.20
    old_address: float = 0.50
    short_street: float = 0.20
    duplicate: float = 0.005
    card: float = 0.80
    household_card: float = 0.0
    missing_number: float = 0.0
    wrong_number: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRates:
    """What is bought. Shares from 0 to 1.

    Attributes:
        buyer: of persons, those who ever bought; the number of their orders has a long tail.
        daily: of persons, those who order on a day after the first.
        anonymous: of orders in a shop, those that name no customer.
        cancelled: of orders.
        cancelled_later: of orders of the last 20 days, on each day after the first.
        returned: of lines.
        discounted: of lines.
        voucher: of orders, those with 5 euros off.
        duplicate: of lines, those that come twice in the file.
    """

    buyer: float = 0.60
    daily: float = 0.01
    anonymous: float = 0.08
    cancelled: float = 0.015
    cancelled_later: float = 0.01
    returned: float = 0.05
    discounted: float = 0.25
    voucher: float = 0.06
    duplicate: float = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class OptinRates:
    """The e-mail opt-in list. Shares from 0 to 1.

    Attributes:
        opted_in: of mailboxes and brands, those that may be written to.
        second_brand: of mailboxes, those asked for the children's brand as well.
        mail_upper: of mailboxes, those in capitals.
        duplicate: of mailboxes and brands, those that come twice, once in an older state.
    """

    opted_in: float = 0.72
    second_brand: float = 0.35
    mail_upper: float = 0.03
    duplicate: float = 0.003


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """All rates, by where they strike; SQL reads them as `happens('<where>', '<what>', number)`."""

    people: PeopleRates
    accounts: RecordRates
    pos: RecordRates
    loyalty: RecordRates
    orders: OrderRates
    optins: OptinRates


RATES = Rates(
    people=PeopleRates(),
    accounts=RecordRates(
        missing_email=0.01,
        missing_phone=0.30,
        missing_birthdate=0.55,
        missing_address=0.35,
        lower_case=0.08,
        household_phone=0.10,
        mail_tag=0.03,
        old_address=0.30,
        card=0.60,
        missing_number=0.15,
        wrong_number=0.004,
    ),
    pos=RecordRates(
        typo=0.05,
        nickname=0.10,
        upper_case=0.40,
        missing_email=0.50,
        junk_email=0.02,
        junk_birthdate=0.03,
        household_phone=0.30,
        short_street=0.40,
        duplicate=0.003,
        household_card=0.03,
    ),
    loyalty=RecordRates(
        missing_gender=0.0,
        missing_birthdate=0.35,
        missing_email=0.35,
        household_phone=0.25,
        old_address=0.60,
        duplicate=0.001,
    ),
    orders=OrderRates(),
    optins=OptinRates(),
)
