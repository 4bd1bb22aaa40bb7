"""Durable files: written under another name, synced, renamed, and the folder synced."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

__all__ = ["settle_file", "sync_folder"]


def settle_file(written: Path, folder: Path) -> Path:
    """Sync a finished file and move it into `folder` under a new name of its own."""
    _sync(written)
    final = folder / f"{uuid4().hex}.parquet"
    written.rename(final)
    return final


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
