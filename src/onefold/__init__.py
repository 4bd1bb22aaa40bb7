"""onefold: an open-source customer data platform that a brand runs itself.

The walk of a row, room by room, is in ``ARCHITECTURE.md``; the package has one folder a room.
"""

__version__ = "0.1.0"
