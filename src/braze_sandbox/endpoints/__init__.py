"""The endpoints: which addresses exist, and what each needs and does. One file a family.

A handler gets a `Call` (authorised, within its limits, its body parsed) and gives an `Answer`, or
raises `Broken` for what the whole request is refused for.
"""

from braze_sandbox.endpoints.catalog_items import show_item
from braze_sandbox.endpoints.catalogs import show_catalog
from braze_sandbox.endpoints.endpoint import Endpoint
from braze_sandbox.endpoints.table import ENDPOINTS, find_endpoint

__all__ = ["ENDPOINTS", "Endpoint", "find_endpoint", "show_catalog", "show_item"]
