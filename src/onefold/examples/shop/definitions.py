"""Write the project's definition files: plain text that ships in the wheel, copied as it is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from onefold.errors import ProjectError

__all__ = ["write_project"]


def write_project(directory: Path, *, customers: int = 10_000, seed: int = 7) -> None:
    """Write the shop's definition files into a folder; it is made when it is not there.

    Args:
        directory: where `onefold.yaml` will stand. Other files there stay as they are.
        customers: how large the shop is; told in its README, so that more days can be made.
        seed: which shop it is; told there as well.

    Raises:
        ProjectError: one of the files is already there; nothing is written.
    """
    texts = dict(_texts(resources.files("onefold.examples.shop") / "project", PurePosixPath()))
    readme = PurePosixPath("README.md")
    texts[readme] = texts[readme].format(customers=customers, seed=seed)
    present = sorted(str(path) for path in texts if (directory / path).exists())
    if present:
        raise ProjectError(
            f"{directory} already holds {present[0]}, one of {len(present)} files of the project",
            hint="choose an empty folder, or remove those files first",
        )
    for path, text in texts.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")


def _texts(folder: Traversable, under: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry, under / entry.name)
        else:
            yield under / entry.name, entry.read_text(encoding="utf-8")
