"""A Braze simulator, written from Braze's public contract and never from a client's code."""

__version__ = "0.1.0"
