"""A shop whose tables are built, copied for every test beside a sandbox of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # the trial's tools are in `benchmarks`

from benchmarks.crash.place import Faults, Place, Shop, running_sandbox
from benchmarks.crash.process import start
from tests.journey.crash.crashing import CUSTOMERS, DAY, Crashing, Open, ended


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's first day, its tables built and nothing sent."""
    folder = tmp_path_factory.mktemp("crash")
    shop = Shop(folder=folder / "shop", customers=CUSTOMERS, endpoint="http://127.0.0.1:1")
    shop.write(day=DAY)
    run = start(
        ["run", "--project", str(shop.folder), "--as-of", shop.morning(DAY), "--no-send"],
        environ=shop.environ,
        log=folder / "run.log",
    )
    code, said = ended(run)
    assert code == 0, said
    return shop.folder


@pytest.fixture
def crashing(built: Path, tmp_path: Path) -> Iterator[Open]:
    """Copies the built shop, and starts a sandbox with options and faults of the test's own."""
    with ExitStack() as stack:

        def open_one(*options: str, faults: Faults = (), new: bool = False) -> Crashing:
            url = stack.enter_context(running_sandbox(*options))
            shop = Shop(folder=tmp_path / "shop", customers=CUSTOMERS, endpoint=url)
            skip = shutil.ignore_patterns(".onefold") if new else None
            shutil.copytree(built, shop.folder, ignore=skip)
            place = Place(shop=shop, url=url)
            place.faults(faults)
            return Crashing(place=place, folder=tmp_path)

        yield open_one


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path, str], None]]:
    """Mounts a disk of a given size on a folder; skips where mounting is not permitted."""
    mounted: list[Path] = []

    def mount(folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        again = ["-o", f"remount,size={size}"] if folder in mounted else ["-o", f"size={size}"]
        command = ["mount", "-t", "tmpfs", *again, "tmpfs", str(folder)]
        done = _run(command)
        if done is None or done.returncode:
            pytest.skip("mounting a small disk is not permitted here")
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        _run(["umount", "--lazy", str(folder)])


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes] | None:
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
