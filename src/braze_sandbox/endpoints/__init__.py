"""The endpoints: which addresses exist, and what each needs and does. One file a family.

A handler gets a `Call` (authorised, within its limits, its body parsed) and gives an `Answer`, or
raises `Broken` for what the whole request is refused for.
"""

from braze_sandbox.endpoints.table import ENDPOINTS, Endpoint, find_endpoint

__all__ = ["ENDPOINTS", "Endpoint", "find_endpoint"]
