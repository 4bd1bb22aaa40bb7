"""Every rule of the contract that input can break, and what happens then. The tables decide.

A reader that meets a broken rule raises `Broken(rule)` or notes it; what follows is read off the
rule's verdict, never decided in the reader.
"""

from braze_sandbox.rules.catalogs import CatalogBroken, CatalogRule
from braze_sandbox.rules.identities import IdentityRule
from braze_sandbox.rules.lists import ListRule
from braze_sandbox.rules.objects import ObjectRule
from braze_sandbox.rules.requests import RequestRule
from braze_sandbox.rules.rule import Basis, Broken, Rule, Verdict
from braze_sandbox.rules.segments import SegmentRule
from braze_sandbox.rules.variants import VariantRule

__all__ = [
    "RULES",
    "Basis",
    "Broken",
    "CatalogBroken",
    "CatalogRule",
    "IdentityRule",
    "ListRule",
    "ObjectRule",
    "RequestRule",
    "Rule",
    "SegmentRule",
    "VariantRule",
    "Verdict",
]

SUBJECTS: tuple[type[Rule], ...] = (
    *(RequestRule, VariantRule, IdentityRule, ListRule),
    *(SegmentRule, ObjectRule, CatalogRule),
)
RULES: dict[str, Rule] = {rule.id: rule for subject in SUBJECTS for rule in subject}
"""All of them, by id."""
