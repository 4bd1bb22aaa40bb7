"""Migrations of the control database, run on opening; each is one step, forward only."""
