"""What a rule is, and what is raised where one is broken."""

from collections.abc import Sequence
from enum import Enum


class Verdict(Enum):
    """What becomes of input that breaks a rule."""

    REQUEST_REFUSED = "the whole request is refused with 400"
    OBJECT_REFUSED = "the object is refused, with an entry in `errors`"
    OBJECT_SKIPPED = "the object is counted as processed, and nothing is stored; no error"
    FIELD_IGNORED = "the field keeps its old value; no error"
    FIELD_CLEARED = "the field is set to null; no error"
    ALTERED = "something else than what was sent is stored; no error"


class Basis(Enum):
    """How well the rule is known."""

    DOCUMENTED = "Braze's documentation"
    OBSERVED = "seen in Braze's answers by third parties"
    OPEN = "the documentation is silent; this is the sandbox's choice"


class Rule(Enum):
    """One rule: verdict, basis, when it is broken, and the sentence a client reads (if any).

    It has no members: each subject has rules of its own, which are rules.
    """

    def __init__(self, verdict: Verdict, basis: Basis, when: str, sentence: str = "") -> None:
        self.verdict = verdict
        self.basis = basis
        self.when = when
        self.sentence = sentence

    @property
    def id(self) -> str:
        """The rule's name as logs and summaries write it."""
        return self.name.lower()

    @property
    def code(self) -> str:
        """The code of the error."""
        return self.name

    @property
    def status(self) -> int:
        """Of the answer that refuses the whole request."""
        return 400


class Broken(Exception):
    """Input broke a rule; the rule's verdict says what follows."""

    errors: Sequence[object] = ()
    """What the answer lists beside the sentence."""

    def __init__(self, rule: Rule, *, field: str = "") -> None:
        self.rule = rule
        self.sentence = rule.sentence.format(field=field)
        super().__init__(self.sentence or rule.when)
