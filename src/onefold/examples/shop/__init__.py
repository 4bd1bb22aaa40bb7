"""The shop: the one reference project, Maison Folde, a French retailer that never existed.

In: a number of customers, a day, a seed. Out: the project's files, and a day's data files.
Same arguments, same files. Nothing is read, nobody real is in it, no clock is asked.

The people are made in SQL (`sql/`), by blocks: `lives` says who there is, `people` what they are
like, `profile_records` how three sources write them down; `orders` and `optins` hang on them. Every
draw of chance is a function of the seed, a name and a person's number (`sql/macros/chance.sql`), so
a later day, or a part of a day, needs nothing of what was made before.
"""

from onefold.examples.shop.config import FIRST_DAY, RATES, Rates
from onefold.examples.shop.definitions import write_project
from onefold.examples.shop.shop import ShopDay, write_day

__all__ = ["FIRST_DAY", "RATES", "Rates", "ShopDay", "write_day", "write_project"]
