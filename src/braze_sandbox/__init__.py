"""A Braze simulator, written from Braze's public contract and never from a client's code.

In: HTTP requests of any Braze client. Out: the answers Braze documents, and profiles to look at.

Read in this order: `rules` (what is refused, dropped or altered: one table), the readers
(`identifiers`, `standard_fields`, `custom_attributes`, `nested`, `events`, `purchases`), the
`endpoints`, the `workspace` they act on, and `app`, which puts keys, limits, faults and the log
around them.

Invariants: what is accepted is validated before the answer and applied once, in order
unless its decisions say otherwise; a refused object changes nothing; time comes from one clock;
this package imports no client.
"""

__version__ = "0.1.0"
