"""Durable files: written under another name, synced, renamed, and the folder synced."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

__all__ = ["settle_file", "sync_folder", "write_durably"]


def settle_file(written: Path, folder: Path) -> Path:
    """Sync a finished file and move it into `folder` under a new name of its own."""
    _sync(written)
    final = folder / f"{uuid4().hex}.parquet"
    written.rename(final)
    return final


def write_durably(path: Path, data: bytes) -> None:
    """Replace a small file: readers see the old one or the new one, whole, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}.{uuid4().hex}.writing")
    staging.write_bytes(data)
    _sync(staging)
    staging.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
