"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# No test measures time: on a busy machine an example may take a second.
settings.register_profile("onefold", deadline=None)
settings.load_profile("onefold")
